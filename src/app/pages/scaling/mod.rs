//! Scaling: what scales in the lab, why it did at any moment, and why it did not.
//!
//! | file | holds |
//! |---|---|
//! | `target` | scalable targets, and one of them whole |
//! | `policy`, `forecast` | a policy as a chart, and what a predictive one expects |
//! | `provider`, `group` | the capacity provider of an Auto Scaling group as a chart, and the group |
//! | `capacity` | how many tasks the instances hold, from when on |
//! | `chart`, `plot`, `rails`, `scale` | charts over simulated time |
//! | `course` | alarms over time, as calls change and delete them |
//! | `reading` | evaluations in sentences: why, and why not |
//! | `words` | policies and alarms in sentences |
//! | `schedule` | a target that only scheduled actions move, as a chart |
//! | `fields`, `deeds` | fields of forms as data, their buttons, and where a refusal stands |
//! | `requests`, `policy_form`, `provider_form` | the calls that make something scale, and their forms |
//! | `provider_start` | what has to be there before a capacity provider |
//! | `wave`, `wave_form` | the load as it is drawn, moved by keys and typed |
//! | `contest`, `compare` | two ways to scale on the same load, run in slices |
//! | `calculators` | the arithmetic by hand |
//! | `differ` | service scaling and cluster scaling side by side |
//! | `probe` | what a test holds the charts against |

mod calculators;
mod capacity;
mod chart;
mod compare;
mod contest;
mod course;
mod deeds;
mod differ;
mod fields;
mod forecast;
mod group;
mod plot;
mod policy;
mod policy_form;
mod probe;
mod provider;
mod provider_form;
mod provider_start;
mod rails;
mod reading;
mod requests;
mod scale;
mod schedule;
mod target;
pub mod wave;
mod wave_form;
mod words;

use super::fleet::{deed, definitions};
use crate::app::parts::{Choice, Kept, SelectFieldProps, Slots, edit, empty, select_field};
use crate::app::port;
use crate::app::session::Door;
use ecs_lab::aws::ApiError;
use ecs_lab::lab::{ApiCall, Command, Lab};
use ecs_lab::sim::SimTime;
use serde_json::{Value, json};
use yew::prelude::*;
use yew::props;

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
    /// How many hours the charts show; three when it is empty.
    hours: String,
}

impl Look {
    fn hours(&self) -> i64 {
        self.hours.parse().unwrap_or(3)
    }
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
            { chart::patterns() }
            <div class="head"><h1 id="view-title" tabindex="-1">{ "Scaling" }</h1></div>
            <p class="dim lead">{ "What changes counts by itself: the number that decided, in the moment it decided, and what held it back." }</p>
            if scaling.targets().all(|own| own.policies.is_empty()) {
                { empty("Nothing scales in this lab yet", "scaling-empty", begin(door, &lab)) }
            }
            if shown.is_some() || lab.world().autoscaling().groups().next().is_some() { { hours(look) } }
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

/// How far back the charts go.
fn hours(look: &Kept<Look>) -> Html {
    let options = [("1", "the last hour"), ("3", "the last three hours"), ("24", "the last day")];
    let options: Vec<Choice> = options.into_iter().map(|(value, words)| (value.into(), words.into())).collect();
    let value = look.hours().to_string();
    let change = edit(look, |look, value| look.hours = value);
    html! { <div class="columns narrow">{ select_field(&props!(SelectFieldProps { id: "chart-hours", label: "The charts show", value, options, change })) }</div> }
}

/// What to run so that something scales.
fn begin(door: &Door, lab: &Lab) -> Html {
    let Some((cluster, service)) = first(lab) else {
        return html! {
            <>
                <p>{ "A service's desired count is what scales, and this lab has no service that has one." }</p>
                if let Some(service) = one_task(lab) {
                    { deed(door, "Make a service of one task", "begin-service", "begin-service-line", &service, false) }
                    <p>{ "or" }</p>
                }
                <p><a class="button" href="#/services" data-testid="scaling-services">{ "Make a service" }</a></p>
            </>
        };
    };
    let [target, load, policy] = beginning(&cluster, &service);
    html! {
        <>
            <p>{ format!("Three lines make {service} follow its load; then let the clock run:") }</p>
            { deed(door, "1. Register a scalable target", "begin-target", "begin-target-line", &target, false) }
            { deed(door, "2. Put a load on it", "begin-load", "begin-load-line", &load, false) }
            <p>{ "3. Once it is a target, a policy keeps a metric at a value:" }</p>
            { deed(door, "Keep its CPU at 60 %", "begin-policy", "begin-policy-line", &policy, false) }
        </>
    }
}

/// CreateService in the first cluster, of a task definition that asks for no network of its own.
fn one_task(lab: &Lab) -> Option<Command> {
    let ecs = lab.world().ecs();
    let cluster = ecs.clusters().next()?;
    let (definition, _) = definitions(lab).into_iter().find(|(_, awsvpc)| !awsvpc)?;
    let name = definition.split(':').next()?;
    let input = json!({
        "cluster": cluster.name, "serviceName": name, "taskDefinition": definition, "desiredCount": 1,
    });
    Some(Command::ecs("CreateService", input))
}

/// The first service that has a desired count, and its cluster.
fn first(lab: &Lab) -> Option<(String, String)> {
    let ecs = lab.world().ecs();
    ecs.clusters().find_map(|cluster| {
        let own = ecs.services(cluster.id).find(|own| own.is_active() && !own.is_daemon())?;
        Some((cluster.name.clone(), own.name.to_string()))
    })
}

/// RegisterScalableTarget, a load and PutScalingPolicy of a service.
fn beginning(cluster: &str, service: &str) -> [Command; 3] {
    let load = json!({ "cluster": cluster, "service": service, "requestsPerSecond": 60, "workMilliseconds": 10 });
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
        Command::Api(ApiCall::new("lab", "Load", load)),
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

#[cfg(test)]
mod test {
    use super::*;
    use crate::app::store::opening;
    use ecs_lab::applicationautoscaling::{Policy, Target};
    use ecs_lab::sim::SimDuration;

    pub fn advance(lab: &mut Lab, seconds: i64) {
        lab.apply(Command::Advance(SimDuration::from_secs(seconds))).unwrap();
    }

    /// The first target, and its first policy.
    pub fn policy(lab: &Lab) -> (&Target, &Policy) {
        let target = lab.world().applicationautoscaling().targets().next().unwrap();
        (target, &target.policies[0])
    }

    /// A service of one task under a load, with the policy that the page offers.
    pub fn scaled() -> Lab {
        let mut lab = opening::fleet();
        assert_eq!(first(&lab), None);
        assert!(lab.fork().apply(one_task(&lab).unwrap()).is_ok());
        let input = json!({ "cluster": "prod", "serviceName": "shop", "taskDefinition": "web:1", "desiredCount": 1 });
        lab.apply(Command::ecs("CreateService", input)).unwrap();
        advance(&mut lab, 100);
        let (cluster, service) = first(&lab).unwrap();
        for command in beginning(&cluster, &service) {
            lab.apply(command).unwrap();
        }
        lab
    }

    #[test]
    fn what_an_empty_lab_offers_makes_a_service_scale() {
        let mut lab = scaled();
        advance(&mut lab, 900);
        let target = lab.world().applicationautoscaling().targets().next().unwrap();
        let own = target::service(&lab, target).unwrap();
        assert!(own.desired > 1, "{} of {:?}", own.desired, target.activities);
    }
}
