//! The bar over the fleet: which cluster, what it holds, and what can be done with it.

use super::Asking;
use super::view::FleetView;
use crate::app::parts::Dialog;
use crate::app::session::Door;
use crate::app::store::{Act, opening};
use ecs_lab::event::ClusterId;
use ecs_lab::lab::{Lab, Start};
use std::rc::Rc;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// What the bar shows and asks for.
pub struct BarProps {
    pub view: Rc<FleetView>,
    pub as_table: bool,
    /// Whether its own dialog is open.
    pub open: bool,
    pub toggle: Callback<()>,
    pub ask: Callback<Asking>,
    pub choose: Callback<ClusterId>,
}

/// The bar.
pub fn bar(door: &Door, props: &BarProps) -> Html {
    let [instances, running, starting, stopping] = props.view.counts;
    let lab = door.store().lab();
    let clusters: Vec<(ClusterId, String)> =
        lab.world().ecs().clusters().filter(|cluster| cluster.active).map(|c| (c.id, c.name.clone())).collect();
    let next = lab.next_deadline().map(|deadline| format!("next: {} in {}", deadline.why, deadline.at - lab.now()));
    drop(lab);
    let chip = |count: usize, words: &str, testid: &'static str| html! { <span class="chip" data-testid={testid}>{ format!("{count} {words}") }</span> };
    let [cpu, memory] = props.view.reserved;
    let percent = |what: &str, percent: u32, testid: &'static str| html! { <span class="chip" title="of ACTIVE and DRAINING instances" data-testid={testid}>{ format!("{what} {percent} % reserved") }</span> };
    let ask = |what: Asking| props.ask.reform(move |_: MouseEvent| what);
    let close = props.ask.reform(|()| Asking::Nothing);
    let act = |act: Act| {
        let (door, close) = (door.clone(), close.clone());
        Callback::from(move |_: MouseEvent| {
            close.emit(());
            door.act(act.clone());
        })
    };
    let pick_cluster = props.choose.reform(|event: Event| {
        let value = event.target_unchecked_into::<HtmlSelectElement>().value();
        ClusterId(value.parse().unwrap_or(0))
    });
    html! {
        <div class="head">
            <h1 id="view-title" tabindex="-1">{ "Fleet" }<span class="sr-only">{ format!(" of {}", props.view.name) }</span></h1>
            if clusters.len() > 1 {
                <select aria-label="Cluster" class="narrow" onchange={pick_cluster} data-testid="cluster">
                    { for clusters.iter().map(|(id, name)| html! { <option key={id.0} value={id.0.to_string()} selected={*id == props.view.cluster}>{ name }</option> }) }
                </select>
            } else {
                <span class="chip" title="cluster" data-testid="cluster-name">{ &props.view.name }</span>
            }
            { chip(instances, if instances == 1 { "instance" } else { "instances" }, "count-instances") }
            { chip(running, "running", "count-running") }
            if starting > 0 { { chip(starting, "starting", "count-starting") } }
            if stopping > 0 { { chip(stopping, "stopping", "count-stopping") } }
            if instances > 0 {
                { percent("CPU", cpu, "reserved-cpu") }
                { percent("memory", memory, "reserved-memory") }
            }
            if let Some(next) = next { <span class="dim next" data-testid="next">{ next }</span> }
            <span class="grow"></span>
            <span class="row">
                <button type="button" onclick={props.toggle.reform(|_: MouseEvent| ())} aria-pressed={props.as_table.to_string()} data-testid="toggle-table">{ "Table" }</button>
                <button type="button" onclick={ask(Asking::Lab)} data-testid="lab-menu">{ "Lab" }</button>
                <button type="button" onclick={ask(Asking::WhatIf)} data-testid="what-if-open">{ "What if" }</button>
                <button type="button" onclick={ask(Asking::Add)} data-testid="add-instances">{ "Add instances" }</button>
                <button type="button" class="primary" onclick={ask(Asking::Run)} data-testid="run-tasks">{ "Run tasks" }</button>
            </span>
            <Dialog open={props.open} close={close.clone()} title="This lab" testid="lab-dialog">
                <p>{ "The lab is its list of commands. Save it as a file, open one under About, or begin again." }</p>
                <p class="row">
                    <button type="button" class="primary" onclick={act(Act::SaveFile)} data-testid="lab-save">{ "Save as a file" }</button>
                    <a class="button" href={crate::app::route::Route::About.href()} data-testid="lab-open">{ "Open a file…" }</a>
                </p>
                <p class="row">
                    <button type="button" onclick={act(Act::Begin(opening::log().into()))} data-testid="lab-ready">{ "New lab with the ready-made fleet" }</button>
                    <button type="button" onclick={act(Act::Begin(Lab::new(Start::default()).save().into()))} data-testid="lab-new">{ "New empty lab" }</button>
                </p>
            </Dialog>
        </div>
    }
}
