//! A pool launches instances for the tasks that wait.

use super::plan::{Candidate, Launch, plan};
use super::{Machine, RETRY, allowed, pool_mut, say};
use crate::aws::object::object;
use crate::ec2::catalogue::InstanceType;
use crate::ec2::{self, Instance};
use crate::ecs::{Ecs, InstanceStatus, Provider, instance, service};
use crate::event::{Cx, Ec2Id, Event, FactKind};
use crate::iam::{Need, RoleState, Scene, role_state};
use crate::placement::{Host, Request};
use crate::rooms::Rooms;
use crate::sim::SimDuration;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// GiB of an instance's data volume where storageConfiguration does not say it.
const STORAGE: i64 = 80;
/// The name of the session in which ECS acts in the infrastructure role.
const SESSION: &str = "ECSManagedInstances";
const UNFULFILLABLE: &str = "UnfulfillableCapacity: Unable to fulfill capacity due to your request configuration. Please \
                             adjust your request and try again.";

/// What EC2 is asked for, in the form of RunInstances.
pub(super) fn input(name: &str, own: &Provider, cluster: &str, kind: &InstanceType, subnet: &str) -> Value {
    let template = &own.document["instanceLaunchTemplate"];
    let gpus = if kind.gpus > 0 { "\nECS_ENABLE_GPU_SUPPORT=true" } else { "" };
    let size = template["storageConfiguration"]["storageSizeGiB"].as_i64().unwrap_or(STORAGE);
    let volume = object!({ "DeviceName": "/dev/xvdb", "Ebs": object!({ "VolumeSize": size }) });
    let mut tags = alloc::vec![
        ("AmazonECSCreated", ""),
        ("AmazonECSManaged", "true"),
        ("aws:ec2:managed-launch", ec2::MANAGED_BY_ECS),
        ("aws:ecs:capacityProviderName", name),
        ("aws:ecs:clusterName", cluster),
    ];
    if own.document["propagateTags"] == "CAPACITY_PROVIDER" {
        let given = own.tags.as_array().into_iter().flatten();
        tags.extend(given.filter_map(|tag| Some((tag["key"].as_str()?, tag["value"].as_str().unwrap_or_default()))));
    }
    let tags: Vec<Value> = tags.into_iter().map(|(key, value)| object!({ "Key": key, "Value": value })).collect();
    let mut asked = object!({
        "InstanceType": kind.name,
        "MinCount": 1,
        "MaxCount": 1,
        "SubnetId": subnet,
        "IamInstanceProfile": object!({ "Arn": template["ec2InstanceProfileArn"].clone() }),
        "UserData": STANDARD.encode(format!("ECS_CLUSTER={cluster}{gpus}")),
        "Monitoring": object!({ "Enabled": template["monitoring"] == "DETAILED" }),
        "BlockDeviceMappings": alloc::vec![volume],
        "TagSpecifications": alloc::vec![object!({ "ResourceType": "instance", "Tags": tags })],
    });
    let groups = &template["networkConfiguration"]["securityGroups"];
    if groups.is_array() {
        asked["SecurityGroupIds"] = groups.clone();
    }
    if template["capacityOptionType"] == "SPOT" {
        asked["InstanceMarketOptions"] = object!({ "MarketType": "spot" });
    }
    asked
}

/// What could be launched, the smallest type of each subnet first; and why EC2 refuses some of it.
fn candidates(
    ecs: &Ecs,
    rooms: &Rooms,
    cx: &Cx<'_>,
    (name, own): (&str, &Provider),
    cluster: &str,
) -> (Vec<Candidate>, Option<String>) {
    let account = &cx.options().account;
    let template = &own.document["instanceLaunchTemplate"];
    let (mut all, mut refusal) = (Vec::new(), None);
    let kinds = allowed(&template["instanceRequirements"]);
    let subnets = template["networkConfiguration"]["subnets"].as_array().into_iter().flatten();
    for subnet in subnets.filter_map(Value::as_str) {
        let zone = rooms.ec2.network().zone_of(&account.region, subnet);
        let full = |kind: &InstanceType| zone.as_ref().is_some_and(|zone| rooms.ec2.is_exhausted(zone, kind.name));
        for kind in &kinds {
            // Only the first refusal is told. To write and read a request for each of hundreds of types takes long.
            if refusal.is_some() && full(kind) {
                continue;
            }
            let asked = input(name, own, cluster, kind, subnet);
            if let Err(refused) = ec2::launchable(&rooms.ec2, &account.region, &asked) {
                refusal.get_or_insert_with(|| refused.to_string());
                continue;
            }
            if let Some(made) = ec2::preview(&rooms.ec2, &account.region, &asked) {
                all.push(Candidate { kind, subnet: subnet.to_string(), host: host(ecs, cx, &made) });
            }
        }
    }
    (all, refusal)
}

fn host(ecs: &Ecs, cx: &Cx<'_>, made: &Instance) -> Host {
    instance::as_registered(made, instance::trunking(ecs, &cx.options().account, &made.profile))
}

