//! Clusters: what they are made with, updated to and shown as (SV-06, 8.5 MT-07); and settings of the account.

use super::support::*;
use ecs_lab::lab::ApiCall;
use serde_json::{Value, json};

const INVALID: &str = "InvalidParameterException";
const INSIGHTS: &str = "The setting containerInsights takes one of disabled, enabled, enhanced.";

fn settings(value: &str) -> Value {
    json!([{ "name": "containerInsights", "value": value }])
}

/// MT-07: a cluster has the account's setting unless it is made with its own.
#[test]
fn mt_07_create_cluster() {
    let mut lab = lab();
    let made = |lab: &mut ecs_lab::lab::Lab, input: Value| ecs(lab, "CreateCluster", input)["cluster"].clone();
    assert_eq!(made(&mut lab, json!({}))["clusterName"], "default");
    assert_eq!(made(&mut lab, json!({ "clusterName": "a" }))["settings"], settings("disabled"));
    ecs(&mut lab, "PutAccountSetting", json!({ "name": "containerInsights", "value": "enhanced" }));
    assert_eq!(made(&mut lab, json!({ "clusterName": "a" }))["settings"], settings("disabled"), "it is there already");
    assert_eq!(made(&mut lab, json!({ "clusterName": "b" }))["settings"], settings("enhanced"));
    let configuration = json!({ "executeCommandConfiguration": { "logging": "DEFAULT" } });
    let own = descending(
        &mut lab,
        "CreateCluster",
        json!({
            "clusterName": "a b", "tags": [{ "key": "aws:" }], "settings": settings("on"),
            "configuration": { "executeCommandConfiguration": { "logging": "OVERRIDE" } },
            "defaultCapacityProviderStrategy": [{ "capacityProvider": "FARGATE" }],
        }),
        &[
            (
                (
                    INVALID,
                    "Identifier is of an invalid length or contains invalid characters: a cluster name is up to 255 letters \
                     (upper and lowercase), numbers, underscores, and hyphens.",
                    true,
                ),
                json!({ "clusterName": "c" }),
            ),
            ((INVALID, "Tags that begin with aws: are reserved for AWS.", true), json!({ "tags": [] })),
            ((INVALID, INSIGHTS, true), json!({ "settings": settings("enabled") })),
            (
                (INVALID, "A log configuration must be provided when logging is OVERRIDE.", true),
                json!({ "configuration": configuration }),
            ),
            (
                (
                    INVALID,
                    "The specified capacity provider strategy cannot contain a capacity provider that is not associated with \
                     the cluster. Associate the capacity provider with the cluster and try again.",
                    false,
                ),
                json!({ "capacityProviders": ["FARGATE"] }),
            ),
        ],
    );
    assert_eq!(own["cluster"]["settings"], settings("enabled"));
    assert_eq!(own["cluster"]["configuration"], configuration);
    // Only what is asked for is shown.
    let plain = ecs(&mut lab, "DescribeClusters", json!({ "clusters": ["c"] }))["clusters"][0].clone();
    assert_eq!((&plain["settings"], &plain["tags"], &plain["statistics"]), (&json!([]), &json!([]), &json!([])));
    assert_eq!((plain.get("configuration"), plain.get("attachments")), (None, None));
    let include = json!(["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS"]);
    let whole =
        ecs(&mut lab, "DescribeClusters", json!({ "clusters": ["c"], "include": include }))["clusters"][0].clone();
    assert_eq!((&whole["configuration"], &whole["attachments"]), (&configuration, &json!([])));
    assert_eq!(whole["statistics"].as_array().unwrap().len(), 12);
}

#[test]
fn mt_07_update_cluster() {
    let mut lab = lab();
    for operation in ["UpdateClusterSettings", "UpdateCluster"] {
        let answer = descending(
            &mut lab,
            operation,
            json!({ "cluster": "absent", "settings": [] }),
            &[
                (("ClusterNotFoundException", "Cluster not found.", false), json!({ "cluster": "prod" })),
                ((INVALID, INSIGHTS, true), json!({ "settings": settings("Enabled") })),
                ((INVALID, INSIGHTS, true), json!({ "settings": settings("enhanced") })),
            ],
        );
        assert_eq!(answer["cluster"]["settings"], settings("enhanced"), "{operation}");
    }
    let call = |lab: &mut ecs_lab::lab::Lab, input: Value| ecs(lab, "UpdateCluster", input)["cluster"].clone();
    let storage = json!({ "managedStorageConfiguration": { "kmsKeyId": "key" } });
    let own = call(&mut lab, json!({ "cluster": "prod", "configuration": storage }));
    assert_eq!((&own["configuration"], &own["settings"]), (&storage, &settings("enhanced")), "what is not named stays");
    let namespace = |name: &str| json!({ "cluster": "prod", "serviceConnectDefaults": { "namespace": name } });
    let own = call(&mut lab, namespace("net"));
    let arn = own["serviceConnectDefaults"]["namespace"].as_str().unwrap().to_string();
    assert!(arn.starts_with("arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-"), "{arn}");
    assert_eq!(call(&mut lab, namespace(&arn))["serviceConnectDefaults"]["namespace"], arn);
    assert_eq!(call(&mut lab, namespace("")).get("serviceConnectDefaults"), None);
    // The same again changes nothing.
    let digest = lab.digest();
    call(&mut lab, json!({ "cluster": "prod", "settings": settings("enhanced") }));
    assert_eq!(lab.digest(), digest);
}

/// EN-04: without a principal's own setting the default of the account holds again, then AWS's.
#[test]
fn en_04_delete_account_setting() {
    let mut lab = lab();
    let role = "arn:aws:iam::123456789012:role/agents";
    let name = "awsvpcTrunking";
    ecs(&mut lab, "PutAccountSetting", json!({ "name": name, "value": "enabled", "principalArn": role }));
    let answer = descending(
        &mut lab,
        "DeleteAccountSetting",
        json!({ "name": "guardDutyActivate", "principalArn": "arn:aws:iam::123456789012:group/x" }),
        &[
            (
                (INVALID, "'arn:aws:iam::123456789012:group/x' is no user, role or root user of the account.", true),
                json!({ "principalArn": role }),
            ),
            ((INVALID, "The account setting \"guardDutyActivate\" is managed by AWS.", true), json!({ "name": name })),
        ],
    );
    assert_eq!(answer["setting"], json!({ "name": name, "value": "disabled", "principalArn": role, "type": "user" }));
    let list = |lab: &ecs_lab::lab::Lab| {
        let input = json!({ "principalArn": role, "name": name });
        lab.read(&ApiCall::new("ecs", "ListAccountSettings", input)).unwrap()["settings"].clone()
    };
    assert_eq!(list(&lab), json!([]));
    // Once more, and for one that never had its own: the same answer, and nothing changes.
    let digest = lab.digest();
    ecs(&mut lab, "DeleteAccountSetting", json!({ "name": name, "principalArn": role }));
    ecs(&mut lab, "DeleteAccountSetting", json!({ "name": name }));
    assert_eq!(lab.digest(), digest);
    ecs(&mut lab, "PutAccountSettingDefault", json!({ "name": name, "value": "enabled" }));
    ecs(&mut lab, "PutAccountSetting", json!({ "name": name, "value": "disabled", "principalArn": role }));
    let answer = ecs(&mut lab, "DeleteAccountSetting", json!({ "name": name, "principalArn": role }));
    assert_eq!(answer["setting"]["value"], "enabled");
}
