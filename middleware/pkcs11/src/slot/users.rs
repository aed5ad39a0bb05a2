//! Who is logged in to a card, and how one gets in and out.

use cryptoki_sys as ck;
use cryptoki_sys::CK_STATE;

use super::Slot;
use crate::error::Error;
use crate::inserted::{Armed, Inserted};
use crate::lock::lock;
use crate::token::TokenError;

/// Who is logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum User {
    /// Nobody.
    Nobody,
    /// The custodian.
    Custodian,
    /// Whoever has the PUK.
    SecurityOfficer,
}

impl Slot {
    /// Who is logged in.
    pub(crate) fn user(&self) -> User {
        *lock(&self.user)
    }

    /// Says who is logged in from now on; returns who was before.
    pub(super) fn set_user(&self, user: User) -> User {
        core::mem::replace(&mut lock(&self.user), user)
    }

    /// Whether the user is logged in, who alone sees private objects.
    pub(crate) fn is_logged_in(&self) -> bool {
        self.user() == User::Custodian
    }

    /// The state of a session (PKCS#11 2.40, 4.3 "Session state").
    pub(crate) fn session_state(&self, is_writable: bool) -> CK_STATE {
        match (is_writable, self.user()) {
            (false, User::Custodian) => ck::CKS_RO_USER_FUNCTIONS,
            // There are no read-only sessions of the security officer.
            (false, _) => ck::CKS_RO_PUBLIC_SESSION,
            (true, User::Nobody) => ck::CKS_RW_PUBLIC_SESSION,
            (true, User::Custodian) => ck::CKS_RW_USER_FUNCTIONS,
            (true, User::SecurityOfficer) => ck::CKS_RW_SO_FUNCTIONS,
        }
    }

    /// Logs the user in, with a PIN or, without one, on the reader's keypad.
    ///
    /// All that a program may want to look at is read before, so that the PIN is the last thing the
    /// card gets: a program that knows nothing of context logins looks around after its login, and
    /// gets its first signature all the same from a key that wants the PIN right before.
    pub(crate) fn login(&self, pin: Option<&[u8]>) -> Result<(), Error> {
        self.with_card(|card| {
            // Asked under the card's lock, so that of two threads one logs in.
            if let Err(error) = self.nobody_is_logged_in(User::Custodian) {
                return Ok(Err(error));
            }
            require_operational(card)?;
            if !card.takes(pin) {
                return Ok(Err(Error::ArgumentsBad));
            }
            card.read_chains()?;
            card.take_place(self.ground.desks.as_ref());
            card.verify(pin, Armed::Any)
                .inspect_err(|_| card.abandon())?;
            self.set_user(User::Custodian);
            Ok(Ok(()))
        })?
    }

    /// Logs the security officer in: whoever has the PUK.
    ///
    /// A PIV card verifies a PUK only together with what it is to do. It is changed to itself, which
    /// tells right from wrong at once and counts a wrong one as the card counts it.
    pub(crate) fn login_security_officer(&self, puk: &[u8]) -> Result<(), Error> {
        self.with_card(|card| {
            if let Err(error) = self.nobody_is_logged_in(User::SecurityOfficer) {
                return Ok(Err(error));
            }
            require_operational(card)?;
            card.hold_puk(puk)?;
            self.set_user(User::SecurityOfficer);
            Ok(Ok(()))
        })?
    }

    fn nobody_is_logged_in(&self, wanted: User) -> Result<(), Error> {
        match self.user() {
            User::Nobody => Ok(()),
            user if user == wanted => Err(Error::UserAlreadyLoggedIn),
            _ => Err(Error::UserAnotherAlreadyLoggedIn),
        }
    }

    /// Presents the PIN for the operation of one session.
    pub(crate) fn login_for(&self, armed: Armed, pin: Option<&[u8]>) -> Result<(), Error> {
        self.with_card(|card| {
            if !card.takes(pin) {
                return Ok(Err(Error::ArgumentsBad));
            }
            let verified = card.verify(pin, armed);
            self.agree_with_card(card, &verified);
            verified.map(Ok)
        })?
    }

    /// Changes the PIN, or, for the security officer, the PUK; without values on the reader's keypad.
    pub(crate) fn change_pin(&self, values: Option<(&[u8], &[u8])>) -> Result<(), Error> {
        self.with_card(|card| {
            let (old, new) = match (self.user(), values) {
                (User::SecurityOfficer, Some((old, new))) => {
                    return card.change_puk(old, new).map(Ok);
                }
                (User::SecurityOfficer, None) => return Ok(Err(Error::ArgumentsBad)),
                (_, Some((old, new))) => (Some(old), new),
                (_, None) if card.takes(None) => (None, &[][..]),
                (_, None) => return Ok(Err(Error::ArgumentsBad)),
            };
            let changed = match old {
                Some(old) => card.change_pin(old, new),
                None => card.change_pin_on_pad(),
            };
            self.agree_with_card(card, &changed);
            changed?;
            if self.user() == User::Nobody {
                // The card takes the PIN for given now; nobody asked for that.
                card.take_place(self.ground.desks.as_ref());
                card.log_out()?;
            }
            Ok(Ok(()))
        })?
    }

    /// Sets the user's PIN with the PUK that the security officer gave.
    pub(crate) fn init_pin(&self, new: &[u8]) -> Result<(), Error> {
        self.with_card(|card| {
            if self.user() != User::SecurityOfficer {
                return Ok(Err(Error::UserNotLoggedIn));
            }
            let set = card.unblock(new);
            if matches!(
                set,
                Err(TokenError::WrongPuk { .. } | TokenError::PukBlocked)
            ) {
                self.set_user(User::Nobody);
            }
            set.map(Ok)
        })?
    }

    /// After a wrong PIN the card takes the PIN for not given, whoever gave it: where a key lives on
    /// that, nobody is logged in any more.
    fn agree_with_card(&self, card: &mut Inserted, outcome: &Result<(), TokenError>) {
        let is_refused = matches!(
            outcome,
            Err(TokenError::WrongPin { .. } | TokenError::PinBlocked)
        );
        if is_refused && card.remembers_pin() {
            card.abandon();
            self.set_user(User::Nobody);
        }
    }

    /// Logs out and gives up what the PIN gained.
    pub(crate) fn logout(&self) -> Result<(), Error> {
        if self.set_user(User::Nobody) == User::Nobody {
            return Err(Error::UserNotLoggedIn);
        }
        self.with_card(Inserted::log_out)
    }

    /// Says that the card no longer knows the user.
    pub(crate) fn pin_state_lost(&self) {
        self.set_user(User::Nobody);
        if let Some(card) = lock(&self.card).as_mut() {
            card.abandon();
        }
    }
}

/// A card that is not in its custodian's hands has no PIN to present.
fn require_operational(card: &Inserted) -> Result<(), TokenError> {
    if card.state().operational {
        Ok(())
    } else {
        Err(TokenError::NotOperational)
    }
}
