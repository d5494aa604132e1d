//! A small directory tree that lives with the terminal.

use super::kept;
use super::pattern::Pattern;
use super::random::is_device;
use crate::aws::object::object;
pub use crate::ecr::configuration::absolute;
use crate::sim::sorted::Map;
use crate::sim::{SimTime, order};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// As many bytes as all files may hold together.
pub(super) const MOST_BYTES: usize = 4 * 1024 * 1024;

/// The file that holds nothing.
const NOTHING: &str = "/dev/null";

/// The file of zeros, and as much of it as a command reads.
const ZEROS: (&str, &str) = (
    "/dev/zero",
    match core::str::from_utf8(&[0; 8192]) {
        Ok(zeros) => zeros,
        Err(_) => "",
    },
);

/// Files by their whole path; a directory is there as long as a file is below it, or as it was made.
#[derive(Clone, Debug, Default)]
pub struct Files {
    texts: Map<String, (SimTime, String)>,
    made: Map<String, SimTime>,
    /// Who may do what, where it is not as for every new file and folder.
    modes: Map<String, u16>,
    /// The moment that is written beside what changes.
    pub now: SimTime,
    /// What the devices of random signs give.
    pub noise: String,
    /// What commands wrote that stand as `<(…)` among words, for `/dev/fd/63` and those below it.
    pub pipes: Vec<String>,
    /// What a command finds behind `/dev/stdin` and the paths of numbers.
    pub handed: Map<String, String>,
}

/// Where such a file stands, and the number of the first.
const PIPES: &str = "/dev/fd/";
const FIRST_PIPE: usize = 63;

/// As many of them as there may be at once.
const MOST_PIPES: usize = 32;

impl Files {
    /// No files yet, at a moment.
    pub fn at(now: SimTime) -> Self {
        Self { now, ..Self::default() }
    }

    /// What is kept of them: the smallest files first, so far as there is room.
    pub(super) fn kept(&self) -> Value {
        let mut texts: Vec<_> = self.texts.iter().map(|(path, own)| (path.len() + own.1.len(), (path, own))).collect();
        order::sort_by_key(&mut texts, |(size, _)| *size);
        let texts = kept::within(texts.into_iter());
        let texts = texts.map(|(path, (at, text))| {
            (path.clone(), Value::Array(alloc::vec![at.as_millis().into(), text.as_str().into()]))
        });
        let modes = self.modes.iter().map(|(path, mode)| (path.clone(), Value::from(*mode)));
        object!({
            "texts": Value::Object(texts.collect()),
            "folders": kept::moments(&self.made),
            "modes": Value::Object(modes.collect()),
        })
    }

    /// The files of such a value; none where it is none.
    pub(super) fn of_kept(kept: &Value) -> Option<Self> {
        let text = |own: &Value| Some((kept::moment(&own[0]), own[1].as_str()?.to_string()));
        let texts = kept["texts"].as_object()?.iter().filter_map(|(path, own)| Some((path.clone(), text(own)?)));
        let folders = kept["folders"].as_object()?.iter().map(|(path, at)| (path.clone(), kept::moment(at)));
        let mode = |own: &Value| u16::try_from(own.as_u64()?).ok();
        let modes = kept["modes"].as_object()?.iter().filter_map(|(path, own)| Some((path.clone(), mode(own)?)));
        Some(Self { texts: texts.collect(), made: folders.collect(), modes: modes.collect(), ..Self::default() })
    }

    /// The text of a file.
    pub fn read(&self, path: &str) -> Option<&str> {
        match path {
            NOTHING => Some(""),
            path if path == ZEROS.0 => Some(ZEROS.1),
            path if is_device(path) => Some(&self.noise),
            path if let Some(number) = path.strip_prefix(PIPES) => {
                let place = number.parse().ok().and_then(|own| FIRST_PIPE.checked_sub(own))?;
                self.pipes.get(place).or_else(|| self.handed.get(path)).map(String::as_str)
            }
            path => self.texts.get(path).map(|(_, text)| text).or_else(|| self.handed.get(path)).map(String::as_str),
        }
    }

    /// The path under which a text can be read until the command is over; none where there are too many.
    pub fn pipe(&mut self, text: String) -> Option<String> {
        let number = FIRST_PIPE.checked_sub(self.pipes.len()).filter(|own| *own > FIRST_PIPE - MOST_PIPES)?;
        self.pipes.push(text);
        Some(format!("{PIPES}{number}"))
    }

