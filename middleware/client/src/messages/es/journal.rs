//! The journal, in Spanish.

use sello_card::{EntryKind, JournalEntry};

use crate::journal::{Finding, Verdict};

/// One line of the table.
pub(super) fn entry(entry: &JournalEntry) -> String {
    let kind = match entry.kind {
        EntryKind::Stamp => "sellado",
        EntryKind::Possession => "posesión",
        EntryKind::Batch => "lote",
    };
    format!(
        "{:>8}  {kind:<10}  {:02X}    {}  {}",
        entry.counter,
        entry.slot.to_byte(),
        hex::encode(entry.key_id),
        hex::encode(&entry.digest)
    )
}

pub(super) const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Good => "El registro está en orden.",
        Verdict::Bad => "El registro NO está en orden.",
        Verdict::CannotTell => "No se puede saber si el registro está en orden.",
    }
}

pub(super) fn finding(finding: &Finding) -> String {
    let mark = match finding.verdict() {
        Verdict::Good => "bien",
        Verdict::Bad => "MAL",
        Verdict::CannotTell => "duda",
    };
    format!("{mark:<4}  {}", sentence(finding))
}

fn sentence(finding: &Finding) -> String {
    match finding {
        Finding::ChainUnbroken { first, last } if first > last => {
            "Las claves de sello de la tarjeta aún no han firmado nada.".to_owned()
        }
        Finding::ChainUnbroken { first, last } => {
            format!("Entradas {first} a {last}: no falta ninguna ni se ha cambiado ninguna.")
        }
        Finding::EntryMissing { expected } => format!("Falta la entrada {expected}."),
        Finding::EntryChanged { counter } => {
            format!("La entrada {counter} no es la que escribió la tarjeta.")
        }
        Finding::HeadOfOther { counter } => {
            format!("Las entradas no llevan a la cabeza, que está en la {counter}.")
        }
        Finding::OlderGone { first } => format!(
            "La tarjeta guarda las últimas 512 entradas; las anteriores a la {first} están contadas, \
             pero no se muestran."
        ),
        Finding::OldestUnproven { counter } => format!(
            "La propia entrada {counter} solo queda probada con una exportación anterior (--previous)."
        ),
        Finding::HeadSigned { fresh: true } => {
            "La tarjeta ha firmado la cabeza ahora mismo, para esta comprobación.".to_owned()
        }
        Finding::HeadSigned { fresh: false } => {
            "La cabeza lleva la firma de la tarjeta.".to_owned()
        }
        Finding::HeadForged => "La cabeza no lleva la firma de la tarjeta.".to_owned(),
        Finding::CertificateMissing => {
            "No hay certificado de atestación, así que la cabeza no se puede comprobar.".to_owned()
        }
        Finding::CertificateUnreadable => {
            "El certificado de atestación no se puede leer.".to_owned()
        }
        Finding::CertificateOfOther { subject } => {
            format!("El certificado de atestación es de {subject}, no de esta tarjeta.")
        }
        Finding::CertificateTrusted { issuer } => {
            format!("La tarjeta es del centro: {issuer} responde de ella.")
        }
        Finding::CertificateUntrusted { reason } => format!(
            "No se puede saber si la tarjeta es de un centro ({reason}); las raíces de las tarjetas \
             están en devices/*.pem de la carpeta de confianza."
        ),
        Finding::CertificateForged { reason } => {
            format!("La tarjeta no es del centro ({reason}).")
        }
        Finding::PreviousContinued { last } => {
            format!("La exportación anterior, hasta la entrada {last}, continúa sin huecos.")
        }
        Finding::PreviousOfOther { serial } => {
            format!("La exportación anterior es de otra tarjeta, la {serial}.")
        }
        Finding::PreviousDamaged => {
            "La exportación anterior no es lo que escribió esta tarjeta.".to_owned()
        }
        Finding::PreviousLonger { last } => {
            format!("La exportación anterior llega a la entrada {last}, más lejos que esta.")
        }
        Finding::PreviousDiffers { counter } => {
            format!("La entrada {counter} es otra en la exportación anterior.")
        }
        Finding::PreviousGap { first, last } => format!(
            "Las entradas {first} a {last} quedaron entre las dos exportaciones y no están en \
             ninguna; exporte antes de cada 512 sellados."
        ),
        Finding::DocumentListed { path, counter } => {
            format!("{} es el sellado {counter}.", path.display())
        }
        Finding::DocumentUnproven { path, counter } => format!(
            "{} es el sellado {counter}, que solo prueba una exportación anterior.",
            path.display()
        ),
        Finding::DocumentChanged { path, counter } => format!(
            "{} es el sellado {counter}, pero se ha cambiado o su sello está roto; `sello verify` \
             dice más.",
            path.display()
        ),
        Finding::DocumentAbsent { path } => {
            format!("{} no lo ha sellado nunca esta tarjeta.", path.display())
        }
        Finding::DocumentUnknown { path } => format!(
            "{} no está entre las entradas mostradas; puede ser una más antigua.",
            path.display()
        ),
        Finding::DocumentUnsealed { path } => {
            format!("{} no tiene ningún sello con firma buena.", path.display())
        }
    }
}
