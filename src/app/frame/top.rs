//! The top bar: name, views, clock, undo, redo, the passing of time, help. The same on every view.

use ecs_lab::lab::{Allowance, Command, LONGEST_SPAN};
use ecs_lab::shell::line_of;
use ecs_lab::sim::SimDuration;
use yew::prelude::*;
use yew::props;

use crate::app::parts::{Dialog, TextFieldProps, command_line, text_field};
use crate::app::port;
use crate::app::route::Route;
use crate::app::session::{Door, use_door};
use crate::app::store::{Action, PASSES};

#[derive(Properties, PartialEq)]
pub struct TopProps {
    /// The view one is in.
    pub route: Route,
    /// Asks for help.
    pub help: Callback<()>,
}

/// The top bar.
pub fn top(door: &Door, props: &TopProps) -> Html {
    let help = props.help.reform(|_: MouseEvent| ());
    // Not a plain link to "#main": the hash is the address of the view.
    let skip = Callback::from(|event: MouseEvent| {
        event.prevent_default();
        port::page::focus("main");
    });
    html! {
        <header class="top">
            <a class="skip button" href={props.route.href()} onclick={skip} data-testid="skip">{ "Skip to the view" }</a>
            <a class="brand" href={Route::Fleet.href()} data-testid="brand">{ "ECS Lab" }</a>
            <nav aria-label="Views">
                { for Route::NAV.iter().map(|(to, words, testid)| html! {
                    <a href={to.href()} data-testid={*testid} aria-current={to.holds(&props.route).then_some("page")}>{ *words }</a>
                }) }
            </nav>
            <Clock />
            <button type="button" onclick={help} data-testid="help" aria-label="Help and keyboard" title="Help and keyboard: ?">{ "?" }</button>
            { last(door) }
        </header>
    }
}

/// The last action as a command: every button's line can be read and copied here after it was pressed.
fn last(door: &Door) -> Html {
    let line = match &door.store().last_line {
        Some(line) => html! { { command_line(door, line.to_string(), "last-line") } },
        None => html! { <p>{ "Every action shows here the command that it is equal to." }</p> },
    };
    html! { <div class="last" data-testid="last-command">{ line }</div> }
}

/// The simulated clock with undo, redo and the passing of time.
#[component]
fn Clock() -> Html {
    let door = use_door();
    let asking = use_state(|| false);
    let text = use_state(|| "5m".to_owned());
    let lab = door.store().lab();
    let (can_undo, can_redo, now) = (lab.revision() > 0, lab.revision() < lab.len(), lab.now());
    drop(lab);
    let passes = door.store().notes.iter().any(|note| note.topic == PASSES);
    let step = |action: fn() -> Action| {
        let door = door.clone();
        Callback::from(move |_: MouseEvent| door.dispatch(action()))
    };
    let minute = {
        let door = door.clone();
        Callback::from(move |_: MouseEvent| door.run(Command::Advance(SimDuration::from_secs(60))))
    };
    let ask = {
        let asking = asking.clone();
        Callback::from(move |_: MouseEvent| asking.set(true))
    };
    let close = {
        let asking = asking.clone();
        Callback::from(move |()| asking.set(false))
    };
    html! {
        <div class="clock" role="group" aria-label="Simulated time">
            <button type="button" disabled={!can_undo} onclick={step(|| Action::Undo)} data-testid="undo" aria-label="Undo" title="Undo: Ctrl+Z">{ "↶" }</button>
            <button type="button" disabled={!can_redo} onclick={step(|| Action::Redo)} data-testid="redo" aria-label="Redo" title="Redo: Ctrl+Y">{ "↷" }</button>
            <button type="button" onclick={minute} data-testid="advance-1m" title="lab advance 1m">{ "+1 min" }</button>
            // The note with its Cancel may be scrolled out of sight.
            if passes {
                <button type="button" class="danger" onclick={step(|| Action::Stop)} data-testid="advance-stop">{ "Stop" }</button>
            } else {
                <button type="button" onclick={ask} data-testid="advance">{ "Advance…" }</button>
            }
            <time datetime={now.to_string()} data-testid="clock" title={now.to_string()}>{ day_and_clock(now) }</time>
            { advance(&door, *asking, &close, &text) }
        </div>
    }
}

