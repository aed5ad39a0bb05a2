//! What is public on a card, in a form that can be kept on disk.
//!
//! It is kept under the card's serial number and write counter: every committed change of objects, keys
//! and policies moves the counter on (`specs/card.md`, 2.5), so that a renewed certificate is never shown
//! stale. A token that does not count its changes is read each time. Nothing behind the PIN is here.

use sello_card::SealEntry;
use sello_wire::{PinPolicy, Slot};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::store::Store;
use crate::token::KeyEntry;

/// Which contents of which card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    /// The card's serial number.
    pub(super) serial: u32,
    /// Its write counter.
    pub(super) write_counter: u32,
    /// Version of its card edge.
    pub(super) edge: [u8; 2],
}

impl Identity {
    fn name(self) -> String {
        format!("{:08X}", self.serial)
    }
}

/// The contents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    identity: Option<Identity>,
    keys: Vec<Key>,
    /// Whether something is here that is not on disk.
    #[serde(skip)]
    is_news: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Key {
    slot: u8,
    policy: u8,
    certificate: Option<Vec<u8>>,
    point: Option<Vec<u8>>,
    entry: Option<Entry>,
    chain: Option<Vec<Vec<u8>>>,
    seal: Option<Vec<u8>>,
}

/// An entry of the card's directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    length: usize,
    digest: [u8; 32],
    chunks: usize,
    chain: usize,
}

impl Kept {
    /// Nothing yet, of these contents.
    pub(super) const fn new(identity: Option<Identity>) -> Self {
        Self {
            identity,
            keys: Vec::new(),
            is_news: true,
        }
    }

    /// What was kept of exactly these contents.
    pub(super) fn load(store: &Store, identity: Identity) -> Option<Self> {
        let bytes = store.load(&identity.name())?;
        let kept: Self = postcard::from_bytes(&bytes).ok()?;
        let is_right = kept.identity == Some(identity) && kept.keys.iter().all(Key::is_sound);
        is_right.then_some(kept)
    }

    /// Keeps it, unless it is kept already. That it cannot be kept is no failure.
    pub(super) fn save(&self, store: &Store) {
        if let (Some(identity), true) = (self.identity, self.is_news)
            && let Ok(bytes) = postcard::to_allocvec(self)
        {
            store.save(&identity.name(), &bytes);
        }
    }

    /// Takes a key in.
    pub(super) fn add(&mut self, key: &KeyEntry, entry: Option<&SealEntry>) {
        self.is_news = true;
        self.keys.push(Key {
            slot: key.slot.to_byte(),
            policy: key.policy.to_byte(),
            certificate: key.certificate.clone(),
            point: key.point.clone(),
            entry: entry.map(|entry| Entry {
                length: entry.length,
                digest: entry.digest,
                chunks: entry.chunks,
                chain: entry.chain,
            }),
            chain: None,
            seal: None,
        });
    }

    /// The keys.
    pub(super) fn keys(&self) -> Vec<KeyEntry> {
        self.keys.iter().filter_map(Key::entry).collect()
    }

    /// The directory's entry for a key.
    pub(super) fn entry(&self, slot: Slot) -> Option<SealEntry> {
        let entry = self.key(slot)?.entry.as_ref()?;
        Some(SealEntry {
            slot,
            length: entry.length,
            digest: entry.digest,
            chunks: entry.chunks,
            chain: entry.chain,
        })
    }

    /// The issuers' certificates, if they have been read.
    pub(super) fn chain(&self, slot: Slot) -> Option<Vec<Vec<u8>>> {
        self.key(slot)?.chain.clone()
    }

    /// The seal structure, if it has been read.
    pub(super) fn seal(&self, slot: Slot) -> Option<Vec<u8>> {
        self.key(slot)?.seal.clone()
    }

    /// Keeps the issuers' certificates.
    pub(super) fn keep_chain(&mut self, slot: Slot, chain: &[Vec<u8>]) {
        self.change(slot, |key| key.chain = Some(chain.to_vec()));
    }

    /// Keeps the seal structure.
    pub(super) fn keep_seal(&mut self, slot: Slot, seal: &[u8]) {
        self.change(slot, |key| key.seal = Some(seal.to_vec()));
    }

    fn key(&self, slot: Slot) -> Option<&Key> {
        self.keys.iter().find(|key| key.slot == slot.to_byte())
    }

    fn change(&mut self, slot: Slot, change: impl FnOnce(&mut Key)) {
        let key = self.keys.iter_mut();
        if let Some(key) = key.into_iter().find(|key| key.slot == slot.to_byte()) {
            change(key);
            self.is_news = true;
        }
    }
}

impl Key {
    fn entry(&self) -> Option<KeyEntry> {
        let entry = self.entry.as_ref();
        Some(KeyEntry {
            slot: Slot::from_byte(self.slot)?,
            policy: PinPolicy::from_byte(self.policy)?,
            certificate: self.certificate.clone(),
            point: self.point.clone(),
            has_chain: entry.is_some_and(|entry| entry.chain > 0),
            has_seal: entry.is_some_and(|entry| entry.length > 0),
        })
    }

