//! What went wrong names the page that explains it.

use ecs_lab::lab::{Lab, Start};
use ecs_lab::shell::{Generation, Terminal};
use std::fs;
use std::path::Path;

#[test]
fn every_error_of_the_prompt_names_a_page() {
    let mut lab = Lab::new(Start::default());
    let mut terminal = Terminal::of(&lab, Generation::V2);
    for (line, url) in [
        ("aws ecs list-clusters", None),
        ("false", None),
        ("aws ecs list-tasks --cluster x", Some("/AmazonECS/latest/APIReference/API_ListTasks.html")),
        ("aws ecs describe-tasks --tasks", Some("API_DescribeTasks.html")),
        ("aws ecs describe-clusters --clusters x", Some("/developerguide/api_failures_messages.html")),
        ("aws ecs submit-task-state-change", Some("#/about")),
        ("aws", Some("/cli-usage-commandstructure.html")),
        ("aws ecz", Some("/cli-usage-commandstructure.html")),
        ("aws ecs", Some("/cli-usage-commandstructure.html")),
        ("aws ecs list-clusterz", Some("/cli-usage-commandstructure.html")),
        ("aws ecr get-login", Some("/AmazonECR/latest/userguide/registry_auth.html")),
        ("aws ecs run-task", Some("/cli-usage-parameters.html")),
        ("aws ecs list-clusters ---region a", Some("/cli-usage-parameters.html")),
        ("aws ecs list-clusters --output xml", Some("/cli-usage-output-format.html")),
        ("aws ecs run-task --task-definition a --count x", Some("/cli-usage-parameters-types.html")),
        ("aws ecs tag-resource --resource-arn x --tags a=b", Some("/cli-usage-parameters-types.html")),
        ("aws ecs register-task-definition --cli-input-json '{'", Some("/cli-usage-parameters-types.html")),
        ("aws ecs register-task-definition --cli-input-json file://no", Some("/cli-usage-parameters-file.html")),
        ("aws ecs list-clusters --starting-token abc", Some("API_ListClusters.html")),
        ("aws ecs list-tasks --no-paginate --max-items 1", Some("/cli-usage-pagination.html")),
        ("aws ecs list-clusters --endpoint-url a", Some("/gr/aws-service-information.html")),
        ("aws ecs list-clusters --query 'sort_by(a)'", Some("/cli-usage-filter.html")),
        ("aws ec2 run-instances", Some("#/about")),
        ("aws lambda list-functions", Some("#/about")),
        ("aws s3 cp none s3://a/b", Some("/cli-services-s3-commands.html")),
        ("aws s3 ls s3://none", Some("API_ListObjectsV2.html")),
        (
            "aws deploy create-deployment --application-name a --s3-location bucket=a",
            Some("/codedeploy/latest/userguide/deployments-create-ecs-cli.html"),
        ),
        ("aws ecs create-cluster --tags a,b", Some("/cli-usage-shorthand.html")),
        ("aws ecs list-clusters --query 'a['", Some("/cli-usage-filter.html")),
        ("aws ecs list-clusters --profile x", Some("/cli-configure-files.html")),
        ("aws ecr describe-images --repository-name xy", Some("/AmazonECR/latest/userguide/common-errors.html")),
        ("aws ecs wait services-stable --services x", Some("/cli-usage-returncodes.html")),
        ("docker push 123456789012.dkr.ecr.us-east-1.amazonaws.com/x:1", Some("docs.docker.com")),
        ("docker compose up", Some("#/about")),
        ("docker exec x ls", Some("docs.docker.com")),
        ("nosuch", Some("gnu.org")),
        ("eval \"echo 'a\"", Some("gnu.org")),
        ("lab nosuch", Some("#/about")),
        ("advance soon", Some("#/about")),
        ("lab load", Some("#/services")),
        ("load --service web --request 1", Some("#/services")),
        ("lab load --service web", Some("#/services")),
        ("lab load --service web --requests-per-second x", Some("#/services")),
        ("lab load --service web --points 1,2", Some("/cli-usage-shorthand.html")),
        ("lab fault", Some("#/")),
        ("lab external", Some("#/")),
        ("docker pull none/none", Some("/image/pull/")),
        ("docker rm none", Some("/container/ls/")),
        ("docker tag none other", Some("/image/ls/")),
        ("docker build nowhere", Some("/build/concepts/context/")),
        ("cat none", Some("/coreutils/")),
        ("grep", Some("/grep/")),
        ("cd none", Some("/bash/")),
        ("ssh nowhere", Some("TroubleshootingInstancesConnecting.html")),
        ("echo $(nosuch); false", Some("gnu.org")),
        ("aws ecs list-tasks --cluster x | head -n 1", Some("API_ListTasks.html")),
        ("nosuch; true", Some("gnu.org")),
    ] {
        let output = terminal.run(&mut lab, line);
        let found = output.learn.as_ref().map(|page| page.url.as_str());
        let fits = match (found, url) {
            (Some(found), Some(url)) => found.contains(url),
            (None, None) => true,
            _ => false,
        };
        assert!(fits, "{line}: {found:?}\n{}", output.stderr);
    }
}

