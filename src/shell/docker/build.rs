//! `docker build` and `docker buildx build`, with the plain progress of BuildKit.
//!
//! The builder `default` is the daemon's: it keeps what it builds among the local images, for one platform at a time. One
//! of the driver docker-container builds for several platforms, adds a provenance to each image, and keeps what it builds
//! to itself unless it pushes or loads it.

use super::builders::Chosen;
use super::context::{Sent, Taken};
use super::dockerfile::Instruction;
use super::excerpt::excerpt;
use super::faults::{Fault, suggestion};
use super::name::Reference;
use super::platform::{Platform, is_built};
use super::progress::Log;
use super::registry::{look, open};
use super::stages::{self, Flaw};
use super::{Local, Output, bare, dockerfile, hub, options, push, takes, value};
use crate::aws::ApiError;
use crate::ecr::build::{Step, Why, build};
use crate::ecr::docker::{self as client, Built};
use crate::shell::exec::Shell;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

const ONE_PLATFORM: &str = "Multi-platform build is not supported for the docker driver.\nSwitch to a different driver, or turn \
                            on the containerd image store, and try again.\nLearn more at \
                            https://docs.docker.com/go/build-multi-platform/";
const NO_OUTPUT: &str = "WARNING: No output specified with docker-container driver. Build result will only remain in the build \
                         cache. To push result image into registry use --push or to load image into docker use --load\n";

/// What a command line asks for.
pub(super) struct Asked {
    pub(super) steps: Vec<Step>,
    /// The lines of the Dockerfile in which the steps stand.
    spans: Vec<(usize, usize)>,
    /// The names of all stages.
    stages: Vec<String>,
    /// The Dockerfile: its name, and its text.
    dockerfile: (String, String),
    /// The first step that takes a file which the context has not.
    missing: Option<Fault>,
    /// The build arguments that no instruction asks for.
    unused: Vec<String>,
    pub(super) platforms: Vec<String>,
    tags: Vec<Reference>,
    pub(super) builder: Chosen,
    pushes: bool,
    loads: bool,
    proven: bool,
    quiet: bool,
    /// Whether steps are taken from the cache.
    pub(super) cached: bool,
}

/// Runs `docker build`, which takes the builder `default` unless another is named, or `docker buildx build`.
pub(super) fn run(shell: &mut Shell<'_>, words: &[String], input: &str, alias: bool) -> Output {
    let done = asked(shell, words, input, alias).and_then(|asked| built(shell, &asked));
    done.unwrap_or_else(|output| output)
}

fn failed(why: &str) -> Output {
    Output::fail(1, format!("ERROR: failed to build: {why}\n"))
}

fn unsolved(why: &str) -> Output {
    failed(&format!("failed to solve: {why}"))
}

