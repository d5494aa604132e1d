//! Metric math: expressions over time series. Pure: texts and points in, points out.
//!
//! ```text
//! text → `read` (a tree of names) → `kind` (names are queries; scalar, series or array; what it costs) → `evaluate` (on a grid)
//! ```
//!
//! A series has a place for each period of a [`Grid`], which may be empty. Powers, roots and logarithms come from `libm`
//! in plain Rust, so that each target computes the same bits.
//!
//! Source: CloudWatch user guide, "Using math expressions with CloudWatch metrics" (using-metric-math.html), read
//! 2026-11-22. Where it is silent the choices `CloudWatch math` hold.

mod evaluate;
mod functions;
mod kind;
mod read;
#[cfg(test)]
mod tests;

pub use evaluate::{Grid, Line, Points};

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use kind::{Expr, Kind};

/// The longest expression that is read: as CloudWatch's model has it.
const LONGEST: usize = 2048;
/// Time series that an expression may have at once: as many queries as GetMetricData takes.
const MOST_SERIES: usize = 500;

/// One query as it was asked.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'a> {
    /// A metric with a point each so many seconds.
    Metric {
        /// Period.
        period: i64,
    },
    /// An expression over other queries.
    Expression {
        /// Its text.
        text: &'a str,
        /// Period, where one is given: its points are not closer than that.
        period: Option<i64>,
    },
}

/// What is wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The place of its query.
    pub query: usize,
    /// What the expression asks for that the lab does not simulate, if it is that.
    pub foreign: Option<String>,
    /// What is wrong, in our words, with the place in the text.
    pub text: String,
}

/// Queries that know each other by their ids, read once.
#[derive(Clone, Debug, PartialEq)]
pub struct Math {
    items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq)]
struct Item {
    /// None for a metric.
    expression: Option<Expr>,
    kind: Kind,
    /// The queries that it needs, each after those that it needs itself; it is the last of them.
    needs: Vec<usize>,
    /// Seconds; 0 where neither a metric nor the expression says.
    period: i64,
    /// Points that are computed for it at each place of a grid, besides those of what it needs.
    cost: usize,
}

impl Math {
    /// Reads queries: their ids, each once, and what they ask for.
    ///
    /// # Errors
    /// The first expression that is not one, names a query that is not there, or needs itself.
    pub fn read(queries: &[(&str, Asked<'_>)]) -> Result<Self, Fault> {
        let fault = |query: usize, fault: read::Fault| {
            let (id, _) = queries.get(query).copied().unwrap_or(("", Asked::Metric { period: 0 }));
            let text = format!("Error in expression '{id}': {}", fault.text);
            Fault { query, foreign: fault.foreign, text }
        };
        let places: BTreeMap<&str, usize> = queries.iter().enumerate().map(|(place, (id, _))| (*id, place)).collect();
        let mut trees = Vec::new();
        for (query, (_, asked)) in queries.iter().enumerate() {
            trees.push(match asked {
                Asked::Metric { .. } => None,
                Asked::Expression { text, .. } => Some(read::tree(text).map_err(|own| fault(query, own))?),
            });
        }
        let order = kind::order(&trees, &places).map_err(|(query, own)| fault(query, own))?;
        let mut items: Vec<Option<Item>> = queries.iter().map(|_| None).collect();
        for query in order {
            let item = match (trees.get(query), queries.get(query)) {
                (Some(Some(tree)), Some((_, Asked::Expression { period, .. }))) => {
                    let scope = kind::Scope { queries, places: &places, items: &items };
                    kind::item(tree, query, *period, &scope).map_err(|own| fault(query, own))?
                }
                (_, Some((_, Asked::Metric { period }))) => {
                    Item { expression: None, kind: Kind::Series, needs: [query].into(), period: *period, cost: 1 }
                }
                _ => continue,
            };
            if let Some(own) = items.get_mut(query) {
                *own = Some(item);
            }
        }
        Ok(Self { items: items.into_iter().flatten().collect() })
    }

    /// Whether a query gives exactly one time series, whatever the data.
    pub fn is_single(&self, query: usize) -> bool {
        self.items.get(query).is_some_and(|own| own.kind == Kind::Series)
    }

    /// The seconds from point to point of a query: the longest period of the metrics that it needs, and its own. None
    /// where no metric and no Period says.
    pub fn period(&self, query: usize) -> Option<i64> {
        self.items.get(query).map(|own| own.period).filter(|period| *period > 0)
    }

    /// The metrics that a query needs.
    pub fn metrics(&self, query: usize) -> impl Iterator<Item = usize> {
        let needs = self.items.get(query).map(|own| own.needs.as_slice()).unwrap_or_default();
        let metric = |place: &usize| self.items.get(*place).is_some_and(|own| own.expression.is_none());
        needs.iter().copied().filter(metric)
    }

    /// Points that are computed for a query at each place of a grid.
    pub fn cost(&self, query: usize) -> usize {
        let needs = self.items.get(query).map(|own| own.needs.as_slice()).unwrap_or_default();
        needs.iter().filter_map(|place| self.items.get(*place)).map(|own| own.cost).sum()
    }
}
