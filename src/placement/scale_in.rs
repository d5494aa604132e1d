//! Which tasks a service gives up when it scales in: its strategies turned round (reference 4.5).
//!
//! What stays is what the strategies would have wanted (SI-05): spread gives up where the most tasks are, binpack
//! empties the instance that would then have the most left. Age decides only within one instance (SI-07).

use super::host::Host;
use super::request::{Field, SpreadBy, Strategy, ZONE_ATTRIBUTE};
use super::strategy::Ties;
use crate::sim::sorted::Map;
use crate::sim::{SimTime, draw};
use alloc::string::String;
use alloc::vec::Vec;

/// A task of the service whose desiredStatus is RUNNING.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceTask {
    /// A short label.
    pub id: String,
    /// Its instance's index among the hosts; none on Fargate.
    pub host: Option<usize>,
    /// Availability Zone.
    pub zone: String,
    /// How far it came; what came least far goes first (SI-03).
    pub phase: Phase,
    /// Why it may not go, though it counts.
    pub spared: Option<Spared>,
    /// `createdAt`.
    pub created: SimTime,
    /// CPU units that its stop gives back.
    pub cpu: u32,
    /// MiB that its stop gives back.
    pub memory: u32,
}

/// How far a task came, in the order in which tasks go (SI-03, `UNDOC→`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// PROVISIONING, PENDING or ACTIVATING.
    Waiting,
    /// RUNNING and unhealthy; its grace period does not save it from a surplus (SI-06).
    Unhealthy,
    /// RUNNING.
    #[default]
    Running,
}

/// Why a task may not go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spared {
    /// UpdateTaskProtection (SI-04).
    Protected,
    /// It belongs to another deployment than the one that scales in.
    OtherDeployment,
}

/// One task given up, with the numbers that chose it: the funnel from all tasks down to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenUp {
    /// The steps in order.
    pub steps: Vec<Narrowing>,
    /// The chosen task's index; none when every task is spared.
    pub chosen: Option<usize>,
}

/// One step of the funnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Narrowing {
    /// What narrowed.
    pub rule: Rule,
    /// The tasks before it, by index, with what was compared.
    pub keys: Vec<(usize, Weight)>,
    /// The tasks after it, ascending.
    pub left: Vec<usize>,
}

/// What narrows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Those that may not go are out.
    Spared,
    /// The least far ones go first.
    Phase,
    /// A strategy, turned round (SI-02).
    Strategy(Strategy),
    /// Lowest zone, instance, then the oldest; or a draw (SI-07).
    Ties(Ties),
}

/// What a rule compared for one task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Whether it may go.
    Spared(Option<Spared>),
    /// How far it came.
    Phase(Phase),
    /// Tasks of the service with the same value; the most go first.
    Shared {
        /// The zone, instance or attribute value; none without the attribute.
        value: Option<String>,
        /// How many.
        tasks: u32,
    },
    /// What its instance would have left after the stop; the most goes first.
    FreeAfter(u32),
    /// `createdAt`, by which equals are told apart.
    Created(SimTime),
    /// A draw decides.
    Drawn,
}

/// The tasks of a service, made ready to give some up one after another.
pub struct ScaleIn<'a> {
    tasks: &'a [ServiceTask],
    hosts: &'a [&'a Host],
    parts: Vec<(Strategy, Part)>,
    /// Whether a task is still wanted.
    alive: Vec<bool>,
    /// CPU units and MiB that stops gave back, by host.
    freed: Vec<[u32; 2]>,
    ties: Ties,
}

/// A strategy made ready.
enum Part {
    Free(Field),
    /// Each task's value as a number, tasks by value, and the values.
    Shared {
        of: Vec<usize>,
        counts: Vec<u32>,
        values: Vec<Option<String>>,
    },
    Draw,
}

