//! The application that `ykman` looks for beside PIV, put in front of a card.
//!
//! `ykman` takes a card for its maker's when the application `A000000527471117` names a version and a
//! list of what the card can. A Sello card has no such application and is none of that maker's; here, in
//! the test, this wrapper answers in its place and hands everything else on.

use sello_simulator::{CardError, Contacts, SimulatedCard};
use sello_wire::Channel;

/// The application's identifier.
const APPLICATION: &[u8] = &[0xA0, 0x00, 0x00, 0x05, 0x27, 0x47, 0x11, 0x17];
/// SELECT by name.
const SELECT: &[u8] = &[0x00, 0xA4, 0x04];
/// Read the list of what the card can.
const READ_CONFIGURATION: u8 = 0x1D;
/// The bit of PIV in the list.
const PIV: [u8; 2] = [0x00, 0x10];
const DONE: [u8; 2] = [0x90, 0x00];
const NO_SUCH_INSTRUCTION: [u8; 2] = [0x6D, 0x00];

/// A card with that application in front of it.
pub struct WithManagement {
    card: SimulatedCard,
    serial: [u8; 4],
    version: [u8; 3],
    selected: bool,
}

impl WithManagement {
    /// Puts it in front of a card, whose version and serial number it will name.
    ///
    /// # Errors
    /// When the card does not tell them.
    pub fn new(mut card: SimulatedCard) -> Result<Self, CardError> {
        let mut buffer = [0; 258];
        card.transmit(
            &[0x00, 0xA4, 0x04, 0x00, 0x05, 0xA0, 0x00, 0x00, 0x03, 0x08],
            &mut buffer,
        )?;
        let serial = card.transmit(&[0x00, 0xF8, 0x00, 0x00, 0x00], &mut buffer)?;
        let serial = leading(serial)?;
        let version = card.transmit(&[0x00, 0xFD, 0x00, 0x00, 0x00], &mut buffer)?;
        let version = leading(version)?;
        card.reset()?;
        Ok(Self {
            card,
            serial,
            version,
            selected: false,
        })
    }

    /// The card's serial number.
    #[must_use]
    pub const fn serial(&self) -> u32 {
        u32::from_be_bytes(self.serial)
    }

    /// What this application answers, if the command is for it.
    fn answer(&mut self, command: &[u8]) -> Option<Vec<u8>> {
        if command.starts_with(SELECT) {
            let length = command.get(4).copied().map_or(0, usize::from);
            self.selected = command.get(5..5 + length) == Some(APPLICATION);
            return self.selected.then(|| self.greeting());
        }
        let chosen = command.get(1).filter(|_| self.selected)?;
        Some(match *chosen {
            READ_CONFIGURATION => self.configuration(),
            _ => NO_SUCH_INSTRUCTION.to_vec(),
        })
    }

    fn greeting(&self) -> Vec<u8> {
        let [major, minor, patch] = self.version;
        let mut text = format!("Virtual mgr - FW version {major}.{minor}.{patch}").into_bytes();
        text.extend(DONE);
        text
    }

    fn configuration(&self) -> Vec<u8> {
        let mut list = Vec::new();
        for (tag, value) in [
            // Supported and enabled, by contact and contactless.
            (0x01, &PIV[..]),
            (0x03, &PIV),
            (0x0D, &PIV),
            (0x0E, &PIV),
            (0x02, &self.serial),
            (0x05, &self.version),
        ] {
            list.push(tag);
            list.extend(u8::try_from(value.len()));
            list.extend(value);
        }
        let mut answer = Vec::from_iter(u8::try_from(list.len()));
        answer.extend(list);
        answer.extend(DONE);
        answer
    }
}

/// The first bytes of a response.
fn leading<const N: usize>(response: &[u8]) -> Result<[u8; N], CardError> {
    let bytes = response.first_chunk().copied();
    bytes.ok_or(CardError::UnreadableMemory)
}

impl Channel for WithManagement {
    type Error = CardError;

    fn transmit<'r>(
        &mut self,
        command: &[u8],
        response: &'r mut [u8],
    ) -> Result<&'r [u8], CardError> {
        let Some(answer) = self.answer(command) else {
            return self.card.transmit(command, response);
        };
        if command.starts_with(SELECT) {
            // PIV is left, as by selecting any other application.
            self.card.transmit(command, response)?;
        }
        let (needed, available) = (answer.len(), response.len());
        let room = response
            .get_mut(..needed)
            .ok_or(CardError::BufferTooSmall { needed, available })?;
        room.copy_from_slice(&answer);
        Ok(room)
    }
}

impl Contacts for WithManagement {
    fn answer_to_reset(&self) -> &[u8] {
        self.card.answer_to_reset()
    }

    fn supply(&mut self) -> Result<(), CardError> {
        self.selected = false;
        self.card.supply()
    }

    fn cut(&mut self) {
        self.card.cut();
    }
}
