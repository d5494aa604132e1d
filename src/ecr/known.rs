//! What a builder knows of the files of a stage: which are there, and where there may be more (3.4).
//!
//! Nothing is said to be missing that may be there: of an image the lab knows at most the folders at its root, and a command
//! that it does not know may have made anything.

use super::build::operands;
use super::configuration::absolute;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Official images that have nothing at their root but [`ROOTS`].
const PLAIN: [&str; 15] = [
    "alpine",
    "amazonlinux",
    "bash",
    "busybox",
    "debian",
    "fedora",
    "gcc",
    "golang",
    "httpd",
    "nginx",
    "node",
    "php",
    "python",
    "ruby",
    "ubuntu",
];

/// What stands at the root of such an image, or may.
const ROOTS: [&str; 28] = [
    "afs",
    "bin",
    "bin.usr-is-merged",
    "boot",
    "data",
    "dev",
    "docker-entrypoint.d",
    "docker-entrypoint.sh",
    "etc",
    "go",
    "home",
    "lib",
    "lib.usr-is-merged",
    "lib32",
    "lib64",
    "libx32",
    "local",
    "media",
    "mnt",
    "opt",
    "proc",
    "root",
    "run",
    "sbin",
    "srv",
    "sys",
    "tmp",
    "usr",
];

/// Commands that make nothing but at such places.
const HARMLESS: [&str; 30] = [
    ":", "[", "apk", "apt", "apt-get", "cat", "chmod", "chown", "date", "df", "dnf", "echo", "exit", "false",
    "hostname", "id", "ls", "microdnf", "printf", "pwd", "rm", "set", "sleep", "test", "true", "type", "uname",
    "whoami", "which", "yum",
];

/// The ends of the names of archives, which `ADD` unpacks.
const ARCHIVES: [&str; 6] = [".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst"];

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// Paths that are there.
    there: Vec<String>,
    /// Paths that may be there, each with all below it.
    open: Vec<String>,
}

