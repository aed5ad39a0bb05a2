use super::*;

fn store() -> (tempfile::TempDir, PathBuf, Store) {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("a/b");
    let store = Store::new(Some(directory.clone()));
    (folder, directory, store)
}

#[test]
fn what_is_kept_is_found_again_for_its_owner_only() {
    let (_folder, directory, store) = store();
    assert_eq!(store.load("one"), None);
    assert!(store.save("one", b"content"));
    assert!(store.save("one", b"other"));
    assert_eq!(store.load("one").as_deref(), Some(&b"other"[..]));
    assert_eq!(store.load("two"), None);
    let names = fs::read_dir(&directory).unwrap();
    assert_eq!(names.count(), 1, "nothing is left beside");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&directory), 0o700);
        assert_eq!(mode(&directory.join("one.card")), 0o600);
    }
}

#[test]
fn a_damaged_or_foreign_file_is_no_file_and_is_written_anew() {
    let (_folder, directory, store) = store();
    assert!(store.save("one", b"content"));
    let path = directory.join("one.card");
    let good = fs::read(&path).unwrap();
    for index in 0..good.len() {
        let mut bad = good.clone();
        bad[index] ^= 1;
        fs::write(&path, &bad).unwrap();
        assert_eq!(store.load("one"), None, "byte {index}");
        fs::write(&path, &good[..index]).unwrap();
        assert_eq!(store.load("one"), None, "cut at {index}");
    }
    fs::write(&path, vec![0; LONGEST + 1]).unwrap();
    assert_eq!(store.load("one"), None);
    assert!(store.save("one", b"content"));
    assert!(store.load("one").is_some());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        assert_eq!(store.load("one"), None, "others may write it");
    }
}

/// What lies where a file is looked for: nothing of it is believed, none of it waits or is followed.
#[cfg(unix)]
#[test]
fn what_is_no_file_of_its_owner_is_no_file_and_is_put_aside() {
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
    type Put<'a> = Box<dyn Fn() + 'a>;
    let (folder, directory, store) = store();
    assert!(store.save("one", b"content"));
    let path = directory.join("one.card");
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(&path, &elsewhere).unwrap();
    let whole = fs::read(&elsewhere).unwrap();

    let mut things: Vec<(&str, Put<'_>)> = vec![
        ("a link", Box::new(|| symlink(&elsewhere, &path).unwrap())),
        (
            "a link to itself",
            Box::new(|| symlink(&path, &path).unwrap()),
        ),
        (
            "a link to a device",
            Box::new(|| symlink("/dev/zero", &path).unwrap()),
        ),
        ("a pipe", Box::new(|| make_pipe(&path))),
        (
            "a file that others may write",
            Box::new(|| {
                fs::write(&path, &whole).unwrap();
                fs::set_permissions(&path, fs::Permissions::from_mode(0o602)).unwrap();
            }),
        ),
    ];
    // Only root can give a file away.
    let given = folder.path().join("given");
    fs::write(&given, b"").unwrap();
    if chown(&given, Some(65534), None).is_ok() {
        things.push((
            "a file of another user",
            Box::new(|| {
                fs::write(&path, &whole).unwrap();
                chown(&path, Some(65534), None).unwrap();
            }),
        ));
    }
    for (what, put) in things {
        put();
        assert_eq!(store.load("one"), None, "{what}");
        assert!(store.save("one", b"content"), "{what}");
        assert!(store.load("one").is_some(), "{what}");
        fs::remove_file(&path).unwrap();
    }
    assert_eq!(
        fs::read(&elsewhere).unwrap(),
        whole,
        "links are not followed"
    );

    fs::create_dir(&path).unwrap();
    assert_eq!(store.load("one"), None, "a directory");
    assert!(!store.save("one", b"content"), "a directory");
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
}

#[cfg(unix)]
fn make_pipe(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

#[test]
fn what_lies_in_the_directory_beside_the_stores_files_stays() {
    let (_folder, directory, store) = store();
    assert!(store.save("0", b"content"));
    let others = [
        "letter.odt",
        "letter.card",
        ".card",
        "0.card.bak",
        ".0.1",
        ".0.1.2.3",
        ".0.x.1",
        "..1.1",
    ];
    for name in others {
        fs::write(directory.join(name), b"").unwrap();
    }
    let unfinished = directory.join(".0A.4711.0");
    fs::write(&unfinished, b"").unwrap();
    for card in 0..2 * MOST {
        assert!(store.save(&format!("{card:08X}"), b"content"));
    }
    for name in others {
        assert!(directory.join(name).exists(), "{name}");
    }
    assert!(!unfinished.exists());
    let count = fs::read_dir(&directory).unwrap().count();
    assert_eq!(count, MOST + others.len());
}

#[test]
fn where_nothing_can_be_written_nothing_is_kept() {
    let (folder, _, _) = store();
    let file = folder.path().join("file");
    fs::write(&file, b"").unwrap();
    let store = Store::new(Some(file.join("below")));
    assert!(!store.save("one", b"content"));
    assert_eq!(store.load("one"), None);
    assert!(!Store::default().save("one", b"content"));
    let (_folder, _, store) = self::store();
    assert!(!store.save("one", &vec![0; LONGEST]));
}

#[test]
fn the_store_does_not_grow_without_end() {
    let (_folder, directory, store) = store();
    for card in 0..MOST + 10 {
        assert!(store.save(&card.to_string(), b"content"));
    }
    let count = fs::read_dir(&directory).unwrap().count();
    assert_eq!(count, MOST);
    assert!(store.load(&(MOST + 9).to_string()).is_some());
}
