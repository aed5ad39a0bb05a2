//! Reading, by position and within limits.

use std::collections::BTreeSet;
use std::io::{self, Read, Seek, SeekFrom};

use flate2::read::DeflateDecoder;

use super::{CENTRAL, END, LOCAL};

/// Most entries read.
const MAX_ENTRIES: usize = 4096;
/// Longest central directory read, in bytes.
const MAX_DIRECTORY: u64 = 4 * 1024 * 1024;
/// Longest comment after the end record, in bytes: what its field can say.
const MAX_COMMENT: u64 = 0xffff;
/// Bytes of the end record.
const END_LENGTH: u64 = 22;
/// Bytes of a local header before its name.
const LOCAL_LENGTH: u64 = 30;
/// Bytes of a central header before its name.
const CENTRAL_LENGTH: usize = 46;
/// How many times longer than its packed form an entry may be once it is
/// longer than [`FREE`]: deflate reaches about 1030.
const MAX_RATIO: u64 = 250;
/// Up to here the ratio does not matter, in bytes.
const FREE: u64 = 16 * 1024 * 1024;

/// Why a container cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ZipError {
    /// The operating system refused.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// Not a ZIP archive.
    #[error("not a ZIP archive")]
    NotZip,
    /// Not as the format asks, or such that readers would differ.
    #[error("the archive is damaged or ambiguous: {0}")]
    Damaged(&'static str),
    /// A name occurs twice.
    #[error("the name {0} occurs twice")]
    Duplicate(String),
    /// A name that leads out of the container or cannot be shown.
    #[error("a name is not allowed: {0}")]
    Name(String),
    /// Something of ZIP that is not supported.
    #[error("not supported: {0}")]
    Unsupported(&'static str),
    /// Beyond a limit.
    #[error("beyond a limit: {0}")]
    TooLarge(&'static str),
}

/// One file in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name, with `/` between folders.
    pub name: String,
    /// Its length unpacked, in bytes.
    pub size: u64,
    /// Whether it is packed.
    pub deflated: bool,
    packed: u64,
    checksum: u32,
    header: u64,
    data: u64,
}

/// An archive, its directory read.
#[derive(Debug)]
pub struct Archive<S> {
    source: S,
    entries: Vec<Entry>,
}

impl<S: Read + Seek> Archive<S> {
    /// Reads the directory and every local header.
    ///
    /// # Errors
    /// [`ZipError`].
    pub fn open(mut source: S) -> Result<Self, ZipError> {
        let length = source.seek(SeekFrom::End(0))?;
        let (directory, start) = directory(&mut source, length)?;
        let mut entries = parse_directory(&directory)?;
        entries.sort_by_key(|entry| entry.header);
        let mut end = 0;
        for entry in &mut entries {
            if entry.header < end {
                return Err(ZipError::Damaged("parts overlap"));
            }
            end = locate(&mut source, entry)?;
        }
        if end > start {
            return Err(ZipError::Damaged("parts overlap"));
        }
        let mut names = BTreeSet::new();
        for entry in &entries {
            if !names.insert(entry.name.to_lowercase()) {
                return Err(ZipError::Duplicate(entry.name.clone()));
            }
        }
        Ok(Self { source, entries })
    }

    /// The files, in the order in which they lie in the archive.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The file of this name.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// Gives the content of a file block by block, and checks its length and
    /// checksum.
    ///
    /// # Errors
    /// [`ZipError`].
    pub fn read(&mut self, entry: &Entry, mut block: impl FnMut(&[u8])) -> Result<(), ZipError> {
        self.source.seek(SeekFrom::Start(entry.data))?;
        let packed = (&mut self.source).take(entry.packed);
        let most = entry.size.saturating_add(1);
        let mut content: Box<dyn Read + '_> = if entry.deflated {
            Box::new(DeflateDecoder::new(packed).take(most))
        } else {
            Box::new(packed.take(most))
        };
        let mut buffer = vec![0; 64 * 1024];
        let mut checksum = crc32fast::Hasher::new();
        let mut size = 0_u64;
        loop {
            let count = match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if entry.deflated && error.kind() != io::ErrorKind::Other => {
                    let _kind = error;
                    return Err(ZipError::Damaged("a packed file cannot be unpacked"));
                }
                Err(error) => return Err(error.into()),
            };
            let part = buffer.get(..count).unwrap_or_default();
            checksum.update(part);
            size = size.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
            block(part);
        }
        if size != entry.size {
            return Err(ZipError::Damaged("a file has not the length it states"));
        }
        if checksum.finalize() != entry.checksum {
            return Err(ZipError::Damaged("a checksum does not fit"));
        }
        Ok(())
    }

    /// The content of a file of at most `limit` bytes.
    ///
    /// # Errors
    /// [`ZipError`].
    pub fn read_whole(&mut self, entry: &Entry, limit: u64) -> Result<Vec<u8>, ZipError> {
        if entry.size > limit {
            return Err(ZipError::TooLarge("a signature or manifest"));
        }
        let mut bytes = Vec::new();
        self.read(entry, |part| bytes.extend_from_slice(part))?;
        Ok(bytes)
    }
}

