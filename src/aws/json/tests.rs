use super::*;
use alloc::vec;
use proptest::prelude::*;
use serde_json::json;

fn at(line: usize, column: usize) -> Position {
    Position { line, column }
}

#[test]
fn a_text_that_is_not_json_is_refused_at_its_place() {
    for (text, shown) in [
        ("", "line 1, column 1: Expected a JSON value, but the text is empty."),
        ("  \n ", "line 2, column 2: Expected a JSON value, but the text is empty."),
        ("{", "line 1, column 2: The text ends inside an object."),
        ("{\"a\": [1,\n", "line 2, column 1: Expected a value, but the text ends here."),
        ("{\"a\": ", "line 1, column 7: Expected a value, but the text ends here."),
        ("{\"a\": \"x", "line 1, column 9: The text ends inside a string."),
        ("{\"a\": 1 \"b\": 2}", "line 1, column 9: Expected `,` or `}`, found `\"`"),
        ("{\n  \"é\": 1,\n  \"ü\" 2\n}", "line 3, column 7: Expected `:`, found `2`"),
        ("{\"ü\": 1, 'b': 2}", "line 1, column 10: Expected a member name in double quotes, found `'`"),
        ("{\"a\": 'b'}", "line 1, column 7: Expected a value, found `'`"),
        ("{\"a\": [1, 2,]}", "line 1, column 13: Expected another entry after the comma, found `]`"),
        ("{\"a\": 1,}", "line 1, column 9: Expected another entry after the comma, found `}`"),
        ("{\"a\": {{ x }}}", "line 1, column 8: Expected a member name in double quotes, found `{`"),
        ("{\"a\": 01}", "line 1, column 8: Expected the digits of a number, found `1`"),
        ("{\"a\": 1.}", "line 1, column 9: Expected the digits of a number, found `}`"),
        ("{\"a\": 1e999}", "line 1, column 11: Expected a number within the range of a double, found `9`"),
        ("{\"a\": tru}", "line 1, column 10: Expected one of true, false and null, found `}`"),
        ("{\"a\": NaN}", "line 1, column 7: Expected a value, found `N`"),
        (
            "{\"a\": \"x\ny\"}",
            "line 1, column 9: Expected an escape such as \\n for a line break or control character, found the end of \
             the line",
        ),
        (
            "{\"a\": \"\\x\"}",
            r#"line 1, column 9: Expected one of the escapes \" \\ \/ \b \f \n \r \t \u0000, found `x`"#,
        ),
        (
            "{\"a\": \"\\ud800\"}",
            r#"line 1, column 14: Expected \u with four hex digits, or both halves of a pair, found `"`"#,
        ),
        ("{\"a\": 1} // done", "line 1, column 10: Expected the end of the text, found `/`"),
        ("\u{feff}x", "line 1, column 1: Expected a value, found `x`"),
        ("[1 2]", "line 1, column 4: Expected `,` or `]`, found `2`"),
        ("{\"a\" = 1}", "line 1, column 6: Expected `:`, found `=`"),
    ] {
        assert_eq!(parse(text).unwrap_err().to_string(), shown, "{text:?}");
    }
}

#[test]
fn a_huge_or_bottomless_text_is_refused_at_once() {
    let huge = alloc::format!("[{}0]", "0,".repeat(5 * 1024 * 1024));
    let error = parse(&huge).unwrap_err();
    assert_eq!(error.to_string(), "The text is 10241 KiB long; at most 1024 KiB are read.");
    assert_eq!(error.position, None);
    let deep = alloc::format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let error = parse(&deep).unwrap_err();
    assert_eq!(error.to_string(), "line 1, column 128: Expected at most 127 levels of nesting, found `[`");
    let legal = alloc::format!("{}{}", "[".repeat(127), "]".repeat(127));
    let path = "[0]".repeat(126);
    assert_eq!(parse(&legal).unwrap().position(&path), Some(at(1, 127)));
    assert!(parse(&alloc::format!("[{}0]", "0,".repeat(LONGEST_TEXT / 2 - 2))).is_ok());
}

