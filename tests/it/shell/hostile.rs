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
    let doubling = (0..25).map(|place| format!("a{place}=a{0}+a{0}; ", place + 1)).collect::<String>() + "echo $((a0))";
    let braces = format!("echo {}", "{a,b}".repeat(30));
    let query = |doubled: &str, end: &str| format!("aws ecs list-clusters --query \"{doubled}{end}\"");
    let shorthand = format!("aws ecs run-task --task-definition a --overrides a={}", "[".repeat(100));
    for (text, why) in [
        ("a".repeat(2 * 1024 * 1024), "bash: a line of 2048 KiB is longer than the lab's shell takes\n"),
        (deep, "ECS Lab: this line has nested commands within words deeper than 16, and is ended as by Ctrl+C\n"),
        (nested, "the expression is nested deeper than 64"),
        (chained, "the expression has more than 400 operators"),
        (doubled, "bash: Argument list too long\n"),
        (braces, "bash: braces make more than 1000 words\n"),
        (shorthand, "nested deeper than 32"),
        (
            "true;".repeat(20_000),
            "ECS Lab: this line has run too many commands, or gone through too much text, and is ended as by Ctrl+C\n",
        ),
        ("while true; do :; done; echo never".to_string(), "has run too many commands"),
        ("x=($(seq 9000)); for i in {1..999}; do y=${x[@]}; done; echo never".to_string(), "has run too many commands"),
        ("while true; do sleep 5; done".to_string(), "has run too many commands"),
        (
            "until false; do lab advance 7d; done".to_string(),
            "ECS Lab: this line lets more than 30 days pass, and is ended",
        ),
        (
            "advance 31d; echo never".to_string(),
            "ECS Lab: this line lets more than 30 days pass, and is ended as by Ctrl+C\n",
        ),
        ("sleep 20d; sleep 20d".to_string(), "this line lets more than 30 days pass"),
        ("f() { f; }; f; echo never".to_string(), "ECS Lab: this line has nested calls of functions deeper than 40,"),
        (
            "echo 'bash a' > a; bash a".to_string(),
            "ECS Lab: this line has run commands within each other deeper than 60, and is ended as by Ctrl+C\n",
        ),
        ("e() { eval e; }; e".to_string(), "ended as by Ctrl+C\n"),
        ("( ".repeat(40) + "a", "no deeper than 30\n"),
        ("{ ".repeat(40) + "a", "bash: the lab's shell nests loops, choices and groups no deeper than 30\n"),
        (format!("[[ {} x ]]", "! ".repeat(1000)), "bash: the lab's shell nests tests no deeper than 30\n"),
        (format!("test {} x", "! ".repeat(1000)), "bash: test: too many arguments\n"),
        ("done".to_string(), "bash: syntax error near unexpected token `done'\n"),
        ("if true; fi".to_string(), "bash: syntax error near unexpected token `fi'\n"),
        ("for i in 1; do done".to_string(), "bash: syntax error near unexpected token `done'\n"),
        ("echo ${!y}".to_string(), "bash: the lab's shell has no ${!NAME}"),
        ("echo ${x@Q}".to_string(), "bash: the lab's shell has no ${NAME@Q}\n"),
        ("case a in a) echo a;& b) echo b;; esac".to_string(), "bash: the lab's shell has no `;&'"),
        ("case a in a) echo a;;& b) echo b;; esac".to_string(), "bash: the lab's shell has no `;&'"),
        (
            "mapfile -O 99999999999999999999 A <<< x".to_string(),
            "bash: mapfile: 99999999999999999999: invalid array origin\n",
        ),
        ("mapfile -t < <(seq 20000)".to_string(), "has no more than 10000 elements"),
        ("printf '%99999999(%F)T' 0".to_string(), "bash: printf: write error: No space left on device\n"),
        (
            "seq 2000 | sed 's/.*/same/' > f; join f f > g; wc -c < g; tee /dev/fd/7".to_string(),
            "tee: /dev/fd/7: No such file or directory\n",
        ),
        ("exec 32>f".to_string(), "bash: the lab's shell has no file 32 to redirect: its numbers are 0 to 31\n"),
        (
            "for i in {1..40}; do exec {n}>f; done; exec {n}>f".to_string(),
            "bash: the lab's shell has no more files to open\n",
        ),
        (format!("cat{}", " <(true)".repeat(40)), "bash: <(true): Too many open files"),
        ("exec > >(cat)".to_string(), "bash: the lab's shell has tee alone behind exec > >( … )\n"),
        ("for i in {1..20}; do exec > >(tee f$i); done".to_string(), "no more than 8 tee behind each other\n"),
        ("trap ls DEBUG".to_string(), "ECS Lab: trap knows EXIT, ERR and signals, and not DEBUG\n"),
        (
            "a=($(seq 20000))".to_string(),
            "bash: an array of the lab's shell has no more than 10000 elements, and 1 MiB in all\n",
        ),
        ("for i in {1..900}; do a[i]=$(seq 700); done".to_string(), "no more than 10000 elements, and 1 MiB"),
        (
            "declare -A m; for i in {1..999}; do for j in 1 2 3; do m[$i.$j]=; done; done".to_string(),
            "more than 2000 elements",
        ),
        (format!("(({}1{}))", "x[".repeat(1000), "]".repeat(1000)), "expression recursion level exceeded"),
        (format!("echo ${{{}1{}}}", "x[".repeat(300), "]".repeat(300)), "expression recursion level exceeded"),
        (format!("echo ${{{}1{}}}", "x[".repeat(1000), "]".repeat(1000)), "bad substitution"),
        ("x='x[x]+x[x]'; echo $((x))".to_string(), "expression recursion level exceeded"),
        ("x[0]='x[x[0]]'; echo $((x[0]))".to_string(), "expression recursion level exceeded"),
        ("A=(1) ls".to_string(), "bash: A: the lab's shell sets no array and no element for one command alone\n"),
        ("x[".to_string(), "bash: x[: command not found\n"),
        (
            "trap 'false; trap ls ERR; false' ERR; trap 'f() { f; }; f' ERR; false; sleep nosuch".to_string(),
            "nested calls of functions deeper than 40",
        ),
        (query(&"[@,@]|".repeat(30), "length(@)"), "the query finds too much"),
        (query(&"{a:@,b:@}|".repeat(30), "@"), "the query finds too much"),
        (query(&"{a:@,b:@}|values(@)|".repeat(30), "length(@)"), "the query finds too much"),
        (query(&"map(&[@,@],[@])|".repeat(30), "@"), "the query finds too much"),
        (query(&"to_string([@,@])|".repeat(25), "length(@)"), "the query finds too much"),
        (query(&"join('a',[to_string(@),to_string(@)])|".repeat(24), "length(@)"), "the query finds too much"),
        (query(&"[@,@][]|".repeat(30), "length(@)"), "the query finds too much"),
        (format!("awk '{{ print {}1 }}' taskdef.json", "-".repeat(20_000)), "nested deeper than 30"),
        (format!("awk '{}a'  taskdef.json", "++".repeat(20_000)), "nested deeper than 30"),
        ("yes".to_string(), "ECS Lab: yes says it without end"),
        ("openssl x509".to_string(), "ECS Lab has openssl rand -hex N"),
        ("a=b+b; b=a+a; echo $((a))".to_string(), "expression recursion level exceeded"),
        (doubling, "the lab's shell asks no more than 1000 variables"),
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
        assert_ne!(output.status, 0, "{start}");
    }
}

