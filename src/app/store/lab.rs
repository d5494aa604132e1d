//! A lab that only has a clock, until the engine's façade takes its place: same shape, real log, real undo.

use ecs_lab::sim::{SimDuration, SimTime};
use serde_json::{Value, json};

/// What changes the lab.
#[derive(Clone)]
pub enum Command {
    /// Time passes.
    Advance(SimDuration),
}

impl Command {
    /// The line it is equal to.
    pub fn line(&self) -> String {
        let Self::Advance(span) = self;
        format!("lab advance {span}")
    }
}

/// The lab.
#[derive(Clone, Default)]
pub struct Lab {
    log: Vec<Command>,
    at: usize,
}

/// The version of the log's form.
const FORMAT: u64 = 1;

impl Lab {
    /// Runs a command and says what came of it.
    pub fn apply(&mut self, command: Command) -> String {
        self.log.truncate(self.at);
        self.log.push(command);
        self.at += 1;
        format!("It is {}.", self.now().clock())
    }

    /// The simulated time.
    pub fn now(&self) -> SimTime {
        let start = SimTime::from_millis(1_767_603_600_000);
        self.log.iter().take(self.at).fold(start, |time, Command::Advance(span)| time + *span)
    }

    /// Whether a command can be taken back.
    pub fn can_undo(&self) -> bool {
        self.at > 0
    }

    /// Whether a command can be done again.
    pub fn can_redo(&self) -> bool {
        self.at < self.log.len()
    }

    /// Takes the last command back.
    pub fn undo(&mut self) -> bool {
        let can = self.can_undo();
        self.at -= usize::from(can);
        can
    }

    /// Runs the next undone command again.
    pub fn redo(&mut self) -> bool {
        let can = self.can_redo();
        self.at += usize::from(can);
        can
    }

    /// The log as text.
    pub fn save(&self) -> String {
        let commands: Vec<Value> = self
            .log
            .iter()
            .take(self.at)
            .map(|Command::Advance(span)| json!({ "advance": span.to_string() }))
            .collect();
        json!({ "format": FORMAT, "commands": commands }).to_string()
    }

    /// Reads a log; the error is a sentence.
    pub fn load(text: &str) -> Result<Self, String> {
        let file: Value = serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
        match file.get("format").and_then(Value::as_u64) {
            Some(FORMAT) => {}
            Some(other) => return Err(format!("it has format {other}, and this lab reads format {FORMAT}")),
            None => return Err("it is not a lab".into()),
        }
        let mut lab = Self::default();
        for command in file.get("commands").and_then(Value::as_array).into_iter().flatten() {
            let span =
                command.get("advance").and_then(Value::as_str).ok_or("it holds a command this lab does not know")?;
            lab.apply(Command::Advance(SimDuration::parse(span).map_err(|error| error.to_string())?));
        }
        Ok(lab)
    }

    /// What a probe shows.
    pub fn probe(&self) -> Value {
        json!({ "now": self.now().to_string(), "revision": self.at, "commands": self.log.len() })
    }
}
