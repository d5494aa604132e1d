use super::*;
use alloc::string::ToString;
use alloc::vec::Vec;
use proptest::prelude::*;

fn time(text: &str) -> SimTime {
    SimTime::parse(text).unwrap()
}

fn utc() -> &'static Zone {
    zone("UTC").unwrap()
}

/// The next runs after a moment, without their year.
fn runs(expression: &str, after: &str, name: &str, count: usize) -> Vec<String> {
    let schedule = Schedule::parse(expression).unwrap();
    let mut at = time(after);
    let mut found = Vec::new();
    while found.len() < count
        && let Some(next) = schedule.next(at, zone(name).unwrap(), time(after))
    {
        found.push(next.to_string()[5..16].to_string());
        at = next;
    }
    found
}

/// 1.11, cron: the expression, then its next runs after Monday 2026-01-05T09:00 UTC.
#[test]
fn table_1_11_of_cron_oracles() {
    for (fields, expected) in [
        ("0/15 * * * ? *", &["01-05T09:15", "01-05T09:30", "01-05T09:45", "01-05T10:00"][..]),
        ("*/20 9 * * ? *", &["01-05T09:20", "01-05T09:40", "01-06T09:00"]),
        ("0/5 8-17 ? * MON-FRI *", &["01-05T09:05", "01-05T09:10"]),
        (
            "0 18 ? * MON-FRI *",
            &["01-05T18:00", "01-06T18:00", "01-07T18:00", "01-08T18:00", "01-09T18:00", "01-12T18:00"],
        ),
        // 1 is Sunday, whatever one page says; both day fields may be *.
        ("30 6 * * 2 *", &["01-12T06:30", "01-19T06:30"]),
        ("30 6 * * * *", &["01-06T06:30", "01-07T06:30"]),
        ("0 0 1 * ? *", &["02-01T00:00", "03-01T00:00"]),
        ("0 0 L * ? *", &["01-31T00:00", "02-28T00:00", "03-31T00:00"]),
        ("0 0 LW * ? *", &["01-30T00:00", "02-27T00:00", "03-31T00:00"]),
        // 2026-02-15 is a Sunday, 2026-08-01 a Saturday, 2026-03-31 a Tuesday.
        ("0 0 15W 2 ? *", &["02-16T00:00"]),
        ("0 0 1W 8 ? *", &["08-03T00:00"]),
        ("0 0 31W 5 ? *", &["05-29T00:00"]),
        ("0 0 ? * 6L *", &["01-30T00:00", "02-27T00:00"]),
        ("0 0 ? * MONL *", &["01-26T00:00", "02-23T00:00"]),
        ("0 0 ? * MON#2 *", &["01-12T00:00", "02-09T00:00"]),
        ("0 0 ? * 3#5 *", &["03-31T00:00", "06-30T00:00"]),
        ("0 0 ? * L *", &["01-10T00:00", "01-17T00:00"]),
        ("0 0 ? * FRI-MON *", &["01-09T00:00", "01-10T00:00", "01-11T00:00", "01-12T00:00", "01-16T00:00"]),
        ("0 12 1,15 JAN,jul ? 2026-2027", &["01-15T12:00", "07-01T12:00", "07-15T12:00", "01-01T12:00"]),
        ("0 0 29 2 ? *", &["02-29T00:00"]),
        ("10 9 5 1 ? 2026", &["01-05T09:10"]),
        ("0 9 5 1 ? 2026/4", &["01-05T09:00"]),
        ("30 6 ? * * *", &["01-06T06:30", "01-07T06:30"]),
        // A second in front is not honoured.
        ("30 0 10 * * ? *", &["01-05T10:00", "01-06T10:00"]),
    ] {
        let found = runs(&alloc::format!("cron({fields})"), "2026-01-05T09:00:00Z", "UTC", expected.len());
        assert_eq!(found, expected, "{fields}");
    }
    let working = runs("cron(0/5 8-17 ? * MON-FRI *)", "2026-01-05T00:00:00Z", "UTC", 121);
    assert_eq!(
        (working[0].as_str(), working[119].as_str(), working[120].as_str()),
        ("01-05T08:00", "01-05T17:55", "01-06T08:00")
    );
}

#[test]
fn rule_1_11_what_never_comes_again() {
    for expression in [
        "cron(0 0 31 2 ? *)",
        "cron(0 0 * * ? 2025)",
        "cron(0 8 5 1 ? 2026)",
        "cron(0 0 30W 2 ? *)",
        "at(2026-01-05T09:00:00)",
    ] {
        let own = Schedule::parse(expression).unwrap();
        assert_eq!(own.next(time("2026-01-05T09:00:00Z"), utc(), time("2026-01-05T09:00:00Z")), None, "{expression}");
    }
}

