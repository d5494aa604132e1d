//! `aws configure`: reads and writes the two files of the home.

use super::Generation;
use super::config::{CONFIG, CREDENTIALS, section};
use super::fail::Fail;
use super::globals::Globals;
use super::ini::{header, setting};
use super::parser::{self, Place};
use super::{help, ini};
use crate::shell::exec::Shell;
use crate::shell::terminal::{HOME, Output};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Runs a subcommand.
///
/// # Errors
/// One that there is not, or words that it does not take.
pub(super) fn run(shell: &mut Shell<'_>, globals: &Globals, words: &[String], input: &str) -> Result<Output, Fail> {
    let generation = shell.terminal.generation;
    let known: &[&str] = match generation {
        Generation::V1 => &["list", "get", "set", "add-model"],
        Generation::V2 => &["list", "get", "set", "add-model", "import", "list-profiles", "sso", "sso-session"],
    };
    let choices: Vec<String> = known.iter().map(ToString::to_string).collect();
    if words == ["help"] {
        return Ok(Output::print(help::list("configure", &choices, &[])));
    }
    let place = Place { name: "subcommand", choices: Some(&choices), required: false };
    let parsed = parser::parse(&[], Some(&place), words, generation)?;
    let profile = shell.profile(globals.profile.as_deref());
    match parsed.place.as_deref() {
        Some("list") => Ok(Output::print(list(shell, globals))),
        Some("list-profiles") => Ok(Output::print(profiles(shell))),
        Some("get") => {
            let place = Place { name: "varname", choices: None, required: true };
            let name = parser::parse(&[], Some(&place), &parsed.rest, generation)?.place.unwrap_or_default();
            Ok(get(shell, &profile, &name))
        }
        Some("set") => match parsed.rest.as_slice() {
            [name, value] => {
                let (profile, name) = scoped(&profile, name, |_| false);
                set(shell, profile, name, value);
                Ok(Output::default())
            }
            given => {
                let missing = ["varname", "value"].get(given.len()..).unwrap_or_default().join(", ");
                Err(Fail::Usage(format!("the following arguments are required: {missing}")))
            }
        },
        Some(other) => Err(Fail::Other(format!("ECS Lab does not simulate aws configure {other}."))),
        None => ask(shell, profile, input),
    }
}

/// The settings that stand in the credentials.
const SECRETS: [&str; 3] = ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"];

/// The settings that this lab heeds, for completion.
pub(super) fn settings() -> impl Iterator<Item = &'static str> {
    QUESTIONS.into_iter().map(|(_, name)| name).chain(SECRETS.into_iter().skip(2))
}

/// The profile and the setting that a name with dots is about: `default.region`, `profile.NAME.region`, for `get` also
/// `NAME.region` of a profile that is there, and `s3.max_queue_size` within the setting `s3`.
fn scoped<'a>(profile: &'a str, name: &'a str, is_there: impl Fn(&str) -> bool) -> (&'a str, &'a str) {
    let (first, rest) = name.split_once('.').unwrap_or((name, ""));
    match first {
        _ if rest.is_empty() => (profile, name),
        "default" => (first, rest),
        "profile" => rest.split_once('.').unwrap_or((profile, name)),
        other if is_there(other) => (other, rest),
        _ => (profile, name),
    }
}

fn get(shell: &Shell<'_>, profile: &str, asked: &str) -> Output {
    let (profile, name) = scoped(profile, asked, |own| shell.is_written(own));
    if ini::holds_others(shell.aws_file(CONFIG), &section(profile), name) {
        let message = format!("varname ({asked}) must reference a value, not a section or sub-section.");
        return Output::fail(1, message);
    }
    let found = if asked == name {
        shell.profile_setting(profile, name)
    } else {
        let own = setting(shell.aws_file(CREDENTIALS), profile, name);
        own.or_else(|| setting(shell.aws_file(CONFIG), &section(profile), name)).map(ToString::to_string)
    };
    match found {
        Some(value) => Output::print(format!("{value}\n")),
        None => Output::status(1),
    }
}

/// What `aws configure` asks: how it names a setting, and the setting.
const QUESTIONS: [(&str, &str); 4] = [
    ("AWS Access Key ID", "aws_access_key_id"),
    ("AWS Secret Access Key", "aws_secret_access_key"),
    ("Default region name", "region"),
    ("Default output format", "output"),
];

/// Questions that the next lines at the prompt answer.
#[derive(Clone)]
pub struct Asked {
    profile: String,
    /// Each question with its setting, the next one first.
    open: Vec<(String, &'static str)>,
}

impl Asked {
    fn new(shell: &Shell<'_>, profile: String) -> Self {
        let question = |(label, name): (&str, &'static str)| {
            let known = shell.profile_setting(&profile, name).filter(|_| is_own(shell, &profile, name));
            let shown = match known {
                Some(value) if name.starts_with("aws_") => masked(&value),
                Some(value) => value,
                None => "None".to_string(),
            };
            (format!("{label} [{shown}]:"), name)
        };
        let open = QUESTIONS.map(question).into();
        Self { profile, open }
    }

    /// The question that is open.
    pub fn question(&self) -> &str {
        self.open.first().map_or("", |(question, _)| question)
    }

