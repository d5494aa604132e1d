//! CreateService, UpdateService, DeleteService, DescribeServices, ListServices (6.1, 6.2, 6.15).

use super::run_request::launch_type;
use super::{
    cluster_of, controller, definition, load_balancers, page_of_values, service_connect, service_registries,
    service_request as request, strings,
};
use crate::aws::ApiError;
use crate::aws::arn::{self, Account};
use crate::aws::object::object;
use crate::ecs::service::{self, Begin, REVISED, Revision, Service, ServiceStatus};
use crate::ecs::{Cluster, Definition, Ecs, LaunchType, Traffic};
use crate::event::{Cx, Event, FactKind, ServiceKey};
use crate::placement::rebalance::Write;
use crate::rooms::Rooms;
use crate::sim::SimDuration;
use crate::sim::sorted::{Map, Set};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Services that one DescribeServices names at most (SV-05).
const MOST_NAMED: usize = 10;
/// Services of a cluster at most (6.11).
const MOST_SERVICES: usize = 5000;

pub fn create(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let cluster = cluster_of(ecs, input)?.clone();
    let name = request::name(input)?;
    let daemon = input["schedulingStrategy"] == "DAEMON";
    let desired = match (request::desired(input, daemon)?, daemon) {
        (None, false) if controller::named(input) != "EXTERNAL" => {
            return Err(ApiError::invalid("DesiredCount is missing").at("desiredCount"));
        }
        (desired, _) => desired.unwrap_or(0),
    };
    let mut settings = request::settings(input, daemon)?;
    request::is_simulated(input)?;
    controller::check(input)?;
    let key = ServiceKey { cluster: cluster.id, number: ecs.services.next_number() };
    if controller::named(input) == "EXTERNAL" {
        // Its task sets say on what they run; until one leads, the service shows what it would run on.
        runs_on(&mut settings, LaunchType::Ec2, Vec::new());
        let mut service = empty(key, &name, settings, input, cx);
        service.desired = desired;
        return made(ecs, cx, &cluster, service, input, None);
    }
    let (launch, strategy) = launch_type(ecs, input)?;
    if daemon && !strategy.is_empty() {
        let message = "The daemon scheduling strategy does not support capacity provider strategies";
        return Err(ApiError::invalid(message).at("capacityProviderStrategy").in_our_words());
    }
    if daemon && launch == LaunchType::Fargate {
        let message = "The daemon scheduling strategy does not support the launch type FARGATE";
        return Err(ApiError::invalid(message).at("launchType").in_our_words());
    }
    let named = input["taskDefinition"].as_str().filter(|named| !named.is_empty());
    let blank = || ApiError::invalid("TaskDefinition can not be blank.").at("taskDefinition").in_our_words();
    let own = definition::to_run(ecs, named.ok_or_else(blank)?)?;
    runs_on(&mut settings, launch, strategy);
    settings["taskDefinition"] = Value::from(definition::arn_of(&cx.options().account, &own));
    if launch == LaunchType::Fargate || input["platformVersion"].is_string() {
        settings["platformVersion"] = Value::from(input["platformVersion"].as_str().unwrap_or("LATEST"));
    }
    let mut service = empty(key, &name, settings, input, cx);
    service.desired = desired;
    load_balancers::role(rooms, cx, input, &own)?;
    let traffic = load_balancers::traffic(rooms, &service.settings, None, &own, (launch, true))?;
    // The request that made a service may come again: then the names in Cloud Map are its own.
    let owner = ecs.service(cluster.id, &name).filter(|known| known.is_active()).map_or(key, |known| known.key);
    discovery(ecs, rooms, cx, (&cluster, owner), &mut service, (&own, launch), None)?;
    let begin = new_revision(ecs, cx, &cluster.name, &service, (own, traffic), launch)?;
    let rules = &begin.run.placement;
    let word = request::rebalancing(input, &service.settings, &rules.strategies, &rules.constraints, Write::Create)?;
    Rc::make_mut(&mut service.settings)["availabilityZoneRebalancing"] = Value::from(word);
    made(ecs, cx, &cluster, service, input, Some(begin))
}

