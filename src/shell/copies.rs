//! The copies of the lab that `lab fork`, `lab switch` and `lab region` keep, and the way from one to another.

use super::terminal::Terminal;
use crate::lab::Lab;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

impl Terminal {
    /// The copies that are kept, and the name of the one in use, as a text to keep; none where there is no copy.
    pub fn copies(&self) -> Option<String> {
        if self.forks.is_empty() {
            return None;
        }
        let all: serde_json::Map<String, serde_json::Value> =
            self.forks.iter().map(|(name, lab)| (name.clone(), lab.save().into())).collect();
        let left: serde_json::Map<String, serde_json::Value> =
            self.left.iter().map(|(region, name)| (region.clone(), name.as_str().into())).collect();
        Some(serde_json::json!({ "inUse": self.fork, "left": left, "others": all }).to_string())
    }

    /// What tells whether the copies have changed since: the names of all of them, the one in use first.
    pub fn copy_names(&self) -> Vec<String> {
        core::iter::once(&self.fork).chain(self.forks.keys()).cloned().collect()
    }

    /// Takes them. A copy that cannot be read is left out.
    pub(super) fn take_copies(&mut self, kept: &serde_json::Value) {
        for (name, log) in kept["others"].as_object().into_iter().flatten() {
            if let Some(loaded) = log.as_str().and_then(|log| Lab::load(log).ok()) {
                self.forks.insert(name.clone(), loaded.lab);
            }
        }
        for (region, name) in kept["left"].as_object().into_iter().flatten() {
            self.left.insert(region.clone(), name.as_str().unwrap_or_default().to_string());
        }
        if let Some(name) = kept["inUse"].as_str() {
            self.fork = name.to_string();
        }
    }

    /// The copy to which `lab region` leads, with its name: of those in the Region, the one that was left last.
    pub(super) fn copy_in(&self, region: &str) -> Option<(&str, &Lab)> {
        let is_there = |own: &(&String, &Lab)| own.1.start().region == region;
        let last = self.left.get(region).and_then(|name| Some((name, self.forks.get(name)?))).filter(is_there);
        last.or_else(|| self.forks.iter().find(is_there)).map(|(name, lab)| (name.as_str(), lab))
    }

    /// The name of a first lab in a Region: that of the Region, with a number where a copy has it already.
    pub(super) fn new_copy(&self, region: &str) -> String {
        let is_free = |own: &String| *own != self.fork && !self.forks.contains_key(own);
        let numbered = (2..).map(|number: u32| format!("{region}-{number}"));
        core::iter::once(region.to_string()).chain(numbered).find(is_free).unwrap_or_default()
    }

    /// Goes on in another lab under its name; the one that is left is kept.
    pub(super) fn go(&mut self, here: &mut Lab, name: &str, other: Lab) {
        let left = core::mem::replace(here, other);
        let before = core::mem::replace(&mut self.fork, name.to_string());
        self.left.insert(left.start().region.clone(), before.clone());
        self.forks.insert(before, left);
    }
}
