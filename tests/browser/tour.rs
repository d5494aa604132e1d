//! The tour of the lab as a learner takes it: build a definition, run eight tasks, read why, undo, come back.
//! Once with the pointer, once by keyboard alone.

use serde_json::Value;

use crate::Test;
use crate::page::Page;

pub const TESTS: &[(&str, Test)] = &[
    ("tour_with_the_pointer", with_the_pointer),
    ("tour_by_keyboard_alone", by_keyboard_alone),
    ("picture_table_and_state_agree", picture_table_and_state),
    ("every_view_and_dialog_is_free_of_axe_violations", axe_everywhere),
    ("instances_are_added_drained_and_killed", hosts),
    ("refusals_stand_at_their_fields_and_change_nothing", refusals),
    ("phone_width_has_no_sideways_scroll", phone),
];

const DEFINITION: &str =
    r#"{"family":"tour","containerDefinitions":[{"name":"app","image":"nginx:1.27","cpu":100,"memory":200}]}"#;

fn with_the_pointer(page: &Page) -> Result<(), String> {
    page.visit("/build")?;
    page.paste("json", DEFINITION)?;
    page.click("register")?;
    page.wait_text("register-answer", "tour:1")?;
    page.click("nav-fleet")?;
    page.click("run-tasks")?;
    page.select("run-definition", "tour:1")?;
    page.fill("run-count", "8")?;
    page.select("run-preset", "5")?;
    assert!(page.text("run-line")?.ends_with("--count 8 --placement-strategy type=binpack,field=memory"));
    page.click("run-go")?;
    page.until("eight tasks run", || Ok(tasks(&page.probe()?, "family:tour").len() == 8))?;
    let probe = page.probe()?;
    let task = tasks(&probe, "family:tour").remove(0);
    let host = host_of(&probe, &task);
    page.click(&format!("pick-{host}"))?;
    page.click(&format!("task-{}", short(&task)))?;
    page.wait_text("why-summary", &format!("Placed on {host}"))?;
    assert_eq!(page.count("[data-testid=funnel] tbody")?, 6, "every instance is in the funnel");
    assert!(page.text(&format!("funnel-{host}"))?.contains('★'));
    assert!(page.text(&format!("verdict-{host}"))?.contains("chosen"));
    page.click("undo")?;
    page.until("the tasks are taken back", || Ok(tasks(&page.probe()?, "family:tour").is_empty()))?;
    page.click("redo")?;
    page.until("they are back", || Ok(tasks(&page.probe()?, "family:tour").len() == 8))?;
    page.click("advance-1m")?;
    page.until("they run", || {
        Ok(tasks(&page.probe()?, "family:tour").iter().all(|task| task["lastStatus"] == "RUNNING"))
    })?;
    let digest = page.probe()?["digest"].clone();
    page.reload()?;
    assert_eq!(page.probe()?["digest"], digest, "the lab comes back after a reload");
    Ok(())
}

fn by_keyboard_alone(page: &Page) -> Result<(), String> {
    page.visit("/")?;
    page.tab_to("nav-build", 12)?;
    page.press(&["Enter"])?;
    page.wait_for("json")?;
    page.tab_to("json", 120)?;
    page.press(&["Control+a"])?;
    page.type_text(DEFINITION)?;
    page.tab_to("register", 160)?;
    page.press(&["Enter"])?;
    page.wait_text("register-answer", "tour:1")?;
    page.tab_to("nav-fleet", 160)?;
    page.press(&["Enter"])?;
    page.tab_to("run-tasks", 60)?;
    page.press(&["Enter"])?;
    page.tab_to("run-definition", 10)?;
    page.type_text("tour")?;
    page.tab_to("run-count", 10)?;
    page.press(&["Control+a"])?;
    page.type_text("8")?;
    page.tab_to("run-preset", 10)?;
    page.type_text("binpack m")?;
    page.tab_to("run-go", 40)?;
    page.press(&["Enter"])?;
    page.until("eight tasks run", || Ok(tasks(&page.probe()?, "family:tour").len() == 8))?;
    let probe = page.probe()?;
    let task = tasks(&probe, "family:tour").remove(0);
    page.tab_to(&format!("pick-{}", host_of(&probe, &task)), 80)?;
    page.press(&["Enter"])?;
    page.tab_to(&format!("task-{}", short(&task)), 120)?;
    page.press(&["Enter"])?;
    page.wait_text("why-summary", "Placed on")?;
    page.press(&["Control+z"])?;
    page.until("the tasks are taken back", || Ok(tasks(&page.probe()?, "family:tour").is_empty()))
}

