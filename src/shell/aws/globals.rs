//! The options that every command has, and who runs the command.

use super::fail::Fail;
use super::parser::{self, Opt, Parsed, Place, Takes};
use super::{Generation, call, configure, help, own, s3, services};
use crate::shell::exec::Shell;
use crate::shell::jmespath::{self, Query};
use crate::shell::terminal::Output;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// What options that show more of the real tool do here.
const WITHOUT_EFFECT: [(&str, &str); 3] = [
    ("--cli-auto-prompt", "asks nothing here; Tab completes commands, options and values"),
    ("--debug", "has no more to tell: nothing was sent over a network"),
    ("--v2-debug", "has no more to tell: nothing is looked through for what version 2 would do otherwise"),
];

/// How an answer is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Text,
    Table,
    Yaml,
    YamlStream,
    Off,
}

/// What the options before and behind the command say.
pub(super) struct Globals {
    pub(super) output: Option<String>,
    pub(super) query: Option<Query>,
    pub(super) profile: Option<String>,
    pub(super) region: Option<String>,
    pub(super) paginate: bool,
    pub(super) unsigned: bool,
    pub(super) endpoint: Option<String>,
    /// How a failure is told.
    pub(super) errors: Option<String>,
}

/// The options by generation, in the AWS CLI's order.
pub(super) fn options(generation: Generation) -> Vec<Opt> {
    let flag = |name| Opt::new(name, Takes::Nothing);
    let text = |name| Opt::new(name, Takes::One);
    let formats: &[&str] = match generation {
        Generation::V1 => &["json", "text", "table"],
        Generation::V2 => &["json", "text", "table", "yaml", "yaml-stream", "off"],
    };
    let mut all = alloc::vec![
        flag("debug"),
        text("endpoint-url"),
        flag("no-verify-ssl"),
        flag("no-paginate"),
        Opt { choices: formats, ..text("output") },
        text("query"),
        text("profile"),
        text("region"),
        Opt { choices: &["on", "off", "auto"], ..text("color") },
        flag("no-sign-request"),
        text("ca-bundle"),
        text("cli-read-timeout"),
        text("cli-connect-timeout"),
    ];
    match generation {
        Generation::V1 => all.push(flag("v2-debug")),
        Generation::V2 => all.extend([
            Opt { choices: &["base64", "raw-in-base64-out"], ..text("cli-binary-format") },
            flag("no-cli-pager"),
            flag("cli-auto-prompt"),
            flag("no-cli-auto-prompt"),
            Opt { choices: &["legacy", "json", "yaml", "text", "table", "enhanced"], ..text("cli-error-format") },
        ]),
    }
    all.push(Opt::new("version", Takes::End));
    all
}

/// What `aws --version` prints.
pub(super) fn version(generation: Generation) -> &'static str {
    match generation {
        Generation::V1 => "aws-cli/1.46.2 Python/3.11.7 Linux/6.1 botocore/1.44.5\n",
        Generation::V2 => "aws-cli/2.36.7 Python/3.13.4 Linux/6.1 exe/x86_64.amzn.2023\n",
    }
}

/// Runs a command line.
///
/// # Errors
/// Why nothing was printed.
pub(super) fn run(shell: &mut Shell<'_>, words: &[String], input: &str) -> Result<Output, Fail> {
    let generation = shell.terminal.generation;
    let options = options(generation);
    let commands = services::commands(generation);
    let place = Place { name: "command", choices: Some(&commands), required: true };
    let parsed = parser::parse(&options, Some(&place), words, generation)?;
    if options.iter().position(|own| own.takes == Takes::End).is_some_and(|at| parsed.words(at).is_some()) {
        return Ok(Output::print(version(generation)));
    }
    let globals = read(&options, &parsed, generation)?;
    let done = dispatched(shell, &globals, &parsed, input);
    for (name, told) in WITHOUT_EFFECT {
        if options.iter().position(|own| own.name == name).is_some_and(|at| parsed.words(at).is_some()) {
            let told = format!("ECS Lab: {name} {told}\n");
            shell.remark = Some(shell.remark.take().unwrap_or_default() + &told);
        }
    }
    let variable = || shell.environment("AWS_CLI_ERROR_FORMAT").map(ToString::to_string);
    let profile = shell.profile(globals.profile.as_deref());
    let written = || shell.profile_setting(&profile, "cli_error_format");
    let format = globals.errors.clone().or_else(variable).or_else(written).filter(|_| generation == Generation::V2);
    match format {
        Some(format) => done.map_err(|fail| Fail::Formatted(Box::new(fail), format.to_lowercase())),
        None => done,
    }
}

