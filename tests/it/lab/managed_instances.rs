//! Amazon ECS Managed Instances (2.12 on scaling, PL-09, DR-10): what a capacity provider takes, what it launches for tasks
//! that wait, and when its instances end.

use super::support::*;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::123456789012:role/ecsInfrastructureRole";
const PROFILE: &str = "arn:aws:iam::123456789012:instance-profile/ecsInstanceRole";
const SUBNETS: [&str; 3] = ["subnet-0ec51ab00000000a0", "subnet-0ec51ab00000000a1", "subnet-0ec51ab00000000a2"];
const UNFULFILLABLE: &str = "ResourceInitializationError: Unable to launch instance(s) for capacity provider mi. \
                             UnfulfillableCapacity: Unable to fulfill capacity due to your request configuration. Please \
                             adjust your request and try again.";

fn iam(lab: &mut Lab, operation: &str, input: Value) {
    lab.apply(Command::Api(ApiCall::new("iam", operation, input))).unwrap_or_else(|e| panic!("{operation}: {e}"));
}

/// A lab with the infrastructure role, and the definition `web` of 1 vCPU and 1.5 GiB.
fn ready() -> Lab {
    let mut lab = lab();
    let trust = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": "ecs.amazonaws.com" } },
    ] });
    let role = "ecsInfrastructureRole";
    let policy = "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForManagedInstances";
    iam(&mut lab, "CreateRole", json!({ "RoleName": role, "AssumeRolePolicyDocument": trust.to_string() }));
    iam(&mut lab, "AttachRolePolicy", json!({ "RoleName": role, "PolicyArn": policy }));
    definition(&mut lab, "web", "1024", "1536", json!({}));
    lab
}

fn definition(lab: &mut Lab, family: &str, cpu: &str, memory: &str, extra: Value) {
    let mut input = json!({
        "family": family, "networkMode": "awsvpc", "cpu": cpu, "memory": memory,
        "requiresCompatibilities": ["MANAGED_INSTANCES"], "containerDefinitions": [{ "name": "app", "image": "nginx" }],
    });
    lay(&mut input, extra);
    ecs(lab, "RegisterTaskDefinition", input);
}

fn lay(over: &mut Value, extra: Value) {
    match extra {
        Value::Object(map) if over.is_object() => {
            map.into_iter().for_each(|(name, value)| lay(&mut over[&name], value))
        }
        value => *over = value,
    }
}

/// CreateCapacityProvider's input for `mi` in `prod`; `extra` is laid over managedInstancesProvider.
fn input(extra: Value) -> Value {
    let mut provider = json!({
        "infrastructureRoleArn": ROLE,
        "instanceLaunchTemplate": {
            "ec2InstanceProfileArn": PROFILE,
            "networkConfiguration": { "subnets": SUBNETS },
        },
    });
    lay(&mut provider, extra);
    json!({ "name": "mi", "cluster": "prod", "managedInstancesProvider": provider })
}

/// A lab whose cluster `prod` has the capacity provider `mi`, ACTIVE.
pub fn pool(extra: Value) -> Lab {
    let mut lab = ready();
    ecs(&mut lab, "CreateCapacityProvider", input(extra));
    wait(&mut lab, "10s");
    lab
}

fn requirements(wanted: Value) -> Value {
    let mut all = json!({ "vCpuCount": { "min": 1 }, "memoryMiB": { "min": 1 } });
    lay(&mut all, wanted);
    json!({ "instanceLaunchTemplate": { "instanceRequirements": all } })
}

fn strategy() -> Value {
    json!([{ "capacityProvider": "mi" }])
}

pub fn network() -> Value {
    json!({ "awsvpcConfiguration": { "subnets": SUBNETS } })
}

pub fn run_on(lab: &mut Lab, definition: &str, count: u32, extra: Value) -> Value {
    let mut input = json!({ "capacityProviderStrategy": strategy(), "networkConfiguration": network() });
    lay(&mut input, extra);
    run(lab, definition, count, input)
}

pub fn service(lab: &mut Lab, definition: &str, desired: u32, extra: Value) {
    let mut input = json!({
        "cluster": "prod", "serviceName": "web", "taskDefinition": definition, "desiredCount": desired,
        "capacityProviderStrategy": strategy(), "networkConfiguration": network(),
    });
    lay(&mut input, extra);
    ecs(lab, "CreateService", input);
}