#[test]
fn rule_1_11_what_is_no_schedule() {
    for (expression, part) in [
        ("", "at(…)"),
        ("every(5 minutes)", "at(…)"),
        ("cron(0 8 * * ? *", "parenthesis"),
        ("at(2026-01-05)", "at()"),
        ("at(2026-01-05T09:00:00Z)", "at()"),
        ("at(2026-13-05T09:00:00)", "at()"),
        ("rate(0 minutes)", "rate()"),
        ("rate(-1 minutes)", "rate()"),
        ("rate(1.5 hours)", "rate()"),
        ("rate(5 seconds)", "rate()"),
        ("rate(5)", "rate()"),
        ("cron(0 8 * * ?)", "six fields"),
        ("cron(0 8 * * ? * * *)", "six fields"),
        ("cron(60 8 * * ? *)", "\"60\""),
        ("cron(0 24 * * ? *)", "\"24\""),
        ("cron(0 8 0 * ? *)", "\"0\""),
        ("cron(0 8 32 * ? *)", "\"32\""),
        ("cron(0 8 * 13 ? *)", "\"13\""),
        ("cron(0 8 ? * 8 *)", "\"8\""),
        ("cron(0 8 ? * XYZ *)", "\"XYZ\""),
        ("cron(0 8 ? * MON#6 *)", "\"MON#6\""),
        ("cron(0 8 1 * MON *)", "one must be ? or *"),
        // ? stands for a whole day field, and in one of the two.
        ("cron(0 8 ? * ? *)", "only one may be ?"),
        ("cron(? 8 * * ? *)", "\"?\""),
        ("cron(0 ? * * ? *)", "\"?\""),
        ("cron(0 8 * ? ? *)", "\"?\""),
        ("cron(0 8 * * ? ?)", "\"?\""),
        ("cron(0/? 8 * * ? *)", "\"0/?\""),
        ("cron(0 8 1,? * ? *)", "\"?\""),
        ("cron(0 8 ? * MON,? *)", "\"?\""),
        ("cron(0 8 * * ? 1969)", "\"1969\""),
        ("cron(5-3 8 * * ? *)", "\"5-3\""),
        ("cron(0/0 8 * * ? *)", "\"0/0\""),
        ("cron(* * * * * ? *)", "once a minute"),
        ("cron(0/30 * * * * ? *)", "once a minute"),
    ] {
        let told = Schedule::parse(expression).expect_err(expression);
        assert!(told.contains(part), "{expression}: {told}");
    }
}

/// 1.11: what a zone's clock shows, and when that is; none where summer time skips it, the first of two.
#[test]
fn table_1_11_of_time_zones() {
    for (name, local, expected) in [
        ("America/New_York", "2026-03-08T01:59:00", Some("2026-03-08T06:59:00Z")),
        ("America/New_York", "2026-03-08T02:30:00", None),
        ("America/New_York", "2026-03-08T03:00:00", Some("2026-03-08T07:00:00Z")),
        ("America/New_York", "2026-11-01T01:30:00", Some("2026-11-01T05:30:00Z")),
        ("America/New_York", "2026-07-01T12:00:00", Some("2026-07-01T16:00:00Z")),
        ("Europe/London", "2026-03-29T01:30:00", None),
        ("Europe/London", "2026-06-01T08:00:00", Some("2026-06-01T07:00:00Z")),
        ("Europe/London", "2026-10-25T01:30:00", Some("2026-10-25T00:30:00Z")),
        ("Europe/London", "2026-10-25T02:00:00", Some("2026-10-25T02:00:00Z")),
        ("Europe/Berlin", "2026-03-29T02:30:00", None),
        ("Europe/Berlin", "2026-03-29T03:00:00", Some("2026-03-29T01:00:00Z")),
        ("Europe/Berlin", "2026-10-25T02:30:00", Some("2026-10-25T00:30:00Z")),
        ("Australia/Sydney", "2026-10-04T02:30:00", None),
        ("Australia/Sydney", "2026-10-04T03:00:00", Some("2026-10-03T16:00:00Z")),
        ("Australia/Sydney", "2026-04-05T02:30:00", Some("2026-04-04T15:30:00Z")),
        ("Australia/Sydney", "2026-01-05T08:00:00", Some("2026-01-04T21:00:00Z")),
        ("Australia/Sydney", "2026-06-05T08:00:00", Some("2026-06-04T22:00:00Z")),
        ("Pacific/Auckland", "2026-09-27T02:30:00", None),
        ("Pacific/Auckland", "2026-04-05T02:30:00", Some("2026-04-04T13:30:00Z")),
        ("Pacific/Auckland", "2026-01-01T00:00:00", Some("2025-12-31T11:00:00Z")),
        ("Asia/Jerusalem", "2026-03-27T02:30:00", None),
        ("Asia/Jerusalem", "2026-03-27T03:00:00", Some("2026-03-27T00:00:00Z")),
        ("Asia/Jerusalem", "2026-10-25T01:30:00", Some("2026-10-24T22:30:00Z")),
        ("Asia/Jerusalem", "2026-08-01T00:00:00", Some("2026-07-31T21:00:00Z")),
        ("Asia/Kolkata", "2026-01-05T09:00:00", Some("2026-01-05T03:30:00Z")),
        ("America/Sao_Paulo", "2026-01-05T09:00:00", Some("2026-01-05T12:00:00Z")),
    ] {
        assert_eq!(zone(name).unwrap().to_utc(time(local)), expected.map(time), "{local} {name}");
    }
    assert_eq!(zone("Mars/Phobos"), None);
}

