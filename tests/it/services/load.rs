//! Load on services: what tasks use, what CloudWatch shows of it, and what too much of it does (3.6, 8.5).

use super::deck::*;
use crate::lab::support::*;
use ecs_lab::aws::ApiError;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

fn try_load(lab: &mut Lab, extra: Value) -> Result<Value, ApiError> {
    let input = over(json!({ "cluster": "prod", "service": "web" }), extra);
    lab.apply(Command::Api(ApiCall::new("lab", "Load", input))).map(|outcome| outcome.reply)
}

/// A load of the service `web`.
pub fn load(lab: &mut Lab, extra: Value) {
    try_load(lab, extra).unwrap();
}

pub fn cloudwatch(lab: &mut Lab, operation: &str, input: Value) -> Value {
    lab.apply(Command::Api(ApiCall::new("cloudwatch", operation, input))).unwrap().reply
}

/// Dimensions of the service `web`, of the cluster `prod` alone, or of others as `Name=value`.
fn dimensions(of: &str) -> Value {
    let named = match of {
        "service" => "ClusterName=prod,ServiceName=web",
        "cluster" => "ClusterName=prod",
        other => other,
    };
    let one = |pair: &str| pair.split_once('=').map(|(name, value)| json!({ "Name": name, "Value": value }));
    named.split(',').map(one).collect()
}

/// The points of the last minutes, the oldest first: average, least, greatest, sum and how many samples.
pub fn points(lab: &mut Lab, namespace: &str, metric: &str, of: &str, period: i64) -> Vec<[f64; 5]> {
    let now = lab.now().as_epoch_seconds();
    let mut input = json!({
        "Namespace": namespace, "MetricName": metric, "StartTime": now - 600.0, "EndTime": now, "Period": period,
        "Dimensions": dimensions(of), "Statistics": ["Average", "Minimum", "Maximum", "Sum", "SampleCount"],
    });
    if of.is_empty() {
        input["Dimensions"] = json!([]);
    }
    let reply = cloudwatch(lab, "GetMetricStatistics", input);
    let mut all = reply["Datapoints"].as_array().unwrap().clone();
    all.sort_by(|left, right| left["Timestamp"].as_f64().unwrap().total_cmp(&right["Timestamp"].as_f64().unwrap()));
    let values = ["Average", "Minimum", "Maximum", "Sum", "SampleCount"];
    all.iter().map(|own| values.map(|name| (own[name].as_f64().unwrap() * 100.0).round() / 100.0)).collect()
}

fn newest(lab: &mut Lab, metric: &str, of: &str) -> Option<[f64; 5]> {
    points(lab, "AWS/ECS", metric, of, 60).pop()
}

pub fn average(lab: &mut Lab, metric: &str, of: &str) -> Option<f64> {
    newest(lab, metric, of).map(|own| own[0])
}

/// An alarm of three minutes above 60 % CPU of the service, called `high`.
fn alarm(lab: &mut Lab) {
    let input = json!({
        "AlarmName": "high", "Namespace": "AWS/ECS", "MetricName": "CPUUtilization", "Statistic": "Average",
        "Period": 60, "EvaluationPeriods": 3, "Threshold": 60.0, "ComparisonOperator": "GreaterThanThreshold",
        "Dimensions": dimensions("service"),
    });
    cloudwatch(lab, "PutMetricAlarm", input);
}

fn alarm_state(lab: &mut Lab) -> String {
    let reply = cloudwatch(lab, "DescribeAlarms", json!({ "AlarmNames": ["high"] }));
    reply["MetricAlarms"][0]["StateValue"].as_str().unwrap().to_string()
}

/// A lab on the full minute, one host of 4 vCPU, and the service `web` with so many tasks of such a container.
pub fn serving(tasks: u32, container: Value) -> Lab {
    let mut lab = on(1);
    register(&mut lab, "web", over(json!({ "image": "nginx:1.27" }), container));
    create(&mut lab, tasks, json!({}));
    wait(&mut lab, "2m");
    lab
}

