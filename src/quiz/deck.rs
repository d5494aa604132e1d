//! Deck files: reading them, and telling an author every mistake with its line and column.
//!
//! The format is described by `quizzes/deck.schema.json`. A file that does not fit gives all its faults at once; a deck
//! is taken whole or not at all.

use super::card::Card;
use super::read::{self, Fault, Faults, HINTS_MAX, Object, nearest, short};
use crate::aws::json::{self, Document, Position};
use crate::sim::sorted::Map;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use serde_json::Value;

/// Version of the deck format.
pub const VERSION: u64 = 1;

/// A deck: cards in a good order to learn them.
#[derive(Clone, Debug, PartialEq)]
pub struct Deck {
    /// Stable name, used in links.
    pub id: String,
    /// The heading.
    pub title: String,
    /// A sentence on what one learns here.
    pub about: String,
    /// In the order of the file.
    pub cards: Vec<Card>,
}

/// A mistake in a deck file, in words for its author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeckError {
    /// The file's name.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The member, as `cards[3].options[1].text`; empty for the file as a whole.
    pub path: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for DeckError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}:{}: ", self.file, self.line, self.column)?;
        if !self.path.is_empty() {
            write!(out, "{}: ", self.path)?;
        }
        out.write_str(&self.message)
    }
}

/// Reads one deck that stands alone: its cards point (`see`) only to each other.
pub fn load(file_name: &str, text: &str) -> Result<Deck, Vec<DeckError>> {
    load_among(file_name, text, &Others::default())
}

/// Reads several decks that stand together: ids are unique over all of them and a card may point to a card of another
/// deck. Gives the decks without a fault and the faults of the others.
pub fn load_all(files: &[(&str, &str)]) -> (Vec<Deck>, Vec<DeckError>) {
    load_part(files, true)
}

/// The same when some of the files could not be had (`whole` is false): a card may point to one of theirs. A file that
/// is no JSON counts as one that could not be had, so that its mistakes stay its own.
pub fn load_part(files: &[(&str, &str)], whole: bool) -> (Vec<Deck>, Vec<DeckError>) {
    let mut others = Others { part: !whole, ..Others::default() };
    for (file, text) in files {
        others.add(file, text);
    }
    let mut decks = Vec::new();
    let mut errors = Vec::new();
    for (file, text) in files {
        match load_among(file, text, &others) {
            Ok(deck) => decks.push(deck),
            Err(faults) => errors.extend(faults),
        }
    }
    (decks, errors)
}

/// The ids that decks give to themselves and their cards, with the first file that uses each.
#[derive(Default)]
struct Others<'a> {
    files: Vec<&'a str>,
    /// Places in `files`, by id.
    decks: Map<String, usize>,
    cards: Map<String, usize>,
    /// There are more decks than these.
    part: bool,
}

impl<'a> Others<'a> {
    fn add(&mut self, file: &'a str, text: &str) {
        let Ok(document) = json::parse(text) else {
            self.part = true;
            return;
        };
        let id = |value: &Value| value.get("id").and_then(Value::as_str).map(ToString::to_string);
        let place = self.files.len();
        self.files.push(file);
        if let Some(id) = id(&document.value) {
            self.decks.or_insert_with(id, || place);
        }
        let cards = document.value.get("cards").and_then(Value::as_array);
        for id in cards.into_iter().flatten().filter_map(id) {
            self.cards.or_insert_with(id, || place);
        }
    }
}

/// Reads `index.json`, the list of deck files: `{"version": 1, "decks": ["first.json", …]}`.
pub fn load_index(file_name: &str, text: &str) -> Result<Vec<String>, Vec<DeckError>> {
    let document = open(file_name, text)?;
    let mut faults = Faults::default();
    let mut names = Vec::new();
    if let Some(object) = Object::new(&document.value, "", &mut faults) {
        object.only(&["$schema", "version", "decks"], &mut faults);
        version(&object, &mut faults);
        for (path, value) in object.list("decks", &mut faults) {
            match value.as_str() {
                Some(name) if !is_file_name(name) => {
                    faults.add(path, "expected the name of a .json file beside this one, without folders");
                }
                Some(name) if names.iter().any(|other| other == name) => {
                    faults.add(path, format!("\"{name}\" is listed twice"));
                }
                Some(name) => names.push(name.to_string()),
                None => faults.add(path, "expected a file name in quotes"),
            }
        }
    }
    let errors = located(file_name, &document, faults);
    if errors.is_empty() { Ok(names) } else { Err(errors) }
}

