//! What commands do and say.

use super::*;
use crate::sim::SimTime;
use alloc::format;

const NGINX: [(i64, &str); 3] = [
    (0, "/docker-entrypoint.sh: Configuration complete; ready for start up"),
    (0, "2026/01/05 09:00:00 [notice] 1#1: using the \"epoll\" event method"),
    (0, "2026/01/05 09:00:00 [notice] 1#1: start worker processes"),
];

fn setting<'a>(image: &'a str, environment: Environment<'a>) -> Setting<'a> {
    Setting { image, environment, ..Setting::default() }
}

/// What a container of nginx says in its first eight seconds, each line with its second.
fn said(words: &[&str], environment: Environment<'_>) -> Vec<(i64, String)> {
    let since = SimTime::parse("2026-01-05T09:00:00Z").unwrap();
    let scene = Scene { host: "ip-10-0-0-1.ec2.internal", since, told: None };
    let all = says(words, &setting("nginx", environment), &scene, since + SimDuration::from_secs(8));
    all.into_iter().map(|(at, text)| ((at - since).as_millis() / 1000, text)).collect()
}

/// Of a loop the newest lines are kept.
#[test]
fn a_loop_says_its_newest_lines() {
    let since = SimTime::parse("2026-01-05T09:00:00Z").unwrap();
    let words = ["sh", "-c", "while :; do echo a; sleep 1; echo b; done"];
    let all = says(
        &words,
        &setting("busybox", &[]),
        &Scene { host: "", since, told: None },
        since + SimDuration::from_secs(86_400),
    );
    assert_eq!(all.last().map(|(at, text)| (*at - since, text.as_str())), Some((SimDuration::from_secs(86_400), "a")));
    assert!((1000..=1004).contains(&all.len()), "{}", all.len());
}

/// 5.3, the lab's choice: command → seconds and exit code, and what SIGTERM does.
#[test]
fn what_a_command_does() {
    let served = (None, Some(143));
    let cleans_up = (None, Some(0));
    let ignores = |ends| (ends, None);
    for (words, expected) in [
        (&[][..], cleans_up),
        (&["nginx", "-g", "daemon off;"], cleans_up),
        (&["docker-entrypoint.sh", "redis-server", "--appendonly", "yes"], cleans_up),
        (&["sh", "-c", "sleep 2; exec httpd-foreground"], cleans_up),
        (&["sh", "-c", "sh -c 'httpd-foreground' > /dev/null 2>&1"], cleans_up),
        (&["python", "app.py"], served),
        (&["sleep", "360"], ignores(Some((360.0, 0)))),
        (&["/bin/sleep", "5m"], ignores(Some((300.0, 0)))),
        (&["sleep", "infinity"], ignores(None)),
        (&["true"], ignores(Some((0.0, 0)))),
        (&["false"], ignores(Some((0.0, 1)))),
        (&["sh"], ignores(Some((0.0, 0)))),
        (&["sh", "-c", "sleep 0.5; exit 3"], ignores(Some((0.5, 3)))),
        (&["/bin/bash", "-ec", "echo a && false || exit 7"], ignores(Some((0.0, 7)))),
        (&["sh", "-c", "false && exit 7; echo 'b; c'"], ignores(Some((0.0, 0)))),
        (&["sh", "-c", "while true; do sleep 5; done"], ignores(None)),
        (&["sh", "-c", "sleep 2 && node server.js; exit 1"], served),
        (&["sh", "-c", "trap 'exit 9' TERM; sleep 60"], (Some((60.0, 0)), Some(9))),
        (&["sh", "-c", "trap 'echo bye' SIGTERM\nsleep infinity"], (None, Some(0))),
        (&["sh", "-c", "trap '' TERM; sleep infinity"], ignores(None)),
        (
            &["powershell", "-Command", "New-Item -Path C:\\a -Value 'b; c' -Force ; C:\\ServiceMonitor.exe w3svc"],
            cleans_up,
        ),
        (&["Powershell", "-Command", "Start-Sleep -Seconds 4; exit 2"], ignores(Some((4.0, 2)))),
        (&["powershell.exe", "-c", "while ($true) { Write-Host 10; Start-Sleep 1 }"], ignores(None)),
        (&["powershell", "-Command", "foreach ($i in 1..3) { $i }"], served),
        (&["sh", "-c", ""], ignores(Some((0.0, 0)))),
        (&["sh", "-c", "exec sleep 4"], ignores(Some((4.0, 0)))),
        (&["exec", "exec"], ignores(Some((0.0, 0)))),
        (&["sleep", "soon"], ignores(Some((0.0, 1)))),
        (&["exit", "é"], ignores(Some((0.0, 0)))),
    ] {
        let found = Program::of(&[], words, false, &setting("nginx", &[]));
        let ends = found.ends.map(|(span, code)| (span.as_millis() as f64 / 1000.0, code));
        assert_eq!((ends, found.on_term), expected, "{words:?}");
    }
    assert_eq!(
        Program::of(&[], &["sleep", "9"], true, &setting("nginx", &[])).on_term,
        Some(143),
        "an init process passes it on"
    );
    assert_eq!(
        Program::of(&["sh", "-c"], &["exit 4"], false, &setting("nginx", &[])).ends,
        Some((SimDuration::ZERO, 4))
    );
    assert_eq!(Program::of(&[], &[], false, &setting("team/api", &[])).on_term, Some(143), "nobody knows what it does");
    assert_eq!(Program::of(&[], &[], false, &setting("hello-world", &[])).ends, Some((SimDuration::ZERO, 0)));
}

