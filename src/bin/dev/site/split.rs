//! Code splitting: what only the later views need leaves the first load.
//!
//! Each later view is entered through a gate. What is reached from gates alone moves to a second module: functions by
//! calls, and, where the linker left who names what ([`Links`]), functions behind pointers and constants too. So nothing
//! that has moved is needed before a gate is entered, and the page opens no gate before it has fetched the second module.
//! There the gates fill new slots of the function table, through which what is left of them in the first module calls;
//! other functions that moved fill the slots that they had, and the constants go to the addresses that they had.
//!
//! No whole module is a gate: the compiler makes one function of two that do the same, and the first part may call a
//! small one of them under the name that it has in a later view.

use std::collections::{BTreeMap, BTreeSet};

use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ElementSection, Elements, ExportKind, ExportSection, Function,
    FunctionSection, ImportSection, Module, RefType, TableType,
};
use wasmparser::{ExternalKind, FunctionBody, Operator, Parser, TypeRef};

use super::links::{Constant, Links, Node};
use super::module::{Failure, Parsed};

/// The namespace from which the second module imports what the first one exports.
const FIRST: &str = "ecsLab";

/// Constants so near to each other move as one, with what lies between them.
const NEAR: u32 = 16;

/// A module in two parts.
pub struct Parts {
    /// What the page starts with.
    pub first: Vec<u8>,
    /// What the gates lead to.
    pub later: Vec<u8>,
}

/// Splits a module at the functions with these names; each must stand in it once. `links` is what the linker knew of it.
/// An error is a sentence.
pub fn split(bytes: &[u8], gates: &[&str], links: &Links) -> Result<Parts, String> {
    let parsed = Parsed::read(bytes).map_err(|error| format!("the WebAssembly could not be read: {error}"))?;
    let named = gates.iter().map(|gate| parsed.named(gate)).collect::<Result<BTreeSet<u32>, String>>()?;
    let divided = divide(&parsed, &named, links);
    let entered = |gate: &u32| parsed.entered(*gate, &divided.moved);
    let gates = divided.moved.iter().copied().filter(entered).collect();
    let mut plan = Plan {
        parsed: &parsed,
        gates,
        moved: divided.moved,
        constants: divided.constants,
        exports: Vec::new(),
        next_body: 0,
        copied: Vec::new(),
    };
    plan.copied = plan.copies(bytes).map_err(|error| format!("the constants could not be read: {error}"))?;
    let later = plan.later().map_err(|error| format!("the later part could not be written: {error}"))?;
    let mut first = Module::new();
    plan.parse_core_module(&mut first, Parser::new(0), bytes)
        .map_err(|error| format!("the first part could not be written: {error}"))?;
    Ok(Parts { first: first.finish(), later })
}

/// What leaves the first part.
#[derive(Debug, PartialEq, Eq)]
struct Divided {
    /// The functions.
    moved: BTreeSet<u32>,
    /// The bytes of constants, in the order of their addresses, none next to another.
    constants: Vec<(u32, u32)>,
}

/// Follows calls and pointers from all that is not entered through a gate; what they do not reach, moves.
fn divide(parsed: &Parsed<'_>, gates: &BTreeSet<u32>, links: &Links) -> Divided {
    let mut numbers: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (number, name) in &parsed.names {
        numbers.entry(name).or_default().push(*number);
    }
    let mut callees: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (callee, callers) in &parsed.callers {
        callers.iter().for_each(|caller| callees.entry(*caller).or_default().push(*callee));
    }
    let of_name = |name: &str| numbers.get(name).into_iter().flatten().copied();
    let pointed: BTreeSet<&Node> = links.held.values().flatten().collect();
    let known = |number: &u32| {
        let name = parsed.names.get(number).map(|name| Node::Function((*name).to_owned()));
        name.is_some_and(|name| pointed.contains(&name))
    };
    // Who holds a slot that the linker gave to nobody, is not known.
    let strays = parsed.slots.iter().map(|(_, number)| *number).filter(|number| !known(number));
    // Nor what a function holds that wasm-bindgen made.
    let made: Vec<u32> = (parsed.imported..parsed.functions.len() as u32)
        .filter(|number| !parsed.names.get(number).is_some_and(|name| links.functions.contains(*name)))
        .filter(|_| !links.functions.is_empty())
        .collect();
    let numbers_in = parsed.numbers(&made);
    let mut open: Vec<u32> = parsed.roots.iter().copied().chain(strays).chain(made).collect();
    let in_made = |own: &Constant| numbers_in.range(own.bytes.clone()).next().is_some();
    let writable = (0..links.constants.len())
        .filter(|at| !links.constants.get(*at).is_some_and(|own| own.read_only && !in_made(own)));
    let mut open_constants: Vec<usize> = writable.collect();
    let (mut stays, mut kept): (BTreeSet<u32>, BTreeSet<usize>) = Default::default();
    loop {
        let node = if let Some(number) = open.pop() {
            if gates.contains(&number) || !stays.insert(number) {
                continue;
            }
            open.extend(callees.get(&number).into_iter().flatten());
            Node::Function(parsed.names.get(&number).copied().unwrap_or_default().to_owned())
        } else if let Some(at) = open_constants.pop() {
            if !kept.insert(at) {
                continue;
            }
            Node::Constant(at)
        } else {
            break;
        };
        for held in links.held.get(&node).into_iter().flatten() {
            match held {
                Node::Function(name) => open.extend(of_name(name)),
                Node::Constant(at) => open_constants.push(*at),
            }
        }
    }
    let own = parsed.imported..parsed.functions.len() as u32;
    let moved = own.filter(|number| !stays.contains(number)).collect();
    Divided { moved, constants: leaving(&links.constants, &kept) }
}

