//! `$((…))`: whole numbers of 64 bits, variables and their assignment, `+ - * / % **`, comparisons, `&& || ?:` and parentheses.

use super::expand::Source;
use alloc::format;
use alloc::string::{String, ToString};

/// As deep as parentheses, signs and powers may be nested.
const DEEPEST: u8 = 32;

/// The operators of two sides, those that bind least first.
const LEVELS: [&[&str]; 6] = [&["||"], &["&&"], &["==", "!="], &["<=", ">=", "<", ">"], &["+", "-"], &["*", "/", "%"]];

/// What an expression comes to.
///
/// # Errors
/// As bash words it; what the lab leaves out, in our words.
pub fn value(text: &str, source: &mut dyn Source) -> Result<i64, String> {
    let mut reader = Reader { rest: text, source, depth: 0 };
    if reader.rest.trim().is_empty() {
        return Ok(0);
    }
    let value = reader.choice().map_err(|why| format!("{text}: {why}"))?;
    match reader.rest.trim() {
        "" => Ok(value),
        rest => Err(format!("{text}: syntax error in expression (error token is \"{rest}\")")),
    }
}

struct Reader<'a, 'b> {
    rest: &'a str,
    source: &'b mut dyn Source,
    depth: u8,
}

impl Reader<'_, '_> {
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

    /// An expression, or one of two by what stands before `?`.
    fn choice(&mut self) -> Result<i64, String> {
        let asked = self.level(0)?;
        if !self.take("?") {
            return Ok(asked);
        }
        let first = self.deeper(Self::choice)?;
        if !self.take(":") {
            return Err("`:' expected for conditional expression".to_string());
        }
        let second = self.deeper(Self::choice)?;
        Ok(if asked != 0 { first } else { second })
    }

    fn level(&mut self, level: usize) -> Result<i64, String> {
        let Some(signs) = LEVELS.get(level) else { return self.power() };
        let mut left = self.level(level + 1)?;
        while let Some(sign) = signs.iter().find(|sign| self.take(sign)) {
            let right = self.level(level + 1)?;
            left = match *sign {
                "||" => i64::from(left != 0 || right != 0),
                "&&" => i64::from(left != 0 && right != 0),
                "+" => left.wrapping_add(right),
                "-" => left.wrapping_sub(right),
                "*" => left.wrapping_mul(right),
                "/" | "%" if right == 0 => return Err("division by 0".to_string()),
                "/" => left.wrapping_div(right),
                "%" => left.wrapping_rem(right),
                "==" => i64::from(left == right),
                "!=" => i64::from(left != right),
                "<=" => i64::from(left <= right),
                ">=" => i64::from(left >= right),
                "<" => i64::from(left < right),
                _ => i64::from(left > right),
            };
        }
        Ok(left)
    }

    fn power(&mut self) -> Result<i64, String> {
        let base = self.one()?;
        if !self.take("**") {
            return Ok(base);
        }
        let exponent = self.deeper(Self::power)?;
        match u32::try_from(exponent) {
            Ok(exponent) => Ok(base.wrapping_pow(exponent)),
            Err(_) => Err("exponent less than 0".to_string()),
        }
    }

    fn deeper(&mut self, read: fn(&mut Self) -> Result<i64, String>) -> Result<i64, String> {
        if self.depth >= DEEPEST {
            return Err("expression recursion level exceeded".to_string());
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    /// A number, a variable, or what a sign or parentheses stand in front of.
    fn one(&mut self) -> Result<i64, String> {
        for (sign, step) in [("++", 1), ("--", -1)] {
            if self.rest.trim_start().strip_prefix(sign).is_some_and(|rest| rest.trim_start().starts_with(is_letter)) {
                self.take(sign);
                let name = self.name();
                let value = self.variable(&name)?.wrapping_add(step);
                self.source.set(&name, &value.to_string());
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
        if self.take("(") {
            let value = self.deeper(Self::choice)?;
            return if self.take(")") { Ok(value) } else { Err("missing `)'".to_string()) };
        }
        self.take("$");
        let braced = self.take("{");
        let unread = self.rest;
        let word = self.name();
        if braced && !self.take("}") || word.is_empty() {
            return Err(format!("syntax error: operand expected (error token is \"{unread}\")"));
        }
        if word.starts_with(|sign: char| sign.is_ascii_digit()) {
            return number(&word);
        }
        self.assigned(&word)
    }

    /// The letters that come next.
    fn name(&mut self) -> String {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|sign: char| !sign.is_alphanumeric() && sign != '_').unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word.to_string()
    }

    fn variable(&mut self, name: &str) -> Result<i64, String> {
        match self.source.variable(name).unwrap_or_default().trim() {
            "" => Ok(0),
            text => number(text),
        }
    }

    /// A variable, after what `=`, `+=` or `++` behind it makes of it.
    fn assigned(&mut self, name: &str) -> Result<i64, String> {
        for (sign, step) in [("++", 1), ("--", -1)] {
            if self.take(sign) {
                let value = self.variable(name)?;
                self.source.set(name, &value.wrapping_add(step).to_string());
                return Ok(value);
            }
        }
        let rest = self.rest.trim_start();
        let sign = ["+=", "-=", "*=", "/=", "%=", "="].into_iter().find(|sign| rest.starts_with(sign));
        let Some(sign) = sign.filter(|_| !rest.starts_with("==")) else { return self.variable(name) };
        self.take(sign);
        let right = self.deeper(Self::choice)?;
        let left = if sign == "=" { 0 } else { self.variable(name)? };
        let value = match sign {
            "=" => right,
            "+=" => left.wrapping_add(right),
            "-=" => left.wrapping_sub(right),
            "*=" => left.wrapping_mul(right),
            _ if right == 0 => return Err("division by 0".to_string()),
            "/=" => left.wrapping_div(right),
            _ => left.wrapping_rem(right),
        };
        self.source.set(name, &value.to_string());
        Ok(value)
    }
}

fn is_letter(sign: char) -> bool {
    sign == '_' || sign.is_alphabetic()
}

fn number(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| format!("ECS Lab: its shell counts in decimal numbers, and {text} is none"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    struct Variables;

    impl Source for Variables {
        fn variable(&mut self, name: &str) -> Option<String> {
            [("N", "4"), ("word", "x y")].iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).into())
        }

        fn set(&mut self, _: &str, _: &str) {}

        fn output(&mut self, _: &str) -> Result<String, String> {
            Err("no commands here".to_string())
        }

        fn matching(&self, _: &str) -> Vec<String> {
            Vec::new()
        }
    }

    #[test]
    fn expressions_come_to_numbers() {
        for (text, expected) in [
            ("1+2", Ok(3)),
            (" 2 + 3 * 4 ", Ok(14)),
            ("(2 + 3) * -4", Ok(-20)),
            ("7 / 2 + 7 % 4", Ok(6)),
            ("2 ** 3 ** 2", Ok(512)),
            ("N * ${N} - $N", Ok(12)),
            ("none + 1", Ok(1)),
            ("N > 3", Ok(1)),
            ("1 + 1 == 3", Ok(0)),
            ("!5", Ok(0)),
            ("", Ok(0)),
            ("1 / 0", Err("1 / 0: division by 0")),
            ("9223372036854775807 + 1", Ok(i64::MIN)),
        ] {
            assert_eq!(value(text, &mut Variables), expected.map_err(String::from), "{text}");
        }
        for text in ["1 +", "1 2", "(1", "a b", "word", "1.5", "2 ** -1", &"(".repeat(100), &"-".repeat(100_000)] {
            assert!(value(text, &mut Variables).is_err(), "{text}");
        }
    }
}
