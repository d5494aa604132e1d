//! # ECS Lab
//!
//! A faithful Amazon ECS on a simulated clock: placement, task life and the API door, with the reason for every
//! decision. This library is the engine; the page (`src/main.rs`, `src/app/`) is one user of it.
//!
//! ## The map of the house
//!
//! Rooms from the ground up; each may import those to its left, never those to its right:
//!
//! ```text
//! sim → aws → {placement, scaling} → event → {ec2, ecr, ecs, elb, iam, logs, cloudwatch, autoscaling, applicationautoscaling, codedeploy, events, s3, secretsmanager, servicediscovery} → lab → shell → quiz → app, bin
//! ```
//!
//! | room | holds |
//! |---|---|
//! | [`sim`] | simulated time, ordered event queue, keyed randomness, history. Knows no AWS |
//! | [`aws`] | the door's shapes: model tables, validation, ARNs, error codes, paging |
//! | [`placement`] | requirements, checks, cluster query language, strategies, the decision as a value |
//! | [`scaling`] | target tracking, steps, schedules and forecasts; how tasks divide over capacity providers, how much capacity a provider needs. Pure |
//! | [`event`] | ids, what will happen, what happened and why, what a reactor may do |
//! | [`ec2`], [`ecr`], [`ecs`], [`elb`], [`iam`], [`logs`], [`cloudwatch`], [`autoscaling`], [`applicationautoscaling`], [`codedeploy`], [`events`], [`s3`], [`secretsmanager`], [`servicediscovery`] | one state machine each: `on_event`, `call`, `read`; in [`rooms`] they read each other and write only themselves |
//! | [`lab`] | the façade: `new, apply, advance, next_deadline, seek, undo, redo, fork`, one dispatch table |
//! | [`shell`] | a terminal that runs lines of `aws`, `docker` and `lab`, and the line that each command is equal to |
//! | [`quiz`] | decks, question kinds, grading, spaced repetition |
//! | `fuzz` | what must hold of each reader of foreign text; only in tests and for `cargo dev fuzz` |
//!
//! ## Invariants
//!
//! 1. **Pure and deterministic.** No browser, wall clock, entropy, I/O, threads or platform floats: the library is
//!    `no_std`, so the compiler refuses them. Same version, seed and commands give the same facts on every target.
//! 2. **One door.** Everything that changes the world is a [`lab::Command`].
//! 3. **The command log is the document.** State is never serialised.
//! 4. **Explanations are values.** A [`placement::Decision`] holds every check of every candidate, both numbers.
//! 5. **The model is data.** Operations, members, enums and limits stand in generated tables under `aws`.
//! 6. **A bad input never panics, hangs or loses anything.**

#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod applicationautoscaling;
pub mod autoscaling;
pub mod aws;
pub mod cloudwatch;
pub mod codedeploy;
pub mod ec2;
pub mod ecr;
pub mod ecs;
pub mod elb;
pub mod event;
pub mod events;
#[cfg(any(test, feature = "fuzz"))]
pub mod fuzz;
pub mod iam;
pub mod lab;
pub mod logs;
pub mod placement;
pub mod quiz;
pub mod rooms;
pub mod s3;
pub mod scaling;
pub mod secretsmanager;
pub mod servicediscovery;
pub mod shell;
pub mod sim;
