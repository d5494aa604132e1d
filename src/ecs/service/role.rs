//! The service role, `role` of CreateService: in it ECS registers the tasks of a service in its target groups and takes
//! them out (7.1).

use super::{Service, act};
use crate::ecs::Ecs;
use crate::event::{Cx, ServiceKey};
use crate::iam::{Need, RoleState, Scene, role_state};
use crate::rooms::Rooms;
use alloc::format;

/// What ECS needs of it on each target group.
const NEEDS: [&str; 2] = ["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"];

/// Whether ECS can maintain a service no longer, because its role keeps ECS out or lets it do too little (7.2). The service
/// says so once (6.14, iam1 and iam2), and looks again when permissions change.
pub fn stalls(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, key: ServiceKey) -> bool {
    let what = ecs.services.get(key).filter(|own| own.is_active()).and_then(|own| lost(rooms, cx, own));
    if let Some(what) = what {
        let message = format!("IAM {what} misconfigured or changed, and ECS can no longer maintain your service");
        act::unable(ecs, cx, key, message, None);
        if let Some(service) = ecs.services.change(key) {
            service.steady = None;
        }
    }
    what.is_some()
}

fn lost(rooms: &Rooms, cx: &Cx<'_>, service: &Service) -> Option<&'static str> {
    let role = service.created_by["role"].as_str().filter(|own| !own.is_empty())?;
    let groups = &service.primary()?.revision.traffic;
    let account = &cx.options().account;
    let scene = Scene { caller: "", account, now: cx.now() };
    let refused = |action: &&str| {
        let refusal =
            |arn: &str| rooms.iam.role_refusal(scene, role, "ecs-service-scheduler", &Need::new(*action, arn));
        groups.iter().any(|own| refusal(&own.arn).is_some())
    };
    match role_state(&rooms.iam, account, role, "ecs.amazonaws.com") {
        _ if groups.is_empty() => None,
        RoleState::Closed | RoleState::Gone => Some("trust relationship has been"),
        RoleState::OnTrust => None,
        RoleState::Assumable => NEEDS.iter().any(refused).then_some("permissions policies have been"),
    }
}
