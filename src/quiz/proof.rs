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
use alloc::collections::BTreeMap;
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
    /// What was looked at, such as `run /tasks/0/lastStatus`.
    pub what: String,
    /// The wanted value as JSON.
    pub wanted: String,
    /// The value found, as JSON.
    pub found: String,
    /// Whether the two agree.
    pub holds: bool,
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
                    writeln!(out, "{}: wanted {}, found {}", finding.what, finding.wanted, finding.found)?;
                }
                Ok(())
            }
        }
    }
}

type Answers = BTreeMap<String, Result<Value, ApiError>>;

impl Proof {
    /// Runs in a lab of its own. Gives that lab as well, so that a learner can go on where the proof ended.
    pub fn run_in_new_lab(&self) -> (Lab, Result<Vec<Finding>, Failure>) {
        let mut lab = Lab::new(Start::default());
        let result = self.run(&mut |command| {
            let command = Command::from_json(command)
                .map_err(|error| ApiError::new("ParamValidation", error.to_string()).in_our_words())?;
            Ok(lab.apply(command)?.reply)
        });
        (lab, result)
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
                answers.insert(name.clone(), last.clone());
            }
        }
        let mut findings = Vec::new();
        for expect in &self.expect {
            let answer = match &expect.of {
                None => &last,
                Some(name) => answers
                    .get(name)
                    .ok_or_else(|| Failure::NoAnswer { command: self.commands.len() + 1, wanted: name.clone() })?,
            };
            findings.push(expect.compare(answer));
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

    fn compare(&self, answer: &Result<Value, ApiError>) -> Finding {
        let of = self.of.as_deref().unwrap_or("answer");
        let found = |query: &str| match answer {
            Ok(value) => select(value, query).map_or_else(|| "nothing there".to_string(), |part| part.to_string()),
            Err(error) => error.to_string(),
        };
        let part = |query: &str| answer.as_ref().ok().and_then(|value| select(value, query));
        match &self.check {
            Check::Equals(query, wanted) => Finding {
                what: format!("{of} {query}"),
                wanted: wanted.to_string(),
                found: found(query),
                holds: part(query).as_ref() == Some(wanted),
            },
            Check::AnyOrder(query, wanted) => Finding {
                what: format!("{of} {query}, in any order"),
                wanted: Value::Array(wanted.clone()).to_string(),
                found: found(query),
                holds: matches!(part(query), Some(Value::Array(items)) if sorted(&items) == sorted(wanted)),
            },
            Check::Length(query, wanted) => {
                let length = part(query).and_then(|value| value.as_array().map(|items| items.len() as u64));
                Finding {
                    what: format!("{of} {query}, how many"),
                    wanted: wanted.to_string(),
                    found: length.map_or_else(|| found(query), |length| length.to_string()),
                    holds: length == Some(*wanted),
                }
            }
            Check::Error(code, message) => {
                let wanted =
                    ApiError { code: code.clone().into(), ..ApiError::new("", message.clone().unwrap_or_default()) };
                Finding {
                    what: format!("{of}, refused"),
                    wanted: if message.is_some() { wanted.to_string() } else { code.clone() },
                    found: answer.as_ref().map_or_else(ToString::to_string, |_| "it was accepted".to_string()),
                    holds: matches!(answer, Err(error) if error.code == *code
                        && message.as_ref().is_none_or(|message| error.message == *message)),
                }
            }
        }
    }
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
            Some((of, at)) => {
                answers.get(of).and_then(|answer| select(answer.as_ref().ok()?, at)).ok_or_else(|| format!("{of} {at}"))
            }
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
