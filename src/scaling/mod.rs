//! The arithmetic of scaling. Pure: numbers in, a decision out that keeps its inputs, its formula and its result.

pub mod capacity;
pub mod decide;
pub mod english;
pub mod forecast;
pub mod reservation;
pub mod schedule;
pub mod split;
pub mod step;
pub mod tracking;

/// A day by the minute.
const DAY: usize = 1440;
/// Three hours.
const LEAST: usize = 180;
/// Evaluations in all, about.
const MOST: usize = 20_000;

/// How many evaluations each of so many policies or capacity providers remembers.
pub fn kept(count: usize) -> usize {
    (MOST / count.max(1)).clamp(LEAST, DAY)
}

#[cfg(test)]
mod tests {
    #[test]
    fn few_remember_a_day_and_many_three_hours() {
        for (count, kept) in [(0, 1440), (1, 1440), (13, 1440), (20, 1000), (150, 180)] {
            assert_eq!(super::kept(count), kept, "{count}");
        }
    }
}
