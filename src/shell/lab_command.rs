//! `lab`: what AWS has no call for, and the past.

use super::aws::{configure, lab_call};
use super::exec::Shell;
use super::line::kebab;
use super::terminal::Output;
use crate::aws::arn::has_region;
use crate::aws::model;
use crate::lab::{Lab, Start};
use crate::sim::SimDuration;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The verbs that are no operation.
const OWN: [&str; 9] = ["advance", "fork", "help", "hint", "next", "redo", "region", "switch", "undo"];
const HELP: &str = "Each of these goes without the word lab too, as in: advance 5m
lab advance SPAN     let simulated time pass, as 90s, 5m, 1h30m or 2d
lab next             say what happens next by itself, and when
lab undo [N]         take the last commands back
lab redo [N]         do undone commands again
lab fork NAME        keep a copy of the lab under a name
lab switch NAME      go on in a copy; the lab you leave is kept as \"main\" or by its name
lab region [REGION]  go to a lab in another Region, empty at first; the AWS CLI calls there then
lab hint             say where to look next
lab OPERATION …      change what AWS has no call for; lab OPERATION help lists its options:
";

/// Runs a command of the lab.
pub(super) fn run(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let Some((verb, rest)) = words.split_first() else { return Output::print(help()) };
    match verb.as_str() {
        "help" | "--help" => Output::print(help()),
        own if OWN.contains(&own) && matches!(rest, [word] if word == "help" || word == "--help") => {
            Output::print(help_on(own))
        }
        "advance" => advance(shell, rest),
        "next" => next(shell),
        "undo" | "redo" => again(shell, verb == "undo", rest),
        "fork" | "switch" => fork(shell, verb == "fork", rest),
        "region" => region(shell, rest),
        "hint" => hint(shell),
        other => match operations().into_iter().find(|name| kebab(name) == *other) {
            Some(name) => match rest {
                [word] if word == "--help" => lab_call(shell, name, &["help".to_string()]),
                _ => lab_call(shell, name, rest),
            },
            None => unknown(other),
        },
    }
}

/// Whether a word is one of the lab's own, which go without `lab` in front.
pub(super) fn is_verb(word: &str) -> bool {
    verbs().iter().any(|own| own == word)
}

/// The verbs, for completion.
pub(super) fn verbs() -> Vec<String> {
    OWN.iter().map(ToString::to_string).chain(operations().into_iter().map(kebab)).collect()
}

fn operations() -> Vec<&'static str> {
    model::operations("lab").map(|operation| operation.name).collect()
}

/// What `lab help` prints: the commands that are the lab's own.
pub fn help() -> String {
    let list: String = operations().into_iter().map(|name| format!("  lab {}\n", kebab(name))).collect();
    format!("{HELP}{list}")
}

/// The line of the help that is about one verb.
fn help_on(verb: &str) -> String {
    let about = |line: &&str| line.split(' ').nth(1) == Some(verb);
    HELP.lines().filter(about).map(|line| format!("{line}\n")).collect()
}

fn unknown(word: &str) -> Output {
    let verbs = verbs();
    let names: Vec<&str> = verbs.iter().map(String::as_str).collect();
    let near = super::near::close_matches(word, &names, 0.6);
    let meant = near.first().map_or(String::new(), |near| format!(" Maybe you meant: lab {near}"));
    Output::fail(2, format!("lab: there is no command {word}.{meant}\n"))
}

fn advance(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let [word] = words else { return Output::fail(2, "lab: advance takes a span, such as 5m\n") };
    match SimDuration::parse(word) {
        Ok(span) => {
            shell.lab.set_apart();
            let over = shell.pass(span);
            shell.lab.set_apart();
            over.unwrap_or_else(|| Output::print(format!("{}\n", shell.lab.now())))
        }
        Err(_) => Output::fail(2, "lab: advance takes a span such as 90s, 5m, 1h30m or 2d, at most 30d in one line\n"),
    }
}

fn next(shell: &Shell<'_>) -> Output {
    Output::print(match shell.lab.next_deadline() {
        Some(next) => format!("{} {}\n", next.at, next.why),
        None => "Nothing is on its way.\n".to_string(),
    })
}