/// The bytes of the constants that are not kept, as far as no kept one holds them too.
fn leaving(constants: &[Constant], kept: &BTreeSet<usize>) -> Vec<(u32, u32)> {
    let mut ends: BTreeMap<u32, (i32, i32)> = BTreeMap::new();
    for (at, own) in constants.iter().enumerate().filter(|(_, own)| !own.bytes.is_empty()) {
        let stays = kept.contains(&at);
        for (address, step) in [(own.bytes.start, 1), (own.bytes.end, -1)] {
            let count = ends.entry(address).or_default();
            *(if stays { &mut count.1 } else { &mut count.0 }) += step;
        }
    }
    let (mut leave, mut stay, mut since) = (0, 0, None);
    let mut all: Vec<(u32, u32)> = Vec::new();
    for (address, (leaves, stays)) in ends {
        (leave, stay) = (leave + leaves, stay + stays);
        match (since, leave > 0 && stay == 0) {
            (None, true) => since = Some(address),
            (Some(start), false) => {
                all.push((start, address));
                since = None;
            }
            _ => {}
        }
    }
    all
}

/// One split, as the rewriting of the first part; [`Plan::later`] comes before it and notes what it needs.
struct Plan<'a> {
    parsed: &'a Parsed<'a>,
    gates: Vec<u32>,
    moved: BTreeSet<u32>,
    /// The bytes that the first part leaves out.
    constants: Vec<(u32, u32)>,
    /// The same for the later part, with those between them: address and bytes.
    copied: Vec<(u32, Vec<u8>)>,
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
        for (slot, all) in self.slots() {
            let all = all.iter().map(|own| moved.function_index(*own)).collect::<Result<Vec<u32>, _>>()?;
            elements.active(Some(table), &ConstExpr::i32_const(slot as i32), Elements::Functions(all.into()));
        }
        let mut data = DataSection::new();
        for (address, bytes) in &self.copied {
            data.active(0, &ConstExpr::i32_const(*address as i32), bytes.iter().copied());
        }

        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions).section(&elements).section(&code).section(&data);
        Ok(module.finish())
    }

    /// The slots that functions had which moved: neighbouring ones together.
    fn slots(&self) -> Vec<(u32, Vec<u32>)> {
        let mut all: Vec<(u32, Vec<u32>)> = Vec::new();
        let moved = self.parsed.slots.iter().filter(|(_, function)| self.moved.contains(function));
        for (slot, function) in moved.copied().collect::<BTreeMap<u32, u32>>() {
            match all.last_mut().filter(|(start, run)| start + run.len() as u32 == slot) {
                Some((_, run)) => run.push(function),
                None => all.push((slot, vec![function])),
            }
        }
        all
    }

    /// The bytes that the later part brings.
    fn copies(&self, bytes: &[u8]) -> wasmparser::Result<Vec<(u32, Vec<u8>)>> {
        let mut runs: Vec<(u32, u32)> = Vec::new();
        for (start, end) in &self.constants {
            match runs.last_mut().filter(|(_, last)| start - *last <= NEAR) {
                Some((_, last)) => *last = *end,
                None => runs.push((*start, *end)),
            }
        }
        let mut all = Vec::new();
        for payload in Parser::new(0).parse_all(bytes) {
            let wasmparser::Payload::DataSection(section) = payload? else { continue };
            for data in section {
                let data = data?;
                let Some(base) = address(&data)? else { continue };
                let end = base + data.data.len() as u32;
                for (from, to) in runs.iter().map(|(from, to)| ((*from).max(base), (*to).min(end))) {
                    if let Some(own) = data.data.get((from.max(base) - base) as usize..(to.max(base) - base) as usize)
                        && from < to
                    {
                        all.push((from, own.to_vec()));
                    }
                }
            }
        }
        Ok(all)
    }
}

