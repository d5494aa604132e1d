//! Capacity providers of Auto Scaling groups, as ECS remembers them.

use super::Ecs;
use super::managed::Managed;
use alloc::string::String;
use serde_json::Value;

/// A capacity provider of an Auto Scaling group.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its place in the order of creation, from 1.
    pub number: u32,
    /// `autoScalingGroupProvider`, with AWS's defaults.
    pub document: Value,
    /// Its tags.
    pub tags: Value,
    /// `updateStatus` with its reason, once it was changed.
    pub update: Option<(&'static str, String)>,
    /// What managed scaling remembers.
    pub managed: Managed,
}

impl Provider {
    /// Whether it is ACTIVE; INACTIVE once deleted.
    pub fn active(&self) -> bool {
        !self.updates("DELETE_COMPLETE")
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
    /// The capacity provider of an Auto Scaling group with that number, and its name.
    pub fn provider(&self, number: u32) -> Option<(&str, &Provider)> {
        self.providers.iter().find(|(_, own)| own.number == number).map(|(name, own)| (name.as_str(), own))
    }
}
