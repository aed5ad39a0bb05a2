//! Keys at rest.
//!
//! A random *center key* encrypts the CA key, the seal-making key, the card master key and the
//! codes that wait for their letter. The center key itself is stored once for each officer,
//! encrypted under a key that argon2id makes of the officer's passphrase. Encryption is
//! XChaCha20-Poly1305 with a random nonce; what the bytes are is bound in as associated data, so
//! that no ciphertext can take another's place.

mod card_master;
mod center_key;
mod passphrase;

pub use card_master::CardMaster;
pub use center_key::{CenterKey, Sealed};
pub use passphrase::{Cost, Passphrase, Wrapped};
