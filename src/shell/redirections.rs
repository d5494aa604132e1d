//! What redirections open: files that are read and written, and numbers that stand for them.

use super::descriptors::{BAD, Open, Stream};
use super::exec::Shell;
use super::language::expand::Source;
use super::language::{FIRST_NAMED, MOST_NUMBER, Redirect, Word, expand};
use super::streams::{Target, Targets, Way, outputs, ways};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// What redirections come to.
#[derive(Default)]
pub(super) struct Streams<'a> {
    /// What is read; nothing for what is typed at the prompt.
    pub(super) input: Option<Option<Open>>,
    /// Where output goes.
    pub(super) targets: Targets<'a>,
    /// What numbers from 3 on stood for before.
    pub(super) before: Vec<(u8, Option<Stream>)>,
}

impl Shell<'_> {
    /// What is read, and where output goes; numbers from 3 on stand at once for what they are given.
    ///
    /// # Errors
    /// A file that is not there or cannot be written, a number that stands for nothing.
    pub(super) fn streams<'a>(
        &mut self,
        redirects: &'a [Redirect],
        piped: Option<&Open>,
    ) -> Result<Streams<'a>, String> {
        let mut own = Streams::default();
        for redirect in redirects {
            if let Err(why) = self.stream(redirect, piped, &mut own) {
                self.restore_numbers(own.before);
                return Err(why);
            }
        }
        Ok(own)
    }

    fn stream<'a>(
        &mut self,
        redirect: &'a Redirect,
        piped: Option<&Open>,
        own: &mut Streams<'a>,
    ) -> Result<(), String> {
        match redirect {
            Redirect::Read(_) | Redirect::Here(_) | Redirect::Document(_) | Redirect::Process(_) => {
                let stream = self.read_from(redirect, piped, own)?;
                own.input = Some(input(stream));
            }
            Redirect::Write { append, target: word, .. } => {
                let name = expand::text(word, self)?;
                let to = match is_stream(&name) {
                    true if name == "/dev/tty" => {
                        Some(if outputs(redirect).0 { Stream::Output(0) } else { Stream::Error(0) })
                    }
                    true => None,
                    false => Some(self.written_to(&name, *append, piped, own)?),
                };
                own.targets.push(Target { outputs: outputs(redirect), redirect, name, to });
            }
            Redirect::Into { .. } | Redirect::ErrorToOutput | Redirect::OutputToError => {
                own.targets.push(Target { outputs: outputs(redirect), redirect, name: String::new(), to: None });
            }
            Redirect::Numbered(number, _) | Redirect::Both(number, _) | Redirect::Copy { number, .. } => {
                let (stream, gone) = self.opening(redirect, piped, own)?;
                self.number(*number, stream, redirect, own);
                if let Some(gone) = gone.filter(|gone| gone != number) {
                    self.number(gone, None, redirect, own);
                }
            }
            Redirect::Named(name, inner) => {
                let (stream, gone) = self.opening(inner, piped, own)?;
                match stream {
                    Some(stream) => {
                        let free = (FIRST_NAMED..=MOST_NUMBER).find(|number| !self.numbers.contains_key(number));
                        let number = free.ok_or("the lab's shell has no more files to open")?;
                        self.put(name, number.to_string())?;
                        self.numbers.insert(number, stream);
                    }
                    None => {
                        let number = self.variable(name).and_then(|own| own.parse::<u8>().ok());
                        let number = number.ok_or_else(|| format!("{name}: ambiguous redirect"))?;
                        self.numbers.remove(&number);
                    }
                }
                if let Some(gone) = gone {
                    self.number(gone, None, redirect, own);
                }
            }
        }
        Ok(())
    }

    /// What a redirection of a number opens or copies, nothing where it closes; and the number that is closed by that.
    fn opening(
        &mut self,
        redirect: &Redirect,
        piped: Option<&Open>,
        own: &Streams<'_>,
    ) -> Result<(Option<Stream>, Option<u8>), String> {
        let stream = match redirect {
            Redirect::Copy { word, typed, .. } => return self.copied(word, typed, piped, own),
            Redirect::Both(_, word) => {
                let name = expand::text(word, self)?;
                self.write(&name, String::new(), true)?;
                let path = self.path(&name);
                Stream::File(self.opened(path, (true, true), false))
            }
            Redirect::Numbered(_, inner) => match &**inner {
                Redirect::Write { append, target, .. } => {
                    let name = expand::text(target, self)?;
                    match name.as_str() {
                        "/dev/stdout" => self.now(1, piped, own)?,
                        "/dev/stderr" => self.now(2, piped, own)?,
                        "/dev/tty" => Stream::Output(0),
                        name => self.written_to(name, *append, piped, own)?,
                    }
                }
                inner => self.read_from(inner, piped, own)?,
            },
            _ => return Ok((None, None)),
        };
        Ok((Some(stream), None))
    }

    /// What `<&3` and its like copy; the number that is closed by that.
    fn copied(
        &mut self,
        word: &Word,
        typed: &str,
        piped: Option<&Open>,
        own: &Streams<'_>,
    ) -> Result<(Option<Stream>, Option<u8>), String> {
        let text = expand::text(word, self)?;
        if text == "-" {
            return Ok((None, None));
        }
        let digits = text.strip_suffix('-').unwrap_or(&text);
        if digits.is_empty() || !digits.chars().all(|sign| sign.is_ascii_digit()) {
            return Err(format!("{text}: ambiguous redirect"));
        }
        let bad = || format!("{}: {BAD}", typed.strip_suffix('-').unwrap_or(typed));
        let number = digits.parse::<u8>().map_err(|_| bad())?;
        let stream = self.now(number, piped, own).map_err(|_| bad())?;
        Ok((Some(stream), (digits != text).then_some(number)))
    }

    /// What a number stands for behind the redirections so far.
    ///
    /// # Errors
    /// Where it is closed.
    fn now(&mut self, number: u8, piped: Option<&Open>, own: &Streams<'_>) -> Result<Stream, String> {
        let way = match number {
            0 => {
                let open = own.input.clone().unwrap_or_else(|| piped.cloned().or_else(|| self.stdin.clone()));
                return Ok(open.map_or(Stream::Prompt, Stream::File));
            }
            1 => ways(&own.targets).0,
            2 => ways(&own.targets).1,
            number => {
                return self.numbers.get(&number).cloned().ok_or_else(|| format!("{number}: {BAD}"));
            }
        };
        match way {
            Way::Output => Ok(self.out.clone()),
            Way::Error => Ok(self.err.clone()),
            Way::To(stream) => Ok(stream),
            Way::Into(_) => Err("the lab's shell has no second number for >( … )".to_string()),
        }
    }

    /// Gives a number another meaning.
    fn number<'a>(&mut self, number: u8, stream: Option<Stream>, redirect: &'a Redirect, own: &mut Streams<'a>) {
        match number {
            0 => own.input = Some(stream.map_or(Some(Open::closed()), input)),
            1 | 2 => {
                let to = Some(stream.unwrap_or(Stream::Closed));
                own.targets.push(Target { outputs: (number == 1, number == 2), redirect, name: String::new(), to });
            }
            number => {
                let before = match stream {
                    Some(stream) => self.numbers.insert(number, stream),
                    None => self.numbers.remove(&number),
                };
                own.before.push((number, before));
            }
        }
    }

    /// Gives numbers back what they stood for.
    pub(super) fn restore_numbers(&mut self, before: Vec<(u8, Option<Stream>)>) {
        for (number, stream) in before.into_iter().rev() {
            match stream {
                Some(stream) => drop(self.numbers.insert(number, stream)),
                None => drop(self.numbers.remove(&number)),
            }
        }
    }

    /// What is read of a redirection of input.
    fn read_from(&mut self, redirect: &Redirect, piped: Option<&Open>, own: &Streams<'_>) -> Result<Stream, String> {
        Ok(Stream::File(Open::text(match redirect {
            Redirect::Here(word) => expand::text(word, self)? + "\n",
            Redirect::Document(word) => expand::text(word, self)?,
            Redirect::Process(body) => self.printed(body)?,
            Redirect::Read(word) => {
                let name = expand::text(word, self)?;
                if let Some(number) = number_of(&name) {
                    return self.again(&name, number, piped, own);
                }
                if name == "/dev/tty" {
                    return Ok(Stream::Prompt);
                }
                self.stir(core::iter::once(&name));
                let path = self.path(&name);
                let Some(text) = self.terminal.files.read(&path) else {
                    return Err(format!("{name}: {}", self.missing(&path)));
                };
                if !path.starts_with("/dev/") {
                    return Ok(Stream::File(self.opened(path, (true, false), false)));
                }
                text.to_string()
            }
            _ => String::new(),
        })))
    }

    /// What is behind `/dev/stdin` and `/dev/fd/3`: of a file its beginning, of a pipe what is left.
    fn again(&mut self, name: &str, number: u8, piped: Option<&Open>, own: &Streams<'_>) -> Result<Stream, String> {
        let stream = self.now(number, piped, own).map_err(|_| format!("{name}: No such file or directory"))?;
        Ok(match &stream {
            Stream::File(open) if let Some(path) = open.path() => Stream::File(self.opened(path, (true, false), false)),
            _ => stream,
        })
    }

    /// Opens a file to be written, which is made or emptied before the command reads.
    fn written_to(
        &mut self,
        name: &str,
        append: bool,
        piped: Option<&Open>,
        own: &Streams<'_>,
    ) -> Result<Stream, String> {
        let mut path = self.path(name);
        if let Some(number) = number_of(name) {
            let stream = self.now(number, piped, own).map_err(|_| format!("{name}: No such file or directory"))?;
            match &stream {
                Stream::File(open) if let Some(own) = open.path() => path = own,
                _ => return Ok(stream),
            }
        }
        self.write(&path, String::new(), append).map_err(|why| why.replace(&path, name))?;
        Ok(Stream::File(self.opened(path, (false, true), append)))
    }

    /// Writes a file whole, or behind what it holds.
    ///
    /// # Errors
    /// Why it cannot be written.
    pub(super) fn write(&mut self, name: &str, text: String, append: bool) -> Result<(), String> {
        let path = self.path(name);
        let umask = self.terminal.state.umask;
        let files = &mut self.terminal.files;
        let is_new = files.read(&path).is_none();
        let old = if append { files.read(&path).unwrap_or_default().to_string() } else { String::new() };
        files.write(&path, old + &text).map_err(|why| format!("{name}: {why}"))?;
        if let Some(umask) = umask.filter(|_| is_new) {
            files.set_mode(&path, 0o666 & !umask);
        }
        Ok(())
    }
}

/// Whether a name is one of the streams that a shell has anyway.
fn is_stream(name: &str) -> bool {
    ["/dev/stdout", "/dev/stderr", "/dev/tty"].contains(&name)
}

/// The number that a path stands for.
pub(super) fn number_of(path: &str) -> Option<u8> {
    match path {
        "/dev/stdin" => Some(0),
        path => path.strip_prefix("/dev/fd/")?.parse().ok().filter(|own| *own <= MOST_NUMBER),
    }
}

/// What is read behind a stream; nothing for the prompt.
fn input(stream: Stream) -> Option<Open> {
    match stream {
        Stream::Prompt => None,
        Stream::File(open) => Some(open),
        _ => Some(Open::closed()),
    }
}
