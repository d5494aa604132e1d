//! The same request under three chains of strategies.

use super::super::run_form::PRESETS;
use super::super::view::short_instance;
use super::{Form, Ground, cells, chain, chain_field, left_out};
use crate::app::parts::{TableProps, table};
use ecs_lab::placement::what_if::{Outcome, compare as outcomes};
use ecs_lab::placement::{Request, Strategy};
use yew::prelude::*;
use yew::props;

/// Instances in the table at most.
const ROWS: usize = 60;

/// What is measured, in words; less is better in all of them.
type Measure = (&'static str, fn(&Outcome) -> u64);

const MEASURES: [Measure; 8] = [
    ("tasks without a place", |o| o.unplaced.into()),
    ("instances in use", |o| o.measures.instances_used.into()),
    ("most minus fewest over the zones", |o| o.measures.zone_spread.into()),
    ("most minus fewest over the instances", |o| o.measures.instance_spread.into()),
    ("CPU units unused on instances in use", |o| o.measures.unused_cpu),
    ("MiB unused on instances in use", |o| o.measures.unused_memory),
    ("CPU units stranded: no memory for one more", |o| o.measures.stranded_cpu),
    ("MiB stranded: no CPU for one more", |o| o.measures.stranded_memory),
];

/// Id, label, and what a choice changes.
type ChainField = (&'static str, &'static str, fn(&mut Form, String));

const CHAINS: [ChainField; 3] = [
    ("what-chain-0", "Chain A", |form, value| form.chains[0] = value),
    ("what-chain-1", "Chain B", |form, value| form.chains[1] = value),
    ("what-chain-2", "Chain C", |form, value| form.chains[2] = value),
];

/// The choice of chains, the measures, and where the tasks went.
pub fn compare(ground: &Ground, request: &Request) -> Html {
    let seed = ground.lab.start().seed;
    let chain_of = |preset: &String| {
        let chain = chain(preset);
        // RunTask without a strategy chooses at random; a service would spread.
        if chain.is_empty() { vec![Strategy::Random] } else { chain }
    };
    let chains: Vec<_> = ground.form.chains.iter().map(chain_of).collect();
    let outcomes = outcomes(request, &ground.hosts, &chains, ground.tasks, ground.ties, seed);
    let field = |((id, label, edit), preset): (&ChainField, &String)| {
        chain_field(id, label, PRESETS[0].0, preset, (ground.edit)(*edit))
    };
    let measures = MEASURES.iter().map(|(words, number)| {
        let [a, b, c] = marked(outcomes.iter().map(number).collect());
        cells([(*words).to_owned(), a, b, c])
    });
    let on = |host: usize| outcomes.iter().map(move |outcome| outcome.placed.iter().filter(|at| **at == host).count());
    let hosts = ground.hosts.iter().enumerate().filter(|(index, _)| on(*index).sum::<usize>() > 0);
    let used = hosts.clone().count();
    let rows = hosts.take(ROWS).map(|(index, host)| {
        let mut counts = on(index).map(|count| count.to_string());
        let mut next = || counts.next().unwrap_or_default();
        cells([format!("{} in {}", short_instance(&host.name), host.zone), next(), next(), next()])
    });
    html! {
        <div class="stack">
            <div class="columns">{ for CHAINS.iter().zip(&ground.form.chains).map(field) }</div>
            { table(&props!(TableProps { caption: "Less is better; ★ marks the least", head: vec!["after placing", "A", "B", "C"], rows: measures.collect::<Vec<_>>(), testid: "what-measures" })) }
            { table(&props!(TableProps { caption: "New tasks on each instance", head: vec!["instance", "A", "B", "C"], rows: rows.collect::<Vec<_>>(), testid: "what-placed" })) }
            { left_out(used, ROWS) }
        </div>
    }
}

/// The numbers of a row; the least carry a star, unless all are equal.
fn marked(numbers: Vec<u64>) -> [String; 3] {
    let (least, most) = (numbers.iter().min().copied(), numbers.iter().max().copied());
    let text = |index: usize| match numbers.get(index) {
        Some(number) if Some(*number) == least && least != most => format!("★ {number}"),
        Some(number) => number.to_string(),
        None => String::new(),
    };
    [text(0), text(1), text(2)]
}

#[cfg(test)]
mod tests {
    use super::marked;

    #[test]
    fn the_least_is_marked_unless_all_are_equal() {
        assert_eq!(marked(vec![3, 1, 1]), ["3", "★ 1", "★ 1"]);
        assert_eq!(marked(vec![2, 2, 2]), ["2", "2", "2"]);
        assert_eq!(marked(Vec::new()), ["", "", ""]);
    }
}
