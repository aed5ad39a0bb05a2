//! The fuzz targets read the card's memory where the card says it is.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs
)]

use sello_fuzz::dialogue::stages;
use sello_fuzz::dialogue::view::View;
use sello_simulator::SimulatedCard;
use sello_wire::pin::PinReference;
use sello_wire::tag::{self, Tag};
use sello_wire::{Channel, LifeCycle, tlv};

fn transmit(card: &mut SimulatedCard, command: &[u8]) -> Vec<u8> {
    let mut buffer = [0; 300];
    let answer = card.transmit(command, &mut buffer).unwrap();
    answer.strip_suffix(&[0x90, 0]).unwrap().to_vec()
}

#[test]
fn get_status_says_what_the_memory_holds() {
    assert_eq!(stages::all().len(), 11);
    for stage in stages::all() {
        let view = View::of(&stage.state);
        let mut card = SimulatedCard::from_state(&stage.state).unwrap();
        transmit(&mut card, &[0, 0xA4, 4, 0, 5, 0xA0, 0, 0, 3, 8]);
        let answer = transmit(&mut card, &[0x80, 0xF2, 0, 0, 0]);
        let template = tlv::find(&answer, Tag::STATUS).unwrap().unwrap();
        let field = |tag| tlv::find(template, tag).unwrap().unwrap();
        assert_eq!(
            field(tag::status::LIFE_CYCLE),
            [view.life_cycle().to_byte()]
        );
        let [flags] = *field(tag::status::FLAGS) else {
            panic!()
        };
        assert_eq!(flags & 0x01 != 0, view.transport_pin(), "{}", stage.name);
        assert_eq!(flags & 0x08 != 0, view.is_piv(), "{}", stage.name);
        assert_eq!(flags & 0x10 != 0, view.contactless_policy());
        let possession = (0x82..=0x9E).any(|slot| view.possession(slot));
        assert_eq!(flags & 0x02 != 0, possession, "{}", stage.name);
        for (tag, reference) in [
            (tag::status::PIN_TRIES, PinReference::Pin),
            (tag::status::PUK_TRIES, PinReference::Puk),
            (tag::status::APPROVER_TRIES, PinReference::Approver),
        ] {
            let data = view.reference(reference);
            assert_eq!(field(tag), [data.tries, data.total], "{}", stage.name);
        }
        assert_eq!(field(tag::status::SERIAL), view.identity().1);
        assert_eq!(
            field(tag::status::WRITE_COUNTER),
            view.write_counter().to_be_bytes()
        );
        let journal = view.journal_counter().to_be_bytes();
        assert_eq!(field(tag::status::JOURNAL_COUNTER), journal);
        // A plain PIV card has no channel, and a terminated one no keys.
        let version = view.channel_keys().0.to_byte();
        let version = if view.is_piv() || view.life_cycle() == LifeCycle::Terminated {
            0
        } else {
            version
        };
        assert_eq!(field(tag::status::KEY_VERSION), [version]);
    }
}

#[test]
fn the_card_with_approvals_has_them() {
    let stage = stages::all().iter().find(|s| s.name.contains("approvals"));
    let view = View::of(&stage.unwrap().state);
    assert_eq!(view.approvals(0x83), 5);
    let key = view.key(0x83).unwrap();
    assert!(key.dual_control() && key.is_generated());
    assert_eq!((key.policy(), key.scalar().len()), (4, 32));
    assert_eq!(view.key(0x9A).unwrap().scalar().len(), 48);
}

#[test]
fn a_wrong_pin_is_a_retry_counter_and_no_more() {
    let stage = stages::all().iter().find(|s| s.name == "operational");
    let mut card = SimulatedCard::from_state(&stage.unwrap().state).unwrap();
    transmit(&mut card, &[0, 0xA4, 4, 0, 5, 0xA0, 0, 0, 3, 8]);
    let before = View::of(&card.state());
    let mut buffer = [0; 300];
    let wrong = [&[0, 0x20, 0, 0x80, 8][..], b"000000\xFF\xFF"].concat();
    let answer = card.transmit(&wrong, &mut buffer).unwrap();
    assert_eq!(answer, [0x63, 0xC2]);
    let after = View::of(&card.state());
    assert_ne!(before.bytes(), after.bytes());
    assert!(before.lasting() == after.lasting());
    assert_eq!(after.reference(PinReference::Pin).tries, 2);
}
