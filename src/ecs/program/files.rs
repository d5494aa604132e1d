//! The files that a script writes and reads again.

use super::script::Target;
use super::{Line, Ran};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// As many bytes as a file of a script holds; what is longer is not known.
const LONGEST: usize = 4096;

impl Ran {
    /// The text of a file that the script wrote; an error for one that it removed. None for one that is not known.
    pub(super) fn file(&self, path: &str) -> Option<Result<&str, ()>> {
        let found = self.files.iter().find(|(own, _)| own == path)?;
        Some(found.1.as_deref().ok_or(()))
    }

    /// A file has another text, or none any more.
    pub(super) fn put(&mut self, path: &str, text: Option<String>) {
        self.files.retain(|(own, _)| own != path);
        self.files.push((path.to_string(), text));
    }

    /// What was said since so many lines goes into a file.
    pub(super) fn redirect(&mut self, before: usize, target: &Target) {
        let said = self.said.split_off(before.min(self.said.len()));
        if target.path.starts_with("/dev/") {
            return;
        }
        let earlier = self.file(&target.path).and_then(Result::ok).filter(|_| target.appends);
        let mut text = earlier.unwrap_or_default().to_string();
        for (_, line) in &said {
            if let Line::Text(line) = line {
                text.push_str(line);
                text.push('\n');
            }
        }
        let starts = said.iter().any(|(_, line)| matches!(line, Line::Starts(_)));
        match starts || text.len() > LONGEST {
            true => self.files.retain(|(own, _)| *own != target.path),
            false => self.put(&target.path, Some(text)),
        }
    }

    /// `cat`, `rm` and `touch`; none where it comes to a file that the script did not write.
    pub(super) fn of_files(&mut self, name: &str, words: &[&str]) -> Option<u8> {
        let (flags, paths): (Vec<&str>, Vec<&str>) = words.iter().partition(|word| word.starts_with('-'));
        let mut status = 0;
        for path in &paths {
            match (name, self.file(path)) {
                ("rm", Some(Err(()))) if !flags.iter().any(|flag| flag.contains('f')) => status = 1,
                ("rm", None) if !flags.iter().any(|flag| flag.contains('f')) => return None,
                ("rm", _) => self.put(path, None),
                ("touch", Some(Ok(_))) => {}
                ("touch", _) => self.put(path, Some(String::new())),
                (_, Some(Ok(text))) if flags.is_empty() => {
                    let lines: Vec<String> = text.lines().map(String::from).collect();
                    lines.into_iter().for_each(|line| self.say(line));
                }
                (_, Some(Err(()))) => status = 1,
                _ => return None,
            }
        }
        (!paths.is_empty()).then_some(status)
    }
}
