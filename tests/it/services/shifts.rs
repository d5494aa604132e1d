//! Deployments that shift traffic: BLUE_GREEN, LINEAR and CANARY (BG-01 to BG-07).

use super::balanced::delay;
use super::deck::*;
use crate::lab::elb::{arn, balancer, elb, group, health, listener};
use crate::lab::support::*;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

pub const ROLE: &str = "arn:aws:iam::123456789012:role/infra";

/// Two target groups behind one listener, with a production rule that leads to the first and a test rule.
pub struct Stage {
    pub lab: Lab,
    pub blue: String,
    pub green: String,
    pub rule: String,
    pub test: String,
    pub listener: String,
}

pub fn stage() -> Stage {
    let mut lab = on(3);
    for cpu in [256, 128, 64] {
        let extra = json!({ "image": "nginx:1.27", "cpu": cpu, "portMappings": [{ "containerPort": 80 }] });
        register(&mut lab, "api", extra);
    }
    let mut made = |name: &str| {
        let own = group(&mut lab, json!({ "TargetType": "instance", "Name": name, "HealthCheckIntervalSeconds": 10 }));
        delay(&mut lab, &own, 20);
        own
    };
    let (blue, green) = (made("blue"), made("green"));
    let own = balancer(&mut lab, "application");
    let listener = listener(&mut lab, &own, "HTTP", 80, &blue);
    let mut rule = |priority: u32, path: &str| {
        let groups = json!([{ "TargetGroupArn": blue, "Weight": 100 }, { "TargetGroupArn": green, "Weight": 0 }]);
        let input = json!({
            "ListenerArn": listener, "Priority": priority,
            "Conditions": [{ "Field": "path-pattern", "Values": [path] }],
            "Actions": [{ "Type": "forward", "ForwardConfig": { "TargetGroups": groups } }],
        });
        arn(&elb(&mut lab, "CreateRule", input), "Rules", "RuleArn")
    };
    let (rule, test) = (rule(10, "/*"), rule(5, "/test/*"));
    wait(&mut lab, "3m");
    Stage { lab, blue, green, rule, test, listener }
}

impl Stage {
    /// loadBalancers with both groups.
    pub fn balancers(&self) -> Value {
        json!([{
            "targetGroupArn": self.blue, "containerName": "app", "containerPort": 80,
            "advancedConfiguration": {
                "alternateTargetGroupArn": self.green, "productionListenerRule": self.rule,
                "testListenerRule": self.test, "roleArn": ROLE,
            },
        }])
    }

    /// CreateService of two tasks of `api:1` with a deploymentConfiguration, run until it is over.
    pub fn serve(&mut self, config: Value) {
        let extra =
            json!({ "taskDefinition": "api:1", "loadBalancers": self.balancers(), "deploymentConfiguration": config });
        create(&mut self.lab, 2, extra);
        wait(&mut self.lab, "2m");
        assert_eq!(deployments(&self.lab), ["PRIMARY api:1 2/2/0 COMPLETED"]);
        assert_eq!(self.weights(), [[100, 0], [100, 0]]);
    }

    /// The weights of blue and green in the production rule and in the test rule.
    pub fn weights(&self) -> [[u64; 2]; 2] {
        [&self.rule, &self.test].map(|rule| {
            let (_, _, own) = self.lab.world().elb().rule(rule).unwrap();
            let of = |group: &str| own.forwards_to().find(|(arn, _)| *arn == group).map_or(0, |(_, weight)| weight);
            [of(&self.blue), of(&self.green)]
        })
    }

    pub fn states(&mut self) -> [usize; 2] {
        [self.blue.clone(), self.green.clone()]
            .map(|group| health(&mut self.lab, &group).iter().filter(|(state, _)| state == "healthy").count())
    }

    pub fn update(&mut self, revision: u32) {
        update(&mut self.lab, json!({ "taskDefinition": format!("api:{revision}") }));
    }

