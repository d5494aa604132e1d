//! The contract with services: what ECS asks by events, and what it is told.

use super::*;
use crate::aws::arn::Account;
use crate::ecs;
use crate::event::{Cause, FactKind, HexId, Kernel, Options, TaskKey};
use crate::placement::Ties;
use crate::sim::SimTime;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::json;

/// All rooms with a clock; it notes what ECS is told.
struct World {
    rooms: Rooms,
    kernel: Kernel,
    told: Vec<(i64, TaskKey)>,
}

impl World {
    fn new() -> Self {
        let options = Options { account: Account::default(), ties: Ties::default() };
        let kernel = Kernel::new(SimTime::from_millis(0), 1, options);
        let mut world = Self { rooms: Rooms::default(), kernel, told: Vec::new() };
        world.ecs("CreateCluster", json!({ "clusterName": "prod" }));
        world
    }

    fn with<T>(&mut self, work: impl FnOnce(&mut Rooms, &mut Cx<'_>) -> T) -> T {
        let mut facts = Vec::new();
        let mut cx = Cx { kernel: &mut self.kernel, facts: &mut facts, cause: Cause::Command(1), trace: None };
        work(&mut self.rooms, &mut cx)
    }

    fn ecs(&mut self, operation: &str, input: Value) -> Value {
        self.with(|rooms, cx| {
            rooms.lend(|rooms| &mut rooms.ecs, |ecs, rooms| ecs::call(ecs, rooms, cx, operation, &input)).unwrap()
        })
    }

    fn elb(&mut self, operation: &str, input: Value) -> Value {
        self.with(|rooms, cx| {
            rooms.lend(|rooms| &mut rooms.elb, |elb, rooms| call(elb, rooms, cx, operation, &input)).unwrap()
        })
    }

    /// Lets seconds pass.
    fn wait(&mut self, seconds: i64) {
        let until = self.kernel.now + SimDuration::from_secs(seconds);
        while let Some((at, (_, event))) = self.kernel.queue.pop_due(until) {
            self.kernel.now = at;
            if let Event::TargetHealth(task) = event {
                self.told.push((at.as_millis() / 1000, task));
            }
            let mut facts: Vec<crate::event::Fact> = Vec::new();
            let mut cx = Cx { kernel: &mut self.kernel, facts: &mut facts, cause: Cause::Command(1), trace: None };
            let rooms = &mut self.rooms;
            rooms.lend(|rooms| &mut rooms.ec2, |ec2, rooms| crate::ec2::on_event(ec2, rooms, &mut cx, event));
            rooms.lend(|rooms| &mut rooms.ecs, |ecs, rooms| ecs::on_event(ecs, rooms, &mut cx, event));
            rooms.lend(|rooms| &mut rooms.elb, |elb, rooms| on_event(elb, rooms, &mut cx, event));
            let known = facts.iter().all(|fact| !matches!(&fact.kind, FactKind::Fault { .. }));
            assert!(known, "nothing goes wrong by itself");
        }
        self.kernel.now = until;
    }

    /// Runs a task on Fargate until it is RUNNING.
    fn task(&mut self) -> TaskKey {
        let container = json!({ "name": "app", "image": "nginx", "portMappings": [{ "containerPort": 80 }] });
        self.ecs(
            "RegisterTaskDefinition",
            json!({ "family": "api", "containerDefinitions": [container], "networkMode": "awsvpc", "cpu": "256",
                    "memory": "512", "requiresCompatibilities": ["FARGATE"] }),
        );
        let network =
            json!({ "awsvpcConfiguration": { "subnets": ["subnet-0ec51ab00000000a0"], "assignPublicIp": "ENABLED" } });
        let reply = self.ecs(
            "RunTask",
            json!({ "cluster": "prod", "taskDefinition": "api", "launchType": "FARGATE", "networkConfiguration": network }),
        );
        self.wait(300);
        let arn = reply["tasks"][0]["taskArn"].as_str().unwrap();
        let id: HexId = arn.rsplit('/').next().unwrap().parse().unwrap();
        let cluster = self.rooms.ecs.cluster("prod").unwrap().id;
        TaskKey { cluster, id }
    }

    /// A target group behind an active load balancer.
    fn group(&mut self, kind: &str) -> u32 {
        let made = self.elb(
            "CreateTargetGroup",
            json!({ "Name": "web", "Protocol": "HTTP", "Port": 80, "VpcId": "vpc-0ec51ab0000000001", "TargetType": kind }),
        );
        let group = made["TargetGroups"][0]["TargetGroupArn"].as_str().unwrap().to_string();
        let subnets = ["subnet-0ec51ab00000000a0", "subnet-0ec51ab00000000a1"];
        let made = self.elb("CreateLoadBalancer", json!({ "Name": "web", "Subnets": subnets }));
        let actions = json!([{ "Type": "forward", "TargetGroupArn": group }]);
        let balancer = made["LoadBalancers"][0]["LoadBalancerArn"].clone();
        self.elb(
            "CreateListener",
            json!({ "LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": 80, "DefaultActions": actions }),
        );
        self.wait(120);
        self.rooms.elb.target_group(&group).unwrap().id
    }

    fn ask(&mut self, event: Event) {
        self.with(|_, cx| cx.schedule(SimDuration::ZERO, event));
        self.wait(0);
    }

    fn state(&self, group: u32, task: TaskKey) -> Option<TargetState> {
        self.rooms.elb.health_of(group, task).map(|own| own.state)
    }
}

#[test]
fn lb_08_a_service_is_told_of_each_change_of_its_target() {
    let mut world = World::new();
    let (task, group) = (world.task(), world.group("ip"));
    let from = world.kernel.now.as_millis() / 1000;
    world.ask(Event::TargetsRegister { group, task, container: 0, port: 80 });
    assert_eq!(world.state(group, task), Some(TargetState::Initial));
    let own = world.rooms.elb.health_of(group, task).unwrap();
    assert_eq!((own.port, own.zone.as_str()), (80, "us-east-1a"));
    world.wait(30);
    assert_eq!(world.state(group, task), Some(TargetState::Healthy));
    // The same again changes nothing.
    world.ask(Event::TargetsRegister { group, task, container: 0, port: 80 });
    assert_eq!(world.state(group, task), Some(TargetState::Healthy));
    world.ask(Event::TargetsDeregister { group, task, container: 0, port: 80 });
    assert_eq!(world.state(group, task), Some(TargetState::Draining));
    world.wait(300);
    assert_eq!(world.state(group, task), None);
    let told: Vec<i64> = world
        .told
        .iter()
        .map(|(at, own)| (at - from, *own))
        .map(|(at, own)| {
            assert_eq!(own, task);
            at
        })
        .collect();
    assert_eq!(told, [0, 30, 30, 330]);
}

#[test]
fn what_cannot_be_registered_or_deregistered_is_told_at_once() {
    let mut world = World::new();
    let (task, group) = (world.task(), world.group("instance"));
    world.ask(Event::TargetsRegister { group, task, container: 0, port: 80 });
    world.ask(Event::TargetsRegister { group: 77, task, container: 0, port: 80 });
    world.ask(Event::TargetsDeregister { group, task, container: 0, port: 80 });
    assert_eq!((world.told.len(), world.state(group, task)), (3, None));
}

#[test]
fn a_deleted_group_tells_its_services() {
    let mut world = World::new();
    let (task, group) = (world.task(), world.group("ip"));
    world.ask(Event::TargetsRegister { group, task, container: 0, port: 80 });
    world.told.clear();
    let arn = world.rooms.elb.group(group).unwrap().arn.clone();
    let balancer = world.rooms.elb.load_balancers().next().unwrap().arn.clone();
    world.elb("DeleteLoadBalancer", json!({ "LoadBalancerArn": balancer }));
    assert_eq!(world.state(group, task), Some(TargetState::Unused));
    world.elb("DeleteTargetGroup", json!({ "TargetGroupArn": arn }));
    world.wait(0);
    assert_eq!((world.state(group, task), world.told.len()), (None, 2));
}

/// 6.9: what stands still costs nothing.
#[test]
fn a_steady_target_has_no_events() {
    let mut world = World::new();
    let (task, group) = (world.task(), world.group("ip"));
    world.ask(Event::TargetsRegister { group, task, container: 0, port: 80 });
    world.wait(60);
    let waiting: Vec<String> = world.kernel.queue.iter().map(|(_, (_, event))| alloc::format!("{event:?}")).collect();
    assert_eq!(waiting, [""; 0]);
}
