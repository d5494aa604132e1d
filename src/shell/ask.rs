//! What a line asks at the prompt, by `read`, and how it goes on with the answer.
//!
//! A line runs to its end or not at all: there is no place within it at which it could wait. So a line that asks is
//! ended there, and what it has done so far is shown. With the answer, the prompt and the lab are put back to where the line
//! began, and it runs again, this time with the answer; nothing in the lab is left to chance, so that it comes to the
//! same place in the same way. What was done to the lab by other means while the line waited is done again at that place, and
//! where that does not lead to the same lab, the line is given up and the lab stays as it is.

use super::exec::{Flow, Shell};
use super::limits::INTERRUPTED;
use super::terminal::{Output, Terminal};
use crate::lab::{Command, Lab};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// So often may one line ask.
const MOST_QUESTIONS: usize = 2000;

const CHANGED: &str =
    "ECS Lab: the lab went another way while this line waited for an answer, so that it ends as by Ctrl+C\n";

/// A question.
#[derive(Clone, Debug)]
pub(super) struct Question {
    /// What stands in front of the answer.
    pub(super) text: String,
    /// Whether the answer is not shown.
    pub(super) silent: bool,
}

/// What was typed.
#[derive(Clone)]
struct Answer {
    text: String,
    /// What came before it; nothing where it was there when the line asked, as what is pasted is.
    wait: Option<Wait>,
}

/// What was done to the lab by other means while the line waited, and the lab by then.
#[derive(Clone)]
struct Wait {
    meanwhile: Vec<Command>,
    digest: String,
}

/// A line that waits for an answer.
#[derive(Clone)]
pub(super) struct Waiting {
    /// The prompt and the lab before the line.
    terminal: Terminal,
    lab: Lab,
    line: String,
    answers: Vec<Answer>,
    /// What of its output was shown.
    shown: Output,
    question: Question,
    /// How many commands lay behind the lab when it asked.
    revision: u32,
}

/// What `read` has at the prompt.
#[derive(Default)]
pub(super) struct Typed {
    answers: Vec<Answer>,
    /// How many of them were taken.
    taken: usize,
    /// What was pasted behind them, the next line last.
    ahead: Vec<String>,
    /// Whether the line may ask for more.
    asks: bool,
    /// What it asks.
    question: Option<Question>,
    /// Whether the lab is not what it was.
    lost: bool,
}

impl Shell<'_> {
    /// The next line that is typed at the prompt; none where nobody is asked, or it has to be asked for first.
    pub(super) fn typed(&mut self, question: Question) -> Option<String> {
        let Typed { answers, taken, ahead, asks, .. } = &mut self.typed;
        if *asks && *taken >= MOST_QUESTIONS {
            self.spend(&format!("ECS Lab: one line asks at most {MOST_QUESTIONS} questions; this one asks more"));
            return None;
        }
        if *taken == answers.len() {
            answers.extend(ahead.pop().map(|text| Answer { text, wait: None }));
        }
        let Some(answer) = answers.get(*taken).cloned() else {
            if *asks {
                self.typed.question = Some(question);
                self.flow = Flow::Spent;
            }
            return None;
        };
        *taken += 1;
        let Some(wait) = answer.wait else { return Some(answer.text) };
        for command in wait.meanwhile {
            self.lab.set_apart();
            // What was refused then is refused again.
            let _ = self.lab.apply(command);
        }
        self.lab.set_apart();
        if self.lab.digest() != wait.digest {
            self.typed.lost = true;
            self.flow = Flow::Spent;
            return None;
        }
        Some(answer.text)
    }
}

impl Terminal {
    /// Whether a line may read what is typed: it says so, or runs what may.
    fn may_ask(&self, line: &str) -> bool {
        let runs = ["read", "eval", "source", "sh", "./", ". "].iter().any(|word| line.contains(word));
        runs || !self.state.functions.is_empty() || !self.state.aliases.is_empty()
    }

    /// Runs a line, which may ask.
    pub(super) fn perform(&mut self, lab: &mut Lab, line: &str) -> Output {
        if !self.may_ask(line) {
            return Shell::new(self, lab).line(line);
        }
        let waiting = Waiting {
            terminal: self.clone(),
            lab: lab.fork(),
            line: line.to_string(),
            answers: Vec::new(),
            shown: Output::default(),
            question: Question { text: String::new(), silent: false },
            revision: 0,
        };
        self.again(lab, Box::new(waiting), Vec::new()).0
    }

