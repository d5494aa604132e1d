//! `cargo dev fuzz`: a search by libFuzzer for a text that breaks a check, and what it learned put into the corpus.
//!
//! The flags are those of cargo-fuzz without a sanitizer: the project has no unsafe code. Fuzzing needs a C++ compiler
//! for libFuzzer, and nothing of the nightly toolchain.

use std::fs;
use std::io::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::places;
use crate::program::{cargo, output, run, say, target};

/// The texts are short: what breaks a reader seldom needs a long one.
const LONGEST: &str = "-max_len=4096";

/// Coverage for libFuzzer.
const FLAGS: [&str; 8] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cllvm-args=-simplifycfg-branch-fold-threshold=0",
    "-Ccodegen-units=1",
    "--cfg=fuzzing",
];

/// Fuzzes one target for some seconds, from its corpus on, and writes the corpus anew.
///
/// # Errors
/// A target that there is not, a build that fails, or a text that breaks the check: its file is named.
pub fn fuzz(name: &str, seconds: &str) -> Result<(), String> {
    let corpus = places::root().join("tests/fuzz/corpus").join(format!("{name}.txt"));
    let Ok(known) = fs::read_to_string(&corpus) else {
        let targets = "lexer, shorthand, jmespath, yaml, policy and lifecycle";
        return Err(format!("`{name}` is no target: there are {targets}"));
    };
    let program = built()?;
    let stamp = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let work = places::root().join(target()).join("fuzz").join(format!("{name}-{stamp}"));
    let [seen, kept] = ["seen", "kept"].map(|own| work.join(own));
    unpack(&known, &seen).and_then(|()| fs::create_dir_all(&kept)).map_err(cannot(&work))?;

    say(&format!("fuzzing {name} for {seconds} s"));
    let mut search = fuzzer(&program, name);
    search.arg(&seen).arg(format!("-max_total_time={seconds}")).args(["-timeout=10", "-rss_limit_mb=4096"]);
    search.arg(format!("-artifact_prefix={}/", work.display()));
    run(&mut search, "fuzzing").map_err(|_| format!("a text breaks the check: it stands in {}", work.display()))?;

    say("choosing what to keep");
    let mut merge = fuzzer(&program, name);
    run(merge.args(["-set_cover_merge=1", "-use_counters=0"]).arg(&kept).arg(&seen), "the choice of texts")?;
    let texts = pack(&kept).map_err(cannot(&kept))?;
    println!("{name}: {} texts", texts.lines().count());
    fs::write(&corpus, texts).map_err(cannot(&corpus))
}

/// The fuzzer's program, built.
fn built() -> Result<PathBuf, String> {
    let version = output(Command::new("rustc").arg("-vV")).unwrap_or_default();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("`rustc -vV` names no host")?;
    let folder = places::root().join(target()).join("fuzz/build");
    // With a target named, the flags do not reach build scripts.
    let mut build = cargo(&["build", "--release", "--manifest-path", "tests/fuzz/Cargo.toml", "--target", host]);
    build.arg("--target-dir").arg(&folder).env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\u{1f}"));
    run(&mut build, "building the fuzzer")?;
    Ok(folder.join(host).join("release/ecs-lab-fuzz"))
}

fn fuzzer(program: &Path, name: &str) -> Command {
    let mut command = Command::new(program);
    command.env("ECS_LAB_FUZZ", name).arg(LONGEST).arg("-print_final_stats=1");
    command
}

/// A corpus, a JSON string a line → a file a text.
fn unpack(corpus: &str, folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder)?;
    for (number, line) in corpus.lines().enumerate() {
        fs::write(folder.join(number.to_string()), serde_json::from_str::<String>(line).map_err(Error::other)?)?;
    }
    Ok(())
}

/// A file a text → a corpus, the shortest text first. What is no text is no input.
fn pack(folder: &Path) -> Result<String, Error> {
    let mut texts = Vec::new();
    for file in fs::read_dir(folder)? {
        texts.extend(String::from_utf8(fs::read(file?.path())?));
    }
    texts.sort_by(|one, other| (one.len(), one).cmp(&(other.len(), other)));
    texts.dedup();
    let lines: Result<Vec<String>, _> = texts.iter().map(serde_json::to_string).collect();
    Ok(lines.map_err(Error::other)?.join("\n") + "\n")
}

fn cannot(path: &Path) -> impl Fn(Error) -> String {
    move |error| format!("{}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corpus_survives_its_files() {
        let folder = std::env::temp_dir().join(format!("ecs-lab-fuzz-{}", std::process::id()));
        unpack("\"bb\\n\"\n\"\"\n\"a\\\"\"\n\"bb\\n\"\n", &folder).unwrap();
        fs::write(folder.join("bytes"), [0xff]).unwrap();
        assert_eq!(pack(&folder).unwrap(), "\"\"\n\"a\\\"\"\n\"bb\\n\"\n");
        fs::remove_dir_all(&folder).unwrap();
    }
}