/// 5.3, the lab's choice: a script of a shell → what it says, each line with its second, and its seconds and exit code.
#[test]
fn blocks_of_a_script() {
    type Case<'a> = (&'a str, &'a [(i64, &'a str)], Option<(i64, u8)>);
    let cases: &[Case<'_>] = &[
        ("for i in 1 2; do echo $i; done; exit 3", &[(0, "1"), (0, "2")], Some((0, 3))),
        ("for i in a b\ndo\n  echo \"<$i>\" # each\n  sleep 2\ndone", &[(0, "<a>"), (2, "<b>")], Some((4, 0))),
        ("if true; then echo yes; fi", &[(0, "yes")], Some((0, 0))),
        ("if false; then echo a; elif [ 2 -gt 1 ]; then echo b; else echo c; fi", &[(0, "b")], Some((0, 0))),
        ("if [ \"$STAGE\" = prod ] && test -n x; then exit 5; else exit 6; fi", &[], Some((0, 5))),
        ("if [ -z \"$NONE\" ]; then exit 5; fi; exit 6", &[], Some((0, 5))),
        ("if ! false; then echo a; fi; ! true", &[(0, "a")], Some((0, 1))),
        (
            "i=0; while [ $i -lt 3 ]; do echo $i; i=$((i+1)); sleep 1; done; exit 4",
            &[(0, "0"), (1, "1"), (2, "2")],
            Some((3, 4)),
        ),
        ("i=3; until [ $i -le 1 ]; do i=$(( $i - 1 )); echo $i; done", &[(0, "2"), (0, "1")], Some((0, 0))),
        ("n=$(( (2 + 3) * 4 % 7 )); echo $n $((n == 6)) $((-n/2)) $((2*(1+(1))))", &[(0, "6 1 -3 4")], Some((0, 0))),
        (
            "for i in $(seq 1 5); do [ $i -eq 2 ] && continue; [ $i -ge 4 ] && break; echo $i; done",
            &[(0, "1"), (0, "3")],
            Some((0, 0)),
        ),
        ("for i in 1 2; do for j in 1 2; do echo $i$j; break 2; done; done", &[(0, "11")], Some((0, 0))),
        ("for i in {2..0}; do echo $i; done", &[(0, "2"), (0, "1"), (0, "0")], Some((0, 0))),
        (
            "for i in $LIST; do echo $i; done; for i in \"$LIST\"; do echo $i; done",
            &[(0, "x"), (0, "y"), (0, "x y")],
            Some((0, 0)),
        ),
        ("case $STAGE in\n  dev|test) echo a ;;\n  p*) echo b; exit 2;;\n  *) echo c\nesac", &[(0, "b")], Some((0, 2))),
        ("case x in a) exit 1;; esac; echo $?", &[(0, "0")], Some((0, 0))),
        ("x=5; export y=\"$x 6\"; echo $y '$x'; Z=1 exit $x", &[(0, "5 6 $x")], Some((0, 5))),
        ("{ echo a; echo b; } > /dev/null; for i in 1; do echo c; done > /tmp/c; echo d", &[(0, "d")], Some((0, 0))),
        (
            "while true; do n=$((n+1)); echo $n; sleep 3; if [ $n = 2 ]; then break; fi; done; exit 7",
            &[(0, "1"), (3, "2")],
            Some((6, 7)),
        ),
        ("while true; do n=$((n+1)); echo $n; sleep 4; done", &[(0, "1"), (4, "2"), (8, "3")], None),
        ("while sleep 4; do echo a; done", &[(4, "a"), (8, "a")], None),
        ("x=1; until false; do echo $x; sleep 8; done", &[(0, "1"), (8, "1")], None),
        ("while true; do n=1; echo $n; done", &[], None),
        ("for i in $(seq 1 9999999999); do true; done", &[], None),
        ("i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done", &[], None),
        ("echo $(pwd) `pwd` '$(pwd)'", &[(0, "/ / $(pwd)")], Some((0, 0))),
        // What is not understood, or does not fit together, is an application.
        ("if curl -f x; then exit 1; fi", &[], None),
        ("x=$((1/0)); exit 1", &[], None),
        ("for i in 1 2; do echo $i", &[], None),
        ("fi; exit 1", &[], None),
    ];
    let list = serde_json::json!([{ "name": "STAGE", "value": "prod" }, { "name": "LIST", "value": "x y" }]);
    for (script, lines, ends) in cases {
        let words = ["bash", "-c", script];
        let found = said(&words, &[&list]);
        let found: Vec<(i64, &str)> = found.iter().map(|(at, text)| (*at, text.as_str())).collect();
        assert_eq!(found, *lines, "{script}");
        let program = Program::of(&[], &words, false, &setting("busybox", &[&list]));
        assert_eq!(program.ends.map(|(span, code)| (span.as_millis() / 1000, code)), *ends, "{script}");
    }
    assert_eq!(said(&["sh", "-c", "for i in {1..2}; do echo $i; done"], &[])[0].1, "{1..2}", "only bash counts so");
    let deep = format!("{}true{}", "if true; then ".repeat(5000), "; fi".repeat(5000));
    let sum = format!("exit $(({}1{}))", "(".repeat(5000), ")".repeat(5000));
    let grows = String::from("x=abcdefgh; while [ -n a ]; do x=$x$x; done");
    for script in [deep, sum, grows] {
        assert!(
            Program::of(&[], &["sh", "-c", &script], false, &setting("busybox", &[])).serves.is_some(),
            "{:.20}",
            script
        );
    }
}

