//! The fleet: instances by zone with their tasks, what was not placed, and why.

mod act;
mod add_dialog;
mod bar;
mod card;
mod clusters;
mod faults;
mod host;
mod inspect;
mod outcomes;
mod picture;
mod repairs;
mod run_dialog;
mod run_form;
mod story;
mod table;
mod task;
mod view;
mod what_if;
mod why;

use crate::app::parts::{empty, use_later};
use crate::app::port;
use crate::app::session::use_door;
use add_dialog::AddDialog;
use bar::{BarProps, bar};
use card::Outcome;
use ecs_lab::event::{ClusterId, DecisionId, Ec2Id, Explained, Fact, InstanceKey, TaskKey};
use ecs_lab::lab::{self, Command, Lab};
use ecs_lab::sim::order;
use inspect::{InspectorProps, TITLE, inspector};
use repairs::Search;
use run_dialog::RunDialog;

pub use faults::deed;
pub use run_dialog::definitions;
use serde_json::json;
use std::rc::Rc;
use what_if::WhatIf;
use why::Decided;
use yew::prelude::*;

/// What the reader looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Selection {
    /// Nothing in particular.
    #[default]
    Nothing,
    /// A task.
    Task(TaskKey),
    /// A container instance.
    Instance(InstanceKey),
    /// An EC2 instance, in a cluster or not.
    Machine(Ec2Id),
    /// A zone, by the last letter of its name.
    Zone(char),
    /// All clusters of the lab.
    Clusters,
    /// A request that was not met in full, by its decision.
    Request(DecisionId),
}

/// Which dialog is open.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Asking {
    #[default]
    Nothing,
    Run,
    Add,
    WhatIf,
    Lab,
}

/// The view.
#[component]
pub fn Fleet() -> Html {
    let door = use_door();
    let cluster = use_state(|| None::<ClusterId>);
    let selection = {
        let door = door.clone();
        use_state(move || first_look(&door.store().lab()))
    };
    let as_table = use_state(|| false);
    let shown = use_state(|| picture::CARDS);
    let asking = use_state(Asking::default);
    let fault = use_state(String::new);
    let name = use_state(String::new);
    let searching = use_state(|| false);
    let later = use_later(*searching || matches!(*asking, Asking::Add | Asking::Run | Asking::WhatIf));
    let details = use_later(!matches!(*selection, Selection::Nothing | Selection::Request(_)));
    let version = door.store().version;

    let view = {
        let door = door.clone();
        use_memo((version, *cluster), move |(_, cluster)| view::fleet(&door.store().lab(), *cluster).map(Rc::new))
    };
    let decision = {
        let door = door.clone();
        let behind = behind(&door.store().lab(), *selection);
        use_memo(behind, move |behind| decided(&door.store().lab(), behind.as_ref()?.decision))
    };
    let found = {
        let door = door.clone();
        use_memo((version, *selection, port::views::here()), move |(_, selection, here)| match selection {
            Selection::Request(id) if *here => Some(lab::repairs(&door.store().lab(), *id)),
            _ => None,
        })
    };
    let pick = use_pick(&selection, details.is_none());
    let ranked = use_memo((*decision).clone(), |decision| ranked(decision.as_ref()));
    let pick_task = use_callback(pick.clone(), |key, pick| pick.emit(Selection::Task(key)));
    let ask = {
        let asking = asking.clone();
        Callback::from(move |what: Asking| asking.set(what))
    };
    let close = ask.reform(|()| Asking::Nothing);
    let Some(view) = (*view).clone() else { return no_cluster(&door) };
    let toggle = {
        let as_table = as_table.clone();
        Callback::from(move |()| as_table.set(!*as_table))
    };
    let choose = {
        let (cluster, selection) = (cluster.clone(), selection.clone());
        Callback::from(move |id: ClusterId| {
            cluster.set(Some(id));
            selection.set(Selection::Nothing);
        })
    };
    let start = {
        let searching = searching.clone();
        Callback::from(move |_: MouseEvent| searching.set(true))
    };
    let search = Search { found, waiting: later.clone().filter(|_| *searching), start };
    let bare = view.counts[0] == 0 && view.zones.is_empty();
    html! {
        <div class="frame split">
            <div class="page">
                { bar(&door, &BarProps { view: view.clone(), as_table: *as_table, open: *asking == Asking::Lab, toggle, ask: ask.clone(), choose }) }
                if bare {
                    { empty("No instances in this cluster yet", "fleet-empty", html! { <><p>{ "Add some: they boot for 90 seconds of simulated time and then register." }</p>
                        <p><button type="button" class="primary" onclick={ask.reform(|_: MouseEvent| Asking::Add)}>{ "Add instances" }</button></p></> }) }
                } else if *as_table {
                    { table::fleet_table(&view, &pick, &shown) }
                } else {
                    { picture::picture(&view, *selection, &|id| verdict(decision.as_ref().as_ref(), &ranked, id), &pick, &pick_task, &shown) }
                }
                { picture::tray(&view, *selection, &pick) }
                <p><button type="button" class="small" onclick={pick.reform(|_: MouseEvent| Selection::Clusters)} aria-pressed={(*selection == Selection::Clusters).to_string()} data-testid="clusters">{ "All clusters" }</button></p>
            </div>
            { inspector(&door, &InspectorProps { view: &view, selection: *selection, decision: decision.as_ref().as_ref(), repairs: &search, pick: &pick, fault: &fault, cluster: &cluster, name: &name, later: details }) }
            { match (*asking, later) {
                (Asking::Nothing | Asking::Lab, _) => html! {},
                (_, Some(waiting)) => waiting,
                (Asking::Add, None) => html! { <AddDialog cluster={view.name.clone()} instances={view.counts[0]} {close} /> },
                (Asking::Run, None) => html! { <RunDialog cluster={view.name.clone()} {close} id={view.cluster} made={pick.clone()} /> },
                (Asking::WhatIf, None) => html! { <WhatIf cluster={view.name.clone()} id={view.cluster} {close} /> },
            } }
        </div>
    }
}

