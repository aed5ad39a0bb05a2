//! Attributes and templates: bytes in the form the C caller sees them.

use cryptoki_sys as ck;
use cryptoki_sys::{CK_ATTRIBUTE_TYPE, CK_BBOOL, CK_ULONG};
use zeroize::{Zeroize, Zeroizing};

use crate::error::Error;

/// What one attribute of an object says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Bytes that anybody who sees the object may read.
    Bytes(Vec<u8>),
    /// A value that never leaves the card.
    Sensitive,
    /// The value of a secret key on the host; whether it may be read depends on the key's flags.
    Secret(Secret),
    /// Bytes that lie on the card and are read when somebody asks for them.
    OnCard,
}

/// Secret bytes: wiped when dropped, and not shown in a trace.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(pub(crate) Zeroizing<Vec<u8>>);

impl core::fmt::Debug for Secret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Secret")
    }
}

/// The attributes of an object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attributes(Vec<(CK_ATTRIBUTE_TYPE, Value)>);

impl Attributes {
    /// Sets an attribute, in place of the value it may have.
    pub(crate) fn with(mut self, kind: CK_ATTRIBUTE_TYPE, value: Value) -> Self {
        match self.0.iter_mut().find(|(k, _)| *k == kind) {
            Some((_, old)) => *old = value,
            None => self.0.push((kind, value)),
        }
        self
    }

    /// Sets bytes.
    pub(crate) fn bytes(self, kind: CK_ATTRIBUTE_TYPE, value: &[u8]) -> Self {
        self.with(kind, Value::Bytes(value.to_vec()))
    }

    /// Sets a `CK_BBOOL`.
    pub(crate) fn flag(self, kind: CK_ATTRIBUTE_TYPE, value: bool) -> Self {
        self.bytes(kind, &[CK_BBOOL::from(value)])
    }

    /// Sets several `CK_BBOOL`s alike.
    pub(crate) fn flags(self, kinds: &[CK_ATTRIBUTE_TYPE], value: bool) -> Self {
        let set = |attributes: Self, kind: &CK_ATTRIBUTE_TYPE| attributes.flag(*kind, value);
        kinds.iter().fold(self, set)
    }

    /// Sets several attributes to no bytes.
    pub(crate) fn empty(self, kinds: &[CK_ATTRIBUTE_TYPE]) -> Self {
        let set = |attributes: Self, kind: &CK_ATTRIBUTE_TYPE| attributes.bytes(*kind, &[]);
        kinds.iter().fold(self, set)
    }

    /// Sets a `CK_ULONG`, in the order of bytes this machine has.
    pub(crate) fn number(self, kind: CK_ATTRIBUTE_TYPE, value: CK_ULONG) -> Self {
        self.bytes(kind, &value.to_ne_bytes())
    }

