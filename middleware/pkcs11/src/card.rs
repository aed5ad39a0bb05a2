//! Readers and cards through `sello-card`.

use std::sync::Arc;

use sello_card::{
    CardError, CardSession, Exclusive, Pin, Puk, ReaderError, SealEntry, Tier, TransportError,
};
use sello_wire::key::Curve;
use sello_wire::{PinPolicy, Slot};
use zeroize::Zeroizing;

use crate::token::{Contents, KeyEntry, ReaderState, Readers, Token, TokenError, TokenState};

/// PIN tries of a fresh PIN, for cards that do not tell (SP 800-73-5 leaves it to the issuer).
const USUAL_TRIES: u8 = 3;
/// The slots of a card without a directory in which a key is looked for.
const PLAIN_SLOTS: [Slot; 4] = [
    Slot::Signature,
    Slot::Authentication,
    Slot::KeyManagement,
    Slot::CardAuthentication,
];

/// The readers that `sello-card` gives.
pub struct CardReaders<R>(R);

impl<R: sello_card::Readers + 'static> CardReaders<R> {
    /// Wraps readers.
    #[must_use]
    pub fn shared(readers: R) -> Arc<dyn Readers> {
        Arc::new(Self(readers))
    }
}

impl<R: sello_card::Readers> Readers for CardReaders<R> {
    fn list(&self) -> Result<Vec<ReaderState>, TokenError> {
        let states = self.0.list().map_err(reader_error)?;
        let state = |state: sello_card::ReaderState| ReaderState {
            name: state.name,
            card_present: state.card_present,
        };
        Ok(states.into_iter().map(state).collect())
    }

    fn connect(&self, reader: &str) -> Result<Box<dyn Token>, TokenError> {
        let connection = self.0.connect(reader).map_err(reader_error)?;
        let session = CardSession::open(connection).map_err(card_error)?;
        Ok(Box::new(CardToken {
            resets: session.resets(),
            session,
            seals: Vec::new(),
        }))
    }
}

struct CardToken {
    session: CardSession,
    /// Resets by other programs that have been reported.
    resets: u32,
    seals: Vec<SealEntry>,
}

impl CardToken {
    /// Works with exclusive access; a reset by another program since the last time is reported
    /// instead, since it took every right.
    fn exclusively<T>(
        &mut self,
        work: impl FnOnce(&mut Exclusive<'_>) -> Result<T, CardError>,
    ) -> Result<T, TokenError> {
        self.session.hold().map_err(card_error)?;
        let done = if self.session.resets() == self.resets {
            let card = self.session.exclusive();
            card.and_then(|mut card| work(&mut card))
                .map_err(card_error)
        } else {
            self.resets = self.session.resets();
            Err(TokenError::Reset)
        };
        self.session.release();
        done
    }
}

impl Token for CardToken {
    fn read(&mut self) -> Result<Contents, TokenError> {
        let (contents, seals) = self.exclusively(contents)?;
        self.seals = seals;
        Ok(contents)
    }

    fn state(&mut self) -> Result<TokenState, TokenError> {
        self.exclusively(|card| Ok(state(card)?.token))
    }

    fn chain(&mut self, key: Slot) -> Result<Vec<Vec<u8>>, TokenError> {
        match self.seals.iter().find(|seal| seal.slot == key).cloned() {
            Some(seal) => self.exclusively(|card| card.read_chain(&seal)),
            None => Ok(Vec::new()),
        }
    }

    fn is_present(&mut self) -> bool {
        let held = self.session.hold();
        self.session.release();
        !held.is_err_and(|error| error.is_connection_lost())
    }

    fn verify(&mut self, pin: &[u8]) -> Result<(), TokenError> {
        let pin = Pin::new(pin).map_err(|_| TokenError::PinFormat)?;
        self.exclusively(|card| card.verify_pin(&pin))
    }

    fn forget(&mut self) -> Result<(), TokenError> {
        self.exclusively(|card| card.logout())
    }

    fn change_pin(&mut self, old: &[u8], new: &[u8]) -> Result<(), TokenError> {
        let old = Pin::new(old).map_err(|_| TokenError::PinFormat)?;
        let new = Pin::new(new).map_err(|_| TokenError::NewPinRefused)?;
        self.exclusively(|card| card.change_pin(&old, &new))
    }

    fn unblock(&mut self, puk: &[u8], new: &[u8]) -> Result<(), TokenError> {
        let puk = Puk::new(puk).map_err(|_| TokenError::PinFormat)?;
        let new = Pin::new(new).map_err(|_| TokenError::NewPinRefused)?;
        self.exclusively(|card| card.unblock_pin(&puk, &new))
    }

    fn sign(&mut self, key: Slot, digest: &[u8]) -> Result<Vec<u8>, TokenError> {
        let curve = curve_of(|curve| curve.scalar_length() == digest.len())?;
        self.exclusively(|card| card.sign_on(curve, key, digest))
    }

    fn agree(&mut self, key: Slot, point: &[u8]) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        let curve = curve_of(|curve| curve.point_length() == point.len())?;
        self.exclusively(|card| card.agree(curve, key, point))
    }

    fn generate(
        &mut self,
        slot: Slot,
        curve: Curve,
        policy: PinPolicy,
    ) -> Result<Vec<u8>, TokenError> {
        self.exclusively(|card| card.generate(curve, slot, policy))
    }

