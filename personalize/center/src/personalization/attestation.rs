//! The card's word that it generated the key: checked before anything is certified.

use sello_issuing::station::{AttestationFault, Refusal, Run, SEAL_SLOT};
use sello_profile::attestation::{Attestation, CardCertificate};
use sello_wire::{PinPolicy, Status};
use serde_json::json;

use super::{Station, open_run};
use crate::Error;
use crate::audit::Entry;
use crate::device;

/// The policy of every seal key: a PIN for each use, or for a batch announced to the card.
pub(super) const POLICY: PinPolicy = PinPolicy::Counted;

/// What the card gives to prove where its key comes from.
pub(super) struct Evidence {
    /// The certificate of the attestation key, DER, as the device root made it.
    pub(super) card: Vec<u8>,
    /// The attestation certificate of the new key, DER, or the status word in its place.
    pub(super) key: Result<Vec<u8>, Status>,
}

/// A new key and its proof.
pub(super) struct NewKey {
    /// The public key, an uncompressed point.
    pub(super) point: Vec<u8>,
    /// ECDSA-Sig-Value (DER) over `Statement::digest`.
    pub(super) possession: Vec<u8>,
    /// Where the key comes from.
    pub(super) evidence: Evidence,
}

/// What the key is meant to be.
pub(super) struct Expected<'a> {
    pub(super) serial: [u8; 4],
    pub(super) point: &'a [u8],
    pub(super) dual_control: bool,
}

impl Station<'_> {
    /// Certifies the attestation key that a card has just generated, and says so in the log.
    pub(super) fn certify_card(
        &mut self,
        run: &Run,
        serial: [u8; 4],
        point: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let at = self.center.now()?;
        let der = self.device.certify(serial, point, at)?;
        let mut transaction = self.center.ledger.begin()?;
        let row = open_run(transaction.as_mut(), run)?;
        transaction.append(Entry {
            at,
            actor: self.officer.name().to_owned(),
            action: "card-certificate".to_owned(),
            subject: row.application,
            detail: json!({
                "run": row.id,
                "card": row.card_serial,
                "sha256": device::hash(&der),
            }),
        })?;
        transaction.commit()?;
        Ok(der)
    }

    /// Demands that the card attests the key. A refusal is in the log before it is told.
    ///
    /// # Errors
    /// [`Refusal::Attestation`].
    pub(super) fn demand_attested(
        &mut self,
        run: &Run,
        key: &NewKey,
        expected: &Expected<'_>,
    ) -> Result<(), Error> {
        let Err(reason) = check(&self.device.certificate, &key.evidence, expected) else {
            return Ok(());
        };
        let at = self.center.now()?;
        let mut transaction = self.center.ledger.begin()?;
        let row = open_run(transaction.as_mut(), run)?;
        transaction.append(Entry {
            at,
            actor: self.officer.name().to_owned(),
            action: "attestation-refused".to_owned(),
            subject: row.application,
            detail: json!({
                "run": row.id,
                "card": row.card_serial,
                "reason": reason.to_string(),
            }),
        })?;
        transaction.commit()?;
        Err(Refusal::Attestation { reason }.into())
    }
}

fn check(
    device_root: &[u8],
    evidence: &Evidence,
    expected: &Expected<'_>,
) -> Result<(), AttestationFault> {
    let unsound = |error: sello_profile::Error| AttestationFault::Unsound {
        reason: error.to_string(),
    };
    let der = evidence.key.as_ref().map_err(|status| {
        let status = status.0;
        AttestationFault::Missing { status }
    })?;
    let card = CardCertificate::check(&evidence.card, device_root).map_err(unsound)?;
    let told = Attestation::check(der, &card).map_err(unsound)?;
    if card.serial != u32::from_be_bytes(expected.serial) {
        let serial = card.serial;
        return Err(AttestationFault::Card { serial });
    }
    if told.slot != SEAL_SLOT {
        return Err(AttestationFault::Slot { slot: told.slot });
    }
    if told.point[..] != *expected.point {
        return Err(AttestationFault::Key);
    }
    let (pin_policy, dual_control) = (told.pin_policy, told.dual_control);
    if pin_policy != POLICY.to_byte() || dual_control != expected.dual_control {
        return Err(AttestationFault::Policy {
            pin_policy,
            dual_control,
        });
    }
    Ok(())
}
