//! What the configuration of a policy says: target tracking (1.2, 1.3), step scaling (1.10), predictive scaling (1.12).

use super::names::{self, refuse, text};
use super::target::Target;
use crate::aws::ApiError;
use crate::cloudwatch::{Metric, Stat, Statistic, Watched};
use crate::ecs::load;
use crate::ecs::service::Service;
use crate::scaling::step::{self, Adjustment, Step, Stepping};
use crate::scaling::tracking::Tracking;
use crate::sim::{SimDuration, order};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// The cooldown of services where none is given, in seconds.
const COOLDOWN: i64 = 300;
/// Step adjustments of a policy at most.
const MOST_STEPS: usize = 20;
/// The member of PutScalingPolicy that a type of policies has.
pub const MEMBERS: [(&str, &str); 3] = [
    ("TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration"),
    ("StepScaling", "StepScalingPolicyConfiguration"),
    ("PredictiveScaling", "PredictiveScalingPolicyConfiguration"),
];

/// How the newest datapoints become one value: MetricAggregationType.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregation {
    /// Their mean.
    Average,
    /// The least.
    Minimum,
    /// The greatest.
    Maximum,
}

/// A predictive policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictive {
    /// TargetValue.
    pub target: f64,
    /// What is forecast: the load of all tasks together, by the minute.
    pub load: Watched,
    /// Whether Mode is ForecastAndScale.
    pub scales: bool,
    /// SchedulingBufferTime.
    pub ahead: SimDuration,
    /// MaxCapacityBuffer in percent where MaxCapacityBreachBehavior is IncreaseMaxCapacity.
    pub buffer: Option<u32>,
    /// The metric specification as it came.
    pub document: Value,
}

/// What a policy says.
#[derive(Clone, Debug, PartialEq)]
pub enum Config {
    /// TargetTrackingScaling.
    Tracking(Tracking, Watched),
    /// StepScaling.
    Step(Stepping, Aggregation),
    /// PredictiveScaling.
    Predictive(Predictive),
}

impl Config {
    /// Reads the configuration of a type of policies. Errors: ValidationException, mostly in our words.
    pub fn read(kind: &str, given: &Value, target: &Target, service: Option<&Service>) -> Result<Self, ApiError> {
        match kind {
            "StepScaling" => stepping(given),
            "TargetTrackingScaling" => tracking(given, target, service),
            _ => predictive(given, target, service),
        }
    }
}

fn cooldown(given: &Value) -> Result<SimDuration, ApiError> {
    match given.as_i64().unwrap_or(COOLDOWN) {
        negative if negative < 0 => Err(refuse("A cooldown must not be negative.", "Cooldown")),
        seconds => Ok(SimDuration::from_secs(seconds)),
    }
}

fn target_value(given: &Value) -> Result<f64, ApiError> {
    const LIMIT: f64 = 2.348_542_582_773_833_2e108; // 2 to the power of 360
    match given.as_f64().unwrap_or_default() {
        own if own > LIMIT => Err(refuse("TargetValue must lie between -2^360 and 2^360.", "TargetValue")),
        own if own > 0.0 => Ok(own),
        _ => Err(refuse("TargetValue must be greater than 0.", "TargetValue")),
    }
}

