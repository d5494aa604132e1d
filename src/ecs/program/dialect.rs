//! How shells differ: Debian's dash, the ash of BusyBox and Alpine, and bash. Their words were taken from dash 0.5.12,
//! BusyBox 1.35 and bash 5.2.

use alloc::format;
use alloc::string::String;

/// A shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Dash,
    Ash,
    Bash,
}

/// Images whose small tools are those of BusyBox.
const BUSYBOX: &str = " alpine bash busybox caddy docker grafana hello registry traefik ";

/// Images made of Debian or Ubuntu.
const DEBIAN: &str = " debian eclipse-temurin envoy gcc golang haproxy httpbin httpd jenkins mariadb memcached mongo \
    nextcloud nginx node openresty php postgres python rabbitmq redis ruby rust solr tomcat ubuntu wordpress ";

impl Dialect {
    /// Which shell a name stands for in an image; that of one that the lab does not know is bash.
    pub(super) fn of(shell: &str, image: &str) -> Self {
        let last = image.rsplit('/').next().unwrap_or_default();
        let (name, tag) = last.split_once([':', '@']).unwrap_or((last, ""));
        let is_of = |list: &str| list.contains(&format!(" {name} "));
        match shell {
            "bash" => Self::Bash,
            "dash" => Self::Dash,
            "ash" => Self::Ash,
            _ if tag.contains("alpine") || is_of(BUSYBOX) => Self::Ash,
            _ if is_of(DEBIAN) => Self::Dash,
            _ => Self::Bash,
        }
    }

    /// What a shell says of a mistake in a line.
    pub(super) fn complaint(self, name: &str, line: usize, text: &str) -> String {
        match self {
            Self::Dash => format!("{name}: {line}: {text}"),
            Self::Ash => format!("{name}: {text}"),
            Self::Bash => format!("{name}: line {line}: {text}"),
        }
    }

    /// What `cd` says of a folder that is not there, or no folder, and its status.
    pub(super) fn cannot_enter(self, path: &str, is_file: bool) -> (String, u8) {
        let why = if is_file { "Not a directory" } else { "No such file or directory" };
        match self {
            Self::Dash => (format!("cd: can't cd to {path}"), 2),
            Self::Ash => (format!("cd: line 0: can't cd to {path}: {why}"), 2),
            Self::Bash => (format!("cd: {path}: {why}"), 1),
        }
    }

    /// What is said of a variable without a value under `set -u`.
    pub(super) fn unset(self, name: &str) -> String {
        match self {
            Self::Bash => {
                let sign = if name.starts_with(|own: char| own.is_ascii_digit()) { "$" } else { "" };
                format!("{sign}{name}: unbound variable")
            }
            _ => format!("{name}: parameter not set"),
        }
    }

    /// The status of a script that ends with a mistake in an expansion.
    pub(super) fn fatal(self, is_strict: bool) -> u8 {
        match self {
            Self::Bash if is_strict => 1,
            Self::Bash => 127,
            _ => 2,
        }
    }

    /// What a tool of the image says that cannot do its work with a path.
    pub(super) fn refusal(self, tool: &str, path: &str, why: &str) -> String {
        let can = if self == Self::Ash { "can't" } else { "cannot" };
        let does = match tool {
            "mkdir" => "create directory",
            "rm" => "remove",
            "touch" if self != Self::Ash => "touch",
            "cat" if self == Self::Ash => "open",
            _ => return format!("{tool}: {path}: {why}"),
        };
        format!("{tool}: {can} {does} '{path}': {why}")
    }

    /// A word as `set -x` shows it; none where the lab does not know its form.
    pub(super) fn traced(self, word: &str) -> Option<String> {
        let is_plain = |sign: char| sign.is_ascii_alphanumeric() || "_./:@%+,-=".contains(sign);
        let bare = match self {
            Self::Dash => true,
            Self::Ash => word == "]" || !word.is_empty() && word.chars().all(|sign| is_plain(sign) && sign != '='),
            Self::Bash => !word.is_empty() && word.chars().all(is_plain),
        };
        match bare {
            true => Some(word.into()),
            false => (!word.contains(['\'', '\n'])).then(|| format!("'{word}'")),
        }
    }
}
