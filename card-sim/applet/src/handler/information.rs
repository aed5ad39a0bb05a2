//! What the card tells about itself: GET METADATA, GET SERIAL, GET VERSION, GET STATUS.

use sello_wire::key::PinPolicy;
use sello_wire::life_cycle::flag;
use sello_wire::pin::{PinReference, TRIES};
use sello_wire::status::Status;
use sello_wire::tag::{self, Tag};

use crate::context::{Context, status_of};
use crate::link::Outgoing;
use crate::platform::Platform;
use crate::record::StoredKey;
use crate::request::Subject;

/// Below 5.3, from which clients expect attestation and moving of keys.
const VERSION: [u8; 3] = [5, 2, 0];
/// Version of Sello's own instructions and objects (`specs/card.md`).
const SELLO_VERSION: [u8; 2] = [1, 0];
/// There is nothing to touch.
const TOUCH_NEVER: u8 = 0x01;
/// Metadata of reference data, which has no algorithm.
const NO_ALGORITHM: u8 = 0xFF;
const NO_PIN_POLICY: u8 = 0x00;

pub(super) fn version(outgoing: &mut Outgoing) -> Result<(), Status> {
    outgoing.write(|w| w.bytes(&VERSION).map(drop))
}

pub(super) fn serial<P: Platform>(
    context: &Context<'_, P>,
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    outgoing.write(|w| w.bytes(&context.register().serial).map(drop))
}

pub(super) fn status<P: Platform>(
    context: &Context<'_, P>,
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    let register = context.register();
    let mut flags = 0;
    if register.transport_pin {
        flags |= flag::TRANSPORT_PIN;
    }
    if register.possession_of_any() {
        flags |= flag::POSSESSION_AVAILABLE;
    }
    outgoing.write(|writer| {
        writer.nested(Tag::STATUS, |w| {
            w.tlv(tag::status::LIFE_CYCLE, &[register.life_cycle.to_byte()])?;
            w.tlv(tag::status::FLAGS, &[flags])?;
            w.tlv(tag::status::PIN_TRIES, &[register.pin.tries, TRIES])?;
            w.tlv(tag::status::PUK_TRIES, &[register.puk.tries, TRIES])?;
            w.tlv(tag::status::SERIAL, &register.serial)?;
            w.tlv(
                tag::status::WRITE_COUNTER,
                &register.write_counter.to_be_bytes(),
            )?;
            w.tlv(tag::status::VERSION, &SELLO_VERSION).map(drop)
        })?;
        Ok(())
    })
}

pub(super) fn metadata<P: Platform>(
    context: &Context<'_, P>,
    subject: Subject,
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    match subject {
        Subject::Reference(reference) => reference_metadata(context, reference, outgoing),
        Subject::ManagementKey => management_metadata(context, outgoing),
        Subject::Key(slot) => {
            let key = StoredKey::load(context.platform, slot)
                .map_err(status_of)?
                .ok_or(Status::REFERENCE_NOT_FOUND)?;
            key_metadata(&key, outgoing)
        }
    }
}

fn reference_metadata<P: Platform>(
    context: &Context<'_, P>,
    reference: PinReference,
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    let register = context.register();
    let is_default = u8::from(register.is_factory(reference));
    let tries = register.reference(reference).tries;
    outgoing.write(|w| {
        w.tlv(tag::metadata::ALGORITHM, &[NO_ALGORITHM])?;
        w.tlv(tag::metadata::IS_DEFAULT, &[is_default])?;
        w.tlv(tag::metadata::RETRIES, &[TRIES, tries]).map(drop)
    })
}

fn management_metadata<P: Platform>(
    context: &Context<'_, P>,
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    let key = &context.register().management_key;
    outgoing.write(|w| {
        w.tlv(tag::metadata::ALGORITHM, &[key.algorithm().to_byte()])?;
        w.tlv(tag::metadata::POLICY, &[NO_PIN_POLICY, TOUCH_NEVER])?;
        w.tlv(tag::metadata::IS_DEFAULT, &[u8::from(key.is_factory())])
            .map(drop)
    })
}

fn key_metadata(key: &StoredKey, outgoing: &mut Outgoing) -> Result<(), Status> {
    let policy: PinPolicy = key.policy;
    let algorithm = sello_wire::key::Algorithm::P256.to_byte();
    outgoing.write(|w| {
        w.tlv(tag::metadata::ALGORITHM, &[algorithm])?;
        w.tlv(tag::metadata::POLICY, &[policy.to_byte(), TOUCH_NEVER])?;
        w.tlv(tag::metadata::ORIGIN, &[key.origin.to_byte()])?;
        w.nested(tag::metadata::PUBLIC_KEY, |w| {
            w.tlv(Tag::POINT, &key.point).map(drop)
        })?;
        Ok(())
    })
}
