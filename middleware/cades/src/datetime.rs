//! UTCTime and GeneralizedTime as RFC 5280 allows them (4.1.2.5).

use alloc::vec::Vec;

use time::{Date, Duration, Month, OffsetDateTime, Time, UtcOffset};

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

/// Reads a GeneralizedTime that may have fractions of a second (RFC 3161,
/// 2.4.2); digits beyond the microsecond are passed over.
pub(crate) fn read_precise(
    cursor: &mut Cursor<'_>,
    structure: &'static str,
) -> Result<OffsetDateTime, Asn1Error> {
    let element = cursor.expect(tag::GENERALIZED_TIME)?;
    parse_precise(element.value).ok_or(Asn1Error::Value {
        structure,
        what: "not a time in UTC with seconds",
    })
}

fn parse_precise(text: &[u8]) -> Option<OffsetDateTime> {
    let Some(point) = text.iter().position(|&octet| octet == b'.') else {
        return parse(text, 4);
    };
    let (whole, fraction) = text.split_at_checked(point)?;
    let fraction = fraction.strip_prefix(b".")?.strip_suffix(b"Z")?;
    if fraction.is_empty() || fraction.len() > 32 || !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let seconds = parse(&[whole, b"Z"].concat(), 4)?;
    let digits = fraction.iter().copied().chain(core::iter::repeat(b'0'));
    let micros = digits.take(6).try_fold(0_i64, |sum, digit| {
        sum.checked_mul(10)?
            .checked_add(i64::from(digit.checked_sub(b'0')?))
    })?;
    seconds.checked_add(Duration::microseconds(micros))
}

/// A GeneralizedTime in whole seconds.
pub(crate) fn generalized(time: OffsetDateTime) -> Vec<u8> {
    let time = time.to_offset(UtcOffset::UTC);
    let text = alloc::format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}Z",
        time.year(),
        u8::from(time.month()),
        time.day(),
        time.hour(),
        time.minute(),
        time.second()
    );
    crate::tlv::element(tag::GENERALIZED_TIME, text.as_bytes())
}

/// `Time` as RFC 5280 and RFC 5652 (11.3) have it: a UTCTime for the years
/// 1950 to 2049, a GeneralizedTime for others.
pub(crate) fn time(time: OffsetDateTime) -> Vec<u8> {
    let utc = time.to_offset(UtcOffset::UTC);
    if !(1950..2050).contains(&utc.year()) {
        return generalized(utc);
    }
    let text = alloc::format!(
        "{:02}{:02}{:02}{:02}{:02}{:02}Z",
        utc.year() % 100,
        u8::from(utc.month()),
        utc.day(),
        utc.hour(),
        utc.minute(),
        utc.second()
    );
    crate::tlv::element(tag::UTC_TIME, text.as_bytes())
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
    fn fractions_are_read_where_they_may_stand() {
        assert_eq!(
            parse_precise(b"20261122214005.25Z"),
            Some(datetime!(2026-11-22 21:40:05.25 UTC))
        );
        for text in [
            &b"20261122214005.Z"[..],
            b"20261122214005.5",
            b"20261122214005.5aZ",
        ] {
            assert_eq!(parse_precise(text), None);
        }
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
