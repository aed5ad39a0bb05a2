//! The session with one card, and exclusive access to it as a value.

use sello_wire::apdu::SHORT_RESPONSE;
use sello_wire::instruction::CLA_SECURE;
use sello_wire::{Command, Instruction, Status, Tag, aid};

use crate::error::{CardError, TransportError};
use crate::exchange::{Answer, Exchange, Expect, Request};
use crate::reader::{CardConnection, Control};
use crate::template;
use crate::trace;

/// How far exclusive access has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    /// Not wanted.
    None,
    /// Not begun: one command needs none, since the service carries a command whole.
    Deferred,
    /// As before, and the one command was sent.
    Spent,
    /// Begun.
    Begun,
}

/// A connection to a card whose PIV application is selected.
///
/// Commands are sent through [`Exclusive`], so that no other program's command can come between two
/// of ours: a key that wants the PIN right before its use would refuse otherwise.
pub struct CardSession {
    exchange: Exchange,
    held: bool,
    access: Access,
    resets: u32,
    /// The card's serial number, once it has been read.
    serial: Option<u32>,
    /// The card was reset, and it has not been seen yet that it is the same one.
    in_doubt: bool,
}

impl CardSession {
    /// Selects the PIV application. If the environment variable `SELLO_APDU_TRACE` names a file, all
    /// commands and answers are appended to it, secrets withheld.
    ///
    /// # Errors
    /// [`CardError::ForeignCard`] when the card has no PIV application; otherwise what the transport
    /// says.
    pub fn open(connection: Box<dyn CardConnection>) -> Result<Self, CardError> {
        let connection = trace::by_environment(connection)?;
        let mut session = Self {
            exchange: Exchange::new(connection),
            held: false,
            access: Access::None,
            resets: 0,
            serial: None,
            in_doubt: false,
        };
        session.enter()?;
        let selected = session.select();
        session.leave();
        selected?;
        Ok(session)
    }

    /// The card's answer to reset.
    #[must_use]
    pub fn atr(&self) -> &[u8] {
        self.exchange.atr()
    }

    /// How often another program has reset the card since [`CardSession::open`]. Each reset takes
    /// every right from the session: PIN and management key have to be given again.
    #[must_use]
    pub const fn resets(&self) -> u32 {
        self.resets
    }

