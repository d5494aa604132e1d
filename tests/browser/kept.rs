//! Kept work: over a reload, beside a second tab, unreadable, with a full store, and after a crash.

use serde_json::{Value, json};

use crate::Test;
use crate::page::Page;

pub const TESTS: &[(&str, Test)] = &[
    ("kept_work_comes_back_and_undo_with_it", comes_back),
    ("kept_work_of_two_tabs_stays_apart", two_tabs),
    ("kept_work_that_is_unreadable_is_set_aside_and_named", unreadable),
    ("kept_work_and_a_full_store_lose_nothing", full_store),
    ("kept_file_opens_again_and_a_strange_file_changes_nothing", files),
    ("crash_screen_keeps_the_work_and_reports_it", crash),
    ("page_that_cannot_load_says_so", cannot_load),
    ("address_of_no_view_says_so_and_leads_back", no_view),
    ("every_view_passes_axe_in_both_themes_and_fits_a_phone", every_view),
];

/// The store's texts by key.
fn store(page: &Page) -> Result<Value, String> {
    page.eval("return { ...localStorage }", &[])
}

fn revision(page: &Page) -> Result<u64, String> {
    page.probe()?["revision"].as_u64().ok_or("the probe has no revision".into())
}

/// Waits until the lab in a slot is written with this many commands.
fn written(page: &Page, slot: u32, commands: u64) -> Result<(), String> {
    page.until(&format!("slot {slot} holds {commands} commands"), || {
        let kept = store(page)?;
        let log = kept[format!("ecs-lab/lab/{slot}")]
            .as_str()
            .and_then(|text| text.split_once('\n'))
            .map(|text| text.1.to_owned());
        let log: Value = serde_json::from_str(&log.unwrap_or_default()).unwrap_or_default();
        Ok(log["commands"].as_array().is_some_and(|list| list.len() as u64 == commands))
    })
}

fn comes_back(page: &Page) -> Result<(), String> {
    page.visit("/")?;
    page.click("undo")?;
    let before = revision(page)?;
    page.click("advance")?;
    page.fill("advance-span", "2h")?;
    page.press(&["Enter"])?;
    page.wait_text("last-line", "lab advance 2h")?;
    assert_eq!(page.focused()?, "advance", "a closed dialog gives the focus back");
    let digest = page.probe()?["digest"].clone();
    written(page, 1, before + 1)?;
    page.reload()?;
    assert_eq!((revision(page)?, &page.probe()?["digest"]), (before + 1, &digest));
    page.press(&["Control+z"])?;
    page.until("the key takes a command back", || Ok(revision(page)? == before))?;
    page.press(&["Control+y"])?;
    page.until("the key does it again", || Ok(page.probe()?["digest"] == digest))
}

fn two_tabs(page: &Page) -> Result<(), String> {
    page.visit("/")?;
    page.click("advance-1m")?;
    let here = revision(page)?;
    written(page, 1, here)?;
    let first = page.new_tab()?;
    page.visit("/")?;
    page.wait_text("note-tab", "open in another tab")?;
    page.click("advance-1m")?;
    page.click("advance-1m")?;
    let there = revision(page)?;
    written(page, 2, there)?;
    written(page, 1, here)?;
    page.click("note-tab-act")?;
    page.until("the first lab is here", || Ok(revision(page)? == here))?;
    let second = page.tab(&first)?;
    page.wait_text("note-tab", "Another tab has taken the lab over")?;
    page.click("undo")?;
    page.until("a command is taken back", || Ok(revision(page)? == here - 1))?;
    written(page, 3, here - 1)?;
    written(page, 1, here)?;
    page.click("nav-about")?;
    page.click("lab-2-remove")?;
    page.until("lab 2 is gone", || {
        Ok(store(page)?.get("ecs-lab/lab/2").is_none() && page.count("[data-testid=lab-2-remove]")? == 0)
    })?;
    page.tab(&second).map(drop)
}

