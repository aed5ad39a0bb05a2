//! Recording steps, and the end of a run.

use sello_issuing::state::Event;
use sello_issuing::station::{LifeCycle, Mark, Refusal, Run, Step};
use serde_json::json;

use super::{Station, certificate_of, open_run};
use crate::Error;
use crate::audit::Entry;
use crate::card::Found;
use crate::center::{advance, find};
use crate::ledger::{RunState, StepRow};

impl Station<'_> {
    /// Records a step before or after it.
    pub(super) fn record_step(&mut self, run: &Run, step: Step, mark: Mark) -> Result<(), Error> {
        let at = self.center.now()?;
        let mut transaction = self.center.ledger.begin()?;
        let run = open_run(transaction.as_mut(), run)?;
        let steps = transaction.steps(&run.id)?;
        if !is_due(&steps, step, mark) {
            return Err(Refusal::OutOfOrder { step }.into());
        }
        transaction.record_step(&run.id, step, mark, at)?;
        transaction.append(Entry {
            at,
            actor: self.officer.name().to_owned(),
            action: "step".to_owned(),
            subject: run.application,
            detail: json!({
                "run": run.id,
                "step": step.word(),
                "mark": mark.word(),
            }),
        })?;
        transaction.commit()
    }

    /// The card, read again, is complete: the application is issued.
    pub(super) fn finish_run(&mut self, run: &Run, card: &Found) -> Result<(), Error> {
        let at = self.center.now()?;
        let mut transaction = self.center.ledger.begin()?;
        let run = open_run(transaction.as_mut(), run)?;
        let certificate = certificate_of(transaction.as_mut(), &run.id)?;
        let same = certificate.as_ref().is_some_and(|one| {
            one.card_serial == hex::encode(card.serial)
                && card.point.as_ref().map(hex::encode) == Some(one.point.clone())
        });
        if !same {
            return Err(Refusal::OtherCard.into());
        }
        if card.life_cycle != LifeCycle::Operational {
            return Err(Refusal::CardState {
                life_cycle: card.life_cycle,
            }
            .into());
        }
        let steps = transaction.steps(&run.id)?;
        if let Some(step) = Step::ALL.into_iter().find(|step| !is_done(&steps, *step)) {
            return Err(Refusal::OutOfOrder { step }.into());
        }
        transaction.set_run_state(&run.id, RunState::Finished)?;
        let row = find(transaction.as_mut(), &run.application)?;
        let detail = json!({ "run": run.id });
        let actor = self.officer.name();
        advance(transaction.as_mut(), &row, Event::Issue, actor, at, detail)?;
        transaction.commit()
    }
}

pub(super) fn is_done(steps: &[StepRow], step: Step) -> bool {
    steps
        .iter()
        .any(|row| row.step == step.word() && row.mark == Mark::Done.word())
}

/// A step may begin when all before it are done, and be done when it has begun. `Certify` is the
/// center's own.
fn is_due(steps: &[StepRow], step: Step, mark: Mark) -> bool {
    if step == Step::Certify {
        return false;
    }
    let earlier_done = Step::ALL
        .into_iter()
        .take_while(|earlier| *earlier < step)
        .all(|earlier| is_done(steps, earlier));
    let begun = steps
        .iter()
        .any(|row| row.step == step.word() && row.mark == Mark::Begun.word());
    earlier_done && (mark == Mark::Begun || begun)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(steps: &[(Step, Mark)]) -> Vec<StepRow> {
        let row = |(step, mark): &(Step, Mark)| StepRow {
            step: step.word().into(),
            mark: mark.word().into(),
            recorded_at: 0,
        };
        steps.iter().map(row).collect()
    }

    #[test]
    fn steps_come_in_order() {
        use Mark::{Begun, Done};
        use Step::{Certify, ChannelKeys, TakeCard};
        let nothing = recorded(&[]);
        assert!(is_due(&nothing, ChannelKeys, Begun));
        assert!(!is_due(&nothing, ChannelKeys, Done));
        assert!(!is_due(&nothing, TakeCard, Begun));
        let begun = recorded(&[(ChannelKeys, Begun)]);
        assert!(is_due(&begun, ChannelKeys, Begun));
        assert!(is_due(&begun, ChannelKeys, Done));
        assert!(!is_due(&begun, TakeCard, Begun));
        let done = recorded(&[(ChannelKeys, Begun), (ChannelKeys, Done)]);
        assert!(is_due(&done, TakeCard, Begun));
        let every: Vec<_> = Step::ALL
            .into_iter()
            .flat_map(|step| [(step, Begun), (step, Done)])
            .collect();
        assert!(!is_due(&recorded(&every), Certify, Begun));
    }
}
