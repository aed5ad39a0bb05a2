//! `sello verify` of what is no PDF: signatures beside files, with their content, and in containers.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use sello_asic::{Container, FileReport, verify_container, verify_detached};
use sello_cades::TrustStore;
use sello_cades::validation::Trust;

use crate::console::Console;
use crate::failure::Failure;

/// Longest signature read, in bytes; one with its content may be long.
const MAX_SIGNATURE: u64 = 64 * 1024 * 1024;

/// What a file is by its first bytes, where it is no PDF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A ZIP archive.
    Container,
    /// A CMS signature: DER or BER, a SEQUENCE, and named as one.
    Signature,
}

/// The form of a file, by its first bytes and its name; nothing for documents.
pub(super) fn form(path: &Path) -> Option<Form> {
    let mut first = [0; 4];
    let mut file = File::open(path).ok()?;
    let count = file.read(&mut first).ok()?;
    let extension = path.extension().and_then(|extension| extension.to_str());
    let extension = extension.map(str::to_lowercase);
    let signature = matches!(extension.as_deref(), Some("p7s" | "p7m" | "p7b" | "sig"));
    match first.get(..count)? {
        [b'P', b'K', ..] => Some(Form::Container),
        [0x30, ..] if signature => Some(Form::Signature),
        _ => None,
    }
}

pub(super) fn judge(
    path: &Path,
    form: Form,
    content: Option<&Path>,
    store: &TrustStore,
    console: &Console<'_>,
) -> Result<FileReport, Failure> {
    let trust = Trust {
        store,
        now: console.now,
    };
    let unreadable = |error| Failure::reading(path, &error);
    let mut file = File::open(path).map_err(unreadable)?;
    if form == Form::Container {
        return Ok(verify_container(file, container(path), trust));
    }
    let length = file.seek(SeekFrom::End(0)).map_err(unreadable)?;
    file.rewind().map_err(unreadable)?;
    if length > MAX_SIGNATURE {
        let error = std::io::Error::from(std::io::ErrorKind::FileTooLarge);
        return Err(unreadable(error));
    }
    let mut signature = Vec::new();
    file.read_to_end(&mut signature).map_err(unreadable)?;
    let beside = content.map(Path::to_path_buf).or_else(|| beside(path));
    let name = beside.as_deref().unwrap_or(path).display().to_string();
    let mut signed = match &beside {
        Some(beside) => Some(File::open(beside).map_err(|error| Failure::reading(beside, &error))?),
        None => None,
    };
    let reader = signed.as_mut();
    let reader = reader.map(|file| -> &mut dyn std::io::Read { file });
    verify_detached(&signature, &name, reader, trust).map_err(unreadable)
}

/// The file that lies beside its signature under its name without `.p7s`.
fn beside(path: &Path) -> Option<PathBuf> {
    let signature = path.extension()?.eq_ignore_ascii_case("p7s");
    let content = path.with_extension("");
    (signature && content.is_file()).then_some(content)
}

/// What the name says the container is.
fn container(path: &Path) -> Option<Container> {
    let extension = path.extension()?.to_str()?.to_lowercase();
    match extension.as_str() {
        "asice" | "sce" => Some(Container::AsicE),
        "asics" | "scs" => Some(Container::AsicS),
        _ => None,
    }
}