    /// Begins exclusive access, which ends when the value is dropped (or goes on, between
    /// [`CardSession::hold`] and [`CardSession::release`]).
    ///
    /// After a reset by another program the application is selected again.
    ///
    /// # Errors
    /// [`TransportError::Removed`] when another card is in the reader after a reset; otherwise what the
    /// transport says.
    pub fn exclusive(&mut self) -> Result<Exclusive<'_>, CardError> {
        self.enter()?;
        Ok(Exclusive { session: self })
    }

    /// For work that is one command as a rule: exclusive access begins with the second command, or
    /// when another program has the card for itself, and saves the service two requests otherwise.
    ///
    /// # Errors
    /// As [`CardSession::exclusive`].
    pub fn for_one_command(&mut self) -> Result<Exclusive<'_>, CardError> {
        if self.held || self.in_doubt || !self.exchange.answers_at_once() {
            return self.exclusive();
        }
        self.access = Access::Deferred;
        Ok(Exclusive { session: self })
    }

    /// Begins exclusive access that outlives the next [`Exclusive`] values, for callers that cannot
    /// keep a borrow, such as a PKCS#11 module between `C_Login` and `C_Sign`.
    ///
    /// # Errors
    /// What the transport says.
    pub fn hold(&mut self) -> Result<(), CardError> {
        self.enter()?;
        self.held = true;
        Ok(())
    }

    /// Ends what [`CardSession::hold`] began.
    pub fn release(&mut self) {
        self.held = false;
        self.leave();
    }

    /// Sends a command to the reader.
    pub(crate) fn control(
        &mut self,
        control: Control,
        data: &[u8],
    ) -> Result<Vec<u8>, TransportError> {
        self.exchange.connection().control(control, data)
    }

    fn enter(&mut self) -> Result<(), CardError> {
        if self.access == Access::Begun {
            return Ok(());
        }
        match self.exchange.connection().begin_exclusive() {
            Ok(()) => {}
            Err(TransportError::Reset) => {
                self.note_reset();
                self.exchange.connection().begin_exclusive()?;
            }
            Err(error) => return Err(error.into()),
        }
        self.access = Access::Begun;
        if self.in_doubt {
            self.select()
                .and_then(|()| self.demand_same_card())
                .inspect_err(|_| self.leave_quietly())?;
            self.in_doubt = false;
        }
        Ok(())
    }

    fn leave(&mut self) {
        if !self.held {
            self.leave_quietly();
        }
    }

    /// Exclusive access that cannot be ended has ended by itself: the card is gone, or was reset.
    fn leave_quietly(&mut self) {
        let access = core::mem::replace(&mut self.access, Access::None);
        if access != Access::Begun {
            return;
        }
        if self.exchange.connection().end_exclusive() == Err(TransportError::Reset) {
            self.note_reset();
        }
    }

    const fn note_reset(&mut self) {
        self.resets = self.resets.saturating_add(1);
        self.in_doubt = true;
    }

    /// A reset hides that the card was exchanged before it: the service reports only the last event.
    /// Neither PIN nor digest must go to another card than the one that was looked at.
    fn demand_same_card(&mut self) -> Result<(), CardError> {
        let Some(serial) = self.serial else {
            return Ok(());
        };
        let answer = self.exchange.send(&Request {
            instruction: Instruction::GetSerial,
            wrapped: false,
            p1: 0,
            p2: 0,
            data: &[],
            expect: Expect::Short,
        })?;
        if answer.status == Status::OK && answer.data == serial.to_be_bytes() {
            Ok(())
        } else {
            Err(TransportError::Removed.into())
        }
    }

    fn select(&mut self) -> Result<(), CardError> {
        let answer = self.exchange.send(&Request {
            instruction: Instruction::Select,
            wrapped: false,
            p1: 0x04,
            p2: 0x00,
            data: &aid::PIV,
            expect: Expect::Short,
        })?;
        let is_piv = answer.status == Status::OK
            && template::contains(&answer.data, Tag::APPLICATION_PROPERTY, Tag::AID);
        if is_piv {
            Ok(())
        } else {
            Err(CardError::ForeignCard {
                atr: self.atr().to_vec(),
            })
        }
    }
}

/// Exclusive access to a card: as long as this value lives, no other program's command reaches the
/// card. All typed commands are its methods.
pub struct Exclusive<'s> {
    session: &'s mut CardSession,
}

