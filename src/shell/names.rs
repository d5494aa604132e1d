//! The names of things in the lab, for completion.

use super::jmespath;
use crate::lab::{ApiCall, Lab};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Value, json};

/// What else has names: the services, the members without their plural, and the call and the query that list them.
const LISTS: [[&str; 5]; 34] = [
    ["ec2 lab autoscaling", "InstanceId", "ec2", "DescribeInstances", "Reservations[].Instances[].InstanceId"],
    ["lab", "instanceId", "ec2", "DescribeInstances", "Reservations[].Instances[].InstanceId"],
    ["ecs", "capacityProvider", "ecs", "DescribeCapacityProviders", "capacityProviders[].name"],
    ["iam", "RoleName", "iam", "ListRoles", "Roles[].RoleName"],
    ["logs", "logGroupName", "logs", "DescribeLogGroups", "logGroups[].logGroupName"],
    ["elbv2", "LoadBalancerArn", "elbv2", "DescribeLoadBalancers", "LoadBalancers[].LoadBalancerArn"],
    ["elbv2", "TargetGroupArn", "elbv2", "DescribeTargetGroups", "TargetGroups[].TargetGroupArn"],
    ["codedeploy", "applicationName", "codedeploy", "ListApplications", "applications"],
    [
        "autoscaling",
        "AutoScalingGroupName",
        "autoscaling",
        "DescribeAutoScalingGroups",
        "AutoScalingGroups[].AutoScalingGroupName",
    ],
    ["cloudwatch", "AlarmName", "cloudwatch", "DescribeAlarms", "MetricAlarms[].AlarmName"],
    ["events", "Name Rule", "events", "ListRules", "Rules[].Name"],
    ["secretsmanager", "SecretId", "secretsmanager", "ListSecrets", "SecretList[].Name"],
    [
        "application-autoscaling",
        "ResourceId",
        "application-autoscaling",
        "DescribeScalableTargets",
        "ScalableTargets[].ResourceId",
    ],
    ["logs", "logGroupIdentifier", "logs", "DescribeLogGroups", "logGroups[].logGroupName"],
    ["servicediscovery", "ServiceId", "servicediscovery", "ListServices", "Services[].Id"],
    ["ecr", "resourceArn", "ecr", "DescribeRepositories", "repositories[].repositoryArn"],
    ["elbv2", "ResourceArn", "elbv2", "DescribeLoadBalancers", "LoadBalancers[].LoadBalancerArn"],
    ["elbv2", "ResourceArn", "elbv2", "DescribeTargetGroups", "TargetGroups[].TargetGroupArn"],
    ["logs", "resourceArn", "logs", "DescribeLogGroups", "logGroups[].logGroupArn"],
    ["iam", "UserName", "iam", "ListUsers", "Users[].UserName"],
    ["iam", "GroupName", "iam", "ListGroups", "Groups[].GroupName"],
    ["iam", "PolicyArn", "iam", "ListPolicies", "Policies[].Arn"],
    ["iam", "InstanceProfileName", "iam", "ListInstanceProfiles", "InstanceProfiles[].InstanceProfileName"],
    ["ecs", "taskRoleArn executionRoleArn", "iam", "ListRoles", "Roles[].Arn"],
    ["ecs", "targetGroupArn", "elbv2", "DescribeTargetGroups", "TargetGroups[].TargetGroupArn"],
    ["ecs", "subnet", "ec2", "DescribeSubnets", "Subnets[].SubnetId"],
    ["ec2 elbv2", "SubnetId Subnet", "ec2", "DescribeSubnets", "Subnets[].SubnetId"],
    ["ecs", "securityGroup", "ec2", "DescribeSecurityGroups", "SecurityGroups[].GroupId"],
    ["ec2 elbv2", "SecurityGroupId SecurityGroup GroupId", "ec2", "DescribeSecurityGroups", "SecurityGroups[].GroupId"],
    ["ec2 elbv2", "VpcId", "ec2", "DescribeVpcs", "Vpcs[].VpcId"],
    ["ec2", "RouteTableId", "ec2", "DescribeRouteTables", "RouteTables[].RouteTableId"],
    ["ec2", "InternetGatewayId", "ec2", "DescribeInternetGateways", "InternetGateways[].InternetGatewayId"],
    ["ec2", "KeyName", "ec2", "DescribeKeyPairs", "KeyPairs[].KeyName"],
    ["ec2 autoscaling", "LaunchTemplateName", "ec2", "DescribeLaunchTemplates", "LaunchTemplates[].LaunchTemplateName"],
];

