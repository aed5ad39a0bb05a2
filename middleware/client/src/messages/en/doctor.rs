//! The doctor, in English.

use std::path::PathBuf;

use super::super::Explanation;
use crate::doctor::{
    CertificateFinding, Finding, ModuleFault, ModuleFinding, ServiceFinding, Topic, TrustFinding,
};

pub(in crate::messages) const fn topic(topic: Topic) -> &'static str {
    match topic {
        Topic::Program => "program",
        Topic::Module => "PKCS#11 module",
        Topic::P11Kit => "p11-kit",
        Topic::Service => "PC/SC service",
        Topic::Readers => "readers",
        Topic::Card => "card",
        Topic::Kind => "kind of card",
        Topic::LifeCycle => "life cycle",
        Topic::TransportPin => "transport PIN",
        Topic::Pin => "PIN",
        Topic::Certificate => "certificate",
        Topic::Trust => "trust folder",
        Topic::Revocation => "revocation list",
    }
}

pub(in crate::messages) fn diagnosis(found: &Finding) -> Explanation {
    let say = Explanation::new;
    match found {
        Finding::Program { version, path } => say(match path {
            Some(path) => format!("sello {version}, {}", path.display()),
            None => format!("sello {version}"),
        }),
        Finding::Module(found) => module(found),
        Finding::Service(found) => service(found),
        Finding::Certificate(found) => certificate(found),
        Finding::Trust(found) => trust(found),
        Finding::Readers { names } => say(names.join("; ")),
        Finding::Card {
            reader,
            serial: Some(serial),
        } => say(format!("serial number {serial}, in {reader}")),
        Finding::Card { reader, .. } => say(format!("in {reader}")),
        Finding::SealCard {
            version: [major, minor],
            seals,
        } => say(format!("Sello card, card edge {major}.{minor}, seals: {seals}")),
        Finding::PlainCard => say(
            "PIV token without Sello's own functions: it signs, but keeps no seal, no journal and no \
             batches"
                .to_owned(),
        ),
        Finding::Operational => say("operational".to_owned()),
        Finding::OwnPin => say("replaced by the custodian's own PIN".to_owned()),
        Finding::Pin {
            left,
            total: Some(total),
        } => say(format!("{left} of {total} tries left")),
        Finding::Pin { left, .. } => say(format!("{left} tries left")),
        Finding::PinUntold => say("the card does not tell how many tries are left".to_owned()),
        Finding::LastTry => say("One try is left.".to_owned())
            .why("Another wrong PIN blocks it.")
            .next("If you are not sure of the PIN, set a new one: `sello pin unblock`, with the PUK."),
        Finding::Failed(failure) => super::failure(failure),
        Finding::Skipped => say("not looked at, because of what is said above".to_owned()),
    }
}

fn module(found: &ModuleFinding) -> Explanation {
    let say = Explanation::new;
    match found {
        ModuleFinding::Good { path } => say(format!(
            "{}: a library for this machine with C_GetFunctionList (read, not loaded)",
            path.display()
        )),
        ModuleFinding::Absent { looked } => say("The PKCS#11 module is not there.".to_owned())
            .why(format!("Looked for: {}.", listed(looked)))
            .next(
                "Install the package `sello`, or name the module with --module. Sealing with `sello stamp` \
                 does without it.",
            ),
        ModuleFinding::Bad { path, fault } => {
            say(format!("{} cannot be loaded.", path.display()))
                .why(match fault {
                    ModuleFault::Unreadable { reason } => reason.clone(),
                    ModuleFault::NotALibrary => "It is no shared library (ELF).".to_owned(),
                    ModuleFault::OtherMachine { machine } => {
                        format!("It is for another kind of machine: {machine}.")
                    }
                    ModuleFault::NoEntry { function } => format!("It has no function {function}."),
                })
                .next("Install the package `sello` anew, or name another module with --module.")
        }
        ModuleFinding::Registered { file } => say(format!("registered by {}", file.display())),
        ModuleFinding::NoP11Kit => {
            say("not on this machine; programs load the module by its path".to_owned())
        }
        ModuleFinding::NotRegistered { module } => {
            let path = module.as_ref().map_or_else(
                || "/path/to/libsello_pkcs11.so".to_owned(),
                |path| path.display().to_string(),
            );
            say("The module is not registered with p11-kit.".to_owned())
                .why("Programs that ask p11-kit for modules (GnuTLS, NetworkManager, ...) do not see the card.")
                .next(format!(
                    "Install the package `sello`, or: mkdir -p ~/.config/pkcs11/modules && \
                     echo 'module: {path}' > ~/.config/pkcs11/modules/sello.module"
                ))
        }
        ModuleFinding::RegisteredAstray { file, module } => say(format!(
            "{} names a module that is not there.",
            file.display()
        ))
        .why(format!("There is no {}.", module.display()))
        .next("Correct the line `module:` in it, or remove the file."),
    }
}

