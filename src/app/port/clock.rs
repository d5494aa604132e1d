//! The wall clock, for stamps of kept work and for card scheduling. The engine never reads it.

use ecs_lab::quiz::progress::Now;

use super::address;

/// Timers that stop when they are dropped.
pub use gloo::timers::callback::{Interval, Timeout};

/// Milliseconds since the Unix epoch.
pub fn now_ms() -> u64 {
    js_sys::Date::now() as u64
}

/// The learner's clock, for reviews. With `?probe=1&now=<milliseconds>` it stands still there, so that a test can be
/// in another week.
pub fn learner() -> Now {
    let date = js_sys::Date::new_0();
    let offset = -date.get_timezone_offset() as i16;
    let at = if address::switch("probe") { address::number("now") } else { None };
    Now { at: at.unwrap_or(date.get_time() as i64), offset }
}

/// A name for this life of the page that no other page has.
pub fn page_id() -> String {
    format!("{:x}-{:08x}", now_ms(), (js_sys::Math::random() * f64::from(u32::MAX)) as u32)
}
