//! The conformance suite `pkcs11-check`, which needs a later Python than Debian 12 has: that of Debian 13,
//! unpacked beside the system ([`super::debian`]), behind a script that names loader and libraries.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{debian, once};
use crate::command::{Error, Result, output, run, shown};

/// Pinned, so that a verdict does not change under an unchanged tree.
const REQUIREMENT: &str = "pkcs11-check==0.2.3";

/// Installs it below `pkcs11-check`, its Python in `pkcs11-check/bin/python3`. Where Debian's archive is not
/// known, the system's Python has to be late enough.
pub(super) fn ensure(folder: &Path) -> Result<()> {
    let root = folder.join("debian/root");
    let wish = format!("{REQUIREMENT} {}", root.display());
    once(&folder.join("pkcs11-check-requirements"), &wish, || {
        let place = folder.join("pkcs11-check");
        if place.exists() {
            std::fs::remove_dir_all(&place).map_err(Error::file(&place))?;
        }
        let python = place.join("bin/python3");
        write_script(&python, &script(&root)?)?;
        let mut install = Command::new(&python);
        install
            .args(["-m", "pip", "install", "--quiet"])
            .args(["--disable-pip-version-check", "--root-user-action=ignore"])
            .arg("--target")
            .arg(place.join("lib"))
            .arg(REQUIREMENT);
        if let Some(pip) = pip(&root) {
            install.env("PYTHONPATH", pip);
        }
        eprintln!("+ {}", shown(&install));
        run(&mut install)
    })
}

/// What starts the interpreter. It has to name itself by this script: the suite starts it again for each file.
fn script(root: &Path) -> Result<String> {
    let Some(libraries) = debian::libraries(root) else {
        return Ok("#!/bin/sh\nexec python3 \"$@\"\n".to_owned());
    };
    let mut find = Command::new("find");
    let found = output(find.arg(&libraries).args(["-name", "ld-linux*"]))?;
    let loader = found.lines().next().unwrap_or_default();
    let (root, libraries) = (root.display(), libraries.display());
    Ok(format!(
        "#!/bin/sh\nexport PYTHONHOME='{root}/usr'\n\
         exec '{loader}' --library-path '{libraries}' --argv0 \"$0\" '{root}/usr/bin/python3.13' \"$@\"\n"
    ))
}

fn write_script(path: &Path, text: &str) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder).map_err(Error::file(folder))?;
    std::fs::write(path, text).map_err(Error::file(path))?;
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(path, executable).map_err(Error::file(path))
}

/// The `pip` that Debian keeps for new environments; it runs from its archive.
fn pip(root: &Path) -> Option<PathBuf> {
    let wheels = std::fs::read_dir(root.join("usr/share/python-wheels")).ok()?;
    let mut wheels = wheels.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    wheels.find(|wheel| {
        let name = wheel.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("pip-")
    })
}