/// The EC2 instances that are not terminated: type and the last letter of the zone, in the order of launch.
pub fn fleet(lab: &mut Lab) -> Vec<String> {
    let live = json!([{ "Name": "instance-state-name", "Values": ["pending", "running"] }]);
    let reply = ec2(lab, "DescribeInstances", json!({ "Filters": live }));
    let all = reply["Reservations"].as_array().unwrap().iter().flat_map(|own| own["Instances"].as_array().unwrap());
    let word = |own: &Value| {
        let zone = own["Placement"]["AvailabilityZone"].as_str().unwrap();
        format!("{} {}", own["InstanceType"].as_str().unwrap(), &zone[zone.len() - 1..])
    };
    all.map(word).collect()
}

pub fn ids(lab: &mut Lab) -> Vec<String> {
    instances(lab).iter().map(|own| own["ec2InstanceId"].as_str().unwrap().to_string()).collect()
}

fn said(lab: &mut Lab) -> Vec<String> {
    let shown = ecs(lab, "DescribeServices", json!({ "cluster": "prod", "services": ["web"] }));
    let events = shown["services"][0]["events"].as_array().unwrap().clone();
    events.iter().rev().map(|own| own["message"].as_str().unwrap().to_string()).collect()
}

pub fn running(lab: &mut Lab) -> i64 {
    let shown = ecs(lab, "DescribeServices", json!({ "cluster": "prod", "services": ["web"] }));
    shown["services"][0]["runningCount"].as_i64().unwrap()
}

pub fn fault(lab: &mut Lab, fault: Value) {
    lab.apply(Command::Api(ApiCall::new("lab", "Fault", fault))).unwrap();
}

/// 2.12: what a capacity provider of Managed Instances needs.
#[test]
fn row_2_12_what_a_provider_is_made_of() {
    let mut lab = ready();
    let over = |path: &[&str], value: Value| {
        let nested = path.iter().rev().fold(value, |inner, name| json!({ *name: inner }));
        input(nested)
    };
    let template = |name: &'static str, value: Value| over(&["instanceLaunchTemplate", name], value);
    let without_cluster =
        json!({ "name": "mi", "managedInstancesProvider": input(json!({}))["managedInstancesProvider"] });
    let mut both = input(json!({}));
    both["autoScalingGroupProvider"] = json!({ "autoScalingGroupArn": "g" });
    let mut reserved = input(json!({}));
    reserved["name"] = json!("ecs-mine");
    for (input, code, part) in [
        (reserved, "InvalidParameterException", "cannot be prefixed"),
        (both, "InvalidParameterException", "either autoScalingGroupProvider or managedInstancesProvider"),
        (json!({ "name": "mi" }), "InvalidParameterException", "either autoScalingGroupProvider"),
        (without_cluster, "InvalidParameterException", "needs the cluster"),
        (
            over(&["infrastructureRoleArn"], json!("ecsInfrastructureRole")),
            "InvalidParameterException",
            "ARN of a role",
        ),
        (
            over(&["infrastructureRoleArn"], json!("arn:aws:iam::123456789012:role/nobody")),
            "InvalidParameterException",
            "unable to assume the infrastructure role",
        ),
        (
            over(&["infrastructureRoleArn"], json!("arn:aws:iam::123456789012:role/ecsInstanceRole")),
            "InvalidParameterException",
            "unable to assume the infrastructure role",
        ),
        (
            template("ec2InstanceProfileArn", json!("arn:aws:iam::123456789012:instance-profile/nobody")),
            "InvalidParameterException",
            "There is no instance profile",
        ),
        (
            template("networkConfiguration", json!({ "subnets": [] })),
            "InvalidParameterException",
            "subnets can not be empty",
        ),
        (
            template("networkConfiguration", json!({ "subnets": ["subnet-x"] })),
            "InvalidParameterException",
            "does not exist",
        ),
        (template("monitoring", json!("SOME")), "InvalidParameterException", "BASIC or DETAILED"),
        (
            template("storageConfiguration", json!({ "storageSizeGiB": 29 })),
            "InvalidParameterException",
            "must be from 30 to 16384",
        ),
        (template("capacityOptionType", json!("RESERVED")), "UnsupportedFeatureException", "Capacity Reservations"),
        (
            template("instanceRequirements", json!({ "vCpuCount": { "min": 1 } })),
            "ParamValidation",
            "Missing required parameter in managedInstancesProvider.instanceLaunchTemplate.instanceRequirements: \"memoryMiB\"",
        ),
        (
            input(requirements(json!({ "vCpuCount": { "min": 500 } }))),
            "InvalidParameterException",
            "None of the instance types",
        ),
        (
            over(&["infrastructureOptimization", "scaleInAfter"], json!(3601)),
            "InvalidParameterException",
            "scaleInAfter must be -1, or from 0 to 3600",
        ),
    ] {
        let error = try_ecs(&mut lab, "CreateCapacityProvider", input).unwrap_err();
        assert_eq!(error.code, code, "{error}");
        assert!(error.message.contains(part), "{part}: {error}");
    }
    let made = ecs(&mut lab, "CreateCapacityProvider", input(json!({})))["capacityProvider"].clone();
    assert_eq!((&made["status"], &made["type"]), (&json!("PROVISIONING"), &json!("MANAGED_INSTANCES")));
    let again = try_ecs(&mut lab, "CreateCapacityProvider", input(json!({}))).unwrap_err();
    assert!(again.message.contains("already exists"), "{again}");
}