/// The last checks of a new service, and it is there.
fn made(
    ecs: &mut Ecs,
    cx: &mut Cx<'_>,
    cluster: &Cluster,
    service: Service,
    input: &Value,
    begin: Option<Begin>,
) -> Result<Value, ApiError> {
    let (key, name) = (service.key, service.name.to_string());
    if let Some(known) = taken(ecs, cluster, &name, input)? {
        return Ok(answer(ecs, cx, &cluster.name, known));
    }
    if ecs.services(cluster.id).filter(|own| own.is_active()).count() >= MOST_SERVICES {
        let message = format!("A cluster can have at most {MOST_SERVICES} services.");
        return Err(ApiError::invalid(message).at("cluster").in_our_words());
    }
    let sets = service::has_sets(&service);
    ecs.services.insert(service);
    cx.emit(FactKind::Service { cluster: cluster.name.clone(), service: name, status: ServiceStatus::Active.name() });
    match begin {
        Some(begin) if sets => service::add_set(ecs, cx, key, begin, super::task_set::first(cx.now())),
        Some(begin) => service::begin(ecs, cx, key, begin),
        None => {}
    }
    tell_discovery(ecs, cx, key, false);
    Ok(answer(ecs, cx, &cluster.name, key))
}

/// PL-47, CP-07: the launch type or the strategy, whichever it is.
pub fn runs_on(settings: &mut Value, launch: LaunchType, strategy: Vec<Value>) {
    let Some(map) = settings.as_object_mut() else { return };
    map.remove("launchType");
    map.remove("capacityProviderStrategy");
    let (name, value) = match strategy.is_empty() {
        true => ("launchType", Value::from(launch.name())),
        false => ("capacityProviderStrategy", Value::from(strategy)),
    };
    map.insert(name.to_string(), value);
}

fn empty(key: ServiceKey, name: &str, settings: Value, input: &Value, cx: &Cx<'_>) -> Service {
    Service {
        key,
        name: Rc::from(name),
        status: ServiceStatus::Active,
        settings: Rc::new(settings),
        created_by: Rc::new(without_token(input)),
        creator: cx.caller(),
        desired: 0,
        created: cx.now(),
        deployments: Vec::new(),
        history: Vec::new(),
        events: Vec::new(),
        tasks: Set::new(),
        protected: Map::new(),
        targets: Map::new(),
        moved: Vec::new(),
        failing: 0,
        steady: None,
        unplaced: None,
        stuck: None,
        rebalancing: Default::default(),
        shift: None,
        routes: Rc::default(),
        resolved: Map::default(),
        changes: 0,
    }
}

/// A service revision of the settings as they are, and the deployment to it.
pub fn new_revision(
    ecs: &Ecs,
    cx: &mut Cx<'_>,
    cluster: &str,
    service: &Service,
    (definition, traffic): (Rc<Definition>, Rc<[Traffic]>),
    launch: LaunchType,
) -> Result<Begin, ApiError> {
    let settings = service.settings.clone();
    let number = service::digits(cx, "service-revision");
    let revision = Rc::new(Revision { number, definition, settings, created: cx.now(), traffic });
    let number = service::digits(cx, "deployment-id");
    let run = service::run_of(ecs, cx, cluster, service, &revision, (launch, &service.settings), number)?;
    Ok(Begin { number, revision, run: Rc::new(run) })
}

/// SV-03: the ACTIVE service of that name, when the request is the one that made it.
fn taken(ecs: &Ecs, cluster: &Cluster, name: &str, input: &Value) -> Result<Option<ServiceKey>, ApiError> {
    let Some(known) = ecs.service(cluster.id, name) else { return Ok(None) };
    let refuse = |message: &str| Err(ApiError::invalid(message).at("serviceName"));
    match known.status {
        ServiceStatus::Inactive => Ok(None),
        ServiceStatus::Draining => refuse("Unable to Start a service that is still Draining."),
        ServiceStatus::Active if *known.created_by == without_token(input) => Ok(Some(known.key)),
        ServiceStatus::Active => refuse("Creation of service was not idempotent."),
    }
}

