//! The line an action is equal to, with copy.

use yew::prelude::*;

use crate::app::session::Door;
use crate::app::store::Act;

/// A command line that can be copied, without a prompt. Its copy button has the line's test id with `-copy`.
pub fn command_line(door: &Door, line: String, testid: &str) -> Html {
    let copy = {
        let (door, line) = (door.clone(), line.clone());
        Callback::from(move |_: MouseEvent| door.act(Act::Copy(line.as_str().into())))
    };
    html! {
        <div class="command">
            <code lang="en" tabindex="0" title={line.clone()} data-testid={testid.to_owned()}>{ line }</code>
            <button type="button" class="small" onclick={copy} data-testid={format!("{testid}-copy")} aria-label="Copy the command">{ "Copy" }</button>
        </div>
    }
}
