//! Cards as plain text: faces parted by a line `---`, cards by a line `===`, as in the tool markdown-to-anki.
//!
//! Parsing and printing give the same bytes back: [`parse`] keeps every blank line around a face, [`print`] puts it
//! there again. Only the end of the last line may differ, and `\r\n` comes back as `\n`.

use super::card::{Card, Kind, Status};
use crate::sim::sorted::Map;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Longest text that is read, in bytes.
pub const TEXT_MAX: usize = 1 << 20;

/// Most warnings that are kept of one text.
pub const WARNINGS_MAX: usize = 100;

/// The cards of a text as they stand in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextDeck {
    /// In the order of the file.
    pub cards: Vec<TextCard>,
    /// What the reader should look at.
    pub warnings: Vec<Warning>,
}

/// One card's faces. A face is its lines, each with its line end, blank ones at both ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextCard {
    /// Line of the file on which the card starts, from 1.
    pub line: usize,
    /// Usually two; more than two are kept, and warned of.
    pub faces: Vec<String>,
}

/// Something odd that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Line of the file, from 1.
    pub line: usize,
    /// What is odd and what was done about it.
    pub message: String,
}

/// Reads the text. Only a text over [`TEXT_MAX`] bytes is refused, with the sentence to show.
pub fn parse(text: &str) -> Result<TextDeck, String> {
    if text.len() > TEXT_MAX {
        return Err(format!("this text has {} bytes; the most is {TEXT_MAX}", text.len()));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let mut deck = TextDeck::default();
    let mut card = TextCard { line: 1, faces: Vec::new() };
    let mut face = String::new();
    let mut third = None;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        match line.trim_end_matches('\n') {
            "---" => {
                card.faces.push(core::mem::take(&mut face));
                if card.faces.len() == 2 {
                    third = Some(index + 1);
                }
            }
            "===" => {
                card.faces.push(core::mem::take(&mut face));
                let next = TextCard { line: index + 2, faces: Vec::new() };
                finish(&mut deck, core::mem::replace(&mut card, next), third.take());
            }
            line => {
                face.push_str(line);
                face.push('\n');
            }
        }
    }
    card.faces.push(face);
    finish(&mut deck, card, third);
    Ok(deck)
}

fn finish(deck: &mut TextDeck, card: TextCard, third: Option<usize>) {
    let number = deck.cards.len() + 1;
    let empty = card.faces.iter().filter(|face| face.trim().is_empty()).count();
    let odd = match third {
        Some(_) => Some(format!(
            "card {number} has {} faces: a third face starts here. It is kept as part of the answer; \
             if this line is not meant to part faces, write it with four dashes",
            card.faces.len()
        )),
        None if empty == card.faces.len() => Some(format!("card {number} is empty and becomes no card")),
        None if empty > 0 => Some(format!("card {number} has an empty face")),
        None if card.faces.len() == 1 => {
            Some(format!("card {number} has no answer: no line --- parts question from answer"))
        }
        None => None,
    };
    if let Some(message) = odd.filter(|_| deck.warnings.len() < WARNINGS_MAX) {
        deck.warnings.push(Warning { line: third.unwrap_or(card.line), message });
    }
    deck.cards.push(card);
}

/// The text that [`parse`] reads back to the same cards, ending in a line break.
pub fn print(cards: &[TextCard]) -> String {
    let cards: Vec<String> = cards.iter().map(|card| card.faces.join("---\n")).collect();
    cards.join("===\n")
}

/// The cards of a text deck as flip cards that nobody checked. Faces after the first make the answer. A card's id is
/// made from its question, so that a corrected answer keeps its progress; cards without a question or an answer are
/// left out (they have a warning).
pub fn to_cards(deck: &TextDeck, file_name: &str) -> Vec<Card> {
    let mut seen: Map<String, usize> = Map::new();
    let mut cards = Vec::new();
    for card in &deck.cards {
        let Some((question, rest)) = card.faces.split_first() else { continue };
        let answer =
            rest.iter().map(|face| trim(face)).filter(|face| !face.is_empty()).collect::<Vec<_>>().join("\n\n");
        let question = trim(question);
        if question.is_empty() || answer.is_empty() {
            continue;
        }
        let hash = question_hash(question);
        let copies = seen.or_insert_with(hash.clone(), Default::default);
        *copies += 1;
        let id = if *copies == 1 { hash } else { format!("{hash}-{copies}") };
        cards.push(Card {
            id,
            kind: Kind::Flip { question: question.to_string(), answer },
            source: Vec::from([format!("{file_name}#L{}", card.line)]),
            status: Status::Imported,
            explanation: String::new(),
            tags: Vec::new(),
            rules: Vec::new(),
            see: Vec::new(),
            proof: None,
        });
    }
    cards
}

/// The text of a deck's cards: question and answer, each with a blank line around it. A line inside a face that would
/// part faces or cards is written with one sign more, as the format has no other way to hold it.
pub fn from_cards(cards: &[Card]) -> String {
    let last = cards.len().saturating_sub(1);
    let cards: Vec<TextCard> = cards
        .iter()
        .enumerate()
        .map(|(index, card)| {
            let question = guarded(card.question());
            let answer = guarded(card.answer());
            let before = if index == 0 { "" } else { "\n" };
            let after = if index == last { "" } else { "\n" };
            let faces = Vec::from([format!("{before}{question}\n\n"), format!("\n{answer}\n{after}")]);
            TextCard { line: 0, faces }
        })
        .collect();
    print(&cards)
}

