//! Reads the generated tables. One line is one thing, its parts separated by single spaces:
//!
//! ```text
//! # a comment
//! service NAME API-DATE PROTOCOL
//! known OPERATION…                                  AWS has them, the lab does not simulate them
//! op OPERATION INPUT OUTPUT ERROR…                  INPUT or OUTPUT is `none` where there is none
//! page OPERATION INPUT-TOKEN OUTPUT-TOKEN LIMIT RESULT,… [ALIKE,…]   LIMIT is `-` where there is none
//! struct NAME MEMBER:SHAPE…                         MEMBER! required, MEMBER* idempotency token, MEMBER~ deprecated
//! union NAME MEMBER:SHAPE…
//! list NAME SHAPE [MIN..MAX]
//! map NAME KEY VALUE [MIN..MAX]
//! enum NAME VALUE…
//! str|int|long|double|blob NAME [MIN..MAX] [/PATTERN]
//! ```
//!
//! A SHAPE is a NAME of the same table, one of `str int long double bool time blob none`, or `-` for a member of which only
//! the name is kept.

use super::{Bounds, Kind, Member, Operation, Paginator, Pattern, Shape};
use crate::sim::sorted::Map;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// All tables together; shapes of all services stand in one row so that a [`Shape`] needs no service.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// Where its shapes begin to count.
    base: u16,
    pub(super) services: Vec<Service>,
    pub(super) shapes: Vec<Kind>,
    /// The name of each shape, in the same row.
    pub(super) names: Vec<&'static str>,
    /// What could not be read, in words; a test holds it empty for the committed tables.
    pub(super) faults: Vec<String>,
}

/// One service.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) name: &'static str,
    pub(super) known: Vec<&'static str>,
    pub(super) operations: Map<&'static str, Operation>,
    /// Where its shapes stand in the row.
    shapes: Range<usize>,
}

/// The shapes that have a word instead of a line; their places come first.
const WORDS: [&str; 9] = ["-", "str", "int", "long", "double", "bool", "time", "blob", "none"];

impl Tables {
    /// Reads tables, whose shapes count from `base`.
    pub(super) fn parse(texts: &[&'static str], base: u16) -> Self {
        let mut tables = Self { base, names: WORDS.to_vec(), ..Self::default() };
        tables.shapes = WORDS.iter().map(|word| scalar(word)).collect();
        for text in texts {
            tables.read(text);
        }
        tables
    }

    pub(super) fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.name == name)
    }

    /// A structure of a service by its name.
    pub(super) fn structure(&self, service: &str, name: &str) -> Option<Shape> {
        let own = self.service(service)?.shapes.clone();
        let at = self.names.get(own.clone())?.iter().position(|known| *known == name)?;
        self.place(own.start + at)
    }

    fn place(&self, place: usize) -> Option<Shape> {
        u16::try_from(place).ok().and_then(|place| self.base.checked_add(place)).map(Shape)
    }

    fn read(&mut self, text: &'static str) {
        let lines = || text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let mut names: Map<&'static str, Shape> = Map::new();
        for (place, word) in WORDS.iter().enumerate() {
            names.insert(word, self.place(place).unwrap_or(Shape(self.base)));
        }
        let mut next = self.shapes.len();
        for line in lines().filter(|line| is_shape(line)) {
            let name = line.split(' ').nth(1).unwrap_or_default();
            match self.place(next) {
                Some(shape) if names.insert(name, shape).is_none() => {
                    self.names.push(name);
                    next += 1;
                }
                Some(_) => self.faults.push(format!("the shape {name} stands twice")),
                None => self.faults.push(format!("no place is left for the shape {name}")),
            }
        }
        let shapes = self.shapes.len()..next;
        let mut service = Service { name: "", known: Vec::new(), operations: Map::new(), shapes };
        for line in lines() {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            let mut read = Line { names: &names, line, faults: &mut self.faults };
            match word {
                "service" => service.name = rest.split(' ').next().unwrap_or_default(),
                "known" => service.known = rest.split(' ').collect(),
                "op" => {
                    let operation = read.operation(service.name, rest);
                    service.operations.insert(operation.name, operation);
                }
                "page" => {
                    let (name, keys) = rest.split_once(' ').unwrap_or_default();
                    match service.operations.get_mut(name) {
                        Some(operation) => operation.paginator = read.paginator(keys),
                        None => self.faults.push(format!("no operation for: {line}")),
                    }
                }
                _ if is_shape(line) => {
                    let kind = read.shape(word, rest);
                    self.shapes.push(kind);
                }
                _ => self.faults.push(format!("no such line: {line}")),
            }
        }
        self.services.push(service);
    }
}

