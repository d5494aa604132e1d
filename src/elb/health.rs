//! When a target changes its health: reckoned, and one event scheduled then.

use super::{Elb, Finding, Kind, Target, TargetState, probe};
use crate::event::{Cx, Ec2Id, Event, FactKind, TargetKey, TaskKey};
use crate::rooms::Rooms;
use crate::sim::{SimDuration, SimTime};
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

impl Finding {
    /// Whether there are probes at all.
    pub fn is_probed(self) -> bool {
        !matches!(self, Finding::NotInUse | Finding::ZoneNotEnabled | Finding::Stopped | Finding::Terminated)
    }
}

impl Target {
    /// The reason code of its state and the description, as the service words them (LB-08); none when healthy.
    pub fn reason(&self) -> Option<(&'static str, String)> {
        let (code, description) = match (self.state, self.finding) {
            (TargetState::Healthy, _) => return None,
            (TargetState::Draining, _) => ("Target.DeregistrationInProgress", "Target deregistration is in progress"),
            (_, Finding::NotInUse) => {
                ("Target.NotInUse", "Target group is not configured to receive traffic from the load balancer")
            }
            (_, Finding::ZoneNotEnabled) => {
                ("Target.NotInUse", "Target is in an Availability Zone that is not enabled for the load balancer")
            }
            (_, Finding::Stopped) => ("Target.InvalidState", "Target is in the stopped state"),
            (_, Finding::Terminated) => ("Target.InvalidState", "Target is in the terminated state"),
            (TargetState::Initial, _) if self.probed => {
                ("Elb.InitialHealthChecking", "Initial health checks in progress")
            }
            (TargetState::Initial, _) => ("Elb.RegistrationInProgress", "Target registration is in progress"),
            (_, Finding::Code(code)) => {
                let text = alloc::format!("Health checks failed with these codes: [{code}]");
                return Some(("Target.ResponseCodeMismatch", text));
            }
            (_, Finding::Timeout) => ("Target.Timeout", "Request timed out"),
            (_, Finding::Pass | Finding::Refused) => ("Target.FailedHealthChecks", "Health checks failed"),
        };
        Some((code, String::from(description)))
    }
}

/// Looks at a target anew: what a probe finds now, what that makes of its state, and when it changes next by itself.
pub fn refresh(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>, key: TargetKey) {
    let now = cx.now();
    let Some(group) = elb.group(key.group) else { return };
    let Some(target) = elb.target(key).filter(|own| own.state != TargetState::Draining) else { return };
    let balancer = group.balancer.and_then(|id| elb.balancer(id));
    let (finding, until) = probe::find(rooms, balancer, group, target, now);
    let (check, before) = (&group.check, target.finding);
    let interval = SimDuration::from_secs(check.interval.into());
    let (healthy, unhealthy) = (check.healthy, check.unhealthy);
    // An Application Load Balancer takes a new target's first passed probe, a Network Load Balancer asks for all.
    let first = if balancer.is_some_and(|own| own.kind == Kind::Network) { healthy } else { 1 };
    let active = balancer.is_some_and(|own| own.active);
    let Some(target) = elb.targets.get_mut(&key).map(Rc::make_mut) else { return };
    let was = target.state;
    target.timer += 1;
    target.finding = finding;
    if !finding.is_probed() || !active {
        target.state = if finding.is_probed() { TargetState::Initial } else { TargetState::Unused };
        (target.since, target.turned, target.probed) = (now, now, false);
        return changed(elb, cx, key, was);
    }
    if !before.is_probed() {
        (target.since, target.turned, target.state) = (now, now, TargetState::Initial);
    } else if (before == Finding::Pass) != (finding == Finding::Pass) {
        target.turned = now;
    }
    let passes = finding == Finding::Pass;
    let probe_at = |number: i64| target.since + SimDuration::from_millis(interval.as_millis() * number);
    target.probed |= probe_at(1) <= now;
    let (needed, next) = match (target.state, passes) {
        (TargetState::Initial, true) => (Some(first), TargetState::Healthy),
        (TargetState::Unhealthy, true) => (Some(healthy), TargetState::Healthy),
        (TargetState::Initial | TargetState::Healthy, false) => (Some(unhealthy), TargetState::Unhealthy),
        _ => (None, target.state),
    };
    // The first probe that counts comes after the moment at which they began to find this.
    let begun = (target.turned - target.since).as_millis() / interval.as_millis().max(1);
    let mut crossing = needed.map(|needed| probe_at(begun + i64::from(needed)));
    if crossing.is_some_and(|at| at <= now) {
        (target.state, crossing) = (next, None);
    }
    let first_probe = Some(probe_at(1)).filter(|_| !target.probed);
    let due: Option<SimTime> = [crossing, until, first_probe].into_iter().flatten().filter(|at| *at > now).min();
    let timer = target.timer;
    changed(elb, cx, key, was);
    if let Some(due) = due {
        cx.schedule(due - now, Event::TargetStep { target: key, timer });
    }
}

