//! `trap`: what runs when a script ends, a command fails or a signal comes.

use super::exec::{Flow, Shell};
use super::kill;
use super::language::{Command, Compound, Pipeline};
use super::limits::INTERRUPTED;
use super::terminal::Output;
use alloc::format;
use alloc::string::{String, ToString};

/// The name under which a trap is kept; none for what is no signal.
fn name(word: &str) -> Option<String> {
    match word.to_ascii_uppercase().as_str() {
        "EXIT" | "0" => Some("EXIT".to_string()),
        "ERR" => Some("ERR".to_string()),
        word => kill::number_of(word).and_then(kill::name_of).map(|name| format!("SIG{name}")),
    }
}

/// The names of all traps, in the order in which `trap` lists them.
fn names() -> impl Iterator<Item = String> {
    let signals = kill::signals().map(|(_, name)| format!("SIG{name}"));
    core::iter::once("EXIT".to_string()).chain(signals).chain(["ERR".to_string()])
}

/// Answers `trap [-lp] [ACTION] [SIGNAL …]`.
pub(super) fn run(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let traps = &mut shell.terminal.state.traps;
    let (words, shows) = match words {
        [first, ..] if first == "-l" => return kill::listed(&[]),
        [first, rest @ ..] if first == "-p" => (rest, true),
        [first, rest @ ..] if first == "--" => (rest, rest.is_empty()),
        words => (words, words.is_empty()),
    };
    if shows {
        let asked = |own: &str| words.is_empty() || words.iter().any(|word| name(word).as_deref() == Some(own));
        let line = |own: String| {
            let action = traps.get(&own).filter(|_| asked(&own))?;
            Some(format!("trap -- '{}' {own}\n", action.replace('\'', "'\\''")))
        };
        return Output::print(names().filter_map(line).collect::<String>());
    }
    let (action, signals) = match words {
        // A signal alone is taken back.
        [only] => ("-", core::slice::from_ref(only)),
        [action, signals @ ..] => (action.as_str(), signals),
        [] => return Output::default(),
    };
    let mut output = Output::default();
    for word in signals {
        match name(word) {
            Some(own) if action == "-" => drop(traps.remove(&own)),
            Some(own) => drop(traps.insert(own, action.to_string())),
            None => {
                let told = match word.as_str() {
                    "DEBUG" | "RETURN" => format!("ECS Lab: trap knows EXIT, ERR and signals, and not {word}\n"),
                    _ => format!("bash: trap: {word}: invalid signal specification\n"),
                };
                output.append(Output::fail(1, told));
            }
        }
    }
    output
}

/// Whether a failure is the pipeline's own, and not of something within a loop, a choice or a group.
pub(super) fn is_whole(pipeline: &Pipeline) -> bool {
    match pipeline.commands.as_slice() {
        [Command::Compound(own, _)] => {
            matches!(own, Compound::Subshell(_) | Compound::Test(_) | Compound::Arithmetic(_))
        }
        [Command::Function(..)] => false,
        _ => true,
    }
}

impl Shell<'_> {
    /// Runs what a trap holds, after what has ended with a status; it keeps that status unless the trap itself ends.
    pub(super) fn trapped(&mut self, name: &str, all: &mut Output) {
        let Some(action) = self.terminal.state.traps.get(name).filter(|own| !own.is_empty()).cloned() else { return };
        self.terminal.status = all.status;
        let status = all.status;
        let (above, line) = (self.above, self.line);
        self.above = line.saturating_sub(1);
        self.trapping += 1;
        let done = self.deep(|shell| Ok(shell.run(&action))).unwrap_or_else(|_| Output::status(INTERRUPTED));
        self.trapping -= 1;
        (self.above, self.line) = (above, line);
        all.append(done);
        if self.flow == Flow::Next {
            all.status = status;
        }
        self.terminal.status = all.status;
    }

    /// After a failure of which nothing was asked: the trap for it, unless one runs, and the end with `set -e`.
    pub(super) fn failed(&mut self, pipeline: &Pipeline, all: &mut Output) {
        if !is_whole(pipeline) {
            return;
        }
        if !self.is_erring {
            self.is_erring = true;
            self.trapped("ERR", all);
            self.is_erring = false;
        }
        self.give_up(all);
    }

    /// At the end of a shell: its trap for that.
    pub(super) fn left(&mut self, all: &mut Output) {
        if self.flow == Flow::Spent || !self.terminal.state.traps.contains_key("EXIT") {
            return;
        }
        self.flow = Flow::Next;
        self.trapped("EXIT", all);
    }

    /// What a subshell knows of the traps: those that let a signal go by, and with `set -E` that of failures.
    pub(super) fn untrapped(&mut self) {
        let state = &mut self.terminal.state;
        if state.traps.is_empty() {
            return;
        }
        let errtrace = state.options.errtrace;
        let all = core::mem::take(&mut state.traps);
        let kept = all.iter().filter(|(name, action)| action.is_empty() || errtrace && *name == "ERR");
        state.traps = kept
            .map(|(name, action)| (name.clone(), action.clone()))
            .collect::<crate::sim::sorted::Map<String, String>>();
    }
}