/// The central directory and where it begins.
fn directory<S: Read + Seek>(source: &mut S, length: u64) -> Result<(Vec<u8>, u64), ZipError> {
    let tail = length.min(END_LENGTH.saturating_add(MAX_COMMENT));
    let start = length.saturating_sub(tail);
    let bytes = read_at(source, start, tail)?;
    let record = end_record(&bytes).ok_or(ZipError::NotZip)?;
    let record_at = start.saturating_add(u64::try_from(record).unwrap_or(u64::MAX));
    let end = bytes.get(record..).unwrap_or_default();
    let (disk, first) = (short(end, 4), short(end, 6));
    let (here, all) = (short(end, 8), short(end, 10));
    let (size, offset) = (long(end, 12), long(end, 16));
    if [disk, first] != [Some(0), Some(0)] || here != all {
        return Err(ZipError::Unsupported("an archive in several parts"));
    }
    let (Some(count), Some(size), Some(offset)) = (all, size, offset) else {
        return Err(ZipError::NotZip);
    };
    if count == 0xffff || offset == u32::MAX || size == u32::MAX {
        return Err(ZipError::Unsupported("ZIP64"));
    }
    let (size, offset) = (u64::from(size), u64::from(offset));
    if offset.saturating_add(size) != record_at {
        return Err(ZipError::Damaged(
            "the directory does not end where it says",
        ));
    }
    if size > MAX_DIRECTORY || usize::from(count) > MAX_ENTRIES {
        return Err(ZipError::TooLarge("the number of files"));
    }
    let directory = read_at(source, offset, size)?;
    let found = count_headers(&directory);
    if found != Some(usize::from(count)) {
        return Err(ZipError::Damaged(
            "the directory has another number of files than it says",
        ));
    }
    Ok((directory, offset))
}

/// Where the end record begins: the one whose comment reaches exactly to the end.
fn end_record(bytes: &[u8]) -> Option<usize> {
    let last = bytes.len().checked_sub(22)?;
    (0..=last).rev().find(|&at| {
        let record = bytes.get(at..).unwrap_or_default();
        let comment = short(record, 20).map(usize::from);
        long(record, 0) == Some(END) && comment == record.len().checked_sub(22)
    })
}

fn count_headers(directory: &[u8]) -> Option<usize> {
    let mut rest = directory;
    let mut count = 0_usize;
    while !rest.is_empty() {
        rest = rest.get(header_length(rest)?..)?;
        count = count.checked_add(1)?;
    }
    Some(count)
}

fn header_length(header: &[u8]) -> Option<usize> {
    if long(header, 0) != Some(CENTRAL) {
        return None;
    }
    let parts = [short(header, 28)?, short(header, 30)?, short(header, 32)?];
    let variable: usize = parts.into_iter().map(usize::from).sum();
    CENTRAL_LENGTH.checked_add(variable)
}

fn parse_directory(directory: &[u8]) -> Result<Vec<Entry>, ZipError> {
    let damaged = || ZipError::Damaged("a directory entry");
    let mut entries = Vec::new();
    let mut rest = directory;
    while !rest.is_empty() {
        let length = header_length(rest).ok_or_else(damaged)?;
        let (header, after) = rest.split_at_checked(length).ok_or_else(damaged)?;
        rest = after;
        if let Some(entry) = parse_entry(header)? {
            entries.push(entry);
        }
    }
    Ok(entries)
}

