//! Logging, secrets, settings, proxies, volumes, dependencies, health checks: one line a rule.

use super::refusals::{case, hold, ours};
use super::{ec2, fargate, several};
use crate::ecs::taskdef::problems;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::{Value, json};

fn own(member: &str) -> String {
    format!("containerDefinitions[0].{member}")
}

const ROLE: &str = "arn:aws:iam::123456789012:role/r";

#[test]
fn logging() {
    let log = |driver: &str, options: Value| json!({"logConfiguration": {"logDriver": driver, "options": options}});
    let full = json!({"awslogs-group": "g", "awslogs-region": "r", "awslogs-stream-prefix": "p"});
    let without = |key: &str| super::merged(full.clone(), json!({key: null}));
    let role = json!({"executionRoleArn": ROLE});
    let options = own("logConfiguration.options");
    let driver = own("logConfiguration.logDriver");
    hold(Vec::from([
        case(
            "LG-03 on EC2",
            ec2(log("awslogs", json!({})), json!({})),
            &options,
            "Log driver awslogs requires options: awslogs-group",
        ),
        case(
            "LG-02 region",
            fargate(log("awslogs", without("awslogs-region")), role.clone()),
            &options,
            "Log driver awslogs requires options: awslogs-region",
        ),
        case(
            "LG-03 group",
            fargate(log("awslogs", without("awslogs-group")), role.clone()),
            &options,
            "Log driver awslogs requires options: awslogs-group",
        ),
        case(
            "LG-02 prefix",
            fargate(log("awslogs", without("awslogs-stream-prefix")), role.clone()),
            &options,
            "Fargate requires log configuration options to include awslogs-stream-prefix to support log driver awslogs.",
        ),
        case(
            "FG-04",
            fargate(log("awslogs", full.clone()), json!({})),
            &driver,
            "Fargate requires task definition to have execution role ARN to support log driver awslogs.",
        ),
        case(
            "FG-08",
            fargate(log("json-file", json!({})), json!({})),
            &driver,
            "json-file is not a valid log driver. Must be one of [awslogs, splunk, awsfirelens]",
        ),
        ours(
            "LG-01",
            ec2(log("etwlogs", json!({})), json!({})),
            &driver,
            "Log driver etwlogs is not one of awslogs, fluentd, gelf, json-file, journald, syslog, splunk, awsfirelens.",
        ),
        case(
            "LG-09",
            ec2(log("awsfirelens", json!({})), json!({})),
            &driver,
            "When awsfirelens log driver is specified in log configuration, a firelens configuration object must be specified",
        ),
        ours(
            "FireLens type",
            ec2(json!({"firelensConfiguration": {"type": "logstash"}}), json!({})),
            &own("firelensConfiguration.type"),
            "A FireLens configuration is of type fluentd or fluentbit.",
        ),
    ]));
    assert_eq!(problems(&fargate(log("awslogs", full.clone()), role)), []);
    assert_eq!(problems(&ec2(log("awslogs", without("awslogs-region")), json!({}))), [], "LG-02: EC2 has a Region");
    let routed = json!([{"name": "a", "image": "i", "logConfiguration": {"logDriver": "awsfirelens"}},
        {"name": "b", "image": "i", "firelensConfiguration": {"type": "fluentbit"}}]);
    assert_eq!(problems(&several(routed, json!({}))), []);
}