/// What is wrong with a command of the lab is told by the lab, not by the AWS CLI.
#[test]
fn the_lab_speaks_of_its_own_commands() {
    let mut lab = Lab::new(Start::default());
    let mut terminal = Terminal::of(&lab, Generation::V2);
    for line in [
        "lab load",
        "lab load --nosuch",
        "lab load --service web --requests-per-second x",
        "lab load --service web --points 1,2",
        "lab fault",
    ] {
        let output = terminal.run(&mut lab, line);
        let verb: String = line.split(' ').take(2).collect::<Vec<_>>().join(" ");
        let told = output.stderr.starts_with(&format!("{verb}: ")) && !output.stderr.contains("aws: [ERROR]");
        assert!(told && output.status == 2, "{line}: {}", output.stderr);
    }
}

#[test]
fn a_wrong_option_names_the_near_one_beside_the_text() {
    let mut lab = Lab::new(Start::default());
    for generation in [Generation::V1, Generation::V2] {
        let mut terminal = Terminal::of(&lab, generation);
        for (line, near) in [
            ("aws ecs describe-clusters --clustres b", Some("--clusters")),
            ("aws ecs list-clusters --querry a", Some("--query")),
            ("aws ecs run-task --task-definiton web", Some("--task-definition")),
            ("aws ecs list-clusters --zzz", None),
            ("aws ecs list-services --clustrs x", Some("--cluster")),
            ("aws ecs list-services --cluster-nam x", Some("--cluster")),
            ("aws ecr create-repository --repo-name x", Some("--repository-name")),
            ("dockr ps", Some("docker")),
            ("asw ecs list-clusters", Some("aws")),
            ("zzz", None),
            // What a script holds was not mistyped at the prompt.
            ("printf 'dockr ps\\nexit 1\\n' > near.sh; bash near.sh", None),
            ("printf 'aws ecs list-clusters --querry a\\n' > near.sh; bash near.sh", None),
            ("aws ecs list-clusters", None),
        ] {
            let output = terminal.run(&mut lab, line);
            assert_eq!(output.near.as_deref(), near, "{line}");
            // What was missing stands in the text; else only what the line itself holds does.
            let within = |near: &str| ["--task-definition", "--repository-name"].contains(&near) || line.contains(near);
            assert!(near.is_none_or(|near| within(near) || !output.stderr.contains(near)), "{line}: {}", output.stderr);
        }
    }
}

/// A row for a code that no room answers with would never show.
#[test]
fn every_code_of_the_table_is_one_of_the_rooms() {
    fn text_of(path: &Path, text: &mut String) {
        for entry in fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                text_of(&path, text);
            } else if path.extension().is_some_and(|end| end == "rs") {
                text.push_str(&fs::read_to_string(&path).unwrap());
            }
        }
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut text = String::new();
    text_of(&source, &mut text);
    let table = fs::read_to_string(source.join("shell/learn.txt")).unwrap();
    let mut count = 0;
    for row in table.lines().filter(|row| !row.starts_with('#')) {
        let parts: Vec<&str> = row.split('\t').collect();
        let [part, key, title, url, ref waits @ ..] = parts[..] else { panic!("{row}") };
        assert!(waits.is_empty() || *waits == ["waits"], "{row}");
        assert!(!title.is_empty() && (url.starts_with("https://") || url.starts_with("#/")), "{row}");
        if !["cli", "curl", "docker", "lab", "shell", "ssh", "usage"].contains(&part) && key != "*" {
            count += 1;
            assert!(text.contains(&format!("\"{key}\"")), "{key} is nobody's code");
        }
    }
    assert!(count > 20);
}

/// What time alone takes away is told beside the text, and only while something is on its way.
#[test]
fn an_error_that_time_takes_away_says_that_time_stands_still() {
    let mut lab = Lab::new(Start::default());
    let mut terminal = Terminal::of(&lab, Generation::V2);
    for line in [
        "aws ecs create-cluster --cluster-name c",
        "aws ecs register-task-definition --family w --requires-compatibilities FARGATE --network-mode awsvpc --cpu 256 \
         --memory 512 --container-definitions name=app,image=nginx",
        "SUBNET=$(aws ec2 describe-subnets --query 'Subnets[0].SubnetId' --output text)",
        "aws ecs create-service --cluster c --service-name s --task-definition w --desired-count 1 --launch-type FARGATE \
         --network-configuration \"awsvpcConfiguration={subnets=[$SUBNET],assignPublicIp=ENABLED}\"",
        "lab advance 5m",
        "aws ecs delete-service --cluster c --service s --force",
    ] {
        assert_eq!(terminal.run(&mut lab, line).status, 0, "{line}");
    }
    let told = |lab: &mut Lab, terminal: &mut Terminal| {
        let output = terminal.run(lab, "aws ecs delete-cluster --cluster c");
        (output.status, output.learn.and_then(|page| page.told))
    };
    let (status, line) = told(&mut lab, &mut terminal);
    assert!(status == 254 && line.is_some_and(|line| line.contains("lab advance 1m")), "{line:?}");
    terminal.run(&mut lab, "lab advance 1m");
    assert_eq!(told(&mut lab, &mut terminal), (0, None));
    assert!(
        terminal.run(&mut lab, "aws ecs delete-cluster --cluster none").learn.is_some_and(|page| page.told.is_none())
    );
}
