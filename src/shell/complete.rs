//! What may stand where the cursor is: commands, operations, options, their values, names of things in the lab, files.

use super::aws::completion;
use super::docker;
use super::files::absolute;
use super::terminal::Terminal;
use super::{coreutils, jmespath, lab_command, visit, web};
use crate::lab::{ApiCall, Lab};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Value, json};

/// As many candidates as are named.
const MOST: usize = 200;

/// Words behind which a command begins.
const BEFORE: [&str; 11] = ["!", "do", "elif", "else", "if", "sudo", "then", "time", "until", "while", "{"];

/// What else has names: the services, the member without its plural, and the call and the query that list them.
const LISTS: [[&str; 5]; 19] = [
    ["ecs", "targetGroupArn", "elbv2", "DescribeTargetGroups", "TargetGroups[].TargetGroupArn"],
    ["ecs elbv2", "subnet", "ec2", "DescribeSubnets", "Subnets[].SubnetId"],
    ["ec2 elbv2", "SubnetId", "ec2", "DescribeSubnets", "Subnets[].SubnetId"],
    ["ecs elbv2", "securityGroup", "ec2", "DescribeSecurityGroups", "SecurityGroups[].GroupId"],
    ["ec2", "SecurityGroupId", "ec2", "DescribeSecurityGroups", "SecurityGroups[].GroupId"],
    ["ec2 lab autoscaling", "InstanceId", "ec2", "DescribeInstances", "Reservations[].Instances[].InstanceId"],
    ["lab", "instanceId", "ec2", "DescribeInstances", "Reservations[].Instances[].InstanceId"],
    ["ecs", "capacityProvider", "ecs", "DescribeCapacityProviders", "capacityProviders[].name"],
    ["iam", "RoleName", "iam", "ListRoles", "Roles[].RoleName"],
    ["logs", "logGroupName", "logs", "DescribeLogGroups", "logGroups[].logGroupName"],
    ["elbv2", "LoadBalancerArn", "elbv2", "DescribeLoadBalancers", "LoadBalancers[].LoadBalancerArn"],
    ["elbv2", "TargetGroupArn", "elbv2", "DescribeTargetGroups", "TargetGroups[].TargetGroupArn"],
    ["codedeploy", "applicationName", "codedeploy", "ListApplications", "applications"],
    [
        "autoscaling",
        "AutoScalingGroupName",
        "autoscaling",
        "DescribeAutoScalingGroups",
        "AutoScalingGroups[].AutoScalingGroupName",
    ],
    ["cloudwatch", "AlarmName", "cloudwatch", "DescribeAlarms", "MetricAlarms[].AlarmName"],
    ["secretsmanager", "SecretId", "secretsmanager", "ListSecrets", "SecretList[].Name"],
    [
        "application-autoscaling",
        "ResourceId",
        "application-autoscaling",
        "DescribeScalableTargets",
        "ScalableTargets[].ResourceId",
    ],
    ["logs", "logGroupIdentifier", "logs", "DescribeLogGroups", "logGroups[].logGroupName"],
    ["servicediscovery", "ServiceId", "servicediscovery", "ListServices", "Services[].Id"],
];

/// A word that may stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The whole word.
    pub word: String,
    /// What it is: `command`, `operation`, `option`, `required option`, `member`, `required member`, `value`, `name`, `file`,
    /// `folder`.
    pub kind: &'static str,
}

/// The words that may stand at the cursor, a byte offset within the line, in order.
pub fn complete(terminal: &Terminal, lab: &Lab, line: &str, cursor: usize) -> Vec<Candidate> {
    let before = line.get(..cursor).unwrap_or(line);
    let (words, prefix) = split(before);
    let mut found = candidates(terminal, lab, &words, &prefix);
    found.retain(|own| own.word.starts_with(&prefix) && own.word != prefix);
    crate::sim::order::sort_by(&mut found, |left, right| left.word.cmp(&right.word));
    found.dedup();
    found.truncate(MOST);
    found
}

/// The words of the command in which the cursor stands, and the one that is begun.
fn split(before: &str) -> (Vec<String>, String) {
    let (mut words, mut word): (Vec<String>, String) = (Vec::new(), String::new());
    let mut quote = None;
    let mut signs = before.chars();
    while let Some(sign) = signs.next() {
        match (quote, sign) {
            (Some(open), sign) if sign == open => quote = None,
            (Some(_), sign) => word.push(sign),
            (None, '\'' | '"') => quote = Some(sign),
            (None, '\\') => word.extend(signs.next().filter(|sign| *sign != '\n')),
            (None, '|' | ';' | '&' | '(' | '`' | '\n') => {
                words.clear();
                word.clear();
            }
            (None, sign) if sign.is_whitespace() => {
                if words.is_empty() && BEFORE.contains(&word.as_str()) {
                    word.clear();
                }
                if !word.is_empty() {
                    words.push(core::mem::take(&mut word));
                }
            }
            (None, sign) => word.push(sign),
        }
    }
    (words, word)
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
        let state = &terminal.state;
        let own = state.functions.keys().chain(state.aliases.keys()).cloned();
        return all(commands().into_iter().chain(own), "command");
    };
    match (command.as_str(), rest) {
        ("aws", rest) => completion::aws(terminal, lab, rest, prefix),
        ("lab", []) => all(lab_command::verbs(), "command"),
        ("lab", [verb, rest @ ..]) => completion::lab(terminal, lab, verb, rest, prefix),
        (verb, rest) if lab_command::is_verb(verb) => completion::lab(terminal, lab, verb, rest, prefix),
        ("ssh", []) => all(visit::names(lab), "name"),
        ("curl" | "dig" | "wget", _) if !prefix.starts_with('-') => all(web::hosts(lab, prefix), "name"),
        ("docker", rest) => docker::candidates(terminal, rest, prefix),
        ("helm", _) => docker::candidates(terminal, words, prefix),
        _ => files(terminal, prefix, ""),
    }
}

