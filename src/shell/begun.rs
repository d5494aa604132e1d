//! What is typed in front of the cursor, as the shell would read it, and how a word goes on in its quotes.

use super::terminal::{HOME, Terminal};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Words behind which a command begins.
const BEFORE: [&str; 11] = ["!", "do", "elif", "else", "if", "sudo", "then", "time", "until", "while", "{"];

/// What means something else to the shell than itself, outside quotes and within double ones.
const SPECIAL: &str = " \t\n\\'\"|&;()<>$`!{}*[]?^";
const SPECIAL_IN_QUOTES: &str = "\\\"$`";

/// What stands for what a command within a word prints.
const UNKNOWN: char = '\u{fffd}';

/// The command in which the cursor stands.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Begun<'a> {
    /// Its words in front of that of the cursor, as they are meant.
    pub(super) words: Vec<String>,
    /// The word of the cursor as it is typed, without the quote that opens it and is still open.
    pub(super) typed: &'a str,
    /// The same word as it is meant: without quotes, with the values of its variables, home in the place of `~`.
    pub(super) meant: String,
    /// The quote that is open.
    pub(super) quote: Option<char>,
}

/// Where the word of the cursor begins, a byte offset within the text in front of it, and the quote that is open there.
pub fn place(before: &str) -> (usize, Option<char>) {
    let own = read(before, None);
    (before.len() - own.typed.len(), own.quote)
}

/// Reads the text in front of the cursor; without a terminal, variables have no values.
pub(super) fn read<'a>(before: &'a str, terminal: Option<&Terminal>) -> Begun<'a> {
    let (mut words, mut word): (Vec<String>, String) = (Vec::new(), String::new());
    let (mut quote, mut start): (Option<(char, usize)>, usize) = (None, 0);
    // What goes on behind a closing parenthesis.
    let mut outer = Vec::new();
    let mut signs = before.char_indices();
    while let Some((at, sign)) = signs.next() {
        let next = at + sign.len_utf8();
        let rest = before.get(next..).unwrap_or_default();
        match (quote, sign) {
            (Some((open, _)), sign) if sign == open => quote = None,
            (Some(('\'', _)), sign) => word.push(sign),
            (_, '$') if rest.starts_with('(') => {
                signs.next();
                word.push(UNKNOWN);
                outer.push((core::mem::take(&mut words), core::mem::take(&mut word), quote.take(), start));
                start = next + 1;
            }
            (_, '$') => match variable(rest, terminal) {
                Some((value, length)) => {
                    word.push_str(&value);
                    while signs.offset() < next + length && signs.next().is_some() {}
                }
                None => word.push('$'),
            },
            (Some(_), '\\') if rest.starts_with(|sign| SPECIAL_IN_QUOTES.contains(sign)) => {
                word.extend(signs.next().map(|(_, sign)| sign));
            }
            (Some(_), sign) => word.push(sign),
            (None, '\'' | '"') => quote = Some((sign, at)),
            (None, '\\') => word.extend(signs.next().map(|(_, sign)| sign).filter(|sign| *sign != '\n')),
            (None, '(') => {
                outer.push((core::mem::take(&mut words), core::mem::take(&mut word), None, start));
                start = next;
            }
            (None, ')') if let Some(own) = outer.pop() => (words, word, quote, start) = own,
            (None, '|' | ';' | '&' | '`' | '\n') => {
                words.clear();
                word.clear();
                start = next;
            }
            (None, sign) if sign.is_whitespace() => {
                if words.is_empty() && BEFORE.contains(&word.as_str()) {
                    word.clear();
                }
                if !word.is_empty() {
                    words.push(core::mem::take(&mut word));
                }
                start = next;
            }
            (None, '~') if at == start && (rest.is_empty() || rest.starts_with('/')) => {
                word.push_str(terminal.map_or(HOME, |own| own.variables.get("HOME").map_or(HOME, |own| &own.value)));
            }
            (None, sign) => word.push(sign),
        }
    }
    if let Some((sign, at)) = quote
        && at == start
    {
        start += sign.len_utf8();
    }
    let typed = before.get(start..).unwrap_or_default();
    Begun { words, typed, meant: word, quote: quote.map(|(sign, _)| sign) }
}

/// The value of the variable whose name stands behind a `$`, and the length of the name with its braces; none where
/// something else stands there.
fn variable(rest: &str, terminal: Option<&Terminal>) -> Option<(String, usize)> {
    let braced = rest.strip_prefix('{');
    let own = braced.unwrap_or(rest);
    let name = own.find(|sign| !in_name(sign)).map_or(own, |end| own.get(..end).unwrap_or_default());
    if name.is_empty() || name.starts_with(|sign: char| sign.is_ascii_digit()) {
        return None;
    }
    if braced.is_some() && !own.get(name.len()..)?.starts_with('}') {
        return None;
    }
    let value = terminal.and_then(|own| own.variables.get(name)).map_or("", |own| own.value.as_str());
    Some((value.to_string(), name.len() + if braced.is_some() { 2 } else { 0 }))
}

