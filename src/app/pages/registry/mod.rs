//! The registry: what its repositories hold, what images share, who may pull, what a lifecycle policy would do, what
//! scans found, and what is set for all of it.

mod access;
mod forms;
mod images;
mod lifecycle;
mod scans;
mod settings;

use crate::app::parts::{Choice, Kept, SelectFieldProps, Slots, edit, empty, select_field};
use crate::app::session::Door;
use ecs_lab::ecr::{Image, Repository};
use ecs_lab::lab::{ApiCall, Command};
use serde_json::Value;
use yew::prelude::*;
use yew::props;

/// What is chosen and what the forms hold.
#[derive(Clone, PartialEq)]
pub struct Draft {
    repository: String,
    image: String,
    name: String,
    mutability: String,
    /// Patterns of tags for which the opposite holds.
    exclusions: String,
    /// The same two for the repository that is shown.
    tags: String,
    excluded: String,
    dockerfile: String,
    tag: String,
    platform: String,
    policy: Option<String>,
    /// What stands in the fields of the whole registry, by their ids.
    settings: Vec<(&'static str, String)>,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            repository: String::new(),
            image: String::new(),
            name: String::new(),
            mutability: "MUTABLE".into(),
            exclusions: String::new(),
            tags: "IMMUTABLE".into(),
            excluded: String::new(),
            dockerfile: "FROM python:3.12-slim\nCOPY . /app\nRUN pip install -r requirements.txt".into(),
            tag: "1.0".into(),
            platform: "linux/amd64".into(),
            policy: None,
            settings: Vec::new(),
        }
    }
}

/// A call of ECR.
fn ecr(operation: &str, input: Value) -> Command {
    Command::Api(ApiCall::new("ecr", operation, input))
}

/// The view.
pub fn registry(door: &Door, slots: &Slots) -> Html {
    let draft = &Kept::of(slots, 0, Draft::default);
    let lab = door.store().lab();
    let ecr = lab.world().ecr();
    let own = ecr.repository(&draft.repository).or_else(|| ecr.repositories().next());
    let names: Vec<Choice> = ecr.repositories().map(|own| (own.name.clone().into(), own.name.clone().into())).collect();
    html! {
        <div class="page shelf">
            <div class="head"><h1 id="view-title" tabindex="-1">{ "Registry" }</h1></div>
            <p class="dim lead">{ "What the repositories hold, what their images share, who may pull them, and what becomes of them." }</p>
            if let Some(own) = own {
                <div class="slim">{ select_field(&props!(SelectFieldProps { id: "registry-repository", label: "Repository", value: own.name.clone(), options: names, change: edit(draft, |draft, value| draft.repository = value) })) }</div>
                { images::images(door, &lab, own) }
                { forms::push(door, own, &lab, draft) }
                { access::who_may_pull(&lab, own) }
                { lifecycle::dry_run(door, &lab, own, draft) }
                { scans::findings(door, &lab, own, draft) }
            } else {
                { empty("No repository in this lab yet", "registry-empty", html! { <p>{ "Create one below, then push an image to it: until then no task can pull an image of this registry." }</p> }) }
            }
            { forms::create(door, draft) }
            if let Some(own) = own { { forms::tags(door, own, draft) } { forms::delete(door, own) } }
            { settings::settings(door, &lab, draft) }
        </div>
    }
}

/// A digest as people write it.
fn short(digest: &str) -> &str {
    digest.get(..19).unwrap_or(digest)
}

/// An image by its tags, or by its digest if it has none.
fn called(image: &Image) -> String {
    if image.tags.is_empty() { short(&image.digest).to_owned() } else { image.tags.join(", ") }
}

/// `OS/ARCHITECTURE`, of an index those of its images.
fn platform(own: &Repository, image: &Image) -> String {
    if image.parsed.is_index() {
        let all: Vec<&str> = image.parsed.children.iter().map(|child| child.platform.as_str()).collect();
        return format!("index of {}", all.join(", "));
    }
    own.platform(&image.parsed).to_owned()
}

/// Bytes in megabytes, as registries count them.
fn megabytes(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
