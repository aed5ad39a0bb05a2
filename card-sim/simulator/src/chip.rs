//! The simulated chip: random numbers, AES, P-256 and memory.

use sello_applet::{
    Change, Failure, Platform, Point, PrivateKey, RawSignature, Record, SharedSecret,
};
use sello_crypto as crypto;
use sello_scp03::{Primitives, Software};
use sello_wire::key::{Algorithm, Curve};

use crate::error::CardError;
use crate::faults::{CutMoment, Faults};
use crate::image::Image;
use crate::memory::estimate;
use crate::memory::log::RecordLog;
use crate::store::{NotRead, NotReplaced, Store};
use crate::timing::{CurveWork, Work};

/// A chip whose memory lies in a [`Store`].
pub(crate) struct Chip {
    image: Image,
    store: Store,
    memory_limit: usize,
    pub(crate) faults: Faults,
    /// The power was cut in the middle of a command; nothing works until the next power-on.
    dead: bool,
    history: Option<Vec<(u32, Image)>>,
    work: Work,
}

impl Chip {
    pub(crate) fn new(image: Image, store: Store, memory_limit: usize) -> Self {
        Self {
            image,
            store,
            memory_limit,
            faults: Faults::default(),
            dead: false,
            history: None,
            work: Work::default(),
        }
    }

    pub(crate) const fn is_dead(&self) -> bool {
        self.dead
    }

    pub(crate) const fn image(&self) -> &Image {
        &self.image
    }

    /// Gives power; a chip with a file or flash reads its memory again from there, as a new process
    /// would.
    ///
    /// # Errors
    /// [`CardError::UnreadableMemory`] or [`CardError::PowerCut`]; the chip stays dead.
    pub(crate) fn power_on(&mut self) -> Result<(), CardError> {
        self.dead = true;
        match self.store.read(&mut self.faults) {
            Ok(None) => {}
            Ok(Some(image)) => self.image = image,
            Err(NotRead::Unusable) => return Err(CardError::UnreadableMemory),
            Err(NotRead::PowerCut) => return Err(CardError::PowerCut),
        }
        self.dead = false;
        Ok(())
    }

    /// The log in the flash of the chip, if that is where its memory lies.
    pub(crate) fn log(&self) -> Option<&RecordLog> {
        match &self.store {
            Store::Flash(log) => Some(log),
            Store::Memory | Store::File(_) => None,
        }
    }

    pub(crate) fn log_mut(&mut self) -> Option<&mut RecordLog> {
        match &mut self.store {
            Store::Flash(log) => Some(log),
            Store::Memory | Store::File(_) => None,
        }
    }

    /// A chip with the same memory and faults; none has the same file.
    pub(crate) fn copy(&self) -> Option<Self> {
        let store = match &self.store {
            Store::Memory => Store::Memory,
            Store::Flash(log) => Store::Flash(log.clone()),
            Store::File(_) => return None,
        };
        Some(Self {
            faults: self.faults.clone(),
            ..Self::new(self.image.clone(), store, self.memory_limit)
        })
    }

    /// Keeps the state after each commit from now on.
    pub(crate) fn keep_history(&mut self) {
        self.history = Some(Vec::new());
    }

    /// Commits since the history is kept: writes of flash until then, and the state after it.
    pub(crate) fn history(&self) -> &[(u32, Image)] {
        self.history.as_deref().unwrap_or_default()
    }

    /// What the chip has done so far.
    pub(crate) fn work(&self) -> Work {
        let mut work = self.work;
        if let Some(log) = self.log() {
            work.memory = log.flash().work();
        }
        work
    }

    const fn on_curve(&mut self, curve: Curve) -> &mut CurveWork {
        match curve {
            Curve::P256 => &mut self.work.p256,
            Curve::P384 => &mut self.work.p384,
        }
    }

    /// Counts the AES blocks of so many bytes.
    fn count_aes(&mut self, bytes: usize) {
        count(&mut self.work.aes_blocks, bytes.div_ceil(16));
    }

    const fn alive(&self) -> Result<(), Failure> {
        if self.dead {
            Err(Failure::Memory)
        } else {
            Ok(())
        }
    }
}

fn count(counter: &mut u64, number: usize) {
    let number = u64::try_from(number).unwrap_or(u64::MAX);
    *counter = counter.saturating_add(number);
}

impl Primitives for Chip {
    type Error = Failure;

    fn cmac(&mut self, key: &[u8], parts: &[&[u8]]) -> Result<[u8; 16], Failure> {
        self.alive()?;
        // One more block for the subkey (SP 800-38B, 6.1).
        let message: usize = parts.iter().map(|part| part.len()).sum();
        self.count_aes(message.max(1).saturating_add(16));
        Software.cmac(key, parts).map_err(|_| Failure::Cryptography)
    }

    fn encrypt_cbc(&mut self, key: &[u8], iv: &[u8; 16], data: &mut [u8]) -> Result<(), Failure> {
        self.alive()?;
        self.count_aes(data.len());
        Software
            .encrypt_cbc(key, iv, data)
            .map_err(|_| Failure::Cryptography)
    }

    fn decrypt_cbc(&mut self, key: &[u8], iv: &[u8; 16], data: &mut [u8]) -> Result<(), Failure> {
        self.alive()?;
        self.count_aes(data.len());
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
        if self.faults.draw_fixed(bytes) {
            return Ok(());
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
        self.count_aes(block.len());
        crypto::encrypt_block(algorithm, key, block)
    }

    fn sha256(&mut self, parts: &[&[u8]]) -> Result<[u8; 32], Failure> {
        self.alive()?;
        // 9 bytes of padding at least (FIPS 180-4, 5.1.1).
        let message: usize = parts.iter().map(|part| part.len()).sum();
        count(
            &mut self.work.sha256_blocks,
            message.saturating_add(9).div_ceil(64),
        );
        Ok(crypto::sha256(parts))
    }

    fn generate(&mut self, curve: Curve) -> Result<(PrivateKey, Point), Failure> {
        count(&mut self.on_curve(curve).generated, 1);
        crypto::generate(curve, |bytes| self.random(bytes))
    }

    fn public_point(&mut self, key: &PrivateKey) -> Result<Point, Failure> {
        self.alive()?;
        count(&mut self.on_curve(key.curve()).agreed, 1);
        crypto::public_point(key)
    }

    fn sign(&mut self, key: &PrivateKey, digest: &[u8]) -> Result<RawSignature, Failure> {
        self.alive()?;
        count(&mut self.on_curve(key.curve()).signed, 1);
        crypto::sign(key, digest)
    }

    fn agree(&mut self, key: &PrivateKey, point: &Point) -> Result<SharedSecret, Failure> {
        self.alive()?;
        count(&mut self.on_curve(key.curve()).agreed, 1);
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
        let difference = self.image.difference(changes, self.memory_limit)?;
        let replaced = self
            .store
            .replace(&self.image, &difference, &mut self.faults);
        let cut = replaced.map_err(|failure| match failure {
            NotReplaced::Unchanged => Failure::Memory,
            NotReplaced::Full => Failure::Full,
            NotReplaced::InDoubt => {
                self.dead = true;
                Failure::Memory
            }
        })?;
        self.work
            .memory
            .add(estimate::writes(&self.image, &difference));
        if matches!(cut, None | Some(CutMoment::AfterReplacing)) {
            self.image.apply(difference);
        }
        if cut.is_some() {
            self.dead = true;
            return Err(Failure::Memory);
        }
        if let Some(history) = &mut self.history {
            history.push((self.faults.writes(), self.image.clone()));
        }
        Ok(())
    }
}
