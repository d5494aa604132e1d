//! The templates of Go that docker's `--format` takes: paths, `range`, `if`, and the functions that people use.

mod read;

use crate::shell::print;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use read::{End, Reader};
use serde_json::Value;

/// A template, read.
pub(super) struct Template(Vec<Node>);

enum Node {
    Text(String),
    Show(Pipe),
    Range(Pipe, Vec<Node>, Vec<Node>),
    If(Pipe, Vec<Node>, Vec<Node>),
}

/// Commands whose results go on as the last argument of the next.
type Pipe = Vec<Vec<Term>>;

enum Term {
    /// A path from the value at hand, and where it stands in the template.
    Path(Vec<String>, usize),
    /// A path from the whole.
    Root(Vec<String>, usize),
    Literal(Value),
    Function(String),
    Group(Pipe),
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// As docker says it; what the lab leaves out, in our words.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut reader = Reader { text, at: 0 };
        match reader.nodes(0)? {
            (nodes, End::Template) => Ok(Self(nodes)),
            (_, End::Else) => Err(wrong("unexpected {{else}}")),
            (_, End::Block) => Err(wrong("unexpected {{end}}")),
        }
    }

    /// What it makes of a value.
    ///
    /// # Errors
    /// A member that is not there, a function that does not take its arguments.
    pub(super) fn show(&self, value: &Value) -> Result<String, String> {
        let mut out = String::new();
        write(&self.0, value, value, &mut out)?;
        Ok(out)
    }
}

fn wrong(why: &str) -> String {
    format!("template parsing error: template: :1: {why}")
}

fn write(nodes: &[Node], root: &Value, dot: &Value, out: &mut String) -> Result<(), String> {
    for node in nodes {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Show(pipe) => out.push_str(&shown(&result(pipe, root, dot)?)),
            Node::If(pipe, own, other) => {
                let chosen = if holds(&result(pipe, root, dot)?) { own } else { other };
                write(chosen, root, dot, out)?;
            }
            Node::Range(pipe, own, other) => {
                let list = result(pipe, root, dot)?;
                let items: Vec<&Value> = match &list {
                    Value::Array(items) => items.iter().collect(),
                    Value::Object(members) => sorted(members).into_iter().map(|(_, value)| value).collect(),
                    Value::Null => Vec::new(),
                    _ => return Err(format!("template: :1: range can't iterate over {}", shown(&list))),
                };
                if items.is_empty() {
                    write(other, root, dot, out)?;
                }
                for item in items {
                    write(own, root, item, out)?;
                }
            }
        }
    }
    Ok(())
}

fn result(pipe: &Pipe, root: &Value, dot: &Value) -> Result<Value, String> {
    let mut last: Option<Value> = None;
    for command in pipe {
        let mut values = Vec::new();
        let mut function = None;
        for (place, term) in command.iter().enumerate() {
            match term {
                Term::Function(name) if place == 0 => function = Some(name.as_str()),
                Term::Function(name) => return Err(format!("ECS Lab: {name} with arguments stands in brackets")),
                Term::Path(path, at) => values.push(member(dot, path, *at)?),
                Term::Root(path, at) => values.push(member(root, path, *at + 1)?),
                Term::Literal(value) => values.push(value.clone()),
                Term::Group(inner) => values.push(result(inner, root, dot)?),
            }
        }
        values.extend(last.take());
        last = Some(match function {
            Some(name) => call(name, &values)?,
            None if values.len() == 1 => values.remove(0),
            None => return Err(wrong("can't give argument to non-function")),
        });
    }
    Ok(last.unwrap_or_default())
}

/// A member by its path.
fn member(value: &Value, path: &[String], at: usize) -> Result<Value, String> {
    let mut own = value;
    for name in path {
        // A field of Go begins with a capital where its JSON need not.
        let small = || name.get(..1).unwrap_or_default().to_lowercase() + name.get(1..).unwrap_or_default();
        let found = own.as_object().and_then(|members| members.get(name).or_else(|| members.get(&small())));
        let whole = path.join(".");
        own = found.ok_or_else(|| {
            format!(
                "template parsing error: template: :1:{at}: executing \"\" at <.{whole}>: map has no entry for key {name:?}"
            )
        })?;
    }
    Ok(own.clone())
}

