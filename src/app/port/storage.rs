//! The browser's store for kept work: `localStorage`.
//!
//! Not IndexedDB: its writes do not finish while a page is being left, the crash screen must read the work without
//! waiting, and a log of ten thousand commands is about 2 of its 5 million characters. A full store is an answer
//! that the lab knows how to give.

use gloo::utils::window;
use wasm_bindgen_futures::JsFuture;
use web_sys::Storage;

use crate::app::keep::{Full, Shelf};

/// The store of this site, or of this tab alone.
pub struct Browser(Storage);

impl Browser {
    /// The store that all tabs of the site share; `None` where the browser forbids it.
    pub fn shared() -> Option<Self> {
        window().local_storage().ok().flatten().map(Self)
    }

    /// The store of this tab, which outlives a reload and nothing else.
    pub fn of_tab() -> Option<Self> {
        window().session_storage().ok().flatten().map(Self)
    }
}

impl Shelf for Browser {
    fn get(&self, key: &str) -> Option<String> {
        self.0.get_item(key).ok().flatten()
    }

    fn put(&mut self, key: &str, value: &str) -> Result<(), Full> {
        self.0.set_item(key, value).map_err(|_| Full)
    }

    fn drop(&mut self, key: &str) {
        let _ = self.0.remove_item(key);
    }

    fn keys(&self) -> Vec<String> {
        let count = self.0.length().unwrap_or(0);
        (0..count).filter_map(|index| self.0.key(index).ok().flatten()).collect()
    }
}

/// Asks the browser not to clear the work under pressure. `None` when it has no such promise to give.
pub async fn persist() -> Option<bool> {
    let navigator = window().navigator();
    let store = js_sys::Reflect::get(&navigator, &"storage".into()).ok().filter(|found| found.is_object())?;
    js_sys::Reflect::get(&store, &"persist".into()).ok().filter(|found| found.is_function())?;
    let answer = JsFuture::from(navigator.storage().persist().ok()?).await.ok()?;
    answer.as_bool()
}
