//! What the first load leaves out: the code of the later views and rooms, which the release build splits off, the later
//! model tables, and the text of the lab's choices. `boot.js` fetches them together.

use ecs_lab::aws::model;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(js_namespace = ecsLabViews)]
extern "C" {
    /// The text of the lab's choices; empty before it is here.
    pub fn choices() -> String;

    /// The later model tables; empty before they are here.
    fn tables() -> String;

    #[wasm_bindgen(catch)]
    async fn load(exports: &JsValue) -> Result<JsValue, JsValue>;
}

/// Whether it is here.
pub fn here() -> bool {
    model::here()
}

/// Fetches it; whether it is here then.
pub async fn fetch() -> bool {
    let came = load(&wasm_bindgen::exports()).await.is_ok();
    if came {
        model::supply(tables());
    }
    came
}
