//! The one reducer over the engine. It calls no browser API: what it cannot decide from the action, `session` brings.

mod note;
pub mod opening;
mod prefs;
mod probe;
mod said;

use std::any::Any;
use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;

use ecs_lab::aws::ApiError;
use ecs_lab::lab::{Command, Lab, Outcome};
use ecs_lab::shell::line_of;
use ecs_lab::sim::SimDuration;
use yew::prelude::*;

pub use note::{Act, Note, Tone};
pub use prefs::Prefs;
pub use said::wording;

/// The topic of the note that says how far time has gone by.
pub const PASSES: &str = "passes";

/// The topic of the note that says why less time has gone by than was asked for.
const EARLY: &str = "early";

/// Everything the views show. The lab stands behind an `Rc`, so that a change costs no copy of the fleet; `version`
/// tells components whether it changed.
#[derive(Clone)]
pub struct Store {
    lab: Rc<RefCell<Lab>>,
    /// Grows with each act on the lab. All copies of the store share it, so that what goes on by itself sees that
    /// something has come between.
    acts: Rc<Cell<u64>>,
    /// What the terminal keeps while the page is open; no type of the first load.
    prompt: Rc<RefCell<Option<Rc<dyn Any>>>>,
    /// What the terminal keeps over a reload, as a text.
    kept_prompt: Rc<RefCell<Option<String>>>,
    serial: u64,
    /// Grows with each change of the lab.
    pub version: u64,
    /// The last line for the live region, and its number: the same words twice are two announcements.
    pub said: (u64, Rc<str>),
    /// The line that the last command was equal to.
    pub last_line: Option<Rc<str>>,
    /// What came of the last command.
    pub last: Option<Rc<Result<Outcome, ApiError>>>,
    /// The command that was refused, until one is taken.
    pub refused: Option<Rc<Command>>,
    /// What the reader must know, until dismissed; one per topic.
    pub notes: Rc<Vec<Note>>,
    /// The reader's choices.
    pub prefs: Prefs,
}

/// What may happen to the store.
pub enum Action {
    /// Through the one door.
    Run(Command),
    /// Time goes by in parts: so much has passed, and the note says so.
    Passes(SimDuration, Note),
    /// It has gone by.
    Passed {
        /// The whole of it as one command.
        command: Command,
        /// What came of it.
        result: Result<Outcome, ApiError>,
        /// Why it ended early, where it did.
        early: Option<String>,
    },
    /// A line was typed at the terminal, which ran it on the lab, and what to say of it.
    Typed {
        /// The line.
        line: Rc<str>,
        /// The sentence.
        said: Rc<str>,
    },
    /// Ends what goes on by itself.
    Stop,
    /// Takes the last command back.
    Undo,
    /// Runs the next undone command again.
    Redo,
    /// Another lab replaces this one: new, opened, or taken over.
    Replace(Box<Lab>, Rc<str>),
    /// Says a line to the live region.
    Say(Rc<str>),
    /// Shows a note; it replaces the one of the same topic.
    Tell(Note),
    /// Takes the note of a topic away.
    Dismiss(&'static str),
    /// New choices.
    Choose(Prefs),
}

impl Store {
    /// A store over a lab, with what the opening has to say.
    pub fn new(lab: Lab, notes: Vec<Note>, prefs: Prefs) -> Self {
        Self {
            lab: Rc::new(RefCell::new(lab)),
            acts: Rc::default(),
            prompt: Rc::default(),
            kept_prompt: Rc::default(),
            serial: 0,
            version: 0,
            said: (0, "".into()),
            last_line: None,
            last: None,
            refused: None,
            notes: Rc::new(notes),
            prefs,
        }
    }

    /// The lab, to read.
    pub fn lab(&self) -> Ref<'_, Lab> {
        self.lab.borrow()
    }

    /// The lab, for time to go by in parts.
    pub fn shared_lab(&self) -> &RefCell<Lab> {
        &self.lab
    }

    /// What the terminal keeps.
    pub fn prompt(&self) -> Rc<RefCell<Option<Rc<dyn Any>>>> {
        self.prompt.clone()
    }

    /// What the terminal keeps over a reload, as a text: its host, and copies of the lab.
    pub fn kept_prompt(&self) -> Rc<RefCell<Option<String>>> {
        self.kept_prompt.clone()
    }

