//! The fields of the view's forms as data: what stands in each is kept by its id.

use super::{Drafts, changed};
use crate::app::parts::{Choice, Kept, SelectFieldProps, TextFieldProps, select_field, text_field};
use serde_json::Value;
use yew::prelude::*;
use yew::props;

/// What a field is.
pub enum Kind {
    /// A line of text, with its hint.
    Text(&'static str),
    /// One of these values, each with its words.
    Choice(&'static [(&'static str, &'static str)]),
    /// One of those that the lab offers.
    Offered,
}

/// A field: id, label, what stands in it at first, what it is. An id ends in the name of the API's member where the field
/// is for one.
pub type Field = (&'static str, &'static str, &'static str, Kind);

/// The field that cannot be read, and why, in a sentence.
pub type Wrong = (&'static str, String);

/// What the reader wrote, by the ids of the fields.
#[derive(Clone, Default, PartialEq)]
pub struct Texts(Vec<(&'static str, String)>);

impl Texts {
    fn get(&self, id: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == id).map(|(_, text)| text.as_str())
    }

    /// Writes a field.
    pub fn set(&mut self, id: &'static str, text: String) {
        self.0.retain(|(known, _)| *known != id);
        self.0.push((id, text));
    }
}

/// The values of some fields.
#[derive(Clone, Copy)]
pub struct Values<'a> {
    /// The fields.
    pub fields: &'static [Field],
    /// What the reader wrote.
    pub texts: &'a Texts,
}

impl<'a> Values<'a> {
    fn raw(&self, id: &str) -> &'a str {
        let first = || self.fields.iter().find(|(known, ..)| *known == id).map_or("", |(_, _, first, _)| first);
        self.texts.get(id).unwrap_or_else(first)
    }

    /// The text of a field, without blanks at its ends.
    pub fn text(&self, id: &str) -> &'a str {
        self.raw(id).trim()
    }

    /// What a field holds, for a call: a number where it is one. What is none is left to AWS's own words.
    pub fn json(&self, id: &str) -> Value {
        let text = self.text(id);
        let whole = text.parse::<i64>().ok().map(Value::from);
        let number = || text.parse::<f64>().ok().filter(|own| own.is_finite()).map(Value::from);
        whole.or_else(number).unwrap_or_else(|| Value::from(text))
    }

    /// Writes the fields that are not empty into a request, each as the member that its id ends in.
    pub fn fill(&self, input: &mut Value, ids: &[&str]) {
        for id in ids.iter().filter(|id| !self.text(id).is_empty()) {
            input[member(id)] = self.json(id);
        }
    }

    /// A whole number that is not greater than `most`.
    pub fn whole(&self, id: &'static str, most: u32) -> Result<u32, Wrong> {
        let read = self.text(id).parse().ok().filter(|own: &u32| *own <= most);
        read.ok_or_else(|| (id, format!("Give a whole number from 0 to {most}.")))
    }

    /// A number with or without a fraction.
    pub fn number(&self, id: &'static str) -> Result<f64, Wrong> {
        number(self.text(id)).map_err(|words| (id, words))
    }

    /// The same, greater than 0.
    pub fn above_zero(&self, id: &'static str) -> Result<f64, Wrong> {
        match self.number(id)? {
            own if own > 0.0 => Ok(own),
            _ => Err((id, "It must be greater than 0.".into())),
        }
    }

    /// Two whole numbers of which the first is not the greater one.
    pub fn range(&self, low: &'static str, high: &'static str, end: u32) -> Result<(u32, u32), Wrong> {
        let (least, most) = (self.whole(low, end)?, self.whole(high, end)?);
        if least > most { Err((high, "The maximum is below the minimum.".into())) } else { Ok((least, most)) }
    }
}

/// The member of a request that a field is for.
pub fn member(id: &str) -> &str {
    id.rsplit('-').next().unwrap_or_default()
}

/// A number as a person writes it.
pub fn number(text: &str) -> Result<f64, String> {
    let read = text.parse().ok().filter(|own: &f64| own.abs() <= 1e9);
    read.ok_or_else(|| "Give a number, at most a billion, such as 60 or 62.5.".into())
}

/// A number for people: at most three decimals.
pub fn short(value: f64) -> String {
    let rounded = (value * 1000.0).round() / 1000.0;
    // Not "-0".
    if rounded == 0.0 { "0".into() } else { rounded.to_string() }
}

/// The same, unless the digits left out decide: `same` says whether a number would come to the same.
pub fn honest(value: f64, same: impl Fn(f64) -> bool) -> String {
    let told = short(value);
    if told.parse().is_ok_and(same) { told } else { value.to_string() }
}

/// `1 task`, `2 tasks`.
pub fn counted(count: u32, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// The choices that the lab offers for a field.
pub type Offers<'a> = &'a [(&'static str, Vec<Choice>)];

/// The fields as a form has them. `error` says what is wrong with one.
pub fn form(
    drafts: &Kept<Drafts>,
    fields: &'static [Field],
    offers: Offers<'_>,
    error: &dyn Fn(&str) -> Option<String>,
) -> Html {
    let values = Values { fields, texts: &drafts.texts };
    let one = |(id, label, _, kind): &Field| {
        let id = *id;
        let change = changed(drafts, move |all, text: String| {
            all.texts.set(id, text);
            all.refused = None;
        });
        let (value, error) = (values.raw(id).to_owned(), error(id).map(AttrValue::from));
        let options = match kind {
            Kind::Text(hint) => {
                let hint = (!hint.is_empty()).then_some(AttrValue::Static(hint));
                return text_field(&props!(TextFieldProps { id, label: *label, value, change, error, hint }));
            }
            Kind::Choice(all) => all.iter().map(|(value, words)| ((*value).into(), (*words).into())).collect(),
            Kind::Offered => offers.iter().find(|(own, _)| *own == id).map(|(_, all)| all.clone()).unwrap_or_default(),
        };
        // What is not chosen yet is the first of what the lab offers.
        let value = if value.is_empty() && matches!(kind, Kind::Offered) {
            options.first().map(|(first, _): &Choice| first.clone()).unwrap_or_default()
        } else {
            value.into()
        };
        select_field(&props!(SelectFieldProps { id, label: *label, value, options, change, error }))
    };
    html! { <div class="columns">{ for fields.iter().map(one) }</div> }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_are_short() {
        for (value, text) in [(54.0, "54"), (29.969_999_999_999_995, "29.97"), (2.0 / 3.0, "0.667"), (-0.000_1, "0")] {
            assert_eq!(short(value), text);
        }
        for (value, text) in [(60.000_000_1, "60.0000001"), (60.1, "60.1"), (60.123_45, "60.123")] {
            assert_eq!(honest(value, |own| own > 60.0), text);
        }
    }

    #[test]
    fn a_request_holds_what_was_written() {
        const FIELDS: &[Field] = &[
            ("a-Name", "", "", Kind::Text("")),
            ("a-Count", "", "2", Kind::Text("")),
            ("a-Part", "", "2.5", Kind::Text("")),
            ("a-Bad", "", "NaN", Kind::Text("")),
        ];
        let mut texts = Texts::default();
        texts.set("a-Count", " 7 ".into());
        let mut input = json!({});
        Values { fields: FIELDS, texts: &texts }.fill(&mut input, &["a-Name", "a-Count", "a-Part", "a-Bad"]);
        assert_eq!(input, json!({ "Count": 7, "Part": 2.5, "Bad": "NaN" }));
    }
}
