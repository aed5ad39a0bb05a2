//! What the module tells of slots, tokens and sessions.

use cryptoki_sys as ck;
use cryptoki_sys::{
    CK_FLAGS, CK_SESSION_HANDLE, CK_SESSION_INFO, CK_SLOT_ID, CK_SLOT_INFO, CK_TOKEN_INFO,
    CK_ULONG, CK_VERSION,
};

use super::Module;
use crate::error::Error;
use crate::lock::lock;
use crate::token::TokenState;

/// Who made the module and the card, as the information structures name it.
pub(crate) const MANUFACTURER: &str = "Sello";
/// Shortest and longest PIN, in digits.
const PIN_LENGTHS: (CK_ULONG, CK_ULONG) = (6, 8);

impl Module {
    /// What `C_GetSlotInfo` tells.
    ///
    /// # Errors
    /// `CKR_SLOT_ID_INVALID`.
    pub fn slot_info(&self, id: CK_SLOT_ID) -> Result<CK_SLOT_INFO, Error> {
        let slot = self.slot(id)?;
        // A reader service that is not there has no reader with a card.
        let state = self.ground.readers.look(&slot.reader).ok().flatten();
        let has_card = state.is_some_and(|state| state.card_present);
        let present = if has_card { ck::CKF_TOKEN_PRESENT } else { 0 };
        Ok(CK_SLOT_INFO {
            slotDescription: padded(&slot.reader),
            manufacturerID: padded(MANUFACTURER),
            flags: present | ck::CKF_REMOVABLE_DEVICE | ck::CKF_HW_SLOT,
            hardwareVersion: CK_VERSION::default(),
            firmwareVersion: CK_VERSION::default(),
        })
    }

    /// What `C_GetTokenInfo` tells.
    ///
    /// The counters are kept true by what the PIN commands answer. Only when no session is open, so
    /// that no PIN can be in between, the card is asked again: another program may have used it.
    ///
    /// # Errors
    /// `CKR_SLOT_ID_INVALID`, `CKR_TOKEN_NOT_PRESENT`, `CKR_TOKEN_NOT_RECOGNIZED`, those of the card.
    pub fn token_info(&self, id: CK_SLOT_ID) -> Result<CK_TOKEN_INFO, Error> {
        let slot = self.slot(id)?;
        slot.notice_removal();
        let (label, state) = slot.with_public(|card| {
            if slot.session_count() == 0 {
                card.refresh_if_told()?;
            }
            Ok((card.label(), card.tell_state()))
        })?;
        let (sessions, writable) = self.count_sessions(id);
        let (major, minor) = state.version;
        let (shortest, longest) = PIN_LENGTHS;
        Ok(CK_TOKEN_INFO {
            label: padded(label.as_deref().unwrap_or("Sello card")),
            manufacturerID: padded(MANUFACTURER),
            model: padded("Seal card"),
            serialNumber: padded(&state.serial.map(|n| n.to_string()).unwrap_or_default()),
            flags: token_flags(&state),
            ulMaxSessionCount: ck::CK_EFFECTIVELY_INFINITE,
            ulSessionCount: sessions,
            ulMaxRwSessionCount: ck::CK_EFFECTIVELY_INFINITE,
            ulRwSessionCount: writable,
            ulMaxPinLen: longest,
            ulMinPinLen: shortest,
            ulTotalPublicMemory: ck::CK_UNAVAILABLE_INFORMATION,
            ulFreePublicMemory: ck::CK_UNAVAILABLE_INFORMATION,
            ulTotalPrivateMemory: ck::CK_UNAVAILABLE_INFORMATION,
            ulFreePrivateMemory: ck::CK_UNAVAILABLE_INFORMATION,
            hardwareVersion: CK_VERSION::default(),
            firmwareVersion: CK_VERSION { major, minor },
            utcTime: [b'0'; 16],
        })
    }

    /// What `C_GetSessionInfo` tells; nothing is sent to the card.
    ///
    /// # Errors
    /// `CKR_SESSION_HANDLE_INVALID`, `CKR_DEVICE_REMOVED`.
    pub fn session_info(&self, handle: CK_SESSION_HANDLE) -> Result<CK_SESSION_INFO, Error> {
        self.session(handle)?.slot.notice_removal();
        let session = self.session(handle)?;
        let writable = if session.is_writable {
            ck::CKF_RW_SESSION
        } else {
            0
        };
        Ok(CK_SESSION_INFO {
            slotID: session.slot.id,
            state: session.state(),
            flags: ck::CKF_SERIAL_SESSION | writable,
            ulDeviceError: 0,
        })
    }

