//! `read`: a line of the input, cut into variables.

use super::ask::{Question, nobody};
use super::descriptors::{BAD, Open, Stream};
use super::exec::{Flow, Shell};
use super::language::expand::BLANKS;
use super::language::parameter::is_name;
use super::limits::INTERRUPTED;
use super::terminal::Output;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

const USAGE: &str = "read: usage: read [-ers] [-a array] [-d delim] [-i text] [-n nchars] [-N nchars] [-p prompt] \
    [-t timeout] [-u fd] [name ...]\n";

/// What the options of `read` ask for.
#[derive(Default)]
struct Asked<'a> {
    raw: bool,
    /// What it asks at the prompt, and whether the answer is not shown.
    question: &'a str,
    silent: bool,
    /// It takes so many signs.
    most: Option<usize>,
    /// The sign that ends it; none for the end of the input.
    end: Option<char>,
    /// The number of the file that it reads.
    file: &'a str,
    /// The array that takes all fields.
    array: Option<&'a str>,
    names: &'a [String],
}

impl<'a> Asked<'a> {
    fn of(words: &'a [String]) -> Result<Self, String> {
        let mut asked = Self { names: words, end: Some('\n'), file: "0", ..Self::default() };
        while let Some((option, more)) = asked.names.split_first() {
            let Some(letters) = option.strip_prefix('-').filter(|own| !own.is_empty()) else { break };
            asked.names = more;
            if letters == "-" {
                break;
            }
            for (place, letter) in letters.char_indices() {
                match letter {
                    'r' => asked.raw = true,
                    's' => asked.silent = true,
                    'e' => {}
                    'p' | 't' | 'a' | 'n' | 'd' | 'u' => {
                        let glued = letters.get(place + 1..).filter(|own| !own.is_empty());
                        let value = glued.or_else(|| more.first().map(String::as_str));
                        let missing = || format!("bash: read: -{letter}: option requires an argument\n{USAGE}");
                        let value = value.ok_or_else(missing)?;
                        asked.names = if glued.is_some() { more } else { more.get(1..).unwrap_or_default() };
                        match letter {
                            'a' => asked.array = Some(value),
                            'p' => asked.question = value,
                            'd' => asked.end = value.chars().next(),
                            'u' => asked.file = value,
                            'n' => {
                                let wrong = || format!("bash: read: {value}: invalid number\n");
                                asked.most = Some(value.parse().map_err(|_| wrong())?);
                            }
                            _ => {}
                        }
                        break;
                    }
                    _ => {
                        return Err(format!(
                            "read: ECS Lab knows -r, -a, -d, -n, -p, -s, -t and -u of read, and not {option}\n"
                        ));
                    }
                }
            }
        }
        Ok(asked)
    }
}

/// What a builtin reads behind `-u`; nothing for the prompt.
pub(super) fn numbered(shell: &Shell<'_>, tool: &str, file: &str) -> Result<Option<Open>, Output> {
    let wrong = |why: &str| Output::fail(1, format!("bash: {tool}: {file}: invalid file descriptor{why}\n"));
    match file.parse::<u32>() {
        Ok(0) => Ok(shell.stdin.clone()),
        Ok(number) => match u8::try_from(number).ok().and_then(|own| shell.numbers.get(&own)) {
            Some(Stream::Prompt) => Ok(None),
            Some(Stream::File(open)) => Ok(Some(open.clone())),
            Some(_) => Ok(Some(Open::closed())),
            None => Err(wrong(&format!(": {BAD}"))),
        },
        Err(_) => Err(wrong(" specification")),
    }
}

/// Answers `read [-r] [-a ARRAY] [-d SIGN] [-p PROMPT] [-u FILE] [NAME …]`.
pub(super) fn run(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let asked = match Asked::of(words) {
        Ok(asked) => asked,
        Err(why) => return Output::fail(2, why),
    };
    let own = match numbered(shell, "read", asked.file) {
        Ok(own) => own,
        Err(output) => return output,
    };
    let mut named = asked.names.iter().map(String::as_str).chain(asked.array);
    if let Some(word) = named.find(|word| !is_name(word)) {
        return Output::fail(1, format!("bash: read: `{word}': not a valid identifier\n"));
    }
    let (line, whole) = match own {
        Some(open) if !open.reads() => {
            return Output::fail(1, format!("bash: read: read error: {}: {BAD}\n", asked.file));
        }
        Some(open) => {
            let (line, whole, taken) = shell.look(&open, |rest| most(rest, &asked));
            open.take(taken);
            (line, whole)
        }
        None => {
            let question = Question { text: asked.question.trim_end().to_string(), silent: asked.silent };
            match shell.typed(question) {
                Some(text) => (most(&(text + "\n"), &asked).0, true),
                None if shell.flow == Flow::Spent => return Output::status(INTERRUPTED),
                None => return nobody("read"),
            }
        }
    };
    match stored(shell, &asked, &line) {
        Ok(()) => Output::status(u8::from(!whole)),
        Err(why) => Output::fail(1, format!("bash: {why}\n")),
    }
}