fn guarded(face: &str) -> String {
    let lines = face.split('\n').map(|line| match line {
        "---" => "----",
        "===" => "====",
        other => other,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Blank lines off both ends; spaces and tabs inside stay.
fn trim(face: &str) -> &str {
    face.trim_matches('\n').trim_end()
}

/// FNV-1a over the question without its white space, as an id.
fn question_hash(question: &str) -> String {
    let hash = question
        .split_whitespace()
        .flat_map(|word| word.bytes().chain(*b" "))
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("text-{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn faces_and_cards_with_their_lines() {
        let deck = parse("What?\n\n---\n\n\tThat.\n\n===\n\nWho?\n---\nShe.").expect("short");
        assert_eq!(deck.warnings, []);
        assert_eq!(deck.cards.iter().map(|card| card.line).collect::<Vec<_>>(), [1, 8]);
        let cards = to_cards(&deck, "mine.txt");
        assert_eq!((cards[0].question(), cards[0].answer()), ("What?", "\tThat."));
        assert_eq!((cards[1].question(), cards[1].answer()), ("Who?", "She."));
        assert_eq!(cards[1].source, ["mine.txt#L8"]);
    }

    #[test]
    fn odd_cards_are_kept_and_warned_of() {
        for (text, line, word, cards) in [
            ("a\n---\nb\n---\nc", 4, "third face", 1),
            ("a\n---\nb\n===\nc\n---\nd\n---\ne\n---\nf\n", 8, "4 faces", 2),
            ("a\n---\nb\n===\n\n", 5, "empty and becomes no card", 1),
            ("a\n===\nb\n---\nc", 1, "no answer", 1),
            ("a\n---\n\n", 1, "empty face", 0),
            ("", 1, "empty and becomes no card", 0),
        ] {
            let deck = parse(text).expect("short");
            assert_eq!(deck.warnings.len(), 1, "{text:?}: {:?}", deck.warnings);
            assert_eq!(deck.warnings[0].line, line, "{text:?}");
            assert!(deck.warnings[0].message.contains(word), "{text:?}: {}", deck.warnings[0].message);
            assert_eq!(to_cards(&deck, "t").len(), cards, "{text:?}");
        }
        let deck = parse("a\n---\nb\n---\nc").expect("short");
        assert_eq!(to_cards(&deck, "t")[0].answer(), "b\n\nc");
        assert!(parse(&"x".repeat(TEXT_MAX + 1)).is_err());
        let many = parse(&"===\n".repeat(TEXT_MAX / 4)).expect("just short enough");
        assert_eq!((many.warnings.len(), many.cards.len()), (WARNINGS_MAX, TEXT_MAX / 4 + 1));
    }

    #[test]
    fn line_ends_of_windows_and_a_byte_order_mark() {
        let plain = "a\n---\n\tb\n\n===\nc\n---\nd\n";
        let windows = format!("\u{feff}{}", plain.replace('\n', "\r\n"));
        assert_eq!(parse(&windows), parse(plain));
        assert_eq!(print(&parse(&windows).expect("short").cards), plain);
    }

    #[test]
    fn a_corrected_answer_keeps_the_id_and_a_twin_gets_its_own() {
        let id = |text: &str| {
            to_cards(&parse(text).expect("short"), "t").into_iter().map(|card| card.id).collect::<Vec<_>>()
        };
        assert_eq!(id("a b\n---\nold"), id("a  b\n\n---\nnew"));
        assert_ne!(id("a b\n---\nold"), id("ab\n---\nold"));
        let twins = id("q\n---\n1\n===\nq\n---\n2");
        assert_eq!(twins[1], format!("{}-2", twins[0]));
    }

    proptest! {
        #[test]
        fn any_text_comes_back_but_for_the_last_line_end(lines in prop::collection::vec("(---|===|\t- [a-z`*]{0,9}|[ -~]{0,12}||é)", 0..40)) {
            let text = lines.join("\n");
            let printed = print(&parse(&text).expect("short").cards);
            prop_assert!(printed == text || printed == text.clone() + "\n", "{printed:?}");
        }

        #[test]
        fn a_deck_survives_export_and_import(faces in prop::collection::vec(("[a-z][ -~]{0,20}[?]", "(\t|- )?[a-z][ -~]{0,9}\n[ -~]{0,9}[.]"), 1..20)) {
            let cards: Vec<Card> = faces.iter().enumerate()
                .map(|(n, (q, a))| super::super::testing::flip(&format!("c{n}"), q, a)).collect();
            let text = from_cards(&cards);
            let deck = parse(&text).expect("short");
            prop_assert!(deck.warnings.is_empty(), "{:?}", deck.warnings);
            let back = to_cards(&deck, "t");
            let pairs = |cards: &[Card]| cards.iter().map(|c| (c.question().to_string(), c.answer().to_string())).collect::<Vec<_>>();
            prop_assert_eq!(pairs(&back), pairs(&cards));
        }
    }
}
