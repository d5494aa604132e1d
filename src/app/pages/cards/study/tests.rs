//! The session as a learner meets it: steps in, what the page shows out.

use super::super::library::{Entry, own};
use super::super::sitting::{BITE, Next, next};
use super::*;
use crate::app::keep::OwnDeck;
use ecs_lab::quiz::deck;

const NOW: Now = Now { at: 1_767_614_400_000, offset: 0 };
const DAY: i64 = 86_400_000;

fn later(days: i64) -> Now {
    Now { at: NOW.at + days * DAY, ..NOW }
}

/// A deck of one's own with so many flip cards.
fn cards(count: usize) -> Study {
    let text: Vec<String> = (0..count).map(|n| format!("q{n}\n---\na{n}\n")).collect();
    let deck = OwnDeck { id: "own-1".into(), title: "Mine".into(), text: text.join("===\n") };
    Study { own: own(vec![Ok(deck)]), ..Study::default() }
}

/// A deck of the site with one choice.
fn choice() -> Study {
    let text = r#"{"version":1,"id":"c","title":"C","about":"A","cards":[{"id":"c-1","kind":"choice","question":"Q?",
        "options":[{"text":"one","why":"w1"},{"text":"two","right":true,"why":"w2"},{"text":"three","why":"w3"}],
        "source":["s"],"status":"documented","link":"https://docs.aws.amazon.com/x","checked":"2026-11-20","tags":["t"]}]}"#;
    let deck = deck::load("c.json", text).unwrap();
    Study { site: Some(vec![Entry::Site(Rc::new(deck))]), ..Study::default() }
}

fn sit(deck: &str, now: Now) -> Step {
    Step::Sit { deck: deck.into(), now, extra: false }
}

fn after(study: Study, steps: Vec<Step>) -> Study {
    let mut study = Rc::new(study);
    for step in steps {
        study = study.reduce(step);
    }
    Rc::unwrap_or_clone(study)
}

fn on_table(study: &Study) -> Option<&str> {
    Some(study.sitting.as_ref()?.card()?.question())
}

#[test]
fn a_card_is_graded_only_once_its_answer_shows_and_is_then_due_later() {
    let study = after(cards(2), vec![sit("own-1", NOW), Step::Grade(Grade::Good, NOW)]);
    assert_eq!((on_table(&study), study.changes), (Some("q0"), 0), "a grade before the answer is no grade");
    let study = after(study, vec![Step::Show, Step::Grade(Grade::Good, NOW)]);
    assert_eq!(
        (on_table(&study), study.changes, study.said.1.as_str()),
        (Some("q1"), 1, "Good: back in 2 d. 1 of 2 done.")
    );
    assert!(!study.sitting.as_ref().unwrap().shown());
    let study = after(study, vec![Step::Show, Step::Grade(Grade::Easy, NOW)]);
    assert_eq!((on_table(&study), study.sitting.as_ref().unwrap().position()), (None, (2, 2)));
    assert_eq!(study.progress.reviews(), 2);
    let deck = study.own[0].deck().unwrap().clone();
    assert_eq!(next(&deck, &study.progress, NOW, 2), Next::Nothing);
    assert_eq!(next(&deck, &study.progress, later(2), 0), Next::More(1), "Good comes back after two days");
    assert_eq!(next(&deck, &study.progress, later(8), 0), Next::More(2), "Easy after eight");
}

#[test]
fn a_forgotten_card_comes_back_and_a_grade_is_taken_back_with_its_answer_showing() {
    let study = after(cards(2), vec![sit("own-1", NOW), Step::Show, Step::Grade(Grade::Again, NOW)]);
    assert_eq!((on_table(&study), study.sitting.as_ref().unwrap().position()), (Some("q1"), (0, 2)));
    let study = after(study, vec![Step::Show, Step::Grade(Grade::Good, NOW)]);
    assert_eq!(on_table(&study), Some("q0"), "forgotten, so again before the end");
    let study = after(study, vec![Step::Undo]);
    let sitting = study.sitting.as_ref().unwrap();
    assert_eq!((on_table(&study), sitting.shown(), sitting.grades().len()), (Some("q1"), true, 1));
    let study = after(study, vec![Step::Undo, Step::Undo]);
    assert_eq!((on_table(&study), study.progress.reviews()), (Some("q0"), 0));
    assert_eq!((study.changes, study.said.1.as_str()), (4, "No grade to take back."));
}

#[test]
fn a_choice_is_answered_once_and_marked() {
    let study = after(choice(), vec![sit("c", NOW), Step::Show]);
    let sitting = study.sitting.clone().unwrap();
    assert!(!sitting.shown(), "nothing is picked yet");
    let place = |word: &str| sitting.options().iter().position(|option| option.text == word).unwrap();
    for (word, said, suggested) in [("two", "Right.", Grade::Good), ("one", "Not this one.", Grade::Again)] {
        let steps = vec![Step::Pick(9), Step::Pick(place("three")), Step::Pick(place(word)), Step::Show];
        let study = after(study.clone(), steps);
        assert_eq!(study.said.1, said);
        let study = after(study, vec![Step::Pick(place("three"))]);
        let sitting = study.sitting.as_ref().unwrap();
        let mark = sitting.mark().unwrap();
        assert_eq!((mark.picked.text.as_str(), mark.correct.why.as_str(), mark.suggested), (word, "w2", suggested));
        let back = after(study.clone(), vec![Step::Grade(Grade::Hard, NOW), Step::Undo]);
        assert_eq!(back.sitting, study.sitting, "pick and order come back with the card");
    }
}

#[test]
fn a_day_has_its_share_of_new_cards_and_a_sitting_is_a_bite() {
    let mut study = after(cards(30), vec![sit("own-1", NOW)]);
    let mut met = 0;
    for planned in [BITE, 5] {
        assert_eq!(study.sitting.as_ref().unwrap().position(), (0, planned));
        for _ in 0..planned {
            study = after(study, vec![Step::Show, Step::Grade(Grade::Easy, NOW)]);
            met += 1;
        }
        assert_eq!(study.new_today(NOW), met);
        study = after(study, vec![sit("own-1", NOW)]);
    }
    assert_eq!(on_table(&study), None, "fifteen new cards are a day's share");
    let deck = study.own[0].deck().unwrap().clone();
    assert_eq!(next(&deck, &study.progress, NOW, 15), Next::Extra(5));
    assert_eq!(next(&deck, &study.progress, later(1), 0), Next::More(BITE));
    let study = after(study, vec![Step::Sit { deck: "own-1".into(), now: NOW, extra: true }]);
    assert_eq!(study.sitting.as_ref().unwrap().position(), (0, 5));
}

#[test]
fn reviews_of_another_tab_are_united_with_those_of_this_one() {
    let graded = vec![sit("own-1", NOW), Step::Show, Step::Grade(Grade::Good, NOW)];
    let mut theirs =
        after(cards(2), vec![sit("own-1", later(1)), Step::Show, Step::Grade(Grade::Hard, later(1))]).progress;
    theirs.retention = 950;
    let study = after(after(cards(2), graded), vec![Step::Learnt(theirs)]);
    assert_eq!((study.progress.reviews(), study.progress.retention), (2, 950));
    assert_eq!(on_table(&study), Some("q1"), "the card on the table stays");
}

#[test]
fn a_deck_that_is_not_there_gives_no_sitting() {
    assert_eq!(after(cards(1), vec![sit("nowhere", NOW), Step::Show, Step::Pick(1), Step::Undo]).sitting, None);
}
