//! Decks that the reader brought: each lies under its own key as the text it came as, behind a line with its title.

use super::{Full, Shelf};

/// Own decks, by id.
const DECK: &str = "ecs-lab/deck/";
/// The first words of each; the number is the version of this wrapping.
const MARK: &str = "ecs-lab-deck 1 ";

/// A deck of the reader's own.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnDeck {
    /// Its id, `own-1`.
    pub id: String,
    /// Its title, one line.
    pub title: String,
    /// Its text, byte for byte, in the `===` / `---` format.
    pub text: String,
}

/// Whether a changed key is one of the decks.
pub fn is_own_deck(key: &str) -> bool {
    key.starts_with(DECK)
}

/// All of them, the oldest first; `Err` with the id for one that is wrapped in a way this version does not know. It
/// stays where it is.
pub fn own_decks(shelf: &dyn Shelf) -> Vec<Result<OwnDeck, String>> {
    let mut ids: Vec<(u32, String)> = shelf
        .keys()
        .iter()
        .filter_map(|key| key.strip_prefix(DECK))
        .map(|id| (number(id).unwrap_or(u32::MAX), id.to_owned()))
        .collect();
    ecs_lab::sim::order::sort_by(&mut ids, Ord::cmp);
    ids.into_iter().filter_map(|(_, id)| shelf.get(&format!("{DECK}{id}")).map(|text| unwrap(id, &text))).collect()
}

/// Keeps a new deck and gives it an id.
pub fn add_deck(shelf: &mut dyn Shelf, title: &str, text: &str) -> Result<OwnDeck, Full> {
    let used = shelf.keys().iter().filter_map(|key| number(key.strip_prefix(DECK)?)).max().unwrap_or(0);
    let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
    let deck = OwnDeck { id: format!("own-{}", used.saturating_add(1)), title, text: text.to_owned() };
    put_deck(shelf, &deck)?;
    Ok(deck)
}

/// Puts a deck in its place, as after a removal that was taken back.
pub fn put_deck(shelf: &mut dyn Shelf, deck: &OwnDeck) -> Result<(), Full> {
    shelf.put(&format!("{DECK}{}", deck.id), &format!("{MARK}{}\n{}", deck.title, deck.text))
}

/// Removes a deck. The progress of its cards stays.
pub fn drop_deck(shelf: &mut dyn Shelf, id: &str) {
    shelf.drop(&format!("{DECK}{id}"));
}

fn unwrap(id: String, text: &str) -> Result<OwnDeck, String> {
    match text.split_once('\n').and_then(|(head, text)| Some((head.strip_prefix(MARK)?, text))) {
        Some((title, text)) => Ok(OwnDeck { id, title: title.to_owned(), text: text.to_owned() }),
        None => Err(id),
    }
}

fn number(id: &str) -> Option<u32> {
    id.strip_prefix("own-")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::memory::Memory;
    use super::*;

    #[test]
    fn decks_come_back_byte_for_byte_in_the_order_they_came() {
        let mut shelf = Memory::default();
        let text = "\u{feff}Q\r\n---\r\n\tA\n\n===\n";
        for number in 1..=11 {
            let deck = add_deck(&mut shelf, &format!(" My\n deck {number} "), text).unwrap();
            assert_eq!((deck.id, deck.title), (format!("own-{number}"), format!("My deck {number}")));
        }
        let decks: Vec<OwnDeck> = own_decks(&shelf).into_iter().map(Result::unwrap).collect();
        assert_eq!((decks.len(), decks[1].id.as_str(), decks[10].text.as_str()), (11, "own-2", text));
        drop_deck(&mut shelf, "own-2");
        assert_eq!(own_decks(&shelf).len(), 10);
        put_deck(&mut shelf, &decks[1]).unwrap();
        assert_eq!(own_decks(&shelf)[1], Ok(decks[1].clone()));
    }

    #[test]
    fn a_deck_of_a_later_version_is_named_and_stays() {
        let mut shelf = Memory::default();
        shelf.put("ecs-lab/deck/own-4", "ecs-lab-deck 2 ?").unwrap();
        assert_eq!(own_decks(&shelf), [Err("own-4".to_owned())]);
        assert_eq!(add_deck(&mut shelf, "x", "y").unwrap().id, "own-5");
    }
}
