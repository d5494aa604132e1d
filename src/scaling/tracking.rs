//! Target tracking: the two alarms of a policy, and how many tasks it wants (`scaling-ecr-iam-cli.md` 1.3 to 1.5).
//!
//! ```text
//! AlarmHigh  metric > target         3 of 3 points    wants ceil(running × metric / target), at least one more
//! AlarmLow   metric < 0.9 × target  15 of 15 points   wants ceil(running × metric / target), if that is less
//! ```

use super::decide::{Formula, Held, Move, Voice};
use crate::sim::SimDuration;

/// One of the two alarms of a policy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlarmShape {
    /// Whether it is AlarmHigh.
    pub high: bool,
    /// The value that the metric has to be above, or below.
    pub threshold: f64,
    /// Datapoints in a row.
    pub points: u32,
}

/// The two alarms of a target, for a metric with a point each `period` seconds (1.4).
pub fn alarms(target: f64, period: i64) -> [AlarmShape; 2] {
    let low = if period < 60 { 45 } else { 15 };
    [
        AlarmShape { high: true, threshold: target, points: 3 },
        AlarmShape { high: false, threshold: target * 9.0 / 10.0, points: low },
    ]
}

/// What the alarms of a policy say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signal {
    /// Too little is known: an alarm is in INSUFFICIENT_DATA.
    #[default]
    Unknown,
    /// Nothing can move the policy as it would: AlarmHigh was deleted, AlarmLow, or both.
    Gone([bool; 2]),
    /// The alarm that would move the policy is there, but its actions are off.
    Off,
    /// No alarm is in ALARM.
    Quiet,
    /// The metric is too high: the alarm that adds tasks is in ALARM.
    High,
    /// The metric is too low.
    Low,
}

/// What the alarms of a target say once the metric has stayed where it is for long enough (1.4).
pub fn steady(target: f64, metric: f64) -> Signal {
    let [high, low] = alarms(target, 60);
    match metric {
        metric if metric > high.threshold => Signal::High,
        metric if metric < low.threshold => Signal::Low,
        _ => Signal::Quiet,
    }
}

/// A policy as it decides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tracking {
    /// TargetValue.
    pub target: f64,
    /// Whether it removes tasks: not with DisableScaleIn.
    pub scales_in: bool,
    /// ScaleOutCooldown and ScaleInCooldown.
    pub cooldowns: [SimDuration; 2],
}

/// The smallest whole number that is not below `value`; at most what a count of tasks holds.
pub fn ceil(value: f64) -> u32 {
    let whole = value as u32;
    if f64::from(whole) < value { whole.saturating_add(1) } else { whole }
}