/// Whether a path is another one or below it.
fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder.trim_end_matches('/')).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl Known {
    /// Of an image of a public registry, or of nothing.
    pub(super) fn of_image(named: &str) -> Self {
        let mut name = named;
        for start in ["docker.io/", "public.ecr.aws/docker/", "library/"] {
            name = name.strip_prefix(start).unwrap_or(name);
        }
        let name = name.split([':', '@']).next().unwrap_or_default();
        let open: Vec<String> = match name {
            "scratch" => Vec::new(),
            name if PLAIN.contains(&name) => ROOTS.iter().chain(&["var"]).map(|own| format!("/{own}")).collect(),
            _ => alloc::vec!["/".to_string()],
        };
        Self { there: Vec::new(), open }
    }

    /// Whether a path may be there.
    pub(super) fn may_have(&self, path: &str) -> bool {
        path == "/" || self.has(path) || self.open.iter().any(|own| is_below(path, own) || is_below(own, path))
    }

    /// Whether it is known that a path is there.
    pub(super) fn has(&self, path: &str) -> bool {
        path == "/" || self.there.iter().any(|own| is_below(own, path))
    }

    /// A path is there.
    pub(super) fn put(&mut self, path: String) {
        if !self.there.contains(&path) {
            self.there.push(path);
        }
    }

    /// A path may be there, and anything below it.
    pub(super) fn open(&mut self, path: String) {
        if !self.open.iter().any(|own| is_below(&path, own)) {
            self.open.push(path);
        }
    }

    /// A line with `COPY` or `ADD` puts these paths there, or what is not known to a place that it names.
    pub(super) fn copied(&mut self, directory: &str, line: &str, places: &[String]) {
        let words = operands(line);
        let Some((target, sources)) = words.split_last() else { return };
        let is_vague = |own: &String| {
            let remote = own.contains("://") || own.starts_with("git@") || own.starts_with("<<");
            remote || (line.starts_with("ADD ") && ARCHIVES.iter().any(|end| own.ends_with(end) || own.ends_with('*')))
        };
        if target.contains('$') || sources.iter().any(is_vague) {
            let target = if target.contains('$') { "/".to_string() } else { absolute(directory, target) };
            self.open(target);
        }
        places.iter().for_each(|own| self.put(absolute(directory, own)));
    }

    /// A line with `COPY --from` takes of another stage or image. Errors: the path that is not there.
    pub(super) fn taken(&mut self, other: &Self, directory: &str, line: &str) -> Result<(), String> {
        let words = operands(line);
        let Some((target, sources)) = words.split_last() else { return Ok(()) };
        for named in sources {
            let source = absolute("/", named);
            let is_pattern = named.contains(['*', '?', '[', '$']);
            if !is_pattern && !other.may_have(&source) {
                return Err(source);
            }
            let place = absolute(directory, target);
            let is_alone = sources.len() == 1 && !target.ends_with(['/', '.']);
            if is_pattern
                || target.contains('$')
                || other.open.iter().any(|own| is_below(&source, own) || is_below(own, &source))
            {
                self.open(if target.contains('$') { "/".to_string() } else { place.clone() });
            }
            for path in other.there.iter().filter(|own| is_below(own, &source)) {
                let rest = path.get(source.trim_end_matches('/').len()..).unwrap_or_default();
                let name = path.rsplit('/').next().unwrap_or_default();
                self.put(match rest {
                    "" if !is_alone => absolute(&place, name),
                    rest => absolute(&place, rest.trim_start_matches('/')),
                });
            }
        }
        Ok(())
    }

    /// A line of an image that was built before puts there what is not known any more.
    pub(super) fn recalled(&mut self, directory: &str, line: &str) {
        let words = operands(line);
        let target = words.last().filter(|own| !own.contains('$'));
        self.open(target.map_or_else(|| "/".to_string(), |own| absolute(directory, own)));
    }

    /// A script runs in a folder.
    pub(super) fn ran(&mut self, directory: &str, script: &str) {
        if self.made(directory, script).is_none() {
            self.open = alloc::vec!["/".to_string()];
        }
    }

    /// Adds what a script makes; none where the lab cannot tell.
    fn made(&mut self, directory: &str, script: &str) -> Option<()> {
        let script = script.replace("&&", "\n").replace("||", "\n").replace(';', "\n");
        if script.contains(['$', '`', '|', '&', '(', ')', '{', '}', '<', '\\']) {
            return None;
        }
        let mut directory = directory.to_string();
        for command in script.lines().map(str::trim).filter(|own| !own.is_empty()) {
            let (command, target) = command.split_once('>').map_or((command, None), |(own, to)| (own, Some(to)));
            if let Some(target) = target {
                let target = target.trim_start_matches('>').trim();
                if command.ends_with(|own: char| !own.is_whitespace()) || target.contains(['>', ' ', '"', '\'']) {
                    return None;
                }
                self.put(absolute(&directory, target));
            }
            let words: Vec<&str> = command.split_whitespace().map(|own| own.trim_matches(['"', '\''])).collect();
            let (name, words) = words.split_first()?;
            let mut paths = words.iter().filter(|own| !own.starts_with('-')).map(|own| absolute(&directory, own));
            match *name {
                "mkdir" | "touch" => paths.for_each(|own| self.put(own)),
                "cp" | "mv" | "ln" if !words.iter().any(|own| own.starts_with("-t") || own.starts_with("--t")) => {
                    let last = paths.next_back()?;
                    self.open(last);
                }
                "cd" => directory = absolute(&directory, words.first()?),
                name if HARMLESS.contains(&name) => {}
                _ => return None,
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(image: &str, scripts: &[&str]) -> Known {
        let mut known = Known::of_image(image);
        scripts.iter().for_each(|script| known.ran("/app", script));
        known
    }

    #[test]
    fn what_is_said_to_be_missing_cannot_be_there() {
        for (image, script, path, expected) in [
            ("scratch", "true", "/etc/passwd", false),
            ("scratch", "true", "/", true),
            ("alpine:3.23", "true", "/etc/passwd", true),
            ("docker.io/library/golang", "true", "/usr/local/go", true),
            ("public.ecr.aws/docker/library/node:25", "true", "/nofile", false),
            ("alpine", "true", "/var", true),
            ("alpine", "true", "/variable", false),
            ("traefik:3", "true", "/traefik", true),
            ("hello-world", "true", "/hello", true),
            ("node", "npm run build", "/app/dist", true),
            ("node", "apk add --no-cache curl && rm -rf /var/cache/apk/*", "/app/dist", false),
            ("node", "mkdir -p /a/b; touch c", "/a", true),
            ("node", "mkdir -p /a/b; touch c", "/app/c", true),
            ("node", "mkdir -p /a/b; touch c", "/a/c", false),
            ("node", "echo x > y && cd /z && echo x >> w", "/z/w", true),
            ("node", "echo x > y && cd /z && echo x >> w", "/app/y", true),
            ("node", "echo x > y && cd /z && echo x >> w", "/z/y", false),
            ("node", "cp -r /etc /copy", "/copy/any/thing", true),
            ("node", "cp -r /etc /copy", "/other", false),
            ("node", "cp -t /copy /etc", "/copy", true),
            ("node", "echo $X > $Y", "/y", true),
            ("node", "echo x 2>/y", "/y", true),
            ("node", "echo \"a;b\" > /y", "/other", true),
            ("node", "tar xf - | cat", "/y", true),
        ] {
            assert_eq!(after(image, &[script]).may_have(path), expected, "{image} {script} {path}");
        }
    }

    #[test]
    fn copies_take_along_what_is_known() {
        let of = |line: &str, places: &[&str]| {
            let mut known = Known::of_image("scratch");
            known.copied("/app", line, &places.iter().map(|own| own.to_string()).collect::<Vec<_>>());
            known
        };
        let one = of("COPY . .", &["./a.txt", "./lib/b.txt"]);
        for (known, path, expected) in [
            (&one, "/app/a.txt", true),
            (&one, "/app/lib", true),
            (&one, "/app/dist", false),
            (&of("ADD files.tar.gz /in", &[]), "/in/x", true),
            (&of("ADD files.tar.gz /in", &[]), "/out", false),
            (&of("ADD https://example.com/x /in/", &[]), "/in/x", true),
            (&of("COPY a /${TARGETARCH}/", &[]), "/amd64/a", true),
        ] {
            assert_eq!(known.may_have(path), expected, "{path}");
        }
        for (line, path, expected) in [
            ("COPY --from=x /app/a.txt /b.txt", "/b.txt", Ok(true)),
            ("COPY --from=x /app/a.txt /b/", "/b/a.txt", Ok(true)),
            ("COPY --from=x /app/a.txt app/lib/b.txt /c/", "/c/b.txt", Ok(true)),
            ("COPY --from=x /app /c", "/c/lib/b.txt", Ok(true)),
            ("COPY --from=x /app /c", "/c/lib/c.txt", Ok(false)),
            ("COPY --from=x /app/*.html /c", "/c/any", Ok(true)),
            ("COPY --from=x /app/a.txt /app/c.txt /c/", "", Err("/app/c.txt".to_string())),
        ] {
            let mut known = Known::of_image("scratch");
            let found = known.taken(&one, "/", line).map(|()| known.may_have(path));
            assert_eq!(found, expected, "{line} {path}");
        }
        let mut known = Known::of_image("scratch");
        assert_eq!(known.taken(&Known::of_image("debian"), "/", "COPY --from=debian /etc/x /y"), Ok(()));
        assert!(known.may_have("/y/z") && !known.may_have("/etc"));
    }
}