/// What selects. Where the inspector stands under the fleet, what was picked is brought into view, again once its code is
/// `here`, and closing it leads back.
#[hook]
fn use_pick(selection: &UseStateHandle<Selection>, here: bool) -> Callback<Selection> {
    let picks = use_mut_ref(|| 0_u32);
    let from = use_mut_ref(|| None);
    let closed = **selection == Selection::Nothing;
    let (count, back) = (*picks.borrow(), from.clone());
    use_effect_with((count, here), move |(count, _)| match (*count, closed) {
        // Nobody picked anything yet.
        (0, _) => {}
        (_, false) => port::page::down_to(TITLE),
        (_, true) => {
            if let Some(place) = back.take() {
                port::page::back_to(&place);
            }
        }
    });
    let selection = selection.clone();
    use_callback((), move |pick: Selection, ()| {
        if pick != Selection::Nothing
            && let Some(place) = port::page::place("aside")
        {
            from.replace(Some(place));
        }
        picks.replace_with(|count| *count + 1);
        selection.set(pick);
    })
}

/// What the view opens with: the newest request that found no place, because its reason is what one came for.
fn first_look(lab: &Lab) -> Selection {
    let view = view::fleet(lab, None);
    let newest = view.as_ref().and_then(|view| view.tray.first());
    newest.map_or(Selection::Nothing, |request| Selection::Request(request.decision))
}

/// A decision with the facts of its command: while they stay, its explanation does.
struct Behind {
    decision: DecisionId,
    facts: Rc<Vec<Fact>>,
}

impl PartialEq for Behind {
    fn eq(&self, other: &Self) -> bool {
        self.decision == other.decision && Rc::ptr_eq(&self.facts, &other.facts)
    }
}

/// The decision behind the selection.
fn behind(lab: &Lab, selection: Selection) -> Option<Behind> {
    let decision = match selection {
        Selection::Task(key) => lab.world().ecs().task(key)?.decision,
        Selection::Request(id) => id,
        _ => return None,
    };
    Some(Behind { decision, facts: Rc::clone(lab.behind(decision)?) })
}

/// A decision, recomputed where it was made.
fn decided(lab: &Lab, decision: DecisionId) -> Option<Decided> {
    lab.explain(decision).map(|explained| Decided { explained: Rc::new(explained) })
}

/// The decision's candidates in order of EC2 id.
fn ranked(decision: Option<&Decided>) -> Vec<usize> {
    let Some(Explained::Ec2(decision)) = decision.map(|decided| &*decided.explained) else { return Vec::new() };
    let mut all: Vec<usize> = (0..decision.candidates.len()).collect();
    order::sort_by_key(&mut all, |index| decision.candidates.get(*index).map(|candidate| &candidate.name));
    all
}

/// How an instance came out of the decision: told for those that show, for the words of thousands take long.
fn verdict(decision: Option<&Decided>, ranked: &[usize], id: &str) -> Option<card::Verdict> {
    let Explained::Ec2(decision) = &*decision?.explained else { return None };
    let candidate = |index: usize| decision.candidates.get(index);
    let at = ranked.binary_search_by(|index| candidate(*index).map(|own| own.name.as_str()).cmp(&Some(id))).ok()?;
    let index = *ranked.get(at)?;
    let outcome = match (decision.chosen == Some(index), candidate(index)?.eligible) {
        (true, _) => Outcome::Chosen,
        (false, true) => Outcome::Fits,
        (false, false) => Outcome::Out,
    };
    Some(card::Verdict { text: ecs_lab::placement::english::sentence(decision, index), outcome })
}

fn no_cluster(door: &crate::app::session::Door) -> Html {
    let create = {
        let door = door.clone();
        Callback::from(move |_: MouseEvent| door.run(Command::ecs("CreateCluster", json!({ "clusterName": "prod" }))))
    };
    html! {
        <div class="page">
            <div class="head"><h1 id="view-title" tabindex="-1">{ "Fleet" }</h1></div>
            { empty("No cluster yet", "fleet-empty", html! { <><p>{ "A cluster is a name under which instances and tasks stand." }</p>
                <p><button type="button" class="primary" onclick={create} data-testid="create-prod">{ "Create the cluster prod" }</button></p></> }) }
        </div>
    }
}
