//! The WebDriver protocol (W3C) as far as the tests need it: JSON over HTTP to a local ChromeDriver.
//!
//! A client package would bring an asynchronous runtime and some seventy packages for what is one request function.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// One ChromeDriver on a local port.
#[derive(Clone, Copy)]
pub struct Wire {
    pub port: u16,
}

impl Wire {
    /// Sends one command and gives back its `value`; the error is WebDriver's own code and message.
    pub fn send(self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let failed = |error: std::io::Error| format!("ChromeDriver, {method} {path}: {error}");
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).map_err(failed)?;
        stream.set_read_timeout(Some(Duration::from_secs(60))).map_err(failed)?;
        let body = if method == "POST" { body.to_string() } else { String::new() };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all((head + &body).as_bytes()).map_err(failed)?;
        let value = answer(&mut stream).map_err(failed)?;
        match value.get("error").and_then(Value::as_str) {
            Some(code) => {
                let message = value.get("message").and_then(Value::as_str).unwrap_or_default();
                Err(format!("{code}: {}", message.lines().next().unwrap_or_default()))
            }
            None => Ok(value),
        }
    }
}

/// The `value` of an answer. ChromeDriver keeps the connection open, so the length says where the answer ends.
fn answer(stream: &mut TcpStream) -> std::io::Result<Value> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 65536];
    loop {
        if let Some(start) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..start]).to_ascii_lowercase();
            let length =
                head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
            let body = &bytes[start + 4..];
            if length.is_some_and(|length| body.len() >= length) {
                let mut document: Value = serde_json::from_slice(body).map_err(std::io::Error::other)?;
                return Ok(document["value"].take());
            }
        }
        match stream.read(&mut buffer)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            read => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}
