//! The commands of docker with their options: one table for who reads them and for who offers them at the cursor.

use super::{Given, Output};
use crate::shell::complete::{Candidate, all, files};
use crate::shell::terminal::Terminal;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A command on each line, in order: its words, what it takes, its options; behind `=` the command that it is another name
/// of. An option has its names with commas between them, the one that counts last, and behind `=` its values, where they
/// are known: words with `|` between them, or what they name. `!` stands before one that docker has and the lab has not.
const COMMANDS: &str = include_str!("commands.txt");

/// The tool whose commands stand in the table with its name in front.
const HELM: &str = "helm";

/// A command.
pub(super) struct Command {
    /// Its words.
    pub(super) name: &'static str,
    /// What it takes besides options, as docker writes it.
    takes: &'static str,
    options: &'static str,
}

/// An option.
struct Opt {
    names: &'static str,
    /// What it takes; none for a flag.
    values: Option<&'static str>,
    /// Whether the lab has it.
    is_here: bool,
}

impl Opt {
    fn all_names(&self) -> impl Iterator<Item = &'static str> {
        self.names.split(',')
    }

    /// The name under which it is given on.
    fn name(&self) -> &'static str {
        self.all_names().last().unwrap_or_default()
    }
}

fn rows() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    COMMANDS.lines().filter_map(|line| {
        let (name, rest) = line.split_once('\t')?;
        let (takes, options) = rest.split_once('\t').unwrap_or((rest, ""));
        Some((name, takes, options))
    })
}

/// The words that may follow some words of commands, each once.
pub(super) fn verbs(before: &str) -> Vec<&'static str> {
    let mut found: Vec<&str> = Vec::new();
    for (name, ..) in rows() {
        let rest = match before {
            "" => Some(name),
            _ => name.strip_prefix(before).and_then(|own| own.strip_prefix(' ')),
        };
        let word = rest.and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        if !["", HELM].contains(&word) && !found.contains(&word) {
            found.push(word);
        }
    }
    found
}

impl Command {
    /// The command of these words; none where the lab has no such command.
    pub(super) fn of(words: &str) -> Option<Self> {
        let (name, takes, options) = rows().find(|(name, ..)| *name == words)?;
        match takes.strip_prefix('=') {
            Some(other) => Self::of(other),
            None => Some(Self { name, takes, options }),
        }
    }

    fn options(&self) -> impl Iterator<Item = Opt> {
        self.options.split_whitespace().map(|own| {
            let (names, values) = own.split_once('=').map_or((own, None), |(names, values)| (names, Some(values)));
            Opt { names: names.trim_start_matches('!'), values, is_here: !names.starts_with('!') }
        })
    }

    /// An option by one of its names. Errors: docker has none, as `unknown` says, or the lab has not.
    fn option(&self, name: &str, unknown: &str) -> Result<Opt, Output> {
        match self.options().find(|own| own.all_names().any(|own| own == name)) {
            Some(own) if own.is_here => Ok(own),
            Some(_) => {
                Err(Output::fail(125, format!("docker: ECS Lab: docker {} does not simulate {name}\n", self.name)))
            }
            None => Err(self.refused(125, unknown)),
        }
    }

    /// Whether what stands behind its first name belongs to another command.
    fn hands_on(&self) -> bool {
        self.takes.contains("COMMAND")
    }

    /// How it is used, in a line.
    pub(super) fn usage(&self) -> String {
        let options = if self.options.is_empty() { "" } else { " [OPTIONS]" };
        let tool = if self.name.starts_with(HELM) { "" } else { "docker " };
        format!("Usage:  {tool}{}{options} {}", self.name, self.takes).trim_end().to_string()
    }

    /// What `--help` prints.
    fn help(&self) -> Output {
        let line = |own: Opt| {
            let names: Vec<&str> = own.all_names().collect();
            let indent = if names.first().is_some_and(|own| own.starts_with("--")) { "      " } else { "  " };
            let values = match own.values {
                Some("") => " VALUE".to_string(),
                Some(values) => format!(" {values}"),
                None => String::new(),
            };
            format!("{indent}{}{values}\n", names.join(", "))
        };
        let lines: String = self.options().filter(|own| own.is_here).map(line).collect();
        let head = if lines.is_empty() { "" } else { "\nThe lab's docker takes these options:\n" };
        Output::print(format!("{}\n{head}{lines}", self.usage()))
    }

