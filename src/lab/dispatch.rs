//! The table of contents of the system: who answers which call, and who handles which event.

use super::command::ApiCall;
use crate::aws::arn::Account;
use crate::aws::{ApiError, check, model};
use crate::event::{Cx, Event, RegistryStep};
use crate::iam::{self, Scene};
use crate::rooms::Rooms;
use crate::sim::SimTime;
use crate::{
    applicationautoscaling, autoscaling, cloudwatch, codedeploy, ec2, ecr, ecs, elb, events, logs, s3, secretsmanager,
    servicediscovery,
};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// A call that changes something.
pub fn call(rooms: &mut Rooms, cx: &mut Cx<'_>, call: &ApiCall) -> Result<Value, ApiError> {
    admit(call)?;
    let (operation, input) = (call.operation.as_str(), &call.input);
    let scene = Scene { caller: call.caller(), account: &cx.options().account, now: cx.now() };
    iam::permit(rooms, scene, &call.service, operation, input)?;
    let filled = for_themselves(scene, call);
    let input = filled.as_ref().unwrap_or(input);
    match call.service.as_str() {
        "ecs" => rooms.lend(|rooms| &mut rooms.ecs, |ecs, rooms| ecs::call(ecs, rooms, cx, operation, input)),
        "ec2" => rooms.lend(|rooms| &mut rooms.ec2, |ec2, rooms| ec2::call(ec2, rooms, cx, operation, input)),
        _ => later_call(rooms, cx, call, input),
    }
}

/// The calls of the services that the page's first load leaves out ([`needs_later`](super::needs_later)).
#[inline(never)]
fn later_call(rooms: &mut Rooms, cx: &mut Cx<'_>, call: &ApiCall, input: &Value) -> Result<Value, ApiError> {
    let operation = call.operation.as_str();
    match call.service.as_str() {
        "ecr" => {
            rooms.lend(|rooms| &mut rooms.ecr, |ecr, rooms| ecr::call(ecr, rooms, cx, call.caller(), operation, input))
        }
        "cloudwatch" => cloudwatch::call(&mut rooms.cloudwatch, cx, operation, input),
        "logs" => rooms.lend(|rooms| &mut rooms.logs, |logs, rooms| logs::call(logs, rooms, cx, operation, input)),
        "elbv2" => rooms.lend(|rooms| &mut rooms.elb, |elb, rooms| elb::call(elb, rooms, cx, operation, input)),
        "codedeploy" => {
            rooms.lend(|rooms| &mut rooms.codedeploy, |room, rooms| codedeploy::call(room, rooms, cx, operation, input))
        }
        "iam" | "sts" => iam::call(&mut rooms.iam, cx, call.caller(), operation, input),
        "autoscaling" => rooms
            .lend(|rooms| &mut rooms.autoscaling, |room, rooms| autoscaling::call(room, rooms, cx, operation, input)),
        "application-autoscaling" => rooms.lend(
            |rooms| &mut rooms.applicationautoscaling,
            |room, rooms| applicationautoscaling::call(room, rooms, cx, operation, input),
        ),
        "events" => {
            rooms.lend(|rooms| &mut rooms.events, |room, rooms| events::call(room, rooms, cx, operation, input))
        }
        "s3" => s3::call(&mut rooms.s3, cx, operation, input),
        "secretsmanager" | "ssm" => of_secrets(rooms, cx, operation, input),
        "servicediscovery" => servicediscovery::call(&mut rooms.servicediscovery, cx, operation, input),
        "lab" if operation == "Fault" => {
            ec2::fault::inject(&mut rooms.ec2, cx, input)?;
            rooms.lend(|rooms| &mut rooms.ecs, |ecs, rooms| ecs::fault::inject(ecs, rooms, cx, input))
        }
        "lab" if operation == "Load" => {
            let reply = ecs::load::call(&mut rooms.ecs, cx, input)?;
            cloudwatch::sample(&mut rooms.cloudwatch, cx);
            Ok(reply)
        }
        "lab" if operation == "Agent" => {
            let id = rooms.ec2.configure(input)?;
            Ok(ecs::instance::restart_agent(&mut rooms.ecs, cx, id, input))
        }
        "lab" => secretsmanager::join(&mut rooms.secretsmanager, &mut rooms.ecs, cx, input),
        other => Err(ApiError::not_simulated(other)),
    }
}

