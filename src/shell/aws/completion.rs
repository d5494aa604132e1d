//! The words of the AWS CLI that may stand at the cursor.

use super::Generation;
use super::options::{self, Means, Table};
use super::parser::{Opt, Takes};
use super::wait::waiters;
use super::{config, globals, members, offers, services};
use crate::aws::arn::regions;
use crate::aws::model::{self, Shape};
use crate::lab::Lab;
use crate::shell::complete::{Candidate, all, files};
use crate::shell::line::kebab;
use crate::shell::names::names;
use crate::shell::terminal::Terminal;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Behind `aws`.
pub(in crate::shell) fn aws(terminal: &Terminal, lab: &Lab, words: &[String], prefix: &str) -> Vec<Candidate> {
    if let Some((option, value)) = prefix.split_once('=').filter(|(option, _)| option.starts_with("--")) {
        let words = [words, &[option.to_string()]].concat();
        let glued = |own: Candidate| Candidate { word: format!("{option}={}", own.word), ..own };
        return aws(terminal, lab, &words, value).into_iter().map(glued).collect();
    }
    let generation = terminal.generation;
    let globals = globals::options(generation);
    // Global options may stand anywhere; they and their values are passed over.
    let mut plain: Vec<&String> = Vec::new();
    let mut pending = None;
    for word in words {
        let own = globals.iter().find(|own| own.name == *word);
        match (pending.take(), own) {
            (Some(_), _) => {}
            (None, Some(own)) => pending = (!matches!(own.takes, Takes::Nothing | Takes::End)).then_some(own),
            (None, None) => plain.push(word),
        }
    }
    if let Some(own) = pending {
        match own.name.as_str() {
            "--profile" => return all(config::profiles(terminal, lab), "name"),
            "--region" => return all(regions().map(String::from), "value"),
            _ => {}
        }
        return all(own.choices.iter().map(ToString::to_string), "value");
    }
    let mut found =
        if prefix.starts_with("--") { all(globals.into_iter().map(|own| own.name), "option") } else { Vec::new() };
    found.extend(match plain.as_slice() {
        [] => {
            let simulated = model::services().filter(|own| *own != "lab").map(|own| services::command(own).to_string());
            all(simulated.chain(["configure".to_string(), "help".to_string()]), "command")
        }
        [command] => match services::service(command) {
            Some(service) => {
                let simulated =
                    services::operations(service).into_iter().filter(|name| model::operation(service, name).is_some());
                let extras = services::extras(service, generation).iter().map(ToString::to_string);
                all(simulated.map(kebab).chain(extras), "operation")
            }
            None if *command == "s3" => all(super::s3::simulated().map(String::from), "operation"),
            None if *command == "configure" => {
                let verbs: &[&str] = match generation {
                    Generation::V1 => &["get", "list", "set"],
                    Generation::V2 => &["get", "list", "list-profiles", "set"],
                };
                all(verbs.iter().map(ToString::to_string), "operation")
            }
            None => Vec::new(),
        },
        [command, verb, rest @ ..] => match (services::service(command), verb.as_str(), rest) {
            (Some(service), "wait", []) => all(waiters(service).into_iter().map(|own| kebab(own.name)), "operation"),
            (Some(service), "wait", [waiter, rest @ ..]) => {
                let own = waiters(service).into_iter().find(|own| kebab(own.name) == **waiter);
                own.map(|own| behind(terminal, lab, service, own.operation, rest, prefix)).unwrap_or_default()
            }
            (Some(service), verb, rest) => match services::operation(service, verb) {
                Some(name) => behind(terminal, lab, service, name, rest, prefix),
                None if services::extras(service, generation).contains(&verb) => {
                    offers::custom(terminal, lab, (service, verb), rest, prefix)
                }
                None => return Vec::new(),
            },
            (None, verb, _) if *command == "s3" && super::s3::simulated().any(|own| own == verb) => {
                offers::s3(terminal, lab, verb, prefix)
            }
            (None, ..) if *command == "configure" => offers::settings(plain.get(1..).unwrap_or_default()),
            _ => return Vec::new(),
        },
    });
    found
}

