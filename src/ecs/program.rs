//! What the process of a container does, as far as its command tells: how long it runs, how it ends, and whether it obeys
//! SIGTERM. All of it is the lab's choice (5.3); it makes batch tasks, init containers and the two ways to stop reproducible
//! with nothing but a task definition.
//!
//! Of a command, or a script after `sh -c`, these are understood: `sleep`, `exit`, `true`, `false`, `echo`, `trap … TERM`,
//! `tail -f`, `date`, `hostname`, `test`, `set -e`, scripts within scripts, `>` and `;`, `&&`, `||` between them; `cat` and
//! `rm` of files that it wrote; `| cat` and `| tee` behind what only writes; `if`, `case`, `for`, `while`, `until`, `break`
//! and `continue`; variables of the environment and of the script, `$((…))`, `$(seq …)`, `$(hostname)`, `$(date …)` and
//! `$(cat …)`. Scripts of PowerShell are read likewise. Anything else is an application, so that nothing wrong is said: it
//! serves until it is told to stop, and says what [`super::startup`] has of it. So is a script with more than 1,000
//! commands, unless its loop has no end.
//! A process 1 that sets no trap does not get SIGTERM's default action, so a shell or `sleep` goes on until SIGKILL.

mod blocks;
mod expand;
mod files;
mod later;
mod powershell;
mod said;
mod script;
mod sums;
mod walk;

pub use later::Scene;
pub use said::{files, says};
pub use script::{Environment, writings};

use super::{image, startup};
use crate::sim::SimDuration;
use alloc::string::String;
use alloc::vec::Vec;
use later::Later;
use said::{Line, Loop};

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    /// After how long it ends by itself, and with which exit code.
    pub ends: Option<(SimDuration, u8)>,
    /// The exit code with which it obeys SIGTERM; none when it goes on.
    pub on_term: Option<u8>,
    /// After how long it listens; none when it is no application.
    pub serves: Option<SimDuration>,
}

/// 128 + 15: ended by SIGTERM.
const TERMINATED: u8 = 143;

/// The exit code of an application that is told to stop: the servers of well-known images clean up and end well, whether
/// their image asks for SIGTERM or for another signal (SP-01).
fn stopped(program: &str) -> u8 {
    if startup::speaks(program) { 0 } else { TERMINATED }
}

impl Program {
    /// Runs until it is told to stop, and obeys.
    pub const SERVICE: Self = Self { ends: None, on_term: Some(TERMINATED), serves: Some(SimDuration::ZERO) };

    /// Whether it runs until it is told to stop, and then ends as an application does.
    pub fn is_plain(&self) -> bool {
        self.ends.is_none() && matches!(self.on_term, Some(0 | TERMINATED))
    }

    /// The program of an image with this entry point, command and environment. An init process passes SIGTERM on.
    pub fn of(named: &str, entry_point: &[&str], command: &[&str], init: bool, environment: Environment<'_>) -> Self {
        let words = [entry_point, command].concat();
        if words.is_empty() {
            let ends = image::ends_at_once(named).then_some((SimDuration::ZERO, 0));
            let serves = Self::SERVICE.serves.filter(|_| ends.is_none());
            return Self { ends, on_term: Some(stopped(startup::program_of(named))), serves };
        }
        let ran = run(&words, environment);
        let on_term = match ran.end {
            End::Serves => Some(stopped(&ran.served)),
            End::Runs | End::Ended(_) => init.then_some(TERMINATED),
        };
        let ends = match ran.end {
            End::Ended(code) => Some((ran.lasts, code)),
            End::Serves | End::Runs => None,
        };
        let serves = matches!(ran.end, End::Serves).then_some(ran.lasts);
        Self { ends, on_term: ran.trap.or(on_term), serves }
    }
}

/// Whether a health check's command exits with 0. What the lab does not understand counts as passed.
pub fn passes(words: &[&str]) -> bool {
    match run(words, &[]).end {
        End::Ended(code) => code == 0,
        End::Serves => true,
        End::Runs => false,
    }
}

