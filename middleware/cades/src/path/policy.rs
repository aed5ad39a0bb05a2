//! Certificate policies along a path (RFC 5280, 6.1), kept as one level at a
//! time as RFC 9618 advises: a tree of policies can grow exponentially, a level
//! cannot.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use crate::error::Asn1Error;
use crate::extensions::small_number;
use crate::tlv::{self, Cursor, tag};

/// anyPolicy (RFC 5280, 4.2.1.4).
const ANY: &[u8] = &[0x55, 0x1d, 0x20, 0x00];
/// Most policies or mappings read in one extension.
const MAX_POLICIES: usize = 256;

/// What the one who validates asks of policies (RFC 5280, 6.1.1 c to g).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyInputs {
    /// The policies that will do, as content octets of their identifiers; any
    /// will where there are none.
    pub acceptable: Vec<Vec<u8>>,
    /// Whether one of them has to hold for the whole path.
    pub explicit: bool,
    /// Whether policies may not be mapped.
    pub inhibit_mapping: bool,
    /// Whether anyPolicy does not count.
    pub inhibit_any: bool,
}

/// A policy of the issuer's domain and the one of the subject's that it equals.
type Mapping = (Vec<u8>, Vec<u8>);

/// The policies of one certificate.
#[derive(Debug, Clone, Default)]
pub(crate) struct Policies {
    pub(crate) policies: Option<Vec<Vec<u8>>>,
    pub(crate) mappings: Vec<Mapping>,
    pub(crate) require_explicit: Option<u32>,
    pub(crate) inhibit_mapping: Option<u32>,
    pub(crate) inhibit_any: Option<u32>,
}

impl Policies {
    /// Reads the four extensions, where they are.
    pub(crate) fn parse(
        policies: Option<&[u8]>,
        mappings: Option<&[u8]>,
        constraints: Option<&[u8]>,
        inhibit_any: Option<&[u8]>,
    ) -> Result<Self, Asn1Error> {
        let (require_explicit, inhibit_mapping) =
            constraints.map_or(Ok((None, None)), policy_constraints)?;
        let inhibit_any = inhibit_any
            .map(|value| {
                let structure = "InhibitAnyPolicy";
                let number = tlv::single(structure, tag::INTEGER, value)?;
                small_number(structure, number.value)
            })
            .transpose()?;
        Ok(Self {
            policies: policies.map(certificate_policies).transpose()?,
            mappings: mappings.map_or(Ok(Vec::new()), policy_mappings)?,
            require_explicit,
            inhibit_mapping,
            inhibit_any,
        })
    }
}

/// The policies that hold after some certificate of the path.
#[derive(Debug, Clone)]
struct Node {
    expected: BTreeSet<Vec<u8>>,
    /// The policies of the issuers' first domain from which it descends.
    origins: BTreeSet<Vec<u8>>,
}

impl Node {
    fn new(policy: &[u8], origins: BTreeSet<Vec<u8>>) -> Self {
        Self {
            expected: BTreeSet::from([policy.to_vec()]),
            origins,
        }
    }
}

type Level = BTreeMap<Vec<u8>, Node>;

/// The state of policy processing (RFC 5280, 6.1.2).
#[derive(Debug)]
pub(crate) struct PolicyState {
    level: Level,
    explicit: u32,
    mapping: u32,
    any: u32,
    acceptable: Vec<Vec<u8>>,
}

impl PolicyState {
    /// `count` is the number of certificates after the anchor.
    pub(crate) fn new(inputs: &PolicyInputs, count: u32) -> Self {
        let counter = |set: bool| if set { 0 } else { count.saturating_add(1) };
        let any = Node::new(ANY, BTreeSet::from([ANY.to_vec()]));
        Self {
            level: BTreeMap::from([(ANY.to_vec(), any)]),
            explicit: counter(inputs.explicit),
            mapping: counter(inputs.inhibit_mapping),
            any: counter(inputs.inhibit_any),
            acceptable: inputs.acceptable.clone(),
        }
    }

    /// Takes one certificate in (6.1.3 d to f). False if no policy is left
    /// where one has to be.
    pub(crate) fn process(&mut self, policies: &Policies, last: bool, self_issued: bool) -> bool {
        let any_counts = self.any > 0 || (!last && self_issued);
        self.level = match &policies.policies {
            Some(policies) => next_level(&self.level, policies, any_counts),
            None => Level::new(),
        };
        self.explicit > 0 || !self.level.is_empty()
    }

    /// Prepares for the next certificate (6.1.4 a, b, h to j). False if
    /// anyPolicy is mapped.
    pub(crate) fn prepare(&mut self, policies: &Policies, self_issued: bool) -> bool {
        let maps_any = |(from, to): &Mapping| from == ANY || to == ANY;
        if policies.mappings.iter().any(maps_any) {
            return false;
        }
        self.map(&policies.mappings);
        if !self_issued {
            self.explicit = self.explicit.saturating_sub(1);
            self.mapping = self.mapping.saturating_sub(1);
            self.any = self.any.saturating_sub(1);
        }
        let least = |counter: u32, stated: Option<u32>| stated.map_or(counter, |n| n.min(counter));
        self.explicit = least(self.explicit, policies.require_explicit);
        self.mapping = least(self.mapping, policies.inhibit_mapping);
        self.any = least(self.any, policies.inhibit_any);
        true
    }

