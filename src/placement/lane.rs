//! The eligible hosts of one request in the order of its strategies.
//!
//! A strategy compares either numbers of one host (free CPU, free memory, its tasks of the group) or a total that all
//! hosts with the same attribute value share. Hosts with the same values for every attribute of the chain form a
//! class: within it the shared totals are equal, so its order depends on each host's own numbers and one ordered set
//! keeps it. The choice is the best of the classes' firsts: a handful of comparisons for zones.

use super::check::{constraints_on_tasks, copies_now, fits_now, suits_request};
use super::host::Host;
use super::index::{Change, Hosts};
use super::ordered::{Order, Ordered, rank_of};
use super::request::{Constraint, Field, Request, SpreadBy, Strategy};
use super::strategy::Ties;
use super::tally::Tally;
use crate::sim::draw;
use crate::sim::sorted::Map;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

/// See the module.
#[derive(Debug)]
pub struct Lane {
    request: Rc<Request>,
    ties: Ties,
    /// The strategies up to the first draw, each once: a repeated one never narrows again.
    chain: Vec<Part>,
    /// Whether a draw decides among equals.
    drawn: bool,
    /// The constraints that tasks on a host can change.
    on_tasks: Vec<Constraint>,
    /// Whether attributes, zone and steady constraints are right, by host.
    suits: Vec<bool>,
    /// By rank, so that what is chosen one after another stands side by side. A tally needs none.
    slots: Vec<Slot>,
    classes: Vec<Class>,
    /// Class by its attribute values.
    known: Map<Vec<Option<String>>, u32>,
    /// Tasks of the group by attribute of the chain and value.
    totals: Vec<u32>,
    /// Place in `totals` by (attribute's number, value).
    values: Map<(usize, Option<String>), usize>,
    /// The eligible hosts, when nothing but a draw orders them.
    tally: Option<Tally>,
    /// With a tally: how many more copies each host surely takes, as far as a byte counts.
    spare: Vec<u8>,
    read: usize,
}

/// A strategy of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Free(Field),
    Tasks,
    /// The number of an attribute among the chain's.
    Shared(usize),
}

/// What a lane knows of one host.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    class: u32,
    /// Tasks of the group when last counted.
    counted: u32,
    /// Whether `entry` is in the class's set.
    listed: bool,
    entry: Order,
}

#[derive(Debug, Default)]
struct Class {
    /// Places in `totals`, by the attribute's number.
    totals: Vec<usize>,
    hosts: Ordered,
}

impl Lane {
    /// Orders all hosts for a request. `read` is the length of the log so far.
    pub fn new(request: &Rc<Request>, ties: Ties, hosts: &(impl Hosts + ?Sized), ranks: &[u32], read: usize) -> Self {
        let random = request.strategies.iter().position(|strategy| *strategy == Strategy::Random);
        let mut attributes: Vec<&str> = Vec::new();
        let mut chain = Vec::new();
        for strategy in request.strategies.iter().take(random.unwrap_or(usize::MAX)) {
            let part = match strategy {
                Strategy::Binpack(field) => Part::Free(*field),
                Strategy::Spread(SpreadBy::Instance) => Part::Tasks,
                Strategy::Spread(SpreadBy::Attribute(name)) => {
                    let number = attributes.iter().position(|known| known == name).unwrap_or_else(|| {
                        attributes.push(name);
                        attributes.len() - 1
                    });
                    Part::Shared(number)
                }
                Strategy::Random => continue,
            };
            if !chain.contains(&part) {
                chain.push(part);
            }
        }
        let drawn = random.is_some() || ties == Ties::Drawn;
        let tally = (drawn && chain.is_empty()).then(|| Tally::new(hosts.count()));
        let mut lane = Self {
            request: Rc::clone(request),
            ties,
            chain,
            drawn,
            on_tasks: constraints_on_tasks(request),
            suits: alloc::vec![false; hosts.count()],
            slots: alloc::vec![Slot::default(); if tally.is_none() { hosts.count() } else { 0 }],
            classes: Vec::new(),
            known: Map::new(),
            totals: Vec::new(),
            values: Map::new(),
            spare: alloc::vec![0; if tally.is_some() { hosts.count() } else { 0 }],
            tally,
            read,
        };
        for index in 0..hosts.count() {
            lane.update(index, true, hosts, ranks);
        }
        lane
    }

