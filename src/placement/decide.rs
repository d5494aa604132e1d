//! The whole pipeline for one task: once as a decision that explains itself, once as the bare choice.

use super::check::{Check, Examiner, fits};
use super::host::{Host, HostStatus};
use super::request::{Request, Strategy};
use super::strategy::{By, Key, Ranker, Step, Ties, break_tie, keys, narrow};
use alloc::string::String;
use alloc::vec::Vec;

/// Where a task goes and why, as a value: every check of every instance, every strategy's numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// What was asked.
    pub request: Request,
    /// Every instance of the cluster, in the order given.
    pub candidates: Vec<Candidate>,
    /// The strategies in order, then the tie-break; none when no candidate is eligible.
    pub steps: Vec<Step>,
    /// The chosen candidate's index.
    pub chosen: Option<usize>,
}

/// One instance of the cluster in a decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// `ec2InstanceId`.
    pub name: String,
    /// `containerInstanceArn`.
    pub arn: String,
    /// Availability Zone.
    pub zone: String,
    /// All its checks, in the pipeline's order, passed ones too.
    pub checks: Vec<Check>,
    /// Whether none of them blocks.
    pub eligible: bool,
}

/// One item of the API's `failures[]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The container instance.
    pub arn: String,
    /// The reason's code, as `RESOURCE:CPU`.
    pub reason: &'static str,
}

/// Decides with every check of every instance. `hosts` are all instances of the cluster: those that are not ACTIVE
/// take nothing but count for spread over an attribute. `draw` is one draw of [`crate::sim::draw::draw`].
pub fn decide(request: &Request, hosts: &[&Host], ties: Ties, draw: u64) -> Decision {
    let mut examiner = Examiner::new(request);
    let candidates: Vec<Candidate> = hosts.iter().map(|host| candidate(&mut examiner, host)).collect();
    let mut left: Vec<usize> =
        candidates.iter().enumerate().filter(|(_, candidate)| candidate.eligible).map(|(index, _)| index).collect();
    let mut steps = Vec::new();
    let mut chosen = None;
    if !left.is_empty() {
        for strategy in &request.strategies {
            let ranker = Ranker::new(strategy, &request.group, hosts);
            let keys = keys(&ranker, hosts, &left);
            left = narrow(&keys, *strategy == Strategy::Random, draw);
            let by = By::Strategy(strategy.clone());
            steps.push(Step { by, keys, values: ranker.values(), left: left.clone() });
        }
        chosen = break_tie(&left, hosts, ties, draw);
        let keys = left.iter().map(|index| (*index, Key::None)).collect();
        steps.push(Step { by: By::Ties(ties), keys, values: Vec::new(), left: chosen.into_iter().collect() });
    }
    Decision { request: request.clone(), candidates, steps, chosen }
}

/// The choice of [`decide`] without its explanation: the index of the chosen host.
pub fn choose(request: &Request, hosts: &[&Host], ties: Ties, draw: u64) -> Option<usize> {
    let mut left: Vec<usize> =
        hosts.iter().enumerate().filter(|(_, host)| fits(request, host)).map(|(index, _)| index).collect();
    for strategy in &request.strategies {
        if left.len() <= 1 {
            break;
        }
        let ranker = Ranker::new(strategy, &request.group, hosts);
        left = narrow(&keys(&ranker, hosts, &left), *strategy == Strategy::Random, draw);
    }
    break_tie(&left, hosts, ties, draw)
}

impl Candidate {
    /// Its item of the API's `failures[]`; none when it is eligible.
    pub fn failure(&self) -> Option<Failure> {
        let reason = self.first_block()?.reason();
        Some(Failure { arn: self.arn.clone(), reason })
    }

    /// The check that AWS reports: the first that blocks.
    pub fn first_block(&self) -> Option<&Check> {
        self.checks.iter().find(|check| check.blocks())
    }

    /// Whether its status lets it take tasks; the others are no candidates for AWS.
    pub fn is_active(&self) -> bool {
        self.checks.contains(&Check::Status(HostStatus::Active))
    }
}

impl Decision {
    /// The chosen instance.
    pub fn chosen(&self) -> Option<&Candidate> {
        self.candidates.get(self.chosen?)
    }

    /// Whether the cluster has no ACTIVE instance, so that the call itself fails (PL-40).
    pub fn nobody_active(&self) -> bool {
        !self.candidates.iter().any(Candidate::is_active)
    }

    /// How many instances pass every check.
    pub fn eligible(&self) -> usize {
        self.candidates.iter().filter(|candidate| candidate.eligible).count()
    }

    /// The API's `failures[]`: one per ACTIVE instance with its first reason, ordered by ARN (PL-45); empty when the
    /// task was placed.
    pub fn failures(&self) -> Vec<Failure> {
        if self.chosen.is_some() {
            return Vec::new();
        }
        let mut failures: Vec<Failure> =
            self.candidates.iter().filter(|candidate| candidate.is_active()).filter_map(Candidate::failure).collect();
        crate::sim::order::sort_by(&mut failures, |left, right| left.arn.cmp(&right.arn));
        failures
    }

    /// The closest matching instance of a task that found none: the one that fails at the latest check, then by the
    /// smallest shortfall, then by name (6.14, `UNDOC→`).
    pub fn closest(&self) -> Option<usize> {
        if self.chosen.is_some() {
            return None;
        }
        let ranked = self.candidates.iter().enumerate().filter(|(_, candidate)| candidate.is_active());
        ranked
            .filter_map(|(index, candidate)| {
                let block = candidate.first_block()?;
                let order = core::cmp::Reverse(block.order());
                Some(((order, block.shortfall(), &candidate.zone, &candidate.name), index))
            })
            .min()
            .map(|(_, index)| index)
    }
}

fn candidate(examiner: &mut Examiner<'_>, host: &Host) -> Candidate {
    let checks = examiner.examine(host);
    let eligible = !checks.iter().any(Check::blocks);
    Candidate { name: host.name.clone(), arn: host.arn.clone(), zone: host.zone.clone(), checks, eligible }
}
