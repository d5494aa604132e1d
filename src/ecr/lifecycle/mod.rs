//! What a lifecycle policy does to a set of images (3.8). Pure: images in, the fate of each out.
//!
//! All rules see all images of their storage class. The first rule by priority whose tag selection an image matches
//! decides about it, alone: where it keeps the image, no later rule can act on it, though later rules count it.

mod policy;
#[cfg(test)]
mod tests;

pub use policy::{Action, Count, Invalid, Policy, Rule, TagStatus};

use crate::sim::{SimDuration, SimTime, order};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// An image as the evaluation sees it.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    /// Its tags; none for an untagged image.
    pub tags: &'a [String],
    /// Its place in the order of pushes, which breaks ties of time.
    pub number: u32,
    /// When it was pushed.
    pub pushed_at: SimTime,
    /// When it was last pulled.
    pub pulled_at: Option<SimTime>,
    /// When it was last archived.
    pub archived_at: Option<SimTime>,
    /// When it was last restored.
    pub activated_at: Option<SimTime>,
    /// Whether its storage class is archive.
    pub archived: bool,
    /// Whether an index in the repository holds it.
    pub referenced: bool,
}

/// What becomes of an image, and by which rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// The priority of the rule that decides about it; none when no rule selects it.
    pub rule: Option<u32>,
    /// What the rule does; none when the image stays.
    pub action: Option<Action>,
    /// Whether it stays only because an index holds it.
    pub referenced: bool,
    /// Whether a rule that comes later is kept from it.
    pub spared: bool,
}

impl Fate {
    /// The fate in a sentence.
    pub fn sentence(&self) -> String {
        let Some(rule) = self.rule else { return String::from("stays: no rule selects it") };
        match (self.action, self.referenced) {
            (Some(Action::Expire), _) => format!("expires by rule {rule}"),
            (Some(Action::Transition), _) => format!("goes to the archive by rule {rule}"),
            (None, true) => format!("stays, though rule {rule} would act, while an image index holds it"),
            (None, false) => {
                let later = if self.spared { ", so no later rule may act on it" } else { "" };
                format!("stays: rule {rule} selects it and keeps it{later}")
            }
        }
    }
}

/// The fate of each image, in the order given.
pub fn evaluate(policy: &Policy, images: &[Candidate<'_>], now: SimTime) -> Vec<Fate> {
    let mut fates = alloc::vec![Fate { rule: None, action: None, referenced: false, spared: false }; images.len()];
    for (at, rule) in policy.rules.iter().enumerate() {
        let selects = |image: &Candidate<'_>| image.archived == rule.archive && rule.selects(image.tags);
        let mut hit: Vec<usize> = Vec::new();
        for (index, image) in images.iter().enumerate() {
            if selects(image) {
                hit.push(index);
            }
        }
        let mut due = alloc::vec![false; images.len()];
        let old: Vec<usize> = match rule.count {
            Count::MoreThan => {
                let key = |index: &usize| images.get(*index).map(|image| (image.since(Count::Pushed), image.number));
                order::sort_by(&mut hit, |left, right| key(right).cmp(&key(left)));
                hit.iter().skip(usize::try_from(rule.number).unwrap_or(usize::MAX)).copied().collect()
            }
            count => {
                let old = |index: &usize| {
                    images.get(*index).is_some_and(|image| now - image.since(count) > days(rule.number))
                };
                hit.iter().copied().filter(old).collect()
            }
        };
        for index in old {
            due.get_mut(index).into_iter().for_each(|due| *due = true);
        }
        let undecided = |fates: &[Fate], index: usize| fates.get(index).is_some_and(|fate| fate.rule.is_none());
        hit.retain(|index| undecided(&fates, *index));
        for index in hit {
            let acts = due.get(index) == Some(&true);
            let referenced = acts && images.get(index).is_some_and(|image| image.referenced);
            if let Some(fate) = fates.get_mut(index) {
                let action = Some(rule.action).filter(|_| acts && !referenced);
                let spared = action.is_none() && at + 1 < policy.rules.len();
                *fate = Fate { rule: Some(rule.priority), action, referenced, spared };
            }
        }
    }
    fates
}

impl Candidate<'_> {
    /// From when on a rule counts the image's days.
    fn since(&self, count: Count) -> SimTime {
        // What was restored counts from then.
        let restored = |at: SimTime| self.activated_at.map_or(at, |again| if again > at { again } else { at });
        match count {
            Count::MoreThan | Count::Pushed => restored(self.pushed_at),
            Count::Pulled => restored(self.pulled_at.unwrap_or(self.pushed_at)),
            Count::Transitioned => self.archived_at.unwrap_or(self.pushed_at),
        }
    }
}

fn days(number: u64) -> SimDuration {
    SimDuration::from_secs(i64::try_from(number).unwrap_or(i64::MAX).saturating_mul(86_400).min(i64::MAX / 1000))
}

/// Whether a text fits a pattern in which `*` stands for any signs.
pub fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut left) = text.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        match left.split_once(part) {
            Some((_, after)) => left = after,
            None => return false,
        }
    }
    left.ends_with(end)
}
