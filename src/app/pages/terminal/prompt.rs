//! What the prompt remembers while the page is open, whichever view is shown.

use super::{SHOWN, TYPED};
use crate::app::port;
use crate::app::session::Door;
use crate::app::store::Action;
use ecs_lab::shell::{Generation, Output, Terminal};
use std::cell::RefCell;
use std::rc::Rc;

/// Lines with their output that stay on the page.
const MOST: usize = 200;

/// So many bytes of them, so that the browser lays the page out in time.
const BYTES: usize = 500_000;

/// A line that ran.
pub struct Entry {
    /// Where the prompt stood.
    pub place: String,
    /// The line.
    pub line: String,
    /// What it printed.
    pub output: Output,
}

impl Entry {
    /// Bytes that it lays on the page, about.
    fn weight(&self) -> usize {
        let printed = self.output.stdout.len() + self.output.stderr.len();
        self.line.len().min(TYPED) + printed.min(SHOWN)
    }
}

/// The prompt.
pub struct Prompt {
    /// The shell with its state.
    pub terminal: Terminal,
    /// What ran, the oldest first.
    pub entries: Vec<Entry>,
    /// Whether it is one of an earlier visit.
    pub restored: bool,
    /// The copies of the lab as a text to keep.
    copies: Option<String>,
}

impl Prompt {
    /// The page's one prompt.
    pub fn of(door: &Door) -> Rc<RefCell<Self>> {
        let place = door.store().prompt();
        let known = place.borrow().clone().and_then(|own| own.downcast().ok());
        known.unwrap_or_else(|| {
            let mut terminal = Terminal::of(&door.store().lab(), Generation::V2);
            let kept = door.store().kept_prompt();
            let restored = kept.borrow().as_deref().is_some_and(|text| terminal.take_kept(text));
            let copies = terminal.copies();
            let own = Rc::new(RefCell::new(Self { terminal, entries: Vec::new(), restored, copies }));
            *place.borrow_mut() = Some(own.clone());
            own
        })
    }

    /// Whether the next line belongs to what runs or was begun.
    pub fn waits(&self) -> bool {
        self.terminal.asks().is_some() || self.terminal.goes_on()
    }

    /// Hands over what is to be kept of it.
    pub fn keep(&self, door: &Door) {
        *door.store().kept_prompt().borrow_mut() = Some(self.terminal.kept(self.copies.as_deref()));
    }

    /// Runs a line on the lab, and says in a sentence what came of it.
    pub fn run(door: &Door, line: &str) {
        let shared = Self::of(door);
        // What `read -s` asks for is not shown.
        let line_shown = if shared.borrow().terminal.hides() { "" } else { line };
        port::crash::note(line_shown.to_owned());
        let said = {
            let mut own = shared.borrow_mut();
            let place = own.terminal.prompt();
            let copies = own.terminal.copy_names();
            let output = own.terminal.run(&mut door.store().shared_lab().borrow_mut(), line);
            if own.terminal.copy_names() != copies {
                own.copies = own.terminal.copies();
            }
            own.keep(door);
            let said = said(&output, &own.terminal);
            // A form feed clears the screen.
            if let Some((_, rest)) = output.stdout.rsplit_once('\u{c}') {
                let output = Output { stdout: rest.to_owned(), ends: Vec::new(), ..output.clone() };
                own.entries.clear();
                if !output.stdout.is_empty() || output.status != 0 {
                    own.entries.push(Entry { place, line: line_shown.to_owned(), output });
                }
            } else {
                own.entries.push(Entry { place, line: line_shown.to_owned(), output });
            }
            let mut room = BYTES;
            let fits = own.entries.iter().rev().take(MOST).take_while(|own| {
                room = room.saturating_sub(own.weight());
                room > 0
            });
            let more = own.entries.len().saturating_sub(fits.count().max(1));
            own.entries.drain(..more);
            said
        };
        door.dispatch(Action::Typed { line: line_shown.into(), said: said.into() });
        port::page::to_end("console");
    }
}

/// So much of a line is said, in signs.
const SAID: usize = 200;

/// The beginning of a line.
fn short(line: &str) -> String {
    let line = line.trim();
    match line.char_indices().nth(SAID) {
        Some((end, _)) => format!("{} and so on.", line.get(..end).unwrap_or_default()),
        None => line.to_owned(),
    }
}

/// A line with a sign at its end that parts it from the next sentence.
fn closed(line: String) -> String {
    if line.ends_with(['.', ':', ';', '!', '?']) { line } else { line + "." }
}

