//! `cut`.

use super::Asked;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// What is cut out of each line.
pub(super) struct Cut {
    /// Places from 1, each from one to another.
    parts: Vec<(usize, usize)>,
    /// What stands between fields; none for signs.
    by: Option<String>,
    /// Whether lines without fields are left out.
    only: bool,
}

impl Cut {
    /// Reads the options.
    ///
    /// # Errors
    /// As GNU's cut words it.
    pub(super) fn read(asked: &Asked) -> Result<Self, String> {
        let lists: Vec<(char, &str)> = "bcf".chars().filter_map(|name| Some((name, asked.value(name)?))).collect();
        let (kind, list) = match lists.as_slice() {
            [] => return Err("you must specify a list of bytes, characters, or fields".to_string()),
            [only] => *only,
            _ => return Err("only one list may be specified".to_string()),
        };
        let by = match (asked.value('d'), kind) {
            (Some(by), 'f') if by.chars().count() > 1 => {
                return Err("the delimiter must be a single character".to_string());
            }
            (Some(_), 'b' | 'c') => {
                return Err("an input delimiter may be specified only when operating on fields".to_string());
            }
            (by, 'f') => Some(by.unwrap_or("\t").to_string()),
            _ => None,
        };
        let what = if kind == 'f' { "field" } else { "byte/character position" };
        let parts = list.split(',').map(|part| range(part, what)).collect::<Result<_, String>>()?;
        Ok(Self { parts, by, only: asked.has('s') })
    }

    /// What is left of a line; none where it is left out.
    pub(super) fn line(&self, line: &str) -> Option<String> {
        let chosen = |place: usize| self.parts.iter().any(|(low, high)| (*low..=*high).contains(&place));
        let Some(by) = &self.by else {
            return Some(line.chars().enumerate().filter(|(place, _)| chosen(place + 1)).map(|(_, own)| own).collect());
        };
        if !line.contains(by.as_str()) {
            return (!self.only).then(|| line.to_string());
        }
        let kept: Vec<&str> =
            line.split(by.as_str()).enumerate().filter(|(place, _)| chosen(place + 1)).map(|(_, own)| own).collect();
        Some(kept.join(by))
    }
}

/// `3`, `3-`, `-3` or `3-5`.
fn range(part: &str, what: &str) -> Result<(usize, usize), String> {
    let number = |text: &str, other: usize| match text.parse::<usize>() {
        Ok(0) => Err(format!("{what}s are numbered from 1")),
        Ok(number) => Ok(number),
        Err(_) if text.is_empty() => Ok(other),
        Err(_) if what == "field" => Err(format!("invalid field value '{text}'")),
        Err(_) => Err(format!("invalid {what} '{text}'")),
    };
    match part.split_once('-') {
        Some(("", "")) => Err("invalid range with no endpoint: -".to_string()),
        Some((low, high)) => match (number(low, 1)?, number(high, usize::MAX)?) {
            (low, high) if low > high => Err("invalid decreasing range".to_string()),
            range => Ok(range),
        },
        None => number(part, 0).map(|place| (place, place)),
    }
}

/// Lines no longer than some width; where it is asked, cut behind a blank.
pub(super) fn folded(text: &str, width: usize, blanks: bool) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let (body, end) = line.strip_suffix('\n').map_or((line, ""), |body| (body, "\n"));
        let signs: Vec<char> = body.chars().collect();
        let mut rest = signs.as_slice();
        while rest.len() > width {
            let most = rest.get(..width).unwrap_or_default();
            let blank = if blanks { most.iter().rposition(|sign| *sign == ' ') } else { None };
            let (piece, more) = rest.split_at(blank.map_or(width, |at| at + 1));
            out.extend(piece);
            out.push('\n');
            rest = more;
        }
        out.extend(rest);
        out.push_str(end);
    }
    out
}
