//! A card that lives in memory and writes down what it is asked.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sello_pkcs11::token::{
    Contents, KeyEntry, ReaderState, Readers, Token, TokenError, TokenState,
};
use sello_wire::key::Curve;
use sello_wire::{PinPolicy, Slot};
use zeroize::Zeroizing;

pub const SEAL_CERTIFICATE: &[u8] = include_bytes!("../data/seal.der");
pub const ISSUER_CERTIFICATE: &[u8] = include_bytes!("../data/issuer.der");
/// No seal structure, but what a card might hold in its place.
pub const SEAL_STRUCTURE: &[u8] = b"\x30\x03\x02\x01\x05";
pub const READER: &str = "Reader 00";

/// What happens in the reader; the test holds one end, the module the other.
#[derive(Clone)]
pub struct Desk(Arc<Mutex<State>>);

pub struct State {
    pub readers: Vec<String>,
    pub present: bool,
    pub service: bool,
    pub insertion: u32,
    pub resets: u32,
    pub pin: Vec<u8>,
    pub tries: u8,
    pub transport: bool,
    pub operational: bool,
    pub policy: PinPolicy,
    pub keys: bool,
    pub generates: bool,
    pub slot: Slot,
    pub seal: bool,
    pub puk: Vec<u8>,
    pub puk_tries: u8,
    pub pad: Option<Vec<u8>>,
    /// The card does not answer as long as this holds.
    pub late: bool,
    verified: bool,
    log: Vec<String>,
}

impl Desk {
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            readers: vec![READER.to_owned()],
            present: true,
            service: true,
            insertion: 1,
            resets: 0,
            pin: b"654321".to_vec(),
            tries: 3,
            transport: false,
            operational: true,
            policy: PinPolicy::Always,
            keys: true,
            generates: false,
            slot: Slot::Signature,
            seal: true,
            puk: b"87654321".to_vec(),
            puk_tries: 3,
            pad: None,
            late: false,
            verified: false,
            log: Vec::new(),
        })))
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn pull(&self) {
        self.state().present = false;
    }

    pub fn insert(&self) {
        let mut state = self.state();
        state.present = true;
        state.insertion += 1;
        state.verified = false;
    }

    pub fn reset(&self) {
        let mut state = self.state();
        state.resets += 1;
        state.verified = false;
    }

    /// The card gives up the PIN, as when another program asks it to.
    pub fn forget_user(&self) {
        self.state().verified = false;
    }

    /// Whether the card takes the PIN for given.
    pub fn is_verified(&self) -> bool {
        self.state().verified
    }

    /// What the card was asked since the last call of this.
    pub fn log(&self) -> String {
        std::mem::take(&mut self.state().log).join(" ")
    }
}

impl State {
    fn token_state(&self) -> TokenState {
        TokenState {
            serial: Some(4711),
            operational: self.operational,
            transport_pin: self.transport,
            tries_left: Some(self.tries),
            tries_total: 3,
            version: (1, 0),
            generates: self.generates,
            puk_tries: Some((self.puk_tries, 3)),
            pin_pad: self.pad.is_some(),
        }
    }

    /// Whether a private key may be used, which for some uses the PIN up.
    fn use_key(&mut self) -> Result<(), TokenError> {
        if self.transport {
            return Err(TokenError::TransportPin);
        }
        if !self.verified {
            return Err(TokenError::PinRequired);
        }
        self.verified = self.policy != PinPolicy::Always;
        Ok(())
    }

    fn check_puk(&mut self, puk: &[u8]) -> Result<(), TokenError> {
        if puk == self.puk && self.puk_tries > 0 {
            self.puk_tries = 3;
            return Ok(());
        }
        self.puk_tries = self.puk_tries.saturating_sub(1);
        match self.puk_tries {
            0 => Err(TokenError::PukBlocked),
            tries_left => Err(TokenError::WrongPuk { tries_left }),
        }
    }

    fn check(&mut self, pin: &[u8]) -> Result<(), TokenError> {
        self.verified = false;
        if self.tries == 0 {
            return Err(TokenError::PinBlocked);
        }
        if pin == self.pin {
            self.tries = 3;
            self.verified = true;
            return Ok(());
        }
        self.tries -= 1;
        match self.tries {
            0 => Err(TokenError::PinBlocked),
            tries_left => Err(TokenError::WrongPin { tries_left }),
        }
    }
}

impl Readers for Desk {
    fn list(&self) -> Result<Vec<ReaderState>, TokenError> {
        let state = self.state();
        if !state.service {
            return Err(TokenError::NoService);
        }
        let reader = |name: &String| ReaderState {
            name: name.clone(),
            card_present: state.present && name == READER,
            atr: Vec::new(),
            changes: u64::from(state.insertion) + u64::from(!state.present),
        };
        Ok(state.readers.iter().map(reader).collect())
    }

