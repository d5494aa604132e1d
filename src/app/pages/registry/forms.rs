//! The forms of the registry: a repository made and deleted, an image built and pushed.

use super::{Draft, ecr};
use crate::app::pages::fleet::deed;
use crate::app::parts::{
    AreaFieldProps, Choice, Kept, SelectFieldProps, TextFieldProps, area_field, command_line, edit, select_field,
    text_field,
};
use crate::app::session::Door;
use ecs_lab::aws::ApiError;
use ecs_lab::ecr::{Repository, docker};
use ecs_lab::lab::{ApiCall, Command, Lab};
use serde_json::{Value, json};
use yew::prelude::*;
use yew::props;

fn same(word: &'static str) -> Choice {
    (word.into(), word.into())
}

/// imageTagMutability (3.7).
const MUTABILITIES: [&str; 4] = ["MUTABLE", "IMMUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION"];
/// How those end that want patterns.
const EXCLUSION: &str = "_WITH_EXCLUSION";

/// Puts what a form says of tags into a request.
pub fn mutability(input: &mut Value, kind: &str, exclusions: &str) {
    input["imageTagMutability"] = kind.into();
    if kind.ends_with(EXCLUSION) {
        let filter = |own: &str| json!({ "filterType": "WILDCARD", "filter": own });
        input["imageTagMutabilityExclusionFilters"] = exclusions.split_whitespace().map(filter).collect();
    }
}

/// CreateRepository.
pub fn create(door: &Door, draft: &Kept<Draft>) -> Html {
    let name = draft.name.trim();
    let mut input = json!({ "repositoryName": name });
    if draft.mutability != "MUTABLE" {
        mutability(&mut input, &draft.mutability, &draft.exclusions);
    }
    let options = MUTABILITIES.map(same).to_vec();
    html! {
        <section class="stack slim" aria-labelledby="create-repository-title">
            <h2 id="create-repository-title">{ "Create a repository" }</h2>
            { text_field(&props!(TextFieldProps { id: "repository-name", label: "Name", hint: "Such as team/web", value: draft.name.clone(), change: edit(draft, |draft, value| draft.name = value) })) }
            { select_field(&props!(SelectFieldProps { id: "repository-mutability", label: "Tags", value: draft.mutability.clone(), options, change: edit(draft, |draft, value| draft.mutability = value) })) }
            if draft.mutability.ends_with(EXCLUSION) {
                { text_field(&props!(TextFieldProps { id: "repository-exclusions", label: "Tags for which the opposite holds", hint: "Up to five patterns such as latest or dev-*, with blanks between them", value: draft.exclusions.clone(), change: edit(draft, |draft, value| draft.exclusions = value) })) }
            }
            if !name.is_empty() { { deed(door, "Create the repository", "create-repository", "create-repository-line", &ecr("CreateRepository", input), false) } }
        </section>
    }
}

/// PutImageTagMutability.
pub fn tags(door: &Door, own: &Repository, draft: &Kept<Draft>) -> Html {
    let mut input = json!({ "repositoryName": own.name });
    mutability(&mut input, &draft.tags, &draft.excluded);
    let options = MUTABILITIES.map(same).to_vec();
    html! {
        <details class="pane" data-testid="tags-form">
            <summary>{ "Change which tags may move" }</summary>
            <div class="stack slim">
                { select_field(&props!(SelectFieldProps { id: "tags-mutability", label: "Tags", value: draft.tags.clone(), options, change: edit(draft, |draft, value| draft.tags = value) })) }
                if draft.tags.ends_with(EXCLUSION) {
                    { text_field(&props!(TextFieldProps { id: "tags-exclusions", label: "Tags for which the opposite holds", hint: "Up to five patterns such as latest or dev-*, with blanks between them", value: draft.excluded.clone(), change: edit(draft, |draft, value| draft.excluded = value) })) }
                }
                { deed(door, "Set it", "set-mutability", "set-mutability-line", &ecr("PutImageTagMutability", input), false) }
            </div>
        </details>
    }
}

/// DeleteRepository, with what it holds.
pub fn delete(door: &Door, own: &Repository) -> Html {
    let mut input = json!({ "repositoryName": own.name });
    if own.images().next().is_some() {
        input["force"] = true.into();
    }
    html! {
        <details class="pane" data-testid="repository-more">
            <summary>{ "Delete the repository" }</summary>
            { deed(door, "Delete it with its images", "delete-repository", "delete-repository-line", &ecr("DeleteRepository", input), true) }
        </details>
    }
}

