//! What a text comes to when it is read: lists of pipelines of commands, and the words and redirections of these.

use super::parameter::Change;
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

/// A piece of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// As typed, without quotes: braces, `~`, `*` and `?` may still mean something.
    Plain(String),
    /// Quoted or escaped: itself.
    Quoted(String),
    /// `$name` or `${name…}`.
    Variable {
        /// Which one; `?`, `#`, `@`, `*` and numbers are names too.
        name: String,
        /// Which elements of an array.
        place: Option<Place>,
        /// What becomes of its value.
        change: Option<Change>,
        /// Whether its value stays one word.
        quoted: bool,
    },
    /// `$(…)`: what a command prints.
    Command {
        /// The command.
        body: String,
        /// Whether what it prints stays one word.
        quoted: bool,
    },
    /// `<(…)`: a file that holds what a command prints.
    File(String),
    /// `$((…))`: what an expression comes to.
    Number(Word),
    /// `NAME=(…)` behind `declare` and its like.
    Array(Box<Assignment>),
}

/// Which elements of an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// `[@]`, and `[*]`, which joins them to one word within quotes.
    All {
        /// Whether it is `[*]`.
        joined: bool,
    },
    /// `[…]`: an expression, or a key.
    One(Word),
}

/// What a variable is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The variable.
    pub name: String,
    /// The element, by an expression or a key.
    pub place: Option<Word>,
    /// Whether `+=` stands there: what the variable holds is kept in front.
    pub grows: bool,
    /// What stands behind `=`.
    pub value: Value,
}

/// What stands behind `=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A word.
    One(Word),
    /// `(…)`: words, and elements with their places.
    Several(Vec<(Option<Word>, Word)>),
}

/// A word before its expansion.
pub type Word = Vec<Part>;

/// Where input comes from and output goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redirect {
    /// `< file`.
    Read(Word),
    /// `<<< word`.
    Here(Word),
    /// `<< END` with the text that follows.
    Document(Word),
    /// `< <(…)`: what a command prints.
    Process(String),
    /// `3< file`, `3> file` and their like: the file that has a number from 3 on.
    Numbered(u8, Box<Redirect>),
    /// `{name}> file` and its like: a number from 10 on, which the variable tells; what closes it takes it from there.
    Named(String, Box<Redirect>),
    /// `<> file`, `3<> file`: a file that is read and written.
    Both(u8, Word),
    /// `<&3`, `>&3`, `4<&3`, `3>&1`: what another number stands for; `-` closes, and `3-` moves.
    Copy {
        /// The number that changes.
        number: u8,
        /// The number that it takes.
        word: Word,
        /// The same as it was typed.
        typed: String,
    },
    /// `> file`, `>> file`, `2> file`, `&> file`.
    Write {
        /// Whether standard output goes there.
        stdout: bool,
        /// Whether standard error goes there.
        stderr: bool,
        /// Whether the file is kept and grows.
        append: bool,
        /// The file.
        target: Word,
    },
    /// `> >(…)`, `2> >(…)`: what a command reads.
    Into {
        /// Whether standard output goes there.
        stdout: bool,
        /// Whether standard error goes there.
        stderr: bool,
        /// The command.
        body: String,
    },
    /// `2>&1`.
    ErrorToOutput,
    /// `1>&2` or `>&2`.
    OutputToError,
}

/// One command with its words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Simple {
    /// `NAME=value` in front of it.
    pub assignments: Vec<Assignment>,
    /// The command and its arguments.
    pub words: Vec<Word>,
    /// In the order given.
    pub redirects: Vec<Redirect>,
    /// The line of the text on which it begins, from 1.
    pub line: usize,
    /// As it was typed.
    pub text: String,
}

/// When a pipeline runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// After `;` or a line's end.
    Always,
    /// After `&&`.
    And,
    /// After `||`.
    Or,
}

/// Commands whose output is the next one's input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// When it runs.
    pub link: Link,
    /// Whether `!` stands in front.
    pub negated: bool,
    /// Whether `time` stands in front.
    pub timed: bool,
    /// At least one.
    pub commands: Vec<Command>,
}

/// Pipelines, one after the other.
pub type List = Vec<Pipeline>;

/// What may stand between pipes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Words.
    Simple(Simple),
    /// A loop, a choice or a group, and where its input comes from and its output goes.
    Compound(Compound, Vec<Redirect>),
    /// `name() …`.
    Function(String, Rc<Command>),
}

/// A command that is made of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compound {
    /// `{ …; }`.
    Group(List),
    /// `( … )`.
    Subshell(List),
    /// `for name in words; do …; done`.
    For {
        /// The variable.
        name: String,
        /// The words; without `in`, those that were given.
        words: Option<Vec<Word>>,
        /// What is done with each.
        body: List,
    },
    /// `for ((first; test; step)); do …; done`.
    Count {
        /// The three expressions.
        parts: [Word; 3],
        /// What is done as long as the test is not 0.
        body: List,
    },
    /// `while …; do …; done`, and `until`.
    While {
        /// Whether it ends with the first success of the test.
        until: bool,
        /// What is asked before each turn.
        test: List,
        /// What is done.
        body: List,
    },
    /// `if …; then …; elif …; then …; else …; fi`.
    If {
        /// Tests, each with what is done then.
        arms: Vec<(List, List)>,
        /// What is done where none succeeds.
        otherwise: List,
    },
    /// `case word in pattern) …;; esac`.
    Case {
        /// What is looked at.
        word: Word,
        /// Patterns, each with what is done.
        arms: Vec<(Vec<Word>, List)>,
    },
    /// `[[ … ]]`.
    Test(Test),
    /// `(( … ))`.
    Arithmetic(Word),
}

/// What `[[ … ]]` asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// A word that is there.
    Word(Word),
    /// `-f word` and its like.
    Of(String, Word),
    /// `word == pattern` and its like.
    Between(Word, String, Word),
    /// `! …`.
    Not(Box<Test>),
    /// `… && … && …`.
    All(Vec<Test>),
    /// `… || … || …`.
    Any(Vec<Test>),
}

impl Compound {
    /// The lists that it is made of.
    pub fn lists(&self) -> Vec<&List> {
        match self {
            Compound::Group(body)
            | Compound::Subshell(body)
            | Compound::For { body, .. }
            | Compound::Count { body, .. } => [body].into(),
            Compound::While { test, body, .. } => [test, body].into(),
            Compound::If { arms, otherwise } => {
                arms.iter().flat_map(|(test, body)| [test, body]).chain([otherwise]).collect()
            }
            Compound::Case { arms, .. } => arms.iter().map(|(_, body)| body).collect(),
            Compound::Test(_) | Compound::Arithmetic(_) => Vec::new(),
        }
    }
}

/// All commands of words in a list, those within loops, groups and functions too.
pub fn simples(list: &List) -> Vec<&Simple> {
    let mut all = Vec::new();
    for command in list.iter().flat_map(|pipeline| &pipeline.commands) {
        of(command, &mut all);
    }
    all
}

fn of<'a>(command: &'a Command, all: &mut Vec<&'a Simple>) {
    match command {
        Command::Simple(own) => all.push(own),
        Command::Compound(own, _) => {
            own.lists().into_iter().flatten().flat_map(|pipeline| &pipeline.commands).for_each(|own| of(own, all));
        }
        Command::Function(_, body) => of(body, all),
    }
}
