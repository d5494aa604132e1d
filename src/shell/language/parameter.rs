//! `${name…}`: what stands for a variable's value, and the pieces of it that a script cuts out or puts in place.

use super::super::pattern::Pattern;
use super::super::terminal::LONGEST;
use super::arithmetic;
use super::command::{Part, Word};
use super::expand::{Source, pattern, text, unbound};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A value in which patterns are looked for is at most so long, in characters.
const MOST: usize = 4096;

/// The same where each place of it may be the beginning.
const MOST_PLACES: usize = 256;

/// What becomes of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// `-`, `=`, `+` and `?` with a word: what stands for a variable that is not set, or is set for `+`; with a colon an
    /// empty one counts as not set.
    Instead {
        /// Which of the four.
        sign: char,
        /// Whether an empty value counts as none.
        empty: bool,
        /// The word.
        word: Word,
    },
    /// `${#name}`.
    Length,
    /// `#` and `##` from the start, `%` and `%%` from the end: without the part that fits a pattern.
    Cut {
        /// Whether it goes from the end.
        end: bool,
        /// Whether as much goes as fits.
        longest: bool,
        /// The pattern.
        pattern: Word,
    },
    /// `/`, `//`, `/#` and `/%`: another text for what fits a pattern.
    Replace {
        /// `/` for each place, `#` for the start, `%` for the end; none for the first place.
        place: Option<char>,
        /// The pattern.
        pattern: Word,
        /// The text.
        with: Word,
    },
    /// `:offset` and `:offset:length`.
    Slice(String, Option<String>),
    /// `^`, `^^`, `,` and `,,`: capital or small letters, the first or all.
    Case {
        /// Whether they become capital.
        upper: bool,
        /// Whether all do.
        all: bool,
    },
}

/// Reads what stands between the braces: the name, and what becomes of its value; none where bash knows no such thing. Words
/// are read by `word`.
///
/// # Errors
/// Those of `word`.
pub fn read(
    inside: &str,
    word: &mut dyn FnMut(&str) -> Result<Word, String>,
) -> Result<Option<(String, Option<Change>)>, String> {
    if inside.starts_with('#') && inside.ends_with(']') && inside.contains('[') {
        return Err("the lab's shell has no arrays".to_string());
    }
    if let Some(name) =
        inside.strip_prefix('#').filter(|name| is_name(name) || is_place(name) || ["@", "*"].contains(name))
    {
        let name = if is_name(name) || is_place(name) { name } else { "#" };
        let change = if name == "#" { None } else { Some(Change::Length) };
        return Ok(Some((name.to_string(), change)));
    }
    let letters = inside.find(|sign: char| sign != '_' && !sign.is_ascii_alphanumeric()).unwrap_or(inside.len());
    let (name, rest) = match inside.chars().next() {
        Some('?' | '@' | '*' | '#' | '$' | '!') => inside.split_at(1),
        _ => inside.split_at(letters),
    };
    if letters > 0 && !is_name(name) && !is_place(name) || name.is_empty() {
        return Ok(None);
    }
    if name == "!" && rest.starts_with(|sign: char| sign == '_' || sign.is_ascii_alphabetic()) {
        return Err("the lab's shell has no ${!NAME}; eval reads a variable whose name another one holds".to_string());
    }
    if let Some(letter) = rest.strip_prefix('@').filter(|own| own.len() == 1) {
        return Err(format!("the lab's shell has no ${{NAME@{letter}}}"));
    }
    let (name, rest) = match rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((place, behind)) if ["BASH_REMATCH", "BASH_SOURCE"].contains(&name) && is_place(place) => {
            (format!("{name}[{place}]"), behind)
        }
        Some(_) => return Err("the lab's shell has no arrays".to_string()),
        None => (name.to_string(), rest),
    };
    let change = change(rest, word)?;
    Ok(if rest.is_empty() { Some((name, None)) } else { change.map(|own| (name, Some(own))) })
}

