//! One member of the definition as a field: what stands in the JSON, what is wrong with it, and its edit.

use ecs_lab::sim::sorted::Map;
use std::rc::Rc;

use ecs_lab::aws::model;
use serde_json::Value;
use yew::prelude::*;
use yew::props;

use super::edit::{self, Edit};
use crate::app::parts::{AreaFieldProps, SelectFieldProps, TextFieldProps, area_field, select_field, text_field};

/// What the whole form works on.
#[derive(Clone)]
pub struct Form {
    /// The input of RegisterTaskDefinition.
    pub value: Rc<Value>,
    /// The first problem of each member.
    pub problems: Rc<Map<String, String>>,
    /// Changes the input.
    pub edit: Callback<Edit>,
}

impl PartialEq for Form {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.value, &other.value) && self.problems == other.problems && self.edit == other.edit
    }
}

impl Form {
    /// The value at a path.
    pub fn get(&self, path: &str) -> Option<&Value> {
        edit::get(&self.value, path)
    }

    /// The items of the list at a path.
    pub fn items(&self, path: &str) -> &[Value] {
        self.get(path).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }
}

/// How a member is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number; what is none stays text, so that the problem can be shown.
    Number,
    /// One of the values that the API's model allows.
    Choice,
    /// True or false, or left to the default.
    Flag,
    /// A list of texts, one a line.
    Lines,
}

#[derive(Properties, PartialEq)]
pub struct MemberProps {
    pub form: Form,
    /// The member's path in the input.
    pub path: String,
    pub label: &'static str,
    #[prop_or(Kind::Text)]
    pub kind: Kind,
    #[prop_or_default]
    pub hint: Option<&'static str>,
    /// The id of a `datalist` with suggestions.
    #[prop_or_default]
    pub list: Option<&'static str>,
}

/// A member's field.
pub fn member_field(props: &MemberProps) -> Html {
    let MemberProps { form, path, label, kind, hint, list } = props;
    let id = field_id(path);
    let error = form.problems.get(path).cloned().map(AttrValue::from);
    let Some(text) = shown(form.get(path), *kind) else {
        return html! {
            <div class="field"><span class="label">{ *label }</span>
                <p class="hint">{ "This is set in the JSON in a way that a field cannot show." }</p></div>
        };
    };
    let change = {
        let (edit, path, kind) = (form.edit.clone(), path.clone(), *kind);
        Callback::from(move |text: String| edit.emit(Edit::Set(path.clone(), typed(&text, kind))))
    };
    let hint = hint.map(AttrValue::from);
    match kind {
        Kind::Choice | Kind::Flag => {
            html! { { select_field(&props!(SelectFieldProps { id, label: *label, hint, error, value: text, options: options(path, *kind), change })) } }
        }
        Kind::Lines => {
            html! { { area_field(&props!(AreaFieldProps { id, label: *label, hint, error, value: text, change })) } }
        }
        Kind::Text | Kind::Number => {
            let inputmode = (*kind == Kind::Number).then_some(AttrValue::from("numeric"));
            html! { { text_field(&props!(TextFieldProps { id, label: *label, hint, error, value: text, change, inputmode, list: list.map(AttrValue::from) })) } }
        }
    }
}

/// The id of a member's control, which is its test id too: `td-containerDefinitions-0-memory`.
pub fn field_id(path: &str) -> String {
    let words = path.split(['.', '[', ']']).filter(|part| !part.is_empty());
    words.fold("td".to_owned(), |id, part| format!("{id}-{part}"))
}

fn options(path: &str, kind: Kind) -> Vec<(AttrValue, AttrValue)> {
    let input = model::operation("ecs", "RegisterTaskDefinition").map(|operation| operation.input);
    let values = match kind {
        Kind::Flag => &["true", "false"],
        _ => input.map(|shape| shape.enum_values(path)).unwrap_or_default(),
    };
    let unset = (AttrValue::from(""), AttrValue::from("not set"));
    std::iter::once(unset).chain(values.iter().map(|value| ((*value).into(), (*value).into()))).collect()
}

/// What a field shows of a value; `None` when it could not show it whole.
fn shown(value: Option<&Value>, kind: Kind) -> Option<String> {
    match (value, kind) {
        (None | Some(Value::Null), _) => Some(String::new()),
        (Some(Value::Array(items)), Kind::Lines) => {
            let lines: Option<Vec<&str>> =
                items.iter().map(|item| item.as_str().filter(|text| !text.contains('\n'))).collect();
            lines.map(|lines| lines.join("\n"))
        }
        (Some(Value::Array(_) | Value::Object(_)), _) | (_, Kind::Lines) => None,
        (Some(Value::String(text)), _) => (!text.contains('\n')).then(|| text.clone()),
        (Some(other), _) => Some(other.to_string()),
    }
}

/// The value of what was typed; `None` takes the member away.
fn typed(text: &str, kind: Kind) -> Option<Value> {
    if text.is_empty() {
        return None;
    }
    Some(match kind {
        Kind::Number => text.trim().parse::<i64>().map_or_else(|_| text.into(), Value::from),
        Kind::Flag => text.parse::<bool>().map_or_else(|_| text.into(), Value::from),
        Kind::Lines => text.split('\n').map(Value::from).collect(),
        Kind::Text | Kind::Choice => text.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_field_shows_is_what_it_gives_back() {
        for (value, kind, text) in [
            (json!("a b"), Kind::Text, "a b"),
            (json!(256), Kind::Number, "256"),
            (json!("2x"), Kind::Number, "2x"),
            (json!(true), Kind::Flag, "true"),
            (json!(["CMD", ""]), Kind::Lines, "CMD\n"),
        ] {
            assert_eq!(shown(Some(&value), kind).as_deref(), Some(text));
            assert_eq!(typed(text, kind), Some(value));
        }
        assert_eq!((shown(None, Kind::Text), typed("", Kind::Number)), (Some(String::new()), None));
    }

    #[test]
    fn what_a_field_would_lose_it_does_not_show() {
        for (value, kind) in [
            (json!({"a": 1}), Kind::Text),
            (json!(["a"]), Kind::Number),
            (json!("a"), Kind::Lines),
            (json!(["a", 1]), Kind::Lines),
            (json!(["a\nb"]), Kind::Lines),
            (json!("a\nb"), Kind::Text),
        ] {
            assert_eq!(shown(Some(&value), kind), None, "{value}");
        }
    }

    #[test]
    fn ids_are_plain_words() {
        assert_eq!(
            field_id("containerDefinitions[0].portMappings[1].hostPort"),
            "td-containerDefinitions-0-portMappings-1-hostPort"
        );
    }

    #[test]
    fn choices_come_from_the_model() {
        let modes: Vec<String> =
            options("networkMode", Kind::Choice).into_iter().map(|(value, _)| value.to_string()).collect();
        for mode in ["", "bridge", "host", "awsvpc", "none"] {
            assert!(modes.iter().any(|known| known == mode), "{mode} in {modes:?}");
        }
    }
}
