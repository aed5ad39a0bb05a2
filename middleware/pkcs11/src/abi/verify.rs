//! Verification, key agreement and key pairs (PKCS#11 3.2, 5.15 and 5.18).

use cryptoki_sys::{
    CK_ATTRIBUTE, CK_BYTE, CK_MECHANISM, CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CK_ULONG, CKF_VERIFY,
    CKM_ECDH1_DERIVE,
};

use super::entry::entries;
use super::pointer::{Bytes, Mechanism, Output, Template};
use crate::error::Error;

entries! {
    /// Begins a verification; without a mechanism, ends the active one.
    fn C_VerifyInit(session: CK_SESSION_HANDLE, mechanism: *mut CK_MECHANISM, key: CK_OBJECT_HANDLE)
    [mechanism: Mechanism::new(mechanism)]
    |module| {
        if mechanism.is_absent() {
            return module.cancel_one(session, CKF_VERIFY);
        }
        module.verify_begin(session, mechanism.bare()?, key, None)
    }

    /// Verifies a signature over data that comes in one part.
    fn C_Verify(
        session: CK_SESSION_HANDLE,
        data: *mut CK_BYTE,
        data_length: CK_ULONG,
        signature: *mut CK_BYTE,
        signature_length: CK_ULONG,
    )
    [data: Bytes::new(data, data_length), signature: Bytes::new(signature, signature_length)]
    |module| module.verify_finish(session, Some(data.get()?), Some(signature.required()?))

    /// Takes a part of the data to verify.
    fn C_VerifyUpdate(session: CK_SESSION_HANDLE, part: *mut CK_BYTE, length: CK_ULONG)
    [part: Bytes::new(part, length)]
    |module| module.verify_update(session, part.get()?, false)

    /// Verifies a signature over data that came in parts.
    fn C_VerifyFinal(session: CK_SESSION_HANDLE, signature: *mut CK_BYTE, length: CK_ULONG)
    [signature: Bytes::new(signature, length)]
    |module| module.verify_finish(session, None, Some(signature.required()?))

    /// Begins a verification with the signature; without a mechanism, ends the active one.
    fn C_VerifySignatureInit(
        session: CK_SESSION_HANDLE,
        mechanism: *mut CK_MECHANISM,
        key: CK_OBJECT_HANDLE,
        signature: *mut CK_BYTE,
        signature_length: CK_ULONG,
    )
    [
        mechanism: Mechanism::new(mechanism),
        signature: Bytes::new(signature, signature_length),
    ]
    |module| {
        if mechanism.is_absent() {
            return module.cancel_one(session, CKF_VERIFY);
        }
        module.verify_begin(session, mechanism.bare()?, key, Some(signature.required()?))
    }

    /// Verifies the signature given before over data that comes in one part.
    fn C_VerifySignature(session: CK_SESSION_HANDLE, data: *mut CK_BYTE, data_length: CK_ULONG)
    [data: Bytes::new(data, data_length)]
    |module| module.verify_finish(session, Some(data.get()?), None)

    /// Takes a part of the data to verify.
    fn C_VerifySignatureUpdate(session: CK_SESSION_HANDLE, part: *mut CK_BYTE, length: CK_ULONG)
    [part: Bytes::new(part, length)]
    |module| module.verify_update(session, part.get()?, true)

    /// Verifies the signature given before over data that came in parts.
    fn C_VerifySignatureFinal(session: CK_SESSION_HANDLE) []
    |module| module.verify_finish(session, None, None)

    /// Agrees on a secret with another key's owner.
    fn C_DeriveKey(
        session: CK_SESSION_HANDLE,
        mechanism: *mut CK_MECHANISM,
        base_key: CK_OBJECT_HANDLE,
        template: *mut CK_ATTRIBUTE,
        count: CK_ULONG,
        key: *mut CK_OBJECT_HANDLE,
    )
    [
        mechanism: Mechanism::new(mechanism),
        template: Template::new(template, count),
        key: Output::new(key),
    ]
    |module| {
        key.check()?;
        let kind = mechanism.kind()?;
        let template = template.entries()?;
        module.check_session(session)?;
        if kind != CKM_ECDH1_DERIVE {
            return Err(Error::MechanismInvalid);
        }
        let agreement = mechanism.agreement()?;
        key.put(module.derive(session, base_key, &agreement.get()?, &template)?)
    }

    /// Makes a key pair, where the card lets this module do so.
    fn C_GenerateKeyPair(
        session: CK_SESSION_HANDLE,
        mechanism: *mut CK_MECHANISM,
        public_template: *mut CK_ATTRIBUTE,
        public_count: CK_ULONG,
        private_template: *mut CK_ATTRIBUTE,
        private_count: CK_ULONG,
        public_key: *mut CK_OBJECT_HANDLE,
        private_key: *mut CK_OBJECT_HANDLE,
    )
    [
        mechanism: Mechanism::new(mechanism),
        public_template: Template::new(public_template, public_count),
        private_template: Template::new(private_template, private_count),
        public_key: Output::new(public_key),
        private_key: Output::new(private_key),
    ]
    |module| {
        public_key.check()?;
        private_key.check()?;
        let (public, private) = (public_template.entries()?, private_template.entries()?);
        let kind = mechanism.kind()?;
        let made = module.generate_pair(session, kind, &public, &private)?;
        public_key.put(made.0)?;
        private_key.put(made.1)
    }
}
