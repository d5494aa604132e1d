//! `cargo dev bench`: the engine's benchmarks, here and in Chromium, and the size of the site.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::program::{cargo, lines, output, say};
use crate::site::release;
use crate::tools::Tools;
use crate::{bench_endpoint, system};

/// What the browser runs: as fast as the compiler makes it, and as small, which is what the page ships.
const BROWSER: [(&str, &str); 2] = [("release", "browser"), ("site", "browser_site")];

/// Runs the benchmarks; with `json`, stdout holds one object a line and nothing else.
pub fn bench(json: bool) -> Result<(), String> {
    let mut command = cargo(&["bench", "--bench", "bench", "--bench", "memory", "--"]);
    if json {
        command.arg("--json");
    }
    if !lines(&mut command, |_| {})? {
        return Err("the benchmarks broke off: the lines above say why".into());
    }
    bench_endpoint::bench(|line| show(&line, json))?;
    let tools = Tools::ready()?;
    for (profile, suffix) in BROWSER {
        browser(&tools, profile, suffix, json)?;
    }
    let bytes = release::site(&tools)?.brotli.ok_or("the site's size needs node: install nodejs")?;
    show(&json!({ "bench": "site_brotli", "n": 1, "value": bytes, "unit": "B" }), json);
    Ok(())
}

/// Runs the placement benchmarks in a headless Chromium with an empty profile.
fn browser(tools: &Tools, profile: &str, suffix: &str, json: bool) -> Result<(), String> {
    system::ensure(&[system::CHROMIUM, system::CHROMEDRIVER], "the benchmarks in the browser")?;
    say(&format!("placement in Chromium, profile {profile}"));
    let mut command = cargo(&["test", "--bench", "bench", "--target", "wasm32-unknown-unknown", "--profile", profile]);
    command.args(["--", "--nocapture"]).stderr(Stdio::inherit());
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", &tools.test_runner);
    command.env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", "tests/bench/webdriver.json");
    command.env("WASM_BINDGEN_TEST_TIMEOUT", "600");
    let said = output(&mut command).ok_or("the benchmarks in Chromium broke off: the lines above say why")?;
    for mut line in said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        line["bench"] = format!("{}_{suffix}", line["bench"].as_str().unwrap_or_default()).into();
        show(&line, json);
    }
    Ok(())
}

/// Prints one measurement as the native benchmarks print theirs.
fn show(line: &Value, json: bool) {
    if json {
        println!("{line}");
        return;
    }
    let text = |member: &str| line[member].as_str().unwrap_or_default();
    let value = line["value"].as_f64().unwrap_or_default();
    println!("{:<48}{:>8}{value:>14.3} {}", text("bench"), line["n"], text("unit"));
}
