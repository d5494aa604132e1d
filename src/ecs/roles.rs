//! The roles in which a task comes up (7.1, LG-05, LG-08, reference 4.6): may ECS assume them, and may they pull the image,
//! read the secrets and write the log?
//!
//! ECS holds what IAM said last, so that a task can ask at each step: `iam` tells of every change by
//! [`Event::PermissionsChanged`](crate::event::Event::PermissionsChanged).

use super::taskdef::{Ask, Container, Core};
use super::{Ecs, LaunchType, Task, env_files, image};
use crate::aws::ApiError;
use crate::aws::arn::{Account, short_name};
use crate::ecr::{Ecr, REPOSITORY_POLICY};
use crate::event::MachineId;
use crate::iam::evaluate::Named;
use crate::iam::policy::Policy;
use crate::iam::{Iam, Need, RoleState, Scene, Verdict, is_foreign, role_state};
use crate::sim::SimTime;
use crate::sim::sorted::Map;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// What IAM said last, and of which account, with the policies of repositories by ARN.
#[derive(Clone, Default)]
pub struct Authority {
    iam: Iam,
    account: Account,
    repositories: Map<String, Rc<Policy>>,
}

impl Authority {
    /// A need with the policy of its resource.
    fn on<'a>(&'a self, need: &'a Need) -> (&'a Need, Option<Named<'a>>) {
        let policy = self.repositories.get(&need.resource);
        (need, policy.map(|policy| Named { name: REPOSITORY_POLICY, policy }))
    }
}

impl Ecs {
    /// The account and its Region, as IAM said last.
    pub(super) fn account(&self) -> &Account {
        &self.authority.account
    }

    /// IAM and the registry tell who may do what from now on.
    pub fn hear(&mut self, iam: &Iam, ecr: &Ecr, account: &Account) {
        let repositories = ecr.resource_policies(account);
        self.authority = Rc::new(Authority { iam: iam.clone(), account: account.clone(), repositories });
    }
}

/// The service that task roles and execution roles trust.
const TASKS: &str = "ecs-tasks.amazonaws.com";

/// Whether ECS may assume the roles that a task is to have: those of the definition, or of the overrides, and the one
/// that is to make its volume (6.15).
///
/// Errors: ClientException for a role that is not there or that does not trust the service.
pub fn assumable(ecs: &Ecs, core: &Core, overrides: &Value, volume: &Value) -> Result<(), ApiError> {
    let given = |member: &str, own| overrides[member].as_str().or(own).filter(|role| !role.is_empty());
    let Authority { iam, account, .. } = &*ecs.authority;
    for (role, service) in [
        (given("executionRoleArn", core.execution_role.as_deref()), TASKS),
        (given("taskRoleArn", core.task_role.as_deref()), TASKS),
        (volume["managedEBSVolume"]["roleArn"].as_str(), "ecs.amazonaws.com"),
    ] {
        let Some(role) = role else { continue };
        let state = role_state(iam, account, role, service);
        // Whatever role of this account the lab does not hold, tasks cannot have. One of another account is taken on trust.
        let unknown = service == TASKS && state == RoleState::OnTrust && !is_foreign(account, role);
        if unknown || matches!(state, RoleState::Closed | RoleState::Gone) {
            let arn = match role.starts_with("arn:") {
                true => role.to_string(),
                false => account.principal(&format!("role/{role}")),
            };
            return Err(ApiError::client(format!(
                "ECS was unable to assume the role '{arn}' that was provided for this task. Please verify that the role \
                 being passed has the proper trust relationship and permissions and that your IAM user has permissions to \
                 pass this role."
            )));
        }
    }
    Ok(())
}

/// For what a container's role is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The login to ECR.
    Login,
    /// The image's manifest.
    Image,
    /// The image's layers.
    Layers,
    /// A secret of Secrets Manager.
    Secret,
    /// A parameter of Systems Manager.
    Parameter,
    /// An environment file.
    File,
    /// A log group (LG-05).
    LogGroup,
    /// A log stream (LG-08).
    LogStream,
}

/// One thing that a role needs before a container can start.
#[derive(Clone, Debug)]
pub struct Want<'a> {
    /// What for.
    pub purpose: Purpose,
    /// The role, by name or ARN.
    pub role: &'a str,
    /// The name of its session: the task's id, of an instance's role the instance's.
    pub session: String,
    /// The action and its resource.
    pub need: Need,
}

