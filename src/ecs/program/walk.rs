//! A script step by step, with its variables and the limit of its steps.

use super::blocks::{Block, Link, Step, Steps, steps};
use super::script::{Environment, Token, command, tokens};
use super::{End, MOST_STEPS, Ran, said, simple, sums};
use crate::iam::like;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::{Value, json};

/// As many bytes as a command has with its arguments put in; a longer one is an application.
const MOST_TEXT: usize = 64 * 1024;

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

/// Runs a script of a shell, with its own name and its arguments; `is_bash` for what only that knows.
pub(super) fn script(
    script: &str,
    (name, arguments): (&str, &[&str]),
    environment: Environment<'_>,
    is_bash: bool,
    ran: &mut Ran,
) {
    let Some(steps) = steps(script) else {
        ran.end = End::Serves;
        return;
    };
    let numbered = core::iter::once(&name).chain(arguments).enumerate();
    let own = numbered.map(|(number, value)| json!({ "name": format!("{number}"), "value": value })).collect();
    let mut walk = Walk { environment, is_bash, arguments, own, status: 0, loops: 0, ran };
    if !matches!(walk.steps(&steps), Err(Stop::Ended)) {
        let code = walk.status;
        ran.end = End::Ended(code);
    }
}

struct Walk<'a> {
    environment: Environment<'a>,
    is_bash: bool,
    arguments: &'a [&'a str],
    /// The variables that the script sets, and its arguments by their numbers, as a list of a definition.
    own: Value,
    status: u8,
    /// How many loops it is in.
    loops: u32,
    ran: &'a mut Ran,
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
                let before = self.ran.said.len();
                let is_hidden = match step {
                    Step::Simple(text) => self.simple(text)?,
                    Step::Block { block, behind } => {
                        let is_hidden = match self.words(behind) {
                            Some((words, is_hidden)) if words.is_empty() => is_hidden,
                            _ => return self.end(End::Serves),
                        };
                        let done = self.block(block);
                        if is_hidden {
                            self.ran.said.truncate(before);
                            self.ran.again = None;
                        }
                        done?;
                        false
                    }
                };
                if is_hidden {
                    self.ran.said.truncate(before);
                }
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
        self.steps(condition)?;
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
                        if like(&words.join(" "), &word) {
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
            let lists = refs(&self.own, self.environment);
            let again = said::body(condition.iter().filter(|_| !until).chain(body), &lists);
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
        let ended = self.steps(body);
        self.loops -= 1;
        match ended {
            Ok(()) | Err(Stop::Continue(1)) => Ok(true),
            Err(Stop::Break(1)) => Ok(false),
            Err(Stop::Break(loops)) => Err(Stop::Break(loops - 1)),
            Err(Stop::Continue(loops)) => Err(Stop::Continue(loops - 1)),
            Err(Stop::Ended) => Err(Stop::Ended),
        }
    }

    /// A simple command: whether its output goes elsewhere than to the log.
    fn simple(&mut self, text: &str) -> Result<bool, Stop> {
        self.count()?;
        let Some((words, is_hidden)) = self.words(text) else { return self.end(End::Serves) };
        let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
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
            return Ok(is_hidden);
        }
        // Before a command they are that command's own.
        let command = words.get(assignments..).unwrap_or_default();
        let level = || command.get(1).and_then(|own| own.parse().ok()).unwrap_or(1).clamp(1, self.loops);
        match command.first() {
            None => return Ok(is_hidden),
            Some(&"break") if self.loops > 0 => return Err(Stop::Break(level())),
            Some(&"continue") if self.loops > 0 => return Err(Stop::Continue(level())),
            _ => {}
        }
        let status = match sums::test(command) {
            Some(holds) => Some(u8::from(!holds)),
            None => simple(command, self.status, &refs(&self.own, self.environment), self.ran),
        };
        let Some(status) = status else { return Err(Stop::Ended) };
        self.status = if negates { u8::from(status == 0) } else { status };
        Ok(is_hidden)
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

    /// The words of a text, and whether output goes elsewhere; none when the lab does not understand it.
    fn words(&self, text: &str) -> Option<(Vec<String>, bool)> {
        let environment = refs(&self.own, self.environment);
        let tokens: Vec<Token> = tokens(&self.counted(text, &environment)?, &environment);
        let (words, is_hidden) = command(&tokens);
        Some((words.into_iter().map(String::from).collect(), is_hidden))
    }

    /// A text with the values of what counts in it: `$((…))`, `$(seq …)`, `$?`, `$#`, `$@`; and `$(pwd)`. None for
    /// arguments that would have to be quoted again.
    fn counted(&self, text: &str, environment: Environment<'_>) -> Option<String> {
        let (mut out, mut rest, mut quote) = (String::new(), text, None);
        while let Some(sign) = rest.chars().next() {
            match (quote, sign) {
                (Some(open), _) if sign == open => quote = None,
                (None, '\'' | '"') => quote = Some(sign),
                _ => {}
            }
            if quote == Some('\'') || !matches!(sign, '$' | '`') {
                out.push(sign);
                rest = rest.get(sign.len_utf8()..)?;
            } else if let Some(behind) = rest.strip_prefix("$((") {
                let (sum, behind) = closed(behind)?;
                out += &format!("{}", sums::sum(sum, environment)?);
                rest = behind;
            } else if let Some(behind) = rest.strip_prefix("$?") {
                out += &format!("{}", self.status);
                rest = behind;
            } else if let Some(behind) = rest.strip_prefix("$#") {
                out += &format!("{}", self.arguments.len());
                rest = behind;
            } else if let Some(behind) = rest.strip_prefix("$@").or_else(|| rest.strip_prefix("$*")) {
                let each_alone = quote == Some('"') && rest.starts_with("$@");
                let plain = |own: &&str| !own.contains(['"', '\'', '`', '$', '\\']);
                let size: usize = self.arguments.iter().map(|own| own.len() + 3).sum();
                if !self.arguments.iter().all(plain) || out.len() + size > MOST_TEXT {
                    return None;
                }
                out += &self.arguments.join(if each_alone { "\" \"" } else { " " });
                rest = behind;
            } else {
                let inner = match sign {
                    '`' => rest.strip_prefix('`').and_then(|own| own.split_once('`')),
                    _ => rest.strip_prefix("$(").and_then(|own| own.split_once(')')),
                };
                let own = inner.and_then(|(inner, behind)| Some((substituted(inner, environment)?, behind)));
                match own {
                    Some((text, behind)) => {
                        out += &text;
                        rest = behind;
                    }
                    None => {
                        out.push(sign);
                        rest = rest.get(1..)?;
                    }
                }
            }
        }
        Some(out)
    }

    /// The words of a `for`: those that came of variables are parted, and bash counts from one number to another.
    fn spread(&self, header: &str, words: &[String]) -> Vec<String> {
        if header.contains(['\'', '"']) {
            return words.to_vec();
        }
        let most = MOST_STEPS as usize + 1;
        let range = |word: &str| {
            let (from, to) = word.strip_prefix('{')?.strip_suffix('}')?.split_once("..")?;
            let step = match (from.parse::<i64>().ok()?, to.parse::<i64>().ok()?) {
                (from, to) if from > to => "-1",
                _ => "1",
            };
            sums::sequence(&[from, step, to], most)
        };
        let spread = |word: &str| match range(word) {
            Some(all) if self.is_bash => all,
            _ => alloc::vec![String::from(word)],
        };
        words.iter().flat_map(|word| word.split_whitespace()).flat_map(spread).take(most).collect()
    }
}

/// A text up to the `))` that closes it, and what is behind that.
fn closed(text: &str) -> Option<(&str, &str)> {
    let mut open = 0_u32;
    for (at, sign) in text.char_indices() {
        match sign {
            '(' => open += 1,
            ')' if open == 0 => return Some((text.get(..at)?, text.get(at..)?.strip_prefix("))")?)),
            ')' => open -= 1,
            _ => {}
        }
    }
    None
}

/// What a command within a text writes; none when it stays as it is.
fn substituted(text: &str, environment: Environment<'_>) -> Option<String> {
    let tokens = tokens(text, environment);
    match command(&tokens).0.as_slice() {
        ["seq", words @ ..] => Some(sums::sequence(words, MOST_STEPS as usize + 1)?.join(" ")),
        ["pwd"] => Some("/".into()),
        _ => None,
    }
}

/// The lists of variables, those of the script first.
fn refs<'a>(own: &'a Value, environment: Environment<'a>) -> Vec<&'a Value> {
    core::iter::once(own).chain(environment.iter().copied()).collect()
}

/// `NAME=value`.
fn assigned(word: &str) -> Option<(&str, &str)> {
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
