//! What the split has to know of a module of WebAssembly.

use std::collections::{BTreeMap, BTreeSet};

use wasm_encoder::reencode;
use wasmparser::{ElementKind, ExternalKind, FunctionBody, KnownCustom, Name, Operator, Parser, Payload, TypeRef};

pub type Failure = reencode::Error<&'static str>;

/// A module. Functions are numbered with the imported ones first.
#[derive(Default)]
pub struct Parsed<'a> {
    pub types: Vec<wasmparser::FuncType>,
    /// Each function's type.
    pub functions: Vec<u32>,
    pub imported: u32,
    pub bodies: Vec<FunctionBody<'a>>,
    pub memories: Vec<wasmparser::MemoryType>,
    pub tables: Vec<wasmparser::TableType>,
    pub globals: Vec<wasmparser::GlobalType>,
    /// Who is called by whom: callee to callers.
    pub callers: BTreeMap<u32, BTreeSet<u32>>,
    /// Functions that are reached otherwise than by calls and slots of the table.
    pub roots: BTreeSet<u32>,
    /// The slots of the table of functions, and what stands in them.
    pub slots: Vec<(u32, u32)>,
    pub names: BTreeMap<u32, &'a str>,
}

impl<'a> Parsed<'a> {
    /// Reads a module.
    pub fn read(bytes: &'a [u8]) -> wasmparser::Result<Self> {
        let mut all = Self::default();
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
                Payload::TypeSection(section) => {
                    all.types = section.into_iter_err_on_gc_types().collect::<wasmparser::Result<_>>()?;
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        match import?.ty {
                            TypeRef::Func(index) => all.functions.push(index),
                            TypeRef::Table(table) => all.tables.push(table),
                            TypeRef::Memory(memory) => all.memories.push(memory),
                            TypeRef::Global(global) => all.globals.push(global),
                            _ => {}
                        }
                    }
                    all.imported = all.functions.len() as u32;
                }
                Payload::FunctionSection(section) => {
                    for index in section {
                        all.functions.push(index?);
                    }
                }
                Payload::TableSection(section) => {
                    for table in section {
                        all.tables.push(table?.ty);
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        all.memories.push(memory?);
                    }
                }
                Payload::GlobalSection(section) => {
                    for global in section {
                        all.globals.push(global?.ty);
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        if export.kind == ExternalKind::Func {
                            all.roots.insert(export.index);
                        }
                    }
                }
                Payload::StartSection { func, .. } => {
                    all.roots.insert(func);
                }
                Payload::ElementSection(section) => {
                    for element in section {
                        all.elements(element?)?;
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    let caller = all.imported + all.bodies.len() as u32;
                    for operator in body.get_operators_reader()? {
                        match operator? {
                            Operator::Call { function_index } => {
                                all.callers.entry(function_index).or_default().insert(caller);
                            }
                            Operator::RefFunc { function_index } => {
                                all.roots.insert(function_index);
                            }
                            _ => {}
                        }
                    }
                    all.bodies.push(body);
                }
                Payload::CustomSection(section) => {
                    let KnownCustom::Name(names) = section.as_known() else { continue };
                    for name in names {
                        let Name::Function(functions) = name? else { continue };
                        for function in functions {
                            let function = function?;
                            all.names.insert(function.index, function.name);
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(all)
    }

    /// The function with a name, whatever hash the compiler put behind it.
    pub fn named(&self, gate: &str) -> Result<u32, String> {
        let bare = |name: &'a str| name.rsplit_once("::h").map_or(name, |(bare, _)| bare);
        let found: Vec<u32> =
            self.names.iter().filter(|(_, name)| bare(name) == gate).map(|(index, _)| *index).collect();
        match found.as_slice() {
            [one] => Ok(*one),
            _ => Err(format!("the page holds {} functions `{gate}`, where the split needs one", found.len())),
        }
    }

    /// What a segment puts into the table; what is put there later, or nowhere known, is a root.
    fn elements(&mut self, element: wasmparser::Element<'a>) -> wasmparser::Result<()> {
        let mut functions = Vec::new();
        match element.items {
            wasmparser::ElementItems::Functions(all) => {
                for function in all {
                    functions.push(Some(function?));
                }
            }
            wasmparser::ElementItems::Expressions(_, all) => {
                for expression in all {
                    let first = expression?.get_operators_reader().read()?;
                    functions.push(match first {
                        Operator::RefFunc { function_index } => Some(function_index),
                        _ => None,
                    });
                }
            }
        }
        let start = match element.kind {
            ElementKind::Active { offset_expr, .. } => match offset_expr.get_operators_reader().read()? {
                Operator::I32Const { value } => Some(value as u32),
                _ => None,
            },
            _ => None,
        };
        let placed = functions.into_iter().zip(0..).filter_map(|(function, at)| Some((function?, at)));
        match start {
            Some(start) => self.slots.extend(placed.map(|(function, at)| (start + at, function))),
            None => self.roots.extend(placed.map(|(function, _)| function)),
        }
        Ok(())
    }

    /// The numbers that stand in the code of functions, each of which might be an address.
    pub fn numbers(&self, functions: &[u32]) -> BTreeSet<u32> {
        let body = |number: &u32| self.bodies.get(number.checked_sub(self.imported)? as usize);
        let mut all = BTreeSet::new();
        for body in functions.iter().filter_map(body) {
            for operator in body.get_operators_reader().into_iter().flatten() {
                if let Ok(Operator::I32Const { value }) = operator {
                    all.insert(value as u32);
                }
            }
        }
        all
    }

    /// Whether somebody outside of these functions calls it, or an export leads to it.
    pub fn entered(&self, function: u32, moved: &BTreeSet<u32>) -> bool {
        self.roots.contains(&function) || self.callers.get(&function).is_some_and(|callers| !callers.is_subset(moved))
    }

    /// The table of functions, and its size.
    pub fn function_table(&self) -> Result<(u32, u64), Failure> {
        let at = self.tables.iter().position(|table| table.element_type == wasmparser::RefType::FUNCREF);
        let table = at.and_then(|at| Some((at as u32, self.tables.get(at)?.initial)));
        table.ok_or(reencode::Error::UserError("it has no table of functions"))
    }
}
