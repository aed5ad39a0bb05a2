//! The language people are spoken to in.

use std::ffi::OsString;

use clap::ValueEnum;

/// A language of the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// English.
    #[value(name = "en")]
    English,
    /// Spanish.
    #[value(name = "es")]
    Spanish,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::English, Self::Spanish];

    /// The language of the environment, as POSIX orders the variables: `LC_ALL`, `LC_MESSAGES`,
    /// `LANG`; the first that is set and not empty decides. English otherwise.
    pub fn from_environment(environment: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(environment)
            .find(|value| !value.is_empty());
        match locale.and_then(|value| value.into_string().ok()) {
            Some(locale) if locale == "es" || locale.starts_with("es_") => Self::Spanish,
            Some(locale) if locale.starts_with("es.") => Self::Spanish,
            _ => Self::English,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(variables: &[(&str, &str)]) -> Language {
        Language::from_environment(&|name| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn the_first_variable_that_is_set_decides() {
        assert_eq!(language(&[("LANG", "es_ES.UTF-8")]), Language::Spanish);
        assert_eq!(
            language(&[("LANG", "es_ES.UTF-8"), ("LC_ALL", "C")]),
            Language::English
        );
        assert_eq!(
            language(&[("LANG", "en_US.UTF-8"), ("LC_MESSAGES", "es_MX")]),
            Language::Spanish
        );
        assert_eq!(
            language(&[("LC_ALL", ""), ("LANG", "es")]),
            Language::Spanish
        );
    }

    #[test]
    fn anything_else_is_english() {
        for locale in ["", "C", "en_GB", "de_DE", "est_EE"] {
            assert_eq!(language(&[("LANG", locale)]), Language::English);
        }
        assert_eq!(language(&[]), Language::English);
    }
}
