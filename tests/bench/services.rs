//! Services: a look at each with nothing to do, and a day under load with load balancers and alarms.

use crate::clock::Watch;
use crate::cluster::{apply, fleet};
use crate::report::Report;
use ecs_lab::ecs::{ContainerInstance, InstanceStatus};
use ecs_lab::lab::{ApiCall, Command, Lab};
use ecs_lab::sim::SimDuration;
use serde_json::{Value, json};

const SUBNETS: [&str; 3] = ["subnet-0ec51ab00000000a0", "subnet-0ec51ab00000000a1", "subnet-0ec51ab00000000a2"];

pub fn call(lab: &mut Lab, service: &str, operation: &str, input: Value) -> Value {
    lab.apply(Command::Api(ApiCall::new(service, operation, input))).unwrap_or_else(|error| panic!("{error}")).reply
}

pub fn wait(lab: &mut Lab, seconds: i64) {
    apply(lab, Command::Advance(SimDuration::from_secs(seconds)));
}

/// All services look because an instance that has none of their tasks goes, and find nothing to do.
pub fn idle(report: Report<'_>) {
    const SERVICES: u32 = 5_000;
    let mut lab = fleet(600);
    for number in 0..SERVICES {
        let input = json!({
            "cluster": "prod", "serviceName": format!("s{number}"), "taskDefinition": "web", "desiredCount": 2,
        });
        call(&mut lab, "ecs", "CreateService", input);
    }
    let more = json!({
        "InstanceType": "m5.large", "MinCount": 10, "MaxCount": 10, "UserData": "RUNTX0NMVVNURVI9cHJvZA==",
        "IamInstanceProfile": { "Name": "ecsInstanceRole" },
    });
    call(&mut lab, "ec2", "RunInstances", more);
    wait(&mut lab, 600);
    let empty = |lab: &Lab| {
        let ecs = lab.world().ecs();
        let cluster = ecs.cluster("prod").expect("the cluster").id;
        let empty = |own: &&ContainerInstance| own.host.running_tasks == 0 && own.status == InstanceStatus::Active;
        ecs.instances(cluster).find(empty).expect("an empty instance").host.arn.clone()
    };
    let mut best = f64::MAX;
    for _ in 0..5 {
        let instance = empty(&lab);
        let input = json!({ "cluster": "prod", "containerInstances": [instance], "status": "DRAINING" });
        let facts = lab.facts().count();
        let watch = Watch::start();
        call(&mut lab, "ecs", "UpdateContainerInstancesState", input);
        best = best.min(watch.nanoseconds() / 1e6);
        assert!(lab.facts().count() <= facts + 1, "there was something to do");
    }
    report("services_idle", SERVICES.into(), best, "ms");
}

/// A fleet on which so many services have come up, each made by `serve`.
pub fn served(services: u32, serve: fn(&mut Lab, &str)) -> Lab {
    let mut lab = fleet(150);
    let port = json!([{ "containerPort": 80 }]);
    let container = json!({ "name": "app", "image": "nginx", "cpu": 256, "memory": 512, "portMappings": port });
    call(&mut lab, "ecs", "RegisterTaskDefinition", json!({ "family": "api", "containerDefinitions": [container] }));
    for number in 0..services {
        serve(&mut lab, &format!("s{number}"));
    }
    wait(&mut lab, 600);
    lab
}

/// 24 hours of 20 services of 50 tasks, each behind its own load balancer, with a load that follows the day and three
/// alarms.
pub fn day(report: Report<'_>) {
    const SERVICES: u32 = 20;
    let mut lab = served(SERVICES, serve);
    let watch = Watch::start();
    wait(&mut lab, 86_400);
    report("services_day", SERVICES.into(), watch.nanoseconds() / 1e6, "ms");
}

fn serve(lab: &mut Lab, name: &str) {
    let balancer = call(lab, "elbv2", "CreateLoadBalancer", json!({ "Name": name, "Subnets": SUBNETS }));
    let balancer = &balancer["LoadBalancers"][0]["LoadBalancerArn"];
    let group = json!({ "Name": name, "Protocol": "HTTP", "Port": 80, "VpcId": "vpc-0ec51ab0000000001" });
    let group = call(lab, "elbv2", "CreateTargetGroup", group)["TargetGroups"][0]["TargetGroupArn"].clone();
    let actions = json!([{ "Type": "forward", "TargetGroupArn": group }]);
    let listener = json!({ "LoadBalancerArn": balancer, "Protocol": "HTTP", "Port": 80, "DefaultActions": actions });
    call(lab, "elbv2", "CreateListener", listener);
    let service = json!({
        "cluster": "prod", "serviceName": name, "taskDefinition": "api", "desiredCount": 50,
        "loadBalancers": [{ "targetGroupArn": group, "containerName": "app", "containerPort": 80 }],
    });
    call(lab, "ecs", "CreateService", service);
    let point = |hour: u32, rate: u32| json!({ "seconds": hour * 3600, "requestsPerSecond": rate });
    let load = json!({
        "cluster": "prod", "service": name, "points": [point(0, 300), point(4, 500), point(10, 50), point(18, 80)],
        "repeatSeconds": 86_400, "workMilliseconds": 20, "memory": 200,
    });
    call(lab, "lab", "Load", load);
    let of = json!([{ "Name": "ClusterName", "Value": "prod" }, { "Name": "ServiceName", "Value": name }]);
    let short = |arn: &Value, mark: &str| arn.as_str().unwrap().split_once(mark).unwrap().1.to_string();
    let targets = json!([
        { "Name": "LoadBalancer", "Value": short(balancer, ":loadbalancer/") },
        { "Name": "TargetGroup", "Value": format!("targetgroup/{}", short(&group, ":targetgroup/")) },
    ]);
    for (alarm, space, metric, of, periods, operator, threshold) in [
        ("high", "AWS/ECS", "CPUUtilization", &of, 3, "GreaterThanThreshold", 60.0),
        ("low", "AWS/ECS", "CPUUtilization", &of, 15, "LessThanThreshold", 54.0),
        ("hosts", "AWS/ApplicationELB", "UnHealthyHostCount", &targets, 2, "GreaterThanThreshold", 0.0),
    ] {
        let input = json!({
            "AlarmName": format!("{name}-{alarm}"), "Namespace": space, "MetricName": metric, "Dimensions": of,
            "Statistic": "Average", "Period": 60, "EvaluationPeriods": periods, "Threshold": threshold,
            "ComparisonOperator": operator,
        });
        call(lab, "cloudwatch", "PutMetricAlarm", input);
    }
}
