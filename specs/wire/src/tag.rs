//! BER-TLV tags used inside command and response data.

/// A BER-TLV tag of one to three bytes, right-aligned (ISO/IEC 7816-4, 6.3), such as `0x7F49`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(pub u32);

impl Tag {
    /// Data object content (SP 800-73-5 part 2, 3.1.2).
    pub const DATA: Self = Self(0x53);
    /// Tag list of GET DATA and PUT DATA.
    pub const TAG_LIST: Self = Self(0x5C);
    /// Application property template (SP 800-73-5 part 2, 3.1.1).
    pub const APPLICATION_PROPERTY: Self = Self(0x61);
    /// Application identifier.
    pub const AID: Self = Self(0x4F);
    /// Coexistent tag allocation authority.
    pub const TAG_ALLOCATION_AUTHORITY: Self = Self(0x79);
    /// Application label.
    pub const LABEL: Self = Self(0x50);
    /// Cryptographic algorithms supported; also the control template of GENERATE.
    pub const ALGORITHMS: Self = Self(0xAC);
    /// Control reference template of GENERATE ASYMMETRIC KEY PAIR.
    pub const CONTROL_REFERENCE: Self = Self(0xAC);
    /// Cryptographic mechanism identifier.
    pub const MECHANISM: Self = Self(0x80);
    /// PIN policy (common extension).
    pub const PIN_POLICY: Self = Self(0xAA);
    /// Touch policy (common extension); accepted and ignored, there is nothing to touch.
    pub const TOUCH_POLICY: Self = Self(0xAB);
    /// Dynamic authentication template (SP 800-73-5 part 2, 3.2.4).
    pub const DYNAMIC_AUTHENTICATION: Self = Self(0x7C);
    /// Witness.
    pub const WITNESS: Self = Self(0x80);
    /// Challenge.
    pub const CHALLENGE: Self = Self(0x81);
    /// Response.
    pub const RESPONSE: Self = Self(0x82);
    /// Exponentiation (ECDH).
    pub const EXPONENTIATION: Self = Self(0x85);
    /// Public key template (SP 800-73-5 part 2, 3.3.2).
    pub const PUBLIC_KEY: Self = Self(0x7F49);
    /// Elliptic curve point, uncompressed.
    pub const POINT: Self = Self(0x86);
    /// X.509 certificate in a certificate object (SP 800-73-5 part 1, appendix A).
    pub const CERTIFICATE: Self = Self(0x70);
    /// CertInfo: 00 uncompressed, 01 gzip.
    pub const CERT_INFO: Self = Self(0x71);
    /// Error detection code, always empty.
    pub const ERROR_DETECTION: Self = Self(0xFE);
    /// Discovery object.
    pub const DISCOVERY: Self = Self(0x7E);
    /// PIN usage policy within the discovery object.
    pub const PIN_USAGE_POLICY: Self = Self(0x5F2F);

    /// Status template of GET STATUS (`specs/card.md`).
    pub const STATUS: Self = Self(0xE0);
    /// One seal within the directory object (`specs/card.md`).
    pub const SEAL_ENTRY: Self = Self(0xE1);
    /// Answer of READ JOURNAL (`specs/card.md`).
    pub const JOURNAL: Self = Self(0xE2);
    /// Answer of ATTEST JOURNAL (`specs/card.md`).
    pub const JOURNAL_HEAD: Self = Self(0xE4);
    /// Policy template of SET and GET KEY POLICY (`specs/card.md`).
    pub const KEY_POLICY: Self = Self(0xE5);
    /// Private scalar of an imported key (common extension).
    pub const SCALAR: Self = Self(0x06);
}

/// Tags inside the `E0` template of GET STATUS.
pub mod status {
    use super::Tag;

