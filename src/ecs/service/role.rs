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
    match role_state(&rooms.iam, &cx.options().account, role, "ecs.amazonaws.com") {
        _ if groups.is_empty() => None,
        RoleState::Closed | RoleState::Gone => Some("trust relationship has been"),
        RoleState::OnTrust => None,
        RoleState::Assumable => {
            groups.iter().any(|own| !maintains(rooms, cx, role, &own.arn)).then_some("permissions policies have been")
        }
    }
}

/// Whether ECS may do one thing in a service role.
pub fn may(rooms: &Rooms, cx: &Cx<'_>, role: &str, need: &Need) -> bool {
    let scene = Scene { caller: "", account: &cx.options().account, now: cx.now() };
    rooms.iam.role_refusal(scene, role, "ecs-service-scheduler", need).is_none()
}

/// Whether ECS may register and take out tasks in a target group in a service role.
pub fn maintains(rooms: &Rooms, cx: &Cx<'_>, role: &str, group: &str) -> bool {
    NEEDS.iter().all(|action| may(rooms, cx, role, &Need::new(*action, group)))
}
