//! The card as its reader sees it: power, reset, command, response.

use sello_wire::apdu::Command;
use sello_wire::chain::{Assembler, Step};
use sello_wire::instruction::Instruction;
use sello_wire::status::Status;

use crate::context::Context;
use crate::gate;
use crate::handler;
use crate::link::{self, LARGEST_COMMAND_DATA, Outgoing};
use crate::platform::{Failure, Platform};
use crate::record::Register;
use crate::request::Request;
use crate::session::Session;

/// The card.
///
/// ```text
/// let mut applet = Applet::new(platform);
/// applet.power_on()?;
/// let length = applet.process(command, &mut response);
/// ```
pub struct Applet<P> {
    platform: P,
    /// What the memory held at power-on and after each commit; `None` when it could not be read.
    register: Option<Register>,
    session: Session,
    incoming: Assembler<LARGEST_COMMAND_DATA>,
    outgoing: Outgoing,
}

/// What one command led to: how much answer the host expects.
struct Answered {
    expected: usize,
}

impl<P: Platform> Applet<P> {
    /// A card without power: it answers `6F00` until [`Applet::power_on`].
    pub fn new(platform: P) -> Self {
        Self {
            platform,
            register: None,
            session: Session::default(),
            incoming: Assembler::new(),
            outgoing: Outgoing::new(),
        }
    }

    /// Powers the card on, or resets it: all rights and half-received commands are gone, and what it
    /// knows comes from its memory.
    ///
    /// # Errors
    /// [`Failure::Memory`] when the memory holds no card this applet understands; the card then answers
    /// every command with `6F00`.
    pub fn power_on(&mut self) -> Result<(), Failure> {
        self.reset();
        self.register = None;
        self.register = Some(Register::load(&self.platform)?);
        Ok(())
    }

    /// Resets without reading the memory again.
    pub fn reset(&mut self) {
        self.session = Session::default();
        self.incoming.clear();
        self.outgoing.clear();
    }

    /// The platform, for whoever built it.
    pub const fn platform(&self) -> &P {
        &self.platform
    }

    /// The platform, for whoever built it. What is changed in its memory is seen after
    /// [`Applet::power_on`].
    pub const fn platform_mut(&mut self) -> &mut P {
        &mut self.platform
    }

    /// Carries out one command APDU and writes the response APDU into `response`, which should have
    /// [`crate::SMALLEST_RESPONSE_BUFFER`] bytes or more. Gives the length of the response.
    pub fn process(&mut self, command: &[u8], response: &mut [u8]) -> usize {
        self.session.begin_command();
        let outcome = self.execute(command);
        match outcome {
            Ok(Answered { expected }) => self.outgoing.send(expected, response),
            Err(status) => {
                self.incoming.clear();
                self.outgoing.clear();
                link::put_status(status, response)
            }
        }
    }

    fn execute(&mut self, bytes: &[u8]) -> Result<Answered, Status> {
        if self.register.is_none() {
            return Err(Status::UNKNOWN_ERROR);
        }
        let instruction = link::instruction_of(bytes)?;
        let command = Command::parse(bytes).map_err(|_| Status::WRONG_LENGTH)?;
        if !self.session.selected && instruction != Instruction::Select {
            return Err(Status::INSTRUCTION_NOT_SUPPORTED);
        }
        if instruction == Instruction::GetResponse {
            return self.continue_answer(&command);
        }
        self.outgoing.clear();
        if self.incoming.is_open() && !self.incoming.is_continued_by(&command) {
            self.session.pin_just_verified = false;
        }
        let expected = command.expected;
        if self.incoming.push(&command)? == Step::More {
            if instruction == Instruction::GeneralAuthenticate {
                self.session.carry_over();
            }
            return Ok(Answered { expected });
        }
        let done = self.act(instruction, command.p1, command.p2);
        self.incoming.clear();
        done.map(|()| Answered { expected })
    }

    fn act(&mut self, instruction: Instruction, p1: u8, p2: u8) -> Result<(), Status> {
        let register = self.register.as_mut().ok_or(Status::UNKNOWN_ERROR)?;
        let request = Request::parse(instruction, p1, p2, self.incoming.data())?;
        gate::permit(register.life_cycle, &request)?;
        let mut context = Context::new(&mut self.platform, register, &mut self.session);
        handler::handle(&mut context, request, &mut self.outgoing)
    }

    fn continue_answer(&mut self, command: &Command<'_>) -> Result<Answered, Status> {
        if command.p1 != 0 || command.p2 != 0 {
            return Err(Status::INCORRECT_P1_P2);
        }
        if !command.data.is_empty() {
            return Err(Status::WRONG_LENGTH);
        }
        if !self.outgoing.is_waiting() {
            return Err(Status::CONDITIONS_NOT_SATISFIED);
        }
        Ok(Answered {
            expected: command.expected,
        })
    }
}

#[cfg(test)]
mod tests {
    use sello_wire::key::{Algorithm, P256_DIGEST_LENGTH, P256_POINT_LENGTH};

    use super::*;
    use crate::platform::{Change, PrivateKey, Record};

    /// A chip without memory.
    struct Broken;

    impl Platform for Broken {
        fn random(&mut self, _: &mut [u8]) -> Result<(), Failure> {
            Err(Failure::Random)
        }

        fn encrypt_block(
            &mut self,
            _: Algorithm,
            _: &[u8],
            _: &mut [u8; 16],
        ) -> Result<(), Failure> {
            Err(Failure::Cryptography)
        }

        fn generate_p256(&mut self) -> Result<(PrivateKey, [u8; P256_POINT_LENGTH]), Failure> {
            Err(Failure::Cryptography)
        }

        fn sign_p256(
            &mut self,
            _: &PrivateKey,
            _: &[u8; P256_DIGEST_LENGTH],
        ) -> Result<[u8; 64], Failure> {
            Err(Failure::Cryptography)
        }

        fn read(&self, _: Record, _: &mut [u8]) -> Result<Option<usize>, Failure> {
            Err(Failure::Memory)
        }

        fn holds(&self, _: Record) -> Result<bool, Failure> {
            Err(Failure::Memory)
        }

        fn commit(&mut self, _: &[Change<'_>]) -> Result<(), Failure> {
            Err(Failure::Memory)
        }
    }

    #[test]
    fn a_card_without_memory_answers_every_command_alike() {
        let mut applet = Applet::new(Broken);
        assert_eq!(applet.power_on(), Err(Failure::Memory));
        let mut response = [0; 258];
        let commands: [&[u8]; 5] = [
            &[0x00, 0xA4, 0x04, 0x00, 0x05, 0xA0, 0x00, 0x00, 0x03, 0x08],
            &[0x10, 0xDB, 0x3F, 0xFF, 0x01, 0x5C],
            &[0x00, 0xC0, 0x00, 0x00, 0x00],
            &[0xA0, 0x00, 0x00, 0x00],
            &[],
        ];
        for command in commands {
            assert_eq!(applet.process(command, &mut response), 2);
            assert_eq!(response[..2], [0x6F, 0x00], "{command:02X?}");
        }
    }
}
