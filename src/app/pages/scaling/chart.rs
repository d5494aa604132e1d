//! A chart over simulated time: plots and rails one under the other, an instant that arrow keys move, and a table twin.
//!
//! Drawn by own code: yew-chart is bound to an older Yew, and plotters and charming fix colours and fonts as they draw,
//! so that neither has two themes, patterns or a reading by keyboard. Geometry stands in attributes, as the CSP asks.

use super::Look;
use super::plot::{TITLE, axis, drawn};
use super::scale::{Instant, Span, clock};
use crate::app::parts::{Kept, TableProps, table};
use ecs_lab::sim::SimTime;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// What is drawn, from the back to the front, with what the legend says of it.
pub struct Mark {
    pub shape: Shape,
    /// Its look in the stylesheet.
    pub class: &'static str,
    /// Empty for what the legend leaves out.
    pub words: String,
}

/// A mark's form.
pub enum Shape {
    /// Values joined by lines.
    Line(Vec<(SimTime, f64)>),
    /// Each value holds until the next.
    Steps(Vec<(SimTime, f64)>),
    /// From a value to another, which hold until the next.
    Area(Vec<(SimTime, f64, f64)>),
    /// The whole height from a moment to another.
    Shade(Vec<(SimTime, SimTime)>),
}

/// A part of a rail, with a word where there is room for it.
pub struct Block {
    pub from: SimTime,
    pub to: SimTime,
    pub class: &'static str,
    pub word: &'static str,
}

/// A row of a chart.
pub enum Panel {
    /// Values from 0 to `top`.
    Plot { title: String, top: f64, marks: Vec<Mark> },
    /// What holds from when to when, with what the legend says of it.
    Rail { title: &'static str, words: String, blocks: Vec<Block> },
}

/// A chart. What is said of an instant is asked for only when it is shown.
pub struct Chart<'a> {
    /// Unique on the page.
    pub id: String,
    /// What it shows.
    pub label: String,
    pub span: Span,
    pub panels: Vec<Panel>,
    /// The moments that can be read, in order.
    pub instants: Vec<Instant>,
    /// What is said of one.
    pub read: &'a dyn Fn(Instant) -> String,
    /// The head of the table twin, after the moment.
    pub head: Vec<&'static str>,
    /// The row of an instant, after the moment.
    pub row: &'a dyn Fn(Instant) -> Vec<String>,
}

/// How far PageUp and PageDown go.
const PAGE: usize = 10;

/// The patterns of the charts, once on the page.
pub fn patterns() -> Html {
    html! {
        <svg class="defs" width="0" height="0" aria-hidden="true">
            <defs>
                <pattern id="plot-dots" width="5" height="5" patternUnits="userSpaceOnUse"><circle class="plot-dot" cx="2.5" cy="2.5" r="1" /></pattern>
                <pattern id="plot-bars" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="plot-bar" width="2.5" height="6" /></pattern>
            </defs>
        </svg>
    }
}

/// The chart with its reading, its legend and its table twin.
pub fn chart(own: &Chart<'_>, look: &Kept<Look>) -> Html {
    let Some(last) = own.instants.len().checked_sub(1) else { return Html::default() };
    let place = look.at.map_or(last, |at| own.instants.partition_point(|instant| instant.at <= at).saturating_sub(1));
    let Some(instant) = own.instants.get(place).copied() else { return Html::default() };
    let height = own.panels.iter().map(Panel::height).sum::<u32>() + TITLE;
    let live = if look.moved == own.id { "polite" } else { "off" };
    let open = look.table == own.id;
    let toggle = change(look, {
        let id = own.id.clone();
        move |look| look.table = if open { String::new() } else { id.clone() }
    });
    let toggle = Callback::from(move |event: MouseEvent| {
        event.prevent_default();
        toggle.emit(());
    });
    html! {
        <figure class="stack tight" data-testid={own.id.clone()}>
            <div class="chart">
                <svg class="chart-axis" width="64" height={height.to_string()} aria-hidden="true">{ axis(own) }</svg>
                <div class="chart-plot">
                    <svg width="100%" height={height.to_string()} role="img" aria-label={own.label.clone()}>{ drawn(own, instant.at, height) }</svg>
                    { scrub(own, place, look) }
                </div>
            </div>
            { steps(own, place, look) }
            <p class="reading" aria-live={live} data-testid={format!("{}-reading", own.id)}>{ (own.read)(instant) }</p>
            <ul class="legend">{ for own.panels.iter().flat_map(legend) }</ul>
            <details open={open}>
                <summary onclick={toggle} data-testid={format!("{}-table-open", own.id)}>{ "As a table" }</summary>
                if open { <div class="twin">{ twin(own) }</div> }
            </details>
        </figure>
    }
}