    /// status, lifecycleStage and statusReason of the newest service deployment.
    pub fn deployment(&self) -> [String; 3] {
        let last = newest(&self.lab);
        ["status", "lifecycleStage", "statusReason"].map(|member| last[member].as_str().unwrap_or_default().to_string())
    }

    /// StopServiceDeployment of the newest.
    pub fn stop(&mut self) {
        let arn = newest(&self.lab)["serviceDeploymentArn"].clone();
        ecs(&mut self.lab, "StopServiceDeployment", json!({ "serviceDeploymentArn": arn }));
    }

    pub fn iam(&mut self, operation: &str, input: Value) {
        self.lab.apply(Command::Api(ApiCall::new("iam", operation, input))).unwrap();
    }

    /// Makes the role of deployment groups.
    pub fn deployer(&mut self) {
        let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": { "Service": "codedeploy.amazonaws.com" }, "Action": "sts:AssumeRole" }] });
        self.iam("CreateRole", json!({ "RoleName": "deployer", "AssumeRolePolicyDocument": trust.to_string() }));
        let policy = "arn:aws:iam::aws:policy/AWSCodeDeployRoleForECS";
        self.iam("AttachRolePolicy", json!({ "RoleName": "deployer", "PolicyArn": policy }));
    }
}

/// The newest service deployment as described.
pub fn newest(lab: &Lab) -> Value {
    let read = |operation: &str, input: Value| lab.read(&ApiCall::new("ecs", operation, input)).unwrap();
    let list = read("ListServiceDeployments", json!({ "cluster": "prod", "service": "web" }));
    let arn = list["serviceDeployments"][0]["serviceDeploymentArn"].clone();
    read("DescribeServiceDeployments", json!({ "serviceDeploymentArns": [arn] }))["serviceDeployments"][0].clone()
}

pub fn blue_green(minutes: u32) -> Value {
    json!({ "strategy": "BLUE_GREEN", "bakeTimeInMinutes": minutes })
}

#[test]
fn bg_02_bg_03_bg_06_blue_green_step_by_step() {
    let mut own = stage();
    own.serve(blue_green(5));
    own.update(2);
    // BG-06: green comes up in full beside blue, and has no traffic.
    wait(&mut own.lab, "8s");
    assert_eq!(deployments(&own.lab), ["PRIMARY api:2 2/2/0 IN_PROGRESS", "ACTIVE api:1 2/2/0 COMPLETED"]);
    assert_eq!((own.weights(), own.deployment()[1].as_str()), ([[100, 0], [100, 0]], "SCALE_UP"));
    // Healthy: the test traffic and the production traffic move in one moment, and both run on.
    wait(&mut own.lab, "15s");
    assert_eq!((own.weights(), own.deployment()[1].as_str()), ([[0, 100], [0, 100]], "BAKE_TIME"));
    assert_eq!(own.states(), [2, 2]);
    wait(&mut own.lab, "4m50s");
    assert_eq!(deployments(&own.lab), ["PRIMARY api:2 2/2/0 IN_PROGRESS", "ACTIVE api:1 2/2/0 COMPLETED"]);
    // Blue goes.
    wait(&mut own.lab, "20s");
    assert_eq!(own.deployment()[..2], ["SUCCESSFUL", "CLEAN_UP"]);
    assert_eq!(deployments(&own.lab), ["PRIMARY api:2 2/2/0 COMPLETED"]);
    wait(&mut own.lab, "1m");
    assert_eq!(own.states(), [0, 2]);
    // The next one goes into blue again.
    own.update(3);
    wait(&mut own.lab, "30s");
    assert_eq!((own.weights(), own.states()), ([[100, 0], [100, 0]], [2, 2]));
    let revision = service(&own.lab)["currentServiceRevisions"][0]["arn"].clone();
    let input = json!({ "serviceRevisionArns": [revision] });
    let shown = own.lab.read(&ApiCall::new("ecs", "DescribeServiceRevisions", input)).unwrap();
    assert_eq!(
        shown["serviceRevisions"][0]["resolvedConfiguration"],
        json!({ "loadBalancers": [{ "targetGroupArn": own.blue, "productionListenerRule": own.rule }] })
    );
}