fn again(shell: &mut Shell<'_>, back: bool, words: &[String]) -> Output {
    let count = match words {
        [] => Some(1),
        [word] => word.parse::<u32>().ok(),
        _ => None,
    };
    let Some(count) = count else { return Output::fail(2, "lab: undo and redo take a number of commands\n") };
    let (now, length) = (shell.lab.revision(), shell.lab.len());
    let wish = if back { now.saturating_sub(count) } else { now.saturating_add(count).min(length) };
    if wish == now {
        let what = if back { "undo" } else { "redo" };
        return Output::fail(1, format!("lab: there is nothing to {what}\n"));
    }
    shell.lab.seek(wish);
    Output::print(format!("{wish} of {length} commands, {}\n", shell.lab.now()))
}

fn fork(shell: &mut Shell<'_>, keeps: bool, words: &[String]) -> Output {
    let [name] = words else { return Output::fail(2, "lab: fork and switch take a name\n") };
    if keeps {
        if *name == shell.terminal.fork {
            return Output::fail(1, format!("lab: {name} is the copy in use; a fork of it takes another name\n"));
        }
        shell.terminal.forks.insert(name.clone(), shell.lab.fork());
        return Output::default();
    }
    let Some(other) = shell.terminal.forks.remove(name) else {
        let names: Vec<&str> = shell.terminal.forks.keys().map(String::as_str).collect();
        let known = match names.is_empty() {
            true => "lab fork NAME keeps one".to_string(),
            false => format!("there are: {}", names.join(", ")),
        };
        return Output::fail(1, format!("lab: there is no copy {name}; {known}\n"));
    };
    shell.terminal.go(shell.lab, name, other);
    Output::default()
}

/// A lab holds one Region: another one is another lab, at the same hour, to which the default profile leads from then on.
fn region(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let home = shell.lab.start().region.clone();
    let name = match words {
        [] => return Output::print(format!("{home}\n")),
        [name] => name,
        _ => return Output::fail(2, "lab: region takes the name of one Region\n"),
    };
    if !has_region(name) {
        return Output::fail(1, format!("lab: AWS has no Region {name}\n"));
    }
    let back = if *name == home { String::new() } else { format!(" lab region {home} leads back.") };
    if *name != home {
        let terminal = &mut *shell.terminal;
        let key = terminal.copy_in(name).map_or_else(|| terminal.new_copy(name), |(key, _)| key.to_string());
        let start = Start { region: name.clone(), time: shell.lab.now(), ..shell.lab.start().clone() };
        let other = terminal.forks.remove(&key);
        terminal.go(shell.lab, &key, other.unwrap_or_else(|| Lab::new(start)));
    }
    configure(shell, "default", "region", name);
    let still = match shell.environment("AWS_REGION").or_else(|| shell.environment("AWS_DEFAULT_REGION")) {
        Some(own) if own != name => format!("; AWS_REGION or AWS_DEFAULT_REGION still says {own}"),
        _ => String::new(),
    };
    Output::print(format!("This lab is in {name}, and so is the default profile{still}.{back}\n"))
}

/// What is missing on the way to a running task, in the order in which it is needed.
fn hint(shell: &Shell<'_>) -> Output {
    let ecs = shell.lab.world().ecs();
    let Some(cluster) = ecs.clusters().next() else {
        return Output::print("There is no cluster yet: aws ecs create-cluster --cluster-name demo\n");
    };
    let name = cluster.name.as_str();
    if ecs.families().next().is_none() {
        return Output::print(
            "There is no task definition yet: aws ecs register-task-definition --generate-cli-skeleton\n",
        );
    }
    if ecs.clusters().all(|own| ecs.tasks(own.id).next().is_none()) {
        return Output::print(format!(
            "No task runs yet: aws ecs run-task --cluster {name} --task-definition FAMILY\n"
        ));
    }
    match shell.lab.next_deadline() {
        Some(next) => Output::print(format!("Next, at {}: {}. lab advance lets time pass.\n", next.at, next.why)),
        None => Output::print(format!("Look at what runs: aws ecs list-tasks --cluster {name}\n")),
    }
}