impl<'a> ScaleIn<'a> {
    /// `tasks` are all of the service that are wanted, spared ones too. Without strategies the zone with the most
    /// tasks gives up first, then the instance with the most (SI-01).
    pub fn new(tasks: &'a [ServiceTask], hosts: &'a [&'a Host], strategies: &[Strategy], ties: Ties) -> Self {
        let chain = if strategies.is_empty() { Strategy::service_default() } else { strategies.to_vec() };
        let parts = chain.into_iter().map(|strategy| {
            let part = part(&strategy, tasks, hosts);
            (strategy, part)
        });
        Self {
            tasks,
            hosts,
            parts: parts.collect(),
            alive: alloc::vec![true; tasks.len()],
            freed: alloc::vec![[0; 2]; hosts.len()],
            ties,
        }
    }

    /// Gives one more task up and returns its index; none when all that are left are spared.
    pub fn next(&mut self, draw: u64) -> Option<usize> {
        self.next_among(draw, &|_| true)
    }

    /// The same, of the tasks alone that `among` names by index.
    pub fn next_among(&mut self, draw: u64, among: &dyn Fn(usize) -> bool) -> Option<usize> {
        let chosen = self.narrowed(draw, among, None)?;
        self.stop(chosen);
        Some(chosen)
    }

    /// The same choice as [`ScaleIn::next`] with every number.
    pub fn explained(&mut self, draw: u64) -> GivenUp {
        let mut steps = Vec::new();
        let chosen = self.narrowed(draw, &|_| true, Some(&mut steps));
        if let Some(chosen) = chosen {
            self.stop(chosen);
        }
        GivenUp { steps, chosen }
    }

    /// How many of the tasks still wanted are protected (SI-04).
    pub fn protected(&self) -> usize {
        let wanted = self.tasks.iter().zip(&self.alive).filter(|(_, alive)| **alive);
        wanted.filter(|(task, _)| task.spared == Some(Spared::Protected)).count()
    }

    fn narrowed(
        &self,
        draw: u64,
        among: &dyn Fn(usize) -> bool,
        mut steps: Option<&mut Vec<Narrowing>>,
    ) -> Option<usize> {
        let wanted = self.alive.iter().enumerate().filter(|(index, alive)| **alive && among(*index));
        let mut left: Vec<usize> = wanted.map(|(index, _)| index).collect();
        let mut note = |rule: Rule, before: &[usize], left: &[usize], weight: &dyn Fn(usize) -> Weight| {
            if let Some(steps) = steps.as_deref_mut() {
                let keys = before.iter().map(|index| (*index, weight(*index))).collect();
                steps.push(Narrowing { rule, keys, left: left.to_vec() });
            }
        };
        let task = |index: usize| self.tasks.get(index);
        let spared = |index: usize| task(index).and_then(|task| task.spared);
        let free: Vec<usize> = left.iter().copied().filter(|index| spared(*index).is_none()).collect();
        note(Rule::Spared, &left, &free, &|index| Weight::Spared(spared(index)));
        left = free;
        let phase = |index: usize| task(index).map(|task| task.phase).unwrap_or_default();
        let first = left.iter().map(|index| phase(*index)).min();
        let early: Vec<usize> = left.iter().copied().filter(|index| Some(phase(*index)) == first).collect();
        note(Rule::Phase, &left, &early, &|index| Weight::Phase(phase(index)));
        left = early;
        for (strategy, part) in &self.parts {
            let kept: Vec<usize> = match part {
                Part::Draw => drawn(&left, draw).into_iter().collect(),
                _ => {
                    let most = left.iter().map(|index| self.number(part, *index)).max();
                    left.iter().copied().filter(|index| Some(self.number(part, *index)) == most).collect()
                }
            };
            note(Rule::Strategy(strategy.clone()), &left, &kept, &|index| self.weight(part, index));
            left = kept;
        }
        let chosen = match self.ties {
            Ties::Drawn => drawn(&left, draw),
            Ties::ByName => left.iter().copied().min_by_key(|index| {
                task(*index).map(|task| {
                    let host = task.host.and_then(|host| self.hosts.get(host)).map(|host| &host.name);
                    (&task.zone, host, task.created, &task.id)
                })
            }),
        };
        let age = |index: usize| Weight::Created(task(index).map(|task| task.created).unwrap_or_default());
        let last: Vec<usize> = chosen.into_iter().collect();
        note(Rule::Ties(self.ties), &left, &last, &|index| match self.ties {
            Ties::ByName => age(index),
            Ties::Drawn => Weight::Drawn,
        });
        chosen
    }

    fn number(&self, part: &Part, index: usize) -> u32 {
        match part {
            Part::Free(field) => {
                let Some(task) = self.tasks.get(index) else { return 0 };
                let at = task.host.unwrap_or(usize::MAX);
                let Some((host, [cpu, memory])) = self.hosts.get(at).zip(self.freed.get(at)) else { return 0 };
                match field {
                    Field::Cpu => host.cpu.free.saturating_add(*cpu).saturating_add(task.cpu),
                    Field::Memory => host.memory.free.saturating_add(*memory).saturating_add(task.memory),
                }
            }
            Part::Shared { of, counts, .. } => of.get(index).and_then(|at| counts.get(*at)).copied().unwrap_or(0),
            Part::Draw => 0,
        }
    }

    fn weight(&self, part: &Part, index: usize) -> Weight {
        match part {
            Part::Free(_) => Weight::FreeAfter(self.number(part, index)),
            Part::Shared { of, values, .. } => Weight::Shared {
                value: of.get(index).and_then(|at| values.get(*at)).cloned().flatten(),
                tasks: self.number(part, index),
            },
            Part::Draw => Weight::Drawn,
        }
    }

    fn stop(&mut self, index: usize) {
        if let Some(alive) = self.alive.get_mut(index) {
            *alive = false;
        }
        for (_, part) in &mut self.parts {
            if let Part::Shared { of, counts, .. } = part
                && let Some(count) = of.get(index).and_then(|at| counts.get_mut(*at))
            {
                *count = count.saturating_sub(1);
            }
        }
        let Some(task) = self.tasks.get(index) else { return };
        if let Some([cpu, memory]) = task.host.and_then(|host| self.freed.get_mut(host)) {
            *cpu = cpu.saturating_add(task.cpu);
            *memory = memory.saturating_add(task.memory);
        }
    }
}

fn part(strategy: &Strategy, tasks: &[ServiceTask], hosts: &[&Host]) -> Part {
    let by = match strategy {
        Strategy::Binpack(field) => return Part::Free(*field),
        Strategy::Random => return Part::Draw,
        Strategy::Spread(by) => by,
    };
    let (mut known, mut values, mut counts) = (Map::new(), Vec::new(), Vec::new());
    let of = tasks.iter().map(|task| {
        let host = task.host.and_then(|host| hosts.get(host));
        let value = match by {
            SpreadBy::Instance => host.map(|host| host.name.as_str()),
            SpreadBy::Attribute(name) => match host {
                None if name == ZONE_ATTRIBUTE => Some(task.zone.as_str()),
                _ => host.and_then(|host| host.attribute(name)),
            },
        };
        let at = *known.or_insert_with(value, || values.len());
        if at == values.len() {
            values.push(value.map(String::from));
            counts.push(0);
        }
        if let Some(count) = counts.get_mut(at) {
            *count += 1;
        }
        at
    });
    let of = of.collect();
    Part::Shared { of, counts, values }
}

fn drawn(left: &[usize], draw: u64) -> Option<usize> {
    left.get(draw::pick(draw, left.len() as u32) as usize).copied()
}

#[cfg(test)]
mod tests;
