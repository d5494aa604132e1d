//! The log is the document: undo, redo, seek, fork, save and load.

use super::support::*;
use ecs_lab::event::DecisionId;
use ecs_lab::lab::{Command, Lab, LoadError, Start};
use ecs_lab::sim::SimDuration;
use proptest::prelude::*;
use serde_json::json;
use std::rc::Rc;

/// A lab with a little of everything.
fn busy() -> Lab {
    let mut lab = lab();
    let ids = launch(&mut lab, "t3.medium", ZONE_A, 2, "");
    wait(&mut lab, "2m");
    register(&mut lab, "web", json!({ "portMappings": [{ "containerPort": 80, "hostPort": 80 }] }));
    run(&mut lab, "web", 3, json!({}));
    wait(&mut lab, "30s");
    ec2(&mut lab, "TerminateInstances", json!({ "InstanceIds": [ids[0]] }));
    wait(&mut lab, "10m");
    lab
}

#[test]
fn neighbouring_spans_of_time_are_one_command() {
    let mut once = lab();
    let mut thrice = once.clone();
    for lab in [&mut once, &mut thrice] {
        launch(lab, "t3.medium", ZONE_A, 1, "");
    }
    wait(&mut once, "3m");
    for _ in 0..3 {
        wait(&mut thrice, "1m");
    }
    assert_eq!(once.save(), thrice.save());
    assert_eq!(once.next_deadline(), None);
}

/// What is set apart, or comes behind an undo, is a command of its own, and stays one in a file.
#[test]
fn spans_of_time_that_are_set_apart_are_undone_one_by_one() {
    let mut lab = lab();
    let begun = lab.now();
    for span in ["5m", "7m", "11m"] {
        lab.set_apart();
        wait(&mut lab, span);
    }
    let here = lab.revision();
    lab.undo();
    assert_eq!((lab.now() - begun, lab.revision()), (SimDuration::from_secs(720), here - 1));
    let loaded = Lab::load(&lab.save()).unwrap();
    let mut back = loaded.lab;
    assert_eq!((loaded.differs, back.revision(), back.len(), back.save()), (false, here - 1, here, lab.save()));
    wait(&mut back, "1m");
    assert_eq!((back.revision(), back.len()), (here, here));
    back.undo();
    back.undo();
    assert_eq!(back.now() - begun, SimDuration::from_secs(300));
}

#[test]
fn the_next_deadline_says_when_and_why() {
    let mut lab = lab();
    assert_eq!(lab.next_deadline(), None);
    launch(&mut lab, "t3.medium", ZONE_A, 1, "");
    let deadline = lab.next_deadline().unwrap();
    assert_eq!((deadline.at - lab.now(), deadline.why), (SimDuration::from_secs(20), "an EC2 instance is running"));
}

#[test]
fn undo_and_redo_walk_the_same_states() {
    let mut lab = busy();
    let mut digests = vec![lab.digest()];
    while lab.undo() {
        digests.push(lab.digest());
    }
    assert_eq!(lab.revision(), 0);
    for digest in digests.iter().rev().skip(1) {
        assert!(lab.redo());
        assert_eq!(lab.digest(), *digest);
    }
    assert!(!lab.redo());
}

/// What an explanation rests on is the same as long as the past up to it is.
#[test]
fn what_lies_behind_a_decision_changes_only_with_the_past() {
    let mut lab = busy();
    run(&mut lab, "web", 1, json!({}));
    let decision = DecisionId { revision: lab.revision(), index: 0 };
    let first = Rc::clone(lab.behind(decision).unwrap());
    let same = |lab: &Lab| lab.behind(decision).map(|facts| Rc::ptr_eq(facts, &first));
    wait(&mut lab, "5m");
    assert_eq!(same(&lab), Some(true), "time passed");
    lab.undo();
    lab.undo();
    assert_eq!(same(&lab), None, "it lies before the decision");
    lab.redo();
    assert_eq!(same(&lab), Some(true), "redone");
    lab.undo();
    ecs(&mut lab, "CreateCluster", json!({ "clusterName": "other" }));
    assert_eq!(same(&lab), Some(false), "another command stands there");
}

