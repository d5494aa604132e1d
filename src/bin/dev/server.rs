//! A static web server for this machine alone: as plain as the hosts that the site is meant for.
//!
//! The browser tests include this file too.

use std::fs;
use std::io::{Cursor, Write};
use std::net::TcpListener;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::thread;

use tiny_http::{HTTPVersion, Header, Method, Request, Response, Server};

/// Serves a folder under a path such as `/` or `/some/where/` until the program ends. The folder may change meanwhile.
pub fn start(listener: TcpListener, mount: &'static str, root: Arc<RwLock<PathBuf>>) -> Result<(), String> {
    let server = Server::from_listener(listener, None).map_err(|error| format!("the server: {error}"))?;
    let server = Arc::new(server);
    for _ in 0..4 {
        let (server, root) = (server.clone(), root.clone());
        thread::spawn(move || {
            for request in server.incoming_requests() {
                let folder = root.read().map(|root| root.clone()).unwrap_or_default();
                // A browser that has hung up needs no answer.
                let _ = respond(request, mount, &folder);
            }
        });
    }
    Ok(())
}

fn respond(request: Request, mount: &str, root: &Path) -> std::io::Result<()> {
    if !matches!(request.method(), Method::Get | Method::Head) {
        return send(request, answer(405, "text/plain", b"only GET and HEAD".to_vec()));
    }
    let path = request.url().split(['?', '#']).next().unwrap_or_default();
    let Some(file) = file(path, mount).map(|inside| root.join(inside)).filter(|file| file.is_file()) else {
        let page = fs::read(root.join("404.html")).unwrap_or_else(|_| b"not found".to_vec());
        return send(request, answer(404, "text/html; charset=utf-8", page));
    };
    let brotli = file.with_added_extension("br");
    let takes_brotli = request.headers().iter().any(|header| {
        header.field.equiv("Accept-Encoding")
            && header.value.as_str().split(',').any(|coding| coding.trim().split(';').next() == Some("br"))
    });
    match fs::read(&brotli) {
        Ok(bytes) if takes_brotli => {
            let packed = answer(200, mime(&file), bytes);
            send(request, with(with(packed, "Content-Encoding", "br"), "Vary", "Accept-Encoding"))
        }
        _ => send(request, answer(200, mime(&file), fs::read(&file)?)),
    }
}

/// Answers as HTTP/1.0, so that the browser closes the connection. tiny_http gives a thread to a connection, not to a
/// request, and of several that open at once one may be queued behind those that a browser would keep open.
fn send(request: Request, response: Response<Cursor<Vec<u8>>>) -> std::io::Result<()> {
    let headers = request.headers().to_vec();
    let bare = *request.method() == Method::Head;
    let mut writer = request.into_writer();
    response.raw_print(&mut writer, HTTPVersion(1, 0), &headers, bare, None)?;
    writer.flush()
}

fn answer(status: u16, mime: &str, body: Vec<u8>) -> Response<Cursor<Vec<u8>>> {
    let plain = with(Response::from_data(body).with_status_code(status), "Content-Type", mime);
    with(with(plain, "Cache-Control", "no-cache"), "X-Content-Type-Options", "nosniff")
}

fn with(response: Response<Cursor<Vec<u8>>>, name: &str, value: &str) -> Response<Cursor<Vec<u8>>> {
    match Header::from_bytes(name, value) {
        Ok(header) => response.with_header(header),
        Err(()) => response,
    }
}

/// The file that a request path means, relative to the root; none outside of the mount or of the root.
fn file(path: &str, mount: &str) -> Option<PathBuf> {
    let path = decode(path.strip_prefix(mount)?)?;
    let path = if path.is_empty() || path.ends_with('/') { path + "index.html" } else { path };
    let path = PathBuf::from(path);
    path.components().all(|part| matches!(part, Component::Normal(_))).then_some(path)
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        (rest, _) = match (first, after) {
            (b'%', [high, low, tail @ ..]) => {
                let digit = |byte: &u8| (*byte as char).to_digit(16);
                (tail, bytes.push((digit(high)? * 16 + digit(low)?) as u8))
            }
            _ => (after, bytes.push(*first)),
        };
    }
    String::from_utf8(bytes).ok()
}

fn mime(file: &Path) -> &'static str {
    match file.extension().and_then(|end| end.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("webmanifest") => "application/manifest+json",
        Some("txt" | "md") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_path_means_a_file_under_the_root_or_nothing() {
        // Named here and not above: the browser tests compile this module without its test functions.
        use super::{PathBuf, file};
        for (path, mount, expected) in [
            ("/", "/", Some("index.html")),
            ("/app-1.wasm", "/", Some("app-1.wasm")),
            ("/quizzes/a%20deck.json", "/", Some("quizzes/a deck.json")),
            ("/some/where/", "/some/where/", Some("index.html")),
            ("/some/where/x/", "/some/where/", Some("x/index.html")),
            ("/elsewhere/", "/some/where/", None),
            ("/../secret", "/", None),
            ("/%2e%2e/secret", "/", None),
            ("//etc/passwd", "/", None),
            ("/a%zz", "/", None),
            ("/a%4", "/", Some("a%4")),
        ] {
            assert_eq!(file(path, mount), expected.map(PathBuf::from), "{path}");
        }
    }
}
