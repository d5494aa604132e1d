//! What the Session Manager plugin prints of a session that `aws ecs execute-command` began (6.6).
//!
//! The command runs as root and without a shell, so a bare name has to be in the PATH of the container. What `echo`, `env`,
//! `hostname`, `ls`, `printenv`, `pwd` and `whoami` print follows from the task and its definition, alone or in the script
//! of `sh -c`; the file system is that of a Debian image. What else is in an image the lab does not know, and says so.

use crate::aws::object::object;
use crate::ecs::containers::invocation;
use crate::ecs::{LaunchType, Task};
use crate::event::{HexId, TaskKey};
use crate::lab::ApiCall;
use crate::shell::exec::Shell;
use crate::shell::language::expand::{self, Source};
use crate::shell::language::{Link, parse};
use crate::shell::terminal::Output;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Tools that many images have and whose output the lab does not know.
const LEFT_OPEN: &str = " apk apt apt-get awk bundle cat chmod chown cp curl cut date dd df du find free grep head id java kill \
     less ln ls mkdir mount mv node npm php ps python python3 rm ruby sed sort stat tail tar test top touch tr uname uptime wc wget \
     which xargs ";
const ROOT: [&str; 19] = [
    "bin",
    "boot",
    "dev",
    "etc",
    "home",
    "lib",
    "lib64",
    "managed-agents",
    "media",
    "mnt",
    "opt",
    "proc",
    "root",
    "run",
    "sbin",
    "srv",
    "sys",
    "tmp",
    "usr",
];
const NOBODY: &str = "lab: nobody can type into a container of the lab: the session ends at once\n";

/// What a command comes to.
enum Said {
    /// It prints this and exits with a status.
    Text(String, u8),
    /// A shell that waits for what is typed.
    Prompt,
    /// There is no such program; why it did not start.
    Absent(String),
    /// The lab does not know what this tool prints.
    Open(String),
}

/// The whole session: it begins, the command says what the lab knows that it says, and it ends.
pub(super) fn of(shell: &Shell<'_>, reply: &Value, command: &str) -> Output {
    let id = reply["session"]["sessionId"].as_str().unwrap_or_default();
    let container = Container::of(shell, reply);
    let words = split(command);
    let said = match &container {
        Some(container) => container.run(&words.iter().map(String::as_str).collect::<Vec<_>>()),
        None => Said::Prompt,
    };
    let end = format!("\n\nExiting session with sessionId: {id}.\n\n");
    let (shown, told) = match said {
        Said::Text(text, _) => (text + &end, String::new()),
        Said::Prompt => (end, NOBODY.to_string()),
        Said::Open(tool) => (end, format!("lab: what {tool} prints in this container the lab does not know\n")),
        Said::Absent(why) => {
            let why = format!("----------ERROR-------\nUnable to start command: Failed to start pty: {why}");
            (format!("\n\nSessionId: {id} : \n{why}\n\n"), String::new())
        }
    };
    let stdout = format!(
        "\nThe Session Manager plugin was installed successfully. Use the AWS CLI to start a session.\n\n\nStarting session with \
         SessionId: {id}\n{shown}"
    );
    Output { stderr: told, ..Output::print(stdout) }
}

/// A command's words, as a shell would part them that expands nothing.
fn split(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut any) = (Vec::new(), String::new(), None, false);
    let mut signs = command.chars();
    while let Some(sign) = signs.next() {
        match (quote, sign) {
            (Some(open), _) if sign == open => quote = None,
            (None, '\'' | '"') => (quote, any) = (Some(sign), true),
            (None | Some('"'), '\\') => word.extend(signs.next()),
            (None, _) if sign.is_whitespace() => {
                if any || !word.is_empty() {
                    words.push(core::mem::take(&mut word));
                }
                any = false;
            }
            _ => word.push(sign),
        }
    }
    if any || !word.is_empty() {
        words.push(word);
    }
    words
}

/// What the lab knows of a running container.
struct Container {
    environment: Vec<(String, String)>,
    host: String,
    directory: String,
    image: String,
    /// The program that it runs.
    program: Option<String>,
    on_fargate: bool,
}

