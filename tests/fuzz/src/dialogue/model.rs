//! What may happen, apart from the card's own way of deciding it.
//!
//! The model is told nothing that a host does not know, but for the memory: it keeps what was proven in
//! this session, and after each command demands that whatever happened needed no more than that.

use sello_wire::apdu::{Command, Response};
use sello_wire::pin::PinReference;
use sello_wire::tag::Tag;
use sello_wire::{LifeCycle, Status, tlv};

use super::view::{View, kind};

/// Tag lists of the objects that ask for the PIN (SP 800-73-5 part 1, table 2).
const PROTECTED: [&[u8]; 4] = [
    &[0x5C, 3, 0x5F, 0xC1, 0x03],
    &[0x5C, 3, 0x5F, 0xC1, 0x08],
    &[0x5C, 3, 0x5F, 0xC1, 0x09],
    &[0x5C, 3, 0x5F, 0xC1, 0x21],
];

/// What a whole command says.
#[derive(Clone, Debug)]
pub struct Meaning {
    /// CLA without the bits of chaining and protection, INS, P1, P2.
    pub header: [u8; 4],
    /// Data in the clear.
    pub data: Vec<u8>,
    /// It came through the card's open channel as its host wrapped it.
    pub secured: bool,
    /// It claims to have come through a channel.
    pub wrapped: bool,
}

impl Meaning {
    fn is(&self, cla: u8, ins: u8) -> bool {
        self.header[..2] == [cla, ins]
    }

    fn p1(&self) -> u8 {
        self.header[2]
    }

    fn p2(&self) -> u8 {
        self.header[3]
    }

    /// The use of a private key for a host: a signature, an agreement, a document of a batch.
    fn uses_key(&self) -> bool {
        (self.is(0, 0x87) && self.p2() != 0x9B) || self.is(0x80, 0x87)
    }

    /// A field of the dynamic authentication template.
    fn field(&self, tag: Tag) -> Option<&[u8]> {
        let inner = tlv::find(&self.data, Tag::DYNAMIC_AUTHENTICATION).ok()??;
        tlv::find(inner, tag).ok()?
    }

    /// Whether the data begins with the reference data as the memory had it.
    fn proves(&self, view: &View, reference: PinReference) -> bool {
        let reference = view.reference(reference);
        reference.total > 0 && self.data.get(..8) == Some(reference.value)
    }
}

/// A batch that was announced.
struct Batch {
    slot: u8,
    count: u16,
    authorized: bool,
    used: Vec<u16>,
}

/// What was proven in this session.
#[derive(Default)]
pub struct Model {
    stage: &'static str,
    managed: bool,
    pin_given: bool,
    /// The PIN was given by the command right before.
    fresh: bool,
    channel_of: Option<usize>,
    batch: Option<Batch>,
    /// The batch was announced by the command right before.
    announced: bool,
    /// The chain that is open: its header and what came so far.
    chain: Option<([u8; 4], Vec<u8>)>,
}

impl Model {
    /// Of a card right after power-on.
    #[must_use]
    pub fn new(stage: &'static str) -> Self {
        Self {
            stage,
            ..Self::default()
        }
    }

    /// A reset takes everything away.
    pub fn reset(&mut self) {
        *self = Self::new(self.stage);
    }

    /// The management key was proven.
    pub const fn grant_management(&mut self) {
        self.managed = true;
    }

    /// A host opened the card's channel.
    pub const fn open_channel(&mut self, host: usize) {
        self.channel_of = Some(host);
    }

    /// Whether the card's channel, if open, is this host's.
    #[must_use]
    pub fn is_channel_of(&self, host: usize) -> bool {
        self.channel_of == Some(host)
    }

    /// Documents in the batch announced last, 1 without one.
    #[must_use]
    pub fn batch_count(&self) -> u16 {
        self.batch.as_ref().map_or(1, |batch| batch.count)
    }

