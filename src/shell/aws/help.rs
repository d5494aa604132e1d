//! `help`, from the model: which operations and options there are, what they take and what they need.

use super::Generation;
use super::options::{self, Means};
use super::parser::{Opt, Takes};
use super::services;
use crate::aws::model::{self, Kind, Operation, Shape};
use crate::shell::line::kebab;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// What options and members are for, a line each: `SERVICE.OPTION` or, where it is the same everywhere, `OPTION`; `.MEMBER`
/// of a structure.
const TOLD: &str = include_str!("help.txt");

/// The words for an option of a service, given without its dashes.
fn told(service: &str, option: &str) -> Option<&'static str> {
    let of = |key: &str, own: &str| own.split_once('.').is_some_and(|(room, name)| room == service && name == key);
    let lines = || TOLD.lines().filter_map(|line| line.split_once('\t'));
    let own = lines().find(|(key, _)| of(option, key));
    own.or_else(|| lines().find(|(key, _)| *key == option)).map(|(_, text)| text)
}

/// The text in lines that fit, each indented.
fn wrapped(text: &str, indent: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut().filter(|line| line.len() + word.len() < WIDTH - indent) {
            Some(line) => *line = format!("{line} {word}"),
            None => lines.push(word.to_string()),
        }
    }
    lines.iter().map(|line| format!("{}{line}\n", " ".repeat(indent))).collect()
}

/// Columns of a help page.
const WIDTH: usize = 80;

/// As deep as the members of a structure are spelled out.
const DEEPEST: usize = 3;

/// `aws help`.
pub(super) fn all() -> String {
    let mut names: Vec<String> =
        model::services().filter(|own| *own != "lab").map(|own| services::command(own).to_string()).collect();
    crate::sim::order::sort_by(&mut names, String::cmp);
    names.push("configure".to_string());
    format!(
        "NAME\n       aws\n\nSYNOPSIS\n          aws [options] <command> <subcommand> [parameters]\n\n       Use aws command \
         help for information on a specific command.\n\nCOMMANDS THAT THE LAB SIMULATES\n{}",
        bullets(&names)
    )
}

/// `aws SERVICE help`.
pub(super) fn service(service: &'static str, generation: Generation) -> String {
    let simulated: Vec<String> = services::operations(service)
        .into_iter()
        .filter(|name| model::operation(service, name).is_some())
        .map(kebab)
        .chain(services::extras(service, generation).iter().map(ToString::to_string))
        .collect();
    let others: Vec<String> = services::operations(service)
        .into_iter()
        .filter(|name| model::operation(service, name).is_none())
        .map(kebab)
        .collect();
    let name = services::command(service);
    list(name, &simulated, &others)
}

/// A command of the command line's own.
pub(super) fn command(name: &str, place: Option<&str>, options: &[Opt]) -> String {
    let place = place.map_or(String::new(), |place| format!("          {place} <value>\n"));
    let one = |own: &Opt| {
        let value = if matches!(own.takes, Takes::Nothing | Takes::End) { "" } else { " <value>" };
        let text = format!("{}{value}", own.name);
        if own.required { format!("          {text}\n") } else { format!("          [{text}]\n") }
    };
    let options: String = options.iter().map(one).collect();
    format!("NAME\n       {name}\n\nSYNOPSIS\n            {name}\n{place}{options}")
}

/// The subcommands of a command, and those that are not simulated.
pub(super) fn list(name: &str, words: &[String], others: &[String]) -> String {
    let others = if others.is_empty() { String::new() } else { format!("\nNOT SIMULATED\n{}", bullets(others)) };
    format!("NAME\n       {name}\n\nAVAILABLE COMMANDS\n{}{others}", bullets(words))
}

fn bullets(words: &[String]) -> String {
    words.iter().map(|word| format!("       o {word}\n")).collect()
}

/// `aws SERVICE OPERATION help`.
pub(super) fn operation(operation: &'static Operation, generation: Generation) -> String {
    let name = kebab(operation.name);
    let told = match &operation.paginator {
        Some(_) => format!(
            "{name} is a paginated operation. Multiple API calls may be issued in order to retrieve the entire data set \
             of results. You can disable pagination by providing the --no-paginate argument."
        ),
        None => String::new(),
    };
    let output: String = operation
        .output
        .members()
        .iter()
        .map(|own| format!("       {} -> ({})\n", own.name, kind(own.shape)))
        .collect();
    let errors: Vec<String> = operation.errors.iter().map(ToString::to_string).collect();
    page(&name, &told, operation, generation, &output) + &format!("\nERRORS\n{}", bullets(&errors))
}

/// `aws SERVICE wait WAITER help`: what it waits for, with the options of the operation that it asks.
pub(super) fn waiter(name: &str, told: &str, operation: &'static Operation, generation: Generation) -> String {
    page(name, told, operation, generation, "")
}

