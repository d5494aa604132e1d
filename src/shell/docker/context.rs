//! The context of a build: the files that it sends, and those that `COPY` and `ADD` take of them.
//!
//! `.dockerignore` keeps files back, as does a file of the Dockerfile's own name with that ending, which goes first
//! (docs.docker.com/build/concepts/context, read 2026-11-22).

use crate::ecr::build::operands;
use crate::ecr::configuration::absolute;
use crate::ecr::sha256;
use crate::shell::exec::Shell;
use crate::shell::files::fits;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The files of a context by their paths in it, in order, each with a digest of its bytes and, of a small one, its text; and
/// the folders.
#[derive(Default)]
pub(super) struct Context {
    files: Vec<(String, String, String)>,
    folders: Vec<String>,
}

/// What a client sends of a build.
pub(super) struct Sent {
    pub(super) context: Context,
    /// The Dockerfile's name, and its text.
    pub(super) name: String,
    pub(super) text: String,
}

impl Sent {
    /// By the context that a command line names and the file behind `--file`: each may be `-`, standard input. A Dockerfile that
    /// comes there in place of a context has an empty one.
    ///
    /// # Errors
    /// What the client or BuildKit says (docker/buildx, `build/opt.go`, read 2026-11-23).
    pub(super) fn read(shell: &Shell<'_>, context: &str, file: Option<&str>, input: &str) -> Result<Self, String> {
        let (name, piped) = ("Dockerfile".to_string(), input.to_string());
        if context == "-" {
            return match file {
                Some("-") => Err("invalid argument: can't use stdin for both build context and dockerfile".to_string()),
                _ if input.is_empty() => {
                    Err("failed to solve: failed to read dockerfile: no local sources enabled".to_string())
                }
                Some(_) => {
                    Err("ambiguous Dockerfile source: both stdin and flag correspond to Dockerfiles".to_string())
                }
                None => Ok(Self { context: Context::default(), name, text: piped }),
            };
        }
        let folder = shell.path(context);
        if !shell.terminal.files.is_directory(&folder) {
            return Err(format!("unable to prepare context: path \"{context}\" not found"));
        }
        if file == Some("-") {
            return Ok(Self { context: Context::read(shell, &folder, None), name, text: piped });
        }
        let path = file.map_or_else(|| crate::shell::files::absolute(&folder, "Dockerfile"), |name| shell.path(name));
        let name = file.and_then(|own| own.rsplit('/').next()).map_or(name, ToString::to_string);
        let text = shell.terminal.files.read(&path).map(String::from);
        let text = text.ok_or_else(|| {
            format!("failed to solve: failed to read dockerfile: open {name}: no such file or directory")
        })?;
        Ok(Self { context: Context::read(shell, &folder, Some(&path)), name, text })
    }
}

/// Bytes of a file up to which its text is kept.
const SMALL: usize = 6000;

/// What an instruction takes of a context.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    /// What stands for the files: their names and bytes; empty where it takes none.
    pub(super) stamp: String,
    /// The small files, by the paths that they get.
    pub(super) files: Vec<(String, String)>,
    /// The paths that all of them get, those of folders too.
    pub(super) places: Vec<String>,
}

impl Context {
    /// The files below a folder that are not kept back; the Dockerfile may have rules of its own.
    fn read(shell: &Shell<'_>, folder: &str, dockerfile: Option<&str>) -> Self {
        let files = &shell.terminal.files;
        let below = format!("{}/", folder.trim_end_matches('/'));
        let rules = dockerfile.and_then(|own| files.read(&format!("{own}.dockerignore")));
        let rules = rules.or_else(|| files.read(&format!("{below}.dockerignore"))).unwrap_or_default();
        let own = files.below(&below).filter_map(|path| Some((path.strip_prefix(&below)?, files.read(path)?)));
        let own = own.filter(|(path, _)| !is_ignored(rules, path));
        let stamp = |(path, text): (&str, &str)| {
            // Whether a file can be run goes along.
            let runs = files.mode(&format!("{below}{path}")) & 0o111 != 0;
            let digest = sha256(text.as_bytes());
            let text = if text.len() > SMALL { String::new() } else { text.to_string() };
            (path.to_string(), if runs { digest + " x" } else { digest }, text)
        };
        let folders = files.tree(folder).into_iter().filter(|(_, text)| text.is_none());
        let folders = folders.filter_map(|(path, _)| path.strip_prefix(&below).map(String::from));
        Self { files: own.map(stamp).collect(), folders: folders.filter(|path| !is_ignored(rules, path)).collect() }
    }

