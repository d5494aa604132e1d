//! Where the configuration of a log router comes from: FireLens writes it from the task definition; another router's stands
//! in its command, in what its command writes, or in its image.
//!
//! Sources: [AGENT:agent/taskresource/firelens/firelensconfig_unix.go], aws/aws-for-fluent-bit (fluent-bit.conf, configs,
//! ecs_windows_forward_daemon, init), read 2026-11-22. Of Fluentd's own configuration files nothing is read.

use super::conf::{Around, Conf, Fault, Section, filled};
use crate::aws::arn::Account;
use crate::ecs::containers::invocation;
use crate::ecs::{Ecs, LaunchType, Task, forward};
use crate::event::MachineId;
use crate::s3::S3;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// What stands around a router's configuration.
pub struct Scene<'a> {
    pub ecs: &'a Ecs,
    pub objects: &'a S3,
    pub account: &'a Account,
    /// The router's task.
    pub task: &'a Task,
    /// The router's place in its definition.
    pub index: usize,
}

/// The option of a log configuration that FireLens keeps for Docker.
const BUFFER: &str = "log-driver-buffer-limit";

/// Files of the images of AWS for Fluent Bit, by how their paths end, as far as they lead records.
const FILES: [(&str, &str); 4] = [
    (
        "etc/fluent-bit.conf",
        "[INPUT]\nName forward\n[OUTPUT]\nName cloudwatch\nMatch **\nregion us-east-1\n\
         log_group_name fluent-bit-cloudwatch\nlog_stream_prefix from-fluent-bit-\nauto_create_group true",
    ),
    ("configs/parse-json.conf", "[FILTER]\nName parser\nMatch *\nKey_Name log\nParser json\nReserve_Data True"),
    (
        "ecs_windows_forward_daemon/cloudwatch.conf",
        "@INCLUDE ecs_windows_forward_daemon/input.conf\n[OUTPUT]\nName cloudwatch_logs\nMatch out.*\n\
         region ${AWS_REGION}\nlog_group_name fallback-group\n\
         log_group_template /aws/ecs/$ecs_cluster.$ecs_task_definition_family\nlog_stream_prefix task-\n\
         auto_create_group On",
    ),
    (
        "ecs_windows_forward_daemon/input.conf",
        "[INPUT]\nName forward\nTag_Prefix ecs.\n[FILTER]\nName modify\nMatch ecs.*\n\
         Rename com.amazonaws.ecs.cluster ecs_cluster\nRename com.amazonaws.ecs.container-name ecs_container_name\n\
         Rename com.amazonaws.ecs.task-arn ecs_task_arn\n\
         Rename com.amazonaws.ecs.task-definition-family ecs_task_definition_family\n\
         Rename com.amazonaws.ecs.task-definition-version ecs_task_definition_version\n[FILTER]\nName rewrite_tag\n\
         Match ecs.*\nRule $ecs_task_arn ^([a-z-:0-9]+)/([a-zA-Z0-9-_]+)/([a-z0-9]+)$ out.$3.$ecs_container_name false",
    ),
];

/// The text of such a file of an image.
fn in_image(image: &str, path: &str) -> Option<String> {
    let path = path.replace('\\', "/");
    let known = image.contains("aws-for-fluent-bit");
    FILES.iter().find(|(own, _)| known && path.ends_with(own)).map(|(_, text)| text.to_string())
}

/// Other files of AWS's images, which lead no records.
const OTHERS: [&str; 6] = [
    "configs/minimize-log-loss.conf",
    "configs/output-metrics-healthcheck.conf",
    "configs/plugin-metrics-to-cloudwatch.conf",
    "configs/plugin-and-storage-metrics-to-cloudwatch.conf",
    "configs/plugin-metrics-parser.conf",
    "/fluent-bit/parsers/parsers.conf",
];

