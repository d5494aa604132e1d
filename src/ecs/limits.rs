//! The agent's spans of time (1.4): how long it waits for Docker, and when it cleans up after tasks.

use crate::sim::SimDuration;
use alloc::format;
use alloc::string::String;

/// One of the spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// From SIGTERM to SIGKILL (SP-02).
    Stop,
    /// For a container to be made.
    Create,
    /// For a container to start.
    Start,
    /// For a whole pull.
    Pull,
    /// For a pull that brings nothing.
    PullInactivity,
    /// From the end of a task to the removal of its containers.
    TaskCleanup,
    /// Between two clean-ups of images.
    ImageCleanup,
    /// How old an image must be to be removed.
    ImageAge,
}

/// What a key makes of a value under its least.
#[derive(Clone, Copy)]
enum Under {
    Default,
    Least,
}

/// A key, its default on Linux and on Windows in seconds, its least in seconds, and what a value under that becomes.
type Row = (Limit, &'static str, [i64; 2], i64, Under);

const ROWS: [Row; 8] = [
    (Limit::Stop, "ECS_CONTAINER_STOP_TIMEOUT", [30, 30], 1, Under::Default),
    (Limit::Create, "ECS_CONTAINER_CREATE_TIMEOUT", [240, 240], 60, Under::Least),
    (Limit::Start, "ECS_CONTAINER_START_TIMEOUT", [180, 480], 45, Under::Least),
    (Limit::Pull, "ECS_IMAGE_PULL_TIMEOUT", [7200, 7200], 1, Under::Default),
    (Limit::PullInactivity, "ECS_IMAGE_PULL_INACTIVITY_TIMEOUT", [60, 180], 60, Under::Least),
    (Limit::TaskCleanup, "ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION", [10_800, 10_800], 1, Under::Default),
    (Limit::ImageCleanup, "ECS_IMAGE_CLEANUP_INTERVAL", [1800, 1800], 600, Under::Default),
    (Limit::ImageAge, "ECS_IMAGE_MINIMUM_CLEANUP_AGE", [3600, 3600], 0, Under::Default),
];

/// All of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits([SimDuration; 8]);

impl Default for Limits {
    fn default() -> Self {
        Self::of(false)
    }
}

impl Limits {
    /// The defaults of a system.
    pub fn of(windows: bool) -> Self {
        Self(ROWS.map(|(_, _, [linux, other], ..)| SimDuration::from_secs(if windows { other } else { linux })))
    }

    /// One of them.
    pub fn get(&self, limit: Limit) -> SimDuration {
        let own = ROWS.iter().zip(self.0).find(|(row, _)| row.0 == limit);
        own.map(|(_, span)| span).unwrap_or_default()
    }

    /// Takes a key's value; one that is no span leaves what is there. False for another key.
    pub fn set(&mut self, key: &str, value: &str) -> bool {
        let Some((row, own)) = ROWS.iter().zip(&mut self.0).find(|(row, _)| row.1 == key) else { return false };
        let least = SimDuration::from_secs(row.3);
        match (SimDuration::parse(value), row.4) {
            (Ok(span), _) if span >= least => *own = span,
            (Ok(_), Under::Least) => *own = least,
            _ => {}
        }
        true
    }

    /// Key and value of each.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, SimDuration)> {
        ROWS.iter().map(|row| row.1).zip(self.0)
    }
}

/// A span as the agent's language writes it: `4m0s`, `1h0m0s`, `45s`.
pub fn go_text(span: SimDuration) -> String {
    let seconds = span.as_millis() / 1000;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, rest) => format!("{rest}s"),
        (0, minutes, rest) => format!("{minutes}m{rest}s"),
        (hours, minutes, rest) => format!("{hours}h{minutes}m{rest}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1.4: a value too small is ignored or raised, as the agent does; one that cannot be read is ignored.
    #[test]
    fn values_of_the_keys() {
        for (key, value, limit, seconds) in [
            ("ECS_CONTAINER_STOP_TIMEOUT", "10m", Limit::Stop, 600),
            ("ECS_CONTAINER_STOP_TIMEOUT", "0s", Limit::Stop, 30),
            ("ECS_CONTAINER_CREATE_TIMEOUT", "10s", Limit::Create, 60),
            ("ECS_CONTAINER_START_TIMEOUT", "10s", Limit::Start, 45),
            ("ECS_CONTAINER_START_TIMEOUT", "soon", Limit::Start, 180),
            ("ECS_IMAGE_PULL_TIMEOUT", "5m", Limit::Pull, 300),
            ("ECS_IMAGE_PULL_INACTIVITY_TIMEOUT", "1s", Limit::PullInactivity, 60),
            ("ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION", "1m", Limit::TaskCleanup, 60),
            ("ECS_IMAGE_CLEANUP_INTERVAL", "5m", Limit::ImageCleanup, 1800),
            ("ECS_IMAGE_MINIMUM_CLEANUP_AGE", "0s", Limit::ImageAge, 0),
        ] {
            let mut limits = Limits::of(false);
            assert!(limits.set(key, value), "{key}");
            assert_eq!(limits.get(limit), SimDuration::from_secs(seconds), "{key}={value}");
        }
        assert_eq!(Limits::of(true).get(Limit::Start), SimDuration::from_secs(480), "Windows");
        assert!(!Limits::default().set("ECS_CLUSTER", "1m"));
    }

    #[test]
    fn spans_as_go_writes_them() {
        for (seconds, text) in [(45, "45s"), (60, "1m0s"), (245, "4m5s"), (7200, "2h0m0s"), (0, "0s")] {
            assert_eq!(go_text(SimDuration::from_secs(seconds)), text);
        }
    }
}
