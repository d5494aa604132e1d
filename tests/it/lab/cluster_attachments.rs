//! What capacity providers attach to a cluster: scaling policies and hooks (6.10, SV-06, 2.6 on scaling).

use super::strict::group as arn_of;
use super::support::*;
use ecs_lab::lab::Lab;
use serde_json::{Value, json};

fn provider(lab: &mut Lab, name: &str, scaling: &str, draining: &str) {
    let own = json!({
        "autoScalingGroupArn": arn_of(name), "managedScaling": { "status": scaling }, "managedDraining": draining,
    });
    ecs(lab, "CreateCapacityProvider", json!({ "name": name, "autoScalingGroupProvider": own }));
}

/// Its status, then each attachment: provider, type, status.
fn shown(lab: &mut Lab) -> (String, Vec<String>) {
    let input = json!({ "clusters": ["prod"], "include": ["ATTACHMENTS"] });
    let cluster = ecs(lab, "DescribeClusters", input)["clusters"][0].clone();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let one =
        |own: &Value| format!("{} {} {}", text(&own["details"][0]["value"]), text(&own["type"]), text(&own["status"]));
    let all = cluster["attachments"].as_array().unwrap().iter().map(one).collect();
    (text(&cluster["attachmentsStatus"]), all)
}

fn put(names: Value) -> Value {
    json!({ "cluster": "prod", "capacityProviders": names, "defaultCapacityProviderStrategy": [] })
}

#[test]
fn cp_06_attachments_of_a_cluster_come_and_go() {
    let mut lab = lab();
    for (name, scaling, draining) in
        [("both", "ENABLED", "ENABLED"), ("hook", "DISABLED", "ENABLED"), ("none", "DISABLED", "DISABLED")]
    {
        provider(&mut lab, name, scaling, draining);
    }
    assert_eq!(shown(&mut lab), (String::new(), vec![]), "never asked for");
    let step = |lab: &mut Lab, names: Value, before: (&str, &[&str]), after: &[&str]| {
        let answer = ecs(lab, "PutClusterCapacityProviders", put(names))["cluster"].clone();
        assert_eq!(answer["attachmentsStatus"], before.0);
        let (status, all) = shown(lab);
        assert_eq!((status.as_str(), all), (before.0, before.1.iter().map(ToString::to_string).collect()));
        wait(lab, "10s");
        let (status, all) = shown(lab);
        assert_eq!((status.as_str(), all), ("UPDATE_COMPLETE", after.iter().map(ToString::to_string).collect()));
    };
    let busy = "UPDATE_IN_PROGRESS";
    // Where nothing is to be attached, nothing is on its way.
    step(&mut lab, json!(["FARGATE", "none"]), ("UPDATE_COMPLETE", &[]), &[]);
    let made = ["both as_policy CREATED", "both managed_draining CREATED"];
    let began = made.map(|own| own.replace("CREATED", "PRECREATED"));
    step(&mut lab, json!(["both"]), (busy, &[&began[0], &began[1]]), &made);
    let input = json!({ "clusters": ["prod"], "include": ["ATTACHMENTS"] });
    let first = ecs(&mut lab, "DescribeClusters", input.clone())["clusters"][0]["attachments"].clone();
    assert_eq!(
        first[0]["details"][1],
        json!({ "name": "scalingPolicyName", "value": "ECSManagedAutoScalingPolicy-both" })
    );
    let hook = json!({ "name": "autoScalingLifecycleHookName", "value": "ecs-managed-draining-termination-hook" });
    assert_eq!(first[1]["details"][1], hook);
    assert_eq!(first[0]["id"].as_str().map(str::len), Some(36));
    // What stays keeps its id.
    let more = [made[0], made[1], "hook managed_draining PRECREATED"];
    let all = [made[0], made[1], "hook managed_draining CREATED"];
    step(&mut lab, json!(["both", "hook"]), (busy, &more), &all);
    assert_eq!(ecs(&mut lab, "DescribeClusters", input)["clusters"][0]["attachments"][1], first[1]);
    let fewer = ["both as_policy DELETING", "both managed_draining DELETING", all[2]];
    step(&mut lab, json!(["hook"]), (busy, &fewer), &all[2..]);
    // An update of a provider brings its policy.
    let own = json!({ "managedScaling": { "status": "ENABLED" }, "managedDraining": "DISABLED" });
    ecs(&mut lab, "UpdateCapacityProvider", json!({ "name": "hook", "autoScalingGroupProvider": own }));
    let expected = vec!["hook managed_draining DELETING".to_string(), "hook as_policy PRECREATED".to_string()];
    assert_eq!(shown(&mut lab), (busy.to_string(), expected));
    wait(&mut lab, "10s");
    assert_eq!(shown(&mut lab), ("UPDATE_COMPLETE".to_string(), vec!["hook as_policy CREATED".to_string()]));
}

