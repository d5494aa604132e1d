//! `aws ecs deploy`: registers a task definition, puts it into an AppSpec file and lets CodeDeploy roll it out
//! (awscli's `customizations/ecs/deploy.py`).

use super::call::{Caller, send, simple, who};
use super::fail::Fail;
use super::globals::Globals;
use super::parser::{Opt, Takes, repr};
use super::python_json::fault;
use super::valid::valid;
use super::{help, wait};
use crate::aws::object::object;
use crate::aws::{model, yaml};
use crate::shell::exec::Shell;
use crate::shell::learn;
use crate::shell::terminal::Output;
use alloc::format;
use alloc::string::{String, ToString};
use serde_json::Value;

/// So much of the names of a cluster and a service is in the names that are assumed.
const LONGEST_NAME: usize = 46;
/// The shortest and the longest wait, and what is added to the group's own, in minutes.
const WAITS: [i64; 3] = [30, 360, 10];

/// The options that it takes.
pub(super) fn options() -> [Opt; 6] {
    let required = |name| Opt { required: true, ..Opt::new(name, Takes::One) };
    [
        required("service"),
        required("task-definition"),
        required("codedeploy-appspec"),
        Opt::new("cluster", Takes::One),
        Opt::new("codedeploy-application", Takes::One),
        Opt::new("codedeploy-deployment-group", Takes::One),
    ]
}

/// # Errors
/// What stops it before anything was printed.
pub(super) fn run(shell: &mut Shell<'_>, globals: &Globals, words: &[String]) -> Result<Output, Fail> {
    let options = options();
    if words == ["help"] {
        return Ok(Output::print(help::command("deploy", None, &options)));
    }
    let parsed = simple(shell, &options, None, words)?;
    let one = |at: usize| parsed.words(at).and_then(|words| words.first()).cloned();
    let file = |at: usize| load(shell, &one(at).unwrap_or_default());
    let text = file(1)?;
    let definition: Value = serde_json::from_str(&text).map_err(|_| Fail::Other(fault(&text)))?;
    let text = file(2)?;
    let read = serde_json::from_str(&text).or_else(|_| yaml::read(&text));
    let name = one(2).unwrap_or_default();
    let spec: Value = read.map_err(|line| Fail::Other(format!("ECS Lab: line {line} of {name} cannot be read")))?;
    let caller = who(shell, globals, "ecs", "DescribeServices")?;
    let (cluster, service) = (one(3).unwrap_or_else(|| "default".to_string()), one(0).unwrap_or_default());
    let mut plan = Plan::new(shell, &caller, &cluster, &service)?;
    plan.application = one(4).unwrap_or_else(|| plan.assumed("AppECS"));
    plan.group = one(5).unwrap_or_else(|| plan.assumed("DgpECS"));
    let minutes = plan.check(shell, &caller)?;
    let mut said = String::new();
    let done = plan.roll_out(shell, &caller, definition, spec, minutes, &mut said);
    Ok(match done {
        Ok(()) => Output::print(said),
        // What was printed stays.
        Err(fail) => {
            shell.learn = learn::of_fail(&fail);
            Output { stdout: said, ..fail.output(shell.terminal.generation) }
        }
    })
}

fn load(shell: &Shell<'_>, name: &str) -> Result<String, Fail> {
    let path = shell.path(&name.replacen('~', crate::shell::terminal::HOME, usize::from(name.starts_with("~/"))));
    shell.terminal.files.read(&path).map(ToString::to_string).ok_or_else(|| {
        let why = shell.missing(&path);
        let number = if why.starts_with('I') { 21 } else { 2 };
        Fail::Other(format!("Error: Unable to load file at {name}: [Errno {number}] {why}: {}", repr(name)))
    })
}

/// A call; its refusal is told with what it was for.
fn ask(
    shell: &mut Shell<'_>,
    caller: &Caller,
    (service, operation): (&str, &str),
    input: Value,
    action: &str,
) -> Result<Value, Fail> {
    let Some(operation) = model::operation(service, operation) else {
        return Err(Fail::Other("the later part of the lab is not here".to_string()));
    };
    valid(operation, &input)?;
    send(shell, caller, operation, input).map_err(|fail| match fail {
        Fail::Service(..) => Fail::Other(format!("Failed to {action}:\n{}", fail.service())),
        other => other,
    })
}

/// What is deployed where.
struct Plan {
    service: String,
    service_arn: String,
    cluster: String,
    cluster_arn: String,
    application: String,
    group: String,
}

impl Plan {
    fn new(shell: &mut Shell<'_>, caller: &Caller, cluster: &str, service: &str) -> Result<Self, Fail> {
        let input = object!({ "cluster": cluster, "services": alloc::vec![service] });
        let reply = ask(shell, caller, ("ecs", "DescribeServices"), input, "describe ECS service")?;
        let own = &reply["services"][0];
        if own.is_null() {
            return Err(Fail::Other(format!("Error: Service '{service}' not found in cluster '{cluster}'")));
        }
        let text = |name: &str| own[name].as_str().unwrap_or_default().to_string();
        let cluster_arn = text("clusterArn");
        let cluster = cluster_arn.split('/').nth(1).unwrap_or_default().to_string();
        let (application, group) = (String::new(), String::new());
        Ok(Self {
            service: text("serviceName"),
            service_arn: text("serviceArn"),
            cluster,
            cluster_arn,
            application,
            group,
        })
    }