fn change(look: &Kept<Look>, how: impl Fn(&mut Look) + 'static) -> Callback<()> {
    let look = look.clone();
    Callback::from(move |()| look.change(&how))
}

/// Goes to an instant by its place.
fn go(own: &Chart<'_>, look: &Kept<Look>) -> Callback<usize> {
    let (look, instants, id) = (look.clone(), own.instants.clone(), own.id.clone());
    Callback::from(move |place: usize| {
        let last = instants.len().saturating_sub(1);
        // The newest stays the newest as time goes on.
        let at = if place >= last { None } else { instants.get(place).map(|own| own.at) };
        look.change(|own| (own.at, own.moved) = (at, id.clone()));
    })
}

/// A slider over the plots: what moves the instant by keys and by hand.
fn scrub(own: &Chart<'_>, place: usize, look: &Kept<Look>) -> Html {
    let (from, to) = (own.span.from, own.span.to);
    let at = own.instants.get(place).map_or(from, |own| own.at);
    let seconds = |at: SimTime| ((at - from).as_millis() / 1000).to_string();
    let go = go(own, look);
    let oninput = {
        let (go, instants) = (go.clone(), own.instants.clone());
        Callback::from(move |event: InputEvent| {
            let value = event.target_unchecked_into::<HtmlInputElement>().value_as_number();
            let wanted = from.as_millis() + (value * 1000.0) as i64;
            let far = |own: &Instant| (own.at.as_millis() - wanted).abs();
            let near = instants.iter().enumerate().min_by_key(|(_, own)| far(own));
            go.emit(near.map_or(0, |(place, _)| place));
        })
    };
    let last = own.instants.len().saturating_sub(1);
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if let Some(to) = target(&event.key(), place, last) {
            event.prevent_default();
            go.emit(to);
        }
    });
    html! {
        <input type="range" class="scrub" min="0" max={seconds(to)} value={seconds(at)} {oninput} {onkeydown} aria-label={format!("Instant: {}", own.label)}
            aria-valuetext={clock(at)} data-testid={format!("{}-instant", own.id)} />
    }
}

/// Where a key goes.
fn target(key: &str, place: usize, last: usize) -> Option<usize> {
    Some(match key {
        "ArrowLeft" | "ArrowDown" => place.saturating_sub(1),
        "ArrowRight" | "ArrowUp" => (place + 1).min(last),
        "PageDown" => place.saturating_sub(PAGE),
        "PageUp" => (place + PAGE).min(last),
        "Home" => 0,
        "End" => last,
        _ => return None,
    })
}

/// The same with buttons.
fn steps(own: &Chart<'_>, place: usize, look: &Kept<Look>) -> Html {
    let last = own.instants.len().saturating_sub(1);
    let go = go(own, look);
    let button = |words: &'static str, testid: &'static str, to: usize| {
        let onclick = go.reform(move |_: MouseEvent| to);
        html! { <button type="button" class="small" {onclick} disabled={to == place} data-testid={format!("{}-{testid}", own.id)}>{ words }</button> }
    };
    html! {
        <div class="row">
            { button("Earlier", "earlier", place.saturating_sub(1)) }
            { button("Later", "later", (place + 1).min(last)) }
            { button("Newest", "newest", last) }
            <span class="dim">{ "Arrow keys on the chart move the instant too." }</span>
        </div>
    }
}

