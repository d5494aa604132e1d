//! One command of words: its expansions, its input, and where its output goes.

use super::arrays::Items;
use super::descriptors::{BAD, Open, Stream};
use super::exec::Shell;
use super::language::command::Part;
use super::language::expand;
use super::language::parameter::assignment;
use super::language::{Assignment, Command, Simple, Value, declares, parse};
use super::quote::quote;
use super::redirections::{Streams, number_of};
use super::streams::{Targets, is_away};
use super::terminal::{LONGEST, Output, Variable};
use super::{coreutils, lab_command, learn, script, texts};
use crate::sim::sorted::Map;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

const BRACES: &str = "lab: bash has made several words of what stands in {…}: quote it\n";

/// So many aliases may stand for each other.
const MOST_ALIASES: usize = 8;

/// A command of words with the values of its variables.
struct Words {
    words: Vec<String>,
    given: Vec<(String, String)>,
    /// The arrays that its words set, each with whether it grows.
    arrays: Vec<(String, bool, Items)>,
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
        let pipes = self.terminal.files.pipes.len();
        let done = self.one(own, piped);
        self.terminal.files.pipes.truncate(pipes);
        done
    }

    fn one(&mut self, own: &Simple, piped: Option<String>) -> Result<Output, String> {
        if self.trapping == 0 {
            self.latest.clone_from(&own.text);
        }
        let unaliased = self.unaliased(own)?;
        let own = unaliased.as_ref().unwrap_or(own);
        let Words { words, given, arrays, braces } = self.words(own)?;
        if let Some(over) = self.charged(cost(&words)) {
            return Ok(over);
        }
        for (name, grows, items) in &arrays {
            self.trace_items(name, *grows, items);
        }
        self.trace(&given, &words);
        let name = words.first().map_or("", String::as_str);
        let execs = name == "exec";
        let piped = piped.map(Open::text);
        let Streams { input, targets, before: numbers } = self.streams(&own.redirects, piped.as_ref())?;
        let input = input.or(piped.map(Some));
        // What its words have said is no output of its own.
        let said = core::mem::take(&mut self.aside);
        let before = self.set(&given);
        let to_screen = self.to_screen;
        self.to_screen &= !is_away(&own.redirects);
        let done = match words.as_slice() {
            [] => Ok(Output::status(self.within)),
            [_, rest @ ..] if execs => {
                self.to_screen = to_screen;
                self.exec(rest, (input, &targets))
            }
            _ => Ok(self.answered(&words, input, &targets)),
        };
        if !execs {
            self.to_screen = to_screen;
        }
        // What `exec` opens stays open.
        if !execs || words.len() > 1 {
            self.restore_numbers(numbers);
        }
        for (name, variable) in before {
            match variable {
                Some(variable) => drop(self.terminal.variables.insert(name, variable)),
                None => drop(self.terminal.variables.remove(&name)),
            }
        }
        let done = done.and_then(|mut output| {
            if braces && output.status != 0 && words.first().is_some_and(|name| name == "aws") {
                output.stderr.push_str(BRACES);
            }
            for (name, grows, items) in if output.status == 0 { arrays } else { Vec::new() } {
                self.fill(&name, grows, items)?;
            }
            let output = self.located(output);
            if execs { Ok(output) } else { self.redirected(name, output, &targets) }
        });
        let output = done.map(|output| self.sent(name, output));
        self.aside.insert_str(0, &said);
        let mut output = output?;
        self.said_before(&mut output);
        Ok(output)
    }

    /// Puts what the commands within words have said in front.
    pub(super) fn said_before(&mut self, output: &mut Output) {
        let aside = core::mem::take(&mut self.aside);
        if !aside.is_empty() {
            let said = Output { sent: self.is_sent(), ..Output::fail(0, aside) };
            *output = self.sent("", said).then(core::mem::take(output));
        }
        if let Some(late) = self.arrived() {
            let sent = output.sent;
            *output = late.then(core::mem::take(output));
            output.sent = sent;
        }
    }

    /// Says something beside the output of a command.
    pub(super) fn say(&mut self, text: String) {
        let said = self.sent("", Output::fail(0, text));
        self.aside.push_str(&said.stdout);
        self.aside.push_str(&said.stderr);
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
        let sets = own.words.first().is_some_and(declares);
        let mut arrays = Vec::new();
        for word in &own.words {
            let more = match word.as_slice() {
                [Part::Array(own)] => {
                    let Assignment { name, grows, value: Value::Several(items), .. } = &**own else { continue };
                    self.terminal.state.changes(name)?;
                    arrays.push((name.clone(), *grows, self.items(items)?));
                    [name.clone()].into()
                }
                _ if sets && assignment(word).is_some() => [self.setting(word)?].into(),
                _ => expand::words(word, self)?,
            };
            braces |= more.len() > 1 && expand::has_braces(word);
            size += more.iter().map(|word| word.len() + 1).sum::<usize>();
            if size > LONGEST {
                return Err("Argument list too long".to_string());
            }
            words.extend(more);
        }
        let mut given = Vec::new();
        for set in &own.assignments {
            match &set.value {
                _ if words.is_empty() => self.assign(set)?,
                Value::One(word) if set.place.is_none() && !set.grows => {
                    self.terminal.state.changes(&set.name)?;
                    given.push((set.name.clone(), expand::text(word, self)?));
                }
                _ => {
                    return Err(format!(
                        "{}: the lab's shell sets no array and no element for one command alone",
                        set.name
                    ));
                }
            }
        }
        Ok(Words { words, given, arrays, braces })
    }

    /// `NAME=value` behind what sets it, of which the value alone is expanded.
    fn setting(&mut self, word: &[Part]) -> Result<String, String> {
        let mut value = word.to_vec();
        let mut name = String::new();
        if let Some(Part::Plain(text)) = value.first_mut()
            && let Some((before, own)) = text.split_once('=')
        {
            (name, *text) = (format!("{before}="), own.to_string());
        }
        Ok(name + &expand::text(&value, self)?)
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
    pub(super) fn trace(&mut self, given: &[(String, String)], words: &[String]) {
        if !self.terminal.state.options.xtrace {
            return;
        }
        let sets = given
            .iter()
            .map(|(name, value)| format!("+ {name}={}\n", if value.is_empty() { String::new() } else { quote(value) }));
        let mut told: String = sets.collect();
        if !words.is_empty() {
            let shown: Vec<String> = words.iter().map(|word| quote(word)).collect();
            told.push_str(&format!("+ {}\n", shown.join(" ")));
        }
        self.say(told);
    }

    /// The same of an array.
    pub(super) fn trace_items(&mut self, name: &str, grows: bool, items: &Items) {
        if !self.terminal.state.options.xtrace {
            return;
        }
        let one = |(place, value): &(Option<String>, String)| match place {
            Some(place) => format!("[{place}]={}", quote(value)),
            None => quote(value),
        };
        let all: Vec<String> = items.iter().map(one).collect();
        self.say(format!("+ {name}{}({})\n", if grows { "+=" } else { "=" }, all.join(" ")));
    }

    /// Runs a function, what the shell has within itself, or a program.
    pub(super) fn answered(&mut self, words: &[String], input: Option<Option<Open>>, targets: &Targets<'_>) -> Output {
        let Some((name, rest)) = words.split_first() else { return Output::default() };
        let function = self.terminal.state.functions.get(name).cloned();
        if function.is_some() || script::reads(self, name) {
            let own = input.map(|own| core::mem::replace(&mut self.stdin, own));
            if ["source", ".", "bash", "sh"].contains(&name.as_str()) {
                let open = self.stdin.clone();
                self.hand(name, rest, open.as_ref());
            }
            let output = self.taken(targets, |shell| match function {
                Some(body) => shell.function(name, rest, &body),
                None => shell.dispatch(name, rest, ""),
            });
            if let Some(before) = own {
                self.stdin = before;
            }
            return output;
        }
        self.stir(rest.iter());
        let (reads, explicit) = (takes(name, rest), input.is_some());
        let names = rest.iter().any(|word| number_of(word) == Some(0));
        let open = input.unwrap_or_else(|| self.stdin.clone().filter(|_| reads || names));
        if let Some(open) = &open
            && reads
            && !open.reads()
        {
            return unread(name, explicit && open.path().is_none());
        }
        let input = open.as_ref().map(|own| self.look(own, ToString::to_string)).unwrap_or_default();
        if let Some(open) = open.as_ref().filter(|_| reads) {
            open.take(input.len());
        }
        self.hand(name, rest, open.as_ref());
        let output = match self.grown(name, rest, (open.as_ref(), &input), targets) {
            (others, told) if !told.is_empty() => {
                let reads = others.iter().any(|word| !word.starts_with('-') || word == "-");
                let output = if reads { self.dispatch(name, &others, &input) } else { Output::default() };
                Output { status: 1, stderr: output.stderr + &told, ..output }
            }
            _ => self.dispatch(name, rest, &input),
        };
        self.terminal.files.handed = Map::new();
        // A line that is over ends with its next command.
        drop(self.worked(output.stdout.len()));
        // Of a file it leaves what it does not show.
        if let Some(open) = open.filter(|own| reads && name == "head" && own.path().is_some()) {
            open.give_back(input.len().saturating_sub(output.stdout.len()));
        }
        self.explained(name, &output);
        output
    }

    /// Lays what is open where a command finds it that names `/dev/stdin` or the path of a number: of a file the whole, of
    /// a pipe what is left, which a program takes.
    fn hand(&mut self, name: &str, words: &[String], stdin: Option<&Open>) {
        self.terminal.files.handed = Map::new();
        for (word, number) in words.iter().filter_map(|word| Some((word, number_of(word)?))) {
            let open = match self.numbers.get(&number) {
                _ if number == 0 => stdin.cloned(),
                Some(Stream::File(open)) => Some(open.clone()),
                _ => continue,
            };
            let path = open.as_ref().and_then(Open::path);
            let text = match (open, path) {
                (_, Some(path)) => self.terminal.files.read(&path).unwrap_or_default().to_string(),
                (Some(open), None) if coreutils::is_builtin(name) && !["source", "."].contains(&name) => {
                    self.look(&open, ToString::to_string)
                }
                (Some(open), None) => self.drained(&open),
                (None, None) => String::new(),
            };
            self.terminal.files.handed.or_insert_with(word.clone(), || text);
        }
    }

    /// The words of `cat` without the files that its output goes to, and what it says of those.
    fn grown(
        &self,
        name: &str,
        words: &[String],
        (open, input): (Option<&Open>, &str),
        targets: &Targets<'_>,
    ) -> (Vec<String>, String) {
        let Some(target) = self.target_file(targets).filter(|_| name == "cat") else { return Default::default() };
        let piped = open.and_then(Open::path).is_some_and(|path| path == target) && !input.is_empty();
        let grows = |word: &&String| match word.as_str() {
            "-" => piped,
            own => !own.starts_with('-') && self.path(own) == target && self.terminal.files.read(&target) != Some(""),
        };
        let own = ["-".to_string()];
        let words = if words.is_empty() && piped { &own } else { words };
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

    /// Sets variables for one command alone, and gives back what they were.
    fn set(&mut self, given: &[(String, String)]) -> Vec<(String, Option<Variable>)> {
        let mut before = Vec::new();
        for (name, value) in given {
            let own = Variable { value: value.clone(), exported: true, array: None };
            before.push((name.clone(), self.terminal.variables.insert(name.clone(), own)));
        }
        before
    }
}

/// What a command costs beside its being one and its words: more where it asks the lab.
fn cost(words: &[String]) -> u32 {
    let asks = words.first().is_some_and(|name| {
        ["aws", "docker", "helm", "sleep", "curl", "wget"].contains(&name.as_str()) || lab_command::is_verb(name)
    });
    u32::from(asks) * 9
}

/// Whether a program reads what nobody has named as its input.
fn takes(name: &str, words: &[String]) -> bool {
    match name {
        "command" => words.split_first().is_some_and(|(name, rest)| takes(name, rest)),
        "timeout" => words.get(1..).and_then(<[String]>::split_first).is_some_and(|(name, rest)| takes(name, rest)),
        "xargs" | "envsubst" => true,
        "docker" if words.iter().any(|word| word == "-f-" || word == "--file=-") => true,
        "aws" | "docker" | "helm" => words.iter().any(|word| word == "-" || word == "--password-stdin"),
        _ => texts::reads(name, words),
    }
}

/// What a program says whose input cannot be read, as one that was closed or one that is only written.
fn unread(name: &str, is_closed: bool) -> Output {
    let more = if is_closed && name == "cat" { format!("cat: closing standard input: {BAD}\n") } else { String::new() };
    Output::fail(1, format!("{name}: -: {BAD}\n{more}"))
}
