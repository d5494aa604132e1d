//! The calls that the forms of scaling make: their fields, and what is written in them as a request.

use super::Drafts;
use super::calculators::steps;
use super::fields::{Field, Kind, Values, Wrong};
use ecs_lab::applicationautoscaling::Target;
use ecs_lab::ecs::Cluster;
use ecs_lab::ecs::service::Service;
use ecs_lab::elb::Kind as Balancer;
use ecs_lab::lab::{ApiCall, Command, Lab};
use ecs_lab::scaling::step::Step;
use serde_json::{Value, json};
use std::rc::Rc;

pub const SERVICE: &[Field] = &[("scale-ResourceId", "Service", "", Kind::Offered)];

pub const TARGET: &[Field] = &[
    ("target-MinCapacity", "Minimum capacity", "1", Kind::Text("")),
    ("target-MaxCapacity", "Maximum capacity", "10", Kind::Text("")),
    (
        "target-SuspendedState",
        "Suspended",
        "",
        Kind::Choice(&[
            ("", "as it is"),
            ("none", "nothing"),
            ("DynamicScalingOutSuspended", "scaling out by policies"),
            ("DynamicScalingInSuspended", "scaling in by policies"),
            ("ScheduledScalingSuspended", "scheduled actions"),
        ]),
    ),
];

pub const POLICY: &[Field] = &[
    ("policy-PolicyName", "Name", "", Kind::Text("Such as cpu60.")),
    (
        "policy-PolicyType",
        "Type",
        "TargetTrackingScaling",
        Kind::Choice(&[
            ("TargetTrackingScaling", "target tracking"),
            ("StepScaling", "step scaling"),
            ("PredictiveScaling", "predictive scaling"),
        ]),
    ),
];

pub const TRACKING: &[Field] = &[
    (
        "policy-PredefinedMetricType",
        "Metric",
        "ECSServiceAverageCPUUtilization",
        Kind::Choice(&[
            ("ECSServiceAverageCPUUtilization", "CPU of the service, in percent"),
            ("ECSServiceAverageMemoryUtilization", "memory of the service, in percent"),
            ("ALBRequestCountPerTarget", "requests per target, in a minute"),
            ("", "a metric of your own"),
        ]),
    ),
    ("policy-TargetValue", "Target value", "60", Kind::Text("")),
    ("policy-ScaleOutCooldown", "Scale-out cooldown, in seconds", "300", Kind::Text("")),
    ("policy-ScaleInCooldown", "Scale-in cooldown, in seconds", "300", Kind::Text("")),
    ("policy-DisableScaleIn", "Scales in", "", Kind::Choice(&[("", "yes"), ("true", "no: DisableScaleIn")])),
];

pub const CUSTOM: &[Field] = &[
    ("policy-Namespace", "Namespace", "Shop", Kind::Text("")),
    ("policy-MetricName", "Name of the metric", "Backlog", Kind::Text("")),
    (
        "policy-Statistic",
        "Statistic",
        "Average",
        Kind::Choice(&[
            ("Average", "Average"),
            ("Sum", "Sum"),
            ("Maximum", "Maximum"),
            ("Minimum", "Minimum"),
            ("SampleCount", "SampleCount"),
        ]),
    ),
];

pub const STEPS: &[Field] = &[
    (
        "policy-AdjustmentType",
        "Adjustment type",
        "ChangeInCapacity",
        Kind::Choice(&[
            ("ChangeInCapacity", "ChangeInCapacity"),
            ("ExactCapacity", "ExactCapacity"),
            ("PercentChangeInCapacity", "PercentChangeInCapacity"),
        ]),
    ),
    (
        "policy-StepAdjustments",
        "Steps",
        "0..20 1, 20.. 3",
        Kind::Text("LOWER..UPPER ADJUSTMENT, from the threshold on."),
    ),
    ("policy-MinAdjustmentMagnitude", "Minimum magnitude", "", Kind::Text("For percentages alone.")),
    ("policy-Cooldown", "Cooldown, in seconds", "60", Kind::Text("")),
];

