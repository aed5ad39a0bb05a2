//! One card, one application.

use sello_card::{CardSession, CardStatus, Exclusive, Tier};
use sello_issuing::station::{CenterLink, Mark, Outcome, Refusal, Relay, Step};
use sello_wire::LifeCycle;

use crate::error::StationError;
use crate::relay::CardRelay;

/// Lends the card of a session to the center, which personalizes it for an application.
///
/// `progress` hears each step when it begins and when it is done. Nobody else reaches the card from
/// the first to the last command.
///
/// # Errors
/// [`StationError`]. The same call with the same card goes on where this one stopped.
pub fn personalize(
    session: &mut CardSession,
    application: &str,
    link: &mut dyn CenterLink,
    progress: &mut dyn FnMut(Step, Mark),
) -> Result<Outcome, StationError> {
    let mut card = session.exclusive().map_err(StationError::Unreadable)?;
    let status = read_status(&mut card)?;
    let mut relay = CardRelay::new(card, progress);
    let made = link.personalize(application, &mut relay);
    made.map_err(|refusal| match refusal {
        Refusal::CardState { .. } => already(&status),
        other => StationError::new(other, relay.into_lost()),
    })
}

/// Lends the card of a session to the center for anything else it does to a card.
///
/// # Errors
/// [`StationError`].
pub fn lend<T>(
    session: &mut CardSession,
    work: impl FnOnce(&mut dyn Relay) -> Result<T, Refusal>,
) -> Result<T, StationError> {
    let mut card = session.exclusive().map_err(StationError::Unreadable)?;
    if card.status().map_err(StationError::Unreadable)? == Tier::Plain {
        return Err(StationError::NotASelloCard);
    }
    let mut progress = |_, _| {};
    let mut relay = CardRelay::new(card, &mut progress);
    work(&mut relay).map_err(|refusal| StationError::new(refusal, relay.into_lost()))
}

/// Blocked and terminated cards are refused here; an operational one may only lack its last proof,
/// which the center knows.
fn read_status(card: &mut Exclusive<'_>) -> Result<CardStatus, StationError> {
    match card.status().map_err(StationError::Unreadable)? {
        Tier::Plain => Err(StationError::NotASelloCard),
        Tier::Sello(status) => match status.life_cycle {
            LifeCycle::Blocked | LifeCycle::Terminated => Err(already(&status)),
            LifeCycle::Blank | LifeCycle::Personalizing | LifeCycle::Operational => Ok(status),
        },
    }
}

const fn already(status: &CardStatus) -> StationError {
    StationError::AlreadyPersonalized {
        serial: status.serial,
        life_cycle: status.life_cycle,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{APPLICATION, Reader, ScriptedCenter};
    use sello_card::{CardError, TransportError};
    use sello_issuing::station::{CardFault, LifeCycle as State, Start};

    const SERIAL: u32 = 0x00BC_614E;
    const OPERATIONAL: u8 = 0x07;

    fn run(reader: &Reader, center: &mut ScriptedCenter) -> Result<Outcome, StationError> {
        let mut session = reader.insert();
        personalize(&mut session, APPLICATION, center, &mut |_, _| {})
    }

    #[test]
    fn what_the_center_sends_reaches_the_card_and_what_the_card_says_the_center() {
        let reader = Reader::with_card(SERIAL, 0x01);
        let wrapped = [0x84, 0xF0, 0x03, 0x00, 0x02, 0xAB, 0xCD, 0x00];
        let long = [
            &[0x04, 0xDB, 0x3F, 0xFF, 0, 1, 0x2C][..],
            &[7; 300],
            &[1, 0],
        ]
        .concat();
        let mut center = ScriptedCenter::sending([wrapped.to_vec(), long.clone()]);
        let mut heard = Vec::new();
        let outcome = personalize(
            &mut reader.insert(),
            APPLICATION,
            &mut center,
            &mut |step, mark| heard.push((step, mark)),
        )
        .unwrap();
        assert_eq!(outcome.start, Start::Fresh);
        assert_eq!(reader.seen(), [wrapped.to_vec(), long]);
        // The fake card repeats the instruction byte.
        assert_eq!(center.answers, [vec![0xF0, 0x90, 0], vec![0xDB, 0x90, 0]]);
        let step = Step::TakeCard;
        assert_eq!(heard, [(step, Mark::Begun), (step, Mark::Done)]);
    }

    #[test]
    fn a_card_pulled_is_named_with_its_step() {
        let reader = Reader::with_card(SERIAL, 0x01);
        let mut center = ScriptedCenter::sending([vec![0x84, 0xF0, 0x03, 0x00]]);
        let mut session = reader.insert();
        reader.tear_after(1);
        let made = personalize(&mut session, APPLICATION, &mut center, &mut |_, _| {});
        assert_eq!(
            made,
            Err(StationError::Card {
                step: Step::TakeCard,
                error: CardError::Transport(TransportError::Removed)
            })
        );
        assert_eq!(reader.seen(), Vec::<Vec<u8>>::new());
    }

    #[test]
    fn nothing_but_commands_of_the_card_edge_reaches_the_card() {
        for strange in [vec![0xA0, 0xF2, 0, 0], vec![0x84], vec![0x84, 0x11, 0, 0]] {
            let reader = Reader::with_card(SERIAL, 0x01);
            let mut center = ScriptedCenter::sending([strange]);
            assert!(run(&reader, &mut center).is_err());
            assert_eq!(reader.seen(), Vec::<Vec<u8>>::new());
        }
    }

    #[test]
    fn a_finished_card_is_refused() {
        let reader = Reader::with_card(SERIAL, OPERATIONAL);
        let life_cycle = State::Operational;
        let mut center = ScriptedCenter::refusing(Refusal::CardState { life_cycle });
        assert_eq!(
            run(&reader, &mut center),
            Err(StationError::AlreadyPersonalized {
                serial: SERIAL,
                life_cycle: LifeCycle::Operational
            })
        );
    }

    #[test]
    fn blocked_and_terminated_cards_are_refused_before_the_center_is_asked() {
        for life_cycle in [LifeCycle::Blocked, LifeCycle::Terminated] {
            let reader = Reader::with_card(SERIAL, life_cycle.to_byte());
            let mut center = ScriptedCenter::sending([]);
            assert_eq!(
                run(&reader, &mut center),
                Err(StationError::AlreadyPersonalized {
                    serial: SERIAL,
                    life_cycle
                })
            );
            assert!(!center.asked);
        }
    }

    #[test]
    fn a_card_of_another_make_is_refused_before_the_center_is_asked() {
        let reader = Reader::with_foreign_card();
        let mut center = ScriptedCenter::sending([]);
        assert_eq!(run(&reader, &mut center), Err(StationError::NotASelloCard));
        assert!(!center.asked);
    }

    #[test]
    fn refusals_of_the_center_are_passed_on() {
        let reader = Reader::with_card(SERIAL, 0x01);
        let refusals = [
            Refusal::Possession,
            Refusal::ForeignKeys { serial: SERIAL },
            Refusal::Card {
                step: Some(Step::Certify),
                fault: CardFault::Channel,
            },
        ];
        for refusal in refusals {
            let mut center = ScriptedCenter::refusing(refusal.clone());
            assert_eq!(
                run(&reader, &mut center),
                Err(StationError::Refused(refusal))
            );
        }
    }
}
