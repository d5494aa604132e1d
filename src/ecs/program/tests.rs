//! What commands do and say.

use super::*;
use crate::sim::SimTime;
use alloc::format;

const NGINX: [(i64, &str); 3] = [
    (0, "/docker-entrypoint.sh: Configuration complete; ready for start up"),
    (0, "2026/01/05 09:00:00 [notice] 1#1: using the \"epoll\" event method"),
    (0, "2026/01/05 09:00:00 [notice] 1#1: start worker processes"),
];

/// What a container of nginx says in its first eight seconds, each line with its second.
fn said(words: &[&str], environment: Environment<'_>) -> Vec<(i64, String)> {
    let since = SimTime::parse("2026-01-05T09:00:00Z").unwrap();
    let all = says("nginx", words, environment, since, since + SimDuration::from_secs(8));
    all.into_iter().map(|(at, text)| ((at - since).as_millis() / 1000, text)).collect()
}

/// Of a loop the newest lines are kept.
#[test]
fn a_loop_says_its_newest_lines() {
    let since = SimTime::parse("2026-01-05T09:00:00Z").unwrap();
    let words = ["sh", "-c", "while :; do echo a; sleep 1; echo b; done"];
    let all = says("busybox", &words, &[], since, since + SimDuration::from_secs(86_400));
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
        let found = Program::of("nginx", &[], words, false, &[]);
        let ends = found.ends.map(|(span, code)| (span.as_millis() as f64 / 1000.0, code));
        assert_eq!((ends, found.on_term), expected, "{words:?}");
    }
    assert_eq!(
        Program::of("nginx", &[], &["sleep", "9"], true, &[]).on_term,
        Some(143),
        "an init process passes it on"
    );
    assert_eq!(Program::of("nginx", &["sh", "-c"], &["exit 4"], false, &[]).ends, Some((SimDuration::ZERO, 4)));
    assert_eq!(Program::of("team/api", &[], &[], false, &[]).on_term, Some(143), "nobody knows what it does");
    assert_eq!(Program::of("hello-world", &[], &[], false, &[]).ends, Some((SimDuration::ZERO, 0)));
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
        assert_eq!(passes(&["sh", "-c", script]), healthy, "{script}");
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
        ("echo ${STAGE", "prod"),
    ] {
        assert_eq!(said(&["sh", "-c", script], &lists)[0].1, text, "{script}");
    }
    assert_eq!(said(&["echo", "$STAGE"], &lists)[0].1, "$STAGE", "no shell");
    // As many commands as a task definition holds, each a script of as many, and so on.
    let many = |next: &str| format!("sh -c \"${next}\";").repeat(1000);
    let nested = serde_json::json!([{ "name": "A", "value": many("B") }, { "name": "B", "value": many("C") }, { "name": "C", "value": "true;".repeat(1000) }]);
    assert!(Program::of("busybox", &[], &["sh", "-c", &many("A")], false, &[&nested]).serves.is_some());
    let round = serde_json::json!([{ "name": "X", "value": "sh -c \"$X\"" }]);
    assert!(Program::of("busybox", &[], &["sh", "-c", "$X; sh -c \"$X\""], false, &[&round]).serves.is_some());
    let program = Program::of("busybox", &[], &["sh", "-c", "sleep $N; exit ${CODE:-7}"], false, &lists);
    assert_eq!(program.ends, Some((SimDuration::from_secs(3), 7)));
}
