//! Expressions and what they come to, as the guide's tables of functions have it.

use super::*;
use crate::sim::SimTime;
use alloc::string::ToString;
use proptest::prelude::*;

/// Points as `30 20 - 0`.
fn points(text: &str) -> Points {
    text.split_whitespace().map(|own| own.parse().ok()).collect()
}

fn shown(points: &Points) -> String {
    let round = |own: f64| (own * 1e6 + if own < 0.0 { -0.5 } else { 0.5 }) as i64 as f64 / 1e6;
    let each = points.iter().map(|own| own.map_or("-".to_string(), |own| round(own).to_string()));
    each.collect::<Vec<_>>().join(" ")
}

const M1: &str = "30 20 0 0 -";
const M2: &str = "20 - 20 - -";
const M3: &str = "1 1 0 0 -";

/// The metrics m1, m2 and m3 by the minute from Monday 2026-01-05T09:00:00Z on, the expressions e1, e2 and so on. The
/// series of the last, from e1 on one after the other where there are several.
fn of(expressions: &[&str]) -> Result<String, Fault> {
    let metrics = [("m1", M1), ("m2", M2), ("m3", M3)];
    let ids: Vec<String> = (1..=expressions.len()).map(|number| format!("e{number}")).collect();
    let mut queries: Vec<(&str, Asked<'_>)> =
        metrics.iter().map(|(id, _)| (*id, Asked::Metric { period: 60 })).collect();
    let asked = ids.iter().zip(expressions);
    queries.extend(asked.map(|(id, text)| (id.as_str(), Asked::Expression { text, period: None })));
    let math = Math::read(&queries)?;
    let grid = Grid { start: SimTime::parse("2026-01-05T09:00:00Z").unwrap(), step: 60_000, count: 5 };
    let mut metric = |place: usize| points(metrics[place].1);
    let lines = math.evaluate(queries.len() - 1, &grid, &mut metric);
    Ok(lines.iter().map(|own| shown(&own.points)).collect::<Vec<_>>().join("; "))
}

#[test]
fn table_of_operators() {
    for (text, expected) in [
        // Where one of two series has no point it counts as 0, where none has one there is none.
        ("m1 + m2", "50 20 20 0 -"),
        ("m1 - m2", "10 20 -20 0 -"),
        ("m1 * m2", "600 0 0 0 -"),
        // What divides by zero is dropped.
        ("m1 / m2", "1.5 - 0 - -"),
        ("100 / m1", "3.333333 5 - - -"),
        ("m1 ^ 2", "900 400 0 0 -"),
        ("0 - m1", "-30 -20 0 0 -"),
        ("-5 * m1", "-150 -100 0 0 -"),
        ("-m1", "-30 -20 0 0 -"),
        ("m1 * 2 + 1", "61 41 1 1 -"),
        ("1 + 2 * m1", "61 41 1 1 -"),
        ("(1 + 2) * m1", "90 60 0 0 -"),
        ("m1 - 1 - 1", "28 18 -2 -2 -"),
        ("m1 * 0 + 2 ^ 3 ^ 2", "512 512 512 512 -"),
        ("m1 * 0 - 2 ^ 2", "-4 -4 -4 -4 -"),
        ("m1 * 0 + 2 ^ -1", "0.5 0.5 0.5 0.5 -"),
        ("m1 / (m3 * 2) * 1e1", "150 100 - - -"),
        ("1.5e-1 * m1", "4.5 3 0 0 -"),
        // The examples of the guide.
        ("(m1 < m2)", "0 0 1 0 -"),
        ("(m1 >= 30)", "1 0 0 0 -"),
        ("(m1 > 15 AND m2 > 15)", "1 0 0 0 -"),
        ("m1 > 15 && m2 > 15 || m1 == 0", "1 0 1 1 -"),
        ("m1 == 20 OR m1 == 0 AND m3 != 0", "0 1 0 0 -"),
        ("m1 <= 20", "0 1 1 1 -"),
        // Arrays.
        ("[m1, m2] / m3", "30 20 - - -; 20 0 - - -"),
        ("METRICS() * 100", "3000 2000 0 0 -; 2000 - 2000 - -; 100 100 0 0 -"),
        ("-[m1, METRICS(\"3\")]", "-30 -20 0 0 -; -1 -1 0 0 -"),
    ] {
        assert_eq!(of(&[text]), Ok(expected.to_string()), "{text}");
    }
}

#[test]
fn table_of_functions() {
    for (text, expected) in [
        ("ABS(-m1)", "30 20 0 0 -"),
        ("CEIL(m1 / 7)", "5 3 0 0 -"),
        ("FLOOR([m1 / 7])", "4 2 0 0 -"),
        ("LOG(m1)", "3.401197 2.995732 - - -"),
        ("LOG10(m1 * 10)", "2.477121 2.30103 - - -"),
        // A number of one series, a series of several; AVG of several counts a missing value as 0.
        ("m1 - AVG(m1)", "17.5 7.5 -12.5 -12.5 -"),
        ("AVG([m1, m2])", "25 10 10 0 -"),
        ("MIN([m1, m2])", "20 20 0 0 -"),
        ("MAX(METRICS())", "30 20 20 0 -"),
        ("SUM(METRICS(\"m\"))", "51 21 20 0 -"),
        ("SUM([METRICS(\"1\"), METRICS(\"2\")])", "50 20 20 0 -"),
        ("DATAPOINT_COUNT(METRICS())", "3 2 3 2 -"),
        ("m1 / SUM(m1) * DATAPOINT_COUNT(m1)", "2.4 1.6 0 0 -"),
        ("m1 * 0 + STDDEV(m1)", "12.990381 12.990381 12.990381 12.990381 -"),
        ("STDDEV([m1, m2])", "5 0 10 0 -"),
        ("m1 * 0 + MAX(m1) - MIN(m2)", "10 10 10 10 -"),
        ("m1 / METRIC_COUNT(METRICS())", "10 6.666667 0 0 -"),
        ("m1 / PERIOD(m1)", "0.5 0.333333 0 0 -"),
        // From point to point.
        ("DIFF(m2)", "- - 0 - -"),
        ("DIFF(m1)", "- -10 -20 0 -"),
        ("DIFF_TIME(m2)", "- - 120 - -"),
        ("RATE(m1)", "- -0.166667 -0.333333 0 -"),
        ("RUNNING_SUM(m2)", "20 - 40 - -"),
        // Gaps.
        ("FILL(m2, 7)", "20 7 20 7 7"),
        ("FILL(m2, m1)", "20 20 20 0 -"),
        ("FILL(m2, MAX(m1))", "20 30 20 30 30"),
        ("FILL(m2, REPEAT)", "20 20 20 20 20"),
        ("FILL(IF(m1 != 20, m1 + 1), LINEAR)", "31 16 1 1 -"),
        ("FILL([m1, m2], 0)", "30 20 0 0 0; 20 0 20 0 0"),
        ("REMOVE_EMPTY([m1, IF(m1 < 0, m1)])", "30 20 0 0 -"),
        // Arrays in order.
        ("FIRST(METRICS())", "30 20 0 0 -"),
        ("LAST(METRICS())", "1 1 0 0 -"),
        ("LAST(REMOVE_EMPTY([IF(m1 < 0, m1)]))", "- - - - -"),
        ("SORT(METRICS(), SUM, ASC)", "1 1 0 0 -; 20 - 20 - -; 30 20 0 0 -"),
        ("SORT(METRICS(), MAX, DESC, 1)", "30 20 0 0 -"),
        ("SLICE(METRICS(), 1)", "20 - 20 - -; 1 1 0 0 -"),
        ("SLICE(METRICS(), 1, 2)", "20 - 20 - -"),
        ("SLICE(METRICS(), 2, 1)", ""),
        ("SLICE(METRICS(), 0 - 1)", "30 20 0 0 -; 20 - 20 - -; 1 1 0 0 -"),
        // Moments.
        ("TIME_SERIES(5 * AVG(m2))", "100 100 100 100 100"),
        ("TIME_SERIES(1 / 0)", "- - - - -"),
        ("MINUTE(m2)", "0 1 2 3 4"),
        ("HOUR(m2)", "9 9 9 9 9"),
        ("DAY(m2) + DATE(m2) * 10", "51 51 51 51 51"),
        ("MONTH(m1) + YEAR(m1)", "2027 2027 2027 2027 2027"),
        ("EPOCH(m1) - 1767603600", "0 60 120 180 240"),
    ] {
        assert_eq!(of(&[text]), Ok(expected.to_string()), "{text}");
    }
}

/// "Using IF expressions": what is chosen, and what becomes of a point that is not there.
#[test]
fn table_of_if() {
    for (text, expected) in [
        ("IF(m3, FILL(IF(m1 != 20, m1), 30) * m3, m2)", "30 30 20 - -"),
        ("IF(m3, m2, m1)", "20 0 0 0 -"),
        ("IF(m3, 5, m2)", "5 5 20 - -"),
        ("IF(m3, m2, 5)", "20 0 5 5 -"),
        ("IF(m3, 1, 0)", "1 1 0 0 -"),
        ("IF(m1 < 25, m1)", "- 20 0 0 -"),
        ("IF(m1 < 25, 10, 2)", "2 10 10 10 -"),
        ("IF(-m3, m1)", "30 20 - - -"),
        ("IF(AVG(m1) > 10, m1, m2)", "30 20 0 0 -"),
        ("IF(AVG(m1) > 20, m1, m2)", "20 - 20 - -"),
        ("IF(AVG(m1) > 20, m1)", "- - - - -"),
        ("IF(DAY(m1) < 6, m1)", "30 20 0 0 0"),
        ("IF(FIRST(SORT(METRICS(), AVG, DESC)) > 15, 1, 0)", "1 - 1 - -"),
    ] {
        assert_eq!(of(&[text]), Ok(expected.to_string()), "{text}");
    }
}

#[test]
fn expressions_over_expressions() {
    for (all, expected) in [
        (&["m1 / m3", "e1 * 2"][..], "60 40 - - -"),
        (&["e2 + 1", "m1 * 2", "e1 + e2"], "121 81 1 1 -"),
        (&["[m1, m3]", "SUM(e1)"], "31 21 0 0 -"),
        (&["m1 * 2", "SUM(METRICS())"], "51 21 20 0 -"),
    ] {
        assert_eq!(of(all), Ok(expected.to_string()), "{all:?}");
    }
    let asked = |text| Asked::Expression { text, period: None };
    let queries = [
        ("a", Asked::Metric { period: 60 }),
        ("b", Asked::Metric { period: 300 }),
        ("c", asked("a / b")),
        ("d", Asked::Expression { text: "a * 2", period: Some(120) }),
        ("e", asked("TIME_SERIES(1)")),
        ("f", asked("[a, c]")),
    ];
    let math = Math::read(&queries).unwrap();
    assert_eq!((0..6).map(|own| math.period(own).unwrap_or(0)).collect::<Vec<_>>(), [60, 300, 300, 120, 0, 300]);
    assert_eq!((0..6).map(|own| math.is_single(own)).collect::<Vec<_>>(), [true, true, true, true, true, false]);
    assert_eq!(math.metrics(5).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn table_of_faults() {
    for (text, words) in [
        ("", "a number, an id or a function is expected, not the end (character 1)"),
        ("m1 +", "a number, an id or a function is expected, not the end (character 5)"),
        ("m1 m2", "an operator is expected, not 'm' (character 4)"),
        ("(m1", "')' is expected, not the end (character 4)"),
        ("SUM([m1, m2)", "',' or ']' is expected, not ')' (character 12)"),
        ("m1 + $", "a number, an id or a function is expected, not '$' (character 6)"),
        ("m9 + 1", "there is no query with the id 'm9' (character 1)"),
        ("e1 + 1", "it needs its own result"),
        ("M1 + 1", "'M1' is no id of a query, and a function has parentheses (character 1)"),
        ("5", "its result is a number, not a time series (character 1)"),
        ("AVG(m1)", "its result is a number, not a time series (character 1)"),
        ("sum(m1)", "there is no function sum; functions are in capitals (character 1)"),
        ("MEDIAN(m1)", "there is no function MEDIAN (character 1)"),
        ("ABS(m1, m2)", "ABS takes 1 arguments, not 2 (character 1)"),
        ("IF(m1)", "IF takes 2 or 3 arguments, not 1 (character 1)"),
        ("ABS(5) * m1", "ABS is not for a number (character 5)"),
        ("MINUTE([m1])", "MINUTE is not for an array of time series (character 8)"),
        ("TIME_SERIES(m1)", "TIME_SERIES is not for a time series (character 13)"),
        ("FIRST(m1)", "FIRST is not for a time series (character 7)"),
        ("[m1] * [m2]", "there is no arithmetic of two arrays of time series (character 1)"),
        ("[m1] > 5", "comparisons and AND and OR are for time series and numbers, not for arrays (character 1)"),
        ("SUM([m1, 5])", "an array holds time series, not numbers (character 10)"),
        ("PERIOD(m1 * 2) * m1", "PERIOD is for the id of a metric (character 8)"),
        ("FILL(m1, [m2])", "FILL takes REPEAT, LINEAR, a number or one time series (character 10)"),
        (
            "IF(1, 2, 3)",
            "IF chooses between numbers and time series; with a number as its condition, between time series (character 1)",
        ),
        ("SORT(METRICS(), STDDEV, ASC)", "SORT takes an array, AVG, MIN, MAX or SUM, and ASC or DESC (character 6)"),
        ("SLICE(METRICS(), m1)", "that has to be a number (character 18)"),
        ("METRICS(m1)", "METRICS takes a quoted part of ids (character 1)"),
        ("\"m1\"", "a quoted text is for METRICS alone (character 1)"),
        ("SUM(METRICS(\"m1))", "a quoted text does not end (character 13)"),
        ("m1 * 1.2.3", "an operator is expected, not '.' (character 9)"),
        ("m1 * .", "that is no number (character 6)"),
    ] {
        let fault = of(&[text]).expect_err(text);
        assert_eq!((fault.query, fault.text), (3, format!("Error in expression 'e1': {words}")), "{text}");
        assert_eq!(fault.foreign, None, "{text}");
    }
    let cycle = of(&["e2 + m1", "e1 + m1"]).unwrap_err();
    assert_eq!(cycle.text, "Error in expression 'e1': it needs its own result");
    for text in
        ["SEARCH('x', 'Sum')", "ANOMALY_DETECTION_BAND(m1)", "INSIGHT_RULE_METRIC(\"r\", \"x\") + 1", "SELECT(m1)"]
    {
        assert!(of(&[text]).unwrap_err().foreign.is_some(), "{text}");
    }
}

/// Nothing that is long, or deep, or grows, takes the lab down.
#[test]
fn hostile_expressions() {
    let many = |part: &str, count: usize| part.repeat(count);
    for (text, fine) in [
        (many("(", 2000), false),
        (many("-", 2000) + "m1", false),
        (many("[", 1000) + "m1" + &many("]", 1000), false),
        (many("ABS(", 300) + "m1" + &many(")", 300), false),
        (format!("{}m1", many("m1+", 200)), true),
        (format!("{}m1", many("m1+", 600)), false),
        (format!("{}2", many("2^", 500)), false),
        (format!("SUM([m1{}])", many(",m1", 499)), true),
        (format!("SUM([m1{}])", many(",m1", 500)), false),
        (format!("m1{}", many(" ", 3000)), false),
        (many("9", 400) + "*m1", false),
    ] {
        let found = of(&[&text]);
        assert_eq!(found.is_ok(), fine, "{:.20}… {:?}", text, found.err());
    }
    // Each has twenty times what the one before has.
    let lists: Vec<String> = (1..5).map(|number| format!("[{}e{number}]", many(&format!("e{number},"), 19))).collect();
    let all: Vec<&str> = core::iter::once("[m1, m2]").chain(lists.iter().map(String::as_str)).collect();
    assert!(of(&all).unwrap_err().text.contains("that is more than 500 time series"));
    // A long chain of expressions costs what its parts cost.
    let ids: Vec<String> = (0..500).map(|number| format!("e{number}")).collect();
    let texts: Vec<String> = (0..500).map(|number| format!("e{} + e{}", number + 1, number.max(1) + 1)).collect();
    let mut queries: Vec<(&str, Asked<'_>)> = Vec::new();
    for (id, text) in ids.iter().zip(&texts).take(498) {
        queries.push((id, Asked::Expression { text, period: None }));
    }
    queries.extend([("e498", Asked::Metric { period: 60 }), ("e499", Asked::Metric { period: 60 })]);
    let math = Math::read(&queries).unwrap();
    assert!((500..3000).contains(&math.cost(0)), "{}", math.cost(0));
    let grid = Grid { start: SimTime::default(), step: 60_000, count: 1 };
    let lines = math.evaluate(0, &grid, &mut |_| alloc::vec![Some(1.0)]);
    assert_eq!(lines[0].points, [Some(3.0 * libm::pow(2.0, 496.0))]);
}

proptest! {
    /// Whatever the text: it is read or refused, and what is read gives points that are numbers.
    #[test]
    fn any_text_is_read_or_refused(text in "[-+*/^<>=!&|()\\[\\], m123e.A-GIMNRSTU\"']{0,60}") {
        of(&[&text]).ok();
    }

    /// What is put together from parts that go together is read.
    #[test]
    fn what_is_well_made_is_read(parts in proptest::collection::vec((0usize..8, 0usize..6), 1..12)) {
        let mut text = "m1".to_string();
        for (shape, operator) in parts {
            let operator = ["+", "-", "*", "/", "^", "<"][operator];
            text = match shape {
                0 => format!("({text} {operator} m2)"),
                1 => format!("(3 {operator} {text})"),
                2 => format!("-({text})"),
                3 => format!("ABS({text})"),
                4 => format!("FILL({text}, 0)"),
                5 => format!("IF({text}, m1, m2)"),
                6 => format!("SUM([{text}, m3])"),
                _ => format!("TIME_SERIES(AVG({text}))"),
            };
        }
        let found = of(&[&text]);
        prop_assert!(found.is_ok(), "{text}: {found:?}");
        prop_assert!(!found.unwrap().contains("NaN"));
    }
}
