//! `--output table` (awscli's `formatter.py` and `table.py`), for a screen of 80 columns.

use crate::aws::check::python;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// The screen's width where nobody says.
const SCREEN: usize = 80;

/// Blanks around a cell.
const PADDING: usize = 4;

/// One box of the table.
#[derive(Default)]
struct Section {
    title: Option<String>,
    indent: usize,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// An answer as a table under a title; none where there is nothing to show.
///
/// # Errors
/// Rows of different length, which the AWS CLI does not print either.
pub fn table(title: &str, value: &Value) -> Result<String, String> {
    let mut sections = Vec::new();
    if !build(&mut sections, Some(title), value, 0)? {
        return Ok(String::new());
    }
    let mut width = total(&sections);
    if width > SCREEN {
        sections.iter_mut().for_each(upright);
        width = total(&sections);
    }
    let mut out = format!("{}\n", "-".repeat(width));
    for section in &sections {
        render(&mut out, section, width - 2 * section.indent);
    }
    Ok(out)
}

fn is_scalar(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

/// Whether Python takes it for nothing.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Bool(true) => false,
    }
}

fn section(sections: &mut Vec<Section>, title: Option<&str>, indent: usize) {
    sections.push(Section { title: title.map(ToString::to_string), indent, ..Section::default() });
}

fn add(sections: &mut [Section], cells: Vec<String>) -> Result<(), String> {
    let Some(own) = sections.last_mut() else { return Ok(()) };
    let columns = if own.header.is_empty() { own.rows.first().map(Vec::len) } else { Some(own.header.len()) };
    if let Some(columns) = columns.filter(|columns| *columns != cells.len()) {
        return Err(format!("Row should have {columns} elements, instead it has {}", cells.len()));
    }
    own.rows.push(cells);
    Ok(())
}

fn build(sections: &mut Vec<Section>, title: Option<&str>, value: &Value, indent: usize) -> Result<bool, String> {
    if is_nothing(value) {
        return Ok(false);
    }
    if title.is_some() {
        section(sections, title, indent);
    }
    match value {
        Value::Array(items) if items.first().is_some_and(Value::is_object) => rows(sections, title, items, indent)?,
        Value::Array(items) => {
            for item in items {
                match item {
                    Value::Array(cells) if cells.iter().all(is_scalar) => {
                        add(sections, cells.iter().map(python::text).collect())?;
                    }
                    Value::Array(_) | Value::Object(_) => drop(build(sections, None, item, 0)?),
                    scalar => add(sections, alloc::vec![python::text(scalar)])?,
                }
            }
        }
        Value::Object(map) => object(sections, map, indent)?,
        _ => {}
    }
    Ok(true)
}

fn names<'a>(maps: impl Iterator<Item = &'a Map<String, Value>>, scalar: bool) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (name, value) in maps.flatten() {
        if is_scalar(value) == scalar && !found.contains(name) {
            found.push(name.clone());
        }
    }
    crate::sim::order::sort_by(&mut found, String::cmp);
    found
}

fn object(sections: &mut Vec<Section>, map: &Map<String, Value>, indent: usize) -> Result<(), String> {
    let header = names(core::iter::once(map), true);
    let cell = |name: &String| map.get(name).map(python::text).unwrap_or_default();
    match header.as_slice() {
        [] => {}
        [name] => add(sections, alloc::vec![name.clone(), cell(name)])?,
        _ => {
            let cells = header.iter().map(cell).collect();
            if let Some(own) = sections.last_mut() {
                own.header = header;
            }
            add(sections, cells)?;
        }
    }
    for name in names(core::iter::once(map), false) {
        if let Some(value) = map.get(&name) {
            build(sections, Some(&name), value, indent + 1)?;
        }
    }
    Ok(())
}

fn rows(sections: &mut Vec<Section>, title: Option<&str>, items: &[Value], indent: usize) -> Result<(), String> {
    let maps = || items.iter().filter_map(Value::as_object);
    let (header, more) = (names(maps(), true), names(maps(), false));
    for (place, map) in maps().enumerate() {
        if place > 0 && !more.is_empty() {
            section(sections, title, indent);
        }
        if let Some(own) = sections.last_mut().filter(|_| place == 0 || !more.is_empty()) {
            own.header.clone_from(&header);
        }
        add(sections, header.iter().map(|name| map.get(name).map(python::text).unwrap_or_default()).collect())?;
        for name in &more {
            if let Some(value) = map.get(name) {
                build(sections, Some(name), value, indent + 1)?;
            }
        }
    }
    Ok(())
}

/// Turns a row under a header into a pair a line.
fn upright(section: &mut Section) {
    if let ([row], false) = (section.rows.as_slice(), section.header.is_empty()) {
        section.rows =
            section.header.iter().zip(row).map(|(name, cell)| alloc::vec![name.clone(), cell.clone()]).collect();
        section.header.clear();
    }
}

fn size(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(wide).sum() }
}