    fn connect(&self, reader: &str) -> Result<Box<dyn Token>, TokenError> {
        let mut state = self.state();
        if !state.present || reader != READER {
            return Err(TokenError::NoCard);
        }
        state.log.push("select".to_owned());
        Ok(Box::new(FakeToken {
            insertion: state.insertion,
            resets: state.resets,
            desk: self.clone(),
        }))
    }
}

struct FakeToken {
    desk: Desk,
    insertion: u32,
    resets: u32,
}

impl FakeToken {
    fn ask(&mut self, what: &str) -> Result<MutexGuard<'_, State>, TokenError> {
        let mut state = self.desk.state();
        while state.late {
            drop(state);
            std::thread::sleep(std::time::Duration::from_millis(1));
            state = self.desk.state();
        }
        if !state.present || state.insertion != self.insertion {
            return Err(TokenError::Removed);
        }
        if state.resets != self.resets {
            self.resets = state.resets;
            return Err(TokenError::Reset);
        }
        state.log.push(what.to_owned());
        Ok(state)
    }
}

impl Token for FakeToken {
    fn read(&mut self) -> Result<Contents, TokenError> {
        let state = self.ask("read")?;
        let key = KeyEntry {
            slot: state.slot,
            policy: state.policy,
            certificate: Some(SEAL_CERTIFICATE.to_vec()),
            point: None,
            has_chain: true,
            has_seal: state.seal,
        };
        Ok(Contents {
            state: state.token_state(),
            keys: if state.keys { vec![key] } else { Vec::new() },
        })
    }

    fn state(&mut self) -> Result<TokenState, TokenError> {
        Ok(self.ask("state")?.token_state())
    }

    fn chain(&mut self, _key: Slot) -> Result<Vec<Vec<u8>>, TokenError> {
        drop(self.ask("chain")?);
        Ok(vec![ISSUER_CERTIFICATE.to_vec()])
    }

    fn verify(&mut self, pin: &[u8]) -> Result<(), TokenError> {
        self.ask("verify")?.check(pin)
    }

    /// The desk's `pad` is what the person enters.
    fn verify_on_pad(&mut self) -> Result<(), TokenError> {
        let mut state = self.ask("pad")?;
        match state.pad.clone() {
            Some(pin) if pin.is_empty() => Err(TokenError::NotEntered),
            Some(pin) => state.check(&pin),
            None => Err(TokenError::PinFormat),
        }
    }

    fn forget(&mut self) -> Result<(), TokenError> {
        self.ask("forget")?.verified = false;
        Ok(())
    }

    fn change_pin(&mut self, old: &[u8], new: &[u8]) -> Result<(), TokenError> {
        let mut state = self.ask("change")?;
        state.check(old)?;
        if new == old {
            return Err(TokenError::NewPinRefused);
        }
        state.pin = new.to_vec();
        state.transport = false;
        Ok(())
    }

    fn check_puk(&mut self, puk: &[u8]) -> Result<(), TokenError> {
        self.ask("check_puk")?.check_puk(puk)
    }

    fn change_puk(&mut self, old: &[u8], new: &[u8]) -> Result<(), TokenError> {
        let mut state = self.ask("change_puk")?;
        state.check_puk(old)?;
        state.puk = new.to_vec();
        Ok(())
    }

    fn unblock(&mut self, puk: &[u8], new: &[u8]) -> Result<(), TokenError> {
        let mut state = self.ask("unblock")?;
        state.check_puk(puk)?;
        state.pin = new.to_vec();
        state.tries = 3;
        Ok(())
    }

    /// The secret is no secret: it is the x coordinate of the point.
    fn agree(&mut self, _key: Slot, point: &[u8]) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        self.ask("agree")?.use_key()?;
        let length = (point.len() - 1) / 2;
        Ok(Zeroizing::new(point[1..=length].to_vec()))
    }

    fn generate(
        &mut self,
        _slot: Slot,
        curve: Curve,
        _policy: PinPolicy,
    ) -> Result<Vec<u8>, TokenError> {
        let state = self.ask("generate")?;
        if !state.generates {
            return Err(TokenError::NotAdministered);
        }
        let mut point = vec![4];
        point.resize(curve.point_length(), 7);
        Ok(point)
    }

    fn seal(&mut self, _key: Slot) -> Result<Option<Vec<u8>>, TokenError> {
        drop(self.ask("seal")?);
        Ok(Some(SEAL_STRUCTURE.to_vec()))
    }

    /// The signature is no signature: its `r` is the digest, so that a test can see what was signed.
    fn sign(&mut self, _key: Slot, digest: &[u8]) -> Result<Vec<u8>, TokenError> {
        self.ask("sign")?.use_key()?;
        let is_high = digest[0] & 0x80 != 0;
        let sign: &[u8] = if is_high {
            &[0x30, 38, 2, 33, 0]
        } else {
            &[0x30, 37, 2, 32]
        };
        let mut der = sign.to_vec();
        der.extend(digest);
        der.extend([0x02, 0x01, 0x01]);
        Ok(der)
    }
}
