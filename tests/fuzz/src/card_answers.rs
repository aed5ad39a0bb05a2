//! Whatever a card may answer to the PKCS#11 module.
//!
//! Bytes say what happens to the answers of real (simulated) cards on their way: changed, cut, made
//! longer, replaced, late, lost, or of another card; between that a program uses the module. The module
//! never panics, never asks without end, and returns only what the standard gives for a function. A
//! signature it hands out is the one that came for this digest. And once the card answers as it should,
//! everything works at once, with the card's own certificates.

use std::sync::LazyLock;

use aws_lc_rs::digest::{Digest, SHA256};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use cryptoki_sys::*;
use p256::ecdsa::Signature;
use sello_wire::tag::Tag;
use sello_wire::tlv;

use crate::pkcs11::cards::{self, PIN};
use crate::pkcs11::choices::Choices;
use crate::pkcs11::client::{Client, Outcome};
use crate::pkcs11::desk::Desk;
use crate::pkcs11::tamper::Fault;
use crate::pkcs11::{panics, returns, stage};

/// Most steps of a run.
const LONGEST: usize = 60;
/// Most APDUs of one call: a card that never comes to an end is left soon.
const MOST_APDUS: usize = 2000;

/// Does what the bytes say.
pub fn run(data: &[u8]) {
    let run = stage::begin::<{ stage::ANSWERS }>();
    let (client, desk) = (run.client, run.desk);
    let mut choices = Choices::new(data);
    let first = choices.byte();
    let card = usize::from(first) % cards::all().len();
    desk.insert(0, card);
    desk.insert(1, usize::from(first >> 4));
    let mut program = Program {
        client,
        desk,
        session: 0,
        key: 0,
        counter: 0,
    };
    assert_eq!(client.initialize(), Ok(()));
    for _ in 0..LONGEST {
        if choices.is_over() {
            break;
        }
        let what = choices.byte();
        if what & 1 == 0 {
            plan(desk, what >> 1, &mut choices);
        } else {
            program.step(what >> 1);
        }
    }
    desk.clear();
    desk.insert(0, card);
    program.all_is_well(card);
    let _ = client.finalize();
}

/// Something that is to happen to answers.
fn plan(desk: &Desk, what: u8, choices: &mut Choices<'_>) {
    let after = u16::from(choices.byte() % 24);
    let times = match choices.byte() {
        0..0xC0 => 1,
        0xC0..0xF0 => 3,
        _ => u16::MAX,
    };
    let fault = match what % 12 {
        0 | 1 => Fault::Byte {
            at: choices.word(),
            xor: choices.byte().max(1),
        },
        2 => Fault::Cut {
            length: choices.word() % 600,
        },
        3 => Fault::Longer {
            count: choices.word() % 4000,
            byte: choices.byte(),
        },
        4 => Fault::Status([choices.byte(), choices.byte()]),
        // Statuses that hosts act upon.
        5 => Fault::Status(choices.pick(&[
            [0x61, 0x01],
            [0x61, 0x00],
            [0x6C, 0x05],
            [0x63, 0xC0],
            [0x63, 0xC2],
            [0x69, 0x82],
            [0x69, 0x83],
            [0x69, 0x85],
            [0x6A, 0x82],
            [0x6D, 0x00],
            [0x67, 0x00],
            [0x90, 0x00],
        ])),
        6 => Fault::Garbage(choices.bytes()),
        7 => Fault::Late,
        8 => Fault::lost(choices.byte(), false),
        9 => Fault::lost(choices.byte(), true),
        10 => Fault::OtherCard,
        _ => Fault::OtherAnswer,
    };
    desk.state().tampering.plan(after, fault, times);
}

/// The program and what it remembers.
struct Program {
    client: Client,
    desk: &'static Desk,
    session: CK_SESSION_HANDLE,
    key: CK_OBJECT_HANDLE,
    /// Makes each digest another one.
    counter: u8,
}

impl Program {
    /// A call, and what must hold after it.
    fn call<T>(&self, name: &str, call: impl FnOnce(Client) -> Outcome<T>) -> Outcome<T> {
        let before = panics::count();
        let outcome = call(self.client);
        assert_eq!(panics::count(), before, "{name} panicked");
        let rv = outcome.as_ref().err().copied().unwrap_or(CKR_OK);
        assert!(returns::allows(name, rv), "{name} returned {rv:#x}");
        let exchanged = self.desk.exchanged();
        assert!(exchanged <= MOST_APDUS, "{exchanged} APDUs for {name}");
        outcome
    }

