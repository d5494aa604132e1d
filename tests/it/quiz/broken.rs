//! What the author of a deck is told: file, line, column, and words that help.

use ecs_lab::quiz::deck::{self, DeckError};
use std::collections::BTreeSet;

const GOOD: &str = r#"{
  "version": 1,
  "id": "mine",
  "title": "Mine",
  "about": "About",
  "cards": [
    {
      "id": "one",
      "kind": "flip",
      "question": "What?",
      "answer": "That.",
      "status": "imported",
      "see": ["two"]
    },
    {
      "id": "two",
      "kind": "choice",
      "question": "Which?",
      "options": [
        { "text": "a", "why": "no" },
        { "text": "b", "right": true, "why": "yes" }
      ],
      "status": "documented",
      "link": "https://docs.aws.amazon.com/x.html",
      "checked": "2026-11-20",
      "explanation": "So."
    }
  ]
}
"#;

fn errors(text: &str) -> Vec<DeckError> {
    deck::load("mine.json", text).err().unwrap_or_default()
}

#[test]
fn the_pattern_of_these_tests_is_sound() {
    let deck = deck::load("mine.json", GOOD).expect("sound");
    assert_eq!((deck.cards.len(), deck.title.as_str()), (2, "Mine"));
    assert_eq!(deck.cards[1].answer(), "b");
}

#[test]
fn a_mistake_is_named_with_its_place() {
    for (old, new, line, column, path, message) in [
        ("\"version\": 1", "\"version\": 2", 2, 14, "version", "this file is of version 2; this lab reads version 1"),
        ("\"version\": 1", "\"version\": \"1\"", 2, 14, "version", "expected the number 1"),
        ("\"title\"", "\"titel\"", 4, 3, "titel", "unknown member \"titel\"; did you mean \"title\"?"),
        ("\"id\": \"mine\"", "\"id\": \"My deck\"", 3, 9, "id", "an id has at most 64 lower-case letters"),
        ("\"What?\"", "\"  \"", 10, 19, "cards[0].question", "this text is empty"),
        ("\"What?\"", "7", 10, 19, "cards[0].question", "expected a text in quotes, found a number"),
        ("      \"answer\": \"That.\",\n", "", 7, 5, "cards[0]", "missing member \"answer\""),
        ("\"answer\": \"That.\"", "\"answre\": \"That.\"", 11, 7, "cards[0].answre", "did you mean \"answer\"?"),
        (
            "\"answer\": \"That.\"",
            "\"answer\": \"That.\", \"hint\": \"x\"",
            11,
            26,
            "cards[0].hint",
            "known here: id, kind, question",
        ),
        ("\"flip\"", "\"fip\"", 9, 15, "cards[0].kind", "unknown kind \"fip\"; did you mean \"flip\"?"),
        ("\"flip\"", "\"ordering\"", 9, 15, "cards[0].kind", "unknown kind \"ordering\"; known: flip, choice"),
        ("\"imported\"", "\"documentd\"", 12, 17, "cards[0].status", "did you mean \"documented\"?"),
        ("\"imported\"", "\"true\"", 12, 17, "cards[0].status", "known: verified, documented, folklore, imported"),
        ("\"imported\"", "\"imported\", \"was\": \"x\"", 12, 29, "cards[0].was", "only a folklore card has \"was\""),
        (
            "\"two\",\n      \"kind\"",
            "\"one\",\n      \"kind\"",
            16,
            13,
            "cards[1].id",
            "cards[0] has the id \"one\" too",
        ),
        ("[\"two\"]", "[\"tow\"]", 13, 15, "cards[0].see[0]", "there is no card \"tow\"; did you mean \"two\"?"),
        ("[\"two\"]", "[\"one\"]", 13, 15, "cards[0].see[0]", "a card cannot point to itself"),
        (
            "\"right\": true, ",
            "",
            19,
            18,
            "cards[1].options",
            "no option is marked \"right\": true; exactly one must be",
        ),
        ("\"a\", ", "\"a\", \"right\": true, ", 19, 18, "cards[1].options", "2 options are marked \"right\": true"),
        (
            "\"right\": true",
            "\"right\": \"yes\"",
            21,
            33,
            "cards[1].options[1].right",
            "expected true or false, found a text",
        ),
        ("\"text\": \"b\"", "\"text\": \"a\"", 21, 19, "cards[1].options[1].text", "this option stands here twice"),
        (", \"why\": \"no\"", "", 20, 9, "cards[1].options[0]", "missing member \"why\""),
        ("https://docs", "http://docs", 24, 15, "cards[1].link", "expected an address that starts with https://"),
        ("2026-11-20", "20 Nov 2026", 25, 18, "cards[1].checked", "such as \"2026-11-20\""),
        ("2026-11-20", "2026-02-30", 25, 18, "cards[1].checked", "such as \"2026-11-20\""),
        ("\"documented\"", "\"verified\"", 23, 17, "cards[1].status", "a verified card needs a \"proof\""),
        ("      \"checked\": \"2026-11-20\",\n", "", 15, 5, "cards[1]", "missing member \"checked\""),
        (
            "\"title\": \"Mine\"",
            "\"title\": \"Mine\",\n  \"title\": \"Yours\"",
            5,
            3,
            "title",
            "the first is on line 4",
        ),
    ] {
        let text = GOOD.replacen(old, new, 1);
        assert_ne!(text, GOOD, "{old}");
        let errors = errors(&text);
        let found = errors.iter().find(|error| error.message.contains(message));
        let found = found.unwrap_or_else(|| panic!("{new}: {errors:?}"));
        assert_eq!((found.file.as_str(), found.path.as_str()), ("mine.json", path), "{new}");
        assert_eq!((found.line, found.column), (line, column), "{new}: {message}");
    }
}