pub const PREDICTIVE: &[Field] = &[
    (
        "pair-PredefinedMetricType",
        "Forecast",
        "ECSServiceCPUUtilization",
        Kind::Choice(&[
            ("ECSServiceCPUUtilization", "CPU of all tasks together, in percent"),
            ("ECSServiceMemoryUtilization", "memory of all tasks together, in percent"),
            ("ALBRequestCount", "requests of the target group, in a minute"),
        ]),
    ),
    ("policy-TargetValue", "Target value of a task", "60", Kind::Text("")),
    (
        "policy-Mode",
        "Mode",
        "ForecastOnly",
        Kind::Choice(&[("ForecastOnly", "forecast only"), ("ForecastAndScale", "forecast and scale out")]),
    ),
    (
        "policy-SchedulingBufferTime",
        "Scheduling buffer, in seconds",
        "300",
        Kind::Text("So long before the hour it scales, at most 3600."),
    ),
    (
        "policy-MaxCapacityBreachBehavior",
        "Where the forecast is above the maximum capacity",
        "HonorMaxCapacity",
        Kind::Choice(&[
            ("HonorMaxCapacity", "the maximum holds"),
            ("IncreaseMaxCapacity", "the maximum is raised, for good"),
        ]),
    ),
    ("policy-MaxCapacityBuffer", "Raised above the forecast by percent", "", Kind::Text("Only where it is raised.")),
];

pub const ALARM: &[Field] = &[
    (
        "alarm-MetricName",
        "Metric of the service",
        "CPUUtilization",
        Kind::Choice(&[("CPUUtilization", "CPUUtilization"), ("MemoryUtilization", "MemoryUtilization")]),
    ),
    (
        "alarm-ComparisonOperator",
        "Is",
        "GreaterThanThreshold",
        Kind::Choice(&[("GreaterThanThreshold", "greater than"), ("LessThanThreshold", "less than")]),
    ),
    ("alarm-Threshold", "Threshold", "60", Kind::Text("")),
    ("alarm-EvaluationPeriods", "Minutes in a row", "2", Kind::Text("")),
];

pub const ACTION: &[Field] = &[
    ("action-ScheduledActionName", "Name", "", Kind::Text("Such as morning.")),
    (
        "action-Schedule",
        "Schedule",
        "cron(0 7 ? * MON-FRI *)",
        Kind::Text("at(2026-01-05T12:00:00), rate(30 minutes) or cron(minutes hours day month weekday year)."),
    ),
    ("action-Timezone", "Time zone", "", Kind::Text("Such as Europe/Berlin; UTC when it is empty.")),
    ("action-MinCapacity", "Minimum capacity", "4", Kind::Text("")),
    ("action-MaxCapacity", "Maximum capacity", "", Kind::Text("")),
];

/// A call about the count of a service.
pub fn call(operation: &str, resource: &str, more: Value) -> Command {
    let mut input =
        json!({ "ServiceNamespace": "ecs", "ResourceId": resource, "ScalableDimension": "ecs:service:DesiredCount" });
    if let (Some(map), Value::Object(more)) = (input.as_object_mut(), more) {
        map.extend(more);
    }
    Command::Api(ApiCall::new("application-autoscaling", operation, input))
}

/// The values of some of the fields.
pub fn values<'a>(drafts: &'a Drafts, fields: &'static [Field]) -> Values<'a> {
    Values { fields, texts: &drafts.texts }
}

/// The ACTIVE services that keep a count, as resources.
pub fn services(lab: &Lab) -> Vec<String> {
    let ecs = lab.world().ecs();
    let each = |cluster: &Cluster| {
        let counts = |own: &&Rc<Service>| own.is_active() && !own.is_daemon();
        let name = cluster.name.clone();
        ecs.services(cluster.id)
            .filter(counts)
            .map(move |own| format!("service/{name}/{}", own.name))
            .collect::<Vec<_>>()
    };
    ecs.clusters().flat_map(each).collect()
}

/// The service that the forms are about: the chosen one while it is there, else the first.
pub fn resource(drafts: &Drafts, lab: &Lab) -> Option<String> {
    let all = services(lab);
    let chosen = values(drafts, SERVICE).text("scale-ResourceId");
    all.iter().find(|own| *own == chosen).or(all.first()).cloned()
}

/// RegisterScalableTarget.
pub fn target(drafts: &Drafts, resource: &str) -> Command {
    let (own, mut input) = (values(drafts, TARGET), json!({}));
    own.fill(&mut input, &["target-MinCapacity", "target-MaxCapacity"]);
    match own.text("target-SuspendedState") {
        "" => {}
        which => {
            let all = ["DynamicScalingOutSuspended", "DynamicScalingInSuspended", "ScheduledScalingSuspended"];
            input["SuspendedState"] = all.iter().map(|own| ((*own).to_owned(), Value::from(*own == which))).collect();
        }
    }
    call("RegisterScalableTarget", resource, input)
}

