//! A PIV card with factory values in a virtual reader, for suites that nobody here wrote.

use std::io;
use std::time::{Duration, Instant};

use sello_card::{PcscReaders, Readers as _};
use sello_flow::rack::Lease;
use sello_simulator::{Contacts, SimulatedCard, VirtualReader, VpcdAddress};
use sello_wire::Channel as _;
use sello_wire::tag::{self, Tag};
use sello_wire::tlv;

use crate::management::WithManagement;

/// The factory PIN.
pub const PIN: &str = "123456";
/// The factory PUK.
pub const PUK: &str = "12345678";
/// The factory management key (AES-192).
pub const MANAGEMENT_KEY: &str = "010203040506070801020304050607080102030405060708";

/// SELECT of PIV.
const SELECT: &[u8] = &[0x00, 0xA4, 0x04, 0x00, 0x05, 0xA0, 0x00, 0x00, 0x03, 0x08];
/// SubjectPublicKeyInfo of a P-256 key up to the point.
const P256_HEADER: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A,
    0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// SubjectPublicKeyInfo of a P-384 key up to the point.
const P384_HEADER: &[u8] = &[
    0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x05, 0x2B,
    0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00,
];

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

    /// The public key of a slot as OpenSSL reads it: SubjectPublicKeyInfo (RFC 5480), DER.
    ///
    /// # Errors
    /// When the slot is empty.
    pub fn public_key(&self, slot: u8) -> io::Result<Vec<u8>> {
        let mut buffer = [0; 258];
        let answer = self.reader.with_card(|card| {
            card.transmit(SELECT, &mut buffer)?;
            let answer = card.transmit(&[0x00, 0xF7, 0x00, slot, 0x00], &mut buffer);
            answer.map(<[u8]>::to_vec)
        });
        let answer = answer.map_err(io::Error::other)?;
        let metadata = answer.strip_suffix(&[0x90, 0x00]).unwrap_or_default();
        let key = tlv::find(metadata, tag::metadata::PUBLIC_KEY);
        let point = key.ok().flatten().map(|key| tlv::find(key, Tag::POINT));
        let point = point.and_then(Result::ok).flatten().unwrap_or_default();
        let header = match point.len() {
            65 => P256_HEADER,
            97 => P384_HEADER,
            _ => return Err(io::Error::other("no key in this slot")),
        };
        Ok([header, point].concat())
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
