//! `$((…))`: whole numbers of 64 bits, variables and their assignment, and the operators of C with `**` and the comma.

use super::expand::Source;
use alloc::format;
use alloc::string::{String, ToString};

/// As deep as parentheses, signs, powers and variables may be nested.
const DEEPEST: u8 = 32;

/// So many variables may be asked for their values before an expression is given up.
const MOST_ASKED: u32 = 1000;

/// The operators of two sides, those that bind least first.
const LEVELS: [&[&str]; 10] = [
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

/// What gives a variable a value.
const SETS: [&str; 11] = ["<<=", ">>=", "+=", "-=", "*=", "/=", "%=", "&=", "^=", "|=", "="];

/// What an expression comes to.
///
/// # Errors
/// As bash words it; what the lab leaves out, in our words.
pub fn value(text: &str, source: &mut dyn Source) -> Result<i64, String> {
    Reader { rest: text, source, depth: 0, asked: 0, idle: 0 }.whole()
}

struct Reader<'a, 'b> {
    rest: &'a str,
    source: &'b mut dyn Source,
    depth: u8,
    /// How many variables were asked.
    asked: u32,
    /// In how many branches it stands that are not taken: nothing is set there, and nothing divides by 0.
    idle: u32,
}

/// Why an expression has no value, and whether that names the expression already.
struct Wrong {
    why: String,
    is_whole: bool,
}

fn wrong(why: impl Into<String>) -> Wrong {
    Wrong { why: why.into(), is_whole: false }
}

type Found = Result<i64, Wrong>;

impl Reader<'_, '_> {
    /// The value of all that is to be read.
    fn whole(&mut self) -> Result<i64, String> {
        let text = self.rest;
        if text.trim().is_empty() {
            return Ok(0);
        }
        let found = self.list().and_then(|value| match self.rest.trim() {
            "" => Ok(value),
            rest if rest.starts_with(|sign: char| is_letter(sign) || "0123456789()".contains(sign)) => {
                Err(wrong(format!("syntax error in expression (error token is \"{rest}\")")))
            }
            rest => Err(wrong(format!("syntax error: invalid arithmetic operator (error token is \"{rest}\")"))),
        });
        found.map_err(|own| if own.is_whole { own.why } else { format!("{}: {}", text.trim_start(), own.why) })
    }

    fn take(&mut self, sign: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Takes an operator of two sides, unless it only begins another one.
    fn operator(&mut self, sign: &str) -> bool {
        self.rest = self.rest.trim_start();
        let Some(rest) = self.rest.strip_prefix(sign) else { return false };
        let single = sign.len() == 1;
        let more = match sign {
            "==" | "!=" | "<=" | ">=" | "&&" | "||" => false,
            _ => rest.starts_with('=') || single && "|&<>".contains(sign) && rest.starts_with(sign),
        };
        if !more {
            self.rest = rest;
        }
        !more
    }

    /// Expressions with commas between them, of which the last counts.
    fn list(&mut self) -> Found {
        let mut value = self.choice()?;
        while self.take(",") {
            value = self.choice()?;
        }
        Ok(value)
    }

    /// An expression, or one of two by what stands before `?`.
    fn choice(&mut self) -> Found {
        let asked = self.level(0)?;
        if !self.take("?") {
            return Ok(asked);
        }
        let first = self.unless(asked == 0, |own| own.deeper(Self::list))?;
        if !self.take(":") {
            return Err(wrong("`:' expected for conditional expression"));
        }
        let second = self.unless(asked != 0, |own| own.deeper(Self::choice))?;
        Ok(if asked != 0 { first } else { second })
    }

    /// Reads something that counts for nothing where it is idle.
    fn unless(&mut self, idle: bool, read: impl FnOnce(&mut Self) -> Found) -> Found {
        self.idle += u32::from(idle);
        let value = read(self);
        self.idle -= u32::from(idle);
        value
    }

    fn level(&mut self, level: usize) -> Found {
        let Some(signs) = LEVELS.get(level) else { return self.power() };
        let mut left = self.level(level + 1)?;
        while let Some(sign) = signs.iter().find(|sign| self.operator(sign)) {
            let idle = *sign == "||" && left != 0 || *sign == "&&" && left == 0;
            let unread = self.rest.trim_start();
            let right = self.unless(idle, |own| own.level(level + 1))?;
            left = self.of(sign, left, right, unread)?;
        }
        Ok(left)
    }

    fn of(&self, sign: &str, left: i64, right: i64, unread: &str) -> Found {
        Ok(match sign {
            "||" => i64::from(left != 0 || right != 0),
            "&&" => i64::from(left != 0 && right != 0),
            "|" => left | right,
            "^" => left ^ right,
            "&" => left & right,
            "==" => i64::from(left == right),
            "!=" => i64::from(left != right),
            "<=" => i64::from(left <= right),
            ">=" => i64::from(left >= right),
            "<" => i64::from(left < right),
            ">" => i64::from(left > right),
            // Of the number of places the last six bits count, as on bash's machines.
            "<<" => left.wrapping_shl((right & 63) as u32),
            ">>" => left.wrapping_shr((right & 63) as u32),
            "+" => left.wrapping_add(right),
            "-" => left.wrapping_sub(right),
            "*" => left.wrapping_mul(right),
            _ if right == 0 && self.idle > 0 => 0,
            _ if right == 0 => return Err(wrong(format!("division by 0 (error token is \"{unread}\")"))),
            "/" => left.wrapping_div(right),
            _ => left.wrapping_rem(right),
        })
    }

    fn power(&mut self) -> Found {
        let base = self.one()?;
        if !self.take("**") {
            return Ok(base);
        }
        let exponent = self.deeper(Self::power)?;
        match u32::try_from(exponent) {
            Ok(exponent) => Ok(base.wrapping_pow(exponent)),
            Err(_) => Err(wrong("exponent less than 0")),
        }
    }

    fn deeper(&mut self, read: impl FnOnce(&mut Self) -> Found) -> Found {
        if self.depth >= DEEPEST {
            return Err(wrong(format!(
                "expression recursion level exceeded (error token is \"{}\")",
                self.rest.trim()
            )));
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    /// A number, a variable, or what a sign or parentheses stand in front of.
    fn one(&mut self) -> Found {
        for (sign, step) in [("++", 1), ("--", -1)] {
            if self.rest.trim_start().strip_prefix(sign).is_some_and(|rest| rest.trim_start().starts_with(is_letter)) {
                self.take(sign);
                let name = self.name();
                let place = self.place()?;
                let value = self.variable(&name, place.as_deref())?.wrapping_add(step);
                self.set(&name, place.as_deref(), value)?;
                return Ok(value);
            }
        }
        if self.take("-") {
            return self.deeper(Self::one).map(i64::wrapping_neg);
        }
        if self.take("+") {
            return self.deeper(Self::one);
        }
        if self.take("!") {
            return self.deeper(Self::one).map(|value| i64::from(value == 0));
        }
        if self.take("~") {
            return self.deeper(Self::one).map(|value| !value);
        }
        if self.take("(") {
            let value = self.deeper(Self::list)?;
            return if self.take(")") { Ok(value) } else { Err(wrong("missing `)'")) };
        }
        self.take("$");
        let braced = self.take("{");
        let unread = self.rest;
        let word = self.name();
        if braced && !self.take("}") || word.is_empty() {
            return Err(wrong(format!("syntax error: operand expected (error token is \"{unread}\")")));
        }
        if word.starts_with(|sign: char| sign.is_ascii_digit()) {
            return number(&word).map_err(|why| wrong(format!("{why} (error token is \"{word}\")")));
        }
        self.assigned(&word)
    }

    /// The letters that come next; of a number, its base too.
    fn name(&mut self) -> String {
        self.rest = self.rest.trim_start();
        let is_number = self.rest.starts_with(|sign: char| sign.is_ascii_digit());
        let ends = |sign: char| !(sign.is_alphanumeric() || sign == '_' || is_number && "#@".contains(sign));
        let (word, rest) = self.rest.split_at(self.rest.find(ends).unwrap_or(self.rest.len()));
        self.rest = rest;
        word.to_string()
    }

    /// The place of an element, where one stands behind a name.
    fn place(&mut self) -> Result<Option<String>, Wrong> {
        let Some(inner) = self.rest.strip_prefix('[') else { return Ok(None) };
        let mut depth = 1;
        for (at, sign) in inner.char_indices() {
            depth += i32::from(sign == '[') - i32::from(sign == ']');
            if depth == 0 {
                self.rest = inner.get(at + 1..).unwrap_or_default();
                return Ok(inner.get(..at).map(String::from));
            }
        }
        Err(wrong("bad array subscript"))
    }

    fn set(&mut self, name: &str, place: Option<&str>, value: i64) -> Result<(), Wrong> {
        if self.idle > 0 {
            return Ok(());
        }
        let value = value.to_string();
        let done = match place {
            Some(place) => self.source.set_element(name, place, &value),
            None => self.source.set(name, &value),
        };
        done.map_err(|why| Wrong { why, is_whole: true })
    }

    /// The value of a variable or an element, which is an expression of its own.
    fn variable(&mut self, name: &str, place: Option<&str>) -> Found {
        let text = match place {
            // A place is an expression too, read by a reader of its own.
            Some(_) if self.depth >= DEEPEST => return Err(wrong("expression recursion level exceeded")),
            Some(place) => self.source.element(name, place).map_err(|why| Wrong { why, is_whole: true })?,
            None => self.source.variable(name),
        };
        let text = text.unwrap_or_default();
        if text.trim().is_empty() {
            return Ok(0);
        }
        if let Ok(plain) = number(text.trim()) {
            return Ok(plain);
        }
        self.asked += 1;
        if self.asked > MOST_ASKED {
            return Err(wrong(format!("the lab's shell asks no more than {MOST_ASKED} variables")));
        }
        if self.depth >= DEEPEST {
            let why = format!("{text}: expression recursion level exceeded (error token is \"{text}\")");
            return Err(Wrong { why, is_whole: true });
        }
        let mut inner = Reader {
            rest: &text,
            source: &mut *self.source,
            depth: self.depth + 1,
            asked: self.asked,
            idle: self.idle,
        };
        let value = inner.whole();
        self.asked = inner.asked;
        value.map_err(|why| Wrong { why, is_whole: true })
    }

    /// A variable, after what `=`, `+=` or `++` behind it makes of it.
    fn assigned(&mut self, name: &str) -> Found {
        let place = self.place()?;
        let place = place.as_deref();
        for (sign, step) in [("++", 1), ("--", -1)] {
            if self.take(sign) {
                let value = self.variable(name, place)?;
                self.set(name, place, value.wrapping_add(step))?;
                return Ok(value);
            }
        }
        let rest = self.rest.trim_start();
        let sign = SETS.into_iter().find(|sign| rest.starts_with(sign));
        let Some(sign) = sign.filter(|_| !rest.starts_with("==")) else { return self.variable(name, place) };
        self.take(sign);
        let unread = self.rest.trim_start();
        let right = self.deeper(Self::choice)?;
        let value = match sign.strip_suffix('=').filter(|own| !own.is_empty()) {
            None => right,
            Some(sign) => {
                let left = self.variable(name, place)?;
                self.of(sign, left, right, unread)?
            }
        };
        self.set(name, place, value)?;
        Ok(value)
    }
}

fn is_letter(sign: char) -> bool {
    sign == '_' || sign.is_alphabetic()
}

/// A number: decimal, `0x…`, octal behind a `0`, or with its base from 2 to 64 before `#`.
fn number(text: &str) -> Result<i64, &'static str> {
    if text.is_empty() || !text.starts_with(|sign: char| sign.is_ascii_digit()) {
        return Err("invalid number");
    }
    let (base, digits) = match (text.split_once('#'), text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))) {
        (Some((base, digits)), _) => (base.parse::<u32>().unwrap_or(0), digits),
        (None, Some(digits)) => (16, digits),
        (None, None) if text.len() > 1 && text.starts_with('0') => (8, text),
        (None, None) => (10, text),
    };
    if !(2..=64).contains(&base) {
        return Err("invalid arithmetic base");
    }
    if digits.is_empty() {
        return Err("invalid integer constant");
    }
    let mut value = 0_i64;
    for sign in digits.chars() {
        let digit = match sign {
            '0'..='9' => u32::from(sign) - u32::from('0'),
            'a'..='z' => u32::from(sign) - u32::from('a') + 10,
            'A'..='Z' if base <= 36 => u32::from(sign) - u32::from('A') + 10,
            'A'..='Z' => u32::from(sign) - u32::from('A') + 36,
            '@' => 62,
            '_' => 63,
            _ => return Err("invalid number"),
        };
        if digit >= base {
            return Err("value too great for base");
        }
        value = value.wrapping_mul(i64::from(base)).wrapping_add(i64::from(digit));
    }
    Ok(value)
}
