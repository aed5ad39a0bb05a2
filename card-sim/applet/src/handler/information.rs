//! What the card tells about itself: GET METADATA, GET SERIAL, GET VERSION, GET STATUS.

use sello_wire::key::PinPolicy;
use sello_wire::life_cycle::flag;
use sello_wire::pin::PinReference;
use sello_wire::status::Status;
use sello_wire::tag::{self, Tag};

use crate::attestation::VERSION;
use crate::context::Context;
use crate::failure::status_of;
use crate::link::Outgoing;
use crate::platform::Platform;
use crate::record::{ChannelKeys, Profile, ReferenceData, Register, StoredKey};
use crate::request::Subject;

/// Version of Sello's own instructions and objects (`specs/card.md`).
const SELLO_VERSION: [u8; 2] = [2, 0];
/// There is nothing to touch.
const TOUCH_NEVER: u8 = 0x01;
/// Metadata of reference data, which has no algorithm.
const NO_ALGORITHM: u8 = 0xFF;
const NO_PIN_POLICY: u8 = 0x00;
/// Key version of a card without keys of the secure channel.
const NO_KEYS: u8 = 0x00;

pub(super) fn version(outgoing: &mut Outgoing) -> Result<(), Status> {
    outgoing.write(|w| w.bytes(&VERSION).map(drop))
}

pub(super) fn serial<P: Platform>(
    context: &Context<'_, P>,
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    outgoing.write(|w| w.bytes(&context.register().serial).map(drop))
}

#[inline(never)]
pub(super) fn status<P: Platform>(
    context: &Context<'_, P>,
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    let register = context.register();
    let keys = ChannelKeys::load(context.platform, register.life_cycle).map_err(status_of)?;
    let key_version = keys.map_or(NO_KEYS, |keys| keys.version.to_byte());
    outgoing.write(|writer| {
        writer.nested(Tag::STATUS, |w| {
            w.tlv(tag::status::LIFE_CYCLE, &[register.life_cycle.to_byte()])?;
            w.tlv(tag::status::FLAGS, &[flags(register)])?;
            w.tlv(tag::status::PIN_TRIES, &tries(&register.pin))?;
            w.tlv(tag::status::PUK_TRIES, &tries(&register.puk))?;
            w.tlv(tag::status::SERIAL, &register.serial)?;
            w.tlv(
                tag::status::WRITE_COUNTER,
                &register.write_counter.to_be_bytes(),
            )?;
            w.tlv(tag::status::VERSION, &SELLO_VERSION)?;
            w.tlv(tag::status::APPROVER_TRIES, &tries(&register.approver))?;
            let counter = register.journal.counter.to_be_bytes();
            w.tlv(tag::status::JOURNAL_COUNTER, &counter)?;
            w.tlv(tag::status::KEY_VERSION, &[key_version]).map(drop)
        })?;
        Ok(())
    })
}

const fn tries(data: &ReferenceData) -> [u8; 2] {
    [data.tries, data.total]
}

fn flags(register: &Register) -> u8 {
    let flags = [
        (register.transport_pin, flag::TRANSPORT_PIN),
        (register.possession_of_any(), flag::POSSESSION_AVAILABLE),
        (register.approver_transport, flag::APPROVER_TRANSPORT_PIN),
        (register.profile == Profile::Piv, flag::PIV_PROFILE),
        (
            register.contactless_pin_forbidden,
            flag::CONTACTLESS_PIN_FORBIDDEN,
        ),
    ];
    let set = flags.into_iter().filter(|(is_set, _)| *is_set);
    set.fold(0, |all, (_, flag)| all | flag)
}

#[inline(never)]
pub(super) fn metadata<P: Platform>(
    context: &Context<'_, P>,
    subject: Subject,
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    match subject {
        Subject::Reference(reference) => reference_metadata(context, reference, outgoing),
        Subject::ManagementKey if context.register().profile == Profile::Seal => {
            Err(Status::REFERENCE_NOT_FOUND)
        }
        Subject::ManagementKey => management_metadata(context, outgoing),
        Subject::Key(slot) => {
            let key = context.key(slot)?;
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
    let data = register.reference(reference);
    outgoing.write(|w| {
        w.tlv(tag::metadata::ALGORITHM, &[NO_ALGORITHM])?;
        w.tlv(tag::metadata::IS_DEFAULT, &[is_default])?;
        w.tlv(tag::metadata::RETRIES, &[data.total, data.tries])
            .map(drop)
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
    // Other clients know no further policy.
    let policy = match key.policy {
        PinPolicy::Counted => PinPolicy::Always,
        policy => policy,
    };
    let algorithm = key.curve().algorithm().to_byte();
    outgoing.write(|w| {
        w.tlv(tag::metadata::ALGORITHM, &[algorithm])?;
        w.tlv(tag::metadata::POLICY, &[policy.to_byte(), TOUCH_NEVER])?;
        w.tlv(tag::metadata::ORIGIN, &[key.origin.to_byte()])?;
        w.nested(tag::metadata::PUBLIC_KEY, |w| {
            w.tlv(Tag::POINT, key.point.as_bytes()).map(drop)
        })?;
        Ok(())
    })
}
