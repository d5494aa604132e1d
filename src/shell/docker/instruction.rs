//! What BuildKit refuses of an instruction before it builds anything: the rules and the words are those of its parser
//! (moby/buildkit, frontend/dockerfile).

use crate::ecr::build::operands;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Looks at what stands behind the word of an instruction. An error is what BuildKit says of it, or the lab of a
/// here-document.
pub(super) fn check(word: &str, rest: &str) -> Result<(), String> {
    let plain = || rest.split_whitespace().skip_while(|own| own.starts_with("--"));
    if matches!(word, "RUN" | "COPY" | "ADD") && plain().any(is_here_document) {
        return Err("ECS Lab does not read here-documents in a Dockerfile".to_string());
    }
    match word {
        "COPY" | "ADD" if operands(&format!("{word} {rest}")).len() < 2 => Err(format!(
            "{word} requires at least two arguments, but only one was provided. Destination could not be determined"
        )),
        "FROM" => stage(&plain().collect::<Vec<_>>()),
        "ENV" | "LABEL" => named(word, &words(rest)),
        "SHELL" if serde_json::from_str::<Vec<String>>(rest).is_err() => {
            Err("SHELL requires the arguments to be in JSON form".to_string())
        }
        "HEALTHCHECK" => match plain().collect::<Vec<_>>().as_slice() {
            [kind, rest @ ..] if kind.eq_ignore_ascii_case("NONE") && !rest.is_empty() => {
                Err("HEALTHCHECK NONE takes no arguments".to_string())
            }
            [kind] if kind.eq_ignore_ascii_case("CMD") => Err("Missing command after HEALTHCHECK CMD".to_string()),
            [kind, ..] if !kind.eq_ignore_ascii_case("NONE") && !kind.eq_ignore_ascii_case("CMD") => {
                Err(format!("Unknown type {kind:?} in HEALTHCHECK (try CMD)"))
            }
            _ => Ok(()),
        },
        "ONBUILD" => match plain().next().unwrap_or_default().to_ascii_uppercase().as_str() {
            "ONBUILD" => Err("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed".to_string()),
            own @ ("FROM" | "MAINTAINER") => Err(format!("{own} isn't allowed as an ONBUILD trigger")),
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

/// `<<EOF`, `<<-EOF`, `<<"EOF"`.
fn is_here_document(word: &str) -> bool {
    let name = word.strip_prefix("<<").map(|own| own.strip_prefix('-').unwrap_or(own));
    name.is_some_and(|own| own.starts_with(|sign: char| sign.is_ascii_alphabetic() || "_'\"".contains(sign)))
}

/// `FROM`: a base, or a base and the name of a stage.
fn stage(words: &[&str]) -> Result<(), String> {
    match words {
        // A base without a name is told of once variables are in it.
        [_] | [] => Ok(()),
        [first, ..] if first.eq_ignore_ascii_case("AS") => Ok(()),
        [_, word, name] if word.eq_ignore_ascii_case("AS") => {
            let is_sign = |sign: char| sign.is_ascii_alphanumeric() || "-_.".contains(sign);
            let is_name = name.starts_with(|sign: char| sign.is_ascii_alphabetic()) && name.chars().all(is_sign);
            let why = "name can't start with a number or contain symbols";
            // A name in a variable has words of its own.
            if is_name || name.contains('$') {
                Ok(())
            } else {
                Err(format!("invalid name for build stage: {name:?}, {why}"))
            }
        }
        _ => Err("FROM requires either one or three arguments".to_string()),
    }
}

/// `ENV` and `LABEL`: a name and its value, or pairs of them.
fn named(word: &str, words: &[String]) -> Result<(), String> {
    match words {
        [one] if !one.contains('=') => Err(format!("{word} must have two arguments")),
        [first, ..] if !first.contains('=') => Ok(()),
        all => all.iter().find(|own| !own.contains('=')).map_or(Ok(()), |own| {
            Err(format!("Syntax error - can't find = in {own:?}. Must be of the form: name=value"))
        }),
    }
}

/// The words of a line, whose quotes stay.
fn words(text: &str) -> Vec<String> {
    let (mut all, mut quote, mut escapes) = (Vec::from([String::new()]), None, false);
    for sign in text.chars() {
        let is_end = sign.is_whitespace() && quote.is_none() && !escapes;
        match (quote, sign) {
            _ if escapes => {}
            (Some(open), _) if sign == open => quote = None,
            (None, '"' | '\'') => quote = Some(sign),
            _ => {}
        }
        escapes = sign == '\\' && !escapes && quote != Some('\'');
        match all.last_mut() {
            Some(own) if !is_end => own.push(sign),
            _ => all.push(String::new()),
        }
    }
    all.retain(|own| !own.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_buildkit_refuses_at_once() {
        for (line, why) in [
            ("COPY one", Some("COPY requires at least two arguments, but only one was provided.")),
            ("COPY --chown=a one", Some("COPY requires at least two arguments")),
            ("ADD [\"one\"]", Some("ADD requires at least two arguments")),
            ("COPY [\"one\", \"two\"]", None),
            ("FROM alpine", None),
            ("FROM --platform=linux/arm64 alpine AS one", None),
            ("FROM alpine AS", Some("FROM requires either one or three arguments")),
            ("FROM alpine base", Some("FROM requires either one or three arguments")),
            ("FROM alpine AS 1x", Some("invalid name for build stage: \"1x\", name can't start with a number")),
            ("ENV A", Some("ENV must have two arguments")),
            ("ENV A one two", None),
            ("ENV A=1 B=\"two words\" C=a\\ b D='x y'", None),
            ("ENV A=1 B", Some("Syntax error - can't find = in \"B\". Must be of the form: name=value")),
            ("LABEL a", Some("LABEL must have two arguments")),
            ("SHELL sh -c", Some("SHELL requires the arguments to be in JSON form")),
            ("SHELL [\"bash\", \"-c\"]", None),
            ("HEALTHCHECK FOO", Some("Unknown type \"FOO\" in HEALTHCHECK (try CMD)")),
            ("HEALTHCHECK --interval=5s CMD curl x", None),
            ("HEALTHCHECK CMD", Some("Missing command after HEALTHCHECK CMD")),
            ("HEALTHCHECK NONE", None),
            ("ONBUILD FROM x", Some("FROM isn't allowed as an ONBUILD trigger")),
            ("ONBUILD RUN true", None),
            ("RUN <<EOF", Some("ECS Lab does not read here-documents in a Dockerfile")),
            ("COPY <<-\"EOF\" /a", Some("ECS Lab does not read here-documents")),
            ("RUN echo $((1 << 2))", None),
        ] {
            let (word, rest) = line.split_once(' ').unwrap();
            let found = check(word, rest);
            let is_right = match (&found, why) {
                (Ok(()), None) => true,
                (Err(found), Some(why)) => found.starts_with(why),
                _ => false,
            };
            assert!(is_right, "{line}: {found:?}");
        }
    }
}
