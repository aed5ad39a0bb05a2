//! Session objects: made from a template or from another object, and kept on the host.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cryptoki_sys as ck;
use sello_wire::key::Curve;
use zeroize::Zeroizing;

use crate::attribute::{Attributes, Secret, TemplateEntry, Value};
use crate::certificate::{curve_of, is_uncompressed, octet_string};
use crate::error::Error;
use crate::object::{Object, Role, ec_public, x509};
use crate::template::{Checked, Use};
use crate::verify::PublicKey;

/// Longest secret of a session in bytes.
pub(crate) const LONGEST_SECRET: usize = 8192;

/// Gives each session object a name of its own.
static MADE: AtomicU64 = AtomicU64::new(0);

/// Makes an object (PKCS#11 3.2, 5.7.1). `is_user` says whether private ones may be made.
///
/// # Errors
/// Those of [`Checked::new`], `CKR_TEMPLATE_INCOMPLETE`, `CKR_TEMPLATE_INCONSISTENT`,
/// `CKR_ATTRIBUTE_VALUE_INVALID`.
pub(crate) fn create(template: &[TemplateEntry], is_user: bool) -> Result<Object, Error> {
    let checked = Checked::new(template, Use::Creation)?;
    checked.required(ck::CKA_CLASS)?;
    match checked.number(ck::CKA_CLASS) {
        Some(ck::CKO_DATA) => Ok(data(&checked)?),
        Some(ck::CKO_CERTIFICATE) => certificate(&checked),
        Some(ck::CKO_PUBLIC_KEY) => public_key(&checked),
        Some(ck::CKO_SECRET_KEY) => {
            let kind = secret_type(&checked)?;
            let value = Zeroizing::new(checked.required(ck::CKA_VALUE)?.to_vec());
            let is_aes = kind == ck::CKK_AES;
            if is_aes && ![16, 24, 32].contains(&value.len()) {
                return Err(Error::AttributeValueInvalid);
            }
            let made = Made {
                is_derived: false,
                is_user,
                source: None,
            };
            secret_key(&checked, value, &made)
        }
        // Private keys are made by the card alone; nothing else is kept here.
        Some(ck::CKO_PRIVATE_KEY) => Err(Error::TemplateInconsistent),
        _ => Err(Error::AttributeValueInvalid),
    }
}

/// Where a secret key comes from.
pub(crate) struct Made<'a> {
    /// Whether it was derived and not given.
    pub(crate) is_derived: bool,
    /// Whether the user is logged in; the key is private then unless the template says otherwise.
    pub(crate) is_user: bool,
    /// The key it was derived from.
    pub(crate) source: Option<&'a Attributes>,
}

/// What every session object has (PKCS#11 3.2, 4.4).
fn storage(checked: &Checked<'_>, class: ck::CK_OBJECT_CLASS, private: bool) -> Attributes {
    Attributes::default()
        .number(ck::CKA_CLASS, class)
        .flag(ck::CKA_TOKEN, false)
        .flag(ck::CKA_PRIVATE, checked.flag(ck::CKA_PRIVATE, private))
        .flags(
            &[ck::CKA_MODIFIABLE, ck::CKA_COPYABLE, ck::CKA_DESTROYABLE],
            true,
        )
        .empty(&[ck::CKA_LABEL])
        .bytes(ck::CKA_UNIQUE_ID, unique().as_bytes())
}

fn unique() -> String {
    format!("session-{}", MADE.fetch_add(1, Ordering::Relaxed))
}

/// Takes over what the template says of attributes the class has; one it has not is a contradiction.
fn apply(mut attributes: Attributes, checked: &Checked<'_>) -> Result<Attributes, Error> {
    for entry in checked.entries() {
        match attributes.value(entry.kind) {
            None => return Err(Error::TemplateInconsistent),
            Some(Value::Bytes(_)) => attributes = attributes.bytes(entry.kind, &entry.value),
            // The secret itself is in its place already.
            Some(_) => {}
        }
    }
    Ok(attributes)
}

fn data(checked: &Checked<'_>) -> Result<Object, Error> {
    let attributes = storage(checked, ck::CKO_DATA, false).empty(&[
        ck::CKA_APPLICATION,
        ck::CKA_OBJECT_ID,
        ck::CKA_VALUE,
    ]);
    Ok(Object::plain(apply(attributes, checked)?))
}

fn certificate(checked: &Checked<'_>) -> Result<Object, Error> {
    checked.required(ck::CKA_CERTIFICATE_TYPE)?;
    if checked.number(ck::CKA_CERTIFICATE_TYPE) != Some(ck::CKC_X_509) {
        return Err(Error::AttributeValueInvalid);
    }
    checked.required(ck::CKA_SUBJECT)?;
    let der = checked.required(ck::CKA_VALUE)?;
    if der.is_empty() {
        return Err(Error::AttributeValueInvalid);
    }
    let storage = storage(checked, ck::CKO_CERTIFICATE, false).empty(&[ck::CKA_ID]);
    Ok(Object::plain(apply(x509(storage, der), checked)?))
}

