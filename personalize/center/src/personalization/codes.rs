//! The codes of a card, encrypted until their letter is made.

use sello_issuing::secret::Code;
use sello_issuing::station::Whose;
use sello_wire::pin::{FACTORY_PIN, FACTORY_PUK};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::ledger::RunRow;
use crate::vault::{CenterKey, Sealed};
use crate::{Error, random};

/// Digits of a transport PIN.
const PIN_DIGITS: usize = 6;
/// Digits of a PUK.
const PUK_DIGITS: usize = 8;
/// Names the encrypted codes of a new card.
const CODES: &str = "transport codes";
/// Names an encrypted PIN that the center sets anew.
const NEW_PIN: &str = "new transport PIN";
/// Names an encrypted approver PIN that the center sets anew.
const NEW_APPROVER: &str = "new approver PIN";

const BROKEN: Error = Error::Stored { what: "codes" };

/// A PIN that the center sets anew, as it is stored in place of the codes of a new card.
#[derive(Serialize, Deserialize)]
struct Anew {
    whose: Whose,
    new_pin: Sealed,
}

/// A PIN that the center sets anew.
pub(super) struct NewPin {
    pub(super) whose: Whose,
    pub(super) pin: Code,
}

const fn name(whose: Whose) -> &'static str {
    match whose {
        Whose::Custodian => NEW_PIN,
        Whose::Approver => NEW_APPROVER,
    }
}

/// Draws a PIN to be set anew.
pub(super) fn new_pin(key: &CenterKey, run: &str, whose: Whose) -> Result<String, Error> {
    let pin = Zeroizing::new(random::digits(PIN_DIGITS)?);
    let new_pin = key.seal_for(name(whose), run, &pin)?;
    serde_json::to_string(&Anew { whose, new_pin }).map_err(|_| BROKEN)
}

/// Opens a PIN to be set anew; nothing if there are none, or those of a new card.
pub(super) fn open_new_pin(key: &CenterKey, run: &RunRow) -> Result<Option<NewPin>, Error> {
    let stored = run.codes.as_deref();
    let Some(Anew { whose, new_pin }) = stored.and_then(|text| serde_json::from_str(text).ok())
    else {
        return Ok(None);
    };
    let pin = key.open_for(name(whose), &run.id, &new_pin)?;
    let pin = Code::new(pin.to_vec()).ok_or(BROKEN)?;
    Ok(Some(NewPin { whose, pin }))
}

/// The codes of a run.
pub(super) struct Codes {
    pub(super) pin: Code,
    pub(super) puk: Code,
    pub(super) approver: Option<Code>,
}

/// Opens the codes of a new card; nothing if they were erased, or there is a PIN set anew.
pub(super) fn open_codes(key: &CenterKey, run: &RunRow) -> Result<Option<Codes>, Error> {
    let Some(text) = &run.codes else {
        return Ok(None);
    };
    if serde_json::from_str::<Anew>(text).is_ok() {
        return Ok(None);
    }
    let sealed: Sealed = serde_json::from_str(text).map_err(|_| BROKEN)?;
    let all = key.open_for(CODES, &run.id, &sealed)?;
    split(&all).map(Some).ok_or(BROKEN)
}

/// PIN, PUK and, if there is one, the approver's PIN stand one after the other.
fn split(all: &[u8]) -> Option<Codes> {
    let (pin, rest) = all.split_at_checked(PIN_DIGITS)?;
    let (puk, approver) = rest.split_at_checked(PUK_DIGITS)?;
    let approver = match approver.len() {
        0 => None,
        PIN_DIGITS => Some(Code::new(approver.to_vec())?),
        _ => return None,
    };
    Some(Codes {
        pin: Code::new(pin.to_vec())?,
        puk: Code::new(puk.to_vec())?,
        approver,
    })
}

/// Draws the codes of a new card.
pub(super) fn new_codes(key: &CenterKey, run: &str, dual_control: bool) -> Result<String, Error> {
    let digits = match dual_control {
        true => PIN_DIGITS + PUK_DIGITS + PIN_DIGITS,
        false => PIN_DIGITS + PUK_DIGITS,
    };
    let mut all = Zeroizing::new(random::digits(digits)?);
    while has_factory_value(&all) {
        all = Zeroizing::new(random::digits(digits)?);
    }
    let sealed = key.seal_for(CODES, run, &all)?;
    serde_json::to_string(&sealed).map_err(|_| BROKEN)
}

/// Whether PIN or PUK are the factory's, which a card in use must not have (`specs/card.md`, 2.2).
fn has_factory_value(all: &[u8]) -> bool {
    let pin = FACTORY_PIN.get(..PIN_DIGITS);
    all.get(..PIN_DIGITS) == pin
        || all.get(PIN_DIGITS..PIN_DIGITS + PUK_DIGITS) == Some(&FACTORY_PUK[..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_never_gets_the_factorys_values() {
        assert!(has_factory_value(b"12345600000000"));
        assert!(has_factory_value(b"00000012345678"));
        assert!(has_factory_value(b"00000012345678000000"));
        assert!(!has_factory_value(b"12345700000000"));
        assert!(!has_factory_value(b"00000000000000123456"));
    }
}
