//! What the prompt remembers while the page is open, whichever view is shown.

use crate::app::port;
use crate::app::session::Door;
use crate::app::store::Action;
use ecs_lab::shell::{Generation, Output, Terminal};
use std::cell::RefCell;
use std::rc::Rc;

/// Lines with their output that stay on the page.
const MOST: usize = 200;

/// A line that ran.
pub struct Entry {
    /// Where the prompt stood.
    pub place: String,
    /// The line.
    pub line: String,
    /// What it printed.
    pub output: Output,
}

/// The prompt.
pub struct Prompt {
    /// The shell with its state.
    pub terminal: Terminal,
    /// What ran, the oldest first.
    pub entries: Vec<Entry>,
}

impl Prompt {
    /// The page's one prompt.
    pub fn of(door: &Door) -> Rc<RefCell<Self>> {
        let place = door.store().prompt();
        let known = place.borrow().clone().and_then(|own| own.downcast().ok());
        known.unwrap_or_else(|| {
            let terminal = Terminal::of(&door.store().lab(), Generation::V2);
            let own = Rc::new(RefCell::new(Self { terminal, entries: Vec::new() }));
            *place.borrow_mut() = Some(own.clone());
            own
        })
    }

    /// Runs a line on the lab, and says in a sentence what came of it.
    pub fn run(door: &Door, line: &str) {
        port::crash::note(line.to_owned());
        let shared = Self::of(door);
        let said = {
            let mut own = shared.borrow_mut();
            let place = own.terminal.place();
            let output = own.terminal.run(&mut door.store().shared_lab().borrow_mut(), line);
            let said = sentence(&output);
            // A form feed clears the screen.
            if let Some((_, rest)) = output.stdout.rsplit_once('\u{c}') {
                let output = Output { stdout: rest.to_owned(), ..output.clone() };
                own.entries.clear();
                if !output.stdout.is_empty() || output.status != 0 {
                    own.entries.push(Entry { place, line: line.to_owned(), output });
                }
            } else {
                own.entries.push(Entry { place, line: line.to_owned(), output });
            }
            let more = own.entries.len().saturating_sub(MOST);
            own.entries.drain(..more);
            said
        };
        door.dispatch(Action::Typed { line: line.into(), said: said.into() });
        port::page::to_end("console");
    }
}

/// What came of a line, for who cannot see it: its only line, or how much it printed.
fn sentence(output: &Output) -> String {
    let text = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let end = match output.status {
        0 => String::new(),
        status => format!(" Exit status {status}."),
    };
    match (lines.next(), lines.count()) {
        (None, _) if output.status == 0 => "Done, without output.".to_owned(),
        (None, _) => format!("Without output.{end}"),
        (Some(only), 0) => format!("{}{end}", only.trim()),
        (Some(first), more) if output.status != 0 => format!("{}, and {more} more lines.{end}", first.trim()),
        (Some(_), more) => format!("{} lines of output.", more + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_of_a_line_is_one_sentence() {
        for (stdout, stderr, status, expected) in [
            ("", "", 0, "Done, without output."),
            ("", "", 1, "Without output. Exit status 1."),
            ("main\n", "", 0, "main"),
            ("{\n  \"a\": 1\n}\n", "", 0, "3 lines of output."),
            ("", "\nbash: vi: command not found\n", 127, "bash: vi: command not found Exit status 127."),
            ("out", "usage: aws\n\naws: error\n", 252, "usage: aws, and 1 more lines. Exit status 252."),
        ] {
            let output = Output { stdout: stdout.into(), ..Output::fail(status, stderr) };
            assert_eq!(sentence(&output), expected);
        }
    }
}
