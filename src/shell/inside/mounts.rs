//! Folders of the host, and volumes, that a container of the prompt's docker has as its own.
//!
//! One prompt runs one thing at a time: what a container sees is laid into its files when the prompt goes in, and what it
//! leaves there is laid back when the prompt comes out.

use crate::shell::files::Files;
use alloc::format;
use alloc::string::String;

/// A mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The volume; none for a folder or file of the host.
    pub volume: Option<String>,
    /// Its path on the host.
    pub source: String,
    /// Its path in the container.
    pub target: String,
}

/// Puts what is at a path of one file system in the place of what is at a path of another.
pub(super) fn lay(from: &Files, source: &str, to: &mut Files, target: &str) {
    for (path, text) in to.tree(target).into_iter().rev() {
        match text {
            Some(_) => drop(to.remove(&path)),
            None => to.unmake(&path),
        }
    }
    for (path, text) in from.tree(source) {
        let rest = path.strip_prefix(source).unwrap_or_default();
        let path_there = format!("{}{rest}", target.trim_end_matches('/'));
        match text {
            Some(text) => {
                let folder = path_there.rsplit_once('/').map_or("/", |(folder, _)| folder);
                to.make(if folder.is_empty() { "/" } else { folder });
                // What does not fit is left out, as on a full disk.
                let _ = to.write(&path_there, text);
            }
            None => to.make(&path_there),
        }
        to.set_mode(&path_there, from.mode(&path));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_laid_takes_the_place_of_what_was_there() {
        let with = |paths: [&str; 2]| {
            let mut files = Files::default();
            for path in paths {
                files.make(path.rsplit_once('/').unwrap().0);
                files.write(path, path.into()).unwrap();
            }
            files
        };
        let (mut from, mut to) = (with(["/a/b/c", "/a/x"]), with(["/m/old", "/other"]));
        from.set_mode("/a/x", 0o755);
        lay(&from, "/a", &mut to, "/m/n");
        assert_eq!(
            (to.read("/m/n/b/c"), to.read("/m/old"), to.mode("/m/n/x")),
            (Some("/a/b/c"), Some("/m/old"), 0o755)
        );
        lay(&from, "/a/b", &mut to, "/m");
        assert_eq!((to.read("/m/c"), to.read("/m/old"), to.read("/m/n/x")), (Some("/a/b/c"), None, None));
        lay(&from, "/a/x", &mut to, "/other");
        assert_eq!((to.read("/other"), to.list("/")), (Some("/a/x"), ["m/".into(), "other".into()].to_vec()));
        lay(&from, "/none", &mut to, "/m");
        assert_eq!(to.read("/m/c"), None);
    }
}
