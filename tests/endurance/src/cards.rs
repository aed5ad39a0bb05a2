//! Cards in virtual readers that can be pulled, and that can behave badly.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use p256::ecdsa::Signature;
use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use sello_card::{PcscReaders, Readers as _};
use sello_flow::rack::Lease;
use sello_fuzz::pkcs11::cards;
use sello_simulator::{CardError, Contacts, SimulatedCard, VirtualReader, VpcdAddress};
use sello_wire::{Channel, Instruction};

/// How long pcscd may take to see a card come or go.
const PATIENCE: Duration = Duration::from_secs(20);
/// Longest answer in bytes, with its status word.
const LONGEST: usize = 65_538;

/// How a card answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mood {
    /// As it should.
    Good,
    /// As it should, after a while.
    Late(Duration),
    /// With these bytes, whatever it is asked.
    Garbage(Vec<u8>),
    /// With another card's data objects.
    OthersObjects,
}

/// A card with moods.
pub struct MoodyCard {
    card: SimulatedCard,
    other: SimulatedCard,
    mood: Mood,
}

impl MoodyCard {
    /// The first of the known cards, in a good mood.
    #[must_use]
    pub fn new() -> Self {
        let card = |index: usize| SimulatedCard::from_state(&cards::all()[index].state).unwrap();
        let mut other = card(1);
        other.insert().unwrap();
        let select = [&[0, 0xA4, 4, 0, 11][..], &sello_wire::aid::PIV].concat();
        other.transmit(&select, &mut [0; LONGEST]).unwrap();
        Self {
            card: card(0),
            other,
            mood: Mood::Good,
        }
    }

    /// Changes its mood.
    pub fn set(&mut self, mood: Mood) {
        self.mood = mood;
    }
}

impl Default for MoodyCard {
    fn default() -> Self {
        Self::new()
    }
}

impl Channel for MoodyCard {
    type Error = CardError;

    fn transmit<'r>(
        &mut self,
        command: &[u8],
        response: &'r mut [u8],
    ) -> Result<&'r [u8], CardError> {
        match &self.mood {
            Mood::Late(pause) => thread::sleep(*pause),
            Mood::Garbage(bytes) => {
                let room = &mut response[..bytes.len()];
                room.copy_from_slice(bytes);
                return Ok(room);
            }
            Mood::OthersObjects if command.get(1) == Some(&Instruction::GetData.ins()) => {
                return self.other.transmit(command, response);
            }
            Mood::Good | Mood::OthersObjects => {}
        }
        self.card.transmit(command, response)
    }
}

impl Contacts for MoodyCard {
    fn answer_to_reset(&self) -> &[u8] {
        self.card.atr()
    }

    fn supply(&mut self) -> Result<(), CardError> {
        self.card.insert()
    }

    fn cut(&mut self) {
        self.card.power_off();
    }
}

/// A moody card in a virtual reader of its own.
pub struct Reader {
    /// The card, with which things happen.
    pub card: VirtualReader<MoodyCard>,
    name: String,
    lease: Lease,
}

impl Reader {
    /// Puts a card into a free reader and waits until pcscd sees it.
    ///
    /// # Errors
    /// When no driver listens, or pcscd does not see the card in time.
    pub fn start() -> io::Result<Self> {
        let lease = Lease::take()?;
        let address = VpcdAddress::local(lease.port());
        let card = VirtualReader::start(address, MoodyCard::new()).map_err(io::Error::other)?;
        let reader = Self {
            card,
            name: lease.reader()?,
            lease,
        };
        reader.wait(true)?;
        Ok(reader)
    }

    /// The name of the reader.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The port of the reader.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.lease.port()
    }

    /// Waits until pcscd sees the card, or sees that there is none.
    ///
    /// # Errors
    /// When it does not in time.
    pub fn wait(&self, present: bool) -> io::Result<()> {
        let readers = PcscReaders::new();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let list = readers.list().unwrap_or_default();
            let mut own = list.iter().filter(|reader| reader.name == self.name);
            if own.any(|reader| reader.card_present == present) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(io::Error::other("pcscd does not see what happened"));
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Whether a key of the card made this signature.
#[must_use]
pub fn verifies(signature: &[u8], digest: &[u8; 32]) -> bool {
    let Ok(signature) = Signature::from_slice(signature) else {
        return false;
    };
    let mut keys = cards::all()[0].keys.iter();
    keys.any(|key| key.verify_prehash(digest, &signature).is_ok())
}
