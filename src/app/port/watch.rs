//! Events of the window that the session lives by.

use gloo::events::{EventListener, EventListenerOptions};
use gloo::utils::{document, window};
use wasm_bindgen::JsCast;
use web_sys::{KeyboardEvent, StorageEvent, VisibilityState};

/// Listens until dropped: `done` when the page is hidden or left (`true` when it is left), `back` when it returns.
pub fn leaving(done: impl Fn(bool) + Clone + 'static, back: impl Fn() + Clone + 'static) -> Vec<EventListener> {
    let (hide, away, show) = (done.clone(), done, back);
    vec![
        EventListener::new(&document(), "visibilitychange", move |_| {
            if document().visibility_state() == VisibilityState::Hidden {
                hide(false);
            }
        }),
        EventListener::new(&window(), "pagehide", move |_| away(true)),
        EventListener::new(&window(), "pageshow", move |_| show()),
    ]
}

/// Listens until dropped: another tab changed the key.
pub fn storage(changed: impl Fn(&str) + 'static) -> EventListener {
    EventListener::new(&window(), "storage", move |event| {
        let key = event.dyn_ref::<StorageEvent>().and_then(StorageEvent::key);
        changed(&key.unwrap_or_default());
    })
}

/// Listens until dropped: a key went down anywhere on the page.
pub fn keys(pressed: impl Fn(&KeyboardEvent) + 'static) -> EventListener {
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(&document(), "keydown", options, move |event| {
        if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
            pressed(event);
        }
    })
}
