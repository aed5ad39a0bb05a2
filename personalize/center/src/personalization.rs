//! Making a card in a station's reader.
//!
//! A *run* is one attempt with one card. Each step is in the ledger before the card is touched and
//! again after it has answered. What the card is to hold is stored before the card gets it, so
//! a run that is killed anywhere can be continued, or begun anew with the stored certificate
//! revoked first.

mod attestation;
mod begin;
mod certify;
mod codes;
mod letter;
mod make;
mod service;
mod steps;

pub use letter::{Letter, NewPinLetter};

use sello_issuing::station::{CenterLink, Outcome, Refusal, Relay, Run, Whose};

use crate::device::DeviceRoot;
use crate::ledger::{CertificateRow, RunRow, RunState, Transaction};
use crate::signer::Signer;
use crate::vault::CardMaster;
use crate::{Center, Error, Officer};

/// The center, as a station in the same program talks to it, with the keys that making cards
/// needs opened by an officer.
pub struct Station<'a> {
    center: &'a mut Center,
    officer: &'a Officer,
    ca: Box<dyn Signer>,
    maker: Box<dyn Signer>,
    master: CardMaster,
    device: DeviceRoot,
}

impl Center {
    /// Opens the keys needed to make cards.
    ///
    /// # Errors
    /// [`Error::Vault`], [`Error::File`] or [`Error::Database`].
    pub fn station<'a>(&'a mut self, officer: &'a Officer) -> Result<Station<'a>, Error> {
        let device = self.device_root(officer)?;
        Ok(Station {
            device,
            ca: officer.ca(&self.home)?,
            maker: officer.maker(&self.home)?,
            master: officer.card_master(&self.home)?,
            center: self,
            officer,
        })
    }
}

impl CenterLink for Station<'_> {
    fn personalize(
        &mut self,
        application: &str,
        relay: &mut dyn Relay,
    ) -> Result<Outcome, Refusal> {
        make::card(self, application, relay).map_err(refusal)
    }

    fn unblock(
        &mut self,
        application: &str,
        whose: Whose,
        relay: &mut dyn Relay,
    ) -> Result<[u8; 4], Refusal> {
        service::unblock(self, application, whose, relay).map_err(refusal)
    }

    fn terminate(&mut self, application: &str, relay: &mut dyn Relay) -> Result<[u8; 4], Refusal> {
        service::terminate(self, application, relay).map_err(refusal)
    }
}

fn refusal(error: Error) -> Refusal {
    match error {
        Error::Refused(refusal) => refusal,
        Error::UnknownApplication(application) => Refusal::UnknownApplication { application },
        other => Refusal::Center {
            reason: other.to_string(),
        },
    }
}

/// The run, if it is open.
fn open_run(transaction: &mut dyn Transaction, run: &Run) -> Result<RunRow, Error> {
    match transaction.run(&run.0)? {
        Some(row) if row.state == RunState::Open => Ok(row),
        _ => Err(Refusal::UnknownRun { run: run.clone() }.into()),
    }
}

/// The certificate made in a run.
fn certificate_of(
    transaction: &mut dyn Transaction,
    run: &str,
) -> Result<Option<CertificateRow>, Error> {
    Ok(transaction
        .certificates()?
        .into_iter()
        .find(|row| row.run == run))
}
