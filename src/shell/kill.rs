//! `kill`. The lab's shell runs nothing beside itself, so there is nobody to be told but the shell, which heeds a signal
//! behind the command that sent it.

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
const STOP: u8 = 19;
const INT: u8 = 2;

/// These end nothing: `SIGCHLD`, `SIGCONT`, `SIGURG` and `SIGWINCH`; and those that a prompt lets go by beside them:
/// `SIGQUIT`, `SIGTERM`, `SIGTSTP`, `SIGTTIN` and `SIGTTOU`.
const HARMLESS: [u8; 4] = [17, 18, 23, 28];
const UNHEEDED: [u8; 5] = [3, 15, 20, 21, 22];

/// These stop a process: `SIGSTOP`, `SIGTSTP`, `SIGTTIN` and `SIGTTOU`.
const STOPS: core::ops::RangeInclusive<u8> = 19..=22;

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
        shell.signals.push(signal);
    }
    output
}

impl Shell<'_> {
    /// Heeds the signals that have come for the prompt or the script, behind a command of its own.
    pub(super) fn heed(&mut self, all: &mut Output) {
        for signal in core::mem::take(&mut self.signals) {
            let name = name_of(signal).map(|name| format!("SIG{name}")).unwrap_or_default();
            let action = self.terminal.state.traps.get(&name).filter(|_| ![KILL, STOP].contains(&signal));
            match action.cloned() {
                Some(_) if self.flow == Flow::Next => self.trapped(&name, all),
                Some(_) => {}
                None => self.ended_by(signal, all),
            }
        }
    }

    /// What a signal does that nothing traps.
    fn ended_by(&mut self, signal: u8, all: &mut Output) {
        let is_script = self.process > 0;
        if HARMLESS.contains(&signal) || !is_script && UNHEEDED.contains(&signal) || self.flow == Flow::Spent {
            return;
        }
        if STOPS.contains(&signal) {
            return all
                .append(Output::fail(0, "ECS Lab: a real shell stops here until SIGCONT comes; this one goes on\n"));
        }
        self.flow = Flow::Exit;
        if is_script {
            self.killed = Some(signal);
            if signal == KILL {
                self.terminal.state.traps.remove("EXIT");
            }
        } else if signal != INT {
            all.append(Output::fail(0, "ECS Lab: here a real shell closes; the prompt stays\n"));
        }
        all.status = 128 + signal;
    }
}

/// What the prompt says of a script that a signal has ended.
pub(super) fn told(signal: u8) -> Option<&'static str> {
    Some(match signal {
        1 => "Hangup\n",
        3 => "Quit\n",
        6 => "Aborted\n",
        KILL => "Killed\n",
        10 => "User defined signal 1\n",
        11 => "Segmentation fault\n",
        12 => "User defined signal 2\n",
        14 => "Alarm clock\n",
        TERM => "Terminated\n",
        _ => return None,
    })
}

/// All signals, those with a number and without.
pub(super) fn signals() -> impl Iterator<Item = (u8, String)> {
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
pub(super) fn number_of(text: &str) -> Option<u8> {
    if let Ok(number) = text.parse::<u8>() {
        return (number == 0 || name_of(number).is_some()).then_some(number);
    }
    let name = text.strip_prefix("SIG").unwrap_or(text);
    signals().find(|(_, own)| own.eq_ignore_ascii_case(name)).map(|(number, _)| number)
}

pub(super) fn name_of(number: u8) -> Option<String> {
    signals().find(|(own, _)| *own == number).map(|(_, name)| name)
}

/// `kill -l`: all signals in columns, or the names of numbers and the numbers of names.
pub(super) fn listed(words: &[String]) -> Output {
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
