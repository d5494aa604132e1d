//! The façade that everyone outside the engine uses: one world, one door, one history.

mod allowance;
pub mod choices;
mod command;
mod dispatch;
mod later;
mod launch;
mod mesh;
mod repair;
mod save;
pub mod survey;
pub mod web;
mod world;

pub use allowance::{Allowance, LONGEST_SPAN, MOST_FACTS};
pub use command::{ApiCall, Command, CommandError};
pub use later::needs_later;
pub use launch::{BOOT, CustomAttribute, launch, launch_windows, with_key};
pub use repair::{Repair, repairs};
pub use save::{LoadError, Loaded, Refused, VERSION};
pub use world::World;

use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::event::{DecisionId, Explained, Fact, Options};
use crate::placement::Ties;
use crate::sim::{History, Machine, SimDuration, SimTime};
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// With what a lab begins; part of its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The seed of all randomness.
    pub seed: u64,
    /// The simulated time.
    pub time: SimTime,
    /// How ties are broken after the last strategy (ST-06).
    pub ties: Ties,
    /// The region, such as `us-east-1`.
    pub region: String,
}

impl Default for Start {
    /// Monday 2026-01-05T09:00:00Z, ties in order of names (design.md section 8).
    fn default() -> Self {
        let region = Account::default().region;
        Self { seed: 1, time: SimTime::from_millis(1_767_603_600_000), ties: Ties::ByName, region }
    }
}

/// What a command did.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The service's answer; null for what has none, such as time.
    pub reply: Value,
    /// What happened, in order.
    pub facts: Vec<Fact>,
}

/// What happens next by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// When.
    pub at: SimTime,
    /// What, in a few words.
    pub why: &'static str,
}

/// A simulated account with its past.
#[derive(Clone)]
pub struct Lab {
    start: Start,
    history: History<World>,
}

impl Lab {
    /// A lab in which nothing was done yet.
    pub fn new(start: Start) -> Self {
        let account = Account { region: start.region.clone(), ..Account::default() };
        let options = Options { account, ties: start.ties };
        let world = World::new(start.time, start.seed, options);
        Self { start, history: History::new(world) }
    }

    /// Does one command. A refusal changes nothing; a call that only looks is answered and not kept.
    pub fn apply(&mut self, command: Command) -> Result<Outcome, ApiError> {
        match &command {
            Command::Api(call) if call.only_looks() => {
                Ok(Outcome { reply: self.world().read(call)?, facts: Vec::new() })
            }
            _ => {
                let (reply, facts) = self.history.push(command)?;
                Ok(Outcome { reply, facts })
            }
        }
    }

    /// What these commands would do, one after another, without doing them. Costs a copy of the state, not of the past.
    pub fn rehearse(&self, commands: &[Command]) -> Result<Vec<Outcome>, ApiError> {
        let mut world = self.world().clone();
        let mut outcomes = Vec::new();
        for (command, revision) in commands.iter().zip(self.revision() + 1..) {
            let mut facts = Vec::new();
            let reply = match command {
                Command::Api(call) if call.only_looks() => world.read(call)?,
                _ => world.run(revision, command, &mut facts)?,
            };
            outcomes.push(Outcome { reply, facts });
        }
        Ok(outcomes)
    }

    /// Answers a call that only looks.
    pub fn read(&self, call: &ApiCall) -> Result<Value, ApiError> {
        self.world().read(call)
    }

    /// Makes what comes next a command of its own: time that passes does not lengthen the time that passed before.
    pub fn set_apart(&mut self) {
        self.history.set_apart();
    }

    /// Lets simulated time pass.
    pub fn advance(&mut self, span: SimDuration) -> Result<Outcome, ApiError> {
        self.apply(Command::Advance(span))
    }

    /// Lets time pass until nothing but housekeeping and what comes back periodically will happen, at most `most`.
    pub fn settle(&mut self, most: SimDuration) {
        let until = self.now() + most;
        while let Some(at) = self.world().next_step().filter(|at| *at <= until) {
            // Time passes in any state.
            let _ = self.advance(at - self.now());
        }
    }

    /// When something will next happen by itself, and what.
    pub fn next_deadline(&self) -> Option<Deadline> {
        self.world().next_deadline()
    }

    /// The state now.
    pub fn world(&self) -> &World {
        self.history.now()
    }

    /// The simulated clock.
    pub fn now(&self) -> SimTime {
        self.world().now()
    }

    /// With what it began.
    pub fn start(&self) -> &Start {
        &self.start
    }

    /// How many commands lie behind.
    pub fn revision(&self) -> u32 {
        self.history.revision()
    }

    /// How many commands there are, undone ones included.
    pub fn len(&self) -> u32 {
        self.history.len()
    }

    /// Whether nothing was done yet.
    pub fn is_empty(&self) -> bool {
        self.history.is_empty()
    }

    /// Goes to a revision.
    pub fn seek(&mut self, revision: u32) {
        self.history.seek(revision);
    }

    /// Takes the last command back; false when there is none.
    pub fn undo(&mut self) -> bool {
        self.history.undo()
    }

    /// Does the last undone command again; false when there is none.
    pub fn redo(&mut self) -> bool {
        self.history.redo()
    }

    /// A copy that goes its own way.
    pub fn fork(&self) -> Self {
        self.clone()
    }

    /// The commands behind, oldest first, each with what it did.
    pub fn past(&self) -> impl DoubleEndedIterator<Item = (&Command, &[Fact])> {
        self.history.past().iter().map(|entry| (&entry.command, entry.facts.as_slice()))
    }

    /// The undone commands, next to redo first.
    pub fn future(&self) -> impl Iterator<Item = &Command> {
        self.history.future().iter().map(|entry| &entry.command)
    }

    /// Everything that happened so far, oldest first.
    pub fn facts(&self) -> impl DoubleEndedIterator<Item = &Fact> {
        self.history.past().iter().flat_map(|entry| entry.facts.iter())
    }

    /// Why a task went where it went, or nowhere: the decision is made again where it was made (invariant 4).
    pub fn explain(&self, decision: DecisionId) -> Option<Explained> {
        let index = decision.revision.checked_sub(1)?;
        let command = &self.history.past().get(index as usize)?.command;
        let mut world = self.history.state_at(index);
        world.explain(decision.revision, command).into_iter().nth(decision.index as usize)
    }

    /// The facts of the command behind a decision. While they are the same by their pointer, so is its explanation:
    /// they go when the past changes.
    pub fn behind(&self, decision: DecisionId) -> Option<&Rc<Vec<Fact>>> {
        Some(&self.history.past().get(decision.revision.checked_sub(1)? as usize)?.facts)
    }

    /// SHA-256 over all facts so far, as hex: equal logs give equal digests on every machine.
    pub fn digest(&self) -> String {
        self.world().digest()
    }
}
