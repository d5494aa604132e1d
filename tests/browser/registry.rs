//! The registry, as a learner sees it.

use crate::Test;
use crate::page::Page;

pub const TESTS: &[(&str, Test)] = &[
    ("registry_shows_layers_that_are_shared_and_the_fate_of_each_image", registry),
    ("registry_sets_what_holds_for_all_of_it_through_the_door", settings),
];

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
    page.fits_and_is_accessible()
}

fn settings(page: &Page) -> Result<(), String> {
    page.visit("/registry")?;
    page.click_css("[data-testid=scanning-form] summary")?;
    page.wait_text("scanning-form-now", "In force: BASIC. Rules: none.")?;
    page.select("scanning-type", "ENHANCED")?;
    page.wait_text("put-scanning-line", "aws ecr put-registry-scanning-configuration --scan-type ENHANCED")?;
    page.click("put-scanning")?;
    page.wait_text("scanning-form-now", "In force: ENHANCED. Rules: SCAN_ON_PUSH for *.")?;
    page.click_css("[data-testid=replication-form] summary")?;
    page.fill("replication-prefix", "prod")?;
    page.click("put-replication")?;
    page.wait_text("replication-form-now", "prod… to eu-west-1 of 123456789012")?;
    page.click_css("[data-testid=cache-form] summary")?;
    page.fill("cache-prefix", "quay")?;
    page.select("cache-upstream", "quay.io")?;
    page.click("create-cache")?;
    page.wait_text("cache-form", "quay: from quay.io")?;
    // What the registry refuses is said, and nothing changes.
    page.select("cache-upstream", "ghcr.io")?;
    page.fill("cache-prefix", "hub")?;
    page.click("create-cache")?;
    page.wait_text("notices", "credentialArn")?;
    page.click_css("[data-testid=template-form] summary")?;
    page.fill("template-prefix", "quay")?;
    page.select("template-mutability", "IMMUTABLE")?;
    page.click("create-template")?;
    page.wait_text("template-form", "quay: IMMUTABLE, for PULL_THROUGH_CACHE")?;
    page.click_css("[data-testid=template-form] [data-testid=delete-setting]")?;
    page.until("the template is gone", || Ok(!page.text("template-form")?.contains("quay: IMMUTABLE")))?;
    for theme in ["light", "dark"] {
        page.theme(theme)?;
        assert_eq!(page.axe()?, Vec::<String>::new(), "{theme}");
    }
    page.size(320, 900)?;
    let wide = page.eval("return document.documentElement.scrollWidth > innerWidth", &[])?;
    assert_eq!(wide, false, "the page scrolls sideways at 320 px");
    assert_eq!(page.console()?, Vec::<String>::new());
    Ok(())
}
