//! `cargo dev bench`: the engine's benchmarks and the size of the site.

use crate::program::{cargo, lines};
use crate::site::release;
use crate::tools::Tools;

/// Runs the benchmarks; with `json`, stdout holds one object a line and nothing else.
pub fn bench(json: bool) -> Result<(), String> {
    let mut command = cargo(&["bench", "--bench", "bench", "--"]);
    if json {
        command.arg("--json");
    }
    if !lines(&mut command, |_| {})? {
        return Err("the benchmarks broke off: the lines above say why".into());
    }
    let bytes = release::site(&Tools::ready()?)?.brotli.ok_or("the site's size needs node: install nodejs")?;
    if json {
        println!(r#"{{"bench":"site_brotli","n":1,"value":{bytes},"unit":"B"}}"#);
    } else {
        println!("{:<44}{:>10}{:>14} B", "site_brotli", 1, bytes);
    }
    Ok(())
}
