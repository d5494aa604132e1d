//! A capacity provider with managed scaling drawn: how much of it is reserved, and how many instances follow.

use super::Look;
use super::capacity::{Past, ask, counts, desired, given_up, held};
use super::chart::{Block, Chart, Mark, Panel, Shape, chart};
use super::course::Course;
use super::policy::room;
use super::scale::{Instant, Span, clock, count_top, minutes, number, past, recent, top};
use super::{group, rails, reading, words};
use crate::app::parts::Kept;
use ecs_lab::autoscaling::{Group, Life};
use ecs_lab::ecs::Provider;
use ecs_lab::ecs::managed::PERIOD;
use ecs_lab::ecs::provisioning::TIME_OUT;
use ecs_lab::ecs::service::Service;
use ecs_lab::lab::Lab;
use ecs_lab::scaling::capacity::tasks;
use ecs_lab::scaling::reservation::{Held, Reservation};
use ecs_lab::sim::SimTime;
use std::rc::Rc;
use yew::prelude::*;

/// Services of a provider whose tasks are drawn.
const SERVICES: usize = 3;

/// A service of a provider: its tasks, and how many of them the instances in service hold.
struct Follower {
    name: Rc<str>,
    counts: Past<[u32; 2]>,
    desired: Past<u32>,
    fits: Past<u32>,
    given_up: Vec<(SimTime, String)>,
}

impl Follower {
    /// What it was at a moment, and what gave up in the minute before.
    fn sentence(&self, at: SimTime) -> String {
        let ([running, pending], desired) =
            (held(&self.counts, at).unwrap_or_default(), held(&self.desired, at).unwrap_or_default());
        let fits = held(&self.fits, at).unwrap_or_default();
        let mut all = format!("{}: {running} running, {pending} pending, {desired} desired; {fits} fit", self.name);
        let before = SimTime::from_millis(at.as_millis() - PERIOD.as_millis());
        let late = |own: &&(SimTime, String)| own.0 > before && own.0 <= at;
        let gone: Vec<&(SimTime, String)> = self.given_up.iter().filter(late).collect();
        if let Some((_, reason)) = gone.last() {
            let (count, minutes) = (gone.len(), TIME_OUT.as_millis() / 60_000);
            all += &format!("; {count} stopped since {} after {minutes} min in PROVISIONING ({reason})", clock(before));
        }
        all
    }
}

/// Every Auto Scaling group, with the chart of the capacity provider that moves it.
pub fn groups(lab: &Lab, look: &Kept<Look>) -> Html {
    let world = lab.world();
    let one = |own: &Group| {
        let scaler = world.ecs().scaler_of(&own.arn);
        let title = format!("Auto Scaling group {}", own.name);
        html! {
            <section class="stack" aria-label={title.clone()} key={own.name.clone()} data-testid={format!("group-{}", own.name)}>
                <h2>{ title }</h2>
                <p class="chips">
                    <span class="chip">{ format!("{} to {} instances", own.min, own.max) }</span>{ " " }
                    <span class="chip">{ format!("{} desired", own.desired) }</span>{ " " }
                    <span class="chip">{ format!("{} in service", in_service(own)) }</span>
                </p>
                if let Some((name, provider)) = scaler { { drawn(lab, name, provider, look) } } else {
                    <p class="dim">{ "No capacity provider with managed scaling moves it: its desired capacity changes only when somebody changes it." }</p>
                }
                { group::members(lab, own) }
                { group::activities(own, lab.now()) }
            </section>
        }
    };
    world.autoscaling().groups().map(one).collect()
}

fn in_service(own: &Group) -> usize {
    own.active().filter(|member| member.state == Life::InService).count()
}

