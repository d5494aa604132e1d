//! What stands where a view will be whose code is still to come.

use yew::prelude::*;

use crate::app::port;

/// Fetches the code of the later views once it is wanted. Gives what stands in their place meanwhile, or that it could
/// not be fetched; nothing when it is here.
#[hook]
pub fn use_later(wanted: bool) -> Option<Html> {
    let attempt = use_state(|| 0);
    let failed = use_state(|| false);
    let (set, again) = (failed.setter(), attempt.clone());
    use_effect_with((wanted, *attempt), move |(wanted, _)| {
        if *wanted && !port::views::here() {
            set.set(false);
            yew::platform::spawn_local(async move { set.set(!port::views::fetch().await) });
        }
    });
    if !wanted || port::views::here() {
        return None;
    }
    let again = Callback::from(move |_: MouseEvent| again.set(*again + 1));
    Some(if *failed {
        html! {
            <div class="page prose" role="alert" data-testid="later-failed">
                <p>{ "This view could not be fetched: the host did not answer, or the site has changed since this page was opened." }</p>
                <p><button type="button" onclick={again} data-testid="later-again">{ "Try again" }</button></p>
            </div>
        }
    } else {
        html! { <p class="page loading" role="status" data-testid="later">{ "Fetching the view…" }</p> }
    })
}
