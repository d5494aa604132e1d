//! What a lab lacks before a cluster's capacity scales by itself: a launch template, an Auto Scaling group, a cluster
//! that uses the provider.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ecs_lab::ec2::network;
use ecs_lab::ecs::Cluster;
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};

const NAME: &str = "hosts";

/// The cluster that is offered a provider: the first that is ACTIVE.
fn first(lab: &Lab) -> Option<&Cluster> {
    lab.world().ecs().clusters().find(|own| own.active)
}

/// The group's part that comes next, in words and as a call; none once there is a group.
pub fn next(lab: &Lab) -> Option<(&'static str, Command)> {
    if lab.world().autoscaling().groups().next().is_some() {
        return None;
    }
    let cluster = &first(lab)?.name;
    if lab.world().ec2().template(&json!({ "LaunchTemplateName": NAME })).is_none() {
        let script = STANDARD.encode(format!("#!/bin/bash\necho ECS_CLUSTER={cluster} >> /etc/ecs/ecs.config\n"));
        let data = json!({
            "InstanceType": "t3.medium", "UserData": script, "IamInstanceProfile": { "Name": "ecsInstanceRole" },
        });
        let input = json!({ "LaunchTemplateName": NAME, "LaunchTemplateData": data });
        return Some(("1. Say how an instance starts", Command::ec2("CreateLaunchTemplate", input)));
    }
    let zones: Vec<String> = network::zones(&lab.start().region).take(2).collect();
    let input = json!({
        "AutoScalingGroupName": NAME, "MinSize": 0, "MaxSize": 5, "DesiredCapacity": 0,
        "LaunchTemplate": { "LaunchTemplateName": NAME }, "AvailabilityZones": zones,
        "NewInstancesProtectedFromScaleIn": true,
    });
    let call = Command::Api(ApiCall::new("autoscaling", "CreateAutoScalingGroup", input));
    Some(("2. Make a group of up to five", call))
}

/// PutClusterCapacityProviders that adds a provider to what the first cluster has; none where it has it, or another
/// cluster does: a provider belongs to one.
pub fn joining(lab: &Lab, provider: &str) -> Option<Command> {
    if lab.world().ecs().cluster_of_provider(provider).is_some() {
        return None;
    }
    let name = &first(lab)?.name;
    let reply = lab.read(&ApiCall::new("ecs", "DescribeClusters", json!({ "clusters": [name] }))).ok()?;
    let cluster = &reply["clusters"][0];
    let mut all = cluster["capacityProviders"].as_array()?.clone();
    all.push(provider.into());
    let mut strategy = cluster["defaultCapacityProviderStrategy"].clone();
    if strategy.as_array().is_none_or(Vec::is_empty) {
        strategy = json!([{ "capacityProvider": provider, "weight": 1 }]);
    }
    let input = json!({
        "cluster": name, "capacityProviders": Value::Array(all), "defaultCapacityProviderStrategy": strategy,
    });
    Some(Command::ecs("PutClusterCapacityProviders", input))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::pages::scaling::test::advance;
    use crate::app::store::opening;

    #[test]
    fn a_deleted_cluster_is_offered_nothing() {
        let mut lab = Lab::new(Default::default());
        let create = |name: &str| Command::ecs("CreateCluster", json!({ "clusterName": name }));
        lab.apply(create("old")).unwrap();
        lab.apply(Command::ecs("DeleteCluster", json!({ "cluster": "old" }))).unwrap();
        assert_eq!((next(&lab), joining(&lab, "cp")), (None, None));
        lab.apply(create("new")).unwrap();
        let Some(Command::Api(call)) = joining(&lab, "cp") else { panic!("nothing is offered") };
        assert_eq!(call.input["cluster"], "new");
        let Some((_, Command::Api(call))) = next(&lab) else { panic!("nothing is offered") };
        let script = call.input["LaunchTemplateData"]["UserData"].as_str().unwrap();
        assert!(String::from_utf8(STANDARD.decode(script).unwrap()).unwrap().contains("ECS_CLUSTER=new"));
    }

    #[test]
    fn what_is_offered_leads_to_instances_that_come_by_themselves() {
        let mut lab = opening::fleet();
        let mut steps = Vec::new();
        while let Some((words, command)) = next(&lab) {
            lab.apply(command).unwrap();
            steps.push(words);
        }
        assert_eq!(steps.len(), 2, "{steps:?}");
        let arn = lab.world().autoscaling().groups().next().unwrap().arn.clone();
        let provider = json!({ "autoScalingGroupArn": arn, "managedScaling": { "status": "ENABLED" } });
        let provider = json!({ "name": "cp", "autoScalingGroupProvider": provider });
        lab.apply(Command::ecs("CreateCapacityProvider", provider)).unwrap();
        let mut elsewhere = lab.fork();
        elsewhere.apply(Command::ecs("CreateCluster", json!({ "clusterName": "other" }))).unwrap();
        let other = json!({ "cluster": "other", "capacityProviders": ["cp"], "defaultCapacityProviderStrategy": [] });
        elsewhere.apply(Command::ecs("PutClusterCapacityProviders", other)).unwrap();
        assert_eq!(joining(&elsewhere, "cp"), None, "it belongs to another cluster");
        lab.apply(joining(&lab, "cp").unwrap()).unwrap();
        assert_eq!(joining(&lab, "cp"), None);
        let service = json!({ "cluster": "prod", "serviceName": "shop", "taskDefinition": "web:1", "desiredCount": 3 });
        lab.apply(Command::ecs("CreateService", service)).unwrap();
        advance(&mut lab, 1200);
        let group = lab.world().autoscaling().groups().next().unwrap();
        assert!(group.desired > 0, "no instance came");
    }
}
