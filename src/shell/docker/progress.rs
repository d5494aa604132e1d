//! The progress of a build as BuildKit tells it line by line.

use super::build::Asked;
use super::faults::Fault;
use crate::shell::exec::Shell;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Numbered steps.
#[derive(Default)]
pub(super) struct Log {
    pub(super) text: String,
    last: usize,
}

impl Log {
    /// A step with what it says; nothing without a line.
    pub(super) fn step(&mut self, lines: &[String]) {
        self.ended(lines, "DONE 0.0s");
    }

    /// A step with what it says and how it ended.
    fn ended(&mut self, lines: &[String], fate: &str) {
        if lines.is_empty() {
            return;
        }
        let header = self.last == 0 && lines.iter().any(|line| line.starts_with("building with"));
        let number = if header { 0 } else { self.last + 1 };
        for line in lines {
            self.text.push_str(&format!("#{number} {line}\n"));
        }
        if header {
            self.text.push('\n');
            return;
        }
        self.last = number;
        self.text.push_str(&format!("#{number} {fate}\n\n"));
    }

    /// A step that fails, with what its command wrote, and it once more below the whole.
    pub(super) fn fail(&mut self, name: &str, said: &[String], ended: &str) {
        let said: Vec<String> = said.iter().map(|line| format!("0.000 {line}")).collect();
        self.ended(&[&[name.to_string()], said.as_slice()].concat(), &format!("ERROR: {ended}"));
        let text = self.text.trim_end().to_string();
        let said: String = said.iter().map(|line| format!("{line}\n")).collect();
        self.text = format!("{text}\n------\n > {name}:\n{said}------\n");
    }

    /// The steps of the Dockerfile for a platform; those that the builder has done before come from its cache.
    /// The one that fails is the last.
    pub(super) fn steps(
        &mut self,
        shell: &mut Shell<'_>,
        asked: &Asked,
        platform: &str,
        keys: &[Option<String>],
        fault: Option<&Fault>,
    ) {
        let of = if asked.platforms.len() > 1 { format!("{platform} ") } else { String::new() };
        let done = asked.steps.iter().zip(keys).enumerate();
        let done = done.filter_map(|(at, (step, key))| Some((at, &step.line, key.as_ref()?)));
        let all = done.clone().count();
        for (place, (at, line, key)) in done.enumerate() {
            let name = format!("[{of}{}/{all}] {line}", place + 1);
            if let Some(fault) = fault.filter(|fault| fault.at == at) {
                self.fail(&name, &fault.said, &fault.ended);
                return;
            }
            let key = format!("{} {key}", asked.builder.name);
            let fresh = shell.terminal.docker.cache.insert(key);
            let from_cache = asked.cached && !fresh && !line.starts_with("FROM ");
            let fate = if from_cache { "CACHED" } else { "DONE 0.0s" };
            self.ended(&[name], fate);
        }
    }
}
