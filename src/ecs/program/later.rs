//! What a script says that is known only where and when it is said: its host's name, and the moment. Until then a sign of
//! Unicode's private use stands for it in a text.

use crate::sim::{SimDuration, SimTime, moment};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Stands for the name of the host; the signs behind it, for moments.
pub(super) const HOST: char = '\u{F0000}';

/// The last sign that stands for something.
const LAST: char = '\u{FFFFD}';

/// How `date` shows a moment by itself.
const PLAIN: &str = "%a %b %e %H:%M:%S %Z %Y";

/// The container that a command runs in, as far as it says so.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// Its own name as a host.
    pub host: &'a str,
    /// When it started.
    pub since: SimTime,
    /// When it was told to stop.
    pub told: Option<SimTime>,
}

/// A moment to be shown.
struct Moment {
    /// After how long it is asked for; none for the one at which it is said.
    after: Option<SimDuration>,
    format: String,
    /// Whether several spaces become one, as out of quotes.
    is_parted: bool,
}

/// The moments that are shown once they are said.
#[derive(Default)]
pub(super) struct Later(Vec<Moment>);

impl Later {
    /// The sign for a moment in a form of `date`; none where there are too many.
    pub(super) fn moment(&mut self, after: Option<SimDuration>, format: &str, is_parted: bool) -> Option<char> {
        let number = u32::try_from(self.0.len()).ok()? + 1;
        let sign = char::from_u32(u32::from(HOST) + number).filter(|own| *own <= LAST)?;
        self.0.push(Moment { after, format: format.to_string(), is_parted });
        Some(sign)
    }

    /// The same text with its moments as they are out of quotes; none where there are too many.
    pub(super) fn parted(&mut self, text: &str) -> Option<String> {
        text.chars().map(|sign| self.place(sign).map_or(Some(sign), |place| self.parted_moment(place))).collect()
    }

    fn parted_moment(&mut self, place: usize) -> Option<char> {
        let own = self.0.get(place)?;
        let (after, format) = (own.after, own.format.clone());
        self.moment(after, &format, true)
    }

    /// The place of the moment that a sign stands for.
    fn place(&self, sign: char) -> Option<usize> {
        let number = u32::from(sign).checked_sub(u32::from(HOST))?;
        (number as usize).checked_sub(1).filter(|place| *place < self.0.len())
    }

    /// A text that is said at a moment.
    pub(super) fn filled(&self, text: &str, scene: &Scene<'_>, at: SimTime) -> String {
        if !awaits(text) {
            return text.to_string();
        }
        let mut out = String::new();
        for sign in text.chars() {
            match self.place(sign).and_then(|place| self.0.get(place)) {
                Some(own) => {
                    let shown = moment::shown(own.after.map_or(at, |after| scene.since + after), &own.format);
                    match own.is_parted {
                        true => out += &shown.split_whitespace().collect::<Vec<_>>().join(" "),
                        false => out += &shown,
                    }
                }
                None if sign == HOST => out += scene.host,
                None => out.push(sign),
            }
        }
        out
    }
}

/// Whether something in a text is known only when it is said.
pub(super) fn awaits(text: &str) -> bool {
    text.contains(|sign| (HOST..=LAST).contains(&sign))
}

/// The form in which `date` shows its moment with these words behind it; none for what is not understood. All is in UTC.
pub(super) fn format<'a>(words: &[&'a str]) -> Option<&'a str> {
    let mut format = PLAIN;
    for word in words {
        format = match *word {
            "-u" | "--utc" | "--universal" => continue,
            "-Is" | "-Iseconds" | "--iso-8601=seconds" => "%Y-%m-%dT%H:%M:%S+00:00",
            "-I" | "--iso-8601" => "%F",
            "-R" | "--rfc-email" => "%a, %d %b %Y %H:%M:%S %z",
            own => own.strip_prefix('+')?,
        };
    }
    Some(format)
}
