//! `!!` and its like: lines that were run before, put in place of what names them.

use alloc::format;
use alloc::string::{String, ToString};

/// A line with the lines that it names in their place, or what is wrong; none where it names none.
pub(super) fn recalled(line: &str, history: &[String]) -> Option<Result<String, String>> {
    let (mut out, mut rest, mut before, mut named) = (String::new(), line, ' ', false);
    let (mut single, mut double) = (false, false);
    while let Some(sign) = rest.chars().next() {
        let after = rest.get(sign.len_utf8()..).unwrap_or_default();
        let found = match sign {
            '!' if !single && before != '\\' => event(after, !double && starts_word(before), history),
            _ => None,
        };
        match found {
            Some((name, None)) => return Some(Err(format!("bash: !{name}: event not found\n"))),
            Some((name, Some(text))) => {
                named = true;
                out.push_str(&text);
                rest = after.get(name.len()..).unwrap_or_default();
                before = 'x';
            }
            None => {
                single ^= sign == '\'' && !double && before != '\\';
                double ^= sign == '"' && !single && before != '\\';
                // A backslash behind a backslash is itself.
                before = if sign == '\\' && before == '\\' { 'x' } else { sign };
                out.push(sign);
                rest = after;
            }
        }
    }
    named.then_some(Ok(out))
}

fn starts_word(before: char) -> bool {
    before.is_whitespace() || ";|&(".contains(before)
}

/// What stands behind `!`, and the line that it names; none where it names nothing.
fn event<'a>(after: &'a str, starts: bool, history: &[String]) -> Option<(&'a str, Option<String>)> {
    if after.starts_with('!') {
        return Some((after.get(..1)?, history.last().cloned()));
    }
    if !starts {
        return None;
    }
    if after.starts_with('$') {
        let last = history.last().and_then(|line| line.split_whitespace().next_back()).map(ToString::to_string);
        return Some((after.get(..1)?, last));
    }
    let end = after.find(|sign: char| sign.is_whitespace() || ";|&()<>'\":=".contains(sign)).unwrap_or(after.len());
    let name = after.get(..end).filter(|name| !name.is_empty())?;
    let found = match name.parse::<i64>() {
        Ok(number) if number > 0 => usize::try_from(number - 1).ok().and_then(|place| history.get(place)),
        Ok(number) => {
            let back = usize::try_from(number.checked_neg()?).ok()?;
            history.len().checked_sub(back).and_then(|place| history.get(place))
        }
        Err(_) => history.iter().rev().find(|line| line.starts_with(name)),
    };
    Some((name, found.cloned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn lines_are_recalled_as_bash_does_it() {
        let history: Vec<String> = ["aws ecs list-tasks", "docker ps", "cat a b"].map(String::from).into();
        for (line, expected) in [
            ("!!", Some(Ok("cat a b"))),
            ("sudo !! | wc", Some(Ok("sudo cat a b | wc"))),
            ("!aws --output text", Some(Ok("aws ecs list-tasks --output text"))),
            ("!2; !-3", Some(Ok("docker ps; aws ecs list-tasks"))),
            ("ls !$", Some(Ok("ls b"))),
            ("echo \"again: !!\"", Some(Ok("echo \"again: cat a b\""))),
            ("!nosuch", Some(Err("bash: !nosuch: event not found\n"))),
            ("!9", Some(Err("bash: !9: event not found\n"))),
            ("echo '!!' \\!! \"it's\" '!d'", None),
            ("! true; [ ! -f a ]; a != b; echo hi! $! [!a]*", None),
            ("if ! grep x; then echo \"!x\"; fi", None),
        ] {
            let expected = expected.map(|own| own.map(String::from).map_err(String::from));
            assert_eq!(recalled(line, &history), expected, "{line}");
        }
    }
}
