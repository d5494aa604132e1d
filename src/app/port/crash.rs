//! The end of the engine: what a panic leaves behind for the plain screen of `boot.js`.
//!
//! The hook only reads a list of texts and fires an event. It takes no part of the app, since any of it may be what
//! broke.

use std::cell::RefCell;

use gloo::utils::window;
use wasm_bindgen::JsValue;
use web_sys::{CustomEvent, CustomEventInit, Event};

thread_local! {
    /// Commands since the last write, as lines of the log.
    static UNSAVED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Puts the hook in place.
pub fn watch() {
    yew::set_custom_panic_hook(Box::new(|info| report(&info.to_string())));
}

/// Tells the static screen that the app stands.
pub fn started() {
    if let Ok(event) = Event::new("ecs-lab-started") {
        let _ = window().dispatch_event(&event);
    }
}

/// Notes a command before it runs: if it stops the engine, the report names it.
pub fn note(command: String) {
    UNSAVED.with(|list| {
        if let Ok(mut list) = list.try_borrow_mut() {
            list.push(command);
        }
    });
}

/// Forgets the noted commands: they are written.
pub fn written() {
    UNSAVED.with(|list| {
        if let Ok(mut list) = list.try_borrow_mut() {
            list.clear();
        }
    });
}

/// Stops the page with what is wrong; the kept work stays.
pub fn report(message: &str) {
    web_sys_error(message);
    let unsaved = UNSAVED.with(|list| list.try_borrow().map(|list| list.clone()).unwrap_or_default());
    let detail = js_sys::Object::new();
    let lines: js_sys::Array = unsaved.iter().map(|line| JsValue::from_str(line)).collect();
    let _ = js_sys::Reflect::set(&detail, &"message".into(), &message.into());
    let _ = js_sys::Reflect::set(&detail, &"unsaved".into(), &lines);
    let options = CustomEventInit::new();
    options.set_detail(&detail);
    if let Ok(event) = CustomEvent::new_with_event_init_dict("ecs-lab-crash", &options) {
        let _ = window().dispatch_event(&event);
    }
}

fn web_sys_error(message: &str) {
    gloo::console::error!(message);
}
