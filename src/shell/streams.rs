//! Where output goes: of one command by its redirections, of a whole shell by `exec`.

use super::coreutils;
use super::descriptors::{BAD, Open, Stream};
use super::exec::{Flow, Shell};
use super::language::{Redirect, expand, parse, simples};
use super::redirections::number_of;
use super::terminal::Output;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// So many `tee` may stand behind each other.
const MOST_TEES: usize = 8;

const NO_FILE: &str = "No such file or directory";

/// Redirections of output.
pub(super) type Targets<'a> = Vec<Target<'a>>;

/// A redirection of output.
pub(super) struct Target<'a> {
    /// Whether standard output goes there, and standard error.
    pub(super) outputs: (bool, bool),
    pub(super) redirect: &'a Redirect,
    /// The name of its file.
    pub(super) name: String,
    /// Where it leads, if not where the command's own outputs do.
    pub(super) to: Option<Stream>,
}

/// Where one of the two outputs of a command goes, as its redirections say from left to right.
#[derive(Clone)]
pub(super) enum Way {
    Output,
    Error,
    To(Stream),
    /// What a redirection runs.
    Into(usize),
}

impl Way {
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Output, Self::Output) | (Self::Error, Self::Error) => true,
            (Self::To(own), Self::To(other)) => own.is(other),
            (Self::Into(own), Self::Into(other)) => own == other,
            _ => false,
        }
    }
}

