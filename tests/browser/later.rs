//! The code of the later views comes when one of them is opened, and its absence is no dead end.

use crate::Test;
use crate::page::Page;

pub const TESTS: &[(&str, Test)] = &[
    ("a_later_view_fetches_its_code_once", fetched_once),
    ("a_later_view_without_a_network_can_be_tried_again", tried_again),
];

fn modules(page: &Page) -> Result<usize, String> {
    Ok(page.requests()?.iter().filter(|url| url.ends_with(".wasm")).count())
}

fn fetched_once(page: &Page) -> Result<(), String> {
    page.visit("/")?;
    assert_eq!(modules(page)?, 1, "the fleet needs one module");
    page.click("what-if-open")?;
    page.wait_for("what-definition")?;
    assert_eq!(modules(page)?, 2);
    page.click("what-if-close")?;
    page.click("nav-cards")?;
    page.wait_for("cards-due")?;
    page.click("nav-build")?;
    page.wait_for("json")?;
    assert_eq!(modules(page)?, 2, "both come with one fetch");
    Ok(())
}

fn tried_again(page: &Page) -> Result<(), String> {
    page.visit("/")?;
    page.eval("window.kept = fetch; window.fetch = () => Promise.reject(new TypeError('no network'));", &[])?;
    page.click("nav-about")?;
    page.wait_for("later-failed")?;
    page.click("nav-fleet")?;
    page.wait_for("run-tasks")?;
    page.click("nav-about")?;
    page.wait_for("later-failed")?;
    page.eval("window.fetch = window.kept;", &[])?;
    page.click("later-again")?;
    page.wait_for("privacy")?;
    Ok(())
}
