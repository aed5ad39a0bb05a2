//! `ASiCManifest` (EN 319 162-1, A.4): which files a signature is over.

use base64ct::{Base64, Encoding as _};
use quick_xml::NsReader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use sello_cades::DigestAlgorithm;

/// Longest manifest read, in bytes.
pub(crate) const MAX_MANIFEST: u64 = 4 * 1024 * 1024;
/// Most files listed.
const MAX_REFERENCES: usize = 4096;
/// Deepest nesting.
const MAX_DEPTH: usize = 16;
const ASIC: &str = "http://uri.etsi.org/02918/v1.2.1#";
const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";

/// Digest algorithms as XML names them (RFC 6931).
const ALGORITHMS: [(&str, DigestAlgorithm); 5] = [
    (
        "http://www.w3.org/2000/09/xmldsig#sha1",
        DigestAlgorithm::Sha1,
    ),
    (
        "http://www.w3.org/2001/04/xmldsig-more#sha224",
        DigestAlgorithm::Sha224,
    ),
    (
        "http://www.w3.org/2001/04/xmlenc#sha256",
        DigestAlgorithm::Sha256,
    ),
    (
        "http://www.w3.org/2001/04/xmldsig-more#sha384",
        DigestAlgorithm::Sha384,
    ),
    (
        "http://www.w3.org/2001/04/xmlenc#sha512",
        DigestAlgorithm::Sha512,
    ),
];

/// One file listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    /// Its name in the container.
    pub(crate) name: String,
    /// With what it was hashed; none if that is not known.
    pub(crate) algorithm: Option<DigestAlgorithm>,
    /// Its digest.
    pub(crate) digest: Vec<u8>,
}

/// A manifest as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// The signature or timestamp over this manifest.
    pub(crate) signature: String,
    /// The files listed.
    pub(crate) references: Vec<Reference>,
}

#[derive(Default)]
struct Pending {
    name: Option<String>,
    algorithm: Option<Option<DigestAlgorithm>>,
    digest: Option<Vec<u8>>,
}

impl Manifest {
    /// Reads a manifest, strictly: what stands where the schema has no place
    /// for it is refused.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let text = str::from_utf8(bytes).map_err(|_| "it is not in UTF-8")?;
        let mut reader = NsReader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let mut path: Vec<String> = Vec::new();
        let mut signature = None;
        let mut references: Vec<Reference> = Vec::new();
        let mut pending = Pending::default();
        loop {
            let (space, event) = reader
                .read_resolved_event()
                .map_err(|error| error.to_string())?;
            let asic = matches!(space, ResolveResult::Bound(space) if space.as_ref() == ASIC);
            let xmldsig =
                matches!(space, ResolveResult::Bound(space) if space.as_ref() == SIGNATURE);
            match event {
                Event::Start(start) => {
                    let local = local_name(&start);
                    let place: Vec<&str> = path.iter().map(String::as_str).collect();
                    match (place.as_slice(), local.as_str()) {
                        ([], "ASiCManifest") if asic => {}
                        (["ASiCManifest"], "SigReference") if asic => {
                            let name = file_name(&attribute(&start, "URI")?)?;
                            if signature.replace(name).is_some() {
                                return Err("it names two signatures".to_owned());
                            }
                        }
                        (["ASiCManifest"], "DataObjectReference") if asic => {
                            pending = Pending {
                                name: Some(file_name(&attribute(&start, "URI")?)?),
                                ..Pending::default()
                            };
                        }
                        (["ASiCManifest", "DataObjectReference"], "DigestMethod") if xmldsig => {
                            let name = attribute(&start, "Algorithm")?;
                            let known = ALGORITHMS.iter().find(|(uri, _)| *uri == name);
                            let known = known.map(|(_, algorithm)| *algorithm);
                            if pending.algorithm.replace(known).is_some() {
                                return Err("a file has two digest algorithms".to_owned());
                            }
                        }
                        (["ASiCManifest", "DataObjectReference"], "DigestValue") if xmldsig => {
                            if pending.digest.replace(Vec::new()).is_some() {
                                return Err("a file has two digests".to_owned());
                            }
                        }
                        (
                            ["ASiCManifest", ..],
                            "ASiCManifestExtensions" | "DataObjectReferenceExtensions",
                        ) if asic => {}
                        (place, _) if place.iter().any(|name| name.ends_with("Extensions")) => {}
                        (["ASiCManifest", "DataObjectReference", "DigestMethod"], _) => {}
                        _ => return Err(format!("{local} stands where it may not")),
                    }
                    path.push(local);
                    if path.len() > MAX_DEPTH {
                        return Err("it is nested too deeply".to_owned());
                    }
                }
                Event::End(_) => {
                    let ended = path.pop();
                    if ended.as_deref() == Some("DataObjectReference") {
                        references.push(std::mem::take(&mut pending).finish()?);
                        if references.len() > MAX_REFERENCES {
                            return Err("it lists too many files".to_owned());
                        }
                    }
                }
                Event::Text(text) => {
                    let in_digest = path.last().is_some_and(|name| name == "DigestValue");
                    let text: &str = &text;
                    if in_digest {
                        let plain: String = text.split_ascii_whitespace().collect();
                        let digest =
                            Base64::decode_vec(&plain).map_err(|_| "a digest is not in Base64")?;
                        if let Some(pending) = &mut pending.digest {
                            pending.extend(digest);
                        }
                    } else if !text.trim().is_empty()
                        && !path.iter().any(|name| name.ends_with("Extensions"))
                    {
                        return Err("text stands where it may not".to_owned());
                    }
                }
                Event::Decl(_) | Event::Comment(_) => {}
                Event::Eof if path.is_empty() => break,
                _ => return Err("it has parts that a manifest may not have".to_owned()),
            }
        }
        let signature = signature.ok_or("it names no signature")?;
        if references.is_empty() {
            return Err("it lists no file".to_owned());
        }
        Ok(Self {
            signature,
            references,
        })
    }
}

