//! Command and response APDUs (ISO/IEC 7816-4, 5.2), short and extended.

use crate::status::Status;

/// Most data bytes of a short command.
pub const SHORT_DATA: usize = 255;
/// Most response bytes of a short command.
pub const SHORT_RESPONSE: usize = 256;
/// Most response bytes of an extended command.
pub const EXTENDED_RESPONSE: usize = 65_536;

/// A command APDU, its data borrowed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Command<'a> {
    /// Class byte.
    pub cla: u8,
    /// Instruction byte.
    pub ins: u8,
    /// First parameter.
    pub p1: u8,
    /// Second parameter.
    pub p2: u8,
    /// Command data; its length is Nc.
    pub data: &'a [u8],
    /// Ne, the most response data bytes asked for; 0 when none are.
    pub expected: usize,
    /// Whether the length fields are extended.
    pub extended: bool,
}

/// Header and lengths only: the data may be a PIN or a key.
impl core::fmt::Debug for Command<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self {
            cla, ins, p1, p2, ..
        } = self;
        write!(
            f,
            "{cla:02X}{ins:02X}{p1:02X}{p2:02X} Nc={} Ne={}",
            self.data.len(),
            self.expected
        )
    }
}

/// Why bytes are no command APDU: the card answers `6700`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongLength;

impl<'a> Command<'a> {
    /// Parses a command APDU, all seven cases of ISO/IEC 7816-3, 12.1.
    ///
    /// # Errors
    /// [`WrongLength`] when the length fields do not fit the number of bytes.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, WrongLength> {
        let (header, body) = bytes.split_first_chunk::<4>().ok_or(WrongLength)?;
        let [cla, ins, p1, p2] = *header;
        let (data, expected, extended): Body<'_> = match body {
            [] => (body, 0, false),
            [le] => (&[], short_expected(*le), false),
            [0, hi, lo] => (&[], extended_expected(*hi, *lo), true),
            [0, hi, lo, rest @ ..] => extended_body(u16::from_be_bytes([*hi, *lo]), rest)?,
            [lc, rest @ ..] => short_body(*lc, rest)?,
        };
        Ok(Self {
            cla,
            ins,
            p1,
            p2,
            data,
            expected,
            extended,
        })
    }

    /// Writes the APDU: short if the data and Ne allow it and [`Command::extended`] is not set.
    ///
    /// # Errors
    /// [`WrongLength`] when the data has more than 65,535 bytes, Ne is over 65,536, or `buffer` is too
    /// small; [`Command::encoded_length`] tells how large it must be.
    pub fn encode<'b>(&self, buffer: &'b mut [u8]) -> Result<&'b [u8], WrongLength> {
        if self.data.len() > usize::from(u16::MAX) || self.expected > EXTENDED_RESPONSE {
            return Err(WrongLength);
        }
        let mut length = 0;
        let mut put = |bytes: &[u8]| {
            let room = buffer
                .get_mut(length..length + bytes.len())
                .ok_or(WrongLength)?;
            room.copy_from_slice(bytes);
            length += bytes.len();
            Ok(())
        };
        put(&[self.cla, self.ins, self.p1, self.p2])?;
        let [.., hi, lo] = self.data.len().to_be_bytes();
        let [.., ne_hi, ne_lo] = self.expected.to_be_bytes();
        if self.is_extended() {
            if self.data.is_empty() {
                if self.expected > 0 {
                    put(&[0, ne_hi, ne_lo])?;
                }
            } else {
                put(&[0, hi, lo])?;
                put(self.data)?;
                if self.expected > 0 {
                    put(&[ne_hi, ne_lo])?;
                }
            }
        } else {
            if !self.data.is_empty() {
                put(&[lo])?;
                put(self.data)?;
            }
            if self.expected > 0 {
                put(&[ne_lo])?;
            }
        }
        buffer.get(..length).ok_or(WrongLength)
    }

    /// Whether the length fields have to be, or are asked to be, extended.
    #[must_use]
    pub const fn is_extended(&self) -> bool {
        self.extended || self.data.len() > SHORT_DATA || self.expected > SHORT_RESPONSE
    }

    /// A number of bytes that is enough for [`Command::encode`].
    #[must_use]
    pub const fn encoded_length(&self) -> usize {
        4 + 3 + self.data.len() + 2
    }
}

fn short_expected(le: u8) -> usize {
    if le == 0 {
        SHORT_RESPONSE
    } else {
        usize::from(le)
    }
}

