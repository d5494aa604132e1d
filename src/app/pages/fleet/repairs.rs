//! What would place a request that found no place: each fix with its lines, and a button that does them.

use super::Selection;
use super::run_dialog::first_result;
use crate::app::parts::command_line;
use crate::app::session::Door;
use ecs_lab::event::ClusterId;
use ecs_lab::lab::Repair;
use ecs_lab::shell::line_of;
use std::rc::Rc;
use yew::prelude::*;

/// The search for fixes, whose code is one of those that come later.
pub struct Search {
    /// What it found, once its code is here.
    pub found: Rc<Option<Vec<Repair>>>,
    /// What stands in its place while the code comes.
    pub waiting: Option<Html>,
    /// Starts it.
    pub start: Callback<MouseEvent>,
}

/// The fixes, smallest first.
pub fn repairs(door: &Door, cluster: ClusterId, missing: u32, search: &Search, pick: &Callback<Selection>) -> Html {
    let Some(found) = &*search.found else {
        let start = html! { <p><button type="button" onclick={search.start.clone()} data-testid="find-fixes">{ "Find what would place it" }</button></p> };
        return search.waiting.clone().unwrap_or(start);
    };
    let item = |(index, repair): (usize, &Repair)| {
        let onclick = {
            let (door, pick, commands) = (door.clone(), pick.clone(), repair.commands.clone());
            Callback::from(move |_: MouseEvent| {
                let outcomes = door.store().lab().rehearse(&commands).unwrap_or_default();
                for command in &commands {
                    door.run(command.clone());
                }
                if let Some(made) = outcomes.last().and_then(|outcome| first_result(cluster, &outcome.facts)) {
                    pick.emit(made);
                }
            })
        };
        let count = repair.commands.len();
        html! {
            <li key={index} class="stack tight">
                <p class="row"><span>{ format!("{}.", repair.words) }</span>
                    if count > 0 {
                        if missing > 1 { <span class="chip">{ format!("places {} of {missing}", repair.places) }</span> }
                        <button type="button" class="small" {onclick} data-testid={format!("fix-{index}")}>{ "Do it" }</button>
                    } else {
                        <span class="dim">{ "No call does this: it comes with the agent's configuration or another AMI." }</span>
                    }
                </p>
                if count > 0 {
                    <details>
                        <summary>{ if count == 1 { "its line".to_owned() } else { format!("its {count} lines") } }</summary>
                        { for repair.commands.iter().map(|command| html! { { command_line(door, line_of(command), "fix-line") } }) }
                    </details>
                }
            </li>
        }
    };
    html! {
        <section class="stack" data-testid="fixes">
            <h3>{ "What would place it" }</h3>
            if found.is_empty() { <p class="dim">{ "The lab knows no small change that would." }</p> }
            <ol class="list">{ for found.iter().enumerate().map(item) }</ol>
        </section>
    }
}