/// PutScalingPolicy of the draft; none until it has a name. Errors: steps that cannot be read.
pub fn policy(drafts: &Drafts, lab: &Lab, resource: &str) -> Result<Option<Command>, Wrong> {
    let own = values(drafts, POLICY);
    let (name, kind) = (own.text("policy-PolicyName"), own.text("policy-PolicyType"));
    let (member, config) = match kind {
        "StepScaling" => {
            let own = values(drafts, STEPS);
            let members = ["policy-AdjustmentType", "policy-StepAdjustments", "policy-MinAdjustmentMagnitude"];
            let mut config = stepping(&own, members)?;
            own.fill(&mut config, &["policy-Cooldown"]);
            ("StepScalingPolicyConfiguration", config)
        }
        "PredictiveScaling" => ("PredictiveScalingPolicyConfiguration", predictive(drafts, lab, resource)),
        _ => ("TargetTrackingScalingPolicyConfiguration", tracking(drafts, lab, resource)),
    };
    let input = json!({ "PolicyName": name, "PolicyType": kind, member: config });
    Ok((!name.is_empty()).then(|| call("PutScalingPolicy", resource, input)))
}

fn tracking(drafts: &Drafts, lab: &Lab, resource: &str) -> Value {
    let (own, mut config) = (values(drafts, TRACKING), json!({}));
    own.fill(&mut config, &["policy-TargetValue", "policy-ScaleOutCooldown", "policy-ScaleInCooldown"]);
    let kind = own.text("policy-PredefinedMetricType");
    if kind.is_empty() {
        let mut custom = json!({});
        values(drafts, CUSTOM).fill(&mut custom, &["policy-Namespace", "policy-MetricName", "policy-Statistic"]);
        config["CustomizedMetricSpecification"] = custom;
    } else {
        config["PredefinedMetricSpecification"] = json!({ "PredefinedMetricType": kind });
        if kind == "ALBRequestCountPerTarget" {
            config["PredefinedMetricSpecification"]["ResourceLabel"] = label(lab, resource).into();
        }
    }
    if own.text("policy-DisableScaleIn") == "true" {
        config["DisableScaleIn"] = Value::from(true);
    }
    config
}

fn predictive(drafts: &Drafts, lab: &Lab, resource: &str) -> Value {
    let (own, mut config, mut metric) = (values(drafts, PREDICTIVE), json!({}), json!({}));
    let mut pair = json!({ "PredefinedMetricType": own.text("pair-PredefinedMetricType") });
    if pair["PredefinedMetricType"] == "ALBRequestCount" {
        pair["ResourceLabel"] = label(lab, resource).into();
    }
    own.fill(&mut metric, &["policy-TargetValue"]);
    metric["PredefinedMetricPairSpecification"] = pair;
    config["MetricSpecifications"] = vec![metric].into();
    let more =
        ["policy-Mode", "policy-SchedulingBufferTime", "policy-MaxCapacityBreachBehavior", "policy-MaxCapacityBuffer"];
    own.fill(&mut config, &more);
    config
}

/// The Application Load Balancer and the target group of a service, as ALBRequestCountPerTarget names them; empty where
/// it has none.
pub fn label(lab: &Lab, resource: &str) -> String {
    let (elb, ecs) = (lab.world().elb(), lab.world().ecs());
    let mut parts = resource.split('/').skip(1);
    let cluster = parts.next().and_then(|name| ecs.cluster(name));
    let service = cluster.zip(parts.next()).and_then(|(cluster, name)| ecs.service(cluster.id, name));
    let groups = service.and_then(|own| own.settings["loadBalancers"].as_array()).into_iter().flatten();
    let arns: Vec<&str> = groups.filter_map(|own| own["targetGroupArn"].as_str()).collect();
    for balancer in elb.load_balancers().filter(|own| own.kind == Balancer::Application) {
        let rules = balancer.listeners.iter().flat_map(|own| own.rules.iter());
        let group = rules.flat_map(|rule| rule.forwards_to()).find(|(arn, _)| arns.contains(&&**arn));
        if let (Some((group, _)), Some((_, own))) = (group, balancer.arn.split_once(":loadbalancer/")) {
            return format!("{own}/{}", group.rsplit(':').next().unwrap_or_default());
        }
    }
    String::new()
}

/// StepScalingPolicyConfiguration of the fields for its adjustment type, its steps and its minimum magnitude. Errors: the
/// steps cannot be read.
pub fn stepping(own: &Values<'_>, [kind, written, magnitude]: [&'static str; 3]) -> Result<Value, Wrong> {
    let mut config = json!({});
    own.fill(&mut config, &[kind, magnitude]);
    let all = steps(own.text(written)).map_err(|words| (written, words))?;
    let step = |own: &Step| {
        let mut step = json!({ "ScalingAdjustment": own.amount });
        for (member, bound) in [("MetricIntervalLowerBound", own.lower), ("MetricIntervalUpperBound", own.upper)] {
            if let Some(bound) = bound {
                step[member] = Value::from(bound);
            }
        }
        step
    };
    config["StepAdjustments"] = all.iter().map(step).collect();
    Ok(config)
}

