//! Quoting for a POSIX shell.

use alloc::string::{String, ToString};

/// The word as a shell takes it: bare when it is plain, else in single quotes.
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_string();
    }
    alloc::format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_the_shell() {
        for (word, quoted) in [
            ("prod", "prod"),
            ("type=spread,field=attribute:ecs.availability-zone", "type=spread,field=attribute:ecs.availability-zone"),
            ("", "''"),
            ("two words", "'two words'"),
            ("it's", "'it'\\''s'"),
            ("awsvpcConfiguration={subnets=[a]}", "'awsvpcConfiguration={subnets=[a]}'"),
            ("$HOME", "'$HOME'"),
        ] {
            assert_eq!(quote(word), quoted);
        }
    }
}
