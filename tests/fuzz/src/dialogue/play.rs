//! A dialogue being played.

use sello_scp03::{Level, StaticKeys};
use sello_simulator::{CardError, CutMoment, SimulatedCard};
use sello_wire::apdu::{Command, Response};
use sello_wire::chain::split;
use sello_wire::{Channel, Instruction, Status};

use super::host::{Host, bytes, command, decrypt, encrypt, numbered_keys};
use super::model::{Meaning, Model};
use super::script::{Action, Delivery};
use super::stages::Stage;
use super::templates;
use super::view::View;

/// Room for the longest answer.
const ROOM: usize = 4096;
/// What the host wants to know of the card when it proves itself.
const CHALLENGE: [u8; 16] = [0x5A; 16];

/// An answer.
struct Answer {
    data: Vec<u8>,
    status: Status,
}

/// A card, two hosts, and what is known of them.
pub struct Play {
    card: SimulatedCard,
    hosts: [Host; 2],
    model: Model,
    /// The memory as it was last seen.
    view: View,
}

impl Play {
    /// Puts the card into a reader.
    #[must_use]
    pub fn begin(stage: &Stage) -> Self {
        let mut card = SimulatedCard::from_state(&stage.state).unwrap();
        card.faults().fix_random(1);
        let view = View::of(&card.state());
        let mut play = Self {
            card,
            hosts: [Host::default(), Host::default()],
            model: Model::new(stage.name),
            view,
        };
        let select = bytes(&command([0, 0xA4, 4, 0], &sello_wire::aid::PIV, 256));
        play.send(&select, None);
        play
    }

    /// Does one thing.
    pub fn act(&mut self, action: &Action) {
        match action {
            Action::Command {
                host,
                delivery,
                template,
                a,
                b,
            } => {
                let batch = self.model.batch_count();
                let (header, data) = templates::command(*template, *a, *b, &self.view, batch);
                self.deliver(*host, *delivery, header, &data);
            }
            Action::Free {
                host,
                delivery,
                instruction,
                p1,
                p2,
                data,
            } => {
                let all = Instruction::ALL;
                let instruction = all[usize::from(*instruction) % all.len()];
                let header = [instruction.cla(), instruction.ins(), *p1, *p2];
                self.deliver(*host, *delivery, header, data);
            }
            Action::Raw(bytes) => {
                self.send(bytes, None);
            }
            Action::Manage(kind) => self.manage(*kind),
            Action::OpenChannel { host, keys, level } => self.open_channel(*host, *keys, *level),
            Action::Power(kind) => self.power(*kind),
            Action::Cut { commit, moment } => {
                let moment = CutMoment::ALL[usize::from(*moment) % CutMoment::ALL.len()];
                self.card.faults().cut_power_at(*commit, moment);
            }
            Action::Random { fails } => self.card.faults().fail_random(*fails),
        }
    }

    /// Whatever happened: the card starts again, is the same card, and its state file is understood.
    pub fn end(mut self) {
        self.power(0);
        self.card.faults().clear();
        let before = self.card.state();
        self.card.reset().unwrap();
        let select = bytes(&command([0, 0xA4, 4, 0], &sello_wire::aid::PIV, 256));
        let answer = self.send(&select, None).expect("a card with power");
        assert_eq!(answer.status, Status::OK);
        assert_eq!(*before, *self.card.state());
        let copy = SimulatedCard::from_state(&before).unwrap();
        assert_eq!(*before, *copy.state());
    }

    fn deliver(&mut self, host: usize, delivery: Delivery, header: [u8; 4], data: &[u8]) {
        let plain = command(header, data, 256);
        match delivery {
            Delivery::Plain => drop(self.send(&bytes(&plain), None)),
            Delivery::Stingy => {
                let expected = usize::from(header[3] & 1);
                drop(self.send(&bytes(&command(header, data, expected)), None));
            }
            Delivery::Extended => {
                let extended = Command {
                    extended: true,
                    expected: 65_536,
                    ..plain
                };
                drop(self.send(&bytes(&extended), None));
            }
            Delivery::Chained => {
                // The smallest chains too: of one byte and the rest.
                let (first, rest) = data.split_at(data.len().min(1));
                if data.len() < 256 && !rest.is_empty() {
                    let mut part = command(header, first, 0);
                    part.cla |= 0x10;
                    self.send(&bytes(&part), None);
                    self.send(&bytes(&command(header, rest, 256)), None);
                } else {
                    split(&plain).for_each(|part| drop(self.send(&bytes(&part), None)));
                }
            }
            Delivery::Wrapped | Delivery::WrappedChained | Delivery::Damaged => {
                self.deliver_wrapped(host, delivery, &plain);
            }
            Delivery::Repeated => {
                if let Some(last) = self.hosts[host].last() {
                    self.send(&last, None);
                }
            }
        }
    }

    fn deliver_wrapped(&mut self, host: usize, delivery: Delivery, plain: &Command<'_>) {
        let Some(mut wrapped) = self.hosts[host].wrap(plain) else {
            return;
        };
        if delivery == Delivery::Damaged {
            let place = usize::from(plain.p2) % wrapped.data.len();
            wrapped.data[place] ^= 1;
            self.send(&bytes(&wrapped.command()), None);
            return;
        }
        let meaning = Meaning {
            header: [plain.cla, plain.ins, plain.p1, plain.p2],
            data: plain.data.to_vec(),
            secured: self.model.is_channel_of(host),
            wrapped: true,
        };
        let whole = wrapped.command();
        let parts = if delivery == Delivery::WrappedChained {
            split(&whole).map(|part| bytes(&part)).collect()
        } else {
            vec![bytes(&whole)]
        };
        let (last, before) = parts.split_last().expect("at least one part");
        for part in before {
            self.send(part, None);
        }
        let Some(answer) = self.send(last, Some(meaning)) else {
            return;
        };
        self.unwrap(host, plain, answer);
    }

