//! The arithmetic of scaling. Pure: numbers in, a decision out that keeps its inputs, its formula and its result.

pub mod decide;
pub mod english;
pub mod forecast;
pub mod reservation;
pub mod schedule;
pub mod split;
pub mod step;
pub mod tracking;
