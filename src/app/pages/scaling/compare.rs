//! The section that lets two ways to scale run on the same load, and holds what came of them against each other.

use super::contest::{Contest, Measures, REQUESTS, Terms, Way};
use super::fields::{Field, Kind, form};
use super::requests::{policy, resource, values};
use super::scale::span;
use super::wave_form::command;
use super::{Desk, changed};
use crate::app::parts::{Choice, TableProps, table};
use crate::app::port::clock::{self, Timeout};
use ecs_lab::applicationautoscaling::{Config, Policy};
use ecs_lab::lab::Lab;
use ecs_lab::sim::SimDuration;
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use yew::prelude::*;

/// The engine runs so long at a time, and the page shows how far it is so often, both in milliseconds.
const SLICE: u64 = 12;
const SHOW: u64 = 150;
/// A week.
const LONGEST: i64 = 7 * 86_400_000;

const FIELDS: &[Field] = &[
    ("compare-a", "A", "", Kind::Offered),
    ("compare-b", "B", "", Kind::Offered),
    (
        "compare-load",
        "Load",
        "drawn",
        Kind::Choice(&[("drawn", "the wave that is drawn above, from now on"), ("now", "as it is now")]),
    ),
    ("compare-span", "For how long", "", Kind::Text("90m, 3h or 1d; when it is empty, until the wave is over.")),
    (
        "compare-metric",
        "Metric",
        "CPUUtilization",
        Kind::Choice(&[
            ("CPUUtilization", "CPUUtilization, in percent"),
            ("MemoryUtilization", "MemoryUtilization, in percent"),
            (REQUESTS, "requests per target, in a minute"),
        ]),
    ),
    (
        "compare-line",
        "Too much is more than",
        "",
        Kind::Text("When it is empty, what a policy keeps the metric at, or 60."),
    ),
];

/// A comparison that the page holds.
pub type Shared = Rc<RefCell<Contest>>;

/// The seconds of a time that is neither too short nor too long.
fn asked_span(text: &str) -> Option<i64> {
    let read = SimDuration::parse(text).ok()?.as_millis();
    (60_000..=LONGEST).contains(&read).then_some(read / 1000)
}

/// The target of the first policy that keeps the metric at one; 60 where there is none.
fn aim(lab: &Lab, resource: &str, metric: &str) -> f64 {
    let target = lab.world().applicationautoscaling().target(resource);
    let goal = |own: &Policy| match &*own.config {
        Config::Tracking(own, watched) if watched.name() == metric => Some(own.target),
        _ => None,
    };
    target.and_then(|own| own.policies.iter().find_map(goal)).unwrap_or(60.0)
}

/// What the fields ask for. Errors: the field, and a sentence.
fn terms(desk: &Desk<'_>, lab: &Lab, resource: &str) -> Result<Terms, (&'static str, String)> {
    let own = values(desk.drafts, FIELDS);
    let way = |id: &str, first: &str| match own.text(id) {
        "" => Way::read(first),
        text => Way::read(text),
    };
    let text = own.text("compare-span");
    let wave = &desk.drafts.wave;
    let seconds = if text.is_empty() {
        // What repeats, once; what ends, and a while after it.
        i64::from(wave.span) + if wave.repeats.is_some() { 0 } else { 1800 }
    } else {
        asked_span(text).ok_or_else(|| ("compare-span", "Give a time from 1m to 7d, such as 90m, 3h or 1d.".into()))?
    };
    let load = if own.text("compare-load") == "now" { None } else { command(desk.drafts, resource, lab.now()) };
    let metric = match own.text("compare-metric") {
        "MemoryUtilization" => "MemoryUtilization",
        REQUESTS => REQUESTS,
        _ => "CPUUtilization",
    };
    let ways = [way("compare-a", "now"), way("compare-b", "fixed")];
    let drafted = || policy(desk.drafts, lab, resource).ok().flatten();
    Ok(Terms {
        resource: resource.to_owned(),
        draft: ways.contains(&Way::Draft).then(drafted).flatten(),
        ways,
        load,
        minutes: u32::try_from((seconds + 59) / 60).unwrap_or(1),
        metric,
        line: match own.text("compare-line") {
            "" => aim(lab, resource, metric),
            _ => own.above_zero("compare-line")?,
        },
    })
}

