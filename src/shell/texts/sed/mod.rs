//! `sed`, as far as lines are replaced, printed, deleted and added; without jumps and without its hold space.

mod script;

use crate::shell::exec::Shell;
use crate::shell::terminal::{LONGEST, Output};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use script::{Act, Address, Order, Piece, Substitute};

/// What a line of words asks for.
#[derive(Default)]
struct Asked {
    scripts: Vec<String>,
    names: Vec<String>,
    quiet: bool,
    extended: bool,
    separate: bool,
    /// Whether files are changed, and what is behind the name of the file that keeps the old text.
    in_place: Option<String>,
}

/// Runs `sed`.
pub(super) fn run(shell: &mut Shell<'_>, words: &[String], input: &str) -> Output {
    let asked = match asked(words) {
        Ok(asked) => asked,
        Err(why) => return Output::fail(1, format!("sed: {why}\n")),
    };
    if asked.scripts.is_empty() {
        return Output::fail(1, "Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n");
    }
    let orders = match script::read(&asked.scripts.join("\n"), asked.extended) {
        Ok(orders) => orders,
        Err(why) => return Output::fail(1, format!("sed: -e expression #1, {why}\n")),
    };
    let mut output = Output::default();
    let mut texts: Vec<(String, String)> = Vec::new();
    for name in &asked.names {
        let path = shell.path(name);
        match shell.terminal.files.read(&path) {
            _ if name == "-" => texts.push((path, input.to_string())),
            Some(text) => texts.push((path, text.to_string())),
            None => {
                output.stderr.push_str(&match shell.missing(&path) {
                    why if why.starts_with("Is") && asked.in_place.is_some() => {
                        format!("sed: couldn't edit {name}: not a regular file\n")
                    }
                    why if why.starts_with("Is") => format!("sed: read error on {name}: {why}\n"),
                    why => format!("sed: can't read {name}: {why}\n"),
                });
                output.status = 2;
            }
        }
    }
    if let Some(suffix) = &asked.in_place {
        for (path, text) in texts {
            let changed = edited(&orders, &text, asked.quiet);
            let kept =
                if suffix.is_empty() { Ok(()) } else { shell.terminal.files.write(&format!("{path}{suffix}"), text) };
            shell.unlinked(&path);
            if let Err(why) = kept.and_then(|()| shell.terminal.files.write(&path, changed)) {
                output.stderr.push_str(&format!("sed: couldn't write to {path}: {why}\n"));
                output.status = 4;
            }
        }
        return output;
    }
    if asked.names.is_empty() {
        texts.push((String::new(), input.to_string()));
    }
    if !asked.separate {
        let all = texts.iter().map(|(_, text)| text.as_str()).collect();
        texts = [(String::new(), all)].into();
    }
    for (_, text) in texts {
        output.stdout.push_str(&edited(&orders, &text, asked.quiet));
    }
    output
}

fn asked(words: &[String]) -> Result<Asked, String> {
    let mut own = Asked::default();
    let mut rest = words.iter();
    let mut names: Vec<String> = Vec::new();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "--" => names.extend(rest.by_ref().cloned()),
            "--quiet" | "--silent" => own.quiet = true,
            "--regexp-extended" => own.extended = true,
            "--in-place" => own.in_place = Some(String::new()),
            long if long.starts_with("--") => match long.split_once('=') {
                Some(("--expression", script)) => own.scripts.push(script.to_string()),
                Some(("--in-place", suffix)) => own.in_place = Some(suffix.to_string()),
                _ => return Err(format!("unrecognized option '{long}'")),
            },
            short if short.len() > 1 && short.starts_with('-') => {
                let mut letters = short.chars().skip(1);
                while let Some(letter) = letters.next() {
                    match letter {
                        'n' => own.quiet = true,
                        'E' | 'r' => own.extended = true,
                        's' => own.separate = true,
                        'i' => own.in_place = Some(letters.by_ref().collect()),
                        'e' => {
                            let glued: String = letters.by_ref().collect();
                            let script = if glued.is_empty() { rest.next().cloned() } else { Some(glued) };
                            own.scripts.push(script.ok_or("option requires an argument -- 'e'")?);
                        }
                        other => return Err(format!("ECS Lab knows -n, -e, -E, -i and -s of sed, and no -{other}")),
                    }
                }
            }
            _ => names.push(word.clone()),
        }
    }
    if own.scripts.is_empty() && !names.is_empty() {
        own.scripts.push(names.remove(0));
    }
    own.names = names;
    Ok(own)
}

