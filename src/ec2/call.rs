//! The EC2 calls that the lab simulates. Inputs were checked against the model before.

use super::describe_instances::{description, reservation, state_value};
use super::launch::Launch;
use super::vpc::Asks;
use super::{
    Ec2, Instance, State, addresses, describe_gateways, describe_images, describe_instances, describe_network,
    describe_security, describe_status, describe_types, gateways, interfaces, internet, keys, network, places,
    security, tags, template, timing, vpc_calls,
};
use crate::aws::{Account, ApiError};
use crate::event::{Cx, Ec2Id, Event, FactKind};
use crate::rooms::Rooms;
use crate::sim::SimTime;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::ToString;
use alloc::vec::Vec;
use serde_json::{Value, json};

/// A call that changes something.
pub fn call(ec2: &mut Ec2, rooms: &Rooms, cx: &mut Cx<'_>, operation: &str, input: &Value) -> Result<Value, ApiError> {
    match operation {
        "RunInstances" => run_instances(ec2, cx, input),
        "TerminateInstances" => change(ec2, cx, input, "TerminatingInstances", State::Terminated),
        "StopInstances" => change(ec2, cx, input, "StoppingInstances", State::Stopped),
        "StartInstances" => change(ec2, cx, input, "StartingInstances", State::Running),
        _ => later_call(ec2, rooms, cx, operation, input),
    }
}

/// The calls that the page's first load leaves out: those of the model's later table.
#[inline(never)]
fn later_call(
    ec2: &mut Ec2,
    rooms: &Rooms,
    cx: &mut Cx<'_>,
    operation: &str,
    input: &Value,
) -> Result<Value, ApiError> {
    match operation {
        "CreateLaunchTemplate"
        | "CreateLaunchTemplateVersion"
        | "DeleteLaunchTemplate"
        | "DeleteLaunchTemplateVersions"
        | "ModifyLaunchTemplate" => template::call(ec2, cx, operation, input),
        "CreateKeyPair" | "DeleteKeyPair" => keys::call(ec2, cx, operation, input),
        "CreateSecurityGroup"
        | "DeleteSecurityGroup"
        | "AuthorizeSecurityGroupEgress"
        | "AuthorizeSecurityGroupIngress"
        | "RevokeSecurityGroupEgress"
        | "RevokeSecurityGroupIngress" => security::call(ec2, rooms, cx, operation, input),
        "AllocateAddress" => addresses::allocate(ec2, cx, input),
        "ReleaseAddress" => addresses::release(ec2, cx, input),
        "AssociateRouteTable"
        | "CreateNatGateway"
        | "CreateRoute"
        | "CreateRouteTable"
        | "CreateVpcEndpoint"
        | "DeleteNatGateway"
        | "DeleteRoute"
        | "DeleteRouteTable"
        | "DeleteVpcEndpoints"
        | "DisassociateRouteTable" => gateways::call(ec2, cx, operation, input),
        "CreateSubnet"
        | "CreateVpc"
        | "DeleteSubnet"
        | "DeleteVpc"
        | "ModifySubnetAttribute"
        | "ModifyVpcAttribute" => vpc_calls::call(ec2, rooms, cx, operation, input),
        "AttachInternetGateway" | "CreateInternetGateway" | "DeleteInternetGateway" | "DetachInternetGateway" => {
            internet::call(ec2, rooms, cx, operation, input)
        }
        "CreateTags" | "DeleteTags" => tags::call(ec2, cx, operation, input),
        _ => Err(not_here(operation)),
    }
}

/// A call that only looks.
pub fn read(rooms: &Rooms, account: &Account, now: SimTime, operation: &str, input: &Value) -> Result<Value, ApiError> {
    match operation {
        "DescribeInstances" => describe_instances::read(&rooms.ec2, account, input),
        _ => later_read(rooms, account, now, operation, input),
    }
}

