//! The bulk path: an order that answers [`choose`](super::choose) with a few comparisons instead of a scan.
//!
//! For each request seen lately an [`Order`] keeps a `Lane`: the eligible hosts in the order of the request's
//! strategies. Lanes learn of changes from a log when they are asked next, so a lane that nobody asks costs nothing.

use super::demand::Demand;
use super::host::Host;
use super::lane::Lane;
use super::request::Request;
use super::strategy::Ties;
use crate::sim::order;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::hint::black_box;

/// Requests that keep their order at most; the one longest not asked for goes first.
const LANES: usize = 32;

/// Instances by number, wherever they are kept. Names and zones stay as they are as long as an [`Order`] stands on them.
pub trait Hosts {
    /// How many there are; numbers run from 0.
    fn count(&self) -> usize;
    /// The instance of a number.
    fn host(&self, index: usize) -> Option<&Host>;
}

impl Hosts for [Host] {
    fn count(&self) -> usize {
        self.len()
    }

    fn host(&self, index: usize) -> Option<&Host> {
        self.get(index)
    }
}

/// The order in which the requests seen lately would take the instances. It keeps no instance itself: whoever changes
/// one says so by [`Order::note`], and gives the same instances to every call.
#[derive(Debug, Default)]
pub struct Order {
    /// Host index by rank in (zone, name), and rank by host index.
    by_rank: Vec<u32>,
    ranks: Vec<u32>,
    lanes: Vec<Lane>,
    log: Vec<Change>,
}

/// One entry of the change log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    /// Which host.
    pub host: u32,
    /// Whether more than its tasks may have changed.
    pub whole: bool,
}

impl Order {
    /// Ranks the instances. Costs a sort of all.
    pub fn new(hosts: &(impl Hosts + ?Sized)) -> Self {
        let mut by_rank: Vec<u32> = (0..hosts.count() as u32).collect();
        // Found once: looking an instance up may cost more than comparing it.
        let names: Vec<_> =
            (0..hosts.count()).map(|index| hosts.host(index).map(|host| (&host.zone, &host.name))).collect();
        order::sort_by_key(&mut by_rank, |index| names.get(*index as usize));
        let mut ranks = alloc::vec![0; by_rank.len()];
        for (rank, index) in by_rank.iter().enumerate() {
            if let Some(slot) = ranks.get_mut(*index as usize) {
                *slot = rank as u32;
            }
        }
        Self { by_rank, ranks, lanes: Vec::new(), log: Vec::new() }
    }

    /// The choice of [`choose`](super::choose) over all the instances.
    pub fn choose(
        &mut self,
        hosts: &(impl Hosts + ?Sized),
        request: &Rc<Request>,
        ties: Ties,
        draw: u64,
    ) -> Option<usize> {
        let same = self.lanes.iter().rposition(|lane| lane.is_of(request, ties));
        match same.or_else(|| self.lanes.iter().rposition(|lane| lane.serves(request, ties))) {
            Some(at) if at + 1 == self.lanes.len() => {}
            Some(at) => self.lanes.get_mut(at..).unwrap_or_default().rotate_left(1),
            None => {
                if self.lanes.len() >= LANES {
                    self.lanes.remove(0);
                }
                self.lanes.push(Lane::new(request, ties, hosts, &self.ranks, self.log.len()));
            }
        }
        let lane = self.lanes.last_mut()?;
        lane.catch_up(&self.log, hosts, &self.ranks);
        lane.choose(&self.by_rank, draw)
    }

    /// The choice of [`Order::choose`] where it is the request asked for last and its order stays as it is when the host
    /// takes the task. It counts as placed; whoever reserves the demand there says so by [`Order::note_taken`].
    fn take(&mut self, hosts: &(impl Hosts + ?Sized), request: &Rc<Request>, ties: Ties, draw: u64) -> Option<usize> {
        let lane = self.lanes.last_mut().filter(|lane| lane.draws() && lane.is_of(request, ties))?;
        lane.catch_up(&self.log, hosts, &self.ranks);
        lane.take(draw)
    }

    /// The tasks of these instances changed as the request asked for last has counted already.
    fn note_taken(&mut self, indices: &[u32]) {
        if self.lanes.len() > 1 {
            indices.iter().for_each(|host| self.note(*host as usize, false));
        }
        if let Some(lane) = self.lanes.last_mut() {
            lane.skip_to(self.log.len());
        }
    }