    fn seal(&mut self, key: Slot) -> Result<Option<Vec<u8>>, TokenError> {
        match self.seals.iter().find(|seal| seal.slot == key).cloned() {
            Some(seal) if seal.length > 0 => {
                self.exclusively(|card| card.read_seal(&seal)).map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// The curve that a length belongs to.
fn curve_of(fits: impl Fn(Curve) -> bool) -> Result<Curve, TokenError> {
    let found = [Curve::P256, Curve::P384].into_iter().find(|c| fits(*c));
    found.ok_or_else(|| TokenError::Failed {
        reason: "no curve of this length".to_owned(),
    })
}

/// Reads state, directory and certificates.
fn contents(card: &mut Exclusive<'_>) -> Result<(Contents, Vec<SealEntry>), CardError> {
    let state = state(card)?;
    let seals = card.directory()?;
    let found = if state.is_plain && seals.is_empty() {
        PLAIN_SLOTS.iter().map(|slot| (*slot, None)).collect()
    } else {
        let found = |seal: &SealEntry| (seal.slot, Some(seal.clone()));
        seals.iter().map(found).collect()
    };
    let contents = Contents {
        state: state.token,
        keys: keys(card, found)?,
    };
    Ok((contents, seals))
}

struct State {
    token: TokenState,
    is_plain: bool,
}

/// What the card says of itself; a Sello card says it in one answer.
fn state(card: &mut Exclusive<'_>) -> Result<State, CardError> {
    let token = match card.status()? {
        Tier::Sello(status) => {
            let [major, minor] = status.version;
            TokenState {
                serial: Some(status.serial),
                operational: status.life_cycle == sello_wire::LifeCycle::Operational,
                transport_pin: status.transport_pin,
                tries_left: Some(status.pin_tries.left),
                tries_total: status.pin_tries.total,
                version: (major, minor),
                generates: false,
            }
        }
        Tier::Plain => {
            let tries_left = card.pin_tries_left()?;
            let token = TokenState {
                serial: card.serial()?,
                operational: true,
                transport_pin: false,
                tries_left,
                tries_total: tries_left.unwrap_or(USUAL_TRIES).max(USUAL_TRIES),
                version: (0, 0),
                generates: false,
            };
            return Ok(State {
                token,
                is_plain: true,
            });
        }
    };
    Ok(State {
        token,
        is_plain: false,
    })
}

fn keys(
    card: &mut Exclusive<'_>,
    found: Vec<(Slot, Option<SealEntry>)>,
) -> Result<Vec<KeyEntry>, CardError> {
    let mut keys = Vec::new();
    for (slot, seal) in found {
        let certificate = match card.certificate(slot) {
            Ok(certificate) => Some(certificate),
            Err(CardError::NoObject { .. } | CardError::CompressedCertificate { .. }) => None,
            Err(error) => return Err(error),
        };
        let (policy, point) = match certificate {
            Some(_) => (policy(card, slot)?, None),
            None => match bare_key(card, slot)? {
                Some((policy, point)) => (policy, Some(point)),
                None => continue,
            },
        };
        keys.push(KeyEntry {
            slot,
            policy,
            certificate,
            point,
            has_chain: seal.as_ref().is_some_and(|seal| seal.chain > 0),
            has_seal: seal.is_some_and(|seal| seal.length > 0),
        });
    }
    Ok(keys)
}

/// The policy and the point of a key without a certificate, if the card tells them.
fn bare_key(
    card: &mut Exclusive<'_>,
    slot: Slot,
) -> Result<Option<(PinPolicy, Vec<u8>)>, CardError> {
    match card.metadata(slot) {
        Ok(metadata) => {
            let policy = metadata.pin_policy;
            let policy = policy.unwrap_or_else(|| PinPolicy::default_of(slot));
            Ok(metadata.point.map(|point| (policy, point)))
        }
        Err(CardError::Transport(error)) => Err(CardError::Transport(error)),
        Err(_) => Ok(None),
    }
}

/// When a key wants the PIN. The standard settles it for its own slots; in a retired slot it was chosen
/// when the key was made, and the card is asked.
fn policy(card: &mut Exclusive<'_>, slot: Slot) -> Result<PinPolicy, CardError> {
    if !matches!(slot, Slot::Retired(_)) {
        return Ok(PinPolicy::default_of(slot));
    }
    match card.metadata(slot) {
        Ok(metadata) => Ok(metadata
            .pin_policy
            .unwrap_or_else(|| PinPolicy::default_of(slot))),
        Err(CardError::Status { .. } | CardError::NoKey { .. }) => Ok(PinPolicy::default_of(slot)),
        Err(error) => Err(error),
    }
}

fn reader_error(error: ReaderError) -> TokenError {
    match error {
        ReaderError::NoService => TokenError::NoService,
        ReaderError::UnknownReader { .. } | ReaderError::EmptyReader { .. } => TokenError::NoCard,
        ReaderError::Mute { .. } => TokenError::Foreign,
        other => TokenError::Failed {
            reason: other.to_string(),
        },
    }
}

fn card_error(error: CardError) -> TokenError {
    match error {
        CardError::Transport(TransportError::Removed) => TokenError::Removed,
        CardError::Transport(TransportError::Reset) => TokenError::Reset,
        CardError::Transport(TransportError::NoService) => TokenError::NoService,
        CardError::ForeignCard { .. } => TokenError::Foreign,
        CardError::WrongPin { tries_left } => TokenError::WrongPin { tries_left },
        CardError::PinBlocked => TokenError::PinBlocked,
        CardError::WrongPuk { tries_left } => TokenError::WrongPuk { tries_left },
        CardError::PukBlocked => TokenError::PukBlocked,
        CardError::ManagementKeyRequired => TokenError::NotAdministered,
        CardError::NewPinRefused => TokenError::NewPinRefused,
        CardError::PinRequired => TokenError::PinRequired,
        CardError::TransportPinInForce => TokenError::TransportPin,
        CardError::NotPersonalized { .. } | CardError::OutOfUse { .. } => {
            TokenError::NotOperational
        }
        other => TokenError::Failed {
            reason: other.to_string(),
        },
    }
}