impl Pending {
    fn finish(self) -> Result<Reference, String> {
        let (Some(name), Some(algorithm), Some(digest)) = (self.name, self.algorithm, self.digest)
        else {
            return Err("a file is listed without its digest".to_owned());
        };
        if algorithm.is_some_and(|algorithm| algorithm.length() != digest.len()) {
            return Err("a digest has not the length of its algorithm".to_owned());
        }
        Ok(Reference {
            name,
            algorithm,
            digest,
        })
    }
}

fn local_name(start: &BytesStart<'_>) -> String {
    start.local_name().as_ref().to_owned()
}

fn attribute(start: &BytesStart<'_>, wanted: &str) -> Result<String, String> {
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        if attribute.key.as_ref() == wanted {
            return unescaped(&attribute.value);
        }
    }
    Err(format!("an element has no {wanted}"))
}

/// The five entities of XML; no document can declare others here.
fn unescaped(value: &str) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        let (entity, after) = after.split_once(';').ok_or("an entity does not end")?;
        text.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => return Err("an entity is not known".to_owned()),
        });
        rest = after;
    }
    text.push_str(rest);
    Ok(text)
}

/// A URI relative to the container's root, as a file name (RFC 3986, 2.1).
fn file_name(uri: &str) -> Result<String, String> {
    let mut octets = Vec::new();
    let mut rest = uri.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'%' {
            octets.push(first);
            continue;
        }
        let digits = after
            .get(..2)
            .and_then(|digits| str::from_utf8(digits).ok());
        let octet = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        octets.push(octet.ok_or("a URI is malformed")?);
        rest = after.get(2..).unwrap_or_default();
    }
    let name = String::from_utf8(octets).map_err(|_| "a URI is not in UTF-8")?;
    Ok(name
        .strip_prefix('/')
        .map_or_else(|| name.clone(), str::to_owned))
}

/// A manifest over these files, for the signature or the timestamp of this name and kind (MIME).
pub(crate) fn write(signature: &str, kind: &str, files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml.push_str("<asic:ASiCManifest xmlns:asic=\"http://uri.etsi.org/02918/v1.2.1#\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">");
    xml.push_str("<asic:SigReference URI=\"");
    xml.push_str(&encoded(signature));
    xml.push_str("\" MimeType=\"");
    xml.push_str(kind);
    xml.push_str("\"/>");
    for (name, digest) in files {
        xml.push_str("<asic:DataObjectReference URI=\"");
        xml.push_str(&encoded(name));
        xml.push_str("\"><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue>");
        xml.push_str(&Base64::encode_string(digest));
        xml.push_str("</ds:DigestValue></asic:DataObjectReference>");
    }
    xml.push_str("</asic:ASiCManifest>");
    xml.into_bytes()
}

/// A file name as a URI: what is not unreserved is written in hexadecimal.
fn encoded(name: &str) -> String {
    use std::fmt::Write as _;
    let mut uri = String::new();
    for octet in name.bytes() {
        if octet.is_ascii_alphanumeric() || b"-._~/".contains(&octet) {
            uri.push(char::from(octet));
        } else {
            // Writing to memory cannot fail.
            let _ = write!(uri, "%{octet:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let files = [
            ("a b/ñ&.txt".to_owned(), vec![7; 32]),
            ("c".to_owned(), vec![9; 32]),
        ];
        let manifest = Manifest::parse(&write("META-INF/signature001.p7s", "x", &files)).unwrap();
        assert_eq!(manifest.signature, "META-INF/signature001.p7s");
        let names: Vec<_> = manifest
            .references
            .iter()
            .map(|reference| (reference.name.clone(), reference.digest.clone()))
            .collect();
        assert_eq!(names, files);
    }

    #[test]
    fn what_has_no_place_in_a_manifest_is_refused() {
        let sound =
            String::from_utf8(write("s.p7s", "x", &[("a".to_owned(), vec![7; 32])])).unwrap();
        for (from, to) in [
            (
                "<asic:DataObjectReference",
                "<asic:Other/><asic:DataObjectReference",
            ),
            ("<?xml", "<!DOCTYPE a [<!ENTITY b \"c\">]><?xml"),
            (
                "</asic:ASiCManifest>",
                "<asic:SigReference URI=\"x\"/></asic:ASiCManifest>",
            ),
            ("</ds:DigestValue>", "AA==</ds:DigestValue>"),
            ("02918/v1.2.1", "02918/v9"),
            ("URI=\"a\"", "URI=\"&b;\""),
            ("</asic:ASiCManifest>", ""),
        ] {
            let changed = sound.replacen(from, to, 1);
            assert_ne!(changed, sound);
            assert!(Manifest::parse(changed.as_bytes()).is_err(), "{to}");
        }
    }
}
