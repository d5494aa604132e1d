//! The arithmetic of scaling. Pure: numbers in, a decision out that keeps its inputs, its formula and its result.

pub mod reservation;
pub mod split;
