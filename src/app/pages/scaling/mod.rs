//! Scaling: what scales in the lab, why it did at any moment, and why it did not.
//!
//! | file | holds |
//! |---|---|
//! | `target` | scalable targets, and one of them whole |
//! | `policy` | a policy as a chart |
//! | `provider` | Auto Scaling groups, and the capacity provider of one as a chart |
//! | `chart`, `scale` | charts over simulated time |
//! | `words` | evaluations and policies in sentences |
//! | `differ` | service scaling and cluster scaling side by side |
//! | `probe` | what a test holds the charts against |

mod calculators;
mod chart;
mod compare;
mod contest;
mod deeds;
mod differ;
mod fields;
mod policy;
mod policy_form;
mod probe;
mod provider;
mod provider_form;
mod requests;
mod scale;
mod target;
pub mod wave;
mod wave_form;
mod words;

use super::fleet::deed;
use crate::app::parts::{Kept, Slots, empty};
use crate::app::port;
use crate::app::session::Door;
use ecs_lab::aws::ApiError;
use ecs_lab::lab::{ApiCall, Command, Lab};
use ecs_lab::sim::SimTime;
use serde_json::{Value, json};
use yew::prelude::*;

/// What the reader looks at.
#[derive(Clone, Default, PartialEq)]
pub struct Look {
    /// The ResourceId of the target that is shown; the first one when it is empty.
    shown: String,
    /// The instant that all charts show; none for the newest.
    at: Option<SimTime>,
    /// The chart that moved it last, which reads it out.
    moved: String,
    /// The chart whose table is open.
    table: String,
}

/// What the forms of the view hold.
#[derive(Clone, Default)]
pub struct Drafts {
    /// The calculator that is open.
    calculator: AttrValue,
    /// The comparison that runs or has run.
    contest: Option<compare::Shared>,
    /// Why there is none, in a sentence.
    unable: String,
    /// The load as it is drawn.
    wave: wave::Drawing,
    /// What stands in the fields.
    texts: fields::Texts,
    /// The form whose call was refused, and the refusal.
    refused: Option<(&'static str, ApiError)>,
}

/// What the parts of the view work with.
pub struct Desk<'a> {
    door: &'a Door,
    drafts: &'a Kept<Drafts>,
    /// Shows the view anew.
    again: &'a UseForceUpdateHandle,
}

/// What a control does to the drafts.
fn changed<T: 'static>(drafts: &Kept<Drafts>, change: impl Fn(&mut Drafts, T) + 'static) -> Callback<T> {
    let drafts = drafts.clone();
    Callback::from(move |value: T| drafts.change(|own| change(own, value)))
}

/// The view.
pub fn scaling(door: &Door, slots: &Slots) -> Html {
    let look = &Kept::of(slots, 0, Look::default);
    let drafts = &Kept::of(slots, 1, Drafts::default);
    let desk = &Desk { door, drafts, again: &slots.again };
    let lab = door.store().lab();
    let scaling = lab.world().applicationautoscaling();
    let shown = scaling.target(&look.shown).or_else(|| scaling.targets().next());
    html! {
        <div class="page shelf">
            <div class="head"><h1 id="view-title" tabindex="-1">{ "Scaling" }</h1></div>
            <p class="dim lead">{ "What changes counts by itself: the number that decided, in the moment it decided, and what held it back." }</p>
            if scaling.targets().all(|own| own.policies.is_empty()) {
                { empty("Nothing scales in this lab yet", "scaling-empty", begin(door, &lab)) }
            }
            if let Some(own) = shown {
                { target::list(&lab, &own.resource, look) }
                { target::detail(&lab, own, look) }
            }
            { policy_form::section(door, &lab, drafts) }
            { wave_form::section(door, &lab, drafts) }
            { compare::section(desk, &lab) }
            { provider::groups(&lab, look) }
            { provider_form::section(door, &lab, drafts) }
            { differ::differ() }
            { calculators::section(drafts) }
            if port::address::switch("probe") { <pre hidden=true data-testid="scaling-probe">{ probe::probe(&lab).to_string() }</pre> }
        </div>
    }
}

/// What to run so that something scales.
fn begin(door: &Door, lab: &Lab) -> Html {
    let Some((cluster, service)) = first(lab) else {
        return html! {
            <>
                <p>{ "A service's desired count is what scales, and this lab has no service that has one." }</p>
                <p><a class="button" href="#/services" data-testid="scaling-services">{ "Make a service" }</a></p>
            </>
        };
    };
    let [target, policy] = beginning(&cluster, &service);
    let load = json!({ "cluster": cluster, "service": service, "requestsPerSecond": 60, "workMilliseconds": 10 });
    let load = Command::Api(ApiCall::new("lab", "Load", load));
    html! {
        <>
            <p>{ format!("Three lines make {service} follow its load; then let the clock run:") }</p>
            { deed(door, "1. Register its count as a scalable target", "begin-target", "begin-target-line", &target, false) }
            { deed(door, "2. Put a load on it", "begin-load", "begin-load-line", &load, false) }
            <p>{ "3. Once it is a target, a policy keeps a metric at a value:" }</p>
            { deed(door, "Keep its CPU at 60 %", "begin-policy", "begin-policy-line", &policy, false) }
        </>
    }
}

/// The first service that has a desired count, and its cluster.
fn first(lab: &Lab) -> Option<(String, String)> {
    let ecs = lab.world().ecs();
    ecs.clusters().find_map(|cluster| {
        let own = ecs.services(cluster.id).find(|own| own.is_active() && !own.is_daemon())?;
        Some((cluster.name.clone(), own.name.to_string()))
    })
}

/// RegisterScalableTarget and PutScalingPolicy of a service.
fn beginning(cluster: &str, service: &str) -> [Command; 2] {
    let call = |operation: &str, more: Value| {
        let mut input = json!({
            "ServiceNamespace": "ecs",
            "ScalableDimension": "ecs:service:DesiredCount",
            "ResourceId": format!("service/{cluster}/{service}"),
        });
        if let (Some(own), Value::Object(more)) = (input.as_object_mut(), more) {
            own.extend(more);
        }
        Command::Api(ApiCall::new("application-autoscaling", operation, input))
    };
    let configuration = json!({
        "TargetValue": 60.0,
        "PredefinedMetricSpecification": { "PredefinedMetricType": "ECSServiceAverageCPUUtilization" },
        "ScaleOutCooldown": 60,
        "ScaleInCooldown": 300,
    });
    [
        call("RegisterScalableTarget", json!({ "MinCapacity": 1, "MaxCapacity": 10 })),
        call(
            "PutScalingPolicy",
            json!({
                "PolicyName": format!("{service}-cpu"),
                "PolicyType": "TargetTrackingScaling",
                "TargetTrackingScalingPolicyConfiguration": configuration,
            }),
        ),
    ]
}
