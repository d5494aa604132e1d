//! Network interfaces of instances with and without a trunk (2.1, 2.2), and the account setting that decides.

use super::support::*;
use ecs_lab::ecs::survey;
use ecs_lab::lab::Lab;
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::123456789012:role/ecsInstanceRole";
const ROOT: &str = "arn:aws:iam::123456789012:root";

fn set(lab: &mut Lab, operation: &str, extra: Value) {
    let mut input = json!({ "name": "awsvpcTrunking", "value": "enabled" });
    input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    ecs(lab, operation, input);
}

/// RunTask of `count` tiny awsvpc tasks in zone a: tasks placed, and the reasons.
fn run_tiny(lab: &mut Lab, count: u32) -> (usize, Vec<String>) {
    let container = json!({ "name": "app", "image": "nginx", "cpu": 16, "memory": 16 });
    let definition = json!({ "family": "tiny", "networkMode": "awsvpc", "containerDefinitions": [container] });
    ecs(lab, "RegisterTaskDefinition", definition);
    let network =
        json!({ "networkConfiguration": { "awsvpcConfiguration": { "subnets": ["subnet-0ec51ab00000000a0"] } } });
    let reply = run(lab, "tiny", count, network);
    let reasons = reply["failures"].as_array().unwrap().iter().map(|own| own["reason"].as_str().unwrap().to_string());
    (reply["tasks"].as_array().unwrap().len(), reasons.collect())
}

/// How many instances have a trunk.
fn trunks(lab: &mut Lab) -> usize {
    let input =
        json!({ "cluster": "prod", "targetType": "container-instance", "attributeName": "ecs.awsvpc-trunk-id" });
    ecs(lab, "ListAttributes", input)["attributes"].as_array().unwrap().len()
}

/// The worked example of 2.2: the same eight tasks on small instances, on larger ones, and on those with a trunk.
#[test]
fn en_03_en_06_eight_tiny_tasks() {
    for (kind, trunking, placed) in
        [("t3.medium", false, 6), ("t3.medium", true, 6), ("m5.large", false, 6), ("m5.large", true, 8)]
    {
        let mut lab = lab();
        if trunking {
            set(&mut lab, "PutAccountSettingDefault", json!({}));
        }
        launch(&mut lab, kind, ZONE_A, 3, "");
        wait(&mut lab, "2m");
        let (tasks, reasons) = run_tiny(&mut lab, 8);
        let short = if placed == 8 { vec![] } else { vec!["RESOURCE:ENI"; 3] };
        assert_eq!((tasks, reasons), (placed, short.into_iter().map(String::from).collect()), "{kind} {trunking}");
        assert_eq!(trunks(&mut lab), if placed == 8 { 3 } else { 0 }, "AT-02: {kind} {trunking}");
    }
}

/// EN-04: what counts is the setting of the role or of the account at the moment of registration.
#[test]
fn en_04_whose_setting_and_when() {
    for (label, operation, extra, profile, trunked) in [
        ("the account's default", "PutAccountSettingDefault", json!({}), "ecsInstanceRole", 1),
        ("the root user's", "PutAccountSetting", json!({ "principalArn": ROOT }), "ecsInstanceRole", 1),
        ("the role's", "PutAccountSetting", json!({ "principalArn": ROLE }), "ecsInstanceRole", 1),
        ("another role's", "PutAccountSetting", json!({ "principalArn": ROLE }), "other", 0),
        ("the caller's own", "PutAccountSetting", json!({}), "ecsInstanceRole", 0),
    ] {
        let mut lab = lab();
        set(&mut lab, operation, extra);
        let script = "#!/bin/bash\necho ECS_CLUSTER=prod >> /etc/ecs/ecs.config";
        let mut input =
            json!({ "InstanceType": "c5.large", "MinCount": 1, "MaxCount": 1, "UserData": encoded(script) });
        input["IamInstanceProfile"] = json!({ "Name": profile });
        ec2(&mut lab, "RunInstances", input);
        wait(&mut lab, "2m");
        assert_eq!(trunks(&mut lab), trunked, "{label}");
        assert_eq!(run_tiny(&mut lab, 10).0, if trunked == 1 { 10 } else { 2 }, "{label}");
    }
}

