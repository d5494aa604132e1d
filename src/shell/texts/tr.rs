//! `tr`: signs for signs, taken out, or once for several.

use super::{Asked, Output};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// So many signs a range may stand for.
const MOST: u32 = 10_000;

pub(super) fn tr(asked: &Asked, input: &str) -> Output {
    let (deletes, squeezes, others) = (asked.has('d'), asked.has('s'), asked.has('c') || asked.has('C'));
    let most = if deletes && !squeezes { 1 } else { 2 };
    let missing = if asked.names.is_empty() {
        Some(String::from("missing operand"))
    } else if let [first] = asked.names.as_slice()
        && !deletes
        && !squeezes
    {
        Some(format!("missing operand after '{first}'\nTwo strings must be given when translating."))
    } else {
        asked.names.get(most).map(|extra| format!("extra operand '{extra}'"))
    };
    if let Some(missing) = missing {
        return Output::fail(1, format!("tr: {missing}\nTry 'tr --help' for more information.\n"));
    }
    let sets: Result<Vec<Vec<char>>, String> = asked.names.iter().map(|own| set(own)).collect();
    let sets = match sets {
        Ok(sets) => sets,
        Err(why) => return Output::fail(1, format!("tr: {why}\n")),
    };
    let from = sets.first().map(Vec::as_slice).unwrap_or_default();
    let to = sets.get(1).map(Vec::as_slice);
    if !deletes && to.is_some_and(<[char]>::is_empty) {
        return Output::fail(1, "tr: when not truncating set1, string2 must be non-empty\n");
    }
    let chosen = |sign: char| from.contains(&sign) != others;
    // What several of become one: the signs that are put in, or those of the only set.
    let once = |sign: char| squeezes && to.map_or_else(|| chosen(sign), |to| to.contains(&sign));
    let mut out = String::new();
    for sign in input.chars() {
        let put = match to.filter(|_| !deletes && chosen(sign)) {
            _ if deletes && chosen(sign) => continue,
            None => sign,
            Some(to) if others => to.last().copied().unwrap_or(sign),
            Some(to) => {
                let place = from.iter().rposition(|own| *own == sign).unwrap_or_default();
                to.get(place).or(to.last()).copied().unwrap_or(sign)
            }
        };
        if !(once(put) && out.ends_with(put)) {
            out.push(put);
        }
    }
    Output::print(out)
}

/// The signs of a set: ranges, classes, and what `\` stands in front of.
fn set(text: &str) -> Result<Vec<char>, String> {
    let mut rest = text;
    let mut all = Vec::new();
    while let Some(sign) = one(&mut rest)? {
        let (first, is_class) = match sign {
            Sign::One(sign) => (sign, false),
            Sign::Class(signs) => {
                all.extend(signs);
                ('-', true)
            }
        };
        let Some(after) = rest.strip_prefix('-').filter(|after| !after.is_empty() && !is_class) else {
            if !is_class {
                all.push(first);
            }
            continue;
        };
        rest = after;
        match one(&mut rest)? {
            Some(Sign::One(last)) if last < first => {
                return Err(format!("range-endpoints of '{first}-{last}' are in reverse collating sequence order"));
            }
            Some(Sign::One(last)) if u32::from(last) - u32::from(first) <= MOST => all.extend(first..=last),
            _ => return Err(format!("ECS Lab has no range like this in '{text}'")),
        }
    }
    Ok(all)
}

enum Sign {
    One(char),
    Class(Vec<char>),
}

fn one(rest: &mut &str) -> Result<Option<Sign>, String> {
    let mut signs = rest.chars();
    let Some(first) = signs.next() else { return Ok(None) };
    if let Some((name, behind)) = rest.strip_prefix("[:").and_then(|inner| inner.split_once(":]")) {
        let ranges = crate::shell::pattern::class(name).ok_or_else(|| format!("invalid character class '{name}'"))?;
        *rest = behind;
        return Ok(Some(Sign::Class(ranges.iter().flat_map(|(low, high)| *low..=*high).collect())));
    }
    if first != '\\' {
        *rest = signs.as_str();
        return Ok(Some(Sign::One(first)));
    }
    let octal = signs.as_str();
    let digits = octal.chars().take(3).take_while(|sign| sign.is_digit(8)).count();
    if let Some(code) = octal.get(..digits).filter(|own| !own.is_empty()) {
        *rest = octal.get(digits..).unwrap_or_default();
        let code = u32::from_str_radix(code, 8).unwrap_or_default();
        return Ok(Some(Sign::One(char::from_u32(code).unwrap_or_default())));
    }
    let sign = match signs.next() {
        Some('n') => '\n',
        Some('t') => '\t',
        Some('r') => '\r',
        Some('a') => '\u{7}',
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some('v') => '\u{b}',
        Some(sign) => sign,
        None => '\\',
    };
    *rest = signs.as_str();
    Ok(Some(Sign::One(sign)))
}
