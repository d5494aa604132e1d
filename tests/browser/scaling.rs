//! Scaling, as a learner sees it: a policy's chart from an empty lab on, and a capacity provider's.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ecs_lab::lab::{ApiCall, Command, Lab, Start};
use ecs_lab::sim::SimDuration;
use serde_json::{Value, json};

use crate::Test;
use crate::page::Page;

pub const TESTS: &[(&str, Test)] = &[
    ("scaling_says_at_every_instant_what_a_policy_wanted_and_why", policy),
    ("scaling_of_a_cluster_shows_its_reservation_and_its_instances", provider),
    ("scaling_puts_a_predictive_policy_and_shows_its_forecast", predictive),
];

/// What `?probe=1` holds of scaling.
fn probe(page: &Page) -> Result<Value, String> {
    let text = page.eval("return document.querySelector('[data-testid=scaling-probe]')?.textContent ?? ''", &[])?;
    serde_json::from_str(text.as_str().unwrap_or_default()).map_err(|error| error.to_string())
}

/// The cells of the first rows of a table.
fn rows(page: &Page, testid: &str) -> Result<Vec<Vec<String>>, String> {
    let script = "return [...document.querySelectorAll(`[data-testid='${arguments[0]}'] tbody tr`)].map(row => [...row.cells].map(cell => cell.textContent))";
    serde_json::from_value(page.eval(script, &[json!(testid)])?).map_err(|error| error.to_string())
}

fn policy(page: &Page) -> Result<(), String> {
    page.visit("/scaling")?;
    page.wait_text("scaling-empty", "no service that has one")?;
    page.click("scaling-services")?;
    page.select("service-definition", "web:1")?;
    page.fill("service-name", "shop")?;
    page.fill("service-desired", "1")?;
    page.click("create-service")?;
    page.click("advance-1m")?;
    page.click("nav-scaling")?;
    page.wait_text("begin-policy-line", "aws application-autoscaling put-scaling-policy")?;
    for testid in ["begin-target", "begin-load", "begin-policy"] {
        page.click(testid)?;
    }
    page.wait_gone("scaling-empty")?;
    for _ in 0..8 {
        page.click("advance-1m")?;
    }
    page.wait_text("policy-shop-cpu-reading", "Tasks: 4 running")?;
    page.wait_text("target-table", "1 to 10")?;

    page.click("policy-shop-cpu-table-open")?;
    let table = rows(page, "policy-shop-cpu-table")?;
    let all = probe(page)?["evaluations"]["shop-cpu"].as_array().cloned().unwrap_or_default();
    assert_eq!(table.len(), all.len());
    for (row, own) in table.iter().rev().zip(&all) {
        assert_eq!(row[3..6], ["running", "pending", "desired"].map(|name| own[name].to_string()), "{row:?}");
        assert!(own["sentence"].as_str().is_some_and(|said| row[6].starts_with(said)), "{row:?} {own}");
    }

    let decided = all.iter().position(|own| own["desired"] != own["before"]).ok_or("nothing was scaled")?;
    page.eval("document.querySelector('[data-testid=policy-shop-cpu-instant]').focus()", &[])?;
    page.press(&["Home"])?;
    for _ in 0..decided {
        page.press(&["ArrowRight"])?;
    }
    page.wait_text(
        "policy-shop-cpu-reading",
        "wants 4 because ceil(1 × 240 / 60) = 4: the desired count goes from 1 to 4",
    )?;
    let live = "return document.querySelector('[data-testid=policy-shop-cpu-reading]').ariaLive";
    assert_eq!(page.eval(live, &[])?, "polite");
    page.click("policy-shop-cpu-earlier")?;
    page.wait_text("policy-shop-cpu-reading", "there are too few datapoints")?;
    page.click("policy-shop-cpu-newest")?;
    page.wait_text("policy-shop-cpu-reading", "no alarm is in ALARM")?;

    for line in ["aws ec2 create-launch-template", "aws autoscaling create-auto-scaling-group"] {
        page.wait_text("begin-capacity-line", line)?;
        page.click("begin-capacity")?;
    }
    page.fill("provider-new", "hosts-cp")?;
    page.click("create-provider")?;
    page.wait_text("join-provider-line", "aws ecs put-cluster-capacity-providers")?;
    page.click("join-provider")?;
    page.wait_gone("join-provider")?;
    page.wait_for("group-hosts")?;
    page.fits_and_is_accessible()
}

