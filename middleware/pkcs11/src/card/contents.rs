//! Reading what a card holds, in as few commands as it takes.

use sello_card::{CardError, CardStatus, Exclusive, SealEntry, Tier};
use sello_wire::key::RetiredSlot;
use sello_wire::{LifeCycle, ObjectTag, PinPolicy, Slot, Tag, tlv};

use super::kept::{Identity, Kept};
use crate::token::{KeyEntry, TokenState};

/// PIN tries of a fresh PIN, for cards that do not tell (SP 800-73-5 leaves it to the issuer).
const USUAL_TRIES: u8 = 3;
/// The slots that every PIV token has, in the order their keys are listed.
const PLAIN_SLOTS: [Slot; 4] = [
    Slot::Signature,
    Slot::Authentication,
    Slot::KeyManagement,
    Slot::CardAuthentication,
];
/// The key history object (SP 800-73-5 part 1, 3.3.3): how many retired keys there are.
const KEY_HISTORY: ObjectTag = ObjectTag(0x005F_C10C);
/// `keysWithOnCardCerts` and `keysWithOffCardCerts` in it.
const RETIRED_COUNTS: [Tag; 2] = [Tag(0xC1), Tag(0xC2)];

/// What a card says of itself.
pub(super) struct State {
    pub(super) token: TokenState,
    /// Which contents these are; `None` where the card does not say when they change.
    pub(super) identity: Option<Identity>,
    /// A seal card has a directory; any other PIV token has slots to look into.
    has_directory: bool,
    /// Whether the card is one of ours, which knows metadata.
    is_known: bool,
}

/// Asks the card; a Sello card says it in one answer.
pub(super) fn state(card: &mut Exclusive<'_>) -> Result<State, CardError> {
    match card.status()? {
        Tier::Sello(status) => Ok(of_sello(&status)),
        Tier::Plain => of_plain(card),
    }
}

fn of_sello(status: &CardStatus) -> State {
    let [major, minor] = status.version;
    State {
        token: TokenState {
            serial: Some(status.serial),
            operational: status.life_cycle == LifeCycle::Operational,
            transport_pin: status.transport_pin,
            tries_left: Some(status.pin_tries.left),
            tries_total: status.pin_tries.total,
            puk_tries: Some((status.puk_tries.left, status.puk_tries.total)),
            version: (major, minor),
            ..TokenState::default()
        },
        // A plain token can be taken back to the factory's state, where its counts may begin again.
        identity: (!status.piv_profile).then_some(Identity {
            serial: status.serial,
            write_counter: status.write_counter,
            edge: status.version,
        }),
        has_directory: !status.piv_profile,
        is_known: true,
    }
}

fn of_plain(card: &mut Exclusive<'_>) -> Result<State, CardError> {
    let tries_left = card.pin_tries_left()?;
    Ok(State {
        token: TokenState {
            serial: card.serial()?,
            operational: true,
            tries_left,
            tries_total: tries_left.unwrap_or(USUAL_TRIES).max(USUAL_TRIES),
            ..TokenState::default()
        },
        identity: None,
        has_directory: false,
        is_known: false,
    })
}

/// Reads the keys with their certificates.
pub(super) fn found(card: &mut Exclusive<'_>, state: &State) -> Result<Kept, CardError> {
    let mut kept = Kept::new(state.identity);
    let mut asking = Asking {
        metadata: state.is_known.then_some(true),
    };
    let seals = card.directory()?;
    for seal in &seals {
        if let Some(key) = asking.key(card, seal.slot, Some(seal))? {
            kept.add(&key, Some(seal));
        }
    }
    if state.has_directory || !seals.is_empty() {
        return Ok(kept);
    }
    for slot in PLAIN_SLOTS {
        if let Some(key) = asking.key(card, slot, None)? {
            kept.add(&key, None);
        }
    }
    for slot in retired(card)? {
        if let Some(key) = asking.key(card, slot, None)? {
            kept.add(&key, None);
        }
    }
    Ok(kept)
}

