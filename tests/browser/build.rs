//! The task definition builder: form and JSON edit each other, problems stand at field and line, and it registers.

use serde_json::json;

use crate::Test;
use crate::page::Page;

pub const TESTS: &[(&str, Test)] = &[
    ("builder_form_and_json_edit_each_other", both_ways),
    ("builder_shows_problems_at_field_and_line_in_the_words_of_aws", problems),
    ("builder_unwraps_and_drops_with_a_notice_and_loses_nothing_else", import),
    ("builder_registers_compares_and_opens_revisions", revisions),
    ("builder_answers_huge_and_broken_json", bad_json),
    ("builder_works_by_keyboard_alone", by_keyboard),
];

const DEFINITION: &str = r#"{
  "family": "shop",
  "networkMode": "awsvpc",
  "requiresCompatibilities": ["FARGATE"],
  "cpu": "256",
  "memory": "512",
  "pidMode": "task",
  "containerDefinitions": [
    {
      "name": "app",
      "image": "shop:1",
      "user": "app",
      "portMappings": [{ "containerPort": 80, "name": "http" }]
    }
  ]
}"#;

fn both_ways(page: &Page) -> Result<(), String> {
    page.visit("/build")?;
    page.paste("json", DEFINITION)?;
    page.wait_text("verdict-chip", "can run on")?;
    assert_eq!(page.value("td-containerDefinitions-0-portMappings-0-containerPort")?, "80");
    page.wait_text("also-set", "pidMode")?;
    page.wait_text("also-set-0", "user")?;
    page.wait_text("also-set-0", "portMappings[0].name")?;
    page.fill("td-containerDefinitions-0-image", "shop:2")?;
    page.click("td-containerDefinitions-0-environment-add")?;
    page.fill("td-containerDefinitions-0-environment-0-name", "STAGE")?;
    page.fill("td-containerDefinitions-0-environment-0-value", "test")?;
    let value: serde_json::Value = serde_json::from_str(&page.value("json")?).map_err(|error| error.to_string())?;
    let container = &value["containerDefinitions"][0];
    assert_eq!(container["image"], "shop:2");
    assert_eq!(container["environment"], json!([{ "name": "STAGE", "value": "test" }]));
    assert_eq!(
        (&container["user"], &container["portMappings"][0]["name"], &value["pidMode"]),
        (&json!("app"), &json!("http"), &json!("task"))
    );
    page.click("td-containerDefinitions-0-environment-0-remove")?;
    page.until("the list goes with its last row", || Ok(!page.value("json")?.contains("environment")))?;
    let probe = page.probe()?;
    page.reload()?;
    page.until("the draft is back", || Ok(page.value("json")?.contains("shop:2")))?;
    assert_eq!(page.probe()?, probe, "a draft is not the lab");
    Ok(())
}

fn problems(page: &Page) -> Result<(), String> {
    const WORDS: &str = "No Fargate configuration exists for given values.";
    page.visit("/build")?;
    page.paste("json", &DEFINITION.replace("\"512\"", "\"1000\""))?;
    page.wait_text("td-memory-error", WORDS)?;
    page.wait_text("problems", WORDS)?;
    page.wait_text("json-gutter", "✕ ")?;
    assert_eq!(page.axe()?, Vec::<String>::new());
    page.click("problem-0-go")?;
    let line =
        page.eval("const a = document.activeElement; return a.value.slice(a.selectionStart, a.selectionEnd)", &[])?;
    assert!(line.as_str().is_some_and(|line| line.contains("\"cpu\"") || line.contains("\"memory\"")), "{line}");
    let before = page.probe()?;
    page.click("register")?;
    page.wait_text("register-answer", WORDS)?;
    assert_eq!(page.probe()?, before, "a refusal changes nothing");
    page.fill("td-memory", "1024")?;
    page.wait_text("verdict-chip", "can run on")
}

