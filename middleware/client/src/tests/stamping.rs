//! `sello stamp`, `sello prepare` and `sello renew` with everything that may be asked of them.

use std::fs;

use crate::testing::{Desk, FakeCard, one_page, tsa};

fn desk(card: &FakeCard) -> Desk {
    Desk::new(&[("Reader 0", Some(card))])
}

#[test]
fn a_document_is_sealed_in_place_and_stays_as_it_was_where_that_fails() {
    let card = FakeCard::with_seal(7);
    let mut desk = desk(&card).types(&["999999"]);
    let refused = desk.run("stamp @in.pdf --in-place --x 100 --y 50");
    assert_eq!(refused.code, 2);
    assert_eq!(fs::read(desk.path("in.pdf")).unwrap(), one_page());
    let mut desk = desk.types(&["123456"]);
    let stamped = desk.run("stamp @in.pdf --in-place --x 100 --y 50");
    assert_eq!(stamped.code, 0, "{stamped:?}");
    assert!(
        fs::read(desk.path("in.pdf"))
            .unwrap()
            .starts_with(&one_page())
    );
    assert_eq!(desk.run("verify --trust @trust @in.pdf").code, 0);
    assert!(desk.new_files().is_empty());
}

#[test]
fn what_a_power_cut_left_is_named_and_cut_off_when_told_to() {
    let card = FakeCard::with_seal(7);
    let mut desk = desk(&card).types(&["123456"]);
    let whole = one_page();
    assert_eq!(desk.run("stamp @in.pdf -o @out.pdf --x 100 --y 50").code, 0);
    let sealed = fs::read(desk.path("out.pdf")).unwrap();
    let revision = sealed.len() - whole.len();
    for left in [1, 40, revision / 2, revision - 3] {
        let half = &sealed[..whole.len() + left];
        fs::write(desk.path("in.pdf"), half).unwrap();
        let refused = desk.run("stamp @in.pdf --in-place --x 100 --y 50");
        assert_eq!(refused.code, 2, "{left}: {refused:?}");
        assert!(refused.err.contains("--repair"), "{left}: {}", refused.err);
        assert!(refused.prompts.is_empty());
        assert_eq!(fs::read(desk.path("in.pdf")).unwrap(), half);
    }
    let mut desk = desk.types(&["123456"]);
    let stamped = desk.run("stamp @in.pdf --in-place --repair --x 100 --y 50");
    assert_eq!(stamped.code, 0, "{stamped:?}");
    assert_eq!(desk.run("verify --trust @trust @in.pdf").code, 0);
}

#[test]
fn prepared_fields_are_sealed_by_name() {
    let card = FakeCard::with_seal(7);
    let mut desk = desk(&card).types(&["123456"]);
    let line = "prepare @in.pdf -o @ready.pdf --field Buyer:1:20:200:60:30 \
                --field Seller:1:110:200:60:30";
    assert_eq!(desk.run(line).code, 0);
    let wrong = desk.run("stamp @ready.pdf -o @out.pdf --field Other");
    assert_eq!(wrong.code, 2);
    assert!(
        wrong.err.contains("Buyer") && wrong.err.contains("Seller"),
        "{}",
        wrong.err
    );
    assert!(wrong.prompts.is_empty());
    let mut desk = desk.types(&["123456"]);
    let stamped = desk.run("stamp @ready.pdf -o @once.pdf --field Seller --json");
    assert_eq!(stamped.code, 0, "{stamped:?}");
    let answer: serde_json::Value = serde_json::from_str(&stamped.out).unwrap();
    assert_eq!(answer["field"], "Seller");
    assert_eq!(answer["level"], "B-B");
    assert_eq!(desk.run("verify --trust @trust @once.pdf").code, 0);
    let again = desk.run("stamp @once.pdf -o @twice.pdf --field Seller");
    assert!(again.err.contains("signed already"), "{}", again.err);
}

