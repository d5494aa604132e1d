//! The small tools of a pipe: text in, text out.

mod awk;
mod cut;
mod grep;
mod join;
mod sed;
mod side;
mod tr;

use super::exec::Shell;
use super::terminal::{LONGEST, Output};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cut::Cut;

const FOLLOWS: &str =
    "ECS Lab: tail -f ends here, since nothing is written while the prompt waits; lab advance lets time pass.\n";

/// The commands of this file.
pub(super) const NAMES: [&str; 18] = [
    "awk",
    "base64",
    "cat",
    "comm",
    "cut",
    "fold",
    "grep",
    "head",
    "join",
    "paste",
    "sed",
    "sha256sum",
    "sort",
    "tail",
    "tee",
    "tr",
    "uniq",
    "wc",
];

/// Answers one of these commands; none for another.
pub(super) fn run(shell: &mut Shell<'_>, name: &str, words: &[String], input: &str) -> Option<Output> {
    if !NAMES.contains(&name) {
        return None;
    }
    if let Some(over) = shell.looked_through(words, input) {
        return Some(over);
    }
    match name {
        "awk" => return Some(awk::run(shell, words, input)),
        "sed" => return Some(sed::run(shell, words, input)),
        _ => {}
    }
    let asked = match Asked::read(name, words) {
        Ok(asked) => asked,
        Err(why) => return Some(Output::fail(if name == "grep" || name == "sort" { 2 } else { 1 }, why)),
    };
    Some(match name {
        "tee" => tee(shell, &asked, input),
        "join" => join::join(shell, &asked, input),
        "comm" => side::comm(shell, &asked, input),
        "paste" => side::paste(shell, &asked, input),
        "tr" => tr::tr(&asked, input),
        _ => over(shell, name, &asked, input),
    })
}

/// Whether a tool reads what comes through a pipe, since its words name no file.
pub(super) fn reads(name: &str, words: &[String]) -> bool {
    if name == "awk" || !NAMES.contains(&name) {
        return name == "awk" && awk::reads(words);
    }
    let pattern = |asked: &Asked| {
        usize::from((name == "grep" || name == "sed") && asked.value('e').or(asked.value('f')).is_none())
    };
    match Asked::read(name, words) {
        Ok(asked) => {
            ["tr", "tee"].contains(&name)
                || asked.names.len() <= pattern(&asked)
                || asked.values.iter().any(|(own, value)| name == "grep" && *own == 'f' && value == "-")
                || asked.names.iter().any(|name| name == "-")
        }
        Err(_) => false,
    }
}

/// Options and names of a command line.
struct Asked {
    /// The flags, one sign each.
    flags: String,
    /// Values of options that have one.
    values: Vec<(char, String)>,
    names: Vec<String>,
}

impl Asked {
    fn read(tool: &str, words: &[String]) -> Result<Self, String> {
        let (flags, valued) = match tool {
            "head" => ("q", "nc"),
            "tail" => ("fFq", "nc"),
            "grep" => ("ivcnoEFqwxlhHsr", "efABCm"),
            "join" => ("iHCN", "aejotv12"),
            "sha256sum" => ("", ""),
            "wc" => ("lwc", ""),
            "sort" => ("rnu", "kt"),
            "base64" => ("d", "w"),
            "comm" => ("123", ""),
            "cut" => ("s", "dfbc"),
            "paste" => ("s", "d"),
            "fold" => ("s", "w"),
            "sed" => ("nErs", "e"),
            "tr" => ("cCds", ""),
            "tee" => ("a", ""),
            "uniq" => ("cdu", ""),
            _ => ("n", ""),
        };
        let mut own = Asked { flags: String::new(), values: Vec::new(), names: Vec::new() };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let letters = match word.as_str() {
                "--decode" => "d",
                "--header" => "H",
                "--check-order" => "C",
                "--follow" if tool == "tail" => "f",
                "--nocheck-order" => "N",
                "--" => {
                    own.names.extend(words.by_ref().cloned());
                    break;
                }
                word => match word.strip_prefix('-').filter(|rest| !rest.is_empty()) {
                    Some(letters) => letters,
                    None => {
                        own.names.push(word.to_string());
                        continue;
                    }
                },
            };
            if ["head", "tail"].contains(&tool) && letters.chars().all(|sign| sign.is_ascii_digit()) {
                own.values.push(('n', letters.to_string()));
                continue;
            }
            let mut rest = letters.chars();
            while let Some(letter) = rest.next() {
                if valued.contains(letter) {
                    let glued = rest.as_str().to_string();
                    let value = if glued.is_empty() { words.next().cloned() } else { Some(glued) };
                    let missing = || format!("{tool}: option requires an argument -- '{letter}'\n");
                    own.values.push((letter, value.ok_or_else(missing)?));
                    break;
                }
                if !flags.contains(letter) {
                    return Err(format!("{tool}: invalid option -- '{letter}'\n"));
                }
                own.flags.push(letter);
            }
        }
        Ok(own)
    }

    fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }

    fn value(&self, name: char) -> Option<&str> {
        self.values.iter().rev().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
    }
}

