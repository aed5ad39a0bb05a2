//! The PIN letter's contents: given to be printed, then erased.

use sello_issuing::secret::Code;
use sello_issuing::state::State;
use sello_issuing::station::Whose;
use serde_json::json;

use super::codes::{open_codes, open_new_pin};
use super::service::finished;
use crate::application::Request;
use crate::audit::Entry;
use crate::center::find;
use crate::ledger::{RunRow, RunState, Transaction};
use crate::{Center, Error, Officer};

/// What a PIN letter says. Cannot be printed by accident.
pub struct Letter {
    /// The application's reference.
    pub reference: String,
    /// What was applied for.
    pub request: Request,
    /// The card's serial number, hexadecimal.
    pub card_serial: String,
    /// The transport PIN.
    pub pin: Code,
    /// The PUK.
    pub puk: Code,
    /// The approver's transport PIN, under dual control: for a letter of its own, to another person.
    pub approver: Option<Code>,
}

/// What the letter with a PIN that the center set anew says. Cannot be printed by accident.
pub struct NewPinLetter {
    /// What was applied for.
    pub request: Request,
    /// The card's serial number, hexadecimal.
    pub card_serial: String,
    /// Who gets it.
    pub whose: Whose,
    /// The transport PIN.
    pub pin: Code,
}

impl Center {
    /// What the letter with a PIN set anew says, until [`Self::new_pin_letter_made`].
    ///
    /// # Errors
    /// [`Error::NoCodes`] if the letter was made or the card was not unblocked.
    pub fn new_pin_letter(
        &mut self,
        officer: &Officer,
        reference: &str,
    ) -> Result<NewPinLetter, Error> {
        let mut transaction = self.ledger.begin()?;
        let row = find(transaction.as_mut(), reference)?;
        let run = finished(transaction.as_mut(), reference)?;
        let waiting = open_new_pin(officer.key(), &run)?
            .ok_or_else(|| Error::NoCodes(reference.to_owned()))?;
        Ok(NewPinLetter {
            request: Request::from_row(&row)?,
            card_serial: run.card_serial,
            whose: waiting.whose,
            pin: waiting.pin,
        })
    }

    /// The letter is made: erases the PIN.
    ///
    /// # Errors
    /// [`Error::NoCodes`] as above.
    pub fn new_pin_letter_made(&mut self, officer: &Officer, reference: &str) -> Result<(), Error> {
        let at = self.now()?;
        let mut transaction = self.ledger.begin()?;
        let run = finished(transaction.as_mut(), reference)?;
        if open_new_pin(officer.key(), &run)?.is_none() {
            return Err(Error::NoCodes(reference.to_owned()));
        }
        transaction.set_run_codes(&run.id, None)?;
        transaction.append(letter_line(officer, reference, &run, at))?;
        transaction.commit()
    }

    /// What the letter for an issued card says, until [`Self::letter_made`].
    ///
    /// # Errors
    /// [`Error::NoCodes`] if the letter was made or no card is finished.
    pub fn letter(&mut self, officer: &Officer, reference: &str) -> Result<Letter, Error> {
        let mut transaction = self.ledger.begin()?;
        let row = find(transaction.as_mut(), reference)?;
        let run = waiting(transaction.as_mut(), reference, row.state)?;
        let codes =
            open_codes(officer.key(), &run)?.ok_or_else(|| Error::NoCodes(reference.to_owned()))?;
        Ok(Letter {
            reference: reference.to_owned(),
            request: Request::from_row(&row)?,
            card_serial: run.card_serial,
            pin: codes.pin,
            puk: codes.puk,
            approver: codes.approver,
        })
    }

    /// The letter is made: erases the codes.
    ///
    /// # Errors
    /// [`Error::NoCodes`] as above.
    pub fn letter_made(&mut self, officer: &Officer, reference: &str) -> Result<(), Error> {
        let at = self.now()?;
        let mut transaction = self.ledger.begin()?;
        let row = find(transaction.as_mut(), reference)?;
        let run = waiting(transaction.as_mut(), reference, row.state)?;
        if open_codes(officer.key(), &run)?.is_none() {
            return Err(Error::NoCodes(reference.to_owned()));
        }
        transaction.set_run_codes(&run.id, None)?;
        transaction.append(letter_line(officer, reference, &run, at))?;
        transaction.commit()
    }
}

fn letter_line(officer: &Officer, reference: &str, run: &RunRow, at: i64) -> Entry {
    Entry {
        at,
        actor: officer.name().to_owned(),
        action: "letter".to_owned(),
        subject: reference.to_owned(),
        detail: json!({ "run": run.id }),
    }
}

fn waiting(
    transaction: &mut dyn Transaction,
    reference: &str,
    state: State,
) -> Result<RunRow, Error> {
    let finished = transaction
        .runs(reference)?
        .into_iter()
        .find(|run| run.state == RunState::Finished && run.codes.is_some());
    match finished {
        Some(run) if state == State::Issued => Ok(run),
        _ => Err(Error::NoCodes(reference.to_owned())),
    }
}
