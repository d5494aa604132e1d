//! The views. Each opens with one `<h1 id="view-title" tabindex="-1">`, where the focus goes on arrival.

mod about;
mod build;
mod cards;
mod fleet;
mod lost;
mod registry;
mod roles;
mod scaling;
mod services;
mod traffic;

use yew::prelude::*;

use crate::app::route::Route;
use crate::app::session::Door;

/// The view of an address.
pub fn view(door: &Door, route: &Route) -> Html {
    match route {
        Route::Fleet => html! { <fleet::Fleet /> },
        Route::Build => html! { <build::Build /> },
        Route::Family { family } => html! { <build::Build key={family.as_str()} family={family.clone()} /> },
        // One key for both: the decks and the progress stay while one goes from the list to a deck and back.
        Route::Cards => html! { <cards::Cards key="cards" /> },
        Route::Deck { deck } => html! { <cards::Cards key="cards" deck={deck.clone()} /> },
        Route::Services => html! { <services::Services /> },
        Route::Scaling => html! { <scaling::Scaling /> },
        Route::Registry => html! { <registry::Registry /> },
        Route::Traffic => html! { <traffic::Traffic /> },
        Route::Roles => html! { <roles::Roles /> },
        Route::About => about::about(door),
        Route::Lost => lost::lost(),
    }
}
