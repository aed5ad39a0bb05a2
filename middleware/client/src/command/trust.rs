//! The trust folder: the one named, or the usual one.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use sello_cades::{TrustError, TrustStore};

use crate::console::Console;
use crate::failure::Failure;
use crate::messages::Text;

/// The trust folder of the machine.
const MACHINE_TRUST: &str = "/etc/sello/trust";

/// The folder named; or the first of the usual ones that there is. Without any, nothing is trusted.
pub(super) fn folder(named: Option<&Path>, console: &mut Console<'_>) -> Option<PathBuf> {
    let folder = match named {
        Some(folder) => Some(folder.to_path_buf()),
        None => usual_folders(console.environment)
            .into_iter()
            .find(|folder| folder.is_dir()),
    };
    if folder.is_none() {
        console.note(&Text::NoTrust);
    }
    folder
}

/// What documents are judged by: anchors and revocation lists.
pub(super) fn documents(folder: Option<&Path>) -> Result<TrustStore, Failure> {
    load(folder, TrustStore::load_dir)
}

/// What cards are judged by: the roots of their attestation certificates.
pub(super) fn devices(folder: Option<&Path>) -> Result<TrustStore, Failure> {
    load(folder, TrustStore::load_devices)
}

fn load(
    folder: Option<&Path>,
    load: impl FnOnce(&Path) -> Result<TrustStore, TrustError>,
) -> Result<TrustStore, Failure> {
    let Some(folder) = folder else {
        return Ok(TrustStore::default());
    };
    load(folder).map_err(|error| Failure::Trust {
        path: folder.to_path_buf(),
        reason: error.to_string(),
    })
}

/// `$XDG_CONFIG_HOME/sello/trust`, which is `~/.config/sello/trust` by default, and the machine's.
pub(super) fn usual_folders(environment: &dyn Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let set = |name| environment(name).filter(|value| !value.is_empty());
    let personal = set("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| set("HOME").map(|home| PathBuf::from(home).join(".config")));
    personal
        .map(|folder| folder.join("sello").join("trust"))
        .into_iter()
        .chain([PathBuf::from(MACHINE_TRUST)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_folders_follow_the_environment() {
        let folders = |variables: &[(&str, &str)]| {
            usual_folders(&|name| {
                let found = variables.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| OsString::from(value))
            })
        };
        let machine = PathBuf::from(MACHINE_TRUST);
        assert_eq!(
            folders(&[("XDG_CONFIG_HOME", "/x"), ("HOME", "/h")]),
            [PathBuf::from("/x/sello/trust"), machine.clone()]
        );
        assert_eq!(
            folders(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "")]),
            [PathBuf::from("/h/.config/sello/trust"), machine.clone()]
        );
        assert_eq!(folders(&[]), [machine]);
    }
}
