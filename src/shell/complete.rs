//! What may stand where the cursor is: commands, operations, options, their values, names of things in the lab, files.

use super::aws::completion;
use super::begun::{self, Begun};
use super::docker;
use super::files::absolute;
use super::terminal::{HOME, Terminal};
use super::{coreutils, lab_command, visit, web};
use crate::lab::Lab;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// As many candidates as are named.
const MOST: usize = 200;

/// A word that may stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The whole word as it is to be typed, from its [`place`](super::place) on.
    pub word: String,
    /// What it is: `command`, `operation`, `option`, `required option`, `member`, `required member`, `value`, `name`, `file`,
    /// `folder`, `variable`.
    pub kind: &'static str,
}

/// The words that may stand at the cursor, a byte offset within the line, in order.
pub fn complete(terminal: &Terminal, lab: &Lab, line: &str, cursor: usize) -> Vec<Candidate> {
    let before = line.get(..cursor).unwrap_or(line);
    let begun = begun::read(before, Some(terminal));
    let mut found = match begun::name_at(&begun) {
        Some((start, braced)) => variables(terminal, &begun, start, braced),
        None => {
            let words = &begun.words;
            let first = words.iter().position(|word| !is_assignment(word)).unwrap_or(words.len());
            let found = candidates(terminal, lab, words.get(first..).unwrap_or_default(), &begun.meant);
            found.into_iter().filter_map(|own| typed(own, &begun)).collect()
        }
    };
    found.retain(|own| own.word != begun.typed);
    crate::sim::order::sort_by(&mut found, |left, right| left.word.cmp(&right.word));
    found.dedup();
    found.truncate(MOST);
    found
}

/// A word as it goes on from what is typed of it, which stays; none where it is another word or is all there.
fn typed(own: Candidate, begun: &Begun<'_>) -> Option<Candidate> {
    let added = own.word.strip_prefix(&begun.meant).filter(|added| !added.is_empty())?;
    // What is not a name of somebody's own is as the shell and the tool want it.
    let added = match own.kind {
        "file" | "folder" | "name" => begun::escaped(added, begun),
        _ => added.to_string(),
    };
    let slashes = begun.typed.chars().rev().take_while(|sign| *sign == '\\').count();
    // A backslash at the end waits for the sign behind it, which bears its own where it needs one.
    let head = if slashes % 2 == 1 && begun.quote != Some('\'') { begun.typed.strip_suffix('\\') } else { None };
    Some(Candidate { word: format!("{}{added}", head.unwrap_or(begun.typed)), ..own })
}

/// Whether a word in front of a command sets a variable for it.
fn is_assignment(word: &str) -> bool {
    let named = |name: &str| !name.starts_with(|sign: char| sign.is_ascii_digit()) && name.chars().all(begun::in_name);
    word.split_once('=').is_some_and(|(name, _)| !name.is_empty() && named(name))
}

/// The variables that a name may become, which begins within the word. Where one alone may, and it holds the path of a
/// folder, the path goes on.
fn variables(terminal: &Terminal, begun: &Begun<'_>, start: usize, braced: bool) -> Vec<Candidate> {
    let (head, name) = begun.typed.split_at_checked(start).unwrap_or_default();
    let fitting: Vec<_> = terminal.variables.iter().filter(|(own, _)| own.starts_with(name)).collect();
    let end = if braced { "}" } else { "" };
    let slash = match fitting.as_slice() {
        [(_, own)] if own.value.starts_with('/') && terminal.files.is_directory(&own.value) => "/",
        _ => "",
    };
    all(fitting.iter().map(|(own, _)| format!("{head}{own}{end}{slash}")), "variable")
}

/// Words of one kind.
pub(super) fn all(words: impl IntoIterator<Item = String>, kind: &'static str) -> Vec<Candidate> {
    words.into_iter().map(|word| Candidate { word, kind }).collect()
}

/// The names of all commands.
pub(super) fn commands() -> Vec<String> {
    let own = coreutils::tools().chain(["aws", "docker", "helm", "lab", "ssh"]).map(ToString::to_string);
    own.chain(lab_command::verbs()).collect()
}

