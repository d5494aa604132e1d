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
mod query;
mod request;
mod wire;
mod worlds;
mod xml;

use std::io::{Cursor, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::process::ExitCode;
use std::sync::{Arc, mpsc};
use std::thread;

use answer::Answer;
use request::{Request, answer_to};
use tiny_http::{HTTPVersion, Header, Response, Server};
use worlds::{Clock, Worlds};

/// Requests that are read at the same time.
const READERS: usize = 64;

/// What a body may weigh.
const MOST_BYTES: u64 = 20_000_000;

const USAGE: &str = "usage: cargo dev endpoint --port N [--speed S | --settle] [--seed X]

  --port N    the port on 127.0.0.1; 0 takes a free one
  --speed S   simulated seconds per real second, from 0 (the clock stands still) to 100000; 1 if not given
  --settle    after each request the clock runs on until nothing is on its way
  --seed X    the seed of all randomness; 1 if not given";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match options(&words).and_then(|(port, clock, seed)| serve(port, Worlds::new(clock, seed))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
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
    let server = Server::from_listener(listener, None).map_err(|error| format!("the server: {error}"))?;
    println!("ECS Lab answers at http://{address}: aws --endpoint-url http://{address} ecs list-clusters");
    let _ = std::io::stdout().flush();
    let server = Arc::new(server);
    let (to_worlds, questions) = mpsc::channel();
    for _ in 0..READERS {
        let (server, to_worlds) = (server.clone(), to_worlds.clone());
        thread::spawn(move || {
            while let Ok(request) = server.recv() {
                // A client that has hung up needs no answer.
                let _ = handle(request, &to_worlds);
            }
        });
    }
    drop(to_worlds);
    for Question { request, reply } in questions {
        // The reader has gone only if the program ends.
        let _ = reply.send(answer_to(&mut worlds, &request));
    }
    Err("the endpoint broke off".into())
}

/// A request for the one thread that has the worlds, and where its answer goes.
struct Question {
    request: Request,
    reply: mpsc::Sender<Answer>,
}

/// Reads a request, has it answered and writes the answer: a slow client keeps only its own reader waiting.
fn handle(mut request: tiny_http::Request, to_worlds: &mpsc::Sender<Question>) -> std::io::Result<()> {
    let mut body = Vec::new();
    let whole = request.as_reader().take(MOST_BYTES + 1).read_to_end(&mut body).is_ok();
    let answer = if body.len() as u64 > MOST_BYTES || request.body_length().is_some_and(|own| own as u64 > MOST_BYTES) {
        Answer::plain(413, "a body may have 20 MB")
    } else if !whole {
        Answer::plain(400, "the body broke off")
    } else {
        let header = |name: &'static str| {
            let found = request.headers().iter().find(|header| header.field.equiv(name));
            found.map(|header| header.value.to_string()).unwrap_or_default()
        };
        let question = Request {
            method: request.method().to_string(),
            path: request.url().to_string(),
            target: header("X-Amz-Target"),
            authorization: header("Authorization"),
            content_type: header("Content-Type"),
            query_mode: header("x-amzn-query-mode") == "true",
            body,
        };
        let (reply, answer) = mpsc::channel();
        let asked = to_worlds.send(Question { request: question, reply }).is_ok();
        let answer = answer.recv().ok().filter(|_| asked);
        answer.unwrap_or_else(|| Answer::plain(500, "the endpoint broke off"))
    };
    send(request, answer)
}

/// Answers as HTTP/1.0, so that the client closes the connection: tiny_http gives a thread to a connection, and of many
/// that are kept open at once some would wait for the others to end.
fn send(request: tiny_http::Request, answer: Answer) -> std::io::Result<()> {
    let mut response = Response::from_data(answer.body).with_status_code(answer.status);
    let query_error = answer.query_error.as_deref().map(|value| ("x-amzn-query-error", value));
    let own = [("Content-Type", answer.content_type), ("x-amzn-requestid", &answer.request_id)];
    for (name, value) in own.into_iter().chain(query_error) {
        if let Ok(header) = Header::from_bytes(name, value) {
            response.add_header(header);
        }
    }
    let headers = request.headers().to_vec();
    let mut writer = request.into_writer();
    let response: Response<Cursor<Vec<u8>>> = response;
    response.raw_print(&mut writer, HTTPVersion(1, 0), &headers, false, None)?;
    writer.flush()
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
