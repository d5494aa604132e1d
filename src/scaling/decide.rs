//! What becomes of what several policies of one service want (`scaling-ecr-iam-cli.md` 1.6 to 1.9).
//!
//! ```text
//! somebody wants out   the largest capacity, unless it is reached, suspended, or asked for already in the cooldown
//! nobody wants out     in: each step policy by itself, target tracking when all of it agrees; the largest capacity
//! ```

use super::step::{Adjustment, Bases};
use super::tracking::Signal;
use crate::sim::{SimDuration, SimTime};
use alloc::vec::Vec;

/// How a policy came to what it wants, with its numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Formula {
    /// `ceil(running × metric / target)`.
    Tracking {
        /// Running tasks.
        running: u32,
        /// The metric's newest point.
        metric: f64,
        /// TargetValue.
        target: f64,
    },
    /// No task runs: one is added.
    FromZero {
        /// The metric's newest point.
        metric: f64,
        /// TargetValue.
        target: f64,
    },
    /// A step's change of the capacity.
    Step {
        /// What it counts from.
        capacity: u32,
        /// The metric.
        metric: f64,
        /// The alarm's threshold.
        threshold: f64,
        /// AdjustmentType.
        kind: Adjustment,
        /// ScalingAdjustment.
        amount: i64,
        /// MinAdjustmentMagnitude; 0 for none.
        magnitude: u32,
        /// By how much the capacity changes.
        change: i64,
    },
    /// `ceil(load / target)` of the hour's forecast.
    Forecast {
        /// The load that is expected.
        load: f64,
        /// TargetValue.
        target: f64,
    },
}

/// Where a policy wants to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// To more tasks: so many.
    Out(u32),
    /// To fewer.
    In(u32),
    /// Nowhere.
    Stay(Held),
}

/// What held a policy back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// There is no datapoint, or the alarm is in INSUFFICIENT_DATA.
    NoData,
    /// Of the two alarms of target tracking, AlarmHigh and AlarmLow, these were deleted.
    AlarmsGone([bool; 2]),
    /// No alarm is to act for the step policy.
    NoAlarm,
    /// The alarm that would move it is there, but its actions are off.
    ActionsOff,
    /// No alarm is in ALARM.
    Quiet,
    /// With one task less the metric would be above the target again.
    Flapping,
    /// DisableScaleIn.
    ScaleInDisabled,
    /// No step adjustment is for a value so far from the threshold.
    NoStep,
    /// The step adjustment changes nothing.
    NoChange,
    /// MaxCapacity is reached.
    AtMaximum(u32),
    /// MinCapacity is reached.
    AtMinimum(u32),
    /// desiredCount is that already.
    AtDesired(u32),
    /// desiredCount was set above MaxCapacity by hand: nothing is added.
    AboveMaximum(u32),
    /// desiredCount was set below MinCapacity by hand: nothing is removed.
    BelowMinimum(u32),
    /// Scaling in this direction is suspended.
    Suspended,
    /// A deployment is in progress: nothing is removed.
    Deploying,
    /// The cooldown after the last scale-out, which ends then; none while that activity is in progress.
    CoolingOut(Option<SimTime>),
    /// The cooldown after the last scale-in.
    CoolingIn(Option<SimTime>),
    /// The policy of that place wants more tasks.
    Outvoted(usize),
    /// The target tracking policy of that place is not ready to remove tasks.
    NotAll(usize),
    /// Its Mode is ForecastOnly.
    ForecastOnly,
}

/// A policy among those of its target, in the order of creation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Voice {
    /// Where it wants to go.
    pub moves: Move,
    /// How it came to that.
    pub formula: Option<Formula>,
    /// Whether it is a target tracking policy.
    pub tracking: bool,
    /// Whether target tracking removes tasks only when this policy agrees.
    pub votes: bool,
    /// How long nothing follows after it scaled out, and in.
    pub cooldowns: [SimDuration; 2],
}

/// The last scaling activity of a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Past {
    /// The capacity before it.
    pub from: u32,
    /// The capacity that it asked for.
    pub to: u32,
    /// When its cooldown ends; none while it is in progress.
    pub until: Option<SimTime>,
}

