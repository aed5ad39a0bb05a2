//! Readers through PC/SC: the one place that knows the `pcsc` crate.

mod connection;
mod watch;

use std::ffi::CString;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pcsc::{Context, Error, Scope, State};

use self::connection::PcscConnection;
use self::watch::PcscWatch;
use crate::error::{ReaderError, TransportError};
use crate::reader::{CardConnection, ReaderState, Readers, Watch};

/// The readers of the PC/SC service.
///
/// One context with the service is kept for looking at the readers; each card gets one of its own, so
/// that a slow card holds nobody else up. A service that was restarted is found again.
#[derive(Debug, Default)]
pub struct PcscReaders {
    service: Mutex<Service>,
}

/// The context with the service, and how many there were before it.
#[derive(Default)]
struct Service {
    context: Option<Context>,
    /// A service counts insertions from its own start; so another service begins another thousand.
    restarts: u32,
}

impl core::fmt::Debug for Service {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Service")
            .field("is_connected", &self.context.is_some())
            .field("restarts", &self.restarts)
            .finish_non_exhaustive()
    }
}

impl PcscReaders {
    /// The readers of this machine's PC/SC service, which is not asked anything yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            service: Mutex::new(Service {
                context: None,
                restarts: 0,
            }),
        }
    }

    fn service(&self) -> MutexGuard<'_, Service> {
        self.service.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Readers for PcscReaders {
    fn list(&self) -> Result<Vec<ReaderState>, ReaderError> {
        let mut service = self.service();
        match service.look() {
            Err(ReaderError::NoService) if service.forget() => service.look(),
            other => other,
        }
        .inspect_err(|_| {
            service.forget();
        })
    }

    fn connect(&self, reader: &str) -> Result<Box<dyn CardConnection>, ReaderError> {
        let name = CString::new(reader).map_err(|_| ReaderError::UnknownReader {
            name: reader.to_owned(),
        })?;
        let connection = PcscConnection::open(&establish()?, &name);
        let connection = connection.map_err(|error| reader_error(error, reader))?;
        Ok(Box::new(connection))
    }

    /// Asks for this reader alone, which is one request of the service.
    fn look(&self, reader: &str) -> Result<Option<ReaderState>, ReaderError> {
        let Ok(name) = CString::new(reader) else {
            return Ok(None);
        };
        let mut service = self.service();
        let mut state = [pcsc::ReaderState::new(name, State::UNAWARE)];
        match service.one(&mut state) {
            Err(ReaderError::NoService) if service.forget() => service.one(&mut state),
            other => other,
        }
    }

    fn are_shared(&self) -> bool {
        true
    }

    fn watch(&self) -> Arc<dyn Watch> {
        Arc::new(PcscWatch::default())
    }
}

impl Service {
    /// Gives the context up; whether there was one.
    fn forget(&mut self) -> bool {
        let had = self.context.take().is_some();
        self.restarts = self.restarts.wrapping_add(u32::from(had));
        had
    }

    fn context(&mut self) -> Result<Context, ReaderError> {
        match &self.context {
            Some(context) => Ok(context.clone()),
            None => Ok(self.context.insert(establish()?).clone()),
        }
    }

    fn look(&mut self) -> Result<Vec<ReaderState>, ReaderError> {
        let context = self.context()?;
        let mut states = Vec::new();
        look(&context, &mut states)?;
        Ok(states.iter().map(|state| self.state(state)).collect())
    }

    fn one(
        &mut self,
        state: &mut [pcsc::ReaderState; 1],
    ) -> Result<Option<ReaderState>, ReaderError> {
        match self
            .context()?
            .get_status_change(Some(Duration::ZERO), state)
        {
            Ok(()) | Err(Error::Timeout) => {}
            Err(Error::UnknownReader) => return Ok(None),
            Err(error) => return Err(reader_error(error, "")),
        }
        let [state] = state;
        Ok(Some(self.state(state)))
    }

