//! The tag by which ECS may change the group of a capacity provider (2.6 on scaling).

use super::groups::{asg, create, group, members, provider, template};
use super::managed::{last, scaled};
use super::support::*;
use ecs_lab::lab::Lab;
use ecs_lab::scaling::reservation::Held;
use serde_json::{Value, json};

/// The keys of the tags of the group `g`, as both calls show them.
fn keys(lab: &mut Lab) -> Vec<String> {
    let key = |own: &Value| own["Key"].as_str().unwrap().to_string();
    let shown = asg(lab, "DescribeTags", json!({}))["Tags"].as_array().unwrap().clone();
    assert_eq!(group(lab, "g")["Tags"], json!(shown));
    shown.iter().map(key).collect()
}

fn delete_tag(lab: &mut Lab) {
    let tag = json!({ "ResourceId": "g", "ResourceType": "auto-scaling-group", "Key": "AmazonECSManaged" });
    asg(lab, "DeleteTags", json!({ "Tags": [tag] }));
}

fn update(lab: &mut Lab, scaling: Value) {
    let settings = json!({ "managedScaling": scaling });
    ecs(lab, "UpdateCapacityProvider", json!({ "name": "cp-g", "autoScalingGroupProvider": settings }));
}

#[test]
fn rule_2_6_managed_scaling_puts_a_tag_on_the_group() {
    let mut lab = lab();
    template(&mut lab, "");
    create(&mut lab, "g", 0, 4, 0, json!({ "Tags": [{ "Key": "team", "Value": "shop" }] }));
    provider(&mut lab, "g", json!({}));
    assert_eq!(keys(&mut lab), ["team"], "managed scaling is off");
    update(&mut lab, json!({ "status": "ENABLED" }));
    assert_eq!(keys(&mut lab), ["team", "AmazonECSManaged"]);
    let tag = json!({
        "ResourceId": "g", "ResourceType": "auto-scaling-group", "Key": "AmazonECSManaged", "Value": "",
        "PropagateAtLaunch": true,
    });
    assert_eq!(group(&mut lab, "g")["Tags"][1], tag);
    delete_tag(&mut lab);
    assert_eq!(keys(&mut lab), ["team"]);
    update(&mut lab, json!({ "targetCapacity": 90 }));
    assert_eq!(keys(&mut lab), ["team", "AmazonECSManaged"], "an update puts it again");
    update(&mut lab, json!({ "status": "DISABLED" }));
    assert_eq!(keys(&mut lab), ["team", "AmazonECSManaged"], "it stays");
}

/// Without it the reservation is still evaluated, and nothing follows: neither instances nor their protection.
#[test]
fn rule_2_6_a_group_without_the_tag_is_not_changed() {
    let protected = json!({ "NewInstancesProtectedFromScaleIn": true });
    let mut lab = scaled(0, 6, 1, protected, json!({ "managedTerminationProtection": "ENABLED" }));
    delete_tag(&mut lab);
    run(&mut lab, "web", 10, json!({}));
    wait(&mut lab, "7m");
    assert_eq!((last(&lab).percent(), last(&lab).held), (200.0, Some(Held::Untagged)));
    assert_eq!(group(&mut lab, "g")["DesiredCapacity"], 1);
    let said = last(&lab).sentence();
    let words = "; the group has lost the tag AmazonECSManaged, without which ECS does not change it";
    assert!(said.ends_with(words), "{said}");
    // With the tag it goes on where it was.
    let tag =
        json!({ "ResourceId": "g", "ResourceType": "auto-scaling-group", "Key": "AmazonECSManaged", "Value": "" });
    asg(&mut lab, "CreateOrUpdateTags", json!({ "Tags": [tag] }));
    wait(&mut lab, "1m");
    assert_eq!((last(&lab).held, &group(&mut lab, "g")["DesiredCapacity"]), (None, &json!(2)));
    wait(&mut lab, "3m");
    // Scale-in needs it as well: both are idle, and stay protected.
    for task in ecs(&mut lab, "ListTasks", json!({ "cluster": "prod" }))["taskArns"].as_array().unwrap() {
        ecs(&mut lab, "StopTask", json!({ "cluster": "prod", "task": task }));
    }
    delete_tag(&mut lab);
    wait(&mut lab, "25m");
    assert_eq!((last(&lab).percent(), last(&lab).held), (0.0, Some(Held::Untagged)));
    assert_eq!(members(&mut lab, "g"), ["a InService!", "b InService!"]);
}
