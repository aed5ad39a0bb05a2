//! The objects of a card: checked before they are written, read back after.

use sello_card::{CardError, Exclusive};
use sello_issuing::station::Objects;
use sello_profile::ecdsa::certificate_point;
use sello_profile::seal::SeSeal;
use sello_wire::Slot;

use crate::error::Misfit;

/// Objects that fit the key in the card.
pub(crate) struct Fitting<'o> {
    objects: &'o Objects,
    /// Last day of the seal, `YYYYMMDD`, which the card names as its own.
    expiry: [u8; 8],
}

impl<'o> Fitting<'o> {
    /// Checks that certificate, seal and key belong together.
    pub(crate) fn check(objects: &'o Objects, point: &[u8]) -> Result<Self, Misfit> {
        if certificate_point(&objects.certificate)?[..] != *point {
            return Err(Misfit::Key);
        }
        let seal = SeSeal::from_der(&objects.seal)?;
        if !seal.lists(&objects.certificate) {
            return Err(Misfit::Seal);
        }
        let (_, end) = seal.validity();
        Ok(Self {
            objects,
            expiry: day(end.year(), end.month(), end.day()),
        })
    }

    /// Writes everything, the directory last: a card torn away meanwhile shows no half seal.
    pub(crate) fn write(&self, card: &mut Exclusive<'_>, slot: Slot) -> Result<(), CardError> {
        let objects = self.objects;
        card.write_certificate(slot, &objects.certificate)?;
        card.write_chuid(&objects.guid, &self.expiry)?;
        let [_, _, ref identifier @ ..] = objects.guid;
        card.write_ccc(identifier)?;
        let chain = objects
            .chain
            .iter()
            .map(|certificate| certificate.0.clone())
            .collect::<Vec<_>>();
        let entry = card.write_seal(slot, &objects.seal, &chain)?;
        card.write_directory(&[entry])
    }

    /// Reads back what a host will rely on.
    pub(crate) fn read_back(
        &self,
        card: &mut Exclusive<'_>,
        slot: Slot,
    ) -> Result<Result<(), Misfit>, CardError> {
        if card.certificate(slot)? != self.objects.certificate {
            return Ok(Err(Misfit::ReadBack {
                what: "certificate",
            }));
        }
        // The digest was checked against the directory; the directory has to be ours, too.
        if card.seal_structure(slot)? != self.objects.seal {
            return Ok(Err(Misfit::ReadBack { what: "seal" }));
        }
        Ok(Ok(()))
    }
}

fn day(year: u16, month: u8, day: u8) -> [u8; 8] {
    let mut digits = *b"00000000";
    let text = format!("{year:04}{month:02}{day:02}");
    for (digit, byte) in digits.iter_mut().zip(text.bytes()) {
        *digit = byte;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn days_are_written_as_the_standard_wants_them() {
        assert_eq!(&day(2031, 4, 9), b"20310409");
    }

    #[test]
    fn objects_for_another_key_or_another_seal_are_refused() {
        let point = testing::point(&testing::key(1));
        let other = testing::point(&testing::key(2));
        let objects = testing::objects(&point);
        assert!(Fitting::check(&objects, &point).is_ok());
        assert_eq!(Fitting::check(&objects, &other).err(), Some(Misfit::Key));

        let mut foreign = objects.clone();
        foreign.seal = testing::objects(&other).seal;
        assert_eq!(Fitting::check(&foreign, &point).err(), Some(Misfit::Seal));

        let mut broken = objects;
        broken.seal.truncate(20);
        assert!(matches!(
            Fitting::check(&broken, &point),
            Err(Misfit::Unreadable(_))
        ));
    }
}
