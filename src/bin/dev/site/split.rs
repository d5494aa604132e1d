//! Code splitting: what only the later views run leaves the first load.
//!
//! Each later view is entered through one function, its gate. What is reached by direct calls from gates alone, and by
//! no table and no export, moves to a second module; so nothing that has moved can run before a gate is entered, and the
//! page opens no gate before it has fetched the second module. There the gates fill new slots of the function table,
//! through which what is left of them in the first module calls. Of a module that is a later view, or a part of one, every
//! function that is reached otherwise is a gate: its callbacks are made by the view and called through tables.

use std::collections::{BTreeMap, BTreeSet};

use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{
    CodeSection, ConstExpr, ElementSection, Elements, ExportKind, ExportSection, Function, FunctionSection,
    ImportSection, Module, RefType, TableType,
};
use wasmparser::{ExternalKind, FunctionBody, KnownCustom, Name, Operator, Parser, Payload, TypeRef};

/// The namespace from which the second module imports what the first one exports.
const FIRST: &str = "ecsLab";

type Failure = reencode::Error<&'static str>;

/// A module in two parts.
pub struct Parts {
    /// What the page starts with.
    pub first: Vec<u8>,
    /// What the gates lead to.
    pub later: Vec<u8>,
}

/// Splits a module at the functions with these names; each must stand in it once. A name that ends in `::` is that of a
/// module and stands for all of its functions. An error is a sentence.
pub fn split(bytes: &[u8], gates: &[&str]) -> Result<Parts, String> {
    let parsed = Parsed::read(bytes).map_err(|error| format!("the WebAssembly could not be read: {error}"))?;
    let named = gates.iter().map(|gate| parsed.named(gate)).collect::<Result<Vec<Vec<u32>>, String>>()?;
    let (gates, moved) = parsed.reached_only_from(&named.concat().into_iter().collect());
    let mut plan = Plan { parsed: &parsed, gates, moved, exports: Vec::new(), next_body: 0 };
    let later = plan.later().map_err(|error| format!("the later part could not be written: {error}"))?;
    let mut first = Module::new();
    plan.parse_core_module(&mut first, Parser::new(0), bytes)
        .map_err(|error| format!("the first part could not be written: {error}"))?;
    Ok(Parts { first: first.finish(), later })
}

/// What the split has to know of a module. Functions are numbered with the imported ones first.
#[derive(Default)]
struct Parsed<'a> {
    types: Vec<wasmparser::FuncType>,
    /// Each function's type.
    functions: Vec<u32>,
    imported: u32,
    bodies: Vec<FunctionBody<'a>>,
    memories: Vec<wasmparser::MemoryType>,
    tables: Vec<wasmparser::TableType>,
    globals: Vec<wasmparser::GlobalType>,
    /// Who is called by whom: callee to callers.
    callers: BTreeMap<u32, BTreeSet<u32>>,
    /// Functions that are reached otherwise: through a table or an export.
    held: BTreeSet<u32>,
    names: BTreeMap<u32, &'a str>,
}

impl<'a> Parsed<'a> {
    fn read(bytes: &'a [u8]) -> wasmparser::Result<Self> {
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
                            all.held.insert(export.index);
                        }
                    }
                }
                Payload::StartSection { func, .. } => {
                    all.held.insert(func);
                }
                Payload::ElementSection(section) => {
                    for element in section {
                        match element?.items {
                            wasmparser::ElementItems::Functions(functions) => {
                                for function in functions {
                                    all.held.insert(function?);
                                }
                            }
                            wasmparser::ElementItems::Expressions(_, expressions) => {
                                for expression in expressions {
                                    for operator in expression?.get_operators_reader() {
                                        if let Operator::RefFunc { function_index } = operator? {
                                            all.held.insert(function_index);
                                        }
                                    }
                                }
                            }
                        }
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
                                all.held.insert(function_index);
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

    /// The functions with a name, whatever hash the compiler put behind it.
    fn named(&self, gate: &str) -> Result<Vec<u32>, String> {
        let bare = |name: &'a str| name.rsplit_once("::h").map_or(name, |(bare, _)| bare);
        let of_module = gate.ends_with("::");
        let fits = |name: &'a str| if of_module { name.starts_with(gate) } else { bare(name) == gate };
        let found: Vec<u32> = self.names.iter().filter(|(_, name)| fits(name)).map(|(index, _)| *index).collect();
        match found.len() {
            0 => {}
            1 => return Ok(found),
            _ if of_module => return Ok(found),
            _ => {}
        }
        Err(format!("the page holds {} functions `{gate}`, where the split needs one", found.len()))
    }

    /// Of the functions that may be gates those that have to be, and all that only they reach.
    fn reached_only_from(&self, gates: &BTreeSet<u32>) -> (Vec<u32>, BTreeSet<u32>) {
        let own = self.imported..self.functions.len() as u32;
        let mut moved: BTreeSet<u32> = own.filter(|function| !self.held.contains(function)).collect();
        moved.extend(gates);
        let by_others = |function: &u32, moved: &BTreeSet<u32>| {
            self.callers.get(function).is_none_or(|callers| !callers.is_subset(moved))
        };
        loop {
            let stays = |function: &u32| !gates.contains(function) && by_others(function, &moved);
            let back: Vec<u32> = moved.iter().copied().filter(stays).collect();
            if back.is_empty() {
                break;
            }
            moved.retain(|function| !back.contains(function));
        }
        let is_gate = |gate: &u32| self.held.contains(gate) || by_others(gate, &moved);
        (gates.iter().copied().filter(is_gate).collect(), moved)
    }

    /// The table of functions, and its size.
    fn function_table(&self) -> Result<(u32, u64), Failure> {
        let at = self.tables.iter().position(|table| table.element_type == wasmparser::RefType::FUNCREF);
        let table = at.and_then(|at| Some((at as u32, self.tables.get(at)?.initial)));
        table.ok_or(reencode::Error::UserError("it has no table of functions"))
    }
}

/// One split, as the rewriting of the first part; [`Plan::later`] comes before it and notes what it needs.
struct Plan<'a> {
    parsed: &'a Parsed<'a>,
    gates: Vec<u32>,
    moved: BTreeSet<u32>,
    /// What the first part exports to the later one, in the order of their names.
    exports: Vec<(ExternalKind, u32)>,
    /// The body that is rewritten next.
    next_body: u32,
}

