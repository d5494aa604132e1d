//! What one line may cost, and how one ends that costs more: at once, wherever it is by then, as by Ctrl+C.

use super::exec::{Flow, Shell};
use super::terminal::{LONGEST, MOST_COMMANDS, Output};
use crate::sim::SimDuration;
use alloc::format;
use alloc::string::String;

/// So much simulated time may pass while a line's loops run.
const LONGEST_LOOP: SimDuration = SimDuration::from_secs(30 * 86_400);

/// As deep as loops, choices, groups, functions and scripts may run within each other.
const DEEPEST: u8 = 60;

/// How a line ends that does not end by itself: as by Ctrl+C.
pub(super) const INTERRUPTED: u8 = 130;

const CUT: &str = "ECS Lab: a text of this line was longer than 1 MiB, and the lab has cut off what was beyond\n";

impl Shell<'_> {
    /// Ends the whole line; what has ended it first is told when all of it has come back.
    pub(super) fn spend(&mut self, why: &str) -> Output {
        self.flow = Flow::Spent;
        self.ended.get_or_insert_with(|| format!("{why}, and is ended as by Ctrl+C\n"));
        Output::status(INTERRUPTED)
    }

    /// What cannot be expanded ends the script, or the prompt's line.
    pub(super) fn give_in(&mut self) {
        if self.flow != Flow::Spent {
            self.flow = Flow::Exit;
        }
    }

    /// Adds to what the line has cost; its end once that is too much.
    pub(super) fn charged(&mut self, cost: u32) -> Option<Output> {
        self.commands = self.commands.saturating_add(cost);
        if self.flow == Flow::Spent {
            return Some(Output::status(INTERRUPTED));
        }
        let late = self.loops > 0 && self.lab.now() - self.begun > LONGEST_LOOP;
        match (late, self.commands <= MOST_COMMANDS) {
            (true, _) => Some(self.spend("ECS Lab: this line has let more than 30 days pass in loops")),
            (false, false) => Some(self.spend("ECS Lab: this line has run too many commands")),
            (false, true) => None,
        }
    }

    /// Does something within something.
    ///
    /// # Errors
    /// Where that is too deep, which ends the line.
    pub(super) fn deep<T>(&mut self, own: impl FnOnce(&mut Self) -> Result<T, String>) -> Result<T, String> {
        if self.nested >= DEEPEST {
            self.spend(&format!("ECS Lab: this line has run commands within each other deeper than {DEEPEST}"));
            return Err(String::new());
        }
        self.nested += 1;
        let done = own(self);
        self.nested -= 1;
        done
    }

    /// A text cut to what the shell holds.
    pub(super) fn shortened(&mut self, mut text: String) -> String {
        if text.len() > LONGEST {
            let mut end = LONGEST;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
            text.push('\n');
            self.is_cut = true;
        }
        text
    }

    /// Adds what the lab says of a line that came to its limits.
    pub(super) fn tell(&mut self, output: &mut Output) {
        let cut = core::mem::take(&mut self.is_cut).then_some(CUT);
        let ended = self.ended.take();
        self.terminal.given_up = ended.is_some();
        if ended.is_some() {
            (output.status, self.terminal.status) = (INTERRUPTED, INTERRUPTED);
        }
        if cut.is_some() || ended.is_some() {
            output.part();
            output.stderr.extend(cut);
            output.stderr.extend(ended);
        }
    }
}