/// As deep as scripts may be within scripts.
const DEEPEST: u8 = 8;

/// As many commands as are looked at: what has more is an application.
const MOST_STEPS: u32 = 1000;

/// Where a command leads.
enum End {
    /// With an exit code.
    Ended(u8),
    /// It is an application.
    Serves,
    /// It sleeps or loops for ever.
    Runs,
}

struct Ran {
    lasts: SimDuration,
    end: End,
    /// The exit code of the handler of SIGTERM.
    trap: Option<u8>,
    said: Vec<(SimDuration, Line)>,
    /// The loop that it comes to.
    again: Option<Loop>,
    /// How deep the script is within others.
    depth: u8,
    /// How many commands were looked at, those of scripts within included.
    steps: u32,
    /// After how long of its container it began.
    began: SimDuration,
    /// Whether it is in a loop whose rounds are all alike.
    is_round: bool,
    later: Later,
    /// The application that it came to.
    served: String,
    /// The files that it wrote, and those that it removed.
    files: Vec<(String, Option<String>)>,
}

impl Ran {
    fn new() -> Self {
        Self {
            lasts: SimDuration::ZERO,
            end: End::Ended(0),
            trap: None,
            said: Vec::new(),
            again: None,
            depth: 0,
            steps: 0,
            began: SimDuration::ZERO,
            is_round: false,
            later: Later::default(),
            served: String::new(),
            files: Vec::new(),
        }
    }

    fn say(&mut self, text: String) {
        self.said.push((self.lasts, Line::Text(text)));
    }

    /// The sign for the moment, as `date` shows it with these words behind it; none for what is not understood.
    fn date(&mut self, words: &[&str], is_parted: bool) -> Option<char> {
        let after = (!self.is_round).then(|| self.began + self.lasts);
        self.later.moment(after, later::format(words)?, is_parted)
    }
}

fn run(words: &[&str], environment: Environment<'_>) -> Ran {
    run_within(words, environment, &mut Ran::new())
}

/// Runs a command within another one, of which it takes over what it knows.
fn run_within(words: &[&str], environment: Environment<'_>, outer: &mut Ran) -> Ran {
    let name = |word: &str| String::from(word.rsplit('/').next().unwrap_or_default());
    let mut ran = Ran {
        depth: outer.depth + 1,
        steps: outer.steps,
        began: outer.began + outer.lasts,
        later: core::mem::take(&mut outer.later),
        files: core::mem::take(&mut outer.files),
        ..Ran::new()
    };
    let script = match words {
        [shell, flag, script, arguments @ ..]
            if is_shell(&name(shell)) && flag.starts_with('-') && flag.ends_with('c') =>
        {
            Some((name(shell), String::from(*script), arguments, flag.contains('e')))
        }
        [shell] if is_shell(&name(shell)) => Some((name(shell), String::new(), &[][..], false)),
        [shell, flag, script @ ..] if powershell::is_powershell(&name(shell)) && is_command(flag) => {
            powershell::translated(&script.join(" ")).map(|script| (name(shell), script, &[][..], false))
        }
        _ => None,
    };
    match script {
        Some((shell, script, arguments, is_strict)) => {
            let (own, arguments) =
                arguments.split_first().map_or((shell.as_str(), arguments), |(own, rest)| (*own, rest));
            let shell = walk::Shell { is_bash: shell == "bash", is_strict };
            walk::script(&script, (own, arguments), environment, shell, &mut ran);
        }
        None => {
            ran.steps += 1;
            if let Some(status) = simple(words, 0, environment, &mut ran) {
                ran.end = End::Ended(status);
            }
        }
    }
    ran
}

/// The flag of PowerShell behind which a script stands.
fn is_command(flag: &str) -> bool {
    ["-command", "-c"].iter().any(|own| flag.eq_ignore_ascii_case(own))
}

fn is_shell(name: &str) -> bool {
    ["sh", "bash", "ash", "dash"].contains(&name)
}