fn unreadable(page: &Page) -> Result<(), String> {
    page.visit("/lost")?;
    for text in
        ["ecs-lab-kept 1 x 1\n{\"format\":\"ecs-lab-log\",\"version\":99}", "ecs-lab-kept 7 x 1\n{}", "not ours at all"]
    {
        page.go("about:blank")?;
        page.visit("/")?;
        page.eval(
            "localStorage.clear(); sessionStorage.clear(); localStorage.setItem('ecs-lab/lab/1', arguments[0])",
            &[json!(text)],
        )?;
        page.reload()?;
        page.wait_text("note-aside", "could not be read")?;
        page.wait_text("note-aside", "Download it")?;
        let kept = store(page)?;
        let aside = kept.as_object().into_iter().flatten().find(|(key, _)| key.starts_with("ecs-lab/aside/"));
        assert_eq!(aside.map(|(_, value)| value), Some(&json!(text)));
        page.click("nav-about")?;
        page.wait_text("asides", "ecs-lab-")?;
    }
    Ok(())
}

fn full_store(page: &Page) -> Result<(), String> {
    page.visit("/")?;
    page.click("advance-1m")?;
    let before = revision(page)?;
    written(page, 1, before)?;
    let fill = "let size = 4194304, n = 0; while (size >= 1) { try { localStorage.setItem('filler' + n, 'x'.repeat(size)); n += 1 } catch { size = Math.floor(size / 2) } }";
    page.eval(fill, &[])?;
    page.click("nav-build")?;
    page.select("example", "Web server on Fargate")?;
    page.wait_text("verdict-chip", "can run on")?;
    page.click("register")?;
    page.wait_text("note-full", "Nothing on this page is lost")?;
    let now = revision(page)?;
    assert_eq!(page.probe()?["taskDefinitions"].to_string().matches("web-fargate:1").count(), 1);
    written(page, 1, before)?;
    page.eval(
        "for (const key of Object.keys(localStorage)) if (key.startsWith('filler')) localStorage.removeItem(key)",
        &[],
    )?;
    page.click("advance-1m")?;
    page.wait_gone("note-full")?;
    written(page, 1, now + 1)
}

fn files(page: &Page) -> Result<(), String> {
    let open = |name: &str, text: &str| {
        let script = "const field = document.querySelector('[data-testid=open-file]'), carry = new DataTransfer();
            carry.items.add(new File([arguments[1]], arguments[0])); field.files = carry.files;
            field.dispatchEvent(new Event('change', { bubbles: true }))";
        page.eval(script, &[json!(name), json!(text)]).map(drop)
    };
    page.visit("/about")?;
    page.wait_for("save-file")?;
    let script = "const done = arguments[0], make = URL.createObjectURL;
        URL.createObjectURL = blob => { blob.text().then(done); return make.call(URL, blob) };
        document.querySelector('[data-testid=save-file]').click()";
    let saved = page.eval_async(script, &[])?;
    let saved = saved.as_str().ok_or("nothing was downloaded")?;
    let before = page.probe()?;
    page.click("advance-1m")?;
    page.until("time passes", || Ok(page.probe()?["now"] != before["now"]))?;
    for (name, text, why) in [
        ("broken.json", "{\n  \"kind\": oops", "line 2, column 11"),
        ("other.json", "{\"family\": \"x\"}", "not a lab file"),
        ("future.json", "{\"kind\": \"ecs-lab-work\", \"format\": 99}", "format 99"),
        ("empty.json", "{\"kind\": \"ecs-lab-work\", \"format\": 1}", "neither a lab nor progress"),
    ] {
        let now = page.probe()?;
        open(name, text)?;
        page.wait_text("note-file", why)?;
        assert_eq!(page.probe()?, now, "{name}");
    }
    open("saved.json", saved)?;
    page.until("the saved lab is back", || Ok(page.probe()?["digest"] == before["digest"]))?;
    page.click("note-before-act")?;
    page.until("the lab before is back", || Ok(page.probe()?["now"] != before["now"]))
}

