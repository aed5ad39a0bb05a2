//! A card made operational, step by step, as `specs/card.md` section 9 orders it.

use sello_wire::channel::Channel;
use sello_wire::key::{Algorithm, FACTORY_MANAGEMENT_KEY};
use sello_wire::pin::{FACTORY_PIN, FACTORY_PUK};

use crate::terminal::{Outcome, Terminal};

/// The management key of a personalized test card (AES-256).
pub const MANAGEMENT_KEY: [u8; 32] = *b"the management key of test cards";
/// The PIN in the letter of a test card.
pub const TRANSPORT_PIN: [u8; 8] = *b"739158\xFF\xFF";
/// The PIN its custodian sets.
pub const PIN: [u8; 8] = *b"246813\xFF\xFF";
/// Its PUK.
pub const PUK: [u8; 8] = *b"80246813";
/// Stands for a certificate: the card does not look into it.
const CERTIFICATE: [u8; 11] = [0x53, 9, 0x70, 2, 0x30, 0, 0x71, 1, 0, 0xFE, 0];

/// Which management key a step begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// None has been authenticated in this session yet.
    Factory,
    /// The card's own.
    Own,
}

/// One command of a personalization.
#[derive(Clone, Debug)]
pub struct Action {
    /// What it does.
    pub name: &'static str,
    header: [u8; 4],
    data: Vec<u8>,
    /// The key that must be authenticated when the step is done in a session of its own.
    pub authority: Authority,
}

impl Action {
    fn new(name: &'static str, header: [u8; 4], data: Vec<u8>, authority: Authority) -> Self {
        Self {
            name,
            header,
            data,
            authority,
        }
    }

    /// Sends the command and demands success.
    ///
    /// # Errors
    /// As [`Terminal::demand`].
    pub fn perform<C: Channel>(&self, terminal: &mut Terminal<C>) -> Outcome<Vec<u8>, C> {
        terminal.demand(self.name, self.header, &self.data)
    }
}

/// Every command from the blank card to the operational one that changes the card.
#[must_use]
pub fn actions() -> Vec<Action> {
    use Authority::{Factory, Own};
    let mut key = vec![0x0C, 0x9B, 32];
    key.extend_from_slice(&MANAGEMENT_KEY);
    let mut possession = vec![0x7C, 36, 0x82, 0, 0x81, 32];
    possession.extend_from_slice(&[0x5A; 32]);
    let mut certificate = vec![0x5C, 3, 0x5F, 0xC1, 0x0A];
    certificate.extend_from_slice(&CERTIFICATE);
    let mut chunk = vec![0x5C, 3, 0x5F, 0xE0, 0x00, 0x53, 0x82, 0x0C, 0x00];
    chunk.resize(chunk.len() + 3072, 0xA5);
    vec![
        Action::new(
            "SET STATUS personalizing",
            [0x80, 0xF0, 3, 0],
            vec![],
            Factory,
        ),
        Action::new("SET MANAGEMENT KEY", [0, 0xFF, 0xFF, 0xFF], key, Factory),
        Action::new(
            "GENERATE in 9C",
            [0, 0x47, 0, 0x9C],
            vec![0xAC, 3, 0x80, 1, 0x11],
            Own,
        ),
        Action::new(
            "possession signature",
            [0, 0x87, 0x11, 0x9C],
            possession,
            Own,
        ),
        Action::new(
            "PUT DATA certificate",
            [0, 0xDB, 0x3F, 0xFF],
            certificate,
            Own,
        ),
        Action::new("PUT DATA seal", [0, 0xDB, 0x3F, 0xFF], chunk, Own),
        Action::new(
            "CHANGE PUK",
            [0, 0x24, 0, 0x81],
            join(FACTORY_PUK, PUK),
            Own,
        ),
        Action::new(
            "CHANGE PIN",
            [0, 0x24, 0, 0x80],
            join(FACTORY_PIN, TRANSPORT_PIN),
            Own,
        ),
        Action::new("SET STATUS operational", [0x80, 0xF0, 7, 0], vec![], Own),
        Action::new(
            "VERIFY transport PIN",
            [0, 0x20, 0, 0x80],
            TRANSPORT_PIN.to_vec(),
            Own,
        ),
        Action::new(
            "CHANGE transport PIN",
            [0, 0x24, 0, 0x80],
            join(TRANSPORT_PIN, PIN),
            Own,
        ),
    ]
}

fn join(first: [u8; 8], second: [u8; 8]) -> Vec<u8> {
    [first, second].concat()
}

/// Number of [`actions`] after which the card is operational with its transport PIN in force.
pub const DELIVERED_AFTER: usize = 9;

/// Selects PIV and authenticates the factory key or the card's own.
///
/// # Errors
/// As [`Terminal::authenticate`].
pub fn open<C: Channel>(terminal: &mut Terminal<C>, authority: Authority) -> Outcome<(), C> {
    terminal.select()?;
    match authority {
        Authority::Factory => terminal.authenticate(Algorithm::Aes192, &FACTORY_MANAGEMENT_KEY),
        Authority::Own => terminal.authenticate(Algorithm::Aes256, &MANAGEMENT_KEY),
    }
}

/// Performs the first `count` actions on a blank card.
///
/// # Errors
/// As [`Action::perform`].
pub fn perform<C: Channel>(terminal: &mut Terminal<C>, count: usize) -> Outcome<(), C> {
    open(terminal, Authority::Factory)?;
    for action in actions().iter().take(count) {
        action.perform(terminal)?;
    }
    Ok(())
}
