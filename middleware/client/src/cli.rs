//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use sello_document::stamp::{EmptyField, Placement};
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

At a word of the text, below the second occurrence:
  sello stamp contract.pdf -o sealed.pdf --keyword \"The seller\" --occurrence 2 --dy 15
  In a field that the author made, across all pages, on every page:
  sello stamp form.pdf -o sealed.pdf --field Seller
  sello stamp contract.pdf -o sealed.pdf --straddle right --y 120
  sello stamp contract.pdf -o sealed.pdf --pages all --x 150 --y 250
  As the author, who lets others seal but change nothing else:
  sello stamp contract.pdf -o sealed.pdf --x 20 --y 240 --certify forms \
        --prepare-field Buyer:1:120:240:60:30
  To be proved years later:
  sello stamp contract.pdf -o sealed.pdf --x 20 --y 240 --level lta \
        --tsa http://127.0.0.1:3161/tsa --trust ./trust
  Without a copy, the seal appended to the document itself:
  sello stamp contract.pdf --in-place --x 20 --y 240

Positions are those of the page as it is shown, turned and cropped. A document
that is signed already takes further seals and keeps the earlier ones valid; a
seal on several pages and a certification have to come first.

A batch is announced to the card before the PIN: it seals exactly those
documents and no other. Up to 1024 documents; the seal must allow batches
(`sello seals` shows it).

Everything is checked before the PIN is asked for, the timestamp authority too:
it gives one token for a random number, which shows how large its tokens are.
The input is not changed; the output appears whole or not at all. With
--in-place any failure cuts the document back to what it was; after a power cut
the next run says so and --repair does it.";

const PREPARE_EXAMPLES: &str = "\
Examples:
  sello prepare contract.pdf -o ready.pdf --field Buyer:3:20:240:60:30 \
        --field Seller:3:120:240:60:30
  sello stamp ready.pdf -o once.pdf --field Buyer
  sello stamp once.pdf -o twice.pdf --field Seller";

const RENEW_EXAMPLES: &str = "\
Examples:
  sello renew sealed.pdf -o renewed.pdf --tsa http://127.0.0.1:3161/tsa --trust ./trust
  sello renew archive.pdf --in-place --tsa http://127.0.0.1:3161/tsa

A document timestamp proves the document, its seals and their validation data as
long as its own authority can be verified. Renew before that ends: the new
timestamp is over everything before it. Neither card nor PIN is needed.";

const STAMP_FILES_EXAMPLES: &str = "\
Examples:
  Many files in one container (ASiC-E), which other programs open too:
  sello stamp-files --container sealed.asice plan.dwg budget.ods photo.jpg
  One file, with its signature beside it (plan.dwg.p7s):
  sello stamp-files --detached plan.dwg
  With the time proved, and with all that verifying needs when the authorities are gone:
  sello stamp-files --detached plan.dwg --level lta --tsa http://tsa.example/tsa

Everything is checked before the PIN is asked for. The files are never changed;
what is written appears whole or not at all.";

const VERIFY_EXAMPLES: &str = "\
Examples:
  sello verify sealed.pdf
  sello verify sealed.asice
  sello verify plan.dwg.p7s --content plan.dwg
  sello verify --trust ./trust --json *.pdf
  sello verify --html report.html sealed.pdf
  sello verify --extract-signed as-signed.pdf --seal 1 sealed.pdf