/// Once a limit is passed anywhere, nothing of the line runs any more.
#[test]
fn what_has_run_for_too_long_ends_the_whole_line() {
    let all = [
        "f() { x=$(f)$(f)$(f); }; f; echo never",
        "f() { echo $(f)$(f)$(f); }; f; echo never",
        "f() { f | f | f; }; f || echo never",
        "f() { (f; f; f); f; }; f; echo never",
        "f() { for i in 1 2 3; do f; done; f; }; if f; then echo never; else echo never; fi",
        "f() { cat < <(f; f; f) > /tmp/o; }; f; echo never",
        "f() { eval f; eval f; }; f; echo never",
        "f() { [[ $(f) || $(f) ]]; (( $(f) + $(f) )); case $(f) in *) f;; esac; }; f; echo never",
        "echo 'bash ./a; bash ./a; echo never' > a; bash a",
        "echo $(while true; do :; done) never; echo never",
        "(while true; do :; done); echo never",
        "while true; do :; done | cat; echo never",
        "seq 100 | xargs -n 1 bash -c 'while true; do :; done'; echo never",
        "echo {1..474}$(echo {1..474}$(echo {1..474}$(echo {1..474}))) | wc -c; echo never",
        "x=$(seq 90000); for i in {1..999}; do y=${x//1/2}; done; echo never",
        "x=$(seq 90000); for i in {1..999}; do [[ $x == *a*b*c* ]]; done; echo never",
        "x=$(seq 90000); for i in {1..999}; do for j in $x; do break; done; done; echo never",
        "x=$(seq 90000); for i in {1..999}; do echo \"$x\" | tr 1 2 > /dev/null; done; echo never",
        "seq 90000 > f; for i in {1..999}; do sort f > g; done; echo never",
        "seq 90000 > f; for i in {1..999}; do sed s/1/2/g f > g; done; echo never",
        "seq 90000 > f; for i in {1..999}; do awk '{ s += $1 }' f; done; echo never",
        "seq 90000 > f; for i in {1..999}; do cat < f > g; done; echo never",
        "seq 90000 > f; for i in {1..999}; do read y < f; : $(cat f); done; echo never",
    ];
    for text in all {
        let output = run(text);
        assert_eq!(output.stdout, "", "{text}");
        assert_eq!(output.status, 130, "{text}");
        assert_eq!(output.stderr.matches("ended as by Ctrl+C\n").count(), 1, "{text}: {}", output.stderr);
        assert_eq!(output.stderr.lines().count(), 1, "{text}: {}", output.stderr);
    }
}

