//! A strict PDF reader by positioned reads, and an append-only writer.
//!
//! The reader never loads a document whole and never repairs one: what departs from
//! ISO 32000-1 in the parts read here is refused with the byte position of the fault.
//! It keeps apart the *revisions* of a document (the original and each incremental
//! update, ISO 32000-1 7.5.6), so that a verifier can look at the document as it was
//! when it was signed, and so that it knows the bytes each part came from.
//!
//! The writer only appends: [`IncrementalUpdate`] makes the bytes that follow the
//! unchanged original.
//!
//! Nothing here knows what a signature is.
//!
//! ```
//! # fn demo(bytes: &[u8]) -> sello_pdf::Result<()> {
//! let document = sello_pdf::Document::open(bytes)?;
//! for revision in document.revisions() {
//!     println!("bytes {:?}", revision.span());
//! }
//! let view = document.latest();
//! println!("{} pages", view.pages()?.len());
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod cache;
mod content;
mod cursor;
mod decode;
mod document;
mod error;
mod filter;
mod lexer;
mod object;
mod object_stream;
mod pages;
mod parser;
mod revisions;
mod serialize;
mod source;
mod update;
mod view;
mod xref;

pub use content::{Token, Tokens};
pub use document::Document;
pub use error::{Damage, Error, Limit, Result};
pub use object::{Dictionary, Name, Object, Reference, Stream};
pub use pages::{Page, Rectangle};
pub use parser::{IndirectObject, Value, ValueSpan};
pub use revisions::{CrossReferenceForm, Revision};
pub use serialize::{write_dictionary, write_object};
pub use source::{FileSource, Prefix, Source};
pub use update::{Hole, IncrementalUpdate, Update};
pub use view::{Located, Place, View};
pub use xref::{Entry, Hybrid};
