//! A card in a reader: the connection, and what has been read over it so far.

use std::sync::Arc;

use cryptoki_sys as ck;
use cryptoki_sys::CK_SESSION_HANDLE;
use sello_wire::key::Curve;
use sello_wire::{PinPolicy, Slot};
use zeroize::Zeroizing;

use crate::attribute::TemplateEntry;
use crate::desk::{Desks, Place};
use crate::mechanism::Abilities;
use crate::object::{self, Object, PrivateKey, Role, SealBytes, SealPart};
use crate::token::{KeyEntry, Token, TokenError, TokenState};

/// Which session's next signature the card will grant for a key that wants the PIN right before use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Armed {
    /// Nobody's: the PIN was not the last thing the card got.
    No,
    /// Any session's: the user has just logged in.
    Any,
    /// This session's: it gave the PIN for its operation.
    Session(CK_SESSION_HANDLE),
}

/// The card and its objects.
pub(crate) struct Inserted {
    token: Box<dyn Token>,
    state: TokenState,
    keys: Vec<KeyEntry>,
    objects: Vec<Arc<Object>>,
    has_chains: bool,
    armed: Armed,
    /// Whether the state has been told since the card last said it.
    is_told: bool,
    /// Which card of its slot this is.
    generation: u64,
    /// This process's place among those that are logged in.
    place: Option<Place>,
    /// The PUK, as long as the security officer is logged in: the card wants it again with the new PIN.
    puk: Option<Zeroizing<Vec<u8>>>,
}

impl Inserted {
    /// Reads what a card holds.
    pub(crate) fn read(mut token: Box<dyn Token>, generation: u64) -> Result<Self, TokenError> {
        let contents = token.read()?;
        Ok(Self {
            token,
            state: contents.state,
            objects: contents
                .keys
                .iter()
                .flat_map(object::of_key)
                .map(Arc::new)
                .collect(),
            has_chains: !contents.keys.iter().any(|key| key.has_chain),
            keys: contents.keys,
            armed: Armed::No,
            is_told: false,
            generation,
            place: None,
            puk: None,
        })
    }

    /// Which card of its slot this is.
    pub(crate) const fn generation(&self) -> u64 {
        self.generation
    }

    /// Makes it another card of its slot.
    pub(crate) const fn belongs_to(&mut self, generation: u64) {
        self.generation = generation;
    }

    /// Whether both are the same card with the same objects, so that handles stay good.
    pub(crate) fn is_same_card(&self, other: &Self) -> bool {
        self.state.serial == other.state.serial && self.keys == other.keys
    }

    /// Takes over the objects, and with them the handles, of an earlier reading of the same card.
    pub(crate) fn keep_objects_of(&mut self, mut earlier: Self) {
        self.objects = core::mem::take(&mut earlier.objects);
        self.has_chains = earlier.has_chains;
    }

    /// What the card says of itself, as last known.
    pub(crate) const fn state(&self) -> &TokenState {
        &self.state
    }

    /// The state, to be told to the application.
    pub(crate) fn tell_state(&mut self) -> TokenState {
        self.is_told = true;
        self.state.clone()
    }

    /// Asks the card for its state again, if what is known has been told before.
    pub(crate) fn refresh_if_told(&mut self) -> Result<(), TokenError> {
        if core::mem::replace(&mut self.is_told, false) {
            self.armed = Armed::No;
            self.state = self.token.state()?;
        }
        Ok(())
    }

    /// The name of the first seal, if the card has one.
    pub(crate) fn label(&self) -> Option<String> {
        self.keys.first().map(object::label_of)
    }

    /// What the card can do besides signing.
    pub(crate) fn abilities(&self) -> Abilities {
        let agrees =
            |object: &Arc<Object>| matches!(&object.role, Role::Private(key) if key.derives);
        Abilities {
            generates: self.state.generates,
            agrees: self.objects.iter().any(agrees),
        }
    }

    /// The object of an index.
    pub(crate) fn object(&self, index: usize) -> Option<Arc<Object>> {
        self.objects.get(index).cloned()
    }

    /// The indexes of the objects a template matches.
    pub(crate) fn find(
        &mut self,
        template: &[TemplateEntry],
        with_private: bool,
    ) -> Result<Vec<usize>, TokenError> {
        if may_match_certificate(template) {
            self.read_chains()?;
        }
        let visible = |object: &Object| with_private || !object.is_private();
        let mut found: Vec<(usize, bool)> = (0..)
            .zip(&self.objects)
            .filter(|(_, object)| visible(object) && object.attributes.matches(template))
            .map(|(index, object)| (index, object.is(ck::CKO_CERTIFICATE)))
            .collect();
        // Certificates first: the case of the profile *Public Certificates Token* ("Profiles" 3.2, CERT-M-1-32)
        // finds whatever the token has and reads the value of the second object.
        found.sort_by_key(|(_, is_certificate)| !is_certificate);
        Ok(found.into_iter().map(|(index, _)| index).collect())
    }

