//! The options of `curl`.

use crate::shell::terminal::Output;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Each flag with its one-letter form.
const FLAGS: [(&str, &str); 13] = [
    ("--silent", "-s"),
    ("--show-error", "-S"),
    ("--head", "-I"),
    ("--include", "-i"),
    ("--verbose", "-v"),
    ("--location", "-L"),
    ("--insecure", "-k"),
    ("--fail", "-f"),
    ("--ipv4", "-4"),
    ("--no-buffer", "-N"),
    ("--compressed", ""),
    ("--http1.1", ""),
    ("--tlsv1.2", ""),
];
/// Each option that takes a value.
const VALUED: [(&str, &str); 11] = [
    ("--output", "-o"),
    ("--write-out", "-w"),
    ("--max-time", "-m"),
    ("--connect-timeout", ""),
    ("--request", "-X"),
    ("--header", "-H"),
    ("--data", "-d"),
    ("--user-agent", "-A"),
    ("--url", ""),
    ("--proto", ""),
    ("--user", "-u"),
];

/// What a line of curl asks for.
#[derive(Default)]
pub struct Options {
    given: Vec<(&'static str, String)>,
    /// The addresses.
    pub urls: Vec<String>,
}

impl Options {
    /// Reads the words behind `curl`.
    ///
    /// # Errors
    /// What curl says, or that the lab does not simulate an option of curl.
    pub fn read(words: &[String]) -> Result<Self, Output> {
        let mut own = Self::default();
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            if word == "--" {
                own.urls.extend(rest.by_ref().cloned());
            } else if word.starts_with("--") {
                if let Some((name, _)) = FLAGS.iter().find(|(name, _)| name == word) {
                    own.given.push((name, String::new()));
                } else if let Some((name, _)) = VALUED.iter().find(|(name, _)| name == word) {
                    own.take(name, rest.next().cloned(), word)?;
                } else {
                    return Err(unknown(word));
                }
            } else if let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
                own.letters(letters, &mut rest)?;
            } else {
                own.urls.push(word.clone());
            }
        }
        if own.urls.is_empty() {
            return Err(Output::fail(
                2,
                "curl: (2) no URL specified\ncurl: try 'curl --help' or 'curl --manual' for more information\n",
            ));
        }
        Ok(own)
    }

    /// `-sSo FILE`: the value of a letter is what follows it, or the next word.
    fn letters<'w>(&mut self, letters: &str, rest: &mut impl Iterator<Item = &'w String>) -> Result<(), Output> {
        for (at, letter) in letters.char_indices() {
            let short = format!("-{letter}");
            if let Some((name, _)) = FLAGS.iter().find(|(_, own)| *own == short) {
                self.given.push((name, String::new()));
                continue;
            }
            let Some((name, _)) = VALUED.iter().find(|(_, own)| *own == short) else { return Err(unknown(&short)) };
            let glued = letters.get(at + letter.len_utf8()..).filter(|text| !text.is_empty()).map(String::from);
            return self.take(name, glued.or_else(|| rest.next().cloned()), &short);
        }
        Ok(())
    }

    fn take(&mut self, name: &'static str, value: Option<String>, word: &str) -> Result<(), Output> {
        let Some(value) = value else {
            return Err(Output::fail(2, format!("curl: option {word}: requires parameter\n{TRY}")));
        };
        if ["--max-time", "--connect-timeout"].contains(&name) && !value.parse().is_ok_and(|own: f64| own >= 0.0) {
            return Err(Output::fail(2, format!("curl: option {word}: expected a proper numerical parameter\n{TRY}")));
        }
        if name == "--url" {
            self.urls.push(value)
        } else {
            self.given.push((name, value))
        }
        Ok(())
    }

    /// Whether a flag stands there.
    pub fn has(&self, name: &str) -> bool {
        self.given.iter().any(|(own, _)| *own == name)
    }

    /// The last value of an option.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.given.iter().rfind(|(own, _)| *own == name).map(|(_, value)| value.as_str())
    }

    /// All its values.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.given.iter().filter(move |(own, _)| *own == name).map(|(_, value)| value.as_str())
    }

    /// A span in milliseconds; none without it, and none of 0, which means no limit.
    pub fn millis(&self, name: &str) -> Option<i64> {
        let (whole, part) = self.value(name)?.split_once('.').unwrap_or((self.value(name)?, ""));
        let thousandths: String = part.chars().chain("000".chars()).take(3).collect();
        let millis = whole.parse::<i64>().unwrap_or(0).saturating_mul(1000) + thousandths.parse::<i64>().unwrap_or(0);
        Some(millis).filter(|own| *own > 0)
    }
}

const TRY: &str = "curl: try 'curl --help' or 'curl --manual' for more information\n";

fn unknown(word: &str) -> Output {
    /// Options of curl that the lab does not simulate.
    const OTHERS: [&str; 16] = [
        "--cacert",
        "--cert",
        "--cookie",
        "--form",
        "--json",
        "--key",
        "--proxy",
        "--resolve",
        "--retry",
        "--user",
        "-F",
        "-O",
        "-T",
        "-b",
        "-u",
        "-x",
    ];
    if OTHERS.contains(&word) {
        return Output::fail(2, format!("curl: ECS Lab does not simulate {word}\n"));
    }
    Output::fail(2, format!("curl: option {word}: is unknown\n{TRY}"))
}