    /// The name that is taken where none is given.
    fn assumed(&self, start: &str) -> String {
        let cut = |name: &str| name.chars().take(LONGEST_NAME).collect::<String>();
        format!("{start}-{}-{}", cut(&self.cluster), cut(&self.service))
    }

    /// Holds application and group against the service; how many minutes the group waits by itself.
    fn check(&self, shell: &mut Shell<'_>, caller: &Caller) -> Result<i64, Fail> {
        let input = object!({ "applicationName": self.application.as_str() });
        let application =
            ask(shell, caller, ("codedeploy", "GetApplication"), input, "describe Code Deploy application")?;
        let input = object!({
            "applicationName": self.application.as_str(), "deploymentGroupName": self.group.as_str(),
        });
        let action = "describe Code Deploy deployment group";
        let reply = ask(shell, caller, ("codedeploy", "GetDeploymentGroup"), input, action)?;
        let group = &reply["deploymentGroupInfo"];
        for (what, name, platform) in [
            ("Application", &self.application, &application["application"]["computePlatform"]),
            ("Deployment Group", &self.group, &group["computePlatform"]),
        ] {
            if platform != "ECS" {
                return Err(Fail::Other(format!("Error: {what} '{name}' must support 'ECS' compute platform")));
            }
        }
        for target in group["ecsServices"].as_array().into_iter().flatten() {
            for (what, member, name, arn) in [
                ("service", "serviceName", &self.service, &self.service_arn),
                ("cluster", "clusterName", &self.cluster, &self.cluster_arn),
            ] {
                if target[member] != name.as_str() && target[member] != arn.as_str() {
                    let group = &self.group;
                    let why = format!("Error: deployment group '{group}' does not target ECS {what} '{name}'");
                    return Err(Fail::Other(why));
                }
            }
        }
        let own = &group["blueGreenDeploymentConfiguration"];
        let minutes = |part: &str, member: &str| own[part][member].as_i64().unwrap_or_default();
        Ok(minutes("deploymentReadyOption", "waitTimeInMinutes")
            + minutes("terminateBlueInstancesOnDeploymentSuccess", "terminationWaitTimeInMinutes"))
    }

    fn roll_out(
        &self,
        shell: &mut Shell<'_>,
        caller: &Caller,
        definition: Value,
        mut spec: Value,
        minutes: i64,
        said: &mut String,
    ) -> Result<(), Fail> {
        let action = "register ECS task definition";
        let reply = ask(shell, caller, ("ecs", "RegisterTaskDefinition"), definition, action)?;
        let arn = reply["taskDefinition"]["taskDefinitionArn"].as_str().unwrap_or_default().to_string();
        said.push_str(&format!("Successfully registered new ECS task definition {arn}\n"));
        name_definition(&mut spec, &arn)?;
        let content = object!({ "content": spec.to_string() });
        let revision = object!({ "revisionType": "AppSpecContent", "appSpecContent": content });
        let input = object!({
            "applicationName": self.application.as_str(),
            "deploymentGroupName": self.group.as_str(),
            "revision": revision,
        });
        let reply = ask(shell, caller, ("codedeploy", "CreateDeployment"), input, "create deployment")?;
        let id = reply["deploymentId"].as_str().unwrap_or_default().to_string();
        said.push_str(&format!("Successfully created deployment {id}\n"));
        let [least, most, more] = WAITS;
        let wait = (minutes + more).clamp(least, most);
        said.push_str(&format!("Waiting for {id} to succeed (will wait up to {wait} minutes)...\n"));
        let waiters = wait::waiters("codedeploy");
        let waiter = waiters.iter().find(|own| own.name == "DeploymentSuccessful");
        if let Some(waiter) = waiter {
            let attempts = u32::try_from(wait * 4).unwrap_or_default();
            wait::poll(shell, caller, waiter, object!({ "deploymentId": id }), attempts)?;
        }
        said.push_str(&format!("Successfully deployed {arn} to service '{}'\n", self.service));
        Ok(())
    }
}

/// Puts the task definition into each resource of an AppSpec file.
fn name_definition(spec: &mut Value, arn: &str) -> Result<(), Fail> {
    let resources = member(spec, "codedeploy-appspec", "resources")?;
    for resource in resources.as_array_mut().into_iter().flatten() {
        for (name, content) in resource.as_object_mut().into_iter().flatten() {
            let properties = member(content, name, "properties")?;
            *member(properties, "properties", "taskDefinition")? = arn.into();
        }
    }
    Ok(())
}

/// A member by its name in any case.
fn member<'a>(value: &'a mut Value, of: &str, name: &str) -> Result<&'a mut Value, Fail> {
    let own = value.as_object_mut().and_then(|map| map.iter_mut().find(|(own, _)| own.eq_ignore_ascii_case(name)));
    let missing = || Fail::Other(format!("Error: Resource '{of}' must include property '{name}'"));
    own.map(|(_, own)| own).ok_or_else(missing)
}
