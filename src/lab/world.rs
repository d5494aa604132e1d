//! All state, and the loop that moves it.

use super::command::{ApiCall, Command};
use super::{Deadline, dispatch};
use crate::applicationautoscaling::ApplicationAutoScaling;
use crate::autoscaling::AutoScaling;
use crate::aws::{Account, ApiError};
use crate::cloudwatch::CloudWatch;
use crate::ec2::Ec2;
use crate::ecr::Ecr;
use crate::ecs::{Ecs, containers, roles};
use crate::elb::{self, Elb};
use crate::event::{Cause, Cx, Event, Explained, Fact, Kernel, Options, TaskKey};
use crate::iam::{self, Asked, Iam, Need, Scene, Verdict};
use crate::rooms::Rooms;
use crate::servicediscovery::ServiceDiscovery;
use crate::sim::{Machine, SimTime};
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// The account at one moment.
#[derive(Clone)]
pub struct World {
    kernel: Kernel,
    pub(super) rooms: Rooms,
}

impl World {
    /// A world in which nothing was done yet.
    pub(super) fn new(now: SimTime, seed: u64, options: Options) -> Self {
        let mut rooms = Rooms { iam: Iam::new(now), ..Rooms::default() };
        rooms.ecs.hear(&rooms.iam, &rooms.ecr, &options.account);
        Self { kernel: Kernel::new(now, seed, options), rooms }
    }

    /// The simulated clock.
    pub fn now(&self) -> SimTime {
        self.kernel.now
    }

    /// The lab's options.
    pub fn options(&self) -> &Options {
        &self.kernel.options
    }

    /// Application Auto Scaling's state.
    pub fn applicationautoscaling(&self) -> &ApplicationAutoScaling {
        &self.rooms.applicationautoscaling
    }

    /// EC2 Auto Scaling's state.
    pub fn autoscaling(&self) -> &AutoScaling {
        &self.rooms.autoscaling
    }

    /// The metrics and the alarms.
    pub fn cloudwatch(&self) -> &CloudWatch {
        &self.rooms.cloudwatch
    }

    /// EC2's state.
    pub fn ec2(&self) -> &Ec2 {
        &self.rooms.ec2
    }

    /// ECR's state.
    pub fn ecr(&self) -> &Ecr {
        &self.rooms.ecr
    }

    /// ECS's state.
    pub fn ecs(&self) -> &Ecs {
        &self.rooms.ecs
    }

    /// Elastic Load Balancing's state.
    pub fn elb(&self) -> &Elb {
        &self.rooms.elb
    }

    /// Where the listeners of a load balancer lead, and what blocks the way.
    pub fn traffic_path<'a>(&'a self, balancer: &'a elb::LoadBalancer) -> Vec<elb::path::ListenerPath<'a>> {
        elb::path::path(&self.rooms, balancer, self.kernel.now)
    }

    /// Cloud Map's state.
    pub fn servicediscovery(&self) -> &ServiceDiscovery {
        &self.rooms.servicediscovery
    }

    /// IAM's state.
    pub fn iam(&self) -> &Iam {
        &self.rooms.iam
    }

    /// What a call needs and what decides each need, for the page: who calls what.
    pub fn verdicts(&self, call: &ApiCall) -> Vec<Asked> {
        let scene = Scene { caller: call.caller(), account: &self.kernel.options.account, now: self.kernel.now };
        iam::verdicts(&self.rooms, scene, &call.service, &call.operation, &call.input)
    }

    /// What the roles of a task were asked for before its containers could start, and what decides, for the page.
    pub fn role_verdicts(&self, task: TaskKey) -> Vec<(String, Need, Option<Verdict>)> {
        let task = self.rooms.ecs.task(task);
        task.map(|task| roles::asked(&self.rooms.ecs, task, self.kernel.now)).unwrap_or_default()
    }

    /// Answers a call that only looks.
    pub fn read(&self, call: &ApiCall) -> Result<Value, ApiError> {
        dispatch::read(&self.rooms, &self.kernel.options.account, self.kernel.now, call)
    }

