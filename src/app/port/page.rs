//! Elements of the document: finding them, focus, title.

use gloo::utils::{document, window};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement, HtmlTextAreaElement};

/// The element with an id.
pub fn element(id: &str) -> Option<Element> {
    document().get_element_by_id(id)
}

/// Moves the focus to an element by id; nothing happens when it is not there.
pub fn focus(id: &str) {
    if let Some(target) = element(id) {
        // Elements of pictures take the focus by the same method.
        let _ = target.unchecked_into::<HtmlElement>().focus();
    }
}

/// Where a place of the window lies within an element, in parts of its width and height.
pub fn within(id: &str, x: i32, y: i32) -> Option<(f64, f64)> {
    let frame = element(id)?.get_bounding_client_rect();
    let inside = |at: i32, from: f64, length: f64| (length > 0.0).then(|| (f64::from(at) - from) / length);
    Some((inside(x, frame.x(), frame.width())?, inside(y, frame.y(), frame.height())?))
}

/// Selects a stretch of a text area, in UTF-16 units, and brings it into view.
pub fn select(id: &str, from: u32, to: u32) {
    if let Some(area) = element(id).and_then(|found| found.dyn_into::<HtmlTextAreaElement>().ok()) {
        // Focus after blur makes browsers scroll to the selection.
        let _ = area.blur();
        let _ = area.set_selection_range(from, to);
        let _ = area.focus();
    }
}

/// Scrolls an element by id to its end, once it is drawn.
pub fn to_end(id: &'static str) {
    let scroll = move || {
        if let Some(found) = element(id) {
            found.set_scroll_top(found.scroll_height());
        }
    };
    super::clock::Timeout::new(0, scroll).forget();
}

/// Scrolls the page to its top.
pub fn to_top() {
    window().scroll_to_with_x_and_y(0.0, 0.0);
}

/// Where a reader is on the page.
pub struct Place {
    y: f64,
    at: Option<HtmlElement>,
}

/// Where the reader is, unless the focus is within what a selector names.
pub fn place(but: &str) -> Option<Place> {
    let at = document().active_element();
    if at.as_ref().is_some_and(|at| at.closest(but).ok().flatten().is_some()) {
        return None;
    }
    Some(Place { y: window().scroll_y().ok()?, at: at.and_then(|at| at.dyn_into().ok()) })
}

/// Where the page has one column, the part that stands under the fleet comes into view from its heading on, which gets
/// the focus.
pub fn down_to(id: &str) {
    if !is_split() {
        focus(id);
        if let Some(heading) = element(id) {
            heading.scroll_into_view();
        }
    }
}

/// Where the page has one column, takes the reader and the focus back.
pub fn back_to(place: &Place) {
    if !is_split() {
        if let Some(at) = &place.at {
            let _ = at.focus();
        }
        window().scroll_to_with_x_and_y(0.0, place.y);
    }
}

/// Whether the page has two columns, as style.css says.
fn is_split() -> bool {
    window().match_media("(min-width: 64rem)").ok().flatten().is_some_and(|query| query.matches())
}

/// Names the window.
pub fn title(text: &str) {
    document().set_title(text);
}

/// Whether the focus is where typing means text, so that a one-key shortcut must not act.
pub fn typing() -> bool {
    document().active_element().is_some_and(|at| {
        let editable = at.get_attribute("contenteditable").is_some_and(|value| value != "false");
        let picks =
            at.dyn_ref::<HtmlInputElement>().is_some_and(|at| matches!(at.type_().as_str(), "radio" | "checkbox"));
        editable
            || (matches!(at.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT") && !picks)
            || at.closest("dialog").ok().flatten().is_some()
    })
}

/// Whether the focus is on something that Space or Enter acts on by itself.
pub fn on_control() -> bool {
    const CONTROLS: &str = "a, button, input, select, textarea, summary, dialog, [tabindex='0']";
    document().active_element().is_some_and(|at| at.closest(CONTROLS).ok().flatten().is_some())
}
