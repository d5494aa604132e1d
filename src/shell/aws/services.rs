//! The commands of the AWS CLI: services, and their operations by the names that the command line gives them.

use super::Generation;
use crate::aws::model;
use crate::shell::line::kebab;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// All commands in the order of version 1, and those that version 2 alone has.
pub(super) fn commands(generation: Generation) -> Vec<String> {
    let second: &[&str] = if generation == Generation::V2 { &["login", "logout"] } else { &[] };
    include_str!("commands.txt").lines().chain(second.iter().copied()).map(ToString::to_string).collect()
}

/// The services of the model by the command line's name. S3 has commands of the command line's own ([`s3`](super::s3)).
pub(super) fn service(command: &str) -> Option<&'static str> {
    let name = if command == "deploy" { "codedeploy" } else { command };
    model::services().find(|own| *own == name && !["lab", "s3"].contains(own) && command != "codedeploy")
}

/// What the command line calls a service of the model.
pub(super) fn command(service: &'static str) -> &'static str {
    if service == "codedeploy" { "deploy" } else { service }
}

/// The API's names of a service's operations, simulated or not, in order.
pub(super) fn operations(service: &str) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = model::operations(service).map(|own| own.name).collect();
    names.extend(model::known(service));
    crate::sim::order::sort_by(&mut names, |left, right| left.cmp(right));
    names.retain(|name| !["GetLogObject", "ImportInstance", "ImportVolume"].contains(name));
    names
}

/// What stands behind the operations: commands of the command line's own.
pub(super) fn extras(service: &str, generation: Generation) -> &'static [&'static str] {
    match (service, generation) {
        ("ecs", Generation::V1) => &["deploy", "wait", "help"],
        ("ecs", Generation::V2) => &["deploy", "monitor-express-gateway-service", "wait", "help"],
        ("ecr", Generation::V1) => &["get-login", "get-login-password", "wait", "help"],
        ("ecr-public", _) => &["get-login-password", "help"],
        ("ecr", Generation::V2) => &["get-login-password", "wait", "help"],
        ("logs", Generation::V2) => &["tail", "help"],
        ("codedeploy", _) => &["push", "register", "deregister", "install", "uninstall", "wait", "help"],
        ("cloudwatch" | "ec2" | "elbv2" | "iam", _) => &["wait", "help"],
        _ => &["help"],
    }
}

/// The words that may stand behind a service.
pub(super) fn words(service: &str, generation: Generation) -> Vec<String> {
    let names = operations(service).into_iter().map(kebab);
    names.chain(extras(service, generation).iter().map(ToString::to_string)).collect()
}

/// The API's name of an operation.
pub(super) fn operation(service: &str, word: &str) -> Option<&'static str> {
    operations(service).into_iter().find(|name| kebab(name) == word)
}
