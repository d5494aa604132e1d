//! The roles in which a task comes up (7.1, LG-05, LG-08, reference 4.6): may ECS assume them, and may they pull the image,
//! read the secrets and write the log?
//!
//! ECS holds what IAM said last, so that a task can ask at each step: `iam` tells of every change by
//! [`Event::PermissionsChanged`](crate::event::Event::PermissionsChanged).

use super::taskdef::{Ask, Container, Core};
use super::{Ecs, LaunchType, Task, image};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::event::MachineId;
use crate::iam::{Iam, Need, RoleState, Scene, role_state};
use crate::sim::SimTime;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use serde_json::Value;

/// What IAM said last, and of which account.
#[derive(Clone, Default)]
pub struct Authority {
    iam: Iam,
    account: Account,
}

impl Ecs {
    /// IAM tells who may do what from now on.
    pub fn hear(&mut self, iam: &Iam, account: &Account) {
        self.authority = Rc::new(Authority { iam: iam.clone(), account: account.clone() });
    }
}

/// Whether ECS may assume the roles that a task is to have: those of the definition, or of the overrides (6.15).
///
/// Errors: ClientException for a role that is gone or that does not trust the service.
pub fn assumable(ecs: &Ecs, core: &Core, input: &Value) -> Result<(), ApiError> {
    let overrides = &input["overrides"];
    let given = |member: &str, own: &Option<String>| {
        let text = overrides[member].as_str().or(own.as_deref());
        text.filter(|role| !role.is_empty()).map(ToString::to_string)
    };
    let tasks = [given("executionRoleArn", &core.execution_role), given("taskRoleArn", &core.task_role)];
    let volumes = input["volumeConfigurations"].as_array().into_iter().flatten();
    let volume = volumes.filter_map(|own| own["managedEBSVolume"]["roleArn"].as_str());
    let all = tasks.into_iter().flatten().map(|role| (role, "ecs-tasks.amazonaws.com"));
    let all = all.chain(volume.map(|role| (role.to_string(), "ecs.amazonaws.com")));
    let Authority { iam, account } = &*ecs.authority;
    for (role, service) in all {
        if matches!(role_state(iam, account, &role, service), RoleState::Closed | RoleState::Gone) {
            let arn = if role.starts_with("arn:") { role } else { account.principal(&format!("role/{role}")) };
            return Err(ApiError::client(format!(
                "ECS was unable to assume the role '{arn}' that was provided for this task. Please verify that the role \
                 being passed has the proper trust relationship and permissions and that your IAM user has permissions to \
                 pass this role."
            )));
        }
    }
    Ok(())
}

/// Whether a task may be kept from coming up, so that its containers have to be followed one by one.
pub fn keeps_something(ecs: &Ecs, task: &Task, now: SimTime) -> bool {
    task.definition.registration.core.containers.iter().any(|own| {
        let asks = !own.asks.is_empty() || image::in_ecr(&own.image).is_some();
        asks && (fetch_refusal(ecs, task, own, now).is_some()
            || pull_refusal(ecs, task, own, now).is_some()
            || stream_refusal(ecs, task, own, now).is_some())
    })
}

/// Why the secrets and environment files of a container cannot be fetched.
pub fn fetch_refusal(ecs: &Ecs, task: &Task, container: &Container, now: SimTime) -> Option<String> {
    let account = &ecs.authority.account;
    let fargate = task.launch == LaunchType::Fargate;
    container.asks.iter().find_map(|ask| match ask {
        Ask::Secret(arn) => {
            let why = refusal(ecs, task, execution(task)?, &Need::new("secretsmanager:GetSecretValue", arn.as_str()), now)?;
            Some(match fargate {
                true => format!("{EXECUTION_FAILED} unable to retrieve secret from asm: {RETRIED} failed to fetch secret {arn} from secrets manager: AccessDeniedException: {why}"),
                false => format!("Fetching secret data from AWS Secrets Manager in region {}: secret {arn}: AccessDeniedException: {why}", account.region),
            })
        }
        Ask::Parameter(named) => {
            let arn = match named.starts_with("arn:") {
                true => named.clone(),
                false => format!("arn:{}:ssm:{}:{}:parameter/{}", account.partition(), account.region, account.id, named.trim_start_matches('/')),
            };
            let why = refusal(ecs, task, execution(task)?, &Need::new("ssm:GetParameters", arn), now)?;
            Some(match fargate {
                true => format!("{EXECUTION_FAILED} unable to retrieve secrets from ssm: {RETRIED} AccessDeniedException: {why}"),
                false => format!("Fetching secret data from SSM Parameter Store in {}: AccessDeniedException: {why}", account.region),
            })
        }
        Ask::File(arn) => {
            refusal(ecs, task, execution(task)?, &Need::new("s3:GetObject", arn.as_str()), now)?;
            Some("ResourceInitializationError: failed to download env files: file download command: non empty error stream: service call has been retried 1 time(s): AccessDenied: Access Denied status code: 403".to_string())
        }
        Ask::Stream { .. } => None,
    })
}

