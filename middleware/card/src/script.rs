//! A scripted card for tests: expected command, given response, in order.

use std::sync::{Arc, Mutex};

use sello_wire::{Channel, aid};

use crate::error::TransportError;
use crate::reader::{CardConnection, Control};
use crate::session::CardSession;

/// SELECT of the PIV application as the session sends it.
pub(crate) const SELECT: &str = "00A404000BA000000308000010000100 00";
/// A fitting answer.
pub(crate) const SELECTED: &str = "61114F0600001000010079074F05A000000308 9000";

/// What the reader and the card do next.
enum Line {
    /// This command is expected, and answered so.
    Apdu(String, Result<Vec<u8>, TransportError>),
    /// The reader gets this command, and answers so.
    Control(String, Vec<u8>),
    /// Exclusive access is begun, with this outcome.
    Begin(Result<(), TransportError>),
}

/// The script, shared between the test and the connection the session owns.
#[derive(Clone)]
pub(crate) struct Script {
    lines: Arc<Mutex<Vec<Line>>>,
    /// `+` and `-` for each begin and end of exclusive access.
    access: Arc<Mutex<String>>,
    atr: Vec<u8>,
}

impl Script {
    pub(crate) fn new() -> Self {
        Self {
            lines: Arc::default(),
            access: Arc::default(),
            atr: aid::ATR.to_vec(),
        }
    }

    pub(crate) fn with_atr(mut self, atr: &[u8]) -> Self {
        self.atr = atr.to_vec();
        self
    }

    pub(crate) fn on(self, command: &str, response: &str) -> Self {
        let response = hex::decode(response.replace(' ', "")).unwrap();
        self.push(Line::Apdu(command.replace(' ', ""), Ok(response)))
    }

    pub(crate) fn controls(self, command: &str, response: &str) -> Self {
        let response = hex::decode(response.replace(' ', "")).unwrap();
        self.push(Line::Control(command.replace(' ', ""), response))
    }

    pub(crate) fn fails(self, command: &str, error: TransportError) -> Self {
        self.push(Line::Apdu(command.replace(' ', ""), Err(error)))
    }

    pub(crate) fn begins(self, outcome: Result<(), TransportError>) -> Self {
        self.push(Line::Begin(outcome))
    }

    /// A session with this card: SELECT is answered first.
    pub(crate) fn session(&self) -> CardSession {
        let line = Line::Apdu(
            SELECT.replace(' ', ""),
            Ok(hex::decode(SELECTED.replace(' ', "")).unwrap()),
        );
        self.lines.lock().unwrap().insert(0, line);
        CardSession::open(Box::new(self.clone())).unwrap()
    }

    /// Begins and ends of exclusive access so far.
    pub(crate) fn access(&self) -> String {
        self.access.lock().unwrap().clone()
    }

    /// Fails unless everything expected was sent.
    pub(crate) fn done(&self) {
        assert_eq!(self.lines.lock().unwrap().len(), 0, "lines left");
    }

    fn push(self, line: Line) -> Self {
        self.lines.lock().unwrap().push(line);
        self
    }
}

impl Channel for Script {
    type Error = TransportError;

    fn transmit<'r>(
        &mut self,
        command: &[u8],
        response: &'r mut [u8],
    ) -> Result<&'r [u8], TransportError> {
        let sent = hex::encode_upper(command);
        let mut lines = self.lines.lock().unwrap();
        assert!(!lines.is_empty(), "unexpected {sent}");
        let Line::Apdu(expected, answer) = lines.remove(0) else {
            panic!("exclusive access was expected, not {sent}");
        };
        assert_eq!(sent, expected);
        let answer = answer?;
        let room = &mut response[..answer.len()];
        room.copy_from_slice(&answer);
        Ok(room)
    }
}

impl CardConnection for Script {
    fn begin_exclusive(&mut self) -> Result<(), TransportError> {
        let mut lines = self.lines.lock().unwrap();
        let outcome = match lines.first() {
            Some(Line::Begin(outcome)) => {
                let outcome = outcome.clone();
                lines.remove(0);
                outcome
            }
            _ => Ok(()),
        };
        self.access
            .lock()
            .unwrap()
            .push(if outcome.is_ok() { '+' } else { '!' });
        outcome
    }

    fn end_exclusive(&mut self) -> Result<(), TransportError> {
        self.access.lock().unwrap().push('-');
        Ok(())
    }

    fn atr(&self) -> &[u8] {
        &self.atr
    }

    fn control(&mut self, _: Control, data: &[u8]) -> Result<Vec<u8>, TransportError> {
        let mut lines = self.lines.lock().unwrap();
        let is_control = matches!(lines.first(), Some(Line::Control(..)));
        if !is_control {
            let reason = "unsupported".to_owned();
            return Err(TransportError::Other { reason });
        }
        let Line::Control(expected, answer) = lines.remove(0) else {
            unreachable!();
        };
        assert_eq!(hex::encode_upper(data), expected);
        Ok(answer)
    }
}
