//! What a verifier will need of authorities when they are gone: gathered, and judged as a verifier
//! would, before anything is signed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sello_cades::crl::MAX_CRL;
use sello_cades::{
    Certificate, CertificatePath, Evidence, Moment, Purpose, Revocation, RevocationList, Standing,
    TrustStore, ocsp,
};
use sello_document::stamp;
use time::OffsetDateTime;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{AuthorityInfoAccessSyntax, CrlDistributionPoints};

use crate::authority::Authorities;
use crate::failure::Failure;

/// Most revocation lists read from a trust folder.
const MOST_LISTS: usize = 1024;
/// Longest OCSP answer, in bytes.
const LONGEST_ANSWER: usize = 256 * 1024;
/// `id-ad-ocsp` (RFC 5280, 4.2.2.1).
const OCSP: &str = "1.3.6.1.5.5.7.48.1";

/// Gathers validation data.
pub(crate) struct Gatherer<'a> {
    store: TrustStore,
    /// Revocation lists as they came.
    lists: Vec<Vec<u8>>,
    /// Lists fetched, by their address.
    fetched: BTreeMap<String, Vec<u8>>,
    authorities: Option<&'a Authorities>,
    now: OffsetDateTime,
    found: stamp::Evidence,
}

impl<'a> Gatherer<'a> {
    /// Begins with a trust folder; without `authorities` nothing is fetched.
    pub(crate) fn new(
        folder: Option<&Path>,
        store: TrustStore,
        authorities: Option<&'a Authorities>,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            lists: folder.map(stored_lists).unwrap_or_default(),
            store,
            fetched: BTreeMap::new(),
            authorities,
            now,
            found: stamp::Evidence::default(),
        }
    }

    /// Takes in all that shows a certificate to be good now, or says what is missing.
    pub(crate) fn demand(
        &mut self,
        certificate: &[u8],
        others: &[Vec<u8>],
        purpose: Purpose,
    ) -> Result<(), Failure> {
        let missing = |subject: &Certificate, reason: String| Failure::EvidenceMissing {
            subject: subject.subject().to_string(),
            reason,
        };
        let unreadable = |error: sello_cades::error::Asn1Error| Failure::EvidenceMissing {
            subject: "?".to_owned(),
            reason: error.to_string(),
        };
        let leaf = Certificate::from_der(certificate).map_err(unreadable)?;
        let others: Vec<Certificate> = others
            .iter()
            .filter_map(|other| Certificate::from_der(other).ok())
            .collect();
        let path = CertificatePath::find(&leaf, &others, &self.store, purpose)
            .map_err(|error| missing(&leaf, error.to_string()))?;
        let links = path.certificates().to_vec();
        for (index, link) in links.iter().enumerate() {
            keep(&mut self.found.certificates, link.as_der());
            if let Some(issuer) = links.get(index.saturating_add(1)) {
                self.revocation(link, issuer)?;
            }
        }
        if let Some(anchor) = path.certificates().last() {
            self.anchors_above(anchor);
        }
        let store = self.judged_by();
        match path
            .findings_at(
                &store,
                Moment {
                    at: self.now,
                    now: self.now,
                },
            )
            .first()
        {
            None => Ok(()),
            Some(finding) => Err(missing(finding.certificate, standing(&finding.standing))),
        }
    }

    /// The anchor itself, where the path ends below it.
    fn anchors_above(&mut self, last: &Certificate) {
        let above = self
            .store
            .anchors()
            .iter()
            .find(|anchor| last.issuer().matches(anchor.subject()));
        if let Some(anchor) = above {
            let (anchor, last) = (anchor.clone(), last.clone());
            keep(&mut self.found.certificates, anchor.as_der());
            if anchor.as_der() != last.as_der() {
                // Whether that is enough is judged with the whole path.
                let _ = self.revocation(&last, &anchor);
            }
        }
    }

    /// A list or an OCSP answer of an issuer about a certificate.
    fn revocation(&mut self, of: &Certificate, issuer: &Certificate) -> Result<(), Failure> {
        let by_issuer = |list: &&Vec<u8>| {
            let list = RevocationList::from_der(list);
            list.is_ok_and(|list| list.issuer().matches(issuer.subject()))
        };
        let newest = self
            .lists
            .iter()
            .filter(by_issuer)
            .max_by_key(|list| made(list))
            .cloned();
        if let Some(list) = newest.clone().filter(|list| self.in_force(list)) {
            keep(&mut self.found.revocation_lists, &list);
            return Ok(());
        }
        let mut problem = None;
        for address in list_addresses(of.as_der()) {
            match self.fetch(&address) {
                Ok(list) => {
                    keep(&mut self.found.revocation_lists, &list);
                    self.lists.push(list);
                    return Ok(());
                }
                Err(failure) => problem = Some(failure),
            }
        }
        for address in ocsp_addresses(of.as_der()) {
            match self.ask(&address, of, issuer) {
                Ok(answer) => {
                    keep(&mut self.found.ocsp_responses, &answer);
                    return Ok(());
                }
                Err(failure) => problem = Some(failure),
            }
        }
        // A list past its time is better than none; the whole path is judged at the end.
        if let Some(list) = newest {
            keep(&mut self.found.revocation_lists, &list);
        }
        match (problem, self.authorities) {
            (Some(problem), Some(_)) => Err(problem),
            _ => Ok(()),
        }
    }

    fn in_force(&self, list: &[u8]) -> bool {
        let list = RevocationList::from_der(list);
        list.is_ok_and(|list| list.next_update().is_some_and(|next| next >= self.now))
    }

    fn fetch(&mut self, address: &str) -> Result<Vec<u8>, Failure> {
        if let Some(list) = self.fetched.get(address) {
            return Ok(list.clone());
        }
        let offline = || Failure::EvidenceMissing {
            subject: address.to_owned(),
            reason: "--offline".to_owned(),
        };
        let list = self
            .authorities
            .ok_or_else(offline)?
            .get(address, MAX_CRL)?;
        RevocationList::from_der(&list).map_err(|error| Failure::Network {
            url: address.to_owned(),
            reason: error.to_string(),
        })?;
        self.fetched.insert(address.to_owned(), list.clone());
        Ok(list)
    }

    fn ask(
        &self,
        address: &str,
        of: &Certificate,
        issuer: &Certificate,
    ) -> Result<Vec<u8>, Failure> {
        let offline = || Failure::EvidenceMissing {
            subject: address.to_owned(),
            reason: "--offline".to_owned(),
        };
        let authorities = self.authorities.ok_or_else(offline)?;
        let nonce = crate::authority::random_digest()?;
        let question = ocsp::request(of, issuer, nonce.get(..16).unwrap_or(&nonce));
        let kind = "application/ocsp-request";
        let answer = authorities.post(address, kind, &question, LONGEST_ANSWER)?;
        ocsp::OcspResponse::from_der(&answer).map_err(|error| Failure::Network {
            url: address.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(answer)
    }

    /// Everything gathered so far, as a verifier will find it.
    fn judged_by(&self) -> Evidence {
        let mut evidence = Evidence::default();
        for list in &self.found.revocation_lists {
            evidence.add_list(list);
        }
        for answer in &self.found.ocsp_responses {
            evidence.add_response(answer);
        }
        for certificate in &self.found.certificates {
            evidence.add_certificate(certificate);
        }
        evidence
    }

    /// What was gathered.
    pub(crate) fn into_found(self) -> stamp::Evidence {
        self.found
    }
}

/// What stands against a certificate.
fn standing(standing: &Standing) -> String {
    let words = match standing {
        Standing::Good => "good",
        Standing::Expired => "it has expired",
        Standing::NotYetValid => "its validity has not begun",
        Standing::Revocation(Revocation::Missing) => {
            "there is no revocation list and no OCSP answer of its issuer"
        }
        Standing::Revocation(Revocation::Stale { .. }) => {
            "the newest revocation list of its issuer is past its time"
        }
        Standing::Revocation(Revocation::Revoked { .. }) => "it is revoked or on hold",
        Standing::Revocation(other) => return format!("{other:?}"),
    };
    words.to_owned()
}

fn made(list: &[u8]) -> Option<OffsetDateTime> {
    let list = RevocationList::from_der(list).ok()?;
    Some(list.this_update())
}

fn keep(list: &mut Vec<Vec<u8>>, value: &[u8]) {
    if !list.iter().any(|one| one == value) {
        list.push(value.to_vec());
    }
}

/// The lists of a trust folder as they are; what cannot be read was refused with the folder.
fn stored_lists(folder: &Path) -> Vec<Vec<u8>> {
    let Ok(entries) = fs::read_dir(folder.join("crls")) else {
        return Vec::new();
    };
    entries
        .filter_map(Result::ok)
        .take(MOST_LISTS)
        .filter_map(|entry| fs::read(entry.path()).ok())
        .filter(|list| list.len() <= MAX_CRL)
        .collect()
}

fn list_addresses(certificate: &[u8]) -> Vec<String> {
    let Ok(certificate) = x509_cert::Certificate::from_der(certificate) else {
        return Vec::new();
    };
    let points = certificate
        .tbs_certificate()
        .get_extension::<CrlDistributionPoints>();
    let Ok(Some((_, points))) = points else {
        return Vec::new();
    };
    let names = points
        .0
        .into_iter()
        .filter_map(|point| match point.distribution_point {
            Some(DistributionPointName::FullName(names)) => Some(names),
            _ => None,
        });
    names.flatten().filter_map(address).collect()
}

fn ocsp_addresses(certificate: &[u8]) -> Vec<String> {
    let Ok(certificate) = x509_cert::Certificate::from_der(certificate) else {
        return Vec::new();
    };
    let access = certificate
        .tbs_certificate()
        .get_extension::<AuthorityInfoAccessSyntax>();
    let Ok(Some((_, access))) = access else {
        return Vec::new();
    };
    let responders = access
        .0
        .into_iter()
        .filter(|one| one.access_method.to_string() == OCSP);
    responders
        .filter_map(|one| address(one.access_location))
        .collect()
}

fn address(name: GeneralName) -> Option<String> {
    match name {
        GeneralName::UniformResourceIdentifier(uri) => {
            Some(uri.as_str().to_owned()).filter(|uri| uri.starts_with("http://"))
        }
        _ => None,
    }
}
