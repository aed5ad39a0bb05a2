//! The PIN letter: made once, written whole, then the codes are erased.

use std::path::{Path, PathBuf};

use sello_center::{Center, Officer, write_private};
use sello_paper::letter::{
    Language as LetterLanguage, LetterError, PinLetter, SecretDigits, pin_letter,
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
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    if !folder.is_dir() {
        return Err(refused(std::io::ErrorKind::NotFound));
    }
    let trial = folder.join(format!(".sello-center-{}", std::process::id()));
    std::fs::File::create_new(&trial)
        .and_then(|_| std::fs::remove_file(&trial))
        .map_err(|source| Failure::File {
            path: path.to_owned(),
            source,
        })
}

/// Makes the letter. The codes are erased only when it lies there whole.
pub(crate) fn make(
    center: &mut Center,
    officer: &Officer,
    reference: &str,
    path: &Path,
    language: Language,
) -> Result<(), Failure> {
    let operator = center.operator()?;
    let letter = center.letter(officer, reference)?;
    let digits = |code: &[u8]| SecretDigits::new(code).map_err(|_| Failure::Unprintable);
    let pdf = pin_letter(&PinLetter {
        language: match language {
            Language::English => LetterLanguage::English,
            Language::Spanish => LetterLanguage::Spanish,
        },
        center: &operator,
        holder: letter.request.applicant.name(),
        application: reference,
        card_serial: &card_number(&letter.card_serial),
        seal: &letter.request.seal_name,
        pin: &digits(letter.pin.expose())?,
        puk: &digits(letter.puk.expose())?,
        date: OffsetDateTime::now_utc().date(),
    })
    .map_err(|error: LetterError| Failure::Letter(error))?;
    write_private(path, &pdf)?;
    center.letter_made(officer, reference)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_checked_before_and_left_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        assert!(check_place(&folder.path().join("letter.pdf")).is_ok());
        assert!(check_place(folder.path()).is_err());
        assert!(check_place(&folder.path().join("no/letter.pdf")).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
