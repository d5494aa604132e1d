//! Linux and Windows, x86_64 and arm64: an instance is what its image and type make it (AT-01, 8.2).

use super::support::*;
use crate::ecr::support::{ecr, push};
use ecs_lab::ecr::docker;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

const LINUX: &str = "ami-0ec51ab0000000001";
const ARM: &str = "ami-0ec51ab0000000002";
const WINDOWS_2019: &str = "ami-0ec51ab0000000011";
const WINDOWS_2022: &str = "ami-0ec51ab0000000013";

/// Launches one instance of an image into `prod` and lets it register.
fn start(lab: &mut Lab, image: &str, kind: &str, config: &str) {
    let script = format!("echo ECS_CLUSTER=prod\n{config}");
    let input = json!({
        "ImageId": image, "InstanceType": kind, "MinCount": 1, "MaxCount": 1, "UserData": encoded(&script),
        "IamInstanceProfile": { "Name": "ecsInstanceRole" },
    });
    ec2(lab, "RunInstances", input);
    wait(lab, "2m");
}

/// The attribute of each instance of the cluster, by the instance's ARN.
fn attribute(lab: &mut Lab, name: &str) -> Vec<(String, String)> {
    let found = instances(lab).into_iter().map(|own| {
        let attributes = own["attributes"].as_array().unwrap().clone();
        let value = attributes.into_iter().find(|each| each["name"] == name).map(|each| each["value"].clone());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        (text(&own["containerInstanceArn"]), text(&value.unwrap_or_default()))
    });
    found.collect()
}

/// AT-08, 8.2: where a definition of each platform goes; every other instance answers ATTRIBUTE.
#[test]
fn at_01_each_platform_on_its_own_instances() {
    let mut lab = lab();
    start(&mut lab, LINUX, "m5.large", "");
    start(&mut lab, ARM, "m6g.medium", "");
    start(&mut lab, WINDOWS_2019, "m5.large", "");
    start(&mut lab, WINDOWS_2022, "m5.large", "");
    let images = attribute(&mut lab, "ecs.ami-id");
    let families = attribute(&mut lab, "ecs.os-family");
    for (image, family, system) in
        [(LINUX, "LINUX", "linux"), (ARM, "LINUX", "linux"), (WINDOWS_2022, "WINDOWS_SERVER_2022_CORE", "windows")]
    {
        let at = images.iter().position(|(_, own)| own == image).unwrap();
        assert_eq!((families[at].1.as_str(), attribute(&mut lab, "ecs.os-type")[at].1.as_str()), (family, system));
    }
    for (platform, wanted) in [
        (json!({}), vec![LINUX, ARM, WINDOWS_2019, WINDOWS_2022]),
        (json!({ "operatingSystemFamily": "LINUX" }), vec![LINUX, ARM]),
        (json!({ "cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX" }), vec![LINUX]),
        (json!({ "cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX" }), vec![ARM]),
        (json!({ "operatingSystemFamily": "WINDOWS_SERVER_2019_CORE" }), vec![WINDOWS_2019]),
        (
            json!({ "cpuArchitecture": "X86_64", "operatingSystemFamily": "WINDOWS_SERVER_2022_CORE" }),
            vec![WINDOWS_2022],
        ),
        (json!({ "operatingSystemFamily": "WINDOWS_SERVER_2022_FULL" }), vec![]),
    ] {
        let container = json!({ "name": "app", "image": "app", "cpu": 16, "memory": 16 });
        let mut definition = json!({ "family": "d", "containerDefinitions": [container] });
        if platform != json!({}) {
            definition["runtimePlatform"] = platform.clone();
        }
        ecs(&mut lab, "RegisterTaskDefinition", definition);
        for (arn, image) in &images {
            let named = json!({ "cluster": "prod", "taskDefinition": "d", "containerInstances": [arn] });
            let reply = ecs(&mut lab, "StartTask", named);
            let expected = if wanted.contains(&image.as_str()) { Value::Null } else { json!("ATTRIBUTE") };
            assert_eq!(reply["failures"][0]["reason"], expected, "{platform} on {image}");
        }
        let placed = run(&mut lab, "d", 1, json!({}))["tasks"].as_array().unwrap().len();
        assert_eq!(placed, usize::from(!wanted.is_empty()), "{platform}");
    }
}

