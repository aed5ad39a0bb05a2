//! A program of Node's that loads a PKCS#11 module.

use std::path::Path;
use std::process::Command;

use super::once;
use crate::command::{Result, run, shown};

/// Pinned, as the judges of Python are.
const MODULE: &str = "pkcs11js@2.1.7";
/// The headers of Node, where its maker's package puts them; without them npm would fetch them.
const HEADERS: &str = "/usr/include/node/node_api.h";

/// Installs it to `node` below the folder.
pub(super) fn ensure(folder: &Path) -> Result<()> {
    once(&folder.join("node-modules"), MODULE, || {
        let mut install = Command::new("npm");
        install
            .args(["install", "--no-audit", "--no-fund", "--loglevel=error"])
            .arg("--prefix")
            .arg(folder.join("node"))
            .arg(MODULE);
        if Path::new(HEADERS).exists() {
            install.env("npm_config_nodedir", "/usr");
        }
        eprintln!("+ {}", shown(&install));
        run(&mut install)
    })
}
