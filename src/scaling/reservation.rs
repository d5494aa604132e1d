//! Managed scaling of a capacity provider: how many instances it needs, and what becomes of that
//! (`scaling-ecr-iam-cli.md` 2.7 to 2.9).
//!
//! ```text
//! CapacityProviderReservation = M / N × 100      M instances needed, N instances in the Auto Scaling group
//! out: above the target, at once, unless an instance is still warming up
//! in:  below the target for 15 minutes, and 15 minutes after the last scale-out; then step by step each minute
//! ```

use crate::sim::{SimDuration, SimTime};
use alloc::vec::Vec;

/// From where on the metric is low long enough, in datapoints of one minute.
pub const LOW_POINTS: u32 = 15;
/// How long scaling in waits after a scale-out.
pub const AFTER_SCALE_OUT: SimDuration = SimDuration::from_secs(15 * 60);
/// What a group without instances launches first.
const FROM_ZERO: u32 = 2;

/// The tag that ECS puts on a group whose capacity provider has managed scaling. Without it ECS may not change the group:
/// its service-linked role asks for it (2.6).
pub const MANAGED_TAG: &str = "AmazonECSManaged";

/// Amounts of what tasks need and instances have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// CPU units.
    pub cpu: u32,
    /// MiB.
    pub memory: u32,
    /// GPUs.
    pub gpu: u32,
    /// Network interfaces for tasks.
    pub interfaces: u32,
    /// Host ports.
    pub ports: u32,
}

impl Amounts {
    fn all(self) -> [u32; 5] {
        [self.cpu, self.memory, self.gpu, self.interfaces, self.ports]
    }

    /// Of each amount the one that `choose` prefers: the smallest or the largest over several instance types.
    pub fn each(self, other: Self, choose: fn(u32, u32) -> u32) -> Self {
        Self {
            cpu: choose(self.cpu, other.cpu),
            memory: choose(self.memory, other.memory),
            gpu: choose(self.gpu, other.gpu),
            interfaces: choose(self.interfaces, other.interfaces),
            ports: choose(self.ports, other.ports),
        }
    }

    /// How many of these fit into `room`; as many as one likes of nothing.
    pub(super) fn fit(self, room: Self) -> u32 {
        let wanted = self.all().into_iter().zip(room.all());
        wanted.filter(|(own, _)| *own > 0).map(|(own, room)| room / own).min().unwrap_or(u32::MAX)
    }
}

/// Waiting tasks with the same needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// How many they are.
    pub tasks: u32,
    /// What each of them needs.
    pub needs: Amounts,
    /// Whether each needs an instance of its own: distinctInstance, or a fixed host port.
    pub distinct: bool,
}

/// What an evaluation looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inputs {
    /// N: the instances of the group.
    pub instances: u32,
    /// Those of them that are InService; the rest is on its way.
    pub in_service: u32,
    /// Those that run a task which is no daemon's.
    pub busy: u32,
    /// The PROVISIONING tasks of the provider, by their needs.
    pub waiting: Vec<Waiting>,
    /// The smallest amounts of the group's instance types.
    pub smallest: Amounts,
    /// The largest.
    pub largest: Amounts,
    /// targetCapacity in percent.
    pub target: u32,
    /// minimumScalingStepSize and maximumScalingStepSize.
    pub steps: (u32, u32),
    /// MinSize and MaxSize of the group.
    pub bounds: (u32, u32),
    /// DesiredCapacity of the group.
    pub desired: u32,
    /// When the youngest instance will be warm; none when all are.
    pub warm_at: Option<SimTime>,
    /// When the last scale-out was.
    pub last_out: Option<SimTime>,
    /// Whether the group has the [`MANAGED_TAG`].
    pub tagged: bool,
    /// Whether the alarms above and below the target are there and act.
    pub alarms: [bool; 2],
    /// Datapoints below the target before this one, without a break.
    pub low_before: u32,
    /// The time of the evaluation.
    pub now: SimTime,
}

/// How many instances a group of waiting tasks needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Tasks that fit on the largest amounts; 0 where one does not fit on the smallest: no instance would help.
    pub fit: u32,
    /// Instances: the tasks by what fits.
    pub instances: u32,
}

/// Why the desired capacity stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// The metric is the target, or nothing would change.
    AtTarget,
    /// An instance is younger than instanceWarmupPeriod, until then.
    WarmingUp(SimTime),
    /// MaxSize is reached.
    AtMaximum,
    /// MinSize is reached.
    AtMinimum,
    /// The group has lost the tag by which ECS may change it.
    Untagged,
    /// Its alarm was deleted, or does not act.
    NoAlarm,
    /// Below the target for so many datapoints; [`LOW_POINTS`] are needed.
    Low(u32),
    /// The last scale-out was less than [`AFTER_SCALE_OUT`] ago, until then.
    AfterScaleOut(SimTime),
}

