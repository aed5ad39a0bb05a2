//! What verifiers need: the CA's certificate and the newest revocation list, in a folder.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::center::certificate;
use crate::home::write_public;
use crate::init::pem;
use crate::{Center, Error};

/// The files written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The CA's certificate, PEM.
    pub anchor: PathBuf,
    /// The revocation list, DER.
    pub revocation_list: PathBuf,
    /// Its number.
    pub number: i64,
}

impl Center {
    /// Writes `anchors/sello-….pem` and `crls/sello-….crl` into a folder, each beside and then
    /// renamed. The name is made of the CA certificate's hash, so that several centers can share
    /// a folder and one center always replaces its own files.
    ///
    /// # Errors
    /// [`Error::File`], [`Error::Database`] or [`Error::Stored`].
    pub fn export_trust(&mut self, folder: &Path) -> Result<Exported, Error> {
        let mut transaction = self.ledger.begin()?;
        let ca = certificate(transaction.as_mut(), "ca-certificate")?;
        let list = transaction.newest_revocation_list()?.ok_or(Error::Stored {
            what: "revocation list",
        })?;
        drop(transaction);
        let hash = hex::encode(Sha256::digest(&ca));
        let name = format!("sello-{}", hash.get(..16).unwrap_or(&hash));
        let anchors = folder.join("anchors");
        let lists = folder.join("crls");
        for part in [&anchors, &lists] {
            fs::create_dir_all(part).map_err(Error::file(part))?;
        }
        let exported = Exported {
            anchor: anchors.join(format!("{name}.pem")),
            revocation_list: lists.join(format!("{name}.crl")),
            number: list.number,
        };
        write_public(&exported.revocation_list, &list.der)?;
        write_public(&exported.anchor, pem("CERTIFICATE", &ca)?.as_bytes())?;
        Ok(exported)
    }
}
