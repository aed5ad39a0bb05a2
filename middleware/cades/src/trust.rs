//! The trust store: the certificates one starts from, and revocation lists.

use alloc::string::String;
use alloc::vec::Vec;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::certificate::{Certificate, MAX_CERTIFICATE};
use crate::crl::{MAX_CRL, RevocationList};
use crate::error::Asn1Error;
use crate::evidence::Evidence;
use crate::ocsp::{MAX_RESPONSE, OcspResponse};

/// Most files read in one folder.
const MAX_FILES: usize = 1024;
/// Longest PEM file read, in bytes.
const MAX_PEM: usize = 2 * 1024 * 1024;
/// What ends a certificate in PEM (RFC 7468, 5.1).
const PEM_END: &str = "-----END CERTIFICATE-----";
const PEM_BEGIN: &str = "-----BEGIN CERTIFICATE-----";

/// Why a trust folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// A folder or file cannot be read.
    #[error("cannot read {}: {cause}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        cause: io::Error,
    },
    /// A file is longer than is read.
    #[error("{} is longer than {limit} bytes", path.display())]
    TooLong {
        /// Which.
        path: PathBuf,
        /// The limit, in bytes.
        limit: usize,
    },
    /// A folder has more files than are read.
    #[error("{} holds more than {limit} files", path.display())]
    TooMany {
        /// Which.
        path: PathBuf,
        /// The limit.
        limit: usize,
    },
    /// A file under `anchors` or `devices` is no certificate in PEM.
    #[error("{} is not a certificate in PEM form", path.display())]
    NotPem {
        /// Which.
        path: PathBuf,
    },
    /// A certificate under `anchors` or `devices` cannot be read.
    #[error("the certificate in {} cannot be read: {cause}", path.display())]
    Certificate {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        cause: Asn1Error,
    },
    /// An answer under `ocsp` cannot be read.
    #[error("the OCSP response {} cannot be read: {cause}", path.display())]
    OcspResponse {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        cause: Asn1Error,
    },
    /// A list under `crls` cannot be read.
    #[error("the revocation list {} cannot be read: {cause}", path.display())]
    RevocationList {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        cause: Asn1Error,
    },
}

/// Trust anchors and revocation lists. Certificates that come with a document
/// never enter it.
#[derive(Debug, Clone, Default)]
pub struct TrustStore {
    anchors: Vec<Certificate>,
    evidence: Evidence,
}

impl TrustStore {
    /// A store of these anchors and lists.
    #[must_use]
    pub const fn new(anchors: Vec<Certificate>, lists: Vec<RevocationList>) -> Self {
        let evidence = Evidence::new(Vec::new(), lists, Vec::new());
        Self { anchors, evidence }
    }

    /// A store of these anchors and everything else that is known.
    #[must_use]
    pub const fn with_evidence(anchors: Vec<Certificate>, evidence: Evidence) -> Self {
        Self { anchors, evidence }
    }

    /// Reads a trust folder, which serves as the bundle for verifying offline:
    /// `anchors/*.pem` (CA certificates in PEM, one or more a file),
    /// `certs/*.pem` (further certificates, which are not trusted for being
    /// there), `crls/*.crl` (DER) and `ocsp/*.ors` (OCSP responses, DER). Each
    /// folder may be absent; other files are passed over.
    ///
    /// # Errors
    /// [`TrustError`] with the path: a folder that cannot be read whole is not
    /// used in part.
    pub fn load_dir(path: &Path) -> Result<Self, TrustError> {
        // Told apart from a folder that is merely empty.
        fs::read_dir(path).map_err(|cause| read_error(path, cause))?;
        let mut store = Self::default();
        for file in files(&path.join("anchors"), "pem")? {
            store.anchors.extend(read_anchors(&file)?);
        }
        let mut lists = Vec::new();
        for file in files(&path.join("crls"), "crl")? {
            let bytes = read_limited(&file, MAX_CRL)?;
            let list = RevocationList::from_der(&bytes);
            lists.push(list.map_err(|cause| TrustError::RevocationList { path: file, cause })?);
        }
        let mut certificates = Vec::new();
        for file in files(&path.join("certs"), "pem")? {
            certificates.extend(read_anchors(&file)?);
        }
        let mut responses = Vec::new();
        for file in files(&path.join("ocsp"), "ors")? {
            let bytes = read_limited(&file, MAX_RESPONSE)?;
            let response = OcspResponse::from_der(&bytes);
            let response =
                response.map_err(|cause| TrustError::OcspResponse { path: file, cause })?;
            responses.push(response);
        }
        store.evidence = Evidence::new(certificates, lists, responses);
        Ok(store)
    }

    /// Reads the roots that cards' attestation certificates begin from,
    /// `devices/*.pem` of a trust folder. They are a store of their own: what
    /// makes cards is not trusted to make seals.
    ///
    /// # Errors
    /// As [`load_dir`](Self::load_dir).
    pub fn load_devices(path: &Path) -> Result<Self, TrustError> {
        fs::read_dir(path).map_err(|cause| read_error(path, cause))?;
        let mut store = Self::default();
        for file in files(&path.join("devices"), "pem")? {
            store.anchors.extend(read_anchors(&file)?);
        }
        Ok(store)
    }

    /// The anchors.
    #[must_use]
    pub fn anchors(&self) -> &[Certificate] {
        &self.anchors
    }

    /// The revocation lists.
    #[must_use]
    pub fn revocation_lists(&self) -> &[RevocationList] {
        self.evidence.lists()
    }

    /// Everything that is known beside the anchors.
    #[must_use]
    pub const fn evidence(&self) -> &Evidence {
        &self.evidence
    }
}

