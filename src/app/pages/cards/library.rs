//! The decks that there are: those of the site and the reader's own, each with its errors where it has some.

use std::rc::Rc;

use ecs_lab::quiz::deck::{self, Deck, DeckError};
use ecs_lab::quiz::text;

use crate::app::keep::OwnDeck;

/// What a fetched file turned out to be; the error is a sentence.
pub type Fetched = Result<String, String>;

/// One line of the list of decks.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A deck of the site.
    Site(Rc<Deck>),
    /// A deck of the reader's own, with the text it came as.
    Own(Rc<Deck>, Rc<OwnDeck>),
    /// A file with mistakes; the other decks do not suffer from them.
    Broken {
        /// The file's name.
        file: String,
        /// Every mistake, in the file's order.
        errors: Vec<DeckError>,
    },
    /// A file that could not be had.
    Missing {
        /// The file's name.
        file: String,
        /// Why not, as a sentence.
        why: String,
    },
}

impl Entry {
    /// The deck, if there is one.
    pub fn deck(&self) -> Option<&Rc<Deck>> {
        match self {
            Self::Site(deck) | Self::Own(deck, _) => Some(deck),
            Self::Broken { .. } | Self::Missing { .. } => None,
        }
    }
}

/// The file names that the index lists; the entry to show when it cannot be used.
pub fn read_index(file: &str, fetched: Fetched) -> Result<Vec<String>, Entry> {
    let text = fetched.map_err(|why| Entry::Missing { file: file.to_owned(), why })?;
    deck::load_index(file, &text).map_err(|errors| Entry::Broken { file: file.to_owned(), errors })
}

/// The site's decks in the order of the index.
pub fn gather(files: Vec<(String, Fetched)>) -> Vec<Entry> {
    let had: Vec<(&str, &str)> =
        files.iter().filter_map(|(file, text)| Some((file.as_str(), text.as_deref().ok()?))).collect();
    let (decks, errors) = deck::load_part(&had, had.len() == files.len());
    let mut decks = decks.into_iter();
    let mut entries = Vec::new();
    for (file, fetched) in &files {
        let mine: Vec<DeckError> = errors.iter().filter(|error| error.file == *file).cloned().collect();
        entries.extend(match fetched {
            Err(why) => Some(Entry::Missing { file: file.clone(), why: why.clone() }),
            Ok(_) if !mine.is_empty() => Some(Entry::Broken { file: file.clone(), errors: mine }),
            Ok(_) => decks.next().map(|deck| Entry::Site(Rc::new(deck))),
        });
    }
    entries
}

/// The reader's own decks as entries.
pub fn own(decks: Vec<Result<OwnDeck, String>>) -> Vec<Entry> {
    decks.into_iter().map(|deck| deck.map_or_else(unknown, own_entry)).collect()
}

fn unknown(file: String) -> Entry {
    let why = "It was kept by a version of the lab that this one does not know, and stays where it is.".to_owned();
    Entry::Missing { file, why }
}

fn own_entry(own: OwnDeck) -> Entry {
    match text::parse(&own.text) {
        Ok(parsed) => {
            let cards = text::to_cards(&parsed, &own.title);
            let about = "A deck of your own. It lies in this browser only.".to_owned();
            let deck = Deck { id: own.id.clone(), title: own.title.clone(), about, cards };
            Entry::Own(Rc::new(deck), Rc::new(own))
        }
        Err(why) => Entry::Missing { file: own.title, why },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(id: &str, see: &str) -> Fetched {
        Ok(format!(
            r#"{{"version":1,"id":"{id}","title":"T","about":"A","cards":[{{"id":"{id}-1","kind":"flip","question":"Q","answer":"A",
            "source":["s"],"status":"documented","link":"https://docs.aws.amazon.com/x","checked":"2026-11-20","tags":["t"],"see":[{see}]}}]}}"#
        ))
    }

    fn shown(entries: &[Entry]) -> Vec<String> {
        let one = |entry: &Entry| match entry {
            Entry::Site(deck) => format!("deck {}", deck.id),
            Entry::Own(deck, own) => format!("own {} {} {}", deck.id, own.title, deck.cards.len()),
            Entry::Broken { file, errors } => format!("broken {file} {}:{}", errors[0].line, errors[0].column),
            Entry::Missing { file, why } => format!("missing {file} {why}"),
        };
        entries.iter().map(one).collect()
    }

    #[test]
    fn a_bad_file_stands_in_its_place_and_the_others_work() {
        let entries = gather(vec![
            ("a.json".into(), file("a", "\"c-1\"")),
            ("b.json".into(), Ok("{\n  \"version\": }".into())),
            ("c.json".into(), file("c", "\"gone-1\"")),
            ("d.json".into(), Err("no answer".into())),
            ("e.json".into(), file("e", "")),
        ]);
        assert_eq!(shown(&entries), ["deck a", "broken b.json 2:14", "deck c", "missing d.json no answer", "deck e"]);
        let entries = gather(vec![("a.json".into(), file("a", "\"gone-1\"")), ("e.json".into(), file("e", ""))]);
        assert_eq!(shown(&entries), ["broken a.json 2:132", "deck e"], "with every file there a dead end is a mistake");
    }

    #[test]
    fn an_index_that_cannot_be_used_is_named() {
        let shown = |fetched| read_index("index.json", fetched).map_err(|entry| shown(&[entry]).remove(0));
        assert_eq!(shown(Ok(r#"{"version":1,"decks":["a.json"]}"#.into())), Ok(vec!["a.json".to_owned()]));
        assert_eq!(shown(Ok("[".into())), Err("broken index.json 1:2".into()));
        assert_eq!(shown(Err("404".into())), Err("missing index.json 404".into()));
    }

    #[test]
    fn own_decks_are_read_and_unknown_ones_named() {
        let deck = OwnDeck { id: "own-1".into(), title: "Mine".into(), text: "q\n---\na\n===\nlonely".into() };
        let entries = own(vec![Ok(deck), Err("own-9".into())]);
        assert_eq!(shown(&entries)[0], "own own-1 Mine 1");
        assert!(shown(&entries)[1].starts_with("missing own-9 It was kept by a version"));
    }
}
