//! What the process of a container writes to its output.

use super::files::Made;
use super::later::Scene;
use super::output::{Line, Said};
use super::script::Setting;
use super::{End, Ran, run, run_within};
use crate::ecs::startup;
use crate::sim::{SimDuration, SimTime};
use alloc::string::String;
use alloc::vec::Vec;

/// As many lines of a loop are kept, the newest ones.
const MOST_LINES: i64 = 1000;

/// What a container with this entry point and command writes to its output up to a moment, each line with its own.
pub fn says(words: &[&str], setting: &Setting<'_>, scene: &Scene<'_>, until: SimTime) -> Vec<(SimTime, String)> {
    let since = scene.since;
    let mut outer = Ran { told: scene.told.map(|at| at - since), ..Ran::new(setting) };
    let mut ran = run_within(words, setting, &mut outer);
    if words.is_empty() {
        ran.starts(startup::program_of(setting.image));
    }
    let again = ran.again.take().into_iter().flat_map(|own| own.lines(ran.lasts, until - since));
    let (lasts, is_ended) = (ran.lasts, matches!(ran.end, End::Ended(_)));
    let told = |said: Said| {
        // A line without its end is passed on when its writer ends.
        let at = since + if said.open { lasts } else { said.at };
        let texts = match said.line {
            _ if said.open && !is_ended => Vec::new(),
            Line::Text(text) => alloc::vec![ran.later.filled(&text, scene, at)],
            Line::Starts(program) => startup::lines(&program, at),
        };
        texts.into_iter().map(move |text| (at, text))
    };
    let first = core::mem::take(&mut ran.said);
    let (last, handler) = match (scene.told, ran.trap.take()) {
        (Some(at), Some(own)) => (at, own.said),
        _ => (until, Vec::new()),
    };
    let handler = handler.into_iter().map(|own| Said { at: last - since + own.at, open: false, ..own });
    let own: Vec<(SimTime, String)> =
        first.into_iter().chain(again).flat_map(told).filter(|(at, _)| *at <= last).collect();
    own.into_iter().chain(handler.flat_map(told)).filter(|(at, _)| *at <= until).collect()
}

/// The files that a container's script wrote before it came to an application, by their paths from the root on.
pub fn files(words: &[&str], setting: &Setting<'_>, scene: &Scene<'_>) -> Vec<(String, String)> {
    let ran = run(words, setting);
    let filled = |text: &str| ran.later.filled(text, scene, scene.since + ran.lasts);
    let kept = ran.files.iter().filter_map(|(path, made)| match made {
        Made::File(text) => Some((path, text)),
        Made::Unknown | Made::Folder | Made::Gone => None,
    });
    kept.map(|(path, text)| (filled(path), filled(text))).collect()
}

/// A loop without end.
pub(super) struct Loop {
    pub(super) every: SimDuration,
    pub(super) said: Vec<Said>,
}

impl Loop {
    /// The newest lines of a loop that is entered after a while, up to a moment of its container.
    fn lines(self, after: SimDuration, until: SimDuration) -> Vec<Said> {
        let (every, number) = (self.every.as_millis(), i64::try_from(self.said.len()).unwrap_or(MOST_LINES));
        if every <= 0 || number == 0 || until < after {
            return Vec::new();
        }
        let last = (until.as_millis() - after.as_millis()) / every;
        let rounds = (last - MOST_LINES / number).max(0)..=last;
        let round = |round: i64| {
            let from = after + SimDuration::from_millis(round * every);
            self.said.iter().map(move |own| Said { at: from + own.at, ..own.clone() })
        };
        rounds.flat_map(round).collect()
    }
}