/// A router's configuration.
pub fn configuration(scene: &Scene<'_>) -> Conf {
    let variable = |name: &str| variable(scene, name);
    let container = definition(scene.task, scene.index);
    let image = image(scene);
    let name = container["name"].as_str().unwrap_or_default();
    let built = invocation(scene.task, name).written;
    let file = |path: &str| built.and_then(|own| own.file(path)).map(String::from).or_else(|| in_image(image, path));
    let is_known = is_known(scene, image);
    let mounts = container["mountPoints"].as_array().into_iter().flatten();
    let mounts: Vec<&str> = mounts.filter_map(|own| own["containerPath"].as_str()).collect();
    let is_mounted = |path: &str| mounts.iter().any(|own| path.starts_with(own));
    let is_other = |path: &str| {
        path.contains('*')
            || path.starts_with("/ecs/")
            || path.starts_with("/fluent-bit/etc/")
            || OTHERS.iter().any(|own| path.ends_with(own))
    };
    let lacks =
        |path: &str| is_known && path.starts_with('/') && !is_mounted(path) && !is_other(path) && file(path).is_none();
    let around = Around { file: &file, lacks: &lacks, variable: &variable };
    let read = match forward::firelens(scene.task) == Some(scene.index) {
        true => generated(scene, container, &around),
        false => own(scene, image, &around),
    };
    Conf { is_known, ..read }
}

/// Whether it is known which files and plugins a router has: its image is AWS's or Fluent Bit's own, or built on it here
/// without plugins, and nothing but Fluent Bit runs.
fn is_known(scene: &Scene<'_>, image: &str) -> bool {
    let container = definition(scene.task, scene.index);
    let run = invocation(scene.task, container["name"].as_str().unwrap_or_default());
    let brings_plugins = || run.written.is_some_and(|own| own.files.iter().any(|(path, _)| path.ends_with(".so")));
    let has_others = || container["volumesFrom"].as_array().is_some_and(|own| !own.is_empty());
    let repository = image.split(['@', ':']).next().unwrap_or_default();
    ["aws-for-fluent-bit", "fluent/fluent-bit"].iter().any(|own| repository.ends_with(own))
        && !image.contains("windows")
        && container["firelensConfiguration"]["type"] != "fluentd"
        && run.words().first().is_none_or(|word| word.ends_with("/fluent-bit") || *word == "fluent-bit")
        && !run.words().contains(&"-e")
        && !has_others()
        && !brings_plugins()
}

/// The container at a place of a task's definition.
pub fn definition(task: &Task, index: usize) -> &Value {
    &task.definition.registration.document["containerDefinitions"][index]
}

/// A variable of a router: the container's own, that of Fargate, or one that the `init` images set.
fn variable(scene: &Scene<'_>, name: &str) -> Option<String> {
    let Scene { account, task, .. } = scene;
    let container = definition(task, scene.index)["name"].as_str().unwrap_or_default();
    let lists = invocation(task, container).environment;
    let found = lists.iter().find_map(|list| list.as_array()?.iter().rfind(|item| item["name"] == name));
    if let Some(value) = found.and_then(|item| item["value"].as_str()) {
        return Some(value.to_string());
    }
    let region = || account.region.to_string();
    if task.launch == LaunchType::Fargate && (name == "AWS_REGION" || name == "AWS_DEFAULT_REGION") {
        return Some(region());
    }
    if !is_init(scene) {
        return None;
    }
    let definition = &task.definition;
    Some(match name {
        "AWS_REGION" => region(),
        "ECS_CLUSTER" => cluster(scene.ecs, task),
        "ECS_TASK_ARN" => arn(scene.ecs, account, task),
        "ECS_TASK_ID" => task.key.id.to_string(),
        "ECS_TASK_DEFINITION" => definition.name(),
        "ECS_FAMILY" => definition.registration.family.to_string(),
        "ECS_REVISION" => definition.revision.to_string(),
        "ECS_LAUNCH_TYPE" => task.launch.name().to_string(),
        _ => return None,
    })
}

