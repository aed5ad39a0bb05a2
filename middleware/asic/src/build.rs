//! Making a signature on files, in stages: prepared, then a digest goes out to
//! the key, then a signature value comes back.

use std::io::{self, Read, Seek, Write};

use sello_cades::build::{
    ArchiveDraft, SealedDocument, SignedAttributes, add_signature_timestamp, signed_data,
};
pub use sello_cades::build::{ValidationData, add_validation_data};
use sello_cades::error::BuildError;
use sello_cades::{CmsError, DigestAlgorithm, sha256_octets};
use time::OffsetDateTime;

use crate::manifest;
use crate::zip::Writer;

/// Name of the signature in a container.
const SIGNATURE: &str = "META-INF/signature001.p7s";
/// Name of its manifest.
const MANIFEST: &str = "META-INF/ASiCManifest001.xml";
/// Name of the manifest that the archive timestamp is over (EN 319 162-1, A.7).
const ARCHIVE_MANIFEST: &str = "META-INF/ASiCArchiveManifest.xml";
/// Name of the archive timestamp.
const TIMESTAMP: &str = "META-INF/timestamp001.tst";
/// What a signature is (RFC 8551, 3.2).
const SIGNATURE_KIND: &str = "application/pkcs7-signature";
/// What a timestamp token is (EN 319 162-1, A.7).
const TIMESTAMP_KIND: &str = "application/vnd.etsi.timestamp-token";
/// Content of the `mimetype` file.
const ASIC_E: &[u8] = b"application/vnd.etsi.asic-e+zip";

/// Why a signature on files could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AsicError {
    /// The operating system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The signature could not be put together.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The finished signature could not be read again.
    #[error(transparent)]
    Signature(#[from] CmsError),
    /// A file cannot bear this name in a container.
    #[error("a container cannot hold a file named {0}")]
    Name(String),
    /// Two files would bear one name.
    #[error("two files are named {0}")]
    Duplicate(String),
    /// There is no file.
    #[error("there is no file to seal")]
    Empty,
}

/// Who signs, and with which seal.
#[derive(Debug, Clone, Copy)]
pub struct Signing<'a> {
    /// The signer's certificate, DER; its key signs SHA-256 digests with ECDSA.
    pub certificate: &'a [u8],
    /// The issuers' certificates, DER.
    pub issuers: &'a [Vec<u8>],
    /// The seal structure (DER `SESeal`), a signed attribute.
    pub seal: Option<&'a [u8]>,
    /// The time to claim.
    pub time: OffsetDateTime,
}

/// A signature that waits for its value.
#[derive(Debug, Clone)]
pub struct Prepared {
    message_digest: [u8; 32],
    attributes: SignedAttributes,
    certificate: Vec<u8>,
    issuers: Vec<Vec<u8>>,
}

impl Prepared {
    /// Prepares a detached signature on the content that is read, hashed block
    /// by block.
    ///
    /// # Errors
    /// [`AsicError`].
    pub fn detached(content: &mut dyn Read, signing: Signing<'_>) -> Result<Self, AsicError> {
        let mut hasher = DigestAlgorithm::Sha256.hasher();
        let mut length = 0_u64;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let count = match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            hasher.update(buffer.get(..count).unwrap_or_default());
            length = length.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        }
        Self::over(&hasher.finish(), length, signing)
    }

    fn over(digest: &[u8], length: u64, signing: Signing<'_>) -> Result<Self, AsicError> {
        let message_digest = sha256_octets(digest);
        let document = SealedDocument {
            document_id: None,
            length,
        };
        let document = signing.seal.map(|_| &document);
        let attributes = SignedAttributes::of_file(
            message_digest,
            signing.certificate,
            signing.seal,
            document,
            signing.time,
        )?;
        Ok(Self {
            message_digest,
            attributes,
            certificate: signing.certificate.to_vec(),
            issuers: signing.issuers.to_vec(),
        })
    }

    /// What the key has to sign: SHA-256 of the signed attributes.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.attributes.digest()
    }

    /// The signature in DER; `signature_der` is the key's `ECDSA-Sig-Value`.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn finish(&self, signature_der: &[u8]) -> Result<Vec<u8>, BuildError> {
        signed_data(
            &self.attributes,
            signature_der,
            &self.certificate,
            &self.issuers,
        )
    }

    /// An archive timestamp over a finished signature with all that was added
    /// to it (B-LTA of CAdES), which waits for its token.
    ///
    /// # Errors
    /// [`AsicError::Signature`].
    pub fn archive(&self, signature: &[u8]) -> Result<ArchiveDraft, AsicError> {
        Ok(ArchiveDraft::new(signature, &self.message_digest)?)
    }
}

