//! The words of a simple command with the values that they have when a script comes to them, and where its output goes.

use super::dialect::Dialect;
use super::scan::piece;
use super::walk::{Stop, Walk, assigned};
use super::{MOST_STEPS, sums};
use alloc::string::String;
use alloc::vec::Vec;

/// As many bytes as a command has with all values put in; a longer one is an application.
pub(super) const MOST_TEXT: usize = 64 * 1024;

/// A word without its quotes.
#[derive(Clone, Debug, Default)]
pub(super) struct Word {
    pub(super) text: String,
    /// Whether `*`, `?` or `[` stands in it out of quotes.
    pub(super) globs: bool,
    /// Whether one does within quotes.
    pub(super) quotes_globs: bool,
    /// Whether `{` stands in it out of quotes.
    braces: bool,
    /// Whether a part of it is quoted.
    is_quoted: bool,
}

/// Where output goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    Out,
    Err,
    Null,
    /// A file.
    File {
        path: String,
        /// Whether it goes behind what is there.
        appends: bool,
    },
}

/// A simple command.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) words: Vec<Word>,
    pub(super) out: Stream,
    pub(super) errors: Stream,
}

impl Command {
    /// Whether all that it writes goes where it goes without a redirection.
    pub(super) fn is_plain(&self) -> bool {
        self.out == Stream::Out && self.errors == Stream::Err
    }
}

/// What stands for `$…` and `` `…` ``.
pub(super) enum Value {
    Text(String),
    /// `"$@"`: words of their own.
    List(Vec<String>),
}

/// What the next word is the file of.
enum Target {
    Out { appends: bool },
    Errors { appends: bool },
    Both,
    Input,
}

struct Reader {
    command: Command,
    word: Option<Word>,
    target: Option<Target>,
    size: usize,
    is_bash: bool,
    /// Whether what values hold counts in it as out of quotes.
    is_pattern: bool,
}

impl Reader {
    fn word(&mut self) -> &mut Word {
        self.word.get_or_insert_default()
    }

    /// A sign that is only itself.
    fn keep(&mut self, sign: char) {
        let word = self.word();
        word.is_quoted = true;
        word.quotes_globs |= is_glob(sign);
        word.text.push(sign);
    }

    /// A text that is only itself.
    fn keep_all(&mut self, text: &str) {
        self.word();
        text.chars().for_each(|sign| self.keep(sign));
    }

    /// The word ends, if there is one. None for what the lab does not read.
    fn ends(&mut self) -> Option<()> {
        let Some(word) = self.word.take() else { return Some(()) };
        self.size += word.text.len() + 1;
        if self.size > MOST_TEXT {
            return None;
        }
        let stream = |appends| match word.text.as_str() {
            "/dev/stdout" | "/proc/1/fd/1" | "/proc/self/fd/1" => Some(Stream::Out),
            "/dev/stderr" | "/proc/1/fd/2" | "/proc/self/fd/2" => Some(Stream::Err),
            "/dev/null" => Some(Stream::Null),
            own if own.starts_with("/dev/") || own.starts_with("/proc/") || own.is_empty() || word.globs => None,
            path => Some(Stream::File { path: path.into(), appends }),
        };
        let before = match &self.target {
            Some(Target::Out { .. } | Target::Both) => Some(&self.command.out),
            Some(Target::Errors { .. }) => Some(&self.command.errors),
            Some(Target::Input) | None => None,
        };
        // The first file is made, though nothing comes into it.
        if matches!(before, Some(Stream::File { .. })) {
            return None;
        }
        match self.target.take() {
            None => return self.spread(word),
            Some(Target::Out { appends }) => self.command.out = stream(appends)?,
            Some(Target::Errors { appends }) => self.command.errors = stream(appends)?,
            Some(Target::Both) => {
                self.command.out = stream(false)?;
                self.command.errors = self.command.out.clone();
            }
            Some(Target::Input) => return (word.text == "/dev/null").then_some(()),
        }
        Some(())
    }