/// Where a segment of the memory begins; nothing for one that code puts there.
fn address(data: &wasmparser::Data<'_>) -> wasmparser::Result<Option<u32>> {
    let wasmparser::DataKind::Active { offset_expr, .. } = &data.kind else { return Ok(None) };
    Ok(match offset_expr.get_operators_reader().read()? {
        Operator::I32Const { value } => Some(value as u32),
        _ => None,
    })
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

    /// What the linker said is of no use to the page.
    fn parse_custom_section(
        &mut self,
        module: &mut Module,
        section: wasmparser::CustomSectionReader<'_>,
    ) -> Result<(), Failure> {
        if section.name() == "linking" || section.name().starts_with("reloc.") {
            return Ok(());
        }
        utils::parse_custom_section(self, module, section)
    }

    /// The constants that moved leave zeros, which take no room.
    fn parse_data(&mut self, data: &mut DataSection, datum: wasmparser::Data<'_>) -> Result<(), Failure> {
        let Some(base) = address(&datum)? else { return utils::parse_data(self, data, datum) };
        let mut bytes = datum.data.to_vec();
        let end = base + bytes.len() as u32;
        for (from, to) in self.constants.iter().map(|(from, to)| ((*from).max(base), (*to).min(end))) {
            if from < to
                && let Some(own) = bytes.get_mut((from - base) as usize..(to - base) as usize)
            {
                own.fill(0);
            }
        }
        data.active(0, &ConstExpr::i32_const(base as i32), bytes);
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
        let none = Links::default();
        let moved = |gates: &[u32], links: &Links| divide(&parsed, &gates.iter().copied().collect(), links).moved;
        assert_eq!(
            moved(&[1], &none),
            [1, 3].into(),
            "not what main calls, nor what a table holds for somebody unknown"
        );
        assert_eq!(moved(&[1, 3, 4], &none), [1, 3, 4].into());
        let parts = split(&bytes, &["page::gate"], &none).unwrap();
        let (first, later) = (Parsed::read(&parts.first).unwrap(), Parsed::read(&parts.later).unwrap());
        assert_eq!(
            (later.imported, later.bodies.len(), later.slots.len()),
            (2, 2, 1),
            "shared and held; gate and behind"
        );
        let slots = |parsed: &Parsed<'_>| parsed.tables.first().map(|table| (table.initial, table.maximum));
        assert_eq!((slots(&first), slots(&later)), (Some((3, Some(3))), Some((2, None))));
        assert_eq!(first.callers.get(&3), None, "nobody calls what is left of it");
        for gate in ["page::door", "page::"] {
            assert!(split(&bytes, &[gate], &none).is_err_and(|why| why.contains(&format!("0 functions `{gate}`"))));
        }
    }

    /// Bytes 8 to 12 and 12 to 20 are constants of `gate` and of `held`, 20 to 24 one of both; 24 to 28 can be written to.
    #[test]
    fn what_the_linker_knew_moves_functions_behind_pointers_and_constants() {
        let bytes = module();
        let parsed = Parsed::read(&bytes).unwrap();
        let constant = |bytes, read_only| Constant { bytes, read_only };
        let function = |at: usize| Node::Function(CALLS[at].0.to_owned());
        let mut links = Links {
            constants: vec![
                constant(8..12, true),
                constant(12..20, true),
                constant(20..24, true),
                constant(24..28, false),
            ],
            functions: CALLS.iter().map(|(name, _)| (*name).to_owned()).collect(),
            held: BTreeMap::new(),
        };
        links.held.insert(function(1), [Node::Constant(0), Node::Constant(2)].into());
        links.held.insert(Node::Constant(0), [function(4)].into());
        links.held.insert(function(4), [Node::Constant(1), Node::Constant(2)].into());
        // `held` stands in a constant that the gate alone leads to, so all of it moves.
        let all = Divided { moved: [1, 3, 4].into(), constants: vec![(8, 24)] };
        assert_eq!(divide(&parsed, &[1].into(), &links), all);
        // Once something that stays holds it too, it stays with all that it holds.
        links.held.insert(Node::Constant(3), [function(4)].into());
        let less = Divided { moved: [1, 3].into(), constants: vec![(8, 12)] };
        assert_eq!(divide(&parsed, &[1].into(), &links), less);
        links.functions.remove(CALLS[3].0);
        assert_eq!(
            divide(&parsed, &[1].into(), &links).moved,
            [1].into(),
            "a function that the linker did not know stays"
        );
    }
}
