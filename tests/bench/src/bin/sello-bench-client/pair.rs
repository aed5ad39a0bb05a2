//! `C_Sign` beside the exchange it cannot do without, in turn.

use std::error::Error;
use std::ffi::CString;
use std::time::{Duration, Instant};

use pcsc::{Card, Context, Protocols, Scope, ShareMode};
use rustix::time::{ClockId, clock_gettime};

use crate::token::{DIGEST, Program};

/// Signatures of one side before the other has its turn.
const TURN: usize = 20;

/// What a side took.
#[derive(Default)]
struct Side {
    times: Vec<Duration>,
    processor: Duration,
}

/// Signs `runs` times with the module and as often by the bare command for the key with this reference
/// (hexadecimal), and gives: median of the bare exchange, median of `C_Sign`, processor time of a bare
/// exchange and of a `C_Sign`, in seconds.
pub(crate) fn measure(
    program: &Program,
    reader: &str,
    reference: &str,
    runs: usize,
) -> Result<Vec<f64>, Box<dyn Error>> {
    let context = Context::establish(Scope::User)?;
    let name = CString::new(reader)?;
    let card = context.connect(&name, ShareMode::Shared, Protocols::ANY)?;
    let command = command(u8::from_str_radix(reference, 16)?);
    let (mut bare, mut whole) = (Side::default(), Side::default());
    let mut buffer = [0; 258];
    for _ in 0..runs.div_ceil(TURN) {
        bare.turn(|| transmit(&card, &command, &mut buffer))?;
        whole.turn(|| program.sign())?;
    }
    // The module's session with the card is not ours to end.
    let _ = card.disconnect(pcsc::Disposition::LeaveCard);
    Ok(vec![
        bare.median(),
        whole.median(),
        bare.processor_each(),
        whole.processor_each(),
    ])
}

/// GENERAL AUTHENTICATE over a digest (SP 800-73-5 part 2, 3.2.4).
fn command(reference: u8) -> Vec<u8> {
    let header = [0, 0x87, 0x11, reference, 38, 0x7C, 36, 0x82, 0, 0x81, 32];
    [&header[..], &DIGEST, &[0]].concat()
}

fn transmit(card: &Card, command: &[u8], buffer: &mut [u8]) -> Result<(), Box<dyn Error>> {
    let answer = card.transmit(command, buffer)?;
    if answer.ends_with(&[0x90, 0x00]) {
        Ok(())
    } else {
        Err(format!("the card answered {answer:02X?}").into())
    }
}

impl Side {
    fn turn(
        &mut self,
        mut action: impl FnMut() -> Result<(), Box<dyn Error>>,
    ) -> Result<(), Box<dyn Error>> {
        let before = processor();
        for _ in 0..TURN {
            let begun = Instant::now();
            action()?;
            self.times.push(begun.elapsed());
        }
        self.processor += processor().saturating_sub(before);
        Ok(())
    }

    fn median(&mut self) -> f64 {
        self.times.sort_unstable();
        let middle = self.times.get(self.times.len() / 2);
        middle.copied().unwrap_or_default().as_secs_f64()
    }

    fn processor_each(&self) -> f64 {
        let count = u32::try_from(self.times.len()).map_or(f64::NAN, f64::from);
        self.processor.as_secs_f64() / count
    }
}

/// The processor time of this process, all threads, so far.
fn processor() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(seconds, nanoseconds)
}
