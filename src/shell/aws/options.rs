//! The options of an operation, made from its input's shape.

use super::Generation;
use super::parser::{Opt, Takes, Type};
use crate::aws::model::{Kind, Member, Operation};
use crate::shell::line::{kebab, negative};
use alloc::vec::Vec;

/// What an option stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Means {
    /// A member of the input.
    Member(&'static Member),
    /// A member that is false.
    Not(&'static Member),
    /// `--cli-input-json`.
    InputJson,
    /// `--cli-input-yaml`.
    InputYaml,
    /// `--starting-token`.
    Start,
    /// `--page-size`.
    PageSize,
    /// `--max-items`.
    MaxItems,
    /// `--generate-cli-skeleton`.
    Skeleton,
    /// Something of the command line's own for this operation.
    Own(&'static str),
}

/// An option table: argparse's view, and what each means.
#[derive(Default)]
pub(super) struct Table {
    pub(super) options: Vec<Opt>,
    pub(super) means: Vec<Means>,
}

impl Table {
    fn add(&mut self, option: Opt, means: Means) {
        // A second one of the name takes the place of the first.
        match self.options.iter().position(|own| own.name == option.name) {
            Some(at) => {
                self.options.splice(at..=at, [option]);
                self.means.splice(at..=at, [means]);
            }
            None => {
                self.options.push(option);
                self.means.push(means);
            }
        }
    }

    /// The words of an option that stands for something.
    pub(super) fn find(&self, wanted: impl Fn(&Means) -> bool) -> Option<usize> {
        self.means.iter().position(wanted)
    }
}

/// The table of an operation; `service` is the model's.
pub(super) fn table(operation: &Operation, generation: Generation) -> Table {
    let mut table = Table::default();
    members(&mut table, operation);
    own(&mut table, operation);
    table.add(Opt::new("cli-input-json", Takes::One), Means::InputJson);
    let mut choices: &[&str] = &["input", "output"];
    if generation == Generation::V2 {
        choices = &["yaml-input", "input", "output"];
        table.add(Opt::new("cli-input-yaml", Takes::One), Means::InputYaml);
    }
    if let Some(pages) = &operation.paginator {
        let of_limit = pages.limit_key.and_then(|key| operation.input.member(key));
        let text = of_limit.is_some_and(|member| matches!(member.shape.kind(), Kind::String { .. }));
        let kind = if text { Type::Text } else { Type::Int };
        table.add(Opt::new("starting-token", Takes::One), Means::Start);
        if of_limit.is_some() {
            table.add(Opt { kind, ..Opt::new("page-size", Takes::One) }, Means::PageSize);
        }
        table.add(Opt { kind, ..Opt::new("max-items", Takes::One) }, Means::MaxItems);
    }
    table.add(Opt { choices, ..Opt::new("generate-cli-skeleton", Takes::Optional) }, Means::Skeleton);
    table
}

/// Whether the command line takes a structure of EC2 that holds one boolean for a pair of options without a word.
pub(super) fn is_switch(service: &str, member: &Member) -> bool {
    let [only] = member.shape.members() else { return false };
    service == "ec2" && only.name == "Value" && matches!(only.shape.kind(), Kind::Boolean)
}

fn members(table: &mut Table, operation: &Operation) {
    for member in operation.input.members() {
        let name = kebab(member.name);
        let required = member.required && !member.idempotency_token;
        let takes = match member.shape.kind() {
            _ if is_switch(operation.service, member) => {
                table.add(Opt::new(&name, Takes::Optional), Means::Member(member));
                table.add(Opt::new(&negative(operation.service, &name), Takes::Nothing), Means::Not(member));
                continue;
            }
            Kind::Boolean => {
                // argparse cannot ask for one of a pair: what is missing is found later.
                table.add(Opt::new(&name, Takes::Nothing), Means::Member(member));
                table.add(Opt::new(&negative(operation.service, &name), Takes::Nothing), Means::Not(member));
                continue;
            }
            // Of what is not simulated, only the name is known.
            Kind::List { .. } | Kind::Unsimulated => Takes::Any,
            _ => Takes::One,
        };
        let kind = match member.shape.kind() {
            Kind::Long(_) => Type::Int,
            Kind::Double(_) => Type::Float,
            _ => Type::Text,
        };
        table.add(Opt { kind, required, ..Opt::new(&name, takes) }, Means::Member(member));
    }
}

/// What the command line adds to some operations of EC2, CloudWatch and CodeDeploy.
fn own(table: &mut Table, operation: &Operation) {
    let names: &[&'static str] = match (operation.service, operation.name) {
        ("ec2", "RunInstances") => {
            for option in &mut table.options {
                option.required = false;
            }
            for name in ["associate-public-ip-address", "no-associate-public-ip-address"] {
                table.add(Opt::new(name, Takes::Nothing), Means::Own(name));
            }
            &["count"]
        }
        (
            "ec2",
            "AuthorizeSecurityGroupIngress"
            | "AuthorizeSecurityGroupEgress"
            | "RevokeSecurityGroupIngress"
            | "RevokeSecurityGroupEgress",
        ) => &["protocol", "port", "cidr", "source-group"],
        ("cloudwatch", "PutMetricData") => &super::metric::OPTIONS,
        ("codedeploy", "CreateDeployment") => &super::location::OPTIONS,
        _ => &[],
    };
    for name in names {
        table.add(Opt::new(name, Takes::One), Means::Own(name));
    }
}