#[test]
fn a_fork_leaves_the_original_alone() {
    let mut lab = busy();
    let before = lab.save();
    let mut fork = lab.fork();
    fork.undo();
    run(&mut fork, "web", 1, json!({}));
    assert_eq!(lab.save(), before);
    assert_ne!(fork.digest(), lab.digest());
    lab.undo();
}

#[test]
fn a_rehearsal_does_what_the_commands_would_do_and_leaves_no_trace() {
    let mut lab = busy();
    let before = lab.save();
    let commands = [
        Command::ecs("RunTask", json!({ "cluster": "prod", "taskDefinition": "web" })),
        Command::Advance(SimDuration::from_secs(30)),
    ];
    let rehearsed = lab.rehearse(&commands).unwrap();
    assert_eq!(lab.save(), before);
    for (command, expected) in commands.into_iter().zip(rehearsed) {
        let outcome = lab.apply(command).unwrap();
        assert_eq!((outcome.reply, outcome.facts), (expected.reply, expected.facts));
    }
    assert!(lab.rehearse(&[Command::ecs("RunTask", json!({ "taskDefinition": "gone" }))]).is_err());
}

#[test]
fn a_refused_call_changes_nothing_and_a_look_is_not_kept() {
    let mut lab = busy();
    lab.undo();
    let before = lab.save();
    for (operation, input) in [
        ("RunTask", json!({ "cluster": "nowhere", "taskDefinition": "web" })),
        ("RunTask", json!({ "cluster": "prod", "taskDefinition": "web", "count": 11 })),
        ("RegisterTaskDefinition", json!({ "family": "x", "containerDefinitions": [] })),
        ("CreateCluster", json!({ "clusterName": "a b" })),
        ("CreateService", json!({ "serviceName": "web" })),
        ("NoSuchThing", json!({})),
    ] {
        assert!(try_ecs(&mut lab, operation, input).is_err(), "{operation}");
    }
    ecs(&mut lab, "ListTasks", json!({ "cluster": "prod" }));
    assert_eq!(lab.save(), before, "the undone command can still be redone");
}

/// A refusal between two spans of time that merge once reset the draws of the first: the log replayed to other facts.
#[test]
fn a_refusal_between_merging_commands_leaves_no_trace() {
    let mut lab = Lab::new(Start::default());
    launch(&mut lab, "t3.medium", ZONE_A, 2, "");
    ecs(&mut lab, "CreateCluster", json!({ "clusterName": "prod" }));
    wait(&mut lab, "29s");
    launch(&mut lab, "t3.medium", ZONE_A, 1, "");
    wait(&mut lab, "61s");
    assert!(try_ecs(&mut lab, "RunTask", json!({ "taskDefinition": "web", "count": 0 })).is_err());
    wait(&mut lab, "29s");
    assert!(!Lab::load(&lab.save()).unwrap().differs);
}

#[test]
fn save_and_load_give_the_same_lab_with_what_was_undone() {
    let mut lab = busy();
    lab.undo();
    let loaded = Lab::load(&lab.save()).unwrap();
    assert!(!loaded.differs && loaded.refused.is_empty());
    let mut back = loaded.lab;
    assert_eq!((back.digest(), back.save()), (lab.digest(), lab.save()));
    assert!(back.redo());
}

