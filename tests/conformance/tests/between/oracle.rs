//! Who watches a card from outside: which rights were won since the last reset, told from commands and
//! status words alone, and whether what the card did needed one that was not.

use sello_wire::apdu::Command;

use crate::lasting::Lasting;

/// PIN policies (`specs/card.md`, 14.2).
const NEVER: u8 = 1;
const ONCE: u8 = 2;

/// Bytes of a MAC: a wrapped command with nothing else has no data.
const MAC: usize = 8;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Batch {
    #[default]
    None,
    /// The announcement was the command right before.
    JustAnnounced,
    Announced,
    Allowed,
}

/// One command with its answer, and the memory around it.
pub(crate) struct Exchange<'e> {
    pub(crate) command: &'e [u8],
    pub(crate) response: &'e [u8],
    pub(crate) before: &'e Lasting,
    pub(crate) after: &'e Lasting,
}

impl Exchange<'_> {
    pub(crate) fn status(&self) -> u16 {
        status(self.response)
    }
}

pub(crate) fn status(response: &[u8]) -> u16 {
    let (_, status) = response.split_last_chunk::<2>().unwrap();
    u16::from_be_bytes(*status)
}

pub(crate) const fn is_success(status: u16) -> bool {
    status == 0x9000 || status >> 8 == 0x61
}

const fn is_wrong_pin(status: u16) -> bool {
    status & 0xFFF0 == 0x63C0
}

/// Rights as far as the watcher can know: never fewer than the card has given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Oracle {
    pub(crate) pin: bool,
    pub(crate) pin_right_before: bool,
    pub(crate) managed: bool,
    pub(crate) channel: bool,
    batch: Batch,
    /// The chain that is open: its header, and whether it has brought data.
    pub(crate) chain: Option<([u8; 4], bool)>,
}

impl Oracle {
    pub(crate) fn batch_allowed(&self) -> bool {
        self.batch == Batch::Allowed
    }

    /// Reset, or another application.
    pub(crate) fn session_ends(&mut self) {
        *self = Self::default();
    }

    fn pin_is_dropped(&mut self) {
        self.pin = false;
        self.pin_right_before = false;
        self.batch = Batch::None;
    }

    /// Takes one exchange.
    ///
    /// # Errors
    /// What the card must not have done.
    pub(crate) fn watch(&mut self, exchange: &Exchange<'_>) -> Result<(), String> {
        let mut right_before = std::mem::take(&mut self.pin_right_before);
        let just_announced = self.batch == Batch::JustAnnounced;
        if just_announced {
            self.batch = Batch::Announced;
        }
        memory_is_sound(exchange)?;
        let Ok(command) = Command::parse(exchange.command) else {
            self.chain = None;
            return told(!is_success(exchange.status()), "nonsense was taken");
        };
        let header = [command.cla & !0x10, command.ins, command.p1, command.p2];
        let open = self.chain.take();
        let continues = open.is_some_and(|(chained, _)| chained == header);
        if open.is_some() && !continues {
            right_before = false;
        }
        if command.cla & 0x10 != 0 {
            if is_success(exchange.status()) {
                let brought = continues && open.is_some_and(|(_, brought)| brought);
                self.chain = Some((header, brought || !command.data.is_empty()));
                self.pin_right_before = right_before && command.ins == 0x87;
            }
            return told(
                exchange.before == exchange.after,
                "a part changed the memory",
            );
        }
        if is_success(exchange.status()) {
            self.was_allowed(exchange, &command, right_before)?;
        }
        self.learn(exchange.status(), &command, just_announced);
        Ok(())
    }

    /// Whether a command that succeeded could.
    fn was_allowed(
        &self,
        exchange: &Exchange<'_>,
        command: &Command<'_>,
        right_before: bool,
    ) -> Result<(), String> {
        let class = command.cla & 0x80;
        let wrapped = command.cla & 0x04 != 0;
        let (ins, p2) = (command.ins, command.p2);
        if wrapped && ins != 0x82 {
            told(self.channel, "no channel was open")?;
        }
        let admin = match (class, ins) {
            (0, 0xDB | 0x47 | 0xFE | 0xF6 | 0xFA | 0xFF)
            | (0x80, 0xE2 | 0xE6 | 0xF0 | 0xD8 | 0x2C) => true,
            (0x80, 0x24) => wrapped && command.data.len() <= 16 + MAC,
            _ => false,
        };
        if admin && exchange.before.is_token() {
            told(self.managed, "the management key was not authenticated")?;
        } else if admin {
            told(wrapped, "admin without the channel")?;
        }
        match (class, ins) {
            (0, 0x20) if !brings_data(command) && command.p1 == 0 => {
                told(self.pin, "the PIN counts as given")
            }
            (0, 0xCB) if !wrapped && is_protected(command.data) => {
                told(self.pin, "a protected object without the PIN")
            }
            (0, 0x87) if p2 != 0x9B => {
                let given = match exchange.before.policy(p2) {
                    None => return Err("a key that is not there".into()),
                    Some(_) if exchange.before.is_personalizing() => wrapped,
                    Some(NEVER) => true,
                    Some(ONCE) => self.pin,
                    Some(_) => right_before,
                };
                told(given, "a key without its PIN")
            }
            (0x80, 0x87) => told(self.batch_allowed(), "a batch that was not allowed"),
            _ => Ok(()),
        }
    }