    /// Runs a line with the answers that it has and those that are there already, the next one last; how many of these are
    /// left, where the line was not lost.
    fn again(&mut self, lab: &mut Lab, mut waiting: Box<Waiting>, ahead: Vec<String>) -> (Output, Option<usize>) {
        let mut shell = Shell::new(self, lab);
        shell.typed = Typed { answers: waiting.answers, ahead, asks: true, ..Typed::default() };
        let mut output = shell.line(&waiting.line);
        let Typed { answers, ahead, question, lost, .. } = core::mem::take(&mut shell.typed);
        if lost {
            return (Output::fail(INTERRUPTED, CHANGED), None);
        }
        let Some(question) = question else { return (behind(output, &waiting.shown), Some(ahead.len())) };
        waiting.answers = answers;
        waiting.revision = lab.revision();
        output.status = 0;
        let shown = core::mem::replace(&mut waiting.shown, output.clone());
        waiting.question = question;
        self.waiting = Some(waiting);
        (behind(output, &shown), Some(ahead.len()))
    }

    /// Takes the answer that a line waits for, and goes on with it, and with as many of the lines behind it as the line asks
    /// for; the others are left.
    pub(super) fn answered<'a>(&mut self, lab: &mut Lab, pasted: &'a str) -> (Output, Option<&'a str>) {
        let Some(mut waiting) = self.waiting.take() else { return (Output::default(), None) };
        let pasted = pasted.strip_suffix('\n').unwrap_or(pasted);
        let plain = |line: &str| line.chars().filter(|sign| !sign.is_control() || *sign == '\t').collect();
        let mut ahead: Vec<String> = pasted.split('\n').rev().map(plain).collect();
        let count = ahead.len();
        let text = ahead.pop().unwrap_or_default();
        let known = waiting.revision as usize;
        let since = lab.fork();
        let meanwhile: Vec<Command> = since.past().skip(known).map(|(own, _)| own.clone()).collect();
        waiting.answers.push(Answer { text, wait: Some(Wait { meanwhile, digest: lab.digest() }) });
        let now = self.clone();
        *self = waiting.terminal.clone();
        *lab = waiting.lab.fork();
        let (output, left) = self.again(lab, waiting, ahead);
        if left.is_none() {
            (*self, *lab) = (now, since);
        }
        self.status = output.status;
        let rest = left.and_then(|left| pasted.splitn(count - left + 1, '\n').nth(count - left));
        (output, rest)
    }

    /// The question that waits for an answer, and whether that is not shown.
    pub(super) fn question(&self) -> Option<&Question> {
        self.waiting.as_ref().map(|own| &own.question)
    }

    /// Whether what is typed now is not to be shown, since `read -s` asks for it.
    pub fn hides(&self) -> bool {
        self.question().is_some_and(|own| own.silent)
    }
}

/// What of an output was not shown yet.
fn behind(mut output: Output, shown: &Output) -> Output {
    let (out, err) = (shown.stdout.len(), shown.stderr.len());
    let rest = |text: &str, shown: &str| text.strip_prefix(shown).map(ToString::to_string);
    if let (Some(stdout), Some(stderr)) = (rest(&output.stdout, &shown.stdout), rest(&output.stderr, &shown.stderr)) {
        (output.stdout, output.stderr) = (stdout, stderr);
        output.ends.iter_mut().for_each(|own| *own = (own.0.saturating_sub(out), own.1.saturating_sub(err)));
    }
    output
}

impl Waiting {
    /// Writes a file where the line begins.
    pub(super) fn write(&mut self, path: &str, text: String) -> Result<(), &'static str> {
        self.terminal.files.write(path, text)
    }
}

/// Of so many bytes of a paste each command is run for itself, where it may ask.
const LONGEST_PASTE: usize = 64 * 1024;

/// Whether one of several lines may take those behind it for answers.
pub(super) fn may_take_lines(text: &str) -> bool {
    let asks = || text.lines().next().is_some_and(super::aws::asks) || text.contains("read");
    text.contains('\n') && text.len() <= LONGEST_PASTE && asks()
}

/// The first command of several lines, and the lines behind it.
pub(super) fn first(text: &str) -> (&str, Option<&str>) {
    let ends = text.match_indices('\n').map(|(at, _)| at);
    for at in ends {
        let (own, more) = text.split_at(at);
        if !super::language::goes_on(own) {
            return (own, more.get(1..));
        }
    }
    (text, None)
}

/// What `read` says where nobody can be asked.
pub(super) fn nobody(tool: &str) -> Output {
    Output::fail(1, format!("ECS Lab: {tool} takes its lines from a pipe, a file or <<<; nobody types to it here\n"))
}
