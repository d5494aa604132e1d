//! What the process of a container does, as far as its command tells: how long it runs, how it ends, and whether it obeys
//! SIGTERM. All of it is the lab's choice (5.3); it makes batch tasks, init containers and the two ways to stop reproducible
//! with nothing but a task definition.
//!
//! Of a command, or a script after `sh -c`, these are understood: `sleep`, `exit`, `true`, `false`, `echo`, `printf`, `seq`,
//! `date`, `hostname`, `pwd`, `cd`, `trap`, `tail -f`, `test`, `set`, `shift`, scripts within scripts and functions; `>` and `;`,
//! `&&`, `||` between them; `mkdir`, `touch`, `cat` and `rm` of what the script made; `| cat` and `| tee` behind what only
//! writes; `if`, `case`, `for`, `while`, `until`, `break` and `continue`; quotes, variables of the environment and of the
//! script, `$((…))` and `$(…)`. What dash, ash and bash do in different ways goes by the image. Scripts of PowerShell are
//! read likewise. Anything else is an application, so that nothing wrong is said: it serves until it is told to stop, and
//! says what [`super::startup`] has of it. So is a script with more than 1,000 commands, unless its loop has no end.
//! A process 1 that sets no trap does not get SIGTERM's default action, so a shell or `sleep` goes on until SIGKILL.

mod blocks;
mod commands;
mod dialect;
mod files;
mod later;
mod output;
mod powershell;
mod printf;
mod said;
mod scan;
mod script;
mod sums;
mod values;
mod walk;
mod words;

pub use later::Scene;
pub use said::{files, says};
pub use script::{Environment, Setting, writings};

use super::{image, startup};
use crate::sim::SimDuration;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use dialect::Dialect;
use files::Made;
use later::Later;
use output::{Line, Said};
use said::Loop;

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

    /// The program of a container with this entry point and command. An init process passes SIGTERM on.
    pub fn of(entry_point: &[&str], command: &[&str], init: bool, setting: &Setting<'_>) -> Self {
        let words = [entry_point, command].concat();
        if words.is_empty() {
            let ends = image::ends_at_once(setting.image).then_some((SimDuration::ZERO, 0));
            let serves = Self::SERVICE.serves.filter(|_| ends.is_none());
            return Self { ends, on_term: Some(stopped(startup::program_of(setting.image))), serves };
        }
        let ran = run(&words, setting);
        let on_term = match ran.end {
            End::Serves => Some(stopped(&ran.served)),
            End::Runs | End::Ended(_) => init.then_some(TERMINATED),
        };
        let ends = match ran.end {
            End::Ended(code) => Some((ran.lasts, code)),
            End::Serves | End::Runs => None,
        };
        let serves = matches!(ran.end, End::Serves).then_some(ran.lasts);
        Self { ends, on_term: ran.trap.map(|own| own.code).or(on_term), serves }
    }
}

