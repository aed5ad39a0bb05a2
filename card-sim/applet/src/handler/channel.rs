//! INITIALIZE UPDATE, EXTERNAL AUTHENTICATE and PUT KEY (GlobalPlatform Amendment D v1.1.1, 7).

use sello_scp03::card::Pending;
use sello_scp03::put_key::{self, PutKeyError};
use sello_scp03::{Error, InitializeUpdateResponse, static_keys};
use sello_wire::apdu::Command;
use sello_wire::instruction::{CLA_SECURE, Instruction};
use sello_wire::status::Status;

use crate::channel::Channel;
use crate::context::Context;
use crate::failure::status_of;
use crate::gate::Managed;
use crate::link::Outgoing;
use crate::platform::{Change, Platform, Record};
use crate::record::ChannelKeys;

/// Key version that asks for whatever keys the card has.
const ANY_VERSION: u8 = 0;

/// The keys of the channel.
fn load<P: Platform>(context: &Context<'_, P>) -> Result<ChannelKeys, Status> {
    ChannelKeys::load(context.platform, context.register().life_cycle)
        .map_err(status_of)?
        .ok_or(Status::REFERENCE_NOT_FOUND)
}

/// Begins a channel; the one there was is closed.
#[inline(never)]
pub(super) fn initialize<P: Platform>(
    context: &mut Context<'_, P>,
    key_version: u8,
    host_challenge: &[u8; 8],
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    context.session.channel = Channel::Closed;
    let stored = load(context)?;
    let version = stored.version.to_byte();
    if key_version != ANY_VERSION && key_version != version {
        return Err(Status::REFERENCE_NOT_FOUND);
    }
    let mut card_challenge = [0; 8];
    context
        .platform
        .random(&mut card_challenge)
        .map_err(status_of)?;
    let pending = Pending::begin(
        context.platform,
        &stored.keys,
        host_challenge,
        &card_challenge,
    )
    .map_err(status_of)?;
    let answer = InitializeUpdateResponse {
        diversification_data: static_keys::diversification_data(context.register().serial),
        key_version: version,
        card_challenge,
        card_cryptogram: *pending.card_cryptogram(),
        sequence_counter: None,
    };
    outgoing.write(|w| w.bytes(&answer.to_bytes()).map(drop))?;
    context.session.channel = Channel::Begun {
        pending,
        factory: stored.is_factory(),
    };
    Ok(())
}

/// Opens the channel that was begun; a beginning is good for one answer.
#[inline(never)]
pub(super) fn authenticate<P: Platform>(
    context: &mut Context<'_, P>,
    level: u8,
    data: &[u8; 16],
) -> Result<(), Status> {
    let Channel::Begun { pending, factory } = core::mem::take(&mut context.session.channel) else {
        return Err(Status::CONDITIONS_NOT_SATISFIED);
    };
    let command = Command {
        cla: Instruction::ExternalAuthenticate.cla() | CLA_SECURE,
        ins: Instruction::ExternalAuthenticate.ins(),
        p1: level,
        p2: 0,
        data,
        expected: 0,
        extended: false,
    };
    let session =
        pending
            .authenticate(context.platform, &command)
            .map_err(|error| match error {
                Error::Primitives(failure) => status_of(failure),
                Error::Level { .. } => Status::INCORRECT_P1_P2,
                _ => Status::SECURITY_STATUS_NOT_SATISFIED,
            })?;
    context.session.channel = Channel::Open { session, factory };
    Ok(())
}

/// Puts the center's keys in place of the ones there are. The channel goes on with its session keys,
/// but counts as opened with the old ones.
#[inline(never)]
pub(super) fn put_key<P: Platform>(
    context: &mut Context<'_, P>,
    _right: &Managed,
    key_version: u8,
    data: &[u8],
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    let stored = load(context)?;
    // 00 adds keys to a set of several; this card has one set.
    if key_version != ANY_VERSION && key_version != stored.version.to_byte() {
        return Err(Status::REFERENCE_NOT_FOUND);
    }
    let (version, keys) = put_key::decode(context.platform, stored.keys.dek(), data).map_err(
        |error| match error {
            PutKeyError::Primitives(failure) => status_of(failure),
            _ => Status::INCORRECT_DATA,
        },
    )?;
    let answer = put_key::answer(context.platform, version, &keys).map_err(status_of)?;
    outgoing.write(|w| w.bytes(&answer).map(drop))?;
    let bytes = ChannelKeys { version, keys }.encode();
    let change = Change::Write(Record::ChannelKeys, bytes.as_slice());
    let register = context.register().clone();
    context.commit_counted(register, [Some(change), None])
}