/// Cuts a line into what takes it.
fn stored(shell: &mut Shell<'_>, asked: &Asked<'_>, line: &[(char, bool)]) -> Result<(), String> {
    let blanks = shell.terminal.variables.get("IFS").map_or_else(|| BLANKS.to_string(), |own| own.value.clone());
    if let Some(name) = asked.array {
        shell.terminal.state.changes(name)?;
        let mut all = cut(line, usize::MAX, &blanks);
        all.pop_if(|last| last.is_empty());
        return shell.fill(name, false, all.into_iter().map(|own| (None, own)).collect());
    }
    if asked.names.is_empty() {
        return shell.put("REPLY", joined(line));
    }
    let values = cut(line, asked.names.len(), &blanks);
    for (place, name) in asked.names.iter().enumerate() {
        shell.put(name, values.get(place).cloned().unwrap_or_default())?;
    }
    Ok(())
}

/// The signs of a line, or so many of them as are asked for.
fn most(text: &str, asked: &Asked<'_>) -> (Vec<(char, bool)>, bool, usize) {
    let (mut own, whole, taken) = line(text, asked.raw, asked.end);
    match asked.most.filter(|most| own.len() >= *most) {
        Some(most) => {
            own.truncate(most);
            (own, true, text.char_indices().nth(most).map_or(text.len(), |(at, _)| at))
        }
        None => (own, whole, taken),
    }
}

/// The signs of a line up to its end, each with whether `\` stood before it; whether the line had an end, and how many bytes
/// it took.
fn line(text: &str, raw: bool, end: Option<char>) -> (Vec<(char, bool)>, bool, usize) {
    let mut line = Vec::new();
    let mut signs = text.char_indices();
    while let Some((at, sign)) = signs.next() {
        match sign {
            sign if Some(sign) == end => return (line, true, at + sign.len_utf8()),
            '\\' if !raw => match signs.next() {
                Some((_, '\n')) | None => {}
                Some((_, sign)) => line.push((sign, true)),
            },
            sign => line.push((sign, false)),
        }
    }
    (line, false, text.len())
}

fn joined(line: &[(char, bool)]) -> String {
    line.iter().map(|(sign, _)| *sign).collect()
}

/// So many fields of a line; the last has the rest.
fn cut(line: &[(char, bool)], most: usize, blanks: &str) -> Vec<String> {
    let parts = |own: &(char, bool)| !own.1 && blanks.contains(own.0);
    let empty = |own: &(char, bool)| parts(own) && BLANKS.contains(own.0);
    let trimmed = |own: &[(char, bool)]| own.iter().take_while(|sign| empty(sign)).count();
    let mut rest = line.get(trimmed(line)..).unwrap_or_default();
    let mut all = Vec::new();
    while all.len() + 1 < most && !rest.is_empty() {
        let end = rest.iter().position(parts).unwrap_or(rest.len());
        all.push(joined(rest.get(..end).unwrap_or_default()));
        rest = rest.get(end..).unwrap_or_default();
        rest = rest.get(trimmed(rest)..).unwrap_or_default();
        if rest.first().is_some_and(|own| parts(own) && !empty(own)) {
            rest = rest.get(1..).unwrap_or_default();
            rest = rest.get(trimmed(rest)..).unwrap_or_default();
        }
    }
    let end = rest.len() - rest.iter().rev().take_while(|own| empty(own)).count();
    let mut last = rest.get(..end).unwrap_or_default();
    // One sign that parts fields ends the last field too.
    if let [before @ .., own] = last
        && parts(own)
        && !before.iter().any(parts)
    {
        last = before;
    }
    all.push(joined(last));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As bash 5.2 answers.
    #[test]
    fn a_line_is_cut_as_bash_cuts_it() {
        for (text, most, blanks, expected) in [
            ("  one two  three ", 2, BLANKS, &["one", "two  three"][..]),
            ("one", 2, BLANKS, &["one", ""]),
            ("  a b  ", 1, BLANKS, &["a b"]),
            ("  a b  ", 1, "", &["  a b  "]),
            ("a,b,,c", 2, ",", &["a", "b,,c"]),
            ("a,b,", 2, ",", &["a", "b"]),
            ("a,,b", 3, ",", &["a", "", "b"]),
            ("x\\ y z", 2, BLANKS, &["x y", "z"]),
        ] {
            let (line, _, _) = line(text, false, Some('\n'));
            assert_eq!(cut(&line, most, blanks), expected, "{text}");
        }
        assert_eq!(line("a\\\nb\nc", false, Some('\n')).2, 5);
        assert_eq!(joined(&line("a\\nb\nc", true, Some('\n')).0), "a\\nb");
    }
}