/// An evaluation: inputs, formula and result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// What it looked at.
    pub inputs: Inputs,
    /// What each group of waiting tasks needs.
    pub needs: Vec<Need>,
    /// Instances to add for the waiting tasks, within the step sizes; 0 when none would help.
    pub add: u32,
    /// M: the instances needed.
    pub needed: u32,
    /// CapacityProviderReservation in percent, as a fraction: 200 / 3 for two of three.
    pub metric: (u32, u32),
    /// Datapoints below the target, this one included.
    pub low: u32,
    /// The capacity that the metric asks for, before bounds and waits.
    pub wanted: u32,
    /// The desired capacity from now on.
    pub desired: u32,
    /// What held it back; none when it changed.
    pub held: Option<Held>,
}

impl Reservation {
    /// CapacityProviderReservation in percent.
    pub fn percent(&self) -> f64 {
        f64::from(self.metric.0) / f64::from(self.metric.1.max(1))
    }
}

/// One evaluation of a minute.
pub fn evaluate(inputs: Inputs) -> Reservation {
    let needs: Vec<Need> = inputs.waiting.iter().map(|group| need(group, &inputs)).collect();
    // Across groups the most, not the sum: the loop comes back each minute.
    let need = needs.iter().map(|need| need.instances).max().unwrap_or(0);
    let (least, most) = inputs.steps;
    let add = if need == 0 { 0 } else { need.max(least).min(most.max(1)) };
    let n = inputs.instances;
    let stuck = need == 0 && !inputs.waiting.is_empty();
    let needed = match add {
        0 => inputs.busy,
        add => n.saturating_add(add),
    };
    // Where nothing that waits would be helped, the metric stays at the target.
    let metric = match (n, needed) {
        _ if stuck => (inputs.target, 1),
        (0, 0) => (inputs.target, 1),
        (0, _) => (200, 1),
        _ => (needed.saturating_mul(100), n),
    };
    let wanted = match (n, needed) {
        _ if stuck => n,
        (0, 0) => 0,
        (0, _) => FROM_ZERO,
        _ => (u64::from(needed) * 100).div_ceil(u64::from(inputs.target.max(1))) as u32,
    };
    let (above, target) = (u64::from(metric.0), u64::from(inputs.target) * u64::from(metric.1));
    let low = if above < target { inputs.low_before + 1 } else { 0 };
    let (desired, held) = match above.cmp(&target) {
        core::cmp::Ordering::Greater => out(&inputs, wanted),
        core::cmp::Ordering::Equal => (inputs.desired, Some(Held::AtTarget)),
        core::cmp::Ordering::Less => scale_in(&inputs, wanted, low),
    };
    Reservation { inputs, needs, add, needed, metric, low, wanted, desired, held }
}

fn need(group: &Waiting, inputs: &Inputs) -> Need {
    if group.needs.fit(inputs.smallest) == 0 {
        return Need { fit: 0, instances: 0 };
    }
    let fit = if group.distinct { 1 } else { group.needs.fit(inputs.largest) };
    Need { fit, instances: group.tasks.div_ceil(fit.max(1)) }
}

fn out(inputs: &Inputs, wanted: u32) -> (u32, Option<Held>) {
    let desired = wanted.clamp(inputs.bounds.0, inputs.bounds.1);
    match inputs.warm_at {
        _ if inputs.desired >= inputs.bounds.1 => (inputs.desired, Some(Held::AtMaximum)),
        Some(at) if at > inputs.now => (inputs.desired, Some(Held::WarmingUp(at))),
        _ if desired <= inputs.desired => (inputs.desired, Some(Held::AtTarget)),
        _ if !inputs.tagged => (inputs.desired, Some(Held::Untagged)),
        _ if !inputs.alarms[0] => (inputs.desired, Some(Held::NoAlarm)),
        _ => (desired, None),
    }
}

