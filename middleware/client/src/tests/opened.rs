//! Documents shown, and taken back to how they were signed.

use std::fs;

use super::{STAMP, desk};
use crate::testing::FakeCard;

#[test]
fn the_signed_state_comes_out_byte_by_byte() {
    let card = FakeCard::with_seal(7);
    let mut desk = desk(&card).types(&["123456"]);
    assert_eq!(desk.run(STAMP).code, 0);
    let sealed = fs::read(desk.path("out.pdf")).unwrap();
    let later = [
        sealed.as_slice(),
        b"1 0 obj<<>>endobj\nstartxref\n0\n%%EOF\n",
    ]
    .concat();
    fs::write(desk.path("later.pdf"), later).unwrap();
    let line = "verify --trust @trust --extract-signed @signed.pdf @later.pdf";
    let outcome = desk.run(line);
    assert_eq!(outcome.code, 1, "{}", outcome.out);
    assert_eq!(fs::read(desk.path("signed.pdf")).unwrap(), sealed);

    let outcome = desk.run(&format!("{line} --seal 2"));
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("number 2"), "{}", outcome.err);
    let outcome = desk.run("verify --extract-signed @out.pdf @out.pdf");
    assert_eq!(outcome.code, 2);
    assert_eq!(fs::read(desk.path("out.pdf")).unwrap(), sealed);
    let two = desk.run("verify --html @x.html @out.pdf @later.pdf");
    assert_eq!(two.code, 2);
}

#[test]
fn the_page_for_the_browser_stands_by_itself_and_says_the_verdict_first() {
    let card = FakeCard::with_seal(7);
    let mut desk = desk(&card).types(&["123456"]);
    assert_eq!(desk.run(STAMP).code, 0);
    let outcome = desk.run("verify --trust @trust --html @good.html @out.pdf");
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    let page = fs::read_to_string(desk.path("good.html")).unwrap();
    assert!(page.contains("<header class=\"good\"><h1>VALID</h1>"));
    assert!(page.contains("src=\"data:image/png;base64,") && page.contains("class=\"mark good\""));
    for outside in ["http:", "https:", "src=\"/", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }

    let opened = desk.run("open --no-browser --trust @trust @out.pdf");
    assert_eq!(opened.code, 0);
    let path = opened.out.trim().rsplit(' ').next().unwrap().to_owned();
    let shown = fs::read_to_string(&path).unwrap();
    fs::remove_file(&path).unwrap();
    assert!(shown.contains("VALID"));
    let opened = desk.run("--lang es open --no-browser @out.pdf");
    assert_eq!(opened.code, 2);
    let path = opened.out.trim().rsplit(' ').next().unwrap().to_owned();
    let shown = fs::read_to_string(&path).unwrap();
    fs::remove_file(&path).unwrap();
    assert!(shown.contains("NO SE PUEDE SABER") && shown.contains("class=\"mark unsure\""));
}
