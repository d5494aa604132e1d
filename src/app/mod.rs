//! The Yew page over the engine.
//!
//! | place | holds |
//! |---|---|
//! | `route` | the views and their hash addresses |
//! | `store` | the one reducer over the engine; pure, no browser calls |
//! | `keep` | what is kept between visits and how two tabs stay apart: decisions over a `Shelf`, tested natively |
//! | `frame` | top bar, main region, help, notices, live region |
//! | `session` | ties store and browser together: saves, leases, shortcuts |
//! | `pages` | one folder a view |
//! | `parts` | what the views are made of |
//! | `port` | the only files that call browser APIs (event and element types aside) |

mod frame;
mod keep;
mod pages;
mod parts;
mod port;
mod route;
mod session;
mod store;

use yew::prelude::*;

/// Mounts the page, or leaves the static screen of `boot.js` standing when there is no place to mount.
pub fn start() {
    port::crash::watch();
    port::address::keep_absolute();
    if session::kept_is_ready() {
        return mount();
    }
    session::fetch_later(|here| if here { mount() } else { port::crash::report(session::FAILED) });
}

fn mount() {
    if let Some(root) = port::page::element("app") {
        yew::Renderer::<App>::with_root(root).render();
        port::crash::started();
    }
}

/// The whole page.
#[component]
fn App() -> Html {
    html! {
        <session::Session>
            <frame::Frame />
        </session::Session>
    }
}
