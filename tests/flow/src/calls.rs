//! The calls that make up the life of a seal, as people type them.

use std::path::Path;

use crate::programs::{Call, Program};

/// An officer of the center in the demo and the tests.
#[derive(Clone, Copy, Debug)]
pub struct Officer {
    /// The name on the command line.
    pub name: &'static str,
    passphrase: &'static str,
}

/// The officer who reviews.
pub const FIRST: Officer = Officer {
    name: "first-officer",
    passphrase: "nine quiet lamps by the harbor",
};
/// The officer who approves.
pub const SECOND: Officer = Officer {
    name: "second-officer",
    passphrase: "seven slow trains to the north",
};

/// Calls of `sello-center` with its state in one folder.
#[derive(Clone, Copy, Debug)]
pub struct Center<'a> {
    /// The center's home folder.
    pub home: &'a Path,
}

impl Center<'_> {
    fn call<const N: usize>(&self, words: [&str; N]) -> Call {
        Call::new(Program::Center, ["--home".as_ref(), self.home.as_os_str()]).and(words)
    }

    fn as_officer<const N: usize>(&self, officer: Officer, words: [&str; N]) -> Call {
        self.call(words)
            .and(["--officer", officer.name])
            .secret("--passphrase", officer.passphrase)
    }

    /// Makes the center with its first officer.
    #[must_use]
    pub fn init(&self) -> Call {
        self.as_officer(
            FIRST,
            ["init", "--name", "Example Seal Center", "--country", "ES"],
        )
    }

    /// Adds the second officer.
    #[must_use]
    pub fn add_second_officer(&self) -> Call {
        self.as_officer(FIRST, ["officer", "add", SECOND.name])
            .secret("--new-passphrase", SECOND.passphrase)
    }

    /// An organization applies; the seal picture is drawn when none is given.
    #[must_use]
    pub fn apply(&self, organization: &str, picture: Option<&Path>) -> Call {
        let call = self.call([
            "apply",
            "--organization",
            organization,
            "--identifier",
            "VATES-B12345674",
            "--country",
            "ES",
            "--kind",
            "official",
            "--json",
        ]);
        match picture {
            Some(picture) => call.and(["--picture".as_ref(), picture.as_os_str()]),
            None => call,
        }
    }

    /// One officer approves.
    #[must_use]
    pub fn approve(&self, officer: Officer, application: &str) -> Call {
        self.as_officer(officer, ["approve", application])
    }

    /// Makes the card in a reader.
    #[must_use]
    pub fn personalize(&self, application: &str, reader: &str, letter: &Path) -> Call {
        self.as_officer(FIRST, ["personalize", application, "--reader", reader])
            .and(["--letter".as_ref(), letter.as_os_str()])
    }

    /// Makes the card in a reader, for a seal under dual control.
    #[must_use]
    pub fn personalize_for_two(
        &self,
        application: &str,
        reader: &str,
        letter: &Path,
        approvers: &Path,
    ) -> Call {
        self.personalize(application, reader, letter)
            .and(["--approver-letter".as_ref(), approvers.as_os_str()])
    }

    /// The custodian has the card and has changed the PIN.
    #[must_use]
    pub fn activate(&self, application: &str, reader: &str) -> Call {
        self.as_officer(FIRST, ["activate", application, "--reader", reader])
    }

    /// A delivered card gets a new transport PIN.
    #[must_use]
    pub fn unblock_card(&self, application: &str, reader: &str, letter: &Path) -> Call {
        let words = ["card", "unblock", application, "--reader", reader];
        self.as_officer(FIRST, words)
            .and(["--letter".as_ref(), letter.as_os_str()])
    }

    /// The card of a revoked seal ends.
    #[must_use]
    pub fn terminate_card(&self, application: &str, reader: &str) -> Call {
        let words = ["card", "terminate", application, "--reader", reader];
        self.as_officer(FIRST, words)
    }

    /// The card is lost.
    #[must_use]
    pub fn report_loss(&self, application: &str) -> Call {
        self.as_officer(FIRST, ["report-loss", application])
    }

    /// The card has been found.
    #[must_use]
    pub fn reinstate(&self, application: &str) -> Call {
        self.as_officer(FIRST, ["reinstate", application])
    }

    /// The seal ends for good.
    #[must_use]
    pub fn revoke(&self, application: &str, reason: &str) -> Call {
        self.as_officer(FIRST, ["revoke", application, "--reason", reason])
    }

    /// Publishes the revocation list.
    #[must_use]
    pub fn crl(&self) -> Call {
        self.as_officer(FIRST, ["crl"])
    }

    /// Writes what verifiers need.
    #[must_use]
    pub fn export_trust(&self, folder: &Path) -> Call {
        self.call(["export-trust"]).and([folder])
    }

    /// Serves timestamps on a free port of the loopback, until it is ended.
    #[must_use]
    pub fn serve_timestamps(&self) -> Call {
        self.as_officer(FIRST, ["timestamp", "serve", "--json"])
            .and(["--listen", "127.0.0.1:0"])
    }

    /// Recomputes the audit log.
    #[must_use]
    pub fn audit_verify(&self) -> Call {
        self.call(["audit", "verify"])
    }

    /// Shows an application.
    #[must_use]
    pub fn show(&self, application: &str) -> Call {
        self.call(["show", application, "--json"])
    }
}

