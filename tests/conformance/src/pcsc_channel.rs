//! A channel through pcscd.

use std::ffi::CString;
use std::time::{Duration, Instant};

use sello_wire::channel::Channel;

/// A card in a reader.
pub struct PcscChannel(pcsc::Card);

impl PcscChannel {
    /// Connects to the card in the reader of this name, for itself alone.
    ///
    /// # Errors
    /// What PC/SC reports; a name with a zero byte is an unknown reader.
    pub fn connect(reader: &str) -> Result<Self, pcsc::Error> {
        let name = CString::new(reader).map_err(|_| pcsc::Error::UnknownReader)?;
        let context = pcsc::Context::establish(pcsc::Scope::User)?;
        context
            .connect(&name, pcsc::ShareMode::Exclusive, pcsc::Protocols::ANY)
            .map(Self)
    }

    /// Resets the card.
    ///
    /// # Errors
    /// What PC/SC reports.
    pub fn reset(&mut self) -> Result<(), pcsc::Error> {
        self.0.reconnect(
            pcsc::ShareMode::Exclusive,
            pcsc::Protocols::ANY,
            pcsc::Disposition::ResetCard,
        )
    }
}

impl Channel for PcscChannel {
    type Error = pcsc::Error;

    fn transmit<'r>(
        &mut self,
        command: &[u8],
        response: &'r mut [u8],
    ) -> Result<&'r [u8], pcsc::Error> {
        self.0.transmit(command, response)
    }
}

/// Waits until pcscd has seen that a card is, or is not, in the reader. A card pulled out and another
/// put in before pcscd has looked is a card it never sees.
///
/// # Errors
/// What PC/SC reports; [`pcsc::Error::Timeout`] when it takes longer than `timeout`.
pub fn wait_for(reader: &str, present: bool, timeout: Duration) -> Result<(), pcsc::Error> {
    let name = CString::new(reader).map_err(|_| pcsc::Error::UnknownReader)?;
    let context = pcsc::Context::establish(pcsc::Scope::User)?;
    let end = Instant::now() + timeout;
    let mut states = [pcsc::ReaderState::new(name, pcsc::State::UNAWARE)];
    loop {
        let left = end.saturating_duration_since(Instant::now());
        context.get_status_change(left, &mut states)?;
        for state in &mut states {
            if state.event_state().contains(pcsc::State::PRESENT) == present {
                return Ok(());
            }
            state.sync_current_state();
        }
    }
}
