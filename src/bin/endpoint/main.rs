//! The engine behind the AWS wire protocol on 127.0.0.1, for the unmodified AWS CLI and SDKs.
//!
//! ```text
//! HTTP ─► protocol (JSON 1.1 or Query) ─► the world of the region ─► answer
//!    └──► /_lab/… (reset, advance, command, facts)
//! ```
//!
//! Started by `cargo dev endpoint`. Requests are taken one after another, so that concurrent clients are each answered
//! as if alone.

mod answer;
mod control;
mod http;
mod query;
mod request;
mod shell;
mod wire;
mod worlds;
mod xml;

use std::io::{self, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use answer::Answer;
use ecs_lab::shell::Generation;
use request::{Request, answer_to};
use worlds::{Clock, Worlds};

/// How long no connection is taken after one could not be.
const BREATH: Duration = Duration::from_millis(10);

const USAGE: &str = "usage: cargo dev endpoint --port N [--speed S | --settle] [--seed X]

  --port N    the port on 127.0.0.1; 0 takes a free one
  --speed S   simulated seconds per real second, from 0 (the clock stands still) to 100000; 1 if not given
  --settle    after each request the clock runs on until nothing is on its way
  --seed X    the seed of all randomness; 1 if not given

       cargo dev endpoint --shell v1|v2 [--seed X]

  the lab's terminal with that AWS CLI on standard input: a line of JSON text each, answered with a line of JSON";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [word, generation, rest @ ..] = words.as_slice()
        && word == "--shell"
    {
        return ended(shell_of(generation, rest).and_then(|(generation, seed)| shell::run(generation, seed)));
    }
    ended(options(&words).and_then(|(port, clock, seed)| serve(port, Worlds::new(clock, seed))))
}

fn ended(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
    }
}

/// Which AWS CLI the terminal has, and the seed.
fn shell_of(generation: &str, rest: &[String]) -> Result<(Generation, u64), String> {
    let generation = match generation {
        "v1" => Generation::V1,
        "v2" => Generation::V2,
        other => return Err(format!("--shell takes v1 or v2, and `{other}` is neither")),
    };
    match rest {
        [] => Ok((generation, 1)),
        [word, seed] if word == "--seed" => {
            Ok((generation, seed.parse().map_err(|_| format!("--seed takes a whole number, and `{seed}` is none"))?))
        }
        _ => Err(USAGE.to_string()),
    }
}

/// Port, clock and seed of the command line; an error is a sentence.
fn options(words: &[String]) -> Result<(u16, Clock, u64), String> {
    let (mut port, mut clock, mut seed) = (None, None, 1);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = |what: &str| words.next().ok_or_else(|| format!("{word} needs {what}\n\n{USAGE}"));
        let wrong = |given: &str, what: &str| format!("{word} takes {what}, and `{given}` is none");
        match word.as_str() {
            "--port" => {
                let given = value("a number")?;
                port = Some(given.parse().map_err(|_| wrong(given, "a number from 0 to 65535"))?);
            }
            "--seed" => {
                let given = value("a number")?;
                seed = given.parse().map_err(|_| wrong(given, "a whole number"))?;
            }
            "--speed" if clock.is_none() => {
                let given = value("a number")?;
                let speed: Option<f64> = given.parse().ok().filter(|speed| (0.0..=100_000.0).contains(speed));
                clock = Some(Clock::Runs(speed.ok_or_else(|| wrong(given, "a number from 0 to 100000"))?));
            }
            "--settle" if clock.is_none() => clock = Some(Clock::Settles),
            "--speed" | "--settle" => return Err(format!("--speed and --settle exclude each other\n\n{USAGE}")),
            _ => return Err(format!("`{word}` is no option\n\n{USAGE}")),
        }
    }
    let port = port.ok_or_else(|| format!("--port is missing\n\n{USAGE}"))?;
    Ok((port, clock.unwrap_or(Clock::Runs(1.0)), seed))
}

fn serve(port: u16, mut worlds: Worlds) -> Result<(), String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .map_err(|error| format!("port {port} cannot be used: {error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    println!("ECS Lab answers at http://{address}: aws --endpoint-url http://{address} ecs list-clusters");
    let _ = std::io::stdout().flush();
    let (to_worlds, questions) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else {
                thread::sleep(BREATH);
                continue;
            };
            let to_worlds = to_worlds.clone();
            // A client that has hung up needs no answer, and one that finds no thread is hung up on.
            let _ = thread::Builder::new().spawn(move || handle(&stream, &to_worlds));
        }
    });
    for Question { request, reply } in questions {
        // The reader has gone only if the program ends.
        let _ = reply.send(answer_to(&mut worlds, request));
    }
    Err("the endpoint broke off".into())
}

/// A request for the one thread that has the worlds, and where its answer goes.
struct Question {
    request: Result<Request, http::Refusal>,
    reply: mpsc::Sender<Answer>,
}

/// Reads a request, has it answered and writes the answer: a slow client keeps only its own thread waiting.
fn handle(mut stream: &TcpStream, to_worlds: &mpsc::Sender<Question>) -> io::Result<()> {
    stream.set_read_timeout(Some(http::PATIENCE))?;
    stream.set_write_timeout(Some(http::PATIENCE))?;
    let request = http::read(&mut BufReader::new(stream), &mut stream)?;
    let (reply, answer) = mpsc::channel();
    to_worlds.send(Question { request, reply }).map_err(io::Error::other)?;
    http::write(&mut stream, &answer.recv().map_err(io::Error::other)?)?;
    http::close(stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_read_or_refused_in_a_sentence() {
        let words = |line: &str| options(&line.split_whitespace().map(String::from).collect::<Vec<_>>());
        assert_eq!(words("--port 4566"), Ok((4566, Clock::Runs(1.0), 1)));
        assert_eq!(words("--port 0 --settle --seed 7"), Ok((0, Clock::Settles, 7)));
        assert_eq!(words("--speed 0 --port 1"), Ok((1, Clock::Runs(0.0), 1)));
        for (line, why) in [
            ("", "--port is missing"),
            ("--port", "--port needs a number"),
            ("--port 70000", "`70000`"),
            ("--port 1 --speed -1", "a number from 0 to 100000"),
            ("--port 1 --speed nan", "a number from 0 to 100000"),
            ("--port 1 --speed 2 --settle", "exclude each other"),
            ("--port 1 --fast", "`--fast` is no option"),
        ] {
            assert!(words(line).is_err_and(|said| said.contains(why)), "{line}");
        }
    }
}