/// At least one instance at a time, and less than half of them.
fn scale_in(inputs: &Inputs, wanted: u32, low: u32) -> (u32, Option<Held>) {
    let over = inputs.instances.saturating_sub(wanted);
    let step = over.min((inputs.instances.saturating_sub(1) / 2).max(1));
    let desired = inputs.instances.saturating_sub(step).clamp(inputs.bounds.0, inputs.bounds.1);
    let waits = inputs.last_out.map(|at| at + AFTER_SCALE_OUT).filter(|until| *until > inputs.now);
    match waits {
        _ if over == 0 => (inputs.desired, Some(Held::AtTarget)),
        _ if inputs.desired <= inputs.bounds.0 => (inputs.desired, Some(Held::AtMinimum)),
        _ if low < LOW_POINTS => (inputs.desired, Some(Held::Low(low))),
        Some(until) => (inputs.desired, Some(Held::AfterScaleOut(until))),
        // Instances that go already are no longer counted; what was asked for before stands.
        None if desired >= inputs.desired => (inputs.desired, Some(Held::AtTarget)),
        None if !inputs.tagged => (inputs.desired, Some(Held::Untagged)),
        None if !inputs.alarms[1] => (inputs.desired, Some(Held::NoAlarm)),
        None => (desired, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LARGE: Amounts = Amounts { cpu: 2048, memory: 7764, gpu: 0, interfaces: 2, ports: 95 };

    fn inputs(busy: u32, instances: u32, target: u32) -> Inputs {
        Inputs {
            instances,
            in_service: instances,
            busy,
            waiting: Vec::new(),
            smallest: LARGE,
            largest: LARGE,
            target,
            steps: (1, 10_000),
            bounds: (0, 1000),
            desired: instances,
            warm_at: None,
            last_out: None,
            tagged: true,
            alarms: [true; 2],
            low_before: 0,
            now: SimTime::from_millis(0),
        }
    }

    fn waiting(tasks: u32, cpu: u32, memory: u32, distinct: bool) -> Waiting {
        Waiting { tasks, needs: Amounts { cpu, memory, ..Amounts::default() }, distinct }
    }

    /// M and N as numbers, with waiting tasks that need just what is missing.
    #[test]
    fn table_2_7_of_metrics() {
        for (m, n, target, metric, wanted) in [
            (0, 0, 100, 100.0, 0),
            (1, 0, 100, 200.0, 2),
            (3, 3, 100, 100.0, 3),
            (2, 3, 100, 200.0 / 3.0, 2),
            (2, 3, 50, 200.0 / 3.0, 4),
            (5, 3, 100, 500.0 / 3.0, 5),
            (9, 10, 90, 90.0, 10),
            (10, 10, 90, 100.0, 12),
            (0, 4, 100, 0.0, 0),
            (0, 0, 90, 90.0, 0),
            (1, 0, 50, 200.0, 2),
        ] {
            let more = if m > n { alloc::vec![waiting(m - n, 2048, 7764, false)] } else { Vec::new() };
            let own = evaluate(Inputs { waiting: more, ..inputs(m.min(n), n, target) });
            assert_eq!((own.needed, own.percent(), own.wanted), (m, metric, wanted), "M {m}, N {n}, target {target}");
        }
    }

    #[test]
    fn table_2_8_of_estimates() {
        for (n, group, steps, fit, need, m, metric, wanted) in [
            (2, waiting(10, 512, 1024, false), (1, 10_000), 4, 3, 5, 250.0, 5),
            (2, waiting(10, 512, 1024, false), (5, 10_000), 4, 3, 7, 350.0, 7),
            (2, waiting(30, 512, 1024, true), (1, 10), 1, 30, 12, 600.0, 12),
            (3, waiting(3, 1024, 3500, false), (1, 10_000), 2, 2, 5, 500.0 / 3.0, 5),
            (0, waiting(10, 512, 1024, false), (1, 10_000), 4, 3, 3, 200.0, 2),
        ] {
            let own = evaluate(Inputs { waiting: alloc::vec![group], steps, ..inputs(n, n, 100) });
            assert_eq!(own.needs, [Need { fit, instances: need }], "{group:?}");
            assert_eq!((own.needed, own.percent(), own.wanted, own.desired), (m, metric, wanted, wanted), "{group:?}");
        }
    }

    /// 2.8, rules 4 to 6: a group must fit the smallest type, is packed on the largest, and across groups the most counts.
    #[test]
    fn table_2_8_of_mixed_types_and_groups() {
        let small = Amounts { cpu: 1024, memory: 2000, ..LARGE };
        let mixed = |groups: &[Waiting]| Inputs { waiting: groups.to_vec(), smallest: small, ..inputs(1, 1, 100) };
        for (groups, needs, desired, held) in [
            (&[waiting(4, 1024, 1000, false)][..], &[2][..], 3, None),
            (&[waiting(4, 2048, 1000, false)], &[0], 1, Some(Held::AtTarget)),
            (&[waiting(4, 1024, 1000, false), waiting(9, 2048, 1000, false)], &[2, 0], 3, None),
            (&[waiting(4, 1024, 1000, false), waiting(5, 512, 500, true)], &[2, 5], 6, None),
        ] {
            let own = evaluate(mixed(groups));
            assert_eq!(own.needs.iter().map(|need| need.instances).collect::<Vec<_>>(), needs, "{groups:?}");
            assert_eq!((own.desired, own.held), (desired, held), "{groups:?}");
        }
        let stuck = evaluate(mixed(&[waiting(4, 2048, 1000, false)]));
        assert_eq!(
            (stuck.percent(), stuck.low),
            (100.0, 0),
            "every group is incompatible: the metric stays at the target"
        );
    }

    #[test]
    fn table_2_9_of_what_holds_it_back() {
        let at = |minutes: i64| SimTime::from_millis(minutes * 60_000);
        let more = alloc::vec![waiting(1, 2048, 1000, false)];
        let above = Inputs { waiting: more, now: at(20), ..inputs(3, 3, 100) };
        let below = Inputs { low_before: 14, now: at(20), ..inputs(0, 4, 100) };
        for (case, desired, held) in [
            (above.clone(), 4, None),
            (Inputs { warm_at: Some(at(21)), ..above.clone() }, 3, Some(Held::WarmingUp(at(21)))),
            (Inputs { warm_at: Some(at(20)), ..above.clone() }, 4, None),
            (Inputs { bounds: (0, 3), ..above.clone() }, 3, Some(Held::AtMaximum)),
            (Inputs { tagged: false, ..above.clone() }, 3, Some(Held::Untagged)),
            (Inputs { desired: 4, tagged: false, ..above }, 4, Some(Held::AtTarget)),
            (inputs(3, 3, 100), 3, Some(Held::AtTarget)),
            (below.clone(), 3, None),
            (Inputs { low_before: 13, ..below.clone() }, 4, Some(Held::Low(14))),
            (Inputs { bounds: (4, 9), ..below.clone() }, 4, Some(Held::AtMinimum)),
            (Inputs { tagged: false, ..below.clone() }, 4, Some(Held::Untagged)),
            (Inputs { last_out: Some(at(6)), ..below.clone() }, 4, Some(Held::AfterScaleOut(at(21)))),
            (Inputs { last_out: Some(at(5)), ..below }, 3, None),
            // 90 keeps one of ten empty: two of ten are too many.
            (Inputs { low_before: 14, ..inputs(8, 10, 90) }, 9, None),
        ] {
            let own = evaluate(case);
            assert_eq!((own.desired, own.held), (desired, held), "{:?}", own.inputs);
        }
    }

    /// Minute by minute, with the instances gone at once.
    #[test]
    fn table_2_9_of_scale_in_traces() {
        for (busy, expected) in [(2, &[10, 6, 4, 3, 2, 2][..]), (0, &[4, 3, 2, 1, 0, 0])] {
            let mut trace = alloc::vec![expected[0]];
            while trace.len() < expected.len() {
                let n = *trace.last().unwrap();
                trace.push(evaluate(Inputs { low_before: 20, ..inputs(busy, n, 100) }).desired);
            }
            assert_eq!(trace, expected);
        }
    }

    fn any_inputs() -> impl Strategy<Value = Inputs> {
        let group = (1..200u32, 1..4096u32, 1..9000u32, any::<bool>());
        let groups = proptest::collection::vec(group, 0..4);
        (0..50u32, 0..50u32, groups, 1..=100u32, (0..20u32, 0..40u32), 0..60u32, 0..30u32).prop_map(
            |(n, busy, groups, target, (min, more), desired, low_before)| {
                let waiting = groups.into_iter().map(|(t, c, m, d)| waiting(t, c, m, d)).collect();
                let bounds = (min, min + more);
                Inputs {
                    waiting,
                    bounds,
                    desired: desired.clamp(bounds.0, bounds.1),
                    low_before,
                    ..inputs(busy.min(n), n, target)
                }
            },
        )
    }

    proptest! {
        #[test]
        fn capacity_stays_within_its_bounds(inputs in any_inputs()) {
            let own = evaluate(inputs.clone());
            prop_assert!((inputs.bounds.0..=inputs.bounds.1).contains(&own.desired));
            prop_assert_eq!(own.held.is_none(), own.desired != inputs.desired);
        }

        /// Nothing waits, and each instance runs something: 100, and at target 100 nothing moves.
        #[test]
        fn the_reservation_is_100_when_nothing_waits_and_nothing_idles(n in 0..1000u32) {
            let own = evaluate(inputs(n, n, 100));
            prop_assert_eq!((own.percent(), own.desired, own.held), (100.0, n, Some(Held::AtTarget)));
        }

        /// The same again without new instances asks for nothing more.
        #[test]
        fn a_second_look_changes_nothing_before_the_instances_come(inputs in any_inputs()) {
            let first = evaluate(inputs.clone());
            let again = evaluate(Inputs { desired: first.desired, ..inputs });
            if first.desired > first.inputs.desired {
                prop_assert_eq!(again.desired, first.desired);
            }
        }
    }
}