fn crash(page: &Page) -> Result<(), String> {
    page.visit("/")?;
    page.click("advance-1m")?;
    let before = revision(page)?;
    written(page, 1, before)?;
    let watch = "const make = URL.createObjectURL;
        URL.createObjectURL = blob => { blob.text().then(text => { window.reported = text }); return make.call(URL, blob) }";
    page.eval(watch, &[])?;
    page.eval("dispatchEvent(new ErrorEvent('error', { error: new WebAssembly.RuntimeError('unreachable') }))", &[])?;
    page.wait_text("stopped", "ECS Lab has stopped")?;
    page.wait_text("stopped", "Your work is kept")?;
    assert_eq!(store(page)?.get("ecs-lab/lease/1"), None, "the next page finds the lab free");
    assert_eq!(page.axe()?, Vec::<String>::new());
    page.until("the report is there", || Ok(page.eval("return typeof window.reported", &[])? == "string"))?;
    let report = page.eval("return JSON.parse(window.reported)", &[])?;
    assert_eq!(report["kind"], "ecs-lab-report");
    assert!(report["kept"]["ecs-lab/lab/1"].as_str().is_some_and(|text| text.contains("ecs-lab-log")), "{report}");
    assert!(report["detail"].as_str().is_some_and(|text| text.contains("unreachable")), "{report}");
    let link = page.eval("const a = document.getElementById('stopped-report'); return [a.hidden, a.download, a.href.startsWith('blob:')]", &[])?;
    assert_eq!(link, json!([false, "ecs-lab-report.json", true]));
    page.click_css("#stopped-fresh")?;
    page.wait_for("probe")?;
    let kept = store(page)?;
    let aside = kept.as_object().into_iter().flatten().filter(|(key, _)| key.starts_with("ecs-lab/aside/")).count();
    assert_eq!((aside, kept.get("ecs-lab/lab/1")), (1, None));
    page.eval("dispatchEvent(new CustomEvent('ecs-lab-crash', { detail: { message: 'panicked at the test', unsaved: ['{}'] } }))", &[])?;
    page.wait_text("stopped", "panicked at the test")
}

fn cannot_load(page: &Page) -> Result<(), String> {
    page.devtools("Network.enable", &json!({}))?;
    for blocked in ["*_bg.wasm", "*/app-*.js"] {
        page.devtools("Network.setBlockedURLs", &json!({ "urls": [blocked] }))?;
        page.go("about:blank")?;
        page.go(page.url())?;
        page.wait_text("stopped", "ECS Lab could not start")?;
        page.wait_text("stopped", "Not loaded")?;
    }
    page.devtools("Network.setBlockedURLs", &json!({ "urls": [] }))?;
    page.visit("/")
}

fn no_view(page: &Page) -> Result<(), String> {
    page.visit("/nowhere")?;
    page.wait_text("lost", "There is no such view")?;
    page.eval("location.hash = 'word'", &[])?;
    page.wait_text("lost", "There is no such view")?;
    page.click("lost-back")?;
    page.wait_gone("lost")?;
    assert_eq!(page.eval("return [location.hash, document.activeElement.id]", &[])?, json!(["#/", "view-title"]));
    assert_eq!(page.console()?, Vec::<String>::new());
    Ok(())
}

fn every_view(page: &Page) -> Result<(), String> {
    page.visit("/")?;
    let mut found = Vec::new();
    for route in ["/", "/build", "/build/web", "/scaling", "/cards", "/about", "/nowhere"] {
        for theme in ["light", "dark"] {
            for width in [1440, 320] {
                page.size(width, 900)?;
                page.theme(theme)?;
                page.visit(route)?;
                page.wait_for("main")?;
                let wide = page.eval("return document.documentElement.scrollWidth", &[])?.as_u64().unwrap_or(u64::MAX);
                if wide > u64::from(width) {
                    found.push(format!("{route} is {wide} wide at {width}"));
                }
                found.extend(page.axe()?.into_iter().map(|line| format!("{route} {theme} {width}: {line}")));
            }
        }
        page.click("help")?;
        page.wait_for("help-dialog-close")?;
        found.extend(page.axe()?.into_iter().map(|line| format!("{route} with help: {line}")));
        page.press(&["Escape"])?;
        page.wait_gone("help-dialog")?;
        assert_eq!(page.focused()?, "help");
    }
    if found.is_empty() { Ok(()) } else { Err(found.join("\n")) }
}
