//! The docker of an instance: the containers of its tasks and of its agent, and the images that it holds.

use super::hosted::{self, Hosted, Part};
use super::name::{Reference, cells};
use super::show::{ago, columns};
use super::{daemon, engine, inspect, lives, options, ps, takes};
use crate::aws::object::{self, object};
use crate::ecs::{containers, logs};
use crate::shell::exec::Shell;
use crate::shell::inside;
use crate::shell::terminal::Output;
use crate::shell::visit;
use crate::sim::SimTime;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value};

/// `docker VERB` on an instance.
pub(in crate::shell) fn run(shell: &mut Shell<'_>, all: &[String], input: &str) -> Output {
    let given = match all.split_first() {
        Some((first, rest)) if first == "container" => rest,
        _ => all,
    };
    let words: Vec<&str> = given.iter().map(String::as_str).collect();
    let rest = given.get(1..).unwrap_or_default();
    let is_container = words.len() < all.len();
    match words.as_slice() {
        ["ps" | "ls" | "list", ..] => {
            let rows = hosted::all(shell).into_iter().map(|own| own.row).collect();
            ps::listed(rows, rest, shell.lab.now()).unwrap_or_else(|output| output)
        }
        ["images"] | ["image", "ls"] => {
            let mut rows = alloc::vec![row(["REPOSITORY", "TAG"])];
            rows.extend(images_of(shell).into_iter().map(Vec::from));
            Output::print(columns(&rows))
        }
        ["exec", ..] => lives::exec(shell, rest, input, running),
        ["logs", ..] => written(shell, rest),
        ["inspect", ..] => looked_into(shell, rest, is_container.then_some("container")),
        ["image", "inspect", ..] => looked_into(shell, rest.get(1..).unwrap_or_default(), Some("image")),
        ["system", "info", ..] => engine::info(shell, rest.get(1..).unwrap_or_default()),
        ["info", ..] => engine::info(shell, rest),
        ["version", ..] => engine::version(shell, rest),
        ["--version" | "-v"] => engine::short(),
        ["rm" | "stop" | "kill" | "restart", ..] => left_to_ecs(shell, rest),
        ["pull", ..] => refused(
            "an instance's docker pulls what tasks need: the stoppedReason of a task that could not start tells what it said",
        ),
        _ => refused("of an instance's docker there are docker ps, logs, inspect, exec, images and info"),
    }
}

/// `docker inspect`: of a name that both have, the container's.
fn looked_into(shell: &Shell<'_>, words: &[String], only: Option<&'static str>) -> Output {
    let verb = only.map_or_else(|| "inspect".to_string(), |kind| format!("{kind} inspect"));
    inspect::printed(words, &verb, only, &|name, kind| {
        let container = || hosted::find(shell, name).ok().map(|own| shown(shell, &own));
        let container = if kind == "image" { None } else { container() };
        container.or_else(|| if kind == "container" { None } else { image(shell, name) })
    })
}

/// An image that the instance holds, as far as the lab knows it.
fn image(shell: &Shell<'_>, name: &str) -> Option<Value> {
    let key = Reference::parse(name)?.key();
    let [repository, _] = images_of(shell).into_iter().find(|own| own.join(":") == key)?;
    let mut shown = object!({ "RepoTags": alloc::vec![key], "Os": "linux", "Architecture": engine::processor(shell) });
    if let Some(config) = inspect::catalogued(&repository) {
        shown["Config"] = config;
    }
    Some(shown)
}

fn refused(why: &str) -> Output {
    Output::fail(1, format!("ECS Lab: {why}\n"))
}

/// What would change containers behind the agent's back.
fn left_to_ecs(shell: &Shell<'_>, words: &[String]) -> Output {
    let named = words.iter().find(|word| !word.starts_with('-'));
    match named.map(|name| hosted::find(shell, name)) {
        Some(Err(output)) => output,
        Some(Ok(own)) if own.part.is_none() => {
            refused("the agent is stopped and started by systemctl: systemctl stop ecs")
        }
        Some(Ok(own)) if own.ended.is_some() => {
            refused("the agent removes what is left of a task, after ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION")
        }
        _ => refused("tasks are started and stopped by aws ecs, and their containers with them"),
    }
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.iter().map(ToString::to_string).collect()
}