/// The names of what an option is about, as far as the lab holds any. `within` is the cluster that the line names, for
/// Amazon ECR the repository.
pub(super) fn names(lab: &Lab, service: &str, member: &str, within: Option<&str>) -> Vec<String> {
    let list = |service: &str, operation: &str, input: Value, key: &str| {
        let reply = lab.read(&ApiCall::new(service, operation, input)).unwrap_or_default();
        let items = reply[key].as_array().cloned().unwrap_or_default();
        let text = |item: &Value| item.as_str().map(|arn| arn.rsplit('/').next().unwrap_or(arn).to_string());
        items.iter().filter_map(text).collect::<Vec<_>>()
    };
    let input = || within.map_or_else(|| json!({}), |cluster| json!({ "cluster": cluster }));
    match (service, member) {
        ("ecs" | "lab", "cluster" | "clusters") => list("ecs", "ListClusters", json!({}), "clusterArns"),
        ("ecs" | "lab", "service" | "services" | "serviceName") => list("ecs", "ListServices", input(), "serviceArns"),
        ("ecs" | "lab", "task" | "tasks") => list("ecs", "ListTasks", input(), "taskArns"),
        ("ecs", "containerInstance" | "containerInstances") => {
            list("ecs", "ListContainerInstances", input(), "containerInstanceArns")
        }
        ("ecs", "taskDefinition" | "taskDefinitions") => {
            list("ecs", "ListTaskDefinitions", json!({}), "taskDefinitionArns")
        }
        ("ecs", "familyPrefix" | "family") => list("ecs", "ListTaskDefinitionFamilies", json!({}), "families"),
        ("application-autoscaling", "ServiceNamespace") => ["ecs".to_string()].into(),
        ("application-autoscaling", "ScalableDimension") => ["ecs:service:DesiredCount".to_string()].into(),
        ("ecs", "resourceArn") => tagged(lab),
        ("ecr", "repositoryName" | "repositoryNames") => {
            lab.world().ecr().repositories().map(|own| own.name.clone()).collect()
        }
        ("ecr", "imageTag" | "imageDigest") => {
            let query = format!("imageIds[].{member}");
            listed(lab, &["", "", "ecr", "ListImages", &query], json!({ "repositoryName": within }))
        }
        _ => {
            let rows = LISTS.iter().filter(|own| fits(own, service, member));
            rows.flat_map(|own| listed(lab, own, json!({}))).collect()
        }
    }
}

/// Whether a row of [`LISTS`] is about a member of a service.
fn fits(row: &[&str; 5], service: &str, member: &str) -> bool {
    let single = member.trim_end_matches('s');
    row[0].split(' ').any(|own| own == service) && row[1].split(' ').any(|own| own == single)
}

/// What the call of a row names.
pub(super) fn listed(lab: &Lab, [.., service, operation, query]: &[&str; 5], mut input: Value) -> Vec<String> {
    if *service == "application-autoscaling" {
        input["ServiceNamespace"] = "ecs".into();
    }
    let reply = lab.read(&ApiCall::new(service, operation, input)).unwrap_or_default();
    let found = jmespath::compile(query).and_then(|query| query.search(&reply)).unwrap_or_default();
    found.as_array().into_iter().flatten().filter_map(Value::as_str).map(String::from).collect()
}

/// The ARNs of what bears tags in Amazon ECS.
fn tagged(lab: &Lab) -> Vec<String> {
    let arns = |operation, query, input| listed(lab, &["ecs", "resourceArn", "ecs", operation, query], input);
    let clusters = arns("ListClusters", "clusterArns", json!({}));
    let mut found = arns("ListTaskDefinitions", "taskDefinitionArns", json!({}));
    for cluster in &clusters {
        for (operation, query) in [
            ("ListServices", "serviceArns"),
            ("ListTasks", "taskArns"),
            ("ListContainerInstances", "containerInstanceArns"),
        ] {
            found.extend(arns(operation, query, json!({ "cluster": cluster })));
        }
    }
    found.extend(clusters);
    found
}
