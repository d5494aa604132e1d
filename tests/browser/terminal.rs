//! The terminal, as a learner types at it.

use crate::Test;
use crate::page::Page;

pub const TESTS: &[(&str, Test)] = &[
    ("terminal_runs_lines_on_the_lab_and_completes_words", lines),
    ("terminal_pushes_an_image_that_the_registry_shows", push),
    ("terminal_keeps_the_labs_of_other_regions_over_a_reload", regions),
];

fn run(page: &Page, line: &str) -> Result<(), String> {
    page.fill("terminal-line", line)?;
    page.click("terminal-run")
}

fn value(page: &Page, expected: &str) -> Result<(), String> {
    page.until(expected, || Ok(page.value("terminal-line")? == expected))
}

fn regions(page: &Page) -> Result<(), String> {
    page.visit("/terminal")?;
    page.wait_for("terminal-first")?;
    run(page, "docker build -q -t kept demo > /dev/null; mkdir work; cd work; echo words > file; WHERE=here")?;
    page.wait_for("ran-0")?;
    run(page, "clear")?;
    run(page, "aws ecs create-cluster --cluster-name keepme --query cluster.status; lab region eu-west-1")?;
    page.wait_text("ran-0", "This lab is in eu-west-1")?;
    page.until("the first lab is kept beside the new one", || {
        let kept = page.eval("return [localStorage['ecs-lab/lab/1'], localStorage['ecs-lab/copies/1']].join()", &[])?;
        Ok(kept.as_str().is_some_and(|text| text.contains("eu-west-1") && text.contains("keepme")))
    })?;
    page.reload()?;
    page.visit("/terminal")?;
    page.wait_for("terminal-restored")?;
    run(page, "cat file; echo $WHERE; docker images --format '{{.Repository}}'; history | head -n 1")?;
    page.wait_text("ran-0", "words\nhere\nkept\n    1  docker build")?;
    run(page, "clear")?;
    run(page, "lab region; lab region us-east-1; aws ecs list-clusters --output text")?;
    page.wait_text("ran-0", "eu-west-1")?;
    page.wait_text("ran-0", "cluster/keepme")
}

fn lines(page: &Page) -> Result<(), String> {
    page.visit("/terminal")?;
    page.wait_for("terminal-first")?;
    run(page, "aws sts get-caller-identity --query Account --output text")?;
    page.wait_text("ran-0", "123456789012")?;
    run(page, "aws ecs create-cluster --cluster-name typed --query cluster.status && lab advance 1m")?;
    page.wait_text("ran-1", "\"ACTIVE\"")?;
    page.wait_text("clock", "09:03")?;
    run(page, "aws ecs list-clusters --output table | grep typed")?;
    page.wait_text("ran-2", "cluster/typed")?;
    run(page, "aws ecs lst-clusters")?;
    page.wait_text("ran-3", "exit status")?;
    page.wait_text("terminal-learn", "Structure of a command")?;
    run(page, "eval \"echo 'open\"")?;
    page.wait_text("ran-4", "bash:")?;
    // The undo of the page takes back what was typed.
    page.click("undo")?;
    run(page, "date +%H:%M")?;
    page.wait_text("ran-5", "09:02")?;
    page.fill("terminal-line", "aws ecs list-cl")?;
    page.press(&["Tab"])?;
    value(page, "aws ecs list-clusters ")?;
    page.fill("terminal-line", "aws ecs list-")?;
    page.press(&["Tab"])?;
    page.wait_text("terminal-offers", "list-services")?;
    page.fill("terminal-line", "")?;
    page.press(&["ArrowUp"])?;
    value(page, "date +%H:%M")?;
    // The history is searched while one types; Esc takes what is found, Ctrl+G what was there before.
    page.fill("terminal-line", "echo new")?;
    page.press(&["Control+r"])?;
    page.fill("terminal-line", "list-cl")?;
    page.wait_text("terminal-search", "aws ecs list-clusters --output table | grep typed")?;
    page.wait_text("said", "aws ecs list-clusters --output table | grep typed")?;
    page.fill("terminal-line", "aws")?;
    page.wait_text("terminal-search", "aws ecs lst-clusters")?;
    page.press(&["Control+r"])?;
    page.wait_text("terminal-search", "aws ecs list-clusters --output table | grep typed")?;
    page.press(&["Escape"])?;
    value(page, "aws ecs list-clusters --output table | grep typed")?;
    page.press(&["Control+r"])?;
    page.press(&["Control+g"])?;
    value(page, "aws ecs list-clusters --output table | grep typed")?;
    page.fill("terminal-line", "")?;
    page.press(&["Control+r"])?;
    page.fill("terminal-line", "date")?;
    page.press(&["Enter"])?;
    page.wait_text("ran-6", "09:02")?;
    run(page, "clear")?;
    page.wait_for("terminal-first")?;
    // Another view and back: the prompt is as it was.
    run(page, "NAME=kept")?;
    page.click("nav-fleet")?;
    page.click("nav-terminal")?;
    run(page, "echo $NAME")?;
    page.wait_text("console", "kept")?;
    for theme in ["light", "dark"] {
        page.theme(theme)?;
        assert_eq!(page.axe()?, Vec::<String>::new(), "{theme}");
    }
    assert_eq!(page.console()?, Vec::<String>::new());
    Ok(())
}

fn push(page: &Page) -> Result<(), String> {
    page.visit("/terminal")?;
    page.wait_for("terminal-first")?;
    let host = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
    for line in [
        "aws ecr create-repository --repository-name web".to_owned(),
        format!("aws ecr get-login-password | docker login --username AWS --password-stdin {host}"),
        format!("docker build -t {host}/web:1.0 demo"),
        format!("docker push {host}/web:1.0"),
    ] {
        run(page, &line)?;
    }
    page.wait_text("ran-1", "Login Succeeded")?;
    page.wait_text("ran-3", "digest: sha256:")?;
    page.click("nav-registry")?;
    page.wait_text("image-table", "1.0")?;
    Ok(())
}
