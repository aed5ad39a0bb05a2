//! The card of this run: found, looked at, ready or not, and why.

use std::cell::OnceCell;

use sello_card::{
    CardError, CardFilter, CardSession, CardStatus, Exclusive, FoundCard, KeyPolicy, Readers,
    SealEntry, Tier, find_card,
};
use sello_document::stamp::Drawing;
use sello_profile::seal::SeSeal;
use sello_wire::{LifeCycle, Slot};

use crate::cli::Which;
use crate::failure::Failure;

/// A seal with everything the card holds of it.
pub(crate) struct CardSeal {
    pub(crate) slot: Slot,
    pub(crate) seal: SeSeal,
    /// The certificate of the seal's key, DER.
    pub(crate) certificate: Vec<u8>,
    /// Its issuers' certificates, DER.
    pub(crate) chain: Vec<Vec<u8>>,
    /// What a use of the key demands, where the card says.
    pub(crate) policy: Option<KeyPolicy>,
    /// The seal's picture, made ready when it is first drawn.
    pub(crate) drawing: OnceCell<Drawing>,
}

impl CardSeal {
    /// Stampings allowed, where each needs the approver's leave.
    pub(crate) fn approvals_left(&self) -> Option<u16> {
        self.policy
            .filter(|policy| policy.dual_control)
            .map(|policy| policy.approvals_left)
    }

    /// Refuses before any PIN when the approver has allowed fewer stampings.
    pub(crate) fn demand_approvals(&self, needed: u16) -> Result<(), Failure> {
        match self.approvals_left() {
            Some(left) if left < needed => Err(Failure::ApprovalsMissing { needed, left }),
            _ => Ok(()),
        }
    }
}

/// Finds the card meant.
pub(crate) fn find(readers: &dyn Readers, which: &Which) -> Result<FoundCard, Failure> {
    let filter = CardFilter {
        reader: which.reader.clone(),
        serial: which.serial,
    };
    Ok(find_card(readers, &filter)?)
}

/// The status of a card that could seal now, but for its PIN.
fn ready_to_seal(card: &mut Exclusive<'_>) -> Result<CardStatus, Failure> {
    let status = in_use(card)?;
    if status.transport_pin {
        return Err(Failure::TransportPin);
    }
    if status.pin_tries.left == 0 {
        return Err(Failure::PinBlocked);
    }
    Ok(status)
}

/// The status of a card that is with its custodian.
pub(crate) fn in_use(card: &mut Exclusive<'_>) -> Result<CardStatus, Failure> {
    let Tier::Sello(status) = card.status()? else {
        return Err(Failure::NoSealOnCard);
    };
    match status.life_cycle {
        LifeCycle::Operational => Ok(status),
        LifeCycle::Blank | LifeCycle::Personalizing => Err(Failure::NotPersonalized),
        life_cycle @ (LifeCycle::Blocked | LifeCycle::Terminated) => {
            Err(Failure::OutOfUse { life_cycle })
        }
    }
}

/// The tries that the approver PIN has left, 1 or more.
pub(crate) fn approver_tries(status: &CardStatus) -> Result<u8, Failure> {
    match status.approver_tries {
        None => Err(Failure::NoApprover),
        Some(tries) if tries.left == 0 => Err(Failure::ApproverBlocked),
        Some(tries) => Ok(tries.left),
    }
}

/// Every seal of the card's directory, with its entry.
pub(crate) fn read_seal(card: &mut Exclusive<'_>, entry: &SealEntry) -> Result<CardSeal, Failure> {
    let structure = card.read_seal(entry)?;
    let seal = SeSeal::from_der(&structure).map_err(|error| Failure::SealDamaged {
        reason: error.to_string(),
    })?;
    Ok(CardSeal {
        slot: entry.slot,
        seal,
        certificate: card.certificate(entry.slot)?,
        chain: card.read_chain(entry)?,
        policy: policy(card, entry.slot)?,
        drawing: OnceCell::new(),
    })
}

/// What a use of a key demands. Cards without Sello's instructions do not say, and a card out of use
/// need not.
fn policy(card: &mut Exclusive<'_>, slot: Slot) -> Result<Option<KeyPolicy>, Failure> {
    match card.key_policy(slot) {
        Ok(policy) => Ok(Some(policy)),
        Err(error @ CardError::Transport(_)) => Err(error.into()),
        Err(_) => Ok(None),
    }
}

/// The seal to be used and the tries its PIN has left, from a card that is ready.
pub(crate) fn seal_to_use(
    session: &mut CardSession,
    slot: Option<Slot>,
) -> Result<(CardSeal, u8), Failure> {
    let mut card = session.exclusive()?;
    let status = ready_to_seal(&mut card)?;
    let seal = choose_seal(&mut card, slot)?;
    Ok((seal, status.pin_tries.left))
}

/// The seal asked for, or the only one.
fn choose_seal(card: &mut Exclusive<'_>, slot: Option<Slot>) -> Result<CardSeal, Failure> {
    let entries = card.directory()?;
    match (slot, entries.as_slice()) {
        (_, []) => Err(Failure::NoSealOnCard),
        (None, [only]) => read_seal(card, only),
        (None, _) => Err(Failure::SeveralSeals {
            seals: names(card, &entries)?,
        }),
        (Some(slot), _) => match entries.iter().find(|entry| entry.slot == slot) {
            Some(entry) => read_seal(card, entry),
            None => Err(Failure::NoSuchSeal {
                slot,
                seals: names(card, &entries)?,
            }),
        },
    }
}

fn names(card: &mut Exclusive<'_>, entries: &[SealEntry]) -> Result<Vec<(Slot, String)>, Failure> {
    entries
        .iter()
        .map(|entry| {
            let found = read_seal(card, entry)?;
            Ok((entry.slot, found.seal.name().to_owned()))
        })
        .collect()
}