impl Plan<'_> {
    fn later(&mut self) -> Result<Vec<u8>, Failure> {
        let all = self.parsed;
        let mut called = BTreeSet::new();
        for (function, callers) in &all.callers {
            if !self.moved.contains(function) && callers.iter().any(|caller| self.moved.contains(caller)) {
                called.insert(*function);
            }
        }
        let indices = |count: usize| 0..count as u32;
        self.exports = indices(all.memories.len()).map(|index| (ExternalKind::Memory, index)).collect();
        self.exports.extend(indices(all.tables.len()).map(|index| (ExternalKind::Table, index)));
        self.exports.extend(indices(all.globals.len()).map(|index| (ExternalKind::Global, index)));
        self.exports.extend(called.iter().map(|index| (ExternalKind::Func, *index)));
        let places = called.iter().chain(&self.moved).zip(0..).map(|(old, new)| (*old, new)).collect();
        let mut moved = Moved { places };

        let mut types = wasm_encoder::TypeSection::new();
        for ty in &all.types {
            types.ty().func_type(&moved.func_type(ty.clone())?);
        }
        let mut imports = ImportSection::new();
        for ((kind, index), name) in self.exports.iter().zip(names()) {
            let at = *index as usize;
            let ty = match kind {
                ExternalKind::Memory => all.memories.get(at).map(|memory| TypeRef::Memory(*memory)),
                // Without its end, which the gates have moved.
                ExternalKind::Table => {
                    all.tables.get(at).map(|table| TypeRef::Table(wasmparser::TableType { maximum: None, ..*table }))
                }
                ExternalKind::Global => all.globals.get(at).map(|global| TypeRef::Global(*global)),
                _ => all.functions.get(at).map(|ty| TypeRef::Func(*ty)),
            };
            if let Some(ty) = ty {
                imports.import(FIRST, &name, moved.entity_type(ty)?);
            }
        }
        let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
        for function in &self.moved {
            let body = function.checked_sub(all.imported).and_then(|at| all.bodies.get(at as usize));
            if let (Some(ty), Some(body)) = (all.functions.get(*function as usize), body) {
                functions.function(*ty);
                moved.parse_function_body(&mut code, body.clone())?;
            }
        }
        let (table, size) = all.function_table()?;
        let mut elements = ElementSection::new();
        let gates = self.gates.iter().map(|gate| moved.function_index(*gate)).collect::<Result<Vec<u32>, _>>()?;
        elements.active(Some(table), &ConstExpr::i32_const(size as i32), Elements::Functions(gates.into()));

        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions).section(&elements).section(&code);
        Ok(module.finish())
    }
}

/// The functions that moved, under their new numbers.
struct Moved {
    places: BTreeMap<u32, u32>,
}

impl Reencode for Moved {
    type Error = &'static str;

    fn function_index(&mut self, function: u32) -> Result<u32, Failure> {
        self.places
            .get(&function)
            .copied()
            .ok_or(reencode::Error::UserError("it calls a function that the first part does not give"))
    }
}

