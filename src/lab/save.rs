//! The lab as a document: format version, seed, start and commands. State is never written.

use super::{Command, Lab, Start};
use crate::placement::Ties;
use crate::sim::SimTime;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use serde_json::{Value, json};

/// The version of the format that this lab writes; it reads every version up to it.
pub const VERSION: u64 = 1;

const FORMAT: &str = "ecs-lab-log";

/// Why a text is no lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// It is not JSON.
    NotJson {
        /// Line, counted from 1.
        line: usize,
        /// Column, counted from 1.
        column: usize,
        /// What the parser says.
        message: String,
    },
    /// It is JSON, but not a lab's log.
    NotALab(String),
    /// It was written by a newer lab.
    Future(u64),
}

impl fmt::Display for LoadError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::NotJson { line, column, message } => {
                write!(out, "this is not JSON: {message} (line {line}, column {column})")
            }
            LoadError::NotALab(why) => write!(out, "this is not a lab file: {why}"),
            LoadError::Future(version) => write!(
                out,
                "this lab file has format version {version}; this page reads up to version {VERSION}. Reload the page to get a newer one"
            ),
        }
    }
}

/// A command that was accepted when the log was written and is refused by today's rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its place in the log, counted from 1.
    pub number: usize,
    /// What the service says now.
    pub error: String,
}

/// A lab that was read back.
#[derive(Clone)]
pub struct Loaded {
    /// The lab.
    pub lab: Lab,
    /// Commands that today's rules refuse; they were left out.
    pub refused: Vec<Refused>,
    /// The log replays to other facts than when it was written: the rules have changed since. Keep the original.
    pub differs: bool,
}

impl Lab {
    /// The lab as a text that [`Lab::load`] reads back.
    pub fn save(&self) -> String {
        let commands = |items: &mut dyn Iterator<Item = &Command>| items.map(Command::to_json).collect::<Vec<_>>();
        let value = json!({
            "format": FORMAT,
            "version": VERSION,
            "start": {
                "seed": self.start.seed,
                "time": self.start.time.to_string(),
                "ties": match self.start.ties { Ties::ByName => "by-name", Ties::Drawn => "drawn" },
                "region": self.start.region,
            },
            "commands": commands(&mut self.past().map(|(command, _)| command)),
            "undone": commands(&mut self.future()),
            "digest": self.digest(),
        });
        value.to_string()
    }

    /// Reads a saved lab and runs its log.
    pub fn load(text: &str) -> Result<Loaded, LoadError> {
        let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
            LoadError::NotJson { line: error.line(), column: error.column(), message: plain(&error) }
        })?;
        if value["format"] != FORMAT {
            return Err(LoadError::NotALab(format!("it has no \"format\": \"{FORMAT}\"")));
        }
        match value["version"].as_u64() {
            Some(1..=VERSION) => {}
            Some(version) if version > VERSION => return Err(LoadError::Future(version)),
            _ => return Err(LoadError::NotALab("its \"version\" is not a number from 1".to_string())),
        }
        let mut lab = Lab::new(start(&value["start"])?);
        let mut refused = Vec::new();
        let done = commands(&value, "commands")?;
        let undone = commands(&value, "undone")?;
        for (index, command) in done.into_iter().enumerate() {
            // What the log holds apart was done apart.
            lab.set_apart();
            if let Err(error) = lab.apply(command) {
                refused.push(Refused { number: index + 1, error: error.to_string() });
            }
        }
        let differs = value["digest"].as_str().is_some_and(|digest| digest != lab.digest());
        let here = lab.revision();
        for command in undone {
            lab.set_apart();
            if lab.apply(command).is_err() {
                break;
            }
        }
        lab.seek(here);
        Ok(Loaded { lab, refused, differs })
    }
}

fn start(value: &Value) -> Result<Start, LoadError> {
    let wrong = |what: &str| LoadError::NotALab(format!("its \"start\" has no {what}"));
    let seed = value["seed"].as_u64().ok_or_else(|| wrong("\"seed\" number"))?;
    let time = value["time"].as_str().and_then(|text| SimTime::parse(text).ok());
    let time = time.ok_or_else(|| wrong("\"time\" such as 2026-01-05T09:00:00Z"))?;
    let ties = match value["ties"].as_str() {
        None | Some("by-name") => Ties::ByName,
        Some("drawn") => Ties::Drawn,
        Some(_) => return Err(wrong("\"ties\" of by-name or drawn")),
    };
    let region = value["region"].as_str().map_or_else(|| Start::default().region, String::from);
    Ok(Start { seed, time, ties, region })
}

fn commands(value: &Value, member: &str) -> Result<Vec<Command>, LoadError> {
    let list = match &value[member] {
        Value::Null if member == "undone" => return Ok(Vec::new()),
        Value::Array(list) => list,
        _ => return Err(LoadError::NotALab(format!("its \"{member}\" is not a list"))),
    };
    let read = |(index, item): (usize, &Value)| {
        Command::from_json(item).map_err(|error| LoadError::NotALab(format!("{member}[{index}]: {error}")))
    };
    list.iter().enumerate().map(read).collect()
}

/// serde_json's message without its own "at line … column …".
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_string()
}
