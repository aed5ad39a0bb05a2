//! The one road between a host and a card.

/// Carries one command to a card and its response back.
///
/// Readers, simulators, tracers and fault injectors all implement this, so that each can wrap
/// another.
pub trait Channel {
    /// Why no response came.
    type Error: core::error::Error;

    /// Sends a command APDU and returns the response APDU (data, SW1, SW2), written into `response`.
    ///
    /// # Errors
    /// Whatever kept the response from coming; a response whose status word reports an error is no
    /// error here.
    fn transmit<'r>(
        &mut self,
        command: &[u8],
        response: &'r mut [u8],
    ) -> Result<&'r [u8], Self::Error>;
}

impl<C: Channel + ?Sized> Channel for &mut C {
    type Error = C::Error;

    fn transmit<'r>(
        &mut self,
        command: &[u8],
        response: &'r mut [u8],
    ) -> Result<&'r [u8], Self::Error> {
        (**self).transmit(command, response)
    }
}