/// What a target looks like when its policies decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scene {
    /// The moment.
    pub now: SimTime,
    /// Running tasks.
    pub running: u32,
    /// desiredCount.
    pub desired: u32,
    /// MinCapacity and MaxCapacity.
    pub bounds: (u32, u32),
    /// DynamicScalingOutSuspended and DynamicScalingInSuspended.
    pub suspended: [bool; 2],
    /// Whether a deployment is in progress that nothing may be removed from.
    pub deploying: bool,
    /// The last scale-out.
    pub last_out: Option<Past>,
    /// The last scale-in; none when a scale-out has come since.
    pub last_in: Option<Past>,
}

impl Scene {
    fn cooling(&self, last: Option<Past>) -> Option<Past> {
        last.filter(|own| own.until.is_none_or(|until| until > self.now))
    }

    /// What a step policy counts from, to add and else: running tasks, from the range on where desiredCount is outside of
    /// it. What adds in the cooldown after a scale-out counts from the capacity before that, as what was added counts as
    /// being there; what removes does not (1.6, 1.8).
    pub fn bases(&self) -> Bases {
        let (min, max) = self.bounds;
        let running = match self.desired {
            desired if desired < min => min,
            desired if desired > max => max,
            _ => self.running,
        };
        Bases { out: self.cooling(self.last_out).map_or(running, |last| last.from), running }
    }
}

/// What becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// desiredCount from now on.
    pub desired: u32,
    /// The place of the policy that decided; none where desiredCount stays.
    pub by: Option<usize>,
    /// Of each policy what held it back; none for the one that decided.
    pub held: Vec<Option<Held>>,
    /// Of a change what is remembered for the cooldown; whether it is a scale-out. None where it only brings a count from
    /// outside of the range to its near end, from where the policies go on (1.8).
    pub past: Option<(bool, Past)>,
}

/// Decides for one target.
pub fn decide(scene: &Scene, voices: &[Voice]) -> Decision {
    let mut held: Vec<Option<Held>> = Vec::new();
    for own in voices {
        held.push(match own.moves {
            Move::Stay(held) => Some(held),
            Move::Out(_) if scene.suspended[0] => Some(Held::Suspended),
            _ => None,
        });
    }
    let stays = Decision { desired: scene.desired, by: None, held: Vec::new(), past: None };
    let outs = largest(voices, &held, |moves| if let Move::Out(want) = moves { Some(want) } else { None });
    if let Some((first, want)) = outs {
        outvote(&mut held, first);
        return match out(scene, want) {
            Ok(desired) => {
                let from = scene.cooling(scene.last_out).map_or(scene.running, |last| last.from);
                let past = (scene.desired >= scene.bounds.0).then_some((true, Past { from, to: desired, until: None }));
                Decision { desired, by: Some(first), held, past }
            }
            Err(why) => {
                set(&mut held, first, why);
                Decision { held, ..stays }
            }
        };
    }
    // 1.7: target tracking is one group, which removes tasks when all of it is ready.
    let blocks = |own: &Voice| own.tracking && own.votes && !matches!(own.moves, Move::In(_));
    if let Some(blocker) = voices.iter().position(blocks) {
        for (place, own) in voices.iter().enumerate() {
            if own.tracking && matches!(own.moves, Move::In(_)) {
                set(&mut held, place, Held::NotAll(blocker));
            }
        }
    }
    let ins = largest(voices, &held, |moves| if let Move::In(want) = moves { Some(want) } else { None });
    let Some((first, want)) = ins else { return Decision { held, ..stays } };
    outvote(&mut held, first);
    match scale_in(scene, want) {
        Ok(desired) => {
            let past = Past { from: scene.running, to: desired, until: None };
            let past = (scene.desired <= scene.bounds.1).then_some((false, past));
            Decision { desired, by: Some(first), held, past }
        }
        Err(why) => {
            set(&mut held, first, why);
            Decision { held, ..stays }
        }
    }
}

/// What a policy does that stands alone, of a steady service to which nothing has happened before: `running` tasks run
/// and are desired.
pub fn alone(voice: &Voice, metric: f64, signal: Signal, running: u32, bounds: (u32, u32)) -> Evaluation {
    let at = SimTime::default();
    let scene = Scene {
        now: at,
        running,
        desired: running,
        bounds,
        suspended: [false; 2],
        deploying: false,
        last_out: None,
        last_in: None,
    };
    let decision = decide(&scene, core::slice::from_ref(voice));
    Evaluation {
        at,
        metric: Some(metric),
        signal,
        running,
        pending: 0,
        before: running,
        bounds,
        formula: voice.formula,
        moves: voice.moves,
        desired: decision.desired,
        held: decision.held.first().copied().flatten(),
        last_out: None,
        last_in: None,
    }
}

