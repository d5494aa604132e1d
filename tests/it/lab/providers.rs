//! Capacity providers as objects, and a cluster's own (6.10, CP-01 to CP-06, and 2.1, 2.2, 2.6 on scaling).

use super::strict::{GROUP, group as arn_of};
use super::support::*;
use ecs_lab::lab::Lab;
use serde_json::{Value, json};

const NONE: &str = "The specified capacity provider does not exist. Specify a valid name or ARN and try again.";
const RESERVED: &str = "The FARGATE and FARGATE_SPOT capacity providers are reserved and cannot be ";

fn create(lab: &mut Lab, name: &str, group: Value) -> Value {
    ecs(lab, "CreateCapacityProvider", json!({ "name": name, "autoScalingGroupProvider": group }))["capacityProvider"]
        .clone()
}

fn status(lab: &mut Lab, name: &str) -> (Value, Value) {
    let own =
        ecs(lab, "DescribeCapacityProviders", json!({ "capacityProviders": [name] }))["capacityProviders"][0].clone();
    (own["status"].clone(), own["updateStatus"].clone())
}

/// CP-04 and 2.6: each fault stands behind the one before.
#[test]
fn cp_04_create_capacity_provider() {
    let mut lab = lab();
    create(&mut lab, "first", json!({ "autoScalingGroupArn": GROUP }));
    let invalid = "InvalidParameterException";
    let name = "The specified capacity provider name is invalid. Up to 255 characters are allowed, including letters (upper \
                and lowercase), numbers, underscores, and hyphens. The name cannot be prefixed with \"aws\", \"ecs\", or \
                \"fargate\".";
    let group = |extra: Value| {
        let mut group = json!({ "autoScalingGroupArn": GROUP });
        group.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        json!({ "autoScalingGroupProvider": group })
    };
    let steps = json!({ "status": "ENABLED", "minimumScalingStepSize": 5, "maximumScalingStepSize": 4 });
    let answer = descending(
        &mut lab,
        "CreateCapacityProvider",
        json!({ "name": "ecs-own", "tags": [{ "key": "AWS:x" }] }),
        &[
            ((invalid, name, false), json!({ "name": "Fargate1" })),
            ((invalid, name, false), json!({ "name": "a b" })),
            ((invalid, name, false), json!({ "name": "first" })),
            (
                (
                    invalid,
                    "A capacity provider needs either autoScalingGroupProvider or managedInstancesProvider.",
                    true,
                ),
                json!({ "autoScalingGroupProvider": { "autoScalingGroupArn": "" } }),
            ),
            ((invalid, "The Auto Scaling group is missing.", true), group(json!({ "managedScaling": steps }))),
            (
                (invalid, "minimumScalingStepSize cannot be greater than maximumScalingStepSize.", true),
                group(json!({ "managedTerminationProtection": "ENABLED" })),
            ),
            (
                (
                    "ClientException",
                    "The managed termination protection setting for the capacity provider is invalid. To enable managed \
                     termination protection for a capacity provider, managed scaling must be enabled.",
                    true,
                ),
                group(json!({ "managedScaling": { "status": "ENABLED" }, "managedTerminationProtection": "ENABLED" })),
            ),
            ((invalid, "Tags that begin with aws: are reserved for AWS.", true), json!({ "tags": [{ "key": "a" }] })),
            (
                (
                    "ClientException",
                    "The specified capacity provider already exists. To change the configuration of an existing capacity \
                     provider, update the capacity provider.",
                    false,
                ),
                json!({ "name": "second" }),
            ),
            (
                (
                    "ClientException",
                    "The specified Auto Scaling group ARN is already being used by another capacity provider. Specify a \
                     unique Auto Scaling group ARN and try again.",
                    false,
                ),
                json!({ "autoScalingGroupProvider": { "autoScalingGroupArn": arn_of("asg") } }),
            ),
        ],
    );
    let expected = json!({
        "capacityProviderArn": "arn:aws:ecs:us-east-1:123456789012:capacity-provider/second",
        "name": "second",
        "status": "ACTIVE",
        "type": "EC2_AUTOSCALING",
        "tags": [{ "key": "a", "value": "" }],
        "autoScalingGroupProvider": {
            "autoScalingGroupArn": arn_of("asg"),
            "managedScaling": {
                "status": "DISABLED", "targetCapacity": 100, "minimumScalingStepSize": 1, "maximumScalingStepSize": 10000,
                "instanceWarmupPeriod": 300,
            },
            "managedTerminationProtection": "DISABLED",
            "managedDraining": "ENABLED",
        },
    });
    assert_eq!(answer["capacityProvider"], expected, "2.6: the defaults");
}