/// An EC key of a curve this module verifies on; the point has to lie on it.
fn public_key(checked: &Checked<'_>) -> Result<Object, Error> {
    key_type(checked, ck::CKK_EC)?;
    let parameters = checked.required(ck::CKA_EC_PARAMS)?;
    let curve = curve_of(parameters).ok_or(Error::CurveNotSupported)?;
    let given = checked.required(ck::CKA_EC_POINT)?;
    let point = point(curve, given).ok_or(Error::AttributeValueInvalid)?;
    let key = PublicKey::new(curve, point);
    if !key.is_valid() {
        return Err(Error::AttributeValueInvalid);
    }
    let storage = storage(checked, ck::CKO_PUBLIC_KEY, false)
        .empty(&[ck::CKA_ID, ck::CKA_SUBJECT, ck::CKA_ALLOWED_MECHANISMS])
        .flag(ck::CKA_LOCAL, false)
        .number(ck::CKA_KEY_GEN_MECHANISM, ck::CK_UNAVAILABLE_INFORMATION)
        .numbers(ck::CKA_ALLOWED_MECHANISMS, &crate::mechanism::SIGNATURES);
    let attributes = apply(ec_public(storage, curve, point), checked)?
        .bytes(ck::CKA_EC_POINT, &octet_string(point));
    Ok(Object {
        attributes,
        role: Role::Public(Arc::new(key)),
    })
}

/// The point, bare or in its octet string: both are given in practice.
pub(crate) fn point(curve: Curve, given: &[u8]) -> Option<&[u8]> {
    if is_uncompressed(curve, given) {
        return Some(given);
    }
    let start = given.len().checked_sub(curve.point_length())?;
    let point = given.get(start..)?;
    (is_uncompressed(curve, point) && octet_string(point) == given).then_some(point)
}

/// The key type, which has to be given and to be this one.
fn key_type(checked: &Checked<'_>, expected: ck::CK_KEY_TYPE) -> Result<(), Error> {
    checked.required(ck::CKA_KEY_TYPE)?;
    match checked.number(ck::CKA_KEY_TYPE) {
        Some(found) if found == expected => Ok(()),
        _ => Err(Error::AttributeValueInvalid),
    }
}

/// The type of a secret key that is given. An AES key is kept as well as a generic secret is; neither is used
/// by anything but a digest.
fn secret_type(checked: &Checked<'_>) -> Result<ck::CK_KEY_TYPE, Error> {
    checked.required(ck::CKA_KEY_TYPE)?;
    checked
        .number(ck::CKA_KEY_TYPE)
        .filter(|kind| [ck::CKK_GENERIC_SECRET, ck::CKK_AES].contains(kind))
        .ok_or(Error::AttributeValueInvalid)
}

/// A generic secret, or an AES key where the template says so (PKCS#11 3.2, 4.10, 6.8 and 6.10).
pub(crate) fn secret_key(
    checked: &Checked<'_>,
    value: Zeroizing<Vec<u8>>,
    made: &Made<'_>,
) -> Result<Object, Error> {
    if value.is_empty() || value.len() > LONGEST_SECRET {
        return Err(Error::AttributeValueInvalid);
    }
    let length = ck::CK_ULONG::try_from(value.len()).map_err(|_| Error::AttributeValueInvalid)?;
    if checked
        .number(ck::CKA_VALUE_LEN)
        .is_some_and(|told| told != length || !made.is_derived)
    {
        return Err(Error::TemplateInconsistent);
    }
    // What is derived from a key of the card is closed unless the caller wants it open.
    let attributes = storage(checked, ck::CKO_SECRET_KEY, made.is_user)
        .number(ck::CKA_KEY_TYPE, ck::CKK_GENERIC_SECRET)
        .empty(&[
            ck::CKA_ID,
            ck::CKA_START_DATE,
            ck::CKA_END_DATE,
            ck::CKA_ALLOWED_MECHANISMS,
            ck::CKA_WRAP_TEMPLATE,
            ck::CKA_UNWRAP_TEMPLATE,
            ck::CKA_DERIVE_TEMPLATE,
        ])
        .flags(
            &[
                ck::CKA_ENCRYPT,
                ck::CKA_DECRYPT,
                ck::CKA_SIGN,
                ck::CKA_VERIFY,
                ck::CKA_WRAP,
                ck::CKA_UNWRAP,
                ck::CKA_DERIVE,
                ck::CKA_TRUSTED,
                ck::CKA_WRAP_WITH_TRUSTED,
                ck::CKA_LOCAL,
            ],
            false,
        )
        .flag(ck::CKA_SENSITIVE, made.is_derived)
        .flag(ck::CKA_EXTRACTABLE, !made.is_derived)
        .number(ck::CKA_KEY_GEN_MECHANISM, ck::CK_UNAVAILABLE_INFORMATION)
        .number(ck::CKA_VALUE_LEN, length)
        .with(ck::CKA_VALUE, Value::Secret(Secret(value)));
    let attributes = apply(attributes, checked)?;
    // PKCS#11 3.2, 6.3.17: a derived key was never better kept than the key it comes from.
    let inherited = |kind| made.source.is_some_and(|source| source.is_set(kind));
    let always = inherited(ck::CKA_ALWAYS_SENSITIVE) && attributes.is_set(ck::CKA_SENSITIVE);
    let never = inherited(ck::CKA_NEVER_EXTRACTABLE) && !attributes.is_set(ck::CKA_EXTRACTABLE);
    Ok(Object::plain(
        attributes
            .flag(ck::CKA_ALWAYS_SENSITIVE, always)
            .flag(ck::CKA_NEVER_EXTRACTABLE, never),
    ))
}

