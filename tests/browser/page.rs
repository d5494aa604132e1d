//! One browser window and the verbs of the tests. Each verb waits for what it needs, at most [`PATIENCE`].
//!
//! Elements are named by their `data-testid`.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::keys;
use crate::places;
use crate::wire::Wire;

/// How long a verb waits for its element or state.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// The member that WebDriver names an element by.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// One browser with its own empty profile.
pub struct Page {
    wire: Wire,
    session: String,
    url: String,
    /// What the browser has logged so far: the driver hands each line out once.
    console: std::cell::RefCell<Vec<String>>,
    requests: std::cell::RefCell<Vec<String>>,
}

impl Page {
    /// Starts Chromium; `url` is the site's start page.
    pub fn open(wire: Wire, chromium: &Path, url: String) -> Result<Self, String> {
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--no-default-browser-check",
            "--force-device-scale-factor=1",
            "--window-size=1440,900",
        ];
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": { "binary": chromium.to_string_lossy(), "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        } } });
        let answer = wire.send("POST", "/session", &wanted)?;
        let id = answer["sessionId"].as_str().ok_or("ChromeDriver opened no session")?;
        let session = format!("/session/{id}");
        Ok(Self { wire, session, url, console: Default::default(), requests: Default::default() })
    }

    /// Opens a view of the lab by its hash route (`/`, `/build`) with `?probe=1`, and waits until the page has started.
    /// The browser's storage stays as it is.
    pub fn visit(&self, route: &str) -> Result<(), String> {
        self.go(&format!("{}?probe=1#{route}", self.url))?;
        self.started()
    }

    /// Opens any address.
    pub fn go(&self, url: &str) -> Result<(), String> {
        self.post("url", &json!({ "url": url })).map(drop)
    }

    /// Loads the page again and waits until it has started.
    pub fn reload(&self) -> Result<(), String> {
        self.post("refresh", &json!({}))?;
        self.started()
    }

    /// Opens an empty tab beside this one, in the same profile, and goes to it; the name of the tab before.
    pub fn new_tab(&self) -> Result<String, String> {
        let fresh = self.post("window/new", &json!({ "type": "tab" }))?;
        self.tab(fresh["handle"].as_str().ok_or("the browser opened no tab")?)
    }

    /// Goes to a tab by its name; the name of the tab before.
    pub fn tab(&self, name: &str) -> Result<String, String> {
        let before = self.get("window")?.as_str().unwrap_or_default().to_owned();
        self.post("window", &json!({ "handle": name }))?;
        Ok(before)
    }

    /// The address of the site's start page.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn started(&self) -> Result<(), String> {
        self.until("the page has started", || {
            Ok(self.eval("return document.querySelector('[data-testid=probe]') != null", &[])? == true)
        })
    }

    /// Clicks an element, as a person would: it must be visible and not covered.
    pub fn click(&self, testid: &str) -> Result<(), String> {
        self.click_css(&by_testid(testid))
    }

    /// Clicks the first element that a CSS selector finds.
    pub fn click_css(&self, css: &str) -> Result<(), String> {
        self.patiently(css, |element| self.post(&format!("element/{element}/click"), &json!({})).map(drop))
    }

    /// Puts text into a field in place of what it held.
    pub fn fill(&self, testid: &str, text: &str) -> Result<(), String> {
        self.patiently(&by_testid(testid), |element| {
            self.post(&format!("element/{element}/clear"), &json!({}))?;
            self.post(&format!("element/{element}/value"), &json!({ "text": text })).map(drop)
        })
    }

    /// Puts a long text into a field at once, as pasting does: one input event.
    pub fn paste(&self, testid: &str, text: &str) -> Result<(), String> {
        self.need(&by_testid(testid))?;
        let script = "const field = document.querySelector(arguments[0]); field.focus();
            const kind = field instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement;
            Object.getOwnPropertyDescriptor(kind.prototype, 'value').set.call(field, arguments[1]);
            field.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertFromPaste' }));";
        self.eval(script, &[json!(by_testid(testid)), json!(text)]).map(drop)
    }

    /// Chooses the option of a select element by its value.
    pub fn select(&self, testid: &str, value: &str) -> Result<(), String> {
        self.click_css(&format!("{} option[value='{value}']", by_testid(testid)))
    }

    /// Presses keys one after the other on what has the focus: `Tab`, `Enter`, `Control+z`, `a`.
    pub fn press(&self, keys: &[&str]) -> Result<(), String> {
        for key in keys {
            let actions = json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": keys::strokes(key)? }] });
            self.post("actions", &actions)?;
        }
        Ok(())
    }

    /// Types text on what has the focus.
    pub fn type_text(&self, text: &str) -> Result<(), String> {
        let strokes: Vec<Value> = text.chars().flat_map(keys::stroke).collect();
        self.post("actions", &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": strokes }] })).map(drop)
    }

    /// The `data-testid` of what has the focus; empty if it has none.
    pub fn focused(&self) -> Result<String, String> {
        let id = self.eval("return document.activeElement?.dataset?.testid ?? ''", &[])?;
        Ok(id.as_str().unwrap_or_default().into())
    }

    /// Presses Tab until an element has the focus; an error after `most` presses.
    pub fn tab_to(&self, testid: &str, most: u32) -> Result<(), String> {
        for _ in 0..=most {
            if self.focused()? == testid {
                return Ok(());
            }
            self.press(&["Tab"])?;
        }
        Err(format!("{most} times Tab did not reach `{testid}`; the focus is on `{}`", self.focused()?))
    }

    /// The visible text of an element.
    pub fn text(&self, testid: &str) -> Result<String, String> {
        let mut text = String::new();
        self.patiently(&by_testid(testid), |element| {
            let value = self.get(&format!("element/{element}/text"))?;
            text = value.as_str().unwrap_or_default().into();
            Ok(())
        })?;
        Ok(text)
    }

    /// The value of a field.
    pub fn value(&self, testid: &str) -> Result<String, String> {
        self.need(&by_testid(testid))?;
        let value = self.eval("return document.querySelector(arguments[0]).value", &[json!(by_testid(testid))])?;
        Ok(value.as_str().unwrap_or_default().into())
    }

    /// How many elements a CSS selector finds now.
    pub fn count(&self, css: &str) -> Result<u64, String> {
        let count = self.eval("return document.querySelectorAll(arguments[0]).length", &[json!(css)])?;
        count.as_u64().ok_or_else(|| format!("`{css}` could not be counted"))
    }

    /// Waits until an element is there.
    pub fn wait_for(&self, testid: &str) -> Result<(), String> {
        self.need(&by_testid(testid)).map(drop)
    }

    /// Waits until an element is gone or hidden.
    pub fn wait_gone(&self, testid: &str) -> Result<(), String> {
        let script = "return document.querySelector(arguments[0])?.checkVisibility() ?? false";
        self.until(&format!("`{testid}` is gone"), || Ok(self.eval(script, &[json!(by_testid(testid))])? == false))
    }

    /// Waits until an element's text holds some words.
    pub fn wait_text(&self, testid: &str, words: &str) -> Result<(), String> {
        self.until(&format!("`{testid}` says `{words}`"), || Ok(self.text(testid)?.contains(words)))
    }

    /// Waits until a condition holds; `what` names it in the error.
    pub fn until(&self, what: &str, mut holds: impl FnMut() -> Result<bool, String>) -> Result<(), String> {
        let start = Instant::now();
        loop {
            let now = holds();
            if now == Ok(true) {
                return Ok(());
            }
            if start.elapsed() > PATIENCE {
                let last = now.err().map(|error| format!(" ({error})")).unwrap_or_default();
                return Err(format!("waited in vain until {what}{last}"));
            }
            sleep(Duration::from_millis(15));
        }
    }

    /// The engine's view as the page mirrors it.
    pub fn probe(&self) -> Result<Value, String> {
        let text = self.eval("return document.querySelector('[data-testid=probe]')?.textContent ?? ''", &[])?;
        let text = text.as_str().unwrap_or_default();
        serde_json::from_str(text).map_err(|error| format!("the probe is no JSON: {error}: {text}"))
    }

    /// Runs JavaScript as a function body with `arguments`.
    pub fn eval(&self, script: &str, arguments: &[Value]) -> Result<Value, String> {
        self.post("execute/sync", &json!({ "script": script, "args": arguments }))
    }

    /// Runs JavaScript that calls the last of its `arguments` with its result when it is done.
    pub fn eval_async(&self, script: &str, arguments: &[Value]) -> Result<Value, String> {
        self.post("execute/async", &json!({ "script": script, "args": arguments }))
    }

    /// A command of the Chrome DevTools protocol.
    pub fn devtools(&self, command: &str, parameters: &Value) -> Result<Value, String> {
        self.post("goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    /// Sets the size of the view in CSS pixels.
    pub fn size(&self, width: u32, height: u32) -> Result<(), String> {
        let parameters = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", &parameters).map(drop)
    }

    /// Asks for a colour scheme, `light` or `dark`, and for no motion: colours on their way have no contrast to check.
    pub fn theme(&self, scheme: &str) -> Result<(), String> {
        let feature = |name: &str, value: &str| json!({ "name": name, "value": value });
        let features = [feature("prefers-color-scheme", scheme), feature("prefers-reduced-motion", "reduce")];
        self.devtools("Emulation.setEmulatedMedia", &json!({ "features": features })).map(drop)
    }

    /// Writes a picture of the view, or of the whole page's length, as PNG.
    pub fn screenshot(&self, path: &Path, whole: bool) -> Result<(), String> {
        let picture = self.devtools("Page.captureScreenshot", &json!({ "captureBeyondViewport": whole }))?;
        let bytes = STANDARD.decode(picture["data"].as_str().unwrap_or_default()).map_err(|error| error.to_string())?;
        let folder = path.parent().ok_or("a picture needs a folder")?;
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, bytes));
        written.map_err(|error| format!("{}: {error}", path.display()))
    }

    /// The violations that axe-core finds (WCAG 2.2 A and AA, best practices), one line each.
    pub fn axe(&self) -> Result<Vec<String>, String> {
        let script = places::axe_script()?;
        let source = fs::read_to_string(&script)
            .map_err(|error| format!("{}: {error}: `cargo dev test` installs it", script.display()))?;
        self.eval(&source, &[])?;
        let run = "const done = arguments[0]; axe.run(document, { resultTypes: ['violations'] }).then(
            found => done(found.violations.map(v => v.id + ': ' + v.help + ': ' + v.nodes.map(n => n.target.join(' ')).join(', '))),
            error => done(['axe failed: ' + error]));";
        let found = self.eval_async(run, &[])?;
        let found = found.as_array().ok_or("axe-core gave no answer")?;
        Ok(found.iter().filter_map(Value::as_str).map(String::from).collect())
    }

    /// Holds what every view must in the end: no violation in either theme, no scrolling sideways on a phone of 320 px,
    /// nothing on the console.
    pub fn fits_and_is_accessible(&self) -> Result<(), String> {
        for theme in ["light", "dark"] {
            self.theme(theme)?;
            assert_eq!(self.axe()?, Vec::<String>::new(), "{theme}");
        }
        self.size(320, 900)?;
        let wide = self.eval("return document.documentElement.scrollWidth > innerWidth", &[])?;
        assert_eq!(wide, false, "the page scrolls sideways at 320 px");
        assert_eq!(self.console()?, Vec::<String>::new());
        Ok(())
    }

    /// Everything that the console shows at level warning or worse so far, refused content included.
    pub fn console(&self) -> Result<Vec<String>, String> {
        for entry in self.log("browser")? {
            let level = entry["level"].as_str().unwrap_or_default();
            if ["WARNING", "SEVERE"].contains(&level) {
                let message = entry["message"].as_str().unwrap_or_default();
                self.console.borrow_mut().push(format!("{level}: {message}"));
            }
        }
        Ok(self.console.borrow().clone())
    }

    /// The address of every request that the page has tried so far, answered or not.
    pub fn requests(&self) -> Result<Vec<String>, String> {
        for entry in self.log("performance")? {
            let Ok(event) = serde_json::from_str::<Value>(entry["message"].as_str().unwrap_or_default()) else {
                continue;
            };
            if event["message"]["method"] == "Network.requestWillBeSent" {
                let url = event["message"]["params"]["request"]["url"].as_str().unwrap_or_default();
                self.requests.borrow_mut().push(url.into());
            }
        }
        Ok(self.requests.borrow().clone())
    }

    fn log(&self, kind: &str) -> Result<Vec<Value>, String> {
        Ok(self.post("se/log", &json!({ "type": kind }))?.as_array().cloned().unwrap_or_default())
    }

    /// Waits for an element; its id.
    fn need(&self, css: &str) -> Result<String, String> {
        let mut id = String::new();
        self.until(&format!("there is `{css}`"), || {
            let found = self.post("element", &json!({ "using": "css selector", "value": css }))?;
            id = found[ELEMENT].as_str().unwrap_or_default().into();
            Ok(!id.is_empty())
        })?;
        Ok(id)
    }

    /// Does something with an element, again if the page has meanwhile replaced, moved or covered it.
    fn patiently(&self, css: &str, mut action: impl FnMut(&str) -> Result<(), String>) -> Result<(), String> {
        self.need(css)?;
        self.until(&format!("`{css}` can be used"), || self.need(css).and_then(|id| action(&id)).map(|()| true))
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        self.wire.send("POST", &format!("{}/{path}", self.session), body)
    }

    fn get(&self, path: &str) -> Result<Value, String> {
        self.wire.send("GET", &format!("{}/{path}", self.session), &Value::Null)
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.wire.send("DELETE", &self.session, &Value::Null);
    }
}

fn by_testid(testid: &str) -> String {
    format!("[data-testid='{testid}']")
}
