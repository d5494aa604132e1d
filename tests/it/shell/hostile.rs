//! No line panics, hangs or grows without end.

use ecs_lab::lab::{Lab, Start};
use ecs_lab::shell::{Generation, Output, Terminal};
use proptest::prelude::*;

fn run(text: &str) -> Output {
    let mut lab = Lab::new(Start::default());
    Terminal::of(&lab, Generation::V2).run(&mut lab, text)
}

#[test]
fn what_is_too_much_is_refused_in_a_sentence() {
    let deep = format!("echo {}x{}", "$(echo ".repeat(40), ")".repeat(40));
    let nested = format!("aws ecs list-clusters --query '{}a{}'", "[".repeat(100), "]".repeat(100));
    let chained = format!("aws ecs list-clusters --query 'a{}'", ".a".repeat(1000));
    let doubled = format!("x=aaaaaaaaaaaaaaaa{}", "; x=$x$x".repeat(40));
    let braces = format!("echo {}", "{a,b}".repeat(30));
    let shorthand = format!("aws ecs run-task --task-definition a --overrides a={}", "[".repeat(100));
    for (text, why) in [
        ("a".repeat(2 * 1024 * 1024), "bash: a line of 2048 KiB is longer than the lab's shell takes\n"),
        (deep, "bash: commands within words are nested deeper than 16\n"),
        (nested, "the expression is nested deeper than 64"),
        (chained, "the expression has more than 400 operators"),
        (doubled, "bash: Argument list too long\n"),
        (braces, "bash: braces make more than 1000 words\n"),
        (shorthand, "nested deeper than 32"),
        ("true;".repeat(20_000), "ECS Lab: this line has run too many commands, and is ended as by Ctrl+C\n"),
        ("while true; do :; done; echo never".to_string(), "has run too many commands"),
        ("while true; do sleep 5; done".to_string(), "has run too many commands"),
        ("until false; do lab advance 7d; done".to_string(), "has let more than 30 days pass in loops"),
        ("f() { f; }; f; echo never".to_string(), "bash: f: maximum function nesting level exceeded (40)\n"),
        (
            "echo 'bash a' > a; bash a".to_string(),
            "a: line 1: the lab's shell runs commands within each other no deeper than 60\n",
        ),
        ("e() { eval e; }; e".to_string(), "no deeper than 60\n"),
        ("( ".repeat(40) + "a", "no deeper than 30\n"),
        ("{ ".repeat(40) + "a", "bash: the lab's shell nests loops, choices and groups no deeper than 30\n"),
        (format!("[[ {} x ]]", "! ".repeat(1000)), "bash: the lab's shell nests tests no deeper than 30\n"),
        (format!("test {} x", "! ".repeat(1000)), "bash: test: too many arguments\n"),
        ("done".to_string(), "bash: syntax error near unexpected token `done'\n"),
        ("if true; fi".to_string(), "bash: syntax error near unexpected token `fi'\n"),
        ("for i in 1; do done".to_string(), "bash: syntax error near unexpected token `done'\n"),
        ("a=(1 2)".to_string(), "bash: the lab's shell has no arrays\n"),
        ("env ".repeat(100) + "true", "env: commands within commands are nested too deep\n"),
        ("eval \"echo 'a\"".to_string(), "bash: unexpected EOF while looking for matching `''\n"),
        ("eval 'echo \"a'".to_string(), "bash: unexpected EOF while looking for matching `\"'\n"),
        ("eval 'echo $(a'".to_string(), "bash: unexpected EOF while looking for matching `)'\n"),
        ("eval 'echo a |'".to_string(), "bash: syntax error: unexpected end of file\n"),
        ("| a".to_string(), "bash: syntax error near unexpected token `|'\n"),
        ("a && && b".to_string(), "bash: syntax error near unexpected token `&&'\n"),
        ("a ;; b".to_string(), "bash: syntax error near unexpected token `;;'\n"),
        ("a >".to_string(), "bash: syntax error near unexpected token `newline'\n"),
        ("echo (a)".to_string(), "bash: syntax error near unexpected token `a'\n"),
        ("nosuch".to_string(), "bash: nosuch: command not found\n"),
        ("cat < nosuch".to_string(), "bash: nosuch: No such file or directory\n"),
        ("echo a > /nosuch/b".to_string(), "bash: /nosuch/b: No such file or directory\n"),
    ] {
        let output = run(&text);
        let start: String = text.chars().take(60).collect();
        assert!(output.stderr.contains(why), "{start}: {}", output.stderr);
        // The outermost echo has nothing to complain of.
        assert_eq!(output.status == 0, start.starts_with("echo $(echo"), "{start}");
    }
}

#[test]
fn control_signs_do_nothing() {
    let output = run("echo a\u{1b}[31mb\u{7}\u{0}c");
    assert_eq!(output.stdout, "a[31mbc\n");
}

#[test]
fn a_megabyte_is_read() {
    let word = "a".repeat(1_000_000);
    assert_eq!(run(&format!("echo {word} | wc -c")).stdout, "1000001\n");
    assert_eq!(run(&format!("echo '{}'", "$(".repeat(400_000))).status, 0);
    assert_ne!(run(&format!("eval '{}'", "$(".repeat(400_000))).status, 0);
    assert_eq!(run(&"{".repeat(1_000_000)).status, 127);
    let policy = format!("aws ecr set-repository-policy --repository-name ab --policy-text '{}'", "x".repeat(100_000));
    assert_eq!(run(&policy).status, 254);
}

proptest! {
    /// Pieces of lines in any order print something or nothing, and end.
    #[test]
    fn any_line_ends(pieces in proptest::collection::vec(prop_oneof![
        Just("aws ecs ".to_string()), Just("list-clusters ".to_string()), Just("describe-clusters ".to_string()),
        Just("--query ".to_string()), Just("--clusters ".to_string()), Just("--cli-input-json ".to_string()),
        Just("--output table ".to_string()), Just("$(".to_string()), Just(")".to_string()), Just("| ".to_string()),
        Just("'".to_string()), Just("\"".to_string()), Just("<<E\n".to_string()), Just("{a,b}".to_string()),
        Just("for i in a b; do ".to_string()), Just("done ".to_string()),
        Just("if true; then ".to_string()), Just("fi\n".to_string()), Just("while read x; do ".to_string()), Just("f() {\n".to_string()),
        Just("}; f ".to_string()), Just("case a in a) ".to_string()), Just("esac ".to_string()), Just("[[ a =~ ".to_string()),
        Just("((i++))".to_string()), Just("docker push a".to_string()), Just("lab undo ".to_string()), Just("\\".to_string()),
        Just("> f ".to_string()), Just("clusters[?a=='b'].{c:d}".to_string()), Just("a=[b,{c=d}]".to_string()),
        "[ -~\n]{0,12}", "\\PC{0,6}",
    ], 0..14)) {
        run(&pieces.concat());
    }
}
