use super::command::{Part, Redirect};
use super::expand::Source;
use super::number as value;
use super::{parse, simples};
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

/// Words in short: quoted parts in `'…'`, variables as `$name`, substitutions as `$(…)`.
fn shown(text: &str) -> Vec<Vec<String>> {
    let part = |part: &Part| match part {
        Part::Plain(text) => text.clone(),
        Part::Quoted(text) => alloc::format!("'{text}'"),
        Part::Variable { name, quoted, .. } => alloc::format!("${name}{}", if *quoted { "\"" } else { "" }),
        Part::Command { body, .. } => alloc::format!("$({body})"),
        part => super::words::literal(part),
    };
    simples(&parse(text).unwrap())
        .iter()
        .map(|own| own.words.iter().map(|word| word.iter().map(part).collect()).collect())
        .collect()
}

#[test]
fn words_are_read_as_bash_reads_them() {
    for (text, expected) in [
        ("a b", vec![vec!["a", "b"]]),
        ("a$((1 + (2)))b", vec![vec!["a$((1 + (2)))b"]]),
        ("a 'b c' \"d $e\"", vec![vec!["a", "'b c'", "'d '$e\""]]),
        ("a\\ b c\\\nd", vec![vec!["a' 'b", "cd"]]),
        ("a | b && c; d", vec![vec!["a"], vec!["b"], vec!["c"], vec!["d"]]),
        ("a # b\nc#d", vec![vec!["a"], vec!["c#d"]]),
        ("a $(b 'c)' \"$(d)\") e", vec![vec!["a", "$(b 'c)' \"$(d)\")", "e"]]),
        ("a `b`", vec![vec!["a", "$(b)"]]),
        ("a ''", vec![vec!["a", "''"]]),
        ("a $ $1x", vec![vec!["a", "$", "$1x"]]),
        ("for i in 1 2; do a $i; done | b", vec![vec!["a", "$i"], vec!["b"]]),
        ("", vec![]),
        (" # only a remark", vec![]),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn redirections_and_assignments_are_no_words() {
    let lines = parse("A=1 B='x y' cmd <in >>out 2>&1 <<<here word").unwrap();
    let own = simples(&lines)[0];
    assert_eq!(own.assignments.iter().map(|own| own.name.as_str()).collect::<Vec<_>>(), ["A", "B"]);
    assert_eq!(own.words.len(), 2);
    assert!(matches!(
        own.redirects.as_slice(),
        [Redirect::Read(_), Redirect::Write { append: true, .. }, Redirect::ErrorToOutput, Redirect::Here(_)]
    ));
}

#[test]
fn a_here_document_begins_at_the_next_line() {
    let lines = parse("cat <<A <<'B' | wc\nfirst $x\nA\nsecond $x\nB\necho").unwrap();
    assert_eq!(lines.len(), 2);
    let texts: Vec<&Redirect> = simples(&lines)[0].redirects.iter().collect();
    let variable = Part::Variable { name: "x".to_string(), place: None, change: None, quoted: true };
    let first = Redirect::Document(vec![Part::Quoted("first ".into()), variable, Part::Quoted("\n".into())]);
    assert_eq!(texts, [&first, &Redirect::Document(vec![Part::Quoted("second $x\n".into())])]);
}

struct Variables;

impl Source for Variables {
    fn variable(&mut self, name: &str) -> Option<String> {
        [("N", "4"), ("M", "N"), ("loop", "loop"), ("word", "x y")]
            .iter()
            .find(|(own, _)| *own == name)
            .map(|(_, value)| (*value).into())
    }

    fn set(&mut self, _: &str, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn output(&mut self, _: &str) -> Result<String, String> {
        Err("no commands here".to_string())
    }

    fn cost(&mut self, _: usize) -> Result<(), String> {
        Ok(())
    }

    fn matching(&self, _: &str) -> Vec<String> {
        Vec::new()
    }
}

#[test]
fn expressions_come_to_numbers() {
    for (text, expected) in [
        ("1+2", Ok(3)),
        (" 2 + 3 * 4 ", Ok(14)),
        ("(2 + 3) * -4", Ok(-20)),
        ("7 / 2 + 7 % 4", Ok(6)),
        ("2 ** 3 ** 2", Ok(512)),
        ("N * ${N} - $N", Ok(12)),
        ("none + 1", Ok(1)),
        ("N > 3", Ok(1)),
        ("1 + 1 == 3", Ok(0)),
        ("!5", Ok(0)),
        ("", Ok(0)),
        ("1 / 0", Err("1 / 0: division by 0 (error token is \"0\")")),
        ("1 << 4 | 1, 6 & 3 ^ 8", Ok(10)),
        ("2#101 + 16#ff + 0x10 + 010", Ok(284)),
        ("0 && 1 / 0 || ~0 == -1", Ok(1)),
        ("M + 1", Ok(5)),
        ("08", Err("08: value too great for base (error token is \"08\")")),
        ("loop", Err("loop: expression recursion level exceeded (error token is \"loop\")")),
        ("9223372036854775807 + 1", Ok(i64::MIN)),
    ] {
        assert_eq!(value(text, &mut Variables), expected.map_err(String::from), "{text}");
    }
    for text in ["1 +", "1 2", "(1", "a b", "word", "1.5", "2 ** -1", &"(".repeat(100), &"-".repeat(100_000)] {
        assert!(value(text, &mut Variables).is_err(), "{text}");
    }
}
