//! A small machine on the simulation kernel alone: jobs that start, take drawn steps and end.

use std::collections::BTreeMap;

use ecs_lab::sim::{EventQueue, History, Machine, SimDuration, SimTime, draw};

/// What changes the machine.
#[derive(Clone)]
pub enum Command {
    /// Starts some jobs.
    Start(u32),
    /// Lets time pass.
    Advance(SimDuration),
}

/// Jobs by number, with the steps that each has yet to take.
#[derive(Clone)]
pub struct Kernel {
    now: SimTime,
    queue: EventQueue<u32>,
    jobs: BTreeMap<u32, u32>,
    started: u32,
}

impl Kernel {
    /// A history that begins on the lab's first Monday.
    pub fn history() -> History<Self> {
        let now = SimTime::parse("2026-01-05T09:00:00Z").unwrap();
        History::new(Self { now, queue: EventQueue::default(), jobs: BTreeMap::new(), started: 0 })
    }

    fn step(&mut self, job: u32, facts: &mut Vec<String>) {
        let Some(left) = self.jobs.get_mut(&job) else { return };
        facts.push(format!("{} job {job} has {left} steps left", self.now));
        if *left == 0 {
            self.jobs.remove(&job);
            return;
        }
        *left -= 1;
        let wait = 1 + draw::pick(draw::draw(7, job, "step", u64::from(*left)), 30_000);
        self.queue.schedule(self.now + SimDuration::from_millis(i64::from(wait)), job);
    }
}

impl Machine for Kernel {
    type Command = Command;
    type Fact = String;
    type Reply = ();
    type Refusal = String;

    fn run(&mut self, revision: u32, command: &Command, facts: &mut Vec<String>) -> Result<(), String> {
        match command {
            Command::Start(0) => return Err("nothing to start".into()),
            Command::Start(count) => {
                for key in 0..*count {
                    self.started += 1;
                    self.jobs.insert(self.started, draw::pick(draw::draw(7, revision, "job", u64::from(key)), 6));
                    self.step(self.started, facts);
                }
            }
            Command::Advance(span) => {
                let until = self.now + *span;
                while let Some((at, job)) = self.queue.pop_due(until) {
                    self.now = at;
                    self.step(job, facts);
                }
                self.now = until;
            }
        }
        Ok(())
    }

    fn merge(last: &Command, next: &Command) -> Option<Command> {
        match (last, next) {
            (Command::Advance(a), Command::Advance(b)) => Some(Command::Advance(*a + *b)),
            _ => None,
        }
    }

    fn weight(&self) -> usize {
        self.jobs.len()
    }
}
