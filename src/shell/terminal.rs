//! A prompt with its state: what was set, written and said so far. It acts on the lab through its door alone.

use super::about::SYSTEM;
use super::arrays::Elements;
use super::ask::{self, Waiting};
use super::aws::{Asked, Generation};
use super::descriptors::Descriptors;
use super::docker::Docker;
use super::exec::Shell;
use super::files::Files;
use super::history;
use super::inside::{self, Inside};
use super::language::goes_on;
use super::learn;
use super::limits::INTERRUPTED;
use super::state::State;
use super::visit::{self, Disk, Visit};
use crate::event::Ec2Id;
use crate::lab::{Lab, Start};
use crate::sim::sorted::Map;
use alloc::boxed::Box;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub use super::output::Output;

/// The longest line, paste, variable, file or output, in bytes.
pub const LONGEST: usize = 1024 * 1024;

/// As much as one line may do: a command is one, what asks the lab or lets its time pass is ten, and so is what goes
/// through ten times [`COMMAND_BYTES`].
pub const MOST_COMMANDS: u32 = 10_000;

/// The bytes of text whose reading or making costs as much as a command.
pub const COMMAND_BYTES: usize = 4096;

/// As many lines of a paste as are run one by one.
const MOST_PASTED: u32 = 1000;

/// As many lines as the history keeps.
pub(super) const MOST_LINES: usize = 1000;

/// Files that are there at the start: something to build, and something to register.
const STARTER: &[(&str, &str)] = &[
    ("demo/Dockerfile", include_str!("starter/Dockerfile")),
    ("demo/index.html", include_str!("starter/index.html")),
    ("taskdef.json", include_str!("starter/taskdef.json")),
];

/// Where a learner is at home.
pub const HOME: &str = "/home/ec2-user";

/// A variable of the shell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variable {
    /// Its value.
    pub value: String,
    /// Whether programs see it.
    pub exported: bool,
    /// What it holds as an array; its value is empty then.
    pub(super) array: Option<Rc<Elements>>,
}

/// A prompt: variables, files, history, and which AWS CLI is installed.
#[derive(Clone)]
pub struct Terminal {
    pub(super) generation: Generation,
    pub(super) variables: Map<String, Variable>,
    pub(super) state: State,
    pub(super) files: Files,
    pub(super) directory: String,
    pub(super) history: Vec<String>,
    pub(super) status: u8,
    pub(super) docker: Docker,
    /// How many numbers were drawn here.
    pub(super) drawn: u32,
    /// Requests that went out.
    pub(super) requests: u64,
    /// Copies of the lab by their names, and the name of the one in use.
    pub(super) forks: Map<String, Lab>,
    pub(super) fork: String,
    /// By Regions, the name of the one that was left there last.
    pub(super) left: Map<String, String>,
    /// The instance that the prompt is on, and the disks of those that it was on.
    pub(super) visit: Option<Visit>,
    pub(super) disks: Map<Ec2Id, Disk>,
    /// The container that the prompt is in, and the files of those that it was in, by their ids.
    pub(super) inside: Option<Inside>,
    pub(super) layers: Map<String, Files>,
    /// The questions of a command that the next lines answer.
    pub(super) asked: Option<Asked>,
    /// The line that waits for an answer.
    pub(super) waiting: Option<Box<Waiting>>,
    /// Whether the last line was given up: the rest of a paste goes with it, as with Ctrl+C.
    pub(super) given_up: bool,
    /// What was typed of a command that goes on in the next line.
    begun: Option<String>,
    /// What `exec` has left open, by the hosts and containers on which it did.
    descriptors: Map<String, Descriptors>,
}

