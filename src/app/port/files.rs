//! Files out and in: downloads made in the page, and files that the reader opens.

use gloo::utils::document;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, Event, HtmlAnchorElement, HtmlInputElement, Url};

/// Over this size a file is refused before it is read: no lab file comes near it.
pub const LARGEST: f64 = 32.0 * 1024.0 * 1024.0;

/// Gives the reader a text as a file. False when the browser refused.
pub fn download(name: &str, text: &str) -> bool {
    offer(name, text).is_ok()
}

fn offer(name: &str, text: &str) -> Result<(), JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(if name.ends_with(".json") { "application/json" } else { "text/plain" });
    let blob = Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&JsValue::from_str(text)), &options)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.dyn_into().map_err(JsValue::from)?;
    link.set_href(&url);
    link.set_download(name);
    link.click();
    // The browser has taken the blob by the time a timer runs.
    gloo::timers::callback::Timeout::new(10_000, move || {
        let _ = Url::revoke_object_url(&url);
    })
    .forget();
    Ok(())
}

/// The text of the file that was chosen in a file field, with its name; the field is emptied so that the same file
/// can be chosen again. `None` when nothing was chosen, `Err` in words for the reader.
pub async fn chosen(event: Event) -> Option<Result<(String, String), String>> {
    let field: HtmlInputElement = event.target_dyn_into_input()?;
    let file = field.files()?.get(0)?;
    let name = file.name();
    if file.size() > LARGEST {
        field.set_value("");
        return Some(Err(format!("{name} is larger than 32 MB. A lab file or a task definition is far smaller.")));
    }
    let text = JsFuture::from(file.text()).await;
    field.set_value("");
    Some(match text.ok().and_then(|value| value.as_string()) {
        Some(text) => Ok((name, text)),
        None => Err(format!("The browser could not read {name} as text.")),
    })
}

trait Target {
    fn target_dyn_into_input(&self) -> Option<HtmlInputElement>;
}

impl Target for Event {
    fn target_dyn_into_input(&self) -> Option<HtmlInputElement> {
        self.target()?.dyn_into().ok()
    }
}
