//! One signature, judged by itself: what was added later is looked at apart.

use sello_cades::timestamp::token::Token;
use sello_cades::{Certificate, DigestAlgorithm, Purpose, SignedData};
use sello_pdf::{Dictionary, Document, Object, Source, View};

use super::chain::{self, Trust};
use super::changes::Addition;
use super::content::Beginning;
use super::effort::{Effort, Work};
use super::fields::Field;
use super::found::Found;
use super::lookalike::Known;
use super::permission::Allowed;
use super::place::{self, Place};
use super::sealed::Pictures;
use super::signature::{self, SubFilter};
use super::stamped::{self, Proof};
use super::text::{date, hex, moment, text};
use super::{content, dictionary, picture, seal};
use crate::report::{
    Code, Finding, Indication, Integrity, Kind, Permission, SignatureReport, SignerFacts,
};

/// A signature with everything that is known of it.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) report: SignatureReport,
    /// The revision it covers, from 0, if what it covers is sound.
    pub(super) covers: Option<usize>,
    /// Where what it covers ends.
    pub(super) end: u64,
    /// What it added to the document.
    pub(super) addition: Option<Addition>,
    /// What it lets later revisions do.
    pub(super) allowed: Allowed,
    /// What was read of it, until it is concluded on.
    read: Read,
    /// The signer's certificate.
    certificate: Option<Certificate>,
    /// Whether the signature fits what it covers.
    pub(super) fits: bool,
    /// The seal's picture, as it is drawn.
    pub(super) picture: Option<Known>,
    /// The digests of the pictures that are shown instead of a seal's.
    pub(super) pictures: Vec<[u8; 32]>,
}

/// A signature as read.
#[derive(Debug, Default)]
enum Read {
    #[default]
    Nothing,
    Signature(Box<SignedData>),
    Timestamp(Box<Token>),
}

impl Judged {
    pub(super) fn add(&mut self, finding: Finding) {
        self.report.findings.push(finding);
    }

    /// The gravest of its findings so far.
    pub(super) fn indication(&self) -> Indication {
        let findings = self.report.findings.iter();
        let gravest = findings.map(|finding| finding.indication).max();
        gravest.unwrap_or(Indication::TotalPassed)
    }

    /// Whether the document is what was signed, whoever signed.
    fn integrity(&self) -> Integrity {
        let unreadable = [Code::TooLarge, Code::Damaged, Code::Unreadable];
        let codes = self.report.findings.iter().map(|finding| finding.code);
        if self.indication() == Indication::TotalFailed {
            Integrity::Broken
        } else if self.fits && !codes.into_iter().any(|code| unreadable.contains(&code)) {
            Integrity::Intact
        } else {
            Integrity::Unknown
        }
    }

    /// Closes the report: the weightiest finding names the verdict.
    pub(super) fn into_report(self) -> SignatureReport {
        let integrity = self.integrity();
        let mut report = self.report;
        report.integrity = integrity;
        report.allows = self.allowed.permission;
        report.certifies = self.allowed.certifies;
        let weight = |finding: &Finding| (std::cmp::Reverse(finding.indication), finding.code);
        report.findings.sort_by_key(weight);
        report.findings.dedup();
        let first = report.findings.first();
        let verdict = first.map_or(Code::Valid, |finding| finding.code);
        report.code = verdict;
        report.indication = verdict.indication();
        report.sub_indication = verdict.sub_indication();
        report
    }
}

/// What judging goes on with from one signature to the next.
#[derive(Debug)]
pub(super) struct Progress<'a> {
    pub(super) effort: Effort,
    pub(super) beginning: Beginning,
    pub(super) pictures: &'a Pictures,
}