#[test]
fn bg_05_linear_and_canary_timelines() {
    // Minutes after the first shift, and the share of green then.
    for (config, timeline) in [
        (
            json!({ "strategy": "LINEAR", "linearConfiguration": { "stepPercent": 25.0, "stepBakeTimeInMinutes": 5 } }),
            vec![(0, 25), (5, 50), (10, 75), (15, 100)],
        ),
        (
            json!({ "strategy": "LINEAR" }),
            vec![(0, 10), (6, 20), (12, 30), (18, 40), (24, 50), (30, 60), (36, 70), (42, 80), (48, 90), (54, 100)],
        ),
        (
            json!({ "strategy": "LINEAR", "linearConfiguration": { "stepPercent": 40.0, "stepBakeTimeInMinutes": 1 } }),
            vec![(0, 40), (1, 80), (2, 100)],
        ),
        (
            json!({ "strategy": "CANARY", "canaryConfiguration": { "canaryPercent": 10.0, "canaryBakeTimeInMinutes": 10 } }),
            vec![(0, 10), (10, 100)],
        ),
        (json!({ "strategy": "CANARY" }), vec![(0, 5), (10, 100)]),
    ] {
        let mut own = stage();
        let mut config = config;
        config["bakeTimeInMinutes"] = json!(3);
        own.serve(config.clone());
        own.update(2);
        while own.weights()[0][1] == 0 {
            wait(&mut own.lab, "1s");
        }
        let mut seen = vec![];
        for minute in 0..60 {
            let share = own.weights()[0][1];
            if seen.last().is_none_or(|(_, last)| *last != share) {
                seen.push((minute, share));
            }
            if own.deployment()[1] == "BAKE_TIME" {
                break;
            }
            wait(&mut own.lab, "1m");
        }
        assert_eq!(seen, timeline, "{config}");
        wait(&mut own.lab, "3m");
        wait(&mut own.lab, "1m");
        assert_eq!(deployments(&own.lab), ["PRIMARY api:2 2/2/0 COMPLETED"], "{config}");
    }
}

#[test]
fn bg_05_shares_of_tenths() {
    let mut own = stage();
    let canary = json!({ "canaryPercent": 0.5, "canaryBakeTimeInMinutes": 1 });
    own.serve(json!({ "strategy": "CANARY", "canaryConfiguration": canary, "bakeTimeInMinutes": 0 }));
    own.update(2);
    wait(&mut own.lab, "20s");
    assert_eq!(own.weights()[0], [994, 5], "0.5 % of 999");
}

#[test]
fn bg_07_a_stopped_deployment_goes_back_at_once_in_every_stage() {
    // How long after the update it is stopped, and in which stage.
    for (after, stage_name) in
        [("5s", "SCALE_UP"), ("20s", "PRODUCTION_TRAFFIC_SHIFT"), ("2m", "BAKE_TIME"), ("3m22s", "CLEAN_UP")]
    {
        let mut own = stage();
        let linear = json!({ "stepPercent": 50.0, "stepBakeTimeInMinutes": 1 });
        own.serve(json!({ "strategy": "LINEAR", "linearConfiguration": linear, "bakeTimeInMinutes": 2 }));
        own.update(2);
        wait(&mut own.lab, after);
        assert_eq!(own.deployment()[1], stage_name);
        let arn = newest(&own.lab)["serviceDeploymentArn"].clone();
        let stopped = try_ecs(&mut own.lab, "StopServiceDeployment", json!({ "serviceDeploymentArn": arn }));
        if stage_name == "CLEAN_UP" {
            // Blue has gone by then.
            assert_eq!(stopped.unwrap_err().code, "ConflictException");
            continue;
        }
        stopped.unwrap();
        assert_eq!(own.weights(), [[100, 0], [100, 0]], "{stage_name}");
        wait(&mut own.lab, "2m");
        assert_eq!(deployments(&own.lab), ["PRIMARY api:1 2/2/0 COMPLETED"], "{stage_name}");
        assert_eq!(own.deployment()[0], "ROLLBACK_SUCCESSFUL");
        assert_eq!(own.states(), [2, 0]);
        let back = newest(&own.lab)["rollback"].clone();
        assert_eq!(back["reason"], "Service deployment stopped by user.");
    }
}

