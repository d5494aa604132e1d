//! The commands of the command line's own, among them those that take the tokens of registries.

use super::call::{send, simple, who};
use super::fail::Fail;
use super::globals::Globals;
use super::parser::{Opt, Takes};
use super::{deploy, help, services, tail, wait};
use crate::aws::model;
use crate::shell::exec::Shell;
use crate::shell::terminal::Output;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// Runs a command that is the command line's own.
///
/// # Errors
/// Why nothing was printed.
pub(super) fn run(
    shell: &mut Shell<'_>,
    globals: &Globals,
    service: &'static str,
    word: &str,
    words: &[String],
) -> Result<Output, Fail> {
    match (service, word) {
        (_, "help") => Ok(Output::print(help::service(service, shell.terminal.generation))),
        (_, "wait") => wait::run(shell, globals, service, words),
        ("ecr", "get-login") => login(shell, globals, words),
        ("ecs", "deploy") => deploy::run(shell, globals, words),
        ("logs", "tail") => tail::run(shell, globals, words),
        ("ecr" | "ecr-public", _) => {
            simple(shell, &[], None, words)?;
            let first = tokens(shell, globals, service, Map::new())?.into_iter().next().unwrap_or_default();
            Ok(Output::print(format!("{}\n", first.1)))
        }
        _ => Err(Fail::Other(format!("ECS Lab does not simulate aws {} {word}.", services::command(service)))),
    }
}

/// The options of such a command.
pub(super) fn options(service: &str, word: &str) -> Vec<Opt> {
    match (service, word) {
        ("ecr", "get-login") => [
            Opt::new("registry-ids", Takes::Some),
            Opt::new("include-email", Takes::Nothing),
            Opt::new("no-include-email", Takes::Nothing),
        ]
        .into(),
        ("ecs", "deploy") => deploy::options().into(),
        ("logs", "tail") => tail::options().into(),
        _ => Vec::new(),
    }
}

/// `aws ecr get-login`: the whole docker line of each registry.
fn login(shell: &mut Shell<'_>, globals: &Globals, words: &[String]) -> Result<Output, Fail> {
    let options = options("ecr", "get-login");
    let parsed = simple(shell, &options, None, words)?;
    let mut input = Map::new();
    if let Some(ids) = parsed.words(0) {
        input.insert("registryIds".to_string(), ids.iter().map(|id| Value::from(id.as_str())).collect());
    }
    let email = parsed.given.iter().rev().find(|(option, _)| *option > 0).is_none_or(|(option, _)| *option == 1);
    let email = if email { " -e none" } else { "" };
    let line = |(user, password, proxy): (String, String, String)| {
        format!("docker login -u {user} -p {password}{email} {proxy}\n")
    };
    Ok(Output::print(tokens(shell, globals, "ecr", input)?.into_iter().map(line).collect::<String>()))
}

/// User, password and address of each token of ECR; that of ECR Public is one, without an address.
fn tokens(
    shell: &mut Shell<'_>,
    globals: &Globals,
    service: &'static str,
    input: Map<String, Value>,
) -> Result<Vec<(String, String, String)>, Fail> {
    let Some(operation) = model::operation(service, "GetAuthorizationToken") else {
        return Err(Fail::Other("the later part of the lab is not here".to_string()));
    };
    let caller = who(shell, globals, service, operation.name)?;
    let reply = send(shell, &caller, operation, Value::Object(input))?;
    let one = |data: &Value| {
        let text = |name: &str| data[name].as_str().unwrap_or_default().to_string();
        let bytes = STANDARD.decode(text("authorizationToken")).unwrap_or_default();
        let pair = String::from_utf8_lossy(&bytes).into_owned();
        let (user, password) = pair.split_once(':').unwrap_or_default();
        (user.to_string(), password.to_string(), text("proxyEndpoint"))
    };
    let data = &reply["authorizationData"];
    Ok(data.as_array().map_or_else(|| alloc::vec![one(data)], |all| all.iter().map(one).collect()))
}