/// A cluster of one instance whose provider adds more, and a service of ten tasks of which two fit on an instance.
fn cluster() -> Result<Lab, String> {
    let script = STANDARD.encode("#!/bin/bash\necho ECS_CLUSTER=prod >> /etc/ecs/ecs.config\n");
    let data =
        json!({ "InstanceType": "t3.medium", "UserData": script, "IamInstanceProfile": { "Name": "ecsInstanceRole" } });
    let call = |service: &str, operation: &str, input| Command::Api(ApiCall::new(service, operation, input));
    let mut lab = Lab::new(Start::default());
    for command in [
        Command::ecs("CreateCluster", json!({ "clusterName": "prod" })),
        call("ec2", "CreateLaunchTemplate", json!({ "LaunchTemplateName": "nodes", "LaunchTemplateData": data })),
        call(
            "autoscaling",
            "CreateAutoScalingGroup",
            json!({
                "AutoScalingGroupName": "nodes", "MinSize": 1, "MaxSize": 8, "DesiredCapacity": 1,
                "LaunchTemplate": { "LaunchTemplateName": "nodes" }, "AvailabilityZones": ["us-east-1a", "us-east-1b"],
                "NewInstancesProtectedFromScaleIn": true,
            }),
        ),
        Command::ecs(
            "CreateCapacityProvider",
            json!({ "name": "spare", "autoScalingGroupProvider": {
                "autoScalingGroupArn": "nodes", "managedTerminationProtection": "ENABLED",
                "managedScaling": { "status": "ENABLED", "targetCapacity": 100, "instanceWarmupPeriod": 120 },
            } }),
        ),
        Command::ecs(
            "PutClusterCapacityProviders",
            json!({ "cluster": "prod", "capacityProviders": ["spare"], "defaultCapacityProviderStrategy": [{ "capacityProvider": "spare" }] }),
        ),
        Command::ecs(
            "RegisterTaskDefinition",
            json!({ "family": "web", "containerDefinitions": [
                { "name": "app", "image": "public.ecr.aws/docker/library/nginx:1.29", "cpu": 1024, "memory": 1024 },
            ] }),
        ),
        Command::Advance(SimDuration::from_secs(180)),
        Command::ecs(
            "CreateService",
            json!({ "cluster": "prod", "serviceName": "shop", "taskDefinition": "web", "desiredCount": 10 }),
        ),
        Command::Advance(SimDuration::from_secs(600)),
        Command::ecs("UpdateService", json!({ "cluster": "prod", "service": "shop", "desiredCount": 3 })),
        Command::Advance(SimDuration::from_secs(1800)),
    ] {
        lab.apply(command).map_err(|error| error.to_string())?;
    }
    Ok(lab)
}

/// Opens a lab from a file.
fn open(page: &Page, lab: &Lab) -> Result<(), String> {
    page.visit("/about")?;
    page.wait_for("open-file")?;
    let script = "const field = document.querySelector('[data-testid=open-file]'), carry = new DataTransfer();
        carry.items.add(new File([arguments[0]], 'lab.json')); field.files = carry.files;
        field.dispatchEvent(new Event('change', { bubbles: true }))";
    page.eval(script, &[json!(lab.save())])?;
    page.until("the lab is open", || Ok(page.probe()?["digest"] == lab.digest().as_str()))
}

