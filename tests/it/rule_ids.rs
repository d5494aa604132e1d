//! Every rule of the parts of ECS that the lab holds is cited by a test or stands in the table of what is not simulated,
//! and none in both.

use super::tidy;
use ecs_lab::lab::choices;
use std::collections::BTreeSet;

/// The rules on container instances, network, task definitions, task life, RunTask, services and metrics: prefix, first and last number.
const RULES: [(&str, u32, u32); 33] = [
    ("CI", 1, 11),
    ("CI", 20, 33),
    ("PT", 1, 14),
    ("AT", 1, 8),
    ("DR", 1, 11),
    ("EN", 1, 10),
    ("NM", 1, 11),
    ("TD", 1, 14),
    ("FG", 1, 16),
    ("CD", 1, 28),
    ("DP", 1, 5),
    ("HC", 1, 6),
    ("LG", 1, 10),
    ("VO", 1, 9),
    ("OV", 1, 4),
    ("LC", 1, 10),
    ("SP", 1, 8),
    ("PL", 40, 52),
    ("PL", 60, 63),
    ("SV", 1, 13),
    ("DM", 1, 6),
    ("RL", 1, 14),
    ("CB", 1, 11),
    ("TH", 1, 5),
    ("BG", 1, 7),
    ("CDP", 1, 8),
    ("LB", 1, 15),
    ("SD", 1, 3),
    ("SC", 1, 2),
    ("CP", 1, 7),
    ("SI", 1, 7),
    ("MT", 1, 7),
    ("RB", 1, 7),
];

/// The ids that a text cites: `CI-20`, `ci_20` in a name, and all from `CI-20 to CI-22`.
fn cited(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let text = text.to_uppercase().replace('_', "-");
    let letters: Vec<char> = text.chars().collect();
    let mut last: Option<(usize, String, u32)> = None;
    for at in 0..letters.len().saturating_sub(4) {
        let length = letters[at..].iter().take_while(|own| own.is_ascii_uppercase()).count();
        let begins = at == 0 || !letters[at - 1].is_ascii_alphanumeric();
        let end = at + length + 3;
        let ends = letters.get(end).is_none_or(|next| !next.is_ascii_digit());
        let Some(['-', tens, ones]) = letters.get(at + length..end) else { continue };
        let (Some(tens), Some(ones)) = (tens.to_digit(10), ones.to_digit(10)) else { continue };
        if !(begins && ends && (2..=3).contains(&length)) {
            continue;
        }
        let (prefix, number) = (letters[at..at + length].iter().collect::<String>(), tens * 10 + ones);
        let from = match &last {
            Some((end, before, start))
                if *before == prefix && letters[*end..at].iter().collect::<String>() == " TO " =>
            {
                *start
            }
            _ => number,
        };
        found.extend((from..=number).map(|each| format!("{prefix}-{each:02}")));
        last = Some((end, prefix, number));
    }
    found
}

#[test]
fn ids_are_read_out_of_prose_and_names() {
    for (text, expected) in [
        ("fn ci_20_an_agent() {", vec!["CI-20"]),
        ("/// CI-09 to CI-11, PT-02: x", vec!["CI-09", "CI-10", "CI-11", "PT-02"]),
        ("fn cdp_01_by_codedeploy() {", vec!["CDP-01"]),
        ("XXCI-20, CI-200, CI-2", vec![]),
    ] {
        assert_eq!(cited(text).into_iter().collect::<Vec<_>>(), expected, "{text}");
    }
}

#[test]
fn each_rule_is_tested_or_said_not_to_be_simulated() {
    let mut tested = BTreeSet::new();
    for (path, text) in tidy::sources().into_iter().filter(|(path, _)| !path.contains("/rule_")) {
        let whole = path.starts_with("tests/") || path.contains("/tests");
        let from = if whole { Some(0) } else { text.find("#[cfg(test)]") };
        tested.append(&mut cited(&text[from.unwrap_or(text.len())..]));
    }
    let absent: BTreeSet<String> =
        choices::read(include_str!("../../src/lab/choices.txt"))[1].iter().flat_map(|row| cited(row.rule)).collect();
    for (prefix, first, last) in RULES {
        for number in first..=last {
            let id = format!("{prefix}-{number:02}");
            assert!(tested.contains(&id) || absent.contains(&id), "{id} has no test and is not said to be missing");
            assert!(!(tested.contains(&id) && absent.contains(&id)), "{id} is tested and said to be missing");
        }
    }
}

/// The sections on Amazon ECR of `scaling-ecr-iam-cli.md`: their rules have no numbers of their own.
#[test]
fn each_section_on_ecr_is_tested() {
    let all: String = tidy::sources()
        .into_iter()
        .filter(|(path, _)| path.starts_with("tests/it/ecr/") || path.starts_with("src/ecr/"))
        .map(|(_, text)| text)
        .collect();
    for section in 1..=12 {
        assert!(all.contains(&format!("fn ecr_3_{section}_")), "section 3.{section} has no test");
    }
}

/// The rows of ecs.md 7.2 and of section 4.6 of the second reference: what is missing.
const PERMISSIONS: [&str; 15] = [
    "ecs:RegisterContainerInstance",
    "ecs:Poll",
    "ecs:DiscoverPollEndpoint",
    "ecs:StartTelemetrySession",
    "ecs:Submit*",
    "ecs:UpdateContainerInstancesState",
    "ecr:GetAuthorizationToken",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
    "logs:CreateLogStream",
    "logs:CreateLogGroup",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameters",
    "s3:GetObject",
    "iam:PassRole",
];

#[test]
fn each_permission_of_an_agent_and_of_a_task_is_tested_or_said_not_to_be_asked_for() {
    let tests = [include_str!("lab/roles.rs"), include_str!("lab/permissions.rs")];
    let absent = include_str!("../../src/lab/choices.txt").split_once("\n\n").unwrap().1;
    for name in PERMISSIONS {
        let tested = tests.iter().any(|text| text.contains(name));
        assert!(tested != absent.contains(name), "{name}");
    }
    for (section, text) in [
        ("4.1", include_str!("../../src/iam/evaluate/tests.rs")),
        ("4.2", include_str!("../../src/iam/evaluate/tests.rs")),
        ("4.3", tests[1]),
        ("4.4", include_str!("../../src/iam/evaluate/tests.rs")),
        ("4.6", tests[0]),
        ("7.1", tests[0]),
        ("7.2", tests[0]),
    ] {
        assert!(text.contains(section), "{section}");
    }
}

/// The second reference numbers tables instead of rules: strategies, providers and managed scaling are its 2.4 to 2.11.
#[test]
fn each_table_on_cluster_scaling_is_tested() {
    let all: String = tidy::sources().into_iter().map(|(_, text)| text).collect();
    for table in 4..=11 {
        assert!(all.contains(&format!("table_2_{table}_")), "2.{table} has no test");
    }
}
