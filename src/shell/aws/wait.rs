//! `aws … wait`: asks again and again on simulated time (6.5; botocore's `waiter.py`).
//!
//! The table is made from botocore's waiter models, one line a waiter and, where its operation is simulated, one an acceptor, the
//! parts between tabs:
//!
//! ```text
//! waiter SERVICE NAME OPERATION DELAY ATTEMPTS
//! STATE MATCHER EXPECTED ARGUMENT
//! ```

use super::call::{self, Caller, who};
use super::fail::Fail;
use super::globals::Globals;
use super::parser::{self, Place};
use super::{answer, help};
use crate::aws::model;
use crate::shell::exec::Shell;
use crate::shell::jmespath;
use crate::shell::line::kebab;
use crate::shell::terminal::Output;
use crate::sim::SimDuration;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// What a waiter looks for.
struct Acceptor {
    state: &'static str,
    matcher: &'static str,
    expected: Value,
    argument: &'static str,
}

/// One waiter.
pub(super) struct Waiter {
    service: &'static str,
    /// Its name in the model.
    pub(super) name: &'static str,
    pub(super) operation: &'static str,
    delay: i64,
    attempts: u32,
    acceptors: Vec<Acceptor>,
}

impl Waiter {
    /// What it waits for, and how long, as the help of the AWS CLI puts it.
    fn about(&self) -> String {
        let Some(own) = self.acceptors.iter().find(|own| own.state == "success") else { return String::new() };
        let expected = match &own.expected {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let until = match own.matcher {
            "status" => format!("{expected} response is received"),
            "error" => format!("{expected} is thrown"),
            "pathAll" => format!("JMESPath query {} returns {expected} for all elements", own.argument),
            "pathAny" => format!("JMESPath query {} returns {expected} for any element", own.argument),
            _ => format!("JMESPath query {} returns {expected}", own.argument),
        };
        format!(
            "Wait until {until} when polling with {}. It will poll every {} seconds until a successful state has been \
             reached. This will exit with a return code of 255 after {} failed checks.",
            kebab(self.operation),
            self.delay,
            self.attempts
        )
    }
}

/// The waiters of a service as the command line calls them, each with its operation, in order.
fn names(service: &str) -> Vec<(String, &'static str)> {
    let mut found: Vec<(String, &'static str)> = Vec::new();
    for line in include_str!("waiters.txt").lines() {
        let mut parts = line.split('\t');
        if parts.next() == Some("waiter")
            && parts.next() == Some(service)
            && let (Some(name), Some(operation)) = (parts.next(), parts.next())
        {
            found.push((kebab(name), operation));
        }
    }
    crate::sim::order::sort_by(&mut found, |left, right| left.cmp(right));
    found
}

/// The waiters of a service whose operations are simulated.
pub(super) fn waiters(service: &str) -> Vec<Waiter> {
    let mut found: Vec<Waiter> = Vec::new();
    let mut within = false;
    for line in include_str!("waiters.txt").lines() {
        let parts: Vec<&'static str> = line.split('\t').collect();
        match parts.as_slice() {
            ["waiter", own, name, operation, delay, attempts] => {
                within = *own == service && model::operation(service, operation).is_some();
                if within {
                    let (delay, attempts) = (delay.parse().unwrap_or(1), attempts.parse().unwrap_or(1));
                    found.push(Waiter { service: own, name, operation, delay, attempts, acceptors: Vec::new() });
                }
            }
            [state, matcher, expected, argument] => {
                if let Some(waiter) = found.last_mut().filter(|_| within) {
                    let expected = serde_json::from_str(expected).unwrap_or_default();
                    waiter.acceptors.push(Acceptor { state, matcher, expected, argument });
                }
            }
            _ => {}
        }
    }
    found
}

/// Runs a waiter.
///
/// # Errors
/// That it failed or waited too long, in botocore's words.
pub(super) fn run(
    shell: &mut Shell<'_>,
    globals: &Globals,
    service: &'static str,
    words: &[String],
) -> Result<Output, Fail> {
    let all = names(service);
    let choices: Vec<String> = all.iter().map(|(name, _)| name.clone()).collect();
    if words == ["help"] {
        let is_known = |(_, operation): &(String, &'static str)| model::operation(service, operation).is_some();
        let (known, others): (Vec<_>, Vec<_>) = all.into_iter().partition(is_known);
        let list = |own: Vec<(String, &'static str)>| own.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        return Ok(Output::print(help::list("wait", &list(known), &list(others))));
    }
    let place = Place { name: "subcommand", choices: Some(&choices), required: false };
    let parsed = parser::parse(&[], Some(&place), words, shell.terminal.generation)?;
    let Some(word) = parsed.place else {
        let usage = "usage: aws [options] <command> <subcommand> [parameters]\naws: error: too few arguments";
        return Err(Fail::Other(usage.to_string()));
    };
    let Some((_, asks)) = all.into_iter().find(|(name, _)| *name == word) else { return Ok(Output::default()) };
    let waiters = waiters(service);
    let waiter = waiters.iter().find(|waiter| kebab(waiter.name) == word);
    let Some((waiter, operation)) = waiter.zip(model::operation(service, asks)) else {
        return call::operation(shell, globals, service, asks, &parsed.rest);
    };
    let Some(asked) = call::read(shell, globals, operation, &parsed.rest)? else {
        return Ok(Output::print(help::waiter(&word, &waiter.about(), operation, shell.terminal.generation)));
    };
    let caller = who(shell, globals, service, operation.name)?;
    asked.valid(operation, shell.terminal.generation)?;
    poll(shell, &caller, waiter, asked.input, waiter.attempts)?;
    Ok(Output::default())
}

/// Asks until the waiter has found what it looks for; between two questions its delay passes.
///
/// # Errors
/// It found the contrary, or asked often enough.
pub(super) fn poll(
    shell: &mut Shell<'_>,
    caller: &Caller,
    waiter: &Waiter,
    input: Value,
    attempts: u32,
) -> Result<(), Fail> {
    let Some(operation) = model::operation(waiter.service, waiter.operation) else { return Ok(()) };
    let failed = |why: &str| Fail::Other(format!("Waiter {} failed: {why}", waiter.name));
    let mut last: Option<&Acceptor> = None;
    for attempt in 1..=attempts {
        let generation = shell.terminal.generation;
        let reply = call::send(shell, caller, operation, input.clone());
        let reply = reply.map(|reply| answer::shaped(operation, &reply, generation));
        match waiter.acceptors.iter().find(|acceptor| acceptor.fits(&reply)) {
            Some(acceptor) => {
                last = Some(acceptor);
                match acceptor.state {
                    "success" => return Ok(()),
                    "failure" => {
                        let why = format!("Waiter encountered a terminal failure state: {}", acceptor.explanation());
                        return Err(failed(&why));
                    }
                    _ => {}
                }
            }
            None => match reply {
                Err(Fail::Service(_, code, _, message)) => {
                    return Err(failed(&format!("An error occurred ({code}): {message}")));
                }
                Err(other) => return Err(other),
                Ok(_) => {}
            },
        }
        if attempt < attempts && shell.pass(SimDuration::from_secs(waiter.delay)).is_some() {
            // The end of the line tells why.
            return Ok(());
        }
    }
    let before = last.map_or(String::new(), |own| format!(". Previously accepted state: {}", own.explanation()));
    Err(failed(&format!("Max attempts exceeded{before}")))
}

impl Acceptor {
    fn fits(&self, reply: &Result<Value, Fail>) -> bool {
        match (self.matcher, reply) {
            ("error", Err(Fail::Service(_, code, ..))) => self.expected == true || self.expected == code.as_str(),
            ("error", Ok(_)) => self.expected == false,
            ("status", Ok(_)) => self.expected == 200,
            ("status", Err(Fail::Service(..))) => self.expected == 400,
            ("path" | "pathAll" | "pathAny", Ok(reply)) => {
                let found = jmespath::compile(self.argument).and_then(|query| query.search(reply)).unwrap_or_default();
                let items = found.as_array().map(Vec::as_slice).unwrap_or_default();
                match self.matcher {
                    "path" => found == self.expected,
                    "pathAll" => !items.is_empty() && items.iter().all(|item| *item == self.expected),
                    _ => items.contains(&self.expected),
                }
            }
            _ => false,
        }
    }

    fn explanation(&self) -> String {
        let expected = crate::aws::check::python::text(&self.expected);
        match self.matcher {
            "path" => format!("For expression \"{}\" we matched expected path: \"{expected}\"", self.argument),
            "pathAll" => {
                format!("For expression \"{}\" all members matched expected path: \"{expected}\"", self.argument)
            }
            "pathAny" => {
                format!("For expression \"{}\" we matched expected path: \"{expected}\" at least once", self.argument)
            }
            "status" => format!("Matched expected HTTP status code: {expected}"),
            _ if self.expected == true => "Matched any expected error".to_string(),
            _ if self.expected == false => "Matched expected no error".to_string(),
            _ => format!("Matched expected service error code: {expected}"),
        }
    }
}
