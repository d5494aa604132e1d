//! Where the words of a line get their values: variables, other commands, the names of files.

use super::about;
use super::exec::{Flow, Shell};
use super::files;
use super::language::expand::Source;
use super::pattern::Pattern;
use super::terminal::Variable;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// As deep as `$( … )` may be nested.
const DEEPEST: u8 = 16;

impl Source for Shell<'_> {
    fn variable(&mut self, name: &str) -> Option<String> {
        let given = |place: usize| self.terminal.state.given.get(place).cloned();
        match name {
            "?" => Some(self.terminal.status.to_string()),
            "#" => Some(self.terminal.state.given.len().to_string()),
            "$" => Some("1".to_string()),
            "!" => None,
            "0" => Some(self.terminal.state.name.clone().unwrap_or_else(|| "bash".to_string())),
            "BASH_SOURCE" | "BASH_SOURCE[0]" => self.scripts.last().map(|own| own.name.clone()),
            "BASH_REMATCH" => self.terminal.state.found.first().cloned(),
            _ if let Some(place) = name.strip_prefix("BASH_REMATCH[") => {
                let place = place.strip_suffix(']').and_then(|own| own.parse::<usize>().ok());
                place.and_then(|place| self.terminal.state.found.get(place).cloned())
            }
            "PWD" => Some(self.terminal.directory.clone()),
            "HOSTNAME" => {
                Some(self.terminal.variables.get(name).map_or_else(|| about::host(self), |own| own.value.clone()))
            }
            "SECONDS" | "LINENO" if !self.terminal.variables.contains_key(name) => Some(match name {
                "LINENO" => self.line.max(1).to_string(),
                _ => (self.lab.now() - self.lab.start().time).as_millis().div_euclid(1000).to_string(),
            }),
            _ => match name.parse::<usize>() {
                Ok(place) => given(place.saturating_sub(1)),
                Err(_) => self.terminal.variables.get(name).map(|own| own.value.clone()),
            },
        }
    }

    fn set(&mut self, name: &str, value: &str) {
        let exported = self.terminal.variables.get(name).is_some_and(|own| own.exported);
        self.terminal.variables.insert(name.to_string(), Variable { value: value.to_string(), exported });
    }

    fn output(&mut self, body: &str) -> Result<String, String> {
        Ok(self.printed(body)?.trim_end_matches('\n').to_string())
    }

    fn given(&self) -> Vec<String> {
        self.terminal.state.given.clone()
    }

    fn is_strict(&self) -> bool {
        self.terminal.state.options.nounset
    }

    fn matching(&self, pattern: &str) -> Vec<String> {
        let (directory, last) = pattern.rsplit_once('/').map_or(("", pattern), |(above, last)| (above, last));
        let directory = Pattern::new(directory).literal().unwrap_or_else(|| directory.to_string());
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

    /// What a command prints, whose errors are told with the command that its words are of.
    ///
    /// # Errors
    /// Where the line is over.
    pub(super) fn printed(&mut self, body: &str) -> Result<String, String> {
        if self.depth >= DEEPEST {
            self.spend(&format!("ECS Lab: this line has nested commands within words deeper than {DEEPEST}"));
            return Err(String::new());
        }
        self.depth += 1;
        let aside = core::mem::take(&mut self.aside);
        let to_screen = core::mem::take(&mut self.to_screen);
        let (above, line) = (self.above, self.line);
        self.above = line.saturating_sub(1);
        let done = self.apart(|shell| shell.run(body));
        (self.above, self.line) = (above, line);
        self.to_screen = to_screen;
        self.aside = aside + &done.stderr;
        self.within = done.status;
        self.depth -= 1;
        if self.flow == Flow::Spent {
            return Err(String::new());
        }
        Ok(self.shortened(done.stdout))
    }
}
