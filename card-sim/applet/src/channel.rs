//! The secure channel as the session keeps it (GlobalPlatform Amendment D v1.1.1).

use sello_scp03::card::{Pending, Session};
use sello_scp03::{Error, Level};
use sello_wire::status::Status;

use crate::failure::status_of;
use crate::platform::{Failure, Platform};

/// A secure channel, or the beginning of one.
#[derive(Default)]
pub(crate) enum Channel {
    #[default]
    Closed,
    /// INITIALIZE UPDATE was answered.
    Begun {
        pending: Pending,
        /// With the keys every blank card has.
        factory: bool,
    },
    Open {
        session: Session,
        /// With the keys every blank card has.
        factory: bool,
    },
}

impl Channel {
    /// Whether the channel is open with keys that the center put on the card.
    pub(crate) const fn is_open_with_own_keys(&self) -> bool {
        matches!(self, Self::Open { factory: false, .. })
    }

    /// Checks and decrypts a command in place; gives the length of its plain data and the level.
    ///
    /// # Errors
    /// `6982`; the channel is closed.
    pub(crate) fn unwrap<P: Platform>(
        &mut self,
        platform: &mut P,
        header: [u8; 4],
        data: &mut [u8],
    ) -> Result<(usize, Level), Status> {
        let Self::Open { session, .. } = self else {
            *self = Self::Closed;
            return Err(Status::SECURITY_STATUS_NOT_SATISFIED);
        };
        let unwrapped = session.unwrap(platform, header, data);
        let level = session.level();
        let length = unwrapped.map_err(|error| self.close(error))?;
        Ok((length, level))
    }

    /// Protects an answer in place; gives its length.
    ///
    /// # Errors
    /// `6F00`; the channel is closed.
    pub(crate) fn wrap<P: Platform>(
        &mut self,
        platform: &mut P,
        buffer: &mut [u8],
        length: usize,
        status: Status,
    ) -> Result<usize, Status> {
        // A command such as SELECT of another application closes the channel it came through.
        let Self::Open { session, .. } = self else {
            return Ok(length);
        };
        let wrapped = session.wrap_response(platform, buffer, length, status);
        wrapped.map_err(|error| {
            self.close(error);
            Status::UNKNOWN_ERROR
        })
    }

    fn close(&mut self, error: Error<Failure>) -> Status {
        *self = Self::Closed;
        match error {
            Error::Primitives(failure) => status_of(failure),
            _ => Status::SECURITY_STATUS_NOT_SATISFIED,
        }
    }
}
