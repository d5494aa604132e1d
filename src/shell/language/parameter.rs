//! `${name…}`: what stands for a variable's value, and the pieces of it that a script cuts out or puts in place.

use super::arithmetic;
use super::change::changed;
use super::command::{Part, Place, Word};
use super::expand::{Source, all_of, text, unbound};
use super::scan::Scan;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

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
    /// `${#name}`: how long a value is, or how many elements there are.
    Length,
    /// `${!name[@]}`: where there are elements.
    Keys,
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

/// What stands between braces: the name, which elements of it, and what becomes of the value.
pub type Parameter = (String, Option<Place>, Option<Change>);

/// Reads what stands between the braces; none where bash knows no such thing. Words are read by `word`, those of which
/// quotes are never a part too.
///
/// # Errors
/// Those of `word`.
pub fn read(
    inside: &str,
    word: &mut dyn FnMut(&str, bool) -> Result<Word, String>,
) -> Result<Option<Parameter>, String> {
    if let Some(rest) = inside.strip_prefix('#') {
        if ["@", "*"].contains(&rest) {
            return Ok(Some(("#".to_string(), None, None)));
        }
        if let Some((name, place, "")) = named(rest, word)? {
            return Ok(Some((name, place, Some(Change::Length))));
        }
    }
    if let Some(rest) = inside.strip_prefix('!').filter(|rest| rest.starts_with(is_letter)) {
        return match named(rest, word)? {
            Some((name, place @ Some(Place::All { .. }), "")) => Ok(Some((name, place, Some(Change::Keys)))),
            _ => Err("the lab's shell has no ${!NAME}; eval reads a variable whose name another one holds".to_string()),
        };
    }
    let Some((name, place, rest)) = named(inside, word)? else { return Ok(None) };
    if let Some(letter) = rest.strip_prefix('@').filter(|own| own.len() == 1) {
        return Err(format!("the lab's shell has no ${{NAME@{letter}}}"));
    }
    let change = change(rest, word)?;
    Ok(if rest.is_empty() { Some((name, place, None)) } else { change.map(|own| (name, place, Some(own))) })
}

/// A name, which elements of it, and what stands behind them.
type Named<'a> = (String, Option<Place>, &'a str);

/// A name and what stands behind it; none where there is no name.
fn named<'a>(
    text: &'a str,
    word: &mut dyn FnMut(&str, bool) -> Result<Word, String>,
) -> Result<Option<Named<'a>>, String> {
    let letters = text.find(|sign: char| sign != '_' && !sign.is_ascii_alphanumeric()).unwrap_or(text.len());
    let (name, rest) = match text.chars().next() {
        Some('?' | '@' | '*' | '#' | '$' | '!') => text.split_at(1),
        _ => text.split_at(letters),
    };
    if letters > 0 && !is_name(name) && !is_place(name) || name.is_empty() {
        return Ok(None);
    }
    let Some(inner) = rest.strip_prefix('[').filter(|_| is_name(name)) else {
        return Ok(Some((name.to_string(), None, rest)));
    };
    let Some(own) = Scan::new(inner).bracketed() else { return Ok(None) };
    let place = match own.as_str() {
        "" => return Ok(None),
        "@" | "*" => Place::All { joined: own == "*" },
        text => Place::One(word(text, true)?),
    };
    Ok(Some((name.to_string(), Some(place), inner.get(own.len() + 1..).unwrap_or_default())))
}

fn change(rest: &str, word: &mut dyn FnMut(&str, bool) -> Result<Word, String>) -> Result<Option<Change>, String> {
    let colon = rest.strip_prefix(':');
    let after = colon.unwrap_or(rest);
    if let Some(sign) = after.chars().next().filter(|sign| "-=+?".contains(*sign)) {
        let word = word(after.get(1..).unwrap_or_default(), false)?;
        return Ok(Some(Change::Instead { sign, empty: colon.is_some(), word }));
    }
    if let Some(rest) = colon {
        let (offset, length) =
            rest.split_once(':').map_or((rest, None), |(own, length)| (own, Some(length.to_string())));
        return Ok(Some(Change::Slice(offset.to_string(), length)));
    }
    for (mark, end, longest) in [("##", false, true), ("#", false, false), ("%%", true, true), ("%", true, false)] {
        if let Some(pattern) = rest.strip_prefix(mark) {
            return Ok(Some(Change::Cut { end, longest, pattern: word(pattern, true)? }));
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
    Ok(Some(Change::Replace { place, pattern: word(pattern, true)?, with: word(with, false)? }))
}

/// The name before `=`, where a word sets a variable.
pub fn assignment(word: &Word) -> Option<String> {
    let Some(Part::Plain(text)) = word.first() else { return None };
    let (name, _) = text.split_once('=')?;
    let name = name.strip_suffix('+').unwrap_or(name);
    is_name(name).then(|| name.to_string())
}

/// Whether a text names a variable.
pub fn is_name(text: &str) -> bool {
    text.starts_with(is_letter) && text.chars().all(|sign| sign == '_' || sign.is_ascii_alphanumeric())
}

fn is_letter(sign: char) -> bool {
    sign == '_' || sign.is_ascii_alphabetic()
}

/// Whether a text is the number of a word that was given to a function or a script.
fn is_place(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|sign| sign.is_ascii_digit())
}

/// What a variable holds: its value, an element of it, or all of them; none where it is not set.
///
/// # Errors
/// A place that cannot be read.
pub fn own(name: &str, place: Option<&Place>, source: &mut dyn Source) -> Result<Option<String>, String> {
    match place {
        Some(Place::One(word)) => {
            let key = text(word, source)?;
            source.element(name, &key)
        }
        None if name != "@" && name != "*" => Ok(source.variable(name)),
        _ => {
            let all = all_of(name, place, source);
            Ok((!all.is_empty()).then(|| all.join(&between(name, place, source))))
        }
    }
}

/// What stands between elements that are one word.
fn between(name: &str, place: Option<&Place>, source: &mut dyn Source) -> String {
    let joined = name == "*" || matches!(place, Some(Place::All { joined: true }));
    let by = source.variable("IFS").filter(|_| joined);
    by.map_or_else(|| " ".to_string(), |own| own.chars().take(1).collect())
}

/// The name of a variable or an element, as an error names it.
fn shown(name: &str, place: Option<&Place>, source: &mut dyn Source) -> String {
    match place {
        Some(Place::One(word)) => format!("{name}[{}]", text(word, source).unwrap_or_default()),
        _ => name.to_string(),
    }
}

/// The word that stands for a value; none where the value stands for itself.
///
/// # Errors
/// A place that cannot be read.
pub fn instead<'a>(
    (name, place, change): (&str, Option<&Place>, &'a Change),
    source: &mut dyn Source,
) -> Result<Option<&'a Word>, String> {
    let Change::Instead { sign, empty, word } = change else { return Ok(None) };
    let is_set = own(name, place, source)?.is_some_and(|own| !empty || !own.is_empty());
    Ok((is_set == (*sign == '+')).then_some(word))
}