/// Everything that a container needs of its task's roles, in the order in which it is asked for.
pub fn wants<'a>(ecs: &'a Ecs, task: &'a Task, container: &Container) -> Vec<Want<'a>> {
    let account = &ecs.authority.account;
    let (partition, Account { region, id }) = (account.partition(), account);
    let (execution, either) = (execution(task), puller(ecs, task));
    let mut all = Vec::new();
    let mut want = |purpose, role: &Option<InRole<'a>>, action: &str, resource: String| {
        if let Some((role, session)) = role.clone() {
            all.push(Want { purpose, role, session, need: Need::new(action, resource) });
        }
    };
    let asks = env_files::asks(task, container);
    for ask in asks.iter() {
        match ask {
            Ask::Secret(named) => {
                let arn = match named.starts_with("arn:") {
                    true => named.clone(),
                    false => format!("arn:{partition}:secretsmanager:{region}:{id}:secret:{named}"),
                };
                want(Purpose::Secret, &execution, "secretsmanager:GetSecretValue", arn);
            }
            Ask::Parameter(named) => {
                let arn = match named.starts_with("arn:") {
                    true => named.clone(),
                    false => format!("arn:{partition}:ssm:{region}:{id}:parameter/{}", named.trim_start_matches('/')),
                };
                want(Purpose::Parameter, &execution, "ssm:GetParameters", arn);
            }
            Ask::File(arn) => want(Purpose::File, &execution, "s3:GetObject", arn.clone()),
            Ask::Stream { .. } => {}
        }
    }
    if let Some((registry, region, repository)) = image::in_ecr(&container.image) {
        want(Purpose::Login, &either, "ecr:GetAuthorizationToken", "*".to_string());
        let arn = format!("arn:{partition}:ecr:{region}:{registry}:repository/{repository}");
        want(Purpose::Image, &either, "ecr:BatchGetImage", arn.clone());
        want(Purpose::Layers, &either, "ecr:GetDownloadUrlForLayer", arn);
    }
    for ask in asks.iter() {
        let Ask::Stream { prefix } = ask else { continue };
        let Some((group, creates)) = &container.log_group else { continue };
        let mut arn = format!("arn:{partition}:logs:{region}:{id}:log-group:{group}:log-stream:");
        // The driver makes a group only where it finds none.
        if *creates && !ecs.log_groups.contains(group) {
            want(Purpose::LogGroup, &either, "logs:CreateLogGroup", arn.clone());
        }
        if !prefix.is_empty() {
            arn += &format!("{prefix}{}", task.key.id);
        }
        want(Purpose::LogStream, &either, "logs:CreateLogStream", arn);
    }
    all
}

/// Whether a task may be kept from coming up, so that its containers have to be followed one by one.
pub fn keeps_something(ecs: &Ecs, task: &Task, now: SimTime) -> bool {
    let containers = &task.definition.registration.core.containers;
    containers
        .iter()
        .any(|own| first_refused(ecs, task, own, now, |_| true).is_some() || missing(ecs, task, own).is_some())
}

/// Why the secrets and environment files of a container cannot be fetched: the role may not, or they are not there.
pub fn fetch_refusal(ecs: &Ecs, task: &Task, container: &Container, now: SimTime) -> Option<String> {
    let fetched = |purpose| matches!(purpose, Purpose::Secret | Purpose::Parameter | Purpose::File);
    first_refused(ecs, task, container, now, fetched).or_else(|| missing(ecs, task, container))
}

/// The reason of a container whose secret, parameter or environment file is not there.
fn missing(ecs: &Ecs, task: &Task, container: &Container) -> Option<String> {
    let (region, fargate) = (&ecs.authority.account.region, task.launch == LaunchType::Fargate);
    env_files::asks(task, container).iter().find_map(|ask| match ask {
        Ask::Secret(named) => {
            let ApiError { code, message, .. } = ecs.secrets.secret_refusal(named)?;
            Some(match fargate {
                true => format!(
                    "{EXECUTION_FAILED} unable to retrieve secret from asm: {RETRIED} failed to fetch secret {named} from \
                     secrets manager: {code}: {message}"
                ),
                false => format!(
                    "Fetching secret data from AWS Secrets Manager in region {region}: secret {named}: {code}: {message}"
                ),
            })
        }
        Ask::Parameter(named) if !ecs.secrets.has_parameter(named) => Some(match fargate {
            true => format!(
                "{EXECUTION_FAILED} unable to retrieve secrets from ssm: {RETRIED} invalid ssm parameters: {named}"
            ),
            false => {
                format!("Fetching secret data from SSM Parameter Store in {region}: invalid ssm parameters: {named}")
            }
        }),
        Ask::File(arn) => {
            let (bucket, key) = in_bucket(arn)?;
            let ApiError { code, message, .. } = ecs.objects.object(bucket, key).err()?;
            Some(match fargate {
                true => format!("{} StatusCode: 404, api error NotFound: Not Found", no_file()),
                false => on_instance(arn, &format!("{code}: {message} status code: 404")),
            })
        }
        _ => None,
    })
}

