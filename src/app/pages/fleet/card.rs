//! One container instance: two tanks with its tasks as bricks, rails for interfaces, its ports, and what a decision
//! says of it. Geometry stands in SVG attributes: the CSP allows no inline style.

use super::view::{Brick, Card, short_instance};
use ecs_lab::ecs::{InstanceStatus, TaskStatus};
use ecs_lab::event::TaskKey;
use ecs_lab::placement::Amount;
use yew::prelude::*;

/// The height of a tank in CSS pixels.
const HEIGHT: f64 = 116.0;

/// What the selected decision says of this instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// One sentence.
    pub text: String,
    /// How it came out.
    pub outcome: Outcome,
}

/// How a candidate came out of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was chosen.
    Chosen,
    /// It fits, but another one was better.
    Fits,
    /// It does not fit.
    Out,
}

#[derive(Properties, PartialEq)]
pub struct InstanceCardProps {
    pub card: Card,
    pub verdict: Option<Verdict>,
    /// The selected task, to be outlined.
    pub selected_task: Option<TaskKey>,
    /// Whether this instance is selected.
    pub selected: bool,
    pub pick: Callback<()>,
    pub pick_task: Callback<TaskKey>,
}

/// The card.
#[component]
pub fn InstanceCard(props: &InstanceCardProps) -> Html {
    let card = &props.card;
    let pick = props.pick.reform(|_: MouseEvent| ());
    let class = classes!(
        "card",
        props.selected.then_some("picked"),
        (card.status == InstanceStatus::Draining).then_some("draining"),
        (!card.connected).then_some("lost"),
        props.verdict.as_ref().map(|verdict| verdict.outcome.class()),
    );
    let tank = |name: &'static str, amount: Amount, of: fn(&Brick) -> u32| {
        html! {
            <Tank {name} {amount} bricks={card.bricks.iter().map(|brick| (brick.clone(), of(brick))).collect::<Vec<_>>()}
                selected={props.selected_task} pick={props.pick_task.clone()} />
        }
    };
    html! {
        <article {class} data-testid={format!("card-{}", card.id)}>
            <header>
                <button type="button" class="plain small name" title={card.id.clone()} onclick={pick} aria-pressed={props.selected.to_string()}
                    aria-label={format!("{}: instance {}, {}, {}", short_instance(&card.id), card.id, card.kind, state_words(card))} data-testid={format!("pick-{}", card.id)}>
                    { short_instance(&card.id) }
                </button>
                <span class="dim">{ &card.kind }</span>
            </header>
            <div class="tanks">
                { tank("CPU", card.cpu, |brick| brick.cpu) }
                { tank("MiB", card.memory, |brick| brick.memory) }
                <Rail name="ENI" amount={card.enis} />
                if card.gpu.total > 0 {
                    <Rail name="GPU" amount={card.gpu} />
                }
            </div>
            <p class="ports">
                { for card.ports.iter().map(|(port, holder)| html! {
                    <span class="port" key={port.as_str()} title={format!("host port {port} is held by {holder}")}>{ port }</span>
                }) }
                if card.status == InstanceStatus::Draining { <span class="chip warn">{ "DRAINING" }</span> }
                if !card.connected { <span class="chip bad">{ "agent disconnected" }</span> }
                { for card.custom.iter().map(|(name, value)| html! {
                    <span class="chip" key={name.as_str()}>{ value.as_ref().map_or_else(|| name.clone(), |value| format!("{name}={value}")) }</span>
                }) }
            </p>
            if let Some(verdict) = &props.verdict {
                <p class={classes!("verdict", verdict.outcome.class())} data-testid={format!("verdict-{}", card.id)}>
                    <span aria-hidden="true">{ verdict.outcome.sign() }</span>{ &verdict.text }
                </p>
            }
        </article>
    }
}

impl Outcome {
    fn class(self) -> &'static str {
        match self {
            Outcome::Chosen => "chosen",
            Outcome::Fits => "fits",
            Outcome::Out => "out",
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Outcome::Chosen => "★ ",
            Outcome::Fits => "○ ",
            Outcome::Out => "✕ ",
        }
    }
}

/// Status and fill in words, for the card's name.
pub fn state_words(card: &Card) -> String {
    let agent = if card.connected { "" } else { ", agent disconnected" };
    format!(
        "{}{agent}, {} tasks, {} of {} CPU units and {} of {} MiB free",
        card.status.name(),
        card.bricks.len(),
        card.cpu.free,
        card.cpu.total,
        card.memory.free,
        card.memory.total
    )
}

