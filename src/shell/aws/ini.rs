//! The two files of `~/.aws`: sections, settings, and settings within a setting, as `s3` has them.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A setting of a section; `s3.max_queue_size` is one within another. The last of several counts.
pub(super) fn setting<'a>(text: &'a str, section: &str, path: &str) -> Option<&'a str> {
    let own = text.lines().zip(paths(text, section)).filter(|(_, own)| own == path).last();
    own.and_then(|(line, _)| line.split_once('=')).map(|(_, value)| value.trim())
}

/// Whether a setting holds others.
pub(super) fn holds_others(text: &str, section: &str, path: &str) -> bool {
    paths(text, section).iter().any(|own| own.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
}

/// Whether a text has a section.
pub(super) fn has_section(text: &str, section: &str) -> bool {
    text.lines().any(|line| header(line) == Some(section))
}

/// The section that a line begins.
pub(super) fn header(line: &str) -> Option<&str> {
    line.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).map(str::trim)
}

/// What each line of a text sets in a section: nothing where it sets nothing there.
fn paths(text: &str, section: &str) -> Vec<String> {
    let (mut within, mut outer) = (false, String::new());
    let path = |line: &str| {
        if let Some(name) = header(line) {
            within = name == section;
        }
        let set = line.split_once('=').filter(|_| within && !line.trim_start().starts_with(['#', ';', '[']));
        let Some((name, _)) = set else { return String::new() };
        if line.starts_with([' ', '\t']) && !outer.is_empty() {
            return format!("{outer}.{}", name.trim());
        }
        outer = name.trim().to_string();
        outer.clone()
    };
    text.lines().map(path).collect()
}

/// A text with a setting changed, or added at the end of its section.
pub(super) fn with(text: &str, section: &str, path: &str, value: &str) -> String {
    let (outer, name) = path.split_once('.').map_or(("", path), |(outer, name)| (outer, name));
    let indent = if outer.is_empty() { "" } else { "    " };
    let line = format!("{indent}{name} = {value}");
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    let all = paths(text, section);
    let start = lines.iter().position(|line| header(line) == Some(section));
    let place = |path: &str| all.iter().rposition(|own| own == path);
    match (place(path), place(outer).filter(|_| !outer.is_empty()), start) {
        (Some(at), ..) => lines.splice(at..=at, [line]).for_each(drop),
        (None, Some(at), _) => lines.insert(at + 1, line),
        (None, None, Some(start)) => {
            let last = all.iter().rposition(|own| !own.is_empty()).unwrap_or(start);
            let new = if outer.is_empty() { Vec::from([line]) } else { Vec::from([format!("{outer} ="), line]) };
            lines.splice(last + 1..last + 1, new).for_each(drop);
        }
        (None, None, None) => {
            lines.push(format!("[{section}]"));
            lines.extend((!outer.is_empty()).then(|| format!("{outer} =")));
            lines.push(line);
        }
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_and_those_within_others() {
        let text =
            "[default]\nregion = us-east-1\ns3 =\n    a = 1\n    region = x\n# region = no\n[profile b]\nregion=eu\n";
        for (section, path, value) in [
            ("default", "region", Some("us-east-1")),
            ("default", "s3.a", Some("1")),
            ("default", "s3.region", Some("x")),
            ("default", "s3.b", None),
            ("profile b", "region", Some("eu")),
            ("profile b", "s3.a", None),
            ("other", "region", None),
        ] {
            assert_eq!(setting(text, section, path), value, "{section} {path}");
        }
        assert!(holds_others(text, "default", "s3") && !holds_others(text, "default", "region"));
    }

    #[test]
    fn a_setting_is_changed_where_it_stands() {
        for (text, section, path, after) in [
            ("", "default", "region", "[default]\nregion = v\n"),
            ("", "default", "s3.a", "[default]\ns3 =\n    a = v\n"),
            ("[default]\nregion = x\noutput = json\n", "default", "region", "[default]\nregion = v\noutput = json\n"),
            ("[default]\n\n[profile b]\n", "default", "region", "[default]\nregion = v\n\n[profile b]\n"),
            ("[default]\nregion = x\n", "profile b", "region", "[default]\nregion = x\n[profile b]\nregion = v\n"),
            ("[default]\ns3 =\n    a = 1\nregion = x\n", "default", "s3.a", "[default]\ns3 =\n    a = v\nregion = x\n"),
            ("[default]\ns3 =\n    a = 1\n", "default", "s3.b", "[default]\ns3 =\n    b = v\n    a = 1\n"),
            ("[default]\nregion = x\n", "default", "s3.a", "[default]\nregion = x\ns3 =\n    a = v\n"),
        ] {
            assert_eq!(with(text, section, path, "v"), after, "{path} in {text:?}");
        }
    }
}