/// Files and folders that a word may go on to; `start` stands in front of the path.
pub(super) fn files(terminal: &Terminal, prefix: &str, start: &str) -> Vec<Candidate> {
    let path = prefix.strip_prefix(start).unwrap_or_default();
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let shown = if path.contains('/') { format!("{start}{folder}/") } else { start.to_string() };
    let whole = absolute(&terminal.directory, if path.starts_with('/') && folder.is_empty() { "/" } else { folder });
    let one = |name: String| {
        let kind = if name.ends_with('/') { "folder" } else { "file" };
        Candidate { word: format!("{shown}{name}"), kind }
    };
    terminal.files.list(&whole).into_iter().map(one).collect()
}

/// The names of what an option is about, as far as the lab holds any. `cluster` is the one that the line names.
pub(super) fn names(lab: &Lab, service: &str, member: &str, cluster: Option<&str>) -> Vec<String> {
    let list = |service: &str, operation: &str, input: Value, key: &str| {
        let reply = lab.read(&ApiCall::new(service, operation, input)).unwrap_or_default();
        let items = reply[key].as_array().cloned().unwrap_or_default();
        let text = |item: &Value| item.as_str().map(|arn| arn.rsplit('/').next().unwrap_or(arn).to_string());
        items.iter().filter_map(text).collect::<Vec<_>>()
    };
    let input = || cluster.map_or_else(|| json!({}), |cluster| json!({ "cluster": cluster }));
    match (service, member) {
        ("ecs" | "lab", "cluster" | "clusters") => list("ecs", "ListClusters", json!({}), "clusterArns"),
        ("ecs" | "lab", "service" | "services" | "serviceName") => list("ecs", "ListServices", input(), "serviceArns"),
        ("ecs" | "lab", "task" | "tasks") => list("ecs", "ListTasks", input(), "taskArns"),
        ("ecs", "containerInstance" | "containerInstances") => {
            list("ecs", "ListContainerInstances", input(), "containerInstanceArns")
        }
        ("ecs", "taskDefinition" | "taskDefinitions") => {
            list("ecs", "ListTaskDefinitions", json!({}), "taskDefinitionArns")
        }
        ("ecs", "familyPrefix" | "family") => list("ecs", "ListTaskDefinitionFamilies", json!({}), "families"),
        ("application-autoscaling", "ServiceNamespace") => ["ecs".to_string()].into(),
        ("application-autoscaling", "ScalableDimension") => ["ecs:service:DesiredCount".to_string()].into(),
        ("ecr", "repositoryName" | "repositoryNames") => {
            lab.world().ecr().repositories().map(|own| own.name.clone()).collect()
        }
        _ => {
            let fits = |own: &&[&str; 5]| {
                own[0].split(' ').any(|own| own == service) && own[1] == member.trim_end_matches('s')
            };
            let Some([_, _, service, operation, query]) = LISTS.iter().find(fits) else { return Vec::new() };
            let input = match *service {
                "application-autoscaling" => json!({ "ServiceNamespace": "ecs" }),
                _ => json!({}),
            };
            let reply = lab.read(&ApiCall::new(service, operation, input)).unwrap_or_default();
            let found = jmespath::compile(query).and_then(|query| query.search(&reply)).unwrap_or_default();
            found.as_array().into_iter().flatten().filter_map(Value::as_str).map(String::from).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::{Command, Start};
    use crate::shell::Generation;

    fn words(line: &str) -> Vec<String> {
        let mut lab = Lab::new(Start::default());
        for name in ["prod", "probe"] {
            lab.apply(Command::ecs("CreateCluster", json!({ "clusterName": name }))).unwrap();
        }
        lab.apply(Command::Api(ApiCall::new("ecr", "CreateRepository", json!({ "repositoryName": "web" })))).unwrap();
        let balancer = json!({ "Name": "web", "Subnets": crate::ec2::network::default_subnets("us-east-1", 2) });
        lab.apply(Command::Api(ApiCall::new("elbv2", "CreateLoadBalancer", balancer))).unwrap();
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
            ("aws ecs describe-capacity-providers --capacity-providers FARGATE_", &["FARGATE_SPOT"]),
            ("ss", &["ssh"]),
            ("cur", &["curl"]),
            ("curl -s we", &["web-2024608272.us-east-1.elb.amazonaws.com"]),
            ("curl http://w", &["http://web-2024608272.us-east-1.elb.amazonaws.com"]),
            ("aws ecs nosuch --", &[]),
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