/// Where a seal goes.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The page, from 1.
    pub page: usize,
    /// Distance from the left edge in mm.
    pub x: u32,
    /// Distance from the top edge in mm.
    pub y: u32,
}

/// Stamps a document.
#[must_use]
pub fn stamp(input: &Path, output: &Path, place: Place, reader: &str, pin: &str) -> Call {
    let Place { page, x, y } = place;
    Call::new(Program::Client, ["stamp".as_ref(), input.as_os_str()])
        .and(["-o".as_ref(), output.as_os_str()])
        .and([
            "--page",
            &page.to_string(),
            "--x",
            &x.to_string(),
            "--y",
            &y.to_string(),
        ])
        .and([
            "--reason",
            "Contrato firmado",
            "--place",
            "Madrid",
            "--reader",
            reader,
        ])
        .secret("--pin", pin)
}

/// Stamps documents with one PIN entry, into a folder.
#[must_use]
pub fn stamp_batch(inputs: &[&Path], folder: &Path, place: Place, pin: &str) -> Call {
    let Place { page, x, y } = place;
    Call::new(Program::Client, ["stamp", "--batch"])
        .and(["--into".as_ref(), folder.as_os_str()])
        .and(["--page", &page.to_string()])
        .and(["--x", &x.to_string(), "--y", &y.to_string()])
        .and(inputs)
        .secret("--pin", pin)
}

/// Seals a file of any kind; the signature comes to lie beside it.
#[must_use]
pub fn seal_beside(file: &Path) -> Call {
    Call::new(Program::Client, ["stamp-files", "--detached"]).and([file])
}

/// Seals files of any kind, into a container.
#[must_use]
pub fn seal_into(container: &Path, files: &[&Path]) -> Call {
    Call::new(Program::Client, ["stamp-files", "--container"])
        .and([container])
        .and(files)
}

/// The responsible person allows the only seal under dual control its next stampings.
#[must_use]
pub fn allow(count: u16, pin: &str) -> Call {
    Call::new(Program::Client, ["approve", "--count", &count.to_string()]).secret("--pin", pin)
}

/// Changes the approver PIN.
#[must_use]
pub fn change_approver_pin(old: &str, new: &str) -> Call {
    Call::new(Program::Client, ["pin", "change", "--approver"])
        .secret("--pin", old)
        .secret("--new-pin", new)
}

/// Writes the card's journal to a file.
#[must_use]
pub fn journal_export(file: &Path) -> Call {
    Call::new(Program::Client, ["journal", "export"]).and([file])
}

/// Verifies the journal of the card, or of an export where one is added.
#[must_use]
pub fn journal_verify(trust: &Path) -> Call {
    Call::new(Program::Client, ["journal", "verify", "--trust"]).and([trust])
}

/// Verifies a document.
#[must_use]
pub fn verify(document: &Path, trust: &Path) -> Call {
    Call::new(Program::Client, ["verify".as_ref(), document.as_os_str()])
        .and(["--trust".as_ref(), trust.as_os_str()])
}

/// Changes the PIN.
#[must_use]
pub fn change_pin(reader: &str, old: &str, new: &str) -> Call {
    Call::new(Program::Client, ["pin", "change", "--reader", reader])
        .secret("--pin", old)
        .secret("--new-pin", new)
}

/// Unblocks the PIN.
#[must_use]
pub fn unblock_pin(reader: &str, puk: &str, new: &str) -> Call {
    Call::new(Program::Client, ["pin", "unblock", "--reader", reader])
        .secret("--puk", puk)
        .secret("--new-pin", new)
}

/// Shows the card.
#[must_use]
pub fn card(reader: &str) -> Call {
    Call::new(Program::Client, ["card", "--reader", reader])
}

/// Shows the seals on the card.
#[must_use]
pub fn seals(reader: &str) -> Call {
    Call::new(Program::Client, ["seals", "--reader", reader])
}