fn without_token(input: &Value) -> Value {
    let mut own = input.clone();
    own.as_object_mut().map(|map| map.remove("clientToken"));
    own
}

fn answer(ecs: &Ecs, cx: &Cx<'_>, cluster: &str, key: ServiceKey) -> Value {
    let account = &cx.options().account;
    let own = ecs.service_of(key).map(|own| service::description(ecs, account, cluster, own, true));
    object!({ "service": own.unwrap_or_default() })
}

fn not_found() -> ApiError {
    ApiError::new("ServiceNotFoundException", "Service not found.").at("service")
}

/// The service that a request names; INACTIVE ones included.
pub fn find<'a>(ecs: &'a Ecs, cluster: &Cluster, named: &str) -> Option<&'a Rc<Service>> {
    ecs.service(cluster.id, arn::short_name(named))
}

pub fn update(ecs: &mut Ecs, rooms: &Rooms, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let cluster = cluster_of(ecs, input)?.clone();
    let own = find(ecs, &cluster, input["service"].as_str().unwrap_or_default()).ok_or_else(not_found)?.clone();
    if !own.is_active() {
        return Err(ApiError::new("ServiceNotActiveException", "Service was not ACTIVE.").at("service"));
    }
    if input["deploymentController"]["type"]
        .as_str()
        .is_some_and(|to| own.settings["deploymentController"]["type"] != to)
    {
        return Err(ApiError::not_simulated("another deployment controller").at("deploymentController.type"));
    }
    if service::has_sets(&own) {
        request::is_simulated(input)?;
        controller::update(ecs, cx, &own, input)?;
        service::touch(ecs, cx, own.key);
        return Ok(answer(ecs, cx, &cluster.name, own.key));
    }
    let daemon = own.is_daemon();
    let desired = request::desired(input, daemon)?.unwrap_or(own.desired);
    let settings = request::updated(input, &own.settings, daemon)?;
    request::is_simulated(input)?;
    let Some(primary) = own.primary().cloned() else { return Err(not_found()) };
    let mut next = (*own).clone();
    next.settings = Rc::new(settings);
    next.desired = desired;
    let mut run_definition = primary.revision.definition.clone();
    if let Some(named) = input["taskDefinition"].as_str().filter(|named| !named.is_empty()) {
        run_definition = definition::to_run(ecs, named).map_err(|error| match error.code.as_ref() {
            "InvalidParameterException" => ApiError { code: "ClientException".into(), ..error },
            _ => error,
        })?;
        let arn = definition::arn_of(&cx.options().account, &run_definition);
        Rc::make_mut(&mut next.settings)["taskDefinition"] = Value::from(arn);
    }
    let mut launch = primary.run.launch;
    if input["capacityProviderStrategy"].as_array().is_some_and(Vec::is_empty) {
        // 2.3: back to the launch type, also where the cluster has a default strategy.
        launch = own.created_by["launchType"].as_str().and_then(LaunchType::parse).unwrap_or(launch);
        runs_on(Rc::make_mut(&mut next.settings), launch, Vec::new());
    } else if input["capacityProviderStrategy"].is_array() {
        let strategy;
        let asked = object!({ "cluster": cluster.name.clone(), "capacityProviderStrategy": input["capacityProviderStrategy"].clone() });
        (launch, strategy) = launch_type(ecs, &asked)?;
        runs_on(Rc::make_mut(&mut next.settings), launch, strategy);
    }
    discovery(ecs, rooms, cx, (&cluster, own.key), &mut next, (&run_definition, launch), Some(&primary.revision))?;
    let revised = REVISED.iter().any(|member| next.settings[*member] != own.settings[*member]);
    let deploys = revised || input["forceNewDeployment"] == true;
    let traffic = match deploys {
        true => {
            let source = service::shift_source(&own).map(Rc::as_ref);
            load_balancers::traffic(rooms, &next.settings, source, &run_definition, (launch, true))?
        }
        false => Rc::clone(&primary.revision.traffic),
    };
    let begin = new_revision(ecs, cx, &cluster.name, &next, (run_definition, traffic), launch)?;
    let rules = &begin.run.placement;
    let before = own.settings["availabilityZoneRebalancing"] == "ENABLED";
    let write = Write::Update(Some(before));
    let word = request::rebalancing(input, &next.settings, &rules.strategies, &rules.constraints, write)?;
    Rc::make_mut(&mut next.settings)["availabilityZoneRebalancing"] = Value::from(word);
    // Settings that need no deployment bind the tasks that start from now on (ST-13).
    let settings = (launch, &*next.settings);
    let run = service::run_of(ecs, cx, &cluster.name, &next, &primary.revision, settings, primary.number);
    if let (Some(first), false, Ok(run)) = (next.deployments.first_mut(), deploys, run) {
        first.run = Rc::new(run);
        if first.desired != desired {
            (first.desired, first.updated) = (desired, cx.now());
        }
    }
    next.steady = None;
    next.rebalancing = Default::default();
    let (key, name) = (next.key, next.name.to_string());
    ecs.services.insert(next);
    cx.emit(FactKind::Service { cluster: cluster.name.clone(), service: name, status: ServiceStatus::Active.name() });
    if deploys {
        service::begin(ecs, cx, key, begin);
    }
    service::touch(ecs, cx, key);
    tell_discovery(ecs, cx, key, service::connects(&own.settings));
    Ok(answer(ecs, cx, &cluster.name, key))
}