/// Runs a tool over each named file, or over what the pipe brings.
fn over(shell: &Shell<'_>, tool: &str, asked: &Asked, input: &str) -> Output {
    let mut names = asked.names.as_slice();
    let given = asked.values.iter().filter(|(name, _)| *name == 'e');
    let mut patterns: Vec<&str> = given.map(|(_, value)| value.as_str()).collect();
    let listed = asked.values.iter().filter(|(name, _)| *name == 'f' && tool == "grep").map(|(_, value)| value);
    for name in listed {
        let path = shell.path(name);
        match if name == "-" { Some(input) } else { shell.terminal.files.read(&path) } {
            Some(text) => patterns.extend(text.lines()),
            None => return Output::fail(2, format!("grep: {name}: {}\n", shell.missing(&path))),
        }
    }
    if tool == "grep" && patterns.is_empty() && asked.value('f').is_none() {
        let Some((first, rest)) = names.split_first() else {
            return Output::fail(2, "Usage: grep [OPTION]... PATTERNS [FILE]...\n");
        };
        (patterns, names) = ([first.as_str()].into(), rest);
    }
    let mut output = Output::default();
    let mut texts: Vec<(&str, &str)> = Vec::new();
    let recursive = tool == "grep" && asked.has('r');
    let below = if recursive { within(shell, names) } else { names.to_vec() };
    for name in &below {
        let path = shell.path(name);
        match shell.terminal.files.read(&path) {
            _ if name == "-" => texts.push((name, input)),
            Some(text) => texts.push((name, text)),
            None => {
                let why = shell.missing(&path);
                let (told, status) = match tool {
                    "head" | "tail" if why.starts_with('N') => {
                        (format!("{tool}: cannot open '{name}' for reading: {why}\n"), 1)
                    }
                    "sort" => (format!("sort: cannot read: {name}: {why}\n"), 2),
                    "grep" => (format!("grep: {name}: {why}\n"), 2),
                    _ => (format!("{tool}: {name}: {why}\n"), 1),
                };
                output.stderr.push_str(&told);
                output.status = status;
            }
        }
    }
    if tool == "tail" && (asked.has('f') || asked.has('F')) && output.status == 0 {
        output.stderr.push_str(FOLLOWS);
    }
    if below.is_empty() && !recursive {
        texts.push(("", input));
    }
    let failed = output.status;
    match tool {
        "grep" => grep::grep(asked, &patterns, &texts, &mut output),
        "sha256sum" => {
            for (name, text) in &texts {
                let digest = crate::ecr::sha256(text.as_bytes());
                let name = if name.is_empty() { "-" } else { name };
                output.stdout.push_str(&format!("{}  {name}\n", digest.trim_start_matches("sha256:")));
            }
        }
        "wc" => wc(asked, &texts, &mut output),
        "sort" => sort(asked, &texts, &mut output),
        _ => {
            let several = texts.len() > 1 && ["head", "tail"].contains(&tool);
            for (place, (name, text)) in texts.iter().enumerate() {
                if several {
                    output.stdout.push_str(&format!("{}==> {name} <==\n", if place == 0 { "" } else { "\n" }));
                }
                one(tool, asked, text, &mut output);
                if output.stdout.len() > LONGEST {
                    break;
                }
            }
        }
    }
    output.status = output.status.max(failed);
    output
}

