//! What the names of a tree are, and whether its parts go together: numbers (S), time series (TS) and arrays of them
//! (TS[]), as the guide's tables of functions have them.

use super::functions::{Each, Fold, Part};
use super::read::{Fault, Node, Op, Tree, fault};
use super::{Asked, Item, MOST_SERIES};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;

/// What a part gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// S.
    Scalar,
    /// TS.
    Series,
    /// TS[], of so many at most.
    Array(usize),
}

impl Kind {
    fn size(self) -> usize {
        match self {
            Kind::Scalar => 1,
            Kind::Series => 1,
            Kind::Array(most) => most,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Kind::Scalar => "a number",
            Kind::Series => "a time series",
            Kind::Array(_) => "an array of time series",
        }
    }
}

/// An expression as it is evaluated.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    Number(f64),
    /// The result of a query.
    Query(usize),
    /// Parts one after the other.
    List(Vec<Expr>),
    Negative(Box<Expr>),
    Binary(Op, Box<[Expr; 2]>),
    Each(Each, Box<Expr>),
    Fold(Fold, Box<Expr>),
    Part(Part, Box<Expr>),
    Fill(Box<Expr>, Filler),
    /// Condition, then, else.
    If(Box<[Expr; 2]>, Option<Box<Expr>>),
    MetricCount(Box<Expr>),
    RemoveEmpty(Box<Expr>),
    /// The first of an array, or the last.
    End(bool, Box<Expr>),
    /// From, and up to.
    Slice(Box<[Expr; 2]>, Option<Box<Expr>>),
    /// By which value, whether the highest comes first, at most how many.
    Sort(Box<Expr>, Fold, bool, Option<Box<Expr>>),
    TimeSeries(Box<Expr>),
}

/// What FILL puts into a gap.
#[derive(Clone, Debug, PartialEq)]
pub enum Filler {
    Repeat,
    Linear,
    With(Box<Expr>),
}

/// What an expression is read against.
pub struct Scope<'a> {
    pub queries: &'a [(&'a str, Asked<'a>)],
    pub places: &'a BTreeMap<&'a str, usize>,
    /// Those that were read already.
    pub items: &'a [Option<Item>],
}

/// Functions that answer with what the lab does not hold.
const FOREIGN: [(&str, &str); 7] = [
    ("SEARCH", "search expressions of CloudWatch"),
    ("ANOMALY_DETECTION_BAND", "anomaly detection"),
    ("INSIGHT_RULE_METRIC", "Contributor Insights"),
    ("DB_PERF_INSIGHTS", "Performance Insights"),
    ("SERVICE_QUOTA", "service quotas as metrics"),
    ("LAMBDA", "data sources of CloudWatch"),
    ("LOGS", "log queries in metric math"),
];

/// The order in which expressions are read: each after those that it names.
///
/// # Errors
/// The place of an expression that needs itself, or that names no query.
pub fn order(trees: &[Option<Node>], places: &BTreeMap<&str, usize>) -> Result<Vec<usize>, (usize, Fault)> {
    let mut needs: Vec<Vec<usize>> = Vec::new();
    for (query, tree) in trees.iter().enumerate() {
        let mut named = Vec::new();
        if let Some(tree) = tree {
            names(tree, places, &mut named).map_err(|fault| (query, fault))?;
        }
        needs.push(named);
    }
    // Metrics come first: METRICS() names them all.
    let (mut order, mut waiting): (Vec<usize>, Vec<usize>) =
        (0..trees.len()).partition(|query| trees.get(*query).is_some_and(Option::is_none));
    let mut done: Vec<bool> = trees.iter().map(Option::is_none).collect();
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|query| {
            let known = |own: &usize| done.get(*own) == Some(&true);
            let ready = needs.get(*query).is_none_or(|all| all.iter().all(known));
            if ready {
                order.push(*query);
                done.iter_mut().skip(*query).take(1).for_each(|own| *own = true);
            }
            !ready
        });
        if waiting.len() == before {
            let query = waiting.first().copied().unwrap_or_default();
            return Err((query, Fault { foreign: None, text: "it needs its own result".into() }));
        }
    }
    Ok(order)
}

