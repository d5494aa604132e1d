//! The views and their hash addresses.

#![allow(
    clippy::disallowed_types,
    reason = "the router's derive names a HashMap of path parameters; the engine has none"
)]

/// A view. Hash addresses let one build run under any path of any static host.
///
/// Thirteen addresses are matched by hand: the router library costs more of the first load than all decks.
#[derive(Clone, Debug, PartialEq)]
pub enum Route {
    /// `/`: the fleet, the place where the lab runs.
    Fleet,
    /// `/build`: the task definition builder.
    Build,
    /// `/build/FAMILY` or `/build/FAMILY:REVISION`: the builder on what is registered.
    Family {
        /// The family's name, with a revision or for the newest.
        family: String,
    },
    /// `/services`: the services of the lab.
    Services,
    /// `/scaling`: what scales, why it did, and why not.
    Scaling,
    /// `/registry`: the repositories and their images.
    Registry,
    /// `/terminal`: a prompt for commands.
    Terminal,
    /// `/traffic`: load balancers and the way of a request.
    Traffic,
    /// `/roles`: who may call what.
    Roles,
    /// `/cards`: the list of decks.
    Cards,
    /// `/cards/DECK`: one deck under review.
    Deck {
        /// The deck's id.
        deck: String,
    },
    /// `/about`: keyboard help, choices, kept work and privacy.
    About,
    /// An address that names no view.
    Lost,
}

impl Route {
    /// The views of the navigation, in its order.
    pub const NAV: [(Route, &'static str, &'static str); 10] = [
        (Route::Fleet, "Fleet", "nav-fleet"),
        (Route::Build, "Build", "nav-build"),
        (Route::Services, "Services", "nav-services"),
        (Route::Scaling, "Scaling", "nav-scaling"),
        (Route::Registry, "Registry", "nav-registry"),
        (Route::Terminal, "Terminal", "nav-terminal"),
        (Route::Traffic, "Traffic", "nav-traffic"),
        (Route::Roles, "Roles", "nav-roles"),
        (Route::Cards, "Cards", "nav-cards"),
        (Route::About, "About", "nav-about"),
    ];

    /// The title of the view, for the window and for the focus after a change of view.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Fleet => "Fleet",
            Self::Build | Self::Family { .. } => "Build a task definition",
            Self::Services => "Services",
            Self::Scaling => "Scaling",
            Self::Registry => "Registry",
            Self::Terminal => "Terminal",
            Self::Traffic => "Traffic",
            Self::Roles => "Roles",
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

    /// The view of a path, `/build/web`.
    pub fn recognize(path: &str) -> Self {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [] => Self::Fleet,
            ["build"] => Self::Build,
            ["build", family] => Self::Family { family: (*family).to_owned() },
            ["services"] => Self::Services,
            ["scaling"] => Self::Scaling,
            ["registry"] => Self::Registry,
            ["terminal"] => Self::Terminal,
            ["traffic"] => Self::Traffic,
            ["roles"] => Self::Roles,
            ["cards"] => Self::Cards,
            ["cards", deck] => Self::Deck { deck: (*deck).to_owned() },
            ["about"] => Self::About,
            _ => Self::Lost,
        }
    }

    /// The address as a link has it, `#/build`.
    pub fn href(&self) -> String {
        match self {
            Self::Fleet => "#/".into(),
            Self::Build => "#/build".into(),
            Self::Family { family } => format!("#/build/{family}"),
            Self::Services => "#/services".into(),
            Self::Scaling => "#/scaling".into(),
            Self::Registry => "#/registry".into(),
            Self::Terminal => "#/terminal".into(),
            Self::Traffic => "#/traffic".into(),
            Self::Roles => "#/roles".into(),
            Self::Cards => "#/cards".into(),
            Self::Deck { deck } => format!("#/cards/{deck}"),
            Self::About => "#/about".into(),
            Self::Lost => "#/404".into(),
        }
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
            ("/services", Route::Services),
            ("/scaling", Route::Scaling),
            ("/registry", Route::Registry),
            ("/terminal", Route::Terminal),
            ("/traffic", Route::Traffic),
            ("/roles", Route::Roles),
            ("/cards", Route::Cards),
            ("/cards/placement", Route::Deck { deck: "placement".into() }),
            ("/about", Route::About),
        ] {
            assert_eq!(Route::recognize(path), route.clone(), "{path}");
            assert_eq!(route.href(), format!("#{path}"));
        }
        for path in ["/nowhere", "/build/a/b", "/404", "/fleet"] {
            assert_eq!(Route::recognize(path), Route::Lost, "{path}");
        }
    }

    #[test]
    fn the_navigation_marks_the_view_one_is_in() {
        assert!(Route::Build.holds(&Route::Family { family: "x".into() }));
        assert!(Route::Cards.holds(&Route::Deck { deck: "x".into() }));
        assert!(!Route::Fleet.holds(&Route::Build));
    }
}
