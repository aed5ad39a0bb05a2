//! Names that people and logs will read.

use crate::Error;

/// Refuses control characters and those that are not seen but hide or reorder others (Unicode general
/// categories Cf, Zl and Zp, as far as they occur in names).
pub(crate) fn check_visible(what: &'static str, text: &str) -> Result<(), Error> {
    if text.trim() != text || text.chars().any(is_hidden) {
        return Err(Error::Value {
            what,
            why: "no blanks at its ends, and no control or invisible characters",
        });
    }
    Ok(())
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{00AD}'
                | '\u{034F}'
                | '\u{061C}'
                | '\u{115F}'..='\u{1160}'
                | '\u{180E}'
                | '\u{200B}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{3164}'
                | '\u{FE00}'..='\u{FE0F}'
                | '\u{FEFF}'
                | '\u{FFF9}'..='\u{FFFB}'
                | '\u{E0000}'..='\u{E0FFF}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_seen_is_taken_and_what_hides_is_not() {
        for good in ["ana", "María-José O'Higgins", "例", "Ñandú S.L."] {
            assert!(check_visible("name", good).is_ok(), "{good}");
        }
        for bad in [
            " ana",
            "ana ",
            "a\nb",
            "a\u{202E}b",
            "a\u{200D}b",
            "\u{FEFF}a",
        ] {
            assert!(check_visible("name", bad).is_err(), "{bad:?}");
        }
    }
}
