//! What a line printed.

use super::learn::Page;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// What a line printed, and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The exit status of the last command: 0 for success.
    pub status: u8,
    /// The page that explains what went wrong.
    pub learn: Option<Box<Page>>,
    /// The word that was meant in the stead of a wrong one.
    pub near: Option<String>,
    /// Where the pieces end that a screen shows one after the other, in bytes of standard output and of standard error;
    /// within a piece standard output stands first.
    pub ends: Vec<(usize, usize)>,
    /// Whether it has gone where `exec` sends what the shell prints; what is left is what the screen shows.
    pub sent: bool,
}

impl Output {
    /// Success with a text.
    pub fn print(stdout: impl Into<String>) -> Self {
        Self { stdout: stdout.into(), ..Self::default() }
    }

    /// Failure with a text.
    pub fn fail(status: u8, stderr: impl Into<String>) -> Self {
        Self { stderr: stderr.into(), status, ..Self::default() }
    }

    /// What was printed before, and then this.
    pub(super) fn then(mut self, more: Self) -> Self {
        self.append(more);
        self
    }

    /// Ends a piece: what is printed from here on stands below it.
    pub(super) fn part(&mut self) {
        self.ends.push((self.stdout.len(), self.stderr.len()));
    }

    /// Takes what came after it.
    pub(super) fn append(&mut self, more: Self) {
        let before = (self.stdout.len(), self.stderr.len());
        self.part();
        self.ends.extend(more.ends.iter().map(|(out, err)| (out + before.0, err + before.1)));
        self.stdout.push_str(&more.stdout);
        self.stderr.push_str(&more.stderr);
        (self.status, self.learn, self.near) = (more.status, more.learn, more.near);
        self.sent |= more.sent;
    }

    /// The texts in the order in which a screen shows them, each with whether it is of standard error.
    pub fn pieces(&self) -> Vec<(bool, &str)> {
        let mut all = Vec::new();
        let mut from = (0, 0);
        let whole = (self.stdout.len(), self.stderr.len());
        for &(out, err) in self.ends.iter().chain([&whole]) {
            // A redirection may have taken a text away since.
            let (out, err) = (out.min(whole.0), err.min(whole.1));
            let texts = [(false, self.stdout.get(from.0..out)), (true, self.stderr.get(from.1..err))];
            all.extend(
                texts.into_iter().filter_map(|(error, text)| Some((error, text.filter(|own| !own.is_empty())?))),
            );
            from = (out.max(from.0), err.max(from.1));
        }
        all
    }

    /// Both texts as one, in the order in which a screen shows them; nothing of them stays.
    pub(super) fn joined(&mut self) -> String {
        let whole = self.pieces().into_iter().map(|(_, text)| text).collect();
        (self.stdout, self.stderr, self.ends) = Default::default();
        whole
    }

    /// Nothing but a status.
    pub fn status(status: u8) -> Self {
        Self { status, ..Self::default() }
    }
}