#[test]
fn members_are_found_by_their_path() {
    let text = "\u{feff}{\n  \"family\": \"a\",\n  \"é\": [ {\"x\":1 }, [true,null]],\r\n  \"a.b\": {\"c[0]\": {\"\": -1.5e3}},\n\
                \t\"q\\\"\\u0041\": {}\n}  \n";
    let document = parse(text).unwrap();
    for (path, value, key) in [
        ("", at(1, 1), at(1, 1)),
        ("family", at(2, 13), at(2, 3)),
        ("é", at(3, 8), at(3, 3)),
        ("é[0]", at(3, 10), at(3, 10)),
        ("é[0].x", at(3, 15), at(3, 11)),
        ("é[1]", at(3, 20), at(3, 20)),
        ("é[1][1]", at(3, 26), at(3, 26)),
        ("a.b", at(4, 10), at(4, 3)),
        ("a.b.c[0]", at(4, 19), at(4, 11)),
        ("a.b.c[0].", at(4, 24), at(4, 20)),
        ("q\"A", at(5, 15), at(5, 2)),
    ] {
        assert_eq!(document.position(path), Some(value), "{path}");
        assert_eq!(document.key_position(path), Some(key), "{path}");
    }
    for path in ["x", "family.x", "family[0]", "é[2]", "é[0]x", "é.[0]", "é[", "é[-1]", "é[0", "fam", "familyé", "."]
    {
        assert_eq!(document.position(path), None, "{path}");
    }
    for (path, nearest) in [
        ("é[0].y", at(3, 10)),
        ("é[7].y.z", at(3, 8)),
        ("family (key: x)", at(2, 13)),
        ("gone", at(1, 1)),
        ("a.b.zzz", at(4, 10)),
    ] {
        assert_eq!(document.nearest(path), nearest, "{path}");
    }
}

#[test]
fn a_member_that_stands_twice_is_named() {
    let document =
        parse("{\"a\": 1, \"b\": [{\"x\": 1,\n \"\\u0078\": 2, \"y\": {\"x\": 3}}],\n \"a\": {}, \"a\": 5}").unwrap();
    let duplicate = |path: &str, position, first| Duplicate { path: path.to_string(), position, first };
    assert_eq!(
        document.duplicates(),
        [
            duplicate("b[0].x", at(2, 2), at(1, 17)),
            duplicate("a", at(3, 2), at(1, 2)),
            duplicate("a", at(3, 11), at(1, 2)),
        ]
    );
    assert_eq!(document.value, json!({"a": 5, "b": [{"x": 2, "y": {"x": 3}}]}));
    assert_eq!(document.position("a"), Some(at(3, 16)), "the later one counts");
    let many = alloc::format!("{{{}\"a\":0}}", "\"a\":0,".repeat(1000));
    assert_eq!(parse(&many).unwrap().duplicates().len(), Document::DUPLICATES_KEPT);
    assert_eq!(parse("{\"a\": {\"a\": 1}, \"b\": {\"a\": 1}}").unwrap().duplicates(), []);
}

fn paths(value: &Value, path: &str, found: &mut Vec<(String, Value)>) {
    found.push((path.to_string(), value.clone()));
    match value {
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                paths(item, &alloc::format!("{path}[{place}]"), found);
            }
        }
        Value::Object(members) => {
            for (name, item) in members {
                let dot = if path.is_empty() { "" } else { "." };
                paths(item, &alloc::format!("{path}{dot}{name}"), found);
            }
        }
        _ => {}
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec(("[a-zé\"\\\\\n]{1,4}", inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    /// At the position of every path stands the value of that path.
    #[test]
    fn every_path_leads_to_its_value(value in any_json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let document = parse(&text).unwrap();
        prop_assert_eq!(&document.value, &value);
        prop_assert_eq!(document.duplicates(), vec![]);
        let mut found = Vec::new();
        paths(&value, "", &mut found);
        for (path, expected) in found {
            let position = document.position(&path).unwrap();
            let line = text.split('\n').skip(position.line - 1).collect::<Vec<_>>().join("\n");
            let rest: String = line.chars().skip(position.column - 1).collect();
            let mut values = serde_json::Deserializer::from_str(&rest).into_iter::<Value>();
            prop_assert_eq!(values.next().unwrap().unwrap(), expected, "{}", path);
        }
    }

    /// No text panics, and the place of the error lies in the text or right behind it.
    #[test]
    fn any_text_is_read_or_refused(text in "[\\[\\]{}:,\"\\\\a-cué0-9.\n -]{0,40}") {
        match parse(&text) {
            Ok(document) => prop_assert!(document.position("").is_some()),
            Err(error) => {
                let position = error.position.unwrap();
                let line = text.split('\n').nth(position.line - 1).unwrap();
                prop_assert!(position.column <= line.chars().count() + 1, "{}", error);
            }
        }
    }
}
