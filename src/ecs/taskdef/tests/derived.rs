//! `requiresAttributes` and `compatibilities`: one case a row of the tables.

use super::{awsvpc, ec2, fargate, merged};
use crate::ecs::taskdef::validate;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use serde_json::{Value, json};

/// Short form: a version stands for the Docker API attribute, `C.` and `E.` for the old and the new prefix.
fn long(short: &str) -> String {
    match (short.strip_prefix("C."), short.strip_prefix("E.")) {
        (Some(rest), _) => format!("com.amazonaws.ecs.capability.{rest}"),
        (_, Some(rest)) => format!("ecs.capability.{rest}"),
        _ => format!("com.amazonaws.ecs.capability.docker-remote-api.{short}"),
    }
}

fn requires(label: &str, input: &Value, want: &str) {
    let found = validate(input).unwrap_or_else(|error| panic!("{label}: {error}")).requires_attributes;
    let found: BTreeSet<String> = found.into_iter().collect();
    assert_eq!(found, want.split_whitespace().map(long).collect(), "{label}");
}

#[test]
fn a_feature_of_a_container_requires_its_attribute() {
    let log = |driver: &str, options: Value| json!({"logConfiguration": {"logDriver": driver, "options": options}});
    let group = |patch: Value| log("awslogs", merged(json!({"awslogs-group": "g", "awslogs-region": "r"}), patch));
    let health = |patch: Value| json!({"healthCheck": merged(json!({"command": ["CMD", "x"]}), patch)});
    let rows = [
        (json!({}), ""),
        (json!({"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/a"}), "C.ecr-auth"),
        (json!({"image": "public.ecr.aws/a/b"}), ""),
        (json!({"user": "1000"}), "1.17"),
        (json!({"workingDirectory": "/w"}), "1.17"),
        (json!({"hostname": "h"}), "1.17"),
        (json!({"extraHosts": []}), "1.17"),
        (json!({"dnsServers": ["1.1.1.1"]}), "1.17"),
        (json!({"links": [], "entryPoint": [], "command": [], "secrets": [], "environmentFiles": []}), ""),
        (json!({"ulimits": []}), "1.18"),
        (json!({"dockerLabels": {"a": "b"}}), "1.18"),
        (json!({"memoryReservation": 32}), "1.21"),
        (json!({"linuxParameters": {"tmpfs": [{"containerPath": "/t", "size": 1}]}}), "1.22"),
        (json!({"linuxParameters": {"capabilities": {"add": ["NET_ADMIN"]}}}), ""),
        (json!({"linuxParameters": {"initProcessEnabled": true}}), "1.25"),
        (json!({"linuxParameters": {"initProcessEnabled": false}}), ""),
        (json!({"linuxParameters": {"maxSwap": 0}}), "1.32"),
        (json!({"dockerSecurityOptions": ["no-new-privileges"]}), "1.23"),
        (json!({"dockerSecurityOptions": ["label:type:x"]}), "C.selinux"),
        (json!({"dockerSecurityOptions": ["apparmor:x"]}), "C.apparmor"),
        (json!({"privileged": true}), "C.privileged-container"),
        (json!({"privileged": false}), ""),
        (health(json!({})), "1.24 E.container-health-check"),
        (health(json!({"startPeriod": 10})), "1.29 E.container-health-check"),
        (group(json!({})), "1.19 C.logging-driver.awslogs"),
        (group(json!({"awslogs-create-group": "true"})), "1.19 1.29 C.logging-driver.awslogs"),
        (group(json!({"mode": "non-blocking"})), "1.19 1.28 C.logging-driver.awslogs"),
        (group(json!({"max-buffer-size": "25m"})), "1.19 1.28 C.logging-driver.awslogs"),
        (log("journald", json!({"mode": "x"})), "1.19 C.logging-driver.journald"),
        (log("json-file", json!({})), "1.18 C.logging-driver.json-file"),
        (log("fluentd", json!({})), "1.20 C.logging-driver.fluentd"),
        (log("splunk", json!({})), "1.22 C.logging-driver.splunk"),
        (json!({"startTimeout": 5}), "E.container-ordering"),
        (json!({"stopTimeout": 5}), "E.container-ordering"),
        (json!({"dependsOn": []}), ""),
        (json!({"environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::b/k"}]}), "E.env-files.s3"),
        (json!({"portMappings": [{"containerPortRange": "1-2"}]}), "E.network.container-port-range"),
        (json!({"portMappings": [{"containerPort": 1, "name": "p", "appProtocol": "http"}]}), ""),
        (
            json!({"repositoryCredentials": {"credentialsParameter": "arn"}}),
            "E.private-registry-authentication.secretsmanager",
        ),
        (json!({"restartPolicy": {"enabled": true}}), "E.container-restart-policy"),
        (json!({"restartPolicy": {"enabled": false}}), ""),
        (json!({"credentialSpecs": ["credentialspec:arn"]}), "E.gmsa"),
        (json!({"credentialSpecs": ["credentialspecdomainless:arn"]}), "E.gmsa-domainless"),
        (json!({"firelensConfiguration": {"type": "fluentbit"}}), "E.firelens.fluentbit"),
        (
            json!({"firelensConfiguration": {"type": "fluentd", "options": {"config-file-type": "s3"}}}),
            "E.firelens.fluentd E.firelens.options.config.s3",
        ),
        (
            json!({"firelensConfiguration": {"type": "fluentd", "options": {"config-file-type": "file"}}}),
            "E.firelens.fluentd E.firelens.options.config.file",
        ),
    ];
    for (container, want) in rows {
        requires(&container.to_string(), &ec2(container, json!({})), want);
    }
}