    /// `{1..3}` is several words in bash.
    fn spread(&mut self, word: Word) -> Option<()> {
        if !(word.braces && self.is_bash) || !(word.text.contains("..") || word.text.contains(',')) {
            self.command.words.push(word);
            return Some(());
        }
        if word.is_quoted {
            return None;
        }
        let texts = match word.text.strip_prefix('{').and_then(|own| own.strip_suffix('}')?.split_once("..")) {
            Some((from, to)) => {
                let step = if from.parse::<i64>().ok()? > to.parse::<i64>().ok()? { "-1" } else { "1" };
                sums::sequence(&[from, step, to], MOST_STEPS as usize + 1)?
            }
            None => {
                let (before, rest) = word.text.split_once('{')?;
                let (list, behind) = rest.split_once('}')?;
                if word.text.matches(['{', '}']).count() != 2 || !list.contains(',') {
                    return None;
                }
                list.split(',').map(|own| [before, own, behind].concat()).collect()
            }
        };
        self.command.words.extend(texts.into_iter().map(|text| Word { text, ..Word::default() }));
        Some(())
    }

    /// A value out of quotes: parted into words at its spaces.
    fn part(&mut self, text: &str) -> Option<()> {
        let is_space = |sign: char| matches!(sign, ' ' | '\t' | '\n');
        for (place, own) in text.split(is_space).enumerate() {
            if place > 0 {
                self.ends()?;
            }
            if !own.is_empty() {
                let word = self.word();
                word.globs |= own.contains(is_glob);
                word.text.push_str(own);
            }
        }
        (self.word.as_ref().map_or(0, |own| own.text.len()) <= MOST_TEXT).then_some(())
    }

    /// Whether the word is the value of a variable, and so not parted.
    fn is_assigned(&self) -> bool {
        let first = self.command.words.first().map_or("", |own| own.text.as_str());
        let sets = matches!(first, "export" | "local" | "readonly")
            || self.command.words.iter().all(|own| assigned(&own.text).is_some());
        sets && self.word.as_ref().is_some_and(|own| assigned(&own.text).is_some())
    }

    /// Whether it is in bash's `[[ … ]]`, where nothing is parted.
    fn is_in_test(&self) -> bool {
        self.is_bash && self.command.words.first().is_some_and(|own| own.text == "[[")
    }

    /// `>`, `>>`, `>&1`, `2>`, `&>`, `<`: what is left behind it. None for what the lab does not read.
    fn redirect<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        if self.target.is_some() {
            return None;
        }
        if let Some(rest) = text.strip_prefix('<') {
            self.ends()?;
            self.target = Some(Target::Input);
            return (!rest.starts_with(['<', '&', '>', '('])).then_some(rest);
        }
        if let Some(rest) = text.strip_prefix("&>") {
            self.ends()?;
            self.target = Some(Target::Both);
            return (self.is_bash && !rest.starts_with('>')).then_some(rest);
        }
        let number = self.word.as_ref().filter(|own| own.text.len() == 1 && !own.quotes_globs);
        let is_errors = match number.and_then(|own| own.text.bytes().next()) {
            Some(b'1') => self.word.take().is_none(),
            Some(b'2') => self.word.take().is_some(),
            Some(b'0' | b'3'..=b'9') => return None,
            _ => false,
        };
        self.ends()?;
        let rest = text.strip_prefix('>')?;
        let (appends, rest) = rest.strip_prefix('>').map_or((false, rest), |rest| (true, rest));
        if let Some(rest) = rest.strip_prefix('&') {
            let from = match rest.as_bytes().first()? {
                b'1' => self.command.out.clone(),
                b'2' => self.command.errors.clone(),
                _ => return None,
            };
            let to = if is_errors { &mut self.command.errors } else { &mut self.command.out };
            if matches!(to, Stream::File { .. }) {
                return None;
            }
            *to = from;
            return rest.get(1..);
        }
        self.target = Some(if is_errors { Target::Errors { appends } } else { Target::Out { appends } });
        Some(rest.strip_prefix('|').unwrap_or(rest))
    }
}

fn is_glob(sign: char) -> bool {
    matches!(sign, '*' | '?' | '[')
}

impl<'a> Walk<'a> {
    /// A simple command of a text, of which nothing but words and redirections is left.
    pub(super) fn command(&mut self, text: &str) -> Result<Command, Stop> {
        let mut reader = self.reader();
        self.read(text, &mut reader, false)?;
        let is_done = reader.ends().is_some() && reader.target.is_none();
        if is_done { Ok(reader.command) } else { self.unread() }
    }

    /// A text as one word.
    pub(super) fn word(&mut self, text: &str) -> Result<Word, Stop> {
        let mut reader = self.reader();
        reader.is_pattern = true;
        self.read(text, &mut reader, true)?;
        Ok(reader.word.unwrap_or_default())
    }