/// Whether the line defines a shape.
fn is_shape(line: &str) -> bool {
    let word = line.split(' ').next().unwrap_or_default();
    ["struct", "union", "list", "map", "enum", "str", "int", "long", "double", "blob"].contains(&word)
}

/// One line on its way to become a value.
struct Line<'a> {
    names: &'a Map<&'static str, Shape>,
    line: &'static str,
    faults: &'a mut Vec<String>,
}

impl Line<'_> {
    fn operation(&mut self, service: &'static str, rest: &'static str) -> Operation {
        let mut words = rest.split(' ');
        let mut word = || words.next().unwrap_or_default();
        let (name, input, output) = (word(), word(), word());
        let (input, output) = (self.refer(input), self.refer(output));
        Operation { service, name, input, output, errors: words.collect(), paginator: None }
    }

    fn paginator(&mut self, keys: &'static str) -> Option<Paginator> {
        let keys: Vec<&'static str> = keys.split(' ').collect();
        let [input_token, output_token, limit_key, result_keys, alike @ ..] = keys.as_slice() else {
            self.fault("four keys");
            return None;
        };
        let limit_key = (*limit_key != "-").then_some(*limit_key);
        let non_aggregate = alike.iter().flat_map(|keys| keys.split(',')).collect();
        let result_keys = result_keys.split(',').collect();
        Some(Paginator { input_token, output_token, limit_key, result_keys, non_aggregate })
    }

    fn shape(&mut self, word: &'static str, rest: &'static str) -> Kind {
        let (_, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        match word {
            "struct" | "union" => {
                let members = rest.split(' ').filter(|text| !text.is_empty()).map(|text| self.member(text)).collect();
                Kind::Structure { members, union: word == "union" }
            }
            "list" => {
                let (item, limits) = rest.split_once(' ').unwrap_or((rest, ""));
                Kind::List { item: self.refer(item), length: self.bounds(limits) }
            }
            "map" => {
                let (key, value) = rest.split_once(' ').unwrap_or_default();
                let value = value.split(' ').next().unwrap_or_default();
                Kind::Map { key: self.refer(key), value: self.refer(value) }
            }
            "enum" => Kind::String { allowed: rest.split(' ').collect(), length: Bounds::default(), pattern: None },
            _ => {
                let (limits, pattern) = match rest.split_once('/') {
                    Some((limits, pattern)) => (limits.trim_end(), Some(Pattern::new(pattern))),
                    None => (rest, None),
                };
                let bounds = self.bounds(limits);
                match scalar(word) {
                    Kind::String { allowed, .. } => Kind::String { allowed, length: bounds, pattern },
                    Kind::Integer(_) => Kind::Integer(bounds),
                    Kind::Long(_) => Kind::Long(bounds),
                    Kind::Double(_) => Kind::Double(bounds),
                    kind => kind,
                }
            }
        }
    }

    fn member(&mut self, text: &'static str) -> Member {
        let Some((marked, shape)) = text.split_once(':') else {
            self.fault("MEMBER:SHAPE");
            return Member {
                name: text,
                shape: Shape(0),
                required: false,
                idempotency_token: false,
                deprecated: false,
            };
        };
        let name = marked.trim_end_matches(['!', '*', '~']);
        let marks = &marked.get(name.len()..).unwrap_or_default();
        Member {
            name,
            shape: self.refer(shape),
            required: marks.contains('!'),
            idempotency_token: marks.contains('*'),
            deprecated: marks.contains('~'),
        }
    }

    fn refer(&mut self, name: &str) -> Shape {
        match self.names.get(name) {
            Some(shape) => *shape,
            None => {
                self.fault(&format!("a shape {name:?}"));
                Shape(0)
            }
        }
    }

    fn bounds(&mut self, text: &str) -> Bounds {
        if text.is_empty() {
            return Bounds::default();
        }
        let ends = text.split_once("..").map(|(min, max)| (end(min), end(max)));
        let Some((Ok(min), Ok(max))) = ends else {
            self.fault("MIN..MAX");
            return Bounds::default();
        };
        Bounds { min, max }
    }

    fn fault(&mut self, expected: &str) {
        self.faults.push(format!("expected {expected}: {}", self.line));
    }
}