/// The bucket and the key of an environment file.
fn in_bucket(arn: &str) -> Option<(&str, &str)> {
    arn.split_once(":::")?.1.split_once('/')
}

/// How Fargate begins to say that S3 gave it no environment file.
fn no_file() -> String {
    format!(
        "ResourceInitializationError: failed to download env files: {RETRIED} operation error S3: HeadObject, https response \
         error"
    )
}

/// The same in the words of an instance's agent.
fn on_instance(arn: &str, why: &str) -> String {
    let (bucket, key) = in_bucket(arn).unwrap_or_default();
    format!(
        "unable to download envfile with ARN {arn} from s3: unable to download env file with key {key} from bucket {bucket}: \
         {why}"
    )
}

/// Why an image of ECR cannot be pulled: the login first, then the manifest, and the layers of what is `there`.
pub fn pull_refusal(ecs: &Ecs, task: &Task, container: &Container, now: SimTime, there: bool) -> Option<String> {
    let counts = match there {
        true => |purpose| matches!(purpose, Purpose::Login | Purpose::Image | Purpose::Layers),
        false => |purpose| matches!(purpose, Purpose::Login | Purpose::Image),
    };
    first_refused(ecs, task, container, now, counts)
}

/// Why the log driver of a container cannot make its stream (LG-05, LG-08).
pub fn stream_refusal(ecs: &Ecs, task: &Task, container: &Container, now: SimTime) -> Option<String> {
    first_refused(ecs, task, container, now, |purpose| matches!(purpose, Purpose::LogGroup | Purpose::LogStream))
}

/// The reason of a container whose role is refused something, for such purposes.
fn first_refused(
    ecs: &Ecs,
    task: &Task,
    container: &Container,
    now: SimTime,
    counts: fn(Purpose) -> bool,
) -> Option<String> {
    if env_files::asks(task, container).is_empty() && image::in_ecr(&container.image).is_none() {
        return None;
    }
    let authority = &*ecs.authority;
    let scene = Scene { caller: "", account: &authority.account, now };
    wants(ecs, task, container).into_iter().filter(|own| counts(own.purpose)).find_map(|own| {
        let why = authority.iam.role_refusal_on(scene, own.role, &own.session, authority.on(&own.need))?;
        Some(reason(ecs, task, container, &own, &why))
    })
}

/// Whether a task's role, or that of its instance without one, may open the channels of ECS Exec (8.6).
pub fn opens_channels(ecs: &Ecs, task: &Task, now: SimTime) -> bool {
    let channels = ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"];
    let may = |name: &str| task_may(ecs, task, now, &Need::new(format!("ssmmessages:{name}"), "*")).is_ok();
    channels.into_iter().all(may)
}

/// Whether what runs in a task may do one thing, in the task's role or that of its instance without one.
///
/// # Errors
/// Why it may not, in AWS's words; none where it has no role at all.
pub fn task_may(ecs: &Ecs, task: &Task, now: SimTime, need: &Need) -> Result<(), Option<String>> {
    allowed(ecs, within(ecs, task), now, need)
}

/// As whom what runs in a task calls AWS, `assumed-role/ROLE/SESSION`; none where it has no role at all.
pub fn task_caller(ecs: &Ecs, task: &Task) -> Option<String> {
    within(ecs, task).map(|(role, session)| format!("assumed-role/{}/{session}", short_name(role)))
}

/// The role of what runs in a task: the task's, or that of its instance without one.
fn within<'a>(ecs: &'a Ecs, task: &'a Task) -> Option<InRole<'a>> {
    let own = task.definition.registration.core.task_role.as_deref();
    let own = task.request.overrides["taskRoleArn"].as_str().or(own).filter(|role| !role.is_empty());
    own.map(|role| (role, task.key.id.to_string())).or_else(|| of_instance(ecs, task))
}

/// The same of the task's execution role, with which the agent fetches what its containers need.
///
/// # Errors
/// As of [`task_may`].
pub fn execution_may(ecs: &Ecs, task: &Task, now: SimTime, need: &Need) -> Result<(), Option<String>> {
    allowed(ecs, execution(task), now, need)
}