    /// Ends the path (6.1.5 a, b, g): whether the policies are as asked.
    pub(crate) fn finish(mut self, policies: &Policies) -> bool {
        self.explicit = self.explicit.saturating_sub(1);
        if policies.require_explicit == Some(0) {
            self.explicit = 0;
        }
        let acceptable = |node: &Node| {
            self.acceptable.is_empty()
                || self.acceptable.iter().any(|policy| policy == ANY)
                || node.origins.contains(ANY)
                || self
                    .acceptable
                    .iter()
                    .any(|policy| node.origins.contains(policy))
        };
        self.explicit > 0 || self.level.values().any(acceptable)
    }

    fn map(&mut self, mappings: &[Mapping]) {
        let mut targets: BTreeMap<&[u8], BTreeSet<Vec<u8>>> = BTreeMap::new();
        for (from, to) in mappings {
            targets.entry(from).or_default().insert(to.clone());
        }
        for (from, to) in targets {
            if self.mapping == 0 {
                self.level.remove(from);
            } else if let Some(node) = self.level.get_mut(from) {
                node.expected = to;
            } else if self.level.contains_key(ANY) {
                let node = Node {
                    expected: to,
                    origins: BTreeSet::from([from.to_vec()]),
                };
                self.level.insert(from.to_vec(), node);
            }
        }
    }
}

fn next_level(above: &Level, policies: &[Vec<u8>], any_counts: bool) -> Level {
    let mut level = Level::new();
    for policy in policies.iter().filter(|policy| *policy != ANY) {
        let parents = above
            .values()
            .filter(|parent| parent.expected.contains(policy));
        let mut origins: BTreeSet<Vec<u8>> = parents
            .flat_map(|parent| parent.origins.iter().cloned())
            .collect();
        if origins.is_empty() && above.contains_key(ANY) {
            origins.insert(policy.clone());
        }
        if !origins.is_empty() {
            level.insert(policy.clone(), Node::new(policy, origins));
        }
    }
    if any_counts && policies.iter().any(|policy| policy == ANY) {
        let listed: BTreeSet<Vec<u8>> = level.keys().cloned().collect();
        for parent in above.values() {
            for expected in parent.expected.difference(&listed) {
                level
                    .entry(expected.clone())
                    .or_insert_with(|| Node::new(expected, BTreeSet::new()))
                    .origins
                    .extend(parent.origins.iter().cloned());
            }
        }
    }
    level
}

/// `SEQUENCE OF PolicyInformation { policyIdentifier, policyQualifiers OPTIONAL }`
fn certificate_policies(value: &[u8]) -> Result<Vec<Vec<u8>>, Asn1Error> {
    let structure = "CertificatePolicies";
    let sequence = tlv::single(structure, tag::SEQUENCE, value)?;
    let mut members = Cursor::new(structure, sequence.value);
    let mut policies: Vec<Vec<u8>> = Vec::new();
    while !members.is_empty() {
        let information = members.expect(tag::SEQUENCE)?;
        let mut fields = Cursor::new(structure, information.value);
        let policy = fields.expect(tag::OBJECT_IDENTIFIER)?.value.to_vec();
        fields.optional(tag::SEQUENCE)?;
        fields.finish()?;
        if policies.contains(&policy) {
            let what = "a policy occurs twice";
            return Err(Asn1Error::Value { structure, what });
        }
        policies.push(policy);
        if policies.len() > MAX_POLICIES {
            let limit = MAX_POLICIES;
            return Err(Asn1Error::TooLarge { structure, limit });
        }
    }
    Ok(policies)
}

/// `SEQUENCE OF SEQUENCE { issuerDomainPolicy, subjectDomainPolicy }`
fn policy_mappings(value: &[u8]) -> Result<Vec<Mapping>, Asn1Error> {
    let structure = "PolicyMappings";
    let sequence = tlv::single(structure, tag::SEQUENCE, value)?;
    let mut members = Cursor::new(structure, sequence.value);
    let mut mappings = Vec::new();
    while !members.is_empty() {
        let pair = members.expect(tag::SEQUENCE)?;
        let mut fields = Cursor::new(structure, pair.value);
        let from = fields.expect(tag::OBJECT_IDENTIFIER)?.value.to_vec();
        let to = fields.expect(tag::OBJECT_IDENTIFIER)?.value.to_vec();
        fields.finish()?;
        mappings.push((from, to));
        if mappings.len() > MAX_POLICIES {
            let limit = MAX_POLICIES;
            return Err(Asn1Error::TooLarge { structure, limit });
        }
    }
    Ok(mappings)
}

/// `SEQUENCE { requireExplicitPolicy [0] OPTIONAL, inhibitPolicyMapping [1] OPTIONAL }`
fn policy_constraints(value: &[u8]) -> Result<(Option<u32>, Option<u32>), Asn1Error> {
    let structure = "PolicyConstraints";
    let sequence = tlv::single(structure, tag::SEQUENCE, value)?;
    let mut fields = Cursor::new(structure, sequence.value);
    let explicit = fields.optional(tag::context_primitive(0))?;
    let mapping = fields.optional(tag::context_primitive(1))?;
    fields.finish()?;
    let number = |field: Option<tlv::Tlv<'_>>| {
        field
            .map(|field| small_number(structure, field.value))
            .transpose()
    };
    Ok((number(explicit)?, number(mapping)?))
}
