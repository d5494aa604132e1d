//! Benchmarks: they measure and report; nothing here fails for being slow. Run by `cargo bench` or `cargo dev bench`;
//! `cargo bench --bench bench -- door` runs one group: `seek`, `door` or `placement`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test or benchmark may stop at what must not fail")]

mod lab;
mod placement;

fn main() {
    let json = std::env::args().any(|argument| argument == "--json");
    let mut report = |bench: &str, n: u64, value: f64, unit: &str| {
        if json {
            println!(r#"{{"bench":"{bench}","n":{n},"value":{value},"unit":"{unit}"}}"#);
        } else {
            println!("{bench:<44}{n:>10}{value:>14.3} {unit}");
        }
    };
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let runs = |group: &str| wanted.as_deref().is_none_or(|wanted| wanted == group);
    if runs("seek") {
        lab::seek(&mut report);
    }
    if runs("door") {
        lab::door(&mut report);
    }
    if runs("placement") {
        placement::run(&mut report);
    }
}