    /// Writes a file whole.
    ///
    /// # Errors
    /// Why it cannot be written, in the words of the C library.
    pub fn write(&mut self, path: &str, text: String) -> Result<(), &'static str> {
        if [NOTHING, ZEROS.0].contains(&path) || is_device(path) {
            return Ok(());
        }
        if self.is_directory(path) {
            return Err("Is a directory");
        }
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        if !self.is_directory(if parent.is_empty() { "/" } else { parent }) {
            return Err("No such file or directory");
        }
        let others: usize = self.texts.iter().filter(|(own, _)| *own != path).map(|(_, (_, text))| text.len()).sum();
        if others + text.len() > MOST_BYTES {
            return Err("No space left on device");
        }
        self.texts.insert(path.to_string(), (self.now, text));
        Ok(())
    }

    /// The bits of who may read, write and run it.
    pub fn mode(&self, path: &str) -> u16 {
        let usual = if self.is_directory(path) { 0o755 } else { 0o644 };
        self.modes.get(path).copied().unwrap_or(usual)
    }

    /// Sets them. They are shown, and keep nobody from anything.
    pub fn set_mode(&mut self, path: &str, mode: u16) {
        self.modes.insert(path.to_string(), mode);
    }

    /// Removes a file; false where there is none.
    pub fn remove(&mut self, path: &str) -> bool {
        self.modes.remove(path);
        self.texts.remove(path).is_some()
    }

    /// Makes a directory.
    pub fn make(&mut self, path: &str) {
        if path == "/" {
            return;
        }
        self.made.insert(path.to_string(), self.now);
    }

    /// When a file was written last, or a directory or something below it.
    pub fn changed(&self, path: &str) -> SimTime {
        let below = format!("{}/", path.trim_end_matches('/'));
        let own = |name: &str| name == path || name.starts_with(&below);
        let texts =
            self.texts.iter().map(|(name, (at, _))| (name, *at)).chain(self.made.iter().map(|(name, at)| (name, *at)));
        texts.filter(|(name, _)| own(name)).map(|(_, at)| at).max().unwrap_or_default()
    }

    /// What is at a path and below it: each path, and the text of a file.
    pub fn tree(&self, path: &str) -> Vec<(String, Option<String>)> {
        let mut all = Vec::new();
        match self.read(path) {
            Some(text) => all.push((path.to_string(), Some(text.to_string()))),
            None if self.is_directory(path) => {
                all.push((path.to_string(), None));
                for name in self.list(path) {
                    all.extend(self.tree(&absolute(path, name.trim_end_matches('/'))));
                }
            }
            None => {}
        }
        all
    }

    /// Removes a directory that holds nothing.
    pub fn unmake(&mut self, path: &str) {
        self.modes.remove(path);
        self.made.remove(path);
    }

    /// Whether a path is a directory.
    pub fn is_directory(&self, path: &str) -> bool {
        let below = format!("{}/", path.trim_end_matches('/'));
        path == "/" || self.made.contains_key(path) || self.paths().any(|own| own.starts_with(&below))
    }

    /// The names in a directory, those of directories with a slash behind them, in order.
    pub fn list(&self, directory: &str) -> Vec<String> {
        let below = format!("{}/", directory.trim_end_matches('/'));
        let mut names: Vec<String> = Vec::new();
        let files = self.texts.keys().map(|own| (own, false)).chain(self.made.keys().map(|own| (own, true)));
        for (path, made) in files {
            let Some(rest) = path.strip_prefix(&below) else { continue };
            let name = match rest.split_once('/') {
                Some((name, _)) => format!("{name}/"),
                None if made => format!("{rest}/"),
                None => rest.to_string(),
            };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        crate::sim::order::sort_by(&mut names, String::cmp);
        names
    }

    /// The files below a directory, whose path ends with a slash, in order.
    pub fn below<'a>(&'a self, directory: &'a str) -> impl Iterator<Item = &'a str> {
        self.texts.keys().map(String::as_str).filter(move |path| path.starts_with(directory))
    }

    fn paths(&self) -> impl Iterator<Item = &String> {
        self.texts.keys().chain(self.made.keys())
    }
}

/// Whether a name fits a pattern; a leading dot has to be written.
pub fn fits(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    Pattern::new(pattern).fits(&name.chars().collect::<Vec<char>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_made_whole() {
        for (path, expected) in
            [("a", "/u/a"), ("./a/../b", "/u/b"), ("/etc//x/", "/etc/x"), ("../../..", "/"), ("..", "/")]
        {
            assert_eq!(absolute("/u", path), expected, "{path}");
        }
    }

    #[test]
    fn names_fit_patterns_as_in_a_shell() {
        for (pattern, name, expected) in [
            ("*.json", "a.json", true),
            ("*.json", "a.jso", false),
            ("a?c", "abc", true),
            ("*", ".aws", false),
            (".a*", ".aws", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_file_needs_a_directory_and_room() {
        let mut files = Files::default();
        assert_eq!(files.write("/u/a", "x".into()), Err("No such file or directory"));
        files.make("/u");
        assert_eq!(files.write("/u/a", "x".into()), Ok(()));
        assert_eq!(files.write("/u", "x".into()), Err("Is a directory"));
        assert_eq!(files.write("/u/b", "x".repeat(MOST_BYTES)), Err("No space left on device"));
        files.make("/u/d");
        assert_eq!((files.list("/u"), files.read("/u/a")), (["a", "d/"].map(String::from).to_vec(), Some("x")));
        assert!(files.remove("/u/a") && !files.remove("/u/a"));
    }
}