fn asked(shell: &mut Shell<'_>, words: &[String], input: &str, alias: bool) -> Result<Asked, Output> {
    let (given, names) = options("buildx build", words)?;
    let [context] = names.as_slice() else {
        return Err(Output::fail(1, format!("ERROR: {}", takes("buildx build", "1 argument").stderr)));
    };
    let builder = shell.builder(value(&given, "--builder"), alias).map_err(|why| failed(&why))?;
    let all = |name: &str| -> Vec<&str> {
        given.iter().filter(|(own, _)| own == name).map(|(_, value)| value.as_str()).collect()
    };
    let platforms = platforms(&all("--platform"))?;
    let mut tags = Vec::new();
    for tag in all("--tag") {
        match Reference::read(tag) {
            Ok(own) if own.digest.is_none() => tags.push(own),
            Ok(_) => return Err(failed(&format!("invalid tag \"{tag}\": invalid reference format"))),
            Err(why) => return Err(failed(&format!("invalid tag \"{tag}\": {why}"))),
        }
    }
    let (mut pushes, mut loads) = (!all("--push").is_empty(), !all("--load").is_empty());
    for output in all("--output") {
        match output {
            "type=registry" | "type=image,push=true" => pushes = true,
            "type=docker" => loads = true,
            _ => return Err(failed(&format!("ECS Lab knows the outputs type=registry and type=docker, not {output}"))),
        }
    }
    if pushes && tags.is_empty() {
        return Err(failed("tag is needed when pushing to registry"));
    }
    let sent = Sent::read(shell, context, value(&given, "--file"), input).map_err(|why| failed(&why))?;
    let Sent { context, name, text } = sent;
    let arguments: Vec<(String, String)> = all("--build-arg")
        .into_iter()
        .filter_map(|own| match own.split_once('=') {
            Some((name, value)) => Some((name.to_string(), value.to_string())),
            None => Some((own.to_string(), shell.environment(own)?.to_string())),
        })
        .collect();
    let steps = dockerfile::instructions(&text).map_err(|why| unsolved(&why))?;
    let (steps, unused) = dockerfile::resolved(&steps, &arguments).map_err(|why| unsolved(&why))?;
    let all_stages = stages::names(&steps);
    let linked = stages::needed(steps, value(&given, "--target")).map_err(|Flaw { told, spans }| {
        let shown: String = spans.into_iter().map(|span| excerpt(&name, &text, span)).collect();
        Output::fail(1, shown).then(unsolved(&told))
    })?;
    let (mut steps, mut spans, mut missing) = (Vec::new(), Vec::new(), None);
    for (at, (Instruction { line, span }, from)) in linked.into_iter().enumerate() {
        let Taken { stamp, files, places } = context.taken(&line).unwrap_or_else(|path| {
            missing.get_or_insert_with(|| Fault::of(at, &line, Why::Missing(format!("/{path}"))));
            Taken::default()
        });
        steps.push(Step { line, content: stamp, files, places, from });
        spans.push(span);
    }
    steps.extend(all("--label").into_iter().map(|own| Step { line: labelled(own), ..Step::default() }));
    let proven = builder.is_container() && !all("--provenance").contains(&"false");
    let quiet = !all("--quiet").is_empty();
    let cached = all("--no-cache").is_empty();
    let dockerfile = (name, text);
    Ok(Asked {
        steps,
        spans,
        stages: all_stages,
        dockerfile,
        missing,
        unused,
        platforms,
        tags,
        builder,
        pushes,
        loads,
        proven,
        quiet,
        cached,
    })
}

/// The instruction that a label of the command line is like.
fn labelled(pair: &str) -> String {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let quote = if value.contains('"') { '\'' } else { '"' };
    format!("LABEL {name}={quote}{value}{quote}")
}

fn platforms(given: &[&str]) -> Result<Vec<String>, Output> {
    let mut platforms: Vec<String> = Vec::new();
    for word in given.iter().flat_map(|list| list.split(',')) {
        let platform = Platform::read(word).map_err(|why| failed(&why))?.name();
        if !is_built(&platform) {
            return Err(failed(&format!("ECS Lab builds for linux/amd64 and linux/arm64, not for {platform}")));
        }
        if !platforms.contains(&platform) {
            platforms.push(platform);
        }
    }
    if platforms.is_empty() {
        platforms.push("linux/amd64".to_string());
    }
    Ok(platforms)
}

fn built(shell: &mut Shell<'_>, asked: &Asked) -> Result<Output, Output> {
    let (container, several) = (asked.builder.is_container(), asked.platforms.len() > 1);
    if several && !container {
        return Err(failed(ONE_PLATFORM));
    }
    if several && asked.loads {
        return Err(failed("docker exporter does not currently support exporting manifest lists"));
    }
    let mut log = Log::default();
    if container {
        log.step(&[format!("building with \"{}\" instance using docker-container driver", asked.builder.name)]);
        let booted = shell.boot(&asked.builder).map_err(|why| failed(&why))?;
        log.step(&booted);
    }
    log.step(&[format!("[internal] load build definition from {}", asked.dockerfile.0)]);
    let bare = bare::fault(asked.steps.iter().map(|step| step.line.as_str()));
    let mut trusted: Vec<(String, String)> = Vec::new();
    let mut images: Vec<(String, Rc<Built>)> = Vec::new();
    for platform in &asked.platforms {
        let bases = bases(shell, asked, platform).map_err(|own| own.told(asked, &mut log))?;
        let done = build(&asked.steps, &bases, platform);
        let line = |at: usize| asked.steps.get(at).map_or("", |own| &own.line);
        let own = done.fault.map(|(at, why)| Fault::of(at, line(at), why));
        let fault = [&bare, &asked.missing, &own].into_iter().flatten().min_by_key(|fault| fault.at);
        log.steps(shell, asked, platform, &done.keys, fault);
        if let Some(fault) = fault {
            return Err(stopped(asked, &log, fault.at, &fault.told));
        }
        for own in done.trusted.into_iter().filter(|own| !trusted.contains(own)).collect::<Vec<_>>() {
            trusted.push(own);
        }
        images.push((platform.clone(), Rc::new(done.built)));
    }
    let mut output = Output::default();
    if !container || asked.loads {
        keep(shell, asked, &images, &mut log);
    } else if !asked.pushes {
        output.stderr.push_str(NO_OUTPUT);
    }
    if asked.pushes {
        let pushed =
            if container { export(shell, asked, &images, &mut log) } else { relay(shell, asked, &images, &mut log) };
        if let Err(why) = pushed {
            output.stderr.push_str(if asked.quiet { "" } else { &log.text });
            output.stderr.push_str(&failed(&why).stderr);
            output.status = 1;
            return Ok(output);
        }
    }
    if asked.quiet {
        let id = images.first().map(|(_, own)| own.config.digest.as_str()).unwrap_or_default();
        return Ok(output.then(Output::print(format!("{id}\n"))));
    }
    let progress = log.text.strip_suffix('\n').filter(|_| output.stderr.is_empty()).unwrap_or(&log.text);
    output.stderr.insert_str(0, progress);
    if !asked.unused.is_empty() {
        let names = asked.unused.join(" ");
        output.stderr.push_str(&format!("[Warning] One or more build-args [{names}] were not consumed\n"));
    }
    for (image, path) in trusted {
        let told = format!("ECS Lab: it does not know the files of {image}, and takes {path} to be there.\n");
        output.stderr.push_str(&told);
    }
    Ok(output)
}

