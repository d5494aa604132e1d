//! Runs what the language reads: links, pipes, redirections, and who answers a command.

use super::files::absolute;
use super::language::expand;
use super::language::{Link, Pipeline, Redirect, Simple, parse};
use super::learn::{self, Page};
use super::near::close_matches;
use super::source::shortened;
use super::terminal::{LONGEST, MOST_COMMANDS, Output, Terminal, Variable};
use super::{about, aws, builtins, coreutils, docker, inside, lab_command, texts, tree, visit, web};
use crate::lab::Lab;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

const BRACES: &str = "lab: bash has made several words of what stands in {…}: quote it\n";

/// A line on its way.
pub(super) struct Shell<'a> {
    pub(super) terminal: &'a mut Terminal,
    pub(super) lab: &'a mut Lab,
    pub(super) depth: u8,
    commands: u32,
    /// What commands within words said on standard error, for the command that the words are of.
    pub(super) aside: String,
    /// How the last of them ended.
    pub(super) within: u8,
    /// Whether what a command prints goes to the screen: through no pipe, into no file, into no words.
    pub(super) to_screen: bool,
    /// Whether `exit` has ended the script that is run.
    pub(super) is_over: bool,
    /// What the lab says beside an answer.
    pub(super) remark: Option<String>,
    /// The page that explains what went wrong last.
    pub(super) learn: Option<Page>,
    /// The word that was meant in its stead.
    pub(super) near: Option<String>,
}

impl<'a> Shell<'a> {
    pub(super) fn new(terminal: &'a mut Terminal, lab: &'a mut Lab) -> Self {
        Self {
            terminal,
            lab,
            depth: 0,
            commands: 0,
            aside: String::new(),
            within: 0,
            is_over: false,
            to_screen: true,
            remark: None,
            learn: None,
            near: None,
        }
    }

    /// Runs a line, and names the page that explains what went wrong.
    pub(super) fn line(&mut self, text: &str) -> Output {
        let mut output = self.run(text);
        (output.learn, output.near) = (self.learn.take().map(Box::new), self.near.take());
        output
    }

    pub(super) fn run(&mut self, text: &str) -> Output {
        let pipelines = match parse(text) {
            Ok(pipelines) => pipelines,
            Err(why) => return Output::fail(2, format!("bash: {why}\n")),
        };
        let mut all = Output::status(self.terminal.status);
        for pipeline in &pipelines {
            let goes = match pipeline.link {
                Link::Always => true,
                Link::And => all.status == 0,
                Link::Or => all.status != 0,
            };
            if goes {
                self.terminal.files.now = self.lab.now();
                all.append(self.pipeline(pipeline));
                self.terminal.status = all.status;
            }
            if self.is_over {
                break;
            }
            if self.commands > MOST_COMMANDS {
                all.stderr
                    .push_str(&format!("bash: more than {MOST_COMMANDS} commands in a line; the rest is left out\n"));
                all.status = 2;
                break;
            }
            all.stdout = shortened(core::mem::take(&mut all.stdout));
        }
        if pipelines.is_empty() {
            all.status = 0;
        }
        all
    }

    fn pipeline(&mut self, pipeline: &Pipeline) -> Output {
        let mut input = String::new();
        let mut all = Output::default();
        // Behind a pipe, each command has a shell of its own, and what it sets is lost.
        let piped = pipeline.commands.len() > 1;
        let inside = self.terminal.inside.is_some();
        let before = piped.then(|| (self.terminal.variables.clone(), self.terminal.directory.clone()));
        let to_screen = self.to_screen;
        for (place, command) in pipeline.commands.iter().enumerate() {
            let away = |own: &Redirect| matches!(own, Redirect::Write { stdout: true, .. });
            let is_last = place + 1 == pipeline.commands.len();
            self.to_screen = to_screen && is_last && !command.redirects.iter().any(away);
            let mut done = self.command(command, &input);
            if !is_last {
                input = shortened(core::mem::take(&mut done.stdout));
            }
            all.append(done);
        }
        self.to_screen = to_screen;
        if let Some(before) = before {
            self.restore(before, inside);
        }
        if pipeline.negated {
            all.status = u8::from(all.status == 0);
        }
        all
    }