#[test]
fn secrets_files_and_settings() {
    let secret = json!({"secrets": [{"name": "S", "valueFrom": "p"}]});
    let files = |number: usize| {
        let file = json!({"type": "s3", "value": "arn:aws:s3:::b/k.env"});
        json!({"environmentFiles": core::iter::repeat_n(file, number).collect::<Vec<_>>()})
    };
    let file = |arn: &str| ec2(json!({"environmentFiles": [{"type": "s3", "value": arn}]}), json!({}));
    let policy =
        |patch: Value| ec2(json!({"restartPolicy": super::merged(json!({"enabled": true}), patch)}), json!({}));
    let codes: Vec<i32> = (0..51).collect();
    let gpu = |value: &str| ec2(json!({"resourceRequirements": [{"type": "GPU", "value": value}]}), json!({}));
    let period = "The 'restartAttemptPeriod' setting for container 'app' must be between 60 and 1800.";
    let arn = own("environmentFiles[0].value");
    hold(Vec::from([
        case(
            "CD-20",
            ec2(secret.clone(), json!({})),
            &own("secrets"),
            "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
        ),
        case(
            "CD-21 number",
            ec2(files(11), json!({})),
            &own("environmentFiles"),
            "The maximum number of environment files was exceeded. Specify ten or less and try again.",
        ),
        case("CD-21 arn", file("s3://b/k.env"), &arn, "Invalid arn syntax."),
        case("CD-21 no key", file("arn:aws:s3:::b"), &arn, "Invalid arn syntax."),
        case(
            "CD-25 low",
            policy(json!({"restartAttemptPeriod": 59})),
            &own("restartPolicy.restartAttemptPeriod"),
            period,
        ),
        case(
            "CD-25 high",
            policy(json!({"restartAttemptPeriod": 1801})),
            &own("restartPolicy.restartAttemptPeriod"),
            period,
        ),
        ours(
            "CD-25 codes",
            policy(json!({"ignoredExitCodes": codes})),
            &own("restartPolicy.ignoredExitCodes"),
            "A restart policy ignores at most 50 exit codes.",
        ),
        ours(
            "CD-15",
            gpu("half"),
            &own("resourceRequirements[0].value"),
            "Invalid GPU value 'half': it must be a positive whole number or ALL.",
        ),
        ours(
            "CD-16",
            ec2(json!({"resourceRequirements": [{"type": "NeuronDevice", "value": "1"}]}), json!({})),
            &own("resourceRequirements[0].value"),
            "Invalid NeuronDevice value: it must be ALL.",
        ),
    ]));
    assert_eq!(problems(&ec2(secret, json!({"executionRoleArn": ROLE}))), []);
    assert_eq!(problems(&ec2(files(10), json!({}))), []);
    assert_eq!(problems(&gpu("ALL")), []);
    assert_eq!(problems(&gpu("2")), []);
    assert_eq!(problems(&policy(json!({"restartAttemptPeriod": 60}))), []);
}

#[test]
fn proxies() {
    let proxy = |name: &str, properties: &[&str], mode: &str| {
        let properties: Vec<Value> = properties.iter().map(|key| json!({"name": key, "value": "1"})).collect();
        ec2(
            json!({}),
            json!({"networkMode": mode,
            "proxyConfiguration": {"type": "APPMESH", "containerName": name, "properties": properties}}),
        )
    };
    let both = ["ProxyIngressPort", "ProxyEgressPort"].as_slice();
    hold(Vec::from([
        case(
            "CD-24 mode",
            proxy("app", both, "bridge"),
            "proxyConfiguration",
            "APPMESH proxy configuration is only supported in networkMode=awsvpc",
        ),
        case(
            "CD-24 container",
            proxy("envoy", both, "awsvpc"),
            "proxyConfiguration.containerName",
            "Proxy container [envoy] does not exist.",
        ),
        case(
            "App Mesh ingress",
            proxy("app", &both[1..], "awsvpc"),
            "proxyConfiguration.properties",
            "Ingress port not found",
        ),
        ours(
            "App Mesh egress",
            proxy("app", &both[..1], "awsvpc"),
            "proxyConfiguration.properties",
            "Egress port not found",
        ),
    ]));
    assert_eq!(problems(&proxy("app", both, "awsvpc")), []);
}

