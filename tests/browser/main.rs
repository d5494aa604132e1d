//! Tests that drive the built page in Chromium. `cargo dev test` builds the site and runs them; by hand, after
//! `cargo dev build`: `cargo test --features browser --test browser -- [part of a name]…`.
//!
//! Pictures of views, three sizes in both themes, for people to look at:
//! `ECS_LAB_SHOTS=<folder> cargo test --features browser --test browser -- shots [route[+test id to click | +test id=value]…]…`.
//! The two of the README, after the look has changed: `cargo test --features browser --test browser -- readme`.

mod build;
mod calc;
mod cards;
mod driver;
mod follow;
mod kept;
mod keys;
mod later;
mod load;
mod pace;
mod page;
#[path = "../../src/bin/dev/places.rs"]
mod places;
mod registry;
mod scaling;
#[path = "../../src/bin/dev/server.rs"]
mod server;
mod services;
mod shots;
mod terminal;
mod tour;
mod traffic;
mod verbs;
mod what_if;
mod wire;

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use driver::Driver;
use page::Page;

/// A test gets a browser with an empty profile. It fails by an error or by a panic.
type Test = fn(&Page) -> Result<(), String>;

/// All tests, in the order in which they run.
fn tests() -> Vec<(&'static str, Test)> {
    [
        verbs::TESTS,
        load::TESTS,
        kept::TESTS,
        build::TESTS,
        cards::TESTS,
        later::TESTS,
        tour::TESTS,
        what_if::TESTS,
        follow::TESTS,
        registry::TESTS,
        services::TESTS,
        terminal::TESTS,
        traffic::TESTS,
        scaling::TESTS,
        calc::TESTS,
        pace::TESTS,
    ]
    .concat()
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let outcome = Driver::start().and_then(|driver| match words.split_first() {
        Some((first, routes)) if first == "shots" => shots::take(&driver, routes).map(|()| true),
        Some((first, _)) if first == "readme" => shots::readme(&driver).map(|()| true),
        _ => Ok(run(&driver, &words)),
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the tests whose names hold any of the words, and reports as cargo's own test harness does.
fn run(driver: &Driver, words: &[String]) -> bool {
    let (chosen, left_out): (Vec<_>, Vec<_>) =
        tests().into_iter().partition(|(name, _)| words.is_empty() || words.iter().any(|word| name.contains(word)));
    println!("\nrunning {} tests", chosen.len());
    // A panic is one line of the report, like an error, instead of a backtrace through this harness.
    let panicked = Arc::new(Mutex::new(String::new()));
    let note = panicked.clone();
    set_hook(Box::new(move |panic| *note.lock().unwrap_or_else(|broken| broken.into_inner()) = panic.to_string()));
    let why = |_| Err(panicked.lock().map(|why| why.clone()).unwrap_or_default());
    let mut failed = 0;
    for (name, test) in &chosen {
        let start = Instant::now();
        let outcome = driver.page().and_then(|page| {
            let outcome = catch_unwind(AssertUnwindSafe(|| test(&page))).unwrap_or_else(why);
            outcome.map_err(|why| why + &evidence(name, &page))
        });
        let seconds = start.elapsed().as_secs_f32();
        match outcome {
            Ok(()) => println!("test {name} ... ok ({seconds:.1} s)"),
            Err(why) => {
                failed += 1;
                println!("test {name} ... FAILED ({seconds:.1} s)\n{why}");
            }
        }
    }
    let verdict = if failed == 0 { "ok" } else { "FAILED" };
    let passed = chosen.len() - failed;
    println!(
        "\ntest result: {verdict}. {passed} passed; {failed} failed; 0 ignored; 0 measured; {} filtered out\n",
        left_out.len()
    );
    failed == 0
}

/// What helps to understand a failure: a picture and the console.
fn evidence(name: &str, page: &Page) -> String {
    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser").join(format!("{name}.png"));
    let mut text = match page.screenshot(&picture, false) {
        Ok(()) => format!("\n  picture: {}", picture.display()),
        Err(why) => format!("\n  no picture: {why}"),
    };
    for line in page.console().unwrap_or_default() {
        text += &format!("\n  console: {line}");
    }
    text
}
