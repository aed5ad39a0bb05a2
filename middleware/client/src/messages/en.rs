//! English.

pub(super) mod doctor;
mod journal;

use sello_profile::seal::SealKind;
use sello_wire::{LifeCycle, PinPolicy};

use super::{Explanation, Text, cards, options, seals};
use crate::failure::{Failure, SecretKind};

pub(super) fn text(text: &Text<'_>) -> String {
    match text {
        Text::AskPin { seal, tries_left } => {
            format!("PIN for the seal \"{seal}\" ({}): ", tries(*tries_left))
        }
        Text::AskOldPin {
            transport: true,
            tries_left,
        } => format!(
            "Transport PIN, from the PIN letter ({}): ",
            tries(*tries_left)
        ),
        Text::AskOldPin { tries_left, .. } => format!("Present PIN ({}): ", tries(*tries_left)),
        Text::AskNewPin => "New PIN, 6 to 8 digits: ".to_owned(),
        Text::AskNewPinAgain => "New PIN once more: ".to_owned(),
        Text::AskPuk { tries_left } => {
            format!("PUK, from the PIN letter ({}): ", tries(*tries_left))
        }
        Text::AskApproverPin {
            seal,
            count,
            tries_left,
        } => format!(
            "Approver PIN, to allow \"{seal}\" {} ({}): ",
            stampings(*count),
            tries(*tries_left)
        ),
        Text::AskOldApproverPin {
            transport: true,
            tries_left,
        } => format!(
            "Approver's transport PIN, from the approver's letter ({}): ",
            tries(*tries_left)
        ),
        Text::AskOldApproverPin { tries_left, .. } => {
            format!("Present approver PIN ({}): ", tries(*tries_left))
        }
        Text::AskBatchPin {
            seal,
            count,
            tries_left,
        } => format!(
            "PIN for the seal \"{seal}\", for these {count} documents ({}): ",
            tries(*tries_left)
        ),
        Text::Copying => "copying the document".to_owned(),
        Text::PreparingBatch => "laying out".to_owned(),
        Text::SealingBatch => "sealing".to_owned(),
        Text::Verifying { path } => format!("verifying {}", path.display()),
        Text::Extracted { number, path } => format!(
            "The document as seal or signature {number} covers it: {}",
            path.display()
        ),
        Text::Page { path } => format!("The report for the browser: {}", path.display()),
        Text::NoTrust => "No trust folder was found, so no authority is trusted; name one with \
            --trust DIR."
            .to_owned(),
        Text::Stamped { seal, page, path } => {
            format!("Sealed with \"{seal}\" on page {page}: {}", path.display())
        }
        Text::SealedAfter { fields } => {
            format!("Sealed before, in this order: {}.", fields.join(", "))
        }
        Text::FieldsPrepared { count, path } => {
            format!("Empty signature fields: {count}, in {}", path.display())
        }
        Text::Renewed { path } => format!(
            "Renewed with validation data and a document timestamp: {}",
            path.display()
        ),
        Text::CutBack { path, excess } => format!(
            "{}: {excess} bytes of an interrupted stamping were cut off.",
            path.display()
        ),
        Text::SealedFiles { seal, path } => {
            format!("Sealed with \"{seal}\": {}", path.display())
        }
        Text::PinChanged => "The PIN is changed.".to_owned(),
        Text::PinUnblocked => "The new PIN is set; the PIN has all its tries again.".to_owned(),
        Text::ApproverPinChanged => "The approver PIN is changed.".to_owned(),
        Text::Approved { slot, seal, left } => format!(
            "{:02X}  {seal}: {} allowed",
            slot.to_byte(),
            stampings(*left)
        ),
        Text::NoApprovalNeeded { slot, seal } => {
            format!("{:02X}  {seal}: needs no approval", slot.to_byte())
        }
        Text::ApprovalsLeft(left) => {
            format!("Dual control: {} allowed now.", stampings(*left))
        }
        Text::ApproverTries(None) => "approver PIN   none".to_owned(),
        Text::ApproverTries(Some((left, total))) => {
            format!("approver PIN   {left} of {total} tries")
        }
        Text::ApproverTransportPin => {
            "approver       transport PIN in force: run `sello pin change \
            --approver` before the first approval"
                .to_owned()
        }
        Text::BatchAnnounced { count, root } => {
            format!("Batch of {count} documents; the card will seal these only. Merkle root {root}")
        }
        Text::BatchSealed { path } => format!("sealed          {}", path.display()),
        Text::BatchSealedAlready { path } => format!("sealed already  {}", path.display()),
        Text::BatchNotSealed { path } => format!("NOT sealed      {}", path.display()),
        Text::BatchDone {
            seal,
            sealed,
            total,
        } => format!("Sealed with \"{seal}\": {sealed} of {total} documents."),
        Text::JournalCounter(count) => format!("journal        {}", signatures(*count)),
        Text::JournalTitle { serial, last } => {
            format!(
                "Card {serial}: {} of its seal keys, ever.",
                signatures(*last)
            )
        }
        Text::JournalOlderGone { first_kept } => format!(
            "The card keeps the last 512 entries: those before {first_kept} are gone from it."
        ),
        Text::JournalColumns => {
            "     No.  what        slot  key               digest signed".to_owned()
        }
        Text::JournalEntry(entry) => journal::entry(entry),
        Text::JournalExported { path, entries } => {
            format!("Journal written, {entries} entries: {}", path.display())
        }
        Text::JournalFinding(finding) => journal::finding(finding),
        Text::JournalVerdict(verdict) => journal::verdict(*verdict).to_owned(),
        Text::SealPolicy(policy) => format!("  PIN          {}", pin_policy(*policy)),
        Text::SealDualControl { left } => {
            format!("  approval     needed; {} allowed", stampings(*left))
        }
        Text::Exported { path } => format!("  picture      written to {}", path.display()),
        Text::Reader(name) => format!("reader         {name}"),
        Text::Serial(Some(serial)) => format!("serial number  {serial}"),
        Text::Serial(None) => "serial number  none".to_owned(),
        Text::Atr(atr) => format!("ATR            {atr}"),
        Text::PlainPivCard => "kind           PIV token of another make, without seals".to_owned(),
        Text::LifeCycle(state) => format!("life cycle     {}", life_cycle(*state)),
        Text::TransportPin => {
            "transport PIN  in force: run `sello pin change` before the first sealing".to_owned()
        }
        Text::PinTries { left, total } => format!("PIN tries      {left} of {total}"),
        Text::PukTries { left, total } => format!("PUK tries      {left} of {total}"),
        Text::CardVersion([major, minor]) => format!("card edge      {major}.{minor}"),
        Text::SealCount(count) => format!("seals          {count}"),
        Text::Seal { slot, name } => format!("{:02X}  {name}", slot.to_byte()),
        Text::SealKind(kind) => format!("  kind         {}", seal_kind(*kind)),
        Text::SealNumber(number) => format!("  number       {number}"),
        Text::Holder(holder) => format!("  holder       {holder}"),
        Text::Validity { from, until } => format!("  valid        {from} to {until}"),
        Text::Picture {
            width_mm,
            height_mm,
        } => format!("  size         {width_mm} x {height_mm} mm"),
    }
}

