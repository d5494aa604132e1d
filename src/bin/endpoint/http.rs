//! One HTTP/1.1 request to a connection: it is read, answered, and the connection closed.

use std::io::{self, BufRead, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use crate::answer::Answer;
use crate::request::Request;

/// What a head may weigh, and how many headers it may have.
const MOST_HEAD: usize = 65_536;
const MOST_HEADERS: usize = 100;

/// What a body may weigh.
const MOST_BYTES: u64 = 20_000_000;

/// How long a client may be silent in the middle of its request.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How long, and for how many bytes, a client is heard out that was answered before it had said all: closed at once, the
/// connection would be reset, and the answer lost.
const LINGERS: Duration = Duration::from_secs(1);
const MOST_LEFT: u64 = 10 * MOST_BYTES;

/// A refusal of what is no request: status and sentence.
pub type Refusal = (u16, &'static str);

const NO_REQUEST: Refusal = (400, "this is no HTTP request");
const BROKE_OFF: Refusal = (400, "the body broke off");
const TOO_LARGE: Refusal = (413, "a body may have 20 MB");

/// Reads a request; `to` is told to go on when the client asks first.
///
/// Errors: nothing came, or the connection is lost.
pub fn read(from: &mut impl BufRead, to: &mut impl Write) -> io::Result<Result<Request, Refusal>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let room = (MOST_HEAD - head.len()) as u64;
        if from.by_ref().take(room).read_until(b'\n', &mut head)? == 0 {
            return if head.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(Err(NO_REQUEST)) };
        }
    }
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let whole = parsed.parse(&head).is_ok_and(|status| status.is_complete());
    let (true, Some(method), Some(path)) = (whole, parsed.method, parsed.path) else { return Ok(Err(NO_REQUEST)) };
    let header = |name: &str| {
        let found = parsed.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        found.map(|header| String::from_utf8_lossy(header.value).trim().to_string()).unwrap_or_default()
    };
    let length = header("Content-Length");
    let chunked = !header("Transfer-Encoding").is_empty();
    let length = match length.parse::<u64>() {
        _ if chunked || length.is_empty() => 0,
        Ok(length) if length > MOST_BYTES => return Ok(Err(TOO_LARGE)),
        Ok(length) => length,
        Err(_) => return Ok(Err(NO_REQUEST)),
    };
    if header("Expect").eq_ignore_ascii_case("100-continue") {
        to.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let body = if chunked { chunks(from)? } else { exactly(from, length)?.ok_or(BROKE_OFF) };
    Ok(body.map(|body| Request {
        method: method.to_string(),
        path: path.to_string(),
        target: header("X-Amz-Target"),
        authorization: header("Authorization"),
        origin: header("Origin"),
        content_type: header("Content-Type"),
        query_mode: header("x-amzn-query-mode") == "true",
        body,
    }))
}

/// So many bytes; none when the client ends before. Room is taken as they come.
fn exactly(from: &mut impl BufRead, length: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    from.by_ref().take(length).read_to_end(&mut bytes)?;
    Ok(Some(bytes).filter(|bytes| bytes.len() as u64 == length))
}

/// A body in chunks.
fn chunks(from: &mut impl BufRead) -> io::Result<Result<Vec<u8>, Refusal>> {
    let mut body = Vec::new();
    loop {
        let size = line(from)?;
        let Ok(httparse::Status::Complete((_, size))) = httparse::parse_chunk_size(&size) else {
            return Ok(Err(BROKE_OFF));
        };
        if size > MOST_BYTES.saturating_sub(body.len() as u64) {
            return Ok(Err(TOO_LARGE));
        }
        let chunk = exactly(from, size)?;
        if size == 0 {
            break;
        }
        match (chunk, line(from)?.as_slice()) {
            (Some(chunk), b"\r\n") => body.extend(chunk),
            _ => return Ok(Err(BROKE_OFF)),
        }
    }
    // The trailers say nothing here.
    for _ in 0..MOST_HEADERS {
        match line(from)?.as_slice() {
            b"\r\n" => return Ok(Ok(body)),
            b"" => break,
            _ => {}
        }
    }
    Ok(Err(BROKE_OFF))
}

