//! Where a sealed document goes: a new file, or the end of the document itself.

use crate::failure::Failure;
use crate::in_place::{InPlaceFile, RestingInPlace};
use crate::output::{NewFile, RestingFile};
use sello_pdf::FileSource;

/// Where a sealed document goes. Dropped before [`Target::publish`], everything is as it was.
pub(crate) enum Target {
    New(NewFile),
    InPlace(InPlaceFile),
}

/// A target closed until its signature comes: a batch has more files than a process may hold open.
pub(crate) enum RestingTarget {
    New(RestingFile),
    InPlace(RestingInPlace),
}

impl Target {
    /// Takes bytes of the original, which a document sealed in place has already.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match self {
            Self::New(file) => file.take(bytes),
            Self::InPlace(_) => Ok(()),
        }
    }

    /// Appends a revision.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match self {
            Self::New(file) => file.write(bytes),
            Self::InPlace(file) => file.append(bytes),
        }
    }

    /// The document so far.
    pub(crate) fn source(&mut self) -> Result<FileSource, Failure> {
        match self {
            Self::New(file) => file.source(),
            Self::InPlace(file) => file.source(),
        }
    }

    pub(crate) fn rest(self) -> Result<RestingTarget, Failure> {
        match self {
            Self::New(file) => file.rest().map(RestingTarget::New),
            Self::InPlace(file) => Ok(RestingTarget::InPlace(file.rest())),
        }
    }

    /// Brings everything to the disk and to its name.
    pub(crate) fn publish(self) -> Result<(), Failure> {
        match self {
            Self::New(file) => file.publish(),
            Self::InPlace(file) => file.publish(),
        }
    }
}

impl RestingTarget {
    pub(crate) fn wake(self) -> Result<Target, Failure> {
        match self {
            Self::New(file) => file.wake().map(Target::New),
            Self::InPlace(file) => file.wake().map(Target::InPlace),
        }
    }
}