    /// An instance changed: only in its tasks and what they hold, or as a `whole`.
    pub fn note(&mut self, index: usize, whole: bool) {
        if index < self.ranks.len() && !self.lanes.is_empty() {
            self.log.push(Change { host: index as u32, whole });
            self.trim();
        }
    }

    /// Bounds the log: forgets what every lane has read, and lanes so far behind that a new start is cheaper.
    fn trim(&mut self) {
        if self.log.len() <= 4 * self.ranks.len() + 1024 {
            return;
        }
        let end = self.log.len();
        let behind = self.ranks.len() + 256;
        self.lanes.retain(|lane| end - lane.read() <= behind);
        let read = self.lanes.iter().map(Lane::read).min().unwrap_or(end);
        self.log.drain(..read);
        self.lanes.iter_mut().for_each(|lane| lane.rewind(read));
    }
}

/// Placements that a [`Fleet`] writes down together.
const BATCH: usize = 64;

/// All instances of a cluster together with their [`Order`], so that the same choice as [`choose`](super::choose) is
/// quick.
///
/// Where the order knows without a look at the host that it takes another copy, [`Fleet::place`] only remembers the
/// choice. Such placements are written into the hosts many at a time: the processor then waits for the memory of several
/// at once.
#[derive(Debug, Default)]
pub struct Fleet {
    hosts: Vec<Host>,
    order: Order,
    /// Where tasks of the request asked for last were placed that the hosts do not show yet.
    owed: Vec<u32>,
}

impl Fleet {
    /// A fleet of these hosts, in this order. In the order that breaks ties, zone and then name, those chosen one after
    /// another are neighbours in memory, which a very large fleet feels.
    pub fn new(hosts: Vec<Host>) -> Self {
        let order = Order::new(hosts.as_slice());
        Self { hosts, order, owed: Vec::new() }
    }

    /// The hosts, in the order given.
    pub fn hosts(&mut self) -> &[Host] {
        self.settle();
        &self.hosts
    }

    /// Changes anything of a host but its name and zone, which fix its rank.
    pub fn change<R>(&mut self, index: usize, change: impl FnOnce(&mut Host) -> R) -> Option<R> {
        self.settle();
        let result = self.hosts.get_mut(index).map(change);
        self.order.note(index, true);
        result
    }

    /// The choice of [`choose`](super::choose) over [`Fleet::hosts`].
    pub fn choose(&mut self, request: &Rc<Request>, ties: Ties, draw: u64) -> Option<usize> {
        self.settle();
        self.order.choose(self.hosts.as_slice(), request, ties, draw)
    }

    /// Chooses a host and reserves the demand there.
    pub fn place(&mut self, request: &Rc<Request>, holder: &str, ties: Ties, draw: u64) -> Option<usize> {
        if let Some(index) = self.order.take(self.hosts.as_slice(), request, ties, draw) {
            self.owed.push(index as u32);
            if self.owed.len() >= BATCH {
                self.settle();
            }
            return Some(index);
        }
        let index = self.choose(request, ties, draw)?;
        let placed =
            self.hosts.get_mut(index).is_some_and(|host| host.reserve(&request.demand, &request.group, holder));
        self.order.note(index, false);
        placed.then_some(index)
    }

    /// Gives back what a task held.
    pub fn release(&mut self, index: usize, demand: &Demand, group: &str, holder: &str) {
        self.settle();
        if let Some(host) = self.hosts.get_mut(index) {
            host.release(demand, group, holder);
        }
        self.order.note(index, false);
    }

    /// Writes down what the hosts do not show yet.
    fn settle(&mut self) {
        if !self.owed.is_empty() {
            self.write_down();
        }
    }

    /// The work of [`Fleet::settle`]. No holder is needed: a task that wants ports is never owed.
    fn write_down(&mut self) {
        let Some(lane) = self.order.lanes.last() else { return };
        let request = lane.request();
        // A glance at each before the work on any: the processor fetches what is far away for all of them at once.
        for index in &self.owed {
            black_box(self.hosts.get(*index as usize).map(|host| host.cpu.free));
        }
        for index in &self.owed {
            if let Some(host) = self.hosts.get_mut(*index as usize) {
                host.reserve(&request.demand, &request.group, "");
            }
        }
        self.order.note_taken(&self.owed);
        self.owed.clear();
    }
}
