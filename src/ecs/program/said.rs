//! What the process of a container writes to its output.

use super::blocks::{Link, Step};
use super::script::{Environment, command, tokens};
use super::{Ran, run, simple};
use crate::ecs::startup;
use crate::sim::{SimDuration, SimTime, moment};
use alloc::string::String;
use alloc::vec::Vec;

/// As many lines of a loop are kept, the newest ones.
const MOST_LINES: i64 = 1000;

/// What a container writes to its output, each line with its moment: one of an image with this entry point and command
/// that started at `since`, up to `until`.
pub fn says(
    named: &str,
    words: &[&str],
    environment: Environment<'_>,
    since: SimTime,
    until: SimTime,
) -> Vec<(SimTime, String)> {
    let mut ran = run(words, environment);
    if words.is_empty() {
        ran.said.push((SimDuration::ZERO, Line::Starts(startup::program_of(named).into())));
    }
    let again = ran.again.take().into_iter().flat_map(|own| own.lines(ran.lasts, until - since));
    let told = |(after, line): (SimDuration, Line)| {
        let at = since + after;
        let texts = match line {
            Line::Text(text) => alloc::vec![text],
            Line::Starts(program) => startup::lines(&program, at),
            Line::Date => alloc::vec![moment::shown(at, "%a %b %e %T %Z %Y")],
        };
        texts.into_iter().map(move |text| (at, text))
    };
    let first = core::mem::take(&mut ran.said);
    first.into_iter().chain(again).flat_map(told).filter(|(at, _)| *at <= until).collect()
}

/// What is written.
#[derive(Clone)]
pub(super) enum Line {
    /// A line.
    Text(String),
    /// What this program writes when it starts.
    Starts(String),
    /// The moment, as `date` shows it.
    Date,
}

/// A loop without end.
pub(super) struct Loop {
    every: SimDuration,
    said: Vec<(SimDuration, Line)>,
}

impl Loop {
    /// The newest lines of a loop that is entered after a while, up to a moment of its container.
    fn lines(self, after: SimDuration, until: SimDuration) -> Vec<(SimDuration, Line)> {
        let (every, number) = (self.every.as_millis(), i64::try_from(self.said.len()).unwrap_or(MOST_LINES));
        if every <= 0 || number == 0 || until < after {
            return Vec::new();
        }
        let last = (until.as_millis() - after.as_millis()) / every;
        let rounds = (last - MOST_LINES / number).max(0)..=last;
        let round = |round: i64| {
            let from = after + SimDuration::from_millis(round * every);
            self.said.iter().map(move |(at, line)| (from + *at, line.clone()))
        };
        rounds.flat_map(round).collect()
    }
}

/// A loop of these steps; none where it does more than to write and to sleep.
pub(super) fn body<'a>(
    steps: impl Iterator<Item = &'a (Step<'a>, Link)>,
    environment: Environment<'_>,
) -> Option<Loop> {
    let mut ran = Ran::new();
    for (step, _) in steps {
        let Step::Simple(text) = step else { return None };
        let tokens = tokens(text, environment);
        let (words, is_hidden) = command(&tokens);
        let before = ran.said.len();
        match words.as_slice() {
            ["echo" | "printf" | "date" | "sleep" | "true" | ":", ..] => simple(&words, 0, environment, &mut ran)?,
            _ => return None,
        };
        if is_hidden {
            ran.said.truncate(before);
        }
    }
    Some(Loop { every: ran.lasts, said: ran.said })
}
