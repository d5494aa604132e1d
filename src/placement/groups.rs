//! How many tasks of each task group an instance runs.

use crate::sim::sorted::Map;
use alloc::boxed::Box;
use alloc::rc::Rc;

/// Task group → its tasks, in the order of the groups. No count is zero.
///
/// Most instances run tasks of one group. That one stands here and not on the heap: in a large fleet a placement feels
/// each further line that it touches.
#[derive(Clone, Debug, Default)]
pub enum Groups {
    /// No task.
    #[default]
    None,
    /// Tasks of one group.
    One(Rc<str>, u32),
    /// Tasks of several groups, now or before.
    Many(Box<Map<Rc<str>, u32>>),
}

impl Groups {
    /// The groups with their tasks.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u32)> {
        let (one, many) = match self {
            Self::None => (None, None),
            Self::One(group, tasks) => (Some((&**group, *tasks)), None),
            Self::Many(all) => (None, Some(all.iter().map(|(group, tasks)| (&**group, *tasks)))),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }

    /// The tasks of a group.
    pub fn count(&self, group: &str) -> u32 {
        match self {
            Self::One(own, tasks) if **own == *group => *tasks,
            Self::Many(all) => all.get(group).copied().unwrap_or(0),
            _ => 0,
        }
    }

    /// One more task of a group.
    pub fn add(&mut self, group: &Rc<str>) {
        match self {
            Self::One(own, tasks) if *own == *group => *tasks += 1,
            _ => self.insert(Rc::clone(group), self.count(group) + 1),
        }
    }

    /// One task of a group less.
    pub fn take(&mut self, group: &str) {
        match self {
            Self::One(own, tasks) if **own == *group => match tasks {
                1 => *self = Self::None,
                _ => *tasks -= 1,
            },
            Self::Many(all) => match all.get_mut(group) {
                Some(1) => _ = all.remove(group),
                Some(tasks) => *tasks -= 1,
                None => {}
            },
            _ => {}
        }
    }

    /// Sets the tasks of a group, at least one.
    pub fn insert(&mut self, group: Rc<str>, count: u32) {
        match self {
            Self::None => *self = Self::One(group, count),
            Self::One(own, tasks) if *own == group => *tasks = count,
            Self::One(own, tasks) => {
                *self = Self::Many(Box::new([(Rc::clone(own), *tasks), (group, count)].into()));
            }
            Self::Many(all) => _ = all.insert(group, count),
        }
    }
}

impl PartialEq for Groups {
    /// What is there counts, not how it is kept.
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl FromIterator<(Rc<str>, u32)> for Groups {
    fn from_iter<I: IntoIterator<Item = (Rc<str>, u32)>>(pairs: I) -> Self {
        let mut groups = Self::default();
        pairs.into_iter().for_each(|(group, count)| groups.insert(group, count));
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;
    use alloc::string::{String, ToString};
    use proptest::prelude::*;

    proptest! {
        /// The same as a map of counts under any tasks that come and go.
        #[test]
        fn st_03_counts_like_a_map(steps in proptest::collection::vec((0u8..4, any::<bool>()), 0..60)) {
            let (mut groups, mut model) = (Groups::default(), BTreeMap::<String, u32>::new());
            for (number, comes) in steps {
                let group: Rc<str> = number.to_string().into();
                if comes {
                    groups.add(&group);
                    *model.entry(group.to_string()).or_default() += 1;
                } else {
                    groups.take(&group);
                    model.entry(group.to_string()).and_modify(|tasks| *tasks = tasks.saturating_sub(1));
                    model.retain(|_, tasks| *tasks > 0);
                }
                prop_assert!(groups.iter().eq(model.iter().map(|(group, tasks)| (group.as_str(), *tasks))));
                prop_assert_eq!(groups.count(&group), model.get(&*group).copied().unwrap_or(0));
                let same: Groups = model.iter().map(|(group, tasks)| (group.as_str().into(), *tasks)).collect();
                prop_assert_eq!(&groups, &same);
            }
        }
    }
}
