//! The form of "Run tasks" as a value: what it holds, and the RunTask it is equal to.

use ecs_lab::ec2::network;
use ecs_lab::lab::Command;
use serde_json::{Value, json};

/// What the reader has chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct RunForm {
    /// `family:revision`.
    pub definition: String,
    /// As typed.
    pub count: String,
    /// EC2, EXTERNAL or FARGATE.
    pub launch: String,
    /// Type and field of each strategy, in order.
    pub strategies: Vec<(String, String)>,
    /// The constraint distinctInstance.
    pub distinct: bool,
    /// A memberOf expression, or nothing.
    pub member_of: String,
    /// A task group, or nothing.
    pub group: String,
    /// The zones whose subnets an awsvpc task may use.
    pub zones: Vec<String>,
}

/// Ready-made chains: words, and the strategies.
pub const PRESETS: &[(&str, &[(&str, &str)])] = &[
    ("none: RunTask then chooses at random", &[]),
    ("spread AZ", &[("spread", "attribute:ecs.availability-zone")]),
    ("spread AZ, then spread instance", &[("spread", "attribute:ecs.availability-zone"), ("spread", "instanceId")]),
    ("spread AZ, then binpack memory", &[("spread", "attribute:ecs.availability-zone"), ("binpack", "memory")]),
    ("spread instance", &[("spread", "instanceId")]),
    ("binpack memory", &[("binpack", "memory")]),
    ("binpack CPU", &[("binpack", "cpu")]),
    ("random", &[("random", "")]),
];

impl RunForm {
    /// The form as it opens: one task of the newest definition, spread over the zones.
    pub fn new(definition: &str, region: &str) -> Self {
        Self {
            definition: definition.to_owned(),
            count: "1".to_owned(),
            launch: "EC2".to_owned(),
            strategies: vec![("spread".into(), "attribute:ecs.availability-zone".into())],
            distinct: false,
            member_of: String::new(),
            group: String::new(),
            zones: network::zones(region).take(3).collect(),
        }
    }

    /// The preset that these strategies are, by index.
    pub fn preset(&self) -> Option<usize> {
        let same = |list: &[(&str, &str)]| {
            list.len() == self.strategies.len()
                && list.iter().zip(&self.strategies).all(|((kind, field), own)| *kind == own.0 && *field == own.1)
        };
        PRESETS.iter().position(|(_, list)| same(list))
    }

    /// The command; `Err` when the count is no number, which is the form's own matter.
    pub fn command(&self, cluster: &str, awsvpc: bool) -> Result<Command, String> {
        let count: i64 = self.count.trim().parse().map_err(|_| "A whole number from 1 to 10.".to_owned())?;
        let mut input = json!({ "cluster": cluster, "taskDefinition": self.definition, "count": count });
        let Some(map) = input.as_object_mut() else { return Err(String::new()) };
        let mut put = |name: &str, value: Value| map.insert(name.to_owned(), value);
        if self.launch != "EC2" {
            put("launchType", Value::from(self.launch.clone()));
        }
        if !self.strategies.is_empty() && self.launch != "FARGATE" {
            put("placementStrategy", self.strategies.iter().map(strategy).collect());
        }
        let mut constraints = Vec::new();
        if self.distinct {
            constraints.push(json!({ "type": "distinctInstance" }));
        }
        if !self.member_of.trim().is_empty() {
            constraints.push(json!({ "type": "memberOf", "expression": self.member_of.trim() }));
        }
        if !constraints.is_empty() && self.launch != "FARGATE" {
            put("placementConstraints", Value::from(constraints));
        }
        if !self.group.trim().is_empty() {
            put("group", Value::from(self.group.trim()));
        }
        if awsvpc {
            let subnets: Vec<String> = self.zones.iter().filter_map(|zone| network::subnet_of(zone)).collect();
            let mut network = json!({ "subnets": subnets });
            // The default subnets are public: what runs on Fargate reaches its registry with an address of its own.
            if self.launch == "FARGATE" {
                network["assignPublicIp"] = Value::from("ENABLED");
            }
            put("networkConfiguration", json!({ "awsvpcConfiguration": network }));
        }
        Ok(Command::ecs("RunTask", input))
    }
}

fn strategy((kind, field): &(String, String)) -> Value {
    if field.is_empty() { json!({ "type": kind }) } else { json!({ "type": kind, "field": field }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecs_lab::shell::line_of;

    #[test]
    fn the_form_is_a_run_task() {
        let mut form = RunForm::new("web:1", "us-east-1");
        form.count = " 8 ".into();
        form.distinct = true;
        form.member_of = "attribute:stack exists".into();
        form.group = "night".into();
        assert_eq!(
            line_of(&form.command("prod", true).unwrap()),
            "aws ecs run-task --cluster prod --task-definition web:1 --count 8 \
             --placement-strategy type=spread,field=attribute:ecs.availability-zone \
             --placement-constraints type=distinctInstance 'type=memberOf,expression=attribute:stack exists' --group night \
             --network-configuration 'awsvpcConfiguration={subnets=[subnet-0ec51ab00000000a0,subnet-0ec51ab00000000a1,subnet-0ec51ab00000000a2]}'"
        );
        form.count = "some".into();
        assert!(form.command("prod", false).is_err());
    }

    #[test]
    fn presets_are_known_again() {
        for (index, (_, list)) in PRESETS.iter().enumerate() {
            let mut form = RunForm::new("web:1", "us-east-1");
            form.strategies = list.iter().map(|(kind, field)| ((*kind).into(), (*field).into())).collect();
            assert_eq!(form.preset(), Some(index));
        }
    }
}
