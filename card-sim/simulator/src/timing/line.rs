//! Lines between reader and card.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

/// T=1: a character takes 11 elementary time units (ISO/IEC 7816-3, 11.2), and a command and its
/// response are two blocks with prologue and epilogue of 4 bytes each.
const CONTACT_BITS: u64 = 11;
const CONTACT_FRAME: u64 = 8;
/// ISO/IEC 14443-3: a byte takes 9 bits; two blocks with a protocol byte and 2 bytes of CRC each.
const CONTACTLESS_BITS: u64 = 9;
const CONTACTLESS_FRAME: u64 = 6;

const CONTACT_RATES: [u32; 10] = [
    9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 250_000, 460_800, 500_000, 921_600,
];
const CONTACTLESS_RATES: [u32; 4] = [106, 212, 424, 848];

/// What lies between reader and card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Contacts, T=1, with so many bits a second.
    Contact(u32),
    /// Contactless, with so many thousand bits a second.
    Contactless(u32),
}

/// There is no line of this name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no line is called '{name}'; there are {}", known().join(", "))]
pub struct UnknownLine {
    /// What was asked for.
    pub name: String,
}

impl Line {
    /// Every line, slow ones first, contacts first.
    pub fn all() -> impl Iterator<Item = Self> {
        let contact = CONTACT_RATES.into_iter().map(Self::Contact);
        contact.chain(CONTACTLESS_RATES.into_iter().map(Self::Contactless))
    }

    /// Whether the card is used without contacts.
    #[must_use]
    pub const fn is_contactless(self) -> bool {
        matches!(self, Self::Contactless(_))
    }

    /// What the bytes of one command and its response take.
    #[must_use]
    pub fn apdu(self, command: usize, response: usize) -> Duration {
        let (bits, frame, rate) = match self {
            Self::Contact(rate) => (CONTACT_BITS, CONTACT_FRAME, u64::from(rate)),
            Self::Contactless(rate) => {
                let rate = u64::from(rate).saturating_mul(1000);
                (CONTACTLESS_BITS, CONTACTLESS_FRAME, rate)
            }
        };
        let bytes = u64::try_from(command.saturating_add(response)).unwrap_or(u64::MAX);
        let bits = bytes.saturating_add(frame).saturating_mul(bits);
        let nanoseconds = bits.saturating_mul(1_000_000_000);
        Duration::from_nanos(nanoseconds.checked_div(rate).unwrap_or_default())
    }
}

fn known() -> Vec<String> {
    Line::all().map(|line| line.to_string()).collect()
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Contact(rate) => write!(f, "contact-{rate}"),
            Self::Contactless(rate) => write!(f, "contactless-{rate}"),
        }
    }
}

impl FromStr for Line {
    type Err = UnknownLine;

    fn from_str(name: &str) -> Result<Self, UnknownLine> {
        let unknown = || UnknownLine {
            name: name.to_owned(),
        };
        Self::all()
            .find(|line| line.to_string() == name)
            .ok_or_else(unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many APDUs with so many bytes to and from the card, in microseconds.
    fn dialogue(line: Line, apdus: u32, to: usize, from: usize) -> u128 {
        let rest = line.apdu(0, 0) * (apdus - 1);
        (line.apdu(to, from) + rest).as_micros()
    }

    /// The byte counts are those of OpenSC's and ykcs11's first signature; the times by hand:
    /// (to + from + 8 x APDUs) x 11 / rate, and (to + from + 6 x APDUs) x 9 / rate.
    #[test]
    fn the_line_takes_what_its_rate_says() {
        let contact = Line::Contact;
        assert_eq!(dialogue(contact(9_600), 23, 273, 997), 1_666_041);
        assert_eq!(dialogue(contact(115_200), 23, 273, 997), 138_836);
        assert_eq!(dialogue(contact(250_000), 23, 273, 997), 63_976);
        assert_eq!(dialogue(contact(9_600), 92, 713, 2361), 4_365_624);
        assert_eq!(dialogue(Line::Contactless(106), 23, 273, 997), 119_547);
        assert_eq!(dialogue(Line::Contactless(848), 23, 273, 997), 14_943);
    }

    #[test]
    fn every_line_has_a_name_and_no_other_name_has_a_line() {
        for line in Line::all() {
            assert_eq!(line.to_string().parse(), Ok(line));
        }
        assert_eq!("contactless-424".parse(), Ok(Line::Contactless(424)));
        for name in [
            "",
            "contact",
            "contact-9601",
            "contactless-0424",
            "CONTACT-9600",
        ] {
            let error = name.parse::<Line>().unwrap_err();
            assert!(error.to_string().contains("contactless-848"), "{error}");
        }
    }
}
