//! A face's plain text as elements; never HTML from a deck.

use ecs_lab::quiz::face::{Block, Span, blocks};
use yew::prelude::*;

/// Paragraphs, lists and code.
pub fn face(text: &str) -> Html {
    html! { <>{ for blocks(text).iter().map(block) }</> }
}

/// The same, with the first paragraph as a heading that the focus can go to.
pub fn titled(text: &str, id: &'static str) -> Html {
    let blocks = blocks(text);
    let (title, rest) = match blocks.split_first() {
        Some((Block::Paragraph(spans), rest)) => (line(spans), rest),
        _ => (html! { "Question" }, blocks.as_slice()),
    };
    html! {
        <>
            <h2 {id} tabindex="-1">{ title }</h2>
            { for rest.iter().map(block) }
        </>
    }
}

/// The text as one line, for places that hold no blocks.
pub fn inline(text: &str) -> Html {
    let part = |block: &Block| match block {
        Block::Paragraph(spans) => line(spans),
        Block::List { items, .. } => {
            html! { <>{ for items.iter().map(|item| html! { <>{ line(item) }{ " " }</> }) }</> }
        }
        Block::Code(code) => html! { <code>{ code.clone() }</code> },
    };
    html! { <>{ for blocks(text).iter().map(part) }</> }
}

fn block(block: &Block) -> Html {
    match block {
        Block::Paragraph(spans) => html! { <p>{ line(spans) }</p> },
        Block::List { numbered, items } => {
            let items = items.iter().map(|item| html! { <li>{ line(item) }</li> });
            if *numbered {
                html! { <ol>{ for items }</ol> }
            } else {
                html! { <ul>{ for items }</ul> }
            }
        }
        Block::Code(code) => html! { <pre><code>{ code.clone() }</code></pre> },
    }
}

fn line(spans: &[Span]) -> Html {
    let span = |span: &Span| match span {
        Span::Text(text) => html! { <>{ text.clone() }</> },
        Span::Code(code) => html! { <code>{ code.clone() }</code> },
    };
    html! { <>{ for spans.iter().map(span) }</> }
}