/// The name of a task's cluster.
pub fn cluster(ecs: &Ecs, task: &Task) -> String {
    crate::ecs::instance::cluster_name(ecs, task.key.cluster)
}

/// A task's ARN.
pub fn arn(ecs: &Ecs, account: &Account, task: &Task) -> String {
    account.task(&cluster(ecs, task), &task.key.id.to_string()).text()
}

/// The router's image, or the one that it was built from.
fn image<'a>(scene: &Scene<'a>) -> &'a str {
    let name = definition(scene.task, scene.index)["name"].as_str().unwrap_or_default();
    invocation(scene.task, name).image
}

/// Whether the router's image is one of those that read files of their own when they start.
fn is_init(scene: &Scene<'_>) -> bool {
    let image = image(scene);
    image.contains("aws-for-fluent-bit") && image.rsplit(':').next().is_some_and(|tag| tag.starts_with("init"))
}

/// The text of an object, by its ARN.
fn object(objects: &S3, arn: &str) -> Option<String> {
    let (bucket, key) = arn.split_once(":::")?.1.split_once('/')?;
    objects.object(bucket, key).ok().map(ToString::to_string)
}

/// What FireLens writes: filters by the patterns of each container, the metadata, the external file, then an output for
/// each container with options.
fn generated(scene: &Scene<'_>, router: &Value, around: &Around<'_>) -> Conf {
    let Scene { ecs, objects, account, task, .. } = scene;
    let options = &router["firelensConfiguration"]["options"];
    let is_fluentd = router["firelensConfiguration"]["type"] == "fluentd";
    let mut all = Vec::from([Section::new("INPUT", &[("Name", "forward")])]);
    let mut outputs = Vec::new();
    let mode = task.definition.registration.core.network_mode.name();
    if !is_fluentd && mode != "host" && mode != "none" {
        outputs.push(Section::new("OUTPUT", &[("Name", "null"), ("Match", "firelens-healthcheck")]));
    }
    let containers = task.definition.registration.document["containerDefinitions"].as_array();
    for own in containers.into_iter().flatten().filter(|own| own["logConfiguration"]["logDriver"] == "awsfirelens") {
        let tag = format!("{}-firelens*", own["name"].as_str().unwrap_or_default());
        let mut output = Section::new("OUTPUT", &[("Match", &tag)]);
        for (key, value) in own["logConfiguration"]["options"].as_object().into_iter().flatten() {
            let value = filled(value.as_str().unwrap_or_default(), around);
            let rule = match key.as_str() {
                "include-pattern" => "Regex",
                "exclude-pattern" => "Exclude",
                BUFFER => continue,
                _ => {
                    output.entries.push((key.clone(), value));
                    continue;
                }
            };
            all.push(Section::new("FILTER", &[("Name", "grep"), ("Match", &tag), (rule, &format!("log {value}"))]));
        }
        if !output.plugin().is_empty() {
            outputs.push(output);
        }
    }
    if options["enable-ecs-log-metadata"] != "false" {
        let machine = task.host().and_then(|key| ecs.instance(key)).map(|host| host.machine);
        let mut metadata = Section::new("FILTER", &[("Name", "record_modifier"), ("Match", "*")]);
        let mut record = |key: &str, value: String| metadata.entries.push(("Record".into(), format!("{key} {value}")));
        if let Some(machine @ MachineId::Ec2(_)) = machine {
            record("ec2_instance_id", machine.to_string());
        }
        record("ecs_cluster", cluster(ecs, task));
        record("ecs_task_arn", arn(ecs, account, task));
        record("ecs_task_definition", task.definition.name());
        all.push(metadata);
    }
    let mut conf = Conf { sections: all, ..Conf::default() };
    let path = options["config-file-value"].as_str().filter(|_| !is_fluentd).unwrap_or_default();
    let (text, file) = match options["config-file-type"].as_str() {
        Some("s3") => (object(objects, path), EXTERNAL),
        Some("file") => ((around.file)(path), path),
        _ => (None, ""),
    };
    match text {
        Some(text) => conf.read(file, &text, around),
        None if !path.is_empty() && (around.lacks)(file) => conf.fault = Some(Fault::NotIncluded),
        None => {}
    }
    conf.sections.extend(outputs);
    init(scene, around, &mut conf);
    conf
}

