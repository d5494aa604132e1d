//! `curl`: its texts and exit codes, as its manual has them.

use super::options::Options;
use super::{BadUrl, Failure, Page, Url, addresses, ask, unresolved};
use crate::elb::route::{Request, reason};
use crate::shell::exec::Shell;
use crate::shell::terminal::Output;
use crate::sim::SimDuration;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// As many redirects as are followed.
const MOST_REDIRECTS: u32 = 50;
/// How long the kernel tries to connect when nothing comes back: six repeats, each twice as late as the one before.
const TRIES_MILLIS: i64 = 134_000;

/// A request's end.
struct Done {
    url: Url,
    address: String,
    page: Option<Page>,
    redirects: u32,
}

/// `curl [OPTION…] URL…`.
pub fn run(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let options = match Options::read(words) {
        Ok(options) => options,
        Err(output) => return output,
    };
    let mut output = Output::default();
    for (place, url) in options.urls.iter().enumerate() {
        output.part();
        output.status = one(shell, &options, (url, place), &mut output).unwrap_or_else(|(code, why, hint)| {
            if !options.has("--silent") || options.has("--show-error") {
                output.stderr.push_str(&format!("curl: ({code}) {why}\n{hint}"));
            }
            code
        });
    }
    output
}

/// An exit code, the text of curl, and what the lab adds.
type Ended = (u8, String, String);

fn plain(code: u8, why: impl Into<String>) -> Ended {
    (code, why.into(), String::new())
}

/// The exchange for one address; each has its own `-o`.
fn one(
    shell: &mut Shell<'_>,
    options: &Options,
    (text, place): (&str, usize),
    output: &mut Output,
) -> Result<u8, Ended> {
    let url = Url::read(text).map_err(|bad| match bad {
        BadUrl::Protocol(own) => plain(1, format!("Protocol \"{own}\" not supported")),
        BadUrl::Malformed => plain(3, "URL using bad/illegal format or missing URL"),
    })?;
    let mut done = Done { url, address: String::new(), page: None, redirects: 0 };
    let ended = followed(shell, options, &mut done, output);
    let mut status = ended.as_ref().map_or_else(|ended| ended.0, |code| *code);
    if let Some(page) = done.page.as_ref().filter(|_| ended.is_ok()) {
        let body = if options.has("--head") { "" } else { page.body.as_str() };
        match options.values("--output").nth(place).filter(|name| *name != "-") {
            None => output.stdout.push_str(body),
            Some(name) => {
                let path = shell.path(name);
                if let Err(why) = shell.terminal.files.write(&path, body.to_string()) {
                    output.stderr.push_str(&format!("Warning: Failed to open the file {name}: {why}\n"));
                    status = 23;
                }
            }
        }
    }
    left(options, &done, output);
    if let Some(format) = options.value("--write-out") {
        output.stdout.push_str(&written(format, options, &done));
    }
    ended.map(|_| status)
}

/// The request and, with `-L`, where redirects lead.
fn followed(shell: &mut Shell<'_>, options: &Options, done: &mut Done, output: &mut Output) -> Result<u8, Ended> {
    loop {
        let page = exchange(shell, options, done, output)?;
        if options.has("--fail") && page.code >= 400 {
            let code = page.code;
            done.page = Some(page);
            return Err(plain(22, format!("The requested URL returned error: {code}")));
        }
        let location = page.headers.iter().find(|(name, _)| name == "Location").map(|(_, value)| value.clone());
        done.page = Some(page);
        let Some(location) = location.filter(|_| options.has("--location")) else { return Ok(0) };
        if done.redirects >= MOST_REDIRECTS {
            return Err(plain(47, format!("Maximum ({MOST_REDIRECTS}) redirects followed")));
        }
        left(options, done, output);
        done.redirects += 1;
        done.url = Url::read(&location).map_err(|_| plain(3, "URL using bad/illegal format or missing URL"))?;
    }
}

