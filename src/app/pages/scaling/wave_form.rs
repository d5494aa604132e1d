//! The load editor: a wave as a picture whose points are dragged or moved by keys, its table to type in, and what a request
//! costs.

use super::deeds::{deed, elsewhere, refusal};
use super::fields::{Field, Kind, form};
use super::requests::{resource, values};
use super::wave::{Drawing, Point, WAVES};
use super::{Drafts, changed};
use crate::app::parts::{Kept, TableProps, table};
use crate::app::port::clock::Timeout;
use crate::app::port::page;
use crate::app::session::Door;
use ecs_lab::lab::{Command, Lab};
use ecs_lab::sim::SimTime;
use serde_json::json;
use web_sys::HtmlInputElement;
use yew::prelude::*;

const SHAPE: &[Field] = &[
    (
        "wave-shape",
        "Ready-made wave",
        "spike",
        Kind::Choice(&[
            (WAVES[0].0, WAVES[0].1),
            (WAVES[1].0, WAVES[1].1),
            (WAVES[2].0, WAVES[2].1),
            (WAVES[3].0, WAVES[3].1),
            (WAVES[4].0, WAVES[4].1),
        ]),
    ),
    ("wave-peak", "Requests per second, at most", "100", Kind::Text("")),
];

const COST: &[Field] = &[
    ("wave-workMilliseconds", "CPU of a request, in milliseconds of one vCPU", "10", Kind::Text("")),
    ("wave-memory", "Memory that a task uses, in MiB", "", Kind::Text("")),
    ("wave-memoryPerRequest", "Memory for each open request, in MiB", "", Kind::Text("")),
];

/// The picture and the area of its curve.
const SIZE: (f64, f64) = (720.0, 240.0);
const AREA: (f64, f64, f64, f64) = (80.0, 20.0, 708.0, 204.0);

/// `lab load` of what the editor holds, put on a service at `now`.
pub fn command(drafts: &Drafts, resource: &str, now: SimTime) -> Option<Command> {
    let (cluster, service) = resource.strip_prefix("service/")?.split_once('/')?;
    let mut cost = json!({});
    values(drafts, COST).fill(&mut cost, &["wave-workMilliseconds", "wave-memory", "wave-memoryPerRequest"]);
    Some(drafts.wave.from(now).command(cluster, service, cost))
}

/// Where a point lies on the picture.
fn at(own: &Drawing, (second, rate): Point) -> (f64, f64) {
    let (left, top, right, bottom) = AREA;
    let part = |value: u32, of: u32| f64::from(value) / f64::from(of.max(1));
    (left + (right - left) * part(second, own.span), bottom - (bottom - top) * part(rate, own.top))
}

/// The point at a place of the picture, given in parts of its width and height.
fn point(own: &Drawing, (x, y): (f64, f64)) -> Point {
    let (left, top, right, bottom) = AREA;
    let part = |value: f64, from: f64, to: f64| ((value - from) / (to - from)).clamp(0.0, 1.0);
    let second = part(x * SIZE.0, left, right) * f64::from(own.span);
    let rate = part(y * SIZE.1, bottom, top) * f64::from(own.top);
    (second.round() as u32, rate.round() as u32)
}

/// A rate on the axis, in thousands where it is long.
fn brief(rate: u32) -> String {
    if rate >= 100_000 && rate.is_multiple_of(1000) { format!("{}k", rate / 1000) } else { rate.to_string() }
}

/// Once it is drawn, the neighbour of what was removed has the focus.
fn focus(part: &str, own: &Drawing, index: usize) {
    let id = format!("wave-{part}-{}", own.neighbour(index));
    Timeout::new(0, move || page::focus(&id)).forget();
}

