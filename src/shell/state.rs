//! What a shell keeps beside its variables.

use super::language::Command;
use crate::sim::sorted::Map;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

/// Functions, aliases, options, and the words that were given.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    /// The bodies of functions.
    pub(super) functions: Map<String, Rc<Command>>,
    /// What stands for a word at the beginning of a command.
    pub(super) aliases: Map<String, String>,
    /// The variables that keep their values.
    pub(super) readonly: Vec<String>,
    /// What the last `=~` has found, for `BASH_REMATCH`.
    pub(super) found: Vec<String>,
    /// `$0`, in a script.
    pub(super) name: Option<String>,
    /// `$1` and those that follow.
    pub(super) given: Vec<String>,
    pub(super) options: Options,
    /// Where `cd -` leads.
    pub(super) before: Option<String>,
}

impl State {
    /// # Errors
    /// Where a variable keeps its value.
    pub(super) fn changes(&self, name: &str) -> Result<(), String> {
        if self.readonly.iter().any(|own| own == name) { Err(format!("{name}: readonly variable")) } else { Ok(()) }
    }
}

/// What `set` switches on and off.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options {
    /// `-e`: a failure ends the script.
    pub(super) errexit: bool,
    /// `-x`: commands are shown before they run.
    pub(super) xtrace: bool,
    /// `-u`: a variable that is not set is an error.
    pub(super) nounset: bool,
    /// `-o pipefail`: a pipe fails with the last of its commands that fails.
    pub(super) pipefail: bool,
}
