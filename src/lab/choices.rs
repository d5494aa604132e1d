//! What AWS leaves open or says in two ways, and what the lab does: the one place where our choices stand.
//!
//! A learner must be able to tell AWS's rule from ours. Messages whose wording is ours are marked where they appear
//! ([`crate::aws::ApiError::ours`]); behaviour that is ours stands in `choices.txt`, which the page fetches and shows:
//! one choice a line, its three parts between tabs, in the order of the rules. After an empty line comes what is not
//! simulated: the rules, what AWS does, and what the lab does or says instead.

use alloc::vec::Vec;

/// One line of the two tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice<'a> {
    /// The rule of our reference that it settles, or the rules.
    pub rule: &'a str,
    /// What AWS leaves open, or where two of its sources disagree.
    pub open: &'a str,
    /// What the lab does.
    pub ours: &'a str,
}

/// The choices of such a text, then what is not simulated.
pub fn read(text: &str) -> [Vec<Choice<'_>>; 2] {
    let (choices, absent) = text.split_once("\n\n").unwrap_or((text, ""));
    [choices, absent].map(|part| part.lines().filter_map(line).collect())
}

fn line(text: &str) -> Option<Choice<'_>> {
    let (rule, rest) = text.split_once('\t')?;
    let (open, ours) = rest.split_once('\t')?;
    Some(Choice { rule, open, ours })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_whole_and_stands_once() {
        let text = include_str!("choices.txt");
        let tables = read(text);
        assert_eq!(tables.iter().map(Vec::len).sum::<usize>() + 1, text.lines().count());
        for table in tables {
            for (index, choice) in table.iter().enumerate() {
                assert!(!choice.open.is_empty() && choice.ours.ends_with('.'), "{}", choice.rule);
                assert!(table.iter().skip(index + 1).all(|other| other.rule != choice.rule), "{} twice", choice.rule);
            }
        }
    }
}
