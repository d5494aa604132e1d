//! A script step by step, with its variables and the limit of its steps.

use super::blocks::{Block, Link, Step, Steps, steps};
use super::expand::teed;
use super::said::Loop;
use super::script::{Environment, variable};
use super::{End, MOST_STEPS, Ran, later, simple, sums};
use crate::iam::like;
use crate::sim::SimDuration;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::{Value, json};

/// As many bytes as a variable holds; a script with a longer one is an application.
const LONGEST: usize = 4096;

/// Why nothing after a step runs, at least not at once.
enum Stop {
    /// The script has its end.
    Ended,
    /// `break` out of as many loops.
    Break(u32),
    /// `continue` with the loop that is as many out.
    Continue(u32),
}

/// How a script of a shell is run.
#[derive(Clone, Copy)]
pub(super) struct Shell {
    /// For what only bash knows.
    pub(super) is_bash: bool,
    /// Whether it ends with a command that fails (`-e`).
    pub(super) is_strict: bool,
}

/// Runs a script of a shell, with its own name and its arguments.
pub(super) fn script(
    script: &str,
    (name, arguments): (&str, &[&str]),
    environment: Environment<'_>,
    shell: Shell,
    ran: &mut Ran,
) {
    let Some(steps) = steps(script) else {
        ran.end = End::Serves;
        return;
    };
    let numbered = core::iter::once(&name).chain(arguments).enumerate();
    let numbered = numbered.map(|(number, value)| (format!("{number}"), String::from(*value)));
    let is_named = !variable(environment, "HOSTNAME").is_empty();
    let host = (!is_named).then(|| ("HOSTNAME".into(), later::HOST.into()));
    let own = numbered.chain(host).map(|(name, value)| json!({ "name": name, "value": value })).collect();
    let mut walk = Walk { environment, shell, arguments, own, status: 0, loops: 0, is_tested: false, ran };
    if !matches!(walk.steps(&steps), Err(Stop::Ended)) {
        let code = walk.status;
        ran.end = End::Ended(code);
    }
}

/// A script on its way.
pub(super) struct Walk<'a> {
    pub(super) environment: Environment<'a>,
    pub(super) shell: Shell,
    pub(super) arguments: &'a [&'a str],
    /// The variables that the script sets, and its arguments by their numbers, as a list of a definition.
    pub(super) own: Value,
    pub(super) status: u8,
    /// How many loops it is in.
    loops: u32,
    /// Whether what runs may fail in spite of `-e`: it is a condition, or not the last before `&&` or `||`.
    is_tested: bool,
    pub(super) ran: &'a mut Ran,
}