#[test]
fn what_a_health_check_answers() {
    for (script, healthy) in [
        ("curl -f http://localhost/ || exit 1", true),
        ("exit 1", false),
        ("exit 0", true),
        ("false", false),
        ("test -f /ok && exit 0", true),
    ] {
        assert_eq!(passes(&["sh", "-c", script], &Setting::default()), healthy, "{script}");
    }
}

#[test]
fn what_it_says() {
    for (words, expected) in [
        (
            &["sh", "-c", "echo one; sleep 3; echo \"two  three\"; node x; echo never"][..],
            &[(0, "one"), (3, "two  three")][..],
        ),
        (
            &["sh", "-c", "echo a > /tmp/a; echo b 2>&1; echo c>>/dev/stdout; echo '> d'"],
            &[(0, "b"), (0, "c"), (0, "> d")],
        ),
        (
            &["sh", "-c", "sleep 1; while true; do echo hi; sleep 4; date; done"],
            &[(1, "hi"), (5, "Mon Jan  5 09:00:05 UTC 2026"), (5, "hi")],
        ),
        (&["sh", "-c", "while true; do if x; then echo y; fi; done"], &[]),
        (&["sh", "-c", "while true; do echo never ends; done"], &[]),
        (&["sh", "-c"], &[]),
        (&["sh", "-c", "/bin/sh -c \"echo '<b>' > /srv/index.html && echo in\""], &[(0, "in")]),
        (&["docker-entrypoint.sh", "nginx", "-g", "daemon off;"], &NGINX),
        (&["nginx", "-g", "daemon off;"], &NGINX),
        (&["sh", "-c", "sleep 2; exec python app.py"], &[]),
        (&[], &NGINX),
        (
            &[
                "Powershell",
                "-Command",
                "Write-Host 'one; two'; while (1) { Start-Sleep -Seconds 4; Write-Output \"b\" }",
            ],
            &[(0, "one; two"), (4, "b"), (8, "b")],
        ),
    ] {
        let found = said(words, &[]);
        let found: Vec<(i64, &str)> = found.iter().map(|(at, text)| (*at, text.as_str())).collect();
        assert_eq!(found, expected, "{words:?}");
    }
}

