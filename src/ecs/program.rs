//! What the process of a container does, as far as its command tells: how long it runs, how it ends, and whether it obeys
//! SIGTERM. All of it is the lab's choice (5.3); it makes batch tasks, init containers and the two ways to stop reproducible
//! with nothing but a task definition.
//!
//! Of a command, or a script after `sh -c`, these are understood: `sleep`, `exit`, `true`, `false`, `echo`, `trap … TERM`,
//! loops, `tail -f`, `date`, scripts within scripts, `>` and `;`, `&&`, `||` between them; a script may name variables of
//! its environment. Anything else is an application: it serves until it is told to stop, and says what [`startup`] has of
//! it.
//! A process 1 that sets no trap does not get SIGTERM's default action, so a shell or `sleep` goes on until SIGKILL.

use super::{image, startup};
use crate::sim::{SimDuration, SimTime, moment};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::iter::Peekable;
use core::str::Chars;
use serde_json::Value;

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

impl Program {
    /// Runs until it is told to stop, and obeys.
    pub const SERVICE: Self = Self { ends: None, on_term: Some(TERMINATED), serves: Some(SimDuration::ZERO) };

    /// The program of an image with this entry point, command and environment. An init process passes SIGTERM on.
    pub fn of(named: &str, entry_point: &[&str], command: &[&str], init: bool, environment: Environment<'_>) -> Self {
        let words = [entry_point, command].concat();
        if words.is_empty() {
            let ends = image::ends_at_once(named).then_some((SimDuration::ZERO, 0));
            let serves = Self::SERVICE.serves.filter(|_| ends.is_none());
            return Self { ends, serves, ..Self::SERVICE };
        }
        let ran = run(&words, environment);
        let on_term = match ran.end {
            End::Serves => Some(TERMINATED),
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

/// As many lines of a loop are kept, the newest ones.
const MOST_LINES: i64 = 1000;

/// What a container writes to its output, each line with its moment: one of an image with this entry point and command
/// that started at `since`, up to `until`.
pub fn says(
    named: &str,
    words: &[&str],
    environment: Environment<'_>,
    since: SimTime,
    until: SimTime,
) -> Vec<(SimTime, String)> {
    let mut ran = run(words, environment);
    if words.is_empty() {
        ran.said.push((SimDuration::ZERO, Line::Starts(startup::program_of(named).into())));
    }
    let again = ran.again.take().into_iter().flat_map(|own| own.lines(ran.lasts, until - since));
    let told = |(after, line): (SimDuration, Line)| {
        let at = since + after;
        let texts = match line {
            Line::Text(text) => alloc::vec![text],
            Line::Starts(program) => startup::lines(&program, at),
            Line::Date => alloc::vec![moment::shown(at, "%a %b %e %T %Z %Y")],
        };
        texts.into_iter().map(move |text| (at, text))
    };
    let first = core::mem::take(&mut ran.said);
    first.into_iter().chain(again).flat_map(told).filter(|(at, _)| *at <= until).collect()
}

/// Lists of variables, as a definition has them in `environment` and `secrets`; the first that has a name counts (CD-22).
pub type Environment<'a> = &'a [&'a Value];

/// What a variable holds, which for a secret is where it came from: the lab keeps none (CD-23).
fn variable(environment: Environment<'_>, name: &str) -> String {
    let in_list = |list: &&Value| list.as_array()?.iter().rfind(|item| item["name"] == name).cloned();
    let found = environment.iter().find_map(in_list).unwrap_or_default();
    let secret = || found["valueFrom"].as_str().map(|from| format!("<{from}>"));
    found["value"].as_str().map(String::from).or_else(secret).unwrap_or_default()
}

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
}

impl Ran {
    const fn new() -> Self {
        Self { lasts: SimDuration::ZERO, end: End::Ended(0), trap: None, said: Vec::new(), again: None, depth: 0 }
    }
}

/// What is written.
#[derive(Clone)]
enum Line {
    /// A line.
    Text(String),
    /// What this program writes when it starts.
    Starts(String),
    /// The moment, as `date` shows it.
    Date,
}

/// A loop without end.
struct Loop {
    every: SimDuration,
    said: Vec<(SimDuration, Line)>,
}

impl Loop {
    /// The newest lines of a loop that is entered after a while, up to a moment of its container.
    fn lines(self, after: SimDuration, until: SimDuration) -> Vec<(SimDuration, Line)> {
        let (every, number) = (self.every.as_millis(), i64::try_from(self.said.len()).unwrap_or(MOST_LINES));
        if every <= 0 || number == 0 || until < after {
            return Vec::new();
        }
        let last = (until.as_millis() - after.as_millis()) / every;
        let rounds = (last - MOST_LINES / number).max(0)..=last;
        let round = |round: i64| {
            let from = after + SimDuration::from_millis(round * every);
            self.said.iter().map(move |(at, line)| (from + *at, line.clone()))
        };
        rounds.flat_map(round).collect()
    }
}

/// A word or what separates commands.
#[derive(PartialEq)]
enum Token {
    Word(String),
    Then,
    And,
    Or,
    /// `>`: what the next word names takes the output.
    Into,
}

fn run(words: &[&str], environment: Environment<'_>) -> Ran {
    run_within(words, environment, 0)
}

fn run_within(words: &[&str], environment: Environment<'_>, depth: u8) -> Ran {
    let name = |word: &str| String::from(word.rsplit('/').next().unwrap_or_default());
    let tokens = match words {
        [shell, flag, script, ..] if is_shell(&name(shell)) && flag.starts_with('-') && flag.ends_with('c') => {
            tokens(script, environment)
        }
        [shell] if is_shell(&name(shell)) => Vec::new(),
        _ => words.iter().map(|word| Token::Word(String::from(*word))).collect(),
    };
    let parts: Vec<&[Token]> = tokens.split_inclusive(|token| matches!(token, Token::Then | Token::And | Token::Or)).collect();
    let mut ran = Ran { depth, ..Ran::new() };
    let (mut status, mut skip) = (0, false);
    for (place, part) in parts.iter().enumerate() {
        let (command, is_hidden) = command(part);
        if !skip && !command.is_empty() {
            if let ["while", "true" | ":"] = command.as_slice() {
                ran.again = body(parts.get(place + 1..).unwrap_or_default(), environment);
            }
            let before = ran.said.len();
            match simple(&command, status, environment, &mut ran) {
                Some(code) => status = code,
                None => return ran,
            }
            if is_hidden {
                ran.said.truncate(before);
            }
        }
        skip = match part.last() {
            Some(Token::And) => status != 0,
            Some(Token::Or) => status == 0,
            _ => false,
        };
    }
    ran.end = End::Ended(status);
    ran
}

/// The words of a simple command, and whether its output goes elsewhere than to the log.
fn command(part: &[Token]) -> (Vec<&str>, bool) {
    let (mut words, mut is_hidden, mut tokens) = (Vec::new(), false, part.iter());
    while let Some(token) = tokens.next() {
        match (token, token == &Token::Into) {
            (Token::Word(word), _) => words.push(&**word),
            (_, true) => {
                let to = tokens.next();
                let streams = ["&1", "&2", "/dev/stdout", "/dev/stderr", "/proc/1/fd/1", "/proc/1/fd/2"];
                is_hidden |= !streams.iter().any(|own| to == Some(&Token::Word((*own).into())));
            }
            _ => {}
        }
    }
    (words, is_hidden)
}

/// A loop from the parts behind its `while true`; none where its body does more than to write and to sleep.
fn body(parts: &[&[Token]], environment: Environment<'_>) -> Option<Loop> {
    let mut ran = Ran::new();
    for (place, part) in parts.iter().enumerate() {
        let (words, is_hidden) = command(part);
        let words = match (place, words.as_slice()) {
            (0, ["do", rest @ ..]) => rest,
            (0, _) => return None,
            (_, ["done", ..]) => return Some(Loop { every: ran.lasts, said: ran.said }),
            (_, words) => words,
        };
        let before = ran.said.len();
        match words {
            [] | ["echo" | "printf" | "date" | "sleep" | "true" | ":", ..] => simple(words, 0, environment, &mut ran)?,
            _ => return None,
        };
        if is_hidden {
            ran.said.truncate(before);
        }
    }
    None
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
        "true" | ":" | "set" | "export" | "cd" | "mkdir" | "touch" => Some(0),
        "false" => Some(1),
        "echo" | "printf" => {
            ran.said.push((ran.lasts, Line::Text(rest.join(" "))));
            Some(0)
        }
        "date" => {
            ran.said.push((ran.lasts, Line::Date));
            Some(0)
        }
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
        "while" | "until" | "for" | "tail" => ended(ran, End::Runs),
        name if is_shell(name) && argument.starts_with('-') && argument.ends_with('c') => within(own, environment, ran),
        name => {
            ran.said.push((ran.lasts, Line::Starts(name.into())));
            ended(ran, End::Serves)
        }
    }
}

/// A script within a script.
fn within(command: &[&str], environment: Environment<'_>, ran: &mut Ran) -> Option<u8> {
    if ran.depth >= DEEPEST {
        return ended(ran, End::Serves);
    }
    let inner = run_within(command, environment, ran.depth + 1);
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

/// The words of a script and what separates them, without quotes and with the values of variables.
fn tokens(script: &str, environment: Environment<'_>) -> Vec<Token> {
    let (mut out, mut word, mut quote, mut any) = (Vec::new(), String::new(), None, false);
    let mut signs = script.chars().peekable();
    while let Some(sign) = signs.next() {
        if quote.is_none() && sign == '>' {
            signs.next_if_eq(&'>');
            // The number of the stream.
            if !any && matches!(word.as_str(), "1" | "2") {
                word.clear();
            }
        }
        let separator = match (quote, sign) {
            (Some(open), _) if sign == open => {
                quote = None;
                continue;
            }
            (None, '\'' | '"') => {
                (quote, any) = (Some(sign), true);
                continue;
            }
            (None | Some('"'), '$') => {
                match name(&mut signs) {
                    Some((name, other)) => {
                        let value = variable(environment, &name);
                        word.push_str(if value.is_empty() { &other } else { &value });
                    }
                    None => word.push('$'),
                }
                continue;
            }
            (None, '>') => Some(Token::Into),
            (None, ';' | '\n') => Some(Token::Then),
            (None, '&') if signs.next_if_eq(&'&').is_some() => Some(Token::And),
            (None, '|') if signs.next_if_eq(&'|').is_some() => Some(Token::Or),
            (None, ' ' | '\t') => None,
            _ => {
                word.push(sign);
                continue;
            }
        };
        if any || !word.is_empty() {
            out.push(Token::Word(core::mem::take(&mut word)));
            any = false;
        }
        out.extend(separator);
    }
    if any || !word.is_empty() {
        out.push(Token::Word(word));
    }
    out
}

/// `NAME`, `{NAME}` or `{NAME:-other}` after a `$`, with the other value; none when no name follows.
fn name(signs: &mut Peekable<Chars<'_>>) -> Option<(String, String)> {
    let braced = signs.next_if_eq(&'{').is_some();
    let mut name = String::new();
    while let Some(sign) = signs.next_if(|sign| sign.is_ascii_alphanumeric() || *sign == '_') {
        name.push(sign);
    }
    let rest: String = if braced { signs.by_ref().take_while(|sign| *sign != '}').collect() } else { String::new() };
    let other = rest.strip_prefix(":-").unwrap_or_default();
    (!name.is_empty()).then(|| (name, String::from(other)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NGINX: [(i64, &str); 3] = [
        (0, "/docker-entrypoint.sh: Configuration complete; ready for start up"),
        (0, "2026/01/05 09:00:00 [notice] 1#1: using the \"epoll\" event method"),
        (0, "2026/01/05 09:00:00 [notice] 1#1: start worker processes"),
    ];

    /// What a container of nginx says in its first eight seconds, each line with its second.
    fn said(words: &[&str], environment: Environment<'_>) -> Vec<(i64, String)> {
        let since = SimTime::parse("2026-01-05T09:00:00Z").unwrap();
        let all = says("nginx", words, environment, since, since + SimDuration::from_secs(8));
        all.into_iter().map(|(at, text)| ((at - since).as_millis() / 1000, text)).collect()
    }

    /// Of a loop the newest lines are kept.
    #[test]
    fn a_loop_says_its_newest_lines() {
        let since = SimTime::parse("2026-01-05T09:00:00Z").unwrap();
        let words = ["sh", "-c", "while :; do echo a; sleep 1; echo b; done"];
        let all = says("busybox", &words, &[], since, since + SimDuration::from_secs(86_400));
        assert_eq!(all.last().map(|(at, text)| (*at - since, text.as_str())), Some((SimDuration::from_secs(86_400), "a")));
        assert!((1000..=1004).contains(&all.len()), "{}", all.len());
    }

    /// 5.3, the lab's choice: command → seconds and exit code, and what SIGTERM does.
    #[test]
    fn what_a_command_does() {
        let served = (None, Some(143));
        let ignores = |ends| (ends, None);
        for (words, expected) in [
            (&[][..], served),
            (&["nginx", "-g", "daemon off;"], served),
            (&["python", "app.py"], served),
            (&["sleep", "360"], ignores(Some((360.0, 0)))),
            (&["/bin/sleep", "5m"], ignores(Some((300.0, 0)))),
            (&["sleep", "infinity"], ignores(None)),
            (&["true"], ignores(Some((0.0, 0)))),
            (&["false"], ignores(Some((0.0, 1)))),
            (&["sh"], ignores(Some((0.0, 0)))),
            (&["sh", "-c", "sleep 0.5; exit 3"], ignores(Some((0.5, 3)))),
            (&["/bin/bash", "-ec", "echo a && false || exit 7"], ignores(Some((0.0, 7)))),
            (&["sh", "-c", "false && exit 7; echo 'b; c'"], ignores(Some((0.0, 0)))),
            (&["sh", "-c", "while true; do sleep 5; done"], ignores(None)),
            (&["sh", "-c", "sleep 2 && node server.js; exit 1"], served),
            (&["sh", "-c", "trap 'exit 9' TERM; sleep 60"], (Some((60.0, 0)), Some(9))),
            (&["sh", "-c", "trap 'echo bye' SIGTERM\nsleep infinity"], (None, Some(0))),
            (&["sh", "-c", "trap '' TERM; sleep infinity"], ignores(None)),
            (&["sh", "-c", ""], ignores(Some((0.0, 0)))),
            (&["sh", "-c", "exec sleep 4"], ignores(Some((4.0, 0)))),
            (&["exec", "exec"], ignores(Some((0.0, 0)))),
            (&["sleep", "soon"], ignores(Some((0.0, 1)))),
            (&["exit", "é"], ignores(Some((0.0, 0)))),
        ] {
            let found = Program::of("nginx", &[], words, false, &[]);
            let ends = found.ends.map(|(span, code)| (span.as_millis() as f64 / 1000.0, code));
            assert_eq!((ends, found.on_term), expected, "{words:?}");
        }
        assert_eq!(
            Program::of("nginx", &[], &["sleep", "9"], true, &[]).on_term,
            Some(143),
            "an init process passes it on"
        );
        assert_eq!(Program::of("nginx", &["sh", "-c"], &["exit 4"], false, &[]).ends, Some((SimDuration::ZERO, 4)));
        assert_eq!(Program::of("hello-world", &[], &[], false, &[]).ends, Some((SimDuration::ZERO, 0)));
    }

    #[test]
    fn what_a_health_check_answers() {
        for (script, healthy) in [
            ("curl -f http://localhost/ || exit 1", true),
            ("exit 1", false),
            ("exit 0", true),
            ("false", false),
            ("test -f /ok && exit 0", true),
        ] {
            assert_eq!(passes(&["sh", "-c", script]), healthy, "{script}");
        }
    }

    #[test]
    fn what_it_says() {
        for (words, expected) in [
            (&["sh", "-c", "echo one; sleep 3; echo \"two  three\"; node x; echo never"][..], &[(0, "one"), (3, "two  three")][..]),
            (&["sh", "-c", "echo a > /tmp/a; echo b 2>&1; echo c>>/dev/stdout; echo '> d'"], &[(0, "b"), (0, "c"), (0, "> d")]),
            (&["sh", "-c", "sleep 1; while true; do echo hi; sleep 4; date; done"], &[(1, "hi"), (5, "Mon Jan  5 09:00:05 UTC 2026"), (5, "hi")]),
            (&["sh", "-c", "while true; do if x; then echo y; fi; done"], &[]),
            (&["sh", "-c", "while true; do echo never ends; done"], &[]),
            (&["sh", "-c"], &[]),
            (&["sh", "-c", "/bin/sh -c \"echo '<b>' > /srv/index.html && echo in\""], &[(0, "in")]),
            (&["docker-entrypoint.sh", "nginx", "-g", "daemon off;"], &NGINX),
            (&["nginx", "-g", "daemon off;"], &NGINX),
            (&["sh", "-c", "sleep 2; exec python app.py"], &[]),
            (&[], &NGINX),
        ] {
            let found = said(words, &[]);
            let found: Vec<(i64, &str)> = found.iter().map(|(at, text)| (*at, text.as_str())).collect();
            assert_eq!(found, expected, "{words:?}");
        }
    }

    /// CD-22, CD-23: variables in a script of a shell, in quotes and out of them, but not in single ones.
    #[test]
    fn cd_22_variables_of_a_script() {
        let [first, second, secrets] = [
            serde_json::json!([{ "name": "STAGE", "value": "prod" }, { "name": "EMPTY", "value": "" }]),
            serde_json::json!([{ "name": "STAGE", "value": "test" }, { "name": "N", "value": "3" }]),
            serde_json::json!([{ "name": "PASSWORD", "valueFrom": "/db/password" }]),
        ];
        let lists = [&first, &second, &secrets];
        for (script, text) in [
            ("echo $STAGE", "prod"),
            ("echo \"a ${STAGE}-$N\"", "a prod-3"),
            ("echo '$STAGE'", "$STAGE"),
            ("echo $NONE.", "."),
            ("echo ${NONE:-x y} ${N:-4} ${EMPTY:-e}", "x y 3 e"),
            ("echo $PASSWORD", "</db/password>"),
            ("echo 5$ $", "5$ $"),
            ("echo ${STAGE", "prod"),
        ] {
            assert_eq!(said(&["sh", "-c", script], &lists)[0].1, text, "{script}");
        }
        assert_eq!(said(&["echo", "$STAGE"], &lists)[0].1, "$STAGE", "no shell");
        let round = serde_json::json!([{ "name": "X", "value": "sh -c \"$X\"" }]);
        assert!(Program::of("busybox", &[], &["sh", "-c", "$X; sh -c \"$X\""], false, &[&round]).serves.is_some());
        let program = Program::of("busybox", &[], &["sh", "-c", "sleep $N; exit ${CODE:-7}"], false, &lists);
        assert_eq!(program.ends, Some((SimDuration::from_secs(3), 7)));
    }
}
