//! `join`: the lines of two ordered texts that have a field in common.

use super::Asked;
use super::side::texts;
use crate::shell::exec::Shell;
use crate::shell::terminal::{LONGEST, Output};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cmp::Ordering;

/// One of the two texts.
struct Side<'a> {
    name: &'a str,
    lines: Vec<&'a str>,
    /// The field that both have in common, from 0.
    key: usize,
    /// How many lines are behind, and the last one that was held against the one before it.
    at: usize,
    seen: usize,
    /// Whether lines of this side are shown that the other one has no match for.
    shows: bool,
    is_apart: bool,
}

/// What is asked of both.
struct Wish<'a> {
    separator: Option<char>,
    filler: &'a str,
    ignores_case: bool,
    /// The fields of a line, each with its text, from 1; the common one is of text 0. None for all of them.
    fields: Option<Vec<(usize, usize)>>,
    /// How many fields the first lines have, where those count for all.
    counts: Option<[usize; 2]>,
    /// Whether a line that is not in order ends it; none where it is told once a line has no match.
    checks: Option<bool>,
}

/// `join [-i] [-a SIDE] [-e TEXT] [-j FIELD] [-1 FIELD] [-2 FIELD] [-o FIELDS] [-t SIGN] [-v SIDE] FILE FILE`.
pub(super) fn join(shell: &Shell<'_>, asked: &Asked, input: &str) -> Output {
    match joined(shell, asked, input) {
        Ok(output) => output,
        Err(why) => Output::fail(1, format!("join: {why}\n")),
    }
}

fn joined(shell: &Shell<'_>, asked: &Asked, input: &str) -> Result<Output, String> {
    let help = |why: String| format!("{why}\nTry 'join --help' for more information.");
    let [left, right] = asked.names.as_slice() else {
        return Err(help(match asked.names.as_slice() {
            [] => "missing operand".to_string(),
            [only] => format!("missing operand after '{only}'"),
            [_, _, more, ..] => format!("extra operand '{more}'"),
            _ => String::new(),
        }));
    };
    let key = |side: char| asked.value(side).or_else(|| asked.value('j')).map_or(Ok(0), field);
    let keys = [key('1')?, key('2')?];
    let named = |option: char, side: &str| asked.values.iter().any(|(own, value)| *own == option && value == side);
    if let Some((_, side)) = asked.values.iter().find(|(own, side)| "av".contains(*own) && side != "1" && side != "2") {
        return Err(format!("invalid field number: '{side}'"));
    }
    let mut signs = asked.value('t').unwrap_or_default().chars();
    let separator = signs.next();
    if signs.next().is_some() {
        return Err(format!("multi-character tab '{}'", asked.value('t').unwrap_or_default()));
    }
    if left == "-" && right == "-" {
        return Err("both files cannot be standard input".to_string());
    }
    let texts = texts(shell, "join", &asked.names, input)
        .map_err(|output| output.stderr.trim_start_matches("join: ").trim_end().to_string())?;
    let mut sides = Vec::new();
    for (((name, text), key), side) in asked.names.iter().zip(texts).zip(keys).zip(["1", "2"]) {
        let (lines, shows) = (text.lines().collect(), named('a', side) || named('v', side));
        sides.push(Side { name, lines, key, at: 0, seen: 0, shows, is_apart: false });
    }
    let count = |side: &Side<'_>| side.lines.first().map_or(0, |line| cut(line, separator).len());
    let list = asked.value('o').filter(|own| *own != "auto");
    let wish = Wish {
        separator,
        filler: asked.value('e').unwrap_or_default(),
        ignores_case: asked.has('i'),
        fields: list.map(fields).transpose()?,
        counts: match sides.as_slice() {
            [left, right] if asked.value('o') == Some("auto") => Some([count(left), count(right)]),
            _ => None,
        },
        checks: if asked.has('C') || asked.has('N') { Some(asked.has('C')) } else { None },
    };
    let is_paired = asked.value('v').is_none();
    let [left, right] = sides.as_mut_slice() else { return Ok(Output::default()) };
    let mut run = Run { wish, left, right, output: Output::default(), is_unpaired: false };
    run.all(asked.has('H'), is_paired);
    if run.left.is_apart || run.right.is_apart {
        if run.wish.checks.is_none() {
            run.output.stderr.push_str("join: input is not in sorted order\n");
        }
        run.output.status = 1;
    }
    Ok(run.output)
}

/// The number of a field, from 0.
fn field(text: &str) -> Result<usize, String> {
    let number = text.parse::<usize>().ok().and_then(|own| own.checked_sub(1));
    number.ok_or_else(|| format!("invalid field number: '{text}'"))
}

/// What `-o` lists.
fn fields(list: &str) -> Result<Vec<(usize, usize)>, String> {
    let one = |word: &str| match (word, word.split_once('.')) {
        ("0", _) => Ok((0, 0)),
        (_, Some(("1", own))) => Ok((1, field(own)?)),
        (_, Some(("2", own))) => Ok((2, field(own)?)),
        (_, Some(_)) => Err(format!("invalid file number in field spec: '{word}'")),
        (_, None) => Err(format!("invalid field specifier: '{word}'")),
    };
    list.split([',', ' ', '\t']).map(one).collect()
}

/// The fields of a line.
fn cut(line: &str, separator: Option<char>) -> Vec<&str> {
    match separator {
        Some(sign) => line.split(sign).collect(),
        None => line.split([' ', '\t']).filter(|own| !own.is_empty()).collect(),
    }
}

