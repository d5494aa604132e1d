//! A script step by step, with its variables and the limit of its steps.

use super::blocks::{Block, Link, Step, Steps, steps};
use super::dialect::Dialect;
use super::said::Loop;
use super::script::Setting;
use super::words::{Command, Stream};
use super::{End, MOST_STEPS, Ran, Trap, later, simple};
use crate::iam::like;
use crate::sim::SimDuration;
use alloc::string::String;
use alloc::vec::Vec;

/// As many bytes as a variable holds; a script with a longer one is an application.
const LONGEST: usize = 4096;

/// Why nothing after a step runs, at least not at once.
pub(super) enum Stop {
    /// The script has its end.
    Ended,
    /// `break` out of as many loops.
    Break(u32),
    /// `continue` with the loop that is as many out.
    Continue(u32),
    /// `return` from a function.
    Return,
}

/// How a script of a shell is run.
#[derive(Clone, Copy)]
pub(super) struct Shell<'a> {
    /// `$0`.
    pub(super) name: &'a str,
    pub(super) dialect: Dialect,
    /// Whether it ends with a command that fails (`-e`).
    pub(super) is_strict: bool,
    /// Whether `$(…)` does so too.
    pub(super) is_strict_within: bool,
    /// Whether it ends with a variable that has no value (`-u`).
    pub(super) is_nounset: bool,
    /// Whether it shows its commands (`-x`).
    pub(super) traces: bool,
}

/// A variable that a script sets, or takes away.
#[derive(Clone)]
pub(super) struct Own {
    pub(super) name: String,
    pub(super) value: Option<String>,
    /// Whether programs get it.
    pub(super) is_exported: bool,
}

/// Runs a script of a shell, with its own name and its arguments. The page fetches it when a definition holds one
/// ([`needs_later`](crate::lab::needs_later)).
#[inline(never)]
pub(super) fn script(
    script: &str,
    (name, arguments): (&str, &[&str]),
    setting: &Setting<'_>,
    (shell, flags): (&str, &str),
    ran: &mut Ran,
) {
    let Some(steps) = steps(script) else {
        ran.end = End::Serves;
        return;
    };
    let has = |flag| flags.contains(flag);
    let dialect = Dialect::of(shell, setting.image);
    let is_strict_within = dialect == Dialect::Dash || dialect == Dialect::Bash && shell != "bash";
    let shell = Shell { name, dialect, is_strict: has('e'), is_strict_within, is_nounset: has('u'), traces: has('x') };
    ran.is_dash = dialect == Dialect::Dash;
    let mut walk = Walk::new(script, setting, shell, ran);
    walk.arguments = arguments.iter().map(|own| String::from(*own)).collect();
    let done = walk.steps(&steps);
    if !matches!(done, Err(Stop::Ended)) {
        walk.ran.end = End::Ended(walk.status);
    }
    let (on_term, at_end) = (walk.on_term.take(), walk.at_end.take());
    walk.ran.trap = on_term.map(|text| walk.trap(&text, at_end.as_deref()));
    if let (End::Ended(code), Some(text)) = (&walk.ran.end, at_end) {
        walk.status = *code;
        let code = walk.last(&text, *code);
        if let Some(code) = code {
            walk.ran.end = End::Ended(code);
        }
    }
}

/// A simple command of its own, once it ran.
pub(super) fn alone(text: &str, ran: &mut Ran) -> Option<Command> {
    let shell = Shell {
        name: "sh",
        dialect: Dialect::Ash,
        is_strict: false,
        is_strict_within: false,
        is_nounset: false,
        traces: false,
    };
    let setting = Setting::default();
    let mut walk = Walk::new(text, &setting, shell, ran);
    let command = walk.command(text).ok()?;
    let _ = walk.simple(text);
    Some(command)
}

/// A script on its way.
pub(super) struct Walk<'a> {
    pub(super) setting: Setting<'a>,
    pub(super) shell: Shell<'a>,
    pub(super) script: &'a str,
    /// The number of the line that it is at.
    pub(super) line: usize,
    pub(super) arguments: Vec<String>,
    pub(super) own: Vec<Own>,
    pub(super) functions: Vec<(&'a str, &'a Steps<'a>)>,
    /// What the functions that it is in hide of its variables.
    pub(super) hidden: Vec<Vec<Own>>,
    pub(super) status: u8,
    /// How the last `$(…)` of a command ended.
    pub(super) substituted: Option<u8>,
    /// How deep it is in `$(…)`.
    pub(super) level: usize,
    /// How many loops it is in.
    pub(super) loops: u32,
    /// Whether what runs may fail in spite of `-e`: it is a condition, or not the last before `&&` or `||`.
    pub(super) is_tested: bool,
    /// What it runs when it is told to stop.
    pub(super) on_term: Option<String>,
    /// What it runs when it ends.
    pub(super) at_end: Option<String>,
    pub(super) ran: &'a mut Ran,
}

