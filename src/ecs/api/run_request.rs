//! A RunTask or StartTask request, read and checked before anything changes. Errors in descending precedence (`ecs.md` 4.10).

use super::{definition, interface, provider, tags};
use crate::aws::ApiError;
use crate::aws::arn::{self, Account};
use crate::aws::object::object;
use crate::ecs::service::connects;
use crate::ecs::taskdef::{Core, NetworkMode};
use crate::ecs::{Definition, Ecs, LaunchType, Owner, TaskRequest, Traffic, overrides, roles};
use crate::placement::input::{expression_from, joined};
use crate::placement::{self, Request};
use crate::scaling::split::Share;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// RunTask without a strategy distributes at random (4.2, last row).
const RUN_TASK_DEFAULT: [placement::Strategy; 1] = [placement::Strategy::Random];

/// What is to run, how often, and how it is placed.
#[derive(Clone)]
pub struct RunRequest {
    pub definition: Rc<Definition>,
    pub launch: LaunchType,
    pub count: u32,
    /// The zones of the subnets named, in their order; empty without a network configuration.
    pub zones: Vec<String>,
    pub placement: Rc<Request>,
    /// Where the tasks go: the capacity providers of the strategy, or one pool without any.
    pub pools: Vec<Target>,
    /// The subnets of the request with their zones.
    pub subnets: Vec<(String, String)>,
}

/// One item of the strategy that applies.
#[derive(Clone)]
pub struct Target {
    /// The number of an Auto Scaling group's capacity provider; else 0.
    pub provider: u32,
    /// Whether it is FARGATE_SPOT.
    pub spot: bool,
    pub share: Share,
    /// Whether what finds no place waits for managed scaling (2.10).
    pub waits: bool,
    pub shared: Rc<TaskRequest>,
}

impl Target {
    /// The one pool without a strategy.
    fn only(shared: TaskRequest) -> Self {
        Self { provider: 0, spot: false, share: Share { weight: 1, base: 0 }, waits: false, shared: Rc::new(shared) }
    }
}

/// Whose task it will be: the names of cluster and service, the service with its revision, the deployment's id.
pub struct TaskOf<'a> {
    pub cluster: &'a str,
    pub service: &'a str,
    /// What is refused with it: that the service is created or updated.
    pub what: &'a str,
    pub owner: Owner,
    pub started_by: String,
    /// Where its tasks are registered.
    pub traffic: Rc<[Traffic]>,
    /// The settings of the service revision.
    pub settings: Rc<Value>,
}

impl RunRequest {
    pub fn read(ecs: &Ecs, account: &Account, input: &Value) -> Result<Self, ApiError> {
        let count = count(input)?;
        let (launch, strategy) = launch_type(ecs, input)?;
        let asked = placement::strategies_from(&input["placementStrategy"])?;
        let definition = definition::to_run(ecs, input["taskDefinition"].as_str().unwrap_or_default())?;
        let core = &definition.registration.core;
        let constraints = constraints(core, input)?;
        fits_launch_type(&definition, launch, &asked, input)?;
        takes_spot(&definition, &strategy)?;
        let strategies = if asked.is_empty() { RUN_TASK_DEFAULT.to_vec() } else { asked };
        let subnets = interface::subnets(&ecs.network, account, core, launch, input)?;
        let zones: Vec<String> = subnets.iter().map(|(_, zone)| zone.clone()).collect();
        can_exec(&definition, launch, input, "task couldn't be run")?;
        let group = Rc::from(group(&definition, input)?);
        let mut shared = shared(ecs, &definition, input)?;
        shared.volume = volume(&definition, input)?;
        let core = overrides::applied(&definition.registration, &input["overrides"], launch)?;
        roles::assumable(ecs, &definition.registration.core, &input["overrides"], &shared.volume)?;
        let mut demand = overrides::demand(&core, &zones, launch);
        interface::keep_to_vpc(&ecs.network, &mut demand, launch, &subnets);
        (shared.demand, shared.group) = (Rc::new(demand.clone()), Rc::clone(&group));
        let placement = Rc::new(Request { demand, group, constraints, strategies });
        let pools = targets(ecs, shared, &strategy);
        Ok(Self { launch, count, zones, placement, pools, subnets, definition })
    }

