//! The PC/SC service is stopped and started again under a loaded module.
//!
//! The service is the test's own, in namespaces within those of the stack, so that no other test sees it go.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::process::Command;

use sello_flow::programs::Spawned;

/// Makes the namespaces usable, then becomes the command.
const PREPARE: &str =
    "ip link set lo up && mount -t tmpfs tmpfs /run && mkdir /run/pcscd && exec \"$@\"";
/// Ways to have namespaces: as root of the stack's, or as an ordinary user.
const WAYS: [&[&str]; 2] = [
    &["--mount", "--net"],
    &["--map-root-user", "--mount", "--net"],
];

fn within(way: &[&str]) -> Command {
    let mut command = Command::new("unshare");
    command.args(way).args(["sh", "-c", PREPARE, "sh"]);
    command
}

#[test]
fn a_service_that_is_stopped_and_started_again_is_found_again() {
    let possible = |way: &&&[&str]| {
        let output = within(way).arg("true").output();
        output.is_ok_and(|output| output.status.success())
    };
    let Some(way) = WAYS.iter().find(possible) else {
        panic!(
            "no namespaces for a pcscd of this test's own: it needs the private stack of `cargo xtask test`"
        );
    };
    let programs = Spawned::find("en_US.UTF-8").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let output = within(way)
        .env("XDG_CACHE_HOME", folder.path())
        .arg(env!("CARGO_BIN_EXE_sello-endurance"))
        .args(["service", "12"])
        .arg(programs.path("libsello_pkcs11.so"))
        .arg("")
        .env("SELLO_STACK", "private")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{said}", output.status);
    println!("{said}");
}
