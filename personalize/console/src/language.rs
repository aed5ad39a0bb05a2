//! The language of the messages.

use std::ffi::OsString;

/// A language the program speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Spanish,
}

/// One text in both languages; takes what `format!` takes.
macro_rules! both {
    ($language:expr, $english:literal, $spanish:literal $(, $($argument:tt)*)?) => {
        match $language {
            crate::language::Language::English => format!($english $(, $($argument)*)?),
            crate::language::Language::Spanish => format!($spanish $(, $($argument)*)?),
        }
    };
}
pub(crate) use both;

impl Language {
    /// From `--lang`, else from the locale (`LC_ALL`, `LC_MESSAGES`, `LANG`, in this order). Needed
    /// before the arguments are parsed, since the help is in that language too.
    pub(crate) fn choose(
        arguments: &[OsString],
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let words: Vec<_> = arguments.iter().filter_map(|word| word.to_str()).collect();
        let apart = words.windows(2).find_map(|pair| match pair {
            ["--lang", language] => Some(*language),
            _ => None,
        });
        let joined = || words.iter().find_map(|word| word.strip_prefix("--lang="));
        if let Some(language) = apart.or_else(joined) {
            return Self::of_locale(language);
        }
        ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(variable)
            .find(|value| !value.is_empty())
            .map_or(Self::English, |locale| Self::of_locale(&locale))
    }

    fn of_locale(locale: &str) -> Self {
        if locale.starts_with("es") {
            Self::Spanish
        } else {
            Self::English
        }
    }

    /// A fixed text in this language.
    pub(crate) fn pick(self, english: &'static str, spanish: &'static str) -> &'static str {
        match self {
            Self::English => english,
            Self::Spanish => spanish,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(arguments: &[&str], lang: &'static str) -> Language {
        let arguments: Vec<_> = arguments.iter().map(OsString::from).collect();
        Language::choose(&arguments, &|name| {
            (name == "LANG").then(|| lang.to_owned())
        })
    }

    #[test]
    fn the_argument_wins_over_the_locale() {
        assert_eq!(choose(&["x"], "es_ES.UTF-8"), Language::Spanish);
        assert_eq!(choose(&["x"], "de_DE.UTF-8"), Language::English);
        assert_eq!(
            choose(&["x", "--lang=en"], "es_ES.UTF-8"),
            Language::English
        );
        assert_eq!(choose(&["x", "--lang", "es"], "C"), Language::Spanish);
    }

    #[test]
    fn texts_take_arguments_in_both_languages() {
        let name = "ana";
        assert_eq!(
            both!(Language::English, "by {name}", "por {name}"),
            "by ana"
        );
        assert_eq!(
            both!(Language::Spanish, "{} of {}", "{} de {}", 1, 2),
            "1 de 2"
        );
    }
}
