//! What is said of a file and its signatures: data, in stable names.

use serde::Serialize;

use sello_cades::validation::{SignerVerdict, TimestampKind};
use sello_cades::{Indication, Integrity, Problem};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What the file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Container {
    /// A signature beside the file it is over.
    Detached,
    /// A signature that carries its content.
    Attached,
    /// One file and its signatures (EN 319 162-1, 4.3).
    AsicS,
    /// Many files and their signatures (EN 319 162-1, 4.4).
    AsicE,
}

/// What is wrong with a container as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Fault {
    /// It cannot be read, or readers would see different files in it.
    ContainerMalformed,
    /// Its `mimetype` names another kind of container than its contents make.
    ContainerType,
    /// A manifest cannot be read.
    ManifestMalformed,
    /// A manifest whose signature is not there, or a signature without manifest.
    ManifestMissing,
    /// Two manifests speak for one signature.
    ManifestAmbiguous,
    /// A form of signature that is not judged here (XAdES).
    UnsupportedForm,
    /// There is no signature.
    NothingSealed,
    /// A file that no signature covers.
    NotCovered,
    /// The form departs from the standard in a way that deceives nobody.
    FormNote,
}

impl Fault {
    /// How grave it is for the whole.
    #[must_use]
    pub const fn indication(self) -> Indication {
        match self {
            Self::ContainerMalformed
            | Self::ContainerType
            | Self::ManifestMalformed
            | Self::ManifestAmbiguous => Indication::TotalFailed,
            Self::ManifestMissing
            | Self::UnsupportedForm
            | Self::NothingSealed
            | Self::NotCovered => Indication::Indeterminate,
            Self::FormNote => Indication::TotalPassed,
        }
    }
}

/// The result of verifying one file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileReport {
    /// What it is.
    pub container: Container,
    /// The verdict in the words of a document's: `valid`, `broken`, `cannot_tell` or
    /// `nothing_sealed`.
    pub overall: &'static str,
    /// `TOTAL-PASSED`, `INDETERMINATE` or `TOTAL-FAILED`: the gravest of all.
    pub indication: &'static str,
    /// 0 valid, 1 broken, 2 cannot tell.
    pub exit_code: u8,
    /// When it was verified, RFC 3339.
    pub verified_at: String,
    /// What stands against the container as such.
    pub faults: Vec<FindingReport>,
    /// The files in it.
    pub objects: Vec<ObjectReport>,
    /// The signatures.
    pub signatures: Vec<SignatureReport>,
}

/// Something that stands against a signature or a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindingReport {
    /// A stable code.
    pub code: String,
    /// How grave.
    pub indication: &'static str,
    /// Its kind, in the words of EN 319 102-1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_indication: Option<&'static str>,
    /// Particulars, in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// How a file in a container stands to its signatures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObjectReport {
    /// Its name.
    pub name: String,
    /// The signatures that cover it, by their names.
    pub covered_by: Vec<String>,
}

/// How a file stands to one signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectState {
    /// As it was signed.
    Intact,
    /// Other than it was signed.
    Changed,
    /// Not there.
    Missing,
    /// Hashed with an algorithm that is not known.
    Unknown,
}

/// One signature, with one or more signers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SignatureReport {
    /// Its name in the container or the file's name.
    pub name: String,
    /// The manifest it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
    /// The gravest of its signers and its files.
    pub indication: &'static str,
    /// Whether its files are what was signed, trust left aside: `intact`, `broken` or `unknown`.
    pub integrity: &'static str,
    /// What stands against its files; what stands against its signers is said there.
    pub findings: Vec<FindingReport>,
    /// The files it is over.
    pub objects: Vec<(String, ObjectState)>,
    /// Its signers.
    pub signers: Vec<SignerReport>,
}

/// What is said of one signer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SignerReport {
    /// The verdict.
    pub indication: &'static str,
    /// Whether it fits what it is over, trust left aside: `intact`, `broken` or `unknown`.
    pub integrity: &'static str,
    /// Whom the certificate names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Who issued it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// When it was made, as the signer says; it proves nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_time: Option<String>,
    /// When it existed at the latest, as a timestamp proves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proven_time: Option<String>,
    /// What stands against it, the gravest first.
    pub findings: Vec<FindingReport>,
    /// Its timestamps.
    pub timestamps: Vec<TimestampReport>,
    /// The counter-signatures on it.
    pub counter_signatures: Vec<Self>,
}

/// What is said of one timestamp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimestampReport {
    /// `content`, `signature` or `archive`.
    pub kind: &'static str,
    /// The time it states, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// The authority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
    /// Whether it fits what it is over, trust left aside: `intact`, `broken` or `unknown`.
    pub integrity: &'static str,
    /// Why it proves nothing, as a stable code; absent if it does prove its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// Particulars, in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl FindingReport {
    pub(crate) fn of_fault(fault: Fault, detail: impl Into<String>) -> Self {
        let code = match fault {
            Fault::ContainerMalformed => "CONTAINER_MALFORMED",
            Fault::ContainerType => "CONTAINER_TYPE",
            Fault::ManifestMalformed => "MANIFEST_MALFORMED",
            Fault::ManifestMissing => "MANIFEST_MISSING",
            Fault::ManifestAmbiguous => "MANIFEST_AMBIGUOUS",
            Fault::UnsupportedForm => "UNSUPPORTED_FORM",
            Fault::NothingSealed => "NOTHING_SEALED",
            Fault::NotCovered => "NOT_COVERED",
            Fault::FormNote => "FORM_NOTE",
        };
        let detail = detail.into();
        Self {
            code: code.to_owned(),
            indication: fault.indication().name(),
            sub_indication: (fault.indication() == Indication::TotalFailed)
                .then_some("FORMAT_FAILURE"),
            detail: (!detail.is_empty()).then_some(detail),
        }
    }

    pub(crate) fn of_problem(problem: &Problem) -> Self {
        Self {
            code: problem.code().to_owned(),
            indication: problem.indication().name(),
            sub_indication: Some(problem.sub_indication()),
            detail: problem.detail().filter(|detail| !detail.is_empty()),
        }
    }
}

