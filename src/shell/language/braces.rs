//! Braces: several words of one.

use super::command::{Part, Word};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// As many words as braces may make of one.
const MOST_WORDS: usize = 1000;

/// A word with more braces stays as it is.
const MOST_BRACES: usize = 64;

/// `a{b,c}` → `ab ac`, as bash does it before all else: only unquoted braces with a comma or a range of numbers.
pub(super) fn braces(word: &Word) -> Result<Vec<Word>, String> {
    let opened = |part: &Part| if let Part::Plain(text) = part { text.matches('{').count() } else { 0 };
    if !(1..=MOST_BRACES).contains(&word.iter().map(opened).sum()) {
        return Ok(alloc::vec![word.clone()]);
    }
    let signs: Vec<Sign> = word.iter().flat_map(signs).collect();
    let mut ready = Vec::new();
    let mut waiting = alloc::vec![(signs, 0)];
    while let Some((signs, from)) = waiting.pop() {
        match group(&signs, from) {
            Some((open, close, options)) => {
                for option in options.iter().rev() {
                    let mut whole = signs.get(..open).unwrap_or_default().to_vec();
                    whole.extend(option.iter().cloned());
                    whole.extend(signs.get(close + 1..).unwrap_or_default().iter().cloned());
                    waiting.push((whole, open));
                }
            }
            None => ready.push(joined(&signs)),
        }
        if ready.len() + waiting.len() > MOST_WORDS {
            return Err(format!("braces make more than {MOST_WORDS} words"));
        }
    }
    Ok(ready)
}

/// A sign that may mean something, or a part that is itself.
#[derive(Clone)]
enum Sign {
    Plain(char),
    Part(Part),
}

fn signs(part: &Part) -> Vec<Sign> {
    match part {
        Part::Plain(text) => text.chars().map(Sign::Plain).collect(),
        part => alloc::vec![Sign::Part(part.clone())],
    }
}

fn joined(signs: &[Sign]) -> Word {
    let mut word = Word::new();
    for sign in signs {
        match (sign, word.last_mut()) {
            (Sign::Plain(sign), Some(Part::Plain(text))) => text.push(*sign),
            (Sign::Plain(sign), _) => word.push(Part::Plain(sign.to_string())),
            (Sign::Part(part), _) => word.push(part.clone()),
        }
    }
    word
}

type Group = (usize, usize, Vec<Vec<Sign>>);

/// The first brace from a place on that stands for several texts.
fn group(signs: &[Sign], from: usize) -> Option<Group> {
    let plain = |place: usize| match signs.get(place) {
        Some(Sign::Plain(sign)) => Some(*sign),
        _ => None,
    };
    for open in (from..signs.len()).filter(|place| plain(*place) == Some('{')) {
        let (mut depth, mut start, mut options) = (0, open + 1, Vec::new());
        for place in open..signs.len() {
            match plain(place) {
                Some('{') => depth += 1,
                Some(',') if depth == 1 => {
                    options.push(signs.get(start..place).unwrap_or_default().to_vec());
                    start = place + 1;
                }
                Some('}') if depth == 1 => {
                    let last = signs.get(start..place).unwrap_or_default();
                    if options.is_empty() {
                        match range(last) {
                            Some(numbers) => return Some((open, place, numbers)),
                            None => break,
                        }
                    }
                    options.push(last.to_vec());
                    return Some((open, place, options));
                }
                Some('}') => depth -= 1,
                _ => {}
            }
        }
    }
    None
}

/// `1..3`, `01..10..3`, `a..e`.
fn range(signs: &[Sign]) -> Option<Vec<Vec<Sign>>> {
    let text: Option<String> =
        signs.iter().map(|sign| if let Sign::Plain(own) = sign { Some(*own) } else { None }).collect();
    let text = text?;
    let pieces: Vec<&str> = text.split("..").collect();
    let (low, high, step) = match pieces.as_slice() {
        [low, high] => (*low, *high, 1),
        [low, high, step] => (*low, *high, step.parse::<i32>().ok()?.unsigned_abs().max(1)),
        _ => return None,
    };
    let letter = |text: &str| text.parse::<char>().ok().filter(char::is_ascii_alphabetic);
    let made: Vec<String> = match (low.parse::<i32>(), high.parse::<i32>(), letter(low), letter(high)) {
        (Ok(first), Ok(last), ..) => {
            let padded =
                |text: &str| text.trim_start_matches('-').len() > 1 && text.trim_start_matches('-').starts_with('0');
            let width = if padded(low) || padded(high) { low.len().max(high.len()) } else { 0 };
            steps(first, last, step).map(|number| format!("{number:0width$}")).collect()
        }
        (_, _, Some(first), Some(last)) => {
            let letters = steps(i32::try_from(u32::from(first)).ok()?, i32::try_from(u32::from(last)).ok()?, step);
            letters.filter_map(|code| char::from_u32(code.unsigned_abs())).map(String::from).collect()
        }
        _ => return None,
    };
    Some(made.iter().map(|own| own.chars().map(Sign::Plain).collect()).collect())
}

/// From one number to another, no more of them than braces may make.
fn steps(first: i32, last: i32, step: u32) -> impl Iterator<Item = i32> {
    let way = if first <= last { i64::from(step) } else { -i64::from(step) };
    let count = (first.abs_diff(last) / step).min(MOST_WORDS as u32);
    (0..=i64::from(count)).filter_map(move |place| i32::try_from(i64::from(first) + way * place).ok())
}
