use super::*;
use alloc::string::ToString;
use proptest::prelude::*;
use serde_json::{Value, json};

const NOW: i64 = 1_800_000_000_000;
const DAY: i64 = 86_400_000;

struct Row {
    tags: Vec<String>,
    age: i64,
    pulled: Option<i64>,
    archived: Option<i64>,
    restored: Option<i64>,
}

fn row(tags: &[&str], age: i64) -> Row {
    let tags = tags.iter().map(|tag| tag.to_string()).collect();
    Row { tags, age, pulled: None, archived: None, restored: None }
}

fn at(days: i64) -> SimTime {
    SimTime::from_millis(NOW - days * DAY)
}

fn candidates(rows: &[Row]) -> Vec<Candidate<'_>> {
    let each = rows.iter().enumerate().map(|(index, row)| Candidate {
        tags: &row.tags,
        number: index as u32,
        pushed_at: at(row.age),
        pulled_at: row.pulled.map(at),
        archived_at: row.archived.map(at),
        activated_at: row.restored.map(at),
        archived: row.archived.is_some() && row.restored.is_none(),
        referenced: false,
    });
    each.collect()
}

/// `A1 B2` for image A that rule 1 acts on and B that rule 2 does.
fn acted(rows: &[Row], rules: Value) -> String {
    let policy = Policy::parse(&json!({ "rules": rules }).to_string()).unwrap();
    let fates = evaluate(&policy, &candidates(rows), SimTime::from_millis(NOW));
    let letters = fates.iter().zip('A'..).filter(|(fate, _)| fate.action.is_some());
    letters.map(|(fate, letter)| format!("{letter}{}", fate.rule.unwrap())).collect::<Vec<_>>().join(" ")
}

fn tagged(priority: u32, prefixes: &[&str], count: &str, number: u64) -> Value {
    let mut selection =
        json!({ "tagStatus": "tagged", "tagPrefixList": prefixes, "countType": count, "countNumber": number });
    if count != "imageCountMoreThan" {
        selection["countUnit"] = json!("days");
    }
    json!({ "rulePriority": priority, "selection": selection, "action": { "type": "expire" } })
}

fn plain(priority: u32, status: &str, count: &str, number: u64) -> Value {
    let mut rule = tagged(priority, &[], count, number);
    rule["selection"]["tagStatus"] = json!(status);
    rule["selection"].as_object_mut().unwrap().remove("tagPrefixList");
    rule
}

fn transition(mut rule: Value) -> Value {
    rule["action"] = json!({ "type": "transition", "targetStorageClass": "archive" });
    rule
}

const COUNT: &str = "imageCountMoreThan";
const SINCE: &str = "sinceImagePushed";

