//! Arrays: what they hold, and how a line reads and sets their elements.

use super::exec::Shell;
use super::language::expand::{self, Source};
use super::language::{Assignment, Value, Word, number};
use super::random::Seeded;
use super::terminal::{LONGEST, Variable};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// As many elements as an array may have.
const MOST: usize = 10_000;

/// The same of one with keys; from 2,048 on bash's table grows, and with it the order changes.
const MOST_KEYS: u64 = 2000;

/// The lists of bash's table of keys.
const LISTS: u64 = 1024;

/// What an element costs beside its text, in bytes.
const EACH: usize = 16;

/// Elements by their numbers, or by keys in the order in which bash's table holds them: from list to list, and in each of
/// them the last one first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Elements {
    /// Whether keys are texts.
    named: bool,
    items: Vec<Item>,
    bytes: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Item {
    at: Key,
    value: String,
}

/// The place of an element: a number; or the list of a key, and the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    list: u64,
    name: String,
}

impl Key {
    fn number(number: u64) -> Self {
        Self { list: number, name: String::new() }
    }

    /// By FNV-1 in 32 bits over signed bytes, as bash does it.
    fn named(name: &str) -> Self {
        let hash = name.bytes().fold(2_166_136_261_u32, |hash, byte| {
            hash.wrapping_mul(16_777_619) ^ i32::from(byte.cast_signed()).cast_unsigned()
        });
        Self { list: u64::from(hash) % LISTS, name: name.to_string() }
    }
}

impl Elements {
    pub(super) fn new(named: bool) -> Self {
        Self { named, ..Self::default() }
    }

    /// Texts with the numbers from 0 on.
    pub(super) fn of(all: Vec<String>) -> Self {
        let items = all.into_iter().enumerate();
        let items = items.map(|(place, value)| Item { at: Key::number(place as u64), value }).collect();
        Self { items, ..Self::default() }
    }

    /// Elements by their places, which are texts if it is `named`. What is no place, or too much, is left out.
    pub(super) fn of_pairs<'a>(named: bool, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut own = Self::new(named);
        for (at, value) in pairs {
            let key = if named {
                Some(Key::named(at))
            } else {
                at.parse().ok().filter(|own| *own <= i64::MAX as u64).map(Key::number)
            };
            // What is too much stays behind.
            let _ = key.map(|key| own.insert(key, value.to_string()));
        }
        own
    }

    /// Whether an element is there, by its number or its key; with `@`, any.
    pub(super) fn has(&self, place: &str) -> bool {
        match place {
            "@" | "*" => !self.items.is_empty(),
            key if self.named => self.find(&Key::named(key)).is_some(),
            number => number.parse().is_ok_and(|number| self.find(&Key::number(number)).is_some()),
        }
    }

    /// The element that stands for the whole.
    pub(super) fn first(&self) -> Option<&String> {
        self.get(&if self.named { Key::named("0") } else { Key::number(0) })
    }

    /// Whether keys are texts.
    pub(super) fn is_named(&self) -> bool {
        self.named
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Where the list of a key begins.
    fn start(&self, list: u64) -> usize {
        self.items.partition_point(|own| own.at.list < list)
    }

    fn find(&self, key: &Key) -> Option<usize> {
        let start = self.start(key.list);
        let rest = self.items.get(start..)?.iter().take_while(|own| own.at.list == key.list);
        rest.into_iter().position(|own| own.at.name == key.name).map(|place| start + place)
    }

    pub(super) fn get(&self, key: &Key) -> Option<&String> {
        self.items.get(self.find(key)?).map(|own| &own.value)
    }

    /// # Errors
    /// Where it is full.
    fn insert(&mut self, key: Key, value: String) -> Result<(), String> {
        let old = self.find(&key);
        let before = old.and_then(|place| self.items.get(place)).map_or(0, |own| own.value.len());
        let size = if old.is_some() { 0 } else { key.name.len() + EACH };
        let bytes = self.bytes + size + value.len() - before;
        let most = if self.named { MOST_KEYS as usize } else { MOST };
        if bytes > LONGEST || old.is_none() && self.items.len() >= most {
            return Err(format!("an array of the lab's shell has no more than {most} elements, and 1 MiB in all"));
        }
        self.bytes = bytes;
        match old.and_then(|place| self.items.get_mut(place)) {
            Some(own) => own.value = value,
            None => self.items.insert(self.start(key.list), Item { at: key, value }),
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, key: &Key) {
        if let Some(place) = self.find(key) {
            let own = self.items.remove(place);
            self.bytes -= own.value.len() + own.at.name.len() + EACH;
        }
    }

    /// The number behind the last element.
    fn end(&self) -> u64 {
        self.items.last().map_or(0, |own| own.at.list + 1)
    }

    /// Each place with its element, in order.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (String, &String)> {
        self.items
            .iter()
            .map(|own| (if self.named { own.at.name.clone() } else { own.at.list.to_string() }, &own.value))
    }

    /// The array as `declare -p` shows it.
    pub(super) fn shown(&self) -> String {
        let key = |key: String| {
            let plain = key.chars().all(|sign| sign.is_ascii_alphanumeric() || "_-./:@%+,".contains(sign));
            if plain && !key.is_empty() { key } else { doubled(&key) }
        };
        let all: Vec<String> = self.pairs().map(|(own, value)| format!("[{}]={}", key(own), doubled(value))).collect();
        let end = if self.named && !all.is_empty() { " " } else { "" };
        format!("({}{end})", all.join(" "))
    }
}

