//! What a predictive policy expects of the next two days: the load of each hour, and the tasks for it (1.12).

use super::Look;
use super::chart::{Chart, Mark, Panel, Shape, chart};
use super::scale::{Instant, Span, count_top, dated, number, said, top};
use crate::app::parts::Kept;
use ecs_lab::applicationautoscaling::{Config, Policy, Target};
use ecs_lab::scaling::forecast::{NEEDED, TOLD, capacity};
use ecs_lab::sim::{SimDuration, SimTime};
use yew::prelude::*;

/// An hour of the forecast: when it begins, its load, and the tasks for that.
type Hour = (SimTime, f64, u32);

fn hours(policy: &Policy) -> Vec<Hour> {
    let (Config::Predictive(own), Some(forecast)) = (&*policy.config, &policy.forecast) else { return Vec::new() };
    let at = |place: usize| forecast.first + SimDuration::from_secs(3600 * place as i64);
    let all = forecast.loads.iter().enumerate();
    all.map(|(place, load)| (at(place), *load, capacity(*load, own.target))).collect()
}

/// The forecast as a chart, with its table; nothing for other policies.
pub fn drawn(target: &Target, policy: &Policy, look: &Kept<Look>) -> Html {
    let Config::Predictive(settings) = &*policy.config else { return Html::default() };
    let all = hours(policy);
    let testid = format!("forecast-{}", policy.name);
    let Some((first, ..)) = all.first() else {
        let words =
            format!("There is no forecast yet: it needs {NEEDED} hours of history, and is made anew each six hours.");
        return html! { <p class="dim" data-testid={format!("{testid}-none")}>{ words }</p> };
    };
    let goal = settings.target;
    let read = |own: Instant| {
        let Some((at, load, tasks)) = all.get(own.place) else { return String::new() };
        let shown = number(*load);
        let most = target.max;
        let over = match settings.buffer {
            _ if *tasks <= most => String::new(),
            None => format!(" That is above the maximum capacity of {most}, which holds."),
            Some(percent) => {
                format!(" That is above the maximum capacity of {most}, which is raised to {percent} % above it.")
            }
        };
        format!(
            "For the hour from {} it expects {shown} of all tasks together: ceil({shown} / {}) = {tasks} tasks.{over}",
            dated(*at),
            number(goal)
        )
    };
    let row = |own: Instant| {
        let Some((_, load, tasks)) = all.get(own.place) else { return Vec::new() };
        vec![number(*load), tasks.to_string()]
    };
    let bounds = (target.min, target.max);
    let most = all.iter().map(|own| own.2).max().unwrap_or(0).max(bounds.1);
    let load = all.iter().map(|(_, load, _)| *load).fold(0.0, f64::max);
    let mark = |shape, class, words: String| Mark { shape, class, words };
    let loads = vec![mark(
        Shape::Steps(all.iter().map(|own| (own.0, own.1)).collect()),
        "plot-metric",
        "expected load of the hour".into(),
    )];
    let tasks = vec![
        mark(
            Shape::Area(vec![(*first, f64::from(bounds.0), f64::from(bounds.1))]),
            "plot-bounds",
            format!("capacity from {} to {}", bounds.0, bounds.1),
        ),
        mark(
            Shape::Steps(all.iter().map(|own| (own.0, f64::from(own.2))).collect()),
            "plot-desired",
            "tasks for it".into(),
        ),
    ];
    let name = settings.load.name();
    let own = Chart {
        id: testid,
        label: format!("Forecast of {} for {}", policy.name, target.service),
        span: Span { from: *first, to: *first + SimDuration::from_secs(3600 * TOLD as i64) },
        panels: vec![
            Panel::Plot {
                title: format!("{name} of all tasks together, as expected"),
                top: top(load * 1.1),
                marks: loads,
            },
            Panel::Plot { title: "Tasks".into(), top: count_top(most), marks: tasks },
        ],
        instants: said(all.iter().map(|own| own.0)),
        read: &read,
        head: vec!["Expected load", "Tasks"],
        row: &row,
    };
    chart(&own, look)
}
