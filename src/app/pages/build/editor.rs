//! The JSON beside the form: a text area with line numbers, marks at the lines that are wrong, and the list of what
//! is wrong.

use ecs_lab::sim::sorted::Set;
use std::rc::Rc;

use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use super::analysis::Problem;
use crate::app::port;

/// The text area's id.
const AREA: &str = "json";
/// Line numbers stop here: a text of more lines is no task definition, and the page must stay quick.
const MOST_LINES: usize = 5_000;

#[derive(Properties, PartialEq)]
pub struct EditorProps {
    pub text: Rc<str>,
    pub change: Callback<String>,
    /// The lines with a problem.
    pub bad: Set<usize>,
}

/// The text area.
pub fn editor(props: &EditorProps) -> Html {
    let oninput = props.change.reform(|event: InputEvent| event.target_unchecked_into::<HtmlTextAreaElement>().value());
    let lines = props.text.split('\n').count().clamp(12, MOST_LINES);
    let number = |line: usize| {
        let bad = props.bad.contains(&line);
        html! { <span key={line} class={classes!(bad.then_some("bad"))}>{ if bad { format!("✕ {line}") } else { line.to_string() } }{ "\n" }</span> }
    };
    html! {
        <div class="editor">
            <pre class="gutter" aria-hidden="true" data-testid="json-gutter">{ for (1..=lines).map(number) }</pre>
            <textarea id={AREA} rows={lines.to_string()} value={AttrValue::from(props.text.clone())} {oninput} wrap="off" spellcheck="false" autocomplete="off"
                autocapitalize="off" aria-label="Task definition as JSON" aria-describedby="problems" aria-invalid={(!props.bad.is_empty()).then_some("true")}
                data-testid="json" />
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub struct ProblemsProps {
    pub text: Rc<str>,
    pub problems: Vec<Problem>,
}

/// Every problem, each with the way to its line.
pub fn problems(props: &ProblemsProps) -> Html {
    let row = |(index, problem): (usize, &Problem)| {
        let go = {
            let (text, line) = (props.text.clone(), problem.line);
            Callback::from(move |_: MouseEvent| {
                if let Some((from, to)) = line.and_then(|line| span_of(&text, line)) {
                    port::page::select(AREA, from, to);
                }
            })
        };
        html! {
            <li key={index} class="problem">
                if let Some(line) = problem.line {
                    <button type="button" class="small" onclick={go} aria-label={format!("Go to line {line}")} data-testid={format!("problem-{index}-go")}>{ format!("line {line}") }</button>
                }
                <span class="grow">
                    if !problem.path.is_empty() { <code>{ problem.path.clone() }</code>{ " " } }
                    { problem.text.clone() }
                </span>
            </li>
        }
    };
    html! {
        <div id="problems" data-testid="problems" tabindex={(!props.problems.is_empty()).then_some("0")} role="group" aria-label="To mend">
            if !props.problems.is_empty() {
                <h3>{ "To mend" }</h3>
                <ul class="list">{ for props.problems.iter().enumerate().map(row) }</ul>
            }
        </div>
    }
}

/// Where a line begins and ends, in the UTF-16 units that a text area counts in.
fn span_of(text: &str, line: usize) -> Option<(u32, u32)> {
    let mut start = 0;
    for (index, content) in text.split('\n').enumerate() {
        let length = content.encode_utf16().count();
        if index + 1 == line {
            return Some((u32::try_from(start).ok()?, u32::try_from(start + length).ok()?));
        }
        start += length + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_in_utf16_units() {
        let text = "{\n\"é𝄞\": 1\n\n}";
        for (line, span) in
            [(1, Some((0, 1))), (2, Some((2, 10))), (3, Some((11, 11))), (4, Some((12, 13))), (5, None), (0, None)]
        {
            assert_eq!(span_of(text, line), span, "line {line}");
        }
    }
}