#[test]
fn logs_that_are_none_say_why() {
    let good = lab().save();
    for (text, expected) in [
        ("".to_string(), "this is not JSON: EOF while parsing a value (line 1, column 0)"),
        ("{\n \"a\": }".to_string(), "this is not JSON: expected value (line 2, column 7)"),
        ("[]".to_string(), "this is not a lab file: it has no \"format\": \"ecs-lab-log\""),
        (
            good.replace("\"version\":1", "\"version\":0"),
            "this is not a lab file: its \"version\" is not a number from 1",
        ),
        (good.replace("\"seed\":1", "\"seed\":-1"), "this is not a lab file: its \"start\" has no \"seed\" number"),
        (
            good.replace("ecs.CreateCluster", "CreateCluster"),
            "this is not a lab file: commands[0]: \"api\" is service.Operation, such as \"ecs.RunTask\"",
        ),
    ] {
        assert_eq!(Lab::load(&text).map(|_| ()).map_err(|e| e.to_string()), Err(expected.to_string()), "{text}");
    }
    let future = good.replace("\"version\":1", "\"version\":2");
    assert_eq!(Lab::load(&future).map(|_| ()), Err(LoadError::Future(2)));
}

#[test]
fn an_old_log_under_new_rules_says_what_is_refused() {
    let good = lab().save();
    let odd = good
        .replace("\"commands\":[", "\"commands\":[{\"api\":\"ecs.RunTask\",\"input\":{\"taskDefinition\":\"gone\"}},");
    let loaded = Lab::load(&odd).unwrap();
    assert_eq!((loaded.refused.len(), loaded.refused[0].number), (1, 1));
    assert_eq!(loaded.lab.revision(), 1, "the rest runs");
    let changed = good.replace("\"digest\":\"", "\"digest\":\"0");
    assert!(Lab::load(&changed).unwrap().differs);
}