    /// Whether it can be what a card holds: names that mean something, and a seal structure that the
    /// directory binds by its digest.
    fn is_sound(&self) -> bool {
        let entry = self.entry.as_ref();
        let seal = self.seal.as_ref().is_none_or(|seal| {
            let digest: [u8; 32] = Sha256::digest(seal).into();
            entry.is_some_and(|entry| entry.length == seal.len() && entry.digest == digest)
        });
        let chain = self
            .chain
            .as_ref()
            .is_none_or(|chain| chain.len() == entry.map_or(0, |entry| entry.chain));
        seal && chain
            && Slot::from_byte(self.slot).is_some()
            && PinPolicy::from_byte(self.policy).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEAL: &[u8] = b"a seal structure";
    const IDENTITY: Identity = Identity {
        serial: 7,
        write_counter: 100,
        edge: [2, 0],
    };

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(Some(folder.path().join("kept")));
        (folder, store)
    }

    fn kept() -> Kept {
        let mut kept = Kept::new(Some(IDENTITY));
        let key = KeyEntry {
            slot: Slot::Signature,
            policy: PinPolicy::Always,
            certificate: Some(vec![0x30, 0]),
            point: None,
            has_chain: true,
            has_seal: true,
        };
        let entry = SealEntry {
            slot: Slot::Signature,
            length: SEAL.len(),
            digest: Sha256::digest(SEAL).into(),
            chunks: 1,
            chain: 1,
        };
        kept.add(&key, Some(&entry));
        kept.keep_chain(Slot::Signature, &[vec![0x30, 1, 0]]);
        kept.keep_seal(Slot::Signature, SEAL);
        kept
    }

    #[test]
    fn what_is_kept_is_what_was_read() {
        let (_folder, store) = store();
        let before = kept();
        assert_eq!(Kept::load(&store, IDENTITY), None);
        before.save(&store);
        let after = Kept::load(&store, IDENTITY).unwrap();
        assert_eq!(after.keys(), before.keys());
        assert_eq!(after.seal(Slot::Signature).as_deref(), Some(SEAL));
        assert_eq!(after.chain(Slot::Signature).map(|c| c.len()), Some(1));
        assert_eq!(after.entry(Slot::Signature), before.entry(Slot::Signature));
        assert!(!after.is_news, "nothing to write again");
    }

    #[test]
    fn a_card_that_was_written_since_is_read_again() {
        let (_folder, store) = store();
        kept().save(&store);
        for other in [
            Identity {
                write_counter: 101,
                ..IDENTITY
            },
            Identity {
                write_counter: 99,
                ..IDENTITY
            },
            Identity {
                edge: [2, 1],
                ..IDENTITY
            },
            Identity {
                serial: 8,
                ..IDENTITY
            },
        ] {
            assert_eq!(Kept::load(&store, other), None);
        }
    }

    #[test]
    fn what_the_directory_does_not_bind_is_not_believed() {
        let (_folder, store) = store();
        let mut other_seal = kept();
        other_seal.keep_seal(Slot::Signature, b"another structure");
        let mut longer_chain = kept();
        longer_chain.keep_chain(Slot::Signature, &[vec![1], vec![2]]);
        let mut odd = kept();
        odd.keys[0].policy = 0x77;
        for bad in [other_seal, longer_chain, odd] {
            bad.save(&store);
            assert_eq!(Kept::load(&store, IDENTITY), None);
        }
        store.save(&IDENTITY.name(), b"something else");
        assert_eq!(Kept::load(&store, IDENTITY), None);
    }

    #[test]
    fn damage_under_a_right_digest_is_borne_and_a_cut_is_seen() {
        let (_folder, store) = store();
        let whole = postcard::to_allocvec(&kept()).unwrap();
        let load = |bytes: &[u8]| {
            assert!(store.save(&IDENTITY.name(), bytes));
            Kept::load(&store, IDENTITY)
        };
        assert_eq!(load(&whole).map(|kept| kept.keys()), Some(kept().keys()));
        for index in 0..whole.len() {
            assert_eq!(load(&whole[..index]), None, "cut at {index}");
            for bit in 0..8 {
                let mut bad = whole.clone();
                bad[index] ^= 1 << bit;
                let Some(loaded) = load(&bad) else { continue };
                // What cannot be told from something true has at least the right form.
                assert_eq!(loaded.identity, Some(IDENTITY));
                assert_eq!(loaded.keys().len(), loaded.keys.len());
            }
        }
    }

    #[test]
    fn a_card_that_does_not_count_its_changes_is_not_kept() {
        let (folder, store) = store();
        let mut kept = kept();
        kept.identity = None;
        kept.save(&store);
        assert!(!folder.path().join("kept").exists());
    }
}
