//! Amazon ECR through the lab: repositories, pushes, tags, policies, scans, and tasks that pull.

mod access;
mod images;
mod pull;
mod push;
mod refusals;
mod registry;
mod repositories;
pub mod support;
