//! A card of another kind in a virtual reader: it answers its reset, and "not found" to everything else.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use sello_card::{PcscReaders, Readers as _};

use crate::rack::{Lease, PATIENCE};

/// The answer to reset of this card; no PIV card in the field has it.
pub const ATR: [u8; 5] = [0x3B, 0x63, 0x46, 0x6F, 0x6F];
/// The order of the virtual reader driver for the answer to reset.
const GET_ATR: &[u8] = &[4];
/// Status word: data object or application not found.
const NOT_FOUND: [u8; 2] = [0x6A, 0x82];

/// The card; dropping it takes it out.
pub struct ForeignCard {
    line: TcpStream,
    worker: Option<JoinHandle<()>>,
    _lease: Lease,
}

impl ForeignCard {
    /// Puts it into a free reader.
    ///
    /// # Errors
    /// When the driver does not answer.
    pub fn insert() -> io::Result<Self> {
        let lease = Lease::take()?;
        let line = TcpStream::connect(("127.0.0.1", lease.port()))?;
        let other_end = line.try_clone()?;
        let worker = std::thread::spawn(move || {
            // It ends when the reader or this value goes.
            let _ = serve(other_end);
        });
        Ok(Self {
            line,
            worker: Some(worker),
            _lease: lease,
        })
    }
}

impl ForeignCard {
    /// The reader that holds it, once pcscd has seen it.
    ///
    /// # Errors
    /// When pcscd does not see it in time.
    pub fn reader(&self) -> io::Result<String> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let readers = PcscReaders::new().list().unwrap_or_default();
            if let Some(reader) = readers.into_iter().find(|reader| reader.atr == ATR) {
                return Ok(reader.name);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(io::Error::other("pcscd does not see the foreign card"))
    }
}

impl Drop for ForeignCard {
    fn drop(&mut self) {
        let _ = self.line.shutdown(Shutdown::Both);
        if let Some(worker) = self.worker.take() {
            let _ = worker.join();
        }
    }
}

/// Frames are a length of two bytes and a payload; a payload of one byte is an order.
fn serve(mut line: TcpStream) -> io::Result<()> {
    loop {
        let mut length = [0; 2];
        line.read_exact(&mut length)?;
        let mut payload = vec![0; usize::from(u16::from_be_bytes(length))];
        line.read_exact(&mut payload)?;
        match payload.as_slice() {
            GET_ATR => line.write_all(&[&[0, 5], &ATR[..]].concat())?,
            [_] => {}
            _ => line.write_all(&[&[0, 2], &NOT_FOUND[..]].concat())?,
        }
    }
}
