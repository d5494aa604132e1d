//! The helper behind `cargo dev`.
fn main() {}
