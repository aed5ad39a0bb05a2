//! Names that people and logs will read.

use sello_profile::text::is_invisible;

use crate::Error;

/// Refuses control characters and those that are not seen but hide or reorder others (Unicode general
/// categories Cf, Zl and Zp, as far as they occur in names).
pub(crate) fn check_visible(what: &'static str, text: &str) -> Result<(), Error> {
    if text.trim() != text || text.chars().any(is_invisible) {
        return Err(Error::Value {
            what,
            why: "no blanks at its ends, and no control or invisible characters",
        });
    }
    Ok(())
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
