//! Key names as WebDriver's key actions.

use serde_json::{Value, json};

/// The strokes of `Enter`, `a` or a chord such as `Control+Shift+z`.
pub fn strokes(chord: &str) -> Result<Vec<Value>, String> {
    let names: Vec<&str> = if chord.len() > 1 { chord.split('+').collect() } else { vec![chord] };
    let codes = names.iter().map(|name| code(name)).collect::<Result<Vec<_>, _>>()?;
    let down = codes.iter().map(|code| json!({ "type": "keyDown", "value": code.to_string() }));
    let up = codes.iter().rev().map(|code| json!({ "type": "keyUp", "value": code.to_string() }));
    Ok(down.chain(up).collect())
}

/// Pressing and releasing one character.
pub fn stroke(character: char) -> [Value; 2] {
    let value = character.to_string();
    [json!({ "type": "keyDown", "value": value }), json!({ "type": "keyUp", "value": value })]
}

/// The code point that WebDriver uses for a named key.
fn code(name: &str) -> Result<char, String> {
    let mut characters = name.chars();
    if let (Some(only), None) = (characters.next(), characters.next()) {
        return Ok(only);
    }
    Ok(match name {
        "Backspace" => '\u{e003}',
        "Tab" => '\u{e004}',
        "Enter" => '\u{e007}',
        "Shift" => '\u{e008}',
        "Control" => '\u{e009}',
        "Alt" => '\u{e00a}',
        "Escape" => '\u{e00c}',
        "Space" => ' ',
        "PageUp" => '\u{e00e}',
        "PageDown" => '\u{e00f}',
        "End" => '\u{e010}',
        "Home" => '\u{e011}',
        "ArrowLeft" => '\u{e012}',
        "ArrowUp" => '\u{e013}',
        "ArrowRight" => '\u{e014}',
        "ArrowDown" => '\u{e015}',
        "Delete" => '\u{e017}',
        _ => return Err(format!("`{name}` is not a key that the tests know")),
    })
}