/// What a build says that ends at a step: its progress, the step's lines, and why.
fn stopped(asked: &Asked, log: &Log, at: usize, told: &str) -> Output {
    let (name, text) = &asked.dockerfile;
    let shown = asked.spans.get(at).map(|span| excerpt(name, text, *span)).unwrap_or_default();
    Output::fail(1, format!("{}{shown}", if asked.quiet { "" } else { &log.text })).then(unsolved(told))
}

/// An image that a line needs and that is not there.
struct Unresolved {
    /// The line's place.
    at: usize,
    /// The name there.
    named: String,
    /// The whole name, and what its registry says; none where it is no name.
    refused: Option<(String, String)>,
    /// What is wrong with the name.
    wrong: String,
}

impl Unresolved {
    /// What the build says.
    fn told(&self, asked: &Asked, log: &mut Log) -> Output {
        let Self { at, named, refused, wrong } = self;
        let Some((whole, why)) = refused else { return stopped(asked, log, *at, wrong) };
        log.fail(&format!("[internal] load metadata for {whole}"), &[], why);
        let told = format!("{named}: failed to resolve source metadata for {whole}: {why}");
        stopped(asked, log, *at, &(told + &suggestion(named, &asked.stages)))
    }
}

/// The images that the stages are built of or take of, by their names there; those that the builder has not are fetched. A builder
/// of its own sees none of the local images.
fn bases(shell: &mut Shell<'_>, asked: &Asked, platform: &str) -> Result<Vec<(String, Rc<Built>)>, Unresolved> {
    let mut all = Vec::new();
    for (at, base) in stages::images(asked.steps.iter().map(|step| (step.line.as_str(), step.from.as_ref()))) {
        let named = || base.to_string();
        let own = Reference::read(base).map_err(|why| {
            let wrong = format!("failed to parse stage name {base:?}: {why}");
            Unresolved { at, named: named(), refused: None, wrong }
        })?;
        let docker = &shell.terminal.docker;
        let local = docker.images.get(&own.key()).filter(|own| own.platform == platform);
        let local = local.filter(|_| !asked.builder.is_container()).map(|own| own.built.clone());
        let kept = format!("{} {platform}", own.key());
        let built = match local.or_else(|| docker.fetched.get(&kept).cloned()) {
            Some(built) => built,
            None => {
                let refused = |refused: super::registry::Refused| {
                    let refused = Some((own.full(), refused.of_buildkit(&own)));
                    Unresolved { at, named: named(), refused, wrong: String::new() }
                };
                let found = look(shell, &own).map_err(refused)?;
                let (built, _) = super::registry::image(shell, &own, &found, platform).map_err(refused)?;
                let known = shell.terminal.docker.fetched.keys().any(|kept| kept.split(' ').next() == Some(&own.key()));
                if own.is_public() && !known {
                    hub::count(shell, &own).map_err(refused)?;
                }
                let built = Rc::new(built);
                shell.terminal.docker.fetched.insert(kept, built.clone());
                built
            }
        };
        all.push((base.to_string(), built));
    }
    Ok(all)
}