    /// How often something acted on the lab so far, as it is now for every copy of the store.
    pub fn acts(&self) -> u64 {
        self.acts.get()
    }

    /// Acts on the lab otherwise than by an action, and ends by that what goes on by itself.
    pub fn act(&self) -> u64 {
        self.acts.set(self.acts.get() + 1);
        self.acts.get()
    }

    /// The engine's view as JSON.
    pub fn probe(&self) -> String {
        probe::probe(&self.lab.borrow()).to_string()
    }

    fn tell(&mut self, note: Note) {
        self.dismiss(note.topic);
        Rc::make_mut(&mut self.notes).push(note);
    }

    fn dismiss(&mut self, topic: &str) {
        if self.notes.iter().any(|note| note.topic == topic) {
            Rc::make_mut(&mut self.notes).retain(|note| note.topic != topic);
        }
    }

    /// A refusal stands until the next command that is taken.
    fn tell_refusal(&mut self, result: &Result<Outcome, ApiError>) {
        match result {
            Ok(_) => self.dismiss("refused"),
            Err(refusal) => self.tell(Note::new("refused", Tone::Bad, format!("AWS refuses: {refusal}"))),
        }
    }

    fn say(&mut self, text: impl Into<Rc<str>>) {
        self.said = (self.said.0 + 1, text.into());
    }

    /// A command was tried.
    fn tried(&mut self, command: Command, result: Result<Outcome, ApiError>) {
        let (line, said) = (line_of(&command), said::said(&command, &result, &self.lab.borrow()));
        self.version += u64::from(result.is_ok());
        self.tell_refusal(&result);
        self.refused = result.is_err().then(|| Rc::new(command));
        self.last_line = Some(line.into());
        self.last = Some(Rc::new(result));
        self.say(said);
    }

    fn step(&mut self, action: Action) {
        if matches!(
            action,
            Action::Run(_) | Action::Typed { .. } | Action::Undo | Action::Redo | Action::Replace(..) | Action::Stop
        ) {
            self.act();
            self.dismiss(PASSES);
            self.dismiss(EARLY);
        }
        match action {
            Action::Run(command) => {
                let result = self.lab.borrow_mut().apply(command.clone());
                self.tried(command, result);
            }
            Action::Passes(span, note) => {
                self.version += 1;
                self.last_line = Some(line_of(&Command::Advance(span)).into());
                self.tell(note);
            }
            Action::Passed { command, result, early } => {
                self.dismiss(PASSES);
                self.dismiss(EARLY);
                self.tried(command, result);
                if let Some(early) = early {
                    self.say(early.clone());
                    self.tell(Note::new(EARLY, Tone::Warn, early));
                }
            }
            Action::Typed { line, said } => {
                self.version += 1;
                self.last_line = Some(line);
                self.say(said);
            }
            Action::Stop => {
                self.version += 1;
                let now = self.lab.borrow().now().clock();
                self.say(format!("Stopped. It is {now}."));
            }
            Action::Undo | Action::Redo => {
                let back = matches!(action, Action::Undo);
                let done = if back { self.lab.borrow_mut().undo() } else { self.lab.borrow_mut().redo() };
                self.version += u64::from(done);
                self.say(match (back, done) {
                    (true, true) => "One command taken back.",
                    (true, false) => "Nothing to take back.",
                    (false, true) => "One command done again.",
                    (false, false) => "Nothing to do again.",
                });
            }
            Action::Replace(lab, said) => {
                self.lab = Rc::new(RefCell::new(*lab));
                self.version += 1;
                self.last_line = None;
                self.last = None;
                self.refused = None;
                self.say(said);
            }
            Action::Say(text) => self.say(text),
            Action::Tell(note) => self.tell(note),
            Action::Dismiss(topic) => self.dismiss(topic),
            Action::Choose(prefs) => self.prefs = prefs,
        }
    }
}

impl Reducible for Store {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let mut next = Rc::unwrap_or_clone(self);
        next.serial += 1;
        next.step(action);
        Rc::new(next)
    }
}

