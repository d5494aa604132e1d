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
    let others = if others.is_empty() { String::new() } else { format!("\nNOT SIMULATED\n{}", bullets(&others)) };
    format!("NAME\n       {name}\n\nAVAILABLE COMMANDS\n{}{others}", bullets(&simulated))
}

/// A command of the command line's own.
pub(super) fn command(name: &str, place: Option<&str>, options: &[Opt]) -> String {
    let place = place.map_or(String::new(), |place| format!("          {place} <value>\n"));
    let one = |own: &Opt| {
        let value = if own.takes == Takes::Nothing { "" } else { " <value>" };
        let text = format!("{}{value}", own.name);
        if own.required { format!("          {text}\n") } else { format!("          [{text}]\n") }
    };
    let options: String = options.iter().map(one).collect();
    format!("NAME\n       {name}\n\nSYNOPSIS\n            {name}\n{place}{options}")
}

/// The subcommands of a command.
pub(super) fn list(name: &str, words: &[String]) -> String {
    format!("NAME\n       {name}\n\nAVAILABLE COMMANDS\n{}", bullets(words))
}

fn bullets(words: &[String]) -> String {
    words.iter().map(|word| format!("       o {word}\n")).collect()
}

/// `aws SERVICE OPERATION help`.
pub(super) fn operation(operation: &'static Operation, generation: Generation) -> String {
    let name = kebab(operation.name);
    let table = options::table(operation, generation);
    let mut synopsis = String::new();
    let mut told = String::new();
    for (option, means) in table.options.iter().zip(&table.means) {
        let value = match option.takes {
            Takes::Nothing => "",
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
        told.push_str(&format!("       {} ({kind}){need}\n", option.name));
        if let Means::Member(member) = means {
            members(&mut told, member.shape, 10, 0);
        }
    }
    let pages = match &operation.paginator {
        Some(_) => format!(
            "\nDESCRIPTION\n       {name} is a paginated operation. Multiple API calls may be issued in order \
                            to retrieve the entire data set of results. You can disable pagination by providing the \
                            --no-paginate argument.\n"
        ),
        None => String::new(),
    };
    let errors: Vec<String> = operation.errors.iter().map(ToString::to_string).collect();
    let output: String = operation
        .output
        .members()
        .iter()
        .map(|own| format!("       {} -> ({})\n", own.name, kind(own.shape)))
        .collect();
    let output = if output.is_empty() { "       None\n".to_string() } else { output };
    format!(
        "NAME\n       {name}\n{pages}\nSYNOPSIS\n            {name}\n{synopsis}\nOPTIONS\n{told}\nOUTPUT\n{output}\nERRORS\n{}",
        bullets(&errors)
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
                members(out, member.shape, indent + 3, depth + 1);
            }
        }
        Kind::List { item, .. } => members(out, *item, indent, depth),
        Kind::Map { value, .. } => members(out, *value, indent, depth),
        _ => {}
    }
}
