//! The Debian package, made from the programs that the tests use, unpacked and looked at.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use sello_package::{MODULE, triplet};
use tempfile::TempDir;

/// The package and its files.
struct Package {
    file: PathBuf,
    tree: PathBuf,
    _folder: TempDir,
}

/// Makes the package once for all tests here.
fn package() -> &'static Package {
    static PACKAGE: OnceLock<Package> = OnceLock::new();
    PACKAGE.get_or_init(|| {
        let programs = PathBuf::from(variable("SELLO_PROGRAMS"));
        sello_package::write(&programs.join("package")).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (file, tree) = (folder.path().join("sello.deb"), folder.path().join("tree"));
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut pack = Command::new(variable("SELLO_CARGO_DEB"));
        pack.args(["deb", "--package", "sello-client", "--no-build"])
            .args(["--locked", "--offline", "--profile", "dev"])
            .args(["--multiarch", "foreign", "--output"])
            .arg(&file)
            .current_dir(root);
        must(&mut pack);
        must(Command::new("dpkg-deb").arg("-x").args([&file, &tree]));
        Package {
            file,
            tree,
            _folder: folder,
        }
    })
}

fn variable(name: &str) -> std::ffi::OsString {
    let hint = format!("{name} is not set: run the tests with `cargo xtask test`");
    std::env::var_os(name).unwrap_or_else(|| panic!("{hint}"))
}

/// Runs a command that has to succeed; gives what it printed.
fn must(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| {
        panic!("{command:?}: {error}; `cargo xtask setup` installs what is needed")
    });
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

impl Package {
    fn field(&self, name: &str) -> String {
        let mut ask = Command::new("dpkg-deb");
        must(ask.arg("-f").arg(&self.file).arg(name)).trim().into()
    }

    fn has(&self, path: &str) -> PathBuf {
        let place = self.tree.join(path);
        assert!(place.exists(), "{path} is missing");
        place
    }

    fn libraries(&self) -> PathBuf {
        self.tree.join("usr/lib").join(triplet())
    }

    /// A page or document, unpacked.
    fn read(&self, path: &str) -> String {
        must(Command::new("zcat").arg(self.has(path)))
    }
}

#[test]
fn the_control_file_says_what_it_is_and_needs() {
    let package = package();
    assert_eq!(package.field("Package"), "sello");
    assert_eq!(
        package.field("Version").split('-').next(),
        Some(env!("CARGO_PKG_VERSION"))
    );
    for (name, words) in [
        ("Depends", "libpcsclite1"),
        ("Depends", "libc6"),
        ("Recommends", "pcscd"),
        ("Suggests", "p11-kit"),
        ("Section", "utils"),
        ("Description", "PKCS#11"),
        ("Maintainer", "@"),
    ] {
        let field = package.field(name);
        assert!(field.contains(words), "{name}: {field}");
    }
}

#[test]
fn every_file_is_the_superusers_and_nobody_else_may_change_it() {
    let listing = must(Command::new("dpkg-deb").arg("-c").arg(&package().file));
    for line in listing.lines() {
        let words: Vec<_> = line.split_ascii_whitespace().collect();
        let (mode, owner, path) = (words[0], words[1], words[5]);
        // The package has numbers and no names.
        assert!(["root/root", "0/0"].contains(&owner), "{line}");
        assert!(
            path.starts_with("./usr/") || "./usr/".starts_with(path),
            "{line}"
        );
        assert!(!path.starts_with("./usr/local"), "{line}");
        let kind = &mode[..1];
        let rights = &mode[1..];
        match kind {
            "d" => assert_eq!(rights, "rwxr-xr-x", "{line}"),
            "-" if path.starts_with("./usr/bin/") => assert_eq!(rights, "rwxr-xr-x", "{line}"),
            "-" => assert_eq!(rights, "rw-r--r--", "{line}"),
            "l" => {}
            _ => panic!("{line}"),
        }
    }
}

