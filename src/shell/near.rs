//! Python's `difflib.get_close_matches`: the words that are most like one.

use alloc::vec::Vec;

/// As many as are named.
const MOST: usize = 3;

/// The choices whose likeness reaches the cutoff, the most alike first.
pub fn close_matches<'a>(word: &str, choices: &[&'a str], cutoff: f64) -> Vec<&'a str> {
    let word: Vec<char> = word.chars().take(100).collect();
    let mut scored: Vec<(f64, &str)> = Vec::new();
    for choice in choices {
        let own: Vec<char> = choice.chars().collect();
        // Sets the choice first, as difflib does.
        let score = ratio(&own, &word);
        if score >= cutoff {
            scored.push((score, choice));
        }
    }
    // The largest by score, then by the text.
    crate::sim::order::sort_by(&mut scored, |left, right| right.0.total_cmp(&left.0).then(right.1.cmp(left.1)));
    scored.into_iter().take(MOST).map(|(_, choice)| choice).collect()
}

/// `SequenceMatcher.ratio`: twice the signs in matching blocks over all signs.
fn ratio(left: &[char], right: &[char]) -> f64 {
    let all = left.len() + right.len();
    if all == 0 {
        return 1.0;
    }
    let mut matched = 0;
    let mut open = alloc::vec![(0, left.len(), 0, right.len())];
    while let Some((a, a_end, b, b_end)) = open.pop() {
        let (at, other, size) = longest(left, right, (a, a_end, b, b_end));
        if size > 0 {
            matched += size;
            open.push((a, at, b, other));
            open.push((at + size, a_end, other + size, b_end));
        }
    }
    2.0 * matched as f64 / all as f64
}

/// The longest common run, the first of those.
fn longest(left: &[char], right: &[char], (a, a_end, b, b_end): (usize, usize, usize, usize)) -> (usize, usize, usize) {
    let mut best = (a, b, 0);
    for at in a..a_end {
        for other in b..b_end {
            let run = (0..).take_while(|step| {
                at + step < a_end && other + step < b_end && left.get(at + step) == right.get(other + step)
            });
            let size = run.count();
            if size > best.2 {
                best = (at, other, size);
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_near_words_are_those_of_pythons_difflib() {
        // Checked against Python 3.11.
        let choices = ["list-clusters", "list-services", "delete-cluster", "describe-clusters", "run-task"];
        for (word, expected) in [
            ("list-cluster", &["list-clusters"][..]),
            ("describe-cluster", &["describe-clusters"]),
            ("runtask", &["run-task"]),
            ("fly", &[]),
        ] {
            assert_eq!(close_matches(word, &choices, 0.8), expected, "{word}");
        }
    }
}
