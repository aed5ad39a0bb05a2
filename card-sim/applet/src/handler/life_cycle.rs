//! SET STATUS (`specs/card.md`, "Life cycle").

use sello_wire::key::Slot;
use sello_wire::life_cycle::LifeCycle;
use sello_wire::object::ObjectTag;
use sello_wire::pin::PinReference;
use sello_wire::status::Status;

use crate::context::Context;
use crate::failure::status_of;
use crate::gate::Managed;
use crate::platform::{Change, Platform, Record};
use crate::record::StoredKey;

/// Moves the card to another state. Every permitted move is listed here.
#[inline(never)]
pub(super) fn set<P: Platform>(
    context: &mut Context<'_, P>,
    _right: &Managed,
    target: LifeCycle,
) -> Result<(), Status> {
    let register = context.register();
    match (register.life_cycle, target) {
        (LifeCycle::Blank | LifeCycle::Personalizing, LifeCycle::Personalizing) => {
            // Keys that everybody knows protect nothing.
            if !context.session.channel.is_open_with_own_keys() {
                return Err(Status::CONDITIONS_NOT_SATISFIED);
            }
            let wiped = register.wiped(target);
            context.commit_counted(wiped, WIPE)
        }
        (LifeCycle::Personalizing, LifeCycle::Operational) => {
            demand_personalized(context)?;
            let mut delivered = context.register().clone();
            delivered.life_cycle = target;
            delivered.transport_pin = true;
            delivered.end_possession();
            context.commit(delivered, [None, None])
        }
        (LifeCycle::Operational, LifeCycle::Blocked)
        | (LifeCycle::Blocked, LifeCycle::Operational) => {
            let mut moved = register.clone();
            moved.life_cycle = target;
            context.commit(moved, [None, None])
        }
        (_, LifeCycle::Terminated) => {
            let ended = register.without_secrets(target);
            let channel_keys = Change::Erase(Record::ChannelKeys);
            context.commit_counted(ended, [Some(Change::EraseKeys), Some(channel_keys)])
        }
        _ => Err(Status::CONDITIONS_NOT_SATISFIED),
    }?;
    context.session.drop_pin();
    Ok(())
}

/// Makes a plain PIV card as it left the factory, when nobody can use it any more (common extension).
#[inline(never)]
pub(super) fn reset<P: Platform>(context: &mut Context<'_, P>) -> Result<(), Status> {
    let register = context.register();
    if register.pin.tries > 0 || register.puk.tries > 0 {
        return Err(Status::CONDITIONS_NOT_SATISFIED);
    }
    let wiped = register.wiped(register.life_cycle);
    context.commit_counted(wiped, WIPE)?;
    context.session.drop_rights();
    Ok(())
}

/// Sets what the card allows.
#[inline(never)]
pub(super) fn set_policy<P: Platform>(
    context: &mut Context<'_, P>,
    _right: &Managed,
    contactless_pin_forbidden: bool,
) -> Result<(), Status> {
    let mut register = context.register().clone();
    register.contactless_pin_forbidden = contactless_pin_forbidden;
    context.commit(register, [None, None])
}

const WIPE: [Option<Change<'static>>; 2] = [Some(Change::EraseKeys), Some(Change::EraseObjects)];

/// A card may leave the center with a seal key, its certificate, and no factory PIN or PUK.
fn demand_personalized<P: Platform>(context: &Context<'_, P>) -> Result<(), Status> {
    let register = context.register();
    let has_key = StoredKey::load(context.platform, Slot::Signature)
        .map_err(status_of)?
        .is_some();
    let certificate = Record::Object(ObjectTag::certificate(Slot::Signature));
    let has_certificate = context.platform.holds(certificate).map_err(status_of)?;
    let factory = register.is_factory(PinReference::Pin) || register.is_factory(PinReference::Puk);
    if has_key && has_certificate && !factory {
        Ok(())
    } else {
        Err(Status::CONDITIONS_NOT_SATISFIED)
    }
}