/// A text after the orders.
fn edited(orders: &[Order], text: &str, quiet: bool) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut open: Vec<Option<usize>> = alloc::vec![None; orders.len()];
    let mut out = String::new();
    for (place, whole) in lines.iter().enumerate() {
        let at = Place { number: place + 1, last: place + 1 == lines.len() };
        let mut line = Line { text: whole.trim_end_matches('\n').to_string(), after: String::new(), ends: false };
        // The last line has no end where the text has none.
        let end = if whole.ends_with('\n') { "\n" } else { "" };
        let mut shown = !quiet;
        for (order, open) in orders.iter().zip(&mut open) {
            if fits(order, &line.text, &at, open) && !line.obeys(order, &at, open.is_none(), &mut out) {
                shown &= line.ends;
                break;
            }
        }
        if shown {
            out.push_str(&line.text);
            out.push_str(end);
        }
        if !line.after.is_empty() {
            if !out.is_empty() && !out.ends_with('\n') {
                out.push('\n');
            }
            out.push_str(&line.after);
        }
        if line.ends || out.len() > LONGEST {
            break;
        }
    }
    out
}

/// Where a line stands.
struct Place {
    number: usize,
    last: bool,
}

/// A line on its way.
struct Line {
    text: String,
    /// What comes behind it.
    after: String,
    /// Whether it is the last one that is read.
    ends: bool,
}

impl Line {
    /// Does what an order says; false where no other order follows.
    fn obeys(&mut self, order: &Order, at: &Place, range_ends: bool, out: &mut String) -> bool {
        match &order.act {
            Act::Substitute(own) => {
                if let Some(text) = replaced(own, &self.text) {
                    self.text = text;
                    if own.print {
                        out.push_str(&format!("{}\n", self.text));
                    }
                }
            }
            Act::Print => out.push_str(&format!("{}\n", self.text)),
            Act::Number => out.push_str(&format!("{}\n", at.number)),
            Act::Delete => return false,
            Act::Quit => {
                self.ends = true;
                return false;
            }
            Act::Append(text) => self.after.push_str(&format!("{text}\n")),
            Act::Insert(text) => out.push_str(&format!("{text}\n")),
            Act::Change(text) => {
                // Of a range only the last line leaves the text.
                if range_ends {
                    out.push_str(&format!("{text}\n"));
                }
                return false;
            }
            Act::Exchange(from, to) => {
                let other = |sign: char| from.iter().position(|own| *own == sign).and_then(|at| to.get(at)).copied();
                self.text = self.text.chars().map(|sign| other(sign).unwrap_or(sign)).collect();
            }
        }
        true
    }
}

/// Whether an order is for a line. `open` is the line at which its range began.
fn fits(order: &Order, line: &str, at: &Place, open: &mut Option<usize>) -> bool {
    let hits = |address: &Address| match address {
        Address::Line(number) => at.number == *number,
        Address::Each(first, 0) => at.number == *first,
        Address::Each(first, step) => at.number >= *first && (at.number - first).is_multiple_of(*step),
        Address::Last => at.last,
        Address::Fits(regex) => regex.is_match(line),
    };
    let inside = match (&order.from, &order.to) {
        (None, _) => true,
        (Some(from), None) => hits(from),
        (Some(from), Some(to)) => match (*open, to) {
            (Some(_), Address::Line(number)) => {
                if at.number >= *number {
                    *open = None;
                }
                at.number <= *number
            }
            (Some(_), to) => {
                if hits(to) {
                    *open = None;
                }
                true
            }
            (None, to) => {
                let begins = hits(from);
                let goes_on = !at.last && !matches!(to, Address::Line(number) if *number <= at.number);
                *open = Some(at.number).filter(|_| begins && goes_on);
                begins
            }
        },
    };
    inside != order.not
}