fn tracking(given: &Value, target: &Target, service: Option<&Service>) -> Result<Config, ApiError> {
    let (predefined, custom) = (&given["PredefinedMetricSpecification"], &given["CustomizedMetricSpecification"]);
    let value = target_value(&given["TargetValue"])?;
    if predefined.is_null() == custom.is_null() {
        let message = "A target tracking policy has either a predefined or a customized metric specification.";
        return Err(refuse(message, "TargetTrackingScalingPolicyConfiguration"));
    }
    let watched = if custom.is_null() {
        let named = predefined["PredefinedMetricType"].as_str().unwrap_or_default();
        let label = predefined["ResourceLabel"].as_str();
        let (metric, period) = match named.strip_suffix("HighResolution") {
            Some(metric) => (metric, 20),
            None => (named, 60),
        };
        let place = usize::from(metric == "ECSServiceAverageMemoryUtilization");
        if period == 20 && service.is_none_or(|own| load::fine(own).get(place) != Some(&true)) {
            let message =
                "High-resolution metrics must be enabled in Amazon ECS before a scaling policy with this metric type.";
            return Err(refuse(message, "PredefinedMetricType"));
        }
        match metric {
            "ECSServiceAverageCPUUtilization" => of_service(target, "CPUUtilization", "Average", label, period)?,
            "ECSServiceAverageMemoryUtilization" => of_service(target, "MemoryUtilization", "Average", label, period)?,
            "ALBRequestCountPerTarget" if service.is_some_and(by_codedeploy) => {
                let message = "ALBRequestCountPerTarget is not supported for a service that CodeDeploy deploys: its target \
                               group changes with each deployment. CPU and memory are.";
                return Err(refuse(message, "PredefinedMetricType"));
            }
            "ALBRequestCountPerTarget" => requests("RequestCountPerTarget", label, service)?,
            _ => {
                let message = format!("The metric type {named} is not for ecs:service:DesiredCount.");
                return Err(refuse(message, "PredefinedMetricType"));
            }
        }
    } else {
        customized(custom)?
    };
    let cooldowns = [cooldown(&given["ScaleOutCooldown"])?, cooldown(&given["ScaleInCooldown"])?];
    let scales_in = given["DisableScaleIn"] != true;
    Ok(Config::Tracking(Tracking { target: value, scales_in, cooldowns }, watched))
}

fn watched(metric: Metric, statistic: &str, unit: Option<String>, period: i64) -> Result<Watched, ApiError> {
    let statistic = Statistic::parse(statistic).ok_or_else(|| refuse("The statistic is unknown.", "Statistic"))?;
    Ok(Watched::Metric(Stat { metric, statistic, unit, period }))
}

/// A utilisation of the service.
fn of_service(
    target: &Target,
    name: &str,
    statistic: &str,
    label: Option<&str>,
    period: i64,
) -> Result<Watched, ApiError> {
    if label.is_some() {
        return Err(refuse("ResourceLabel is for metrics of load balancers alone.", "ResourceLabel"));
    }
    let own = |name: &str, value: &str| (name.to_string(), value.to_string());
    let dimensions = alloc::vec![own("ClusterName", &target.cluster), own("ServiceName", &target.service)];
    let metric = Metric { namespace: "AWS/ECS".to_string(), name: name.to_string(), dimensions };
    watched(metric, statistic, None, period)
}

fn by_codedeploy(service: &Service) -> bool {
    service.settings["deploymentController"]["type"] == "CODE_DEPLOY"
}

/// Requests of a target group of the service.
fn requests(name: &str, label: Option<&str>, service: Option<&Service>) -> Result<Watched, ApiError> {
    let parts: Vec<&str> = label.unwrap_or_default().split('/').collect();
    let ["app", balancer, balancer_id, "targetgroup", group, group_id] = parts.as_slice() else {
        let message = "ResourceLabel must be app/LOAD-BALANCER-NAME/ID/targetgroup/TARGET-GROUP-NAME/ID.";
        return Err(refuse(message, "ResourceLabel"));
    };
    let group = format!("targetgroup/{group}/{group_id}");
    let attached = service.and_then(|own| own.settings["loadBalancers"].as_array());
    let ends = |own: &Value| own["targetGroupArn"].as_str().is_some_and(|arn| arn.ends_with(&format!(":{group}")));
    if !attached.into_iter().flatten().any(ends) {
        return Err(refuse(format!("The target group {group} is not attached to the service."), "ResourceLabel"));
    }
    let dimensions = alloc::vec![
        ("LoadBalancer".to_string(), format!("app/{balancer}/{balancer_id}")),
        ("TargetGroup".to_string(), group)
    ];
    let metric = Metric { namespace: "AWS/ApplicationELB".to_string(), name: name.to_string(), dimensions };
    watched(metric, "Sum", None, 60)
}

