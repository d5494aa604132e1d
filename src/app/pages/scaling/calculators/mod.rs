//! The arithmetic of scaling by hand: each calculator is a small form, and its answer is the engine's own with the numbers
//! put in.

mod breaker;
mod reservation;
mod rolling;
mod split;
mod step;
mod tracking;
mod trial;

pub use step::steps;

use super::fields::{Field, Kind, Values, Wrong, counted, form, honest, number, short};
use super::{Drafts, changed};
use crate::app::parts::{Choice, Kept, TableProps, TabsProps, table, tabs};
use yew::prelude::*;
use yew::props;

/// A count that nobody needs more of.
const MOST: u32 = 10_000;

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

/// What comes out.
struct Answer {
    /// Sentences, the result first.
    words: Vec<String>,
    caption: String,
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

/// The section with the calculators, one at a time.
pub fn section(drafts: &Kept<Drafts>) -> Html {
    let shown = ALL.into_iter().find(|own| drafts.calculator == own.id).unwrap_or(ALL[0]);
    let choose = changed(drafts, |all, id| all.calculator = id);
    let names: Vec<Choice> = ALL.iter().map(|own| (own.id.into(), own.name.into())).collect();
    html! {
        <section class="stack" aria-labelledby="calculators-title" data-testid="calculators">
            <h2 id="calculators-title">{ "Calculators" }</h2>
            { tabs(&props!(TabsProps { label: "Calculators", tabs: names, chosen: shown.id, choose, panel: panel(shown, drafts) })) }
        </section>
    }
}

fn panel(own: &'static Calculator, drafts: &Kept<Drafts>) -> Html {
    let answer = (own.answer)(&Values { fields: own.fields, texts: &drafts.texts });
    let error = |id: &str| answer.as_ref().err().filter(|(wrong, _)| *wrong == id).map(|(_, words)| words.clone());
    html! {
        <div class="reckoner">
            <div class="stack">
                <p class="dim">{ own.about }</p>
                { form(drafts, own.fields, &[], &error) }
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
    use super::super::fields::Texts;
    use super::*;

    /// The answer with these texts, the first sentence and the rows; or the field and its sentence.
    pub fn ask(own: &'static Calculator, texts: &[(&'static str, &str)]) -> Result<(String, Vec<String>), Wrong> {
        let mut written = Texts::default();
        texts.iter().for_each(|(id, text)| written.set(id, (*text).to_owned()));
        let answer = (own.answer)(&Values { fields: own.fields, texts: &written })?;
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
                            assert!(!words.is_empty(), "{label}: {text}");
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
}
