//! The language of the messages.

use std::ffi::OsString;

/// A language the program speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Spanish,
}

impl Language {
    /// By the beginning of a locale name, such as `es_ES.UTF-8`.
    fn of_locale(locale: &str) -> Self {
        if locale.starts_with("es") {
            Self::Spanish
        } else {
            Self::English
        }
    }
}

/// From `--lang`, else from the locale (`LC_ALL`, `LC_MESSAGES`, `LANG`, in this order). It is needed
/// before the arguments are parsed, since the help is in that language too.
pub(crate) fn choose(arguments: &[OsString]) -> Language {
    from(arguments, |name| std::env::var(name).ok())
}

fn from(arguments: &[OsString], variable: impl Fn(&str) -> Option<String>) -> Language {
    let words: Vec<_> = arguments.iter().filter_map(|a| a.to_str()).collect();
    let asked = words
        .windows(2)
        .find_map(|pair| match pair {
            ["--lang", language] => Some(*language),
            _ => None,
        })
        .or_else(|| words.iter().find_map(|word| word.strip_prefix("--lang=")));
    if let Some(language) = asked {
        return Language::of_locale(language);
    }
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(variable)
        .find(|value| !value.is_empty())
        .map_or(Language::English, |locale| Language::of_locale(&locale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_argument_wins_over_the_locale() {
        let locale = |name: &str| (name == "LANG").then(|| "es_ES.UTF-8".to_owned());
        assert_eq!(from(&[], locale), Language::Spanish);
        assert_eq!(from(&["--lang=en".into()], locale), Language::English);
        let two = ["--lang".into(), "es".into()];
        assert_eq!(from(&two, |_| None), Language::Spanish);
    }

    #[test]
    fn the_first_variable_that_is_set_decides() {
        let locale = |name: &str| match name {
            "LC_ALL" => Some(String::new()),
            "LC_MESSAGES" => Some("C".to_owned()),
            _ => Some("es".to_owned()),
        };
        assert_eq!(from(&[], locale), Language::English);
    }
}