/// Folders are no files: they have no content.
fn parse_entry(header: &[u8]) -> Result<Option<Entry>, ZipError> {
    let damaged = || ZipError::Damaged("a directory entry");
    let field = |at| short(header, at).ok_or_else(damaged);
    let wide = |at| long(header, at).ok_or_else(damaged);
    let (flags, method) = (field(8)?, field(10)?);
    if flags & 0x2041 != 0 {
        return Err(ZipError::Unsupported("encryption"));
    }
    let deflated = match method {
        0 => false,
        8 => true,
        _ => return Err(ZipError::Unsupported("a compression method")),
    };
    let (checksum, packed, size) = (wide(16)?, wide(20)?, wide(24)?);
    let offset = wide(42)?;
    if [packed, size, offset].contains(&u32::MAX) {
        return Err(ZipError::Unsupported("ZIP64"));
    }
    if !deflated && packed != size {
        return Err(ZipError::Damaged("a stored file has two lengths"));
    }
    let name_end = CENTRAL_LENGTH.saturating_add(usize::from(field(28)?));
    let name = header.get(CENTRAL_LENGTH..name_end).ok_or_else(damaged)?;
    let name = checked_name(name)?;
    if name.ends_with('/') {
        return if size == 0 {
            Ok(None)
        } else {
            Err(ZipError::Damaged("a folder has content"))
        };
    }
    let (packed, size) = (u64::from(packed), u64::from(size));
    if size > FREE && size / MAX_RATIO > packed {
        return Err(ZipError::TooLarge("a file unpacks to many times its size"));
    }
    Ok(Some(Entry {
        name,
        size,
        deflated,
        packed,
        checksum,
        header: u64::from(offset),
        data: 0,
    }))
}

fn checked_name(bytes: &[u8]) -> Result<String, ZipError> {
    let shown = || {
        String::from_utf8_lossy(bytes)
            .escape_default()
            .take(200)
            .collect()
    };
    let name = str::from_utf8(bytes).map_err(|_| ZipError::Name(shown()))?;
    let mut parts = name.strip_suffix('/').unwrap_or(name).split('/');
    let outside = parts.any(|part| matches!(part, "" | "." | ".."));
    let hidden = name.contains(|letter: char| letter.is_control() || letter == '\\');
    if outside || hidden || name.len() > 1024 || name.get(1..2) == Some(":") {
        return Err(ZipError::Name(shown()));
    }
    Ok(name.to_owned())
}

/// Reads a local header, which has to say what the directory says, sets where
/// the content begins and gives where it ends.
fn locate<S: Read + Seek>(source: &mut S, entry: &mut Entry) -> Result<u64, ZipError> {
    let differs = || ZipError::Damaged("a local header disagrees with the directory");
    let header = read_at(source, entry.header, LOCAL_LENGTH)?;
    if long(&header, 0) != Some(LOCAL) {
        return Err(differs());
    }
    let flags = short(&header, 6).ok_or_else(differs)?;
    let method = if entry.deflated { 8 } else { 0 };
    if short(&header, 8) != Some(method) || flags & 0x2041 != 0 {
        return Err(differs());
    }
    // With bit 3 the three are behind the content and zero here.
    let later = flags & 8 != 0;
    let same = |at: usize, due: u64| {
        let stated = long(&header, at).map(u64::from);
        stated == Some(due) || (later && stated == Some(0))
    };
    let sound =
        same(14, u64::from(entry.checksum)) && same(18, entry.packed) && same(22, entry.size);
    let name_length = short(&header, 26).map(u64::from).ok_or_else(differs)?;
    let extra = short(&header, 28).map(u64::from).ok_or_else(differs)?;
    let name_at = entry.header.saturating_add(LOCAL_LENGTH);
    let name = read_at(source, name_at, name_length)?;
    if !sound || name != entry.name.as_bytes() {
        return Err(differs());
    }
    entry.data = name_at.saturating_add(name_length).saturating_add(extra);
    Ok(entry.data.saturating_add(entry.packed))
}

fn read_at<S: Read + Seek>(source: &mut S, at: u64, length: u64) -> Result<Vec<u8>, ZipError> {
    source.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    source.take(length).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).ok() == Some(length) {
        Ok(bytes)
    } else {
        Err(ZipError::Damaged("it ends too early"))
    }
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    let octets = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(octets.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    let octets = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(octets.try_into().ok()?))
}
