//! Predictive scaling (`scaling-ecr-iam-cli.md` 1.12): what is expected of the next two days, and the tasks for it.
//!
//! AWS does not publish its model. The lab expects of each hour the mean load of the same hour of the days before.

use super::tracking::ceil;
use alloc::vec::Vec;

/// Hours of history that a forecast needs.
pub const NEEDED: usize = 24;
/// Hours of history that it looks at: two weeks.
pub const LOOKED_AT: usize = 14 * 24;
/// Hours that it tells.
pub const TOLD: usize = 48;

/// The load of the next hours, from that of the hours before, oldest first and none where nothing is known; none without
/// [`NEEDED`] known hours. An hour of the day that nothing is known of is expected to be as the mean of all.
pub fn load(history: &[Option<f64>]) -> Option<Vec<f64>> {
    let known = history.iter().flatten().count();
    if known < NEEDED {
        return None;
    }
    let mean = |values: &mut dyn Iterator<Item = f64>| {
        let (mut sum, mut count) = (0.0, 0.0);
        for value in values {
            sum += value;
            count += 1.0;
        }
        (count > 0.0).then(|| sum / count)
    };
    let all = mean(&mut history.iter().flatten().copied())?;
    let hour = |ahead: usize| {
        // The newest hour of history is one before the first that is told.
        let same = history.iter().rev().skip(23 - ahead % 24).step_by(24).flatten().copied();
        mean(&mut same.into_iter()).unwrap_or(all)
    };
    Some((0..TOLD).map(hour).collect())
}

/// The tasks that a load needs.
pub fn capacity(load: f64, target: f64) -> u32 {
    ceil(load / target)
}

/// MaxCapacity for a forecast above it (MaxCapacityBreachBehavior, MaxCapacityBuffer in percent): as it is without a
/// buffer, else the forecast and so much more, for good.
pub fn maximum(max: u32, forecast: u32, buffer: Option<u32>) -> u32 {
    match buffer {
        Some(percent) if forecast > max => {
            let more = (u64::from(forecast) * u64::from(percent)).div_ceil(100);
            forecast.saturating_add(u32::try_from(more).unwrap_or(u32::MAX))
        }
        _ => max,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_1_12_each_hour_is_expected_as_the_same_hour_of_the_days_before() {
        let day = |from: f64| (0..24).map(move |hour| Some(from + f64::from(hour)));
        let two: Vec<Option<f64>> = day(0.0).chain(day(100.0)).collect();
        let told = load(&two).unwrap();
        assert_eq!((told.len(), told[0], told[23], told[24], told[47]), (48, 50.0, 73.0, 50.0, 73.0));
        // Less than a day is too little; gaps are filled by what is known.
        assert_eq!(load(&two[25..]), None);
        assert_eq!(load(&two[24..]).unwrap()[5], 105.0);
        let mut gaps = two.clone();
        (gaps[5], gaps[29], gaps[6]) = (None, None, None);
        let mean = gaps.iter().flatten().sum::<f64>() / 45.0;
        let told = load(&gaps).unwrap();
        assert_eq!((told[5], told[6]), (mean, 106.0));
    }

    #[test]
    fn rule_1_12_the_maximum_is_honoured_or_raised_with_a_buffer() {
        for (max, forecast, buffer, expected) in
            [(40, 50, None, 40), (40, 50, Some(10), 55), (40, 50, Some(0), 50), (60, 50, Some(10), 60)]
        {
            assert_eq!(maximum(max, forecast, buffer), expected);
        }
        assert_eq!((capacity(150.0, 50.0), capacity(151.0, 50.0), capacity(0.0, 50.0)), (3, 4, 0));
    }
}