fn tries(left: u8) -> String {
    if left == 1 {
        "last try".to_owned()
    } else {
        format!("{left} tries left")
    }
}

fn stampings(count: u16) -> String {
    if count == 1 {
        "1 stamping".to_owned()
    } else {
        format!("{count} stampings")
    }
}

fn signatures(count: u32) -> String {
    if count == 1 {
        "1 signature".to_owned()
    } else {
        format!("{count} signatures")
    }
}

const fn pin_policy(policy: PinPolicy) -> &'static str {
    match policy {
        PinPolicy::Never => "never asked for",
        PinPolicy::Once => "once after the card was inserted",
        PinPolicy::Always => "for each stamping; no batches",
        PinPolicy::Counted => "for each stamping, or once for a batch",
    }
}

const fn life_cycle(state: LifeCycle) -> &'static str {
    match state {
        LifeCycle::Blank => "blank: not personalized",
        LifeCycle::Personalizing => "personalizing: at the center",
        LifeCycle::Operational => "operational",
        LifeCycle::Blocked => "blocked by the center",
        LifeCycle::Terminated => "terminated: its keys are erased",
    }
}

const fn seal_kind(kind: SealKind) -> &'static str {
    match kind {
        SealKind::Official => "official seal",
        SealKind::Contract => "contract seal",
        SealKind::Finance => "finance seal",
        SealKind::Invoice => "invoice seal",
        SealKind::Business => "business seal",
        SealKind::Individual => "seal of an individual",
        _ => "other seal",
    }
}

