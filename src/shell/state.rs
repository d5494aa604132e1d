//! What a shell keeps beside its variables.

use super::language::Command;
use super::random::Seeded;
use crate::sim::sorted::Map;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

/// What is said of a variable that keeps its value, behind its name.
pub(super) const READONLY: &str = ": readonly variable";

/// The bits that new files are made without where nobody has said which.
pub(super) const UMASK: u16 = 0o022;

/// Functions, aliases, options, and the words that were given.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// The bodies of functions.
    pub(super) functions: Map<String, Rc<Command>>,
    /// What stands for a word at the beginning of a command.
    pub(super) aliases: Map<String, String>,
    /// The variables that keep their values.
    pub(super) readonly: Vec<String>,
    /// How the commands of the last pipe ended, for `PIPESTATUS`.
    pub(super) pipes: Vec<u8>,
    /// What the last `=~` has found, for `BASH_REMATCH`.
    pub(super) found: Vec<String>,
    /// `$0`, in a script.
    pub(super) name: Option<String>,
    /// `$1` and those that follow.
    pub(super) given: Vec<String>,
    pub(super) options: Options,
    /// The bits that new files are made without.
    pub(super) umask: Option<u16>,
    /// What runs at the end and after failures, by the names of `trap`.
    pub(super) traps: Map<String, String>,
    /// What `RANDOM` was set to, and draws from.
    pub(super) seeded: Option<Seeded>,
    /// Where `cd -` leads.
    pub(super) before: Option<String>,
}

impl State {
    /// # Errors
    /// Where a variable keeps its value.
    pub(super) fn changes(&self, name: &str) -> Result<(), String> {
        if self.readonly.iter().any(|own| own == name) { Err(format!("{name}{READONLY}")) } else { Ok(()) }
    }
}

/// What `set` switches on and off.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    /// `-e`: a failure ends the script.
    pub(super) errexit: bool,
    /// `-E`: functions and subshells run the trap for failures too.
    pub(super) errtrace: bool,
    /// `-x`: commands are shown before they run.
    pub(super) xtrace: bool,
    /// `-f`: `*` and its like stand for no files.
    pub(super) noglob: bool,
    /// `-u`: a variable that is not set is an error.
    pub(super) nounset: bool,
    /// `-o pipefail`: a pipe fails with the last of its commands that fails.
    pub(super) pipefail: bool,
}