/// Launches what the tasks that wait need; what cannot be launched is tried again, and said.
pub(super) fn launch(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, number: u32) {
    let now = cx.now();
    let waiting: Vec<Rc<Request>> =
        ecs.waiters.iter().filter(|own| own.provider == number).map(|own| own.placement.clone()).collect();
    let Some((name, own)) = ecs.provider(number).map(|(name, own)| (name.to_string(), own.clone())) else { return };
    let Some(pool) = own.pool.as_ref() else { return };
    let waits = pool.retry.is_some_and(|at| at > now);
    if waiting.is_empty() || own.deleting() || !own.active() {
        return settle(ecs, cx, number, None);
    }
    let cluster = instance::cluster_name(ecs, pool.cluster);
    if let Some(why) = barred(rooms, cx, &own) {
        if !waits {
            settle(ecs, cx, number, Some(why));
        }
        return;
    }
    let (candidates, refusal) = candidates(ecs, rooms, cx, (&name, &own), &cluster);
    let there =
        ecs.instances(pool.cluster).filter(|host| host.provider == number && host.status == InstanceStatus::Active);
    let there: Vec<&Host> = there.map(|own| &own.host).collect();
    let coming =
        pool.machines.iter().filter(|own| !own.ending && !own.registered && !ecs.checkpoints.contains_key(&own.id));
    let coming = coming.filter_map(|own| rooms.ec2.get(own.id)).map(|made| host(ecs, cx, made)).collect();
    let found = plan(&waiting, &candidates, &there, coming);
    for Launch { candidate, tasks } in found.launches {
        if let Some(own) = candidates.get(candidate) {
            begin(ecs, cx, number, own, tasks.len());
        }
    }
    let why = refusal.unwrap_or_else(|| UNFULFILLABLE.to_string());
    match found.unmet.is_empty() {
        true => settle(ecs, cx, number, None),
        false if waits => {}
        false => settle(ecs, cx, number, Some(why)),
    }
}

fn begin(ecs: &mut Ecs, cx: &mut Cx<'_>, number: u32, own: &Candidate, tasks: usize) {
    let id = Ec2Id(cx.draw("ec2-id"));
    let machine = Machine {
        id,
        kind: own.kind,
        subnet: own.subnet.clone(),
        launched: cx.now(),
        registered: false,
        idle: None,
        spare: None,
        drains: None,
        ending: false,
    };
    if let Some(pool) = pool_mut(ecs, number) {
        pool.machines.push(machine);
    }
    let (kind, zone) = (own.kind.name, &own.host.zone);
    let held = if tasks == 1 { "the task that waits".to_string() } else { format!("{tasks} tasks that wait") };
    let why = format!("is launched in {zone}: {kind} is the smallest of the types allowed there that holds {held}");
    say(ecs, cx, number, id, why);
    cx.schedule(SimDuration::ZERO, Event::PoolInstance(id));
}

/// Notes why nothing could be launched, or that nothing is in the way. The services whose tasks wait say it.
fn settle(ecs: &mut Ecs, cx: &mut Cx<'_>, number: u32, refusal: Option<String>) {
    let now = cx.now();
    let Some(name) = ecs.provider(number).map(|(name, _)| name.to_string()) else { return };
    let Some(pool) = pool_mut(ecs, number) else { return };
    pool.retry = refusal.is_some().then(|| now + RETRY);
    pool.refusal.clone_from(&refusal);
    let Some(why) = refusal else { return };
    cx.emit(FactKind::PoolRefused { provider: name.clone(), why: why.clone() });
    let mut said = Vec::new();
    for waiter in ecs.waiters.clone().into_iter().filter(|own| own.provider == number) {
        let owner = ecs.task(waiter.key).and_then(|task| task.request.owner).map(|owner| owner.service);
        let Some(key) = owner.filter(|key| !said.contains(key)) else { continue };
        said.push(key);
        let Some(service) = ecs.services.get(key).map(|own| own.name.clone()) else { continue };
        let message = format!("(service {service}) was unable to place a task. Reason: {}", reason(&name, &why));
        service::say(ecs, cx, key, message, None);
    }
}

/// Why a task does not start for want of an instance, in AWS's words.
pub fn reason(provider: &str, why: &str) -> String {
    format!("ResourceInitializationError: Unable to launch instance(s) for capacity provider {provider}. {why}")
}

/// What keeps ECS from launching instances in the infrastructure role.
fn barred(rooms: &Rooms, cx: &Cx<'_>, own: &Provider) -> Option<String> {
    let account = &cx.options().account;
    let template = &own.document["instanceLaunchTemplate"];
    let role = own.document["infrastructureRoleArn"].as_str().unwrap_or_default();
    if matches!(role_state(&rooms.iam, account, role, "ecs.amazonaws.com"), RoleState::Closed | RoleState::Gone) {
        return Some(format!("AccessDenied: ECS was unable to assume the role '{role}'."));
    }
    let scene = Scene { caller: "", account, now: cx.now() };
    let arn = |kind: &str| format!("arn:{}:ec2:{}:{}:{kind}/*", account.partition(), account.region, account.id);
    let mut needs =
        alloc::vec![Need::new("ec2:CreateFleet", arn("instance")), Need::new("ec2:RunInstances", arn("instance"))];
    for need in &mut needs {
        need.context.add("aws:RequestTag/AmazonECSManaged", "true");
    }
    let profile = template["ec2InstanceProfileArn"].as_str().and_then(|arn| arn.rsplit('/').next()).unwrap_or_default();
    let Some(instance_role) = rooms.iam.role_of_profile(profile) else {
        return Some(format!("InvalidParameterValue: The instance profile '{profile}' has no role."));
    };
    let mut pass = Need::new("iam:PassRole", account.principal(&format!("role/{instance_role}")));
    pass.context.add("iam:PassedToService", "ec2.amazonaws.com");
    needs.push(pass);
    let why = needs.iter().find_map(|need| rooms.iam.role_refusal(scene, role, SESSION, need))?;
    Some(format!("UnauthorizedOperation: You are not authorized to perform this operation. {why}"))
}
