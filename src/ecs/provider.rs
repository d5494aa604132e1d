//! Capacity providers, as ECS remembers them: of Auto Scaling groups and of Managed Instances.

use super::Ecs;
use super::managed::Managed;
use super::pool::Pool;
use alloc::rc::Rc;
use alloc::string::String;
use serde_json::Value;

/// A capacity provider that somebody made.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its place in the order of creation, from 1.
    pub number: u32,
    /// `autoScalingGroupProvider`, with AWS's defaults, or `managedInstancesProvider`.
    pub document: Value,
    /// Its tags.
    pub tags: Value,
    /// `updateStatus` with its reason, once it was changed.
    pub update: Option<(&'static str, String)>,
    /// What managed scaling remembers.
    pub managed: Managed,
    /// The instances that ECS launches itself; none of an Auto Scaling group.
    pub pool: Option<Rc<Pool>>,
}

impl Provider {
    /// Whether it is ACTIVE; INACTIVE once deleted.
    pub fn active(&self) -> bool {
        !self.updates("DELETE_COMPLETE")
    }

    /// Whether it may be used: one of Managed Instances takes a while to be made.
    pub fn usable(&self) -> bool {
        self.active() && !self.deleting() && !self.updates("CREATE_IN_PROGRESS")
    }

    /// Whether tasks wait for it where it has no room.
    pub fn waits(&self) -> bool {
        self.scales() || self.pool.is_some()
    }

    /// Whether it is on its way out.
    pub fn deleting(&self) -> bool {
        self.updates("DELETE_IN_PROGRESS")
    }

    fn updates(&self, status: &str) -> bool {
        self.update.as_ref().is_some_and(|update| update.0 == status)
    }

    /// Whether its managed scaling is on.
    pub fn scales(&self) -> bool {
        self.active() && self.document["managedScaling"]["status"] == "ENABLED"
    }
}

impl Ecs {
    pub(super) fn provider_mut(&mut self, number: u32) -> Option<&mut Provider> {
        self.providers.iter_mut().find(|(_, own)| own.number == number).map(|(_, own)| own)
    }

    /// The capacity provider with that number, and its name.
    pub fn provider(&self, number: u32) -> Option<(&str, &Provider)> {
        self.providers.iter().find(|(_, own)| own.number == number).map(|(name, own)| (name.as_str(), own))
    }
}
