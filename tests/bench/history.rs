//! Seeking in a long history, on the small machine of the parity test.

use std::hint::black_box;
use std::time::Instant;

use ecs_lab::sim::{History, SimDuration};

use super::kernel::{Command, Kernel};

const COMMANDS: u32 = 10_000;

/// Reports the median and the slowest of many seeks all over a history of 10,000 commands.
pub fn run(report: &mut dyn FnMut(&str, u64, f64, &str)) {
    let mut history = long();
    // A stride prime to the length visits old, recent, near and far revisions alike.
    let mut times: Vec<f64> = (0..1000u32)
        .map(|n| {
            let revision = n * 7919 % (COMMANDS + 1);
            let start = Instant::now();
            history.seek(black_box(revision));
            black_box(history.now());
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    report("seek_median", u64::from(COMMANDS), times[times.len() / 2], "ms");
    report("seek_slowest", u64::from(COMMANDS), times[times.len() - 1], "ms");
}

fn long() -> History<Kernel> {
    let mut history = Kernel::history();
    for n in 0..COMMANDS / 2 {
        // Neither is ever refused, and a start between two spans of time keeps them from merging.
        let _ = history.push(Command::Start(1 + n % 3));
        let _ = history.push(Command::Advance(SimDuration::from_secs(20)));
    }
    history
}