/// A copy in the session of an object, with some attributes set otherwise (PKCS#11 3.2, 5.7.2).
///
/// # Errors
/// `CKR_ACTION_PROHIBITED` and those of [`change`].
pub(crate) fn copy(object: &Object, template: &[TemplateEntry]) -> Result<Object, Error> {
    if !object.attributes.is_set(ck::CKA_COPYABLE) {
        return Err(Error::ActionProhibited);
    }
    let checked = Checked::new(template, Use::Copy)?;
    let private = checked.flag(ck::CKA_PRIVATE, object.is_private());
    if object.is_private() && !private {
        return Err(Error::TemplateInconsistent);
    }
    let mut attributes = object.attributes.clone();
    if object.attributes.is_set(ck::CKA_TOKEN) {
        attributes = attributes.flags(&[ck::CKA_MODIFIABLE, ck::CKA_DESTROYABLE], true);
    }
    attributes = attributes
        .flag(ck::CKA_TOKEN, false)
        .bytes(ck::CKA_UNIQUE_ID, unique().as_bytes());
    Ok(Object {
        attributes: set(attributes, &checked)?,
        role: object.role.clone(),
    })
}

/// The object with some attributes set otherwise (PKCS#11 3.2, 5.7.6).
///
/// # Errors
/// `CKR_ACTION_PROHIBITED`, `CKR_ATTRIBUTE_READ_ONLY`, those of [`Checked::new`].
pub(crate) fn change(object: &Object, template: &[TemplateEntry]) -> Result<Object, Error> {
    if !object.attributes.is_set(ck::CKA_MODIFIABLE) {
        return Err(Error::ActionProhibited);
    }
    let checked = Checked::new(template, Use::Change)?;
    Ok(Object {
        attributes: set(object.attributes.clone(), &checked)?,
        role: object.role.clone(),
    })
}

