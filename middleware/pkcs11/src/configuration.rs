//! What a person can set: by file, and by environment over it.
//!
//! The files are TOML: `SELLO_PKCS11_CONFIG` if it names one, else `/etc/sello/pkcs11.toml` and over it
//! `$XDG_CONFIG_HOME/sello/pkcs11.toml` (`~/.config`, when that is not set).
//!
//! | Key | Variable | Meaning | Without it |
//! |---|---|---|---|
//! | `trace = "FILE"` | `SELLO_PKCS11_TRACE` | a line for each call goes to this file | no trace |
//! | `cache = false` | `SELLO_PKCS11_CACHE=off` | nothing read from cards is kept on disk | it is kept |
//! | `cache_directory = "DIR"` | `SELLO_PKCS11_CACHE=DIR` | where it is kept | `$XDG_CACHE_HOME/sello/pkcs11` (`~/.cache`) |
//!
//! `middleware/pkcs11/pkcs11.toml` is an example. Nothing here stops the module: what is wrong is left out and told in the trace. A program with rights
//! its user has not (set-user-ID) reads `/etc` alone, and neither keeps nor reads a cache: its user's
//! files and variables must not make it write anywhere.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

/// Names another configuration file.
const FILE: &str = "SELLO_PKCS11_CONFIG";
/// Names the trace file.
const TRACE: &str = "SELLO_PKCS11_TRACE";
/// `off`, or where to keep what cards hold.
const CACHE: &str = "SELLO_PKCS11_CACHE";
/// The machine's file.
const MACHINE: &str = "/etc/sello/pkcs11.toml";
/// Longest file that is read, in bytes.
const LONGEST: u64 = 64 * 1024;

/// What is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// Where a line for each call goes.
    pub trace: Option<PathBuf>,
    /// Where what is public on a card is kept; nowhere if `None`.
    pub cache: Option<PathBuf>,
    /// Where the processes of this user that are logged in to a card see one another.
    pub desks: Option<PathBuf>,
    /// What was wrong with files and variables.
    pub faults: Vec<String>,
}

/// The environment, which tests make up.
type Variables<'a> = dyn Fn(&str) -> Option<OsString> + 'a;

impl Configuration {
    /// What this process's files and environment say.
    #[must_use]
    pub fn of_process() -> Self {
        if is_privileged() {
            let mut machine = Self::default();
            machine.read(Path::new(MACHINE));
            machine.cache = None;
            return machine;
        }
        Self::of(Path::new(MACHINE), &|name| env::var_os(name))
    }

