//! A place with nothing in it yet, and what to do about that.

use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct EmptyProps {
    /// What is not there.
    pub title: AttrValue,
    /// Its test id.
    pub testid: AttrValue,
    /// What to do.
    #[prop_or_default]
    pub children: Html,
}

/// An empty state.
#[component]
pub fn Empty(props: &EmptyProps) -> Html {
    html! {
        <div class="empty" data-testid={props.testid.clone()}>
            <h2>{ props.title.clone() }</h2>
            { props.children.clone() }
        </div>
    }
}
