//! What a shell draws: here it follows from the lab's seed, from what was done before, and from how much was drawn.

use super::exec::Shell;
use super::terminal::{LONGEST, Output};
use crate::sim::draw::draw;
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The commands of this file.
pub(super) const NAMES: [&str; 4] = ["mktemp", "openssl", "timeout", "yes"];

/// As many bytes as one command may draw.
const MOST: usize = 64 * 1024;

/// As much as a device of random signs gives.
const NOISE: usize = 8192;

/// The devices of random signs.
const DEVICES: [&str; 2] = ["/dev/urandom", "/dev/random"];

impl Shell<'_> {
    /// A number of 64 bits.
    fn draw(&mut self) -> u64 {
        self.terminal.drawn += 1;
        draw(self.lab.start().seed, self.lab.revision(), "shell", self.terminal.drawn.into())
    }

    /// What `$RANDOM` gives.
    pub(super) fn random(&mut self) -> u64 {
        match &mut self.terminal.state.seeded {
            Some(seeded) => seeded.next().into(),
            None => self.draw() >> 49,
        }
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut all = Vec::with_capacity(count + 8);
        while all.len() < count {
            all.extend(self.draw().to_be_bytes());
        }
        all.truncate(count);
        all
    }

    /// Fills the devices of random signs anew, where one of some words names them.
    pub(super) fn stir<'a>(&mut self, mut words: impl Iterator<Item = &'a String>) {
        if words.any(|word| DEVICES.contains(&word.as_str())) {
            // Signs of seven bits, which every tool takes for one.
            self.terminal.files.noise = self.bytes(NOISE).into_iter().map(|byte| char::from(byte & 0x7f)).collect();
        }
    }
}

/// What `RANDOM=NUMBER` begins: the row of numbers that bash 5.1 and later draw from it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seeded {
    now: u32,
    last: u32,
}

impl Seeded {
    pub(super) fn new(seed: i64) -> Self {
        // Bash keeps 32 bits of it.
        Self { now: seed as u32, last: 0 }
    }

    /// The next number of 15 bits, never the same one twice in a row.
    fn next(&mut self) -> u32 {
        loop {
            self.now = drawn_behind(self.now);
            let own = (self.now >> 16 ^ self.now & 0xffff) & 0x7fff;
            if own != self.last {
                self.last = own;
                return own;
            }
        }
    }
}

/// The number behind another one: 16,807 times it, modulo 2³¹ - 1, in the steps of Park and Miller's generator with 32 bits.
fn drawn_behind(number: u32) -> u32 {
    let number = if number == 0 { 123_459_876 } else { number };
    let (high, low) = (number / 127_773, number % 127_773);
    let own = low.wrapping_mul(16_807).wrapping_sub(high.wrapping_mul(2836));
    if own.cast_signed() < 0 { own.wrapping_add(0x7fff_ffff) } else { own }
}

/// Whether a path is a device of random signs.
pub(super) fn is_device(path: &str) -> bool {
    DEVICES.contains(&path)
}

/// Answers one of these commands; none for another.
pub(super) fn run(shell: &mut Shell<'_>, name: &str, words: &[String], input: &str) -> Option<Output> {
    Some(match name {
        "mktemp" => mktemp(shell, words),
        "openssl" => openssl(shell, words),
        "yes" => yes(shell, words),
        "timeout" => timeout(shell, words, input),
        _ => return None,
    })
}