/// `Mon 5 Jan 2026 09:14:20`: the day matters once an experiment runs over night.
fn day_and_clock(now: ecs_lab::sim::SimTime) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let civil = now.civil();
    let day = DAYS.get(now.as_millis().div_euclid(86_400_000).rem_euclid(7) as usize).copied().unwrap_or_default();
    let month = MONTHS.get(civil.month.saturating_sub(1) as usize).copied().unwrap_or_default();
    format!("{day} {} {month} {} {}", civil.day, civil.year, now.clock())
}

/// How much time is asked for; where that is none, or more than a line of the prompt may ask for, what is expected.
fn asked(text: &str) -> Result<SimDuration, String> {
    let span = SimDuration::parse(text).ok().filter(|span| Allowance::default().takes(*span));
    span.ok_or_else(|| format!("expected a span such as 90s, 5m, 1h30m or 2d, at most {LONGEST_SPAN} in one go"))
}

/// Asks how much time shall pass.
fn advance(door: &Door, open: bool, close: &Callback<()>, text: &UseStateHandle<String>) -> Html {
    let span = asked(text);
    let change = {
        let text = text.clone();
        Callback::from(move |value: String| text.set(value))
    };
    let submit = {
        let (door, close, span) = (door.clone(), close.clone(), span.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if let Ok(span) = &span {
                door.run(Command::Advance(*span));
                close.emit(());
            }
        })
    };
    html! {
        <Dialog {open} close={close.clone()} title="Advance the clock" testid="advance-dialog">
            <form class="stack" onsubmit={submit}>
                { text_field(&props!(TextFieldProps { id: "advance-span", label: "How long", hint: "90s, 5m, 1h30m or 2d; a bare number is seconds.", value: (**text).clone(), change, error: span.clone().err().map(AttrValue::from) })) }
                if let Ok(span) = &span {
                    { command_line(door, line_of(&Command::Advance(*span)), "advance-line") }
                }
                <p class="row"><button class="primary" disabled={span.is_err()} data-testid="advance-go">{ "Advance" }</button></p>
            </form>
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecs_lab::sim::SimTime;

    /// Every line that the dialog shows is one that the prompt takes.
    #[test]
    fn the_dialog_asks_for_no_more_than_the_prompt_takes() {
        for (text, taken) in [
            ("5m", true),
            ("90", true),
            ("30d", true),
            ("30d1ms", false),
            ("60d", false),
            ("400d", false),
            ("soon", false),
        ] {
            let span = asked(text);
            assert_eq!(span.is_ok(), taken, "{text}: {span:?}");
            let mut lab = ecs_lab::lab::Lab::new(ecs_lab::lab::Start::default());
            let line = span.map_or_else(|_| format!("lab advance {text}"), |span| line_of(&Command::Advance(span)));
            let mut terminal = ecs_lab::shell::Terminal::of(&lab, ecs_lab::shell::Generation::V2);
            assert_eq!(terminal.run(&mut lab, &line).status == 0, taken, "{line}");
        }
    }

    #[test]
    fn the_clock_names_the_day() {
        for (time, shown) in [
            ("2026-01-05T09:00:00Z", "Mon 5 Jan 2026 09:00:00"),
            ("1970-01-01T00:00:00Z", "Thu 1 Jan 1970 00:00:00"),
            ("1969-12-31T23:59:59Z", "Wed 31 Dec 1969 23:59:59"),
            ("2028-02-29T12:00:00Z", "Tue 29 Feb 2028 12:00:00"),
        ] {
            assert_eq!(day_and_clock(SimTime::parse(time).unwrap()), shown);
        }
    }
}
