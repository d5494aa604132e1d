//! What stands in front of the line.

use ecs_lab::lab::{Lab, Start};
use ecs_lab::shell::{Generation, Terminal};
use ecs_lab::sim::SimDuration;

#[test]
fn the_prompt_tells_where_it_stands_and_what_is_asked() {
    let mut lab = Lab::new(Start::default());
    let mut terminal = Terminal::of(&lab, Generation::V2);
    for (line, prompt) in [
        ("cd demo", "~/demo $"),
        ("docker run -it alpine sh", "/ #"),
        ("cd /etc", "/etc #"),
        ("exit", "~/demo $"),
        ("docker run -it --read-only alpine sh", "~/demo $"),
        ("docker run -d --name web nginx", "~/demo $"),
        ("docker exec -it web sh", "#"),
        ("exit; cd", "~ $"),
        ("aws configure", "AWS Access Key ID [****************MPLE]:"),
        ("", "AWS Secret Access Key [****************EKEY]:"),
        ("", "Default region name [us-east-1]:"),
        ("eu-west-1\n", "~ $"),
        ("aws configure --profile new", "AWS Access Key ID [None]:"),
    ] {
        terminal.run(&mut lab, line);
        assert_eq!(terminal.prompt(), prompt, "{line}");
    }
    terminal.interrupt();
    assert_eq!(terminal.prompt(), "~ $");
    let id = {
        terminal.run(&mut lab, "docker run -it --name box ubuntu");
        terminal.prompt()
    };
    assert!(id.starts_with("root@") && id.ends_with(":/#") && id.len() == 20, "{id}");
    assert!(terminal.is_away());
    terminal.run(&mut lab, "exit");
    assert!(!terminal.is_away());
}

/// A here-document and a line that ends in `\` go on in the next lines, until Ctrl+C.
#[test]
fn a_line_that_is_not_whole_goes_on_in_the_next_one() {
    let mut lab = Lab::new(Start::default());
    let mut terminal = Terminal::of(&lab, Generation::V2);
    let mut type_in = |terminal: &mut Terminal, line: &str| terminal.run(&mut lab, line).stdout;
    for line in ["cat <<EOF > a.txt", "one", "two"] {
        assert_eq!(type_in(&mut terminal, line), "");
        assert_eq!(terminal.prompt(), ">");
    }
    assert_eq!(type_in(&mut terminal, "EOF"), "");
    assert_eq!((terminal.prompt().as_str(), terminal.file("a.txt")), ("~ $", Some("one\ntwo\n")));
    assert_eq!(type_in(&mut terminal, "echo a \\"), "");
    assert_eq!(type_in(&mut terminal, "b"), "a b\n");
    assert_eq!(terminal.history().last().map(String::as_str), Some("echo a \\\nb"));
    type_in(&mut terminal, "cat <<X");
    terminal.interrupt();
    assert_eq!((terminal.prompt().as_str(), type_in(&mut terminal, "echo c").as_str()), ("~ $", "c\n"));
    assert_eq!(type_in(&mut terminal, "echo 'a\\'"), "a\\\n");
    // So do quotes.
    assert_eq!((type_in(&mut terminal, "echo 'a").as_str(), terminal.prompt().as_str()), ("", ">"));
    assert_eq!(type_in(&mut terminal, "b' \"$(echo c"), "");
    assert_eq!(type_in(&mut terminal, ")\""), "a\nb c\n");
}

/// The copies of a lab go over a reload of the page; a text that is none changes nothing.
#[test]
fn copies_of_the_lab_come_back() {
    let mut lab = Lab::new(Start::default());
    let mut terminal = Terminal::of(&lab, Generation::V2);
    assert_eq!((terminal.copies(), terminal.copy_names()), (None, vec!["main".to_string()]));
    terminal.run(&mut lab, "aws ecs create-cluster --cluster-name first; lab fork kept; lab region eu-west-1");
    assert_eq!(terminal.copy_names(), ["eu-west-1", "kept", "main"]);
    let (text, here) = (terminal.copies().unwrap(), Lab::load(&lab.save()).unwrap().lab);
    for (text, names, first) in [
        (text.as_str(), vec!["eu-west-1", "kept", "main"], "arn:aws:ecs:us-east-1:123456789012:cluster/first"),
        ("{", vec!["main"], "None"),
        ("{\"others\":{\"a\":\"b\"}}", vec!["main"], "None"),
    ] {
        let mut lab = here.fork();
        let mut next = Terminal::of(&lab, Generation::V2);
        next.take_kept(text);
        assert_eq!(next.copy_names(), names);
        let told = next.run(
            &mut lab,
            "lab region us-east-1 > /dev/null; aws ecs list-clusters --query 'clusterArns[0]' --output text",
        );
        assert_eq!(told.stdout.trim(), first, "{text}");
    }
}

