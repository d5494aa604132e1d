//! Where the words of a line get their values: variables, other commands, the names of files.

use super::about;
use super::arrays::Elements;
use super::exec::{Flow, Shell};
use super::files;
use super::language::expand::Source;
use super::pattern::Pattern;
use super::terminal::Output;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// As deep as `$( … )` may be nested.
const DEEPEST: u8 = 16;

/// What an element costs beside its text where all of an array are asked for.
const ELEMENT_BYTES: usize = 40;

impl Source for Shell<'_> {
    fn variable(&mut self, name: &str) -> Option<String> {
        let value = self.own_value(name);
        // A line that is over ends with its next command.
        drop(self.worked(value.as_ref().map_or(0, String::len)));
        value
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        self.put(name, value.to_string())
    }

    fn element(&mut self, name: &str, place: &str) -> Result<Option<String>, String> {
        let array = match self.own_array(name) {
            Some(own) => Rc::new(Elements::of(own)),
            None => match self.array(name) {
                Some(array) => array,
                None => Rc::new(Elements::of(self.variable(name).into_iter().collect())),
            },
        };
        match self.key(&array, place)? {
            Some(key) => Ok(array.get(&key).cloned()),
            None => {
                let said = Output::fail(0, format!("bash: {name}: bad array subscript\n"));
                self.say(self.located(said).stderr);
                Ok(None)
            }
        }
    }

    fn set_element(&mut self, name: &str, place: &str, value: &str) -> Result<(), String> {
        self.put_element(name, place, false, value.to_string())
    }

    fn elements(&mut self, name: &str) -> Vec<(String, String)> {
        let numbered = |all: Vec<String>| all.into_iter().enumerate().map(|(at, own)| (at.to_string(), own)).collect();
        match (self.own_array(name), self.array(name)) {
            (Some(own), _) => numbered(own),
            (None, Some(array)) => {
                drop(self.worked(array.len() * ELEMENT_BYTES));
                array.pairs().map(|(key, value)| (key, value.clone())).collect()
            }
            (None, None) => numbered(self.variable(name).into_iter().collect()),
        }
    }

    fn count(&mut self, name: &str) -> usize {
        self.array(name).map_or_else(|| self.elements(name).len(), |own| own.len())
    }

    fn output(&mut self, body: &str) -> Result<String, String> {
        Ok(self.printed(body)?.trim_end_matches('\n').to_string())
    }

    fn cost(&mut self, bytes: usize) -> Result<(), String> {
        self.worked(bytes).map_or(Ok(()), |_| Err(String::new()))
    }

    fn given(&self) -> Vec<String> {
        self.terminal.state.given.clone()
    }

    fn is_strict(&self) -> bool {
        self.terminal.state.options.nounset
    }

    fn file_of(&mut self, body: &str) -> Result<String, String> {
        let text = self.printed(body)?;
        self.terminal.files.pipe(text).ok_or_else(|| format!("<({body}): Too many open files"))
    }

    fn matching(&self, pattern: &str) -> Vec<String> {
        if self.terminal.state.options.noglob {
            return Vec::new();
        }
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
    /// The value of a variable; none where it is not set.
    fn own_value(&mut self, name: &str) -> Option<String> {
        let given = |place: usize| self.terminal.state.given.get(place).cloned();
        match name {
            "?" => Some(self.terminal.status.to_string()),
            "#" => Some(self.terminal.state.given.len().to_string()),
            "$" => Some("1".to_string()),
            "!" => None,
            "0" => Some(self.terminal.state.name.clone().unwrap_or_else(|| "bash".to_string())),
            "BASH_SOURCE" | "BASH_REMATCH" | "FUNCNAME" | "PIPESTATUS" | "BASH_LINENO" => {
                self.own_array(name)?.into_iter().next()
            }
            "BASH_COMMAND" => Some(self.latest.clone()),
            "RANDOM" => Some(self.random().to_string()),
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
                Err(_) => {
                    let own = self.terminal.variables.get(name)?;
                    own.array.as_ref().map_or_else(|| Some(own.value.clone()), |array| array.first().cloned())
                }
            },
        }
    }

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
        let caught = self.catch();
        let (above, line) = (self.above, self.line);
        self.above = line.saturating_sub(1);
        // `$(< FILE)` is what the file holds.
        let file = body.trim_start().strip_prefix('<').filter(|rest| !rest.starts_with(['<', '(', '&', '>']));
        let whole = file.map(|rest| format!("cat <{rest}"));
        let latest = self.latest.clone();
        let done = self.apart(|shell| shell.run(whole.as_deref().unwrap_or(body)));
        (self.above, self.line, self.latest) = (above, line, latest);
        self.to_screen = to_screen;
        self.let_go(caught);
        self.aside = aside + &done.stderr;
        self.within = done.status;
        self.depth -= 1;
        if self.flow == Flow::Spent {
            return Err(String::new());
        }
        Ok(self.shortened(done.stdout))
    }
}
