//! Placement, platforms and capacities: one line a rule.

use super::refusals::{case, hold, ours};
use super::{awsvpc, ec2, fargate};
use crate::ecs::taskdef::{Rules, problems, problems_with};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::{Value, json};

fn own(member: &str) -> String {
    format!("containerDefinitions[0].{member}")
}

#[test]
fn placement_and_platform() {
    let constraint = |kind: &str, expression: &str| {
        ec2(json!({}), json!({"placementConstraints": [{"type": kind, "expression": expression}]}))
    };
    let member = json!({"type": "memberOf", "expression": "attribute:x exists"});
    let many = |number: usize| {
        ec2(
            json!({}),
            json!({"placementConstraints": core::iter::repeat_n(member.clone(), number).collect::<Vec<_>>()}),
        )
    };
    let windows = |container: Value, task: Value| {
        ec2(
            container,
            super::merged(json!({"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}}), task),
        )
    };
    hold(Vec::from([
        case(
            "CN-01",
            constraint("distinctInstance", ""),
            "placementConstraints[0].type",
            "Create TaskDefinition: constraint.type 'distinctInstance' is not supported.",
        ),
        ours(
            "CN-01",
            constraint("memberof", "attribute:x exists"),
            "placementConstraints[0].type",
            "Create TaskDefinition: constraint.type 'memberof' is not supported.",
        ),
        ours(
            "3.2 mode",
            ec2(json!({}), json!({"networkMode": "nat"})),
            "networkMode",
            "'nat' is no networkMode; use one of bridge, host, awsvpc, none.",
        ),
        ours(
            "3.2 pid",
            ec2(json!({}), json!({"pidMode": "none"})),
            "pidMode",
            "'none' is no pidMode; use one of host, task.",
        ),
        ours(
            "3.2 architecture",
            ec2(json!({}), json!({"runtimePlatform": {"cpuArchitecture": "MIPS"}})),
            "runtimePlatform.cpuArchitecture",
            "'MIPS' is no cpuArchitecture; use one of X86_64, ARM64.",
        ),
        ours(
            "2.3 Windows",
            windows(json!({}), json!({"networkMode": "bridge"})),
            "networkMode",
            "Windows tasks use networkMode awsvpc, or the default when it is omitted.",
        ),
        ours(
            "3.2 Windows",
            windows(json!({}), json!({"ipcMode": "task"})),
            "ipcMode",
            "Windows does not support ipcMode.",
        ),
        ours(
            "CD-27",
            windows(json!({"links": ["app"]}), json!({})),
            &own("links"),
            "Windows containers do not support links.",
        ),
        ours(
            "CD-27",
            windows(json!({"privileged": true}), json!({})),
            &own("privileged"),
            "Windows containers do not support privileged.",
        ),
        ours(
            "CD-27",
            windows(json!({"readonlyRootFilesystem": true}), json!({})),
            &own("readonlyRootFilesystem"),
            "Windows containers do not support readonlyRootFilesystem.",
        ),
    ]));
    let second = json!({"placementConstraints": [member, {"type": "memberOf", "expression": "attribute:x =="}]});
    let refused = [
        ("CN-06 number", many(11), "placementConstraints"),
        ("CN-06 none", constraint("memberOf", ""), "placementConstraints[0].expression"),
        ("CN-06 length", constraint("memberOf", &"x".repeat(2001)), "placementConstraints[0].expression"),
        ("QL-15 syntax", ec2(json!({}), second), "placementConstraints[1].expression"),
    ];
    for (label, input, path) in refused {
        let found = problems(&input);
        let seen: Vec<(&str, &str)> = found.iter().map(|each| (each.code.as_ref(), each.path.as_str())).collect();
        assert_eq!(seen, [("InvalidParameterException", path)], "{label}");
    }
    assert_eq!(problems(&many(10)), []);
    assert_eq!(problems(&windows(json!({}), json!({"networkMode": "awsvpc"}))), []);
}

#[test]
fn fargate_sizes_and_members() {
    let none = || String::from("No Fargate configuration exists for given values.");
    let not = |what: &str| format!("Fargate compatible task definitions do not support {what}");
    let linux = |patch: Value| fargate(json!({"linuxParameters": patch}), json!({}));
    let volume = |patch: Value| fargate(json!({}), json!({"volumes": [super::merged(json!({"name": "v"}), patch)]}));
    let windows = json!({"cpu": "512", "memory": "2048", "runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}});
    let parameter = |key: &str| own(&format!("linuxParameters.{key}"));
    let constraint = json!({"placementConstraints": [{"type": "memberOf", "expression": "attribute:x exists"}]});
    hold(Vec::from([
        case(
            "NM-01",
            fargate(json!({}), json!({"networkMode": null})),
            "networkMode",
            "Fargate only supports network mode ‘awsvpc’.",
        ),
        case(
            "FG-02 cpu",
            fargate(json!({}), json!({"cpu": null})),
            "cpu",
            "Fargate requires that 'cpu' be defined at the task level.",
        ),
        case(
            "FG-02 memory",
            fargate(json!({"memory": 64}), json!({"memory": null})),
            "memory",
            "Fargate requires that 'memory' be defined at the task level.",
        ),
        case("FG-01 memory", fargate(json!({}), json!({"memory": "768"})), "memory", &none()),
        case("FG-01 cpu", fargate(json!({}), json!({"cpu": "300"})), "cpu", &none()),
        case("FG-01 Windows", fargate(json!({}), windows), "memory", &none()),
        case("FG-01 32 vCPU is off", fargate(json!({}), json!({"cpu": "32 vCPU", "memory": "60 GB"})), "cpu", &none()),
        case("FG-06", fargate(json!({}), constraint), "placementConstraints", &not("constraints")),
        case(
            "FG-07 ipc",
            fargate(json!({}), json!({"ipcMode": "task"})),
            "ipcMode",
            "Tasks using the Fargate launch type do not support ipcMode.",
        ),
        case(
            "FG-07 pid",
            fargate(json!({}), json!({"pidMode": "host"})),
            "pidMode",
            "Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for pidMode is 'task'.",
        ),
        case(
            "FG-06",
            fargate(json!({"dockerSecurityOptions": ["label:x"]}), json!({})),
            &own("dockerSecurityOptions"),
            &not("dockerSecurityOptions"),
        ),
        case("FG-06", linux(json!({"sharedMemorySize": 64})), &parameter("sharedMemorySize"), &not("sharedMemorySize")),
        case("FG-10", linux(json!({"maxSwap": 64})), &parameter("maxSwap"), &not("maxSwap")),
        case("FG-10", linux(json!({"devices": [{"hostPath": "/dev/x"}]})), &parameter("devices"), &not("devices")),
        ours("FG-10", linux(json!({"swappiness": 1})), &parameter("swappiness"), &not("swappiness")),
        ours(
            "FG-10",
            linux(json!({"tmpfs": [{"containerPath": "/t", "size": 1}]})),
            &parameter("tmpfs"),
            &not("tmpfs"),
        ),
        case(
            "FG-09",
            linux(json!({"capabilities": {"add": ["SYS_PTRACE", "NET_ADMIN"]}})),
            &parameter("capabilities.add"),
            "NET_ADMIN is not allowed on Fargate.",
        ),
        case(
            "FG-10 GPU",
            fargate(json!({"resourceRequirements": [{"type": "GPU", "value": "1"}]}), json!({})),
            &own("resourceRequirements"),
            "Tasks using the Fargate launch type do not support GPU resource requirements.",
        ),
        case(
            "FG-05",
            fargate(json!({"privileged": true}), json!({})),
            &own("privileged"),
            "Fargate requires that the 'privileged' setting be 'false'",
        ),
        case(
            "FG-03",
            fargate(json!({"image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/a:1"}), json!({})),
            &own("image"),
            "Fargate requires task definition to have execution role ARN to support ECR images.",
        ),
        case(
            "FG-06",
            volume(json!({"dockerVolumeConfiguration": {}})),
            "volumes[0].dockerVolumeConfiguration",
            &not("dockerVolumeConfiguration"),
        ),
        case("FG-06", volume(json!({"host": {"sourcePath": "/x"}})), "volumes[0].host.sourcePath", &not("sourcePath")),
        ours(
            "3.10 FSx",
            volume(json!({"fsxWindowsFileServerVolumeConfiguration": {}})),
            "volumes[0].fsxWindowsFileServerVolumeConfiguration",
            &not("fsxWindowsFileServerVolumeConfiguration"),
        ),
    ]));
    let large = fargate(json!({}), json!({"cpu": "32768", "memory": "249856"}));
    assert_eq!(problems_with(&large, Rules { fargate_32_vcpu: true }), []);
    let fine = [
        ("3.2 units", fargate(json!({}), json!({"cpu": ".25 vCPU", "memory": "0.5 GB"}))),
        ("FG-07 task", fargate(json!({}), json!({"pidMode": "task"}))),
        ("3.10 bind", volume(json!({"host": {}}))),
        ("3.10 EFS", volume(json!({"efsVolumeConfiguration": {"fileSystemId": "fs-1"}}))),
        ("FG-03 public", fargate(json!({"image": "public.ecr.aws/x/y:1"}), json!({}))),
        ("unset", fargate(json!({"privileged": false, "dockerSecurityOptions": []}), json!({"ipcMode": null}))),
    ];
    for (label, input) in fine {
        assert_eq!(problems(&input), [], "{label}");
    }
}

#[test]
fn other_capacities() {
    let external = json!({"requiresCompatibilities": ["EXTERNAL"]});
    let managed = |patch: Value| {
        super::merged(
            json!({"requiresCompatibilities": ["MANAGED_INSTANCES"], "networkMode": "awsvpc",
        "cpu": "256", "memory": "512"}),
            patch,
        )
    };
    let named = json!({"portMappings": [{"containerPort": 80, "name": "web"}]});
    let neuron = json!({"resourceRequirements": [{"type": "NeuronDevice", "value": "ALL"}]});
    hold(Vec::from([
        ours(
            "2.3 EXTERNAL",
            awsvpc(json!({}), external.clone()),
            "networkMode",
            "External instances do not support networkMode awsvpc.",
        ),
        ours(
            "1.7 EXTERNAL",
            ec2(named, external.clone()),
            &own("portMappings[0].name"),
            "External instances do not support Service Connect, hence no named port mappings.",
        ),
        ours(
            "3.10 EXTERNAL",
            ec2(
                json!({}),
                super::merged(
                    external.clone(),
                    json!({"volumes":
            [{"name": "v", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}]}),
                ),
            ),
            "volumes[0].efsVolumeConfiguration",
            "External instances do not support efsVolumeConfiguration.",
        ),
        ours(
            "2.3 managed",
            ec2(json!({}), managed(json!({"networkMode": "bridge"}))),
            "networkMode",
            "Managed Instances support networkMode awsvpc and host.",
        ),
        ours(
            "3.2 managed",
            ec2(json!({}), managed(json!({"cpu": null}))),
            "cpu",
            "Managed Instances require that 'cpu' be defined at the task level.",
        ),
        ours(
            "CD-16 on EC2",
            ec2(neuron.clone(), json!({"requiresCompatibilities": ["EC2"]})),
            &own("resourceRequirements"),
            "NeuronDevice needs Managed Instances; EC2 cannot give it.",
        ),
        ours(
            "3.10 FSx on Linux",
            ec2(
                json!({}),
                json!({"requiresCompatibilities": ["EC2"], "runtimePlatform": {"operatingSystemFamily": "LINUX"},
            "volumes": [{"name": "v", "fsxWindowsFileServerVolumeConfiguration": {}}]}),
            ),
            "volumes[0].fsxWindowsFileServerVolumeConfiguration",
            "FSx for Windows File Server volumes need a Windows task.",
        ),
        ours(
            "3.2 unknown",
            ec2(json!({}), json!({"requiresCompatibilities": ["EC2", "LAMBDA"]})),
            "requiresCompatibilities[1]",
            "'LAMBDA' is no compatibility; use one of EC2, FARGATE, EXTERNAL, MANAGED_INSTANCES.",
        ),
    ]));
    assert_eq!(problems(&ec2(json!({}), external)), []);
    assert_eq!(problems(&ec2(neuron, managed(json!({})))), []);
}
