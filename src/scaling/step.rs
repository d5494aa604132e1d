//! Step scaling: which step fits, and by how much it changes the capacity (`scaling-ecr-iam-cli.md` 1.10).

use super::decide::{Formula, Held, Move, Voice};
use crate::sim::{SimDuration, order};
use alloc::vec::Vec;
use core::cmp::Ordering;

/// AdjustmentType.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adjustment {
    /// ChangeInCapacity.
    Change,
    /// ExactCapacity.
    Exact,
    /// PercentChangeInCapacity.
    Percent,
}

impl Adjustment {
    /// From AWS's word.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "ChangeInCapacity" => Self::Change,
            "ExactCapacity" => Self::Exact,
            "PercentChangeInCapacity" => Self::Percent,
            _ => return None,
        })
    }
}

/// One of StepAdjustments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// MetricIntervalLowerBound, from the threshold on; none for no end.
    pub lower: Option<f64>,
    /// MetricIntervalUpperBound.
    pub upper: Option<f64>,
    /// ScalingAdjustment.
    pub amount: i64,
}

/// A policy as it decides.
#[derive(Clone, Debug, PartialEq)]
pub struct Stepping {
    /// AdjustmentType.
    pub kind: Adjustment,
    /// StepAdjustments.
    pub steps: Vec<Step>,
    /// MinAdjustmentMagnitude.
    pub magnitude: u32,
    /// Cooldown.
    pub cooldown: SimDuration,
}

/// What a policy counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bases {
    /// To add.
    pub out: u32,
    /// To remove, and to set a capacity.
    pub running: u32,
}

/// Whether steps make up a policy. Errors say what is wrong with them, in our words.
pub fn check(steps: &[Step]) -> Result<(), &'static str> {
    if steps.iter().any(|step| step.lower.is_none() && step.upper.is_none()) {
        return Err("A step adjustment needs a lower or an upper bound.");
    }
    if steps.iter().filter(|step| step.lower.is_none()).count() > 1 {
        return Err("Only one step adjustment may have no lower bound.");
    }
    if steps.iter().filter(|step| step.upper.is_none()).count() > 1 {
        return Err("Only one step adjustment may have no upper bound.");
    }
    if steps.iter().any(|step| step.lower.zip(step.upper).is_some_and(|(lower, upper)| lower >= upper)) {
        return Err("The upper bound of a step adjustment must be greater than its lower bound.");
    }
    let mut sorted: Vec<&Step> = steps.iter().collect();
    order::sort_by(&mut sorted, |left, right| match (left.lower, right.lower) {
        (Some(left), Some(right)) => left.partial_cmp(&right).unwrap_or(Ordering::Equal),
        (left, right) => left.is_some().cmp(&right.is_some()),
    });
    for (left, right) in sorted.iter().zip(sorted.iter().skip(1)) {
        match left.upper.zip(right.lower) {
            Some((end, start)) if end == start => {}
            Some((end, start)) if end < start => return Err("There is a gap between step adjustments."),
            _ => return Err("Step adjustments overlap."),
        }
    }
    if sorted.first().and_then(|step| step.lower).is_some_and(|lower| lower < 0.0) {
        return Err("Where a lower bound is negative, one step adjustment must have no lower bound.");
    }
    if sorted.last().and_then(|step| step.upper).is_some_and(|upper| upper > 0.0) {
        return Err("Where an upper bound is positive, one step adjustment must have no upper bound.");
    }
    Ok(())
}

/// The step that a distance from the threshold falls into. Above the threshold the lower bound belongs to a step, below
/// it the upper one; `above` says which of the two a distance of nothing is.
pub fn choose(steps: &[Step], distance: f64, above: bool) -> Option<&Step> {
    let above = distance > 0.0 || distance == 0.0 && above;
    steps.iter().find(|step| match above {
        true => step.lower.is_none_or(|lower| lower <= distance) && step.upper.is_none_or(|upper| distance < upper),
        false => step.lower.is_none_or(|lower| lower < distance) && step.upper.is_none_or(|upper| distance <= upper),
    })
}