/// Judges one signature as of the revision it belongs to.
pub(super) fn judge<S: Source>(
    document: &Document<S>,
    found: &Found,
    trust: Trust<'_>,
    progress: &mut Progress<'_>,
) -> Judged {
    let mut judged = Judged::new(found);
    let Some(value) = &found.value else {
        judged.add(Finding::with(
            Code::ContentsMalformed,
            "the signature dictionary has no place of its own in the file",
        ));
        return judged;
    };
    let covered = dictionary::read(document, value);
    judged.report.findings.extend(covered.findings);
    let (Some(revision), Some(entries)) = (covered.revision, value.object.as_dictionary()) else {
        return judged;
    };
    let Ok(view) = document.at_revision(revision) else {
        return judged;
    };
    judged.report.covers_revision = Some(revision.saturating_add(1));
    let revisions = document.revisions().len();
    judged.report.later_revisions = revisions.saturating_sub(revision.saturating_add(1));
    judged.describe(&view, entries);
    if found.field.is_none() {
        judged.add(Finding::new(Code::SignatureWithoutField));
    } else if found.first_seen != revision {
        judged.add(Finding::with(
            Code::DictionaryMalformed,
            "the field does not belong to the revision that was signed",
        ));
    }
    if found.shared {
        judged.add(Finding::with(
            Code::DictionaryMalformed,
            "more than one field leads to it",
        ));
    }
    if let Some(ranges) = &covered.ranges {
        judged.covers = Some(revision);
        judged.end = ranges.last().map_or(0, |range| range.end);
        judged.report.covers_bytes = Some(judged.end);
    }
    let form = SubFilter::of(entries.get("SubFilter"));
    if !judged.supports(form) {
        return judged;
    }
    let Some(contents) = covered.contents else {
        return judged;
    };
    if form == SubFilter::Timestamp {
        judged.read_timestamp(
            document,
            &contents,
            covered.ranges.as_ref(),
            trust,
            progress,
        );
        return judged;
    }
    let data = match SignedData::parse(&contents) {
        Ok(data) => data,
        Err(error) => {
            judged.add(signature::finding(&error));
            return judged;
        }
    };
    let algorithm = data.digest_algorithm().ok();
    let digest = judged.digest(document, algorithm, covered.ranges.as_ref(), progress);
    let known = stamped::certificates(&data, trust);
    let certificate = data.signer().and_then(|signer| signer.certificate(&known));
    let signature::Checked { findings, signed } =
        signature::check(&data, certificate, form, digest.as_deref(), &view);
    judged.fits = digest.is_some() && !findings.iter().any(signature::is_about_the_value);
    judged.report.findings.extend(findings);
    if signed {
        let digest = data.signed_digest();
        judged.report.signed_digest = digest.map(|digest| hex(&digest));
    }
    judged.report.signer = certificate.map(signer_facts);
    judged.certificate = certificate.cloned();
    judged.read = Read::Signature(Box::new(data));
    judged
}

/// Judges whom the signatures are of, and for which time: each timestamp with what later ones prove,
/// each signature with what all of them prove.
pub(super) fn conclude<S: Source>(
    document: &Document<S>,
    found: &[Found],
    judged: &mut [Judged],
    trust: Trust<'_>,
    progress: &mut Progress<'_>,
) {
    let mut proofs: Vec<Proof> = Vec::new();
    for timestamp in judged.iter_mut().rev() {
        let Read::Timestamp(token) = &timestamp.read else {
            continue;
        };
        let proven = stamped::earliest(&proofs, timestamp.end);
        let trust = trust.at(stamped::moment(proven, trust.at));
        let findings = stamped::authority(token, trust);
        if timestamp.fits && findings.is_empty() && timestamp.covers.is_some() {
            proofs.push(Proof {
                end: timestamp.end,
                time: token.info().time,
            });
        }
        timestamp.report.findings.extend(findings);
    }
    for (signature, found) in judged.iter_mut().zip(found) {
        let Read::Signature(data) = std::mem::take(&mut signature.read) else {
            continue;
        };
        let own = stamped::of_signature(&data, trust);
        let later = signature
            .covers
            .and_then(|_| stamped::earliest(&proofs, signature.end));
        let proven = [own, later].into_iter().flatten().min();
        signature.report.proven_time = proven.map(moment);
        let trust = trust.at(stamped::moment(proven, trust.at));
        signature.check_signer(&data, trust);
        let revision = signature.report.covers_revision.unwrap_or_default();
        if let Ok(view) = document.at_revision(revision.saturating_sub(1)) {
            let field = found.field.as_ref();
            let place = signature.find_place(&view, field, &mut progress.effort);
            signature.check_seal(&view, field, place, &data, trust, progress);
        }
    }
}

