//! Where the words of a line get their values: variables, other commands, the names of files.

use super::exec::Shell;
use super::files;
use super::language::expand::Source;
use super::terminal::{LONGEST, Variable};
use crate::sim::sorted::Map;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// As deep as `$( … )` may be nested.
const DEEPEST: u8 = 16;

impl Source for Shell<'_> {
    fn variable(&mut self, name: &str) -> Option<String> {
        match name {
            "?" => Some(self.terminal.status.to_string()),
            "#" => Some("0".to_string()),
            "$" => Some("1".to_string()),
            "PWD" => Some(self.terminal.directory.clone()),
            _ => self.terminal.variables.get(name).map(|own| own.value.clone()),
        }
    }

    fn set(&mut self, name: &str, value: &str) {
        let exported = self.terminal.variables.get(name).is_some_and(|own| own.exported);
        self.terminal.variables.insert(name.to_string(), Variable { value: value.to_string(), exported });
    }

    fn output(&mut self, body: &str) -> Result<String, String> {
        if self.depth >= DEEPEST {
            return Err(format!("commands within words are nested deeper than {DEEPEST}"));
        }
        self.depth += 1;
        let before = (self.terminal.variables.clone(), self.terminal.directory.clone());
        let (aside, inside) = (core::mem::take(&mut self.aside), self.terminal.inside.is_some());
        let to_screen = core::mem::take(&mut self.to_screen);
        let done = self.run(body);
        self.to_screen = to_screen;
        self.restore(before, inside);
        self.aside = aside + &done.stderr;
        self.within = done.status;
        self.depth -= 1;
        Ok(shortened(done.stdout).trim_end_matches('\n').to_string())
    }

    fn matching(&self, pattern: &str) -> Vec<String> {
        let (directory, last) = pattern.rsplit_once('/').map_or(("", pattern), |(above, last)| (above, last));
        let prefix = if pattern.contains('/') { format!("{directory}/") } else { String::new() };
        let path = self.path(if prefix.is_empty() { "." } else { &prefix });
        let names = self.terminal.files.list(&path).into_iter();
        let names = names.map(|name| name.trim_end_matches('/').to_string());
        names.filter(|name| files::fits(last, name)).map(|name| format!("{prefix}{name}")).collect()
    }
}

impl Shell<'_> {
    /// Does something within something; none where that is too deep.
    pub(super) fn deeper<T>(&mut self, own: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= DEEPEST {
            return None;
        }
        self.depth += 1;
        let done = own(self);
        self.depth -= 1;
        Some(done)
    }

    /// Gives back the variables and the directory, unless they are by now those of another place.
    pub(super) fn restore(&mut self, before: (Map<String, Variable>, String), inside: bool) {
        if self.terminal.inside.is_some() == inside {
            (self.terminal.variables, self.terminal.directory) = before;
        }
    }
}

/// A text cut to what the shell holds.
pub(super) fn shortened(mut text: String) -> String {
    if text.len() > LONGEST {
        let mut end = LONGEST;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push('\n');
    }
    text
}