impl PartialEq for Store {
    fn eq(&self, other: &Self) -> bool {
        self.serial == other.serial && Rc::ptr_eq(&self.lab, &other.lab)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecs_lab::sim::SimDuration;

    fn store() -> Rc<Store> {
        Rc::new(Store::new(Lab::new(ecs_lab::lab::Start::default()), Vec::new(), Prefs::default()))
    }

    #[test]
    fn a_command_changes_the_lab_and_says_its_line() {
        let store = store().reduce(Action::Run(Command::Advance(SimDuration::from_secs(90))));
        assert_eq!(store.last_line.as_deref(), Some("lab advance 1m30s"));
        assert_eq!((store.version, store.said.0), (1, 1));
        assert_eq!(store.lab().now().clock(), "09:01:30");
        let store = store.reduce(Action::Undo);
        assert_eq!(store.lab().now().clock(), "09:00:00");
        let store = store.reduce(Action::Undo);
        assert_eq!((store.version, &*store.said.1), (2, "Nothing to take back."));
        let store = store.reduce(Action::Redo);
        assert_eq!(store.lab().now().clock(), "09:01:30");
    }

    #[test]
    fn time_that_goes_by_in_parts_is_one_command_and_ends_with_another() {
        let start = store();
        let note = || Note::new(PASSES, Tone::Info, "Time goes by.");
        let passed = |result, early: Option<&str>| Action::Passed {
            command: Command::Advance(SimDuration::from_secs(90)),
            result,
            early: early.map(str::to_owned),
        };
        let _ = start.shared_lab().borrow_mut().advance(SimDuration::from_secs(40));
        let on_its_way = Rc::clone(&start).reduce(Action::Passes(SimDuration::from_secs(40), note()));
        assert_eq!((on_its_way.last_line.as_deref(), on_its_way.notes.len()), (Some("lab advance 40s"), 1));
        assert_eq!(on_its_way.acts(), 0, "it goes on");
        let rest = on_its_way.shared_lab().borrow_mut().advance(SimDuration::from_secs(50));
        let over = on_its_way.reduce(passed(rest, None));
        assert_eq!((over.last_line.as_deref(), over.notes.len()), (Some("lab advance 1m30s"), 0));
        assert_eq!((over.lab().revision(), over.lab().now().clock().as_str()), (1, "09:01:30"));
        let stopped = over.reduce(Action::Tell(note())).reduce(Action::Stop);
        assert_eq!((stopped.acts(), stopped.notes.len(), &*stopped.said.1), (1, 0, "Stopped. It is 09:01:30."));
        assert_eq!(start.acts(), 1, "an older copy of the store sees it too");
        let rest = stopped.shared_lab().borrow_mut().advance(SimDuration::from_secs(90));
        let early = stopped.reduce(passed(rest, Some("The clock stopped early.")));
        let words = early.notes.iter().map(|note| (note.tone, note.text.as_str())).collect::<Vec<_>>();
        assert_eq!(
            (words, &*early.said.1),
            (vec![(Tone::Warn, "The clock stopped early.")], "The clock stopped early.")
        );
        assert!(early.reduce(Action::Undo).notes.is_empty(), "what is done next takes the note away");
    }

    #[test]
    fn a_refusal_stands_until_a_command_is_taken_and_changes_nothing() {
        let refused = store().reduce(Action::Run(Command::ecs("RegisterTaskDefinition", serde_json::json!({}))));
        assert_eq!((refused.version, refused.notes.len(), refused.lab().revision()), (0, 1, 0));
        assert!(refused.last.as_ref().is_some_and(|last| last.is_err()));
        let taken = refused.reduce(Action::Run(Command::Advance(SimDuration::from_secs(1))));
        assert_eq!((taken.version, taken.notes.len()), (1, 0));
    }

    #[test]
    fn one_note_a_topic_until_dismissed() {
        let note = |topic, text: &str| Note::new(topic, Tone::Warn, text);
        let mut store = store();
        for note in [note("full", "a"), note("tab", "b"), note("full", "c")] {
            store = store.reduce(Action::Tell(note));
        }
        let texts = |store: &Store| store.notes.iter().map(|note| note.text.clone()).collect::<Vec<_>>();
        assert_eq!(texts(&store), ["b", "c"]);
        let store = store.reduce(Action::Dismiss("full"));
        assert_eq!(texts(&store), ["b"]);
    }
}
