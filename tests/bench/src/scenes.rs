//! The main dialogues, each played once in-process with what was said kept.

use std::error::Error;

use sello_card::{Batch, CardSession, Pin};
use sello_conformance::personalization::{APPROVER_PIN, PIN};
use sello_simulator::SimulatedCard;
use sello_wire::Slot;

use crate::apdus::Signing;
use crate::card::{Issued, under_dual_control};
use crate::dialogue::Dialogue;
use crate::reader::CountingReader;

/// Documents in the batch.
const BATCH: u8 = 10;
/// Entries read from the journal.
const ENTRIES: usize = 100;

/// Everything that was said.
pub struct Scenes {
    /// The center makes the card.
    pub personalization: Dialogue,
    /// `sello stamp`, a process of its own.
    pub stamp: Dialogue,
    /// A PKCS#11 application signs.
    pub signing: Signing,
    /// The approver allows stampings; a batch; the journal.
    pub dual: [Dialogue; 3],
}

impl Scenes {
    /// Plays them all.
    ///
    /// # Errors
    /// Whatever goes wrong on the way.
    pub fn play() -> Result<Self, Box<dyn Error>> {
        let issued = Issued::new(SimulatedCard::blank(20_260_001)?)?;
        let stamp = issued.stamp("sello stamp, whole process")?;
        Ok(Self {
            signing: Signing::with(&issued.reader)?,
            personalization: issued.personalization,
            stamp,
            dual: dual()?,
        })
    }

    /// The dialogues, each as a whole.
    #[must_use]
    pub fn dialogues(&self) -> Vec<Dialogue> {
        let signing = &self.signing;
        let mut all = vec![
            self.personalization.clone(),
            signing.cold_total(),
            signing.further.clone(),
            self.stamp.clone(),
        ];
        all.extend(self.dual.iter().cloned());
        all
    }
}

/// What a card under dual control and the host's library say.
fn dual() -> Result<[Dialogue; 3], Box<dyn Error>> {
    let (reader, mut session) = under_dual_control(20_260_002)?;
    let _ = reader.take("nothing");
    allow(&mut session, BATCH.into())?;
    let approval = reader.take("approval of 10 stampings");
    batch(&mut session)?;
    let batch = reader.take("batch of 10 documents, one PIN");
    let journal = journal(&reader, &mut session)?;
    Ok([approval, batch, journal])
}

fn allow(session: &mut CardSession, count: u16) -> Result<(), Box<dyn Error>> {
    let pin = Pin::new(digits(&APPROVER_PIN))?;
    session.exclusive()?.approve(&pin, Slot::Signature, count)?;
    Ok(())
}

fn batch(session: &mut CardSession) -> Result<(), Box<dyn Error>> {
    let digests: Vec<_> = (0..BATCH).map(|number| [number; 32]).collect();
    let batch = Batch::new(&digests)?;
    let mut card = session.exclusive()?;
    card.announce_batch(Slot::Signature, &batch)?;
    card.verify_pin(&Pin::new(digits(&PIN))?)?;
    for index in 0..batch.count() {
        card.sign_in_batch(Slot::Signature, &batch, index)?;
    }
    Ok(())
}

/// Fills the journal up to what is to be read, and reads it.
fn journal(reader: &CountingReader, session: &mut CardSession) -> Result<Dialogue, Box<dyn Error>> {
    let pin = Pin::new(digits(&PIN))?;
    let kept = session.exclusive()?.read_journal(1)?.entries().len();
    let missing = ENTRIES.saturating_sub(kept);
    allow(session, u16::try_from(missing)?)?;
    let mut card = session.exclusive()?;
    for _ in 0..missing {
        card.verify_pin(&pin)?;
        card.sign(Slot::Signature, &[9; 32])?;
    }
    let _ = reader.take("nothing");
    let read = card.read_journal(1)?.entries().len();
    if read != ENTRIES {
        return Err(format!("{read} entries").into());
    }
    Ok(reader.take("journal of 100 entries"))
}

/// A PIN without its padding.
fn digits(padded: &[u8; 8]) -> &[u8] {
    let end = padded.iter().position(|byte| *byte == 0xFF);
    padded
        .get(..end.unwrap_or(padded.len()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sello_simulator::{Line, Pace, Timing, TimingProfile};

    use super::*;
    use crate::report::Bar;
    use crate::{apdus, clock};

    #[test]
    fn the_dialogues_keep_their_bars_and_ask_nothing_twice() {
        let scenes = Scenes::play().unwrap();
        let report = apdus::report(&scenes);
        assert_eq!(report.bars.len(), 2);
        assert!(report.bars.iter().all(Bar::holds), "{report}");
        assert_eq!(scenes.signing.further.instructions(), [0x20, 0x87]);
        let find = &scenes.signing.cold[2];
        assert_eq!(
            (find.name, find.traffic().commands),
            ("find the private key", 0)
        );
        let [approval, batch, _] = &scenes.dual;
        assert_eq!(approval.instructions(), [0x20]);
        // Announcement, PIN, and one command a document.
        assert_eq!(batch.traffic().commands, 12);
        let rows = clock::report(&scenes).unwrap().to_json();
        assert_eq!(rows["tables"].as_array().unwrap().len(), 3);
    }

    #[test]
    fn the_time_of_a_dialogue_is_what_the_card_charges() {
        let timing = Timing {
            profile: TimingProfile::find("j3r180").unwrap(),
            line: Line::Contact(115_200),
            pace: Pace::Virtual,
        };
        let (reader, mut session) = under_dual_control(7).unwrap();
        let _ = reader.take("nothing");
        reader.with_card(|card| card.set_timing(timing.clone()));
        allow(&mut session, 10).unwrap();
        batch(&mut session).unwrap();
        let charged = reader.with_card(|card| card.clock());
        assert_eq!(reader.take("both").time(&timing), charged);
        assert!(
            charged > Duration::from_millis(320),
            "10 signatures of 32 ms"
        );
    }
}