fn drawn(lab: &Lab, name: &str, provider: &Provider, look: &Kept<Look>) -> Html {
    let (all, span) = recent(&provider.managed.evaluations, lab.now(), look.hours(), |own| own.inputs.now);
    let settings = &provider.document["managedScaling"];
    let says = format!(
        "Its capacity provider is {name}: target capacity {} %, {} to {} instances at a time, warm-up {} s; managed termination protection {}, managed draining {}.",
        settings["targetCapacity"],
        settings["minimumScalingStepSize"],
        settings["maximumScalingStepSize"],
        settings["instanceWarmupPeriod"],
        provider.document["managedTerminationProtection"].as_str().unwrap_or("DISABLED"),
        provider.document["managedDraining"].as_str().unwrap_or("DISABLED"),
    );
    if all.is_empty() {
        return html! { <><p class="dim">{ says }</p><p class="dim">{ "It is evaluated at the next full minute, and then each minute until it is at rest." }</p></> };
    }
    let followers = followers(lab, name, all);
    let told = |at: SimTime| followers.iter().map(|own| own.sentence(at)).collect::<Vec<_>>().join(". ");
    let alarms = alarms(lab, provider);
    let read = |instant: Instant| {
        let Some(own) = all.get(instant.place) else { return String::new() };
        let mut said = format!("At {} {name}{}", past(instant.at, lab.now()), since(own, instant.at, lab.now()));
        said += &format!(": {}{}.", own.sentence(), words::capped(own));
        let state = |(side, alarm): &(&str, Course<'_>)| {
            Some(format!("Alarm{side}: {}", reading::state(lab, alarm.at(instant.at)?, instant.at)?.name()))
        };
        let tasks = (!followers.is_empty()).then(|| told(instant.at));
        alarms.iter().filter_map(state).chain(tasks).fold(said, |all, part| format!("{all} {part}."))
    };
    let row = |instant: Instant| {
        let Some(own) = all.get(instant.place) else { return Vec::new() };
        let alarm = |(_, own): &(&str, Course<'_>)| Some(reading::standing(lab, own.at(instant.at)?, instant.at));
        vec![
            number(own.percent()),
            own.inputs.target.to_string(),
            own.needed.to_string(),
            own.inputs.instances.to_string(),
            own.inputs.in_service.to_string(),
            own.desired.to_string(),
            alarms.iter().filter_map(alarm).collect::<Vec<_>>().join(", "),
            own.sentence() + &words::capped(own),
            told(instant.at),
        ]
    };
    let instants = minutes(all.iter().map(|own| own.inputs.now), lab.now());
    let mut panels = vec![reservation(all)];
    let moments: Vec<SimTime> = instants.iter().map(|own| own.at).collect();
    panels.extend(alarms.iter().enumerate().filter_map(|(place, (side, own))| {
        Some(rails::rail(side, own.newest()?, rails::states(lab, own, &moments), place == 0, &span))
    }));
    panels.extend([rail(all, &span), instances(all)]);
    panels.extend(followers.iter().map(tasks_of));
    let own = Chart {
        id: format!("provider-{name}"),
        label: format!("Capacity provider {name}"),
        span,
        panels,
        instants,
        read: &read,
        head: vec!["Reservation", "Target", "M", "N", "In service", "Desired", "Alarms", "What it said", "Tasks"],
        row: &row,
    };
    html! {
        <div class="pane stack">
            <p class="dim">{ says }</p>
            { chart(&own, look) }
        </div>
    }
}

/// Where nothing has been evaluated since a minute, because nothing has changed: from when on that is so.
fn since(own: &Reservation, at: SimTime, now: SimTime) -> String {
    let then = own.inputs.now;
    if at > then { format!(" (as at {}; nothing has changed since)", past(then, now)) } else { String::new() }
}

/// The alarms by which the group of a provider scales, as far as they are or were there: above its target, and below (2.9).
fn alarms<'a>(lab: &'a Lab, provider: &Provider) -> Vec<(&'static str, Course<'a>)> {
    let names = lab.world().cloudwatch().alarms_of_provider(provider.number).into_iter().flatten();
    let course = |name: &str| Course::all(lab, |own| own.name == name).pop();
    ["High", "Low"].into_iter().zip(names).filter_map(|(side, name)| Some((side, course(name)?))).collect()
}

/// The first services whose tasks go to the provider, as they were from the first evaluation on.
fn followers(lab: &Lab, name: &str, all: &[Rc<Reservation>]) -> Vec<Follower> {
    let ecs = lab.world().ecs();
    let Some(cluster) = ecs.cluster_of_provider(name) else { return Vec::new() };
    let follows = |own: &&Rc<Service>| {
        let strategy = own.settings["capacityProviderStrategy"].as_array();
        own.is_active() && strategy.into_iter().flatten().any(|item| item["capacityProvider"] == *name)
    };
    let one = |own: &Rc<Service>| {
        let ask = ask(own)?;
        let fits = |one: &Rc<Reservation>| (one.inputs.now, tasks(&ask, one.inputs.in_service, one.inputs.largest));
        Some(Follower {
            name: own.name.clone(),
            counts: counts(lab, cluster, own),
            desired: desired(lab, cluster, own),
            fits: all.iter().map(fits).collect(),
            given_up: given_up(lab, cluster, own).into_iter().map(|(at, why)| (at, why.to_owned())).collect(),
        })
    };
    ecs.services(cluster.id).filter(follows).filter_map(one).take(SERVICES).collect()
}