struct Run<'a, 'b> {
    wish: Wish<'b>,
    left: &'a mut Side<'b>,
    right: &'a mut Side<'b>,
    output: Output,
    /// Whether a line had no match.
    is_unpaired: bool,
}

impl<'b> Run<'_, 'b> {
    fn side(&mut self, is_left: bool) -> &mut Side<'b> {
        if is_left { self.left } else { self.right }
    }

    /// The field of a line that counts.
    fn key(&self, side: &Side<'_>, line: Option<&'b str>) -> String {
        let own = line.and_then(|line| cut(line, self.wish.separator).get(side.key).copied()).unwrap_or_default();
        if self.wish.ignores_case { own.to_ascii_lowercase() } else { own.to_string() }
    }

    fn all(&mut self, has_header: bool, is_paired: bool) {
        if has_header {
            let (left, right) = (self.left.lines.first().copied(), self.right.lines.first().copied());
            self.show(left, right);
            (self.left.at, self.right.at) = (1, 1);
            (self.left.seen, self.right.seen) = (1, 1);
        }
        while let (Some(left), Some(right)) = (self.current(true), self.current(false)) {
            if self.output.stdout.len() > LONGEST {
                return;
            }
            match self.key(self.left, Some(left)).cmp(&self.key(self.right, Some(right))) {
                Ordering::Equal => self.pair(is_paired),
                order => self.alone(order == Ordering::Less),
            }
        }
        for is_left in [true, false] {
            while self.current(is_left).is_some() {
                self.shown_alone(is_left);
                self.side(is_left).at += 1;
            }
        }
    }

    /// The next line of a side, which is held against the one before it.
    fn current(&mut self, is_left: bool) -> Option<&'b str> {
        let side = if is_left { &*self.left } else { &*self.right };
        let (line, at) = (side.lines.get(side.at).copied()?, side.at);
        if at > side.seen {
            let before = side.lines.get(at - 1).copied();
            let is_apart = self.key(side, before) > self.key(side, Some(line));
            let matters = self.wish.checks.unwrap_or(self.is_unpaired) && !side.is_apart;
            let told = format!("join: {}:{}: is not sorted: {line}\n", side.name, at + 1);
            if is_apart && matters {
                self.output.stderr.push_str(&told);
                self.side(is_left).is_apart = true;
                if self.wish.checks == Some(true) {
                    (self.left.at, self.right.at) = (self.left.lines.len(), self.right.lines.len());
                    return None;
                }
            }
            self.side(is_left).seen = at;
        }
        Some(line)
    }

    /// A line that has no match.
    fn alone(&mut self, is_left: bool) {
        self.shown_alone(is_left);
        self.side(is_left).at += 1;
        // The line behind it is looked at before this one counts.
        self.current(is_left);
        self.is_unpaired = true;
    }

    fn shown_alone(&mut self, is_left: bool) {
        let side = if is_left { &*self.left } else { &*self.right };
        let line = side.lines.get(side.at).copied();
        if side.shows {
            if is_left { self.show(line, None) } else { self.show(None, line) }
        }
    }

    /// All lines of both sides with the same field.
    fn pair(&mut self, is_paired: bool) {
        let (from, other) = (self.left.at, self.right.at);
        let key = self.key(self.left, self.left.lines.get(from).copied());
        for is_left in [true, false] {
            loop {
                self.side(is_left).at += 1;
                let Some(line) = self.current(is_left) else { break };
                let side = if is_left { &*self.left } else { &*self.right };
                if self.key(side, Some(line)) != key {
                    break;
                }
            }
        }
        if self.wish.checks == Some(true) && (self.left.is_apart || self.right.is_apart) {
            return;
        }
        let lines = |side: &Side<'b>, from: usize| side.lines.get(from..side.at).unwrap_or_default().to_vec();
        let (left, right) = (lines(self.left, from), lines(self.right, other));
        for left in left.into_iter().filter(|_| is_paired) {
            for right in &right {
                if self.output.stdout.len() > LONGEST {
                    return;
                }
                self.show(Some(left), Some(right));
            }
        }
    }

    /// Prints what two lines come to.
    fn show(&mut self, left: Option<&str>, right: Option<&str>) {
        let Wish { separator, filler, .. } = self.wish;
        let own = |line: Option<&str>| line.map(|line| cut(line, separator).into_iter().map(String::from).collect());
        let lines: [Vec<String>; 2] = [own(left).unwrap_or_default(), own(right).unwrap_or_default()];
        let keys = [self.left.key, self.right.key];
        let first = usize::from(left.is_none());
        let text = |side: usize, field: usize| {
            let own = lines.get(side).and_then(|line| line.get(field)).filter(|own| !own.is_empty());
            own.map_or(filler, String::as_str)
        };
        let key = text(first, keys.get(first).copied().unwrap_or_default());
        let mut out = Vec::new();
        match &self.wish.fields {
            Some(list) => out.extend(list.iter().map(|(side, field)| match side {
                0 => key,
                side => text(side - 1, *field),
            })),
            None => {
                out.push(key);
                for (side, line) in lines.iter().enumerate() {
                    let count = self.wish.counts.and_then(|own| own.get(side).copied()).unwrap_or(line.len());
                    let others = (0..count).filter(|field| keys.get(side) != Some(field));
                    out.extend(others.map(|field| text(side, field)));
                }
            }
        }
        let between = separator.unwrap_or(' ').to_string();
        self.output.stdout.push_str(&(out.join(&between) + "\n"));
    }
}
