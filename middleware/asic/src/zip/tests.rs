use std::io::Cursor;

use super::*;

fn made(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = Writer::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer.add(name, *content, |_| ()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn opened(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, ZipError> {
    let mut archive = Archive::open(Cursor::new(bytes))?;
    let entries = archive.entries().to_vec();
    let read = |entry: &Entry| Ok((entry.name.clone(), archive.read_whole(entry, 1 << 20)?));
    entries.iter().map(read).collect()
}

#[test]
fn what_is_written_is_read_back() {
    let files: [(&str, &[u8]); 3] = [("mimetype", b"x"), ("a/ñ.txt", b""), ("b", &[7; 100_000])];
    let read = opened(&made(&files)).unwrap();
    for ((name, content), (read_name, read_content)) in files.iter().zip(&read) {
        assert_eq!(
            (*name, *content),
            (read_name.as_str(), read_content.as_slice())
        );
    }
}

#[test]
fn the_first_file_lies_plainly_at_the_beginning() {
    let bytes = made(&[("mimetype", b"application/vnd.etsi.asic-e+zip")]);
    assert_eq!(
        bytes.get(30..69).unwrap(),
        b"mimetypeapplication/vnd.etsi.asic-e+zip"
            .get(..39)
            .unwrap()
    );
}

#[test]
fn a_name_twice_is_refused_whatever_its_case() {
    for (one, other) in [("a", "a"), ("a.txt", "A.TXT")] {
        let error = opened(&made(&[(one, b"1"), (other, b"2")])).unwrap_err();
        assert!(matches!(error, ZipError::Duplicate(_)));
    }
}

#[test]
fn names_that_lead_outside_are_refused() {
    for name in [
        "../a", "/a", "a/../b", "a\\b", "C:a", "a//b", "./a", "a\u{0}b",
    ] {
        let error = opened(&made(&[(name, b"1")])).unwrap_err();
        assert!(matches!(error, ZipError::Name(_)), "{name}");
    }
}

#[test]
fn every_changed_byte_is_refused_or_does_not_matter() {
    let files: [(&str, &[u8]); 2] = [("mimetype", b"some type"), ("file", b"content")];
    let bytes = made(&files);
    let sound = opened(&bytes).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        if let Ok(read) = opened(&changed) {
            let contents = |all: &[(String, Vec<u8>)]| -> Vec<Vec<u8>> {
                all.iter().map(|(_, content)| content.clone()).collect()
            };
            assert_eq!(contents(&read), contents(&sound), "byte {at}");
        }
    }
    for length in 0..bytes.len() {
        assert!(opened(&bytes[..length]).is_err());
    }
}

#[test]
fn what_is_put_before_or_between_is_refused() {
    let bytes = made(&[("a", b"1")]);
    let shifted = [b"x".as_slice(), &bytes].concat();
    assert!(opened(&shifted).is_err());
}
