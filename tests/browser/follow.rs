//! The page follows the engine: containers, agents, zones, clusters and revisions, with the faults that change them.

use serde_json::{Value, json};

use crate::Test;
use crate::page::Page;

pub const TESTS: &[(&str, Test)] = &[
    ("follow_a_killed_container_to_the_stop_of_its_task", container),
    ("follow_an_agent_off_and_on_and_a_lost_zone", machines),
    ("follow_a_machine_that_cannot_register", loose),
    ("follow_logs_health_and_order_of_containers", story),
    ("follow_a_pick_down_to_the_inspector_on_a_phone", pick_on_a_phone),
    ("follow_clusters_and_revisions_to_their_end", clusters_and_revisions),
];

/// The tasks of the first cluster, of a kind of the probe.
fn tasks(page: &Page, kind: &str) -> Result<Vec<Value>, String> {
    Ok(page.probe()?["clusters"][0][kind].as_array().cloned().unwrap_or_default())
}

fn short(task: &Value) -> String {
    let arn = task["taskArn"].as_str().unwrap_or_default();
    arn.rsplit('/').next().unwrap_or_default().chars().take(8).collect()
}

fn no_violations(page: &Page) -> Result<(), String> {
    for theme in ["light", "dark"] {
        page.theme(theme)?;
        assert_eq!(page.axe()?, Vec::<String>::new(), "{theme}");
    }
    Ok(())
}

/// Selects a task by way of its instance.
fn select(page: &Page, task: &Value) -> Result<(), String> {
    let probe = page.probe()?;
    let hosts = probe["clusters"][0]["containerInstances"].as_array().cloned().unwrap_or_default();
    let host = hosts.iter().find(|host| host["containerInstanceArn"] == task["containerInstanceArn"]);
    let id = host.and_then(|host| host["ec2InstanceId"].as_str()).ok_or("the task has no host")?;
    page.click(&format!("pick-{id}"))?;
    page.click(&format!("task-{}", short(task)))
}

fn container(page: &Page) -> Result<(), String> {
    page.visit("/")?;
    let web = tasks(page, "tasks")?.into_iter().find(|task| task["group"] == "family:web").ok_or("no web task")?;
    select(page, &web)?;
    page.wait_text("containers", "RUNNING")?;
    page.wait_text("container-note", "leads to tcp port 80 of app")?;
    no_violations(page)?;
    let before = page.probe()?["digest"].clone();
    page.select("fault", "exit-139-app")?;
    page.wait_text("fault-line", "container=app,exitCode=139")?;
    let line = page.text("fault-line")?;
    page.click("fault-go")?;
    assert!(line.starts_with("lab fault --container"), "{line}");
    page.wait_text("last-line", &line)?;
    page.wait_text("task-reason", "EssentialContainerExited")?;
    page.wait_text("containers", "139")?;
    page.wait_text("life", "container app is STOPPED with exit code 139")?;
    page.wait_gone("stop-task")?;
    // What is left to go wrong is what comes after it.
    page.wait_text("fault-line", "--image-pull")?;
    page.click("undo")?;
    page.until("the fault is taken back", || Ok(page.probe()?["digest"] == before))?;
    page.wait_gone("task-reason")?;
    page.wait_for("stop-task")
}