/// What came of a line, and what the prompt waits for.
fn said(output: &Output, terminal: &Terminal) -> String {
    let waits = match terminal.asks() {
        Some("") => "The command waits for a line.".to_owned(),
        Some(question) => format!("The command asks: {}", short(question)),
        None if terminal.goes_on() => "The line goes on.".to_owned(),
        None => return sentence(output),
    };
    let is_silent = output.stdout.trim().is_empty() && output.stderr.trim().is_empty();
    if is_silent { waits } else { format!("{} {waits}", closed(sentence(output))) }
}

/// What came of a line, for who cannot see it: its only line, or how much it printed; of what failed the error, or its first
/// words.
fn sentence(output: &Output) -> String {
    let mut lines = output.stderr.lines().chain(output.stdout.lines()).filter(|line| !line.trim().is_empty());
    let near = output.near.as_ref().map_or(String::new(), |word| format!(" Maybe you meant {word}."));
    let told = output.learn.as_ref().and_then(|page| page.told).map_or(String::new(), |told| format!(" {told}."));
    let end = match output.status {
        0 => String::new(),
        status => format!(" Exit status {status}.{near}{told}"),
    };
    // Below the usage stands what is wrong.
    let error = output.stderr.lines().find(|line| line.starts_with("aws: "));
    match (lines.next(), lines.count()) {
        (None, _) if output.status == 0 => "Done, without output.".to_owned(),
        (None, _) => format!("Without output.{end}"),
        (Some(only), 0) if end.is_empty() => short(only),
        (Some(only), 0) => format!("{}{end}", closed(short(only))),
        (Some(_), more) if output.stderr.trim().is_empty() => format!("{} lines of output.{end}", more + 1),
        (Some(first), more) if output.status != 0 => {
            format!("{}, and {more} more lines.{end}", short(error.unwrap_or(first)).trim_end_matches('.'))
        }
        (Some(_), more) => format!("{} lines of output.", more + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecs_lab::lab::{Lab, Start};

    #[test]
    fn what_came_of_a_line_is_one_sentence() {
        for (stdout, stderr, status, expected) in [
            ("", "", 0, "Done, without output."),
            ("", "", 1, "Without output. Exit status 1."),
            ("main\n", "", 0, "main"),
            ("", "lab: no such thing.\n", 1, "lab: no such thing. Exit status 1."),
            ("left:\n", "", 2, "left: Exit status 2."),
            ("{\n  \"a\": 1\n}\n", "", 0, "3 lines of output."),
            ("", "\nbash: vi: command not found\n", 127, "bash: vi: command not found. Exit status 127."),
            ("out", "usage: aws\n\naws: error\n", 252, "aws: error, and 2 more lines. Exit status 252."),
            ("", "aws: too long.\nb\n", 1, "aws: too long, and 1 more lines. Exit status 1."),
            ("{\n}\n", "", 1, "2 lines of output. Exit status 1."),
            ("one\n", "log\n", 0, "2 lines of output."),
        ] {
            let output = Output { stdout: stdout.into(), ..Output::fail(status, stderr) };
            assert_eq!(sentence(&output), expected);
        }
        // Nothing is done while the prompt waits.
        let mut lab = Lab::new(Start::default());
        for (lines, expected) in [
            (&["read -p 'Name? ' N; echo \"hi $N\""][..], "The command asks: Name?"),
            (&["read -p 'Name? ' N; echo \"hi $N\"", "Ada"], "hi Ada"),
            (&["echo one; read -s -p 'Secret: ' S; read T"], "one. The command asks: Secret:"),
            (&["echo one; read -s -p 'Secret: ' S; read T", "hush"], "The command waits for a line."),
            (&["bash -c 'read -p \"Which? \" N'"], "The command asks: Which?"),
            (&["aws configure"], "The command asks: AWS Access Key ID [****************MPLE]:"),
            (&["cat <<E"], "The line goes on."),
            (&["cat <<E", "a", "E"], "a"),
            (&["if true; then"], "The line goes on."),
            (&["true"], "Done, without output."),
        ] {
            let mut terminal = Terminal::of(&lab, Generation::V2);
            let output = lines.iter().map(|line| terminal.run(&mut lab, line)).last().unwrap();
            assert_eq!(said(&output, &terminal), expected, "{lines:?}");
        }
        let long = Output { stdout: "ü".repeat(1_000_000), ..Output::fail(0, "") };
        assert_eq!(sentence(&long), "ü".repeat(SAID) + " and so on.");
    }
}