    /// A refusal with the usage below it.
    fn refused(&self, status: u8, why: &str) -> Output {
        let end = format!("Run 'docker {} --help' for more information", self.name);
        Output::fail(status, format!("{why}\n\n{}\n\n{end}\n", self.usage()))
    }
}

/// That a command got too many words or too few.
pub(super) fn takes(words: &str, count: &str) -> Output {
    let Some(command) = Command::of(words) else { return Output::status(1) };
    command.refused(1, &format!("docker: 'docker {}' requires {count}", command.name))
}

/// That a value of an option is none, and why.
pub(super) fn invalid(words: &str, option: &str, value: &str, why: &str) -> Output {
    let Some(command) = Command::of(words) else { return Output::status(125) };
    let names = command.options().find(|own| own.name() == option).map_or(option, |own| own.names).replace(',', ", ");
    command.refused(125, &format!("invalid argument {value:?} for \"{names}\" flag: {why}"))
}

/// The options of a command line and its other words.
///
/// # Errors
/// The answer to `--help`, or the refusal of an option, as docker gives it.
pub(super) fn options(command: &str, words: &[String]) -> Result<(Given, Vec<String>), Output> {
    let Some(command) = Command::of(command) else { return Ok((Vec::new(), words.to_vec())) };
    let (mut given, mut names): (Given, Vec<String>) = (Vec::new(), Vec::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let is_name = !word.starts_with('-') || word == "-";
        if is_name || word == "--" {
            names.extend(is_name.then(|| word.clone()));
            if !is_name || command.hands_on() {
                names.extend(words.by_ref().cloned());
            }
            continue;
        }
        if word == "--help" {
            return Err(command.help());
        }
        if word.starts_with("--") {
            let (name, value) = word.split_once('=').map_or((&**word, None), |(name, value)| (name, Some(value)));
            let own = command.option(name, &format!("unknown flag: {name}"))?;
            let value = match (own.values, value) {
                (None, Some("false")) => continue,
                (None, _) => String::new(),
                (Some(_), Some(value)) => value.to_string(),
                (Some(_), None) => {
                    let missing = || command.refused(125, &format!("flag needs an argument: {name}"));
                    words.next().cloned().ok_or_else(missing)?
                }
            };
            given.push((own.name().to_string(), value));
        } else {
            letters(&command, word, &mut words, &mut given)?;
        }
    }
    Ok((given, names))
}

/// Options of one letter, several in a word.
fn letters<'a>(
    command: &Command,
    word: &str,
    words: &mut impl Iterator<Item = &'a String>,
    given: &mut Given,
) -> Result<(), Output> {
    let mut rest = word.strip_prefix('-').unwrap_or_default().chars();
    while let Some(letter) = rest.next() {
        let unknown = format!("unknown shorthand flag: '{letter}' in {word}");
        let own = command.option(&format!("-{letter}"), &unknown)?;
        let mut value = String::new();
        if own.values.is_some() {
            let glued = core::mem::replace(&mut rest, "".chars()).as_str();
            value = match glued.strip_prefix('=').unwrap_or(glued) {
                "" => {
                    let missing = || command.refused(125, &format!("flag needs an argument: '{letter}' in {word}"));
                    words.next().cloned().ok_or_else(missing)?
                }
                glued => glued.to_string(),
            };
        }
        given.push((own.name().to_string(), value));
    }
    Ok(())
}

/// The words behind `docker` that may stand at the cursor; behind `helm` with that word in front.
pub(in crate::shell) fn candidates(terminal: &Terminal, words: &[String], prefix: &str) -> Vec<Candidate> {
    let joined = |count: usize| words.get(..count).unwrap_or_default().join(" ");
    let Some((command, count)) = (1..=words.len()).rev().find_map(|count| Some((Command::of(&joined(count))?, count)))
    else {
        return all(verbs(&joined(words.len())).into_iter().map(ToString::to_string), "command");
    };
    let rest = words.get(count..).unwrap_or_default();
    // An option before the cursor that still wants its value.
    let (mut open, mut names) = (None, 0);
    for word in rest {
        let own = || command.option(word, "").ok().filter(|own| own.values.is_some());
        match open.take() {
            Some(_) => {}
            None if word.starts_with('-') => open = own(),
            None => names += 1,
        }
    }
    if names > 0 && command.hands_on() {
        return Vec::new();
    }
    if let Some(own) = open {
        return values(terminal, own.values.unwrap_or_default(), prefix);
    }
    if let Some((name, value)) = prefix.split_once('=').filter(|_| prefix.starts_with("--")) {
        let own = command.option(name, "").ok().and_then(|own| own.values).unwrap_or_default();
        let glued = |own: Candidate| Candidate { word: format!("{name}={}", own.word), ..own };
        return values(terminal, own, value).into_iter().map(glued).collect();
    }
    if prefix.starts_with('-') {
        let here = command.options().filter(|own| own.is_here);
        return all(here.flat_map(|own| own.names.split(',')).map(ToString::to_string), "option");
    }
    values(terminal, command.takes, prefix)
}

