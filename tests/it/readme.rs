//! What the README shows must be so.

use std::fs;
use std::path::Path;

use ecs_lab::quiz::deck;

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

#[test]
fn the_deck_in_the_readme_is_a_deck() {
    let readme = readme();
    let (_, after) = readme.split_once("```json\n").unwrap();
    let (text, _) = after.split_once("```").unwrap();
    let deck = deck::load("README.md", text).unwrap_or_else(|faults| panic!("{faults:?}"));
    assert_eq!(deck.cards.len(), 1);
}

#[test]
fn the_files_that_the_readme_names_are_there() {
    let readme = readme();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let linked = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let files: Vec<&str> = linked.filter(|link| !link.starts_with("http")).collect();
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        assert!(root.join(file).is_file(), "README.md names {file}");
    }
}
