//! Alarms that are no more, for those who look back.

use super::{Alarm, CloudWatch};
use crate::sim::SimTime;
use alloc::rc::Rc;

/// Former alarms that are remembered, the newest.
const KEPT: usize = 40;

/// An alarm as it was until it was deleted, or until PutMetricAlarm made another of it.
#[derive(Clone, Debug)]
pub struct Former {
    /// The alarm.
    pub alarm: Rc<Alarm>,
    /// Since when it is so no longer.
    pub until: SimTime,
}

impl CloudWatch {
    /// Alarms that were deleted or changed, in the order in which that happened.
    pub fn former_alarms(&self) -> impl Iterator<Item = &Former> {
        self.former.iter()
    }

    /// Deletes an alarm, if it is there.
    pub(super) fn delete(&mut self, name: &str, now: SimTime) {
        if let Some(alarm) = self.alarms.remove(name) {
            self.remember(alarm, now);
        }
    }

    /// Remembers what an alarm was.
    pub(super) fn remember(&mut self, alarm: Rc<Alarm>, until: SimTime) {
        if self.former.len() >= KEPT {
            self.former.remove(0);
        }
        self.former.push(Former { alarm, until });
    }
}