    /// Holds one exchange against what may happen, and learns from it. `answer` is `None` when the power
    /// was cut.
    pub fn check(
        &mut self,
        before: &View,
        after: &View,
        sent: &[u8],
        meaning: Option<Meaning>,
        answer: Option<&[u8]>,
    ) {
        let parsed = Command::parse(sent).ok();
        let answer = answer.map(|answer| Response::parse(answer).expect("two bytes at least"));
        let status = answer.map(|answer| answer.status);
        let is_part = parsed.is_some_and(|c| c.cla & 0x10 != 0 && c.cla < 0xA0);
        let (meaning, broke_off) = self.understand(parsed, is_part, meaning, status);
        if broke_off {
            self.fresh = false;
            self.announced = false;
        }
        if let Some(answer) = answer {
            self.form(before, after, sent, parsed, answer, meaning.as_ref());
            if answer.status != Status::OK && answer.status.0 & 0xFF00 != 0x6100 {
                self.hold(
                    before.lasting() == after.lasting(),
                    sent,
                    "a refusal changes nothing",
                );
            }
            self.look_for_secrets(before, answer.data);
            self.look_for_secrets(after, answer.data);
        }
        self.counters(before, after, sent);
        self.keys(after, sent);
        match &meaning {
            None => self.hold(
                before.bytes() == after.bytes(),
                sent,
                "what is no whole command changes nothing",
            ),
            Some(meaning) => {
                self.changes(before, after, sent, meaning);
                if status.is_some_and(is_done) {
                    self.rights(before, after, sent, meaning);
                }
            }
        }
        if let Some(status) = status {
            self.learn(meaning.as_ref(), is_part, status);
        }
    }

    /// What a whole command says, and whether a chain was broken off by it. A part of a chain says
    /// nothing yet.
    fn understand(
        &mut self,
        parsed: Option<Command<'_>>,
        is_part: bool,
        meaning: Option<Meaning>,
        status: Option<Status>,
    ) -> (Option<Meaning>, bool) {
        let Some(command) = parsed else {
            return (None, false);
        };
        let Command {
            cla, ins, p1, p2, ..
        } = command;
        if ins == 0xC0 && cla & !0x14 == 0 {
            return (None, false);
        }
        let header = [cla & !0x10, ins, p1, p2];
        let open = self.chain.take();
        let continues = open.as_ref().is_some_and(|(other, _)| *other == header);
        let broke_off = open.is_some() && !continues;
        let mut data = match open {
            Some((_, received)) if continues => received,
            _ => Vec::new(),
        };
        data.extend_from_slice(command.data);
        if is_part {
            if status == Some(Status::OK) {
                self.chain = Some((header, data));
            }
            return (None, broke_off);
        }
        let spoken = Meaning {
            header: [cla & !0x14, ins, p1, p2],
            data,
            secured: false,
            wrapped: cla & 0x04 != 0,
        };
        (Some(meaning.unwrap_or(spoken)), broke_off)
    }

    /// What an answer looks like.
    fn form(
        &self,
        before: &View,
        after: &View,
        sent: &[u8],
        parsed: Option<Command<'_>>,
        answer: Response<'_>,
        meaning: Option<&Meaning>,
    ) {
        let done = is_done(answer.status);
        let expected = parsed.map_or(0, |command| match command.expected {
            0 => 256,
            n => n,
        });
        self.hold(
            answer.data.len() <= expected,
            sent,
            "an answer fits into Le",
        );
        let secured = meaning.is_some_and(|m| m.secured);
        let bare = done || secured || answer.data.is_empty();
        self.hold(bare, sent, "a refusal has no data");
        let forged = meaning.is_some_and(|m| m.wrapped && !m.secured);
        self.hold(
            !(forged && done),
            sent,
            "only what a host wrapped comes through",
        );
        if forged {
            self.hold(
                before.bytes() == after.bytes(),
                sent,
                "what is forged changes nothing",
            );
        }
    }

    /// What holds of every card at any time.
    fn keys(&self, view: &View, sent: &[u8]) {
        for (slot, key) in view.keys() {
            let is_seal = matches!(slot, 0x9C | 0x82..=0x95);
            let counted = key.policy() == 4 || key.dual_control();
            self.hold(
                is_seal || !counted,
                sent,
                "what counts signatures is journaled",
            );
            let made = view.is_piv() || slot == 0x9D || key.is_generated();
            self.hold(made, sent, "only a key that decrypts is imported");
        }
    }

    /// What only ever goes one way.
    fn counters(&self, before: &View, after: &View, sent: &[u8]) {
        self.hold(
            before.identity() == after.identity(),
            sent,
            "a card stays itself",
        );
        let written = after.write_counter().checked_sub(before.write_counter());
        self.hold(
            written.is_some_and(|n| n <= 1),
            sent,
            "the write counter counts up",
        );
        let counted = |kind| before.records(kind).eq(after.records(kind));
        let same = counted(kind::KEY) && counted(kind::OBJECT) && counted(kind::CHANNEL_KEYS);
        self.hold(
            same || written == Some(1),
            sent,
            "the write counter counts each change",
        );
        let signed = after
            .journal_counter()
            .checked_sub(before.journal_counter());
        self.hold(
            signed.is_some_and(|n| n <= 1),
            sent,
            "the journal counts up",
        );
        let entries = before.records(kind::JOURNAL).count();
        let grown = after.records(kind::JOURNAL).count();
        self.hold(grown >= entries, sent, "the journal keeps its entries");
        for reference in [PinReference::Pin, PinReference::Puk, PinReference::Approver] {
            let data = after.reference(reference);
            self.hold(
                data.tries <= data.total,
                sent,
                "no more tries than there are",
            );
        }
    }

