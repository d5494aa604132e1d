//! The page's own place in the browser's store: what was found at the opening, and every write after it.

mod cards;

use yew::prelude::*;

use super::acts::changed_rules;
use crate::app::keep::{self, Keeper, Shelf, Written};
use crate::app::port::{clock, crash, storage::Browser};
use crate::app::store::{Act, Action, Note, Prefs, Store, Tone, opening};
use ecs_lab::lab::Lab;

/// Where this tab remembers its slot over a reload.
const SLOT: &str = "ecs-lab/slot";

/// The desk. Without a store the lab runs and says that nothing is kept.
pub struct Desk {
    place: Option<(Browser, Keeper)>,
    /// The last text that was written, so that an unchanged lab is not written again.
    written: Option<String>,
    full: bool,
    /// What the terminal keeps, as it was last written.
    prompt: Option<String>,
    learnt: keep::Learnt,
}

impl Desk {
    /// Opens the kept work.
    pub fn open() -> (Self, Store) {
        let Some(mut shelf) = Browser::shared() else {
            let note = Note::new(
                "storage",
                Tone::Warn,
                "This browser keeps nothing for this page. Your work lasts until you close it; save it as a file.",
            );
            let desk = Self { place: None, written: None, full: false, prompt: None, learnt: Default::default() };
            return (
                desk,
                Store::new(opening::fleet(), vec![note.with("Save as a file", Act::SaveFile)], Prefs::default()),
            );
        };
        let preferred = Browser::of_tab().and_then(|tab| tab.get(SLOT)?.parse().ok());
        let now = clock::now_ms();
        let (mut keeper, found) = Keeper::open(&mut shelf, &clock::page_id(), preferred, now);
        let mut notes = Vec::new();
        let lab = read(found.log, &mut shelf, &mut keeper, &mut notes);
        if let Some(slot) = found.busy {
            let text = format!(
                "The lab is open in another tab. This tab works in a lab of its own (number {}), and both are kept.",
                keeper.slot()
            );
            notes.push(Note::new("tab", Tone::Info, text).with("Open that lab here instead", Act::TakeOver(slot)));
        } else if let Some(slot) = found.others.first() {
            let text = format!("A second tab has left a lab behind (number {slot}). It is kept.");
            notes.push(Note::new("tab", Tone::Info, text).with("Open it here", Act::TakeOver(*slot)));
        }
        let prefs = Prefs::read(shelf.get(keep::PREFS).as_deref());
        let written = Some(lab.save());
        let prompt = shelf.get(&keeper.prompt_key());
        let store = Store::new(lab, notes, prefs);
        store.kept_prompt().borrow_mut().clone_from(&prompt);
        let desk = Self { place: Some((shelf, keeper)), written, full: false, prompt, learnt: Default::default() };
        desk.remember();
        (desk, store)
    }

    /// Writes the lab if it changed since the last write.
    pub fn write(&mut self, store: &UseReducerHandle<Store>) {
        let Some((shelf, keeper)) = &mut self.place else { return };
        let (log, prompt) = (store.lab().save(), store.kept_prompt().borrow().clone());
        if self.written.as_ref() == Some(&log) && self.prompt == prompt && !self.full {
            return;
        }
        let written = keeper.write(shelf, &log, clock::now_ms()).and_then(|written| {
            if self.prompt != prompt || written != Written::Here {
                match &prompt {
                    Some(text) => shelf.put(&keeper.prompt_key(), text)?,
                    None => shelf.drop(&keeper.prompt_key()),
                }
            }
            Ok(written)
        });
        match written {
            Ok(written) => {
                crash::written();
                self.prompt = prompt;
                self.written = Some(log);
                if std::mem::take(&mut self.full) {
                    store.dispatch(Action::Dismiss("full"));
                }
                if let Written::Moved(slot) = written {
                    self.remember();
                    let text = format!(
                        "Another tab has taken the lab over. What you do here is kept apart, as lab number {slot}."
                    );
                    store.dispatch(Action::Tell(Note::new("tab", Tone::Warn, text)));
                }
            }
            Err(keep::Full) => {
                if !std::mem::replace(&mut self.full, true) {
                    store.dispatch(Action::Tell(full()));
                }
            }
        }
    }

    /// Writes the reader's choices.
    pub fn write_prefs(&mut self, prefs: &Prefs) {
        if let Some((shelf, _)) = &mut self.place
            && Prefs::read(shelf.get(keep::PREFS).as_deref()) != *prefs
        {
            let _ = shelf.put(keep::PREFS, &prefs.text());
        }
    }

    /// Renews the lease, or says that another tab has taken the lab.
    pub fn beat(&mut self, store: &UseReducerHandle<Store>) {
        let Some((shelf, keeper)) = &mut self.place else { return };
        if !keeper.beat(shelf, clock::now_ms()) {
            // The write finds the lease gone and moves to a slot of its own, with everything.
            self.written = None;
            self.write(store);
        }
    }

    /// Another tab changed a key.
    pub fn heard(&mut self, key: &str, store: &UseReducerHandle<Store>) {
        if self.place.as_ref().is_some_and(|(_, keeper)| keeper.is_my_lease(key)) {
            self.beat(store);
        }
    }

