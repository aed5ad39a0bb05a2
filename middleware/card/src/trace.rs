//! A tracer that cannot print secrets.

use std::env;
use std::fs::{File, OpenOptions};
use std::io::Write;

use sello_wire::key::MANAGEMENT_KEY;
use sello_wire::{Channel, Command, Instruction, Response};

use crate::error::{CardError, Hex, TransportError};
use crate::reader::{CardConnection, Control};

/// The environment variable that names the trace file.
pub const TRACE_VARIABLE: &str = "SELLO_APDU_TRACE";

/// Writes every command and response of a channel as lines of text, with the data of commands that
/// may carry a PIN or key, and answers that may carry a shared secret, left out.
///
/// Parts of a chain are judged like whole commands; an instruction this house does not know is taken
/// to be secret.
#[derive(Debug)]
pub struct Tracer<C, W> {
    inner: C,
    out: W,
    /// Whether the answer under way may be a shared secret; GET RESPONSE continues it.
    secret_answer: bool,
}

impl<C, W: Write> Tracer<C, W> {
    /// Traces `inner` into `out`.
    pub const fn new(inner: C, out: W) -> Self {
        Self {
            inner,
            out,
            secret_answer: false,
        }
    }

    /// A trace that cannot be written must not stop a stamping.
    fn line(&mut self, text: &str) {
        let _ = writeln!(self.out, "{text}");
    }
}

impl<C: Channel, W: Write> Channel for Tracer<C, W> {
    type Error = C::Error;

    fn transmit<'r>(
        &mut self,
        command: &[u8],
        response: &'r mut [u8],
    ) -> Result<&'r [u8], Self::Error> {
        self.line(&describe_command(command));
        self.secret_answer = answer_may_be_secret(command, self.secret_answer);
        match self.inner.transmit(command, response) {
            Ok(answer) => {
                let text = describe_response(answer, self.secret_answer);
                let _ = writeln!(self.out, "{text}");
                Ok(answer)
            }
            Err(error) => {
                let _ = writeln!(self.out, "! {error}");
                Err(error)
            }
        }
    }
}

impl<W: Write + Send> CardConnection for Tracer<Box<dyn CardConnection>, W> {
    fn begin_exclusive(&mut self) -> Result<(), TransportError> {
        self.inner.begin_exclusive()
    }

    fn end_exclusive(&mut self) -> Result<(), TransportError> {
        self.inner.end_exclusive()
    }

    fn atr(&self) -> &[u8] {
        self.inner.atr()
    }

    /// The reader takes the PIN; what goes to it is the frame of a command, without one.
    fn control(&mut self, control: Control, data: &[u8]) -> Result<Vec<u8>, TransportError> {
        self.line(&format!("# {control:?} {}", Hex(data)));
        let answer = self.inner.control(control, data);
        match &answer {
            Ok(answer) => self.line(&format!("# answered {}", Hex(answer))),
            Err(error) => self.line(&format!("# refused: {error}")),
        }
        answer
    }
}

impl Channel for Box<dyn CardConnection> {
    type Error = TransportError;

    fn transmit<'r>(
        &mut self,
        command: &[u8],
        response: &'r mut [u8],
    ) -> Result<&'r [u8], Self::Error> {
        (**self).transmit(command, response)
    }
}

/// Wraps a connection when the environment asks for a trace.
pub(crate) fn by_environment(
    connection: Box<dyn CardConnection>,
) -> Result<Box<dyn CardConnection>, CardError> {
    match env::var_os(TRACE_VARIABLE).filter(|path| !path.is_empty()) {
        None => Ok(connection),
        Some(path) => {
            let file = open_private(&path).map_err(|error| CardError::Trace {
                path: path.to_string_lossy().into_owned(),
                reason: error.to_string(),
            })?;
            Ok(Box::new(Tracer::new(connection, file)))
        }
    }
}

/// Even without secrets a trace tells which documents were sealed when: for the owner only.
fn open_private(path: &std::ffi::OsStr) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn describe_command(bytes: &[u8]) -> String {
    let Ok(command) = Command::parse(bytes) else {
        return format!("> [{} bytes that are no command withheld]", bytes.len());
    };
    let header = Hex(bytes.get(..4).unwrap_or_default()).to_string();
    if command.data.is_empty() || !may_carry_secret(&command) {
        let rest = Hex(bytes.get(4..).unwrap_or_default()).to_string();
        format!("> {header} {rest}")
    } else {
        format!("> {header} [{} bytes withheld]", command.data.len())
    }
}