    /// Whatever changed, somebody had the right to change it. This holds for a cut command too.
    fn changes(&self, before: &View, after: &View, sent: &[u8], meaning: &Meaning) {
        if before.bytes() == after.bytes() {
            return;
        }
        let is_piv = before.is_piv();
        let admin = if is_piv {
            self.managed
        } else {
            meaning.secured
        };
        let emptied = is_piv
            && meaning.is(0, 0xFB)
            && before.reference(PinReference::Pin).tries == 0
            && before.reference(PinReference::Puk).tries == 0;
        let may_rule = admin || emptied;
        let same = |kind| before.records(kind).eq(after.records(kind));
        let ruled = !same(kind::KEY)
            || !same(kind::OBJECT)
            || !same(kind::CHANNEL_KEYS)
            || before.management_key() != after.management_key()
            || before.contactless_policy() != after.contactless_policy()
            || before.life_cycle() != after.life_cycle();
        self.hold(
            !ruled || may_rule,
            sent,
            "only who administers the card changes it",
        );
        self.life_cycle(before, after, sent, meaning);
        for reference in [PinReference::Pin, PinReference::Puk, PinReference::Approver] {
            let (old, new) = (before.reference(reference), after.reference(reference));
            let by_puk = reference == PinReference::Pin
                && meaning.is(0, 0x2C)
                && meaning.proves(before, PinReference::Puk);
            let proven = meaning.proves(before, reference) || by_puk;
            let told = new.value != old.value || new.total != old.total || new.tries > old.tries;
            self.hold(
                !told || proven || may_rule,
                sent,
                "tries come back by proof alone",
            );
        }
        let slots = [0x9A, 0x9C, 0x9D, 0x9E].into_iter().chain(0x82..=0x95);
        for slot in slots {
            let more = after.approvals(slot) > before.approvals(slot);
            let approved = meaning.is(0x80, 0x20) && meaning.proves(before, PinReference::Approver);
            let moved = meaning.is(0, 0xF6) && admin;
            self.hold(
                !more || approved || moved,
                sent,
                "only the approver approves",
            );
        }
        let signed = after.journal_counter() != before.journal_counter();
        if signed {
            self.hold(meaning.uses_key(), sent, "only a signature is journaled");
            self.may_use_key(before, sent, meaning);
        }
    }

    fn life_cycle(&self, before: &View, after: &View, sent: &[u8], meaning: &Meaning) {
        use LifeCycle::{Blank, Blocked, Operational, Personalizing, Terminated};
        let (from, to) = (before.life_cycle(), after.life_cycle());
        if from == to {
            return;
        }
        let listed = matches!(
            (from, to),
            (Blank, Personalizing)
                | (Personalizing, Operational)
                | (Operational, Blocked)
                | (Blocked, Operational)
                | (Blank | Personalizing | Operational | Blocked, Terminated)
        );
        let asked = meaning.is(0x80, 0xF0) && meaning.p1() == to.to_byte();
        self.hold(listed && asked, sent, "the life cycle moves as listed");
    }

    /// What an answer `9000` means was done by right.
    fn rights(&self, before: &View, after: &View, sent: &[u8], meaning: &Meaning) {
        if meaning.is(0, 0xCB) && PROTECTED.contains(&meaning.data.as_slice()) {
            self.hold(self.pin_given, sent, "what is protected asks for the PIN");
        }
        if !meaning.uses_key() {
            return;
        }
        self.may_use_key(before, sent, meaning);
        let slot = meaning.p2();
        let signs = meaning.field(Tag::CHALLENGE).is_some();
        let journaled = u32::from(signs && matches!(slot, 0x9C | 0x82..=0x95));
        self.hold(
            after.journal_counter() == before.journal_counter() + journaled,
            sent,
            "each signature of a seal key is journaled, and nothing else",
        );
        self.hold(
            before.life_cycle() == LifeCycle::Operational || !after.possession(slot),
            sent,
            "possession is proven once",
        );
        let key = before.key(slot).expect("a key was used");
        if key.dual_control() && before.life_cycle() == LifeCycle::Operational {
            let left = before.approvals(slot).checked_sub(1);
            self.hold(
                left == Some(after.approvals(slot)),
                sent,
                "an approval is used up",
            );
        }
    }

