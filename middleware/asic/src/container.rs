//! ASiC containers with CAdES signatures (EN 319 162-1), judged.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek};

use sello_cades::timestamp::token::Token;
use sello_cades::validation::{
    Digests, SignerVerdict, Trust, algorithms, timestamp_problem, validate_proven,
};
use sello_cades::{CmsError, DigestAlgorithm, Evidence, Indication, SignedData, carried};
use time::OffsetDateTime;

use crate::manifest::{MAX_MANIFEST, Manifest};
use crate::report::{Container, Draft, Fault, FileReport, ObjectReport, ObjectState};
use crate::zip::{Archive, Entry, ZipError};

/// Longest signature read, in bytes.
const MAX_SIGNATURE: u64 = 8 * 1024 * 1024;
/// Most signatures judged in one container.
const MAX_SIGNATURES: usize = 256;
const MIMETYPE: &str = "mimetype";
const ASIC_E: &[u8] = b"application/vnd.etsi.asic-e+zip";
const ASIC_S: &[u8] = b"application/vnd.etsi.asic-s+zip";

/// Judges a container. `by_name` is what the file's name says it is, where it
/// says so.
pub fn verify_container<S: Read + Seek>(
    source: S,
    by_name: Option<Container>,
    trust: Trust<'_>,
) -> FileReport {
    let mut draft = Draft::new(by_name.unwrap_or(Container::AsicE));
    let judged = Archive::open(source).and_then(|archive| {
        let mut judge = Judge {
            archive,
            digests: BTreeMap::new(),
            trust,
        };
        judge.run(&mut draft, by_name)
    });
    if let Err(error) = judged {
        draft.fault(Fault::ContainerMalformed, error.to_string());
    }
    draft.finish(trust.now)
}

struct Judge<'a, S> {
    archive: Archive<S>,
    digests: BTreeMap<String, Digests>,
    trust: Trust<'a>,
}

/// A signature file and what it is over.
struct Signed {
    name: String,
    data: Result<SignedData, CmsError>,
    manifest: Option<(String, Manifest)>,
}

