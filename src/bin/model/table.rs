//! The tables that the engine reads.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::{Model, word};

/// A longer list of values (EC2 names well over a thousand instance types) stays out: the service's room knows them.
const LONGEST_ENUM: usize = 64;

type Lines = BTreeMap<String, String>;

/// From where a shape is reached.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Input,
    Output,
}

/// Writes the tables of one service.
pub struct Table<'a> {
    of: &'a Model<'a>,
    /// Whether it keeps what the source cuts.
    whole: bool,
}

impl<'a> Table<'a> {
    pub fn new(of: &'a Model<'a>) -> Self {
        Self { of, whole: false }
    }

    /// What the page's first load knows of the service, if anything.
    pub fn first(&self) -> Result<Option<String>, String> {
        let first = self.of.source.first;
        if first.is_empty() { Ok(None) } else { Ok(Some(self.of.head()? + &self.operations(first)?)) }
    }

    /// The rest.
    pub fn later(&self) -> Result<String, String> {
        let source = self.of.source;
        let all = self.of.model["operations"].as_object().ok_or("the model has no operations")?;
        let simulated = |name: &&str| source.first.contains(name) || source.later.contains(name);
        let others: BTreeSet<&str> = all.keys().map(String::as_str).filter(|name| !simulated(name)).collect();
        let known = match others.is_empty() {
            true => String::new(),
            false => format!("known {}\n", others.into_iter().collect::<Vec<_>>().join(" ")),
        };
        Ok(format!("{}{known}{}", self.of.head()?, self.operations(source.later)?))
    }

    /// What the source cuts from the answers, if anything: of each such structure the members that are cut, and the shapes
    /// below them. S3's calls have no skeletons: the command line has other commands for them.
    pub fn left(&self) -> Result<Option<String>, String> {
        if self.of.source.service == "s3" {
            return Ok(None);
        }
        let (mut kept, mut left) = (Lines::new(), Lines::new());
        for name in self.of.source.first.iter().chain(self.of.source.later) {
            if let Some(shape) = self.of.operation(name)?["output"]["shape"].as_str() {
                self.shape(shape, Side::Output, &mut kept)?;
            }
        }
        let whole = Table { whole: true, ..*self };
        let mut cut = Lines::new();
        for (structure, _) in self.of.source.cut.iter().filter(|(own, _)| kept.contains_key(*own)) {
            let mut line = format!("struct {structure}");
            for (member, reference) in self.of.model["shapes"][*structure]["members"].as_object().into_iter().flatten()
            {
                let is_cut = |own: &str| {
                    own.strip_suffix(":-").is_some_and(|own| own.trim_end_matches(['!', '*', '~']) == member.as_str())
                };
                if kept.get(*structure).is_some_and(|own| own.split(' ').any(is_cut)) {
                    let _ =
                        write!(line, " {member}:{}", whole.shape(word(&reference["shape"])?, Side::Output, &mut left)?);
                }
            }
            if line.contains(':') {
                cut.insert(structure.to_string(), line);
            }
        }
        // One that stands below another is there whole.
        cut.extend(left);
        if cut.is_empty() {
            return Ok(None);
        }
        let head = self.of.head()?.replacen("# Derived", "# Left out of the answers: derived", 1);
        let lines: Vec<String> = cut.into_values().collect();
        Ok(Some(format!("{head}{}\n", lines.join("\n"))))
    }