/// ECR 3.8: the examples that AWS documents, and those derived from its rules.
#[test]
fn ecr_3_8_documented_examples() {
    let three = || alloc::vec![row(&["beta-1", "prod-1"], 10), row(&["beta-2", "prod-2"], 9), row(&["beta-3"], 8)];
    let (prod, beta) = (|p| tagged(p, &["prod"], COUNT, 1), |p| tagged(p, &["beta"], COUNT, 1));
    let pair = alloc::vec![
        row(&["alpha-1"], 12),
        row(&["beta-1"], 11),
        row(&["alpha-2", "beta-2"], 10),
        row(&["alpha-3"], 4),
        row(&["beta-3"], 3),
        row(&["alpha-4", "beta-4"], 2),
    ];
    let all_three = alloc::vec![
        row(&["alpha-1", "beta-1", "gamma-1"], 10),
        row(&["alpha-2", "beta-2"], 9),
        row(&["alpha-3", "beta-3", "gamma-2"], 8),
    ];
    let any = alloc::vec![row(&["alpha-1"], 4), row(&["beta-1"], 3), row(&[], 2), row(&["alpha-2"], 1)];
    let mixed = alloc::vec![
        row(&["alpha-1", "beta-1"], 4),
        row(&[], 3),
        row(&["alpha-2"], 2),
        row(&["3c9f1e2"], 1),
        row(&[], 1),
    ];
    let mixed_rules =
        json!([tagged(1, &["alpha"], COUNT, 1), plain(2, "untagged", SINCE, 1), plain(3, "any", COUNT, 1)]);
    let untagged: Vec<Row> = (0..12).map(|day| row(&[], 20 - day)).collect();
    let old = alloc::vec![row(&[], 15), row(&[], 14), row(&["a"], 20)];
    let releases: Vec<Row> =
        (0..7).map(|day| row(&["release-1"], 100 - day)).chain([row(&["x"], 31), row(&["y"], 30)]).collect();
    let mut archive = alloc::vec![row(&["a"], 400), row(&["b"], 31), row(&["c"], 30), row(&["d"], 500)];
    archive[0].archived = Some(366);
    archive[3].archived = Some(365);
    let move_then_expire = |days| {
        let mut expire = plain(2, "any", "sinceImageTransitioned", days);
        expire["selection"]["storageClass"] = json!("archive");
        json!([transition(plain(1, "any", SINCE, 30)), expire])
    };
    let mut pulled =
        alloc::vec![row(&["a"], 200), row(&["b"], 200), row(&["c"], 91), row(&["d"], 90), row(&["e"], 200)];
    pulled[0].pulled = Some(91);
    pulled[1].pulled = Some(89);
    (pulled[4].archived, pulled[4].restored) = (Some(50), Some(10));
    let by_pulls = json!([transition(plain(1, "any", "sinceImagePulled", 90))]);
    for (name, rows, rules, expected) in [
        ("prod before beta", three(), json!([prod(1), beta(2)]), "A1"),
        ("beta before prod", three(), json!([beta(1), prod(2)]), "A1 B1"),
        ("a list is an AND", pair, json!([tagged(1, &["alpha", "beta"], SINCE, 5)]), "C1"),
        ("AND with a count", all_three, json!([tagged(1, &["alpha", "beta"], COUNT, 1)]), "A1 B1"),
        ("any", any, json!([plain(1, "any", COUNT, 1)]), "A1 B1 C1"),
        ("all three kinds", mixed, mixed_rules, "A1 B2 D3"),
        ("untagged and old", old, json!([plain(1, "untagged", SINCE, 14)]), "A1"),
        ("untagged by count", untagged, json!([plain(1, "untagged", COUNT, 10)]), "A1 B1"),
        (
            "what a rule keeps stays",
            releases,
            json!([tagged(1, &["release"], COUNT, 5), plain(2, "any", SINCE, 30)]),
            "A1 B1 H2",
        ),
        ("archive, then expire", archive, move_then_expire(365), "A2 B1"),
        ("pulls, or the push of what nobody pulled", pulled, by_pulls, "A1 C1"),
    ] {
        assert_eq!(acted(&rows, rules), expected, "{name}");
    }
}

/// ECR 3.8: pushes at one moment go by their order; what was restored counts from then; an index keeps its images.
#[test]
fn ecr_3_8_order_restoring_and_indexes() {
    let same = [row(&["a"], 3), row(&["b"], 3), row(&["c"], 3)];
    assert_eq!(acted(&same, json!([plain(1, "any", COUNT, 1)])), "A1 B1");
    let mut back = [row(&["a"], 9), row(&["b"], 8), row(&["c"], 7)];
    (back[0].archived, back[0].restored) = (Some(5), Some(1));
    assert_eq!(acted(&back, json!([plain(1, "any", COUNT, 1)])), "B1 C1");
    let policy = Policy::parse(&json!({ "rules": [plain(4, "any", COUNT, 1)] }).to_string()).unwrap();
    let mut held = candidates(&same);
    held[0].referenced = true;
    let fates = evaluate(&policy, &held, SimTime::from_millis(NOW));
    let said: Vec<String> = fates.iter().map(Fate::sentence).collect();
    let index = "stays, though rule 4 would act, while an image index holds it";
    assert_eq!(said, [index, "expires by rule 4", "stays: rule 4 selects it and keeps it"]);
    let rows = [row(&["v1"], 3), row(&["v2"], 3), row(&["v3"], 3)];
    // Only where another rule follows is one kept from it.
    let two = json!({ "rules": [tagged(4, &["v"], COUNT, 2), plain(9, "any", COUNT, 1)] }).to_string();
    let fates = evaluate(&Policy::parse(&two).unwrap(), &candidates(&rows), SimTime::from_millis(NOW));
    let said: Vec<String> = fates.iter().map(Fate::sentence).collect();
    let kept = "stays: rule 4 selects it and keeps it, so no later rule may act on it";
    assert_eq!(said, ["expires by rule 4", kept, kept]);
}

/// ECR 3.7, 3.8: wildcards.
#[test]
fn ecr_3_7_wildcards() {
    for (pattern, text, fits) in [
        ("prod*", "prod-1", true),
        ("prod*", "a-prod", false),
        ("*prod", "a-prod", true),
        ("*prod*", "a-prod-1", true),
        ("prod*repo", "prod-my-repo", true),
        ("prod*repo", "prodrep", false),
        ("a*a", "a", false),
        ("a*b*c", "a-b-b-c", true),
        ("a**c", "ac", true),
        ("*", "", true),
        ("v1", "v1", true),
        ("v1", "v1.2", false),
        ("", "x", false),
    ] {
        assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
    }
}