/// PT-03, 1.2, EN-05, 1.4: ports, memory, interfaces and capabilities of Windows.
#[test]
fn pt_03_en_05_what_windows_registers() {
    let mut lab = lab();
    ecs(&mut lab, "PutAccountSettingDefault", json!({ "name": "awsvpcTrunking", "value": "enabled" }));
    start(&mut lab, WINDOWS_2022, "m4.large", "ECS_ENABLE_TASK_IAM_ROLE=true");
    let own = instances(&mut lab).remove(0);
    assert_eq!(amount(&own, "registeredResources", "MEMORY"), 8191);
    let resources = own["registeredResources"].as_array().unwrap();
    let ports = resources.iter().find(|each| each["name"] == "PORTS").unwrap()["stringSetValue"].clone();
    let known = ["53", "135", "139", "445", "2375", "2376", "3389", "5985", "5986", "51678", "51679", "80"];
    assert_eq!(ports, json!(known), "with port 80 for the roles' credentials (8.2)");
    let has = |name: &str| own["attributes"].as_array().unwrap().iter().any(|each| each["name"] == name);
    for (name, there) in [
        ("ecs.capability.fsxWindowsFileServer", true),
        ("com.amazonaws.ecs.capability.task-iam-role", true),
        ("com.amazonaws.ecs.capability.docker-remote-api.1.17", true),
        ("ecs.capability.efs", false),
        ("ecs.capability.task-eni", false),
        ("ecs.capability.task-eni-trunking", false),
        ("ecs.awsvpc-trunk-id", false),
        ("ecs.capability.task-cpu-mem-limit", false),
        ("com.amazonaws.ecs.capability.logging-driver.awslogs", false),
    ] {
        assert_eq!(has(name), there, "{name}");
    }
}

/// The table of 3.10: which volume works where. What does not is refused, or no instance has the attribute for it.
#[test]
fn volumes_on_each_platform() {
    let mut lab = lab();
    start(&mut lab, LINUX, "m5.large", "");
    start(&mut lab, WINDOWS_2019, "m5.large", "");
    let machine = json!({ "cpus": 4, "memory": 8192, "cluster": "prod" });
    lab.apply(Command::Api(ApiCall::new("lab", "External", machine))).unwrap();
    let credentials =
        json!({ "credentialsParameter": "arn:aws:ssm:us-east-1:123456789012:parameter/ad", "domain": "corp" });
    let fsx =
        json!({ "fileSystemId": "fs-0123456789abcdef0", "rootDirectory": "share", "authorizationConfig": credentials });
    let files = json!({ "fileSystemArn": "arn:aws:s3files:us-east-1:123456789012:file-system/fs-1" });
    let windows = "WINDOWS_SERVER_2019_CORE";
    let places =
        [("EC2", "LINUX"), ("EC2", windows), ("FARGATE", "LINUX"), ("FARGATE", windows), ("EXTERNAL", "LINUX")];
    for (volume, expected) in [
        (json!({}), [true, true, true, true, true]),
        (json!({ "host": { "sourcePath": "/data" } }), [true, true, false, false, true]),
        (
            json!({ "dockerVolumeConfiguration": { "scope": "task", "driver": "local" } }),
            [true, true, false, false, true],
        ),
        (json!({ "dockerVolumeConfiguration": { "scope": "task", "driver": "rexray/ebs" } }), [false; 5]),
        (json!({ "efsVolumeConfiguration": { "fileSystemId": "fs-12345678" } }), [true, false, true, false, false]),
        (json!({ "fsxWindowsFileServerVolumeConfiguration": fsx }), [false, true, false, false, false]),
        (json!({ "configuredAtLaunch": true }), [true, true, true, false, false]),
        (json!({ "s3filesVolumeConfiguration": files }), [false, false, true, false, false]),
    ] {
        for ((launch, system), works) in places.into_iter().zip(expected) {
            let mut own = volume.clone();
            own["name"] = json!("data");
            let mount = json!({ "sourceVolume": "data", "containerPath": "/data" });
            let mut definition = json!({
                "family": "f", "volumes": [own], "runtimePlatform": { "operatingSystemFamily": system },
                "containerDefinitions": [{ "name": "app", "image": "nginx", "memory": 64, "mountPoints": [mount] }],
            });
            let mut input = json!({ "cluster": "prod", "taskDefinition": "f", "launchType": launch });
            if launch == "FARGATE" {
                for (member, value) in [("networkMode", "awsvpc"), ("cpu", "1024"), ("memory", "2048")] {
                    definition[member] = json!(value);
                }
                let subnets = json!({ "subnets": ["subnet-0ec51ab00000000a0"] });
                input["networkConfiguration"] = json!({ "awsvpcConfiguration": subnets });
            }
            if volume["configuredAtLaunch"] == true {
                let ebs = json!({ "roleArn": "arn:aws:iam::123456789012:role/r", "sizeInGiB": 8 });
                input["volumeConfigurations"] = json!([{ "name": "data", "managedEBSVolume": ebs }]);
            }
            ecs(&mut lab, "RegisterTaskDefinition", definition);
            let found = try_ecs(&mut lab, "RunTask", input);
            let runs = found.as_ref().is_ok_and(|reply| !reply["tasks"].as_array().unwrap().is_empty());
            assert_eq!(runs, works, "{volume} on {launch} {system}: {found:?}");
        }
    }
}

