//! What Tab offers at a prompt where something was made.

use ecs_lab::lab::{Lab, Start};
use ecs_lab::shell::{Generation, Terminal, complete, place};

fn prompt(lines: &[&str]) -> (Terminal, Lab) {
    let mut lab = Lab::new(Start::default());
    let mut terminal = Terminal::of(&lab, Generation::V2);
    for line in lines {
        let output = terminal.run(&mut lab, line);
        assert_eq!(output.status, 0, "{line}: {}", output.stderr);
    }
    (terminal, lab)
}

fn offered(terminal: &Terminal, lab: &Lab, line: &str) -> Vec<String> {
    complete(terminal, lab, line, line.len()).into_iter().map(|own| own.word).collect()
}

fn check(lines: &[&str], cases: &[(&str, &[&str])]) -> (Terminal, Lab) {
    let (terminal, lab) = prompt(lines);
    for (line, expected) in cases {
        assert_eq!(offered(&terminal, &lab, line), *expected, "{line}");
    }
    (terminal, lab)
}

#[test]
fn paths_go_on_as_they_are_typed() {
    check(
        &[
            "mkdir 'my dir' quo; echo a > 'my dir/a b'; echo a > quo/\"it's\"; echo a > 'quo/a$b'; echo a > 'quo/~x'; D=demo",
        ],
        &[
            ("cat ~/.aws/", &["~/.aws/config", "~/.aws/credentials"]),
            ("cat .aws/", &[".aws/config", ".aws/credentials"]),
            ("cat ~", &["~/"]),
            ("cat ~/de", &["~/demo/"]),
            ("cat '~/de", &[]),
            ("cat \\~/de", &[]),
            ("cat $HOME/de", &["$HOME/demo/"]),
            ("cat ${HOME}/demo/D", &["${HOME}/demo/Dockerfile"]),
            ("cat \"$HOME/de", &["$HOME/demo/"]),
            ("cat '$HOME/de", &[]),
            ("cat $D/D", &["$D/Dockerfile"]),
            ("cat $HOME", &["$HOME/"]),
            ("cat /home/ec2-user/de", &["/home/ec2-user/demo/"]),
            ("aws ecs register-task-definition --cli-input-json file://~/t", &["file://~/taskdef.json"]),
            ("aws ecs register-task-definition --cli-input-json file://$HOME/t", &["file://$HOME/taskdef.json"]),
            ("aws ecs register-task-definition --cli-input-json fileb://~/t", &["fileb://~/taskdef.json"]),
            (
                "aws ecs register-task-definition --cli-input-json=file://~/t",
                &["--cli-input-json=file://~/taskdef.json"],
            ),
            (
                "aws ecs register-task-definition --cli-input-json file:///home/ec2-user/t",
                &["file:///home/ec2-user/taskdef.json"],
            ),
            ("docker build ~/de", &["~/demo/"]),
            // Signs that mean something to the shell.
            ("cat my", &["my\\ dir/"]),
            ("cat my\\ ", &["my\\ dir/"]),
            ("cat my\\", &["my\\ dir/"]),
            ("echo $AWS_P", &["$AWS_PAGER"]),
            ("echo \"$(cat ~/de", &["~/demo/"]),
            ("ls \"$(pwd)\" ~/de", &["~/demo/"]),
            ("cat my\\ dir/", &["my\\ dir/a\\ b"]),
            ("cat 'my", &["my dir/"]),
            ("cat \"my dir/a", &["my dir/a b"]),
            ("cat 'my dir'/a", &["'my dir'/a\\ b"]),
            ("cat quo/", &["quo/a\\$b", "quo/it\\'s", "quo/~x"]),
            ("cat ", &[".aws/", "demo/", "my\\ dir/", "quo/", "taskdef.json"]),
            ("cat 'quo/i", &["quo/it'\\''s"]),
            ("cat \"quo/", &["quo/a\\$b", "quo/it's", "quo/~x"]),
            ("./de", &["./demo/"]),
            ("aws ecs list-clusters 2> /dev/null > ta", &["taskdef.json"]),
        ],
    );
}

#[test]
fn what_a_completed_line_names_is_the_file() {
    let (mut terminal, mut lab) =
        prompt(&["mkdir 'a b'; echo one > \"a b/it's \\$5\"; echo two > '#x'; echo three > '~'"]);
    for (line, printed) in [("cat a", "one\n"), ("cat 'a", "one\n"), ("cat \"a", "one\n"), ("cat ~/a", "one\n")] {
        let mut typed = line.to_string();
        for _ in 0..2 {
            let found = offered(&terminal, &lab, &typed);
            let [only] = found.as_slice() else { panic!("{typed}: {found:?}") };
            typed = format!("{}{only}", &typed[..place(&typed).0]);
        }
        let quote = place(&typed).1.map(String::from).unwrap_or_default();
        assert_eq!(terminal.run(&mut lab, &format!("{typed}{quote}")).stdout, printed, "{typed}");
    }
    assert_eq!(offered(&terminal, &lab, "cat "), [".aws/", "\\#x", "\\~", "a\\ b/", "demo/", "taskdef.json"]);
}