/// Sets attributes; those that guard something only ever guard more.
fn set(mut attributes: Attributes, checked: &Checked<'_>) -> Result<Attributes, Error> {
    for entry in checked.entries() {
        let is_set = entry.value == [ck::CK_TRUE];
        let was_set = attributes.is_set(entry.kind);
        let loosens = match entry.kind {
            ck::CKA_SENSITIVE => was_set && !is_set,
            ck::CKA_EXTRACTABLE | ck::CKA_COPYABLE | ck::CKA_DESTROYABLE => !was_set && is_set,
            _ => false,
        };
        if loosens {
            return Err(Error::AttributeReadOnly);
        }
        if attributes.value(entry.kind).is_none() {
            return Err(Error::TemplateInconsistent);
        }
        attributes = attributes.bytes(entry.kind, &entry.value);
    }
    Ok(attributes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEAL: &[u8] = include_bytes!("../tests/data/seal.der");

    fn entry(kind: ck::CK_ATTRIBUTE_TYPE, value: &[u8]) -> TemplateEntry {
        TemplateEntry {
            kind,
            value: value.to_vec(),
        }
    }

    fn number(kind: ck::CK_ATTRIBUTE_TYPE, value: ck::CK_ULONG) -> TemplateEntry {
        entry(kind, &value.to_ne_bytes())
    }

    fn public_key_template() -> Vec<TemplateEntry> {
        let fields = crate::certificate::Fields::parse(SEAL).unwrap();
        let (curve, point) = fields.point().unwrap();
        vec![
            number(ck::CKA_CLASS, ck::CKO_PUBLIC_KEY),
            number(ck::CKA_KEY_TYPE, ck::CKK_EC),
            entry(ck::CKA_EC_PARAMS, &crate::certificate::parameters(curve)),
            entry(ck::CKA_EC_POINT, point),
        ]
    }

    fn secret(more: &[TemplateEntry]) -> Result<Object, Error> {
        let mut template = vec![
            number(ck::CKA_CLASS, ck::CKO_SECRET_KEY),
            number(ck::CKA_KEY_TYPE, ck::CKK_GENERIC_SECRET),
            entry(ck::CKA_VALUE, &[7; 16]),
        ];
        template.extend_from_slice(more);
        create(&template, true)
    }

    #[test]
    fn whatever_a_class_needs_has_to_be_said() {
        let template = public_key_template();
        assert!(create(&template, false).is_ok());
        for missing in 0..template.len() {
            let mut less = template.clone();
            less.remove(missing);
            let made = create(&less, false).err();
            assert_eq!(made, Some(Error::TemplateIncomplete), "{missing}");
        }
        let mut more = template;
        more.push(entry(ck::CKA_APPLICATION, b"x"));
        let made = create(&more, false).err();
        assert_eq!(made, Some(Error::TemplateInconsistent));
    }

    #[test]
    fn a_point_is_taken_bare_or_wrapped_and_only_on_its_curve() {
        let mut template = public_key_template();
        let bare = template[3].value.clone();
        template[3].value = octet_string(&bare);
        let made = create(&template, false).unwrap();
        assert_eq!(
            made.attributes.bytes_of(ck::CKA_EC_POINT),
            Some(&octet_string(&bare)[..])
        );
        template[3].value[40] ^= 1;
        let made = create(&template, false).err();
        assert_eq!(made, Some(Error::AttributeValueInvalid));
        template[2].value = vec![6, 3, 1, 2, 3];
        let made = create(&template, false).err();
        assert_eq!(made, Some(Error::CurveNotSupported));
    }

    #[test]
    fn a_key_of_another_type_is_refused_for_its_type() {
        let template = [
            number(ck::CKA_CLASS, ck::CKO_PUBLIC_KEY),
            number(ck::CKA_KEY_TYPE, ck::CKK_RSA),
            entry(ck::CKA_MODULUS, &[0xC1; 256]),
            entry(ck::CKA_PUBLIC_EXPONENT, &[1, 0, 1]),
        ];
        let refused = create(&template, true).err();
        assert_eq!(refused, Some(Error::AttributeValueInvalid));
        let mut template = public_key_template();
        template.push(entry(ck::CKA_MODULUS, &[0xC1; 256]));
        let refused = create(&template, true).err();
        assert_eq!(refused, Some(Error::TemplateInconsistent));
    }

    #[test]
    fn no_private_key_comes_in() {
        let template = [
            number(ck::CKA_CLASS, ck::CKO_PRIVATE_KEY),
            number(ck::CKA_KEY_TYPE, ck::CKK_EC),
        ];
        assert_eq!(
            create(&template, true).err(),
            Some(Error::TemplateInconsistent)
        );
    }

    #[test]
    fn a_guard_is_put_on_and_never_taken_off() {
        let object = secret(&[]).unwrap();
        assert!(!object.attributes.is_set(ck::CKA_SENSITIVE));
        let closed = change(&object, &[entry(ck::CKA_SENSITIVE, &[1])]).unwrap();
        let read = closed.attributes.readable(ck::CKA_VALUE);
        assert_eq!(read, Err(Error::AttributeSensitive));
        let opened = change(&closed, &[entry(ck::CKA_SENSITIVE, &[0])]).err();
        assert_eq!(opened, Some(Error::AttributeReadOnly));
        let copied = copy(&closed, &[entry(ck::CKA_SENSITIVE, &[0])]).err();
        assert_eq!(copied, Some(Error::AttributeReadOnly));
        assert!(!closed.attributes.is_set(ck::CKA_ALWAYS_SENSITIVE));
    }

    #[test]
    fn what_may_not_be_copied_or_changed_is_not() {
        let fixed = secret(&[
            entry(ck::CKA_MODIFIABLE, &[0]),
            entry(ck::CKA_COPYABLE, &[0]),
        ]);
        let fixed = fixed.unwrap();
        let label = [entry(ck::CKA_LABEL, b"new")];
        assert_eq!(change(&fixed, &label).err(), Some(Error::ActionProhibited));
        assert_eq!(copy(&fixed, &label).err(), Some(Error::ActionProhibited));
        let copied = copy(&secret(&[]).unwrap(), &label).unwrap();
        assert_eq!(copied.attributes.bytes_of(ck::CKA_LABEL), Some(&b"new"[..]));
    }

    #[test]
    fn a_length_is_told_by_the_value_alone() {
        let told = secret(&[number(ck::CKA_VALUE_LEN, 16)]).err();
        assert_eq!(told, Some(Error::TemplateInconsistent));
        let made = secret(&[]).unwrap();
        assert_eq!(made.attributes.number_of(ck::CKA_VALUE_LEN), Some(16));
    }
}
