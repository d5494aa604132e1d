//! Open files, and the numbers by which a shell knows them.

use super::exec::Shell;
use super::files::MOST_BYTES;
use super::terminal::Output;
use crate::sim::sorted::Map;
use alloc::format;
use alloc::rc::{Rc, Weak};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;

/// What is said of a number that stands for nothing, or for nothing of that kind.
pub(super) const BAD: &str = "Bad file descriptor";

const NO_SPACE: &str = "write error: No space left on device";

/// An open file: whoever reads or writes it goes on where the last one has ended.
#[derive(Clone, Debug)]
pub(super) struct Description {
    held: Held,
    /// So many bytes stand before what comes next.
    at: usize,
    reads: bool,
    writes: bool,
    /// Whether what is written stands behind everything.
    grows: bool,
}

#[derive(Clone, Debug)]
enum Held {
    /// A file by its path.
    File(String),
    /// A text: of a pipe, a here-document, or a file that was removed since.
    Text(String),
}

/// The same open file under several numbers, or in several shells.
#[derive(Clone, Debug)]
pub(super) struct Open(Rc<RefCell<Description>>);

impl Open {
    fn new(held: Held, (reads, writes): (bool, bool), grows: bool) -> Self {
        Self(Rc::new(RefCell::new(Description { held, at: 0, reads, writes, grows })))
    }

    /// A text to read.
    pub(super) fn text(text: String) -> Self {
        Self::new(Held::Text(text), (true, false), false)
    }

    /// What cannot be read.
    pub(super) fn closed() -> Self {
        Self::new(Held::Text(String::new()), (false, false), false)
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    pub(super) fn reads(&self) -> bool {
        self.0.borrow().reads
    }

    pub(super) fn writes(&self) -> bool {
        self.0.borrow().writes
    }

    /// The path, where it is a file.
    pub(super) fn path(&self) -> Option<String> {
        match &self.0.borrow().held {
            Held::File(path) => Some(path.clone()),
            Held::Text(_) => None,
        }
    }

    /// Takes so many bytes of what comes next.
    pub(super) fn take(&self, bytes: usize) {
        let mut own = self.0.borrow_mut();
        own.at = own.at.saturating_add(bytes);
    }

    /// Gives so many bytes back.
    pub(super) fn give_back(&self, bytes: usize) {
        let mut own = self.0.borrow_mut();
        own.at = own.at.saturating_sub(bytes);
    }
}

/// Where one of the numbers of a shell leads.
#[derive(Clone, Debug)]
pub(super) enum Stream {
    /// To standard output, as it is within so many pipes, words and redirections.
    Output(u32),
    /// To standard error, as it is within so many redirections.
    Error(u32),
    /// To what is typed at the prompt.
    Prompt,
    /// To a file.
    File(Open),
    /// `>(tee FILE …)`: to files, which grow, and to what tee prints to.
    Tee(Rc<(Vec<String>, Stream)>),
    /// Nowhere.
    Closed,
}

impl Stream {
    /// Whether both are the same.
    pub(super) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Output(own), Self::Output(other)) | (Self::Error(own), Self::Error(other)) => own == other,
            (Self::File(own), Self::File(other)) => own.is(other),
            (Self::Tee(own), Self::Tee(other)) => Rc::ptr_eq(own, other),
            (Self::Prompt, Self::Prompt) | (Self::Closed, Self::Closed) => true,
            _ => false,
        }
    }

    /// Whether it can be written.
    pub(super) fn writes(&self) -> bool {
        match self {
            Self::File(own) => own.writes(),
            Self::Closed => false,
            _ => true,
        }
    }

    /// What is behind all that tees print to.
    pub(super) fn end(&self) -> &Stream {
        let mut own = self;
        while let Self::Tee(tee) = own {
            own = &tee.1;
        }
        own
    }

    /// A copy that shares no open file with this one, but with other copies of the same.
    fn apart(&self, known: &mut Vec<(Open, Open)>) -> Stream {
        match self {
            Self::File(own) => {
                let copy = known.iter().find(|(old, _)| old.is(own)).map(|(_, copy)| copy.clone());
                Self::File(copy.unwrap_or_else(|| {
                    let copy = Open(Rc::new(RefCell::new(own.0.borrow().clone())));
                    known.push((own.clone(), copy.clone()));
                    copy
                }))
            }
            Self::Tee(own) => Self::Tee(Rc::new((own.0.clone(), own.1.apart(known)))),
            own => own.clone(),
        }
    }
}

/// What `exec` has left open at a prompt.
#[derive(Debug)]
pub(super) struct Descriptors {
    pub(super) out: Stream,
    pub(super) err: Stream,
    /// From 3 on.
    pub(super) numbers: Map<u8, Stream>,
}

impl Default for Descriptors {
    fn default() -> Self {
        Self { out: Stream::Output(0), err: Stream::Error(0), numbers: Map::new() }
    }
}

impl Clone for Descriptors {
    /// What is read or written here moves nothing there: a line that waits for an answer begins anew.
    fn clone(&self) -> Self {
        let known = &mut Vec::new();
        let (out, err) = (self.out.apart(known), self.err.apart(known));
        Self { out, err, numbers: self.numbers.iter().map(|(own, stream)| (*own, stream.apart(known))).collect() }
    }
}