/// A line that asks goes on with the answer as if it had waited: what it did before is done once, and what was done to the lab
/// meanwhile stays.
#[test]
fn read_asks_at_the_prompt() {
    let mut lab = Lab::new(Start::default());
    let mut terminal = Terminal::of(&lab, Generation::V2);
    let line = "aws ecs create-cluster --cluster-name a --query cluster.status --output text; sleep 5; read -p 'Go on? ' x; sleep 1; echo \"<$x>\"; read -s y";
    let output = terminal.run(&mut lab, line);
    assert_eq!((output.stdout.as_str(), output.status, terminal.prompt().as_str()), ("ACTIVE\n", 0, "Go on?"));
    assert!(!terminal.hides());
    // By other means: time passes, and there is another cluster.
    lab.advance(SimDuration::from_secs(60)).unwrap();
    let mut other = Terminal::of(&lab, Generation::V2);
    other.run(&mut lab, "aws ecs create-cluster --cluster-name b");
    terminal.write("/tmp/new", "text".to_string()).unwrap();
    let output = terminal.run(&mut lab, "yes");
    assert_eq!((output.stdout.as_str(), terminal.prompt().as_str(), terminal.hides()), ("<yes>\n", "read:", true));
    assert_eq!((lab.now() - lab.start().time, lab.revision()), (SimDuration::from_secs(66), 5));
    assert_eq!(terminal.run(&mut lab, "secret").stdout, "");
    let told =
        terminal.run(&mut lab, "echo $x $y; cat /tmp/new; echo; aws ecs list-clusters --query 'length(clusterArns)'");
    assert_eq!(told.stdout, "yes secret\ntext\n2\n");
    assert_eq!(terminal.history().len(), 2);
    assert!(!terminal.history().iter().any(|line| line.contains("secret")));
    // Ctrl+C ends the line, of which the beginning is done.
    terminal.run(&mut lab, "echo kept > kept; read z; echo never");
    terminal.interrupt();
    assert_eq!(
        (terminal.prompt().as_str(), terminal.run(&mut lab, "echo $? $(< kept)").stdout.as_str()),
        ("~ $", "130 kept\n")
    );
    // Who goes back in time behind the line has another lab.
    terminal.run(&mut lab, "aws ecs create-cluster --cluster-name c; read z; echo never");
    lab.undo();
    let output = terminal.run(&mut lab, "late");
    assert_eq!((output.status, output.stdout.as_str()), (130, ""));
    assert!(output.stderr.contains("went another way"), "{}", output.stderr);
    assert_eq!(terminal.run(&mut lab, "aws ecs list-clusters --query 'length(clusterArns)'").stdout, "2\n");
}

/// CLI read: the lines of a paste answer one after the other, as often as the line asks. What is left runs where the line
/// has ended by itself, and is dropped where it was given up.
#[test]
fn a_paste_answers_read_and_goes_with_a_line_that_is_given_up() {
    let asks = "while read L; do echo \"<$L>\"; done";
    let costly = "while read L; do for i in $(seq 1000); do :; done; done";
    let most = "ECS Lab: one line asks at most 2000 questions; this one asks more, and is ended as by Ctrl+C\n";
    let commands =
        "ECS Lab: this line has run too many commands, or gone through too much text, and is ended as by Ctrl+C\n";
    let times = |count: usize| vec!["touch hit"; count].join("\n");
    let all = |count: usize| "<touch hit>\n".repeat(count);
    for (line, pasted, stdout, stderr, status, prompt) in [
        (asks, times(1000), all(1000), "", 0, "read:"),
        (asks, times(1000) + "\n", all(1000), "", 0, "read:"),
        (asks, times(2005), all(2000), most, 130, "~ $"),
        (costly, times(100), String::new(), commands, 130, "~ $"),
        ("read a; read b", "one\ntwo\necho $a $b\necho end".to_string(), "one two\nend\n".to_string(), "", 0, "~ $"),
        ("read a; (exit 130)", "one\necho $a".to_string(), "one\n".to_string(), "", 0, "~ $"),
    ] {
        for at_once in [false, true] {
            let mut lab = Lab::new(Start::default());
            let mut terminal = Terminal::of(&lab, Generation::V2);
            let output = if at_once {
                terminal.run(&mut lab, &format!("{line}\n{pasted}"))
            } else {
                terminal.run(&mut lab, line);
                terminal.run(&mut lab, &pasted)
            };
            assert_eq!((output.stdout, output.stderr.as_str()), (stdout.clone(), stderr), "{line}");
            assert_eq!(
                (output.status, terminal.prompt().as_str(), terminal.file("hit")),
                (status, prompt, None),
                "{line}"
            );
        }
    }
}

