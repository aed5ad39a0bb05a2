//! The smallest change a blank card allows: the center's keys in place of the factory's.

use sello_scp03::{InitializeUpdateResponse, Key, KeyVersion, Level, Software, StaticKeys};
use sello_scp03::{handshake, host, put_key};
use sello_wire::Command;

const SELECT: &[u8] = &[0, 0xA4, 4, 0, 5, 0xA0, 0, 0, 3, 8];

fn bytes(command: &Command<'_>) -> Vec<u8> {
    let mut bytes = vec![0; command.encoded_length()];
    command.encode(&mut bytes).unwrap().to_vec()
}

/// Opens a channel with the factory's keys and gives the wrapped PUT KEY that the card waits for.
pub(crate) fn put_key_through(mut send: impl FnMut(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let challenge = [7; 8];
    let factory = StaticKeys::factory();
    send(SELECT);
    let answer = send(&bytes(&handshake::initialize_update(None, &challenge)));
    let answer = InitializeUpdateResponse::parse::<()>(&answer[..answer.len() - 2]).unwrap();
    let (mut session, authenticate) =
        host::authenticate(&mut Software, &factory, &challenge, &answer, Level::MAC).unwrap();
    assert_eq!(send(&bytes(&authenticate.command())), [0x90, 0]);
    let keys = StaticKeys::single(&Key::new(&[0x5A; 16]).unwrap());
    let version = KeyVersion::new(1).unwrap();
    let mut data = [0; put_key::LARGEST];
    let data = put_key::encode(&mut Software, factory.dek(), version, &keys, &mut data).unwrap();
    let command = put_key::command(KeyVersion::FACTORY, data);
    let mut buffer = [0; 512];
    bytes(&session.wrap(&mut Software, &command, &mut buffer).unwrap())
}
