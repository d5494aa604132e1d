//! The simple commands of a script: what the shell itself does, and what it hands on.

use super::files::Kind;
use super::scan::pipes;
use super::script::Setting;
use super::walk::{Own, Stop, Walk, assigned, without_wait};
use super::words::{Command, Stream, Word};
use super::{DEEPEST, End, dialect::Dialect, simple, sums};
use crate::iam::like;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Value, json};

/// The commands that only write, and always end well.
const WRITERS: [&str; 6] = ["echo", "printf", "hostname", "date", "pwd", "seq"];

impl<'a> Walk<'a> {
    /// A simple command with the pipes behind it, and where its output goes.
    pub(super) fn simple(&mut self, text: &'a str) -> Result<(), Stop> {
        self.count()?;
        let place = (text.as_ptr() as usize).checked_sub(self.script.as_ptr() as usize);
        if let Some(before) = place.and_then(|place| self.script.get(..place)) {
            self.line = 1 + before.matches('\n').count();
        }
        self.substituted = None;
        let parts = self.known(pipes(without_wait(text)))?;
        let Some((first, pipes)) = parts.split_first() else { return Ok(()) };
        let command = self.command(first)?;
        let is_writer = command.words.first().is_some_and(|own| WRITERS.contains(&own.text.as_str()));
        if pipes.is_empty() {
            return self.routed(&command, first.contains(['$', '`']));
        }
        if !is_writer || self.shell.traces {
            return self.unread();
        }
        let mark = self.ran.begin();
        let done = self.routed(&command, true).and_then(|()| self.piped(pipes));
        match done {
            Ok(()) => self.ran.settle(mark, &Stream::Out, &Stream::Err),
            Err(_) => drop(self.ran.taken(mark)),
        }
        done
    }

    /// What stands behind a command that writes: `cat` and `tee`.
    fn piped(&mut self, pipes: &[&str]) -> Result<(), Stop> {
        for part in pipes {
            let next = self.command(part)?;
            let words: Vec<&str> = next.words.iter().map(|own| own.text.as_str()).collect();
            let copy = match words.as_slice() {
                ["cat"] => None,
                ["tee", path] if !path.starts_with('-') => Some((*path, false)),
                ["tee", "-a", path] => Some((*path, true)),
                _ => return self.unread(),
            };
            let is_odd = |path: &str| path.starts_with("/dev/") || self.ran.lacks_folder(path);
            if !next.is_plain() || copy.is_some_and(|(path, _)| is_odd(path)) {
                return self.unread();
            }
            let Some((path, appends)) = copy else { continue };
            let own = self.ran.absolute(path);
            if !appends {
                self.ran.put(&own, Some(String::new()));
            }
            let all = self.ran.gathered().to_vec();
            all.iter().filter(|said| !said.is_error).for_each(|said| self.ran.append(path, said));
        }
        Ok(())
    }

    /// A command, with its output where it has it go.
    fn routed(&mut self, command: &Command, has_values: bool) -> Result<(), Stop> {
        let is_in_test = command.words.first().is_some_and(|own| own.text == "[[");
        // Which files there are the lab does not know; what no file is likely to be called stays.
        if !is_in_test && command.words.iter().any(|own| own.globs && own.text.contains('*')) {
            return self.unread();
        }
        let words: Vec<&str> = command.words.iter().map(|own| own.text.as_str()).collect();
        if words.as_slice() == ["exec"] && !command.is_plain() {
            return self.unread();
        }
        self.trace(&words)?;
        for stream in [&command.out, &command.errors] {
            if let Stream::File { path, .. } = stream
                && self.ran.lacks_folder(path)
            {
                let (text, status) = match self.shell.dialect {
                    Dialect::Dash => (format!("cannot create {path}: Directory nonexistent"), 2),
                    Dialect::Ash => (format!("can't create {path}: nonexistent directory"), 1),
                    Dialect::Bash => (format!("{path}: No such file or directory"), 1),
                };
                self.complain(&text)?;
                return self.ends_with(status, false);
            }
        }
        let mark = self.ran.begin();
        let done = self.runs(&command.words, words, has_values);
        self.ran.settle(mark, &command.out, &command.errors);
        done
    }

    fn ends_with(&mut self, status: u8, is_negated: bool) -> Result<(), Stop> {
        self.status = if is_negated { u8::from(status == 0) } else { status };
        if self.shell.is_strict && status != 0 && !is_negated && !self.is_tested {
            return self.end(End::Ended(status));
        }
        Ok(())
    }

    fn runs(&mut self, all: &[Word], words: Vec<&str>, has_values: bool) -> Result<(), Stop> {
        let negates = words.first() == Some(&"!");
        let words = words.get(usize::from(negates)..).unwrap_or_default();
        let assignments = words.iter().map_while(|word| assigned(word)).count();
        if assignments == words.len() {
            if assignments > 1 && has_values {
                // Each sees those before it.
                return self.unread();
            }
            for (name, value) in words.iter().filter_map(|word| assigned(word)) {
                self.set(name, value)?;
            }
            let status = if words.is_empty() { self.substituted } else { Some(self.substituted.unwrap_or(0)) };
            return self.ends_with(status.unwrap_or(self.status), negates);
        }
        let command = words.get(assignments..).unwrap_or_default();
        let tested = all.get(usize::from(negates) + assignments..).unwrap_or_default();
        let status = match self.builtin(command)? {
            Some(status) => status,
            None => match self.tested(tested, command)? {
                Some(status) => status,
                None => self.handed_on(command, words.get(..assignments).unwrap_or_default())?,
            },
        };
        self.ends_with(status, negates)
    }

