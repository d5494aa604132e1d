//! `kill`. The lab's shell runs nothing beside itself, so there is nobody to be told but the shell.

use super::exec::{Flow, Shell};
use super::terminal::Output;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

const USAGE: &str = "kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n";

/// The signals of Linux from 1 on; those of real time follow from 34.
const SIGNALS: &str = "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN \
    TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS";

/// The signals of real time.
const REAL_TIME: core::ops::RangeInclusive<u8> = 34..=64;

/// The shell's own number, which `$$` gives.
const OWN: &str = "1";

const TERM: u8 = 15;
const KILL: u8 = 9;
const HUP: u8 = 1;

/// `kill [-s SIGNAL | -n NUMBER | -SIGNAL] NUMBER …` and `kill -l [SIGNAL …]`.
pub(super) fn run(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let fail = |why: &str| Output::fail(1, format!("bash: kill: {why}\n"));
    let (mut signal, mut rest) = (TERM, words);
    if let Some((option, more)) = words.split_first() {
        let letter = option.strip_prefix('-').unwrap_or_default();
        let wish = match (letter, more.split_first()) {
            ("l" | "L", _) => return listed(more),
            ("s" | "n", None) => return fail(&format!("{option}: option requires an argument")),
            ("s" | "n", Some((wish, others))) => {
                rest = others;
                wish.as_str()
            }
            ("" | "-", _) => "",
            (own, _) => {
                rest = more;
                own.strip_prefix(['s', 'n']).unwrap_or(own)
            }
        };
        if letter == "-" {
            rest = more;
        }
        match number_of(wish) {
            Some(own) => signal = own,
            None if wish.is_empty() => {}
            None => return fail(&format!("{wish}: invalid signal specification")),
        }
    }
    if rest.is_empty() {
        return Output::fail(2, USAGE);
    }
    let (mut output, mut told) = (Output::default(), false);
    for word in rest {
        let why = match word.as_str() {
            OWN => {
                told = true;
                continue;
            }
            own if own.starts_with('%') => format!("{own}: no such job"),
            own if own.parse::<i64>().is_ok() => format!("({own}) - No such process"),
            own => format!("{own}: arguments must be process or job IDs"),
        };
        output.append(fail(&why));
    }
    output.status = u8::from(!told);
    if told && signal > 0 {
        end(shell, signal, &mut output);
    }
    output
}

/// What a signal does to the shell itself: a script ends, a prompt heeds SIGHUP and SIGKILL alone.
fn end(shell: &mut Shell<'_>, signal: u8, output: &mut Output) {
    if shell.shells > 0 {
        shell.flow = Flow::Exit;
        output.status = 128 + signal;
    } else if [HUP, KILL].contains(&signal) {
        let told = "ECS Lab: here a real shell closes; the prompt stays\n";
        output.append(Output::fail(128 + signal, told));
    }
}

/// All signals, those with a number and without.
fn signals() -> impl Iterator<Item = (u8, String)> {
    let real_time = REAL_TIME.map(|number| {
        let name = match (number - REAL_TIME.start(), REAL_TIME.end() - number) {
            (0, _) => "RTMIN".to_string(),
            (_, 0) => "RTMAX".to_string(),
            (above, _) if above < 16 => format!("RTMIN+{above}"),
            (_, below) => format!("RTMAX-{below}"),
        };
        (number, name)
    });
    (1..).zip(SIGNALS.split_whitespace().map(String::from)).chain(real_time)
}

/// The number of a signal, by its name or its number; 0 asks whether somebody is there.
fn number_of(text: &str) -> Option<u8> {
    if let Ok(number) = text.parse::<u8>() {
        return (number == 0 || name_of(number).is_some()).then_some(number);
    }
    let name = text.strip_prefix("SIG").unwrap_or(text);
    signals().find(|(_, own)| own.eq_ignore_ascii_case(name)).map(|(number, _)| number)
}

fn name_of(number: u8) -> Option<String> {
    signals().find(|(own, _)| *own == number).map(|(_, name)| name)
}

/// `kill -l`: all signals in columns, or the names of numbers and the numbers of names.
fn listed(words: &[String]) -> Output {
    if words.is_empty() {
        let all: Vec<String> = signals().map(|(number, name)| format!("{number:2}) SIG{name}")).collect();
        // Behind a line that is not full bash leaves a tab.
        let line = |own: &[String]| own.join("\t") + if own.len() < 5 { "\t\n" } else { "\n" };
        return Output::print(all.chunks(5).map(line).collect::<String>());
    }
    let mut output = Output::default();
    for word in words {
        // How a command ended that a signal has ended.
        let number = word.parse::<u8>().ok().map(|own| if own > 128 { own - 128 } else { own });
        let own = match number {
            Some(number) => name_of(number),
            None => number_of(word).map(|own| own.to_string()),
        };
        match own {
            Some(own) => output.append(Output::print(own + "\n")),
            None => {
                output.append(Output::fail(1, format!("bash: kill: {word}: invalid signal specification\n")));
                output.status = 1;
            }
        }
    }
    output
}
