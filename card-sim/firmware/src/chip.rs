//! The chip under the applet.

use sello_applet::{
    Change, Failure, Platform, Point, PrivateKey, RawSignature, Record, SharedSecret,
};
use sello_scp03::{Primitives, Software};
use sello_wire::key::{Algorithm, Curve};

use crate::fixed_stream::FixedStream;
use crate::store::Store;

/// A chip without secrets, whose records lie in a [`Store`].
pub struct Chip {
    store: &'static mut Store,
    stream: FixedStream,
}

impl Chip {
    /// A chip with this memory.
    pub fn new(store: &'static mut Store) -> Self {
        Self {
            store,
            stream: FixedStream::default(),
        }
    }

    /// Empties the memory.
    pub(crate) fn clear(&mut self) {
        self.store.clear();
    }
}

// Nothing is inlined into the applet, so that the code of the two can be told apart.
impl Primitives for Chip {
    type Error = Failure;

    #[inline(never)]
    fn cmac(&mut self, key: &[u8], parts: &[&[u8]]) -> Result<[u8; 16], Failure> {
        Software.cmac(key, parts).map_err(|_| Failure::Cryptography)
    }

    #[inline(never)]
    fn encrypt_cbc(&mut self, key: &[u8], iv: &[u8; 16], data: &mut [u8]) -> Result<(), Failure> {
        let done = Software.encrypt_cbc(key, iv, data);
        done.map_err(|_| Failure::Cryptography)
    }

    #[inline(never)]
    fn decrypt_cbc(&mut self, key: &[u8], iv: &[u8; 16], data: &mut [u8]) -> Result<(), Failure> {
        let done = Software.decrypt_cbc(key, iv, data);
        done.map_err(|_| Failure::Cryptography)
    }
}

impl Platform for Chip {
    #[inline(never)]
    fn random(&mut self, bytes: &mut [u8]) -> Result<(), Failure> {
        self.stream.fill(bytes);
        Ok(())
    }

    #[inline(never)]
    fn encrypt_block(
        &mut self,
        algorithm: Algorithm,
        key: &[u8],
        block: &mut [u8; 16],
    ) -> Result<(), Failure> {
        sello_crypto::encrypt_block(algorithm, key, block)
    }

    #[inline(never)]
    fn sha256(&mut self, parts: &[&[u8]]) -> Result<[u8; 32], Failure> {
        Ok(sello_crypto::sha256(parts))
    }

    #[inline(never)]
    fn generate(&mut self, curve: Curve) -> Result<(PrivateKey, Point), Failure> {
        sello_crypto::generate(curve, |bytes| self.random(bytes))
    }

    #[inline(never)]
    fn public_point(&mut self, key: &PrivateKey) -> Result<Point, Failure> {
        sello_crypto::public_point(key)
    }

    #[inline(never)]
    fn sign(&mut self, key: &PrivateKey, digest: &[u8]) -> Result<RawSignature, Failure> {
        sello_crypto::sign(key, digest)
    }

    #[inline(never)]
    fn agree(&mut self, key: &PrivateKey, point: &Point) -> Result<SharedSecret, Failure> {
        sello_crypto::agree(key, point)
    }

    #[inline(never)]
    fn read(&self, record: Record, buffer: &mut [u8]) -> Result<Option<usize>, Failure> {
        let Some(bytes) = self.store.record(record) else {
            return Ok(None);
        };
        let room = buffer.get_mut(..bytes.len()).ok_or(Failure::Memory)?;
        room.copy_from_slice(bytes);
        Ok(Some(bytes.len()))
    }

    #[inline(never)]
    fn holds(&self, record: Record) -> Result<bool, Failure> {
        Ok(self.store.record(record).is_some())
    }

    #[inline(never)]
    fn commit(&mut self, changes: &[Change<'_>]) -> Result<(), Failure> {
        self.store.commit(changes)
    }
}
