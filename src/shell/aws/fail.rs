//! How each generation says that something failed, and with which exit status (6.1, 6.2).

use super::Generation;
use crate::aws::object::object;
use crate::shell::near::close_matches;
use crate::shell::print;
use crate::shell::terminal::Output;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use serde_json::Value;

/// Why a command line came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fail {
    /// The words do not fit: argparse's message.
    Usage(String),
    /// Words that nobody takes: the list of them.
    Unknown(String),
    /// A value that is refused before the call.
    Validation(String),
    /// The service's answer: the service, code, operation, message.
    Service(&'static str, String, String, String),
    /// Something is missing in the configuration: its code, and the message of version 1 and of version 2.
    Configuration(&'static str, String, String),
    /// Anything else.
    Other(String),
    /// One of these, in the words of `--cli-error-format`.
    Formatted(Box<Fail>, String),
    /// One of these, behind what was printed before.
    After(Box<Fail>, String),
    /// One of these, and the word that was meant in all likelihood. It stands in no text that the AWS CLI prints.
    Near(Box<Fail>, String),
}

const HELP: &str =
    "To see help text, you can run:\n\n  aws help\n  aws <command> help\n  aws <command> <subcommand> help\n";

const NOTE: &str = "\rNote: AWS CLI version 2, the latest major version of the AWS CLI, is now stable and recommended \
                    for general use. For more information, see the AWS CLI version 2 installation instructions at: \
                    https://docs.aws.amazon.com/cli/latest/userguide/install-cliv2.html\n\n";

/// What a generation prints of how it is used.
fn usage(generation: Generation) -> String {
    let line = "aws [options] <command> <subcommand> [<subcommand> ...] [parameters]";
    match generation {
        Generation::V1 => format!("usage: {NOTE}usage: {line}\n{HELP}"),
        Generation::V2 => format!("usage: {line}\n{HELP}"),
    }
}

/// Members in a format of answers; none in one that is for errors alone.
fn formatted(members: &Value, format: &str) -> Option<String> {
    match format {
        "json" => Some(print::pretty(members) + "\n"),
        "yaml" => Some(print::yaml(members)),
        "text" => print::text(members).ok(),
        "table" => print::table("error", members).ok(),
        _ => None,
    }
}

impl Fail {
    /// A value that cannot be read, of an option.
    pub fn parameter(option: &str, why: &str) -> Self {
        Fail::Validation(format!("Error parsing parameter '{option}': {why}"))
    }

    /// What each service answers somebody who signs nothing.
    pub fn unsigned(service: &'static str, operation: &str) -> Self {
        let (code, why) = match service {
            "ec2" => ("MissingParameter", "The request must contain the parameter AWSAccessKeyId"),
            "autoscaling" | "elbv2" | "iam" | "sts" => {
                ("MissingAuthenticationToken", "Request is missing Authentication Token")
            }
            "s3" => ("AccessDenied", "Access Denied"),
            _ => ("MissingAuthenticationTokenException", "Missing Authentication Token"),
        };
        Fail::Service(service, code.to_string(), operation.to_string(), why.to_string())
    }

    /// Behind what was printed before.
    pub fn after(self, printed: String) -> Self {
        if printed.is_empty() { self } else { Fail::After(Box::new(self), printed) }
    }

    /// With the choice that one of the options among the words is like.
    pub fn near(self, words: &[String], choices: &[&str]) -> Self {
        let mut options = words.iter().filter(|word| word.starts_with("--"));
        match options.find_map(|word| close_matches(word, choices, 0.7).first().map(ToString::to_string)) {
            Some(own) => Fail::Near(Box::new(self), own),
            None => self,
        }
    }

    /// What is wrong with the words themselves or their values, where that is it.
    pub fn misused(&self) -> Option<String> {
        match self {
            Fail::Usage(why) | Fail::Validation(why) | Fail::Other(why) => Some(why.clone()),
            Fail::Unknown(words) => Some(format!("there is no option {words}")),
            Fail::Near(inner, _) | Fail::After(inner, _) => inner.misused(),
            _ => None,
        }
    }

    /// What it prints, and its status.
    pub fn output(self, generation: Generation) -> Output {
        match generation {
            Generation::V1 => self.first(),
            Generation::V2 => self.second(),
        }
    }

    fn first(self) -> Output {
        let usage = || usage(Generation::V1);
        match self {
            Fail::Usage(why) => Output::fail(2, format!("{}aws: error: {why}\n", usage())),
            Fail::Unknown(words) => Output::fail(255, format!("{}\nUnknown options: {words}\n", usage())),
            Fail::Configuration(_, why, _) => Output::fail(255, format!("{why}\n")),
            Fail::Validation(why) | Fail::Other(why) => Output::fail(255, format!("\n{why}\n")),
            Fail::Service(..) => Output::fail(255, format!("\n{}\n", self.service())),
            Fail::After(inner, stdout) => Output { stdout, ..inner.first() },
            Fail::Near(inner, _) | Fail::Formatted(inner, _) => inner.first(),
        }
    }

    fn second(self) -> Output {
        let told = |why: &str| format!("\naws: [ERROR]: {}\n", why.trim());
        let coded = |code: &str, why: &str| told(&format!("An error occurred ({code}): {why}"));
        let usage = || usage(Generation::V2);
        match self {
            Fail::Usage(why) => Output::fail(252, coded("ParamValidation", &format!("{why}\n\n{}", usage()))),
            Fail::Unknown(words) => {
                Output::fail(252, format!("\n{}\n{}", usage(), told(&format!("Unknown options: {words}"))))
            }
            Fail::Validation(why) => Output::fail(252, coded("ParamValidation", &why)),
            Fail::Configuration(code, _, why) => Output::fail(253, coded(code, &why)),
            Fail::Other(why) => Output::fail(255, told(&why)),
            Fail::Service(..) => Output::fail(254, told(&self.service())),
            Fail::After(inner, stdout) => Output { stdout, ..inner.second() },
            Fail::Near(inner, _) => inner.second(),
            Fail::Formatted(inner, format) => {
                let told = inner.members().and_then(|members| formatted(&members, &format));
                let output = inner.second();
                told.map_or(output.clone(), |stderr| Output { stderr, ..output })
            }
        }
    }

    /// Code and message, of what has a code.
    fn members(&self) -> Option<Value> {
        match self {
            Fail::Service(_, code, _, message) => Some(object!({ "Message": message.as_str(), "Code": code.as_str() })),
            Fail::Validation(why) => Some(object!({ "Code": "ParamValidation", "Message": why.as_str() })),
            Fail::Configuration(code, _, why) => Some(object!({ "Code": *code, "Message": why.as_str() })),
            Fail::Near(inner, _) | Fail::After(inner, _) | Fail::Formatted(inner, _) => inner.members(),
            _ => None,
        }
    }

    /// The line that tells of a refusal.
    pub(super) fn service(&self) -> String {
        match self {
            Fail::Service(_, code, operation, message) => {
                format!("An error occurred ({code}) when calling the {operation} operation: {message}")
            }
            _ => String::new(),
        }
    }
}
