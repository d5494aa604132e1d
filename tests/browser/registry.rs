//! The registry, as a learner sees it.

use crate::Test;
use crate::page::Page;

pub const TESTS: &[(&str, Test)] = &[("registry_shows_layers_that_are_shared_and_the_fate_of_each_image", registry)];

fn registry(page: &Page) -> Result<(), String> {
    page.visit("/registry")?;
    page.wait_for("registry-empty")?;
    page.fill("repository-name", "team/web")?;
    page.wait_text("create-repository-line", "aws ecr create-repository --repository-name team/web")?;
    page.click("create-repository")?;
    page.wait_text("registry-uri", "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/web")?;
    page.wait_text("push-image-line", "docker push 123456789012.dkr.ecr.us-east-1.amazonaws.com/team/web:1.0")?;
    page.click("push-image")?;
    page.wait_text("image-table", "1.0")?;
    page.click("push-form")?;
    page.fill("push-dockerfile", "FROM python:3.12-slim\nCOPY . /app\nRUN make other")?;
    page.fill("push-tag", "2.0")?;
    page.click("push-image")?;
    page.wait_text("image-table", "2.0")?;
    page.wait_text("layer-table", "shared by 2")?;
    page.wait_text("puller-table", "learner")?;
    page.wait_text("fate-table", "stays: rule 2 selects it and keeps it")?;
    page.fill("lifecycle-text", r#"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}"#)?;
    page.wait_text("fate-table", "expires by rule 1")?;
    page.fill("lifecycle-text", "{")?;
    page.wait_text("lifecycle-text-error", "Lifecycle policy validation failure")?;
    page.click("scan-image-now")?;
    page.wait_text("scan-said", "IN_PROGRESS")?;
    page.click("advance-1m")?;
    page.wait_text("finding-table", "CVE-")?;
    for theme in ["light", "dark"] {
        page.theme(theme)?;
        assert_eq!(page.axe()?, Vec::<String>::new(), "{theme}");
    }
    assert_eq!(page.console()?, Vec::<String>::new());
    Ok(())
}
