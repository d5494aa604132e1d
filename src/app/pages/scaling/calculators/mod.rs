//! The arithmetic of scaling by hand: each calculator is a small form, and its answer is the engine's own with the numbers
//! put in.

mod breaker;
mod reservation;
mod rolling;
mod split;
mod step;
mod tracking;

use super::{Drafts, changed};
use crate::app::parts::{
    Choice, SelectFieldProps, TableProps, TabsProps, TextFieldProps, select_field, table, tabs, text_field,
};
use yew::prelude::*;
use yew::props;

/// A count that nobody needs more of.
const MOST: u32 = 10_000;

/// What a field of a calculator is.
enum Kind {
    /// A line of text, with its hint.
    Text(&'static str),
    /// One of these values, each with its words.
    Choice(&'static [(&'static str, &'static str)]),
}

/// A field: id, label, what stands in it at first, what it is.
type Field = (&'static str, &'static str, &'static str, Kind);

/// A calculator.
struct Calculator {
    id: &'static str,
    name: &'static str,
    /// What it is for, in a sentence.
    about: &'static str,
    fields: &'static [Field],
    answer: fn(&Values) -> Result<Answer, Wrong>,
}

const ALL: [&Calculator; 6] = [
    &tracking::CALCULATOR,
    &step::CALCULATOR,
    &split::CALCULATOR,
    &reservation::CALCULATOR,
    &rolling::CALCULATOR,
    &breaker::CALCULATOR,
];

/// The field that cannot be read, and why, in a sentence.
type Wrong = (&'static str, String);

/// What comes out.
struct Answer {
    /// Sentences, the result first.
    words: Vec<String>,
    caption: String,
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

/// What the reader changed, and which calculator is open.
#[derive(Clone, Default, PartialEq)]
pub struct Draft {
    shown: AttrValue,
    texts: Vec<(&'static str, String)>,
}

/// The texts of a calculator's fields.
struct Values<'a> {
    fields: &'static [Field],
    draft: &'a Draft,
}

impl Values<'_> {
    fn text(&self, id: &str) -> &str {
        let own = self.draft.texts.iter().find(|(known, _)| *known == id).map(|(_, text)| text.as_str());
        let first = || self.fields.iter().find(|(known, ..)| *known == id).map_or("", |(_, _, first, _)| first);
        own.unwrap_or_else(first).trim()
    }

    /// A whole number that is not greater than `most`.
    fn whole(&self, id: &'static str, most: u32) -> Result<u32, Wrong> {
        let read = self.text(id).parse().ok().filter(|own: &u32| *own <= most);
        read.ok_or_else(|| (id, format!("Give a whole number from 0 to {most}.")))
    }

    /// A number with or without a fraction.
    fn number(&self, id: &'static str) -> Result<f64, Wrong> {
        number(self.text(id)).map_err(|words| (id, words))
    }

    /// The same, greater than 0.
    fn above_zero(&self, id: &'static str) -> Result<f64, Wrong> {
        match self.number(id)? {
            own if own > 0.0 => Ok(own),
            _ => Err((id, "It must be greater than 0.".into())),
        }
    }

    /// Two whole numbers of which the first is not the greater one.
    fn range(&self, low: &'static str, high: &'static str) -> Result<(u32, u32), Wrong> {
        let (least, most) = (self.whole(low, MOST)?, self.whole(high, MOST)?);
        if least > most { Err((high, "The maximum is below the minimum.".into())) } else { Ok((least, most)) }
    }
}

fn number(text: &str) -> Result<f64, String> {
    let read = text.parse().ok().filter(|own: &f64| own.abs() <= 1e9);
    read.ok_or_else(|| "Give a number, at most a billion, such as 60 or 62.5.".into())
}

/// A number for people: at most three decimals.
fn short(value: f64) -> String {
    let rounded = (value * 1000.0).round() / 1000.0;
    // Not "-0".
    if rounded == 0.0 { "0".into() } else { rounded.to_string() }
}

fn counted(count: u32, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// The section with the calculators, one at a time.
pub fn section(drafts: &UseStateHandle<Drafts>) -> Html {
    let shown = ALL.into_iter().find(|own| drafts.calculators.shown == own.id).unwrap_or(ALL[0]);
    let choose = changed(drafts, |all, id| all.calculators.shown = id);
    let names: Vec<Choice> = ALL.iter().map(|own| (own.id.into(), own.name.into())).collect();
    html! {
        <section class="stack" aria-labelledby="calculators-title" data-testid="calculators">
            <h2 id="calculators-title">{ "Calculators" }</h2>
            { tabs(&props!(TabsProps { label: "Calculators", tabs: names, chosen: shown.id, choose, panel: panel(shown, drafts) })) }
        </section>
    }
}

fn panel(own: &'static Calculator, drafts: &UseStateHandle<Drafts>) -> Html {
    let values = Values { fields: own.fields, draft: &drafts.calculators };
    let answer = (own.answer)(&values);
    let field = |(id, label, _, kind): &Field| {
        let id = *id;
        let change = changed(drafts, move |all, text: String| {
            all.calculators.texts.retain(|(known, _)| *known != id);
            all.calculators.texts.push((id, text));
        });
        let value = values.draft.texts.iter().find(|(known, _)| *known == id).map(|(_, text)| text.clone());
        let value = value.unwrap_or_else(|| values.text(id).to_owned());
        let error = answer.as_ref().err().filter(|(wrong, _)| *wrong == id).map(|(_, words)| words.clone());
        let error = error.map(AttrValue::from);
        match kind {
            Kind::Text(hint) => {
                let hint = (!hint.is_empty()).then_some(AttrValue::Static(hint));
                text_field(&props!(TextFieldProps { id, label: *label, value, change, error, hint }))
            }
            Kind::Choice(all) => {
                let options: Vec<Choice> =
                    all.iter().map(|(value, words)| ((*value).into(), (*words).into())).collect();
                select_field(&props!(SelectFieldProps { id, label: *label, value, options, change, error }))
            }
        }
    };
    html! {
        <div class="reckoner">
            <div class="stack">
                <p class="dim">{ own.about }</p>
                <div class="columns">{ for own.fields.iter().map(field) }</div>
            </div>
            <div class="stack" role="status" data-testid="answer">{ match &answer {
                Ok(answer) => shown(answer),
                Err(_) => html! { <p>{ "There is no answer yet: a field says what it needs." }</p> },
            } }</div>
        </div>
    }
}

fn shown(answer: &Answer) -> Html {
    let cells = |row: &Vec<String>| row.iter().map(|cell| html! { cell.clone() }).collect();
    html! {
        <>
            { for answer.words.iter().enumerate().map(|(index, words)| html! { <p class={if index == 0 { "result" } else { "" }}>{ words.clone() }</p> }) }
            { table(&TableProps { caption: answer.caption.clone().into(), head: answer.head.clone(), rows: answer.rows.iter().map(cells).collect(), testid: "answer-table".into() }) }
        </>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answer with these texts, the first sentence and the rows; or the field and its sentence.
    pub fn ask(own: &'static Calculator, texts: &[(&'static str, &str)]) -> Result<(String, Vec<String>), Wrong> {
        let texts = texts.iter().map(|(id, text)| (*id, (*text).to_owned())).collect();
        let draft = Draft { shown: own.id.into(), texts };
        let answer = (own.answer)(&Values { fields: own.fields, draft: &draft })?;
        assert!(answer.rows.iter().all(|row| row.len() == answer.head.len()), "{}: a row has other columns", own.id);
        let rows = answer.rows.iter().map(|row| row.join(" | ")).collect();
        Ok((answer.words.join(" "), rows))
    }

    #[test]
    fn every_calculator_answers_at_once() {
        for own in ALL {
            let (words, rows) = ask(own, &[]).unwrap_or_else(|(id, words)| panic!("{}: {id}: {words}", own.id));
            assert!(!words.is_empty() && !rows.is_empty(), "{}", own.id);
        }
    }

    /// Bad input is answered at its field, whatever it is.
    #[test]
    fn no_input_stops_a_calculator() {
        const BAD: [&str; 12] =
            ["", " ", "NaN", "inf", "-1", "-0", "1e308", "99999999999999999999", "4,5", "abc", "0", "2147483648"];
        for own in ALL {
            for (id, label, _, kind) in own.fields {
                for text in BAD {
                    match ask(own, &[(*id, text)]) {
                        Err((wrong, words)) => {
                            assert!(own.fields.iter().any(|(known, ..)| *known == wrong), "{wrong} is no field");
                            assert!(words.ends_with('.'), "{label}: {words}");
                        }
                        Ok((words, _)) => assert!(!words.contains("NaN") && !words.contains("inf"), "{id}: {words}"),
                    }
                }
                if let Kind::Choice(all) = kind {
                    assert!(all.iter().all(|(value, _)| ask(own, &[(*id, value)]).is_ok()), "{id}");
                }
            }
            // All at once.
            for text in BAD {
                let texts: Vec<_> = own.fields.iter().map(|(id, ..)| (*id, text)).collect();
                let _ = ask(own, &texts);
            }
        }
    }

    #[test]
    fn numbers_are_short() {
        for (value, text) in [(54.0, "54"), (29.969_999_999_999_995, "29.97"), (2.0 / 3.0, "0.667"), (-0.000_1, "0")] {
            assert_eq!(short(value), text);
        }
    }
}
