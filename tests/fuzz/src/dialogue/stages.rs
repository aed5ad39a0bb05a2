//! Cards to begin with, made once: one in each state of its life.

use std::sync::LazyLock;

use sello_scp03::{Level, StaticKeys};
use sello_simulator::SimulatedCard;
use sello_wire::{Channel, Status};

use super::host::{Host, bytes, command, decrypt};
use super::templates;
use super::view::View;

/// A state file and what it is.
pub struct Stage {
    /// What it is, for the message when something does not hold.
    pub name: &'static str,
    /// The bytes of [`SimulatedCard::state`].
    pub state: Vec<u8>,
}

/// All of them; a dialogue chooses by its first byte.
#[must_use]
pub fn all() -> &'static [Stage] {
    static ALL: LazyLock<Vec<Stage>> = LazyLock::new(make);
    &ALL
}

/// Version of the keys that the center put on the card.
pub(crate) const KEYS: u8 = 0x21;

fn make() -> Vec<Stage> {
    let mut maker = Maker::new(SimulatedCard::blank(12_345_678).unwrap());
    let mut stages = Vec::new();
    let mut stage = |name, maker: &Maker| {
        let state = maker.card.state().to_vec();
        stages.push(Stage { name, state });
    };
    stage("blank", &maker);
    maker.open();
    maker.secured([0x80, 0xD8, 0xFF, 0x81], 24, KEYS, 0);
    stage("blank with the center's keys", &maker);
    maker.open();
    maker.secured_bare([0x80, 0xF0, 0x03, 0]);
    stage("personalizing", &maker);
    maker.personalize();
    stage("personalizing, with keys", &maker);
    maker.secured_bare([0x80, 0xF0, 0x07, 0]);
    stage("delivered", &maker);
    maker.plain([0, 0x24, 0, 0x80], &pins(b"11111111", b"246813\xFF\xFF"));
    stage("operational", &maker);
    maker.approve_in_the_field();
    stage("operational, with approvals", &maker);
    maker.secured_bare([0x80, 0xF0, 0x0F, 0]);
    stage("blocked", &maker);
    maker.secured_bare([0x80, 0xF0, 0x7F, 0]);
    stage("terminated", &maker);
    let mut piv = Maker::new(SimulatedCard::piv(87_654_321).unwrap());
    stage("piv", &piv);
    piv.manage();
    for (slot, policy) in [(0x9A, 2), (0x9C, 3), (0x9D, 2), (0x9E, 1), (0x82, 3)] {
        piv.plain([0, 0x47, 0, slot], &generate(0x11, policy));
    }
    let (header, data) = templates::command(3, 2, 40, &piv.view(), 0);
    piv.plain(header, &data);
    stage("piv with keys", &piv);
    stages
}

pub(crate) fn pins(old: &[u8; 8], new: &[u8; 8]) -> Vec<u8> {
    [*old, *new].concat()
}

pub(crate) const fn generate(curve: u8, policy: u8) -> [u8; 8] {
    [0xAC, 6, 0x80, 1, curve, 0xAA, 1, policy]
}

/// Makes a card, step by step; each step must succeed.
pub(crate) struct Maker {
    pub(crate) card: SimulatedCard,
    host: Host,
}

impl Maker {
    pub(crate) fn new(card: SimulatedCard) -> Self {
        let mut maker = Self {
            card,
            host: Host::default(),
        };
        maker.plain([0, 0xA4, 4, 0], &sello_wire::aid::PIV);
        maker
    }

    fn view(&self) -> View {
        View::of(&self.card.state())
    }

    fn transmit(&mut self, sent: &[u8]) -> Vec<u8> {
        let mut buffer = vec![0; 4096];
        let answer = self.card.transmit(sent, &mut buffer).unwrap().to_vec();
        let (data, status) = answer.split_at(answer.len() - 2);
        assert_eq!(status, Status::OK.to_bytes(), "{sent:02X?}");
        data.to_vec()
    }

    pub(crate) fn plain(&mut self, header: [u8; 4], data: &[u8]) -> Vec<u8> {
        self.transmit(&bytes(&command(header, data, 256)))
    }

    /// Opens a channel with the keys the card has.
    pub(crate) fn open(&mut self) {
        let keys: StaticKeys = self.view().channel_keys().1;
        let answer = self.transmit(&Host::initialize_update());
        let level = Level::ENCRYPTION_BOTH;
        let proof = self.host.external_authenticate(&keys, &answer, level);
        self.transmit(&proof.unwrap());
    }

    pub(crate) fn wrapped(&mut self, header: [u8; 4], data: &[u8]) -> Vec<u8> {
        let wrapped = self.host.wrap(&command(header, data, 256)).unwrap();
        let answer = self.transmit(&bytes(&wrapped.command()));
        self.host.unwrap(answer, Status::OK).unwrap()
    }

    pub(crate) fn secured_bare(&mut self, header: [u8; 4]) {
        self.wrapped(header, &[]);
    }

    /// A template, with the header it must have.
    pub(crate) fn secured(&mut self, header: [u8; 4], template: u8, a: u8, b: u8) {
        let (found, data) = templates::command(template, a, b, &self.view(), 0);
        assert_eq!(found, header);
        self.wrapped(header, &data);
    }

    pub(crate) fn manage(&mut self) {
        let view = self.view();
        let (algorithm, key) = view.management_key();
        let header = [0, 0x87, algorithm, 0x9B];
        let witness = self.plain(header, &[0x7C, 2, 0x80, 0]);
        let witness = decrypt(key, witness[4..].try_into().unwrap());
        let data = [&[0x7C, 36, 0x80, 16][..], &witness, &[0x81, 16], &[7; 16]].concat();
        self.plain(header, &data);
    }

    /// Keys of each kind, a certificate, PIN and PUK.
    fn personalize(&mut self) {
        for (slot, curve, policy) in [
            (0x9C, 0x11, 3),
            (0x9A, 0x14, 2),
            (0x9D, 0x11, 2),
            (0x9E, 0x11, 1),
            (0x82, 0x11, 3),
            (0x83, 0x11, 3),
            (0xF9, 0x11, 1),
        ] {
            self.wrapped([0, 0x47, 0, slot], &generate(curve, policy));
        }
        // A certificate, the CHUID and printed information, which asks for the PIN.
        for tag in 0..3 {
            let header = [0, 0xDB, 0x3F, 0xFF];
            self.secured(header, 3, tag, 40);
        }
        self.wrapped([0, 0x24, 0, 0x80], &pins(b"123456\xFF\xFF", b"11111111"));
        self.wrapped([0, 0x24, 0, 0x81], &pins(b"12345678", b"80246813"));
        self.wrapped([0x80, 0x24, 0, 0x82], b"654321\xFF\xFF");
        for (slot, dual_control) in [(0x82, 0), (0x83, 1)] {
            let policy = [0xE5, 6, 0x80, 1, 4, 0x81, 1, dual_control];
            self.wrapped([0x80, 0xE2, 0, slot], &policy);
        }
    }

    /// The responsible person sets a PIN of their own and allows five stampings.
    fn approve_in_the_field(&mut self) {
        let own = b"135791\xFF\xFF";
        self.plain([0x80, 0x24, 0, 0x82], &pins(b"654321\xFF\xFF", own));
        let allowed = [&own[..], &[0x83, 0, 5]].concat();
        self.plain([0x80, 0x20, 0, 0x82], &allowed);
    }
}
