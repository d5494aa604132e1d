//! The stages of a Dockerfile, and what each takes of others.
//!
//! A name that no stage has is an image's; a number is always a stage's. A stage may name a later one, but not take of it,
//! and stages that the last one does not need are not built (moby/buildkit, frontend/dockerfile/dockerfile2llb, read
//! 2026-11-22).

use super::dockerfile::{Instruction, from};
use crate::ecr::build::Source;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Why a Dockerfile cannot be built, and the lines of it that are shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Flaw {
    pub(super) told: String,
    pub(super) spans: Vec<(usize, usize)>,
}

/// A line with the stage or image that `COPY --from` names.
pub(super) type Linked = (Instruction, Option<Source>);

struct Stage {
    name: String,
    is_named: bool,
    /// The stage that it goes on from.
    base: Option<usize>,
    /// The stages that its lines take of, each with the place of the line.
    takes: Vec<(usize, usize)>,
    lines: Vec<(usize, Option<Source>)>,
}

/// The words behind an instruction without its flags.
fn words(rest: &str) -> impl Iterator<Item = &str> {
    rest.split_whitespace().filter(|word| !word.starts_with("--"))
}

/// The lines of the stages that one of this name or number needs, of the last one where none is named, with what stands
/// before all stages. Errors: what BuildKit says.
pub(super) fn needed(steps: Vec<Instruction>, target: Option<&str>) -> Result<Vec<Linked>, Flaw> {
    let mut stages = read(&steps);
    link(&mut stages, &steps)?;
    let last = stages.len().saturating_sub(1);
    let target = match target {
        None => last,
        Some(name) => {
            let found = stages.iter().rposition(|own| own.is_named && own.name == name.to_lowercase());
            found.or_else(|| name.parse().ok().filter(|own| *own <= last)).ok_or_else(|| Flaw {
                told: format!("target stage \"{name}\" could not be found"),
                spans: Vec::new(),
            })?
        }
    };
    let mut needed = alloc::vec![false; stages.len()];
    let mut left = alloc::vec![target];
    while let Some(place) = left.pop() {
        if let (Some(own), Some(seen @ false)) = (stages.get(place), needed.get_mut(place)) {
            *seen = true;
            left.extend(own.base.into_iter().chain(own.takes.iter().map(|(of, _)| *of)));
        }
    }
    let kept = |place: &usize| needed.get(*place).copied().unwrap_or_default();
    let number = |place: usize| (0..place).filter(kept).count();
    let mut links: Vec<Option<Option<Source>>> = steps.iter().map(|_| None).collect();
    let first = stages.first().and_then(|own| own.lines.first()).map_or(steps.len(), |(at, _)| *at);
    links.iter_mut().take(first).for_each(|own| *own = Some(None));
    for (place, stage) in stages.into_iter().enumerate().filter(|(place, _)| kept(place)) {
        if let Some((_, at)) = stage.takes.iter().find(|(of, _)| *of > place) {
            let line = steps.get(*at);
            let later = line.and_then(|own| from(own.line.strip_prefix("COPY ")?)).unwrap_or_default();
            return Err(Flaw {
                told: format!(
                    "cannot copy from stage \"{later}\", it needs to be defined before current stage \"{}\"",
                    stage.name
                ),
                spans: line.map(|own| own.span).into_iter().collect(),
            });
        }
        for (at, source) in stage.lines {
            let source = source.map(|own| match own {
                Source::Stage(of) => Source::Stage(number(of)),
                own @ Source::Image(_) => own,
            });
            links.get_mut(at).into_iter().for_each(|own| *own = Some(source.clone()));
        }
    }
    Ok(steps.into_iter().zip(links).filter_map(|(step, link)| Some((step, link?))).collect())
}

/// The names of all stages, numbers for those without one.
pub(super) fn names(steps: &[Instruction]) -> Vec<String> {
    read(steps).into_iter().map(|own| own.name).collect()
}

fn read(steps: &[Instruction]) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        if let Some(rest) = step.line.strip_prefix("FROM ") {
            let base = words(rest).next().unwrap_or_default().to_string();
            let named = words(rest).nth(2).map(str::to_lowercase);
            let base = stages.iter().rposition(|own| own.is_named && own.name == base);
            stages.push(Stage {
                is_named: named.is_some(),
                name: named.unwrap_or_else(|| format!("stage-{}", stages.len())),
                base,
                takes: Vec::new(),
                lines: Vec::new(),
            });
        }
        if let Some(stage) = stages.last_mut() {
            stage.lines.push((at, None));
        }
    }
    stages
}

/// Finds what the lines with `COPY --from` take of. Errors: a number without a stage, stages that take of each other.
fn link(stages: &mut [Stage], steps: &[Instruction]) -> Result<(), Flaw> {
    let names: Vec<Option<String>> = stages.iter().map(|own| own.is_named.then(|| own.name.clone())).collect();
    for stage in stages.iter_mut() {
        for (at, source) in &mut stage.lines {
            let line = steps.get(*at).and_then(|own| own.line.strip_prefix("COPY "));
            let Some(name) = line.and_then(from) else { continue };
            let place = match name.parse::<i64>() {
                Ok(number) => Some(
                    usize::try_from(number)
                        .ok()
                        .filter(|own| *own < names.len())
                        .ok_or_else(|| Flaw { told: format!("invalid stage index {number}"), spans: Vec::new() })?,
                ),
                Err(_) => names.iter().rposition(|own| own.as_deref() == Some(&name.to_lowercase())),
            };
            stage.takes.extend(place.map(|place| (place, *at)));
            *source = Some(place.map_or_else(|| Source::Image(name.to_string()), Source::Stage));
        }
    }
    let mut visited = alloc::vec![false; stages.len()];
    for (place, stage) in stages.iter().enumerate() {
        if let Some(lines) = circle(stages, place, &mut Vec::new(), &mut visited) {
            return Err(Flaw {
                told: format!("circular dependency detected on stage: {}", stage.name),
                spans: lines.iter().filter_map(|at| Some(steps.get(*at)?.span)).collect(),
            });
        }
    }
    Ok(())
}