#[test]
fn client_and_module_are_there_and_stripped() {
    let package = package();
    let client = package.has("usr/bin/sello");
    assert_eq!(
        fs::metadata(&client).unwrap().permissions().mode() & 0o777,
        0o755
    );
    let version = must(Command::new(&client).arg("--version"));
    assert_eq!(version.trim(), concat!("sello ", env!("CARGO_PKG_VERSION")));
    let module = package.libraries().join("pkcs11").join(MODULE);
    let symbols = must(
        Command::new("nm")
            .args(["-D", "--defined-only"])
            .arg(&module),
    );
    assert!(symbols.contains("C_GetFunctionList"), "{symbols}");
    let link = fs::canonicalize(package.libraries().join(MODULE)).unwrap();
    assert_eq!(link, fs::canonicalize(&module).unwrap());
    for file in [&client, &module] {
        let sections = must(Command::new("readelf").args(["-S", "--wide"]).arg(file));
        assert!(!sections.contains(".debug_info"), "{}", file.display());
    }
}

#[test]
fn each_command_has_a_manual_page_and_so_have_module_and_settings() {
    let package = package();
    let top = package.read("usr/share/man/man1/sello.1.gz");
    assert!(
        top.contains(".TH sello 1") && top.contains("SUBCOMMANDS"),
        "{top}"
    );
    let commands = sello_client::command_line();
    for command in commands.get_subcommands() {
        let name = command.get_name();
        let page = package.read(&format!("usr/share/man/man1/sello-{name}.1.gz"));
        assert!(
            page.contains(".SH OPTIONS") || page.contains(".SH SUBCOMMANDS"),
            "{page}"
        );
    }
    let module = package.read("usr/share/man/man7/libsello_pkcs11.7.gz");
    assert!(module.contains("sello doctor"), "{module}");
    let settings = package.read("usr/share/man/man5/sello-pkcs11.toml.5.gz");
    for name in [
        "SELLO_PKCS11_CONFIG",
        "SELLO_PKCS11_TRACE",
        "SELLO_PKCS11_CACHE",
    ] {
        assert!(settings.contains(name), "{settings}");
    }
}

#[test]
fn documents_and_completions_are_there() {
    let package = package();
    package.has("usr/share/doc/sello/copyright");
    package.has("usr/share/doc/sello/USING.md");
    assert!(
        package
            .read("usr/share/doc/sello/changelog.gz")
            .contains("# Changelog")
    );
    let bash = package.has("usr/share/bash-completion/completions/sello");
    must(Command::new("bash").arg("-n").arg(&bash));
    assert!(fs::read_to_string(bash).unwrap().contains("doctor"));
    for path in [
        "usr/share/zsh/vendor-completions/_sello",
        "usr/share/fish/vendor_completions.d/sello.fish",
    ] {
        let text = fs::read_to_string(package.has(path)).unwrap();
        assert!(text.contains("doctor"), "{path}");
    }
}

#[test]
fn pkg_config_says_where_the_module_is() {
    let package = package();
    let mut ask = Command::new("pkg-config");
    ask.args(["--variable=module", "sello-pkcs11"])
        .env("PKG_CONFIG_PATH", package.libraries().join("pkgconfig"));
    let said = must(&mut ask);
    let module = said.trim().trim_start_matches('/');
    assert!(package.tree.join(module).is_file(), "{said}");
    assert!(module.starts_with("usr/lib/"), "{said}");
}

#[test]
fn p11_kit_lists_the_module_once_the_files_are_in_place() {
    let package = package();
    let registrations = "usr/share/p11-kit/modules";
    let modules = format!("usr/lib/{}/pkcs11", triplet());
    // In a mount namespace of its own, where the machine's folders are those of the package.
    let script =
        "mount --bind \"$0/$1\" \"/$1\" && mount --bind \"$0/$2\" \"/$2\" && p11-kit list-modules";
    let mut list = Command::new("unshare");
    list.args(["--map-root-user", "--mount", "sh", "-c", script])
        .arg(&package.tree)
        .args([OsStr::new(registrations), OsStr::new(&modules)]);
    let said = must(&mut list);
    assert!(
        said.contains("sello: libsello_pkcs11.so") && said.contains("Sello"),
        "{said}"
    );
}
