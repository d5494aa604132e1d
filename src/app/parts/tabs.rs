//! Tabs by the ARIA pattern: one tab stop, arrow keys move and select.

use yew::prelude::*;

use crate::app::port;

#[derive(Properties, PartialEq)]
pub struct TabsProps {
    /// What the tabs choose between.
    pub label: AttrValue,
    /// Id and words of each tab; the ids are unique on the page.
    pub tabs: Vec<(AttrValue, AttrValue)>,
    /// The id of the chosen tab.
    pub chosen: AttrValue,
    pub choose: Callback<AttrValue>,
    /// The chosen tab's panel.
    pub panel: Html,
}

/// Tabs with the chosen one's panel.
pub fn tabs(props: &TabsProps) -> Html {
    let onkeydown = {
        let (ids, chosen, choose) = (props.tabs.clone(), props.chosen.clone(), props.choose.clone());
        Callback::from(move |event: KeyboardEvent| {
            let at = ids.iter().position(|(id, _)| *id == chosen).unwrap_or(0);
            if let Some(to) = target(&event.key(), at, ids.len()).and_then(|to| ids.get(to)) {
                event.prevent_default();
                choose.emit(to.0.clone());
                port::page::focus(&to.0);
            }
        })
    };
    let tab = |(id, words): &(AttrValue, AttrValue)| {
        let on = *id == props.chosen;
        let press = {
            let (choose, id) = (props.choose.clone(), id.clone());
            Callback::from(move |_: MouseEvent| choose.emit(id.clone()))
        };
        html! {
            <button type="button" role="tab" key={id.as_str()} id={id.clone()} onclick={press} aria-selected={on.to_string()}
                aria-controls={on.then(|| format!("{id}-panel"))} tabindex={if on { "0" } else { "-1" }} data-testid={id.clone()}>{ words.clone() }</button>
        }
    };
    html! {
        <div class="stack">
            <div class="tabs" role="tablist" aria-label={props.label.clone()} {onkeydown}>{ for props.tabs.iter().map(tab) }</div>
            <div role="tabpanel" id={format!("{}-panel", props.chosen)} aria-labelledby={props.chosen.clone()}>{ props.panel.clone() }</div>
        </div>
    }
}

/// Where a key moves to.
fn target(key: &str, at: usize, count: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    match key {
        "ArrowRight" => Some(if at >= last { 0 } else { at + 1 }),
        "ArrowLeft" => Some(at.checked_sub(1).unwrap_or(last)),
        "Home" => Some(0),
        "End" => Some(last),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_go_round_and_other_keys_do_nothing() {
        for (key, at, to) in [
            ("ArrowRight", 0, Some(1)),
            ("ArrowRight", 2, Some(0)),
            ("ArrowLeft", 0, Some(2)),
            ("Home", 2, Some(0)),
            ("End", 0, Some(2)),
            ("a", 0, None),
        ] {
            assert_eq!(target(key, at, 3), to, "{key} at {at}");
        }
        assert_eq!(target("End", 0, 0), None);
    }
}
