//! The center's timestamp service, running.

use std::io::{self, BufRead, BufReader};
use std::process::{Child, Stdio};

use crate::fixture::Seal;

/// The service; it ends with this value.
#[derive(Debug)]
pub struct Service {
    child: Child,
    /// Address of the authority.
    pub tsa: String,
    /// Address of the revocation list.
    pub crl: String,
}

impl Service {
    /// Starts it and waits until it listens.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(seal: &Seal) -> io::Result<Self> {
        let call = seal.center(|center| center.serve_timestamps());
        let mut command = seal.programs.command(&call);
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let said: serde_json::Value = serde_json::from_str(&line).map_err(io::Error::other)?;
        let address = |name: &str| {
            let text = said.get(name).and_then(serde_json::Value::as_str);
            text.map(str::to_owned)
                .ok_or_else(|| io::Error::other(line.clone()))
        };
        let (tsa, crl) = (address("tsa")?, address("crl")?);
        Ok(Self { child, tsa, crl })
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
