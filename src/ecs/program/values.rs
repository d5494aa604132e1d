//! What stands for `$…` and `` `…` `` in a word.

use super::blocks::steps;
use super::dialect::Dialect;
use super::output::Line;
use super::walk::{Stop, Walk, assigned};
use super::words::{MOST_TEXT, Value};
use super::{End, later, sums};
use crate::iam::like;
use alloc::format;
use alloc::string::{String, ToString};

/// What a variable holds.
pub(super) enum Found {
    Set(String),
    Unset,
    /// It has a value that the lab does not know.
    Unknown,
}

/// Variables that a shell or an image sets by itself.
const OWN: &str = " BASH_VERSION EPOCHSECONDS EUID GROUPS HOME HOSTTYPE IFS LINENO MACHTYPE OPTIND OSTYPE PATH PPID PS4 RANDOM \
    SECONDS SHELL SHLVL TERM UID USER ";

impl<'a> Walk<'a> {
    /// What stands for a piece that begins with `$` or a backquote; `behind` is what follows it.
    pub(super) fn value(&mut self, own: &str, behind: &str, is_whole: bool) -> Result<Value, Stop> {
        Ok(Value::Text(match own {
            "$" if behind.starts_with(['\'', '"']) => return self.unread(),
            "$" => own.into(),
            "$@" => return Ok(Value::List(self.arguments.clone())),
            "$*" => self.arguments.join(" "),
            "$?" => format!("{}", self.status),
            "$#" => format!("{}", self.arguments.len()),
            "$$" if self.ran.depth == 1 => "1".into(),
            "$$" | "$!" | "$-" => return self.unread(),
            _ => {
                let inner = |open: &str, close: &str| own.strip_prefix(open)?.strip_suffix(close);
                if let Some(sum) = inner("$((", "))") {
                    let sum = self.in_quotes(sum)?;
                    let known = sums::sum(&sum, &|name| match self.look(name) {
                        Found::Set(value) => Some(value),
                        Found::Unset if !self.shell.is_nounset => Some(String::new()),
                        _ => None,
                    });
                    format!("{}", self.known(known)?)
                } else if let Some(script) = inner("$(", ")") {
                    self.substituted(script, is_whole)?
                } else if let Some(form) = inner("${", "}") {
                    self.braced(form)?
                } else if let Some(script) = inner("`", "`") {
                    if script.contains('\\') {
                        return self.unread();
                    }
                    self.substituted(script, is_whole)?
                } else {
                    self.required(own.get(1..).unwrap_or_default())?
                }
            }
        }))
    }

    /// What a variable of the script, of its arguments or of its container holds.
    pub(super) fn look(&self, name: &str) -> Found {
        if let Ok(place) = name.parse::<usize>() {
            let own = match place.checked_sub(1) {
                None => Some(self.shell.name),
                Some(place) => self.arguments.get(place).map(String::as_str),
            };
            return own.map_or(Found::Unset, |own| Found::Set(own.into()));
        }
        if let Some(own) = self.own.iter().rfind(|own| own.name == name) {
            return own.value.clone().map_or(Found::Unset, Found::Set);
        }
        match self.setting.variable(name) {
            Some(value) => Found::Set(value),
            None if name == "HOSTNAME" => Found::Set(later::HOST.into()),
            None if name == "PWD" => Found::Set(self.ran.directory.clone()),
            None if OWN.contains(&format!(" {name} ")) || name.ends_with("_VERSION") => Found::Unknown,
            None if self.setting.is_task && (name.starts_with("ECS_") || name.starts_with("AWS_")) => Found::Unknown,
            None => Found::Unset,
        }
    }

    /// The same for `$NAME`, for which `set -u` asks.
    fn required(&mut self, name: &str) -> Result<String, Stop> {
        match self.look(name) {
            Found::Set(value) => Ok(value),
            Found::Unset if !self.shell.is_nounset => Ok(String::new()),
            Found::Unset => {
                self.complain(&self.shell.dialect.unset(name))?;
                self.end(End::Ended(self.shell.dialect.fatal(self.shell.is_strict)))
            }
            Found::Unknown => self.unread(),
        }
    }

    /// `${…}`: `NAME`, `#NAME`, with what stands in its place (`:-`, `:+`, `:=`, `:?`) or without a start or an end.
    fn braced(&mut self, form: &str) -> Result<String, Stop> {
        if let Some(name) = form.strip_prefix('#').filter(|own| is_name(own)) {
            let value = self.required(name)?;
            let count = (!later::awaits(&value)).then(|| format!("{}", value.chars().count()));
            return self.known(count);
        }
        let end = form.find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_').unwrap_or(form.len());
        let (name, rest) = form.split_at_checked(end).unwrap_or_default();
        if !is_name(name) {
            return self.unread();
        }
        if rest.is_empty() {
            return self.required(name);
        }
        let found = match self.look(name) {
            Found::Set(value) => Some(value),
            Found::Unset => None,
            Found::Unknown => return self.unread(),
        };
        let sign = |text: &str| text.chars().next().filter(|own| "-+=?".contains(*own));
        let (counts_empty, operator, word) = match rest.strip_prefix(':').and_then(|own| Some((sign(own)?, own))) {
            Some((operator, own)) => (true, operator, own.get(1..).unwrap_or_default()),
            None => match sign(rest) {
                Some(operator) => (false, operator, rest.get(1..).unwrap_or_default()),
                None => return self.shortened(&found.unwrap_or_default(), rest),
            },
        };
        if word.contains(['\'', '"']) {
            return self.unread();
        }
        let found = found.filter(|own| !(counts_empty && own.is_empty()));
        match (operator, found) {
            ('+', Some(_)) => self.in_quotes(word),
            ('+', None) => Ok(String::new()),
            (_, Some(value)) => Ok(value),
            ('-', None) => self.in_quotes(word),
            ('=', None) => {
                let value = self.in_quotes(word)?;
                self.set(name, &value)?;
                Ok(value)
            }
            (_, None) => {
                let text = self.in_quotes(word)?;
                let text = match (text.is_empty(), counts_empty) {
                    (false, _) => text,
                    (true, false) => "parameter not set".into(),
                    (true, true) if self.shell.dialect == Dialect::Bash => "parameter null or not set".into(),
                    (true, true) => "parameter not set or null".into(),
                };
                self.complain(&format!("{name}: {text}"))?;
                self.end(End::Ended(self.shell.dialect.fatal(self.shell.is_strict)))
            }
        }
    }

