//! The doctor, in Spanish.

use std::path::PathBuf;

use super::super::Explanation;
use crate::doctor::{
    CertificateFinding, Finding, ModuleFault, ModuleFinding, ServiceFinding, Topic, TrustFinding,
};

pub(in crate::messages) const fn topic(topic: Topic) -> &'static str {
    match topic {
        Topic::Program => "programa",
        Topic::Module => "módulo PKCS#11",
        Topic::P11Kit => "p11-kit",
        Topic::Service => "servicio PC/SC",
        Topic::Readers => "lectores",
        Topic::Card => "tarjeta",
        Topic::Kind => "clase de tarjeta",
        Topic::LifeCycle => "ciclo de vida",
        Topic::TransportPin => "PIN de transporte",
        Topic::Pin => "PIN",
        Topic::Certificate => "certificado",
        Topic::Trust => "carpeta confianza",
        Topic::Revocation => "lista revocación",
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
        } => say(format!("número de serie {serial}, en {reader}")),
        Finding::Card { reader, .. } => say(format!("en {reader}")),
        Finding::SealCard {
            version: [major, minor],
            seals,
        } => say(format!(
            "tarjeta Sello, interfaz {major}.{minor}, sellos: {seals}"
        )),
        Finding::PlainCard => say(
            "token PIV sin las funciones propias de Sello: firma, pero no guarda sellos ni registro ni \
             admite lotes"
                .to_owned(),
        ),
        Finding::Operational => say("operativa".to_owned()),
        Finding::OwnPin => say("sustituido por el PIN del custodio".to_owned()),
        Finding::Pin {
            left,
            total: Some(total),
        } => say(format!("quedan {left} de {total} intentos")),
        Finding::Pin { left, .. } => say(format!("quedan {left} intentos")),
        Finding::PinUntold => say("la tarjeta no dice cuántos intentos quedan".to_owned()),
        Finding::LastTry => say("Queda un intento.".to_owned())
            .why("Otro PIN equivocado lo bloquea.")
            .next("Si duda del PIN, ponga uno nuevo: `sello pin unblock`, con el PUK."),
        Finding::Failed(failure) => super::failure(failure),
        Finding::Skipped => say("sin mirar, por lo dicho arriba".to_owned()),
    }
}

fn module(found: &ModuleFinding) -> Explanation {
    let say = Explanation::new;
    match found {
        ModuleFinding::Good { path } => say(format!(
            "{}: biblioteca para esta máquina con C_GetFunctionList (leída, no cargada)",
            path.display()
        )),
        ModuleFinding::Absent { looked } => say("El módulo PKCS#11 no está.".to_owned())
            .why(format!("Buscado en: {}.", listed(looked)))
            .next(
                "Instale el paquete `sello`, o indique el módulo con --module. Sellar con `sello stamp` no lo \
                 necesita.",
            ),
        ModuleFinding::Bad { path, fault } => {
            say(format!("{} no se puede cargar.", path.display()))
                .why(match fault {
                    ModuleFault::Unreadable { reason } => reason.clone(),
                    ModuleFault::NotALibrary => "No es una biblioteca compartida (ELF).".to_owned(),
                    ModuleFault::OtherMachine { machine } => {
                        format!("Es para otra clase de máquina: {machine}.")
                    }
                    ModuleFault::NoEntry { function } => format!("No tiene la función {function}."),
                })
                .next("Instale de nuevo el paquete `sello`, o indique otro módulo con --module.")
        }
        ModuleFinding::Registered { file } => say(format!("registrado por {}", file.display())),
        ModuleFinding::NoP11Kit => {
            say("no está en esta máquina; los programas cargan el módulo por su ruta".to_owned())
        }
        ModuleFinding::NotRegistered { module } => {
            let path = module.as_ref().map_or_else(
                || "/ruta/de/libsello_pkcs11.so".to_owned(),
                |path| path.display().to_string(),
            );
            say("El módulo no está registrado en p11-kit.".to_owned())
                .why("Los programas que piden módulos a p11-kit (GnuTLS, NetworkManager, ...) no ven la tarjeta.")
                .next(format!(
                    "Instale el paquete `sello`, o: mkdir -p ~/.config/pkcs11/modules && \
                     echo 'module: {path}' > ~/.config/pkcs11/modules/sello.module"
                ))
        }
        ModuleFinding::RegisteredAstray { file, module } => say(format!(
            "{} nombra un módulo que no está.",
            file.display()
        ))
        .why(format!("No hay {}.", module.display()))
        .next("Corrija en él la línea `module:`, o quite el archivo."),
    }
}