impl Exclusive<'_> {
    /// The card's answer to reset.
    #[must_use]
    pub fn atr(&self) -> &[u8] {
        self.session.atr()
    }

    /// How often another program has reset the card, see [`CardSession::resets`].
    #[must_use]
    pub const fn resets(&self) -> u32 {
        self.session.resets
    }

    /// Remembers which card this is.
    pub(crate) const fn recognize(&mut self, serial: u32) {
        self.session.serial = Some(serial);
    }

    /// Sends a command and returns its answer with any status word.
    pub(crate) fn send(
        &mut self,
        instruction: Instruction,
        p: [u8; 2],
        data: &[u8],
        expect: Expect,
    ) -> Result<Answer, CardError> {
        let [p1, p2] = p;
        self.exchange(&Request {
            instruction,
            wrapped: false,
            p1,
            p2,
            data,
            expect,
        })
    }

    /// Carries a command that somebody else made, such as the center, in whatever transport form the card
    /// takes, and brings the whole answer.
    ///
    /// # Errors
    /// [`CardError::UnknownCommand`] for a class or instruction that is not the card edge's; otherwise
    /// what the transport says.
    pub fn relay(&mut self, command: &Command<'_>) -> Result<(Vec<u8>, Status), CardError> {
        let Command { cla, ins, .. } = *command;
        let instruction = Instruction::from_bytes(cla, ins)
            .map_err(|_| CardError::UnknownCommand { cla, ins })?;
        let answer = self.exchange(&Request {
            instruction,
            wrapped: cla & CLA_SECURE != 0,
            p1: command.p1,
            p2: command.p2,
            data: command.data,
            expect: match command.expected {
                0 => Expect::Nothing,
                1..=SHORT_RESPONSE => Expect::Short,
                _ => Expect::Long,
            },
        })?;
        Ok((answer.data, answer.status))
    }

    /// Sends a command to the reader, which may send one to the card.
    pub(crate) fn control(&mut self, control: Control, data: &[u8]) -> Result<Vec<u8>, CardError> {
        let answer = self.session.control(control, data);
        if answer == Err(TransportError::Reset) {
            self.session.note_reset();
        }
        Ok(answer?)
    }

    fn exchange(&mut self, request: &Request<'_>) -> Result<Answer, CardError> {
        if self.session.access == Access::Spent {
            self.session.enter()?;
        }
        let mut answer = self.session.exchange.send(request);
        if self.session.access == Access::Deferred {
            self.session.access = Access::Spent;
            // Another program has the card; nothing was sent to it.
            if matches!(answer, Err(CardError::Transport(TransportError::Sharing))) {
                self.session.enter()?;
                answer = self.session.exchange.send(request);
            }
        }
        if matches!(answer, Err(CardError::Transport(TransportError::Reset))) {
            self.session.note_reset();
        }
        answer
    }
}

