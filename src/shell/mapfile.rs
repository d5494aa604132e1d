//! `mapfile`: the lines of the input become elements of an array.

use super::arrays::Items;
use super::exec::Shell;
use super::language::parameter::is_name;
use super::read::numbered;
use super::terminal::Output;
use alloc::format;
use alloc::string::{String, ToString};

const USAGE: &str = "[-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [-C callback] [-c quantum] [array]";

/// What its options ask for.
struct Asked<'a> {
    trimmed: bool,
    file: &'a str,
    /// So many lines are passed over, and so many are taken.
    passed: usize,
    most: usize,
    /// The place of the first one in an array that keeps its other elements.
    origin: Option<usize>,
    end: char,
    name: &'a str,
}

impl<'a> Asked<'a> {
    fn of(tool: &str, words: &'a [String]) -> Result<Self, Output> {
        let fail = |status, why: String| Output::fail(status, format!("bash: {tool}: {why}\n"));
        let misused = |why: String| fail(2, format!("{why}\n{tool}: usage: {tool} {USAGE}"));
        let mut own = Self { trimmed: false, file: "0", passed: 0, most: 0, origin: None, end: '\n', name: "MAPFILE" };
        let mut words = words.iter();
        let mut names = None;
        while let Some(word) = words.next() {
            let Some(letters) = word.strip_prefix('-').filter(|own| !own.is_empty()) else {
                names = Some(word);
                break;
            };
            for (place, letter) in letters.char_indices() {
                match letter {
                    't' => own.trimmed = true,
                    'd' | 'n' | 'O' | 's' | 'u' => {
                        let glued = letters.get(place + 1..).filter(|own| !own.is_empty());
                        let value = glued.or_else(|| words.next().map(String::as_str));
                        let value = value.ok_or_else(|| misused(format!("-{letter}: option requires an argument")))?;
                        let count = |what: &str| {
                            value.parse::<usize>().map_err(|_| fail(1, format!("{value}: invalid {what}")))
                        };
                        match letter {
                            'd' => own.end = value.chars().next().unwrap_or('\0'),
                            'n' => own.most = count("line count")?,
                            's' => own.passed = count("line count")?,
                            'O' => own.origin = Some(count("array origin")?),
                            _ => own.file = value,
                        }
                        break;
                    }
                    'C' | 'c' => return Err(Output::fail(2, format!("{tool}: ECS Lab calls nothing from {tool}\n"))),
                    _ => return Err(misused(format!("-{letter}: invalid option"))),
                }
            }
        }
        own.name = names.map_or("MAPFILE", String::as_str);
        if !is_name(own.name) {
            return Err(fail(1, format!("`{}': not a valid identifier", own.name)));
        }
        Ok(own)
    }
}

/// Answers `mapfile [-d SIGN] [-n COUNT] [-O PLACE] [-s COUNT] [-t] [-u NUMBER] [ARRAY]`.
pub(super) fn run(shell: &mut Shell<'_>, tool: &str, words: &[String]) -> Output {
    let (asked, open) = match Asked::of(tool, words).and_then(|asked| Ok((numbered(shell, tool, asked.file)?, asked))) {
        Ok((open, asked)) => (asked, open),
        Err(output) => return output,
    };
    let Some(input) = open else {
        return Output::fail(
            1,
            format!("ECS Lab: {tool} takes its lines from a pipe, a file or <<<; nobody types to it here\n"),
        );
    };
    let most = if asked.most == 0 { usize::MAX } else { asked.most };
    let (items, taken) = shell.look(&input, |rest| {
        let (mut items, mut taken) = (Items::new(), 0);
        for (place, line) in rest.split_inclusive(asked.end).take(asked.passed.saturating_add(most)).enumerate() {
            taken += line.len();
            if let Some(place) = place.checked_sub(asked.passed) {
                let line = if asked.trimmed { line.strip_suffix(asked.end).unwrap_or(line) } else { line };
                items.push((asked.origin.map(|origin| origin.saturating_add(place).to_string()), line.to_string()));
            }
        }
        (items, taken)
    });
    input.take(taken);
    let filled = shell.terminal.state.changes(asked.name);
    match filled.and_then(|()| shell.fill(asked.name, asked.origin.is_some(), items)) {
        Ok(()) => Output::default(),
        Err(why) => Output::fail(1, format!("bash: {why}\n")),
    }
}