#[test]
fn volumes() {
    let volume = |volume: Value| ec2(json!({}), json!({"volumes": [super::merged(json!({"name": "v"}), volume)]}));
    let efs =
        |patch: Value| volume(json!({"efsVolumeConfiguration": super::merged(json!({"fileSystemId": "fs-1"}), patch)}));
    let at = |member: &str| format!("volumes[0].efsVolumeConfiguration.{member}");
    let mount = json!({"mountPoints": [{"sourceVolume": "v", "containerPath": "/v"}]});
    let launched = json!({"volumes": [{"name": "v", "configuredAtLaunch": true}]});
    hold(Vec::from([
        ours(
            "VO-01 name",
            volume(json!({"name": "a b"})),
            "volumes[0].name",
            "A volume's name has 1 to 255 letters, digits, _ and -.",
        ),
        ours(
            "VO-01 twice",
            ec2(json!({}), json!({"volumes": [{"name": "v"}, {"name": "v"}]})),
            "volumes[1].name",
            "Volume name 'v' is used more than once.",
        ),
        ours(
            "VO-01 two kinds",
            volume(json!({"host": {}, "dockerVolumeConfiguration": {}})),
            "volumes[0]",
            "Volume 'v' has more than one configuration.",
        ),
        ours(
            "VO-02",
            ec2(
                json!({"mountPoints": [{"sourceVolume": "v"}, {"sourceVolume": "w"}]}),
                json!({"volumes": [{"name": "v", "configuredAtLaunch": true}, {"name": "w", "configuredAtLaunch": true}]}),
            ),
            "volumes[1].configuredAtLaunch",
            "A task definition has at most one volume that is configured at launch.",
        ),
        case(
            "VO-05",
            ec2(json!({}), launched.clone()),
            "volumes[0].name",
            "Volumes [v] are not referenced by any of the containers",
        ),
        case(
            "unknown volume",
            ec2(mount.clone(), json!({})),
            &own("mountPoints[0].sourceVolume"),
            "Unknown volume 'v'.",
        ),
        case(
            "VO-06 iam",
            efs(json!({"authorizationConfig": {"iam": "ENABLED"}})),
            &at("transitEncryption"),
            "EFS IAM authorization requires TransitEncryption to be enabled.",
        ),
        case(
            "VO-06 port",
            efs(json!({"transitEncryptionPort": 2049})),
            &at("transitEncryptionPort"),
            "TransitEncryptionPort requires that TransitEncryption is enabled.",
        ),
        case(
            "VO-06 access point",
            efs(json!({"rootDirectory": "/x", "transitEncryption": "ENABLED",
            "authorizationConfig": {"accessPointId": "fsap-1"}})),
            &at("rootDirectory"),
            "When using an EFS access point, the root directory must either be set to \"/\" or be omitted.",
        ),
        ours(
            "3.10 autoprovision",
            volume(json!({"dockerVolumeConfiguration": {"scope": "task", "autoprovision": true}})),
            "volumes[0].dockerVolumeConfiguration.autoprovision",
            "A Docker volume is autoprovisioned only when its scope is shared.",
        ),
        case(
            "VO-08 low",
            fargate(json!({}), json!({"ephemeralStorage": {"sizeInGiB": 20}})),
            "ephemeralStorage.sizeInGiB",
            "EphemeralStorage size should be at least 21",
        ),
        case(
            "VO-08 high",
            fargate(json!({}), json!({"ephemeralStorage": {"sizeInGiB": 201}})),
            "ephemeralStorage.sizeInGiB",
            "EphemeralStorage size should be at most 200",
        ),
        case(
            "ephemeral storage on EC2",
            ec2(json!({}), json!({"requiresCompatibilities": ["EC2"], "ephemeralStorage": {"sizeInGiB": 21}})),
            "ephemeralStorage",
            "Tasks using the EC2 launch type do not support EphemeralStorage.",
        ),
    ]));
    assert_eq!(problems(&ec2(mount, launched)), []);
    assert_eq!(
        problems(&efs(json!({"transitEncryption": "ENABLED", "transitEncryptionPort": 1, "rootDirectory": "/",
        "authorizationConfig": {"iam": "ENABLED", "accessPointId": "fsap-1"}}))),
        []
    );
    assert_eq!(problems(&fargate(json!({}), json!({"ephemeralStorage": {"sizeInGiB": 200}}))), []);
}

#[test]
fn links_and_volumes_of_other_containers() {
    let from = |name: &str| json!({"volumesFrom": [{"sourceContainer": name, "readOnly": true}]});
    let links = "The container 'app' links to 'b', which is not in the task definition.";
    let volumes = "The container 'app' takes volumes from 'b', which is not in the task definition.";
    hold(Vec::from([
        ours("3.2 links", ec2(json!({"links": ["b"]}), json!({})), &own("links"), links),
        ours("3.2 links", ec2(json!({"links": ["b:app"]}), json!({})), &own("links"), links),
        ours("3.2 volumesFrom", ec2(from("b"), json!({})), &own("volumesFrom"), volumes),
        ours("3.2 volumesFrom", fargate(from("b"), json!({})), &own("volumesFrom"), volumes),
    ]));
    for more in [json!({"links": ["b", "b:db"]}), from("b")] {
        let app = super::merged(json!({"name": "app", "image": "i"}), more.clone());
        let both = several(json!([app, {"name": "b", "image": "i"}]), json!({}));
        assert_eq!(problems(&both), [], "{more}");
    }
}

