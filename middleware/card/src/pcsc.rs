//! Readers through PC/SC: the one place that knows the `pcsc` crate.
//!
//! A connection's card lives on a thread of its own: the `pcsc` crate's transaction borrows its card,
//! and on that thread's stack both can outlive the call that began exclusive access, without unsafe
//! code. The hand-over costs some microseconds beside the milliseconds of a command.

use std::ffi::{CStr, CString};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use pcsc::{Card, Context, Disposition, Error, Protocols, Scope, ShareMode, State, Transaction};
use sello_wire::Channel;
use sello_wire::apdu::EXTENDED_RESPONSE;
use zeroize::Zeroizing;

use crate::error::{ReaderError, TransportError};
use crate::reader::{CardConnection, ReaderState, Readers};

/// Protocols offered to the card: the one it speaks is taken.
const PROTOCOLS: Protocols = Protocols::ANY;

/// The readers of the PC/SC service. Each call asks the service afresh, so that a service that was
/// restarted is found again.
#[derive(Clone, Copy, Debug, Default)]
pub struct PcscReaders;

impl PcscReaders {
    /// The readers of this machine's PC/SC service.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Readers for PcscReaders {
    fn list(&self) -> Result<Vec<ReaderState>, ReaderError> {
        let context = establish()?;
        let names = match context.list_readers_owned() {
            Ok(names) => names,
            Err(Error::NoReadersAvailable) => return Ok(Vec::new()),
            Err(error) => return Err(reader_error(error, "")),
        };
        let mut states = names
            .into_iter()
            .map(|name| pcsc::ReaderState::new(name, State::UNAWARE))
            .collect::<Vec<_>>();
        match context.get_status_change(Some(std::time::Duration::ZERO), &mut states) {
            Ok(()) | Err(Error::Timeout) => {}
            Err(error) => return Err(reader_error(error, "")),
        }
        Ok(states.iter().map(reader_state).collect())
    }

    fn connect(&self, reader: &str) -> Result<Box<dyn CardConnection>, ReaderError> {
        let unknown = || ReaderError::UnknownReader {
            name: reader.to_owned(),
        };
        let name = CString::new(reader).map_err(|_| unknown())?;
        let context = establish()?;
        let card = connect(&context, &name).map_err(|error| reader_error(error, reader))?;
        let atr = card
            .status2_owned()
            .map_err(|error| reader_error(error, reader))?
            .atr()
            .to_vec();
        let (requests, inbox) = channel();
        let (outbox, answers) = channel();
        let worker = thread::Builder::new()
            .name("sello-card".to_owned())
            .spawn(move || serve(card, &inbox, &outbox))
            .map_err(|error| ReaderError::Other {
                reader: reader.to_owned(),
                reason: error.to_string(),
            })?;
        Ok(Box::new(PcscConnection {
            requests: Some(requests),
            answers,
            worker: Some(worker),
            atr,
        }))
    }
}

fn establish() -> Result<Context, ReaderError> {
    Context::establish(Scope::User).map_err(|error| reader_error(error, ""))
}

fn connect(context: &Context, name: &CStr) -> Result<Card, Error> {
    context.connect(name, ShareMode::Shared, PROTOCOLS)
}

fn reader_state(state: &pcsc::ReaderState) -> ReaderState {
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
    }
}

/// What is asked of the thread that holds the card.
enum Request {
    Begin,
    End,
    Transmit(Zeroizing<Vec<u8>>),
}

type Reply = Result<Vec<u8>, TransportError>;

struct PcscConnection {
    /// Taken on drop, which ends the thread.
    requests: Option<Sender<Request>>,
    answers: Receiver<Reply>,
    worker: Option<JoinHandle<()>>,
    atr: Vec<u8>,
}

impl PcscConnection {
    fn ask(&self, request: Request) -> Reply {
        let gone = || TransportError::Removed;
        let requests = self.requests.as_ref().ok_or_else(gone)?;
        requests.send(request).map_err(|_| gone())?;
        self.answers.recv().map_err(|_| gone())?
    }
}

impl Channel for PcscConnection {
    type Error = TransportError;

    fn transmit<'r>(
        &mut self,
        command: &[u8],
        response: &'r mut [u8],
    ) -> Result<&'r [u8], Self::Error> {
        let answer = self.ask(Request::Transmit(Zeroizing::new(command.to_vec())))?;
        let room = response
            .get_mut(..answer.len())
            .ok_or_else(|| TransportError::Other {
                reason: "the response is longer than its buffer".to_owned(),
            })?;
        room.copy_from_slice(&answer);
        Ok(room)
    }
}

impl CardConnection for PcscConnection {
    fn begin_exclusive(&mut self) -> Result<(), TransportError> {
        self.ask(Request::Begin).map(drop)
    }

    fn end_exclusive(&mut self) -> Result<(), TransportError> {
        self.ask(Request::End).map(drop)
    }

    fn atr(&self) -> &[u8] {
        &self.atr
    }
}

impl Drop for PcscConnection {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(worker) = self.worker.take() {
            let _ = worker.join();
        }
    }
}

/// Serves requests outside of exclusive access until the connection is dropped; then the card is left
/// as it is, since other programs may be using it.
fn serve(mut card: Card, inbox: &Receiver<Request>, outbox: &Sender<Reply>) {
    let mut buffer = vec![0; EXTENDED_RESPONSE + 2];
    while let Ok(request) = inbox.recv() {
        let reply = match request {
            Request::End => Ok(Vec::new()),
            Request::Transmit(command) => transmit(&card, &command, &mut buffer),
            Request::Begin => match card.transaction() {
                Ok(transaction) => {
                    if outbox.send(Ok(Vec::new())).is_err() {
                        break;
                    }
                    serve_exclusive(transaction, inbox, outbox, &mut buffer)
                }
                Err(error) => Err(transport_error(error)),
            },
        };
        if reply == Err(TransportError::Reset) {
            // Whether this works shows at the next command.
            let _ = card.reconnect(ShareMode::Shared, PROTOCOLS, Disposition::LeaveCard);
        }
        if outbox.send(reply).is_err() {
            break;
        }
    }
    let _ = card.disconnect(Disposition::LeaveCard);
}

/// Serves requests within exclusive access; returns the reply to the request that ended it.
fn serve_exclusive(
    transaction: Transaction<'_>,
    inbox: &Receiver<Request>,
    outbox: &Sender<Reply>,
    buffer: &mut [u8],
) -> Reply {
    while let Ok(request) = inbox.recv() {
        let reply = match request {
            Request::Begin => Ok(Vec::new()),
            Request::Transmit(command) => transmit(&transaction, &command, buffer),
            Request::End => {
                let ended = transaction.end(Disposition::LeaveCard);
                return ended
                    .map(|()| Vec::new())
                    .map_err(|(_, error)| transport_error(error));
            }
        };
        if outbox.send(reply).is_err() {
            break;
        }
    }
    Err(TransportError::Removed)
}

fn transmit(card: &Card, command: &[u8], buffer: &mut [u8]) -> Reply {
    card.transmit(command, buffer)
        .map(<[u8]>::to_vec)
        .map_err(transport_error)
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
        Error::NoService | Error::ServiceStopped | Error::Shutdown => TransportError::NoService,
        other => TransportError::Other {
            reason: other.to_string(),
        },
    }
}

fn reader_error(error: Error, reader: &str) -> ReaderError {
    let reader = reader.to_owned();
    match error {
        Error::NoService | Error::ServiceStopped | Error::Shutdown => ReaderError::NoService,
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
