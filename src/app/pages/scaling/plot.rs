//! The panels of a chart as a picture.

use super::chart::{Block, Chart, Mark, Panel, Shape};
use super::scale::{Span, clock, number};
use ecs_lab::sim::SimTime;
use yew::prelude::*;

const PLOT: u32 = 112;
const RAIL: u32 = 16;
/// Under a row, and over a plot for its title.
const GAP: u32 = 8;
/// The height of a title, and of the axis of time.
pub const TITLE: u32 = 18;

impl Panel {
    /// In pixels.
    pub fn height(&self) -> u32 {
        match self {
            Panel::Plot { .. } => TITLE + PLOT + GAP,
            Panel::Rail { .. } => RAIL + GAP,
        }
    }
}

/// The names of the rails and the values of the plots, on the left.
pub fn axis(own: &Chart<'_>) -> Html {
    let mut y = 0;
    let text = |y: u32, words: String| html! { <text class="plot-text" x="60" y={y.to_string()} text-anchor="end">{ words }</text> };
    let mut all = Vec::new();
    for panel in &own.panels {
        match panel {
            Panel::Plot { top, .. } => {
                for (part, value) in [(0, *top), (PLOT / 2, top / 2.0), (PLOT, 0.0)] {
                    all.push(text(y + TITLE + part + 4, number(value)));
                }
            }
            Panel::Rail { title, .. } => all.push(text(y + 12, (*title).to_owned())),
        }
        y += panel.height();
    }
    all.into_iter().collect()
}

fn percent(value: f64) -> String {
    format!("{value:.2}%")
}

/// All panels, with the axis of time and the instant.
pub fn drawn(own: &Chart<'_>, at: SimTime, height: u32) -> Html {
    let span = &own.span;
    let mut y = 0;
    let mut all = Vec::new();
    for panel in &own.panels {
        all.push(match panel {
            Panel::Plot { title, top, marks } => plot(span, y, title, *top, marks),
            Panel::Rail { blocks, .. } => rail(span, y, blocks),
        });
        y += panel.height();
    }
    let ticks = span.ticks();
    let tick = |at: &SimTime| {
        let x = span.x(*at);
        let anchor = if x < 7.0 {
            "start"
        } else if x > 93.0 {
            "end"
        } else {
            "middle"
        };
        html! { <text class="plot-text" x={percent(x)} y={(y + 13).to_string()} text-anchor={anchor}>{ clock(*at) }</text> }
    };
    let cursor = percent(span.x(at));
    html! {
        <>
            { for all }
            { for ticks.iter().map(tick) }
            <line class="plot-cursor" x1={cursor.clone()} x2={cursor} y1="0" y2={(height - TITLE).to_string()} />
        </>
    }
}

/// A rectangle from a moment to another; nothing where that lies outside.
fn part(span: &Span, (from, to): (SimTime, SimTime), (y, height): (f64, f64), class: &'static str) -> Html {
    if !span.meets(from, to) || height <= 0.0 {
        return Html::default();
    }
    let (left, right) = (span.x(from), span.x(to));
    html! { <rect {class} x={percent(left)} width={percent(right - left)} y={format!("{y:.1}")} height={format!("{height:.1}")} /> }
}

fn rail(span: &Span, y: u32, blocks: &[Block]) -> Html {
    let one = |own: &Block| {
        let (left, right) = (span.x(own.from), span.x(own.to));
        // About a letter to two percent where the page is narrow, and to one where it is wide.
        let room = (right - left) / own.word.len().max(1) as f64;
        let tight = (room < 2.5).then_some("rail-tight");
        let word = || html! { <text class={classes!("rail-word", own.class, tight)} x={percent((left + right) / 2.0)} y={(y + 12).to_string()} text-anchor="middle">{ own.word }</text> };
        html! {
            <>
                { part(span, (own.from, own.to), (f64::from(y) + 1.0, f64::from(RAIL) - 2.0), own.class) }
                if room > 0.9 { { word() } }
            </>
        }
    };
    html! {
        <g>
            <rect class="rail-ground" x="0" width="100%" y={y.to_string()} height={RAIL.to_string()} />
            { for blocks.iter().filter(|own| span.meets(own.from, own.to)).map(one) }
        </g>
    }
}

