//! General names, and the subtrees that name constraints allow or forbid
//! (RFC 5280, 4.2.1.6 and 4.2.1.10).

use alloc::vec::Vec;

use crate::error::Asn1Error;
use crate::name::DistinguishedName;
use crate::tlv::{self, Cursor, Tlv, tag};

/// Most names or subtrees read in one extension.
const MAX_NAMES: usize = 1024;

/// A name of some kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GeneralName {
    /// `rfc822Name`
    Mail(Vec<u8>),
    /// `dNSName`
    Host(Vec<u8>),
    /// `directoryName`
    Directory(DistinguishedName),
    /// `uniformResourceIdentifier`
    Uri(Vec<u8>),
    /// `iPAddress`
    Address(Vec<u8>),
    /// A kind that is not compared here, by its identifier octet.
    Other(u8),
}

impl GeneralName {
    pub(crate) fn from_element(element: Tlv<'_>) -> Result<Self, Asn1Error> {
        Ok(match element.tag {
            0x81 => Self::Mail(element.value.to_vec()),
            0x82 => Self::Host(element.value.to_vec()),
            0xa4 => {
                let mut inner = Cursor::new("GeneralName", element.value);
                let name = DistinguishedName::read(&mut inner)?;
                inner.finish()?;
                Self::Directory(name)
            }
            0x86 => Self::Uri(element.value.to_vec()),
            0x87 => Self::Address(element.value.to_vec()),
            other => Self::Other(other),
        })
    }

    /// `GeneralNames ::= SEQUENCE OF GeneralName`, its content.
    pub(crate) fn read_all(content: &[u8]) -> Result<Vec<Self>, Asn1Error> {
        let structure = "GeneralNames";
        let mut members = Cursor::new(structure, content);
        let mut names = Vec::new();
        while !members.is_empty() {
            names.push(Self::from_element(members.any()?)?);
            if names.len() > MAX_NAMES {
                let limit = MAX_NAMES;
                return Err(Asn1Error::TooLarge { structure, limit });
            }
        }
        Ok(names)
    }

    const fn same_kind(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Mail(_), Self::Mail(_))
            | (Self::Host(_), Self::Host(_))
            | (Self::Directory(_), Self::Directory(_))
            | (Self::Uri(_), Self::Uri(_))
            | (Self::Address(_), Self::Address(_)) => true,
            (Self::Other(one), Self::Other(other)) => *one == *other,
            _ => false,
        }
    }

    /// Whether this name lies in the subtree of `base`, which is of its kind.
    fn is_within(&self, base: &Self) -> bool {
        match (self, base) {
            (Self::Directory(name), Self::Directory(base)) => name.is_within(base),
            (Self::Mail(name), Self::Mail(base)) => mail_within(name, base),
            (Self::Host(name), Self::Host(base)) => host_within(name, base),
            (Self::Uri(name), Self::Uri(base)) => uri_within(name, base),
            (Self::Address(name), Self::Address(base)) => address_within(name, base),
            // What cannot be compared is treated as the stricter case by the
            // caller.
            _ => true,
        }
    }
}

/// The name constraints of one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NameConstraints {
    permitted: Vec<GeneralName>,
    excluded: Vec<GeneralName>,
}

impl NameConstraints {
    /// ```asn1
    /// NameConstraints ::= SEQUENCE { permittedSubtrees [0] OPTIONAL,
    ///                                excludedSubtrees [1] OPTIONAL }
    /// GeneralSubtree ::= SEQUENCE { base GeneralName,
    ///     minimum [0] DEFAULT 0, maximum [1] OPTIONAL }
    /// ```
    pub(crate) fn parse(value: &[u8]) -> Result<Self, Asn1Error> {
        let structure = "NameConstraints";
        let sequence = tlv::single(structure, tag::SEQUENCE, value)?;
        let mut fields = Cursor::new(structure, sequence.value);
        let permitted = fields.optional(tag::context(0))?;
        let excluded = fields.optional(tag::context(1))?;
        fields.finish()?;
        if permitted.is_none() && excluded.is_none() {
            let what = "neither permitted nor excluded subtrees";
            return Err(Asn1Error::Value { structure, what });
        }
        let subtrees = |set: Option<Tlv<'_>>| set.map_or(Ok(Vec::new()), |set| subtrees(set.value));
        Ok(Self {
            permitted: subtrees(permitted)?,
            excluded: subtrees(excluded)?,
        })
    }

    /// Whether a name keeps to these constraints. One of a kind that cannot be
    /// compared does not, where that kind is constrained.
    pub(crate) fn allow(&self, name: &GeneralName) -> bool {
        let mut excluded = self.excluded.iter().filter(|base| base.same_kind(name));
        if excluded.any(|base| name.is_within(base)) {
            return false;
        }
        let mut permitted = self.permitted.iter().filter(|base| base.same_kind(name));
        let comparable = !matches!(name, GeneralName::Other(_));
        let mut constrained = permitted.clone();
        constrained.next().is_none() || (comparable && permitted.any(|base| name.is_within(base)))
    }
}

fn subtrees(content: &[u8]) -> Result<Vec<GeneralName>, Asn1Error> {
    let structure = "GeneralSubtree";
    let mut members = Cursor::new(structure, content);
    let mut bases = Vec::new();
    while !members.is_empty() {
        let subtree = members.expect(tag::SEQUENCE)?;
        let mut fields = Cursor::new(structure, subtree.value);
        bases.push(GeneralName::from_element(fields.any()?)?);
        // RFC 5280, 4.2.1.10: minimum is 0 and maximum absent.
        if fields.finish().is_err() {
            let what = "minimum and maximum have no meaning";
            return Err(Asn1Error::Value { structure, what });
        }
        if bases.len() > MAX_NAMES {
            let limit = MAX_NAMES;
            return Err(Asn1Error::TooLarge { structure, limit });
        }
    }
    Ok(bases)
}

