//! One line a rule: the input, where the finding stands, AWS's words. In the order of the checks.

use super::{awsvpc, ec2, fargate, several};
use crate::ecs::taskdef::{problems, validate};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Value, json};

/// Label with the rule's id, input, path, message, whether the words are ours.
pub(super) type Case = (&'static str, Value, String, String, bool);

pub(super) fn case(label: &'static str, input: Value, path: &str, message: &str) -> Case {
    (label, input, path.to_string(), message.to_string(), false)
}

pub(super) fn ours(label: &'static str, input: Value, path: &str, message: &str) -> Case {
    (label, input, path.to_string(), message.to_string(), true)
}

/// Each case has exactly this one finding, as a `ClientException`.
pub(super) fn hold(cases: Vec<Case>) {
    for (label, input, path, message, in_our_words) in cases {
        let found = problems(&input);
        let seen: Vec<(&str, &str)> = found.iter().map(|each| (each.path.as_str(), each.message.as_str())).collect();
        assert_eq!(seen, [(path.as_str(), message.as_str())], "{label}");
        let error = validate(&input).expect_err(label);
        assert_eq!((error.code.as_ref(), error.ours), ("ClientException", in_our_words), "{label}");
    }
}

fn own(member: &str) -> String {
    format!("containerDefinitions[0].{member}")
}

#[test]
fn family_and_whole() {
    let container = |index: usize| json!({"name": format!("c{index}"), "image": "i"});
    let eleven: Vec<Value> = (0..11).map(container).collect();
    hold(Vec::from([
        case(
            "TD-01 no family",
            ec2(json!({}), json!({"family": null})),
            "family",
            "Family should not be null or empty.",
        ),
        case("TD-01 empty", ec2(json!({}), json!({"family": ""})), "family", "Family should not be null or empty."),
        case(
            "TD-01 alphabet",
            ec2(json!({}), json!({"family": "a b"})),
            "family",
            "Family contains invalid characters.",
        ),
        case(
            "TD-01 length",
            ec2(json!({}), json!({"family": "a".repeat(256)})),
            "family",
            "Family contains invalid characters.",
        ),
        case(
            "7.1 a policy's ARN",
            ec2(
                json!({}),
                json!({"taskRoleArn": "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"}),
            ),
            "taskRoleArn",
            "Role is not valid",
        ),
        case(
            "7.1 a mangled account",
            ec2(json!({}), json!({"executionRoleArn": "arn:aws:iam::12345:role/ecsTaskExecutionRole"})),
            "executionRoleArn",
            "Role is not valid",
        ),
        case("7.1 garbage", ec2(json!({}), json!({"taskRoleArn": "not a role"})), "taskRoleArn", "Role is not valid"),
        case(
            "CD-17",
            ec2(json!({}), json!({"inferenceAccelerators": [{"deviceName": "d"}]})),
            "inferenceAccelerators",
            "Unsupported field 'inferenceAccelerators'.",
        ),
        case("CD-01", several(json!([]), json!({})), "containerDefinitions", "Container list cannot be empty"),
        ours(
            "TD-12 containers",
            several(json!(eleven), json!({})),
            "containerDefinitions",
            "A task definition has at most 10 containers; this one has 11.",
        ),
    ]));
    assert_eq!(problems(&several(json!(eleven[..10]), json!({}))), []);
    assert_eq!(problems(&ec2(json!({}), json!({"family": "a".repeat(255)}))), []);
    let big = ec2(json!({"command": ["x".repeat(65_536)]}), json!({}));
    let length = serde_json::to_string(&big).unwrap().len();
    let message = format!("Actual length: '{length}'. Max allowed length is '65536' bytes.");
    hold(Vec::from([case("TD-12 size", big, "", &message)]));
}

#[test]
fn names_and_images() {
    let digest = format!("app@sha256:{}", "0a".repeat(32));
    for image in ["busybox", "a/b:1", "123456789012.dkr.ecr.us-east-1.amazonaws.com/x:1", digest.as_str()] {
        assert_eq!(problems(&ec2(json!({"image": image}), json!({}))), [], "{image}");
    }
    let empty = "Container.image should not be null or empty.";
    let bad = "Container.image contains invalid characters.";
    let twins = json!([{"name": "a", "image": "i"}, {"name": "a", "image": "i"}]);
    hold(Vec::from([
        case(
            "CD-03 no name",
            ec2(json!({"name": null}), json!({})),
            &own("name"),
            "Container.name should not be null or empty.",
        ),
        case(
            "TD-01 name",
            ec2(json!({"name": "a b"}), json!({})),
            &own("name"),
            "Container.name contains invalid characters.",
        ),
        case(
            "CD-02",
            several(twins, json!({})),
            "containerDefinitions[1].name",
            "Container names must be unique within a task definition.",
        ),
        case("CD-03 no image", ec2(json!({"image": null}), json!({})), &own("image"), empty),
        case("CD-13 alphabet", ec2(json!({"image": "a b"}), json!({})), &own("image"), bad),
        case("CD-13 length", ec2(json!({"image": "a".repeat(256)}), json!({})), &own("image"), bad),
        case("CD-13 short digest", ec2(json!({"image": "a@sha256:00"}), json!({})), &own("image"), bad),
        case(
            "CD-13 other digest",
            ec2(json!({"image": format!("a@md5:{}", "0".repeat(64))}), json!({})),
            &own("image"),
            bad,
        ),
    ]));
}

#[test]
fn essential_and_sizes() {
    let two = |a: Value, b: Value, task: Value| {
        several(
            json!([
                super::merged(json!({"name": "a", "image": "i"}), a),
                super::merged(json!({"name": "b", "image": "i"}), b)
            ]),
            task,
        )
    };
    let one_of =
        "Invalid setting for container 'app'. At least one of 'memory' or 'memoryReservation' must be specified.";
    let cpu_range = "Invalid 'cpu' setting for task. For more information, see the Troubleshooting section of the Amazon \
                     ECS Developer Guide.";
    let cpu_sum = "The sum of all container 'cpu' values cannot be greater than the task-level 'cpu' value";
    hold(Vec::from([
        case(
            "CD-04",
            ec2(json!({"essential": false}), json!({})),
            "containerDefinitions",
            "Task definition doesn't have any essential container.",
        ),
        case("CD-05 none", ec2(json!({"memory": null}), json!({})), &own("memory"), one_of),
        case("CD-05 zero", ec2(json!({"memory": 0}), json!({})), &own("memory"), one_of),
        case(
            "CD-06",
            ec2(json!({"memoryReservation": 65}), json!({})),
            &own("memoryReservation"),
            "Invalid setting for container 'app'. 'memory' must be greater than or equal to 'memoryReservation'.",
        ),
        case(
            "CD-07",
            ec2(json!({"memory": 513}), json!({"memory": "512"})),
            &own("memory"),
            "The 'memory' setting for container 'app' is greater than for the task.",
        ),
        case("CD-09", two(json!({"cpu": 200}), json!({"cpu": 57}), json!({"cpu": "256"})), "cpu", cpu_sum),
        case("CD-10 low", ec2(json!({}), json!({"cpu": "127"})), "cpu", cpu_range),
        case("CD-10 high", ec2(json!({}), json!({"cpu": "196609"})), "cpu", cpu_range),
        ours(
            "negative cpu",
            ec2(json!({"cpu": -1}), json!({})),
            &own("cpu"),
            "Invalid 'cpu' setting for container 'app'.",
        ),
        ours(
            "CD-08 on Fargate",
            fargate(
                json!({}),
                json!({"containerDefinitions": [
            {"name": "a", "image": "i", "memory": 300}, {"name": "b", "image": "i", "memory": 213}]}),
            ),
            "memory",
            "The sum of all container 'memory' values cannot be greater than the task-level 'memory' value",
        ),
    ]));
    let fine = [
        ("CD-05 soft limit alone", ec2(json!({"memory": null, "memoryReservation": 64}), json!({}))),
        ("CD-05 task memory alone", ec2(json!({"memory": null}), json!({"memory": "64"}))),
        ("CD-06 equal", ec2(json!({"memoryReservation": 64}), json!({}))),
        ("CD-07 equal", ec2(json!({"memory": 512}), json!({"memory": "512"}))),
        ("CD-08 on EC2", two(json!({"memory": 400}), json!({"memory": 400}), json!({}))),
        ("CD-09 equal", two(json!({"cpu": 200}), json!({"cpu": 56}), json!({"cpu": "256"}))),
        ("CD-10 bounds", ec2(json!({}), json!({"cpu": "128"}))),
        ("CD-10 bounds", ec2(json!({}), json!({"cpu": "196608"}))),
        (
            "CD-10 ignored on Windows",
            ec2(
                json!({}),
                json!({"cpu": "100",
            "runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_FULL"}}),
            ),
        ),
    ];
    for (label, input) in fine {
        assert_eq!(problems(&input), [], "{label}");
    }
    let unreadable = validate(&ec2(json!({}), json!({"memory": "much"}))).unwrap_err();
    assert_eq!((unreadable.code.as_ref(), unreadable.ours), ("InvalidParameterException", true));
}

