//! One container instance: two tanks with its tasks as bricks, rails for interfaces, its ports, and what a decision
//! says of it. Geometry stands in SVG attributes: the CSP allows no inline style.

use super::view::{Brick, Card, short_instance};
use ecs_lab::ecs::{InstanceStatus, TaskStatus};
use ecs_lab::event::TaskKey;
use ecs_lab::placement::Amount;
use yew::prelude::*;

/// The height of a tank in thousandths of a CSS pixel: whole numbers spare the page the printing of floats.
const HEIGHT: u32 = 116_000;

/// A length as SVG reads it.
fn px(thousandths: u32) -> String {
    format!("{}.{:03}", thousandths / 1000, thousandths % 1000)
}

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
                { tank(props, "CPU", card.cpu, |brick| brick.cpu) }
                { tank(props, "MiB", card.memory, |brick| brick.memory) }
                { rail("ENI", card.enis) }
                if card.gpu.total > 0 {
                    { rail("GPU", card.gpu) }
                }
            </div>
            <p class="ports">
                { for card.ports.iter().map(|(port, holder)| html! {
                    <span class="port" key={port.as_str()} title={format!("host port {port} is held by {holder}")}>{ port }</span>
                }) }
                if card.status != InstanceStatus::Active { <span class="chip warn">{ card.status.name() }</span> }
                if !card.connected { <span class="chip bad">{ "agent disconnected" }</span> }
                { for card.custom.iter().map(|(name, value)| html! {
                    <span class="chip" key={name.as_str()}>{ value.as_ref().map_or_else(|| name.clone(), |value| format!("{name}={value}")) }</span>
                }) }
            </p>
            if !card.groups.is_empty() {
                <p class="groups dim">{ card.groups.iter().map(|(group, tasks)| format!("{group} ×{tasks}")).collect::<Vec<_>>().join(", ") }</p>
            }
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

/// One resource, filled from the bottom; the free amount stands as a number.
fn tank(props: &InstanceCardProps, name: &str, amount: Amount, held: fn(&Brick) -> u32) -> Html {
    let total = u64::from(amount.total.max(1));
    let mut bottom = HEIGHT;
    let mut bricks = Vec::new();
    for brick in props.card.bricks.iter().filter(|brick| held(brick) > 0) {
        let height = (u64::from(held(brick)) * u64::from(HEIGHT) / total) as u32;
        bottom = bottom.saturating_sub(height);
        bricks.push(brick_picture(brick, bottom, height, props.selected_task == Some(brick.key), &props.pick_task));
    }
    let free = format!("{} {name} free of {}", amount.free, amount.total);
    html! {
        <figure class="tank" data-name={name.to_owned()} data-total={amount.total.to_string()} data-free={amount.free.to_string()}>
            <svg width="100%" height="116" role="img" aria-label={free}>
                <rect class="glass" width="100%" height="100%" />
                { for bricks }
            </svg>
            <figcaption><b class="number">{ amount.free }</b><span class="dim">{ format!(" {name} free") }</span></figcaption>
        </figure>
    }
}

fn brick_picture(brick: &Brick, top: u32, height: u32, selected: bool, pick: &Callback<TaskKey>) -> Html {
    let key = brick.key;
    let onclick = pick.reform(move |_: MouseEvent| key);
    let middle = top + height / 2;
    let starting = brick.status != TaskStatus::Running;
    html! {
        <g key={brick.short.as_str()} class={classes!("task", selected.then_some("picked"), starting.then_some("starting"))} {onclick}
            data-task={brick.key.id.to_string()} data-height={px(height)}>
            <title>{ format!("{} {} · {} CPU, {} MiB · {}", brick.definition, brick.short, brick.cpu, brick.memory, brick.status.name()) }</title>
            <rect class={format!("brick hue-{}", brick.look % 7)} width="100%" y={px(top)} height={px(height)} />
            if let Some(pattern) = pattern(brick.look) {
                <rect class="brick-pattern" fill={format!("url(#{pattern})")} width="100%" y={px(top)} height={px(height)} />
            }
            if height >= 12_000 {
                <rect class="brick-tag" x="50%" transform="translate(-8 0)" width="16" height="11" rx="2" y={px(middle.saturating_sub(5500))} />
                <text class="brick-letter" x="50%" y={px(middle)}>{ brick.letter }</text>
            }
            if selected {
                <rect class="brick-outline" width="100%" y={px(top + 1000)} height={px(height.saturating_sub(2000).max(1000))} />
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

/// Pieces, one box each; taken ones are filled.
fn rail(name: &str, Amount { total, free }: Amount) -> Html {
    let shown = total.min(8);
    let box_height = (HEIGHT / shown.max(1)).saturating_sub(3000).min(20_000);
    let taken = total - free;
    let boxes = (0..shown).map(|n| {
        let y = HEIGHT.saturating_sub((n + 1) * (box_height + 3000)) + 3000;
        let class = if n < taken { "piece taken" } else { "piece" };
        html! { <rect key={n} {class} x="1" width="10" rx="2" y={px(y)} height={px(box_height)} /> }
    });
    html! {
        <figure class="rail">
            <svg width="12" height="116" role="img" aria-label={format!("{taken} of {total} {name} taken")}>{ for boxes }</svg>
            <figcaption><span class="dim">{ name.to_owned() }</span></figcaption>
        </figure>
    }
}
