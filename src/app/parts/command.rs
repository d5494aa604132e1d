//! The line an action is equal to, with copy.

use yew::prelude::*;

use crate::app::session::use_door;
use crate::app::store::Act;

#[derive(Properties, PartialEq)]
pub struct CommandLineProps {
    /// The line, without a prompt.
    pub line: AttrValue,
    /// The line's test id; its copy button has the same with `-copy`.
    #[prop_or(AttrValue::Static("command"))]
    pub testid: AttrValue,
}

/// A command line that can be copied.
#[component]
pub fn CommandLine(props: &CommandLineProps) -> Html {
    let door = use_door();
    let line = props.line.clone();
    let copy = Callback::from(move |_: MouseEvent| door.act(Act::Copy(line.as_str().into())));
    html! {
        <div class="command">
            <code lang="en" tabindex="0" title={props.line.clone()} data-testid={props.testid.clone()}>{ props.line.clone() }</code>
            <button type="button" class="small" onclick={copy} data-testid={format!("{}-copy", props.testid)} aria-label="Copy the command">{ "Copy" }</button>
        </div>
    }
}