/// A line with something in the place of what fits; none where nothing does.
fn replaced(own: &Substitute, line: &str) -> Option<String> {
    let (mut out, mut from, mut count) = (String::new(), 0, 0);
    for found in own.regex.captures_iter(line) {
        let whole = found.get(0)?;
        count += 1;
        if count < own.place {
            continue;
        }
        out.push_str(line.get(from..whole.start())?);
        for piece in &own.with {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Group(number) => out.push_str(found.get(*number).map_or("", |own| own.as_str())),
            }
        }
        from = whole.end();
        if !own.all || out.len() > LONGEST {
            break;
        }
    }
    if count < own.place {
        return None;
    }
    out.push_str(line.get(from..)?);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "web 1\napi 2\ndb 3\n";

    fn after(script: &str, quiet: bool) -> String {
        match script::read(script, false) {
            Ok(orders) => edited(&orders, TEXT, quiet),
            Err(why) => why,
        }
    }

    /// As GNU sed 4.9 answers.
    #[test]
    fn lines_are_edited_as_sed_does_it() {
        for (script, quiet, expected) in [
            ("s/b/B/", false, "weB 1\napi 2\ndB 3\n"),
            ("s/[a-c]/<&>/g", false, "we<b> 1\n<a>pi 2\nd<b> 3\n"),
            ("s/\\([a-z]*\\) \\(.\\)/\\2:\\1/", false, "1:web\n2:api\n3:db\n"),
            ("s|web|a/b|; s,i,\\n,", false, "a/b 1\nap\n 2\ndb 3\n"),
            ("s/.*P/x/I", false, "web 1\nxi 2\ndb 3\n"),
            ("s/[a-z]/x/2p", true, "wxb 1\naxi 2\ndx 3\n"),
            ("s/[a-z]/x/2g", false, "wxx 1\naxx 2\ndx 3\n"),
            ("2p", true, "api 2\n"),
            ("$p;1p", true, "web 1\ndb 3\n"),
            ("/api/,$d", false, "web 1\n"),
            ("/api/!d", false, "api 2\n"),
            ("2,3s/[0-9]//", false, "web 1\napi \ndb \n"),
            ("2,1p", true, "api 2\n"),
            ("1~2d", false, "api 2\n"),
            ("2q", false, "web 1\napi 2\n"),
            ("/api/a\\\nnew", false, "web 1\napi 2\nnew\ndb 3\n"),
            ("1i first", false, "first\nweb 1\napi 2\ndb 3\n"),
            ("1,2c both", false, "both\ndb 3\n"),
            ("y/abc/xyz/", false, "wey 1\nxpi 2\ndy 3\n"),
            ("$=", true, "3\n"),
            ("# a remark\n1d", false, "api 2\ndb 3\n"),
            ("s/a/b", false, "char 5: unterminated `s' command"),
            ("s/a/b/z", false, "char 7: unknown option to `s'"),
            ("k", false, "char 1: unknown command: `k'"),
            ("3", false, "char 1: missing command"),
            ("p;p x", false, "char 5: extra characters after command"),
            ("1,p", false, "char 3: unexpected `,'"),
            ("/a", false, "char 2: unterminated address regex"),
            ("y/ab/c/", false, "char 7: strings for `y' command are different lengths"),
            ("s/a/\\1/", false, "char 7: invalid reference \\1 on `s' command's RHS"),
            ("h", false, "char 1: ECS Lab's sed has no `h'"),
        ] {
            assert_eq!(after(script, quiet), expected, "{script}");
        }
        let orders = script::read("s/(a+)p?/<\\1>/", true).unwrap_or_default();
        assert_eq!(edited(&orders, "xaap", false), "x<aa>");
    }
}