fn service(found: &ServiceFinding) -> Explanation {
    let say = Explanation::new;
    match found {
        ServiceFinding::NotInstalled => {
            say("El servicio PC/SC (pcscd) no está instalado.".to_owned())
                .why("Sin él ningún programa llega a un lector.")
                .next("sudo apt-get install pcscd libccid")
        }
        ServiceFinding::NotRunning { socket } => {
            say("El servicio PC/SC (pcscd) no está en marcha.".to_owned())
                .why(format!("No hay {}.", socket.display()))
                .next("sudo systemctl enable --now pcscd.socket")
        }
        ServiceFinding::Dead { socket } => {
            say("El servicio PC/SC (pcscd) ha terminado y ha dejado su zócalo.".to_owned())
                .why(format!("Nadie escucha en {}.", socket.display()))
                .next("sudo systemctl restart pcscd.socket pcscd.service")
        }
        ServiceFinding::Refuses { reason } => {
            say("El servicio PC/SC (pcscd) está y no le atiende.".to_owned())
                .why(reason.clone())
                .next(
                    "Casi siempre polkit solo deja usar lectores a quien está ante la pantalla. Entre allí, o \
                     permita las acciones org.debian.pcsc-lite.access_pcsc y access_card con una regla en \
                     /etc/polkit-1/rules.d (pkaction(1), polkit(8)).",
                )
        }
        ServiceFinding::Good => say("pcscd responde".to_owned()),
    }
}

fn certificate(found: &CertificateFinding) -> Explanation {
    let say = Explanation::new;
    let renew = "Pida al centro una renovación.";
    match found {
        CertificateFinding::Good { slot, until } => say(format!("{slot:02X}: válido hasta {until}")),
        CertificateFinding::Ends { slot, until, days } => {
            say(format!("El certificado de {slot:02X} termina el {until}."))
                .why(format!("Días que quedan: {days}."))
                .next(renew)
        }
        CertificateFinding::Expired { slot, since } => {
            say(format!("El certificado de {slot:02X} terminó el {since}."))
                .why("Lo que se selle desde entonces no es válido.")
                .next(renew)
        }
        CertificateFinding::NotYet { slot, from } => {
            say(format!("El certificado de {slot:02X} empieza el {from}."))
                .why("Lo que se selle antes no es válido.")
                .next("Mire si el reloj de esta máquina va bien (`date`), o espere.")
        }
        CertificateFinding::Damaged { slot } => {
            say(format!("El certificado de {slot:02X} no se puede leer."))
                .next("Conserve la tarjeta y pregunte al centro que la emitió.")
        }
        CertificateFinding::Absent => say("No hay certificado en la tarjeta.".to_owned())
            .why("Los programas encuentran una clave por su certificado.")
            .next(
                "Pregunte al centro que emitió la tarjeta; un token propio necesita un certificado para su \
                 clave.",
            ),
    }
}

fn trust(found: &TrustFinding) -> Explanation {
    let say = Explanation::new;
    let fetch = "Pida una copia reciente al centro (`sello-center export-trust`).";
    match found {
        TrustFinding::Good { folder, anchors } => say(format!(
            "{}, anclas de confianza: {anchors}",
            folder.display()
        )),
        TrustFinding::NoAnchors { folder } => {
            say(format!("{} no tiene anclas de confianza.", folder.display()))
                .why("No hay anchors/*.pem en ella, así que no se puede juzgar ningún sello.")
                .next(fetch)
        }
        TrustFinding::Absent { looked } => say("No hay carpeta de confianza.".to_owned())
            .why(format!(
                "Buscada en: {}. Sin ella no se puede juzgar ningún sello.",
                listed(looked)
            ))
            .next(
                "Ponga en la primera lo que exporta el centro (`sello-center export-trust DIR`), o indique \
                 otra con --trust.",
            ),
        TrustFinding::Current { until: Some(until) } => say(format!("vigente hasta {until}")),
        TrustFinding::Current { until: None } => say("no dice hasta cuándo está vigente".to_owned()),
        TrustFinding::Old { issuer, since } => {
            say(format!("La lista de revocación es antigua, desde {since}."))
                .why(format!(
                    "Emisor: {issuer}. Ya no se distingue un sello válido de uno revocado."
                ))
                .next(fetch)
        }
        TrustFinding::NoList { folder } => {
            say(format!("{} no tiene lista de revocación.", folder.display()))
                .why("No hay crls/*.crl en ella, así que no se distingue un sello válido de uno revocado.")
                .next(fetch)
        }
    }
}

fn listed(paths: &[PathBuf]) -> String {
    let shown = paths.iter().map(|path| path.display().to_string());
    shown.collect::<Vec<_>>().join(", ")
}
