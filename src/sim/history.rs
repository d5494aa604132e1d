//! The command log with its snapshots: seek, undo, redo and fork.
//!
//! The log is the document. State is never written out; it is what the log gives when it runs again, and snapshots
//! only make that fast. Neighbouring commands may merge (two spans of time are one longer span): the machine decides,
//! and who sends them may hold them apart.

use alloc::rc::Rc;
use alloc::vec::Vec;

/// A deterministic state machine that a [`History`] can replay.
pub trait Machine: Clone {
    /// What changes it.
    type Command: Clone;
    /// What it reports of each change.
    type Fact: Clone;
    /// What it answers to the one who commanded.
    type Reply;
    /// Why it would not do it.
    type Refusal;

    /// Runs one command to quiescence and appends what happened to `facts`. A refusal leaves the machine as it was.
    ///
    /// `revision` is the command's number, 1-based. A merged command runs in parts under one revision, and must
    /// then report the same facts as when it runs whole.
    fn run(
        &mut self,
        revision: u32,
        command: &Self::Command,
        facts: &mut Vec<Self::Fact>,
    ) -> Result<Self::Reply, Self::Refusal>;

    /// The one command equal to `last` and then `next`, when there is such a command.
    fn merge(last: &Self::Command, next: &Self::Command) -> Option<Self::Command>;

    /// Roughly how many entities a snapshot holds; heavier machines are kept less often.
    fn weight(&self) -> usize;
}

/// One command of the log and what it did.
#[derive(Clone)]
pub struct Entry<M: Machine> {
    /// The command.
    pub command: M::Command,
    /// What happened, in order.
    pub facts: Rc<Vec<M::Fact>>,
    /// The state after it, where kept.
    after: Option<M>,
}

/// A machine with its past. Revision 0 is the start; revision n is the state after n commands.
#[derive(Clone)]
pub struct History<M: Machine> {
    start: M,
    entries: Vec<Entry<M>>,
    at: usize,
    now: M,
    /// Work since the latest snapshot: a command and each of its facts count one.
    unsaved: usize,
    /// Whether the next command is one of its own, however well it would merge.
    apart: bool,
}

/// The answer to a command, and what it did.
pub type Done<M> = (<M as Machine>::Reply, Vec<<M as Machine>::Fact>);

/// Among the newest commands every snapshot stays, so that undo and redo are immediate.
const RECENT: usize = 64;
/// A snapshot costs about as much as its weight; it is taken when this share of that was done since the last one. A
/// light machine is kept after each command, a heavy one after much work.
const SHARE: usize = 16;
/// Older snapshots stand at least this much work apart, or half the machine's weight.
const APART: usize = 48;

impl<M: Machine> History<M> {
    /// A history that begins with `start`.
    pub fn new(start: M) -> Self {
        Self { now: start.clone(), start, entries: Vec::new(), at: 0, unsaved: 0, apart: false }
    }

    /// The machine at the current revision.
    pub fn now(&self) -> &M {
        &self.now
    }

    /// The current revision.
    pub fn revision(&self) -> u32 {
        self.at as u32
    }

    /// How many commands there are, undone ones included.
    pub fn len(&self) -> u32 {
        self.entries.len() as u32
    }

    /// Whether no command was ever run.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The commands up to the current revision with what they did, oldest first.
    pub fn past(&self) -> &[Entry<M>] {
        self.entries.get(..self.at).unwrap_or_default()
    }

    /// The undone commands, next to redo first.
    pub fn future(&self) -> &[Entry<M>] {
        self.entries.get(self.at..).unwrap_or_default()
    }

    /// Makes the next command one of its own, which undo takes back alone, even where it could merge with the last.
    pub fn set_apart(&mut self) {
        self.apart = true;
    }

    /// Runs a command, forgets what was undone, and returns the answer with the facts of this run alone.
    /// A refused command is not kept, and neither is anything undone lost by it.
    pub fn push(&mut self, command: M::Command) -> Result<Done<M>, M::Refusal> {
        let mut facts = Vec::new();
        let last = self.at.checked_sub(1).filter(|_| !self.apart).and_then(|i| self.entries.get(i));
        let merged = last.and_then(|last| M::merge(&last.command, &command));
        let revision = if merged.is_some() { self.at } else { self.at + 1 };
        let reply = self.now.run(revision as u32, &command, &mut facts)?;
        self.apart = false;
        self.entries.truncate(self.at);
        self.unsaved += 1 + facts.len();
        let wanted = self.unsaved * SHARE >= self.now.weight();
        let after = wanted.then(|| self.now.clone());
        if wanted {
            self.unsaved = 0;
        }
        if let (Some(merged), Some(last)) = (merged, self.entries.last_mut()) {
            Rc::make_mut(&mut last.facts).extend(facts.iter().cloned());
            last.command = merged;
            last.after = after;
        } else {
            self.at += 1;
            self.entries.push(Entry { command, facts: Rc::new(facts.clone()), after });
            self.thin();
        }
        Ok((reply, facts))
    }

    /// Goes to a revision; one past the end goes to the end. What comes next is a command of its own.
    pub fn seek(&mut self, revision: u32) {
        self.at = (revision as usize).min(self.entries.len());
        self.now = self.state_at(self.at as u32);
        if let Some(entry) = self.at.checked_sub(1).and_then(|i| self.entries.get_mut(i)) {
            entry.after = Some(self.now.clone());
        }
        self.unsaved = 0;
        self.apart = true;
        self.thin();
    }

