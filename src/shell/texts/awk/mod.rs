//! `awk`, as far as one line needs it: fields, patterns, sums, and what is printed of them.

mod expr;
mod program;
mod value;

use crate::shell::exec::Shell;
use crate::shell::terminal::{LONGEST, Output};
use crate::sim::sorted::Map;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use program::{Act, Expr, Item, When};
use regex_lite::Regex;
use value::{Value, printed};

/// Runs `awk [-F SIGN] [-v NAME=VALUE] PROGRAM [FILE …]`.
pub(super) fn run(shell: &mut Shell<'_>, words: &[String], input: &str) -> Output {
    let mut awk = Awk::default();
    let mut rest = words;
    while let Some((word, more)) = rest.split_first().filter(|(word, _)| word.len() > 1 && word.starts_with('-')) {
        rest = more;
        if word == "--" {
            break;
        }
        let glued = word.get(2..).filter(|own| !own.is_empty()).map(ToString::to_string);
        let value = glued.or_else(|| {
            let (first, more) = rest.split_first()?;
            rest = more;
            Some(first.clone())
        });
        match (word.get(..2), value.as_deref().map(|own| (own, own.split_once('=')))) {
            (Some("-F"), Some((by, _))) => awk.set("FS", Value::Text(by.replace("\\t", "\t"))),
            (Some("-v"), Some((_, Some((name, value))))) => awk.set(name, Value::Read(value.to_string())),
            _ => return Output::fail(2, format!("awk: ECS Lab knows -F and -v of awk, and not {word}\n")),
        }
    }
    let Some((text, names)) = rest.split_first() else {
        return Output::fail(2, "usage: awk [-F fs][-v var=value][prog][file ...]\n");
    };
    let items = match program::read(text) {
        Ok(items) => items,
        Err(why) => return Output::fail(2, format!("awk: ECS Lab's awk has {why}\n")),
    };
    let mut texts = Vec::new();
    let mut output = Output::default();
    for name in names {
        let path = shell.path(name);
        match shell.terminal.files.read(&path) {
            _ if name == "-" => texts.push(input),
            Some(text) => texts.push(text),
            None => {
                output = Output::fail(2, format!("awk: cannot open {name} ({})\n", shell.missing(&path)));
                break;
            }
        }
    }
    if names.is_empty() {
        texts.push(input);
    }
    output.stdout = awk.over(&items, &texts);
    output
}

/// Whether the words of a command name no file.
pub(super) fn reads(words: &[String]) -> bool {
    let mut rest = words.iter();
    let mut names = 0;
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-F" | "-v" => drop(rest.next()),
            word if word.len() > 1 && word.starts_with('-') => {}
            _ => names += 1,
        }
    }
    names < 2
}

/// A program at work.
#[derive(Default)]
struct Awk {
    variables: Map<String, Value>,
    line: String,
    fields: Vec<String>,
    count: usize,
    out: String,
    over: bool,
}

impl Awk {
    fn over(mut self, items: &[Item], texts: &[&str]) -> String {
        let only = |begin: bool| {
            move |own: &&Item| match own.when {
                When::Begin => begin,
                When::End => !begin,
                _ => false,
            }
        };
        for own in items.iter().filter(only(true)) {
            self.acts(own.acts.as_deref().unwrap_or_default());
        }
        if items.iter().any(|own| !matches!(own.when, When::Begin)) {
            for line in texts.iter().flat_map(|text| text.lines()) {
                if self.over || self.out.len() > LONGEST {
                    break;
                }
                self.count += 1;
                self.read(line);
                self.line_of(items);
            }
        }
        self.over = false;
        for own in items.iter().filter(only(false)) {
            self.acts(own.acts.as_deref().unwrap_or_default());
        }
        self.out
    }

    fn line_of(&mut self, items: &[Item]) {
        for item in items {
            let goes = match &item.when {
                When::Always => true,
                When::If(test) => self.value(test).holds(),
                When::Begin | When::End => false,
            };
            let goes_on = match (&item.acts, goes) {
                (_, false) => true,
                (Some(acts), true) => self.acts(acts),
                (None, true) => {
                    self.out.push_str(&format!("{}\n", self.line));
                    true
                }
            };
            if !goes_on {
                return;
            }
        }
    }

    /// Cuts a line into fields.
    fn read(&mut self, line: &str) {
        self.line = line.to_string();
        let by = self.variables.get("FS").map_or_else(|| " ".to_string(), Value::text);
        self.fields = match by.as_str() {
            " " => line.split_whitespace().map(ToString::to_string).collect(),
            _ if line.is_empty() => Vec::new(),
            by if by.chars().count() == 1 && by != "\\" => line.split(by).map(ToString::to_string).collect(),
            by => match Regex::new(by) {
                Ok(regex) => regex.split(line).map(ToString::to_string).collect(),
                Err(_) => line.split(by).map(ToString::to_string).collect(),
            },
        };
    }