    /// Whether the private key that this command asks for may be used.
    fn may_use_key(&self, before: &View, sent: &[u8], meaning: &Meaning) {
        let slot = meaning.p2();
        let Some(key) = before.key(slot) else {
            return self.hold(false, sent, "there is no such key");
        };
        match before.life_cycle() {
            LifeCycle::Personalizing => {
                let first = meaning.secured && before.possession(slot);
                return self.hold(first, sent, "one possession signature, for the center");
            }
            LifeCycle::Operational => {}
            _ => return self.hold(false, sent, "this card signs nothing"),
        }
        self.hold(
            !before.transport_pin(),
            sent,
            "the transport PIN signs nothing",
        );
        let approved = !key.dual_control() || before.approvals(slot) > 0;
        self.hold(approved, sent, "the approver has to approve");
        let given = if meaning.is(0x80, 0x87) {
            self.batch.as_ref().is_some_and(|batch| {
                let index = meaning.field(Tag(0x83)).and_then(|i| i.try_into().ok());
                let index = index.map(u16::from_be_bytes);
                let fresh = index.is_some_and(|i| i < batch.count && !batch.used.contains(&i));
                batch.authorized && batch.slot == slot && fresh && key.policy() == 4
            })
        } else {
            match key.policy() {
                1 => true,
                2 => self.pin_given,
                _ => self.fresh,
            }
        };
        self.hold(given, sent, "the key asks for the PIN");
    }

    /// What the command proved, or lost.
    fn learn(&mut self, meaning: Option<&Meaning>, is_part: bool, status: Status) {
        let was_fresh = std::mem::take(&mut self.fresh);
        let was_announced = std::mem::take(&mut self.announced);
        if !is_done(status) {
            self.chain = None;
        }
        let Some(meaning) = meaning else {
            // The parts of a chain belong to the command that ends it.
            self.fresh = was_fresh && is_part && status == Status::OK;
            return;
        };
        let done = is_done(status);
        let wrong = status.0 & 0xFFF0 == 0x63C0;
        let forged = meaning.wrapped && !meaning.secured;
        if forged {
            if status == Status::SECURITY_STATUS_NOT_SATISFIED && !meaning.is(0x80, 0x82) {
                self.channel_of = None;
            }
            return;
        }
        let has_data = !meaning.data.is_empty();
        match meaning.header {
            [0, 0xA4, 4, 0 | 0x0C] if status == Status::NOT_FOUND => {
                self.reset();
            }
            [0x80, 0x50, _, 0] if done => self.channel_of = None,
            [0, 0x20, 0, 0x80] if done && has_data => {
                self.pin_given = true;
                self.fresh = true;
                if let Some(batch) = &mut self.batch
                    && was_announced
                {
                    batch.authorized = true;
                }
            }
            [0, 0x20, 0xFF, 0x80] if done => self.drop_pin(),
            [0, 0x20 | 0x24 | 0x2C, 0, 0x80] if wrong && has_data => self.drop_pin(),
            [0, 0x24, 0, 0x80] if done => self.pin_given = true,
            [0, 0x2C, 0, 0x80] if done => self.batch = None,
            [0x80, 0x2C, 0, 0x80] | [0x80, 0xF0, ..] if done => self.drop_pin(),
            [0, 0xFB, ..] if done => self.reset(),
            [0, 0x87, _, 0x9B] if status == Status::SECURITY_STATUS_NOT_SATISFIED => {
                self.managed = false;
            }
            [0x80, 0x2A, 0, slot] if done => {
                self.drop_pin();
                let count = meaning.data.last_chunk().expect("a count");
                self.batch = Some(Batch {
                    slot,
                    count: u16::from_be_bytes(*count),
                    authorized: false,
                    used: Vec::new(),
                });
                self.announced = true;
            }
            [0x80, 0x87, ..] if done => {
                let index = meaning.field(Tag(0x83)).and_then(|i| i.try_into().ok());
                if let (Some(batch), Some(index)) = (&mut self.batch, index) {
                    batch.used.push(u16::from_be_bytes(index));
                }
            }
            _ => {}
        }
    }

    fn drop_pin(&mut self) {
        self.pin_given = false;
        self.fresh = false;
        self.batch = None;
    }

    /// No private key that the card made is in an answer.
    pub fn look_for_secrets(&self, view: &View, data: &[u8]) {
        let mut secrets = view
            .keys()
            .filter(|(_, key)| key.is_generated())
            .map(|(_, key)| &key.scalar()[..16]);
        let found = secrets.any(|secret| data.windows(16).any(|window| window == secret));
        assert!(!found, "{}: a private key left the card", self.stage);
    }

    fn hold(&self, holds: bool, sent: &[u8], rule: &str) {
        assert!(holds, "{}: {rule}, but after {sent:02X?}", self.stage);
    }
}

const fn is_done(status: Status) -> bool {
    status.0 == 0x9000 || status.0 & 0xFF00 == 0x6100
}