fn change(rest: &str, word: &mut dyn FnMut(&str) -> Result<Word, String>) -> Result<Option<Change>, String> {
    let colon = rest.strip_prefix(':');
    let after = colon.unwrap_or(rest);
    if let Some(sign) = after.chars().next().filter(|sign| "-=+?".contains(*sign)) {
        let word = word(after.get(1..).unwrap_or_default())?;
        return Ok(Some(Change::Instead { sign, empty: colon.is_some(), word }));
    }
    if let Some(rest) = colon {
        let (offset, length) =
            rest.split_once(':').map_or((rest, None), |(own, length)| (own, Some(length.to_string())));
        return Ok(Some(Change::Slice(offset.to_string(), length)));
    }
    for (mark, end, longest) in [("##", false, true), ("#", false, false), ("%%", true, true), ("%", true, false)] {
        if let Some(pattern) = rest.strip_prefix(mark) {
            return Ok(Some(Change::Cut { end, longest, pattern: word(pattern)? }));
        }
    }
    for (mark, upper, all) in [("^^", true, true), ("^", true, false), (",,", false, true), (",", false, false)] {
        if rest == mark {
            return Ok(Some(Change::Case { upper, all }));
        }
    }
    let Some(rest) = rest.strip_prefix('/') else { return Ok(None) };
    let place = rest.chars().next().filter(|sign| "/#%".contains(*sign));
    let rest = if place.is_some() { rest.get(1..).unwrap_or_default() } else { rest };
    let (pattern, with) = rest.split_once('/').unwrap_or((rest, ""));
    Ok(Some(Change::Replace { place, pattern: word(pattern)?, with: word(with)? }))
}

/// The name before `=`, where a word sets a variable.
pub fn assignment(word: &Word) -> Option<String> {
    let Some(Part::Plain(text)) = word.first() else { return None };
    let (name, _) = text.split_once('=')?;
    is_name(name).then(|| name.to_string())
}

/// The word behind `=`.
pub fn value_of(mut word: Word) -> Word {
    if let Some(Part::Plain(text)) = word.first_mut() {
        *text = text.split_once('=').map(|(_, value)| value.to_string()).unwrap_or_default();
    }
    word
}

/// Whether a text names a variable.
pub fn is_name(text: &str) -> bool {
    text.starts_with(|sign: char| sign == '_' || sign.is_ascii_alphabetic())
        && text.chars().all(|sign| sign == '_' || sign.is_ascii_alphanumeric())
}

/// Whether a text is the number of a word that was given to a function or a script.
fn is_place(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|sign| sign.is_ascii_digit())
}

/// The value of a variable after a change.
///
/// # Errors
/// A word that cannot be expanded, a variable that has to be set, an offset that is no number, a value that is too long to
/// look for patterns in it.
pub fn value(name: &str, change: &Change, source: &mut dyn Source) -> Result<String, String> {
    let own = match name {
        "@" | "*" => Some(source.given().join(" ")).filter(|own| !own.is_empty()),
        _ => source.variable(name),
    };
    if own.is_none() && source.is_strict() && !matches!(change, Change::Instead { .. }) {
        return Err(unbound(name));
    }
    let is_set = |empty: bool| own.as_ref().is_some_and(|own| !empty || !own.is_empty());
    let plain = own.clone().unwrap_or_default();
    match change {
        Change::Instead { sign: '+', empty, word } => {
            if is_set(*empty) {
                text(word, source)
            } else {
                Ok(String::new())
            }
        }
        Change::Instead { empty, .. } if is_set(*empty) => Ok(plain),
        Change::Instead { sign: '?', empty, word } => {
            let usual = if *empty { "parameter null or not set" } else { "parameter not set" };
            let said = text(word, source)?;
            Err(format!("{name}: {}", if said.is_empty() { usual } else { &said }))
        }
        Change::Instead { sign, word, .. } => {
            let value = text(word, source)?;
            if *sign == '=' {
                source.set(name, &value);
            }
            Ok(value)
        }
        Change::Length => Ok(plain.chars().count().to_string()),
        Change::Cut { end, longest, pattern: own } => {
            let own = Pattern::new(&pattern(own, source)?);
            cut(&plain, &own, *end, *longest)
        }
        Change::Replace { place, pattern: own, with } => {
            let (own, with) = (Pattern::new(&pattern(own, source)?), text(with, source)?);
            replaced(&plain, &own, &with, *place)
        }
        Change::Slice(offset, length) => slice(&plain, (offset, length.as_deref()), source),
        Change::Case { upper, all } => {
            let cased = |sign: char| if *upper { sign.to_ascii_uppercase() } else { sign.to_ascii_lowercase() };
            let each = plain.chars().enumerate();
            Ok(each.map(|(place, sign)| if *all || place == 0 { cased(sign) } else { sign }).collect())
        }
    }
}

