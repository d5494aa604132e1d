//! Alarms over time: a call may have changed one, or deleted it.

use ecs_lab::cloudwatch::Alarm;
use ecs_lab::lab::Lab;
use ecs_lab::sim::SimTime;
use std::collections::BTreeMap;

/// What an alarm was from one moment to another; to none where it is so now.
#[derive(Clone, Copy)]
pub struct Version<'a> {
    pub alarm: &'a Alarm,
    pub from: SimTime,
    pub until: Option<SimTime>,
}

/// An alarm over time, the newest version last. There is one at least.
pub struct Course<'a>(Vec<Version<'a>>);

impl<'a> Course<'a> {
    /// The alarms of which a version is of interest, by name.
    pub fn all(lab: &'a Lab, is: impl Fn(&Alarm) -> bool) -> Vec<Self> {
        let cloudwatch = lab.world().cloudwatch();
        let former = cloudwatch.former_alarms().map(|own| (&*own.alarm, Some(own.until)));
        let mut all: BTreeMap<&str, Vec<Version<'a>>> = BTreeMap::new();
        for (alarm, until) in former.chain(cloudwatch.alarms().map(|own| (own, None))) {
            let versions = all.entry(&alarm.name).or_default();
            let from = versions.last().and_then(|own| own.until).unwrap_or_default();
            versions.push(Version { alarm, from, until });
        }
        let picked = all.into_values().map(|own| own.into_iter().filter(|own| is(own.alarm)).collect::<Vec<_>>());
        picked.filter(|own| !own.is_empty()).map(Self).collect()
    }

    /// An alarm that never changed.
    #[cfg(test)]
    pub fn steady(alarm: &'a Alarm) -> Self {
        Self(vec![Version { alarm, from: SimTime::default(), until: None }])
    }

    /// Its versions, the newest last.
    pub fn versions(&self) -> &[Version<'a>] {
        &self.0
    }

    /// What it is, or was at last.
    pub fn newest(&self) -> Option<&'a Alarm> {
        self.0.last().map(|own| own.alarm)
    }

    /// What it was at a moment.
    pub fn at(&self, at: SimTime) -> Option<&'a Alarm> {
        let there = |own: &&Version<'_>| own.from <= at && own.until.is_none_or(|until| at < until);
        self.0.iter().find(there).map(|own| own.alarm)
    }
}

/// The alarms that there were at a moment.
pub fn at<'a>(all: &[Course<'a>], at: SimTime) -> Vec<&'a Alarm> {
    all.iter().filter_map(|own| own.at(at)).collect()
}
