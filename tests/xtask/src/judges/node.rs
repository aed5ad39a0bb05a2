//! The PKCS#11 binding of Node, from its package registry.

use std::path::Path;
use std::process::Command;

use super::once;
use crate::command::{Error, Result, run, shown};

/// Pinned, as the judges of Python are.
const PACKAGE: &str = "pkcs11js@2.1.6";

/// Installs it below `node`. It is built here, with the headers that the system's Node brings: left alone, the
/// build would ask the network for them.
pub(super) fn ensure(folder: &Path) -> Result<()> {
    once(&folder.join("node-packages"), PACKAGE, || {
        let place = folder.join("node");
        std::fs::create_dir_all(&place).map_err(Error::file(&place))?;
        let mut install = Command::new("npm");
        install
            .args(["install", "--no-audit", "--no-fund", "--silent"])
            .arg(PACKAGE)
            .env("npm_config_nodedir", "/usr")
            .env("npm_config_update_notifier", "false")
            // Its own package, so that no folder above is taken for it.
            .args(["--prefix", "."])
            .current_dir(&place);
        eprintln!("+ {}", shown(&install));
        run(&mut install)
    })
}
