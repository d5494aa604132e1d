//! What stands in a Dockerfile.

use super::instruction;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

const INSTRUCTIONS: [&str; 17] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
];

/// An instruction, and the first and the last line of the Dockerfile that it stands in, from one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Instruction {
    pub(super) line: String,
    pub(super) span: (usize, usize),
}

/// The instructions with continued lines put together. Errors: a line that is none.
pub(super) fn instructions(text: &str) -> Result<Vec<Instruction>, String> {
    let mut steps: Vec<Instruction> = Vec::new();
    let (mut whole, mut first) = (String::new(), 0);
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        // Within an instruction too.
        if line.is_empty() && whole.is_empty() || line.starts_with('#') {
            continue;
        }
        first = if whole.is_empty() { number + 1 } else { first };
        match line.strip_suffix('\\') {
            Some(part) => {
                whole.push_str(part);
                continue;
            }
            None => whole.push_str(line),
        }
        let (word, rest) = whole.split_once(char::is_whitespace).unwrap_or((&whole, ""));
        let word = word.to_ascii_uppercase();
        if !INSTRUCTIONS.contains(&word.as_str()) && word != "WORKDIR" {
            let told = whole.split_whitespace().next().unwrap_or_default();
            return Err(format!("dockerfile parse error on line {}: unknown instruction: {told}", number + 1));
        }
        if rest.trim().is_empty() {
            return Err(format!(
                "dockerfile parse error on line {}: {word} requires at least one argument",
                number + 1
            ));
        }
        instruction::check(&word, rest.trim())
            .map_err(|why| format!("dockerfile parse error on line {first}: {why}"))?;
        steps.push(Instruction { line: format!("{word} {}", rest.trim()), span: (first, number + 1) });
        whole.clear();
    }
    if steps.is_empty() {
        let told = if text.is_empty() { "the Dockerfile cannot be empty" } else { "file with no instructions" };
        return Err(told.to_string());
    }
    if !steps.first().is_some_and(|own| own.line.starts_with("FROM ") || own.line.starts_with("ARG ")) {
        return Err("dockerfile parse error on line 1: no build stage in current context".to_string());
    }
    Ok(steps)
}

/// Those whose words name variables.
const EXPANDED: [&str; 10] =
    ["ADD", "COPY", "ENV", "EXPOSE", "LABEL", "ONBUILD", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"];

/// The longest instruction with its values, in bytes.
const LONGEST: usize = 64 * 1024;

/// Variables with their values, the newest last.
type Values = Vec<(String, String)>;

fn value<'a>(values: &'a Values, name: &str) -> Option<&'a str> {
    values.iter().rfind(|(own, _)| own == name).map(|(_, value)| value.as_str())
}

/// The instructions with the values of `ARG` and `ENV` in them, as `--build-arg` and defaults give them, and the given
/// arguments that no `ARG` asks for. What stands before the first `FROM` counts in the lines of `FROM` alone. Errors: a base without a name, a stage whose name
/// is in a variable.
pub(super) fn resolved(steps: &[Instruction], given: &Values) -> Result<(Vec<Instruction>, Vec<String>), String> {
    let (mut global, mut local, mut asked): (Values, Values, Vec<String>) = Default::default();
    let (mut lines, mut in_stage) = (Vec::new(), false);
    for Instruction { line, span } in steps {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let mut push = |line: String| lines.push(Instruction { line, span: *span });
        match word {
            "COPY" if from(rest).is_some_and(|own| own.contains('$')) => return Err(NO_VARIABLE.to_string()),
            "FROM" => {
                let text = expanded(rest, &global)?;
                if text
                    .split_whitespace()
                    .find(|own| !own.starts_with("--"))
                    .is_none_or(|own| own == "AS" || own == "as")
                {
                    let base = rest.split_whitespace().find(|own| !own.starts_with("--")).unwrap_or_default();
                    return Err(format!("base name ({base}) should not be blank"));
                }
                push(format!("FROM {text}"));
                (in_stage, local) = (true, Values::new());
            }
            "ARG" => {
                let values = if in_stage { &mut local } else { &mut global };
                let (name, default) = rest.split_once('=').map_or((rest, None), |(name, text)| (name, Some(text)));
                let default = default.map(|text| expanded(text, values)).transpose()?.map(|text| unquoted(&text));
                let found = value(given, name).map(String::from).or(default);
                let found = found.or_else(|| value(&global, name).filter(|_| in_stage).map(String::from));
                asked.push(name.to_string());
                let shown = found.as_ref().map_or_else(|| name.to_string(), |value| format!("{name}={value}"));
                push(format!("ARG {shown}"));
                if let Some(found) = found {
                    (if in_stage { &mut local } else { &mut global }).push((name.to_string(), found));
                }
            }
            _ if EXPANDED.contains(&word) => {
                let text = expanded(rest, &local)?;
                if word == "ENV" {
                    local.extend(crate::ecr::configuration::pairs(&text));
                }
                push(format!("{word} {text}"));
            }
            _ => push(line.clone()),
        }
    }
    let unused = given.iter().map(|(name, _)| name).filter(|name| !asked.contains(name) && !is_predefined(name));
    Ok((lines, unused.cloned().collect()))
}

