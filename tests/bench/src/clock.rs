//! What the dialogues take with named cards, by the timing model's clock.

use std::error::Error;

use sello_simulator::{Line, Pace, Timing, TimingProfile};

use crate::report::Report;
use crate::scenes::Scenes;
use crate::table::{Cell, Table};
use crate::times::milliseconds;

/// A contact reader's usual rate, and contactless ones.
const LINES: [Line; 4] = [
    Line::Contact(115_200),
    Line::Contactless(106),
    Line::Contactless(424),
    Line::Contactless(848),
];

/// A table for each profile: dialogues down, lines across.
///
/// # Errors
/// When a profile cannot be read.
pub fn report(scenes: &Scenes) -> Result<Report, Box<dyn Error>> {
    let mut report = Report::default();
    for name in TimingProfile::names() {
        report.tables.push(table(name, scenes)?);
    }
    Ok(report)
}

fn table(name: &str, scenes: &Scenes) -> Result<Table, Box<dyn Error>> {
    let profile = TimingProfile::find(name)?;
    let title = format!(
        "Modelled milliseconds with {name} ({})",
        profile.description()
    );
    let lines = LINES.map(|line| line.to_string());
    let mut head = vec!["dialogue"];
    head.extend(lines.iter().map(String::as_str));
    let mut table = Table::new(&title, &head);
    let timings = LINES.map(|line| Timing {
        profile: profile.clone(),
        line,
        pace: Pace::Virtual,
    });
    for dialogue in scenes.dialogues() {
        let time = |timing: &Timing| Cell::Number(milliseconds(dialogue.time(timing)), 0);
        let name = Cell::from(dialogue.name);
        table.row([name].into_iter().chain(timings.iter().map(time)));
    }
    Ok(table)
}