impl Drop for Exclusive<'_> {
    fn drop(&mut self) {
        self.session.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::{SELECT, SELECTED, Script};

    #[test]
    fn exclusive_access_ends_with_the_value() {
        let script = Script::new();
        let mut session = script.session();
        assert_eq!(script.access(), "+-");
        let card = session.exclusive().unwrap();
        assert_eq!(script.access(), "+-+");
        drop(card);
        assert_eq!(script.access(), "+-+-");
    }

    #[test]
    fn held_access_outlives_its_values() {
        let script = Script::new();
        let mut session = script.session();
        session.hold().unwrap();
        drop(session.exclusive().unwrap());
        drop(session.exclusive().unwrap());
        assert_eq!(script.access(), "+-+");
        session.release();
        assert_eq!(script.access(), "+-+-");
    }

    #[test]
    fn one_command_goes_without_exclusive_access() {
        let serial = "00F80000 00";
        let script = Script::new();
        let mut session = script.session();
        let script = script
            .on(serial, "6D00")
            .on(serial, "6D00")
            .on(serial, "6D00")
            .fails(serial, TransportError::Sharing)
            .on(serial, "6D00");
        let one = |session: &mut CardSession| session.for_one_command().unwrap().serial();
        assert_eq!(one(&mut session), Ok(None));
        assert_eq!(script.access(), "+-");
        let mut card = session.for_one_command().unwrap();
        assert_eq!((card.serial(), card.serial()), (Ok(None), Ok(None)));
        drop(card);
        assert_eq!(script.access(), "+-+-", "the second command begins it");
        assert_eq!(one(&mut session), Ok(None));
        assert_eq!(script.access(), "+-+-+-", "the card was another program's");
        script.done();
    }

    #[test]
    fn one_command_after_a_reset_selects_the_application_first() {
        let serial = "00F80000 00";
        let script = Script::new();
        let mut session = script.session();
        let script = script
            .fails(serial, TransportError::Reset)
            .on(SELECT, SELECTED)
            .on(serial, "6D00");
        assert!(session.for_one_command().unwrap().serial().is_err());
        assert_eq!(session.for_one_command().unwrap().serial(), Ok(None));
        assert_eq!((session.resets(), script.access()), (1, "+-+-".to_owned()));
        script.done();
    }

    #[test]
    fn after_a_reset_the_application_is_selected_again() {
        let script = Script::new();
        let mut session = script.session();
        let script = script
            .begins(Err(TransportError::Reset))
            .on(SELECT, SELECTED);
        drop(session.exclusive().unwrap());
        assert_eq!(session.resets(), 1);
        assert_eq!(script.access(), "+-!+-");
        script.done();
    }

    #[test]
    fn a_reset_seen_by_a_command_is_not_forgotten() {
        let script = Script::new();
        let mut session = script.session();
        let script = script
            .fails("00F80000 00", TransportError::Reset)
            .on(SELECT, SELECTED)
            .on("00F80000 00", "6D00");
        assert!(session.exclusive().unwrap().serial().is_err());
        assert_eq!(session.resets(), 1);
        assert_eq!(session.exclusive().unwrap().serial(), Ok(None));
        script.done();
    }

    #[test]
    fn a_card_exchanged_before_the_reset_is_a_removed_card() {
        let serial = "00F80000 00";
        let script = Script::new()
            .on(SELECT, SELECTED)
            .on(serial, "0000002A 9000");
        let mut session = CardSession::open(Box::new(script.clone())).unwrap();
        assert_eq!(session.exclusive().unwrap().serial(), Ok(Some(42)));
        let script = script
            .begins(Err(TransportError::Reset))
            .on(SELECT, SELECTED)
            .on(serial, "0000002A 9000")
            .begins(Err(TransportError::Reset))
            .on(SELECT, SELECTED)
            .on(serial, "0000002B 9000")
            .on(SELECT, "6A82")
            .on(SELECT, SELECTED)
            .on(serial, "0000002A 9000");
        drop(session.exclusive().unwrap());
        let removed = CardError::Transport(TransportError::Removed);
        assert_eq!(session.exclusive().err(), Some(removed));
        // Asking again does not make it the same card.
        assert!(session.exclusive().is_err());
        drop(session.exclusive().unwrap());
        assert_eq!(session.resets(), 2);
        script.done();
    }

    #[test]
    fn a_card_without_piv_is_named_by_its_atr() {
        for answer in ["6A82", "6D00", "9000", "6F00 9000", "6102AA 9000"] {
            let script = Script::new().with_atr(&[0x3B, 0x00]).on(SELECT, answer);
            let error = CardSession::open(Box::new(script.clone())).err();
            let atr = vec![0x3B, 0x00];
            assert_eq!(error, Some(CardError::ForeignCard { atr }), "{answer}");
            assert_eq!(script.access(), "+-");
        }
    }

    #[test]
    fn a_command_of_the_center_goes_through_as_it_is() {
        let script = Script::new()
            .on("80500000 08 0102030405060708 00", "AABB 9000")
            .on("84F00300 08 1111111111111111 00", "2222 6102")
            .on("00C00000 02", "3333 9000");
        let mut session = script.session();
        let mut card = session.exclusive().unwrap();
        let mut relay = |bytes: &[u8]| card.relay(&Command::parse(bytes).unwrap());
        let begin = [0x80, 0x50, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0];
        assert_eq!(relay(&begin), Ok((vec![0xAA, 0xBB], Status::OK)));
        let mut wrapped = vec![0x84, 0xF0, 3, 0, 8];
        wrapped.extend([0x11; 8]);
        wrapped.push(0);
        let answer = vec![0x22, 0x22, 0x33, 0x33];
        assert_eq!(relay(&wrapped), Ok((answer, Status::OK)));
        let (cla, ins) = (0xA0, 0xF2);
        assert_eq!(
            relay(&[cla, ins, 0, 0]),
            Err(CardError::UnknownCommand { cla, ins })
        );
        script.done();
    }

    #[test]
    fn a_removed_card_is_reported() {
        let script = Script::new().begins(Err(TransportError::Removed));
        let error = CardSession::open(Box::new(script)).err().unwrap();
        assert!(error.is_connection_lost());
    }
}