/// Where the agent puts a configuration of S3.
const EXTERNAL: &str = "/fluent-bit/etc/external.conf";

/// The files that an `init` image reads besides: of S3 by their ARNs, of the image by their paths.
fn init(scene: &Scene<'_>, around: &Around<'_>, conf: &mut Conf) {
    if !is_init(scene) {
        return;
    }
    let name = definition(scene.task, scene.index)["name"].as_str().unwrap_or_default();
    let lists = invocation(scene.task, name).environment;
    let items = lists.iter().filter_map(|list| list.as_array()).flatten();
    for item in items {
        let (name, value) = (item["name"].as_str().unwrap_or_default(), item["value"].as_str().unwrap_or_default());
        let text = match name.strip_prefix("aws_fluent_bit_init_").unwrap_or_default() {
            rest if rest.starts_with("s3") => object(scene.objects, value),
            rest if rest.starts_with("file") => (around.file)(value),
            _ => None,
        };
        if let Some(text) = text {
            conf.read(value, &text, around);
        }
    }
}

/// What another router reads: its command line, with the file that it names, that its command writes or its image has.
fn own(scene: &Scene<'_>, image: &str, around: &Around<'_>) -> Conf {
    let name = definition(scene.task, scene.index)["name"].as_str().unwrap_or_default();
    let run = invocation(scene.task, name);
    let command = [run.entry_point, run.command].concat().join(" ");
    let (path, mut given) = command_line(&command, around);
    let items = run.environment.iter().filter_map(|list| list.as_array()).flatten();
    let named = |item: &&Value| item["name"].as_str().is_some_and(|name| command.contains(name));
    let values = items.filter(named).filter_map(|item| item["value"].as_str());
    let written = written(&command).or_else(|| values.filter_map(written).next());
    let text = match (written, &path) {
        (Some(text), _) => Some(text),
        (None, Some(path)) => (around.file)(path),
        (None, None) if given.is_empty() => in_image(image, "etc/fluent-bit.conf"),
        (None, None) => None,
    };
    let mut conf = Conf::default();
    match (text, path.unwrap_or_default()) {
        (Some(text), path) => conf.read(&path, &text, around),
        (None, path) if (around.lacks)(&path) => conf.fault = Some(Fault::Missing),
        (None, _) => {}
    }
    conf.sections.append(&mut given);
    init(scene, around, &mut conf);
    conf
}

/// The configuration that a script holds between quotes or in a here-document.
fn written(script: &str) -> Option<String> {
    let heads = ["[SERVICE]", "[INPUT]", "[FILTER]", "[OUTPUT]"];
    let start = heads.iter().filter_map(|head| script.find(head)).min()?;
    let (before, text) = script.split_at(start);
    let end = match before.rsplit_once("<<") {
        Some((_, word)) => {
            let word: String = word.chars().filter(|sign| sign.is_alphanumeric() || *sign == '_').collect();
            text.find(&format!("\n{word}"))
        }
        None => before.rfind(['\'', '"']).and_then(|at| text.find(script.get(at..=at)?)),
    };
    let text = text.get(..end.unwrap_or(text.len()))?;
    Some(text.replace("\\n", "\n").replace("`n", "\n").replace("\\$", "$"))
}

