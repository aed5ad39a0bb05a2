//! What no PIV card has: policies, batches, the journal.

use sello_wire::status::Status;

use crate::context::Context;
use crate::link::Outgoing;
use crate::platform::Platform;
use crate::request::Request;

pub(super) fn handle<P: Platform>(
    _context: &mut Context<'_, P>,
    _request: &Request<'_>,
    _outgoing: &mut Outgoing,
) -> Result<(), Status> {
    Err(Status::FUNCTION_NOT_SUPPORTED)
}
