//! The size table of the site and its budget.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use super::VIEWS;
use super::finish::files;
use crate::program::run;
use crate::{places, program::say, system};

/// What the first load may weigh, brotli, in all (design: budgets).
pub const BUDGET: u64 = 450_000;

/// Node's zlib, so that no compressor has to be compiled before the first page is served.
const COMPRESS: &str = "
const fs = require('fs'), zlib = require('zlib'), c = zlib.constants;
for (const file of process.argv.slice(1)) {
  const bytes = fs.readFileSync(file);
  const params = { [c.BROTLI_PARAM_QUALITY]: 11, [c.BROTLI_PARAM_LGWIN]: 24, [c.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  fs.writeFileSync(file + '.br', zlib.brotliCompressSync(bytes, { params }));
  fs.writeFileSync(file + '.gz', zlib.gzipSync(bytes, { level: 9 }));
}";

/// One file of the first load, in bytes.
pub struct Row {
    pub name: String,
    pub raw: u64,
    /// What crosses the wire; the raw size of a file that is not worth compressing.
    pub packed: u64,
}

/// Writes a `.br` and a `.gz` beside each file of the page, for hosts that serve such twins. Decks get none: an
/// instructor edits them on the host, and an old twin would hide the edit.
pub fn compress(site: &Path) -> Result<(), String> {
    system::ensure(&[system::NODE], "the compressed sizes")?;
    say("compressing");
    let all = first_and_later(site).map_err(|error| error.to_string())?;
    let worth = all.iter().filter(|file| {
        let end = file.extension().and_then(|end| end.to_str());
        matches!(end, Some("html" | "js" | "css" | "wasm" | "svg" | "txt")) && !file.ends_with("404.html")
    });
    run(Command::new("node").arg("-e").arg(COMPRESS).args(worth).current_dir(places::root()), "compressing")
}

/// The files at the top, then the code of the later views.
fn first_and_later(site: &Path) -> io::Result<Vec<PathBuf>> {
    let mut all = files(site)?;
    all.extend(files(&site.join(VIEWS))?);
    Ok(all)
}

/// The files of the first load: all that stand at the top, the spare page for unknown paths apart. The code of the later
/// views and the decks are fetched when someone opens such a view.
pub fn first_load(site: &Path) -> io::Result<Vec<Row>> {
    weigh(files(site)?)
}

/// The code of the later views.
pub fn later(site: &Path) -> io::Result<Vec<Row>> {
    weigh(files(&site.join(VIEWS))?)
}

fn weigh(all: Vec<PathBuf>) -> io::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for file in all {
        let end = file.extension().and_then(|end| end.to_str()).unwrap_or_default();
        if ["br", "gz"].contains(&end) || file.ends_with("404.html") {
            continue;
        }
        let raw = fs::metadata(&file)?.len();
        let packed = fs::metadata(file.with_added_extension("br")).map_or(raw, |twin| twin.len());
        rows.push(Row { name: file.file_name().unwrap_or_default().to_string_lossy().into(), raw, packed });
    }
    Ok(rows)
}

/// The table as text: files, their sum and the budget, then what comes later.
pub fn table(rows: &[Row], later: &[Row]) -> String {
    let (raw, packed) = sums(rows);
    let line = |name: &str, raw, packed| format!("{name:<40}{:>12}{:>12}", kb(raw), kb(packed));
    let mut text = format!("{:<40}{:>12}{:>12}\n", "first load", "raw", "brotli");
    for row in rows {
        text += &(line(&row.name, row.raw, row.packed) + "\n");
    }
    text += &format!("{}  of {}\n", line("in all", raw, packed), kb(BUDGET));
    for row in later {
        text += &(line(&row.name, row.raw, row.packed) + "  with the first view that needs it\n");
    }
    text
}

/// The sums of raw and packed sizes.
pub fn sums(rows: &[Row]) -> (u64, u64) {
    rows.iter().fold((0, 0), |(raw, packed), row| (raw + row.raw, packed + row.packed))
}

fn kb(bytes: u64) -> String {
    format!("{}.{} KB", bytes / 1000, bytes % 1000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_adds_up_and_names_the_budget() {
        let row = |name: &str, raw, packed| Row { name: name.into(), raw, packed };
        let first = [row("app.wasm", 900_000, 300_050), row("style.css", 20_000, 4_000)];
        let table = table(&first, &[row("views.wasm", 150_000, 50_000)]);
        let sum = table.lines().nth(3).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(sum, "in all 920.0 KB 304.0 KB of 450.0 KB");
    }
}
