//! The engine's view of scaling as JSON, for `?probe=1`.

use ecs_lab::applicationautoscaling::Policy;
use ecs_lab::lab::{ApiCall, Lab};
use ecs_lab::sim::SimTime;
use serde_json::{Value, json};

/// The targets and policies as the API answers, and the evaluations as values.
pub fn probe(lab: &Lab) -> Value {
    let within = json!({ "ServiceNamespace": "ecs" });
    let asked = |operation: &str, member: &str| {
        let reply = lab.read(&ApiCall::new("application-autoscaling", operation, within.clone()));
        reply.ok().as_mut().and_then(|reply| reply.get_mut(member)).map(Value::take)
    };
    let policies = lab.world().applicationautoscaling().targets().flat_map(|own| own.policies.iter());
    json!({
        "scalableTargets": asked("DescribeScalableTargets", "ScalableTargets"),
        "scalingPolicies": asked("DescribeScalingPolicies", "ScalingPolicies"),
        "evaluations": policies.map(|own| (own.name.to_string(), evaluations(own))).collect::<serde_json::Map<_, _>>(),
        "providers": lab.world().autoscaling().groups().filter_map(|own| provider(lab, &own.arn)).collect::<serde_json::Map<_, _>>(),
    })
}

fn time(at: SimTime) -> Value {
    at.to_string().into()
}

fn evaluations(policy: &Policy) -> Value {
    let one = |own: &std::rc::Rc<ecs_lab::scaling::decide::Evaluation>| {
        json!({
            "at": time(own.at), "metric": own.metric, "running": own.running, "pending": own.pending,
            "before": own.before, "desired": own.desired, "sentence": own.sentence(),
        })
    };
    policy.evaluations.iter().map(one).collect()
}

fn provider(lab: &Lab, group: &str) -> Option<(String, Value)> {
    let (name, own) = lab.world().ecs().scaler_of(group)?;
    let all = own.managed.evaluations.iter().map(|own| {
        json!({
            "at": time(own.inputs.now), "reservation": own.percent(), "needed": own.needed,
            "instances": own.inputs.instances, "inService": own.inputs.in_service, "desired": own.desired,
        })
    });
    Some((name.to_owned(), all.collect()))
}