/// The file that Fluent Bit's command line names, and the sections that its options make.
fn command_line(command: &str, around: &Around<'_>) -> (Option<String>, Vec<Section>) {
    let (mut path, mut all): (Option<String>, Vec<Section>) = (None, Vec::new());
    let mut words = command.split_whitespace().map(|word| word.trim_matches(['"', '\'', '`']));
    while let Some(word) = words.next() {
        let (flag, value) = match word.split_once('=').filter(|(flag, _)| flag.starts_with("--")) {
            Some((flag, value)) => (flag, Some(value)),
            None => (word, None),
        };
        let kind = match flag {
            "-i" | "--input" => "INPUT",
            "-F" | "--filter" => "FILTER",
            "-o" | "--output" => "OUTPUT",
            "-c" | "--config" | "-p" | "--prop" | "-m" | "--match" | "-t" | "--tag" => "",
            _ if flag.eq_ignore_ascii_case("-ConfigFile") => "",
            _ => continue,
        };
        let Some(value) = value.or_else(|| words.next()) else { break };
        let entry = match flag {
            "-p" | "--prop" => value.split_once('='),
            "-m" | "--match" => Some(("Match", value)),
            "-t" | "--tag" => Some(("Tag", value)),
            _ => None,
        };
        if !kind.is_empty() {
            all.push(Section::new(kind, &[("Name", value)]));
        } else if let Some((key, value)) = entry {
            if let Some(section) = all.last_mut() {
                section.entries.push((key.to_string(), filled(value, around)));
            }
        } else if flag != "-p" {
            // A shell's own `-c` has a script behind it.
            path = Some(value.to_string()).filter(|own| own.contains(".conf")).or(path);
        }
    }
    for section in all.iter_mut().filter(|own| own.kind != "INPUT" && own.get("match").is_none()) {
        section.entries.push(("Match".into(), "*".into()));
    }
    (path, all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_writes_its_configuration() {
        for (script, expected) in [
            (
                "sh -c cat > /f.conf <<EOF\n[OUTPUT]\n  Name stdout\nEOF\nfluent-bit -c /f.conf",
                "[OUTPUT]\n  Name stdout",
            ),
            ("sh -c echo '[INPUT]\\nName forward' > /f.conf; fluent-bit -c /f.conf", "[INPUT]\nName forward"),
            ("powershell -Command Set-Content f.conf \"[OUTPUT]`nName null\"; fluent-bit", "[OUTPUT]\nName null"),
            ("[OUTPUT]\nlog_group_template \\$a", "[OUTPUT]\nlog_group_template $a"),
        ] {
            assert_eq!(written(script).as_deref(), Some(expected), "{script}");
        }
        assert_eq!(written("fluent-bit -c /fluent-bit/etc/fluent-bit.conf"), None);
    }

    #[test]
    fn the_command_line_names_a_file_or_plugins() {
        let variable = |name: &str| (name == "R").then(|| "us-east-1".to_string());
        let around = Around { file: &|_| None, lacks: &|_| false, variable: &variable };
        let line =
            "fluent-bit -e /fluent-bit/cloudwatch.so -i forward -o cloudwatch -p region=${R} -p log_group_name=g";
        let (path, all) = command_line(line, &around);
        assert_eq!(path, None);
        let output = [("Name", "cloudwatch"), ("region", "us-east-1"), ("log_group_name", "g"), ("Match", "*")];
        assert_eq!(all, [Section::new("INPUT", &[("Name", "forward")]), Section::new("OUTPUT", &output)]);
        let windows =
            "Powershell -Command C:\\entrypoint.ps1 -ConfigFile C:\\ecs_windows_forward_daemon\\cloudwatch.conf";
        let (path, all) = command_line(windows, &around);
        assert_eq!((path.as_deref(), all.len()), (Some("C:\\ecs_windows_forward_daemon\\cloudwatch.conf"), 0));
        let text =
            in_image("public.ecr.aws/aws-observability/aws-for-fluent-bit:windowsservercore-latest", &path.unwrap());
        assert!(text.unwrap().contains("task-"));
    }
}