#[test]
fn en_04_later_changes_change_no_instance() {
    let mut lab = lab();
    let first = launch(&mut lab, "m5.large", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    set(&mut lab, "PutAccountSettingDefault", json!({}));
    ec2(&mut lab, "StopInstances", json!({ "InstanceIds": first }));
    wait(&mut lab, "1m");
    ec2(&mut lab, "StartInstances", json!({ "InstanceIds": first }));
    wait(&mut lab, "2m");
    assert_eq!((trunks(&mut lab), run_tiny(&mut lab, 3).0), (0, 2), "a reconnected agent is no new registration");
    launch(&mut lab, "m5.large", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    set(&mut lab, "PutAccountSettingDefault", json!({ "value": "disabled" }));
    assert_eq!((trunks(&mut lab), run_tiny(&mut lab, 10).0), (1, 10), "the one that registered between");
}

/// What an account has by itself, what it set, and in pages of ten.
#[test]
fn account_settings_are_listed() {
    let mut lab = lab();
    let list = |lab: &mut Lab, input: Value| ecs(lab, "ListAccountSettings", input)["settings"].clone();
    assert_eq!(list(&mut lab, json!({})), json!([]), "nobody set anything");
    let named = json!({ "name": "awsvpcTrunking", "effectiveSettings": true });
    let setting = |value: &str, who: &str| {
        let who = format!("arn:aws:iam::123456789012:{who}");
        json!([{ "name": "awsvpcTrunking", "value": value, "principalArn": who, "type": "user" }])
    };
    assert_eq!(list(&mut lab, named.clone()), setting("disabled", "root"));
    set(&mut lab, "PutAccountSettingDefault", json!({}));
    assert_eq!(list(&mut lab, named.clone()), setting("enabled", "root"));
    set(&mut lab, "PutAccountSetting", json!({ "value": "disabled" }));
    assert_eq!(list(&mut lab, named), setting("disabled", "user/learner"));
    assert_eq!(list(&mut lab, json!({})), setting("disabled", "user/learner"));
    assert_eq!(list(&mut lab, json!({ "name": "awsvpcTrunking", "value": "enabled" })), json!([]));

    let all = ecs(&mut lab, "ListAccountSettings", json!({ "effectiveSettings": true }));
    assert_eq!(all["settings"].as_array().unwrap().len(), 10);
    let rest = json!({ "effectiveSettings": true, "nextToken": all["nextToken"] });
    assert_eq!(ecs(&mut lab, "ListAccountSettings", rest)["settings"][0]["name"], "taskLongArnFormat");

    let before = lab.digest();
    for (input, path) in [
        (json!({ "name": "awsvpcTrunking", "value": "on" }), "value"),
        (json!({ "name": "fargateTaskRetirementWaitPeriod", "value": "8" }), "value"),
        (json!({ "name": "guardDutyActivate", "value": "on" }), "name"),
        (json!({ "name": "dualStack", "value": "enabled" }), "name"),
        (
            json!({ "name": "awsvpcTrunking", "value": "enabled", "principalArn": "arn:aws:iam::1:root" }),
            "principalArn",
        ),
    ] {
        let error = try_ecs(&mut lab, "PutAccountSetting", input.clone()).expect_err(path);
        assert_eq!((&*error.code, error.path.as_str()), ("InvalidParameterException", path), "{input}");
        assert_eq!(lab.digest(), before);
    }
    let error = try_ecs(&mut lab, "ListAccountSettings", json!({ "value": "enabled" })).unwrap_err();
    assert_eq!(error.path, "value");
}

/// EN-03, EN-04: what could be added takes as many tasks as it would once it is there.
#[test]
fn offers_have_the_trunk_of_the_setting() {
    let mut lab = lab();
    let interfaces = |lab: &Lab| {
        let ecs = lab.world().ecs();
        let cluster = ecs.cluster("prod").unwrap().id;
        let offers = survey::offers(ecs, &lab.world().options().account, cluster, &[ZONE_A.to_string()], "LINUX");
        offers.iter().find(|offer| offer.instance_type == "m5.large").unwrap().host.enis.total
    };
    assert_eq!(interfaces(&lab), 2);
    set(&mut lab, "PutAccountSettingDefault", json!({}));
    assert_eq!(interfaces(&lab), 10);
}
