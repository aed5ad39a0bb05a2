//! Whether text that is shown says a value, as it stands or formatted.

/// Whether there is nothing to read.
pub(super) fn is_nothing(said: &[u8]) -> bool {
    letters_of_octets(said).is_empty()
}

/// Whether what is shown says the value. What stands between letters and digits does not count: lines
/// are broken anew, and the digits of a comb are shown one by one. Where a script `formats`, numbers
/// and dates may be written otherwise.
pub(super) fn fits(value: &str, said: &[u8], formats: bool) -> bool {
    letters(value) == letters_of_octets(said)
        || (formats && (same_number(value, said) || same_date(value, said)))
}

/// Any letter beyond ASCII: fonts differ in which code it has.
const FOREIGN: u8 = 0xff;

fn letters(value: &str) -> Vec<u8> {
    let byte = |letter: char| u8::try_from(letter).ok().filter(u8::is_ascii);
    let octets = value.chars().map(|letter| byte(letter).unwrap_or(FOREIGN));
    letters_of_octets(&octets.collect::<Vec<u8>>())
}

fn letters_of_octets(octets: &[u8]) -> Vec<u8> {
    octets
        .iter()
        .filter(|octet| octet.is_ascii_alphanumeric() || !octet.is_ascii())
        .map(|octet| if octet.is_ascii() { *octet } else { FOREIGN })
        .collect()
}

/// Whether both are one number, as far as the places that are shown go.
fn same_number(value: &str, said: &[u8]) -> bool {
    let has_decimals = value.contains(['.', ',']);
    let Ok(value) = value.trim().replace(',', ".").parse::<f64>() else {
        return false;
    };
    let negative = said.contains(&b'-') || said.contains(&b'(');
    if value != 0.0 && negative != (value < 0.0) {
        return false;
    }
    let percent = if said.contains(&b'%') { 100.0 } else { 1.0 };
    let value = (value * percent).abs();
    let number: Vec<u8> = said
        .iter()
        .copied()
        .filter(|octet| octet.is_ascii_digit() || b".,".contains(octet))
        .collect();
    let digits = |part: &[u8]| -> String {
        let digits = part.iter().filter(|octet| octet.is_ascii_digit());
        digits.map(|octet| char::from(*octet)).collect()
    };
    let is = |shown: &str, places: usize| {
        let places = i32::try_from(places).unwrap_or(i32::MAX);
        let half = 0.5 * 10_f64.powi(places.saturating_neg());
        let shown = shown.parse::<f64>();
        shown.is_ok_and(|shown| (shown - value).abs() <= half * 1.001)
    };
    if is(&digits(&number), 0) {
        return true;
    }
    // The last point or comma may set off decimals; three digits behind it are thousands, unless the
    // value has decimals too.
    let last = number.iter().rposition(|octet| !octet.is_ascii_digit());
    let Some((whole, decimals)) = last.and_then(|last| number.split_at_checked(last)) else {
        return false;
    };
    let (whole, decimals) = (digits(whole), digits(decimals));
    let places = decimals.len();
    (places != 3 || has_decimals) && is(&format!("{whole}.{decimals}"), places)
}

/// Whether the value has the numbers of a date, and what is shown has some of them and no other.
fn same_date(value: &str, said: &[u8]) -> bool {
    let of_value = numbers(value.as_bytes());
    let shown = numbers(said);
    let known = |shown: &String| {
        let shown = shown.trim_start_matches('0');
        let ends = |number: &String| number.trim_start_matches('0').ends_with(shown);
        of_value.iter().any(ends)
    };
    (3..=6).contains(&of_value.len()) && shown.len() >= 2 && shown.iter().all(known)
}

/// The digits that stand together.
fn numbers(octets: &[u8]) -> Vec<String> {
    let parts = octets.split(|octet| !octet.is_ascii_digit());
    let parts = parts.filter(|part| !part.is_empty());
    parts
        .map(|part| String::from_utf8_lossy(part).into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_said_as_it_stands_whatever_is_between_its_letters() {
        for (value, said) in [
            ("900", "900"),
            ("Calle Mayor 1, Logroño", "Calle Mayor 1,Logro\u{f1}o"),
            ("12345678", "1 2 3 4 5 6 7 8"),
            ("a\r\nb", "ab"),
        ] {
            let octets: Vec<u8> = said.chars().map(|c| u8::try_from(c).unwrap()).collect();
            assert!(fits(value, &octets, false), "{value}");
        }
        for (value, said) in [("900", "9000"), ("900", "90"), ("not approved", "approved")] {
            assert!(!fits(value, said.as_bytes(), false), "{value}");
            assert!(!fits(value, said.as_bytes(), true), "{value}");
        }
    }

    #[test]
    fn scripts_write_numbers_and_dates_otherwise() {
        for (value, said) in [
            ("1234.5", "$1,234.50"),
            ("1234.567", "1.234,57 EUR"),
            ("1234", "1,234.00"),
            ("-5", "(5.00)"),
            ("0.15", "15%"),
            ("2026-11-28", "28 Nov 2026"),
            ("2026-11-28", "28/11/26"),
        ] {
            assert!(fits(value, said.as_bytes(), true), "{value} {said}");
            assert!(!fits(value, said.as_bytes(), false), "{value} {said}");
        }
        for (value, said) in [
            ("1234.5", "$12,345.00"),
            ("100", "100,000"),
            ("2026-11-28", "28 Nov 2025"),
            ("-5", "5.00"),
        ] {
            assert!(!fits(value, said.as_bytes(), true), "{value} {said}");
        }
    }
}
