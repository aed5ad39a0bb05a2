//! What the main dialogues cost, in APDUs and bytes.

use std::error::Error;

use cryptoki_sys as ck;
use cryptoki_sys::{CK_OBJECT_HANDLE, CK_SESSION_HANDLE};
use sello_pkcs11::attribute::TemplateEntry;
use sello_pkcs11::card::CardReaders;
use sello_pkcs11::module::Module;

use crate::card::PIN;
use crate::dialogue::{Dialogue, Traffic};
use crate::reader::CountingReader;
use crate::report::{Bar, Limit, Report};
use crate::scenes::Scenes;
use crate::table::{Cell, Table};

/// APDUs that a cold process may need up to its first signature.
const MOST_COLD: usize = 8;
/// APDUs that a further signature may need: VERIFY and GENERAL AUTHENTICATE.
const MOST_FURTHER: usize = 2;

/// A PKCS#11 application.
pub struct Signing {
    /// The parts of a cold process up to its first signature, in order.
    pub cold: Vec<Dialogue>,
    /// A further signature, with its login.
    pub further: Dialogue,
    /// The end of the process.
    pub end: Dialogue,
}

impl Signing {
    /// Signs twice with the card in a reader.
    ///
    /// # Errors
    /// Whatever the module says.
    pub fn with(reader: &CountingReader) -> Result<Self, Box<dyn Error>> {
        let module = Module::new(CardReaders::shared(reader.clone()));
        let _ = reader.take("nothing");
        let slot = *module.slot_list(true)?.first().ok_or("no slot")?;
        module.token_info(slot)?;
        let session = module.open_session(slot, ck::CKF_SERIAL_SESSION)?;
        let mut cold = vec![reader.take("look at the token, open a session")];
        module.login(session, ck::CKU_USER, PIN.as_bytes())?;
        cold.push(reader.take("C_Login"));
        let key = private_key(&module, session)?;
        cold.push(reader.take("find the private key"));
        sign(&module, session, key)?;
        cold.push(reader.take("first C_Sign, with its own login"));
        sign(&module, session, key)?;
        let further = reader.take("further C_Sign, with its own login");
        module.close_session(session)?;
        let end = reader.take("close, which gives up the PIN");
        Ok(Self { cold, further, end })
    }

    /// The cold process up to its first signature.
    #[must_use]
    pub fn cold_total(&self) -> Dialogue {
        Dialogue::joined("cold process to first signature", &self.cold)
    }
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
    module.login(session, ck::CKU_CONTEXT_SPECIFIC, PIN.as_bytes())?;
    module.sign_finish(session, &[7; 32])?;
    Ok(())
}

/// The tables, and the bars.
#[must_use]
pub fn report(scenes: &Scenes) -> Report {
    let signing = &scenes.signing;
    let cold = signing.cold_total();
    let mut steps = Table::new(
        "PKCS#11 signature with the seal key (PIN for each use), one seal on the card",
        &["step", "APDUs", "bytes to card", "from card", "INS"],
    );
    for step in signing.cold.iter().chain([&signing.further, &signing.end]) {
        let codes: Vec<_> = step.instructions().iter().map(hexadecimal).collect();
        steps.row(row(step).chain([codes.join(" ").into()]));
    }
    let mut whole = Table::new(
        "Main dialogues",
        &["dialogue", "APDUs", "bytes to card", "from card"],
    );
    for dialogue in scenes.dialogues() {
        whole.row(row(&dialogue));
    }
    let bar = |name, dialogue: &Dialogue, most| Bar {
        name,
        unit: "APDUs",
        measured: float(dialogue.traffic().commands),
        limit: Limit::Most(float(most)),
    };
    let bars = [
        bar("cold process to first signature", &cold, MOST_COLD),
        bar("further signature", &signing.further, MOST_FURTHER),
    ];
    let mut report = Report::of(steps, bars);
    report.tables.push(whole);
    report
}

fn hexadecimal(byte: &u8) -> String {
    format!("{byte:02X}")
}

fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

fn row(dialogue: &Dialogue) -> impl Iterator<Item = Cell> + use<> {
    let Traffic {
        commands,
        sent,
        received,
    } = dialogue.traffic();
    let name = Cell::from(dialogue.name);
    [name, commands.into(), sent.into(), received.into()].into_iter()
}
