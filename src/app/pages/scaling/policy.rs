//! One policy drawn: its metric against target and thresholds, its alarms, its cooldowns, and the counts that follow.

use super::Look;
use super::capacity::{held, history};
use super::chart::{Chart, Mark, Panel, Shape, chart};
use super::course::{self, Course};
use super::scale::{Instant, Span, count_top, lasting, minutes, number, past, recent, top};
use super::{forecast, rails, reading, target, words};
use crate::app::parts::Kept;
use ecs_lab::applicationautoscaling::{Config, Policy, Target};
use ecs_lab::cloudwatch::judge::State;
use ecs_lab::cloudwatch::{Alarm, Watched};
use ecs_lab::lab::Lab;
use ecs_lab::scaling::decide::{Evaluation, Move};
use ecs_lab::sim::{SimDuration, SimTime};
use std::rc::Rc;
use yew::prelude::*;

/// Rails of alarms at most.
const ALARMS: [&str; 4] = ["Alarm 1", "Alarm 2", "Alarm 3", "Alarm 4"];

/// The alarms that act on a policy, or did.
pub fn alarms<'a>(lab: &'a Lab, policy: &Policy) -> Vec<Course<'a>> {
    Course::all(lab, |own| own.scaling_policies().any(|arn| arn == &*policy.arn))
}

