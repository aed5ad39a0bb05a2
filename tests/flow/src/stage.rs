//! The real stage of the demo: programs as processes, the card behind pcscd.

use std::io;
use std::path::Path;

use crate::demo::{Language, Stage};
use crate::programs::{Programs, Spawned};
use crate::rack::Rack;

/// Programs as processes of their own and a simulated card in a virtual reader.
pub struct Real {
    programs: Spawned,
    rack: Option<Rack>,
}

impl Real {
    /// A stage whose programs speak this language.
    ///
    /// # Errors
    /// When the programs are not found.
    pub fn new(language: Language) -> io::Result<Self> {
        Ok(Self {
            programs: Spawned::find(language.locale())?,
            rack: None,
        })
    }
}

impl Stage for Real {
    fn programs(&self) -> &dyn Programs {
        &self.programs
    }

    fn insert_blank_card(&mut self, state: &Path) -> io::Result<String> {
        let rack = Rack::start(&self.programs, &[state])?;
        let reader = rack.reader(0).to_owned();
        self.rack = Some(rack);
        Ok(reader)
    }

    fn has_real_stack(&self) -> bool {
        true
    }
}