/// CD-22, CD-23: variables in a script of a shell, in quotes and out of them, but not in single ones.
#[test]
fn cd_22_variables_of_a_script() {
    let [first, second, secrets] = [
        serde_json::json!([{ "name": "STAGE", "value": "prod" }, { "name": "EMPTY", "value": "" }]),
        serde_json::json!([{ "name": "STAGE", "value": "test" }, { "name": "N", "value": "3" }]),
        serde_json::json!([{ "name": "PASSWORD", "valueFrom": "/db/password" }]),
    ];
    let lists = [&first, &second, &secrets];
    for (script, text) in [
        ("echo $STAGE", "prod"),
        ("echo \"a ${STAGE}-$N\"", "a prod-3"),
        ("echo '$STAGE'", "$STAGE"),
        ("echo $NONE.", "."),
        ("echo ${NONE:-x y} ${N:-4} ${EMPTY:-e}", "x y 3 e"),
        ("echo $PASSWORD", "</db/password>"),
        ("echo 5$ $", "5$ $"),
    ] {
        assert_eq!(said(&["sh", "-c", script], &lists)[0].1, text, "{script}");
    }
    assert_eq!(said(&["echo", "$STAGE"], &lists)[0].1, "$STAGE", "no shell");
    // As many commands as a task definition holds, each a script of as many, and so on.
    let many = |next: &str| format!("sh -c \"${next}\";").repeat(1000);
    let nested = serde_json::json!([{ "name": "A", "value": many("B") }, { "name": "B", "value": many("C") }, { "name": "C", "value": "true;".repeat(1000) }]);
    assert!(Program::of(&[], &["sh", "-c", &many("A")], false, &setting("busybox", &[&nested])).serves.is_some());
    let round = serde_json::json!([{ "name": "X", "value": "sh -c \"$X\"" }]);
    assert!(
        Program::of(&[], &["sh", "-c", "$X; sh -c \"$X\""], false, &setting("busybox", &[&round])).serves.is_some()
    );
    let program = Program::of(&[], &["sh", "-c", "sleep $N; exit ${CODE:-7}"], false, &setting("busybox", &lists));
    assert_eq!(program.ends, Some((SimDuration::from_secs(3), 7)));
}

/// What stands behind a script are its name and its arguments, as for `sh -c` and a file that is run.
#[test]
fn a_script_has_arguments() {
    for (script, arguments, said) in [
        ("echo $1 $2 $#", &["run.sh", "a", "b c"][..], "a b c 2"),
        ("echo \"<$@>\"", &["run.sh", "a", "b"], "<a b>"),
        ("exec \"$@\"", &["run.sh", "echo", "a  b"], "a  b"),
        ("echo [$1] $#", &["run.sh"], "[] 0"),
        ("echo $0", &["/app/run.sh"], "/app/run.sh"),
        ("if [ \"$1\" = go ]; then shift; echo went; fi; exit 0", &["run.sh", "stay"], ""),
    ] {
        let words = [&["sh", "-c", script][..], arguments].concat();
        let at = SimTime::parse("2026-01-05T09:00:00Z").unwrap();
        let lines = says(
            &words,
            &setting("busybox", &[]),
            &Scene { host: "", since: at, told: None },
            at + SimDuration::from_secs(9),
        );
        assert_eq!(lines.first().map_or("", |(_, line)| line.as_str()), said, "{script} {arguments:?}");
        assert_eq!(
            Program::of(&words, &[], false, &setting("busybox", &[])).ends,
            Some((SimDuration::ZERO, 0)),
            "{script}"
        );
    }
    let many = "$@".repeat(3000);
    let long = "x".repeat(4000);
    assert!(
        Program::of(&["sh", "-c", &many, "s", &long], &[], false, &setting("busybox", &[])).ends.is_none(),
        "bounded"
    );
}

