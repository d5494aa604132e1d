//! The same scenarios give the same facts natively and in WebAssembly.
//!
//! Natively this writes the digests to a file; `cargo dev test` hands them to the WebAssembly build of the very same
//! test in `ECS_LAB_NATIVE_DIGESTS`, which compares. No digest is committed: only the two targets are held against
//! each other.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test or benchmark may stop at what must not fail")]

mod kernel;
mod scenarios;

/// One line a scenario: its name and its digest.
fn lines() -> Vec<String> {
    scenarios::scenarios().into_iter().map(|(name, digest)| format!("{name} {digest:016x}")).collect()
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn scenarios_repeat_and_their_digests_are_kept_for_wasm() {
    let first = lines();
    assert!(!first.is_empty());
    assert_eq!(first, lines(), "the same scenario gave two results on one machine");
    let mut names: Vec<&str> = first.iter().filter_map(|line| line.split(' ').next()).collect();
    names.dedup();
    assert_eq!(names.len(), first.len(), "two scenarios share a name");
    std::fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/parity.txt"), first.join("\n")).unwrap();
}

#[cfg(target_arch = "wasm32")]
#[wasm_bindgen_test::wasm_bindgen_test]
fn wasm_gives_the_native_digests() {
    let native =
        option_env!("ECS_LAB_NATIVE_DIGESTS").expect("run by `cargo dev test`, which passes the native digests");
    assert_eq!(lines(), native.split(';').collect::<Vec<_>>());
}
