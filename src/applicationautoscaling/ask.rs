//! What is asked of other rooms: a call through the door, in the role of the target.

use super::activity;
use super::{ApplicationAutoScaling, Target};
use crate::aws::ApiError;
use crate::aws::arn::{Account, short_name};
use crate::aws::object::object;
use crate::event::{Cx, Event, HexId};
use crate::iam::{Kind, RoleState, role_state};
use crate::rooms::Rooms;
use crate::sim::SimDuration;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use serde_json::Value;

/// The service-linked role for services of ECS.
pub const ROLE: &str = "AWSServiceRoleForApplicationAutoScaling_ECSService";
/// The service that acts in it.
pub const PRINCIPAL: &str = "ecs.application-autoscaling.amazonaws.com";

/// A call to make.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The service as the CLI names it.
    pub service: &'static str,
    /// The operation.
    pub operation: &'static str,
    /// Its input.
    pub input: Value,
    /// As whom; none for the learner.
    pub caller: Option<Rc<str>>,
    /// ResourceId of the target and the activity that waits for the answer.
    activity: Option<(Rc<str>, HexId)>,
}

/// Hands a call on; it is made before time passes.
fn ask(room: &mut ApplicationAutoScaling, cx: &mut Cx<'_>, own: Ask) {
    room.asks.push(own);
    cx.schedule(SimDuration::ZERO, Event::ScalingAsk);
}

/// Sets the desired count of a target's service.
pub fn set_desired(
    room: &mut ApplicationAutoScaling,
    rooms: &Rooms,
    cx: &mut Cx<'_>,
    target: &Target,
    activity: HexId,
    desired: u32,
) {
    let input = object!({ "cluster": &*target.cluster, "service": &*target.service, "desiredCount": desired });
    let caller = Some(Rc::from(session(rooms, &cx.options().account, target.role.as_deref(), "UpdateDesiredCapacity")));
    let activity = Some((Rc::clone(&target.resource), activity));
    ask(room, cx, Ask { service: "ecs", operation: "UpdateService", input, caller, activity });
}

/// Has CloudWatch do something with an alarm.
pub fn alarm(
    room: &mut ApplicationAutoScaling,
    rooms: &Rooms,
    cx: &mut Cx<'_>,
    role: Option<&str>,
    operation: &'static str,
    input: Value,
) {
    let caller = Some(Rc::from(session(rooms, &cx.options().account, role, "ManageAlarms")));
    ask(room, cx, Ask { service: "cloudwatch", operation, input, caller, activity: None });
}

/// Makes the service-linked role where there is none.
pub fn service_role(room: &mut ApplicationAutoScaling, rooms: &Rooms, cx: &mut Cx<'_>) {
    if rooms.iam.get(Kind::Role, ROLE).is_none() {
        let input = object!({ "AWSServiceName": PRINCIPAL });
        let caller = cx.caller();
        ask(room, cx, Ask { service: "iam", operation: "CreateServiceLinkedRole", input, caller, activity: None });
    }
}

/// ARN of the service-linked role.
pub fn role_arn(account: &Account) -> String {
    account.principal(&format!("role/aws-service-role/{PRINCIPAL}/{ROLE}"))
}

/// As whom it acts: a session of the target's role, or of the service-linked one where there is none or one on trust.
pub fn session(rooms: &Rooms, account: &Account, role: Option<&str>, what: &str) -> String {
    let own = role.filter(|own| state(rooms, account, own) == RoleState::Assumable);
    format!("assumed-role/{}/AutoScaling-{what}", own.map_or(ROLE, short_name))
}

/// Whether a role can be assumed.
pub fn state(rooms: &Rooms, account: &Account, role: &str) -> RoleState {
    role_state(&rooms.iam, account, role, "application-autoscaling.amazonaws.com")
}

/// A call was answered.
pub fn answered(room: &mut ApplicationAutoScaling, cx: &mut Cx<'_>, ask: &Ask, answer: Result<Value, ApiError>) {
    let Some((resource, id)) = &ask.activity else { return };
    if let Some(target) = room.change(resource) {
        let refusal = answer.err().map(|error| error.message.to_string());
        activity::answered(target, cx.now(), *id, refusal);
    }
    room.plan(cx);
}
