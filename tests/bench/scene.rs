//! The instances and the tasks that the placement benchmarks stand on.

use ecs_lab::placement::query::Expression;
use ecs_lab::placement::{
    AGENT, Amount, Attributes, Constraint, Demand, Host, Protocol, Request, Strategy, ZONE_ATTRIBUTE,
};
use ecs_lab::sim::draw::draw;
use std::rc::Rc;

const ZONES: [&str; 3] = ["us-east-1a", "us-east-1b", "us-east-1c"];

/// Tasks of 32 CPU and 64 MiB.
pub fn request(strategies: Vec<Strategy>, member: Option<&str>) -> Request {
    let constraints =
        member.map(|text| Constraint::MemberOf(Rc::new(Expression::parse(text).expect("a valid expression"))));
    Request {
        demand: Demand {
            cpu: 32,
            memory: 64,
            attributes: [
                "com.amazonaws.ecs.capability.docker-remote-api.1.18",
                "ecs.capability.execution-role-awslogs",
            ]
            .map(|name| (name.to_string(), None))
            .into(),
            ..Demand::default()
        },
        group: "service:web".into(),
        constraints: constraints.into_iter().collect(),
        strategies,
    }
}

/// The instances in the order of zone and name, as [`Fleet::new`] advises.
pub fn in_order(size: u64) -> Vec<Host> {
    let mut hosts = hosts(size);
    hosts.sort_by(|left, right| (&left.zone, &left.name).cmp(&(&right.zone, &right.name)));
    hosts
}

/// Instances like those a cluster registers, in three zones and two stacks; equal attributes are shared, as between
/// instances that came up together.
pub fn hosts(size: u64) -> Vec<Host> {
    let shared: Vec<Rc<Attributes>> = (0..6).map(|number| Rc::new(attributes(number))).collect();
    let agent: Rc<str> = AGENT.into();
    (0..size).map(|number| host(number, Rc::clone(&shared[number as usize % shared.len()]), &agent)).collect()
}

/// Twenty-odd attributes, most of them capabilities.
fn attributes(number: usize) -> Attributes {
    let mut attributes: Attributes = [
        (ZONE_ATTRIBUTE, ZONES[number % ZONES.len()]),
        ("ecs.instance-type", "m5.xlarge"),
        ("ecs.os-type", "linux"),
        ("ecs.cpu-architecture", "x86_64"),
        ("stack", if number.is_multiple_of(2) { "prod" } else { "dev" }),
    ]
    .map(|(name, value)| (name.to_string(), Some(value.to_string())))
    .into();
    for minor in 17..26 {
        attributes.insert(format!("com.amazonaws.ecs.capability.docker-remote-api.1.{minor}"), None);
    }
    for name in [
        "task-eni",
        "execution-role-awslogs",
        "execution-role-ecr-pull",
        "container-health-check",
        "efs",
        "env-files.s3",
    ] {
        attributes.insert(format!("ecs.capability.{name}"), None);
    }
    attributes
}

fn host(number: u64, attributes: Rc<Attributes>, agent: &Rc<str>) -> Host {
    Host {
        name: format!("i-{:017x}", draw(1, 1, "name", number)),
        arn: format!(
            "arn:aws:ecs:us-east-1:123456789012:container-instance/default/{:032x}",
            draw(1, 1, "arn", number)
        ),
        zone: ZONES[number as usize % ZONES.len()].into(),
        agent_connected: true,
        agent_version: "1.105.1".into(),
        cpu: Amount::whole(4096),
        memory: Amount::whole(15_646),
        ports: [22, 2375, 2376, 51678, 51679].map(|port| ((Protocol::Tcp, port), agent.clone())).into_iter().collect(),
        attributes,
        ..Host::default()
    }
}
