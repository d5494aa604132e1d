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
mod ec2;
mod fail;
mod globals;
mod help;
mod options;
mod pages;
mod parser;
pub(super) mod python_json;
mod services;
mod shorthand;
mod skeleton;
mod value;
mod wait;

#[cfg(any(test, feature = "fuzz"))]
pub(super) use shorthand::parse as shorthand;

use super::exec::Shell;
use super::terminal::Output;
use alloc::string::String;

/// Which AWS CLI is installed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Generation {
    /// Version 1, which the exam still asks for: `ecr get-login`, exit codes 2 and 255.
    V1,
    /// Version 2.
    #[default]
    V2,
}

/// Runs a command line behind `aws`.
pub(super) fn run(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let generation = shell.terminal.generation;
    match globals::run(shell, words) {
        Ok(output) => output,
        Err(fail) => fail.output(generation),
    }
}

/// Runs one of the lab's own operations, whose options are made and read as those of AWS.
pub(super) fn lab_call(shell: &mut Shell<'_>, name: &'static str, words: &[String]) -> Output {
    let generation = shell.terminal.generation;
    call::operation(shell, &globals::Globals::plain(), "lab", name, words)
        .unwrap_or_else(|fail| fail.output(generation))
}
