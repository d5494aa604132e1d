//! A decision in plain English: one sentence per instance, one for the whole.

use super::check::{Check, Need};
use super::decide::{Candidate, Decision};
use super::host::{AGENT, HostStatus, PORT_LIMIT};
use super::query::{Expression, Found, Verdict, judge};
use super::request::{Constraint, Field, Request, SpreadBy, Strategy, ZONE_ATTRIBUTE, chain_words};
use super::strategy::{By, Key, Step, Ties};
use crate::sim::sorted::Map;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// One check in words: what was wanted and what is there, whether it blocks or not.
pub fn check(check: &Check, request: &Request) -> String {
    let blocks = check.blocks();
    match check {
        Check::Status(HostStatus::Active) => String::from("active"),
        Check::Status(HostStatus::Draining) => String::from("draining: takes no new task"),
        Check::Status(HostStatus::Other) => String::from("not active: takes no task"),
        Check::Agent { connected: true } => String::from("agent connected"),
        Check::Agent { connected: false } => String::from("the agent is disconnected"),
        Check::Cpu(need) => amount(*need, "CPU"),
        Check::Memory(need) => amount(*need, "MiB"),
        Check::Eni(need) => amount(*need, "ENI"),
        Check::Gpu(need) => amount(*need, "GPU"),
        Check::Port { need, held_by: Some(holder) } => {
            // PT-04.
            let serves = match need.port {
                51678 if &**holder == AGENT => " (introspection)",
                51679 if &**holder == AGENT => " (task metadata and credentials)",
                _ => "",
            };
            format!("port {need} is held by {holder}{serves}")
        }
        Check::Port { need, held_by: None } => format!("port {need} is free"),
        Check::PortLimit { held, need } if blocks => {
            format!("holds {held} host ports, and {need} more exceed {PORT_LIMIT}")
        }
        Check::PortLimit { held, .. } => format!("holds {held} of {PORT_LIMIT} host ports"),
        Check::Attribute { index, found, .. } => attribute(request, *index, found, blocks),
        Check::Location { met: true } => String::from("in a zone of the task's subnets"),
        Check::Location { met: false } => {
            let zones = request.demand.zones.as_deref().unwrap_or_default().join(", ");
            format!("not in a zone of the task's subnets ({zones})")
        }
        Check::DistinctInstance { tasks: 0, .. } => format!("runs no task of {}", request.group),
        Check::DistinctInstance { tasks, .. } => {
            format!("already runs {} of {}", count(*tasks), request.group)
        }
        Check::MemberOf { index, host, .. } => {
            let does = if blocks { "does not match" } else { "matches" };
            match request.constraints.get(*index) {
                Some(Constraint::MemberOf(expression)) => {
                    format!("{does} {}", verdict(expression, &judge(expression, host)))
                }
                _ => String::from(does),
            }
        }
    }
}

/// An expression with what was found after each leaf: `attribute:stack == prod (found dev)`.
pub fn verdict(expression: &Expression, outcome: &Verdict) -> String {
    let joined = |parts: &[Expression], word: &str| {
        let parts: Vec<String> = parts
            .iter()
            .zip(&outcome.parts)
            .map(|(part, outcome)| match part {
                Expression::All(_) | Expression::Any(_) => format!("({})", verdict(part, outcome)),
                _ => verdict(part, outcome),
            })
            .collect();
        parts.join(word)
    };
    match expression {
        Expression::All(parts) => joined(parts, " and "),
        Expression::Any(parts) => joined(parts, " or "),
        Expression::Not(inner) => {
            format!("not({})", outcome.parts.first().map_or_else(String::new, |outcome| verdict(inner, outcome)))
        }
        Expression::Test(test) => format!("{test} ({})", found(&outcome.found)),
    }
}

/// One sentence on one candidate; `index` is its place in the decision.
pub fn sentence(decision: &Decision, index: usize) -> String {
    let Some(candidate) = decision.candidates.get(index) else { return String::new() };
    if !candidate.eligible {
        return blocked(candidate, &decision.request);
    }
    let lost =
        decision.steps.iter().find(|step| step.key_of(index).is_some() && step.left.binary_search(&index).is_err());
    match lost {
        Some(step) => format!("fits, but {}", lost_by(step, index, decision)),
        None => chosen(decision, index),
    }
}

/// One sentence on the whole decision.
pub fn summary(decision: &Decision) -> String {
    let all = decision.candidates.len();
    let fit = decision.eligible();
    match decision.chosen() {
        Some(host) => {
            let zone = if host.zone.is_empty() { String::new() } else { format!(" in {}", host.zone) };
            let chain = chain_words(&decision.request.strategies);
            format!("Placed on {}{zone}: {fit} of {all} {} fit, {chain}.", host.name, instances(all))
        }
        None if all == 0 => String::from("Not placed: no such instance is in the cluster."),
        None => {
            let mut reasons: Map<(u32, &str), usize> = Map::new();
            for block in decision.candidates.iter().filter_map(Candidate::first_block) {
                *reasons.or_insert_with((block.order(), short_reason(block)), || 0) += 1;
            }
            let reasons: Vec<String> = reasons.iter().map(|((_, reason), hosts)| format!("{hosts} {reason}")).collect();
            format!("Not placed: none of {all} {} fits: {}.", instances(all), reasons.join(", "))
        }
    }
}

