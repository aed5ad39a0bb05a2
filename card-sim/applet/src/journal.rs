//! The stamp journal (`specs/card.md`, "Journal").

use sello_wire::key::Slot;
use sello_wire::status::Status;

use crate::context::Context;
use crate::platform::Platform;
use crate::record::StoredKey;

/// What a signature was given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Stamp,
    Possession,
}

/// Makes everything a signature changes the state of the card, in one commit.
///
/// # Errors
/// As [`Context::commit`].
pub(crate) fn commit<P: Platform>(
    context: &mut Context<'_, P>,
    slot: Slot,
    _key: &StoredKey,
    kind: Kind,
    _digest: &[u8],
) -> Result<(), Status> {
    if kind == Kind::Stamp {
        return Ok(());
    }
    let mut register = context.register().clone();
    register.set_possession(slot, false);
    context.commit(register, [None, None])
}