fn describe_response(answer: &[u8], secret: bool) -> String {
    let Ok(response) = Response::parse(answer) else {
        return "< [no status word]".to_owned();
    };
    let data = if response.data.is_empty() {
        String::new()
    } else if secret {
        format!("[{} bytes withheld] ", response.data.len())
    } else {
        format!("{} ", Hex(response.data))
    };
    format!("< {data}{}", response.status)
}

/// To the management key the host sends back what only the key could have decrypted.
fn may_carry_secret(command: &Command<'_>) -> bool {
    match Instruction::from_bytes(command.cla, command.ins) {
        Ok(Instruction::GeneralAuthenticate) => command.p2 == MANAGEMENT_KEY,
        Ok(instruction) => instruction.carries_secret(),
        Err(_) => true,
    }
}

/// GENERAL AUTHENTICATE answers a key agreement with the shared secret; GET RESPONSE brings the rest
/// of whatever was being answered.
fn answer_may_be_secret(bytes: &[u8], before: bool) -> bool {
    let instruction = Command::parse(bytes)
        .ok()
        .and_then(|command| Instruction::from_bytes(command.cla, command.ins).ok());
    match instruction {
        None | Some(Instruction::GeneralAuthenticate) => true,
        Some(Instruction::GetResponse) => before,
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers every command with the same bytes.
    struct Fixed(&'static [u8]);

    impl Channel for Fixed {
        type Error = TransportError;

        fn transmit<'r>(
            &mut self,
            _: &[u8],
            response: &'r mut [u8],
        ) -> Result<&'r [u8], TransportError> {
            response[..self.0.len()].copy_from_slice(self.0);
            Ok(&response[..self.0.len()])
        }
    }

    fn traced(answer: &'static [u8], commands: &[&str]) -> String {
        let mut out = Vec::new();
        let mut tracer = Tracer::new(Fixed(answer), &mut out);
        for command in commands {
            let command = hex::decode(command.replace(' ', "")).unwrap();
            tracer.transmit(&command, &mut [0; 64]).unwrap();
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn ordinary_commands_are_shown_whole() {
        let text = traced(&[0xAB, 0x90, 0x00], &["00CB3FFF 03 5C017E 00"]);
        assert_eq!(text, "> 00CB3FFF 035C017E00\n< AB 9000\n");
    }

    #[test]
    fn secrets_are_withheld_in_every_form() {
        let pin = "3132333435363738";
        for command in [
            format!("00200080 08 {pin}"),
            format!("00240080 08 {pin}"),
            format!("002C0080 08 {pin}"),
            format!("00FFFFFF 08 {pin}"),
            format!("00870C9B 0C 7C0A8008 {pin} 00"),
            format!("10870C9B 08 {pin}"),
            format!("00870C9B 00000C 7C0A8008 {pin} 0000"),
            // Chained part, extended length, unknown instruction, and no command at all.
            format!("10240080 08 {pin}"),
            format!("00200080 000008 {pin}"),
            format!("00FE119C 08 {pin}"),
            format!("80200082 0B {pin} 9C0001"),
            format!("80240082 10 {pin} {pin}"),
            format!("802C0082 08 {pin}"),
            format!("00200080 07 {pin}"),
        ] {
            let text = traced(&[0x63, 0xC2], &[&command]);
            assert!(!text.contains(pin), "{text}");
            assert!(text.contains("withheld]"), "{text}");
            assert!(text.ends_with("< 63C2\n"), "{text}");
        }
    }

    #[test]
    fn answers_that_may_be_shared_secrets_are_withheld_to_their_end() {
        let agree = "0087119D 04 7C028500 00";
        let text = traced(&[0xAB, 0x61, 0x01], &[agree, "00C0000001", "00FD000000"]);
        let answers = text.lines().filter(|line| line.starts_with('<'));
        assert_eq!(
            answers.collect::<Vec<_>>(),
            [
                "< [1 bytes withheld] 6101",
                "< [1 bytes withheld] 6101",
                "< AB 6101"
            ]
        );
    }

    #[test]
    fn the_trace_file_is_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trace");
        let mut file = open_private(path.as_os_str()).unwrap();
        file.write_all(b"x").unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
