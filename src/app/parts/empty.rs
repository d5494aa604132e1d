//! A place with nothing in it yet, and what to do about that.

use yew::prelude::*;

/// An empty state: what is not there, its test id, and what to do.
pub fn empty(title: &str, testid: &'static str, what_to_do: Html) -> Html {
    html! {
        <div class="empty" data-testid={testid}>
            <h2>{ title }</h2>
            { what_to_do }
        </div>
    }
}