/// Runs the command that stands behind the options.
fn dispatched(shell: &mut Shell<'_>, globals: &Globals, parsed: &Parsed, input: &str) -> Result<Output, Fail> {
    let profile = shell.profile(globals.profile.as_deref());
    let command = parsed.place.as_deref().unwrap_or_default();
    // What a new profile is to have is set before there is one.
    if !(command == "configure" && parsed.rest.first().is_none_or(|word| word == "set")) {
        shell.check_profile(&profile)?;
    }
    match command {
        "help" => Ok(Output::print(help::all())),
        "configure" => configure::run(shell, globals, &parsed.rest, input),
        "s3" => s3::run(shell, globals, &parsed.rest, input),
        _ => match services::service(command) {
            Some(service) => of_service(shell, globals, service, &parsed.rest),
            None => Err(Fail::Other(format!("ECS Lab does not simulate aws {command}."))),
        },
    }
}

fn read(options: &[Opt], parsed: &Parsed, generation: Generation) -> Result<Globals, Fail> {
    let words = |name: &str| parsed.words(options.iter().position(|own| own.name == name)?);
    let text = |name: &str| words(name).and_then(|words| words.first()).cloned();
    let refused = |why: String| match generation {
        Generation::V1 => Fail::Other(why),
        Generation::V2 => Fail::Validation(why),
    };
    let query = match text("--query") {
        Some(text) => {
            let why = |why: String| refused(format!("Bad value for --query {text}: {why}"));
            Some(jmespath::compile(&text).map_err(why)?)
        }
        None => None,
    };
    if let Some(url) = text("--endpoint-url").filter(|url| !url.contains("://")) {
        return Err(refused(format!(
            "Bad value for --endpoint-url \"{url}\": scheme is missing.  Must be of the form http://<hostname>/ or \
             https://<hostname>/"
        )));
    }
    for name in ["--cli-read-timeout", "--cli-connect-timeout"] {
        if let Some(word) = text(name).filter(|word| parser::int(word).is_none()) {
            let word = parser::repr(&word);
            return Err(Fail::Other(format!("invalid literal for int() with base 10: {word}")));
        }
    }
    Ok(Globals {
        output: text("--output"),
        query,
        profile: text("--profile"),
        region: text("--region"),
        paginate: words("--no-paginate").is_none(),
        unsigned: words("--no-sign-request").is_some(),
        endpoint: text("--endpoint-url"),
        errors: text("--cli-error-format"),
    })
}

fn of_service(
    shell: &mut Shell<'_>,
    globals: &Globals,
    service: &'static str,
    words: &[String],
) -> Result<Output, Fail> {
    let generation = shell.terminal.generation;
    let choices = services::words(service, generation);
    let place = Place { name: "operation", choices: Some(&choices), required: true };
    let parsed = parser::parse(&[], Some(&place), words, generation)?;
    let word = parsed.place.unwrap_or_default();
    match services::operation(service, &word) {
        Some(name) => call::operation(shell, globals, service, name, &parsed.rest),
        None => own::run(shell, globals, service, &word, &parsed.rest),
    }
}

impl Globals {
    /// Without any option.
    pub(super) fn plain() -> Self {
        Self {
            output: None,
            query: None,
            profile: None,
            region: None,
            paginate: true,
            unsigned: false,
            endpoint: None,
            errors: None,
        }
    }

    /// How the answer is printed.
    pub(super) fn format(&self, shell: &Shell<'_>) -> Result<Format, Fail> {
        let profile = shell.profile(self.profile.as_deref());
        let variable = shell.environment("AWS_DEFAULT_OUTPUT").map(ToString::to_string);
        let word = self.output.clone().or(variable).or_else(|| shell.profile_setting(&profile, "output"));
        let word = word.filter(|word| !word.is_empty());
        let second = shell.terminal.generation == Generation::V2;
        match word.as_deref().unwrap_or("json") {
            "json" => Ok(Format::Json),
            "text" => Ok(Format::Text),
            "table" => Ok(Format::Table),
            "yaml" if second => Ok(Format::Yaml),
            "yaml-stream" if second => Ok(Format::YamlStream),
            "off" if second => Ok(Format::Off),
            other => Err(Fail::Other(format!("Unknown output type: {other}"))),
        }
    }
}