#[test]
fn dependencies() {
    let depends = |condition: &str, on: Value| {
        several(
            json!([
        {"name": "a", "image": "i", "dependsOn": [{"containerName": "b", "condition": condition}]},
        super::merged(json!({"name": "b", "image": "i"}), on)]),
            json!({}),
        )
    };
    let ring = json!([
        {"name": "x", "image": "i"},
        {"name": "a", "image": "i", "dependsOn": [{"containerName": "x", "condition": "START"}, {"containerName": "b", "condition": "START"}]},
        {"name": "b", "image": "i", "dependsOn": [{"containerName": "a", "condition": "START"}]}]);
    let check = json!({"healthCheck": {"command": ["CMD-SHELL", "true"]}});
    let at = "containerDefinitions[0].dependsOn[0]";
    let exits = "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container";
    hold(Vec::from([
        case(
            "3.7 unknown",
            ec2(json!({"dependsOn": [{"containerName": "b", "condition": "START"}]}), json!({})),
            &format!("{at}.containerName"),
            "Cannot depend on container + 'b' because it does not exist",
        ),
        case("3.7 SUCCESS", depends("SUCCESS", json!({})), &format!("{at}.condition"), exits),
        case("3.7 COMPLETE", depends("COMPLETE", json!({})), &format!("{at}.condition"), exits),
        case(
            "3.7 HEALTHY",
            depends("HEALTHY", json!({})),
            &format!("{at}.condition"),
            "A dependency container with HEALTHY condition must have health check configured",
        ),
        ours(
            "3.7 no condition",
            depends("RUNNING", json!({})),
            &format!("{at}.condition"),
            "'RUNNING' is no condition; use START, COMPLETE, SUCCESS or HEALTHY.",
        ),
        case(
            "3.7 ring",
            several(ring, json!({})),
            "containerDefinitions[1].dependsOn",
            "Container dependsOn contains a cycle",
        ),
    ]));
    for (condition, on) in [("START", json!({})), ("SUCCESS", json!({"essential": false})), ("HEALTHY", check)] {
        assert_eq!(problems(&depends(condition, on)), [], "{condition}");
    }
}

#[test]
fn health_checks_and_timeouts() {
    let health = |patch: Value| {
        ec2(json!({"healthCheck": super::merged(json!({"command": ["CMD", "true"]}), patch)}), json!({}))
    };
    let most = |key: &str, high: i64| {
        format!("Health check {key} must be less than or equal to the maximum allowed value {high} for container 'app'")
    };
    let least = |key: &str, low: i64| {
        format!(
            "Health check {key} must be greater than or equal to the minimum allowed value {low} for container 'app'"
        )
    };
    let at = |key: &str| own(&format!("healthCheck.{key}"));
    for (key, low, high) in [("interval", 5, 300), ("timeout", 2, 60), ("retries", 1, 10), ("startPeriod", 0, 300)] {
        hold(Vec::from([
            case("3.8 high", health(json!({key: high + 1})), &at(key), &most(key, high)),
            ours("3.8 low", health(json!({key: low - 1})), &at(key), &least(key, low)),
        ]));
        assert_eq!(problems(&health(json!({key: high}))), [], "{key}");
        assert_eq!(problems(&health(json!({key: low}))), [], "{key}");
    }
    let words = "The health check command of container 'app' must start with CMD or CMD-SHELL and name a command.";
    hold(Vec::from([
        ours("3.8 command", health(json!({"command": ["true"]})), &at("command"), words),
        ours("3.8 nothing", health(json!({"command": ["CMD"]})), &at("command"), words),
        case(
            "recorded",
            ec2(json!({"startTimeout": 1}), json!({})),
            &own("startTimeout"),
            "Granular start timeout on container 'app' must be at least 2 seconds.",
        ),
        ours(
            "stop timeout",
            ec2(json!({"stopTimeout": 1}), json!({})),
            &own("stopTimeout"),
            "Granular stop timeout on container 'app' must be at least 2 seconds.",
        ),
        ours(
            "Fargate stop timeout",
            fargate(json!({"stopTimeout": 121}), json!({})),
            &own("stopTimeout"),
            "Granular stop timeout on container 'app' must be at most 120 seconds.",
        ),
    ]));
    assert_eq!(problems(&ec2(json!({"stopTimeout": 121}), json!({}))), []);
}
