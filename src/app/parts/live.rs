//! The one polite live region: a sentence for each result (WCAG 4.1.3).

use std::rc::Rc;

use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct LiveRegionProps {
    /// The sentence and its number.
    pub said: (u64, Rc<str>),
}

/// Reads the last sentence out. A new element for each makes the same words twice two announcements.
pub fn live_region(props: &LiveRegionProps) -> Html {
    let (number, text) = &props.said;
    html! {
        <div class="sr-only" role="status" aria-live="polite" data-testid="said">
            <p key={*number}>{ text.to_string() }</p>
        </div>
    }
}
