//! What one line may cost, and how one ends that costs more: at once, wherever it is by then, as by Ctrl+C.

use super::exec::{Flow, Shell};
use super::terminal::{COMMAND_BYTES, LONGEST, MOST_COMMANDS, Output};
use crate::lab::MOST_FACTS;
use crate::sim::SimDuration;
use alloc::format;
use alloc::string::String;

/// A span goes by in steps of which each is to come to about so many things, so that the line ends soon after too many.
const STEP_FACTS: usize = 2000;
/// The first step, and the shortest.
const FIRST_STEP: SimDuration = SimDuration::from_secs(600);
const LEAST_STEP: i64 = 1000;

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
        (self.commands > MOST_COMMANDS)
            .then(|| self.spend("ECS Lab: this line has run too many commands, or gone through too much text"))
    }

    /// Adds bytes that are read, made or looked through to what the line has cost; its end once that is too much.
    pub(super) fn worked(&mut self, bytes: usize) -> Option<Output> {
        self.bytes = self.bytes.saturating_add(bytes);
        let whole = self.bytes / COMMAND_BYTES;
        self.bytes %= COMMAND_BYTES;
        self.charged(u32::try_from(whole).unwrap_or(u32::MAX))
    }

    /// The same of what a tool reads: its input, and the files that its words name.
    pub(super) fn looked_through(&mut self, words: &[String], input: &str) -> Option<Output> {
        let named = words.iter().filter_map(|word| Some(self.terminal.files.read(&self.path(word))?.len()));
        let bytes = input.len() + named.sum::<usize>();
        self.worked(bytes)
    }

    /// Lets time pass for a command; its end where that is too much. A span with which the line would go on for too long
    /// is refused as a whole.
    pub(super) fn pass(&mut self, span: SimDuration) -> Option<Output> {
        if !self.allowance.takes(span) {
            return Some(self.spend("ECS Lab: this line lets more than 30 days pass"));
        }
        let (mut left, mut step) = (span, FIRST_STEP);
        loop {
            let part = step.min(left);
            left = SimDuration::from_millis(left.as_millis() - part.as_millis());
            // Time passes in any state.
            let happened = self.allowance.pass(self.lab, part).map_or(0, |done| done.facts.len());
            if self.allowance.is_spent() {
                let why =
                    format!("ECS Lab: more than {MOST_FACTS} things happen in this line, until {}", self.lab.now());
                return Some(self.spend(&why));
            }
            if left <= SimDuration::ZERO {
                return None;
            }
            step = match happened > STEP_FACTS {
                true => SimDuration::from_millis((step.as_millis() / 2).max(LEAST_STEP)),
                false => SimDuration::from_millis(step.as_millis() * 2),
            };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::{Lab, Start};
    use crate::shell::{Generation, Terminal};

    /// Tasks that end at once, again and again, keep a lab busy: 24 days of them are millions of things.
    #[test]
    fn a_span_ends_where_too_much_happens_in_it() {
        let mut lab = Lab::new(Start::default());
        let mut terminal = Terminal::of(&lab, Generation::V2);
        for line in [
            "aws ecs create-cluster",
            "aws ecs register-task-definition --family f --network-mode awsvpc --requires-compatibilities FARGATE --cpu 256 \
             --memory 512 --container-definitions '[{\"name\":\"a\",\"image\":\"busybox\",\"command\":[\"sh\",\"-c\",\"exit 1\"]}]'",
            "aws ecs create-service --service-name s --task-definition f --desired-count 3 --launch-type FARGATE \
             --network-configuration 'awsvpcConfiguration={subnets=[subnet-0ec51ab00000000a0],assignPublicIp=ENABLED}'",
        ] {
            let output = terminal.run(&mut lab, line);
            assert_eq!(output.status, 0, "{}", output.stderr);
        }
        let (begun, before) = (lab.now(), lab.facts().count());
        let mut shell = Shell::new(&mut terminal, &mut lab);
        assert!(shell.pass(SimDuration::from_secs(7200)).is_none());
        let first = shell.allowance.happened;
        assert!(shell.pass(SimDuration::from_secs(7200)).is_none());
        let twice = shell.allowance.happened;
        assert!((first * 19..first * 21).contains(&(twice * 10)), "as much in each hour: {first}, {twice}");
        shell.allowance.happened = MOST_FACTS - 1;
        let over = shell.pass(SimDuration::from_secs(24 * 86_400)).unwrap();
        let why = shell.ended.clone().unwrap();
        assert_eq!((over.status, shell.flow == Flow::Spent), (INTERRUPTED, true));
        assert!(why.starts_with("ECS Lab: more than 150000 things happen in this line, until 2026-01-05T13:"), "{why}");
        assert!(lab.now() - begun < SimDuration::from_secs(4 * 3600 + 900), "{}", lab.now());
        assert!(lab.facts().count() - before < twice + STEP_FACTS, "one step more");
        let cluster = lab.world().ecs().clusters().next().unwrap().id;
        // Stopped tasks are kept for an hour, and no longer.
        let kept = lab.world().ecs().tasks(cluster).count();
        assert!(kept * 3 < twice / 10, "{kept} tasks of {twice} facts");
    }
}