fn signs(value: &str, most: usize) -> Result<Vec<char>, String> {
    let all: Vec<char> = value.chars().collect();
    if all.len() > most {
        Err(format!("a value of more than {most} characters is too long for a pattern"))
    } else {
        Ok(all)
    }
}

fn cut(value: &str, pattern: &Pattern, end: bool, longest: bool) -> Result<String, String> {
    let all = signs(value, MOST)?;
    let mut sizes: Vec<usize> = (0..=all.len()).collect();
    if longest {
        sizes.reverse();
    }
    let part = |size: &usize| if end { all.get(all.len() - size..) } else { all.get(..*size) };
    let found = sizes.into_iter().find(|size| part(size).is_some_and(|part| pattern.fits(part))).unwrap_or(0);
    let left = if end { all.get(..all.len() - found) } else { all.get(found..) };
    Ok(left.unwrap_or_default().iter().collect())
}

fn replaced(value: &str, pattern: &Pattern, with: &str, place: Option<char>) -> Result<String, String> {
    if let Some(pattern) = pattern.literal() {
        if pattern.is_empty() {
            return Ok(value.to_string());
        }
        let pattern = pattern.as_str();
        let found = value.matches(pattern).count();
        if value.len().saturating_add(found.saturating_mul(with.len())) > LONGEST {
            return Err("Argument list too long".to_string());
        }
        let whole = || value.to_string();
        return Ok(match place {
            Some('/') => value.replace(pattern, with),
            Some('#') => value.strip_prefix(pattern).map_or_else(whole, |rest| format!("{with}{rest}")),
            Some(_) => value.strip_suffix(pattern).map_or_else(whole, |rest| format!("{rest}{with}")),
            None => value.replacen(pattern, with, 1),
        });
    }
    let all = signs(value, MOST_PLACES)?;
    // The longest part that begins at a place and fits.
    let fit = |from: usize| {
        let sizes =
            (1..=all.len().saturating_sub(from)).rev().filter(|size| place != Some('%') || from + size == all.len());
        sizes.into_iter().find(|size| all.get(from..from + size).is_some_and(|part| pattern.fits(part)))
    };
    let (mut out, mut at, mut done) = (String::new(), 0, false);
    while let Some(sign) = all.get(at) {
        let open = !done && (place != Some('#') || at == 0);
        match if open { fit(at) } else { None } {
            Some(size) => {
                out.push_str(with);
                at += size;
                done = place != Some('/');
            }
            None => {
                out.push(*sign);
                at += 1;
            }
        }
        if out.len() > LONGEST {
            return Err("Argument list too long".to_string());
        }
    }
    Ok(out)
}

fn slice(value: &str, (offset, length): (&str, Option<&str>), source: &mut dyn Source) -> Result<String, String> {
    let all: Vec<char> = value.chars().collect();
    let size = all.len() as i64;
    let offset = arithmetic::value(offset, source)?;
    let start = if offset < 0 { size.saturating_add(offset) } else { offset.min(size) };
    let end = match length {
        None => size,
        Some(length) => match arithmetic::value(length, source)? {
            back if back < 0 => size.saturating_add(back),
            length => start.saturating_add(length).min(size),
        },
    };
    if start < 0 {
        return Ok(String::new());
    }
    if end < start {
        return Err(format!("{}: substring expression < 0", length.unwrap_or_default().trim()));
    }
    let part = usize::try_from(start).ok().zip(usize::try_from(end).ok()).and_then(|(start, end)| all.get(start..end));
    Ok(part.unwrap_or_default().iter().collect())
}

#[cfg(test)]
mod tests {
    use super::super::expand::words;
    use super::super::{parse, simples};
    use super::*;
    use alloc::collections::BTreeMap;

    struct Variables(BTreeMap<String, String>);

    impl Source for Variables {
        fn variable(&mut self, name: &str) -> Option<String> {
            self.0.get(name).cloned()
        }