/// 2.2: what a cluster may have, and what its strategy may name.
#[test]
fn cp_01_to_cp_06_put_cluster_capacity_providers() {
    let mut lab = lab();
    create(&mut lab, "own", json!({ "autoScalingGroupArn": arn_of("a"), "managedScaling": { "status": "ENABLED" } }));
    for n in 0..20 {
        create(&mut lab, &format!("n{n}"), json!({ "autoScalingGroupArn": arn_of(&format!("g{n}")) }));
    }
    ecs(&mut lab, "CreateCluster", json!({ "clusterName": "other", "capacityProviders": ["own"] }));
    let invalid = "InvalidParameterException";
    let names: Vec<String> = (0..20).map(|n| format!("n{n}")).collect();
    let many = [names.clone(), vec!["FARGATE".to_string()]].concat();
    let item = |name: &str, weight: u32, base: u32| json!({ "capacityProvider": name, "weight": weight, "base": base });
    let strategy = |items: Value| json!({ "defaultCapacityProviderStrategy": items });
    let answer = descending(
        &mut lab,
        "PutClusterCapacityProviders",
        json!({
            "cluster": "absent", "capacityProviders": ["absent"],
            "defaultCapacityProviderStrategy": vec![item("own", 0, 1); 21],
        }),
        &[
            (("ClusterNotFoundException", "Cluster not found.", false), json!({ "cluster": "prod" })),
            ((invalid, NONE, true), json!({ "capacityProviders": ["own"] })),
            (
                (invalid, "A capacity provider with managed scaling belongs to one cluster.", true),
                json!({ "capacityProviders": many }),
            ),
            (
                (invalid, "The maximum number of capacity providers per cluster has been exceeded.", false),
                json!({ "capacityProviders": ["n1", "n2", "FARGATE", "FARGATE_SPOT", "n1"] }),
            ),
            (
                (invalid, "A capacity provider strategy can have at most 20 items.", true),
                strategy(json!([item("n3", 0, 1), item("n1", 0, 1), item("n1", 0, 1), item("FARGATE", 0, 0)])),
            ),
            (
                (
                    invalid,
                    "The specified capacity provider strategy cannot contain a capacity provider that is not associated with \
                     the cluster. Associate the capacity provider with the cluster and try again.",
                    false,
                ),
                strategy(json!([item("n1", 0, 1), item("n1", 0, 1), item("FARGATE", 0, 0)])),
            ),
            (
                (invalid, "A capacity provider strategy names a capacity provider once.", true),
                strategy(json!([item("n1", 0, 1), item("n2", 0, 1), item("FARGATE", 0, 0)])),
            ),
            (
                (
                    invalid,
                    "A capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling groups and \
                     Fargate providers. Specify one or the other and try again.",
                    false,
                ),
                strategy(json!([item("n1", 0, 1), item("n2", 0, 1)])),
            ),
            (
                (
                    invalid,
                    "There are multiple capacity providers in the specified capacity provider strategy with a base value \
                     defined",
                    false,
                ),
                strategy(json!([item("FARGATE", 0, 2), item("FARGATE_SPOT", 0, 0)])),
            ),
            (
                (
                    invalid,
                    "There are no capacity providers in the capacity provider strategy with a weight value greater than zero",
                    false,
                ),
                strategy(json!([item("FARGATE", 0, 2), item("FARGATE_SPOT", 1, 0)])),
            ),
        ],
    );
    let cluster = &answer["cluster"];
    assert_eq!(cluster["capacityProviders"], json!(["n1", "n2", "FARGATE", "FARGATE_SPOT"]), "each once");
    assert_eq!(cluster["defaultCapacityProviderStrategy"], json!([item("FARGATE", 0, 2), item("FARGATE_SPOT", 1, 0)]));
    assert_eq!(cluster["attachmentsStatus"], "UPDATE_IN_PROGRESS");
    wait(&mut lab, "10s");
    // The list is replaced as a whole, and [] clears it; CP-02: no weight is 0.
    let put = |lab: &mut Lab, names: Value, strategy: Value| {
        let input =
            json!({ "cluster": "prod", "capacityProviders": names, "defaultCapacityProviderStrategy": strategy });
        ecs(lab, "PutClusterCapacityProviders", input)["cluster"].clone()
    };
    let one = put(&mut lab, json!(["n5"]), json!([{ "capacityProvider": "n5" }]));
    assert_eq!(one["defaultCapacityProviderStrategy"], json!([item("n5", 0, 0)]));
    wait(&mut lab, "10s");
    let none = put(&mut lab, json!([]), json!([]));
    assert_eq!((&none["capacityProviders"], &none["defaultCapacityProviderStrategy"]), (&json!([]), &json!([])));
    // CreateCluster holds to the same rules.
    let input = json!({ "clusterName": "new", "capacityProviders": ["absent"] });
    assert_eq!(try_ecs(&mut lab, "CreateCluster", input).unwrap_err().message, NONE);
}

