//! Certificate revocation lists, version 2 (RFC 5280, 5), made in two steps like certificates.

use der::asn1::Uint;
use der::{DateTime, Decode, Encode};
use x509_cert::Version;
use x509_cert::crl::{CertificateList, RevokedCert, TbsCertList};
use x509_cert::ext::pkix::CrlNumber;
pub use x509_cert::ext::pkix::CrlReason;
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::Time;

use crate::certificate::{Issuer, authority_key_identifier, extension, join};
use crate::{Error, ecdsa};

/// One certificate that is not to be relied on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Serial number, big endian.
    pub serial: Vec<u8>,
    /// Since when.
    pub since: DateTime,
    /// Why; [`CrlReason::CertificateHold`] while it may come back.
    pub reason: CrlReason,
}

/// What a revocation list says.
#[derive(Debug, Clone)]
pub struct RevocationList {
    /// The CA.
    pub issuer: Issuer,
    /// `cRLNumber`, larger than that of every list before.
    pub number: u64,
    /// When it was made.
    pub this_update: DateTime,
    /// When the next one comes at the latest.
    pub next_update: DateTime,
    /// The entries, in any order.
    pub entries: Vec<Entry>,
}

impl RevocationList {
    /// The DER to be signed. Entries are put in the order of their serial numbers, so that equal
    /// contents give equal lists.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn to_be_signed(&self) -> Result<Vec<u8>, Error> {
        if self.next_update < self.this_update {
            return Err(Error::Validity);
        }
        let mut revoked = self
            .entries
            .iter()
            .map(Entry::to_revoked)
            .collect::<Result<Vec<_>, _>>()?;
        revoked.sort_by(|a, b| a.serial_number.cmp(&b.serial_number));
        let number =
            Uint::new(&self.number.to_be_bytes()).map_err(Error::der("revocation list number"))?;
        let list = TbsCertList {
            version: Version::V2,
            signature: ecdsa::algorithm(),
            issuer: self.issuer.name.clone(),
            this_update: Time::from(self.this_update),
            next_update: Some(Time::from(self.next_update)),
            // An empty list must be left out (RFC 5280, 5.1.2.6).
            revoked_certificates: (!revoked.is_empty()).then_some(revoked),
            crl_extensions: Some(vec![
                authority_key_identifier(&self.issuer.point)?,
                extension(&CrlNumber(number), false)?,
            ]),
        };
        list.to_der().map_err(Error::der("revocation list"))
    }
}

impl Entry {
    fn to_revoked(&self) -> Result<RevokedCert, Error> {
        // The reason "unspecified" must be left out (RFC 5280, 5.3.1).
        let extensions = if self.reason == CrlReason::Unspecified {
            None
        } else {
            Some(vec![extension(&self.reason, false)?])
        };
        Ok(RevokedCert {
            serial_number: SerialNumber::new(&self.serial).map_err(Error::der("serial number"))?,
            revocation_date: Time::from(self.since),
            crl_entry_extensions: extensions,
        })
    }
}

/// Joins a `TBSCertList` (DER) and a signature over it (`ECDSA-Sig-Value`) to a revocation list.
///
/// # Errors
/// [`Error::Der`] if the first is no DER, or the result cannot be read back.
pub fn assemble(to_be_signed: &[u8], signature: &[u8]) -> Result<Vec<u8>, Error> {
    let der = join("revocation list", to_be_signed, signature)?;
    <CertificateList>::from_der(&der).map_err(Error::der("revocation list"))?;
    Ok(der)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Key, day, root};
    use x509_cert::ext::pkix::AuthorityKeyIdentifier;

    fn list(entries: Vec<Entry>) -> RevocationList {
        RevocationList {
            issuer: Issuer::from_certificate(&root(&Key::new(1))).unwrap(),
            number: 258,
            this_update: day(2026),
            next_update: day(2027),
            entries,
        }
    }

    fn entry(serial: u8, reason: CrlReason) -> Entry {
        Entry {
            serial: vec![serial; 16],
            since: day(2026),
            reason,
        }
    }

    fn signed(list: &RevocationList) -> Vec<u8> {
        let key = Key::new(1);
        let tbs = list.to_be_signed().unwrap();
        let der = assemble(&tbs, &key.sign(&tbs)).unwrap();
        ecdsa::check_crl(&der, &key.point()).unwrap();
        der
    }

    #[test]
    fn entries_come_in_order_with_their_reasons() {
        let der = signed(&list(vec![
            entry(0x90, CrlReason::CertificateHold),
            entry(3, CrlReason::KeyCompromise),
            entry(5, CrlReason::Unspecified),
        ]));
        let read = <CertificateList>::from_der(&der).unwrap().tbs_cert_list;
        let entries: Vec<_> = read
            .revoked_certificates
            .unwrap()
            .iter()
            .map(|entry| {
                let reason = entry
                    .crl_entry_extensions
                    .as_ref()
                    .map(|list| CrlReason::from_der(list[0].extn_value.as_bytes()).unwrap());
                (
                    entry.serial_number.as_bytes()[entry.serial_number.as_bytes().len() - 1],
                    reason,
                )
            })
            .collect();
        assert_eq!(
            entries,
            [
                (3, Some(CrlReason::KeyCompromise)),
                (5, None),
                (0x90, Some(CrlReason::CertificateHold)),
            ]
        );
    }

    #[test]
    fn number_and_authority_are_stated() {
        let der = signed(&list(vec![]));
        let read = <CertificateList>::from_der(&der).unwrap().tbs_cert_list;
        assert_eq!(read.version, Version::V2);
        assert_eq!(read.revoked_certificates, None);
        let extensions = read.crl_extensions.unwrap();
        let authority = AuthorityKeyIdentifier::from_der(extensions[0].extn_value.as_bytes());
        assert!(authority.unwrap().key_identifier.is_some());
        let number = CrlNumber::from_der(extensions[1].extn_value.as_bytes()).unwrap();
        assert_eq!(number.0.as_bytes(), [1, 2]);
    }

    #[test]
    fn another_key_is_noticed() {
        let der = signed(&list(vec![entry(1, CrlReason::Superseded)]));
        let other = Key::new(2).point();
        assert_eq!(ecdsa::check_crl(&der, &other), Err(Error::Signature));
    }

    #[test]
    fn time_must_not_run_backwards() {
        let mut list = list(vec![]);
        list.next_update = day(2025);
        assert_eq!(list.to_be_signed(), Err(Error::Validity));
    }
}