fn customized(given: &Value) -> Result<Watched, ApiError> {
    const SPECIFICATION: &str = "CustomizedMetricSpecification";
    let others = ["MetricName", "Namespace", "Statistic"];
    if !given["Metrics"].is_null() {
        if let Some(other) = others.into_iter().chain(["Dimensions", "Unit"]).find(|own| !given[*own].is_null()) {
            return Err(refuse(
                format!("{other} does not go with Metrics, which has it for each metric."),
                SPECIFICATION,
            ));
        }
        return queries(&given["Metrics"], "CustomizedMetricSpecification.Metrics");
    }
    for member in others {
        if given[member].as_str().is_none_or(str::is_empty) {
            let message = format!("A customized metric specification needs {member}.");
            return Err(refuse(message, SPECIFICATION));
        }
    }
    let dimensions = given["Dimensions"].as_array().into_iter().flatten();
    let mut dimensions: Vec<_> = dimensions.map(|own| (text(&own["Name"]), text(&own["Value"]))).collect();
    order::sort_by(&mut dimensions, Ord::cmp);
    let metric = Metric { namespace: text(&given["Namespace"]), name: text(&given["MetricName"]), dimensions };
    watched(metric, given["Statistic"].as_str().unwrap_or_default(), given["Unit"].as_str().map(String::from), 60)
}

/// The series of a list of queries, by the minute.
fn queries(given: &Value, path: &str) -> Result<Watched, ApiError> {
    Watched::read(given, Some(60)).map_err(|bad| bad.refusal("ValidationException", path))
}

fn stepping(given: &Value) -> Result<Config, ApiError> {
    let kind = given["AdjustmentType"].as_str().and_then(Adjustment::parse);
    let kind = kind.ok_or_else(|| refuse("A step scaling policy needs AdjustmentType.", "AdjustmentType"))?;
    let mut steps = Vec::new();
    for own in given["StepAdjustments"].as_array().into_iter().flatten() {
        let bound = |member: &str| own[member].as_f64();
        let (lower, upper) = (bound("MetricIntervalLowerBound"), bound("MetricIntervalUpperBound"));
        steps.push(Step { lower, upper, amount: own["ScalingAdjustment"].as_i64().unwrap_or_default() });
    }
    if steps.is_empty() {
        return Err(refuse("A step scaling policy needs a step adjustment.", "StepAdjustments"));
    }
    if steps.len() > MOST_STEPS {
        return Err(names::over(format!("A step scaling policy can have at most {MOST_STEPS} step adjustments.")));
    }
    step::check(&steps).map_err(|fault| refuse(fault, "StepAdjustments"))?;
    if kind == Adjustment::Exact && steps.iter().any(|own| own.amount < 0) {
        return Err(refuse("An exact capacity must not be negative.", "StepAdjustments"));
    }
    let magnitude = given["MinAdjustmentMagnitude"].as_i64();
    if magnitude.is_some() && kind != Adjustment::Percent {
        let message = "MinAdjustmentMagnitude is for PercentChangeInCapacity alone.";
        return Err(refuse(message, "MinAdjustmentMagnitude"));
    }
    let magnitude = u32::try_from(magnitude.unwrap_or_default())
        .map_err(|_| refuse("MinAdjustmentMagnitude must not be negative.", "MinAdjustmentMagnitude"))?;
    let aggregation = match given["MetricAggregationType"].as_str() {
        Some("Minimum") => Aggregation::Minimum,
        Some("Maximum") => Aggregation::Maximum,
        _ => Aggregation::Average,
    };
    let cooldown = cooldown(&given["Cooldown"])?;
    Ok(Config::Step(Stepping { kind, steps, magnitude, cooldown }, aggregation))
}

