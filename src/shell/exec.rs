//! Runs what the language reads: lists, pipelines, and what ends them early.

use super::ask::Typed;
use super::descriptors::{Description, Open, Stream};
use super::files::absolute;
use super::language::{Command, Link, List, Pipeline, Wrong, parse};
use super::learn::Page;
use super::limits::INTERRUPTED;
use super::terminal::{Output, Terminal, Variable};
use super::trap::is_whole;
use crate::lab::{Allowance, Lab};
use crate::sim::sorted::Map;
use alloc::boxed::Box;
use alloc::format;
use alloc::rc::Weak;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;

/// What comes after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// The next one.
    Next,
    /// What is behind so many loops.
    Break(u32),
    /// The next turn of a loop, so many loops up.
    Continue(u32),
    /// What is behind the function or the file that is read.
    Return,
    /// What is behind the script or the subshell; at the prompt, the next line.
    Exit,
    /// The next line, since this one has run for too long.
    Spent,
}

/// A file whose commands run.
pub(super) struct Script {
    /// Its name, as it was given.
    pub(super) name: String,
    /// Whether the prompt itself reads it, by `source`.
    pub(super) by_hand: bool,
}

/// A function that runs.
pub(super) struct Call {
    pub(super) name: String,
    /// The line that called it.
    pub(super) line: usize,
    /// What its `local` has hidden.
    pub(super) hidden: Vec<(String, Option<Variable>)>,
}

/// A line on its way.
pub(super) struct Shell<'a> {
    pub(super) terminal: &'a mut Terminal,
    pub(super) lab: &'a mut Lab,
    pub(super) depth: u8,
    /// What the commands of the line have cost so far.
    pub(super) commands: u32,
    /// How many bytes it has gone through that are not yet as much as a command.
    pub(super) bytes: usize,
    /// How many loops, groups, functions and scripts run within each other.
    pub(super) nested: u8,
    /// How much time the line has let pass, and how much has happened meanwhile.
    pub(super) allowance: Allowance,
    /// Why the lab has ended the line.
    pub(super) ended: Option<String>,
    /// Whether a text was longer than the lab holds.
    pub(super) is_cut: bool,
    pub(super) flow: Flow,
    /// How many loops of this function or script run.
    pub(super) loops: u32,
    /// How many subshells and scripts run, which `exit` leaves.
    pub(super) shells: u32,
    /// How many of them there were when the script began that runs; none at the prompt.
    pub(super) process: u32,
    /// How many files are read by `source`.
    pub(super) sourced: u32,
    /// How many tests are asked, of which a failure ends nothing.
    pub(super) tested: u32,
    /// The functions that run.
    pub(super) calls: Vec<Call>,
    /// The scripts that run, and the files that `source` reads.
    pub(super) scripts: Vec<Script>,
    /// The line that runs, and how many lines stand before the text that is read.
    pub(super) line: usize,
    pub(super) above: usize,
    /// What there is to read; nothing at the prompt, where somebody would have to type.
    pub(super) stdin: Option<Open>,
    /// What is typed for the `read` of the line.
    pub(super) typed: Typed,
    /// What `exec` has put another input in the place of.
    pub(super) stdins: Vec<Option<Open>>,
    /// What numbers from 3 on stand for.
    pub(super) numbers: Map<u8, Stream>,
    /// The files that are open.
    pub(super) open: Vec<Weak<RefCell<Description>>>,
    /// Where `exec` has sent what the shell prints.
    pub(super) out: Stream,
    pub(super) err: Stream,
    /// How many pipes, words and redirections within each other take what is printed.
    pub(super) caught: u32,
    /// How many redirections take what is printed on standard error.
    pub(super) caught_errors: u32,
    /// What was printed to an output beyond those that take what is printed now.
    pub(super) late: Vec<(Stream, String)>,
    /// How many traps run.
    pub(super) trapping: u32,
    /// Whether that for failures does.
    pub(super) is_erring: bool,
    /// The signals that have come and that nobody has heeded yet.
    pub(super) signals: Vec<u8>,
    /// The signal that has ended a script.
    pub(super) killed: Option<u8>,
    /// The command that runs, as it was typed.
    pub(super) latest: String,
    /// What commands within words said on standard error, for the command that the words are of.
    pub(super) aside: String,
    /// How the last of them ended.
    pub(super) within: u8,
    /// Whether what a command prints goes to the screen: through no pipe, into no file, into no words.
    pub(super) to_screen: bool,
    /// Whether `sudo` runs the command.
    pub(super) root: bool,
    /// What the lab says beside an answer.
    pub(super) remark: Option<String>,
    /// The page that explains what went wrong last.
    pub(super) learn: Option<Page>,
    /// The word that was meant in its stead.
    pub(super) near: Option<String>,
}

