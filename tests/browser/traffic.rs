//! Load balancers and roles, as a learner sees them.

use crate::Test;
use crate::page::Page;

pub const TESTS: &[(&str, Test)] = &[
    ("traffic_is_led_from_a_listener_to_a_container", traffic),
    ("a_refused_task_shows_the_role_and_what_decided", roles),
];

fn traffic(page: &Page) -> Result<(), String> {
    page.visit("/traffic")?;
    page.wait_for("traffic-empty")?;
    page.fill("balancer-name", "front")?;
    page.wait_text("create-balancer-line", "aws elbv2 create-load-balancer --name front --subnets ")?;
    page.click("create-balancer")?;
    page.wait_text("balancer-front", "provisioning")?;
    page.fill("group-name", "shop")?;
    page.select("group-targets", "instance")?;
    page.click("create-group")?;
    page.wait_text("group-table", "shop")?;
    page.select("listener-on", "front")?;
    page.select("listener-to", "shop")?;
    page.click("create-listener")?;
    page.wait_text("traffic-path", "still provisioning")?;
    page.wait_text("traffic-path", "It has no target")?;
    page.click("nav-services")?;
    page.select("service-definition", "web:1")?;
    page.select("service-group", "shop")?;
    page.fill("service-name", "shop")?;
    page.wait_text("create-service-line", "--load-balancers")?;
    page.click("create-service")?;
    for _ in 0..4 {
        page.click("advance-1m")?;
    }
    page.wait_text("target-table", "healthy")?;
    page.click("nav-traffic")?;
    page.wait_text("traffic-path", "100 % of the requests")?;
    page.wait_text("traffic-path", "port 80 of task")?;
    for theme in ["light", "dark"] {
        page.theme(theme)?;
        assert_eq!(page.axe()?, Vec::<String>::new(), "{theme}");
    }
    assert_eq!(page.console()?, Vec::<String>::new());
    Ok(())
}

fn roles(page: &Page) -> Result<(), String> {
    page.visit("/roles")?;
    page.wait_text("identity-table", "ecsInstanceRole")?;
    page.select("policy-of", "arn:aws:iam::123456789012:user/learner")?;
    page.select("policy-arn", "arn:aws:iam::aws:policy/AdministratorAccess")?;
    page.wait_text("change-policy-line", "aws iam detach-user-policy --user-name learner")?;
    page.click("change-policy")?;
    page.wait_text("identity-table", "none: it may do nothing")?;
    page.click("change-policy")?;
    page.wait_text("refused-needs", "iam:AttachUserPolicy")?;
    page.wait_text("refused-needs", "because no identity-based policy allows the iam:AttachUserPolicy action")?;
    for theme in ["light", "dark"] {
        page.theme(theme)?;
        assert_eq!(page.axe()?, Vec::<String>::new(), "{theme}");
    }
    Ok(())
}