/// Checks and completes what the settings say of Cloud Map (6.9).
fn discovery(
    ecs: &Ecs,
    rooms: &Rooms,
    cx: &mut Cx<'_>,
    owner: (&Cluster, ServiceKey),
    service: &mut Service,
    runs: (&Definition, LaunchType),
    before: Option<&Revision>,
) -> Result<(), ApiError> {
    service_registries::check(rooms, &service.settings, runs, service.desired, before)?;
    let settings = Rc::make_mut(&mut service.settings);
    service_connect::configure(rooms, cx, owner, settings, runs, before)?;
    service_connect::has_room(ecs, rooms, owner.1, settings)
}

/// Cloud Map looks at the endpoints of a service that has Service Connect, or had it.
fn tell_discovery(ecs: &Ecs, cx: &mut Cx<'_>, key: ServiceKey, had: bool) {
    if had || ecs.services.get(key).is_some_and(|own| service::connects(&own.settings)) {
        cx.schedule(SimDuration::ZERO, Event::DiscoveryService(key));
    }
}

/// SV-02, SV-04.
pub fn delete(ecs: &mut Ecs, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let cluster = cluster_of(ecs, input)?.clone();
    let own = find(ecs, &cluster, input["service"].as_str().unwrap_or_default()).ok_or_else(not_found)?.clone();
    match own.status {
        ServiceStatus::Inactive => return Err(not_found()),
        ServiceStatus::Draining => return Ok(answer(ecs, cx, &cluster.name, own.key)),
        ServiceStatus::Active => {}
    }
    if own.desired > 0 && input["force"] != true && !own.is_daemon() {
        return Err(ApiError::invalid("The service cannot be stopped while it is scaled above 0.").at("service"));
    }
    let key = own.key;
    if let Some(service) = ecs.services.change(key) {
        service.status = ServiceStatus::Draining;
        (service.desired, service.steady, service.stuck, service.unplaced) = (0, None, None, None);
        for deployment in &mut service.deployments {
            deployment.desired = 0;
        }
        if let Some(own) = service.history.last_mut().filter(|own| own.finished.is_none() && own.stopped.is_none()) {
            (own.status, own.reason) = ("STOPPED", String::from("The service was deleted."));
            (own.updated, own.stopped) = (cx.now(), Some(cx.now()));
        }
    }
    ecs.services.forget(key);
    let name = own.name.to_string();
    cx.emit(FactKind::Service { cluster: cluster.name.clone(), service: name, status: ServiceStatus::Draining.name() });
    service::stop_all(ecs, cx, &own);
    service::touch(ecs, cx, key);
    Ok(answer(ecs, cx, &cluster.name, key))
}

