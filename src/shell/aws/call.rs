//! One operation: its options, its input, the call, and what is printed of the answer.

use super::answer;
use super::fail::Fail;
use super::globals::{self, Format, Globals};
use super::options::{self, Means, Table};
use super::pages::{self, Paging};
use super::parser::{self, Opt, Parsed, Place};
use super::printed::printed;
use super::value::{Given, json, on_the_wire};
use super::{Generation, help, place, session, skeleton};

use crate::aws::model::{self, Kind, Operation};
use crate::aws::object::object;
use crate::aws::{ApiError, check, wire, yaml};
use crate::lab::{ApiCall, Command};
use crate::shell::exec::Shell;
use crate::shell::learn;
use crate::shell::print;
use crate::shell::terminal::Output;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

const WARNING: &str = "warning: Non-positive values for --max-items may result in undefined behavior.\n";

/// Who calls, and where.
pub(super) struct Caller {
    pub(super) region: String,
    pub(super) name: Option<String>,
    /// Whether the calls are not signed.
    pub(super) unsigned: bool,
    /// The address that is called instead of the service's own.
    pub(super) endpoint: Option<String>,
}

/// An operation's command line, read.
pub(super) struct Asked {
    pub(super) input: Value,
    /// The members that options gave as JSON: to awscli, the objects in them are no `dict`.
    pub(super) ordered: Vec<&'static str>,
    pub(super) paging: Option<Paging>,
    /// `input` or `output` of `--generate-cli-skeleton`.
    pub(super) skeleton: Option<String>,
}

/// Runs an operation of the API.
///
/// # Errors
/// Why nothing was printed.
pub(super) fn operation(
    shell: &mut Shell<'_>,
    globals: &Globals,
    service: &'static str,
    name: &'static str,
    words: &[String],
) -> Result<Output, Fail> {
    let Some(operation) = model::operation(service, name) else {
        if words.first().is_some_and(|word| word == "help") {
            return Ok(Output::print(format!("ECS Lab does not simulate {name}.\n")));
        }
        let caller = who(shell, globals, service, name)?;
        place::reach(shell, &caller, service, name)?;
        let call = ApiCall { caller: caller.name, ..ApiCall::new(service, name, Value::Object(Map::new())) };
        return Err(match shell.lab.apply(Command::Api(call)) {
            Ok(_) => Fail::Other(String::new()),
            Err(error) => refused(service, name, error),
        });
    };
    let Some(asked) = read(shell, globals, operation, words)? else {
        return Ok(Output::print(help::operation(operation, shell.terminal.generation)));
    };
    let title = operation.name;
    match asked.skeleton.as_deref() {
        Some("output") => {
            let format = globals.format(shell)?;
            asked.valid(operation, shell.terminal.generation)?;
            let structured = ![Format::Text, Format::Table].contains(&format);
            let page = skeleton::output(operation, structured);
            return printed(globals, format, title, core::slice::from_ref(&page), page.clone(), None)
                .map(Output::print);
        }
        Some("yaml-input") => return Ok(Output::print(skeleton::yaml(operation.input))),
        Some(_) => return Ok(Output::print(print::pretty(&skeleton::input(operation.input)) + "\n")),
        None => {}
    }
    let caller = who(shell, globals, service, name)?;
    let generation = shell.terminal.generation;
    asked.valid(operation, generation)?;
    let mut once = |input: &Value| {
        let reply = send(shell, &caller, operation, input.clone())?;
        Ok(answer::shaped(operation, &reply, generation))
    };
    let (found, paged) = match (&operation.paginator, &asked.paging) {
        (Some(paginator), Some(paging)) => (pages::all(&mut once, paginator, paging, &asked.input)?, Some(paginator)),
        _ => (pages::Pages::one(once(&asked.input)?), None),
    };
    let format = globals.format(shell)?;
    let whole = match paged {
        Some(paginator) => found.whole(paginator),
        None => found.pages.first().cloned().unwrap_or_default(),
    };
    if title == "ExecuteCommand" {
        return Ok(session::of(shell, &whole, asked.input["command"].as_str().unwrap_or_default()));
    }
    if whole["failures"].as_array().is_some_and(|list| !list.is_empty()) {
        shell.learn = learn::of_service(operation.service, "failures", operation.name);
    }
    let texts = match paged {
        Some(paginator) => found.texts(paginator),
        None => found.pages,
    };
    let resume = found.resume.filter(|_| paged.is_some());
    let mut output = printed(globals, format, title, &texts, whole, resume).map(Output::print)?;
    if asked.paging.and_then(|paging| paging.most).is_some_and(|most| most <= 0) {
        output.stderr = WARNING.to_string();
    }
    Ok(output)
}

