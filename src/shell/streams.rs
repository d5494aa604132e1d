//! Where output goes: of one command by its redirections, of a whole shell by `exec`.

use super::exec::{Flow, Input, Shell};
use super::language::{Redirect, expand, parse, simples};
use super::terminal::Output;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// So many `tee` may stand behind each other.
const MOST_TEES: usize = 8;

/// What redirections come to.
pub(super) struct Streams<'a> {
    /// What is read.
    pub(super) input: Option<String>,
    /// Where output goes.
    pub(super) targets: Targets<'a>,
}

/// Redirections of output, each with the name of its file.
pub(super) type Targets<'a> = Vec<(&'a Redirect, String)>;

/// Where one of the two outputs of a command goes, as its redirections say from left to right.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Output,
    Error,
    /// What a redirection names.
    Target(usize),
}

/// Where one of the two outputs of a shell goes.
#[derive(Clone)]
pub(super) enum Stream {
    /// To standard output, as it is within so many pipes, words and redirections.
    Output(u32),
    /// To standard error.
    Error,
    /// Where `exec` has sent it.
    To(Rc<Sink>),
}

/// What `exec` sends an output to.
pub(super) enum Sink {
    /// A file, which grows.
    File(String),
    /// `>(tee FILE …)`: files, which grow, and what tee prints to.
    Tee(Vec<String>, Stream),
}

impl Stream {
    /// Where it comes up in the end; none for what ends in a file.
    fn end(&self) -> Option<&Stream> {
        let mut own = self;
        while let Self::To(sink) = own {
            let Sink::Tee(_, next) = &**sink else { return None };
            own = next;
        }
        Some(own)
    }

    /// Writes a text to the files on its way.
    fn passed(&self, shell: &mut Shell<'_>, text: &str) -> Result<(), String> {
        let mut own = self;
        while let Self::To(sink) = own {
            match &**sink {
                Sink::File(path) => return shell.write(path, text.to_string(), true),
                Sink::Tee(paths, next) => {
                    for path in paths {
                        shell.write(path, text.to_string(), true)?;
                    }
                    own = next;
                }
            }
        }
        Ok(())
    }
}