/// What a script says of its host and of the moment, and the files that it writes and reads again.
#[test]
fn a_script_knows_its_host_its_moment_and_its_files() {
    type Case<'a> = (&'a str, &'a [(i64, &'a str)], bool);
    let cases: &[Case<'_>] = &[
        ("echo \"on $(hostname)\" `hostname` $HOSTNAME; hostname", &[(0, "on H H H"), (0, "H")], true),
        (
            "sleep 2; echo \"$(date)\"; echo now $(date)",
            &[(2, "Mon Jan  5 09:00:02 UTC 2026"), (2, "now Mon Jan 5 09:00:02 UTC 2026")],
            true,
        ),
        ("t=$(date +%s); sleep 3; echo $t $(date +%s) '$(date)'", &[(3, "1767603600 1767603603 $(date)")], true),
        ("d=$(date); echo \"$d\"", &[(0, "Mon Jan  5 09:00:00 UTC 2026")], true),
        ("date \"+%F %T\"; date -u +%H:%M", &[(0, "2026-01-05 09:00:00"), (0, "09:00")], true),
        (
            "while true; do echo \"$(date +%T) $(hostname)\"; sleep 5; done",
            &[(0, "09:00:00 H"), (5, "09:00:05 H")],
            false,
        ),
        ("n=0; while true; do n=$((n+1)); echo $n $(date +%S); sleep 5; done", &[(0, "1 00"), (5, "2 05")], false),
        ("sleep 1; sh -c 'sleep 1; echo $(date +%S)'", &[(2, "02")], true),
        ("case $(hostname) in *) echo any;; esac; [ -n \"$(hostname)\" ] && echo yes", &[(0, "any"), (0, "yes")], true),
        // What depends on them is not known before.
        ("if [ $(hostname) = H ]; then exit 3; fi", &[], false),
        ("case $(hostname) in ip*) exit 3;; esac", &[], false),
        ("echo $(( $(date +%s) + 1 ))", &[], false),
        ("for i in $(date); do echo $i; done", &[], false),
        ("date -d yesterday", &[], false),
        // Files.
        (
            "for i in 1 2; do echo $i >> /tmp/f; done; echo \"<$(cat /tmp/f)>\" $(cat /tmp/f); cat /tmp/f",
            &[(0, "<1"), (0, "2> 1 2"), (0, "1"), (0, "2")],
            true,
        ),
        (
            "echo a > f; echo b > f; cat f; rm f; cat f || echo gone",
            &[(0, "b"), (0, "cat: f: No such file or directory"), (0, "gone")],
            true,
        ),
        ("{ echo a; date +%S; } > f; sleep 4; cat f f", &[(4, "a"), (4, "00"), (4, "a"), (4, "00")], true),
        ("sh -c 'echo in > f'; cat f", &[(0, "in")], true),
        (
            "touch /tmp/ok; if [ -f /tmp/ok ]; then echo up; fi; rm -f /tmp/ok /x; [ ! -e /tmp/ok ] && echo down",
            &[(0, "up"), (0, "down")],
            true,
        ),
        (
            "echo a 2>/dev/null; echo c >/dev/null 2>&1; echo d 1>&2; echo e 2>> err",
            &[(0, "a"), (0, "d"), (0, "e")],
            true,
        ),
        ("cat /etc/os-release", &[], false),
        ("nginx > f; exit 1", &[], false),
        (
            "x=$(echo a b); echo $x; echo 'one\\ntwo'; printf '%s is %d\\n' a 1 b 2; printf '100%%\\t.'",
            &[(0, "a b"), (0, "one"), (0, "two"), (0, "a is 1"), (0, "b is 2"), (0, "100%\t.")],
            true,
        ),
        ("echo x > f; for i in $(seq 40); do cat f f >> g; cat g > f; done; echo done", &[], false),
    ];
    for (script, lines, ends) in cases {
        let words = ["sh", "-c", script];
        let found: Vec<(i64, String)> = said(&words, &[])
            .into_iter()
            .map(|(at, text)| (at, text.replace("ip-10-0-0-1.ec2.internal", "H")))
            .collect();
        let found: Vec<(i64, &str)> = found.iter().map(|(at, text)| (*at, text.as_str())).collect();
        assert_eq!(found, *lines, "{script}");
        assert_eq!(Program::of(&[], &words, false, &setting("busybox", &[])).ends.is_some(), *ends, "{script}");
    }
    let named = serde_json::json!([{ "name": "HOSTNAME", "value": "web" }]);
    assert_eq!(said(&["sh", "-c", "echo $HOSTNAME"], &[&named])[0].1, "web");
    let many = "echo $(date);".repeat(499) + "exit 3";
    assert_eq!(
        Program::of(&[], &["sh", "-c", &many], false, &setting("busybox", &[])).ends,
        Some((SimDuration::ZERO, 3))
    );
    let too_many = format!("echo {}; exit 3", "$(date)".repeat(70_000));
    assert_eq!(Program::of(&[], &["sh", "-c", &too_many], false, &setting("busybox", &[])).ends, None);
    let since = SimTime::parse("2026-01-05T09:00:00Z").unwrap();
    let words = ["sh", "-c", "echo \"<h1>$(hostname) at $(date +%T)</h1>\" > /srv/index.html; sleep 2; nginx"];
    let page = (String::from("/srv/index.html"), String::from("<h1>H at 09:00:00</h1>\n"));
    assert_eq!(files(&words, &setting("busybox", &[]), &Scene { host: "H", since, told: None }), [page]);
}