fn read_anchors(path: &Path) -> Result<Vec<Certificate>, TrustError> {
    let not_pem = || TrustError::NotPem {
        path: path.to_path_buf(),
    };
    let text = String::from_utf8(read_limited(path, MAX_PEM)?).map_err(|_| not_pem())?;
    let mut anchors = Vec::new();
    let mut rest = text.as_str();
    // RFC 7468 lets text stand before the first line.
    while let Some((_, begun)) = rest.split_once(PEM_BEGIN) {
        let (body, after) = begun.split_once(PEM_END).ok_or_else(not_pem)?;
        rest = after;
        let pem = [PEM_BEGIN, body, PEM_END].concat();
        let (_, der) = pem_rfc7468::decode_vec(pem.as_bytes()).map_err(|_| not_pem())?;
        if der.len() > MAX_CERTIFICATE {
            return Err(not_pem());
        }
        let anchor = Certificate::from_der(&der).map_err(|cause| TrustError::Certificate {
            path: path.to_path_buf(),
            cause,
        })?;
        anchors.push(anchor);
    }
    if anchors.is_empty() {
        return Err(not_pem());
    }
    Ok(anchors)
}

/// The files of a folder with this extension, by name; none if there is no
/// such folder.
fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, TrustError> {
    let entries = match fs::read_dir(folder) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(|cause| read_error(folder, cause))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(|cause| read_error(folder, cause))?.path();
        if path.extension().is_some_and(|actual| actual == extension) {
            found.push(path);
        }
        if found.len() > MAX_FILES {
            return Err(TrustError::TooMany {
                path: folder.to_path_buf(),
                limit: MAX_FILES,
            });
        }
    }
    found.sort();
    Ok(found)
}

fn read_limited(path: &Path, limit: usize) -> Result<Vec<u8>, TrustError> {
    let file = fs::File::open(path).map_err(|cause| read_error(path, cause))?;
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    file.take(most)
        .read_to_end(&mut bytes)
        .map_err(|cause| read_error(path, cause))?;
    if bytes.len() > limit {
        let path = path.to_path_buf();
        return Err(TrustError::TooLong { path, limit });
    }
    Ok(bytes)
}

fn read_error(path: &Path, cause: io::Error) -> TrustError {
    let path = path.to_path_buf();
    TrustError::Read { path, cause }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Key, Template};

    fn pem(der: &[u8]) -> String {
        pem_rfc7468::encode_string("CERTIFICATE", pem_rfc7468::LineEnding::LF, der).unwrap()
    }

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("anchors")).unwrap();
        fs::create_dir(folder.path().join("crls")).unwrap();
        folder
    }

    fn root(seed: u8) -> Vec<u8> {
        Template::authority("Root", "Root").der(&Key::new(seed), &Key::new(seed))
    }

    #[test]
    fn a_folder_gives_its_anchors_and_nothing_else() {
        let folder = folder();
        let anchors = folder.path().join("anchors");
        let two = format!("Two roots\n{}{}", pem(&root(1)), pem(&root(2)));
        fs::write(anchors.join("a.pem"), two).unwrap();
        fs::write(anchors.join("b.pem"), pem(&root(3))).unwrap();
        fs::write(anchors.join("notes.txt"), "passed over").unwrap();
        let store = TrustStore::load_dir(folder.path()).unwrap();
        let found: Vec<_> = store.anchors().iter().map(Certificate::as_der).collect();
        assert_eq!(found, [root(1), root(2), root(3)]);
        assert!(store.revocation_lists().is_empty());
    }

    #[test]
    fn roots_of_devices_are_no_anchors_and_anchors_are_no_roots_of_devices() {
        let folder = folder();
        fs::create_dir(folder.path().join("devices")).unwrap();
        fs::write(folder.path().join("devices/cards.pem"), pem(&root(1))).unwrap();
        fs::write(folder.path().join("anchors/a.pem"), pem(&root(2))).unwrap();
        let der = |store: &TrustStore| store.anchors().first().map(|a| a.as_der().to_vec());
        let devices = TrustStore::load_devices(folder.path()).unwrap();
        assert_eq!((devices.anchors().len(), der(&devices)), (1, Some(root(1))));
        let anchors = TrustStore::load_dir(folder.path()).unwrap();
        assert_eq!((anchors.anchors().len(), der(&anchors)), (1, Some(root(2))));
        assert!(TrustStore::load_devices(&folder.path().join("none")).is_err());
    }

    #[test]
    fn an_empty_folder_trusts_nobody_and_none_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let store = TrustStore::load_dir(folder.path()).unwrap();
        assert!(store.anchors().is_empty());
        let missing = TrustStore::load_dir(&folder.path().join("missing"));
        assert!(matches!(missing, Err(TrustError::Read { .. })));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let folder = folder();
        let anchor = folder.path().join("anchors/a.pem");
        fs::write(&anchor, "no certificate").unwrap();
        let error = TrustStore::load_dir(folder.path()).unwrap_err();
        assert!(matches!(error, TrustError::NotPem { path } if path == anchor));
        fs::write(&anchor, pem(&[0x30, 0])).unwrap();
        let error = TrustStore::load_dir(folder.path()).unwrap_err();
        assert!(matches!(error, TrustError::Certificate { path, .. } if path == anchor));
        fs::write(&anchor, pem(&root(1))).unwrap();
        let list = folder.path().join("crls/a.crl");
        fs::write(&list, [0x30, 0]).unwrap();
        let error = TrustStore::load_dir(folder.path()).unwrap_err();
        assert!(matches!(error, TrustError::RevocationList { path, .. } if path == list));
    }
}
