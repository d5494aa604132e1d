//! What a lab needs that the first load leaves out ([`needs_later`]) is fetched before it runs, and for whoever may
//! need it soon.

use ecs_lab::lab::needs_later;

use crate::app::keep::{self, Shelf};
use crate::app::port::{clock::Timeout, storage::Browser, views};

/// After the first picture the page rests so long before it fetches what nobody has asked for yet.
const REST_MS: u32 = 4000;

/// What the reader is told when it cannot be fetched.
pub const FAILED: &str = "A part of the lab could not be fetched: the host did not answer, or the site has changed since \
                          this page was opened. Nothing was done. Try again, or reload the page.";

/// Whether a command, a log or a file can be run now.
pub fn ready(text: &str) -> bool {
    views::here() || !needs_later(text)
}

/// Whether every kept lab can be run now.
pub fn kept_is_ready() -> bool {
    let Some(shelf) = Browser::shared() else { return true };
    keep::labs(&shelf).iter().all(|(_, key)| shelf.get(key).is_none_or(|text| ready(&text)))
}

/// Fetches it, and says then whether it is here.
pub fn fetch(then: impl FnOnce(bool) + 'static) {
    yew::platform::spawn_local(async move { then(views::fetch().await) });
}

/// Fetches it once the page has come to rest.
pub fn fetch_soon() -> Timeout {
    Timeout::new(REST_MS, || {
        if !views::here() {
            fetch(|_| {});
        }
    })
}