/// How many columns a sign takes: two where Unicode calls it wide or, as East Asian terminals have it, ambiguous.
fn wide(sign: char) -> usize {
    let full = matches!(sign as u32,
        0x1100..=0x115f | 0x2e80..=0x303e | 0x3041..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f
        | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1f64f | 0x1f900..=0x1f9ff | 0x20000..=0x3fffd);
    let latin = "\u{a1}\u{a4}\u{a7}\u{a8}\u{aa}\u{ad}\u{ae}\u{b0}\u{b1}\u{b2}\u{b3}\u{b4}\u{b6}\u{b7}\u{b8}\u{b9}\u{ba}\u{bc}\u{bd}\u{be}\u{bf}\u{c6}\u{d0}\u{d7}\u{d8}\u{de}\u{df}\u{e0}\u{e1}\u{e6}\u{e8}\u{e9}\u{ea}\u{ec}\u{ed}\u{f0}\u{f2}\u{f3}\u{f7}\u{f8}\u{f9}\u{fa}\u{fc}\u{fe}";
    let ambiguous = matches!(sign as u32,
        0x391..=0x3a1 | 0x3a3..=0x3a9 | 0x3b1..=0x3c1 | 0x3c3..=0x3c9 | 0x401 | 0x410..=0x44f | 0x451 | 0x2010
        | 0x2013..=0x2016 | 0x2018 | 0x2019 | 0x201c | 0x201d | 0x2020..=0x2022 | 0x2024..=0x2027 | 0x2030 | 0x20ac
        | 0x2190..=0x2199 | 0x2500..=0x254b | 0x2550..=0x2573 | 0x25a0 | 0x25a1);
    if full || ambiguous || latin.contains(sign) { 2 } else { 1 }
}

/// The widest cell of each column.
fn widths(section: &Section) -> Vec<usize> {
    let mut widths: Vec<usize> = Vec::new();
    let header = (!section.header.is_empty()).then_some(&section.header);
    for row in header.into_iter().chain(&section.rows) {
        for (place, cell) in row.iter().enumerate() {
            match widths.get_mut(place) {
                Some(width) => *width = (*width).max(size(cell)),
                None => widths.push(size(cell)),
            }
        }
    }
    widths
}

fn total(sections: &[Section]) -> usize {
    let one = |section: &Section| {
        let cells: usize = widths(section).iter().map(|width| width + PADDING).sum();
        let title = section.title.as_deref().map_or(0, size);
        (cells + 2 + 2 * section.indent).max(title + 2 + 2 * section.indent)
    };
    sections.iter().map(one).max().unwrap_or_default()
}

/// The columns stretched to the width of the whole; the rounding is Python's.
fn scaled(section: &Section, width: usize) -> Vec<usize> {
    let plain: Vec<usize> = widths(section).iter().map(|width| width + PADDING).collect();
    let sum: usize = plain.iter().sum();
    if sum == 0 {
        return plain;
    }
    let scale = width as f64 / sum as f64;
    let mut columns: Vec<i64> = plain.iter().map(|own| half_even(scale * *own as f64)).collect();
    let mut over = columns.iter().sum::<i64>() - i64::try_from(width).unwrap_or_default();
    while over != 0 && !columns.is_empty() {
        let count = columns.len();
        for place in 0..count {
            let place = if over < 0 { count - 1 - place } else { place };
            let step = if over > 0 { -1 } else { 1 };
            if let Some(column) = columns.get_mut(place) {
                *column += step;
            }
            over += step;
            if over == 0 {
                break;
            }
        }
    }
    columns.into_iter().map(|column| usize::try_from(column).unwrap_or_default()).collect()
}

fn half_even(number: f64) -> i64 {
    let low = number as i64;
    let rest = number - low as f64;
    low + i64::from(rest > 0.5 || (rest == 0.5 && low % 2 != 0))
}

fn fill(out: &mut String, sign: char, count: usize) {
    (0..count).for_each(|_| out.push(sign));
}

/// A line between the bars of its section.
fn line(out: &mut String, section: &Section, write: &dyn Fn(&mut String)) {
    fill(out, '|', section.indent);
    write(out);
    fill(out, '|', section.indent);
    out.push('\n');
}

fn render(out: &mut String, section: &Section, width: usize) {
    if let Some(title) = section.title.as_deref().filter(|title| !title.is_empty()) {
        line(out, section, &|out| centred(out, title, width, true));
        if section.header.is_empty() && section.rows.is_empty() {
            line(out, section, &|out| dashes(out, width, true));
        }
    }
    let columns = scaled(section, width);
    let rule = |out: &mut String| {
        columns.iter().enumerate().for_each(|(place, column)| dashes(out, *column, place == 0));
    };
    if !section.header.is_empty() {
        line(out, section, &rule);
        line(out, section, &|out| {
            let cells = section.header.iter().zip(&columns).enumerate();
            cells.for_each(|(place, (cell, column))| centred(out, cell, *column, place == 0));
        });
    }
    if section.rows.is_empty() || columns.is_empty() {
        return;
    }
    line(out, section, &rule);
    for row in &section.rows {
        line(out, section, &|out| {
            let cells = row.iter().zip(&columns).enumerate();
            cells.for_each(|(place, (cell, column))| leftward(out, cell, *column, place == 0));
        });
    }
    line(out, section, &rule);
}

/// A rule as wide as a column, with a corner at its right, and one at its left where it is the first.
fn dashes(out: &mut String, width: usize, first: bool) {
    fill(out, '+', usize::from(first));
    fill(out, '-', width.saturating_sub(1 + usize::from(first)));
    out.push('+');
}

fn centred(out: &mut String, text: &str, width: usize, first: bool) {
    let own = size(text);
    let start = (width / 2).saturating_sub(own / 2).saturating_sub(1);
    cell(out, text, (width, start, own), first);
}

fn leftward(out: &mut String, text: &str, width: usize, first: bool) {
    let own = size(text);
    let padding = if own + 2 + usize::from(first) < width { 2 } else { 0 };
    cell(out, text, (width, padding, own), first);
}

/// A cell so wide, with so many blanks before a text of a size, and a bar at its end.
fn cell(out: &mut String, text: &str, (width, before, own): (usize, usize, usize), first: bool) {
    fill(out, '|', usize::from(first));
    fill(out, ' ', before);
    out.push_str(text);
    fill(out, ' ', width.saturating_sub(1 + usize::from(first) + before + own));
    out.push('|');
}