/// Arguments that every build has.
fn is_predefined(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"].contains(&name.as_str())
        || name.starts_with("BUILDKIT_")
        || name == "SOURCE_DATE_EPOCH"
}

fn unquoted(text: &str) -> String {
    let own = ['"', '\''].iter().find_map(|sign| text.strip_prefix(*sign)?.strip_suffix(*sign));
    own.unwrap_or(text).to_string()
}

/// A text with `$NAME`, `${NAME}`, `${NAME:-other}` and `${NAME:+other}` put in. The platforms of a build stay as they are: they differ
/// from image to image.
fn expanded(text: &str, values: &Values) -> Result<String, String> {
    let mut out = String::new();
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        if out.len() > LONGEST {
            return Err(format!("ECS Lab: an instruction is longer than {} KiB", LONGEST / 1024));
        }
        if sign == '\\' && signs.peek() == Some(&'$') {
            out.extend(signs.next());
            continue;
        }
        let braced = sign == '$' && signs.next_if_eq(&'{').is_some();
        let mut name = String::new();
        while let Some(letter) = signs.next_if(|own| sign == '$' && (own.is_ascii_alphanumeric() || *own == '_')) {
            name.push(letter);
        }
        let rest: String = if braced { signs.by_ref().take_while(|own| *own != '}').collect() } else { String::new() };
        if name.is_empty() {
            out.push(sign);
            continue;
        }
        if ["TARGET", "BUILD"]
            .iter()
            .any(|own| name.strip_prefix(own).is_some_and(|own| ["PLATFORM", "OS", "ARCH", "VARIANT"].contains(&own)))
        {
            out.push_str(&format!("${{{name}}}"));
            continue;
        }
        let found = value(values, &name).filter(|own| !own.is_empty());
        out.push_str(match (rest.strip_prefix(":-"), rest.strip_prefix(":+")) {
            (Some(other), _) => found.unwrap_or(other),
            (_, Some(other)) => found.map_or("", |_| other),
            _ => found.unwrap_or_default(),
        });
    }
    Ok(out)
}

/// What BuildKit says of such a stage.
const NO_VARIABLE: &str = "variable expansion is not supported for --from, define a new stage with FROM using ARG from global \
                           scope as a workaround";

/// What `COPY --from` names, of the words behind `COPY`.
pub(super) fn from(rest: &str) -> Option<&str> {
    rest.split_whitespace().take_while(|word| word.starts_with("--")).find_map(|word| word.strip_prefix("--from="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_put_in_where_docker_does() {
        let text = "ARG BASE=nginx\nARG TAG\nFROM ${BASE}:${TAG:-1.29} AS one\nARG BASE\nARG WHO=\"nobody at all\"\n\
                    ENV A=$WHO\nRUN echo $A\nCOPY $BASE ${A:+there}/\\$x /$none\nFROM --platform=$BUILDPLATFORM alpine\n\
                    WORKDIR /$A$WHO/x\n";
        let steps = instructions(text).unwrap();
        let given =
            |all: &[(&str, &str)]| all.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let (lines, unused) = resolved(&steps, &given(&[("WHO", "me"), ("NOBODY", "1"), ("http_proxy", "x")])).unwrap();
        let texts: Vec<&str> = lines.iter().map(|own| own.line.as_str()).collect();
        assert_eq!(
            texts,
            [
                "ARG BASE=nginx",
                "ARG TAG",
                "FROM nginx:1.29 AS one",
                "ARG BASE=nginx",
                "ARG WHO=me",
                "ENV A=me",
                "RUN echo $A",
                "COPY nginx there/$x /",
                "FROM --platform=${BUILDPLATFORM} alpine",
                "WORKDIR //x",
            ]
        );
        assert_eq!(unused, ["NOBODY"]);
        let (lines, _) = resolved(&steps, &given(&[("TAG", "1.28"), ("BASE", "httpd")])).unwrap();
        assert_eq!(
            (lines[2].line.as_str(), lines[4].line.as_str()),
            ("FROM httpd:1.28 AS one", "ARG WHO=nobody at all")
        );
        let blank = instructions("ARG BASE\nFROM $BASE AS x\n").unwrap();
        let doubled = instructions(&format!("FROM x\nARG A=0123456789\n{}", "ARG A=$A$A\n".repeat(40))).unwrap();
        assert!(resolved(&doubled, &Vec::new()).is_err());
        assert_eq!(resolved(&blank, &Vec::new()), Err("base name ($BASE) should not be blank".to_string()));
    }

    #[test]
    fn no_variable_names_a_stage() {
        for (line, is_refused) in
            [("--from=$A /a /", true), ("--link --from=${A} /a /", true), ("--from=a $A /", false)]
        {
            let steps = instructions(&format!("FROM x AS a\nARG A=a\nFROM x\nCOPY {line}\n")).unwrap();
            assert_eq!(resolved(&steps, &Vec::new()).is_err(), is_refused, "{line}");
        }
    }

    #[test]
    fn an_instruction_knows_its_lines() {
        let steps = instructions("# one\nFROM a\n\nRUN one \\\n  two\nRUN three").unwrap();
        let spans: Vec<(usize, usize)> = steps.iter().map(|own| own.span).collect();
        assert_eq!(spans, [(2, 2), (4, 5), (6, 6)]);
    }
}
