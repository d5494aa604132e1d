//! The wall clock, for stamps of kept work and for card scheduling. The engine never reads it.

/// Timers that stop when they are dropped.
pub use gloo::timers::callback::{Interval, Timeout};

/// Milliseconds since the Unix epoch.
pub fn now_ms() -> u64 {
    js_sys::Date::now() as u64
}

/// A name for this life of the page that no other page has.
pub fn page_id() -> String {
    format!("{:x}-{:08x}", now_ms(), (js_sys::Math::random() * f64::from(u32::MAX)) as u32)
}