    /// Does what is told; false where the next line comes.
    fn acts(&mut self, acts: &[Act]) -> bool {
        acts.iter().all(|act| self.act(act))
    }

    fn act(&mut self, act: &Act) -> bool {
        match act {
            Act::Print(list) if list.is_empty() => self.out.push_str(&format!("{}\n", self.line)),
            Act::Print(list) => {
                let by = self.variables.get("OFS").map_or_else(|| " ".to_string(), Value::text);
                let end = self.variables.get("ORS").map_or_else(|| "\n".to_string(), Value::text);
                let texts: Vec<String> = list.iter().map(|own| self.value(own).text()).collect();
                self.out.push_str(&(texts.join(&by) + &end));
            }
            Act::Printf(list) => {
                let values: Vec<Value> = list.iter().map(|own| self.value(own)).collect();
                if let Some((format, values)) = values.split_first() {
                    self.out.push_str(&printed(&format.text(), values));
                }
            }
            Act::Next => return false,
            Act::Exit => {
                self.over = true;
                return false;
            }
            Act::If(test, then, otherwise) => {
                let holds = self.value(test).holds();
                return self.acts(if holds { then } else { otherwise });
            }
            Act::Do(own) => drop(self.value(own)),
        }
        true
    }

    fn set(&mut self, name: &str, value: Value) {
        self.variables.insert(name.to_string(), value);
    }

    /// Gives a variable or a field a value.
    fn assign(&mut self, to: &Expr, value: &Value) {
        match to {
            Expr::Variable(name) => self.set(name, value.clone()),
            Expr::Field(place) => match self.value(place).number() as usize {
                0 => self.read(&value.text()),
                place if place <= 1000 => {
                    if self.fields.len() < place {
                        self.fields.resize(place, String::new());
                    }
                    if let Some(own) = self.fields.get_mut(place - 1) {
                        *own = value.text();
                    }
                    let by = self.variables.get("OFS").map_or_else(|| " ".to_string(), Value::text);
                    self.line = self.fields.join(&by);
                }
                _ => {}
            },
            _ => {}
        }
    }

    fn value(&mut self, own: &Expr) -> Value {
        match own {
            Expr::Number(number) => Value::Number(*number),
            Expr::Text(text) => Value::Text(text.clone()),
            Expr::Fits(regex) => Value::of(regex.is_match(&self.line)),
            Expr::Variable(name) => match name.as_str() {
                "NR" | "FNR" => Value::Number(self.count as f64),
                "NF" => Value::Number(self.fields.len() as f64),
                _ => self.variables.get(name).cloned().unwrap_or(Value::Read(String::new())),
            },
            Expr::Field(place) => match self.value(place).number() as usize {
                0 => Value::Read(self.line.clone()),
                place => Value::Read(self.fields.get(place - 1).cloned().unwrap_or_default()),
            },
            Expr::Not(inner) => Value::of(!self.value(inner).holds()),
            Expr::Minus(inner) => Value::Number(-self.value(inner).number()),
            Expr::Of(sign, left, right) => self.both(sign, left, right),
            Expr::Like(left, right) => {
                let text = self.value(left).text();
                Value::of(match right.as_ref() {
                    Expr::Fits(regex) => regex.is_match(&text),
                    other => {
                        let pattern = self.value(other).text();
                        Regex::new(&pattern).is_ok_and(|regex| regex.is_match(&text))
                    }
                })
            }
            Expr::Choice(test, first, second) => {
                let holds = self.value(test).holds();
                self.value(if holds { first } else { second })
            }
            Expr::Set(sign, to, from) => {
                let from = self.value(from);
                let value = match sign.strip_suffix('=').filter(|sign| !sign.is_empty()) {
                    None => from,
                    Some(sign) => self.value(to).with(sign, &from),
                };
                self.assign(to, &value);
                value
            }
            Expr::Step(step, to) => {
                let before = self.value(to).number();
                self.assign(to, &Value::Number(before + step));
                Value::Number(before)
            }
            Expr::Call(name, list) => self.call(name, list),
        }
    }

    fn both(&mut self, sign: &str, left: &Expr, right: &Expr) -> Value {
        let first = self.value(left);
        match sign {
            "&&" => Value::of(first.holds() && self.value(right).holds()),
            "||" => Value::of(first.holds() || self.value(right).holds()),
            _ => {
                let second = self.value(right);
                first.with(sign, &second)
            }
        }
    }