/// The moment has come for which the newest plan of a target was made.
pub fn step(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>, key: TargetKey, timer: u32) {
    let Some(target) = elb.target(key).filter(|own| own.timer == timer) else { return };
    match target.drained {
        Some(at) if at <= cx.now() => remove(elb, cx, key),
        _ => refresh(elb, rooms, cx, key),
    }
}

/// A target begins to drain; one that gets no traffic goes at once.
pub fn drain(elb: &mut Elb, cx: &mut Cx<'_>, key: TargetKey) {
    let delay = elb.group(key.group).and_then(|own| own.attribute("deregistration_delay.timeout_seconds").parse().ok());
    let Some(target) = elb.targets.get_mut(&key).map(Rc::make_mut) else { return };
    let was = target.state;
    if was == TargetState::Draining {
        return;
    }
    let delay = SimDuration::from_secs(delay.unwrap_or(300));
    if was == TargetState::Unused || delay == SimDuration::ZERO {
        return remove(elb, cx, key);
    }
    target.timer += 1;
    (target.state, target.drained) = (TargetState::Draining, Some(cx.now() + delay));
    let timer = target.timer;
    changed(elb, cx, key, was);
    cx.schedule(delay, Event::TargetStep { target: key, timer });
}

/// A target is gone.
pub fn remove(elb: &mut Elb, cx: &mut Cx<'_>, key: TargetKey) {
    let Some(target) = elb.targets.remove(&key) else { return };
    let group = elb.group(key.group).map(|own| own.name.clone()).unwrap_or_default();
    cx.emit(FactKind::TargetHealth { group, target: label(&target), state: "gone", reason: "" });
    elb.loose.remove(&key);
    if let Some(task) = target.task {
        elb.of_tasks.remove(&(task, key));
        tell(cx, &target, task);
    }
}

/// Records a change of state, and tells the task's service.
fn changed(elb: &Elb, cx: &mut Cx<'_>, key: TargetKey, was: TargetState) {
    let Some(target) = elb.target(key).filter(|own| own.state != was) else { return };
    let group = elb.group(key.group).map(|own| own.name.clone()).unwrap_or_default();
    let reason = target.reason().map_or("", |(code, _)| code);
    cx.emit(FactKind::TargetHealth { group, target: label(target), state: target.state.name(), reason });
    if let Some(task) = target.task {
        tell(cx, target, task);
    }
}

/// Tells a service what became of a target that it registered.
fn tell(cx: &mut Cx<'_>, target: &Target, task: TaskKey) {
    if target.by_service.is_some() {
        cx.schedule(SimDuration::ZERO, Event::TargetHealth(task));
    }
}

fn label(target: &Target) -> String {
    alloc::format!("{}:{}", target.id, target.port)
}

