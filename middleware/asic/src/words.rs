//! A report in words people understand, in English and in Spanish.

use std::fmt::Write as _;

use crate::report::{FileReport, FindingReport, ObjectState, SignerReport, TimestampReport};

/// A language of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Spanish.
    Spanish,
}

/// A sentence in both languages.
type Sentence = (&'static str, &'static str);

const UNKNOWN: Sentence = ("something stands against it", "hay algo que lo contradice");

/// What each code means.
const SENTENCES: &[(&str, Sentence)] = &[
    (
        "DOCUMENT_CHANGED",
        (
            "the file was changed after it was signed",
            "el fichero se modificó después de la firma",
        ),
    ),
    (
        "SIGNATURE_BROKEN",
        ("the signature does not fit", "la firma no encaja"),
    ),
    (
        "SIGNATURE_MALFORMED",
        (
            "the signature is not of the form it must have",
            "la firma no tiene la forma debida",
        ),
    ),
    (
        "CONTENT_MISSING",
        (
            "what was signed is not there; give it with --content",
            "falta lo que se firmó; indíquelo con --content",
        ),
    ),
    (
        "CERTIFICATE_MISSING",
        (
            "the signer's certificate is missing",
            "falta el certificado del firmante",
        ),
    ),
    (
        "CERTIFICATE_REFERENCE_MISMATCH",
        (
            "it was made with another certificate than it shows",
            "se hizo con otro certificado que el que muestra",
        ),
    ),
    (
        "CERTIFICATE_REFERENCE_MISSING",
        (
            "it does not say which certificate it was made with",
            "no dice con qué certificado se hizo",
        ),
    ),
    (
        "UNSUPPORTED_ALGORITHM",
        (
            "it uses an algorithm that is not judged here",
            "usa un algoritmo que aquí no se juzga",
        ),
    ),
    (
        "WEAK_ALGORITHM",
        (
            "it uses an algorithm that is broken, and nothing proves that it is older than that",
            "usa un algoritmo roto, y nada prueba que sea anterior a ello",
        ),
    ),
    (
        "NO_TRUST_ANCHOR",
        (
            "no authority that you trust vouches for the signer",
            "ninguna autoridad de su confianza responde del firmante",
        ),
    ),
    (
        "CHAIN_BROKEN",
        (
            "the certificates do not lead to a trusted authority by the rules",
            "los certificados no llevan según las reglas a una autoridad de confianza",
        ),
    ),
    (
        "ON_HOLD",
        (
            "the signer's certificate is on hold",
            "el certificado del firmante está suspendido",
        ),
    ),
    (
        "REVOKED",
        (
            "the signer's certificate was revoked, and nothing proves that the signature is older",
            "el certificado del firmante fue revocado, y nada prueba que la firma sea anterior",
        ),
    ),
    (
        "AUTHORITY_REVOKED",
        (
            "the certificate of an authority was revoked",
            "el certificado de una autoridad fue revocado",
        ),
    ),
    (
        "CERTIFICATE_NOT_YET_VALID",
        (
            "the certificate was not valid yet",
            "el certificado aún no era válido",
        ),
    ),
    (
        "CERTIFICATE_EXPIRED",
        (
            "the certificate has expired, and nothing proves that the signature is older",
            "el certificado ha caducado, y nada prueba que la firma sea anterior",
        ),
    ),
    (
        "REVOCATION_STALE",
        (
            "what is known of revocations is out of date",
            "lo que se sabe de revocaciones está anticuado",
        ),
    ),
    (
        "REVOCATION_UNUSABLE",
        (
            "what is known of revocations cannot be used",
            "lo que se sabe de revocaciones no se puede usar",
        ),
    ),
    (
        "REVOCATION_UNKNOWN",
        (
            "whether the certificate was revoked is not known",
            "no se sabe si el certificado fue revocado",
        ),
    ),
    (
        "CONTAINER_MALFORMED",
        (
            "the container is damaged, or readers would see different files in it",
            "el contenedor está dañado, o cada lector vería en él ficheros distintos",
        ),
    ),
    (
        "CONTAINER_TYPE",
        (
            "the container is not of the kind that it says",
            "el contenedor no es de la clase que dice",
        ),
    ),
    (
        "MANIFEST_MALFORMED",
        (
            "the list of signed files cannot be read",
            "la lista de ficheros firmados no se puede leer",
        ),
    ),
    (
        "MANIFEST_MISSING",
        (
            "there is no list of the files that a signature is over",
            "falta la lista de los ficheros que cubre una firma",
        ),
    ),
    (
        "MANIFEST_AMBIGUOUS",
        (
            "two lists speak for one signature",
            "dos listas hablan por una firma",
        ),
    ),
    (
        "UNSUPPORTED_FORM",
        (
            "there is a form of signature that is not judged here",
            "hay una forma de firma que aquí no se juzga",
        ),
    ),
    (
        "NOTHING_SEALED",
        (
            "there is no signature that is judged here",
            "no hay firma alguna que aquí se juzgue",
        ),
    ),
    (
        "NOT_COVERED",
        (
            "a file is not covered by any signature",
            "un fichero no está cubierto por firma alguna",
        ),
    ),
    (
        "ARCHIVED_DATA_MISSING",
        (
            "something that it is over is no longer there",
            "falta algo que cubre",
        ),
    ),
    (
        "TIMESTAMP_FROM_FUTURE",
        ("it is from the future", "es del futuro"),
    ),
    (
        "FORM_NOTE",
        ("a note on its form", "una nota sobre su forma"),
    ),
];

