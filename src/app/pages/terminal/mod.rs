//! The terminal: a prompt at which the commands of a working day run on this lab.
//!
//! | file | holds |
//! |---|---|
//! | `prompt` | what the prompt remembers from one visit to the next, and what a line does |
//! | `keys` | what the keys do to the line that is typed |
//! | `search` | the history is searched while the reader types |
//! | `files` | the editor of the small directory |

mod files;
mod keys;
mod prompt;
mod search;

use crate::app::parts::{Kept, SelectFieldProps, Slots, select_field};
use crate::app::port;
use crate::app::session::Door;
use ecs_lab::shell::learn::Page;
use ecs_lab::shell::{Candidate, Generation, Output};
use prompt::{Entry, Prompt};
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;
use yew::props;

/// What the reader types and looks at.
#[derive(Clone, Default)]
pub struct Draft {
    /// The line as typed so far.
    text: String,
    /// What may stand at the cursor.
    offers: Vec<Candidate>,
    /// Which line of the history is shown, counted from the newest; with it, what was typed before.
    past: Option<(usize, String)>,
    /// The search of the history that is going on.
    search: Option<search::Search>,
    /// Whether Tab leaves the prompt.
    free: bool,
    /// The editor's file, and its text once it is open.
    path: String,
    contents: Option<String>,
    /// Why a file could not be written.
    refused: String,
}

/// Lines to begin with.
const FIRST: [&str; 6] = [
    "aws sts get-caller-identity",
    "aws ecs list-clusters --output table",
    "aws ecs describe-clusters --clusters prod --query 'clusters[0].runningTasksCount'",
    "aws ecr create-repository --repository-name web",
    "docker build -t web demo",
    "lab help",
];

/// So much of one output is shown, in bytes.
const SHOWN: usize = 30_000;
/// So much of what was typed or pasted.
const TYPED: usize = 5_000;
/// So much of an error is shown wherever it comes.
const ERRORS: usize = 1_000;

/// The view.
pub fn terminal(door: &Door, slots: &Slots) -> Html {
    let draft = &Kept::of(slots, 0, Draft::default);
    let shared = Prompt::of(door);
    let prompt = shared.borrow();
    let generation = if prompt.terminal.generation() == Generation::V1 { "1" } else { "2" };
    let install = {
        let door = door.clone();
        Callback::from(move |value: String| {
            let own = if value == "1" { Generation::V1 } else { Generation::V2 };
            let prompt = Prompt::of(&door);
            prompt.borrow_mut().terminal.install(own);
            prompt.borrow().keep(&door);
            door.say(format!("AWS CLI version {value} is installed."));
        })
    };
    let generations = vec![("2".into(), "AWS CLI version 2".into()), ("1".into(), "AWS CLI version 1".into())];
    html! {
        <div class="page shelf">
            <div class="head"><h1 id="view-title" tabindex="-1">{ "Terminal" }</h1></div>
            <p class="dim lead">{ "The aws, docker and lab commands of a working day. They run on this lab, and the other views show what they did." }</p>
            <div class="console" id="console" tabindex="0" role="region" aria-label="Output" data-testid="console">
                if prompt.entries.is_empty() { { first(draft, prompt.restored) } }
                { for prompt.entries.iter().enumerate().map(|(at, own)| entry(at, own)) }
            </div>
            { line(door, draft, &prompt) }
            <div class="slim">{ select_field(&props!(SelectFieldProps { id: "terminal-generation", label: "Installed", value: generation, options: generations, change: install })) }</div>
            { files::editor(door, draft) }
        </div>
    }
}

/// What to try, while nothing was typed.
fn first(draft: &Kept<Draft>, restored: bool) -> Html {
    let one = |line: &&'static str| {
        let (draft, line) = (draft.clone(), *line);
        let onclick = Callback::from(move |_: MouseEvent| {
            draft.change(|own| own.text = line.to_owned());
            port::page::focus("terminal-line");
        });
        html! { <li key={line}><button type="button" class="small mono" {onclick}>{ line }</button></li> }
    };
    html! {
        <div class="stack" data-testid="terminal-first">
            if restored {
                <p data-testid="terminal-restored">{ "Your files, images, variables and history are as you left them. Containers and functions of the prompt ended with the page." }</p>
            } else {
                <p>{ "Nothing typed yet. Begin with one of these, or with your own:" }</p>
            }
            <ul class="offers">{ for FIRST.iter().map(one) }</ul>
        </div>
    }
}

fn shown(text: &str, most: usize) -> String {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    match text.split_at_checked(end) {
        Some((start, rest)) if !rest.is_empty() => format!("{start}\n… {} more bytes", rest.len()),
        _ => text.to_owned(),
    }
}

/// What an entry shows: what each command printed in its turn, texts of one kind together, as far as there is room.
fn printed(output: &Output) -> Vec<(bool, String)> {
    let mut all: Vec<(bool, String)> = Vec::new();
    for (error, text) in output.pieces() {
        match all.last_mut().filter(|last| last.0 == error) {
            Some(last) => last.1.push_str(text),
            None => all.push((error, text.to_owned())),
        }
    }
    let mut left = SHOWN;
    let fits = |(error, text): (bool, String)| {
        let most = if error { left.max(ERRORS) } else { left };
        let more = if text.len() > most { "; a pipe into head, or > FILE, shows the rest." } else { "" };
        let own = shown(&text, most) + more;
        let some = left > 0 || error;
        left = left.saturating_sub(text.len());
        some.then_some((error, own))
    };
    all.into_iter().filter_map(fits).collect()
}

