//! The forms that make a load balancer, a target group and a listener; each shows the call that it is.

use super::super::fleet::deed;
use super::elbv2;
use crate::app::parts::{Choice, Kept, SelectFieldProps, TextFieldProps, edit, select_field, text_field};
use crate::app::session::Door;
use ecs_lab::ec2::network;
use ecs_lab::elb::Kind;
use ecs_lab::lab::{Command, Lab};
use serde_json::{Value, json};
use yew::prelude::*;
use yew::props;

/// What the forms hold; names of things, not their ARNs.
#[derive(Clone, PartialEq)]
pub struct Draft {
    balancer: String,
    kind: String,
    scheme: String,
    group: String,
    protocol: String,
    targets: String,
    path: String,
    /// Of the new listener.
    on: String,
    port: String,
    forwards: String,
    /// A second group, which gets nothing yet.
    other: String,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            balancer: String::new(),
            kind: "application".into(),
            scheme: "internet-facing".into(),
            group: String::new(),
            protocol: "HTTP".into(),
            targets: "ip".into(),
            path: "/".into(),
            on: String::new(),
            port: "80".into(),
            forwards: String::new(),
            other: String::new(),
        }
    }
}

/// CreateLoadBalancer in the default subnets of three zones; none without a name.
fn balancer(draft: &Draft, region: &str) -> Option<Command> {
    let name = draft.balancer.trim();
    let subnets = network::default_subnets(region, 3);
    let input = json!({ "Name": name, "Subnets": subnets, "Scheme": draft.scheme, "Type": draft.kind });
    (!name.is_empty()).then(|| elbv2("CreateLoadBalancer", input))
}

/// CreateTargetGroup; none without a name.
fn group(draft: &Draft) -> Option<Command> {
    let (name, path) = (draft.group.trim(), draft.path.trim());
    let mut input = json!({
        "Name": name, "Protocol": draft.protocol, "Port": 80, "VpcId": network::VPC, "TargetType": draft.targets,
    });
    if draft.protocol == "HTTP" && path != "/" && !path.is_empty() {
        input["HealthCheckPath"] = Value::from(path);
    }
    (!name.is_empty()).then(|| elbv2("CreateTargetGroup", input))
}

/// CreateListener with one rule that forwards all to one group; none until both ends are chosen. A second group stands in
/// the rule with weight 0, for deployments that shift traffic to it.
fn listener(draft: &Draft, lab: &Lab) -> Option<Command> {
    let elb = lab.world().elb();
    let on = elb.load_balancers().find(|own| own.name == draft.on)?;
    let to = elb.target_groups().find(|own| own.name == draft.forwards)?;
    let port = draft.port.trim();
    // What is no number is left to AWS's own words.
    let port = port.parse().map_or_else(|_| Value::from(port), |own: i64| own.into());
    let protocol = if on.kind == Kind::Application { "HTTP" } else { "TCP" };
    let other = elb.target_groups().find(|own| own.name == draft.other && own.arn != to.arn);
    let forward = match other {
        Some(other) => json!([{ "Type": "forward", "ForwardConfig": { "TargetGroups": [
            { "TargetGroupArn": to.arn, "Weight": 100 },
            { "TargetGroupArn": other.arn, "Weight": 0 },
        ] } }]),
        None => json!([{ "Type": "forward", "TargetGroupArn": to.arn }]),
    };
    let input = json!({ "LoadBalancerArn": on.arn, "Protocol": protocol, "Port": port, "DefaultActions": forward });
    Some(elbv2("CreateListener", input))
}

fn choices(all: &[&str]) -> Vec<Choice> {
    all.iter().map(|own| ((*own).to_owned().into(), (*own).to_owned().into())).collect()
}

fn named<'a>(all: impl Iterator<Item = &'a String>) -> Vec<Choice> {
    let first: Vec<Choice> = vec![("".into(), "choose one".into())];
    first.into_iter().chain(all.map(|name| (name.clone().into(), name.clone().into()))).collect()
}

