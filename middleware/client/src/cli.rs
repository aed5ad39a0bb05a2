//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use sello_wire::Slot;

use crate::language::Language;

const EXAMPLES: &str = "\
Examples:
  Seal the first page, 140 mm from the left and 230 mm from the top:
    sello stamp contract.pdf -o sealed.pdf --page 1 --x 140 --y 230

  See whether a document is in order:
    sello verify sealed.pdf

  Seal every document of a folder with one PIN entry:
    sello stamp --batch --into sealed/ contracts/*.pdf --x 140 --y 230

  Set your own PIN on a new card (the transport PIN is in the PIN letter):
    sello pin change

  Allow the next ten stampings, where the seal demands two people:
    sello approve --count 10

  Prove which stampings the card has made, and that none is missing:
    sello journal verify --trust ./trust

  Find out why something does not work:
    sello doctor

PINs are typed at the terminal. Scripts pass them in an environment variable
(--pin-env NAME) or a file descriptor (--pin-fd N), never as an argument.

Exit codes: 0 done, or all in order; 1 a seal is broken, a document was changed,
or a journal is not what the card wrote; 2 cannot tell, or an error.";

const STAMP_EXAMPLES: &str = "\
Examples:
  sello stamp contract.pdf -o sealed.pdf --page 1 --x 140 --y 230
  sello stamp contract.pdf -o sealed.pdf --page 3 --x 20 --y 20 --width 30 \\
        --reason \"Approved\" --place Madrid
  With two cards in two readers:
  sello stamp contract.pdf -o sealed.pdf --x 140 --y 230 --serial 12345678
  Many documents with one PIN entry, the seal at the same place of each:
  sello stamp --batch --into sealed/ *.pdf --x 140 --y 230
  The same again, after the card was pulled out halfway:
  sello stamp --batch --into sealed/ *.pdf --x 140 --y 230 --resume

A batch is announced to the card before the PIN: it seals exactly those
documents and no other. Up to 1024 documents; the seal must allow batches
(`sello seals` shows it).

Everything is checked before the PIN is asked for. The input is never changed;
the output appears whole or not at all.";

const STAMP_FILES_EXAMPLES: &str = "\
Examples:
  Many files in one container (ASiC-E), which other programs open too:
  sello stamp-files --container sealed.asice plan.dwg budget.ods photo.jpg
  One file, with its signature beside it (plan.dwg.p7s):
  sello stamp-files --detached plan.dwg

Everything is checked before the PIN is asked for. The files are never changed;
what is written appears whole or not at all.";

const VERIFY_EXAMPLES: &str = "\
Examples:
  sello verify sealed.pdf
  sello verify sealed.asice
  sello verify plan.dwg.p7s --content plan.dwg
  sello verify --trust ./trust --json *.pdf

The trust folder holds anchors/*.pem and crls/*.crl. Without --trust it is
$XDG_CONFIG_HOME/sello/trust (or ~/.config/sello/trust), then /etc/sello/trust.";

const APPROVE_EXAMPLES: &str = "\
Examples:
  See what is allowed:
    sello approve
  Allow the seal its next three stampings, in place of what was left:
    sello approve --count 3
  Withdraw what was allowed:
    sello approve --count 0

A seal under dual control seals nothing unless the responsible person has
allowed it with the approver PIN. The approver's first PIN is in a letter of its
own; set your own with `sello pin change --approver`.";

const JOURNAL_EXAMPLES: &str = "\
Examples:
  sello journal show
  sello journal export 2026-07.json
  sello journal verify 2026-08.json --previous 2026-07.json --trust ./trust
  sello journal verify --trust ./trust --document sealed.pdf other.pdf

The card notes each stamping before the signature leaves it, whoever asks for it
and whatever the document says. It keeps the last 512 entries and a signed head
over all there ever were: export now and then, and each export proves the one
before.";

const DOCTOR_EXAMPLES: &str = "\
Examples:
  sello doctor
  sello doctor --reader Gemalto --trust ./trust
  sello doctor --json

Looks at everything a signature needs, from this program to the card and to the
revocation list, and says what is good, what is not, why, and what to do next.
It changes nothing, asks for no PIN and uses no try.

The PKCS#11 module is looked for beside this program and where packages put it;
--module names another. It is read, not loaded: that it is a library for this
machine and has the one function that programs begin with.

Exit codes: 0 all is well; 1 something is wrong; 2 something could not be looked
at, and nothing else is wrong.";

/// Seal documents with the organization's seal card, and verify sealed documents.
#[derive(Debug, Parser)]
#[command(name = "sello", version, after_help = EXAMPLES, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// Language of the messages; the environment's otherwise
    #[arg(long, global = true, value_enum, value_name = "LANGUAGE")]
    pub(crate) lang: Option<Language>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Seal PDF documents with the card
    #[command(after_help = STAMP_EXAMPLES)]
    Stamp(Stamp),
    /// Seal files of any kind with the card: many in one container, or one beside its signature
    #[command(after_help = STAMP_FILES_EXAMPLES)]
    StampFiles(StampFiles),
    /// Verify seals and signatures of documents
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(Verify),
    /// Show the seals on the card
    Seals(Seals),
    /// Show reader, serial number, life cycle and tries left
    Card(Card),
    /// Change or unblock the PIN
    #[command(subcommand)]
    Pin(PinCommand),
    /// Show or set how many stampings the responsible person allows
    #[command(after_help = APPROVE_EXAMPLES)]
    Approve(Approve),
    /// Show, keep or verify the record of the card's stampings
    #[command(subcommand, after_help = JOURNAL_EXAMPLES)]
    Journal(JournalCommand),
    /// Look for what keeps the card from being used, and say what to do
    #[command(after_help = DOCTOR_EXAMPLES)]
    Doctor(Doctor),
}

#[derive(Debug, Args)]
pub(crate) struct Stamp {
    /// The PDF document to seal, or several with --batch; they are not changed
    #[arg(value_name = "IN.pdf", required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    /// Where the sealed document goes
    #[arg(short, long, value_name = "OUT.pdf")]
    #[arg(required_unless_present = "batch", conflicts_with = "batch")]
    pub(crate) output: Option<PathBuf>,
    /// Seal all the documents with one PIN entry
    #[arg(long, requires = "into")]
    pub(crate) batch: bool,
    /// With --batch: the folder where the sealed documents go, under the same names
    #[arg(long, value_name = "DIR", requires = "batch")]
    pub(crate) into: Option<PathBuf>,
    /// With --batch: leave out the documents that are in that folder already
    #[arg(long, requires = "batch")]
    pub(crate) resume: bool,
    /// With --batch: leave out the documents that cannot be sealed, rather than seal none
    #[arg(long, requires = "batch")]
    pub(crate) keep_going: bool,
    /// Answer as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Page, from 1
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) page: usize,
    /// From the page's left edge to the seal, in millimeters
    #[arg(long, value_name = "MM", allow_negative_numbers = true)]
    pub(crate) x: f64,
    /// From the page's top edge to the seal, in millimeters
    #[arg(long, value_name = "MM", allow_negative_numbers = true)]
    pub(crate) y: f64,
    /// Width of the seal in millimeters, its height following; its own size otherwise
    #[arg(long, value_name = "MM")]
    pub(crate) width: Option<f64>,
    /// Why the document is sealed
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Where the document is sealed
    #[arg(long, value_name = "TEXT")]
    pub(crate) place: Option<String>,
    /// Which seal of the card, by its slot as `sello seals` shows it
    #[arg(long, value_name = "SLOT", value_parser = slot)]
    pub(crate) seal: Option<Slot>,
    #[command(flatten)]
    pub(crate) which: Which,
    #[command(flatten)]
    pub(crate) pin: PinSource,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The documents
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// The file that a detached signature is over; beside it, without .p7s, otherwise
    #[arg(long, value_name = "FILE")]
    pub(crate) content: Option<PathBuf>,
    /// Folder with trust anchors and revocation lists
    #[arg(long, value_name = "DIR")]
    pub(crate) trust: Option<PathBuf>,
    /// Report as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct StampFiles {
    /// The files to seal; they are not changed
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Put them and the signature into this container
    #[arg(long, value_name = "OUT.asice", required_unless_present = "detached")]
    pub(crate) container: Option<PathBuf>,
    /// Write the signature of the one file beside it, as FILE.p7s
    #[arg(long, conflicts_with = "container")]
    pub(crate) detached: bool,
    /// Answer as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Which seal of the card, by its slot as `sello seals` shows it
    #[arg(long, value_name = "SLOT", value_parser = slot)]
    pub(crate) seal: Option<Slot>,
    #[command(flatten)]
    pub(crate) which: Which,
    #[command(flatten)]
    pub(crate) pin: PinSource,
}

#[derive(Debug, Args)]
pub(crate) struct Seals {
    /// Write each seal's picture into this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) export: Option<PathBuf>,
    /// Answer as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) which: Which,
}

#[derive(Debug, Args)]
pub(crate) struct Card {
    /// Answer as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) which: Which,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PinCommand {
    /// Set a new PIN with the present one
    Change(PinChange),
    /// Set a new PIN with the PUK, when the PIN is blocked or forgotten
    Unblock(PinUnblock),
}

#[derive(Debug, Args)]
pub(crate) struct PinChange {
    /// The approver PIN, not the custodian's
    #[arg(long)]
    pub(crate) approver: bool,
    #[command(flatten)]
    pub(crate) which: Which,
    #[command(flatten)]
    pub(crate) pin: PinSource,
    #[command(flatten)]
    pub(crate) new_pin: NewPinSource,
}

#[derive(Debug, Args)]
pub(crate) struct PinUnblock {
    #[command(flatten)]
    pub(crate) which: Which,
    #[command(flatten)]
    pub(crate) puk: PukSource,
    #[command(flatten)]
    pub(crate) new_pin: NewPinSource,
}

#[derive(Debug, Args)]
pub(crate) struct Approve {
    /// Stampings allowed from now on, in place of what was left; 0 withdraws
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<u16>,
    /// Which seal of the card, by its slot as `sello seals` shows it
    #[arg(long, value_name = "SLOT", value_parser = slot)]
    pub(crate) seal: Option<Slot>,
    /// Answer as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) which: Which,
    #[command(flatten)]
    pub(crate) pin: PinSource,
}

#[derive(Debug, Subcommand)]
pub(crate) enum JournalCommand {
    /// Show the stampings that the card keeps
    #[command(after_help = JOURNAL_EXAMPLES)]
    Show(JournalShow),
    /// Write them to a file, with a head that the card signs
    #[command(after_help = JOURNAL_EXAMPLES)]
    Export(JournalExport),
    /// Check an export, or the card itself: nothing changed, nothing missing
    #[command(after_help = JOURNAL_EXAMPLES)]
    Verify(JournalVerify),
}

#[derive(Debug, Args)]
pub(crate) struct JournalShow {
    /// Begin with this entry; the oldest that the card keeps otherwise
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(crate) from: u32,
    /// Answer as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) which: Which,
}

#[derive(Debug, Args)]
pub(crate) struct JournalExport {
    /// Where the export goes, JSON
    #[arg(value_name = "FILE")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) which: Which,
}

#[derive(Debug, Args)]
pub(crate) struct JournalVerify {
    /// The export; the card in the reader otherwise
    #[arg(value_name = "FILE", conflicts_with_all = ["reader", "serial"])]
    pub(crate) file: Option<PathBuf>,
    /// Folder with the roots of cards (devices/*.pem), as the center exports it
    #[arg(long, value_name = "DIR")]
    pub(crate) trust: Option<PathBuf>,
    /// An earlier export of the same card, which this one has to continue
    #[arg(long, value_name = "FILE")]
    pub(crate) previous: Option<PathBuf>,
    /// Sealed documents that have to be among the stampings
    #[arg(long = "document", value_name = "FILE", num_args = 1..)]
    pub(crate) documents: Vec<PathBuf>,
    /// Answer as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) which: Which,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// The PKCS#11 module that programs load
    #[arg(long, value_name = "FILE")]
    pub(crate) module: Option<PathBuf>,
    /// Folder with trust anchors and revocation lists
    #[arg(long, value_name = "DIR")]
    pub(crate) trust: Option<PathBuf>,
    /// Answer as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) which: Which,
}

/// Which card, when there are several.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The reader, by its name or a part of it
    #[arg(long, value_name = "NAME")]
    pub(crate) reader: Option<String>,
    /// The card, by its serial number
    #[arg(long, value_name = "NUMBER")]
    pub(crate) serial: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct PinSource {
    /// Take the PIN from this environment variable
    #[arg(long, value_name = "NAME", conflicts_with = "pin_fd")]
    pub(crate) pin_env: Option<String>,
    /// Take the PIN from a line of this file descriptor
    #[arg(long, value_name = "N")]
    pub(crate) pin_fd: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct NewPinSource {
    /// Take the new PIN from this environment variable
    #[arg(long, value_name = "NAME", conflicts_with = "new_pin_fd")]
    pub(crate) new_pin_env: Option<String>,
    /// Take the new PIN from a line of this file descriptor
    #[arg(long, value_name = "N")]
    pub(crate) new_pin_fd: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct PukSource {
    /// Take the PUK from this environment variable
    #[arg(long, value_name = "NAME", conflicts_with = "puk_fd")]
    pub(crate) puk_env: Option<String>,
    /// Take the PUK from a line of this file descriptor
    #[arg(long, value_name = "N")]
    pub(crate) puk_fd: Option<u32>,
}

/// A slot that can hold a seal: 9C, or 82 to 95.
fn slot(text: &str) -> Result<Slot, String> {
    let byte = u8::from_str_radix(text, 16).ok();
    byte.filter(|_| text.len() == 2)
        .and_then(Slot::from_byte)
        .filter(|slot| slot.seal_index().is_some())
        .ok_or_else(|| "a seal's slot is 9C, or 82 to 95".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn slots_are_those_of_seals() {
        assert_eq!(slot("9c"), Ok(Slot::Signature));
        assert!(slot("82").is_ok());
        for text in ["9A", "81", "96", "x", "", "+9C", "0x9C"] {
            assert!(slot(text).is_err(), "{text}");
        }
    }

    #[test]
    fn no_option_takes_a_pin() {
        for option in ["--pin", "--puk", "--new-pin"] {
            let line = ["sello", "pin", "change", option, "123456"];
            assert!(Arguments::try_parse_from(line).is_err());
        }
    }
}
