//! UTCTime and GeneralizedTime as RFC 5280 allows them (4.1.2.5).

use time::{Date, Month, OffsetDateTime, Time};

use crate::error::Asn1Error;
use crate::tlv::{Cursor, tag};

/// Reads `Time ::= CHOICE { utcTime UTCTime, generalTime GeneralizedTime }`.
pub(crate) fn read(
    cursor: &mut Cursor<'_>,
    structure: &'static str,
) -> Result<OffsetDateTime, Asn1Error> {
    let element = cursor.any()?;
    let parsed = match element.tag {
        tag::UTC_TIME => parse(element.value, 2),
        tag::GENERALIZED_TIME => parse(element.value, 4),
        _ => None,
    };
    parsed.ok_or(Asn1Error::Value {
        structure,
        what: "not a time in UTC with seconds",
    })
}

/// True if the next element is a time.
pub(crate) fn is_next(cursor: &Cursor<'_>) -> bool {
    matches!(cursor.peek(), Some(tag::UTC_TIME | tag::GENERALIZED_TIME))
}

/// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`.
fn parse(text: &[u8], year_digits: usize) -> Option<OffsetDateTime> {
    let (&zone, digits) = text.split_last()?;
    let expected = year_digits.checked_add(10)?;
    if zone != b'Z' || digits.len() != expected || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let (year, rest) = digits.split_at_checked(year_digits)?;
    let year = match (i32::from(number(year)?), year_digits) {
        (short, 2) if short >= 50 => short.checked_add(1900)?,
        (short, 2) => short.checked_add(2000)?,
        (long, _) => long,
    };
    let mut pairs = rest.chunks_exact(2).map(number);
    let mut next = || u8::try_from(pairs.next()??).ok();
    let month = Month::try_from(next()?).ok()?;
    let date = Date::from_calendar_date(year, month, next()?).ok()?;
    let time = Time::from_hms(next()?, next()?, next()?).ok()?;
    Some(OffsetDateTime::new_utc(date, time))
}

fn number(digits: &[u8]) -> Option<u16> {
    digits.iter().try_fold(0_u16, |sum, digit| {
        sum.checked_mul(10)?
            .checked_add(u16::from(digit.checked_sub(b'0')?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn both_forms_read_alike() {
        let expected = datetime!(2026-11-22 21:40:05 UTC);
        assert_eq!(parse(b"261122214005Z", 2), Some(expected));
        assert_eq!(parse(b"20261122214005Z", 4), Some(expected));
        assert_eq!(
            parse(b"500101000000Z", 2),
            Some(datetime!(1950-01-01 0:00 UTC))
        );
        assert_eq!(
            parse(b"490101000000Z", 2),
            Some(datetime!(2049-01-01 0:00 UTC))
        );
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            &b"2611222140Z"[..],
            b"261122214005+0100",
            b"261322214005Z",
            b"260230000000Z",
            b"26112221400aZ",
            b"",
            b"Z",
        ] {
            assert_eq!(parse(text, 2), None, "{text:?}");
        }
        assert_eq!(parse(b"20261122214005.5Z", 4), None);
    }
}
