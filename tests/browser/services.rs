//! A service from its form to its end, as a learner sees it.

use crate::Test;
use crate::page::Page;

pub const TESTS: &[(&str, Test)] = &[("services_are_made_watched_changed_and_ended", whole_life)];

fn whole_life(page: &Page) -> Result<(), String> {
    page.visit("/services")?;
    page.wait_for("services-empty")?;
    page.select("service-definition", "web:1")?;
    page.fill("service-desired", "3")?;
    page.fill("service-name", "shop")?;
    let line = "aws ecs create-service --cluster prod --service-name shop --task-definition web:1 --desired-count 3";
    page.wait_text("create-service-line", line)?;
    page.click("create-service")?;
    page.wait_text("service-table", "tasks start")?;
    page.wait_text("service-why", "3 tasks are on the way to RUNNING")?;
    page.wait_text("service-events", "has started 3 tasks")?;
    page.click("advance-1m")?;
    page.wait_text("service-why", "It is steady")?;
    page.wait_text("deployment-table", "COMPLETED")?;
    page.wait_text("service-events", "has reached a steady state")?;
    page.wait_text("service-tasks", "3 to run, 0 ended")?;
    page.fill("load-rate", "100")?;
    page.wait_text("put-load-line", "lab load ")?;
    page.click("put-load")?;
    page.click("advance-1m")?;
    page.wait_text("load-now", "100 requests per second come now")?;
    for theme in ["light", "dark"] {
        page.theme(theme)?;
        assert_eq!(page.axe()?, Vec::<String>::new(), "{theme}");
    }
    page.fill("new-desired", "40")?;
    page.wait_text("scale-service-line", "aws ecs update-service --cluster prod --service shop --desired-count 40")?;
    page.click("scale-service")?;
    page.wait_text("service-why", "finds no place")?;
    page.fill("new-desired", "1")?;
    page.click("scale-service")?;
    page.click("redeploy-service")?;
    page.click("advance-1m")?;
    page.click("advance-1m")?;
    page.wait_text("service-why", "It is steady")?;
    page.click("delete-service")?;
    page.click("advance-1m")?;
    page.wait_text("service-table", "INACTIVE")?;
    page.wait_gone("delete-service")?;
    assert_eq!(page.console()?, Vec::<String>::new());
    Ok(())
}