/// Runs a slice, shows how far it is, and comes back while there is more to do and the view is there.
fn go(own: Weak<RefCell<Contest>>, again: UseForceUpdateHandle, shown: u64) {
    let Some(contest) = own.upgrade() else { return };
    let more = contest.borrow_mut().slice(clock::now_ms, SLICE);
    let now = clock::now_ms();
    let show = !more || now.saturating_sub(shown) >= SHOW;
    if show {
        again.force_update();
    }
    if more {
        Timeout::new(0, move || go(own, again, if show { now } else { shown })).forget();
    }
}

/// The section; nothing while no service scales.
pub fn section(desk: &Desk<'_>, lab: &Lab) -> Html {
    let (drafts, again) = (desk.drafts, desk.again);
    let Some(resource) = resource(drafts, lab) else { return Html::default() };
    let Some(target) = lab.world().applicationautoscaling().target(&resource) else { return Html::default() };
    let offers = |first: &'static str| -> Vec<Choice> {
        let values = ["now", "fixed", "draft"].map(str::to_owned).into_iter();
        let values = values.chain(target.policies.iter().map(|own| format!("only:{}", own.name)));
        let mut all: Vec<Choice> =
            values.map(|own| (AttrValue::from(own.clone()), Way::read(&own).words().into())).collect();
        // The first one is chosen while nothing is.
        if let Some(at) = all.iter().position(|(value, _)| *value == first) {
            all.swap(0, at);
        }
        all
    };
    let asked = terms(desk, lab, &resource);
    let error = |id: &str| asked.as_ref().err().filter(|(wrong, _)| *wrong == id).map(|(_, words)| words.clone());
    let held = drafts.contest.clone();
    let running = held.as_ref().is_some_and(|own| !own.borrow().is_over() && !own.borrow().cancelled);
    let begin = {
        let (door, again, asked, all) = (desk.door.clone(), again.clone(), asked.clone().ok(), (**drafts).clone());
        changed(drafts, move |next, _: MouseEvent| {
            let Some(terms) = asked.clone() else { return };
            match Contest::begin(&door.store().lab(), &all, terms) {
                Ok(own) => {
                    let own = Rc::new(RefCell::new(own));
                    go(Rc::downgrade(&own), again.clone(), clock::now_ms());
                    (next.contest, next.unable) = (Some(own), String::new());
                }
                Err(words) => next.unable = words,
            }
        })
    };
    let cancel = {
        let (held, again) = (held.clone(), again.clone());
        Callback::from(move |_: MouseEvent| {
            held.iter().for_each(|own| own.borrow_mut().cancelled = true);
            again.force_update();
        })
    };
    html! {
        <section class="stack" aria-labelledby="compare-title" data-testid="compare">
            <h2 id="compare-title">{ "Two ways on the same load" }</h2>
            <p class="dim lead">{ "Both start from the lab as it is now, and neither changes it." }</p>
            <div class="roomy">{ form(drafts, FIELDS, &[("compare-a", offers("now")), ("compare-b", offers("fixed"))], &error) }</div>
            <p class="row">
                <button type="button" class="primary" onclick={begin} disabled={running || asked.is_err()} data-testid="compare-go">{ "Compare" }</button>
                if running { <button type="button" onclick={cancel} data-testid="compare-cancel">{ "Cancel" }</button> }
            </p>
            if !drafts.unable.is_empty() { <p class="bad" role="alert" data-testid="compare-error">{ drafts.unable.clone() }</p> }
            if let Some(own) = &held { { outcome(&own.borrow(), asked.as_ref().is_ok_and(|asked| *asked == own.borrow().terms)) } }
        </section>
    }
}

