//! Stages that begin with nothing: `RUN` has no shell in what is built `FROM scratch`.

use super::faults::Fault;
use crate::ecr::configuration::exec_form;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// What a stage holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Nothing,
    /// Files that are no shell.
    Files,
    /// Maybe a shell.
    System,
}

/// Where a shell would come to stand.
const PLACES: [&str; 5] = ["/", ".", "/bin", "/bin/", "/bin/sh"];

/// The first step that cannot run, of the instructions of a Dockerfile. What the lab cannot know is taken to run: an archive
/// and what another stage gives may bring a shell.
pub(super) fn fault<'a>(lines: impl Iterator<Item = &'a str>) -> Option<Fault> {
    let mut stages: Vec<(&str, Holds)> = Vec::new();
    for (at, line) in lines.enumerate() {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let words = || rest.split_whitespace().filter(|word| !word.starts_with("--"));
        if word == "FROM" {
            let (base, name) = (words().next().unwrap_or_default(), words().nth(2).unwrap_or_default());
            let before = stages.iter().rfind(|(own, _)| own.eq_ignore_ascii_case(base)).map(|(_, holds)| *holds);
            stages.push((name, if base == "scratch" { Holds::Nothing } else { before.unwrap_or(Holds::System) }));
        }
        let Some((_, holds)) = stages.last_mut().filter(|(_, holds)| *holds != Holds::System) else { continue };
        let brings = || rest.starts_with("--from=") && words().next_back().is_some_and(|place| PLACES.contains(&place));
        match word {
            "ADD" => *holds = Holds::System,
            "COPY" => *holds = if brings() { Holds::System } else { Holds::Files },
            "RUN" => {
                let fault = refused(at, rest, *holds);
                if fault.is_some() {
                    return fault;
                }
            }
            _ => {}
        }
    }
    None
}

/// Why a command does not run; none where it may.
fn refused(at: usize, command: &str, holds: Holds) -> Option<Fault> {
    let command: String = command.trim_start().to_string();
    if command.starts_with("--mount") {
        return None;
    }
    let list = exec_form(&command);
    let words: Vec<&str> = list.as_array().into_iter().flatten().filter_map(|word| word.as_str()).collect();
    let program = *words.first()?;
    if holds == Holds::Files && program != "/bin/sh" {
        return None;
    }
    let why = match program.contains('/') {
        true => format!("exec: \"{program}\": stat {program}: no such file or directory"),
        false => format!("exec: \"{program}\": executable file not found in $PATH"),
    };
    let said = format!("runc run failed: unable to start container process: error during container init: {why}");
    Some(Fault::command(at, &words.join(" "), 1, alloc::vec![said]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_runs_where_nothing_is() {
        for (text, expected) in [
            ("FROM scratch|RUN ls", Some((1, "process \"/bin/sh -c ls\""))),
            ("FROM scratch|COPY app /|RUN /app", Some((2, "process \"/bin/sh -c /app\""))),
            ("FROM scratch|COPY app /|RUN [\"/app\"]", None),
            ("FROM scratch|RUN [\"ls\", \"-l\"]", Some((1, "process \"ls -l\""))),
            ("FROM scratch|ADD root.tar /|RUN ls", None),
            ("FROM alpine AS a|FROM scratch|COPY --from=a / /|RUN ls", None),
            ("FROM alpine AS a|FROM scratch|COPY --from=a /app /app|RUN ls", Some((3, "process \"/bin/sh -c ls\""))),
            ("FROM scratch AS own|FROM own|RUN ls", Some((2, "process \"/bin/sh -c ls\""))),
            ("FROM scratch|FROM alpine|RUN ls", None),
            ("FROM scratch|RUN --mount=from=busybox,target=/bin ls", None),
            ("FROM alpine|RUN ls", None),
        ] {
            let found = fault(text.split('|'));
            let found = found.as_ref().map(|own| (own.at, own.told.split(" did not").next().unwrap_or_default()));
            assert_eq!(found, expected, "{text}");
        }
    }
}
