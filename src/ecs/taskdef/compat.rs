//! `compatibilities`: where the definition can run, as AWS derives it.
//!
//! MANAGED_INSTANCES appears in AWS's answers since late 2025, EXTERNAL since May 2021; older recorded answers lack
//! them. AWS's order of the list varies; ours is fixed.

use super::check::{self, Findings};
use super::view::View;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A compatibility, and what stands in its way.
type Question = (&'static str, fn(&View, &mut Findings));

pub(super) fn compatibilities(view: &View) -> Vec<String> {
    let questions: [Question; 4] = [
        ("EXTERNAL", check::external_unmet),
        ("EC2", check::ec2_unmet),
        ("MANAGED_INSTANCES", check::managed_unmet),
        ("FARGATE", check::fargate::unmet),
    ];
    questions
        .into_iter()
        .filter(|(_, unmet)| {
            let mut out = Findings::new();
            unmet(view, &mut out);
            out.is_empty()
        })
        .map(|(name, _)| name.to_string())
        .collect()
}