#[derive(Properties, PartialEq)]
struct TankProps {
    name: &'static str,
    amount: Amount,
    /// The tasks with what each holds of this resource.
    bricks: Vec<(Brick, u32)>,
    selected: Option<TaskKey>,
    pick: Callback<TaskKey>,
}

/// One resource, filled from the bottom; the free amount stands as a number.
#[component]
fn Tank(props: &TankProps) -> Html {
    let total = f64::from(props.amount.total.max(1));
    let scale = HEIGHT / total;
    let mut bottom = HEIGHT;
    let mut bricks = Vec::new();
    for (brick, held) in props.bricks.iter().filter(|(_, held)| *held > 0) {
        let height = f64::from(*held) * scale;
        bottom -= height;
        bricks.push(brick_picture(brick, bottom, height, props.selected == Some(brick.key), &props.pick));
    }
    let free = format!("{} {} free of {}", props.amount.free, props.name, props.amount.total);
    html! {
        <figure class="tank" data-name={props.name} data-total={props.amount.total.to_string()} data-free={props.amount.free.to_string()}>
            <svg width="100%" height={HEIGHT.to_string()} role="img" aria-label={free}>
                <rect class="glass" width="100%" height="100%" />
                { for bricks }
            </svg>
            <figcaption><b class="number">{ props.amount.free }</b><span class="dim">{ format!(" {} free", props.name) }</span></figcaption>
        </figure>
    }
}

fn brick_picture(brick: &Brick, top: f64, height: f64, selected: bool, pick: &Callback<TaskKey>) -> Html {
    let key = brick.key;
    let onclick = pick.reform(move |_: MouseEvent| key);
    let middle = top + height / 2.0;
    let starting = brick.status != TaskStatus::Running;
    html! {
        <g key={brick.short.as_str()} class={classes!("task", selected.then_some("picked"), starting.then_some("starting"))} {onclick}
            data-task={brick.key.id.to_string()} data-height={format!("{height:.3}")}>
            <title>{ format!("{} {} · {} CPU, {} MiB · {}", brick.definition, brick.short, brick.cpu, brick.memory, brick.status.name()) }</title>
            <rect class={format!("brick hue-{}", brick.look % 7)} width="100%" y={top.to_string()} height={height.to_string()} />
            if let Some(pattern) = pattern(brick.look) {
                <rect class="brick-pattern" fill={format!("url(#{pattern})")} width="100%" y={top.to_string()} height={height.to_string()} />
            }
            if height >= 12.0 {
                <rect class="brick-tag" x="50%" transform="translate(-8 0)" width="16" height="11" rx="2" y={(middle - 5.5).to_string()} />
                <text class="brick-letter" x="50%" y={middle.to_string()}>{ brick.letter }</text>
            }
            if selected {
                <rect class="brick-outline" width="100%" y={(top + 1.0).to_string()} height={(height - 2.0).max(1.0).to_string()} />
            }
        </g>
    }
}

/// The pattern of a family: with seven hues, 56 families look different.
pub fn pattern(look: u32) -> Option<&'static str> {
    let patterns = [
        None,
        Some("brick-diagonal"),
        Some("brick-dots"),
        Some("brick-grid"),
        Some("brick-lines"),
        Some("brick-bars"),
        Some("brick-backward"),
        Some("brick-chevron"),
    ];
    patterns.get(look as usize % patterns.len()).copied().flatten()
}

#[derive(Properties, PartialEq)]
struct RailProps {
    name: &'static str,
    amount: Amount,
}

/// Pieces, one box each; taken ones are filled.
#[component]
fn Rail(props: &RailProps) -> Html {
    let Amount { total, free } = props.amount;
    let shown = total.min(8);
    let step = HEIGHT / f64::from(shown.max(1));
    let box_height = (step - 3.0).min(20.0);
    let taken = total - free;
    let boxes = (0..shown).map(|n| {
        let y = HEIGHT - f64::from(n + 1) * (box_height + 3.0) + 3.0;
        let class = if n < taken { "piece taken" } else { "piece" };
        html! { <rect key={n} {class} x="1" width="10" rx="2" y={y.to_string()} height={box_height.to_string()} /> }
    });
    html! {
        <figure class="rail">
            <svg width="12" height={HEIGHT.to_string()} role="img" aria-label={format!("{taken} of {total} {} taken", props.name)}>{ for boxes }</svg>
            <figcaption><span class="dim">{ props.name }</span></figcaption>
        </figure>
    }
}
