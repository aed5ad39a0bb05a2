//! Attributes and templates: bytes in the form the C caller sees them.

use cryptoki_sys::{CK_ATTRIBUTE_TYPE, CK_BBOOL, CK_ULONG};

/// What one attribute of an object says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Bytes that anybody who sees the object may read.
    Bytes(Vec<u8>),
    /// A value that never leaves the card.
    Sensitive,
}

/// The attributes of an object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attributes(Vec<(CK_ATTRIBUTE_TYPE, Value)>);

impl Attributes {
    /// Adds bytes.
    pub(crate) fn bytes(mut self, kind: CK_ATTRIBUTE_TYPE, value: &[u8]) -> Self {
        self.0.push((kind, Value::Bytes(value.to_vec())));
        self
    }

    /// Adds a `CK_BBOOL`.
    pub(crate) fn flag(self, kind: CK_ATTRIBUTE_TYPE, value: bool) -> Self {
        self.bytes(kind, &[CK_BBOOL::from(value)])
    }

    /// Adds a `CK_ULONG`, in the order of bytes this machine has.
    pub(crate) fn number(self, kind: CK_ATTRIBUTE_TYPE, value: CK_ULONG) -> Self {
        self.bytes(kind, &value.to_ne_bytes())
    }

    /// Adds an attribute that exists and is never shown.
    pub(crate) fn sensitive(mut self, kind: CK_ATTRIBUTE_TYPE) -> Self {
        self.0.push((kind, Value::Sensitive));
        self
    }

    /// The value of an attribute.
    pub(crate) fn value(&self, kind: CK_ATTRIBUTE_TYPE) -> Option<&Value> {
        self.0.iter().find(|(k, _)| *k == kind).map(|(_, v)| v)
    }

    /// Whether every attribute of the template is here with the same bytes.
    pub(crate) fn matches(&self, template: &[TemplateEntry]) -> bool {
        template.iter().all(|wanted| {
            matches!(self.value(wanted.kind), Some(Value::Bytes(bytes)) if *bytes == wanted.value)
        })
    }
}

/// One attribute a search asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateEntry {
    /// Which attribute.
    pub kind: CK_ATTRIBUTE_TYPE,
    /// The bytes it must have.
    pub value: Vec<u8>,
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
}
