//! A dialog on the native element: the browser keeps the focus in, closes on Esc, and gives the focus back.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct DialogProps {
    /// Whether it shows.
    pub open: bool,
    /// Asks for it to be closed: Esc, the close button.
    pub close: Callback<()>,
    /// Its heading.
    pub title: AttrValue,
    /// Its test id.
    pub testid: AttrValue,
    /// Whether it may be wider than a form.
    #[prop_or_default]
    pub wide: bool,
    /// What it holds; made only while it shows.
    pub children: Html,
}

/// A modal dialog.
#[component]
pub fn Dialog(props: &DialogProps) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with(props.open, move |open| {
            if let Some(dialog) = node.cast::<HtmlDialogElement>() {
                match (*open, dialog.open()) {
                    (true, false) => drop(dialog.show_modal()),
                    (false, true) => dialog.close(),
                    _ => {}
                }
            }
        });
    }
    let closed = props.close.reform(|_: Event| ());
    let press = props.close.reform(|_: MouseEvent| ());
    let heading = format!("{}-title", props.testid);
    html! {
        <dialog ref={node} class={classes!(props.wide.then_some("wide"))} onclose={closed} aria-labelledby={heading.clone()} data-testid={props.testid.clone()}>
            if props.open {
                <div class="title">
                    <h2 id={heading}>{ props.title.clone() }</h2>
                    <button type="button" class="plain" onclick={press} aria-label="Close" data-testid={format!("{}-close", props.testid)}>{ "✕" }</button>
                </div>
                <div class="body">{ props.children.clone() }</div>
            }
        </dialog>
    }
}