    fn step(&mut self, what: u8) {
        let session = self.session;
        match what % 16 {
            0 => drop(self.call("C_GetSlotList", Client::slots)),
            1 => drop(self.call("C_GetTokenInfo", |client| client.token_info(0))),
            2 | 3 => {
                if let Ok(session) = self.call("C_OpenSession", |client| client.open(0)) {
                    self.session = session;
                }
            }
            4 | 5 => {
                let user = CKU_USER;
                let _ = self.call("C_Login", |client| client.login(session, user, PIN));
            }
            6 => {
                let user = CKU_CONTEXT_SPECIFIC;
                let _ = self.call("C_Login", |client| client.login(session, user, PIN));
            }
            7 => drop(self.call("C_Logout", |client| client.logout(session))),
            8 | 9 => self.look_around(),
            10..=12 => self.sign(),
            13 => drop(self.call("C_GetSessionInfo", |client| client.session_info(session))),
            14 => {
                let _ = self.call("C_WaitForSlotEvent", Client::event);
                let _ = self.call("C_GetMechanismList", |client| client.mechanisms(0));
            }
            _ => drop(self.call("C_CloseAllSessions", |client| client.close_all(0))),
        }
    }

    /// Reads everything there is.
    fn look_around(&mut self) {
        let session = self.session;
        for class in [CKO_DATA, CKO_CERTIFICATE, CKO_PUBLIC_KEY, CKO_PRIVATE_KEY] {
            let found = self.call("C_FindObjects", |client| client.find(session, class));
            for object in found.unwrap_or_default() {
                if class == CKO_PRIVATE_KEY {
                    self.key = object;
                }
                for kind in [CKA_LABEL, CKA_ID, CKA_VALUE, CKA_EC_POINT, CKA_SUBJECT] {
                    let read = |client: Client| client.attribute(session, object, kind);
                    let _ = self.call("C_GetAttributeValue", read);
                }
            }
        }
    }

    /// Signs, and looks at what came.
    fn sign(&mut self) {
        let (session, key) = (self.session, self.key);
        self.counter = self.counter.wrapping_add(1);
        let digest = [self.counter; 32];
        let begun = self.call("C_SignInit", |client| client.sign_begin(session, key));
        if begun.is_err() {
            return;
        }
        self.desk.state().tampering.signature = None;
        let signed = self.call("C_Sign", |client| client.sign(session, &digest));
        let Ok(signature) = signed else { return };
        let delivered = self.desk.state().tampering.signature.take();
        let (answer, is_true) = delivered.expect("a signature that no card made");
        if is_true {
            assert!(verifies(&signature, &digest), "a signature that is wrong");
        } else {
            assert_eq!(raw(&answer), Some(signature), "a signature that never came");
        }
    }

    /// The card answers as it should: so does the module.
    fn all_is_well(&mut self, card: usize) {
        let card = &cards::all()[card];
        let slots = self.call("C_GetSlotList", Client::slots);
        assert_eq!(slots, Ok(vec![0]));
        let opened = self.call("C_OpenSession", |client| client.open(0));
        let session = opened.expect("a session with a good card");
        self.session = session;
        let login = |client: Client| client.login(session, CKU_USER, PIN);
        assert_eq!(self.call("C_Login", login), Ok(()));
        let find = |client: Client| client.find(session, CKO_CERTIFICATE);
        for object in self.call("C_FindObjects", find).unwrap() {
            let read = |client: Client| client.attribute(session, object, CKA_VALUE);
            let value = self.call("C_GetAttributeValue", read).unwrap();
            assert!(
                card.certificates.contains(&value),
                "not the card's certificate"
            );
        }
        let find = |client: Client| client.find(session, CKO_PRIVATE_KEY);
        let keys = self.call("C_FindObjects", find).unwrap();
        assert!(!keys.is_empty());
        for key in keys {
            let begin = |client: Client| client.sign_begin(session, key);
            assert_eq!(self.call("C_SignInit", begin), Ok(()));
            // A key that wants the PIN each time has it from the login, or says so.
            let user = CKU_CONTEXT_SPECIFIC;
            let login = |client: Client| client.login(session, user, PIN);
            let _ = self.call("C_Login", login);
            let sign = |client: Client| client.sign(session, &[7; 32]);
            let signature = self
                .call("C_Sign", sign)
                .expect("a signature of a good card");
            assert!(verifies(&signature, &[7; 32]));
        }
    }
}

/// The keys of all cards, for a library that is quick even where the engine counts each branch.
static KEYS: LazyLock<Vec<ParsedPublicKey>> = LazyLock::new(|| {
    let keys = cards::all().iter().flat_map(|card| &card.keys);
    keys.map(|key| ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.to_sec1_bytes()).unwrap())
        .collect()
});

/// Whether a key of one of the cards made the signature.
fn verifies(signature: &[u8], digest: &[u8; 32]) -> bool {
    let digest = Digest::import_less_safe(digest, &SHA256).unwrap();
    KEYS.iter()
        .any(|key| key.verify_digest_sig(&digest, signature).is_ok())
}

/// The signature in an answer to GENERAL AUTHENTICATE, as the module hands it out.
fn raw(answer: &[u8]) -> Option<Vec<u8>> {
    let data = answer.strip_suffix(&[0x90, 0x00])?;
    let template = tlv::find(data, Tag::DYNAMIC_AUTHENTICATION).ok()??;
    let der = tlv::find(template, Tag::RESPONSE).ok()??;
    let signature = Signature::from_der(der).ok()?;
    Some(signature.to_bytes().to_vec())
}