/// Something about a task changed.
pub fn task_changed(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>, task: TaskKey) {
    let low = TargetKey { group: 0, number: 0 };
    let high = TargetKey { group: u32::MAX, number: u32::MAX };
    let mut keys: Vec<TargetKey> = elb.of_tasks.range(&(task, low), &(task, high)).map(|own| own.0.1).collect();
    if let Some(own) = rooms.ecs.task(task) {
        let leads = |key: &&TargetKey| {
            elb.target(**key).is_some_and(|target| probe::leads_to(&rooms.ecs, elb.vpc_of(**key), target, own))
        };
        let loose = elb.loose.iter().filter(leads);
        let found: Vec<TargetKey> = loose.copied().collect();
        for key in &found {
            bind(elb, *key, Some(task));
        }
        keys.extend(found);
    }
    for key in keys {
        // Who registered a target by hand means the place, not the task that happened to be there.
        let by_hand = |own: &&Target| own.by_service.is_none();
        let vpc = elb.vpc_of(key);
        let left = |own: &Target| !rooms.ecs.task(task).is_some_and(|task| probe::leads_to(&rooms.ecs, vpc, own, task));
        if elb.target(key).filter(by_hand).is_some_and(left) {
            bind(elb, key, None);
        }
        refresh(elb, rooms, cx, key);
    }
}

/// Notes which task answers at a target.
pub fn bind(elb: &mut Elb, key: TargetKey, task: Option<TaskKey>) {
    let Some(target) = elb.targets.get_mut(&key).map(Rc::make_mut) else { return };
    if let Some(before) = core::mem::replace(&mut target.task, task) {
        elb.of_tasks.remove(&(before, key));
    }
    match task {
        Some(task) => {
            elb.of_tasks.insert((task, key), ());
            elb.loose.remove(&key);
        }
        None => {
            elb.loose.insert(key);
        }
    }
}

/// An EC2 instance is up or down.
pub fn host_changed(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>, host: Ec2Id) {
    refresh_some(elb, rooms, cx, |_, target| target.host == Some(host));
}

/// What probes find may have changed for any target.
pub fn refresh_all(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>) {
    refresh_some(elb, rooms, cx, |_, _| true);
}

/// Looks at the targets of a group anew; counting begins again when the probes themselves changed.
pub fn refresh_group(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>, group: u32, recount: bool) {
    let keys: Vec<TargetKey> = elb.keyed(group).map(|(key, _)| key).collect();
    for key in keys {
        if let Some(target) = elb.targets.get_mut(&key).map(Rc::make_mut).filter(|_| recount) {
            (target.since, target.turned) = (cx.now(), cx.now());
        }
        refresh(elb, rooms, cx, key);
    }
}

fn refresh_some(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>, fits: impl Fn(TargetKey, &Target) -> bool) {
    let keys: Vec<TargetKey> = elb.targets.iter().filter(|(key, own)| fits(**key, own)).map(|(key, _)| *key).collect();
    for key in keys {
        refresh(elb, rooms, cx, key);
    }
}

/// Finds out which load balancer uses each target group, after listeners, rules or deployments changed; the targets of
/// groups for which that changed are looked at anew.
pub fn relink(elb: &mut Elb, rooms: &Rooms, cx: &mut Cx<'_>) {
    let mut users: Vec<(u32, u32)> = Vec::new();
    for balancer in elb.load_balancers() {
        let rules = balancer.listeners.iter().flat_map(|listener| &listener.rules);
        for (arn, _) in rules.flat_map(|rule| rule.forwards_to()) {
            users.extend(elb.target_group(arn).map(|group| (group.id, balancer.id)));
        }
    }
    // CDP-01: CodeDeploy's green group is checked before a listener leads there.
    for own in rooms.codedeploy.deployments().filter(|own| own.is_active()) {
        let listener = own.pair()["prodTrafficRoute"]["listenerArns"][0].as_str();
        let balancer = listener.and_then(|arn| elb.listener(arn)).map(|(own, _)| own.id);
        let green = own.set["loadBalancers"][0]["targetGroupArn"].as_str().and_then(|arn| elb.target_group(arn));
        users.extend(green.zip(balancer).map(|(group, balancer)| (group.id, balancer)));
    }
    let ids: Vec<u32> = elb.groups.keys().copied().collect();
    for id in ids {
        let user = users.iter().find(|(group, _)| *group == id).map(|(_, balancer)| *balancer);
        if elb.group(id).is_some_and(|own| own.balancer != user) {
            if let Some(group) = elb.groups.get_mut(&id).map(Rc::make_mut) {
                group.balancer = user;
            }
            refresh_group(elb, rooms, cx, id, false);
        }
    }
}
