//! Schedule expressions of rules: stricter than those of Application Auto Scaling, which share the fields and their meaning.

use crate::scaling::schedule::Schedule;

/// Reads `cron(…)` or `rate(…)`, in UTC; none where EventBridge refuses it.
///
/// A cron expression has six fields, and `?` in exactly one of the two day fields. The unit of a rate is singular for 1 and
/// plural for more.
pub(super) fn read(text: &str) -> Option<Schedule> {
    let (name, rest) = text.split_once('(')?;
    let inner = rest.strip_suffix(')')?;
    let sound = match name {
        "cron" => is_strict(inner),
        "rate" => agrees(inner),
        _ => false,
    };
    sound.then(|| Schedule::parse(text).ok())?
}

fn is_strict(fields: &str) -> bool {
    let mut fields = fields.split_whitespace();
    let days = |minutes: &str, of_month: &str, of_week: &str| {
        // Each 60 minutes is not each so many minutes of an hour.
        let step = minutes.split(',').filter_map(|part| part.split_once('/')?.1.parse::<u32>().ok());
        step.max().is_none_or(|own| own < 60) && (of_month == "?") != (of_week == "?")
    };
    let mut next = || fields.next();
    let all = [next(), next(), next(), next(), next(), next(), next()];
    matches!(all, [Some(minutes), Some(_), Some(of_month), Some(_), Some(of_week), Some(_), None] if days(minutes, of_month, of_week))
}

fn agrees(rate: &str) -> bool {
    let one = rate.split_once(' ').and_then(|(number, unit)| Some((number.parse::<u32>().ok()? == 1, unit)));
    one.is_some_and(|(one, unit)| one != unit.ends_with('s'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scaling::schedule::zone;
    use crate::sim::SimTime;
    use alloc::format;
    use alloc::string::String;
    use proptest::prelude::*;

    /// The examples of the user guide, and what the service has been seen to refuse (8.4).
    #[test]
    fn an_expression_is_read_or_refused_as_eventbridge_does() {
        let after = SimTime::parse("2026-01-05T09:00:00Z").unwrap();
        for (text, next) in [
            ("cron(0 12 * * ? *)", "2026-01-05T12:00:00Z"),
            ("cron(15 10 * * ? *)", "2026-01-05T10:15:00Z"),
            ("cron(15 12 * * ? *)", "2026-01-05T12:15:00Z"),
            ("cron(0 18 ? * MON-FRI *)", "2026-01-05T18:00:00Z"),
            ("cron(0 8 1 * ? *)", "2026-02-01T08:00:00Z"),
            ("cron(0/15 * * * ? *)", "2026-01-05T09:15:00Z"),
            ("cron(0/10 * ? * MON-FRI *)", "2026-01-05T09:10:00Z"),
            ("cron(0/5 8-17 ? * MON-FRI *)", "2026-01-05T09:05:00Z"),
            ("cron(0 10 ? * 6L 2026-2027)", "2026-01-30T10:00:00Z"),
            ("cron(0 0 L * ? *)", "2026-01-31T00:00:00Z"),
            ("cron(0 0 ? * 3#2 *)", "2026-01-13T00:00:00Z"),
            ("rate(1 minute)", "2026-01-05T09:01:00Z"),
            ("rate(5 minutes)", "2026-01-05T09:05:00Z"),
            ("rate(1 hour)", "2026-01-05T10:00:00Z"),
            ("rate(7 days)", "2026-01-12T09:00:00Z"),
        ] {
            let schedule = read(text).unwrap_or_else(|| panic!("{text}"));
            let own = schedule.next(after, zone("UTC").unwrap(), after);
            assert_eq!(own, Some(SimTime::parse(next).unwrap()), "{text}");
        }
        for text in [
            "",
            "cron()",
            "cron(15 * * * ? *",
            "cron(* * * * *)",
            "cron(*/1 * * * *)",
            "cron(15 12 ? * -1 *)",
            "cron(7 20 * * 1-7 *)",
            "cron(* * * * * *)",
            "cron(0 12 ? * ? *)",
            "cron(0 0 12 * * ? *)",
            "cron(*/60 * * * ? *)",
            "cron(60 * * * ? *)",
            "cron(0/5, 9-18, ?, *, MON-FRI, *)",
            "rate(1 minutes)",
            "rate(3 minute)",
            "rate(0 minutes)",
            "rate(1.5 hours)",
            "rate(30 seconds)",
            "rate(5)",
            "Cron(0 12 * * ? *)",
            "at(2026-01-05T12:00:00)",
            "0 12 * * ? *",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    fn field(max: u32) -> impl Strategy<Value = String> {
        prop_oneof![
            Just(String::from("*")),
            (0..=max).prop_map(|own| format!("{own}")),
            (0..=max, 1u32..60).prop_map(|(own, each)| format!("{own}/{each}")),
            (0..=max, 0..=max).prop_map(|(one, two)| format!("{}-{}", one.min(two), one.max(two))),
        ]
    }

    proptest! {
        /// The next run is the first minute at which a look at every minute finds both fields to fit.
        #[test]
        fn the_next_run_is_the_first_minute_that_fits(minutes in field(59), hours in field(23), start in 0i64..1_000_000) {
            let fits = |field: &str, value: i64| {
                let number = |text: &str| text.parse::<i64>().unwrap();
                match (field.split_once('/'), field.split_once('-')) {
                    (Some((from, each)), _) => value >= number(from) && (value - number(from)) % number(each) == 0,
                    (_, Some((from, to))) => (number(from)..=number(to)).contains(&value),
                    _ => field == "*" || number(field) == value,
                }
            };
            let schedule = read(&format!("cron({minutes} {hours} * * ? *)")).unwrap();
            let after = SimTime::from_millis(start * 1_000);
            let mut at = (start / 60 + 1) * 60;
            while !(fits(&minutes, at / 60 % 60) && fits(&hours, at / 3600 % 24)) {
                at += 60;
            }
            prop_assert_eq!(schedule.next(after, zone("UTC").unwrap(), after), Some(SimTime::from_millis(at * 1_000)));
        }
    }
}