#[test]
fn sv_06_a_cluster_that_is_being_updated_takes_no_other_update() {
    let mut lab = lab();
    provider(&mut lab, "cp", "ENABLED", "ENABLED");
    let input = json!({ "clusterName": "prod2", "capacityProviders": ["cp"] });
    let made = ecs(&mut lab, "CreateCluster", input)["cluster"].clone();
    assert_eq!(
        (&made["attachmentsStatus"], &made["attachments"][0]["status"]),
        (&json!("UPDATE_IN_PROGRESS"), &json!("PRECREATED"))
    );
    assert_eq!(made["status"], "PROVISIONING");
    let again = json!({ "cluster": "prod2", "capacityProviders": [], "defaultCapacityProviderStrategy": [] });
    for (operation, input) in
        [("PutClusterCapacityProviders", again.clone()), ("DeleteCluster", json!({ "cluster": "prod2" }))]
    {
        let error = try_ecs(&mut lab, operation, input).unwrap_err();
        assert_eq!(error.code, "UpdateInProgressException");
        assert!(error.message.starts_with("The specified cluster is in a busy state."), "{error}");
    }
    wait(&mut lab, "10s");
    ecs(&mut lab, "PutClusterCapacityProviders", again);
    wait(&mut lab, "10s");
    let gone = ecs(&mut lab, "DeleteCluster", json!({ "cluster": "prod2" }));
    assert_eq!(gone["cluster"]["status"], "INACTIVE");
}

/// A cluster with a default namespace is PROVISIONING until Service Connect is attached; an update of the namespace leaves
/// the old attachment DELETED.
#[test]
fn sc_01_a_default_namespace_is_attached_to_its_cluster() {
    let mut lab = lab();
    let shown = |lab: &mut Lab, name: &str| {
        let input = json!({ "clusters": [name], "include": ["ATTACHMENTS"] });
        let own = ecs(lab, "DescribeClusters", input)["clusters"][0].clone();
        let one = |own: &Value| {
            assert_eq!(own["details"], json!([]));
            format!("{} {}", own["type"].as_str().unwrap(), own["status"].as_str().unwrap())
        };
        let all = own["attachments"].as_array().unwrap().iter().map(one).collect::<Vec<_>>();
        (own["status"].clone(), own["attachmentsStatus"].clone(), all.join(", "))
    };
    let state = |status: &str, attached: &str, all: &str| (json!(status), json!(attached), all.to_string());
    // A namespace that is made, and one that is there already.
    for name in ["mesh", "second"] {
        let input = json!({ "clusterName": name, "serviceConnectDefaults": { "namespace": "net" } });
        let made = ecs(&mut lab, "CreateCluster", input)["cluster"].clone();
        let told = (&made["status"], &made["attachmentsStatus"], &made["attachments"][0]["status"]);
        assert_eq!(told, (&json!("PROVISIONING"), &json!("UPDATE_IN_PROGRESS"), &json!("ATTACHING")));
        assert_eq!(shown(&mut lab, name), state("PROVISIONING", "UPDATE_IN_PROGRESS", "sc ATTACHING"));
        let error = try_ecs(&mut lab, "DeleteCluster", json!({ "cluster": name })).unwrap_err();
        assert_eq!(error.code, "UpdateInProgressException");
        wait(&mut lab, "10s");
        assert_eq!(shown(&mut lab, name), state("ACTIVE", "UPDATE_COMPLETE", "sc ATTACHED"));
    }
    let update = |lab: &mut Lab, namespace: &str| {
        let input = json!({ "cluster": "mesh", "serviceConnectDefaults": { "namespace": namespace } });
        ecs(lab, "UpdateCluster", input)["cluster"].clone()
    };
    let first = update(&mut lab, "net")["attachments"].clone();
    assert_eq!(first.as_array().map(Vec::len), Some(1), "the same again changes nothing");
    let second = update(&mut lab, "other");
    assert_eq!((&second["status"], &second["attachments"][0]["id"]), (&json!("ACTIVE"), &first[0]["id"]));
    assert_eq!(shown(&mut lab, "mesh"), state("ACTIVE", "UPDATE_COMPLETE", "sc DELETED, sc ATTACHED"));
    // Capacity providers and Service Connect do not touch each other's.
    provider(&mut lab, "cp", "ENABLED", "DISABLED");
    let put = json!({ "cluster": "mesh", "capacityProviders": ["cp"], "defaultCapacityProviderStrategy": [] });
    let busy = ecs(&mut lab, "PutClusterCapacityProviders", put)["cluster"].clone();
    let statuses = |own: &Value| {
        own["attachments"].as_array().unwrap().iter().map(|own| own["status"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        (&busy["status"], statuses(&busy)),
        (&json!("ACTIVE"), vec![json!("DELETED"), json!("ATTACHED"), json!("PRECREATED")])
    );
    let none = update(&mut lab, "");
    assert_eq!((&none["attachmentsStatus"], none.get("serviceConnectDefaults")), (&json!("UPDATE_IN_PROGRESS"), None));
    wait(&mut lab, "10s");
    let after = update(&mut lab, "");
    assert_eq!(
        (&after["attachmentsStatus"], statuses(&after)),
        (&json!("UPDATE_COMPLETE"), vec![json!("DELETED"), json!("DELETED"), json!("CREATED")])
    );
}