/// Says what is said at the end of an exchange.
fn left(options: &Options, done: &Done, output: &mut Output) {
    if options.has("--verbose") && done.page.is_some() {
        output.stderr.push_str(&format!("* Connection #0 to host {} left intact\n", done.url.host));
        output.part();
    }
}

fn method(options: &Options) -> &str {
    let other = if options.has("--data") { "POST" } else { "GET" };
    options.value("--request").unwrap_or(if options.has("--head") { "HEAD" } else { other })
}

/// One request and its answer.
fn exchange(shell: &mut Shell<'_>, options: &Options, done: &mut Done, output: &mut Output) -> Result<Page, Ended> {
    let url = done.url.clone();
    let (host, port) = (&url.host, url.port);
    let found = addresses(shell, host);
    let Some(address) = found.first() else {
        let why = format!("Could not resolve host: {host}");
        return Err((6, why, unresolved(shell, host)));
    };
    done.address = address.clone();
    let mut told = format!("*   Trying {address}:{port}...\n");
    if host != address {
        let (six, four): (Vec<&str>, Vec<&str>) = found.iter().map(String::as_str).partition(|own| own.contains(':'));
        let six = if six.is_empty() { "(none)".to_string() } else { six.join(", ") };
        told = format!("* Host {host}:{port} was resolved.\n* IPv6: {six}\n* IPv4: {}\n{told}", four.join(", "));
    }
    let mut headers: Vec<(String, String)> = Vec::new();
    for header in options.values("--header") {
        let (name, value) = header.split_once(':').unwrap_or((header, ""));
        headers.push((name.trim().to_string(), value.trim().to_string()));
    }
    if let Some(pair) = options.value("--user") {
        headers.push(("Authorization".to_string(), format!("Basic {}", STANDARD.encode(pair))));
    }
    let named = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host")).map(|(_, value)| value.clone());
    let authority = named.unwrap_or_else(|| url.authority());
    headers.retain(|(name, _)| !name.eq_ignore_ascii_case("host"));
    for (name, value) in [("User-Agent", options.value("--user-agent").unwrap_or("curl/8.5.0")), ("Accept", "*/*")] {
        if !headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name)) {
            headers.push((name.to_string(), value.to_string()));
        }
    }
    let method = method(options).to_string();
    let version = "HTTP/1.1";
    let sent: String = headers.iter().map(|(name, value)| format!("> {name}: {value}\n")).collect();
    let target = if url.query.is_empty() { url.path.clone() } else { format!("{}?{}", url.path, url.query) };
    let sent = format!("> {method} {target} {version}\n> Host: {authority}\n{sent}>\n");
    let request = Request {
        method,
        insecure: options.has("--insecure"),
        host: authority.split(':').next().unwrap_or_default().to_string(),
        headers,
        ..Request::default()
    };
    let answer = ask(shell, &url, address, request);
    if matches!(answer, Ok(_) | Err(Failure::Reset | Failure::Silent)) {
        told += &format!("* Connected to {host} ({address}) port {port}\n{sent}");
    }
    let answer = answer.map_err(|failure| failed(failure, options, &url));
    let late = |page: &Page| options.millis("--max-time").filter(|most| page.after >= SimDuration::from_millis(*most));
    let answer = answer.and_then(|page| match late(&page) {
        Some(most) => Err(plain(28, format!("Operation timed out after {most} milliseconds with 0 bytes received"))),
        None => Ok(page),
    });
    let status = |page: &Page| format!("{version} {} {}", page.code, reason(page.code)).trim_end().to_string();
    let lines = |page: &Page, start: &str| -> String {
        let each = page.headers.iter().map(|(name, value)| format!("{start}{name}: {value}\n"));
        format!("{start}{}\n{}{}\n", status(page), each.collect::<String>(), start.trim_end())
    };
    let page = answer.as_ref().ok();
    told.extend(page.map(|page| lines(page, "< ")));
    if options.has("--verbose") {
        output.stderr.push_str(&told);
        output.part();
    }
    if options.has("--include") || options.has("--head") {
        output.stdout.extend(page.map(|page| lines(page, "")));
    }
    answer
}