/// The editor.
pub fn section(door: &Door, lab: &Lab, drafts: &Kept<Drafts>) -> Html {
    let Some(resource) = resource(drafts, lab) else { return Html::default() };
    let peak = values(drafts, SHAPE).whole("wave-peak", 1_000_000);
    let draw = {
        let (shape, peak) = (values(drafts, SHAPE).text("wave-shape").to_owned(), peak.clone());
        changed(drafts, move |all, _: MouseEvent| {
            if let Ok(peak) = peak {
                all.wave = Drawing::of(&shape, peak);
            }
        })
    };
    let error = |id: &str| {
        let wrong = peak.as_ref().err().filter(|(wrong, _)| *wrong == id).map(|(_, words)| words.clone());
        wrong.or_else(|| refusal(drafts, "wave", id))
    };
    let add = changed(drafts, |all, _: MouseEvent| all.wave.add_between());
    let name = resource.trim_start_matches("service/").to_owned();
    html! {
        <section class="stack" aria-labelledby="wave-title" data-testid="wave-editor">
            <h2 id="wave-title">{ format!("The load of {name}") }</h2>
            <div class="reckoner">
                <div class="stack">
                    { form(drafts, SHAPE, &[], &error) }
                    <p class="row">
                        <button type="button" onclick={draw} disabled={peak.is_err()} data-testid="wave-draw">{ "Draw this wave" }</button>
                        <button type="button" onclick={add} data-testid="wave-add">{ "Add a point" }</button>
                    </p>
                    { form(drafts, COST, &[], &error) }
                    { elsewhere(drafts, "wave", &[SHAPE, COST]) }
                    if let Some(command) = command(drafts, &resource, lab.now()) { { deed((door, drafts), "wave", "Put this load on", "put-wave".into(), &command, false) } }
                </div>
                <div class="stack">
                    { picture(drafts) }
                    <details class="pane" data-testid="wave-typed">
                        <summary>{ "The points as a table" }</summary>
                        { typed(drafts) }
                    </details>
                </div>
            </div>
        </section>
    }
}

fn picture(drafts: &Kept<Drafts>) -> Html {
    let own = &drafts.wave;
    let (left, top, right, bottom) = AREA;
    let near = |event: &PointerEvent| page::within("wave", event.client_x(), event.client_y());
    let press = changed(drafts, move |all, event: PointerEvent| {
        if let Some(place) = near(&event) {
            let point = point(&all.wave, place);
            all.wave.held = all.wave.add(point);
        }
    });
    let drag = own.held.map(|held| {
        changed(drafts, move |all, event: PointerEvent| {
            if let Some(place) = near(&event) {
                let point = point(&all.wave, place);
                all.wave.put(held, point);
            }
        })
    });
    let leave = own.held.map(|_| changed(drafts, |all, _: PointerEvent| all.wave.held = None));
    let path: Vec<String> =
        own.line().into_iter().map(|point| at(own, point)).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let area = format!("{left},{bottom} {} {right},{bottom}", path.join(" "));
    let rates = [0, own.top / 2, own.top].map(|rate| (at(own, (0, rate)).1, brief(rate)));
    let times = [0, own.span / 4, own.span / 2, own.span / 4 * 3]
        .map(|second| (at(own, (second, 0)).0, own.moment(second / 60 * 60)));
    let words = format!("{} points {}; press on the picture to add one.", own.points.len(), own.lasting());
    html! {
        <figure class="stack tight">
            <svg id="wave" class="wave" viewBox={format!("0 0 {} {}", SIZE.0, SIZE.1)} role="group" aria-label="Requests per second over time" data-testid="wave"
                onpointerdown={press} onpointermove={drag} onpointerup={leave.clone()} onpointerleave={leave}>
                { for rates.iter().map(|(y, words)| html! {
                    <g class="axis"><line x1={left.to_string()} x2={right.to_string()} y1={y.to_string()} y2={y.to_string()} /><text x={(left - 6.0).to_string()} y={(y + 4.0).to_string()} text-anchor="end">{ words.clone() }</text></g>
                }) }
                { for times.iter().map(|(x, words)| html! {
                    <g class="axis"><line x1={x.to_string()} x2={x.to_string()} y1={top.to_string()} y2={bottom.to_string()} /><text x={x.to_string()} y={(bottom + 28.0).to_string()}>{ words.clone() }</text></g>
                }) }
                <polygon class="wave-area" points={area} />
                <polyline class="wave-line" points={path.join(" ")} />
                { for own.points.iter().enumerate().map(|(index, point)| handle(drafts, index, *point)) }
            </svg>
            <figcaption class="dim">{ words }</figcaption>
        </figure>
    }
}