impl<'a> Shell<'a> {
    pub(super) fn new(terminal: &'a mut Terminal, lab: &'a mut Lab) -> Self {
        Self {
            allowance: Allowance::default(),
            terminal,
            lab,
            depth: 0,
            commands: 0,
            bytes: 0,
            nested: 0,
            ended: None,
            is_cut: false,
            flow: Flow::Next,
            loops: 0,
            shells: 0,
            process: 0,
            sourced: 0,
            tested: 0,
            calls: Vec::new(),
            scripts: Vec::new(),
            line: 0,
            above: 0,
            stdin: None,
            typed: Typed::default(),
            stdins: Vec::new(),
            numbers: Map::new(),
            open: Vec::new(),
            out: Stream::Output(0),
            err: Stream::Error(0),
            caught: 0,
            caught_errors: 0,
            late: Vec::new(),
            trapping: 0,
            is_erring: false,
            signals: Vec::new(),
            killed: None,
            latest: String::new(),
            aside: String::new(),
            within: 0,
            to_screen: true,
            root: false,
            remark: None,
            learn: None,
            near: None,
        }
    }

    /// Runs a line, and names the page that explains what went wrong. Undo takes no line back together with what was done
    /// before or behind it.
    pub(super) fn line(&mut self, text: &str) -> Output {
        self.lab.set_apart();
        let (place, own) = self.terminal.take_descriptors();
        self.take_descriptors(own);
        let mut output = self.run(text);
        self.said_before(&mut output);
        let own = self.give_descriptors();
        self.terminal.give_descriptors(place, own);
        self.lab.set_apart();
        self.tell(&mut output);
        (output.learn, output.near) = (self.learn.take().map(Box::new), self.near.take());
        if output.status == 0 && output.stderr.is_empty() {
            output.near = None;
        }
        output
    }

    /// Runs a text.
    pub(super) fn run(&mut self, text: &str) -> Output {
        let list = match parse(text) {
            Ok(list) => list,
            Err(wrong) => {
                let mut all = self.list(&wrong.before);
                if self.flow == Flow::Next {
                    let told = Output::fail(2, self.refused(text, &wrong));
                    all.append(self.sent("", told));
                    self.flow = Flow::Exit;
                }
                return all;
            }
        };
        let mut all = self.list(&list);
        if list.is_empty() {
            all.status = 0;
        }
        all
    }

    /// What is said of a text that cannot be read; of a script with the line.
    fn refused(&self, text: &str, wrong: &Wrong) -> String {
        let Some(Script { name, by_hand }) = self.scripts.last() else { return format!("bash: {}\n", wrong.why) };
        let by = if *by_hand { "bash: " } else { "" };
        let place = format!("{by}{name}: line {}", wrong.line + self.above);
        let line = text.lines().nth(wrong.line.saturating_sub(1)).unwrap_or_default();
        let shown = if wrong.why.contains("near") { format!("{place}: `{line}'\n") } else { String::new() };
        format!("{place}: {}\n{shown}", wrong.why)
    }

    /// Runs pipelines one after the other, until something ends them.
    pub(super) fn list(&mut self, list: &List) -> Output {
        let mut all = Output::status(self.terminal.status);
        for (place, pipeline) in list.iter().enumerate() {
            let goes = match pipeline.link {
                Link::Always => true,
                Link::And => all.status == 0,
                Link::Or => all.status != 0,
            };
            if !goes {
                continue;
            }
            self.terminal.files.now = self.lab.now();
            let last = list.get(place + 1).is_none_or(|next| next.link == Link::Always);
            let asked = u32::from(!last || pipeline.negated);
            self.tested += asked;
            let done = self.pipeline(pipeline);
            self.tested -= asked;
            all.append(done);
            all.stdout = self.shortened(core::mem::take(&mut all.stdout));
            all.stderr = self.shortened(core::mem::take(&mut all.stderr));
            self.terminal.status = all.status;
            if all.status != 0 && asked + self.tested == 0 && self.flow == Flow::Next {
                self.failed(pipeline, &mut all);
            }
            if !self.signals.is_empty() && self.shells == self.process {
                self.heed(&mut all);
                self.terminal.status = all.status;
            }
            if self.flow != Flow::Next {
                break;
            }
        }
        all
    }