/// MT-03, MT-06 and section 5's table: what a task uses in percent of what its definition reserves.
#[test]
fn mt_03_mt_06_use_is_measured_against_what_the_definition_reserves() {
    let task = |cpu: u32, memory: u32| json!({ "cpu": cpu, "memory": memory });
    let soft = json!({ "cpu": 512, "memory": 1024, "memoryReservation": 256 });
    for (tasks, container, asked, cpu, memory) in [
        (1, task(512, 1024), json!({ "requestsPerSecond": 0, "idleCpu": 128, "memory": 128 }), 25.0, 12.5),
        (1, task(512, 1024), json!({ "requestsPerSecond": 20, "workMilliseconds": 100, "memory": 512 }), 400.0, 50.0),
        (3, task(256, 512), json!({ "requestsPerSecond": 0, "idleCpu": 200 }), 78.13, 0.0),
        (1, soft, json!({ "requestsPerSecond": 0, "memory": 512 }), 0.0, 200.0),
        // Two tasks share the requests: each 1,024 units of the 512 that it reserves.
        (2, task(512, 1024), json!({ "requestsPerSecond": 20, "workMilliseconds": 100 }), 200.0, 0.0),
    ] {
        let mut lab = serving(tasks, container.clone());
        load(&mut lab, asked.clone());
        wait(&mut lab, "2m");
        assert_eq!(average(&mut lab, "CPUUtilization", "service"), Some(cpu), "{container} {asked}");
        assert_eq!(average(&mut lab, "MemoryUtilization", "service"), Some(memory), "{container} {asked}");
        let [_, _, _, _, samples] = newest(&mut lab, "CPUUtilization", "service").unwrap();
        assert_eq!(samples, f64::from(tasks), "as many samples as RUNNING tasks");
    }
}

/// 8.5: no statistic has the noise of fractions, so that an average lies between the least and the greatest sample.
#[test]
fn mt_03_samples_have_no_noise() {
    let mut lab = serving(4, json!({ "cpu": 256, "memory": 512 }));
    load(&mut lab, json!({ "requestsPerSecond": 40, "workMilliseconds": 20 }));
    wait(&mut lab, "2m");
    let now = lab.now().as_epoch_seconds();
    let input = json!({
        "Namespace": "AWS/ECS", "MetricName": "CPUUtilization", "StartTime": now - 60.0, "EndTime": now, "Period": 60,
        "Dimensions": dimensions("service"), "Statistics": ["Average", "Minimum", "Maximum", "Sum"],
    });
    let point = cloudwatch(&mut lab, "GetMetricStatistics", input)["Datapoints"][0].clone();
    let all = ["Minimum", "Average", "Maximum", "Sum"].map(|name| point[name].as_f64().unwrap());
    assert_eq!(all, [80.0, 80.0, 80.0, 320.0]);
}

/// MT-03: a task-level CPU is a limit, on an instance as on Fargate.
#[test]
fn mt_03_a_task_level_cpu_is_never_exceeded() {
    let mut lab = on(1);
    let definition = json!({
        "family": "web", "cpu": "512", "memory": "1024",
        "containerDefinitions": [{ "name": "app", "image": "nginx:1.27", "portMappings": [{ "containerPort": 80 }] }],
        "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE", "EC2"],
    });
    ecs(&mut lab, "RegisterTaskDefinition", definition);
    for launch in ["EC2", "FARGATE"] {
        let network = json!({ "awsvpcConfiguration": {
            "subnets": ["subnet-0ec51ab00000000a0"], "assignPublicIp": public_address(launch),
        } });
        let mut lab = lab.fork();
        create(&mut lab, 1, json!({ "launchType": launch, "networkConfiguration": network }));
        wait(&mut lab, "3m");
        load(&mut lab, json!({ "requestsPerSecond": 50, "workMilliseconds": 100 }));
        wait(&mut lab, "3m");
        assert_eq!(average(&mut lab, "CPUUtilization", "service"), Some(100.0), "{launch}");
        // MT-01: what runs on Fargate is in no metric of its cluster.
        let cluster = average(&mut lab, "CPUUtilization", "cluster");
        assert_eq!(cluster, if launch == "EC2" { Some(12.5) } else { None }, "{launch}");
    }
}

/// MT-05, and the worked table of section 5: c4.4xlarge and c4.large with ten tasks of 1,024/2,048.
#[test]
fn mt_01_mt_05_what_a_cluster_has_reserved_and_uses() {
    let mut lab = lab();
    launch(&mut lab, "c4.4xlarge", ZONE_A, 1, "");
    launch(&mut lab, "c4.large", ZONE_B, 1, "");
    wait(&mut lab, "2m");
    register(&mut lab, "web", json!({ "image": "nginx:1.27", "cpu": 1024, "memory": 2048 }));
    create(&mut lab, 10, json!({}));
    wait(&mut lab, "2m");
    load(&mut lab, json!({ "requestsPerSecond": 0, "idleCpu": 512, "memory": 1024 }));
    wait(&mut lab, "2m");
    for (metric, expected) in [
        ("CPUReservation", Some(55.56)),
        ("MemoryReservation", Some(60.37)),
        ("CPUUtilization", Some(27.78)),
        ("MemoryUtilization", Some(30.18)),
        ("GPUReservation", None),
    ] {
        assert_eq!(average(&mut lab, metric, "cluster"), expected, "{metric}");
    }
}