fn entry(at: usize, own: &Entry) -> Html {
    let Output { status, learn, near, .. } = &own.output;
    html! {
        <div key={at} class="ran" data-testid={format!("ran-{at}")}>
            <pre class="asked"><span class="dim">{ &own.place }{ " " }</span>{ shown(&own.line, TYPED) }</pre>
            { for printed(&own.output).into_iter().map(|(error, text)| html! { <pre class={if error { "err" } else { "out" }}>{ text }</pre> }) }
            if let Some(word) = near { <p class="status" data-testid="terminal-near">{ "Maybe you meant " }<code>{ word }</code>{ "." }</p> }
            if let Some(page) = learn { { explained(page) } }
            if *status != 0 { <p class="dim status">{ format!("exit status {status}") }</p> }
        </div>
    }
}

/// The link to the page that explains an error.
fn explained(page: &Page) -> Html {
    let away = page.url.starts_with("https:").then_some("_blank");
    html! {<>
        <p class="status" data-testid="terminal-learn">{ "Read: " }<a href={page.url.clone()} target={away} rel="noopener noreferrer">{ &page.title }</a></p>
        if let Some(told) = page.told { <p class="status" data-testid="terminal-told">{ told }</p> }
    </>}
}

fn line(door: &Door, draft: &Kept<Draft>, prompt: &Prompt) -> Html {
    let oninput = {
        let (door, draft) = (door.clone(), draft.clone());
        Callback::from(move |event: InputEvent| {
            let value = event.target_unchecked_into::<HtmlTextAreaElement>().value();
            search::typed(&door, &draft, &value);
            draft.change(|own| {
                own.text = value;
                own.offers.clear();
                (own.past, own.free) = (None, false);
                own.search.iter_mut().for_each(|search| search.older = 0);
            });
        })
    };
    let onkeydown = {
        let (door, draft) = (door.clone(), draft.clone());
        Callback::from(move |event: KeyboardEvent| keys::pressed(&door, &draft, &event))
    };
    let run = {
        let (door, draft) = (door.clone(), draft.clone());
        Callback::from(move |_: MouseEvent| {
            keys::run(&door, &draft);
            port::page::focus("terminal-line");
        })
    };
    let rows = draft.text.lines().count().clamp(1, 12) + usize::from(draft.text.ends_with('\n'));
    html! {
        <div class="prompt">
            { search::drawn(draft, prompt) }
            <label for="terminal-line" class="mono">{ prompt.terminal.prompt() }</label>
            <textarea id="terminal-line" class="mono" rows={rows.to_string()} value={draft.text.clone()} {oninput} {onkeydown}
                autocomplete="off" spellcheck="false" autocapitalize="off" aria-describedby="terminal-keys" data-testid="terminal-line" />
            <button type="button" class="primary" onclick={run} data-testid="terminal-run">{ "Run" }</button>
            { offers(draft) }
            <p class="hint" id="terminal-keys">{ "Enter runs, Shift+Enter begins a new line, Tab completes, ↑ and ↓ go through the history, Ctrl+R searches it while you type, Ctrl+U or Ctrl+C empties the line, Ctrl+D leaves a container or an instance. Esc, then Tab, leaves the prompt." }</p>
        </div>
    }
}

fn offers(draft: &Kept<Draft>) -> Html {
    if draft.offers.is_empty() {
        return Html::default();
    }
    let one = |own: &Candidate| {
        let (draft, word) = (draft.clone(), own.word.clone());
        let onclick = Callback::from(move |_: MouseEvent| {
            draft.change(|own| {
                let end = own.text.len();
                own.text = keys::completed(&own.text, end, &word);
                own.offers.clear();
            });
            port::page::focus("terminal-line");
        });
        html! {
            <li key={own.word.clone()}><button type="button" class="small mono" {onclick} tabindex="-1">{ &own.word }</button>{ " " }<span class="dim">{ own.kind }</span></li>
        }
    };
    html! { <ul class="offers" aria-label="What may stand here" data-testid="terminal-offers">{ for draft.offers.iter().take(40).map(one) }</ul> }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecs_lab::lab::{Lab, Start};
    use ecs_lab::shell::Terminal;

    #[test]
    fn what_commands_print_stands_in_their_order() {
        let mut lab = Lab::new(Start::default());
        let mut terminal = Terminal::new(Generation::V2);
        let mut run = |line: &str| {
            let all = printed(&terminal.run(&mut lab, line));
            all.into_iter().map(|(error, text)| format!("{}{text}", if error { "! " } else { "" })).collect::<String>()
        };
        assert_eq!(
            run("echo one; echo two; ls nope; echo three"),
            "one\ntwo\n! ls: cannot access 'nope': No such file or directory\nthree\n"
        );
        assert_eq!(run("ls nope 2>&1 | cat"), "ls: cannot access 'nope': No such file or directory\n");
        assert_eq!(run("echo $(ls nope; echo a)"), "! ls: cannot access 'nope': No such file or directory\na\n");
        let pulled = run("docker run hello-world 2>&1 | head -n 1; docker run busybox echo hi");
        let order = ["Unable to find image 'hello-world:latest' locally", "! Unable to find", "\nhi\n"]
            .map(|own| pulled.find(own));
        assert!(order[0] == Some(0) && order.is_sorted() && order[2].is_some(), "{pulled}");
        let much = "x".repeat(20_000);
        let long = run(&format!("echo {much}; ls nope; echo {much}; ls no"));
        assert!(long.len() < 2 * SHOWN && long.contains("more bytes") && long.contains("'no'"), "{}", long.len());
    }
}