/// The tasks of a service before what the instances hold.
fn tasks_of(own: &Follower) -> Panel {
    let most = own.counts.iter().map(|(_, [running, pending])| running + pending);
    let most = most.chain(own.desired.iter().map(|(_, count)| *count)).max().unwrap_or(0);
    let far = own.fits.iter().map(|(_, count)| *count).max().unwrap_or(0);
    // A far capacity would press all else down.
    let top = count_top(if far <= most.saturating_mul(3) { most.max(far) } else { most });
    let area = |of: fn([u32; 2]) -> (u32, u32)| {
        let one = |(at, counts): &(SimTime, [u32; 2])| {
            let (low, high) = of(*counts);
            (*at, f64::from(low), f64::from(high))
        };
        Shape::Area(own.counts.iter().map(one).collect())
    };
    let mark = |shape, class, words: &str| Mark { shape, class, words: words.into() };
    let mut marks = room(&own.fits, top);
    marks.extend([
        mark(area(|[running, _]| (0, running)), "plot-running", "running"),
        mark(area(|[running, pending]| (running, running + pending)), "plot-pending", "pending"),
        mark(
            Shape::Steps(own.desired.iter().map(|(at, count)| (*at, f64::from(*count))).collect()),
            "plot-desired",
            "desired",
        ),
    ]);
    Panel::Plot { title: format!("Tasks of {}", own.name), top, marks }
}

fn steps(all: &[Rc<Reservation>], value: fn(&Reservation) -> f64) -> Shape {
    Shape::Steps(all.iter().map(|own| (own.inputs.now, value(own))).collect())
}

fn reservation(all: &[Rc<Reservation>]) -> Panel {
    let most = all.iter().map(|own| own.percent()).fold(100.0, f64::max);
    let target = all.last().map_or(100, |own| own.inputs.target);
    let marks = vec![
        Mark {
            shape: steps(all, |own| f64::from(own.inputs.target)),
            class: "plot-target",
            words: format!("target capacity {target}"),
        },
        Mark {
            shape: steps(all, Reservation::percent),
            class: "plot-metric",
            words: "CapacityProviderReservation: M / N × 100".into(),
        },
    ];
    Panel::Plot { title: "Reservation, percent".into(), top: top(most * 1.1), marks }
}

fn rail(all: &[Rc<Reservation>], span: &Span) -> Panel {
    let mut blocks: Vec<Block> = Vec::new();
    for (place, own) in all.iter().enumerate() {
        let to = all.get(place + 1).map_or(span.to, |next| next.inputs.now);
        let (class, word) = match own.held {
            Some(Held::WarmingUp(_)) => ("cool-out", "warm-up"),
            Some(Held::AfterScaleOut(_)) => ("cool-in", "after out"),
            Some(Held::Low(_)) => ("cool-in", "low"),
            Some(Held::AtMaximum) => ("rail-alarm", "max"),
            Some(Held::AtMinimum) => ("rail-ok", "min"),
            Some(Held::NoAlarm) => ("rail-alarm", "no alarm"),
            Some(Held::Untagged) => ("rail-alarm", "no tag"),
            Some(Held::AtTarget) | None => continue,
        };
        match blocks.last_mut().filter(|last| last.word == word && last.to == own.inputs.now) {
            Some(last) => last.to = to,
            None => blocks.push(Block { from: own.inputs.now, to, class, word }),
        }
    }
    let words = "an instance warms up (warm-up), less than 15 datapoints are low (low), 15 minutes after a scale-out (after out), a size of the group is reached (max, min), its alarm is gone (no alarm)";
    Panel::Rail { title: "Held by", words: words.into(), blocks }
}

fn instances(all: &[Rc<Reservation>]) -> Panel {
    let area = |low: fn(&Reservation) -> u32, high: fn(&Reservation) -> u32| {
        Shape::Area(all.iter().map(|own| (own.inputs.now, f64::from(low(own)), f64::from(high(own)))).collect())
    };
    let most = all.iter().map(|own| own.desired.max(own.needed).max(own.inputs.instances)).max().unwrap_or(0);
    let mark = |shape, class, words: &str| Mark { shape, class, words: words.into() };
    let marks = vec![
        mark(area(|_| 0, |own| own.inputs.in_service), "plot-running", "in service"),
        mark(area(|own| own.inputs.in_service, |own| own.inputs.instances), "plot-pending", "on their way; N is both"),
        mark(steps(all, |own| f64::from(own.needed)), "plot-target", "M: needed"),
        mark(steps(all, |own| f64::from(own.desired)), "plot-desired", "desired capacity"),
    ];
    Panel::Plot { title: "Instances".into(), top: count_top(most), marks }
}