/// The same of calls that only look.
#[inline(never)]
fn later_read(
    rooms: &Rooms,
    account: &Account,
    now: SimTime,
    operation: &str,
    input: &Value,
) -> Result<Value, ApiError> {
    let ec2 = &rooms.ec2;
    match operation {
        "DescribeKeyPairs" => keys::read(ec2, input),
        "DescribeNetworkInterfaces" => describe_network::interfaces(interfaces::all(rooms, account, now)?, input),
        "DescribeSecurityGroups" => describe_security::groups(ec2, &account.id, input),
        "DescribeSubnets" => describe_network::subnets(rooms, account, input),
        "DescribeAvailabilityZones" => places::zones(account, input),
        "DescribeRegions" => places::all_regions(account, input),
        "DescribeAddresses" => addresses::read(ec2, &account.region, input),
        "DescribeImages" => describe_images::read(input),
        "DescribeInstanceStatus" => describe_status::read(ec2, now, input),
        "DescribeInstanceTypes" => describe_types::types(input),
        "DescribeInstanceTypeOfferings" => describe_types::offerings(account, input),
        "DescribeVpcAttribute" => vpc_calls::attribute(ec2, input),
        "DescribeInternetGateways" | "DescribeNatGateways" | "DescribeRouteTables" | "DescribeVpcEndpoints" => {
            describe_gateways::read(ec2, account, operation, input)
        }
        "DescribeVpcs" => describe_network::vpcs(ec2, account, input),
        "DescribeLaunchTemplates" | "DescribeLaunchTemplateVersions" => template::read(ec2, operation, input),
        _ => Err(not_here(operation)),
    }
}

fn not_here(operation: &str) -> ApiError {
    ApiError::new("InvalidAction", format!("The action {operation} is not valid for this web service."))
}

fn run_instances(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let region = cx.options().account.region.clone();
    let mut launch = Launch::read(ec2, &region, input)?;
    let kind = launch.instance_type.name;
    // A request that names no place goes where there is capacity.
    if !launch.names_place
        && let Some(zone) = network::zones(&region).find(|zone| !ec2.is_exhausted(zone, kind))
    {
        launch.subnet = network::subnet_of(&zone).unwrap_or_default();
        launch.zone = zone;
    }
    ec2.check_capacity(&region, &launch.zone, kind)?;
    let account = cx.options().account.clone();
    let (mut launched, mut first) = (Vec::new(), None);
    for _ in 0..launch.count {
        let id = Ec2Id(cx.draw("ec2-id"));
        start(ec2, cx, [id, *first.get_or_insert(id)], &launch, false);
        launched.extend(ec2.get(id).map(|own| description(ec2, own, &account)));
    }
    Ok(reservation(&account, first.unwrap_or(Ec2Id(0)), launched))
}

/// Whether an instance could be launched now. Errors: those of RunInstances.
pub fn launchable(ec2: &Ec2, region: &str, input: &Value) -> Result<(), ApiError> {
    let launch = Launch::read(ec2, region, input)?;
    ec2.check_capacity(region, &launch.zone, launch.instance_type.name)
}

/// An instance as this request would launch it; none when EC2 would refuse.
pub fn preview(ec2: &Ec2, region: &str, input: &Value) -> Option<Instance> {
    Launch::read(ec2, region, input).ok().map(|launch| made(ec2, [Ec2Id(0); 2], &launch, 0, SimTime::default()))
}

fn made(ec2: &Ec2, [id, reservation]: [Ec2Id; 2], launch: &Launch, number: u64, now: SimTime) -> Instance {
    let private_ip = ec2.network.address(Some(&launch.subnet), &launch.zone, Asks::Instance(number));
    let public = launch.public.unwrap_or_else(|| ec2.network.gives_addresses(&launch.subnet));
    Instance {
        id,
        image_id: launch.image_id.clone(),
        instance_type: launch.instance_type,
        zone: launch.zone.clone(),
        subnet: launch.subnet.clone(),
        vpc: ec2.network.vpc_of(&launch.subnet).to_string(),
        public_address: public.then(|| ec2.network.public_address(&launch.subnet, &private_ip)),
        private_ip,
        state: State::Pending,
        launched_at: now,
        user_data: launch.user_data.clone(),
        profile: launch.profile.clone(),
        key_name: launch.key_name.clone(),
        security_groups: launch.security_groups.clone(),
        settings: launch.settings.clone(),
        in_warm_pool: false,
        tags: launch.tags.clone(),
        reservation,
        number,
    }
}

