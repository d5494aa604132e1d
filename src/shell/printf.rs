//! `printf`: a format, used again as long as words are left.

use super::builtins::interpreted;
use super::exec::Shell;
use super::floats;
use super::language::parameter::is_name;
use super::quote::quote;
use super::terminal::{LONGEST, Output};
use crate::sim::{SimTime, moment};
use alloc::format;
use alloc::string::{String, ToString};

const USAGE: &str = "printf: usage: printf [-v var] format [arguments]\n";

/// As many digits of a real number the lab shows.
const MOST_PLACES: usize = 10_000;

/// The last second that has a year of four digits.
const MOST_SECONDS: i64 = 253_402_300_799;

/// Bash would go on to print.
const FULL: &str = "write error: No space left on device";

/// `printf [-v NAME] FORMAT WORD …`.
pub(super) fn run(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let (name, words) = match words {
        [option, name, rest @ ..] if option == "-v" => (Some(name), rest),
        [option, rest @ ..] if option == "--" => (None, rest),
        words => (None, words),
    };
    if let Some(name) = name.filter(|own| !is_name(own)) {
        return Output::fail(2, format!("bash: printf: `{name}': not a valid identifier\n"));
    }
    let Some((format, rest)) = words.split_first() else { return Output::fail(2, USAGE) };
    let clock = (shell.lab.now(), shell.lab.start().time);
    let mut output = Print { rest, output: Output::default(), ended: false, clock }.all(format);
    if let Some(name) = name
        && let Err(why) = shell.put(name, core::mem::take(&mut output.stdout))
    {
        return Output::fail(1, format!("bash: {why}\n"));
    }
    output
}

/// What stands between `%` and the letter.
#[derive(Default)]
struct Verb {
    flags: String,
    width: usize,
    precision: Option<usize>,
}

struct Print<'a> {
    rest: &'a [String],
    output: Output,
    /// Whether `\c` has ended it.
    ended: bool,
    /// What the clock shows, and what it showed when the shell began.
    clock: (SimTime, SimTime),
}

impl<'a> Print<'a> {
    fn all(mut self, format: &str) -> Output {
        loop {
            let before = self.rest.len();
            if let Err(why) = self.once(format) {
                self.output.stderr.push_str(&format!("bash: printf: {why}\n"));
                self.output.status = 1;
                return self.output;
            }
            if self.ended || self.rest.is_empty() || self.rest.len() == before {
                return self.output;
            }
            if self.output.stdout.len() > LONGEST {
                return Output::fail(1, format!("bash: printf: {FULL}\n"));
            }
        }
    }

    fn once(&mut self, format: &str) -> Result<(), String> {
        let mut rest = format;
        while let Some(at) = rest.find(['%', '\\']).filter(|_| !self.ended) {
            let (plain, special) = rest.split_at(at);
            self.output.stdout.push_str(plain);
            if special.starts_with('\\') {
                let more = special.get(1..).unwrap_or_default();
                let size = 1 + more
                    .find(['%', '\\'])
                    .map_or(more.len(), |end| end.max(more.chars().next().map_or(0, char::len_utf8)));
                let (escape, behind) = special.split_at(size);
                // In a format three octal digits need no 0 in front.
                let octal = escape.get(1..).is_some_and(|own| own.starts_with(|sign| ('1'..='7').contains(&sign)));
                let escape = if octal {
                    format!("\\0{}", escape.get(1..).unwrap_or_default())
                } else {
                    escape.replace("\\\"", "\"")
                };
                let (text, ended) = interpreted(&escape);
                self.output.stdout.push_str(&text);
                (self.ended, rest) = (ended, behind);
            } else {
                rest = self.verb(special.get(1..).unwrap_or_default())?;
            }
        }
        if !self.ended {
            self.output.stdout.push_str(rest);
        }
        Ok(())
    }

