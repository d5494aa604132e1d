//! When an alarm changes its state (scaling-ecr-iam-cli.md 1.13). Pure.

use alloc::vec::Vec;

/// The state of an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Too little is known.
    InsufficientData,
    /// The threshold is not crossed.
    Ok,
    /// It is.
    Alarm,
}

impl State {
    /// AWS's word.
    pub fn name(self) -> &'static str {
        match self {
            State::InsufficientData => "INSUFFICIENT_DATA",
            State::Ok => "OK",
            State::Alarm => "ALARM",
        }
    }

    /// From AWS's word.
    pub fn parse(word: &str) -> Option<Self> {
        [State::InsufficientData, State::Ok, State::Alarm].into_iter().find(|state| state.name() == word)
    }
}

/// What a missing point counts as: `TreatMissingData`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Nothing; with no point at all too little is known.
    Missing,
    /// Nothing; with no point at all the state stays.
    Ignore,
    /// A point beyond the threshold.
    Breaching,
    /// A point within it.
    NotBreaching,
}

impl Missing {
    /// From AWS's word; `missing` without one.
    pub fn parse(word: Option<&str>) -> Option<Self> {
        Some(match word {
            None | Some("missing") => Self::Missing,
            Some("ignore") => Self::Ignore,
            Some("breaching") => Self::Breaching,
            Some("notBreaching") => Self::NotBreaching,
            Some(_) => return None,
        })
    }
}

/// How many periods are looked at for `n` evaluation periods: CloudWatch looks further back when points are missing;
/// how far is the lab's choice.
pub fn range(n: usize) -> usize {
    n + 2
}

/// The state that follows from the points of the evaluation range, oldest first: none where one is missing, else
/// whether it is beyond the threshold. `n` points are evaluated, `m` of them have to breach.
pub fn judge(points: &[Option<bool>], n: usize, m: usize, missing: Missing, current: State) -> State {
    let verdict = |alarm: bool| if alarm { State::Alarm } else { State::Ok };
    let real: Vec<bool> = points.iter().flatten().copied().collect();
    let breaching = |points: &[bool]| points.iter().filter(|breaches| **breaches).count();
    if let Some(first) = real.len().checked_sub(n) {
        return verdict(breaching(real.get(first..).unwrap_or_default()) >= m);
    }
    let breaches = breaching(&real);
    match missing {
        Missing::Breaching => return verdict(breaches + n - real.len() >= m),
        Missing::NotBreaching => return verdict(breaches >= m),
        Missing::Missing if real.is_empty() => return State::InsufficientData,
        Missing::Ignore if real.is_empty() => return current,
        Missing::Missing | Missing::Ignore => {}
    }
    if breaches >= m {
        return State::Alarm;
    }
    if breaches < real.len() {
        return State::Ok;
    }
    // Only breaching points, and fewer than asked for: an alarm when they are old enough.
    let oldest = points.iter().position(Option::is_some).unwrap_or_default();
    if missing == Missing::Missing && points.len() - oldest >= m { State::Alarm } else { current }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tables of the CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data".
    #[test]
    fn scaling_1_13_missing_data() {
        use State::{Alarm, InsufficientData as None_, Ok};
        // Points, N, M; then missing, ignore (none: the state stays), breaching, notBreaching.
        for (text, n, m, missing, ignore, breaching, not) in [
            ("0-X-X", 3, 3, Some(Ok), Some(Ok), Ok, Ok),
            ("0----", 3, 3, Some(Ok), Some(Ok), Ok, Ok),
            ("-----", 3, 3, Some(None_), None, Alarm, Ok),
            ("0XX-X", 3, 3, Some(Alarm), Some(Alarm), Alarm, Alarm),
            ("--X--", 3, 3, Some(Alarm), None, Alarm, Ok),
            ("0-X-X", 3, 2, Some(Alarm), Some(Alarm), Alarm, Alarm),
            ("00X0X", 3, 2, Some(Alarm), Some(Alarm), Alarm, Alarm),
            ("0-X--", 3, 2, Some(Ok), Some(Ok), Alarm, Ok),
            ("----0", 3, 2, Some(Ok), Some(Ok), Alarm, Ok),
            ("---X-", 3, 2, Some(Alarm), None, Alarm, Ok),
        ] {
            for current in [Ok, Alarm, None_] {
                let got = |treat| judge(&points(text), n, m, treat, current);
                assert_eq!(got(Missing::Missing), missing.unwrap_or(current), "{text} missing");
                assert_eq!(got(Missing::Ignore), ignore.unwrap_or(current), "{text} ignore");
                assert_eq!(got(Missing::Breaching), breaching, "{text} breaching");
                assert_eq!(got(Missing::NotBreaching), not, "{text} notBreaching");
            }
        }
        for text in ["----X", "---X-"] {
            for current in [Ok, Alarm, None_] {
                assert_eq!(judge(&points(text), 3, 3, Missing::Missing, current), current, "{text}: not too early");
            }
        }
    }

    fn points(text: &str) -> Vec<Option<bool>> {
        text.chars().map(|c| (c != '-').then_some(c == 'X')).collect()
    }
}
