//! A shell of its own: what it changes is lost when it ends.

use super::exec::{Flow, Shell};
use super::state::State;
use super::terminal::{Output, Variable};
use crate::sim::sorted::Map;
use alloc::string::String;

/// What a subshell gives back when it ends.
struct Kept {
    variables: Map<String, Variable>,
    directory: String,
    state: State,
    hidden: usize,
    inside: bool,
}

impl Shell<'_> {
    /// Does something in a shell of its own: what it sets is lost, and `exit` ends it alone.
    pub(super) fn apart(&mut self, own: impl FnOnce(&mut Self) -> Output) -> Output {
        let before = self.kept();
        // A shell of its own draws numbers of its own.
        self.terminal.state.seeded = None;
        let (out, err, to_screen) = (self.out.clone(), self.err.clone(), self.to_screen);
        let (inputs, numbers) = (self.stdins.len(), self.numbers.clone());
        self.untrapped();
        self.shells += 1;
        let mut output = own(self);
        self.left(&mut output);
        self.shells -= 1;
        self.settle();
        self.restore(before);
        (self.out, self.err, self.to_screen) = (out, err, to_screen);
        self.numbers = numbers;
        while self.stdins.len() > inputs {
            self.stdin = self.stdins.pop().flatten();
        }
        output
    }

    /// Whatever ended what has run, the next command comes; unless the line is over.
    pub(super) fn settle(&mut self) {
        if self.flow != Flow::Spent {
            self.flow = Flow::Next;
        }
    }

    fn kept(&self) -> Kept {
        Kept {
            variables: self.terminal.variables.clone(),
            directory: self.terminal.directory.clone(),
            state: self.terminal.state.clone(),
            hidden: self.calls.last().map_or(0, |own| own.hidden.len()),
            inside: self.terminal.inside.is_some(),
        }
    }

    /// Gives back what a subshell has changed, unless the prompt is by now in another place.
    fn restore(&mut self, before: Kept) {
        if let Some(own) = self.calls.last_mut() {
            own.hidden.truncate(before.hidden);
        }
        if self.terminal.inside.is_some() == before.inside {
            self.terminal.variables = before.variables;
            self.terminal.directory = before.directory;
            self.terminal.state = before.state;
        }
    }
}