    fn reader(&self) -> Reader {
        let command = Command { words: Vec::new(), out: Stream::Out, errors: Stream::Err };
        Reader {
            command,
            word: None,
            target: None,
            size: 0,
            is_bash: self.shell.dialect == Dialect::Bash,
            is_pattern: false,
        }
    }

    fn read(&mut self, text: &str, reader: &mut Reader, is_whole: bool) -> Result<(), Stop> {
        let mut rest = text;
        while let Some(sign) = rest.chars().next() {
            let Some((own, behind)) = piece(rest).and_then(|length| rest.split_at_checked(length)) else {
                return self.unread();
            };
            rest = behind;
            let inner = || own.get(1..own.len() - 1).unwrap_or_default();
            match sign {
                ' ' | '\t' | '\n' if !is_whole => self.known(reader.ends())?,
                '\'' => reader.keep_all(inner()),
                '"' => self.quoted(inner(), reader)?,
                '\\' => {
                    own.chars().skip(1).filter(|sign| *sign != '\n').for_each(|sign| reader.keep(sign));
                    if own.len() == 1 {
                        reader.keep(sign);
                    }
                }
                '$' | '`' => {
                    let is_whole = is_whole || reader.is_assigned() || reader.target.is_some() || reader.is_in_test();
                    match self.value(own, rest, is_whole)? {
                        Value::Text(text) if is_whole => {
                            let globs = reader.is_pattern && text.contains(is_glob);
                            let word = reader.word();
                            word.globs |= globs;
                            word.text.push_str(&text);
                        }
                        Value::Text(text) => self.known(reader.part(&text))?,
                        Value::List(list) if is_whole => reader.word().text.push_str(&list.join(" ")),
                        Value::List(list) => self.known(reader.part(&list.join(" ")))?,
                    }
                }
                '<' | '>' => rest = self.redirected(reader, own, rest)?,
                '&' if rest.starts_with('>') => rest = self.redirected(reader, own, rest)?,
                '|' | '&' | '(' | ')' | ';' if !is_whole => return self.unread(),
                '~' if reader.word.is_none() => return self.unread(),
                _ => {
                    let word = reader.word();
                    word.globs |= is_glob(sign);
                    word.braces |= sign == '{';
                    word.text.push(sign);
                }
            }
        }
        Ok(())
    }

    fn redirected<'t>(&mut self, reader: &mut Reader, sign: &'t str, rest: &'t str) -> Result<&'t str, Stop> {
        let all = alloc::format!("{sign}{rest}");
        let left = reader.redirect(&all).map(str::len);
        let left = left.and_then(|length| rest.get(rest.len().checked_sub(length)?..));
        self.known(left)
    }

    /// What stands in double quotes.
    fn quoted(&mut self, text: &str, reader: &mut Reader) -> Result<(), Stop> {
        if text != "$@" || !self.arguments.is_empty() {
            reader.word();
        }
        let mut rest = text;
        while let Some(sign) = rest.chars().next() {
            if sign == '\\' {
                let next = rest.chars().nth(1);
                match next {
                    Some('\n') => {}
                    Some(own @ ('$' | '`' | '"' | '\\')) => reader.keep(own),
                    _ => {
                        reader.keep(sign);
                        next.into_iter().for_each(|own| reader.keep(own));
                    }
                }
                rest = rest.get(1 + next.map_or(0, char::len_utf8)..).unwrap_or_default();
                continue;
            }
            if !matches!(sign, '$' | '`') {
                reader.keep(sign);
                rest = rest.get(sign.len_utf8()..).unwrap_or_default();
                continue;
            }
            let Some((own, behind)) = piece(rest).and_then(|length| rest.split_at_checked(length)) else {
                return self.unread();
            };
            rest = behind;
            match self.value(own, "", true)? {
                Value::Text(text) => reader.keep_all(&text),
                Value::List(list) => {
                    for (place, own) in list.iter().enumerate() {
                        if place > 0 {
                            self.known(reader.ends())?;
                        }
                        reader.keep_all(own);
                    }
                }
            }
            if reader.word.as_ref().is_some_and(|own| own.text.len() > MOST_TEXT) {
                return self.unread();
            }
        }
        Ok(())
    }

    /// A text as it stands in double quotes.
    pub(super) fn in_quotes(&mut self, text: &str) -> Result<String, Stop> {
        let mut reader = self.reader();
        self.quoted(text, &mut reader)?;
        let is_one = reader.command.words.is_empty();
        if is_one { Ok(reader.word.unwrap_or_default().text) } else { self.unread() }
    }
}