fn provider(page: &Page) -> Result<(), String> {
    open(page, &cluster()?)?;
    page.click("nav-scaling")?;
    page.wait_text("group-nodes", "Its capacity provider is spare")?;
    page.click("provider-spare-table-open")?;
    let table = rows(page, "provider-spare-table")?;
    let all = probe(page)?["providers"]["spare"].as_array().cloned().unwrap_or_default();
    // An evaluation has a row for each change of what its alarms have seen since.
    let mut shown: Vec<&[String]> = table.iter().rev().map(|row| &row[3..7]).collect();
    let counts = ["needed", "instances", "inService", "desired"];
    let mut found: Vec<[String; 4]> = all.iter().map(|own| counts.map(|name| own[name].to_string())).collect();
    assert!(table.len() >= all.len());
    shown.dedup();
    found.dedup();
    assert_eq!(shown, found);
    let out = all.iter().position(|own| own["desired"] == 5).ok_or("no evaluation wants five instances")?;
    page.eval("document.querySelector('[data-testid=provider-spare-instant]').focus()", &[])?;
    page.press(&["Home"])?;
    for _ in 0..out {
        page.press(&["ArrowRight"])?;
    }
    page.wait_text("provider-spare-reading", "the reservation is 5 / 1 × 100 = 500 at a target of 100")?;
    // ux.md 4.4: ten are wanted, and one instance holds two.
    page.wait_text("provider-spare-reading", "10 desired; 2 fit")?;
    page.wait_text("provider-spare", "fits on the instances")?;
    page.wait_text("members-nodes", "protected")?;
    page.wait_text("differ-table", "CapacityProviderReservation")?;
    page.fits_and_is_accessible()
}

/// A service that scales, after a day of its load.
fn after_a_day() -> Result<Lab, String> {
    let mut lab = cluster()?;
    let target = json!({
        "ServiceNamespace": "ecs", "ResourceId": "service/prod/shop", "ScalableDimension": "ecs:service:DesiredCount",
        "MinCapacity": 1, "MaxCapacity": 10,
    });
    let load = json!({ "cluster": "prod", "service": "shop", "requestsPerSecond": 100, "workMilliseconds": 10 });
    for command in [
        Command::Api(ApiCall::new("application-autoscaling", "RegisterScalableTarget", target)),
        Command::Api(ApiCall::new("lab", "Load", load)),
        Command::Advance(SimDuration::from_secs(25 * 3600)),
    ] {
        lab.apply(command).map_err(|error| error.to_string())?;
    }
    Ok(lab)
}

fn predictive(page: &Page) -> Result<(), String> {
    open(page, &after_a_day()?)?;
    page.click("nav-scaling")?;
    page.fill("policy-PolicyName", "ahead")?;
    page.select("policy-PolicyType", "PredictiveScaling")?;
    page.select("policy-Mode", "ForecastAndScale")?;
    page.fill("policy-SchedulingBufferTime", "3601")?;
    page.click("put-policy")?;
    page.wait_for("policy-SchedulingBufferTime-error")?;
    page.fill("policy-SchedulingBufferTime", "600")?;
    page.select("policy-MaxCapacityBreachBehavior", "IncreaseMaxCapacity")?;
    page.fill("policy-MaxCapacityBuffer", "10")?;
    page.wait_text("put-policy-line", "MaxCapacityBreachBehavior=IncreaseMaxCapacity")?;
    page.click("put-policy")?;
    page.wait_text("target-detail", "scales out 10 min before each hour")?;
    page.wait_text("forecast-ahead-reading", "of all tasks together: ceil(")?;
    // Not under the page's head.
    page.eval(
        "document.querySelector('[data-testid=forecast-ahead-table-open]').scrollIntoView({ block: 'center' })",
        &[],
    )?;
    page.click("forecast-ahead-table-open")?;
    assert_eq!(rows(page, "forecast-ahead-table")?.len(), 48, "an hour a row");
    page.fits_and_is_accessible()
}
