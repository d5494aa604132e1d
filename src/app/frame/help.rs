//! Help, at the same place on every view: the keys, and where to read on.

use yew::prelude::*;
use yew::props;

use crate::app::parts::{Dialog, TableProps, table};
use crate::app::port;
use crate::app::route::Route;

/// The keys that act everywhere, with what they do; single-key ones are marked.
const KEYS: [(&str, &str); 7] = [
    ("Tab, Shift+Tab", "from one control to the next, and back"),
    ("Enter, Space", "presses the button one is on"),
    ("Esc", "closes a dialog; the focus goes back to where it was"),
    ("Ctrl+Z", "takes the last command back (outside text fields)"),
    ("Ctrl+Y, Ctrl+Shift+Z", "does it again"),
    ("Arrow keys", "move between tabs, in pickers, and the instant of a chart"),
    ("?", "this help (can be switched off under About)"),
];

#[derive(Properties, PartialEq)]
pub struct HelpProps {
    pub open: bool,
    pub close: Callback<()>,
}

/// The help dialog.
pub fn help(props: &HelpProps) -> Html {
    let leave = props.close.reform(|_: MouseEvent| ());
    html! {
        <Dialog open={props.open} close={props.close.clone()} title="Help and keyboard" testid="help-dialog">
            { key_table() }
            <p>{ "Every action in this lab is equal to a command; the line stands beside it and can be copied. A command changes the lab \
                  through the same door as a button, and each can be taken back." }</p>
            <p><a href={Route::About.href()} onclick={leave} data-testid="help-about">{ "About: choices, kept work, privacy" }</a></p>
        </Dialog>
    }
}

/// The keys as a table.
pub fn key_table() -> Html {
    let rows = KEYS.iter().map(|(keys, does)| vec![keyed(keys), html! { *does }]).collect::<Vec<_>>();
    html! { { table(&props!(TableProps { caption: "Keys", head: vec!["Key", "What it does"], rows, testid: "keys" })) } }
}

fn keyed(keys: &str) -> Html {
    let parts = keys.split(", ").enumerate().map(|(index, key)| {
        html! {
            <>{ if index > 0 { ", " } else { "" } }<kbd>{ key.to_owned() }</kbd></>
        }
    });
    html! { <>{ for parts }</> }
}

/// `?` opens help, where the reader allows single keys and is not typing.
#[hook]
pub fn use_help_key(helping: &UseStateHandle<bool>, single_keys: bool) {
    let helping = helping.clone();
    use_effect_with(single_keys, move |single_keys| {
        let allowed = *single_keys;
        let keys = port::watch::keys(move |event| {
            let chord = event.ctrl_key() || event.meta_key() || event.alt_key();
            if allowed && !chord && event.key() == "?" && !port::page::typing() {
                event.prevent_default();
                helping.set(true);
            }
        });
        move || drop(keys)
    });
}