    /// StartTask's: its input has the members of RunTask's that it shares. The caller names the instances, so no strategy
    /// plays a part (PL-10). Nor do the definition's constraints: AWS's reasons for StartTask have none for them (4.10,
    /// `UNDOC→`).
    pub fn to_start(ecs: &Ecs, account: &Account, input: &Value) -> Result<Self, ApiError> {
        let request = Self::read(ecs, account, input)?;
        let Request { demand, group, .. } = &*request.placement;
        let placement = Request { demand: demand.clone(), group: group.clone(), ..Request::default() };
        Ok(Self { placement: Rc::new(placement), ..request })
    }

    /// What each task of a service asks for, by the settings of the service: those members of CreateService that it
    /// shares with RunTask.
    pub fn for_service(
        ecs: &Ecs,
        account: &Account,
        definition: Rc<Definition>,
        launch: LaunchType,
        settings: &Value,
        task_of: TaskOf<'_>,
    ) -> Result<Self, ApiError> {
        let asked = placement::strategies_from(&settings["placementStrategy"])?;
        let core = &definition.registration.core;
        let constraints = constraints(core, settings)?;
        fits_launch_type(&definition, launch, &asked, settings)?;
        let strategies = if asked.is_empty() { placement::Strategy::service_default() } else { asked };
        let subnets = interface::subnets(&ecs.network, account, core, launch, settings)?;
        let zones: Vec<String> = subnets.iter().map(|(_, zone)| zone.clone()).collect();
        can_exec(&definition, launch, settings, task_of.what)?;
        let mut demand = overrides::demand(core, &zones, launch);
        interface::keep_to_vpc(&ecs.network, &mut demand, launch, &subnets);
        if launch != LaunchType::Fargate && connects(&task_of.settings) {
            demand.attributes.push(("ecs.capability.service-connect-v1".to_string(), None));
        }
        let group: Rc<str> = Rc::from(format!("service:{}", task_of.service));
        let shared = TaskRequest {
            group: Rc::clone(&group),
            demand: Rc::new(demand.clone()),
            started_by: Some(task_of.started_by.clone()),
            overrides: Value::Null,
            tags: service_tags(&definition, settings, &task_of)?,
            execute_command: settings["enableExecuteCommand"] == true,
            subnets: Vec::new(),
            security_groups: interface::security_groups(&ecs.network, settings),
            has_public_ip: interface::has_public_ip(settings),
            volume: volume(&definition, settings)?,
            platform_version: settings["platformVersion"].as_str().map(String::from),
            provider: None,
            owner: Some(task_of.owner),
            traffic: Rc::clone(&task_of.traffic),
            settings: Some(Rc::clone(&task_of.settings)),
        };
        let strategy = settings["capacityProviderStrategy"].as_array().map(Vec::as_slice).unwrap_or_default();
        takes_spot(&definition, strategy)?;
        Ok(Self {
            launch,
            count: 1,
            zones,
            placement: Rc::new(Request { demand, group, constraints, strategies }),
            pools: targets(ecs, shared, strategy),
            subnets,
            definition,
        })
    }

    /// Whether each task gets something attached before it starts: a network interface or a volume.
    pub fn has_attachment(&self) -> bool {
        self.has_interface() || self.pools.first().is_some_and(|pool| pool.shared.volume.is_object())
    }

    /// Whether each task gets a network interface of its own.
    pub fn has_interface(&self) -> bool {
        self.definition.registration.core.network_mode == NetworkMode::Awsvpc
    }

    /// The subnet of the request that lies in a zone.
    pub fn subnet_in(&self, zone: &str) -> Option<String> {
        self.subnets.iter().find(|(_, own)| own == zone).map(|(subnet, _)| subnet.clone())
    }
}

/// PL-42.
fn count(input: &Value) -> Result<u32, ApiError> {
    match input["count"].as_i64() {
        None => Ok(1),
        Some(count @ 1..=10) => Ok(count as u32),
        Some(_) => Err(ApiError::invalid("count should be between 1 and 10.").at("count").in_our_words()),
    }
}