#[test]
fn secrets_name_their_store() {
    let role = json!({"executionRoleArn": "arn:aws:iam::123456789012:role/r"});
    let from = |value: &str| json!({"secrets": [{"name": "S", "valueFrom": value}]});
    let log = json!({"logConfiguration": {"logDriver": "splunk", "secretOptions": [
        {"name": "splunk-token", "valueFrom": "arn:aws:secretsmanager:us-east-1:123456789012:secret:x"}]}});
    let rows = [
        (from("arn:aws:ssm:us-east-1:123456789012:parameter/x"), "E.secrets.ssm.environment-variables"),
        (from("x"), "E.secrets.ssm.environment-variables"),
        (from("arn:aws:secretsmanager:us-east-1:123456789012:secret:x"), "E.secrets.asm.environment-variables"),
        (log, "1.22 C.logging-driver.splunk E.secrets.asm.bootstrap.log-driver"),
    ];
    for (container, want) in rows {
        requires(&container.to_string(), &ec2(container, role.clone()), want);
    }
}

#[test]
fn a_feature_of_the_task_requires_its_attribute() {
    let volume = |patch: Value| json!({"volumes": [merged(json!({"name": "v"}), patch)]});
    let windows = json!({"operatingSystemFamily": "WINDOWS_SERVER_2019_FULL"});
    let rows = [
        (json!({"cpu": "256", "memory": "512", "networkMode": "bridge"}), ""),
        (json!({"networkMode": "awsvpc"}), "1.18 E.task-eni"),
        (json!({"networkMode": "host"}), ""),
        (json!({"taskRoleArn": "r"}), "C.task-iam-role"),
        (json!({"taskRoleArn": "r", "networkMode": "host"}), "C.task-iam-role-network-host"),
        (json!({"executionRoleArn": "r"}), ""),
        (json!({"cpu": "10240"}), ""),
        (json!({"cpu": "16384"}), "E.increased-task-cpu-limit"),
        (json!({"pidMode": "task"}), "1.18 E.pid-ipc-namespace-sharing"),
        (json!({"ipcMode": "host"}), "1.18 E.pid-ipc-namespace-sharing"),
        (json!({"ephemeralStorage": {"sizeInGiB": 30}}), "E.extensible-ephemeral-storage"),
        (json!({"enableFaultInjection": true}), "E.fault-injection"),
        (json!({"enableFaultInjection": false}), ""),
        (json!({"runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}}), ""),
        (volume(json!({})), ""),
        (volume(json!({"efsVolumeConfiguration": {"fileSystemId": "fs-1"}})), "1.25 E.efs E.efsAuth"),
        (volume(json!({"dockerVolumeConfiguration": {"driver": "rexray/ebs:1"}})), "E.docker-plugin.rexray/ebs.1"),
        (
            merged(volume(json!({"fsxWindowsFileServerVolumeConfiguration": {}})), json!({"runtimePlatform": windows})),
            "E.fsxWindowsFileServer",
        ),
    ];
    for (task, want) in rows {
        requires(&task.to_string(), &ec2(json!({}), task), want);
    }
    let mounted = json!({"mountPoints": [{"sourceVolume": "v"}]});
    requires("EBS", &ec2(mounted, volume(json!({"configuredAtLaunch": true}))), "E.storage.ebs-task-volume-attach");
    let proxy = json!({"networkMode": "awsvpc", "proxyConfiguration": {"containerName": "app", "properties":
        [{"name": "ProxyIngressPort"}, {"name": "ProxyEgressPort"}]}});
    requires("App Mesh", &ec2(json!({}), proxy), "1.18 E.task-eni E.aws-appmesh");
}

#[test]
fn an_execution_role_counts_with_what_it_is_for() {
    let role = json!({"executionRoleArn": "arn:aws:iam::123456789012:role/r"});
    let ecr = json!({"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/a"});
    let logs = json!({"logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "g"}}});
    requires("ECR with role", &ec2(ecr, role.clone()), "C.ecr-auth E.execution-role-ecr-pull");
    requires("awslogs with role", &ec2(logs, role), "1.19 C.logging-driver.awslogs E.execution-role-awslogs");
}

#[test]
fn where_it_can_run() {
    let sized = json!({"cpu": "256", "memory": "512"});
    let role = json!({"executionRoleArn": "r"});
    let ecr = json!({"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/a"});
    let named = json!({"portMappings": [{"containerPort": 80, "name": "web", "appProtocol": "http"}]});
    let linux = json!({"runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"}});
    let windows = json!({"cpu": "1024", "memory": "2048", "runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}});
    let efs = json!({"volumes": [{"name": "v", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}]});
    let fsx = json!({"volumes": [{"name": "v", "fsxWindowsFileServerVolumeConfiguration": {}}]});
    let rows = [
        ("bridge", ec2(json!({}), sized.clone()), "EXTERNAL EC2"),
        ("none", ec2(json!({}), json!({"networkMode": "none"})), "EXTERNAL EC2"),
        ("FSx without a platform", ec2(json!({}), fsx.clone()), "EXTERNAL EC2"),
        ("FSx on Linux", ec2(json!({}), merged(fsx, linux.clone())), "EXTERNAL"),
        ("host, no size", ec2(json!({}), json!({"networkMode": "host"})), "EXTERNAL EC2"),
        ("bridge, platform given", ec2(json!({}), linux), "EXTERNAL EC2"),
        ("bridge, ECR without a role", ec2(ecr.clone(), json!({})), "EXTERNAL EC2"),
        ("bridge, named port", ec2(named, json!({})), "EC2"),
        ("bridge, EFS", ec2(json!({}), efs.clone()), "EC2"),
        ("awsvpc, no size", awsvpc(json!({}), json!({})), "EC2"),
        ("awsvpc, Fargate size", awsvpc(json!({}), sized.clone()), "EC2 MANAGED_INSTANCES FARGATE"),
        ("awsvpc, odd size", awsvpc(json!({}), json!({"cpu": "512", "memory": "717"})), "EC2 MANAGED_INSTANCES"),
        ("awsvpc, privileged", awsvpc(json!({"privileged": true}), sized.clone()), "EC2 MANAGED_INSTANCES"),
        ("awsvpc, ECR without a role", awsvpc(ecr.clone(), sized.clone()), "EC2"),
        ("awsvpc, ECR with a role", awsvpc(ecr, merged(sized.clone(), role)), "EC2 MANAGED_INSTANCES FARGATE"),
        ("awsvpc, EFS", awsvpc(json!({}), merged(sized.clone(), efs)), "EC2 MANAGED_INSTANCES FARGATE"),
        ("Windows", awsvpc(json!({}), windows), "EC2 FARGATE"),
        (
            "Fargate with ephemeral storage",
            fargate(json!({}), json!({"ephemeralStorage": {"sizeInGiB": 21}})),
            "EC2 MANAGED_INSTANCES FARGATE",
        ),
        (
            "Neuron",
            awsvpc(json!({"resourceRequirements": [{"type": "NeuronDevice", "value": "ALL"}]}), sized),
            "MANAGED_INSTANCES",
        ),
    ];
    for (label, input, want) in rows {
        let found = validate(&input).unwrap_or_else(|error| panic!("{label}: {error}")).compatibilities;
        assert_eq!(found, want.split(' ').map(ToString::to_string).collect::<alloc::vec::Vec<_>>(), "{label}");
    }
}

/// AT-08: the order of answers seen in public, one of them with more than twelve attributes.
#[test]
fn at_08_the_order_is_that_of_observed_answers() {
    let group = |name: &str, value: &str| {
        let options = json!({"awslogs-group": "g", "awslogs-region": "r", "awslogs-stream-prefix": "p", name: value});
        json!({"logDriver": "awslogs", "options": options})
    };
    let secret = |service: &str| json!({"name": service, "valueFrom": format!("arn:aws:{service}:us-east-1:1:x/y")});
    let image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/a";
    let roles = json!({"taskRoleArn": "arn:aws:iam::123456789012:role/r", "executionRoleArn": "arn:aws:iam::123456789012:role/r"});
    let check = json!({"command": ["CMD-SHELL", "x"], "interval": 30});
    let web = json!({"image": image, "healthCheck": check, "logConfiguration": group("awslogs-create-group", "true")});
    let busy = json!({
        "image": image, "user": "1", "stopTimeout": 30, "logConfiguration": group("mode", "non-blocking"),
        "secrets": [secret("ssm"), secret("secretsmanager")], "mountPoints": [{"sourceVolume": "v", "containerPath": "/v"}],
    });
    let volume = json!({"volumes": [{"name": "v", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}]});
    let router = json!({"firelensConfiguration": {"type": "fluentbit"}, "memoryReservation": 50, "image": image,
        "logConfiguration": {"logDriver": "awsfirelens"}});
    for (label, input, wanted) in [
        (
            "a health check",
            fargate(web, roles.clone()),
            "C.logging-driver.awslogs 1.24 E.execution-role-awslogs C.ecr-auth 1.19 C.task-iam-role \
             E.container-health-check E.execution-role-ecr-pull 1.18 E.task-eni 1.29",
        ),
        (
            "sixteen",
            awsvpc(busy, merged(roles, volume)),
            "E.execution-role-awslogs C.ecr-auth 1.17 1.28 C.task-iam-role E.execution-role-ecr-pull \
             E.secrets.ssm.environment-variables 1.18 E.task-eni C.logging-driver.awslogs E.efsAuth 1.19 \
             E.secrets.asm.environment-variables E.efs E.container-ordering 1.25",
        ),
        ("FireLens", ec2(router, json!({})), "C.ecr-auth E.firelens.fluentbit 1.19 1.21 C.logging-driver.awsfirelens"),
    ] {
        let found = validate(&input).unwrap_or_else(|error| panic!("{label}: {error}")).requires_attributes;
        assert!(found.iter().cloned().eq(wanted.split_whitespace().map(long)), "{label}: {found:#?}");
    }
}