/// A page has 1 MB of stack.
#[test]
fn long_chains_cost_no_stack() {
    let chain = |start: &str, piece: &str, end: &str| format!("{start}{}{end}", piece.repeat(50_000));
    let all = [
        chain("[[ a", " && a", " ]]"),
        chain("[[ a", " || a", " ]]"),
        chain("[[ ! a", " && ! a || a", " ]]"),
        chain("true", " && true", ""),
        chain("true", " || true", ""),
        chain("true", " | true", ""),
        chain("((1", "+1", "))"),
        chain("((1", "?1:1", "))"),
        chain("((1", "&&1", "))"),
        chain("((a", "=a", "))"),
        chain("((", "- ", "1))"),
        chain("if false; then :;", " elif false; then :;", " fi"),
        chain("echo ${a:-", "x", "}"),
        chain("echo ", "${a:-", ""),
        chain("case a in a", "|a", ") ;; esac"),
        chain("case a in ", "a) ;; ", "esac"),
        chain("sed '", "p;", "' < /dev/null"),
        chain("sed -E 's/", "(", "a/b/' < /dev/null"),
        chain("echo | awk '1", "+1", "'"),
        chain("echo | awk '1", " && 1", "'"),
        chain("echo | awk '{ print a", " a", " }'"),
        chain("echo | awk '{ print a", " ~ a", " }'"),
        chain("echo | awk '{ print ", "- ", " 1 }'"),
        chain("echo | awk '", "if (1) ", "'"),
        chain("test a", " -a a", ""),
        chain("test ", "( ", ""),
        chain("echo ", "[", ""),
        chain("echo ", "[[:", ""),
        chain("echo ", "a[,", ""),
        chain("echo ", "[[:alpha:]", ""),
        chain("x=aaaa; echo ${x##", "[", "}"),
        chain("case aaaa in ", "[", ") ;; esac"),
        chain("awk '", "-", "1'"),
        chain("awk '{ print ", "+", "1 }'"),
        chain("f() ", "{ ", ""),
        chain("x=(", "a ", ")"),
        chain("x=(", "[1]=(", ")"),
        chain("x[", "x[", "1]=1"),
        chain("((x[", "x[", "1]))"),
        chain("echo ", "${x+\"", ""),
        chain("echo ", "${x[@]+${x[@]}} ", ""),
        chain("", "x[0]+=a; ", ""),
        chain("exec > f; ", "exec 2>&1; ", "ls nosuch"),
        chain("", "! ", "true"),
    ];
    let run = move || {
        for text in all {
            let output = run(&text);
            assert!(output.status == 0 || !output.stderr.is_empty(), "{:.60}", text);
        }
    };
    std::thread::Builder::new().stack_size(1024 * 1024).spawn(run).unwrap().join().unwrap();
}

/// A file that is read while it grows has an end, and zeros before what is written far behind it have one too.
#[test]
fn open_files_end() {
    for (text, status) in [
        ("echo a > f; exec 3<> f; cat <&3 >&3; wc -c < f", 0),
        ("echo a > f; exec 3<> f 4>> f; while read l <&3; do echo $l >&4; done; echo never", 130),
        ("echo a > f; while read l; do echo $l >> f; done < f; echo never", 130),
        ("exec 3<> f; while echo a >&3; do cat <&3 >&3; done; echo never", 130),
        ("x=$(seq 100000); exec 3> f; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo $x >&3; : > f; done; wc -c < f", 0),
        ("for i in {1..900}; do exec 3<&3- 4<&3 3<<< $i; done; f() { exec 3>&1; f >&3; }; f", 130),
        ("exec 3>&1; for i in {1..99}; do exec 4>&3 3>&4; done; exec 1>&3 2>&4 >&2; echo x", 0),
    ] {
        let output = run(text);
        assert_eq!(output.status, status, "{text}: {} {}", output.stdout, output.stderr);
        assert!(!output.stdout.contains("never"), "{text}");
    }
}

#[test]
fn what_is_cut_off_is_told() {
    let output = run("seq 1000000 | wc -c");
    assert!(output.stderr.contains("longer than 1 MiB"), "{}", output.stderr);
    assert_eq!(run("seq 1000 | wc -l").stderr, "");
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
        Just("x=(a b) ".to_string()), Just("x[1]+=".to_string()), Just("${x[@]:1} ".to_string()), Just("declare -A m; ".to_string()),
        Just("trap 'echo t' ERR EXIT; ".to_string()), Just("exec > >(tee f) 2>&1; ".to_string()), Just("read z; ".to_string()),
        Just("exec 3<> f 4>&1; ".to_string()), Just("cat <&3 >&3; ".to_string()), Just("2>&1 >&4 ".to_string()),
        Just("trap 'kill -USR1 $$' USR1; ".to_string()), Just("kill -USR1 $$; ".to_string()), Just("exec {n}< ".to_string()),
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