impl Shell<'_> {
    /// What is read, and where output goes.
    ///
    /// # Errors
    /// A file that is not there or cannot be written.
    pub(super) fn streams<'a>(&mut self, redirects: &'a [Redirect]) -> Result<Streams<'a>, String> {
        let (mut input, mut targets, mut read) = (None, Vec::new(), Vec::new());
        for redirect in redirects {
            match redirect {
                Redirect::Read(word) => {
                    let name = expand::text(word, self)?;
                    self.stir(core::iter::once(&name));
                    let path = self.path(&name);
                    read.push(path.clone());
                    let text =
                        self.terminal.files.read(&path).ok_or_else(|| format!("{name}: {}", self.missing(&path)))?;
                    input = Some(text.to_string());
                }
                Redirect::Here(word) => input = Some(expand::text(word, self)? + "\n"),
                Redirect::Document(word) => input = Some(expand::text(word, self)?),
                Redirect::Process(body) => input = Some(self.printed(body)?),
                Redirect::Numbered(number, from) => {
                    let from = from.as_deref().map_or(&[][..], core::slice::from_ref);
                    let text = self.streams(from)?.input;
                    self.opened.push((*number, text.map(Input::new)));
                }
                Redirect::Write { target, .. } => targets.push((redirect, expand::text(target, self)?)),
                Redirect::Into { .. } | Redirect::ErrorToOutput | Redirect::OutputToError => {
                    targets.push((redirect, String::new()));
                }
            }
        }
        // A file that is written is made or emptied before the command reads.
        for (redirect, name) in &targets {
            if let Redirect::Write { append, .. } = redirect
                && !is_stream(name)
            {
                self.write(name, String::new(), *append)?;
                if !append && read.iter().any(|path| *path == self.path(name)) {
                    input = Some(String::new());
                }
            }
        }
        Ok(Streams { input, targets })
    }

    /// Sends output where the redirections say.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(super) fn redirected(&mut self, mut output: Output, targets: &Targets<'_>) -> Result<Output, String> {
        let (mut out, mut err) = (Way::Output, Way::Error);
        for (place, (redirect, name)) in targets.iter().enumerate() {
            match redirect {
                Redirect::Write { stdout, stderr, .. } | Redirect::Into { stdout, stderr, .. } => {
                    let way = match name.as_str() {
                        "/dev/stdout" => out,
                        "/dev/stderr" => err,
                        _ => Way::Target(place),
                    };
                    out = if *stdout { way } else { out };
                    err = if *stderr { way } else { err };
                }
                Redirect::ErrorToOutput => err = out,
                Redirect::OutputToError => out = err,
                _ => {}
            }
        }
        if (out, err) == (Way::Output, Way::Error) {
            return Ok(output);
        }
        let texts = match out == err {
            true => [(out, output.joined()), (err, String::new())],
            false => [(out, core::mem::take(&mut output.stdout)), (err, core::mem::take(&mut output.stderr))],
        };
        output.ends.clear();
        let mut fed = Vec::new();
        for (way, text) in texts {
            match way {
                Way::Output => output.stdout.push_str(&text),
                Way::Error => output.stderr.push_str(&text),
                Way::Target(place) => match targets.get(place) {
                    Some((Redirect::Write { append, .. }, name)) if !text.is_empty() => {
                        let text = self.shortened(text);
                        self.write(name, text, *append)?
                    }
                    Some((Redirect::Into { body, .. }, _)) => fed.push((body, text)),
                    _ => {}
                },
            }
        }
        for (body, text) in fed.into_iter().filter(|(_, text)| !text.is_empty()) {
            let status = output.status;
            output = self.sent(output);
            let before = self.stdin.replace(Input::new(text));
            let done = self.deep(|shell| Ok(shell.apart(|shell| shell.run(body))));
            self.stdin = before;
            output.append(done?);
            output.status = status;
        }
        Ok(output)
    }

    fn write(&mut self, name: &str, text: String, append: bool) -> Result<(), String> {
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

    /// Takes what is printed from here on; gives back where it went.
    pub(super) fn catch(&mut self) -> Stream {
        self.caught += 1;
        core::mem::replace(&mut self.out, Stream::Output(self.caught))
    }

    /// Takes no more.
    pub(super) fn let_go(&mut self, before: Stream) {
        self.caught -= 1;
        self.out = before;
    }

    /// Runs something that runs commands of its own, while a redirection takes their output.
    pub(super) fn taken<T>(&mut self, targets: &Targets<'_>, own: impl FnOnce(&mut Self) -> T) -> T {
        let before = (self.out.clone(), self.err.clone(), self.caught);
        for (redirect, _) in targets {
            match redirect {
                Redirect::Write { stdout, stderr, .. } | Redirect::Into { stdout, stderr, .. } => {
                    if *stdout {
                        drop(self.catch());
                    }
                    if *stderr {
                        self.err = Stream::Error;
                    }
                }
                // Where nothing was sent anywhere, the output is joined when it comes back.
                Redirect::ErrorToOutput if self.is_sent() => self.err = self.out.clone(),
                Redirect::OutputToError if self.is_sent() => self.out = self.err.clone(),
                _ => {}
            }
        }
        let done = own(self);
        (self.out, self.err, self.caught) = before;
        done
    }

    /// Whether `exec` has sent anything anywhere.
    pub(super) fn is_sent(&self) -> bool {
        !matches!((&self.out, &self.err), (Stream::Output(own), Stream::Error) if *own == self.caught)
    }

    /// Hands output to where `exec` has sent it, once; what comes up is what the screen shows of it.
    pub(super) fn sent(&mut self, mut output: Output) -> Output {
        if !self.is_sent() {
            return output;
        }
        let (out, err) = (self.out.clone(), self.err.clone());
        // What was sent within a pipe or a word came up beside its output.
        let up = |stream: &Stream| matches!(stream.end(), Some(Stream::Output(own)) if *own == self.caught);
        let (is_out, is_err) = (up(&out), up(&err));
        let mut done = Output { sent: true, ..Output::default() };
        for (error, text) in output.pieces() {
            let stream = if error { &err } else { &out };
            if !output.sent {
                match stream.passed(self, text) {
                    Ok(()) if stream.end().is_none() => continue,
                    Ok(()) => {}
                    Err(why) => {
                        done.stderr.push_str(&format!("bash: {why}\n"));
                        continue;
                    }
                }
            }
            if if error { is_err } else { is_out || output.sent } {
                done.stdout.push_str(text);
            } else {
                done.stderr.push_str(text);
            }
            done.part();
        }
        (output.stdout, output.stderr, output.ends) = (done.stdout, done.stderr, done.ends);
        output.sent = true;
        output
    }

    /// Answers `exec`: without a command it sends the output of the shell where the redirections say, for good; a command
    /// takes the shell's place.
    ///
    /// # Errors
    /// What the lab's `exec` cannot send output to.
    pub(super) fn exec(
        &mut self,
        words: &[String],
        (input, targets): (Option<String>, &Targets<'_>),
    ) -> Result<Output, String> {
        if !words.is_empty() {
            let mut output = self.taken(targets, |shell| shell.answered(words, input, targets));
            if let Some(name) = words.first() {
                let (usual, told) =
                    (format!("bash: {name}: command not found"), format!("bash: exec: {name}: not found"));
                output.stderr = output.stderr.replace(&usual, &told);
            }
            if self.flow != Flow::Spent {
                self.flow = Flow::Exit;
            }
            if self.shells == 0 {
                let told = "ECS Lab: behind exec a real shell closes; here the prompt stays\n";
                output.append(Output::fail(output.status, told));
            }
            return self.redirected(output, targets);
        }
        if let Some(text) = input {
            self.stdins.push(self.stdin.replace(Input::new(text)));
        }
        for (redirect, name) in targets {
            let (stdout, stderr, stream) = match redirect {
                Redirect::Write { stdout, stderr, .. } => (*stdout, *stderr, self.stream_of(name)),
                Redirect::Into { stdout, stderr, body } => (*stdout, *stderr, self.tee(body)?),
                Redirect::ErrorToOutput => (false, true, self.out.clone()),
                Redirect::OutputToError => (true, false, self.err.clone()),
                _ => continue,
            };
            if stdout {
                self.out = stream.clone();
                self.to_screen = name == "/dev/tty";
            }
            if stderr {
                self.err = stream;
            }
        }
        Ok(Output { sent: true, ..Output::default() })
    }

    fn stream_of(&self, name: &str) -> Stream {
        match name {
            "/dev/tty" => Stream::Output(0),
            "/dev/stdout" => self.out.clone(),
            "/dev/stderr" => self.err.clone(),
            name => Stream::To(Rc::new(Sink::File(self.path(name)))),
        }
    }

    /// The stream of `>(tee [-a] FILE …)`.
    fn tee(&mut self, body: &str) -> Result<Stream, String> {
        const ALONE: &str = "the lab's shell has tee alone behind exec > >( … )";
        let (mut count, mut below) = (1, &self.out);
        while let Stream::To(sink) = below {
            let Sink::Tee(_, next) = &**sink else { break };
            (count, below) = (count + 1, next);
        }
        if count > MOST_TEES {
            return Err(format!("the lab's shell puts no more than {MOST_TEES} tee behind each other"));
        }
        let list = parse(body).map_err(|wrong| wrong.why)?;
        let all = simples(&list);
        let [own] = all.as_slice() else { return Err(ALONE.to_string()) };
        let mut words = Vec::new();
        for word in &own.words {
            words.extend(expand::words(word, self)?);
        }
        let Some(("tee", rest)) = words.split_first().map(|(name, rest)| (name.as_str(), rest)) else {
            return Err(ALONE.to_string());
        };
        let grows = rest.first().is_some_and(|word| word == "-a");
        let names = rest.get(usize::from(grows)..).unwrap_or_default();
        for name in names {
            self.write(name, String::new(), grows)?;
        }
        let paths = names.iter().map(|name| self.path(name)).collect();
        Ok(Stream::To(Rc::new(Sink::Tee(paths, self.out.clone()))))
    }
}

/// Whether a name is one of the streams that a shell has anyway.
fn is_stream(name: &str) -> bool {
    ["/dev/stdout", "/dev/stderr", "/dev/tty"].contains(&name)
}

/// Whether standard output goes elsewhere than to the screen.
pub(super) fn is_away(redirects: &[Redirect]) -> bool {
    redirects
        .iter()
        .any(|own| matches!(own, Redirect::Write { stdout: true, .. } | Redirect::Into { stdout: true, .. }))
}
