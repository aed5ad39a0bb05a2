//! Other programs, with the time they take and the most memory they hold.

use std::error::Error;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How often the memory of a child is looked at.
const EVERY: Duration = Duration::from_millis(1);

/// What a program took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Taken {
    /// From its start to its end.
    pub time: Duration,
    /// The most resident memory it was seen to hold, in MiB.
    pub memory_mib: f64,
}

/// Runs a program to its end. One that fails is not measured.
///
/// # Errors
/// When it does not start, or does not end with one of `codes`.
pub fn run(command: &mut Command, codes: &[i32]) -> Result<Taken, Box<dyn Error>> {
    let name = format!("{:?}", command.get_program());
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let errors = tempfile::tempfile()?;
    command.stderr(errors.try_clone()?);
    let begun = Instant::now();
    let mut child = command
        .spawn()
        .map_err(|error| format!("{name}: {error}"))?;
    let status = format!("/proc/{}/status", child.id());
    let mut memory_mib = 0.0_f64;
    let ended = loop {
        if let Some(most) = high_water(&status) {
            memory_mib = memory_mib.max(most);
        }
        if let Some(ended) = child.try_wait()? {
            break ended;
        }
        std::thread::sleep(EVERY);
    };
    let time = begun.elapsed();
    if !ended.code().is_some_and(|code| codes.contains(&code)) {
        return Err(format!("{name} ended with {ended}").into());
    }
    Ok(Taken { time, memory_mib })
}

/// `VmHWM` of a process, in MiB.
fn high_water(status: &str) -> Option<f64> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_fails_is_not_measured() {
        assert!(run(&mut Command::new("false"), &[0]).is_err());
        let taken = run(Command::new("sleep").arg("0.05"), &[0]).unwrap();
        assert!(taken.memory_mib > 0.0 && taken.time >= Duration::from_millis(50));
    }
}
