//! The run on the engine that stands behind a card's answer.
//!
//! ```json
//! { "commands": [ { "api": "ecs.CreateCluster", "input": { "clusterName": "lab" } },
//!                 { "api": "ecs.RunTask", "input": { "cluster": "lab", "taskDefinition": "web" }, "as": "run" },
//!                 { "advance": "90s" },
//!                 { "api": "ecs.DescribeTasks", "as": "seen",
//!                   "input": { "cluster": "lab", "tasks": [ { "$of": "run", "$at": "/tasks/0/taskArn" } ] } } ],
//!   "expect": [ { "of": "seen", "query": "/tasks/0/lastStatus", "equals": "RUNNING" } ] }
//! ```
//!
//! Commands are those of the lab's log. `as` names an answer; `{"$of": name, "$at": query}` anywhere in a later input
//! stands for a part of it. A query is a JSON pointer in which `*` stands for every entry of a list.

use super::read::{self, Fault, Faults};
use crate::aws::ApiError;
use crate::lab::{Command, Lab, Start};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use serde_json::{Map, Value};

/// Most commands of one proof: proofs run while somebody waits.
pub const COMMANDS_MAX: usize = 100;

/// Commands and what must come of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// In the order in which they are given to a fresh lab.
    pub commands: Vec<Step>,
    /// All of them must hold.
    pub expect: Vec<Expect>,
}

/// A command of the lab's log, with a name for its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The log form: `{"api": …, "input": …}` or `{"advance": …}`.
    pub command: Value,
    /// The name under which the answer is kept.
    pub name: Option<String>,
}

/// One expectation.
#[derive(Clone, Debug, PartialEq)]
pub struct Expect {
    /// The name of the answer looked at; the last command's when left out.
    pub of: Option<String>,
    /// What must hold.
    pub check: Check,
}

/// What must hold of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// The part at the query is this value.
    Equals(String, Value),
    /// The list at the query holds these entries in any order.
    AnyOrder(String, Vec<Value>),
    /// The list at the query has this many entries.
    Length(String, u64),
    /// The command was refused with this error code and, where given, this message.
    Error(String, Option<String>),
}

/// What one expectation found; a card shows these below its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The command whose answer was looked at, counted from 1.
    pub command: usize,
    /// What was looked at, as the AWS CLI's `--query` has it: `tasks[0].lastStatus`.
    pub what: String,
    /// The wanted value as JSON.
    pub wanted: String,
    /// The value found, as JSON.
    pub found: String,
    /// Whether the two agree.
    pub holds: bool,
}

/// What came of a proof.
pub struct Run {
    /// The lab in which it ran, so that a learner can go on where the proof ended.
    pub lab: Lab,
    /// The commands that were given, each part of an earlier answer in its place.
    pub commands: Vec<Command>,
    /// What the expectations found.
    pub result: Result<Vec<Finding>, Failure>,
}

/// Why a proof does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A command was refused although no expectation speaks of it.
    Refused {
        /// Which command, counted from 1.
        command: usize,
        /// The refusal.
        error: ApiError,
    },
    /// An input names an answer, or a part of one, that is not there.
    NoAnswer {
        /// Which command, counted from 1; one past the last for an expectation.
        command: usize,
        /// What was asked for.
        wanted: String,
    },
    /// At least one expectation does not hold.
    Wrong(Vec<Finding>),
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { command, error } => write!(out, "command {command} was refused: {error}"),
            Self::NoAnswer { command, wanted } => {
                write!(out, "command {command} asks for {wanted}, which is not there")
            }
            Self::Wrong(findings) => {
                for finding in findings.iter().filter(|finding| !finding.holds) {
                    let Finding { command, what, wanted, found, .. } = finding;
                    writeln!(out, "command {command}, {what}: wanted {wanted}, found {found}")?;
                }
                Ok(())
            }
        }
    }
}

/// Answers by name. A list: there are at most [`COMMANDS_MAX`].
type Answers = Vec<(String, Result<Value, ApiError>)>;

fn answer_of<'a>(answers: &'a Answers, name: &str) -> Option<&'a Result<Value, ApiError>> {
    answers.iter().find(|(other, _)| other == name).map(|(_, answer)| answer)
}

impl Proof {
    /// Runs in a lab of its own.
    pub fn run_in_new_lab(&self) -> Run {
        let mut lab = Lab::new(Start::default());
        let mut commands = Vec::new();
        let result = self.run(&mut |command| {
            let command = Command::from_json(command)
                .map_err(|error| ApiError::new("ParamValidation", error.to_string()).in_our_words())?;
            commands.push(command.clone());
            Ok(lab.apply(command)?.reply)
        });
        Run { lab, commands, result }
    }

    /// Runs the commands through `apply`, which stands for a fresh lab's door, and compares.
    pub fn run(&self, apply: &mut dyn FnMut(&Value) -> Result<Value, ApiError>) -> Result<Vec<Finding>, Failure> {
        let mut answers = Answers::new();
        let mut last = Ok(Value::Null);
        for (index, step) in self.commands.iter().enumerate() {
            let command =
                fill(&step.command, &answers).map_err(|wanted| Failure::NoAnswer { command: index + 1, wanted })?;
            last = apply(&command);
            let is_last = index + 1 == self.commands.len();
            if let Err(error) = &last
                && !self.expect.iter().any(|expect| expect.speaks_of_error(step.name.as_deref(), is_last))
            {
                return Err(Failure::Refused { command: index + 1, error: error.clone() });
            }
            if let Some(name) = &step.name {
                answers.push((name.clone(), last.clone()));
            }
        }
        let mut findings = Vec::new();
        for expect in &self.expect {
            let (command, answer) = match &expect.of {
                None => (self.commands.len(), &last),
                Some(name) => {
                    let wanted = || Failure::NoAnswer { command: self.commands.len() + 1, wanted: name.clone() };
                    let answer = answer_of(&answers, name).ok_or_else(wanted)?;
                    (self.commands.iter().take_while(|step| step.name.as_ref() != Some(name)).count() + 1, answer)
                }
            };
            findings.push(expect.compare(command, answer));
        }
        if findings.iter().all(|finding| finding.holds) { Ok(findings) } else { Err(Failure::Wrong(findings)) }
    }
}

