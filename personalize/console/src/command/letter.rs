//! The PIN letter: made once, written whole, then the codes are erased.

use std::path::Path;

use sello_center::{Center, Error, Officer, folder_of, write_private};
use sello_issuing::station::Whose;
use sello_paper::letter::{
    Language as LetterLanguage, LetterError, PinLetter, Recipient, SecretDigits, pin_letter,
};
use time::OffsetDateTime;

use super::show::card_number;
use crate::failure::Failure;
use crate::language::Language;

/// Refuses a place where no file can be written, before a card is made.
pub(crate) fn check_place(path: &Path) -> Result<(), Failure> {
    let refused = |kind: std::io::ErrorKind| Failure::File {
        path: path.to_owned(),
        source: kind.into(),
    };
    if path.is_dir() {
        return Err(refused(std::io::ErrorKind::IsADirectory));
    }
    let folder = folder_of(path);
    if !folder.is_dir() {
        return Err(Failure::NoFolder(folder.to_owned()));
    }
    let trial = folder.join(format!(".sello-center-{}", std::process::id()));
    std::fs::File::create_new(&trial)
        .and_then(|_| std::fs::remove_file(&trial))
        .map_err(|source| Failure::File {
            path: path.to_owned(),
            source,
        })
}

/// Whether two letters would be one file, whatever way each is named.
pub(crate) fn is_same_place(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| {
        let folder = folder_of(path);
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        (folder, path.file_name().map(ToOwned::to_owned))
    };
    place(one) == place(other)
}

/// Refuses names that no letter could show, before there is a card that waits for one.
pub(crate) fn check_texts(operator: &str, holder: &str, seal: &str) -> Result<(), Failure> {
    let digits = |code: &[u8]| SecretDigits::new(code).map_err(|_| Failure::Unprintable);
    for language in [LetterLanguage::English, LetterLanguage::Spanish] {
        pin_letter(&PinLetter {
            language,
            center: operator,
            holder,
            application: "A-000000",
            card_serial: "0000000000",
            seal,
            pin: &digits(b"000000")?,
            puk: Some(&digits(b"00000000")?),
            recipient: Recipient::Custodian,
            date: OffsetDateTime::UNIX_EPOCH.date(),
        })?;
    }
    Ok(())
}

/// Where the letters go.
#[derive(Clone, Copy)]
pub(crate) struct Places<'a> {
    /// The custodian's.
    pub(crate) custodian: &'a Path,
    /// The approver's, under dual control.
    pub(crate) approver: Option<&'a Path>,
}

/// Makes the letters. The codes are erased only when they lie there whole.
pub(crate) fn make(
    center: &mut Center,
    officer: &Officer,
    reference: &str,
    places: Places<'_>,
    language: Language,
) -> Result<(), Failure> {
    attempt(center, officer, reference, places, language).map_err(|failure| match failure {
        Failure::Center(Error::NoCodes(_)) => failure,
        other => Failure::LetterDue {
            application: reference.to_owned(),
            failure: Box::new(other),
        },
    })
}

fn attempt(
    center: &mut Center,
    officer: &Officer,
    reference: &str,
    places: Places<'_>,
    language: Language,
) -> Result<(), Failure> {
    let operator = center.operator()?;
    let letter = center.letter(officer, reference)?;
    let digits = |code: &[u8]| SecretDigits::new(code).map_err(|_| Failure::Unprintable);
    let (pin, puk) = (digits(letter.pin.expose())?, digits(letter.puk.expose())?);
    let serial = card_number(&letter.card_serial);
    let custodians = PinLetter {
        language: letter_language(language),
        center: &operator,
        holder: letter.request.applicant.name(),
        application: reference,
        card_serial: &serial,
        seal: &letter.request.seal_name,
        pin: &pin,
        puk: Some(&puk),
        recipient: Recipient::Custodian,
        date: OffsetDateTime::now_utc().date(),
    };
    if let Some(code) = &letter.approver {
        let place = places.approver.ok_or(Failure::ApproverLetter)?;
        let approvers = PinLetter {
            pin: &digits(code.expose())?,
            puk: None,
            recipient: Recipient::Approver,
            ..custodians
        };
        write(place, &approvers)?;
    }
    write(places.custodian, &custodians)?;
    center.letter_made(officer, reference)?;
    Ok(())
}

/// Makes the letter with a PIN that the center has set anew. The PIN is erased only when the letter lies
/// there whole.
pub(crate) fn make_new_pin(
    center: &mut Center,
    officer: &Officer,
    reference: &str,
    path: &Path,
    language: Language,
) -> Result<(), Failure> {
    let operator = center.operator()?;
    let letter = center.new_pin_letter(officer, reference)?;
    let pin = SecretDigits::new(letter.pin.expose()).map_err(|_| Failure::Unprintable)?;
    write(
        path,
        &PinLetter {
            language: letter_language(language),
            center: &operator,
            holder: letter.request.applicant.name(),
            application: reference,
            card_serial: &card_number(&letter.card_serial),
            seal: &letter.request.seal_name,
            pin: &pin,
            puk: None,
            recipient: match letter.whose {
                Whose::Custodian => Recipient::Custodian,
                Whose::Approver => Recipient::Approver,
            },
            date: OffsetDateTime::now_utc().date(),
        },
    )?;
    Ok(center.new_pin_letter_made(officer, reference)?)
}

const fn letter_language(language: Language) -> LetterLanguage {
    match language {
        Language::English => LetterLanguage::English,
        Language::Spanish => LetterLanguage::Spanish,
    }
}

fn write(path: &Path, letter: &PinLetter<'_>) -> Result<(), Failure> {
    let pdf = pin_letter(letter).map_err(|error: LetterError| Failure::Letter(error))?;
    Ok(write_private(path, &pdf)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_names_of_one_place_are_one() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        std::os::unix::fs::symlink(&inner, folder.path().join("link")).unwrap();
        let one = inner.join("a.pdf");
        for other in ["inner/../inner/a.pdf", "link/a.pdf", "./inner/a.pdf"] {
            assert!(is_same_place(&one, &folder.path().join(other)), "{other}");
        }
        assert!(is_same_place(Path::new("a.pdf"), Path::new("./a.pdf")));
        assert!(!is_same_place(&one, &inner.join("b.pdf")));
        assert!(!is_same_place(&one, &folder.path().join("a.pdf")));
    }

    #[test]
    fn places_are_checked_before_and_left_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        assert!(check_place(&folder.path().join("letter.pdf")).is_ok());
        assert!(check_place(folder.path()).is_err());
        assert!(matches!(
            check_place(&folder.path().join("no/letter.pdf")),
            Err(Failure::NoFolder(_))
        ));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