#[test]
fn mt_02_without_a_running_task_there_is_no_point() {
    let mut lab = serving(1, json!({ "cpu": 256, "memory": 512 }));
    alarm(&mut lab);
    wait(&mut lab, "2m");
    assert_eq!(average(&mut lab, "CPUUtilization", "service"), Some(0.0), "it runs, and uses nothing");
    assert!(average(&mut lab, "CPUReservation", "cluster").is_some());
    assert_eq!(alarm_state(&mut lab), "OK");
    update(&mut lab, json!({ "desiredCount": 0 }));
    wait(&mut lab, "12m");
    for (metric, of) in [("CPUUtilization", "service"), ("MemoryUtilization", "service"), ("CPUReservation", "cluster")]
    {
        assert_eq!(newest(&mut lab, metric, of), None, "{metric}");
    }
    assert_eq!(alarm_state(&mut lab), "INSUFFICIENT_DATA");
}

/// MT-04: three looks a minute make one point; with a resolution of 20 s each look is one.
#[test]
fn mt_04_a_minute_is_the_mean_of_three_looks_unless_20_s_are_asked_for() {
    let mut lab = serving(1, json!({ "cpu": 1024, "memory": 512 }));
    let point = |seconds: u32, rate: u32| json!({ "seconds": seconds, "requestsPerSecond": rate });
    // One vCPU more each minute: the looks are 20 s apart.
    let ramp =
        json!({ "points": [point(0, 0), point(60, 10), point(120, 0)], "workMilliseconds": 100, "repeatSeconds": 120 });
    let to_the_minute = 60 - (lab.now().as_millis() / 1000 % 60);
    wait(&mut lab, &format!("{to_the_minute}s"));
    load(&mut lab, ramp);
    wait(&mut lab, "4m");
    let minutes = points(&mut lab, "AWS/ECS", "CPUUtilization", "service", 60);
    let last = minutes.iter().rev().take(4).rev();
    assert_eq!(last.collect::<Vec<_>>(), [&[50.0, 50.0, 50.0, 50.0, 1.0]; 4]);
    let fine = json!({ "metricConfigurations": [{ "metricNames": ["CPUUtilization"], "resolutionSeconds": 20 }] });
    update(&mut lab, json!({ "monitoring": fine }));
    assert_eq!(service(&lab).get("monitoring"), None, "only its revision shows it");
    wait(&mut lab, "4m");
    let looks = points(&mut lab, "AWS/ECS", "CPUUtilization", "service", 20);
    let averages: Vec<f64> = looks.iter().rev().take(6).rev().map(|own| own[0]).collect();
    assert_eq!(averages, [16.67, 50.0, 83.33, 83.33, 50.0, 16.67]);
    assert_eq!(points(&mut lab, "AWS/ECS", "MemoryUtilization", "service", 20).last().unwrap()[4], 1.0);
    for (names, seconds, message) in [
        (json!(["CPUUtilization"]), 30, "The resolution of a metric is 20 or 60 seconds."),
        (json!(["Foo"]), 20, "The supported metric names are CPUUtilization and MemoryUtilization."),
        (json!(["CPUUtilization", "cpu"]), 60, "The supported metric names are CPUUtilization and MemoryUtilization."),
    ] {
        let wrong = json!({ "metricConfigurations": [{ "metricNames": names, "resolutionSeconds": seconds }] });
        for (operation, member, name) in
            [("UpdateService", "service", "web"), ("CreateService", "serviceName", "other")]
        {
            let input = json!({ "cluster": "prod", member: name, "taskDefinition": "web", "desiredCount": 1, "monitoring": wrong });
            let error = lab.apply(Command::Api(ApiCall::new("ecs", operation, input))).unwrap_err();
            assert_eq!((error.code.as_ref(), error.message.as_ref()), ("InvalidParameterException", message));
        }
    }
}