/// The three forms.
pub fn forms(door: &Door, lab: &Lab, draft: &Kept<Draft>) -> Html {
    let edit = |change: fn(&mut Draft, String)| edit(draft, change);
    let text = |id: &'static str, label: &'static str, value: &str, change: Callback<String>| {
        text_field(&props!(TextFieldProps { id, label, value: value.to_owned(), change }))
    };
    let select =
        |id: &'static str, label: &'static str, value: &str, options: Vec<Choice>, change: Callback<String>| {
            select_field(&props!(SelectFieldProps { id, label, value: value.to_owned(), options, change }))
        };
    let elb = lab.world().elb();
    let region = &lab.world().options().account.region;
    html! {
        <div class="forms">
            <section class="stack" aria-labelledby="new-balancer-title">
                <h2 id="new-balancer-title">{ "A new load balancer" }</h2>
                { text("balancer-name", "Name", &draft.balancer, edit(|draft, value| draft.balancer = value)) }
                { select("balancer-kind", "Type", &draft.kind, choices(&["application", "network"]), edit(|draft, value| draft.kind = value)) }
                { select("balancer-scheme", "Scheme", &draft.scheme, choices(&["internet-facing", "internal"]), edit(|draft, value| draft.scheme = value)) }
                if let Some(command) = balancer(draft, region) { { deed(door, "Create the load balancer", "create-balancer", "create-balancer-line", &command, false) } }
            </section>
            <section class="stack" aria-labelledby="new-group-title">
                <h2 id="new-group-title">{ "A new target group" }</h2>
                { text("group-name", "Name", &draft.group, edit(|draft, value| draft.group = value)) }
                { select("group-protocol", "Protocol", &draft.protocol, choices(&["HTTP", "TCP"]), edit(|draft, value| draft.protocol = value)) }
                { select("group-targets", "Targets are", &draft.targets, vec![("ip".into(), "ip: tasks with an address of their own (awsvpc)".into()), ("instance".into(), "instance: ports of the instances (bridge, host)".into())], edit(|draft, value| draft.targets = value)) }
                if draft.protocol == "HTTP" { { text("group-path", "Path of the health check", &draft.path, edit(|draft, value| draft.path = value)) } }
                if let Some(command) = group(draft) { { deed(door, "Create the target group", "create-group", "create-group-line", &command, false) } }
            </section>
            if elb.load_balancers().next().is_some() && elb.target_groups().next().is_some() {
                <section class="stack" aria-labelledby="new-listener-title">
                    <h2 id="new-listener-title">{ "A new listener" }</h2>
                    { select("listener-on", "Load balancer", &draft.on, named(elb.load_balancers().map(|own| &own.name)), edit(|draft, value| draft.on = value)) }
                    { text("listener-port", "Port", &draft.port, edit(|draft, value| draft.port = value)) }
                    { select("listener-to", "Forwards to", &draft.forwards, named(elb.target_groups().map(|own| &own.name)), edit(|draft, value| draft.forwards = value)) }
                    if elb.target_groups().nth(1).is_some() {
                        { select("listener-other", "and later to, for a blue/green deployment", &draft.other, named(elb.target_groups().map(|own| &own.name)), edit(|draft, value| draft.other = value)) }
                    }
                    if let Some(command) = listener(draft, lab) { { deed(door, "Create the listener", "create-listener", "create-listener-line", &command, false) } }
                </section>
            }
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::store::opening;

    #[test]
    fn the_forms_make_what_they_show() {
        let mut lab = opening::fleet();
        let draft = Draft {
            balancer: " front ".into(),
            group: "shop".into(),
            path: "/health".into(),
            on: "front".into(),
            forwards: "shop".into(),
            ..Draft::default()
        };
        assert_eq!(listener(&draft, &lab), None);
        assert!(balancer(&Draft::default(), "us-east-1").is_none() && group(&Draft::default()).is_none());
        for command in [balancer(&draft, "us-east-1"), group(&draft)] {
            lab.apply(command.unwrap()).unwrap();
        }
        lab.apply(listener(&draft, &lab).unwrap()).unwrap();
        let elb = lab.world().elb();
        let own = elb.load_balancers().next().unwrap();
        assert_eq!((own.name.as_str(), own.zones.len(), own.listeners[0].port), ("front", 3, 80));
        let path = lab.world().traffic_path(own);
        assert_eq!(path[0].rules[0].groups[0].group.check.path.as_deref(), Some("/health"));
    }
}
