//! Finding the one card a program should use.

use thiserror::Error;

use crate::error::{CardError, Hex, ReaderError};
use crate::reader::{ReaderState, Readers};
use crate::session::CardSession;

/// Which card is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CardFilter {
    /// A reader's name, or a part of it that only one reader's name has.
    pub reader: Option<String>,
    /// The card's serial number.
    pub serial: Option<u32>,
}

/// A card with its session.
pub struct FoundCard {
    /// The reader it is in.
    pub reader: String,
    /// Its serial number, if it has one.
    pub serial: Option<u32>,
    /// The session; the PIV application is selected.
    pub session: CardSession,
}

/// A card that could be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The reader it is in.
    pub reader: String,
    /// Its serial number, if it has one.
    pub serial: Option<u32>,
}

/// Why there is not exactly one card.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FindError {
    /// No reader is connected.
    #[error("no card reader is connected")]
    NoReaders,
    /// No reader has the name asked for.
    #[error("no reader is named {name:?}; there are {available:?}")]
    UnknownReader {
        /// The name asked for.
        name: String,
        /// The readers there are.
        available: Vec<String>,
    },
    /// Several readers have the part of a name asked for.
    #[error("several readers are named {name:?}: {available:?}")]
    AmbiguousReader {
        /// The part asked for.
        name: String,
        /// The readers that have it.
        available: Vec<String>,
    },
    /// No reader has a card in it.
    #[error("there is no card in {readers:?}")]
    EmptyReaders {
        /// The readers looked into.
        readers: Vec<String>,
    },
    /// The only card is none of ours: it has no PIV application.
    #[error("the card in {reader:?} is not a PIV card, ATR {}", Hex(.atr))]
    ForeignCard {
        /// The reader it is in.
        reader: String,
        /// The answer to reset.
        atr: Vec<u8>,
    },
    /// No card has the serial number asked for.
    #[error("no card has serial number {serial}")]
    UnknownSerial {
        /// The number asked for.
        serial: u32,
        /// The cards there are.
        cards: Vec<Candidate>,
    },
    /// Several cards could be meant; reader or serial number has to be named.
    #[error("there are several cards")]
    SeveralCards {
        /// The cards.
        cards: Vec<Candidate>,
    },
    /// A reader failed.
    #[error(transparent)]
    Reader(#[from] ReaderError),
    /// A card failed.
    #[error("the card in {reader:?}: {error}")]
    Card {
        /// The reader it is in.
        reader: String,
        /// What happened.
        error: CardError,
    },
}

