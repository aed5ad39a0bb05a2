//! Objects that say what the module can do, the same for every card: profiles and mechanisms.

use cryptoki_sys as ck;

use crate::attribute::{Attributes, TemplateEntry, number};
use crate::mechanism::{self, Abilities};
use crate::object::Object;

/// The profiles of PKCS#11 ("Profiles" 3.2, 2) that hold: *Baseline Provider* (all its functions are
/// here, certificates and keys can be found and read) and *Public Certificates Token* (every certificate
/// is public, with its public key beside it, and found without login).
///
/// *Extended Provider* and *Authentication Token* are not claimed: their test cases want RSA.
const PROFILES: [ck::CK_PROFILE_ID; 2] =
    [ck::CKP_BASELINE_PROVIDER, ck::CKP_PUBLIC_CERTIFICATES_TOKEN];

/// All these objects, always in the same order.
pub(crate) fn all(abilities: Abilities) -> Vec<Object> {
    let profile = |id: ck::CK_PROFILE_ID| {
        Object::plain(
            common(ck::CKO_PROFILE, &format!("profile-{id}")).number(ck::CKA_PROFILE_ID, id),
        )
    };
    let mechanism = |kind: ck::CK_MECHANISM_TYPE| {
        Object::plain(
            common(ck::CKO_MECHANISM, &format!("mechanism-{kind:x}"))
                .number(ck::CKA_MECHANISM_TYPE, kind),
        )
    };
    let mechanisms = mechanism::all(abilities).into_iter().map(mechanism);
    PROFILES
        .into_iter()
        .map(profile)
        .chain(mechanisms)
        .collect()
}

fn common(class: ck::CK_OBJECT_CLASS, unique: &str) -> Attributes {
    Attributes::default()
        .number(ck::CKA_CLASS, class)
        .flag(ck::CKA_TOKEN, true)
        .flags(
            &[
                ck::CKA_PRIVATE,
                ck::CKA_MODIFIABLE,
                ck::CKA_COPYABLE,
                ck::CKA_DESTROYABLE,
            ],
            false,
        )
        .empty(&[ck::CKA_LABEL])
        .bytes(ck::CKA_UNIQUE_ID, unique.as_bytes())
}

/// Whether a search sees an object: mechanisms only when it asks for them by class (PKCS#11 3.2, 4.12).
pub(crate) fn is_listed(object: &Object, template: &[TemplateEntry]) -> bool {
    let asked = |entry: &TemplateEntry| {
        entry.kind == ck::CKA_CLASS && number(&entry.value) == Some(ck::CKO_MECHANISM)
    };
    !object.is(ck::CKO_MECHANISM) || template.iter().any(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mechanisms_are_hidden_from_who_does_not_ask_for_them() {
        let abilities = Abilities {
            generates: false,
            agrees: false,
        };
        let objects = all(abilities);
        let listed = |template: &[TemplateEntry]| {
            let listed = objects.iter().filter(|object| is_listed(object, template));
            listed.filter(|o| o.attributes.matches(template)).count()
        };
        assert_eq!(listed(&[]), 2);
        let class = TemplateEntry {
            kind: ck::CKA_CLASS,
            value: ck::CKO_MECHANISM.to_ne_bytes().to_vec(),
        };
        assert_eq!(listed(&[class]), mechanism::all(abilities).len());
    }
}
