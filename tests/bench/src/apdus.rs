//! What a signature costs the card, in APDUs and bytes.

use std::error::Error;

use cryptoki_sys as ck;
use cryptoki_sys::{CK_OBJECT_HANDLE, CK_SESSION_HANDLE};
use sello_pkcs11::attribute::TemplateEntry;
use sello_pkcs11::card::CardReaders;
use sello_pkcs11::module::Module;
use sello_simulator::SimulatedCard;

use crate::card::{self, PIN};
use crate::reader::{CountingReader, Traffic};
use crate::table::Table;

/// What one part of the work cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What was done.
    pub name: &'static str,
    /// What went over the wire.
    pub traffic: Traffic,
    /// The commands, by instruction byte.
    pub commands: Vec<u8>,
}

/// Everything that was counted.
pub struct Count {
    /// The parts of a cold process up to its first signature, in order.
    pub cold: Vec<Step>,
    /// A further signature, with its login.
    pub further: Step,
    /// The end of the process.
    pub end: Step,
}

/// Personalizes a card and counts.
///
/// # Errors
/// Whatever goes wrong on the way.
pub fn count() -> Result<Count, Box<dyn Error>> {
    let reader = CountingReader::new(SimulatedCard::blank(7)?);
    card::personalize(&reader)?;
    let _ = reader.take();
    let module = Module::new(CardReaders::shared(reader.clone()));
    let step = |name| {
        let (traffic, commands) = reader.take();
        let commands = commands.into_iter().map(|[_, ins]| ins).collect();
        Step {
            name,
            traffic,
            commands,
        }
    };
    let slot = *module.slot_list(true)?.first().ok_or("no slot")?;
    module.token_info(slot)?;
    let session = module.open_session(slot, ck::CKF_SERIAL_SESSION)?;
    let mut cold = vec![step("look at the token, open a session")];
    module.login(session, ck::CKU_USER, PIN)?;
    cold.push(step("C_Login"));
    let key = private_key(&module, session)?;
    cold.push(step("find the private key"));
    sign(&module, session, key)?;
    cold.push(step("first C_Sign, with its own login"));
    sign(&module, session, key)?;
    let further = step("further C_Sign, with its own login");
    module.close_session(session)?;
    let end = step("close, which gives up the PIN");
    Ok(Count { cold, further, end })
}

fn private_key(
    module: &Module,
    session: CK_SESSION_HANDLE,
) -> Result<CK_OBJECT_HANDLE, Box<dyn Error>> {
    let class = TemplateEntry {
        kind: ck::CKA_CLASS,
        value: ck::CKO_PRIVATE_KEY.to_ne_bytes().to_vec(),
    };
    module.find_begin(session, &[class])?;
    let found = module.find_next(session, 1)?;
    module.find_end(session)?;
    Ok(*found.first().ok_or("no private key")?)
}

fn sign(
    module: &Module,
    session: CK_SESSION_HANDLE,
    key: CK_OBJECT_HANDLE,
) -> Result<(), Box<dyn Error>> {
    module.sign_begin(session, ck::CKM_ECDSA, key)?;
    module.login(session, ck::CKU_CONTEXT_SPECIFIC, PIN)?;
    module.sign_finish(session, &[7; 32])?;
    Ok(())
}

impl Count {
    /// The cold process up to its first signature, summed.
    #[must_use]
    pub fn cold_total(&self) -> Traffic {
        self.cold
            .iter()
            .fold(Traffic::default(), |sum, step| Traffic {
                commands: sum.commands + step.traffic.commands,
                sent: sum.sent + step.traffic.sent,
                received: sum.received + step.traffic.received,
            })
    }

    /// The table, with what other modules were measured at.
    #[must_use]
    pub fn table(&self) -> Table {
        let mut table = Table::new(
            "PKCS#11 signature with the seal key (PIN for each use), one seal on the card",
            &["step", "APDUs", "bytes to card", "from card", "INS"],
        );
        let steps = self.cold.iter().chain([&self.further, &self.end]);
        for step in steps {
            let codes: Vec<String> = step.commands.iter().map(|i| format!("{i:02X}")).collect();
            table.row(row(step.name, step.traffic, codes.join(" ")));
        }
        let total = self.cold_total();
        table.row(row("cold process to first signature", total, String::new()));
        table
    }
}

fn row(name: &str, traffic: Traffic, commands: String) -> Vec<String> {
    vec![
        name.to_owned(),
        traffic.commands.to_string(),
        traffic.sent.to_string(),
        traffic.received.to_string(),
        commands,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cold_process_takes_eight_commands_at_most_and_a_further_signature_two() {
        let count = count().unwrap();
        let cold = count.cold_total().commands;
        assert!(cold <= 8, "{cold} commands for a cold process");
        assert_eq!(count.further.commands, [0x20, 0x87]);
    }

    #[test]
    fn what_is_known_is_not_asked_again() {
        let count = count().unwrap();
        let find = count.cold.iter().find(|s| s.name.starts_with("find"));
        assert_eq!(find.unwrap().traffic.commands, 0);
    }
}
