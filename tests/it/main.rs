//! The one integration binary of the engine.
#![cfg(not(target_arch = "wasm32"))]

mod tidy;
