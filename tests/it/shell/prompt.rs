//! What stands in front of the line.

use ecs_lab::lab::{Lab, Start};
use ecs_lab::shell::{Generation, Terminal};

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
        next.take_copies(text);
        assert_eq!(next.copy_names(), names);
        let told = next.run(
            &mut lab,
            "lab region us-east-1 > /dev/null; aws ecs list-clusters --query 'clusterArns[0]' --output text",
        );
        assert_eq!(told.stdout.trim(), first, "{text}");
    }
}
