//! The host's side of the table: a reader, commands, and what the card answers.

/// Room for the longest response of the play.
const RESPONSE_LENGTH: usize = 258;
/// Room for the longest command of the play.
const COMMAND_LENGTH: usize = 5 + 255 + 1;
const SELECT: [u8; 5] = [0xA0, 0x00, 0x00, 0x03, 0x08];

/// Whoever brings a command to the card.
pub trait Reader {
    /// Sends a command and writes the response into `response`; gives its length. `name` is what people
    /// call the command.
    fn transmit(&mut self, name: &'static str, command: &[u8], response: &mut [u8]) -> usize;
}

/// A command that was not answered as it had to be; the status word is 0 where there was none or it was
/// no refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The command.
    pub name: &'static str,
    /// The status word.
    pub status: u16,
}

/// The reader and what came from it last.
pub(crate) struct Table<'a, R> {
    reader: &'a mut R,
    response: [u8; RESPONSE_LENGTH],
}

impl<'a, R: Reader> Table<'a, R> {
    /// Begins with SELECT.
    pub(crate) fn select(reader: &'a mut R) -> Result<Self, Refused> {
        let mut table = Self {
            reader,
            response: [0; RESPONSE_LENGTH],
        };
        table.say("SELECT", [0x00, 0xA4, 0x04, 0x00], &SELECT)?;
        Ok(table)
    }

    /// Sends a short command, with Le 00 where there are data, and gives the data of its answer, which
    /// has to be `9000`.
    pub(crate) fn say(
        &mut self,
        name: &'static str,
        header: [u8; 4],
        data: &[u8],
    ) -> Result<&[u8], Refused> {
        let mut command = [0; COMMAND_LENGTH];
        let count = u8::try_from(data.len()).unwrap_or(u8::MAX);
        let parts = header.iter().chain([&count]).chain(data);
        for (to, from) in command.iter_mut().zip(parts) {
            *to = *from;
        }
        let end = if data.is_empty() { 4 } else { data.len() + 6 };
        let command = command.get(..end).unwrap_or_default();
        let length = self.reader.transmit(name, command, &mut self.response);
        let response = self.response.get(..length).unwrap_or_default();
        match response.split_last_chunk() {
            Some((answer, [0x90, 0x00])) => Ok(answer),
            Some((_, status)) => Err(Refused {
                name,
                status: u16::from_be_bytes(*status),
            }),
            None => Err(Refused { name, status: 0 }),
        }
    }
}

/// Copies as much as there is and fits; gives how much that was.
pub(crate) fn copy(to: &mut [u8], from: Option<&[u8]>) -> usize {
    let pairs = to.iter_mut().zip(from.unwrap_or_default());
    pairs.map(|(to, from)| *to = *from).count()
}
