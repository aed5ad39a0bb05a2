//! SELECT (SP 800-73-5 part 2, 3.1.1).

use sello_wire::aid;
use sello_wire::key::Algorithm;
use sello_wire::status::Status;
use sello_wire::tag::Tag;

use crate::context::Context;
use crate::link::Outgoing;
use crate::platform::Platform;

const LABEL: &[u8] = b"Sello";
const ALGORITHMS: [Algorithm; 5] = [
    Algorithm::Aes128,
    Algorithm::Aes192,
    Algorithm::Aes256,
    Algorithm::P256,
    Algorithm::P384,
];
/// "The algorithms are those of the identifiers", an object identifier of one zero byte (SP 800-73-5
/// part 2, table 4).
const ALGORITHM_AUTHORITY: (Tag, [u8; 1]) = (Tag(0x06), [0]);

/// Selects PIV; selecting it again keeps the rights.
pub(super) fn piv<P: Platform>(
    context: &mut Context<'_, P>,
    outgoing: &mut Outgoing,
) -> Result<(), Status> {
    context.session.selected = true;
    outgoing.write(|writer| {
        writer.nested(Tag::APPLICATION_PROPERTY, |w| {
            w.tlv(Tag::AID, &aid::PIV_PIX)?;
            w.nested(Tag::TAG_ALLOCATION_AUTHORITY, |w| {
                w.tlv(Tag::AID, &aid::PIV_RID).map(drop)
            })?;
            w.tlv(Tag::LABEL, LABEL)?;
            w.nested(Tag::ALGORITHMS, |w| {
                for algorithm in ALGORITHMS {
                    w.tlv(Tag::MECHANISM, &[algorithm.to_byte()])?;
                }
                let (tag, value) = ALGORITHM_AUTHORITY;
                w.tlv(tag, &value).map(drop)
            })?;
            Ok(())
        })?;
        Ok(())
    })
}

/// The card has no other application: whoever asks for one loses the rights, and PIV stays selected.
pub(super) fn other<P: Platform>(context: &mut Context<'_, P>) -> Result<(), Status> {
    context.session.drop_rights();
    Err(Status::NOT_FOUND)
}
