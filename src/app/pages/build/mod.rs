//! The task definition builder: form and JSON side by side, each editing the other.

use yew::prelude::*;

use crate::app::parts::Empty;

#[derive(Properties, PartialEq)]
pub struct BuildProps {
    /// The family to open, its newest revision.
    #[prop_or_default]
    pub family: Option<String>,
}

/// The view.
#[component]
pub fn Build(props: &BuildProps) -> Html {
    let title = props.family.clone().unwrap_or_else(|| "Build a task definition".to_owned());
    html! {
        <div class="page">
            <div class="head"><h1 id="view-title" tabindex="-1">{ title }</h1></div>
            <Empty title="No task definition yet" testid="build-empty"><p>{ "The builder is being built." }</p></Empty>
        </div>
    }
}