impl Shell<'_> {
    /// Opens a file, which is there.
    pub(super) fn opened(&mut self, path: String, (reads, writes): (bool, bool), grows: bool) -> Open {
        let open = Open::new(Held::File(path), (reads, writes), grows);
        self.open.retain(|own| own.strong_count() > 0);
        self.open.push(Rc::downgrade(&open.0));
        open
    }

    /// Looks at what nobody has read yet.
    pub(super) fn look<T>(&self, open: &Open, own: impl FnOnce(&str) -> T) -> T {
        let open = open.0.borrow();
        let whole = match &open.held {
            Held::File(path) => self.terminal.files.read(path).unwrap_or_default(),
            Held::Text(text) => text,
        };
        let mut at = open.at.min(whole.len());
        while !whole.is_char_boundary(at) {
            at += 1;
        }
        own(whole.get(at..).unwrap_or_default())
    }

    /// Takes all that nobody has read yet.
    pub(super) fn drained(&self, open: &Open) -> String {
        let rest = self.look(open, ToString::to_string);
        open.take(rest.len());
        rest
    }

    /// Writes to an open file.
    ///
    /// # Errors
    /// Why it cannot be written.
    pub(super) fn add(&mut self, open: &Open, text: &str) -> Result<(), String> {
        let mut own = open.0.borrow_mut();
        let before = match &own.held {
            Held::File(path) => self.terminal.files.read(path).unwrap_or_default(),
            Held::Text(before) => before,
        };
        let at = if own.grows { before.len() } else { own.at };
        // What lies between is zeros, and there is no room for all of them.
        if at.saturating_add(text.len()) > MOST_BYTES {
            return Err(NO_SPACE.to_string());
        }
        let whole = if at == before.len() { format!("{before}{text}") } else { laid(before, at, text) };
        own.at = at + text.len();
        match &mut own.held {
            Held::Text(before) => *before = self.shortened(whole),
            Held::File(path) => {
                let path = path.clone();
                self.terminal.files.write(&path, whole).map_err(|why| format!("write error: {why}"))?;
            }
        }
        Ok(())
    }

    /// When a file has another name: whoever has it open keeps it.
    pub(super) fn renamed(&mut self, from: &str, to: &str) {
        for own in self.open.iter().filter_map(Weak::upgrade) {
            if let Held::File(path) = &mut own.borrow_mut().held
                && path == from
            {
                *path = to.to_string();
            }
        }
    }

    /// Does something on another host or in a container: it reads what is left of the input, and has no other open file.
    pub(super) fn elsewhere(&mut self, own: impl FnOnce(&mut Self) -> Output) -> Output {
        let stdin = self.stdin.clone();
        let rest = stdin.as_ref().map(|open| self.look(open, ToString::to_string));
        let (size, handed) = (rest.as_ref().map_or(0, String::len), rest.map(Open::text));
        self.stdin.clone_from(&handed);
        let (out, err) = (self.catch(), core::mem::replace(&mut self.err, Stream::Error(self.caught_errors + 1)));
        self.caught_errors += 1;
        let before = (core::mem::take(&mut self.numbers), core::mem::take(&mut self.open));
        let mut output = own(self);
        self.said_before(&mut output);
        (self.numbers, self.open) = before;
        self.caught_errors -= 1;
        self.err = err;
        self.let_go(out);
        if let (Some(stdin), Some(handed)) = (&stdin, &handed) {
            stdin.take(size - self.look(handed, str::len));
        }
        self.stdin = stdin;
        output.sent = false;
        output
    }

    /// Does something with this input: that of a pipe, or nothing. Without one, the prompt is attached to it
    /// (`docker run -i`).
    pub(super) fn attached<T>(&mut self, input: Option<&str>, own: impl FnOnce(&mut Self) -> T) -> T {
        let Some(input) = input else { return own(self) };
        let before = self.stdin.replace(Open::text(input.to_string()));
        let done = own(self);
        self.stdin = before;
        done
    }

    /// Before a file is removed, or another one takes its place: whoever has it open keeps what it holds.
    pub(super) fn unlinked(&mut self, path: &str) {
        for own in self.open.iter().filter_map(Weak::upgrade) {
            let mut own = own.borrow_mut();
            if matches!(&own.held, Held::File(held) if held == path) {
                own.held = Held::Text(self.terminal.files.read(path).unwrap_or_default().to_string());
            }
        }
    }

    /// Takes what `exec` has left open at the prompt.
    pub(super) fn take_descriptors(&mut self, own: Descriptors) {
        self.open = own.numbers.iter().map(|(_, own)| own).chain([&own.out, &own.err]).filter_map(weak).collect();
        (self.out, self.err, self.numbers) = (own.out, own.err, own.numbers);
        self.to_screen = matches!(self.out, Stream::Output(0));
    }

    /// Gives it back.
    pub(super) fn give_descriptors(&mut self) -> Descriptors {
        let before = Descriptors::default();
        Descriptors {
            out: core::mem::replace(&mut self.out, before.out),
            err: core::mem::replace(&mut self.err, before.err),
            numbers: core::mem::take(&mut self.numbers),
        }
    }
}

fn weak(stream: &Stream) -> Option<Weak<RefCell<Description>>> {
    if let Stream::File(own) = stream.end() { Some(Rc::downgrade(&own.0)) } else { None }
}

/// A text laid over another one from some byte on; what lies before that and behind its end is filled with zeros.
fn laid(before: &str, at: usize, text: &str) -> String {
    let mut bytes = before.as_bytes().to_vec();
    if bytes.len() < at + text.len() {
        bytes.resize(at + text.len(), 0);
    }
    bytes.iter_mut().skip(at).zip(text.bytes()).for_each(|(own, new)| *own = new);
    String::from_utf8(bytes).unwrap_or_else(|bytes| String::from_utf8_lossy(bytes.as_bytes()).into_owned())
}