impl ObjectState {
    /// What stands against the file of this name.
    fn problem(self, name: &str) -> Option<Problem> {
        match self {
            Self::Intact => None,
            Self::Changed => Some(Problem::ContentChanged),
            Self::Missing => Some(Problem::ContentMissing(name.to_owned())),
            Self::Unknown => Some(Problem::UnsupportedAlgorithm(name.to_owned())),
        }
    }

    const fn integrity(self) -> Integrity {
        match self {
            Self::Intact => Integrity::Intact,
            Self::Changed => Integrity::Broken,
            Self::Missing | Self::Unknown => Integrity::Unknown,
        }
    }
}

impl SignerReport {
    pub(crate) fn new(verdict: &SignerVerdict) -> Self {
        let certificate = verdict.certificate.as_ref();
        Self {
            indication: verdict.indication().name(),
            integrity: verdict.integrity.name(),
            subject: certificate.map(|certificate| certificate.subject().to_string()),
            issuer: certificate.map(|certificate| certificate.issuer().to_string()),
            claimed_time: verdict.claimed_time.map(moment),
            proven_time: verdict.proven_time.map(moment),
            findings: verdict
                .problems
                .iter()
                .map(FindingReport::of_problem)
                .collect(),
            timestamps: verdict
                .timestamps
                .iter()
                .map(|stamp| TimestampReport {
                    kind: match stamp.kind {
                        TimestampKind::Content => "content",
                        TimestampKind::Signature => "signature",
                        TimestampKind::Archive => "archive",
                    },
                    time: stamp.time.map(moment),
                    authority: stamp.authority.clone(),
                    integrity: stamp.integrity.name(),
                    code: stamp.problem.as_ref().map(|problem| problem.code),
                    detail: stamp
                        .problem
                        .as_ref()
                        .and_then(|problem| problem.detail.clone()),
                })
                .collect(),
            counter_signatures: verdict.counter_signatures.iter().map(Self::new).collect(),
        }
    }
}

/// A report under way.
pub(crate) struct Draft {
    pub(crate) container: Container,
    pub(crate) gravest: Indication,
    pub(crate) faults: Vec<FindingReport>,
    pub(crate) objects: Vec<ObjectReport>,
    pub(crate) signatures: Vec<SignatureReport>,
}

impl Draft {
    pub(crate) const fn new(container: Container) -> Self {
        Self {
            container,
            gravest: Indication::TotalPassed,
            faults: Vec::new(),
            objects: Vec::new(),
            signatures: Vec::new(),
        }
    }

    pub(crate) fn fault(&mut self, fault: Fault, detail: impl Into<String>) {
        self.gravest = self.gravest.max(fault.indication());
        self.faults.push(FindingReport::of_fault(fault, detail));
    }

    /// Adds a signature; the files it is over weigh as its signers do.
    pub(crate) fn signature(
        &mut self,
        name: String,
        manifest: Option<String>,
        objects: Vec<(String, ObjectState)>,
        verdicts: &[SignerVerdict],
    ) {
        let problems: Vec<Problem> = objects
            .iter()
            .filter_map(|(name, state)| state.problem(name))
            .collect();
        let objects_say = problems.iter().map(Problem::indication);
        let signers_say = verdicts.iter().map(SignerVerdict::indication);
        let gravest = objects_say
            .chain(signers_say)
            .max()
            .unwrap_or(Indication::Indeterminate);
        self.gravest = self.gravest.max(gravest);
        let states = objects.iter().map(|(_, state)| state.integrity());
        let signers = verdicts.iter().map(|verdict| verdict.integrity);
        let integrity = states.chain(signers).max().unwrap_or(Integrity::Unknown);
        self.signatures.push(SignatureReport {
            name,
            manifest,
            indication: gravest.name(),
            integrity: integrity.name(),
            findings: problems.iter().map(FindingReport::of_problem).collect(),
            objects,
            signers: verdicts.iter().map(SignerReport::new).collect(),
        });
    }

    /// A container whose signatures are of a form that is not judged here is not one without any.
    fn overall(&self) -> &'static str {
        let has = |fault: Fault| {
            let code = FindingReport::of_fault(fault, "").code;
            self.faults.iter().any(|found| found.code == code)
        };
        match self.gravest {
            Indication::TotalPassed => "valid",
            Indication::TotalFailed => "broken",
            Indication::Indeterminate
                if has(Fault::NothingSealed) && !has(Fault::UnsupportedForm) =>
            {
                "nothing_sealed"
            }
            Indication::Indeterminate => "cannot_tell",
        }
    }

    pub(crate) fn finish(mut self, now: OffsetDateTime) -> FileReport {
        if self.signatures.is_empty() && self.faults.is_empty() {
            self.fault(Fault::NothingSealed, "");
        }
        FileReport {
            container: self.container,
            overall: self.overall(),
            indication: self.gravest.name(),
            exit_code: match self.gravest {
                Indication::TotalPassed => 0,
                Indication::TotalFailed => 1,
                Indication::Indeterminate => 2,
            },
            verified_at: moment(now),
            faults: self.faults,
            objects: self.objects,
            signatures: self.signatures,
        }
    }
}

fn moment(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_default()
}