    fn operations(&self, names: &[&str]) -> Result<String, String> {
        let (mut out, mut shapes) = (String::new(), Lines::new());
        // The inputs first: what only answers hold needs no limits, as nobody checks it.
        for name in names {
            if let Some(shape) = self.of.operation(name)?["input"]["shape"].as_str() {
                self.shape(shape, Side::Input, &mut shapes)?;
            }
        }
        for name in names {
            let operation = self.of.operation(name)?;
            let _ = write!(out, "op {name}");
            for side in ["input", "output"] {
                match operation[side]["shape"].as_str() {
                    Some(shape) => {
                        let _ = write!(out, " {}", self.shape(shape, Side::Output, &mut shapes)?);
                    }
                    None => out.push_str(" none"),
                }
            }
            let errors = operation["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
            let codes = errors.iter().map(|error| Ok(self.of.code(word(&error["shape"])?)));
            for code in codes.collect::<Result<BTreeSet<_>, String>>()? {
                let _ = write!(out, " {code}");
            }
            out.push('\n');
            let page = &self.of.pages["pagination"][*name];
            if page.is_object() {
                let alike = &page["non_aggregate_keys"];
                let alike = if alike.is_null() { String::new() } else { format!(" {}", words(alike)?) };
                let _ = writeln!(
                    out,
                    "page {name} {} {} {} {}{alike}",
                    first(&page["input_token"])?,
                    first(&page["output_token"])?,
                    words(&page["limit_key"])?,
                    words(&page["result_key"])?
                );
            }
        }
        for line in shapes.values() {
            out.push_str(line);
            out.push('\n');
        }
        Ok(out)
    }

    /// The word a shape is referred to by; writes its line, and those of the shapes below it, once.
    fn shape(&self, name: &str, side: Side, lines: &mut Lines) -> Result<String, String> {
        let shape = &self.of.model["shapes"][name];
        let limits = if side == Side::Input { limits(shape)? } else { String::new() };
        let scalar = match shape["type"].as_str().ok_or_else(|| format!("no shape {name}"))? {
            "structure" => return self.structure(name, shape, side, lines),
            "list" => {
                self.once(name, lines, |table, lines| {
                    let own = word(&shape["member"]["shape"])?;
                    let mut item = table.shape(own, side, lines)?;
                    // The skeleton of an answer shows the name of such a text's shape.
                    if item == "str" && own != "String" {
                        lines.insert(own.to_string(), format!("str {own}"));
                        item = own.to_string();
                    }
                    Ok(format!("list {name} {item}{limits}"))
                })?;
                return Ok(name.to_string());
            }
            "map" => {
                self.once(name, lines, |table, lines| {
                    let key = table.shape(word(&shape["key"]["shape"])?, side, lines)?;
                    let value = table.shape(word(&shape["value"]["shape"])?, side, lines)?;
                    Ok(format!("map {name} {key} {value}{limits}"))
                })?;
                return Ok(name.to_string());
            }
            "string" => "str",
            "integer" => "int",
            "long" => "long",
            "boolean" => "bool",
            "float" | "double" => "double",
            "timestamp" => "time",
            "blob" => "blob",
            other => return Err(format!("{name}: the type {other} has no word in the tables")),
        };
        if side == Side::Output {
            return Ok(if lines.contains_key(name) { name } else { scalar }.to_string());
        }
        let allowed = shape["enum"].as_array().map(Vec::as_slice).unwrap_or_default();
        // Values of several words are left to the service's room too.
        let allowed = allowed.iter().map(word).collect::<Result<Vec<_>, _>>().unwrap_or_default();
        let left = self.of.source.cut.iter().any(|(own, _)| *own == name);
        // The service's room also checks the patterns that look ahead, which the engine does not read.
        let line = if !allowed.is_empty() && allowed.len() <= LONGEST_ENUM && !left {
            format!("enum {name} {}", allowed.join(" "))
        } else if let Some(pattern) = shape["pattern"].as_str().filter(|own| !own.contains("(?")) {
            format!("{scalar} {name}{limits} /{pattern}")
        } else if limits.is_empty() {
            return Ok(scalar.to_string());
        } else {
            format!("{scalar} {name}{limits}")
        };
        lines.insert(name.to_string(), line);
        Ok(name.to_string())
    }

    fn structure(&self, name: &str, shape: &Value, side: Side, lines: &mut Lines) -> Result<String, String> {
        self.once(name, lines, |table, lines| {
            let required = shape["required"].as_array().map(Vec::as_slice).unwrap_or_default();
            let cut = table.of.source.cut.iter().find(|(structure, _)| *structure == name).map(|(_, members)| *members);
            let word = if shape["union"] == true { "union" } else { "struct" };
            let mut line = format!("{word} {name}");
            for (member, reference) in shape["members"].as_object().into_iter().flatten() {
                let kind = match cut.filter(|_| !self.whole) {
                    Some(kept) if !kept.contains(&member.as_str()) => "-".to_string(),
                    _ => table.shape(crate::word(&reference["shape"])?, side, lines)?,
                };
                let must = if required.iter().any(|name| name == member.as_str()) { "!" } else { "" };
                let token = if reference["idempotencyToken"] == true { "*" } else { "" };
                let old = if reference["deprecated"] == true { "~" } else { "" };
                let _ = write!(line, " {member}{must}{token}{old}:{kind}");
            }
            Ok(line)
        })?;
        Ok(name.to_string())
    }

    /// Marks the name before its line is made, so that a shape may contain itself.
    fn once(
        &self,
        name: &str,
        lines: &mut Lines,
        line: impl FnOnce(&Self, &mut Lines) -> Result<String, String>,
    ) -> Result<(), String> {
        if lines.contains_key(name) {
            return Ok(());
        }
        lines.insert(name.to_string(), String::new());
        let text = line(self, lines)?;
        lines.insert(name.to_string(), text);
        Ok(())
    }
}

/// A paginator's key; of several the names between commas, `-` for none.
fn words(key: &Value) -> Result<String, String> {
    match key {
        Value::Null => Ok("-".to_string()),
        Value::Array(keys) => Ok(keys.iter().map(word).collect::<Result<Vec<_>, _>>()?.join(",")),
        one => word(one).map(str::to_string),
    }
}

/// A token of a page; of several the lab's shell goes by the first.
fn first(key: &Value) -> Result<String, String> {
    words(key.get(0).unwrap_or(key))
}

/// ` min..max` with either end left out, or nothing.
fn limits(shape: &Value) -> Result<String, String> {
    let end = |key: &str| match &shape[key] {
        Value::Null => Ok(String::new()),
        number => number.as_i64().map(|n| n.to_string()).ok_or(format!("a {key} of {number} is no whole number")),
    };
    let (min, max) = (end("min")?, end("max")?);
    Ok(if min.is_empty() && max.is_empty() { String::new() } else { format!(" {min}..{max}") })
}
