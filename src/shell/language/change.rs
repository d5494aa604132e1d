//! What `${name…}` makes of a text: without what fits a pattern, with another text in its place, a part of it, other letters.

use super::super::pattern::{Pattern, Search};
use super::super::terminal::LONGEST;
use super::arithmetic;
use super::expand::{Source, pattern, text};
use super::parameter::Change;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A text after a change.
///
/// # Errors
/// A word that cannot be expanded, an offset that is no number, a value that is too long for its pattern.
pub fn changed(plain: &str, change: &Change, source: &mut dyn Source) -> Result<String, String> {
    match change {
        Change::Length => Ok(plain.chars().count().to_string()),
        Change::Cut { end, longest, pattern: own } => {
            let own = Pattern::new(&pattern(own, source)?);
            cut(plain, &own, *end, *longest)
        }
        Change::Replace { place, pattern: own, with } => {
            let (own, with) = (Pattern::new(&pattern(own, source)?), text(with, source)?);
            replaced(plain, &own, &with, *place)
        }
        Change::Slice(offset, length) => slice(plain, (offset, length.as_deref()), source),
        Change::Case { upper, all } => {
            let cased = |sign: char| if *upper { sign.to_ascii_uppercase() } else { sign.to_ascii_lowercase() };
            let each = plain.chars().enumerate();
            Ok(each.map(|(place, sign)| if *all || place == 0 { cased(sign) } else { sign }).collect())
        }
        Change::Keys | Change::Instead { .. } => Ok(plain.to_string()),
    }
}

fn cut(value: &str, pattern: &Pattern, end: bool, longest: bool) -> Result<String, String> {
    let all: Vec<char> = value.chars().collect();
    let found = Search::new(pattern, end).length(&all, longest)?.unwrap_or(0);
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
    let all: Vec<char> = value.chars().collect();
    if place == Some('%') {
        let found = Search::new(pattern, true).length(&all, true)?.filter(|size| *size > 0);
        let Some(size) = found else { return Ok(value.to_string()) };
        let left: String = all.get(..all.len() - size).unwrap_or_default().iter().collect();
        return Ok(left + with);
    }
    // The longest part that begins at a place and fits.
    let mut search = Search::new(pattern, false);
    let mut fit = |from: usize| search.length(all.get(from..).unwrap_or_default(), true);
    let (mut out, mut at, mut done) = (String::new(), 0, false);
    while let Some(sign) = all.get(at) {
        let open = !done && (place != Some('#') || at == 0);
        match if open { fit(at)?.filter(|size| *size > 0) } else { None } {
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