/// Reads the words of a command of the command line's own.
pub(super) fn simple(
    shell: &Shell<'_>,
    options: &[Opt],
    place: Option<&Place<'_>>,
    words: &[String],
) -> Result<Parsed, Fail> {
    let parsed = parser::parse(options, place, words, shell.terminal.generation)?;
    if parsed.rest.is_empty() {
        return Ok(parsed);
    }
    Err(Fail::Other(format!("Unknown options: {}", parsed.rest.join(","))))
}

/// Who calls an operation, and where.
///
/// # Errors
/// No Region, no credentials, a key that is no longer one or has another secret, a role that does not let the caller in.
pub(super) fn who(
    shell: &Shell<'_>,
    globals: &Globals,
    service: &'static str,
    operation: &str,
) -> Result<Caller, Fail> {
    // Nobody signs what the lab does, and it stays in the lab.
    if service == "lab" {
        let region = shell.lab.start().region.clone();
        return Ok(Caller { region, name: None, unsigned: false, endpoint: None });
    }
    let profile = shell.profile(globals.profile.as_deref());
    let (region, unsigned) = (region(shell, globals, &profile, service)?, globals.unsigned);
    let name = if unsigned { None } else { shell.caller(globals.profile.as_deref(), (service, operation))? };
    let endpoint = globals.endpoint.clone().or_else(|| shell.environment("AWS_ENDPOINT_URL").map(ToString::to_string));
    Ok(Caller { region, name, unsigned, endpoint })
}

/// The Region of a call. Services with one address for all Regions are asked there by who names none.
fn region(shell: &Shell<'_>, globals: &Globals, profile: &str, service: &str) -> Result<String, Fail> {
    let named = shell.region(globals.region.as_deref(), profile);
    match service {
        "iam" | "route53" | "s3" | "sts" => Ok(named.unwrap_or_else(|_| "us-east-1".to_string())),
        _ => named,
    }
}

/// Makes a call through the lab's door.
///
/// # Errors
/// The service's refusal.
pub(super) fn send(shell: &mut Shell<'_>, caller: &Caller, operation: &Operation, input: Value) -> Result<Value, Fail> {
    let refused = |error: ApiError| refused(operation.service, operation.name, error);
    let input = wire::receive(operation, input).map_err(refused)?;
    let call = ApiCall { caller: caller.name.clone(), ..ApiCall::new(operation.service, operation.name, input) };
    place::reach(shell, caller, operation.service, operation.name)?;
    let home = &shell.lab.start().region;
    if caller.region != *home && !place::is_global(operation) {
        if !operation.read_only() {
            let region = &caller.region;
            let what = format!(
                "a second Region: this lab is in {home}, and lab region {region} goes to one that is in {region}"
            );
            return Err(refused(ApiError::not_simulated(&what)));
        }
        shell.remark = place::remark(shell, &caller.region, operation);
        let there = if place::is_here(shell, &caller.region, operation) {
            None
        } else {
            shell.terminal.copy_in(&caller.region)
        };
        let reply = match there {
            Some((_, lab)) => lab.read(&call),
            None => shell.lab.world().read_in(&caller.region, &call),
        };
        return reply.map_err(refused);
    }
    let reply = shell.lab.apply(Command::Api(call)).map(|done| done.reply).map_err(refused)?;
    shell.remark = place::stand_in(operation, &reply);
    Ok(reply)
}

fn refused(service: &'static str, operation: &str, error: ApiError) -> Fail {
    let code = wire::code(&error, service).to_string();
    Fail::Service(service, code, operation.to_string(), error.message)
}

