//! Every way to tamper with the log or the ledger is found, and nothing is done in a ledger whose
//! log does not end where it was noted to.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    dead_code,
    unreachable_pub,
    missing_docs
)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{FakeCard, World, error, execute, home, query_text, request};
use sello_center::audit::Line;
use sello_center::{Center, Error, Verified};
use tempfile::TempDir;

/// The folder of a center that nobody has open, with a seal that was reported lost.
struct Closed(TempDir);

fn database(folder: &TempDir) -> PathBuf {
    folder.path().join("center/center.db")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}

impl Closed {
    fn new() -> Self {
        let mut world = World::new();
        let active = world.active(&mut FakeCard::new(1));
        world.center.report_loss(&world.eva, &active).unwrap();
        drop(world.center);
        let closed = Self(world.folder);
        closed.after(&[]).unwrap();
        closed
    }

    fn lines(&self) -> i64 {
        let last = query_text(&database(&self.0), "SELECT MAX(line) AS answer FROM audit");
        last.parse().unwrap()
    }

    fn text(&self, line: i64, column: &str) -> String {
        let sql = format!("SELECT {column} AS answer FROM audit WHERE line = {line}");
        query_text(&database(&self.0), &sql)
    }

    /// What the check says of a copy in which this was changed.
    fn after(&self, changes: &[String]) -> Result<Verified, Error> {
        let folder = tempfile::tempdir().unwrap();
        copy(&self.0.path().join("center"), &folder.path().join("center"));
        if !changes.is_empty() {
            execute(&database(&folder), &changes.join(";"));
        }
        Center::open(home(&folder)).unwrap().verify_audit()
    }

    fn bad_line(&self, changes: &[String]) -> i64 {
        match self.after(changes) {
            Err(Error::Tampered { line, .. }) => line,
            other => panic!("{changes:?}: {other:?}"),
        }
    }
}

#[test]
fn every_changed_line_is_named() {
    let closed = Closed::new();
    let changes = [
        "at = at + 1",
        "actor = actor || 'x'",
        "action = action || 'x'",
        "subject = subject || 'x'",
        "detail = detail || ' '",
        "previous = hash",
        "hash = previous",
    ];
    for line in 1..=closed.lines() {
        let change = changes[usize::try_from(line).unwrap() % changes.len()];
        let change = format!("UPDATE audit SET {change} WHERE line = {line}");
        assert_eq!(closed.bad_line(&[change]), line);
    }
}

#[test]
fn every_dropped_line_is_named() {
    let closed = Closed::new();
    let last = closed.lines();
    for line in 1..last {
        let drop = format!("DELETE FROM audit WHERE line = {line}");
        assert_eq!(closed.bad_line(&[drop]), line);
    }
    // Nothing follows the last one that could miss it: the note outside does.
    let error = closed
        .after(&[format!("DELETE FROM audit WHERE line = {last}")])
        .unwrap_err();
    assert!(matches!(error, Error::Head { ledger, noted } if ledger == last - 1 && noted == last));
}

#[test]
fn swapped_lines_are_named() {
    let closed = Closed::new();
    for line in 1..closed.lines() {
        let next = line + 1;
        let swap = [(line, -1), (next, line), (-1, next)]
            .map(|(from, to)| format!("UPDATE audit SET line = {to} WHERE line = {from}"));
        assert_eq!(closed.bad_line(&swap), line);
    }
}

#[test]
fn a_forger_who_recomputes_every_hash_ends_elsewhere_than_noted() {
    let closed = Closed::new();
    let mut changes = Vec::new();
    let mut previous = closed.text(2, "hash");
    for number in 3..=closed.lines() {
        let mut line = Line {
            line: number,
            at: closed.text(number, "at").parse().unwrap(),
            actor: "bob".into(),
            action: closed.text(number, "action"),
            subject: closed.text(number, "subject"),
            detail: closed.text(number, "detail"),
            previous,
            hash: String::new(),
        };
        line.hash = line.computed_hash();
        changes.push(format!(
            "UPDATE audit SET actor = 'bob', previous = '{}', hash = '{}' WHERE line = {number}",
            line.previous, line.hash
        ));
        previous = line.hash;
    }
    assert!(matches!(closed.after(&changes), Err(Error::Head { .. })));
}