/// Why an image of ECR cannot be pulled: the login first, then the manifest and the layers.
pub fn pull_refusal(ecs: &Ecs, task: &Task, container: &Container, now: SimTime) -> Option<String> {
    let (registry, region, repository) = image::in_ecr(&container.image)?;
    let role = execution(task).or_else(|| of_instance(ecs, task))?;
    let account = &ecs.authority.account;
    if let Some(why) = refusal(ecs, task, role, &Need::new("ecr:GetAuthorizationToken", "*"), now) {
        return Some(match task.launch == LaunchType::Fargate {
            true => format!(
                "{EXECUTION_FAILED} unable to retrieve ecr registry auth: {RETRIED} AccessDeniedException: {why}"
            ),
            false => format!("CannotPullECRContainerError: AccessDeniedException: {why}"),
        });
    }
    let arn = format!("arn:{}:ecr:{region}:{registry}:repository/{repository}", account.partition());
    let needs = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
    let why = needs.iter().find_map(|action| refusal(ecs, task, role, &Need::new(*action, arn.as_str()), now))?;
    Some(image::refused(&container.image, &why))
}

/// Why the log driver of a container cannot make its stream (LG-05, LG-08).
pub fn stream_refusal(ecs: &Ecs, task: &Task, container: &Container, now: SimTime) -> Option<String> {
    let Account { region, id } = &ecs.authority.account;
    container.asks.iter().find_map(|ask| {
        let Ask::Stream { group, prefix, creates_group } = ask else { return None };
        let role = execution(task).or_else(|| of_instance(ecs, task))?;
        let group = format!("arn:{}:logs:{region}:{id}:log-group:{group}:log-stream:", ecs.authority.account.partition());
        let stream = match prefix.is_empty() {
            true => group.clone(),
            false => format!("{group}{prefix}{}", task.key.id),
        };
        let needs = [("group", "logs:CreateLogGroup", group), ("stream", "logs:CreateLogStream", stream)];
        let (what, why) = needs.iter().filter(|(what, ..)| *creates_group || *what == "stream").find_map(|(what, action, arn)| {
            Some((what, refusal(ecs, task, role, &Need::new(*action, arn.as_str()), now)?))
        })?;
        Some(match task.launch == LaunchType::Fargate {
            true => format!("ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log {what}: AccessDeniedException: {why} : exit status 1"),
            false => format!("CannotStartContainerError: Error response from daemon: failed to initialize logging driver: failed to create Cloudwatch log {what}: AccessDeniedException: {why}"),
        })
    })
}

const EXECUTION_FAILED: &str =
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed:";
const RETRIED: &str = "service call has been retried 1 time(s):";

/// A role, and whether its session has the name of the task or of the instance.
type InRole<'a> = (&'a str, bool);

/// The task's execution role.
fn execution(task: &Task) -> Option<InRole<'_>> {
    let own = task.definition.registration.core.execution_role.as_deref();
    let role = task.request.overrides["executionRoleArn"].as_str().or(own)?;
    Some((role, true)).filter(|_| !role.is_empty())
}

/// The role of the instance on which the task runs.
fn of_instance<'a>(ecs: &'a Ecs, task: &Task) -> Option<InRole<'a>> {
    let MachineId::Ec2(id) = ecs.instance(task.host()?)?.machine else { return None };
    Some((ecs.barred.role(id)?, false))
}

fn refusal(ecs: &Ecs, task: &Task, (role, of_task): InRole<'_>, need: &Need, now: SimTime) -> Option<String> {
    let Authority { iam, account } = &*ecs.authority;
    let session = match of_task {
        true => task.key.id.to_string(),
        false => ecs.instance(task.host()?)?.machine.to_string(),
    };
    iam.role_refusal(Scene { caller: "", account, now }, role, &session, need)
}
