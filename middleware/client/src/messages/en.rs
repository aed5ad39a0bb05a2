//! English.

use sello_profile::seal::SealKind;
use sello_wire::LifeCycle;

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
        Text::Copying => "copying the document".to_owned(),
        Text::Verifying { path } => format!("verifying {}", path.display()),
        Text::NoTrust => "No trust folder was found, so no authority is trusted; name one with \
            --trust DIR."
            .to_owned(),
        Text::Stamped { seal, page, path } => {
            format!("Sealed with \"{seal}\" on page {page}: {}", path.display())
        }
        Text::PinChanged => "The PIN is changed.".to_owned(),
        Text::PinUnblocked => "The new PIN is set; the PIN has all its tries again.".to_owned(),
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
            .why("It is the old one, or not 6 to 8 digits.")
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
        Failure::Trust { path, reason } => Explanation::new(format!(
            "The trust folder {} cannot be used.",
            path.display()
        ))
        .why(reason.clone())
        .next("Take a fresh copy from the center (`sello-center export-trust`)."),
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