    /// Reads the issuers' certificates, once; each is listed once even if several keys share it.
    pub(crate) fn read_chains(&mut self) -> Result<(), TokenError> {
        if self.has_chains {
            return Ok(());
        }
        self.armed = Armed::No;
        let mut issuers: Vec<Vec<u8>> = Vec::new();
        for key in self.keys.iter().filter(|key| key.has_chain) {
            for certificate in self.token.chain(key.slot)? {
                if !issuers.contains(&certificate) {
                    issuers.push(certificate);
                }
            }
        }
        let objects = issuers.iter().map(|der| Arc::new(object::of_issuer(der)));
        self.objects.extend(objects);
        self.has_chains = true;
        Ok(())
    }

    /// Whether a PIN given so can be presented: without bytes it takes a keypad.
    pub(crate) const fn takes(&self, pin: Option<&[u8]>) -> bool {
        pin.is_some() || self.state.pin_pad
    }

    /// Presents the PIN; `armed` says who may sign next.
    pub(crate) fn verify(&mut self, pin: Option<&[u8]>, armed: Armed) -> Result<(), TokenError> {
        self.armed = Armed::No;
        let verified = match pin {
            Some(pin) => self.token.verify(pin),
            None => self.token.verify_on_pad(),
        };
        self.note(&verified);
        verified?;
        self.armed = armed;
        Ok(())
    }

    /// Changes the PIN, which also ends the transport PIN.
    pub(crate) fn change_pin(&mut self, old: &[u8], new: &[u8]) -> Result<(), TokenError> {
        self.armed = Armed::No;
        let changed = self.token.change_pin(old, new);
        self.changed(changed)
    }

    /// As [`Inserted::change_pin`], on the reader's keypad.
    pub(crate) fn change_pin_on_pad(&mut self) -> Result<(), TokenError> {
        self.armed = Armed::No;
        let changed = self.token.change_pin_on_pad();
        self.changed(changed)
    }

    fn changed(&mut self, changed: Result<(), TokenError>) -> Result<(), TokenError> {
        self.note(&changed);
        changed?;
        self.state.transport_pin = false;
        Ok(())
    }

    /// Finds out whether this is the PUK, and keeps it until the security officer is logged out.
    pub(crate) fn hold_puk(&mut self, puk: &[u8]) -> Result<(), TokenError> {
        self.armed = Armed::No;
        let checked = self.token.check_puk(puk);
        self.note_puk(&checked);
        checked?;
        self.puk = Some(Zeroizing::new(puk.to_vec()));
        Ok(())
    }

    /// Changes the PUK.
    pub(crate) fn change_puk(&mut self, old: &[u8], new: &[u8]) -> Result<(), TokenError> {
        self.armed = Armed::No;
        let changed = self.token.change_puk(old, new);
        self.note_puk(&changed);
        changed?;
        self.puk = Some(Zeroizing::new(new.to_vec()));
        Ok(())
    }

    /// Sets the PIN with the PUK that is held, blocked or not.
    pub(crate) fn unblock(&mut self, new: &[u8]) -> Result<(), TokenError> {
        self.armed = Armed::No;
        let puk = self.puk.take().ok_or(TokenError::PinRequired)?;
        let set = self.token.unblock(&puk, new);
        self.note_puk(&set);
        if !matches!(
            set,
            Err(TokenError::WrongPuk { .. } | TokenError::PukBlocked)
        ) {
            self.puk = Some(puk);
        }
        set?;
        self.state.tries_left = Some(self.state.tries_total);
        self.state.transport_pin = false;
        Ok(())
    }

    /// Keeps the count of tries true without asking the card.
    const fn note(&mut self, outcome: &Result<(), TokenError>) {
        match outcome {
            Ok(()) => self.state.tries_left = Some(self.state.tries_total),
            Err(TokenError::WrongPin { tries_left }) => self.state.tries_left = Some(*tries_left),
            Err(TokenError::PinBlocked) => self.state.tries_left = Some(0),
            Err(_) => {}
        }
    }

    /// As `note`, for the PUK.
    const fn note_puk(&mut self, outcome: &Result<(), TokenError>) {
        let Some((left, total)) = &mut self.state.puk_tries else {
            return;
        };
        match outcome {
            Ok(()) => *left = *total,
            Err(TokenError::WrongPuk { tries_left }) => *left = *tries_left,
            Err(TokenError::PukBlocked) => *left = 0,
            Err(_) => {}
        }
    }

