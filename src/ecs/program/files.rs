//! The files and folders that a script makes and looks at.

use super::Ran;
use super::later::HOST;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Folders of every image.
const FOLDERS: &str = " / /bin /dev /etc /home /proc /root /sys /tmp /usr /usr/bin /var ";

/// What the lab knows of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    Missing,
    /// An image may have it.
    Unknown,
}

/// What a script made of a path: a file with a text, or one that is not known; a folder; or nothing, where it removed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Made {
    File(String),
    Unknown,
    Folder,
    Gone,
}

impl Ran {
    /// A path from the root on.
    pub(super) fn absolute(&self, path: &str) -> String {
        let from = if path.starts_with('/') { "" } else { self.directory.as_str() };
        let mut parts: Vec<&str> = Vec::new();
        for part in from.split('/').chain(path.split('/')) {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                own => parts.push(own),
            }
        }
        format!("/{}", parts.join("/"))
    }

    /// The text of a file that the script wrote; an error for one that it removed. None for one that is not known.
    pub(super) fn file(&self, path: &str) -> Option<Result<&str, ()>> {
        match self.made(path)? {
            Made::File(text) => Some(Ok(text)),
            Made::Gone => Some(Err(())),
            Made::Unknown | Made::Folder => None,
        }
    }

    fn made(&self, path: &str) -> Option<&Made> {
        Some(&self.files.iter().find(|(own, _)| own == path)?.1)
    }

    fn make(&mut self, path: &str, made: Made) {
        self.files.retain(|(own, _)| own != path);
        self.files.push((path.to_string(), made));
    }

    /// A file has another text, or none any more.
    pub(super) fn put(&mut self, path: &str, text: Option<String>) {
        self.make(path, text.map_or(Made::Gone, Made::File));
    }

    /// Nobody knows any more what a file holds.
    pub(super) fn forget(&mut self, path: &str) {
        self.make(path, Made::Unknown);
    }

    /// What is at a path from the root on. What begins below /tmp is empty, and so is a folder that the script made.
    pub(super) fn kind(&self, path: &str) -> Kind {
        match self.made(path) {
            Some(Made::File(_) | Made::Unknown) => return Kind::File,
            Some(Made::Folder) => return Kind::Folder,
            Some(Made::Gone) => return Kind::Missing,
            None => {}
        }
        if FOLDERS.contains(&format!(" {path} ")) {
            return Kind::Folder;
        }
        let (folder, _) = path.rsplit_once('/').unwrap_or_default();
        let is_new = self.made(folder) == Some(&Made::Folder) || folder == "/tmp" && !self.is_check;
        match self.kind_of_parent(folder) {
            Kind::Unknown | Kind::Folder if !is_new => Kind::Unknown,
            _ => Kind::Missing,
        }
    }

    fn kind_of_parent(&self, folder: &str) -> Kind {
        if folder.is_empty() { Kind::Folder } else { self.kind(folder) }
    }

    /// The folder that a file is to be in is not there.
    pub(super) fn lacks_folder(&self, path: &str) -> bool {
        let path = self.absolute(path);
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        matches!(self.kind_of_parent(folder), Kind::Missing | Kind::File)
    }

    /// `cat`, `rm`, `touch` and `mkdir`; none where it comes to what the lab does not know.
    pub(super) fn of_files(&mut self, tool: &str, words: &[&str]) -> Option<u8> {
        let (flags, paths): (Vec<&str>, Vec<&str>) = words.iter().partition(|word| word.starts_with('-'));
        let has = |flag: char| flags.iter().any(|own| own.contains(flag));
        let allowed = match tool {
            "rm" => "rfv",
            "mkdir" => "p",
            _ => "",
        };
        let is_known = flags.iter().all(|own| own.chars().skip(1).all(|sign| allowed.contains(sign)) && own.len() > 1);
        if !is_known || has('v') || paths.is_empty() {
            return None;
        }
        let mut status = 0;
        for path in paths {
            let own = self.absolute(path);
            let refused = match (tool, self.kind(&own)) {
                ("cat", Kind::File) => {
                    let text = self.file(&own)?.ok()?.to_string();
                    self.write(&text, false);
                    None
                }
                ("cat", Kind::Unknown) if own == "/etc/hostname" => {
                    let host = format!("{HOST}\n");
                    self.write(&host, false);
                    None
                }
                ("cat" | "rm", Kind::Missing) if !has('f') => Some("No such file or directory"),
                ("rm", Kind::Unknown) if !has('f') => return None,
                ("rm", Kind::Folder) if !has('r') => return None,
                ("rm", _) => {
                    let below = format!("{own}/");
                    self.files.retain(|(path, _)| !path.starts_with(&below));
                    self.put(&own, None);
                    None
                }
                ("mkdir", Kind::Folder) if has('p') => None,
                ("mkdir", Kind::Folder | Kind::File) => Some("File exists"),
                ("mkdir" | "touch", _) if self.lacks_folder(&own) && !has('p') => Some("No such file or directory"),
                ("mkdir", _) => {
                    self.make_all(&own);
                    None
                }
                ("touch", Kind::File | Kind::Folder) => None,
                ("touch", _) => {
                    self.put(&own, Some(String::new()));
                    None
                }
                _ => return None,
            };
            if let Some(why) = refused {
                status = 1;
                let text = self.dialect.refusal(tool, path, why) + "\n";
                self.write(&text, true);
            }
        }
        Some(status)
    }

    /// A folder, and those above it.
    fn make_all(&mut self, path: &str) {
        let above = path.match_indices('/').filter_map(|(at, _)| path.get(..at)).filter(|own| !own.is_empty());
        for own in above.chain([path]) {
            if matches!(self.kind(own), Kind::Missing) || own == path {
                self.make(own, Made::Folder);
            }
        }
    }
}