/// The ways of both outputs.
pub(super) fn ways(targets: &[Target<'_>]) -> (Way, Way) {
    let (mut out, mut err) = (Way::Output, Way::Error);
    for (place, Target { outputs: (stdout, stderr), redirect, name, to }) in targets.iter().enumerate() {
        let way = match (name.as_str(), to) {
            (_, Some(stream)) => Way::To(stream.clone()),
            ("/dev/stdout", _) => out.clone(),
            ("/dev/stderr", _) => err.clone(),
            _ => Way::Into(place),
        };
        match redirect {
            Redirect::ErrorToOutput => err = out.clone(),
            Redirect::OutputToError => out = err.clone(),
            _ => {
                out = if *stdout { way.clone() } else { out };
                err = if *stderr { way } else { err };
            }
        }
    }
    (out, err)
}

/// Which of both outputs a redirection sends to a place of its own.
pub(super) fn outputs(redirect: &Redirect) -> (bool, bool) {
    match redirect {
        Redirect::Write { stdout, stderr, .. } | Redirect::Into { stdout, stderr, .. } => (*stdout, *stderr),
        Redirect::Copy { number, .. } | Redirect::Both(number, _) => (*number == 1, *number == 2),
        _ => (false, false),
    }
}

impl Shell<'_> {
    /// Sends the output of a command where the redirections say.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(super) fn redirected(
        &mut self,
        command: &str,
        mut output: Output,
        targets: &Targets<'_>,
    ) -> Result<Output, String> {
        let (out, err) = ways(targets);
        if matches!((&out, &err), (Way::Output, Way::Error)) {
            return Ok(output);
        }
        if let Way::To(stream) = &out
            && !stream.writes()
            && !output.stdout.is_empty()
        {
            (output.stdout, output.ends, output.status) =
                (String::new(), Vec::new(), unwritten(command, &mut output.stderr));
        }
        let texts = match out.is(&err) {
            true => [(out, output.joined()), (err, String::new())],
            false => [(out, core::mem::take(&mut output.stdout)), (err, core::mem::take(&mut output.stderr))],
        };
        output.ends.clear();
        let mut fed = Vec::new();
        for (way, text) in texts {
            match way {
                Way::Output => output.stdout.push_str(&text),
                Way::Error => output.stderr.push_str(&text),
                Way::To(stream) if stream.writes() && !text.is_empty() => {
                    let text = self.shortened(text);
                    self.deliver(&stream, &text)?;
                }
                Way::To(_) => {}
                Way::Into(place) => {
                    if let Some(Target { redirect: Redirect::Into { body, .. }, .. }) = targets.get(place) {
                        fed.push((body, text));
                    }
                }
            }
        }
        for (body, text) in fed.into_iter().filter(|(_, text)| !text.is_empty()) {
            let status = output.status;
            output = self.sent("", output);
            let before = self.stdin.replace(Open::text(text));
            let done = self.deep(|shell| Ok(shell.apart(|shell| shell.run(body))));
            self.stdin = before;
            output.append(done?);
            output.status = status;
        }
        Ok(output)
    }

    /// The file that standard output goes to.
    pub(super) fn target_file(&self, targets: &Targets<'_>) -> Option<String> {
        match ways(targets).0 {
            Way::To(Stream::File(open)) => open.path(),
            Way::Output => {
                if let Stream::File(open) = &self.out {
                    open.path()
                } else {
                    None
                }
            }
            _ => None,
        }
    }

    /// Hands a text to a stream at once: to its files, and to the output in which it comes up in the end.
    fn deliver(&mut self, stream: &Stream, text: &str) -> Result<(), String> {
        self.passed(stream, text)?;
        if let end @ (Stream::Output(_) | Stream::Error(_)) = stream.end() {
            self.late.push((end.clone(), text.to_string()));
        }
        Ok(())
    }

    /// Writes a text to one of the streams that have a path; none for another file.
    pub(super) fn write_device(
        &mut self,
        name: &str,
        (text, grows): (&str, bool),
        output: &mut Output,
    ) -> Option<Result<(), String>> {
        let number = match name {
            "/dev/stdout" | "/dev/tty" => 1,
            "/dev/stderr" => 2,
            name => number_of(name)?,
        };
        match number {
            1 => output.stdout.push_str(text),
            2 => output.stderr.push_str(text),
            number => {
                let own = self.numbers.get(&number).cloned();
                let Some(stream) = own.filter(Stream::writes) else { return Some(Err(NO_FILE.to_string())) };
                // By its path a file is opened anew.
                return Some(match &stream {
                    Stream::File(open) if let Some(path) = open.path() => self.write(&path, text.to_string(), grows),
                    stream => self.deliver(stream, text),
                });
            }
        }
        Some(Ok(()))
    }

    /// Writes a text to the files on the way of a stream.
    fn passed(&mut self, stream: &Stream, text: &str) -> Result<(), String> {
        let mut own = stream;
        while let Stream::Tee(tee) = own {
            for path in &tee.0 {
                self.write(path, text.to_string(), true)?;
            }
            own = &tee.1;
        }
        if let Stream::File(open) = own { self.add(open, text) } else { Ok(()) }
    }

    /// What has come up here by a number that stands for one of this command's outputs.
    pub(super) fn arrived(&mut self) -> Option<Output> {
        let (mut output, late) = (Output::default(), core::mem::take(&mut self.late));
        for (stream, text) in late {
            match stream {
                Stream::Output(own) if own == self.caught => output.stdout.push_str(&text),
                Stream::Error(own) if own == self.caught_errors => output.stderr.push_str(&text),
                _ => {
                    self.late.push((stream, text));
                    continue;
                }
            }
            output.part();
        }
        output.sent = self.is_sent();
        (!output.ends.is_empty()).then_some(output)
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
        let before = (self.out.clone(), self.err.clone(), self.caught, self.caught_errors);
        let (mut is_out, mut is_err) = (false, false);
        for Target { outputs: (stdout, stderr), redirect, .. } in targets {
            (is_out, is_err) = (is_out || *stdout, is_err || *stderr);
            if *stdout {
                drop(self.catch());
            }
            if *stderr {
                self.caught_errors += 1;
                self.err = Stream::Error(self.caught_errors);
            }
            // Where nothing was sent anywhere, the output is joined when it comes back.
            match redirect {
                Redirect::ErrorToOutput if self.is_sent() => (self.err, is_err) = (self.out.clone(), true),
                Redirect::OutputToError if self.is_sent() => (self.out, is_out) = (self.err.clone(), true),
                _ => {}
            }
        }
        let done = own(self);
        // What `exec` has sent elsewhere stays there.
        if is_out {
            self.out = before.0;
        }
        if is_err {
            self.err = before.1;
        }
        (self.caught, self.caught_errors) = (before.2, before.3);
        done
    }

    /// Whether `exec` has sent anything anywhere.
    pub(super) fn is_sent(&self) -> bool {
        !matches!((&self.out, &self.err), (Stream::Output(out), Stream::Error(err))
            if *out == self.caught && *err == self.caught_errors)
    }

    /// Hands output to where `exec` has sent it, once; what comes up is what the screen shows of it.
    pub(super) fn sent(&mut self, command: &str, mut output: Output) -> Output {
        if !self.is_sent() {
            return output;
        }
        let (out, err) = (self.out.clone(), self.err.clone());
        if !output.sent && !out.writes() && !output.stdout.is_empty() {
            (output.stdout, output.ends, output.status) =
                (String::new(), Vec::new(), unwritten(command, &mut output.stderr));
        }
        let mut done = Output { sent: true, ..Output::default() };
        for (error, text) in output.pieces() {
            let stream = if error { &err } else { &out };
            if !output.sent
                && let Err(why) = self.passed(stream, text)
            {
                done.stderr.push_str(&format!("bash: {why}\n"));
                continue;
            }
            match stream.end() {
                _ if output.sent && !error => done.stdout.push_str(text),
                Stream::Output(own) if *own == self.caught => done.stdout.push_str(text),
                Stream::Error(own) if *own == self.caught_errors => done.stderr.push_str(text),
                end @ (Stream::Output(_) | Stream::Error(_)) => self.late.push((end.clone(), text.to_string())),
                _ if output.sent => done.stderr.push_str(text),
                _ => {}
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
        (input, targets): (Option<Option<Open>>, &Targets<'_>),
    ) -> Result<Output, String> {
        if let Some(name) = words.first() {
            let mut output = self.taken(targets, |shell| shell.answered(words, input, targets));
            let (usual, told) = (format!("bash: {name}: command not found"), format!("bash: exec: {name}: not found"));
            output.stderr = output.stderr.replace(&usual, &told);
            if self.flow != Flow::Spent {
                self.flow = Flow::Exit;
            }
            if self.shells == 0 {
                let told = "ECS Lab: behind exec a real shell closes; here the prompt stays\n";
                output.append(Output::fail(output.status, told));
            }
            return self.redirected(name, output, targets);
        }
        if let Some(own) = input {
            self.stdins.push(core::mem::replace(&mut self.stdin, own));
        }
        for Target { outputs: (stdout, stderr), redirect, name, to } in targets {
            let stream = match (redirect, name.as_str(), to) {
                (Redirect::Into { body, .. }, ..) => self.tee(body)?,
                (_, _, Some(stream)) => stream.clone(),
                (_, "/dev/stdout", _) | (Redirect::ErrorToOutput, ..) => self.out.clone(),
                _ => self.err.clone(),
            };
            if *stdout || matches!(redirect, Redirect::OutputToError) {
                self.out = stream.clone();
                self.to_screen = matches!(stream, Stream::Output(0));
            }
            if *stderr || matches!(redirect, Redirect::ErrorToOutput) {
                self.err = stream;
            }
        }
        Ok(Output { sent: true, ..Output::default() })
    }

    /// The stream of `>(tee [-a] FILE …)`.
    fn tee(&mut self, body: &str) -> Result<Stream, String> {
        const ALONE: &str = "the lab's shell has tee alone behind exec > >( … )";
        let (mut count, mut below) = (1, &self.out);
        while let Stream::Tee(tee) = below {
            (count, below) = (count + 1, &tee.1);
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
        Ok(Stream::Tee(Rc::new((paths, self.out.clone()))))
    }
}

/// What is said of output that nothing takes, and the status then.
fn unwritten(command: &str, told: &mut String) -> u8 {
    match command {
        "" => told.push_str(&format!("bash: write error: {BAD}\n")),
        own if coreutils::is_builtin(own) => told.push_str(&format!("bash: {own}: write error: {BAD}\n")),
        "cat" => told.push_str(&format!("cat: standard output: {BAD}\n")),
        own => told.push_str(&format!("{own}: write error: {BAD}\n")),
    }
    if command == "ls" { 2 } else { 1 }
}

/// Whether standard output goes elsewhere than to the screen.
pub(super) fn is_away(redirects: &[Redirect]) -> bool {
    redirects.iter().any(|own| outputs(own).0)
}
