//! Names that people will read.

/// Whether a character is not seen but can hide or reorder others, so that one name can be made to look
/// like another: control characters, and the format characters, separators and fillers that occur in
/// names (Unicode general categories Cc, Cf, Zl and Zp, variation selectors, and the Hangul fillers).
#[must_use]
pub fn is_invisible(c: char) -> bool {
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
    use super::is_invisible;

    #[test]
    fn what_hides_or_reorders_is_invisible_and_letters_are_not() {
        assert!(
            ['\n', '\u{202E}', '\u{200D}', '\u{FEFF}', '\u{3164}']
                .into_iter()
                .all(is_invisible)
        );
        assert!(
            !"María-José O'Higgins 例 & Ñandú, S.L."
                .chars()
                .any(is_invisible)
        );
    }
}