/// The status of one simple command, or none when nothing after it runs.
fn simple(command: &[&str], status: u8, environment: Environment<'_>, ran: &mut Ran) -> Option<u8> {
    // Many images have an entry point that runs what stands behind it.
    let passes_on = |word: &&&str| **word == "exec" || command.len() > 1 && word.ends_with("docker-entrypoint.sh");
    let own = command.get(command.iter().take_while(passes_on).count()..).unwrap_or_default();
    let Some((first, rest)) = own.split_first() else { return Some(status) };
    let argument = rest.first().copied().unwrap_or_default();
    match first.rsplit('/').next().unwrap_or_default() {
        "true" | ":" | "set" | "export" | "cd" | "mkdir" => Some(0),
        "false" => Some(1),
        name @ ("echo" | "printf") => {
            let text = if name == "echo" { said::echoed(rest) } else { said::printed(rest) };
            text.split('\n').for_each(|line| ran.say(line.into()));
            Some(0)
        }
        "date" => match ran.date(rest, false) {
            Some(sign) => {
                ran.say(sign.into());
                Some(0)
            }
            None => ended(ran, End::Serves),
        },
        "hostname" if rest.is_empty() => {
            ran.say(later::HOST.into());
            Some(0)
        }
        name @ ("cat" | "rm" | "touch") => match ran.of_files(name, rest) {
            Some(status) => Some(status),
            None => serves(name, ran),
        },
        "sleep" if argument == "infinity" => ended(ran, End::Runs),
        "sleep" => match seconds(argument) {
            Some(span) => {
                ran.lasts = ran.lasts + span;
                Some(0)
            }
            None => Some(1),
        },
        "trap" => {
            if rest.iter().skip(1).any(|signal| matches!(*signal, "TERM" | "SIGTERM" | "15")) && !argument.is_empty() {
                let exit = argument.split_once("exit").and_then(|(_, code)| code.trim().parse().ok());
                ran.trap = Some(exit.unwrap_or(0));
            }
            Some(0)
        }
        "exit" => {
            let code = argument.parse().unwrap_or(status);
            ended(ran, End::Ended(code))
        }
        "tail" => ended(ran, End::Runs),
        name if is_shell(name) && argument.starts_with('-') && argument.ends_with('c') => within(own, environment, ran),
        name => serves(name, ran),
    }
}

/// An application, which serves.
fn serves(name: &str, ran: &mut Ran) -> Option<u8> {
    ran.said.push((ran.lasts, Line::Starts(name.into())));
    ran.served = name.into();
    ended(ran, End::Serves)
}

/// A script within a script.
fn within(command: &[&str], environment: Environment<'_>, ran: &mut Ran) -> Option<u8> {
    if ran.depth >= DEEPEST {
        return ended(ran, End::Serves);
    }
    let inner = run_within(command, environment, ran);
    (ran.steps, ran.later, ran.files, ran.served) = (inner.steps, inner.later, inner.files, inner.served);
    let before = ran.lasts;
    ran.said.extend(inner.said.into_iter().map(|(after, line)| (before + after, line)));
    ran.lasts = before + inner.lasts;
    ran.again = inner.again;
    match inner.end {
        End::Ended(code) => Some(code),
        end => ended(ran, end),
    }
}

fn ended(ran: &mut Ran, end: End) -> Option<u8> {
    ran.end = end;
    None
}

/// `30`, `0.5`, `5m`.
fn seconds(text: &str) -> Option<SimDuration> {
    let (number, unit) = match text.strip_suffix(['s', 'm', 'h', 'd']) {
        Some(number) => (number, text.chars().last()),
        None => (text, None),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.parse::<u32>().ok().map(i64::from);
    let tenths = part.get(..1).map_or(Some(0), digits)?;
    let unit = match unit {
        Some('m') => 60,
        Some('h') => 3600,
        Some('d') => 86_400,
        _ => 1,
    };
    Some(SimDuration::from_millis((digits(whole)? * 1000 + tenths * 100).saturating_mul(unit)))
}

#[cfg(test)]
mod tests;