/// PL-47, PL-48: the strategy of the request, else the launch type that it names, else the cluster's default strategy, else
/// EC2. StartTask needs neither.
pub fn launch_type(ecs: &Ecs, input: &Value) -> Result<(LaunchType, Vec<Value>), ApiError> {
    let member = "capacityProviderStrategy";
    let items = |strategy: &Value| strategy.as_array().cloned().unwrap_or_default();
    let (asked, named) = (items(&input[member]), input["launchType"].is_string());
    let cluster = super::cluster_of(ecs, input)?;
    let strategy = match (asked.is_empty(), named) {
        (false, true) => {
            let message = "Specifying both a launch type and capacity provider strategy is not supported";
            return Err(ApiError::invalid(message).at(member));
        }
        (false, false) => items(&provider::strategy(&cluster.document["capacityProviders"], &input[member], member)?),
        (true, false) if !input["containerInstances"].is_array() => {
            items(&cluster.document["defaultCapacityProviderStrategy"])
        }
        _ => Vec::new(),
    };
    if let Some(first) = strategy.first() {
        let fargate = provider::FARGATE.iter().any(|own| first["capacityProvider"] == *own);
        return Ok((if fargate { LaunchType::Fargate } else { LaunchType::Ec2 }, strategy));
    }
    let launch = match input["launchType"].as_str() {
        None => LaunchType::Ec2,
        Some("MANAGED_INSTANCES") => {
            return Err(ApiError::not_simulated("the launch type MANAGED_INSTANCES").at("launchType"));
        }
        Some(word) => LaunchType::parse(word)
            .ok_or_else(|| ApiError::invalid(format!("Unknown launch type {word}.")).at("launchType").in_our_words())?,
    };
    Ok((launch, strategy))
}

/// 2.5: FARGATE_SPOT runs no Windows.
fn takes_spot(definition: &Definition, strategy: &[Value]) -> Result<(), ApiError> {
    let spot = strategy.iter().any(|item| item["capacityProvider"] == provider::SPOT);
    if !(spot && definition.registration.core.is_windows()) {
        return Ok(());
    }
    let message = "The FARGATE_SPOT capacity provider does not support Windows containers.";
    Err(ApiError::invalid(message).at("capacityProviderStrategy").in_our_words())
}

fn targets(ecs: &Ecs, shared: TaskRequest, strategy: &[Value]) -> Vec<Target> {
    let number = |value: &Value| value.as_u64().and_then(|own| u32::try_from(own).ok()).unwrap_or_default();
    let target = |item: &Value| {
        let name = item["capacityProvider"].as_str().unwrap_or_default();
        let own = ecs.providers.get(name);
        let provider = own.map_or(0, |own| own.number);
        Target {
            provider,
            waits: own.is_some_and(|own| own.scales()),
            spot: name == provider::SPOT,
            share: Share { weight: number(&item["weight"]), base: number(&item["base"]) },
            shared: Rc::new(TaskRequest { provider: Some(name.to_string()), ..shared.clone() }),
        }
    };
    let mut targets: Vec<Target> = strategy.iter().map(target).collect();
    if targets.is_empty() {
        targets.push(Target::only(shared));
    }
    targets
}

/// CN-06, CN-07: the definition's and the request's, at most ten together.
fn constraints(core: &Core, input: &Value) -> Result<Vec<placement::Constraint>, ApiError> {
    let asked = placement::constraints_from(&input["placementConstraints"])?;
    let member_of = |text: &String| Ok(placement::Constraint::MemberOf(expression_from(text, "taskDefinition")?));
    let own: Result<Vec<_>, ApiError> = core.placement_constraints.iter().map(member_of).collect();
    joined(&own?, &asked)
}

/// FG-12, FG-14, ST-12: what goes with which launch type.
fn fits_launch_type(
    definition: &Definition,
    launch: LaunchType,
    strategies: &[placement::Strategy],
    input: &Value,
) -> Result<(), ApiError> {
    let compatible = definition.registration.compatibilities.iter().any(|name| name == launch.name());
    if !compatible {
        let message = format!("Task definition does not support launch_type {}.", launch.name());
        return Err(ApiError::invalid(message).at("launchType"));
    }
    match launch {
        LaunchType::Fargate if !strategies.is_empty() => {
            let message = "Placement strategies are not supported with FARGATE launch type.";
            Err(ApiError::invalid(message).at("placementStrategy").in_our_words())
        }
        LaunchType::Fargate if input["placementConstraints"].as_array().is_some_and(|list| !list.is_empty()) => {
            let message = "Placement constraints are not supported with FARGATE launch type.";
            Err(ApiError::invalid(message).at("placementConstraints").in_our_words())
        }
        LaunchType::Fargate => platform_version(definition, input),
        LaunchType::Ec2 | LaunchType::External if input["platformVersion"].is_string() => {
            let message = format!("The platform version must be null when specifying an {} launch type", launch.name());
            Err(ApiError::invalid(message).at("platformVersion"))
        }
        LaunchType::Ec2 | LaunchType::External => Ok(()),
    }
}

