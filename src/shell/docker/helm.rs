//! `helm`: charts made, packed, and pushed to registries and pulled from them as artifacts of OCI, as AWS's page on pushing
//! a Helm chart has it (docs.aws.amazon.com/AmazonECR/latest/userguide/push-oci-artifact.html, read 2026-11-22).
//!
//! A package is a short text that holds the chart's files; there is no Kubernetes to install one on.

use super::name::Reference;
use super::registry::{Refused, image, look, open};
use super::{Given, login, options, value};
use crate::aws::object::object;
use crate::ecr::docker::{self as client, Built};
use crate::shell::exec::Shell;
use crate::shell::files::absolute;
use crate::shell::terminal::Output;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::{Map, Value};

const VERSION: &str = "v3.18.6";
const COMMIT: &str = "b76a950f6835474e0906b96c9ec68a2eff3a6430";
/// The media types of a chart's configuration and of its package.
const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
const CONTENT: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
/// The commands that the lab has, as they are told.
const VERBS: &str = "helm create, package, pull, push, registry login, registry logout, show and version";

/// The files of a new chart; `NAME` is the chart's.
const STARTER: [(&str, &str); 6] = [
    (".helmignore", "# Patterns of files that a package leaves out.\n.git/\n*.swp\n"),
    (
        "Chart.yaml",
        "apiVersion: v2\nname: NAME\ndescription: A Helm chart for Kubernetes\ntype: application\nversion: 0.1.0\nappVersion: \"1.16.0\"\n",
    ),
    (
        "values.yaml",
        "replicaCount: 1\nimage:\n  repository: nginx\n  tag: \"\"\nservice:\n  type: ClusterIP\n  port: 80\n",
    ),
    ("templates/NOTES.txt", "NAME is installed.\n"),
    (
        "templates/deployment.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\nspec:\n  replicas: {{ .Values.replicaCount }}\n",
    ),
    ("templates/service.yaml", "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}\n"),
];

/// A package: the chart's own description, and its files by their paths.
struct Chart {
    about: Vec<(String, String)>,
    text: String,
}

fn failed(why: &str) -> Output {
    Output::fail(1, format!("Error: {why}\n"))
}

/// Runs a command line behind `helm`.
pub(in crate::shell) fn run(shell: &mut Shell<'_>, words: &[String], input: &str) -> Output {
    let plain: Vec<&str> = words.iter().map(String::as_str).collect();
    let rest = |from: usize| words.get(from..).unwrap_or_default();
    let done = match plain.as_slice() {
        ["version", ..] if plain.contains(&"--short") => {
            Ok(Output::print(format!("{VERSION}+g{}\n", COMMIT.get(..7).unwrap_or_default())))
        }
        ["version", ..] => Ok(Output::print(format!(
            "version.BuildInfo{{Version:\"{VERSION}\", GitCommit:\"{COMMIT}\", GitTreeState:\"clean\", GoVersion:\"go1.24.6\"}}\n"
        ))),
        ["create", name] => create(shell, name),
        ["package", ..] => package(shell, rest(1)),
        ["push", file, remote] => push(shell, file, remote),
        ["pull" | "fetch", ..] => pull(shell, rest(1)),
        ["show" | "inspect", "chart", ..] => show(shell, rest(2)),
        ["registry", "login", ..] => {
            let mut output = login::login(shell, rest(2), input);
            return Output { stderr: output.joined(), ..output };
        }
        ["registry", "logout", ..] => return login::logout(shell, rest(2)),
        ["create" | "push" | "registry" | "show", ..] | [] | ["help" | "--help" | "-h", ..] => Err(failed(&format!(
            "ECS Lab: of helm there are {VERBS}: helm create NAME, helm package DIRECTORY, helm push FILE oci://HOST/"
        ))),
        [verb, ..] => Err(failed(&format!("ECS Lab has no helm {verb}: there is no Kubernetes here; it has {VERBS}"))),
    };
    done.unwrap_or_else(|output| output)
}

fn create(shell: &mut Shell<'_>, name: &str) -> Result<Output, Output> {
    let folder = shell.path(name);
    let last = folder.rsplit('/').next().unwrap_or_default().to_string();
    let files = &mut shell.terminal.files;
    for below in ["", "/charts", "/templates"] {
        files.make(&format!("{folder}{below}"));
    }
    for (path, text) in STARTER {
        files.write(&format!("{folder}/{path}"), text.replace("NAME", &last)).map_err(failed)?;
    }
    Ok(Output::print(format!("Creating {name}\n")))
}

