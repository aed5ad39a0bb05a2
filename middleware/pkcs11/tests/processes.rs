//! Threads and processes: events, forks and the trace.
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

use std::ptr;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use cryptoki_sys::*;

use common::client::Client;

const PIN: &[u8] = b"654321";

fn event(client: Client, flags: CK_FLAGS) -> Result<CK_SLOT_ID, CK_RV> {
    let mut slot = 99;
    call!(
        client,
        C_WaitForSlotEvent,
        flags,
        &mut slot,
        ptr::null_mut()
    )?;
    Ok(slot)
}

#[test]
fn events_are_told_once_each() {
    let (client, desk) = client!();
    client.initialize().unwrap();
    client.slots(false).unwrap();
    assert_eq!(event(client, CKF_DONT_BLOCK), Err(CKR_NO_EVENT));
    desk.pull();
    assert_eq!(event(client, CKF_DONT_BLOCK), Ok(0));
    assert_eq!(event(client, CKF_DONT_BLOCK), Err(CKR_NO_EVENT));
    desk.insert();
    desk.state().readers.push("Reader 01".to_owned());
    assert_eq!(event(client, 0), Ok(0));
    assert_eq!(event(client, 0), Ok(1));
    assert_eq!(event(client, CKF_DONT_BLOCK), Err(CKR_NO_EVENT));
}

#[test]
fn who_waits_for_an_event_gets_it_or_the_end() {
    let (client, desk) = client!();
    client.initialize().unwrap();
    client.slots(false).unwrap();
    let (told, events) = channel();
    let waiter = thread::spawn(move || {
        told.send(event(client, 0)).unwrap();
        told.send(event(client, 0)).unwrap();
    });
    assert!(events.recv_timeout(Duration::from_millis(120)).is_err());
    desk.pull();
    let patience = Duration::from_secs(20);
    assert_eq!(events.recv_timeout(patience), Ok(Ok(0)));
    client.finalize().unwrap();
    let ended = Err(CKR_CRYPTOKI_NOT_INITIALIZED);
    assert_eq!(events.recv_timeout(patience), Ok(ended));
    waiter.join().unwrap();
}

#[test]
fn many_threads_sign_with_one_card() {
    let (client, desk) = client!();
    desk.state().policy = sello_wire::PinPolicy::Once;
    let (_session, key) = client.ready();
    let sign = move |byte: u8| {
        let session = client.open(0).unwrap();
        for _ in 0..50 {
            client.sign_begin(session, CKM_ECDSA, key).unwrap();
            let signature = client.sign(session, &[byte; 32]).unwrap();
            assert_eq!(signature[..32], [byte; 32]);
        }
        client.close(session).unwrap();
    };
    let threads: Vec<_> = (1..5)
        .map(|byte| thread::spawn(move || sign(byte)))
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

/// What a forked child finds, as an exit status: 0 if all is as it should be.
fn child(client: Client, session: CK_SESSION_HANDLE) -> i32 {
    let closed = Err(CKR_CRYPTOKI_NOT_INITIALIZED);
    if client.session_state(session) != closed.map(|()| 0) || client.finalize() != closed {
        return 1;
    }
    if client.initialize().is_err() || client.slots(true) != Ok(vec![0]) {
        return 2;
    }
    if client.session_state(session) != Err(CKR_SESSION_HANDLE_INVALID) {
        return 3;
    }
    i32::from(client.finalize().is_err()) * 4
}

#[test]
fn a_forked_child_starts_anew_and_its_parent_signs_on() {
    let (client, desk) = client!();
    let (session, key) = client.ready();
    client.sign_begin(session, CKM_ECDSA, key).unwrap();
    // SAFETY: the child calls the module and ends; it does not return into the test harness.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        let status = child(client, session);
        // SAFETY: ends the child at once.
        unsafe { libc::_exit(status) };
    }
    let mut status = -1;
    // SAFETY: `status` is a place for the child's status.
    assert_eq!(unsafe { libc::waitpid(pid, &mut status, 0) }, pid);
    assert_eq!(status, 0);
    assert!(client.sign(session, &[7; 32]).is_ok());
    assert_eq!(desk.log(), "select read chain verify sign");
}

#[test]
fn loading_and_ending_again_and_again_leaves_no_session() {
    let (client, _desk) = client!();
    for _ in 0..200 {
        client.initialize().unwrap();
        let session = client.open(0).unwrap();
        client.login(session, CKU_USER, PIN).unwrap();
        client.finalize().unwrap();
    }
    client.initialize().unwrap();
    assert_eq!(client.session_state(1), Err(CKR_SESSION_HANDLE_INVALID));
}
