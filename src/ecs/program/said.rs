//! What the process of a container writes to its output.

use super::later::Scene;
use super::run;
use super::script::Environment;
use crate::ecs::startup;
use crate::sim::{SimDuration, SimTime};
use alloc::string::String;
use alloc::vec::Vec;

/// As many lines of a loop are kept, the newest ones.
const MOST_LINES: i64 = 1000;

/// What a container writes to its output up to a moment, each line with its own: one of an image with this entry point and
/// command.
pub fn says(
    named: &str,
    words: &[&str],
    environment: Environment<'_>,
    scene: &Scene<'_>,
    until: SimTime,
) -> Vec<(SimTime, String)> {
    let since = scene.since;
    let mut ran = run(words, environment);
    if words.is_empty() {
        ran.said.push((SimDuration::ZERO, Line::Starts(startup::program_of(named).into())));
    }
    let again = ran.again.take().into_iter().flat_map(|own| own.lines(ran.lasts, until - since));
    let told = |(after, line): (SimDuration, Line)| {
        let at = since + after;
        let texts = match line {
            Line::Text(text) => alloc::vec![ran.later.filled(&text, scene, at)],
            Line::Starts(program) => startup::lines(&program, at),
        };
        texts.into_iter().map(move |text| (at, text))
    };
    let first = core::mem::take(&mut ran.said);
    first.into_iter().chain(again).flat_map(told).filter(|(at, _)| *at <= until).collect()
}

/// The files that a container's script wrote before it came to an application, by their paths.
pub fn files(words: &[&str], environment: Environment<'_>, scene: &Scene<'_>) -> Vec<(String, String)> {
    let ran = run(words, environment);
    let filled = |text: &str| ran.later.filled(text, scene, scene.since + ran.lasts);
    let kept = ran.files.iter().filter_map(|(path, text)| Some((path, text.as_deref()?)));
    kept.map(|(path, text)| (filled(path), filled(text))).collect()
}

/// What is written.
#[derive(Clone)]
pub(super) enum Line {
    /// A line.
    Text(String),
    /// What this program writes when it starts.
    Starts(String),
}

/// A loop without end.
pub(super) struct Loop {
    pub(super) every: SimDuration,
    pub(super) said: Vec<(SimDuration, Line)>,
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

/// What `echo` writes, without the end of its last line.
pub(super) fn echoed(words: &[&str]) -> String {
    let is_flag = |word: &&&str| matches!(**word, "-e" | "-n" | "-E" | "-en" | "-ne");
    let flags = words.iter().take_while(is_flag).count();
    let (flags, words) = words.split_at_checked(flags).unwrap_or_default();
    let text = words.join(" ");
    if flags.iter().any(|flag| flag.contains('e')) { unescaped(&text) } else { text }
}

/// What `printf` writes, without the end of its last line; a conversion other than `%s` and `%d` stays as it is.
pub(super) fn printed(words: &[&str]) -> String {
    let Some((format, words)) = words.split_first() else { return String::new() };
    let (format, mut words, mut out) = (unescaped(format), words.iter().peekable(), String::new());
    loop {
        let left = words.len();
        let mut signs = format.chars().peekable();
        while let Some(sign) = signs.next() {
            match (sign, signs.peek()) {
                ('%', Some('s' | 'd')) => {
                    signs.next();
                    out += words.next().copied().unwrap_or_default();
                }
                ('%', Some('%')) => out.extend(signs.next()),
                _ => out.push(sign),
            }
        }
        if words.len() == 0 || words.len() == left || out.len() > MOST_PRINTED {
            out.truncate(out.strip_suffix('\n').map_or(out.len(), str::len));
            return out;
        }
    }
}

/// As many bytes as `printf` writes before it begins its form no more.
const MOST_PRINTED: usize = 4096;

/// A text with the ends of lines and the tabs that it names.
fn unescaped(text: &str) -> String {
    let (mut out, mut signs) = (String::new(), text.chars());
    while let Some(sign) = signs.next() {
        match (sign, signs.clone().next()) {
            ('\\', Some(own @ ('n' | 't' | '\\'))) => {
                signs.next();
                out.push(match own {
                    'n' => '\n',
                    't' => '\t',
                    own => own,
                });
            }
            _ => out.push(sign),
        }
    }
    out
}