/// PutMetricAlarm that triggers a step policy.
pub fn alarm(drafts: &Drafts, target: &Target, policy: &str, arn: &str) -> Command {
    let own = values(drafts, ALARM);
    let side = if own.text("alarm-ComparisonOperator") == "LessThanThreshold" { "low" } else { "high" };
    let mut input = json!({
        "AlarmName": format!("{policy}-{side}"),
        "Namespace": "AWS/ECS",
        "Dimensions": [
            { "Name": "ClusterName", "Value": &*target.cluster },
            { "Name": "ServiceName", "Value": &*target.service },
        ],
        "Statistic": "Average",
        "Period": 60,
        "AlarmActions": [arn],
    });
    own.fill(
        &mut input,
        &["alarm-MetricName", "alarm-EvaluationPeriods", "alarm-Threshold", "alarm-ComparisonOperator"],
    );
    Command::Api(ApiCall::new("cloudwatch", "PutMetricAlarm", input))
}

/// PutScheduledAction of the draft; none until it has a name.
pub fn action(drafts: &Drafts, resource: &str) -> Option<Command> {
    let (own, mut input, mut bounds) = (values(drafts, ACTION), json!({}), json!({}));
    own.fill(&mut input, &["action-ScheduledActionName", "action-Schedule", "action-Timezone"]);
    own.fill(&mut bounds, &["action-MinCapacity", "action-MaxCapacity"]);
    input["ScalableTargetAction"] = bounds;
    let named = !own.text("action-ScheduledActionName").is_empty();
    named.then(|| call("PutScheduledAction", resource, input))
}

#[cfg(test)]
mod tests {
    use super::super::deeds::refusal;
    use super::*;
    use crate::app::store::opening;
    use ecs_lab::applicationautoscaling::Config;
    use ecs_lab::sim::SimDuration;

    const SHOP: &str = "service/prod/shop";

    fn shop() -> Lab {
        let mut lab = opening::fleet();
        assert_eq!(resource(&Drafts::default(), &lab), None);
        let input = json!({ "cluster": "prod", "serviceName": "shop", "taskDefinition": "web:1", "desiredCount": 2 });
        lab.apply(Command::ecs("CreateService", input)).unwrap();
        lab.apply(Command::Advance(SimDuration::from_secs(60))).unwrap();
        lab
    }