/// 2.3: it belongs to its one cluster, and stands alone in a strategy.
#[test]
fn row_2_3_strategies_do_not_mix_types() {
    let mut lab = pool(json!({}));
    ecs(&mut lab, "CreateCluster", json!({ "clusterName": "other" }));
    ecs(
        &mut lab,
        "PutClusterCapacityProviders",
        json!({
            "cluster": "prod", "capacityProviders": ["FARGATE"], "defaultCapacityProviderStrategy": strategy(),
        }),
    );
    let mixed = json!([{ "capacityProvider": "mi", "weight": 1 }, { "capacityProvider": "FARGATE", "weight": 1 }]);
    let put = |cluster: &str, providers: Value, strategy: Value| json!({ "cluster": cluster, "capacityProviders": providers, "defaultCapacityProviderStrategy": strategy });
    for (operation, input, part) in [
        ("PutClusterCapacityProviders", put("prod", json!(["mi"]), json!([])), "Cannot associate Managed Instances"),
        ("PutClusterCapacityProviders", put("other", json!([]), strategy()), "not associated with the cluster"),
        ("PutClusterCapacityProviders", put("prod", json!(["FARGATE"]), mixed.clone()), "cannot contain a mix"),
        (
            "RunTask",
            json!({ "cluster": "prod", "taskDefinition": "web", "capacityProviderStrategy": mixed }),
            "cannot contain a mix",
        ),
        (
            "RunTask",
            json!({ "cluster": "prod", "taskDefinition": "web", "launchType": "MANAGED_INSTANCES" }),
            "omit launchType",
        ),
    ] {
        let error = try_ecs(&mut lab, operation, input).unwrap_err();
        assert!(error.message.contains(part), "{part}: {error}");
    }
    // The default strategy is for tasks that name none.
    let made = run(&mut lab, "web", 1, json!({ "networkConfiguration": network() }));
    assert_eq!(made["tasks"][0]["capacityProviderName"], "mi");
    assert_eq!(made["tasks"][0]["launchType"], "MANAGED_INSTANCES");
}

/// PL-09: no strategy, constraints on four attributes; then the requirements of the provider.
#[test]
fn pl_09_constraints_choose_what_is_launched() {
    let mut lab = pool(json!({}));
    let member = |expression: &str| json!([{ "type": "memberOf", "expression": expression }]);
    for (extra, part) in [
        (
            json!({ "placementStrategy": [{ "type": "binpack", "field": "memory" }] }),
            "Placement strategies are not supported",
        ),
        (json!({ "placementConstraints": [{ "type": "distinctInstance" }] }), "distinctInstance"),
        (json!({ "placementConstraints": member("attribute:ecs.os-type == linux") }), "attribute:ecs.os-type"),
    ] {
        let mut input = json!({
            "cluster": "prod", "taskDefinition": "web", "capacityProviderStrategy": strategy(), "networkConfiguration": network(),
        });
        lay(&mut input, extra);
        let error = try_ecs(&mut lab, "RunTask", input).unwrap_err();
        assert!(error.message.contains(part) && error.ours, "{error}");
    }
    for expression in ["attribute:ecs.instance-type == m5.xlarge", "attribute:ecs.availability-zone == us-east-1c"] {
        run_on(&mut lab, "web", 1, json!({ "placementConstraints": member(expression) }));
    }
    wait(&mut lab, "3m");
    assert_eq!(fleet(&mut lab), ["m5.xlarge a", "m5.large c"]);
}