struct Words(Language);

impl Words {
    const fn pick(&self, sentence: Sentence) -> &'static str {
        match self.0 {
            Language::English => sentence.0,
            Language::Spanish => sentence.1,
        }
    }

    fn verdict(&self, indication: &str) -> &'static str {
        self.pick(match indication {
            "TOTAL-PASSED" => ("VALID", "VÁLIDA"),
            "TOTAL-FAILED" => ("NOT VALID", "NO VÁLIDA"),
            _ => ("CANNOT TELL", "NO SE PUEDE DECIR"),
        })
    }

    fn finding(&self, text: &mut String, indent: &str, finding: &FindingReport) {
        let reason = self.reason(&finding.code, finding.detail.as_deref());
        line(text, indent, format_args!("{reason}"));
    }

    fn reason(&self, code: &str, detail: Option<&str>) -> String {
        let known = SENTENCES.iter().find(|(known, _)| *known == code);
        let sentence = self.pick(known.map_or(UNKNOWN, |(_, sentence)| *sentence));
        let detail = detail
            .map(|detail| format!(": {detail}"))
            .unwrap_or_default();
        format!("{sentence} [{code}]{detail}")
    }

    fn signer(&self, text: &mut String, indent: &str, signer: &SignerReport) {
        let nobody = self.pick((
            "a signer without certificate",
            "un firmante sin certificado",
        ));
        let subject = signer.subject.as_deref().unwrap_or(nobody);
        line(
            text,
            indent,
            format_args!("{}: {subject}", self.verdict(signer.indication)),
        );
        let deeper = format!("{indent}  ");
        if let Some(time) = &signer.proven_time {
            let words = self.pick((
                "existed, as a timestamp proves, at",
                "existía, como prueba un sello de tiempo,",
            ));
            line(text, &deeper, format_args!("{words} {time}"));
        } else if let Some(time) = &signer.claimed_time {
            let words = self.pick((
                "made, as it says itself, at",
                "hecha, según dice ella misma,",
            ));
            line(text, &deeper, format_args!("{words} {time}"));
        }
        for finding in &signer.findings {
            self.finding(text, &deeper, finding);
        }
        for stamp in &signer.timestamps {
            self.timestamp(text, &deeper, stamp);
        }
        for counter in &signer.counter_signatures {
            line(text, &deeper, self.pick(("counter-signed:", "refrendada:")));
            self.signer(text, &format!("{deeper}  "), counter);
        }
    }

    fn timestamp(&self, text: &mut String, indent: &str, stamp: &TimestampReport) {
        let Some(code) = stamp.code else {
            return;
        };
        let words = self.pick((
            "a timestamp proves nothing",
            "un sello de tiempo no prueba nada",
        ));
        line(
            text,
            indent,
            format_args!("{words}: {}", self.reason(code, stamp.detail.as_deref())),
        );
    }

    const fn object(&self, state: ObjectState) -> &'static str {
        self.pick(match state {
            ObjectState::Intact => ("as it was signed", "tal como se firmó"),
            ObjectState::Changed => (
                "CHANGED after it was signed",
                "MODIFICADO después de la firma",
            ),
            ObjectState::Missing => ("not there", "no está"),
            ObjectState::Unknown => (
                "hashed with an unknown algorithm",
                "con un resumen desconocido",
            ),
        })
    }
}

/// The report as text: the verdict first, then each signature, then the files.
#[must_use]
pub fn render_text(report: &FileReport, language: Language) -> String {
    let words = Words(language);
    let mut text = String::new();
    line(&mut text, "", words.verdict(report.indication));
    for fault in &report.faults {
        words.finding(&mut text, "  ", fault);
    }
    for signature in &report.signatures {
        line(&mut text, "  ", format_args!("{}:", signature.name));
        for signer in &signature.signers {
            words.signer(&mut text, "    ", signer);
        }
        for (name, state) in &signature.objects {
            line(
                &mut text,
                "    ",
                format_args!("{name}: {}", words.object(*state)),
            );
        }
    }
    text
}

fn line(text: &mut String, indent: &str, content: impl std::fmt::Display) {
    // Writing to memory cannot fail.
    let _ = writeln!(text, "{indent}{content}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Container;

    #[test]
    fn every_finding_has_words_in_both_languages() {
        let finding = |code: &str| FindingReport {
            code: code.to_owned(),
            indication: "INDETERMINATE",
            sub_indication: None,
            detail: None,
        };
        let report = FileReport {
            container: Container::AsicE,
            overall: "cannot_tell",
            indication: "INDETERMINATE",
            exit_code: 2,
            verified_at: String::new(),
            faults: SENTENCES.iter().map(|(code, _)| finding(code)).collect(),
            objects: Vec::new(),
            signatures: Vec::new(),
        };
        let english = render_text(&report, Language::English);
        let spanish = render_text(&report, Language::Spanish);
        assert!(english.contains("CANNOT TELL") && !english.contains(UNKNOWN.0));
        assert!(spanish.contains("NO SE PUEDE DECIR") && !spanish.contains(UNKNOWN.1));
        assert_eq!(english.lines().count(), spanish.lines().count());
    }
}