/// A line with its end; without one where the client ended, or the line is longer than a head.
fn line(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    from.by_ref().take(MOST_HEAD as u64).read_until(b'\n', &mut line)?;
    Ok(line)
}

/// Writes an answer.
pub fn write(to: &mut impl Write, answer: &Answer) -> io::Result<()> {
    let (status, length) = (answer.status, answer.body.len());
    let reason = match status {
        200 => "OK",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Content Too Large",
        _ => "Bad Request",
    };
    let mut head = format!("HTTP/1.1 {status} {reason}\r\nContent-Length: {length}\r\nConnection: close\r\n");
    let own = [("Content-Type", answer.content_type), ("x-amzn-requestid", &answer.request_id)];
    let query_error = answer.query_error.as_deref().map(|value| ("x-amzn-query-error", value));
    for (name, value) in own.into_iter().chain(query_error) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    to.write_all(&[head.as_bytes(), b"\r\n", &answer.body].concat())?;
    to.flush()
}

/// Closes a connection whose answer is written.
pub fn close(mut stream: &TcpStream) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    stream.set_read_timeout(Some(LINGERS))?;
    io::copy(&mut Read::take(&mut stream, MOST_LEFT), &mut io::sink())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> (Result<Request, Refusal>, String) {
        let mut said = Vec::new();
        let request = read(&mut text.as_bytes(), &mut said).unwrap();
        (request, String::from_utf8(said).unwrap())
    }

    #[test]
    fn a_request_is_read_or_refused_whatever_length_it_claims() {
        for (rest, expected) in [
            ("\r\n", Ok("")),
            ("Content-Length: 2\r\n\r\n{}more", Ok("{}")),
            ("content-length:  2 \r\n\r\n{}", Ok("{}")),
            ("Content-Length: 3\r\n\r\n{}", Err(BROKE_OFF)),
            ("Content-Length: 20000000\r\n\r\n{}", Err(BROKE_OFF)),
            ("Content-Length: 20000001\r\n\r\n{}", Err(TOO_LARGE)),
            ("Content-Length: 99999999999999\r\n\r\n", Err(TOO_LARGE)),
            ("Content-Length: 99999999999999999999999\r\n\r\n", Err(NO_REQUEST)),
            ("Content-Length: -1\r\n\r\n", Err(NO_REQUEST)),
            ("Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n", Ok("{}")),
            ("Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\nA: b\r\n\r\n", Ok("{")),
            ("Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", Err(BROKE_OFF)),
            ("Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n", Err(BROKE_OFF)),
            ("Transfer-Encoding: chunked\r\n\r\nffffffffffff\r\n", Err(TOO_LARGE)),
            ("Transfer-Encoding: chunked\r\n\r\nzz\r\n", Err(BROKE_OFF)),
            ("no header\r\n\r\n", Err(NO_REQUEST)),
            ("Content-Length: 2\r\n", Err(NO_REQUEST)),
        ] {
            let (request, _) = told(&format!("POST / HTTP/1.1\r\n{rest}"));
            let body = request.map(|request| String::from_utf8(request.body).unwrap());
            assert_eq!(body.as_deref(), expected.as_deref(), "{rest}");
        }
    }

    #[test]
    fn a_client_that_asks_first_is_told_to_go_on_unless_it_is_refused() {
        let asks = |length: &str| {
            told(&format!("POST / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: {length}\r\n\r\n{{}}"))
        };
        assert_eq!(asks("2").1, "HTTP/1.1 100 Continue\r\n\r\n");
        assert_eq!(asks("30000000").1, "");
    }

    #[test]
    fn a_head_without_end_is_refused() {
        assert!(told(&format!("POST / HTTP/1.1\r\nA: {}", "a".repeat(MOST_HEAD))).0.is_err());
        assert!(told(&format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(MOST_HEADERS + 1))).0.is_err());
    }
}