/// `-e`: a script ends with a command that fails, but for conditions.
#[test]
fn a_strict_script_ends_with_what_fails() {
    for (words, lines, code) in [
        (&["sh", "-c", "set -e; false; echo no"][..], &[][..], 1),
        (&["sh", "-ec", "echo a; false; echo no"], &["a"], 1),
        (&["sh", "-c", "set -eu\necho a\nfalse\necho no"], &["a"], 1),
        (&["bash", "-c", "set -euo pipefail; sh -c 'exit 4'; echo no"], &[], 4),
        (&["sh", "-c", "set -o errexit; [ a = b ]; echo no"], &[], 1),
        (&["sh", "-c", "set -e; true && false; echo no"], &[], 1),
        (&["sh", "-c", "set -e; for i in 1 2; do echo $i; false; done"], &["1"], 1),
        (&["sh", "-c", "set -e; while true; do sleep soon; echo no; done"], &[], 1),
        (&["sh", "-c", "set -e; if true; then false; fi; echo no"], &[], 1),
        // What may fail.
        (&["sh", "-c", "set -e; if false; then echo no; fi; while false; do :; done; echo a"], &["a"], 0),
        (&["sh", "-c", "set -e; false && true; false || true; ! true; echo a"], &["a"], 0),
        (&["sh", "-c", "set -e; if { false; true; }; then echo a; fi; { false; echo b; } || true"], &["a", "b"], 0),
        (&["sh", "-c", "set -e; for i in 1 2; do break && true; done; false; echo no"], &[], 1),
        (&["sh", "-c", "set -e; set +e; false; set -x; echo a"], &["+ echo a", "a"], 0),
        (&["sh", "-ec", "sh -c 'false; echo a'"], &["a"], 0),
        (&["bash", "-ec", "x=$(false; echo a); echo $x"], &["a"], 0),
        (&["sh", "-xc", "n=1; echo $n"], &["+ n=1", "+ echo 1", "1"], 0),
        (&["sh", "-uc", "echo $n"], &["sh: 1: n: parameter not set"], 2),
    ] {
        let found: Vec<String> = said(words, &[]).into_iter().map(|(_, text)| text).collect();
        assert_eq!(found, lines, "{words:?}");
        assert_eq!(
            Program::of(&[], words, false, &setting("busybox", &[])).ends,
            Some((SimDuration::ZERO, code)),
            "{words:?}"
        );
    }
    assert_eq!(
        Program::of(&[], &["sh", "-c", "set -- a; exit 1"], false, &setting("busybox", &[])).ends,
        Some((SimDuration::ZERO, 1))
    );
}

