//! The tasks that are targets of load balancers: of their changes load balancing hears.

use crate::event::{Cx, Event, TaskKey};
use crate::sim::SimDuration;
use crate::sim::sorted::Set;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    tasks: Set<TaskKey>,
    /// Somebody registered a target by hand: any task may come to answer there.
    all: bool,
}

impl Watch {
    /// Watches a task, or from now on all of them.
    pub fn add(&mut self, task: Option<TaskKey>) {
        match task {
            Some(task) => {
                self.tasks.insert(task);
            }
            None => self.all = true,
        }
    }

    /// The task is gone.
    pub fn forget(&mut self, task: TaskKey) {
        self.tasks.remove(&task);
    }
}

/// Something about a task changed that a probe may find.
pub fn changed(watch: &Watch, cx: &mut Cx<'_>, task: TaskKey) {
    if watch.all || watch.tasks.contains(&task) {
        cx.schedule(SimDuration::ZERO, Event::TargetTaskChanged(task));
    }
}