/// Launches one instance as requested, perhaps into the warm pool of its group. Its id comes with that of the first of
/// its reservation.
pub(super) fn start(ec2: &mut Ec2, cx: &mut Cx<'_>, ids: [Ec2Id; 2], launch: &Launch, in_warm_pool: bool) {
    let ([id, _], number) = (ids, ec2.instances.len() as u64);
    let instance = Instance { in_warm_pool, ..made(ec2, ids, launch, number, cx.now()) };
    ec2.instances.insert(id, Rc::new(instance));
    cx.emit(FactKind::Ec2State { instance: id.into(), state: State::Pending.code_and_name().1 });
    cx.schedule(timing::BOOT, Event::InstanceRunning(id));
}

fn change(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value, answer: &'static str, wish: State) -> Result<Value, ApiError> {
    let ids = instance_ids(ec2, input)?;
    if ids.is_empty() {
        let message = "The request must contain the parameter InstanceId";
        return Err(ApiError::new("MissingParameter", message).at("InstanceIds"));
    }
    if let Some(own) = ids.iter().filter_map(|id| ec2.get(*id)).find(|own| own.is_managed()) {
        let message = format!("The instance '{}' is managed by Amazon ECS, which alone may do this.", own.id);
        return Err(ApiError::new("OperationNotPermitted", message).at("InstanceIds").in_our_words());
    }
    for id in &ids {
        let state = ec2.get(*id).map(|instance| instance.state);
        let impossible = matches!(
            (wish, state),
            (State::Stopped | State::Running, Some(State::Terminated | State::ShuttingDown))
                | (State::Running, Some(State::Stopping))
        );
        if let (true, Some(state)) = (impossible, state) {
            let name = state.code_and_name().1;
            let message = format!("The instance '{id}' is not in a state from which it can be {}.", verb(wish));
            return Err(ApiError::new("IncorrectInstanceState", format!("{message} It is {name}.")).in_our_words());
        }
    }
    for own in ids.iter().filter_map(|id| ec2.get(*id)).filter(|own| next_state(own.state, wish) == State::Pending) {
        if own.state != State::Pending {
            ec2.check_capacity(&cx.options().account.region, &own.zone, own.instance_type.name)?;
        }
    }
    let mut changes = Vec::new();
    for id in ids {
        let Some((before, after)) = bring(ec2, cx, id, wish) else { continue };
        changes.push(json!({
            "InstanceId": id.to_string(),
            "PreviousState": state_value(before),
            "CurrentState": state_value(after),
        }));
    }
    Ok(json!({ answer: changes }))
}

/// Sets an instance out on its way to a state; what it was and what it is now.
pub(super) fn bring(ec2: &mut Ec2, cx: &mut Cx<'_>, id: Ec2Id, wish: State) -> Option<(State, State)> {
    let before = ec2.get(id)?.state;
    let after = next_state(before, wish);
    ec2.set_state(cx, id, after);
    if before != after {
        if let (State::Pending, Some(own)) = (after, ec2.instances.get_mut(&id)) {
            Rc::make_mut(own).launched_at = cx.now();
        }
        let (span, event) = match after {
            State::Pending => (timing::BOOT, Event::InstanceRunning(id)),
            _ => (timing::SHUT_DOWN, Event::InstanceDown(id)),
        };
        cx.schedule(span, event);
    }
    Some((before, after))
}

fn verb(wish: State) -> &'static str {
    if wish == State::Running { "started" } else { "stopped" }
}

/// Where an instance goes at once on its way to `wish`; unchanged when it is there or on its way.
fn next_state(before: State, wish: State) -> State {
    match (before, wish) {
        (State::Terminated | State::ShuttingDown, _) => before,
        (_, State::Terminated) => State::ShuttingDown,
        (State::Pending | State::Running, State::Stopped) => State::Stopping,
        (State::Stopped, State::Running) => State::Pending,
        _ => before,
    }
}

pub(super) fn instance_ids(ec2: &Ec2, input: &Value) -> Result<Vec<Ec2Id>, ApiError> {
    let mut ids = Vec::new();
    for text in input["InstanceIds"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let id: Ec2Id = text.parse().map_err(|()| {
            ApiError::new("InvalidInstanceID.Malformed", format!("Invalid id: \"{text}\"")).at("InstanceIds")
        })?;
        if ec2.get(id).is_none() {
            let message = format!("The instance ID '{text}' does not exist");
            return Err(ApiError::new("InvalidInstanceID.NotFound", message).at("InstanceIds"));
        }
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}