fn plot(span: &Span, y: u32, title: &str, top: f64, marks: &[Mark]) -> Html {
    let foot = f64::from(y + TITLE + PLOT);
    let up = |value: f64| value.clamp(0.0, top) / top * f64::from(PLOT);
    let shape = |own: &Mark| match &own.shape {
        Shape::Area(points) => until_next(&changes(points), span.to, |own| own.0)
            .map(|((_, low, high), ends)| part(span, ends, (foot - up(*high), up(*high) - up(*low)), own.class))
            .collect::<Html>(),
        Shape::Shade(all) => {
            let whole = (foot - f64::from(PLOT), f64::from(PLOT));
            all.iter().map(|ends| part(span, *ends, whole, own.class)).collect()
        }
        Shape::Line(_) | Shape::Steps(_) => Html::default(),
    };
    let line = |own: &Mark| {
        let d = match &own.shape {
            Shape::Line(points) => path(span, points, top, false),
            Shape::Steps(points) => path(span, points, top, true),
            Shape::Area(_) | Shape::Shade(_) => return Html::default(),
        };
        html! { <path class={classes!("plot-line", own.class)} {d} /> }
    };
    html! {
        <g>
            <text class="plot-title" x="0" y={(y + 12).to_string()}>{ title.to_owned() }</text>
            <rect class="plot-ground" x="0" width="100%" y={(y + TITLE).to_string()} height={PLOT.to_string()} />
            { for marks.iter().map(shape) }
            // Only lines are stretched, as their width is not.
            <svg x="0" y={(y + TITLE).to_string()} width="100%" height={PLOT.to_string()} viewBox="0 0 100 100" preserveAspectRatio="none" overflow="visible">
                <path class="plot-line plot-grid" d="M0 0H100M0 50H100M0 100H100" />
                { for marks.iter().map(line) }
            </svg>
        </g>
    }
}

/// Those that differ from the one before: a rectangle each.
fn changes(points: &[(SimTime, f64, f64)]) -> Vec<(SimTime, f64, f64)> {
    let mut all = points.to_vec();
    all.dedup_by_key(|own| (own.1, own.2));
    all
}

/// Each with the moments between which it holds.
fn until_next<T>(all: &[T], end: SimTime, at: fn(&T) -> SimTime) -> impl Iterator<Item = (&T, (SimTime, SimTime))> {
    let ends = all.iter().skip(1).map(at).chain([end]);
    all.iter().zip(ends).map(move |(own, end)| (own, (at(own), end)))
}

/// A line through points, in hundredths of the plot. A line ends where the next point is far away, and steps above the
/// plot are left out.
fn path(span: &Span, points: &[(SimTime, f64)], top: f64, steps: bool) -> String {
    let least = points.windows(2).filter_map(|pair| Some((pair.get(1)?.0 - pair.first()?.0).as_millis())).min();
    let far = least.unwrap_or_default() * 5 / 2;
    let mut d = String::new();
    let mut before: Option<SimTime> = None;
    for (at, value) in points {
        let (x, y) = (span.x(*at), 100.0 - value.clamp(0.0, top) / top * 100.0);
        if steps && *value > top {
            if before.take().is_some() {
                d.push_str(&format!("H{x:.2}"));
            }
            continue;
        }
        match before {
            Some(_) if steps => d.push_str(&format!("H{x:.2}V{y:.2}")),
            Some(last) if (*at - last).as_millis() <= far => d.push_str(&format!("L{x:.2} {y:.2}")),
            // A point alone shows as a dot, by its round end.
            _ => d.push_str(&format!("M{x:.2} {y:.2}h0")),
        }
        before = Some(*at);
    }
    if steps && before.is_some() {
        d.push_str("H100");
    }
    d
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> SimTime {
        SimTime::from_millis(minute * 60_000)
    }

    #[test]
    fn a_line_is_broken_where_points_are_missing_and_steps_hold_to_the_end() {
        let span = Span { from: at(0), to: at(10) };
        let points = [(at(0), 0.0), (at(1), 5.0), (at(5), 10.0)];
        assert_eq!(path(&span, &points, 10.0, false), "M0.00 100.00h0L10.00 50.00M50.00 0.00h0");
        assert_eq!(path(&span, &points, 10.0, true), "M0.00 100.00h0H10.00V50.00H50.00V0.00H100");
        assert_eq!(path(&span, &[], 10.0, true), "");
        let above = [(at(0), 5.0), (at(2), 46.0), (at(4), 46.0), (at(5), 10.0)];
        assert_eq!(path(&span, &above, 10.0, true), "M0.00 50.00h0H20.00M50.00 0.00h0H100", "there is no edge above");
        assert_eq!(path(&span, &above[..3], 10.0, true), "M0.00 50.00h0H20.00");
    }

    #[test]
    fn each_holds_until_the_next() {
        let areas = [(at(1), 0.0, 2.0), (at(2), 0.0, 2.0), (at(3), 0.0, 3.0)];
        assert_eq!(changes(&areas), [(at(1), 0.0, 2.0), (at(3), 0.0, 3.0)]);
        let all = [at(1), at(4)];
        let held: Vec<_> = until_next(&all, at(9), |own| *own).map(|(_, ends)| ends).collect();
        assert_eq!(held, [(at(1), at(4)), (at(4), at(9))]);
    }
}