    fn state(&self, state: &pcsc::ReaderState) -> ReaderState {
        let changes = (u64::from(self.restarts) << 32) | u64::from(state.event_count());
        reader_state(state, changes)
    }
}

fn establish() -> Result<Context, ReaderError> {
    Context::establish(Scope::User).map_err(|error| reader_error(error, ""))
}

/// Brings the states of all readers up to date.
fn look(context: &Context, states: &mut Vec<pcsc::ReaderState>) -> Result<(), ReaderError> {
    let names = match context.list_readers_owned() {
        Ok(names) => names,
        Err(Error::NoReadersAvailable) => Vec::new(),
        Err(error) => return Err(reader_error(error, "")),
    };
    *states = names
        .into_iter()
        .map(|name| pcsc::ReaderState::new(name, State::UNAWARE))
        .collect();
    if states.is_empty() {
        return Ok(());
    }
    match context.get_status_change(Some(Duration::ZERO), states) {
        Ok(()) | Err(Error::Timeout) => Ok(()),
        // A reader went between the two requests.
        Err(Error::UnknownReader) => {
            states.clear();
            Ok(())
        }
        Err(error) => Err(reader_error(error, "")),
    }
}

fn reader_state(state: &pcsc::ReaderState, changes: u64) -> ReaderState {
    let event = state.event_state();
    let card_present = event.contains(State::PRESENT);
    ReaderState {
        name: state.name().to_string_lossy().into_owned(),
        card_present,
        atr: if card_present {
            state.atr().to_vec()
        } else {
            Vec::new()
        },
        changes,
    }
}

fn transport_error(error: Error) -> TransportError {
    match error {
        Error::RemovedCard
        | Error::NoSmartcard
        | Error::ReaderUnavailable
        | Error::UnknownReader
        | Error::UnpoweredCard
        | Error::InvalidHandle => TransportError::Removed,
        Error::ResetCard => TransportError::Reset,
        Error::SharingViolation => TransportError::Sharing,
        Error::NoService | Error::ServiceStopped | Error::Shutdown | Error::CommError => {
            TransportError::NoService
        }
        other => TransportError::Other {
            reason: other.to_string(),
        },
    }
}

fn reader_error(error: Error, reader: &str) -> ReaderError {
    let reader = reader.to_owned();
    match error {
        Error::NoService
        | Error::ServiceStopped
        | Error::Shutdown
        | Error::CommError
        | Error::InvalidHandle => ReaderError::NoService,
        Error::UnknownReader | Error::ReaderUnavailable => {
            ReaderError::UnknownReader { name: reader }
        }
        Error::NoSmartcard | Error::RemovedCard => ReaderError::EmptyReader { reader },
        Error::SharingViolation => ReaderError::Sharing { reader },
        Error::UnresponsiveCard | Error::UnpoweredCard | Error::ProtoMismatch => {
            ReaderError::Mute { reader }
        }
        other => ReaderError::Other {
            reader,
            reason: other.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_of_the_service_gets_its_own_error() {
        assert_eq!(transport_error(Error::RemovedCard), TransportError::Removed);
        assert_eq!(transport_error(Error::ResetCard), TransportError::Reset);
        assert_eq!(transport_error(Error::NoService), TransportError::NoService);
        assert_eq!(
            reader_error(Error::NoSmartcard, "A"),
            ReaderError::EmptyReader {
                reader: "A".to_owned()
            }
        );
        assert_eq!(
            reader_error(Error::SharingViolation, "A"),
            ReaderError::Sharing {
                reader: "A".to_owned()
            }
        );
        assert_eq!(reader_error(Error::NoService, ""), ReaderError::NoService);
    }

    #[test]
    fn a_reader_name_with_a_zero_byte_is_no_reader() {
        let error = PcscReaders::new().connect("a\0b").err();
        assert_eq!(
            error,
            Some(ReaderError::UnknownReader {
                name: "a\0b".to_owned()
            })
        );
    }
}
