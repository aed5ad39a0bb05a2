//! Calls of the C functions of the PKCS#11 module, over cards in the same process.
//!
//! Bytes become calls in any order, with arguments of all sorts (see `pkcs11/arguments.rs`), while cards
//! come and go. After each call: nothing was written where it must not be, lengths that were told are
//! right, the return value is one the standard gives for the function, no panic was caught on the way,
//! and the card was not asked without end.

use cryptoki_sys::{CKR_OK, CKU_USER};

use crate::pkcs11::arguments::{Caller, Pool};
use crate::pkcs11::caller::{FUNCTIONS, call};
use crate::pkcs11::cards::PIN;
use crate::pkcs11::choices::Choices;
use crate::pkcs11::client::Client;
use crate::pkcs11::desk::Desk;
use crate::pkcs11::{panics, returns, stage};

/// Most calls of a run.
const LONGEST: usize = 80;
/// Most APDUs of one call: some tens for a card that is read anew.
const MOST_APDUS: usize = 200;

/// Makes the calls the bytes say.
pub fn run(data: &[u8]) {
    let run = stage::begin::<{ stage::CALLS }>();
    let (client, desk) = (run.client, run.desk);
    let mut choices = Choices::new(data);
    desk.insert(0, choices.below(3));
    let mut pool = Pool::default();
    for _ in 0..LONGEST {
        if choices.is_over() {
            break;
        }
        match choices.byte() {
            0..0xB0 => one_call(client, &mut choices, &mut pool),
            0xB0..0xE0 => get_ready(client, &mut pool),
            other => happen(desk, other, &mut choices),
        }
        let exchanged = desk.exchanged();
        assert!(exchanged <= MOST_APDUS, "{exchanged} APDUs for one call");
    }
    let _ = client.finalize();
}

/// One function, with whatever arguments.
fn one_call(client: Client, choices: &mut Choices<'_>, pool: &mut Pool) {
    let index = choices.below(FUNCTIONS.len());
    let function = &FUNCTIONS[index];
    let mut caller = Caller::new(choices, pool, function);
    let before = panics::count();
    let rv = call(client.0, index, &mut caller);
    let name = function.name;
    assert_eq!(panics::count(), before, "{name} panicked");
    assert!(returns::allows(name, rv), "{name} returned {rv:#x}");
    caller.memory.check(name, rv);
    if rv == CKR_OK {
        let new = caller.harvest();
        pool.sessions.extend(new.sessions);
        pool.objects.extend(new.objects);
    }
}

/// What a program does first: so that the calls that follow find something to work with.
fn get_ready(client: Client, pool: &mut Pool) {
    let _ = client.initialize();
    let Some(slot) = client.slots().ok().and_then(|slots| slots.first().copied()) else {
        return;
    };
    let Ok(session) = client.open(slot) else {
        return;
    };
    pool.sessions.push(session);
    let _ = client.login(session, CKU_USER, PIN);
    for class in 0..4 {
        pool.objects
            .extend(client.find(session, class).unwrap_or_default());
    }
}

/// What happens to readers and cards.
fn happen(desk: &Desk, what: u8, choices: &mut Choices<'_>) {
    let reader = choices.below(2);
    match what % 5 {
        0 => desk.insert(reader, choices.below(3)),
        1 => desk.pull(reader),
        2 => desk.reset(reader),
        3 => desk.state().service = false,
        _ => desk.state().service = true,
    }
}
