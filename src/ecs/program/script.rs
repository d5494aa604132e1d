//! Where a script runs, and the files that one writes whatever it comes to.

use super::files::Made;
use super::scan::piece;
use super::words::Stream;
use super::{Ran, blocks, startup, walk};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// Lists of variables, as a definition has them in `environment` and `secrets`; the first that has a name counts (CD-22).
pub type Environment<'a> = &'a [&'a Value];

/// What the lab knows of the container that a command runs in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setting<'a> {
    /// Its image, or what that was built on.
    pub image: &'a str,
    /// Its variables.
    pub environment: Environment<'a>,
    /// The folder that its definition or its image has it begin in; empty without one.
    pub directory: &'a str,
    /// Whether it belongs to a task, for which ECS sets variables too.
    pub is_task: bool,
}

impl Setting<'_> {
    /// What a variable holds, which for a secret is where it came from: the lab keeps none (CD-23).
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        let in_list = |list: &&Value| list.as_array()?.iter().rfind(|item| item["name"] == name).cloned();
        let found = self.environment.iter().find_map(in_list)?;
        let secret = || found["valueFrom"].as_str().map(|from| format!("<{from}>"));
        found["value"].as_str().map(String::from).or_else(secret)
    }

    /// The folder that it begins in.
    pub(super) fn folder(&self) -> &str {
        if self.directory.is_empty() { startup::folder(self.image) } else { self.directory }
    }
}

/// A file that a script writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writing {
    /// Its path, as the script has it.
    pub path: String,
    /// What is written.
    pub text: String,
    /// Whether it goes behind what is there.
    pub appends: bool,
}

/// The files that a script, or one within it, writes with `echo` or `printf`, in order, each as if what stands before it went
/// well. A text with a variable in it is left out.
pub fn writings(script: &str) -> Vec<Writing> {
    let steps = blocks::steps(script).unwrap_or_default();
    let texts = steps.iter().filter_map(|(step, _)| match step {
        blocks::Step::Simple(text) if is_literal(text) => Some(*text),
        _ => None,
    });
    texts.flat_map(writing).collect()
}

fn writing(text: &str) -> Vec<Writing> {
    let mut ran = Ran::new(&Setting::default());
    let Some(command) = walk::alone(text, &mut ran) else { return Vec::new() };
    let Stream::File { path, appends } = &command.out else {
        return match command.words.as_slice() {
            // What is within is shorter, so that this ends.
            [shell, flag, script, ..] if flag.text == "-c" && shell.text.ends_with("sh") => writings(&script.text),
            _ => Vec::new(),
        };
    };
    let kept = ran.files.into_iter().filter_map(|(_, made)| match made {
        Made::File(text) => Some(Writing { path: path.clone(), text, appends: *appends }),
        Made::Unknown | Made::Folder | Made::Gone => None,
    });
    kept.take(1).collect()
}

/// Whether nothing in a text stands for something else: `$` and backquotes only within single quotes.
fn is_literal(text: &str) -> bool {
    let mut rest = text;
    while let Some((own, behind)) = piece(rest).and_then(|length| rest.split_at_checked(length)) {
        if !own.starts_with('\'') && own.contains(['$', '`']) {
            return false;
        }
        rest = behind;
    }
    rest.is_empty()
}
