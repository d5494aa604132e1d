//! How a measurement is told.

/// Takes a name, the size it was measured at, the value and its unit.
pub type Report<'a> = &'a mut dyn FnMut(&str, u64, f64, &str);

/// A measurement as JSON on one line.
pub fn json(bench: &str, n: u64, value: f64, unit: &str) -> String {
    format!(r#"{{"bench":"{bench}","n":{n},"value":{value},"unit":"{unit}"}}"#)
}

/// Prints a measurement, as JSON where `--json` asks for it.
#[cfg(not(target_arch = "wasm32"))]
pub fn print(bench: &str, n: u64, value: f64, unit: &str) {
    if std::env::args().any(|argument| argument == "--json") {
        println!("{}", json(bench, n, value, unit));
    } else {
        println!("{bench:<48}{n:>8}{value:>14.3} {unit}");
    }
}
