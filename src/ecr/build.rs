//! What a builder makes of a Dockerfile, the same for the same instructions and files (3.4).
//!
//! A layer follows from the one below it, its instruction, what that runs in, and the files that it takes; labels,
//! commands and ports make no layer and stand in the configuration alone.

use super::configuration::{Written, absolute};
use super::docker::{self, Blob, Built, MB, image, made};
use super::known::Known;
use super::manifest::BASE;
pub use super::runs::Failed;
use super::runs::Place;
use super::sha256;
use crate::ecs::program;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// A line of a Dockerfile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// The instruction.
    pub line: String,
    /// What stands for the names and bytes of the files that it takes; empty where it takes none.
    pub content: String,
    /// The small files among them, by the paths that they get.
    pub files: Vec<(String, String)>,
    /// The paths that all of them get, those of folders too.
    pub places: Vec<String>,
    /// What it takes of instead, by `COPY --from`.
    pub from: Option<Source>,
}

/// What `COPY --from` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A stage by its place.
    Stage(usize),
    /// An image.
    Image(String),
}

/// Why a line cannot be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// What it takes is not there: the path.
    Missing(String),
    /// Its command fails.
    Failed(Failed),
}

/// An image with the keys under which a builder remembers its steps: one for each line, none for a line that does nothing
/// but describe, as `FROM scratch` does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Steps {
    /// The image.
    pub built: Built,
    /// The keys.
    pub keys: Vec<Option<String>>,
    /// The first line that cannot be done: its place, and why.
    pub fault: Option<(usize, Why)>,
    /// What lines take of images that is taken to be there: the image, and the path.
    pub trusted: Vec<(String, String)>,
}

/// A stage, as far as it was read.
#[derive(Clone, Default)]
struct Stage {
    name: String,
    /// What the image goes back to.
    base: String,
    layers: Vec<Blob>,
    /// What the next step follows from.
    key: String,
    /// The lines that shape what a command runs in.
    scene: Vec<String>,
    /// All lines behind the base.
    history: String,
    /// The folder in which the next line is done.
    directory: String,
    /// The small files that lines have put there.
    files: Vec<(String, String)>,
    /// Which files are there at all.
    known: Known,
}

/// Bytes of an image's files that are kept, with their paths: a configuration has to stay small.
const FILES: usize = 6000;

/// Builds an image for `OS/ARCHITECTURE`: the last stage. `bases` are images by the names that `FROM` has for them; of one
/// that is not there the catalogue tells the size.
pub fn build(steps: &[Step], bases: &[(String, Rc<Built>)], platform: &str) -> Steps {
    let mut stages: Vec<Stage> = Vec::new();
    let (mut keys, mut fault, mut trusted) = (Vec::new(), None, Vec::new());
    for (at, step) in steps.iter().enumerate() {
        let word = step.line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        if word == "FROM" {
            let stage = begun(&stages, &step.line, bases, platform);
            keys.push(Some(stage.key.clone()).filter(|_| !stage.is_bare()));
            stages.push(stage);
            continue;
        }
        let source = step.from.as_ref().and_then(|own| match own {
            Source::Stage(place) => stages.get(*place).cloned(),
            Source::Image(name) => Some(begun(&[], &format!("FROM {name}"), bases, platform)),
        });
        let Some(stage) = stages.last_mut() else {
            keys.push(None);
            continue;
        };
        let (key, why) = match &source {
            Some(own) => {
                if let Some(Source::Image(name)) = &step.from {
                    trusted.extend(own.trusted(&step.line).into_iter().map(|path| (name.clone(), path)));
                }
                let why = stage.known.taken(&own.known, &stage.directory, &step.line).err().map(Why::Missing);
                (stage.take(&word, &step.line, &own.key, &own.handed(&step.line)), why)
            }
            None => {
                let why = stage.learn(&word, step).map(Why::Failed);
                (stage.take(&word, &step.line, &step.content, &step.files), why)
            }
        };
        keys.push(key);
        fault = fault.or(why.map(|why| (at, why)));
    }
    let scratch = || begun(&[], "FROM scratch", bases, platform);
    let Stage { base, layers, history, files, .. } = stages.pop().unwrap_or_else(scratch);
    Steps { built: image(&base, platform, &history, layers, &files), keys, fault, trusted }
}