#[test]
fn ports() {
    let ports = |mappings: Value, task: Value| ec2(json!({"portMappings": mappings}), task);
    let at = |member: &str| own(&format!("portMappings[0].{member}"));
    let next = |member: &str| own(&format!("portMappings[1]{member}"));
    let mode = |mode: &str| json!({"networkMode": mode});
    let both = "Invalid port mapping for container 'app', cannot specify both single port and port range.";
    hold(Vec::from([
        case(
            "CD-18 both",
            ports(json!([{"containerPort": 1, "containerPortRange": "1-2"}]), json!({})),
            &at("containerPortRange"),
            both,
        ),
        case(
            "CD-18 host port",
            ports(json!([{"hostPort": 1, "containerPortRange": "1-2"}]), json!({})),
            &at("containerPortRange"),
            both,
        ),
        case(
            "CD-18 reversed",
            ports(json!([{"containerPortRange": "9-2"}]), json!({})),
            &at("containerPortRange"),
            "Invalid 'containerPortRange' setting for container 'app'.",
        ),
        case(
            "no port",
            ports(json!([{"protocol": "tcp"}]), json!({})),
            &at("containerPort"),
            "Invalid 'containerPort' setting for container 'app'.",
        ),
        case(
            "port 65536",
            ports(json!([{"containerPort": 65536}]), json!({})),
            &at("containerPort"),
            "Invalid 'containerPort' setting for container 'app'.",
        ),
        ours(
            "host port -1",
            ports(json!([{"containerPort": 1, "hostPort": -1}]), json!({})),
            &at("hostPort"),
            "Invalid 'hostPort' setting for container 'app'.",
        ),
        ours(
            "TD-01 port name",
            ports(json!([{"containerPort": 1, "name": "-a"}]), json!({})),
            &at("name"),
            "A port mapping's name has up to 64 lower-case letters, digits, _ and -, and does not start with -.",
        ),
        ours(
            "mode none",
            ports(json!([{"containerPort": 1}]), mode("none")),
            &own("portMappings"),
            "Port mappings are not supported when networkMode=none.",
        ),
        case(
            "NM-02",
            ports(json!([{"containerPort": 80, "hostPort": 81}]), mode("awsvpc")),
            &at("hostPort"),
            "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
        ),
        case(
            "NM-03",
            ports(json!([{"containerPort": 80, "hostPort": 81}]), mode("host")),
            &at("hostPort"),
            "When networkMode=host, the host ports and container ports in port mappings must match.",
        ),
        case(
            "NM-07 one container",
            ports(json!([{"containerPort": 80}, {"containerPort": 80}]), mode("awsvpc")),
            &next(""),
            "TCP container port '80' is used multiple times in task when networkMode=awsvpc.",
        ),
        case(
            "NM-07 ranges",
            ports(json!([{"containerPortRange": "8080-8090"}, {"containerPortRange": "8085-8095"}]), mode("awsvpc")),
            &next(""),
            "TCP container port '8085' is used multiple times in task when networkMode=awsvpc.",
        ),
        case(
            "NM-07 host, udp",
            ports(
                json!([{"containerPort": 53, "protocol": "udp"}, {"containerPort": 53, "protocol": "udp"}]),
                mode("host"),
            ),
            &next(""),
            "UDP container port '53' is used multiple times in task when networkMode=host.",
        ),
        case(
            "bridge, one host port twice",
            ports(json!([{"containerPort": 1, "hostPort": 80}, {"containerPort": 2, "hostPort": 80}]), json!({})),
            &next(".hostPort"),
            "TCP host port '80' is mapped multiple times in task.",
        ),
        ours(
            "NM-08",
            ports(json!([{"containerPort": 53}, {"containerPort": 53, "protocol": "udp"}]), mode("awsvpc")),
            &next(".protocol"),
            "Container 'app' cannot expose port 53 for both tcp and udp.",
        ),
        case(
            "CD-19",
            ports(json!([{"containerPort": 1, "name": "a"}, {"containerPort": 2, "name": "a"}]), mode("awsvpc")),
            &next(".name"),
            "When networkMode=awsvpc, port mapping name is already used",
        ),
    ]));
    let fine = [
        ("bridge, any host port", ports(json!([{"containerPort": 80, "hostPort": 81}]), json!({}))),
        (
            "bridge, dynamic twice",
            ports(json!([{"containerPort": 80}, {"containerPort": 80, "hostPort": 0}]), json!({})),
        ),
        (
            "bridge, PT-10",
            ports(
                json!([{"containerPort": 1, "hostPort": 53}, {"containerPort": 2, "hostPort": 53, "protocol": "udp"}]),
                json!({}),
            ),
        ),
        ("awsvpc, host port 0", ports(json!([{"containerPort": 80, "hostPort": 0}]), mode("awsvpc"))),
        (
            "neighbouring ranges",
            ports(json!([{"containerPortRange": "1-5"}, {"containerPortRange": "6-9"}]), mode("awsvpc")),
        ),
    ];
    for (label, input) in fine {
        assert_eq!(problems(&input), [], "{label}");
    }
}