impl Judged {
    fn new(found: &Found) -> Self {
        let name = found.field.as_ref().map(|field| field.name.clone());
        Self {
            report: SignatureReport {
                field: name,
                kind: Kind::Signature,
                indication: Indication::Indeterminate,
                sub_indication: None,
                integrity: Integrity::Unknown,
                allows: Permission::Filling,
                certifies: false,
                code: Code::Valid,
                findings: Vec::new(),
                signer: None,
                seal: None,
                page: None,
                rectangle_mm: None,
                claimed_time: None,
                proven_time: None,
                reason: None,
                location: None,
                covers_revision: None,
                covers_bytes: None,
                later_revisions: 0,
                signed_digest: None,
            },
            covers: None,
            end: 0,
            addition: found.field.as_ref().and_then(addition),
            allowed: Allowed::by_default(),
            read: Read::Nothing,
            certificate: None,
            fits: false,
            picture: None,
            pictures: Vec::new(),
        }
    }

    /// Takes over what the dictionary says of itself.
    fn describe(&mut self, view: &View<'_>, entries: &Dictionary) {
        let entry = |key: &str| view.get(entries, key).unwrap_or(Object::Null);
        self.report.claimed_time = date(&entry("M"));
        self.report.reason = text(&entry("Reason"));
        self.report.location = text(&entry("Location"));
        self.allowed = Allowed::of(view, entries);
        let kind = entry("Type");
        if kind.as_name().is_some_and(|name| *name == "DocTimeStamp") {
            self.report.kind = Kind::Timestamp;
        } else if !kind.is_null() && kind.as_name().is_none_or(|name| *name != "Sig") {
            self.add(Finding::with(Code::DictionaryMalformed, "Type is not Sig"));
        }
    }

    /// Notes a form of signature that is not judged here.
    fn supports(&mut self, form: SubFilter) -> bool {
        match form {
            SubFilter::Cades | SubFilter::Pkcs7 => true,
            SubFilter::Timestamp => {
                self.report.kind = Kind::Timestamp;
                if let Some(addition) = &mut self.addition {
                    addition.is_timestamp = true;
                }
                true
            }
            SubFilter::Other => {
                self.add(Finding::with(Code::UnsupportedForm, "SubFilter"));
                false
            }
        }
    }

    /// The digest over what is covered, where that is sound and the algorithm known.
    fn digest<S: Source>(
        &mut self,
        document: &Document<S>,
        algorithm: Option<DigestAlgorithm>,
        ranges: Option<&[std::ops::Range<u64>; 2]>,
        progress: &mut Progress<'_>,
    ) -> Option<Vec<u8>> {
        let algorithm = algorithm?;
        let (beginning, effort) = (&mut progress.beginning, &mut progress.effort);
        match content::digest(document.source(), ranges?, algorithm, beginning, effort) {
            Ok(Some(digest)) => Some(digest),
            Ok(None) => {
                self.add(Finding::with(Code::TooLarge, "too much to hash"));
                None
            }
            Err(error) => {
                self.add(Finding::with(Code::Unreadable, error));
                None
            }
        }
    }

    /// A document timestamp (EN 319 142-1, 5.4.3).
    fn read_timestamp<S: Source>(
        &mut self,
        document: &Document<S>,
        contents: &[u8],
        ranges: Option<&[std::ops::Range<u64>; 2]>,
        trust: Trust<'_>,
        progress: &mut Progress<'_>,
    ) {
        let token = match Token::parse(contents) {
            Ok(token) => token,
            Err(error) => return self.add(stamped::finding(&error)),
        };
        self.report.proven_time = Some(moment(token.info().time));
        let authority = token.authority(trust.evidence.certificates());
        self.report.signer = authority.map(signer_facts);
        let digest = self.digest(document, Some(token.digest_algorithm()), ranges, progress);
        if let Some(digest) = digest {
            let finding = stamped::check(&token, &digest, trust);
            self.fits = finding.is_none();
            self.report.findings.extend(finding);
        }
        self.read = Read::Timestamp(Box::new(token));
    }