    /// What an instruction takes. Errors: a path that the context has not.
    pub(super) fn taken(&self, line: &str) -> Result<Taken, String> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        if !["COPY", "ADD"].contains(&word) || rest.split_whitespace().any(|own| own.starts_with("--from=")) {
            return Ok(Taken::default());
        }
        let words = operands(line);
        let Some((target, sources)) = words.split_last() else { return Ok(Taken::default()) };
        let (mut taken, mut files, mut places) = (String::new(), Vec::new(), Vec::new());
        for source in sources {
            if source.contains(':') || source.starts_with("<<") {
                continue;
            }
            let found = self.below(source);
            let folders = self.folders.iter().filter(|own| !reached(&clean(source), own).is_empty());
            let folders: Vec<&str> = folders.map(String::as_str).collect();
            if found.is_empty() && folders.is_empty() && !source.contains(['*', '?', '[']) && !clean(source).is_empty()
            {
                return Err(clean(source));
            }
            taken.extend(found.iter().map(|(name, digest, _)| format!("{name} {digest}\n")));
            let alone = sources.len() == 1 && self.files.iter().any(|(path, ..)| *path == clean(source));
            let named = alone && !target.ends_with(['/', '.']);
            let place = |name: &str| if named { target.clone() } else { format!("{target}/{name}") };
            let small = found.iter().filter(|(_, _, text)| !text.is_empty());
            files.extend(small.map(|(name, _, text)| (place(name), (*text).to_string())));
            places.extend(found.iter().map(|(name, ..)| place(name)));
            let depth = clean(source).split('/').filter(|own| !own.is_empty()).count();
            places.extend(folders.into_iter().map(|own| format!("{target}/{}", behind(own, depth))));
        }
        Ok(Taken { stamp: if taken.is_empty() { taken } else { sha256(taken.as_bytes()) }, files, places })
    }

    /// The files of a source, each by the name that it gets: a file its own, those of a folder what follows it.
    fn below(&self, source: &str) -> Vec<(&str, &str, &str)> {
        let source = clean(source);
        let depth = if source.is_empty() { 0 } else { source.split('/').count() };
        let mut all = Vec::new();
        for (path, digest, text) in
            self.files.iter().filter(|(path, ..)| depth == 0 || reached(&source, path).contains(&depth))
        {
            // The whole path is a file, which keeps its last name.
            let skip = if depth == path.split('/').count() { depth.saturating_sub(1) } else { depth };
            all.push((behind(path, skip), digest.as_str(), text.as_str()));
        }
        all
    }
}

/// A path in the context without what says that it stands there: nothing leads out of it.
fn clean(path: &str) -> String {
    absolute("/", path).split_off(1)
}

/// What follows so many steps of a path.
fn behind(path: &str, steps: usize) -> &str {
    let start: usize = path.split('/').take(steps).map(|part| part.len() + 1).sum();
    path.get(start..).unwrap_or_default()
}

/// Whether the rules keep a path back: the last one that fits it, or a folder above it, decides.
fn is_ignored(rules: &str, path: &str) -> bool {
    let mut rules = rules.lines().map(str::trim).filter(|rule| !rule.is_empty() && !rule.starts_with('#'));
    let fitting = rules.rfind(|rule| !reached(&clean(rule.trim_start_matches('!')), path).is_empty());
    fitting.is_some_and(|rule| !rule.starts_with('!'))
}

