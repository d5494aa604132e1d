//! What the first load leaves out: the code of the later views, which the release build splits off, and the text of the
//! lab's choices. `boot.js` fetches both.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(js_namespace = ecsLabViews)]
extern "C" {
    /// Whether it is here.
    pub fn here() -> bool;

    /// The text of the lab's choices; empty before it is here.
    pub fn choices() -> String;

    #[wasm_bindgen(catch)]
    async fn load(exports: &JsValue) -> Result<JsValue, JsValue>;
}

/// Fetches it; whether it is here then.
pub async fn fetch() -> bool {
    load(&wasm_bindgen::exports()).await.is_ok()
}
