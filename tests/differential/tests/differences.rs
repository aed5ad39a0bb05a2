//! Every script on both cards, and nothing but the listed differences.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use sello_differential::differences::{List, check};
use sello_differential::player::play;
use sello_differential::script;

#[test]
fn the_cards_differ_where_the_list_says_and_nowhere_else() {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let list = fs::read_to_string(here.join("differences.toml")).unwrap();
    let list: List = toml::from_str(&list).unwrap();
    let mut played = BTreeMap::new();
    for file in fs::read_dir(here.join("scripts")).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        let steps = script::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        played.insert(name, play(&steps).unwrap());
    }
    let wrong = check(&list, &played);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let answers: Vec<_> = played.values().flatten().collect();
    let same = answers.iter().filter(|a| a.sello == a.other).count();
    println!("{} commands, {same} answered alike", answers.len());
    assert!(same > answers.len() / 2);
}
