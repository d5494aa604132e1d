//! LG-01: what the driver `fluentd` sends to Fluent Bit on a container's host.

use crate::lab::firelens::{SCRIPT, logging, stored};
use crate::lab::support::*;
use ecs_lab::lab::Lab;
use serde_json::{Value, json};

/// A daemon on the host, and what Docker says as long as there is none.
#[test]
fn lg_01_fluentd_needs_a_listener_on_its_host() {
    let refused = |port: u16| {
        format!(
            "CannotStartContainerError: Error response from daemon: failed to initialize logging driver: dial tcp \
             127.0.0.1:{port}: connect: connection refused"
        )
    };
    let none = "CannotStartContainerError: Error response from daemon: failed to initialize logging driver: dial unix /x: \
                connect: no such file or directory";
    for (daemon, options, expected) in [
        (false, json!({}), Err(refused(24224))),
        (false, json!({ "fluentd-address": "tcp://localhost:24225" }), Err(refused(24225))),
        (false, json!({ "fluentd-address": "unix:///x" }), Err(none.to_string())),
        (false, json!({ "fluentd-address": "logs.example.com:24224" }), Ok(vec![])),
        (false, json!({ "fluentd-async": "true" }), Ok(vec![])),
        (true, json!({ "fluentd-address": "localhost:24224" }), Ok(vec!["one", "two", "three"])),
        (true, json!({ "fluentd-address": "localhost:24225" }), Err(refused(24225))),
    ] {
        let mut lab = logging();
        if daemon {
            start_daemon(&mut lab);
            wait(&mut lab, "1m");
        }
        let logs = json!({ "logDriver": "fluentd", "options": options });
        register(&mut lab, "web", json!({ "command": ["sh", "-c", SCRIPT], "logConfiguration": logs }));
        let task = run(&mut lab, "web", 1, json!({}))["tasks"][0].clone();
        wait(&mut lab, "90s");
        let found = describe(&lab, &task);
        match expected {
            Ok(lines) => {
                assert_eq!(found["lastStatus"], "RUNNING", "{options}");
                let texts: Vec<String> = stored(&mut lab).into_iter().flat_map(|(.., texts)| texts).collect();
                assert_eq!(texts, lines, "{options}");
            }
            Err(why) => assert_eq!(found["containers"][0]["reason"], json!(why), "{options}"),
        }
    }
}

/// Fluent Bit on the instance, configured by its command.
fn start_daemon(lab: &mut Lab) -> Value {
    let script = "printf '[INPUT]\\n Name forward\\n Port 24224\\n[OUTPUT]\\n Name cloudwatch_logs\\n Match *\\n \
                  region us-east-1\\n log_group_name daemon\\n log_stream_prefix from-\\n auto_create_group On\\n \
                  log_key log\\n' > /fluent-bit/etc/own.conf && /fluent-bit/bin/fluent-bit -c /fluent-bit/etc/own.conf";
    let container = json!({ "name": "fluent-bit", "image": "amazon/aws-for-fluent-bit", "memory": 64,
        "portMappings": [{ "containerPort": 24224, "hostPort": 24224 }], "entryPoint": ["sh", "-c"], "command": [script] });
    let input = json!({ "family": "daemon", "taskRoleArn": "router", "containerDefinitions": [container] });
    ecs(lab, "RegisterTaskDefinition", input);
    run(lab, "daemon", 1, json!({}))["tasks"][0].clone()
}

/// What waited for the daemon arrives with it; what is written while there is none does not, once Docker was connected.
#[test]
fn lg_01_output_goes_by_the_daemon_that_runs() {
    let mut lab = logging();
    let logs = json!({ "logDriver": "fluentd", "options": { "fluentd-async": "true", "tag": "web" } });
    let script = "echo early; while true; do sleep 60; echo beat; done";
    register(&mut lab, "web", json!({ "command": ["sh", "-c", script], "logConfiguration": logs }));
    run(&mut lab, "web", 1, json!({}));
    wait(&mut lab, "30s");
    let daemon = start_daemon(&mut lab);
    wait(&mut lab, "2m");
    let expected = |beats: usize| {
        let mut lines = vec!["early".to_string()];
        lines.extend((0..beats).map(|_| "beat".to_string()));
        [("daemon".to_string(), "from-web".to_string(), lines)]
    };
    assert_eq!(stored(&mut lab), expected(2));
    ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": daemon["taskArn"] }));
    wait(&mut lab, "10m");
    let before = stored(&mut lab);
    assert!(before == expected(2) || before == expected(3), "{before:?}");
    wait(&mut lab, "2h");
    assert_eq!(stored(&mut lab), before, "ECS forgot the daemon");
    start_daemon(&mut lab);
    wait(&mut lab, "3m");
    assert!(stored(&mut lab)[0].2.len() > before[0].2.len());
}
