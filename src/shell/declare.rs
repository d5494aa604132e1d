//! `declare`, `local` and `readonly`, and what takes a variable back.

use super::arrays::{Elements, doubled};
use super::exec::Shell;
use super::language::parameter::is_name;
use super::terminal::{Output, Variable};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};

/// What the letters of `declare` ask for.
#[derive(Clone, Copy, Default)]
struct Asked {
    exported: bool,
    readonly: bool,
    /// Whether it is an array, and whether its keys are texts.
    array: Option<bool>,
    /// Whether the variable is hidden when the function ends.
    local: bool,
}

/// `local [-aArx] NAME[=VALUE] …`, and `declare`, which is the same within a function.
pub(super) fn run(shell: &mut Shell<'_>, tool: &str, words: &[String]) -> Output {
    let mut asked = Asked { readonly: tool == "readonly", local: tool != "readonly", ..Asked::default() };
    let mut shows = false;
    let options = words.iter().take_while(|word| word.len() > 1 && word.starts_with('-')).count();
    let (options, names) = words.split_at(options);
    for letter in options.iter().flat_map(|word| word.chars().skip(1)) {
        match letter {
            'a' => asked.array = Some(false),
            'A' => asked.array = Some(true),
            'x' => asked.exported = true,
            'r' => asked.readonly = true,
            'g' => asked.local = false,
            'p' => shows = true,
            'F' => return functions(shell, names),
            _ => {}
        }
    }
    if shows {
        return shown(shell, tool, names);
    }
    asked.local &= !shell.calls.is_empty();
    for word in names {
        if let Err(why) = one(shell, asked, word) {
            return Output::fail(1, format!("bash: {tool}: {why}\n"));
        }
    }
    Output::default()
}

fn one(shell: &mut Shell<'_>, asked: Asked, word: &str) -> Result<(), String> {
    let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
    let (name, grows) = match name.strip_suffix('+').filter(|_| value.is_some()) {
        Some(name) => (name, true),
        None => (name, false),
    };
    if !is_name(name) {
        return Err(format!("`{word}': not a valid identifier"));
    }
    if value.is_some() {
        shell.terminal.state.changes(name)?;
    }
    let old = shell.terminal.variables.get(name).cloned();
    let is_new = asked.local && hide(shell, name, old.as_ref());
    let kept = old.filter(|_| !is_new);
    if let (Some(named), Some(array)) = (asked.array, kept.as_ref().and_then(|own| own.array.as_ref()))
        && array.is_named() != named
    {
        let (from, to) = if named { ("indexed", "associative") } else { ("associative", "indexed") };
        return Err(format!("{name}: cannot convert {from} to {to} array"));
    }
    if is_new {
        shell.terminal.variables.remove(name);
    }
    if let Some(named) = asked.array.filter(|_| kept.as_ref().is_none_or(|own| own.array.is_none())) {
        let before = kept.as_ref().map(|own| own.value.clone());
        let own = Variable { array: Some(Rc::new(Elements::new(named))), ..Variable::default() };
        shell.terminal.variables.insert(name.to_string(), own);
        if let Some(before) = before {
            shell.put(name, before)?;
        }
    }
    if let Some(value) = value {
        let before = kept.filter(|_| grows).map(|own| own.value).unwrap_or_default();
        shell.put(name, before + value)?;
    }
    if asked.exported
        && let Some(own) = shell.terminal.variables.get_mut(name)
    {
        own.exported = true;
    }
    if asked.readonly && shell.terminal.state.changes(name).is_ok() {
        shell.terminal.state.readonly.push(name.to_string());
    }
    Ok(())
}

/// Keeps what a function hides of a variable; whether it has hidden it only now.
fn hide(shell: &mut Shell<'_>, name: &str, old: Option<&Variable>) -> bool {
    let Some(call) = shell.calls.last_mut() else { return false };
    let is_new = !call.hidden.iter().any(|(known, _)| known == name);
    if is_new {
        call.hidden.push((name.to_string(), old.cloned()));
    }
    is_new
}

/// `declare -F NAME …`: the names of functions.
fn functions(shell: &Shell<'_>, names: &[String]) -> Output {
    let known = &shell.terminal.state.functions;
    if names.is_empty() {
        return Output::print(known.keys().map(|name| format!("declare -f {name}\n")).collect::<String>());
    }
    let there = names.iter().filter(|name| known.contains_key(*name));
    let told: String = there.map(|name| format!("{name}\n")).collect();
    let missing = names.iter().any(|name| !known.contains_key(name));
    Output { status: u8::from(missing), ..Output::print(told) }
}

/// `declare -p [NAME …]`.
fn shown(shell: &Shell<'_>, tool: &str, names: &[String]) -> Output {
    let variables = &shell.terminal.variables;
    let line = |name: &str, own: &Variable| {
        let mut letters = String::new();
        letters.extend(own.array.as_ref().map(|array| if array.is_named() { 'A' } else { 'a' }));
        letters.extend(shell.terminal.state.changes(name).is_err().then_some('r'));
        letters.extend(own.exported.then_some('x'));
        let letters = if letters.is_empty() { "-" } else { &letters };
        let value = own.array.as_ref().map_or_else(|| doubled(&own.value), |array| array.shown());
        format!("declare -{letters} {name}={value}\n")
    };
    if names.is_empty() {
        return Output::print(variables.iter().map(|(name, own)| line(name, own)).collect::<String>());
    }
    let mut output = Output::default();
    for name in names {
        match variables.get(name) {
            Some(own) => output.stdout.push_str(&line(name, own)),
            None => {
                output.stderr.push_str(&format!("bash: {tool}: {name}: not found\n"));
                output.status = 1;
            }
        }
    }
    output
}

/// Takes a variable back, an element of one (`NAME[…]`), or a function.
///
/// # Errors
/// What is no place.
pub(super) fn unset(shell: &mut Shell<'_>, word: &str, functions: bool) -> Result<(), String> {
    if let Some((name, place)) = word.strip_suffix(']').and_then(|own| own.split_once('[')) {
        let Some(mut array) = shell.array(name) else { return Ok(()) };
        shell.terminal.state.changes(name).map_err(|_| format!("{name}: cannot unset: readonly variable"))?;
        if ["@", "*"].contains(&place) {
            shell.terminal.variables.remove(name);
            return Ok(());
        }
        let key = shell.key(&array, place)?.ok_or_else(|| format!("[{place}]: bad array subscript"))?;
        Rc::make_mut(&mut array).remove(&key);
        if let Some(own) = shell.terminal.variables.get_mut(name) {
            own.array = Some(array);
        }
        return Ok(());
    }
    shell.terminal.state.changes(word).map_err(|_| format!("{word}: cannot unset: readonly variable"))?;
    let was = if functions { None } else { shell.terminal.variables.remove(word) };
    if was.is_none() {
        shell.terminal.state.functions.remove(word);
    }
    Ok(())
}
