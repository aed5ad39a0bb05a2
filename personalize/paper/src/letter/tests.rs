use time::{Date, Month};

use super::*;

const PIN: &[u8] = b"480172";
const PUK: &[u8] = b"93015568";

struct Secrets {
    pin: SecretDigits,
    puk: SecretDigits,
}

impl Secrets {
    fn new(pin: &[u8], puk: &[u8]) -> Self {
        Self {
            pin: SecretDigits::new(pin).unwrap(),
            puk: SecretDigits::new(puk).unwrap(),
        }
    }

    fn letter(&self) -> PinLetter<'_> {
        PinLetter {
            language: Language::Spanish,
            center: "Centro de Sellos de Ejemplo",
            holder: "Example S.L.",
            application: "2026-000017",
            card_serial: "16909060",
            seal: "Sello oficial",
            pin: &self.pin,
            puk: Some(&self.puk),
            recipient: Recipient::Custodian,
            date: Date::from_calendar_date(2026, Month::November, 22).unwrap(),
        }
    }
}

fn count(file: &[u8], needle: &[u8]) -> usize {
    file.windows(needle.len()).filter(|w| *w == needle).count()
}

#[test]
fn the_letter_is_one_page_with_its_fonts() {
    let secrets = Secrets::new(PIN, PUK);
    for language in [Language::English, Language::Spanish] {
        let file = pin_letter(&PinLetter {
            language,
            ..secrets.letter()
        })
        .unwrap();
        assert!(file.starts_with(b"%PDF-1.7"));
        assert!(file.trim_ascii_end().ends_with(b"%%EOF"));
        assert_eq!(count(&file, b"/Type/Page/"), 1);
        assert_eq!(count(&file, b"/Type/Pages/Count 1/"), 1);
        for font in [
            &b"LibertinusSerif-Regular"[..],
            b"LibertinusSerif-Semibold",
            b"DejaVuSansMono-Bold",
        ] {
            assert!(count(&file, font) > 0, "{}", String::from_utf8_lossy(font));
        }
        assert!(count(&file, b"/FontFile") >= 3);
    }
}

#[test]
fn everything_given_is_in_it_and_nothing_else_decides() {
    let secrets = Secrets::new(PIN, PUK);
    let base = secrets.letter();
    let file = pin_letter(&base).unwrap();
    assert_eq!(*file, *pin_letter(&base).unwrap());
    let date = Date::from_calendar_date(2026, Month::May, 22).unwrap();
    let other_pin = SecretDigits::new(b"480173").unwrap();
    let other_puk = SecretDigits::new(b"93015569").unwrap();
    for changed in [
        PinLetter {
            language: Language::English,
            ..base
        },
        PinLetter {
            center: "Otro centro",
            ..base
        },
        PinLetter {
            holder: "Example S.A.",
            ..base
        },
        PinLetter {
            application: "2026-000018",
            ..base
        },
        PinLetter {
            card_serial: "16909061",
            ..base
        },
        PinLetter {
            seal: "Contratos",
            ..base
        },
        PinLetter {
            pin: &other_pin,
            ..base
        },
        PinLetter {
            puk: Some(&other_puk),
            ..base
        },
        PinLetter { date, ..base },
    ] {
        assert_ne!(*file, *pin_letter(&changed).unwrap());
    }
}

/// The longest text a field takes, in words.
fn wordy(limit: usize) -> String {
    "Compañía de Cerámica y "
        .chars()
        .cycle()
        .take(limit)
        .collect()
}

#[test]
fn the_longest_texts_still_fit_the_page() {
    let secrets = Secrets::new(PUK, PUK);
    let (long, reference) = (wordy(MAX_TEXT), wordy(MAX_REFERENCE));
    for language in [Language::English, Language::Spanish] {
        pin_letter(&PinLetter {
            language,
            center: &long,
            holder: &long,
            application: &reference,
            card_serial: &reference,
            seal: &long,
            ..secrets.letter()
        })
        .unwrap();
    }
}

#[test]
fn a_page_too_full_is_refused_not_cut_off() {
    let secrets = Secrets::new(PIN, PUK);
    let wide = "W".repeat(MAX_TEXT);
    let result = pin_letter(&PinLetter {
        center: &wide,
        holder: &wide,
        seal: &wide,
        application: "W W W W W W W W W W W W W W W W W W W W",
        ..secrets.letter()
    });
    match result.err().unwrap() {
        LetterError::TooTall { excess_pt } => assert!((1..200).contains(&excess_pt)),
        other => panic!("{other}"),
    }
}

#[test]
fn texts_out_of_bounds_are_refused_by_name() {
    let secrets = Secrets::new(PIN, PUK);
    let base = secrets.letter();
    let long = "x".repeat(MAX_TEXT + 1);
    for (letter, part) in [
        (PinLetter { center: "", ..base }, "center is empty"),
        (
            PinLetter {
                holder: &long,
                ..base
            },
            "holder has 121 characters",
        ),
        (
            PinLetter {
                application: &long[..MAX_REFERENCE + 1],
                ..base
            },
            "application has 41 characters",
        ),
        (
            PinLetter {
                application: "1\n2",
                ..base
            },
            "application contains U+000A",
        ),
        (
            PinLetter {
                card_serial: "1\u{200B}",
                ..base
            },
            "card serial contains U+200B",
        ),
        (
            PinLetter {
                seal: "公章",
                ..base
            },
            "seal contains U+516C",
        ),
    ] {
        let error = pin_letter(&letter).err().unwrap();
        assert!(error.to_string().starts_with(part), "{error}");
    }
}

#[test]
fn dates_are_written_as_the_language_writes_them() {
    let date = Date::from_calendar_date(2027, Month::January, 3).unwrap();
    assert_eq!(words::date(Language::English, date), "January 3, 2027");
    assert_eq!(words::date(Language::Spanish, date), "3 de enero de 2027");
}

#[test]
fn letters_without_a_puk_say_other_things() {
    let secrets = Secrets::new(PIN, PUK);
    for language in [Language::English, Language::Spanish] {
        let first = PinLetter {
            language,
            ..secrets.letter()
        };
        let puk = None;
        let anew = PinLetter { puk, ..first };
        let recipient = Recipient::Approver;
        let approvers = PinLetter { recipient, ..anew };
        let files = [first, anew, approvers].map(|letter| pin_letter(&letter).unwrap());
        for file in &files {
            assert_eq!(count(file, b"/Type/Page/"), 1);
        }
        let [first, anew, approvers] = files;
        assert!(*first != *anew && *anew != *approvers && *first != *approvers);
    }
}