    /// Whether this is the order of that very request.
    pub fn is_of(&self, request: &Rc<Request>, ties: Ties) -> bool {
        self.ties == ties && Rc::ptr_eq(&self.request, request)
    }

    /// Whether this is the order of an equal request.
    pub fn serves(&self, request: &Rc<Request>, ties: Ties) -> bool {
        self.ties == ties && self.request == *request
    }

    /// Whether nothing but a draw orders the hosts.
    pub fn draws(&self) -> bool {
        self.tally.is_some()
    }

    /// The request whose order this is.
    pub fn request(&self) -> &Rc<Request> {
        &self.request
    }

    /// How much of the log it has read.
    pub fn read(&self) -> usize {
        self.read
    }

    /// The log up to here tells nothing new.
    pub fn skip_to(&mut self, read: usize) {
        self.read = read;
    }

    /// The log lost its first entries.
    pub fn rewind(&mut self, by: usize) {
        self.read -= by;
    }

    /// Reads the rest of the log.
    pub fn catch_up(&mut self, log: &[Change], hosts: &(impl Hosts + ?Sized), ranks: &[u32]) {
        for change in log.get(self.read..).unwrap_or_default() {
            self.update(change.host as usize, change.whole, hosts, ranks);
        }
        self.read = log.len();
    }

    /// The host that is first in the chain's order.
    pub fn choose(&self, by_rank: &[u32], draw: u64) -> Option<usize> {
        if let Some(tally) = &self.tally {
            return tally.select(draw::pick(draw, tally.len()));
        }
        let firsts = self.classes.iter().filter_map(|class| Some((class, class.hosts.first()?)));
        let (best, first) = firsts.reduce(|best, other| if self.precedes(other, best) { other } else { best })?;
        let host = |order: Order| by_rank.get(rank_of(order) as usize).map(|index| *index as usize);
        if !self.drawn {
            return host(first);
        }
        let equal = |(class, order): (&Class, Order)| self.full_key(class, order).eq(self.full_key(best, first));
        let mut left: Vec<usize> = self
            .classes
            .iter()
            .flat_map(|class| class.hosts.iter().map(move |order| (class, order)).take_while(|entry| equal(*entry)))
            .filter_map(|(_, order)| host(order))
            .collect();
        left.sort_unstable();
        left.get(draw::pick(draw, left.len() as u32) as usize).copied()
    }

    /// The choice, counted as placed: only where that leaves the host eligible, so that it need not be looked at.
    pub fn take(&mut self, draw: u64) -> Option<usize> {
        let tally = self.tally.as_ref()?;
        let index = tally.select(draw::pick(draw, tally.len()))?;
        let spare = self.spare.get_mut(index).filter(|spare| **spare > 1)?;
        *spare -= 1;
        Some(index)
    }

    /// Whether an entry comes before another by the whole chain, then by rank.
    fn precedes(&self, entry: (&Class, Order), other: (&Class, Order)) -> bool {
        let order = self.full_key(entry.0, entry.1).cmp(self.full_key(other.0, other.1));
        order.then_with(|| rank_of(entry.1).cmp(&rank_of(other.1))).is_lt()
    }