/// CP-06: Fargate's are everywhere; the others by name, ten to a page.
#[test]
fn cp_06_describe_capacity_providers() {
    let mut lab = lab();
    let names = |reply: &Value| {
        let all = reply["capacityProviders"].as_array().unwrap();
        all.iter().map(|own| own["name"].as_str().unwrap().to_string()).collect::<Vec<_>>()
    };
    let reply = ecs(&mut lab, "DescribeCapacityProviders", json!({}));
    let arn = |name: &str| format!("arn:aws:ecs:us-east-1:123456789012:capacity-provider/{name}");
    let fargate = |name: &str| json!({ "capacityProviderArn": arn(name), "name": name, "status": "ACTIVE", "type": name, "tags": [] });
    assert_eq!(reply, json!({ "capacityProviders": [fargate("FARGATE"), fargate("FARGATE_SPOT")], "failures": [] }));
    for n in (0..11).rev() {
        create(&mut lab, &format!("n{n:02}"), json!({ "autoScalingGroupArn": arn_of(&format!("g{n}")) }));
    }
    let first = ecs(&mut lab, "DescribeCapacityProviders", json!({}));
    assert_eq!((names(&first).len(), names(&first)[2].as_str()), (10, "n00"));
    let rest = ecs(&mut lab, "DescribeCapacityProviders", json!({ "nextToken": first["nextToken"] }));
    assert_eq!((names(&rest), &rest["nextToken"]), (vec!["n08".into(), "n09".into(), "n10".into()], &Value::Null));
    let input = json!({ "capacityProviders": [arn("n01"), "absent", "FARGATE"] });
    let some = ecs(&mut lab, "DescribeCapacityProviders", input);
    assert_eq!(names(&some), ["n01", "FARGATE"]);
    assert_eq!(some["failures"], json!([{ "arn": arn("absent"), "reason": "MISSING" }]));
    let input = json!({ "cluster": "prod", "capacityProviders": ["n02"], "defaultCapacityProviderStrategy": [] });
    ecs(&mut lab, "PutClusterCapacityProviders", input);
    assert_eq!(names(&ecs(&mut lab, "DescribeCapacityProviders", json!({ "cluster": "prod" }))), ["n02"]);
    descending(
        &mut lab,
        "DescribeCapacityProviders",
        json!({ "capacityProviders": vec!["n01"; 101], "cluster": "absent", "maxResults": 11 }),
        &[
            (
                ("InvalidParameterException", "capacityProviders can have at most 100 items.", true),
                json!({ "capacityProviders": [] }),
            ),
            (("ClusterNotFoundException", "Cluster not found.", false), json!({ "cluster": "prod" })),
            (("InvalidParameterException", "maxResults must be between 1 and 10.", true), json!({ "maxResults": 10 })),
        ],
    );
}

