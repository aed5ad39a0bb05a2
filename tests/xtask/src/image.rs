//! The sizes in a program for a bare chip, from its ELF file.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use object::read::elf::ElfFile32;
use object::{Object, ObjectSection, ObjectSymbol, SectionFlags, SectionKind};

use crate::command::{Error, Result};

/// What of `sello-scp03` is there for the host of the play, and the chip's AES.
const HOST_END: &[&str] = &["sello_scp03::host", "sello_scp03::software"];

/// What a program takes of a chip, in bytes.
#[derive(Default)]
pub(crate) struct Sizes {
    /// In flash: code and constants, the vector table among them.
    pub(crate) code: u64,
    /// In RAM for as long as it runs: `.data` and `.bss`.
    pub(crate) memory: u64,
    /// The part of `code` that has names, by the crate each name is from. What the compiler inlined counts
    /// for the crate it was inlined into.
    pub(crate) crates: BTreeMap<String, u64>,
}

impl Sizes {
    /// Reads them from a file.
    ///
    /// # Errors
    /// [`Error::File`] when it cannot be read or is no program for a 32-bit chip.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let bytes = fs::read(path).map_err(Error::file(path))?;
        let file = ElfFile32::<object::Endianness>::parse(&*bytes)
            .map_err(|error| Error::file(path)(std::io::Error::other(error)))?;
        let mut sizes = Self::default();
        for section in file.sections() {
            if !is_loaded(section.flags()) {
                continue;
            }
            match section.kind() {
                SectionKind::Data | SectionKind::UninitializedData => {
                    sizes.memory += section.size();
                }
                _ => sizes.code += section.size(),
            }
        }
        for symbol in file.symbols() {
            let section = symbol.section_index();
            let section = section.and_then(|index| file.section_by_index(index).ok());
            let is_code = section.is_some_and(|section| {
                is_loaded(section.flags())
                    && matches!(
                        section.kind(),
                        SectionKind::Text | SectionKind::ReadOnlyData
                    )
            });
            if is_code && symbol.size() > 0 {
                let name = crate_of(symbol.name().unwrap_or_default());
                *sizes.crates.entry(name).or_default() += symbol.size();
            }
        }
        Ok(sizes)
    }
}

/// Whether the section lies in the memory of the chip.
fn is_loaded(flags: SectionFlags) -> bool {
    let SectionFlags::Elf { sh_flags, .. } = flags else {
        return false;
    };
    sh_flags.contains(object::elf::SHF_ALLOC)
}

/// The crate of a mangled name: the first path in it. The secure channel's host end is the gauge's.
fn crate_of(symbol: &str) -> String {
    let name = format!("{:#}", rustc_demangle::demangle(symbol));
    if HOST_END.iter().any(|path| name.contains(path)) {
        return "sello_firmware".to_owned();
    }
    let Some((before, _)) = name.split_once("::") else {
        return "(no crate)".to_owned();
    };
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let start = before.rfind(|c| !is_part(c)).map_or(0, |place| place + 1);
    before.get(start..).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_belongs_to_the_crate_that_its_path_begins_with() {
        for (symbol, expected) in [
            (
                "_RNvNtCs10SWYV7Qgn2_17compiler_builtins3mem7memmove",
                "compiler_builtins",
            ),
            (
                "_RNvMNtCse0U5d4tXcy0_12sello_applet6appletINtB2_6AppletNtNtCs1LwYtAKu67g_14sello_\
                 firmware4chip4ChipE3actCs56q7xIojHQZ_14sello_firmware",
                "sello_applet",
            ),
            (
                "_RNvXs_NtCs1LwYtAKu67g_14sello_firmware4chipNtB4_4ChipNtNtCse0U5d4tXcy0_12sello_applet\
                 8platform8Platform6commit",
                "sello_firmware",
            ),
            ("__aeabi_memcpy", "(no crate)"),
        ] {
            assert_eq!(crate_of(symbol), expected, "{symbol}");
        }
    }
}
