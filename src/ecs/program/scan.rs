//! What stands together in a script: quotes, escaped signs, and what begins with `$`.

/// As deep as such pieces may be within one another.
const DEEPEST: u8 = 16;

/// How many bytes of a text stand together at its start: a quote, an escaped sign, `$NAME`, `${…}`, `$(…)`, `$((…))` or
/// `` `…` ``, else one sign. None for one that does not close, or is too deep.
pub(super) fn piece(text: &str) -> Option<usize> {
    within(text, 0)
}

fn within(text: &str, depth: u8) -> Option<usize> {
    if depth > DEEPEST {
        return None;
    }
    let mut signs = text.chars();
    let sign = signs.next()?;
    let next = signs.next();
    Some(match (sign, next) {
        ('\\', next) => 1 + next.map_or(0, char::len_utf8),
        ('\'', _) => 2 + text.get(1..)?.find('\'')?,
        ('"', _) => closed(text, 1, '"', depth)?,
        ('`', _) => escaped(text)?,
        ('$', Some('{')) => closed(text, 2, '}', depth)?,
        ('$', Some('(')) => closed(text, 2, ')', depth)?,
        ('$', Some(own)) if own.is_ascii_alphabetic() || own == '_' => {
            let name = text.get(1..)?.find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_');
            name.map_or(text.len(), |length| length + 1)
        }
        ('$', Some('0'..='9' | '?' | '#' | '@' | '*' | '$' | '!' | '-')) => 2,
        (own, _) => own.len_utf8(),
    })
}

/// Up to the sign that closes what is open from a place on. Within double quotes a single one is a sign like others.
fn closed(text: &str, from: usize, end: char, depth: u8) -> Option<usize> {
    let (mut at, mut open) = (from, 0_u32);
    loop {
        let rest = text.get(at..)?;
        let sign = rest.chars().next()?;
        match sign {
            own if own == end && open == 0 => return Some(at + 1),
            ')' if end == ')' => open -= 1,
            '(' if end == ')' => open += 1,
            _ => {}
        }
        at += match sign {
            '\'' if end == '"' => 1,
            _ => within(rest, depth + 1)?,
        };
    }
}

/// Up to the backquote that closes the first one.
fn escaped(text: &str) -> Option<usize> {
    let mut signs = text.char_indices().skip(1);
    while let Some((at, sign)) = signs.next() {
        match sign {
            '\\' => drop(signs.next()),
            '`' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The parts of a command between the pipes, none where a piece of it does not close.
pub(super) fn pipes(text: &str) -> Option<alloc::vec::Vec<&str>> {
    let (mut all, mut from, mut at, mut last) = (alloc::vec::Vec::new(), 0, 0, ' ');
    while let Some(rest) = text.get(at..).filter(|own| !own.is_empty()) {
        let sign = rest.chars().next()?;
        if sign == '|' && last != '>' {
            all.push(text.get(from..at)?);
            from = at + 1;
        }
        last = sign;
        at += piece(rest)?;
    }
    all.push(text.get(from..)?);
    Some(all)
}