The trust folder holds anchors/*.pem and crls/*.crl. Without --trust it is
$XDG_CONFIG_HOME/sello/trust (or ~/.config/sello/trust), then /etc/sello/trust.";

const OPEN_EXAMPLES: &str = "\
Examples:
  sello open sealed.pdf
  sello open --no-browser sealed.pdf

The page stands by itself and shows the document as it was signed, with the
verdict on top; a seal that is not valid is struck out. A click on a page shows
where the point is and the `sello stamp` command that puts a seal there.";

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
    Stamp(Box<Stamp>),
    /// Make empty signature fields for those who will seal
    #[command(after_help = PREPARE_EXAMPLES)]
    Prepare(Prepare),
    /// Prove a sealed document for longer: validation data and a new document timestamp
    #[command(after_help = RENEW_EXAMPLES)]
    Renew(Renew),
    /// Seal files of any kind with the card: many in one container, or one beside its signature
    #[command(after_help = STAMP_FILES_EXAMPLES)]
    StampFiles(StampFiles),
    /// Verify seals and signatures of documents
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(Verify),
    /// Verify a document, then show it in the browser as it was signed
    #[command(after_help = OPEN_EXAMPLES)]
    Open(Open),
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
    /// The PDF document to seal, or several with --batch; not changed, but for --in-place
    #[arg(value_name = "IN.pdf", required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    /// Where the sealed document goes
    #[arg(short, long, value_name = "OUT.pdf")]
    #[arg(required_unless_present_any = ["batch", "in_place"])]
    #[arg(conflicts_with_all = ["batch", "in_place"])]
    pub(crate) output: Option<PathBuf>,
    /// Append the seal to the document itself; any failure leaves it as it was
    #[arg(long)]
    pub(crate) in_place: bool,
    /// With --in-place: first cut off what an interrupted stamping left at the end
    #[arg(long, requires = "in_place")]
    pub(crate) repair: bool,
    /// Seal all the documents with one PIN entry
    #[arg(long)]
    pub(crate) batch: bool,
    /// With --batch: the folder where the sealed documents go, under the same names
    #[arg(
        long,
        value_name = "DIR",
        requires = "batch",
        conflicts_with = "in_place"
    )]
    #[arg(required_if_eq_all = [("batch", "true"), ("in_place", "false")])]
    pub(crate) into: Option<PathBuf>,
    /// With --batch: leave out the documents that are in that folder already
    #[arg(long, requires = "into")]
    pub(crate) resume: bool,
    /// With --batch: leave out the documents that cannot be sealed, rather than seal none
    #[arg(long, requires = "batch")]
    pub(crate) keep_going: bool,
    /// Answer as JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) at: Place,
    /// Why the document is sealed
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Where the document is sealed
    #[arg(long, value_name = "TEXT")]
    pub(crate) place: Option<String>,
    #[command(flatten)]
    pub(crate) afterwards: Afterwards,
    #[command(flatten)]
    pub(crate) proof: Proof,
    /// Which seal of the card, by its slot as `sello seals` shows it
    #[arg(long, value_name = "SLOT", value_parser = slot)]
    pub(crate) seal: Option<Slot>,
    #[command(flatten)]
    pub(crate) which: Which,
    #[command(flatten)]
    pub(crate) pin: PinSource,
}

/// Where the seal goes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Where the seal goes")]
pub(crate) struct Place {
    /// Page, from 1
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) page: usize,
    /// The whole seal on each of these pages, as 1-3,7 or all; with --straddle, a slice on each
    #[arg(long, value_name = "LIST", value_parser = page_list, conflicts_with = "page")]
    pub(crate) pages: Option<Pages>,
    /// From the page's left edge, as it is shown, to the seal, in millimeters
    #[arg(long, value_name = "MM", allow_negative_numbers = true)]
    #[arg(required_unless_present_any = ["field", "keyword", "straddle"])]
    pub(crate) x: Option<f64>,
    /// From the page's top edge, as it is shown, to the seal, in millimeters
    #[arg(long, value_name = "MM", allow_negative_numbers = true)]
    #[arg(required_unless_present_any = ["field", "keyword", "straddle"])]
    pub(crate) y: Option<f64>,
    /// Width of the seal in millimeters, its height following; its own size otherwise
    #[arg(long, value_name = "MM")]
    pub(crate) width: Option<f64>,
    /// In the middle of this text; searched on --page, or on all pages without it
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["x", "y", "pages", "field", "straddle"])]
    pub(crate) keyword: Option<String>,
    /// With --keyword: which occurrence, from 1; from the last one back with negative numbers
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        allow_negative_numbers = true
    )]
    #[arg(requires = "keyword")]
    pub(crate) occurrence: i32,
    /// With --keyword: to the right of it, in millimeters
    #[arg(
        long,
        value_name = "MM",
        default_value_t = 0.0,
        allow_negative_numbers = true
    )]
    #[arg(requires = "keyword")]
    pub(crate) dx: f64,
    /// With --keyword: below it, in millimeters
    #[arg(
        long,
        value_name = "MM",
        default_value_t = 0.0,
        allow_negative_numbers = true
    )]
    #[arg(requires = "keyword")]
    pub(crate) dy: f64,
    /// In this empty signature field, as large as the field lets it be
    #[arg(long, value_name = "NAME", conflicts_with_all = ["page", "pages", "x", "y", "width"])]
    pub(crate) field: Option<String>,
    /// Across the pages: a slice at this edge of each, one signature; --y (or --x) says where
    /// along it
    #[arg(long, value_name = "EDGE", value_enum, num_args = 0..=1, default_missing_value = "right")]
    #[arg(conflicts_with_all = ["page", "field"])]
    pub(crate) straddle: Option<StraddleEdge>,
}

/// What holds for the document afterwards.
#[derive(Debug, Args)]
#[command(next_help_heading = "What holds afterwards")]
pub(crate) struct Afterwards {
    /// Certify the document, as its first signature: what may still be done to it
    #[arg(long, value_name = "WHAT", value_enum)]
    pub(crate) certify: Option<Certify>,
    /// Lock a form field, or `all`; several times for several fields
    #[arg(long, value_name = "FIELD")]
    pub(crate) lock: Vec<String>,
    /// Make an empty signature field for a later seal: NAME:PAGE:X:Y:WIDTH:HEIGHT, millimeters
    #[arg(long, value_name = "FIELD", value_parser = field_spec)]
    pub(crate) prepare_field: Vec<FieldSpec>,
}

/// How long the seal can be proved.
#[derive(Debug, Args)]
#[command(next_help_heading = "How long it can be proved")]
pub(crate) struct Proof {
    /// Level of PAdES or CAdES: b without proof of time, t with a timestamp, lt with all that verifying
    /// needs, lta with a timestamp over that; with --tsa it is t unless said
    #[arg(long, value_name = "LEVEL", value_enum)]
    pub(crate) level: Option<Level>,
    /// Timestamp authority (RFC 3161), an http address
    #[arg(long, value_name = "URL")]
    pub(crate) tsa: Option<String>,
    /// Folder with trust anchors and revocation lists, for lt and lta
    #[arg(long, value_name = "DIR")]
    pub(crate) trust: Option<PathBuf>,
    /// Take revocation lists from the trust folder only, not from where certificates say
    #[arg(long)]
    pub(crate) offline: bool,
}

/// An edge of the pages as shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StraddleEdge {
    Left,
    Right,
    Top,
    Bottom,
}

/// What may be done to a certified document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Certify {
    /// Nothing (P 1)
    Nothing,
    /// Fill in forms and add seals (P 2)
    Forms,
    /// That, and annotate (P 3)
    Annotations,
}

/// Level of PAdES (EN 319 142-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Level {
    B,
    T,
    Lt,
    Lta,
}

/// Pages named on the command line; none means all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pages(pub(crate) Vec<usize>);

/// An empty field named on the command line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FieldSpec(pub(crate) EmptyField);

#[derive(Debug, Args)]
pub(crate) struct Prepare {
    /// The PDF document, not signed yet; it is not changed
    #[arg(value_name = "IN.pdf")]
    pub(crate) input: PathBuf,
    /// Where the document with the fields goes
    #[arg(short, long, value_name = "OUT.pdf")]
    pub(crate) output: PathBuf,
    /// An empty signature field: NAME:PAGE:X:Y:WIDTH:HEIGHT in millimeters from the top left
    #[arg(long, value_name = "FIELD", value_parser = field_spec, required = true)]
    pub(crate) field: Vec<FieldSpec>,
    /// Let each field's signature lock all the fields there are
    #[arg(long)]
    pub(crate) lock_all: bool,
    /// Answer as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Renew {
    /// The sealed PDF document; not changed, but for --in-place
    #[arg(value_name = "IN.pdf")]
    pub(crate) input: PathBuf,
    /// Where the renewed document goes
    #[arg(short, long, value_name = "OUT.pdf")]
    #[arg(required_unless_present = "in_place", conflicts_with = "in_place")]
    pub(crate) output: Option<PathBuf>,
    /// Append to the document itself; any failure leaves it as it was
    #[arg(long)]
    pub(crate) in_place: bool,
    /// First cut off what an interrupted run left at the end
    #[arg(long, requires = "in_place")]
    pub(crate) repair: bool,
    /// Timestamp authority (RFC 3161), an http address
    #[arg(long, value_name = "URL")]
    pub(crate) tsa: String,
    /// Folder with trust anchors and revocation lists
    #[arg(long, value_name = "DIR")]
    pub(crate) trust: Option<PathBuf>,
    /// Take revocation lists from the trust folder only, not from where certificates say
    #[arg(long)]
    pub(crate) offline: bool,
    /// Answer as JSON
    #[arg(long)]
    pub(crate) json: bool,
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
    /// Write a report for the browser, with the pages as they were signed
    #[arg(long, value_name = "OUT.html")]
    pub(crate) html: Option<PathBuf>,
    /// Write the document as it was when it was signed last
    #[arg(long, value_name = "OUT.pdf")]
    pub(crate) extract_signed: Option<PathBuf>,
    /// With --extract-signed: as this seal or signature covers it, by its number in the report
    #[arg(long, value_name = "N", requires = "extract_signed")]
    pub(crate) seal: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct Open {
    /// The document
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Folder with trust anchors and revocation lists
    #[arg(long, value_name = "DIR")]
    pub(crate) trust: Option<PathBuf>,
    /// Open no browser, only say where the page is
    #[arg(long)]
    pub(crate) no_browser: bool,
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
    #[command(flatten)]
    pub(crate) proof: Proof,
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

/// Most pages that a list names.
const MOST_PAGES: usize = 10_000;

/// `all`, or numbers and ranges: `1-3,7`.
fn page_list(text: &str) -> Result<Pages, String> {
    if text == "all" {
        return Ok(Pages(Vec::new()));
    }
    let wrong = || "a list of pages is as 1-3,7 or all".to_owned();
    let mut pages = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let number = |text: &str| text.parse::<usize>().ok().filter(|number| *number > 0);
        let (first, last) = number(first).zip(number(last)).ok_or_else(wrong)?;
        if last < first || last.saturating_sub(first) > MOST_PAGES || pages.len() > MOST_PAGES {
            return Err(wrong());
        }
        pages.extend(first..=last);
    }
    Ok(Pages(pages))
}

/// `NAME:PAGE:X:Y:WIDTH:HEIGHT`.
fn field_spec(text: &str) -> Result<FieldSpec, String> {
    let wrong = || "a field is NAME:PAGE:X:Y:WIDTH:HEIGHT, millimeters".to_owned();
    let mut parts = text.rsplitn(6, ':');
    let mut number = || parts.next().and_then(|part| part.parse::<f64>().ok());
    let (height, width) = number().zip(number()).ok_or_else(wrong)?;
    let (y_mm, x_mm) = number().zip(number()).ok_or_else(wrong)?;
    let page = parts.next().and_then(|page| page.parse().ok());
    let page = page.ok_or_else(wrong)?;
    let name = parts.next().ok_or_else(wrong)?;
    Ok(FieldSpec(EmptyField {
        name: name.to_owned(),
        placement: Placement {
            page,
            x_mm,
            y_mm,
            size_mm: Some((width, height)),
        },
        lock: None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn lists_of_pages_are_numbers_and_ranges() {
        assert_eq!(page_list("all"), Ok(Pages(vec![])));
        assert_eq!(page_list("1-3,7"), Ok(Pages(vec![1, 2, 3, 7])));
        for wrong in ["", "0", "3-1", "1-", "x", "1-99999999"] {
            assert!(page_list(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn fields_are_named_with_their_place() {
        let FieldSpec(field) = field_spec("A:b:2:10:20.5:60:30").unwrap();
        assert_eq!(field.name, "A:b");
        assert_eq!(field.placement.page, 2);
        assert_eq!(field.placement.size_mm, Some((60.0, 30.0)));
        for wrong in ["", "Buyer", "Buyer:1:2:3:4", "Buyer:x:1:2:3:4"] {
            assert!(field_spec(wrong).is_err(), "{wrong}");
        }
    }

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