fn extended_expected(hi: u8, lo: u8) -> usize {
    match u16::from_be_bytes([hi, lo]) {
        0 => EXTENDED_RESPONSE,
        n => usize::from(n),
    }
}

type Body<'a> = (&'a [u8], usize, bool);

fn short_body(lc: u8, rest: &[u8]) -> Result<Body<'_>, WrongLength> {
    if lc == 0 {
        return Err(WrongLength);
    }
    let (data, le) = rest.split_at_checked(usize::from(lc)).ok_or(WrongLength)?;
    match le {
        [] => Ok((data, 0, false)),
        [le] => Ok((data, short_expected(*le), false)),
        _ => Err(WrongLength),
    }
}

fn extended_body(lc: u16, rest: &[u8]) -> Result<Body<'_>, WrongLength> {
    if lc == 0 {
        return Err(WrongLength);
    }
    let (data, le) = rest.split_at_checked(usize::from(lc)).ok_or(WrongLength)?;
    match le {
        [] => Ok((data, 0, true)),
        [hi, lo] => Ok((data, extended_expected(*hi, *lo), true)),
        _ => Err(WrongLength),
    }
}

/// A response APDU, its data borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Response<'a> {
    /// Response data.
    pub data: &'a [u8],
    /// Status word.
    pub status: Status,
}

impl<'a> Response<'a> {
    /// Splits a response APDU into data and status word.
    ///
    /// # Errors
    /// [`WrongLength`] when there are fewer than two bytes.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, WrongLength> {
        let (data, [sw1, sw2]) = bytes.split_last_chunk::<2>().ok_or(WrongLength)?;
        Ok(Self {
            data,
            status: Status(u16::from_be_bytes([*sw1, *sw2])),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<(usize, usize, bool), WrongLength> {
        let bytes = hex::decode(text).unwrap();
        Command::parse(&bytes).map(|c| (c.data.len(), c.expected, c.extended))
    }

    #[test]
    fn all_seven_cases_are_told_apart() {
        assert_eq!(parse("00A40400"), Ok((0, 0, false)));
        assert_eq!(parse("00A4040000"), Ok((0, 256, false)));
        assert_eq!(parse("00A40400021122"), Ok((2, 0, false)));
        assert_eq!(parse("00A4040002112210"), Ok((2, 16, false)));
        assert_eq!(parse("00A40400000000"), Ok((0, 65_536, true)));
        assert_eq!(parse("00A404000000021122"), Ok((2, 0, true)));
        assert_eq!(parse("00A4040000000211220100"), Ok((2, 256, true)));
    }

    #[test]
    fn a_command_is_shown_without_its_data() {
        extern crate std;
        let bytes = hex::decode("0020008008313233343536FFFF").unwrap();
        let shown = std::format!("{:?}", Command::parse(&bytes).unwrap());
        assert_eq!(shown, "00200080 Nc=8 Ne=0");
    }

    #[test]
    fn lengths_that_do_not_fit_are_refused() {
        for text in [
            "",
            "00A404",
            "00A404000311",
            "00A40400021122AABB",
            "00A404000000",
            "00A40400000000AA",
            "00A40400000002112233",
        ] {
            assert_eq!(parse(text), Err(WrongLength), "{text}");
        }
    }

    #[test]
    fn long_data_makes_the_command_extended_big_endian() {
        let data = [0xAB; 258];
        let command = Command {
            cla: 0,
            ins: 0xDB,
            p1: 0x3F,
            p2: 0xFF,
            data: &data,
            expected: 0,
            extended: false,
        };
        let mut buffer = [0; 300];
        let encoded = command.encode(&mut buffer).unwrap();
        assert_eq!(&encoded[..7], &[0, 0xDB, 0x3F, 0xFF, 0, 1, 2]);
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_parsed(
            header: [u8; 4],
            data in proptest::collection::vec(any::<u8>(), 0..700),
            expected in prop_oneof![Just(0_usize), 1..=256_usize, 257..=65_536_usize],
            extended: bool,
        ) {
            let [cla, ins, p1, p2] = header;
            let mut command = Command { cla, ins, p1, p2, data: &data, expected, extended };
            let mut buffer = [0; 800];
            let encoded = command.encode(&mut buffer).unwrap();
            prop_assert!(encoded.len() <= command.encoded_length());
            command.extended = command.is_extended() && !(data.is_empty() && expected == 0);
            prop_assert_eq!(Command::parse(encoded), Ok(command));
        }

        #[test]
        fn no_bytes_make_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Command::parse(&bytes);
            let _ = Response::parse(&bytes);
        }
    }
}