/// A mailbox, all mailboxes of a host, or of every host below `.domain`.
fn mail_within(name: &[u8], base: &[u8]) -> bool {
    let Some(at) = name.iter().rposition(|octet| *octet == b'@') else {
        return false;
    };
    let (local, host) = (name.get(..at), name.get(at.saturating_add(1)..));
    let (Some(local), Some(host)) = (local, host) else {
        return false;
    };
    if let Some(base_at) = base.iter().rposition(|octet| *octet == b'@') {
        let base_host = base.get(base_at.saturating_add(1)..).unwrap_or_default();
        return base.get(..base_at) == Some(local) && host.eq_ignore_ascii_case(base_host);
    }
    match base.first() {
        Some(b'.') => ends_with(host, base) && host.len() > base.len(),
        _ => host.eq_ignore_ascii_case(base),
    }
}

/// The host or anything below it.
fn host_within(name: &[u8], base: &[u8]) -> bool {
    let base = base.strip_prefix(b".").unwrap_or(base);
    if base.is_empty() || name.eq_ignore_ascii_case(base) {
        return true;
    }
    ends_with(name, &[b".", base].concat())
}

/// A host, or every host below `.domain`.
fn uri_within(name: &[u8], base: &[u8]) -> bool {
    let Some(host) = uri_host(name) else {
        return false;
    };
    match base.first() {
        Some(b'.') => ends_with(host, base) && host.len() > base.len(),
        _ => host.eq_ignore_ascii_case(base),
    }
}

/// The host of a URI with an authority (RFC 3986, 3.2.2), a name.
fn uri_host(uri: &[u8]) -> Option<&[u8]> {
    let start = uri.windows(3).position(|three| three == b"://")?;
    let rest = uri.get(start.checked_add(3)?..)?;
    let end = rest
        .iter()
        .position(|octet| matches!(octet, b'/' | b'?' | b'#'))
        .unwrap_or(rest.len());
    let authority = rest.get(..end)?;
    let host = match authority.iter().rposition(|octet| *octet == b'@') {
        Some(at) => authority.get(at.checked_add(1)?..)?,
        None => authority,
    };
    let host = match host.iter().position(|octet| *octet == b':') {
        Some(colon) => host.get(..colon)?,
        None => host,
    };
    (!host.is_empty() && host.first() != Some(&b'[')).then_some(host)
}

/// An address in a network: `base` is address and mask.
fn address_within(name: &[u8], base: &[u8]) -> bool {
    let Some((network, mask)) = base.split_at_checked(base.len() / 2) else {
        return false;
    };
    if name.len() != network.len() || network.len() != mask.len() {
        return false;
    }
    let octets = name.iter().zip(network).zip(mask);
    octets
        .into_iter()
        .all(|((name, network), mask)| name & mask == network & mask)
}

fn ends_with(text: &[u8], ending: &[u8]) -> bool {
    let start = text.len().checked_sub(ending.len());
    let end = start.and_then(|start| text.get(start..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lie_in_their_subtrees() {
        for (name, base, within) in [
            ("a@example.com", "example.com", true),
            ("a@mail.example.com", "example.com", false),
            ("a@mail.example.com", ".example.com", true),
            ("a@example.com", ".example.com", false),
            ("a@example.com", "a@EXAMPLE.com", true),
            ("b@example.com", "a@example.com", false),
            ("example.com", "example.com", false),
        ] {
            let found = mail_within(name.as_bytes(), base.as_bytes());
            assert_eq!(found, within, "{name} {base}");
        }
        for (name, base, within) in [
            ("a.example.com", "example.com", true),
            ("example.com", "example.com", true),
            ("badexample.com", "example.com", false),
        ] {
            let found = host_within(name.as_bytes(), base.as_bytes());
            assert_eq!(found, within, "{name} {base}");
        }
        for (name, base, within) in [
            ("https://host.example.com:8443/x", ".example.com", true),
            ("https://u@example.com/x", "example.com", true),
            ("https://example.com@evil.test/", "example.com", false),
            (
                "https://evil.test/https://example.com",
                "example.com",
                false,
            ),
            ("mailto:a", "example.com", false),
        ] {
            let found = uri_within(name.as_bytes(), base.as_bytes());
            assert_eq!(found, within, "{name} {base}");
        }
        assert!(address_within(&[10, 1, 2, 3], &[10, 0, 0, 0, 255, 0, 0, 0]));
        assert!(!address_within(
            &[11, 1, 2, 3],
            &[10, 0, 0, 0, 255, 0, 0, 0]
        ));
        assert!(!address_within(&[10; 16], &[10, 0, 0, 0, 255, 0, 0, 0]));
    }

    #[test]
    fn a_kind_that_cannot_be_compared_is_refused_where_it_is_constrained() {
        let constraints = NameConstraints {
            permitted: Vec::from([GeneralName::Other(0xa0)]),
            excluded: Vec::new(),
        };
        assert!(!constraints.allow(&GeneralName::Other(0xa0)));
        assert!(constraints.allow(&GeneralName::Host(b"example.com".to_vec())));
    }
}