/// A call of Secrets Manager or Systems Manager. The agent of a machine that is no longer managed has no credentials.
fn of_secrets(rooms: &mut Rooms, cx: &mut Cx<'_>, operation: &str, input: &Value) -> Result<Value, ApiError> {
    let reply = rooms.lend(
        |rooms| &mut rooms.secretsmanager,
        |room, rooms| secretsmanager::call(room, rooms, cx, operation, input),
    )?;
    if operation == "DeregisterManagedInstance" {
        ecs::instance::lost_credentials(&mut rooms.ecs, cx, input["InstanceId"].as_str().unwrap_or_default());
    }
    Ok(reply)
}

/// A call that only looks.
pub fn read(rooms: &Rooms, account: &Account, now: SimTime, call: &ApiCall) -> Result<Value, ApiError> {
    admit(call)?;
    let scene = Scene { caller: call.caller(), account, now };
    iam::permit(rooms, scene, &call.service, &call.operation, &call.input)?;
    let filled = for_themselves(scene, call);
    let input = filled.as_ref().unwrap_or(&call.input);
    match call.service.as_str() {
        "ecs" => ecs::read(rooms, account, now, &call.operation, input),
        "ec2" => ec2::read(rooms, account, now, &call.operation, input),
        _ => later_read(rooms, scene, call, input),
    }
}

/// The same of calls that only look.
#[inline(never)]
fn later_read(rooms: &Rooms, scene: Scene<'_>, call: &ApiCall, input: &Value) -> Result<Value, ApiError> {
    let Scene { account, now, .. } = scene;
    match call.service.as_str() {
        "elbv2" => elb::read(&rooms.elb, account, &call.operation, input),
        "codedeploy" => codedeploy::read(rooms, account, &call.operation, input),
        "cloudwatch" => cloudwatch::read(rooms, scene, &call.operation, input),
        "iam" | "sts" => iam::read(&rooms.iam, scene, &call.operation, input),
        "ecr" => ecr::read(rooms, scene, &call.operation, input),
        "ecr-public" => Ok(ecr::token::public(account, now)),
        "logs" => logs::read(rooms, account, now, &call.operation, input),
        "autoscaling" => autoscaling::read(rooms, account, &call.operation, input),
        "application-autoscaling" => applicationautoscaling::read(rooms, account, now, &call.operation, input),
        "events" => events::read(&rooms.events, account, &call.operation, input),
        "s3" => s3::read(&rooms.s3, account, &call.operation, input),
        "secretsmanager" | "ssm" => secretsmanager::read(&rooms.secretsmanager, account, now, &call.operation, input),
        "servicediscovery" => servicediscovery::read(&rooms.servicediscovery, account, &call.operation, input),
        "route53" => servicediscovery::zones::read(&rooms.servicediscovery, account, &call.operation, input),
        other => Err(ApiError::not_simulated(other)),
    }
}

/// Account settings are the caller's own where the call names nobody (EN-04): somebody else than the learner is named.
fn for_themselves(scene: Scene<'_>, call: &ApiCall) -> Option<Value> {
    let theirs =
        ["PutAccountSetting", "DeleteAccountSetting", "ListAccountSettings"].contains(&call.operation.as_str());
    let own = call.caller.as_deref().filter(|_| theirs && call.input["principalArn"].is_null())?;
    let mut input = call.input.clone();
    // Of a session it is the role's.
    let principal = match own.strip_prefix("assumed-role/") {
        Some(rest) => scene.account.principal(&alloc::format!("role/{}", rest.split('/').next().unwrap_or_default())),
        None => scene.account.principal(own),
    };
    input.as_object_mut()?.insert("principalArn".into(), principal.into());
    Some(input)
}

/// Something happens by itself. Each room takes the events that name it.
pub fn event(rooms: &mut Rooms, cx: &mut Cx<'_>, event: Event) {
    match event {
        Event::InstanceRunning(_) | Event::InstanceDown(_) | Event::SpotReclaimed(_) => {
            rooms.lend(|rooms| &mut rooms.ec2, |ec2, rooms| ec2::on_event(ec2, rooms, cx, event));
        }
        Event::AgentStarts(_)
        | Event::HostGone { .. }
        | Event::TaskStep { .. }
        | Event::TaskForgotten(_)
        | Event::InstanceForgotten(_) => {
            if matches!(event, Event::TaskForgotten(_)) && !rooms.logs.is_empty() {
                later_event(rooms, cx, event);
            }
            rooms.lend(|rooms| &mut rooms.ecs, |ecs, rooms| ecs::on_event(ecs, rooms, cx, event));
        }
        _ => return later_event(rooms, cx, event),
    }
    if concerns_targets(event) && !rooms.elb.is_empty() {
        later_event(rooms, cx, event);
    }
}

