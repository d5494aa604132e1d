//! What AWS leaves open or says in two ways, and what the lab does: the one place where our choices stand.
//!
//! A learner must be able to tell AWS's rule from ours. Messages whose wording is ours are marked where they appear
//! ([`crate::aws::ApiError::ours`]); behaviour that is ours stands in `choices.txt`, which the page fetches and shows:
//! one choice a line, its three parts between tabs, in the order of the rules.

/// One choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice<'a> {
    /// The rule of our reference that it settles.
    pub rule: &'a str,
    /// What AWS leaves open, or where two of its sources disagree.
    pub open: &'a str,
    /// What the lab does.
    pub ours: &'a str,
}

/// The choices of such a text; a line of another form is none.
pub fn read(text: &str) -> impl Iterator<Item = Choice<'_>> {
    text.lines().filter_map(|line| {
        let (rule, rest) = line.split_once('\t')?;
        let (open, ours) = rest.split_once('\t')?;
        Some(Choice { rule, open, ours })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn every_choice_is_whole_and_stands_once() {
        let text = include_str!("choices.txt");
        let choices: Vec<Choice<'_>> = read(text).collect();
        assert_eq!(choices.len(), text.lines().count(), "every line is a choice");
        for (index, choice) in choices.iter().enumerate() {
            assert!(!choice.open.is_empty() && choice.ours.ends_with('.'), "{}", choice.rule);
            assert!(choices.iter().skip(index + 1).all(|other| other.rule != choice.rule), "{} twice", choice.rule);
        }
    }
}