/// A container of a task that runs, by the start of its id or its name.
fn running(shell: &Shell<'_>, name: &str) -> Result<inside::Container, Output> {
    let own = hosted::find(shell, name)?;
    let (id, Some(part)) = (own.row.id, own.part) else {
        return Err(refused("what the agent's image holds the lab does not know"));
    };
    let own = inside::Container::of_task(shell.lab, part.key, &part.name).filter(|_| own.ended.is_none());
    own.ok_or_else(|| daemon(&format!("container {id} is not running")))
}

/// `docker logs`. Docker keeps what goes to another place too, for this command.
fn written(shell: &Shell<'_>, words: &[String]) -> Output {
    let (given, names) = match options("logs", words) {
        Ok(read) => read,
        Err(output) => return output,
    };
    let [name] = names.as_slice() else { return takes("logs", "1 argument") };
    let own = match hosted::find(shell, name) {
        Ok(own) => own,
        Err(output) => return output,
    };
    let now = shell.lab.now();
    let lines = match &own.part {
        None => visit::id(shell.terminal).map(|id| visit::logs::agent(shell.lab, id)),
        Some(part) => {
            let task = shell.lab.world().ecs().task(part.key);
            task.and_then(|task| logs::output(&shell.lab.start().region, task, part.index, now)).map(|own| own.lines)
        }
    };
    lives::lines(lines.unwrap_or_default(), &given, now).map_or_else(|output| output, Output::print)
}

/// Its definition in the document of its task.
fn definition<'a>(shell: &'a Shell<'_>, part: &Part) -> &'a Value {
    let task = shell.lab.world().ecs().task(part.key);
    task.map_or(&Value::Null, |task| &task.definition.registration.document["containerDefinitions"][part.index])
}

/// A container as `docker inspect` shows it: what the lab knows.
fn shown(shell: &Shell<'_>, own: &Hosted) -> Value {
    let row = &own.row;
    let runs = own.ended.is_none();
    let out_of_memory = || {
        let reason = own.part.as_ref().and_then(|part| part.shown["reason"].as_str());
        reason.is_some_and(|reason| reason.starts_with("OutOfMemory"))
    };
    let words = &own.words;
    let mut shown = object!({
        "Id": row.id.as_str(),
        "Created": row.made.to_string(),
        "Path": words.first().map_or("", String::as_str),
        "Args": words.get(1..).unwrap_or_default().to_vec(),
        "State": object!({
            "Status": row.state,
            "Running": runs,
            "Paused": false,
            "Restarting": false,
            "OOMKilled": !runs && out_of_memory(),
            "Dead": false,
            "ExitCode": row.code.unwrap_or_default(),
            "Error": "",
            "StartedAt": row.made.to_string(),
            "FinishedAt": own.ended.map_or_else(|| super::view::NEVER.to_string(), |at| at.to_string()),
        }),
        "Name": format!("/{}", row.name),
        "Driver": "overlay2",
        "Platform": "linux",
    });
    match &own.part {
        Some(part) => of_part(shell, own, part, &mut shown),
        None => {
            shown["HostConfig"] = object!({ "NetworkMode": "host" });
            shown["Config"] = object!({ "Image": row.image.as_str(), "Cmd": words.clone() });
        }
    }
    shown
}