impl Container {
    fn of(shell: &Shell<'_>, reply: &Value) -> Option<Self> {
        let input = object!({ "cluster": reply["clusterArn"].clone(), "tasks": [reply["taskArn"].clone()] });
        let described = shell.lab.read(&ApiCall::new("ecs", "DescribeTasks", input)).ok()?;
        let shown = &described["tasks"][0];
        let name = reply["containerName"].as_str()?;
        let id: HexId = shown["taskArn"].as_str()?.rsplit('/').next()?.parse().ok()?;
        let ecs = shell.lab.world().ecs();
        let cluster = reply["clusterArn"].as_str()?.rsplit('/').next()?;
        let task = ecs.task(TaskKey { cluster: ecs.cluster(cluster)?.id, id })?;
        let document = &task.definition.registration.document;
        let named = |list: &'_ Value| list.as_array()?.iter().find(|own| own["name"] == name).cloned();
        let own = named(&document["containerDefinitions"])?;
        let running = named(&shown["containers"])?;
        let runtime = running["runtimeId"].as_str()?;
        let details = shown["attachments"].as_array().into_iter().flatten();
        let details = details.flat_map(|own| own["details"].as_array().into_iter().flatten());
        let dns = details.into_iter().find(|own| own["name"] == "privateDnsName").and_then(|own| own["value"].as_str());
        let host = own["hostname"].as_str().or(dns).unwrap_or(runtime.get(..12).unwrap_or(runtime)).to_string();
        let run = invocation(task, name);
        Some(Self {
            environment: variables(shell, task, name, runtime, &host),
            host,
            directory: own["workingDirectory"].as_str().unwrap_or("/").to_string(),
            image: own["image"].as_str().unwrap_or_default().to_string(),
            program: run.entry_point.iter().chain(&run.command).next().map(ToString::to_string),
            on_fargate: task.launch == LaunchType::Fargate,
        })
    }

    /// What a program says that is started with these words.
    fn run(&self, words: &[&str]) -> Said {
        let Some((first, rest)) = words.split_first() else { return Said::Absent("exec: no command".to_string()) };
        let name = first.rsplit('/').next().unwrap_or_default();
        let at = first.strip_suffix(name).unwrap_or_default();
        let line = |text: &str| Said::Text(format!("{text}\n"), 0);
        let slim = ["alpine", "busybox"].iter().any(|own| self.image.contains(own));
        let placed = ["", "/bin/", "/usr/bin/"].contains(&at);
        match (name, rest) {
            ("sh" | "bash", _) if placed && !(name == "bash" && slim) => match rest {
                [] | ["-l" | "-i" | "--login"] => Said::Prompt,
                [flag, script, ..] if flag.starts_with('-') && flag.ends_with('c') => self.script(name, script),
                _ => Said::Open(name.to_string()),
            },
            ("true" | "sleep", _) if placed => Said::Text(String::new(), 0),
            ("false", _) if placed => Said::Text(String::new(), 1),
            ("echo", ["-n", rest @ ..]) if placed => Said::Text(rest.join(" "), 0),
            ("echo", _) if placed => line(&rest.join(" ")),
            ("whoami", []) if placed => line("root"),
            ("hostname", []) if placed => line(&self.host),
            ("pwd", []) if placed => line(&self.directory),
            ("ls", ["/"]) if placed => line(&self.root()),
            ("ls", []) if placed && self.directory == "/" => line(&self.root()),
            ("env" | "printenv", []) if placed => {
                Said::Text(self.environment.iter().map(|(name, value)| format!("{name}={value}\n")).collect(), 0)
            }
            ("printenv", [name]) if placed => match self.value(name) {
                Some(value) => line(&value),
                None => Said::Text(String::new(), 1),
            },
            _ if self.program.as_deref() == Some(*first) || LEFT_OPEN.contains(&format!(" {name} ")) => {
                Said::Open(name.to_string())
            }
            _ if at.is_empty() => Said::Absent(format!("exec: \"{first}\": executable file not found in $PATH")),
            _ => Said::Absent(format!("fork/exec {first}: no such file or directory")),
        }
    }

