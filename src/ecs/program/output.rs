//! What commands write, line by line, and where it goes.

use super::Ran;
use super::files::Kind;
use super::words::Stream;
use crate::sim::SimDuration;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// What is written.
#[derive(Clone)]
pub(super) enum Line {
    /// A line.
    Text(String),
    /// What this program writes when it starts.
    Starts(String),
}

/// A line, and when it was written.
#[derive(Clone)]
pub(super) struct Said {
    pub(super) at: SimDuration,
    pub(super) line: Line,
    /// Whether it went to the errors.
    pub(super) is_error: bool,
    /// Whether its end is still to come.
    pub(super) open: bool,
}

/// Since when output is gathered.
pub(super) struct Mark {
    from: usize,
    floor: usize,
}

/// As many bytes as a file of a script holds; what is longer is not known.
const LONGEST: usize = 4096;

impl Ran {
    /// Writes a text to the output or to the errors.
    pub(super) fn write(&mut self, text: &str, is_error: bool) {
        for own in text.split_inclusive('\n') {
            let line = own.strip_suffix('\n');
            let text = line.unwrap_or(own).to_string();
            self.push(Said { at: self.lasts, line: Line::Text(text), is_error, open: line.is_none() });
        }
    }

    /// A line, or the rest of one that has no end yet.
    pub(super) fn push(&mut self, said: Said) {
        let last = self.said.get_mut(self.floor..).and_then(|own| own.last_mut());
        match (last, &said.line) {
            (Some(Said { at, line: Line::Text(text), is_error, open }), Line::Text(own))
                if *open && *is_error == said.is_error =>
            {
                *text += own;
                (*at, *open) = (said.at, said.open);
            }
            _ => self.said.push(said),
        }
    }

    /// From now on output is gathered.
    pub(super) fn begin(&mut self) -> Mark {
        let mark = Mark { from: self.said.len(), floor: self.floor };
        self.floor = self.said.len();
        mark
    }

    /// What is gathered so far.
    pub(super) fn gathered(&self) -> &[Said] {
        self.said.get(self.floor..).unwrap_or_default()
    }

    /// What was gathered.
    pub(super) fn taken(&mut self, mark: Mark) -> Vec<Said> {
        self.floor = mark.floor;
        self.said.split_off(mark.from.min(self.said.len()))
    }

    /// What was gathered goes where a command has it go.
    pub(super) fn settle(&mut self, mark: Mark, out: &Stream, errors: &Stream) {
        let all = self.taken(mark);
        for stream in [out, errors] {
            if let Stream::File { path, appends: false } = stream {
                let path = self.absolute(path);
                self.put(&path, Some(String::new()));
            }
        }
        if *out != Stream::Out {
            self.again = None;
        }
        for said in all {
            match if said.is_error { errors } else { out } {
                Stream::Out => self.push(Said { is_error: false, ..said }),
                Stream::Err => self.push(Said { is_error: true, ..said }),
                Stream::Null => {}
                Stream::File { path, .. } => self.append(&path.clone(), &said),
            }
        }
    }

    /// A line goes behind what a file holds.
    pub(super) fn append(&mut self, path: &str, said: &Said) {
        let path = self.absolute(path);
        let mut text = match self.file(&path) {
            Some(Ok(text)) => text.to_string(),
            None if path.starts_with("/etc/") || self.kind(&path) == Kind::File => return,
            _ => String::new(),
        };
        match &said.line {
            Line::Text(own) if text.len() + own.len() < LONGEST => {
                text += own;
                text += if said.open { "" } else { "\n" };
                self.put(&path, Some(text));
            }
            _ => self.forget(&path),
        }
    }
}