fn import(page: &Page) -> Result<(), String> {
    page.visit("/build")?;
    let wrapped = format!(
        "{{ \"taskDefinition\": {} }}",
        DEFINITION.replace("\"pidMode\"", "\"revision\": 7, \"status\": \"ACTIVE\", \"pidMode\"")
    );
    page.paste("json", &wrapped)?;
    page.wait_text("import-notice", "taken out")?;
    let notices = page.eval(
        "return [...document.querySelectorAll('[data-testid=import-notice]')].map(e => e.textContent).join('|')",
        &[],
    )?;
    let notices = notices.as_str().unwrap_or_default();
    for words in ["taken out", "\"revision\" is left out", "\"status\" is left out"] {
        assert!(notices.contains(words), "{words} in {notices}");
    }
    page.click("register")?;
    page.wait_text("register-answer", "shop:1 is registered.")
}

fn revisions(page: &Page) -> Result<(), String> {
    page.visit("/build")?;
    page.paste("json", DEFINITION)?;
    page.wait_text("verdict-chip", "can run on")?;
    page.click("register")?;
    page.wait_text("register-answer", "shop:1 is registered.")?;
    page.wait_text("last-line", "aws ecs register-task-definition")?;
    page.fill("td-containerDefinitions-0-image", "shop:2")?;
    page.click("register")?;
    page.wait_text("register-answer", "shop:2 is registered.")?;
    page.wait_text("registered", "shop:2")?;
    page.click("tab-compare")?;
    page.wait_text("compare", "containerDefinitions[app].image")?;
    page.wait_text("compare", "\"shop:2\"")?;
    assert_eq!(page.axe()?, Vec::<String>::new());
    page.visit("/build/shop")?;
    page.until("the newest revision is open", || Ok(page.value("td-containerDefinitions-0-image")? == "shop:2"))?;
    page.visit("/build/nosuch")?;
    page.wait_text("no-family", "no family named nosuch")
}

fn bad_json(page: &Page) -> Result<(), String> {
    page.visit("/build")?;
    page.wait_for("json")?;
    let before = page.probe()?;
    for (text, words) in [
        ("{\n  \"family\": oops\n}", "Line 2, column 13"),
        ("{\"family\": \"a\", \"family\": \"b\"}", "already: keep one of the two"),
        ("{\"family\": \"a\", \"containerDefinitions\": [], \"colour\": 1}", "Unknown parameter in input: \"colour\""),
        (
            "{\"family\": \"a\", \"containerDefinitions\": [{\"name\": \"a\", \"image\": \"b\", \"memory\": 1e99}]}",
            "containerDefinitions[0].memory",
        ),
        ("[1]", "Invalid type"),
    ] {
        page.paste("json", text)?;
        page.wait_text("problems", words)?;
    }
    page.eval("const a = document.querySelector('[data-testid=json]'); a.value = '['.repeat(10485760); a.dispatchEvent(new Event('input', { bubbles: true }))", &[])?;
    page.wait_text("problems", "at most 1024 KiB are read")?;
    page.paste("json", DEFINITION)?;
    page.wait_text("verdict-chip", "can run on")?;
    assert_eq!(page.probe()?, before);
    assert_eq!(page.console()?, Vec::<String>::new());
    Ok(())
}

fn by_keyboard(page: &Page) -> Result<(), String> {
    page.visit("/")?;
    page.tab_to("nav-build", 10)?;
    page.press(&["Enter"])?;
    page.wait_for("json")?;
    page.tab_to("json", 120)?;
    page.paste("json", DEFINITION)?;
    page.wait_text("verdict-chip", "can run on")?;
    page.tab_to("td-memory", 200)?;
    page.press(&["Control+a"])?;
    page.type_text("1024")?;
    page.until("the JSON follows", || Ok(page.value("json")?.contains("\"1024\"")))?;
    page.tab_to("register", 200)?;
    page.press(&["Enter"])?;
    page.wait_text("register-answer", "shop:1 is registered.")?;
    page.press(&["Control+z"])?;
    page.until("the registration is taken back", || {
        Ok(!page.probe()?["taskDefinitions"].to_string().contains("shop:1"))
    })
}
