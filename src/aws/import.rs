//! A pasted task definition becomes the input of RegisterTaskDefinition, and nothing is lost silently: what is left
//! out is named in a notice, what does not fit in a problem, each with its place in the text.

use super::check::{Fault, InputError, check};
use super::json::{self, Document, JsonError, Position};
use super::model::{self, Operation, Shape};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// What came of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    /// The input for RegisterTaskDefinition. Members with problems still stand in it.
    pub input: Value,
    /// What was left out and why; at most [`MOST_FINDINGS`] and one that counts the others.
    pub notices: Vec<Finding>,
    /// What is wrong, by position; none means that the input fits the model. At most [`MOST_FINDINGS`] and one that
    /// counts the others.
    pub problems: Vec<Finding>,
    /// Whether the definition stood in a `taskDefinition`, as DescribeTaskDefinition answers.
    pub unwrapped: bool,
}

/// A notice or a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The member of the input, as `containerDefinitions[0].memory`; empty for the whole.
    pub path: String,
    /// Where it stands in the text.
    pub position: Position,
    /// What there is to say; AWS's own words where it has them.
    pub text: String,
}

/// How many notices and how many problems are told one by one.
pub const MOST_FINDINGS: usize = 100;

/// A longer text of a finding is cut: it repeats the value that is wrong.
const LONGEST_FINDING: usize = 2000;

const WRAPPER: &str = "taskDefinition";

/// Imports a task definition from the text of a file or of `aws ecs describe-task-definition`.
///
/// # Errors
/// When the text is no JSON at all, with the position at which it stops being so.
pub fn import(text: &str) -> Result<Import, JsonError> {
    let document = json::parse(text)?;
    let mut work = Work { document: &document, tags_beside: false, unwrapped: false, notices: Told::default() };
    let mut problems = Told::default();
    work.repeated(&mut problems);
    let mut input = work.unwrap(document.value.clone(), &mut problems);
    if let Some(operation) = model::operation("ecs", "RegisterTaskDefinition") {
        if let Value::Object(members) = &mut input {
            work.drop_answers(members, operation);
        }
        work.drop_nulls(&mut input, &mut String::new());
        for error in check(operation, &input) {
            problems.tell(|| work.problem(&error));
        }
    }
    let (unwrapped, notices) = (work.unwrapped, work.notices.finish(&document));
    Ok(Import { input, notices, problems: problems.finish(&document), unwrapped })
}

/// The members that AWS returns with a task definition and does not take: those of the answer that the request lacks.
pub fn returned_only(operation: &Operation) -> impl Iterator<Item = &'static str> {
    let answer = operation.output.at(WRAPPER).map(Shape::members).unwrap_or_default();
    let input = operation.input;
    answer.iter().map(|member| member.name).filter(move |name| input.member(name).is_none())
}

struct Work<'a> {
    document: &'a Document,
    unwrapped: bool,
    /// Whether the input's `tags` stood beside the wrapper.
    tags_beside: bool,
    notices: Told,
}