/// The lines on the way from a stage to one that is on it already.
fn circle(stages: &[Stage], place: usize, way: &mut Vec<usize>, visited: &mut [bool]) -> Option<Vec<usize>> {
    let (stage, seen) = (stages.get(place)?, visited.get_mut(place)?);
    if core::mem::replace(seen, true) {
        return None;
    }
    way.push(place);
    for (of, at) in &stage.takes {
        if way.contains(of) {
            return Some(alloc::vec![*at]);
        }
        if let Some(rest) = circle(stages, *of, way, visited) {
            return Some([alloc::vec![*at], rest].concat());
        }
    }
    way.pop();
    None
}

/// The images that the lines need, each with the place of the first line that names it: those of `FROM` that are no
/// stage's name, and those of `COPY --from`.
pub(super) fn images<'a>(steps: impl Iterator<Item = (&'a str, Option<&'a Source>)>) -> Vec<(usize, &'a str)> {
    let mut stages: Vec<String> = Vec::new();
    let mut images: Vec<(usize, &str)> = Vec::new();
    for (at, (line, source)) in steps.enumerate() {
        let named = match (line.strip_prefix("FROM "), source) {
            (Some(rest), _) => {
                let base = words(rest).next().filter(|base| !stages.iter().any(|own| own == base));
                stages.extend(words(rest).nth(2).map(str::to_lowercase));
                base
            }
            (None, Some(Source::Image(name))) => Some(name.as_str()),
            _ => None,
        };
        images.extend(
            named.filter(|own| *own != "scratch" && !images.iter().any(|(_, had)| had == own)).map(|own| (at, own)),
        );
    }
    images
}

#[cfg(test)]
mod tests {
    use super::super::dockerfile::instructions;
    use super::*;

    fn of(text: &str, target: Option<&str>) -> Result<Vec<Linked>, Flaw> {
        needed(instructions(&text.replace('|', "\n")).unwrap(), target)
    }

    #[test]
    fn stages_that_take_of_each_other_or_of_none_are_refused() {
        for (text, told, lines) in [
            ("FROM a|COPY --from=7 /x /y", "invalid stage index 7", &[][..]),
            ("FROM a|COPY --from=-1 /x /y", "invalid stage index -1", &[]),
            ("FROM a|COPY --from=0 /x /y", "circular dependency detected on stage: stage-0", &[2]),
            ("FROM a AS One|COPY --from=ONE /x /y", "circular dependency detected on stage: one", &[2]),
            (
                "FROM a AS one|COPY --from=two /x /y|FROM b AS two|COPY --from=0 /x /y",
                "circular dependency detected on stage: one",
                &[2, 4],
            ),
            (
                "FROM a AS one|FROM one|COPY --from=late /x /y|FROM b AS late|FROM scratch|COPY --from=1 /x /y",
                "cannot copy from stage \"late\", it needs to be defined before current stage \"stage-1\"",
                &[3],
            ),
        ] {
            let flaw = of(text, None).unwrap_err();
            let first: Vec<usize> = flaw.spans.iter().map(|own| own.0).collect();
            assert_eq!((flaw.told.as_str(), first.as_slice()), (told, lines), "{text}");
        }
    }

    #[test]
    fn a_stage_that_nothing_needs_is_not_built() {
        let text = "ARG X|FROM a AS one|RUN 1|FROM b AS two|RUN 2|FROM one AS three|COPY --from=two /x /y|FROM c|\
                    COPY --from=0 /x /y|COPY --from=nope /x /y";
        for (target, lines, sources) in [
            (None, &[1, 2, 3, 8, 9, 10][..], &[Source::Stage(0), Source::Image("nope".into())][..]),
            (Some("Three"), &[1, 2, 3, 4, 5, 6, 7], &[Source::Stage(1)]),
            (Some("two"), &[1, 4, 5], &[]),
            (Some("1"), &[1, 4, 5], &[]),
        ] {
            let kept = of(text, target).unwrap();
            let found: Vec<usize> = kept.iter().map(|(own, _)| own.span.0).collect();
            let taken: Vec<Source> = kept.into_iter().filter_map(|(_, source)| source).collect();
            assert_eq!((found.as_slice(), taken.as_slice()), (lines, sources), "{target:?}");
        }
        assert_eq!(of(text, Some("nosuch")).unwrap_err().told, "target stage \"nosuch\" could not be found");
    }

    #[test]
    fn a_stage_is_no_image() {
        let text = "FROM golang:1.25 AS build|FROM --platform=linux/arm64 alpine:3.20 AS b|FROM build|FROM scratch|\
                    COPY --from=0 / /|COPY --from=b / /|COPY --from=busybox / /|COPY --from=scratch / /|\
                    COPY --from=busybox / /|COPY --from=golang:1.25 / /|COPY --from=2 / /";
        let kept = of(text, None).unwrap();
        let steps = || kept.iter().map(|(own, source)| (own.line.as_str(), source.as_ref()));
        let found: Vec<&str> = images(steps()).into_iter().map(|(_, name)| name).collect();
        assert_eq!(found, ["golang:1.25", "alpine:3.20", "busybox"]);
        assert_eq!(images(steps()).last(), Some(&(6, "busybox")));
    }
}