/// A text in double quotes.
pub(super) fn doubled(text: &str) -> String {
    let mut out = String::from("\"");
    for sign in text.chars() {
        if "\"\\$`".contains(sign) {
            out.push('\\');
        }
        out.push(sign);
    }
    out + "\""
}

/// What stands behind `=` with its words expanded: elements, each with the place that it was given.
pub(super) type Items = Vec<(Option<String>, String)>;

impl Shell<'_> {
    /// The elements of a variable that is an array.
    pub(super) fn array(&self, name: &str) -> Option<Rc<Elements>> {
        self.terminal.variables.get(name)?.array.clone()
    }

    /// The arrays that the shell sets itself.
    pub(super) fn own_array(&self, name: &str) -> Option<Vec<String>> {
        let state = &self.terminal.state;
        let script = || self.scripts.last().map(|own| own.name.clone());
        Some(match name {
            "BASH_REMATCH" => state.found.clone(),
            "PIPESTATUS" => state.pipes.iter().map(ToString::to_string).collect(),
            "FUNCNAME" if self.calls.is_empty() => Vec::new(),
            "FUNCNAME" => {
                let main = state.name.is_some().then(|| "main".to_string());
                self.calls.iter().rev().map(|own| own.name.clone()).chain(main).collect()
            }
            "BASH_LINENO" => {
                let main = state.name.is_some().then(|| "0".to_string());
                self.calls.iter().rev().map(|own| own.line.to_string()).chain(main).collect()
            }
            "BASH_SOURCE" => {
                let own = script()?;
                let count = self.calls.len() + 1;
                core::iter::repeat_n(own, count).collect()
            }
            _ => return None,
        })
    }

    /// The place in an array that an expression or a key names; none for one before its beginning.
    ///
    /// # Errors
    /// What is no expression.
    pub(super) fn key(&mut self, array: &Elements, place: &str) -> Result<Option<Key>, String> {
        if array.named {
            return Ok((!place.is_empty()).then(|| Key::named(place)));
        }
        let number = match place.parse::<i64>() {
            Ok(plain) if !place.starts_with(['0', '+']) || place == "0" => plain,
            _ => self.counted(place)?,
        };
        let number = if number < 0 { (array.end() as i64).saturating_add(number) } else { number };
        Ok(u64::try_from(number).ok().map(Key::number))
    }

    /// What the expression of a place comes to, which may ask for other places.
    fn counted(&mut self, place: &str) -> Result<i64, String> {
        if self.charged(1).is_some() {
            return Err(String::new());
        }
        let number = self.deeper(|shell| number(place, shell));
        number.unwrap_or_else(|| Err(format!("{place}: expression recursion level exceeded")))
    }

    /// Gives a variable a value, or the first element of an array.
    ///
    /// # Errors
    /// Where it keeps its own.
    pub(super) fn put(&mut self, name: &str, value: String) -> Result<(), String> {
        self.terminal.state.changes(name)?;
        if name == "RANDOM" {
            self.terminal.state.seeded = Some(Seeded::new(number(&value, self)?));
            return Ok(());
        }
        match self.terminal.variables.get_mut(name) {
            Some(own) => match &mut own.array {
                Some(array) => {
                    let key = if array.named { Key::named("0") } else { Key::number(0) };
                    return Rc::make_mut(array).insert(key, value);
                }
                None => own.value = value,
            },
            None => drop(self.terminal.variables.insert(name.to_string(), Variable { value, ..Variable::default() })),
        }
        Ok(())
    }

    /// Gives an element a value, behind what it holds where it grows.
    ///
    /// # Errors
    /// What is no place, and an array that keeps its elements or is full.
    pub(super) fn put_element(&mut self, name: &str, place: &str, grows: bool, value: String) -> Result<(), String> {
        self.terminal.state.changes(name)?;
        let mut array = self.array(name).or_else(|| self.plain(name)).unwrap_or_default();
        let key = self.key(&array, place)?;
        let key = key.ok_or_else(|| format!("{name}[{place}]: bad array subscript"))?;
        let old = array.get(&key).filter(|_| grows).cloned().unwrap_or_default();
        // What the variable holds is let go, so that an array that nobody else holds is not copied.
        let variable = self.terminal.variables.or_insert_with(name.to_string(), Variable::default);
        (variable.array, variable.value) = (None, String::new());
        let done = Rc::make_mut(&mut array).insert(key, old + &value);
        variable.array = Some(array);
        done
    }

    /// A plain variable as an array of one.
    fn plain(&self, name: &str) -> Option<Rc<Elements>> {
        let own = self.terminal.variables.get(name).filter(|own| own.array.is_none())?;
        let mut array = Elements::default();
        // One value fits.
        let _ = array.insert(Key::number(0), own.value.clone());
        Some(Rc::new(array))
    }

    /// The words of `(…)`, expanded.
    ///
    /// # Errors
    /// What cannot be expanded.
    pub(super) fn items(&mut self, all: &[(Option<Word>, Word)]) -> Result<Items, String> {
        let mut items = Items::new();
        let mut size = 0;
        for (place, word) in all {
            let before = items.len();
            match place {
                Some(place) => items.push((Some(expand::text(place, self)?), expand::text(word, self)?)),
                None => items.extend(expand::words(word, self)?.into_iter().map(|own| (None, own))),
            }
            size += items.iter().skip(before).map(|(_, own)| own.len() + EACH).sum::<usize>();
            if size > LONGEST {
                return Err("Argument list too long".to_string());
            }
        }
        Ok(items)
    }

    /// Sets an array to elements, behind those that it has where it grows. A variable that is declared for keys takes words
    /// without places two by two.
    ///
    /// # Errors
    /// What is no place, and an array that is full.
    pub(super) fn fill(&mut self, name: &str, grows: bool, items: Items) -> Result<(), String> {
        let old = self.array(name);
        let fresh = Rc::new(Elements::new(old.as_ref().is_some_and(|own| own.named)));
        let mut array = if grows { old.or_else(|| self.plain(name)).unwrap_or(fresh) } else { fresh };
        let variable = self.terminal.variables.or_insert_with(name.to_string(), Variable::default);
        (variable.array, variable.value) = (None, String::new());
        let done = self.added(Rc::make_mut(&mut array), items);
        let variable = self.terminal.variables.or_insert_with(name.to_string(), Variable::default);
        variable.array = Some(array);
        done
    }

    fn added(&mut self, array: &mut Elements, items: Items) -> Result<(), String> {
        let mut items = items.into_iter();
        while let Some((place, value)) = items.next() {
            let (key, value) = match place {
                Some(place) => {
                    let key = self.key(array, &place)?;
                    (key.ok_or_else(|| format!("[{place}]={value}: bad array subscript"))?, value)
                }
                None if array.named => (Key::named(&value), items.next().map(|(_, own)| own).unwrap_or_default()),
                None => (Key::number(array.end()), value),
            };
            array.insert(key, value)?;
        }
        Ok(())
    }

    /// Sets what `NAME=…` names, and shows it as `set -x` does.
    ///
    /// # Errors
    /// What cannot be expanded, and a variable that keeps its value.
    pub(super) fn assign(&mut self, own: &Assignment) -> Result<(), String> {
        let Assignment { name, place, grows, value } = own;
        self.terminal.state.changes(name)?;
        let place = place.as_ref().map(|place| expand::text(place, self)).transpose()?;
        let text = match value {
            Value::Several(items) => {
                let items = self.items(items)?;
                self.trace_items(name, *grows, &items);
                return self.fill(name, *grows, items);
            }
            Value::One(word) => expand::text(word, self)?,
        };
        let shown = place.as_ref().map_or_else(|| name.clone(), |place| format!("{name}[{place}]"));
        self.trace(&[(shown + if *grows { "+" } else { "" }, text.clone())], &[]);
        match place {
            Some(place) => self.put_element(name, &place, *grows, text),
            None if *grows => {
                let old = self.variable(name).unwrap_or_default();
                if old.len() + text.len() > LONGEST {
                    return Err("Argument list too long".to_string());
                }
                self.put(name, old + &text)
            }
            None => self.put(name, text),
        }
    }
}
