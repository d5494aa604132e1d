//! The code of the views that the first load leaves out: the release build splits it off, `boot.js` fetches it.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(js_namespace = ecsLabViews)]
extern "C" {
    /// Whether it is here, or was never split off.
    pub fn here() -> bool;

    #[wasm_bindgen(catch)]
    async fn load(exports: &JsValue) -> Result<JsValue, JsValue>;
}

/// Fetches it; whether it is here then.
pub async fn fetch() -> bool {
    load(&wasm_bindgen::exports()).await.is_ok()
}