#[test]
fn one_mistake_gives_one_error_and_two_give_two() {
    let one = GOOD.replacen("\"What?\"", "\"\"", 1);
    assert_eq!(errors(&one).len(), 1);
    let two = one.replacen("2026-11-20", "soon", 1);
    assert_eq!(errors(&two).iter().map(|error| error.line).collect::<Vec<_>>(), [10, 25]);
}

#[test]
fn text_that_is_no_deck_is_refused_with_a_place() {
    for (text, line) in [
        ("", 1),
        ("{", 1),
        ("{\n  \"version\": 1,\n}", 3),
        ("[]", 1),
        ("null", 1),
        ("{\n\"version\": 1, \"id\": \"a\", \"title\": \"A\", \"about\": \"A\",\n\"cards\": []}", 3),
        ("{\n\"version\": 1, \"id\": \"a\", \"title\": \"A\", \"about\": \"A\",\n\"cards\": {}}", 3),
    ] {
        let errors = errors(text);
        assert_eq!(errors.first().map(|error| error.line), Some(line), "{text:?}: {errors:?}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(errors(&deep).len(), 1);
    assert_eq!(errors(&" ".repeat(10_000_000)).len(), 1, "ten megabytes");
    let printed = errors("{\n  \"version\": 1,\n}").first().map(ToString::to_string).unwrap_or_default();
    assert!(printed.starts_with("mine.json:3:1: "), "{printed}");
}

#[test]
fn a_file_full_of_mistakes_is_answered_with_the_first_hundred() {
    let deck = |card: &dyn Fn(usize) -> String| {
        let cards: Vec<String> = (0..5000).map(card).collect();
        format!(r#"{{"version":1,"id":"m","title":"M","about":"A","cards":[{}]}}"#, cards.join(",\n"))
    };
    let (head, word) = (r#""kind":"flip","question":"?","answer":"!","status":"imported""#, "x".repeat(55));
    for text in [
        deck(&|_| "{}".to_string()),
        deck(&|n| format!(r#"{{"id":"{word}{n}",{head},"see":["{word}n{n}"]}}"#)),
        deck(&|n| format!(r#"{{"id":"{n}",{head},"{word}":1}}"#)),
        deck(&|_| format!(r#"{{"id":"same",{head}}}"#)),
    ] {
        assert_eq!(errors(&text).len(), 100);
    }
    let long = GOOD.replacen("\"flip\"", &format!("\"{}\"", "é".repeat(9000)), 1);
    assert!(errors(&long).iter().all(|error| error.message.chars().count() < 200));
}

#[test]
fn decks_that_stand_together_share_their_ids() {
    let other = |text: &str| {
        text.replace("\"mine\"", "\"other\"").replace("\"one\"", "\"three\"").replacen("\"two\"", "\"four\"", 2)
    };
    let pointing = other(GOOD).replace("[\"four\"]", "[\"one\"]");
    let (decks, errors) = deck::load_all(&[("a.json", GOOD), ("b.json", &pointing)]);
    assert_eq!((decks.len(), errors), (2, vec![]), "a card may point to a card of another deck");

    let dead = other(GOOD).replace("[\"four\"]", "[\"nine\"]");
    let (decks, errors) = deck::load_all(&[("a.json", GOOD), ("b.json", &dead)]);
    assert_eq!((decks.len(), errors.len()), (1, 1));
    assert_eq!((errors[0].file.as_str(), errors[0].line), ("b.json", 13));

    let torn = &GOOD[..GOOD.len() / 2];
    let (decks, errors) = deck::load_all(&[("a.json", torn), ("b.json", &pointing)]);
    assert_eq!((decks.len(), errors.len()), (1, 1), "a torn file does not break the decks that point into it");
    assert_eq!(deck::load_part(&[("b.json", &pointing)], false).0.len(), 1, "nor does one that is missing");
    assert_eq!(deck::load_part(&[("b.json", &pointing)], true).1.len(), 1);

    let same = GOOD.replace("\"mine\"", "\"other\"");
    let (decks, errors) = deck::load_all(&[("a.json", GOOD), ("b.json", &same)]);
    assert_eq!(decks.len(), 1, "the first one stays");
    let said: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("b.json:8:13: cards[0].id: a.json has a card \"one\" too"), "{said:?}");

    let (_, errors) = deck::load_all(&[("a.json", GOOD), ("b.json", &other(GOOD).replace("\"other\"", "\"mine\""))]);
    assert!(errors[0].message.contains("the deck in a.json has the id \"mine\" too"), "{errors:?}");
}

#[test]
fn an_index_lists_files_beside_it() {
    assert_eq!(deck::load_index("index.json", r#"{"version":1,"decks":["a.json"]}"#), Ok(vec!["a.json".to_string()]));
    for (text, message) in [
        (r#"{"version":1,"decks":["../a.json"]}"#, "without folders"),
        (r#"{"version":1,"decks":["https://x/a.json"]}"#, "without folders"),
        (r#"{"version":1,"decks":["a.txt"]}"#, "without folders"),
        (r#"{"version":1,"decks":["a.json","a.json"]}"#, "listed twice"),
        (r#"{"version":1,"decks":[1]}"#, "a file name in quotes"),
        (r#"{"version":1}"#, "missing member \"decks\""),
        (r#"{"decks":[]}"#, "missing member \"version\""),
    ] {
        let errors = deck::load_index("index.json", text).expect_err(text);
        assert!(errors.iter().any(|error| error.message.contains(message)), "{text}: {errors:?}");
    }
}

/// The schema that editors use names the same members as the loader.
#[test]
fn the_schema_knows_what_the_loader_knows() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/quizzes/deck.schema.json");
    let schema: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).expect("the schema")).expect("JSON");
    let known = |text: &str, at: &str| -> BTreeSet<String> {
        let errors = errors(text);
        let error = errors.iter().find(|error| error.path == at).unwrap_or_else(|| panic!("{at}: {errors:?}"));
        let (_, list) = error.message.split_once("known here: ").expect("a list");
        list.split(", ").map(str::to_string).collect()
    };
    let with = |old: &str| GOOD.replacen(old, &format!("\"zzzzzzzz\": 1, {old}"), 1);
    let members = |pointer: &str| -> BTreeSet<String> {
        schema.pointer(pointer).and_then(|v| v.as_object()).expect(pointer).keys().cloned().collect()
    };
    assert_eq!(known(&with("\"version\""), "zzzzzzzz"), members("/properties"));
    let flip = known(&with("\"id\": \"one\""), "cards[0].zzzzzzzz");
    let choice = known(&with("\"id\": \"two\""), "cards[1].zzzzzzzz");
    assert_eq!(flip.union(&choice).cloned().collect::<BTreeSet<_>>(), members("/$defs/card/properties"));
    assert_eq!(
        known(&with("\"text\": \"a\""), "cards[1].options[0].zzzzzzzz"),
        members("/$defs/card/properties/options/items/properties")
    );
}