fn watch<'a>(policy: &'a Policy, alarms: &[Course<'a>]) -> Option<&'a Watched> {
    match &*policy.config {
        Config::Tracking(_, own) => Some(own),
        Config::Predictive(own) => Some(&own.load),
        Config::Step(..) => alarms.first().and_then(Course::newest).map(|own| &own.watched),
    }
}

/// The values of the metric, each where its period ends: there the alarms see it.
fn values(lab: &Lab, watch: &Watched, span: &Span) -> Vec<(SimTime, f64)> {
    let period = SimDuration::from_secs(watch.period());
    let start = SimTime::from_millis(span.from.as_millis() - period.as_millis());
    let points = lab.world().cloudwatch().values(watch, start, span.to);
    points.into_iter().map(|(at, value)| (at + period, value)).filter(|(at, _)| *at <= span.to).collect()
}

/// The policy's chart; a sentence while it has not decided yet.
pub fn drawn(lab: &Lab, target: &Target, policy: &Policy, look: &Kept<Look>) -> Html {
    let (all, span) = recent(&policy.evaluations, lab.now(), look.hours(), |own| own.at);
    let alarms = alarms(lab, policy);
    let watch = watch(policy, &alarms);
    if all.is_empty() {
        let when = match &*policy.config {
            Config::Predictive(_) => {
                "It decides at each full hour, as soon as a forecast can be made from the hours before."
            }
            _ => "It decides at each full minute: let the clock run.",
        };
        return html! {
            <>
                <p class="dim" data-testid={format!("policy-{}-none", policy.name)}>{ when }</p>
                { forecast::drawn(target, policy, look) }
            </>
        };
    }
    let service = target::service(lab, target);
    let cluster = lab.world().ecs().cluster(&target.cluster);
    let fits = service.zip(cluster).map(|(own, cluster)| history(lab, cluster, own)).unwrap_or_default();
    let mut panels: Vec<Panel> = watch.iter().map(|own| metric(lab, policy, own, &alarms, &span)).collect();
    let moments: Vec<SimTime> = all.iter().map(|own| own.at).collect();
    panels.extend(alarms.iter().zip(ALARMS).enumerate().filter_map(|(place, (own, title))| {
        let alarm = own.newest()?;
        let title = words::alarm_of(policy, alarm).unwrap_or(title);
        Some(rails::rail(title, alarm, rails::states(lab, own, &moments), place == 0, &span))
    }));
    let [outs, ins] = [true, false].map(|out| rails::cooldowns(target, all, out, lab.now()));
    panels.push(rails::waiting(&outs, &ins));
    panels.push(counts(all, outs, ins, &fits));
    let named = watch.map_or("the metric", Watched::name);
    let read = |instant: Instant| {
        let Some(own) = all.get(instant.place) else { return String::new() };
        let (at, then) = (past(instant.at, lab.now()), past(own.at, lab.now()));
        let since =
            if instant.at > own.at { format!("At {at} it has said nothing since {then}. ") } else { String::new() };
        let told = reading::reading(lab, target, policy, own, named, &course::at(&alarms, own.at));
        since + &told + &words::room(own.desired, held(&fits, own.at))
    };
    let row = |instant: Instant| {
        let Some(own) = all.get(instant.place) else { return Vec::new() };
        let there = course::at(&alarms, own.at).into_iter();
        let states = there.map(|alarm| reading::standing(lab, alarm, own.at));
        let mut cells = vec![
            own.metric.map_or("none".to_owned(), number),
            states.collect::<Vec<_>>().join(", "),
            own.running.to_string(),
            own.pending.to_string(),
            own.desired.to_string(),
            reading::sentence(target, own) + &reading::beside(target, policy, own),
        ];
        // Fargate has no instances.
        if !fits.is_empty() {
            cells.push(held(&fits, own.at).map_or("none".to_owned(), |own| own.to_string()));
        }
        cells
    };
    let mut head = vec!["Metric", "Alarms", "Running", "Pending", "Desired", "What it said"];
    if !fits.is_empty() {
        head.push("Fit on the instances");
    }
    let own = Chart {
        id: format!("policy-{}", policy.name),
        label: format!("Policy {} of {}", policy.name, target.service),
        span,
        panels,
        instants: minutes(all.iter().map(|own| own.at), lab.now()),
        read: &read,
        head,
        row: &row,
    };
    html! { <>{ chart(&own, look) }{ forecast::drawn(target, policy, look) }</> }
}

fn metric(lab: &Lab, policy: &Policy, watch: &Watched, alarms: &[Course<'_>], span: &Span) -> Panel {
    let values = values(lab, watch, span);
    let (goal, forecast) = match &*policy.config {
        Config::Tracking(own, _) => (Some(own.target), Vec::new()),
        Config::Predictive(_) => (None, expected(policy, span)),
        Config::Step(..) => (None, Vec::new()),
    };
    let versions = || alarms.iter().flat_map(Course::versions);
    let levels = versions().map(|own| own.alarm.threshold).chain(goal);
    let points = values.iter().chain(&forecast).map(|(_, value)| *value);
    let top = top(points.chain(levels).fold(0.0, f64::max) * 1.1);
    let mut marks = Vec::new();
    for own in alarms {
        let Some(alarm) = own.newest() else { continue };
        marks.push(breach(policy, own, alarm, (span.from, top)));
        if goal.is_none() {
            let words = format!("threshold {} of {}", number(alarm.threshold), alarm.name);
            let steps = own.versions().iter().map(|own| (own.from.max(span.from), own.alarm.threshold)).collect();
            marks.push(Mark { shape: Shape::Steps(steps), class: "plot-target", words });
        }
    }
    if let Some(goal) = goal {
        let words = format!("target {}", number(goal));
        marks.push(Mark { shape: Shape::Steps(vec![(span.from, goal)]), class: "plot-target", words });
    }
    if !forecast.is_empty() {
        marks.push(Mark { shape: Shape::Steps(forecast), class: "plot-target", words: "forecast by the hour".into() });
    }
    let each = lasting(SimDuration::from_secs(watch.period()));
    let (name, steps) = (watch.name(), watch.steps());
    let words = match watch {
        Watched::Metric(own) => format!("{name}, {} of each {each}", own.statistic.name()),
        Watched::Math(_) => format!("{name}, of each {each}: {}", steps.join("; ")),
    };
    marks.push(Mark { shape: Shape::Line(values), class: "plot-metric", words });
    let whole = if matches!(*policy.config, Config::Predictive(_)) { " of all tasks together" } else { "" };
    let title = format!("{name}{whole}, {}", unit(lab, watch));
    Panel::Plot { title, top, marks }
}

/// Where a value breaches the threshold of an alarm, as long as that is there.
fn breach(policy: &Policy, course: &Course<'_>, newest: &Alarm, (start, top): (SimTime, f64)) -> Mark {
    let mut area: Vec<(SimTime, f64, f64)> = Vec::new();
    for own in course.versions() {
        let level = own.alarm.threshold;
        let (low, high) = if own.alarm.comparison.is_above() { (level, top) } else { (0.0, level) };
        area.push((own.from.max(start), low, high));
        area.extend(own.until.map(|until| (until.max(start), 0.0, 0.0)));
    }
    let class = if newest.comparison.is_above() { "plot-zone" } else { "plot-zone-low" };
    Mark { shape: Shape::Area(area), class, words: format!("{} breaches", words::named(policy, newest)) }
}

fn unit(lab: &Lab, watch: &Watched) -> String {
    let Watched::Metric(own) = watch else { return "metric math".into() };
    let series = lab.world().cloudwatch().series(&own.metric);
    let point = series.and_then(|own| own.between(SimTime::from_millis(0), lab.now(), None));
    match point.map(|own| own.unit.to_string()).as_deref() {
        Some("Percent") => "percent".into(),
        None | Some("None" | "") => "no unit".into(),
        Some(unit) => unit.to_lowercase(),
    }
}

fn expected(policy: &Policy, span: &Span) -> Vec<(SimTime, f64)> {
    let Some(own) = &policy.forecast else { return Vec::new() };
    let hours = own.loads.iter().enumerate();
    let at = |place: usize| own.first + SimDuration::from_secs(3600 * place as i64);
    hours.map(|(place, load)| (at(place), *load)).filter(|(at, _)| *at < span.to).collect()
}

/// The state of an alarm at a moment; none before it was made.
pub fn state_at(alarm: &Alarm, at: SimTime) -> Option<State> {
    alarm.history.iter().rev().find(|change| change.at <= at).map(|change| change.state)
}

/// The tasks, between the bounds of their count.
pub fn counts(
    all: &[Rc<Evaluation>],
    outs: Vec<(SimTime, SimTime)>,
    ins: Vec<(SimTime, SimTime)>,
    fits: &[(SimTime, u32)],
) -> Panel {
    let area = |low: fn(&Evaluation) -> u32, high: fn(&Evaluation) -> u32| {
        Shape::Area(all.iter().map(|own| (own.at, f64::from(low(own)), f64::from(high(own)))).collect())
    };
    let most = all.iter().map(|own| own.desired.max(own.before).max(own.running + own.pending)).max().unwrap_or(0);
    let bound = all.iter().map(|own| own.bounds.1).max().unwrap_or(0);
    // A far maximum would press all else down.
    let top = count_top(if bound <= most.saturating_mul(3) { most.max(bound) } else { most });
    let desired = all.iter().map(|own| (own.at, f64::from(own.desired))).collect();
    let bounds = all.last().map_or((0, 0), |own| own.bounds);
    let mark = |shape, class, words: &str| Mark { shape, class, words: words.into() };
    let mut marks = room(fits, top);
    marks.extend([
        mark(
            area(|own| own.bounds.0, |own| own.bounds.1),
            "plot-bounds",
            &format!("capacity from {} to {}", bounds.0, bounds.1),
        ),
        mark(Shape::Shade(outs), "cool-out", "cooldown after scaling out"),
        mark(Shape::Shade(ins), "cool-in", "cooldown after scaling in"),
        mark(area(|_| 0, |own| own.running), "plot-running", "running"),
        mark(area(|own| own.running, |own| own.running + own.pending), "plot-pending", "pending"),
        mark(Shape::Steps(desired), "plot-desired", "desired"),
    ]);
    Panel::Plot { title: "Tasks".into(), top, marks }
}

/// What fits on the instances: an area that ends in a line where it ends on the plot; nothing where there is no instance.
pub fn room(fits: &[(SimTime, u32)], top: f64) -> Vec<Mark> {
    let Some((_, last)) = fits.last() else { return Vec::new() };
    let area = Shape::Area(fits.iter().map(|(at, count)| (*at, 0.0, f64::from(*count))).collect());
    let line = Shape::Steps(fits.iter().map(|(at, count)| (*at, f64::from(*count))).collect());
    let mut words = "fits on the instances with nothing else there".to_owned();
    if f64::from(*last) > top {
        words += &format!(": {last}, which is above the axis");
    }
    vec![
        Mark { shape: area, class: "plot-room", words },
        Mark { shape: line, class: "plot-brim", words: String::new() },
    ]
}

/// Whether an evaluation wants another count.
pub fn moves(own: &Evaluation) -> bool {
    !matches!(own.moves, Move::Stay(_))
}

#[cfg(test)]
mod tests {
    use super::super::test::{advance, policy, scaled};
    use super::*;
    use ecs_lab::lab::{ApiCall, Command};
    use serde_json::json;

    #[test]
    fn what_fits_above_the_axis_is_said() {
        let at = SimTime::from_millis(0);
        for (fits, words) in [
            (15, "fits on the instances with nothing else there"),
            (46, "fits on the instances with nothing else there: 46, which is above the axis"),
        ] {
            assert_eq!(room(&[(at, 46), (at, fits)], 15.0)[0].words, words);
        }
        assert!(room(&[], 15.0).is_empty());
    }

    #[test]
    fn every_instant_says_what_the_policy_wanted_and_why() {
        let mut lab = scaled();
        advance(&mut lab, 600);
        let more = json!({ "cluster": "prod", "service": "shop", "requestsPerSecond": 6000, "workMilliseconds": 10 });
        lab.apply(Command::Api(ApiCall::new("lab", "Load", more))).unwrap();
        advance(&mut lab, 900);
        let (target, own) = policy(&lab);
        let alarms = alarms(&lab, own);
        assert_eq!(alarms.len(), 2);
        let all: Vec<String> = own
            .evaluations
            .iter()
            .map(|one| reading::reading(&lab, target, own, one, "CPUUtilization", &course::at(&alarms, one.at)))
            .collect();
        let scaled = all.iter().find(|text| text.contains("the desired count goes from 1 to")).unwrap();
        for part in ["shop-cpu wants", "because ceil(1 × ", " / 60) = ", "(AlarmHigh: ALARM, AlarmLow: ", "1 running"]
        {
            assert!(scaled.contains(part), "{part}: {scaled}");
        }
        assert!(all.iter().any(|text| text.contains("; the maximum capacity of 10 is reached")), "{all:#?}");
        let state = |at| state_at(alarms[0].newest().unwrap(), at);
        assert_eq!(state(SimTime::from_millis(0)), None);
        assert!(own.evaluations.iter().any(|one| state(one.at) == Some(State::Alarm)));
    }

    #[test]
    fn the_metric_stands_where_the_alarms_see_it() {
        let mut lab = scaled();
        advance(&mut lab, 600);
        let (_, own) = policy(&lab);
        let alarms = alarms(&lab, own);
        let span = Span::since(own.evaluations[0].at, lab.now());
        let values = values(&lab, watch(own, &alarms).unwrap(), &span);
        let seen: Vec<(SimTime, f64)> = own.evaluations.iter().filter_map(|one| Some((one.at, one.metric?))).collect();
        assert!(seen.len() > 3);
        for one in seen {
            assert!(values.contains(&one), "{one:?} in {values:?}");
        }
    }

    /// Metric math is named by its label, told step by step, and drawn as the alarms see it.
    #[test]
    fn metric_math_is_told_and_drawn() {
        let mut lab = scaled();
        let dimensions =
            json!([{ "Name": "ClusterName", "Value": "prod" }, { "Name": "ServiceName", "Value": "shop" }]);
        let used = json!({ "Namespace": "AWS/ECS", "MetricName": "CPUUtilization", "Dimensions": dimensions });
        let stat = |id: &str, stat: &str| json!({ "Id": id, "MetricStat": { "Metric": used, "Stat": stat }, "ReturnData": false });
        let mean = json!({ "Id": "mean", "Expression": "used / tasks", "Label": "CPU of a task" });
        let custom = json!({ "Metrics": [stat("used", "Sum"), stat("tasks", "SampleCount"), mean] });
        let config = json!({ "TargetValue": 60, "CustomizedMetricSpecification": custom });
        let input = json!({
            "ServiceNamespace": "ecs", "ResourceId": "service/prod/shop", "ScalableDimension": "ecs:service:DesiredCount",
            "PolicyName": "math", "PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": config,
        });
        lab.apply(Command::Api(ApiCall::new("application-autoscaling", "PutScalingPolicy", input))).unwrap();
        advance(&mut lab, 600);
        let target = lab.world().applicationautoscaling().targets().next().unwrap();
        let own = target.policies.iter().find(|own| &*own.name == "math").unwrap();
        let steps =
            "CPU of a task (mean = used / tasks; used = CPUUtilization, Sum; tasks = CPUUtilization, SampleCount)";
        assert!(words::policy(own).starts_with(&format!("Keeps {steps} at 60.")), "{}", words::policy(own));
        let alarms = alarms(&lab, own);
        let watch = watch(own, &alarms).unwrap();
        let span = Span::since(own.evaluations[0].at, lab.now());
        let values = values(&lab, watch, &span);
        let seen: Vec<(SimTime, f64)> = own.evaluations.iter().filter_map(|one| Some((one.at, one.metric?))).collect();
        assert!(seen.len() > 3);
        for one in seen {
            assert!(values.contains(&one), "{one:?} in {values:?}");
        }
        let Panel::Plot { title, marks, .. } = metric(&lab, own, watch, &alarms, &span) else { panic!("a plot") };
        assert_eq!(title, "CPU of a task, metric math");
        assert!(marks.iter().any(|own| own.words.contains("mean = used / tasks")));
        let last = own.evaluations.last().unwrap();
        let told = reading::reading(&lab, target, own, last, watch.name(), &course::at(&alarms, last.at));
        assert!(told.contains(" CPU of a task was "), "{told}");
    }
}
