//! What a reactor may do besides changing its own room.

use super::{Cause, DecisionId, Event, Fact, FactKind};
use crate::aws::arn::Account;
use crate::placement::{Decision, Ties};
use crate::sim::{EventQueue, SimDuration, SimTime, draw};
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use sha2::{Digest, Sha256};

/// The lab's options; kept in the log's start, so they are the same on every replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Who owns everything, and where (design.md section 8).
    pub account: Account,
    /// How ties are broken after the last strategy (ST-06).
    pub ties: Ties,
}

/// Why one task went where it went.
#[derive(Clone, Debug)]
pub enum Explained {
    /// The pipeline over container instances.
    Ec2(Decision),
    /// Fargate spreads over the zones of the subnets (FG-13): zone, tasks of the group there; then the index taken.
    Fargate {
        /// Each zone that the subnets name with the tasks of the same group in it; none where it is out of capacity.
        zones: Vec<(String, Option<u32>)>,
        /// The zone with the fewest; the first by name among equals. None when all are out of capacity.
        chosen: Option<usize>,
    },
}

/// Where a command stands in its draws and decisions.
#[derive(Clone, Copy, Default)]
pub struct Counters {
    revision: u32,
    draws: u64,
    decisions: u32,
}

/// Time, the future, randomness and the record of what happened.
#[derive(Clone)]
pub struct Kernel {
    /// The simulated clock.
    pub now: SimTime,
    /// The lab's options.
    pub options: Options,
    /// As whom the call in hand is made; none for the learner, and between calls.
    pub(crate) caller: Option<Rc<str>>,
    pub(crate) queue: EventQueue<(Cause, Event)>,
    seed: u64,
    counters: Counters,
    next_fact: u64,
    /// The number that the first fact of the reactor at work has, or would have.
    first_own: u64,
    digest: Sha256,
}

impl Kernel {
    /// A kernel at the start of a lab.
    pub fn new(now: SimTime, seed: u64, options: Options) -> Self {
        let queue = EventQueue::default();
        Self {
            now,
            options,
            caller: None,
            queue,
            seed,
            counters: Counters::default(),
            next_fact: 0,
            first_own: 0,
            digest: Sha256::new(),
        }
    }

    /// Begins a command. The parts of a merged command run under one revision and go on counting. What it returns
    /// takes the beginning back, should the command be refused.
    pub fn begin(&mut self, revision: u32) -> Counters {
        let before = self.counters;
        if revision != before.revision {
            self.counters = Counters { revision, ..Counters::default() };
        }
        before
    }

    /// Another reactor begins to work.
    pub fn hand_over(&mut self) {
        self.first_own = self.next_fact;
    }

    /// As if the refused command had not begun.
    pub fn take_back(&mut self, before: Counters) {
        self.counters = before;
    }

    /// SHA-256 over all facts so far, as hex.
    pub fn digest(&self) -> String {
        self.digest.clone().finalize().iter().map(|byte| alloc::format!("{byte:02x}")).collect()
    }

    fn record(&mut self, cause: Cause, kind: FactKind) -> Fact {
        let fact = Fact { number: self.next_fact, at: self.now, cause, kind };
        self.next_fact += 1;
        // Serialising our own plain data cannot fail; an error would show as a changed digest.
        if let Ok(bytes) = serde_json::to_vec(&fact) {
            self.digest.update(&bytes);
        }
        fact
    }
}

/// What a reactor holds while it handles one command or event.
pub struct Cx<'a> {
    pub(crate) kernel: &'a mut Kernel,
    pub(crate) facts: &'a mut Vec<Fact>,
    pub(crate) cause: Cause,
    /// Collects every decision in full when somebody asked why.
    pub(crate) trace: Option<&'a mut Vec<Explained>>,
}

impl Cx<'_> {
    /// The simulated clock.
    pub fn now(&self) -> SimTime {
        self.kernel.now
    }

    /// The lab's options.
    pub fn options(&self) -> &Options {
        &self.kernel.options
    }

    /// As whom the call in hand is made, `user/NAME` or `assumed-role/ROLE/SESSION`; none for the learner.
    pub fn caller(&self) -> Option<Rc<str>> {
        self.kernel.caller.clone()
    }

    /// Lets `event` happen after `span`. Its cause is the latest fact of this reactor, or what caused the reactor.
    pub fn schedule(&mut self, span: SimDuration, event: Event) {
        let cause = self.latest();
        self.kernel.queue.schedule(self.kernel.now + span, (cause, event));
    }

    /// Records what happened; the facts that one reactor records form a chain in order.
    pub fn emit(&mut self, kind: FactKind) -> u64 {
        let fact = self.kernel.record(self.cause, kind);
        let number = fact.number;
        self.facts.push(fact);
        number
    }

    /// Records a consequence of an earlier fact.
    pub fn emit_after(&mut self, earlier: u64, kind: FactKind) -> u64 {
        let fact = self.kernel.record(Cause::Fact(earlier), kind);
        let number = fact.number;
        self.facts.push(fact);
        number
    }

    /// 64 random bits for one purpose.
    pub fn draw(&mut self, purpose: &str) -> u64 {
        self.kernel.counters.draws += 1;
        draw::draw(self.kernel.seed, self.kernel.counters.revision, purpose, self.kernel.counters.draws)
    }

    /// 128 random bits for an id.
    pub fn draw_wide(&mut self, purpose: &str) -> u128 {
        (u128::from(self.draw(purpose)) << 64) | u128::from(self.draw(purpose))
    }

    /// Whether somebody asked why: then a decision is made on the explaining path and handed to [`Cx::decided`].
    pub fn explains(&self) -> bool {
        self.trace.is_some()
    }

    /// Numbers a decision, and keeps its explanation when somebody asked.
    pub fn decided(&mut self, explained: Option<Explained>) -> DecisionId {
        let id = DecisionId { revision: self.kernel.counters.revision, index: self.kernel.counters.decisions };
        self.kernel.counters.decisions += 1;
        if let (Some(trace), Some(explained)) = (self.trace.as_deref_mut(), explained) {
            trace.push(explained);
        }
        id
    }

    fn latest(&self) -> Cause {
        // What an earlier reactor recorded of the same cause is not this one's: a part of a merged command would not see it.
        let own = |fact: &&Fact| fact.cause == self.cause && fact.number >= self.kernel.first_own;
        self.facts.last().filter(own).map_or(self.cause, |fact| Cause::Fact(fact.number))
    }
}