    fn call(&mut self, name: &str, list: &[Expr]) -> Value {
        if name == "sub" || name == "gsub" {
            return self.replaced(name == "gsub", list);
        }
        let values: Vec<Value> = list.iter().map(|own| self.value(own)).collect();
        let text = values.first().map_or_else(|| self.line.clone(), Value::text);
        let number = |place: usize| values.get(place).map(Value::number);
        match name {
            "length" => Value::Number(text.chars().count() as f64),
            "toupper" => Value::Text(text.to_uppercase()),
            "tolower" => Value::Text(text.to_lowercase()),
            "int" => Value::Number(number(0).unwrap_or_default() as i64 as f64),
            "index" => {
                let found = text.find(&values.get(1).map(Value::text).unwrap_or_default());
                let place = found.map_or(0, |at| text.get(..at).unwrap_or_default().chars().count() + 1);
                Value::Number(place as f64)
            }
            _ => {
                let from = number(1).unwrap_or(1.0) as i64;
                let to = number(2).map_or(i64::MAX, |count| from.saturating_add(count as i64));
                let chosen = text.chars().zip(1_i64..).filter(|(_, place)| *place >= from && *place < to);
                Value::Text(chosen.map(|(sign, _)| sign).collect())
            }
        }
    }

    /// `sub` and `gsub`.
    fn replaced(&mut self, all: bool, list: &[Expr]) -> Value {
        let whole = Expr::Field(alloc::boxed::Box::new(Expr::Number(0.0)));
        let (Some(pattern), Some(with)) = (list.first(), list.get(1)) else { return Value::Number(0.0) };
        let to = list.get(2).unwrap_or(&whole);
        let own = match pattern {
            Expr::Fits(regex) => regex.clone(),
            other => match Regex::new(&self.value(other).text()) {
                Ok(regex) => regex,
                Err(_) => return Value::Number(0.0),
            },
        };
        let with = self.value(with).text().replace('$', "$$").replace('&', "${0}");
        let text = self.value(to).text();
        let count = if all { own.find_iter(&text).count() } else { usize::from(own.is_match(&text)) };
        if count > 0 {
            let changed = if all { own.replace_all(&text, with) } else { own.replace(&text, with) };
            let changed = Value::Read(changed.into_owned());
            self.assign(to, &changed);
        }
        Value::Number(count as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "web 256 512\napi 512 1024\ndb 1024 4096\n";

    fn after(text: &str) -> String {
        match program::read(text) {
            Ok(items) => Awk::default().over(&items, &[TEXT]),
            Err(why) => format!("no: {why}"),
        }
    }

    /// As mawk 1.3.4 answers.
    #[test]
    fn lines_are_read_as_awk_reads_them() {
        for (text, expected) in [
            ("{print $1}", "web\napi\ndb\n"),
            ("{ print $NF, NR; }", "512 1\n1024 2\n4096 3\n"),
            ("$2 > 300 {print $1 \": \" $2 / 1024}", "api: 0.5\ndb: 1\n"),
            ("/api/", "api 512 1024\n"),
            ("!/api/ {print $1}", "web\ndb\n"),
            ("NR==2", "api 512 1024\n"),
            ("$1 ~ /^[wd]/ && $2 != 256 {print toupper($1)}", "DB\n"),
            ("{s += $2} END {print s, s / NR}", "1792 597.333\n"),
            ("BEGIN {printf \"%-5s|%5.1f|%d%%\\n\", \"ab\", 2.25, 7}", "ab   |  2.2|7%\n"),
            ("{if ($2 >= 512) n++; else next} END {print n}", "2\n"),
            ("{$2 = \"x\"; print}", "web x 512\napi x 1024\ndb x 4096\n"),
            ("{gsub(/[0-9]/, \"<&>\"); print; exit}", "web <2><5><6> <5><1><2>\n"),
            ("NR > 1 {print substr($1, 2), length($1), index($1, \"b\")}", "pi 3 0\nb 2 2\n"),
            ("{print ($2 > 300 ? \"big\" : \"small\")}", "small\nbig\nbig\n"),
            ("{printf(\"%s %d\\n\", $1, $2); exit}", "web 256\n"),
            ("NR == 1e0 {print (1)(2), 2e3}", "12 2000\n"),
            ("{c[$1]++}", "no: no arrays"),
            ("{for (i=0;;) print}", "no: no for"),
            ("{print > \"f\"}", "no: no files and pipes of its own"),
            ("{print $1", "no: nothing like "),
        ] {
            let found = after(text);
            assert!(found == expected || expected.ends_with("like ") && found.starts_with("no: no"), "{text}: {found}");
        }
    }
}