/// The queries that a tree names.
fn names(node: &Node, places: &BTreeMap<&str, usize>, found: &mut Vec<usize>) -> Result<(), Fault> {
    match &node.tree {
        Tree::Name(name) if name.starts_with(|own: char| own.is_ascii_lowercase()) => match places.get(name.as_str()) {
            Some(place) => found.push(*place),
            None => return Err(fault(node.at, format!("there is no query with the id '{name}'"))),
        },
        Tree::Call(name, _) if name == "SELECT" => return Err(select()),
        Tree::Name(name) if name == "SELECT" => return Err(select()),
        _ => {}
    }
    node.parts().iter().try_for_each(|part| names(part, places, found))
}

fn select() -> Fault {
    let what = "queries of CloudWatch Metrics Insights";
    Fault { foreign: Some(what.into()), text: what.into() }
}

/// Reads one expression.
///
/// # Errors
/// Its parts do not go together.
pub fn item(tree: &Node, query: usize, period: Option<i64>, scope: &Scope<'_>) -> Result<Item, Fault> {
    let mut typer = Typer { scope, needs: Vec::new(), cost: 0 };
    let (expression, kind) = typer.part(tree)?;
    if kind == Kind::Scalar {
        return Err(fault(tree.at, "its result is a number, not a time series"));
    }
    let mut needs = Vec::new();
    let mut seconds = period.unwrap_or(0);
    for need in typer.needs {
        let Some(Some(own)) = scope.items.get(need) else { continue };
        seconds = seconds.max(own.period);
        for deep in &own.needs {
            if !needs.contains(deep) {
                needs.push(*deep);
            }
        }
    }
    needs.push(query);
    Ok(Item { expression: Some(expression), kind, needs, period: seconds, cost: typer.cost })
}

struct Typer<'a> {
    scope: &'a Scope<'a>,
    needs: Vec<usize>,
    cost: usize,
}

type Typed = (Expr, Kind);

