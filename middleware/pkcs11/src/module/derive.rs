//! Secrets agreed on with the card, and key pairs made by it.

use cryptoki_sys as ck;
use cryptoki_sys::{CK_OBJECT_HANDLE, CK_SESSION_HANDLE};
use sello_wire::{PinPolicy, Slot};
use zeroize::Zeroizing;

use super::Module;
use super::host_objects::{may_be_made, stays_off_the_card};
use crate::attribute::TemplateEntry;
use crate::certificate::curve_of;
use crate::error::Error;
use crate::hash::Hash;
use crate::host_object::{LONGEST_SECRET, Made, point, secret_key};
use crate::object::Role;
use crate::template::{Checked, Use};
use crate::verify::PublicKey;

/// The parameters of `CKM_ECDH1_DERIVE` (PKCS#11 3.2, 6.3.17).
pub struct Agreement<'a> {
    /// The key derivation function.
    pub kdf: ck::CK_EC_KDF_TYPE,
    /// Data both sides know.
    pub shared: &'a [u8],
    /// The other side's public key.
    pub public: &'a [u8],
}

impl Module {
    /// Makes a secret key of the session from what the card agrees on with another key's owner.
    ///
    /// # Errors
    /// `CKR_KEY_HANDLE_INVALID`, `CKR_KEY_FUNCTION_NOT_PERMITTED`, `CKR_MECHANISM_PARAM_INVALID`,
    /// `CKR_KEY_SIZE_RANGE`, `CKR_USER_NOT_LOGGED_IN`, those of the template, the card and the session.
    pub fn derive(
        &self,
        handle: CK_SESSION_HANDLE,
        base: CK_OBJECT_HANDLE,
        agreement: &Agreement<'_>,
        template: &[TemplateEntry],
    ) -> Result<CK_OBJECT_HANDLE, Error> {
        let session = self.session(handle)?;
        let object = self.key(&session, base)?;
        let key = match &object.role {
            Role::Private(_) if !session.slot.is_logged_in() => return Err(Error::UserNotLoggedIn),
            Role::Private(key) if key.derives => *key,
            Role::Private(_) => return Err(Error::KeyFunctionNotPermitted),
            _ if object.is(ck::CKO_SECRET_KEY) => return Err(Error::KeyTypeInconsistent),
            _ => return Err(Error::KeyFunctionNotPermitted),
        };
        let other = point(key.curve, agreement.public).ok_or(Error::MechanismParamInvalid)?;
        if !PublicKey::new(key.curve, other).is_valid() {
            return Err(Error::MechanismParamInvalid);
        }
        may_be_made(&session, template)?;
        let checked = Checked::new(template, Use::Creation)?;
        let length = check_derived(&checked, agreement, key.curve.scalar_length())?;
        stays_off_the_card(template)?;
        let secret = session
            .slot
            .with_card(|card| card.agree(key, other, session.handle));
        if secret.as_ref().err() == Some(&Error::UserNotLoggedIn) && key.policy != PinPolicy::Always
        {
            session.slot.pin_state_lost();
        }
        let value = shaped(&secret?, agreement, length)?;
        let made = Made {
            is_derived: true,
            is_user: true,
            source: Some(&object.attributes),
        };
        self.keep(&session, secret_key(&checked, value, &made)?)
    }

