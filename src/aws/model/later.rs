//! The later part of the tables: built in, but on the page, which fetches it.

use super::table::Tables;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use once_cell::race::OnceBox;

/// Where the shapes of the later part begin to count.
pub(super) const LATER: u16 = 1 << 15;

static TABLES: OnceBox<Tables> = OnceBox::new();

/// Whether the later part is here.
pub fn here() -> bool {
    later().is_some()
}

/// Hands over the texts of the later tables, an empty line between them. Does nothing where they are here.
pub fn supply(texts: String) {
    TABLES.get_or_init(|| {
        let texts: Vec<&'static str> = (*texts.leak()).split("\n\n").collect();
        Box::new(Tables::parse(&texts, LATER))
    });
}

/// The later tables, where they are here.
#[cfg(all(feature = "app", target_arch = "wasm32"))]
pub(super) fn later() -> Option<&'static Tables> {
    TABLES.get()
}

/// The later tables, parsed at the first question.
#[cfg(not(all(feature = "app", target_arch = "wasm32")))]
pub(super) fn later() -> Option<&'static Tables> {
    let texts = [
        include_str!("later/application-autoscaling.txt"),
        include_str!("later/autoscaling.txt"),
        include_str!("later/cloudwatch.txt"),
        include_str!("later/codedeploy.txt"),
        include_str!("later/ec2.txt"),
        include_str!("later/ecr.txt"),
        include_str!("later/ecs.txt"),
        include_str!("later/elbv2.txt"),
        include_str!("later/iam.txt"),
        include_str!("later/logs.txt"),
        include_str!("later/servicediscovery.txt"),
        include_str!("later/sts.txt"),
    ];
    Some(TABLES.get_or_init(|| Box::new(Tables::parse(&texts, LATER))))
}
