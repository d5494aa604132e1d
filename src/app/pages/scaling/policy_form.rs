//! The forms for what makes a service scale: its scalable target, policies, the alarm of a step policy, and scheduled
//! actions. Each shows the call that it is, and a refusal stands at its field.

use super::Drafts;
use super::deeds::{deed, elsewhere, refusal};
use super::fields::{Field, form};
use super::requests::{
    ACTION, ALARM, CUSTOM, POLICY, PREDICTIVE, SERVICE, STEPS, TARGET, TRACKING, action, alarm, call, policy, resource,
    services, target, values,
};
use crate::app::parts::{Choice, Kept};
use crate::app::session::Door;
use ecs_lab::applicationautoscaling::Target;
use ecs_lab::lab::Lab;
use serde_json::json;
use yew::prelude::*;

/// The forms.
pub fn section(door: &Door, lab: &Lab, drafts: &Kept<Drafts>) -> Html {
    let offers: Vec<Choice> = services(lab)
        .into_iter()
        .map(|own| (own.clone().into(), own.trim_start_matches("service/").to_owned().into()))
        .collect();
    let Some(resource) = resource(drafts, lab) else { return Html::default() };
    let known = lab.world().applicationautoscaling().target(&resource);
    let none = |_: &str| None;
    html! {
        <section class="stack" aria-labelledby="forms-title" data-testid="scaling-forms">
            <h2 id="forms-title">{ "What makes a service scale" }</h2>
            <div class="slim">{ form(drafts, SERVICE, &[("scale-ResourceId", offers)], &none) }</div>
            <div class="forms">
                { target_form(door, drafts, &resource, known) }
                if let Some(known) = known {
                    { policy_section(door, lab, drafts, known) }
                    { action_section(door, drafts, known) }
                }
            </div>
        </section>
    }
}

fn target_form(door: &Door, drafts: &Kept<Drafts>, resource: &str, known: Option<&Target>) -> Html {
    let now = match known {
        Some(own) => format!("Its count moves between {} and {}.", own.min, own.max),
        None => "It is no scalable target yet.".to_owned(),
    };
    let on = (door, drafts);
    let drop = call("DeregisterScalableTarget", resource, json!({}));
    html! {
        <section class="stack" aria-labelledby="target-title">
            <h3 id="target-title">{ "Scalable target" }</h3>
            <p class="dim" data-testid="target-now">{ now }</p>
            { form(drafts, TARGET, &[], &|id| refusal(drafts, "target", id)) }
            { elsewhere(drafts, "target", &[TARGET]) }
            { deed(on, "target", if known.is_some() { "Change the scalable target" } else { "Register the scalable target" }, "register-target".into(), &target(drafts, resource), false) }
            if known.is_some() { { deed(on, "target", "Deregister it, with its policies", "deregister-target".into(), &drop, true) } }
        </section>
    }
}

fn policy_section(door: &Door, lab: &Lab, drafts: &Kept<Drafts>, target: &Target) -> Html {
    let on = (door, drafts);
    let made = policy(drafts, lab, &target.resource);
    let kind = values(drafts, POLICY).text("policy-PolicyType");
    let steps = kind == "StepScaling";
    let own = values(drafts, TRACKING).text("policy-PredefinedMetricType").is_empty();
    let error = |id: &str| {
        let wrong = made.as_ref().err().filter(|(wrong, _)| *wrong == id).map(|(_, words)| words.clone());
        wrong.or_else(|| refusal(drafts, "policy", id))
    };
    let fields = |fields: &'static [Field]| form(drafts, fields, &[], &error);
    let name = values(drafts, POLICY).text("policy-PolicyName");
    let known = target.policies.iter().find(|own| &*own.name == name && own.kind == "StepScaling");
    html! {
        <section class="stack" aria-labelledby="policy-title">
            <h3 id="policy-title">{ "Policies" }</h3>
            { fields(POLICY) }
            { fields(match kind { "StepScaling" => STEPS, "PredictiveScaling" => PREDICTIVE, _ => TRACKING }) }
            if kind == "TargetTrackingScaling" && own { { fields(CUSTOM) } }
            if kind == "PredictiveScaling" { <p class="dim">{ "A forecast needs 24 hours of history, and it scales out alone: another policy scales in." }</p> }
            { elsewhere(drafts, "policy", &[POLICY, TRACKING, CUSTOM, STEPS, PREDICTIVE]) }
            if let Ok(Some(command)) = &made { { deed(on, "policy", "Put the policy", "put-policy".into(), command, false) } }
            if made == Ok(None) { <p class="dim">{ "Name it: the command then stands here." }</p> }
            if steps {
                <h4>{ "The alarm that triggers it" }</h4>
                { form(drafts, ALARM, &[], &|id| refusal(drafts, "alarm", id)) }
                { elsewhere(drafts, "alarm", &[ALARM]) }
                if let Some(own) = known {
                    { deed(on, "alarm", "Put the alarm", "put-alarm".into(), &alarm(drafts, target, &own.name, &own.arn), false) }
                } else {
                    <p class="dim">{ "Put the policy first: the alarm names its ARN." }</p>
                }
            }
            { for target.policies.iter().map(|own| {
                let drop = call("DeleteScalingPolicy", &target.resource, json!({ "PolicyName": &*own.name }));
                deed(on, "policy", &format!("Delete the policy {}", own.name), format!("delete-policy-{}", own.name), &drop, true)
            }) }
        </section>
    }
}

fn action_section(door: &Door, drafts: &Kept<Drafts>, target: &Target) -> Html {
    let on = (door, drafts);
    html! {
        <section class="stack" aria-labelledby="action-title">
            <h3 id="action-title">{ "Scale on a schedule" }</h3>
            { form(drafts, ACTION, &[], &|id| refusal(drafts, "action", id)) }
            { elsewhere(drafts, "action", &[ACTION]) }
            if let Some(command) = action(drafts, &target.resource) {
                { deed(on, "action", "Put the scheduled action", "put-action".into(), &command, false) }
            } else {
                <p class="dim">{ "Name it: the command then stands here." }</p>
            }
            { for target.actions.iter().map(|own| {
                let drop = call("DeleteScheduledAction", &target.resource, json!({ "ScheduledActionName": &*own.name }));
                let next = own.next.map_or_else(|| "It does not run again.".to_owned(), |at| format!("It runs next at {at}."));
                html! {
                    <>
                        <p>{ format!("{}: {}. {next}", own.name, own.text) }</p>
                        { deed(on, "action", &format!("Delete the action {}", own.name), format!("delete-action-{}", own.name), &drop, true) }
                    </>
                }
            }) }
        </section>
    }
}
