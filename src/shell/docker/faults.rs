//! Why a build fails, as BuildKit tells it: in its step, in the part of the Dockerfile that it shows, and in the last line.

use crate::ecr::build::Why;
use crate::ecr::sha256;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A step that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Its place among the lines of the build.
    pub(super) at: usize,
    /// What its command wrote.
    pub(super) said: Vec<String>,
    /// What is told of the step.
    pub(super) ended: String,
    /// What is told of the build.
    pub(super) told: String,
}

impl Fault {
    /// Of a line that cannot be done.
    pub(super) fn of(at: usize, line: &str, why: Why) -> Self {
        match why {
            Why::Missing(path) => {
                let ended = format!("failed to calculate checksum of ref {}: \"{path}\": not found", reference(line));
                Self { at, said: Vec::new(), told: format!("failed to compute cache key: {ended}"), ended }
            }
            Why::Failed(own) => Self::command(at, &own.words.join(" "), own.code, own.said),
        }
    }

    /// Of a command that ends badly.
    pub(super) fn command(at: usize, command: &str, code: u8, said: Vec<String>) -> Self {
        let told = format!("process {command:?} did not complete successfully: exit code: {code}");
        Self { at, said, ended: told.clone(), told }
    }
}

/// An id of what BuildKit looked into: its worker's, and 25 signs.
fn reference(line: &str) -> String {
    let hex = sha256(line.as_bytes()).split_off("sha256:".len());
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    let worker = format!("{}-{}-4{}-8{}-{}", part(0, 8), part(8, 12), part(12, 15), part(15, 18), part(18, 30));
    let signs = hex.bytes().zip(hex.bytes().skip(1)).map(|(one, two)| {
        let number = u32::from(one).wrapping_mul(31).wrapping_add(u32::from(two)) % 36;
        char::from_digit(number, 36).unwrap_or('0')
    });
    format!("{worker}::{}", signs.skip(30).take(25).collect::<String>())
}

/// Names of images of which BuildKit thinks at a name that is none.
const COMMON: [&str; 7] = ["alpine", "busybox", "centos", "debian", "golang", "ubuntu", "fedora"];

/// What is said behind the name of an image that is not there: a name that is nearly the same.
pub(super) fn suggestion(name: &str, stages: &[String]) -> String {
    let common = COMMON.iter().flat_map(|own| [own.to_string(), format!("{own}:latest")]);
    let (mut found, mut least) = (String::new(), 3);
    for option in stages.iter().cloned().chain(common) {
        let far = distance(name, &option);
        if far == 0 {
            return String::new();
        }
        if far < least {
            (found, least) = (format!(" (did you mean {option}?)"), far);
        }
    }
    found
}

/// How many signs have to be put in, taken out or changed.
fn distance(one: &str, two: &str) -> usize {
    let mut row: Vec<usize> = (0..=two.chars().count()).collect();
    for (at, sign) in (1..).zip(one.chars()) {
        let mut next = alloc::vec![at];
        for (pair, other) in row.windows(2).zip(two.chars()) {
            let [corner, above] = pair else { continue };
            let left = next.last().copied().unwrap_or_default();
            next.push((corner + usize::from(sign != other)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_nearly_the_same_is_told() {
        for (name, expected) in [
            ("biuld", " (did you mean build?)"),
            ("bild", " (did you mean build?)"),
            ("alpin", " (did you mean alpine?)"),
            ("ubuntu:latst", " (did you mean ubuntu:latest?)"),
            ("stage-2", " (did you mean stage-1?)"),
            ("debian", ""),
            ("nope", ""),
        ] {
            assert_eq!(suggestion(name, &["build".into(), "stage-1".into()]), expected, "{name}");
        }
    }
}
