//! The signature dictionary (ISO 32000-1 12.8.1, ETSI EN 319 142-1), its holes and the digest.

use std::io;
use std::ops::Range;

use sello_cades::build::{SealedDocument, SignedAttributes, signed_data};
use sello_pdf::{Dictionary, Document, Hole, IncrementalUpdate, Name, Object, Reference, Source};
use sha2::{Digest, Sha256};

use super::archive::Digested;
use super::blocks::{each_block, wide};
use super::error::StampError;
use super::options::Options;
use super::prepared::Prepared;
use super::request::Request;
use super::seal::Sealing;
use super::text;

/// Room for `[0 a b c]`, three numbers of up to 19 digits, padded with spaces.
const BYTE_RANGE_LENGTH: usize = 63;
/// What frames an unsigned attribute in its `SignerInfo`, and the longer lengths around it, at most.
const UNSIGNED_FRAME: usize = 64;
/// Longest reason, place or name, in characters.
const LONGEST_TEXT: usize = 1000;
/// The longest ECDSA signature with P-256 (DER): two integers of 33 bytes.
const LONGEST_SIGNATURE: [u8; 72] = longest_signature();

/// Gives a document without an identifier one, made of what is known of this stamping.
pub(super) fn identify<S: Source>(
    update: &mut IncrementalUpdate,
    document: &Document<S>,
    request: &Request<'_>,
) {
    let mut hash = Sha256::new();
    hash.update(text::date(request.claimed_time));
    hash.update(document.source().len().to_be_bytes());
    hash.update(document.latest().revision().section().to_be_bytes());
    hash.update(request.signer_certificate);
    let hash: [u8; 32] = hash.finalize().into();
    if let Some(identifier) = hash.first_chunk::<16>() {
        update.identify(identifier);
    }
}