#[test]
fn cb_06_a_green_that_never_comes_up_is_rolled_back_by_the_breaker() {
    let mut own = stage();
    let breaker = json!({ "enable": true, "rollback": true });
    own.serve(over(blue_green(5), json!({ "deploymentCircuitBreaker": breaker })));
    let broken = json!({ "image": "no-such-image-anywhere", "portMappings": [{ "containerPort": 80 }] });
    register(&mut own.lab, "api", broken);
    own.update(4);
    wait(&mut own.lab, "5m");
    assert_eq!(own.weights(), [[100, 0], [100, 0]]);
    assert_eq!(deployments(&own.lab), ["PRIMARY api:1 2/2/0 COMPLETED"]);
    assert_eq!(own.deployment()[0], "ROLLBACK_SUCCESSFUL");
    assert_eq!(service(&own.lab)["runningCount"], 2);
}

#[test]
fn bg_04_without_a_breaker_a_stage_lasts_a_day() {
    let mut own = stage();
    own.serve(blue_green(5));
    register(
        &mut own.lab,
        "api",
        json!({ "image": "no-such-image-anywhere", "portMappings": [{ "containerPort": 80 }] }),
    );
    own.update(4);
    wait(&mut own.lab, "23h59m");
    assert_eq!(own.deployment()[..2], ["IN_PROGRESS", "SCALE_UP"]);
    wait(&mut own.lab, "5m");
    let [status, _, reason] = own.deployment();
    assert_eq!(
        (status.as_str(), reason.as_str()),
        ("ROLLBACK_SUCCESSFUL", "Service deployment rolled back because SCALE_UP timed out.")
    );
}

#[test]
fn cb_11_an_alarm_during_the_bake_time_takes_the_traffic_back() {
    let mut own = stage();
    alarm(&mut own.lab, "errors", "OK");
    let alarms = json!({ "alarmNames": ["errors"], "enable": true, "rollback": true });
    own.serve(over(blue_green(30), json!({ "alarms": alarms })));
    own.update(2);
    wait(&mut own.lab, "10m");
    assert_eq!((own.weights()[0], own.deployment()[1].as_str()), ([0, 100], "BAKE_TIME"));
    alarm(&mut own.lab, "errors", "ALARM");
    wait(&mut own.lab, "1m1s");
    assert_eq!(own.weights()[0], [100, 0]);
    let shown = newest(&own.lab);
    assert_eq!(
        shown["alarms"],
        json!({ "status": "TRIGGERED", "alarmNames": ["errors"], "triggeredAlarmNames": ["errors"] })
    );
    wait(&mut own.lab, "1m");
    assert_eq!(deployments(&own.lab), ["PRIMARY api:1 2/2/0 COMPLETED"]);
}

pub fn alarm(lab: &mut Lab, name: &str, state: &str) {
    let known = json!({
        "AlarmName": name, "Namespace": "Lab", "MetricName": "m", "Statistic": "Sum", "Period": 60,
        "EvaluationPeriods": 2, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "ignore",
    });
    lab.apply(Command::Api(ApiCall::new("cloudwatch", "PutMetricAlarm", known))).unwrap();
    let input = json!({ "AlarmName": name, "StateValue": state, "StateReason": "test" });
    lab.apply(Command::Api(ApiCall::new("cloudwatch", "SetAlarmState", input))).unwrap();
}