fn service(found: &ServiceFinding) -> Explanation {
    let say = Explanation::new;
    match found {
        ServiceFinding::NotInstalled => {
            say("The PC/SC service (pcscd) is not installed.".to_owned())
                .why("Without it no program reaches a reader.")
                .next("sudo apt-get install pcscd libccid")
        }
        ServiceFinding::NotRunning { socket } => {
            say("The PC/SC service (pcscd) is not running.".to_owned())
                .why(format!("There is no {}.", socket.display()))
                .next("sudo systemctl enable --now pcscd.socket")
        }
        ServiceFinding::Dead { socket } => {
            say("The PC/SC service (pcscd) has ended and left its socket behind.".to_owned())
                .why(format!("Nobody listens on {}.", socket.display()))
                .next("sudo systemctl restart pcscd.socket pcscd.service")
        }
        ServiceFinding::Refuses { reason } => say(
            "The PC/SC service (pcscd) is there and does not serve you.".to_owned(),
        )
        .why(reason.clone())
        .next(
            "Mostly polkit lets only the person at the screen use readers. Log in there, or allow \
                     the actions org.debian.pcsc-lite.access_pcsc and access_card by a rule in \
                     /etc/polkit-1/rules.d (pkaction(1), polkit(8)).",
        ),
        ServiceFinding::Good => say("pcscd answers".to_owned()),
    }
}

fn certificate(found: &CertificateFinding) -> Explanation {
    let say = Explanation::new;
    let renew = "Ask the center for a renewal.";
    match found {
        CertificateFinding::Good { slot, until } => say(format!("{slot:02X}: valid until {until}")),
        CertificateFinding::Ends { slot, until, days } => {
            say(format!("The certificate of {slot:02X} ends on {until}."))
                .why(format!("Days left: {days}."))
                .next(renew)
        }
        CertificateFinding::Expired { slot, since } => {
            say(format!("The certificate of {slot:02X} ended on {since}."))
                .why("What is sealed from then on is not valid.")
                .next(renew)
        }
        CertificateFinding::NotYet { slot, from } => {
            say(format!("The certificate of {slot:02X} begins on {from}."))
                .why("What is sealed before is not valid.")
                .next("See whether the clock of this machine is right (`date`), or wait.")
        }
        CertificateFinding::Damaged { slot } => {
            say(format!("The certificate of {slot:02X} cannot be read."))
                .next("Keep the card and ask the center that issued it.")
        }
        CertificateFinding::Absent => say("There is no certificate on the card.".to_owned())
            .why("Programs find a key by its certificate.")
            .next("Ask the center that issued the card; a token of your own needs a certificate for its key."),
    }
}

fn trust(found: &TrustFinding) -> Explanation {
    let say = Explanation::new;
    let fetch = "Take a fresh copy from the center (`sello-center export-trust`).";
    match found {
        TrustFinding::Good { folder, anchors } => {
            say(format!("{}, trust anchors: {anchors}", folder.display()))
        }
        TrustFinding::NoAnchors { folder } => {
            say(format!("{} has no trust anchor.", folder.display()))
                .why("There is no anchors/*.pem in it, so no seal can be judged.")
                .next(fetch)
        }
        TrustFinding::Absent { looked } => say("There is no trust folder.".to_owned())
            .why(format!("Looked for: {}. No seal can be judged without.", listed(looked)))
            .next(
                "Put what the center exports (`sello-center export-trust DIR`) into the first of these, or \
                 name another with --trust.",
            ),
        TrustFinding::Current { until: Some(until) } => say(format!("current until {until}")),
        TrustFinding::Current { until: None } => say("does not say until when it is current".to_owned()),
        TrustFinding::Old { issuer, since } => {
            say(format!("The revocation list is too old, since {since}."))
                .why(format!("Issuer: {issuer}. Seals can no longer be told from revoked ones."))
                .next(fetch)
        }
        TrustFinding::NoList { folder } => {
            say(format!("{} has no revocation list.", folder.display()))
                .why("There is no crls/*.crl in it, so that revoked seals cannot be told from valid ones.")
                .next(fetch)
        }
    }
}

fn listed(paths: &[PathBuf]) -> String {
    let shown = paths.iter().map(|path| path.display().to_string());
    shown.collect::<Vec<_>>().join(", ")
}
