//! Traffic: the way of a request from a listener to a container, what stands in it, and the forms that make load
//! balancers, target groups and listeners.

mod forms;
mod words;

use super::fleet::deed;
use crate::app::parts::{Kept, Slots, TableProps, empty, table};
use crate::app::session::Door;
use ecs_lab::elb::path::{Block, GroupPath, ListenerPath, RulePath, TargetPath};
use ecs_lab::elb::{Kind, LoadBalancer, TargetGroup};
use ecs_lab::lab::{ApiCall, Command, Lab};
use forms::Draft;
use serde_json::{Value, json};
use yew::prelude::*;

/// The view.
pub fn traffic(door: &Door, slots: &Slots) -> Html {
    let draft = &Kept::of(slots, 0, Draft::default);
    let lab = door.store().lab();
    let elb = lab.world().elb();
    html! {
        <div class="page shelf">
            <div class="head"><h1 id="view-title" tabindex="-1">{ "Traffic" }</h1></div>
            <p class="dim lead">{ "The way of a request: from a listener over its rules and target groups to the container that answers, and what stands in it." }</p>
            if elb.load_balancers().next().is_none() {
                { empty("No load balancer in this lab yet", "traffic-empty", html! { <p>{ "Make one below, with a target group and a listener; then a service can register its tasks." }</p> }) }
            }
            { for elb.load_balancers().map(|own| balancer(door, &lab, own)) }
            { groups(door, &lab) }
            { forms::forms(door, &lab, draft) }
        </div>
    }
}

/// A call of Elastic Load Balancing.
fn elbv2(operation: &str, input: Value) -> Command {
    Command::Api(ApiCall::new("elbv2", operation, input))
}

fn balancer(door: &Door, lab: &Lab, own: &LoadBalancer) -> Html {
    let id = format!("balancer-{}", own.name);
    let kind = if own.kind == Kind::Application { "application" } else { "network" };
    let delete = elbv2("DeleteLoadBalancer", json!({ "LoadBalancerArn": own.arn }));
    let zones: Vec<&str> = own.zones.iter().map(|(zone, _)| zone.as_str()).collect();
    html! {
        <section class="stack" aria-labelledby={id.clone()} key={own.arn.clone()} data-testid={id.clone()}>
            <h2 id={id}>{ &own.name }</h2>
            <p class="chips">
                <span class="chip">{ kind }</span>{ " " }<span class="chip">{ &own.scheme }</span>{ " " }
                <span class={classes!("chip", if own.active { "good" } else { "warn" })}>{ if own.active { "active" } else { "provisioning" } }</span>
            </p>
            <p class="dim"><span class="mono any">{ &own.dns_name }</span>{ format!(" in {}; security groups: {}.", zones.join(", "), words::guards(&own.security_groups)) }</p>
            if own.listeners.is_empty() {
                <p>{ "No listener: it takes no request." }</p>
            } else {
                <ul class="path" data-testid="traffic-path">{ for lab.world().traffic_path(own).iter().map(|path| listener(path, own)) }</ul>
            }
            <details class="pane" data-testid="balancer-more">
                <summary>{ "Take it away" }</summary>
                { for own.listeners.iter().map(|one| {
                    let command = elbv2("DeleteListener", json!({ "ListenerArn": one.arn }));
                    html! { <div key={one.arn.clone()}>{ deed(door, &format!("Delete the listener on port {}", one.port), "delete-listener", "delete-listener-line", &command, true) }</div> }
                }) }
                { deed(door, "Delete the load balancer", "delete-balancer", "delete-balancer-line", &delete, true) }
            </details>
        </section>
    }
}

/// One step of the way: a heading, what is said under it, and what stands in the way there.
fn hop(head: Html, said: Html, block: Option<(Block, String)>) -> Html {
    let class = match &block {
        Some((block, _)) if words::passes(*block) => "hop warn",
        Some(_) => "hop bad",
        None => "hop",
    };
    html! {
        <div {class}>
            <p class="any"><strong>{ head }</strong></p>
            { said }
            if let Some((_, why)) = block { <p class="why">{ why }</p> }
        </div>
    }
}

fn told(block: Option<Block>) -> Option<(Block, String)> {
    block.map(|block| (block, words::sentence(block).to_owned()))
}