/// SV-05: what is not there is a failure, not an error.
pub fn describe(ecs: &Ecs, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let cluster = cluster_of(ecs, input)?;
    let named = strings(input, "services");
    let refuse = |message: &str| Err(ApiError::invalid(message).at("services").in_our_words());
    if named.is_empty() {
        return refuse("Services cannot be empty.");
    }
    if named.len() > MOST_NAMED {
        return refuse("Services can have at most 10 items.");
    }
    let with_tags = strings(input, "include").contains(&"TAGS");
    let (mut services, mut failures) = (Vec::new(), Vec::new());
    for name in named {
        match find(ecs, cluster, name) {
            Some(own) => services.push(service::description(ecs, account, &cluster.name, own, with_tags)),
            None => {
                let arn = account.service(&cluster.name, arn::short_name(name)).text();
                failures.push(object!({ "arn": arn, "reason": "MISSING" }));
            }
        }
    }
    Ok(object!({ "services": services, "failures": failures }))
}

/// SV-02: the ACTIVE ones.
pub fn list(ecs: &Ecs, account: &Account, input: &Value) -> Result<Value, ApiError> {
    let cluster = cluster_of(ecs, input)?;
    let fits = |own: &&Rc<Service>| {
        let same = |member: &str| input[member].as_str().is_none_or(|word| own.settings[member] == word);
        own.is_active() && same("launchType") && same("schedulingStrategy") && input["resourceManagementType"] != "ECS"
    };
    let arns: Vec<String> =
        ecs.services(cluster.id).filter(fits).map(|own| account.service(&cluster.name, &own.name).text()).collect();
    let mut paged = input.clone();
    if !input["maxResults"].is_number() {
        paged["maxResults"] = Value::from(10);
    }
    page_of_values(arns.into_iter().map(Value::from).collect(), &paged, "serviceArns", 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecs::api::call;
    use crate::event::{Cause, Kernel, Options};
    use crate::placement::Ties;
    use crate::sim::SimTime;
    use serde_json::json;

    /// 5,000 to a cluster; deleted ones do not count, and the one that is there already is no new one.
    #[test]
    fn quota_6_11_of_services() {
        let options = Options { account: Account::default(), ties: Ties::ByName };
        let mut kernel = Kernel::new(SimTime::default(), 1, options);
        let mut facts = Vec::new();
        let mut cx = Cx { kernel: &mut kernel, facts: &mut facts, cause: Cause::Command(1), trace: None };
        let (mut ecs, rooms) = (Ecs::default(), Rooms::default());
        let container = json!({ "name": "app", "image": "nginx", "memory": 64 });
        let definition = json!({ "family": "web", "containerDefinitions": [container] });
        call(&mut ecs, &rooms, &mut cx, "CreateCluster", &json!({ "clusterName": "prod" })).unwrap();
        call(&mut ecs, &rooms, &mut cx, "RegisterTaskDefinition", &definition).unwrap();
        let mut make = |ecs: &mut Ecs, name: &str| {
            let input = json!({ "cluster": "prod", "serviceName": name, "taskDefinition": "web", "desiredCount": 0 });
            create(ecs, &rooms, &mut cx, &input)
        };
        make(&mut ecs, "first").unwrap();
        let cluster = ecs.cluster("prod").unwrap().id;
        let first = (**ecs.service(cluster, "first").unwrap()).clone();
        for number in 2..=MOST_SERVICES as u32 {
            let key = ServiceKey { cluster, number };
            let status = if number == 2 { ServiceStatus::Draining } else { ServiceStatus::Active };
            ecs.services.insert(Service { key, name: format!("s{number}").into(), status, ..first.clone() });
        }
        assert!(make(&mut ecs, "last").is_ok());
        let error = make(&mut ecs, "more").unwrap_err();
        assert_eq!((error.message.as_str(), error.ours), ("A cluster can have at most 5000 services.", true));
        assert!(make(&mut ecs, "last").is_ok());
    }
}