    fn of(machine: &Path, variables: &Variables<'_>) -> Self {
        let path = |name: &str| variables(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        // The XDG base directory specification: relative paths are to be ignored.
        let base = |name: &str, below_home: &str| {
            let home = || path("HOME").map(|home| home.join(below_home));
            path(name).or_else(home).filter(|path| path.is_absolute())
        };
        let mut this = Self {
            cache: base("XDG_CACHE_HOME", ".cache").map(|dir| dir.join("sello/pkcs11")),
            desks: path("XDG_RUNTIME_DIR").map(|dir| dir.join("sello")),
            ..Self::default()
        };
        if let Some(file) = path(FILE) {
            if !file.exists() {
                this.faults.push(format!("{FILE} names no file"));
            }
            this.read(&file);
        } else {
            this.read(machine);
            if let Some(user) = base("XDG_CONFIG_HOME", ".config") {
                this.read(&user.join("sello/pkcs11.toml"));
            }
        }
        if let Some(trace) = path(TRACE) {
            this.trace = Some(trace);
        }
        match path(CACHE) {
            Some(word) if word.as_os_str() == "off" => this.cache = None,
            Some(directory) if directory.is_absolute() => this.cache = Some(directory),
            Some(_) => this
                .faults
                .push(format!("{CACHE}: neither off nor a full path")),
            None => {}
        }
        this
    }

    /// Takes over what a file says; no file is no fault.
    fn read(&mut self, path: &Path) {
        match load(path) {
            Ok(Some(table)) => table.into_iter().for_each(|(key, value)| {
                if self.set(&key, value).is_none() {
                    self.fault(path, &format!("{key}: unknown key or value"));
                }
            }),
            Ok(None) => {}
            Err(reason) => self.fault(path, &reason),
        }
    }

    fn set(&mut self, key: &str, value: Value) -> Option<()> {
        let full = |text: String| Some(PathBuf::from(text)).filter(|path| path.is_absolute());
        match (key, value) {
            ("trace", Value::String(file)) => self.trace = Some(full(file)?),
            ("cache", Value::Boolean(false)) => self.cache = None,
            ("cache", Value::Boolean(true)) => {}
            ("cache_directory", Value::String(directory)) => {
                let directory = full(directory)?;
                // `cache = false` holds wherever it stands.
                self.cache = self.cache.take().map(|_| directory);
            }
            _ => return None,
        }
        Some(())
    }

    fn fault(&mut self, path: &Path, reason: &str) {
        self.faults.push(format!("{}: {reason}", path.display()));
    }
}

fn load(path: &Path) -> Result<Option<Table>, String> {
    let Ok(about) = path.metadata() else {
        return Ok(None);
    };
    if !about.is_file() || about.len() > LONGEST {
        return Err("no file, or too long".to_owned());
    }
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let parsed = text.parse::<Table>();
    parsed
        .map(Some)
        .map_err(|error| error.message().replace('\n', " "))
}

/// Whether this program has rights its user has not (set-user-ID and the like), so that the user's
/// environment must not make it write files. The kernel says so in the auxiliary vector.
fn is_privileged() -> bool {
    const AT_SECURE: usize = 23;
    const WORD: usize = size_of::<usize>();
    let Ok(vector) = std::fs::read("/proc/self/auxv") else {
        return cfg!(target_os = "linux");
    };
    let words: Vec<usize> = vector
        .as_chunks::<WORD>()
        .0
        .iter()
        .map(|word| usize::from_ne_bytes(*word))
        .collect();
    words
        .as_chunks::<2>()
        .0
        .iter()
        .any(|[kind, value]| *kind == AT_SECURE && *value != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(files: &Path, variables: &[(&str, &str)]) -> Configuration {
        Configuration::of(&files.join("machine.toml"), &|name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn a_test_has_no_rights_its_user_has_not() {
        assert!(!is_privileged());
    }

    #[test]
    fn without_anything_the_cache_lies_where_caches_lie() {
        let files = tempfile::tempdir().unwrap();
        let found = with(files.path(), &[("HOME", "/home/anybody")]);
        let cache = PathBuf::from("/home/anybody/.cache/sello/pkcs11");
        assert_eq!(found.cache, Some(cache));
        assert_eq!(
            (found.trace, found.desks, found.faults),
            (None, None, vec![])
        );
        assert_eq!(with(files.path(), &[]), Configuration::default());
        let odd = with(files.path(), &[("XDG_CACHE_HOME", "relative")]);
        assert_eq!(odd, Configuration::default());
    }

    #[test]
    fn the_users_file_is_over_the_machines_and_the_environment_over_both() {
        let files = tempfile::tempdir().unwrap();
        let home = files.path().to_str().unwrap();
        std::fs::create_dir_all(files.path().join(".config/sello")).unwrap();
        let machine = "trace = '/machine'\ncache_directory = '/kept'\n";
        std::fs::write(files.path().join("machine.toml"), machine).unwrap();
        let user = "trace = '/user'\n";
        std::fs::write(files.path().join(".config/sello/pkcs11.toml"), user).unwrap();
        let found = with(files.path(), &[("HOME", home)]);
        assert_eq!(found.trace, Some("/user".into()));
        assert_eq!(found.cache, Some("/kept".into()));
        let over = [
            ("HOME", home),
            ("SELLO_PKCS11_TRACE", "/over"),
            ("SELLO_PKCS11_CACHE", "off"),
        ];
        let found = with(files.path(), &over);
        assert_eq!((found.trace, found.cache), (Some("/over".into()), None));
    }

    #[test]
    fn what_is_wrong_is_left_out_and_told() {
        let files = tempfile::tempdir().unwrap();
        let file = files.path().join("machine.toml");
        let variables = [("HOME", "/home/anybody")];
        for (text, faults) in [
            ("trace = 5\ncache = false\n", 1),
            ("cache = 'no'\nunknown = 1\n", 2),
            ("trace = 'relative'\n", 1),
            ("= =\n", 1),
            ("", 0),
        ] {
            std::fs::write(&file, text).unwrap();
            let found = with(files.path(), &variables);
            assert_eq!(found.faults.len(), faults, "{text} {:?}", found.faults);
            assert_eq!(found.trace, None);
        }
        let named = with(files.path(), &[("SELLO_PKCS11_CONFIG", "/no/such/file")]);
        assert_eq!(named.faults.len(), 1);
        let odd = with(files.path(), &[("SELLO_PKCS11_CACHE", "here")]);
        assert_eq!(odd.faults.len(), 1);
    }

    #[test]
    fn the_example_says_what_can_be_set() {
        let example = include_str!("../pkcs11.toml");
        let files = tempfile::tempdir().unwrap();
        let file = files.path().join("machine.toml");
        std::fs::write(&file, example).unwrap();
        let variables = [("HOME", "/home/anybody")];
        let untouched = with(files.path(), &variables);
        std::fs::write(&file, "").unwrap();
        assert_eq!(untouched, with(files.path(), &variables));
        let lines = example.lines().filter_map(|line| line.strip_prefix("# "));
        let settings = lines.filter(|line| line.contains(" = "));
        std::fs::write(&file, settings.collect::<Vec<_>>().join("\n")).unwrap();
        let found = with(files.path(), &variables);
        assert_eq!(found.faults, Vec::<String>::new());
        assert_eq!(found.trace, Some("/tmp/pkcs11.log".into()));
        assert_eq!(found.cache, None);
    }

    #[test]
    fn no_cache_is_no_cache_wherever_its_directory_is_named() {
        let files = tempfile::tempdir().unwrap();
        let text = "cache = false\ncache_directory = '/kept'\n";
        std::fs::write(files.path().join("machine.toml"), text).unwrap();
        let found = with(files.path(), &[("HOME", "/home/anybody")]);
        assert_eq!((found.cache, found.faults), (None, vec![]));
    }
}
