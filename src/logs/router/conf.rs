//! Fluent Bit's classic configuration: sections of entries, `@INCLUDE`, and variables of the environment.
//!
//! ```text
//! [OUTPUT]
//!     Name   cloudwatch_logs      # a section, and an entry: a key and all that stands behind it
//!     region ${AWS_REGION}
//! ```
//!
//! Source: Fluent Bit's manual, "Classic mode", read 2026-11-22. Its form in YAML is not read.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// One section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// `INPUT`, `FILTER`, `OUTPUT` and the like, in capitals.
    pub kind: String,
    /// Keys as written, and their values.
    pub entries: Vec<(String, String)>,
}

impl Section {
    /// A section with entries.
    pub fn new(kind: &str, entries: &[(&str, &str)]) -> Self {
        let entries = entries.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        Self { kind: kind.to_string(), entries }
    }

    /// The values of a key, whose case does not count.
    pub fn all<'a>(&'a self, key: &'static str) -> impl Iterator<Item = &'a str> {
        self.entries.iter().filter(move |(own, _)| own.eq_ignore_ascii_case(key)).map(|(_, value)| value.as_str())
    }

    /// The last value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.entries.iter().rfind(|(own, _)| own.eq_ignore_ascii_case(key)).map(|(_, value)| value.as_str())
    }

    /// The plugin's name, in small letters; the key is `@type` in what is written for Fluentd.
    pub fn plugin(&self) -> String {
        self.get("name").or_else(|| self.get("@type")).unwrap_or_default().to_lowercase()
    }

    /// Whether a switch is on.
    pub fn is_on(&self, key: &str) -> bool {
        self.get(key).is_some_and(|own| ["true", "on", "yes", "1"].iter().any(|on| own.eq_ignore_ascii_case(on)))
    }
}

/// What a router reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conf {
    pub sections: Vec<Section>,
    /// Why it cannot be read, as far as that is known.
    pub fault: Option<Fault>,
    /// Whether it is known which files and plugins the router has.
    pub is_known: bool,
}

/// Why a configuration cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The file is not there.
    Missing,
    /// One that it includes is not there.
    NotIncluded,
    /// What is wrong with a line.
    Line(String),
}

/// What stands around a configuration.
pub struct Around<'a> {
    /// The text of a file.
    pub file: &'a dyn Fn(&str) -> Option<String>,
    /// Whether a file is surely not there.
    pub lacks: &'a dyn Fn(&str) -> bool,
    /// The value of a variable.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
}

/// As deep as files may include others.
const DEEPEST: u8 = 8;

/// As many lines of a configuration count.
const MOST_LINES: usize = 300;

/// As many bytes of a value count.
const LONGEST: usize = 4096;

impl Conf {
    /// Reads the text of a file behind what was read before, up to its first fault.
    pub fn read(&mut self, path: &str, text: &str, around: &Around<'_>) {
        let is_yaml = [".yaml", ".yml"].iter().any(|end| path.ends_with(end));
        if self.fault.is_none() && !is_yaml {
            self.fault = read_into(&mut self.sections, (path, text), around, 0).err();
        }
    }
}

fn read_into(
    sections: &mut Vec<Section>,
    (path, text): (&str, &str),
    around: &Around<'_>,
    depth: u8,
) -> Result<(), Fault> {
    let lines = text.lines().map(str::trim).enumerate();
    for (number, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        let wrong = |why: &str| Fault::Line(format!("[config] error in {path}:{}: {why}", number + 1));
        if sections.iter().map(|own| own.entries.len() + 1).sum::<usize>() >= MOST_LINES {
            return Ok(());
        }
        let (key, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        if key.eq_ignore_ascii_case("@include") {
            let path = filled(value.trim(), around);
            match (around.file)(&path).filter(|_| depth < DEEPEST) {
                Some(text) => read_into(sections, (&path, &text), around, depth + 1)?,
                None if (around.lacks)(&path) => return Err(Fault::NotIncluded),
                None => {}
            }
        } else if key.eq_ignore_ascii_case("@set") {
            // Its variables are not read.
        } else if let Some(rest) = line.strip_prefix('[') {
            let (kind, _) = rest.split_once(']').ok_or_else(|| wrong("bad header definition"))?;
            sections.push(Section { kind: kind.trim().to_uppercase(), entries: Vec::new() });
        } else {
            let section = sections.last_mut();
            let section = section.ok_or_else(|| wrong("undefined key - check config is in valid classic format"))?;
            section.entries.push((key.to_string(), filled(value.trim(), around)));
        }
    }
    Ok(())
}

/// A text with the values of its variables, `${NAME}`; what is not there is empty.
pub fn filled(text: &str, around: &Around<'_>) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else { break };
        out += before;
        out += &(around.variable)(name).unwrap_or_default();
        rest = behind;
        if out.len() > LONGEST {
            break;
        }
    }
    (out + rest).chars().take(LONGEST).collect()
}