/// The files among names, and those below the folders among them.
fn within(shell: &Shell<'_>, names: &[String]) -> Vec<String> {
    let here = [".".to_string()];
    let names = if names.is_empty() { &here } else { names };
    let below = |name: &String| {
        let path = shell.path(name);
        if !shell.terminal.files.is_directory(&path) {
            return alloc::vec![name.clone()];
        }
        let tree = shell.terminal.files.tree(&path).into_iter().filter(|(_, text)| text.is_some());
        let shown =
            |own: String| format!("{}{}", name.trim_end_matches('/'), own.strip_prefix(&path).unwrap_or_default());
        tree.map(|(own, _)| shown(own)).collect::<Vec<_>>()
    };
    names.iter().flat_map(below).collect()
}

fn one(tool: &str, asked: &Asked, text: &str, output: &mut Output) {
    match tool {
        "head" | "tail" => ends(tool == "head", asked, text, output),
        "base64" if asked.has('d') => {
            let tight: String = text.split_whitespace().collect();
            match STANDARD.decode(tight) {
                Ok(bytes) => output.stdout.push_str(&String::from_utf8_lossy(&bytes)),
                Err(_) => {
                    output.stderr.push_str("base64: invalid input\n");
                    output.status = 1;
                }
            }
        }
        "base64" => {
            let width = asked.value('w').and_then(|width| width.parse().ok()).unwrap_or(76);
            let coded: Vec<char> = STANDARD.encode(text).chars().collect();
            for line in coded.chunks(if width == 0 { usize::MAX } else { width }) {
                output.stdout.extend(line);
                if width > 0 {
                    output.stdout.push('\n');
                }
            }
        }
        "cut" => match Cut::read(asked) {
            Ok(cut) => text.lines().filter_map(|line| cut.line(line)).for_each(|line| {
                output.stdout.push_str(&line);
                output.stdout.push('\n');
            }),
            Err(why) => {
                output.stderr = format!("cut: {why}\nTry 'cut --help' for more information.\n");
                output.status = 1;
            }
        },
        "fold" => match asked.value('w').map_or(Ok(80), str::parse) {
            Ok(width) if width > 0 => output.stdout.push_str(&cut::folded(text, width, asked.has('s'))),
            _ => {
                let width = asked.value('w').unwrap_or_default();
                output.stderr.push_str(&format!("fold: invalid number of columns: '{width}'\n"));
                output.status = 1;
            }
        },
        "uniq" => {
            let mut runs: Vec<(usize, &str)> = Vec::new();
            for line in text.lines() {
                match runs.last_mut() {
                    Some((count, last)) if *last == line => *count += 1,
                    _ => runs.push((1, line)),
                }
            }
            let kept = |count: usize| (count > 1 || !asked.has('d')) && (count == 1 || !asked.has('u'));
            for (count, line) in runs.into_iter().filter(|(count, _)| kept(*count)) {
                let line = if asked.has('c') { format!("{count:7} {line}\n") } else { format!("{line}\n") };
                output.stdout.push_str(&line);
            }
        }
        _ if asked.has('n') => {
            for (number, line) in text.lines().enumerate() {
                output.stdout.push_str(&format!("{:6}\t{line}\n", number + 1));
            }
        }
        _ => output.stdout.push_str(text),
    }
}

fn ends(head: bool, asked: &Asked, text: &str, output: &mut Output) {
    let tool = if head { "head" } else { "tail" };
    let unit = if asked.value('c').is_some() { 'c' } else { 'n' };
    let wish = asked.value(unit).unwrap_or("10");
    let Ok(count) = wish.trim_start_matches(['+', '-']).parse::<usize>() else {
        let what = if unit == 'c' { "bytes" } else { "lines" };
        output.stderr.push_str(&format!("{tool}: invalid number of {what}: '{wish}'\n"));
        output.status = 1;
        return;
    };
    let pieces: Vec<&str> = if unit == 'c' {
        text.split("").filter(|own| !own.is_empty()).collect()
    } else {
        text.split_inclusive('\n').collect()
    };
    let all = pieces.len();
    let (from, to) = match (head, wish.starts_with('-'), wish.starts_with('+')) {
        (true, true, _) => (0, all.saturating_sub(count)),
        (true, false, _) => (0, count.min(all)),
        (false, _, true) => (count.saturating_sub(1).min(all), all),
        (false, _, false) => (all.saturating_sub(count), all),
    };
    output.stdout.extend(pieces.get(from..to).unwrap_or_default().iter().copied());
}

