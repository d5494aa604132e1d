//! The page's address: the query's switches and a hash that the router can read.

use gloo::events::{EventListener, EventListenerOptions};
use gloo::utils::window;
use wasm_bindgen::JsValue;

/// Whether the query holds `name=1`, as `?probe=1`.
pub fn switch(name: &str) -> bool {
    let query = window().location().search().unwrap_or_default();
    has_switch(&query, name)
}

/// The number that the query holds as `name=number`.
pub fn number(name: &str) -> Option<i64> {
    value_of(&window().location().search().unwrap_or_default(), name)?.parse().ok()
}

/// The path that the hash holds, `/build/web`.
pub fn path() -> String {
    window().location().hash().unwrap_or_default().trim_start_matches('#').to_owned()
}

/// Calls back when the address has changed, until the listener is dropped.
pub fn moved(call: impl Fn() + 'static) -> EventListener {
    EventListener::new(&window(), "hashchange", move |_| call())
}

/// Keeps the hash absolute. An anchor or a typed address may hold `#word` or `#//`: it becomes `#/word`, which is a view or the view that says there is none.
pub fn keep_absolute() {
    mend();
    let first = EventListenerOptions::run_in_capture_phase();
    EventListener::new_with_options(&window(), "popstate", first, |_| mend()).forget();
}

fn mend() {
    let hash = window().location().hash().unwrap_or_default();
    if let Some(fixed) = absolute(&hash)
        && let Ok(history) = window().history()
    {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&fixed));
    }
}

/// The absolute form of a hash that is not absolute.
fn absolute(hash: &str) -> Option<String> {
    let fixed = format!("#/{}", hash.trim_start_matches(['#', '/', '\\']));
    (hash != fixed).then_some(fixed)
}

fn has_switch(query: &str, name: &str) -> bool {
    value_of(query, name) == Some("1")
}

fn value_of<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.trim_start_matches('?').split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_is_on_only_when_it_says_so() {
        for (query, on) in
            [("?probe=1", true), ("?a=2&probe=1", true), ("?probe=0", false), ("?xprobe=1", false), ("", false)]
        {
            assert_eq!(has_switch(query, "probe"), on, "{query}");
        }
        assert_eq!(value_of("?probe=1&now=17&nowhere=3", "now"), Some("17"));
    }

    #[test]
    fn a_relative_hash_becomes_absolute() {
        for (hash, fixed) in [
            ("", Some("#/")),
            ("#", Some("#/")),
            ("#/", None),
            ("#/build", None),
            ("#main", Some("#/main")),
            ("##x", Some("#/x")),
            ("#//", Some("#/")),
            ("#/\\\\", Some("#/")),
            ("#//build", Some("#/build")),
        ] {
            assert_eq!(absolute(hash).as_deref(), fixed, "{hash}");
        }
    }
}
