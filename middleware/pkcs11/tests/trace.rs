//! The trace file: what is in it, and what can not be.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    dead_code,
    unreachable_pub,
    clippy::macro_metavars_in_unsafe,
    reason = "a test may stop at the first surprise"
)]

mod common;

use cryptoki_sys::*;

#[test]
fn the_trace_names_functions_and_results_and_no_pin() {
    let (client, _desk) = client!();
    let path = std::env::temp_dir().join(format!("sello-trace-{}", std::process::id()));
    // SAFETY: this is the only test of its process, so no other thread reads the environment.
    unsafe { std::env::set_var("SELLO_PKCS11_TRACE", &path) };
    client.initialize().unwrap();
    let session = client.open(0).unwrap();
    let wrong = client.login(session, CKU_USER, b"111222");
    assert_eq!(wrong, Err(CKR_PIN_INCORRECT));
    client.login(session, CKU_USER, b"654321").unwrap();
    client.set_pin(session, b"654321", b"918273").unwrap();
    client.finalize().unwrap();
    let trace = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(trace.contains(" C_Login CKR_PIN_INCORRECT "));
    assert!(trace.contains(" C_Login CKR_OK "));
    assert!(trace.contains(" C_SetPIN CKR_OK "));
    for pin in ["111222", "654321", "918273"] {
        assert!(!trace.contains(pin), "the trace shows a PIN");
    }
    for pin in ["111222", "654321", "918273"] {
        let hex: String = pin.bytes().map(|byte| format!("{byte:02X}")).collect();
        assert!(!trace.to_uppercase().contains(&hex));
    }
}