/// Adds the signature dictionary, lays the revision out and digests the whole.
pub(super) fn prepare<S: Source>(
    document: Document<S>,
    update: IncrementalUpdate,
    sealing: Sealing,
    request: &Request<'_>,
    options: &Options<'_>,
    earlier: Vec<String>,
    take: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> Result<Prepared<S>, StampError> {
    let document_id = identifier(&document, &update)?;
    let room = room(request, document_id.as_deref(), options.unsigned_room)?;
    let mut dictionary = dictionary(request)?;
    if !sealing.transforms.is_empty() {
        dictionary.set("Reference", sealing.transforms);
    }
    let (revision, gap) = lay_out(update, sealing.value, dictionary, room)?;
    let original = original(document.source(), take)?;
    let message_digest = digest(original.clone(), &revision, &gap.contents);
    let sealed = SealedDocument {
        document_id,
        length: gap.covered,
    };
    let attributes = attributes(message_digest, request, &sealed)?;
    let contents = gap.contents;
    Ok(Prepared {
        original: Digested::new(original, document.source().len()),
        source: document.into_source(),
        revision,
        contents: contents.start.saturating_add(1)..contents.end.saturating_sub(1),
        attributes,
        signer_certificate: request.signer_certificate.to_vec(),
        chain: request.chain.to_vec(),
        field: sealing.name,
        page: sealing.page,
        earlier,
    })
}

/// Where the signature goes in a revision.
#[derive(Debug)]
pub(super) struct Gap {
    /// The string `Contents` with its brackets, in the revision.
    pub(super) contents: Range<usize>,
    /// Bytes of the document that the byte range covers.
    pub(super) covered: u64,
}

/// Lays out a revision with a signature dictionary, its byte range filled in; `digits` is the room
/// of `Contents`.
pub(super) fn lay_out(
    mut update: IncrementalUpdate,
    value: Reference,
    dictionary: Dictionary,
    digits: usize,
) -> Result<(Vec<u8>, Gap), StampError> {
    let holes = vec![
        Hole {
            key: "ByteRange",
            filler: vec![b' '; BYTE_RANGE_LENGTH],
        },
        Hole {
            key: "Contents",
            filler: contents_filler(digits),
        },
    ];
    update.set_with_holes(value, dictionary, holes);
    let update = update.finish()?;
    let (room, needed) = (digits, 2);
    let [byte_range, contents] = update.holes.as_slice() else {
        return Err(StampError::NoRoom { room, needed });
    };
    let mut revision = update.bytes;
    let end = update.start.saturating_add(wide(revision.len()));
    let ranges = [
        contents.start,
        contents.end,
        end.saturating_sub(contents.end),
    ];
    let at = |position: u64| local(position, update.start, &revision);
    let (contents, byte_range) = (
        at(contents.start)?..at(contents.end)?,
        at(byte_range.start)?..at(byte_range.end)?,
    );
    fill(&mut revision, byte_range, &byte_range_text(ranges))?;
    let covered = ranges[0].saturating_add(ranges[2]);
    Ok((revision, Gap { contents, covered }))
}

fn dictionary(request: &Request<'_>) -> Result<Dictionary, StampError> {
    let mut dictionary = Dictionary::from_iter([
        ("Type", Object::Name(Name::from("Sig"))),
        ("Filter", Object::Name(Name::from("Adobe.PPKLite"))),
        ("SubFilter", Object::Name(Name::from("ETSI.CAdES.detached"))),
        ("M", Object::String(text::date(request.claimed_time))),
    ]);
    let texts = [
        ("Name", "the seal's name", Some(request.seal.name())),
        ("Reason", "the reason", request.reason),
        ("Location", "the place", request.place),
    ];
    for (key, what, value) in texts {
        let Some(value) = value else { continue };
        if value.chars().count() > LONGEST_TEXT {
            let most = LONGEST_TEXT;
            return Err(StampError::TextTooLong { what, most });
        }
        dictionary.set(key, Object::String(text::encode(value)));
    }
    Ok(dictionary)
}

/// The first element of the trailer's `ID`.
fn identifier<S: Source>(
    document: &Document<S>,
    update: &IncrementalUpdate,
) -> Result<Option<Vec<u8>>, StampError> {
    let view = document.latest();
    let Object::Array(halves) = view.get(update.trailer(), "ID")? else {
        return Ok(None);
    };
    Ok(halves.first().and_then(Object::as_string).map(Vec::from))
}

fn attributes(
    message_digest: [u8; 32],
    request: &Request<'_>,
    sealed: &SealedDocument,
) -> Result<SignedAttributes, StampError> {
    SignedAttributes::new(
        message_digest,
        request.signer_certificate,
        Some(request.seal.as_der()),
        Some(sealed),
    )
    .map_err(StampError::Attributes)
}

/// How many hexadecimal digits the largest possible signature takes.
fn room(
    request: &Request<'_>,
    document_id: Option<&[u8]>,
    unsigned: usize,
) -> Result<usize, StampError> {
    let largest = SealedDocument {
        document_id: document_id.map(Vec::from),
        length: u64::MAX,
    };
    let attributes = attributes([0; 32], request, &largest)?;
    let data = signed_data(
        &attributes,
        &LONGEST_SIGNATURE,
        request.signer_certificate,
        request.chain,
    )
    .map_err(StampError::Attributes)?;
    let unsigned = match unsigned {
        0 => 0,
        size => size.saturating_add(UNSIGNED_FRAME),
    };
    Ok(data.len().saturating_add(unsigned).saturating_mul(2))
}

const fn longest_signature() -> [u8; 72] {
    let integer = [0x02, 0x21, 0x00, 0xff];
    let mut signature = [0xff; 72];
    let (head, rest) = signature.split_at_mut(2);
    head.copy_from_slice(&[0x30, 0x46]);
    let (first, second) = rest.split_at_mut(35);
    first.split_at_mut(4).0.copy_from_slice(&integer);
    second.split_at_mut(4).0.copy_from_slice(&integer);
    signature
}

fn contents_filler(digits: usize) -> Vec<u8> {
    let mut filler = vec![b'0'; digits.saturating_add(2)];
    if let [first, .., last] = filler.as_mut_slice() {
        *first = b'<';
        *last = b'>';
    }
    filler
}

fn byte_range_text([gap, after, rest]: [u64; 3]) -> Vec<u8> {
    let numbers = format!("[0 {gap} {after} {rest}");
    let width = BYTE_RANGE_LENGTH.saturating_sub(1);
    format!("{numbers:<width$}]").into_bytes()
}

fn fill(revision: &mut [u8], range: Range<usize>, bytes: &[u8]) -> Result<(), StampError> {
    let (room, needed) = (range.len(), bytes.len());
    let hole = revision.get_mut(range).filter(|_| room == needed);
    hole.ok_or(StampError::NoRoom { room, needed })?
        .copy_from_slice(bytes);
    Ok(())
}

fn local(position: u64, start: u64, revision: &[u8]) -> Result<usize, StampError> {
    let offset = position.checked_sub(start);
    let offset = offset.and_then(|offset| usize::try_from(offset).ok());
    let (room, needed) = (revision.len(), 0);
    offset.ok_or(StampError::NoRoom { room, needed })
}

/// SHA-256 of the original, not yet closed; `take` gets every byte of it.
fn original(
    source: &dyn Source,
    take: &mut dyn FnMut(&[u8]) -> io::Result<()>,
) -> Result<Sha256, StampError> {
    let mut hash = Sha256::new();
    each_block(source, |block| {
        hash.update(block);
        take(block)
    })?;
    Ok(hash)
}

/// SHA-256 over the original and the revision without its `Contents`.
pub(super) fn digest(original: Sha256, revision: &[u8], contents: &Range<usize>) -> [u8; 32] {
    let mut hash = original;
    hash.update(revision.get(..contents.start).unwrap_or_default());
    hash.update(revision.get(contents.end..).unwrap_or_default());
    hash.finalize().into()
}