fn failed(failure: Failure, options: &Options, url: &Url) -> Ended {
    let Url { host, port, .. } = url;
    let limit = options.millis("--connect-timeout").into_iter().chain(options.millis("--max-time")).min();
    match failure {
        Failure::Refused => {
            plain(7, format!("Failed to connect to {host} port {port} after 1 ms: Couldn't connect to server"))
        }
        Failure::Dropped => match limit.filter(|own| *own < TRIES_MILLIS) {
            Some(own) => plain(28, format!("Connection timed out after {own} milliseconds")),
            None => plain(
                28,
                format!("Failed to connect to {host} port {port} after {TRIES_MILLIS} ms: Couldn't connect to server"),
            ),
        },
        Failure::Reset => plain(56, "Recv failure: Connection reset by peer"),
        Failure::Silent => match options.millis("--max-time") {
            Some(own) => plain(28, format!("Operation timed out after {own} milliseconds with 0 bytes received")),
            None => {
                let why = "lab: no answer comes, and curl would wait for ever; give it --max-time\n";
                (28, "Operation timed out".to_string(), why.to_string())
            }
        },
        Failure::NotTls => plain(35, "error:0A00010B:SSL routines::wrong version number"),
        Failure::WrongCertificate => plain(
            60,
            format!(
                "SSL: no alternative certificate subject name matches target host name '{host}'\nMore details here: \
                 https://curl.se/docs/sslcerts.html\n\ncurl failed to verify the legitimacy of the server and therefore could \
                 not\nestablish a secure connection to it. To learn more about this situation and\nhow to fix it, please visit \
                 the web page mentioned above."
            ),
        ),
    }
}

/// The text of `-w`.
fn written(format: &str, options: &Options, done: &Done) -> String {
    let page = done.page.as_ref();
    let header = |name: &str| page.and_then(|own| own.headers.iter().find(|(own, _)| own == name));
    let of = |name: &str| -> String {
        match name {
            "http_code" | "response_code" => format!("{:03}", page.map_or(0, |own| own.code)),
            "content_type" => header("Content-Type").map(|(_, value)| value.clone()).unwrap_or_default(),
            "redirect_url" => header("Location").map(|(_, value)| value.clone()).unwrap_or_default(),
            "size_download" if !options.has("--head") => page.map_or(0, |own| own.body.len()).to_string(),
            "size_download" => "0".to_string(),
            "num_redirects" => done.redirects.to_string(),
            "remote_ip" => done.address.clone(),
            "remote_port" => done.url.port.to_string(),
            "url_effective" => done.url.text(),
            "method" => method(options).to_string(),
            "time_total" => {
                let millis = page.map_or(0, |own| own.after.as_millis()) + 1;
                format!("{}.{:03}000", millis / 1000, millis % 1000)
            }
            _ => String::new(),
        }
    };
    let (mut out, mut rest) = (String::new(), format);
    while let Some(sign) = rest.chars().next() {
        let two = rest.get(..2).unwrap_or_default();
        let named = rest.strip_prefix("%{").and_then(|own| own.split_once('}'));
        let (text, after) = match (two, named) {
            (_, Some((name, after))) => (of(name), after),
            ("%%", _) => ("%".to_string(), rest.get(2..).unwrap_or_default()),
            ("\\n", _) => ("\n".to_string(), rest.get(2..).unwrap_or_default()),
            ("\\t", _) => ("\t".to_string(), rest.get(2..).unwrap_or_default()),
            ("\\r", _) => ("\r".to_string(), rest.get(2..).unwrap_or_default()),
            _ => (sign.to_string(), rest.get(sign.len_utf8()..).unwrap_or_default()),
        };
        out.push_str(&text);
        rest = after;
    }
    out
}