    /// A call that only looks, in another Region: identities are the same everywhere, of images there are the copies, and
    /// nobody has made anything else there.
    ///
    /// # Errors
    /// As of [`read`](Self::read).
    pub fn read_in(&self, region: &str, call: &ApiCall) -> Result<Value, ApiError> {
        let Kernel { now, options, .. } = &self.kernel;
        let account = Account { region: region.into(), ..options.account.clone() };
        let ecr = self.rooms.ecr.replica(region);
        let mut rooms = Rooms { iam: self.rooms.iam.clone(), ecr, ..Rooms::default() };
        rooms.ecs.hear(&rooms.iam, &rooms.ecr, &account);
        dispatch::read(&rooms, &account, *now, call)
    }

    /// Whether images are copied to another Region.
    pub fn replicates_to(&self, region: &str) -> bool {
        self.rooms.ecr.replicates_to(&self.kernel.options.account, region)
    }

    pub(super) fn digest(&self) -> String {
        self.kernel.digest()
    }

    pub(super) fn next_deadline(&self) -> Option<Deadline> {
        self.kernel.queue.peek().map(|(at, (_, event))| Deadline { at, why: event.label() })
    }

    /// When the next event comes that somebody may wait for.
    pub(super) fn next_step(&self) -> Option<SimTime> {
        let now = self.kernel.now;
        let waits = |event: &Event| match event {
            Event::TaskStep { task, .. } => !containers::goes_round(&self.rooms.ecs, *task, now),
            event => !event.is_housekeeping(),
        };
        self.kernel.queue.iter().filter(|(_, (_, event))| waits(event)).map(|(at, _)| at).min()
    }

    /// Runs a command as before, keeping every decision in full.
    pub(super) fn explain(&mut self, revision: u32, command: &Command) -> Vec<Explained> {
        let mut trace = Vec::new();
        // The command was accepted when it was first run, so it is accepted again.
        let _ = self.execute(revision, command, &mut Vec::new(), Some(&mut trace));
        trace
    }

    fn execute(
        &mut self,
        revision: u32,
        command: &Command,
        facts: &mut Vec<Fact>,
        mut trace: Option<&mut Vec<Explained>>,
    ) -> Result<Value, ApiError> {
        let before = self.kernel.begin(revision);
        let cause = Cause::Command(revision);
        match command {
            Command::Api(call) => {
                self.kernel.caller = call.caller.as_deref().map(Into::into);
                self.kernel.hand_over();
                let mut cx = Cx { kernel: &mut self.kernel, facts, cause, trace: trace.as_deref_mut() };
                let reply = dispatch::call(&mut self.rooms, &mut cx, call);
                self.kernel.caller = None;
                let reply = reply.inspect_err(|_| self.kernel.take_back(before))?;
                self.run_until(self.kernel.now, facts, trace);
                Ok(reply)
            }
            Command::Advance(span) => {
                let until = self.kernel.now + *span;
                self.run_until(until, facts, trace);
                self.kernel.now = until;
                Ok(Value::Null)
            }
        }
    }

    /// Handles every event that is due, in order.
    fn run_until(&mut self, until: SimTime, facts: &mut Vec<Fact>, mut trace: Option<&mut Vec<Explained>>) {
        while let Some((at, (cause, event))) = self.kernel.queue.pop_due(until) {
            self.kernel.now = at;
            self.kernel.hand_over();
            let mut cx = Cx { kernel: &mut self.kernel, facts, cause, trace: trace.as_deref_mut() };
            dispatch::event(&mut self.rooms, &mut cx, event);
        }
    }
}

impl Machine for World {
    type Command = Command;
    type Fact = Fact;
    type Reply = Value;
    type Refusal = ApiError;

    fn run(&mut self, revision: u32, command: &Command, facts: &mut Vec<Fact>) -> Result<Value, ApiError> {
        self.execute(revision, command, facts, None)
    }

    fn merge(last: &Command, next: &Command) -> Option<Command> {
        match (last, next) {
            (Command::Advance(first), Command::Advance(second)) => Some(Command::Advance(*first + *second)),
            _ => None,
        }
    }

    fn weight(&self) -> usize {
        self.rooms.ecs.weight()
            + self.rooms.ec2.len()
            + self.rooms.ecr.weight()
            + self.rooms.elb.weight()
            + self.rooms.codedeploy.weight()
    }
}
