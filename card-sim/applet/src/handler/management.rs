//! Authentication with the management key (SP 800-73-5 part 2, 3.2.4 and appendix A) and its change.

use sello_wire::key::Algorithm;
use sello_wire::status::Status;
use sello_wire::tag::Tag;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::failure::status_of;
use crate::gate::Managed;
use crate::link::Outgoing;
use crate::platform::Platform;
use crate::record::ManagementKey;
use crate::request::ManagementStep;
use crate::session::Pending;

type Block = Zeroizing<[u8; 16]>;

/// One step of an authentication; whatever was pending is used up by it.
#[inline(never)]
pub(super) fn authenticate<P: Platform>(
    context: &mut Context<'_, P>,
    algorithm: Option<Algorithm>,
    step: ManagementStep<'_>,
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    let pending = core::mem::take(&mut context.session.pending);
    let own = context.register().management_key.algorithm();
    if algorithm.is_some_and(|a| a != own) {
        return Err(Status::INCORRECT_P1_P2);
    }
    match (step, pending) {
        (ManagementStep::AskWitness, _) => {
            let witness = random_block(context)?;
            let encrypted = encrypt(context, &witness)?;
            context.session.pending = Pending::Witness(witness);
            reply(outgoing, Tag::WITNESS, &encrypted)
        }
        (ManagementStep::AskChallenge, _) => {
            let challenge = random_block(context)?;
            reply(outgoing, Tag::CHALLENGE, &challenge)?;
            context.session.pending = Pending::Challenge(challenge);
            Ok(())
        }
        (ManagementStep::Mutual { witness, challenge }, Pending::Witness(asked)) => {
            grant(context, asked.ct_eq(witness).into())?;
            let encrypted = encrypt(context, challenge)?;
            reply(outgoing, Tag::RESPONSE, &encrypted)
        }
        (ManagementStep::Single { response }, Pending::Challenge(asked)) => {
            let encrypted = encrypt(context, &asked)?;
            grant(context, encrypted.ct_eq(response).into())
        }
        _ => Err(Status::CONDITIONS_NOT_SATISFIED),
    }
}

/// Gives the right, or takes it away from who proved not to have the key.
fn grant<P: Platform>(context: &mut Context<'_, P>, proved: bool) -> Result<(), Status> {
    context.session.managed = proved;
    if proved {
        Ok(())
    } else {
        Err(Status::SECURITY_STATUS_NOT_SATISFIED)
    }
}

fn random_block<P: Platform>(context: &mut Context<'_, P>) -> Result<Block, Status> {
    let mut block = Zeroizing::new([0; 16]);
    context
        .platform
        .random(block.as_mut_slice())
        .map_err(status_of)?;
    Ok(block)
}

fn encrypt<P: Platform>(context: &mut Context<'_, P>, block: &[u8; 16]) -> Result<Block, Status> {
    let key = context.register().management_key.clone();
    let mut block = Zeroizing::new(*block);
    context
        .platform
        .encrypt_block(key.algorithm(), key.bytes(), &mut block)
        .map_err(status_of)?;
    Ok(block)
}

fn reply(outgoing: &mut Outgoing, tag: Tag, block: &[u8; 16]) -> Result<(), Status> {
    outgoing.write(|writer| {
        writer
            .nested(Tag::DYNAMIC_AUTHENTICATION, |w| w.tlv(tag, block).map(drop))
            .map(drop)
    })
}

/// Sets another management key; who set it stays authenticated.
#[inline(never)]
pub(super) fn set_key<P: Platform>(
    context: &mut Context<'_, P>,
    _right: &Managed,
    key: ManagementKey,
) -> Result<(), Status> {
    let mut register = context.register().clone();
    register.management_key = key;
    context.commit_counted(register, [None, None])
}
