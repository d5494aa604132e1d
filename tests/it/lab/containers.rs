//! Containers with a life of their own: dependsOn, health checks, restart policies, exit codes, stops (3.7, 3.8, CD-26,
//! 5.1 to 5.5).

use super::support::*;
use ecs_lab::event::FactKind;
use ecs_lab::lab::Lab;
use ecs_lab::sim::SimDuration;
use serde_json::{Value, json};

/// A lab with one t3.medium that registered.
pub fn host(config: &str) -> Lab {
    let mut lab = lab();
    launch(&mut lab, "t3.medium", ZONE_A, 1, config);
    wait(&mut lab, "2m");
    lab
}

/// Registers `d` with these containers, each over a name, an image and some memory, and runs it.
pub fn start(lab: &mut Lab, containers: &[(&str, Value)]) -> Value {
    define(lab, "d", containers);
    run(lab, "d", 1, json!({}))["tasks"][0].clone()
}

pub fn define(lab: &mut Lab, family: &str, containers: &[(&str, Value)]) {
    let each = containers.iter().map(|(name, extra)| {
        let mut own = json!({ "name": name, "image": "nginx", "memory": 64 });
        own.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        own
    });
    let containers: Vec<Value> = each.collect();
    ecs(lab, "RegisterTaskDefinition", json!({ "family": family, "containerDefinitions": containers }));
}

/// What happened to a task and its containers, each line with its second after the task was made:
/// `7.5 app RUNNING`, `9 app STOPPED 0`, `9 RUNNING`.
pub fn story(lab: &Lab, task: &Value) -> Vec<String> {
    let id = id_of(task);
    let start = lab.facts().find(|f| matches!(&f.kind, FactKind::TaskCreated { task, .. } if *task == id)).unwrap().at;
    let line = |kind: &FactKind| match kind {
        FactKind::TaskStatus { task, status, .. } if *task == id => Some(status.to_string()),
        FactKind::TaskStopping { task, code, .. } if *task == id => Some(code.to_string()),
        FactKind::Container { task, container, status, exit_code, .. } if *task == id => {
            Some(format!("{container} {status}{}", exit_code.map(|code| format!(" {code}")).unwrap_or_default()))
        }
        _ => None,
    };
    let seconds = |at: ecs_lab::sim::SimTime| (at - start).as_millis() as f64 / 1000.0;
    lab.facts().filter_map(|fact| Some(format!("{} {}", seconds(fact.at), line(&fact.kind)?))).collect()
}

pub fn id_of(task: &Value) -> String {
    task["taskArn"].as_str().unwrap().rsplit('/').next().unwrap().to_string()
}

/// Member of each container, by name.
pub fn each(lab: &Lab, task: &Value, member: &str) -> Vec<Value> {
    describe(lab, task)["containers"].as_array().unwrap().iter().map(|own| own[member].clone()).collect()
}

