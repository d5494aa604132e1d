//! Running other programs: their output streams through, a failure is one sentence.

use std::io::{BufRead, BufReader, Write, stderr, stdout};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::places;

/// Prints one line of progress.
pub fn say(text: &str) {
    eprintln!("· {text}");
}

/// A command that runs the very cargo that runs this helper, in the project's folder.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(places::root());
    command
}

/// The folder that cargo builds into.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from)
}

/// Runs a program to its end, its output shown on stderr. `what` names the work in the sentence of a failure.
pub fn run(command: &mut Command, what: &str) -> Result<(), String> {
    command.stdin(Stdio::null()).stdout(Stdio::from(stderr()));
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    if status.success() { Ok(()) } else { Err(format!("{what} failed: the lines above say why")) }
}

/// What a program prints, if it runs and succeeds.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a program, shows each line of its stdout as it comes and hands it to `line`. Tells whether it succeeded.
pub fn lines(command: &mut Command, mut line: impl FnMut(&str)) -> Result<bool, String> {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|error| cannot_start(command, &error))?;
    let mut reader = BufReader::new(child.stdout.take().ok_or("a program's output could not be read")?);
    let mut bytes = Vec::new();
    while reader.read_until(b'\n', &mut bytes).is_ok_and(|read| read > 0) {
        // A reader that has gone away (`| head`) does not stop the work.
        let _ = stdout().write_all(&bytes).and_then(|()| stdout().flush());
        line(String::from_utf8_lossy(&bytes).trim_end());
        bytes.clear();
    }
    Ok(child.wait().map_err(|error| error.to_string())?.success())
}

/// The sentence for a program that did not even start.
pub fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!("`{}` could not be started: {error}", command.get_program().display())
}
