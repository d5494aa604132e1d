//! What a placed task costs in memory beyond its definition, in bytes that the engine asks the allocator for.
//!
//! Its own program, because counting slows every allocation down. Through the index: all that the hosts and the order
//! grow by. Through the door: all that the world grows by (tasks, instances, events to come), as [`World`] holds it
//! when the lab with its log, facts and snapshots is gone; the order of the instances is a cache that no copy holds.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test or benchmark may stop at what must not fail")]

mod cluster;
mod report;
mod scene;

use std::alloc::System;
use std::hint::black_box;
use std::rc::Rc;

use ecs_lab::lab::{Command, World};
use ecs_lab::placement::{Field, Fleet, Strategy, Ties};
use ecs_lab::sim::SimDuration;
use report::Report;
use serde_json::json;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const INSTANCES: u32 = 5_000;

fn main() {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    if wanted.is_none_or(|wanted| wanted == "memory") {
        through_the_index(&mut report::print);
        through_the_door(&mut report::print);
    }
}

fn through_the_index(report: Report<'_>) {
    const TASKS: u32 = 100_000;
    let request = Rc::new(scene::request(vec![Strategy::Binpack(Field::Memory)], None));
    let mut fleet = Fleet::new(scene::in_order(u64::from(INSTANCES)));
    fleet.choose(&request, Ties::ByName, 0);
    let before = live();
    for _ in 0..TASKS {
        fleet.place(&request, "task", Ties::ByName, 0);
    }
    let bytes = (live() - before) / f64::from(TASKS);
    black_box(&fleet);
    report("memory_a_task_index", u64::from(INSTANCES), bytes, "B");
}

fn through_the_door(report: Report<'_>) {
    const CALLS: u32 = 10_000;
    let after = |calls, seconds| {
        let before = live();
        let world = world(calls, seconds);
        let bytes = live() - before;
        drop(world);
        bytes
    };
    for (name, seconds) in [("pending", 0), ("running", 90)] {
        let bytes = (after(CALLS, seconds) - after(0, seconds)) / f64::from(CALLS * 10);
        report(&format!("memory_a_task_door_{name}"), u64::from(INSTANCES), bytes, "B");
    }
}

/// The world of a lab after this many calls of ten tasks each, and this much time.
fn world(calls: u32, seconds: i64) -> World {
    let mut lab = cluster::fleet(INSTANCES);
    for _ in 0..calls {
        cluster::apply(&mut lab, cluster::run_tasks(10, json!([{ "type": "spread", "field": "instanceId" }])));
    }
    cluster::apply(&mut lab, Command::Advance(SimDuration::from_secs(seconds)));
    lab.world().clone()
}

/// Bytes asked for and not given back.
fn live() -> f64 {
    let stats = COUNTING.stats();
    stats.bytes_allocated as f64 - stats.bytes_deallocated as f64
}