    /// Takes an answer; an empty one leaves the setting as it is. None when all are answered.
    pub fn answered(mut self, shell: &mut Shell<'_>, answer: &str) -> Option<Self> {
        let (_, name) = self.open.remove(0);
        if !answer.trim().is_empty() {
            set(shell, &self.profile, name, answer.trim());
        }
        (!self.open.is_empty()).then_some(self)
    }
}

/// Whether the files hold a setting for the profile itself.
fn is_own(shell: &Shell<'_>, profile: &str, name: &str) -> bool {
    setting(shell.aws_file(CREDENTIALS), profile, name).is_some()
        || setting(shell.aws_file(CONFIG), &section(profile), name).is_some()
}

/// Asks, at the prompt, or has the answers from a pipe.
fn ask(shell: &mut Shell<'_>, profile: String, input: &str) -> Result<Output, Fail> {
    let mut asked = Some(Asked::new(shell, profile));
    if input.is_empty() && shell.to_screen {
        shell.terminal.asked = asked;
        return Ok(Output::default());
    }
    let (mut lines, mut told) = (input.lines(), String::new());
    while let Some(own) = asked {
        told.push_str(&format!("{} ", own.question()));
        let Some(line) = lines.next() else { return Err(Fail::Other("EOF when reading a line".to_string())) };
        asked = own.answered(shell, line);
    }
    Ok(Output::print(told))
}

/// Whether a line asks: what is pasted behind it are the answers.
pub fn begins(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    matches!(
        words.as_slice(),
        ["aws", "configure"] | ["aws", "configure", "--profile", _] | ["aws", "--profile", _, "configure"]
    )
}

fn masked(value: &str) -> String {
    let end: String = value.chars().skip(value.chars().count().saturating_sub(4)).collect();
    format!("****************{end}")
}

type Row = (&'static str, String, &'static str, &'static str);

fn list(shell: &Shell<'_>, globals: &Globals) -> String {
    let profile = shell.profile(globals.profile.as_deref());
    let unset = |name| (name, "<not set>".to_string(), "None", "None");
    let variable = |name: &str| shell.environment(name).map(ToString::to_string);
    let mut rows: Vec<Row> = Vec::new();
    rows.push(match (&globals.profile, variable("AWS_PROFILE")) {
        (Some(name), _) => ("profile", name.clone(), "manual", "--profile"),
        (None, Some(name)) => ("profile", name, "env", "['AWS_PROFILE', 'AWS_DEFAULT_PROFILE']"),
        (None, None) => unset("profile"),
    });
    for (label, key, name) in [
        ("access_key", "aws_access_key_id", "AWS_ACCESS_KEY_ID"),
        ("secret_key", "aws_secret_access_key", "AWS_SECRET_ACCESS_KEY"),
    ] {
        let from_variable = variable(name).filter(|_| globals.profile.is_none());
        rows.push(match (from_variable, shell.profile_setting(&profile, key)) {
            (Some(value), _) => (label, masked(&value), "env", ""),
            (None, Some(value)) => (label, masked(&value), "shared-credentials-file", ""),
            (None, None) => unset(label),
        });
    }
    let written = shell.profile_setting(&profile, "region");
    rows.push(match (&globals.region, variable("AWS_DEFAULT_REGION"), written) {
        (Some(region), ..) => ("region", region.clone(), "manual", "--region"),
        (None, Some(region), _) => match shell.terminal.generation {
            Generation::V1 => ("region", region, "env", "AWS_DEFAULT_REGION"),
            Generation::V2 => ("region", region, "env", "['AWS_REGION', 'AWS_DEFAULT_REGION']"),
        },
        (None, None, Some(region)) => ("region", region, "config-file", "~/.aws/config"),
        (None, None, None) => unset("region"),
    });
    let header = match shell.terminal.generation {
        Generation::V1 => {
            let line = format!("{:>10} {:>24} {:>16}    {}\n", "----", "-----", "----", "--------");
            format!("{:>10} {:>24} {:>16}    {}\n{line}", "Name", "Value", "Type", "Location")
        }
        Generation::V2 => format!("{:<10} : {:<24} : {:<16} : {}\n", "NAME", "VALUE", "TYPE", "LOCATION"),
    };
    let line = |(name, value, kind, place): &Row| match shell.terminal.generation {
        Generation::V1 => format!("{name:>10} {value:>24} {kind:>16}    {place}\n"),
        Generation::V2 => format!("{name:<10} : {value:<24} : {kind:<16} : {place}\n"),
    };
    header + &rows.iter().map(line).collect::<String>()
}

fn profiles(shell: &Shell<'_>) -> String {
    let mut names: Vec<&str> = Vec::new();
    for line in shell.aws_file(CONFIG).lines().chain(shell.aws_file(CREDENTIALS).lines()) {
        let Some(name) = header(line).map(|own| own.strip_prefix("profile ").unwrap_or(own).trim()) else { continue };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.iter().map(|name| format!("{name}\n")).collect()
}

/// Writes a setting where the AWS CLI writes it: keys into the credentials, all else into the configuration.
pub(in crate::shell) fn set(shell: &mut Shell<'_>, profile: &str, name: &str, value: &str) {
    let secret = SECRETS.contains(&name);
    let (file, section) = match secret {
        true => (CREDENTIALS, profile.to_string()),
        false => (CONFIG, section(profile)),
    };
    let text = ini::with(shell.aws_file(file), &section, name, value);
    // The directory is there unless somebody removed it, and then it stays so.
    let _ = shell.terminal.files.write(&format!("{HOME}/{file}"), text);
}