fn predictive(given: &Value, target: &Target, service: Option<&Service>) -> Result<Config, ApiError> {
    if target.role.is_some() {
        return Err(refuse("Predictive scaling works with the service-linked role alone.", "PolicyType"));
    }
    let all = given["MetricSpecifications"].as_array().map(Vec::as_slice).unwrap_or_default();
    let [own] = all else {
        return Err(refuse(
            "A predictive scaling policy has exactly one metric specification.",
            "MetricSpecifications",
        ));
    };
    let value = target_value(&own["TargetValue"])?;
    let load = forecast_load(own, target, service)?;
    let raises = given["MaxCapacityBreachBehavior"] == "IncreaseMaxCapacity";
    let buffer = given["MaxCapacityBuffer"].as_u64().map(|own| own as u32);
    if raises != buffer.is_some() {
        let message = "MaxCapacityBuffer goes with the behavior IncreaseMaxCapacity, which needs it.";
        return Err(refuse(message, "MaxCapacityBuffer"));
    }
    let ahead = SimDuration::from_secs(given["SchedulingBufferTime"].as_i64().unwrap_or(COOLDOWN));
    let scales = given["Mode"] == "ForecastAndScale";
    let document = own.clone();
    Ok(Config::Predictive(Predictive { target: value, load, scales, ahead, buffer, document }))
}

/// What the metric specification of a predictive policy forecasts. The scaling metric and the capacity metric of one's
/// own are checked alike.
fn forecast_load(own: &Value, target: &Target, service: Option<&Service>) -> Result<Watched, ApiError> {
    let pair = &own["PredefinedMetricPairSpecification"];
    let both = |role: &str| {
        let [predefined, custom] =
            ["Predefined", "Customized"].map(|way| &own[format!("{way}{role}MetricSpecification")]);
        (predefined, custom, !predefined.is_null() || !custom.is_null(), !predefined.is_null() && !custom.is_null())
    };
    let (load, own_load, has_load, twice) = both("Load");
    let (scaling, own_scaling, has_scaling, twice_too) = both("Scaling");
    let capacity = &own["CustomizedCapacityMetricSpecification"];
    if pair.is_null() != has_load || has_load != has_scaling || twice || twice_too {
        let message = "A metric specification has either a metric pair or both a load and a scaling metric.";
        return Err(refuse(message, "MetricSpecifications"));
    }
    if !capacity.is_null() && (own_load.is_null() || own_scaling.is_null()) {
        let message = "CustomizedCapacityMetricSpecification goes with a customized load and scaling metric.";
        return Err(refuse(message, "CustomizedCapacityMetricSpecification"));
    }
    let of_own = |given: &Value, role: &str| {
        queries(&given["MetricDataQueries"], &format!("Customized{role}MetricSpecification.MetricDataQueries"))
    };
    for (given, role) in [(own_scaling, "Scaling"), (capacity, "Capacity")] {
        if !given.is_null() {
            of_own(given, role)?;
        }
    }
    if !scaling.is_null() {
        let names =
            ["ECSServiceAverageCPUUtilization", "ECSServiceAverageMemoryUtilization", "ALBRequestCountPerTarget"];
        predefined(scaling, names)?;
    }
    if !own_load.is_null() {
        return of_own(own_load, "Load");
    }
    let (place, label) = if pair.is_null() {
        let names = ["ECSServiceTotalCPUUtilization", "ECSServiceTotalMemoryUtilization", "ALBTargetGroupRequestCount"];
        (predefined(load, names)?, &load["ResourceLabel"])
    } else {
        let names = ["ECSServiceCPUUtilization", "ECSServiceMemoryUtilization", "ALBRequestCount"];
        (predefined(pair, names)?, &pair["ResourceLabel"])
    };
    match place {
        0 => of_service(target, "CPUUtilization", "Sum", label.as_str(), 60),
        1 => of_service(target, "MemoryUtilization", "Sum", label.as_str(), 60),
        _ => requests("RequestCount", label.as_str(), service),
    }
}

/// Which of the metric types for CPU, memory and requests is named.
fn predefined(given: &Value, names: [&str; 3]) -> Result<usize, ApiError> {
    let named = text(&given["PredefinedMetricType"]);
    names.iter().position(|own| *own == named).ok_or_else(|| {
        refuse(format!("The metric type {named} is not for ecs:service:DesiredCount."), "PredefinedMetricType")
    })
}
