//! `chmod MODE FILE …`: numbers, or letters such as `u+x,go-w`.

use super::{flagged, lacks, say};
use crate::shell::exec::Shell;
use crate::shell::terminal::Output;
use alloc::format;
use alloc::string::String;

pub(super) fn run(shell: &mut Shell<'_>, words: &[String]) -> Output {
    // `-w` is a mode, `-R` an option.
    let is_option = |word: &&String| ["-R", "-v", "-f", "--recursive"].contains(&word.as_str());
    let deep = flagged(words, &['R']) || words.iter().any(|word| word == "--recursive");
    let mut rest = words.iter().filter(|word| !is_option(word));
    let Some(mode) = rest.next() else { return lacks("chmod", "file") };
    if changed(mode, 0).is_none() {
        return Output::fail(1, format!("chmod: invalid mode: '{mode}'\nTry 'chmod --help' for more information.\n"));
    }
    let mut output = Output::default();
    for name in rest {
        let path = shell.path(name);
        let files = &mut shell.terminal.files;
        let tree = files.tree(&path);
        if tree.is_empty() {
            say(&mut output, &format!("chmod: cannot access '{name}': No such file or directory"));
        }
        for (path, _) in tree.iter().take(if deep { usize::MAX } else { 1 }) {
            let own = changed(mode, files.mode(path)).unwrap_or_default();
            files.set_mode(path, own);
        }
    }
    output
}

/// What a mode makes of the bits before; none for what is no mode.
fn changed(mode: &str, before: u16) -> Option<u16> {
    if mode.chars().all(|sign| sign.is_digit(8)) {
        return u16::from_str_radix(mode, 8).ok().filter(|own| *own <= 0o7777).map(|own| own & 0o777);
    }
    mode.split(',').try_fold(before, |bits, part| {
        let at = part.find(['+', '-', '='])?;
        let (who, how) = part.split_at(at);
        let spread = |bit: u16| -> Option<u16> {
            let of = |sign: char| match sign {
                'u' => Some(bit << 6),
                'g' => Some(bit << 3),
                'o' => Some(bit),
                'a' => Some(bit << 6 | bit << 3 | bit),
                _ => None,
            };
            if who.is_empty() { of('a') } else { who.chars().try_fold(0, |all, sign| Some(all | of(sign)?)) }
        };
        let mut letters = how.chars();
        let sign = letters.next()?;
        let wish = letters.try_fold(0, |all, letter| {
            let bit = match letter {
                'r' => 4,
                'w' => 2,
                'x' | 'X' => 1,
                _ => return None,
            };
            Some(all | spread(bit)?)
        })?;
        Some(match sign {
            '+' => bits | wish,
            '-' => bits & !wish,
            _ => bits & !spread(7)? | wish,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_read_as_chmod_reads_them() {
        for (mode, before, expected) in [
            ("400", 0o644, Some(0o400)),
            ("0755", 0o644, Some(0o755)),
            ("+x", 0o644, Some(0o755)),
            ("u+x,go-r", 0o644, Some(0o700)),
            ("a=r", 0o755, Some(0o444)),
            ("go=", 0o644, Some(0o600)),
            ("-w", 0o644, Some(0o444)),
            ("u+", 0o644, Some(0o644)),
            ("999", 0, None),
            ("u+q", 0, None),
            ("77777", 0, None),
            ("x", 0, None),
        ] {
            assert_eq!(changed(mode, before), expected, "{mode}");
        }
    }
}
