//! The one integration binary of the engine.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at what must not fail")]

mod contrast;
mod ecr;
mod lab;
mod placement;
mod quiz;
mod readme;
mod rule_ids;
mod rule_rows;
mod rule_rows_scaling;
mod scaling;
mod services;
mod shell;
mod tidy;
