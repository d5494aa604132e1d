//! Ties the store to the browser: opens the kept work, writes it while the reader works, keeps tabs apart, and does
//! what a view asks for that needs the browser.

mod acts;
mod cards;
mod desk;
mod later;
mod passing;

use std::cell::RefCell;
use std::rc::Rc;

use ecs_lab::aws::ApiError;
use ecs_lab::lab::{Command, Outcome};
use web_sys::KeyboardEvent;
use yew::prelude::*;

use crate::app::port::clock::{Interval, Timeout};
use crate::app::store::{Act, Action, Note, Store, Tone};
use crate::app::{keep, port};
use desk::Desk;
pub use desk::{asides as kept_aside, other_labs};
pub use later::{FAILED, fetch as fetch_later, kept_is_ready};

/// A write waits this long for the next command, so that a burst is one write.
const WAIT_MS: u32 = 300;

/// What views hold: the store to read, the door to change the lab, and the acts that need the browser.
#[derive(Clone, PartialEq)]
pub struct Door {
    store: UseReducerHandle<Store>,
    act: Callback<Act>,
    desk: Shared,
}

/// The desk, one for the whole page.
#[derive(Clone)]
struct Shared(Rc<RefCell<Desk>>);

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Door {
    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Runs a command through the one door. It is noted first: if it stops the engine, the report names it. One that needs
    /// what the first load leaves out waits for that.
    pub fn run(&self, command: Command) {
        if let Command::Advance(span) = command
            && span > passing::AT_ONCE
        {
            let door = self.clone();
            later::fetch(move |here| if here { passing::begin(&door.store, span) } else { drop(door.ask(command)) });
            return;
        }
        if later::ready(&command.to_json().to_string()) {
            self.ask(command);
            return;
        }
        let door = self.clone();
        later::fetch(move |here| {
            if here {
                door.ask(command);
            } else {
                door.dispatch(Action::Tell(Note::new("later", Tone::Bad, later::FAILED)));
            }
        });
    }

    /// The same at once, with the engine's answer, for a view that came with what the first load leaves out. The page has
    /// already said it and shows the line.
    pub fn ask(&self, command: Command) -> Rc<Result<Outcome, ApiError>> {
        port::crash::note(command.to_json().to_string());
        self.store.dispatch(Action::Run(command));
        self.store.last.clone().unwrap_or_else(|| unreachable!("the reducer leaves an answer to each command"))
    }

    /// Says a sentence to the live region.
    pub fn say(&self, text: String) {
        self.dispatch(Action::Say(text.into()));
    }

    /// Changes the store otherwise.
    pub fn dispatch(&self, action: Action) {
        self.store.dispatch(action);
    }

    /// Does what needs the browser.
    pub fn act(&self, act: Act) {
        self.act.emit(act);
    }
}

/// The door of the page around a component.
#[hook]
pub fn use_door() -> Door {
    use_context::<Door>().unwrap_or_else(|| unreachable!("every view stands inside Session"))
}

#[derive(Properties, PartialEq)]
pub struct SessionProps {
    pub children: Html,
}

/// Holds store and desk, and provides the [`Door`].
#[component]
pub fn Session(props: &SessionProps) -> Html {
    let opened = use_memo((), |()| {
        let (desk, store) = Desk::open();
        (Rc::new(RefCell::new(desk)), RefCell::new(Some(store)))
    });
    let desk = opened.0.clone();
    let first = opened.clone();
    let store = use_reducer(move || first.1.take().unwrap_or_else(|| Desk::open().1));

    use_saving(&store, &desk);
    use_tabs(&store, &desk);
    use_undo_keys(&store);

    let act = {
        let (store, desk) = (store.clone(), desk.clone());
        use_callback((), move |act: Act, ()| acts::perform(act, &store, &desk))
    };
    let door = Door { store, act, desk: Shared(desk) };
    html! { <ContextProvider<Door> context={door}>{ props.children.clone() }</ContextProvider<Door>> }
}

/// Writes the lab some moments after it changed. A waiting write is not pushed back, so that a running clock is
/// written too.
#[hook]
fn use_saving(store: &UseReducerHandle<Store>, desk: &Rc<RefCell<Desk>>) {
    let waiting = use_mut_ref(|| None::<Timeout>);
    let (version, prefs) = (store.version, store.prefs.clone());
    let (for_lab, desk_of_lab) = (store.clone(), desk.clone());
    use_effect_with(version, move |version| {
        if *version > 0 && waiting.borrow().is_none() {
            let done = waiting.clone();
            let timer = Timeout::new(WAIT_MS, move || {
                done.take();
                desk_of_lab.borrow_mut().write(&for_lab);
            });
            *waiting.borrow_mut() = Some(timer);
        }
    });
    let desk = desk.clone();
    use_effect_with(prefs, move |prefs| desk.borrow_mut().write_prefs(prefs));
}

/// Writes when the page is left, renews the lease, and hears of other tabs.
#[hook]
fn use_tabs(store: &UseReducerHandle<Store>, desk: &Rc<RefCell<Desk>>) {
    let (store, desk) = (store.clone(), desk.clone());
    use_effect_with((), move |()| {
        let beat = {
            let (store, desk) = (store.clone(), desk.clone());
            move || desk.borrow_mut().beat(&store)
        };
        let leaving = {
            let (store, desk) = (store.clone(), desk.clone());
            move |left| {
                let mut desk = desk.borrow_mut();
                desk.write(&store);
                if left {
                    desk.release();
                }
            }
        };
        let listeners = port::watch::leaving(leaving, beat.clone());
        let timer = Interval::new(keep::BEAT_MS, beat);
        let heard = port::watch::storage(move |key| {
            if let Ok(mut desk) = desk.try_borrow_mut() {
                desk.heard(key, &store);
            }
        });
        let soon = later::fetch_soon();
        yew::platform::spawn_local(async {
            // Asked, not demanded: where the answer is no, the work still lies there until space runs short.
            let _ = port::storage::persist().await;
        });
        move || drop((listeners, timer, heard, soon))
    });
}

/// Ctrl+Z and Ctrl+Y (or Ctrl+Shift+Z, or with the command key) outside text fields, which have their own undo.
#[hook]
fn use_undo_keys(store: &UseReducerHandle<Store>) {
    let store = store.clone();
    use_effect_with((), move |()| {
        let keys = port::watch::keys(move |event| {
            if let Some(action) = undo_key(event)
                && !port::page::typing()
            {
                event.prevent_default();
                store.dispatch(action);
            }
        });
        move || drop(keys)
    });
}

fn undo_key(event: &KeyboardEvent) -> Option<Action> {
    if !(event.ctrl_key() || event.meta_key()) || event.alt_key() {
        return None;
    }
    match (event.key().to_ascii_lowercase().as_str(), event.shift_key()) {
        ("z", false) => Some(Action::Undo),
        ("z", true) | ("y", false) => Some(Action::Redo),
        _ => None,
    }
}
