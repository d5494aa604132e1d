//! A decision as JSON: everything that the explanation holds, for whoever reads it by program.

use super::check::{Check, Need};
use super::decide::{Candidate, Decision};
use super::english;
use super::host::HostStatus;
use super::query::{Expression, Found, Verdict, judge};
use super::request::{Constraint, Request};
use super::strategy::{By, Key, Step, Ties};
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use serde_json::{Value, json};

/// The whole decision. Instances are named by `ec2InstanceId`.
pub fn decision(decision: &Decision) -> Value {
    let request = &decision.request;
    json!({
        "request": self::request(request),
        "candidates": decision.candidates.iter().map(|candidate| self::candidate(candidate, request)).collect::<Vec<_>>(),
        "steps": decision.steps.iter().map(|step| self::step(step, decision)).collect::<Vec<_>>(),
        "chosen": decision.chosen().map(|chosen| &chosen.name),
        "failures": decision.failures().iter()
            .map(|failure| json!({ "arn": failure.arn, "reason": failure.reason })).collect::<Vec<_>>(),
        "summary": english::summary(decision),
    })
}

/// A memberOf verdict in the expression's shape, with what was found at each leaf.
pub fn verdict(expression: &Expression, outcome: &Verdict) -> Value {
    let parts = |parts: &[Expression]| -> Vec<Value> {
        parts.iter().zip(&outcome.parts).map(|(part, outcome)| verdict(part, outcome)).collect()
    };
    match expression {
        Expression::All(all) => json!({ "and": parts(all), "holds": outcome.holds }),
        Expression::Any(any) => json!({ "or": parts(any), "holds": outcome.holds }),
        Expression::Not(inner) => {
            let inner = outcome.parts.first().map(|outcome| verdict(inner, outcome));
            json!({ "not": inner, "holds": outcome.holds })
        }
        Expression::Test(test) => {
            json!({ "test": test.to_string(), "found": found(&outcome.found), "holds": outcome.holds })
        }
    }
}

