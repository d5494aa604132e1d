//! What a view holds beside the lab: drafts of its forms, what is chosen.
//!
//! The views that come later share one component and these slots, since each component with states of its own costs the
//! first load 1 KB.

use std::any::Any;
use std::ops::Deref;
use std::rc::Rc;

use yew::prelude::*;

/// The values of a view, each in its place.
pub type Slots = UseStateHandle<Vec<Rc<dyn Any>>>;

/// One of them.
pub struct Kept<T> {
    slots: Slots,
    place: usize,
    now: Rc<T>,
}

impl<T: 'static> Kept<T> {
    /// The value of a place, or at first what `start` makes.
    pub fn of(slots: &Slots, place: usize, start: fn() -> T) -> Self {
        let now = slots.get(place).and_then(|own| own.clone().downcast().ok()).unwrap_or_else(|| Rc::new(start()));
        Self { slots: slots.clone(), place, now }
    }

    /// Replaces it, and draws the view anew.
    pub fn set(&self, value: T) {
        put(&self.slots, self.place, Rc::new(value));
    }
}

fn put(slots: &Slots, place: usize, value: Rc<dyn Any>) {
    let mut next = (**slots).clone();
    while next.len() <= place {
        next.push(Rc::new(()));
    }
    if let Some(own) = next.get_mut(place) {
        *own = value;
    }
    slots.set(next);
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self { slots: self.slots.clone(), place: self.place, now: self.now.clone() }
    }
}

impl<T> Deref for Kept<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.now
    }
}