#[cfg(test)]
mod tests {
    use super::super::provider_start::{joining, next};
    use super::super::test::advance;
    use super::*;
    use crate::app::store::opening;
    use ecs_lab::cloudwatch::judge::State;
    use ecs_lab::lab::Command;
    use serde_json::json;

    /// A cluster with the capacity provider `cp` of a group, whose ARN comes with it.
    fn provided() -> (Lab, String) {
        let mut lab = opening::fleet();
        while let Some((_, command)) = next(&lab) {
            lab.apply(command).unwrap();
        }
        let arn = lab.world().autoscaling().groups().next().unwrap().arn.clone();
        let provider = json!({ "autoScalingGroupArn": arn, "managedScaling": { "status": "ENABLED" } });
        let provider = json!({ "name": "cp", "autoScalingGroupProvider": provider });
        lab.apply(Command::ecs("CreateCapacityProvider", provider)).unwrap();
        lab.apply(joining(&lab, "cp").unwrap()).unwrap();
        (lab, arn)
    }

    /// 2.9: a provider at rest is not evaluated, yet each minute can be read, and its two alarms have a state.
    #[test]
    fn each_minute_of_a_provider_at_rest_can_be_read() {
        let (mut lab, arn) = provided();
        let service = json!({ "cluster": "prod", "serviceName": "shop", "taskDefinition": "web:1", "desiredCount": 3 });
        lab.apply(Command::ecs("CreateService", service)).unwrap();
        advance(&mut lab, 5400);
        let (_, own) = lab.world().ecs().scaler_of(&arn).unwrap();
        let (all, now) = (&own.managed.evaluations, lab.now());
        let last = all.last().unwrap();
        let instants = minutes(all.iter().map(|own| own.inputs.now), now);
        let newest = instants.last().unwrap();
        assert!(now - newest.at < PERIOD && newest.at - last.inputs.now > PERIOD, "{newest:?} of {now:?}");
        let words = format!(" (as at {}; nothing has changed since)", clock(last.inputs.now));
        assert_eq!((since(last, newest.at, now), newest.place), (words, all.len() - 1));
        assert_eq!(since(last, last.inputs.now, now), "");
        let alarms = alarms(&lab, own);
        assert_eq!(alarms.iter().map(|(side, _)| *side).collect::<Vec<_>>(), ["High", "Low"]);
        let [high, low] = [0, 1].map(|place| {
            let moments: Vec<SimTime> = instants.iter().map(|own| own.at).collect();
            let all = rails::states(&lab, &alarms[place].1, &moments);
            all.into_iter().filter_map(|(_, state)| state).collect::<Vec<_>>()
        });
        assert!(high.contains(&State::Alarm), "instances were needed: {high:?}");
        assert_eq!((high.last(), low.contains(&State::Alarm)), (Some(&State::Ok), false), "{high:?} {low:?}");
    }

    /// 2.10: a task that fits no type gives up after ten minutes, and the reading of that minute says so.
    #[test]
    fn what_gives_up_in_provisioning_is_told() {
        let (mut lab, arn) = provided();
        let container = json!({ "name": "app", "image": "nginx", "cpu": 8192, "memory": 256 });
        let input = json!({ "family": "large", "containerDefinitions": [container] });
        lab.apply(Command::ecs("RegisterTaskDefinition", input)).unwrap();
        for (name, definition, count) in [("shop", "web:1", 3), ("huge", "large:1", 2)] {
            let strategy = json!([{ "capacityProvider": "cp", "weight": 1 }]);
            let service = json!({
                "cluster": "prod", "serviceName": name, "taskDefinition": definition, "desiredCount": count,
                "capacityProviderStrategy": strategy,
            });
            lab.apply(Command::ecs("CreateService", service)).unwrap();
        }
        advance(&mut lab, 1500);
        let (name, own) = lab.world().ecs().scaler_of(&arn).unwrap();
        let followers = followers(&lab, name, &own.managed.evaluations);
        let minutes: Vec<SimTime> = own.managed.evaluations.iter().map(|one| one.inputs.now).collect();
        let told = |own: &Follower| {
            let all = minutes.iter().map(|at| own.sentence(*at));
            all.filter(|text| text.contains("PROVISIONING")).collect::<Vec<_>>()
        };
        let [shop, huge] = &followers[..] else { panic!("two services follow") };
        assert_eq!(told(shop), [] as [&str; 0]);
        let gone = told(huge);
        assert_eq!(gone.len(), 2, "after ten minutes and after twenty: {gone:#?}");
        assert!(gone[0].contains("; 2 stopped since 09:1"), "{}", gone[0]);
        assert!(gone[0].ends_with(" after 10 min in PROVISIONING (TaskFailedToStart: RESOURCE:CPU)"), "{}", gone[0]);
    }
}
