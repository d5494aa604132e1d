//! Rebuilds the API tables from the public service models.
fn main() {}
