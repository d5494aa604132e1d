//! Values of `awk`: numbers, texts, and what was read and may be either.

use alloc::format;
use alloc::string::{String, ToString};

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Number(f64),
    Text(String),
    /// Of the input: a number where it looks like one.
    Read(String),
}

impl Value {
    /// 1 for true, 0 for false.
    pub(super) fn of(holds: bool) -> Self {
        Value::Number(f64::from(u8::from(holds)))
    }

    pub(super) fn holds(&self) -> bool {
        match self {
            Value::Number(number) => *number != 0.0,
            Value::Text(text) => !text.is_empty(),
            Value::Read(text) => whole(text).map_or(!text.is_empty(), |number| number != 0.0),
        }
    }

    pub(super) fn text(&self) -> String {
        match self {
            Value::Number(number) => shown(*number),
            Value::Text(text) | Value::Read(text) => text.clone(),
        }
    }

    /// The number at its beginning, or 0.
    pub(super) fn number(&self) -> f64 {
        match self {
            Value::Number(number) => *number,
            Value::Text(text) | Value::Read(text) => {
                let text = text.trim_start();
                let end = text.find(|sign: char| !sign.is_ascii_digit() && !"+-.".contains(sign)).unwrap_or(text.len());
                (0..=end).rev().find_map(|end| text.get(..end)?.parse().ok()).unwrap_or(0.0)
            }
        }
    }

    fn as_number(&self) -> Option<f64> {
        match self {
            Value::Number(number) => Some(*number),
            Value::Text(_) => None,
            Value::Read(text) if text.is_empty() => Some(0.0),
            Value::Read(text) => whole(text),
        }
    }

    /// What an operator makes of two values.
    pub(super) fn with(&self, sign: &str, other: &Value) -> Value {
        let (left, right) = (self.number(), other.number());
        Value::Number(match sign {
            "+" => left + right,
            "-" => left - right,
            "*" => left * right,
            "/" => left / right,
            "%" => left - right * ((left / right) as i64 as f64),
            " " => return Value::Text(self.text() + &other.text()),
            _ => {
                let order = match (self.as_number(), other.as_number()) {
                    (Some(left), Some(right)) => left.partial_cmp(&right),
                    _ => Some(self.text().cmp(&other.text())),
                };
                return Value::of(match sign {
                    "==" => order.is_some_and(core::cmp::Ordering::is_eq),
                    "!=" => !order.is_some_and(core::cmp::Ordering::is_eq),
                    "<" => order.is_some_and(core::cmp::Ordering::is_lt),
                    "<=" => order.is_some_and(core::cmp::Ordering::is_le),
                    ">" => order.is_some_and(core::cmp::Ordering::is_gt),
                    _ => order.is_some_and(core::cmp::Ordering::is_ge),
                });
            }
        })
    }
}

/// A text that is a number as a whole.
fn whole(text: &str) -> Option<f64> {
    let text = text.trim();
    text.parse().ok().filter(|_| text.starts_with(|sign: char| sign.is_ascii_digit() || "+-.".contains(sign)))
}

/// A number as it is printed: whole, or with six digits.
fn shown(number: f64) -> String {
    if number == (number as i64) as f64 {
        return format!("{}", number as i64);
    }
    let text = format!("{number:.5e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    match exponent.parse::<i32>() {
        Ok(exponent) if (-4..6).contains(&exponent) => {
            let places = usize::try_from(5 - exponent).unwrap_or(0);
            trimmed(&format!("{number:.places$}")).to_string()
        }
        Ok(exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{}e{sign}{:02}", trimmed(digits), exponent.unsigned_abs())
        }
        Err(_) => text,
    }
}

fn trimmed(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// A text with values in the place of `%s`, `%d` and their like.
pub(super) fn printed(format: &str, values: &[Value]) -> String {
    let (mut out, mut values) = (String::new(), values.iter());
    let mut signs = format.chars().peekable();
    while let Some(sign) = signs.next() {
        if sign != '%' {
            out.push(sign);
            continue;
        }
        let mut form = String::new();
        while let Some(own) = signs.next_if(|own| "-+ 0#.".contains(*own) || own.is_ascii_digit()) {
            form.push(own);
        }
        let kind = signs.next().unwrap_or('%');
        if kind == '%' {
            out.push('%');
            continue;
        }
        let value = values.next().cloned().unwrap_or(Value::Read(String::new()));
        out.push_str(&one(&form, kind, &value));
    }
    out
}

fn one(form: &str, kind: char, value: &Value) -> String {
    let flags = form.trim_end_matches(|sign: char| sign.is_ascii_digit() || sign == '.');
    let rest = form.trim_start_matches(['-', '+', ' ', '#']);
    let zeros = rest.starts_with('0');
    let (width, precision) = rest.split_once('.').map_or((rest, None), |(width, own)| (width, Some(own)));
    let width = width.parse::<usize>().unwrap_or(0).min(1000);
    let precision = precision.map(|own| own.parse::<usize>().unwrap_or(0).min(100));
    let text = match kind {
        'd' | 'i' => format!("{}", value.number() as i64),
        'x' => format!("{:x}", value.number() as i64),
        'f' => format!("{:.*}", precision.unwrap_or(6), value.number()),
        'g' => shown(value.number()),
        'c' => match value {
            Value::Number(number) => char::from_u32(*number as u32).map(String::from).unwrap_or_default(),
            other => other.text().chars().take(1).collect(),
        },
        _ => match precision {
            Some(most) => value.text().chars().take(most).collect(),
            None => value.text(),
        },
    };
    match (flags.contains('-'), zeros && kind != 's') {
        (true, _) => format!("{text:<width$}"),
        (false, true) => format!("{text:0>width$}"),
        (false, false) => format!("{text:>width$}"),
    }
}
