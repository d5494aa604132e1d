//! What a task on Fargate reaches through its own network interface: the registry, its secrets and files, its log
//! ([DG:fargate-task-networking], 3.4, 4.6).
//!
//! On an instance the agent and Docker call through the instance's interface, which reached ECS when it registered. ECS holds
//! what EC2 said last of the network: every change comes with
//! [`Event::NetworkChanged`](crate::event::Event::NetworkChanged).

use super::roles::NO_SECRETS;
use super::taskdef::{Ask, Container};
use super::{Ecs, LaunchType, Task};
use super::{env_files, image};
use crate::ec2::routes::Interface;
use alloc::format;
use alloc::string::String;

/// The first version of the platform whose tasks fetch everything through their own interface.
const BEFORE: &str = "1.3.0";

/// The interface of a task on Fargate; none of a task elsewhere.
fn interface(task: &Task) -> Option<Interface<'_>> {
    let request = &task.request;
    let subnet = request.subnets.first().filter(|_| task.launch == LaunchType::Fargate)?;
    Some(Interface { subnet, groups: &request.security_groups, is_public: request.has_public_ip })
}

/// Whether a task cannot reach a service of AWS.
pub fn misses(ecs: &Ecs, task: &Task, service: &str) -> bool {
    interface(task).is_some_and(|own| !ecs.network.reaches(own, service))
}

/// Whether an older platform calls for the task through an interface of its own.
pub fn is_spared(task: &Task) -> bool {
    task.request.platform_version.as_deref() == Some(BEFORE)
}

/// Whether something keeps the containers of a task from what they need to start.
pub fn keeps_something(ecs: &Ecs, task: &Task) -> bool {
    let cut_off = |own: &Container| {
        let found = fetch(ecs, task, own).or_else(|| login(ecs, task, own)).or_else(|| pull(ecs, task, own));
        found.or_else(|| stream(ecs, task, own)).is_some()
    };
    interface(task).is_some_and(|own| !ecs.network.reaches_internet(own) || ecs.network.has_endpoints())
        && task.definition.registration.core.containers.iter().any(cut_off)
}

/// Why the secrets and environment files of a container cannot be fetched.
pub fn fetch(ecs: &Ecs, task: &Task, container: &Container) -> Option<String> {
    env_files::asks(task, container).iter().find_map(|ask| match ask {
        Ask::Secret(arn) if !is_spared(task) && misses(ecs, task, "secretsmanager") => Some(format!(
            "{NO_SECRETS} unable to retrieve secret from asm: There is a connection issue between the task and AWS Secrets Manager. \
             Check your task network configuration. failed to fetch secret {arn} from secrets manager: operation error \
             Secrets Manager: GetSecretValue, https response error StatusCode: 0, RequestID: , canceled, context deadline \
             exceeded"
        )),
        Ask::Parameter(_) if !is_spared(task) && misses(ecs, task, "ssm") => Some(format!(
            "{NO_SECRETS} unable to retrieve secrets from ssm: The task cannot pull secrets from AWS Systems Manager. There is a \
             connection issue between the task and AWS Systems Manager Parameter Store. Check your task network \
             configuration. operation error SSM: GetParameters, https response error StatusCode: 0, RequestID: , canceled, \
             context deadline exceeded"
        )),
        Ask::File(_) if misses(ecs, task, "s3") => Some(String::from(
            "ResourceInitializationError: failed to download env files: file download command: non empty error stream: \
             RequestCanceled: request context canceled caused by: context deadline exceeded",
        )),
        _ => None,
    })
}

/// Why a task cannot log in to ECR for a container's image.
pub fn login(ecs: &Ecs, task: &Task, container: &Container) -> Option<String> {
    let (_, region, _) = image::in_ecr(&container.image)?;
    (!is_spared(task) && misses(ecs, task, "ecr.api")).then(|| {
        format!(
            "{NO_SECRETS} The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task and Amazon \
             ECR. Check your task network configuration. operation error ECR: GetAuthorizationToken, exceeded maximum \
             number of attempts, 3, https response error StatusCode: 0, RequestID: , request send failed, Post \
             \"https://api.ecr.{region}.amazonaws.com/\": dial tcp 52.46.130.12:443: i/o timeout"
        )
    })
}

/// Why a container's image cannot be pulled: its registry is out of reach, or, of an image in ECR, S3 with the layers.
pub fn pull(ecs: &Ecs, task: &Task, container: &Container) -> Option<String> {
    let named = &container.image;
    let Some((_, region, _)) = image::in_ecr(named) else {
        let own = interface(task)?;
        return (!ecs.network.reaches_internet(own)).then(|| image::PullError::Network.reason(named, false));
    };
    if misses(ecs, task, "ecr.dkr") {
        return Some(image::PullError::Network.reason(named, false));
    }
    misses(ecs, task, "s3").then(|| {
        format!(
            "CannotPullContainerError: ref pull has been retried 5 time(s): failed to copy: httpReadSeeker: failed open: failed \
             to do request: Get \"https://prod-{region}-starport-layer-bucket.s3.{region}.amazonaws.com/\": dial tcp \
             52.46.130.12:443: i/o timeout"
        )
    })
}

/// Why the log driver of a container cannot reach CloudWatch Logs.
pub fn stream(ecs: &Ecs, task: &Task, container: &Container) -> Option<String> {
    let logs = container.asks.iter().any(|ask| matches!(ask, Ask::Stream { .. }));
    (logs && misses(ecs, task, "logs")).then(|| {
        String::from(
            "ResourceInitializationError: failed to validate logger args: The task cannot find the Amazon CloudWatch log \
             group defined in the task definition. There is a connection issue between the task and Amazon CloudWatch. \
             Check your network configuration. : signal: killed",
        )
    })
}