/// `yes` has a line for whoever takes it, up to what the shell holds.
#[test]
fn yes_says_it_as_often_as_it_is_read() {
    let mut lab = Lab::new(Start::default());
    let mut terminal = Terminal::of(&lab, Generation::V2);
    for (line, stdout) in [
        ("yes | head -5000 | wc -l", "5000\n"),
        ("yes a b | sed -n '20000p;20000q'", "a b\n"),
        ("yes | wc -c", "1048576\n"),
    ] {
        let output = terminal.run(&mut lab, line);
        assert_eq!((output.stdout.as_str(), output.stderr.as_str()), (stdout, ""), "{line}");
    }
}

/// What `exec` opens stays open from line to line, as bash keeps it.
#[test]
fn open_files_last_over_lines() {
    let mut lab = Lab::new(Start::default());
    let mut terminal = Terminal::of(&lab, Generation::V2);
    for (line, stdout, stderr) in [
        ("printf 'a\nb\nc\nd\n' > f; exec 3< f", "", ""),
        ("read x <&3; echo $x", "a\n", ""),
        ("read -u 3 x; echo $x; exec 4<&3", "b\n", ""),
        ("cat <&4", "c\nd\n", ""),
        ("exec 3<&- 4<&-", "", ""),
        ("read x <&3", "", "bash: 3: Bad file descriptor\n"),
        ("exec 5> out; echo one >&5", "", ""),
        ("echo two >&5; cat out", "one\ntwo\n", ""),
        ("(echo three >&5; exec 5>&-); echo four >&5; cat out", "one\ntwo\nthree\nfour\n", ""),
        // A container has none of them, and what it reads of the input is read.
        ("docker run -qd --name web busybox sleep 100 > id", "", ""),
        ("docker exec web sh -c 'echo in >&5'", "", "bash: 5: Bad file descriptor\n"),
        ("{ docker exec -i web sh -c 'read x; echo in $x'; read y; echo $y; } < out", "in one\ntwo\n", ""),
        (
            "docker exec web sh -c 'exec 2>&1; echo a; ls nosuch' > out; cat out",
            "a\nls: cannot access 'nosuch': No such file or directory\n",
            "",
        ),
        ("exec 6>&1 > log 2>&1", "", ""),
        ("echo quiet; ls nosuch; nosuch", "", ""),
        ("echo 'no end", "", ""),
        ("'", "", ""),
        ("echo loud >&6", "loud\n", ""),
        ("done", "", ""),
        ("x=$(echo in; ls nosuch2); echo $x | tr a-z A-Z; docker exec web echo boxed", "", ""),
        ("exec 1>&6 2> /dev/tty 6>&-; echo back; nosuch", "back\n", "bash: nosuch: command not found\n"),
        ("exec > log2; echo a", "", ""),
        ("exec > /dev/tty; echo b", "b\n", ""),
        ("cat log log2", "", ""),
    ] {
        let output = terminal.run(&mut lab, line);
        if line.starts_with("cat log") {
            let log =
                "ls: cannot access 'nosuch': No such file or directory\nbash: nosuch: command not found\nno end\n\n";
            let more = "bash: syntax error near unexpected token `done'\nls: cannot access 'nosuch2': No such file or directory\nIN\nboxed\n";
            assert_eq!(output.stdout, format!("quiet\n{log}{more}a\n"));
            continue;
        }
        assert_eq!((output.stdout.as_str(), output.stderr.as_str()), (stdout, stderr), "{line}");
    }
}

/// A line that asks begins anew with each answer, and so does what it has read of open files.
#[test]
fn a_line_that_asks_reads_open_files_once() {
    let mut lab = Lab::new(Start::default());
    let mut terminal = Terminal::of(&lab, Generation::V2);
    for (line, stdout) in [
        ("printf '1\n2\n3\n' > f; exec 3< f 4> out", ""),
        ("read -u 3 a; echo $a >&4; read b; read c; read -u 3 d; echo $a$b$c$d", ""),
        ("x", ""),
        ("y", "1xy2\n"),
        ("read -u 3 e; echo $e >&4; cat out", "1\n3\n"),
        ("exec 5<&0; printf 'in\n' | while read l; do read m <&5; echo $l$m; done", ""),
        ("typed", "intyped\n"),
        ("printf 'in\n' > f; while read l; do read m < /dev/tty; echo $l$m; done < f", ""),
        ("again", "inagain\n"),
    ] {
        assert_eq!(terminal.run(&mut lab, line).stdout, stdout, "{line}");
    }
}

