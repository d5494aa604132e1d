//! `cargo dev test`: every test, one kind after the other, and one line that sums them up.

use std::process::Command;
use std::{fs, mem};

use crate::program::{cargo, lines, output, run, say, target};
use crate::site::release;
use crate::tally::Tally;
use crate::tools::Tools;
use crate::{npm, pip, places, system};

/// Runs all; an error (its sentence already printed) if any failed.
pub fn test() -> Result<(), String> {
    let mut runs = Runs::default();
    runs.tests("the engine", &mut cargo(&["test", "--no-fail-fast"]));
    runs.tests("the page's own logic and the helper", &mut cargo(&["test", "--no-fail-fast", "--features", "app,dev"]));
    if output(&mut cargo(&["clippy", "--version"])).is_some() {
        let mut clippy = cargo(&["clippy", "--all-targets", "--all-features", "--", "-D", "warnings"]);
        runs.check("clippy", || run(&mut clippy, "clippy"));
    } else {
        runs.skip("clippy", "it is not installed: `rustup component add clippy`");
    }
    endpoint(&mut runs);
    match Tools::ready() {
        Ok(tools) => on_wasm(&mut runs, &tools),
        Err(why) => runs.fail("WebAssembly and the browser", &why),
    }
    if !runs.failures.is_empty() {
        say(&format!("failed: {}", runs.failures.join(", ")));
    }
    println!("{}", runs.tally);
    if runs.tally.failed == 0 { Ok(()) } else { Err(String::new()) }
}

/// The endpoint's own tests, and the unmodified AWS CLI and boto3 against it.
fn endpoint(runs: &mut Runs) {
    runs.tests("the endpoint", &mut cargo(&["test", "--features", "endpoint", "--bin", "endpoint"]));
    let packages = match pip::aws() {
        Ok(packages) => packages,
        Err(why) => return runs.skip("the endpoint with the AWS CLI and boto3", &why),
    };
    let mut build = cargo(&["build", "--features", "endpoint", "--bin", "endpoint"]);
    if runs.check("building the endpoint", || run(&mut build, "building the endpoint")) {
        let mut python = Command::new("python3");
        python.arg("tests/endpoint/run.py").current_dir(places::root());
        python.env("PYTHONPATH", packages).env("PYTHONDONTWRITEBYTECODE", "1");
        python.env("ECS_LAB_ENDPOINT", places::root().join(target()).join("debug/endpoint"));
        runs.tests("the endpoint with the AWS CLI and boto3", &mut python);
    }
}

fn on_wasm(runs: &mut Runs, tools: &Tools) {
    let mut engine = cargo(&["build", "--lib", "--target", "wasm32-unknown-unknown"]);
    runs.check("the engine for WebAssembly without the page", || run(&mut engine, "building it"));
    match system::ensure(&[system::NODE], "the WebAssembly tests").and_then(|()| digests()) {
        Ok(digests) => {
            let mut parity = cargo(&["test", "--test", "parity", "--target", "wasm32-unknown-unknown"]);
            parity.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", &tools.test_runner);
            parity.env("ECS_LAB_NATIVE_DIGESTS", digests);
            runs.tests("parity: the same facts in WebAssembly as here", &mut parity);
        }
        Err(why) => runs.fail("parity", &why),
    }
    let built = runs.check("the release site and its budget", || {
        let report = release::site(tools)?;
        print!("{}", report.text);
        report.verdict()
    });
    if !built {
        return runs.skip("the browser tests", "there is no site to test");
    }
    match browser() {
        Ok(mut tests) => runs.tests("the page in Chromium", &mut tests),
        Err(why) => runs.fail("the browser tests", &why),
    }
}

/// The digests that the native parity test has just written, as one line.
fn digests() -> Result<String, String> {
    let file = places::root().join(target()).join("tmp/parity.txt");
    let text =
        fs::read_to_string(&file).map_err(|_| "the native parity test left no digests to compare".to_string())?;
    Ok(text.lines().collect::<Vec<_>>().join(";"))
}

fn browser() -> Result<Command, String> {
    system::ensure(&[system::CHROMIUM, system::CHROMEDRIVER], "the browser tests")?;
    npm::package("axe-core", places::AXE_VERSION, "the browser tests")?;
    if !places::axe_script()?.is_file() {
        return Err(format!("{} is missing: remove its folder and run this again", places::axe_script()?.display()));
    }
    Ok(cargo(&["test", "--features", "browser", "--test", "browser"]))
}

/// What has run so far.
#[derive(Default)]
struct Runs {
    tally: Tally,
    failures: Vec<String>,
}

impl Runs {
    /// A run that reports its own counts. One that fails without having counted a failure (it did not compile, it
    /// broke off) counts as one.
    fn tests(&mut self, title: &str, command: &mut Command) {
        say(title);
        let mut tally = Tally::default();
        let done = lines(command, |line| tally.read(line));
        let counted = mem::take(&mut tally);
        self.tally.add(counted);
        match done {
            Ok(true) if counted.failed == 0 && counted.passed > 0 => {}
            Ok(_) if counted.failed > 0 => self.failures.push(title.into()),
            Ok(true) => self.fail(title, "it ran no test"),
            Ok(false) => self.fail(title, "it broke off: the lines above say why"),
            Err(why) => self.fail(title, &why),
        }
    }

    /// A check that counts as one test; tells whether it passed.
    fn check(&mut self, title: &str, check: impl FnOnce() -> Result<(), String>) -> bool {
        say(title);
        match check() {
            Ok(()) => self.tally.passed += 1,
            Err(why) => {
                self.fail(title, &why);
                return false;
            }
        }
        true
    }

    fn fail(&mut self, title: &str, why: &str) {
        say(&format!("{title}: {why}"));
        self.tally.failed += 1;
        self.failures.push(title.into());
    }

    fn skip(&mut self, title: &str, why: &str) {
        say(&format!("{title}: skipped, {why}"));
        self.tally.skipped += 1;
    }
}
