//! The two primitives the protocol is made of.

/// AES-CMAC and AES-CBC. The length of a key chooses AES-128, -192 or -256.
///
/// They take `&mut self` since a chip's coprocessor is a thing with a state.
pub trait Primitives {
    /// Why an operation failed.
    type Error;

    /// AES-CMAC (NIST SP 800-38B) over `parts`, one after the other.
    ///
    /// # Errors
    /// When `key` has not 16, 24 or 32 bytes, or the chip fails.
    fn cmac(&mut self, key: &[u8], parts: &[&[u8]]) -> Result<[u8; 16], Self::Error>;

    /// AES-CBC encryption (NIST SP 800-38A, 6.2) in place, without padding.
    ///
    /// # Errors
    /// When `key` has not 16, 24 or 32 bytes, `data` is no whole number of 16-byte blocks, or the
    /// chip fails.
    fn encrypt_cbc(
        &mut self,
        key: &[u8],
        iv: &[u8; 16],
        data: &mut [u8],
    ) -> Result<(), Self::Error>;

    /// AES-CBC decryption (NIST SP 800-38A, 6.2) in place, without padding.
    ///
    /// # Errors
    /// As [`Primitives::encrypt_cbc`].
    fn decrypt_cbc(
        &mut self,
        key: &[u8],
        iv: &[u8; 16],
        data: &mut [u8],
    ) -> Result<(), Self::Error>;
}