#[test]
fn tables_that_disagree_with_the_log_are_found() {
    let closed = Closed::new();
    for change in [
        "UPDATE applications SET state = 'active'",
        "UPDATE applications SET request = replace(request, '40', '41')",
        "UPDATE applications SET picture = x'00'",
        "UPDATE certificates SET status = 'good', reason = NULL",
        "UPDATE certificates SET status = 'revoked', reason = 1",
        "UPDATE certificates SET der = x'3000'",
        "UPDATE certificates SET seal = x'3000'",
        "DELETE FROM certificates",
        "DELETE FROM approvals WHERE officer = 'eva'",
        "UPDATE officers SET wrapped = '{}' WHERE name = 'eva'",
        "DELETE FROM revocation_lists WHERE number = 3",
        "UPDATE revocation_lists SET der = x'3000' WHERE number = 2",
        "INSERT INTO revocation_lists VALUES (99, 0, 0, x'3000')",
        "INSERT INTO officers VALUES ('bob', 'bob', '{}', 0)",
        "UPDATE meta SET value = '3000' WHERE name = 'ca-certificate'",
    ] {
        closed.bad_line(&[change.to_owned()]);
    }
}

#[test]
fn an_old_copy_of_the_ledger_is_not_used() {
    let mut world = World::new();
    let reference = world.active(&mut FakeCard::new(1));
    drop(world.center);
    let folder = world.folder.path().join("center");
    let old = fs::read(folder.join("center.db")).unwrap();
    let mut center = Center::open(home(&world.folder)).unwrap();
    center.report_loss(&world.ana, &reference).unwrap();
    drop(center);
    fs::write(folder.join("center.db"), old).unwrap();
    // In the old copy the seal is still active: nothing is done with it, nothing is published.
    let mut center = Center::open(home(&world.folder)).unwrap();
    let refused = center.report_loss(&world.ana, &reference);
    assert!(matches!(refused, Err(Error::Head { .. })));
    let refused = center.publish_revocation_list(&world.ana);
    assert!(matches!(refused, Err(Error::Head { .. })));
    let refused = center.export_trust(&world.folder.path().join("trust"));
    assert!(matches!(refused, Err(Error::Head { .. })));
}

#[test]
fn if_the_log_cannot_be_written_nothing_happens() {
    let mut world = World::new();
    let reference = world.apply();
    let database = world.folder.path().join("center/center.db");
    let full = "CREATE TRIGGER full BEFORE INSERT ON audit \
                BEGIN SELECT RAISE(ABORT, 'disk full'); END";
    execute(&database, full);
    assert!(matches!(
        error(world.center.apply(&request())),
        Error::Database(_)
    ));
    assert!(matches!(
        error(world.center.approve(&world.ana, &reference)),
        Error::Database(_)
    ));
    execute(&database, "DROP TRIGGER full");
    assert_eq!(world.center.applications().unwrap().len(), 1);
    assert!(
        world
            .center
            .application(&reference)
            .unwrap()
            .approved_by
            .is_empty()
    );
    // The note outside cannot be written: the same.
    let head = world.folder.path().join("center/audit.head");
    let noted = fs::read(&head).unwrap();
    fs::remove_file(&head).unwrap();
    fs::create_dir(&head).unwrap();
    assert!(world.center.apply(&request()).is_err());
    fs::remove_dir(&head).unwrap();
    fs::write(&head, noted).unwrap();
    assert_eq!(world.center.applications().unwrap().len(), 1);
    world.center.verify_audit().unwrap();
}

#[test]
fn without_its_note_the_log_is_not_believed() {
    let mut world = World::new();
    fs::remove_file(world.folder.path().join("center/audit.head")).unwrap();
    assert!(matches!(
        error(world.center.apply(&request())),
        Error::HeadFile(_)
    ));
    assert!(matches!(
        error(world.center.verify_audit()),
        Error::HeadFile(_)
    ));
}

#[test]
fn swapped_key_files_do_not_open() {
    let mut world = World::new();
    let keys = world.folder.path().join("center/keys.json");
    let text = fs::read_to_string(&keys).unwrap();
    let mut parsed: serde_json::Value = serde_json::from_str(&text).unwrap();
    let ca = parsed["ca"].take();
    parsed["ca"] = parsed["maker"].take();
    parsed["maker"] = ca;
    fs::write(&keys, parsed.to_string()).unwrap();
    let refused = world.center.publish_revocation_list(&world.ana);
    assert!(matches!(refused, Err(Error::Vault { what: "CA key" })));
}
