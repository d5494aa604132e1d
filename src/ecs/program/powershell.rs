//! Scripts of PowerShell, as scripts of a shell: what they write, for how long they sleep and which program they end in.
//! Other cmdlets do their work at once.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Whether a program is PowerShell.
pub(super) fn is_powershell(name: &str) -> bool {
    let name = name.rsplit('\\').next().unwrap_or(name);
    ["powershell", "powershell.exe", "pwsh", "pwsh.exe"].iter().any(|own| name.eq_ignore_ascii_case(own))
}

/// The same script for a shell; none with a block of another kind than `while ($true) { … }`.
#[inline(never)]
pub(super) fn translated(script: &str) -> Option<String> {
    let (mut out, mut open) = (String::new(), 0_usize);
    for (statement, end) in statements(script) {
        if is_computed(&statement) {
            return None;
        }
        let line = match end {
            '{' if is_endless(&statement) => {
                open += 1;
                String::from("while true; do")
            }
            '{' => return None,
            _ => line(&statement),
        };
        out += &line;
        out += if line.ends_with(" do") { " " } else { ";" };
        if end == '}' {
            open = open.checked_sub(1)?;
            out += "done;";
        }
    }
    (open == 0).then(|| out.replace("do ;", "do "))
}

/// `while (1)` or `while ($true)`.
fn is_endless(statement: &str) -> bool {
    let signs: String = statement.chars().filter(|sign| !sign.is_whitespace()).collect();
    ["while($true)", "while(1)"].iter().any(|own| signs.eq_ignore_ascii_case(own))
}

/// The statements of a script and what ends each.
fn statements(script: &str) -> Vec<(String, char)> {
    let (mut all, mut own, mut quote) = (Vec::new(), String::new(), None);
    for sign in script.chars() {
        match (quote, sign) {
            (Some(open), _) if sign == open => quote = None,
            (None, '\'' | '"') => quote = Some(sign),
            (None, ';' | '\n' | '{' | '}') => {
                all.push((core::mem::take(&mut own), sign));
                continue;
            }
            _ => {}
        }
        own.push(sign);
    }
    all.push((own, ';'));
    all
}

fn line(statement: &str) -> String {
    let statement = statement.trim().trim_start_matches('&').trim();
    let (first, rest) = statement.split_once(char::is_whitespace).unwrap_or((statement, ""));
    let rest = rest.trim();
    match first.to_lowercase().as_str() {
        // A backslash is a sign like others.
        "write-host" | "write-output" | "echo" => format!("echo {}", escaped(rest)),
        "start-sleep" | "sleep" => format!("sleep {}", rest.rsplit(' ').next().unwrap_or_default()),
        "get-date" => String::from("date"),
        "exit" => format!("exit {rest}"),
        "" => String::from(":"),
        name if name.starts_with('$') || is_cmdlet(name) => String::from(":"),
        _ => {
            let program = first.trim_matches(['"', '\'']).rsplit(['\\', '/']).next().unwrap_or_default();
            format!("'{}'", program.strip_suffix(".exe").unwrap_or(program))
        }
    }
}

/// Whether what is written depends on a variable or a command.
fn is_computed(statement: &str) -> bool {
    let first = statement.split_whitespace().next().unwrap_or_default().to_lowercase();
    let writes = ["write-host", "write-output", "echo", "exit"].contains(&first.as_str());
    writes && statement.split('\'').step_by(2).any(|own| own.contains(['$', '`', '(', ',']))
}

/// The same for a shell: its backslashes out of single quotes stay.
fn escaped(text: &str) -> String {
    let parts = text.split('\'').enumerate();
    let parts = parts.map(|(place, own)| if place % 2 == 0 { own.replace('\\', "\\\\") } else { own.into() });
    parts.collect::<Vec<String>>().join("'")
}

/// `New-Item`: a verb and a noun.
fn is_cmdlet(name: &str) -> bool {
    let is_word = |own: &str| !own.is_empty() && own.bytes().all(|sign| sign.is_ascii_alphabetic());
    name.split_once('-').is_some_and(|(verb, noun)| is_word(verb) && is_word(noun))
}