/// A point that is dragged, or moved by the arrow keys, and taken away by Delete.
fn handle(drafts: &Kept<Drafts>, index: usize, (second, rate): Point) -> Html {
    let own = &drafts.wave;
    let (x, y) = at(own, (second, rate));
    let hold = changed(drafts, move |all, event: PointerEvent| {
        event.stop_propagation();
        all.wave.held = Some(index);
    });
    let onkeydown = {
        let drafts = drafts.clone();
        Callback::from(move |event: KeyboardEvent| {
            let mut next = (*drafts).clone();
            if next.wave.key(index, &event.key(), event.shift_key()) {
                event.prevent_default();
                if next.wave.points.len() < drafts.wave.points.len() {
                    focus("point", &next.wave, index);
                }
                drafts.set(next);
            }
        })
    };
    let held = (own.held == Some(index)).then_some("held");
    html! {
        <g key={index} id={format!("wave-point-{index}")} class={classes!("handle", held)} role="slider" tabindex="0" aria-label={format!("Point {}", index + 1)} aria-valuemin="0"
            aria-valuemax={own.top.to_string()} aria-valuenow={rate.to_string()} aria-valuetext={format!("at {} {rate} requests per second", own.moment(second))}
            data-testid={format!("wave-point-{index}")} onpointerdown={hold} {onkeydown}>
            <circle class="hit" cx={x.to_string()} cy={y.to_string()} r="14" />
            <circle cx={x.to_string()} cy={y.to_string()} r="5" />
        </g>
    }
}

/// The table twin of the picture.
fn typed(drafts: &Kept<Drafts>) -> Html {
    let own = &drafts.wave;
    let usual = values(drafts, COST).text("wave-workMilliseconds").to_owned();
    let cell = |index: usize, value: u32, words: String, testid: String, of_second: bool| {
        let onchange = changed(drafts, move |all, event: Event| {
            let text = event.target_unchecked_into::<HtmlInputElement>().value();
            all.mistyped = all.wave.typed(index, of_second, &text).unwrap_or_default();
            all.wave.fit();
        });
        html! { <input type="number" min="0" step="1" value={value.to_string()} {onchange} aria-label={words} data-testid={testid} /> }
    };
    let row = |(index, (second, rate)): (usize, &Point)| {
        let remove = changed(drafts, move |all, _: MouseEvent| {
            all.wave.remove(index);
            all.wave.fit();
            focus("remove", &all.wave, index);
        });
        let work = changed(drafts, move |all, event: Event| {
            let text = event.target_unchecked_into::<HtmlInputElement>().value();
            all.wave.put_work(index, text.trim().parse().ok());
        });
        vec![
            html! { (index + 1).to_string() },
            cell(index, *second, format!("Second of point {}", index + 1), format!("wave-second-{index}"), true),
            html! { own.moment(*second) },
            cell(
                index,
                *rate,
                format!("Requests per second of point {}", index + 1),
                format!("wave-rate-{index}"),
                false,
            ),
            html! { <input type="number" min="1" step="1" value={own.work(index).map(|work| work.to_string()).unwrap_or_default()} placeholder={usual.clone()} onchange={work} aria-label={format!("CPU of a request at point {}", index + 1)} data-testid={format!("wave-work-{index}")} /> },
            html! { <button type="button" class="small" id={format!("wave-remove-{index}")} onclick={remove} disabled={own.points.len() < 2} aria-label={format!("Remove point {}", index + 1)}>{ "Remove" }</button> },
        ]
    };
    let when = if own.daily { "At, UTC" } else { "After" };
    let head = vec!["Point", "Second", when, "Requests per second", "CPU of a request, in ms", ""];
    let rows = own.points.iter().enumerate().map(row).collect();
    let props = TableProps {
        caption: "A point stays between its neighbours; where it has no CPU of its own, a request takes what is written above".into(),
        head,
        rows,
        testid: "wave-table".into(),
    };
    html! {
        <>
            { table(&props) }
            if !drafts.mistyped.is_empty() { <p class="bad" role="alert" data-testid="wave-mistyped">{ drafts.mistyped.clone() }</p> }
        </>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_of_the_picture_is_the_point_that_lies_there() {
        let own = Drawing::of("spike", 100);
        for wanted in own.points.iter().copied() {
            let (x, y) = at(&own, wanted);
            assert_eq!(point(&own, (x / SIZE.0, y / SIZE.1)), wanted);
        }
        assert_eq!(point(&own, (-1.0, 9.0)), (0, 0));
        assert_eq!(point(&own, (9.0, -1.0)), (own.span, own.top));
    }

    #[test]
    fn a_rate_is_short_on_the_axis() {
        let all = [0, 7_500, 99_999, 150_000, 1_500_000, 112_500];
        assert_eq!(all.map(brief), ["0", "7500", "99999", "150k", "1500k", "112500"]);
    }
}
