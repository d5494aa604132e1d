//! A target that only scheduled actions move, as a chart: its tasks between the bounds, and what moved them (1.11).

use super::Look;
use super::capacity::{counts, desired, held};
use super::chart::{Chart, chart};
use super::scale::{Instant, past, recent, said};
use super::{policy, reading, target};
use crate::app::parts::Kept;
use ecs_lab::applicationautoscaling::Target;
use ecs_lab::lab::Lab;
use ecs_lab::scaling::decide::{Evaluation, Held, Move};
use ecs_lab::scaling::tracking::Signal;
use ecs_lab::sim::SimTime;
use std::rc::Rc;
use yew::prelude::*;

/// MinCapacity and MaxCapacity at a moment, as far as scheduled actions tell.
fn bounds(target: &Target, at: SimTime) -> (u32, u32) {
    let mut range = None;
    for own in target.activities.iter() {
        let Some([before, after]) = own.ranges else { continue };
        if own.started > at {
            return range.unwrap_or(before);
        }
        range = Some(after);
    }
    (target.min, target.max)
}

/// What there was, at each moment at which it changed.
pub fn history(lab: &Lab, target: &Target) -> Vec<Rc<Evaluation>> {
    let service = target::service(lab, target);
    let Some((service, cluster)) = service.zip(lab.world().ecs().cluster(&target.cluster)) else { return Vec::new() };
    let (counts, wanted) = (counts(lab, cluster, service), desired(lab, cluster, service));
    let mut all: Vec<SimTime> = counts.iter().map(|own| own.0).chain(wanted.iter().map(|own| own.0)).collect();
    all.extend(target.activities.iter().map(|own| own.started).chain([target.created, lab.now()]));
    all.retain(|at| *at >= target.created);
    all.sort();
    all.dedup();
    let one = |at: SimTime| {
        let [running, pending] = held(&counts, at).unwrap_or_default();
        let desired = held(&wanted, at).unwrap_or_default();
        let quiet = Held::Quiet;
        Rc::new(Evaluation {
            at,
            metric: None,
            signal: Signal::Quiet,
            running,
            pending,
            before: desired,
            bounds: bounds(target, at),
            last_out: None,
            last_in: None,
            formula: None,
            moves: Move::Stay(quiet),
            desired,
            held: Some(quiet),
        })
    };
    all.into_iter().map(one).collect()
}

/// What moved it at a moment.
fn moved(target: &Target, all: &[Rc<Evaluation>], place: usize) -> String {
    let (Some(before), Some(own)) = (place.checked_sub(1).and_then(|place| all.get(place)), all.get(place)) else {
        return String::new();
    };
    reading::between(target, (before.at, before.desired), (own.at, own.desired))
}

/// A moment in words.
pub fn reading(target: &Target, now: SimTime, all: &[Rc<Evaluation>], place: usize) -> String {
    let Some(own) = all.get(place) else { return String::new() };
    let mut said = format!("At {} {}: {}", past(own.at, now), target.service, reading::tasks(own));
    let moved = moved(target, all, place);
    said += if moved.is_empty() { " No scheduled action ran." } else { &moved };
    let next = target.actions.iter().filter_map(|own| Some((own.next?, &own.name))).min();
    if let Some((at, name)) = next {
        said += &format!(" The next one is {name} at {at}.");
    }
    said
}

/// The chart of a target without policies; nothing where no scheduled action moves it.
pub fn drawn(lab: &Lab, target: &Target, look: &Kept<Look>) -> Html {
    let acted = target.activities.iter().any(|own| own.ranges.is_some());
    let all = history(lab, target);
    if !target.policies.is_empty() || all.is_empty() || target.actions.is_empty() && !acted {
        return Html::default();
    }
    let (all, span) = recent(&all, lab.now(), look.hours(), |own| own.at);
    let row = |instant: Instant| {
        let Some(own) = all.get(instant.place) else { return Vec::new() };
        let (min, max) = own.bounds;
        let counts = [own.running, own.pending, own.desired].map(|count| count.to_string());
        let mut cells = counts.to_vec();
        cells.extend([format!("{min} to {max}"), moved(target, all, instant.place)]);
        cells
    };
    let own = Chart {
        id: format!("schedule-{}", target.service),
        label: format!("Tasks of {}", target.service),
        span,
        panels: vec![policy::counts(all, Vec::new(), Vec::new(), &[])],
        instants: said(all.iter().map(|own| own.at)),
        read: &|own| reading(target, lab.now(), all, own.place),
        head: vec!["Running", "Pending", "Desired", "Capacity", "What moved it"],
        row: &row,
    };
    chart(&own, look)
}
