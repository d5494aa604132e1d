//! What the linker knew of the page (`--emit-relocs`): which function and which constant names which other one.
//!
//! wasm-bindgen writes the module anew and drops that, but keeps the names of functions and the addresses of constants,
//! so both are the keys here. Two functions of one name count as one, whose links are those of both.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use wasmparser::{
    DataKind, KnownCustom, Linking, Name, Operator, Parser, Payload, RelocationEntry, RelocationType, SymbolInfo,
};

/// A function by its name, or a constant by its place in [`Links::constants`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Node {
    /// A function.
    Function(String),
    /// A constant.
    Constant(usize),
}

/// Something at a fixed address of the memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constant {
    /// Its bytes.
    pub bytes: Range<u32>,
    /// Whether nobody writes to it.
    pub read_only: bool,
}

/// Who names whom.
#[derive(Debug, Default)]
pub struct Links {
    /// All that lies at fixed addresses.
    pub constants: Vec<Constant>,
    /// The addresses that functions and constants hold.
    pub held: BTreeMap<Node, BTreeSet<Node>>,
    /// The functions that the linker knew.
    pub functions: BTreeSet<String>,
}

/// A segment of the memory: its address and its name.
type Segment = (u32, String);

/// A symbol that a relocation can name.
enum Symbol {
    Function(u32),
    Constant(usize),
    Other,
}

#[derive(Default)]
struct Reading<'a> {
    /// Functions by number.
    names: BTreeMap<u32, String>,
    imported: u32,
    /// The bytes of each body, from the start of the section of code.
    bodies: Vec<Range<u64>>,
    /// The segments, and where the bytes of each begin in the section of data.
    segments: Vec<(Segment, Range<u64>)>,
    symbols: Vec<SymbolInfo<'a>>,
    segment_names: Vec<&'a str>,
    relocations: Vec<(String, Vec<RelocationEntry>)>,
}

impl Links {
    /// Reads what the linker left in a module; nothing if it left none. Errors: why it cannot be read.
    pub fn read(bytes: &[u8]) -> wasmparser::Result<Option<Self>> {
        let read = Reading::read(bytes)?;
        if read.symbols.is_empty() {
            return Ok(None);
        }
        let mut links = Self { functions: read.names.values().cloned().collect(), ..Self::default() };
        let symbols = read.symbols(&mut links.constants);
        let order = by_address(&links.constants);
        for (section, entries) in &read.relocations {
            for entry in entries {
                let from = match section.as_str() {
                    "reloc.CODE" => read.function_at(entry.offset.into()).map(Node::Function),
                    "reloc.DATA" => read
                        .address_at(entry.offset.into())
                        .and_then(|address| constant_at(&links.constants, &order, address))
                        .map(Node::Constant),
                    _ => None,
                };
                let holds = !matches!(
                    entry.ty,
                    RelocationType::FunctionIndexLeb | RelocationType::TypeIndexLeb | RelocationType::GlobalIndexLeb
                );
                let to = match symbols.get(entry.index as usize) {
                    Some(Symbol::Function(index)) => read.names.get(index).cloned().map(Node::Function),
                    Some(Symbol::Constant(place)) => Some(Node::Constant(*place)),
                    Some(Symbol::Other) | None => None,
                };
                if let (Some(from), Some(to), true) = (from, to, holds) {
                    links.held.entry(from).or_default().insert(to);
                }
            }
        }
        Ok(Some(links))
    }
}

/// The places of constants in the order of their addresses.
fn by_address(constants: &[Constant]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..constants.len()).collect();
    order.sort_by_key(|place| constants.get(*place).map(|own| (own.bytes.start, own.bytes.end)));
    order
}

/// The constant that an address lies in.
fn constant_at(constants: &[Constant], order: &[usize], address: u32) -> Option<usize> {
    let after = order.partition_point(|place| constants.get(*place).is_some_and(|own| own.bytes.start <= address));
    let mut before = order.iter().take(after).rev();
    before.find(|place| constants.get(**place).is_some_and(|own| own.bytes.contains(&address))).copied()
}

