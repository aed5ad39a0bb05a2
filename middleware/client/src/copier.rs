//! A file written by a thread of its own, so that writing and digesting go on at the same time.

use std::fs::File;
use std::io::{self, Write};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

/// Blocks that wait to be written; they are 64 KiB each.
const MOST_WAITING: usize = 32;
/// Bytes after which what was written is sent to the disk, while more is written.
const SENT_EVERY: usize = 32 * 1024 * 1024;

/// A file being written by a thread.
pub(crate) struct Copier {
    blocks: SyncSender<Vec<u8>>,
    thread: JoinHandle<io::Result<()>>,
}

impl Copier {
    /// Begins to append to a file.
    pub(crate) fn begin(file: &File) -> io::Result<Self> {
        let mut file = file.try_clone()?;
        let (blocks, waiting) = sync_channel::<Vec<u8>>(MOST_WAITING);
        let write = move || {
            let mut unsent = 0_usize;
            for block in waiting {
                file.write_all(&block)?;
                unsent = unsent.saturating_add(block.len());
                if unsent >= SENT_EVERY {
                    file.sync_data()?;
                    unsent = 0;
                }
            }
            Ok(())
        };
        let thread = thread::Builder::new()
            .name("copy".to_owned())
            .spawn(write)?;
        Ok(Self { blocks, thread })
    }

    /// Hands over a block. Whether earlier ones could be written is said by [`Copier::finish`].
    pub(crate) fn write(&self, block: &[u8]) -> io::Result<()> {
        let sent = self.blocks.send(block.to_vec());
        sent.map_err(|_| io::Error::other("the copy has stopped"))
    }

    /// Waits until everything is written.
    pub(crate) fn finish(self) -> io::Result<()> {
        drop(self.blocks);
        match self.thread.join() {
            Ok(outcome) => outcome,
            Err(_) => Err(io::Error::other("the copy has stopped")),
        }
    }
}
