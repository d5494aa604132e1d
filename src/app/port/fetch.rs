//! Getting the site's own files.

use gloo::utils::window;
use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// The text of a file beside the page, by its relative path; the error is a sentence.
pub async fn text(path: &str) -> Result<String, String> {
    read(path, window().fetch_with_str(path)).await
}

/// Several files at once, in their order.
pub async fn texts(paths: &[String]) -> Vec<Result<String, String>> {
    let asked: Vec<Promise> = paths.iter().map(|path| window().fetch_with_str(path)).collect();
    let mut texts = Vec::new();
    for (path, promise) in paths.iter().zip(asked) {
        texts.push(read(path, promise).await);
    }
    texts
}

async fn read(path: &str, asked: Promise) -> Result<String, String> {
    let unreachable = |_: JsValue| format!("{path} could not be fetched: the host did not answer.");
    let response: Response = JsFuture::from(asked).await.and_then(JsCast::dyn_into).map_err(unreachable)?;
    if !response.ok() {
        return Err(format!("{path} could not be fetched: the host answered {}.", response.status()));
    }
    let text = JsFuture::from(response.text().map_err(unreachable)?).await.map_err(unreachable)?;
    text.as_string().ok_or_else(|| format!("{path} is no text."))
}
