//! A card made operational, step by step, as `specs/card.md` section 9 orders it.

use sello_scp03::{KeyVersion, Level, StaticKeys};
use sello_wire::channel::Channel;
use sello_wire::pin::{FACTORY_PIN, FACTORY_PUK};

use crate::secure_channel::{put_key_data, put_key_header};
use crate::terminal::{Outcome, Terminal, TerminalError};

/// ENC, MAC and DEK of a personalized test card (AES-256).
const CHANNEL_KEYS: [[u8; 32]; 3] = [[0x11; 32], [0x22; 32], [0x33; 32]];
/// Their version.
const KEY_VERSION: u8 = 1;
/// The PIN in the letter of a test card.
pub const TRANSPORT_PIN: [u8; 8] = *b"739158\xFF\xFF";
/// The PIN its custodian sets.
pub const PIN: [u8; 8] = *b"246813\xFF\xFF";
/// The approver PIN in the center's letter.
const APPROVER_TRANSPORT_PIN: [u8; 8] = *b"908172\xFF\xFF";
/// The PIN the approver sets.
pub const APPROVER_PIN: [u8; 8] = *b"654321\xFF\xFF";
/// Its PUK.
pub const PUK: [u8; 8] = *b"80246813";
/// Stands for a certificate: the card does not look into it.
const CERTIFICATE: [u8; 11] = [0x53, 9, 0x70, 2, 0x30, 0, 0x71, 1, 0, 0xFE, 0];

/// By what right a step is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// None but what the PIN gives.
    Holder,
    /// A channel with the keys of a card from the factory.
    Factory,
    /// A channel with the keys of a test card.
    Own,
}

impl Authority {
    /// Version and keys of the channel; `None` without one.
    fn keys<C: Channel>(self) -> Outcome<Option<(KeyVersion, StaticKeys)>, C> {
        match self {
            Self::Holder => Ok(None),
            Self::Factory => Ok(Some((KeyVersion::FACTORY, StaticKeys::factory()))),
            Self::Own => {
                let step = "keys of a test card";
                let version =
                    KeyVersion::new(KEY_VERSION).ok_or(TerminalError::Nonsense { step })?;
                let [enc, mac, dek] = CHANNEL_KEYS;
                let keys = StaticKeys::new(&enc, &mac, &dek)
                    .map_err(|_| TerminalError::Nonsense { step })?;
                Ok(Some((version, keys)))
            }
        }
    }
}

/// One command of a personalization.
#[derive(Clone, Debug)]
pub struct Action {
    /// What it does.
    pub name: &'static str,
    header: [u8; 4],
    data: Vec<u8>,
    /// By what right; a channel must be open when the step is done.
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

    fn own(name: &'static str, header: [u8; 4], data: Vec<u8>) -> Self {
        Self::new(name, header, data, Authority::Own)
    }

    /// Sends the command, through the channel when its right comes from there, and demands success.
    ///
    /// # Errors
    /// As [`Terminal::demand`] or [`Terminal::demand_secure`].
    pub fn perform<C: Channel>(&self, terminal: &mut Terminal<C>) -> Outcome<Vec<u8>, C> {
        match self.authority {
            Authority::Holder => terminal.demand(self.name, self.header, &self.data),
            _ => terminal.demand_secure(self.name, self.header, &self.data),
        }
    }
}

/// Every command from the blank card to the operational one that changes the card.
#[must_use]
pub fn actions() -> Vec<Action> {
    let generate = vec![0xAC, 3, 0x80, 1, 0x11];
    let put_data = [0, 0xDB, 0x3F, 0xFF];
    let mut possession = vec![0x7C, 36, 0x82, 0, 0x81, 32];
    possession.extend_from_slice(&[0x5A; 32]);
    let certificate = |tag: [u8; 3]| [&[0x5C, 3], &tag[..], &CERTIFICATE].concat();
    let mut chunk = vec![0x5C, 3, 0x5F, 0xE0, 0x00, 0x53, 0x82, 0x0C, 0x00];
    chunk.resize(chunk.len() + 3072, 0xA5);
    let set_status = |state| [0x80, 0xF0, state, 0];
    vec![
        put_key(),
        Action::own("SET STATUS personalizing", set_status(3), vec![]),
        Action::own("GENERATE in F9", [0, 0x47, 0, 0xF9], generate.clone()),
        Action::own(
            "PUT DATA attestation certificate",
            put_data,
            certificate([0x5F, 0xFF, 0x01]),
        ),
        Action::own("GENERATE in 9C", [0, 0x47, 0, 0x9C], generate),
        Action::own("possession signature", [0, 0x87, 0x11, 0x9C], possession),
        Action::own(
            "PUT DATA certificate",
            put_data,
            certificate([0x5F, 0xC1, 0x0A]),
        ),
        Action::own("PUT DATA seal", put_data, chunk),
        Action::own("CHANGE PUK", [0, 0x24, 0, 0x81], join(FACTORY_PUK, PUK)),
        Action::own(
            "CHANGE PIN",
            [0, 0x24, 0, 0x80],
            join(FACTORY_PIN, TRANSPORT_PIN),
        ),
        Action::own("SET STATUS operational", set_status(7), vec![]),
        Action::new(
            "VERIFY transport PIN",
            [0, 0x20, 0, 0x80],
            TRANSPORT_PIN.to_vec(),
            Authority::Holder,
        ),
        Action::new(
            "CHANGE transport PIN",
            [0, 0x24, 0, 0x80],
            join(TRANSPORT_PIN, PIN),
            Authority::Holder,
        ),
    ]
}

