//! A seal card to measure: made by a center that lives as long as that takes.

use std::error::Error;

use sello_card::{CardSession, Pin};
use sello_center::application::{Applicant, Kind, Request};
use sello_center::vault::{Cost, Passphrase};
use sello_center::{Authority, Center, Home};
use sello_paper::picture::{SealPicture, draw};

use crate::reader::CountingReader;

/// The custodian's PIN of the card.
pub const PIN: &[u8] = b"246813";
/// The officers' passphrase: the center is gone when the card is made.
const PASSPHRASE: &str = "nobody needs to remember this";
/// As little as a passphrase can cost.
const COST: Cost = Cost {
    memory_kib: 8,
    passes: 1,
    lanes: 1,
};

/// Makes the blank card of a reader a seal card that its custodian has taken over.
///
/// # Errors
/// Whatever goes wrong: a benchmark without a card is none.
pub fn personalize(reader: &CountingReader) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let home = Home::new(folder.path().join("center"));
    let passphrase = Passphrase::new(PASSPHRASE.to_owned());
    let (mut center, first) = Center::initialize(home, &authority(), "first", &passphrase, COST)?;
    center.add_officer(&first, "second", &passphrase, COST)?;
    let second = center.log_in("second", &passphrase)?;
    let application = center.apply(&request()?)?;
    center.approve(&first, &application)?;
    center.approve(&second, &application)?;

    let mut session = CardSession::open(Box::new(reader.clone()))?;
    let mut station = center.station(&first)?;
    sello_station::personalize(&mut session, &application, &mut station, &mut |_, _| {})?;
    let letter = center.letter(&first, &application)?;
    let transport_pin = Pin::new(letter.pin.expose())?;
    session
        .exclusive()?
        .change_pin(&transport_pin, &Pin::new(PIN)?)?;
    Ok(())
}

fn authority() -> Authority {
    Authority {
        operator: "Example Seal Center".to_owned(),
        country: "ES".to_owned(),
        identifier: None,
        name: "Example CA".to_owned(),
        crl_url: None,
    }
}

fn request() -> Result<Request, Box<dyn Error>> {
    let picture = draw(&SealPicture {
        organization: "Example S.L.",
        kind_label: "Official seal",
        identifier: None,
        diameter_mm: 40,
        pixels: 600,
    })?;
    let applicant = Applicant::Organization {
        country: "ES".to_owned(),
        name: "Example S.L.".to_owned(),
        identifier: "VATES-B12345678".to_owned(),
    };
    let name = "Official seal".to_owned();
    Ok(Request::new(applicant, name, Kind::Official, 40, picture)?)
}