/// As wasm-bindgen writes the name of a function.
fn demangled(name: &str) -> String {
    rustc_demangle::try_demangle(name).map_or_else(|_| name.to_owned(), |name| name.to_string())
}

impl<'a> Reading<'a> {
    fn read(bytes: &'a [u8]) -> wasmparser::Result<Self> {
        let mut all = Self::default();
        let (mut code, mut addresses) = (0, Vec::new());
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        all.imported += u32::from(matches!(import?.ty, wasmparser::TypeRef::Func(_)));
                    }
                }
                Payload::CodeSectionStart { unchecked_range, .. } => code = unchecked_range.start,
                Payload::CodeSectionEntry(body) => {
                    let range = body.range();
                    all.bodies.push(range.start - code..range.end - code);
                }
                Payload::DataSection(section) => {
                    let start = section.range().start;
                    for data in section {
                        let data = data?;
                        let DataKind::Active { offset_expr, .. } = data.kind else { continue };
                        let mut operators = offset_expr.get_operators_reader();
                        let Operator::I32Const { value } = operators.read()? else { continue };
                        let end = data.range.end - start;
                        addresses.push((value as u32, end - data.data.len() as u64..end));
                    }
                }
                Payload::CustomSection(section) => match section.as_known() {
                    KnownCustom::Name(names) => {
                        for name in names {
                            let Name::Function(functions) = name? else { continue };
                            for function in functions {
                                let function = function?;
                                all.names.insert(function.index, demangled(function.name));
                            }
                        }
                    }
                    KnownCustom::Linking(linking) => {
                        for part in linking.subsections() {
                            match part? {
                                Linking::SymbolTable(symbols) => {
                                    all.symbols = symbols.into_iter().collect::<wasmparser::Result<_>>()?;
                                }
                                Linking::SegmentInfo(segments) => {
                                    for segment in segments {
                                        all.segment_names.push(segment?.name);
                                    }
                                }
                                _ => {}
                            }
                        }
                    }
                    KnownCustom::Reloc(entries) => {
                        let entries = entries.entries().into_iter().collect::<wasmparser::Result<_>>()?;
                        all.relocations.push((section.name().to_owned(), entries));
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        let names = all.segment_names.iter().map(|name| (*name).to_owned()).chain(std::iter::repeat(String::new()));
        all.segments = addresses.into_iter().zip(names).map(|((at, bytes), name)| ((at, name), bytes)).collect();
        Ok(all)
    }

    /// What each symbol is; the constants are noted.
    fn symbols(&self, constants: &mut Vec<Constant>) -> Vec<Symbol> {
        let one = |symbol: &SymbolInfo<'_>| match symbol {
            SymbolInfo::Func { index, .. } => Symbol::Function(*index),
            SymbolInfo::Data { symbol: Some(own), .. } => match self.segments.get(own.index as usize) {
                Some(((address, name), _)) => {
                    let start = address + own.offset;
                    let read_only = name.starts_with(".rodata");
                    constants.push(Constant { bytes: start..start + own.size, read_only });
                    Symbol::Constant(constants.len() - 1)
                }
                None => Symbol::Other,
            },
            _ => Symbol::Other,
        };
        self.symbols.iter().map(one).collect()
    }

    /// The function that a byte of the code is in.
    fn function_at(&self, offset: u64) -> Option<String> {
        let after = self.bodies.partition_point(|body| body.start <= offset);
        let at = after.checked_sub(1).filter(|at| self.bodies.get(*at).is_some_and(|body| body.contains(&offset)))?;
        self.names.get(&(self.imported + at as u32)).cloned()
    }

    /// The address of a byte of the section of data.
    fn address_at(&self, offset: u64) -> Option<u32> {
        let ((address, _), bytes) = self.segments.iter().find(|(_, bytes)| bytes.contains(&offset))?;
        Some(address + (offset - bytes.start) as u32)
    }
}