    /// Fetches the rest of a wrapped answer and holds it against the channel.
    fn unwrap(&mut self, host: usize, plain: &Command<'_>, mut answer: Answer) {
        let get_response = [0, 0xC0, 0, 0, 0];
        while answer.status.0 & 0xFF00 == 0x6100 {
            let Some(next) = self.send(&get_response, None) else {
                return;
            };
            answer.data.extend_from_slice(&next.data);
            answer.status = next.status;
        }
        let [sw1, _] = answer.status.to_bytes();
        let is_protected = answer.status == Status::OK || matches!(sw1, 0x62 | 0x63);
        // These end the channel they came through, so their answers are bare.
        let ends = [Instruction::Select, Instruction::InitializeUpdate]
            .iter()
            .any(|i| i.cla() == plain.cla && i.ins() == plain.ins);
        if !is_protected || ends || !self.model.is_channel_of(host) {
            return;
        }
        let plain = self.hosts[host].unwrap(answer.data, answer.status);
        let plain = plain.expect("the card protects its answers");
        self.model.look_for_secrets(&self.view, &plain);
    }

    /// Authentication with the management key, as the card has it or with another.
    fn manage(&mut self, kind: u8) {
        let (algorithm, key) = self.view.management_key();
        let mut key = key.to_vec();
        if kind & 0x0C == 0x0C {
            key.fill(0xEE);
        }
        let header = [0, 0x87, algorithm, 0x9B];
        let mut ask = |data: &[u8]| {
            let answer = self.send(&bytes(&command(header, data, 256)), None)?;
            (answer.status == Status::OK).then_some(answer.data)
        };
        let granted = if kind & 1 == 0 {
            ask(&[0x7C, 2, 0x80, 0]).and_then(|witness| {
                let witness = decrypt(&key, witness[4..].try_into().unwrap());
                let data = [&[0x7C, 36, 0x80, 16][..], &witness, &[0x81, 16], &CHALLENGE].concat();
                let proof = ask(&data)?;
                assert_eq!(proof[4..], encrypt(&key, CHALLENGE));
                Some(())
            })
        } else {
            ask(&[0x7C, 2, 0x81, 0]).and_then(|challenge| {
                let response = encrypt(&key, challenge[4..].try_into().unwrap());
                ask(&[&[0x7C, 18, 0x82, 16][..], &response].concat()).map(drop)
            })
        };
        if granted.is_some() {
            assert!(self.view.is_piv(), "a seal card has no management key");
            assert_eq!(key, self.view.management_key().1);
            self.model.grant_management();
        }
    }

    fn open_channel(&mut self, host: usize, keys: u8, level: u8) {
        let keys = match keys {
            0..=0xBF => self.view.channel_keys().1,
            0xC0..=0xDF => StaticKeys::factory(),
            number => numbered_keys(number),
        };
        let Some(answer) = self.send(&Host::initialize_update(), None) else {
            return;
        };
        if answer.status != Status::OK {
            return;
        }
        let level = Level::ALL[usize::from(level) % Level::ALL.len()];
        let proof = self.hosts[host].external_authenticate(&keys, &answer.data, level);
        let Some(proof) = proof else {
            self.hosts[host].forget();
            return;
        };
        let meaning = Meaning {
            header: [0x80, 0x82, level.to_byte(), 0],
            data: Vec::new(),
            secured: true,
            wrapped: true,
        };
        let answer = self.send(&proof, Some(meaning));
        if answer.is_some_and(|answer| answer.status == Status::OK) {
            self.model.open_channel(host);
        }
    }

    fn power(&mut self, kind: u8) {
        match kind % 3 {
            0 => self.card.reset().unwrap(),
            1 => {
                self.card.remove();
                let mut buffer = [0; 2];
                let removed = self.card.transmit(&[0, 0xA4, 4, 0], &mut buffer);
                assert_eq!(removed.err(), Some(CardError::Removed));
                self.card.insert().unwrap();
            }
            _ => {
                self.card.power_off();
                let mut buffer = [0; 2];
                let off = self.card.transmit(&[0, 0xA4, 4, 0], &mut buffer);
                assert_eq!(off.err(), Some(CardError::NoPower));
                self.card.power_on().unwrap();
            }
        }
        assert_eq!(
            *self.card.state(),
            *self.view.bytes(),
            "power changes nothing"
        );
        self.model.reset();
    }

    /// Sends bytes and holds what happened against what may happen. `meaning` is what was wrapped, for
    /// bytes that came out of a channel; other bytes speak for themselves. `None` when no answer came.
    fn send(&mut self, sent: &[u8], meaning: Option<Meaning>) -> Option<Answer> {
        let mut buffer = vec![0; ROOM];
        let outcome = self.card.transmit(sent, &mut buffer);
        let answer = match outcome {
            Ok(answer) => Some(answer.to_vec()),
            Err(CardError::PowerCut) => None,
            Err(error) => panic!("{error}"),
        };
        if answer.is_none() {
            self.card.power_on().unwrap();
        }
        let state = self.card.state();
        let after = if *state == *self.view.bytes() {
            self.view.clone()
        } else {
            View::of(&state)
        };
        self.model
            .check(&self.view, &after, sent, meaning, answer.as_deref());
        self.view = after;
        if answer.is_none() {
            self.model.reset();
        }
        let answer = answer?;
        let answer = Response::parse(&answer).expect("a status word");
        Some(Answer {
            data: answer.data.to_vec(),
            status: answer.status,
        })
    }
}