    fn command(&mut self, command: &Simple, piped: &str) -> Output {
        self.commands += 1;
        if self.commands > MOST_COMMANDS {
            return Output::status(2);
        }
        match self.prepared(command, piped) {
            Ok(output) => output,
            Err(why) => {
                let said = core::mem::take(&mut self.aside);
                Output::fail(1, format!("{said}bash: {why}\n"))
            }
        }
    }

    fn prepared(&mut self, command: &Simple, piped: &str) -> Result<Output, String> {
        self.within = 0;
        let mut words = Vec::new();
        let mut size = 0;
        let mut braces = false;
        for word in &command.words {
            let more = expand::words(word, self)?;
            braces |= more.len() > 1 && expand::has_braces(word);
            size += more.iter().map(|word| word.len() + 1).sum::<usize>();
            if size > LONGEST {
                return Err("Argument list too long".to_string());
            }
            words.extend(more);
        }
        let mut given = Vec::new();
        for (name, word) in &command.assignments {
            given.push((name.clone(), expand::text(word, self)?));
        }
        let mut input = piped.to_string();
        let (mut targets, mut read) = (Vec::new(), Vec::new());
        for redirect in &command.redirects {
            match redirect {
                Redirect::Read(word) => {
                    let name = expand::text(word, self)?;
                    let path = self.path(&name);
                    read.push(path.clone());
                    let text =
                        self.terminal.files.read(&path).ok_or_else(|| format!("{name}: {}", self.missing(&path)))?;
                    input = text.to_string();
                }
                Redirect::Here(word) => input = expand::text(word, self)? + "\n",
                Redirect::Document(word) => input = expand::text(word, self)?,
                Redirect::Write { target, .. } => {
                    let name = expand::text(target, self)?;
                    targets.push((redirect, name));
                }
                Redirect::ErrorToOutput | Redirect::OutputToError => targets.push((redirect, String::new())),
            }
        }
        // A file that is written is made or emptied before the command reads.
        for (redirect, name) in &targets {
            if let Redirect::Write { append, .. } = redirect {
                self.write(name, String::new(), *append)?;
                if !append && read.iter().any(|path| *path == self.path(name)) {
                    input.clear();
                }
            }
        }
        let before = self.set(&given, words.is_empty());
        let mut output = match words.split_first() {
            Some((name, rest)) => {
                let output = match self.loops(name, rest, &targets) {
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
            None => Output::status(self.within),
        };
        for (name, variable) in before {
            match variable {
                Some(variable) => drop(self.terminal.variables.insert(name, variable)),
                None => drop(self.terminal.variables.remove(&name)),
            }
        }
        if braces && output.status != 0 && words.first().is_some_and(|name| name == "aws") {
            output.stderr.push_str(BRACES);
        }
        let said = Output::fail(0, core::mem::take(&mut self.aside));
        self.redirected(said.then(output), &targets)
    }

    /// The words of `cat` without the files that its output is added to, and what it says of those.
    fn loops(&self, name: &str, words: &[String], targets: &[(&Redirect, String)]) -> (Vec<String>, String) {
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

    fn redirected(&mut self, mut output: Output, targets: &[(&Redirect, String)]) -> Result<Output, String> {
        for (place, (redirect, name)) in targets.iter().enumerate() {
            match redirect {
                Redirect::Write { stdout, stderr, append, .. } => {
                    // Of several files for one stream only the last one fills; the others are made all the same.
                    let later = targets.get(place + 1..).unwrap_or_default();
                    let again = later.iter().any(|(own, _)| matches!(own, Redirect::Write { stdout: true, .. }));
                    // `> file 2>&1`, which bash reads from the left.
                    let both = *stdout && later.iter().any(|(own, _)| **own == Redirect::ErrorToOutput);
                    let text = match (*stdout && !again, *stderr || both) {
                        (true, true) => output.joined(),
                        (true, false) => core::mem::take(&mut output.stdout),
                        (false, true) => core::mem::take(&mut output.stderr),
                        (false, false) => String::new(),
                    };
                    self.write(name, text, *append)?;
                }
                Redirect::ErrorToOutput => output.stdout = output.joined(),
                Redirect::OutputToError => output.stderr = output.joined(),
                _ => {}
            }
        }
        Ok(output)
    }

    fn write(&mut self, name: &str, text: String, append: bool) -> Result<(), String> {
        let path = self.path(name);
        let old = if append { self.terminal.files.read(&path).unwrap_or_default().to_string() } else { String::new() };
        self.terminal.files.write(&path, old + &text).map_err(|why| format!("{name}: {why}"))
    }

    /// A file's whole path.
    pub(super) fn path(&self, name: &str) -> String {
        absolute(&self.terminal.directory, name)
    }

    /// Why a path is no file.
    pub(super) fn missing(&self, path: &str) -> &'static str {
        if self.terminal.files.is_directory(path) { "Is a directory" } else { "No such file or directory" }
    }

    /// Whoever answers a command.
    pub(super) fn dispatch(&mut self, name: &str, words: &[String], input: &str) -> Output {
        if let Some(output) = inside::run(self, name, words, input) {
            return output;
        }
        if name == "sudo" {
            let own = words.iter().position(|word| word != "sudo" && !word.starts_with('-'));
            return match own.and_then(|at| words.get(at..)?.split_first()) {
                Some((name, rest)) => self.dispatch(name, rest, input),
                None => Output::fail(1, "usage: sudo command [arg ...]\n"),
            };
        }
        if let Some(output) = visit::run(self, name, words, input) {
            return output;
        }
        if let Some(output) = texts::run(self, name, words, input) {
            return output;
        }
        if let Some(output) = tree::run(self, name, words) {
            return output;
        }
        if let Some(output) = coreutils::run(self, name, words, input) {
            return output;
        }
        if let Some(output) = about::run(self, name, words) {
            return output;
        }
        if let Some(output) = builtins::run(self, name, words).or_else(|| web::run(self, name, words)) {
            return output;
        }
        match name {
            "aws" => aws::run(self, words, input),
            "docker" => docker::run(self, words, input),
            "helm" => docker::helm::run(self, words, input),
            "lab" => lab_command::run(self, words),
            "ssh" => visit::ssh(self, words),
            "exit" | "logout" => Output::fail(
                1,
                "ECS Lab: this is home; ssh NAME enters an instance, aws ecs execute-command a container, and exit leaves it\n",
            ),
            _ if lab_command::is_verb(name) => {
                let whole: Vec<String> = [name].into_iter().map(String::from).chain(words.iter().cloned()).collect();
                lab_command::run(self, &whole)
            }
            _ if let Some(why) = absent(name) => Output::fail(127, format!("ECS Lab has no {name}: {why}\n")),
            _ => {
                let known = super::complete::commands();
                let names: Vec<&str> = known.iter().map(String::as_str).collect();
                self.near = close_matches(name, &names, 0.65).first().map(ToString::to_string);
                Output::fail(127, format!("bash: {name}: command not found\n"))
            }
        }
    }
}

/// Why a tool of a working day is not here.
fn absent(name: &str) -> Option<&'static str> {
    Some(match name {
        "ping" | "nslookup" | "nc" | "telnet" => "curl and dig ask what the lab has",
        "vi" | "vim" | "nano" | "emacs" => "files open in the editor below the prompt",
        "sed" | "awk" | "less" | "more" => {
            "cat, grep, cut and tr show a text, and the editor below the prompt changes it"
        }
        "chown" => "its files belong to whoever is at the prompt",
        "groupadd" | "useradd" | "usermod" => "there is one user, who may use docker",
        "service" | "systemctl" => "docker runs here already",
        "openssl" => "base64 and sha256sum are here, and certificates are no matter of the lab",
        "watch" => "its time passes by lab advance: run the command again behind it",
        "eval" | "source" | "." | "bash" | "sh" => "its prompt runs lines, and no scripts; paste them",
        "apt" | "apt-get" | "brew" | "dnf" | "npm" | "pip" | "pip3" | "snap" | "yum" => "nothing is installed here",
        "git" | "java" | "node" | "perl" | "python" | "python3" | "ruby" => {
            "its prompt has aws, docker, lab and small tools"
        }
        "jq" | "yq" => "--query of aws finds and shapes what an answer holds",
        "session-manager-plugin" => "no session is simulated",
        _ => return None,
    })
}
