//! `sello pin change`, the approver's included, and `sello pin unblock`.

use sello_card::{CardSession, CardStatus, Pin, Puk, Readers};

use crate::EXIT_GOOD;
use crate::card;
use crate::cli::{NewPinSource, PinChange, PinUnblock};
use crate::console::Console;
use crate::failure::{Failure, SecretKind};
use crate::messages::Text;
use crate::secret::Source;

pub(crate) fn change(
    arguments: &PinChange,
    readers: &dyn Readers,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    let mut found = card::find(readers, &arguments.which)?;
    let status = card::in_use(&mut found.session.exclusive()?)?;
    if arguments.approver {
        return change_approver(arguments, &status, &mut found.session, console);
    }
    if status.pin_tries.left == 0 {
        return Err(Failure::PinBlocked);
    }
    let prompt = Text::AskOldPin {
        transport: status.transport_pin,
        tries_left: status.pin_tries.left,
    };
    let typed = Source::from(&arguments.pin).take(console, SecretKind::Pin, &prompt)?;
    let old = Pin::new(typed.as_bytes()).map_err(Failure::secret_form(SecretKind::Pin))?;
    let new = new_pin(&arguments.new_pin, console)?;
    if old == new {
        return Err(Failure::SamePin);
    }
    found.session.exclusive()?.change_pin(&old, &new)?;
    console.say(&Text::PinChanged);
    Ok(EXIT_GOOD)
}

/// The responsible person's PIN: another number on the same card.
fn change_approver(
    arguments: &PinChange,
    status: &CardStatus,
    session: &mut CardSession,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    let tries_left = card::approver_tries(status)?;
    let prompt = Text::AskOldApproverPin {
        transport: status.approver_transport_pin,
        tries_left,
    };
    let kind = SecretKind::ApproverPin;
    let typed = Source::from(&arguments.pin).take(console, kind, &prompt)?;
    let old = Pin::new(typed.as_bytes()).map_err(Failure::secret_form(kind))?;
    let new = new_pin(&arguments.new_pin, console)?;
    if old == new {
        return Err(Failure::SamePin);
    }
    session.exclusive()?.change_approver_pin(&old, &new)?;
    console.say(&Text::ApproverPinChanged);
    Ok(EXIT_GOOD)
}

pub(crate) fn unblock(
    arguments: &PinUnblock,
    readers: &dyn Readers,
    console: &mut Console<'_>,
) -> Result<u8, Failure> {
    let mut found = card::find(readers, &arguments.which)?;
    let status = card::in_use(&mut found.session.exclusive()?)?;
    if status.puk_tries.left == 0 {
        return Err(Failure::PukBlocked);
    }
    let prompt = Text::AskPuk {
        tries_left: status.puk_tries.left,
    };
    let typed = Source::from(&arguments.puk).take(console, SecretKind::Puk, &prompt)?;
    let puk = Puk::new(typed.as_bytes()).map_err(Failure::secret_form(SecretKind::Puk))?;
    let new = new_pin(&arguments.new_pin, console)?;
    found.session.exclusive()?.unblock_pin(&puk, &new)?;
    console.say(&Text::PinUnblocked);
    Ok(EXIT_GOOD)
}

/// Takes the new PIN; a person types it twice.
fn new_pin(source: &NewPinSource, console: &mut Console<'_>) -> Result<Pin, Failure> {
    let source = Source::from(source);
    let kind = SecretKind::NewPin;
    let first = source.take(console, kind, &Text::AskNewPin)?;
    let pin = Pin::new(first.as_bytes()).map_err(Failure::secret_form(kind))?;
    if source.is_terminal() && *source.take(console, kind, &Text::AskNewPinAgain)? != *first {
        return Err(Failure::PinsDiffer);
    }
    Ok(pin)
}