/// FG-14, FG-15.
fn platform_version(definition: &Definition, input: &Value) -> Result<(), ApiError> {
    let (document, windows) = (&definition.registration.document, definition.registration.core.is_windows());
    let (code, message) = match (input["platformVersion"].as_str(), windows) {
        (None | Some("LATEST"), _) | (Some("1.4.0"), false) | (Some("1.0.0"), true) => return Ok(()),
        (Some("1.3.0"), false) if !needs_1_4_0(document, input) => return Ok(()),
        (Some("1.4.0" | "1.3.0"), _) => (
            "PlatformTaskDefinitionIncompatibilityException",
            "The specified platform version does not satisfy the task definition's required capabilities.",
        ),
        _ => ("PlatformUnknownException", "The specified platform version does not exist."),
    };
    Err(ApiError::new(code, message).at("platformVersion").in_our_words())
}

/// 3.4: what came with version 1.4.0.
fn needs_1_4_0(document: &Value, input: &Value) -> bool {
    let each = |list: &str| document[list].as_array().into_iter().flatten();
    let of_volume = |own: &Value| own["efsVolumeConfiguration"].is_object() || own["configuredAtLaunch"] == true;
    let of_container = |own: &Value| {
        let some = |list: &Value| list.as_array().is_some_and(|list| !list.is_empty());
        some(&own["environmentFiles"]) || some(&own["linuxParameters"]["capabilities"]["add"])
    };
    document["ephemeralStorage"].is_object()
        || input["overrides"]["ephemeralStorage"].is_object()
        || input["enableExecuteCommand"] == true
        || document["cpu"].as_str().is_some_and(|cpu| matches!(cpu, "8192" | "16384"))
        || each("volumes").any(of_volume)
        || each("containerDefinitions").any(of_container)
}

/// VO-02: the volume that the definition leaves to the request, as the request configures it; null without one.
fn volume(definition: &Definition, input: &Value) -> Result<Value, ApiError> {
    let path = "volumeConfigurations";
    let volumes = definition.registration.document["volumes"].as_array();
    let own = volumes.into_iter().flatten().find(|volume| volume["configuredAtLaunch"] == true);
    let given = input[path].as_array().map(Vec::as_slice).unwrap_or_default();
    if let Some(other) = given.iter().find(|other| own.is_none_or(|own| own["name"] != other["name"])) {
        let name = other["name"].as_str().unwrap_or_default();
        let message =
            format!("The volume name '{name}' in your request does not have a matching volume in your Task Definition");
        return Err(ApiError::invalid(message).at(path));
    }
    let whole = |volume: &Value| {
        let ebs = &volume["managedEBSVolume"];
        let sized = ebs["sizeInGiB"].as_u64().map(|size| (1..=65_536).contains(&size));
        sized.unwrap_or_else(|| ebs["snapshotId"].is_string())
    };
    match (own, given) {
        (None, _) => Ok(Value::Null),
        (Some(_), [only]) if whole(only) => Ok(only.clone()),
        _ => Err(ApiError::invalid("ECS managed EBS volume configuration was invalid").at(path)),
    }
}

/// 8.6: ECS Exec on Fargate needs a task role; on an instance it can do with the instance's (0.4).
fn can_exec(definition: &Definition, launch: LaunchType, input: &Value, what: &str) -> Result<(), ApiError> {
    let role = |holder: &Value| holder["taskRoleArn"].as_str().is_some_and(|role| !role.is_empty());
    let wanted = input["enableExecuteCommand"] == true && launch == LaunchType::Fargate;
    if !wanted || role(&definition.registration.document) || role(&input["overrides"]) {
        return Ok(());
    }
    let message = format!(
        "The {what} because a valid taskRoleArn is not being used. Specify a valid task role in your task definition and try \
         again."
    );
    Err(ApiError::invalid(message).at("enableExecuteCommand").in_our_words())
}

