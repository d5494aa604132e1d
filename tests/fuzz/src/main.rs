//! libFuzzer over the checks of `ecs_lab::fuzz`; `cargo dev fuzz` builds and runs it.

#![no_main]

use ecs_lab::fuzz::{Check, TARGETS};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

/// The check that the environment names.
static CHECK: LazyLock<Check> = LazyLock::new(|| {
    let name = std::env::var("ECS_LAB_FUZZ").unwrap_or_default();
    TARGETS.iter().find(|(own, _)| *own == name).expect("ECS_LAB_FUZZ names a target").1
});

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        assert_eq!(CHECK(text), Ok(()));
    }
});