/// `printf` shows the lab's own clock.
#[test]
fn printf_tells_the_time_of_the_lab() {
    let mut lab = Lab::new(Start::default());
    let mut terminal = Terminal::of(&lab, Generation::V2);
    lab.advance(SimDuration::from_secs(90)).unwrap();
    let line = "printf '%(%F %T)T|%(%s)T|%(%T)T\n' -1 -1 -2; printf '%(%s)T\n'; date '+%F %T|%s'; printf '%()T\n'";
    let output = terminal.run(&mut lab, line);
    let lines: Vec<&str> = output.stdout.lines().collect();
    let seconds = lab.now().as_millis() / 1000;
    assert_eq!(
        lines,
        ["2026-01-05 09:01:30|1767603690|09:00:00", "1767603690", "2026-01-05 09:01:30|1767603690", "09:01:30"]
    );
    assert_eq!((seconds, output.stderr.as_str()), (1_767_603_690, ""));
}

/// As an interactive bash heeds them; one that a real shell does not outlive ends the line.
#[test]
fn signals_come_to_the_prompt() {
    let mut lab = Lab::new(Start::default());
    let mut terminal = Terminal::of(&lab, Generation::V2);
    let closes = "ECS Lab: here a real shell closes; the prompt stays\n";
    for (line, stdout, stderr, status) in [
        ("kill -TERM $$; kill -QUIT $$; kill $$; kill -TSTP $$; kill -WINCH $$; echo on", "on\n", "", 0),
        ("kill -INT $$; echo never", "", "", 130),
        ("kill -9 $$; echo never", "", closes, 137),
        ("trap 'echo bye' EXIT; kill -USR1 $$; echo never", "", closes, 138),
        ("trap 'echo got' USR1 KILL", "", "", 0),
        ("kill -USR1 $$; echo $?", "got\n0\n", "", 0),
        ("(kill -HUP $$; echo on); echo never", "on\n", closes, 129),
        ("kill -KILL $$ && echo never", "", closes, 137),
        (
            "kill -STOP $$; echo on",
            "on\n",
            "ECS Lab: a real shell stops here until SIGCONT comes; this one goes on\n",
            0,
        ),
        (
            "trap 'kill -USR2 $$' USR2; f() { kill -USR1 $$; }; x=$(f); f > out; cat out; echo 'kill $$' > s.sh; bash s.sh; echo $?",
            "got\ngot\n143\n",
            "Terminated\n",
            0,
        ),
        (
            "trap 'echo end' EXIT; trap",
            "trap -- 'echo end' EXIT\ntrap -- 'echo got' SIGKILL\ntrap -- 'echo got' SIGUSR1\ntrap -- 'kill -USR2 $$' SIGUSR2\n",
            "",
            0,
        ),
    ] {
        let output = terminal.run(&mut lab, line);
        assert_eq!((output.stdout.as_str(), output.stderr.as_str(), output.status), (stdout, stderr, status), "{line}");
    }
    let output = terminal.run(&mut lab, "kill -USR2 $$; echo never");
    assert!(output.stderr.ends_with("ended as by Ctrl+C\n") && output.stdout.is_empty(), "{}", output.stderr);
}

#[test]
fn a_region_leads_back_to_the_copy_that_was_left_also_after_the_page_was_loaded_anew() {
    let mut lab = Lab::new(Start::default());
    let mut terminal = Terminal::of(&lab, Generation::V2);
    for line in [
        "lab fork x1; lab switch x1; aws ecs create-cluster --cluster-name only-x1",
        "lab switch main; lab switch x1; lab region eu-west-1",
    ] {
        assert_eq!(terminal.run(&mut lab, line).status, 0, "{line}");
    }
    let mut again = Terminal::of(&lab, Generation::V2);
    assert!(again.take_kept(&terminal.kept(terminal.copies().as_deref())));
    let output = again.run(&mut lab, "lab region us-east-1 > /dev/null; aws ecs list-clusters --output text");
    assert_eq!(output.stdout, "CLUSTERARNS\tarn:aws:ecs:us-east-1:123456789012:cluster/only-x1\n");
    assert_eq!(again.copy_names(), ["x1", "eu-west-1", "main"]);
}