/// How many steps of a path a pattern may stand for, at least one; `**` stands for any number.
fn reached(pattern: &str, path: &str) -> Vec<usize> {
    let names: Vec<&str> = path.split('/').collect();
    let mut places = alloc::vec![0];
    for part in pattern.split('/') {
        places = match part {
            "**" => places.first().map(|first| (*first..=names.len()).collect()).unwrap_or_default(),
            _ => {
                // A leading dot is a sign as any other here.
                let on = |place: &usize| {
                    names.get(*place).is_some_and(|name| fits(&format!("x{part}"), &format!("x{name}")))
                };
                places.iter().filter(|place| on(place)).map(|place| place + 1).collect()
            }
        };
    }
    places.retain(|place| *place > 0);
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_keep_files_back() {
        for (rules, path, expected) in [
            ("", "a", false),
            ("*.md\n!README.md", "README.md", false),
            ("*.md\n!README.md", "x.md", true),
            ("*.md", "docs/x.md", false),
            ("**/*.md", "docs/x.md", true),
            ("**/*.md", "x.md", true),
            ("node_modules", "node_modules/a/b.js", true),
            ("/node_modules/", "node_modules/a/b.js", true),
            ("node_modules", "app/node_modules/a.js", false),
            ("# app", "app", false),
            ("*", ".env", true),
            ("*\n!src", "src/a.js", false),
            ("!a\n*", "a", true),
            ("a/**/c", "a/b/b/c", true),
            ("a/**/c", "a/c", true),
            ("**/**/**/**/x", "a/a/a/a/a/a/a/a", false),
        ] {
            assert_eq!(is_ignored(rules, path), expected, "{rules} {path}");
        }
    }

    #[test]
    fn instructions_take_their_files() {
        let context = |files: &[(&str, &str)]| {
            let files = files.iter().map(|(path, text)| ((*path).into(), (*text).into(), (*text).into()));
            Context { files: files.collect(), folders: ["app", "app/lib", "app/none"].map(String::from).into() }
        };
        let all = [("Dockerfile", "0"), ("app/a.js", "1"), ("app/lib/b.js", "2"), ("c d", "3")];
        let before = context(&all);
        for (line, changing) in [
            ("COPY . .", &[0, 1, 2, 3][..]),
            ("COPY ./ /srv", &[0, 1, 2, 3]),
            ("COPY --chown=1 app /app", &[1, 2]),
            ("COPY app/ /app", &[1, 2]),
            ("COPY app/*.js /", &[1]),
            ("COPY */*.js /", &[1]),
            ("ADD app/lib/ app/a.js /", &[1, 2]),
            ("COPY [\"c d\", \"/\"]", &[3]),
            ("COPY --from=build app /app", &[]),
            ("ADD https://example.com/app /app", &[]),
            ("RUN cat app", &[]),
        ] {
            let changes = |place: &usize| {
                let mut files = all;
                files[*place].1 = "other";
                context(&files).taken(line) != before.taken(line)
            };
            let found: Vec<usize> = (0..all.len()).filter(changes).collect();
            assert_eq!(found, changing, "{line}");
        }
        let moved = context(&[("app/a2.js", "1"), ("app/lib/b.js", "2")]);
        assert_ne!(moved.taken("COPY app /"), before.taken("COPY app /"), "a name counts");
        assert_eq!(before.taken("COPY ./app/c.js /"), Err("app/c.js".to_string()));
        assert_eq!(before.taken("COPY app/lib/../x /"), Err("app/x".to_string()));
        assert_eq!(before.taken("COPY ../x /"), Err("x".to_string()));
        assert_eq!(before.taken("COPY app/a.js nope /srv/"), Err("nope".to_string()));
        assert_eq!(before.taken("ADD app/a.js nope /srv/"), Err("nope".to_string()));
        for (line, places) in [
            ("COPY app/none /srv", &["/srv/"][..]),
            ("COPY app/*.css nope[12] /srv", &[]),
            ("COPY app /srv", &["/srv/a.js", "/srv/lib/b.js", "/srv/", "/srv/lib", "/srv/none"]),
            ("COPY app/lib/../a.js /srv/x.js", &["/srv/x.js"]),
        ] {
            assert_eq!(
                before.taken(line).map(|own| own.places),
                Ok(places.iter().map(|own| own.to_string()).collect()),
                "{line}"
            );
        }
        for (line, paths) in [
            ("COPY app/a.js /srv/x.js", &["/srv/x.js"][..]),
            ("COPY app/a.js /srv/", &["/srv//a.js"]),
            ("COPY app/a.js .", &["./a.js"]),
            ("COPY app /srv", &["/srv/a.js", "/srv/lib/b.js"]),
            ("COPY app/*.js /srv", &["/srv/a.js"]),
        ] {
            let taken = before.taken(line).unwrap();
            let found: Vec<&str> = taken.files.iter().map(|(path, _)| path.as_str()).collect();
            assert_eq!(found, paths, "{line}");
        }
    }
}
