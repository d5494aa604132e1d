//! What CodeDeploy remembers.

use crate::ecs::service::Route;
use crate::event::ServiceKey;
use crate::sim::SimTime;
use crate::sim::sorted::Map;
use alloc::rc::Rc;
use alloc::string::String;
use serde_json::Value;

/// The whole room.
#[derive(Clone, Default)]
pub struct CodeDeploy {
    pub(super) applications: Map<String, Rc<Application>>,
    /// By application and name.
    pub(super) groups: Map<(String, String), Rc<Group>>,
    /// By number, which is the order of creation.
    pub(super) deployments: Map<u32, Rc<Deployment>>,
}

/// An application: a name for deployment groups.
#[derive(Clone, Debug)]
pub struct Application {
    /// applicationId.
    pub id: String,
    /// When it was made.
    pub created: SimTime,
}

/// A deployment group: which service, which listeners and target groups, in which role.
#[derive(Clone, Debug)]
pub struct Group {
    /// deploymentGroupId.
    pub id: String,
    /// Its settings as GetDeploymentGroup shows them.
    pub document: Value,
}

/// Where a deployment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// The green task set comes up.
    Install,
    /// Test traffic goes to it; it waits until somebody goes on, if it is told to.
    Ready,
    /// Production traffic moves.
    Shift,
    /// All of it has moved; both task sets run.
    Wait,
    /// Over, however it ended.
    Over,
}

/// A deployment.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// Its place in the order of creation.
    pub number: u32,
    /// deploymentId.
    pub id: String,
    /// Its application and its group.
    pub of: (String, String),
    /// The group's settings when it began, with its own configuration.
    pub group: Value,
    /// The request.
    pub given: Value,
    /// creator.
    pub creator: &'static str,
    /// Its status in AWS's word.
    pub status: &'static str,
    /// errorInformation: code and message.
    pub error: Option<(&'static str, String)>,
    /// rollbackInfo.
    pub rollback: Value,
    /// When it was made.
    pub created: SimTime,
    /// When its target last changed.
    pub updated: SimTime,
    /// When it was over.
    pub completed: Option<SimTime>,
    /// Its service.
    pub service: ServiceKey,
    /// The task set that serves as it begins, by its digits.
    pub blue: u64,
    /// What the green task set is made of: members of CreateTaskSet.
    pub set: Value,
    /// Where it stands.
    pub phase: Phase,
    /// When each phase but the last began.
    pub began: [Option<SimTime>; 4],
    /// How many lifecycle events were behind it when it was over.
    pub passed: usize,
    /// How much of the production traffic goes to the green task set, in percent.
    pub percent: u16,
    /// When time alone takes it further.
    pub due: Option<SimTime>,
    /// When it is given up, while the green task set comes up.
    pub deadline: SimTime,
    /// Counts the plans for its next step; only the newest holds.
    pub(super) timer: u32,
    /// Where it last had listeners led.
    pub routes: Rc<[Route]>,
}

impl CodeDeploy {
    /// One deployment by its number.
    pub fn deployment(&self, number: u32) -> Option<&Rc<Deployment>> {
        self.deployments.get(&number)
    }

    /// All deployments in the order of creation.
    pub fn deployments(&self) -> impl DoubleEndedIterator<Item = &Rc<Deployment>> {
        self.deployments.values()
    }

    /// How many entities a snapshot holds.
    pub fn weight(&self) -> usize {
        self.applications.len() + self.groups.len() + self.deployments.len()
    }

    /// A deployment, which changes now.
    pub(super) fn change(&mut self, number: u32, now: SimTime) -> Option<&mut Deployment> {
        let own = self.deployments.get_mut(&number).map(Rc::make_mut)?;
        own.updated = now;
        Some(own)
    }
}

impl Deployment {
    /// Whether it goes on.
    pub fn is_active(&self) -> bool {
        self.phase != Phase::Over
    }

    /// A phase begins, unless it goes on.
    pub(super) fn begins(&mut self, phase: Phase, now: SimTime) {
        if let Some(at) = self.began.get_mut(phase as usize) {
            at.get_or_insert(now);
        }
    }

    /// The pair of target groups, the listeners for production and test traffic.
    pub fn pair(&self) -> &Value {
        &self.group["loadBalancerInfo"]["targetGroupPairInfoList"][0]
    }

    /// Its role.
    pub fn role(&self) -> &str {
        self.group["serviceRoleArn"].as_str().unwrap_or_default()
    }
}