fn call(name: &str, values: &[Value]) -> Result<Value, String> {
    let text = |place: usize| values.get(place).map(shown).unwrap_or_default();
    let few = || format!("template: :1: wrong number of args for {name}: got {}", values.len());
    let first = values.first().ok_or_else(few)?;
    Ok(match name {
        "json" => compact(first).into(),
        "len" => match first {
            Value::Array(items) => items.len().into(),
            Value::Object(members) => members.len().into(),
            Value::String(text) => text.len().into(),
            _ => return Err(format!("template: :1: error calling len: len of type {}", shown(first))),
        },
        "index" => {
            let mut own = first.clone();
            for key in values.get(1..).unwrap_or_default() {
                let found = match key {
                    Value::String(key) => Some(own.get(key).cloned().unwrap_or_default()),
                    key => key.as_u64().and_then(|at| own.get(usize::try_from(at).ok()?).cloned()),
                };
                let range = || {
                    format!(
                        "template parsing error: template: :1: error calling index: reflect: slice index out of range: {}",
                        shown(key)
                    )
                };
                own = found.ok_or_else(range)?;
            }
            own
        }
        "join" => {
            let items = first.as_array().into_iter().flatten().map(shown);
            items.collect::<Vec<_>>().join(&text(1)).into()
        }
        "split" => text(0).split(&text(1)).map(Value::from).collect(),
        "lower" => text(0).to_lowercase().into(),
        "upper" => text(0).to_uppercase().into(),
        "title" => {
            let whole = text(0);
            let mut signs = whole.chars();
            signs.next().map(|sign| sign.to_uppercase().collect::<String>() + signs.as_str()).unwrap_or_default().into()
        }
        "truncate" => {
            let most =
                values.get(1).and_then(Value::as_u64).and_then(|most| usize::try_from(most).ok()).ok_or_else(few)?;
            text(0).chars().take(most).collect::<String>().into()
        }
        "println" => (values.iter().map(shown).collect::<Vec<_>>().join(" ") + "\n").into(),
        "print" => values.iter().map(shown).collect::<String>().into(),
        "eq" => values.get(1..).unwrap_or_default().contains(first).into(),
        "ne" => (values.get(1) != Some(first)).into(),
        _ => (!holds(first)).into(),
    })
}

/// Whether Go takes a value for true.
fn holds(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(own) => *own,
        Value::Number(own) => own.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}

fn sorted(members: &serde_json::Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut all: Vec<_> = members.iter().collect();
    crate::sim::order::sort_by(&mut all, |left, right| left.0.cmp(right.0));
    all
}

/// A value as Go prints it.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(" ")),
        Value::Object(members) => {
            let pairs = sorted(members).into_iter().map(|(name, value)| format!("{name}:{}", shown(value)));
            format!("map[{}]", pairs.collect::<Vec<_>>().join(" "))
        }
        other => print::compact(other),
    }
}

/// JSON on one line.
pub(super) fn compact(value: &Value) -> String {
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::object::object;

    #[test]
    fn templates_are_filled_as_go_fills_them() {
        let image = object!({
            "Id": "sha256:5b",
            "Size": 251,
            "Tags": alloc::vec!["a:1", "b:2"],
            "None": Value::Array(Vec::new()),
            "Config": object!({ "kind": "k", "Labels": object!({ "b.c": "x", "a": "y" }) }),
        });
        for (template, expected) in [
            ("{{.Id}}", "sha256:5b"),
            ("{{ .Size }} bytes", "251 bytes"),
            ("{{.Tags}}", "[a:1 b:2]"),
            ("{{index .Tags 1}}", "b:2"),
            ("{{json .Tags}}", "[\"a:1\",\"b:2\"]"),
            ("{{.Tags | json}}", "[\"a:1\",\"b:2\"]"),
            ("{{range .Tags}}{{.}};{{end}}", "a:1;b:2;"),
            ("{{range .None}}x{{else}}none{{end}}", "none"),
            ("{{if .None}}x{{else}}none{{end}}", "none"),
            ("{{if eq .Size 251}}yes{{end}}", "yes"),
            ("{{join .Tags \", \"}}", "a:1, b:2"),
            ("{{len .Tags}}", "2"),
            ("{{.Config.kind}} {{.Config.Kind}}", "k k"),
            ("{{.Config.Labels}}", "map[a:y b.c:x]"),
            ("{{index .Config.Labels \"b.c\"}}", "x"),
            ("{{index (index .Tags 0 | split \":\") 0}}", ":"),
            ("{{upper (index .Tags 0)}}", "A:1"),
            ("{{println .Id}}", "sha256:5b\n"),
            ("{{range .Tags -}}  {{$.Size}}{{end}}", "251251"),
            ("plain", "plain"),
        ] {
            let found = Template::read(template).and_then(|own| own.show(&image));
            assert_eq!(found.as_deref(), Ok(expected), "{template}");
        }
    }

    #[test]
    fn a_wrong_template_is_refused() {
        let image = object!({ "Id": "x", "Tags": alloc::vec!["a"] });
        let missing =
            "template parsing error: template: :1:2: executing \"\" at <.Nope>: map has no entry for key \"Nope\"";
        for (template, expected) in [
            ("{{.Nope}}", missing),
            ("{{.Id", "unclosed action"),
            ("{{nope .Id}}", "function \"nope\" not defined"),
            ("{{range .Tags}}", "unexpected EOF"),
            ("{{end}}", "unexpected {{end}}"),
            ("{{index .Tags 7}}", "index out of range: 7"),
            ("{{with .Id}}{{end}}", "ECS Lab"),
            ("{{range $i, $x := .Tags}}{{end}}", "ECS Lab"),
            ("{{}}", "missing value for command"),
        ] {
            let found = Template::read(template).and_then(|own| own.show(&image)).unwrap_err();
            assert!(found.contains(expected), "{template}: {found}");
        }
    }
}