fn listener(path: &ListenerPath<'_>, balancer: &LoadBalancer) -> Html {
    let from = if balancer.scheme == "internal" { "clients in the VPC" } else { "clients anywhere" };
    let head = html! { { format!("{} : {}", path.listener.protocol, path.listener.port) } };
    let said = html! { <p class="dim">{ format!("from {from}") }</p> };
    html! {
        <li key={path.listener.arn.clone()}>
            { hop(head, said, told(path.block)) }
            <ul>{ for path.rules.iter().map(rule) }</ul>
        </li>
    }
}

fn rule(path: &RulePath<'_>) -> Html {
    let head = match path.rule.priority {
        Some(priority) => html! { { format!("rule {priority}") } },
        None => html! { { "otherwise" } },
    };
    let conditions = words::conditions(&path.rule.conditions);
    let said = html! {
        <>
            if !conditions.is_empty() { <p class="any">{ conditions }</p> }
            if path.groups.is_empty() { <p class="dim">{ words::answer(&path.rule.actions) }</p> }
        </>
    };
    let all: u64 = path.groups.iter().map(|group| group.weight).sum();
    html! {
        <li key={path.rule.arn.clone()}>
            { hop(head, said, None) }
            if !path.groups.is_empty() { <ul>{ for path.groups.iter().map(|one| group(one, all)) }</ul> }
        </li>
    }
}

fn group(path: &GroupPath<'_>, all: u64) -> Html {
    let own = path.group;
    let share = (path.weight * 100).checked_div(all).unwrap_or(0);
    let said = html! {
        <>
            <p class="dim any">{ format!("{} % of the requests, to {} by {}", share, words::kind(own), own.protocol) }</p>
            if path.fails_open && path.block.is_none() { <p class="why">{ "None of its targets is healthy, so that requests go to all of them." }</p> }
        </>
    };
    html! {
        <li key={own.arn.clone()}>
            { hop(html! { { &own.name } }, said, told(path.block)) }
            if !path.targets.is_empty() { <ul>{ for path.targets.iter().map(target) }</ul> }
        </li>
    }
}

fn target(path: &TargetPath<'_>) -> Html {
    let own = path.target;
    let behind = match (path.task, path.container) {
        (Some(task), Some((name, port))) => {
            format!("{name} port {port} of task {}", task.key.id.to_string().chars().take(8).collect::<String>())
        }
        (Some(task), None) => {
            format!("task {}, no container with this port", task.key.id.to_string().chars().take(8).collect::<String>())
        }
        (None, _) => "nothing that the lab knows".to_owned(),
    };
    let reason = own.reason().map(|(_, words)| words);
    let said = html! {
        <>
            <p class="any">{ behind }</p>
            <p class="dim any">{ format!("{}; security groups: {}", own.state.name(), words::guards(path.security_groups)) }</p>
        </>
    };
    let block = path.block.map(|block| {
        let words = words::sentence(block);
        (block, reason.map_or_else(|| words.to_owned(), |reason| format!("{words} {reason}.")))
    });
    let head = html! { { format!("{} : {}", own.id, own.port) } };
    html! { <li key={format!("{}:{}", own.id, own.port)}>{ hop(head, said, block) }</li> }
}

/// Every target group, with what can be done with one that no load balancer uses.
fn groups(door: &Door, lab: &Lab) -> Html {
    let elb = lab.world().elb();
    let rows: Vec<Vec<Html>> = elb
        .target_groups()
        .map(|own| {
            let used = own.balancer.and_then(|id| elb.balancer(id)).map_or("none", |own| own.name.as_str());
            vec![
                html! { &own.name },
                html! { words::kind(own) },
                html! { format!("{} : {}", own.protocol, own.port) },
                html! { words::check(own) },
                html! { used },
                html! { elb.targets(own.id).count() },
            ]
        })
        .collect();
    if rows.is_empty() {
        return Html::default();
    }
    let head = vec!["Target group", "Targets are", "Sends to", "Health check", "Load balancer", "Targets"];
    let free = elb.target_groups().filter(|own| own.balancer.is_none());
    let delete = |own: &TargetGroup| elbv2("DeleteTargetGroup", json!({ "TargetGroupArn": own.arn }));
    html! {
        <section class="stack" aria-label="All target groups">
            { table(&TableProps { caption: "Target groups".into(), head, rows, testid: "group-table".into() }) }
            { for free.map(|own| html! {
                <details class="pane" key={own.arn.clone()}>
                    <summary>{ format!("Take {} away", own.name) }</summary>
                    { deed(door, &format!("Delete {}", own.name), "delete-group", "delete-group-line", &delete(own), true) }
                </details>
            }) }
        </section>
    }
}
