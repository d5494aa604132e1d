//! The decks under `quizzes/`: they load, they say where each statement comes from, they cover their sources.

use ecs_lab::quiz::card::{Card, Kind, Status};
use ecs_lab::quiz::deck::{self, Deck};
use ecs_lab::quiz::{face, text};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("quizzes")
}

fn read(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap_or_else(|error| panic!("quizzes/{name}: {error}"))
}

/// Every deck that `index.json` lists.
pub fn decks() -> Vec<Deck> {
    let names = deck::load_index("index.json", &read("index.json")).expect("a sound index");
    let texts: Vec<(String, String)> = names.iter().map(|name| (name.clone(), read(name))).collect();
    let files: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let (decks, errors) = deck::load_all(&files);
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    decks
}

fn cards() -> Vec<Card> {
    decks().into_iter().flat_map(|deck| deck.cards).collect()
}

#[test]
fn every_deck_in_the_folder_is_listed() {
    let listed: BTreeSet<String> =
        deck::load_index("index.json", &read("index.json")).expect("a sound index").into_iter().collect();
    let there: BTreeSet<String> = fs::read_dir(folder())
        .expect("the folder")
        .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".json") && name != "index.json" && !name.ends_with(".schema.json"))
        .collect();
    assert_eq!(listed, there);
}

#[test]
fn there_is_enough_to_learn() {
    let cards = cards();
    let from = |seeds: &[&str]| {
        cards.iter().filter(|card| card.source.iter().any(|s| seeds.iter().any(|seed| s.starts_with(seed)))).count()
    };
    assert!(from(&["004_"]) >= 23 && from(&["000_", "001_", "002_", "003_"]) >= 40, "{} cards", cards.len());
    assert!(cards.iter().filter(|card| matches!(card.kind, Kind::Choice { .. })).count() >= 25);
    let old = cards.iter().filter(|card| matches!(card.status, Status::Folklore { .. })).count();
    assert!(old >= 15, "{old} cards name an old answer");
}

#[test]
fn every_answer_has_a_reason_a_source_and_a_page_of_aws() {
    for card in cards() {
        let id = &card.id;
        assert!(!card.source.is_empty() && !card.tags.is_empty(), "{id}");
        assert!(card.explanation.len() >= 20, "{id}: {}", card.explanation);
        assert!(card.options().iter().all(|option| option.why.len() >= 10), "{id}");
        assert!(card.options().is_empty() || card.options().len() >= 4, "{id}: three distractors");
        let link = card.status.link().unwrap_or_else(|| panic!("{id}: no link"));
        assert!(link.url.starts_with("https://docs.aws.amazon.com/"), "{id}: {}", link.url);
        assert!(("2026-11-20".."2100").contains(&link.checked.as_str()), "{id}: {}", link.checked);
        assert!(!matches!(card.status, Status::Imported), "{id}");
        assert!(!face::blocks(card.question()).is_empty() && !face::blocks(card.answer()).is_empty(), "{id}");
        let ticks = |text: &str| text.matches('`').count();
        assert!([card.question(), card.answer(), &card.explanation].iter().all(|text| ticks(text) % 2 == 0), "{id}");
    }
}

/// The right option does not give itself away by its place or, in most cards, by its length.
#[test]
fn the_right_option_has_no_tell() {
    let (mut places, mut longest, mut all) = (BTreeMap::<usize, u32>::new(), 0, 0);
    for card in cards().iter().filter(|card| !card.options().is_empty()) {
        let options = card.options();
        let right = options.iter().position(|option| option.right).expect("one is right");
        *places.entry(right).or_default() += 1;
        all += 1;
        longest += u32::from(options.iter().all(|o| o.right || o.text.len() < options[right].text.len()));
    }
    assert!((0..4).all(|place| places.get(&place).is_some_and(|n| *n * 8 >= all)), "{places:?}");
    assert!(longest * 3 <= all * 2, "the longest option is right in {longest} of {all} cards");
}