/// By how much an adjustment changes a capacity.
pub fn change(kind: Adjustment, capacity: u32, amount: i64, magnitude: u32) -> i64 {
    let capacity = i64::from(capacity);
    match kind {
        Adjustment::Change => amount,
        Adjustment::Exact => amount.saturating_sub(capacity),
        Adjustment::Percent => {
            let whole = whole(capacity.saturating_mul(amount));
            whole.abs().max(i64::from(magnitude)) * whole.signum()
        }
    }
}

/// A number of hundredths of tasks as whole ones: toward zero, but a part of one is one.
pub fn whole(hundredths: i64) -> i64 {
    match hundredths {
        0 => 0,
        -99..=99 => hundredths.signum(),
        _ => hundredths / 100,
    }
}

/// What a policy wants that counts from `bases`; the metric's value stands to a threshold; `above` says whether the alarm
/// looks for what is greater.
pub fn propose(policy: &Stepping, metric: Option<f64>, (threshold, above): (f64, bool), bases: Bases) -> Voice {
    let own = |moves, formula| Voice { moves, formula, tracking: false, votes: false, cooldowns: [policy.cooldown; 2] };
    let Some(metric) = metric else {
        return own(Move::Stay(Held::NoData), None);
    };
    let Some(step) = choose(&policy.steps, metric - threshold, above) else {
        return own(Move::Stay(Held::NoStep), None);
    };
    let adds = policy.kind != Adjustment::Exact && step.amount > 0;
    let capacity = if adds { bases.out } else { bases.running };
    let change = change(policy.kind, capacity, step.amount, policy.magnitude);
    let want = i64::from(capacity).saturating_add(change).clamp(0, i64::from(u32::MAX)) as u32;
    let Stepping { kind, magnitude, .. } = *policy;
    let formula = Formula::Step { capacity, metric, threshold, kind, amount: step.amount, magnitude, change };
    let moves = match change.cmp(&0) {
        Ordering::Greater => Move::Out(want),
        Ordering::Less => Move::In(want),
        Ordering::Equal => Move::Stay(Held::NoChange),
    };
    own(moves, Some(formula))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(lower: Option<f64>, upper: Option<f64>, amount: i64) -> Step {
        Step { lower, upper, amount }
    }

    fn percent(steps: &[Step]) -> Stepping {
        Stepping { kind: Adjustment::Percent, steps: steps.to_vec(), magnitude: 0, cooldown: SimDuration::ZERO }
    }

    fn all(capacity: u32) -> Bases {
        Bases { out: capacity, running: capacity }
    }

    /// The steps of the guide's example, threshold 50.
    fn documented() -> [Stepping; 2] {
        let out = [step(Some(0.0), Some(10.0), 0), step(Some(10.0), Some(20.0), 10), step(Some(20.0), None, 30)];
        let scale_in =
            [step(Some(-10.0), Some(0.0), 0), step(Some(-20.0), Some(-10.0), -10), step(None, Some(-20.0), -30)];
        [percent(&out), percent(&scale_in)]
    }

    #[test]
    fn rule_1_10_the_documented_walk() {
        let [out, scale_in] = documented();
        let mut capacity = 10;
        for (metric, expected) in [(60.0, 11), (70.0, 14), (40.0, 13), (30.0, 10)] {
            let policy = if metric > 50.0 { &out } else { &scale_in };
            match propose(policy, Some(metric), (50.0, metric > 50.0), all(capacity)).moves {
                Move::Out(want) | Move::In(want) => capacity = want,
                Move::Stay(held) => panic!("{metric}: {held:?}"),
            }
            assert_eq!(capacity, expected, "at {metric}");
        }
        assert_eq!(propose(&out, Some(55.0), (50.0, true), all(10)).moves, Move::Stay(Held::NoChange), "0 %");
    }

    /// 1.6: in the cooldown after a scale-out from 4 to 7 what was added counts only for what adds more.
    #[test]
    fn rule_1_6_what_was_added_counts_for_scale_out_alone() {
        let bases = Bases { out: 4, running: 7 };
        for (kind, amount, moves) in [
            (Adjustment::Change, -1, Move::In(6)),
            (Adjustment::Change, 2, Move::Out(6)),
            (Adjustment::Percent, -50, Move::In(4)),
            (Adjustment::Percent, 50, Move::Out(6)),
            (Adjustment::Exact, 6, Move::In(6)),
            (Adjustment::Exact, 9, Move::Out(9)),
            (Adjustment::Change, 0, Move::Stay(Held::NoChange)),
        ] {
            let policy = Stepping { kind, ..percent(&[step(Some(0.0), None, amount)]) };
            assert_eq!(propose(&policy, Some(60.0), (50.0, true), bases).moves, moves, "{kind:?} {amount}");
        }
    }

    #[test]
    fn rule_1_10_percent_rounding() {
        // Capacity, percent, magnitude, change.
        for (capacity, amount, magnitude, expected) in [
            (10, 127, 0, 12),
            (1, 67, 0, 1),
            (1, -58, 0, -1),
            (4, -167, 0, -6),
            (100, 50, 0, 50),
            (4, 25, 2, 2),
            (4, -25, 2, -2),
            (4, 0, 2, 0),
            (0, 50, 2, 0),
            (40, 25, 2, 10),
        ] {
            assert_eq!(change(Adjustment::Percent, capacity, amount, magnitude), expected, "{amount} % of {capacity}");
        }
        for (kind, capacity, amount, expected) in [
            (Adjustment::Change, 5, 3, 3),
            (Adjustment::Change, 5, -3, -3),
            (Adjustment::Exact, 5, 8, 3),
            (Adjustment::Exact, 5, 0, -5),
        ] {
            assert_eq!(change(kind, capacity, amount, 9), expected, "the magnitude is for percentages alone");
        }
    }

    #[test]
    fn rule_1_10_bounds_of_steps() {
        let [out, scale_in] = documented();
        for (policy, distance, above, expected) in [
            (&out, 0.0, true, Some(0)),
            (&out, 10.0, true, Some(10)),
            (&out, 9.9, true, Some(0)),
            (&out, 20.0, true, Some(30)),
            (&out, -0.1, true, None),
            (&scale_in, 0.0, false, Some(0)),
            (&scale_in, 0.0, true, None),
            (&scale_in, -10.0, false, Some(-10)),
            (&scale_in, -9.9, false, Some(0)),
            (&scale_in, -20.0, false, Some(-30)),
            (&scale_in, -20.1, false, Some(-30)),
        ] {
            assert_eq!(choose(&policy.steps, distance, above).map(|own| own.amount), expected, "{distance}");
        }
    }

    #[test]
    fn rule_1_10_what_makes_up_a_policy() {
        let part = |text: &str| match text {
            "" => None,
            number => Some(number.parse::<f64>().unwrap()),
        };
        // Steps as LOWER:UPPER.
        for (text, fault) in [
            ("0:", ""),
            (":0", ""),
            ("0:10 10:20 20:", ""),
            ("20: 0:10 10:20", ""),
            ("-10:0 -20:-10 :-20", ""),
            (":-5 -5:5 5:", ""),
            (":", "needs a lower or an upper bound"),
            ("0:10 5:", "overlap"),
            ("0:10 11:", "gap"),
            (":0 :5", "no lower bound"),
            ("0: 5:", "no upper bound"),
            ("5:5 5:", "greater than its lower"),
            ("10:5 5:", "greater than its lower"),
            ("-10:0", "lower bound is negative"),
            ("0:10", "upper bound is positive"),
            ("-10:10", "lower bound is negative"),
        ] {
            let steps: Vec<Step> = text
                .split(' ')
                .map(|own| own.split_once(':').map(|(lower, upper)| step(part(lower), part(upper), 1)).unwrap())
                .collect();
            let told = check(&steps).err().unwrap_or_default();
            assert!(if fault.is_empty() { told.is_empty() } else { told.contains(fault) }, "{text}: {told:?}");
        }
    }
}
