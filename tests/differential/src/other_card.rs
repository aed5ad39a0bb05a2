//! The `piv-authenticator` crate's card.

use std::panic::{AssertUnwindSafe, catch_unwind};

use heapless::{CapacityError, Vec as Bounded, VecView};
use iso7816::command::FromSliceError;
use iso7816::{Command, Status};
use piv_authenticator::{Authenticator, Options};

use crate::platform::Platform;

/// The longest command and answer.
const CAPACITY: usize = 4096;

/// The other card, behind a reader that hands it whole commands.
pub struct OtherCard {
    platform: Platform,
    card: Authenticator<Platform>,
    chain: Option<Command<CAPACITY>>,
}

impl Default for OtherCard {
    fn default() -> Self {
        let platform = Platform::default();
        let card = Authenticator::new(platform.clone(), Options::new());
        let chain = None;
        Self {
            platform,
            card,
            chain,
        }
    }
}

impl OtherCard {
    /// Takes the power away and gives it back.
    pub fn reset(&mut self) {
        self.card = Authenticator::new(self.platform.clone(), Options::new());
        self.chain = None;
    }

    /// A command with the parts that came before it.
    fn put_together(
        &mut self,
        command: Command<CAPACITY>,
    ) -> Result<Command<CAPACITY>, CapacityError> {
        let Some(mut whole) = self.chain.take() else {
            return Ok(command);
        };
        whole.extend_from_command(&command)?;
        Ok(whole)
    }

    /// Data and status word of the answer to one command; `None` when the card panicked.
    ///
    /// What its parser of commands refuses gets the status word ISO/IEC 7816-4 has for that, since the
    /// crate leaves it to its reader.
    pub fn transmit(&mut self, bytes: &[u8]) -> Option<(Vec<u8>, u16)> {
        let command: Command<CAPACITY> = match Command::try_from(bytes) {
            Ok(command) => command,
            Err(FromSliceError::InvalidClass) => return Some((Vec::new(), 0x6E00)),
            Err(_) => return Some((Vec::new(), 0x6700)),
        };
        let Ok(command) = self.put_together(command) else {
            return Some((Vec::new(), 0x6700));
        };
        if command.class().chain().not_the_last() {
            self.chain = Some(command);
            return Some((Vec::new(), 0x9000));
        }
        let mut reply: Bounded<u8, CAPACITY> = Bounded::new();
        let view: &mut VecView<u8> = &mut reply;
        let card = &mut self.card;
        let answer = catch_unwind(AssertUnwindSafe(|| card.respond(command.as_view(), view)));
        match answer {
            Ok(Ok(())) => Some((reply.to_vec(), Status::Success.into())),
            Ok(Err(status)) => Some((Vec::new(), status.into())),
            Err(_) => {
                self.reset();
                None
            }
        }
    }
}