    /// Number of open sessions of a slot, and of the read/write ones among them.
    fn count_sessions(&self, slot: CK_SLOT_ID) -> (CK_ULONG, CK_ULONG) {
        let sessions = lock(&self.sessions);
        let of_slot = sessions.open.values().filter(|s| s.slot.id == slot);
        of_slot.fold((0, 0), |(all, writable), session| {
            (all + 1, writable + CK_ULONG::from(session.is_writable))
        })
    }
}

/// The flags of `CK_TOKEN_INFO` (PKCS#11 2.40, 3.2).
fn token_flags(state: &TokenState) -> CK_FLAGS {
    let tries = state.tries_left.unwrap_or(state.tries_total);
    let (puk_left, puk_total) = state.puk_tries.unwrap_or((u8::MAX, u8::MAX));
    [
        (true, ck::CKF_RNG | ck::CKF_LOGIN_REQUIRED),
        // No object is made on a card by whoever comes.
        (!state.generates, ck::CKF_WRITE_PROTECTED),
        (
            state.operational,
            ck::CKF_TOKEN_INITIALIZED | ck::CKF_USER_PIN_INITIALIZED,
        ),
        (state.transport_pin, ck::CKF_USER_PIN_TO_BE_CHANGED),
        (
            tries < state.tries_total && tries > 0,
            ck::CKF_USER_PIN_COUNT_LOW,
        ),
        (tries == 1, ck::CKF_USER_PIN_FINAL_TRY),
        (tries == 0, ck::CKF_USER_PIN_LOCKED),
        (state.pin_pad, ck::CKF_PROTECTED_AUTHENTICATION_PATH),
        (
            puk_left < puk_total && puk_left > 0,
            ck::CKF_SO_PIN_COUNT_LOW,
        ),
        (puk_left == 1, ck::CKF_SO_PIN_FINAL_TRY),
        (puk_left == 0, ck::CKF_SO_PIN_LOCKED),
    ]
    .into_iter()
    .filter(|(holds, _)| *holds)
    .fold(0, |flags, (_, flag)| flags | flag)
}

/// Text as the information structures hold it: UTF-8 cut between characters, padded with blanks.
pub(crate) fn padded<const N: usize>(text: &str) -> [u8; N] {
    let mut field = [b' '; N];
    let end = (0..=N.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    let kept = text.as_bytes().get(..end.unwrap_or(0)).unwrap_or_default();
    for (place, byte) in field.iter_mut().zip(kept) {
        *place = *byte;
    }
    field
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(tries_left: u8) -> TokenState {
        TokenState {
            serial: Some(7),
            operational: true,
            transport_pin: false,
            tries_left: Some(tries_left),
            tries_total: 3,
            ..TokenState::default()
        }
    }

    #[test]
    fn flags_follow_the_tries() {
        let low = ck::CKF_USER_PIN_COUNT_LOW;
        let last = ck::CKF_USER_PIN_FINAL_TRY;
        let locked = ck::CKF_USER_PIN_LOCKED;
        for (tries, expected) in [(3, 0), (2, low), (1, low | last), (0, locked)] {
            let flags = token_flags(&state(tries)) & (low | last | locked);
            assert_eq!(flags, expected, "{tries} tries");
        }
    }

    #[test]
    fn flags_follow_the_tries_of_the_puk_if_the_card_tells_them() {
        let low = ck::CKF_SO_PIN_COUNT_LOW;
        let last = ck::CKF_SO_PIN_FINAL_TRY;
        let locked = ck::CKF_SO_PIN_LOCKED;
        let told = [(3, 0), (2, low), (1, low | last), (0, locked)];
        let told = told.map(|(left, flags)| (Some((left, 3)), flags));
        for (puk_tries, expected) in told.into_iter().chain([(None, 0)]) {
            let state = TokenState {
                puk_tries,
                ..state(3)
            };
            let flags = token_flags(&state) & (low | last | locked);
            assert_eq!(flags, expected, "{puk_tries:?}");
        }
    }

    #[test]
    fn a_keypad_is_a_protected_path() {
        let mut state = state(3);
        assert_eq!(
            token_flags(&state) & ck::CKF_PROTECTED_AUTHENTICATION_PATH,
            0
        );
        state.pin_pad = true;
        assert_ne!(
            token_flags(&state) & ck::CKF_PROTECTED_AUTHENTICATION_PATH,
            0
        );
    }

    #[test]
    fn a_transport_pin_has_to_be_changed() {
        let mut state = state(3);
        state.transport_pin = true;
        assert_ne!(token_flags(&state) & ck::CKF_USER_PIN_TO_BE_CHANGED, 0);
    }

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(&padded::<4>("ab"), b"ab  ");
        assert_eq!(&padded::<4>("abcdef"), b"abcd");
        assert_eq!(&padded::<4>("abcñ"), b"abc ");
        assert_eq!(&padded::<0>("x"), b"");
    }
}