/// The value of a variable after a change.
///
/// # Errors
/// A word that cannot be expanded, a variable that has to be set, an offset that is no number, a value that is too long to
/// look for patterns in it.
pub fn value(
    (name, place, change): (&str, Option<&Place>, &Change),
    source: &mut dyn Source,
) -> Result<String, String> {
    if let Change::Instead { sign, empty, .. } = change {
        let Some(word) = instead((name, place, change), source)? else {
            let own = if *sign == '+' { None } else { own(name, place, source)? };
            return Ok(own.unwrap_or_default());
        };
        let value = text(word, source)?;
        if *sign == '?' {
            let usual = if *empty { "parameter null or not set" } else { "parameter not set" };
            let name = shown(name, place, source);
            return Err(format!("{name}: {}", if value.is_empty() { usual } else { &value }));
        }
        if *sign == '=' {
            match place {
                Some(Place::One(word)) => {
                    let key = text(word, source)?;
                    source.set_element(name, &key, &value)?;
                }
                _ => source.set(name, &value)?,
            }
        }
        return Ok(value);
    }
    let is_all = matches!(place, Some(Place::All { .. }));
    match change {
        Change::Length if is_all => return Ok(source.count(name).to_string()),
        Change::Keys => return Ok(source.elements(name).into_iter().map(|(key, _)| key).collect::<Vec<_>>().join(" ")),
        Change::Slice(..) if is_all => {
            return Ok(slices(name, place, change, source)?.join(&between(name, place, source)));
        }
        Change::Length => {}
        _ if is_all => {
            let all = all_of(name, place, source);
            let all: Vec<String> = all.iter().map(|own| changed(own, change, source)).collect::<Result<_, _>>()?;
            return Ok(all.join(&between(name, place, source)));
        }
        _ => {}
    }
    let own = own(name, place, source)?;
    if own.is_none() && source.is_strict() && !is_all {
        return Err(unbound(&shown(name, place, source)));
    }
    changed(&own.unwrap_or_default(), change, source)
}

/// The elements of `${name[@]:from:count}`, or the words of `${@:from:count}`.
///
/// # Errors
/// What is no number, and a count below 0.
pub fn slices(
    name: &str,
    place: Option<&Place>,
    change: &Change,
    source: &mut dyn Source,
) -> Result<Vec<String>, String> {
    let Change::Slice(from, count) = change else { return Ok(all_of(name, place, source)) };
    let from = arithmetic::value(from, source)?;
    let count = match count {
        None => usize::MAX,
        Some(count) => {
            let number = arithmetic::value(count, source)?;
            usize::try_from(number).map_err(|_| format!("{}: substring expression < 0", count.trim()))?
        }
    };
    if place.is_none() {
        let all = source.given();
        let from = if from < 0 { (all.len() as i64 + 1).saturating_add(from) } else { from };
        let Ok(from) = usize::try_from(from) else { return Ok(Vec::new()) };
        let first = source.variable("0").unwrap_or_default();
        return Ok(core::iter::once(first).chain(all).skip(from).take(count).collect());
    }
    let all = source.elements(name);
    let end = all.last().and_then(|(key, _)| key.parse::<i64>().ok()).map_or(0, |last| last.saturating_add(1));
    let from = if from < 0 { end.saturating_add(from) } else { from };
    let behind = |(key, _): &(String, String)| key.parse::<i64>().map_or(true, |key| key >= from);
    Ok(all.into_iter().filter(|own| from >= 0 && behind(own)).take(count).map(|(_, value)| value).collect())
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

        fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
            self.0.insert(name.to_string(), value.to_string());
            Ok(())
        }

        fn output(&mut self, body: &str) -> Result<String, String> {
            Ok(format!("<{body}>"))
        }

        fn cost(&mut self, _: usize) -> Result<(), String> {
            Ok(())
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
        assert_eq!(expanded("${LONG%%*b}", &mut source).unwrap().len(), 100_000);
        assert!(expanded("${LONG//a*b/c}", &mut source).unwrap_err().contains("too long"));
        assert_eq!(expanded("${#LONG} ${LONG//a/}x", &mut source).unwrap(), "100000|x");
    }
}
