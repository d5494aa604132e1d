//! `test`, `[` and what `[[ … ]]` asks: of files, of texts and of numbers.

use super::exec::Shell;
use super::redirections::number_of;
use super::terminal::Output;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// As deep as parentheses may be nested.
const DEEPEST: u8 = 16;

/// `test …` and `[ … ]`.
pub(super) fn test(shell: &Shell<'_>, tool: &str, words: &[String]) -> Output {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match holds(shell, &words, 0) {
        Ok(holds) => Output::status(u8::from(!holds)),
        Err(why) => Output::fail(2, format!("bash: {tool}: {why}\n")),
    }
}

/// By the number of words, as POSIX has it; more of them are joined by `-a` and `-o`.
fn holds(shell: &Shell<'_>, words: &[&str], depth: u8) -> Result<bool, String> {
    if depth > DEEPEST {
        return Err("too many arguments".to_string());
    }
    match words {
        [] => Ok(false),
        [word] => Ok(!word.is_empty()),
        [left, sign, right] if is_between(sign) => between(shell, left, sign, right),
        ["!", rest @ ..] if rest.len() < 4 => holds(shell, rest, depth + 1).map(|holds| !holds),
        [sign, word] => of(shell, sign, word).ok_or_else(|| format!("{sign}: unary operator expected")),
        _ => {
            let split = |sign: &str| words.iter().position(|word| *word == sign).filter(|at| *at > 0);
            if let Some(at) = split("-o").or_else(|| split("-a")) {
                let (left, right) = (words.get(..at).unwrap_or_default(), words.get(at + 1..).unwrap_or_default());
                let left = holds(shell, left, depth + 1)?;
                let right = holds(shell, right, depth + 1)?;
                return Ok(if words.get(at) == Some(&"-o") { left || right } else { left && right });
            }
            match words {
                ["(", inner @ .., ")"] => holds(shell, inner, depth + 1),
                ["!", rest @ ..] => holds(shell, rest, depth + 1).map(|holds| !holds),
                [_, sign, _] => Err(format!("{sign}: binary operator expected")),
                _ => Err("too many arguments".to_string()),
            }
        }
    }
}

fn is_between(sign: &str) -> bool {
    ["=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"].contains(&sign)
}

/// What is asked of one text; none for no such sign.
pub(super) fn of(shell: &Shell<'_>, sign: &str, word: &str) -> Option<bool> {
    let (files, path) = (&shell.terminal.files, shell.path(word));
    let is_open = || number_of(word).is_some_and(|own| own < 3 || shell.numbers.contains_key(&own));
    let there = || is_open() || !word.is_empty() && (files.read(&path).is_some() || files.is_directory(&path));
    Some(match sign {
        "-n" => !word.is_empty(),
        "-z" => word.is_empty(),
        "-f" => !word.is_empty() && files.read(&path).is_some(),
        "-d" => !word.is_empty() && files.is_directory(&path),
        "-s" => files.is_directory(&path) || files.read(&path).is_some_and(|text| !text.is_empty()),
        "-e" | "-a" | "-r" | "-w" => there(),
        "-x" => there() && files.mode(&path) & 0o111 != 0,
        "-h" | "-L" | "-p" | "-S" | "-b" | "-c" => false,
        "-v" => match word.strip_suffix(']').and_then(|own| own.split_once('[')) {
            Some((name, place)) => shell.array(name).is_some_and(|own| own.has(place)),
            None => shell
                .terminal
                .variables
                .get(word)
                .is_some_and(|own| own.array.as_ref().is_none_or(|own| own.first().is_some())),
        },
        "-t" => shell.to_screen,
        _ => return None,
    })
}

/// What is asked of two texts.
///
/// # Errors
/// What is no number.
pub(super) fn between(shell: &Shell<'_>, left: &str, sign: &str, right: &str) -> Result<bool, String> {
    let files = &shell.terminal.files;
    let changed = |word: &str| Some(files.changed(&shell.path(word))).filter(|_| of(shell, "-e", word) == Some(true));
    Ok(match sign {
        "=" | "==" => left == right,
        "!=" => left != right,
        "<" => left < right,
        ">" => left > right,
        "-nt" => changed(left) > changed(right),
        "-ot" => changed(left) < changed(right),
        "-ef" => shell.path(left) == shell.path(right),
        _ => {
            let number =
                |word: &str| word.trim().parse::<i64>().map_err(|_| format!("{word}: integer expression expected"));
            let (left, right) = (number(left)?, number(right)?);
            match sign {
                "-eq" => left == right,
                "-ne" => left != right,
                "-lt" => left < right,
                "-le" => left <= right,
                "-gt" => left > right,
                "-ge" => left >= right,
                _ => return Err(format!("{sign}: binary operator expected")),
            }
        }
    })
}

/// What a regular expression finds in a text: all of it, and its groups; nothing where it does not fit.
///
/// # Errors
/// What is no regular expression.
pub(super) fn matches(text: &str, expression: &str) -> Result<Vec<String>, String> {
    let read = regex_lite::Regex::new(expression);
    let read = read.map_err(|_| format!("[[: {expression}: the lab's shell cannot read this regular expression"))?;
    let group = |own: Option<regex_lite::Match<'_>>| own.map(|own| own.as_str().to_string()).unwrap_or_default();
    Ok(read.captures(text).map(|own| own.iter().map(group).collect()).unwrap_or_default())
}