    fn word(&mut self) -> Option<&'a str> {
        let (first, others) = self.rest.split_first()?;
        self.rest = others;
        Some(first)
    }

    /// Digits, or a word for `*`.
    fn size(&mut self, rest: &mut &str) -> Option<i64> {
        if let Some(behind) = rest.strip_prefix('*') {
            *rest = behind;
            return Some(self.word().and_then(|word| word.parse().ok()).unwrap_or(0));
        }
        let end = rest.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, behind) = rest.split_at(end);
        *rest = behind;
        (!digits.is_empty()).then(|| digits.parse().unwrap_or(i64::MAX))
    }

    /// Prints what a verb asks for; what stands behind it.
    fn verb<'b>(&mut self, text: &'b str) -> Result<&'b str, String> {
        if let Some(behind) = text.strip_prefix('%') {
            self.output.stdout.push('%');
            return Ok(behind);
        }
        let end = text.find(|sign| !"-+ 0#".contains(sign)).unwrap_or(text.len());
        let (flags, mut rest) = text.split_at(end);
        let mut verb = Verb { flags: flags.to_string(), ..Verb::default() };
        let width = self.size(&mut rest).unwrap_or(0);
        if width < 0 {
            verb.flags.push('-');
        }
        verb.width = fit(width);
        if let Some(behind) = rest.strip_prefix('.') {
            rest = behind;
            verb.precision = Some(self.size(&mut rest).map_or(0, fit));
        }
        if let Some(behind) = rest.strip_prefix('(') {
            return self.moment(&verb, behind);
        }
        let mut signs = rest.chars();
        let Some(kind) = signs.next() else { return Err(format!("`%{text}': missing format character")) };
        if !"sdiuxXobcqfFeEgG".contains(kind) {
            return Err(format!("`{kind}': invalid format character"));
        }
        let word = self.word();
        let places = if "feg".contains(kind.to_ascii_lowercase()) { verb.precision.unwrap_or(0) } else { 0 };
        if places > MOST_PLACES || verb.width.max(verb.precision.unwrap_or(0)) + self.output.stdout.len() > LONGEST {
            return Err(FULL.to_string());
        }
        let shown = self.shown(&verb, kind, word);
        self.output.stdout.push_str(&shown);
        Ok(signs.as_str())
    }

    /// `%(FORMAT)T`: a moment by its seconds; -1 is now, and -2 when the shell began.
    fn moment<'b>(&mut self, verb: &Verb, text: &'b str) -> Result<&'b str, String> {
        let (format, behind) = text.split_once(")T").ok_or("`(': invalid format character")?;
        let word = self.word();
        let at = match word.map_or(-1, |word| self.number(word)) {
            -1 => self.clock.0,
            -2 => self.clock.1,
            seconds => SimTime::from_millis(seconds.clamp(-MOST_SECONDS, MOST_SECONDS) * 1000),
        };
        let shown = moment::shown(at, if format.is_empty() { "%H:%M:%S" } else { format });
        let own = self.shown(&Verb { flags: verb.flags.replace('0', ""), ..*verb }, 's', Some(&shown));
        if own.len() + self.output.stdout.len() > LONGEST {
            return Err(FULL.to_string());
        }
        self.output.stdout.push_str(&own);
        Ok(behind)
    }

    /// A word in the form of a verb.
    fn shown(&mut self, verb: &Verb, kind: char, word: Option<&str>) -> String {
        let given = word.unwrap_or_default();
        let cut = |text: &str| match verb.precision {
            Some(most) => text.chars().take(most).collect(),
            None => text.to_string(),
        };
        let (text, is_number) = match kind {
            's' => (cut(given), false),
            'c' => (given.chars().take(1).collect(), false),
            'q' => (quoted(given), false),
            'b' => {
                let (text, ended) = interpreted(given);
                self.ended |= ended;
                (cut(&text), false)
            }
            'f' | 'F' | 'e' | 'E' | 'g' | 'G' => (self.real(verb, kind, given), true),
            _ => (self.whole(verb, kind, given), true),
        };
        let width = verb.width;
        let zeros = is_number && verb.flags.contains('0') && (verb.precision.is_none() || "fFeEgG".contains(kind));
        let missing = width.saturating_sub(text.chars().count());
        if verb.flags.contains('-') {
            return text + &" ".repeat(missing);
        }
        if zeros {
            let sign = text.chars().take_while(|sign| "+- ".contains(*sign)).count();
            let (sign, digits) = text.split_at(sign);
            return format!("{sign}{}{digits}", "0".repeat(missing));
        }
        " ".repeat(missing) + &text
    }

    fn wrong(&mut self, word: &str) {
        self.output.stderr.push_str(&format!("bash: printf: {word}: invalid number\n"));
        self.output.status = 1;
    }

    fn signed(verb: &Verb, text: String, is_negative: bool) -> String {
        match (is_negative, verb.flags.contains('+'), verb.flags.contains(' ')) {
            (false, true, _) => format!("+{text}"),
            (false, false, true) => format!(" {text}"),
            _ => text,
        }
    }

    fn whole(&mut self, verb: &Verb, kind: char, word: &str) -> String {
        let number = match word.strip_prefix(['\'', '"']) {
            Some(sign) => sign.chars().next().map_or(0, |sign| i64::from(u32::from(sign))),
            None => self.number(word),
        };
        let digits = match (kind, number) {
            ('x', _) => format!("{number:x}"),
            ('X', _) => format!("{number:X}"),
            ('o', _) => format!("{number:o}"),
            ('u', _) => number.cast_unsigned().to_string(),
            _ => number.unsigned_abs().to_string(),
        };
        let least = verb.precision.unwrap_or(0);
        let digits = "0".repeat(least.saturating_sub(digits.len())) + &digits;
        let marked = verb.flags.contains('#') && number != 0;
        match kind {
            'x' | 'X' if marked => format!("0{kind}{digits}"),
            'o' if marked => format!("0{digits}"),
            'd' | 'i' if number < 0 => format!("-{digits}"),
            'd' | 'i' => Self::signed(verb, digits, false),
            _ => digits,
        }
    }

    /// A whole number as C reads it: `0x…` and `0…` too; what of it is none counts for nothing, and is told.
    fn number(&mut self, word: &str) -> i64 {
        let text = word.trim_start();
        let (sign, bare) = match text.strip_prefix('-') {
            Some(bare) => (-1, bare),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let (base, digits) = match bare.strip_prefix("0x").or_else(|| bare.strip_prefix("0X")) {
            Some(digits) => (16, digits),
            None if bare.starts_with('0') => (8, bare),
            None => (10, bare),
        };
        let end = digits.find(|sign: char| !sign.is_digit(base)).unwrap_or(digits.len());
        let (own, behind) = digits.split_at(end);
        if !word.is_empty() && (own.is_empty() || !behind.is_empty()) {
            self.wrong(word);
        }
        i64::from_str_radix(own, base).map_or(if own.is_empty() { 0 } else { i64::MAX }, |own| sign * own)
    }

    /// A real number as C reads it, and what of the word is none.
    fn real(&mut self, verb: &Verb, kind: char, word: &str) -> String {
        let number = match word.strip_prefix(['\'', '"']) {
            Some(sign) => sign.chars().next().map_or(0.0, |sign| f64::from(u32::from(sign))),
            None => {
                let text = word.trim_start();
                let (number, behind) = floats::read(text);
                if !word.is_empty() && !behind.is_empty() {
                    self.wrong(word);
                }
                let digits = text.strip_suffix(behind).unwrap_or(text);
                floats::leaning(number, digits, kind, verb.precision.unwrap_or(6))
            }
        };
        let text = floats::shown(number, kind, verb.precision.unwrap_or(6), verb.flags.contains('#'));
        Self::signed(verb, text, number.is_sign_negative())
    }
}

/// A width or a precision; one that is too large for any output stays so.
fn fit(size: i64) -> usize {
    usize::try_from(size.unsigned_abs()).unwrap_or(usize::MAX).min(2 * LONGEST)
}

/// As bash quotes for `%q`: `\` before what means something.
fn quoted(word: &str) -> String {
    if word.is_empty() || word.contains('\n') {
        return if word.is_empty() {
            "''".to_string()
        } else {
            quote(word).replace('\n', "\\n").replacen('\'', "$'", 1)
        };
    }
    let plain = |sign: char| sign.is_alphanumeric() || "_%+-./:=@".contains(sign);
    let mut out = String::new();
    for sign in word.chars() {
        if !plain(sign) {
            out.push('\\');
        }
        out.push(sign);
    }
    out
}