/// A page about what takes an operation's options.
fn page(name: &str, description: &str, operation: &'static Operation, generation: Generation, output: &str) -> String {
    let table = options::table(operation, generation);
    let mut synopsis = String::new();
    let mut options_told = String::new();
    let service = services::command(operation.service);
    for (option, means) in table.options.iter().zip(&table.means) {
        let value = match option.takes {
            Takes::Nothing | Takes::End => "",
            _ => " <value>",
        };
        let text = format!("{}{value}", option.name);
        let text = if option.required { text } else { format!("[{text}]") };
        synopsis.push_str(&format!("          {text}\n"));
        let need = if option.required { " [required]" } else { "" };
        let kind = match means {
            Means::Member(member) => kind(member.shape),
            Means::Not(_) => "boolean",
            Means::PageSize | Means::MaxItems => "integer",
            _ => "string",
        };
        options_told.push_str(&format!("       {} ({kind}){need}\n", option.name));
        let words = told(service, option.name.trim_start_matches("--"));
        options_told.push_str(&words.map_or(String::new(), |words| wrapped(words, 10)));
        if let Means::Member(member) = means {
            members(&mut options_told, member.shape, 10, 0);
        }
    }
    let description = match description {
        "" => String::new(),
        text => format!("\nDESCRIPTION\n{}", wrapped(text, 7)),
    };
    let output = if output.is_empty() { "       None\n" } else { output };
    format!(
        "NAME\n       {name}\n{description}\nSYNOPSIS\n            {name}\n{synopsis}\nOPTIONS\n{options_told}\nOUTPUT\n{output}"
    )
}

fn kind(shape: Shape) -> &'static str {
    match shape.kind() {
        Kind::Structure { .. } => "structure",
        Kind::List { .. } => "list",
        Kind::Map { .. } => "map",
        Kind::String { .. } => "string",
        Kind::Integer(_) => "integer",
        Kind::Long(_) => "long",
        Kind::Double(_) => "double",
        Kind::Boolean => "boolean",
        Kind::Timestamp => "timestamp",
        Kind::Blob => "blob",
        Kind::Unsimulated => "not simulated",
    }
}

/// What a value is made of: the members of structures, the values of enums.
fn members(out: &mut String, shape: Shape, indent: usize, depth: usize) {
    let allowed = shape.allowed();
    if !allowed.is_empty() {
        out.push_str(&format!("{}Possible values: {}\n", " ".repeat(indent), allowed.join(", ")));
    }
    if depth >= DEEPEST {
        return;
    }
    match shape.kind() {
        Kind::Structure { members: own, .. } => {
            for member in own {
                let need = if member.required { " [required]" } else { "" };
                out.push_str(&format!("{}{} -> ({}){need}\n", " ".repeat(indent), member.name, kind(member.shape)));
                out.push_str(&told("", member.name).map_or(String::new(), |words| wrapped(words, indent + 3)));
                members(out, member.shape, indent + 3, depth + 1);
            }
        }
        Kind::List { item, .. } => members(out, *item, indent, depth),
        Kind::Map { value, .. } => members(out, *value, indent, depth),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::sorted::Map;

    fn below(shape: Shape, depth: usize, found: &mut Map<String, ()>) {
        if depth > DEEPEST {
            return;
        }
        match shape.kind() {
            Kind::Structure { members, .. } => {
                for own in members {
                    found.insert(format!(".{}", own.name), ());
                    below(own.shape, depth + 1, found);
                }
            }
            Kind::List { item, .. } => below(*item, depth, found),
            Kind::Map { value, .. } => below(*value, depth, found),
            _ => {}
        }
    }

    /// What is told is told once, of an option or a member that there is.
    #[test]
    fn every_line_is_of_something_that_a_page_shows() {
        let mut there: Map<String, ()> = Map::new();
        let mut wants = [0, 0];
        for service in model::services() {
            let names = services::operations(service).into_iter();
            for own in names.filter_map(|name| model::operation(service, name)) {
                let table = options::table(own, Generation::V2);
                let command = services::command(service);
                for option in &table.options {
                    let name = option.name.trim_start_matches("--");
                    if ["ecs", "ecr", "application-autoscaling"].contains(&command) && !name.starts_with("no-") {
                        let place = usize::from(told(command, name).is_none());
                        wants[place] += 1;
                    }
                    there.insert(format!("{command}.{name}"), ());
                    there.insert(name.to_string(), ());
                }
                below(own.input, 0, &mut there);
            }
        }
        let mut known: Map<&str, ()> = Map::new();
        for line in TOLD.lines() {
            let (key, text) = line.split_once('\t').unwrap();
            assert!(there.contains_key(key), "{key} is no option");
            assert!(known.insert(key, ()).is_none(), "{key} stands there twice");
            assert!(text.ends_with(['.', '…']), "{key}: {text}");
        }
        assert!(wants[0] > 10 * wants[1], "told of {} options, and not of {}", wants[0], wants[1]);
    }
}