    /// The numbers that the chain compares, in its order.
    fn full_key<'a>(&'a self, class: &'a Class, order: Order) -> impl Iterator<Item = u32> + 'a {
        let mut own = [(order >> 96) as u32, (order >> 64) as u32, (order >> 32) as u32].into_iter();
        self.chain.iter().map(move |part| match part {
            Part::Shared(number) => {
                class.totals.get(*number).and_then(|at| self.totals.get(*at)).copied().unwrap_or_default()
            }
            Part::Free(_) | Part::Tasks => own.next().unwrap_or_default(),
        })
    }

    fn update(&mut self, index: usize, whole: bool, hosts: &(impl Hosts + ?Sized), ranks: &[u32]) {
        let (Some(host), Some(suits)) = (hosts.host(index), self.suits.get_mut(index)) else { return };
        if whole {
            *suits = suits_request(&self.request, host);
        }
        let suits = *suits;
        if let (Some(tally), Some(spare)) = (&mut self.tally, self.spare.get_mut(index)) {
            let copies = if suits { copies_now(&self.request, &self.on_tasks, host) } else { 0 };
            *spare = copies.min(u32::from(u8::MAX)) as u8;
            return tally.set(index, copies > 0);
        }
        let fits = suits && fits_now(&self.request, &self.on_tasks, host);
        let Some(rank) = ranks.get(index).copied() else { return };
        let Some(before) = self.slots.get(rank as usize).copied() else { return };
        let class = if whole { self.class_of(host) } else { before.class };
        let counted = host.tasks_of(&self.request.group);
        if (class, counted) != (before.class, before.counted) {
            self.count(before.class, before.counted, 0);
            self.count(class, 0, counted);
        }
        let slot = Slot { class, counted, listed: fits, entry: self.order(host, counted, rank) };
        if (slot.class, slot.listed, slot.entry) != (before.class, before.listed, before.entry) {
            if let Some(class) = self.classes.get_mut(before.class as usize).filter(|_| before.listed) {
                class.hosts.remove(before.entry);
            }
            if let Some(class) = self.classes.get_mut(class as usize).filter(|_| fits) {
                class.hosts.insert(slot.entry);
            }
        }
        if let Some(place) = self.slots.get_mut(rank as usize) {
            *place = slot;
        }
    }

    /// Replaces one host's share of its class's totals.
    fn count(&mut self, class: u32, before: u32, now: u32) {
        for at in self.classes.get(class as usize).map(|class| class.totals.as_slice()).unwrap_or_default() {
            if let Some(total) = self.totals.get_mut(*at) {
                *total = total.saturating_sub(before).saturating_add(now);
            }
        }
    }

    fn order(&self, host: &Host, tasks: u32, rank: u32) -> Order {
        let own = self.chain.iter().filter_map(|part| match part {
            Part::Free(Field::Cpu) => Some(host.cpu.free),
            Part::Free(Field::Memory) => Some(host.memory.free),
            Part::Tasks => Some(tasks),
            Part::Shared(_) => None,
        });
        own.zip([96, 64, 32]).fold(Order::from(rank), |order, (number, shift)| order | (Order::from(number) << shift))
    }

    fn class_of(&mut self, host: &Host) -> u32 {
        let mut names: Vec<&str> = Vec::new();
        let request = Rc::clone(&self.request);
        for strategy in &request.strategies {
            match strategy {
                Strategy::Spread(SpreadBy::Attribute(name)) if !names.contains(&name.as_str()) => names.push(name),
                Strategy::Random => break,
                _ => {}
            }
        }
        let values: Vec<Option<String>> = names.iter().map(|name| host.attribute(name).map(String::from)).collect();
        if let Some(class) = self.known.get(&values) {
            return *class;
        }
        let totals = values.iter().enumerate().map(|(number, value)| {
            let next = self.totals.len();
            let at = *self.values.or_insert_with((number, value.clone()), || next);
            if at == next {
                self.totals.push(0);
            }
            at
        });
        let class = Class { totals: totals.collect(), hosts: Ordered::default() };
        self.classes.push(class);
        let number = self.classes.len() as u32 - 1;
        self.known.insert(values, number);
        number
    }
}
