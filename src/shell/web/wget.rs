//! `wget`, as quiet as with `-q`: the page, or an exit code of its manual.

use super::{Url, addresses, ask, unresolved};
use crate::elb::route::Request;
use crate::shell::exec::Shell;
use crate::shell::terminal::Output;
use alloc::format;
use alloc::string::{String, ToString};

/// The network failed.
const NETWORK: u8 = 4;
/// The server answered with an error.
const ANSWERED: u8 = 8;

/// `wget [-q] [-O FILE] URL`.
pub fn run(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let (mut file, mut url, mut quiet) = (None, None, false);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "--quiet" => quiet = true,
            "--output-document" => file = rest.next().cloned(),
            own if own.starts_with("--output-document=") => {
                file = own.split_once('=').map(|(_, name)| name.to_string())
            }
            own if own.starts_with("--") || own == "-" => return unknown(own),
            own if own.starts_with('-') => {
                let letters = own.trim_start_matches('-');
                let (head, name) = letters.split_once('O').map_or((letters, None), |(head, name)| (head, Some(name)));
                if head.chars().any(|letter| letter != 'q') {
                    return unknown(own);
                }
                quiet |= head.contains('q');
                if let Some(name) = name {
                    file = if name.is_empty() { rest.next().cloned() } else { Some(name.to_string()) };
                }
            }
            own => url = Some(own),
        }
    }
    let Some(text) = url else {
        return Output::fail(
            1,
            "wget: missing URL\nUsage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n",
        );
    };
    let Ok(url) = Url::read(text) else { return Output::fail(1, format!("{text}: Unsupported scheme.\n")) };
    let say = |why: String| Output::fail(NETWORK, if quiet { String::new() } else { why });
    let found = addresses(shell, &url.host);
    let Some(address) = found.first() else {
        let hint = unresolved(shell, &url.host);
        return say(format!("wget: unable to resolve host address ‘{}’\n{hint}", url.host));
    };
    let request = Request { method: "GET".to_string(), host: url.host.clone(), ..Request::default() };
    let page = match ask(shell, &url, address, request) {
        Ok(page) => page,
        Err(failure) => return say(format!("wget: ECS Lab: {} port {}: {failure:?}\n", url.host, url.port)),
    };
    if page.code >= 400 {
        let why = format!("ERROR {}: {}.\n", page.code, crate::elb::route::reason(page.code));
        return Output::fail(ANSWERED, if quiet { String::new() } else { why });
    }
    let last = url.path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("index.html");
    match file.as_deref().unwrap_or(last) {
        "-" => Output::print(page.body),
        name => {
            let path = shell.path(name);
            match shell.terminal.files.write(&path, page.body) {
                Ok(()) => Output::default(),
                Err(why) => Output::fail(3, format!("{name}: {why}\n")),
            }
        }
    }
}

fn unknown(word: &str) -> Output {
    Output::fail(2, format!("wget: ECS Lab does not simulate {word}; wget takes -q and -O FILE\n"))
}
