//! The program for the bare chip in an emulator, and what it tells.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::command::{Error, Result, output, succeeds};

/// The emulated board, with a Cortex-M4.
const BOARD: &str = "mps2-an386";
/// The emulator is stopped after so many seconds; it needs less than one.
const LONGEST_RUN: &str = "120";

/// What the program told: lines as `sello-firmware`'s `main.rs` describes them.
#[derive(Default)]
pub(crate) struct Told {
    /// Bytes of static memory of a part.
    pub(crate) memory: Vec<(String, u64)>,
    /// Deepest stack of a command, in bytes.
    pub(crate) stack: Vec<(String, u64)>,
    /// The signatures of the card.
    pub(crate) signatures: Vec<Signature>,
}

/// A signature of the card, all in hexadecimal.
pub(crate) struct Signature {
    /// The curve: `P-256` or `P-384`.
    pub(crate) curve: String,
    /// The public key, uncompressed.
    point: String,
    /// What was signed.
    digest: String,
    /// Ecdsa-Sig-Value in DER.
    value: String,
}

/// Runs the program to its end.
///
/// # Errors
/// [`Error::Failed`] when the program ends otherwise than well, [`Error::Unexpected`] when it tells what
/// is not understood, or no signature.
pub(crate) fn run(program: &Path) -> Result<Told> {
    let mut emulator = Command::new("timeout");
    emulator
        .args([LONGEST_RUN, "qemu-system-arm", "-machine", BOARD])
        .args(["-nographic", "-monitor", "none", "-serial", "none"])
        .args(["-semihosting-config", "enable=on,target=native"])
        .arg("-kernel")
        .arg(program)
        .stderr(Stdio::inherit());
    let text = output(&mut emulator)?;
    let mut told = Told::default();
    for line in text.lines() {
        told.hear(line)
            .ok_or_else(|| Error::Unexpected(format!("the program on the chip says: {line}")))?;
    }
    if told.signatures.is_empty() {
        return Err(Error::Unexpected("the card did not sign".into()));
    }
    Ok(told)
}

impl Told {
    fn hear(&mut self, line: &str) -> Option<()> {
        let (kind, rest) = line.split_once(' ')?;
        if kind == "signature" {
            let mut words = rest.split(' ').map(str::to_owned);
            self.signatures.push(Signature {
                curve: words.next()?,
                point: words.next()?,
                digest: words.next()?,
                value: words.next()?,
            });
            return Some(());
        }
        let (name, bytes) = rest.rsplit_once(' ')?;
        let fact = (name.to_owned(), bytes.parse().ok()?);
        match kind {
            "memory" => self.memory.push(fact),
            "stack" => self.note_stack(fact),
            _ => return None,
        }
        Some(())
    }
}

impl Told {
    /// Of a command that was sent several times, the deepest counts.
    fn note_stack(&mut self, fact: (String, u64)) {
        match self.stack.iter_mut().find(|(name, _)| *name == fact.0) {
            Some((_, deepest)) => *deepest = fact.1.max(*deepest),
            None => self.stack.push(fact),
        }
    }
}

impl Signature {
    /// Has OpenSSL verify it.
    ///
    /// # Errors
    /// [`Error::Unexpected`] when it is not valid.
    pub(crate) fn verify(&self) -> Result<()> {
        let folder = tempfile::tempdir().map_err(Error::file(Path::new("a temporary folder")))?;
        let write = |name: &str, hex: &str| {
            let path = folder.path().join(name);
            let bytes = from_hex(hex).ok_or_else(|| {
                Error::Unexpected(format!("the program on the chip says no bytes: {hex}"))
            })?;
            std::fs::write(&path, bytes).map_err(Error::file(&path))?;
            Ok(path)
        };
        let key = write("key", &format!("{}{}", self.key_information()?, self.point))?;
        let digest = write("digest", &self.digest)?;
        let value = write("signature", &self.value)?;
        let mut judge = Command::new("openssl");
        judge
            .args(["pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey"])
            .arg(key)
            .arg("-in")
            .arg(digest)
            .arg("-sigfile")
            .arg(value);
        if succeeds(&mut judge) {
            return Ok(());
        }
        let curve = &self.curve;
        Err(Error::Unexpected(format!(
            "the card's {curve} signature is not valid"
        )))
    }

    /// What goes before the point to make a SubjectPublicKeyInfo (RFC 5480, 2).
    fn key_information(&self) -> Result<&'static str> {
        match self.curve.as_str() {
            "P-256" => Ok("3059301306072A8648CE3D020106082A8648CE3D030107034200"),
            "P-384" => Ok("3076301006072A8648CE3D020106052B81040022036200"),
            curve => Err(Error::Unexpected(format!("the card signs on {curve}"))),
        }
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_fact_or_not_understood() {
        let mut told = Told::default();
        for line in [
            "memory applet 6912",
            "stack sign P-256 5264",
            "stack VERIFY 40",
            "stack sign P-256 5270",
            "stack sign P-256 5268",
            "signature P-256 04 00 30",
        ] {
            assert_eq!(told.hear(line), Some(()), "{line}");
        }
        assert_eq!(told.memory, [("applet".to_owned(), 6912)]);
        let deepest = [("sign P-256".to_owned(), 5270), ("VERIFY".to_owned(), 40)];
        assert_eq!(told.stack, deepest);
        assert_eq!(told.signatures.len(), 1);
        for line in [
            "panic",
            "refused SELECT 6A82",
            "stack SELECT",
            "signature P-256 04",
        ] {
            assert_eq!(told.hear(line), None, "{line}");
        }
    }

    #[test]
    fn a_signature_of_something_else_is_not_valid() {
        const POINT: &str = "04F43970BD6AB08CAED02290CB2FD81C0C72B360819044B917A93A2882ECB980CCA9E5\
             5C05B69956C910DC4F5ECFF0177012346546D7C1D801036BB44401EE978D";
        const VALUE: &str = "30450220293A66F18BDBF336A271160C1D37BC57E9B3CD7E8FF439BA01B80B85A2ADB2\
             36022100AAD39F2796DF3DFB7F42DC10EAF8DD1C7DC5838043F92FDD6CE606F7013BA7\
             1D";
        let signature = |digest: &str| Signature {
            curve: "P-256".to_owned(),
            point: POINT.to_owned(),
            digest: digest.to_owned(),
            value: VALUE.to_owned(),
        };
        assert!(signature(&"5A".repeat(32)).verify().is_ok());
        assert!(signature(&"5B".repeat(32)).verify().is_err());
    }

    #[test]
    fn hexadecimal_is_bytes_or_nothing() {
        assert_eq!(from_hex("00FF10"), Some(vec![0x00, 0xFF, 0x10]));
        assert_eq!(from_hex("0G"), None);
    }
}
