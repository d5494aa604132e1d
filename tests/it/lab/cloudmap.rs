//! Cloud Map through the door: namespaces, services, instances, and who finds them.

use super::support::*;
use ecs_lab::aws::ApiError;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

/// A Cloud Map call.
pub fn try_map(lab: &mut Lab, operation: &str, input: Value) -> Result<Value, ApiError> {
    lab.apply(Command::Api(ApiCall::new("servicediscovery", operation, input))).map(|outcome| outcome.reply)
}

/// A Cloud Map call that must succeed.
pub fn map(lab: &mut Lab, operation: &str, input: Value) -> Value {
    try_map(lab, operation, input).unwrap_or_else(|error| panic!("{operation}: {error}"))
}

/// A private DNS namespace, by its id.
pub fn private(lab: &mut Lab, name: &str) -> String {
    made(lab, "CreatePrivateDnsNamespace", json!({ "Name": name, "Vpc": "vpc-0ec51ab0000000001" }))
}

/// An HTTP namespace, by its id.
pub fn http(lab: &mut Lab, name: &str) -> String {
    made(lab, "CreateHttpNamespace", json!({ "Name": name }))
}

fn made(lab: &mut Lab, operation: &str, input: Value) -> String {
    let operation = map(lab, operation, input);
    let done = map(lab, "GetOperation", operation)["Operation"].clone();
    assert_eq!((&done["Status"], &done["Type"]), (&json!("SUCCESS"), &json!("CREATE_NAMESPACE")));
    done["Targets"]["NAMESPACE"].as_str().unwrap().to_string()
}

/// A service with a custom health check and records of these types, as GetService shows it.
pub fn service(lab: &mut Lab, namespace: &str, name: &str, records: &[&str]) -> Value {
    let records: Vec<_> = records.iter().map(|kind| json!({ "Type": kind, "TTL": 10 })).collect();
    let mut input =
        json!({ "Name": name, "NamespaceId": namespace, "HealthCheckCustomConfig": { "FailureThreshold": 2 } });
    if !records.is_empty() {
        input["DnsConfig"] = json!({ "DnsRecords": records });
    }
    map(lab, "CreateService", input)["Service"].clone()
}

/// Ids and health of what DiscoverInstances finds, in order.
pub fn found(lab: &mut Lab, namespace: &str, name: &str, more: Value) -> Vec<(String, String)> {
    let mut input = json!({ "NamespaceName": namespace, "ServiceName": name });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let reply = map(lab, "DiscoverInstances", input);
    let text = |value: &Value| value.as_str().unwrap().to_string();
    let each = reply["Instances"].as_array().unwrap().iter();
    each.map(|own| (text(&own["InstanceId"]), text(&own["HealthStatus"]))).collect()
}

#[test]
fn a_namespace_is_made_shown_tagged_and_deleted() {
    let mut lab = lab();
    let id = private(&mut lab, "corp.internal");
    assert!(id.starts_with("ns-") && id.len() == 19, "{id}");
    let own = map(&mut lab, "GetNamespace", json!({ "Id": id }))["Namespace"].clone();
    assert_eq!((&own["Type"], &own["Name"]), (&json!("DNS_PRIVATE"), &json!("corp.internal")));
    assert!(own["Properties"]["DnsProperties"]["HostedZoneId"].as_str().unwrap().starts_with('Z'));
    http(&mut lab, "mesh");
    let names = |lab: &mut Lab, filters: Value| -> Vec<Value> {
        let reply = map(lab, "ListNamespaces", json!({ "Filters": filters }));
        reply["Namespaces"].as_array().unwrap().iter().map(|own| own["Name"].clone()).collect()
    };
    assert_eq!(names(&mut lab, json!([])), ["corp.internal", "mesh"]);
    assert_eq!(names(&mut lab, json!([{ "Name": "TYPE", "Values": ["HTTP"], "Condition": "EQ" }])), ["mesh"]);
    let corp = json!([{ "Name": "NAME", "Values": ["corp"], "Condition": "BEGINS_WITH" }]);
    assert_eq!(names(&mut lab, corp), ["corp.internal"]);
    let arn = own["Arn"].clone();
    map(
        &mut lab,
        "TagResource",
        json!({ "ResourceARN": arn, "Tags": [{ "Key": "team", "Value": "red" }, { "Key": "x", "Value": "" }] }),
    );
    map(&mut lab, "UntagResource", json!({ "ResourceARN": arn, "TagKeys": ["x", "absent"] }));
    let tags = map(&mut lab, "ListTagsForResource", json!({ "ResourceARN": arn }));
    assert_eq!(tags["Tags"], json!([{ "Key": "team", "Value": "red" }]));
    service(&mut lab, &id, "api", &["A"]);
    let error = try_map(&mut lab, "DeleteNamespace", json!({ "Id": id })).unwrap_err();
    let text = "Namespace has associated services; delete the services before deleting the namespace";
    assert_eq!((error.code.as_ref(), error.message.as_str(), error.ours), ("ResourceInUse", text, false));
    let all = map(&mut lab, "ListServices", json!({ "Filters": [{ "Name": "NAMESPACE_ID", "Values": [id] }] }));
    assert_eq!(all["Services"][0]["Name"], "api");
    map(&mut lab, "DeleteService", json!({ "Id": all["Services"][0]["Id"] }));
    map(&mut lab, "DeleteNamespace", json!({ "Id": arn }));
    assert_eq!(names(&mut lab, json!([])), ["mesh"]);
    let operations =
        map(&mut lab, "ListOperations", json!({ "Filters": [{ "Name": "NAMESPACE_ID", "Values": [id] }] }));
    assert_eq!(operations["Operations"].as_array().unwrap().len(), 2);
}

