//! Certificates, lists and answers that are known, from wherever they came:
//! the trust store, the document, the signature itself. None of them is trusted
//! for that: each is checked against the path that asks for it.

use alloc::vec::Vec;

use crate::certificate::Certificate;
use crate::crl::RevocationList;
use crate::extensions::KeyUsage;
use crate::ocsp::OcspResponse;
use crate::revocation::{ALL_REASONS, CrlProblem, Moment, Revocation, Word};

/// Most lists and answers looked at for one certificate.
const MAX_WORDS: usize = 64;
/// Most certificates tried as signers of lists for one certificate.
const MAX_SIGNERS: usize = 8;

/// What is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    certificates: Vec<Certificate>,
    lists: Vec<RevocationList>,
    responses: Vec<OcspResponse>,
}

impl Evidence {
    /// Evidence of these parts.
    #[must_use]
    pub const fn new(
        certificates: Vec<Certificate>,
        lists: Vec<RevocationList>,
        responses: Vec<OcspResponse>,
    ) -> Self {
        Self {
            certificates,
            lists,
            responses,
        }
    }

    /// The certificates.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The revocation lists.
    #[must_use]
    pub fn lists(&self) -> &[RevocationList] {
        &self.lists
    }

    /// The OCSP answers.
    #[must_use]
    pub fn responses(&self) -> &[OcspResponse] {
        &self.responses
    }

    /// Takes in everything of `other`.
    pub fn extend(&mut self, other: &Self) {
        self.certificates.extend_from_slice(&other.certificates);
        self.lists.extend_from_slice(&other.lists);
        self.responses.extend_from_slice(&other.responses);
    }

    /// Takes in a certificate as read, if it can be read.
    pub fn add_certificate(&mut self, der: &[u8]) -> bool {
        let read = Certificate::from_der(der);
        read.map(|read| self.certificates.push(read)).is_ok()
    }

    /// Takes in a revocation list as read, if it can be read.
    pub fn add_list(&mut self, der: &[u8]) -> bool {
        let read = RevocationList::from_der(der);
        read.map(|read| self.lists.push(read)).is_ok()
    }

    /// Takes in an OCSP answer as read (`OCSPResponse` or `BasicOCSPResponse`),
    /// if it can be read.
    pub fn add_response(&mut self, der: &[u8]) -> bool {
        let read = OcspResponse::from_der(der);
        read.map(|read| self.responses.push(read)).is_ok()
    }

    /// What is known of `certificate` for a moment. `issuers` are those above
    /// it in its path, its own issuer first. The newest sound word decides.
    #[must_use]
    pub fn revocation(
        &self,
        certificate: &Certificate,
        issuers: &[Certificate],
        moment: Moment,
    ) -> Revocation {
        let Some(issuer) = issuers.first() else {
            return Revocation::Missing;
        };
        let mut words = Vec::new();
        let mut problem = None;
        let lists = self.words_of_lists(certificate, issuer, issuers, moment);
        let answers = self.words_of_responses(certificate, issuer, moment);
        for answer in lists.into_iter().chain(answers) {
            match answer {
                Ok(word) => words.push(word),
                Err(cause) => {
                    problem.get_or_insert(cause);
                }
            }
        }
        decide(words, problem, moment)
    }

    fn words_of_lists(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        issuers: &[Certificate],
        moment: Moment,
    ) -> Vec<Result<Word, CrlProblem>> {
        let named = self
            .lists
            .iter()
            .filter(|list| list.issuer().matches(issuer.subject()));
        let mut lists: Vec<&RevocationList> = named.collect();
        lists.sort_by_key(|list| core::cmp::Reverse(list.this_update()));
        lists.truncate(MAX_WORDS);
        if lists.is_empty() {
            return Vec::new();
        }
        let mut others: Option<Vec<&Certificate>> = None;
        let ask = |list: &&RevocationList| {
            let word = list.word(certificate, issuer, moment);
            if !matches!(word, Err(CrlProblem::Signature | CrlProblem::KeyUsage)) {
                return word;
            }
            // The authority may sign its lists with another key.
            let others = others.get_or_insert_with(|| self.list_signers(issuers, moment));
            others
                .iter()
                .map(|other| list.word(certificate, other, moment))
                .find(|answer| !matches!(answer, Err(CrlProblem::Signature | CrlProblem::KeyUsage)))
                .unwrap_or(word)
        };
        lists.iter().map(ask).collect()
    }

