//! Writing: every file stored, nothing optional, names in UTF-8.

use std::io::{self, Read, Seek, SeekFrom, Write};

use super::{CENTRAL, END, LOCAL};

/// Version 2.0: stored files and folders.
const VERSION: u16 = 20;
/// Names are UTF-8.
const UTF8: u16 = 0x0800;
/// 1980-01-01, the first day ZIP knows: the archive states no time.
const DATE: u16 = 0x0021;

/// Writes an archive file by file. Files are stored, so that a signature's
/// container is as plain as can be and no compressor can fail.
#[derive(Debug)]
pub struct Writer<W> {
    target: W,
    entries: Vec<Written>,
}

#[derive(Debug)]
struct Written {
    name: String,
    checksum: u32,
    size: u32,
    offset: u32,
}

impl<W: Write + Seek> Writer<W> {
    /// Begins an archive at the target's beginning.
    pub const fn new(target: W) -> Self {
        Self {
            target,
            entries: Vec::new(),
        }
    }

    /// Adds a file, copied block by block from `content`, each block also
    /// given to `block`.
    ///
    /// # Errors
    /// What the operating system says; `InvalidInput` where the file or the
    /// archive would be longer than 4 GiB or the name longer than 65,535 bytes.
    pub fn add(
        &mut self,
        name: &str,
        mut content: impl Read,
        mut block: impl FnMut(&[u8]),
    ) -> io::Result<()> {
        let offset = narrow(self.target.stream_position()?)?;
        let flags = if name.is_ascii() { 0 } else { UTF8 };
        let name_length = u16::try_from(name.len()).map_err(too_long)?;
        self.local(flags, 0, 0, name_length)?;
        self.target.write_all(name.as_bytes())?;
        let mut buffer = vec![0; 64 * 1024];
        let mut checksum = crc32fast::Hasher::new();
        let mut size = 0_u64;
        loop {
            let count = match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let part = buffer.get(..count).unwrap_or_default();
            checksum.update(part);
            block(part);
            self.target.write_all(part)?;
            size = size.saturating_add(u64::try_from(count).map_err(too_long)?);
        }
        let (checksum, size) = (checksum.finalize(), narrow(size)?);
        self.target.seek(SeekFrom::Start(u64::from(offset)))?;
        self.local(flags, checksum, size, name_length)?;
        self.target.seek(SeekFrom::End(0))?;
        self.entries.push(Written {
            name: name.to_owned(),
            checksum,
            size,
            offset,
        });
        Ok(())
    }

    fn local(&mut self, flags: u16, checksum: u32, size: u32, name: u16) -> io::Result<()> {
        let mut header = Vec::with_capacity(30);
        header.extend(LOCAL.to_le_bytes());
        common(&mut header, flags, checksum, size, name);
        self.target.write_all(&header)
    }

    /// Writes the directory and gives the target back.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn finish(mut self) -> io::Result<W> {
        let start = narrow(self.target.stream_position()?)?;
        for entry in &self.entries {
            let flags = if entry.name.is_ascii() { 0 } else { UTF8 };
            let name = u16::try_from(entry.name.len()).map_err(too_long)?;
            let mut header = Vec::with_capacity(46);
            header.extend(CENTRAL.to_le_bytes());
            header.extend(VERSION.to_le_bytes());
            common(&mut header, flags, entry.checksum, entry.size, name);
            // Comment, disk, attributes of two kinds.
            header.extend([0; 10]);
            header.extend(entry.offset.to_le_bytes());
            self.target.write_all(&header)?;
            self.target.write_all(entry.name.as_bytes())?;
        }
        let end = narrow(self.target.stream_position()?)?;
        let count = u16::try_from(self.entries.len()).map_err(too_long)?;
        let mut record = Vec::with_capacity(22);
        record.extend(END.to_le_bytes());
        record.extend([0; 4]);
        record.extend(count.to_le_bytes());
        record.extend(count.to_le_bytes());
        record.extend(end.saturating_sub(start).to_le_bytes());
        record.extend(start.to_le_bytes());
        record.extend([0; 2]);
        self.target.write_all(&record)?;
        self.target.flush()?;
        Ok(self.target)
    }
}

/// What local and central headers have in common, from the version needed to
/// the length of the extra field.
fn common(header: &mut Vec<u8>, flags: u16, checksum: u32, size: u32, name: u16) {
    header.extend(VERSION.to_le_bytes());
    header.extend(flags.to_le_bytes());
    // Stored; midnight.
    header.extend([0; 4]);
    header.extend(DATE.to_le_bytes());
    header.extend(checksum.to_le_bytes());
    header.extend(size.to_le_bytes());
    header.extend(size.to_le_bytes());
    header.extend(name.to_le_bytes());
    header.extend([0; 2]);
}

fn narrow(number: u64) -> io::Result<u32> {
    u32::try_from(number)
        .ok()
        .filter(|number| *number != u32::MAX)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "longer than 4 GiB"))
}

fn too_long(_: std::num::TryFromIntError) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        "too many files or too long a name",
    )
}
