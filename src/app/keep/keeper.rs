//! One page's hold on its slot: opening, writing, taking over, leaving.

use super::lease::{self, Holder};
use super::{Full, LAB, PROMPT, Shelf};

/// The first words of every kept lab; the number is the version of this wrapping.
const MARK: &str = "ecs-lab-kept 1";

/// A page's place in the store.
#[derive(Clone, Debug)]
pub struct Keeper {
    page: String,
    slot: u32,
    /// The head of the text in the slot as this page last saw it; `None` when the slot was empty.
    seen: Option<String>,
    writes: u64,
}

/// What a page finds when it opens.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    /// The kept log of the slot; `Err` with the key when it is wrapped in a way this version does not know.
    pub log: Option<Result<String, String>>,
    /// The slot of a lab that another living tab has open, when that is why this page is elsewhere.
    pub busy: Option<u32>,
    /// Other slots with kept work that no tab has open.
    pub others: Vec<u32>,
}

/// Where a write went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// To this page's slot.
    Here,
    /// To a new slot, this number: another tab has the old one.
    Moved(u32),
}

impl Keeper {
    /// Finds a slot for a page: the preferred one (that of this tab before a reload) or the first, if free; else one
    /// that is free and empty.
    pub fn open(shelf: &mut dyn Shelf, page: &str, preferred: Option<u32>, now_ms: u64) -> (Self, Opening) {
        let wish = preferred.unwrap_or(1).max(1);
        let free = lease::holder(shelf, wish, page, now_ms) != Holder::Other;
        let slot = if free { wish } else { empty_slot(shelf, page, now_ms) };
        let mut keeper = Self { page: page.to_owned(), slot, seen: None, writes: 0 };
        let log = keeper.sit(shelf, slot, now_ms);
        let others = used_slots(shelf)
            .into_iter()
            .filter(|other| *other != slot && lease::holder(shelf, *other, page, now_ms) == Holder::Free)
            .collect();
        (keeper, Opening { log, busy: (!free).then_some(wish), others })
    }

    /// Goes to a slot, whoever has it, and reads it. Its holder finds out at its next beat or write, and moves.
    pub fn take_over(&mut self, shelf: &mut dyn Shelf, slot: u32, now_ms: u64) -> Option<Result<String, String>> {
        lease::release(shelf, self.slot, &self.page, now_ms);
        self.sit(shelf, slot, now_ms)
    }

    /// Renews the lease. `false` when another page has taken the slot; the next write will move.
    pub fn beat(&self, shelf: &mut dyn Shelf, now_ms: u64) -> bool {
        if lease::holder(shelf, self.slot, &self.page, now_ms) == Holder::Other {
            return false;
        }
        lease::hold(shelf, self.slot, &self.page, now_ms);
        true
    }

    /// Writes the log. Another page's work is never overwritten; a full store leaves the last written log in place.
    pub fn write(&mut self, shelf: &mut dyn Shelf, log: &str, now_ms: u64) -> Result<Written, Full> {
        let mine = lease::holder(shelf, self.slot, &self.page, now_ms) != Holder::Other
            && head(shelf.get(&key(self.slot)).as_deref()) == self.seen;
        let slot = if mine { self.slot } else { empty_slot(shelf, &self.page, now_ms) };
        let head = format!("{MARK} {} {}", self.page, self.writes + 1);
        shelf.put(&key(slot), &format!("{head}\n{log}"))?;
        self.writes += 1;
        self.seen = Some(head);
        self.slot = slot;
        lease::hold(shelf, slot, &self.page, now_ms);
        Ok(if mine { Written::Here } else { Written::Moved(slot) })
    }

    /// Gives the slot back: the page is being left.
    pub fn release(&self, shelf: &mut dyn Shelf, now_ms: u64) {
        lease::release(shelf, self.slot, &self.page, now_ms);
    }

    /// The slot, 1-based.
    pub fn slot(&self) -> u32 {
        self.slot
    }

    /// The key of the slot's text.
    pub fn key(&self) -> String {
        key(self.slot)
    }

