//! Scaling of services: Application Auto Scaling (`scaling-ecr-iam-cli.md` section 1).

mod calls;
mod deck;
mod recorded;
mod scheduled;
mod steps;
mod tracking;
