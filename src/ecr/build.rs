//! What a builder makes of a Dockerfile, the same for the same instructions and files (3.4).
//!
//! A layer follows from the one below it, its instruction, what that runs in, and the files that it takes; labels,
//! commands and ports make no layer and stand in the configuration alone.

use super::configuration::{Written, absolute};
use super::docker::{self, Blob, Built, MB, image, made};
use super::manifest::BASE;
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
}

/// An image with the keys under which a builder remembers its steps: one for each line, none for a line that does nothing
/// but describe, as `FROM scratch` does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Steps {
    /// The image.
    pub built: Built,
    /// The keys.
    pub keys: Vec<Option<String>>,
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
}

/// Bytes of an image's files that are kept, with their paths: a configuration has to stay small.
const FILES: usize = 6000;

/// Builds an image for `OS/ARCHITECTURE`: the last stage. `bases` are images by the names that `FROM` has for them; of one
/// that is not there the catalogue tells the size.
pub fn build(steps: &[Step], bases: &[(String, Rc<Built>)], platform: &str) -> Steps {
    let mut stages: Vec<Stage> = Vec::new();
    let mut keys = Vec::new();
    for step in steps {
        let word = step.line.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        if word == "FROM" {
            let stage = begun(&stages, &step.line, bases, platform);
            keys.push(Some(stage.key.clone()).filter(|_| !stage.is_bare()));
            stages.push(stage);
            continue;
        }
        let source = source(&stages, &step.line);
        let files = source.map_or_else(|| step.files.clone(), |own| own.handed(&step.line));
        let content = source.map_or_else(|| step.content.clone(), |own| own.key.clone());
        keys.push(stages.last_mut().and_then(|stage| stage.take(&word, &step.line, &content, &files)));
    }
    let scratch = || begun(&[], "FROM scratch", bases, platform);
    let Stage { base, layers, history, files, .. } = stages.pop().unwrap_or_else(scratch);
    Steps { built: image(&base, platform, &history, layers, &files), keys }
}

/// What a line with `COPY` or `ADD` takes, and where it puts it: the last word.
pub fn operands(line: &str) -> Vec<String> {
    let rest = line.split_once(' ').map_or("", |(_, rest)| rest);
    let list = rest.find('[').and_then(|at| serde_json::from_str::<Vec<String>>(rest.get(at..)?).ok());
    list.unwrap_or_else(|| rest.split_whitespace().skip_while(|own| own.starts_with("--")).map(String::from).collect())
}

/// The stage from which `COPY --from` takes.
fn source<'a>(stages: &'a [Stage], line: &str) -> Option<&'a Stage> {
    let name = line.split_whitespace().find_map(|word| word.strip_prefix("--from="))?;
    let (_, before) = stages.split_last()?;
    let numbered = || before.get(name.parse::<usize>().ok()?);
    before.iter().rfind(|own| own.name.eq_ignore_ascii_case(name)).or_else(numbered)
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
        return Stage { name, base: base.to_string(), layers, key, history, ..Stage::default() };
    };
    let config: Value = serde_json::from_str(&built.config.bytes).unwrap_or_default();
    let history = match config["history"][0]["created_by"].as_str() {
        Some(own) => own.to_string(),
        None => format!("{base} {platform}"),
    };
    let Written { directory, files, .. } = Written::read(&config);
    let digests: Vec<&str> = built.layers.iter().map(|own| own.digest.as_str()).collect();
    Stage {
        name,
        base: config["config"]["Labels"][BASE].as_str().unwrap_or(base).to_string(),
        key: sha256(digests.join("\n").as_bytes()),
        scene: history.lines().filter(|line| line.starts_with("ENV ")).map(String::from).collect(),
        layers: built.layers.clone(),
        history,
        directory,
        files,
    }
}

impl Stage {
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
            files: Vec::new(),
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
                step(copy),
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
}
