//! What the operations of a named card cost.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use thiserror::Error;

use super::{CurveWork, Work};

/// No profile file is longer.
const LARGEST_FILE: u64 = 64 * 1024;

/// The profiles that come with the program; each file says where its figures come from.
const KNOWN: [(&str, &str); 3] = [
    ("j3r180", include_str!("../../profiles/j3r180.toml")),
    ("j3h145", include_str!("../../profiles/j3h145.toml")),
    ("slj52gla", include_str!("../../profiles/slj52gla.toml")),
];

/// What the operations of a card cost, in microseconds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    description: String,
    apdu_us: u32,
    p256: Curve,
    p384: Curve,
    blocks: Blocks,
    memory: Memory,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Curve {
    generate_us: u32,
    sign_us: u32,
    agree_us: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Blocks {
    aes_us: u32,
    sha256_us: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Memory {
    program_us: u32,
    erase_us: u32,
}

/// Why there is no such profile.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// Neither a profile that comes with the program nor a file.
    #[error("no timing profile and no file is called '{name}'; there are {}", Profile::names().join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is no profile.
    #[error("{path}: {message}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What is wrong, and in which line.
        message: String,
    },
}

impl Profile {
    /// The names of the profiles that come with the program.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        KNOWN.iter().map(|(name, _)| *name).collect()
    }

    /// The profile of this name, or in the file of this name.
    ///
    /// # Errors
    /// [`ProfileError`].
    pub fn find(name: &str) -> Result<Self, ProfileError> {
        let path = Path::new(name);
        if let Some((_, text)) = KNOWN.iter().find(|(known, _)| *known == name) {
            return Self::parse(text).map_err(|message| syntax(path, message));
        }
        if !path.exists() {
            return Err(ProfileError::Unknown {
                name: name.to_owned(),
            });
        }
        let text = read(path).map_err(|source| ProfileError::Io {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text).map_err(|message| syntax(path, message))
    }

    fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    /// Maker and model.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// What every APDU takes beside its work.
    #[must_use]
    pub fn overhead(&self) -> Duration {
        Duration::from_micros(self.apdu_us.into())
    }

    /// What the work takes.
    #[must_use]
    pub fn work(&self, work: &Work) -> Duration {
        let costs = [
            (self.blocks.aes_us, work.aes_blocks),
            (self.blocks.sha256_us, work.sha256_blocks),
            (self.memory.program_us, work.memory.programs),
            (self.memory.erase_us, work.memory.erases),
        ];
        let all = costs
            .into_iter()
            .chain(self.p256.costs(&work.p256))
            .chain(self.p384.costs(&work.p384));
        let cost = |(each, number)| u64::from(each).saturating_mul(number);
        Duration::from_micros(all.map(cost).fold(0, u64::saturating_add))
    }
}

impl Curve {
    const fn costs(&self, work: &CurveWork) -> [(u32, u64); 3] {
        [
            (self.generate_us, work.generated),
            (self.sign_us, work.signed),
            (self.agree_us, work.agreed),
        ]
    }
}

fn read(path: &Path) -> io::Result<String> {
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    if metadata.len() > LARGEST_FILE {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    std::fs::read_to_string(path)
}

fn syntax(path: &Path, message: String) -> ProfileError {
    ProfileError::Syntax {
        path: path.to_owned(),
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::flash::FlashWork;
    use crate::timing::{Line, Pace, Timing};

    /// Sign and key pair on P-256 in milliseconds, as JCAlgTest publishes them.
    const PUBLISHED: [(&str, u64, u64); 3] = [
        ("j3r180", 32, 27),
        ("j3h145", 56, 156),
        ("slj52gla", 146, 214),
    ];

    #[test]
    fn the_profiles_have_the_published_figures() {
        assert_eq!(Profile::names().len(), PUBLISHED.len());
        for (name, sign, generate) in PUBLISHED {
            let profile = Profile::find(name).unwrap();
            let mut work = Work::default();
            work.p256.signed = 3;
            assert_eq!(
                profile.work(&work),
                Duration::from_millis(3 * sign),
                "{name}"
            );
            work.p256.generated = 1;
            let both = Duration::from_millis(3 * sign + generate);
            assert_eq!(profile.work(&work), both, "{name}");
        }
    }

    /// 44 bytes to and 78 from the card on a 115200 baud line: (44 + 78 + 8) x 11 / 115200 = 12.413 ms;
    /// overhead 3 ms, a signature 32 ms, a hash of two blocks 0.2 ms, three page programs 3.6 ms.
    #[test]
    fn an_apdu_takes_its_bytes_its_overhead_and_its_work() {
        let timing = Timing {
            profile: Profile::find("j3r180").unwrap(),
            line: Line::Contact(115_200),
            pace: Pace::Virtual,
        };
        let before = Work {
            aes_blocks: 9,
            ..Work::default()
        };
        let mut after = before;
        after.p256.signed = 1;
        after.sha256_blocks = 2;
        after.memory = FlashWork {
            programs: 3,
            programmed_bytes: 700,
            erases: 0,
        };
        let taken = timing.apdu(44, 78, &before, &after);
        assert_eq!(taken.as_micros(), 12_413 + 3_000 + 32_000 + 200 + 3_600);
    }

    #[test]
    fn an_unknown_name_is_told_the_known_ones() {
        let error = Profile::find("j3r18").unwrap_err();
        assert!(matches!(error, ProfileError::Unknown { .. }));
        assert!(
            error
                .to_string()
                .ends_with("there are j3r180, j3h145, slj52gla")
        );
    }

    #[test]
    fn a_file_is_read_strictly_and_its_fault_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("card.toml");
        let name = path.to_str().unwrap();
        let (_, good) = KNOWN[0];
        std::fs::write(&path, good).unwrap();
        assert_eq!(
            Profile::find(name).unwrap(),
            Profile::find("j3r180").unwrap()
        );
        for (from, to, told) in [
            ("sign_us = 32000", "sign_us = -1", "line 1"),
            ("sign_us = 32000", "sing_us = 1", "sing_us"),
            ("[memory]", "[memroy]", "memroy"),
            ("apdu_us = 3000", "", "apdu_us"),
        ] {
            std::fs::write(&path, good.replace(from, to)).unwrap();
            let error = Profile::find(name).unwrap_err();
            assert!(matches!(error, ProfileError::Syntax { .. }), "{to}");
            assert!(error.to_string().contains(told), "{error}");
        }
        let error = Profile::find(folder.path().to_str().unwrap()).unwrap_err();
        assert!(matches!(error, ProfileError::Io { .. }));
    }
}