/// What a line with `COPY` or `ADD` takes, and where it puts it: the last word.
pub fn operands(line: &str) -> Vec<String> {
    let rest = line.split_once(' ').map_or("", |(_, rest)| rest);
    let list = rest.find('[').and_then(|at| serde_json::from_str::<Vec<String>>(rest.get(at..)?).ok());
    list.unwrap_or_else(|| rest.split_whitespace().skip_while(|own| own.starts_with("--")).map(String::from).collect())
}

/// A stage that begins.
fn begun(stages: &[Stage], line: &str, bases: &[(String, Rc<Built>)], platform: &str) -> Stage {
    let mut words = line.split_whitespace().skip(1).filter(|word| !word.starts_with("--"));
    let base = words.next().unwrap_or("scratch");
    let name = words.nth(1).unwrap_or_default().to_string();
    if let Some(other) = stages.iter().rfind(|own| !own.name.is_empty() && own.name.eq_ignore_ascii_case(base)) {
        return Stage { name, ..other.clone() };
    }
    let Some((_, built)) = bases.iter().find(|(own, _)| own == base) else {
        let (history, layers) = docker::base(base, platform);
        let key = sha256(history.as_bytes());
        let known = Known::of_image(base);
        return Stage { name, base: base.to_string(), layers, key, history, known, ..Stage::default() };
    };
    let config: Value = serde_json::from_str(&built.config.bytes).unwrap_or_default();
    let history = match config["history"][0]["created_by"].as_str() {
        Some(own) => own.to_string(),
        None => format!("{base} {platform}"),
    };
    let Written { directory, files, .. } = Written::read(&config);
    let base = config["config"]["Labels"][BASE].as_str().unwrap_or(base).to_string();
    let digests: Vec<&str> = built.layers.iter().map(|own| own.digest.as_str()).collect();
    Stage {
        name,
        known: recalled(&base, &history),
        base,
        key: sha256(digests.join("\n").as_bytes()),
        scene: history.lines().filter(|line| line.starts_with("ENV ")).map(String::from).collect(),
        layers: built.layers.clone(),
        history,
        directory,
        files,
    }
}

/// What is known of the files of an image that these lines made.
fn recalled(base: &str, history: &str) -> Known {
    let (mut known, mut directory) = (Known::of_image(base), String::new());
    for line in history.lines().skip(1) {
        match line.split_once(' ').unwrap_or((line, "")) {
            ("COPY" | "ADD", _) => known.recalled(&directory, line),
            ("RUN", script) => known.ran(&directory, script),
            ("WORKDIR", path) => {
                directory = absolute(&directory, path);
                known.put(directory.clone());
            }
            _ => {}
        }
    }
    known
}

impl Stage {
    /// Learns which files a line makes that takes of no other stage; how it fails.
    fn learn(&mut self, word: &str, step: &Step) -> Option<Failed> {
        let rest = step.line.split_once(' ').map_or("", |(_, rest)| rest);
        match word {
            "COPY" | "ADD" => self.known.copied(&self.directory, &step.line, &step.places),
            "WORKDIR" => self.known.put(absolute(&self.directory, rest)),
            "RUN" => {
                let place =
                    Place { scene: &self.scene, directory: &self.directory, image: &self.base, known: &self.known };
                let failed = place.failure(rest);
                self.known.ran(&self.directory, rest);
                return failed;
            }
            _ => {}
        }
        None
    }

    /// The paths that a line takes of it and of which it is not known that they are there.
    fn trusted(&self, line: &str) -> Vec<String> {
        let words = operands(line);
        let sources = words.split_last().map_or(&[][..], |(_, sources)| sources);
        let paths = sources.iter().map(|own| absolute("/", own));
        paths.filter(|own| !self.known.has(own) && self.known.may_have(own)).collect()
    }

    /// Whether it begins with nothing.
    fn is_bare(&self) -> bool {
        self.base == "scratch" && self.layers.is_empty()
    }

    /// Puts a file there, unless that makes them too large to be kept.
    fn put(&mut self, path: &str, text: &str, appends: bool) {
        let path = absolute(&self.directory, path);
        let before = self.files.iter().position(|(own, _)| *own == path).map(|at| self.files.remove(at).1);
        let text = before.filter(|_| appends).unwrap_or_default() + text;
        let size: usize = self.files.iter().map(|(path, text)| path.len() + text.len()).sum();
        if size + path.len() + text.len() <= FILES {
            self.files.push((path, text));
        }
    }