    /// `${NAME#start}`, `##`, `${NAME%end}`, `%%`: a text without the shortest or the longest start or end of a pattern.
    fn shortened(&mut self, text: &str, rest: &str) -> Result<String, Stop> {
        let (is_start, pattern) = match rest.strip_prefix('#') {
            Some(pattern) => (true, pattern),
            None => (false, self.known(rest.strip_prefix('%'))?),
        };
        let (is_longest, pattern) =
            pattern.strip_prefix(if is_start { '#' } else { '%' }).map_or((false, pattern), |own| (true, own));
        let has_quotes = pattern.contains(['\'', '"', '\\', '[']);
        let pattern = if has_quotes { return self.unread() } else { self.in_quotes(pattern)? };
        if later::awaits(text) || pattern.contains('[') || text.len() > 4096 {
            return self.unread();
        }
        let mut places: alloc::vec::Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        places.push(text.len());
        if is_start == is_longest {
            places.reverse();
        }
        let left = places.into_iter().filter_map(|at| text.split_at_checked(at)).find_map(|(start, end)| {
            let (gone, left) = if is_start { (start, end) } else { (end, start) };
            like(&pattern, gone).then(|| left.to_string())
        });
        Ok(left.unwrap_or_else(|| text.to_string()))
    }

    /// What a script within a text writes, without the ends of its last lines. Out of quotes it is parted into words.
    fn substituted(&mut self, script: &str, is_whole: bool) -> Result<String, Stop> {
        let Some(steps) = steps(script).filter(|_| self.level < 4) else { return self.unread() };
        let mark = self.ran.begin();
        let directory = self.ran.directory.clone();
        let mut inner = self.inner();
        inner.shell.is_strict &= inner.shell.is_strict_within;
        let done = inner.steps(&steps);
        let status = inner.status;
        let all = self.ran.taken(mark);
        self.ran.directory = directory;
        self.substituted = Some(match (done, &self.ran.end) {
            (Err(Stop::Ended), End::Ended(code)) => *code,
            (Err(Stop::Ended), _) => return Err(Stop::Ended),
            _ => status,
        });
        let mut text = String::new();
        for said in all {
            match &said.line {
                _ if said.is_error => self.ran.push(said),
                Line::Starts(_) => return self.unread(),
                Line::Text(own) => {
                    text += own;
                    if !said.open {
                        text.push('\n');
                    }
                }
            }
        }
        text.truncate(text.trim_end_matches('\n').len());
        if text.len() > MOST_TEXT {
            return self.unread();
        }
        if is_whole || !later::awaits(&text) {
            return Ok(text);
        }
        let parted = self.ran.later.parted(&text);
        self.known(parted)
    }

    /// A mistake in the line that the script is at, as its shell says it.
    pub(super) fn complain(&mut self, text: &str) -> Result<(), Stop> {
        // In a function bash has another form.
        if self.shell.dialect == Dialect::Bash && !self.hidden.is_empty() {
            return self.unread();
        }
        let text = self.shell.dialect.complaint(self.shell.name, self.line, text);
        self.ran.write(&(text + "\n"), true);
        Ok(())
    }

    /// `set -x`: shows a command before it runs.
    pub(super) fn trace(&mut self, words: &[&str]) -> Result<(), Stop> {
        if !self.shell.traces {
            return Ok(());
        }
        let dialect = self.shell.dialect;
        let sets = words.iter().take_while(|own| assigned(own).is_some()).count();
        let shown = words.iter().enumerate().map(|(place, own)| match assigned(own).filter(|_| place < sets) {
            Some((name, "")) => Some(format!("{name}=")),
            Some((name, value)) => dialect.traced(value).map(|value| format!("{name}={value}")),
            None => dialect.traced(own),
        });
        let shown: Option<alloc::vec::Vec<String>> = shown.collect();
        let level = if dialect == Dialect::Bash { self.level + 1 } else { 1 };
        let text = format!("{} {}\n", "+".repeat(level), self.known(shown)?.join(" "));
        self.ran.write(&text, true);
        Ok(())
    }
}

fn is_name(text: &str) -> bool {
    text.bytes().all(|sign| sign.is_ascii_alphanumeric() || sign == b'_')
        && text.bytes().next().is_some_and(|sign| !sign.is_ascii_digit() || text.parse::<u16>().is_ok())
}