/// 2.12: what waits is spread over the zones, shares instances, and waits in PROVISIONING until one has registered.
#[test]
fn row_2_12_instances_come_for_tasks_that_wait() {
    let mut lab = pool(json!({}));
    let first = run_on(&mut lab, "web", 1, json!({}))["tasks"][0].clone();
    assert_eq!(first["lastStatus"], "PROVISIONING");
    wait(&mut lab, "6s");
    assert_eq!(fleet(&mut lab), ["m5.large a"]);
    let more = run_on(&mut lab, "web", 5, json!({}));
    wait(&mut lab, "3m");
    assert_eq!(fleet(&mut lab), ["m5.large a", "m5.large b", "m5.large c"], "two interfaces for tasks each");
    assert_eq!(describe(&lab, &first)["lastStatus"], "RUNNING");
    for task in more["tasks"].as_array().unwrap() {
        assert_eq!(describe(&lab, task)["lastStatus"], "RUNNING");
    }
    for own in instances(&mut lab) {
        assert_eq!((&own["capacityProviderName"], &own["runningTasksCount"]), (&json!("mi"), &json!(2)));
    }
    // They take nothing of the launch type EC2.
    register(&mut lab, "plain", json!({}));
    let none =
        try_ecs(&mut lab, "RunTask", json!({ "cluster": "prod", "taskDefinition": "plain", "launchType": "EC2" }));
    assert_eq!(none.unwrap_err().message, "No Container Instances were found in your cluster.");
}

/// 2.12: the type follows from the needs of the task and the requirements of the provider.
#[test]
fn row_2_12_the_smallest_type_that_holds_the_task() {
    let arm = json!({ "runtimePlatform": { "cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX" } });
    let gpu = json!({ "containerDefinitions": [{
        "name": "app", "image": "nginx", "resourceRequirements": [{ "type": "GPU", "value": "1" }],
    }] });
    for (cpu, memory, extra, wanted, expected) in [
        ("1024", "2048", json!({}), json!({}), "c5.large a"),
        ("1024", "6144", json!({}), json!({}), "m5.large a"),
        ("1024", "2048", arm, json!({}), "m6g.medium a"),
        ("4096", "8192", gpu, json!({}), "g4dn.xlarge a"),
        ("1024", "2048", json!({}), json!({ "allowedInstanceTypes": ["r6i.*"] }), "r6i.large a"),
        ("1024", "1024", json!({}), json!({ "burstablePerformance": "required" }), "t3.small a"),
        (
            "1024",
            "2048",
            json!({}),
            json!({ "vCpuCount": { "min": 16 }, "memoryMiB": { "min": 65536 } }),
            "m5.4xlarge a",
        ),
    ] {
        let mut lab = pool(requirements(wanted));
        definition(&mut lab, "own", cpu, memory, extra);
        let task = run_on(&mut lab, "own", 1, json!({}))["tasks"][0].clone();
        wait(&mut lab, "4m");
        assert_eq!(fleet(&mut lab), [expected], "{cpu} {memory}");
        assert_eq!(describe(&lab, &task)["lastStatus"], "RUNNING", "{expected}");
    }
}

/// 2.12: tasks that no type holds stay in PROVISIONING and then stop; a service says why.
#[test]
fn row_2_12_what_cannot_be_launched_is_said() {
    let mut lab = pool(requirements(json!({ "vCpuCount": { "max": 2 } })));
    definition(&mut lab, "large", "4096", "8192", json!({}));
    let task = run_on(&mut lab, "large", 1, json!({}))["tasks"][0].clone();
    service(&mut lab, "large", 1, json!({}));
    wait(&mut lab, "1m");
    let event = format!("(service web) was unable to place a task. Reason: {UNFULFILLABLE}");
    assert_eq!((said(&mut lab).contains(&event), fleet(&mut lab).len()), (true, 0));
    wait(&mut lab, "10m");
    let stopped = describe(&lab, &task);
    assert_eq!((&stopped["stopCode"], &stopped["stoppedReason"]), (&json!("TaskFailedToStart"), &json!(UNFULFILLABLE)));
    // Wider requirements, and it goes on.
    let mut wider = requirements(json!({ "vCpuCount": { "min": 1 } }));
    wider["infrastructureRoleArn"] = json!(ROLE);
    ecs(
        &mut lab,
        "UpdateCapacityProvider",
        json!({ "name": "mi", "cluster": "prod", "managedInstancesProvider": wider }),
    );
    wait(&mut lab, "4m");
    assert_eq!((fleet(&mut lab), running(&mut lab)), (vec!["m5.xlarge a".to_string()], 1));
}