#[test]
fn rl_10_an_update_in_the_middle_reconciles_first() {
    let mut own = stage();
    own.serve(blue_green(5));
    own.update(2);
    wait(&mut own.lab, "30s");
    assert_eq!(own.weights()[0], [0, 100]);
    own.update(3);
    assert_eq!(own.weights(), [[100, 0], [100, 0]], "blue has the traffic again");
    assert_eq!(deployments(&own.lab), ["PRIMARY api:3 2/0/2 IN_PROGRESS", "ACTIVE api:1 2/2/0 COMPLETED"]);
    wait(&mut own.lab, "7m");
    assert_eq!(deployments(&own.lab), ["PRIMARY api:3 2/2/0 COMPLETED"]);
    assert_eq!((own.weights()[0], own.states()), ([0, 100], [0, 2]));
}

/// The listeners still lead to two revisions when the update comes; a task that leaves its load balancer is no longer up.
#[test]
fn bg_03_an_update_in_the_middle_of_a_shift_takes_the_traffic_back_first() {
    for (config, at) in [
        (
            json!({ "strategy": "CANARY", "bakeTimeInMinutes": 5, "canaryConfiguration": { "canaryPercent": 10.0, "canaryBakeTimeInMinutes": 5 } }),
            [90, 10],
        ),
        (
            json!({ "strategy": "LINEAR", "bakeTimeInMinutes": 5, "linearConfiguration": { "stepPercent": 25.0, "stepBakeTimeInMinutes": 5 } }),
            [75, 25],
        ),
    ] {
        let mut own = stage();
        own.serve(config);
        update(&mut own.lab, json!({ "taskDefinition": "api:2" }));
        wait(&mut own.lab, "2m");
        assert_eq!(own.weights()[0], at);
        update(&mut own.lab, json!({ "taskDefinition": "api:3" }));
        wait(&mut own.lab, "1m");
        assert!(!said(&own.lab).iter().any(|text| text.contains("should have exactly one")), "{:?}", said(&own.lab));
        wait(&mut own.lab, "40m");
        assert_eq!(deployments(&own.lab), ["PRIMARY api:3 2/2/0 COMPLETED"]);
    }
}

#[test]
fn cb_06_what_failed_starts_nothing_when_the_next_one_comes() {
    let mut own = stage();
    let trust = json!({ "Statement": [{ "Effect": "Allow", "Principal": { "Service": "ec2.amazonaws.com" }, "Action": "sts:AssumeRole" }] });
    let role = json!({ "RoleName": "infra", "AssumeRolePolicyDocument": trust.to_string() });
    own.lab.apply(Command::Api(ApiCall::new("iam", "CreateRole", role))).unwrap();
    let extra = json!({ "taskDefinition": "api:1", "loadBalancers": own.balancers(), "deploymentConfiguration": blue_green(5) });
    create(&mut own.lab, 2, extra);
    wait(&mut own.lab, "2m");
    assert_eq!(counts(&own.lab)[1], 0);
    update(&mut own.lab, json!({ "taskDefinition": "api:2" }));
    for _ in 0..30 {
        wait(&mut own.lab, "10s");
        assert_eq!(tasks(&mut own.lab, "RUNNING").len(), 0, "{:?}", said(&own.lab));
    }
}

#[test]
fn stages_6_7_a_target_group_that_goes_in_the_middle_takes_the_shift_back() {
    let mut own = stage();
    own.serve(json!({ "strategy": "CANARY", "bakeTimeInMinutes": 5, "canaryConfiguration": { "canaryPercent": 10.0, "canaryBakeTimeInMinutes": 5 } }));
    update(&mut own.lab, json!({ "taskDefinition": "api:2" }));
    wait(&mut own.lab, "2m");
    for rule in [own.rule.clone(), own.test.clone()] {
        let actions = json!([{ "Type": "forward", "TargetGroupArn": own.blue }]);
        elb(&mut own.lab, "ModifyRule", json!({ "RuleArn": rule, "Actions": actions }));
    }
    elb(&mut own.lab, "DeleteTargetGroup", json!({ "TargetGroupArn": own.green }));
    wait(&mut own.lab, "40m");
    assert_eq!(deployments(&own.lab), ["PRIMARY api:1 2/2/0 COMPLETED"]);
    assert!(said(&own.lab).iter().any(|text| text.contains("was not found")), "{:?}", said(&own.lab));
}