/// What a policy wants of a service with so many running tasks. `desired` and `max` matter only where desiredCount was
/// set above the range by hand (1.8).
pub fn propose(
    policy: &Tracking,
    signal: Signal,
    metric: Option<f64>,
    running: u32,
    (desired, max): (u32, u32),
) -> Voice {
    let [out, scale_in] = policy.cooldowns;
    let own =
        |moves, formula| Voice { moves, formula, tracking: true, votes: policy.scales_in, cooldowns: [out, scale_in] };
    let quiet = |held| own(Move::Stay(held), None);
    let metric = match (signal, metric) {
        (Signal::Gone(gone @ [true, _]), _) => return quiet(Held::AlarmsGone(gone)),
        (_, Some(metric)) => metric,
        (_, None) => return quiet(Held::NoData),
    };
    let formula = Some(Formula::Tracking { running, metric, target: policy.target });
    let raw = ceil(f64::from(running) * metric / policy.target);
    match signal {
        Signal::Unknown if running > 0 || metric <= policy.target => quiet(Held::NoData),
        // Without a task one point is enough, and the smallest amount is added.
        Signal::Unknown | Signal::Quiet | Signal::High | Signal::Gone(_) if running == 0 && metric > policy.target => {
            own(Move::Out(1), Some(Formula::FromZero { metric, target: policy.target }))
        }
        Signal::Gone(gone) => quiet(Held::AlarmsGone(gone)),
        Signal::Off => quiet(Held::ActionsOff),
        Signal::Unknown | Signal::Quiet => quiet(Held::Quiet),
        Signal::High => own(Move::Out(raw.max(running.saturating_add(1))), formula),
        Signal::Low if !policy.scales_in => own(Move::Stay(Held::ScaleInDisabled), formula),
        Signal::Low if desired > max => own(Move::In(raw.min(max)), formula),
        Signal::Low if running == 0 => own(Move::Stay(Held::AtDesired(desired)), formula),
        Signal::Low if raw >= running => own(Move::Stay(Held::Flapping), formula),
        Signal::Low => own(Move::In(raw), formula),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn policy(target: f64) -> Tracking {
        Tracking { target, scales_in: true, cooldowns: [SimDuration::from_secs(300); 2] }
    }

    /// Running tasks, metric, target; then what is wanted.
    #[test]
    fn table_1_5_of_capacities() {
        use Signal::{High, Low};
        for (running, metric, target, signal, moves) in [
            (4, 90.0, 60.0, High, Move::Out(6)),
            (4, 61.0, 60.0, High, Move::Out(5)),
            (10, 75.0, 50.0, High, Move::Out(15)),
            (5, 400.0, 50.0, High, Move::Out(40)),
            (4, 130.0, 100.0, High, Move::Out(6)),
            (10, 45.0, 60.0, Low, Move::In(8)),
            (10, 53.0, 60.0, Low, Move::In(9)),
            (20, 53.0, 60.0, Low, Move::In(18)),
            (3, 50.0, 60.0, Low, Move::Stay(Held::Flapping)),
            (3, 40.0, 60.0, Low, Move::In(2)),
            (2, 31.0, 60.0, Low, Move::Stay(Held::Flapping)),
            (2, 30.0, 60.0, Low, Move::In(1)),
            (6, 20.0, 60.0, Low, Move::In(2)),
            // From zero one task, whatever the metric says; an alarm that somebody set by hand still adds one.
            (0, 400.0, 50.0, High, Move::Out(1)),
            (4, 10.0, 60.0, High, Move::Out(5)),
        ] {
            let own = propose(&policy(target), signal, Some(metric), running, (running, 100));
            assert_eq!(own.moves, moves, "{running} tasks, {metric} of {target}");
        }
    }

    #[test]
    fn rule_1_5_from_zero_one_point_is_enough() {
        for (signal, metric, running, moves) in [
            (Signal::Unknown, Some(70.0), 0, Move::Out(1)),
            (Signal::Quiet, Some(70.0), 0, Move::Out(1)),
            (Signal::Unknown, Some(60.0), 0, Move::Stay(Held::NoData)),
            (Signal::Unknown, None, 0, Move::Stay(Held::NoData)),
            (Signal::Gone([false, true]), Some(70.0), 0, Move::Out(1)),
            (Signal::Gone([true, false]), Some(70.0), 0, Move::Stay(Held::AlarmsGone([true, false]))),
            (Signal::Off, Some(70.0), 0, Move::Stay(Held::ActionsOff)),
            (Signal::Unknown, Some(70.0), 1, Move::Stay(Held::NoData)),
            (Signal::Quiet, Some(70.0), 1, Move::Stay(Held::Quiet)),
            (Signal::High, None, 1, Move::Stay(Held::NoData)),
            (Signal::Low, Some(0.0), 0, Move::Stay(Held::AtDesired(3))),
        ] {
            assert_eq!(propose(&policy(60.0), signal, metric, running, (3, 9)).moves, moves, "{signal:?} {metric:?}");
        }
    }

    /// 1.4: what the learner did to the alarms is no lack of data.
    #[test]
    fn rule_1_4_alarms_that_are_gone_or_off_are_told_apart_from_missing_data() {
        for (signal, metric, held) in [
            (Signal::Unknown, Some(70.0), Held::NoData),
            (Signal::Gone([true, false]), Some(70.0), Held::AlarmsGone([true, false])),
            (Signal::Gone([false, true]), Some(70.0), Held::AlarmsGone([false, true])),
            // Who has no alarm left has no metric to look at.
            (Signal::Gone([true, true]), None, Held::AlarmsGone([true, true])),
            (Signal::Gone([true, false]), None, Held::AlarmsGone([true, false])),
            (Signal::Off, Some(70.0), Held::ActionsOff),
            (Signal::Off, None, Held::NoData),
        ] {
            let own = propose(&policy(60.0), signal, metric, 4, (4, 9)).moves;
            assert_eq!(own, Move::Stay(held), "{signal:?} {metric:?}");
        }
    }

    #[test]
    fn rule_1_3_disable_scale_in_adds_and_never_removes() {
        let own = Tracking { scales_in: false, ..policy(60.0) };
        assert_eq!(propose(&own, Signal::Low, Some(10.0), 6, (6, 9)).moves, Move::Stay(Held::ScaleInDisabled));
        assert_eq!(propose(&own, Signal::High, Some(90.0), 4, (4, 9)).moves, Move::Out(6));
        assert!(!propose(&own, Signal::Quiet, Some(55.0), 4, (4, 9)).votes, "it is asked by nobody");
    }

    #[test]
    fn rule_1_4_shapes_of_the_alarms() {
        for (target, period, expected) in [
            (30.0, 60, [(30.0, 3), (27.0, 15)]),
            (60.0, 60, [(60.0, 3), (54.0, 15)]),
            (70.0, 20, [(70.0, 3), (63.0, 45)]),
        ] {
            assert_eq!(alarms(target, period).map(|own| (own.threshold, own.points)), expected);
        }
    }

    #[test]
    fn rule_1_4_what_the_alarms_say_of_a_metric_that_stays() {
        for (metric, signal) in [
            (60.1, Signal::High),
            (60.0, Signal::Quiet),
            (54.0, Signal::Quiet),
            (53.9, Signal::Low),
            (f64::NAN, Signal::Quiet),
        ] {
            assert_eq!(steady(60.0, metric), signal, "{metric}");
        }
    }

    proptest! {
        /// 1.5: the metric that is predicted after tasks went is not above the target.
        #[test]
        fn rule_1_5_what_is_predicted_after_scale_in(running in 1u32..500, metric in 0.0f64..120.0, target in 1.0f64..200.0) {
            let own = propose(&policy(target), Signal::Low, Some(metric), running, (running, 1000));
            if let Move::In(want) = own.moves {
                prop_assert!(want < running);
                prop_assert!(f64::from(running) * metric / target <= f64::from(want));
            }
        }
    }
}