    /// Life cycle, 1 byte.
    pub const LIFE_CYCLE: Tag = Tag(0x80);
    /// Flags, 1 byte.
    pub const FLAGS: Tag = Tag(0x81);
    /// PIN tries left and total, 2 bytes.
    pub const PIN_TRIES: Tag = Tag(0x82);
    /// PUK tries left and total, 2 bytes.
    pub const PUK_TRIES: Tag = Tag(0x83);
    /// Card serial number, 4 bytes.
    pub const SERIAL: Tag = Tag(0x84);
    /// Write counter, 4 bytes.
    pub const WRITE_COUNTER: Tag = Tag(0x85);
    /// Version of Sello's card edge, major and minor, 2 bytes.
    pub const VERSION: Tag = Tag(0x86);
    /// Approver PIN tries left and total, 2 bytes; `00 00` when none is set.
    pub const APPROVER_TRIES: Tag = Tag(0x87);
    /// Number of journal entries ever made, 4 bytes.
    pub const JOURNAL_COUNTER: Tag = Tag(0x88);
    /// Version number of the secure channel's keys, 1 byte.
    pub const KEY_VERSION: Tag = Tag(0x89);
}

/// Tags inside the `E5` template of SET and GET KEY POLICY.
pub mod policy {
    use super::Tag;

    /// PIN policy, 1 byte.
    pub const PIN: Tag = Tag(0x80);
    /// Whether each stamping needs an approval, 1 byte.
    pub const DUAL_CONTROL: Tag = Tag(0x81);
    /// Approvals left, 2 bytes.
    pub const APPROVALS: Tag = Tag(0x82);
}

/// Tags inside the `E2` and `E4` templates of READ JOURNAL and ATTEST JOURNAL.
pub mod journal {
    use super::Tag;

    /// Counter of the oldest entry kept, 4 bytes (`E2`).
    pub const FIRST: Tag = Tag(0x80);
    /// Counter of the newest entry, 4 bytes (`E2`).
    pub const LAST: Tag = Tag(0x81);
    /// An entry and the chain value after it (`E2`).
    pub const ENTRY: Tag = Tag(0x82);
    /// Card serial number, 4 bytes (`E4`).
    pub const SERIAL: Tag = Tag(0x80);
    /// Counter of the newest entry, 4 bytes (`E4`).
    pub const COUNTER: Tag = Tag(0x81);
    /// Chain value of the newest entry, 32 bytes (`E4`).
    pub const CHAIN: Tag = Tag(0x82);
    /// ECDSA-Sig-Value by the attestation key (`E4`).
    pub const SIGNATURE: Tag = Tag(0x83);
}

/// Tags inside the `7C` template of a signature within a batch (`specs/card.md`).
pub mod batch {
    use super::Tag;

    /// Index of the leaf from 0, 2 bytes.
    pub const INDEX: Tag = Tag(0x83);
    /// Inclusion path, 32 bytes a node.
    pub const PATH: Tag = Tag(0x84);
}

/// Tags inside the `E1` entries of the directory object.
pub mod directory {
    use super::Tag;

    /// Key slot, 1 byte.
    pub const SLOT: Tag = Tag(0x80);
    /// Length of the seal structure, 4 bytes.
    pub const LENGTH: Tag = Tag(0x81);
    /// SHA-256 of the seal structure, 32 bytes.
    pub const DIGEST: Tag = Tag(0x82);
    /// Number of seal structure chunks, 1 byte.
    pub const CHUNKS: Tag = Tag(0x83);
    /// Number of chain certificates, 1 byte.
    pub const CHAIN: Tag = Tag(0x84);
}

/// Tags inside a seal chunk object.
pub mod chunk {
    use super::Tag;

    /// Length of the whole seal structure, 4 bytes.
    pub const TOTAL: Tag = Tag(0x80);
    /// The bytes of this chunk.
    pub const BYTES: Tag = Tag(0x81);
}

/// Tags inside the answer of GET METADATA (common extension).
pub mod metadata {
    use super::Tag;

    /// Algorithm identifier, 1 byte.
    pub const ALGORITHM: Tag = Tag(0x01);
    /// PIN policy and touch policy, 2 bytes.
    pub const POLICY: Tag = Tag(0x02);
    /// Origin, 1 byte.
    pub const ORIGIN: Tag = Tag(0x03);
    /// Public key, `86 point`.
    pub const PUBLIC_KEY: Tag = Tag(0x04);
    /// Whether the value is still the factory's, 1 byte.
    pub const IS_DEFAULT: Tag = Tag(0x05);
    /// Total tries and tries left, 2 bytes.
    pub const RETRIES: Tag = Tag(0x06);
}