/// The members of a `Chart.yaml` that stand on one line each.
fn members(text: &str) -> Vec<(String, String)> {
    let line = |line: &str| {
        let (name, value) = line.split_once(':').filter(|(name, _)| !name.starts_with([' ', '#', '-']))?;
        Some((name.to_string(), value.trim().trim_matches(['"', '\'']).to_string()))
    };
    let mut all: Vec<_> = text.lines().filter_map(line).collect();
    crate::sim::order::sort_by(&mut all, |left: &(String, String), right| left.0.cmp(&right.0));
    all
}

impl Chart {
    /// Reads a package, or packs a folder.
    fn read(shell: &Shell<'_>, name: &str) -> Result<Self, Output> {
        let path = shell.path(name);
        let files = &shell.terminal.files;
        if let Some(text) = files.read(&path) {
            return Self::unpacked(text)
                .ok_or_else(|| failed(&format!("file '{path}' does not appear to be a gzipped archive")));
        }
        if !files.is_directory(&path) {
            return Err(failed(&format!("stat {name}: no such file or directory")));
        }
        let own = files
            .tree(&path)
            .into_iter()
            .filter_map(|(own, text)| Some((own.strip_prefix(&format!("{path}/"))?.to_string(), Value::from(text?))));
        let whole: Map<String, Value> = own.collect();
        let text = object!({ "package": "a chart that helm package made in the lab", "files": Value::Object(whole) })
            .to_string();
        let chart = Self::unpacked(&text).ok_or_else(|| failed("Chart.yaml file is missing"))?;
        for wanted in ["name", "version"] {
            if chart.member(wanted).is_empty() {
                return Err(failed(&format!("validation: chart.metadata.{wanted} is required")));
            }
        }
        Ok(chart)
    }

    fn unpacked(text: &str) -> Option<Self> {
        let document: Value = serde_json::from_str(text).ok()?;
        Some(Self { about: members(document["files"]["Chart.yaml"].as_str()?), text: text.to_string() })
    }

    fn member(&self, name: &str) -> &str {
        self.about.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value.as_str())
    }

    fn file(&self) -> String {
        format!("{}-{}.tgz", self.member("name"), self.member("version"))
    }

    fn artifact(&self) -> Built {
        let about: Map<String, Value> =
            self.about.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        let title = |name: &str, member: &str| (format!("org.opencontainers.image.{name}"), self.member(member).into());
        let notes = [title("description", "description"), title("title", "name"), title("version", "version")];
        let annotations: Map<String, Value> = notes.into_iter().filter(|(_, value)| *value != "").collect();
        client::artifact((CONFIG, Value::Object(about).to_string()), (CONTENT, self.text.clone()), annotations)
    }
}

fn package(shell: &mut Shell<'_>, words: &[String]) -> Result<Output, Output> {
    let (given, names) = options("helm package", words).map_err(told)?;
    let [name] = names.as_slice() else { return Err(failed("need at least one argument, the path to the chart")) };
    if value(&given, "--version").or(value(&given, "--app-version")).is_some() {
        return Err(failed("ECS Lab: the versions of a chart stand in its Chart.yaml"));
    }
    let chart = Chart::read(shell, name)?;
    let folder = value(&given, "--destination").map_or_else(|| shell.terminal.directory.clone(), |own| shell.path(own));
    let path = absolute(&folder, &chart.file());
    shell
        .terminal
        .files
        .write(&path, chart.text.clone())
        .map_err(|why| failed(&format!("failed to save: {path}: {why}")))?;
    Ok(Output::print(format!("Successfully packaged chart and saved it to: {path}\n")))
}

/// An option that the lab's helm does not know.
fn told(output: Output) -> Output {
    if output.status == 0 {
        return output;
    }
    failed(output.stderr.lines().next().unwrap_or_default())
}

/// The registry and the folder of an address.
fn remote(address: &str) -> Result<&str, Output> {
    let rest =
        address.strip_prefix("oci://").ok_or_else(|| failed("scheme prefix missing from remote (e.g. \"oci://\")"))?;
    Ok(rest.trim_end_matches('/'))
}