/// Whether a sign may stand in a variable's name.
pub(super) fn in_name(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || sign == '_'
}

/// Where the name of the variable begins that the cursor stands in, a byte offset within the word as it is typed, and
/// whether it is in braces.
pub(super) fn name_at(word: &Begun<'_>) -> Option<(usize, bool)> {
    let start = word.typed.rfind('$').filter(|_| word.quote != Some('\''))?;
    let (head, rest) = word.typed.split_at_checked(start)?;
    // One behind a backslash is a sign like any other.
    let is_escaped = head.chars().rev().take_while(|sign| *sign == '\\').count() % 2 == 1;
    let braced = rest.starts_with("${");
    let name = start + 1 + usize::from(braced);
    let is_name = word.typed.get(name..)?.chars().all(in_name);
    (is_name && !is_escaped).then_some((name, braced))
}

/// What is added to a word, as it has to be typed so that the shell leaves it as it is.
pub(super) fn escaped(added: &str, word: &Begun<'_>) -> String {
    let mut text = String::new();
    for (at, sign) in added.char_indices() {
        let is_first = at == 0 && word.typed.is_empty();
        match word.quote {
            Some('\'') if sign == '\'' => text.push_str("'\\'"),
            Some('"') if SPECIAL_IN_QUOTES.contains(sign) => text.push('\\'),
            None if SPECIAL.contains(sign) || is_first && "~#".contains(sign) => text.push('\\'),
            _ => {}
        }
        text.push(sign);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::Generation;

    #[test]
    fn the_word_at_the_cursor_is_read_as_the_shell_reads_it() {
        let terminal = Terminal::new(Generation::V2);
        for (before, words, typed, meant, quote) in [
            ("", "", "", "", None),
            ("cat ~/a", "cat", "~/a", "/home/ec2-user/a", None),
            ("cat a~/b", "cat", "a~/b", "a~/b", None),
            ("cat ~b", "cat", "~b", "~b", None),
            ("cat '~/a", "cat", "~/a", "~/a", Some('\'')),
            ("cat \\~/a", "cat", "\\~/a", "~/a", None),
            ("cat $HOME/a", "cat", "$HOME/a", "/home/ec2-user/a", None),
            ("cat \"${HOME}/a b", "cat", "${HOME}/a b", "/home/ec2-user/a b", Some('"')),
            ("cat '$HOME/a", "cat", "$HOME/a", "$HOME/a", Some('\'')),
            ("cat \\$HOME/a", "cat", "\\$HOME/a", "$HOME/a", None),
            ("ls $HOME $NONE x", "ls /home/ec2-user", "x", "x", None),
            ("ls $1 ${a:-b} x", "ls $1 ${a:-b}", "x", "x", None),
            ("cat my\\ d", "cat", "my\\ d", "my d", None),
            ("cat x'my d", "cat", "x'my d", "xmy d", Some('\'')),
            ("cat 'a'b", "cat", "'a'b", "ab", None),
            ("cat \"a\\\"b\\c", "cat", "a\\\"b\\c", "a\"b\\c", Some('"')),
            ("cat ü \"→ü", "cat ü", "→ü", "→ü", Some('"')),
            ("a; sudo b c", "b", "c", "c", None),
            ("a \"x $(b c", "b", "c", "c", None),
            ("a \"x $(b \"c\" d", "b c", "d", "d", None),
            ("a $(b c) d", "a \u{fffd}", "d", "d", None),
            ("a \"$(b c)/d e", "a", "$(b c)/d e", "\u{fffd}/d e", Some('"')),
            ("a \"$(b c)\" d", "a \u{fffd}", "d", "d", None),
            ("a '$(b c", "a", "$(b c", "$(b c", Some('\'')),
            ("(a; b $((1+2)) c", "b \u{fffd}", "c", "c", None),
            ("a) b", "a)", "b", "b", None),
            ("cat a\\", "cat", "a\\", "a", None),
        ] {
            let own = read(before, Some(&terminal));
            let found = (own.words.join(" "), own.typed, own.meant.as_str(), own.quote);
            assert_eq!(found, (words.to_string(), typed, meant, quote), "{before}");
            assert_eq!(place(before), (before.len() - typed.len(), quote), "{before}");
        }
    }

    #[test]
    fn what_is_added_stays_what_it_is() {
        for (before, added, expected) in [
            ("cat ", "my file", "my\\ file"),
            ("cat ", "~a#~", "\\~a#~"),
            ("cat x", "#(a)$b", "#\\(a\\)\\$b"),
            ("cat 'm", "y it's", "y it'\\''s"),
            ("cat \"m", "y $a'b\"", "y \\$a'b\\\""),
        ] {
            assert_eq!(escaped(added, &read(before, None)), expected, "{before}");
        }
    }
}
