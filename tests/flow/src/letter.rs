//! Reading a PIN letter as its receiver does: by looking at it.

use std::io;
use std::path::Path;
use std::process::Command;

/// The codes on a letter.
pub struct Codes {
    /// The transport PIN.
    pub pin: String,
    /// The PUK.
    pub puk: String,
}

/// Reads the codes from the letter's text, with poppler's `pdftotext`.
///
/// # Errors
/// When the tool is missing, or the letter has no PIN of 6 to 8 digits and no PUK of 8.
pub fn read(letter: &Path) -> io::Result<Codes> {
    let text = text(letter)?;
    let codes = text.lines().find_map(codes);
    codes.ok_or_else(|| io::Error::other(format!("no codes found in {}", letter.display())))
}

/// Reads the code from the approver's letter, which has but one.
///
/// # Errors
/// When the tool is missing, or the letter has no line with a PIN of 6 to 8 digits alone.
pub fn read_approvers(letter: &Path) -> io::Result<String> {
    let text = text(letter)?;
    let pin = text
        .lines()
        .filter_map(|line| digits(line.trim()))
        .find(|digits| (6..=8).contains(&digits.len()));
    pin.ok_or_else(|| io::Error::other(format!("no code found in {}", letter.display())))
}

fn text(letter: &Path) -> io::Result<String> {
    let output = Command::new("pdftotext")
        .arg("-layout")
        .arg(letter)
        .arg("-")
        .output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The two codes, if the line holds them side by side and nothing else: digits in groups, the PIN
/// of 6 to 8, the PUK of 8.
fn codes(line: &str) -> Option<Codes> {
    let mut parts = line
        .split("   ")
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(digits);
    let (pin, puk) = (parts.next()??, parts.next()??);
    let right = parts.next().is_none() && (6..=8).contains(&pin.len()) && puk.len() == 8;
    right.then_some(Codes { pin, puk })
}

/// The digits of a part that has nothing but groups of digits.
fn digits(part: &str) -> Option<String> {
    let digits = part.split_whitespace().collect::<String>();
    digits
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::codes;

    #[test]
    fn two_groups_of_digits_side_by_side_are_the_codes() {
        let found = codes("   480 172                    9301 5568").unwrap();
        assert_eq!(
            (found.pin.as_str(), found.puk.as_str()),
            ("480172", "93015568")
        );
    }

    #[test]
    fn dates_and_serial_numbers_are_not() {
        for line in [
            "2026-11-22",
            "Serial number      16 909 060",
            "480 172",
            "480 172   9301 55",
        ] {
            assert!(codes(line).is_none(), "{line}");
        }
    }
}