pub fn stop(lab: &mut Lab, task: &Value) {
    ecs(lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"] }));
}

pub fn after(name: &str, condition: &str) -> Value {
    json!([{ "containerName": name, "condition": condition }])
}

/// 3.7: when the dependent `app` begins its pull depends on the condition; DP-05: not before.
#[test]
fn dp_05_each_condition_of_depends_on() {
    let check = json!({ "command": ["CMD-SHELL", "curl -f http://localhost/ || exit 1"], "interval": 10 });
    let once = json!(["sh", "-c", "sleep 5"]);
    for (condition, first, expected) in [
        ("START", json!({}), vec!["7 db RUNNING", "8.5 app RUNNING", "8.5 RUNNING"]),
        (
            "HEALTHY",
            json!({ "healthCheck": check }),
            vec!["7 db RUNNING", "17 db HEALTHY", "18.5 app RUNNING", "18.5 RUNNING"],
        ),
        (
            "COMPLETE",
            json!({ "essential": false, "command": once }),
            vec!["7 db RUNNING", "12 db STOPPED 0", "13.5 app RUNNING", "13.5 RUNNING"],
        ),
        (
            "COMPLETE",
            json!({ "essential": false, "command": ["false"] }),
            vec!["7 db RUNNING", "7 db STOPPED 1", "8.5 app RUNNING", "8.5 RUNNING"],
        ),
        (
            "SUCCESS",
            json!({ "essential": false, "command": once }),
            vec!["7 db RUNNING", "12 db STOPPED 0", "13.5 app RUNNING", "13.5 RUNNING"],
        ),
    ] {
        let mut lab = host("");
        let task = start(&mut lab, &[("app", json!({ "dependsOn": after("db", condition) })), ("db", first.clone())]);
        wait(&mut lab, "1m");
        assert_eq!(story(&lab, &task), expected, "{condition} {first}");
        assert_eq!(describe(&lab, &task)["lastStatus"], "RUNNING");
    }
}

/// DP-04, DP-03: what can never be met ends the task before it ran.
#[test]
fn dp_03_dp_04_a_dependency_that_fails_stops_the_task() {
    let never = json!({ "command": ["CMD-SHELL", "exit 1"], "interval": 5 });
    for (condition, first, at, reason) in [
        (
            "SUCCESS",
            json!({ "essential": false, "command": ["sh", "-c", "exit 3"] }),
            "7 TaskFailedToStart",
            "dependency graph: container db exited with code 3",
        ),
        (
            "COMPLETE",
            json!({ "essential": false, "command": ["sleep", "60"], "startTimeout": 20 }),
            "27 TaskFailedToStart",
            "dependency graph: container ordering dependency [db] for target [app] has timed out.",
        ),
        (
            "HEALTHY",
            json!({ "healthCheck": never, "startTimeout": 10 }),
            "17 TaskFailedToStart",
            "dependency graph: container ordering dependency [db] for target [app] has timed out.",
        ),
    ] {
        let mut lab = host("");
        let task = start(&mut lab, &[("app", json!({ "dependsOn": after("db", condition) })), ("db", first.clone())]);
        wait(&mut lab, "2m");
        let said = story(&lab, &task);
        assert!(said.contains(&at.to_string()), "{condition}: {said:?}");
        let over = describe(&lab, &task);
        assert_eq!((&over["lastStatus"], &over["stoppedReason"]), (&json!("STOPPED"), &json!(reason)));
        assert_eq!((&over["startedAt"], &over["containers"][0]["exitCode"]), (&Value::Null, &Value::Null), "5.3");
        assert_eq!(over["executionStoppedAt"], over["stoppedAt"], "LC-01: db did run");
        assert_eq!(over["containers"][0]["reason"], reason);
    }
}

/// DP-03 with two dependencies: one that is met in time never gives up, and each that is not does by itself.
#[test]
fn dp_03_each_dependency_has_its_own_timeout() {
    let check = json!({ "command": ["CMD-SHELL", "exit 0"], "interval": 5 });
    for (timeout, condition, expected) in [
        (10, "HEALTHY", "37 app RUNNING"),
        (10, "COMPLETE", "17 TaskFailedToStart"),
        (100, "COMPLETE", "57.5 app RUNNING"),
    ] {
        let mut lab = host("");
        let waits = json!([
            { "containerName": "slow", "condition": "SUCCESS" }, { "containerName": "db", "condition": condition },
        ]);
        let task = start(
            &mut lab,
            &[
                ("app", json!({ "dependsOn": waits })),
                (
                    "slow",
                    json!({ "essential": false, "command": ["sleep", if condition == "HEALTHY" { "28.5" } else { "9" }] }),
                ),
                (
                    "db",
                    json!({ "essential": false, "healthCheck": check, "startTimeout": timeout, "command": ["sleep", "49"] }),
                ),
            ],
        );
        wait(&mut lab, "70s");
        assert!(story(&lab, &task).contains(&expected.to_string()), "{timeout} {condition}: {:?}", story(&lab, &task));
    }
}

/// DP-01, SP-08, SP-02: the reverse order, each with its own timeout; 137 and 0 (5.3).
#[test]
fn dp_01_sp_02_containers_stop_in_reverse_order() {
    let mut lab = host("ECS_CONTAINER_STOP_TIMEOUT=12s");
    let task = start(
        &mut lab,
        &[
            ("db", json!({ "command": ["sleep", "infinity"], "stopTimeout": 7 })),
            ("app", json!({ "dependsOn": after("db", "START") })),
            (
                "log",
                json!({ "command": ["sh", "-c", "while true; do date; done"], "dependsOn": after("app", "START") }),
            ),
            ("own", json!({ "command": ["sh", "-c", "trap 'exit 5' TERM; sleep infinity"] })),
        ],
    );
    wait(&mut lab, "20s");
    stop(&mut lab, &task);
    assert_eq!(describe(&lab, &task)["lastStatus"], "RUNNING");
    wait(&mut lab, "1m");
    let down: Vec<String> = story(&lab, &task).into_iter().skip_while(|line| line != "20 UserInitiated").collect();
    assert_eq!(
        down,
        [
            "20 UserInitiated",
            "22 own STOPPED 5",
            "32 log STOPPED 137",
            "34 app STOPPED 0",
            "41 db STOPPED 137",
            "41 STOPPED"
        ]
    );
    assert_eq!(each(&lab, &task, "exitCode"), [137, 0, 137, 5]);
    let times = describe(&lab, &task);
    assert_eq!(times["executionStoppedAt"], times["stoppedAt"], "LC-01");

    let mut plain = host("");
    let task = start(&mut plain, &[("app", json!({ "command": ["sleep", "360"] }))]);
    wait(&mut plain, "1m");
    stop(&mut plain, &task);
    wait(&mut plain, "29s");
    assert_eq!(describe(&plain, &task)["lastStatus"], "RUNNING", "SP-02: 30 s by default");
    wait(&mut plain, "1s");
    assert_eq!(each(&plain, &task, "exitCode"), [137]);
    let own = json!({ "command": ["sh", "-c", "trap '' TERM; sleep 80; exit 6"] });
    let task = start(&mut plain, &[("app", own)]);
    wait(&mut plain, "1m");
    stop(&mut plain, &task);
    wait(&mut plain, "29s");
    assert_eq!(each(&plain, &task, "exitCode"), [6], "it ends by itself before SIGKILL");
    let init = json!({ "command": ["sleep", "360"], "linuxParameters": { "initProcessEnabled": true } });
    let task = start(&mut plain, &[("app", init)]);
    wait(&mut plain, "1m");
    stop(&mut plain, &task);
    wait(&mut plain, "2s");
    assert_eq!(each(&plain, &task, "exitCode"), [143], "an init process passes the signal on");
}

/// LC-08, LC-09: the exit of an essential container ends the task, with 0 too; that of another one does not.
#[test]
fn lc_08_lc_09_essential_containers() {
    let mut lab = host("");
    let batch = start(&mut lab, &[("job", json!({ "command": ["sleep", "10"] })), ("side", json!({}))]);
    wait(&mut lab, "1m");
    assert_eq!(
        story(&lab, &batch),
        [
            "7 job RUNNING",
            "7 side RUNNING",
            "7 RUNNING",
            "17 job STOPPED 0",
            "17 EssentialContainerExited",
            "19 side STOPPED 0",
            "19 STOPPED"
        ]
    );
    let over = describe(&lab, &batch);
    assert_eq!(
        (&over["stopCode"], &over["stoppedReason"]),
        (&json!("EssentialContainerExited"), &json!("Essential container in task exited"))
    );
    let task =
        start(&mut lab, &[("app", json!({})), ("init", json!({ "essential": false, "command": ["sleep", "10"] }))]);
    wait(&mut lab, "1m");
    assert_eq!(describe(&lab, &task)["lastStatus"], "RUNNING");
    assert_eq!(each(&lab, &task, "lastStatus"), ["RUNNING", "STOPPED"]);
    let gone = start(&mut lab, &[("app", json!({ "image": "hello-world" }))]);
    wait(&mut lab, "1m");
    let once = ["app RUNNING", "RUNNING", "app STOPPED 0", "EssentialContainerExited", "STOPPED"];
    assert_eq!(story(&lab, &gone), once.map(|line| format!("3.04 {line}")), "5.1: it did run");
    assert_eq!(
        (describe(&lab, &gone)["lastStatus"].clone(), each(&lab, &gone, "exitCode")),
        (json!("STOPPED"), vec![json!(0)])
    );
}

/// OV-01: a command of the request counts instead of the definition's.
#[test]
fn ov_01_an_overridden_command() {
    let mut lab = host("");
    define(&mut lab, "d", &[("app", json!({}))]);
    let command =
        |words: Value| json!({ "overrides": { "containerOverrides": [{ "name": "app", "command": words }] } });
    let task = run(&mut lab, "d", 1, command(json!(["sh", "-c", "sleep 4; exit 9"])))["tasks"][0].clone();
    wait(&mut lab, "1m");
    assert_eq!(each(&lab, &task, "exitCode"), [9]);
    define(&mut lab, "job", &[("app", json!({ "command": ["true"] }))]);
    let task = run(&mut lab, "job", 1, command(json!(["node", "server.js"])))["tasks"][0].clone();
    wait(&mut lab, "1m");
    assert_eq!(describe(&lab, &task)["lastStatus"], "RUNNING");
}

/// CD-26: it restarts when it ran long enough and the code is not ignored; the task's state stays.
#[test]
fn cd_26_restart_policies() {
    let policy = |extra: Value| {
        let mut own = json!({ "enabled": true, "restartAttemptPeriod": 60 });
        own.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        own
    };
    for (seconds, policy, runs) in [
        (90, policy(json!({})), 3),
        (60, policy(json!({})), 5),
        (59, policy(json!({})), 1),
        (90, policy(json!({ "ignoredExitCodes": [1, 2] })), 1),
        (90, policy(json!({ "ignoredExitCodes": [0] })), 3),
        (90, policy(json!({ "enabled": false })), 1),
        (200, json!({ "enabled": true }), 1),
    ] {
        let mut lab = host("");
        let command = format!("sleep {seconds}; exit 1");
        let task = start(&mut lab, &[("app", json!({ "command": ["sh", "-c", command], "restartPolicy": policy }))]);
        wait(&mut lab, "259s");
        wait(&mut lab, "1s");
        let said = story(&lab, &task);
        let restarts = said.iter().filter(|line| line.contains("RESTARTING 1")).count();
        let lasts = runs == 1;
        assert_eq!(restarts + 1, runs, "{seconds} {policy}: {said:?}");
        assert_eq!(
            describe(&lab, &task)["lastStatus"],
            if lasts { "STOPPED" } else { "RUNNING" },
            "{seconds} {policy}"
        );
        assert_eq!(said.iter().filter(|line| line.ends_with(" RUNNING") && !line.contains("app")).count(), 1);
        assert_eq!(each(&lab, &task, "lastStatus"), [if lasts { "STOPPED" } else { "RUNNING" }]);
    }
}

/// DP-01 with HC-04: a container that waits for its dependents to stop does nothing else meanwhile, and holds nothing up.
#[test]
fn dp_01_a_check_that_fails_while_others_stop() {
    let mut lab = host("");
    let check = json!({ "command": ["CMD-SHELL", "exit 1"], "interval": 10, "retries": 3 });
    let stubborn = json!({ "command": ["sleep", "infinity"], "stopTimeout": 60, "dependsOn": after("db", "START") });
    let task = start(&mut lab, &[("db", json!({ "healthCheck": check })), ("app", stubborn)]);
    wait(&mut lab, "20s");
    stop(&mut lab, &task);
    wait(&mut lab, "61s");
    assert_eq!(each(&lab, &task, "lastStatus"), ["RUNNING", "STOPPED"]);
    assert_eq!(each(&lab, &task, "healthStatus")[0], "UNKNOWN");
    wait(&mut lab, "1s");
    assert_eq!(describe(&lab, &task)["lastStatus"], "STOPPED");
}

/// CD-26 with HC-01: a restart begins the health anew.
#[test]
fn cd_26_a_restart_begins_the_health_anew() {
    let mut lab = host("");
    let check = json!({ "command": ["CMD-SHELL", "exit 0"], "interval": 10 });
    let policy = json!({ "enabled": true, "restartAttemptPeriod": 60 });
    let app = json!({ "command": ["sleep", "65"], "healthCheck": check, "restartPolicy": policy });
    let task = start(&mut lab, &[("app", app)]);
    wait(&mut lab, "90s");
    assert_eq!(
        story(&lab, &task),
        ["7 app RUNNING", "7 RUNNING", "17 app HEALTHY", "72 app RESTARTING 0", "83 app HEALTHY"]
    );
}

/// HC-01 to HC-04: probes at every interval after the start; `retries` failures; none counts in the start period.
#[test]
fn hc_02_hc_04_health_of_a_container() {
    let check = |script: &str, extra: Value| {
        let mut own = json!({ "command": ["CMD-SHELL", script] });
        own.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        json!({ "healthCheck": own })
    };
    for (container, expected) in [
        (check("exit 0", json!({})), vec!["37 app HEALTHY"]),
        (check("exit 1", json!({})), vec!["97 app UNHEALTHY"]),
        (check("exit 1", json!({ "interval": 5, "retries": 1 })), vec!["12 app UNHEALTHY"]),
        (check("exit 1", json!({ "interval": 10, "retries": 2, "startPeriod": 60 })), vec!["77 app UNHEALTHY"]),
        (check("exit 1", json!({ "interval": 10, "retries": 2, "startPeriod": 65 })), vec!["87 app UNHEALTHY"]),
        (check("exit 0", json!({ "startPeriod": 300 })), vec!["37 app HEALTHY"]),
        (json!({}), vec![]),
    ] {
        let mut lab = host("");
        let task = start(&mut lab, &[("app", container.clone())]);
        wait(&mut lab, "5m");
        let said: Vec<String> = story(&lab, &task).into_iter().filter(|line| line.contains("HEALTHY")).collect();
        assert_eq!(said, expected, "{container}");
        assert_eq!(describe(&lab, &task)["lastStatus"], "RUNNING", "HC-05: a standalone task stays");
    }
}

/// HC-03: the essential containers make the task's health.
#[test]
fn hc_03_health_of_a_task() {
    let container = |kind: &str| match kind {
        "H" => json!({ "healthCheck": { "command": ["CMD-SHELL", "exit 0"] } }),
        "U" => json!({ "healthCheck": { "command": ["CMD-SHELL", "exit 1"] } }),
        "u" => json!({ "healthCheck": { "command": ["CMD-SHELL", "exit 1"] }, "essential": false }),
        _ => json!({}),
    };
    for (first, second, expected) in [
        ("U", "?", "UNHEALTHY"),
        ("H", "?", "UNKNOWN"),
        ("H", "H", "HEALTHY"),
        ("H", "U", "UNHEALTHY"),
        ("H", "u", "HEALTHY"),
        ("?", "u", "UNKNOWN"),
        ("?", "?", "UNKNOWN"),
    ] {
        let mut lab = host("");
        let task = start(&mut lab, &[("a", container(first)), ("b", container(second))]);
        wait(&mut lab, "5m");
        assert_eq!(describe(&lab, &task)["healthStatus"], expected, "{first} {second}");
    }
}

/// 5.1: nothing goes back and everything ends, however early the stop comes; ports and shares come back.
#[test]
fn a_stop_at_any_moment_leaves_nothing_behind() {
    let check = json!({ "command": ["CMD-SHELL", "exit 0"], "interval": 5 });
    for after_millis in (0..30_000).step_by(700) {
        let mut lab = host("");
        let task = start(
            &mut lab,
            &[
                ("init", json!({ "essential": false, "command": ["sleep", "3"] })),
                (
                    "db",
                    json!({ "dependsOn": after("init", "SUCCESS"), "healthCheck": check, "portMappings": [{ "containerPort": 5432 }] }),
                ),
                ("app", json!({ "dependsOn": after("db", "HEALTHY") })),
            ],
        );
        wait(&mut lab, &format!("{after_millis}ms"));
        stop(&mut lab, &task);
        wait(&mut lab, "2m");
        let over = describe(&lab, &task);
        assert_eq!(over["lastStatus"], "STOPPED", "{after_millis}: {:?}", story(&lab, &task));
        assert_eq!(each(&lab, &task, "lastStatus"), ["STOPPED"; 3], "{after_millis}");
        assert_eq!(amount(&instances(&mut lab)[0], "remainingResources", "MEMORY"), 3828);
        let again = run(&mut lab, "d", 1, json!({}))["tasks"][0].clone();
        wait(&mut lab, "1m");
        assert_eq!(describe(&lab, &again)["containers"][1]["networkBindings"][0]["hostPort"], 32_768, "{after_millis}");
    }
}

/// CD-26: a container that is restarted again and again is nothing to wait for; what else its task is about to do is.
#[test]
fn cd_26_a_settling_clock_does_not_wait_for_a_restart_loop() {
    let policy = json!({ "enabled": true, "restartAttemptPeriod": 60 });
    let app = json!({ "command": ["sleep", "65"], "restartPolicy": policy });
    for (more, least, most) in
        [(vec![], 0, 200), (vec![("side", json!({ "essential": false, "command": ["sleep", "900"] }))], 900, 1000)]
    {
        let mut lab = host("");
        let task = start(&mut lab, &[vec![("app", app.clone())], more].concat());
        let begun = lab.now();
        lab.settle(SimDuration::from_secs(3600));
        let took = (lab.now() - begun).as_millis() / 1000;
        assert!((least..=most).contains(&took), "{took}");
        assert_eq!(describe(&lab, &task)["lastStatus"], "RUNNING");
        let settled = lab.now();
        lab.settle(SimDuration::from_secs(3600));
        assert_eq!(lab.now(), settled, "nothing is left to wait for");
        ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": task["taskArn"] }));
        lab.settle(SimDuration::from_secs(3600));
        assert_eq!(describe(&lab, &task)["lastStatus"], "STOPPED", "a stop is waited for");
    }
}
