//! Checking the audit log, and the tables against what the log says.

use std::collections::BTreeMap;

use sello_issuing::state::{Event, State};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::application::content_hash;
use crate::audit::{FIRST_PREVIOUS, Line};
use crate::center::certificate;
use crate::ledger::Transaction;
use crate::officer::wrapped_hash;
use crate::{Center, Error, device, timestamp};

/// What a log that is whole holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Number of lines.
    pub lines: i64,
    /// Hash of the last one.
    pub head: String,
}

impl Center {
    /// Recomputes the log's chain, compares its end with the note outside the database, replays
    /// what it tells, and compares that with the tables.
    ///
    /// # Errors
    /// [`Error::Tampered`] naming the first bad line; [`Error::Head`] or [`Error::HeadFile`] if
    /// the log does not end where it was noted to.
    pub fn verify_audit(&mut self) -> Result<Verified, Error> {
        let mut transaction = self.ledger.inspect()?;
        let lines = transaction.lines()?;
        check_chain(&lines)?;
        transaction.check_head()?;
        let mut told = Told::default();
        for line in &lines {
            told.hear(line)?;
        }
        told.compare(transaction.as_mut())?;
        let last = lines.last();
        Ok(Verified {
            lines: last.map_or(0, |line| line.line),
            head: last.map_or(FIRST_PREVIOUS, |line| &line.hash).to_owned(),
        })
    }
}

fn tampered(line: i64, what: impl Into<String>) -> Error {
    Error::Tampered {
        line,
        what: what.into(),
    }
}

fn check_chain(lines: &[Line]) -> Result<(), Error> {
    let mut previous = FIRST_PREVIOUS;
    for (expected, line) in (1..).zip(lines) {
        if line.line != expected {
            return Err(tampered(expected, "it is missing"));
        }
        if line.hash != line.computed_hash() {
            return Err(tampered(line.line, "its contents do not fit its hash"));
        }
        if line.previous != previous {
            return Err(tampered(line.line, "it does not follow the line before"));
        }
        previous = &line.hash;
    }
    Ok(())
}

/// A fact, with the last line that speaks of it.
type Facts = BTreeMap<String, (i64, String)>;

/// What the log tells about the tables.
#[derive(Default)]
struct Told {
    states: Facts,
    contents: Facts,
    approvals: Facts,
    officers: Facts,
    statuses: Facts,
    certificates: Facts,
    lists: Facts,
    own: Facts,
}

impl Told {
    fn hear(&mut self, line: &Line) -> Result<(), Error> {
        let detail: Value = serde_json::from_str(&line.detail)
            .map_err(|_| tampered(line.line, "its details are not JSON"))?;
        let text = |name: &str| detail.get(name).and_then(Value::as_str).map(str::to_owned);
        let at = line.line;
        self.hear_state(line, text("to"))?;
        if line.action == "apply" {
            note(&mut self.contents, at, &line.subject, text("content"));
        }
        if line.action == Event::Approve.word() {
            let key = format!("{} {}", line.subject, line.actor);
            note(&mut self.approvals, at, &key, Some(String::new()));
        }
        if line.action == "officer-added" {
            note(&mut self.officers, at, &line.subject, text("wrapped"));
        }
        if line.action == "init" {
            note(&mut self.own, at, "ca-certificate", text("ca"));
            note(&mut self.own, at, "maker-certificate", text("maker"));
        }
        // Said at the beginning, or later by a center made before there was one.
        if let Some(device) = text("device_root") {
            note(&mut self.own, at, device::CERTIFICATE, Some(device));
        }
        if let Some(authority) = text("timestamp_authority") {
            note(&mut self.own, at, timestamp::CERTIFICATE, Some(authority));
        }
        if let Some(certificate) = detail.get("certificate") {
            self.hear_certificate(at, certificate);
        }
        if let Some(list) = detail.get("crl") {
            let hash = list.get("sha256").and_then(Value::as_str);
            let number = list.get("number").and_then(Value::as_i64);
            let key = number.map_or_else(String::new, |number| number.to_string());
            note(&mut self.lists, at, &key, hash.map(str::to_owned));
        }
        Ok(())
    }

