use super::compile;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use proptest::prelude::*;
use serde_json::{Value, json};

fn found(query: &str, given: &Value) -> Result<Value, String> {
    compile(query).and_then(|query| query.search(given))
}

#[test]
fn queries_give_what_jmespath_py_gives() {
    let (mut given, mut count, mut wrong) = (Value::Null, 0, Vec::new());
    for line in include_str!("cases.txt").lines() {
        if let Some(document) = line.strip_prefix("given ") {
            given = serde_json::from_str(document).unwrap();
        }
        let Some((query, expected)) = line.split_once('\t') else { continue };
        count += 1;
        let found = found(query, &given);
        let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let fits = match (&found, expected.strip_prefix('!')) {
            (Err(why), Some(expected)) => json(expected) == why.as_str(),
            (Ok(found), None) => super::number::equal(found, &json(expected)),
            _ => false,
        };
        if !fits {
            wrong.push(alloc::format!("{query}\n  expected {expected}\n  found    {found:?}"));
        }
    }
    assert!(wrong.is_empty() && count > 250, "of {count} are wrong:\n{}", wrong.join("\n"));
}

proptest! {
    /// No query panics, hangs or grows without end.
    #[test]
    fn any_query_ends(pieces in proptest::collection::vec(prop_oneof![
        Just("a"), Just("."), Just("["), Just("]"), Just("[?"), Just("*"), Just("[]"), Just("{"), Just("}"), Just(":"),
        Just("|"), Just("||"), Just("&&"), Just("&"), Just("!"), Just("("), Just(")"), Just(","), Just("`1`"), Just("'b'"),
        Just("@"), Just("sort_by("), Just("length("), Just("-1"), Just("=="), Just("<"), Just("\"c\""), Just(" "),
    ], 0..24)) {
        let given = json!({ "a": [{ "a": 1, "c": [1, 2] }, { "a": "b" }], "c": { "a": [[1], [2, [3]]] } });
        let _ = found(&pieces.concat(), &given);
    }
}