#[test]
fn a_seal_goes_to_a_word_of_the_text() {
    let card = FakeCard::with_seal(7);
    let mut desk = desk(&card).types(&["123456"]);
    let missing = desk.run("stamp @in.pdf -o @out.pdf --keyword Treaty");
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("Treaty"), "{}", missing.err);
    let second = desk.run("stamp @in.pdf -o @out.pdf --keyword Contract --occurrence 2");
    assert!(second.err.contains("occurs 1"), "{}", second.err);
    assert!(second.prompts.is_empty());
    let mut desk = desk.types(&["123456"]);
    let line = "stamp @in.pdf -o @out.pdf --keyword Contract --width 20 --dy 30 --json";
    let stamped = desk.run(line);
    assert_eq!(stamped.code, 0, "{stamped:?}");
    let json = desk.run("verify --json --trust @trust @out.pdf");
    let report: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    let place = &report[0]["signatures"][0]["rectangle_mm"];
    // "Contract" in Helvetica of 24 points begins 72 points from the left, 720 from the bottom.
    let middle = |edge: &str, size: &str| {
        place[edge].as_f64().unwrap() + place[size].as_f64().unwrap() / 2.0
    };
    let (x, y) = (middle("x", "width"), middle("y", "height"));
    assert!((38.0..48.0).contains(&x), "{place}");
    assert!((68.0..73.0).contains(&y), "{place}");
}

#[test]
fn a_certified_document_is_sealed_again_only_where_its_author_lets_it() {
    let card = FakeCard::with_seal(7);
    for (what, code) in [("nothing", 2), ("forms", 0)] {
        let mut desk = desk(&card).types(&["123456", "123456"]);
        let line = format!("stamp @in.pdf -o @once.pdf --x 20 --y 20 --certify {what}");
        assert_eq!(desk.run(&line).code, 0);
        let mut desk = desk.types(&["123456"]);
        let again = desk.run("stamp @once.pdf -o @twice.pdf --x 100 --y 20");
        assert_eq!(again.code, code, "{what}: {again:?}");
        assert_eq!(again.prompts.is_empty(), code == 2);
    }
}

#[test]
fn levels_without_an_authority_are_refused_before_the_pin() {
    let card = FakeCard::with_seal(7);
    let mut desk = desk(&card).types(&["123456"]);
    for (line, words) in [
        ("--level t", "--tsa"),
        ("--level lta --tsa https://127.0.0.1:9", "http://"),
        // Nobody listens on the discard port.
        ("--level t --tsa http://127.0.0.1:9/", "127.0.0.1:9"),
    ] {
        let line = format!("stamp @in.pdf -o @out.pdf --x 20 --y 20 {line}");
        let refused = desk.run(&line);
        assert_eq!(refused.code, 2);
        assert!(refused.err.contains(words), "{}", refused.err);
        assert!(refused.prompts.is_empty());
        assert!(desk.new_files().is_empty());
    }
    let nothing = desk.run("renew @in.pdf -o @out.pdf --tsa http://127.0.0.1:9/");
    assert!(nothing.err.contains("no seal"), "{}", nothing.err);
}

#[test]
fn every_level_is_written_whole_and_renewed() {
    let card = FakeCard::with_seal(7);
    // One token to try the authority, one for the signature, one for the document.
    for (level, name, tokens, revisions) in [
        ("t", "B-T", 2, 2),
        ("lt", "B-LT", 2, 3),
        ("lta", "B-LTA", 3, 4),
    ] {
        let url = tsa::listen(tokens);
        let mut desk = desk(&card).types(&["123456"]);
        let line = format!(
            "stamp @in.pdf -o @out.pdf --x 20 --y 20 --level {level} --tsa {url} --trust @trust --json"
        );
        let stamped = desk.run(&line);
        assert_eq!(stamped.code, 0, "{level}: {stamped:?}");
        let answer: serde_json::Value = serde_json::from_str(&stamped.out).unwrap();
        assert_eq!(answer["level"], name);
        let sealed = fs::read(desk.path("out.pdf")).unwrap();
        let document = sello_pdf::Document::open(sealed.as_slice()).unwrap();
        assert_eq!(document.revisions().len(), revisions, "{level}");
        assert_eq!(document.end(), u64::try_from(sealed.len()).unwrap());
        if level != "lta" {
            continue;
        }
        let url = tsa::listen(2);
        let line = format!("renew @out.pdf --in-place --tsa {url} --trust @trust");
        let renewed = desk.run(&line);
        assert_eq!(renewed.code, 0, "{renewed:?}");
        let longer = fs::read(desk.path("out.pdf")).unwrap();
        assert!(longer.starts_with(&sealed));
        let document = sello_pdf::Document::open(longer.as_slice()).unwrap();
        assert_eq!(document.revisions().len(), revisions + 2);
    }
}