/// Reads the words behind an operation; none where they ask for help.
///
/// # Errors
/// What argparse or awscli refuse.
pub(super) fn read(
    shell: &Shell<'_>,
    globals: &Globals,
    operation: &'static Operation,
    words: &[String],
) -> Result<Option<Asked>, Fail> {
    if words == ["help"] {
        return Ok(None);
    }
    let generation = shell.terminal.generation;
    let mut table = options::table(operation, generation);
    let skeleton_at = words.iter().position(|word| word == "--generate-cli-skeleton");
    let validates = skeleton_at.and_then(|at| words.get(at + 1)).is_some_and(|word| word == "output");
    // Version 1 has no YAML.
    let inputs: &[&str] = match generation {
        Generation::V1 => &["--cli-input-json"],
        Generation::V2 => &["--cli-input-json", "--cli-input-yaml"],
    };
    if words.iter().any(|word| inputs.contains(&word.as_str())) || (skeleton_at.is_some() && !validates) {
        table.options.iter_mut().for_each(|option| option.required = false);
    }
    let place = Place { name: "help", choices: None, required: false };
    let mut parsed = parser::parse(&table.options, Some(&place), words, generation)?;
    match parsed.place.take() {
        Some(word) if word == "help" => return Ok(None),
        Some(word) => parsed.rest.push(word),
        None => {}
    }
    if !parsed.rest.is_empty() {
        let globals = globals::options(generation);
        let names: Vec<&str> = table.options.iter().chain(&globals).map(|own| own.name.as_str()).collect();
        return Err(Fail::Unknown(parsed.rest.join(", ")).near(&parsed.rest, &names));
    }
    let paging = paging(globals, operation, &table, &parsed, generation)?;
    let (mut input, ordered) = members(shell, operation, &table, &parsed)?;
    let text = |wanted: &dyn Fn(&Means) -> bool| {
        let words = parsed.words(table.find(wanted)?)?;
        Some(words.first().cloned().unwrap_or_default())
    };
    let json = text(&|own| matches!(own, Means::InputJson));
    let yaml = text(&|own| matches!(own, Means::InputYaml));
    match (json, yaml) {
        (Some(_), Some(_)) => {
            return Err(Fail::Validation("Only one --cli-input- parameter may be specified.".to_string()));
        }
        (Some(word), None) => merge(shell, "cli-input-json", &word, &mut input)?,
        (None, Some(word)) => merge(shell, "cli-input-yaml", &word, &mut input)?,
        (None, None) => {}
    }
    super::ec2::counted(operation, &mut input);
    let skeleton = table.find(|own| matches!(own, Means::Skeleton)).and_then(|at| parsed.words(at));
    let skeleton = skeleton.map(|words| words.first().cloned().unwrap_or_else(|| "input".to_string()));
    let mut input = Value::Object(input);
    on_the_wire(operation.input, &mut input, generation)?;
    Ok(Some(Asked { input, ordered, paging, skeleton }))
}

fn paging(
    globals: &Globals,
    operation: &Operation,
    table: &Table,
    parsed: &Parsed,
    generation: Generation,
) -> Result<Option<Paging>, Fail> {
    let Some(paginator) = &operation.paginator else { return Ok(None) };
    let manual = table.means.iter().enumerate().any(|(at, own)| {
        let Means::Member(member) = own else { return false };
        let token = paginator.input_token == member.name || paginator.limit_key == Some(member.name);
        token && parsed.words(at).is_some()
    });
    let word = |wanted: &dyn Fn(&Means) -> bool| parsed.words(table.find(wanted)?)?.first().cloned();
    let start = word(&|own| matches!(own, Means::Start));
    let size = word(&|own| matches!(own, Means::PageSize)).and_then(|word| parser::int(&word));
    let most = word(&|own| matches!(own, Means::MaxItems)).and_then(|word| parser::int(&word));
    if globals.paginate && !manual {
        return Ok(Some(Paging { start, size: size.map(|own| super::pages::size(operation, own)), most }));
    }
    let mut used: Vec<&str> = Vec::new();
    used.extend(start.filter(|word| !word.is_empty()).map(|_| "--starting-token"));
    used.extend(size.filter(|number| *number != 0).map(|_| "--page-size"));
    used.extend(most.filter(|number| *number != 0).map(|_| "--max-items"));
    if used.is_empty() {
        return Ok(None);
    }
    let why = format!("Cannot specify --no-paginate along with pagination arguments: {}", used.join(", "));
    Err(match generation {
        Generation::V1 => Fail::Other(format!("Error during pagination: {why}")),
        Generation::V2 => Fail::Validation(why),
    })
}