/// ECR 3.8: policy member laid over a good rule → what the validator says.
#[test]
fn ecr_3_8_what_is_no_policy() {
    let one_of = "instance failed to match exactly one schema (matched 0 out of 2)";
    let good = plain(1, "any", SINCE, 5);
    let with = |path: &str, value: Value| {
        let mut rule = good.clone();
        *rule.pointer_mut(path.rsplit_once('/').unwrap().0).unwrap() = {
            let (parent, name) = path.rsplit_once('/').unwrap();
            let mut parent = rule.pointer(parent).unwrap().clone();
            match value {
                Value::Null => drop(parent.as_object_mut().unwrap().remove(name)),
                value => parent[name] = value,
            }
            parent
        };
        json!({ "rules": [rule] }).to_string()
    };
    let rules = |rules: Value| json!({ "rules": rules }).to_string();
    let pulled = |class: &str| {
        let mut rule = plain(1, "any", "sinceImageTransitioned", 90);
        rule["selection"]["storageClass"] = json!(class);
        rule
    };
    for (text, message, ours) in [
        ("".to_string(), "Could not map policyString into LifecyclePolicy.", false),
        ("[]".to_string(), "Could not map policyString into LifecyclePolicy.", false),
        ("{}".to_string(), "object has missing required properties ([\"rules\"])", false),
        (rules(json!([])), "array is too short: must have at least 1 elements but instance has 0 elements", false),
        (
            rules((1..52).map(|p| tagged(p, &[&format!("t{p}")], COUNT, 1)).collect()),
            "array is too long: must have at most 50 elements but instance has 51 elements",
            false,
        ),
        (
            rules(json!([5])),
            "instance type (integer) does not match any allowed primitive type (allowed: [\"object\"])",
            false,
        ),
        (with("/selection", Value::Null), "object has missing required properties ([\"selection\"])", false),
        (
            rules(json!([{}])),
            "object has missing required properties ([\"action\", \"rulePriority\", \"selection\"])",
            false,
        ),
        (
            with("/foo", json!(1)),
            "object instance has properties which are not allowed by the schema: ([\"foo\"])",
            false,
        ),
        (
            with("/action/type", json!("delete")),
            "instance value (delete) not found in enum :(possible values: [\"expire\", \"transition\"])",
            false,
        ),
        (
            with("/selection/countNumber", json!(0)),
            "numeric instance is lower than the required minimum (minimum: 1, found: 0)",
            false,
        ),
        (
            with("/selection/countNumber", json!("5")),
            "instance type (string) does not match any allowed primitive type (allowed: [\"integer\"])",
            false,
        ),
        (
            with("/rulePriority", json!(-1)),
            "numeric instance is lower than the required minimum (minimum: 1, found: -1)",
            false,
        ),
        (
            with("/selection/countUnit", json!("hours")),
            "instance value (hours) not found in enum :(possible values: [\"days\"])",
            false,
        ),
        (with("/selection/countUnit", Value::Null), one_of, false),
        (with("/selection/countType", json!(COUNT)), one_of, false),
        (with("/selection/tagStatus", json!("tagged")), one_of, false),
        (with("/selection/tagPrefixList", json!(["a"])), one_of, false),
        (
            with("/selection/countType", json!("sinceImagePulled")),
            "sinceImagePulled goes only with the action transition",
            true,
        ),
        (rules(json!([pulled("standard")])), "sinceImageTransitioned needs the storageClass archive", true),
        (
            rules(json!([{ "rulePriority": 1, "action": { "type": "expire" }, "selection": {
                "tagStatus": "any", "storageClass": "archive", "countType": "sinceImageTransitioned", "countUnit": "days",
                "countNumber": 89,
            } }])),
            "numeric instance is lower than the required minimum (minimum: 90, found: 89)",
            false,
        ),
        (
            with("/action", json!({ "type": "transition" })),
            "object has missing required properties ([\"targetStorageClass\"])",
            false,
        ),
        (
            rules(json!([plain(1, "any", COUNT, 1), plain(2, "untagged", COUNT, 1)])),
            "The rule with tagStatus any must have the highest rulePriority",
            true,
        ),
        (
            rules(json!([plain(1, "untagged", COUNT, 1), plain(1, "any", COUNT, 1)])),
            "rulePriority 1 is used more than once",
            true,
        ),
        (
            rules(json!([tagged(1, &["a", "b"], COUNT, 1), tagged(2, &["b", "a"], SINCE, 1)])),
            "Two rules select the same images",
            true,
        ),
        (
            rules(json!([plain(1, "untagged", COUNT, 1), plain(2, "untagged", SINCE, 1)])),
            "Two rules select the same images",
            true,
        ),
        (
            rules(json!([{ "rulePriority": 1, "action": { "type": "expire" }, "selection": {
                "tagStatus": "tagged", "tagPatternList": ["a*b*c*d*e*"], "countType": COUNT, "countNumber": 1,
            } }])),
            "The pattern a*b*c*d*e* has more than 4 wildcards",
            true,
        ),
    ] {
        assert_eq!(Policy::parse(&text), Err(Invalid { message: message.to_string(), ours }), "{text}");
    }
    assert!(Policy::parse(&rules(json!([pulled("archive")]))).is_ok());
    assert!(Policy::parse(&rules(json!([tagged(2, &["b"], COUNT, 1), tagged(1, &["a"], COUNT, 1)]))).is_ok());
}

