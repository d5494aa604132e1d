//! Scaling: what scales in the lab, why it did at any moment, and why it did not.

mod calculators;
mod compare;
mod contest;
mod deeds;
mod fields;
mod policy_form;
mod provider_form;
mod requests;
pub mod wave;
mod wave_form;

use crate::app::parts::empty;
use crate::app::session::{Door, use_door};
use ecs_lab::aws::ApiError;
use yew::prelude::*;

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
    drafts: &'a UseStateHandle<Drafts>,
    /// Shows the view anew.
    again: &'a UseForceUpdateHandle,
}

/// The view.
#[component]
pub fn Scaling() -> Html {
    view(&Desk { door: &use_door(), drafts: &use_state(Drafts::default), again: &use_force_update() })
}

/// What a control does to the drafts.
fn changed<T: 'static>(drafts: &UseStateHandle<Drafts>, change: impl Fn(&mut Drafts, T) + 'static) -> Callback<T> {
    let drafts = drafts.clone();
    Callback::from(move |value: T| {
        let mut next = (*drafts).clone();
        change(&mut next, value);
        drafts.set(next);
    })
}

/// Apart from the component, so that it stays out of the first load.
#[inline(never)]
fn view(desk: &Desk<'_>) -> Html {
    let (door, drafts) = (desk.door, desk.drafts);
    let lab = door.store().lab();
    let scaling = lab.world().applicationautoscaling();
    html! {
        <div class="page shelf">
            <div class="head"><h1 id="view-title" tabindex="-1">{ "Scaling" }</h1></div>
            <p class="dim lead">{ "What changes counts by itself: the number that decided, in the moment it decided, and what held it back." }</p>
            if scaling.targets().next().is_none() {
                { empty("Nothing scales in this lab yet", "scaling-empty", html! { <p>{ "Register a service's count as a scalable target, and give it a policy." }</p> }) }
            }
            { policy_form::section(door, &lab, drafts) }
            { wave_form::section(door, &lab, drafts) }
            { compare::section(desk, &lab) }
            { provider_form::section(door, &lab, drafts) }
            { calculators::section(drafts) }
        </div>
    }
}