/// The policy that wants the most in a direction, the first of equals.
fn largest(voices: &[Voice], held: &[Option<Held>], pick: fn(Move) -> Option<u32>) -> Option<(usize, u32)> {
    let mut best: Option<(usize, u32)> = None;
    for (place, (own, held)) in voices.iter().zip(held).enumerate() {
        if let Some(want) = pick(own.moves).filter(|_| held.is_none())
            && best.is_none_or(|(_, most)| want > most)
        {
            best = Some((place, want));
        }
    }
    best
}

fn set(held: &mut [Option<Held>], place: usize, why: Held) {
    if let Some(own) = held.get_mut(place) {
        *own = Some(why);
    }
}

fn outvote(held: &mut [Option<Held>], first: usize) {
    for (place, own) in held.iter_mut().enumerate() {
        if own.is_none() && place != first {
            *own = Some(Held::Outvoted(first));
        }
    }
}

fn out(scene: &Scene, want: u32) -> Result<u32, Held> {
    let (min, max) = scene.bounds;
    let want = want.min(max).max(min);
    if scene.desired > max {
        return Err(Held::AboveMaximum(max));
    }
    if want <= scene.desired {
        return Err(if scene.desired >= max { Held::AtMaximum(max) } else { Held::AtDesired(scene.desired) });
    }
    match scene.cooling(scene.last_out) {
        Some(last) if want <= last.to => Err(Held::CoolingOut(last.until)),
        _ if scene.desired < min => Ok(min),
        _ => Ok(want),
    }
}

fn scale_in(scene: &Scene, want: u32) -> Result<u32, Held> {
    let (min, max) = scene.bounds;
    let want = want.min(max).max(min);
    let cooling = scene.cooling(scene.last_in).map(|last| Held::CoolingIn(last.until));
    let cooling = cooling.or(scene.cooling(scene.last_out).map(|last| Held::CoolingOut(last.until)));
    match cooling {
        _ if scene.desired < min => Err(Held::BelowMinimum(min)),
        _ if want >= scene.desired && scene.desired <= min => Err(Held::AtMinimum(min)),
        _ if scene.suspended[1] => Err(Held::Suspended),
        // Before what is desired: the tasks that a deployment has beyond that count as capacity (1.9).
        _ if scene.deploying => Err(Held::Deploying),
        _ if want >= scene.desired => Err(Held::AtDesired(scene.desired)),
        Some(cooling) => Err(cooling),
        None if scene.desired > max => Ok(max),
        None => Ok(want),
    }
}

/// One evaluation of one policy: what it looked at, its formula, the result, and what held it back.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// When.
    pub at: SimTime,
    /// The metric; none without a datapoint.
    pub metric: Option<f64>,
    /// What its alarms said.
    pub signal: Signal,
    /// Running tasks.
    pub running: u32,
    /// Tasks on their way to RUNNING.
    pub pending: u32,
    /// desiredCount before.
    pub before: u32,
    /// MinCapacity and MaxCapacity.
    pub bounds: (u32, u32),
    /// The last scale-out before, and its cooldown.
    pub last_out: Option<Past>,
    /// The last scale-in before; none when a scale-out has come since.
    pub last_in: Option<Past>,
    /// How it came to what it wants; none where it wants nothing.
    pub formula: Option<Formula>,
    /// Where it wanted to go.
    pub moves: Move,
    /// desiredCount after, of all policies together.
    pub desired: u32,
    /// What held it back; none when it decided.
    pub held: Option<Held>,
}

impl Evaluation {
    /// Whether it brought a count from outside of the range to its near end, before the policy itself is followed (1.8).
    pub fn enters_range(&self) -> bool {
        let (min, max) = self.bounds;
        self.held.is_none() && (self.before < min || self.before > max) && (self.desired == min || self.desired == max)
    }
}

#[cfg(test)]
mod tests;
