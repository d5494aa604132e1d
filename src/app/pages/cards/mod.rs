//! The cards: decks with their due counts, and sittings.
//!
//! One component holds the one reducer; the rest are functions from values to elements, since each component of its
//! own costs kilobytes of WebAssembly.
//!
//! | file | holds |
//! |---|---|
//! | `study` | the reducer: decks, progress, the sitting, the deck being imported; pure |
//! | `library` | which decks there are, and which have mistakes; pure |
//! | `sitting` | one sitting with a deck; pure |
//! | `keys` | what a key does; pure but for its hook |
//! | `list`, `trouble`, `import` | the view of all decks |
//! | `board`, `card`, `choice`, `answer`, `proof`, `grades`, `done`, `face` | the view of one deck |

mod answer;
mod board;
mod card;
mod choice;
mod done;
mod face;
mod grades;
mod import;
mod keys;
mod library;
mod list;
mod proof;
mod sitting;
mod study;
mod trouble;

use yew::prelude::*;

use crate::app::keep;
use crate::app::port;
use crate::app::session::{Door, use_door};
use crate::app::store::Action;
use study::{Step, Study};

/// Where the decks lie, relative to the page.
const FOLDER: &str = "quizzes";

#[derive(Properties, PartialEq)]
pub struct CardsProps {
    /// The deck under review.
    #[prop_or_default]
    pub deck: Option<String>,
}

/// The view. It stays while one goes from the list to a deck and back, so the decks are fetched once.
#[component]
pub fn Cards(props: &CardsProps) -> Html {
    let door = use_door();
    let study = use_reducer(Study::default);
    use_kept(&study, &door);
    use_sitting(&study, &props.deck);
    {
        let (door, said) = (door.clone(), study.said.1.clone());
        use_effect_with(study.said.0, move |number| {
            if *number > 0 {
                door.dispatch(Action::Say(said.into()));
            }
        });
    }
    keys::use_card_keys(&study, props.deck.is_some() && door.store().prefs.single_keys);
    use_focus(&study, props.deck.is_some());
    let dispatch = study.dispatcher();
    let step = Callback::from(move |step: Step| dispatch.dispatch(step));
    let now = port::clock::learner();
    match &props.deck {
        None => list::list(&study, &door, &step, now),
        Some(id) => board::board(&study, &door, id, &step, now),
    }
}

/// Moves the focus with what happens in a sitting: to the next question, to its answer, to the end.
#[hook]
fn use_focus(study: &Study, at_table: bool) {
    let before = use_mut_ref(|| false);
    let sitting = study.sitting.as_ref().filter(|_| at_table);
    let place = sitting.map(|sitting| (sitting.grades().len(), sitting.shown(), sitting.card().is_none()));
    use_effect_with(place, move |place| {
        // On arrival the focus stays on the view's heading.
        if before.replace(place.is_some()) {
            match place {
                Some((_, _, true)) => port::page::focus("done-title"),
                Some((_, true, _)) => port::page::focus("answer-title"),
                Some(_) => port::page::focus("card-title"),
                None => {}
            }
        }
    });
}

/// Fetches the site's decks, takes in what is kept, hears of other tabs, and writes each review at once.
#[hook]
fn use_kept(study: &UseReducerHandle<Study>, door: &Door) {
    let (dispatch, opened) = (study.dispatcher(), door.clone());
    use_effect_with((), move |()| {
        fetch(dispatch.clone());
        dispatch.dispatch(Step::Own(library::own(opened.own_decks())));
        dispatch.dispatch(Step::Learnt(opened.progress()));
        let heard = port::watch::storage(move |key| {
            if key == keep::PROGRESS {
                dispatch.dispatch(Step::Learnt(opened.progress()));
            } else if keep::is_own_deck(key) {
                dispatch.dispatch(Step::Own(library::own(opened.own_decks())));
            }
        });
        move || drop(heard)
    });
    let (now, door) = (study.clone(), door.clone());
    use_effect_with(study.changes, move |changes| {
        if *changes > 0 {
            door.learn(&now.progress);
        }
    });
}

/// Sits down with the deck of the address once it is there.
#[hook]
fn use_sitting(study: &UseReducerHandle<Study>, deck: &Option<String>) {
    let dispatch = study.dispatcher();
    use_effect_with((deck.clone(), study.site.is_some()), move |(deck, fetched)| {
        if let (Some(deck), true) = (deck, fetched) {
            dispatch.dispatch(Step::Sit { deck: deck.clone(), now: port::clock::learner(), extra: false });
        }
    });
}

/// Fetches the index and every deck that it lists.
fn fetch(dispatch: UseReducerDispatcher<Study>) {
    yew::platform::spawn_local(async move {
        let index = format!("{FOLDER}/index.json");
        let names = library::read_index(&index, port::fetch::text(&index).await);
        let entries = match names {
            Err(trouble) => vec![trouble],
            Ok(names) => {
                let paths: Vec<String> = names.iter().map(|name| format!("{FOLDER}/{name}")).collect();
                let texts = port::fetch::texts(&paths).await;
                library::gather(paths.into_iter().zip(texts).collect())
            }
        };
        dispatch.dispatch(Step::Fetched(entries));
    });
}
