//! All metrics, each with its points and a place of its own.

use super::series::{Metric, Point, Series};
use crate::sim::sorted::Map;
use alloc::rc::Rc;
use alloc::string::ToString;
use alloc::vec::Vec;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    places: Map<Rc<Metric>, u32>,
    all: Vec<(Rc<Metric>, Rc<Series>)>,
}

/// The places of the metrics that were written last time, in order: who writes the same ones each minute finds them there
/// without a search.
pub type Trail = Vec<u32>;

impl Metrics {
    /// The points of a metric; none when it has no point.
    pub fn get(&self, metric: &Metric) -> Option<&Series> {
        self.at(*self.places.get(metric)?)
    }

    /// The points of the metric at a place; none when it has no point.
    pub fn at(&self, place: u32) -> Option<&Series> {
        let (_, series) = self.all.get(place as usize)?;
        Some(series.as_ref()).filter(|series| !series.is_empty())
    }

    /// The metrics that have points, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Metric> {
        self.places.iter().filter(|(_, place)| self.at(**place).is_some()).map(|(metric, _)| metric.as_ref())
    }

    /// The place of a metric for ever.
    pub fn place(&mut self, metric: Metric) -> u32 {
        if let Some(place) = self.places.get(&metric) {
            return *place;
        }
        let (metric, place) = (Rc::new(metric), self.all.len() as u32);
        self.all.push((Rc::clone(&metric), Rc::default()));
        self.places.insert(metric, place);
        place
    }

    /// The place of a metric that a trail leads to at a step, else found by a search and noted there. The dimensions stand
    /// in the order of their names.
    pub fn follow(
        &mut self,
        trail: &mut Trail,
        step: usize,
        [namespace, name]: [&str; 2],
        dimensions: &[(&str, &str)],
    ) -> u32 {
        let known = trail.get(step).copied();
        if let Some((own, _)) = known.and_then(|place| self.all.get(place as usize))
            && own.name == name
            && own.namespace == namespace
            && own.dimensions.len() == dimensions.len()
            && own.dimensions.iter().zip(dimensions).all(|(own, other)| own.1 == other.1 && own.0 == other.0)
        {
            return known.unwrap_or_default();
        }
        let pair = |(name, value): &(&str, &str)| (name.to_string(), value.to_string());
        let dimensions = dimensions.iter().map(pair).collect();
        let place = self.place(Metric { namespace: namespace.to_string(), name: name.to_string(), dimensions });
        match trail.get_mut(step) {
            Some(own) => *own = place,
            None => trail.push(place),
        }
        place
    }

    /// Adds samples to the metric at a place.
    pub fn add(&mut self, place: u32, point: Point) {
        if let Some((_, series)) = self.all.get_mut(place as usize) {
            Rc::make_mut(series).add(point);
        }
    }
}
