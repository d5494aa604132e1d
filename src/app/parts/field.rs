//! Fields: a visible label, a hint, and the error where it stands, all tied to the control.

use web_sys::{HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};
use yew::prelude::*;

use super::Kept;

#[derive(Properties, PartialEq)]
pub struct TextFieldProps {
    /// The control's id, unique on the page; its test id too.
    pub id: AttrValue,
    pub label: AttrValue,
    #[prop_or_default]
    pub hint: Option<AttrValue>,
    #[prop_or_default]
    pub error: Option<AttrValue>,
    pub value: AttrValue,
    pub change: Callback<String>,
    /// What the on-screen keyboard offers, such as `numeric`.
    #[prop_or_default]
    pub inputmode: Option<AttrValue>,
    /// The id of a `datalist` with suggestions.
    #[prop_or_default]
    pub list: Option<AttrValue>,
    #[prop_or_default]
    pub placeholder: Option<AttrValue>,
}

/// A field of one line.
pub fn text_field(props: &TextFieldProps) -> Html {
    let oninput = props.change.reform(|event: InputEvent| event.target_unchecked_into::<HtmlInputElement>().value());
    let control = html! {
        <input type="text" id={props.id.clone()} value={props.value.clone()} {oninput} autocomplete="off" spellcheck="false" autocapitalize="off"
            inputmode={props.inputmode.clone()} list={props.list.clone()} placeholder={props.placeholder.clone()}
            aria-invalid={invalid(&props.error)} aria-describedby={described(&props.id, &props.hint, &props.error)} data-testid={props.id.clone()} />
    };
    around(&props.id, &props.label, &props.hint, &props.error, control)
}

#[derive(Properties, PartialEq)]
pub struct AreaFieldProps {
    pub id: AttrValue,
    pub label: AttrValue,
    #[prop_or_default]
    pub hint: Option<AttrValue>,
    #[prop_or_default]
    pub error: Option<AttrValue>,
    pub value: AttrValue,
    pub change: Callback<String>,
    #[prop_or(3)]
    pub rows: u32,
}

/// A field of some lines.
pub fn area_field(props: &AreaFieldProps) -> Html {
    let oninput = props.change.reform(|event: InputEvent| event.target_unchecked_into::<HtmlTextAreaElement>().value());
    let control = html! {
        <textarea id={props.id.clone()} class="mono" rows={props.rows.to_string()} value={props.value.clone()} {oninput} autocomplete="off" spellcheck="false"
            aria-invalid={invalid(&props.error)} aria-describedby={described(&props.id, &props.hint, &props.error)} data-testid={props.id.clone()} />
    };
    around(&props.id, &props.label, &props.hint, &props.error, control)
}

/// What a field of a form does to the draft that the form is kept in.
pub fn edit<T: Clone + 'static>(draft: &Kept<T>, change: fn(&mut T, String)) -> Callback<String> {
    let draft = draft.clone();
    Callback::from(move |value: String| draft.change(|own| change(own, value)))
}

/// A value with its words.
pub type Choice = (AttrValue, AttrValue);

/// Choices under a name.
pub type OptionGroup = (AttrValue, Vec<Choice>);

#[derive(Properties, PartialEq)]
pub struct SelectFieldProps {
    pub id: AttrValue,
    pub label: AttrValue,
    #[prop_or_default]
    pub hint: Option<AttrValue>,
    #[prop_or_default]
    pub error: Option<AttrValue>,
    pub value: AttrValue,
    /// Values with their words; a value that is not among them is added, so that nothing is lost by looking at it.
    #[prop_or_default]
    pub options: Vec<Choice>,
    /// More of them, under names; a group without a name is no group.
    #[prop_or_default]
    pub groups: Vec<OptionGroup>,
    pub change: Callback<String>,
}

/// A field with choices.
pub fn select_field(props: &SelectFieldProps) -> Html {
    let onchange = props.change.reform(|event: Event| event.target_unchecked_into::<HtmlSelectElement>().value());
    let mut all = props.options.iter().chain(props.groups.iter().flat_map(|(_, group)| group));
    let known = all.any(|(value, _)| *value == props.value);
    let extra = (!known).then(|| (props.value.clone(), props.value.clone()));
    let option = |(value, words): &Choice| {
        html! {
            <option key={value.as_str()} value={value.clone()} selected={*value == props.value}>{ words.clone() }</option>
        }
    };
    let group = |(name, choices): &OptionGroup| {
        let inside = choices.iter().map(option).collect::<Html>();
        if name.is_empty() {
            inside
        } else {
            html! { <optgroup label={name.clone()}>{ inside }</optgroup> }
        }
    };
    let control = html! {
        <select id={props.id.clone()} {onchange} aria-invalid={invalid(&props.error)}
            aria-describedby={described(&props.id, &props.hint, &props.error)} data-testid={props.id.clone()}>
            { for props.options.iter().chain(extra.iter()).map(option) }
            { for props.groups.iter().map(group) }
        </select>
    };
    around(&props.id, &props.label, &props.hint, &props.error, control)
}

#[derive(Properties, PartialEq)]
pub struct CheckFieldProps {
    pub id: AttrValue,
    pub label: AttrValue,
    #[prop_or_default]
    pub hint: Option<AttrValue>,
    pub checked: bool,
    pub change: Callback<bool>,
}

/// A field that is on or off.
pub fn check_field(props: &CheckFieldProps) -> Html {
    let onchange = props.change.reform(|event: Event| event.target_unchecked_into::<HtmlInputElement>().checked());
    html! {
        <div class="field">
            <label class="check" for={props.id.clone()}>
                <input type="checkbox" id={props.id.clone()} checked={props.checked} {onchange}
                    aria-describedby={described(&props.id, &props.hint, &None)} data-testid={props.id.clone()} />
                { props.label.clone() }
            </label>
            { hint(&props.id, &props.hint) }
        </div>
    }
}

fn around(
    id: &AttrValue,
    label: &AttrValue,
    help: &Option<AttrValue>,
    error: &Option<AttrValue>,
    control: Html,
) -> Html {
    html! {
        <div class="field">
            <label for={id.clone()}>{ label.clone() }</label>
            { control }
            if let Some(error) = error {
                <p class="error" id={format!("{id}-error")} data-testid={format!("{id}-error")}>{ error.clone() }</p>
            }
            { hint(id, help) }
        </div>
    }
}

fn hint(id: &AttrValue, hint: &Option<AttrValue>) -> Html {
    match hint {
        Some(hint) => html! { <p class="hint" id={format!("{id}-hint")}>{ hint.clone() }</p> },
        None => html! {},
    }
}

fn invalid(error: &Option<AttrValue>) -> Option<&'static str> {
    error.is_some().then_some("true")
}

fn described(id: &AttrValue, hint: &Option<AttrValue>, error: &Option<AttrValue>) -> Option<String> {
    let parts = [error.is_some().then(|| format!("{id}-error")), hint.is_some().then(|| format!("{id}-hint"))];
    let ids: Vec<String> = parts.into_iter().flatten().collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}
