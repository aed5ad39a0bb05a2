//! A PIV card with factory values in a virtual reader, for suites that nobody here wrote.

use std::io;
use std::time::{Duration, Instant};

use sello_card::{PcscReaders, Readers as _};
use sello_flow::rack::Lease;
use sello_simulator::{Contacts, SimulatedCard, VirtualReader, VpcdAddress};

use crate::management::WithManagement;

/// The factory PIN.
pub const PIN: &str = "123456";
/// The factory PUK.
pub const PUK: &str = "12345678";
/// The factory management key (AES-192).
pub const MANAGEMENT_KEY: &str = "010203040506070801020304050607080102030405060708";

/// How long pcscd may take to see a card come or go.
const PATIENCE: Duration = Duration::from_secs(20);

/// The card; dropping it takes it out.
pub struct PivCard<C: Contacts = SimulatedCard> {
    reader: VirtualReader<C>,
    name: String,
    serial: u32,
    _lease: Lease,
}

impl PivCard {
    /// Puts a new card into a free reader.
    ///
    /// # Errors
    /// When the stack of virtual readers is not there, or pcscd does not see the card in time.
    pub fn insert() -> io::Result<Self> {
        let lease = Lease::take()?;
        let serial = serial(&lease);
        Self::into_reader(lease, serial, new(serial)?)
    }
}

impl PivCard<WithManagement> {
    /// As [`PivCard::insert`], with the application in front that `ykman` looks for.
    ///
    /// # Errors
    /// As [`PivCard::insert`].
    pub fn insert_for_ykman() -> io::Result<Self> {
        let lease = Lease::take()?;
        let serial = serial(&lease);
        let card = WithManagement::new(new(serial)?).map_err(io::Error::other)?;
        Self::into_reader(lease, serial, card)
    }
}

/// A card of its own for each reader: some programs find a card by its serial number.
fn serial(lease: &Lease) -> u32 {
    70_000_000 + u32::from(lease.port())
}

fn new(serial: u32) -> io::Result<SimulatedCard> {
    SimulatedCard::piv(serial).map_err(io::Error::other)
}

impl<C: Contacts> PivCard<C> {
    fn into_reader(lease: Lease, serial: u32, card: C) -> io::Result<Self> {
        let reader = VirtualReader::start(VpcdAddress::local(lease.port()), card);
        let card = Self {
            reader: reader.map_err(io::Error::other)?,
            name: lease.reader()?,
            serial,
            _lease: lease,
        };
        if card.seen(true) {
            Ok(card)
        } else {
            Err(io::Error::other("pcscd does not see the simulated card"))
        }
    }

    /// The reader's name.
    #[must_use]
    pub fn reader(&self) -> &str {
        &self.name
    }

    /// The card's serial number.
    #[must_use]
    pub const fn serial(&self) -> u32 {
        self.serial
    }

    /// Waits until pcscd sees the card, or sees that it is gone.
    fn seen(&self, present: bool) -> bool {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let mut readers = PcscReaders::new().list().unwrap_or_default().into_iter();
            if readers.any(|reader| reader.name == self.name && reader.card_present == present) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

impl<C: Contacts> Drop for PivCard<C> {
    fn drop(&mut self) {
        // The next lease of this reader must not see this card.
        if self.reader.remove().is_ok() {
            self.seen(false);
        }
    }
}