/// Whether a health check's command exits with 0. What the lab does not understand counts as passed.
pub fn passes(words: &[&str], setting: &Setting<'_>) -> bool {
    let mut outer = Ran { is_check: true, ..Ran::new(setting) };
    match run_within(words, setting, &mut outer).end {
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

/// A handler of SIGTERM.
struct Trap {
    /// The exit code of its process.
    code: u8,
    said: Vec<Said>,
}

struct Ran {
    lasts: SimDuration,
    end: End,
    /// What its handler of SIGTERM does.
    trap: Option<Trap>,
    said: Vec<Said>,
    /// Lines before this place are not gone on with.
    floor: usize,
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
    /// What it made of paths.
    files: Vec<(String, Made)>,
    /// Whether a handler of SIGTERM is set.
    trap_waits: bool,
    /// After how long of its container it is told to stop.
    told: Option<SimDuration>,
    /// Where it is.
    directory: String,
    /// Of which kind the tools of its image are.
    dialect: Dialect,
    /// Whether `echo` is that of dash.
    is_dash: bool,
    /// Whether it looks at what another command made.
    is_check: bool,
}

impl Ran {
    fn new(setting: &Setting<'_>) -> Self {
        Self {
            lasts: SimDuration::ZERO,
            end: End::Ended(0),
            trap: None,
            said: Vec::new(),
            floor: 0,
            again: None,
            depth: 0,
            steps: 0,
            began: SimDuration::ZERO,
            is_round: false,
            later: Later::default(),
            served: String::new(),
            files: Vec::new(),
            trap_waits: false,
            told: None,
            directory: setting.folder().into(),
            dialect: Dialect::of("sh", setting.image),
            is_dash: false,
            is_check: false,
        }
    }

    /// A program starts.
    fn starts(&mut self, program: &str) {
        self.push(Said { at: self.lasts, line: Line::Starts(program.into()), is_error: false, open: false });
    }

    /// The sign for the moment, as `date` shows it with these words behind it; none for what is not understood.
    fn date(&mut self, words: &[&str], is_parted: bool) -> Option<char> {
        let after = (!self.is_round).then(|| self.began + self.lasts);
        self.later.moment(after, later::format(words)?, is_parted)
    }
}

fn run(words: &[&str], setting: &Setting<'_>) -> Ran {
    run_within(words, setting, &mut Ran::new(setting))
}

/// Runs a command within another one, of which it takes over what it knows.
fn run_within(words: &[&str], setting: &Setting<'_>, outer: &mut Ran) -> Ran {
    let name = |word: &str| String::from(word.rsplit('/').next().unwrap_or_default());
    let mut ran = Ran {
        depth: outer.depth + 1,
        steps: outer.steps,
        began: outer.began + outer.lasts,
        later: core::mem::take(&mut outer.later),
        files: core::mem::take(&mut outer.files),
        directory: outer.directory.clone(),
        is_check: outer.is_check,
        told: outer.told,
        ..Ran::new(setting)
    };
    let translated;
    let script = match words {
        [shell, flag, script, arguments @ ..]
            if is_shell(&name(shell)) && flag.starts_with('-') && flag.ends_with('c') =>
        {
            Some((*shell, *script, arguments, *flag))
        }
        [shell] if is_shell(&name(shell)) => Some((*shell, "", &[][..], "")),
        [shell, flag, script @ ..] if powershell::is_powershell(&name(shell)) && is_command(flag) => {
            translated = powershell::translated(&script.join(" "));
            translated.as_deref().map(|script| ("powershell", script, &[][..], ""))
        }
        _ => None,
    };
    match script {
        Some((shell, script, arguments, flags)) => {
            let (own, arguments) = arguments.split_first().map_or((shell, arguments), |(own, rest)| (*own, rest));
            walk::script(script, (own, arguments), setting, (&name(shell), flags), &mut ran);
        }
        None => {
            ran.steps += 1;
            if let Some(status) = simple(words, 0, setting, &mut ran) {
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
fn simple(command: &[&str], status: u8, setting: &Setting<'_>, ran: &mut Ran) -> Option<u8> {
    // Many images have an entry point that runs what stands behind it.
    let passes_on = |word: &&&str| **word == "exec" || command.len() > 1 && word.ends_with("docker-entrypoint.sh");
    let own = command.get(command.iter().take_while(passes_on).count()..).unwrap_or_default();
    let Some((first, rest)) = own.split_first() else { return Some(status) };
    let argument = rest.first().copied().unwrap_or_default();
    let written = match first.rsplit('/').next().unwrap_or_default() {
        "true" | ":" => return Some(0),
        "false" => return Some(1),
        "echo" => printf::echoed(rest, ran.is_dash),
        "printf" => match printf::printed(rest, ran.dialect == Dialect::Ash) {
            Some(text) => text,
            None => return serves("printf", ran),
        },
        "date" => match ran.date(rest, false) {
            Some(sign) => format!("{sign}\n"),
            None => return ended(ran, End::Serves),
        },
        "hostname" if rest.is_empty() => format!("{}\n", later::HOST),
        "uname" if rest == ["-n"] => format!("{}\n", later::HOST),
        "pwd" if rest.is_empty() => format!("{}\n", ran.directory),
        "seq" => match sums::sequence(rest, MOST_STEPS as usize + 1).filter(|all| all.len() <= MOST_STEPS as usize) {
            Some(all) => all.iter().map(|own| format!("{own}\n")).collect(),
            None => return serves("seq", ran),
        },
        name @ ("cat" | "rm" | "touch" | "mkdir") => {
            let done = ran.of_files(name, rest);
            return if done.is_some() { done } else { serves(name, ran) };
        }
        "sleep" if argument == "infinity" => return ended(ran, End::Runs),
        "sleep" => match seconds(argument) {
            Some(span) if ran.told.is_some_and(|told| ran.trap_waits && told < ran.began + ran.lasts + span) => {
                return ended(ran, End::Runs);
            }
            Some(span) => {
                ran.lasts = ran.lasts + span;
                return Some(0);
            }
            None => return Some(1),
        },
        "exit" => {
            let code = argument.parse().unwrap_or(status);
            return ended(ran, End::Ended(code));
        }
        "tail" => return ended(ran, End::Runs),
        name if is_shell(name) && argument.starts_with('-') && argument.ends_with('c') => {
            return within(own, setting, ran);
        }
        name => return serves(name, ran),
    };
    ran.write(&written, false);
    Some(0)
}

/// An application, which serves.
fn serves(name: &str, ran: &mut Ran) -> Option<u8> {
    ran.starts(name);
    ran.served = name.into();
    ended(ran, End::Serves)
}

/// A script within a script.
fn within(command: &[&str], setting: &Setting<'_>, ran: &mut Ran) -> Option<u8> {
    if ran.depth >= DEEPEST {
        return ended(ran, End::Serves);
    }
    let inner = run_within(command, setting, ran);
    (ran.steps, ran.later, ran.files, ran.served) = (inner.steps, inner.later, inner.files, inner.served);
    let before = ran.lasts;
    inner.said.into_iter().for_each(|own| ran.push(Said { at: before + own.at, ..own }));
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
