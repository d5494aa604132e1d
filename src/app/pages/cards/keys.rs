//! The keys of a sitting, where the reader allows single keys. Everything is reached by Tab and Enter too.

use ecs_lab::quiz::grade::Grade;
use ecs_lab::quiz::progress::Now;
use yew::prelude::*;

use super::sitting::Sitting;
use super::study::{Step, Study};
use crate::app::port;

/// Space or Enter shows the answer, 1 to 4 pick or grade, u takes the last grade back.
#[hook]
pub fn use_card_keys(study: &UseReducerHandle<Study>, allowed: bool) {
    let study = study.clone();
    use_effect(move || {
        let keys = port::watch::keys(move |event| {
            let chord = event.ctrl_key() || event.meta_key() || event.alt_key();
            let Some(sitting) = study.sitting.as_ref().filter(|_| allowed && !chord && !event.repeat()) else { return };
            if port::page::typing() {
                return;
            }
            if let Some(step) = meant(&event.key(), sitting, port::page::on_control(), port::clock::learner()) {
                event.prevent_default();
                study.dispatch(step);
            }
        });
        move || drop(keys)
    });
}

/// What a key means now; on a control, Space and Enter are the control's own.
fn meant(key: &str, sitting: &Sitting, on_control: bool, now: Now) -> Option<Step> {
    let number = key.parse::<u8>().ok().filter(|_| key.len() == 1);
    match (key, number) {
        (" " | "Enter", _) if !on_control && !sitting.shown() && sitting.card().is_some() => Some(Step::Show),
        ("u", _) => Some(Step::Undo),
        (_, Some(number)) if sitting.shown() => Some(Step::Grade(Grade::from_number(number)?, now)),
        (_, Some(number @ 1..)) => {
            let place = usize::from(number) - 1;
            (place < sitting.options().len()).then_some(Step::Pick(place))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::library::own;
    use super::*;
    use crate::app::keep::OwnDeck;
    use ecs_lab::quiz::card::{Answer, Kind};
    use ecs_lab::quiz::progress::Progress;
    use std::rc::Rc;

    const NOW: Now = Now { at: 0, offset: 0 };

    fn sitting(options: usize) -> Sitting {
        let deck = OwnDeck { id: "own-1".into(), title: "Mine".into(), text: "q\n---\na".into() };
        let mut deck = (**own(vec![Ok(deck)])[0].deck().unwrap()).clone();
        if options > 0 {
            let answer = |n| Answer { text: format!("{n}"), right: n == 0, why: String::new() };
            deck.cards[0].kind = Kind::Choice { question: "q".into(), options: (0..options).map(answer).collect() };
        }
        Sitting::start(Rc::new(deck), &Progress::default(), NOW, 9)
    }

    fn name(step: Option<Step>) -> String {
        match step {
            None => "nothing".into(),
            Some(Step::Show) => "show".into(),
            Some(Step::Undo) => "undo".into(),
            Some(Step::Pick(place)) => format!("pick {place}"),
            Some(Step::Grade(grade, _)) => grade.word().into(),
            Some(_) => "other".into(),
        }
    }

    #[test]
    fn each_key_means_what_the_card_needs() {
        let closed = sitting(0);
        let open = {
            let mut open = sitting(0);
            open.show();
            open
        };
        let choice = sitting(3);
        for (sitting, key, on_control, means) in [
            (&closed, " ", false, "show"),
            (&closed, "Enter", false, "show"),
            (&closed, " ", true, "nothing"),
            (&closed, "3", false, "nothing"),
            (&closed, "u", true, "undo"),
            (&closed, "x", false, "nothing"),
            (&open, " ", false, "nothing"),
            (&open, "1", false, "Again"),
            (&open, "4", true, "Easy"),
            (&open, "5", false, "nothing"),
            (&open, "0", false, "nothing"),
            (&choice, "1", true, "pick 0"),
            (&choice, "3", false, "pick 2"),
            (&choice, "4", false, "nothing"),
            (&choice, "0", false, "nothing"),
            (&choice, "12", false, "nothing"),
        ] {
            assert_eq!(name(meant(key, sitting, on_control, NOW)), means, "{key}");
        }
    }
}