/// The rules of AWS as its guide tells them, image by image: no sets, no sorting, no state.
fn naive(rules: &[Rule], images: &[Candidate<'_>]) -> Vec<Option<(u32, bool)>> {
    let selects = |rule: &Rule, image: &Candidate<'_>| rule.archive == image.archived && rule.selects(image.tags);
    let each = images.iter().map(|image| {
        let rule = rules.iter().filter(|rule| selects(rule, image)).min_by_key(|rule| rule.priority)?;
        let acts = match rule.count {
            Count::MoreThan => {
                let key = |own: &Candidate<'_>| {
                    (own.activated_at.map_or(own.pushed_at, |again| again.max(own.pushed_at)), own.number)
                };
                let younger = images.iter().filter(|other| selects(rule, other) && key(other) > key(image)).count();
                younger as u64 >= rule.number
            }
            Count::Pushed => image
                .activated_at
                .into_iter()
                .chain([image.pushed_at])
                .all(|at| NOW - at.as_millis() > rule.number as i64 * DAY),
            Count::Pulled => {
                let used = image.pulled_at.unwrap_or(image.pushed_at);
                image.activated_at.into_iter().chain([used]).all(|at| NOW - at.as_millis() > rule.number as i64 * DAY)
            }
            Count::Transitioned => NOW - image.archived_at.unwrap().as_millis() > rule.number as i64 * DAY,
        };
        Some((rule.priority, acts && !image.referenced))
    });
    each.collect()
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let one = (0..3usize, proptest::collection::vec("[ab]{1,2}", 1..3), 0..4usize, 1..6u64, any::<bool>());
    proptest::collection::vec(one, 1..6).prop_map(|list| {
        let rules = list.into_iter().enumerate().map(|(index, (status, tags, count, number, transition))| {
            let status = [TagStatus::Tagged, TagStatus::Untagged, TagStatus::Any][status];
            let count = [Count::MoreThan, Count::Pushed, Count::Pulled, Count::Transitioned][count];
            let action = if transition { Action::Transition } else { Action::Expire };
            let archive = count == Count::Transitioned;
            Rule { priority: index as u32 * 3 + 1, status, tags, prefixes: true, archive, count, number, action }
        });
        rules.collect()
    })
}

proptest! {
    /// ECR 3.8: the evaluation is the guide's, whatever the rules and images.
    #[test]
    fn ecr_3_8_the_evaluation_is_the_naive_one(
        rules in rules(),
        rows in proptest::collection::vec(
            (proptest::collection::vec("[ab]{1,3}", 0..3), 0..8i64, proptest::option::of(0..8i64), proptest::option::of(0..8i64), proptest::option::of(0..8i64), any::<bool>()),
            0..12,
        ),
    ) {
        let table: Vec<Row> = rows.iter().map(|(tags, age, pulled, archived, restored, _)| Row {
            tags: tags.clone(), age: *age, pulled: *pulled, archived: *archived,
            restored: archived.and(*restored),
        }).collect();
        let mut images = candidates(&table);
        for (image, row) in images.iter_mut().zip(&rows) {
            image.referenced = row.5;
        }
        let policy = Policy { rules: rules.clone() };
        let fates = evaluate(&policy, &images, SimTime::from_millis(NOW));
        let seen: Vec<_> = fates.iter().map(|fate| fate.rule.map(|rule| (rule, fate.action.is_some()))).collect();
        prop_assert_eq!(seen, naive(&rules, &images));
    }

    /// The order of the rules in the document does not matter.
    #[test]
    fn ecr_3_8_only_priorities_order_rules(turn in 0..3usize) {
        let mut rules = alloc::vec![tagged(1, &["a"], COUNT, 1), plain(2, "untagged", SINCE, 1), plain(3, "any", COUNT, 1)];
        let sorted = Policy::parse(&json!({ "rules": rules }).to_string());
        rules.rotate_left(turn);
        prop_assert_eq!(Policy::parse(&json!({ "rules": rules }).to_string()), sorted);
    }

    /// No text is too strange.
    #[test]
    fn ecr_3_8_any_text_is_read_or_refused(text in "\\PC{0,200}") {
        let _ = Policy::parse(&text);
    }
}
