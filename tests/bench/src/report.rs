//! What a run of the benchmarks found, for people and for programs.

use std::fmt;

use serde_json::{Value, json};

use crate::table::Table;

/// A limit we have set ourselves, with what was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What is limited.
    pub name: &'static str,
    /// What it is counted in.
    pub unit: &'static str,
    /// What was measured; not a number when it could not be.
    pub measured: f64,
    /// What it may be.
    pub limit: Limit,
}

/// What a measured number may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// At most this.
    Most(f64),
    /// At least this.
    Least(f64),
}

impl Bar {
    /// Whether the limit is kept.
    #[must_use]
    pub fn holds(&self) -> bool {
        match self.limit {
            Limit::Most(most) => self.measured <= most,
            Limit::Least(least) => self.measured >= least,
        }
    }

    fn to_json(&self) -> Value {
        let (name, limit) = self.limit.named();
        json!({
            "name": self.name,
            "unit": self.unit,
            "measured": self.measured,
            name.replace("at ", ""): limit,
            "holds": self.holds(),
        })
    }
}

impl Limit {
    const fn named(self) -> (&'static str, f64) {
        match self {
            Self::Most(most) => ("at most", most),
            Self::Least(least) => ("at least", least),
        }
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            unit,
            measured,
            limit,
        } = self;
        let (bound, limit) = limit.named();
        let verdict = if self.holds() { "holds" } else { "MISSED" };
        write!(
            f,
            "{verdict}: {name}: {measured:.2} {unit}, {bound} {limit:.2}"
        )
    }
}

/// Tables and bars.
#[derive(Default)]
pub struct Report {
    /// What was measured.
    pub tables: Vec<Table>,
    /// What it had to be.
    pub bars: Vec<Bar>,
}

impl Report {
    /// A report of one table.
    #[must_use]
    pub fn of(table: Table, bars: impl IntoIterator<Item = Bar>) -> Self {
        Self {
            tables: vec![table],
            bars: bars.into_iter().collect(),
        }
    }

    /// Adds another report at the end.
    pub fn append(&mut self, other: Self) {
        self.tables.extend(other.tables);
        self.bars.extend(other.bars);
    }

    /// Machine, tables and bars.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let tables: Vec<_> = self.tables.iter().map(Table::to_json).collect();
        let bars: Vec<_> = self.bars.iter().map(Bar::to_json).collect();
        json!({ "machine": machine(), "tables": tables, "bars": bars })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", machine())?;
        for table in &self.tables {
            write!(f, "\n{table}")?;
        }
        if !self.bars.is_empty() {
            writeln!(f)?;
        }
        self.bars.iter().try_for_each(|bar| writeln!(f, "{bar}"))
    }
}

/// The kind of machine, and how busy it is: a time says nothing without them.
fn machine() -> String {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let processors = read("/proc/cpuinfo");
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = read("/proc/loadavg");
    let load = load.split_whitespace().next().unwrap_or("unknown");
    format!("{model}, {cores} cores, load {load}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAR: Bar = Bar {
        name: "an APDU",
        unit: "ms",
        measured: 1.004,
        limit: Limit::Most(1.0),
    };

    #[test]
    fn a_bar_is_missed_by_however_little() {
        assert!(!BAR.holds());
        let equal = Bar {
            measured: 1.0,
            ..BAR
        };
        assert!(equal.holds());
        assert!(BAR.to_string().starts_with("MISSED: an APDU"));
    }

    #[test]
    fn a_least_bar_is_missed_from_below_and_by_what_could_not_be_measured() {
        let least = |measured| Bar {
            measured,
            limit: Limit::Least(1.0),
            ..BAR
        };
        assert!(least(1.0).holds());
        assert!(!least(0.99).holds());
        assert!(!least(f64::NAN).holds());
        let missed = Bar {
            measured: f64::NAN,
            ..BAR
        };
        assert!(!missed.holds());
        assert_eq!(least(2.0).to_json()["least"], 1.0);
        assert!(least(2.0).to_string().ends_with("at least 1.00"));
    }

    #[test]
    fn both_forms_name_the_machine_and_all_bars() {
        let report = Report::of(Table::new("T", &["what"]), [BAR]);
        let json = report.to_json();
        assert_eq!(json["bars"][0]["holds"], false);
        assert_eq!(json["tables"][0]["title"], "T");
        let machine = json["machine"].as_str().unwrap();
        assert!(machine.contains(" cores, load "), "{machine}");
        assert!(report.to_string().contains("cores"));
    }
}