fn load_among(file: &str, text: &str, others: &Others<'_>) -> Result<Deck, Vec<DeckError>> {
    let document = open(file, text)?;
    let mut faults = Faults::default();
    let deck = read_deck(&document.value, &mut faults);
    if let Some(deck) = &deck {
        check_ids(deck, file, others, &mut faults);
    }
    let errors = located(file, &document, faults);
    deck.filter(|_| errors.is_empty()).ok_or(errors)
}

fn open(file: &str, text: &str) -> Result<Document, Vec<DeckError>> {
    json::parse(text).map_err(|error| {
        let position = error.position.unwrap_or(Position { line: 1, column: 1 });
        Vec::from([fault(file, position, String::new(), error.message)])
    })
}

/// Finds the place of each fault in the text; adds the members that stand twice.
fn located(file: &str, document: &Document, faults: Faults) -> Vec<DeckError> {
    let place = |path: &str, name: bool| match name.then(|| document.key_position(path)).flatten() {
        Some(position) => position,
        None => document.nearest(path),
    };
    let found = faults.0.into_iter().map(|Fault { path, name, message }| (place(&path, name), path, message));
    let twice = document.duplicates().iter().map(|twice| {
        let message = format!("this member stands here twice; the first is on line {}", twice.first.line);
        (twice.position, twice.path.clone(), message)
    });
    let mut errors: Vec<DeckError> =
        found.chain(twice).map(|(position, path, message)| fault(file, position, path, message)).collect();
    crate::sim::order::sort_by_key(&mut errors, |error| (error.line, error.column));
    errors
}

fn fault(file: &str, position: Position, path: String, message: String) -> DeckError {
    DeckError { file: file.to_string(), line: position.line, column: position.column, path, message }
}

fn read_deck(value: &Value, faults: &mut Faults) -> Option<Deck> {
    let object = Object::new(value, "", faults)?;
    object.only(&["$schema", "version", "id", "title", "about", "cards"], faults);
    version(&object, faults);
    let id = read::card::read_id(&object, faults);
    let (title, about) = (object.text("title", faults), object.text("about", faults));
    let cards = object.list("cards", faults);
    if cards.is_empty() && object.get("cards").is_some_and(Value::is_array) {
        faults.add("cards", "a deck has at least one card");
    }
    let cards = cards.into_iter().filter_map(|(path, value)| read::card::read(value, &path, faults)).collect();
    Some(Deck { id, title, about, cards })
}

fn version(object: &Object<'_>, faults: &mut Faults) {
    match object.need("version", faults) {
        None => {}
        Some(value) if value.as_u64() == Some(VERSION) => {}
        Some(value) if value.as_u64().is_some_and(|version| version > VERSION) => {
            faults.add("version", format!("this file is of version {value}; this lab reads version {VERSION}"));
        }
        Some(_) => faults.add("version", format!("expected the number {VERSION}")),
    }
}

/// Ids that stand twice, and references that lead nowhere.
fn check_ids(deck: &Deck, file: &str, others: &Others<'_>, faults: &mut Faults) {
    let mut first: Map<String, usize> = Map::new();
    let elsewhere = |ids: &Map<String, usize>, id: &str| {
        ids.get(id).and_then(|place| others.files.get(*place)).filter(|other| **other != file).map(ToString::to_string)
    };
    if let Some(other) = elsewhere(&others.decks, &deck.id) {
        faults.add("id", format!("the deck in {other} has the id \"{}\" too", deck.id));
    }
    for (index, card) in deck.cards.iter().enumerate().filter(|(_, card)| !card.id.is_empty()) {
        let path = || format!("cards[{index}].id");
        if let Some(earlier) = first.insert(card.id.clone(), index) {
            faults.add(path(), format!("cards[{earlier}] has the id \"{}\" too", card.id));
        } else if let Some(other) = elsewhere(&others.cards, &card.id) {
            faults.add(path(), format!("{other} has a card \"{}\" too", card.id));
        }
    }
    for (index, card) in deck.cards.iter().enumerate() {
        for (place, id) in card.see.iter().enumerate().filter(|(_, id)| !id.is_empty()) {
            let path = || format!("cards[{index}].see[{place}]");
            if *id == card.id {
                faults.add(path(), "a card cannot point to itself");
            } else if !others.part && !first.contains_key(id.as_str()) && !others.cards.contains_key(id) {
                let ids = || first.keys().chain(others.cards.keys()).map(String::as_str).collect::<Vec<_>>();
                let near = if faults.0.len() < HINTS_MAX { nearest(id, &ids()) } else { None };
                let hint = near.map(|near| format!("; did you mean \"{near}\"?")).unwrap_or_default();
                faults.add(path(), format!("there is no card \"{}\"{hint}", short(id)));
            }
        }
    }
}

fn is_file_name(name: &str) -> bool {
    name.ends_with(".json")
        && !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}
