//! The simulated chip: random numbers, AES, P-256 and memory.

use sello_applet::{
    Change, Failure, Platform, Point, PrivateKey, RawSignature, Record, SharedSecret,
};
use sello_crypto as crypto;
use sello_scp03::{Primitives, Software};
use sello_wire::key::{Algorithm, Curve};

use crate::faults::{CutMoment, Faults};
use crate::image::Image;
use crate::store::{NotReplaced, Store};

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

impl Primitives for Chip {
    type Error = Failure;

    fn cmac(&mut self, key: &[u8], parts: &[&[u8]]) -> Result<[u8; 16], Failure> {
        self.alive()?;
        Software.cmac(key, parts).map_err(|_| Failure::Cryptography)
    }

    fn encrypt_cbc(&mut self, key: &[u8], iv: &[u8; 16], data: &mut [u8]) -> Result<(), Failure> {
        self.alive()?;
        Software
            .encrypt_cbc(key, iv, data)
            .map_err(|_| Failure::Cryptography)
    }

    fn decrypt_cbc(&mut self, key: &[u8], iv: &[u8; 16], data: &mut [u8]) -> Result<(), Failure> {
        self.alive()?;
        Software
            .decrypt_cbc(key, iv, data)
            .map_err(|_| Failure::Cryptography)
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
        self.alive()?;
        crypto::encrypt_block(algorithm, key, block)
    }

    fn sha256(&mut self, parts: &[&[u8]]) -> Result<[u8; 32], Failure> {
        self.alive()?;
        Ok(crypto::sha256(parts))
    }

    fn generate(&mut self, curve: Curve) -> Result<(PrivateKey, Point), Failure> {
        crypto::generate(curve, |bytes| self.random(bytes))
    }

    fn public_point(&mut self, key: &PrivateKey) -> Result<Point, Failure> {
        self.alive()?;
        crypto::public_point(key)
    }

    fn sign(&mut self, key: &PrivateKey, digest: &[u8]) -> Result<RawSignature, Failure> {
        self.alive()?;
        crypto::sign(key, digest)
    }

    fn agree(&mut self, key: &PrivateKey, point: &Point) -> Result<SharedSecret, Failure> {
        self.alive()?;
        crypto::agree(key, point)
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
