//! `ls`.

use crate::shell::about::user;
use crate::shell::exec::Shell;
use crate::shell::terminal::Output;
use crate::sim::moment;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// As wide as a screen is taken to be, in signs.
const WIDTH: usize = 80;
/// What a folder weighs, in bytes.
const FOLDER: usize = 4096;
const LETTERS: &str = "1Aadhlrt";

/// Lists files and folders: on a screen in columns.
pub(super) fn ls(shell: &Shell<'_>, words: &[String]) -> Output {
    let mut flags = String::new();
    let mut named: Vec<&str> = Vec::new();
    for word in words {
        match word.as_str() {
            "--all" => flags.push('a'),
            "--human-readable" => flags.push('h'),
            word => match word.strip_prefix('-').filter(|own| !own.is_empty()) {
                Some(letters) => flags.push_str(letters),
                None => named.push(word),
            },
        }
    }
    if let Some(wrong) = flags.chars().find(|sign| !LETTERS.contains(*sign)) {
        let told = format!("ls: invalid option -- '{wrong}'\nTry 'ls --help' for more information.\n");
        return Output::fail(2, told);
    }
    if named.is_empty() {
        named.push(".");
    }
    let files = &shell.terminal.files;
    let mut output = Output::default();
    let (mut alone, mut folders) = (Vec::new(), Vec::new());
    for name in &named {
        let path = shell.path(name);
        let is_folder = files.is_directory(&path);
        if files.read(&path).is_some() || is_folder && flags.contains('d') {
            alone.push((name.to_string(), path));
        } else if is_folder {
            folders.push((*name, path));
        } else {
            output.stderr.push_str(&format!("ls: cannot access '{name}': No such file or directory\n"));
            output.status = 2;
        }
    }
    output.stdout.push_str(&shown(shell, &flags, alone));
    for (name, path) in folders {
        if named.len() > 1 {
            let gap = if output.stdout.is_empty() { "" } else { "\n" };
            output.stdout.push_str(&format!("{gap}{name}:\n"));
        }
        let hidden = flags.contains(['a', 'A']);
        let own = files.list(&path).into_iter().filter(|own| hidden || !own.starts_with('.'));
        let own = own.map(|own| own.trim_end_matches('/').to_string());
        let dots = [".", ".."].iter().filter(|_| flags.contains('a')).map(ToString::to_string);
        let all: Vec<(String, String)> =
            dots.chain(own).map(|own| (own.clone(), crate::shell::files::absolute(&path, &own))).collect();
        if flags.contains('l') {
            let blocks: usize = all.iter().map(|(_, path)| weight(shell, path).div_ceil(FOLDER) * 4).sum();
            output.stdout.push_str(&format!("total {blocks}\n"));
        }
        output.stdout.push_str(&shown(shell, &flags, all));
    }
    output
}

/// The bytes of a file, or what a folder weighs.
fn weight(shell: &Shell<'_>, path: &str) -> usize {
    shell.terminal.files.read(path).map_or(FOLDER, str::len)
}

/// Names with their paths, as the flags want them.
fn shown(shell: &Shell<'_>, flags: &str, mut all: Vec<(String, String)>) -> String {
    let files = &shell.terminal.files;
    if flags.contains('t') {
        crate::sim::order::sort_by(&mut all, |left, right| files.changed(&right.1).cmp(&files.changed(&left.1)));
    }
    if flags.contains('r') {
        all.reverse();
    }
    if flags.contains('l') {
        return long(shell, flags.contains('h'), &all);
    }
    let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    match shell.to_screen && !flags.contains('1') {
        true => columns(&names),
        false => names.iter().map(|name| format!("{name}\n")).collect(),
    }
}

/// One line for each: rights, links, owner, bytes, moment and name.
fn long(shell: &Shell<'_>, human: bool, all: &[(String, String)]) -> String {
    let files = &shell.terminal.files;
    let sizes: Vec<String> = all.iter().map(|(_, path)| size(weight(shell, path), human)).collect();
    let width = sizes.iter().map(String::len).max().unwrap_or_default();
    let owner = user(shell);
    let line = |((name, path), size): (&(String, String), &String)| {
        let folders = files.list(path).iter().filter(|own| own.ends_with('/')).count();
        let (kind, links) = if files.is_directory(path) { ('d', folders + 2) } else { ('-', 1) };
        let rights: String = [6, 3, 0].iter().flat_map(|by| rights(files.mode(path) >> by)).collect();
        let at = moment::shown(files.changed(path), "%b %e %H:%M");
        format!("{kind}{rights} {links} {owner} {owner} {size:>width$} {at} {name}\n")
    };
    all.iter().zip(&sizes).map(line).collect()
}

/// The letters of three bits.
fn rights(bits: u16) -> [char; 3] {
    [(4, 'r'), (2, 'w'), (1, 'x')].map(|(bit, letter)| if bits & bit == 0 { '-' } else { letter })
}

/// Bytes; for people in the first unit of 1024 in which they are less than 1024.
fn size(bytes: usize, human: bool) -> String {
    match (human, bytes) {
        (false, _) | (_, ..1024) => bytes.to_string(),
        (_, ..10_240) => {
            let tenths = (bytes * 10).div_ceil(1024);
            format!("{}.{}K", tenths / 10, tenths % 10)
        }
        (_, ..1_048_576) => format!("{}K", bytes.div_ceil(1024)),
        _ => {
            let tenths = (bytes * 10).div_ceil(1_048_576);
            format!("{}.{}M", tenths / 10, tenths % 10)
        }
    }
}

/// Names in as many columns as the screen takes, from the top down.
fn columns(names: &[&str]) -> String {
    let length = |name: &&str| name.chars().count();
    for rows in 1..=names.len() {
        let widths: Vec<usize> =
            names.chunks(rows).map(|column| column.iter().map(length).max().unwrap_or_default()).collect();
        if rows < names.len() && widths.iter().sum::<usize>() + 2 * (widths.len() - 1) > WIDTH {
            continue;
        }
        let mut out = String::new();
        for row in 0..rows {
            let cells = names.chunks(rows).zip(&widths).filter_map(|(column, width)| Some((column.get(row)?, *width)));
            let line: Vec<String> = cells.map(|(name, width)| format!("{name:width$}")).collect();
            out.push_str(line.join("  ").trim_end());
            out.push('\n');
        }
        return out;
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fill_the_screen_from_the_top() {
        assert_eq!(columns(&[]), "");
        assert_eq!(columns(&["bin", "etc"]), "bin  etc\n");
        let long = "x".repeat(50);
        assert_eq!(columns(&["a", &long, "b"]), format!("a  {long}  b\n"));
        assert_eq!(columns(&["a", "b", &long, &long]), format!("a  {long}\nb  {long}\n"));
        assert_eq!(columns(&[&long, &long]), format!("{long}\n{long}\n"));
    }
}