fn candidates(terminal: &Terminal, lab: &Lab, words: &[String], prefix: &str) -> Vec<Candidate> {
    let Some((command, rest)) = words.split_first() else {
        if prefix.contains('/') {
            return files(terminal, prefix, "");
        }
        let state = &terminal.state;
        let own = state.functions.keys().chain(state.aliases.keys()).cloned();
        let there = if terminal.visit.is_some() { &["service", "systemctl"][..] } else { &[] };
        let there = there.iter().map(ToString::to_string);
        return all(commands().into_iter().chain(own).chain(there), "command");
    };
    match (command.as_str(), rest) {
        (_, [.., sign]) if [">", ">>", "<", "2>", "2>>"].contains(&sign.as_str()) => files(terminal, prefix, ""),
        ("aws", rest) => completion::aws(terminal, lab, rest, prefix),
        ("lab", []) => all(lab_command::verbs(), "command"),
        ("lab", [verb, rest @ ..]) => completion::lab(terminal, lab, verb, rest, prefix),
        (verb, rest) if lab_command::is_verb(verb) => completion::lab(terminal, lab, verb, rest, prefix),
        ("ssh", rest) => ssh(terminal, lab, rest, prefix),
        ("systemctl" | "service", rest) if terminal.visit.is_some() => {
            all(visit::unit_words(command, rest.len()).map(String::from), "value")
        }
        ("curl" | "dig" | "wget", _) if !prefix.starts_with('-') => all(web::hosts(lab, prefix), "name"),
        ("docker", rest) => docker::candidates(terminal, rest, prefix),
        ("helm", _) => docker::candidates(terminal, words, prefix),
        _ => files(terminal, prefix, ""),
    }
}

/// Behind `ssh`: an instance, with the user in front that is typed, or the file of a key.
fn ssh(terminal: &Terminal, lab: &Lab, words: &[String], prefix: &str) -> Vec<Candidate> {
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-i" | "-l" | "-o" | "-p" if rest.next().is_none() => {
                return if word == "-i" { files(terminal, prefix, "") } else { Vec::new() };
            }
            flag if flag.starts_with('-') => {}
            _ => return files(terminal, prefix, ""),
        }
    }
    let user = prefix.find('@').and_then(|at| prefix.get(..=at)).unwrap_or_default();
    all(visit::names(lab).into_iter().map(|name| format!("{user}{name}")), "name")
}