/// The members that options give, in the order of the table, and which of them they give as JSON.
fn members(
    shell: &Shell<'_>,
    operation: &Operation,
    table: &Table,
    parsed: &Parsed,
) -> Result<(Map<String, Value>, Vec<&'static str>), Fail> {
    let switches = |member| options::is_switch(operation.service, member);
    let (mut input, mut ordered) = (Map::new(), Vec::new());
    let mut own: Vec<(&str, String)> = Vec::new();
    for (at, (option, means)) in table.options.iter().zip(&table.means).enumerate() {
        let Some(words) = parsed.words(at) else { continue };
        match means {
            Means::Member(member) if matches!(member.shape.kind(), Kind::Boolean) => {
                // Of the pair the last one counts.
                let not = table.find(|own| matches!(own, Means::Not(other) if other.name == member.name));
                let last = parsed.given.iter().rev().find(|(own, _)| *own == at || Some(*own) == not);
                input.insert(member.name.to_string(), (last.map(|(own, _)| *own) == Some(at)).into());
            }
            // The value of a switch, as of any structure, stands below.
            Means::Member(member) if words.is_empty() && switches(member) => {
                input.insert(member.name.to_string(), object!({ "Value": true }));
            }
            Means::Not(member) if switches(member) => super::ec2::switch_off(&mut input, member, &option.name)?,
            Means::Not(member) => drop(input.entry(member.name).or_insert(false.into())),
            Means::Member(member) => {
                let list = matches!(member.shape.kind(), Kind::List { .. } | Kind::Unsimulated);
                let given = shell.loaded(&option.name, words, list)?;
                let mut value = shell.value(&option.name, member.shape, &given)?;
                ordered.extend(given.is_json().then_some(member.name));
                if matches!(member.shape.kind(), Kind::Blob)
                    && words.first().is_some_and(|word| word.starts_with("fileb://"))
                {
                    value = bytes(value, shell.terminal.generation);
                }
                input.insert(member.name.to_string(), value);
            }
            Means::Own(name) => own.push((name, words.first().cloned().unwrap_or_default())),
            _ => {}
        }
    }
    super::ec2::own(&mut input, &own)?;
    super::metric::own(&mut input, &own)?;
    super::location::own(shell, &mut input, &own)?;
    Ok((input, ordered))
}

/// Version 2 takes the bytes of a file as they are, where it takes a text for base64.
fn bytes(value: Value, generation: Generation) -> Value {
    match (generation, value.as_str()) {
        (Generation::V2, Some(text)) => STANDARD.encode(text).into(),
        _ => value,
    }
}

/// Adds the members of `--cli-input-json` or `--cli-input-yaml` that no option gives.
fn merge(shell: &Shell<'_>, option: &str, word: &str, input: &mut Map<String, Value>) -> Result<(), Fail> {
    let name = format!("--{option}");
    let Given::Text(text) = shell.loaded(&name, &[word.to_string()], false)? else { return Ok(()) };
    let value = match shell.terminal.generation {
        Generation::V1 => json(option, &text)?,
        Generation::V2 if option.ends_with("yaml") => yaml::read(&text).map_err(|line| {
            let why = format!(
                "Invalid YAML received.\nECS Lab reads one document without tags and with each key once: line {line}"
            );
            Fail::parameter(option, &why)
        })?,
        Generation::V2 => serde_json::from_str(&text).map_err(|_| Fail::parameter(option, "Invalid JSON received."))?,
    };
    let Value::Object(given) = value else {
        let class = check::python::class(&value);
        if shell.terminal.generation == Generation::V2 {
            let why = format!("Invalid type: expecting map, received {class}");
            return Err(Fail::parameter(&name, &why));
        }
        let class = class.trim_start_matches("<class '").trim_end_matches("'>");
        return Err(Fail::Other(format!("'{class}' object has no attribute 'keys'")));
    };
    for (name, value) in given {
        input.entry(name).or_insert(value);
    }
    Ok(())
}
