//! Pictures of views for people to look at; no test.

use serde_json::json;
use std::path::PathBuf;

use crate::driver::Driver;
use crate::page::Page;
use crate::places;

/// Takes the two pictures of the README anew.
pub fn readme(driver: &Driver) -> Result<(), String> {
    let folder = places::root().join(".github/screens");
    let page = driver.page()?;
    page.size(1440, 900)?;
    page.theme("light")?;
    page.visit("/")?;
    page.wait_for("run-tasks")?;
    page.screenshot(&folder.join("fleet-light.png"), false)?;
    page.theme("dark")?;
    page.click("why-unplaced")?;
    page.wait_for("funnel")?;
    page.eval("scrollTo(0, 0)", &[])?;
    page.screenshot(&folder.join("why-dark.png"), false)
}

const SIZES: [(u32, u32); 3] = [(1440, 900), (1920, 1080), (390, 844)];

/// The test id, or of `pick-*` the first on the page that begins so.
fn first(page: &Page, testid: &str) -> Result<String, String> {
    let Some(start) = testid.strip_suffix('*') else { return Ok(testid.to_string()) };
    let found = page
        .eval("return document.querySelector(`[data-testid^=\"${arguments[0]}\"]`)?.dataset.testid", &[json!(start)])?;
    found.as_str().map(String::from).ok_or_else(|| format!("nothing on the page begins with {start}"))
}

/// Gives a field or a choice its value.
fn put(page: &Page, field: &str, value: &str) -> Result<(), String> {
    page.wait_for(field)?;
    let script = "return document.querySelector(`[data-testid=\"${arguments[0]}\"]`).tagName";
    match page.eval(script, &[json!(field)])?.as_str() {
        Some("SELECT") => page.select(field, value),
        _ => page.fill(field, value),
    }
}

/// Takes each route at three sizes in both themes, as `<route>-<width>-<theme>.png` in the folder ECS_LAB_SHOTS.
pub fn take(driver: &Driver, routes: &[String]) -> Result<(), String> {
    let folder = std::env::var_os("ECS_LAB_SHOTS").map(PathBuf::from).ok_or("set ECS_LAB_SHOTS to a folder")?;
    let start = ["/".to_string()];
    for route in if routes.is_empty() { &start } else { routes } {
        for theme in ["light", "dark"] {
            for (width, height) in SIZES {
                // A page of its own each time: the lab of the picture before is not there.
                let page = driver.page()?;
                page.theme(theme)?;
                page.size(width, height)?;
                let (place, clicks) = route.split_once('+').unwrap_or((route, ""));
                page.visit(place)?;
                for testid in clicks.split('+').filter(|testid| !testid.is_empty()) {
                    match testid.split_once('=') {
                        Some((field, value)) => put(&page, field, value)?,
                        None => page.click(&first(&page, testid)?)?,
                    }
                }
                page.wait_gone("later")?;
                // A file's name has an end.
                let name: String = route.trim_matches('/').replace(['/', '+'], "-").chars().take(100).collect();
                let name = if name.is_empty() { "start" } else { &name };
                let file = folder.join(format!("{name}-{width}-{theme}.png"));
                page.screenshot(&file, false)?;
                println!("{}", file.display());
            }
        }
    }
    Ok(())
}
