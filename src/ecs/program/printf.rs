//! What `echo` and `printf` write.

use super::later;
use alloc::format;
use alloc::string::String;

/// As many bytes as `printf` writes before it begins its form no more.
const MOST_PRINTED: usize = 4096;

/// What `echo` writes: that of dash has one option, and reads escapes always.
pub(super) fn echoed(words: &[&str], is_dash: bool) -> String {
    let is_flag = |word: &&&str| match is_dash {
        true => **word == "-n",
        false => word.len() > 1 && word.starts_with('-') && word.chars().skip(1).all(|sign| "neE".contains(sign)),
    };
    let flags = words.iter().take_while(is_flag).take(if is_dash { 1 } else { usize::MAX }).count();
    let (flags, words) = words.split_at_checked(flags).unwrap_or_default();
    let flags = flags.concat();
    let reads = is_dash || flags.rfind('e') > flags.rfind('E');
    let text = words.join(" ");
    let (text, goes_on) = if reads { unescaped(&text, true) } else { (text, true) };
    if flags.contains('n') || !goes_on { text } else { text + "\n" }
}

/// What `printf` writes; none for what the lab does not understand. That of BusyBox asks for numbers that are not there.
pub(super) fn printed(words: &[&str], is_busybox: bool) -> Option<String> {
    let (format, words) = words.split_first()?;
    if format.starts_with('-') {
        return None;
    }
    let (format, goes_on) = unescaped(format, false);
    let (mut words, mut out) = (words.iter().copied().peekable(), String::new());
    loop {
        let left = words.len();
        let mut rest = format.as_str();
        while let Some(at) = rest.find('%') {
            let (before, behind) = rest.split_at_checked(at)?;
            out += before;
            let (own, behind) = conversion(behind.get(1..)?)?;
            rest = behind;
            out += &match own.kind {
                '%' => "%".into(),
                _ => own.shown(words.next(), is_busybox)?,
            };
        }
        out += rest;
        if words.len() == 0 || words.len() == left || out.len() > MOST_PRINTED {
            return goes_on.then_some(out);
        }
    }
}

struct Conversion {
    left: bool,
    zeros: bool,
    plus: bool,
    width: usize,
    precision: Option<usize>,
    kind: char,
}

/// What stands behind `%`, and what is behind that.
fn conversion(text: &str) -> Option<(Conversion, &str)> {
    let flags = text.find(|sign: char| !"-0+".contains(sign))?;
    let (flags, rest) = text.split_at_checked(flags)?;
    let digits = |text: &str| text.find(|sign: char| !sign.is_ascii_digit());
    let number = |text: &str| if text.is_empty() { Some(0) } else { text.parse().ok().filter(|own| *own <= 200) };
    let (width, rest) = rest.split_at_checked(digits(rest)?)?;
    let (precision, rest) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at_checked(digits(rest)?).map(|(own, rest)| (Some(own), rest))?,
        None => (None, rest),
    };
    let kind = rest.chars().next()?;
    let precision = match precision {
        Some(own) => Some(number(own)?),
        None => None,
    };
    let has = |flag| flags.contains(flag);
    let own = Conversion { left: has('-'), zeros: has('0'), plus: has('+'), width: number(width)?, precision, kind };
    Some((own, rest.get(kind.len_utf8()..)?))
}

impl Conversion {
    fn shown(&self, word: Option<&str>, is_busybox: bool) -> Option<String> {
        let text = word.unwrap_or_default();
        let number = || match word {
            None => (!is_busybox).then_some(0),
            Some(own) if own.len() > 1 && own.trim_start_matches('-').starts_with('0') => None,
            Some(own) => own.parse::<i64>().ok(),
        };
        let signed = |text: String| if self.plus && !text.starts_with('-') { format!("+{text}") } else { text };
        let own = match self.kind {
            's' => text.chars().take(self.precision.unwrap_or(usize::MAX)).collect(),
            'b' => Some(unescaped(text, true)).filter(|(_, goes_on)| *goes_on)?.0,
            'c' => text.chars().take(1).collect(),
            'd' | 'i' if self.precision.is_none() => signed(format!("{}", number()?)),
            'u' | 'x' | 'X' | 'o' if self.precision.is_none() => {
                let number = u64::try_from(number()?).ok()?;
                match self.kind {
                    'x' => format!("{number:x}"),
                    'X' => format!("{number:X}"),
                    'o' => format!("{number:o}"),
                    _ => format!("{number}"),
                }
            }
            'f' => {
                let number =
                    if text.is_empty() { 0.0 } else { text.parse::<f64>().ok().filter(|own| own.is_finite())? };
                signed(format!("{number:.*}", self.precision.unwrap_or(6)))
            }
            _ => return None,
        };
        let missing = self.width.saturating_sub(own.chars().count());
        if missing > 0 && later::awaits(&own) || self.precision.is_some() && later::awaits(text) {
            return None;
        }
        let is_number = !matches!(self.kind, 's' | 'b' | 'c');
        Some(match own.split_at_checked(1).filter(|(sign, _)| matches!(*sign, "-" | "+")) {
            _ if self.left => own + &" ".repeat(missing),
            Some((sign, digits)) if self.zeros && is_number => format!("{sign}{}{digits}", "0".repeat(missing)),
            None if self.zeros && is_number => "0".repeat(missing) + &own,
            _ => " ".repeat(missing) + &own,
        })
    }
}

/// A text with what its escapes stand for, and whether anything is written behind it: not behind `\c`. The number of a sign
/// has a zero before it in a text that is no form of `printf`.
fn unescaped(text: &str, is_text: bool) -> (String, bool) {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, behind)) = rest.split_once('\\') {
        out += before;
        let sign = behind.chars().next();
        rest = behind.get(sign.map_or(0, char::len_utf8)..).unwrap_or_default();
        match sign {
            Some('a') => out.push('\u{7}'),
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('v') => out.push('\u{b}'),
            Some('\\') => out.push('\\'),
            Some('"') if !is_text => out.push('"'),
            Some('c') if is_text => return (out, false),
            Some('0'..='7') if !is_text || behind.starts_with('0') => {
                let digits = if is_text { rest } else { behind };
                let end = digits.find(|own: char| !own.is_digit(8)).unwrap_or(digits.len()).min(3);
                let (number, left) = digits.split_at_checked(end).unwrap_or_default();
                let code = u8::from_str_radix(if number.is_empty() { "0" } else { number }, 8).unwrap_or_default();
                out.push(char::from(code));
                rest = left;
            }
            Some(own) => {
                out.push('\\');
                out.push(own);
            }
            None => out.push('\\'),
        }
    }
    (out + rest, true)
}