/// Least and greatest are those of single tasks (section 5).
#[test]
fn section_5_least_and_greatest_are_single_tasks() {
    let mut lab = on(2);
    // Fixed ports put one task on each host; one host is full of another service's work.
    let web = json!({ "image": "nginx:1.27", "cpu": 1024, "memory": 512, "portMappings": [{ "containerPort": 80, "hostPort": 80 }] });
    register(&mut lab, "web", web);
    create(&mut lab, 2, json!({}));
    register(&mut lab, "busy", json!({ "image": "nginx:1.27", "cpu": 3072, "memory": 512 }));
    let busy = json!({ "cluster": "prod", "serviceName": "busy", "taskDefinition": "busy", "desiredCount": 1 });
    ecs(&mut lab, "CreateService", busy);
    wait(&mut lab, "2m");
    load(&mut lab, json!({ "requestsPerSecond": 40, "workMilliseconds": 100 }));
    let greedy = json!({ "cluster": "prod", "service": "busy", "requestsPerSecond": 500, "workMilliseconds": 100 });
    lab.apply(Command::Api(ApiCall::new("lab", "Load", greedy))).unwrap();
    wait(&mut lab, "2m");
    // One has what is left by shares, a quarter of four vCPU; the other bursts to the two that it needs.
    assert_eq!(newest(&mut lab, "CPUUtilization", "service"), Some([150.0, 100.0, 200.0, 300.0, 2.0]));
}

/// CI-10: what a host really does is nothing to placement.
#[test]
fn ci_10_a_busy_host_is_as_good_as_an_idle_one() {
    let mut lab = serving(1, json!({ "cpu": 0, "memory": 128 }));
    load(&mut lab, json!({ "requestsPerSecond": 1000, "workMilliseconds": 100 }));
    wait(&mut lab, "5m");
    // Without a reservation the percentage is of the whole host.
    assert_eq!(average(&mut lab, "CPUUtilization", "service"), Some(100.0));
    assert_eq!(average(&mut lab, "CPUUtilization", "cluster"), Some(100.0));
    assert_eq!(run(&mut lab, "web", 1, json!({}))["tasks"].as_array().unwrap().len(), 1);
}

#[test]
fn an_alarm_on_cpu_goes_off_and_back() {
    let mut lab = serving(2, json!({ "cpu": 1024, "memory": 512 }));
    alarm(&mut lab);
    load(&mut lab, json!({ "requestsPerSecond": 10, "workMilliseconds": 100 }));
    wait(&mut lab, "5m");
    assert_eq!(alarm_state(&mut lab), "OK");
    load(&mut lab, json!({ "requestsPerSecond": 16, "workMilliseconds": 100 }));
    let mut minutes = 0;
    while alarm_state(&mut lab) == "OK" && minutes < 10 {
        wait(&mut lab, "1m");
        minutes += 1;
    }
    assert!((3..=5).contains(&minutes), "three points above 60 %: {minutes}");
    update(&mut lab, json!({ "desiredCount": 4 }));
    wait(&mut lab, "6m");
    assert_eq!(alarm_state(&mut lab), "OK");
    assert_eq!(average(&mut lab, "CPUUtilization", "service"), Some(40.0));
}

/// 5.3: the kernel kills who uses more than the hard limit; the service goes on replacing.
#[test]
fn section_5_3_more_memory_than_the_hard_limit_is_the_end_of_a_container() {
    let mut lab = serving(1, json!({ "cpu": 256, "memory": 512, "memoryReservation": 128 }));
    load(&mut lab, json!({ "requestsPerSecond": 5, "workMilliseconds": 10, "memory": 400 }));
    wait(&mut lab, "3m");
    let before = tasks(&mut lab, "RUNNING")[0]["taskArn"].clone();
    load(&mut lab, json!({ "requestsPerSecond": 5, "workMilliseconds": 10, "memory": 513 }));
    wait(&mut lab, "20s");
    let gone = ecs(&mut lab, "DescribeTasks", json!({ "cluster": "prod", "tasks": [before] }))["tasks"][0].clone();
    assert_eq!(gone["stopCode"], "EssentialContainerExited");
    let container = &gone["containers"][0];
    assert_eq!(container["exitCode"], 137);
    assert_eq!(container["reason"], "OutOfMemoryError: Container killed due to memory usage");
    wait(&mut lab, "5m");
    assert!(said(&lab).iter().filter(|own| own.contains("has started 1 tasks")).count() > 4, "{:?}", said(&lab));
    load(&mut lab, json!({ "requestsPerSecond": 5, "workMilliseconds": 10, "memory": 400 }));
    wait(&mut lab, "5m");
    assert_eq!(deployments(&lab), ["PRIMARY web:2 1/1/0 COMPLETED"]);
}