    fn check_signer(&mut self, data: &SignedData, trust: Trust<'_>) {
        let Some(signer) = &self.certificate else {
            return;
        };
        let mut findings = chain::check(signer, data.certificates(), trust, Purpose::Document);
        let weaknesses = data.signer().map(|own| own.weaknesses(Some(signer)));
        findings.extend(chain::weak(&weaknesses.unwrap_or_default(), trust.moment));
        self.report.findings.extend(findings);
    }

    /// Finds the page on which the field is shown.
    fn find_place(
        &mut self,
        view: &View<'_>,
        field: Option<&Field>,
        effort: &mut Effort,
    ) -> Option<Place> {
        match place::find(view, field?, effort) {
            Ok(Some(place)) => {
                self.report.page = Some(place.number);
                self.report.rectangle_mm = Some(place.shown_mm());
                Some(place)
            }
            Ok(None) => None,
            Err(place::NotFound::TooMuch) => {
                self.add(Finding::with(Code::TooLarge, "too many pages to look at"));
                None
            }
            Err(place::NotFound::Unreadable(error)) => {
                self.add(Finding::with(Code::Damaged, error));
                None
            }
        }
    }

    fn check_seal(
        &mut self,
        view: &View<'_>,
        field: Option<&Field>,
        place: Option<Place>,
        data: &SignedData,
        trust: Trust<'_>,
        progress: &mut Progress<'_>,
    ) {
        let (pictures, effort) = (progress.pictures, &mut progress.effort);
        let der = match data.seal() {
            Ok(Some(der)) => der,
            Ok(None) => {
                if let Some(field) = field {
                    self.pictures = picture::shown(view, &field.dictionary, effort);
                }
                return;
            }
            Err(error) => return self.add(Finding::with(Code::SealMalformed, error)),
        };
        self.report.kind = Kind::Seal;
        let signer = self.certificate.as_ref();
        let checked = seal::check(der, signer, data.certificates(), trust);
        self.report.findings.extend(checked.findings);
        self.report.seal = checked.facts;
        let (Some(structure), Some(field)) = (checked.seal, field) else {
            return;
        };
        let Some(place) = place else {
            if field.dictionary.get("AP").is_some() {
                self.add(Finding::with(
                    Code::SealPictureDiffers,
                    "the seal has an appearance but stands on no page",
                ));
            }
            return;
        };
        if !effort.has(Work::Pixels) {
            self.add(Finding::with(
                Code::TooLarge,
                "too many pictures to compare",
            ));
            return;
        }
        match picture::check(view, field, &place, &structure, pictures, effort) {
            Ok(drawn) => {
                self.picture = Some(drawn.picture);
                if let Some(facts) = &mut self.report.seal {
                    facts.drawn = true;
                }
                if let Some(addition) = &mut self.addition {
                    addition.drawn = drawn.objects;
                }
            }
            Err(finding) => self.add(finding),
        }
    }
}

/// What a signature adds, if its field is an object.
fn addition(field: &Field) -> Option<Addition> {
    Some(Addition {
        field: field.reference?,
        drawn: Vec::new(),
        is_timestamp: false,
    })
}

fn signer_facts(certificate: &Certificate) -> SignerFacts {
    let subject = certificate.subject();
    SignerFacts {
        subject: subject.to_string(),
        organization: subject.attribute("O").map(str::to_owned),
        common_name: subject.attribute("CN").map(str::to_owned),
        issuer: certificate.issuer().to_string(),
        serial: certificate.serial_hex(),
        valid_from: moment(certificate.not_before()),
        valid_until: moment(certificate.not_after()),
    }
}