    fn drafts(texts: &[(&'static str, &str)]) -> Drafts {
        let mut all = Drafts::default();
        texts.iter().for_each(|(id, text)| all.texts.set(id, (*text).to_owned()));
        all
    }

    fn policy_of(texts: &[(&'static str, &str)], lab: &Lab) -> Command {
        let named = [&[("policy-PolicyName", "p")], texts].concat();
        policy(&drafts(&named), lab, SHOP).unwrap().unwrap()
    }

    #[test]
    fn every_form_makes_what_it_shows() {
        let mut lab = shop();
        assert_eq!(resource(&Drafts::default(), &lab).as_deref(), Some(SHOP));
        let own = drafts(&[("target-MaxCapacity", "6"), ("target-SuspendedState", "ScheduledScalingSuspended")]);
        lab.apply(target(&own, SHOP)).unwrap();
        let known = |lab: &Lab| lab.world().applicationautoscaling().target(SHOP).unwrap().clone();
        assert_eq!((known(&lab).min, known(&lab).max, known(&lab).suspended), (1, 6, [false, false, true]));
        assert_eq!(policy(&Drafts::default(), &lab, SHOP), Ok(None), "it has no name");
        for texts in [
            &[][..],
            &[("policy-PredefinedMetricType", "ECSServiceAverageMemoryUtilization"), ("policy-DisableScaleIn", "true")],
            &[("policy-PredefinedMetricType", ""), ("policy-TargetValue", "12.5")],
        ] {
            lab.apply(policy_of(texts, &lab)).unwrap();
        }
        lab.apply(policy_of(&[("policy-PolicyName", "s"), ("policy-PolicyType", "StepScaling")], &lab)).unwrap();
        let predictive = [("policy-PolicyName", "f"), ("policy-PolicyType", "PredictiveScaling")];
        let raised = [("policy-MaxCapacityBreachBehavior", "IncreaseMaxCapacity"), ("policy-MaxCapacityBuffer", "10")];
        let scales = [("policy-Mode", "ForecastAndScale"), ("policy-SchedulingBufferTime", "600")];
        for texts in [[&predictive[..], &[]], [&predictive[..], &[raised, scales].concat()]] {
            lab.apply(policy_of(&texts.concat(), &lab)).unwrap();
        }
        let own = known(&lab);
        let kinds: Vec<_> = own.policies.iter().map(|own| (&*own.name, own.kind)).collect();
        assert_eq!(kinds, [("p", "TargetTrackingScaling"), ("s", "StepScaling"), ("f", "PredictiveScaling")]);
        let Config::Predictive(forecasts) = &*own.policies[2].config else { panic!("{:?}", own.policies[2].config) };
        assert_eq!((forecasts.target, forecasts.scales, forecasts.buffer), (60.0, true, Some(10)));
        assert_eq!(forecasts.ahead, SimDuration::from_secs(600));
        lab.apply(alarm(&Drafts::default(), &own, "s", &own.policies[1].arn)).unwrap();
        let alarms = lab.read(&ApiCall::new("cloudwatch", "DescribeAlarms", json!({}))).unwrap();
        assert_eq!(alarms["MetricAlarms"].as_array().unwrap().last().unwrap()["AlarmName"], "s-high");
        assert_eq!(action(&Drafts::default(), SHOP), None);
        let own = drafts(&[("action-ScheduledActionName", "morning"), ("action-Timezone", "Europe/Berlin")]);
        lab.apply(action(&own, SHOP).unwrap()).unwrap();
        assert_eq!(known(&lab).actions[0].bounds, [Some(4), None]);
        for (operation, more) in [
            ("DeleteScheduledAction", json!({ "ScheduledActionName": "morning" })),
            ("DeleteScalingPolicy", json!({ "PolicyName": "s" })),
            ("DeregisterScalableTarget", json!({})),
        ] {
            lab.apply(call(operation, SHOP, more)).unwrap();
        }
    }

    /// Issue 6, bad input: AWS's error stands at its field.
    #[test]
    fn a_refusal_is_at_its_field() {
        let mut lab = shop();
        lab.apply(target(&Drafts::default(), SHOP)).unwrap();
        let step = ("policy-PolicyType", "StepScaling");
        let ahead = ("policy-PolicyType", "PredictiveScaling");
        for (form, field, texts) in [
            ("target", "target-MaxCapacity", &[("target-MaxCapacity", "many")][..]),
            ("target", "target-MaxCapacity", &[("target-MinCapacity", "11")]),
            ("policy", "policy-TargetValue", &[("policy-TargetValue", "0")]),
            ("policy", "policy-TargetValue", &[("policy-TargetValue", "NaN")]),
            ("policy", "policy-ScaleInCooldown", &[("policy-ScaleInCooldown", "soon")]),
            ("policy", "policy-StepAdjustments", &[step, ("policy-StepAdjustments", "0..10 1, 5.. 2")]),
            ("policy", "policy-MinAdjustmentMagnitude", &[step, ("policy-MinAdjustmentMagnitude", "2")]),
            ("policy", "policy-PolicyName", &[("policy-PolicyName", "a:b")]),
            ("policy", "policy-TargetValue", &[ahead, ("policy-TargetValue", "0")]),
            ("policy", "policy-SchedulingBufferTime", &[ahead, ("policy-SchedulingBufferTime", "3601")]),
            ("policy", "policy-MaxCapacityBuffer", &[ahead, ("policy-MaxCapacityBuffer", "10")]),
            ("action", "action-Schedule", &[("action-Schedule", "cron(0 7 30 2 ? *)")]),
            ("action", "action-Schedule", &[("action-Schedule", "at(2020-01-01T00:00:00)")]),
            ("action", "action-Timezone", &[("action-Timezone", "Mars/Olympus")]),
        ] {
            let named = [&[("policy-PolicyName", "p"), ("action-ScheduledActionName", "a")], texts].concat();
            let mut own = drafts(&named);
            let command = match form {
                "target" => target(&own, SHOP),
                "policy" => policy(&own, &lab, SHOP).unwrap().unwrap(),
                _ => action(&own, SHOP).unwrap(),
            };
            let refused = lab.apply(command).unwrap_err();
            own.refused = Some((form, refused.clone()));
            assert!(refusal(&own, form, field).is_some(), "{texts:?}: {refused:?}");
            assert_eq!(refusal(&own, "other", field), None);
        }
        let unread = drafts(&[step, ("policy-StepAdjustments", "often"), ("policy-PolicyName", "p")]);
        assert_eq!(policy(&unread, &lab, SHOP).unwrap_err().0, "policy-StepAdjustments");
    }
}