/// The events of the rooms that the page's first load leaves out, and those that only calls lead to which it leaves out.
#[inline(never)]
fn later_event(rooms: &mut Rooms, cx: &mut Cx<'_>, event: Event) {
    match event {
        Event::GroupInstance(_) | Event::PoolInstance(_) => {
            rooms.lend(|rooms| &mut rooms.ec2, |ec2, rooms| ec2::on_event(ec2, rooms, cx, event));
        }
        Event::Registry { step: RegistryStep::Pulled, .. } => {
            rooms.lend(|rooms| &mut rooms.cloudwatch, |room, rooms| cloudwatch::on_event(room, rooms, cx, event));
        }
        Event::Registry { .. } | Event::ImagePulled { .. } => {
            rooms.lend(|rooms| &mut rooms.ecr, |ecr, rooms| ecr::on_event(ecr, rooms, cx, event))
        }
        Event::SecretsChanged => {
            rooms.lend(|rooms| &mut rooms.ecr, |ecr, rooms| ecr::on_event(ecr, rooms, cx, event));
            rooms.lend(|rooms| &mut rooms.ecs, |ecs, rooms| ecs::on_later_event(ecs, rooms, cx, event));
        }
        Event::LogGroupWanted(_) | Event::OutputRouted(_) | Event::TaskForgotten(_) => {
            rooms.lend(|rooms| &mut rooms.logs, |logs, rooms| logs::on_event(logs, rooms, cx, &event));
        }
        Event::LogGroupsChanged | Event::PermissionsChanged | Event::NetworkChanged if rooms.logs.awaits() => {
            rooms.lend(|rooms| &mut rooms.ecs, |ecs, rooms| ecs::on_later_event(ecs, rooms, cx, event));
            rooms.lend(|rooms| &mut rooms.logs, |logs, rooms| logs::on_event(logs, rooms, cx, &event));
        }
        Event::GroupInstanceState(_)
        | Event::GroupAdjusts(_)
        | Event::InstanceDrained(_)
        | Event::DrainingOver(_)
        | Event::ManagedCapacity(_)
        | Event::ManagedTag(_) => {
            rooms.lend(|rooms| &mut rooms.autoscaling, |room, rooms| autoscaling::on_event(room, rooms, cx, event));
        }
        Event::CodeDeployStep { .. } | Event::TaskSetChanged(_) => {
            rooms.lend(|rooms| &mut rooms.codedeploy, |room, rooms| codedeploy::on_event(room, rooms, cx, event));
        }
        Event::UsageSample => {
            rooms.lend(|rooms| &mut rooms.ecs, |ecs, rooms| ecs::on_later_event(ecs, rooms, cx, event));
            rooms.lend(|rooms| &mut rooms.cloudwatch, |room, rooms| cloudwatch::on_event(room, rooms, cx, event));
        }
        Event::ManagedPublishes(_) => {
            rooms.lend(|rooms| &mut rooms.cloudwatch, |room, rooms| cloudwatch::on_event(room, rooms, cx, event));
        }
        Event::AlarmsLook => {
            rooms.lend(|rooms| &mut rooms.cloudwatch, |room, rooms| cloudwatch::on_event(room, rooms, cx, event));
            if !rooms.applicationautoscaling.is_empty() {
                scaling_event(rooms, cx, event);
            }
        }
        Event::RulesDue => rules_due(rooms, cx),
        Event::AlarmsAct | Event::ScalingDue => scaling_event(rooms, cx, event),
        Event::ScalingAsk => {
            if let Some(ask) = rooms.applicationautoscaling.next_ask() {
                let before = cx.act_as(ask.caller.clone());
                let input = ask.input.clone();
                let own = ApiCall {
                    caller: ask.caller.as_deref().map(String::from),
                    ..ApiCall::new(ask.service, ask.operation, input)
                };
                let answer = call(rooms, cx, &own);
                cx.act_as(before);
                applicationautoscaling::answered(&mut rooms.applicationautoscaling, cx, &ask, answer);
            }
        }
        Event::NamespaceWanted(_) | Event::DiscoveryService(_) | Event::DiscoveryTask(_) => rooms.lend(
            |rooms| &mut rooms.servicediscovery,
            |room, rooms| servicediscovery::on_event(room, rooms, cx, event),
        ),
        _ if concerns_targets(event) => {
            rooms.lend(|rooms| &mut rooms.elb, |elb, rooms| elb::on_event(elb, rooms, cx, event));
        }
        _ => rooms.lend(|rooms| &mut rooms.ecs, |ecs, rooms| ecs::on_later_event(ecs, rooms, cx, event)),
    }
}