impl<'a> Walk<'a> {
    fn new(script: &'a str, setting: &Setting<'a>, shell: Shell<'a>, ran: &'a mut Ran) -> Self {
        Self {
            setting: *setting,
            shell,
            script,
            line: 1,
            arguments: Vec::new(),
            own: Vec::new(),
            functions: Vec::new(),
            hidden: Vec::new(),
            status: 0,
            substituted: None,
            level: 0,
            loops: 0,
            is_tested: false,
            on_term: None,
            at_end: None,
            ran,
        }
    }

    /// The same for a script within a word.
    pub(super) fn inner(&mut self) -> Walk<'_> {
        Walk {
            line: self.line,
            arguments: self.arguments.clone(),
            own: self.own.clone(),
            functions: self.functions.clone(),
            status: self.status,
            level: self.level + 1,
            ..Walk::new("", &self.setting, self.shell, self.ran)
        }
    }

    /// Runs what stands at the end of a script with this exit code: the exit code then, none where it goes on.
    fn last(&mut self, text: &str, code: u8) -> Option<u8> {
        let Some(steps) = steps(text) else {
            self.ran.end = End::Serves;
            return None;
        };
        let mut inner = self.inner();
        inner.level = 0;
        match (inner.steps(&steps), &self.ran.end) {
            (Err(Stop::Ended), End::Ended(code)) => Some(*code),
            (Err(Stop::Ended), _) => None,
            _ => Some(code),
        }
    }

    /// What a handler of SIGTERM does, whenever it comes: its process ends. What the lab does not understand counts as its
    /// exit code alone.
    fn trap(&mut self, text: &str, at_end: Option<&str>) -> Trap {
        let mark = self.ran.begin();
        let lasts = core::mem::replace(&mut self.ran.lasts, SimDuration::ZERO);
        let outer = core::mem::replace(&mut self.ran.is_round, true);
        let (steps, end) = (self.ran.steps, core::mem::replace(&mut self.ran.end, End::Ended(0)));
        let files = self.ran.files.clone();
        let all = [text, at_end.unwrap_or_default()];
        self.ran.steps = 0;
        let own = all.iter().filter(|own| !own.is_empty()).try_fold(0, |code, own| self.last(own, code));
        let said = self.ran.taken(mark);
        (self.ran.lasts, self.ran.is_round, self.ran.steps, self.ran.end, self.ran.files) =
            (lasts, outer, steps, end, files);
        let exit = || text.split_once("exit").and_then(|(_, code)| code.trim().parse().ok());
        match own {
            Some(code) => Trap { code, said },
            None => Trap { code: exit().unwrap_or(0), said: Vec::new() },
        }
    }

    pub(super) fn end<T>(&mut self, end: End) -> Result<T, Stop> {
        self.ran.end = end;
        Err(Stop::Ended)
    }

    /// The script comes to what the lab does not understand.
    pub(super) fn unread<T>(&mut self) -> Result<T, Stop> {
        self.end(End::Serves)
    }

    /// The same where there is nothing.
    pub(super) fn known<T>(&mut self, own: Option<T>) -> Result<T, Stop> {
        match own {
            Some(own) => Ok(own),
            None => self.unread(),
        }
    }

    pub(super) fn count(&mut self) -> Result<(), Stop> {
        self.ran.steps += 1;
        if self.ran.steps > MOST_STEPS { self.unread() } else { Ok(()) }
    }

    pub(super) fn steps(&mut self, steps: &'a Steps<'a>) -> Result<(), Stop> {
        let mut skip = false;
        for (step, link) in steps {
            if !skip {
                let outer = self.is_tested;
                self.is_tested |= *link != Link::Then;
                match step {
                    Step::Simple(text) => self.simple(text)?,
                    Step::Block { block, behind } => {
                        let command = self.command(behind)?;
                        if !command.words.is_empty() {
                            return self.unread();
                        }
                        let mark = self.ran.begin();
                        let done = self.block(block);
                        self.ran.settle(mark, &command.out, &command.errors);
                        done?;
                    }
                }
                self.is_tested = outer;
            }
            skip = match link {
                Link::Then => false,
                Link::And => self.status != 0,
                Link::Or => self.status == 0,
            };
        }
        Ok(())
    }

    /// Whether the steps of a condition end well.
    fn holds(&mut self, condition: &'a Steps<'a>) -> Result<bool, Stop> {
        let outer = core::mem::replace(&mut self.is_tested, true);
        let done = self.steps(condition);
        self.is_tested = outer;
        done?;
        Ok(self.status == 0)
    }

    fn block(&mut self, block: &'a Block<'a>) -> Result<(), Stop> {
        match block {
            Block::Group(steps) => self.steps(steps),
            Block::Function(name, steps) => {
                self.functions.push((name, steps));
                self.status = 0;
                Ok(())
            }
            Block::If(arms, other) => {
                for (condition, steps) in arms {
                    if self.holds(condition)? {
                        return self.steps(steps);
                    }
                }
                self.status = 0;
                self.steps(other)
            }
            Block::Case(subject, arms) => self.choice(subject, arms),
            Block::For(name, header, body) => {
                let command = self.command(header)?;
                let is_known = |word: &super::words::Word| !word.globs && !later::awaits(&word.text);
                if !command.is_plain() || !command.words.iter().all(is_known) {
                    return self.unread();
                }
                self.status = 0;
                let words: Vec<&str> = command.words.iter().map(|own| own.text.as_str()).collect();
                for word in &words {
                    if self.shell.dialect == Dialect::Bash {
                        self.trace(&[&["for", name, "in"], words.as_slice()].concat())?;
                    }
                    self.set(name, word)?;
                    self.count()?;
                    if !self.round(body)? {
                        break;
                    }
                }
                Ok(())
            }
            Block::While { until, condition, body } => self.repeat(*until, condition, body),
        }
    }

    fn choice(&mut self, subject: &str, arms: &'a [(&'a str, Steps<'a>)]) -> Result<(), Stop> {
        if self.shell.traces && self.shell.dialect == Dialect::Bash {
            return self.unread();
        }
        let word = self.word(subject)?.text;
        for (pattern, steps) in arms {
            for pattern in self.known(super::scan::pipes(pattern))? {
                let pattern = self.word(pattern.trim())?;
                if pattern.text != "*" && (later::awaits(&word) || later::awaits(&pattern.text)) {
                    return self.unread();
                }
                if self.is_like(&pattern, &word)? {
                    self.status = 0;
                    return self.steps(steps);
                }
            }
        }
        self.status = 0;
        Ok(())
    }

    /// Whether a text is of a pattern.
    pub(super) fn is_like(&mut self, pattern: &super::words::Word, text: &str) -> Result<bool, Stop> {
        match (pattern.globs, pattern.quotes_globs || pattern.text.contains('[')) {
            (false, _) => Ok(pattern.text == text),
            (true, false) => Ok(like(&pattern.text, text)),
            (true, true) => self.unread(),
        }
    }

    fn repeat(&mut self, until: bool, condition: &'a Steps<'a>, body: &'a Steps<'a>) -> Result<(), Stop> {
        let is_endless = is_endless(until, condition);
        if is_endless && !self.shell.traces {
            let again = self.rounds_alike(condition.iter().filter(|_| !until).chain(body));
            if again.is_some() {
                self.ran.again = again;
                return self.end(End::Runs);
            }
        }
        let (said, lasts) = (self.ran.said.len(), self.ran.lasts);
        let done = self.rounds(until, condition, body);
        if is_endless && matches!(done, Err(Stop::Ended)) && matches!(self.ran.end, End::Serves) {
            // It goes on for ever; what it says is known when its commands are, and when it takes its time.
            if self.ran.steps <= MOST_STEPS || self.ran.lasts == lasts {
                self.ran.said.truncate(said);
                self.ran.lasts = lasts;
            }
            self.ran.end = End::Runs;
        }
        done
    }

    /// A loop without end of these steps; none where it does more than to write and to sleep.
    fn rounds_alike<'s>(&mut self, steps: impl Iterator<Item = &'s (Step<'s>, Link)>) -> Option<Loop> {
        let lasts = core::mem::replace(&mut self.ran.lasts, SimDuration::ZERO);
        let said = core::mem::take(&mut self.ran.said);
        let floor = core::mem::take(&mut self.ran.floor);
        let outer = core::mem::replace(&mut self.ran.is_round, true);
        let mut steps = steps;
        let is_alike = steps
            .all(|(step, link)| *link != Link::Or && matches!(step, Step::Simple(text) if self.says(text).is_some()));
        (self.ran.is_round, self.ran.floor) = (outer, floor);
        let round = Loop {
            every: core::mem::replace(&mut self.ran.lasts, lasts),
            said: core::mem::replace(&mut self.ran.said, said),
        };
        let is_open = round.said.last().is_some_and(|own| own.open);
        (is_alike && !is_open).then_some(round)
    }

    /// A step of such a loop.
    fn says(&mut self, text: &str) -> Option<u8> {
        let command = self.command(without_wait(text)).ok()?;
        let words: Vec<&str> = command.words.iter().map(|own| own.text.as_str()).collect();
        match words.as_slice() {
            ["sleep", "infinity", ..] => return None,
            ["date", words @ ..] if later::format(words).is_none() => return None,
            ["echo" | "printf" | "date" | "hostname" | "sleep" | "true" | ":", ..] => {}
            _ => return None,
        }
        let is_file = |stream: &Stream| matches!(stream, Stream::File { .. });
        if command.words.iter().any(|own| own.globs) || is_file(&command.errors) {
            return None;
        }
        let mark = self.ran.begin();
        let status = simple(&words, 0, &self.setting, self.ran).filter(|own| *own == 0 || !self.shell.is_strict);
        self.ran.settle(mark, &command.out, &command.errors);
        status
    }

    fn rounds(&mut self, until: bool, condition: &'a Steps<'a>, body: &'a Steps<'a>) -> Result<(), Stop> {
        let mut status = 0;
        while self.holds(condition)? != until {
            self.count()?;
            if !self.round(body)? {
                status = self.status;
                break;
            }
            status = self.status;
        }
        self.status = status;
        Ok(())
    }

    /// One round of a loop: whether there may be another one.
    fn round(&mut self, body: &'a Steps<'a>) -> Result<bool, Stop> {
        self.loops += 1;
        let outer = self.is_tested;
        let ended = self.steps(body);
        self.loops -= 1;
        // `break` may stand before `&&`.
        self.is_tested = outer;
        match ended {
            Ok(()) | Err(Stop::Continue(1)) => Ok(true),
            Err(Stop::Break(1)) => Ok(false),
            Err(Stop::Break(loops)) => Err(Stop::Break(loops - 1)),
            Err(Stop::Continue(loops)) => Err(Stop::Continue(loops - 1)),
            Err(stop @ (Stop::Ended | Stop::Return)) => Err(stop),
        }
    }

    /// A variable of the script has another value.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<(), Stop> {
        if !is_name(name) || value.len() > LONGEST || name == "IFS" {
            return self.unread();
        }
        let is_exported = match self.own.iter().find(|own| own.name == name) {
            Some(own) => own.is_exported,
            None => self.setting.variable(name).is_some(),
        };
        self.hold(Own { name: name.into(), value: Some(value.into()), is_exported });
        Ok(())
    }

    pub(super) fn hold(&mut self, own: Own) {
        self.own.retain(|other| other.name != own.name);
        self.own.push(own);
    }
}

/// `NAME=value`.
pub(super) fn assigned(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    is_name(name).then_some((name, value))
}

fn is_name(text: &str) -> bool {
    text.bytes().all(|sign| sign.is_ascii_alphanumeric() || sign == b'_')
        && text.bytes().next().is_some_and(|sign| !sign.is_ascii_digit())
}

/// A pause in the background with `wait` behind it, as the pause alone.
pub(super) fn without_wait(text: &str) -> &str {
    let waits = |own: &str| matches!(own.trim(), "wait" | "wait $!" | "wait \"$!\"" | "wait ${!}");
    let pauses = |own: &str| own.split_whitespace().next().is_some_and(|name| ["sleep", "tail"].contains(&name));
    text.rsplit_once(" & ").filter(|(own, behind)| pauses(own) && waits(behind)).map_or(text, |(own, _)| own)
}

/// Whether a condition always holds: `true`, `:` or a pause, or `false` for `until`.
fn is_endless(until: bool, condition: &Steps<'_>) -> bool {
    match condition.as_slice() {
        [(Step::Simple(text), _)] => match text.split_whitespace().next() {
            Some("true" | ":" | "sleep") => !until,
            Some("false") => until,
            _ => false,
        },
        _ => false,
    }
}
