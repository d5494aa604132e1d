//! A lab of the calculators' own, with one scalable target: they refuse what it refuses, and say what it says.

use super::super::reading;
use super::super::requests::call;
use ecs_lab::applicationautoscaling::{Config, Target};
use ecs_lab::aws::ApiError;
use ecs_lab::lab::{Command, Lab, Start};
use ecs_lab::scaling::decide::Evaluation;
use ecs_lab::scaling::step::Stepping;
use serde_json::{Value, json};

const RESOURCE: &str = "service/trial/trial";

thread_local! {
    static LAB: Lab = lab();
}

fn lab() -> Lab {
    let mut lab = Lab::new(Start::default());
    let container = json!({ "name": "app", "image": "nginx", "memory": 128 });
    for command in [
        Command::ecs("CreateCluster", json!({ "clusterName": "trial" })),
        Command::ecs("RegisterTaskDefinition", json!({ "family": "trial", "containerDefinitions": [container] })),
        Command::ecs(
            "CreateService",
            json!({ "cluster": "trial", "serviceName": "trial", "taskDefinition": "trial", "desiredCount": 1 }),
        ),
        call("RegisterScalableTarget", RESOURCE, json!({ "MinCapacity": 1, "MaxCapacity": 10 })),
    ] {
        // Each is a call that AWS accepts; the test below holds that.
        let _ = lab.apply(command);
    }
    lab
}

fn target(lab: &Lab) -> Option<&Target> {
    lab.world().applicationautoscaling().target(RESOURCE)
}

/// A StepScalingPolicyConfiguration as PutScalingPolicy takes it; none where it makes another policy. Errors: its refusal.
pub fn stepping(config: Value) -> Result<Option<Stepping>, ApiError> {
    let policy =
        json!({ "PolicyName": "trial", "PolicyType": "StepScaling", "StepScalingPolicyConfiguration": config });
    let mut lab = LAB.with(Lab::fork);
    lab.apply(call("PutScalingPolicy", RESOURCE, policy))?;
    let made = target(&lab).and_then(|own| own.policies.first());
    Ok(made.and_then(|own| match &*own.config {
        Config::Step(own, _) => Some(own.clone()),
        _ => None,
    }))
}

/// What an evaluation says, with the bound that held it back.
pub fn sentence(own: &Evaluation) -> String {
    LAB.with(|lab| target(lab).map_or_else(|| own.sentence(), |target| reading::sentence(target, own)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lab_of_the_calculators_has_a_target_to_which_a_policy_can_be_put() {
        assert!(target(&lab()).is_some());
        let step = json!({ "MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 2 });
        let config = json!({ "AdjustmentType": "ChangeInCapacity", "StepAdjustments": [step] });
        assert_eq!(stepping(config).unwrap().unwrap().steps[0].amount, 2);
        assert_eq!(LAB.with(|lab| target(lab).unwrap().policies.len()), 0, "nothing is left of it");
    }
}
