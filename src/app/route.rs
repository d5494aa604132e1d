//! The views and their hash addresses.

#![allow(
    clippy::disallowed_types,
    reason = "the router's derive names a HashMap of path parameters; the engine has none"
)]

use yew_router::Routable;

/// A view. Hash addresses let one build run under any path of any static host.
#[derive(Clone, Debug, PartialEq, Routable)]
pub enum Route {
    /// The fleet, the place where the lab runs.
    #[at("/")]
    Fleet,
    /// The task definition builder, empty.
    #[at("/build")]
    Build,
    /// The builder on the newest revision of a family.
    #[at("/build/:family")]
    Family {
        /// The family's name.
        family: String,
    },
    /// The list of decks.
    #[at("/cards")]
    Cards,
    /// One deck under review.
    #[at("/cards/:deck")]
    Deck {
        /// The deck's id.
        deck: String,
    },
    /// Keyboard help, choices, kept work and privacy.
    #[at("/about")]
    About,
    /// An address that names no view.
    #[not_found]
    #[at("/404")]
    Lost,
}

impl Route {
    /// The views of the navigation, in its order.
    pub const NAV: [(Route, &'static str, &'static str); 4] = [
        (Route::Fleet, "Fleet", "nav-fleet"),
        (Route::Build, "Build", "nav-build"),
        (Route::Cards, "Cards", "nav-cards"),
        (Route::About, "About", "nav-about"),
    ];

    /// The title of the view, for the window and for the focus after a change of view.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Fleet => "Fleet",
            Self::Build | Self::Family { .. } => "Build a task definition",
            Self::Cards => "Cards",
            Self::Deck { .. } => "Deck",
            Self::About => "About this lab",
            Self::Lost => "No such view",
        }
    }

    /// Whether `other` stands under this entry of the navigation.
    pub fn holds(&self, other: &Route) -> bool {
        match self {
            Self::Build => matches!(other, Self::Build | Self::Family { .. }),
            Self::Cards => matches!(other, Self::Cards | Self::Deck { .. }),
            _ => self == other,
        }
    }

    /// The address as a link has it, `#/build`.
    pub fn href(&self) -> String {
        format!("#{}", self.to_path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_names_its_view_and_the_rest_is_lost() {
        for (path, route) in [
            ("/", Route::Fleet),
            ("/build", Route::Build),
            ("/build/web-app", Route::Family { family: "web-app".into() }),
            ("/cards", Route::Cards),
            ("/cards/placement", Route::Deck { deck: "placement".into() }),
            ("/about", Route::About),
        ] {
            assert_eq!(Route::recognize(path), Some(route.clone()), "{path}");
            assert_eq!(route.href(), format!("#{path}"));
        }
        for path in ["/nowhere", "/build/a/b", "/404", "/fleet"] {
            assert_eq!(Route::recognize(path), Some(Route::Lost), "{path}");
        }
    }

    #[test]
    fn the_navigation_marks_the_view_one_is_in() {
        assert!(Route::Build.holds(&Route::Family { family: "x".into() }));
        assert!(Route::Cards.holds(&Route::Deck { deck: "x".into() }));
        assert!(!Route::Fleet.holds(&Route::Build));
    }
}
