//! The card as its reader sees it: power, reset, command, response.

use sello_wire::apdu::Command;
use sello_wire::chain::{Assembler, Step};
use sello_wire::instruction::{CLA_CHAINING, CLA_SECURE, Instruction};
use sello_wire::status::Status;

use crate::context::Context;
use crate::gate;
use crate::handler;
use crate::link::{self, LARGEST_COMMAND_DATA, Outgoing};
use crate::platform::{Failure, Platform};
use crate::record::Register;
use crate::request::Request;
use crate::session::{Interface, Session};

/// The card.
///
/// ```text
/// let mut applet = Applet::new(platform);
/// applet.power_on(Interface::Contact)?;
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

    /// Powers the card on by an interface, or resets it: all rights and half-received commands are gone, and what it
    /// knows comes from its memory.
    ///
    /// # Errors
    /// [`Failure::Memory`] when the memory holds no card this applet understands; the card then answers
    /// every command with `6F00`.
    pub fn power_on(&mut self, interface: Interface) -> Result<(), Failure> {
        self.reset();
        self.session.interface = interface;
        self.register = None;
        self.register = Some(Register::load(&self.platform)?);
        Ok(())
    }

    /// Resets without reading the memory again.
    pub fn reset(&mut self) {
        self.session = Session {
            interface: self.session.interface,
            ..Session::default()
        };
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
        match self.execute(command) {
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
            if link::carries_pin_over(instruction) {
                self.session.carry_over();
            }
            return Ok(Answered { expected });
        }
        let length = self.unwrap(instruction, &command)?;
        let done = self.act(instruction, command.p1, command.p2, length);
        self.incoming.clear();
        self.wrap(done)?;
        Ok(Answered { expected })
    }

    /// Takes the secure messaging off a whole command; gives the length of its plain data.
    fn unwrap(&mut self, instruction: Instruction, command: &Command<'_>) -> Result<usize, Status> {
        let cla = command.cla & !CLA_CHAINING;
        let data = self.incoming.data_mut();
        let wrapped = cla & CLA_SECURE != 0;
        // EXTERNAL AUTHENTICATE carries the first MAC of a channel, which is not open yet.
        if instruction == Instruction::ExternalAuthenticate {
            let status = Status::SECURITY_STATUS_NOT_SATISFIED;
            return if wrapped { Ok(data.len()) } else { Err(status) };
        }
        if !wrapped {
            return Ok(data.len());
        }
        let header = [cla, command.ins, command.p1, command.p2];
        let channel = &mut self.session.channel;
        let (length, level) = channel.unwrap(&mut self.platform, header, data)?;
        self.session.secured = Some(level);
        Ok(length)
    }

    fn act(
        &mut self,
        instruction: Instruction,
        p1: u8,
        p2: u8,
        length: usize,
    ) -> Result<(), Status> {
        let register = self.register.as_mut().ok_or(Status::UNKNOWN_ERROR)?;
        let data = self.incoming.data().get(..length).unwrap_or_default();
        let secured = self.session.secured.is_some();
        let request = Request::parse(instruction, p1, p2, data, secured)?;
        gate::permit(register, &self.session, &request)?;
        let mut context = Context::new(&mut self.platform, register, &mut self.session);
        handler::handle(&mut context, request, &mut self.outgoing)
    }

    /// Protects the answer of a command that came through the secure channel; of the refusals only the
    /// warnings are protected (GlobalPlatform Amendment D, 6.2.5).
    fn wrap(&mut self, done: Result<(), Status>) -> Result<(), Status> {
        let status = match done {
            Ok(()) => Status::OK,
            Err(warning) if self.session.secured.is_some() && warning.is_warning() => warning,
            Err(status) => return Err(status),
        };
        if self.session.secured.is_none() {
            return Ok(());
        }
        let (platform, channel) = (&mut self.platform, &mut self.session.channel);
        self.outgoing.secure(status, |buffer, length, status| {
            channel.wrap(platform, buffer, length, status)
        })
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
    use sello_scp03::Primitives;
    use sello_wire::key::{Algorithm, Curve};

    use super::*;
    use crate::platform::{Change, Point, PrivateKey, RawSignature, Record, SharedSecret};

    /// A chip without memory.
    struct Broken;

    impl Primitives for Broken {
        type Error = Failure;

        fn cmac(&mut self, _: &[u8], _: &[&[u8]]) -> Result<[u8; 16], Failure> {
            Err(Failure::Cryptography)
        }

        fn encrypt_cbc(&mut self, _: &[u8], _: &[u8; 16], _: &mut [u8]) -> Result<(), Failure> {
            Err(Failure::Cryptography)
        }

        fn decrypt_cbc(&mut self, _: &[u8], _: &[u8; 16], _: &mut [u8]) -> Result<(), Failure> {
            Err(Failure::Cryptography)
        }
    }

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

        fn sha256(&mut self, _: &[&[u8]]) -> Result<[u8; 32], Failure> {
            Err(Failure::Cryptography)
        }

        fn generate(&mut self, _: Curve) -> Result<(PrivateKey, Point), Failure> {
            Err(Failure::Cryptography)
        }

        fn public_point(&mut self, _: &PrivateKey) -> Result<Point, Failure> {
            Err(Failure::Cryptography)
        }

        fn sign(&mut self, _: &PrivateKey, _: &[u8]) -> Result<RawSignature, Failure> {
            Err(Failure::Cryptography)
        }

        fn agree(&mut self, _: &PrivateKey, _: &Point) -> Result<SharedSecret, Failure> {
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
        assert_eq!(applet.power_on(Interface::Contact), Err(Failure::Memory));
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