impl Typer<'_> {
    fn part(&mut self, node: &Node) -> Result<Typed, Fault> {
        let (expr, kind) = self.kind(node)?;
        self.cost += kind.size();
        if let Kind::Array(most) = kind
            && most > MOST_SERIES
        {
            return Err(fault(node.at, format!("that is more than {MOST_SERIES} time series")));
        }
        Ok((expr, kind))
    }

    fn kind(&mut self, node: &Node) -> Result<Typed, Fault> {
        match &node.tree {
            Tree::Number(own) => Ok((Expr::Number(*own), Kind::Scalar)),
            Tree::Text(_) => Err(fault(node.at, "a quoted text is for METRICS alone")),
            Tree::Name(name) => match self.scope.places.get(name.as_str()) {
                Some(place) if !name.starts_with(|own: char| own.is_ascii_uppercase()) => self.query(*place),
                _ => Err(fault(node.at, format!("'{name}' is no id of a query, and a function has parentheses"))),
            },
            Tree::List(all) => {
                let mut parts = Vec::new();
                let mut size = 0usize;
                for own in all {
                    let (expr, kind) = self.part(own)?;
                    if kind == Kind::Scalar {
                        return Err(fault(own.at, "an array holds time series, not numbers"));
                    }
                    size += kind.size();
                    parts.push(expr);
                }
                Ok((Expr::List(parts), Kind::Array(size)))
            }
            Tree::Negative(own) => {
                let (expr, kind) = self.part(own)?;
                Ok((Expr::Negative(Box::new(expr)), kind))
            }
            Tree::Binary(op, both) => self.binary(node.at, *op, both),
            Tree::Call(name, given) => self.call(node.at, name, given),
        }
    }

    fn query(&mut self, place: usize) -> Result<Typed, Fault> {
        if !self.needs.contains(&place) {
            self.needs.push(place);
        }
        let own = self.scope.items.get(place).and_then(Option::as_ref);
        Ok((Expr::Query(place), own.map_or(Kind::Series, |own| own.kind)))
    }

    fn binary(&mut self, at: usize, op: Op, [left, right]: &[Node; 2]) -> Result<Typed, Fault> {
        let ((left, first), (right, second)) = (self.part(left)?, self.part(right)?);
        let kind = match (first, second) {
            (Kind::Array(_), _) | (_, Kind::Array(_)) if op.judges() => {
                return Err(fault(at, "comparisons and AND and OR are for time series and numbers, not for arrays"));
            }
            (Kind::Array(_), Kind::Array(_)) => {
                return Err(fault(at, "there is no arithmetic of two arrays of time series"));
            }
            (Kind::Array(size), _) | (_, Kind::Array(size)) => Kind::Array(size),
            (Kind::Scalar, Kind::Scalar) => Kind::Scalar,
            _ => Kind::Series,
        };
        Ok((Expr::Binary(op, Box::new([left, right])), kind))
    }

    fn call(&mut self, at: usize, name: &str, given: &[Node]) -> Result<Typed, Fault> {
        if let Some((_, what)) = FOREIGN.iter().find(|(own, _)| *own == name) {
            return Err(Fault { foreign: Some((*what).into()), text: (*what).into() });
        }
        let (least, most) = match name {
            "METRICS" => (0, 1),
            "FILL" => (2, 2),
            "IF" | "SLICE" => (2, 3),
            "SORT" => (3, 4),
            _ => (1, 1),
        };
        if name == "METRICS" && given.len() <= most {
            return self.metrics(at, given.first());
        }
        let known = Each::parse(name).is_some() || Fold::parse(name).is_some() || Part::parse(name).is_some();
        let others = "FILL IF SLICE SORT PERIOD METRIC_COUNT METRICS REMOVE_EMPTY FIRST LAST TIME_SERIES";
        if !known && !others.split(' ').any(|own| own == name) {
            let upper =
                if name.bytes().any(|own| own.is_ascii_lowercase()) { "; functions are in capitals" } else { "" };
            return Err(fault(at, format!("there is no function {name}{upper}")));
        }
        let (Some(first), true) = (given.first(), (least..=most).contains(&given.len())) else {
            let count = if least == most { format!("{least}") } else { format!("{least} or {most}") };
            return Err(fault(at, format!("{name} takes {count} arguments, not {}", given.len())));
        };
        if name == "PERIOD" {
            return self.period(first);
        }
        let (own, kind) = self.part(first)?;
        let own = Box::new(own);
        let wrong = |kind: Kind| fault(first.at, format!("{name} is not for {}", kind.words()));
        let array = matches!(kind, Kind::Array(_));
        match (kind, name) {
            (Kind::Scalar, "TIME_SERIES") => return Ok((Expr::TimeSeries(own), Kind::Series)),
            (Kind::Scalar | Kind::Series, "IF") => return self.choice(at, (*own, kind), given),
            (Kind::Scalar, _) | (_, "TIME_SERIES" | "IF") => return Err(wrong(kind)),
            _ => {}
        }
        if let Some(each) = Each::parse(name) {
            return Ok((Expr::Each(each, own), kind));
        }
        if let Some(fold) = Fold::parse(name) {
            return Ok((Expr::Fold(fold, own), if array { Kind::Series } else { Kind::Scalar }));
        }
        if let Some(part) = Part::parse(name) {
            return if array { Err(wrong(kind)) } else { Ok((Expr::Part(part, own), Kind::Series)) };
        }
        match name {
            "FILL" => self.fill(own, kind, given),
            _ if !array => Err(wrong(kind)),
            "METRIC_COUNT" => Ok((Expr::MetricCount(own), Kind::Scalar)),
            "REMOVE_EMPTY" => Ok((Expr::RemoveEmpty(own), kind)),
            "FIRST" | "LAST" => Ok((Expr::End(name == "FIRST", own), Kind::Series)),
            "SLICE" => self.slice(*own, kind, given),
            _ => self.sort(own, kind, given),
        }
    }

    /// METRICS(): the metrics of the request, or those with a text in their ids.
    fn metrics(&mut self, at: usize, given: Option<&Node>) -> Result<Typed, Fault> {
        let part = match given.map(|own| &own.tree) {
            None => "",
            Some(Tree::Text(text)) => text.as_str(),
            Some(_) => return Err(fault(at, "METRICS takes a quoted part of ids")),
        };
        let fits = |(id, asked): &(&str, Asked<'_>)| id.contains(part) && matches!(asked, Asked::Metric { .. });
        let queries = self.scope.queries.iter().enumerate();
        let found: Vec<usize> = queries.filter(|(_, own)| fits(own)).map(|(place, _)| place).collect();
        let mut all = Vec::new();
        for place in found {
            all.push(self.query(place)?.0);
        }
        let size = all.len();
        Ok((Expr::List(all), Kind::Array(size)))
    }

    /// PERIOD: of a metric, not of an expression.
    fn period(&mut self, given: &Node) -> Result<Typed, Fault> {
        if let Tree::Name(name) = &given.tree
            && let Some((_, Asked::Metric { period })) = self.scope.queries.iter().find(|(id, _)| id == name)
        {
            return Ok((Expr::Number(*period as f64), Kind::Scalar));
        }
        Err(fault(given.at, "PERIOD is for the id of a metric"))
    }

    fn scalar(&mut self, given: Option<&Node>) -> Result<Option<Box<Expr>>, Fault> {
        let Some(given) = given else { return Ok(None) };
        let (expr, kind) = self.part(given)?;
        match kind {
            Kind::Scalar => Ok(Some(Box::new(expr))),
            _ => Err(fault(given.at, "that has to be a number")),
        }
    }

    fn fill(&mut self, own: Box<Expr>, kind: Kind, given: &[Node]) -> Result<Typed, Fault> {
        let Some(with) = given.get(1) else { return Ok((*own, kind)) };
        let filler = match &with.tree {
            Tree::Name(word) if word == "REPEAT" => Filler::Repeat,
            Tree::Name(word) if word == "LINEAR" => Filler::Linear,
            _ => match self.part(with)? {
                (_, Kind::Array(_)) => {
                    return Err(fault(with.at, "FILL takes REPEAT, LINEAR, a number or one time series"));
                }
                (expr, _) => Filler::With(Box::new(expr)),
            },
        };
        Ok((Expr::Fill(own, filler), kind))
    }

    /// IF: a condition that is a time series chooses point by point; one that is a number, between time series.
    fn choice(&mut self, at: usize, (condition, kind): Typed, given: &[Node]) -> Result<Typed, Fault> {
        let mut parts = Vec::new();
        for own in given.iter().skip(1) {
            let (expr, part) = self.part(own)?;
            if matches!(part, Kind::Array(_)) || (kind == Kind::Scalar && part == Kind::Scalar) {
                let text =
                    "IF chooses between numbers and time series; with a number as its condition, between time series";
                return Err(fault(at, text));
            }
            parts.push(expr);
        }
        let mut parts = parts.into_iter();
        let Some(then) = parts.next() else { return Err(fault(at, "IF needs a value")) };
        Ok((Expr::If(Box::new([condition, then]), parts.next().map(Box::new)), Kind::Series))
    }

    fn slice(&mut self, own: Expr, kind: Kind, given: &[Node]) -> Result<Typed, Fault> {
        let Some(from) = self.scalar(given.get(1))? else { return Ok((own, kind)) };
        let to = self.scalar(given.get(2))?;
        Ok((Expr::Slice(Box::new([own, *from]), to), kind))
    }

    fn sort(&mut self, own: Box<Expr>, kind: Kind, given: &[Node]) -> Result<Typed, Fault> {
        let word = |place: usize| match given.get(place).map(|own| &own.tree) {
            Some(Tree::Name(word)) => word.as_str(),
            _ => "",
        };
        let by = Fold::parse(word(1)).filter(|own| !matches!(own, Fold::StdDev | Fold::Count));
        let (Some(by), "ASC" | "DESC") = (by, word(2)) else {
            let at = given.first().map_or(0, |own| own.at);
            return Err(fault(at, "SORT takes an array, AVG, MIN, MAX or SUM, and ASC or DESC"));
        };
        let most = self.scalar(given.get(3))?;
        Ok((Expr::Sort(own, by, word(2) == "DESC", most), kind))
    }
}
