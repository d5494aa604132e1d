//! Copying text.

use gloo::utils::{document, window};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlTextAreaElement;

/// Copies a text and says whether it worked. A page that is not served over https has no clipboard API; there the
/// browser's old copy command does it.
pub async fn copy(text: String) -> bool {
    let navigator = window().navigator();
    let modern = js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|found| found.is_object());
    if modern && JsFuture::from(navigator.clipboard().write_text(&text)).await.is_ok() {
        return true;
    }
    by_selection(&text).unwrap_or(false)
}

fn by_selection(text: &str) -> Option<bool> {
    let page = document();
    let area: HtmlTextAreaElement = page.create_element("textarea").ok()?.dyn_into().ok()?;
    area.set_value(text);
    area.set_class_name("sr-only");
    page.body()?.append_child(&area).ok()?;
    area.select();
    let command: js_sys::Function = js_sys::Reflect::get(&page, &"execCommand".into()).ok()?.dyn_into().ok()?;
    let done = command.call1(&page, &"copy".into()).is_ok_and(|answer| answer.is_truthy());
    area.remove();
    Some(done)
}