    /// The machine as it was at a revision, without going there.
    pub fn state_at(&self, revision: u32) -> M {
        let target = (revision as usize).min(self.entries.len());
        let (from, mut state) = (1..=target)
            .rev()
            .find_map(|at| self.entries.get(at - 1)?.after.clone().map(|state| (at, state)))
            .unwrap_or_else(|| (0, self.start.clone()));
        let mut facts = Vec::new();
        for (index, entry) in self.entries.iter().enumerate().take(target).skip(from) {
            // A command that was accepted once is accepted again: the machine is deterministic.
            let _ = state.run(index as u32 + 1, &entry.command, &mut facts);
            facts.clear();
        }
        state
    }

    /// Takes the last command back; false at the start.
    pub fn undo(&mut self) -> bool {
        let can = self.at > 0;
        if can {
            self.seek(self.at as u32 - 1);
        }
        can
    }

    /// Runs the next undone command again; false when none waits.
    pub fn redo(&mut self) -> bool {
        let can = self.at < self.entries.len();
        if can {
            self.seek(self.at as u32 + 1);
        }
        can
    }

    /// Drops snapshots that are neither recent nor far enough from the one before.
    fn thin(&mut self) {
        let apart = APART.max(self.now.weight() / 2);
        let Some(old) = self.at.checked_sub(RECENT) else { return };
        let floor = old.saturating_sub(RECENT);
        let before = self.entries.iter().take(floor).rev().take_while(|entry| entry.after.is_none());
        let mut work = 0;
        for entry in before {
            work += entry.work();
            if work >= apart {
                break;
            }
        }
        for entry in self.entries.iter_mut().take(old).skip(floor) {
            work += entry.work();
            if entry.after.is_some() && work < apart {
                entry.after = None;
            } else if entry.after.is_some() {
                work = 0;
            }
        }
    }
}

impl<M: Machine> Entry<M> {
    fn work(&self) -> usize {
        1 + self.facts.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A counter that adds, and merges neighbouring additions of the same sign.
    #[derive(Clone, Debug, PartialEq)]
    struct Sum(i64);

    impl Machine for Sum {
        type Command = i64;
        type Fact = i64;
        type Reply = ();
        type Refusal = &'static str;
        fn run(&mut self, _: u32, command: &i64, facts: &mut Vec<i64>) -> Result<(), &'static str> {
            if *command == 0 {
                return Err("nothing to add");
            }
            for _ in 0..command.abs() {
                self.0 += command.signum();
                facts.push(self.0);
            }
            Ok(())
        }
        fn merge(last: &i64, next: &i64) -> Option<i64> {
            (*last > 0 && *next > 0).then_some(last + next)
        }
        fn weight(&self) -> usize {
            1
        }
    }

    #[test]
    fn undo_redo_seek_and_fork() {
        let mut history = History::new(Sum(0));
        for command in [-3, -2, -4] {
            history.push(command).unwrap();
        }
        assert_eq!((history.now().0, history.revision()), (-9, 3));
        assert!(history.undo());
        assert_eq!((history.now().0, history.future().len()), (-5, 1));
        let mut fork = history.clone();
        assert_eq!(fork.push(0), Err("nothing to add"));
        assert_eq!(fork.future().len(), 1, "a refused command keeps what could be redone");
        fork.push(1).unwrap();
        assert!(history.redo());
        assert!(!history.redo());
        assert_eq!((history.now().0, fork.now().0, fork.len()), (-9, -4, 3));
        history.seek(0);
        assert_eq!(history.now().0, 0);
        assert!(!history.undo());
        history.seek(99);
        assert_eq!(history.revision(), 3);
    }

    #[test]
    fn neighbours_merge_into_one_command_with_all_facts() {
        let mut history = History::new(Sum(0));
        history.push(2).unwrap();
        assert_eq!(history.push(3), Ok(((), alloc::vec![3, 4, 5])));
        assert_eq!(history.len(), 1);
        assert_eq!(history.past()[0].command, 5);
        assert_eq!(*history.past()[0].facts, [1, 2, 3, 4, 5]);
        history.undo();
        assert_eq!(history.now().0, 0);
    }

    #[test]
    fn what_is_set_apart_is_a_command_of_its_own() {
        let mut history = History::new(Sum(0));
        history.push(2).unwrap();
        history.set_apart();
        assert_eq!(history.push(0), Err("nothing to add"));
        history.push(3).unwrap();
        history.push(1).unwrap();
        let commands = |history: &History<Sum>| history.past().iter().map(|own| own.command).collect::<Vec<_>>();
        assert_eq!(commands(&history), [2, 4], "a refusal leaves them apart, and what follows merges again");
        history.undo();
        assert_eq!((history.now().0, history.future().len()), (2, 1));
        history.redo();
        history.push(5).unwrap();
        assert_eq!(commands(&history), [2, 4, 5], "what was undone and done again is whole");
    }

    #[test]
    fn seek_is_replay_at_every_revision_of_a_long_log() {
        let mut history = History::new(Sum(0));
        let mut model = alloc::vec![0];
        for n in 0..500i64 {
            history.push(-1 - n % 3).unwrap();
            model.push(model[n as usize] - 1 - n % 3);
        }
        for revision in [500, 0, 31, 32, 33, 250, 435, 436, 437, 499] {
            history.seek(revision);
            assert_eq!(history.now().0, model[revision as usize], "at {revision}");
        }
        let kept = history.entries.iter().filter(|entry| entry.after.is_some()).count();
        assert!(kept <= RECENT * 2 + 1500 / APART + 12, "{kept} snapshots kept");
    }
}
