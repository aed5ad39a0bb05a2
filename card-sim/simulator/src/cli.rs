//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, ArgAction, Command, value_parser};
use sello_simulator::{DEFAULT_PORT, Line, Profile, TimingProfile};

use crate::messages::{Texts, fill};

/// What most desktop readers and cards agree upon.
const DEFAULT_LINE: &str = "contact-115200";

const SEAL_PROFILE: &str = "seal";
const PIV_PROFILE: &str = "piv";

/// What was asked for.
#[derive(Debug)]
pub(crate) struct Options {
    /// Empty for a card in memory.
    pub(crate) card_files: Vec<PathBuf>,
    pub(crate) blank: bool,
    /// Of new cards.
    pub(crate) profile: Profile,
    pub(crate) host: String,
    pub(crate) reader_port: u16,
    pub(crate) wait: bool,
    /// Name or file of a timing profile.
    pub(crate) timing: Option<String>,
    /// Name of a line.
    pub(crate) line: String,
}

/// Reads the arguments.
///
/// # Errors
/// clap's, which also stand for `--help` and `--version`.
pub(crate) fn parse(
    arguments: Vec<OsString>,
    texts: &'static Texts,
) -> clap::error::Result<Options> {
    let mut matches = command(texts).try_get_matches_from(arguments)?;
    Ok(Options {
        card_files: matches
            .remove_many("card-file")
            .map(Iterator::collect)
            .unwrap_or_default(),
        blank: matches.get_flag("blank"),
        profile: match matches.get_one::<String>("profile").map(String::as_str) {
            Some(PIV_PROFILE) => Profile::Piv,
            _ => Profile::Seal,
        },
        host: matches.remove_one("host").unwrap_or_default(),
        reader_port: matches.remove_one("reader-port").unwrap_or(DEFAULT_PORT),
        wait: matches.get_flag("wait"),
        timing: matches.remove_one("timing"),
        line: matches.remove_one("line").unwrap_or_default(),
    })
}

fn command(texts: &'static Texts) -> Command {
    Command::new("sello-sim")
        .version(env!("CARGO_PKG_VERSION"))
        .about(texts.about)
        .long_about(texts.long_about)
        .after_help(texts.after_help)
        .arg(
            Arg::new("card-file")
                .value_name("CARD_FILE")
                .num_args(1..)
                .value_parser(value_parser!(PathBuf))
                .required_unless_present("in-memory")
                .help(texts.cards),
        )
        .arg(flag("blank").help(texts.blank).conflicts_with("in-memory"))
        .arg(
            Arg::new("profile")
                .long("profile")
                .value_name("PROFILE")
                .value_parser([SEAL_PROFILE, PIV_PROFILE])
                .default_value(SEAL_PROFILE)
                .help(texts.profile),
        )
        .arg(
            flag("in-memory")
                .help(texts.in_memory)
                .conflicts_with("card-file"),
        )
        .arg(
            Arg::new("reader-port")
                .long("reader-port")
                .value_name("PORT")
                .value_parser(value_parser!(u16).range(1..))
                .default_value(DEFAULT_PORT.to_string())
                .help(texts.reader_port),
        )
        .arg(
            Arg::new("host")
                .long("host")
                .value_name("HOST")
                .default_value("127.0.0.1")
                .help(texts.host),
        )
        .arg(flag("wait").help(texts.wait))
        .arg(
            Arg::new("timing")
                .long("timing")
                .value_name("CARD")
                .help(fill(texts.timing, &[&TimingProfile::names().join(", ")])),
        )
        .arg(
            Arg::new("line")
                .long("line")
                .value_name("LINE")
                .default_value(DEFAULT_LINE)
                .requires("timing")
                .help(fill(texts.line, &[&line_names()])),
        )
        .arg(
            Arg::new("lang")
                .long("lang")
                .value_name("LANG")
                .value_parser(["en", "es"])
                .help(texts.lang),
        )
}

/// The names of all lines.
pub(crate) fn line_names() -> String {
    let names: Vec<_> = Line::all().map(|line| line.to_string()).collect();
    names.join(", ")
}

fn flag(name: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::messages::texts;

    fn options(words: &[&str]) -> Option<Options> {
        let words = std::iter::once(&"sello-sim").chain(words);
        parse(
            words.map(OsString::from).collect(),
            texts(Language::English),
        )
        .ok()
    }

    #[test]
    fn cards_take_the_ports_from_the_first() {
        let options = options(&["--reader-port", "4000", "a", "b"]).unwrap();
        assert_eq!(options.card_files.len(), 2);
        assert_eq!(options.reader_port, 4000);
        assert_eq!(options.host, "127.0.0.1");
    }

    #[test]
    fn new_cards_are_seal_cards_unless_asked_otherwise() {
        assert_eq!(options(&["a"]).unwrap().profile, Profile::Seal);
        let piv = options(&["--in-memory", "--profile", "piv"]).unwrap();
        assert_eq!(piv.profile, Profile::Piv);
        assert!(options(&["--profile", "PIV", "a"]).is_none());
    }

    #[test]
    fn a_card_must_come_from_somewhere() {
        assert!(options(&[]).is_none());
        assert!(options(&["--in-memory"]).unwrap().card_files.is_empty());
        assert!(options(&["--in-memory", "a"]).is_none());
        assert!(options(&["--reader-port", "0", "a"]).is_none());
    }

    #[test]
    fn a_line_is_that_of_a_timed_card() {
        let plain = options(&["--in-memory"]).unwrap();
        assert_eq!(plain.timing, None);
        let timed = options(&["--in-memory", "--timing", "j3r180"]).unwrap();
        assert_eq!(timed.timing.as_deref(), Some("j3r180"));
        assert!(timed.line.parse::<Line>().is_ok());
        let line = ["--in-memory", "--line", "contactless-424"];
        assert!(options(&line).is_none());
        let both = [&line[..], &["--timing", "j3r180"]].concat();
        assert_eq!(options(&both).unwrap().line, "contactless-424");
    }

    #[test]
    fn the_definition_is_sound_in_both_languages() {
        command(texts(Language::English)).debug_assert();
        command(texts(Language::Spanish)).debug_assert();
    }
}