fn pick_on_a_phone(page: &Page) -> Result<(), String> {
    page.size(390, 844)?;
    page.visit("/")?;
    // Whether an element is within the window, and whether it has the focus.
    let look = |css: &str| -> Result<(bool, bool), String> {
        let script = "const own = document.querySelector(arguments[0]), { top } = own.getBoundingClientRect();
            return [top >= 0 && top < innerHeight - 100, own === document.activeElement]";
        let seen = page.eval(script, &[json!(css)])?;
        Ok((seen[0] == true, seen[1] == true))
    };
    let title = "#inspector-title";
    assert_eq!(look(title)?, (false, false), "the first load steals nothing");
    let probe = page.probe()?;
    let web = tasks(page, "tasks")?.into_iter().find(|task| task["group"] == "family:web").ok_or("no web task")?;
    select(page, &web)?;
    page.wait_for("containers")?;
    page.until("the task is brought into view", || Ok(look(title)? == (true, true)))?;
    let script = "return [document.documentElement.scrollWidth, ...[...document.querySelectorAll('.inspector caption')].map(own => own.getBoundingClientRect().right)]";
    let ends = page.eval(script, &[])?.as_array().cloned().unwrap_or_default();
    assert!(ends.len() > 2 && ends.iter().all(|end| end.as_f64() <= Some(390.0)), "page and captions end at {ends:?}");
    page.click("inspector-close")?;
    let hosts = probe["clusters"][0]["containerInstances"].as_array().cloned().unwrap_or_default();
    let host = hosts.iter().find(|host| host["containerInstanceArn"] == web["containerInstanceArn"]);
    let id = host.and_then(|host| host["ec2InstanceId"].as_str()).unwrap_or_default();
    let pick = format!("[data-testid=pick-{id}]");
    for _ in 0..2 {
        page.until("closing leads back", || Ok(look(&pick)? == (true, true)))?;
        page.click(&format!("pick-{id}"))?;
        page.until("the instance is brought into view", || Ok(look(title)? == (true, true)))?;
        // Whoever scrolls back up can pick the same again.
        page.eval("scrollTo(0, 0)", &[])?;
        page.click(&format!("pick-{id}"))?;
        page.until("it is brought into view again", || Ok(look(title)? == (true, true)))?;
        page.click("inspector-close")?;
    }
    Ok(())
}

fn machines(page: &Page) -> Result<(), String> {
    page.visit("/")?;
    let probe = page.probe()?;
    let id = probe["clusters"][0]["containerInstances"][0]["ec2InstanceId"].as_str().unwrap_or_default().to_owned();
    page.click(&format!("pick-{id}"))?;
    page.wait_text("agent-config", "ECS_CLUSTER")?;
    page.wait_text("agent-config", "prod")?;
    page.wait_text("life", "registered in prod with")?;
    page.select("fault", "agent")?;
    page.wait_text("fault-line", "--agent")?;
    page.click("fault-go")?;
    let card = format!("card-{id}");
    page.wait_text(&card, "agent disconnected")?;
    page.wait_text("life", "the agent is disconnected")?;
    assert_eq!(page.probe()?["clusters"][0]["containerInstances"][0]["agentConnected"], false);
    no_violations(page)?;
    page.click("fault-go")?;
    page.until("the agent is back", || {
        Ok(page.probe()?["clusters"][0]["containerInstances"][0]["agentConnected"] == true)
    })?;
    page.click("undo")?;
    page.click("undo")?;
    page.until("both are taken back", || Ok(page.probe()?["digest"] == probe["digest"]))?;
    page.click("faults-us-east-1b")?;
    page.wait_text("zone-words", "2 instances of prod")?;
    page.click("fault-go")?;
    page.wait_for("zone-out")?;
    page.until("its instances are gone", || {
        Ok(page.probe()?["clusters"][0]["containerInstances"].as_array().map(Vec::len) == Some(4))
    })?;
    no_violations(page)?;
    page.select("fault", "zone-on")?;
    page.wait_text("fault-line", "available=true")?;
    page.click("fault-go")?;
    page.wait_gone("zone-out")
}

fn loose(page: &Page) -> Result<(), String> {
    page.visit("/")?;
    page.wait_gone("loose")?;
    let probe = page.probe()?;
    let id = probe["clusters"][0]["containerInstances"][0]["ec2InstanceId"].as_str().unwrap_or_default().to_owned();
    // An agent that is switched off and an entry that is deregistered: the machine runs on, in no cluster.
    page.click(&format!("pick-{id}"))?;
    page.select("fault", "agent")?;
    page.click("fault-go")?;
    page.click("deregister-instance")?;
    page.wait_text("loose", "running")?;
    page.click(&format!("pick-{id}"))?;
    page.wait_text("life", "INACTIVE")?;
    page.wait_for("agent-config")?;
    no_violations(page)?;
    page.click("terminate-instance")?;
    page.wait_gone("loose")
}

