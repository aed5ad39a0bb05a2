//! What verifiers need: the CA's certificate, the device root's and the newest revocation list, in a folder.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::center::certificate;
use crate::home::write_public;
use crate::init::pem;
use crate::{Center, Error, device};

/// The files written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The CA's certificate, PEM.
    pub anchor: PathBuf,
    /// The device root's certificate, PEM; none in a center that has made no attested card yet.
    pub device_root: Option<PathBuf>,
    /// The revocation list, DER.
    pub revocation_list: PathBuf,
    /// Its number.
    pub number: i64,
}

impl Center {
    /// Writes `anchors/sello-….pem`, `devices/sello-….pem` and `crls/sello-….crl` into a folder, each beside and then
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
        let device = device::stored(transaction.as_mut())?;
        drop(transaction);
        let hash = hex::encode(Sha256::digest(&ca));
        let name = format!("sello-{}", hash.get(..16).unwrap_or(&hash));
        let anchors = folder.join("anchors");
        let lists = folder.join("crls");
        let devices = folder.join("devices");
        for part in [&anchors, &lists, &devices] {
            fs::create_dir_all(part).map_err(Error::file(part))?;
        }
        let exported = Exported {
            anchor: anchors.join(format!("{name}.pem")),
            revocation_list: lists.join(format!("{name}.crl")),
            device_root: device.as_ref().map(|_| devices.join(format!("{name}.pem"))),
            number: list.number,
        };
        if let (Some(path), Some(der)) = (&exported.device_root, &device) {
            write_public(path, pem("CERTIFICATE", der)?.as_bytes())?;
        }
        write_public(&exported.revocation_list, &list.der)?;
        write_public(&exported.anchor, pem("CERTIFICATE", &ca)?.as_bytes())?;
        Ok(exported)
    }
}
