//! When a scheduled action runs: `at`, `rate` and `cron` (`scaling-ecr-iam-cli.md` 1.11).

mod cron;
mod zone;

pub use cron::Cron;
pub use zone::{Zone, zone};

use crate::sim::{SimDuration, SimTime};
use alloc::string::String;

/// A schedule, read.
#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
    /// Once, at this moment of the time zone's clock.
    At(SimTime),
    /// Each so often.
    Rate(SimDuration),
    /// Whenever the fields fit.
    Cron(Cron),
}

impl Schedule {
    /// Reads an expression. Errors say what is wrong, in our words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, rest) = text.trim().split_once('(').ok_or("A schedule is at(…), rate(…) or cron(…).")?;
        let inner = rest.strip_suffix(')').ok_or("The schedule does not end with a parenthesis.")?.trim();
        match name {
            "at" => Ok(Schedule::At(moment(inner).ok_or("at() takes a time such as 2026-01-05T09:00:00.")?)),
            "rate" => Ok(Schedule::Rate(
                rate(inner).ok_or("rate() takes a positive number and minute, minutes, hour, hours, day or days.")?,
            )),
            "cron" => Cron::parse(inner).map(Schedule::Cron),
            _ => Err("A schedule is at(…), rate(…) or cron(…).".into()),
        }
    }

    /// The first run after a moment; none when there is no more. Rates count from `anchor`.
    pub fn next(&self, after: SimTime, zone: &Zone, anchor: SimTime) -> Option<SimTime> {
        match self {
            Schedule::At(local) => zone.to_utc(*local).filter(|at| *at > after),
            Schedule::Rate(every) => {
                let past = (after - anchor).as_millis().max(0);
                let rounds = past / every.as_millis().max(1) + 1;
                Some(anchor + SimDuration::from_millis(rounds.saturating_mul(every.as_millis())))
            }
            Schedule::Cron(own) => own.next(after, zone),
        }
    }
}

/// `yyyy-mm-ddThh:mm:ss`, nothing else.
fn moment(text: &str) -> Option<SimTime> {
    (text.len() == 19 && text.as_bytes().get(10) == Some(&b'T')).then(|| SimTime::parse(text).ok())?
}

fn rate(text: &str) -> Option<SimDuration> {
    let (number, unit) = text.split_once(' ')?;
    let seconds = match unit.trim() {
        "minute" | "minutes" => 60,
        "hour" | "hours" => 3600,
        "day" | "days" => 86_400,
        _ => return None,
    };
    let number = number.parse::<u32>().ok().filter(|own| *own > 0)?;
    Some(SimDuration::from_secs(i64::from(number) * seconds))
}

#[cfg(test)]
mod tests;