/// Brick heights, free numbers and table cells against the engine's own answers.
fn picture_table_and_state(page: &Page) -> Result<(), String> {
    page.visit("/")?;
    let probe = page.probe()?;
    let instances = probe["clusters"][0]["containerInstances"].as_array().cloned().unwrap_or_default();
    assert_eq!(instances.len(), 6);
    for instance in &instances {
        let id = instance["ec2InstanceId"].as_str().unwrap_or_default();
        for (index, name) in ["CPU", "MEMORY"].into_iter().enumerate() {
            let (total, free) =
                (amount(instance, "registeredResources", name), amount(instance, "remainingResources", name));
            let script = "const tank = document.querySelectorAll(`[data-testid='card-${arguments[0]}'] .tank`)[arguments[1]];
                const heights = [...tank.querySelectorAll('[data-height]')].map(g => Number(g.dataset.height));
                return [Number(tank.dataset.total), Number(tank.dataset.free), heights.reduce((a, b) => a + b, 0), tank.querySelector('svg').clientHeight]";
            let seen = page.eval(script, &[Value::from(id), Value::from(index)])?;
            let number = |at: usize| seen[at].as_f64().unwrap_or(f64::NAN);
            assert_eq!((number(0), number(1)), (total, free), "{id} {name}");
            let expected = (total - free) / total * number(3);
            assert!(
                (number(2) - expected).abs() < 2.5,
                "{id} {name}: bricks are {} px high, not {expected}",
                number(2)
            );
        }
    }
    page.click("toggle-table")?;
    for instance in &instances {
        let id = instance["ec2InstanceId"].as_str().unwrap_or_default();
        let row = page.text(&format!("row-{id}"))?;
        for name in ["CPU", "MEMORY"] {
            let cell = format!(
                "{} / {}",
                amount(instance, "remainingResources", name),
                amount(instance, "registeredResources", name)
            );
            assert!(row.contains(&cell), "{id}: {row} lacks {cell}");
        }
    }
    Ok(())
}

fn axe_everywhere(page: &Page) -> Result<(), String> {
    let mut found = Vec::new();
    for theme in ["light", "dark"] {
        page.theme(theme)?;
        for (route, clicks) in [
            ("/", &[][..]),
            ("/", &["toggle-table"]),
            ("/", &["run-tasks"]),
            ("/", &["add-instances"]),
            ("/", &["why-unplaced"]),
            ("/", &["what-if-open"]),
            ("/", &["what-if-open", "what-room"]),
            ("/", &["what-if-open", "what-loss"]),
            ("/", &["what-if-open", "what-scale-in"]),
            ("/", &["advance"]),
            ("/", &["help"]),
            ("/build", &[]),
            ("/cards", &[]),
            ("/about", &[]),
            ("/no/such/view", &[]),
        ] {
            page.visit(route)?;
            page.reload()?;
            // What comes with a later part of the site has its heading once that is there.
            let there = "return [...document.querySelectorAll('h1')].some(own => own.offsetHeight > 0)";
            page.until("a heading", || Ok(page.eval(there, &[])? == true))?;
            for testid in clicks {
                page.click(testid)?;
            }
            found.extend(page.axe()?.into_iter().map(|line| format!("{theme} {route} {clicks:?}: {line}")));
        }
    }
    if found.is_empty() { Ok(()) } else { Err(found.join("\n")) }
}