fn push(shell: &mut Shell<'_>, file: &str, address: &str) -> Result<Output, Output> {
    let remote = remote(address)?;
    let chart = Chart::read(shell, file)?;
    let name = format!("{remote}/{}:{}", chart.member("name"), chart.member("version").replace('+', "_"));
    let own = Reference::read(&name).map_err(|why| failed(&why))?;
    let built = chart.artifact();
    let refused = |refused: Refused| failed(&refused.of_push(&own));
    let open = open(shell, &own).map_err(refused)?;
    let mut call = |operation: &'static str, input: Value| open.call(shell, operation, input);
    client::push(&mut call, &own.path, Some(&own.tag), &built).map_err(|error| refused(Refused::of(&error)))?;
    Ok(Output::fail(0, format!("Pushed: {name}\nDigest: {}\n", built.digest)))
}

/// The chart under an address, by the version that is asked for or the highest there; what the fetching says.
fn fetched(shell: &mut Shell<'_>, address: &str, given: &Given) -> Result<(Chart, String), Output> {
    let mut own = Reference::read(remote(address)?).map_err(|why| failed(&why))?;
    let refused = |own: &Reference, refused: Refused| failed(&refused.of_pull(own));
    let tagged = address.rsplit('/').next().unwrap_or_default().contains([':', '@']);
    if let Some(version) = value(given, "--version") {
        own.tag = version.replace('+', "_");
    } else if !tagged {
        let open = open(shell, &own).map_err(|why| refused(&own, why))?;
        let mut tags = open.tags(shell, &own.path).map_err(|why| refused(&own, why))?;
        let parts = |tag: &String| tag.split('.').map(|part| part.parse::<u64>().ok()).collect::<Vec<_>>();
        crate::sim::order::sort_by(&mut tags, |left, right| parts(left).cmp(&parts(right)));
        own.tag = tags
            .pop()
            .ok_or_else(|| failed(&format!("unable to locate any tags in provided repository: {address}")))?;
    }
    let found = look(shell, &own).map_err(|why| refused(&own, why))?;
    let (built, _) = image(shell, &own, &found, "linux/amd64").map_err(|why| refused(&own, why))?;
    let chart = built.layers.first().and_then(|layer| Chart::unpacked(&layer.bytes));
    let chart = chart
        .ok_or_else(|| failed("manifest does not contain minimum number of descriptors (2), descriptors found: 0"))?;
    Ok((chart, format!("Pulled: {}\nDigest: {}\n", own.key(), found.digest)))
}

fn pull(shell: &mut Shell<'_>, words: &[String]) -> Result<Output, Output> {
    let (given, names) = options("helm pull", words).map_err(told)?;
    let [address] = names.as_slice() else { return Err(failed("\"helm pull\" requires at least 1 argument")) };
    let (chart, said) = fetched(shell, address, &given)?;
    let folder = value(&given, "--destination").map_or_else(|| shell.terminal.directory.clone(), |own| shell.path(own));
    let mut write = |path: String, text: &str| {
        let above = path.rsplit_once('/').map_or("", |(above, _)| above).to_string();
        shell.terminal.files.make(&above);
        shell.terminal.files.write(&path, text.to_string()).map_err(failed)
    };
    if value(&given, "--untar").is_some() {
        let document: Value = serde_json::from_str(&chart.text).unwrap_or_default();
        for (path, text) in document["files"].as_object().into_iter().flatten() {
            let path = absolute(&format!("{folder}/{}", chart.member("name")), path);
            write(path, text.as_str().unwrap_or_default())?;
        }
    } else {
        write(absolute(&folder, &chart.file()), &chart.text)?;
    }
    Ok(Output::fail(0, said))
}

fn show(shell: &mut Shell<'_>, words: &[String]) -> Result<Output, Output> {
    let (given, names) = options("helm show chart", words).map_err(told)?;
    let [name] = names.as_slice() else { return Err(failed("\"helm show chart\" requires 1 argument")) };
    let (chart, said) = match name.starts_with("oci://") {
        true => fetched(shell, name, &given)?,
        false => (Chart::read(shell, name)?, String::new()),
    };
    let lines = chart.about.iter().map(|(name, value)| format!("{name}: {value}\n"));
    Ok(Output::fail(0, said).then(Output::print(lines.collect::<String>())))
}
