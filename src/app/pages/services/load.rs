//! The load of a service: what comes, what its tasks make of it, and the form that puts one on.

use super::super::fleet::deed;
use super::super::scaling::wave::{Drawing, WAVES};
use crate::app::parts::{
    Choice, Kept, SelectFieldProps, TableProps, TextFieldProps, edit, select_field, table, text_field,
};
use crate::app::session::Door;
use ecs_lab::ecs::load::Member;
use ecs_lab::ecs::service::Service;
use ecs_lab::lab::{Command, Lab};
use ecs_lab::sim::SimTime;
use serde_json::{Value, json};
use yew::prelude::*;
use yew::props;

/// Tasks that are shown.
const MOST: usize = 12;

/// What the form holds.
#[derive(Clone, PartialEq)]
pub struct Draft {
    rate: String,
    work: String,
    memory: String,
    wave: String,
}

impl Default for Draft {
    fn default() -> Self {
        Self { rate: String::new(), work: "10".into(), memory: "0".into(), wave: "steady".into() }
    }
}

/// `lab load` of the draft, put on at `now`; none until it has a rate.
fn command(draft: &Draft, cluster: &str, service: &str, now: SimTime) -> Option<Command> {
    let rate: u32 = draft.rate.trim().parse().ok()?;
    let mut cost = json!({});
    for (name, text) in [("workMilliseconds", &draft.work), ("memory", &draft.memory)] {
        // What is no number is left to the lab's own words.
        let value = text.trim().parse().map_or_else(|_| Value::from(text.trim()), |own: u32| own.into());
        if rate > 0 && value != 0 {
            cost[name] = value;
        }
    }
    let wave = if rate > 0 { &draft.wave } else { "steady" };
    Some(Drawing::of(wave, rate).from(now).command(cluster, service, cost))
}

/// What comes now, and how each task fares.
pub fn now(lab: &Lab, own: &Service) -> Html {
    let loads = lab.world().ecs().loads();
    let Some(profile) = loads.profile(own.key) else { return Html::default() };
    let members = loads.roster(own.key).map(|roster| roster.members.as_slice()).unwrap_or_default();
    let percent =
        |part: f64, of: f64| if of > 0.0 { format!("{:.0} %", part * 100.0 / of) } else { "none reserved".to_owned() };
    let row = |member: &Member| {
        vec![
            html! { <span class="mono">{ member.task.to_string().chars().take(8).collect::<String>() }</span> },
            html! { percent(member.used[0], member.reserved[0]) },
            html! { percent(member.used[1], member.reserved[1]) },
            html! { if member.wait > 0 { { format!("{} s", member.wait) } } else { { "no" } } },
        ]
    };
    let words = format!("{:.0} requests per second come now, of {}.", profile.rate(lab.now()), profile.words());
    let head = vec!["Task", "CPU of what it reserves", "Memory of what it reserves", "Do requests wait?"];
    let rows = members.iter().take(MOST).map(row).collect();
    html! {
        <section class="stack tight" aria-label="Load">
            <h3>{ "Load" }</h3>
            <p data-testid="load-now">{ words }</p>
            { table(&TableProps { caption: "As the agents last saw it, every 20 s".into(), head, rows, testid: "load-table".into() }) }
        </section>
    }
}

/// The form for another load.
pub fn form(door: &Door, lab: &Lab, cluster: &str, own: &Service, draft: &Kept<Draft>) -> Html {
    let edit = |change: fn(&mut Draft, String)| edit(draft, change);
    let numeric =
        |id: &'static str, label: &'static str, value: &str, placeholder: &'static str, change: Callback<String>| {
            text_field(&props!(TextFieldProps {
                id,
                label,
                inputmode: "numeric",
                value: value.to_owned(),
                placeholder,
                change
            }))
        };
    let waves: Vec<Choice> = WAVES.iter().map(|(id, words, ..)| ((*id).into(), (*words).into())).collect();
    let off = Draft { rate: "0".into(), ..Draft::default() };
    let loaded = lab.world().ecs().loads().profile(own.key).is_some();
    html! {
        <section class="stack" aria-labelledby="load-title">
            <h2 id="load-title">{ format!("Put a load on {}", own.name) }</h2>
            { numeric("load-rate", "Requests per second, at most", &draft.rate, "100", edit(|draft, value| draft.rate = value)) }
            { select_field(&props!(SelectFieldProps {
                id: "load-wave", label: "Wave", value: draft.wave.clone(), options: waves, change: edit(|draft, value| draft.wave = value),
                hint: "What comes each day goes by the clock; all else begins when it is put on.",
            })) }
            { numeric("load-work", "CPU of a request, in milliseconds of one vCPU", &draft.work, "10", edit(|draft, value| draft.work = value)) }
            { numeric("load-memory", "Memory that a task uses, in MiB", &draft.memory, "0", edit(|draft, value| draft.memory = value)) }
            if let Some(command) = command(draft, cluster, &own.name, lab.now()) { { deed(door, "Put the load on", "put-load", "put-load-line", &command, false) } }
            if let Some(command) = command(&off, cluster, &own.name, lab.now()).filter(|_| loaded) { { deed(door, "Take the load off", "drop-load", "drop-load-line", &command, false) } }
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::store::opening;
    use ecs_lab::sim::SimDuration;

    #[test]
    fn each_wave_is_a_load_that_the_lab_takes_and_drops() {
        let mut lab = opening::fleet();
        let input = json!({ "cluster": "prod", "serviceName": "shop", "taskDefinition": "web:1", "desiredCount": 1 });
        lab.apply(Command::ecs("CreateService", input)).unwrap();
        lab.apply(Command::Advance(SimDuration::from_secs(60))).unwrap();
        assert_eq!(command(&Draft::default(), "prod", "shop", lab.now()), None);
        let key = lab.world().ecs().services(lab.world().ecs().clusters().next().unwrap().id).next().unwrap().key;
        for (id, ..) in WAVES {
            let draft = Draft { rate: " 40 ".into(), wave: id.into(), ..Draft::default() };
            lab.apply(command(&draft, "prod", "shop", lab.now()).unwrap()).unwrap();
            let words = lab.world().ecs().loads().profile(key).unwrap().words();
            assert!(words.ends_with("40 requests per second"), "{id}: {words}");
        }
        lab.apply(command(&Draft { rate: "0".into(), ..Draft::default() }, "prod", "shop", lab.now()).unwrap())
            .unwrap();
        assert!(lab.world().ecs().loads().profile(key).is_none());
    }
}
