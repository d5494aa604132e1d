use super::compile;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::eprintln;

/// The queries of the compliance suite that jmespath.py ships (MIT), with what its version 1.1 makes of them: a list of
/// documents, each with pairs of query and result, where `{"!": …}` is an error's text.
const SUITE: &str = include_str!("../../../tests/it/shell/jmespath.json");

fn found(query: &str, given: &Value) -> Value {
    compile(query).and_then(|query| query.search(given)).unwrap_or_else(|why| json!({ "!": why }))
}

#[test]
fn the_official_suite_gives_what_jmespath_py_gives() {
    let suite: Value = serde_json::from_str(SUITE).unwrap();
    let (mut count, mut wrong): (u32, Vec<String>) = (0, Vec::new());
    for document in suite.as_array().unwrap() {
        for case in document[1].as_array().unwrap() {
            let (query, expected) = (case[0].as_str().unwrap(), &case[1]);
            let found = found(query, &document[0]);
            count += 1;
            if !super::number::equal(&found, expected) {
                wrong.push(alloc::format!("{query}\n  expected {expected}\n  found    {found}"));
            }
        }
    }
    wrong.iter().take(40).for_each(|wrong| eprintln!("{wrong}"));
    assert!(wrong.is_empty() && count > 800, "{} of {count} are wrong", wrong.len());
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
        found(&pieces.concat(), &given);
    }
}
