//! The helper behind `cargo dev`: each command does the set-up that it needs, once, and says what it does.
//!
//! Progress goes to stderr; stdout holds results alone. What cannot be done ends in one sentence and a non-zero exit.

mod bench;
mod bench_endpoint;
mod fuzz;
mod npm;
mod pip;
mod places;
mod program;
mod serve;
mod server;
mod site;
mod system;
mod tally;
mod test;
mod tools;

use std::env;
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo dev <command>

  serve [--port N]   build the lab and serve it on 127.0.0.1 (port 8080); rebuild when a file changes
  test               run every test, here, in WebAssembly and in a real browser
  build              build the release site in dist/ and print its sizes
  bench [--json]     run the benchmarks; --json prints one object a line
  fuzz TARGET [--seconds N]
                     look for a text that breaks a reader (600 s): lexer, shorthand, jmespath, yaml, policy, lifecycle
  endpoint --port N  the engine behind the AWS wire protocol, for the real AWS CLI and SDKs";

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["serve"] => serve::serve(8080),
        ["serve", "--port", port] => match port.parse() {
            Ok(port) => serve::serve(port),
            Err(_) => Err(format!("the port must be a number from 0 to 65535, and `{port}` is not")),
        },
        ["test"] => test::test(),
        ["build"] => site::release::build(),
        ["bench"] => bench::bench(false),
        ["bench", "--json"] => bench::bench(true),
        ["fuzz", name] => fuzz::fuzz(name, "600"),
        ["fuzz", name, "--seconds", seconds] => fuzz::fuzz(name, seconds),
        ["endpoint", options @ ..] => endpoint(options),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        [] => Err(USAGE.into()),
        _ => Err(format!("`cargo dev {}` is not a command\n\n{USAGE}", words.join(" "))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            // An empty sentence means that the command has printed its own last line.
            if !sentence.is_empty() {
                eprintln!("{sentence}");
            }
            ExitCode::FAILURE
        }
    }
}

/// The endpoint with its own options, as a release build.
fn endpoint(options: &[&str]) -> Result<(), String> {
    let mut command = program::cargo(&["run", "--release", "--features", "endpoint", "--bin", "endpoint", "--"]);
    let status = command.args(options).status().map_err(|error| program::cannot_start(&command, &error))?;
    if status.success() { Ok(()) } else { Err(String::new()) }
}