    /// Sets an array of `CK_ULONG`.
    pub(crate) fn numbers(self, kind: CK_ATTRIBUTE_TYPE, values: &[CK_ULONG]) -> Self {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_ne_bytes()).collect();
        self.bytes(kind, &bytes)
    }

    /// Sets an attribute that exists and is never shown.
    pub(crate) fn sensitive(self, kind: CK_ATTRIBUTE_TYPE) -> Self {
        self.with(kind, Value::Sensitive)
    }

    /// The value of an attribute.
    pub(crate) fn value(&self, kind: CK_ATTRIBUTE_TYPE) -> Option<&Value> {
        self.0.iter().find(|(k, _)| *k == kind).map(|(_, v)| v)
    }

    /// The bytes of an attribute that anybody may read.
    pub(crate) fn bytes_of(&self, kind: CK_ATTRIBUTE_TYPE) -> Option<&[u8]> {
        match self.value(kind)? {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Whether a flag is there and set.
    pub(crate) fn is_set(&self, kind: CK_ATTRIBUTE_TYPE) -> bool {
        self.bytes_of(kind)
            .is_some_and(|b| b.iter().any(|b| *b != 0))
    }

    /// A number.
    pub(crate) fn number_of(&self, kind: CK_ATTRIBUTE_TYPE) -> Option<CK_ULONG> {
        number(self.bytes_of(kind)?)
    }

    /// The secret value, whether or not it may be shown.
    pub(crate) fn secret(&self) -> Option<&[u8]> {
        match self.value(ck::CKA_VALUE)? {
            Value::Secret(Secret(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// What a caller who sees the object may read of an attribute; `None` for what lies on the card.
    ///
    /// # Errors
    /// `CKR_ATTRIBUTE_SENSITIVE`, `CKR_ATTRIBUTE_TYPE_INVALID`.
    pub(crate) fn readable(&self, kind: CK_ATTRIBUTE_TYPE) -> Result<Option<&[u8]>, Error> {
        match self.value(kind) {
            Some(Value::Bytes(bytes)) => Ok(Some(bytes)),
            Some(Value::OnCard) => Ok(None),
            Some(Value::Secret(Secret(bytes))) if self.is_open() => Ok(Some(bytes)),
            Some(Value::Sensitive | Value::Secret(_)) => Err(Error::AttributeSensitive),
            None => Err(Error::AttributeTypeInvalid),
        }
    }

    /// Whether the secret value of a key may be read (PKCS#11 3.2, 4.8).
    fn is_open(&self) -> bool {
        !self.is_set(ck::CKA_SENSITIVE) && self.is_set(ck::CKA_EXTRACTABLE)
    }

    /// Whether every attribute of the template is here with the same bytes.
    pub(crate) fn matches(&self, template: &[TemplateEntry]) -> bool {
        template.iter().all(|wanted| {
            let value = self.readable(wanted.kind);
            value.is_ok_and(|value| value == Some(&wanted.value[..]))
        })
    }

    /// Number of bytes that all values have together.
    pub(crate) fn size(&self) -> usize {
        let length = |value: &Value| match value {
            Value::Bytes(bytes) => bytes.len(),
            Value::Secret(Secret(bytes)) => bytes.len(),
            Value::Sensitive | Value::OnCard => 0,
        };
        self.0.iter().map(|(_, value)| length(value)).sum()
    }
}

/// A `CK_ULONG` from its bytes.
pub(crate) fn number(bytes: &[u8]) -> Option<CK_ULONG> {
    bytes.try_into().ok().map(CK_ULONG::from_ne_bytes)
}

/// One attribute of a template. Its bytes may be a key: they are wiped.
#[derive(Clone, PartialEq, Eq)]
pub struct TemplateEntry {
    /// Which attribute.
    pub kind: CK_ATTRIBUTE_TYPE,
    /// The bytes it has or is to have.
    pub value: Vec<u8>,
}

impl core::fmt::Debug for TemplateEntry {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:#X}, {} bytes", self.kind, self.value.len())
    }
}

impl Drop for TemplateEntry {
    fn drop(&mut self) {
        self.value.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: CK_ATTRIBUTE_TYPE, value: &[u8]) -> TemplateEntry {
        TemplateEntry {
            kind,
            value: value.to_vec(),
        }
    }

    #[test]
    fn a_template_matches_when_every_attribute_does() {
        let attributes = Attributes::default()
            .bytes(3, b"name")
            .flag(1, true)
            .sensitive(17);
        assert!(attributes.matches(&[]));
        assert!(attributes.matches(&[entry(3, b"name"), entry(1, &[1])]));
        assert!(!attributes.matches(&[entry(3, b"name"), entry(1, &[0])]));
        assert!(!attributes.matches(&[entry(3, b"nam")]));
        assert!(!attributes.matches(&[entry(4, b"")]));
    }

    #[test]
    fn a_sensitive_value_can_not_be_guessed_by_searching() {
        let attributes = Attributes::default().sensitive(17);
        assert!(!attributes.matches(&[entry(17, &[])]));
    }

    #[test]
    fn a_secret_is_read_only_when_it_is_extractable_and_not_sensitive() {
        let secret = |sensitive, extractable| {
            Attributes::default()
                .flag(ck::CKA_SENSITIVE, sensitive)
                .flag(ck::CKA_EXTRACTABLE, extractable)
                .with(
                    ck::CKA_VALUE,
                    Value::Secret(Secret(Zeroizing::new(vec![7; 4]))),
                )
        };
        for (sensitive, extractable) in [(true, true), (true, false), (false, false)] {
            let attributes = secret(sensitive, extractable);
            let read = attributes.readable(ck::CKA_VALUE);
            assert_eq!(read, Err(Error::AttributeSensitive));
            assert!(!attributes.matches(&[entry(ck::CKA_VALUE, &[7; 4])]));
        }
        assert_eq!(
            secret(false, true).readable(ck::CKA_VALUE),
            Ok(Some(&[7; 4][..]))
        );
    }

    #[test]
    fn setting_again_replaces() {
        let attributes = Attributes::default().number(9, 1).number(9, 2);
        assert_eq!(attributes.number_of(9), Some(2));
        assert_eq!(attributes.size(), size_of::<CK_ULONG>());
    }
}
