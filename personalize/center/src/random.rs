//! Random bytes and uniform digits from the operating system.

use zeroize::Zeroizing;

use crate::Error;

/// Random bytes.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| Error::Random)?;
    Ok(bytes)
}

/// A random serial number of a certificate, 16 bytes: positive, and of full length.
pub(crate) fn serial_number() -> Result<[u8; 16], Error> {
    let mut serial: [u8; 16] = bytes()?;
    if let Some(first) = serial.first_mut() {
        *first = (*first & 0x7f) | 0x40;
    }
    Ok(serial)
}

/// Random decimal digits in ASCII, each of the ten equally likely.
pub(crate) fn digits(count: usize) -> Result<Vec<u8>, Error> {
    // 250 is the largest multiple of ten in a byte; larger ones would favour the small digits.
    // The room is taken beforehand, so that no digits stay behind where a vector grew.
    let mut digits = Vec::with_capacity(count);
    while digits.len() < count {
        let draw = Zeroizing::new(bytes::<16>()?);
        let fair = draw.iter().filter(|byte| **byte < 250);
        digits.extend(fair.map(|byte| b'0' + byte % 10).take(count - digits.len()));
    }
    Ok(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_uniform() {
        let mut seen = [0_u32; 10];
        for digit in digits(100_000).unwrap() {
            seen[usize::from(digit - b'0')] += 1;
        }
        // Ten thousand each are expected; 500 away is more than five standard deviations.
        assert!(
            seen.iter().all(|count| count.abs_diff(10_000) < 500),
            "{seen:?}"
        );
    }

    #[test]
    fn as_many_digits_as_asked() {
        for count in [0, 1, 6, 8, 33] {
            assert_eq!(digits(count).unwrap().len(), count);
        }
    }
}
