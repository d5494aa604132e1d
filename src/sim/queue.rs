//! The ordered future: events by (time, sequence).

use super::SimTime;
use alloc::collections::BinaryHeap;
use core::cmp::Ordering;

/// Names one scheduled event so that it can be cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket {
    at: SimTime,
    sequence: u64,
}

/// Events that will happen, in the order in which they will: first by time, then by when they were scheduled.
#[derive(Clone, Debug)]
pub struct EventQueue<E> {
    /// A heap, whose code is a tenth of a B-tree's.
    events: BinaryHeap<Waiting<E>>,
    next_sequence: u64,
}

#[derive(Clone, Debug)]
struct Waiting<E> {
    ticket: Ticket,
    event: E,
}

impl<E> Default for EventQueue<E> {
    fn default() -> Self {
        Self { events: BinaryHeap::new(), next_sequence: 0 }
    }
}

impl<E> EventQueue<E> {
    /// Adds an event and returns the ticket that cancels it.
    pub fn schedule(&mut self, at: SimTime, event: E) -> Ticket {
        let ticket = Ticket { at, sequence: self.next_sequence };
        self.next_sequence += 1;
        self.events.push(Waiting { ticket, event });
        ticket
    }

    /// Takes an event back; false when it already happened. Looks at every event that waits.
    pub fn cancel(&mut self, ticket: Ticket) -> bool {
        let before = self.events.len();
        self.events.retain(|waiting| waiting.ticket != ticket);
        self.events.len() < before
    }

    /// Removes and returns the next event that is due at or before `until`.
    pub fn pop_due(&mut self, until: SimTime) -> Option<(SimTime, E)> {
        let next = self.events.peek().filter(|waiting| waiting.ticket.at <= until);
        next.is_some().then(|| self.events.pop()).flatten().map(|waiting| (waiting.ticket.at, waiting.event))
    }

    /// All events that wait, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (SimTime, &E)> {
        self.events.iter().map(|waiting| (waiting.ticket.at, &waiting.event))
    }

    /// The next event and when it happens.
    pub fn peek(&self) -> Option<(SimTime, &E)> {
        self.events.peek().map(|waiting| (waiting.ticket.at, &waiting.event))
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

impl<E> PartialEq for Waiting<E> {
    fn eq(&self, other: &Self) -> bool {
        self.ticket == other.ticket
    }
}

impl<E> Eq for Waiting<E> {}

impl<E> PartialOrd for Waiting<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> Ord for Waiting<E> {
    /// The other way round: the heap gives the greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.ticket.cmp(&self.ticket)
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
        assert!(queue.cancel(gone));
        assert!(!queue.cancel(gone));
        assert_eq!(queue.peek(), Some((at(10), &"first")));
        assert_eq!(queue.pop_due(at(15)), Some((at(10), "first")));
        assert_eq!(queue.pop_due(at(15)), Some((at(10), "second")));
        assert_eq!(queue.pop_due(at(15)), None);
        assert_eq!(queue.pop_due(at(20)), Some((at(20), "late")));
        assert!(queue.is_empty());
    }
}
