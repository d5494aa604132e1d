//! The page that explains an error: of AWS, of docker, of bash, or the lab's own list of what it leaves out.

use super::aws::Fail;
use alloc::format;
use alloc::string::{String, ToString};

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// What it is about.
    pub title: String,
    /// Its address; a fragment is a view of the lab.
    pub url: String,
    /// What the lab says beside it where time alone takes the error away.
    pub told: Option<&'static str>,
}

/// Of what is on its way out: repeated at once, a command meets it again.
pub const STILL: &str = "Time stands still between commands. What is on its way goes on with: lab advance 1m";

/// What the lab leaves out names the lab, whatever the code.
const OURS: &str = "ECS Lab";

/// Where the API reference of a service stands, before the operation's name.
const REFERENCES: [(&str, &str); 18] = [
    ("application-autoscaling", "autoscaling/application/APIReference"),
    ("autoscaling", "autoscaling/ec2/APIReference"),
    ("cloudwatch", "AmazonCloudWatch/latest/APIReference"),
    ("codedeploy", "codedeploy/latest/APIReference"),
    ("ec2", "AWSEC2/latest/APIReference"),
    ("ecr", "AmazonECR/latest/APIReference"),
    ("ecr-public", "AmazonECRPublic/latest/APIReference"),
    ("ecs", "AmazonECS/latest/APIReference"),
    ("elbv2", "elasticloadbalancing/latest/APIReference"),
    ("events", "eventbridge/latest/APIReference"),
    ("iam", "IAM/latest/APIReference"),
    ("logs", "AmazonCloudWatchLogs/latest/APIReference"),
    ("route53", "Route53/latest/APIReference"),
    ("s3", "AmazonS3/latest/API"),
    ("secretsmanager", "secretsmanager/latest/apireference"),
    ("servicediscovery", "cloud-map/latest/api"),
    ("ssm", "systems-manager/latest/APIReference"),
    ("sts", "STS/latest/APIReference"),
];

/// The rows of the table: part, key, title, address, and `waits` where time alone helps.
fn rows() -> impl Iterator<Item = [&'static str; 5]> {
    include_str!("learn.txt").lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut parts = line.split('\t');
        Some([parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next().unwrap_or_default()])
    })
}

fn page([_, _, title, url, waits]: [&str; 5]) -> Page {
    let told = (waits == "waits").then_some(STILL);
    Page { title: title.to_string(), url: url.to_string(), told }
}

/// Of a service's error code; what the table does not name has the operation's page in the API reference.
pub fn of_service(service: &str, code: &str, operation: &str) -> Option<Page> {
    let named =
        |[part, key, ..]: &[&str; 5]| (*part == service && [code, "*"].contains(key)) || (*part == "*" && *key == code);
    if let Some(row) = rows().find(named) {
        return Some(page(row));
    }
    let (_, path) = REFERENCES.iter().find(|(own, _)| *own == service)?;
    let url = format!("https://docs.aws.amazon.com/{path}/API_{operation}.html");
    Some(Page { title: format!("{operation} in the API reference"), url, told: None })
}

/// Of a message of a part of the shell: `cli`, `docker`, `lab`, `shell`, `ssh` or `usage`.
pub(super) fn of_message(part: &str, message: &str) -> Option<Page> {
    rows().find(|[own, key, ..]| *own == part && message.contains(key)).map(page)
}

/// Of what the AWS CLI refuses.
pub(super) fn of_fail(fail: &Fail) -> Option<Page> {
    match fail {
        Fail::Service(.., why) if why.contains(OURS) => of_message("cli", OURS),
        Fail::Service(service, code, operation, _) => of_service(service, code, operation),
        Fail::Usage(why) => of_message("usage", why),
        Fail::Unknown(_) => of_message("usage", ""),
        Fail::Near(inner, _) | Fail::After(inner, _) | Fail::Formatted(inner, _) => of_fail(inner),
        Fail::Configuration(code, ..) => of_message("cli", code),
        Fail::Validation(why) | Fail::Other(why) => of_message("cli", why),
    }
}

/// Of what a command of the lab refuses: how the value is written, else what the command is about.
pub(super) fn of_lab(verb: &str, fail: &Fail) -> Option<Page> {
    let written = match fail {
        Fail::Validation(why) if why.starts_with("Error parsing parameter") => of_message("cli", why),
        _ => None,
    };
    written.or_else(|| of_message("lab", &format!("lab {verb}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::model;
    use alloc::vec::Vec;

    #[test]
    fn every_operation_of_every_service_has_a_page_for_any_error() {
        let mut services: Vec<&str> = model::services().filter(|own| *own != "lab").collect();
        for service in &services {
            for operation in model::operations(service) {
                let page = of_service(service, "SomeNewCode", operation.name).unwrap();
                assert!(page.url.starts_with("https://docs.aws.amazon.com/"), "{service} {}", operation.name);
            }
        }
        services.sort_unstable();
        let listed: Vec<&str> = REFERENCES.iter().map(|(own, _)| *own).collect();
        assert_eq!(listed, services);
        for (service, code, operation, url) in [
            ("ecs", "ClusterNotFoundException", "RunTask", "AmazonECS/latest/APIReference/API_RunTask.html"),
            ("ecr", "AccessDeniedException", "PutImage", "IAM/latest/UserGuide/troubleshoot_access-denied.html"),
            (
                "ecr",
                "ImageTagAlreadyExistsException",
                "PutImage",
                "AmazonECR/latest/userguide/image-tag-mutability.html",
            ),
            ("ec2", "InvalidGroup.NotFound", "RunInstances", "AWSEC2/latest/APIReference/errors-overview.html"),
        ] {
            let page = of_service(service, code, operation).unwrap();
            assert_eq!(page.url, format!("https://docs.aws.amazon.com/{url}"), "{code}");
        }
        assert_eq!(of_service("ecs", "UnsupportedFeatureException", "ExecuteCommand").unwrap().url, "#/about");
    }

    #[test]
    fn messages_of_the_tools_have_pages() {
        for (part, message, title) in [
            ("cli", "Bad value for --query a[: Invalid", "Queries with JMESPath"),
            ("cli", "something else", "Troubleshooting the AWS CLI"),
            ("docker", "no basic auth credentials", "Logging in to a registry"),
            ("docker", "docker: ECS Lab has no docker compose", "What this lab leaves out"),
            ("shell", "bash: nosuch: command not found", "The manual of bash"),
            ("curl", "curl: (7) Failed to connect", "The manual of curl"),
            ("shell", "ECS Lab has no ping", "What this lab leaves out"),
            ("ssh", "Connection refused", "Instances that do not connect"),
        ] {
            assert_eq!(of_message(part, message).unwrap().title, title, "{message}");
        }
    }
}
