//! The center's end of the secure channel, so that the card's end is measured too.

use sello_scp03::handshake::Challenge;
use sello_scp03::host::{self, Session};
use sello_scp03::{Error, InitializeUpdateResponse, Level, Software, StaticKeys};
use sello_wire::apdu::Command;
use sello_wire::status::Status;

use crate::table::{Reader, Refused, Table, copy};

const HOST_CHALLENGE: Challenge = [0xC5; 8];

/// Opens a channel that protects all there is, with the factory's keys, and asks for the status in it.
pub(crate) fn play<R: Reader>(table: &mut Table<'_, R>) -> Result<(), Refused> {
    let mut session = open(table)?;
    let name = "GET STATUS in the channel";
    let command = Command {
        cla: 0x80,
        ins: 0xF2,
        p1: 0,
        p2: 0,
        data: &[],
        expected: 256,
        extended: false,
    };
    let mut buffer = [0; 32];
    let wrapped = session.wrap(&mut Software, &command, &mut buffer);
    let wrapped = wrapped.map_err(otherwise(name))?;
    let header = [wrapped.cla, wrapped.ins, wrapped.p1, wrapped.p2];
    let answer = table.say(name, header, wrapped.data)?;
    let mut data = [0; 256];
    let length = copy(&mut data, Some(answer));
    let data = data.get_mut(..length).unwrap_or_default();
    let plain = session.unwrap_response(&mut Software, data, Status::OK);
    plain.map(drop).map_err(otherwise(name))
}

fn open<R: Reader>(table: &mut Table<'_, R>) -> Result<Session, Refused> {
    let name = "INITIALIZE UPDATE";
    let answer = table.say(name, [0x80, 0x50, 0x00, 0x00], &HOST_CHALLENGE)?;
    let answer = InitializeUpdateResponse::parse(answer).map_err(otherwise(name))?;
    let keys = StaticKeys::factory();
    let level = Level::ENCRYPTION_BOTH;
    let opened = host::authenticate(&mut Software, &keys, &HOST_CHALLENGE, &answer, level);
    let (session, proof) = opened.map_err(otherwise(name))?;
    let name = "EXTERNAL AUTHENTICATE";
    table.say(name, [0x84, 0x82, level.to_byte(), 0x00], &proof.data)?;
    Ok(session)
}

/// The card answered `9000`, but not what it had to.
fn otherwise(
    name: &'static str,
) -> impl Fn(Error<sello_scp03::software::SoftwareError>) -> Refused {
    move |_| Refused { name, status: 0 }
}