fn wc(asked: &Asked, texts: &[(&str, &str)], output: &mut Output) {
    let columns: Vec<char> = "lwc".chars().filter(|flag| asked.flags.is_empty() || asked.has(*flag)).collect();
    let count = |text: &str, column: char| match column {
        'l' => text.matches('\n').count(),
        'w' => text.split_whitespace().count(),
        _ => text.len(),
    };
    let named = texts.iter().any(|(name, _)| !name.is_empty());
    let size: usize = texts.iter().map(|(_, text)| text.len()).sum();
    let width = match (columns.len(), named) {
        (1, _) if texts.len() == 1 => 1,
        (_, true) => size.to_string().len(),
        _ => 7,
    };
    let mut totals = alloc::vec![0; columns.len()];
    let mut line = |numbers: &[usize], name: &str| {
        let numbers: Vec<String> = numbers.iter().map(|number| format!("{number:width$}")).collect();
        let space = if name.is_empty() { "" } else { " " };
        output.stdout.push_str(&format!("{}{space}{name}\n", numbers.join(" ")));
    };
    for (name, text) in texts {
        let numbers: Vec<usize> = columns.iter().map(|column| count(text, *column)).collect();
        totals.iter_mut().zip(&numbers).for_each(|(total, number)| *total += number);
        line(&numbers, name);
    }
    if texts.len() > 1 {
        line(&totals, "total");
    }
}

fn sort(asked: &Asked, texts: &[(&str, &str)], output: &mut Output) {
    let mut lines: Vec<&str> = texts.iter().flat_map(|(_, text)| text.lines()).collect();
    let by = asked.value('t');
    let field = asked.value('k').and_then(|key| key.split([',', 'n', 'r']).next()?.parse::<usize>().ok());
    let numeric = asked.has('n') || asked.value('k').is_some_and(|key| key.ends_with('n'));
    let key = |line: &str| match (field, by) {
        (Some(field), Some(by)) => line.split(by).nth(field.saturating_sub(1)).unwrap_or_default().to_string(),
        (Some(field), None) => line.split_whitespace().nth(field.saturating_sub(1)).unwrap_or_default().to_string(),
        (None, _) => line.to_string(),
    };
    let number = |text: &str| {
        let text = text.trim_start();
        let end = text.find(|sign: char| !(sign.is_ascii_digit() || ".-".contains(sign))).unwrap_or(text.len());
        text.get(..end).and_then(|digits| digits.parse::<f64>().ok()).unwrap_or_default()
    };
    crate::sim::order::sort_by(&mut lines, |left, right| {
        let (own, other) = (key(left), key(right));
        let first = if numeric { number(&own).total_cmp(&number(&other)) } else { own.cmp(&other) };
        first.then_with(|| left.cmp(right))
    });
    if asked.has('r') {
        lines.reverse();
    }
    if asked.has('u') {
        lines.dedup();
    }
    for line in lines {
        output.stdout.push_str(line);
        output.stdout.push('\n');
    }
}

fn tee(shell: &mut Shell<'_>, asked: &Asked, input: &str) -> Output {
    let mut output = Output::print(input);
    for name in &asked.names {
        if let Some(why) = shell.write_device(name, (input, asked.has('a')), &mut output) {
            if let Err(why) = why {
                output.stderr.push_str(&format!("tee: {name}: {why}\n"));
                output.status = 1;
            }
            continue;
        }
        let path = shell.path(name);
        let old = if asked.has('a') { shell.terminal.files.read(&path).unwrap_or_default() } else { "" };
        let text = format!("{old}{input}");
        if let Err(why) = shell.terminal.files.write(&path, text) {
            output.stderr.push_str(&format!("tee: {name}: {why}\n"));
            output.status = 1;
        }
    }
    output
}
