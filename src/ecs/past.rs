//! What ran when, of tasks and instances that are forgotten: as much of it as metrics by the minute need (MT-01, MT-05), so
//! that a question about the past has one answer for as long as points are kept.
//!
//! A forgotten task leaves how many more, or fewer, run from a minute on; what begins and ends within a minute leaves
//! nothing. So a crash loop needs one number a minute, of which two weeks are kept.

use super::{ContainerInstance, Ecs, Task};
use crate::event::ClusterId;
use crate::sim::SimTime;
use crate::sim::sorted::Map;
use alloc::rc::Rc;
use alloc::vec::Vec;

const MINUTE: i64 = 60_000;

/// When in a minute the agents look last, in milliseconds.
pub const LOOK: i64 = 50_000;

/// How long points are kept, in milliseconds: 15 days.
pub const KEPT_MS: i64 = 15 * 86_400_000;

/// The first minute since the start of time at whose last look a moment is over.
pub fn minute(at: SimTime) -> i64 {
    (at.as_millis() - LOOK + MINUTE - 1).div_euclid(MINUTE)
}

/// How much more there is from a minute on: a number, CPU units, and MiB.
pub type Amount = [i64; 3];

/// What changes by the minute, in order. The sum of all up to a minute is what there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(Vec<(i64, Amount)>);

impl Line {
    /// The changes, in order.
    pub fn changes(&self) -> impl Iterator<Item = &(i64, Amount)> {
        self.0.iter()
    }

    /// An amount was there from one moment to another.
    fn add(&mut self, (from, to): (SimTime, SimTime), amount: Amount, now: SimTime) {
        let (from, to) = (minute(from), minute(to));
        if from < to {
            self.change(from, amount);
            self.change(to, amount.map(|own| -own));
            self.shorten(minute(now) - KEPT_MS / MINUTE);
        }
    }

    fn change(&mut self, minute: i64, amount: Amount) {
        let at = self.0.partition_point(|(own, _)| *own < minute);
        match self.0.get_mut(at).filter(|(own, _)| *own == minute) {
            Some((_, sums)) => {
                sums.iter_mut().zip(amount).for_each(|(own, more)| *own += more);
                if *sums == Amount::default() {
                    self.0.remove(at);
                }
            }
            None => self.0.insert(at, (minute, amount)),
        }
    }

    /// Puts together what is too old for points, a day of it at once.
    fn shorten(&mut self, first: i64) {
        if self.0.first().is_none_or(|(own, _)| *own >= first - 1440) {
            return;
        }
        let old = self.0.partition_point(|(own, _)| *own < first);
        let old: Vec<(i64, Amount)> = self.0.drain(..old).collect();
        old.into_iter().for_each(|(_, amount)| self.change(first, amount));
        self.0.retain(|(_, amount)| *amount != Amount::default());
    }
}

/// See the module.
#[derive(Clone, Default)]
pub struct Past {
    /// The tasks of each service, by its name.
    services: Map<(ClusterId, Rc<str>), Rc<Line>>,
    /// All tasks on instances of a cluster, with what they reserved.
    placed: Map<ClusterId, Rc<Line>>,
    /// The instances of a cluster, with what they registered.
    hosts: Map<ClusterId, Rc<Line>>,
}

impl Past {
    /// The forgotten tasks of the services of this name.
    pub fn service(&self, cluster: ClusterId, name: &Rc<str>) -> Option<&Line> {
        self.services.get(&(cluster, name.clone())).map(Rc::as_ref)
    }

    /// The forgotten tasks on instances.
    pub fn placed(&self, cluster: ClusterId) -> Option<&Line> {
        self.placed.get(&cluster).map(Rc::as_ref)
    }

    /// The instances that count no more.
    pub fn hosts(&self, cluster: ClusterId) -> Option<&Line> {
        self.hosts.get(&cluster).map(Rc::as_ref)
    }

    /// An instance counts no more.
    pub(super) fn left(&mut self, cluster: ClusterId, since: SimTime, amount: Amount, now: SimTime) {
        let line = self.hosts.or_insert_with(cluster, Rc::default);
        Rc::make_mut(line).add((since, now), amount, now);
    }
}

/// What a task on an instance reserves.
pub fn reserved(task: &Task) -> Amount {
    let demand = &task.request.demand;
    [1, i64::from(demand.cpu), i64::from(demand.memory)]
}

/// What an instance registered.
pub fn registered(own: &ContainerInstance) -> Amount {
    [1, i64::from(own.host.cpu.total), i64::from(own.host.memory.total)]
}

/// When a task ran, as far as it did.
pub fn ran(task: &Task) -> Option<(SimTime, Option<SimTime>)> {
    Some((task.times.started?, task.stop.as_ref().map(|stop| stop.at)))
}

/// A task leaves the list.
pub(super) fn forgotten(ecs: &mut Ecs, task: &Task, now: SimTime) {
    let Some((from, Some(to))) = ran(task) else { return };
    let cluster = task.key.cluster;
    let service = task.request.owner.and_then(|own| ecs.services.get(own.service));
    if let Some(name) = service.map(|own| own.name.clone()) {
        let line = ecs.past.services.or_insert_with((cluster, name), Rc::default);
        Rc::make_mut(line).add((from, to), [1, 0, 0], now);
    }
    if task.instance.is_some() {
        let line = ecs.past.placed.or_insert_with(cluster, Rc::default);
        Rc::make_mut(line).add((from, to), reserved(task), now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> SimTime {
        SimTime::from_millis(seconds * 1000)
    }

    #[test]
    fn a_line_holds_what_ran_at_the_last_look_of_each_minute() {
        for (spans, expected) in [
            (&[(0, 50)][..], &[][..]),
            (&[(51, 109)], &[]),
            (&[(0, 51)], &[(0, 1), (1, -1)]),
            (&[(0, 130), (10, 20), (60, 130)], &[(0, 1), (1, 1), (2, -2)]),
            (&[(100, 200), (0, 100)], &[(0, 1), (3, -1)]),
        ] {
            let mut line = Line::default();
            spans.iter().for_each(|(from, to)| line.add((at(*from), at(*to)), [1, 2, 3], at(300)));
            let found: Vec<(i64, i64)> = line.changes().map(|(minute, amount)| (*minute, amount[0])).collect();
            assert_eq!(found, expected, "{spans:?}");
        }
    }

    #[test]
    fn a_line_keeps_two_weeks() {
        let day = 86_400;
        let mut line = Line::default();
        // A crash loop that runs in every other minute.
        for round in 0..30 * 1440 / 2 {
            let (from, to) = (at(round * 120), at(round * 120 + 55));
            line.add((from, to), [1, 2, 3], to);
        }
        assert!(line.0.len() <= 17 * 1440, "{}", line.0.len());
        let mut line = Line::default();
        line.add((at(0), at(40 * day)), [2, 0, 0], at(40 * day));
        let first = minute(at(25 * day));
        assert_eq!(line.0, [(first, [2, 0, 0]), (minute(at(40 * day)), [-2, 0, 0])]);
    }
}