/// 2.12: a zone without capacity is passed over.
#[test]
fn row_2_12_a_zone_without_capacity_is_passed_over() {
    let mut lab = pool(json!({}));
    fault(&mut lab, json!({ "ec2Capacity": { "zone": "us-east-1a", "available": false } }));
    run_on(&mut lab, "web", 2, json!({}));
    wait(&mut lab, "3m");
    assert_eq!(fleet(&mut lab), ["m5.large b", "m5.large c"]);

    let mut lab = pool(json!({}));
    for letter in ["a", "b", "c"] {
        fault(&mut lab, json!({ "ec2Capacity": { "zone": format!("us-east-1{letter}"), "available": false } }));
    }
    service(&mut lab, "web", 1, json!({}));
    wait(&mut lab, "1m");
    let events = said(&mut lab);
    let short = "for capacity provider mi. InsufficientInstanceCapacity: We currently do not have sufficient";
    assert!(events.iter().any(|own| own.contains(short)), "{events:?}");
    fault(&mut lab, json!({ "ec2Capacity": { "zone": "us-east-1b", "available": true } }));
    wait(&mut lab, "8m");
    assert_eq!((fleet(&mut lab), running(&mut lab)), (vec!["m5.large b".to_string()], 1));
}

/// 7.1: the infrastructure role launches the instances: AWS's policy lets it pass roles that begin with ecsInstanceRole.
#[test]
fn row_2_12_the_infrastructure_role_has_to_pass_the_instance_role() {
    let mut lab = ready();
    let trust = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": "ec2.amazonaws.com" } },
    ] });
    iam(&mut lab, "CreateRole", json!({ "RoleName": "mine", "AssumeRolePolicyDocument": trust.to_string() }));
    iam(&mut lab, "CreateInstanceProfile", json!({ "InstanceProfileName": "mine" }));
    iam(&mut lab, "AddRoleToInstanceProfile", json!({ "InstanceProfileName": "mine", "RoleName": "mine" }));
    let policy = "arn:aws:iam::aws:policy/AmazonECSInstanceRolePolicyForManagedInstances";
    iam(&mut lab, "AttachRolePolicy", json!({ "RoleName": "mine", "PolicyArn": policy }));
    let profile = json!({ "ec2InstanceProfileArn": "arn:aws:iam::123456789012:instance-profile/mine" });
    ecs(&mut lab, "CreateCapacityProvider", input(json!({ "instanceLaunchTemplate": profile })));
    wait(&mut lab, "10s");
    service(&mut lab, "web", 1, json!({}));
    wait(&mut lab, "1m");
    let why = "UnauthorizedOperation: You are not authorized to perform this operation. User: \
               arn:aws:sts::123456789012:assumed-role/ecsInfrastructureRole/ECSManagedInstances is not authorized to perform: \
               iam:PassRole on resource: arn:aws:iam::123456789012:role/mine because no identity-based policy allows the \
               iam:PassRole action";
    let events = said(&mut lab);
    assert!(events.iter().any(|own| own.contains(why)), "{events:?}");
    let pass = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::123456789012:role/mine" },
    ] });
    iam(
        &mut lab,
        "PutRolePolicy",
        json!({
            "RoleName": "ecsInfrastructureRole", "PolicyName": "pass", "PolicyDocument": pass.to_string(),
        }),
    );
    // It is tried again as soon as the role may.
    wait(&mut lab, "2m30s");
    assert_eq!(running(&mut lab), 1);
}

/// 2.3: a service moves from the launch type EC2 to Managed Instances by its strategy.
#[test]
fn row_2_3_a_service_moves_to_managed_instances() {
    let mut lab = pool(json!({}));
    launch(&mut lab, "m5.large", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    service(&mut lab, "web", 2, json!({ "capacityProviderStrategy": [], "launchType": "EC2" }));
    wait(&mut lab, "2m");
    assert_eq!(running(&mut lab), 2);
    let update = json!({
        "cluster": "prod", "service": "web", "capacityProviderStrategy": strategy(), "forceNewDeployment": true,
    });
    ecs(&mut lab, "UpdateService", update);
    wait(&mut lab, "10m");
    let counts: Vec<(Value, Value)> = instances(&mut lab)
        .iter()
        .map(|own| (own["capacityProviderName"].clone(), own["runningTasksCount"].clone()))
        .collect();
    assert_eq!(running(&mut lab), 2);
    assert!(counts.contains(&(Value::Null, json!(0))), "{counts:?}");
    assert_eq!(counts.iter().filter(|(name, tasks)| *name == "mi" && *tasks == 1).count(), 2, "{counts:?}");
}

/// RB-02: a service on Managed Instances is rebalanced over the zones unless it says otherwise.
#[test]
fn rb_02_managed_instances_are_eligible() {
    let mut lab = pool(json!({}));
    service(&mut lab, "web", 2, json!({}));
    let shown = ecs(&mut lab, "DescribeServices", json!({ "cluster": "prod", "services": ["web"] }));
    assert_eq!(shown["services"][0]["availabilityZoneRebalancing"], "ENABLED");
}