impl<S: Read + Seek> Judge<'_, S> {
    fn run(&mut self, draft: &mut Draft, by_name: Option<Container>) -> Result<(), ZipError> {
        let entries = self.archive.entries().to_vec();
        let stated = self.mimetype(draft, &entries)?;
        let objects: Vec<&Entry> = entries.iter().filter(|entry| is_object(entry)).collect();
        let manifests = self.manifests(draft, &entries)?;
        let has_manifest = manifests
            .iter()
            .any(|(_, manifest)| is_signature(&manifest.signature));
        let found = if has_manifest {
            Container::AsicE
        } else {
            stated.or(by_name).unwrap_or(Container::AsicE)
        };
        draft.container = found;
        for other in [stated, by_name].into_iter().flatten() {
            if other != found {
                draft.fault(Fault::ContainerType, "name, mimetype and contents disagree");
                break;
            }
        }
        if entries.iter().any(|entry| is_xades(&entry.name)) {
            draft.fault(Fault::UnsupportedForm, "XAdES signatures are not judged");
        }
        let archived = self.archive_times(&manifests)?;
        let mut covered: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let files = entries.iter().filter(|entry| is_signature(&entry.name));
        for entry in files.take(MAX_SIGNATURES) {
            let signed = self.signed(draft, entry, &manifests)?;
            self.judge(draft, signed, &objects, &archived, &mut covered)?;
        }
        for object in &objects {
            let covered_by = covered.remove(&object.name).unwrap_or_default();
            if covered_by.is_empty() {
                draft.fault(Fault::NotCovered, object.name.clone());
            }
            draft.objects.push(ObjectReport {
                name: object.name.clone(),
                covered_by,
            });
        }
        if draft.signatures.is_empty() {
            draft.fault(Fault::NothingSealed, "");
        }
        Ok(())
    }

    /// What the `mimetype` file says; its place is read leniently.
    fn mimetype(
        &mut self,
        draft: &mut Draft,
        entries: &[Entry],
    ) -> Result<Option<Container>, ZipError> {
        let Some(entry) = self.archive.entry(MIMETYPE).cloned() else {
            draft.fault(Fault::FormNote, "there is no mimetype file");
            return Ok(None);
        };
        let first = entries.first().is_some_and(|first| first.name == MIMETYPE);
        if !first || entry.deflated {
            draft.fault(Fault::FormNote, "mimetype is not the first file, or packed");
        }
        let content = self.archive.read_whole(&entry, 1024)?;
        match content.trim_ascii() {
            ASIC_E => Ok(Some(Container::AsicE)),
            ASIC_S => Ok(Some(Container::AsicS)),
            _ => {
                draft.fault(Fault::ContainerType, "mimetype names no ASiC container");
                Ok(None)
            }
        }
    }

    /// Every readable manifest with its name.
    fn manifests(
        &mut self,
        draft: &mut Draft,
        entries: &[Entry],
    ) -> Result<Vec<(String, Manifest)>, ZipError> {
        let mut found = Vec::new();
        for entry in entries.iter().filter(|entry| is_manifest(&entry.name)) {
            let bytes = self.archive.read_whole(entry, MAX_MANIFEST)?;
            match Manifest::parse(&bytes) {
                Ok(manifest) => found.push((entry.name.clone(), manifest)),
                Err(why) => {
                    draft.fault(Fault::ManifestMalformed, format!("{}: {why}", entry.name));
                }
            }
        }
        Ok(found)
    }

    fn signed(
        &mut self,
        draft: &mut Draft,
        entry: &Entry,
        manifests: &[(String, Manifest)],
    ) -> Result<Signed, ZipError> {
        let bytes = self.archive.read_whole(entry, MAX_SIGNATURE)?;
        let mut own = manifests
            .iter()
            .filter(|(_, manifest)| manifest.signature == entry.name);
        let manifest = own.next().cloned();
        if own.next().is_some() {
            draft.fault(Fault::ManifestAmbiguous, entry.name.clone());
        }
        Ok(Signed {
            name: entry.name.clone(),
            data: SignedData::parse_any(&bytes),
            manifest,
        })
    }

    fn judge(
        &mut self,
        draft: &mut Draft,
        signed: Signed,
        objects: &[&Entry],
        archived: &BTreeMap<String, OffsetDateTime>,
        covered: &mut BTreeMap<String, Vec<String>>,
    ) -> Result<(), ZipError> {
        let name = signed.name;
        let data = match signed.data {
            Ok(data) => data,
            Err(error) => {
                let verdict = SignerVerdict::unreadable(error);
                draft.signature(name, None, Vec::new(), &[verdict]);
                return Ok(());
            }
        };
        let needed = algorithms(&data);
        let (target, states) = match &signed.manifest {
            Some((manifest_name, manifest)) => {
                (Some(manifest_name.clone()), self.references(manifest)?)
            }
            None => match (draft.container, objects) {
                (Container::AsicS, [object]) => {
                    let state = Vec::from([(object.name.clone(), ObjectState::Intact)]);
                    (Some(object.name.clone()), state)
                }
                _ => {
                    draft.fault(Fault::ManifestMissing, name.clone());
                    (None, Vec::new())
                }
            },
        };
        let digests = match &target {
            Some(target) => self.digests_of(target, &needed)?,
            None => Digests::new(),
        };
        let trust = self.trust;
        let proven = archived.get(&name).copied();
        let verdicts = validate_proven(&data, &digests, &Evidence::default(), proven, trust);
        let holds = |verdict: &SignerVerdict| verdict.indication() != Indication::TotalFailed;
        if verdicts.iter().any(holds) {
            for (object, state) in &states {
                if *state == ObjectState::Intact {
                    covered
                        .entry(object.clone())
                        .or_default()
                        .push(name.clone());
                }
            }
        }
        let manifest = signed.manifest.map(|(manifest, _)| manifest);
        draft.signature(name, manifest, states, &verdicts);
        Ok(())
    }

    fn references(&mut self, manifest: &Manifest) -> Result<Vec<(String, ObjectState)>, ZipError> {
        let mut states = Vec::new();
        for reference in &manifest.references {
            let state = match reference.algorithm {
                None => ObjectState::Unknown,
                Some(_) if self.archive.entry(&reference.name).is_none() => ObjectState::Missing,
                Some(algorithm) => {
                    let digests = self.digests_of(&reference.name, &BTreeSet::from([algorithm]))?;
                    match digests.get(&algorithm) {
                        Some(digest) if *digest == reference.digest => ObjectState::Intact,
                        _ => ObjectState::Changed,
                    }
                }
            };
            states.push((reference.name.clone(), state));
        }
        Ok(states)
    }

    /// The digests of a file, computed once for each algorithm.
    fn digests_of(
        &mut self,
        name: &str,
        needed: &BTreeSet<DigestAlgorithm>,
    ) -> Result<Digests, ZipError> {
        let known = self.digests.entry(name.to_owned()).or_default();
        let missing: Vec<_> = needed
            .iter()
            .filter(|algorithm| !known.contains_key(algorithm))
            .collect();
        if missing.is_empty() {
            return Ok(known.clone());
        }
        let Some(entry) = self.archive.entry(name).cloned() else {
            return Ok(known.clone());
        };
        let mut hashers: Vec<_> = missing
            .into_iter()
            .map(|algorithm| (*algorithm, algorithm.hasher()))
            .collect();
        self.archive.read(&entry, |part| {
            for (_, hasher) in &mut hashers {
                hasher.update(part);
            }
        })?;
        for (algorithm, hasher) in hashers {
            known.insert(algorithm, hasher.finish());
        }
        Ok(known.clone())
    }

    /// When each file of the container provably existed: timestamps over
    /// archive manifests (EN 319 162-1, 5.4) whose authority is good now.
    fn archive_times(
        &mut self,
        manifests: &[(String, Manifest)],
    ) -> Result<BTreeMap<String, OffsetDateTime>, ZipError> {
        let mut times: BTreeMap<String, OffsetDateTime> = BTreeMap::new();
        let stamped = manifests
            .iter()
            .filter(|(_, manifest)| !is_signature(&manifest.signature));
        for (name, manifest) in stamped {
            let Some(time) = self.archive_time(name, manifest)? else {
                continue;
            };
            for (object, state) in self.references(manifest)? {
                if state == ObjectState::Intact {
                    let known = times.entry(object).or_insert(time);
                    *known = time.min(*known);
                }
            }
        }
        Ok(times)
    }

    fn archive_time(
        &mut self,
        name: &str,
        manifest: &Manifest,
    ) -> Result<Option<OffsetDateTime>, ZipError> {
        let Some(entry) = self.archive.entry(&manifest.signature).cloned() else {
            return Ok(None);
        };
        let bytes = self.archive.read_whole(&entry, MAX_SIGNATURE)?;
        let Ok(token) = Token::parse(&bytes) else {
            return Ok(None);
        };
        let algorithm = token.digest_algorithm();
        let digests = self.digests_of(name, &BTreeSet::from([algorithm]))?;
        let digest = digests.get(&algorithm).cloned().unwrap_or_default();
        let mut evidence = carried::evidence(token.signed_data());
        evidence.extend(self.trust.store.evidence());
        let Ok(authority) = token.check(&digest, evidence.certificates()) else {
            return Ok(None);
        };
        let problem = timestamp_problem(&token, authority, &evidence, None, self.trust);
        Ok(problem.is_none().then(|| token.info().time))
    }
}

fn in_meta(name: &str) -> Option<&str> {
    name.strip_prefix("META-INF/")
}

fn is_object(entry: &Entry) -> bool {
    in_meta(&entry.name).is_none() && entry.name != MIMETYPE
}

fn is_signature(name: &str) -> bool {
    in_meta(name).is_some_and(|name| name.contains("signature") && name.ends_with(".p7s"))
}

fn is_xades(name: &str) -> bool {
    in_meta(name).is_some_and(|name| name.contains("signatures") && name.ends_with(".xml"))
}

/// `ASiCManifest*.xml` and `ASiCArchiveManifest*.xml`; `manifest.xml` is that
/// of OpenDocument and says nothing of signatures.
fn is_manifest(name: &str) -> bool {
    in_meta(name).is_some_and(|name| {
        name.ends_with(".xml")
            && (name.starts_with("ASiCManifest") || name.starts_with("ASiCArchiveManifest"))
    })
}