/// Adds a signature timestamp (B-T).
///
/// # Errors
/// [`BuildError`].
pub fn timestamped(signature: &[u8], token: &[u8]) -> Result<Vec<u8>, BuildError> {
    add_signature_timestamp(signature, token)
}

/// A container whose files are written and whose signature is still due.
#[derive(Debug)]
pub struct PreparedContainer<W> {
    writer: Writer<W>,
    prepared: Prepared,
    /// Everything in it so far but `mimetype`, with its SHA-256 digest.
    listed: Vec<(String, Vec<u8>)>,
}

impl<W: Write + Seek> PreparedContainer<W> {
    /// Begins an ASiC-E container in `target` with these files: `mimetype`
    /// first and stored, then the files, then the manifest over them.
    ///
    /// # Errors
    /// [`AsicError`].
    pub fn new<R: Read>(
        target: W,
        files: impl IntoIterator<Item = (String, R)>,
        signing: Signing<'_>,
    ) -> Result<Self, AsicError> {
        let mut writer = Writer::new(target);
        writer.add("mimetype", ASIC_E, |_| ())?;
        let mut listed: Vec<(String, Vec<u8>)> = Vec::new();
        for (name, content) in files {
            check_name(&name)?;
            let same = |(other, _): &(String, Vec<u8>)| other.to_lowercase() == name.to_lowercase();
            if listed.iter().any(same) {
                return Err(AsicError::Duplicate(name));
            }
            let mut hasher = DigestAlgorithm::Sha256.hasher();
            writer.add(&name, content, |part| hasher.update(part))?;
            listed.push((name, hasher.finish()));
        }
        if listed.is_empty() {
            return Err(AsicError::Empty);
        }
        let manifest = manifest::write(SIGNATURE, SIGNATURE_KIND, &listed);
        writer.add(MANIFEST, manifest.as_slice(), |_| ())?;
        let digest = DigestAlgorithm::Sha256.digest(&manifest);
        let length = u64::try_from(manifest.len()).unwrap_or(u64::MAX);
        let prepared = Prepared::over(&digest, length, signing)?;
        listed.push((MANIFEST.to_owned(), digest));
        Ok(Self {
            writer,
            prepared,
            listed,
        })
    }

    /// What the key has to sign.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.prepared.digest()
    }

    /// The signature, to be finished and perhaps timestamped.
    #[must_use]
    pub const fn prepared(&self) -> &Prepared {
        &self.prepared
    }

    /// Writes the finished signature and ends the container.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn finish(mut self, signature: &[u8]) -> io::Result<W> {
        self.writer.add(SIGNATURE, signature, |_| ())?;
        self.writer.finish()
    }

    /// Writes the finished signature and the manifest for an archive timestamp
    /// over everything in the container (B-LTA; EN 319 162-1, A.7).
    ///
    /// # Errors
    /// What the operating system says.
    pub fn archive(mut self, signature: &[u8]) -> io::Result<ArchivedContainer<W>> {
        self.writer.add(SIGNATURE, signature, |_| ())?;
        let digest = DigestAlgorithm::Sha256.digest(signature);
        self.listed.push((SIGNATURE.to_owned(), digest));
        let manifest = manifest::write(TIMESTAMP, TIMESTAMP_KIND, &self.listed);
        let writer = &mut self.writer;
        writer.add(ARCHIVE_MANIFEST, manifest.as_slice(), |_| ())?;
        let digest = sha256_octets(&DigestAlgorithm::Sha256.digest(&manifest));
        Ok(ArchivedContainer {
            writer: self.writer,
            digest,
        })
    }
}

/// A container whose archive timestamp is still due.
#[derive(Debug)]
pub struct ArchivedContainer<W> {
    writer: Writer<W>,
    digest: [u8; 32],
}

impl<W: Write + Seek> ArchivedContainer<W> {
    /// What the token has to be over: SHA-256 of the archive manifest.
    #[must_use]
    pub const fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Writes the token and ends the container.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn finish(mut self, token: &[u8]) -> io::Result<W> {
        self.writer.add(TIMESTAMP, token, |_| ())?;
        self.writer.finish()
    }
}

/// A plain name without folders that hides nothing.
fn check_name(name: &str) -> Result<(), AsicError> {
    let odd = |letter: char| letter.is_control() || letter == '\\' || letter == '/';
    let reserved = ["mimetype", "meta-inf", "", ".", ".."].contains(&name.to_lowercase().as_str());
    if reserved || name.contains(odd) || name.get(1..2) == Some(":") || name.len() > 1024 {
        Err(AsicError::Name(name.to_owned()))
    } else {
        Ok(())
    }
}