#[test]
fn bg_01_headless_services_deploy_without_traffic() {
    let mut lab = on(2);
    create(&mut lab, 2, json!({ "deploymentConfiguration": blue_green(2) }));
    wait(&mut lab, "1m");
    assert_eq!(deployments(&lab), ["PRIMARY web:1 2/2/0 COMPLETED"]);
    register(&mut lab, "web", json!({ "cpu": 10 }));
    update(&mut lab, json!({ "taskDefinition": "web" }));
    wait(&mut lab, "1m");
    assert_eq!(deployments(&lab), ["PRIMARY web:2 2/2/0 IN_PROGRESS", "ACTIVE web:1 2/2/0 COMPLETED"]);
    wait(&mut lab, "2m30s");
    assert_eq!(deployments(&lab), ["PRIMARY web:2 2/2/0 COMPLETED"]);
}

#[test]
fn rl_12_a_new_desired_count_holds_for_both_revisions() {
    let mut own = stage();
    own.serve(blue_green(5));
    own.update(2);
    wait(&mut own.lab, "40s");
    update(&mut own.lab, json!({ "desiredCount": 3 }));
    wait(&mut own.lab, "1m");
    assert_eq!(deployments(&own.lab), ["PRIMARY api:2 3/3/0 IN_PROGRESS", "ACTIVE api:1 3/3/0 COMPLETED"]);
    wait(&mut own.lab, "6m");
    assert_eq!(deployments(&own.lab), ["PRIMARY api:2 3/3/0 COMPLETED"]);
}

#[test]
fn bg_06_a_network_load_balancer_follows_ten_minutes_late() {
    let mut lab = on(2);
    for cpu in [256, 128] {
        register(
            &mut lab,
            "api",
            json!({ "image": "nginx:1.27", "cpu": cpu, "portMappings": [{ "containerPort": 80 }] }),
        );
    }
    let mut made = |name: &str| {
        group(
            &mut lab,
            json!({ "TargetType": "instance", "Name": name, "Protocol": "TCP", "HealthCheckIntervalSeconds": 10 }),
        )
    };
    let (blue, green) = (made("blue"), made("green"));
    let own = balancer(&mut lab, "network");
    let production = listener(&mut lab, &own, "TCP", 80, &blue);
    let test = listener(&mut lab, &own, "TCP", 81, &green);
    wait(&mut lab, "3m");
    let balancers = json!([{
        "targetGroupArn": blue, "containerName": "app", "containerPort": 80,
        "advancedConfiguration": {
            "alternateTargetGroupArn": green, "productionListenerRule": production, "testListenerRule": test, "roleArn": ROLE,
        },
    }]);
    create(
        &mut lab,
        1,
        json!({ "taskDefinition": "api:1", "loadBalancers": balancers, "deploymentConfiguration": blue_green(1) }),
    );
    wait(&mut lab, "30m");
    assert_eq!(deployments(&lab), ["PRIMARY api:1 1/1/0 COMPLETED"]);
    update(&mut lab, json!({ "taskDefinition": "api:2" }));
    let mut stages = vec![];
    for _ in 0..50 {
        wait(&mut lab, "30s");
        let now = newest(&lab)["lifecycleStage"].as_str().unwrap().to_string();
        match stages.last_mut() {
            Some((last, count)) if *last == now => *count += 1,
            _ => stages.push((now, 1)),
        }
    }
    let halves: Vec<_> = stages.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(halves[1..4], [("TEST_TRAFFIC_SHIFT", 20), ("PRODUCTION_TRAFFIC_SHIFT", 20), ("BAKE_TIME", 2)]);
}
