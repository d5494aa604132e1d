//! What a view holds beside the lab: drafts of its forms, what is chosen.
//!
//! The views that come later share one component and these slots, since each component with states of its own costs the
//! first load 1 KB.

use std::any::Any;
use std::ops::Deref;
use std::rc::Rc;

use yew::prelude::*;

/// The values of a view, each in its place.
pub struct Slots {
    /// The values.
    pub values: UseStateHandle<Vec<Rc<dyn Any>>>,
    /// Shows the view anew, and holds none of its values.
    pub again: UseForceUpdateHandle,
}

/// One of them.
pub struct Kept<T> {
    values: UseStateHandle<Vec<Rc<dyn Any>>>,
    place: usize,
    start: fn() -> T,
    now: Rc<T>,
}

impl<T: 'static> Kept<T> {
    /// The value of a place, or at first what `start` makes.
    pub fn of(slots: &Slots, place: usize, start: fn() -> T) -> Self {
        let values = slots.values.clone();
        let now = at(&values, place, start);
        Self { values, place, start, now }
    }

    /// The value as it is by now, where a callback may be older.
    pub fn now(&self) -> Rc<T> {
        at(&self.values, self.place, self.start)
    }

    /// Replaces it, and shows the view anew.
    pub fn set(&self, value: T) {
        put(&self.values, self.place, Rc::new(value));
    }
}

impl<T: Clone + 'static> Kept<T> {
    /// Changes it as it is by now, and shows the view anew.
    pub fn change(&self, change: impl FnOnce(&mut T)) {
        let mut next = T::clone(&self.now());
        change(&mut next);
        self.set(next);
    }
}

fn at<T: 'static>(values: &[Rc<dyn Any>], place: usize, start: fn() -> T) -> Rc<T> {
    values.get(place).and_then(|own| own.clone().downcast().ok()).unwrap_or_else(|| Rc::new(start()))
}

fn put(values: &UseStateHandle<Vec<Rc<dyn Any>>>, place: usize, value: Rc<dyn Any>) {
    let mut next = (**values).clone();
    while next.len() <= place {
        next.push(Rc::new(()));
    }
    if let Some(own) = next.get_mut(place) {
        *own = value;
    }
    values.set(next);
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self { values: self.values.clone(), place: self.place, start: self.start, now: self.now.clone() }
    }
}

impl<T> Deref for Kept<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.now
    }
}
