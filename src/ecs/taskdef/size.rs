//! The task-level `cpu` and `memory` texts: CPU units or vCPUs, MiB or GB (reference 3.2).

use alloc::string::{String, ToString};
use serde_json::Value;

/// A size member as the caller wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// The member is absent.
    Absent,
    /// CPU units or MiB.
    Is(u32),
    /// A text that is no size.
    Unreadable,
}

impl Size {
    /// The number, if there is a readable one.
    pub(crate) fn known(self) -> Option<u32> {
        match self {
            Size::Is(number) => Some(number),
            Size::Absent | Size::Unreadable => None,
        }
    }
}

/// Reads `cpu`: `256`, `.25 vCPU`, `1 vcpu`.
pub(crate) fn cpu(input: &Value) -> Size {
    read(input.get("cpu"), "vcpu")
}

/// Reads `memory`: `512`, `0.5 GB`, `2gb`.
pub(crate) fn memory(input: &Value) -> Size {
    read(input.get("memory"), "gb")
}

fn read(member: Option<&Value>, unit: &str) -> Size {
    let words: String = match member {
        None | Some(Value::Null) => return Size::Absent,
        Some(Value::String(words)) => words.trim().to_ascii_lowercase(),
        Some(Value::Number(number)) => number.to_string(),
        Some(_) => return Size::Unreadable,
    };
    let found = match words.strip_suffix(unit) {
        Some(number) => thousand_and_24_times(number.trim_end()),
        None => whole(&words),
    };
    found.map_or(Size::Unreadable, Size::Is)
}

fn whole(digits: &str) -> Option<u32> {
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

/// A decimal number times 1024, exact in integers; what is left below one unit is dropped.
fn thousand_and_24_times(number: &str) -> Option<u32> {
    let (integer, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (integer.is_empty() && fraction.is_empty()) || fraction.len() > 9 {
        return None;
    }
    let integer = if integer.is_empty() { 0 } else { whole(integer)? };
    let part = if fraction.is_empty() { 0 } else { u64::from(whole(fraction)?) };
    let scale = 10_u64.pow(u32::try_from(fraction.len()).ok()?);
    let units = u64::from(integer) * 1024 + part * 1024 / scale;
    u32::try_from(units).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cpu_and_memory_forms_of_reference_3_2() {
        let cases = [
            (json!("256"), Size::Is(256), Size::Is(256)),
            (json!(" 1024 "), Size::Is(1024), Size::Is(1024)),
            (json!(".25 vCPU"), Size::Is(256), Size::Unreadable),
            (json!("0.25vcpu"), Size::Is(256), Size::Unreadable),
            (json!("1 VCPU"), Size::Is(1024), Size::Unreadable),
            (json!("1."), Size::Unreadable, Size::Unreadable),
            (json!("1. vCPU"), Size::Is(1024), Size::Unreadable),
            (json!("0.5 GB"), Size::Unreadable, Size::Is(512)),
            (json!("2GB"), Size::Unreadable, Size::Is(2048)),
            (json!("0.3 gb"), Size::Unreadable, Size::Is(307)),
            (json!(""), Size::Unreadable, Size::Unreadable),
            (json!("."), Size::Unreadable, Size::Unreadable),
            (json!(". GB"), Size::Unreadable, Size::Unreadable),
            (json!("-1"), Size::Unreadable, Size::Unreadable),
            (json!("+1"), Size::Unreadable, Size::Unreadable),
            (json!("1e3"), Size::Unreadable, Size::Unreadable),
            (json!("99999999999"), Size::Unreadable, Size::Unreadable),
            (json!("9999999 GB"), Size::Unreadable, Size::Unreadable),
            (json!(512), Size::Is(512), Size::Is(512)),
            (json!(true), Size::Unreadable, Size::Unreadable),
            (json!(null), Size::Absent, Size::Absent),
        ];
        for (member, want_cpu, want_memory) in cases {
            let input = json!({"cpu": member, "memory": member});
            assert_eq!(cpu(&input), want_cpu, "cpu {member}");
            assert_eq!(memory(&input), want_memory, "memory {member}");
        }
        assert_eq!(cpu(&json!(7)), Size::Absent);
    }
}