    /// The small files that it hands to another stage by a line with `COPY --from`, by the paths that they get.
    fn handed(&self, line: &str) -> Vec<(String, String)> {
        let words = operands(line);
        let Some((target, sources)) = words.split_last() else { return Vec::new() };
        let mut all = Vec::new();
        for source in sources {
            let source = absolute("/", source);
            for (path, text) in &self.files {
                let to = match path.strip_prefix(source.trim_end_matches('/')) {
                    Some("") if sources.len() == 1 && !target.ends_with(['/', '.']) => target.clone(),
                    Some("") => format!("{target}/{}", path.rsplit('/').next().unwrap_or_default()),
                    Some(rest) if rest.starts_with('/') => format!("{target}{rest}"),
                    _ => continue,
                };
                all.push((to, text.clone()));
            }
        }
        all
    }

    /// Takes the next line, with what stands for the files that it takes and the small ones among them; the key of what it
    /// does.
    fn take(&mut self, word: &str, line: &str, content: &str, files: &[(String, String)]) -> Option<String> {
        self.history.push('\n');
        self.history.push_str(line);
        match word {
            "COPY" | "ADD" => files.iter().for_each(|(path, text)| self.put(path, text, false)),
            "RUN" => {
                let script = line.split_once(' ').map_or("", |(_, script)| script);
                program::writings(script).iter().for_each(|own| self.put(&own.path, &own.text, own.appends));
            }
            "WORKDIR" => {
                let path = line.split_once(' ').map_or("", |(_, path)| path);
                self.directory = absolute(&self.directory, path);
            }
            _ => {}
        }
        let text = match word {
            "RUN" => format!("{}\n{}\n{line}", self.key, self.scene.join("\n")),
            "COPY" | "ADD" => format!("{}\n{line}\n{content}", self.key),
            "WORKDIR" => {
                self.scene.push(line.to_string());
                self.key = sha256(format!("{}\n{line}", self.key).as_bytes());
                return Some(self.key.clone());
            }
            "ARG" | "ENV" | "SHELL" | "USER" => {
                self.scene.push(line.to_string());
                return None;
            }
            _ => return None,
        };
        let layer = made(&text, (line.len() as u64 * 97 % 24 + 1) * MB / 2);
        self.key.clone_from(&layer.digest);
        self.layers.push(layer);
        Some(self.key.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made_of(lines: &[(&str, &str)], bases: &[(String, Rc<Built>)]) -> Steps {
        let step = |(line, content): &(&str, &str)| Step {
            line: (*line).into(),
            content: (*content).into(),
            from: line.contains("--from=").then_some(Source::Stage(0)),
            ..Step::default()
        };
        build(&lines.iter().map(step).collect::<Vec<_>>(), bases, "linux/amd64")
    }

    #[test]
    fn what_changed_and_what_stands_on_it_is_made_anew() {
        let plain: [(&str, &str); 5] =
            [("FROM nginx", ""), ("ENV A=1", ""), ("RUN one", ""), ("COPY a /a", "x"), ("RUN two", "")];
        let before = made_of(&plain, &[]).built;
        for (place, other, same, config) in [
            (3, ("COPY a /a", "x"), 4, false),
            (3, ("COPY a /a", "y"), 2, true),
            (1, ("ENV A=2", ""), 1, true),
            (1, ("LABEL v=1", ""), 1, true),
            (4, ("CMD two", ""), 3, true),
            (4, ("RUN three", ""), 3, true),
        ] {
            let mut lines = plain;
            lines[place] = other;
            let after = made_of(&lines, &[]).built;
            let alike = before.layers.iter().zip(&after.layers).take_while(|(left, right)| left == right).count();
            assert_eq!((alike, before.digest != after.digest), (same, config), "{other:?}");
        }
        let labelled = |text: &str| made_of(&[("FROM nginx", ""), (text, ""), ("COPY a /a", "x")], &[]).built;
        let (one, two) = (labelled("LABEL v=1"), labelled("LABEL v=2"));
        assert_eq!((one.layers == two.layers, one.digest == two.digest), (true, false), "a label makes no layer");
    }

    #[test]
    fn the_files_of_a_stage_go_to_the_next_one() {
        for (copy, there) in [
            ("COPY --from=build /app/page.html /www/index.html", &["/www/index.html"][..]),
            ("COPY --from=0 /app/page.html /www/", &["/www/page.html"]),
            ("COPY --chown=www --from=build app /www", &["/www/page.html", "/www/sub/style.css"]),
            (
                "COPY --from=build [\"/app/sub/style.css\", \"/app/page.html\", \"/www/\"]",
                &["/www/page.html", "/www/style.css"],
            ),
            ("COPY --from=build /ap /www", &[]),
            ("COPY --from=build /app .", &["/srv/page.html", "/srv/sub/style.css"]),
        ] {
            let step = |line: &str| Step { line: line.into(), ..Step::default() };
            let files = Vec::from([("page.html".into(), "<p>".into()), ("sub/style.css".into(), "p {}".into())]);
            let steps = [
                step("FROM node AS build"),
                step("WORKDIR /app"),
                Step { files, ..step("COPY . .") },
                step("FROM nginx"),
                step("WORKDIR /srv"),
                Step { from: Some(Source::Stage(0)), ..step(copy) },
            ];
            let config: Value = serde_json::from_str(&build(&steps, &[], "linux/amd64").built.config.bytes).unwrap();
            let mut found: Vec<String> = Written::read(&config).files.into_iter().map(|(path, _)| path).collect();
            found.sort();
            assert_eq!(found, there, "{copy}");
        }
    }

    #[test]
    fn a_stage_takes_from_another_and_an_image_from_its_base() {
        let staged = |content: &str| {
            let lines = [("FROM golang AS build", ""), ("COPY . .", content), ("FROM alpine", "")];
            made_of(&[&lines[..], &[("COPY --from=build /a /a", "")]].concat(), &[]).built
        };
        assert_eq!(staged("x"), staged("x"));
        assert_ne!(staged("x").layers[1], staged("y").layers[1]);
        let again = made_of(&[("FROM alpine AS one", ""), ("RUN x", ""), ("FROM one", ""), ("RUN y", "")], &[]).built;
        assert_eq!(again.layers.len(), 3, "a stage goes on from another");
        let own = made_of(&[("FROM nginx:1.29", ""), ("ENV A=1", ""), ("COPY a /a", "x")], &[]).built;
        let child = made_of(&[("FROM web", ""), ("RUN x", "")], &[("web".into(), Rc::new(own.clone()))]).built;
        assert_eq!((&child.layers[..2], child.layers.len()), (&own.layers[..], 3));
        assert!(child.config.bytes.contains("\"nginx:1.29\"") && child.config.bytes.contains("ENV A=1"));
    }

    #[test]
    fn a_line_fails_that_takes_what_is_not_there_or_ends_badly() {
        let web = made_of(&[("FROM alpine", ""), ("COPY page.html /www/", "x")], &[]).built;
        let bases = [("web".to_string(), Rc::new(web))];
        let missing = |path: &str| Some(Why::Missing(path.to_string()));
        for (before, from, copy, why, trusted) in [
            ("RUN true", Source::Stage(0), "/app/a.txt /a", None, None),
            ("RUN true", Source::Stage(0), "/app/b.txt /a", missing("/app/b.txt"), None),
            ("RUN make", Source::Stage(0), "/app/b.txt /a", None, None),
            ("RUN touch b.txt", Source::Stage(0), "/app/b.txt /a", None, None),
            ("RUN true", Source::Image("web".into()), "/www/page.html /a", None, Some("/www/page.html")),
            ("RUN true", Source::Image("web".into()), "/nofile /a", missing("/nofile"), None),
            ("RUN true", Source::Image("web".into()), "/etc/x /a", None, Some("/etc/x")),
            ("RUN true", Source::Image("scratch".into()), "/etc/x /a", missing("/etc/x"), None),
        ] {
            let step = |line: &str| Step { line: line.into(), ..Step::default() };
            let steps = [
                step("FROM node AS build"),
                step("WORKDIR /app"),
                Step { places: Vec::from(["./a.txt".into()]), ..step("COPY . .") },
                step(before),
                step("FROM scratch"),
                Step { from: Some(from), ..step(&format!("COPY --from=x {copy}")) },
            ];
            let done = build(&steps, &bases, "linux/amd64");
            assert_eq!(done.fault, why.map(|why| (5, why)), "{before} {copy}");
            assert_eq!(done.trusted.first().map(|(_, path)| path.as_str()), trusted, "{before} {copy}");
        }
        let failing = made_of(&[("FROM alpine", ""), ("RUN exit 3", ""), ("RUN exit 4", "")], &[]).fault;
        assert!(matches!(failing, Some((1, Why::Failed(Failed { code: 3, .. })))), "{failing:?}");
    }
}