impl Work<'_> {
    /// Takes the definition out of its wrapper, with the tags that DescribeTaskDefinition puts beside it.
    fn unwrap(&mut self, value: Value, problems: &mut Told) -> Value {
        let Value::Object(mut outer) = value else { return value };
        let Some(Value::Object(inner)) = outer.get_mut(WRAPPER) else { return Value::Object(outer) };
        let mut inner = core::mem::take(inner);
        self.unwrapped = true;
        for (name, value) in outer {
            if name == "tags" && !inner.contains_key("tags") {
                inner.insert(name, value);
                self.tags_beside = true;
            } else if name != WRAPPER {
                problems.tell(|| {
                    let position = self.document.key_position(&name).unwrap_or(self.document.nearest(""));
                    let text = match name.as_str() {
                        "tags" => {
                            "\"tags\" stands beside the wrapping \"taskDefinition\" and within it: keep one.".into()
                        }
                        _ => format!(
                            "\"{name}\" stands beside the wrapping \"taskDefinition\": move it in or remove it."
                        ),
                    };
                    Finding { path: name.clone(), position, text }
                });
            }
        }
        Value::Object(inner)
    }

    fn repeated(&mut self, problems: &mut Told) {
        for duplicate in self.document.duplicates() {
            problems.tell(|| Finding {
                path: duplicate.path.strip_prefix("taskDefinition.").unwrap_or(&duplicate.path).to_string(),
                position: duplicate.position,
                text: format!("This member stands at {} already: keep one of the two.", duplicate.first),
            });
        }
    }

    fn drop_answers(&mut self, members: &mut Map<String, Value>, operation: &Operation) {
        for name in returned_only(operation) {
            if members.shift_remove(name).is_some() {
                let text = format!("\"{name}\" is left out: AWS returns it and does not take it.");
                let finding = Finding { path: name.to_string(), position: self.key_position(name), text };
                self.notices.tell(|| finding);
            }
        }
    }

    /// A null member says nothing; AWS's own tools write some. Recurses as deep as the parser lets a text nest.
    fn drop_nulls(&mut self, value: &mut Value, path: &mut String) {
        let length = path.len();
        match value {
            Value::Object(members) => {
                for (name, member) in members.iter_mut() {
                    path.push_str(if length == 0 { "" } else { "." });
                    path.push_str(name);
                    if member.is_null() {
                        if self.notices.room() {
                            let text = format!("\"{name}\" is left out: it is null.");
                            let finding = Finding { path: path.clone(), position: self.key_position(path), text };
                            self.notices.tell(|| finding);
                        } else {
                            self.notices.more += 1;
                        }
                    } else {
                        self.drop_nulls(member, path);
                    }
                    path.truncate(length);
                }
                members.retain(|_, member| !member.is_null());
            }
            Value::Array(items) => {
                for (place, item) in items.iter_mut().enumerate() {
                    path.push_str(&format!("[{place}]"));
                    self.drop_nulls(item, path);
                    path.truncate(length);
                }
            }
            _ => {}
        }
    }

    fn problem(&self, error: &InputError) -> Finding {
        let position = match &error.kind {
            Fault::Unknown { .. } => self.key_position(&error.path),
            _ => self.document.nearest(&self.outer(&error.path)),
        };
        let mut text = error.to_string();
        if let Some((cut, _)) = text.char_indices().nth(LONGEST_FINDING) {
            text.truncate(cut);
            text.push('…');
        }
        Finding { path: error.path.clone(), position, text }
    }

    fn key_position(&self, path: &str) -> Position {
        let outer = self.outer(path);
        self.document.key_position(&outer).unwrap_or_else(|| self.document.nearest(&outer))
    }

    /// The path in the text for one of the input.
    fn outer(&self, path: &str) -> String {
        let beside =
            self.tags_beside && path.strip_prefix("tags").is_some_and(|rest| !rest.starts_with(char::is_alphabetic));
        match path {
            _ if !self.unwrapped || beside => path.to_string(),
            "" => WRAPPER.to_string(),
            _ => format!("{WRAPPER}.{path}"),
        }
    }
}

/// Findings up to the limit, and how many more there are. A place costs a walk through the text, so those beyond the
/// limit are never made.
#[derive(Default)]
struct Told {
    findings: Vec<Finding>,
    more: usize,
}

impl Told {
    fn room(&self) -> bool {
        self.findings.len() < MOST_FINDINGS
    }

    fn tell(&mut self, finding: impl FnOnce() -> Finding) {
        if self.room() {
            self.findings.push(finding());
        } else {
            self.more += 1;
        }
    }

    fn finish(mut self, document: &Document) -> Vec<Finding> {
        crate::sim::order::sort_by_key(&mut self.findings, |finding| finding.position);
        if self.more > 0 {
            let text = format!("… and {} more.", self.more);
            self.findings.push(Finding { path: String::new(), position: document.nearest(""), text });
        }
        self.findings
    }
}

#[cfg(test)]
mod tests;