/// Files and folders that a word may go on to; `start` stands in front of the path. Behind one, the AWS CLI itself takes
/// `~/` for home.
pub(super) fn files(terminal: &Terminal, prefix: &str, start: &str) -> Vec<Candidate> {
    let path = prefix.strip_prefix(start).unwrap_or_default();
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let shown = if path.contains('/') { format!("{start}{folder}/") } else { start.to_string() };
    let whole =
        match folder.strip_prefix('~').filter(|own| !start.is_empty() && (own.is_empty() || own.starts_with('/'))) {
            Some(below) => format!("{HOME}{below}"),
            None if path.starts_with('/') && folder.is_empty() => "/".to_string(),
            None => absolute(&terminal.directory, folder),
        };
    let one = |name: String| {
        let kind = if name.ends_with('/') { "folder" } else { "file" };
        Candidate { word: format!("{shown}{name}"), kind }
    };
    terminal.files.list(&whole).into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::{ApiCall, Command, Start};
    use crate::shell::Generation;
    use serde_json::json;

    fn words(line: &str) -> Vec<String> {
        let mut lab = Lab::new(Start::default());
        for name in ["prod", "probe"] {
            lab.apply(Command::ecs("CreateCluster", json!({ "clusterName": name }))).unwrap();
        }
        lab.apply(Command::Api(ApiCall::new("ecr", "CreateRepository", json!({ "repositoryName": "web" })))).unwrap();
        let balancer = json!({ "Name": "web", "Subnets": crate::ec2::network::default_subnets("us-east-1", 2) });
        lab.apply(Command::Api(ApiCall::new("elbv2", "CreateLoadBalancer", balancer))).unwrap();
        let rule = json!({ "Name": "nightly", "ScheduleExpression": "rate(1 day)" });
        lab.apply(Command::Api(ApiCall::new("events", "PutRule", rule))).unwrap();
        let terminal = Terminal::of(&lab, Generation::V2);
        complete(&terminal, &lab, line, line.len()).into_iter().map(|own| own.word).collect()
    }

    #[test]
    fn what_may_stand_at_the_cursor_is_named() {
        for (line, expected) in [
            ("aws", &[][..]),
            ("aw", &["awk", "aws"]),
            ("aws ec", &["ec2", "ecr", "ecr-public", "ecs"]),
            ("aws ecs list-cl", &["list-clusters"]),
            ("aws ecs wait tasks-", &["tasks-running", "tasks-stopped"]),
            (
                "aws ecs describe-clusters --cl",
                &["--cli-input-json", "--cli-input-yaml", "--cli-binary-format", "--clusters"],
            ),
            ("aws ecr delete-repository ", &["--repository-name"]),
            ("aws sts get-caller-identity ", &["--cli-input-json", "--cli-input-yaml", "--generate-cli-skeleton"]),
            ("aws ecs describe-clusters --clusters pro", &["probe", "prod"]),
            ("aws ecs describe-clusters --clusters prod --include T", &["TAGS"]),
            ("aws ecs list-tasks --cluster prod --launch-type F", &["FARGATE"]),
            (
                "aws application-autoscaling register-scalable-target --scalable-dimension ",
                &["ecs:service:DesiredCount"],
            ),
            ("aws --output t", &["table", "text"]),
            ("aws ecs list-tasks --cluster=pro", &["--cluster=probe", "--cluster=prod"]),
            ("aws ecs list-tasks --launch-type=F", &["--launch-type=FARGATE"]),
            ("aws --region eu-w", &["eu-west-1", "eu-west-2", "eu-west-3"]),
            ("aws --profile d", &["default"]),
            ("aws ecs register-task-definition --cli-input-json file://t", &["file://taskdef.json"]),
            ("echo $(aws ecr describe-images --repository-name w", &["web"]),
            ("cat demo/", &["demo/Dockerfile", "demo/index.html"]),
            ("true && docker pu", &["pull", "push"]),
            ("for i in 1 2; do docker pu", &["pull", "push"]),
            ("while ! aws ec", &["ec2", "ecr", "ecr-public", "ecs"]),
            ("if [ -f a ]; then\n  docker pu", &["pull", "push"]),
            ("(cat demo/", &["demo/Dockerfile", "demo/index.html"]),
            ("for f in demo/", &["demo/Dockerfile", "demo/index.html"]),
            ("docker buildx im", &["imagetools"]),
            ("docker manifest c", &["create"]),
            ("docker build --pla", &["--platform"]),
            ("docker image build --platform linux/a", &["linux/amd64", "linux/arm64"]),
            ("docker build --platform=linux/arm", &["--platform=linux/arm64"]),
            ("docker build -f demo/D", &["demo/Dockerfile"]),
            ("docker build de", &["demo/"]),
            ("docker run --pull al", &["always"]),
            ("docker run -it --ent", &["--entrypoint"]),
            ("docker run nginx --ent", &[]),
            ("docker logs --t", &["--tail", "--timestamps"]),
            ("docker buildx use d", &["default"]),
            ("docker system p", &["prune"]),
            ("hel", &["helm", "help"]),
            ("helm re", &["registry"]),
            ("helm registry log", &["login", "logout"]),
            ("helm pull --un", &["--untar"]),
            ("docker hel", &[]),
            ("lab ad", &["advance"]),
            ("adv", &["advance"]),
            ("fau", &["fault"]),
            ("fault --fargate-c", &["--fargate-capacity"]),
            ("lab fault --fargate-c", &["--fargate-capacity"]),
            ("aws iam get-role --role-name ecsIn", &["ecsInstanceRole"]),
            ("aws events delete-rule --name n", &["nightly"]),
            ("aws events put-targets --rule n", &["nightly"]),
            ("aws ecs describe-capacity-providers --capacity-providers FARGATE_", &["FARGATE_SPOT"]),
            ("ss", &["ssh"]),
            ("cur", &["curl"]),
            ("curl -s we", &["web-2024608272.us-east-1.elb.amazonaws.com"]),
            ("curl http://w", &["http://web-2024608272.us-east-1.elb.amazonaws.com"]),
            ("aws ecs nosuch --", &[]),
            ("aws iam get-user --user-name le", &["learner"]),
            (
                "aws iam attach-role-policy --policy-arn arn:aws:iam::aws:policy/service-role/AmazonECSTaskE",
                &["arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"],
            ),
            (
                "aws ecs register-task-definition --execution-role-arn arn:aws:iam::123456789012:role/ecsInst",
                &["arn:aws:iam::123456789012:role/ecsInstanceRole"],
            ),
            (
                "aws ec2 describe-security-groups --group-ids sg-0ec51ab0000000001 s",
                &["sg-0ec51ab0000000001", "sg-0ec51ab0000000002"],
            ),
            (
                "aws ecs tag-resource --resource-arn arn:aws:ecs:us-east-1:123456789012:cluster/pro",
                &[
                    "arn:aws:ecs:us-east-1:123456789012:cluster/probe",
                    "arn:aws:ecs:us-east-1:123456789012:cluster/prod",
                ],
            ),
            ("aws ecr tag-resource --resource-arn arn:", &["arn:aws:ecr:us-east-1:123456789012:repository/web"]),
            // Behind what is set for the command alone, and within a variable's name.
            ("AWS_PROFILE=x NAME='a b' aws ecs list-cl", &["list-clusters"]),
            ("AWS_PROFILE=x do", &["docker"]),
            ("ls $HO", &["$HOME/"]),
            ("ls ${HO", &["${HOME}/"]),
            ("echo \"in $HO", &["in $HOME/"]),
            ("ls x/$US", &["x/$USER"]),
            ("echo '$HO", &[]),
            ("echo \\$HO", &[]),
            ("echo $HOME/de", &["$HOME/demo/"]),
            // Within the shorthand syntax.
            (
                "aws ecs create-service --deployment-controller type=",
                &["type=CODE_DEPLOY", "type=ECS", "type=EXTERNAL"],
            ),
            ("aws ecs create-service --deployment-controller t", &["type="]),
            ("aws ecs create-service --network-configuration ", &["awsvpcConfiguration={"]),
            (
                "aws ecs create-service --network-configuration awsvpcConfiguration={su",
                &["awsvpcConfiguration={subnets=["],
            ),
            (
                "aws ecs create-service --network-configuration awsvpcConfiguration={subnets=[a,b],assignPublicIp=E",
                &["awsvpcConfiguration={subnets=[a,b],assignPublicIp=ENABLED"],
            ),
            (
                "aws ecs create-service --network-configuration 'awsvpcConfiguration={subnets=[a],",
                &[
                    "awsvpcConfiguration={subnets=[a],assignPublicIp=",
                    "awsvpcConfiguration={subnets=[a],securityGroups=[",
                ],
            ),
            (
                "aws ecs create-service --service-connect-configuration enabled=true,services=[{portName=x,cl",
                &["enabled=true,services=[{portName=x,clientAliases=[{"],
            ),
            ("aws ecs create-service --service-connect-configuration enabled=t", &["enabled=true"]),
            ("aws ecs create-service --tags key=a,", &["key=a,value="]),
            ("aws ecs create-service --tags key=a,value=b k", &["key="]),
            ("aws ecs create-service --tags key=a,value=b,value=c,", &[]),
            ("aws ecs create-service --tags key={", &[]),
            ("aws ecs create-service --tags '[{\"k", &[]),
            (
                "aws ecr list-images --repository-name web --filter tagStatus=",
                &["tagStatus=ANY", "tagStatus=TAGGED", "tagStatus=UNTAGGED"],
            ),
            ("aws ecs create-service --launch-type EX", &["EXTERNAL"]),
            ("aws ecs run-task --placement-strategy type=spread,fi", &["type=spread,field="]),
            ("aws ec2 describe-instances --filters Name=x,Values=a,V", &[]),
            ("aws ec2 describe-instances --filters Name=x,V", &["Name=x,Values="]),
            (
                "aws ecs create-service --capacity-provider-strategy capacityProvider=FARGATE_",
                &["capacityProvider=FARGATE_SPOT"],
            ),
        ] {
            let mut expected: Vec<&str> = expected.to_vec();
            expected.sort_unstable();
            let found = words(line);
            let found: Vec<&str> = found
                .iter()
                .map(String::as_str)
                .filter(|word| {
                    !word.starts_with("--cli-connect")
                        && !word.starts_with("--cli-read")
                        && *word != "--cli-auto-prompt"
                        && *word != "--cli-error-format"
                })
                .collect();
            assert_eq!(found, expected, "{line}");
        }
    }
}
