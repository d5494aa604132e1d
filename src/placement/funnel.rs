//! A decision as a table: instances by the pipeline's steps, with how many survived each.

use super::check::Stage;
use super::decide::{Candidate, Decision};
use super::english;
use super::request::{Constraint, SpreadBy, Strategy};
use super::strategy::{By, Key, Step, Ties};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Funnel {
    /// The steps, in order.
    pub columns: Vec<Column>,
    /// The instances, in the decision's order.
    pub rows: Vec<Row>,
}

/// One step of the pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub heading: String,
    /// Instances that came in.
    pub before: usize,
    /// Instances that it let through.
    pub after: usize,
}

/// One instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its index in the decision.
    pub candidate: usize,
    /// What each column did with it; [`words`] tells the numbers compared.
    pub marks: Vec<Mark>,
}

/// What a step did with an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Let it through.
    Kept,
    /// Put it out.
    Dropped,
    /// It was out already, and would have passed here.
    WouldPass,
    /// It was out already, and would have failed here too.
    WouldFail,
    /// It was out already, and nothing was compared.
    Out,
}

/// Lays a decision out as a table. Every strategy of the request has its column, even when none was reached.
pub fn funnel(decision: &Decision) -> Funnel {
    let stages = stages(decision);
    let chain = chain(decision);
    let mut columns: Vec<Column> = stages
        .iter()
        .map(|stage| heading(*stage, decision))
        .chain(chain.iter().map(by_heading))
        .map(|heading| Column { heading, before: 0, after: 0 })
        .collect();
    let rows = decision.candidates.iter().enumerate().map(|(index, candidate)| {
        let mut alive = true;
        let mut marks: Vec<Mark> = stages.iter().map(|stage| stage_mark(candidate, *stage, &mut alive)).collect();
        marks.extend((0..chain.len()).map(|at| step_mark(decision.steps.get(at), index)));
        for (column, mark) in columns.iter_mut().zip(&marks) {
            column.before += usize::from(matches!(mark, Mark::Kept | Mark::Dropped));
            column.after += usize::from(*mark == Mark::Kept);
        }
        Row { candidate: index, marks }
    });
    let rows = rows.collect();
    Funnel { columns, rows }
}

/// What a column compared for a candidate. Made one by one: a fleet of thousands has more words than anybody reads.
pub fn words(decision: &Decision, candidate: usize, column: usize) -> String {
    let stages = stages(decision);
    match (stages.get(column), decision.candidates.get(candidate)) {
        (Some(stage), Some(candidate)) => stage_words(candidate, *stage, decision),
        _ => step_words(decision.steps.get(column.wrapping_sub(stages.len())), candidate),
    }
}

/// The filter columns: attributes only when the task asks for any, and one per constraint.
fn stages(decision: &Decision) -> Vec<Stage> {
    let demand = &decision.request.demand;
    let mut stages = alloc::vec![Stage::State, Stage::Resources];
    if !demand.attributes.is_empty() || demand.zones.is_some() {
        stages.push(Stage::Attributes);
    }
    stages.extend((0..decision.request.constraints.len()).map(Stage::Constraint));
    stages
}

/// What narrows after the filters, also when no candidate came so far.
fn chain(decision: &Decision) -> Vec<By> {
    if !decision.steps.is_empty() {
        return decision.steps.iter().map(|step| step.by.clone()).collect();
    }
    decision.request.strategies.iter().cloned().map(By::Strategy).chain([By::Ties(Ties::ByName)]).collect()
}

fn heading(stage: Stage, decision: &Decision) -> String {
    String::from(match stage {
        Stage::State => "State",
        Stage::Resources => "Resources",
        Stage::Attributes => "Attributes",
        Stage::Constraint(index) => match decision.request.constraints.get(index) {
            Some(Constraint::MemberOf(_)) => "memberOf",
            _ => "distinctInstance",
        },
    })
}

fn by_heading(by: &By) -> String {
    match by {
        By::Strategy(strategy) => strategy.words(),
        By::Ties(_) => String::from("tie-break"),
    }
}

fn fails(candidate: &Candidate, stage: Stage) -> bool {
    candidate.checks.iter().any(|check| check.stage() == stage && check.blocks())
}

/// A failing cell shows only what fails, a passing one everything.
fn stage_words(candidate: &Candidate, stage: Stage, decision: &Decision) -> String {
    let fails = fails(candidate, stage);
    let shown = candidate.checks.iter().filter(|check| check.stage() == stage && (!fails || check.blocks()));
    shown.map(|check| english::check(check, &decision.request)).collect::<Vec<_>>().join("; ")
}

fn stage_mark(candidate: &Candidate, stage: Stage, alive: &mut bool) -> Mark {
    let fails = fails(candidate, stage);
    let mark = match (*alive, fails) {
        (true, false) => Mark::Kept,
        (true, true) => Mark::Dropped,
        (false, false) => Mark::WouldPass,
        (false, true) => Mark::WouldFail,
    };
    *alive &= !fails;
    mark
}

fn step_mark(step: Option<&Step>, index: usize) -> Mark {
    match step {
        Some(step) if step.left.binary_search(&index).is_ok() => Mark::Kept,
        Some(step) if step.key_of(index).is_some() => Mark::Dropped,
        _ => Mark::Out,
    }
}

fn step_words(step: Option<&Step>, index: usize) -> String {
    let Some((step, key)) = step.and_then(|step| Some((step, step.key_of(index)?))) else { return String::new() };
    let kept = step.left.binary_search(&index).is_ok();
    match (&step.by, key) {
        (By::Strategy(Strategy::Binpack(field)), Key::Free(free)) => format!("{free} {field} left"),
        (By::Strategy(Strategy::Spread(SpreadBy::Attribute(name))), Key::Shared { value, tasks }) => {
            format!("{}: {tasks}", english::shared(step, name, value))
        }
        (_, Key::Tasks(tasks)) => format!("runs {tasks}"),
        (By::Ties(Ties::ByName), _) => String::from(if kept { "first by zone and name" } else { "comes later" }),
        _ => String::from(if kept { "drawn" } else { "not drawn" }),
    }
}
