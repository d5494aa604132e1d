//! The rules of RegisterTaskDefinition, grouped by idea, run in AWS's order where that order is known.
//!
//! Known of the order (recorded answers and the deployments cited in reference 0.2 as CDKP, Sep 2026): the syntax of
//! `cpu` comes before the essential container; container memory before the Fargate sizes; what `awsvpc` forbids before
//! what Fargate forbids; the options of awslogs before its execution role. The rest is our choice: from the whole to
//! the part, what the target capacity forbids last.

mod capacity;
mod containers;
mod depends;
pub(super) mod fargate;
mod health;
mod identity;
mod logging;
mod network;
mod placement;
mod runtime;
mod secrets;
mod sizes;
mod volumes;

use super::view::View;
use crate::aws::ApiError;
use alloc::string::String;
use alloc::vec::Vec;

pub(super) use capacity::{ec2_unmet, external_unmet, managed_unmet};

/// Where the findings of a registration gather.
pub(super) struct Findings(Vec<ApiError>);

impl Findings {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    /// A `ClientException` in AWS's words.
    pub(super) fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(ApiError::client(message).at(path));
    }

    /// A `ClientException` in the lab's words: AWS refuses too, its text is not public.
    pub(super) fn add_ours(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(ApiError::client(message).at(path).in_our_words());
    }

    /// An error made elsewhere.
    pub(super) fn push(&mut self, error: ApiError) {
        self.0.push(error);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_list(self) -> Vec<ApiError> {
        self.0
    }
}

/// Every rule's finding, in order; empty when the definition registers.
pub(super) fn run(view: &View) -> Vec<ApiError> {
    let mut out = Findings::new();
    let groups: [fn(&View, &mut Findings); 16] = [
        identity::check,
        sizes::syntax,
        containers::names,
        containers::essential,
        sizes::containers,
        sizes::task,
        network::check,
        depends::check,
        health::check,
        logging::check,
        secrets::check,
        containers::settings,
        volumes::check,
        placement::check,
        runtime::check,
        capacity::check,
    ];
    for group in groups {
        group(view, &mut out);
    }
    out.into_list()
}

/// The rules on what a request can override of a registered definition.
pub(super) fn sizes_of(view: &View) -> Vec<ApiError> {
    let mut out = Findings::new();
    for group in [sizes::syntax, sizes::containers, sizes::task, containers::requirements] {
        group(view, &mut out);
    }
    if view.wants_fargate {
        fargate::size(view, &mut out);
    }
    out.into_list()
}
