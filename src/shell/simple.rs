//! One command of words: its expansions, its input, and where its output goes.

use super::exec::{Input, Shell};
use super::language::command::Part;
use super::language::expand;
use super::language::parameter::{assignment, value_of};
use super::language::{Command, Redirect, Simple, parse};
use super::quote::quote;
use super::terminal::{LONGEST, Output, Variable};
use super::{lab_command, learn, script, texts};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

const BRACES: &str = "lab: bash has made several words of what stands in {…}: quote it\n";

/// So many aliases may stand for each other.
const MOST_ALIASES: usize = 8;

/// What redirections come to.
pub(super) struct Streams<'a> {
    /// What is read.
    pub(super) input: Option<String>,
    /// Where output goes.
    pub(super) targets: Vec<(&'a Redirect, String)>,
}

/// Where one of the two outputs goes, as the redirections say from left to right.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Output,
    Error,
    /// The file of a redirection.
    File(usize),
}

/// A command of words with the values of its variables.
struct Words {
    words: Vec<String>,
    given: Vec<(String, String)>,
    /// Whether braces have made several words of one.
    braces: bool,
}

impl Shell<'_> {
    /// Runs a command of words.
    ///
    /// # Errors
    /// Why it does not run, in the words of bash without its name in front.
    pub(super) fn simple(&mut self, own: &Simple, piped: Option<String>) -> Result<Output, String> {
        self.line = self.above + own.line;
        self.within = 0;
        let unaliased = self.unaliased(own)?;
        let own = unaliased.as_ref().unwrap_or(own);
        let Words { words, given, braces } = self.words(own)?;
        if let Some(over) = self.charged(cost(&words)) {
            return Ok(over);
        }
        if self.terminal.state.options.xtrace {
            self.trace(&given, &words);
        }
        let Streams { input, targets } = self.streams(&own.redirects)?;
        let before = self.set(&given, words.is_empty());
        let to_screen = self.to_screen;
        self.to_screen &= !is_away(&own.redirects);
        let mut output = match words.is_empty() {
            true => Output::status(self.within),
            false => self.answered(&words, input.or(piped), &targets),
        };
        self.to_screen = to_screen;
        for (name, variable) in before {
            match variable {
                Some(variable) => drop(self.terminal.variables.insert(name, variable)),
                None => drop(self.terminal.variables.remove(&name)),
            }
        }
        if braces && output.status != 0 && words.first().is_some_and(|name| name == "aws") {
            output.stderr.push_str(BRACES);
        }
        self.said_before(&mut output);
        let output = self.located(output);
        self.redirected(output, &targets)
    }

    /// Puts what the commands within words have said in front.
    pub(super) fn said_before(&mut self, output: &mut Output) {
        let aside = core::mem::take(&mut self.aside);
        if !aside.is_empty() {
            *output = Output::fail(0, aside).then(core::mem::take(output));
        }
    }

    /// The words and values of a command. What cannot be expanded ends the line, or the script.
    fn words(&mut self, own: &Simple) -> Result<Words, String> {
        let read = self.expanded(own);
        if read.is_err() {
            self.give_in();
        }
        read
    }

    fn expanded(&mut self, own: &Simple) -> Result<Words, String> {
        let (mut words, mut size, mut braces) = (Vec::new(), 0, false);
        // What these set is one word.
        let first = own.words.first().map(Vec::as_slice);
        let sets = matches!(first, Some([Part::Plain(name)]) if ["export", "local", "readonly", "declare"].contains(&name.as_str()));
        for word in &own.words {
            let more = match assignment(word).filter(|_| sets) {
                Some(name) => [format!("{name}={}", expand::text(&value_of(word.clone()), self)?)].into(),
                None => expand::words(word, self)?,
            };
            braces |= more.len() > 1 && expand::has_braces(word);
            size += more.iter().map(|word| word.len() + 1).sum::<usize>();
            if size > LONGEST {
                return Err("Argument list too long".to_string());
            }
            words.extend(more);
        }
        let mut given = Vec::new();
        for (name, word) in &own.assignments {
            self.terminal.state.changes(name)?;
            given.push((name.clone(), expand::text(word, self)?));
        }
        Ok(Words { words, given, braces })
    }

    /// The command behind an alias; none where its first word is none.
    fn unaliased(&self, own: &Simple) -> Result<Option<Simple>, String> {
        if self.terminal.state.name.is_some() {
            return Ok(None);
        }
        let (mut now, mut known): (Option<Simple>, Vec<String>) = (None, Vec::new());
        while known.len() < MOST_ALIASES {
            let own = now.as_ref().unwrap_or(own);
            let Some([Part::Plain(name)]) = own.words.first().map(Vec::as_slice) else { break };
            let Some(text) = self.terminal.state.aliases.get(name).filter(|_| !known.contains(name)) else { break };
            known.push(name.clone());
            let read = parse(text).map_err(|wrong| wrong.why)?;
            let command = match read.as_slice() {
                [pipeline] if !pipeline.negated && !pipeline.timed => pipeline.commands.as_slice(),
                _ => &[],
            };
            let [Command::Simple(first)] = command else {
                return Err(format!("{name}: an alias of the lab's shell is one command; a function may be several"));
            };
            let mut whole = first.clone();
            whole.assignments.splice(0..0, own.assignments.iter().cloned());
            whole.words.extend(own.words.iter().skip(1).cloned());
            whole.redirects.extend(own.redirects.iter().cloned());
            now = Some(whole);
        }
        Ok(now)
    }

    /// Shows a command, as `set -x` does.
    fn trace(&mut self, given: &[(String, String)], words: &[String]) {
        let sets = given
            .iter()
            .map(|(name, value)| format!("+ {name}={}\n", if value.is_empty() { String::new() } else { quote(value) }));
        self.aside.extend(sets);
        if !words.is_empty() {
            let shown: Vec<String> = words.iter().map(|word| quote(word)).collect();
            self.aside.push_str(&format!("+ {}\n", shown.join(" ")));
        }
    }

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
                    let path = self.path(&name);
                    read.push(path.clone());
                    let text =
                        self.terminal.files.read(&path).ok_or_else(|| format!("{name}: {}", self.missing(&path)))?;
                    input = Some(text.to_string());
                }
                Redirect::Here(word) => input = Some(expand::text(word, self)? + "\n"),
                Redirect::Document(word) => input = Some(expand::text(word, self)?),
                Redirect::Process(body) => input = Some(self.printed(body)?),
                Redirect::Write { target, .. } => targets.push((redirect, expand::text(target, self)?)),
                Redirect::ErrorToOutput | Redirect::OutputToError => targets.push((redirect, String::new())),
            }
        }
        // A file that is written is made or emptied before the command reads.
        for (redirect, name) in &targets {
            if let Redirect::Write { append, .. } = redirect {
                self.write(name, String::new(), *append)?;
                if !append && read.iter().any(|path| *path == self.path(name)) {
                    input = Some(String::new());
                }
            }
        }
        Ok(Streams { input, targets })
    }

    /// Runs a function, what the shell has within itself, or a program.
    fn answered(&mut self, words: &[String], input: Option<String>, targets: &[(&Redirect, String)]) -> Output {
        let Some((name, rest)) = words.split_first() else { return Output::default() };
        let function = self.terminal.state.functions.get(name).cloned();
        if function.is_some() || script::reads(self, name) {
            let own = input.map(|text| self.stdin.replace(Input::new(text)));
            let output = match function {
                Some(body) => self.function(rest, &body),
                None => self.dispatch(name, rest, ""),
            };
            if let Some(before) = own {
                self.stdin = before;
            }
            return output;
        }
        let input = match (input, &mut self.stdin) {
            (Some(own), _) => own,
            (None, Some(shared)) if takes(name, rest) => {
                let text = shared.rest().to_string();
                shared.take(text.len());
                text
            }
            (None, _) => String::new(),
        };
        let output = match self.grown(name, rest, targets) {
            (others, told) if !told.is_empty() => {
                let reads = others.iter().any(|word| !word.starts_with('-') || word == "-");
                let output = if reads { self.dispatch(name, &others, &input) } else { Output::default() };
                Output { status: 1, stderr: output.stderr + &told, ..output }
            }
            _ => self.dispatch(name, rest, &input),
        };
        self.explained(name, &output);
        output
    }

    /// The words of `cat` without the files that its output is added to, and what it says of those.
    fn grown(&self, name: &str, words: &[String], targets: &[(&Redirect, String)]) -> (Vec<String>, String) {
        let mut to = targets.iter().rev();
        let target = to.find(|(own, _)| matches!(own, Redirect::Write { stdout: true, append: true, .. }));
        let Some((_, target)) = target.filter(|_| name == "cat") else { return Default::default() };
        let target = self.path(target);
        let grows = |word: &&String| {
            !word.starts_with('-') && self.path(word) == target && self.terminal.files.read(&target) != Some("")
        };
        let told = words.iter().filter(grows).map(|word| format!("cat: {word}: input file is output file\n")).collect();
        (words.iter().filter(|word| !grows(word)).cloned().collect(), told)
    }

    /// Names the page for what a command other than aws says.
    fn explained(&mut self, name: &str, output: &Output) {
        let part = match name {
            "docker" | "ssh" | "curl" => name,
            _ if name == "lab" || lab_command::is_verb(name) => "lab",
            _ => "shell",
        };
        let open = self.learn.is_none() || !(["aws", "lab"].contains(&name) || lab_command::is_verb(name));
        if output.status != 0 && !output.stderr.is_empty() && open {
            self.learn = learn::of_message(part, &output.stderr);
        }
    }

    /// Sets variables; for one command alone it gives back what they were.
    fn set(&mut self, given: &[(String, String)], stays: bool) -> Vec<(String, Option<Variable>)> {
        let mut before = Vec::new();
        for (name, value) in given {
            let old = self.terminal.variables.get(name).cloned();
            let exported = !stays || old.as_ref().is_some_and(|old| old.exported);
            self.terminal.variables.insert(name.clone(), Variable { value: value.clone(), exported });
            if !stays {
                before.push((name.clone(), old));
            }
        }
        before
    }

    /// Sends output where the redirections say.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(super) fn redirected(&mut self, mut output: Output, targets: &[(&Redirect, String)]) -> Result<Output, String> {
        let (mut out, mut err) = (Way::Output, Way::Error);
        for (place, (redirect, _)) in targets.iter().enumerate() {
            match redirect {
                Redirect::Write { stdout, stderr, .. } => {
                    out = if *stdout { Way::File(place) } else { out };
                    err = if *stderr { Way::File(place) } else { err };
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
        for (way, text) in texts {
            match way {
                Way::Output => output.stdout.push_str(&text),
                Way::Error => output.stderr.push_str(&text),
                Way::File(place) => match targets.get(place) {
                    Some((Redirect::Write { append, .. }, name)) if !text.is_empty() => {
                        let text = self.shortened(text);
                        self.write(name, text, *append)?
                    }
                    _ => {}
                },
            }
        }
        Ok(output)
    }

    fn write(&mut self, name: &str, text: String, append: bool) -> Result<(), String> {
        let path = self.path(name);
        let old = if append { self.terminal.files.read(&path).unwrap_or_default().to_string() } else { String::new() };
        self.terminal.files.write(&path, old + &text).map_err(|why| format!("{name}: {why}"))
    }
}

/// Whether standard output goes to a file.
pub(super) fn is_away(redirects: &[Redirect]) -> bool {
    redirects.iter().any(|own| matches!(own, Redirect::Write { stdout: true, .. }))
}

/// What a command costs beside its being one: what asks the lab costs more, and each 10 KB of words.
fn cost(words: &[String]) -> u32 {
    let asks = words.first().is_some_and(|name| {
        ["aws", "docker", "helm", "sleep", "curl", "wget"].contains(&name.as_str()) || lab_command::is_verb(name)
    });
    let size: usize = words.iter().map(String::len).sum();
    u32::from(asks) * 9 + u32::try_from(size / 10_000).unwrap_or(u32::MAX)
}

/// Whether a program reads what nobody has named as its input.
fn takes(name: &str, words: &[String]) -> bool {
    match name {
        "command" => words.split_first().is_some_and(|(name, rest)| takes(name, rest)),
        "xargs" | "envsubst" => true,
        "aws" | "docker" | "helm" => words.iter().any(|word| word == "-" || word == "--password-stdin"),
        _ => texts::reads(name, words),
    }
}