/// Why a Dockerfile cannot be built, in BuildKit's words and with what its command said.
fn failure(dockerfile: &str, platform: &str) -> Option<AttrValue> {
    let lines: Vec<&str> = dockerfile.lines().collect();
    let failed = docker::failure(&lines, platform)?;
    let words = failed.words.join(" ");
    let said = if failed.said.is_empty() { String::new() } else { format!(" It wrote: {}", failed.said.join(" / ")) };
    Some(format!("process \"{words}\" did not complete successfully: exit code: {}.{said}", failed.code).into())
}

/// An image built of a Dockerfile and pushed, call by call.
pub fn push(door: &Door, own: &Repository, lab: &Lab, draft: &Kept<Draft>) -> Html {
    let named = format!("{}:{}", own.uri(&lab.world().options().account), draft.tag.trim());
    let line = format!("docker build --platform {} -t {named} . && docker push {named}", draft.platform);
    let onclick = {
        let (door, draft, name) = (door.clone(), (**draft).clone(), own.name.clone());
        Callback::from(move |_: MouseEvent| {
            let lines: Vec<&str> = draft.dockerfile.lines().collect();
            let built = docker::build(&lines, &draft.platform).by_daemon();
            let mut call = |operation: &'static str, input: Value| -> Result<Value, ApiError> {
                let call = ApiCall::new("ecr", operation, input);
                match &*door.ask(Command::Api(call)) {
                    Ok(outcome) => Ok(outcome.reply.clone()),
                    Err(error) => Err(error.clone()),
                }
            };
            // A refusal is said by the page, as of each call.
            let _ = docker::push(&mut call, &name, Some(draft.tag.trim()), &built);
        })
    };
    let options = vec![same("linux/amd64"), same("linux/arm64"), same("windows/amd64")];
    let error = failure(&draft.dockerfile, &draft.platform);
    let is_refused = error.is_some();
    html! {
        <details class="pane" open={own.images().next().is_none()} data-testid="push-form">
            <summary>{ "Build an image and push it" }</summary>
            <div class="stack slim">
                { area_field(&props!(AreaFieldProps { id: "push-dockerfile", label: "Dockerfile", hint: "Each RUN, COPY and ADD makes a layer; images with the same beginning share theirs.", value: draft.dockerfile.clone(), rows: 5, error, change: edit(draft, |draft, value| draft.dockerfile = value) })) }
                { text_field(&props!(TextFieldProps { id: "push-tag", label: "Tag", value: draft.tag.clone(), change: edit(draft, |draft, value| draft.tag = value) })) }
                { select_field(&props!(SelectFieldProps { id: "push-platform", label: "Platform", value: draft.platform.clone(), options, change: edit(draft, |draft, value| draft.platform = value) })) }
                { command_line(door, line, "push-image-line") }
                <p><button type="button" {onclick} disabled={is_refused} data-testid="push-image">{ "Build and push" }</button></p>
            </div>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::store::opening;

    /// What `docker build` would refuse, the form refuses.
    #[test]
    fn a_dockerfile_that_fails_is_refused() {
        let refused = failure("FROM debian\nRUN echo one && exit 3", "linux/amd64");
        let expected =
            "process \"/bin/sh -c echo one && exit 3\" did not complete successfully: exit code: 3. It wrote: one";
        assert_eq!(refused.as_deref(), Some(expected));
        assert_eq!(failure("FROM debian\nRUN false \\\n  || true", "linux/amd64"), None);
        assert_eq!(failure("FROM debian\nCOPY app /app\nRUN make", "linux/amd64"), None);
    }

    /// ECR 3.7: what the form offers is what ECR takes, with patterns where the word wants them.
    #[test]
    fn every_choice_of_tags_is_taken() {
        for (kind, patterns, expected) in [
            ("MUTABLE", "", Ok(0)),
            ("IMMUTABLE", "latest", Ok(0)),
            ("IMMUTABLE_WITH_EXCLUSION", " latest  dev-* ", Ok(2)),
            ("MUTABLE_WITH_EXCLUSION", "prod-*", Ok(1)),
            ("IMMUTABLE_WITH_EXCLUSION", "", Err(())),
        ] {
            assert!(MUTABILITIES.contains(&kind));
            let mut input = json!({ "repositoryName": "forms/tags" });
            mutability(&mut input, kind, patterns);
            let mut lab = opening::fleet();
            let done = lab.apply(ecr("CreateRepository", input)).map_err(drop).map(drop);
            let own = lab.world().ecr().repository("forms/tags").map(|own| own.exclusions.len());
            assert_eq!(done.map(|()| own.unwrap_or_default()), expected, "{kind} {patterns}");
        }
    }
}