    /// Whether a key of this card can be used by whoever comes, once the PIN was given. For the others
    /// the right ends with the next command.
    pub(crate) fn remembers_pin(&self) -> bool {
        self.keys.iter().any(|key| key.policy == PinPolicy::Once)
    }

    /// Takes this process's place among those that are logged in.
    pub(crate) fn take_place(&mut self, desks: Option<&Desks>) {
        if self.place.is_none() {
            let serial = self.state.serial.map(|serial| format!("{serial:08X}"));
            self.place = Some(match (desks, serial) {
                (Some(Desks(directory)), Some(card)) => Place::take(directory.as_deref(), &card),
                _ => Place::alone(),
            });
        }
    }

    /// Gives up what the PIN gained, unless another process lives on it, and forgets the PUK.
    ///
    /// A key that wants the PIN right before its use lives on it only until the next command; so there
    /// is nothing to give up when another command came after the PIN.
    pub(crate) fn log_out(&mut self) -> Result<(), TokenError> {
        self.puk = None;
        let is_armed = core::mem::replace(&mut self.armed, Armed::No) != Armed::No;
        let gained = is_armed || self.remembers_pin();
        let Some(place) = self.place.take() else {
            return Ok(());
        };
        let mut done = Ok(());
        place.leave(|| {
            if gained {
                done = self.token.forget();
            }
        });
        done
    }

    /// The card knows nobody any more, or is gone: there is nothing to give up.
    pub(crate) fn abandon(&mut self) {
        self.armed = Armed::No;
        self.place = None;
        self.puk = None;
    }

    /// As [`Inserted::abandon`].
    pub(crate) fn abandoned(mut self) -> Self {
        self.abandon();
        self
    }

    /// Lets a session use a key, which uses up what the PIN gained.
    ///
    /// A PIN given by one session does not work for another: the card cannot tell them apart, so it is
    /// told here.
    fn grant(&mut self, key: PrivateKey, session: CK_SESSION_HANDLE) -> Result<(), TokenError> {
        let armed = core::mem::replace(&mut self.armed, Armed::No);
        let granted = armed == Armed::Any || armed == Armed::Session(session);
        if key.policy == PinPolicy::Always && !granted {
            // The card got nothing, so what another session's PIN gained is still there.
            self.armed = armed;
            return Err(TokenError::PinRequired);
        }
        Ok(())
    }

    /// Signs a digest for a session; the signature is DER.
    pub(crate) fn sign(
        &mut self,
        key: PrivateKey,
        digest: &[u8],
        session: CK_SESSION_HANDLE,
    ) -> Result<Vec<u8>, TokenError> {
        self.grant(key, session)?;
        self.token.sign(key.slot, digest)
    }

    /// Agrees on a secret for a session.
    pub(crate) fn agree(
        &mut self,
        key: PrivateKey,
        point: &[u8],
        session: CK_SESSION_HANDLE,
    ) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        self.grant(key, session)?;
        self.token.agree(key.slot, point)
    }

    /// Reads the seal of a key into the object that stands for it, once.
    pub(crate) fn read_seal(&mut self, part: &SealPart) -> Result<(), TokenError> {
        if part.read.get().is_none() {
            self.armed = Armed::No;
            let structure = self.token.seal(part.slot)?.unwrap_or_default();
            let _ = part.read.set(SealBytes::new(structure));
        }
        Ok(())
    }

    /// Makes a key pair; returns the indexes of the public and the private key.
    pub(crate) fn generate(
        &mut self,
        slot: Slot,
        curve: Curve,
        policy: PinPolicy,
    ) -> Result<(usize, usize), TokenError> {
        self.armed = Armed::No;
        let point = self.token.generate(slot, curve, policy)?;
        let entry = KeyEntry {
            slot,
            policy,
            certificate: None,
            point: Some(point),
            has_chain: false,
            has_seal: false,
        };
        let first = self.objects.len();
        self.objects
            .extend(object::of_key(&entry).into_iter().map(Arc::new));
        self.keys.retain(|key| key.slot != slot);
        self.keys.push(entry);
        Ok((first, first + 1))
    }
}

impl Drop for Inserted {
    /// The last hold on the module is let go: the right of the PIN does not outlive it.
    fn drop(&mut self) {
        let _ = self.log_out();
    }
}

/// Whether a certificate could match: then the issuers' have to be read first.
fn may_match_certificate(template: &[TemplateEntry]) -> bool {
    let certificate = cryptoki_sys::CKO_CERTIFICATE.to_ne_bytes();
    template
        .iter()
        .all(|entry| entry.kind != cryptoki_sys::CKA_CLASS || entry.value == certificate)
}