    /// What the watcher knows afterwards.
    fn learn(&mut self, status: u16, command: &Command<'_>, just_announced: bool) {
        let header = (command.cla & 0x80, command.ins, command.p1, command.p2);
        let success = is_success(status);
        match header {
            (0, 0xA4, ..) if status == 0x6A82 => self.session_ends(),
            (0, 0xFB, ..) if success => self.session_ends(),
            (0, 0x20, 0, 0x80) if success && brings_data(command) => {
                self.pin = true;
                self.pin_right_before = true;
                if just_announced {
                    self.batch = Batch::Allowed;
                }
            }
            (0, 0x20, 0, 0x80) if is_wrong_pin(status) && !brings_data(command) => {
                self.pin = false;
            }
            (0, 0x20 | 0x24 | 0x2C, 0, 0x80) if is_wrong_pin(status) => self.pin_is_dropped(),
            (0, 0x24, 0, 0x80) if success => self.pin = true,
            // By the PUK: what the PIN was given for ends, and whether it was given stays (3.7).
            (0, 0x2C, _, 0x80) if success => self.batch = Batch::None,
            (0, 0x20, 0xFF, _) | (0x80, 0x2C, _, 0x80) | (0, 0xFA, ..) | (0x80, 0xF0, ..)
                if success =>
            {
                self.pin_is_dropped();
            }
            (0x80, 0x2A, ..) if success => {
                self.pin_is_dropped();
                self.batch = Batch::JustAnnounced;
            }
            (0x80, 0x50, ..) if success => self.channel = false,
            (0x80, 0x82, ..) if success => self.channel = true,
            (0, 0x87, _, 0x9B) if success => {
                let asks = matches!(command.data, [0x7C, 2, 0x80 | 0x81, 0]);
                self.managed |= !asks;
            }
            (0, 0x87, _, 0x9B) if status == 0x6982 => self.managed = false,
            _ => {}
        }
    }
}

fn told(right: bool, complaint: &str) -> Result<(), String> {
    if right { Ok(()) } else { Err(complaint.into()) }
}

fn brings_data(command: &Command<'_>) -> bool {
    let wrapped = command.cla & 0x04 != 0;
    command.data.len() > if wrapped { MAC } else { 0 }
}

/// Objects that need the PIN (`specs/card.md`, 5.3).
fn is_protected(data: &[u8]) -> bool {
    matches!(data, [0x5C, 3, 0x5F, 0xC1, 0x03 | 0x08 | 0x09 | 0x21])
}

/// What holds of the memory around any command.
fn memory_is_sound(exchange: &Exchange<'_>) -> Result<(), String> {
    let Exchange {
        command,
        before,
        after,
        ..
    } = *exchange;
    let status = exchange.status();
    told(status != 0x6F00, "6F00")?;
    let (cla, ins) = match command {
        [cla, ins, ..] => (cla & 0x80, *ins),
        _ => (0, 0),
    };
    let success = is_success(status);
    if !success {
        let same = before.without_tries() == after.without_tries();
        told(same, "a refused command changed the memory")?;
    }
    // The PUK that was right with a PIN that is refused (3.7).
    let gives_tries = (success && matches!(ins, 0x20 | 0x24 | 0x2C | 0xFA | 0xF0 | 0xFB))
        || (ins == 0x2C && status == 0x6A80);
    let tries = before.tries().into_iter().zip(after.tries());
    let given = tries.clone().any(|(before, after)| after > before);
    told(!given || gives_tries, "tries came back")?;
    let taken = tries.map(|(before, after)| before.saturating_sub(after));
    let counts =
        is_wrong_pin(status) || (success && matches!(ins, 0xFA | 0xF0 | 0xFB | 0x2C | 0x24));
    told(taken.sum::<u8>() == 0 || counts, "a try was lost")?;
    told(
        after.write_counter() >= before.write_counter(),
        "the write counter fell",
    )?;
    let approved = cla == 0x80 && ins == 0x20 && success;
    told(
        approved || after.approvals() <= before.approvals(),
        "approvals came from nowhere",
    )?;
    let made = success && matches!(ins, 0x47 | 0xF6);
    let new = after.possession() & !before.possession();
    told(made || new == 0, "a possession signature came from nowhere")?;
    journal_is_sound(exchange, success && ins == 0x87)
}

fn journal_is_sound(exchange: &Exchange<'_>, may_sign: bool) -> Result<(), String> {
    let (before, after) = (exchange.before, exchange.after);
    let entries = after
        .journal_counter()
        .wrapping_sub(before.journal_counter());
    let most = u32::from(may_sign);
    told(entries <= most, "an entry for no signature")?;
    let newest = after.newest_entry();
    let last = Some(after.journal_counter()).filter(|last| *last > 0);
    told(newest == last, "the newest entry is not the last one")?;
    // What an agreement gives is no longer than 48 bytes, a signature is longer, and begins with its tag.
    let of_seal = matches!(exchange.command, [_, 0x87, _, 0x9C | 0x82..=0x95, ..]);
    let signed = matches!(exchange.response, [0x7C, _, 0x82, 0x31..=0xFF, 0x30, ..]);
    told(
        entries == 1 || !(of_seal && signed),
        "a signature without its entry",
    )
}
