//! What sealed documents are judged by: the trust folder and its revocation lists.

use sello_cades::TrustStore;

use super::{Check, Finding, Machine, Topic, TrustFinding, day};
use crate::failure::Failure;

pub(super) fn examine(machine: &Machine<'_>) -> Vec<Check> {
    let Some(folder) = machine.trust.iter().find(|folder| folder.is_dir()) else {
        let looked = machine.trust.clone();
        return vec![
            Check::new(Topic::Trust, TrustFinding::Absent { looked }),
            Check::new(Topic::Revocation, Finding::Skipped),
        ];
    };
    let store = match TrustStore::load_dir(folder) {
        Ok(store) => store,
        Err(error) => {
            let failure = Failure::Trust {
                path: folder.clone(),
                reason: error.to_string(),
            };
            return vec![
                Check::new(Topic::Trust, failure),
                Check::new(Topic::Revocation, Finding::Skipped),
            ];
        }
    };
    let (folder, anchors) = (folder.clone(), store.anchors().len());
    let trust = if anchors == 0 {
        let folder = folder.clone();
        TrustFinding::NoAnchors { folder }
    } else {
        let folder = folder.clone();
        TrustFinding::Good { folder, anchors }
    };
    let lists = revocation(&store, machine);
    let lists = lists.unwrap_or(TrustFinding::NoList { folder });
    vec![
        Check::new(Topic::Trust, trust),
        Check::new(Topic::Revocation, lists),
    ]
}

/// The list that is too old, or when the first of the others will be. A folder may keep old lists beside the
/// current one of the same issuer: of each issuer the newest counts.
fn revocation(store: &TrustStore, machine: &Machine<'_>) -> Option<TrustFinding> {
    let lists = store.revocation_lists();
    let newest = lists.iter().filter(|list| {
        let mut others = lists.iter();
        !others.any(|other| {
            other.issuer() == list.issuer() && other.this_update() > list.this_update()
        })
    });
    let mut first = None;
    let mut any = false;
    for list in newest {
        any = true;
        let Some(next) = list.next_update() else {
            continue;
        };
        if next < machine.now {
            return Some(TrustFinding::Old {
                issuer: list.issuer().to_string(),
                since: day(next),
            });
        }
        first = first.map_or(Some(next), |first: time::OffsetDateTime| {
            Some(first.min(next))
        });
    }
    any.then(|| TrustFinding::Current {
        until: first.map(day),
    })
}
