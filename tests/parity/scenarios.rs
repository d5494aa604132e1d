//! The scenarios whose facts must be the same on every target.

use ecs_lab::lab::Lab;
use ecs_lab::sim::{History, Machine, SimDuration};

use crate::kernel::{Command, Kernel};

/// Each scenario's name (no space, no semicolon) and the digest of its facts, ordered by name.
pub fn scenarios() -> Vec<(&'static str, u64)> {
    vec![
        ("containers", lab(CONTAINERS)),
        ("fargate", lab(FARGATE)),
        ("hosts", lab(HOSTS)),
        ("kernel", kernel()),
        ("load", lab(LOAD)),
        ("placement", lab(PLACEMENT)),
    ]
}

/// A lab that loads a log, walks back and forth in it, and gives its digest.
fn lab(commands: &str) -> u64 {
    let start = r#""start":{"seed":7,"time":"2026-01-05T09:00:00Z","ties":"drawn"}"#;
    let log = format!(r#"{{"format":"ecs-lab-log","version":1,{start},"commands":{commands}}}"#);
    let loaded = Lab::load(&log).unwrap_or_else(|error| panic!("{error}"));
    assert!(loaded.refused.is_empty(), "{:?}", loaded.refused);
    let mut lab = loaded.lab;
    let end = lab.digest();
    lab.seek(1);
    lab.seek(u32::MAX);
    assert_eq!(lab.digest(), end);
    u64::from_str_radix(&end[..16], 16).unwrap_or_default()
}

const PLACEMENT: &str = include_str!("placement.json");
const CONTAINERS: &str = include_str!("containers.json");
const FARGATE: &str = include_str!("fargate.json");
const HOSTS: &str = include_str!("hosts.json");
const LOAD: &str = include_str!("load.json");

/// Starts, pauses, undo and a new future: the kernel's time, queue, draws and history.
fn kernel() -> u64 {
    let mut history = Kernel::history();
    for round in 0..200 {
        history.push(Command::Start(1 + round % 5)).unwrap();
        history.push(Command::Advance(SimDuration::from_millis(i64::from(round) * 137))).unwrap();
        assert!(history.push(Command::Start(0)).is_err());
        if round % 7 == 0 {
            history.undo();
            history.undo();
        }
    }
    digest(&history, |fact| fact.clone())
}

/// FNV-1a over all facts, each followed by a line feed.
fn digest<M: Machine>(history: &History<M>, text: impl Fn(&M::Fact) -> String) -> u64 {
    let facts = history.past().iter().flat_map(|entry| entry.facts.iter());
    facts.map(|fact| text(fact) + "\n").fold(0xcbf2_9ce4_8422_2325, |hash, line| {
        line.bytes().fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
    })
}
