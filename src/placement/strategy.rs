//! The pipeline's steps 3 and 4: strategies as successive tie filters, then the tie-break.

use super::host::Host;
use super::request::{Field, SpreadBy, Strategy};
use crate::sim::draw;
use crate::sim::sorted::Map;
use alloc::string::String;
use alloc::vec::Vec;

/// How what the strategies leave equal is told apart (ST-06, `UNDOC→`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ties {
    /// Lowest (Availability Zone, EC2 instance id).
    #[default]
    ByName,
    /// Drawn by the seed, as AWS does in effect.
    Drawn,
}

/// What narrowed the candidates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// A strategy of the request.
    Strategy(Strategy),
    /// The tie-break, always last.
    Ties(Ties),
}

/// What a strategy compared for one candidate; less is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Free CPU units or MiB.
    Free(u32),
    /// Tasks of the group on the instance.
    Tasks(u32),
    /// Tasks of the group over all instances with the same attribute value.
    Shared {
        /// Which of the step's values.
        value: usize,
        /// How many tasks.
        tasks: u32,
    },
    /// Nothing: a draw or the order of names decides.
    None,
}

/// One step of the decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What narrowed.
    pub by: By,
    /// The candidates before it, by index, with their keys.
    pub keys: Vec<(usize, Key)>,
    /// The attribute values that [`Key::Shared`] names, `None` for hosts without the attribute (ST-08).
    pub values: Vec<Option<String>>,
    /// The candidates after it.
    pub left: Vec<usize>,
}

impl Step {
    /// The key of a candidate that was still there.
    pub fn key_of(&self, candidate: usize) -> Option<Key> {
        self.keys
            .binary_search_by_key(&candidate, |(index, _)| *index)
            .ok()
            .and_then(|at| self.keys.get(at))
            .map(|(_, key)| *key)
    }
}

/// A strategy made ready for one decision.
pub(super) enum Ranker<'a> {
    Free(Field),
    Tasks(&'a str),
    /// Values with their totals, and each host's value.
    Shared {
        totals: Vec<(Option<&'a str>, u32)>,
        values: Vec<usize>,
    },
    Draw,
}

impl<'a> Ranker<'a> {
    /// Prepares a strategy. An attribute's totals run over all hosts, whatever their state (note of 4.3).
    pub fn new(strategy: &'a Strategy, group: &'a str, hosts: &[&'a Host]) -> Self {
        match strategy {
            Strategy::Binpack(field) => Self::Free(*field),
            Strategy::Spread(SpreadBy::Instance) => Self::Tasks(group),
            Strategy::Spread(SpreadBy::Attribute(attribute)) => {
                let mut known = Map::new();
                let mut totals: Vec<(Option<&str>, u32)> = Vec::new();
                let values = hosts.iter().map(|host| {
                    let value = host.attribute(attribute);
                    let at = *known.or_insert_with(value, || totals.len());
                    match totals.get_mut(at) {
                        Some((_, total)) => *total += host.tasks_of(group),
                        None => totals.push((value, host.tasks_of(group))),
                    }
                    at
                });
                let values = values.collect();
                Self::Shared { totals, values }
            }
            Strategy::Random => Self::Draw,
        }
    }

    /// What is compared for a host and its index; less is better.
    pub fn key(&self, index: usize, host: &Host) -> Key {
        match self {
            Self::Free(Field::Cpu) => Key::Free(host.cpu.free),
            Self::Free(Field::Memory) => Key::Free(host.memory.free),
            Self::Tasks(group) => Key::Tasks(host.tasks_of(group)),
            Self::Shared { totals, values } => {
                let value = values.get(index).copied().unwrap_or_default();
                Key::Shared { value, tasks: totals.get(value).map_or(0, |(_, total)| *total) }
            }
            Self::Draw => Key::None,
        }
    }

    /// The attribute values behind [`Key::Shared`].
    pub fn values(&self) -> Vec<Option<String>> {
        let Self::Shared { totals, .. } = self else { return Vec::new() };
        totals.iter().map(|(value, _)| value.map(String::from)).collect()
    }
}

impl Key {
    /// The number that is compared.
    pub fn number(self) -> u32 {
        match self {
            Self::Free(number) | Self::Tasks(number) | Self::Shared { tasks: number, .. } => number,
            Self::None => 0,
        }
    }
}

/// The candidates that a strategy leaves: those with the least key, or the one drawn.
pub(super) fn narrow(keys: &[(usize, Key)], random: bool, draw: u64) -> Vec<usize> {
    if random {
        return drawn(keys.len(), draw).and_then(|at| keys.get(at)).map(|(index, _)| *index).into_iter().collect();
    }
    let least = keys.iter().map(|(_, key)| key.number()).min();
    keys.iter().filter(|(_, key)| Some(key.number()) == least).map(|(index, _)| *index).collect()
}

/// The one that the tie-break leaves.
pub(super) fn break_tie(left: &[usize], hosts: &[&Host], ties: Ties, draw: u64) -> Option<usize> {
    match ties {
        Ties::ByName => left.iter().copied().min_by_key(|index| hosts.get(*index).map(|host| (&host.zone, &host.name))),
        Ties::Drawn => drawn(left.len(), draw).and_then(|at| left.get(at)).copied(),
    }
}

/// The keys of the candidates still there.
pub(super) fn keys(ranker: &Ranker<'_>, hosts: &[&Host], left: &[usize]) -> Vec<(usize, Key)> {
    left.iter().filter_map(|index| hosts.get(*index).map(|host| (*index, ranker.key(*index, host)))).collect()
}

fn drawn(count: usize, draw: u64) -> Option<usize> {
    (count > 0).then(|| draw::pick(draw, count as u32) as usize)
}