/// The retired slots worth looking into: as many as the key history says, or all without one.
fn retired(card: &mut Exclusive<'_>) -> Result<impl Iterator<Item = Slot> + use<>, CardError> {
    let most = match card.read_object(KEY_HISTORY) {
        Ok(history) => {
            let count = |tag| {
                let value = tlv::find(&history, tag).ok().flatten();
                value.and_then(|value| value.first().copied())
            };
            let [on_card, off_card] = RETIRED_COUNTS.map(count);
            usize::from(on_card.unwrap_or(0)) + usize::from(off_card.unwrap_or(0))
        }
        Err(CardError::Transport(error)) => return Err(error.into()),
        Err(_) => usize::MAX,
    };
    let slots = (1..=20).filter_map(RetiredSlot::new).map(Slot::Retired);
    Ok(slots.take(most))
}

/// Asks for keys, and remembers what the card does not know how to answer.
struct Asking {
    /// Whether the card has GET METADATA; `None` as long as it was not asked.
    metadata: Option<bool>,
}

/// What a card told of a slot.
enum Told {
    /// It does not know how to tell.
    Nothing,
    /// There is no key.
    NoKey,
    /// When its key wants the PIN, and the key's point, as far as the card tells.
    Key(Option<PinPolicy>, Option<Vec<u8>>),
}

impl Asking {
    /// The key in a slot, if there is one that can be told of.
    fn key(
        &mut self,
        card: &mut Exclusive<'_>,
        slot: Slot,
        seal: Option<&SealEntry>,
    ) -> Result<Option<KeyEntry>, CardError> {
        let is_retired = matches!(slot, Slot::Retired(_));
        let mut told = None;
        // Most retired slots are empty: where the card tells of keys, only those with one are read.
        if is_retired && seal.is_none() {
            told = Some(self.metadata(card, slot)?);
            if matches!(told, Some(Told::NoKey)) {
                return Ok(None);
            }
        }
        let certificate = match card.certificate(slot) {
            Ok(certificate) => Some(certificate),
            Err(CardError::NoObject { .. } | CardError::CompressedCertificate { .. }) => None,
            Err(CardError::Malformed { .. }) if seal.is_none() => None,
            Err(error) => return Err(error),
        };
        // The standard settles the policy for its own slots; in a retired one it was chosen when the
        // key was made.
        if told.is_none() && (is_retired || certificate.is_none()) {
            told = Some(self.metadata(card, slot)?);
        }
        let (policy, point) = match told {
            Some(Told::Key(policy, point)) => (policy, point),
            Some(Told::Nothing | Told::NoKey) | None => (None, None),
        };
        if certificate.is_none() && point.is_none() {
            return Ok(None);
        }
        Ok(Some(KeyEntry {
            slot,
            policy: policy.unwrap_or_else(|| PinPolicy::default_of(slot)),
            point: point.filter(|_| certificate.is_none()),
            certificate,
            has_chain: seal.is_some_and(|seal| seal.chain > 0),
            has_seal: seal.is_some_and(|seal| seal.length > 0),
        }))
    }

    fn metadata(&mut self, card: &mut Exclusive<'_>, slot: Slot) -> Result<Told, CardError> {
        if self.metadata == Some(false) {
            return Ok(Told::Nothing);
        }
        match card.metadata(slot) {
            Ok(metadata) => {
                self.metadata = Some(true);
                Ok(Told::Key(metadata.pin_policy, metadata.point))
            }
            Err(CardError::NoKey { .. }) => {
                self.metadata = Some(true);
                Ok(Told::NoKey)
            }
            Err(CardError::Transport(error)) => Err(error.into()),
            Err(_) => {
                self.metadata = self.metadata.or(Some(false));
                Ok(Told::Nothing)
            }
        }
    }
}