    /// Gives the slot back: the page is being left.
    pub fn release(&mut self) {
        if let Some((shelf, keeper)) = &mut self.place {
            keeper.release(shelf, clock::now_ms());
        }
    }

    /// Goes to another slot and reads its lab.
    pub fn take_over(&mut self, slot: u32, store: &UseReducerHandle<Store>) {
        self.write(store);
        let Some((shelf, keeper)) = &mut self.place else { return };
        let found = keeper.take_over(shelf, slot, clock::now_ms());
        let mut notes = Vec::new();
        let lab = read(found, shelf, keeper, &mut notes);
        self.written = Some(lab.save());
        self.prompt = shelf.get(&keeper.prompt_key());
        store.kept_prompt().borrow_mut().clone_from(&self.prompt);
        // The next visit to the terminal begins with what it kept of this lab.
        *store.prompt().borrow_mut() = None;
        self.remember();
        store.dispatch(Action::Dismiss("tab"));
        store.dispatch(Action::Replace(Box::new(lab), format!("Lab number {slot} is open here.").into()));
        for note in notes {
            store.dispatch(Action::Tell(note));
        }
    }

    /// The text under a key.
    pub fn text(&self, key: &str) -> Option<String> {
        self.place.as_ref()?.0.get(key)
    }

    /// Removes a key.
    pub fn forget(&mut self, key: &str) {
        if let Some((shelf, _)) = &mut self.place {
            shelf.drop(key);
            if let Some(prompt) = keep::prompt_beside(key) {
                shelf.drop(&prompt);
            }
        }
    }

    fn remember(&self) {
        if let (Some((_, keeper)), Some(mut tab)) = (&self.place, Browser::of_tab()) {
            let _ = tab.put(SLOT, &keeper.slot().to_string());
        }
    }
}

/// What could not be read, from every visit; for the list under "Kept work".
pub fn asides() -> Vec<keep::Aside> {
    Browser::shared().map(|shelf| keep::asides(&shelf)).unwrap_or_default()
}

/// The kept labs of other tabs, open or not, by slot and key.
pub fn other_labs() -> Vec<(u32, String)> {
    let mine = Browser::of_tab().and_then(|tab| tab.get(SLOT)?.parse::<u32>().ok());
    let all = Browser::shared().map(|shelf| keep::labs(&shelf)).unwrap_or_default();
    all.into_iter().filter(|(slot, _)| Some(*slot) != mine).collect()
}

fn full() -> Note {
    let text = "The browser's store is full, so the newest changes are not kept yet. Nothing on this page is lost: save it as a file, \
                or remove kept work under About.";
    Note::new("full", Tone::Bad, text).with("Save as a file", Act::SaveFile)
}

/// The lab of a kept log. What cannot be read is set aside and named.
fn read(found: Option<Result<String, String>>, shelf: &mut Browser, keeper: &mut Keeper, notes: &mut Vec<Note>) -> Lab {
    let why = match found {
        None => return opening::fleet(),
        Some(Ok(log)) => match Lab::load(&log) {
            Ok(loaded) => {
                if let Some(changed) = changed_rules(&loaded) {
                    notes.push(keep_original(&changed, shelf, keeper));
                }
                return loaded.lab;
            }
            Err(why) => why.to_string(),
        },
        Some(Err(_)) => "it was kept by a version of the lab that this one does not know".to_owned(),
    };
    let note = match keep::set_aside(shelf, &keeper.key(), clock::now_ms()) {
        Ok(Some(aside)) => {
            keeper.emptied();
            let text = format!(
                "The kept lab could not be read: {why}. It is set aside as {}, and this is a new lab.",
                aside.file
            );
            Note::new("aside", Tone::Warn, text)
                .with("Download it", Act::Download { key: aside.key.clone(), file: aside.file })
                .with("Remove it for good", Act::Forget(aside.key))
        }
        Ok(None) => return opening::fleet(),
        Err(keep::Full) => {
            let text =
                format!("The kept lab could not be read: {why}. The store is too full to set it aside; download it.");
            let act = Act::Download { key: keeper.key(), file: "ecs-lab-unread.json".into() };
            // Its head stays "seen by nobody", so that the first write moves on and leaves it.
            keeper.emptied();
            Note::new("aside", Tone::Bad, text).with("Download it", act)
        }
    };
    notes.push(note);
    opening::fleet()
}

/// The lab runs otherwise today: the original stays, beside the slot or, when there is no room, in it.
fn keep_original(changed: &str, shelf: &mut Browser, keeper: &mut Keeper) -> Note {
    match keep::copy_aside(shelf, &keeper.key(), clock::now_ms()) {
        Some(aside) => {
            let text = format!("{changed} The original is kept as {}.", aside.file);
            Note::new("rules", Tone::Warn, text).with("Download it", Act::Download { key: aside.key, file: aside.file })
        }
        None => {
            let act = Act::Download { key: keeper.key(), file: "ecs-lab-original.json".into() };
            keeper.emptied();
            Note::new("rules", Tone::Warn, format!("{changed} The original stays where it is."))
                .with("Download it", act)
        }
    }
}