#[test]
fn names_within_what_the_line_names_are_offered() {
    let (mut terminal, mut lab) = check(
        &[
            "aws ecr create-repository --repository-name web > /dev/null",
            "H=123456789012.dkr.ecr.us-east-1.amazonaws.com; aws ecr get-login-password | docker login --username AWS --password-stdin $H",
            "docker build -q -t $H/web:1.0 -t $H/web:2.0 demo && docker push -q -a $H/web",
            "aws logs create-log-group --log-group-name /ecs/x; aws logs create-log-group --log-group-name plain",
            "aws s3 mb s3://bucket; aws s3 cp taskdef.json s3://bucket/in/t.json; R=web",
            "aws ecs create-cluster --cluster-name prod > /dev/null",
        ],
        &[
            ("aws ecr describe-images --repository-name web --image-ids imageTag=", &["imageTag=1.0", "imageTag=2.0"]),
            ("aws ecr describe-images --image-ids imageTag=1.0 imageTag=2 --repository-name $R", &[]),
            ("aws ecr batch-get-image --repository-name=web --image-ids imageTag=2", &["imageTag=2.0"]),
            ("aws ecr batch-delete-image --repository-name $R --image-ids imageTag=1", &["imageTag=1.0"]),
            ("aws ecr batch-delete-image --repository-name none --image-ids imageTag=", &[]),
            ("aws ecs list-tasks --cluster $(cat name) --launch-type F", &["FARGATE"]),
            ("aws logs tail ", &["/ecs/x", "plain"]),
            ("aws logs tail /", &["/ecs/x"]),
            ("aws logs tail --follow /e", &["/ecs/x"]),
            ("aws logs tail plain --f", &["--filter-pattern", "--follow", "--format"]),
            ("aws logs tail plain --format s", &["short"]),
            ("aws logs tail plain --since ", &[]),
            ("aws ecs deploy ", &["--codedeploy-appspec", "--service", "--task-definition"]),
            ("aws ecs deploy --cluster p", &["prod"]),
            ("aws ecs deploy --task-definition t", &["taskdef.json"]),
            ("aws s3 cp ta", &["taskdef.json"]),
            ("aws s3 cp ./ta", &["./taskdef.json"]),
            ("aws s3 cp taskdef.json s3", &["s3://bucket/"]),
            ("aws s3 ls s3://b", &["s3://bucket/"]),
            ("aws s3 ls s3://bucket/", &["s3://bucket/in/"]),
            ("aws s3 rm s3://bucket/in/", &["s3://bucket/in/t.json"]),
            ("aws s3 cp --rec", &["--recursive"]),
            ("aws s3 mb ", &["s3://"]),
            ("aws s3 rb ta", &[]),
            ("aws s3 sync ta", &[]),
            ("aws configure get re", &["region"]),
            ("aws configure get aws_s", &["aws_secret_access_key", "aws_session_token"]),
            ("aws configure set region eu-n", &["eu-north-1"]),
            ("aws configure list-", &["list-profiles"]),
        ],
    );
    let digest = "aws ecr describe-images --repository-name web --output text --query 'imageDetails[0].imageDigest'";
    let digest = terminal.run(&mut lab, digest).stdout;
    let line = "aws ecr batch-get-image --repository-name web --image-ids imageDigest=sha";
    assert_eq!(offered(&terminal, &lab, line), [format!("imageDigest={}", digest.trim())]);
}

#[test]
fn words_of_the_lab_and_of_instances_are_offered() {
    check(
        &["lab fork f1; lab fork f2"],
        &[
            ("lab switch ", &["f1", "f2"]),
            ("switch f1", &[]),
            ("lab switch f1 ", &[]),
            ("lab region eu-n", &["eu-north-1"]),
            ("region eu-n", &["eu-north-1"]),
        ],
    );
    let setup = [
        "aws ecs create-cluster --cluster-name default > /dev/null",
        "aws ec2 run-instances --image-id ami-0ec51ab0 --instance-type t3.medium --iam-instance-profile Name=ecsInstanceRole \
         --tag-specifications 'ResourceType=instance,Tags=[{Key=Name,Value=my box}]' > /dev/null; lab advance 5m",
    ];
    let (mut terminal, mut lab) = prompt(&setup);
    let id = offered(&terminal, &lab, "ssh i-");
    let [id] = id.as_slice() else { panic!("{id:?}") };
    for line in ["ssh ec2-user@i", "ssh -i key.pem -o A=b ec2-user@i-"] {
        assert_eq!(offered(&terminal, &lab, line), [format!("ec2-user@{id}")], "{line}");
    }
    assert_eq!(offered(&terminal, &lab, "ssh -i task"), ["taskdef.json"]);
    assert_eq!(offered(&terminal, &lab, "ssh ec2-user@"), [format!("ec2-user@{id}"), "ec2-user@my\\ box".to_string()]);
    assert_eq!(terminal.run(&mut lab, &format!("ssh {id}")).status, 0);
    for (line, expected) in [
        ("sudo systemctl ", &["is-active", "reload-or-restart", "restart", "start", "status", "stop"][..]),
        ("sudo systemctl restart ", &["ecs"]),
        ("systemctl restart ecs ", &[]),
        ("service ", &["ecs"]),
        ("service ecs sto", &["stop"]),
        ("sudo sys", &["systemctl"]),
    ] {
        assert_eq!(offered(&terminal, &lab, line), expected, "{line}");
    }
    // What is offered is what there is.
    for verb in offered(&terminal, &lab, "sudo systemctl ") {
        let output = terminal.run(&mut lab, &format!("sudo systemctl {verb} ecs"));
        assert!(!output.stderr.contains("ECS Lab"), "{verb}: {}", output.stderr);
    }
}