    /// Makes a key pair on a card that does so for whoever asks.
    ///
    /// The slot is the one whose `CKA_ID` the template names, the signature key's without one; the key
    /// asks for its PIN every time if `CKA_ALWAYS_AUTHENTICATE` is set, else once.
    ///
    /// # Errors
    /// `CKR_MECHANISM_INVALID`, `CKR_SESSION_READ_ONLY`, `CKR_CURVE_NOT_SUPPORTED`,
    /// `CKR_TEMPLATE_INCOMPLETE`, `CKR_TEMPLATE_INCONSISTENT`, those of the card and the session.
    pub fn generate_pair(
        &self,
        handle: CK_SESSION_HANDLE,
        mechanism: ck::CK_MECHANISM_TYPE,
        public: &[TemplateEntry],
        private: &[TemplateEntry],
    ) -> Result<(CK_OBJECT_HANDLE, CK_OBJECT_HANDLE), Error> {
        let session = self.session(handle)?;
        let generates = session
            .slot
            .with_public(|card| Ok(card.state().generates))?;
        if mechanism != ck::CKM_EC_KEY_PAIR_GEN || !generates {
            return Err(Error::MechanismInvalid);
        }
        if !session.is_writable {
            return Err(Error::SessionReadOnly);
        }
        let find = |template: &[TemplateEntry], kind| {
            let entry = template.iter().find(|entry| entry.kind == kind);
            entry.map(|entry| entry.value.clone())
        };
        let parameters = find(public, ck::CKA_EC_PARAMS).ok_or(Error::TemplateIncomplete)?;
        let curve = curve_of(&parameters).ok_or(Error::CurveNotSupported)?;
        let id = find(private, ck::CKA_ID).or_else(|| find(public, ck::CKA_ID));
        let slot = slot_of(id.as_deref()).ok_or(Error::AttributeValueInvalid)?;
        // A key on the host would be no key of the card.
        if find(private, ck::CKA_TOKEN).is_none_or(|token| token != [ck::CK_TRUE]) {
            return Err(Error::TemplateInconsistent);
        }
        let always = find(private, ck::CKA_ALWAYS_AUTHENTICATE).map(|flag| flag == [ck::CK_TRUE]);
        let policy = match always {
            Some(true) => PinPolicy::Always,
            Some(false) => PinPolicy::Once,
            None => PinPolicy::default_of(slot),
        };
        let made = session
            .slot
            .with_card(|card| card.generate(slot, curve, policy))?;
        self.pair(session.slot.id, made)
    }
}

/// The slot that a `CKA_ID` names.
fn slot_of(id: Option<&[u8]>) -> Option<Slot> {
    match id {
        None | Some([2]) => Some(Slot::Signature),
        Some([1]) => Some(Slot::Authentication),
        Some([3]) => Some(Slot::KeyManagement),
        Some([4]) => Some(Slot::CardAuthentication),
        Some([n]) => sello_wire::key::RetiredSlot::new(n.checked_sub(4)?).map(Slot::Retired),
        Some(_) => None,
    }
}

/// Length in bytes of the key to be derived. Everything that can be wrong with the request is found
/// before the card is asked.
fn check_derived(
    checked: &Checked<'_>,
    agreement: &Agreement<'_>,
    field: usize,
) -> Result<usize, Error> {
    let secret_class = Some(ck::CKO_SECRET_KEY);
    if checked.bytes(ck::CKA_CLASS).is_some() && checked.number(ck::CKA_CLASS) != secret_class {
        return Err(Error::TemplateInconsistent);
    }
    if checked.bytes(ck::CKA_VALUE).is_some() {
        return Err(Error::TemplateInconsistent);
    }
    checked.required(ck::CKA_KEY_TYPE)?;
    if checked.number(ck::CKA_KEY_TYPE) != Some(ck::CKK_GENERIC_SECRET) {
        return Err(Error::AttributeValueInvalid);
    }
    let wanted = match checked.number(ck::CKA_VALUE_LEN) {
        Some(length) => Some(usize::try_from(length).map_err(|_| Error::KeySizeRange)?),
        None => None,
    };
    let (length, longest) = if agreement.kdf == ck::CKD_NULL {
        if !agreement.shared.is_empty() {
            return Err(Error::MechanismParamInvalid);
        }
        (wanted.unwrap_or(field), field)
    } else {
        let hash = Hash::of_derivation(agreement.kdf).ok_or(Error::MechanismParamInvalid)?;
        (wanted.unwrap_or_else(|| hash.length()), LONGEST_SECRET)
    };
    if (1..=longest).contains(&length) {
        Ok(length)
    } else {
        Err(Error::KeySizeRange)
    }
}

/// The key from the agreed secret. Without a derivation function, bytes are taken off the front (PKCS#11
/// 3.2, 6.3.17).
fn shaped(
    secret: &[u8],
    agreement: &Agreement<'_>,
    length: usize,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    if agreement.kdf == ck::CKD_NULL {
        let start = secret.len().checked_sub(length);
        let kept = start.and_then(|start| secret.get(start..));
        return Ok(Zeroizing::new(kept.ok_or(Error::KeySizeRange)?.to_vec()));
    }
    let hash = Hash::of_derivation(agreement.kdf).ok_or(Error::MechanismParamInvalid)?;
    Ok(hash.derive(secret, agreement.shared, length))
}
