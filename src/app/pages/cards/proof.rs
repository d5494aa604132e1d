//! The proof behind an answer: run it, see what it found, go on in its lab.

use std::rc::Rc;

use ecs_lab::quiz::proof::{Failure, Finding, Run};
use ecs_lab::shell::line_of;
use yew::prelude::*;

use super::study::Step;
use crate::app::parts::command_line;
use crate::app::route::Route;
use crate::app::session::Door;
use crate::app::store::Act;

/// A button, and what came of it.
pub fn proof(run: Option<&Rc<Run>>, door: &Door, step: &Callback<Step>) -> Html {
    let start = step.reform(|_: MouseEvent| Step::Prove);
    let words = if run.is_some() { "Run the proof again" } else { "Run the proof" };
    html! {
        <div class="proof">
            <p><button type="button" onclick={start} data-testid="proof-run">{ words }</button></p>
            if let Some(run) = run { { result(run, door) } }
        </div>
    }
}

fn result(run: &Rc<Run>, door: &Door) -> Html {
    let open = {
        let (door, run) = (door.clone(), run.clone());
        Callback::from(move |_: MouseEvent| {
            door.act(Act::OpenFile { name: "The lab of the proof".to_owned(), text: run.lab.save() });
        })
    };
    html! {
        <div class="stack" data-testid="proof-result">
            <p class={if run.result.is_ok() { "good" } else { "bad" }}><b>{ verdict(run) }</b></p>
            <ul class="list findings">{ for findings(run).iter().map(finding) }</ul>
            <details>
                <summary>{ format!("The {} commands of the proof", run.commands.len()) }</summary>
                <ol class="commands">{ for run.commands.iter().map(|command| html! { <li>{ command_line(&door, line_of(command), "proof-line") }</li> }) }</ol>
            </details>
            // A link, since it leads to the fleet, where the lab of the proof then stands.
            <p class="row"><a class="button" href={Route::Fleet.href()} onclick={open} data-testid="proof-open">{ "Open this lab" }</a>
                <span class="dim">{ "It takes the place of your lab, which can be brought back." }</span></p>
        </div>
    }
}

fn findings(run: &Run) -> &[Finding] {
    match &run.result {
        Ok(findings) | Err(Failure::Wrong(findings)) => findings,
        Err(_) => &[],
    }
}

/// Whether it holds, in a sentence.
pub fn verdict(run: &Run) -> String {
    match &run.result {
        Ok(findings) => format!("The proof holds: {0} of {0} as expected.", findings.len()),
        Err(Failure::Wrong(findings)) => {
            let wrong = findings.iter().filter(|finding| !finding.holds).count();
            format!("The proof does not hold: {wrong} of {} not as expected.", findings.len())
        }
        Err(failure) => format!("The proof could not be finished: {failure}."),
    }
}

fn finding(finding: &Finding) -> Html {
    let (sign, class) = if finding.holds { ("✓ As expected", "good") } else { ("✕ Not as expected", "bad") };
    html! {
        <li>
            <p><b class={class}>{ sign }</b>{ format!(": command {} answers, for ", finding.command) }<code>{ finding.what.clone() }</code></p>
            <dl>
                <dt>{ "Expected" }</dt><dd><code>{ finding.wanted.clone() }</code></dd>
                <dt>{ "Found" }</dt><dd><code>{ finding.found.clone() }</code></dd>
            </dl>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecs_lab::quiz::proof;
    use serde_json::json;

    #[test]
    fn a_run_says_whether_it_holds() {
        let one = json!({ "query": "/clusters/0/clusterName", "equals": "lab" });
        for (expect, says, found) in [
            (json!([one]), "The proof holds: 1 of 1", 1),
            (json!([one, { "query": "/clusters", "length": 1 }]), "The proof holds: 2 of 2", 2),
            (json!([one, { "query": "/clusters", "length": 2 }]), "The proof does not hold: 1 of 2", 2),
        ] {
            let commands = json!([
                { "api": "ecs.CreateCluster", "input": { "clusterName": "lab" }, "as": "made" },
                { "api": "ecs.DescribeClusters", "input": { "clusters": [{ "$of": "made", "$at": "/cluster/clusterArn" }] } },
            ]);
            let run = proof::parse(&json!({ "commands": commands, "expect": expect })).unwrap().run_in_new_lab();
            assert!(verdict(&run).starts_with(says), "{}", verdict(&run));
            assert_eq!(findings(&run).len(), found);
            let line = line_of(&run.commands[1]);
            assert!(line.starts_with("aws ecs describe-clusters --clusters arn:aws:ecs:"), "{line}");
        }
    }
}