fn command() -> impl Strategy<Value = Command> {
    let cluster = prop_oneof![Just("prod"), Just("test"), Just("gone")];
    prop_oneof![
        (0i64..200).prop_map(|s| Command::Advance(SimDuration::from_secs(s))),
        cluster.clone().prop_map(|name| Command::ecs("CreateCluster", json!({ "clusterName": name }))),
        (1u32..4, prop_oneof![Just("t3.medium"), Just("m5.large")]).prop_map(|(count, kind)| {
            let script = "RUNTX0NMVVNURVI9cHJvZA==";
            Command::ec2(
                "RunInstances",
                json!({ "InstanceType": kind, "MinCount": count, "MaxCount": count, "UserData": script, "IamInstanceProfile": { "Name": "ecsInstanceRole" } }),
            )
        }),
        (0u32..3, 0u32..600).prop_map(|(port, memory)| {
            let ports = if port == 0 { json!([]) } else { json!([{ "containerPort": 80, "hostPort": 8080 + port }]) };
            let container =
                json!({ "name": "app", "image": "nginx", "cpu": 200, "memory": memory, "portMappings": ports });
            Command::ecs("RegisterTaskDefinition", json!({ "family": "web", "containerDefinitions": [container] }))
        }),
        (cluster, 0u32..12).prop_map(|(cluster, count)| {
            Command::ecs("RunTask", json!({ "cluster": cluster, "taskDefinition": "web", "count": count }))
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// Seek is replay, load is replay, two runs are one: by digest.
    #[test]
    fn seek_is_replay(commands in proptest::collection::vec(command(), 1..60), at in 0u32..60) {
        let mut lab = Lab::new(Start::default());
        let mut digests = vec![lab.digest()];
        for command in &commands {
            let before = lab.revision();
            if lab.apply(command.clone()).is_ok() {
                digests.truncate(lab.revision() as usize);
                digests.push(lab.digest());
            } else {
                prop_assert_eq!(lab.revision(), before);
                prop_assert_eq!(&lab.digest(), digests.last().unwrap());
            }
        }
        let again = Lab::load(&lab.save()).unwrap();
        prop_assert!(!again.differs);
        prop_assert_eq!(again.lab.digest(), lab.digest());
        lab.seek(at);
        prop_assert_eq!(&lab.digest(), &digests[lab.revision() as usize]);
    }

    /// No instance is over-committed and no port is held twice, whatever is asked; what is free is what is not reserved.
    #[test]
    fn nothing_is_given_twice(commands in proptest::collection::vec(command(), 1..60)) {
        let mut lab = Lab::new(Start::default());
        for command in commands {
            let _ = lab.apply(command);
            let ecs = lab.world().ecs();
            for cluster in ecs.clusters() {
                for instance in ecs.instances(cluster.id) {
                    let mine = |task: &&ecs_lab::ecs::Task| task.wanted() && task.instance == Some(instance.key.id);
                    let tasks: Vec<_> = ecs.tasks(cluster.id).filter(mine).collect();
                    let cpu: u32 = tasks.iter().map(|task| task.request.demand.cpu).sum();
                    let memory: u32 = tasks.iter().map(|task| task.request.demand.memory).sum();
                    prop_assert_eq!(instance.host.cpu.free + cpu, instance.host.cpu.total);
                    prop_assert_eq!(instance.host.memory.free + memory, instance.host.memory.total);
                    let mut ports: Vec<_> = tasks.iter().flat_map(|task| &task.request.demand.ports).collect();
                    let all = ports.len();
                    ports.sort();
                    ports.dedup();
                    prop_assert_eq!(ports.len(), all, "a port is held twice");
                    prop_assert_eq!(instance.host.running_tasks as usize, tasks.len());
                }
            }
        }
    }

    /// PL-61 to PL-63: what really is on a host never exceeds it, stopping tasks included, and nothing waits for nothing.
    #[test]
    fn no_host_really_holds_more_than_it_has(
        steps in proptest::collection::vec((0u8..8, 0u32..9, 0i64..2500), 1..80),
    ) {
        let mut lab = lab();
        launch(&mut lab, "t3.medium", ZONE_A, 2, "");
        wait(&mut lab, "2m");
        for (family, memory, port) in [("small", 300, 0), ("large", 1900, 0), ("port", 700, 80)] {
            let mapping = json!([{ "containerPort": 80, "hostPort": port }]);
            register(&mut lab, family, json!({ "cpu": 500, "memory": memory, "portMappings": mapping }));
        }
        for (kind, number, span) in steps {
            match kind {
                0..3 => _ = run(&mut lab, ["small", "large", "port"][usize::from(kind)], 1 + number % 3, json!({})),
                3..6 => {
                    let ecs = lab.world().ecs();
                    let wanted = ecs.clusters().flat_map(|cluster| ecs.tasks(cluster.id)).filter(|task| task.wanted());
                    let Some(task) = wanted.map(|task| task.key.id.to_string()).nth(number as usize) else { continue };
                    lab.apply(Command::ecs("StopTask", json!({ "cluster": "prod", "task": task }))).unwrap();
                }
                _ => _ = lab.advance(SimDuration::from_millis(span)).unwrap(),
            }
            let ecs = lab.world().ecs();
            for instance in ecs.clusters().flat_map(|cluster| ecs.instances(cluster.id)) {
                let there = |task: &&ecs_lab::ecs::Task| {
                    task.instance == Some(instance.key.id)
                        && task.status != ecs_lab::ecs::TaskStatus::Stopped
                        && !instance.waiting.contains(&task.key)
                };
                let tasks: Vec<_> = ecs.tasks(instance.key.cluster).filter(there).collect();
                prop_assert!(tasks.iter().map(|task| task.request.demand.cpu).sum::<u32>() <= instance.host.cpu.total);
                prop_assert!(tasks.iter().map(|task| task.request.demand.memory).sum::<u32>() <= instance.host.memory.total);
                prop_assert!(tasks.iter().filter(|task| !task.request.demand.ports.is_empty()).count() <= 1, "port 80");
                prop_assert!(instance.waiting.is_empty() || !instance.stopping.is_empty(), "it waits for nothing");
                let stopping = tasks.iter().filter(|task| !task.wanted()).count();
                prop_assert_eq!(instance.stopping.len(), stopping);
            }
        }
        wait(&mut lab, "10m");
        let ecs = lab.world().ecs();
        for task in ecs.clusters().flat_map(|cluster| ecs.tasks(cluster.id)) {
            let word = if task.wanted() { "RUNNING" } else { "STOPPED" };
            prop_assert_eq!(task.status.name(), word, "{:?}", task.stop);
        }
    }
}