fn hosts(page: &Page) -> Result<(), String> {
    page.visit("/")?;
    page.click("add-instances")?;
    page.select("add-type", "t3.small")?;
    page.click("add-zone-us-east-1b")?;
    page.fill("add-attributes", "stack=test")?;
    page.click("add-go")?;
    page.until("two more are registered", || Ok(instances(&page.probe()?).len() == 8))?;
    let probe = page.probe()?;
    let busy = tasks(&probe, "family:web").remove(0);
    let host = host_of(&probe, &busy);
    page.click(&format!("pick-{host}"))?;
    assert!(page.text("drain-line")?.contains("update-container-instances-state"));
    page.click("drain")?;
    page.until("it drains", || Ok(status(&page.probe()?, &host) == "DRAINING"))?;
    assert!(page.text("terminate-instance-line")?.starts_with("aws ec2 terminate-instances --instance-ids i-"));
    page.click("terminate-instance")?;
    page.click("advance-1m")?;
    page.until("it is gone", || Ok(instances(&page.probe()?).len() == 7))
}

fn refusals(page: &Page) -> Result<(), String> {
    page.visit("/")?;
    let before = page.probe()?["digest"].clone();
    page.click("run-tasks")?;
    page.fill("run-count", "11")?;
    page.click("run-go")?;
    page.wait_text("run-count-error", "count should be between 1 and 10.")?;
    page.fill("run-count", "many")?;
    page.wait_text("run-count-error", "whole number")?;
    page.fill("run-member-of", "attribute:stack ==")?;
    page.wait_text("run-member-of-error", "Invalid expression")?;
    assert_eq!(page.probe()?["digest"], before);
    Ok(())
}

fn phone(page: &Page) -> Result<(), String> {
    for width in [320, 390] {
        page.size(width, 844)?;
        for route in ["/", "/build", "/cards", "/about"] {
            page.visit(route)?;
            let wide = page.eval("return document.documentElement.scrollWidth", &[])?;
            if wide.as_u64().unwrap_or(u64::MAX) > u64::from(width) {
                return Err(format!("{route} is {wide} px wide at {width} px"));
            }
        }
    }
    Ok(())
}

fn instances(probe: &Value) -> Vec<Value> {
    probe["clusters"][0]["containerInstances"].as_array().cloned().unwrap_or_default()
}

/// The tasks of a group that are to run.
fn tasks(probe: &Value, group: &str) -> Vec<Value> {
    let all = probe["clusters"][0]["tasks"].as_array().cloned().unwrap_or_default();
    all.into_iter().filter(|task| task["group"] == group).collect()
}

/// The EC2 id of the instance that a task is on.
fn host_of(probe: &Value, task: &Value) -> String {
    let found = instances(probe).into_iter().find(|host| host["containerInstanceArn"] == task["containerInstanceArn"]);
    found.and_then(|host| host["ec2InstanceId"].as_str().map(String::from)).unwrap_or_default()
}

fn status(probe: &Value, host: &str) -> String {
    let found = instances(probe).into_iter().find(|instance| instance["ec2InstanceId"] == host);
    found.and_then(|instance| instance["status"].as_str().map(String::from)).unwrap_or_default()
}

fn short(task: &Value) -> String {
    let arn = task["taskArn"].as_str().unwrap_or_default();
    arn.rsplit('/').next().unwrap_or_default().chars().take(8).collect()
}

fn amount(instance: &Value, list: &str, name: &str) -> f64 {
    let all = instance[list].as_array().cloned().unwrap_or_default();
    let found = all.into_iter().find(|resource| resource["name"] == name);
    found.and_then(|resource| resource["integerValue"].as_f64()).unwrap_or(f64::NAN)
}