const fn secret(kind: SecretKind) -> &'static str {
    match kind {
        SecretKind::Pin => "PIN",
        SecretKind::NewPin => "new PIN",
        SecretKind::Puk => "PUK",
        SecretKind::ApproverPin => "approver PIN",
    }
}

pub(super) fn failure(failure: &Failure) -> Explanation {
    let say = |what: &str| Explanation::new(what);
    match failure {
        Failure::NoService => say("The card readers cannot be reached.")
            .why("The PC/SC service (pcscd) is not running.")
            .next(
                "Start it with `sudo systemctl start pcscd.socket`, or install the package pcscd.",
            ),
        Failure::NoReaders => {
            say("There is no card reader.").next("Connect a reader and try again.")
        }
        Failure::UnknownReader { name, available } => {
            Explanation::new(format!("There is no reader named \"{name}\"."))
                .next(format!("Readers: {}", available.join("; ")))
        }
        Failure::AmbiguousReader { name, available } => {
            Explanation::new(format!("Several readers are named \"{name}\".")).next(format!(
                "Give more of the name. Readers: {}",
                available.join("; ")
            ))
        }
        Failure::EmptyReaders { readers } => say("There is no card in the reader.")
            .why(format!("Empty: {}", readers.join("; ")))
            .next("Insert the seal card, chip first, and try again."),
        Failure::ForeignCard { reader, atr } => {
            Explanation::new(format!("The card in {reader} is not a seal card."))
                .why(format!("It is another kind of card, ATR {atr}."))
                .next("Insert the seal card and try again.")
        }
        Failure::MuteCard { reader } => {
            Explanation::new(format!("The card in {reader} does not answer."))
                .next("Take it out, clean the contacts, insert it chip first, and try again.")
        }
        Failure::CardInUse => say("Another program holds the card for itself.")
            .next("Close the other program and try again."),
        Failure::UnknownSerial {
            serial,
            cards: found,
        } => Explanation::new(format!("No card has the serial number {serial}."))
            .next(format!("Cards: {}", cards(found, "serial number"))),
        Failure::SeveralCards { cards: found } => say("Several cards could be meant.")
            .why(cards(found, "serial number"))
            .next("Name one with --serial or --reader, or take the others out."),
        Failure::CardRemoved => say("The card was removed.")
            .why("It has to stay in the reader until the program ends. Nothing was written.")
            .next("Insert it again and repeat the command."),
        Failure::CardFailed { reason } => say("The card could not do what was asked.")
            .why(reason.clone())
            .next("Try again; if it stays so, ask the center that issued the card."),
        Failure::NoSealOnCard => say("There is no seal on this card.")
            .why("It is a PIV token without Sello's seal objects.")
            .next("Insert the seal card that the center delivered."),
        Failure::NotPersonalized => say("This card has not been personalized.")
            .next("Only the center can put a seal on it; ask the center."),
        Failure::OutOfUse { life_cycle: state } => say("This card is out of use.")
            .why(format!("It is {}.", life_cycle(*state)))
            .next("Ask the center that issued it."),
        Failure::TransportPin => say("The card still has its transport PIN.")
            .why("It seals nothing until its custodian has set a PIN of their own.")
            .next("Run `sello pin change`; the transport PIN is in the PIN letter."),
        Failure::NoSuchSeal { slot, seals: found } => Explanation::new(format!(
            "The card has no seal in slot {:02X}.",
            slot.to_byte()
        ))
        .next(format!("Seals: {}", seals(found))),
        Failure::SeveralSeals { seals: found } => say("The card has several seals.")
            .next(format!("Name one with --seal SLOT: {}", seals(found))),
        Failure::SealDamaged { reason } => say("The seal on the card is damaged.")
            .why(reason.clone())
            .next("Ask the center that issued the card."),
        Failure::SignatureMisfit => say("The card's signature does not fit its certificate.")
            .why("Key and certificate on the card do not belong together. Nothing was written.")
            .next("Ask the center that issued the card."),
        Failure::NotSupported => say("This card cannot do that.")
            .why("It is a PIV token of another make, or of an earlier edition than 2.0.")
            .next("Insert a seal card of the center, or ask the center for a new one."),
        Failure::NoApprover => say("The card has no approver PIN.")
            .why("Its seals are not under dual control.")
            .next("Ask the center if a second person is to allow each stamping."),
        Failure::ApproverTransportPin => say("The approver still has the transport PIN.")
            .why("It allows nothing until the responsible person has set a PIN of their own.")
            .next(
                "Run `sello pin change --approver`; the transport PIN is in the approver's letter.",
            ),
        Failure::NoDualControl => say("The seal needs no approval.")
            .why("It is not under dual control.")
            .next("Its custodian can stamp at once; `sello approve` shows which seals need it."),
        Failure::ApprovalsMissing { needed, left } => say(
            "The responsible person has to allow this first.",
        )
        .why(format!(
            "{} needed, {left} allowed. No PIN was used.",
            stampings(*needed)
        ))
        .next(format!(
            "The responsible person runs `sello approve --count {needed}`; then repeat the command."
        )),
        Failure::NotCounted { slot } => Explanation::new(format!(
            "The seal in slot {:02X} seals no batches.",
            slot.to_byte()
        ))
        .why("Its PIN policy is not \"counted\".")
        .next("Stamp the documents one by one, or ask the center for a seal that allows batches."),
        Failure::BatchSize { count } => {
            Explanation::new(format!("A batch has 1 to 1024 documents, not {count}."))
                .next("Split it; nothing was sealed.")
        }
        Failure::BatchBroken {
            sealed,
            total,
            cause,
        } => Explanation::new(format!(
            "The batch broke off: {sealed} of {total} documents are sealed."
        ))
        .why(self::failure(cause).what)
        .next("Run the same command again with --resume for the rest; it will ask for the PIN."),
        Failure::JournalFull => say("The card's journal is full.")
            .why("Its counter has no further number, so its keys sign no more.")
            .next("Ask the center for a new card."),
        Failure::Journal(error) => say("The card's journal is not what a card writes.")
            .why(journal::finding(&(*error).into()))
            .next("Keep the card and ask the center that issued it."),
        Failure::NotAnExport { path, reason } => {
            Explanation::new(format!("{} is no export of a journal.", path.display()))
                .why(reason.clone())
                .next("Name a file that `sello journal export` wrote.")
        }
        Failure::WrongPin { tries_left: 1 } => say("The PIN is wrong. One try is left.")
            .next("If you are not sure, stop: `sello pin unblock` sets a new PIN with the PUK."),
        Failure::WrongPin { tries_left } => {
            Explanation::new(format!("The PIN is wrong. {tries_left} tries are left."))
                .next("Repeat the command with the right PIN.")
        }
        Failure::PinBlocked => say("The PIN is blocked.")
            .why("It was entered wrongly too often.")
            .next("Set a new PIN with `sello pin unblock` and the PUK of the PIN letter."),
        Failure::WrongPuk { tries_left } => {
            Explanation::new(format!("The PUK is wrong. {}.", tries(*tries_left)))
                .next("The PUK is in the PIN letter. When its tries are used up, the card is lost.")
        }
        Failure::PukBlocked => say("The PUK is blocked.")
            .why("It was entered wrongly too often.")
            .next("Nothing unblocks it; ask the center for a new card."),
        Failure::WrongApproverPin { tries_left } => Explanation::new(format!(
            "The approver PIN is wrong. {}.",
            tries(*tries_left)
        ))
        .next("Repeat the command with the right approver PIN."),
        Failure::ApproverBlocked => say("The approver PIN is blocked.")
            .why("It was entered wrongly too often.")
            .next("Bring the card to the center, which sets a new one."),
        Failure::NewPinRefused => say("The card refuses the new PIN.")
            .why("It is the old one, the factory's, or not 6 to 8 digits.")
            .next("Choose another one. The old PIN is still in force."),
        Failure::SamePin => {
            say("The new PIN is the old one.").next("Choose another one. Nothing was changed.")
        }
        Failure::PinsDiffer => say("The two entries of the new PIN differ.")
            .next("Repeat the command. Nothing was changed."),
        Failure::SecretForm {
            kind: SecretKind::Puk,
        } => say("A PUK has 8 characters.").next("Repeat the command. No try was used."),
        Failure::SecretForm { kind } => {
            Explanation::new(format!("The {} must have 6 to 8 digits.", secret(*kind)))
                .next("Repeat the command. No try was used.")
        }
        Failure::NoTerminal { kind } => {
            Explanation::new(format!("The {} cannot be asked for.", secret(*kind)))
                .why("There is no terminal.")
                .next(format!("Scripts pass it with {}.", options(*kind)))
        }
        Failure::SecretSource { source, reason } => {
            Explanation::new(format!("Nothing can be read from {source}.")).why(reason.clone())
        }
        Failure::Unreadable { path, reason } => {
            Explanation::new(format!("{} cannot be read.", path.display())).why(reason.clone())
        }
        Failure::NotPdf { path } => {
            Explanation::new(format!("{} is not a PDF document.", path.display()))
                .next("Convert it to PDF first.")
        }
        Failure::EncryptedPdf { path } => {
            Explanation::new(format!("{} is encrypted.", path.display()))
                .why("An encrypted document cannot be sealed.")
                .next("Save it without password protection and try again.")
        }
        Failure::DamagedPdf { path, reason } => {
            Explanation::new(format!("{} is damaged or not supported.", path.display()))
                .why(reason.clone())
                .next("Write it anew with the program it came from and try again.")
        }
        Failure::NoSuchPage { page, pages } => {
            Explanation::new(format!("There is no page {page}."))
                .why(format!("The document has {pages}."))
        }
        Failure::OutsidePage {
            width_mm,
            height_mm,
        } => say("The seal would lie off the page.")
            .why(format!(
                "The page is {width_mm:.0} mm wide and {height_mm:.0} mm high."
            ))
            .next("Choose --x, --y and --width so that the seal lies within."),
        Failure::SealSize => {
            say("A seal is 1 to 1000 mm wide and high.").next("Choose another --width.")
        }
        Failure::Certified => say("The document allows no further seal.")
            .why("Its author certified it so that nothing may be added."),
        Failure::SealNotInForce => say("The seal is not in force today.")
            .next("`sello seals` shows its validity; ask the center for a renewal."),
        Failure::CertificateNotInSeal => say("The seal does not belong to the key on the card.")
            .why("The seal structure does not list the key's certificate.")
            .next("Ask the center that issued the card."),
        Failure::CannotStamp { reason } => {
            say("The document cannot be sealed.").why(reason.clone())
        }
        Failure::Changed { path } => Explanation::new(format!(
            "{} is being changed by another program.",
            path.display()
        ))
        .why("What would be sealed is not what was read. Nothing was written.")
        .next("Wait until the other program is done and try again."),
        Failure::HalfWritten { path, excess } => Explanation::new(format!(
            "{} ends in the middle of a revision.",
            path.display()
        ))
        .why(format!(
            "The last {excess} bytes are what an interrupted stamping left; before them \
                     the document is whole."
        ))
        .next("Run it again with --in-place --repair: that cuts them off first."),
        Failure::NothingSealed { path } => {
            Explanation::new(format!("{} has no seal and no signature.", path.display()))
                .next("Seal it first: `sello stamp --level lta`.")
        }
        Failure::CannotSearch { path, reason } => Explanation::new(format!(
            "The text of {} cannot be searched.",
            path.display()
        ))
        .why(reason.clone())
        .next("Say the place with --page, --x and --y."),
        Failure::NoSuchText { path, text, count } => Explanation::new(format!(
            "There is no such occurrence of \"{text}\" in {}.",
            path.display()
        ))
        .why(format!(
            "It occurs {count} times; capitals matter, spaces do not, pictures of text are no text."
        ))
        .next("Choose another --keyword or --occurrence, or say the place with --x and --y."),
        Failure::NoTimestampAuthority => say("No timestamp authority is named.")
            .why("The levels t, lt and lta need its tokens.")
            .next("Name one with --tsa; a center has one: `sello-center timestamp serve`."),
        Failure::NotHttp { url } => Explanation::new(format!("{url} is no http address."))
            .why("Authorities are asked over plain http: what they answer is signed by itself.")
            .next("Give the address that begins with http://."),
        Failure::Network { url, reason } => {
            Explanation::new(format!("{url} does not give what it is asked for."))
                .why(reason.clone())
                .next("Nothing was written. Check the address and the network and try again.")
        }
        Failure::Timestamp { url, reason } => Explanation::new(format!(
            "The timestamp authority {url} gives no usable token."
        ))
        .why(reason.clone())
        .next("Nothing was written. Ask whoever runs it, or name another with --tsa."),
        Failure::EvidenceMissing { subject, reason } => Explanation::new(format!(
            "The validation data of {subject} are not complete."
        ))
        .why(reason.clone())
        .next(
            "Put anchors and fresh revocation lists into the trust folder (`sello-center \
             export-trust`), name it with --trust, or take --level t.",
        ),
        Failure::Trust { path, reason } => Explanation::new(format!(
            "The trust folder {} cannot be used.",
            path.display()
        ))
        .why(reason.clone())
        .next("Take a fresh copy from the center (`sello-center export-trust`)."),
        Failure::SeveralDocuments => say("There are several documents and one output.")
            .next("Seal them with one PIN entry: `sello stamp --batch --into DIR ...`."),
        Failure::SameName { path } => Explanation::new(format!(
            "Two documents would be written to {}.",
            path.display()
        ))
        .next("Rename one, or seal them in two batches into two folders."),
        Failure::SealedAlready { path } => {
            Explanation::new(format!("{} is there already.", path.display()))
                .next("Take --resume to leave it out, or choose another folder with --into.")
        }
        Failure::OneDocument => {
            Explanation::new("This is done with one document at a time.".to_owned())
                .next("Name one file with --html, --extract-signed or `sello open`.")
        }
        Failure::NoSuchSignature { number, count } => Explanation::new(format!(
            "The document has no seal or signature number {number}."
        ))
        .why(format!("It has {count}."))
        .next("See `sello verify` for their numbers."),
        Failure::NothingCovered { number } => Explanation::new(format!(
            "There is no signed state of seal or signature {number} to write out."
        ))
        .why("It does not say soundly which part of the file it covers.".to_owned())
        .next("See `sello verify` for what is wrong with it."),
        Failure::SameFile { path } => {
            Explanation::new(format!("{} is the input itself.", path.display()))
                .next("Give another name with -o; the input is never changed.")
        }
        Failure::NoFolder { path } => {
            Explanation::new(format!("{} cannot be written into.", path.display()))
                .why("There is no such folder.")
                .next("Make it, or choose another place with -o.")
        }
        Failure::Unwritable { path, reason } => {
            Explanation::new(format!("{} cannot be written.", path.display()))
                .why(reason.clone())
                .next("Choose another place with -o, or check its permissions.")
        }
        Failure::DiskFull { path } => {
            Explanation::new(format!("There is no room for {}.", path.display()))
                .why("The disk is full. Nothing was left there.")
                .next("Make room, or choose another place.")
        }
    }
}