/// Keeps the image among the local ones.
fn keep(shell: &mut Shell<'_>, asked: &Asked, images: &[(String, Rc<Built>)], log: &mut Log) {
    let Some((platform, built)) = images.first() else { return };
    let id = built.config.digest.clone();
    let local = Local { built: built.clone(), made: shell.lab.now(), platform: platform.clone(), digests: Vec::new() };
    for own in &asked.tags {
        shell.terminal.docker.put(own.key(), local.clone());
    }
    if asked.tags.is_empty() {
        shell.terminal.docker.put(super::dangling(&id), local);
    }
    let writes = if asked.builder.is_container() {
        alloc::vec!["exporting to docker image format".to_string(), "sending tarball done".to_string()]
    } else {
        alloc::vec![
            "exporting to image".to_string(),
            "exporting layers done".to_string(),
            format!("writing image {id} done"),
        ]
    };
    let names = asked.tags.iter().map(|own| format!("naming to {} done", own.full()));
    log.step(&writes.into_iter().chain(names).collect::<Vec<_>>());
}

/// Pushes what the daemon has built, as `docker push` does. Errors: what docker says.
fn relay(shell: &mut Shell<'_>, asked: &Asked, images: &[(String, Rc<Built>)], log: &mut Log) -> Result<(), String> {
    for own in &asked.tags {
        for (_, built) in images {
            push::one(shell, own, built, &mut String::new())?;
        }
        log.step(&[format!("pushing {} with docker", own.full()), "pushing layers done".to_string()]);
    }
    Ok(())
}

/// Pushes what BuildKit has built: each image with its provenance, then the index over them; one image without a provenance
/// goes alone. Errors: what BuildKit says.
fn export(shell: &mut Shell<'_>, asked: &Asked, images: &[(String, Rc<Built>)], log: &mut Log) -> Result<(), String> {
    let mut lines = alloc::vec!["exporting to image".to_string(), "exporting layers done".to_string()];
    let (mut entries, mut proofs) = (Vec::new(), Vec::new());
    for (platform, built) in images {
        lines.push(format!("exporting manifest {} done", built.digest));
        lines.push(format!("exporting config {} done", built.config.digest));
        entries.push(client::entry(platform, built));
        if asked.proven {
            let proof = client::provenance(built);
            lines.push(format!("exporting attestation manifest {} done", proof.digest));
            proofs.push((built.digest.clone(), proof));
        }
    }
    for (of, proof) in &proofs {
        let mut entry = client::entry("unknown/unknown", proof);
        let annotations = alloc::vec![
            ("vnd.docker.reference.digest", Value::from(of.as_str())),
            ("vnd.docker.reference.type", "attestation-manifest".into()),
        ];
        entry["annotations"] = crate::aws::object::of(annotations);
        entries.push(entry);
    }
    let index = (entries.len() > 1).then(|| client::index_of(entries));
    if let Some((_, digest)) = &index {
        lines.push(format!("exporting manifest list {digest} done"));
    }
    for own in &asked.tags {
        let told = |refused: super::registry::Refused| {
            format!("failed to solve: failed to push {}: {}", own.full(), refused.of_buildkit(own))
        };
        let open = open(shell, own).map_err(told)?;
        let mut call = |operation: &'static str, input: Value| open.call(shell, operation, input);
        let mut all = images.iter().map(|(_, built)| &**built).chain(proofs.iter().map(|(_, proof)| proof));
        let done: Result<(), ApiError> = match &index {
            Some((manifest, _)) => all
                .try_for_each(|built| client::push(&mut call, &own.path, None, built).map(drop))
                .and_then(|()| client::push_manifest(&mut call, &own.path, Some(&own.tag), manifest)),
            None => all.try_for_each(|built| client::push(&mut call, &own.path, Some(&own.tag), built).map(drop)),
        };
        done.map_err(|error| told(super::registry::Refused::of(&error)))?;
        let digest = index.as_ref().map(|(_, digest)| digest).or(images.first().map(|(_, built)| &built.digest));
        lines.push("pushing layers done".to_string());
        lines.push(format!("pushing manifest for {}@{} done", own.full(), digest.map_or("", |own| own.as_str())));
    }
    log.step(&lines);
    Ok(())
}

/// An official image with its folder in front.
pub(super) fn library(name: &str) -> String {
    if name.contains('/') { name.to_string() } else { format!("library/{name}") }
}
