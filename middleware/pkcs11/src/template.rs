//! What a template may say: which attributes there are, in what form, and who may set them.

use cryptoki_sys as ck;
use cryptoki_sys::CK_ATTRIBUTE_TYPE;

use crate::attribute::TemplateEntry;
use crate::error::Error;

/// The form of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Flag,
    Number,
    Date,
    Bytes,
}

/// Attributes of every form that PKCS#11 3.2 has for the classes of this module, those of other types of keys
/// among them: an RSA key is refused for its type, and not for having a modulus (4.1.1).
const FORMS: &[(Form, &[CK_ATTRIBUTE_TYPE])] = &[
    (
        Form::Flag,
        &[
            ck::CKA_TOKEN,
            ck::CKA_PRIVATE,
            ck::CKA_MODIFIABLE,
            ck::CKA_COPYABLE,
            ck::CKA_DESTROYABLE,
            ck::CKA_TRUSTED,
            ck::CKA_SENSITIVE,
            ck::CKA_EXTRACTABLE,
            ck::CKA_ALWAYS_SENSITIVE,
            ck::CKA_NEVER_EXTRACTABLE,
            ck::CKA_LOCAL,
            ck::CKA_ENCRYPT,
            ck::CKA_DECRYPT,
            ck::CKA_SIGN,
            ck::CKA_SIGN_RECOVER,
            ck::CKA_VERIFY,
            ck::CKA_VERIFY_RECOVER,
            ck::CKA_WRAP,
            ck::CKA_UNWRAP,
            ck::CKA_DERIVE,
            ck::CKA_WRAP_WITH_TRUSTED,
            ck::CKA_ALWAYS_AUTHENTICATE,
            ck::CKA_ENCAPSULATE,
            ck::CKA_DECAPSULATE,
        ],
    ),
    (
        Form::Number,
        &[
            ck::CKA_CLASS,
            ck::CKA_KEY_TYPE,
            ck::CKA_CERTIFICATE_TYPE,
            ck::CKA_CERTIFICATE_CATEGORY,
            ck::CKA_JAVA_MIDP_SECURITY_DOMAIN,
            ck::CKA_NAME_HASH_ALGORITHM,
            ck::CKA_KEY_GEN_MECHANISM,
            ck::CKA_VALUE_LEN,
            ck::CKA_PROFILE_ID,
            ck::CKA_MECHANISM_TYPE,
            ck::CKA_MODULUS_BITS,
            ck::CKA_PRIME_BITS,
            ck::CKA_SUBPRIME_BITS,
            ck::CKA_VALUE_BITS,
        ],
    ),
    (Form::Date, &[ck::CKA_START_DATE, ck::CKA_END_DATE]),
    (
        Form::Bytes,
        &[
            ck::CKA_LABEL,
            ck::CKA_APPLICATION,
            ck::CKA_OBJECT_ID,
            ck::CKA_VALUE,
            ck::CKA_ID,
            ck::CKA_SUBJECT,
            ck::CKA_ISSUER,
            ck::CKA_SERIAL_NUMBER,
            ck::CKA_URL,
            ck::CKA_CHECK_VALUE,
            ck::CKA_HASH_OF_SUBJECT_PUBLIC_KEY,
            ck::CKA_HASH_OF_ISSUER_PUBLIC_KEY,
            ck::CKA_PUBLIC_KEY_INFO,
            ck::CKA_EC_PARAMS,
            ck::CKA_EC_POINT,
            ck::CKA_ALLOWED_MECHANISMS,
            ck::CKA_WRAP_TEMPLATE,
            ck::CKA_UNWRAP_TEMPLATE,
            ck::CKA_DERIVE_TEMPLATE,
            ck::CKA_ENCAPSULATE_TEMPLATE,
            ck::CKA_DECAPSULATE_TEMPLATE,
            ck::CKA_UNIQUE_ID,
            ck::CKA_MODULUS,
            ck::CKA_PUBLIC_EXPONENT,
            ck::CKA_PRIVATE_EXPONENT,
            ck::CKA_PRIME_1,
            ck::CKA_PRIME_2,
            ck::CKA_EXPONENT_1,
            ck::CKA_EXPONENT_2,
            ck::CKA_COEFFICIENT,
            ck::CKA_PRIME,
            ck::CKA_SUBPRIME,
            ck::CKA_BASE,
        ],
    ),
];

