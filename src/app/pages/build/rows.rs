//! Lists in the form: one row an item, each with its fields and a button that takes it away.

use serde_json::{Map, Value};
use yew::prelude::*;
use yew::props;

use super::edit::Edit;
use super::field::{Form, Kind, MemberProps, field_id, member_field};
use crate::app::parts::{TextFieldProps, text_field};

/// A column: the member, its label, how it is typed.
pub type Column = (&'static str, &'static str, Kind);

#[derive(Properties, PartialEq)]
pub struct RowsProps {
    pub form: Form,
    /// The list's path.
    pub path: String,
    pub label: &'static str,
    /// One item in words, for the buttons: "port mapping".
    pub item: &'static str,
    pub columns: &'static [Column],
    /// A new item.
    pub fresh: Value,
}

/// A list of objects.
pub fn rows(props: &RowsProps) -> Html {
    let RowsProps { form, path, label, item, columns, fresh } = props;
    let count = form.items(path).len();
    let add = press(form, Edit::Push(path.clone(), fresh.clone()));
    let row = |index: usize| {
        let remove = press(form, Edit::Remove(path.clone(), index));
        html! {
            <li key={index} class="item">
                <div class="columns">
                    { for columns.iter().map(|(member, label, kind)| html! {
                        { member_field(&props!(MemberProps { form: form.clone(), path: format!("{path}[{index}].{member}"), label: *label, kind: *kind })) }
                    }) }
                </div>
                <button type="button" class="small" onclick={remove} aria-label={format!("Remove {item} {}", index + 1)}
                    data-testid={format!("{}-remove", field_id(&format!("{path}[{index}]")))}>{ "✕" }</button>
            </li>
        }
    };
    html! {
        <fieldset class="stack">
            <legend>{ *label }</legend>
            if count > 0 { <ul class="list">{ for (0..count).map(row) }</ul> }
            <p><button type="button" class="small" onclick={add} data-testid={format!("{}-add", field_id(path))}>{ format!("Add a {item}") }</button></p>
        </fieldset>
    }
}

/// Makes the changed map from the map and what was typed; none changes nothing.
type Change = Box<dyn Fn(&Map<String, Value>, String) -> Option<Map<String, Value>>>;

#[derive(Properties, PartialEq)]
pub struct PairsProps {
    pub form: Form,
    /// The map's path.
    pub path: String,
    pub label: &'static str,
}

/// A map of texts, in its order.
pub fn pairs(props: &PairsProps) -> Html {
    let PairsProps { form, path, label } = props;
    let members = form.get(path).and_then(Value::as_object).cloned().unwrap_or_default();
    let set = |change: Change| {
        let (edit, path, members) = (form.edit.clone(), path.clone(), members.clone());
        Callback::from(move |text: String| {
            if let Some(changed) = change(&members, text) {
                edit.emit(Edit::Set(path.clone(), (!changed.is_empty()).then_some(Value::Object(changed))));
            }
        })
    };
    let add = set(Box::new(|members, _| renamed(members, None, "")));
    let row = |(index, (name, value)): (usize, (&String, &Value))| {
        let id = field_id(&format!("{path}[{index}]"));
        let rename = {
            let name = name.clone();
            set(Box::new(move |members, text| renamed(members, Some(&name), &text)))
        };
        let revalue = {
            let name = name.clone();
            set(Box::new(move |members, text| {
                let mut changed = members.clone();
                changed.insert(name.clone(), text.into());
                Some(changed)
            }))
        };
        let remove = {
            let name = name.clone();
            set(Box::new(move |members, _| {
                let mut changed = members.clone();
                changed.shift_remove(&name);
                Some(changed)
            }))
        };
        let error = form.problems.get(&format!("{path}.{name}")).cloned().map(AttrValue::from);
        let shown = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        html! {
            <li key={index} class="item">
                <div class="columns">
                    { text_field(&props!(TextFieldProps { id: format!("{id}-name"), label: "Option", value: name.clone(), change: rename })) }
                    { text_field(&props!(TextFieldProps { id: format!("{id}-value"), label: "Value", value: shown, change: revalue, error })) }
                </div>
                <button type="button" class="small" onclick={remove.reform(|_: MouseEvent| String::new())} aria-label={format!("Remove option {name}")}>{ "✕" }</button>
            </li>
        }
    };
    html! {
        <fieldset class="stack">
            <legend>{ *label }</legend>
            if !members.is_empty() { <ul class="list">{ for members.iter().enumerate().map(row) }</ul> }
            <p><button type="button" class="small" onclick={add.reform(|_: MouseEvent| String::new())} data-testid={format!("{}-add", field_id(path))}>{ "Add an option" }</button></p>
        </fieldset>
    }
}

/// A button's edit.
pub fn press(form: &Form, edit: Edit) -> Callback<MouseEvent> {
    let emit = form.edit.clone();
    Callback::from(move |_| emit.emit(edit.clone()))
}

/// The map with a member under another name in the same place, or with a new empty one; none when the name is taken.
fn renamed(members: &Map<String, Value>, from: Option<&str>, to: &str) -> Option<Map<String, Value>> {
    if members.contains_key(to) {
        return None;
    }
    let kept = members.iter().map(|(name, value)| {
        let name = if Some(name.as_str()) == from { to.to_owned() } else { name.clone() };
        (name, value.clone())
    });
    let fresh = from.is_none().then(|| (to.to_owned(), Value::from("")));
    Some(kept.chain(fresh).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_member_is_renamed_in_its_place_and_never_over_another() {
        let value = json!({"a": "1", "b": "2", "c": "3"});
        let members = value.as_object().unwrap();
        let text = |changed: Option<Map<String, Value>>| changed.map(|map| Value::Object(map).to_string());
        assert_eq!(text(renamed(members, Some("b"), "x")).as_deref(), Some(r#"{"a":"1","x":"2","c":"3"}"#));
        assert_eq!(text(renamed(members, Some("b"), "c")), None);
        assert_eq!(text(renamed(members, None, "")).as_deref(), Some(r#"{"a":"1","b":"2","c":"3","":""}"#));
    }
}