/// What came of a comparison; `fits` says whether the fields and the lab still ask for it.
fn outcome(own: &Contest, fits: bool) -> Html {
    let (passed, all) = (own.passed(), own.terms.minutes);
    let minutes = |count: u32| span(count.saturating_mul(60));
    if !own.is_over() {
        let words = format!("{} of {} have passed.", minutes(passed), minutes(all));
        let words = if own.cancelled { format!("Stopped: {words}") } else { words };
        return html! {
            <div class="stack tight slim" data-testid="compare-progress">
                <progress max={all.to_string()} value={passed.to_string()} aria-label="How far the comparison is" />
                <p role="status">{ words }</p>
            </div>
        };
    }
    let [a, b] = own.sides.each_ref().map(|side| &side.measures);
    let line = own.terms.line;
    let unit = if own.terms.metric == REQUESTS { "" } else { " %" };
    let row = |words: String, of: &dyn Fn(&Measures) -> u64, say: &dyn Fn(u64) -> String| {
        let (left, right) = (of(a), of(b));
        let cell = |mine: u64, other: u64| format!("{}{}", if mine < other { "★ " } else { "" }, say(mine));
        [words, cell(left, right), cell(right, left)].map(|cell| html! { cell }).to_vec()
    };
    let plain = |value: u64| value.to_string();
    let time = |value: u64| minutes(u32::try_from(value).unwrap_or(u32::MAX));
    let rows = vec![
        row("Task-minutes".into(), &|own| own.task_minutes, &plain),
        row("Most tasks at a time".into(), &|own| own.most.into(), &plain),
        row(format!("{} above {line}{unit}", own.terms.metric), &|own| own.above.into(), &time),
        row("Longest time until it had recovered".into(), &|own| own.recovery.into(), &time),
    ];
    let words = format!("{}: less is better, ★ marks the least", minutes(all));
    let [left, right] = own.terms.ways.each_ref().map(Way::words);
    html! {
        <div class="stack" data-testid="compare-done">
            <p data-testid="compare-ways"><b>{ "A" }</b>{ format!(": {left}. ") }<b>{ "B" }</b>{ format!(": {right}.") }</p>
            if !fits { <p class="dim" data-testid="compare-old">{ "The fields, or the lab, are not as they were for this result: compare again." }</p> }
            { table(&TableProps { caption: words.into(), head: vec!["Measure", "A", "B"], rows, testid: "compare-table".into() }) }
            if a.known == 0 { <p class="dim">{ "The metric has no value in this time: no load comes to the service." }</p> }
            { picture(own) }
        </div>
    }
}

/// Running tasks of both sides.
fn picture(own: &Contest) -> Html {
    const WIDE: f64 = 720.0;
    const HIGH: f64 = 120.0;
    let most = own.sides.iter().map(|side| side.measures.most).max().unwrap_or_default().max(1);
    let far = f64::from(own.terms.minutes.max(1));
    let path = |tasks: &[u32]| {
        let mut text = String::new();
        let mut last = None;
        for (minute, count) in tasks.iter().enumerate() {
            if last == Some(count) {
                continue;
            }
            let (x, y) = (WIDE * minute as f64 / far, HIGH - 6.0 - (HIGH - 12.0) * f64::from(*count) / f64::from(most));
            text += &if last.is_none() { format!("M0 {y:.1}") } else { format!("H{x:.1}V{y:.1}") };
            last = Some(count);
        }
        text + &format!("H{WIDE}")
    };
    let [a, b] = own.sides.each_ref().map(|side| path(&side.tasks));
    let words = format!("Running tasks, at most {most}: A as a line, B dashed.");
    html! {
        <figure class="stack tight">
            <svg class="wave still" viewBox={format!("0 0 {WIDE} {HIGH}")} role="img" aria-label={words.clone()} data-testid="compare-picture">
                <path class="wave-line" d={a} />
                <path class="wave-line other" d={b} />
            </svg>
            <figcaption class="dim">{ words }</figcaption>
        </figure>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_one_limit() {
        for (text, seconds) in
            [("1m", Some(60)), ("90m", Some(5400)), ("7d", Some(604_800)), ("59s", None), ("60d", None), ("abc", None)]
        {
            assert_eq!(asked_span(text), seconds, "{text}");
        }
    }
}