/// Set by the module and by nobody else.
const MADE_HERE: &[CK_ATTRIBUTE_TYPE] = &[
    ck::CKA_LOCAL,
    ck::CKA_KEY_GEN_MECHANISM,
    ck::CKA_ALWAYS_SENSITIVE,
    ck::CKA_NEVER_EXTRACTABLE,
    ck::CKA_UNIQUE_ID,
    ck::CKA_ALWAYS_AUTHENTICATE,
];

/// What may be changed in an object that is there (PKCS#11 3.2, table footnote 8).
const CHANGEABLE: &[CK_ATTRIBUTE_TYPE] = &[
    ck::CKA_LABEL,
    ck::CKA_ID,
    ck::CKA_SUBJECT,
    ck::CKA_ISSUER,
    ck::CKA_SERIAL_NUMBER,
    ck::CKA_START_DATE,
    ck::CKA_END_DATE,
    ck::CKA_DERIVE,
    ck::CKA_ENCRYPT,
    ck::CKA_DECRYPT,
    ck::CKA_SIGN,
    ck::CKA_SIGN_RECOVER,
    ck::CKA_VERIFY,
    ck::CKA_VERIFY_RECOVER,
    ck::CKA_WRAP,
    ck::CKA_UNWRAP,
    ck::CKA_ENCAPSULATE,
    ck::CKA_DECAPSULATE,
    ck::CKA_SENSITIVE,
    ck::CKA_EXTRACTABLE,
    ck::CKA_COPYABLE,
    ck::CKA_DESTROYABLE,
    ck::CKA_TRUSTED,
];

/// What may be said of a copy besides that.
const OF_COPIES: &[CK_ATTRIBUTE_TYPE] = &[ck::CKA_TOKEN, ck::CKA_PRIVATE, ck::CKA_MODIFIABLE];

/// What a template is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// A new object.
    Creation,
    /// A copy of an object.
    Copy,
    /// A change of an object.
    Change,
}

/// A template whose entries have the right forms and may be set.
#[derive(Debug)]
pub(crate) struct Checked<'a>(&'a [TemplateEntry]);

impl<'a> Checked<'a> {
    /// Checks each entry by itself, and that none contradicts another.
    ///
    /// # Errors
    /// `CKR_ATTRIBUTE_TYPE_INVALID`, `CKR_ATTRIBUTE_VALUE_INVALID`, `CKR_ATTRIBUTE_READ_ONLY`,
    /// `CKR_TEMPLATE_INCONSISTENT`.
    pub(crate) fn new(template: &'a [TemplateEntry], purpose: Use) -> Result<Self, Error> {
        for (index, entry) in template.iter().enumerate() {
            let known = FORMS.iter().find(|(_, kinds)| kinds.contains(&entry.kind));
            let (form, _) = known.ok_or(Error::AttributeTypeInvalid)?;
            if !has_form(*form, &entry.value) {
                return Err(Error::AttributeValueInvalid);
            }
            let may_be_set = match purpose {
                Use::Creation => !MADE_HERE.contains(&entry.kind),
                Use::Change => CHANGEABLE.contains(&entry.kind),
                Use::Copy => CHANGEABLE.contains(&entry.kind) || OF_COPIES.contains(&entry.kind),
            };
            // Nobody here is the security officer who might call something trusted.
            let is_trust = entry.kind == ck::CKA_TRUSTED && entry.value != [ck::CK_FALSE];
            if !may_be_set || is_trust {
                return Err(Error::AttributeReadOnly);
            }
            let earlier = template.get(..index).unwrap_or_default();
            if earlier.iter().any(|other| other.kind == entry.kind) {
                return Err(Error::TemplateInconsistent);
            }
        }
        Ok(Self(template))
    }

