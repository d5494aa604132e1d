//! LG-01: from a line to its event, by table.

use super::conf::{Around, Conf, Fault, Section};
use super::failure::failure;
use super::output::{self, Place, Runs};
use super::record::{Patterns, Record, flow};
use crate::sim::SimTime;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Value, json};

/// What a configuration says; files under `/none` are not there.
fn conf(text: &str) -> Conf {
    let file = |path: &str| (path == "more.conf").then(|| "[OUTPUT]\nName null\nMatch *".to_string());
    let variable = |name: &str| (name == "REGION").then(|| "eu-west-1".to_string());
    let lacks = |path: &str| path.starts_with("/none");
    let mut conf = Conf { is_known: true, ..Conf::default() };
    conf.read("/a.conf", text, &Around { file: &file, lacks: &lacks, variable: &variable });
    conf
}

/// The sections of a configuration.
fn sections(text: &str) -> Vec<Section> {
    conf(text).sections
}

fn record(tag: &str, members: Value) -> Record {
    let members = members.as_object().unwrap().iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    Record { tag: tag.to_string(), members }
}

#[test]
fn a_classic_configuration_is_read() {
    let text = "# a remark\n[SERVICE]\n  Flush 5\n[output]\n\tName  cloudwatch_logs \n  region ${REGION}\n  a ${NONE}b\n@INCLUDE more.conf\n@include none.conf";
    let expected = [
        Section::new("SERVICE", &[("Flush", "5")]),
        Section::new("OUTPUT", &[("Name", "cloudwatch_logs"), ("region", "eu-west-1"), ("a", "b")]),
        Section::new("OUTPUT", &[("Name", "null"), ("Match", "*")]),
    ];
    assert_eq!(sections(text), expected);
    let file = |_: &str| Some("@INCLUDE again".to_string());
    let mut own = Conf::default();
    own.read("again", "@INCLUDE again", &Around { file: &file, lacks: &|_| true, variable: &|_| None });
    assert_eq!(own.sections, [], "it includes itself");
}

/// LG-01: configuration → the exit code of Fluent Bit and what it says last but for the moment; none where it runs.
#[test]
fn lg_01_a_router_with_a_wrong_configuration_ends() {
    let stops = "[error] configuration file contains errors, aborting.";
    let engine = "[error] [lib] backend failed";
    let at = SimTime::parse("2026-01-05T09:00:00Z").unwrap();
    for (text, expected) in [
        ("@SET a=b\n[INPUT]\n Name forward\n@INCLUDE unknown.conf\n[OUTPUT]\n Name stdout", None),
        ("@INCLUDE /none/a.conf", Some((1, 1, stops))),
        (
            "Name forward",
            Some((
                1,
                2,
                "[error] [config] error in /a.conf:1: undefined key - check config is in valid classic format",
            )),
        ),
        ("\n[INPUT\n Name forward", Some((1, 2, "[error] [config] error in /a.conf:2: bad header definition"))),
        ("[OUTPUT]\n Match *", Some((1, 2, "[error] [config] section 'output' is missing the 'name' property"))),
        (
            "[OUTPUT]\n Name cloudwatch_log\n[INPUT]\n Name Forward",
            Some((
                1,
                2,
                "[error] [config] section 'cloudwatch_log' tried to instance a plugin name that doesn't exist",
            )),
        ),
        (
            "[OUTPUT]\n Name null\n[OUTPUT]\n Name cloudwatch_logs\n region r\n log_stream_name s",
            Some((255, 5, engine)),
        ),
        ("[OUTPUT]\n Name cloudwatch\n log_group_name g", Some((255, 4, engine))),
    ] {
        let own = conf(text);
        let found = failure(&own, at).map(|own| (own.code, own.lines));
        let Some((code, count, line)) = expected else {
            assert_eq!(found, None, "{text}");
            continue;
        };
        let (own_code, lines) = found.unwrap();
        assert_eq!((own_code, lines.len()), (code, count), "{text} {lines:?}");
        assert!(
            lines.iter().any(|own| own.ends_with(line)) && lines.iter().all(|own| own.contains("error")),
            "{lines:?}"
        );
        assert!(lines.last().unwrap().ends_with(if code == 1 { stops } else { engine }), "{lines:?}");
    }
    let missing = Conf { fault: Some(Fault::Missing), ..Conf::default() };
    assert_eq!(
        failure(&missing, at).map(|own| (own.code, own.lines)),
        Some((
            1,
            Vec::from(["[2026/01/05 09:00:00] [error] could not open configuration file, aborting.".to_string()])
        ))
    );
    let unknown = Conf { is_known: false, ..conf("[OUTPUT]\nName newrelic") };
    assert!(failure(&unknown, at).is_none(), "an image may bring plugins");
}

