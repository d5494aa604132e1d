//! A stopwatch that runs here and in a browser.

#[cfg(not(target_arch = "wasm32"))]
use std::time::Instant;

/// See the module.
#[cfg(not(target_arch = "wasm32"))]
pub struct Watch(Instant);

#[cfg(not(target_arch = "wasm32"))]
impl Watch {
    /// Starts to measure.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the start.
    pub fn nanoseconds(&self) -> f64 {
        self.0.elapsed().as_nanos() as f64
    }
}

/// See the module.
#[cfg(target_arch = "wasm32")]
pub struct Watch(f64);

#[cfg(target_arch = "wasm32")]
impl Watch {
    /// Starts to measure.
    pub fn start() -> Self {
        Self(Self::now())
    }

    /// The time since the start; a browser tells it in steps of 100,000.
    pub fn nanoseconds(&self) -> f64 {
        (Self::now() - self.0) * 1e6
    }

    fn now() -> f64 {
        web_sys::window().and_then(|window| window.performance()).expect("a page with a clock").now()
    }
}