/// An image of another architecture is refused; an id that the lab does not know starts as Linux.
#[test]
fn images_fit_their_types() {
    let mut lab = lab();
    for (image, kind) in [(WINDOWS_2022, "m6g.medium"), (ARM, "m5.large"), (LINUX, "m7g.medium")] {
        let input = json!({ "ImageId": image, "InstanceType": kind, "MinCount": 1, "MaxCount": 1 });
        let error = lab.apply(Command::ec2("RunInstances", input)).unwrap_err();
        assert_eq!((error.path.as_str(), error.ours), ("ImageId", true), "{image} {kind}");
    }
    start(&mut lab, "ami-12345678", "m6g.medium", "");
    assert_eq!(attribute(&mut lab, "ecs.ami-id")[0].1, "ami-12345678");
    assert_eq!(attribute(&mut lab, "ecs.os-family")[0].1, "LINUX");
    let image = &ec2(&mut lab, "DescribeInstances", json!({}))["Reservations"][0]["Instances"][0]["ImageId"];
    assert_eq!(*image, "ami-12345678");
}

/// 8.2: without a platform and a constraint a task may go where its image does not run.
#[test]
fn an_image_runs_on_its_own_system() {
    for (system, image, fails) in [
        (WINDOWS_2022, "mcr.microsoft.com/windows/servercore:ltsc2022", None),
        (WINDOWS_2022, "nginx", Some("no matching manifest for windows/amd64 10.0.20348 in the manifest list entries")),
        (WINDOWS_2019, "mcr.microsoft.com/windows/servercore:1809", None),
        (WINDOWS_2019, "mcr.microsoft.com/windows/servercore/iis", None),
        (
            WINDOWS_2022,
            "mcr.microsoft.com/windows/servercore:ltsc2019",
            Some("does not match the host operating system"),
        ),
        (WINDOWS_2019, "mcr.microsoft.com/windows/nanoserver:ltsc2022", Some("windows/amd64 10.0.17763")),
        (LINUX, "nginx", None),
        (LINUX, "mcr.microsoft.com/windows/servercore:ltsc2022", Some("no matching manifest for linux/amd64")),
        (ARM, "mcr.microsoft.com/windows/nanoserver", Some("no matching manifest for linux/arm64")),
        (WINDOWS_2022, "public.ecr.aws/nginx/nginx", Some("no matching manifest for windows/amd64")),
        (WINDOWS_2022, "ghcr.io/team/app", None),
    ] {
        let mut lab = lab();
        start(&mut lab, system, if system == ARM { "m6g.medium" } else { "m5.large" }, "");
        // Windows ignores the sizes of the whole task, and they keep none off it.
        let container = json!({ "name": "app", "image": image });
        let sized = json!({ "family": "d", "cpu": "256", "memory": "256", "containerDefinitions": [container] });
        ecs(&mut lab, "RegisterTaskDefinition", sized);
        let task = run(&mut lab, "d", 1, json!({}))["tasks"][0].clone();
        wait(&mut lab, "2m");
        let task = describe(&lab, &task);
        let reason = task["stoppedReason"].as_str().unwrap_or_default();
        match fails {
            Some(fails) => assert!(reason.contains(fails), "{image} on {system}: {task}"),
            None => assert_eq!(task["lastStatus"], "RUNNING", "{image} on {system}: {task}"),
        }
    }
}

/// 8.2, ECR 3.4: Docker looks at the system of an image that is alone under its tag, not at its processor.
#[test]
fn an_image_of_the_registry_runs_on_its_own_system() {
    for (system, platform, fails) in [
        (WINDOWS_2022, "linux/amd64", Some("image operating system \"linux\" cannot be used on this platform")),
        (LINUX, "windows/amd64", Some("image operating system \"windows\" cannot be used on this platform")),
        (WINDOWS_2022, "windows/amd64", None),
        (LINUX, "linux/amd64", None),
    ] {
        let mut lab = lab();
        start(&mut lab, system, "m5.large", "");
        ecr(&mut lab, "CreateRepository", json!({ "repositoryName": "web" }));
        push(&mut lab, "web", &docker::build(&["FROM nginx:1.29"], platform), "1");
        let container = json!({ "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1" });
        register(&mut lab, "d", container);
        let task = run(&mut lab, "d", 1, json!({}))["tasks"][0].clone();
        wait(&mut lab, "2m");
        let task = describe(&lab, &task);
        let reason = task["stoppedReason"].as_str().unwrap_or_default();
        match fails {
            Some(fails) => assert!(reason.contains(fails), "{platform} on {system}: {task}"),
            None => assert_eq!(reason, "", "{platform} on {system}: {task}"),
        }
    }
}