impl Terminal {
    /// A prompt at which nothing was typed yet, with one generation of the AWS CLI.
    pub fn new(generation: Generation) -> Self {
        let mut terminal = Self {
            generation,
            variables: Map::new(),
            state: State::default(),
            files: Files::at(Start::default().time),
            directory: HOME.to_string(),
            history: Vec::new(),
            status: 0,
            docker: Docker::default(),
            drawn: 0,
            requests: 0,
            forks: Map::new(),
            fork: "main".to_string(),
            left: Map::new(),
            visit: None,
            disks: Map::new(),
            inside: None,
            layers: Map::new(),
            asked: None,
            waiting: None,
            given_up: false,
            begun: None,
            descriptors: Map::new(),
        };
        for (name, value) in [("HOME", HOME), ("USER", "ec2-user"), ("AWS_PAGER", ""), ("SHELL", "/bin/bash")] {
            terminal
                .variables
                .insert(name.to_string(), Variable { value: value.to_string(), exported: true, array: None });
        }
        for directory in [HOME, "/tmp", "/etc"] {
            terminal.files.make(directory);
        }
        terminal.files.make(&format!("{HOME}/.aws"));
        // It is small.
        let _ = terminal.files.write(SYSTEM.0, SYSTEM.1.to_string());
        for (path, text) in STARTER {
            // A few small files fit.
            terminal.files.make(&format!("{HOME}/demo"));
            let _ = terminal.files.write(&format!("{HOME}/{path}"), (*text).to_string());
        }
        let config = "[default]\nregion = us-east-1\noutput = json\n";
        let credentials = "[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n";
        for (name, text) in [("config", config), ("credentials", credentials)] {
            // The directory is there, and two small files fit.
            let _ = terminal.files.write(&format!("{HOME}/.aws/{name}"), text.to_string());
        }
        terminal
    }

    /// The same for a lab: the profile `default` has the lab's Region.
    pub fn of(lab: &Lab, generation: Generation) -> Self {
        let mut terminal = Self::new(generation);
        let config = format!("[default]\nregion = {}\noutput = json\n", lab.start().region);
        let _ = terminal.files.write(&format!("{HOME}/.aws/config"), config);
        terminal
    }

    /// Runs a line, or several that were pasted. Where a here-document is still open, or the line ends in `\`, the next
    /// lines belong to it.
    pub fn run(&mut self, lab: &mut Lab, line: &str) -> Output {
        let whole = self.begun.take().map(|before| format!("{before}\n{line}"));
        let line = whole.as_deref().unwrap_or(line);
        if line.len() > LONGEST {
            let stderr = format!("bash: a line of {} KiB is longer than the lab's shell takes\n", line.len() / 1024);
            self.status = 2;
            return Output::fail(2, stderr);
        }
        let mut output = Output::default();
        let (mut rest, mut count) = (line, 0);
        // What is typed behind a line that asks is the answer, as on every terminal.
        while self.is_asking() || ask::may_take_lines(rest) {
            self.given_up = false;
            let more = if let Some(asked) = self.asked.take() {
                let (first, more) = rest.split_once('\n').map_or((rest, None), |(first, more)| (first, Some(more)));
                self.asked = asked.answered(&mut Shell::new(self, lab), first);
                more
            } else if self.waiting.is_some() {
                let (own, more) = self.answered(lab, rest);
                output.append(own);
                more
            } else {
                let (first, Some(more)) = ask::first(rest) else { break };
                output.append(self.one(lab, first));
                count += 1;
                Some(more)
            };
            match more {
                Some(more) if count <= MOST_PASTED && !self.given_up => rest = more,
                _ => return output,
            }
        }
        if goes_on(rest) {
            self.begun = Some(rest.to_string());
            return output;
        }
        output.append(self.one(lab, rest));
        output
    }

    /// Gives the open questions up, as Ctrl+C does.
    pub fn interrupt(&mut self) {
        self.status = INTERRUPTED;
        (self.waiting, self.asked, self.begun) = (None, None, None);
    }

    /// What the next line answers, which may be nothing that is worded; none where it is a command.
    pub fn asks(&self) -> Option<&str> {
        let asked = self.asked.as_ref().map(Asked::question);
        self.question().map(|own| own.text.as_str()).or(asked)
    }

    /// Whether the next line belongs to a command that was begun.
    pub fn goes_on(&self) -> bool {
        self.begun.is_some()
    }

    /// Whether the next line is an answer.
    fn is_asking(&self) -> bool {
        self.asked.is_some() || self.waiting.is_some()
    }

