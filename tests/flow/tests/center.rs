//! What the center does with a card besides making one seal after the other.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

mod room;

use sello_card::Pin;
use sello_flow::letter;

use room::Room;

#[test]
fn under_dual_control_custodian_and_approver_get_a_letter_each() {
    let room = Room::approved(true);
    let (custodian, approver) = (room.path("custodian.pdf"), room.path("approver.pdf"));
    room.must(|center| {
        center.personalize_for_two(&room.application, &room.reader, &custodian, &approver)
    });
    let codes = letter::read(&custodian).unwrap();
    let approvers = letter::read_approvers(&approver).unwrap();
    assert_eq!(approvers.len(), 6);
    assert!(letter::read(&approver).is_err(), "a PUK for the approver");
    let mut session = room.card();
    let mut card = session.exclusive().unwrap();
    let transport = Pin::new(codes.pin.as_bytes()).unwrap();
    card.change_pin(&transport, &Pin::new(b"739164").unwrap())
        .unwrap();
    // The key demands an approval, the PIN alone does not do.
    card.verify_pin(&Pin::new(b"739164").unwrap()).unwrap();
    assert!(card.sign(sello_wire::Slot::Signature, &[7; 32]).is_err());
    room.must(|center| center.audit_verify());
}

#[test]
fn a_blocked_card_gets_a_new_pin_and_a_revoked_one_its_end() {
    let room = Room::approved(false);
    let first = room.path("first.pdf");
    room.must(|center| center.personalize(&room.application, &room.reader, &first));
    let codes = letter::read(&first).unwrap();
    let own = Pin::new(b"739164").unwrap();
    let transport = Pin::new(codes.pin.as_bytes()).unwrap();
    let mut session = room.card();
    let mut card = session.exclusive().unwrap();
    card.change_pin(&transport, &own).unwrap();
    for _ in 0..3 {
        card.verify_pin(&Pin::new(b"000000").unwrap()).unwrap_err();
    }
    assert!(card.verify_pin(&own).is_err());
    room.must(|center| center.activate(&room.application, &room.reader));

    let anew = room.path("anew.pdf");
    room.must(|center| center.unblock_card(&room.application, &room.reader, &anew));
    let pin = letter::read_approvers(&anew).unwrap();
    let mut session = room.card();
    let mut card = session.exclusive().unwrap();
    card.change_pin(&Pin::new(pin.as_bytes()).unwrap(), &own)
        .unwrap();
    card.verify_pin(&own).unwrap();
    card.sign(sello_wire::Slot::Signature, &[7; 32]).unwrap();

    let early = room.run(|center| center.terminate_card(&room.application, &room.reader));
    assert_eq!(early.code, 1, "{}", early.stderr);
    assert!(early.stderr.contains("revoke"), "{}", early.stderr);
    room.must(|center| center.revoke(&room.application, "superseded"));
    room.must(|center| center.terminate_card(&room.application, &room.reader));
    let mut session = room.card();
    let mut card = session.exclusive().unwrap();
    let status = card.sello_status().unwrap();
    assert_eq!(status.life_cycle, sello_wire::LifeCycle::Terminated);
    assert!(card.verify_pin(&own).is_err());
    room.must(|center| center.audit_verify());
}