/// `mktemp [-d] [-p FOLDER] [TEMPLATE]`: a file or a folder with a name that nothing has.
fn mktemp(shell: &mut Shell<'_>, words: &[String]) -> Output {
    const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let (mut is_folder, mut above, mut template) = (false, None, None);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-d" | "--directory" => is_folder = true,
            "-t" => above = Some("/tmp".to_string()),
            "-p" => above = rest.next().cloned(),
            "-q" => {}
            option if option.starts_with('-') => {
                return Output::fail(
                    1,
                    format!("mktemp: ECS Lab knows -d, -p, -q and -t of mktemp, and not {option}\n"),
                );
            }
            own => template = Some(own.to_string()),
        }
    }
    if template.is_none() {
        above.get_or_insert_with(|| "/tmp".to_string());
    }
    let template = template.unwrap_or_else(|| "tmp.XXXXXXXXXX".to_string());
    let Some(end) = template.rfind('X').map(|at| at + 1) else { return too_few(&template) };
    let (head, tail) = template.split_at(end);
    let bare = head.trim_end_matches('X');
    if head.len() - bare.len() < 3 {
        return too_few(&template);
    }
    let drawn = shell.bytes(head.len() - bare.len());
    let signs =
        drawn.into_iter().filter_map(|byte| SIGNS.get(usize::from(byte) % SIGNS.len()).copied().map(char::from));
    let name: String = bare.chars().chain(signs).chain(tail.chars()).collect();
    let below = |own: &str| match &above {
        Some(above) => format!("{}/{own}", above.trim_end_matches('/')),
        None => own.to_string(),
    };
    let (name, template) = (below(&name), below(&template));
    let path = shell.path(&name);
    let files = &mut shell.terminal.files;
    let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    let made = match is_folder {
        true if !parent.is_empty() && !files.is_directory(parent) => Err("No such file or directory"),
        true => {
            files.make(&path);
            Ok(())
        }
        false => files.write(&path, String::new()),
    };
    if let Err(why) = made {
        let what = if is_folder { "directory" } else { "file" };
        return Output::fail(1, format!("mktemp: failed to create {what} via template '{template}': {why}\n"));
    }
    files.set_mode(&path, if is_folder { 0o700 } else { 0o600 });
    Output::print(name + "\n")
}

fn too_few(template: &str) -> Output {
    Output::fail(1, format!("mktemp: too few X's in template '{template}'\n"))
}

/// `openssl rand -hex N` and `-base64 N`.
fn openssl(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (hex, count) = match words.as_slice() {
        ["rand", "-hex", count] => (true, count),
        ["rand", "-base64", count] => (false, count),
        ["version"] => return Output::print("OpenSSL 3.2.2 4 Jun 2024 (Library: OpenSSL 3.2.2 4 Jun 2024)\n"),
        _ => {
            let told =
                "ECS Lab has openssl rand -hex N and openssl rand -base64 N alone; sha256sum and base64 are here too\n";
            return Output::fail(1, told);
        }
    };
    let Some(count) = count.parse().ok().filter(|count| (1..=MOST).contains(count)) else {
        return Output::fail(1, format!("openssl rand: ECS Lab draws 1 to {MOST} bytes, not {count}\n"));
    };
    let bytes = shell.bytes(count);
    if hex {
        return Output::print(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + "\n");
    }
    let signs: Vec<char> = STANDARD.encode(bytes).chars().collect();
    Output::print(signs.chunks(64).flat_map(|line| line.iter().chain(&['\n'])).collect::<String>())
}

fn yes(shell: &Shell<'_>, words: &[String]) -> Output {
    if shell.to_screen {
        return Output::fail(1, "ECS Lab: yes says it without end: send it through a pipe, as yes | COMMAND\n");
    }
    let line = if words.is_empty() { "y".to_string() } else { words.join(" ") };
    let line = line + "\n";
    // A pipe is filled before it is read here: with as many lines as the shell holds.
    Output::print(line.repeat((LONGEST / line.len()).max(1)))
}

/// `timeout [OPTION …] DURATION COMMAND …`: what has taken longer by the lab's clock ends with 124.
fn timeout(shell: &mut Shell<'_>, words: &[String], input: &str) -> Output {
    let mut rest = words;
    while let Some((option, more)) = rest.split_first().filter(|(word, _)| word.starts_with('-')) {
        let valued = ["-k", "-s"].contains(&option.as_str());
        rest = if valued { more.get(1..).unwrap_or_default() } else { more };
    }
    let [span, name, words @ ..] = rest else {
        return Output::fail(125, "timeout: missing operand\nTry 'timeout --help' for more information.\n");
    };
    let unit = if span.ends_with(|sign: char| sign.is_ascii_digit()) { "s" } else { "" };
    let Ok(span) = SimDuration::parse(&format!("{span}{unit}")) else {
        let told = format!("timeout: invalid time interval '{span}'\nTry 'timeout --help' for more information.\n");
        return Output::fail(125, told);
    };
    let begun: SimTime = shell.lab.now();
    let Some(mut output) = shell.deeper(|shell| shell.dispatch(name, words, input)) else {
        return Output::fail(125, "timeout: commands within commands are nested too deep\n");
    };
    if output.stderr == format!("bash: {name}: command not found\n") {
        output.stderr = format!("timeout: failed to run command '{name}': No such file or directory\n");
    } else if span > SimDuration::from_secs(0) && shell.lab.now() - begun > span {
        output.status = 124;
    }
    output
}
