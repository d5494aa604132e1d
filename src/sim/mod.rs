//! The simulation kernel: time, ordered events, keyed randomness and history.
//!
//! It knows no AWS. Everything here is generic over the commands, events and facts of the rooms above it.

pub mod draw;
pub mod history;
pub mod moment;
pub mod order;
pub mod queue;
pub mod sorted;
pub mod time;

pub use history::{History, Machine};
pub use queue::EventQueue;
pub use time::{SimDuration, SimTime};