fn story(page: &Page) -> Result<(), String> {
    let log = json!({ "logDriver": "awslogs", "options": { "awslogs-group": "/ecs/shop", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "shop" } });
    let definition = json!({ "family": "shop", "executionRoleArn": "arn:aws:iam::123456789012:role/ecsTaskExecutionRole", "containerDefinitions": [
        { "name": "app", "image": "busybox", "cpu": 10, "memory": 64, "command": ["sh", "-c", "echo ready && sleep 3600"], "logConfiguration": log,
          "dependsOn": [{ "containerName": "db", "condition": "HEALTHY" }] },
        { "name": "db", "image": "redis", "cpu": 10, "memory": 64,
          "healthCheck": { "command": ["CMD-SHELL", "exit 0"], "interval": 10, "retries": 2 } },
    ] });
    page.visit("/build")?;
    page.paste("json", &definition.to_string())?;
    page.click("register")?;
    page.wait_text("register-answer", "shop:1")?;
    page.click("nav-fleet")?;
    let start = || {
        page.click("run-tasks")?;
        page.select("run-definition", "shop:1")?;
        page.fill("run-count", "1")?;
        page.click("run-go")?;
        let shop = || -> Result<_, String> {
            Ok(tasks(page, "tasks")?.into_iter().find(|task| task["group"] == "family:shop"))
        };
        page.until("it is there", || Ok(shop()?.is_some()))?;
        shop()?.ok_or_else(|| "no task".to_owned())
    };
    let failing = start()?;
    select(page, &failing)?;
    page.wait_text("create-log-group-line", "aws logs create-log-group --log-group-name /ecs/shop")?;
    no_violations(page)?;
    page.click("advance-1m")?;
    page.wait_text("task-reason", "TaskFailedToStart")?;
    page.click("create-log-group")?;
    page.wait_gone("no-log-group")?;
    let shop = start()?;
    for _ in 0..2 {
        page.click("advance-1m")?;
    }
    select(page, &shop)?;
    page.wait_text("containers", "HEALTHY")?;
    page.wait_text("container-note", "app starts once db is HEALTHY")?;
    page.wait_text("log-app", "ready")?;
    page.wait_text("log-app", "/ecs/shop")?;
    no_violations(page)?;
    page.select("fault", "check-db")?;
    page.wait_text("fault-line", "--health-check")?;
    page.click("fault-go")?;
    page.click("advance-1m")?;
    page.wait_text("containers", "UNHEALTHY")?;
    page.wait_text("life", "health check of db goes FAILING")
}

fn clusters_and_revisions(page: &Page) -> Result<(), String> {
    page.visit("/")?;
    page.click("clusters")?;
    page.wait_text("cluster-table", "prod")?;
    page.fill("new-cluster", "staging")?;
    page.wait_text("create-cluster-line", "aws ecs create-cluster --cluster-name staging")?;
    page.click("create-cluster")?;
    page.wait_text("cluster-table", "staging")?;
    page.click("show-staging")?;
    page.wait_for("fleet-empty")?;
    no_violations(page)?;
    page.wait_text("cluster-settings", "containerInsights disabled")?;
    page.wait_text("delete-cluster-line", "aws ecs delete-cluster --cluster staging")?;
    page.click("delete-cluster")?;
    page.wait_text("cluster-table", "INACTIVE")?;
    page.wait_for("zones")?;
    page.visit("/build")?;
    page.click_css("[data-testid='change-jobs:1'] > summary")?;
    page.wait_text("change-jobs:1-line", "aws ecs deregister-task-definition --task-definition jobs:1")?;
    page.click("change-jobs:1-go")?;
    page.wait_text("registered", "INACTIVE")?;
    page.click_css("[data-testid='change-jobs:1'] > summary")?;
    page.wait_text("change-jobs:1-line", "aws ecs delete-task-definitions --task-definitions jobs:1")?;
    no_violations(page)?;
    page.click("change-jobs:1-go")?;
    page.wait_text("registered", "DELETE_IN_PROGRESS")
}