#[test]
fn what_awsvpc_refuses() {
    let not = |subject: &str| format!("{subject} not supported on container when networkMode=awsvpc.");
    hold(Vec::from([
        case(
            "NM-06",
            awsvpc(json!({"links": ["app"]}), json!({})),
            &own("links"),
            "Links are not supported when networkMode=awsvpc.",
        ),
        case("NM-06", awsvpc(json!({"hostname": "h"}), json!({})), &own("hostname"), &not("hostname is")),
        case(
            "NM-06",
            awsvpc(json!({"dnsServers": ["1.1.1.1"]}), json!({})),
            &own("dnsServers"),
            &not("DNS servers are"),
        ),
        case(
            "NM-06",
            awsvpc(json!({"disableNetworking": true}), json!({})),
            &own("disableNetworking"),
            &not("Disable Networking is"),
        ),
        case(
            "NM-06",
            awsvpc(json!({"extraHosts": [{"hostname": "h", "ipAddress": "1.1.1.1"}]}), json!({})),
            &own("extraHosts"),
            &not("Extra hosts are"),
        ),
        ours(
            "FG-10",
            awsvpc(json!({"dnsSearchDomains": ["x"]}), json!({})),
            &own("dnsSearchDomains"),
            &not("DNS search domains are"),
        ),
    ]));
    let empty =
        json!({"links": [], "dnsServers": [], "extraHosts": [], "dnsSearchDomains": [], "disableNetworking": false});
    assert_eq!(problems(&awsvpc(empty, json!({}))), [], "empty lists are nothing");
    let bridge = json!({"links": ["app"], "dnsServers": ["1.1.1.1"], "hostname": "h", "disableNetworking": true});
    assert_eq!(problems(&ec2(bridge, json!({}))), [], "bridge allows them");
}
