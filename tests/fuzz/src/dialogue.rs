//! Whole dialogues with a card, from power to power cut.
//!
//! The first byte chooses a card (see [`stages`]), the others say what happens to it (see [`script`]):
//! commands of every instruction, plain, chained, wrapped, damaged or repeated, from two hosts in turn;
//! authentications; resets, removals, power cuts, and a random number generator that fails. After each
//! command [`model`] looks at the card's memory and holds the answer against what may be.
//!
//! The card's own random numbers are not part of the input: keys and challenges differ from run to run.

pub mod host;
pub mod merkle;
pub mod model;
pub mod play;
pub mod script;
pub mod stages;
pub mod templates;
pub mod view;

/// Most things that happen in a dialogue.
const LONGEST: usize = 60;

/// Plays the dialogue the bytes say.
pub fn run(data: &[u8]) {
    let mut script = script::Script::new(data);
    let stage = script.byte();
    let mut play = play::Play::begin(&stages::all()[usize::from(stage) % stages::all().len()]);
    for _ in 0..LONGEST {
        let Some(action) = script.action() else {
            break;
        };
        play.act(&action);
    }
    play.end();
}