    /// Follows an application's state along the listed transitions.
    fn hear_state(&mut self, line: &Line, to: Option<String>) -> Result<(), Error> {
        let Some(to) = to else {
            return Ok(());
        };
        let before = self
            .states
            .get(&line.subject)
            .map(|(_, state)| state.clone());
        let lawful = match &before {
            None => line.action == "apply" && to == State::Applied.word(),
            Some(before) => Event::ALL
                .into_iter()
                .find(|event| event.word() == line.action)
                .zip(State::from_word(before))
                .and_then(|(event, state)| state.after(event).ok())
                .is_some_and(|next| next.word() == to),
        };
        if !lawful {
            let before = before.unwrap_or_else(|| "nothing".to_owned());
            let what = format!("it moves {} from {before} to {to}", line.subject);
            return Err(tampered(line.line, what));
        }
        self.states.insert(line.subject.clone(), (line.line, to));
        Ok(())
    }

    fn hear_certificate(&mut self, at: i64, facts: &Value) {
        let text = |name: &str| facts.get(name).and_then(Value::as_str);
        let serial = text("serial").unwrap_or_default();
        let reason = facts.get("reason").and_then(Value::as_i64);
        let status = text("status").map(|status| status_fact(status, reason));
        note(&mut self.statuses, at, serial, status);
        if let Some((der, seal)) = text("sha256").zip(text("seal")) {
            let fact = Some(format!("{der} {seal}"));
            note(&mut self.certificates, at, serial, fact);
        }
    }

    /// Compares with the tables, both ways: nothing different, nothing missing, nothing more.
    fn compare(&self, transaction: &mut dyn Transaction) -> Result<(), Error> {
        let applications = transaction.applications()?;
        let mut approvals = Vec::new();
        for row in &applications {
            for one in transaction.approvals(&row.reference)? {
                approvals.push((
                    format!("{} {}", one.application, one.officer),
                    String::new(),
                ));
            }
        }
        let mut own = Vec::new();
        for name in ["ca-certificate", "maker-certificate"] {
            own.push((name.to_owned(), sha256(&certificate(transaction, name)?)));
        }
        if let Some(der) = device::stored(transaction)? {
            own.push((device::CERTIFICATE.to_owned(), sha256(&der)));
        }
        if let Some(der) = timestamp::stored(transaction)? {
            own.push((timestamp::CERTIFICATE.to_owned(), sha256(&der)));
        }
        let officers = transaction.officers()?;
        let certificates = transaction.certificates()?;
        let lists = transaction.revocation_lists()?;
        let states = applications
            .iter()
            .map(|row| (row.reference.clone(), row.state.word().to_owned()));
        agree("state of application", &self.states, states)?;
        let contents = applications
            .iter()
            .map(|row| (row.reference.clone(), content_hash(row)));
        agree("contents of application", &self.contents, contents)?;
        agree("approval of", &self.approvals, approvals.into_iter())?;
        let officers = officers
            .iter()
            .map(|row| (row.name.clone(), wrapped_hash(row)));
        agree("officer", &self.officers, officers)?;
        let statuses = certificates.iter().map(|row| {
            let fact = status_fact(row.status.word(), row.status.code());
            (row.serial.clone(), fact)
        });
        agree("status of certificate", &self.statuses, statuses)?;
        let contents = certificates.iter().map(|row| {
            let fact = format!("{} {}", sha256(&row.der), sha256(&row.seal));
            (row.serial.clone(), fact)
        });
        agree("certificate", &self.certificates, contents)?;
        let lists = lists
            .iter()
            .map(|row| (row.number.to_string(), sha256(&row.der)));
        agree("revocation list", &self.lists, lists)?;
        agree("own", &self.own, own.into_iter())
    }
}

fn note(facts: &mut Facts, line: i64, key: &str, fact: Option<String>) {
    facts.insert(key.to_owned(), (line, fact.unwrap_or_default()));
}

fn status_fact(status: &str, reason: Option<i64>) -> String {
    format!(
        "{status} {}",
        reason.map_or_else(String::new, |code| code.to_string())
    )
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn agree(
    what: &str,
    told: &Facts,
    stored: impl Iterator<Item = (String, String)>,
) -> Result<(), Error> {
    let mut missing: BTreeMap<&String, i64> =
        told.iter().map(|(key, (at, _))| (key, *at)).collect();
    for (key, fact) in stored {
        match told.get(&key) {
            Some((_, expected)) if *expected == fact => {
                missing.remove(&key);
            }
            Some((line, _)) => {
                let text = format!("the ledger's {what} {key} is not what this line says");
                return Err(tampered(*line, text));
            }
            None => return Err(tampered(0, format!("no line speaks of {what} {key}"))),
        }
    }
    missing.into_iter().next().map_or(Ok(()), |(key, line)| {
        Err(tampered(line, format!("the ledger has lost {what} {key}")))
    })
}