/// 2.2: an associated one stays, with the reason in the answer; one that is free goes after a while.
#[test]
fn cp_06_update_and_delete_capacity_provider() {
    let mut lab = lab();
    create(&mut lab, "own", json!({ "autoScalingGroupArn": arn_of("a") }));
    let client = "ClientException";
    let updated = format!("{RESERVED}updated.").leak();
    let answer = descending(
        &mut lab,
        "UpdateCapacityProvider",
        json!({ "name": "absent", "autoScalingGroupProvider": { "managedScaling": { "status": "ENABLED" } } }),
        &[((client, NONE, false), json!({ "name": "FARGATE" })), ((client, updated, true), json!({ "name": "own" }))],
    );
    let own = &answer["capacityProvider"];
    assert_eq!(own["updateStatus"], "UPDATE_COMPLETE");
    let group = &own["autoScalingGroupProvider"];
    assert_eq!(
        (&group["autoScalingGroupArn"], &group["managedScaling"]["status"]),
        (&json!(arn_of("a")), &json!("ENABLED"))
    );
    let input = json!({ "name": "own", "autoScalingGroupProvider": { "managedScaling": { "targetCapacity": 90 } } });
    let scaling = ecs(&mut lab, "UpdateCapacityProvider", input)["capacityProvider"]["autoScalingGroupProvider"]["managedScaling"].clone();
    assert_eq!((&scaling["status"], &scaling["targetCapacity"]), (&json!("ENABLED"), &json!(90)), "the rest stays");

    let put = |lab: &mut Lab, names: Value| {
        let input = json!({ "cluster": "prod", "capacityProviders": names, "defaultCapacityProviderStrategy": [] });
        try_ecs(lab, "PutClusterCapacityProviders", input)
    };
    put(&mut lab, json!(["own"])).unwrap();
    wait(&mut lab, "10s");
    let deleted = format!("{RESERVED}deleted.").leak();
    let answer = descending(
        &mut lab,
        "DeleteCapacityProvider",
        json!({ "capacityProvider": "absent" }),
        &[
            ((client, NONE, false), json!({ "capacityProvider": "FARGATE_SPOT" })),
            ((client, deleted, true), json!({ "capacityProvider": "own" })),
        ],
    );
    let own = &answer["capacityProvider"];
    assert_eq!((&own["status"], &own["updateStatus"]), (&json!("ACTIVE"), &json!("DELETE_FAILED")));
    let why = "The capacity provider cannot be deleted because it is associated with cluster: prod. Remove the capacity \
               provider from the cluster and try again.";
    assert_eq!(own["updateStatusReason"], why);
    // A service without tasks lets the cluster lose it, and names it still.
    register(&mut lab, "idle", json!({}));
    let service = json!({
        "cluster": "prod", "serviceName": "idle", "taskDefinition": "idle", "desiredCount": 0,
        "capacityProviderStrategy": [{ "capacityProvider": "own", "weight": 1 }],
    });
    ecs(&mut lab, "CreateService", service);
    put(&mut lab, json!([])).unwrap();
    wait(&mut lab, "10s");
    let own = ecs(&mut lab, "DeleteCapacityProvider", json!({ "capacityProvider": "own" }))["capacityProvider"].clone();
    assert_eq!((&own["status"], &own["updateStatus"]), (&json!("ACTIVE"), &json!("DELETE_FAILED")));
    let why = "The capacity provider cannot be deleted because it is in the capacity provider strategy of service: idle. Remove \
               the capacity provider from the service and try again.";
    assert_eq!(own["updateStatusReason"], why);
    ecs(&mut lab, "DeleteService", json!({ "cluster": "prod", "service": "idle" }));
    ecs(&mut lab, "DeleteCapacityProvider", json!({ "capacityProvider": "own" }));
    assert_eq!(status(&mut lab, "own"), (json!("ACTIVE"), json!("DELETE_IN_PROGRESS")));
    assert_eq!(put(&mut lab, json!(["own"])).unwrap_err().message, NONE, "on its way out it joins no cluster");
    let again = json!({ "capacityProvider": "own" });
    assert_eq!(try_ecs(&mut lab, "DeleteCapacityProvider", again).unwrap_err().code, "UpdateInProgressException");
    wait(&mut lab, "1m");
    assert_eq!(status(&mut lab, "own"), (json!("INACTIVE"), json!("DELETE_COMPLETE")));
    let all = ecs(&mut lab, "DescribeCapacityProviders", json!({}));
    assert_eq!(all["capacityProviders"].as_array().unwrap().len(), 2, "an INACTIVE one is not listed");
    create(&mut lab, "own", json!({ "autoScalingGroupArn": arn_of("a") }));
    assert_eq!(status(&mut lab, "own").0, "ACTIVE", "name and group are free again");
}