#[test]
fn gpu_reservation_is_of_the_instances_that_have_gpus() {
    let mut lab = lab();
    launch(&mut lab, "p3.8xlarge", ZONE_A, 1, "");
    launch(&mut lab, "m5.large", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    register(&mut lab, "web", json!({ "resourceRequirements": [{ "type": "GPU", "value": "1" }] }));
    create(&mut lab, 1, json!({}));
    wait(&mut lab, "2m");
    load(&mut lab, json!({ "requestsPerSecond": 0, "idleCpu": 1 }));
    wait(&mut lab, "2m");
    assert_eq!(average(&mut lab, "GPUReservation", "cluster"), Some(25.0));
}

/// Open requests need memory: a queue that grows ends in the kernel's hands.
#[test]
fn section_5_3_a_growing_queue_runs_out_of_memory() {
    let mut lab = serving(1, json!({ "cpu": 256, "memory": 512 }));
    load(&mut lab, json!({ "requestsPerSecond": 50, "workMilliseconds": 100, "memory": 100, "memoryPerRequest": 1 }));
    // 50 a second come and 40 are done: 412 wait after 41 s, which the third look sees.
    wait(&mut lab, "40s");
    assert_eq!(tasks(&mut lab, "RUNNING").len(), 1);
    let events = said(&lab).len();
    wait(&mut lab, "20s");
    assert_eq!(said(&lab).len(), events + 1, "{:?}", said(&lab));
    let of = average(&mut lab, "MemoryUtilization", "service");
    assert!(of.is_none_or(|own| own <= 100.0), "{of:?}");
}

/// A world in which nobody can see a metric has no deadline.
#[test]
fn nobody_looks_unless_somebody_can_see_it() {
    let mut lab = on(1);
    wait(&mut lab, "30m");
    let rest = |lab: &Lab| lab.next_deadline().map(|own| own.why);
    assert_eq!(rest(&lab), None);
    create(&mut lab, 1, json!({}));
    wait(&mut lab, "2m");
    let before = rest(&lab);
    assert_eq!(before, Some("a steady service says so"));
    load(&mut lab, json!({ "requestsPerSecond": 5 }));
    assert_eq!(rest(&lab), Some("the agents look at what tasks use"));
    let now = lab.now();
    lab.settle(ecs_lab::sim::SimDuration::from_secs(3600));
    assert_eq!(lab.now(), now, "nobody waits for it");
    load(&mut lab, json!({ "requestsPerSecond": 0 }));
    wait(&mut lab, "1m");
    assert_eq!(rest(&lab), before);
    alarm(&mut lab);
    wait(&mut lab, "90s");
    assert_eq!(average(&mut lab, "CPUUtilization", "service"), Some(0.0));
    cloudwatch(&mut lab, "DeleteAlarms", json!({ "AlarmNames": ["high"] }));
    wait(&mut lab, "1m");
    assert_eq!(rest(&lab), before);
    load(&mut lab, json!({ "requestsPerSecond": 5 }));
    ecs(&mut lab, "DeleteService", json!({ "cluster": "prod", "service": "web", "force": true }));
    wait(&mut lab, "7h");
    assert_eq!(rest(&lab), None, "its load went with the service");
}

#[test]
fn refusals_of_a_load_and_its_fact() {
    let mut lab = on(1);
    create(&mut lab, 1, json!({}));
    for (input, code) in [
        (json!({ "cluster": "none", "requestsPerSecond": 1 }), "ClusterNotFoundException"),
        (json!({ "service": "none", "requestsPerSecond": 1 }), "ServiceNotFoundException"),
        (json!({}), "InvalidParameterException"),
        (json!({ "requestsPerSecond": -1 }), "ParamValidation"),
        (json!({ "requestsPerSecond": 1, "workMilliseconds": 0 }), "ParamValidation"),
    ] {
        let error = try_load(&mut lab, input.clone()).unwrap_err();
        assert_eq!(error.code, code, "{input}: {error}");
    }
    let revision = lab.revision();
    load(&mut lab, json!({ "requestsPerSecond": 1 }));
    assert_eq!(lab.revision(), revision + 1);
    let last = lab.facts().next_back().unwrap().kind.sentence();
    assert_eq!(last, "the load of service web is 1 requests per second");
}
