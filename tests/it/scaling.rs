//! Scaling of services: Application Auto Scaling (`scaling-ecr-iam-cli.md` section 1).

mod balanced;
mod calls;
mod deck;
mod math;
mod predictive;
mod recorded;
mod refusals;
mod scheduled;
mod steps;
mod stories;
mod tracking;
