//! Values that were not accepted, in words for people.

use sello_center::Error;
use sello_paper::letter::LetterError;
use sello_paper::picture::PictureError;
use sello_paper::text::TextError;

use crate::language::{Language, both};

/// A value that the center refuses.
pub(super) fn refused(error: &Error, l: Language) -> String {
    match error {
        Error::Value { what, why } => {
            let (what, why) = (named(what, l), reason(why, l));
            format!("{what}: {why}")
        }
        Error::Profile(sello_profile::Error::Text { what: "country" }) => l
            .pick(
                "the country is two capital letters, as ES",
                "el país son dos mayúsculas, como ES",
            )
            .to_owned(),
        Error::Profile(sello_profile::Error::Text { what }) => {
            let what = named(what, l);
            both!(
                l,
                "{what}: it must have 1 to 64 characters that a certificate can hold",
                "{what}: debe tener de 1 a 64 caracteres que quepan en un certificado"
            )
        }
        Error::Profile(sello_profile::Error::Empty { what }) => {
            let what = named(what, l);
            both!(l, "{what} is empty", "{what}: está vacío")
        }
        other => other.to_string(),
    }
}

/// Why a picture was not drawn.
pub(super) fn picture(error: &PictureError, l: Language) -> String {
    match error {
        PictureError::Text(error) => text(error, l),
        PictureError::Diameter(mm) => both!(
            l,
            "it can be drawn 15 to 100 mm wide, not {mm}",
            "se puede dibujar de 15 a 100 mm de ancho, no de {mm}"
        ),
        other => other.to_string(),
    }
}

/// Why a letter was not made.
pub(super) fn letter(error: &LetterError, l: Language) -> String {
    match error {
        LetterError::Text(error) => text(error, l),
        other => other.to_string(),
    }
}

fn text(error: &TextError, l: Language) -> String {
    match error {
        TextError::Empty { field } => {
            let field = named(field, l);
            both!(l, "{field} is empty", "{field}: está vacío")
        }
        TextError::TooLong {
            field,
            length,
            limit,
        } => {
            let field = named(field, l);
            both!(
                l,
                "{field} has {length} characters, at most {limit} fit",
                "{field}: tiene {length} caracteres, caben {limit}"
            )
        }
        TextError::Character { field, code_point } => {
            let field = named(field, l);
            both!(
                l,
                "{field} contains U+{code_point:04X}, for which the typeface has no shape",
                "{field}: contiene U+{code_point:04X}, que la tipografía no puede dibujar"
            )
        }
    }
}

/// What a value is called.
fn named(what: &'static str, l: Language) -> &'static str {
    match what {
        "organization name" | "organization" => l.pick(what, "nombre de la organización"),
        "organization identifier" | "identifier" | "serial number" => l.pick(what, "identificador"),
        "common name" => l.pick(
            "name of the seal or its holder",
            "nombre del sello o de su titular",
        ),
        "name" => l.pick(what, "nombre"),
        "country" => l.pick(what, "país"),
        "officer's name" => l.pick(what, "nombre del oficial"),
        "kind of seal" => l.pick(what, "clase de sello"),
        "size of the seal" => l.pick(what, "tamaño del sello"),
        "seal picture" => l.pick(what, "imagen del sello"),
        "reason" => l.pick(what, "motivo"),
        "holder" => l.pick(what, "titular"),
        "seal" => l.pick(what, "sello"),
        "center" => l.pick(what, "centro"),
        other => other,
    }
}

/// Why a value is refused: the center's own sentences, each with its translation.
fn reason(why: &'static str, l: Language) -> &'static str {
    let spanish = REASONS.iter().find(|(english, _)| *english == why);
    l.pick(why, spanish.map_or(why, |(_, spanish)| *spanish))
}

const REASONS: [(&str, &str); 12] = [
    (
        "it must have 1 to 64 characters",
        "debe tener de 1 a 64 caracteres",
    ),
    (
        "no blanks at its ends, and no control or invisible characters",
        "sin espacios en los extremos ni caracteres de control o invisibles",
    ),
    (
        "individuals have seals of kind individual, organizations the others",
        "las personas tienen sellos de clase individual; las organizaciones, los demás",
    ),
    (
        "each edge must be 1 to 500 mm",
        "cada lado debe medir de 1 a 500 mm",
    ),
    (
        "the file is larger than 160 KiB",
        "el fichero pasa de 160 KiB",
    ),
    ("this is not a PNG file", "no es un fichero PNG"),
    (
        "the PNG file is damaged or cut off",
        "el fichero PNG está dañado o cortado",
    ),
    (
        "each edge must be 1 to 2048 pixels",
        "cada lado debe tener de 1 a 2048 píxeles",
    ),
    ("the picture is animated", "la imagen es animada"),
    (
        "it must have at most 500 characters",
        "debe tener 500 caracteres como mucho",
    ),
    (
        "an organization's is written as VATES-B12345678: VAT, NTR, PSD or LEI, country, hyphen, number",
        "el de una organización se escribe como VATES-B12345678: VAT, NTR, PSD o LEI, país, guion, número",
    ),
    (
        "an individual's is written as IDCES-00000000T: IDC, PAS, PNO, TAX or TIN, country, hyphen, number",
        "el de una persona se escribe como IDCES-00000000T: IDC, PAS, PNO, TAX o TIN, país, guion, número",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_told_in_both_languages() {
        for (english, spanish) in REASONS {
            assert_eq!(reason(english, Language::English), english);
            assert_eq!(reason(english, Language::Spanish), spanish);
        }
    }
}