impl Expect {
    fn speaks_of_error(&self, name: Option<&str>, is_last: bool) -> bool {
        let mine = match &self.of {
            None => is_last,
            Some(of) => name == Some(of.as_str()),
        };
        mine && matches!(self.check, Check::Error(..))
    }

    fn compare(&self, command: usize, answer: &Result<Value, ApiError>) -> Finding {
        let found = |query: &str| match answer {
            Ok(value) => select(value, query).map_or_else(|| "nothing there".to_string(), |part| part.to_string()),
            Err(error) => error.to_string(),
        };
        let part = |query: &str| answer.as_ref().ok().and_then(|value| select(value, query));
        match &self.check {
            Check::Equals(query, wanted) => Finding {
                command,
                what: shown(query),
                wanted: wanted.to_string(),
                found: found(query),
                holds: part(query).as_ref() == Some(wanted),
            },
            Check::AnyOrder(query, wanted) => Finding {
                command,
                what: format!("{}, in any order", shown(query)),
                wanted: Value::Array(wanted.clone()).to_string(),
                found: found(query),
                holds: matches!(part(query), Some(Value::Array(items)) if sorted(&items) == sorted(wanted)),
            },
            Check::Length(query, wanted) => {
                let length = part(query).and_then(|value| value.as_array().map(|items| items.len() as u64));
                Finding {
                    command,
                    what: format!("how many {}", shown(query)),
                    wanted: wanted.to_string(),
                    found: length.map_or_else(|| found(query), |length| length.to_string()),
                    holds: length == Some(*wanted),
                }
            }
            Check::Error(code, message) => {
                let wanted =
                    ApiError { code: code.clone().into(), ..ApiError::new("", message.clone().unwrap_or_default()) };
                Finding {
                    command,
                    what: "the refusal".to_string(),
                    wanted: if message.is_some() { wanted.to_string() } else { code.clone() },
                    found: answer.as_ref().map_or_else(ToString::to_string, |_| "it was accepted".to_string()),
                    holds: matches!(answer, Err(error) if error.code == *code
                        && message.as_ref().is_none_or(|message| error.message == *message)),
                }
            }
        }
    }
}

/// A query as the AWS CLI's `--query` has it.
fn shown(query: &str) -> String {
    let mut text = String::new();
    for part in query.split('/').skip(1) {
        if part == "*" || part.bytes().all(|byte| byte.is_ascii_digit()) {
            text += &format!("[{part}]");
        } else {
            text += if text.is_empty() { "" } else { "." };
            text += &part.replace("~1", "/").replace("~0", "~");
        }
    }
    if text.is_empty() { "the whole answer".to_string() } else { text }
}

fn sorted(items: &[Value]) -> Vec<String> {
    let mut texts: Vec<String> = items.iter().map(ToString::to_string).collect();
    crate::sim::order::sort_by(&mut texts, String::cmp);
    texts
}

/// The part of `value` at a JSON pointer; `*` gathers that part of every entry of a list.
fn select(value: &Value, query: &str) -> Option<Value> {
    if query.is_empty() {
        return Some(value.clone());
    }
    let rest = query.strip_prefix('/')?;
    let (head, tail) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    match value {
        Value::Array(items) if head == "*" => {
            items.iter().map(|item| select(item, tail)).collect::<Option<_>>().map(Value::Array)
        }
        other => select(other.pointer(&format!("/{head}"))?, tail),
    }
}

/// The command with every reference replaced; the text of the first one that leads nowhere otherwise.
fn fill(value: &Value, answers: &Answers) -> Result<Value, String> {
    match value {
        Value::Object(map) => match reference(map) {
            Some((of, at)) => answer_of(answers, of)
                .and_then(|answer| select(answer.as_ref().ok()?, at))
                .ok_or_else(|| format!("{of} {at}")),
            None => map
                .iter()
                .map(|(name, part)| Ok((name.clone(), fill(part, answers)?)))
                .collect::<Result<Map<_, _>, _>>()
                .map(Value::Object),
        },
        Value::Array(items) => items.iter().map(|item| fill(item, answers)).collect::<Result<_, _>>().map(Value::Array),
        other => Ok(other.clone()),
    }
}

pub(super) fn reference(map: &Map<String, Value>) -> Option<(&str, &str)> {
    if map.len() != 2 {
        return None;
    }
    Some((map.get("$of")?.as_str()?, map.get("$at")?.as_str()?))
}

/// Reads a proof from its JSON value alone, for tests and tools.
pub fn parse(value: &Value) -> Result<Proof, Vec<String>> {
    let mut faults = Faults::default();
    match read::proof::read(value, "", &mut faults) {
        Some(proof) if faults.0.is_empty() => Ok(proof),
        _ => Err(faults.0.into_iter().map(|Fault { path, message, .. }| format!("{path}: {message}")).collect()),
    }
}