#[test]
fn each_call_names_what_is_wrong() {
    let mut lab = lab();
    let dns = private(&mut lab, "corp.internal");
    let plain = http(&mut lab, "mesh");
    let own = service(&mut lab, &dns, "api", &["SRV"])["Id"].clone();
    let bare = map(&mut lab, "CreateService", json!({ "Name": "bare", "NamespaceId": plain }))["Service"]["Id"].clone();
    let a = json!([{ "Type": "A", "TTL": 10 }]);
    let at = json!({ "AWS_INSTANCE_IPV4": "10.0.0.1" });
    for (operation, input, code) in [
        ("CreateHttpNamespace", json!({ "Name": "mesh" }), "NamespaceAlreadyExists"),
        (
            "CreatePrivateDnsNamespace",
            json!({ "Name": "corp.internal", "Vpc": "vpc-0ec51ab0000000001" }),
            "NamespaceAlreadyExists",
        ),
        ("CreatePrivateDnsNamespace", json!({ "Name": "other", "Vpc": "vpc" }), "InvalidInput"),
        ("CreateHttpNamespace", json!({ "Name": "arn:x" }), "InvalidInput"),
        ("CreateHttpNamespace", json!({ "Name": "a b" }), "InvalidInput"),
        ("GetNamespace", json!({ "Id": "ns-0" }), "NamespaceNotFound"),
        ("DeleteNamespace", json!({ "Id": "ns-0" }), "NamespaceNotFound"),
        ("CreateService", json!({ "Name": "x" }), "InvalidInput"),
        ("CreateService", json!({ "Name": "x", "NamespaceId": "ns-0" }), "NamespaceNotFound"),
        (
            "CreateService",
            json!({ "Name": "x", "NamespaceId": plain, "DnsConfig": { "DnsRecords": a } }),
            "InvalidInput",
        ),
        ("CreateService", json!({ "Name": "x", "NamespaceId": dns }), "InvalidInput"),
        ("CreateService", json!({ "Name": "", "NamespaceId": plain }), "InvalidInput"),
        ("CreateService", json!({ "Name": "a b", "NamespaceId": plain }), "InvalidInput"),
        (
            "CreateService",
            json!({ "Name": "x", "NamespaceId": dns, "DnsConfig": { "DnsRecords": [] } }),
            "InvalidInput",
        ),
        (
            "CreateService",
            json!({ "Name": "x", "NamespaceId": dns, "DnsConfig": { "DnsRecords": [{ "Type": "CNAME", "TTL": 1 }] } }),
            "InvalidInput",
        ),
        (
            "CreateService",
            json!({ "Name": "API", "NamespaceId": dns, "DnsConfig": { "DnsRecords": a } }),
            "ServiceAlreadyExists",
        ),
        (
            "CreateService",
            json!({ "Name": "x", "NamespaceId": plain, "HealthCheckConfig": { "Type": "TCP" } }),
            "UnsupportedFeatureException",
        ),
        ("GetService", json!({ "Id": "srv-0" }), "ServiceNotFound"),
        ("RegisterInstance", json!({ "ServiceId": "srv-0", "InstanceId": "i", "Attributes": {} }), "ServiceNotFound"),
        ("RegisterInstance", json!({ "ServiceId": own, "InstanceId": "i", "Attributes": {} }), "InvalidInput"),
        ("RegisterInstance", json!({ "ServiceId": own, "InstanceId": "i", "Attributes": at }), "InvalidInput"),
        (
            "RegisterInstance",
            json!({ "ServiceId": bare, "InstanceId": "i", "Attributes": { "AWS_INIT_HEALTH_STATUS": "HEALTHY" } }),
            "InvalidInput",
        ),
        ("DeregisterInstance", json!({ "ServiceId": own, "InstanceId": "i" }), "InstanceNotFound"),
        ("GetInstance", json!({ "ServiceId": own, "InstanceId": "i" }), "InstanceNotFound"),
        ("GetInstancesHealthStatus", json!({ "ServiceId": own, "Instances": ["i"] }), "InstanceNotFound"),
        (
            "UpdateInstanceCustomHealthStatus",
            json!({ "ServiceId": bare, "InstanceId": "i", "Status": "HEALTHY" }),
            "CustomHealthNotFound",
        ),
        (
            "UpdateInstanceCustomHealthStatus",
            json!({ "ServiceId": own, "InstanceId": "i", "Status": "HEALTHY" }),
            "InstanceNotFound",
        ),
        ("DiscoverInstances", json!({ "NamespaceName": "absent", "ServiceName": "api" }), "NamespaceNotFound"),
        ("DiscoverInstances", json!({ "NamespaceName": "mesh", "ServiceName": "api" }), "ServiceNotFound"),
        ("GetOperation", json!({ "OperationId": "o" }), "OperationNotFound"),
        ("TagResource", json!({ "ResourceARN": "arn:x", "Tags": [] }), "ResourceNotFoundException"),
        ("UpdateService", json!({ "Id": own, "Service": {} }), "UnsupportedFeatureException"),
    ] {
        let before = lab.digest();
        let error = try_map(&mut lab, operation, input.clone()).expect_err(&format!("{operation} {input}"));
        assert_eq!(error.code, code, "{operation} {input}: {error}");
        assert_eq!(lab.digest(), before);
    }
}