#[test]
fn an_authority_that_goes_away_in_the_middle_leaves_nothing() {
    let card = FakeCard::with_seal(7);
    for tokens in [1, 2] {
        let url = tsa::listen(tokens);
        let rest = format!("--x 20 --y 20 --level lta --tsa {url} --trust @trust");
        let mut desk = desk(&card).types(&["123456"]);
        let broken = desk.run(&format!("stamp @in.pdf -o @out.pdf {rest}"));
        assert_eq!(broken.code, 2, "{broken:?}");
        assert!(broken.err.contains("127.0.0.1"), "{}", broken.err);
        assert!(desk.new_files().is_empty());
        let url = tsa::listen(tokens);
        let rest = format!("--x 20 --y 20 --level lta --tsa {url} --trust @trust");
        let mut desk = desk.types(&["123456"]);
        let broken = desk.run(&format!("stamp @in.pdf --in-place {rest}"));
        assert_eq!(broken.code, 2, "{broken:?}");
        assert_eq!(fs::read(desk.path("in.pdf")).unwrap(), one_page());
    }
}

#[test]
fn validation_data_that_are_not_there_are_named_before_the_pin() {
    let card = FakeCard::with_seal(7);
    let mut desk = desk(&card).types(&["123456"]);
    fs::remove_file(desk.path("trust/crls/ca.crl")).unwrap();
    let url = tsa::listen(1);
    let line =
        format!("stamp @in.pdf -o @out.pdf --x 20 --y 20 --level lt --tsa {url} --trust @trust");
    let refused = desk.run(&line);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("revocation list"), "{}", refused.err);
    assert!(refused.prompts.is_empty());
}

/// The seals of a document, each of them intact and nobody's doubt left over.
fn assert_valid(desk: &mut Desk, name: &str, signatures: usize) {
    let said = desk.run(&format!("verify --json --trust @trust @{name}"));
    assert_eq!(said.code, 0, "{name}: {}", said.out);
    let report: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let report = &report[0];
    let found = report["signatures"].as_array().unwrap();
    assert_eq!(found.len(), signatures, "{name}: {report}");
    for signature in found {
        assert_eq!(signature["indication"], "TOTAL-PASSED", "{name}: {report}");
    }
}

#[test]
fn every_level_renewals_and_further_seals_are_verified_as_valid() {
    let card = FakeCard::with_seal(7);
    let mut desk = desk(&card).types(&["123456"]);
    let stamp = "--x 20 --y 20 --trust @trust";
    let line = format!("stamp @in.pdf -o @b.pdf {stamp}");
    assert_eq!(desk.run(&line).code, 0);
    assert_valid(&mut desk, "b.pdf", 1);
    // Signatures and document timestamps: both are signatures of the document.
    for (level, tokens, signatures) in [("t", 2, 1), ("lt", 2, 1), ("lta", 3, 2)] {
        let url = tsa::listen(tokens);
        desk = desk.types(&["123456"]);
        let line = format!("stamp @in.pdf -o @{level}.pdf {stamp} --level {level} --tsa {url}");
        let stamped = desk.run(&line);
        assert_eq!(stamped.code, 0, "{level}: {stamped:?}");
        assert_valid(&mut desk, &format!("{level}.pdf"), signatures);
    }
    let url = tsa::listen(2);
    let line = format!("renew @lta.pdf -o @renewed.pdf --tsa {url} --trust @trust");
    let renewed = desk.run(&line);
    assert_eq!(renewed.code, 0, "{renewed:?}");
    assert_valid(&mut desk, "renewed.pdf", 3);
    for (input, output, signatures) in [
        ("b", "bb", 2),
        ("t", "tb", 2),
        ("lt", "ltb", 2),
        ("renewed", "renewedb", 4),
    ] {
        desk = desk.types(&["123456"]);
        let line = format!("stamp @{input}.pdf -o @{output}.pdf --x 100 --y 20");
        let stamped = desk.run(&line);
        assert_eq!(stamped.code, 0, "{input}: {stamped:?}");
        assert_valid(&mut desk, &format!("{output}.pdf"), signatures);
    }
    let line = "prepare @in.pdf -o @ready.pdf --field Buyer:1:20:200:60:30 \
                --field Seller:1:110:200:60:30";
    assert_eq!(desk.run(line).code, 0);
    for (input, output, field, signatures) in [
        ("ready", "once", "Seller", 1),
        ("once", "twice", "Buyer", 2),
    ] {
        desk = desk.types(&["123456"]);
        let line = format!("stamp @{input}.pdf -o @{output}.pdf --field {field}");
        let stamped = desk.run(&line);
        assert_eq!(stamped.code, 0, "{input}: {stamped:?}");
        assert_valid(&mut desk, &format!("{output}.pdf"), signatures);
    }
}
