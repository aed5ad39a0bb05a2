//! A program that uses a PKCS#11 module, for `sello-bench` to measure.
//!
//! It does what the lines of its standard input say, one after the other, and answers each with a line: `ok`
//! and numbers, or `error` and why. Between two lines the bench counts what the card was asked. With
//! `cold`, it does what a program does that signs twice and ends.
#![forbid(unsafe_code)]

mod pair;
mod scale;
mod token;

use std::error::Error;
use std::io::{self, BufRead as _, Write as _};
use std::process::ExitCode;

use token::Program;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["cold", module, reader, pin, id] => cold(module, reader, pin, id),
        [] => serve(),
        _ => Err("either no word, or: cold MODULE READER PIN ID".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sello-bench-client: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Load, log in, find, sign twice, end.
fn cold(module: &str, reader: &str, pin: &str, id: &str) -> Result<(), Box<dyn Error>> {
    let mut program = Program::load(module)?;
    program.initialize()?;
    program.open(reader)?;
    program.login(pin)?;
    program.find(id)?;
    for _ in 0..2 {
        program.sign_with_pin(pin)?;
    }
    program.end()
}

/// Does what the lines say, until there is none.
fn serve() -> Result<(), Box<dyn Error>> {
    let mut program = None;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<_> = line.split('\t').collect();
        let answer = match obey(&mut program, &words) {
            Ok(numbers) => numbers
                .iter()
                .fold("ok".to_owned(), |line, number| format!("{line}\t{number}")),
            Err(error) => format!("error\t{error}").replace('\n', " "),
        };
        println!("{answer}");
        io::stdout().flush()?;
    }
    Ok(())
}

/// Does what one line says; gives numbers.
fn obey(loaded: &mut Option<Program>, words: &[&str]) -> Result<Vec<f64>, Box<dyn Error>> {
    if let ["load", module] = words {
        *loaded = Some(Program::load(module)?);
        return Ok(Vec::new());
    }
    if *words == ["end"] {
        return match loaded.take() {
            Some(program) => program.end().map(|()| Vec::new()),
            None => Ok(Vec::new()),
        };
    }
    let program = loaded.as_mut().ok_or("no module is loaded")?;
    let done = Vec::new();
    match words {
        ["initialize"] => return program.initialize().map(|time| vec![time.as_secs_f64()]),
        ["open", reader] => program.open(reader)?,
        ["login", pin] => program.login(pin)?,
        ["find", id] => program.find(id)?,
        ["sign"] => program.sign()?,
        ["sign-with-pin", pin] => program.sign_with_pin(pin)?,
        ["session-info"] => program.session_info()?,
        ["slot-info"] => program.slot_info()?,
        ["objects"] => program.objects()?,
        ["attributes"] => program.attributes()?,
        ["pair", reader, reference, runs] => {
            return pair::measure(program, reader, reference, runs.parse()?);
        }
        ["verify", threads, runs] => {
            return scale::verify(program, threads.parse()?, runs.parse()?).map(|rate| vec![rate]);
        }
        ["rate", runs, pin, id, readers @ ..] => {
            return scale::sign(program, runs.parse()?, pin, id, readers).map(|rate| vec![rate]);
        }
        _ => return Err(format!("not understood: {}", words.join(" ")).into()),
    }
    Ok(done)
}