    /// Runs lines that the shell reads as a whole.
    fn one(&mut self, lab: &mut Lab, line: &str) -> Output {
        let (line, told) = match history::recalled(line, &self.history) {
            None => (line.to_string(), String::new()),
            // bash prints what it makes of the line.
            Some(Ok(line)) => (line.clone(), format!("{line}\n")),
            Some(Err(why)) => return Output::fail(1, why),
        };
        let line: String = line.chars().filter(|sign| !sign.is_control() || "\n\t\r".contains(*sign)).collect();
        self.remember(&line);
        let lost = inside::lost(self, lab);
        let lost = lost.or_else(|| if self.inside.is_none() { visit::lost(self, lab) } else { None });
        let output = lost.unwrap_or_else(|| {
            let is_heard = inside::typed(self, &line);
            let output = self.perform(lab, &line);
            if is_heard {
                inside::printed(self, &output);
            }
            output
        });
        let mut output = Output::print(told).then(output);
        if output.status != 0 && output.learn.is_none() {
            output.learn =
                learn::of_message("shell", &output.stderr).filter(|_| !output.stderr.is_empty()).map(Box::new);
        }
        self.status = output.status;
        output
    }

    /// The lines that were run, oldest first.
    pub fn history(&self) -> &[String] {
        &self.history
    }

    /// Which AWS CLI is installed.
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// Installs another AWS CLI; everything else stays.
    pub fn install(&mut self, generation: Generation) {
        self.generation = generation;
    }

    /// The text of a file, for the page's editor.
    pub fn file(&self, path: &str) -> Option<&str> {
        self.files.read(&super::files::absolute(&self.directory, path))
    }

    /// Writes a file, as the page's editor and its file picker do.
    ///
    /// # Errors
    /// Why it cannot be written.
    pub fn write(&mut self, path: &str, text: String) -> Result<(), &'static str> {
        let path = super::files::absolute(&self.directory, path);
        // A line that waits runs again, with the file.
        if let Some(waiting) = &mut self.waiting {
            waiting.write(&path, text.clone())?;
        }
        self.files.write(&path, text)
    }

    /// Where the prompt stands.
    pub fn directory(&self) -> &str {
        &self.directory
    }

    /// The prompt: where it stands and its sign; in a container that of root; the question that waits for an answer.
    pub fn prompt(&self) -> String {
        if self.goes_on() {
            return ">".to_string();
        }
        if let Some(question) = self.question() {
            return if question.text.is_empty() { "read:".to_string() } else { question.text.clone() };
        }
        match (&self.asked, &self.inside) {
            (Some(asked), _) => asked.question().to_string(),
            (None, Some(inside)) => inside.prompt(&self.directory),
            (None, None) => format!("{} $", self.place()),
        }
    }

    /// Whether the prompt is somewhere that `exit` leaves.
    pub fn is_away(&self) -> bool {
        self.inside.is_some() || self.visit.is_some()
    }

    /// The host and the container at whose prompt it stands.
    fn whereabouts(&self) -> String {
        let host = self.visit.as_ref().map_or("", Visit::host);
        self.inside.as_ref().map_or_else(|| host.to_string(), |own| format!("{host}/{}", own.container().id))
    }

    /// Takes what is open at this prompt, for a line.
    pub(super) fn take_descriptors(&mut self) -> (String, Descriptors) {
        let place = self.whereabouts();
        let own = self.descriptors.remove(&place).unwrap_or_default();
        (place, own)
    }

    /// Gives back what the line has left open; what a host or a container had open that it has left, is closed.
    pub(super) fn give_descriptors(&mut self, place: String, own: Descriptors) {
        if self.whereabouts().starts_with(&place) {
            self.descriptors.insert(place, own);
        }
    }

    /// The working directory, on an instance with the host's name.
    fn place(&self) -> String {
        let directory = match self.directory.strip_prefix(HOME) {
            Some(rest) => format!("~{rest}"),
            None => self.directory.clone(),
        };
        match &self.visit {
            Some(visit) => visit.place(&directory),
            None => directory,
        }
    }

    fn remember(&mut self, line: &str) {
        let line = line.trim_end();
        if line.trim_start().is_empty() {
            return;
        }
        self.history.push(line.to_string());
        if self.history.len() > MOST_LINES {
            self.history.remove(0);
        }
    }
}
