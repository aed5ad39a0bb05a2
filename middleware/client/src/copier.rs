//! A file written by threads of its own, so that digesting, writing and waiting for the disk go on at the
//! same time.

use std::fs::File;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};

/// Blocks that wait to be written; they are 64 KiB each.
const MOST_WAITING: usize = 32;
/// Bytes after which what was written is sent to the disk, while more is written: at the end little is left
/// to wait for.
const SENT_EVERY: usize = 8 * 1024 * 1024;

/// A file being written by a thread.
pub(crate) struct Copier {
    blocks: SyncSender<Vec<u8>>,
    thread: JoinHandle<io::Result<()>>,
}

impl Copier {
    /// Begins to append to a file.
    pub(crate) fn begin(file: &File) -> io::Result<Self> {
        let sender = Sender::begin(file)?;
        let file = file.try_clone()?;
        let (blocks, waiting) = sync_channel::<Vec<u8>>(MOST_WAITING);
        let thread = thread::Builder::new()
            .name("copy".to_owned())
            .spawn(move || write(file, &waiting, sender))?;
        Ok(Self { blocks, thread })
    }

    /// Hands over a block. Whether earlier ones could be written is said by [`Copier::finish`].
    pub(crate) fn write(&self, block: &[u8]) -> io::Result<()> {
        let sent = self.blocks.send(block.to_vec());
        sent.map_err(|_| stopped())
    }

    /// Waits until everything is written.
    pub(crate) fn finish(self) -> io::Result<()> {
        drop(self.blocks);
        ended(self.thread)
    }
}

fn write(mut file: File, blocks: &Receiver<Vec<u8>>, sender: Sender) -> io::Result<()> {
    let mut unsent = 0_usize;
    for block in blocks {
        file.write_all(&block)?;
        unsent = unsent.saturating_add(block.len());
        if unsent >= SENT_EVERY && sender.send() {
            unsent = 0;
        }
    }
    sender.finish()
}

/// Sends what was written so far to the disk, on a thread that waits for it.
struct Sender {
    wishes: SyncSender<()>,
    thread: JoinHandle<io::Result<()>>,
}

impl Sender {
    fn begin(file: &File) -> io::Result<Self> {
        let file = file.try_clone()?;
        let (wishes, waiting) = sync_channel::<()>(1);
        let send = move || waiting.iter().try_for_each(|()| file.sync_data());
        let thread = thread::Builder::new().name("send".to_owned()).spawn(send)?;
        Ok(Self { wishes, thread })
    }

    /// Asks for it; whether the wish was taken: none is while another waits. A disk that failed ends the
    /// thread, which [`Sender::finish`] tells.
    fn send(&self) -> bool {
        !matches!(self.wishes.try_send(()), Err(TrySendError::Full(())))
    }

    fn finish(self) -> io::Result<()> {
        drop(self.wishes);
        ended(self.thread)
    }
}

fn ended(thread: JoinHandle<io::Result<()>>) -> io::Result<()> {
    thread.join().unwrap_or_else(|_| Err(stopped()))
}

fn stopped() -> io::Error {
    io::Error::other("the copy has stopped")
}