#[test]
fn rule_1_11_summer_time_in_recurring_actions() {
    // The skipped hour is left out, the repeated one counts once.
    let (new_york, day) = ("America/New_York", "cron(30 2 * * ? *)");
    assert_eq!(runs(day, "2026-03-07T00:00:00Z", new_york, 3), ["03-07T07:30", "03-09T06:30", "03-10T06:30"]);
    let hourly = runs("cron(30 * * * ? *)", "2026-11-01T04:00:00Z", new_york, 3);
    assert_eq!(hourly, ["11-01T04:30", "11-01T05:30", "11-01T07:30"]);
    assert_eq!(runs("at(2026-07-01T08:00:00)", "2026-01-05T09:00:00Z", "Europe/Berlin", 2), ["07-01T06:00"]);
}

#[test]
fn rule_1_11_rates_count_from_their_anchor() {
    for (expression, expected) in [
        ("rate(1 minute)", ["01-05T09:01", "01-05T09:02"]),
        ("rate(90 minutes)", ["01-05T10:30", "01-05T12:00"]),
        ("rate(1 hour)", ["01-05T10:00", "01-05T11:00"]),
        // The guide asks for no agreement of number and unit.
        ("rate(1 minutes)", ["01-05T09:01", "01-05T09:02"]),
        ("rate(5 minute)", ["01-05T09:05", "01-05T09:10"]),
        ("rate(1 hours)", ["01-05T10:00", "01-05T11:00"]),
        ("rate(2 day)", ["01-07T09:00", "01-09T09:00"]),
        ("rate(2 days)", ["01-07T09:00", "01-09T09:00"]),
    ] {
        assert_eq!(runs(expression, "2026-01-05T09:00:00Z", "UTC", 2), expected, "{expression}");
    }
    let own = Schedule::parse("rate(1 hour)").unwrap();
    let next = own.next(time("2026-01-05T09:00:00Z"), utc(), time("2026-01-06T00:30:00Z"));
    assert_eq!(next, Some(time("2026-01-06T01:30:00Z")), "an anchor in the future is not passed");
}

proptest! {
    /// Each run lies after the one before, and at the local time that the fields name.
    #[test]
    fn a_daily_action_runs_once_a_day(minute in 0u32..60, hour in 0u32..24, start in 0i64..900, place in 0usize..4) {
        let zone = zone(["UTC", "America/New_York", "Asia/Kolkata", "Australia/Sydney"][place]).unwrap();
        let own = Schedule::parse(&alloc::format!("cron({minute} {hour} * * ? *)")).unwrap();
        let after = time("2026-01-01T00:00:00Z") + SimDuration::from_secs(start * 86_400);
        let next = own.next(after, zone, after).unwrap();
        let civil = zone.local(next).civil();
        prop_assert_eq!((civil.hour, civil.minute), (hour, minute));
        prop_assert!(next > after && (next - after).as_millis() <= 49 * 3_600_000);
    }

    #[test]
    fn no_text_breaks_the_reader(text in "(cron|at|rate)\\([0-9*?/LW#A-Z, -]{0,24}\\)?") {
        if let Ok(own) = Schedule::parse(&text) {
            let now = time("2026-01-05T09:00:00Z");
            prop_assert!(own.next(now, utc(), now).is_none_or(|next| next > now));
        }
    }
}
