//! The later part of the tables, and the texts of rooms that only later calls enter: built in, but on the page, which
//! fetches them.

use super::table::Tables;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use once_cell::race::OnceBox;

/// Where the shapes of the later part begin to count.
pub(super) const LATER: u16 = 1 << 15;
/// Where those of what the tables leave out do.
pub(super) const LEFT: u16 = LATER + (1 << 14);

static TEXTS: OnceBox<Vec<&'static str>> = OnceBox::new();

/// Whether the later part is here.
pub fn here() -> bool {
    texts().is_some()
}

/// Hands over the texts of the later part, an empty line between them. Does nothing where they are here.
pub fn supply(texts: String) {
    TEXTS.get_or_init(|| Box::new((*texts.leak()).split("\n\n").collect()));
}

/// The lines of the later text with this title, which stands in its first line; none before it is here.
pub fn lines(title: &str) -> impl Iterator<Item = &'static str> {
    let own =
        texts().into_iter().flatten().find(|text| text.strip_prefix("# ").is_some_and(|own| own.starts_with(title)));
    own.into_iter().flat_map(|text| text.lines().skip(1))
}

/// The later tables, where they are here, parsed at the first question.
pub(super) fn later() -> Option<&'static Tables> {
    static TABLES: OnceBox<Tables> = OnceBox::new();
    parsed(&TABLES, "# Derived", LATER)
}

/// What the tables leave out of answers, likewise.
pub(super) fn left() -> Option<&'static Tables> {
    static TABLES: OnceBox<Tables> = OnceBox::new();
    parsed(&TABLES, "# Left out", LEFT)
}

fn parsed(tables: &'static OnceBox<Tables>, title: &str, base: u16) -> Option<&'static Tables> {
    let texts = texts()?.iter().copied().filter(|text| text.starts_with(title));
    Some(tables.get_or_init(|| Box::new(Tables::parse(&texts.collect::<Vec<_>>(), base))))
}

#[cfg(all(feature = "app", target_arch = "wasm32"))]
fn texts() -> Option<&'static [&'static str]> {
    TEXTS.get().map(Vec::as_slice)
}

#[cfg(not(all(feature = "app", target_arch = "wasm32")))]
fn texts() -> Option<&'static [&'static str]> {
    Some(&[
        include_str!("../../ec2/types.txt"),
        include_str!("../../ecr/scan/findings.txt"),
        include_str!("../../elb/attributes.txt"),
        include_str!("../../iam/managed.txt"),
        include_str!("later/application-autoscaling.txt"),
        include_str!("later/autoscaling.txt"),
        include_str!("later/cloudwatch.txt"),
        include_str!("later/codedeploy.txt"),
        include_str!("later/ec2.txt"),
        include_str!("later/ecr.txt"),
        include_str!("later/ecr-public.txt"),
        include_str!("later/ecs.txt"),
        include_str!("later/elbv2.txt"),
        include_str!("later/iam.txt"),
        include_str!("later/logs.txt"),
        include_str!("later/route53.txt"),
        include_str!("later/s3.txt"),
        include_str!("later/secretsmanager.txt"),
        include_str!("later/servicediscovery.txt"),
        include_str!("later/ssm.txt"),
        include_str!("later/sts.txt"),
        include_str!("later/autoscaling.left.txt"),
        include_str!("later/codedeploy.left.txt"),
        include_str!("later/ec2.left.txt"),
        include_str!("later/ecs.left.txt"),
        include_str!("later/elbv2.left.txt"),
        include_str!("later/iam.left.txt"),
        include_str!("later/logs.left.txt"),
        include_str!("later/route53.left.txt"),
        include_str!("later/secretsmanager.left.txt"),
        include_str!("later/servicediscovery.left.txt"),
        include_str!("later/ssm.left.txt"),
        include_str!("later/sts.left.txt"),
    ])
}