impl Reencode for Plan<'_> {
    type Error = &'static str;

    /// The table of functions gets a slot for each gate.
    fn table_type(&mut self, table: wasmparser::TableType) -> Result<TableType, Failure> {
        let mut wider = utils::table_type(self, table)?;
        if wider.element_type == RefType::FUNCREF {
            let more = self.gates.len() as u64;
            wider.minimum += more;
            wider.maximum = wider.maximum.map(|most| most + more);
        }
        Ok(wider)
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: wasmparser::ExportSectionReader<'_>,
    ) -> Result<(), Failure> {
        utils::parse_export_section(self, exports, section)?;
        for ((kind, index), name) in self.exports.iter().zip(names()) {
            let kind = match kind {
                ExternalKind::Memory => ExportKind::Memory,
                ExternalKind::Table => ExportKind::Table,
                ExternalKind::Global => ExportKind::Global,
                _ => ExportKind::Func,
            };
            exports.export(&name, kind, *index);
        }
        Ok(())
    }

    /// What has moved leaves a trap that nothing reaches, or at a gate the call through its slot.
    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Result<(), Failure> {
        let function = self.parsed.imported + self.next_body;
        self.next_body += 1;
        if !self.moved.contains(&function) {
            return utils::parse_function_body(self, code, body);
        }
        let mut left = Function::new([]);
        let mut left_over = left.instructions();
        let ty = self.parsed.functions.get(function as usize).copied().unwrap_or_default();
        match self.gates.iter().zip(0..).find(|(gate, _)| **gate == function) {
            Some((_, gate)) => {
                let taken = self.parsed.types.get(ty as usize).map_or(0, |ty| ty.params().len());
                for local in 0..taken as u32 {
                    left_over.local_get(local);
                }
                let (table, size) = self.parsed.function_table()?;
                left_over.i32_const(size as i32 + gate).call_indirect(table, ty).end();
            }
            None => _ = left_over.unreachable().end(),
        }
        code.function(&left);
        Ok(())
    }
}

/// Short names that no other export has.
fn names() -> impl Iterator<Item = String> {
    (0..).map(|number| format!("_{number:x}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{NameMap, NameSection, TableSection, TypeSection};

    /// Of `main` (exported), `gate`, `shared`, `behind` and `held` (in the table), who calls whom.
    const CALLS: [(&str, &[u32]); 5] =
        [("main", &[1, 2]), ("page::gate::h0123", &[2, 3, 4]), ("shared", &[]), ("behind", &[2]), ("held", &[])];

    fn module() -> Vec<u8> {
        let (mut types, mut functions, mut code) = (TypeSection::new(), FunctionSection::new(), CodeSection::new());
        types.ty().function([], []);
        let (mut tables, mut exports, mut elements) =
            (TableSection::new(), ExportSection::new(), ElementSection::new());
        tables.table(TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: 2,
            maximum: Some(2),
            shared: false,
        });
        exports.export("main", ExportKind::Func, 0);
        elements.active(None, &ConstExpr::i32_const(1), Elements::Functions(vec![4].into()));
        let mut names = NameMap::new();
        for (index, (name, calls)) in CALLS.iter().enumerate() {
            functions.function(0);
            names.append(index as u32, name);
            let mut body = Function::new([]);
            for called in *calls {
                body.instructions().call(*called);
            }
            body.instructions().end();
            code.function(&body);
        }
        let mut all = NameSection::new();
        all.functions(&names);
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&tables).section(&exports).section(&elements);
        module.section(&code).section(&all);
        module.finish()
    }

    #[test]
    fn what_only_a_gate_reaches_moves_and_the_rest_stays() {
        let bytes = module();
        let parsed = Parsed::read(&bytes).unwrap();
        let gate = parsed.named("page::gate").unwrap();
        let only = (gate.clone(), [1, 3].into());
        assert_eq!(
            parsed.reached_only_from(&gate.into_iter().collect()),
            only,
            "not what main calls, nor a table holds"
        );
        assert_eq!(
            parsed.reached_only_from(&[1, 3, 4].into()),
            (vec![1, 4], [1, 3, 4].into()),
            "3 needs no gate of its own"
        );
        assert_eq!(parsed.named("page::").as_deref(), Ok(&[1][..]));
        let parts = split(&bytes, &["page::gate"]).unwrap();
        let (first, later) = (Parsed::read(&parts.first).unwrap(), Parsed::read(&parts.later).unwrap());
        assert_eq!(
            (later.imported, later.bodies.len(), later.held.len()),
            (2, 2, 1),
            "shared and held; gate and behind"
        );
        let slots = |parsed: &Parsed<'_>| parsed.tables.first().map(|table| (table.initial, table.maximum));
        assert_eq!((slots(&first), slots(&later)), (Some((3, Some(3))), Some((2, None))));
        assert_eq!(first.callers.get(&3), None, "nobody calls what is left of it");
        for gate in ["page::door", "door::"] {
            assert!(split(&bytes, &[gate]).is_err_and(|why| why.contains(&format!("0 functions `{gate}`"))));
        }
    }
}