#[test]
fn the_same_create_service_again_gives_the_same_service() {
    let mut lab = lab();
    let id = http(&mut lab, "mesh");
    let input = json!({ "Name": "api", "NamespaceId": id, "CreatorRequestId": "once" });
    let first = map(&mut lab, "CreateService", input.clone());
    assert_eq!(map(&mut lab, "CreateService", input), first);
    let error = try_map(&mut lab, "CreateService", json!({ "Name": "api", "NamespaceId": id })).unwrap_err();
    assert_eq!((error.code.as_ref(), error.message.as_str()), ("ServiceAlreadyExists", "Service already exists."));
}

/// SD-02: the healthy ones are found; all of them where none is healthy.
#[test]
fn sd_02_who_is_found_follows_the_custom_health() {
    let mut lab = lab();
    let id = http(&mut lab, "mesh");
    let own = service(&mut lab, &id, "api", &[])["Id"].clone();
    for (instance, first) in [("a", "HEALTHY"), ("b", "UNHEALTHY"), ("c", "HEALTHY")] {
        let attributes = json!({ "AWS_INSTANCE_IPV4": "10.0.0.1", "AWS_INIT_HEALTH_STATUS": first, "stage": instance });
        map(
            &mut lab,
            "RegisterInstance",
            json!({ "ServiceId": own, "InstanceId": instance, "Attributes": attributes }),
        );
    }
    let pairs = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        list.iter().map(|(id, health)| (id.to_string(), health.to_string())).collect()
    };
    let (a, b, c) = (("a", "HEALTHY"), ("b", "UNHEALTHY"), ("c", "HEALTHY"));
    for (more, expected) in [
        (json!({}), vec![a, c]),
        (json!({ "MaxResults": 1 }), vec![a]),
        (json!({ "HealthStatus": "ALL" }), vec![a, b, c]),
        (json!({ "HealthStatus": "UNHEALTHY" }), vec![b]),
        (json!({ "QueryParameters": { "stage": "c" } }), vec![c]),
        (json!({ "QueryParameters": { "stage": "b" } }), vec![b]),
        (json!({ "QueryParameters": { "stage": "b" }, "HealthStatus": "HEALTHY" }), vec![]),
    ] {
        assert_eq!(found(&mut lab, "mesh", "api", more.clone()), pairs(&expected), "{more}");
    }
    for instance in ["a", "c"] {
        let input = json!({ "ServiceId": own, "InstanceId": instance, "Status": "UNHEALTHY" });
        map(&mut lab, "UpdateInstanceCustomHealthStatus", input);
    }
    assert_eq!(found(&mut lab, "mesh", "api", json!({})).len(), 3, "all unhealthy, so all");
    assert_eq!(found(&mut lab, "mesh", "api", json!({ "HealthStatus": "HEALTHY" })), []);
    let status = map(&mut lab, "GetInstancesHealthStatus", json!({ "ServiceId": own, "Instances": ["a"] }));
    assert_eq!(status["Status"], json!({ "a": "UNHEALTHY" }));
    let error = try_map(&mut lab, "DeleteService", json!({ "Id": own })).unwrap_err();
    let text = "Service contains registered instances; delete the instances before deleting the service";
    assert_eq!((error.code.as_ref(), error.message.as_str(), error.ours), ("ResourceInUse", text, false));
    for instance in ["a", "b", "c"] {
        map(&mut lab, "DeregisterInstance", json!({ "ServiceId": own, "InstanceId": instance }));
    }
    map(&mut lab, "DeleteService", json!({ "Id": own }));
}

#[test]
fn lists_come_in_pages() {
    let mut lab = lab();
    let id = http(&mut lab, "mesh");
    for name in ["a", "b", "c"] {
        service(&mut lab, &id, name, &[]);
    }
    let first = map(&mut lab, "ListServices", json!({ "MaxResults": 2 }));
    assert_eq!(first["Services"].as_array().unwrap().len(), 2);
    let rest = map(&mut lab, "ListServices", json!({ "MaxResults": 2, "NextToken": first["NextToken"] }));
    assert_eq!((&rest["Services"][0]["Name"], rest.get("NextToken")), (&json!("c"), None));
    assert_eq!(try_map(&mut lab, "ListServices", json!({ "NextToken": "x" })).unwrap_err().code, "InvalidInput");
}
