//! The simulated chip: random numbers, AES, P-256 and memory.

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256};
use p256::SecretKey;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::sec1::ToSec1Point;
use sello_applet::{Change, Failure, Platform, PrivateKey, Record};
use sello_wire::key::{Algorithm, P256_DIGEST_LENGTH, P256_POINT_LENGTH};
use zeroize::Zeroizing;

use crate::faults::{CutMoment, Faults};
use crate::image::Image;
use crate::store::{NotReplaced, Store};

/// Rejection sampling of a scalar fails with probability 2^-32 a draw.
const MOST_DRAWS: usize = 8;

/// A chip whose memory lies in a [`Store`].
pub(crate) struct Chip {
    image: Image,
    store: Store,
    memory_limit: usize,
    pub(crate) faults: Faults,
    /// The power was cut in the middle of a command; nothing works until the next power-on.
    dead: bool,
}

impl Chip {
    pub(crate) fn new(image: Image, store: Store, memory_limit: usize) -> Self {
        Self {
            image,
            store,
            memory_limit,
            faults: Faults::default(),
            dead: false,
        }
    }

    pub(crate) const fn is_dead(&self) -> bool {
        self.dead
    }

    pub(crate) const fn image(&self) -> &Image {
        &self.image
    }

    /// Gives power; a chip with a file reads its memory again from there, as a new process would.
    ///
    /// # Errors
    /// [`Failure::Memory`] when the file cannot be read; the chip stays dead.
    pub(crate) fn power_on(&mut self) -> Result<(), Failure> {
        if let Store::File(file) = &self.store {
            self.dead = true;
            self.image = file.read().map_err(|_| Failure::Memory)?;
        }
        self.dead = false;
        Ok(())
    }

    const fn alive(&self) -> Result<(), Failure> {
        if self.dead {
            Err(Failure::Memory)
        } else {
            Ok(())
        }
    }
}

impl Platform for Chip {
    fn random(&mut self, bytes: &mut [u8]) -> Result<(), Failure> {
        self.alive()?;
        if self.faults.random_fails() {
            return Err(Failure::Random);
        }
        getrandom::fill(bytes).map_err(|_| Failure::Random)
    }

    fn encrypt_block(
        &mut self,
        algorithm: Algorithm,
        key: &[u8],
        block: &mut [u8; 16],
    ) -> Result<(), Failure> {
        fn with<C: KeyInit + BlockCipherEncrypt<BlockSize = aes::cipher::consts::U16>>(
            key: &[u8],
            block: &mut [u8; 16],
        ) -> Result<(), Failure> {
            let cipher = C::new_from_slice(key).map_err(|_| Failure::Cryptography)?;
            cipher.encrypt_block(block.into());
            Ok(())
        }
        self.alive()?;
        match algorithm {
            Algorithm::Aes128 => with::<Aes128>(key, block),
            Algorithm::Aes192 => with::<Aes192>(key, block),
            Algorithm::Aes256 => with::<Aes256>(key, block),
            _ => Err(Failure::Cryptography),
        }
    }

    fn generate_p256(&mut self) -> Result<(PrivateKey, [u8; P256_POINT_LENGTH]), Failure> {
        for _ in 0..MOST_DRAWS {
            let mut scalar = Zeroizing::new([0; PrivateKey::LENGTH]);
            self.random(scalar.as_mut_slice())?;
            if let Ok(key) = SecretKey::from_slice(scalar.as_slice()) {
                let point = key.public_key().to_sec1_point(false);
                let point = point
                    .as_bytes()
                    .try_into()
                    .map_err(|_| Failure::Cryptography)?;
                return Ok((PrivateKey::new(*scalar), point));
            }
        }
        Err(Failure::Cryptography)
    }

    fn sign_p256(
        &mut self,
        key: &PrivateKey,
        digest: &[u8; P256_DIGEST_LENGTH],
    ) -> Result<[u8; 64], Failure> {
        self.alive()?;
        let key = SigningKey::from_slice(key.expose()).map_err(|_| Failure::Cryptography)?;
        let signature: Signature = key
            .sign_prehash(digest)
            .map_err(|_| Failure::Cryptography)?;
        Ok(signature.to_bytes().into())
    }

    fn read(&self, record: Record, buffer: &mut [u8]) -> Result<Option<usize>, Failure> {
        self.alive()?;
        let Some(bytes) = self.image.record(record) else {
            return Ok(None);
        };
        let room = buffer.get_mut(..bytes.len()).ok_or(Failure::Memory)?;
        room.copy_from_slice(bytes);
        Ok(Some(bytes.len()))
    }

    fn holds(&self, record: Record) -> Result<bool, Failure> {
        self.alive()?;
        Ok(self.image.record(record).is_some())
    }

    fn commit(&mut self, changes: &[Change<'_>]) -> Result<(), Failure> {
        self.alive()?;
        let next = self.image.changed(changes, self.memory_limit)?;
        let bytes = next.encode()?;
        let cut = self.faults.next_commit();
        self.store.replace(&bytes, cut).map_err(|failure| {
            // What lies in the file is known again after the next power-on.
            self.dead = matches!(failure, NotReplaced::InDoubt);
            Failure::Memory
        })?;
        if matches!(cut, None | Some(CutMoment::AfterReplacing)) {
            self.image = next;
        }
        if cut.is_some() {
            self.dead = true;
            return Err(Failure::Memory);
        }
        Ok(())
    }
}