    /// Further certificates of the issuer, which the same authority above gave
    /// it, or it itself, for signing lists.
    fn list_signers<'a>(
        &'a self,
        issuers: &'a [Certificate],
        moment: Moment,
    ) -> Vec<&'a Certificate> {
        let [issuer, above @ ..] = issuers else {
            return Vec::new();
        };
        let parent = above.first().unwrap_or(issuer);
        // After a change of keys the path itself holds the others (RFC 5280, 6.1).
        let in_path = above.iter();
        let mut found: Vec<&Certificate> = in_path
            .filter(|other| other.subject().matches(issuer.subject()))
            .collect();
        let named = self.certificates.iter().filter(|other| {
            other.subject().matches(issuer.subject())
                && other.as_der() != issuer.as_der()
                && other.may(KeyUsage::CRL_SIGN)
                && (other.not_before()..=other.not_after()).contains(&moment.at)
        });
        for other in named.take(MAX_SIGNERS) {
            let by = [parent, issuer].into_iter().find(|by| {
                other.issuer().matches(by.subject()) && other.check_signature(by.key()).is_ok()
            });
            if by.is_some_and(|by| !self.is_plainly_revoked(other, by, moment)) {
                found.push(other);
            }
        }
        found
    }

    /// Whether a list signed by `issuer` itself revokes `certificate`.
    fn is_plainly_revoked(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        moment: Moment,
    ) -> bool {
        let named = self
            .lists
            .iter()
            .filter(|list| list.issuer().matches(issuer.subject()));
        named.take(MAX_WORDS).any(|list| {
            let word = list.word(certificate, issuer, moment);
            word.is_ok_and(|word| matches!(word.judge(moment), Revocation::Revoked { .. }))
        })
    }

    fn words_of_responses(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        moment: Moment,
    ) -> Vec<Result<Word, CrlProblem>> {
        let answers = self.responses.iter().filter_map(|response| {
            let others = &self.certificates;
            let answer = response.word(certificate, issuer, others, moment)?;
            let delegate = response.delegate_to_check(issuer, others);
            let revoked =
                delegate.is_some_and(|delegate| self.is_plainly_revoked(delegate, issuer, moment));
            Some(answer.and_then(|word| {
                if revoked {
                    Err(CrlProblem::Responder)
                } else {
                    Ok(word)
                }
            }))
        });
        answers.take(MAX_WORDS).collect()
    }
}

/// The newest word decides; words for some reasons only count together.
fn decide(mut words: Vec<Word>, problem: Option<CrlProblem>, moment: Moment) -> Revocation {
    words.sort_by_key(|word| core::cmp::Reverse(word.this_update));
    let mut covered = 0_u16;
    let mut stale = None;
    for word in &words {
        match word.judge(moment) {
            revoked @ Revocation::Revoked { .. } => return revoked,
            good @ Revocation::Good { .. } => {
                covered |= word.reasons;
                if covered == ALL_REASONS {
                    return good;
                }
            }
            other => {
                if word.reasons == ALL_REASONS {
                    return stale.unwrap_or(other);
                }
                stale.get_or_insert(other);
            }
        }
    }
    if let Some(stale) = stale {
        return stale;
    }
    if covered != 0 {
        let cause = CrlProblem::SomeReasons;
        return Revocation::Unusable { cause };
    }
    problem.map_or(Revocation::Missing, |cause| Revocation::Unusable { cause })
}
