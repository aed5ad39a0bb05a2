//! What a change of the memory leaves different.

use std::collections::BTreeMap;

use sello_applet::{Change, Record};
use sello_wire::key::Slot;
use sello_wire::object::ObjectTag;

use super::{Content, Image, content};

/// What a change leaves different: the new content of a record, or `None` for one that is erased.
#[derive(Default)]
pub(crate) struct Difference(pub(super) BTreeMap<Record, Option<Content>>);

impl Difference {
    /// Every record that differs, ascending.
    pub(crate) fn records(&self) -> impl Iterator<Item = (Record, Option<&[u8]>)> {
        let records = self.0.iter();
        records.map(|(record, content)| (*record, content.as_ref().map(|bytes| bytes.as_slice())))
    }

    fn erase_all(&mut self, image: &Image, which: impl Fn(Record) -> bool) {
        let known = image.records.keys().chain(self.0.keys()).copied();
        let erased: Vec<_> = known.filter(|record| which(*record)).collect();
        self.0
            .extend(erased.into_iter().map(|record| (record, None)));
    }

    /// What these changes, in their order, leave different from an image.
    pub(super) fn of(image: &Image, changes: &[Change<'_>]) -> Self {
        let mut difference = Self::default();
        for change in changes {
            match *change {
                Change::Write(record, bytes) => {
                    difference.0.insert(record, Some(content(bytes)));
                }
                Change::Erase(record) => {
                    difference.0.insert(record, None);
                }
                Change::EraseKeys => difference.erase_all(image, |record| match record {
                    Record::Key(slot) => slot != Slot::Attestation,
                    _ => false,
                }),
                Change::EraseObjects => difference.erase_all(image, |record| match record {
                    Record::Object(tag) => tag != ObjectTag::certificate(Slot::Attestation),
                    _ => false,
                }),
            }
        }
        difference
            .0
            .retain(|record, content| content.as_ref() != image.records.get(record));
        difference
    }
}