/// Line numbers of the statements in each study note. Each is the source of at least one card.
#[test]
fn every_statement_of_the_study_notes_is_a_card() {
    type Lines = &'static [(u32, u32)];
    let statements: [(&str, Lines); 5] = [
        ("000_811a6231f0adc90c.txt", &[(6, 12), (15, 18), (23, 32), (36, 48), (50, 57), (59, 59), (64, 67), (72, 82)]),
        ("001_46ca4ed463f053e9.txt", &[(1, 1), (4, 13), (16, 38), (41, 46), (49, 52), (55, 64), (67, 82), (85, 92)]),
        (
            "002_b2bb6bad1e5a385a.txt",
            &[
                (5, 11),
                (17, 44),
                (47, 47),
                (53, 94),
                (101, 102),
                (108, 111),
                (117, 118),
                (124, 126),
                (132, 133),
                (139, 141),
                (147, 156),
                (164, 168),
            ],
        ),
        (
            "003_b0febbeabb6245eb.txt",
            &[(3, 8), (14, 19), (22, 29), (31, 37), (40, 43), (45, 52), (55, 57), (59, 64), (66, 71)],
        ),
        (
            "004_fa601109756212ba.txt",
            &[
                (1, 1),
                (9, 9),
                (17, 17),
                (25, 25),
                (33, 33),
                (46, 46),
                (54, 54),
                (63, 63),
                (71, 71),
                (79, 79),
                (90, 90),
                (105, 105),
                (115, 115),
                (123, 123),
                (135, 135),
                (144, 144),
                (157, 157),
                (165, 165),
                (173, 173),
                (181, 181),
                (189, 189),
                (198, 198),
                (206, 206),
            ],
        ),
    ];
    let mut covered: BTreeSet<(String, u32)> = BTreeSet::new();
    for card in cards() {
        for source in &card.source {
            let (file, lines) = source.split_once("#L").unwrap_or_else(|| panic!("{}: {source}", card.id));
            let (first, last) = lines.split_once("-L").unwrap_or((lines, lines));
            let number = |text: &str| text.parse::<u32>().unwrap_or_else(|_| panic!("{}: {source}", card.id));
            assert!(statements.iter().any(|(name, _)| *name == file), "{}: {source}", card.id);
            covered.extend((number(first)..=number(last)).map(|line| (file.to_string(), line)));
        }
    }
    for (file, lines) in statements {
        let missing: Vec<u32> = lines
            .iter()
            .flat_map(|(first, last)| *first..=*last)
            .filter(|line| !covered.contains(&(file.to_string(), *line)))
            .collect();
        assert!(missing.is_empty(), "{file}: no card for the statements on lines {missing:?}");
    }
}

/// Invariant: no card ships whose proof fails.
#[test]
fn every_proof_holds_on_the_engine() {
    let mut verified = 0;
    let mut failed = Vec::new();
    for card in cards() {
        let Some(proof) = &card.proof else { continue };
        verified += u32::from(matches!(card.status, Status::Verified(_)));
        let run = proof.run_in_new_lab();
        assert_eq!(run.commands.len(), proof.commands.len(), "{}", card.id);
        match run.result {
            Ok(findings) => assert_eq!(findings.len(), proof.expect.len(), "{}", card.id),
            Err(failure) => failed.push(format!("{}: {failure}", card.id)),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(verified >= 20, "{verified} verified cards");
}

#[test]
fn no_two_cards_ask_the_same() {
    let mut asked: BTreeMap<String, String> = BTreeMap::new();
    for card in cards() {
        if let Some(other) = asked.insert(card.question().to_lowercase(), card.id.clone()) {
            panic!("{} asks what {other} asks", card.id);
        }
    }
}

#[test]
fn decks_survive_the_text_format() {
    for deck in decks() {
        let exported = text::from_cards(&deck.cards);
        let back = text::parse(&exported).expect("short");
        assert_eq!(back.warnings, [], "{}", deck.id);
        assert_eq!(text::print(&back.cards), exported, "{}", deck.id);
        let pairs = |cards: &[Card]| -> Vec<(String, String)> {
            cards.iter().map(|card| (card.question().to_string(), card.answer().to_string())).collect()
        };
        assert_eq!(pairs(&text::to_cards(&back, "t")), pairs(&deck.cards), "{}", deck.id);
    }
}