/// Finds the one PIV card that passes the filter and opens a session with it.
///
/// Foreign and mute cards in other readers do not matter as long as one card fits.
///
/// # Errors
/// See [`FindError`].
pub fn find_card(readers: &dyn Readers, filter: &CardFilter) -> Result<FoundCard, FindError> {
    let listed = readers.list()?;
    if listed.is_empty() {
        return Err(FindError::NoReaders);
    }
    let chosen = choose(listed, filter.reader.as_deref())?;
    let (present, empty): (Vec<_>, Vec<_>) =
        chosen.into_iter().partition(|state| state.card_present);
    if present.is_empty() {
        let readers = empty.into_iter().map(|state| state.name).collect();
        return Err(FindError::EmptyReaders { readers });
    }
    let mut found = Vec::new();
    let mut failure = None;
    for state in present {
        match open(readers, &state.name) {
            Ok(card) => found.push(card),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    if let (true, Some(failure)) = (found.is_empty(), failure) {
        return Err(failure);
    }
    pick(found, filter.serial)
}

fn choose(listed: Vec<ReaderState>, name: Option<&str>) -> Result<Vec<ReaderState>, FindError> {
    let Some(name) = name else {
        return Ok(listed);
    };
    if let Some(exact) = listed.iter().find(|state| state.name == name) {
        return Ok(vec![exact.clone()]);
    }
    let part = name.to_lowercase();
    let (matching, other): (Vec<_>, Vec<_>) = listed
        .into_iter()
        .partition(|state| state.name.to_lowercase().contains(&part));
    let names = |states: Vec<ReaderState>| states.into_iter().map(|state| state.name).collect();
    match matching.len() {
        0 => Err(FindError::UnknownReader {
            name: name.to_owned(),
            available: names(other),
        }),
        1 => Ok(matching),
        _ => Err(FindError::AmbiguousReader {
            name: name.to_owned(),
            available: names(matching),
        }),
    }
}

fn open(readers: &dyn Readers, reader: &str) -> Result<FoundCard, FindError> {
    let failed = |error| match error {
        CardError::ForeignCard { atr } => FindError::ForeignCard {
            reader: reader.to_owned(),
            atr,
        },
        error => FindError::Card {
            reader: reader.to_owned(),
            error,
        },
    };
    let mut session = CardSession::open(readers.connect(reader)?).map_err(failed)?;
    let serial = session
        .exclusive()
        .and_then(|mut card| card.serial())
        .map_err(failed)?;
    Ok(FoundCard {
        reader: reader.to_owned(),
        serial,
        session,
    })
}

fn pick(mut found: Vec<FoundCard>, serial: Option<u32>) -> Result<FoundCard, FindError> {
    let cards = candidates(&found);
    if let Some(serial) = serial {
        found.retain(|card| card.serial == Some(serial));
        if found.is_empty() {
            return Err(FindError::UnknownSerial { serial, cards });
        }
    }
    let cards = candidates(&found);
    match (found.pop(), found.is_empty()) {
        (Some(card), true) => Ok(card),
        _ => Err(FindError::SeveralCards { cards }),
    }
}

fn candidates(found: &[FoundCard]) -> Vec<Candidate> {
    found
        .iter()
        .map(|card| Candidate {
            reader: card.reader.clone(),
            serial: card.serial,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::TransportError;
    use crate::reader::CardConnection;
    use crate::script::{SELECT, SELECTED, Script};

    /// Readers with a script each; `None` for an empty one.
    struct Shelf(Vec<(&'static str, Option<Script>)>);

    impl Readers for Shelf {
        fn list(&self) -> Result<Vec<ReaderState>, ReaderError> {
            let state = |(name, script): &(&'static str, Option<Script>)| ReaderState {
                name: (*name).to_owned(),
                card_present: script.is_some(),
                atr: Vec::new(),
                changes: 0,
            };
            Ok(self.0.iter().map(state).collect())
        }

        fn connect(&self, reader: &str) -> Result<Box<dyn CardConnection>, ReaderError> {
            let (_, script) = self.0.iter().find(|(name, _)| *name == reader).unwrap();
            Ok(Box::new(script.clone().unwrap()))
        }
    }

    fn card(serial: &str) -> Option<Script> {
        let script = Script::new().on(SELECT, SELECTED);
        Some(script.on("00F80000 00", &format!("{serial} 9000")))
    }

    fn foreign() -> Option<Script> {
        Some(Script::new().with_atr(&[0x3B, 0x01]).on(SELECT, "6A82"))
    }

    fn found(shelf: Shelf, reader: Option<&str>, serial: Option<u32>) -> Result<String, FindError> {
        let reader = reader.map(str::to_owned);
        find_card(&shelf, &CardFilter { reader, serial })
            .map(|card| format!("{} {:?}", card.reader, card.serial))
    }

    #[test]
    fn the_only_piv_card_is_found_among_empty_readers_and_foreign_cards() {
        let shelf = Shelf(vec![("A", None), ("B", foreign()), ("C", card("0000002A"))]);
        assert_eq!(found(shelf, None, None).unwrap(), "C Some(42)");
    }

    #[test]
    fn nothing_to_find_is_told_apart() {
        assert_eq!(found(Shelf(vec![]), None, None), Err(FindError::NoReaders));
        assert_eq!(
            found(Shelf(vec![("A", None)]), None, None),
            Err(FindError::EmptyReaders {
                readers: vec!["A".to_owned()]
            })
        );
        assert_eq!(
            found(Shelf(vec![("A", foreign())]), None, None),
            Err(FindError::ForeignCard {
                reader: "A".to_owned(),
                atr: vec![0x3B, 0x01]
            })
        );
    }

    #[test]
    fn of_two_cards_one_has_to_be_named() {
        let shelf = || {
            Shelf(vec![
                ("ACS 0", card("00000001")),
                ("ACS 1", card("00000002")),
            ])
        };
        let Err(FindError::SeveralCards { cards }) = found(shelf(), None, None) else {
            panic!("one of two cards was taken");
        };
        assert_eq!(cards.len(), 2);
        assert_eq!(found(shelf(), None, Some(2)).unwrap(), "ACS 1 Some(2)");
        assert_eq!(
            found(shelf(), Some("acs 0"), None).unwrap(),
            "ACS 0 Some(1)"
        );
        assert!(matches!(
            found(shelf(), Some("acs"), None),
            Err(FindError::AmbiguousReader { .. })
        ));
        assert!(matches!(
            found(shelf(), Some("Omnikey"), None),
            Err(FindError::UnknownReader { available, .. }) if available.len() == 2
        ));
        assert!(matches!(
            found(shelf(), None, Some(3)),
            Err(FindError::UnknownSerial { cards, .. }) if cards.len() == 2
        ));
    }

    #[test]
    fn a_card_that_fails_alone_is_named_with_its_reader() {
        let pulled = Script::new().begins(Err(TransportError::Removed));
        let error = found(Shelf(vec![("A", Some(pulled))]), None, None).unwrap_err();
        assert_eq!(
            error,
            FindError::Card {
                reader: "A".to_owned(),
                error: CardError::Transport(TransportError::Removed)
            }
        );
    }
}
