//! Amazon ECS: clusters, container instances, task definitions and tasks.
//!
//! The state machines stand in [`instance`] and [`lifecycle`], each with its diagram; the calls in `api`.

mod agent_role;
mod api;
pub mod application;
mod bottlerocket;
pub mod capability;
mod cleanup;
pub mod config;
pub mod containers;
mod describe_proxy;
mod describe_task;
mod env_files;
pub mod exec_agent;
pub mod fargate;
pub mod fault;
pub mod forward;
mod group;
pub mod image;
pub mod instance;
mod instances;
mod launch_type;
pub mod lifecycle;
pub mod limits;
pub mod load;
pub mod logs;
pub mod managed;
mod outside;
mod overrides;
pub mod past;
pub mod pool;
mod ports;
pub mod program;
mod provider;
pub mod provisioning;
pub mod reach;
mod registration;
pub mod registry;
mod releases;
pub mod roles;
pub mod service;
pub mod startup;
mod state;
pub mod survey;
pub mod taskdef;
pub mod timing;
mod waiting;
mod watch;

pub use api::{DRAINING_HOOK, call, provider_strategy, read, try_task_set};
pub use describe_task::runtime_id;
pub use launch_type::LaunchType;
pub use ports::Binding;
pub use provider::Provider;
pub use service::Owner;
pub use state::{
    Cluster, ContainerInstance, Definition, Ecs, Family, InstanceStatus, Stop, Task, TaskRequest, TaskStatus, Times,
    Traffic,
};

use crate::event::{Cx, Event};
use crate::rooms::Rooms;
use alloc::rc::Rc;

/// The ACTIVE revision that a family, `family:revision` or ARN names.
pub fn runnable(ecs: &Ecs, named: &str) -> Option<Rc<Definition>> {
    api::definition_to_run(ecs, named).ok()
}

/// Handles the events that name this room; others are not for it.
pub fn on_event(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, event: Event) {
    match event {
        Event::AgentStarts(id) => instance::agent_starts(ecs, rooms, cx, id),
        Event::HostGone { instance, terminated } => instance::host_gone(ecs, cx, instance, terminated),
        Event::TaskStep { task, timer } => lifecycle::step(ecs, cx, task, timer),
        Event::TaskForgotten(key) => {
            if let Some(task) = ecs.tasks.remove(&key) {
                past::forgotten(ecs, &task, cx.now());
            }
            ecs.watch.forget(key);
        }
        Event::InstanceForgotten(key) => {
            ecs.instances.remove(key);
        }
        _ => {}
    }
}

/// The same of events that only calls lead to which the page's first load leaves out.
pub fn on_later_event(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, event: Event) {
    match event {
        Event::ManagedScaling(number) => managed::evaluate_provider(ecs, rooms, cx, number),
        Event::CapacityFound(number) => provisioning::place(ecs, cx, number),
        Event::PoolLook(number) | Event::PoolAges(number) => pool::look(ecs, rooms, cx, number),
        Event::CapacityProviderMade(number) => api::provider_made(ecs, cx, number),
        Event::GroupMember(id) => group::member_changed(ecs, rooms, cx, id),
        Event::CapacityProviderGone(number) => api::provider_gone(ecs, cx, number),
        Event::ClusterAttached(id) => api::cluster_attached(ecs, cx, id),
        Event::DefinitionForgotten { family, revision } => api::definition_gone(ecs, cx, family, revision),
        Event::LogGroupsChanged => ecs.log_groups = Rc::new(rooms.logs.names()),
        Event::AgentUpdate(key) => api::agent_update(ecs, cx, key),
        Event::ImagesAsked(key) => registry::ask(ecs, rooms, cx, key),
        Event::PermissionsChanged => {
            ecs.hear(&rooms.iam, &rooms.ecr, &cx.options().account);
            agent_role::changed(ecs, rooms, cx);
            pool::permitted(ecs, cx);
            service::waiting_look(ecs, cx);
        }
        Event::SecretsChanged => ecs.secrets = Rc::new(rooms.secretsmanager.clone()),
        Event::ObjectsChanged => ecs.objects = Rc::new(rooms.s3.clone()),
        Event::NetworkChanged => {
            ecs.network = rooms.ec2.network().clone();
            instance::retry(ecs, cx, |_, _| true);
        }
        Event::ServiceLook(key) => service::look(ecs, rooms, cx, key),
        Event::ServiceSteady(key) => service::say_steady(ecs, cx, key),
        Event::TargetHealth(task) => service::told(ecs, rooms, cx, task),
        Event::TaskSetWanted { deployment, wish } => api::set_wanted(ecs, rooms, cx, deployment, wish),
        Event::UsageSample => load::sample(ecs, rooms, cx),
        Event::TasksWatched(task) => ecs.watch.add(task),
        _ => {}
    }
}