/// 5.3: what a script says is right, or it is an application that says nothing of it.
#[test]
fn what_is_not_understood_is_an_application() {
    let list = serde_json::json!([{ "name": "X", "value": "abc" }]);
    let cases: &[(&str, &[&str], bool)] = &[
        ("echo a; echo hello | tr a-z A-Z; exit 4", &["a"], false),
        ("for i in b a; do echo $i; done | sort", &[], false),
        ("echo \"$(echo hi | tr a-z A-Z)\"", &[], false),
        ("echo $(whoami)", &[], false),
        ("echo a & echo b", &[], false),
        ("echo a < /etc/motd", &[], false),
        ("echo \"${X/a/x}\"", &[], false),
        ("echo ${X:0:1}", &[], false),
        ("echo ${#HOSTNAME}", &[], false),
        ("echo $!", &[], false),
        // What is understood.
        ("echo 'a | b' \"c | d & <e>\" $((6 + 1)); exit 4", &["a | b c | d & <e> 7"], true),
        ("echo a | cat; echo b 2>&1 | cat", &["a", "b"], true),
        (
            "echo a | tee f; echo b | tee -a /tmp/g; echo c | tee -a f; cat f /tmp/g",
            &["a", "b", "c", "a", "c", "b"],
            true,
        ),
        ("echo ${#X} \"${#NONE}\" ${X:+set} ${NONE:+set}.", &["3 0 set ."], true),
        ("x=0; sleep 1 & wait $!; echo b > f 2>&1; echo c >&2", &["c"], true),
    ];
    for (script, lines, ends) in cases {
        let words = ["sh", "-c", script];
        let found: Vec<String> = said(&words, &[&list]).into_iter().map(|(_, text)| text).collect();
        assert_eq!(found, *lines, "{script}");
        assert_eq!(Program::of(&[], &words, false, &setting("busybox", &[&list])).ends.is_some(), *ends, "{script}");
    }
    let once = said(&["sh", "-c", "while true; do sleep 4 || echo never; done"], &[]);
    assert!(once.is_empty(), "what stands behind `||` is not said");
    let nested = ["sh", "-c", "echo $@", "s", "a | b"];
    assert_eq!(said(&nested, &[])[0].1, "a | b");
}

/// 5.3: a handler of SIGTERM runs at once, with the variables and functions of its script, and ends the process.
#[test]
fn what_a_handler_of_sigterm_does() {
    let since = SimTime::parse("2026-01-05T09:00:00Z").unwrap();
    for (script, code, lines) in [
        (
            "n=1; trap 'echo \"bye $n $(date +%S)\"; exit 3' TERM; n=2; while true; do echo on; sleep 4; done",
            3,
            &["on", "on", "bye 2 06"][..],
        ),
        ("stop() { echo stopping; exit 5; }; trap stop SIGTERM INT; echo up; sleep infinity", 5, &["up", "stopping"]),
        ("trap 'echo got it' TERM; sleep infinity & wait $!", 0, &["got it"]),
        ("trap 'rm -f /x; curl y; exit 7' 15; echo up; tail -f /dev/null", 7, &["up"]),
        ("trap 'echo end' EXIT; trap 'exit 2' TERM; sleep infinity", 2, &["end"]),
        (
            "t() { echo \"T $i\"; exit 3; }; trap t TERM; i=0; while [ $i -lt 100 ]; do i=$((i+1)); sleep 2; done",
            3,
            &["T 4"],
        ),
        ("t() { echo \"T $i\"; exit 3; }; trap t TERM; i=0; while true; do i=$((i+1)); sleep 4; done", 3, &["T 2"]),
        ("trap 'echo T; exit 3' TERM; i=0; while true; do i=$((i+1)); sleep 2; done", 3, &["T"]),
    ] {
        let words = ["sh", "-c", script];
        let scene = Scene { host: "", since, told: Some(since + SimDuration::from_secs(6)) };
        let all = says(&words, &setting("debian", &[]), &scene, since + SimDuration::from_secs(7));
        let all: Vec<&str> = all.iter().map(|(_, line)| line.as_str()).collect();
        assert_eq!(all, lines, "{script}");
        assert_eq!(Program::of(&[], &words, false, &setting("debian", &[])).on_term, Some(code), "{script}");
    }
}
