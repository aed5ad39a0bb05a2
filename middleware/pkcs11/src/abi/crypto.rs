//! Signatures, digests and random bytes (PKCS#11 3.2, 5.11, 5.12 and 5.21).

use cryptoki_sys::{
    CK_BYTE, CK_MECHANISM, CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CK_ULONG, CKF_DIGEST, CKF_SIGN,
};

use super::entry::entries;
use super::pointer::{Buffer, Bytes, Mechanism, Room};
use crate::error::Error;

/// Random bytes are made this many at a time.
const RANDOM_CHUNK: usize = 256;

entries! {
    /// Begins a signature; without a mechanism, ends the active one.
    fn C_SignInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE)
    [mechanism: Mechanism::new(mechanism)]
    |module| {
        if mechanism.is_absent() {
            return module.cancel_one(session, CKF_SIGN);
        }
        module.sign_begin(session, mechanism.bare()?, key)
    }

    /// Signs data that comes in one part. The length of the signature is told without the card.
    fn C_Sign(
        session: CK_SESSION_HANDLE,
        data: *mut CK_BYTE,
        data_length: CK_ULONG,
        signature: *mut CK_BYTE,
        signature_length: *mut CK_ULONG,
    )
    [
        data: Bytes::new(data, data_length),
        signature: Buffer::new(signature, signature_length),
    ]
    |module| {
        let length = module.sign_length(session, false)?;
        let data = data.get()?;
        if signature.takes(length)? {
            signature.put(&module.sign_finish(session, data)?)?;
        }
        Ok(())
    }

    /// Takes a part of the data to sign.
    fn C_SignUpdate(session: CK_SESSION_HANDLE, part: *mut CK_BYTE, length: CK_ULONG)
    [part: Bytes::new(part, length)]
    |module| module.sign_update(session, part.get()?)

    /// Signs the data that came in parts.
    fn C_SignFinal(
        session: CK_SESSION_HANDLE,
        signature: *mut CK_BYTE,
        signature_length: *mut CK_ULONG,
    )
    [signature: Buffer::new(signature, signature_length)]
    |module| {
        let length = module.sign_length(session, true)?;
        if signature.takes(length)? {
            signature.put(&module.sign_finish(session, &[])?)?;
        }
        Ok(())
    }

    /// Begins a digest; without a mechanism, ends the active one.
    fn C_DigestInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM)
    [mechanism: Mechanism::new(mechanism)]
    |module| {
        if mechanism.is_absent() {
            return module.cancel_one(session, CKF_DIGEST);
        }
        module.digest_begin(session, mechanism.bare()?)
    }

    /// Takes the value of a key as a part of the data to digest.
    fn C_DigestKey(session: CK_SESSION_HANDLE, key: CK_OBJECT_HANDLE) []
    |module| module.digest_key(session, key)

    /// Digests data that comes in one part.
    fn C_Digest(
        session: CK_SESSION_HANDLE,
        data: *mut CK_BYTE,
        data_length: CK_ULONG,
        digest: *mut CK_BYTE,
        digest_length: *mut CK_ULONG,
    )
    [data: Bytes::new(data, data_length), digest: Buffer::new(digest, digest_length)]
    |module| {
        let length = module.digest_length(session, false)?;
        let data = data.get()?;
        if digest.takes(length)? {
            digest.put(&module.digest_finish(session, data)?)?;
        }
        Ok(())
    }

    /// Takes a part of the data to digest.
    fn C_DigestUpdate(session: CK_SESSION_HANDLE, part: *mut CK_BYTE, length: CK_ULONG)
    [part: Bytes::new(part, length)]
    |module| module.digest_update(session, part.get()?)

    /// Gives the digest of the data that came in parts.
    fn C_DigestFinal(session: CK_SESSION_HANDLE, digest: *mut CK_BYTE, length: *mut CK_ULONG)
    [digest: Buffer::new(digest, length)]
    |module| {
        let length = module.digest_length(session, true)?;
        if digest.takes(length)? {
            digest.put(&module.digest_finish(session, &[])?)?;
        }
        Ok(())
    }

    /// Adds nothing to the random source, which is the operating system's.
    fn C_SeedRandom(session: CK_SESSION_HANDLE, seed: *mut CK_BYTE, length: CK_ULONG)
    [seed: Bytes::new(seed, length)]
    |module| {
        seed.get()?;
        module.check_session(session)?;
        Err(Error::RandomSeedNotSupported)
    }

    /// Gives random bytes.
    fn C_GenerateRandom(session: CK_SESSION_HANDLE, random: *mut CK_BYTE, length: CK_ULONG)
    [random: Room::new(random, length)]
    |module| {
        let length = random.length()?;
        let mut chunk = [0; RANDOM_CHUNK];
        let mut start = 0;
        module.check_session(session)?;
        while start < length {
            let count = RANDOM_CHUNK.min(length - start);
            let bytes = chunk.get_mut(..count).ok_or(Error::GeneralError)?;
            module.random(bytes)?;
            random.put(start, bytes)?;
            start += count;
        }
        Ok(())
    }
}