    /// What a script says; its programs one after the other.
    fn script(&self, by: &str, script: &str) -> Said {
        let open = || Said::Open(format!("{by} -c '{script}'"));
        let Ok(pipelines) = parse(script) else { return open() };
        let (mut told, mut status) = (String::new(), 0);
        for pipeline in &pipelines {
            if matches!((pipeline.link, status), (Link::And, 1..) | (Link::Or, 0)) {
                continue;
            }
            let [command] = pipeline.commands.as_slice() else { return open() };
            if pipeline.negated || !command.redirects.is_empty() || !command.assignments.is_empty() {
                return open();
            }
            let words: Result<Vec<_>, _> =
                command.words.iter().map(|word| expand::words(word, &mut Variables(self))).collect();
            let Ok(words) = words else { return open() };
            let words: Vec<&str> = words.iter().flatten().map(String::as_str).collect();
            match self.run(&words) {
                Said::Text(text, code) => {
                    told.push_str(&text);
                    status = code;
                }
                Said::Absent(_) => {
                    let name = words.first().copied().unwrap_or_default();
                    told.push_str(&match by {
                        "bash" => format!("bash: line 1: {name}: command not found\n"),
                        _ => format!("{by}: 1: {name}: not found\n"),
                    });
                    status = 127;
                }
                other => return other,
            }
        }
        Said::Text(told, status)
    }

    /// The folders at the root; the agent of the session is mounted there on Fargate.
    fn root(&self) -> String {
        let here = ROOT.iter().filter(|name| self.on_fargate || **name != "managed-agents");
        here.copied().chain(["var"]).collect::<Vec<_>>().join("  ")
    }

    fn value(&self, name: &str) -> Option<String> {
        self.environment.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone())
    }
}

/// The variables of a container: what the image and ECS set, then those of the task, of which the first that has a name
/// counts (CD-22) and which win. A secret shows where it came from, for the lab keeps none (CD-23).
fn variables(shell: &Shell<'_>, task: &Task, name: &str, runtime: &str, host: &str) -> Vec<(String, String)> {
    let region = &shell.lab.start().region;
    let on_fargate = task.launch == LaunchType::Fargate;
    let own = task.definition.registration.core.task_role.as_deref();
    let role = task.request.overrides["taskRoleArn"].as_str().or(own).filter(|role| !role.is_empty());
    let mut all = alloc::vec![
        ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_string()),
        ("HOSTNAME", host.to_string()),
        ("HOME", "/root".to_string()),
        ("AWS_DEFAULT_REGION", region.clone()),
        ("AWS_REGION", region.clone()),
        ("AWS_EXECUTION_ENV", format!("AWS_ECS_{}", if on_fargate { "FARGATE" } else { "EC2" })),
        ("ECS_AGENT_URI", format!("http://169.254.170.2/api/{runtime}")),
        ("ECS_CONTAINER_METADATA_URI", format!("http://169.254.170.2/v3/{runtime}")),
        ("ECS_CONTAINER_METADATA_URI_V4", format!("http://169.254.170.2/v4/{runtime}")),
    ];
    if role.is_some() {
        let id = task.key.id.to_string();
        let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| id.get(part).unwrap_or_default());
        all.push(("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", format!("/v2/credentials/{}", parts.join("-"))));
    }
    let mut given: Vec<(String, String)> = Vec::new();
    for own in invocation(task, name).environment.iter().flat_map(|list| list.as_array().into_iter().flatten().rev()) {
        let Some(name) = own["name"].as_str().filter(|name| !given.iter().any(|(known, _)| known == name)) else {
            continue;
        };
        let from = || own["valueFrom"].as_str().map(|from| format!("<{from}>"));
        let value = own["value"].as_str().map(String::from).or_else(from).unwrap_or_default();
        given.push((name.to_string(), value));
    }
    all.retain(|(name, _)| !given.iter().any(|(own, _)| own == name));
    all.into_iter().map(|(name, value)| (name.to_string(), value)).chain(given).collect()
}

/// The variables of a script.
struct Variables<'a>(&'a Container);

impl Source for Variables<'_> {
    fn variable(&mut self, name: &str) -> Option<String> {
        self.0.value(name)
    }

    fn output(&mut self, body: &str) -> Result<String, String> {
        Err(format!("{body} is not run"))
    }

    fn matching(&self, _pattern: &str) -> Vec<String> {
        Vec::new()
    }
}