/// All that blocks a candidate; an instance that takes no task at all says only that.
fn blocked(candidate: &Candidate, request: &Request) -> String {
    let mut blocks = candidate.checks.iter().filter(|check| check.blocks());
    let texts: Vec<String> = match blocks.next() {
        Some(first @ Check::Status(_)) => alloc::vec![check(first, request)],
        first => first.into_iter().chain(blocks).map(|block| check(block, request)).collect(),
    };
    texts.join("; ")
}

fn lost_by(step: &Step, index: usize, decision: &Decision) -> String {
    let own = step.key_of(index).unwrap_or(Key::None);
    let best = step.left.first().and_then(|winner| step.key_of(*winner)).unwrap_or(Key::None);
    let group = &decision.request.group;
    match (&step.by, own) {
        (By::Strategy(Strategy::Binpack(field)), Key::Free(free)) => {
            format!("has more {} left ({free}, least is {})", resource(*field), best.number())
        }
        (By::Strategy(Strategy::Spread(SpreadBy::Instance)), Key::Tasks(tasks)) => {
            format!("runs more tasks of {group} ({tasks}, fewest is {})", best.number())
        }
        (By::Strategy(Strategy::Spread(SpreadBy::Attribute(name))), Key::Shared { value, tasks }) => {
            format!("{} runs more tasks of {group} ({tasks}, fewest is {})", shared(step, name, value), best.number())
        }
        (By::Strategy(_), _) | (By::Ties(Ties::Drawn), _) => String::from("another one was drawn"),
        (By::Ties(Ties::ByName), _) => {
            let winner = decision.chosen().map_or("another", |winner| winner.name.as_str());
            format!("{winner} comes first by zone and name")
        }
    }
}

/// Why the winner won: the last step that told it from others.
fn chosen(decision: &Decision, index: usize) -> String {
    let decisive = decision.steps.iter().rev().find(|step| step.keys.len() > step.left.len());
    let Some(step) = decisive else { return String::from("chosen: the only one that fits") };
    let group = &decision.request.group;
    match (&step.by, step.key_of(index)) {
        (By::Strategy(Strategy::Binpack(field)), Some(Key::Free(free))) => {
            format!("chosen: least {} left ({free})", resource(*field))
        }
        (By::Strategy(Strategy::Spread(SpreadBy::Instance)), Some(Key::Tasks(tasks))) => {
            format!("chosen: fewest tasks of {group} ({tasks})")
        }
        (By::Strategy(Strategy::Spread(SpreadBy::Attribute(name))), Some(Key::Shared { value, tasks })) => {
            format!("chosen: {} runs the fewest tasks of {group} ({tasks})", shared(step, name, value))
        }
        (By::Strategy(_), _) | (By::Ties(Ties::Drawn), _) => format!("chosen: drawn among {}", step.keys.len()),
        (By::Ties(Ties::ByName), _) => {
            format!("chosen: first by zone and name among {} equals", step.keys.len())
        }
    }
}

/// `us-east-1a`, or `ecs.instance-type t3.small`.
pub(super) fn shared(step: &Step, name: &str, value: usize) -> String {
    let value = step.values.get(value).and_then(Option::as_deref).unwrap_or("(none)");
    if name == ZONE_ATTRIBUTE { String::from(value) } else { format!("{name} {value}") }
}

fn amount(need: Need, unit: &str) -> String {
    let verb = if need.short() > 0 { "needs" } else { "wants" };
    format!("{verb} {} {unit}, has {}", need.need, need.had.free)
}

fn attribute(request: &Request, index: usize, found: &Option<Option<String>>, blocks: bool) -> String {
    let (name, wanted) = match request.demand.attributes.get(index) {
        Some((name, wanted)) => (name.as_str(), wanted.as_deref()),
        None => ("", None),
    };
    match (blocks, wanted, found) {
        (false, None, _) => format!("has {name}"),
        (false, Some(wanted), _) => format!("{name} is {wanted}"),
        (true, None, _) | (true, _, None) => format!("lacks {name}"),
        (true, Some(wanted), Some(found)) => {
            format!("{name} is {}, not {wanted}", found.as_deref().unwrap_or("without a value"))
        }
    }
}

fn found(found: &Found) -> String {
    match found {
        Found::Parts => String::new(),
        Found::Missing => String::from("found none"),
        Found::NoValue => String::from("found without a value"),
        Found::Text(text) => format!("found {text}"),
        Found::Count(count) => format!("found {count}"),
        Found::Moment(moment) => format!("found {moment}"),
        Found::Groups(groups) if groups.is_empty() => String::from("found no group"),
        Found::Groups(groups) => format!("found {}", groups.join(", ")),
    }
}

fn short_reason(check: &Check) -> &'static str {
    match check {
        Check::Status(HostStatus::Draining) => "draining",
        Check::Status(_) => "not active",
        Check::Agent { .. } => "without an agent",
        Check::Cpu(_) => "short of CPU",
        Check::Memory(_) => "short of memory",
        Check::Port { .. } | Check::PortLimit { .. } => "short of ports",
        Check::Eni(_) => "short of ENIs",
        Check::Gpu(_) => "short of GPUs",
        Check::Attribute { .. } => "without a required attribute",
        Check::Location { .. } => "outside the subnets' zones",
        Check::DistinctInstance { .. } => "with a task of the group already",
        Check::MemberOf { .. } => "outside the memberOf expression",
    }
}

fn resource(field: Field) -> &'static str {
    match field {
        Field::Cpu => "CPU",
        Field::Memory => "memory",
    }
}

fn count(tasks: u32) -> String {
    if tasks == 1 { String::from("1 task") } else { tasks.to_string() + " tasks" }
}

fn instances(count: usize) -> &'static str {
    if count == 1 { "instance" } else { "instances" }
}