impl Walk<'_> {
    fn end<T>(&mut self, end: End) -> Result<T, Stop> {
        self.ran.end = end;
        Err(Stop::Ended)
    }

    fn count(&mut self) -> Result<(), Stop> {
        self.ran.steps += 1;
        if self.ran.steps > MOST_STEPS { self.end(End::Serves) } else { Ok(()) }
    }

    fn steps(&mut self, steps: &Steps<'_>) -> Result<(), Stop> {
        let mut skip = false;
        for (step, link) in steps {
            if !skip {
                let outer = self.is_tested;
                self.is_tested |= *link != Link::Then;
                match step {
                    Step::Simple(text) => self.simple(text)?,
                    Step::Block { block, behind } => {
                        let target = match self.words(behind) {
                            Some((words, target)) if words.is_empty() => target,
                            _ => return self.end(End::Serves),
                        };
                        let before = self.ran.said.len();
                        let done = self.block(block);
                        if let Some(target) = target {
                            self.ran.redirect(before, &target);
                            self.ran.again = None;
                        }
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
    fn holds(&mut self, condition: &Steps<'_>) -> Result<bool, Stop> {
        let outer = core::mem::replace(&mut self.is_tested, true);
        let done = self.steps(condition);
        self.is_tested = outer;
        done?;
        Ok(self.status == 0)
    }

    fn block(&mut self, block: &Block<'_>) -> Result<(), Stop> {
        match block {
            Block::Group(steps) => self.steps(steps),
            Block::If(arms, other) => {
                for (condition, steps) in arms {
                    if self.holds(condition)? {
                        return self.steps(steps);
                    }
                }
                self.status = 0;
                self.steps(other)
            }
            Block::Case(subject, arms) => {
                let Some((words, _)) = self.words(subject) else { return self.end(End::Serves) };
                let word = words.join(" ");
                for (pattern, steps) in arms {
                    for pattern in pattern.split('|') {
                        let Some((words, _)) = self.words(pattern) else { return self.end(End::Serves) };
                        let pattern = words.join(" ");
                        if pattern != "*" && (later::awaits(&word) || later::awaits(&pattern)) {
                            return self.end(End::Serves);
                        }
                        if like(&pattern, &word) {
                            self.status = 0;
                            return self.steps(steps);
                        }
                    }
                }
                self.status = 0;
                Ok(())
            }
            Block::For(name, header, body) => {
                let Some((words, _)) = self.words(header) else { return self.end(End::Serves) };
                if words.iter().any(|word| later::awaits(word)) {
                    return self.end(End::Serves);
                }
                self.status = 0;
                for word in self.spread(header, &words) {
                    self.set(name, &word)?;
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

    fn repeat(&mut self, until: bool, condition: &Steps<'_>, body: &Steps<'_>) -> Result<(), Stop> {
        let is_endless = is_endless(until, condition);
        if is_endless {
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
        let outer = core::mem::replace(&mut self.ran.is_round, true);
        let mut steps = steps;
        let is_alike = steps
            .all(|(step, link)| *link != Link::Or && matches!(step, Step::Simple(text) if self.says(text).is_some()));
        self.ran.is_round = outer;
        let round = Loop {
            every: core::mem::replace(&mut self.ran.lasts, lasts),
            said: core::mem::replace(&mut self.ran.said, said),
        };
        is_alike.then_some(round)
    }

    /// A step of such a loop.
    fn says(&mut self, text: &str) -> Option<u8> {
        let (words, target) = self.words(text)?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let before = self.ran.said.len();
        match words.as_slice() {
            ["sleep", "infinity", ..] => return None,
            ["date", words @ ..] if later::format(words).is_none() => return None,
            ["echo" | "printf" | "date" | "hostname" | "sleep" | "true" | ":", ..] => {}
            _ => return None,
        }
        let status = simple(&words, 0, &[], self.ran).filter(|own| *own == 0 || !self.shell.is_strict);
        if target.is_some() {
            self.ran.said.truncate(before);
        }
        status
    }

    fn rounds(&mut self, until: bool, condition: &Steps<'_>, body: &Steps<'_>) -> Result<(), Stop> {
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
    fn round(&mut self, body: &Steps<'_>) -> Result<bool, Stop> {
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
            Err(Stop::Ended) => Err(Stop::Ended),
        }
    }

    /// A simple command, and where its output goes.
    fn simple(&mut self, text: &str) -> Result<(), Stop> {
        self.count()?;
        let (text, copy) = teed(text).map_or((text, None), |(own, copy)| (own, Some(copy)));
        let Some((words, target)) = self.words(text) else { return self.end(End::Serves) };
        let before = self.ran.said.len();
        let done = self.runs(words.iter().map(String::as_str).collect());
        if let Some(target) = target {
            self.ran.redirect(before, &target);
        }
        if let Some(copy) = copy {
            let said = self.ran.said.get(before..).unwrap_or_default().to_vec();
            self.ran.redirect(before, &copy);
            self.ran.said.extend(said);
        }
        done
    }

    fn runs(&mut self, mut words: Vec<&str>) -> Result<(), Stop> {
        let negates = words.first() == Some(&"!");
        if negates {
            words.remove(0);
        }
        if matches!(words.first(), Some(&("export" | "local")))
            && words.iter().skip(1).any(|word| assigned(word).is_some())
        {
            words.remove(0);
        }
        let assignments = words.iter().map_while(|word| assigned(word)).count();
        if assignments > 0 && assignments == words.len() {
            for (name, value) in words.iter().filter_map(|word| assigned(word)) {
                self.set(name, value)?;
            }
            self.status = 0;
            return Ok(());
        }
        // Before a command they are that command's own.
        let command = words.get(assignments..).unwrap_or_default();
        let level = || command.get(1).and_then(|own| own.parse().ok()).unwrap_or(1).clamp(1, self.loops);
        match command.first() {
            None => return Ok(()),
            Some(&"break") if self.loops > 0 => return Err(Stop::Break(level())),
            Some(&"continue") if self.loops > 0 => return Err(Stop::Continue(level())),
            Some(&"set") if !self.is_set(command) => return self.end(End::Serves),
            _ => {}
        }
        let is_there = |path: &str| self.ran.file(path).map(|own| own.is_ok());
        let status = match sums::test(command, &is_there) {
            Some(holds) => Some(u8::from(!holds)),
            None => simple(command, self.status, &refs(&self.own, self.environment), self.ran),
        };
        let Some(status) = status else { return Err(Stop::Ended) };
        self.status = if negates { u8::from(status == 0) } else { status };
        if self.shell.is_strict && status != 0 && !negates && !self.is_tested {
            return self.end(End::Ended(status));
        }
        Ok(())
    }

    /// `set` with options, of which `-e` counts; false for what else it sets.
    fn is_set(&mut self, command: &[&str]) -> bool {
        let mut words = command.iter().skip(1);
        while let Some(word) = words.next() {
            let Some(flags) = word.strip_prefix(['-', '+']).filter(|own| !own.is_empty() && *own != "-") else {
                return false;
            };
            let named = if flags.ends_with('o') { words.next() } else { None };
            if flags.contains('e') || named == Some(&"errexit") {
                self.shell.is_strict = word.starts_with('-');
            }
        }
        command.len() > 1
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Stop> {
        let is_name = assigned(&format!("{name}=")).is_some();
        if !is_name || value.len() > LONGEST {
            return self.end(End::Serves);
        }
        if let Some(all) = self.own.as_array_mut() {
            all.retain(|own| own["name"] != name);
            all.push(json!({ "name": name, "value": value }));
        }
        Ok(())
    }
}

/// The lists of variables, those of the script first.
pub(super) fn refs<'a>(own: &'a Value, environment: Environment<'a>) -> Vec<&'a Value> {
    core::iter::once(own).chain(environment.iter().copied()).collect()
}

/// `NAME=value`.
pub(super) fn assigned(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let is_name = name.bytes().all(|sign| sign.is_ascii_alphanumeric() || sign == b'_')
        && name.bytes().next().is_some_and(|sign| !sign.is_ascii_digit());
    is_name.then_some((name, value))
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