    /// The key of what the terminal keeps beside the slot's lab.
    pub fn prompt_key(&self) -> String {
        format!("{PROMPT}{}", self.slot)
    }

    /// Whether a changed key is this slot's lease.
    pub fn is_my_lease(&self, changed: &str) -> bool {
        lease::is_lease(changed, self.slot)
    }

    /// Forgets what lay in the slot, after it was set aside.
    pub fn emptied(&mut self) {
        self.seen = None;
    }

    fn sit(&mut self, shelf: &mut dyn Shelf, slot: u32, now_ms: u64) -> Option<Result<String, String>> {
        self.slot = slot;
        lease::hold(shelf, slot, &self.page, now_ms);
        let text = shelf.get(&key(slot));
        self.seen = head(text.as_deref());
        let text = text?;
        Some(match text.split_once('\n') {
            Some((head, log)) if head.starts_with(&format!("{MARK} ")) => Ok(log.to_owned()),
            _ => Err(key(slot)),
        })
    }
}

/// The log of a slot.
#[cfg(test)]
fn text_of(shelf: &dyn Shelf, slot: u32) -> Option<String> {
    shelf.get(&key(slot)).map(|text| unwrapped(&text).to_owned())
}

/// The log in a kept text; any other text as it is.
pub fn unwrapped(text: &str) -> &str {
    match text.split_once('\n') {
        Some((head, log)) if head.starts_with(&format!("{MARK} ")) => log,
        _ => text,
    }
}

/// Every kept lab: its slot and its key.
pub fn labs(shelf: &dyn Shelf) -> Vec<(u32, String)> {
    used_slots(shelf).into_iter().map(|slot| (slot, key(slot))).collect()
}

fn head(text: Option<&str>) -> Option<String> {
    text.map(|text| text.split('\n').next().unwrap_or_default().chars().take(120).collect())
}

/// The key of a kept lab.
pub fn key(slot: u32) -> String {
    format!("{LAB}{slot}")
}

/// The key of what the terminal keeps beside the lab of such a key; none for what is no lab.
pub fn prompt_beside(lab: &str) -> Option<String> {
    lab.strip_prefix(LAB).map(|slot| format!("{PROMPT}{slot}"))
}

fn used_slots(shelf: &dyn Shelf) -> Vec<u32> {
    let mut slots: Vec<u32> = shelf.keys().iter().filter_map(|key| key.strip_prefix(LAB)?.parse().ok()).collect();
    ecs_lab::sim::order::sort_by(&mut slots, u32::cmp);
    slots
}