/// What stands for what a command or an option takes.
fn values(terminal: &Terminal, takes: &str, prefix: &str) -> Vec<Candidate> {
    let docker = &terminal.docker;
    let mut found = Vec::new();
    if ["IMAGE", "MANIFEST", "NAME|ID", "NAME[", "REPOSITORY"].iter().any(|own| takes.contains(own)) {
        found.extend(all(docker.names(), "name"));
    }
    if ["CONTAINER", "NAME|ID"].iter().any(|own| takes.contains(own)) {
        found.extend(all(docker.containers.iter().map(|own| own.name.clone()), "name"));
    }
    if takes.contains("VOLUME") {
        found.extend(all(docker.volume_names(), "name"));
    }
    if takes.contains("BUILDER") {
        found.extend(all(docker.builders.names(), "name"));
    }
    if ["FILE", "PATH"].iter().any(|own| takes.contains(own)) {
        found.extend(files(terminal, prefix, ""));
    }
    if takes.chars().all(|sign| !sign.is_ascii_uppercase()) && !takes.is_empty() {
        found.extend(all(takes.split('|').map(ToString::to_string), "value"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(command: &str, line: &str) -> Result<(Given, Vec<String>), String> {
        let words: Vec<String> = line.split_whitespace().map(String::from).collect();
        options(command, &words).map_err(|output| output.stdout + &output.stderr)
    }

    #[test]
    fn every_other_name_is_that_of_a_command_and_the_table_is_in_order() {
        let names: Vec<&str> = rows().map(|(name, ..)| name).collect();
        assert!(names.is_sorted() && names.iter().all(|name| Command::of(name).is_some()), "{names:?}");
    }

    #[test]
    fn options_are_read_as_docker_reads_them() {
        for (command, line, given, names) in [
            (
                "run",
                "-itp 8080:80 --rm nginx -x --name",
                "--interactive --tty --publish=8080:80 --rm",
                "nginx -x --name",
            ),
            ("run", "-eA=1 -e=B --env C=2 -- nginx -d", "--env=A=1 --env=B --env=C=2", "nginx -d"),
            ("run", "--rm=false nginx", "", "nginx"),
            ("container rm", "a -fv b", "--force --volumes", "a b"),
            ("stop", "--time 3 a", "--timeout=3", "a"),
            ("manifest create", "a - -a", "--amend", "a -"),
        ] {
            let (found, others) = read(command, line).unwrap();
            let pair = |(name, value): &(String, String)| {
                if value.is_empty() { name.clone() } else { format!("{name}={value}") }
            };
            let found: Vec<String> = found.iter().map(pair).collect();
            assert_eq!((found.join(" "), others.join(" ")), (given.to_string(), names.to_string()), "{command} {line}");
        }
    }

    #[test]
    fn what_is_no_option_is_refused() {
        for (command, line, first, last) in [
            ("run", "--nosuch nginx", "unknown flag: --nosuch", "Run 'docker run --help' for more information"),
            ("rm", "-fx a", "unknown shorthand flag: 'x' in -fx", "Run 'docker rm --help' for more information"),
            ("kill", "a --signal", "flag needs an argument: --signal", "Run 'docker kill --help' for more information"),
            ("kill", "a -s", "flag needs an argument: 's' in -s", "Run 'docker kill --help' for more information"),
            ("run", "--cap-add X nginx", "docker: ECS Lab: docker run does not simulate --cap-add", ""),
            ("rmi", "--help", "Usage:  docker rmi [OPTIONS] IMAGE [IMAGE...]", "  -f, --force"),
            ("tag", "--help", "Usage:  docker tag SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]", ""),
        ] {
            let said = read(command, line).unwrap_err();
            assert_eq!(said.lines().next(), Some(first));
            assert!(last.is_empty() || said.lines().last() == Some(last), "{said}");
        }
    }
}