/// Filters, each with the record that it makes of one: tag and members; none where it drops it.
#[test]
fn records_pass_filters() {
    let given = || record("app-firelens-1", json!({ "log": "{\"level\":\"warn\",\"n\":1}", "source": "stdout" }));
    let tagged = |tag: &str, members: Value| Some(record(tag, members));
    let same = |members: Value| tagged("app-firelens-1", members);
    let log = "{\"level\":\"warn\",\"n\":1}";
    for (filter, expected) in [
        ("Name grep\nMatch *\nRegex log warn", Some(given())),
        ("Name grep\nMatch app-firelens*\nExclude log ^\\{", None),
        ("Name grep\nMatch other*\nExclude log .", Some(given())),
        ("Name grep\nMatch_Regex ^app\nRegex missing .", None),
        (
            "Name record_modifier\nMatch *\nRecord stage two words\nRemove_key log",
            same(json!({ "source": "stdout", "stage": "two words" })),
        ),
        ("Name record_modifier\nMatch *\nAllowlist_key log", same(json!({ "log": log }))),
        (
            "Name modify\nMatch *\nRename log message\nAdd source x\nSet b 1",
            same(json!({ "message": log, "source": "stdout", "b": "1" })),
        ),
        ("Name modify\nMatch *\nHard_rename log source\nRemove none", same(json!({ "source": log }))),
        ("Name modify\nMatch *\nCopy log a\nRemove_wildcard so", same(json!({ "log": log, "a": log }))),
        ("Name modify\nMatch *\nCondition Key_exists b\nRemove log", Some(given())),
        (
            "Name parser\nMatch *\nKey_Name log\nParser json\nReserve_Data True",
            same(json!({ "level": "warn", "n": 1, "source": "stdout" })),
        ),
        ("Name parser\nMatch *\nKey_Name log\nParser json", same(json!({ "level": "warn", "n": 1 }))),
        ("Name parser\nMatch *\nKey_Name source\nParser json", Some(given())),
        (
            "Name rewrite_tag\nMatch app*\nRule $source ^(std)(out)$ new.$2.$TAG false",
            tagged("new.out.app-firelens-1", json!({ "log": log, "source": "stdout" })),
        ),
        ("Name lua\nMatch *\ncall x", Some(given())),
    ] {
        let all = sections(&format!("[FILTER]\n{filter}\n[OUTPUT]\nName null\nMatch *"));
        let found: Vec<Record> =
            flow(&all, &Patterns::default(), given()).into_iter().map(|(_, record)| record).collect();
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{filter}");
    }
    let round =
        sections("[FILTER]\nName rewrite_tag\nMatch *\nRule $source . $TAG.x true\n[OUTPUT]\nName null\nMatch *");
    assert_eq!(flow(&round, &Patterns::default(), given()).len(), 5, "a tag that leads to itself ends");
    let two = sections("[OUTPUT]\nName null\nMatch app*1\n[OUTPUT]\nName null\nMatch b*\n[OUTPUT]\nName s3\nMatch **");
    assert_eq!(
        flow(&two, &Patterns::default(), given()).into_iter().map(|(place, _)| place).collect::<Vec<_>>(),
        [0, 2]
    );
}