/// Behind `lab` and one of its own operations.
pub(in crate::shell) fn lab(
    terminal: &Terminal,
    lab: &Lab,
    verb: &str,
    words: &[String],
    prefix: &str,
) -> Vec<Candidate> {
    let words: Vec<&String> = words.iter().collect();
    let name = model::operations("lab").map(|own| own.name).find(|name| kebab(name) == verb);
    match (name, verb, words.as_slice()) {
        (Some(name), ..) => behind(terminal, lab, "lab", name, &words, prefix),
        (None, "switch", []) => all(terminal.forks.keys().cloned(), "name"),
        (None, "region", []) => all(regions().map(String::from), "value"),
        _ => Vec::new(),
    }
}

/// Options of an operation, or values of the one that stands before the cursor.
fn behind(
    terminal: &Terminal,
    lab: &Lab,
    service: &'static str,
    name: &str,
    words: &[&String],
    prefix: &str,
) -> Vec<Candidate> {
    let Some(operation) = model::operation(service, name) else { return Vec::new() };
    let table = options::table(operation, terminal.generation);
    if prefix.starts_with('-') {
        return table.options.iter().map(offer).collect();
    }
    if ["file://", "fileb://"].iter().any(|start| prefix.starts_with(start)) {
        let start = if prefix.starts_with("fileb") { "fileb://" } else { "file://" };
        return files(terminal, prefix, start);
    }
    match open(&table, words) {
        Some(Means::Member(member)) => {
            let within = within(service, words);
            let of = |shape: Shape, name: &str| {
                // Of Application Auto Scaling's values the lab has few.
                match names(lab, service, name, within) {
                    none if none.is_empty() => all(members::values(shape), "value"),
                    own => all(own, "name"),
                }
            };
            let Some(place) = members::place(member.shape, prefix) else {
                return of(members::item(member.shape), member.name);
            };
            let values = place.value.map(|(shape, name)| of(shape, name)).unwrap_or_default();
            let whole = |own: Candidate| Candidate { word: format!("{}{}", place.before, own.word), ..own };
            place.members().into_iter().chain(values.into_iter().map(whole)).collect()
        }
        Some(Means::InputJson) => all(["file://".to_string()], "value"),
        Some(Means::Skeleton) => all(["input", "output"].map(String::from), "value"),
        _ => {
            let left = || table.options.iter().filter(|own| !words.iter().any(|word| **word == own.name));
            let missing: Vec<Candidate> = left().filter(|own| own.required).map(offer).collect();
            if missing.is_empty() && prefix.is_empty() { left().map(offer).collect() } else { missing }
        }
    }
}

/// An option as a word that may stand there.
pub(super) fn offer(own: &Opt) -> Candidate {
    Candidate { word: own.name.clone(), kind: if own.required { "required option" } else { "option" } }
}

/// What the line names of that in which the lab looks for names: the cluster, or the repository.
fn within<'a>(service: &str, words: &[&'a String]) -> Option<&'a str> {
    let option = if service == "ecr" { "--repository-name" } else { "--cluster" };
    let glued = || words.iter().find_map(|word| word.strip_prefix(option)?.strip_prefix('='));
    let at = words.iter().position(|word| *word == option);
    at.and_then(|at| words.get(at + 1)).map(|own| own.as_str()).or_else(glued)
}

/// What the option stands for that the next word would belong to.
fn open(table: &Table, words: &[&String]) -> Option<Means> {
    table.means.get(open_at(&table.options, words)?).copied()
}

/// The place of the option that the next word would belong to.
pub(super) fn open_at(options: &[Opt], words: &[&String]) -> Option<usize> {
    let at = words.iter().rposition(|word| word.starts_with("--"))?;
    let word = words.get(at)?;
    let place = options.iter().position(|own| own.name == **word)?;
    let (option, given) = (options.get(place)?, words.len() - at - 1);
    let takes = match option.takes {
        Takes::Nothing | Takes::End => false,
        Takes::One | Takes::Optional => given == 0,
        Takes::Any | Takes::Some => true,
    };
    takes.then_some(place)
}
