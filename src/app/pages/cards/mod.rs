//! The cards: decks with their due counts, and reviews.

use yew::prelude::*;

use crate::app::parts::Empty;

#[derive(Properties, PartialEq)]
pub struct CardsProps {
    /// The deck under review.
    #[prop_or_default]
    pub deck: Option<String>,
}

/// The view.
#[component]
pub fn Cards(props: &CardsProps) -> Html {
    let title = props.deck.clone().unwrap_or_else(|| "Cards".to_owned());
    html! {
        <div class="page">
            <div class="head"><h1 id="view-title" tabindex="-1">{ title }</h1></div>
            <Empty title="No decks yet" testid="cards-empty"><p>{ "The decks are being written." }</p></Empty>
        </div>
    }
}
