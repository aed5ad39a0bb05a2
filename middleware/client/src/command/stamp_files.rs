//! `sello stamp-files`: files of any kind, in a container or with the signature beside the file.
//! As with documents, everything is checked before the PIN is asked for, authorities included.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use sello_asic::build::{
    AsicError, Prepared, PreparedContainer, Signing, ValidationData, add_validation_data,
    timestamped,
};
use sello_card::{CardSession, Pin, Readers};
use sello_profile::ecdsa;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::EXIT_GOOD;
use crate::card::{self, CardSeal};
use crate::cli::{Level, StampFiles};
use crate::command::json;
use crate::command::stamp::Proving;
use crate::console::Console;
use crate::failure::{Failure, SecretKind};
use crate::messages::Text;
use crate::output::{NewFile, refuse_same_file};
use crate::secret::Source;

/// The answer as JSON.
#[derive(Serialize)]
struct Answer<'a> {
    seal: &'a str,
    slot: String,
    files: &'a [PathBuf],
    output: &'a Path,
    /// As EN 319 122-1 calls it.
    level: &'static str,
}

pub(crate) fn run(
    arguments: &StampFiles,
    readers: &dyn Readers,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    let target = target(arguments)?;
    for file in &arguments.files {
        refuse_same_file(file, &target)?;
    }
    let output = NewFile::begin(&target)?;
    let mut found = card::find(readers, &arguments.which)?;
    let (seal, tries_left) = card::seal_to_use(&mut found.session, arguments.seal)?;
    seal.demand_approvals(1)?;
    demand_own_certificate(&seal, console)?;
    let proving = Proving::begin(&arguments.proof, &seal, console)?;
    let mut signer = CardSigner {
        arguments,
        proving: &proving,
        session: &mut found.session,
        seal: &seal,
        tries_left,
    };
    if arguments.container.is_some() {
        container(arguments, output, &mut signer, console)?;
    } else {
        detached(arguments, output, &mut signer, console)?;
    }
    if arguments.json {
        let answer = Answer {
            seal: seal.seal.name(),
            slot: format!("{:02X}", seal.slot.to_byte()),
            files: &arguments.files,
            output: &target,
            level: proving.name(),
        };
        json(console, &answer);
    } else {
        console.say(&Text::SealedFiles {
            seal: seal.seal.name(),
            path: &target,
        });
    }
    Ok(EXIT_GOOD)
}

/// The container, or `FILE.p7s` beside the only file.
fn target(arguments: &StampFiles) -> Result<PathBuf, Failure> {
    match (&arguments.container, &*arguments.files) {
        (Some(container), _) => Ok(container.clone()),
        (None, [file]) => {
            let mut name = file.clone().into_os_string();
            name.push(".p7s");
            Ok(PathBuf::from(name))
        }
        _ => Err(Failure::SeveralDocuments),
    }
}

/// What the seal structure demands of a stamping: the certificate in its list, and its validity.
fn demand_own_certificate(seal: &CardSeal, console: &Console<'_>) -> Result<(), Failure> {
    let damaged = |reason: &str| Failure::SealDamaged {
        reason: reason.to_owned(),
    };
    if !seal.seal.lists(&seal.certificate) {
        return Err(damaged("the certificate is not in the seal's list"));
    }
    let (from, until) = seal.seal.validity();
    let now = u64::try_from(console.now.unix_timestamp()).unwrap_or(0);
    if now < from.unix_duration().as_secs() || now > until.unix_duration().as_secs() {
        return Err(damaged("the seal is out of its validity"));
    }
    Ok(())
}

fn container(
    arguments: &StampFiles,
    mut output: NewFile,
    signer: &mut CardSigner<'_>,
    console: &mut Console<'_>,
) -> Result<(), Failure> {
    let mut files = Vec::new();
    for path in &arguments.files {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| Failure::Unreadable {
            path: path.clone(),
            reason: "its name is no text".to_owned(),
        })?;
        let file = File::open(path).map_err(|error| Failure::reading(path, &error))?;
        files.push((name.to_owned(), BufReader::new(file)));
    }
    let seal = signer.seal;
    let target = arguments
        .container
        .as_deref()
        .unwrap_or_else(|| Path::new(""));
    let prepared = PreparedContainer::new(output.file(), files, signing(seal, console));
    let prepared = prepared.map_err(|error| failed(target, error))?;
    let value = signer.sign(&prepared.digest(), console)?;
    let signature = signer.proved(target, prepared.prepared(), &value)?;
    let unwritten = |error| Failure::writing(target, &error);
    if signer.proving.level() == Level::Lta {
        let archived = prepared.archive(&signature).map_err(unwritten)?;
        let token = signer.archive_token(archived.digest())?;
        archived.finish(&token).map_err(unwritten)?;
    } else {
        prepared.finish(&signature).map_err(unwritten)?;
    }
    output.publish()
}