fn empty_slot(shelf: &dyn Shelf, page: &str, now_ms: u64) -> u32 {
    let used = used_slots(shelf);
    (1..)
        .find(|slot| !used.contains(slot) && lease::holder(shelf, *slot, page, now_ms) != Holder::Other)
        .unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::lease::DEAD_MS;
    use super::super::memory::Memory;
    use super::*;

    fn open(shelf: &mut Memory, page: &str, preferred: Option<u32>, now: u64) -> (Keeper, Opening) {
        Keeper::open(shelf, page, preferred, now)
    }

    #[test]
    fn work_comes_back_after_a_reload() {
        let mut shelf = Memory::default();
        let (mut first, opening) = open(&mut shelf, "a", None, 0);
        assert_eq!(opening, Opening { log: None, busy: None, others: vec![] });
        assert_eq!(first.write(&mut shelf, "log\nof two lines", 1), Ok(Written::Here));
        assert_eq!(first.write(&mut shelf, "log 2", 2), Ok(Written::Here));
        first.release(&mut shelf, 3);
        let (again, opening) = open(&mut shelf, "b", Some(1), 4);
        assert_eq!((again.slot(), opening.log), (1, Some(Ok("log 2".into()))));
    }

    #[test]
    fn a_second_tab_works_elsewhere_and_overwrites_nothing() {
        let mut shelf = Memory::default();
        let (mut first, _) = open(&mut shelf, "a", None, 0);
        first.write(&mut shelf, "first", 1).unwrap();
        let (mut second, opening) = open(&mut shelf, "b", None, 2);
        assert_eq!((second.slot(), opening.busy, opening.log), (2, Some(1), None));
        second.write(&mut shelf, "second", 3).unwrap();
        first.write(&mut shelf, "first again", 4).unwrap();
        assert_eq!(text_of(&shelf, 1).as_deref(), Some("first again"));
        assert_eq!(text_of(&shelf, 2).as_deref(), Some("second"));
        second.release(&mut shelf, 5);
        first.release(&mut shelf, 5);
        let (_, opening) = open(&mut shelf, "c", None, 6);
        assert_eq!((opening.log, opening.others), (Some(Ok("first again".into())), vec![2]));
        assert_eq!(labs(&shelf).into_iter().map(|(slot, _)| slot).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn a_tab_whose_lab_was_taken_over_moves_with_all_it_has() {
        let mut shelf = Memory::default();
        let (mut first, _) = open(&mut shelf, "a", None, 0);
        first.write(&mut shelf, "first", 1).unwrap();
        let (mut second, _) = open(&mut shelf, "b", None, 2);
        assert_eq!(second.take_over(&mut shelf, 1, 3), Some(Ok("first".into())));
        assert!(!first.beat(&mut shelf, 4));
        assert_eq!(first.write(&mut shelf, "first, later", 5), Ok(Written::Moved(2)));
        assert_eq!(second.write(&mut shelf, "second", 6), Ok(Written::Here));
        assert_eq!(text_of(&shelf, 1).as_deref(), Some("second"));
        assert_eq!(text_of(&shelf, 2).as_deref(), Some("first, later"));
    }

    #[test]
    fn the_mark_protects_even_when_the_leases_do_not() {
        let mut shelf = Memory::default();
        let (mut first, _) = open(&mut shelf, "a", None, 0);
        first.write(&mut shelf, "first", 1).unwrap();
        // Both tabs come to life with no lease in the store, as after a crash of the browser.
        shelf.texts.remove("ecs-lab/lease/1");
        let (mut second, opening) = open(&mut shelf, "b", None, 2);
        assert_eq!(opening.busy, None);
        second.write(&mut shelf, "second", 3).unwrap();
        shelf.texts.remove("ecs-lab/lease/1");
        assert_eq!(first.write(&mut shelf, "first, later", 4), Ok(Written::Moved(2)));
        assert_eq!(text_of(&shelf, 1).as_deref(), Some("second"));
    }

    #[test]
    fn a_dead_tabs_slot_is_free_again() {
        let mut shelf = Memory::default();
        let (mut first, _) = open(&mut shelf, "a", None, 0);
        first.write(&mut shelf, "first", 0).unwrap();
        let (second, opening) = open(&mut shelf, "b", None, DEAD_MS + 1);
        assert_eq!((second.slot(), opening.log), (1, Some(Ok("first".into()))));
    }

    #[test]
    fn a_full_store_refuses_and_keeps_the_last_log() {
        let mut shelf = Memory::default();
        let (mut first, _) = open(&mut shelf, "a", None, 0);
        first.write(&mut shelf, "short", 1).unwrap();
        shelf.room = Some(120);
        assert_eq!(first.write(&mut shelf, &"long ".repeat(40), 2), Err(Full));
        assert_eq!(text_of(&shelf, 1).as_deref(), Some("short"));
        assert_eq!(first.write(&mut shelf, "short 2", 3), Ok(Written::Here));
    }

    #[test]
    fn an_unknown_wrapping_is_named_and_not_read() {
        let mut shelf = Memory::default();
        shelf.texts.insert("ecs-lab/lab/1".into(), "ecs-lab-kept 9 x 1\nfuture".into());
        let (mut keeper, opening) = open(&mut shelf, "a", None, 0);
        assert_eq!(opening.log, Some(Err("ecs-lab/lab/1".into())));
        super::super::set_aside(&mut shelf, "ecs-lab/lab/1", 5).unwrap();
        keeper.emptied();
        assert_eq!(keeper.write(&mut shelf, "new", 6), Ok(Written::Here));
    }
}