fn request(request: &Request) -> Value {
    let demand = &request.demand;
    let attribute = |(name, value): &(_, Option<_>)| json!({ "name": name, "value": value });
    json!({
        "cpu": demand.cpu,
        "memory": demand.memory,
        "gpu": demand.gpu,
        "allGpus": demand.all_gpus,
        "enis": demand.enis,
        "ports": demand.ports.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "attributes": demand.attributes.iter().map(attribute).collect::<Vec<_>>(),
        "zones": demand.zones,
        "group": &*request.group,
        "constraints": request.constraints.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "strategies": request.strategies.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn candidate(candidate: &Candidate, request: &Request) -> Value {
    json!({
        "name": candidate.name,
        "arn": candidate.arn,
        "zone": candidate.zone,
        "eligible": candidate.eligible,
        "reason": candidate.first_block().map(Check::reason),
        "checks": candidate.checks.iter().map(|check| self::check(check, request)).collect::<Vec<_>>(),
    })
}

/// One check: what it is, whether it blocks, what was wanted and what was there.
pub fn check(check: &Check, request: &Request) -> Value {
    let (kind, wanted, had) = match check {
        Check::Status(status) => ("status", json!("ACTIVE"), json!(status_name(*status))),
        Check::Agent { connected } => ("agent", json!(true), json!(connected)),
        Check::Cpu(need) => amount("cpu", need),
        Check::Memory(need) => amount("memory", need),
        Check::Eni(need) => amount("eni", need),
        Check::Gpu(need) => amount("gpu", need),
        Check::Port { need, held_by } => ("port", json!(need.to_string()), json!({ "heldBy": held_by })),
        Check::PortLimit { held, need } => ("portLimit", json!(need), json!({ "held": held })),
        Check::Attribute { index, found, .. } => {
            let wanted = request.demand.attributes.get(*index);
            let had = found.as_ref().map(|value| json!({ "value": value }));
            ("attribute", json!(wanted.map(|(name, value)| json!({ "name": name, "value": value }))), json!(had))
        }
        Check::Location { met } => ("location", json!(request.demand.zones), json!({ "met": met })),
        Check::DistinctInstance { tasks, .. } => ("distinctInstance", json!(0), json!(tasks)),
        Check::MemberOf { index, holds, host } => match request.constraints.get(*index) {
            Some(Constraint::MemberOf(expression)) => {
                ("memberOf", json!(expression.to_string()), self::verdict(expression, &judge(expression, host)))
            }
            _ => ("memberOf", Value::Null, json!({ "holds": holds })),
        },
    };
    json!({ "check": kind, "blocks": check.blocks(), "wanted": wanted, "had": had })
}

fn amount(name: &'static str, need: &Need) -> (&'static str, Value, Value) {
    (name, json!(need.need), json!({ "free": need.had.free, "total": need.had.total }))
}

fn status_name(status: HostStatus) -> &'static str {
    match status {
        HostStatus::Active => "ACTIVE",
        HostStatus::Draining => "DRAINING",
        HostStatus::Other => "INACTIVE",
    }
}

fn found(found: &Found) -> Value {
    match found {
        Found::Parts | Found::Missing => Value::Null,
        Found::NoValue => json!(""),
        Found::Text(text) => json!(text),
        Found::Count(count) => json!(count),
        Found::Moment(moment) => json!(format!("{moment}")),
        Found::Groups(groups) => json!(groups),
    }
}

fn step(step: &Step, decision: &Decision) -> Value {
    let name = |index: &usize| decision.candidates.get(*index).map(|candidate| candidate.name.as_str());
    let key = |(index, key): &(usize, Key)| {
        let mut out = json!({ "name": name(index) });
        match key {
            Key::Free(free) => out["free"] = json!(free),
            Key::Tasks(tasks) => out["tasks"] = json!(tasks),
            Key::Shared { value, tasks } => {
                out["value"] = json!(step.values.get(*value));
                out["tasks"] = json!(tasks);
            }
            Key::None => {}
        }
        out
    };
    let by = match &step.by {
        By::Strategy(strategy) => strategy.to_string(),
        By::Ties(Ties::ByName) => "first by zone and name".to_string(),
        By::Ties(Ties::Drawn) => "drawn".to_string(),
    };
    json!({
        "by": by,
        "before": step.keys.iter().map(key).collect::<Vec<_>>(),
        "left": step.left.iter().map(name).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{k3, request};
    use super::super::{Host, PortNeed, Protocol, decide};
    use super::*;
    use alloc::rc::Rc;

    #[test]
    fn a_decision_with_both_numbers_at_each_check() {
        let mut hosts = k3();
        hosts[0].cpu.free = 128;
        hosts[1].ports.insert((Protocol::Tcp, 80), "web:3".into());
        hosts[2].groups.insert("service:web".into(), 2);
        let mut ask = request(512, 900, "AZ memory");
        ask.demand.ports = alloc::vec![PortNeed { port: 80, protocol: Protocol::Tcp }];
        ask.demand.attributes = alloc::vec![("ecs.capability.task-eni".into(), None)];
        let text = "attribute:stack == prod or not(task:group == a)";
        ask.constraints = alloc::vec![Constraint::MemberOf(Rc::new(Expression::parse(text).unwrap()))];
        let views: Vec<&Host> = hosts.iter().collect();
        let out = decision(&decide(&ask, &views, Ties::ByName, 0));
        assert_eq!((&out["chosen"], &out["failures"]), (&json!("b1"), &json!([])));
        assert_eq!(
            out["candidates"][0]["checks"][2],
            json!({ "check": "cpu", "blocks": true, "wanted": 512, "had": { "free": 128, "total": 2048 } })
        );
        assert_eq!(
            out["candidates"][1]["checks"][4],
            json!({ "check": "port", "blocks": true, "wanted": "80", "had": { "heldBy": "web:3" } })
        );
        assert_eq!(out["candidates"][1]["reason"], "RESOURCE:PORTS");
        let checks: Vec<&Value> = out["candidates"][2]["checks"].as_array().unwrap().iter().collect();
        let kinds: Vec<&str> = checks.iter().map(|check| check["check"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["status", "agent", "cpu", "memory", "port", "portLimit", "attribute", "memberOf"]);
        assert_eq!(
            checks[7]["had"],
            json!({
                "or": [
                    { "test": "attribute:stack == prod", "found": null, "holds": false },
                    {
                        "not": { "test": "task:group == a", "found": ["service:web"], "holds": false },
                        "holds": true,
                    },
                ],
                "holds": true,
            })
        );
        assert_eq!(
            out["steps"][0],
            json!({
                "by": "type=spread,field=attribute:ecs.availability-zone",
                "before": [{ "name": "b1", "value": "b", "tasks": 2 }],
                "left": ["b1"],
            })
        );
        assert_eq!(out["steps"][1]["before"], json!([{ "name": "b1", "free": 3828 }]));
        assert_eq!(out["steps"][2]["by"], "first by zone and name");
    }

    #[test]
    fn a_failure_names_every_instance_and_no_steps() {
        let hosts = k3();
        let views: Vec<&Host> = hosts.iter().collect();
        let out = decision(&decide(&request(9000, 1, ""), &views, Ties::ByName, 0));
        assert_eq!((&out["chosen"], &out["steps"]), (&Value::Null, &json!([])));
        assert_eq!(out["failures"][2], json!({ "arn": "arn:b1", "reason": "RESOURCE:CPU" }));
    }
}
