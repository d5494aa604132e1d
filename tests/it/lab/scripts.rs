//! Scripts of containers against what real shells say of them.
//!
//! `tests/scripts.txt` holds each script behind `$`, then what dash, the ash of BusyBox and bash wrote, and the status. With
//! `UPDATE_SCRIPTS=1` it is written anew from these shells of the machine; `BUSYBOX` names the third one. Behind `~` stand
//! scripts that the lab does not understand, and behind `?` the shells for which it does not: what it says of them is what they
//! begin with, and then they serve.

use ecs_lab::ecs::program::{Program, Scene, Setting, says};
use ecs_lab::sim::{SimDuration, SimTime};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scripts.txt");

const SHELLS: [(&str, &str); 3] = [("dash", "debian"), ("ash", "alpine"), ("bash", "amazonlinux")];

struct Case {
    script: String,
    is_read: [bool; SHELLS.len()],
    /// For each shell what it wrote, and its status.
    outcomes: Vec<(Vec<String>, u8)>,
}

/// The places of shells by their names.
fn places(names: &str) -> impl Iterator<Item = usize> {
    names.split(' ').filter_map(|own| SHELLS.iter().position(|(name, _)| *name == own))
}

fn cases(text: &str) -> Vec<Case> {
    let mut all: Vec<Case> = Vec::new();
    let mut shells: Vec<usize> = Vec::new();
    for line in text.lines() {
        let (sign, rest) = line.split_at_checked(2).unwrap_or((line, ""));
        match (sign.trim_end(), all.last_mut()) {
            ("$" | "~", _) => {
                let outcomes = vec![(Vec::new(), 0); SHELLS.len()];
                all.push(Case { script: rest.into(), is_read: [sign.starts_with('$'); SHELLS.len()], outcomes });
                shells = (0..SHELLS.len()).collect();
            }
            (">", Some(case)) => case.script += &format!("\n{rest}"),
            ("?", Some(case)) => places(rest).for_each(|place| case.is_read[place] = false),
            ("@", Some(_)) => shells = places(rest).collect(),
            ("|", Some(case)) => shells.iter().for_each(|place| case.outcomes[*place].0.push(rest.into())),
            ("=", Some(case)) => shells.iter().for_each(|place| case.outcomes[*place].1 = rest.parse().unwrap()),
            _ => assert!(line.is_empty() || line.starts_with('#'), "{line}"),
        }
    }
    all
}

#[test]
fn scripts_do_what_they_do_in_real_shells() {
    let text = std::fs::read_to_string(FILE).unwrap();
    let mut all = cases(&text);
    if std::env::var_os("UPDATE_SCRIPTS").is_some() {
        record(&text, &mut all);
    }
    let since = SimTime::parse("2026-01-05T09:00:00Z").unwrap();
    let mut wrong = String::new();
    for case in &all {
        for (((shell, image), (lines, status)), is_read) in SHELLS.iter().zip(&case.outcomes).zip(case.is_read) {
            let words = ["sh", "-c", case.script.as_str()];
            let setting = Setting { image, ..Setting::default() };
            let scene = Scene { host: "h", since, told: None };
            let said = says(&words, &setting, &scene, since + SimDuration::from_secs(86_400));
            let said: Vec<String> = said.into_iter().map(|(_, line)| line).collect();
            let ends = Program::of(&[], &words, false, &setting).ends.map(|(_, code)| code);
            let is_right = match is_read {
                true => (&said, ends) == (lines, Some(*status)),
                false => lines.starts_with(&said) && ends.is_none(),
            };
            if !is_right {
                writeln!(wrong, "{shell}: {}\n  lab  {said:?} {ends:?}\n  real {lines:?} {status}", case.script)
                    .unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(all.len() > 100, "{}", all.len());
}

/// Writes the file anew, with what the shells of this machine say.
fn record(text: &str, all: &mut [Case]) {
    let busybox = std::env::var("BUSYBOX").expect("BUSYBOX names the third shell");
    let folder = std::env::temp_dir().join(format!("lab-scripts-{}", std::process::id()));
    let tools = folder.join("tools");
    std::fs::create_dir_all(&tools).unwrap();
    for tool in ["cat", "echo", "true", "mkdir", "rm", "touch", "seq", "sh", "hostname", "tee", "sleep"] {
        std::os::unix::fs::symlink(&busybox, tools.join(tool)).unwrap();
    }
    let mut out: String =
        text.lines().take_while(|line| line.starts_with('#')).map(|line| format!("{line}\n")).collect();
    for case in all {
        case.outcomes = SHELLS.iter().map(|(shell, _)| ran(shell, &busybox, &tools, &case.script)).collect();
        let script = case.script.replace('\n', "\n> ");
        let unread: Vec<&str> =
            SHELLS.iter().zip(case.is_read).filter(|own| !own.1).map(|((name, _), _)| *name).collect();
        writeln!(out, "\n{} {script}", if unread.len() == SHELLS.len() { '~' } else { '$' }).unwrap();
        if !unread.is_empty() && unread.len() < SHELLS.len() {
            writeln!(out, "? {}", unread.join(" ")).unwrap();
        }
        let mut left: Vec<usize> = (0..SHELLS.len()).collect();
        while let Some(first) = left.first().copied() {
            let outcome = &case.outcomes[first];
            let (alike, others): (Vec<usize>, Vec<usize>) =
                left.iter().partition(|place| case.outcomes[**place] == *outcome);
            if alike.len() < SHELLS.len() {
                let names: Vec<&str> = alike.iter().map(|place| SHELLS[*place].0).collect();
                writeln!(out, "@ {}", names.join(" ")).unwrap();
            }
            outcome.0.iter().for_each(|line| writeln!(out, "| {line}").unwrap());
            writeln!(out, "= {}", outcome.1).unwrap();
            left = others;
        }
    }
    std::fs::write(FILE, out).unwrap();
    std::fs::remove_dir_all(folder).unwrap();
}

/// What a shell writes, and its status.
fn ran(shell: &str, busybox: &str, tools: &Path, script: &str) -> (Vec<String>, u8) {
    let made = Path::new("/tmp/made");
    drop(std::fs::remove_dir_all(made));
    drop(std::fs::remove_file(made));
    let (program, path) = match shell {
        "ash" => (busybox.to_string(), tools.display().to_string()),
        own => (format!("/usr/bin/{own}"), "/usr/bin:/bin".to_string()),
    };
    let starter = ["-c", "exec 2>&1; cd /; p=$1; s=$2; exec -a sh \"$p\" -c \"$s\"", "x", &program, script];
    let done = Command::new("/usr/bin/bash").args(starter).env_clear().env("PATH", path).env("HOSTNAME", "h").output();
    let done = done.unwrap();
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    drop(std::fs::remove_dir_all(made));
    (text.lines().map(String::from).collect(), u8::try_from(done.status.code().unwrap()).unwrap())
}
