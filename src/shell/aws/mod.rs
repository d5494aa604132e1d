//! `aws`: the AWS CLI of both generations, over the model tables (`scaling-ecr-iam-cli.md` section 6).
//!
//! ```text
//! words ─► global options ─► service, operation ─► options ─► values ─► checks ─► the door ─► answer ─► output
//! ```
//!
//! The parsing follows Python's argparse and awscli, so that what is refused is refused in their words.

mod answer;
mod call;
pub(super) mod completion;
mod config;
mod configure;
mod deploy;
mod ec2;
mod fail;
mod globals;
mod help;
mod ini;
mod location;
mod members;
mod metric;
mod offers;
mod options;
mod ordered;
mod own;
mod pages;
mod parser;
mod place;
mod printed;
pub(super) mod python_json;
mod s3;
mod services;
mod session;
mod shorthand;
mod skeleton;
mod tail;
mod valid;
mod value;
mod wait;

#[cfg(any(test, feature = "fuzz"))]
pub(super) use shorthand::parse as shorthand;

use super::exec::Shell;
use super::learn;
use super::line::kebab;
use super::terminal::Output;
use alloc::format;
use alloc::string::String;

pub(super) use configure::{Asked, begins as asks, set as configure};
pub(super) use fail::Fail;

/// Which AWS CLI is installed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Generation {
    /// Version 1, which the exam still asks for: `ecr get-login`, exit codes 2 and 255.
    V1,
    /// Version 2.
    #[default]
    V2,
}

/// Runs a command line behind `aws`; `input` is what a pipe or a document gives it.
pub(super) fn run(shell: &mut Shell<'_>, words: &[String], input: &str) -> Output {
    shell.remark = None;
    let done = globals::run(shell, words, input);
    let mut output = done.unwrap_or_else(|fail| told(shell, fail));
    output.stderr.extend(shell.remark.take());
    output
}

fn told(shell: &mut Shell<'_>, fail: Fail) -> Output {
    shell.learn = learn::of_fail(&fail);
    if let Some(page) = shell.learn.as_mut().filter(|_| shell.lab.next_deadline().is_none()) {
        page.told = None;
    }
    if let Fail::Near(_, word) = &fail {
        shell.meant(word);
    }
    fail.output(shell.terminal.generation)
}

/// Runs one of the lab's own operations, whose options are made and read as those of AWS. Of words and values that do not
/// fit it speaks as the lab does, not as the AWS CLI.
pub(super) fn lab_call(shell: &mut Shell<'_>, name: &'static str, words: &[String]) -> Output {
    let done = call::operation(shell, &globals::Globals::plain(), "lab", name, words);
    done.unwrap_or_else(|fail| {
        let (why, verb) = (fail.misused(), kebab(name));
        let refused = match &fail {
            Fail::Service(.., why) => Some(why.clone()),
            _ => None,
        };
        let page = learn::of_lab(&verb, &fail);
        let output = told(shell, fail);
        shell.learn = page;
        match (refused, why) {
            (Some(why), _) => Output::fail(1, format!("lab {verb}: {why}\n")),
            (None, Some(why)) => {
                let then = if why.contains('\n') { "\n" } else { "; " };
                Output::fail(2, format!("lab {verb}: {}{then}lab {verb} help lists its options\n", why.trim()))
            }
            (None, None) => output,
        }
    })
}
