//! The text in work. It outlives a change of view and a reload of the tab; another text in its place keeps it near.

use std::rc::Rc;

use ecs_lab::aws::model;
use serde_json::Value;
use yew::prelude::*;

use super::analysis::{Analysis, analyse};
use super::examples::EXAMPLES;
use super::pretty;
use crate::app::keep::Shelf;
use crate::app::port::clock::Timeout;
use crate::app::port::storage::Browser;
use crate::app::session::{Door, use_door};

/// Where this tab remembers the text over a reload.
const DRAFT: &str = "ecs-lab/draft";
/// Typing is read after this pause.
const PAUSE_MS: u32 = 150;

/// The text with what it comes to.
#[derive(Clone, PartialEq)]
pub struct Draft {
    /// The text as it stands in the editor.
    pub text: Rc<str>,
    /// What it came to when it was last read: at once after a form's edit, after a pause while typing.
    pub read: Rc<Analysis>,
    /// The text that another one replaced.
    pub before: Option<Rc<str>>,
    set_text: Callback<(Rc<str>, bool)>,
    set_before: Callback<Option<Rc<str>>>,
}

impl Draft {
    /// The reader types.
    pub fn type_in(&self, text: String) {
        self.set_text.emit((text.into(), false));
    }

    /// The form writes, or a text comes back.
    pub fn put(&self, text: &str) {
        self.set_before.emit(None);
        self.set_text.emit((text.into(), true));
    }

    /// Another text: the one before is kept near if it was worth anything.
    pub fn replace(&self, text: &str) {
        let worth = !self.text.trim().is_empty() && &*self.text != text;
        self.set_before.emit(worth.then(|| self.text.clone()));
        self.set_text.emit((text.into(), true));
    }
}

/// The draft of this tab; with a family, its newest revision in the draft's place.
#[hook]
pub fn use_draft(family: Option<String>) -> Draft {
    let door = use_door();
    let first = use_memo((), |()| {
        // The first visit finds something that registers, not an empty sheet.
        let kept = Browser::of_tab().and_then(|tab| tab.get(DRAFT)).unwrap_or_else(|| EXAMPLES[0].text.to_owned());
        let opened = family.as_deref().and_then(|family| newest(&door, family));
        match opened {
            Some(text) => (
                Rc::<str>::from(text.as_str()),
                Some(kept).filter(|kept| !kept.trim().is_empty() && *kept != text && kept != EXAMPLES[0].text),
            ),
            None => (kept.into(), None),
        }
    });
    let text = use_state(|| first.0.clone());
    let settled = use_state(|| first.0.clone());
    let before = use_state(|| first.1.as_deref().map(Rc::from));
    let waiting = use_mut_ref(|| None::<Timeout>);
    let read = use_memo((*settled).clone(), |text| Rc::new(analyse(text)));
    use_effect_with((*settled).clone(), |text| {
        if let Some(mut tab) = Browser::of_tab() {
            // A draft too large for the tab's store still stands on the page.
            let _ = tab.put(DRAFT, text);
        }
    });
    let set_text = {
        let (text, settled) = (text.setter(), settled.setter());
        use_callback((), move |(next, now): (Rc<str>, bool), ()| {
            text.set(next.clone());
            let settled = settled.clone();
            *waiting.borrow_mut() = if now {
                settled.set(next);
                None
            } else {
                Some(Timeout::new(PAUSE_MS, move || settled.set(next)))
            };
        })
    };
    let set_before = {
        let before = before.setter();
        use_callback((), move |next, ()| before.set(next))
    };
    Draft { text: (*text).clone(), read: (*read).clone(), before: (*before).clone(), set_text, set_before }
}

/// The newest revision of a family, or the one that `family:revision` names, as text, its members in the order of the API's model.
fn newest(door: &Door, family: &str) -> Option<String> {
    let lab = door.store().lab();
    let (family, revision) = family.split_once(':').map_or((family, None), |(name, number)| (name, Some(number)));
    let (_, found) = lab.world().ecs().families().find(|(name, _)| *name == family)?;
    let definition = match revision {
        Some(number) => found.revisions.get(&number.parse().ok()?),
        None => found.revisions.values().next_back(),
    };
    let document = definition?.registration.document.as_object()?.clone();
    let order = model::operation("ecs", "RegisterTaskDefinition").map(|operation| operation.input.members());
    let place = |name: &str| order.unwrap_or_default().iter().position(|member| member.name == name);
    let mut members: Vec<(String, Value)> = document.into_iter().collect();
    ecs_lab::sim::order::sort_by_key(&mut members, |(name, _)| place(name).unwrap_or(usize::MAX));
    Some(pretty(&Value::Object(members.into_iter().collect())))
}