    /// `test`, `[ … ]` and `[[ … ]]`.
    fn tested(&mut self, words: &[Word], command: &[&str]) -> Result<Option<u8>, Stop> {
        if command.first() == Some(&"[[") && self.shell.dialect == Dialect::Dash {
            self.complain("[[: not found")?;
            return Ok(Some(127));
        }
        if let ["test" | "[", left, "==", ..] = command
            && self.shell.dialect == Dialect::Dash
        {
            self.complain(&format!("{}: {left}: unexpected operator", words.first().map_or("[", |own| &own.text)))?;
            return Ok(Some(2));
        }
        let is_odd = |own: &Word| own.quotes_globs && self.shell.dialect == Dialect::Ash;
        if command.first() == Some(&"[[") && words.iter().any(is_odd) {
            return self.unread();
        }
        let pattern = words.get(words.len().wrapping_sub(2)).filter(|own| own.globs && command.first() == Some(&"[["));
        let pattern = pattern.cloned();
        let matches = |text: &str| {
            let pattern = pattern.as_ref()?;
            (!pattern.quotes_globs && !pattern.text.contains('[')).then(|| like(&pattern.text, text))
        };
        let kind = |path: &str| {
            let own = self.ran.absolute(path);
            (self.ran.kind(&own), self.ran.file(&own).and_then(Result::ok).map(str::is_empty))
        };
        let holds = sums::test(command, &kind, pattern.as_ref().map(|_| &matches as sums::Matches<'_>));
        Ok(holds.map(|holds| u8::from(!holds)))
    }

    /// What the shell does itself; none for other commands.
    fn builtin(&mut self, command: &[&str]) -> Result<Option<u8>, Stop> {
        let Some((name, rest)) = command.split_first() else { return Ok(None) };
        let number = || rest.first().map_or(Some(1), |own| own.parse::<u32>().ok()).filter(|own| *own > 0);
        let level = number().unwrap_or(1).clamp(1, self.loops.max(1));
        Ok(Some(match *name {
            "break" if self.loops > 0 => return Err(Stop::Break(level)),
            "continue" if self.loops > 0 => return Err(Stop::Continue(level)),
            "return" => {
                let own = rest.first().map_or(Some(self.status), |own| own.parse().ok());
                self.status = self.known(own)?;
                if self.hidden.is_empty() {
                    return self.unread();
                }
                return Err(Stop::Return);
            }
            "exit" if !rest.is_empty() => {
                let code = rest.first().and_then(|own| own.parse::<u32>().ok()).filter(|_| rest.len() == 1);
                let code = self.known(code)?;
                return self.end(End::Ended((code % 256) as u8));
            }
            "set" => self.options(rest)?,
            "shift" => {
                let count = self.known(number())? as usize;
                if count > self.arguments.len() {
                    return self.unread();
                }
                self.arguments.drain(..count);
                0
            }
            "export" | "local" => self.declared(name, rest)?,
            "unset" => {
                for name in rest {
                    if name.starts_with('-') {
                        return self.unread();
                    }
                    self.hold(Own { name: name.to_string(), value: None, is_exported: true });
                }
                0
            }
            "cd" => self.entered(rest)?,
            "trap" => self.trapped(rest)?,
            _ => match self.functions.iter().rfind(|(own, _)| own == name).copied() {
                Some((_, steps)) => self.called(steps, rest)?,
                None => return Ok(None),
            },
        }))
    }

    /// `export` and `local`.
    fn declared(&mut self, kind: &str, words: &[&str]) -> Result<u8, Stop> {
        if words.is_empty() || kind == "local" && self.hidden.is_empty() {
            return self.unread();
        }
        for word in words {
            let (name, value) = assigned(word).map_or((*word, None), |(name, value)| (name, Some(value)));
            if assigned(&format!("{name}=")).is_none() {
                return self.unread();
            }
            let before = self.own.iter().find(|own| own.name == name).cloned();
            if let (Some(hidden), "local") = (self.hidden.last_mut(), kind) {
                let nothing = Own { name: name.into(), value: None, is_exported: false };
                // What only the container sets shows again when it is taken off the list.
                hidden.push(before.clone().unwrap_or(nothing));
            }
            match (value, kind) {
                (Some(value), _) => self.set(name, value)?,
                (None, "local") if self.shell.dialect == Dialect::Dash => {}
                (None, "local") => self.hold(Own { name: name.into(), value: None, is_exported: false }),
                (None, _) if before.is_none() && self.setting.variable(name).is_none() => {
                    self.hold(Own { name: name.into(), value: None, is_exported: false });
                }
                (None, _) => {}
            }
            if let (Some(own), "export") = (self.own.iter_mut().find(|own| own.name == name), kind) {
                own.is_exported = true;
            }
        }
        Ok(0)
    }

    /// A function with its arguments.
    fn called(&mut self, steps: &'a super::blocks::Steps<'a>, arguments: &[&str]) -> Result<u8, Stop> {
        if self.hidden.len() >= usize::from(DEEPEST) * 2 {
            return self.unread();
        }
        let arguments = arguments.iter().map(|own| own.to_string()).collect();
        let outer = core::mem::replace(&mut self.arguments, arguments);
        let loops = core::mem::take(&mut self.loops);
        self.hidden.push(Vec::new());
        let done = self.steps(steps);
        (self.arguments, self.loops) = (outer, loops);
        for own in self.hidden.pop().unwrap_or_default().into_iter().rev() {
            self.own.retain(|other| other.name != own.name);
            if own.value.is_some() {
                self.own.push(own);
            }
        }
        match done {
            Ok(()) | Err(Stop::Return) => Ok(self.status),
            Err(stop) => Err(stop),
        }
    }

    /// `cd`.
    fn entered(&mut self, words: &[&str]) -> Result<u8, Stop> {
        let [path] = words else { return self.unread() };
        if path.starts_with('-') || path.is_empty() {
            return self.unread();
        }
        let to = self.ran.absolute(path);
        match self.ran.kind(&to) {
            Kind::Folder | Kind::Unknown => {
                self.ran.directory = to;
                Ok(0)
            }
            kind => {
                let (text, status) = self.shell.dialect.cannot_enter(path, kind == Kind::File);
                self.complain(&text)?;
                Ok(status)
            }
        }
    }

    /// `trap`: what runs at SIGTERM and at the end.
    fn trapped(&mut self, words: &[&str]) -> Result<u8, Stop> {
        let [action, signals @ ..] = words else { return self.unread() };
        if action.starts_with('-') && *action != "-" || signals.is_empty() {
            return self.unread();
        }
        for signal in signals {
            match *signal {
                "TERM" | "SIGTERM" | "15" => {
                    self.on_term = Some(*action).filter(|own| !own.is_empty() && *own != "-").map(String::from);
                    self.ran.trap_waits = self.on_term.is_some();
                }
                "INT" | "HUP" | "QUIT" | "USR1" | "USR2" | "SIGINT" | "SIGHUP" | "SIGQUIT" | "2" | "1" | "3" => {}
                "EXIT" | "0" => self.at_end = Some(*action).filter(|own| *own != "-").map(String::from),
                _ => return self.unread(),
            }
        }
        Ok(0)
    }

    /// `set`.
    fn options(&mut self, words: &[&str]) -> Result<u8, Stop> {
        let mut words = words.iter();
        if words.len() == 0 {
            return self.unread();
        }
        while let Some(word) = words.next() {
            if *word == "--" {
                self.arguments = words.map(|own| own.to_string()).collect();
                break;
            }
            let turns_on = word.starts_with('-');
            let Some(flags) = word.strip_prefix(['-', '+']).filter(|own| !own.is_empty()) else { return self.unread() };
            for flag in flags.chars() {
                let named = if flag == 'o' { words.next().copied() } else { None };
                match (flag, named) {
                    ('e', _) | (_, Some("errexit")) => self.shell.is_strict = turns_on,
                    ('u', _) | (_, Some("nounset")) => self.shell.is_nounset = turns_on,
                    ('x', _) | (_, Some("xtrace")) => self.shell.traces = turns_on,
                    (_, Some("pipefail")) if self.shell.dialect == Dialect::Dash => {
                        self.complain("set: Illegal option -o pipefail")?;
                        return self.end(End::Ended(2));
                    }
                    (_, Some("pipefail" | "allexport" | "posix")) | ('h' | 'm', _) => {}
                    _ => return self.unread(),
                }
            }
        }
        Ok(0)
    }

    /// Another program, with the variables that it gets.
    fn handed_on(&mut self, command: &[&str], assignments: &[&str]) -> Result<u8, Stop> {
        let item = |name: &str, value: Option<&str>| json!({ "name": name, "value": value });
        let own = self.own.iter().filter(|own| own.is_exported).map(|own| item(&own.name, own.value.as_deref()));
        let more = assignments.iter().filter_map(|word| assigned(word)).map(|(name, value)| item(name, Some(value)));
        let own: Value = own.chain(more).collect();
        let lists: Vec<&Value> = core::iter::once(&own).chain(self.setting.environment.iter().copied()).collect();
        let setting = Setting { environment: &lists, ..self.setting };
        let is_dash = core::mem::replace(&mut self.ran.is_dash, self.shell.dialect == Dialect::Dash);
        let status = simple(command, self.status, &setting, self.ran);
        self.ran.is_dash = is_dash;
        match status {
            // The shell is no more.
            Some(status) if command.first() == Some(&"exec") && command.len() > 1 => {
                self.at_end = None;
                self.end(End::Ended(status))
            }
            Some(status) => Ok(status),
            None => Err(Stop::Ended),
        }
    }
}