/// The rules of EventBridge whose schedule has come invoke their targets, each in its role.
fn rules_due(rooms: &mut Rooms, cx: &mut Cx<'_>) {
    let (fired, asked) = rooms.lend(|rooms| &mut rooms.events, |room, rooms| events::due(room, rooms, cx));
    for rule in &fired {
        cloudwatch::count(&mut rooms.cloudwatch, cx.now(), "AWS/Events", "TriggeredRules", ("RuleName", rule));
    }
    for ask in asked {
        let before = cx.act_as(ask.caller.clone());
        let own =
            ApiCall { caller: ask.caller.as_deref().map(String::from), ..ApiCall::new("ecs", "RunTask", ask.input) };
        let answer = match (ask.refused, &ask.caller) {
            (Some(refused), _) => Err(refused),
            (None, Some(_)) => call(rooms, cx, &own),
            // A role that is taken on trust may do everything.
            (None, None) => admit(&own).and_then(|()| {
                rooms.lend(|rooms| &mut rooms.ecs, |ecs, rooms| ecs::call(ecs, rooms, cx, "RunTask", &own.input))
            }),
        };
        cx.act_as(before);
        let mut count =
            |name| cloudwatch::count(&mut rooms.cloudwatch, cx.now(), "AWS/Events", name, ("RuleName", &ask.rule));
        count("Invocations");
        if let Err(why) = answer {
            count("FailedInvocations");
            events::failed(cx, &ask.rule, &why);
        }
    }
}

fn scaling_event(rooms: &mut Rooms, cx: &mut Cx<'_>, event: Event) {
    rooms.lend(
        |rooms| &mut rooms.applicationautoscaling,
        |room, rooms| applicationautoscaling::on_event(room, rooms, cx, event),
    );
}

/// Whether load balancing handles an event, alone or after the room that it is for.
fn concerns_targets(event: Event) -> bool {
    matches!(
        event,
        Event::InstanceRunning(_)
            | Event::HostGone { .. }
            | Event::LoadBalancerActive(_)
            | Event::TargetsRegister { .. }
            | Event::TargetsDeregister { .. }
            | Event::TargetStep { .. }
            | Event::TargetTaskChanged(_)
            | Event::SecurityGroupsChanged
            | Event::TrafficShift(_)
            | Event::DeploymentShift(_)
    )
}

/// Members whose values the service refuses in words of its own; its room checks them.
const OWN_WORDS: &[(&str, &str)] = &[
    ("UpdateContainerInstancesState", "status"),
    ("RegisterTaskDefinition", "placementConstraints"),
    ("RunTask", "placementStrategy"),
    ("RunTask", "placementConstraints"),
    // AWS's own pages write its values small.
    ("CreateCapacityProvider", "managedInstancesProvider.instanceLaunchTemplate.monitoring"),
    ("UpdateCapacityProvider", "managedInstancesProvider.instanceLaunchTemplate.monitoring"),
];

/// Whether the lab simulates the operation, and whether the input has its shape. The wording of shape faults is the
/// AWS CLI's, which finds them before it calls.
fn admit(call: &ApiCall) -> Result<(), ApiError> {
    let Some(operation) = model::operation(&call.service, &call.operation) else {
        if model::knows(&call.service, &call.operation) {
            return Err(ApiError::not_simulated(&call.operation));
        }
        let message = format!("Unknown operation {}.{}.", call.service, call.operation);
        return Err(ApiError::new("UnknownOperationException", message).in_our_words());
    };
    let faults = check::check(operation, &call.input);
    let client_side: Vec<_> = faults.iter().filter(|fault| fault.client_side()).collect();
    let by_room = |path: &str| OWN_WORDS.iter().any(|(name, own)| *name == call.operation && path.starts_with(own));
    match (client_side.first(), faults.iter().find(|fault| !by_room(&fault.path))) {
        (None, None) => Ok(()),
        (None, Some(fault)) if ["ecs", "ec2", "lab"].contains(&operation.service) => Err(fault.refusal()),
        (None, Some(_)) => Err(check::constraint(operation.service, &faults.iter().collect::<Vec<_>>())),
        (Some(first), _) => {
            let lines: Vec<String> = client_side.iter().map(|fault| format!("{fault}")).collect();
            let message = format!("Parameter validation failed:\n{}", lines.join("\n"));
            Err(ApiError::new("ParamValidation", message).at(first.path.clone()))
        }
    }
}