fn end(text: &str) -> Result<Option<i64>, core::num::ParseIntError> {
    if text.is_empty() { Ok(None) } else { text.parse().map(Some) }
}

fn scalar(word: &str) -> Kind {
    match word {
        "str" => Kind::String { allowed: Vec::new(), length: Bounds::default(), pattern: None },
        "int" => Kind::Integer(Bounds::default()),
        "long" => Kind::Long(Bounds::default()),
        "double" => Kind::Double(Bounds::default()),
        "bool" => Kind::Boolean,
        "time" => Kind::Timestamp,
        "blob" => Kind::Blob,
        "none" => Kind::Structure { members: Vec::new(), union: false },
        _ => Kind::Unsimulated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn every_kind_of_line_is_read() {
        let tables = Tables::parse(
            &["# note\n\
            service s 2020-01-01 json\n\
            known A B\n\
            op GetX In Out E1 E2\n\
            page GetX t n m xs,ys.z a,b\n\
            struct In x!:N token*:str old~:- self:In\n\
            union Out one:L two:M\n\
            int N 1..\n\
            list L E 0..5\n\
            map M K time\n\
            enum E a b-c\n\
            str K 1..3 /[a b]/+"],
            0,
        );
        assert_eq!(tables.faults, [""; 0]);
        let service = tables.service("s").unwrap();
        assert_eq!(service.known, ["A", "B"]);
        let operation = service.operations.get("GetX").unwrap();
        assert_eq!((operation.service, operation.name), ("s", "GetX"));
        assert_eq!(operation.errors, ["E1", "E2"]);
        let page = Paginator {
            input_token: "t",
            output_token: "n",
            limit_key: Some("m"),
            result_keys: vec!["xs", "ys.z"],
            non_aggregate: vec!["a", "b"],
        };
        assert_eq!(operation.paginator, Some(page));
        expect_test::expect![[r#"
            [Structure { members: [Member { name: "x", shape: Shape(11), required: true, idempotency_token: false, deprecated: false }, Member { name: "token", shape: Shape(1), required: false, idempotency_token: true, deprecated: false }, Member { name: "old", shape: Shape(0), required: false, idempotency_token: false, deprecated: true }, Member { name: "self", shape: Shape(9), required: false, idempotency_token: false, deprecated: false }], union: false }, Structure { members: [Member { name: "one", shape: Shape(12), required: false, idempotency_token: false, deprecated: false }, Member { name: "two", shape: Shape(13), required: false, idempotency_token: false, deprecated: false }], union: true }, Integer(Bounds { min: Some(1), max: None }), List { item: Shape(14), length: Bounds { min: Some(0), max: Some(5) } }, Map { key: Shape(15), value: Shape(6) }, String { allowed: ["a", "b-c"], length: Bounds { min: None, max: None }, pattern: None }, String { allowed: [], length: Bounds { min: Some(1), max: Some(3) }, pattern: Some([a b]/+) }]"#]]
        .assert_eq(&format!("{:?}", &tables.shapes[WORDS.len()..]));
    }

    #[test]
    fn a_line_that_makes_no_sense_is_a_fault() {
        for (line, fault) in [
            ("struct In x:Gone", "expected a shape \"Gone\": struct In x:Gone"),
            ("struct In x", "expected MEMBER:SHAPE: struct In x"),
            ("list L str 1-2", "expected MIN..MAX: list L str 1-2"),
            ("int N a..b", "expected MIN..MAX: int N a..b"),
            ("page GetX t", "no operation for: page GetX t"),
            ("shape X", "no such line: shape X"),
            ("op GetX In -", "expected a shape \"In\": op GetX In -"),
        ] {
            assert_eq!(Tables::parse(&[line], 0).faults, [fault]);
        }
        assert_eq!(Tables::parse(&["int N 1..\nint N 2.."], 0).faults, ["the shape N stands twice"]);
    }
}
