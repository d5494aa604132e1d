//! Benchmarks: they measure and report; nothing here fails for being slow. Run by `cargo bench` or `cargo dev bench`;
//! `cargo bench --bench bench -- door` runs one group: `seek`, `door`, `callers`, `fixes`, `services` or
//! `placement`.
//!
//! For WebAssembly the placement group is built as a test that a page runs: `cargo dev bench` starts it in Chromium.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test or benchmark may stop at what must not fail")]

mod clock;
#[cfg(not(target_arch = "wasm32"))]
mod cluster;
#[cfg(not(target_arch = "wasm32"))]
mod lab;
mod placement;
mod report;
mod scene;
#[cfg(not(target_arch = "wasm32"))]
mod services;

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    let mut report = report::print;
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let runs = |group: &str| wanted.as_deref().is_none_or(|wanted| wanted == group);
    if runs("seek") {
        lab::seek(&mut report);
    }
    if runs("door") {
        lab::door(&mut report);
    }
    if runs("callers") {
        lab::callers(&mut report);
    }
    if runs("fixes") {
        lab::fixes(&mut report);
    }
    if runs("services") {
        services::idle(&mut report);
        services::day(&mut report);
    }
    if runs("placement") {
        placement::run(&mut report);
    }
}

#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

#[cfg(target_arch = "wasm32")]
#[wasm_bindgen_test::wasm_bindgen_test]
fn placement_in_the_browser() {
    placement::run(&mut |bench, n, value, unit| {
        wasm_bindgen_test::console_log!("{}", report::json(bench, n, value, unit))
    });
}
