//! What stands on the way of a request, in words.

use ecs_lab::elb::TargetGroup;
use ecs_lab::elb::path::Block;
use serde_json::Value;

/// Whether it goes by itself; the rest stays until somebody does something.
pub fn passes(block: Block) -> bool {
    matches!(block, Block::Provisioning | Block::Draining | Block::NotHealthyYet)
}

/// What a block is, and what to do about it where that is not plain.
pub fn sentence(block: Block) -> &'static str {
    match block {
        Block::Provisioning => "The load balancer is still provisioning and takes no request yet.",
        Block::ClientsNotAdmitted => {
            "The load balancer's security groups do not admit its clients on this port: add an inbound rule."
        }
        Block::NoWeight => "Its weight is 0, so that no request goes here.",
        Block::NoTargets => "It has no target: no service registers tasks here, or none of its tasks is RUNNING.",
        Block::Draining => "It is draining: open requests may end, new ones do not come.",
        Block::Unused => {
            "It is not used: its zone is not enabled for the load balancer, or its instance is not running."
        }
        Block::NotAdmitted => {
            "The target's security groups do not admit the load balancer on this port: add an inbound rule from the load balancer's group."
        }
        Block::NothingListens => {
            "Nothing listens there: the container's port differs, the container does not run, or its application has not bound the port."
        }
        Block::NoAnswer => "The application takes the connection and never answers.",
        Block::NotHealthyYet => "It has not passed its first health checks yet.",
        Block::Unhealthy => "It is unhealthy, so that its requests go to the others.",
    }
}

/// Security groups by id.
pub fn guards(ids: &[String]) -> String {
    if ids.is_empty() { "the default group, which is open".to_owned() } else { ids.join(", ") }
}

/// What the targets of a group are.
pub fn kind(group: &TargetGroup) -> &'static str {
    if group.ip { "IP addresses" } else { "instances" }
}

/// The health check of a group.
pub fn check(group: &TargetGroup) -> String {
    let own = &group.check;
    let path = own.path.as_deref().unwrap_or_default();
    format!("{} {path} every {} s, {} s to answer", own.protocol, own.interval, own.timeout)
}

/// The conditions of a rule: all of them must hold.
pub fn conditions(all: &Value) -> String {
    let one = |own: &Value| {
        let own = own.as_object()?;
        let values = own.get("Values").or_else(|| own.values().find_map(|config| config.get("Values")))?.as_array()?;
        let values: Vec<String> = values
            .iter()
            .map(|value| match (value["Key"].as_str(), value["Value"].as_str()) {
                (Some(key), Some(value)) => format!("{key}={value}"),
                _ => value.as_str().unwrap_or_default().to_owned(),
            })
            .collect();
        Some(format!("{} is {}", own.get("Field")?.as_str()?, values.join(" or ")))
    };
    let all: Vec<String> = all.as_array().into_iter().flatten().filter_map(one).collect();
    all.join(", and ")
}

/// What a rule answers that forwards to no group.
pub fn answer(actions: &Value) -> String {
    let last = actions.as_array().and_then(|all| all.last());
    match last.map_or("", |own| own["Type"].as_str().unwrap_or_default()) {
        "fixed-response" => {
            let code = last.map_or("", |own| own["FixedResponseConfig"]["StatusCode"].as_str().unwrap_or_default());
            format!("answers {code} by itself")
        }
        "redirect" => "redirects".to_owned(),
        _ => "forwards to no group that the lab holds".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn conditions_and_answers_read_well() {
        for (given, expected) in [
            (json!([]), ""),
            (json!([{ "Field": "path-pattern", "Values": ["/a", "/b*"] }]), "path-pattern is /a or /b*"),
            (
                json!([
                    { "Field": "host-header", "HostHeaderConfig": { "Values": ["x.example"] } },
                    { "Field": "query-string", "QueryStringConfig": { "Values": [{ "Key": "v", "Value": "2" }] } },
                ]),
                "host-header is x.example, and query-string is v=2",
            ),
        ] {
            assert_eq!(conditions(&given), expected);
        }
        let fixed = json!([{ "Type": "fixed-response", "FixedResponseConfig": { "StatusCode": "503" } }]);
        assert_eq!(answer(&fixed), "answers 503 by itself");
        assert_eq!(answer(&json!([{ "Type": "redirect" }])), "redirects");
    }
}