/// Options of an output → group and stream, and the event's message.
#[test]
fn lg_01_an_output_names_its_group_and_stream() {
    let runs = Runs { task: "0123".into(), arn: "arn:aws:ecs:r:1:task/prod/0123".into(), cluster: "prod".into() };
    let given = record("a.b", json!({ "source": "stdout", "log": "hi \"you\"", "kubernetes": { "pod": "p:1" } }));
    let whole = "{\"source\":\"stdout\",\"log\":\"hi \\\"you\\\"\",\"kubernetes\":{\"pod\":\"p:1\"}}";
    let sorted = "{\"kubernetes\":{\"pod\":\"p:1\"},\"log\":\"hi \\\"you\\\"\",\"source\":\"stdout\"}";
    let log = "hi \"you\"";
    for (options, expected) in [
        ("Name cloudwatch_logs\nregion r\nlog_group_name g\nlog_stream_prefix p-", Some(("g", "p-a.b", whole))),
        ("Name cloudwatch_logs\nregion r\nlog_group_name g\nlog_stream_name s\nlog_key log", Some(("g", "s", log))),
        (
            "name CloudWatch_Logs\nregion r\nlog_group_name g\nlog_stream_name $(ecs_task_id)",
            Some(("g", "$(ecs_task_id)", whole)),
        ),
        (
            "Name cloudwatch_logs\nregion r\nlog_group_name g\nlog_group_template /x/$source.$TAG[1]\nlog_stream_prefix p-\nlog_stream_template $none",
            Some(("/x/stdout.b", "p-a.b", whole)),
        ),
        (
            "Name cloudwatch_logs\nregion r\nlog_group_name g\nlog_group_template $kubernetes['pod']\nlog_stream_name s",
            Some(("p:1", "s", whole)),
        ),
        ("Name cloudwatch_logs\nregion r\nlog_group_name g\nlog_stream_name s\nlog_stream_prefix p", None),
        ("Name cloudwatch_logs\nregion r\nlog_group_name g", None),
        ("Name cloudwatch_logs\nlog_group_name g\nlog_stream_name s", None),
        ("Name cloudwatch_logs\nregion r\nlog_stream_name s", None),
        (
            "Name cloudwatch\nregion r\nlog_group_name /aws/$(ecs_cluster)/x\nlog_stream_name $(ecs_task_id)",
            Some(("/aws/prod/x", "0123", sorted)),
        ),
        (
            "Name cloudwatch\nregion r\nlog_group_name $(kubernetes['pod'])\nlog_stream_name $(tag)-$(tag[1])",
            Some(("p.1", "a.b-b", sorted)),
        ),
        (
            "Name cloudwatch\nregion r\nlog_group_name g-$(none)\nlog_stream_name $(tag[7])",
            Some(("fluentbit-default", "/fluentbit-default", sorted)),
        ),
        ("Name cloudwatch\nregion r\nlog_group_name g\nlog_stream_prefix p-\nlog_key log", Some(("g", "p-a.b", log))),
        ("Name cloudwatch\nregion r\nlog_group_name g", None),
        ("@type cloudwatch_logs\nlog_group_name g\nlog_stream_name s", Some(("g", "s", whole))),
        (
            "@type cloudwatch_logs\nlog_group_name g\nuse_tag_as_stream true\nmessage_keys log,source",
            Some(("g", "a.b", "hi \"you\" stdout")),
        ),
        ("@type cloudwatch_logs\nlog_group_name g", None),
        ("Name firehose\nregion r\ndelivery_stream d", None),
        ("Name datadog\napikey k", None),
    ] {
        let all = sections(&format!("[OUTPUT]\n{options}"));
        let found = output::plugin(&all[0]).and_then(|plugin| {
            let place = output::place(&all[0], plugin, &given, &runs)?;
            Some((place, output::message(&all[0], plugin, &given)?))
        });
        let expected = expected.map(|(group, stream, message)| {
            (Place { group: group.to_string(), stream: stream.to_string() }, String::from(message))
        });
        assert_eq!(found, expected, "{options}");
    }
    let lacks = sections("[OUTPUT]\nName cloudwatch_logs\nlog_key none");
    assert_eq!(output::message(&lacks[0], output::Plugin::Core, &given), None, "a record without the key is left out");
}

/// Whatever stands in a configuration, its reader and its filters come to an end.
#[test]
fn what_is_hostile_ends() {
    let long = "$TAG".repeat(20_000);
    let many = "[FILTER]\nName modify\nMatch *\nAdd a b\n".repeat(20_000);
    for text in [
        format!("[FILTER]\nName grep\nMatch {}x\nRegex log (((a{{1000}}){{1000}}){{1000}})\n", "*".repeat(5_000)),
        format!("[FILTER]\nName rewrite_tag\nMatch *\nRule $log . {long} true\n"),
        format!("[FILTER]\nName parser\nMatch *\nKey_Name log\nParser json\n{many}"),
        format!(
            "[OUTPUT]\nName cloudwatch_logs\nMatch *\nregion r\nlog_group_name {}\nlog_stream_template {long}",
            "${REGION}".repeat(20_000)
        ),
        "[[[]\n[\n@INCLUDE\n${".to_string(),
    ] {
        let all = sections(&text);
        let given = record("a", json!({ "log": "[".repeat(10_000) }));
        let runs = Runs { task: String::new(), arn: String::new(), cluster: String::new() };
        for (place, record) in flow(&all, &Patterns::default(), given) {
            assert!(record.tag.len() < 10_000 && record.members.len() < 1_000);
            let plugin = output::plugin(&all[place]).unwrap();
            assert!(
                output::place(&all[place], plugin, &record, &runs).is_none_or(|own| !own.is_valid()),
                "{}",
                text.len()
            );
        }
    }
    for (pattern, tag, expected) in [
        ("*", "", true),
        ("a*b*c", "axbxc", true),
        ("a*b*c", "ac", false),
        ("a*a", "a", false),
        ("**", "x.y", true),
        ("a.b", "a.b", true),
        ("*b", "ab.b", true),
    ] {
        let all = sections(&format!("[OUTPUT]\nName null\nMatch {pattern}"));
        assert_eq!(!flow(&all, &Patterns::default(), record(tag, json!({}))).is_empty(), expected, "{pattern} {tag}");
    }
}
