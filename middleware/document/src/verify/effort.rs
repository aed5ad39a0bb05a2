//! How much work one document may cause: a small file can ask for a lot of it.

/// Most nodes of forms looked at, over all revisions.
const NODES: u64 = 400_000;
/// Most pages looked at in searching for widgets, over all signatures.
const PAGES: u64 = 2_000_000;
/// Most pixels of seal pictures compared, over all signatures.
const PIXELS: u64 = 64 << 20;
/// How many times a document's length may be hashed, over all signatures.
const HASHINGS: u64 = 16;
/// Bytes that may be hashed in any case.
const HASHED: u64 = 256 << 20;

/// Most bytes of object streams looked through for references, beside those of the document.
const DECODED: u64 = 32 << 20;
/// Most bytes of objects read in looking through forms, beside those of the document.
const READ: u64 = 32 << 20;
/// How many times its length a document may have its objects read.
const READINGS: u64 = 8;

/// A kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// Nodes of a form.
    Nodes,
    /// Pages.
    Pages,
    /// Pixels.
    Pixels,
    /// Bytes hashed.
    Bytes,
    /// Bytes of object streams.
    Decoded,
    /// Bytes of objects in forms.
    Read,
}

/// What is left of each kind.
#[derive(Debug, Clone)]
pub(super) struct Effort {
    nodes: u64,
    pages: u64,
    pixels: u64,
    bytes: u64,
    decoded: u64,
    read: u64,
}

impl Effort {
    /// What a document of this length may cause.
    pub(super) const fn of(length: u64) -> Self {
        Self {
            nodes: NODES,
            pages: PAGES,
            pixels: PIXELS,
            bytes: length.saturating_mul(HASHINGS).saturating_add(HASHED),
            decoded: length.saturating_mul(READINGS).saturating_add(DECODED),
            read: length.saturating_mul(READINGS).saturating_add(READ),
        }
    }

    /// Takes off work that is about to be done, or was; false once too much has been asked for.
    pub(super) fn spend(&mut self, work: Work, amount: u64) -> bool {
        let left = match work {
            Work::Nodes => &mut self.nodes,
            Work::Pages => &mut self.pages,
            Work::Pixels => &mut self.pixels,
            Work::Bytes => &mut self.bytes,
            Work::Decoded => &mut self.decoded,
            Work::Read => &mut self.read,
        };
        match left.checked_sub(amount) {
            Some(rest) => {
                *left = rest;
                true
            }
            None => {
                *left = 0;
                false
            }
        }
    }

    /// Whether anything of this kind is left.
    pub(super) const fn has(&self, work: Work) -> bool {
        let left = match work {
            Work::Nodes => self.nodes,
            Work::Pages => self.pages,
            Work::Pixels => self.pixels,
            Work::Bytes => self.bytes,
            Work::Decoded => self.decoded,
            Work::Read => self.read,
        };
        left > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_work_ends() {
        let mut effort = Effort::of(10);
        assert!(effort.spend(Work::Bytes, HASHED + 160));
        assert!(!effort.has(Work::Bytes) && effort.has(Work::Nodes));
        assert!(!effort.spend(Work::Bytes, 1));
        for (work, limit) in [
            (Work::Nodes, NODES),
            (Work::Pages, PAGES),
            (Work::Pixels, PIXELS),
        ] {
            assert!(effort.spend(work, limit - 1) && effort.has(work));
            assert!(!effort.spend(work, 2) && !effort.has(work));
        }
    }
}