    /// The entries.
    pub(crate) const fn entries(&self) -> &'a [TemplateEntry] {
        self.0
    }

    /// The bytes of an attribute.
    pub(crate) fn bytes(&self, kind: CK_ATTRIBUTE_TYPE) -> Option<&'a [u8]> {
        let found = self.0.iter().find(|entry| entry.kind == kind);
        found.map(|entry| &entry.value[..])
    }

    /// A number.
    pub(crate) fn number(&self, kind: CK_ATTRIBUTE_TYPE) -> Option<ck::CK_ULONG> {
        crate::attribute::number(self.bytes(kind)?)
    }

    /// A flag, or what holds without it.
    pub(crate) fn flag(&self, kind: CK_ATTRIBUTE_TYPE, otherwise: bool) -> bool {
        self.bytes(kind).map_or(otherwise, |value| value != [0])
    }

    /// An attribute that has to be there.
    pub(crate) fn required(&self, kind: CK_ATTRIBUTE_TYPE) -> Result<&'a [u8], Error> {
        self.bytes(kind).ok_or(Error::TemplateIncomplete)
    }
}

fn has_form(form: Form, value: &[u8]) -> bool {
    match form {
        Form::Flag => matches!(value, [ck::CK_FALSE | ck::CK_TRUE]),
        Form::Number => value.len() == size_of::<ck::CK_ULONG>(),
        Form::Date => {
            value.is_empty() || (value.len() == 8 && value.iter().all(u8::is_ascii_digit))
        }
        Form::Bytes => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(entries: &[(CK_ATTRIBUTE_TYPE, &[u8])], purpose: Use) -> Result<(), Error> {
        let entries: Vec<TemplateEntry> = entries
            .iter()
            .map(|(kind, value)| TemplateEntry {
                kind: *kind,
                value: value.to_vec(),
            })
            .collect();
        Checked::new(&entries, purpose).map(drop)
    }

    #[test]
    fn each_fault_has_its_code() {
        let creation = |entries: &[(CK_ATTRIBUTE_TYPE, &[u8])]| check(entries, Use::Creation);
        assert_eq!(
            creation(&[(ck::CKA_TOKEN, &[0]), (ck::CKA_LABEL, b"x")]),
            Ok(())
        );
        for (entry, code) in [
            ((0x7FFF, &[0][..]), Error::AttributeTypeInvalid),
            ((ck::CKA_TOKEN, &[]), Error::AttributeValueInvalid),
            ((ck::CKA_TOKEN, &[2]), Error::AttributeValueInvalid),
            ((ck::CKA_CLASS, &[0; 4]), Error::AttributeValueInvalid),
            (
                (ck::CKA_START_DATE, b"2026-1-1"),
                Error::AttributeValueInvalid,
            ),
            ((ck::CKA_LOCAL, &[1]), Error::AttributeReadOnly),
            ((ck::CKA_TRUSTED, &[1]), Error::AttributeReadOnly),
        ] {
            assert_eq!(creation(&[entry]), Err(code), "{entry:?}");
        }
        let twice: &[(CK_ATTRIBUTE_TYPE, &[u8])] = &[(ck::CKA_LABEL, b"x"), (ck::CKA_LABEL, b"x")];
        assert_eq!(creation(twice), Err(Error::TemplateInconsistent));
    }

    #[test]
    fn a_change_may_say_less_than_a_copy_and_that_less_than_a_creation() {
        let token: &[(CK_ATTRIBUTE_TYPE, &[u8])] = &[(ck::CKA_TOKEN, &[0])];
        let class = ck::CKO_DATA.to_ne_bytes();
        let class: &[(CK_ATTRIBUTE_TYPE, &[u8])] = &[(ck::CKA_CLASS, &class)];
        assert_eq!(check(token, Use::Change), Err(Error::AttributeReadOnly));
        assert_eq!(check(token, Use::Copy), Ok(()));
        assert_eq!(check(class, Use::Copy), Err(Error::AttributeReadOnly));
        assert_eq!(check(class, Use::Creation), Ok(()));
    }
}