        fn set(&mut self, name: &str, value: &str) {
            self.0.insert(name.to_string(), value.to_string());
        }

        fn output(&mut self, body: &str) -> Result<String, String> {
            Ok(format!("<{body}>"))
        }

        fn matching(&self, _: &str) -> Vec<String> {
            Vec::new()
        }
    }

    fn expanded(text: &str, source: &mut Variables) -> Result<String, String> {
        let lines = parse(text).map_err(|wrong| wrong.why)?;
        let mut all = Vec::new();
        for word in &simples(&lines)[0].words {
            all.extend(words(word, source)?);
        }
        Ok(all.join("|"))
    }

    /// As bash 5.2 answers.
    #[test]
    fn parameters_are_expanded_as_bash_does_it() {
        let all = [
            ("ARN", "arn:aws:ecs:us-east-1:1:task/prod/abc"),
            ("LIST", "a,b,c"),
            ("EMPTY", ""),
            ("F", "x.tar.gz"),
            ("W", "one two"),
        ];
        let mut source = Variables(all.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect());
        for (text, expected) in [
            ("${ARN##*/}", Ok("abc")),
            ("${ARN#*/}", Ok("prod/abc")),
            ("${ARN%/*}", Ok("arn:aws:ecs:us-east-1:1:task/prod")),
            ("${F%%.*} ${F%.*} ${F#*.}", Ok("x|x.tar|tar.gz")),
            ("${F%.zip}", Ok("x.tar.gz")),
            ("${LIST//,/ }", Ok("a|b|c")),
            ("\"${LIST//,/ }\"", Ok("a b c")),
            ("${LIST/,/-} ${LIST/#a/z} ${LIST/%c/z} ${LIST/#b/z}", Ok("a-b,c|z,b,c|a,b,z|a,b,c")),
            ("${LIST//,} ${ARN/:*:/+}", Ok("abc|arn+task/prod/abc")),
            ("${#LIST} ${#EMPTY} ${#NONE}", Ok("5|0|0")),
            ("${LIST:2} ${LIST:2:1} ${LIST: -1} ${LIST:0:-2}", Ok("b,c|b|c|a,b")),
            ("${LIST:9}x", Ok("x")),
            ("${LIST:3:-4}", Err("-4: substring expression < 0")),
            ("${F^} ${F^^} ${W,,}", Ok("X.tar.gz|X.TAR.GZ|one|two")),
            ("${NONE:-$F} ${NONE-none} [${EMPTY-none}] ${EMPTY:-none}", Ok("x.tar.gz|none|[]|none")),
            ("${NONE:-${EMPTY:-${F%%.*}}}", Ok("x")),
            ("${NONE:-$(a b)} ${NONE:-'it'}", Ok("<a|b>|it")),
            ("${F:+set} [${NONE:+set}] [${EMPTY:+set}] ${EMPTY+set}", Ok("set|[]|[]|set")),
            ("${NEW:=made} $NEW ${NEW:=again}", Ok("made|made|made")),
            ("${NONE:?}", Err("NONE: parameter null or not set")),
            ("${NONE?is missing}", Err("NONE: is missing")),
            ("${EMPTY?}x", Ok("x")),
            ("${?} ${NAME%x", Err("unexpected EOF while looking for matching `}'")),
            ("${1abc}", Err("${1abc}: bad substitution")),
            ("${F!x}", Err("${F!x}: bad substitution")),
            ("${}", Err("${}: bad substitution")),
            ("${F ^}", Err("${F ^}: bad substitution")),
        ] {
            assert_eq!(expanded(text, &mut source), expected.map(String::from).map_err(String::from), "{text}");
        }
    }

    #[test]
    fn what_nests_or_is_long_is_refused() {
        let deep = "${A:-".repeat(1000) + &"}".repeat(1000);
        let mut source = Variables([("LONG".to_string(), "a".repeat(100_000))].into());
        assert!(expanded(&deep, &mut source).unwrap_err().ends_with("bad substitution"));
        for text in ["${LONG%%*b}", "${LONG//a*b/c}"] {
            assert!(expanded(text, &mut source).unwrap_err().contains("too long"), "{text}");
        }
        assert_eq!(expanded("${#LONG} ${LONG//a/}x", &mut source).unwrap(), "100000|x");
    }
}
