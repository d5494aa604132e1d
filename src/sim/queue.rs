//! The ordered future: events by (time, sequence).

use super::SimTime;
use alloc::collections::BTreeMap;

/// Names one scheduled event so that it can be cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket {
    at: SimTime,
    sequence: u64,
}

/// Events that will happen, in the order in which they will: first by time, then by when they were scheduled.
#[derive(Clone, Debug)]
pub struct EventQueue<E> {
    events: BTreeMap<Ticket, E>,
    next_sequence: u64,
}

impl<E> Default for EventQueue<E> {
    fn default() -> Self {
        Self { events: BTreeMap::new(), next_sequence: 0 }
    }
}

impl<E> EventQueue<E> {
    /// Adds an event and returns the ticket that cancels it.
    pub fn schedule(&mut self, at: SimTime, event: E) -> Ticket {
        let ticket = Ticket { at, sequence: self.next_sequence };
        self.next_sequence += 1;
        self.events.insert(ticket, event);
        ticket
    }

    /// Takes an event back; `None` when it already happened.
    pub fn cancel(&mut self, ticket: Ticket) -> Option<E> {
        self.events.remove(&ticket)
    }

    /// Removes and returns the next event that is due at or before `until`.
    pub fn pop_due(&mut self, until: SimTime) -> Option<(SimTime, E)> {
        let (ticket, _) = self.events.first_key_value()?;
        if ticket.at > until {
            return None;
        }
        self.events.pop_first().map(|(ticket, event)| (ticket.at, event))
    }

    /// The next event and when it happens.
    pub fn peek(&self) -> Option<(SimTime, &E)> {
        self.events.first_key_value().map(|(ticket, event)| (ticket.at, event))
    }

    /// All future events in order.
    pub fn iter(&self) -> impl Iterator<Item = (SimTime, &E)> {
        self.events.iter().map(|(ticket, event)| (ticket.at, event))
    }

    /// How many events wait.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_by_time_then_by_sequence() {
        let mut queue = EventQueue::default();
        let at = SimTime::from_millis;
        queue.schedule(at(20), "late");
        queue.schedule(at(10), "first");
        queue.schedule(at(10), "second");
        let gone = queue.schedule(at(10), "cancelled");
        assert_eq!(queue.cancel(gone), Some("cancelled"));
        assert_eq!(queue.cancel(gone), None);
        assert_eq!(queue.peek(), Some((at(10), &"first")));
        assert_eq!(queue.pop_due(at(15)), Some((at(10), "first")));
        assert_eq!(queue.pop_due(at(15)), Some((at(10), "second")));
        assert_eq!(queue.pop_due(at(15)), None);
        assert_eq!(queue.pop_due(at(20)), Some((at(20), "late")));
        assert!(queue.is_empty());
    }
}