fn allowed(ecs: &Ecs, own: Option<InRole<'_>>, now: SimTime, need: &Need) -> Result<(), Option<String>> {
    let Authority { iam, account, .. } = &*ecs.authority;
    let (role, session) = own.ok_or(None)?;
    iam.role_refusal(Scene { caller: "", account, now }, role, &session, need).map_or(Ok(()), |why| Err(Some(why)))
}

/// What the agent, or Fargate, makes of a refusal.
fn reason(ecs: &Ecs, task: &Task, container: &Container, want: &Want<'_>, why: &str) -> String {
    let (region, arn) = (&ecs.authority.account.region, &want.need.resource);
    let log = if want.purpose == Purpose::LogGroup { "group" } else { "stream" };
    match (want.purpose, task.launch == LaunchType::Fargate) {
        (Purpose::Login, true) => {
            format!("{EXECUTION_FAILED} unable to retrieve ecr registry auth: {RETRIED} AccessDeniedException: {why}")
        }
        (Purpose::Login, false) => format!("CannotPullECRContainerError: AccessDeniedException: {why}"),
        (Purpose::Image | Purpose::Layers, _) => image::refused(&container.image, why),
        (Purpose::Secret, true) => format!(
            "{EXECUTION_FAILED} unable to retrieve secret from asm: {RETRIED} failed to fetch secret {arn} from secrets \
             manager: AccessDeniedException: {why}"
        ),
        (Purpose::Secret, false) => format!(
            "Fetching secret data from AWS Secrets Manager in region {region}: secret {arn}: AccessDeniedException: {why}"
        ),
        (Purpose::Parameter, true) => {
            format!("{EXECUTION_FAILED} unable to retrieve secrets from ssm: {RETRIED} AccessDeniedException: {why}")
        }
        (Purpose::Parameter, false) => {
            format!("Fetching secret data from SSM Parameter Store in {region}: AccessDeniedException: {why}")
        }
        (Purpose::File, true) => format!("{} StatusCode: 403, api error Forbidden: Forbidden", no_file()),
        (Purpose::File, false) => on_instance(arn, &format!("AccessDenied: {why} status code: 403")),
        (Purpose::LogGroup | Purpose::LogStream, true) => format!(
            "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed \
             to create Cloudwatch log {log}: AccessDeniedException: {why} : exit status 1"
        ),
        (Purpose::LogGroup | Purpose::LogStream, false) => format!(
            "CannotStartContainerError: Error response from daemon: failed to initialize logging driver: failed to create \
             Cloudwatch log {log}: AccessDeniedException: {why}"
        ),
    }
}

/// What the roles of a task were asked for, with what decided, for the page; none decided for a role taken on trust.
pub fn asked(ecs: &Ecs, task: &Task, now: SimTime) -> Vec<(String, Need, Option<Verdict>)> {
    let authority = &*ecs.authority;
    let scene = Scene { caller: "", account: &authority.account, now };
    let containers = &task.definition.registration.core.containers;
    let mut all: Vec<(String, Need, Option<Verdict>)> = Vec::new();
    for want in containers.iter().flat_map(|own| wants(ecs, task, own)) {
        let verdict = authority.iam.role_verdict(scene, want.role, &want.session, authority.on(&want.need));
        if !all.iter().any(|(role, need, _)| role == want.role && *need == want.need) {
            all.push((want.role.to_string(), want.need, verdict));
        }
    }
    all
}

const EXECUTION_FAILED: &str =
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed:";
/// With what the reason of a task on Fargate begins that gets neither secrets nor a login to its registry.
pub(super) const NO_SECRETS: &str = "ResourceInitializationError: unable to pull secrets or registry auth:";
const RETRIED: &str = "service call has been retried 1 time(s):";

/// A role and the name of its session.
type InRole<'a> = (&'a str, String);

/// The task's execution role.
fn execution(task: &Task) -> Option<InRole<'_>> {
    let own = task.definition.registration.core.execution_role.as_deref();
    let role = task.request.overrides["executionRoleArn"].as_str().or(own)?;
    (!role.is_empty()).then(|| (role, task.key.id.to_string()))
}

/// In which role a task pulls: its execution role, else its instance's.
pub fn puller<'a>(ecs: &'a Ecs, task: &'a Task) -> Option<InRole<'a>> {
    execution(task).or_else(|| of_instance(ecs, task))
}

/// The role of the instance on which the task runs.
fn of_instance<'a>(ecs: &'a Ecs, task: &Task) -> Option<InRole<'a>> {
    let machine = ecs.instance(task.host()?)?.machine;
    let MachineId::Ec2(id) = machine else { return None };
    Some((ecs.barred.role(id)?, machine.to_string()))
}