/// TG-01, TG-02, TG-05.
fn group(definition: &Definition, input: &Value) -> Result<String, ApiError> {
    let Some(group) = input["group"].as_str().filter(|group| !group.is_empty()) else {
        return Ok(format!("family:{}", definition.registration.family));
    };
    if group.chars().count() > 255 {
        return Err(ApiError::invalid("Task group can be at most 255 characters.").at("group").in_our_words());
    }
    if group.starts_with("service:") {
        let message = "A task group that starts with 'service:' belongs to a service.";
        return Err(ApiError::invalid(message).at("group").in_our_words());
    }
    Ok(group.to_string())
}

/// PL-49, PL-52, OV-01.
fn shared(ecs: &Ecs, definition: &Definition, input: &Value) -> Result<TaskRequest, ApiError> {
    let longest = |member: &'static str, most: usize| match input[member].as_str() {
        Some(text) if text.chars().count() > most => {
            let message = format!("{member} can be at most {most} characters.");
            Err(ApiError::invalid(message).at(member).in_our_words())
        }
        _ => Ok(()),
    };
    // Only StartTask names instances.
    longest("startedBy", if input["containerInstances"].is_array() { 36 } else { 128 })?;
    longest("clientToken", 64)?;
    longest("referenceId", 1024)?;
    if input["clientToken"].as_str().is_some_and(|token| !token.bytes().all(|byte| byte.is_ascii_graphic())) {
        let message = "clientToken can have the characters from 33 to 126.";
        return Err(ApiError::invalid(message).at("clientToken").in_our_words());
    }
    if input["propagateTags"] == "SERVICE" {
        let message = "The propagateTags value SERVICE is not supported for standalone tasks.";
        return Err(ApiError::invalid(message).at("propagateTags").in_our_words());
    }
    Ok(TaskRequest {
        group: Rc::default(),
        demand: Rc::default(),
        started_by: input["startedBy"].as_str().map(String::from),
        overrides: input["overrides"].clone(),
        tags: tags(definition, input)?,
        execute_command: input["enableExecuteCommand"] == true,
        subnets: Vec::new(),
        security_groups: interface::security_groups(&ecs.network, input),
        has_public_ip: interface::has_public_ip(input),
        volume: Value::Null,
        platform_version: input["platformVersion"].as_str().map(String::from),
        provider: None,
        owner: None,
        traffic: Rc::default(),
        settings: None,
    })
}

/// The definition's tags where the request has them propagated, under the request's own, and the tag that ECS manages.
fn tags(definition: &Definition, input: &Value) -> Result<Value, ApiError> {
    let mut all = tags::given(input)?;
    if input["propagateTags"] == "TASK_DEFINITION" {
        all = tags::merged(&definition.tags, &all);
    }
    tags::few(&all)?;
    if let (true, Some(all)) = (input["enableECSManagedTags"] == true, all.as_array_mut()) {
        let cluster = input["cluster"].as_str().filter(|name| !name.is_empty()).unwrap_or("default");
        all.push(object!({ "key": "aws:ecs:clusterName", "value": arn::short_name(cluster) }));
    }
    Ok(all)
}

/// The tags that the service has propagated, and those that ECS manages.
fn service_tags(definition: &Definition, settings: &Value, task_of: &TaskOf<'_>) -> Result<Value, ApiError> {
    let mut all = match settings["propagateTags"].as_str() {
        Some("SERVICE") => settings["tags"].clone(),
        Some("TASK_DEFINITION") => definition.tags.clone(),
        _ => Value::Array(Vec::new()),
    };
    tags::few(&all)?;
    if let (true, Some(all)) = (settings["enableECSManagedTags"] == true, all.as_array_mut()) {
        all.push(object!({ "key": "aws:ecs:clusterName", "value": task_of.cluster }));
        all.push(object!({ "key": "aws:ecs:serviceName", "value": task_of.service }));
    }
    Ok(all)
}