    /// What `set -e` does after a failure of which nothing was asked.
    pub(super) fn give_up(&mut self, all: &mut Output) {
        if !self.terminal.state.options.errexit || self.flow != Flow::Next {
            return;
        }
        self.flow = Flow::Exit;
        if self.shells == 0 {
            all.stderr.push_str("ECS Lab: with set -e a real shell closes here; set +e takes it back\n");
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Output {
        let begun = self.lab.now();
        let mut done = match pipeline.commands.as_slice() {
            [only] => self.command(only, None),
            all => self.piped(all),
        };
        if pipeline.commands.len() == 1 && is_whole(pipeline) {
            self.terminal.state.pipes = [done.status].into();
        }
        if pipeline.negated && self.flow != Flow::Spent {
            done.status = u8::from(done.status == 0);
        }
        if pipeline.timed {
            let millis = (self.lab.now() - begun).as_millis().max(0);
            let (minutes, seconds, rest) = (millis / 60_000, millis / 1000 % 60, millis % 1000);
            let told = format!("\nreal\t{minutes}m{seconds}.{rest:03}s\nuser\t0m0.000s\nsys\t0m0.000s\n");
            let told = self.sent("", Output::fail(done.status, told));
            done.append(told);
        }
        self.said_before(&mut done);
        done
    }

    /// Each command has a shell of its own, and what it sets is lost.
    fn piped(&mut self, commands: &[Command]) -> Output {
        let (mut input, mut all, mut worst) = (None, Output::default(), 0);
        let to_screen = self.to_screen;
        let mut statuses = Vec::new();
        for (place, command) in commands.iter().enumerate() {
            let last = place + 1 == commands.len();
            self.to_screen = to_screen && last;
            let piped = input.take();
            let caught = (!last).then(|| self.catch());
            let mut done = self.apart(|shell| shell.command(command, piped));
            caught.into_iter().for_each(|before| self.let_go(before));
            if !last {
                input = Some(self.shortened(core::mem::take(&mut done.stdout)));
                done.ends.clear();
            }
            statuses.push(done.status);
            worst = if done.status == 0 { worst } else { done.status };
            let done = if last { done } else { self.sent("", done) };
            all.append(done);
            if self.flow == Flow::Spent {
                break;
            }
        }
        self.to_screen = to_screen;
        self.terminal.state.pipes = statuses;
        if self.terminal.state.options.pipefail {
            all.status = worst;
        }
        all
    }

    /// Runs a command with what a pipe brings.
    pub(super) fn command(&mut self, command: &Command, piped: Option<String>) -> Output {
        let done = match command {
            Command::Simple(own) => match self.charged(1) {
                Some(over) => return over,
                None => self.simple(own, piped),
            },
            Command::Compound(own, redirects) => self.deep(|shell| shell.compound(own, redirects, piped)),
            Command::Function(name, body) => {
                self.terminal.state.functions.insert(name.clone(), body.clone());
                Ok(Output::default())
            }
        };
        let output = done.unwrap_or_else(|why| {
            let said = core::mem::take(&mut self.aside);
            if self.flow == Flow::Spent {
                return Output::fail(INTERRUPTED, said);
            }
            let told = self.located(Output::fail(1, format!("bash: {why}\n")));
            let told = self.sent("", told);
            Output { sent: self.is_sent(), ..Output::fail(0, said) }.then(told)
        });
        self.located(output)
    }

    /// In a script, errors name it and the line.
    pub(super) fn located(&self, mut output: Output) -> Output {
        let script = self.scripts.last().filter(|own| !own.by_hand && output.stderr.contains("bash: "));
        let Some(script) = script else { return output };
        let place = format!("{}: line {}: ", script.name, self.line);
        let lines = output.stderr.split_inclusive('\n').map(|line| match line.strip_prefix("bash: ") {
            Some(rest) if !rest.starts_with("line ") => format!("{place}{rest}"),
            _ => line.to_string(),
        });
        output.stderr = lines.collect();
        output.ends.clear();
        output
    }

    /// A file's whole path.
    pub(super) fn path(&self, name: &str) -> String {
        absolute(&self.terminal.directory, name)
    }

    /// Why a path is no file.
    pub(super) fn missing(&self, path: &str) -> &'static str {
        if self.terminal.files.is_directory(path) { "Is a directory" } else { "No such file or directory" }
    }
}