/// A row: from when to when it holds, and its cells after that.
type Row = (SimTime, SimTime, Vec<String>);

/// Rows with the moments from which and until which each held: what was said once and is the same since is one row.
fn rows(instants: &[Instant], row: &dyn Fn(Instant) -> Vec<String>) -> Vec<Row> {
    let mut all: Vec<(usize, Row)> = Vec::new();
    for own in instants {
        let cells = row(*own);
        match all.last_mut().filter(|(place, last)| *place == own.place && last.2 == cells) {
            Some((_, last)) => last.1 = own.at,
            None => all.push((own.place, (own.at, own.at, cells))),
        }
    }
    all.into_iter().map(|(_, row)| row).collect()
}

fn twin(own: &Chart<'_>) -> Html {
    let row = |(from, to, texts): Row| {
        let held = if to > from { format!(" to {}", own.span.moment(to)) } else { String::new() };
        let mut cells = vec![html! { <span class="whole">{ own.span.moment(from) + &held }</span> }];
        cells.extend(texts.into_iter().map(|cell| html! { <span class="any">{ cell }</span> }));
        cells
    };
    let rows = rows(&own.instants, own.row).into_iter().rev().map(row).collect();
    let mut head = vec!["At"];
    head.extend(&own.head);
    let props = TableProps {
        caption: format!("{}, the newest first", own.label).into(),
        head,
        rows,
        testid: format!("{}-table", own.id).into(),
    };
    table(&props)
}

fn legend(panel: &Panel) -> Vec<Html> {
    let item = |class: &'static str, line: bool, words: &str| {
        html! {
            <li class="dim">
                <svg width="22" height="12" aria-hidden="true">
                    if line { <path class={classes!("plot-line", class)} d="M0 6H22" /> } else { <rect {class} x="1" y="1" width="20" height="10" /> }
                </svg>
                { words.to_owned() }
            </li>
        }
    };
    match panel {
        Panel::Plot { marks, .. } => {
            let shown = marks.iter().filter(|own| !own.words.is_empty());
            let is_line = |own: &Mark| matches!(own.shape, Shape::Line(_) | Shape::Steps(_));
            shown.map(|own| item(own.class, is_line(own), &own.words)).collect()
        }
        Panel::Rail { words, .. } if words.is_empty() => Vec::new(),
        Panel::Rail { title, words, .. } => {
            vec![html! { <li class="dim"><b>{ *title }</b>{ format!(": {words}") }</li> }]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> SimTime {
        SimTime::from_millis(minute * 60_000)
    }

    #[test]
    fn keys_move_the_instant_and_stop_at_the_ends() {
        for (key, place, to) in [
            ("ArrowLeft", 3, Some(2)),
            ("ArrowLeft", 0, Some(0)),
            ("ArrowRight", 19, Some(19)),
            ("PageDown", 15, Some(5)),
            ("PageUp", 15, Some(19)),
            ("Home", 15, Some(0)),
            ("End", 0, Some(19)),
            ("Tab", 5, None),
        ] {
            assert_eq!(target(key, place, 19), to, "{key} at {place}");
        }
    }

    #[test]
    fn the_table_has_one_row_for_what_held_on() {
        let all = [(1, 0), (2, 1), (3, 1), (9, 1), (10, 2)].map(|(minute, place)| Instant { at: at(minute), place });
        let said = |own: Instant| vec![own.place.to_string()];
        let row = |from, to, place: usize| (at(from), at(to), vec![place.to_string()]);
        assert_eq!(rows(&all, &said), [row(1, 1, 0), row(2, 9, 1), row(10, 10, 2)]);
        let changes = |own: Instant| vec![(own.at > at(2)).to_string()];
        let all: Vec<_> = rows(&all, &changes).into_iter().map(|own| (own.0, own.1)).collect();
        assert_eq!(all, [(at(1), at(1)), (at(2), at(2)), (at(3), at(9)), (at(10), at(10))]);
    }
}
