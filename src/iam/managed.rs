//! The policies that AWS manages, as far as the lab knows them (reference 4.5): their documents stand in `managed.txt`,
//! one policy a line, and behind them the names of some that it leaves out.

use super::policy::{Policy, Use};
use crate::aws::{ApiError, arn, model};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use once_cell::race::OnceBox;

/// A policy that AWS manages.
#[derive(Debug)]
pub struct AwsManaged {
    /// Its path, such as `/service-role/`.
    pub path: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The number of its default version.
    pub version: u32,
    /// When it was made and when it last changed, in seconds since the epoch.
    pub dates: [i64; 2],
    /// Its document as AWS publishes it.
    pub text: &'static str,
    /// What that says.
    pub policy: Policy,
}

impl AwsManaged {
    /// Its ARN in a partition.
    pub fn arn(&self, partition: &str) -> String {
        format!("arn:{partition}:iam::aws:policy{}{}", self.path, self.name)
    }
}

/// All of them, by name.
pub fn all() -> &'static [AwsManaged] {
    static ALL: OnceBox<Vec<AwsManaged>> = OnceBox::new();
    ALL.get_or_init(|| Box::new(model::lines("AWS managed policies").filter_map(read).collect()))
}

/// The one of an ARN, whatever the partition.
pub fn find(arn: &str) -> Option<&'static AwsManaged> {
    let (_, rest) = arn.split_once(":iam::aws:policy/")?;
    let (path, name) = rest.rsplit_once('/').map_or(("", rest), |(path, name)| (path, name));
    all().iter().find(|own| own.name == name && own.path.trim_matches('/') == path)
}

/// The refusal of a policy that AWS has and the lab leaves out, for the ARN of one.
pub fn left_out(arn: &str) -> Option<ApiError> {
    let (_, named) = arn.split_once(":iam::aws:policy")?;
    let names = |line: &str| line.split_once(' ').is_some_and(|(path, name)| named.strip_prefix(path) == Some(name));
    let name = arn::short_name(named);
    let left_out = model::lines("AWS managed policies").any(names);
    left_out.then(|| ApiError::not_simulated(&format!("the AWS managed policy {name}")))
}

fn read(line: &'static str) -> Option<AwsManaged> {
    let mut words = line.splitn(6, ' ');
    let mut next = || words.next();
    let (path, name) = (next()?, next()?);
    let (version, dates) = (next()?.parse().ok()?, [next()?.parse().ok()?, next()?.parse().ok()?]);
    let text = next()?;
    Some(AwsManaged { path, name, version, dates, text, policy: Policy::read(text, Use::Identity).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_told_from_what_aws_has_not() {
        for (arn, refused) in [
            ("arn:aws:iam::aws:policy/service-role/AmazonECSInfrastructureRoleforExpressGatewayServices", true),
            ("arn:aws-cn:iam::aws:policy/ReadOnlyAccess", true),
            ("arn:aws:iam::aws:policy/AmazonECSInfrastructureRoleforExpressGatewayServices", false),
            ("arn:aws:iam::aws:policy/Nobody", false),
            ("arn:aws:iam::123456789012:policy/ReadOnlyAccess", false),
        ] {
            assert_eq!(left_out(arn).is_some(), refused, "{arn}");
        }
    }

    #[test]
    fn every_line_is_a_policy_and_is_found_by_its_arn() {
        let documents = model::lines("AWS managed policies").filter(|line| line.contains('{'));
        assert_eq!(all().len(), documents.count());
        for own in all() {
            assert!(left_out(&own.arn("aws")).is_none(), "{}", own.name);
            assert_eq!(find(&own.arn("aws")).map(|found| found.name), Some(own.name));
        }
        assert!(find("arn:aws:iam::aws:policy/AmazonECSTaskExecutionRolePolicy").is_none(), "it has a path");
        assert!(find("arn:aws:iam::123456789012:policy/AdministratorAccess").is_none());
    }
}
