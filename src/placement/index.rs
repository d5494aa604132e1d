//! The bulk path: a fleet that answers [`choose`](super::choose) with a few comparisons instead of a scan.
//!
//! For each request seen lately it keeps a `Lane`: the eligible hosts in the order of the request's strategies. Lanes
//! learn of changes from a log when they are asked next, so a lane that nobody asks costs nothing.

use super::demand::Demand;
use super::host::Host;
use super::lane::Lane;
use super::request::Request;
use super::strategy::Ties;
use alloc::rc::Rc;
use alloc::vec::Vec;

/// Requests that keep their order at most; the one longest not asked for goes first.
const LANES: usize = 32;

/// All instances of a cluster, held so that the same choice as [`choose`](super::choose) is quick.
#[derive(Debug, Default)]
pub struct Fleet {
    hosts: Vec<Host>,
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

impl Clone for Fleet {
    /// Copies the hosts; the order is found again when it is asked for, so that snapshots stay small.
    fn clone(&self) -> Self {
        Self {
            hosts: self.hosts.clone(),
            by_rank: self.by_rank.clone(),
            ranks: self.ranks.clone(),
            lanes: Vec::new(),
            log: Vec::new(),
        }
    }
}

impl Fleet {
    /// A fleet of these hosts, in this order.
    pub fn new(hosts: Vec<Host>) -> Self {
        let mut fleet = Self { hosts, ..Self::default() };
        fleet.rank();
        fleet
    }

    /// The hosts, in the order given.
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// Adds a host at the end and returns its index. Orders are found anew: costs a sort of all hosts.
    pub fn insert(&mut self, host: Host) -> usize {
        self.hosts.push(host);
        self.rank();
        self.hosts.len() - 1
    }

    /// Removes a host; the later ones move up by one index. Costs a sort of all hosts.
    pub fn remove(&mut self, index: usize) -> Option<Host> {
        let host = (index < self.hosts.len()).then(|| self.hosts.remove(index));
        self.rank();
        host
    }

    /// Changes anything of a host but its name and zone, which fix its rank; those need removal and insertion.
    pub fn change<R>(&mut self, index: usize, change: impl FnOnce(&mut Host) -> R) -> Option<R> {
        let result = self.hosts.get_mut(index).map(change);
        self.note(index, true);
        result
    }

    /// The choice of [`choose`](super::choose) over [`Fleet::hosts`].
    pub fn choose(&mut self, request: &Rc<Request>, ties: Ties, draw: u64) -> Option<usize> {
        let same = self.lanes.iter().rposition(|lane| lane.is_of(request, ties));
        match same.or_else(|| self.lanes.iter().rposition(|lane| lane.serves(request, ties))) {
            Some(at) => self.lanes.get_mut(at..).unwrap_or_default().rotate_left(1),
            None => {
                if self.lanes.len() >= LANES {
                    self.lanes.remove(0);
                }
                self.lanes.push(Lane::new(request, ties, &self.hosts, &self.ranks, self.log.len()));
            }
        }
        let lane = self.lanes.last_mut()?;
        lane.catch_up(&self.log, &self.hosts, &self.ranks);
        lane.choose(&self.by_rank, draw)
    }

    /// Chooses a host and reserves the demand there.
    pub fn place(&mut self, request: &Rc<Request>, holder: &str, ties: Ties, draw: u64) -> Option<usize> {
        let index = self.choose(request, ties, draw)?;
        let placed =
            self.hosts.get_mut(index).is_some_and(|host| host.reserve(&request.demand, &request.group, holder));
        self.note(index, false);
        placed.then_some(index)
    }

    /// Gives back what a task held.
    pub fn release(&mut self, index: usize, demand: &Demand, group: &str, holder: &str) {
        if let Some(host) = self.hosts.get_mut(index) {
            host.release(demand, group, holder);
        }
        self.note(index, false);
    }

    fn note(&mut self, index: usize, whole: bool) {
        if index < self.hosts.len() && !self.lanes.is_empty() {
            self.log.push(Change { host: index as u32, whole });
            self.trim();
        }
    }

    /// Bounds the log: forgets what every lane has read, and lanes so far behind that a new start is cheaper.
    fn trim(&mut self) {
        if self.log.len() <= 4 * self.hosts.len() + 1024 {
            return;
        }
        let end = self.log.len();
        let behind = self.hosts.len() + 256;
        self.lanes.retain(|lane| end - lane.read() <= behind);
        let read = self.lanes.iter().map(Lane::read).min().unwrap_or(end);
        self.log.drain(..read);
        self.lanes.iter_mut().for_each(|lane| lane.rewind(read));
    }

    fn rank(&mut self) {
        self.by_rank = (0..self.hosts.len() as u32).collect();
        let hosts = &self.hosts;
        self.by_rank.sort_by_key(|index| hosts.get(*index as usize).map(|host| (&host.zone, &host.name)));
        self.ranks = alloc::vec![0; self.hosts.len()];
        for (rank, index) in self.by_rank.iter().enumerate() {
            if let Some(slot) = self.ranks.get_mut(*index as usize) {
                *slot = rank as u32;
            }
        }
        self.lanes.clear();
        self.log.clear();
    }
}