fn detached(
    arguments: &StampFiles,
    mut output: NewFile,
    signer: &mut CardSigner<'_>,
    console: &mut Console<'_>,
) -> Result<(), Failure> {
    let path = arguments.files.first().ok_or(Failure::SeveralDocuments)?;
    let mut file = File::open(path).map_err(|error| Failure::reading(path, &error))?;
    let prepared = Prepared::detached(&mut file, signing(signer.seal, console));
    let prepared = prepared.map_err(|error| failed(path, error))?;
    let value = signer.sign(&prepared.digest(), console)?;
    let mut signature = signer.proved(path, &prepared, &value)?;
    if signer.proving.level() == Level::Lta {
        let archive = prepared.archive(&signature);
        let archive = archive.map_err(|error| failed(path, error))?;
        let token = signer.archive_token(archive.digest())?;
        let archived = archive.finish(&signature, &token);
        signature = archived.map_err(|error| failed(path, error.into()))?;
    }
    output.write(&signature)?;
    output.publish()
}

fn signing<'a>(seal: &'a CardSeal, console: &Console<'_>) -> Signing<'a> {
    Signing {
        certificate: &seal.certificate,
        issuers: &seal.chain,
        seal: Some(seal.seal.as_der()),
        time: console.now,
    }
}

fn failed(path: &Path, error: AsicError) -> Failure {
    let path = path.to_path_buf();
    match error {
        AsicError::Io(error) => Failure::reading(&path, &error),
        AsicError::Duplicate(name) => Failure::SameName {
            path: PathBuf::from(name),
        },
        other => Failure::Unreadable {
            path,
            reason: other.to_string(),
        },
    }
}

/// The card, ready to sign once the PIN is given.
struct CardSigner<'a> {
    arguments: &'a StampFiles,
    proving: &'a Proving,
    session: &'a mut CardSession,
    seal: &'a CardSeal,
    tries_left: u8,
}

impl CardSigner<'_> {
    /// Asks for the PIN, then VERIFY and signature in one exclusive access; the signature is
    /// checked before it is used.
    fn sign(&mut self, digest: &[u8; 32], console: &mut Console<'_>) -> Result<Vec<u8>, Failure> {
        let prompt = Text::AskPin {
            seal: self.seal.seal.name(),
            tries_left: self.tries_left,
        };
        let source = Source::from(&self.arguments.pin);
        let typed = source.take(console, SecretKind::Pin, &prompt)?;
        let pin = Pin::new(typed.as_bytes()).map_err(Failure::secret_form(SecretKind::Pin))?;
        let mut card = self.session.exclusive()?;
        card.verify_pin(&pin)?;
        let signature = card.sign(self.seal.slot, digest)?;
        drop(card);
        ecdsa::certificate_point(&self.seal.certificate)
            .and_then(|point| ecdsa::check_digest(&point, digest, &signature))
            .map_err(|_| Failure::SignatureMisfit)?;
        Ok(signature)
    }

    /// The finished signature with its timestamp and the validation data, as far as the level goes.
    fn proved(&self, path: &Path, prepared: &Prepared, value: &[u8]) -> Result<Vec<u8>, Failure> {
        let failed = |error: AsicError| failed(path, error);
        let mut signature = prepared
            .finish(value)
            .map_err(|error| failed(error.into()))?;
        if let Some(token) = self.proving.token(Sha256::digest(value).into())? {
            signature = timestamped(&signature, &token).map_err(|error| failed(error.into()))?;
        }
        let evidence = self.proving.evidence();
        if evidence.is_empty() {
            return Ok(signature);
        }
        let data = ValidationData {
            certificates: &evidence.certificates,
            revocation_lists: &evidence.revocation_lists,
            ocsp_responses: &evidence.ocsp_responses,
        };
        add_validation_data(&signature, data).map_err(|error| failed(error.into()))
    }

    fn archive_token(&self, digest: [u8; 32]) -> Result<Vec<u8>, Failure> {
        self.proving
            .token(digest)?
            .ok_or(Failure::NoTimestampAuthority)
    }
}
