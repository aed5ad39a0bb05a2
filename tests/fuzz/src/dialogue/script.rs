//! From bytes to what happens.

/// How a command gets to the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Short length fields where they suffice.
    Plain,
    /// Extended length fields.
    Extended,
    /// Cut into a chain.
    Chained,
    /// Through the host's secure channel.
    Wrapped,
    /// Through the host's secure channel, then cut into a chain.
    WrappedChained,
    /// Through the host's secure channel, with a bit changed on the way.
    Damaged,
    /// What the host wrapped last, once more.
    Repeated,
    /// Without Le, or with one byte of it.
    Stingy,
}

impl Delivery {
    const ALL: [Self; 8] = [
        Self::Plain,
        Self::Extended,
        Self::Chained,
        Self::Wrapped,
        Self::WrappedChained,
        Self::Damaged,
        Self::Repeated,
        Self::Stingy,
    ];
}

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A command that makes sense, see [`super::templates`].
    Command {
        /// Which of the two hosts.
        host: usize,
        /// How it gets there.
        delivery: Delivery,
        /// Which command.
        template: u8,
        /// Its first choice.
        a: u8,
        /// Its second choice.
        b: u8,
    },
    /// A command as the bytes say, in good form.
    Free {
        /// Which of the two hosts.
        host: usize,
        /// How it gets there.
        delivery: Delivery,
        /// Instruction, by its place in `Instruction::ALL`.
        instruction: u8,
        /// P1.
        p1: u8,
        /// P2.
        p2: u8,
        /// Data.
        data: Vec<u8>,
    },
    /// Bytes as they are.
    Raw(Vec<u8>),
    /// Authentication with the management key: mutual, single, or with a wrong key.
    Manage(u8),
    /// A secure channel: which keys, which level.
    OpenChannel {
        /// Which of the two hosts.
        host: usize,
        /// The card's keys, the factory's or strange ones.
        keys: u8,
        /// The level, by its place in `Level::ALL`.
        level: u8,
    },
    /// Reset, removal, or power off and on.
    Power(u8),
    /// The power is to be cut at a commit from now on.
    Cut {
        /// Which commit, from 1.
        commit: u32,
        /// At which moment of it, by its place in `CutMoment::ALL`.
        moment: u8,
    },
    /// The random number generator fails, or works again.
    Random {
        /// Whether it fails.
        fails: bool,
    },
}

/// Reads actions off bytes.
pub struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    /// Reads from the start.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next byte, 0 after the last.
    pub fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    fn bytes(&mut self) -> Vec<u8> {
        let length = usize::from(self.byte()).min(self.0.len());
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken.to_vec()
    }

    /// The next action, `None` after the last byte.
    pub fn action(&mut self) -> Option<Action> {
        if self.0.is_empty() {
            return None;
        }
        let first = self.byte();
        let host = usize::from(first >> 4 & 1);
        let delivery = Delivery::ALL[usize::from(first >> 5)];
        Some(match first & 0x0F {
            0..=7 => Action::Command {
                host,
                delivery,
                template: self.byte(),
                a: self.byte(),
                b: self.byte(),
            },
            8 => Action::Free {
                host,
                delivery,
                instruction: self.byte(),
                p1: self.byte(),
                p2: self.byte(),
                data: self.bytes(),
            },
            9 | 10 => Action::Raw(self.bytes()),
            11 => Action::Manage(self.byte()),
            12 => Action::OpenChannel {
                host,
                keys: self.byte(),
                level: first >> 5,
            },
            13 => Action::Power(first >> 4),
            14 => Action::Cut {
                commit: u32::from(first >> 4 & 3) + 1,
                moment: first >> 6,
            },
            _ => Action::Random {
                fails: first >> 4 & 1 == 1,
            },
        })
    }
}