fn of_part(shell: &Shell<'_>, own: &Hosted, part: &Part, shown: &mut Value) {
    let Some(task) = shell.lab.world().ecs().task(part.key) else { return };
    let defined = definition(shell, part);
    let document = &task.definition.registration.document;
    let inside = inside::Container::of_task(shell.lab, part.key, &part.name);
    let variables = inside.iter().flat_map(|own| &own.environment).map(|(name, value)| format!("{name}={value}"));
    let (family, revision) =
        (&document["family"], task.definition.name().rsplit(':').next().unwrap_or_default().to_string());
    let bytes = |name: &str| defined[name].as_u64().unwrap_or_default() << 20;
    let mode = document["networkMode"].as_str().unwrap_or("bridge");
    let status = part.shown["healthStatus"].as_str().unwrap_or("UNKNOWN");
    if status != "UNKNOWN" {
        shown["State"]["Health"] = object!({ "Status": status.to_ascii_lowercase() });
    }
    let run = containers::invocation(task, &part.name);
    let [entry_point, command] = hosted::words(&run).map(|own| if own.is_empty() { Value::Null } else { own.into() });
    let driver = defined["logConfiguration"]["logDriver"].as_str().unwrap_or("json-file");
    let bindings = bindings(&part.shown["networkBindings"]);
    shown["Image"] = part.shown["imageDigest"].clone();
    shown["HostConfig"] = object!({
        "LogConfig": object!({ "Type": driver, "Config": defined["logConfiguration"]["options"].clone() }),
        "PortBindings": Value::Object(bindings.clone()),
        "Privileged": defined["privileged"] == true,
        "ReadonlyRootfs": defined["readonlyRootFilesystem"] == true,
        "CpuShares": defined["cpu"].as_u64().unwrap_or_default(),
        "Memory": bytes("memory"),
        "MemoryReservation": bytes("memoryReservation"),
    });
    // In awsvpc the containers share the network of one that the agent adds, which the lab does not show.
    if mode != "awsvpc" {
        shown["HostConfig"]["NetworkMode"] = mode.into();
    }
    shown["Config"] = object!({
        "Hostname": inside.as_ref().map_or("", |own| own.host.as_str()),
        "User": defined["user"].as_str().unwrap_or_default(),
        "Env": variables.collect::<Vec<_>>(),
        "Cmd": command,
        "Image": own.row.image.as_str(),
        "WorkingDir": defined["workingDirectory"].as_str().unwrap_or_default(),
        "Entrypoint": entry_point,
        "Labels": object!({
            "com.amazonaws.ecs.cluster": crate::ecs::instance::cluster_name(shell.lab.world().ecs(), part.key.cluster),
            "com.amazonaws.ecs.container-name": part.name.as_str(),
            "com.amazonaws.ecs.task-arn": part.task.as_str(),
            "com.amazonaws.ecs.task-definition-family": family.clone(),
            "com.amazonaws.ecs.task-definition-version": revision,
        }),
    });
    shown["NetworkSettings"] = object!({ "Ports": Value::Object(bindings) });
}

/// The ports of the host by those of the container, as docker shows them.
fn bindings(all: &Value) -> Map<String, Value> {
    let mut shown = Map::new();
    for own in all.as_array().into_iter().flatten() {
        let Some(host) = own["hostPort"].as_u64() else { continue };
        let name = format!("{}/{}", own["containerPort"], own["protocol"].as_str().unwrap_or("tcp"));
        let binding = object::of(alloc::vec![("HostIp", "0.0.0.0".into()), ("HostPort", host.to_string().into())]);
        shown.insert(name, Value::Array(alloc::vec![binding]));
    }
    shown
}

/// A command in quotes, cut after 20 signs as docker cuts it; the image's own is not known.
pub(super) fn shortened(command: &str) -> String {
    let signs: Vec<char> = command.chars().collect();
    match signs.get(..19) {
        Some(start) if signs.len() > 20 => format!("\"{}…\"", start.iter().collect::<String>()),
        _ => format!("\"{command}\""),
    }
}

pub(super) fn up(since: SimTime, now: SimTime, health: &str) -> String {
    let span = ago(since, now);
    let span = span.strip_suffix(" ago").unwrap_or(&span);
    let health = match health {
        "HEALTHY" => " (healthy)",
        "UNHEALTHY" => " (unhealthy)",
        _ => "",
    };
    format!("Up {span}{health}")
}

pub(super) fn ports(bindings: &Value) -> String {
    let one = |own: &Value| match own["hostPort"].as_u64() {
        Some(host) => format!("0.0.0.0:{host}->{}/{}", own["containerPort"], own["protocol"].as_str().unwrap_or("tcp")),
        None => {
            let range = |name: &str| own[name].as_str().unwrap_or_default();
            format!("0.0.0.0:{}->{}/tcp", range("hostPortRange"), range("containerPortRange"))
        }
    };
    bindings.as_array().into_iter().flatten().map(one).collect::<Vec<_>>().join(", ")
}

/// The images by name, with that of the agent; what they weigh the lab does not know.
pub(super) fn images_of(shell: &Shell<'_>) -> Vec<[String; 2]> {
    let mut rows = Vec::new();
    if visit::id(shell.terminal).is_some_and(|id| visit::logs::life(shell.lab, id).is_some()) {
        rows.push(["amazon/amazon-ecs-agent", "latest"].map(ToString::to_string));
    }
    let own = visit::here(shell);
    for name in own.into_iter().flat_map(|own| own.images.keys()) {
        let key = Reference::parse(name).map_or_else(|| name.clone(), |own| own.key());
        let (repository, tag) = cells(&key);
        rows.push([repository, tag].map(ToString::to_string));
    }
    rows
}