/// Makes a card operational whose key in `9C` is counted and under dual control, and whose approver has a
/// PIN of their own.
///
/// # Errors
/// As [`Action::perform`].
pub fn perform_dual<C: Channel>(terminal: &mut Terminal<C>) -> Outcome<(), C> {
    let policy = vec![0xE5, 6, 0x80, 1, 4, 0x81, 1, 1];
    let approver = [0x80, 0x24, 0, 0x82];
    perform(terminal, KEYS_MADE_AFTER)?;
    for action in [
        Action::own("SET KEY POLICY", [0x80, 0xE2, 0, 0x9C], policy),
        Action::own("approver PIN", approver, APPROVER_TRANSPORT_PIN.to_vec()),
    ] {
        action.perform(terminal)?;
    }
    perform_from(terminal, KEYS_MADE_AFTER, usize::MAX)?;
    let new = join(APPROVER_TRANSPORT_PIN, APPROVER_PIN);
    Action::new("CHANGE approver PIN", approver, new, Authority::Holder)
        .perform(terminal)
        .map(drop)
}

/// The keys of test cards in place of the factory's.
fn put_key() -> Action {
    let [enc, mac, dek] = CHANNEL_KEYS;
    let new = KeyVersion::new(KEY_VERSION).zip(StaticKeys::new(&enc, &mac, &dek).ok());
    let data = new.map(|(version, keys)| put_key_data(&StaticKeys::factory(), version, &keys));
    Action::new(
        "PUT KEY",
        put_key_header(KeyVersion::FACTORY),
        data.unwrap_or_default(),
        Authority::Factory,
    )
}

fn join(first: [u8; 8], second: [u8; 8]) -> Vec<u8> {
    [first, second].concat()
}

/// Number of [`actions`] after which the attestation key and the key in `9C` are made.
pub const KEYS_MADE_AFTER: usize = 5;
/// Number of [`actions`] after which the card is operational with its transport PIN in force.
pub const DELIVERED_AFTER: usize = 11;

/// Selects PIV and opens the channel of the authority, at level 33.
///
/// # Errors
/// As [`Terminal::open_channel`].
pub fn open<C: Channel>(terminal: &mut Terminal<C>, authority: Authority) -> Outcome<(), C> {
    terminal.select()?;
    open_at(terminal, authority, Level::ENCRYPTION_BOTH)
}

/// Opens the channel of the authority; PIV is selected.
///
/// # Errors
/// As [`Terminal::open_channel`].
pub fn open_at<C: Channel>(
    terminal: &mut Terminal<C>,
    authority: Authority,
    level: Level,
) -> Outcome<(), C> {
    match authority.keys::<C>()? {
        Some((version, keys)) => terminal.open_channel(version, &keys, level),
        None => Ok(()),
    }
}

/// Performs the first `count` actions on a blank card, and opens the channel the next one needs.
///
/// # Errors
/// As [`Action::perform`].
pub fn perform<C: Channel>(terminal: &mut Terminal<C>, count: usize) -> Outcome<(), C> {
    perform_from(terminal, 0, count)
}

/// Performs the actions from `first` up to `end`, each in the channel it needs, and opens the channel
/// the next one needs.
///
/// # Errors
/// As [`Action::perform`].
pub fn perform_from<C: Channel>(
    terminal: &mut Terminal<C>,
    first: usize,
    end: usize,
) -> Outcome<(), C> {
    terminal.select()?;
    let mut open_with = Authority::Holder;
    let actions = actions();
    for (index, action) in actions.iter().enumerate().skip(first) {
        if action.authority != open_with {
            open_at(terminal, action.authority, Level::ENCRYPTION_BOTH)?;
            open_with = action.authority;
        }
        if index >= end {
            break;
        }
        action.perform(terminal)?;
    }
    Ok(())
}
